"""Tests of the networkx view: the same graph to every function of networkx."""

from __future__ import annotations

import copy
import json
import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyvis.network import Network

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, catalogue, graph, record, uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

places = st.sampled_from(["a/t.x", "a/t.y", "b/u.x", "b/u.y", "c/v.x", "a/t", "b"])
rows = st.lists(
    st.tuples(
        places,
        places,
        st.none() | st.floats(0.1, 1),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def view(demo_graph: LinkGraph) -> nx.MultiDiGraph[str]:
    """The demo organisation as networkx sees it."""
    return demo_graph.to_networkx()


@pytest.fixture(scope="module")
def oracle(demo_graph: LinkGraph) -> nx.MultiDiGraph[str]:
    """The same, built by hand as an ordinary graph."""
    built: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    built.add_nodes_from(demo_graph.nodes["node_id"])
    for row in demo_graph.links:
        if row["weight"] is not None:
            names = ["status", "link_type", "weight"]
            names += ["confidence"] if row["confidence"] is not None else []
            attributes = {name: row[name] for name in names}
            built.add_edge(row["source"], row["target"], row["link_id"], **attributes)
    return built


def test_nodes_edges_keys_and_attributes(demo_graph: LinkGraph) -> None:
    """Nodes are ids, keys are link ids; the stored confidence and the weight are both there."""
    linked = graph([("a/t.x", "b/u.y", 0.9), ("a/t.x", "b/u.y", None, "APPROVED")])
    found = linked.to_networkx()

    assert set(found) == set(linked.nodes["node_id"])
    edges = found[uid("a/t.x")][uid("b/u.y")]
    assert edges[uid("link 0")]["weight"] == edges[uid("link 0")]["confidence"] == 0.9
    assert edges[uid("link 1")]["weight"] == 1.0
    assert "confidence" not in edges[uid("link 1")]
    assert found.nodes[uid("a/t.x")]["path"] == "a/t.x"
    assert found.nodes[uid("a/t.x")]["parent_id"] == uid("a/t")
    assert demo_graph.to_networkx().graph["organization"] == demo_graph.snapshot.organization_name


def test_undefined_weights_are_left_out_and_counted() -> None:
    """No link is weighed 1 by silence: without a weight it is out, and the view says how many."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.9),
            ("a/t.x", "b/u.z", None),
            ("a/t.x", "b/u.w", 0.9, "REJECTED"),
        ]
    )

    assert linked.to_networkx().number_of_edges() == 1
    assert linked.to_networkx().graph["links_left_out"] == {"SUGGESTED": 1, "REJECTED": 1}
    everything = linked.to_networkx(keep_unweighted=True)
    assert everything.number_of_edges() == 3
    assert everything.graph["links_left_out"] == {}
    assert all(
        ("weight" in data) == (data["confidence"] is not None and data["status"] != "REJECTED")
        for *_, data in everything.edges(data=True)
    )


def test_a_null_confidence_is_never_weighed_one_by_silence() -> None:
    """By confidence, networkx takes 1 for an approval only; another policy's nulls it refuses."""
    rows: list[Row] = [("a/t.x", "b/u.y", None, "APPROVED"), ("b/u.y", "c/v.z", 0.5)]
    by_default = graph(rows).to_networkx()
    assert by_default.size(weight="confidence") == by_default.size(weight="weight") == 1.5

    suggested = graph([("a/t.x", "b/u.y", None)], policy=Policy(null_confidence=0.5)).to_networkx()
    assert suggested.size(weight="weight") == 0.5
    with pytest.raises(TypeError):
        suggested.size(weight="confidence")


def test_containment_adds_edges_without_weight() -> None:
    """Containment is an edge of its own kind, only when asked for."""
    found = graph([("a/t.x", "b/u.y")]).to_networkx(containment=True)
    contains = [data for *_, data in found.edges(data=True) if data["kind"] == "contains"]

    assert contains == [{"kind": "contains"}] * 4
    assert found.has_edge(uid("a"), uid("a/t"), "contains")


def test_evidence_comes_when_asked_for() -> None:
    """Evidence is JSON text, times are datetimes."""
    linked = LinkGraph(read_links([record("a/t.x", "b/u.y", evidence={"n": 1})]))
    (_, _, data) = next(iter(linked.to_networkx(evidence="full").edges(data=True)))

    assert data["evidence"].replace(" ", "") == '{"n":1}'
    assert data["created_at"].year == 2026


def test_view_is_frozen(view: nx.MultiDiGraph[str]) -> None:
    """Edges cannot be added, and no mapping of the view takes an entry."""
    source, target, _ = next(iter(view.edges(keys=True)))

    assert nx.is_frozen(view)
    with pytest.raises(nx.NetworkXError):
        view.add_edge(source, target)
    with pytest.raises(TypeError):
        view.adj[source] = {}  # type: ignore[index]  # that is the point


def _delete(data: Any) -> None:
    del data["kind"]


# Every method of a dict that changes it.
WRITES: dict[str, Callable[[Any], object]] = {
    "__setitem__": lambda data: data.__setitem__("kind", "other"),
    "__delitem__": _delete,
    "__ior__": lambda data: data.__ior__({"kind": "other"}),
    "clear": lambda data: data.clear(),
    "pop": lambda data: data.pop("kind"),
    "popitem": lambda data: data.popitem(),
    "setdefault": lambda data: data.setdefault("colour", "red"),
    "update": lambda data: data.update(colour="red"),
}


@pytest.mark.parametrize("write", WRITES)
def test_every_write_to_attributes_is_refused(write: str, view: nx.MultiDiGraph[str]) -> None:
    """Attributes are made when asked for, so an accepted write would be lost."""
    source, target, key = next(iter(view.edges(keys=True)))
    for data in (
        view.nodes[source],
        view.edges[source, target, key],
        view[source][target][key],
        view.get_edge_data(source, target, key),
        view.get_edge_data(source, target),
        next(iter(view.nodes(data=True)))[1],
        next(iter(view.edges(data=True)))[2],
    ):
        before = dict(data)
        with pytest.raises(nx.NetworkXError, match="copy it with"):
            WRITES[write](data)
        assert data == before


def test_all_methods_of_a_dict_that_write_are_known() -> None:
    """A method that a later Python adds to dict is looked at before it is allowed."""
    reads = {
        "__class__", "__class_getitem__", "__contains__", "__doc__", "__getitem__", "__iter__",
        "__len__", "__new__", "__or__", "__reversed__", "__ror__", "__init__", "copy", "fromkeys",
        "get", "items", "keys", "values",
    }  # fmt: skip
    assert set(dir(dict)) - set(dir(object)) - reads == set(WRITES)


def test_networkx_cannot_write_attributes_either(view: nx.MultiDiGraph[str]) -> None:
    """Its own functions that set attributes raise, too."""
    writes: tuple[Any, ...] = (nx.set_node_attributes, nx.set_edge_attributes)
    for write in writes:
        with pytest.raises(nx.NetworkXError, match="copy it with"):
            write(view, "red", "colour")


def test_contents_are_printed(view: nx.MultiDiGraph[str]) -> None:
    """The view prints as an ordinary graph does, up to a hundred entries."""
    mine: nx.MultiDiGraph[str] = nx.MultiDiGraph(view)
    hub = _hub(view)

    assert repr(view[hub]) == repr(mine[hub])
    assert str(view.pred[hub]) == str(mine.pred[hub])
    assert repr(view.nodes[hub]) == repr(mine.nodes[hub])
    assert str(dict(view.adjacency())[hub]) == str(mine[hub])
    assert f"... shown 100 of {len(view):,}}}" in repr(view.adj)
    assert " object at 0x" not in repr(view.adj)


def test_edge_data_is_json(view: nx.MultiDiGraph[str]) -> None:
    """Edges between two nodes are a dict of dicts, as in an ordinary graph."""
    mine: nx.MultiDiGraph[str] = nx.MultiDiGraph(view)
    for source, target, key in view.edges(keys=True):
        found = view.get_edge_data(source, target)
        assert json.loads(json.dumps(found)) == found == mine.get_edge_data(source, target)
        assert view.get_edge_data(source, target, key) == mine.edges[source, target, key]
    assert view.get_edge_data(source, target, "nowhere") is None
    nothing: Any = "nothing"
    assert view.get_edge_data(source, "nowhere", default=nothing) == nothing


def test_nodes_have_a_label_for_pictures(demo_graph: LinkGraph) -> None:
    """A label is a name: of a column with its table, and marked where the node is deleted."""
    linked = graph([("a/t.x", "b/u.y", 0.9)])
    labels = nx.get_node_attributes(linked.to_networkx(), "label")
    assert sorted(labels.values()) == ["a", "b", "t", "t.x", "u", "u.y"]
    labels = nx.get_node_attributes(demo_graph.to_networkx(), "label")
    deleted = {row["node_id"] for row in demo_graph.nodes if row["deleted"]}
    assert {node for node, label in labels.items() if label.endswith(" (deleted)")} == deleted
    picture = Network(directed=True)
    picture.from_nx(nx.MultiDiGraph(linked.to_networkx()))
    assert {node["label"] for node in picture.nodes} == set(
        nx.get_node_attributes(linked.to_networkx(), "label").values()
    )
    lifted = nx.get_node_attributes(linked.project("table").to_networkx(), "label")
    assert lifted == {uid("a/t"): "t", uid("b/u"): "u"}


def test_missing_keys_are_key_errors(view: nx.MultiDiGraph[str]) -> None:
    """Looking up what is not there fails as in any mapping."""
    source, target, _ = next(iter(view.edges(keys=True)))

    for lookup in (
        lambda: view["nowhere"],
        lambda: view[source]["nowhere"],
        lambda: view[source][source if not view.has_edge(source, source) else "nowhere"],
        lambda: view[source][target]["nowhere"],
        lambda: view.nodes["nowhere"],
    ):
        with pytest.raises(KeyError):
            lookup()
    assert "nowhere" not in view
    unhashable: Any = ["unhashable"]
    assert unhashable not in view


def test_copies_are_ordinary_graphs(
    view: nx.MultiDiGraph[str], oracle: nx.MultiDiGraph[str]
) -> None:
    """A copy can be edited, pickled and turned into other kinds."""
    mine: nx.MultiDiGraph[str] = nx.MultiDiGraph(view)
    source, target, key = next(iter(mine.edges(keys=True)))
    mine[source][target][key]["weight"] = 0.0
    mine.add_edge("new", source)

    assert set(view.edges(keys=True)) == set(oracle.edges(keys=True))
    assert len(view.edges) == len(oracle.edges)
    assert type(view.copy().edges[source, target, key]) is dict
    assert pickle.loads(pickle.dumps(dict(view.edges[source, target, key])))["weight"] > 0  # noqa: S301
    assert type(pickle.loads(pickle.dumps(view.edges[source, target, key]))) is dict  # noqa: S301
    assert type(copy.deepcopy(view.edges[source, target, key])) is dict


# Functions whose answers must be the same on the view as on an ordinary graph. Where the order of
# equal answers is networkx's own affair, the answer is made into a set first.
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "number_of_nodes": nx.number_of_nodes,
    "number_of_edges": nx.number_of_edges,
    "density": nx.density,
    "degree": lambda g: dict(g.degree()),
    "in_degree": lambda g: dict(g.in_degree()),
    "out_degree": lambda g: dict(g.out_degree()),
    "weighted degree": lambda g: _rounded(dict(g.degree(weight="weight"))),
    "degree_histogram": nx.degree_histogram,
    "degree_centrality": nx.degree_centrality,
    "in_degree_centrality": nx.in_degree_centrality,
    "out_degree_centrality": nx.out_degree_centrality,
    "pagerank": lambda g: _rounded(nx.pagerank(g, weight="weight")),
    "pagerank by confidence": lambda g: _rounded(nx.pagerank(g, weight="confidence")),
    "hits": lambda g: _rounded(nx.hits(nx.DiGraph(g))[0], 4),
    "closeness_centrality": lambda g: _rounded(nx.closeness_centrality(g)),
    "harmonic_centrality": lambda g: _rounded(nx.harmonic_centrality(g)),
    "betweenness_centrality": lambda g: _rounded(nx.betweenness_centrality(g, k=20, seed=1)),
    "load_centrality": lambda g: _rounded(nx.load_centrality(nx.Graph(g))),
    "weakly_connected_components": lambda g: _parts(nx.weakly_connected_components(g)),
    "strongly_connected_components": lambda g: _parts(nx.strongly_connected_components(g)),
    "number_weakly": nx.number_weakly_connected_components,
    "number_strongly": nx.number_strongly_connected_components,
    "condensation": lambda g: nx.condensation(nx.DiGraph(g)).number_of_edges(),
    "is_dag": nx.is_directed_acyclic_graph,
    "is_weakly_connected": nx.is_weakly_connected,
    "descendants": lambda g: nx.descendants(g, _hub(g)),
    "ancestors": lambda g: nx.ancestors(g, _hub(g)),
    "bfs_tree": lambda g: set(nx.bfs_tree(g, _hub(g))),
    "bfs_layers": lambda g: [set(layer) for layer in nx.bfs_layers(g, _hub(g))],
    "dfs_preorder": lambda g: set(nx.dfs_preorder_nodes(g, _hub(g))),
    "single_source_lengths": lambda g: dict(nx.single_source_shortest_path_length(g, _hub(g))),
    "dijkstra": lambda g: _rounded(
        nx.single_source_dijkstra_path_length(g, _hub(g), weight="weight")
    ),
    "bellman_ford": lambda g: _rounded(
        nx.single_source_bellman_ford_path_length(g, _hub(g), weight="weight")
    ),
    "has_path": lambda g: [nx.has_path(g, _hub(g), node) for node in sorted(g)[:30]],
    "ego_graph": lambda g: set(nx.ego_graph(g, _hub(g), radius=2).edges(keys=True)),
    "core_number": lambda g: nx.core_number(_plain(g)),
    "k_core": lambda g: set(nx.k_core(_plain(g), 3)),
    "triangles": lambda g: nx.triangles(_plain(g)),
    "clustering": lambda g: _rounded(nx.clustering(nx.DiGraph(g))),
    "transitivity": lambda g: round(nx.transitivity(nx.Graph(g)), 9),
    "reciprocity": nx.overall_reciprocity,
    "isolates": lambda g: set(nx.isolates(g)),
    "selfloops": lambda g: set(nx.selfloop_edges(g, keys=True)),
    "bridges": lambda g: {frozenset(pair) for pair in nx.bridges(nx.Graph(g))},
    "articulation_points": lambda g: set(nx.articulation_points(nx.Graph(g))),
    "maximum_spanning": lambda g: round(
        nx.maximum_spanning_tree(g.to_undirected(), weight="weight").size(weight="weight"), 9
    ),
    "adjacency_matrix": lambda g: np.round(
        nx.to_numpy_array(g, nodelist=sorted(g), weight="weight").sum(axis=1), 9
    ).tolist(),
    "scipy": lambda g: nx.to_scipy_sparse_array(g, nodelist=sorted(g), weight="weight").nnz,
    "edgelist": lambda g: sorted(nx.generate_edgelist(g, data=False)),
    "node_link_data": lambda g: _links_of(nx.node_link_data(g, edges="edges")),
    "to_dict_of_lists": lambda g: {n: sorted(m) for n, m in nx.to_dict_of_lists(g).items()},
    "reverse": lambda g: set(nx.reverse(g).edges(keys=True)),
    "subgraph": lambda g: set(g.subgraph(sorted(g)[::2]).edges(keys=True)),
    "edge_subgraph": lambda g: set(g.edge_subgraph(sorted(g.edges(keys=True))[::3])),
    "to_undirected": lambda g: g.to_undirected().number_of_edges(),
    "louvain": lambda g: _parts(nx.community.louvain_communities(_ordered(g), seed=3)),
    "label_propagation": lambda g: _parts(
        nx.community.label_propagation_communities(nx.Graph(_ordered(g)))
    ),
    "simple_cycles": lambda g: len(list(nx.simple_cycles(nx.DiGraph(g), length_bound=3))),
    "group_degree": lambda g: nx.group_degree_centrality(nx.DiGraph(g), sorted(g)[:9]),
    "rich_club": lambda g: nx.rich_club_coefficient(_plain(g), normalized=False),
    "assortativity": lambda g: round(nx.degree_assortativity_coefficient(g), 9),
    "eccentricity": lambda g: nx.eccentricity(nx.ego_graph(nx.Graph(g), _hub(g), radius=2)),
}


# Functions whose answers have attributes: the same on the view as on a copy of it.
CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "to_dict_of_dicts": nx.to_dict_of_dicts,
    "to_dict_of_dicts of some": lambda g: nx.to_dict_of_dicts(g, nodelist=sorted(g)[::3]),
    "adjacency_data": nx.adjacency_data,
    "whole node_link_data": lambda g: nx.node_link_data(g, edges="edges"),
    "cytoscape_data": nx.cytoscape_data,
    "pandas edge list": lambda g: nx.to_pandas_edgelist(g).to_json(),
    "pandas adjacency": lambda g: nx.to_pandas_adjacency(g).to_json(),
    "generate_adjlist": lambda g: list(nx.generate_adjlist(g)),
    "generate_multiline_adjlist": lambda g: list(nx.generate_multiline_adjlist(g)),
    "whole edge list": lambda g: list(nx.generate_edgelist(g)),
    "relabel_nodes": lambda g: _whole(nx.relabel_nodes(g, {node: node[:8] for node in g})),
    "integer labels": lambda g: _whole(nx.convert_node_labels_to_integers(g)),
    "copy": lambda g: _whole(g.copy()),
    "whole subgraph": lambda g: _whole(g.subgraph(sorted(g)[::2]).copy()),
    "whole reverse": lambda g: _whole(g.reverse()),
    "reverse_view": lambda g: _whole(nx.reverse_view(g)),
    "whole to_undirected": lambda g: _whole(g.to_undirected()),
    "to_directed": lambda g: _whole(g.to_directed()),
    "compose": lambda g: _whole(nx.compose(g, g)),
    "disjoint_union": lambda g: _whole(nx.disjoint_union(g, g)),
    "restricted_view": lambda g: _whole(nx.restricted_view(g, sorted(g)[:9], [])),
    "line_graph": lambda g: set(nx.line_graph(g.subgraph(sorted(g)[:300])).edges),
    "contracted_nodes": lambda g: _whole(nx.contracted_nodes(g, *sorted(g)[:2])),
    "edge_boundary": lambda g: list(nx.edge_boundary(g, sorted(g)[:99], keys=True, data=True)),
    "all_neighbors": lambda g: {node: set(nx.all_neighbors(g, node)) for node in g},
    "node attributes": lambda g: nx.get_node_attributes(g, "path"),
    "edge attributes": lambda g: nx.get_edge_attributes(g, "weight"),
    "adj.copy": lambda g: g.adj.copy(),
    "pred.copy": lambda g: g.pred.copy(),
    "neighbours copy": lambda g: {node: g[node].copy() for node in g},
    "raw copy": lambda g: {node: others.copy() for node, others in g.adjacency()},
    "attribute mixing": lambda g: nx.attribute_mixing_dict(g, "system"),
}


def _whole(g: Any) -> tuple[Any, ...]:
    edges = g.edges(keys=True, data=True) if g.is_multigraph() else g.edges(data=True)
    return type(g), dict(g.graph), dict(g.nodes(data=True)), sorted(edges, key=repr)


def _rounded(values: Any, digits: int = 9) -> dict[str, float]:
    return {key: round(value, digits) for key, value in values.items()}


def _parts(parts: Any) -> set[frozenset[str]]:
    return {frozenset(part) for part in parts}


def _hub(g: Any) -> str:
    hub: str = max(sorted(g), key=g.degree)
    return hub


def _plain(g: Any) -> Any:
    plain: nx.Graph[str] = nx.Graph(g)
    plain.remove_edges_from(list(nx.selfloop_edges(plain)))
    return plain


def _ordered(g: Any) -> Any:
    """Copy with nodes and edges in one order, for functions that depend on it."""
    copied: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    copied.add_nodes_from(sorted(g))
    copied.add_edges_from(sorted(g.edges(keys=True)))
    return copied


def _links_of(content: dict[str, Any]) -> list[tuple[str, ...]]:
    return sorted((edge["source"], edge["target"], edge["key"]) for edge in content["edges"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_networkx_answers_alike(
    name: str, view: nx.MultiDiGraph[str], oracle: nx.MultiDiGraph[str]
) -> None:
    """The view and an ordinary graph give the same answer."""
    assert FUNCTIONS[name](view) == FUNCTIONS[name](oracle)


@pytest.mark.parametrize("name", CONVERSIONS)
def test_networkx_converts_as_of_a_copy(name: str, view: nx.MultiDiGraph[str]) -> None:
    """All attributes are those of ``networkx.MultiDiGraph(view)``."""
    assert CONVERSIONS[name](view) == CONVERSIONS[name](nx.MultiDiGraph(view))


@given(rows)
def test_view_equals_an_ordinary_graph(links: list[Any]) -> None:
    """Nodes, both adjacencies, keys and attributes are those of a graph built by hand."""
    linked = graph(links)
    built: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    built.add_nodes_from(linked.nodes["node_id"])
    for row in linked.links:
        built.add_edge(row["source"], row["target"], row["link_id"], confidence=row["confidence"])
    found = linked.to_networkx(keep_unweighted=True)

    def plain(adjacency: Any) -> Any:
        return {
            node: {
                other: {key: data.get("confidence") for key, data in keys.items()}
                for other, keys in others.items()
            }
            for node, others in adjacency.items()
        }

    assert plain(found.adj) == plain(built.adj)
    assert plain(found.pred) == plain(built.pred)
    assert list(found.nodes) == list(built.nodes)
    for node in built:
        assert len(found[node]) == len(built[node]) == len(list(found[node]))
        assert {key for keys in found[node].values() for key in keys} == {
            key for keys in built[node].values() for key in keys
        }
        assert sum(map(len, found[node].values())) == built.out_degree(node)


# --- for files ---------------------------------------------------------------------------------

SCALARS = (bool, int, float, str)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"evidence": "full", "relationships": True, "containment": True, "keep_unweighted": True},
]


def hostile() -> LinkGraph:
    """Return a graph with names that XML cannot carry, nulls, and times."""
    places = catalogue(["a/t.x", "b/u.y"])
    places["columns"][0]["name"] = "a\x00b_x0041_ \ufffe <&> \U0001f600"
    places["columns"][1]["is_active"] = False
    rows = [record("a/t.x", "b/u.y", 0.5, evidence={"n": "\x07"}), record("b/u.y", "a/t.x", None)]
    return LinkGraph(read_links(rows, catalogue=places))


@pytest.mark.parametrize("options", OPTIONS)
def test_a_flat_view_has_scalars_only(demo_graph: LinkGraph, options: dict[str, Any]) -> None:
    """Nothing is None, and every other value is that of the view with nulls."""
    for linked in (demo_graph, hostile()):
        flat, usual = linked.to_networkx(flat=True, **options), linked.to_networkx(**options)
        assert nx.is_frozen(flat)
        for one, data in flat.nodes(data=True):
            assert all(type(value) in SCALARS for value in data.values())
            assert set(data) - {"has_escapes"} == {
                name for name, value in usual.nodes[one].items() if value is not None
            }
        for one, other, key, data in flat.edges(keys=True, data=True):
            assert all(type(value) in SCALARS for value in data.values())
            named = {
                name for name, value in usual.edges[one, other, key].items() if value is not None
            }
            assert set(data) - {"link_id", "has_escapes"} == named
            assert data.get("link_id", key) == key
        assert all(type(value) in SCALARS for value in flat.graph.values())
    flat_demo: Any = demo_graph.to_networkx(flat=True)
    assert dict(flat_demo.nodes(data=True)) == {
        node: {name: value for name, value in data.items() if value is not None}
        for node, data in demo_graph.to_networkx().nodes(data=True)
    }


def _written(write: Any, read: Any) -> Callable[[Any, Any], Any]:
    def there_and_back(g: Any, folder: Any) -> Any:
        write(g, folder / "graph")
        return read(folder / "graph")

    return there_and_back


FILES: dict[str, Callable[[Any, Any], Any]] = {
    "GraphML": _written(nx.write_graphml, partial(nx.read_graphml, force_multigraph=True)),
    "GraphML without lxml": _written(
        nx.write_graphml_xml, partial(nx.read_graphml, force_multigraph=True)
    ),
    "GEXF": _written(nx.write_gexf, nx.read_gexf),
    "GML": _written(nx.write_gml, nx.read_gml),
    "node-link": lambda g, _: nx.node_link_graph(
        json.loads(json.dumps(nx.node_link_data(g, edges="edges"), allow_nan=False)), edges="edges"
    ),
    "adjacency": lambda g, _: nx.adjacency_graph(json.loads(json.dumps(nx.adjacency_data(g)))),
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", FILES)
def test_networkx_writes_a_flat_view(
    name: str, options: dict[str, Any], demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """Nodes, edges and attributes are read back from each kind of file."""
    for linked in (demo_graph, hostile()):
        flat = linked.to_networkx(flat=True, **options)
        read = FILES[name](flat, tmp_path)
        assert set(read) == set(flat)
        assert read.number_of_edges() == flat.number_of_edges()
        # GML has whole numbers for truth values, and identifies nodes by their labels.
        for node, data in flat.nodes(data=True):
            found = read.nodes[node]
            expected = {
                one: value
                for one, value in data.items()
                if value != "" and (name, one) != ("GML", "label")
            }
            assert {one: found[one] for one in expected} == expected
        confidences = sorted(nx.get_edge_attributes(flat, "confidence").values())
        assert sorted(nx.get_edge_attributes(read, "confidence").values()) == confidences
        links = set(nx.get_edge_attributes(flat, "link_id").values())
        assert set(nx.get_edge_attributes(read, "link_id").values()) == links


def test_a_lifted_graph_is_flat_on_demand(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Links lifted to a level are written by networkx, too."""
    for level in ("integration_source", "table", "column"):
        lifted = demo_graph.project(level)
        flat: Any = lifted.to_networkx(flat=True)
        for _, data in [*flat.nodes(data=True), *((0, one[2]) for one in flat.edges(data=True))]:
            assert all(type(value) in SCALARS for value in data.values())
        for write in (nx.write_graphml, nx.write_gexf, nx.write_gml):
            write(flat, tmp_path / "graph")
        assert set(nx.read_graphml(_graphml_of(flat, tmp_path))) == set(lifted.nodes["node_id"])


def _graphml_of(g: Any, folder: Path) -> Path:
    nx.write_graphml(g, folder / "graph.graphml")
    return folder / "graph.graphml"


def test_a_flat_view_comes_back(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """All nodes, links and characters come back, from the view and from networkx's own file."""
    for linked in (demo_graph, hostile()):
        flat: Any = linked.to_networkx(flat=True, keep_unweighted=True, evidence="full")
        path: Any = _graphml_of(flat, tmp_path)
        read: Any = nx.read_graphml(path)
        for again in (
            LinkGraph.from_networkx(flat),
            LinkGraph.from_networkx(read),
            read_graphml(path),
        ):
            assert again.nodes["name"] == linked.nodes["name"]
            assert again.nodes["deleted"] == linked.nodes["deleted"]
            assert again.links["confidence"] == linked.links["confidence"]
            assert again.links["created_at"] == linked.links["created_at"]
            assert [json.loads(text or "0") for text in again.links["evidence"]] == [
                json.loads(text or "0") for text in linked.links["evidence"]
            ]
            assert again.policy == linked.policy


# --- and back --------------------------------------------------------------------------------


@given(rows)
def test_read_back_is_the_same_graph(links: list[Any]) -> None:
    """All nodes, links and attributes come back, from the view and from a copy of it."""
    linked = graph(links, also=["d/w.z"])
    seen = linked.to_networkx(keep_unweighted=True, evidence="full", containment=True)

    for given_back in (seen, nx.MultiDiGraph(seen)):
        again = LinkGraph.from_networkx(given_back)
        assert again.links == linked.links
        assert again.nodes == linked.nodes


def test_demo_comes_back_whole(demo_graph: LinkGraph) -> None:
    """Schemas, orphan columns, unnamed tables and odd links survive the way there and back."""
    seen = demo_graph.to_networkx(keep_unweighted=True, evidence="full")
    again = LinkGraph.from_networkx(seen, policy=demo_graph.policy)

    assert again.nodes == demo_graph.nodes
    assert again.links == demo_graph.links
    assert again.snapshot.origin == "networkx"


def test_a_column_without_its_table_comes_back() -> None:
    """It hangs from its system, there and back."""
    orphan = record("a/t.x", "b/u.y")
    del orphan["source_table_id"]
    linked = LinkGraph(read_links([orphan]))
    again = LinkGraph.from_networkx(linked.to_networkx(keep_unweighted=True, evidence="full"))

    assert again.nodes["path"] == linked.nodes["path"]
    assert again.links == linked.links


def test_an_edited_copy_is_read() -> None:
    """A user's edit arrives; what is not given has the contract's default."""
    mine: nx.MultiDiGraph[str] = nx.MultiDiGraph(graph([("a/t.x", "b/u.y", 0.9)]).to_networkx())
    mine.add_edge(uid("b/u.y"), uid("a/t.x"), uid("new"))
    again = LinkGraph.from_networkx(mine)
    link = again.link(uid("new"))

    assert (link.status, link.link_type, link.confidence) == ("SUGGESTED", "PROBABILISTIC", None)
    assert link.created_at is None


def test_times_as_text_are_read() -> None:
    """A graph that went through a file has its times as text."""
    mine: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        graph([("a/t.x", "b/u.y", 0.9)]).to_networkx(evidence="full")
    )
    for *_, data in mine.edges(data=True):
        data["created_at"] = data["created_at"].isoformat()

    assert LinkGraph.from_networkx(mine).links["created_at"][0].year == 2026


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda g: g.add_node("nonsense", level="table", name=""), "'node_id' is not an id"),
        (lambda g: g.add_node(uid("new")), "'level' is missing"),
        (lambda g: g.add_edge(uid("a/t.x"), uid("b/u.y"), "key"), "'link_id' is not an id"),
        (lambda g: g.add_edge(uid("a/t.x"), uid("b/u.y")), "'link_id' is missing"),
        (lambda g: g.remove_node(uid("a")), "parent_id .* is not among the nodes"),
        (lambda g: g.nodes[uid("a/t")].update(parent_id=uid("a/t.x")), "stands no higher"),
    ],
)
def test_what_cannot_be_read_says_why(spoil: Callable[[Any], None], message: str) -> None:
    """The error names the node or edge, and what it lacks."""
    mine: nx.MultiDiGraph[str] = nx.MultiDiGraph(graph([("a/t.x", "b/u.y", 0.9)]).to_networkx())
    spoil(mine)

    with pytest.raises(FormatError, match=message):
        LinkGraph.from_networkx(mine)


def test_other_kinds_of_graph_are_refused() -> None:
    """Only a MultiDiGraph can hold all links."""
    wrong: Any = nx.Graph()
    with pytest.raises(ArgumentError, match="not a MultiDiGraph"):
        LinkGraph.from_networkx(wrong)


def test_a_name_of_the_organisation_is_text(demo_graph: LinkGraph) -> None:
    """A number in its place is refused where it is read, not where it is written."""
    copy: nx.MultiDiGraph[str] = nx.MultiDiGraph(demo_graph.to_networkx(keep_unweighted=True))
    copy.graph["organization"] = 5
    with pytest.raises(FormatError, match="'organization' cannot be read"):
        LinkGraph.from_networkx(copy)


def test_evidence_of_relationships_is_an_object(demo_graph: LinkGraph) -> None:
    """As that of links."""
    made = demo_graph.to_networkx(keep_unweighted=True, relationships=True, evidence="full")
    copy: nx.MultiDiGraph[str] = nx.MultiDiGraph(made)
    copy.graph["relationships"] = [copy.graph["relationships"][0] | {"evidence": "[1]"}]
    with pytest.raises(FormatError, match="relationships row 0: 'evidence' is not a JSON object"):
        LinkGraph.from_networkx(copy)
