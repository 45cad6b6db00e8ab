"""Tests of the table of formats: each of its cells, and any graph in every format."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import ArgumentError, OutputError
from hummgraph.export import FEATURES, FORMATS, write
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.export.parquet_reader import read_parquet
from hummgraph.frames import visible
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.export.graphml.test_writer import graphs
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.format_readers import READERS, Read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hummgraph.export import Format

    Check = Callable[["Case"], bool]

ODD = 'quote" back\\slash <b>&amp; tab\t line\r\n bell\x07 nul\x00 \ufffe \U0001f600 end'
EVIDENCE = {"score": 0.1, "deep": {"list": [1, None, True, "x\x07"]}}
OPTIONS: dict[str, dict[str, Any]] = {
    "openlineage": {"lineage": "approved"},
    "dbt": {"system": "shop"},
    "datahub": {"suggested": True},
    "csv": {"raw": True},
}


def everything() -> LinkGraph:
    """Return a small graph with all that a format could lose."""
    places = builders.catalogue(
        ["crm/contact.email", "shop/user.mail", "shop/order.mail", "shop/idle.x", "crm/contact.odd"]
    )
    for entry, description in zip(places["columns"], ("", None, "said", "said", ODD), strict=True):
        entry["description"] = description
    places["columns"][-1]["name"] = ODD
    places["organization"] = [{"id": builders.ORGANIZATION, "name": "Quill & Harbor"}]
    rows = [
        record("crm/contact.email", "shop/user.mail", 0.9, id=uid("one"), status="APPROVED"),
        record("crm/contact.email", "shop/user.mail", 1.0, id=uid("again"), evidence=EVIDENCE),
        record("shop/user.mail", "crm/contact.email", None, id=uid("back"), status="REJECTED"),
        record("shop/user.mail", "shop/order.mail", 0.25, id=uid("in"), status="APPROVED"),
        record("crm/contact.odd", "crm/contact.odd", 0.5, id=uid("loop")),
        record("crm/contact", "shop/user", 0.5, id=uid("tables")),
    ]
    rows[0]["created_at"] = "2025-01-02T03:04:05.678901Z"
    return LinkGraph(read_links(rows, catalogue=places))


SEEN = datetime(2026, 2, 3, 4, 5, 6, 7, UTC)
NODE_ATTRIBUTES: dict[str, Any] = {
    "rank": {"shop": 0.125, "crm": 1.0},
    "n hops": {uid("crm/contact.email"): 3, "shop": -(2**63)},
    "good": {"shop": True, "crm": False},
    "group.id": {"crm": "", "shop": ODD},
    "graph": {"shop": "a keyword"},
    "seen": {"crm": SEEN},
    "weight": {"shop": 2.5},
}
LINK_ATTRIBUTES: dict[str, Any] = {
    "flow": {uid("one"): 1.0, uid("back"): 0.5},
    "turns": {uid("one"): 2},
    "good": {uid("one"): False},
    "note": {uid("back"): ODD},
    "seen": {uid("loop"): SEEN},
}


class Case:
    """A file that was written, and the graph that a reader finds in it."""

    def __init__(self, known: Format, folder: Path) -> None:
        self.known = known
        self.folder = folder
        self.graph = everything()
        self.clusters = cluster(self.graph, method="components", threshold=0.2)
        self.options: dict[str, Any] = OPTIONS.get(known.name, {})
        self.attributes: dict[str, Any] = {}
        if "attributes" in known.carries:
            self.attributes = {
                "node_attributes": NODE_ATTRIBUTES,
                "link_attributes": LINK_ATTRIBUTES,
            }
        self.path = write(
            self.graph,
            folder / "whole",
            format=known.name,
            clusters=self.clusters,
            containment=True,
            evidence="full",
            **self.attributes,
            **self.options,
        )
        self.read = READERS[known.name](self.path)
        self.rows = {row["node_id"]: row for row in self.graph.nodes}

    def link(self, name: str) -> dict[str, Any]:
        """Find a link by its id."""
        return next(
            (one for one in self.read.links if one.get("link_id") == uid(name)), {"missing": True}
        )

    def pairs(self, read: Read | None = None) -> list[tuple[str, str]]:
        """Return the ends of all links."""
        return sorted((one["source"], one["target"]) for one in (read or self.read).links)


def ends(case: Case) -> list[tuple[str, str]]:
    """Return the ends of the links of the graph, named as in the format."""
    name = case.known.name
    if name == "mermaid":
        touched = {row[end] for row in case.graph.links for end in ("source", "target")}
        order = [node for node in case.rows if node in touched]
        return sorted(
            (f"n{order.index(row['source'])}", f"n{order.index(row['target'])}")
            for row in case.graph.links
        )
    if name in {"openlineage", "dbt"}:
        at = "hummgraph://{}".format if name == "openlineage" else _dotted
        return sorted((at(row["source_path"]), at(row["target_path"])) for row in case.graph.links)
    return sorted((row["source"], row["target"]) for row in case.graph.links)


def _dotted(path: str) -> str:
    return path.replace("/", ".")


def lifted(case: Case) -> bool:
    """Return whether links lifted to tables have the counts of the links below them."""
    tables = case.graph.project("table")
    try:
        path = write(tables, case.folder / "lifted", format=case.known.name, **case.options)
    except ArgumentError:
        return False
    read = READERS[case.known.name](path)
    if case.known.name == "mermaid":
        return len(read.links) == tables.n_edges
    counts = {(row["source"], row["target"]): row["n_links"] for row in tables.edges}
    found = {(one["source"], one["target"]): int(one.get("n_links", 0)) for one in read.links}
    return found == counts and set(read.nodes) == {row["node_id"] for row in tables.nodes}


def members(case: Case) -> bool:
    """Return whether the format holds the cluster of each node."""
    for code, node in enumerate(case.rows):
        label = int(case.clusters.labels[code])
        found = case.read.nodes.get(node, {})
        if case.known.name == "html":
            # A page cuts its tree itself, and names a cluster by its smallest member.
            if (found["cluster"] >= 0) != (label >= 0):
                return False
        elif found.get("cluster_id") != (case.clusters.ids[label] if label >= 0 else None):
            return False
    return True


def comes_back(case: Case) -> bool:
    """Return whether hummgraph reads an equal graph from the format."""
    back: dict[str, Callable[[Path], LinkGraph]] = {
        "graphml": read_graphml,
        "node-link": _by_node_link,
        "parquet": read_parquet,
    }
    return case.known.name in back and back[case.known.name](case.path) == case.graph


def _by_node_link(path: Path) -> LinkGraph:
    content = json.loads(path.read_text(encoding="utf-8"))
    return LinkGraph.from_networkx(nx.node_link_graph(content, edges="edges"))


def attributes(case: Case) -> bool:
    """Return whether added attributes are present, and missing values missing."""
    if not case.attributes:
        with pytest.raises(ArgumentError, match="cannot hold node_attributes="):
            write(
                case.graph,
                case.folder / "refused",
                format=case.known.name,
                node_attributes=NODE_ATTRIBUTES,
                **case.options,
            )
        return False
    nodes = {case.graph.node(node).node_id: node for node in case.rows}
    for name, values in NODE_ATTRIBUTES.items():
        said = {case.graph.node(key).node_id: value for key, value in values.items()}
        for node in nodes:
            assert alike(case.known.name, case.read.nodes[node].get(name), said.get(node)), name
    for name, values in LINK_ATTRIBUTES.items():
        for link in case.read.links:
            expected = values.get(link["link_id"])
            assert alike(case.known.name, link.get(name), expected), name
    return True


def alike(format_: str, found: Any, expected: Any) -> bool:
    """Return whether a value is the one that was written, or its text in some formats."""
    if expected is None or found is None:
        return found is expected
    if isinstance(expected, datetime):
        moment = datetime.fromisoformat(found) if isinstance(found, str) else found
        return bool(moment == expected)
    if isinstance(expected, str):
        return bool(found == carried(format_, expected))
    if isinstance(found, str):
        assert format_ in {"dot", "csv"}
        if isinstance(expected, bool):
            return found == str(expected).lower()
        return bool(type(expected)(found) == expected)
    return type(found) is type(expected) and bool(found == expected)


HOLDS: dict[str, Check] = {
    "every node": lambda case: set(case.read.nodes) == set(case.rows),
    "every link": lambda case: len(case.read.links) == case.graph.n_links,
    "link ids": lambda case: (
        sorted(str(one.get("link_id")) for one in case.read.links) == case.graph.links["link_id"]
    ),
    "parallel links": lambda case: len(case.pairs()) - len(set(case.pairs())) == 1,
    "direction": lambda case: bool(case.pairs()) and set(case.pairs()) <= set(ends(case)),
    "types": lambda case: (
        isinstance(case.link("one").get("confidence"), float)
        and isinstance(case.link("again").get("confidence"), float | int)
    ),
    "nulls": lambda case: (
        case.link("back").get("confidence", "none") == "none"
        and "missing" not in case.link("back")
        and "description" not in case.read.nodes[uid("shop/user.mail")]
        and case.read.nodes[uid("crm/contact.email")].get("description") == ""
    ),
    "any text": lambda case: case.read.nodes.get(uid("crm/contact.odd"), {}).get("name") == ODD,
    "evidence": lambda case: json.loads(case.link("again").get("evidence", "{}")) == EVIDENCE,
    "times": lambda case: case.link("one").get("created_at") == "2025-01-02T03:04:05.678901Z",
    "containment": lambda case: (
        case.read.contains
        == {(row["parent_id"], node) for node, row in case.rows.items() if row["parent_id"]}
    ),
    "clusters": members,
    "lifted links": lifted,
    "attributes": attributes,
    "organisation": lambda case: "Quill" in case.read.facts,
    "comes back": comes_back,
}


@pytest.fixture(scope="module", params=FORMATS, ids=[known.name for known in FORMATS])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return a case of each format in turn."""
    return Case(request.param, tmp_path_factory.mktemp("format"))


def test_every_format_and_feature_is_tested() -> None:
    """Every row of the table has a reader, and every column a test."""
    assert set(READERS) == {known.name for known in FORMATS}
    assert tuple(HOLDS) == FEATURES
    assert all(known.carries <= set(FEATURES) for known in FORMATS)


@pytest.mark.parametrize("feature", FEATURES)
def test_cell(case: Case, feature: str) -> None:
    """A format holds exactly the features that the table lists."""
    assert HOLDS[feature](case) == (feature in case.known.carries)


# --- any graph -----------------------------------------------------------------------------------

WHOLE = [known.name for known in FORMATS if {"every node", "nulls", "times"} <= known.carries]
NODE_TEXTS = ("name", "path", "kind", "data_type", "description", "schema_name")
UNCARRIED = {"gexf": "\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"}


def carried(name: str, value: Any) -> Any:
    """Return a value as the format holds it."""
    if isinstance(value, bool) and name in {"dot", "csv"}:
        return str(value).lower()
    if isinstance(value, float) and name == "dot":
        return str(value)
    if isinstance(value, str) and name == "gexf":
        odd = {*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF}
        return value.translate(dict.fromkeys(odd, "\ufffd"))
    return visible(value) if isinstance(value, str) and name == "dot" else value


def same(name: str, found: Any, expected: Any) -> bool:
    """Compare values; numbers are texts in CSV."""
    if name == "csv" and isinstance(expected, float):
        return found is not None and float(found) == expected
    return bool(found == carried(name, expected))


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("number", [-(2**63) - 1, -(2**63), 2**64 - 1, 2**64, 10**30])
def test_whole_numbers_of_any_length_are_read_back(tmp_path: Path, name: str, number: int) -> None:
    """Large numbers in evidence are written unchanged, even if some readers round them."""
    records = [record("crm/contact.email", "shop/user.mail", evidence={"n": number})]
    graph = LinkGraph(read_links(records))
    path = write(graph, tmp_path / "graph", format=name, evidence="full", **OPTIONS.get(name, {}))
    (link,) = READERS[name](path).links
    assert json.loads(link["evidence"])["n"] == number


@pytest.mark.parametrize("name", WHOLE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs())
def test_any_graph_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, graph: LinkGraph
) -> None:
    """Every node, link and value is read, whatever the texts contain."""
    path = tmp_path_factory.mktemp("any") / "graph"
    write(graph, path, format=name, evidence="full", **OPTIONS.get(name, {}))
    read = READERS[name](path)
    rows = {row["node_id"]: row for row in graph.nodes}
    assert set(read.nodes) == set(rows)
    for node, row in rows.items():
        for text in (*NODE_TEXTS, "is_active", "resolved"):
            assert same(name, read.nodes[node].get(text), row[text]), text
    links = {one["link_id"]: one for one in read.links}
    assert len(links) == len(read.links) == graph.n_links
    for row in graph.links:
        found = links[row["link_id"]]
        for text in ("source", "target", "link_type", "status", "confidence", "weight"):
            assert same(name, found.get(text), row[text]), text
        told, sent = found.get("evidence"), row["evidence"]
        assert (told is None) == (sent is None)
        if sent is not None:
            assert json.loads(str(told)) == json.loads(carried(name, sent))
        for moment in ("created_at", "updated_at"):
            assert found[moment] == row[moment].strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize("name", WHOLE)
def test_organisation_is_read_back(tmp_path: Path, name: str, demo_graph: LinkGraph) -> None:
    """A whole organisation is read as completely as a few links."""
    graph = demo_graph
    if name == "dot":  # its reader takes minutes for all of it
        graph = graph.subgraph(["Stripe", "HubSpot", "Zendesk"])
        assert graph.n_links > 50
    write(graph, tmp_path / "demo", format=name, **OPTIONS.get(name, {}))
    read = READERS[name](tmp_path / "demo")
    assert set(read.nodes) == set(graph.nodes["node_id"])
    assert sorted(one["link_id"] for one in read.links) == graph.links["link_id"]


# --- folders -------------------------------------------------------------------------------------

FOLDERS = [known for known in FORMATS if known.files]


@pytest.mark.parametrize("known", FOLDERS, ids=[known.name for known in FOLDERS])
def test_folders_are_whole_and_replace_only_their_own(known: Format, tmp_path: Path) -> None:
    """A folder of an earlier export is replaced; a folder with other files is left unchanged."""
    graph = everything()
    path = write(graph, tmp_path / "out", format=known.name)
    assert {file.name for file in path.iterdir()} == set(known.files)
    write(graph, path, format=known.name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    (path / "mine.txt").write_text("kept")
    with pytest.raises(OutputError, match=r"holds 'mine\.txt', which hummgraph did not write"):
        write(graph, path, format=known.name)
    assert (path / "mine.txt").read_text() == "kept"
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="is a file, not an export as"):
        write(graph, tmp_path / "file", format=known.name)


MARKS = {"csv": "about.json", "parquet": "nodes.parquet", "neo4j": "import.sh"}


@pytest.mark.parametrize("known", FOLDERS, ids=[known.name for known in FOLDERS])
def test_folders_without_the_mark_of_their_format_are_of_others(
    known: Format, tmp_path: Path
) -> None:
    """Files with the names of ours are no export, whatever is in the file that should mark it."""
    graph = everything()
    path = write(graph, tmp_path / "out", format=known.name)
    mark = path / MARKS[known.name]
    content = mark.read_bytes()
    other = tmp_path / "other"
    pq.write_table(pa.table({"mine": [1]}), other)
    for text in (b"", b"{", b"[1]", b'{"left_out": 1}', b"PAR1", content[:40], other.read_bytes()):
        mark.write_bytes(text)
        with pytest.raises(OutputError, match="is not replaced"):
            write(graph, path, format=known.name)
        assert mark.read_bytes() == text
    mark.unlink()
    with pytest.raises(OutputError, match="is not replaced"):
        write(graph, path, format=known.name)
    other.write_bytes(content)
    mark.symlink_to(other)
    with pytest.raises(OutputError, match="is not replaced"):
        write(graph, path, format=known.name)
    mark.unlink()
    mark.write_bytes(content)
    write(graph, path, format=known.name)


@pytest.mark.parametrize("known", FOLDERS, ids=[known.name for known in FOLDERS])
def test_a_file_without_the_content_of_an_export_is_of_others(
    known: Format, tmp_path: Path
) -> None:
    """Beside the mark, each file is known by its own start: a user's table of that name stays."""
    path = write(everything(), tmp_path / "out", format=known.name)
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"mine": [1]}), other)
    for name in set(known.files) - {MARKS[known.name]}:
        content = (path / name).read_bytes()
        for mine in (b"", b"thesis,chapter\n1,2\n", other.read_bytes()):
            (path / name).write_bytes(mine)
            with pytest.raises(OutputError, match=f"holds '{name}', which hummgraph did not"):
                write(everything(), path, format=known.name)
            assert (path / name).read_bytes() == mine
        (path / name).write_bytes(content)
    write(everything(), path, format=known.name)


@pytest.mark.parametrize("name", ["csv", "neo4j"])
def test_a_table_that_was_edited_is_replaced(name: str, tmp_path: Path) -> None:
    """Also if a spreadsheet wrote it without quotes, with a mark of UTF-8 and semicolons."""
    path = write(everything(), tmp_path / "out", format=name)
    text = (path / "nodes.csv").read_text(encoding="utf-8")
    edited = text.replace('"', "").replace(",", ";")
    (path / "nodes.csv").write_text(edited, encoding="utf-8-sig")
    write(everything(), path, format=name)
    assert (path / "nodes.csv").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", [known.name for known in FOLDERS])
def test_lifted_links_are_replaced_too(name: str, tmp_path: Path) -> None:
    """Their columns are others, and an export without any has its header."""
    for graph in (everything(), everything().where(min_confidence=1.0, active=True)):
        for thing in (graph, graph.project("table")):
            for _ in range(2):
                write(thing, tmp_path / "out", format=name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_no_format_takes_the_folder_of_another(tmp_path: Path) -> None:
    """An export as one format does not replace an export as another."""
    graph = everything()
    for known in FOLDERS:
        write(graph, tmp_path / known.name, format=known.name)
        for other in FOLDERS:
            if other is not known:
                with pytest.raises(OutputError, match=f"part of an export as {other.name}"):
                    write(graph, tmp_path / known.name, format=other.name)


def test_options_belong_to_formats(tmp_path: Path) -> None:
    """The error for an option of another format names that format."""
    with pytest.raises(ArgumentError, match="gexf has no option 'raw'") as caught:
        write(everything(), tmp_path / "a.gexf", raw=True)
    assert "Only csv has it" in str(caught.value)
    with pytest.raises(ArgumentError, match="no option 'colour'"):
        write(everything(), tmp_path / "a.gexf", colour="red")
    assert not list(tmp_path.iterdir())
