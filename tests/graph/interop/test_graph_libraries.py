"""Tests of igraph, rustworkx and scipy: the same graph in each, and the same graph back."""

from __future__ import annotations

import copy
import math
import pickle
import statistics
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx
import numpy as np
import pytest
import rustworkx as rx
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csgraph

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.graph.elements import Level
from hummgraph.graph.interop.scipy import COMBINING, WEIGHTS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.graph.interop.test_dataframes import graphs, small
from tests.support import builders
from tests.support.builders import uid

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARIES: dict[str, tuple[Callable[..., Any], Callable[..., LinkGraph]]] = {
    "igraph": (LinkGraph.to_igraph, LinkGraph.from_igraph),
    "rustworkx": (LinkGraph.to_rustworkx, LinkGraph.from_rustworkx),
}
libraries = pytest.mark.parametrize("library", LIBRARIES)


# --- what is in them -----------------------------------------------------------------------------


def _null_of_igraph(name: str, value: object) -> object:
    return None if name in {"confidence", "weight"} and math.isnan(float(str(value))) else value


def contents(made: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Return nodes, links with positions of their ends, and what is said of the whole."""
    if isinstance(made, igraph.Graph):
        nodes = [vertex.attributes() for vertex in made.vs]
        for node in nodes:
            node["node_id"], node["name"] = node.pop("name"), node.pop("label")
        links = [
            {name: _null_of_igraph(name, value) for name, value in edge.attributes().items()}
            | {"ends": edge.tuple}
            for edge in made.es
        ]
        return nodes, links, {name: made[name] for name in made.attributes()}
    assert list(made.node_indices()) == list(range(made.num_nodes()))
    links = [link | {"ends": (a, b)} for a, b, link in made.weighted_edge_list()]
    return list(made.nodes()), links, made.attrs


def expected(graph: LinkGraph) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the graph's own tables."""
    nodes = list(graph.nodes)
    for node in nodes:
        del node["n_link_ends"]
    links = list(graph.links)
    for link in links:
        for what in ("path", "deleted"):
            del link[f"source_{what}"], link[f"target_{what}"]
        link["ends"] = tuple(graph.index_of(link.pop(end)) for end in ("source", "target"))
    return nodes, links


@libraries
def test_everything_is_there(library: str) -> None:
    """Parallel links, both directions, loops, times and nulls of a small graph."""
    nodes, links, facts = contents(
        LIBRARIES[library][0](small(), keep_unweighted=True, evidence="full")
    )
    assert (nodes, links) == expected(small())
    assert Counter(link["ends"] for link in links).most_common(1)[0][1] == 2
    assert facts["links_left_out"] == {}
    assert facts["policy"] == Policy().to_dict()


@libraries
@given(graphs())
def test_everything_is_there_of_any_graph(library: str, graph: LinkGraph) -> None:
    """Whatever the texts hold."""
    nodes, links, _ = contents(LIBRARIES[library][0](graph, keep_unweighted=True, evidence="full"))
    assert (nodes, links) == expected(graph)


@libraries
@given(graphs())
def test_any_graph_comes_back(library: str, graph: LinkGraph) -> None:
    """Equal, with policy, organisation and relationships, and no argument that tells them."""
    there, back = LIBRARIES[library]
    again = back(
        there(graph, clusters=cluster(graph, threshold=0.5), keep_unweighted=True, evidence="full")
    )
    assert again == graph
    assert again.links == graph.links
    assert again.nodes == graph.nodes


@libraries
def test_the_demo_organisation_comes_back(library: str, demo_graph: LinkGraph) -> None:
    """With its keys, so that joins are the same too."""
    there, back = LIBRARIES[library]
    again = back(there(demo_graph, keep_unweighted=True, evidence="full"))
    assert again == demo_graph
    assert again.snapshot.origin == library
    ends = ("Stripe/customers", "Zendesk/tickets")
    assert str(join_paths(again, *ends)) == str(join_paths(demo_graph, *ends))
    assert back(
        there(demo_graph, keep_unweighted=True, evidence="full"), policy=Policy(rejected="score")
    ) == (demo_graph.with_policy(Policy(rejected="score")))


@libraries
def test_copies_come_back(library: str, demo_graph: LinkGraph) -> None:
    """Copies and pickled graphs are the same."""
    there, back = LIBRARIES[library]
    made = there(demo_graph, keep_unweighted=True, evidence="full")
    assert back(made.copy()) == demo_graph
    assert back(copy.deepcopy(made)) == demo_graph
    assert back(pickle.loads(pickle.dumps(made))) == demo_graph  # noqa: S301 - its own


@libraries
def test_links_without_weight_are_left_out_and_counted(library: str, demo_graph: LinkGraph) -> None:
    """As in networkx, a REJECTED link weighs nothing, and not 1 by silence."""
    nodes, links, facts = contents(LIBRARIES[library][0](demo_graph))
    view = demo_graph.to_networkx()
    assert len(nodes) == view.number_of_nodes()
    assert facts["links_left_out"] == view.graph["links_left_out"] != {}
    assert len(links) + sum(facts["links_left_out"].values()) == demo_graph.n_links
    assert {link["link_id"] for link in links} == {key for _, _, key in view.edges(keys=True)}
    assert all(link["weight"] is not None for link in links)


@libraries
def test_clusters_are_attributes(library: str, demo_graph: LinkGraph) -> None:
    """Each node knows its cluster; clusters of other nodes are refused."""
    clusters = cluster(demo_graph)
    nodes, _, _ = contents(LIBRARIES[library][0](demo_graph, clusters=clusters))
    for node, label in zip(nodes, clusters.labels.tolist(), strict=True):
        assert node["cluster_index"] == (label if label >= 0 else None)
        assert node["cluster_id"] == (clusters.ids[label] if label >= 0 else None)
        assert node["cluster_name"] == (clusters.names[label] if label >= 0 else None)
    with pytest.raises(ArgumentError, match="clusters are of another graph"):
        LIBRARIES[library][0](small(), clusters=clusters)


@libraries
def test_graph_without_anything(library: str) -> None:
    """Neither nodes nor links."""
    there, back = LIBRARIES[library]
    empty = LinkGraph(read_links([]))
    assert back(there(empty)) == empty
    assert back(igraph.Graph(directed=True) if library == "igraph" else rx.PyDiGraph()) == empty


@libraries
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingDependencyError, match=rf"pip install 'hummgraph\[{library}\]'"):
        LIBRARIES[library][0](small())


# --- what they compute ---------------------------------------------------------------------------


def test_ranks_are_those_of_networkx(demo_graph: LinkGraph) -> None:
    """Three libraries, one answer."""
    view = demo_graph.to_networkx()
    theirs = nx.pagerank(view, weight="weight", tol=1e-12, max_iter=1000)
    ids = demo_graph.nodes["node_id"]
    by_igraph = LinkGraph.to_igraph(demo_graph).pagerank(weights="weight")
    found = rx.pagerank(
        LinkGraph.to_rustworkx(demo_graph),
        weight_fn=lambda link: link["weight"],
        tol=1e-12,
        max_iter=1000,
    )
    for code, node in enumerate(ids):
        assert by_igraph[code] == pytest.approx(theirs[node], abs=1e-9)
        assert found[code] == pytest.approx(theirs[node], abs=1e-9)


def test_parts_are_those_of_networkx(demo_graph: LinkGraph) -> None:
    """By four ways to find what hangs together."""
    view = demo_graph.to_networkx()
    ids = demo_graph.nodes["node_id"]
    theirs = {frozenset(part) for part in nx.weakly_connected_components(view)}
    parts = {
        frozenset(ids[code] for code in part)
        for part in LinkGraph.to_igraph(demo_graph).connected_components(mode="weak")
    }
    assert parts == theirs
    found = rx.weakly_connected_components(LinkGraph.to_rustworkx(demo_graph))
    assert {frozenset(ids[code] for code in part) for part in found} == theirs
    n_parts, labels = csgraph.connected_components(LinkGraph.to_scipy(demo_graph, level=None))
    assert n_parts == len(theirs)
    by_label = defaultdict(set)
    for node, label in zip(ids, labels.tolist(), strict=True):
        by_label[label].add(node)
    assert {frozenset(part) for part in by_label.values()} == theirs


def test_igraph_refuses_a_null_for_a_weight() -> None:
    """A ``None`` would count 1 in PageRank; NaN does not."""
    made = LinkGraph.to_igraph(small(), keep_unweighted=True, evidence="full")
    with pytest.raises(igraph.InternalError, match="NaN"):
        made.pagerank(weights="weight")
    assert len(LinkGraph.to_igraph(small()).pagerank(weights="weight")) == small().n_nodes


def test_igraph_finds_vertices_by_id(demo_graph: LinkGraph) -> None:
    """That is what igraph takes a name for."""
    made = LinkGraph.to_igraph(demo_graph)
    node = demo_graph.node("stripe/customers.email")
    vertex = made.vs.find(node.node_id)
    assert (vertex.index, vertex["label"], vertex["path"]) == (node.index, node.name, node.path)


# --- edited --------------------------------------------------------------------------------------


def test_edited_graphs_come_back(demo_graph: LinkGraph) -> None:
    """Nodes that were taken away take their links along, and leave holes in rustworkx."""
    gone = [node for node, depth in enumerate(demo_graph.arrays.nodes.depth) if depth == 2][::3]
    by_igraph = LinkGraph.to_igraph(demo_graph, keep_unweighted=True, evidence="full")
    by_igraph.delete_vertices(gone)
    by_rustworkx = LinkGraph.to_rustworkx(demo_graph, keep_unweighted=True, evidence="full")
    by_rustworkx.remove_nodes_from(gone)
    kept = [row["node_id"] for code, row in enumerate(demo_graph.nodes) if code not in set(gone)]
    found = LinkGraph.from_igraph(by_igraph)
    assert found == LinkGraph.from_rustworkx(by_rustworkx)
    assert found.nodes["node_id"] == kept
    ends = {row["link_id"]: {row["source"], row["target"]} for row in demo_graph.links}
    assert found.links["link_id"] == [key for key, pair in ends.items() if pair <= set(kept)]


def test_links_may_be_changed_and_added() -> None:
    """In igraph by attribute, in rustworkx by the dict."""
    made = LinkGraph.to_igraph(small(), keep_unweighted=True, evidence="full")
    made.es["status"] = "REJECTED"
    made.add_edge(
        uid("crm/contact"),
        uid("shop/user"),
        link_id=uid("new"),
        link_type="PROBABILISTIC",
        status="SUGGESTED",
        confidence=0.25,
    )
    found = LinkGraph.from_igraph(made)
    assert found.n_links_by_status == {"SUGGESTED": 1, "APPROVED": 0, "REJECTED": 5}
    assert found.link(uid("new")).confidence == 0.25
    assert found.link(uid("new")).evidence is None
    other = LinkGraph.to_rustworkx(small(), keep_unweighted=True, evidence="full")
    for link in other.edges():
        link["status"] = "REJECTED"
        link["note"] = object()
    assert LinkGraph.from_rustworkx(other).n_links_by_status["REJECTED"] == 5


# --- what is refused -----------------------------------------------------------------------------


def test_direction_is_needed() -> None:
    """An undirected graph has no sources."""
    made = LinkGraph.to_igraph(small())
    with pytest.raises(ArgumentError, match="not directed"):
        LinkGraph.from_igraph(made.as_undirected(mode="each"))
    with pytest.raises(ArgumentError, match="not directed"):
        LinkGraph.from_rustworkx(LinkGraph.to_rustworkx(small()).to_undirected())  # type: ignore[arg-type]  # that is the point


def _damaged(**changes: object) -> igraph.Graph:
    made = LinkGraph.to_igraph(small(), keep_unweighted=True, evidence="full")
    for name, value in changes.items():
        where, _, attribute = name.partition("_")
        if where == "g":
            made[attribute] = value
            continue
        sequence = made.vs if where == "v" else made.es
        if value is None:
            del sequence[attribute]
        else:
            sequence[0][attribute] = value
    return made


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"v_label": None}, "nodes have no 'name'"),
        ({"v_name": None}, "nodes have no 'node_id'"),
        ({"v_level": None}, "nodes have no 'level'"),
        ({"v_level": "planet"}, "nodes row 0: 'level' is not one of"),
        ({"v_name": "first"}, "nodes row 0: 'node_id' is not an id"),
        ({"v_is_active": "yes"}, "nodes row 0: 'is_active' is not true or false"),
        ({"v_kind": 3}, "nodes row 0: 'kind' is not text"),
        ({"e_link_id": None}, "links have no 'link_id'"),
        ({"e_link_id": "one"}, "links row 0: 'link_id' is not an id"),
        ({"e_confidence": 1.5}, "'confidence' is 1.5; it must be in"),
        ({"e_created_at": "yesterday"}, "links row 0: 'created_at' is not a time"),
        ({"e_evidence": "[]"}, "links row 0: 'evidence' is not a JSON object"),
        ({"g_policy": "strict"}, "graph's 'policy' cannot be read"),
        ({"g_policy": {"approved": "maybe"}}, "graph's 'policy' cannot be read"),
        ({"g_organization_id": "mine"}, "graph's 'organization_id' cannot be read"),
        ({"g_relationships": [{"id": "x"}]}, "relationships row 0: 'id' is not an id"),
        ({"g_key_facts": ["x"]}, "graph's 'key_facts' cannot be read"),
    ],
)
def test_damage_is_told(changes: dict[str, object], said: str) -> None:
    """A value that is none of its kind is an error that says which."""
    with pytest.raises(FormatError, match=said):
        LinkGraph.from_igraph(_damaged(**changes))


def test_links_that_say_nothing_are_told() -> None:
    """Such as those that were added without attributes."""
    made = LinkGraph.to_igraph(small())
    made.add_edge(0, 1)
    with pytest.raises(FormatError, match=r"links row [0-9,]+: 'link_id' is missing"):
        LinkGraph.from_igraph(made)
    other = LinkGraph.to_rustworkx(small())
    edge = other.add_edge(0, 1, {})
    with pytest.raises(FormatError, match=r"links row [0-9,]+: 'link_id' is missing"):
        LinkGraph.from_rustworkx(other)
    other.update_edge_by_index(edge, None)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ArgumentError, match="One of the edges is of type NoneType, not a dict"):
        LinkGraph.from_rustworkx(other)
    other.add_node("new")  # type: ignore[arg-type]  # as above
    with pytest.raises(ArgumentError, match="One of the nodes is of type str, not a dict"):
        LinkGraph.from_rustworkx(other)


# --- scipy ---------------------------------------------------------------------------------------

_COMBINE: dict[str, Callable[[list[float]], float]] = {
    "max": max,
    "min": min,
    "sum": math.fsum,
    "mean": statistics.fmean,
}


def by_hand(
    graph: LinkGraph, level: str | None, weight: str, combine: str
) -> dict[tuple[str, str], float]:
    """Return the entries by the ids of their nodes, from one link after the other."""
    rows = {row["node_id"]: row for row in graph.nodes}

    def lifted(node: str) -> str | None:
        here: str | None = node
        while level is not None and here is not None and rows[here]["level"] != level:
            here = rows[here]["parent_id"]
        return here

    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for link in graph.links:
        source, target = lifted(link["source"]), lifted(link["target"])
        value = 1.0 if weight == "count" else link[weight]
        if source is not None and target is not None and value is not None:
            found[source, target].append(value)
    chosen = _COMBINE["sum" if weight == "count" else combine]
    return {pair: chosen(values) for pair, values in found.items()}


LEVELS: list[str | None] = [None, *map(str, Level)]


@given(graphs(), st.sampled_from(LEVELS), st.sampled_from(WEIGHTS), st.sampled_from(COMBINING))
def test_any_matrix_is_as_by_hand(
    graph: LinkGraph, level: str | None, weight: str, combine: str
) -> None:
    """Every entry stands where its nodes do; zeros are entries, gaps are none."""
    made = LinkGraph.to_scipy(graph, level=level, weight=weight, combine=combine)
    ids = graph.nodes["node_id"] if level is None else graph.project(level).nodes["node_id"]
    assert made.shape == (len(ids), len(ids))
    assert made.has_canonical_format
    entries = made.tocoo()
    found = {
        (ids[row], ids[column]): value
        for row, column, value in zip(
            entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True
        )
    }
    assert found == pytest.approx(by_hand(graph, level, weight, combine), rel=1e-12)
    assert made.dtype == (np.int64 if weight == "count" else np.float64)


@pytest.mark.parametrize(
    ("combine", "expected"),
    [("max", 0.75), ("min", 0.25), ("sum", 1.0), ("mean", 0.5)],
)
def test_parallel_links_are_one_entry(combine: str, expected: float) -> None:
    """Each way makes one number of two links between the same nodes."""
    graph = builders.graph([("a/t.x", "b/t.y", 0.25), ("a/t.x", "b/t.y", 0.75)])
    made = graph.to_scipy(level="column", weight="confidence", combine=combine)

    assert made.nnz == 1
    assert made.sum() == expected


def test_matrix_is_that_of_networkx(demo_graph: LinkGraph) -> None:
    """Sums of weights, over all nodes."""
    ids = demo_graph.nodes["node_id"]
    theirs = nx.to_scipy_sparse_array(
        demo_graph.to_networkx(), nodelist=ids, weight="weight", format="csr"
    )
    made = LinkGraph.to_scipy(demo_graph, level=None, combine="sum")
    assert abs(made - theirs).max() < 1e-12
    assert made.nnz == theirs.nnz


def test_matrix_is_that_of_a_projection(demo_graph: LinkGraph) -> None:
    """Of each level, the same edges with the same numbers of links."""
    for level in Level:
        projection = demo_graph.project(level)
        made = LinkGraph.to_scipy(demo_graph, level=level, weight="count")
        first = demo_graph.arrays.nodes.first[level.depth]
        entries = made.tocoo()
        assert np.array_equal(entries.row, projection.source - first)
        assert np.array_equal(entries.col, projection.target - first)
        assert np.array_equal(entries.data, np.diff(projection.first))


def test_order_of_records_does_not_matter() -> None:
    """The same links in another order give the same sums, to the last bit."""
    rows = [builders.record("a/t.x", "b/t.y", n / 7, id=uid(f"link {n}")) for n in range(7)]
    one, other = (
        LinkGraph.to_scipy(LinkGraph(read_links(some)), combine="sum")
        for some in (rows, rows[::-1])
    )
    assert one.data.tobytes() == other.data.tobytes()


def test_unknown_ways_are_told(demo_graph: LinkGraph) -> None:
    """The errors list those that there are."""
    with pytest.raises(ArgumentError, match="weight is 'size'; it must be one of weight, conf"):
        LinkGraph.to_scipy(demo_graph, weight="size")
    with pytest.raises(ArgumentError, match="combine is 'any'; it must be one of max, min"):
        LinkGraph.to_scipy(demo_graph, combine="any")
    with pytest.raises(ArgumentError, match="level is 'planet'"):
        LinkGraph.to_scipy(demo_graph, level="planet")


@pytest.mark.parametrize("combine", COMBINING)
def test_a_matrix_of_no_links_is_empty(combine: str) -> None:
    """Nodes without links are rows of zeros, in whatever way parallel links would be combined."""
    made = builders.graph([], also=["a/t.x", "b/t.x"]).to_scipy(combine=combine)

    assert made.shape == (2, 2)
    assert made.nnz == 0
