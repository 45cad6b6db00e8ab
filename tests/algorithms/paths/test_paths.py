"""Tests of paths: the strongest, the k strongest, and link-disjoint ones."""

from __future__ import annotations

from math import isclose, prod
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import (
    LinkGraph,
    Policy,
    disjoint_paths,
    downstream,
    pair_confidence,
    read_links,
    strongest_path,
    strongest_paths,
    why,
)
from hummgraph.algorithms.kernels.adjacency import Edges
from hummgraph.algorithms.kernels.disjoint import contracted, count_disjoint, disjoint_routes
from hummgraph.errors import ArgumentError, NodeNotFoundError, NoPathError
from tests.graph.test_relationships import relationship
from tests.support.builders import catalogue, graph, grid_rows, record, uid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.builders import Row

CHAIN: list[Row] = [("a/t.x", "b/u.y", 0.9), ("b/u.y", "c/v.z", 0.8)]


def names(found: Iterable[Any]) -> list[tuple[str, ...]]:
    """Return the names of the nodes of each path."""
    return [path.names for path in found]


def test_the_larger_product_wins() -> None:
    """The path with the larger product of confidences is the strongest."""
    detour: list[Row] = [("a/t.x", "b/u.y", 0.9), ("b/u.y", "c/v.z", 0.9)]

    path = strongest_path(graph([*detour, ("a/t.x", "c/v.z", 0.8)]), "a/t.x", "c/v.z")
    assert path.names == ("a/t.x", "b/u.y", "c/v.z")
    assert isclose(path.confidence, 0.81)
    assert len(strongest_path(graph([*detour, ("a/t.x", "c/v.z", 0.82)]), "a/t.x", "c/v.z")) == 1


def test_of_equal_products_the_shorter_wins() -> None:
    """Of equal products the path with fewer steps is the strongest."""
    rows: list[Row] = [("a/t.x", "b/u.y", 1.0), ("b/u.y", "c/v.z", 0.9), ("a/t.x", "c/v.z", 0.9)]
    assert len(strongest_path(graph(rows), "a/t.x", "c/v.z")) == 1


@pytest.mark.parametrize("policy", [Policy(), Policy(approved="score")])
def test_of_equal_links_the_approved_one_is_taken(policy: Policy) -> None:
    """Of equal links the APPROVED one is used, then the smaller id, and the others are counted."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.9), ("a/t.x", "b/u.y", 0.9, "APPROVED")]
    step = strongest_path(graph(rows, policy=policy), "a/t.x", "b/u.y").steps[0]
    assert (step.status, step.n_parallel) == ("APPROVED", 1)

    for order in (rows[:1] * 2, [("b/u.y", "a/t.x", 0.9), rows[0]]):
        step = strongest_path(graph(order), "a/t.x", "b/u.y").steps[0]
        assert step.link_id == min(uid("link 0"), uid("link 1"))


def test_direction_is_followed_only_if_asked() -> None:
    """Direction is followed only on request, and a step against its link is marked."""
    linked = graph([("b/u.y", "a/t.x", 0.9)])

    path = strongest_path(linked, "a/t.x", "b/u.y")
    assert [step.forward for step in path.steps] == [False]
    assert strongest_path(linked, "b/u.y", "a/t.x", directed=True).steps[0].forward
    with pytest.raises(NoPathError, match="directed=False"):
        strongest_path(linked, "a/t.x", "b/u.y", directed=True)


def test_links_without_weight_are_not_followed() -> None:
    """Links without a weight under the policy are not followed, and the error mentions them."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.9, "REJECTED"), ("b/u.y", "c/v.z", None)]

    with pytest.raises(NoPathError, match="2 links have no weight") as caught:
        strongest_path(graph(rows), "a/t.x", "c/v.z")
    assert "0 other nodes can be reached from the first" in str(caught.value)
    open_ = Policy(null_confidence=0.5, rejected="score")
    path = strongest_path(graph(rows, policy=open_), "a/t.x", "c/v.z")
    assert [(step.weight, step.confidence) for step in path.steps] == [(0.9, 0.9), (0.5, None)]
    found = strongest_paths(graph(rows), "a/t.x", "c/v.z")
    assert (found.paths, found.stopped_at, repr(found)) == ((), None, "<LinkPaths: 0>")
    assert len(found.to_frame()) == 0
    assert found.note in " ".join(str(found).split())


def test_no_path_says_how_far_either_side_reaches() -> None:
    """The error has the numbers of nodes reached from the first and reaching the second."""
    linked = graph([*CHAIN, ("d/w.p", "e/s.q", 0.9)])
    with pytest.raises(NoPathError, match=r"2 other nodes can .* reached from 1 other node\.$"):
        strongest_path(linked, "a/t.x", "e/s.q", directed=True)


def test_a_table_stands_for_all_in_it() -> None:
    """A path between tables is the best between any of their columns."""
    linked = graph([("a/t.x", "b/u.y", 0.5), ("a/t.w", "b/u.z", 0.7), ("a/t", "b/v", 1.0)])

    assert strongest_path(linked, "a/t", "b/u").names == ("a/t.w", "b/u.z")
    assert strongest_path(linked, "a", "b").names == ("a/t", "b/v")
    assert names(strongest_paths(linked, "a/t", "b/u")) == [
        ("a/t.w", "b/u.z"),
        ("a/t.x", "b/u.y"),
    ]
    assert names(disjoint_paths(linked, "b/u", "a/t").paths) == [
        ("b/u.z", "a/t.w"),
        ("b/u.y", "a/t.x"),
    ]


@pytest.mark.parametrize(("one", "other"), [("a/t.x", "a/t.x"), ("a", "a/t.x"), ("a/t.x", "a/t")])
def test_ends_lie_apart(one: str, other: str) -> None:
    """A path from a node to itself, or to a node in it, is refused."""
    with pytest.raises(ArgumentError, match="one contains the other"):
        strongest_path(graph(CHAIN), one, other)


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_counts_are_whole_numbers(count: Any) -> None:
    """Values that are not whole numbers above 0 are refused."""
    with pytest.raises(ArgumentError, match="whole number above 0"):
        strongest_paths(graph(CHAIN), "a/t.x", "c/v.z", k=count)
    with pytest.raises(ArgumentError, match="whole number above 0"):
        disjoint_paths(graph(CHAIN), "a/t.x", "c/v.z", limit=count)


def test_unknown_nodes_are_named() -> None:
    """Unknown nodes are refused with their names."""
    with pytest.raises(NodeNotFoundError):
        strongest_path(graph(CHAIN), "a/t.x", "nowhere")


def _declared(score: float | None = None) -> LinkGraph:
    """Return columns joined only by a foreign key."""
    records = catalogue(["a/t.x", "a/u.y", "b/v.z"])
    told = {"type": "FOREIGN_KEY", "score": score, "evidence": {"constraint": "t_x_fkey"}}
    foreign_key = relationship("a/t.x", "a/u.y", id=uid("fk"), **told)
    links = [record("a/u.y", "b/v.z", 0.9)]
    return LinkGraph(read_links(links, catalogue=records | {"relationships": [foreign_key]}))


def test_relationships_are_followed_if_asked() -> None:
    """Relationships are followed on request, as steps of their own kind with their ids."""
    linked = _declared()
    with pytest.raises(NoPathError):
        strongest_path(linked, "a/t.x", "b/v.z")

    path = strongest_path(linked, "b/v.z", "a/t.x", relationships=True)
    assert [(step.kind, step.forward) for step in path.steps] == [
        ("link", False),
        ("relationship", False),
    ]
    assert path.steps[1].link_id == uid("fk")
    assert path.steps[1].link_type == "FOREIGN_KEY"
    assert path.steps[1].weight == 1.0
    assert path.steps[1].evidence == {"constraint": "t_x_fkey"}
    assert [line.style for line in path.diagram().lines] == ["suggested", "relationship"]
    with pytest.raises(NoPathError, match="directed=False"):
        strongest_path(linked, "b/v.z", "a/t.x", relationships=True, directed=True)
    with pytest.raises(NoPathError):  # what is sure to be none is no way
        strongest_path(_declared(0.0), "b/v.z", "a/t.x", relationships=True)


def test_parallel_links_are_ways_of_their_own() -> None:
    """Two parallel links are two disjoint paths, and a path over other links is a third."""
    linked = graph([("a/t.x", "c/v.z", 0.5), ("c/v.z", "a/t.x", 0.7), *CHAIN])

    found = disjoint_paths(linked, "a/t.x", "c/v.z")
    assert found.n == len(found) == 3
    assert [round(path.confidence, 2) for path in found] == [0.72, 0.7, 0.5]
    assert disjoint_paths(linked, "a/t.x", "c/v.z", directed=True).n == 2
    assert [path.steps[0].n_parallel for path in found if len(path) == 1] == [1, 1]


def test_disjoint_paths_give_way_to_each_other() -> None:
    """Two disjoint paths are returned instead of a stronger one that blocks both."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.99),
        ("b/u.y", "c/v.z", 0.99),
        ("c/v.z", "d/w.p", 0.99),
        ("a/t.x", "c/v.z", 0.5),
        ("b/u.y", "d/w.p", 0.5),
    ]
    linked = graph(rows)

    assert len(strongest_path(linked, "a/t.x", "d/w.p")) == 3
    assert names(disjoint_paths(linked, "a/t.x", "d/w.p", directed=True)) == [
        ("a/t.x", "b/u.y", "d/w.p"),
        ("a/t.x", "c/v.z", "d/w.p"),
    ]
    first = disjoint_paths(linked, "a/t.x", "d/w.p", limit=1)
    assert (first.n, len(first), len(first.paths[0])) == (2, 1, 3)
    assert repr(first) == "<DisjointPaths: shown 1 of 2>"
    assert first.to_dict()["paths"][0]["names"] == list(first.paths[0].names)


def test_a_path_is_a_table_plain_data_and_two_pictures() -> None:
    """Frame, plain data and both pictures of a path agree."""
    path = strongest_path(graph(CHAIN), "c/v.z", "a/t.x")

    assert path.to_frame()["link_id"] == [uid("link 1"), uid("link 0")]
    assert path.to_dict()["steps"][0]["target_path"] == "b/u.y"
    assert [(line.source, line.target) for line in path.diagram().lines] == [
        (uid("b/u.y"), uid("c/v.z")),
        (uid("a/t.x"), uid("b/u.y")),
    ]
    assert [box.emphasis for box in path.diagram().boxes] == [True, False, True]
    assert path.to_svg().startswith("<svg ")
    assert path.to_mermaid().count("-.->") == 2
    assert path.to_svg() in path._repr_html_()
    assert repr(path) == "<LinkPath: c/v.z > b/u.y > a/t.x, 2 steps, confidence 0.72>"


def test_long_paths_are_named_shortly() -> None:
    """Long paths are shown by their ends, and a confidence below 1 is not shown as 1."""
    rows = [(f"s{i}/t.x", f"s{i + 1}/t.x", 0.99999) for i in range(6)]
    shown = repr(strongest_path(graph(rows), "s0/t.x", "s6/t.x"))
    assert shown == (
        "<LinkPath: s0/t.x > s1/t.x > ... > s5/t.x > s6/t.x, 6 steps, confidence >0.999>"
    )


def test_boxes_stand_in_lanes_of_their_systems() -> None:
    """A column's box shows its table, and boxes are in the lanes of their systems."""
    boxes = strongest_path(graph([("a/t", "b/u.y")]), "a/t", "b/u.y").diagram().boxes
    assert [(box.lane, box.title, box.subtitle) for box in boxes] == [
        ("a", "t", ""),
        ("b", "y", "u"),
    ]


_PLACES = [f"{system}/t.{column}" for system in "abc" for column in "xy"]
_ROWS = st.lists(
    st.tuples(
        st.sampled_from(_PLACES),
        st.sampled_from(_PLACES),
        st.sampled_from([0.9, 0.7, 0.5, 0.0, None]),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=16,
)


@given(_ROWS, st.booleans())
def test_paths_are_those_of_networkx(rows: list[Any], directed: bool) -> None:
    """All paths of a random multigraph, in order of their products, agree with networkx."""
    linked = graph(rows, also=_PLACES)
    view = linked.to_networkx()
    costs: nx.Graph[str] = nx.DiGraph() if directed else nx.Graph()
    for begin, end, data in view.edges(data=True):
        if (weight := data["weight"]) > 0 and begin != end:
            known = costs.get_edge_data(begin, end, {"weight": 0.0})["weight"]
            costs.add_edge(begin, end, weight=max(weight, known))
    start, end = uid(_PLACES[0]), uid(_PLACES[-1])

    found = strongest_paths(linked, start, end, k=99, directed=directed)
    wanted = []
    if start in costs and end in costs:
        wanted = list(nx.all_simple_paths(costs, start, end))
    assert sorted(path.nodes for path in found) == sorted(map(tuple, wanted))
    products = [
        prod(costs.edges[step]["weight"] for step in nx.utils.pairwise(path)) for path in wanted
    ]
    np.testing.assert_allclose([path.confidence for path in found], sorted(products, reverse=True))
    if wanted:
        assert strongest_path(linked, start, end, directed=directed) == found[0]


def _random_edges(rng: np.random.Generator) -> Edges:
    n, m = int(rng.integers(2, 9)), int(rng.integers(0, 20))
    source, target = rng.integers(0, n, (2, m))
    kept = source != target
    weight = np.array([1.0, 0.9, 0.5, 0.3])[rng.integers(0, 4, int(kept.sum()))]
    return Edges(
        n, source[kept], target[kept], weight, np.arange(len(weight)), bool(rng.integers(2))
    )


def _flow_network(edges: Edges) -> nx.DiGraph[Any]:
    """Return a network with a node for each edge, so that parallel edges stay separate."""
    flow: nx.DiGraph[Any] = nx.DiGraph()
    flow.add_nodes_from(range(edges.n_nodes))
    arcs = list(enumerate(zip(edges.source.tolist(), edges.target.tolist(), strict=True)))
    if not edges.directed:
        arcs += [(edge, (end, begin)) for edge, (begin, end) in arcs]
    for edge, (begin, end) in arcs:
        middle = (edge, begin)
        flow.add_edge(begin, middle, capacity=1, cost=int(edges.cost[edge]))
        flow.add_edge(middle, end, capacity=1, cost=0)
    return flow


@pytest.mark.parametrize("seed", range(150))
def test_disjoint_paths_are_a_cheapest_maximum_flow(seed: int) -> None:
    """Disjoint paths are as many as in networkx, share no edge and have the least cost."""
    edges = _random_edges(np.random.default_rng(seed))
    flow = _flow_network(edges)
    most = int(nx.maximum_flow_value(flow, 0, 1))

    assert count_disjoint(edges, 0, 1) == most
    for limit in range(1, most + 1):
        routes = disjoint_routes(edges, 0, 1, limit=limit)
        taken = [edge for route in routes for edge in route.edges]
        assert len(routes) == limit
        assert len(taken) == len(set(taken))
        flow.add_edge("all", 0, capacity=limit, cost=0)
        best = nx.max_flow_min_cost(flow, "all", 1, weight="cost")
        assert nx.cost_of_flow(flow, best, weight="cost") == sum(route.cost for route in routes)
    assert len(disjoint_routes(edges, 0, 1, limit=most + 1)) == most


def test_contracted_ends_lose_the_edges_within() -> None:
    """Contracted ends lose their inner edges, and edges that lead back if directed."""
    source, target = np.array([0, 0, 2, 3, 1]), np.array([1, 2, 1, 2, 3])
    for directed, kept in ((True, [1, 4]), (False, [1, 2, 3, 4])):
        edges = Edges(4, source, target, np.ones(5), np.arange(5), directed)
        one = contracted(edges, {0, 1}, {3})
        assert one.item.tolist() == kept, directed


def test_a_search_says_where_it_stopped() -> None:
    """A stopped search returns the paths found, always the strongest, and is reproducible."""
    linked = graph(grid_rows(8))
    ends = "r0/t.c0", "r7/t.c7"
    whole = strongest_paths(linked, *ends, k=20)
    assert (len(whole), whole.stopped_at, whole.note) == (20, None, "")

    first = strongest_paths(linked, *ends, k=20, max_work=1)
    assert (first.paths, first.stopped_at) == (whole.paths[:1], 1)
    assert first.note == "Stopped after 1 link (max_work): there may be more paths."
    assert repr(first).endswith(", stopped after 1 link>")
    assert first.to_dict()["stopped_at"] == 1
    for max_work in (200, 400, 800, 1_600):
        some = strongest_paths(linked, *ends, k=2_000, max_work=max_work)
        assert some.stopped_at == max_work
        assert some == strongest_paths(linked, *ends, k=2_000, max_work=max_work)
        n = min(len(some), len(whole))
        assert some.paths[:n] == whole.paths[:n]
    with pytest.raises(ArgumentError, match="max_work is 0"):
        strongest_paths(linked, *ends, max_work=0)

    shared = disjoint_paths(linked, *ends, max_work=40)
    assert (shared.n, len(shared), shared.stopped_at) == (2, 1, 40)
    assert shared.paths[0].confidence == whole.paths[0].confidence
    assert len(disjoint_paths(linked, *ends, max_work=1)) == 1
    assert repr(shared) == "<DisjointPaths: shown 1 of 2, stopped after 40 links>"
    assert shared.to_dict()["stopped_at"] == 40
    assert disjoint_paths(linked, *ends).stopped_at is None


def test_many_paths_through_a_large_grid() -> None:
    """Of ties in a large grid the first edges win, and only possible next paths are searched."""
    linked = graph(grid_rows(60))
    found = strongest_paths(linked, "r0/t.c0", "r59/t.c59", k=10)
    assert (len(found), found.stopped_at) == (10, None)
    assert {len(path) for path in found} == {118}
    assert len({path.nodes for path in found}) == 10
    frame = found.to_frame()
    assert frame.columns[:2] == ["path", "step"]
    assert len(frame) == 1_180
    assert found[:2] == found.paths[:2]
    assert "<svg " in found._repr_html_()


def test_a_search_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception from outside during a search is raised."""
    from hummgraph.algorithms.kernels.effort import Effort

    def interrupted(_effort: Effort, _n: int) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Effort, "spend", interrupted)
    linked = graph(grid_rows(4))
    for search in (strongest_paths, disjoint_paths):
        with pytest.raises(KeyboardInterrupt):
            search(linked, "r0/t.c0", "r3/t.c3")


LEVELS: list[Row] = [("a/t", "b/u", 0.9), ("b/u.x", "c/v.x", 0.8), ("a/t.z", "d/w.z", 0.7)]


@pytest.mark.parametrize("directed", [True, False])
def test_no_path_says_what_leads_on_at_another_level(directed: bool) -> None:
    """The error mentions links of another level, and advises to ask for tables or to lift."""
    linked = graph(LEVELS, also=["a/t.x"])
    with pytest.raises(NoPathError) as caught:
        strongest_path(linked, "a/t.x", "c/v.x", directed=directed)
    assert caught.value.message.endswith(
        " Links of another level lead on from what the first reaches: 1 link from 1 table."
        " Links of another level lead on from what reaches the second: 1 link from 1 table."
    )
    either = "" if directed else " and with directed=False"
    assert caught.value.hint == (
        "There is one over links lifted to level='table': the lineage of 'a/t' at that level,"
        f" to any depth{either}, has 'c/v'."
    )
    lifted = downstream(linked, "a/t", level="table", max_depth=None)
    assert [step.target_path for step in lifted.path_to("c/v")] == ["b/u", "c/v"]

    with pytest.raises(NoPathError) as caught:
        strongest_path(linked, "a/t.x", "d/w.z", directed=directed)
    assert caught.value.hint == "There is one from 'a/t' to 'd/w': name the tables."
    assert len(strongest_path(linked, "a/t", "d/w", directed=directed)) == 1


@pytest.mark.parametrize("directed", [True, False])
def test_several_paths_say_of_other_levels_what_one_does(directed: bool) -> None:
    """An empty result has the sentences of the error, in its data as well."""
    linked = graph([("a/t", "b/t", 0.9), ("b/t.x", "c/t.x", 0.9)], also=["a/t.x"])
    ends = "a/t.x", "c/t.x"
    with pytest.raises(NoPathError, match="Links of another level lead on") as caught:
        strongest_path(linked, *ends, directed=directed)
    said = str(caught.value)
    several = strongest_paths(linked, *ends, directed=directed)
    shared = disjoint_paths(linked, *ends, directed=directed)
    sure = pair_confidence(linked, *ends, directed=directed)
    assert (len(several), len(shared), sure.path) == (0, 0, None)
    for found in (several, shared, sure, sure.supports):
        assert found.note == said
        assert found.to_dict()["note"] == said

    if not directed:
        because = why(linked, *ends)
        assert because.n_other_levels == 0
        assert " ".join(because.leads_on) in said
        assert "Links of another level lead on from what the first reaches" in str(because)
        assert because.sentences[-3] == caught.value.hint
        assert because.to_dict()["leads_on"] == list(because.leads_on)
        # What leads nowhere else has no such sentence.
        lone = graph([("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.9)])
        assert why(lone, *ends).leads_on == ()
        assert why(linked, "b/t.x", "c/t.x").leads_on == ()


def test_no_path_between_systems_and_what_is_in_them() -> None:
    """Without a path between systems nothing is said of levels unless links could be lifted."""
    rows: list[Row] = [("a", "b", 0.9), ("b/u.x", "c/v.x", 0.8), ("c/v.y", "b/u.y", 0.5)]
    with pytest.raises(NoPathError, match=r"level='integration_source'.* 'a' .* has 'c'\.$"):
        strongest_path(graph(rows, also=["a/t.x"]), "a/t.x", "c/v.x")
    with pytest.raises(NoPathError) as caught:
        strongest_path(graph(rows[1:]), "b/u.x", "b/u.y")
    assert "level" not in str(caught.value)
    # Within one table or system, lifted links lead nowhere.
    with pytest.raises(NoPathError, match="1 link from 1 system") as caught:
        strongest_path(graph(rows), "b/u.x", "b/u.y")
    assert caught.value.hint == ""
