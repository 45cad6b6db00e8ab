"""Tests of what is deleted: one definition, marks in results and exports, last in every rank."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.audit import audit
from hummgraph.algorithms.clustering.clustering import METHODS, cluster
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.clustering.repair import repair
from hummgraph.algorithms.evidence.evidence import evidence_table
from hummgraph.algorithms.explain.merge_history import merge_history
from hummgraph.algorithms.explain.why import why
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.joins.path import JoinPath
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood
from hummgraph.algorithms.paths.pair_confidence import pair_confidence
from hummgraph.algorithms.paths.paths import disjoint_paths, strongest_path, strongest_paths
from hummgraph.datasets import load_demo
from hummgraph.errors import AmbiguousNodeError, ArgumentError, NodeNotFoundError
from hummgraph.export import FORMATS, write, write_crosswalk
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.cli.conftest import run
from tests.support.builders import catalogue, graph, record, snapshot, uid
from tests.support.explorer_pages import packed_of
from tests.support.format_readers import READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hummgraph.frames import Frame
    from tests.support.builders import Row

__all__ = ["run"]  # a fixture

MARK = "(deleted)"
COLUMNS = [f"{system}/{table}.{column}" for system in "abc" for table in "tu" for column in "xyz"]
PLACES = [*COLUMNS, *{place.partition(".")[0] for place in COLUMNS}, *"abc"]
ANY = settings(suppress_health_check=[HealthCheck.too_slow])


@st.composite
def graphs(draw: st.DrawFn) -> LinkGraph:
    """Links between columns, tables and systems, some of which are gone, or not known of."""
    # A column never joins a table here, so that every level has links of its own.
    pairs = st.lists(
        st.one_of(
            st.tuples(*[st.sampled_from(COLUMNS)] * 2),
            st.tuples(*[st.sampled_from(["a/t", "b/t", "c/u"])] * 2),
        ),
        min_size=1,
        max_size=25,
    )
    records = [
        record(
            source,
            target,
            draw(st.sampled_from([0.5, 0.9, 1.0])),
            id=uid(f"link {number}"),
            status=draw(st.sampled_from(["SUGGESTED", "SUGGESTED", "APPROVED", "REJECTED"])),
            evidence={"n": number},
        )
        for number, (source, target) in enumerate(draw(pairs))
    ]
    known = catalogue(COLUMNS, inactive=draw(st.sets(st.sampled_from(sorted(PLACES)), max_size=6)))
    for entries in known.values():
        for entry in entries:
            entry.setdefault("is_active", draw(st.sampled_from([None, True])))
    return LinkGraph(read_links(records, catalogue=known))


def gone_of(linked: LinkGraph) -> dict[str, bool]:
    """Return for each node, by its path, whether it is deleted."""

    def gone(index: int | None) -> bool:
        if index is None:
            return False
        node = linked.node(index)
        return node.is_active is False or gone(node.parent)

    return {linked.node(index).path: gone(index) for index in range(linked.n_nodes)}


def check_frame(frame: Frame, gone: dict[str, bool]) -> None:
    """Compare the marks of a table with what its names say."""
    names = frame.columns
    checked = 0
    for path, flag in (
        ("path", "deleted"),
        ("source_path", "source_deleted"),
        ("target_path", "target_deleted"),
    ):
        if path in names:
            assert frame[flag] == [gone[name] for name in frame[path]], flag
            checked += 1
    assert checked


# --- the definition --------------------------------------------------------------------------


def test_a_node_is_deleted_with_what_it_lies_in() -> None:
    """Itself, its table or its system; what the catalogue does not say is living."""
    rows: list[Row] = [("a/t.x", "b/u.y"), ("a/t.z", "b/v.y"), ("c/w.x", "a/t.x"), ("d", "d")]
    linked = graph(rows, inactive=["a/t.x", "b/u", "c"])
    gone = {path for path, deleted in gone_of(linked).items() if deleted}
    assert gone == {"a/t.x", "b/u", "b/u.y", "c", "c/w", "c/w.x"}
    assert {row["path"] for row in linked.nodes if row["deleted"]} == gone
    node = linked.node("b/u.y")
    assert (node.is_active, node.deleted) == (None, True)
    assert not linked.node("a/t.z").deleted


def test_a_living_record_in_a_deleted_table_is_deleted() -> None:
    """Whatever the column's own record says."""
    known = catalogue(["a/t.x", "b/u.y"], inactive=["a/t"])
    known["columns"][0]["is_active"] = True
    linked = LinkGraph(read_links([record("a/t.x", "b/u.y")], catalogue=known))
    node = linked.node("a/t.x")
    assert (node.is_active, node.deleted) == (True, True)


@ANY
@given(graphs())
def test_where_active_is_as_one_link_after_the_other(linked: LinkGraph) -> None:
    """True leaves out what ends at something deleted, False keeps only that, None all."""
    gone = gone_of(linked)
    ends = {
        row["link_id"]: gone[row["source_path"]] or gone[row["target_path"]] for row in linked.links
    }
    living, dead = linked.where(active=True), linked.where(active=False)
    assert set(living.links["link_id"]) == {link for link, there in ends.items() if not there}
    assert set(dead.links["link_id"]) == {link for link, there in ends.items() if there}
    assert linked.where(active=None).n_links == linked.n_links
    assert linked.links_to_deleted.tolist() == list(ends.values())
    report, summary = linked.snapshot.report, linked.summary()
    assert report.links_to_deleted == summary.links_to_deleted == dead.n_links
    levels = [str(linked.node(path).level) for path, there in gone.items() if there]
    for level, name in zip(("integration_source", "table", "column"), report.deleted, strict=True):
        assert report.deleted[name] == summary.deleted_by_level[level] == levels.count(level)
    part = linked.subgraph(["a", "b"])
    assert {row["path"]: row["deleted"] for row in part.nodes} == {
        path: there for path, there in gone.items() if path[0] in "ab"
    }


def test_active_is_a_truth_value() -> None:
    """A text or a number is refused."""
    with pytest.raises(ArgumentError, match="active is 'yes'; it must be True, False or None"):
        graph([("a/t.x", "b/u.y")]).where(active="yes")  # type: ignore[arg-type]


def test_the_report_counts_what_is_deleted() -> None:
    """Systems, tables and columns, and the links that end there; nothing where nothing is."""
    found = snapshot([("a/t.x", "b/u.y"), ("b/u.y", "a/t.z")], inactive=["a/t.x", "b"]).report
    assert ("Deleted", "1 system, 1 table, 2 columns; 2 links end at something deleted") in (
        found.rows()
    )
    assert found.to_dict()["links_to_deleted"] == 2
    one = snapshot([("a/t.x", "b/u.y")], inactive=["a/t.x"])
    assert "1 column; 1 link ends at something deleted" in str(one.report)
    assert "1 ends at something deleted" in str(LinkGraph(one).summary())
    none = snapshot([("a/t.x", "b/u.y")]).report
    assert "Deleted" not in dict(none.rows())
    assert (none.deleted, none.links_to_deleted) == ({"systems": 0, "tables": 0, "columns": 0}, 0)


# --- marks -----------------------------------------------------------------------------------


@ANY
@given(graphs(), st.sampled_from(sorted(METHODS.keys() - {"assignment"})))
def test_tables_mark_what_is_deleted(linked: LinkGraph, method: str) -> None:
    """Of nodes, links, clusters, merge trees, audits, lineages."""
    gone = gone_of(linked)
    for frame in (linked.nodes, linked.links, linked.project("table").edges):
        check_frame(frame, gone)
    check_frame(evidence_table(linked), gone)
    clusters = cluster(linked, method=method, threshold=0.4)
    tree = merge_tree(linked, method="components")
    for frame in (
        clusters.to_frame(),
        clusters.refused,
        clusters.bridges,
        clusters.articulation_points,
        tree.joins,
        tree.persistence,
    ):
        check_frame(frame, gone)
    n_gone = [sum(gone[node.path] for node in found) for found in clusters]
    assert clusters.quality["deleted"] == n_gone
    data = clusters.to_dict()["clusters"]
    assert [len(found["deleted"]) for found in data] == n_gone
    cells = [" ".join(map(str, row.values())) for row in clusters.crosswalk()]
    assert [cell.count(MARK) for cell in cells] == n_gone
    for identity, n in zip(clusters.identity_map()["identities"], n_gone, strict=True):
        assert sum(member["deleted"] for member in identity["members"]) == n
    found = audit(clusters, one_per="table")
    for violation in found.violations:
        assert list(violation.deleted) == [gone[path] for path in violation.member_paths]
    assert [row["member_paths"].count(MARK) for row in found.to_frame()] == found.to_frame()[
        "deleted"
    ]
    check_frame(repair(clusters, one_per="table").cut, gone)


@ANY
@given(graphs(), st.sampled_from(COLUMNS), st.sampled_from(COLUMNS))
def test_searches_mark_what_is_deleted(linked: LinkGraph, a: str, b: str) -> None:
    """Steps of paths and joins, nodes, links and tables of a lineage, sentences."""
    gone = gone_of(linked)
    for frame in (found := downstream(linked, a)).nodes, found.links:
        check_frame(frame, gone)
    by_table: dict[tuple[str, str | None], list[bool]] = {}
    for row in found.nodes:
        if row["depth"]:
            by_table.setdefault((row["system"], row["table"]), []).append(row["deleted"])
    impact = list(found.impact)
    assert {(row["system"], row["table"]): row["n_deleted"] for row in impact} == {
        place: sum(marks) for place, marks in by_table.items()
    }
    last = [all(by_table[row["system"], row["table"]]) for row in impact]
    assert last == sorted(last)
    if a == b:
        return
    for path in strongest_paths(linked, a, b, k=3):
        check_frame(path.to_frame(), gone)
        assert [MARK in name for name in path.marked] == [gone[name] for name in path.names]
    text = str(why(linked, a, b))
    for name in (a, b):
        assert (f"{name} {MARK}" in text) == gone[name]


def test_pictures_and_texts_have_the_mark() -> None:
    """However long a name is, and in every form of a result."""
    long = "x" * 200
    rows: list[Row] = [
        (f"a/t.{long}", "b/u.mail", 0.9),
        ("b/u.mail", "c/v.mail", 0.9),
    ]
    linked = graph(rows, inactive=[f"a/t.{long}"])
    clusters = cluster(linked, method="components", threshold=0.5)
    path = strongest_path(linked, f"a/t.{long}", "c/v.mail")
    for drawn in (
        path,
        join_paths(linked, "a/t", "b/u", keys="any").paths[0],
        downstream(linked, f"a/t.{long}"),
        why(linked, f"a/t.{long}", "b/u.mail"),
    ):
        assert "(deleted)</text>" in drawn.to_svg()
        assert "#40;deleted#41;" in drawn.to_mermaid()
    assert "(deleted)</text>" in clusters.diagram(0).to_svg()
    assert f"{long} (deleted)" in repr(path)
    assert "(deleted)" in repr(join_paths(linked, "a/t", "b/u", keys="any").paths[0])
    assert "(deleted)" in join_paths(linked, "a/t", "b/u", keys="any").paths[0].to_sql()
    assert merge_history(clusters, 0).to_frame()["source_deleted"] == [False, True]
    assert pair_confidence(linked, "b/u.mail", f"a/t.{long}").to_dict()["path"]["steps"][0][
        "target_deleted"
    ]
    assert disjoint_paths(linked, "b/u.mail", f"a/t.{long}").paths[0].steps[0].target_deleted


def test_obstacles_and_what_is_missing_have_the_mark() -> None:
    """Two members of one table, a REJECTED link, and a join that no link makes."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.9),
        ("a/t.z", "c/v.w", 0.9),
        ("b/u.y", "c/v.w", 0.5, "REJECTED"),
        ("a/t.x", "d/s.n", 0.5, "REJECTED"),
    ]
    linked = graph(rows, also=["e/r.w_id", "d/s.w_id"], inactive=["a/t.x", "b/u.y", "d/s.w_id"])
    clusters = cluster(linked, one_per="table", method="single", threshold=0.4)
    kept = why(linked, "a/t.x", "a/t.z", clusters=clusters).forbidden_by
    assert [(one.source_deleted, one.target_deleted) for one in kept if one.reason == "one_per"]
    said = " ".join(why(linked, "b/u.y", "c/v.w", clusters=clusters).sentences)
    assert "b/u.y (deleted) and c/v.w" in said
    assert "a/t.x (deleted) = d/s.n" in join_paths(linked, "a/t", "d/s").advice
    assert join_paths(linked, "e/r", "d/s").alike == (("e/r.w_id", "d/s.w_id (deleted)"),)


# --- ranks -----------------------------------------------------------------------------------


def over_deleted(path: JoinPath) -> bool:
    """Return whether a way leads over something deleted."""
    return any(step.source_deleted or step.target_deleted for step in path.steps)


def test_joins_of_the_demo_take_living_columns_first(demo_graph: LinkGraph) -> None:
    """The best ways between these tables led over a column that is gone."""
    ways = join_paths(demo_graph, "Salesforce/Account", "PostgreSQL/public.memberships", k=5)
    assert len(ways) == 5
    assert not any(map(over_deleted, ways))
    names = [name for step in ways.paths[0].steps for name in (step.source_path, step.target_path)]
    assert names == [
        "Salesforce/Account.Workspace_Id__c",
        "PostgreSQL/public.memberships.organization_id",
    ]


@ANY
@given(graphs(), st.sampled_from(["identifying", "describing", "any"]), st.sampled_from([3, 1_000]))
def test_joins_over_deleted_columns_come_last(linked: LinkGraph, keys: Any, k: int) -> None:
    """The paths before them are those of the living links alone, in that order."""
    ways = join_paths(linked, "a/t", "b/u", k=k, keys=keys)
    gone = gone_of(linked)
    own = {row["path"] for row in linked.nodes if row["is_active"] is False}

    def counts(path: JoinPath) -> bool:
        """As in the rule: of the two tables asked for only what the column's own record says."""
        names = [name for step in path.steps for name in (step.source_path, step.target_path)]
        return any(
            name in own if name.startswith(("a/t.", "b/u.")) else gone[name] for name in names
        )

    marks = [counts(way) for way in ways]
    assert marks == sorted(marks)
    if not (gone["a/t"] or gone["b/u"]):
        living = join_paths(linked.where(active=True), "a/t", "b/u", k=k, keys=keys)
        told = [[step.link_id for step in way.steps] for way in ways]
        alone = [[step.link_id for step in way.steps] for way in living]
        assert told[: marks.count(False)] == alone


def test_a_deleted_table_that_is_asked_for_is_joined_by_its_living_columns_first() -> None:
    """That it is gone is known; that a column of it was gone before is still worth something."""
    rows: list[Row] = [("a/t.id", "b/u.a_id", 0.9), ("a/t.old_id", "b/u.a_id", 1.0)]
    linked = graph(rows, inactive=["a/t", "a/t.old_id"])
    best, other = join_paths(linked, "a/t", "b/u")
    assert (best.steps[0].source_path, other.steps[0].source_path) == ("a/t.id", "a/t.old_id")


def test_of_paths_as_strong_the_one_between_living_nodes_is_taken() -> None:
    """Before APPROVED ones and smaller ids; a stronger one over something deleted stays first."""
    rows: list[Row] = [
        ("a/t.x", "b/u.x", 0.9, "APPROVED"),
        ("b/u.x", "d/w.x", 0.9, "APPROVED"),
        ("a/t.x", "c/v.x", 0.9),
        ("c/v.x", "d/w.x", 0.9),
    ]
    for inactive, through in (((), "b/u.x"), (("b",), "c/v.x"), (("b", "c"), "b/u.x")):
        linked = graph(rows, inactive=inactive)
        assert strongest_path(linked, "a/t.x", "d/w.x").names[1] == through
        clusters = cluster(linked, method="components", threshold=0.5)
        # Approved links hold whatever is deleted, so the answer names them.
        assert why(linked, "a/t.x", "d/w.x", clusters=clusters).path.names[1] == "b/u.x"  # type: ignore[union-attr]
        lineage = neighborhood(linked, "a/t.x", directed=False)
        assert lineage.path_to("d/w.x")[0].target_path == through
    stronger = graph([*rows[:1], ("b/u.x", "d/w.x", 0.95), *rows[2:]], inactive=["b"])
    assert strongest_path(stronger, "a/t.x", "d/w.x").names[1] == "b/u.x"


@ANY
@given(graphs(), st.sampled_from(["components", "average", "markov", "clip"]))
def test_clusters_of_deleted_nodes_alone_come_last(linked: LinkGraph, method: str) -> None:
    """Before them the largest first; ties go to the smallest id."""
    clusters = cluster(linked, method=method, threshold=0.4)
    gone = gone_of(linked)

    def rank(members: Iterable[str]) -> tuple[bool, int, str]:
        nodes = list(members)
        return (all(gone[linked.node(node).path] for node in nodes), -len(nodes), min(nodes))

    ranks = [rank(members) for members in clusters.members]
    assert ranks == sorted(ranks)
    assert np.bincount(clusters.labels[clusters.labels >= 0]).tolist() == clusters.sizes.tolist()


def twice(*, inactive: Callable[[int], bool]) -> LinkGraph:
    """Make three columns of one name."""
    known = catalogue(["a/t.x", "b/u.y"])
    for number in range(2):
        known["columns"].append(known["columns"][0] | {"id": uid(f"x again {number}")})
    for number, entry in enumerate(entry for entry in known["columns"] if entry["name"] == "x"):
        entry["is_active"] = not inactive(number)
    return LinkGraph(read_links([record("a/t.x", "b/u.y")], catalogue=known))


@pytest.mark.parametrize("living", range(3))
def test_a_name_means_the_living_column(living: int) -> None:
    """Of several that are called so, if only one lives."""
    linked = twice(inactive=lambda number: number != living)
    found = linked.node("a/t.x")
    assert not found.deleted
    assert found.node_id == [uid("a/t.x"), uid("x again 0"), uid("x again 1")][living]
    assert linked.node("A/T.X").node_id == found.node_id


def test_names_of_several_living_columns_are_ambiguous() -> None:
    """The living ones are listed first, the others are marked; an id is never guessed."""
    with pytest.raises(AmbiguousNodeError) as raised:
        twice(inactive=lambda number: number == 0).node("a/t.x")
    first, second, third = str(raised.value).partition(": ")[2].split(", ")
    assert third.startswith(f"a/t.x (deleted) ({uid('a/t.x')})")
    assert MARK not in first + second
    with pytest.raises(AmbiguousNodeError) as raised:
        twice(inactive=lambda _: True).node("a/t.x")
    assert str(raised.value).count("a/t.x (deleted)") == 3


def test_suggestions_name_living_columns_first() -> None:
    """And mark the others."""
    linked = graph([("a/t.emails", "b/u.y")], also=["a/t.e_mails"], inactive=["a/t.emails"])
    with pytest.raises(NodeNotFoundError) as raised:
        linked.node("a/t.emailz")
    assert "'a/t.e_mails' or 'a/t.emails' (deleted)" in str(raised.value.hint)


# --- exports ---------------------------------------------------------------------------------


def mixed() -> LinkGraph:
    """Return a graph of APPROVED links with a deleted column, a deleted table and a living rest."""
    rows: list[Row] = [
        ("crm/contact.gone", "shop/user.mail", 0.9, "APPROVED"),
        ("crm/contact.mail", "shop/user.mail", 0.9, "APPROVED"),
        ("shop/user.id", "shop/old.id", 0.9, "APPROVED"),
        ("shop/user.id", "shop/new.id", 0.9, "APPROVED"),
    ]
    return graph(rows, inactive=["crm/contact.gone", "shop/old"])


NO_NODES = {"mermaid", "openlineage", "dbt", "datahub", "html"}
HAVE_NODES = sorted({known.name for known in FORMATS} - NO_NODES)


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        *((name, None) for name in HAVE_NODES),
        *(("graphml", profile) for profile in ("gephi", "yed", "cytoscape", "neo4j")),
    ],
)
def test_formats_with_nodes_mark_each(name: str, profile: str | None, tmp_path: Path) -> None:
    """By an attribute, and by the label that a tool draws."""
    linked = mixed()
    options: dict[str, Any] = {} if profile is None else {"profile": profile}
    found = READERS[name](write(linked, tmp_path / "x", format=name, **options)).nodes
    for row in linked.nodes:
        known = found[row["node_id"]]
        assert str(known["deleted"]).lower() == str(row["deleted"]).lower()
        assert known["label"].endswith(MARK) == row["deleted"]
        assert MARK not in known["path"]


def test_every_format_is_looked_at() -> None:
    """A new one has to be marked too."""
    assert {known.name for known in FORMATS} == {*HAVE_NODES, *NO_NODES}


def test_texts_for_people_and_lineage_have_the_mark(tmp_path: Path) -> None:
    """A flowchart marks boxes, OpenLineage says it of a link, the page works it out."""
    linked = mixed()
    assert write(linked, tmp_path / "x.mmd").read_text().count("#40;deleted#41;") == 2
    events = write(linked, tmp_path / "x.ndjson", lineage="approved").read_text()
    about = [
        one["description"].partition("confidence 0.9")[2]
        for event in map(json.loads, events.splitlines())
        for column in event["dataset"]["facets"]["columnLineage"]["fields"].values()
        for source in column["inputFields"]
        for one in source["transformations"]
    ]
    assert sorted(about) == ["", "", ", source deleted", ", target deleted"]
    for engine in ("explorer", "pyvis"):
        page = write(linked, tmp_path / f"{engine}.html", engine=engine).read_text()
        if engine == "pyvis":
            assert page.count("gone (deleted)") >= 2
            assert "mail (deleted)" not in page
            continue
        packed = packed_of(page)
        assert packed.arrays["active"].tolist() == [
            {None: 2, True: 1, False: 0}[row["is_active"]] for row in linked.nodes
        ]
        (note,) = [note for note in packed.header["notes"] if note.startswith("Deleted")]
        assert note == (
            "Deleted, itself or its table or system: 3 of 12 systems, tables and fields."
            " With an end there: 2 links."
        )


def test_dbt_tests_nothing_that_is_deleted(tmp_path: Path) -> None:
    """A test of a column that is gone stops the project; how many are left out is told."""
    text = write(mixed(), tmp_path / "x.yml", system="shop").read_text()
    assert "# Left out: 2 links with deleted tables or columns." in text
    assert "old" not in text
    assert "field: id" in text
    living = write(mixed().where(active=True), tmp_path / "y.yml", system="shop").read_text()
    assert "deleted" not in living
    assert living.partition("version")[2] == text.partition("version")[2]


@ANY
@given(graphs())
def test_graphml_comes_back_with_the_marks(
    tmp_path_factory: pytest.TempPathFactory, linked: LinkGraph
) -> None:
    """The mark is worked out anew, so that the graph is equal."""
    path = tmp_path_factory.mktemp("graphml") / "x.graphml"
    again = read_graphml(write(linked, path, evidence="full"))
    assert again == linked
    assert again.nodes["deleted"] == linked.nodes["deleted"]


def test_views_and_frames_of_others_have_the_mark() -> None:
    """networkx, igraph, rustworkx, DuckDB, pandas; and tables make the same graph again."""
    linked = mixed()
    gone = {row["node_id"]: row["deleted"] for row in linked.nodes}
    view = linked.to_networkx()
    assert {node: data["deleted"] for node, data in view.nodes(data=True)} == gone
    assert linked.to_igraph().vs["deleted"] == list(gone.values())
    assert [row["deleted"] for row in linked.to_rustworkx().nodes()] == list(gone.values())
    tables = linked.to_duckdb()
    counted = tables.sql("SELECT count(*) FROM nodes WHERE deleted").fetchall()
    assert counted == [(sum(gone.values()),)]
    nodes, links = linked.to_pandas("nodes"), linked.to_pandas("links")
    assert LinkGraph.from_pandas(nodes, links, like=linked) == linked
    assert LinkGraph.from_networkx(view).nodes["deleted"] == list(gone.values())


@pytest.mark.parametrize("suffix", [".csv", ".html", ".json", ".xlsx"])
def test_crosswalks_have_the_mark(suffix: str, tmp_path: Path) -> None:
    """In cells as text, after the living; in the map and the list of members as a value."""
    clusters = cluster(mixed(), method="components")
    path = write_crosswalk(clusters, tmp_path / f"x{suffix}")
    if suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        cells = [cell for row in book["crosswalk"].values for cell in row]
        head, *members = book["members"].values
        assert head[-1] == "deleted"
        assert {row[2]: row[4] for row in members if row[4] == "yes"} == {
            "crm/contact.gone": "yes",
            "shop/old.id": "yes",
        }
        assert "contact.mail (0.90); contact.gone (deleted) (0.90)" in cells
    elif suffix == ".json":
        content = json.loads(path.read_text())
        told = [one for found in content["identities"] for one in found["members"]]
        assert {one["name"] for one in told if one["deleted"]} == {"gone", "id"}
    else:
        assert "contact.mail (0.90); contact.gone (deleted) (0.90)" in path.read_text()


# --- command line ----------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The same, as a snapshot."""
    path = tmp_path / "mixed.hummgraph"
    mixed().snapshot.write(path)
    return path


def test_commands_print_the_mark(run: Any, kept: Path) -> None:
    """As the report does the numbers."""
    printed = run("info", kept).out
    assert "1 table, 2 columns; 2 links end at something deleted" in printed
    assert run("info", kept, "--json").json["links_to_deleted"] == 2
    for command in (
        ("path", kept, "crm/contact.gone", "shop/user.mail"),
        ("lineage", kept, "shop/user.mail", "--up"),
        ("why", kept, "crm/contact.gone", "shop/user.mail"),
        ("join", kept, "crm/contact", "shop/user"),
        ("clusters", kept, "-m", "components", "--one-per", "table", "--audit"),
    ):
        table = () if command[0] == "why" else ("--format", "table")
        answer = run(*command, *table)
        assert answer.code == 0, answer.err
        assert "gone (deleted)" in answer.out, command
    heads = run("clusters", kept).out
    assert "deleted" in heads


def test_active_only_leaves_links_to_deleted_things_out(
    run: Any, kept: Path, tmp_path: Path
) -> None:
    """Of paths, joins, lineages, files and pages."""
    no_path = run("path", kept, "crm/contact.gone", "shop/user.mail", "--active-only")
    assert no_path.code == 9
    joined = run("join", kept, "crm/contact", "shop/user", "--active-only", "--json").json
    assert len(joined["paths"]) == 1
    reached = run("lineage", kept, "shop/user.mail", "--up", "--active-only", "--json").json
    assert [node["path"] for node in reached["nodes"]] == ["shop/user.mail", "crm/contact.mail"]
    out = tmp_path / "x.graphml"
    assert run("export", kept, "-o", out, "--active-only").code == 0
    assert read_graphml(out).n_links == 2
    page = tmp_path / "x.html"
    assert run("show", kept, "-o", page, "--active-only").code == 0
    assert len(packed_of(page.read_text()).arrays["source"]) == 2


def test_filters_keep_deleted_nodes_and_pictures_mark_them() -> None:
    """``where(active=True)`` takes links away, no nodes; a cluster's picture marks its deleted."""
    linked = LinkGraph(load_demo().snapshot())
    living = linked.where(active=True)
    clusters = cluster(linked)
    gone = [row["path"] for row in living.nodes if row["deleted"]]

    assert gone
    assert living.n_nodes == linked.n_nodes
    member = next(
        node for members in clusters.members for node in members if linked.node(node).deleted
    )
    assert MARK in clusters.diagram(member).to_svg()
