"""Tests of the pack: the whole graph, as arrays with the meaning they have in Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import METHODS, cluster
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.kernels.adjacency import costs
from hummgraph.datasets import generate_organization
from hummgraph.explorer import clustering
from hummgraph.explorer.notes import notes_of
from hummgraph.explorer.pack import Result, pack
from hummgraph.frames import visible
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.redaction import PLACEHOLDER, KeptEvidence, redact_evidence
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.explorer_pages import Packed

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters

TREES = [name for name, method in METHODS.items() if method.tree]


def planted(seed: int = 3, **options: Any) -> LinkGraph:
    """Return a graph of moderate size with decisions, nulls and parallel links."""
    return LinkGraph(generate_organization(n_links=400, seed=seed, **options).snapshot())


def same_partition(labels: Any, clusters: Clusters) -> bool:
    """Compare labels regardless of their numbers."""
    found, first = np.unique(clusters.labels, return_index=True)
    smallest = np.full(clusters.n_clusters + 1, -1)  # the last place is that of nodes in none
    smallest[found[found >= 0]] = first[found >= 0]
    return bool(np.array_equal(labels, smallest[clusters.labels]))


def check_whole(graph: LinkGraph, packed: Packed) -> None:
    """Compare a pack with the graph, array by array."""
    header, arrays = packed.header, packed.arrays
    nodes, links = graph.arrays.nodes, graph.arrays.links
    assert header["first"] == nodes.first.tolist()
    assert header["names"] == nodes.name.to_pylist()
    assert arrays["node_id"].reshape(-1, 16).tolist() == nodes.ids.tolist()
    assert arrays["parent"].tolist() == nodes.parent.tolist()
    assert arrays["resolved"].tolist() == nodes.resolved.tolist()
    assert packed.texts("kinds", "kind") == nodes.kind.to_pylist()
    assert packed.texts("data_types", "data_type") == nodes.data_type.to_pylist()
    assert dict(map(tuple, header["qualified"])) == {
        code: table
        for code, (table, schema) in enumerate(
            zip(nodes.table.to_pylist(), nodes.schema_name.to_pylist(), strict=True)
        )
        if schema is not None
    }
    assert arrays["link_id"].reshape(-1, 16).tolist() == graph.link_ids.tolist()
    assert arrays["source"].tolist() == links.ends.source.tolist()
    assert arrays["target"].tolist() == links.ends.target.tolist()
    assert arrays["status"].tolist() == links.status.tolist()
    assert arrays["type"].tolist() == links.link_type.tolist()
    assert header["statuses"] == graph.arrays.statuses
    assert header["types"] == graph.arrays.link_types
    np.testing.assert_array_equal(packed.numbers("confidence"), links.confidence)
    values = arrays["values"]
    assert (np.diff(values) < 0).all()
    assert np.isin(graph.weights[~np.isnan(graph.weights)], values).all()
    paid = values > 0
    assert (arrays["nats"][paid].astype(np.int64) << 14).tolist() == (
        costs(values[paid]) - 1
    ).tolist()
    assert np.isinf(arrays["nats"][~paid]).all()
    for name in ("created", "updated"):
        seconds = [
            0 if time is None else int(time.timestamp()) for time in graph.links[f"{name}_at"]
        ]
        assert arrays[name].tolist() == seconds
    declared = graph.relationships
    assert arrays["relation_source"].tolist() == declared.source.tolist()
    assert arrays["relation_target"].tolist() == declared.target.tolist()
    kinds = [header["relation_kinds"][kind] for kind in arrays["relation_kind"]]
    assert kinds == declared.kind.to_pylist()


# --- nodes and links -----------------------------------------------------------------------------


def test_demo_comes_back_whole(demo_graph: LinkGraph) -> None:
    """The demo's pack equals the graph array by array."""
    packed = Packed(pack(demo_graph))
    check_whole(demo_graph, packed)
    assert packed.header["organization"] == "Quillharbor"
    assert packed.header["title"] == "Quillharbor: entity links"
    assert len(packed.arrays["relation_kind"]) == 64


def test_real_organisation_comes_back_whole(real_organization: Path) -> None:
    """The pack of a large organisation with clusters equals the graph."""
    snapshot = read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    graph = LinkGraph(snapshot)
    clusters = cluster(graph)
    packed = Packed(pack(graph, clusters))
    check_whole(graph, packed)
    assert same_partition(packed.labels(clusters.threshold), clusters)


@pytest.mark.parametrize("records", [[], [record("a", "a")], [record("a", "b")]])
def test_hardly_anything_is_packed_too(records: list[Any]) -> None:
    """Graphs of no, one or two nodes are packed."""
    graph = LinkGraph(read_links(records))
    for clusters in (None, cluster(graph), cluster(graph, method="clip")):
        check_whole(graph, Packed(pack(graph, clusters)))


def test_equal_graphs_give_equal_bytes() -> None:
    """The order of records does not change the bytes of the pack."""
    rows = [record("a/t.x", f"b/t.{number}", number / 10) for number in range(9)]
    one, other = (LinkGraph(read_links(some)) for some in (rows, rows[::-1]))
    assert pack(one) == pack(other)
    assert pack(one, cluster(one)) == pack(other, cluster(other))


def test_ids_at_two_levels_are_told_apart() -> None:
    """Ids that occur at two levels are preceded by the level, as in Python."""
    row = record("a/t.x", "b/u.y") | {"target_column_id": uid("a/t")}
    graph = LinkGraph(read_links([row]))
    prefixed = Packed(pack(graph)).header["prefixed"]
    texts = graph.arrays.nodes.id_text.to_pylist()
    assert [texts[code].partition(":")[0] for code in prefixed] == ["table", "column"]


def test_schemas_and_lost_columns() -> None:
    """A table may have its schema before its name, and a column may have no table."""
    places = builders.catalogue(["a/t.x"])
    places["tables"][0]["schema_name"] = "public"
    lost = record("a/t.x", "b") | {"target_column_id": uid("lost")}
    graph = LinkGraph(read_links([lost], catalogue=places))
    packed = Packed(pack(graph))
    check_whole(graph, packed)
    assert [name for _, name in packed.header["qualified"]] == ["public.t"]


def test_texts_of_any_kind(demo_graph: LinkGraph) -> None:
    """Texts with separators, quotes, markup and direction marks are unchanged."""
    names = [
        "\u2028\u2029",
        "</script><!--",
        "\u202egnp.exe",
        '"\\',
        "\x00\x07\n",
        "\U0001f600",
        "{}",
    ]
    places = builders.catalogue([f"s/t.{number}" for number in range(len(names))])
    for column, name in zip(places["columns"], names, strict=True):
        column |= {"name": name, "data_type": name}
    graph = LinkGraph(read_links([], catalogue=places))
    packed = pack(graph)
    check_whole(graph, Packed(packed))
    assert b"\xe2\x80\xa8" not in packed
    assert Packed(packed).header["title"] == "Entity links"
    assert pack(demo_graph) != packed


def test_halves_of_surrogate_pairs_are_kept_in_evidence() -> None:
    """Half surrogate pairs in evidence stay escapes."""
    row = record("a/t.x", "b/t.y", evidence={"\ud800": "\udfff", "n": 1})
    graph = LinkGraph(read_links([row]))
    (text,) = Packed(pack(graph, kept_evidence=KeptEvidence.FULL)).evidence()
    assert text is not None
    assert list(json.loads(text)) == ["\ud800", "n"]
    assert Packed(pack(graph)).evidence() == ['{"[redacted]":"[redacted]","n":1}']


def test_many_kinds_types_and_statuses() -> None:
    """More kinds, types and statuses than a byte can hold are packed."""
    places = builders.catalogue([f"s/t.c{number}" for number in range(600)])
    for number, column in enumerate(places["columns"]):
        column["data_type"] = f"varchar({number})"
    rows = [
        record(f"s/t.c{number}", f"s/t.c{number + 1}", status=f"S{number}", link_type=f"T{number}")
        for number in range(500)
    ]
    graph = LinkGraph(read_links(rows, catalogue=places))
    packed = Packed(pack(graph, kept_evidence=KeptEvidence.FULL))
    assert packed.texts("data_types", "data_type") == graph.arrays.nodes.data_type.to_pylist()
    assert len(packed.header["data_types"]) == 600
    for names, known, codes in (
        ("statuses", graph.arrays.statuses, graph.arrays.links.status),
        ("types", graph.arrays.link_types, graph.arrays.links.link_type),
    ):
        assert packed.header[names] == [*known[:255], "others"]
        found = packed.arrays["status" if names == "statuses" else "type"]
        assert found.tolist() == np.minimum(codes, 255).tolist()


def test_zeros_of_either_sign_are_one_value() -> None:
    """Zeros of both signs are one value of infinite cost, which no path uses."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.0), ("a/t.x", "b/t.y", -0.0)])
    packed = Packed(pack(graph, cluster(graph, method="average")))
    assert packed.arrays["values"].tolist() == [1.0, 0.0]
    assert packed.arrays["nats"].tolist() == [0.0, np.inf]
    assert packed.arrays["confidence"].tolist() == [1, 1]


def test_times_beyond_the_clock() -> None:
    """Times before 1970 count as unknown, and a missing time stays missing."""
    old = record("a", "b") | {"created_at": "1960-01-01T00:00:00Z"}
    graph = LinkGraph(read_links([old]))
    packed = Packed(pack(graph))
    assert packed.arrays["created"].tolist() == [0]
    assert packed.arrays["updated"].tolist() == [1_767_605_400]
    timeless = LinkGraph.from_networkx(graph.to_networkx())
    assert Packed(pack(timeless)).arrays["updated"].tolist() == [0]


# --- evidence ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept_evidence", list(KeptEvidence))
def test_evidence_is_redacted(demo_graph: LinkGraph, kept_evidence: KeptEvidence) -> None:
    """Evidence is redacted by the same rule as in other files."""
    packed = Packed(pack(demo_graph, kept_evidence=kept_evidence))
    assert packed.evidence() == redact_evidence(
        demo_graph.links["evidence"], kept_evidence, demo_graph.snapshot.vocabulary
    )
    assert packed.header["kept_evidence"] == str(kept_evidence)
    assert kept_evidence.describe() in packed.header["notes"]


def test_descriptions_come_only_if_nothing_is_left_out() -> None:
    """Descriptions are packed only with full evidence."""
    places = builders.catalogue(["a/t.x", "a/t.y"])
    places["columns"][0]["description"] = "secret words"
    row = record("a/t.x", "a/t.y", evidence={"said": "secret words"})
    graph = LinkGraph(read_links([row], catalogue=places))
    for kept_evidence in (KeptEvidence.VOCABULARY, KeptEvidence.NONE):
        assert b"secret" not in pack(graph, kept_evidence=kept_evidence)
    packed = Packed(pack(graph, kept_evidence=KeptEvidence.FULL))
    (described,) = packed.header["descriptions"]
    assert described == [graph.index_of("a/t.x"), "secret words"]
    assert PLACEHOLDER.encode() in pack(graph)


# --- clusters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", TREES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"one_per": "integration_source"},
        {"one_per": "table", "calibrate": "competition"},
        {"policy": Policy(approved="score", null_confidence=0.4)},
        {"policy": Policy(rejected="score", null_deterministic=0.9)},
    ],
)
def test_tree_gives_the_clusters_at_every_threshold(method: str, options: Any) -> None:
    """The tree cut at any threshold gives the clusters of Python."""
    graph = planted()
    packed = Packed(pack(graph, cluster(graph, method=method, **options)))
    assert packed.header["clustering"]["tree"]
    tree = merge_tree(graph, method=method, **options)
    assert len(packed.arrays["tree_a"]) == tree.n_joins
    for threshold in [*np.linspace(0, 1, 21).tolist(), *tree.heights[::7].tolist()]:
        assert same_partition(packed.labels(threshold), tree.cut(threshold))


rows = st.lists(
    st.tuples(
        st.sampled_from(["a/t.x", "a/t.y", "b/t.x", "b/t.y", "c/t.x"]),
        st.sampled_from(["a/u.x", "b/u.x", "c/u.x", "a/t.x", "b/t.x"]),
        st.sampled_from([0.2, 0.5, 0.9, None]),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=12,
)


@given(rows, st.sampled_from(TREES), st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]))
def test_tree_is_that_of_all_links_whatever_is_drawn(
    links: list[Any], method: str, status: str
) -> None:
    """Decisions apply even if their links are not drawn."""
    whole = builders.graph(links)
    clusters = cluster(whole, method=method)
    packed = Packed(pack(whole.where(status=status), clusters))
    for threshold in (0.0, 0.2, 0.35, 0.9, 1.0):
        cut = cluster(whole, method=method, threshold=threshold)
        assert same_partition(packed.labels(threshold), cut)


@pytest.mark.parametrize("method", ["clip", "markov", "leiden"])
def test_methods_without_a_tree_give_labels(method: str) -> None:
    """Clusters without a tree are packed as labels, with their parameters."""
    graph = planted()
    clusters = cluster(graph, method=method)
    packed = Packed(pack(graph, clusters))
    assert not packed.header["clustering"]["tree"]
    assert "tree_a" not in packed.arrays
    assert packed.arrays["labels"].tolist() == clusters.labels.tolist()
    assert packed.header["clustering"]["parameters"] == dict(clusters.parameters)


def test_how_the_clusters_were_made_is_said() -> None:
    """The method and options of the clusters are packed for the page and its reader."""
    graph = planted()
    clusters = cluster(
        graph,
        one_per="integration_source",
        many_in=[graph.node(0).name],
        calibrate="competition",
        average_over="possible",
        floor=0.2,
    )
    info = Packed(pack(graph, clusters)).header["clustering"]
    about = info.pop("about")
    assert info == {
        "method": "average",
        "threshold": clusters.threshold,
        "scale": "competition",
        "level": 2,
        "tree": True,
        "parameters": {"average_over": "possible"},
        "one_per": 0,
        "exempt": [0],
        "unfair": [],
        "reviewed": [],
        "recalibrates": False,
        "setting": {
            "calibrate": "competition",
            "weights": None,
            "no_match": None,
            "floor": 0.2,
            "n_approved": clusters.setting.n_approved,
            "n_rejected": clusters.setting.n_rejected,
        },
    }
    assert about == (
        "method average; pairs without a link count too; one field of each system,"
        f" but for {graph.node(0).name}; scores are lower where links compete"
    )
    assert Packed(pack(graph, cluster(graph))).header["clustering"]["recalibrates"]
    asked = cluster(graph, floor=0.5)
    assert not Packed(pack(graph, asked)).header["clustering"]["recalibrates"]
    table = cluster(graph, one_per="table", method="complete")
    assert "one field of each table" in Packed(pack(graph, table)).header["clustering"]["about"]


def test_odd_parameters_are_written_all_the_same() -> None:
    """Parameters that are numpy numbers or not valid JSON are written."""
    graph = planted()
    clusters = cluster(graph, method="leiden", seed=np.int64(3))
    assert Packed(pack(graph, clusters)).header["clustering"]["parameters"]["seed"] == 3
    assert clustering._as_json_value(float("inf")) == "inf"
    assert clustering._as_json_value(None) is None


def test_calibrated_scores_are_packed() -> None:
    """Calibrated scores are packed, with NaN for links that were not clustered."""
    graph = planted()
    clusters = cluster(graph, calibrate="competition", policy=Policy(null_confidence=0.3))
    packed = Packed(pack(graph, clusters))
    np.testing.assert_array_equal(packed.numbers("score"), clusters.problem.link_scores)
    assert packed.header["policy"] == clusters.policy.to_dict()
    some = graph.where(min_confidence=0.6)
    packed = Packed(pack(some, clusters))
    kept = np.isin(graph.link_ids.view("S16").ravel(), some.link_ids.view("S16").ravel())
    np.testing.assert_array_equal(packed.numbers("score"), clusters.problem.link_scores[kept])
    packed = Packed(pack(graph, cluster(some, calibrate="competition")))
    assert np.isnan(packed.numbers("score")[~kept]).all()
    assert "score" not in Packed(pack(graph, cluster(graph, method="average"))).arrays


def test_what_differs_from_the_page_is_said() -> None:
    """The page notes if clusters are of more links than drawn, or of other decisions."""
    graph = planted()
    clusters = cluster(graph)
    about = Packed(pack(graph.where(min_confidence=0.9), clusters)).header["clustering"]["about"]
    n_drawn = graph.where(min_confidence=0.9).n_links
    assert about.endswith(f"made of {graph.n_links:,} links; {n_drawn:,} are in this page")
    decided = graph.with_decisions({graph.link(0).link_id: "REJECTED"})
    about = Packed(pack(decided, clusters)).header["clustering"]["about"]
    assert about.endswith("made of the same links with other decisions")


def test_page_without_clusters_has_the_usual_ones() -> None:
    """Without clusters a page has those of ``cluster(graph)``, at their threshold, and says so."""
    for graph in (planted(), builders.graph([("a/t.x", "b/t.x", 0.4), ("b/t.x", "c/t.x", 0.9)])):
        packed, usual = Packed(pack(graph)), cluster(graph)
        info = packed.header["clustering"]
        assert (info["method"], info["threshold"]) == (usual.method, usual.threshold)
        assert info["scale"] == usual.threshold_scale
        assert info["setting"]["floor"] == usual.setting.floor
        assert same_partition(packed.labels(usual.threshold), usual)
        assert packed.packed == pack(graph, usual)


def test_columns_are_clustered_wherever_two_are_linked() -> None:
    """As in Python; a page without such links clusters the level that has most."""
    rows = [("a/t", "b/t"), ("b/t", "c/t"), ("a/t.x", "b/t.x")]
    levels = [
        Packed(pack(builders.graph(links))).header["clustering"]["level"]
        for links in (rows, rows[:2], [*rows[:2], ("a", "b")], [])
    ]
    assert levels == [2, 1, 1, 2]


# --- what is said --------------------------------------------------------------------------------


def test_notes() -> None:
    """The notes have counts, the meaning of direction, and omissions."""
    lost = record("a/t.x", "b", None)
    rows = [lost, record("a/t.x", "c/t.x", 0.4)]
    graph = LinkGraph(read_links(rows, catalogue=builders.catalogue(["a/t.x"])))
    notes = notes_of(graph, Policy(), KeptEvidence.VOCABULARY)
    assert notes[0] == "In this page: 3 systems, 2 tables, 2 fields, 2 links."
    assert notes[1].startswith("Without a name")
    assert notes[1].endswith("4 of 7 systems, tables and fields.")
    assert "no proof that data flows" in notes[2]
    assert notes[3] == "Without a score: 1 of 2 links."
    assert notes[4].endswith("unless it is approved.")
    assert notes[5] == "Between two levels, such as a field and a table: 1 link."
    scored = notes_of(graph, Policy(approved="score"), KeptEvidence.NONE)
    assert scored[4].endswith("unless it was given one when the page was made.")


def test_policy_constants_are_among_the_values() -> None:
    """The policy's constants are among the values, even if no link has them."""
    policy = Policy(null_confidence=0.25, null_deterministic=0.75)
    graph = builders.graph([("a/t.x", "b/t.y", 0.5)], policy=policy)
    assert Packed(pack(graph)).arrays["values"].tolist() == [1.0, 0.75, 0.5, 0.25]


def test_result_and_start_are_packed(demo_graph: LinkGraph) -> None:
    """The result and the first settings are packed."""
    result = Result("path", "a to b", ("One.",), (1, 2), (3,), (), (0, 1))
    header = Packed(pack(demo_graph, result=result, start="v=table")).header
    assert header["result"] == {
        "kind": "path",
        "title": "a to b",
        "sentences": ["One."],
        "nodes": [1, 2],
        "links": [3],
        "relations": [],
        "depths": [0, 1],
        "asked": None,
        "paths": [],
        "notes": [],
    }
    assert header["start"] == "v=table"
    assert Packed(pack(demo_graph)).header["result"] is None


def test_title_shows_what_cannot_be_seen() -> None:
    """Direction marks in the title are made visible."""
    name = "Acme\u202e"
    places = {"organization": [{"id": builders.ORGANIZATION, "name": name}]}
    graph = LinkGraph(read_links([], catalogue=places))
    header = Packed(pack(graph)).header
    assert header["organization"] == name
    assert header["title"] == f"{visible(name)}: entity links" == "Acme\ufffd: entity links"
