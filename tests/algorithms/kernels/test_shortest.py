"""Tests of shortest paths against a search through all paths, with ties."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.kernels.adjacency import Adjacency, Edges, costs
from hummgraph.algorithms.kernels.loopless import k_shortest
from hummgraph.algorithms.kernels.shortest import SearchPath, shortest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Few values: many paths are as good as others.
_WEIGHTS = st.sampled_from([1.0, 0.9, 0.5, 1e-300])
_NODES = 6


@st.composite
def _networks(draw: st.DrawFn) -> Edges:
    n = draw(st.integers(0, 14))
    ends = st.lists(st.integers(0, _NODES - 1), min_size=n, max_size=n)
    source, target = np.array(draw(ends), np.int64), np.array(draw(ends), np.int64)
    weight = np.array(draw(st.lists(_WEIGHTS, min_size=n, max_size=n)), np.float64)
    kept = source != target
    return Edges(
        _NODES, source[kept], target[kept], weight[kept], np.arange(kept.sum()), draw(st.booleans())
    )


_SETS = st.sets(st.integers(0, _NODES - 1), min_size=1, max_size=2)


def _all_routes(edges: Edges, starts: set[int], ends: set[int]) -> Iterator[SearchPath]:
    """Return every path that enters no start and leaves no end, cheapest first."""
    steps = [
        (edge, *pair)
        for edge, pair in enumerate(zip(edges.source.tolist(), edges.target.tolist(), strict=True))
    ]
    if not edges.directed:
        steps += [(edge, end, begin) for edge, begin, end in steps]
    cost = edges.cost.tolist()

    def grow(route: SearchPath) -> Iterator[SearchPath]:
        if route.nodes[-1] in ends:
            yield route
            return
        for edge, begin, end in steps:
            if begin == route.nodes[-1] and end not in route.nodes and end not in starts:
                yield from grow(
                    SearchPath(route.cost + cost[edge], (*route.edges, edge), (*route.nodes, end))
                )

    yield from sorted(route for start in starts for route in grow(SearchPath(0, (), (start,))))


def _by_nodes(routes: Iterator[SearchPath]) -> list[SearchPath]:
    """Return the first of all routes over the same nodes."""
    first: dict[tuple[int, ...], SearchPath] = {}
    for route in routes:
        first.setdefault(route.nodes, route)
    return list(first.values())


@given(_networks(), _SETS, _SETS)
def test_the_shortest_is_the_first_of_all(edges: Edges, starts: set[int], ends: set[int]) -> None:
    """The shortest path is the cheapest; of equal ones, that with the first edges."""
    ends = ends - starts
    if not ends:
        return
    assert shortest(edges, starts, ends) == next(_all_routes(edges, starts, ends), None)


@given(_networks(), _SETS, _SETS, st.booleans())
def test_k_shortest_are_all_in_order(
    edges: Edges, starts: set[int], ends: set[int], by_edge: bool
) -> None:
    """The k shortest paths are all paths, each once, in order."""
    ends = ends - starts
    if not ends:
        return
    wanted = list(_all_routes(edges, starts, ends))
    if not by_edge:
        wanted = _by_nodes(iter(wanted))

    assert list(k_shortest(edges, starts, ends, by_edge=by_edge)) == wanted


@given(_networks(), _SETS, _SETS, st.booleans())
def test_what_leads_astray_is_given_up(
    edges: Edges, starts: set[int], ends: set[int], by_edge: bool
) -> None:
    """A search from both sides gives the same paths as a guided one that is given up."""
    ends = ends - starts
    if not ends:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hummgraph.algorithms.kernels.loopless.MAX_GUIDED_WORK_RATIO", 0)
        found = list(k_shortest(edges, starts, ends, by_edge=by_edge))
    assert found == list(k_shortest(edges, starts, ends, by_edge=by_edge))


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_larger_networks_agree_with_networkx(seed: int, directed: bool) -> None:
    """Costs of the best and of the ten first loopless paths agree with networkx."""
    rng = np.random.default_rng(seed)
    n, m = 60, 240
    ends = (n * rng.random((2, m)) ** 2).astype(np.int64)
    ends = ends[:, ends[0] != ends[1]]
    weight = np.round(rng.uniform(0.3, 1.0, ends.shape[1]), 1)
    edges = Edges(n, ends[0], ends[1], weight, np.arange(len(weight)), directed)
    reference: nx.Graph[int] = nx.DiGraph() if directed else nx.Graph()
    for begin, end, cost in zip(*ends.tolist(), edges.cost.tolist(), strict=True):
        known = reference.get_edge_data(begin, end, {"cost": cost})["cost"]
        reference.add_edge(begin, end, cost=min(cost, known))

    for target in range(1, n, 7):
        found = [route.cost for route in islice(k_shortest(edges, {0}, {target}), 10)]
        if not (target in reference and 0 in reference and nx.has_path(reference, 0, target)):
            assert found == []
            continue
        paths = islice(nx.shortest_simple_paths(reference, 0, target, weight="cost"), 10)
        assert found == [nx.path_weight(reference, path, "cost") for path in paths]


def test_a_product_is_a_sum_of_costs() -> None:
    """Costs are exact to one part in 10**9, and a step counts less than any such part."""
    weights = np.array([1.0, 0.9, 0.5, 1e-12])
    np.testing.assert_allclose((costs(weights) >> 14) / 2**30, -np.log(weights), atol=1e-9)
    assert costs(np.array([1.0])) == [1]
    assert costs(np.array([0.9, 1.0])).sum() > costs(np.array([0.9]))
    assert costs(np.array([0.9, 1.0])).sum() < costs(np.array([0.9 - 2e-9]))


def test_slots_are_sorted_by_cost_within_a_node() -> None:
    """The slots of a node are sorted by cost, then by edge."""
    here = np.array([1, 0, 1, 1])
    cost = np.array([5, 9, 2, 5])
    grouped = Adjacency.of(here, np.array([3, 2, 0, 2]), np.arange(4), cost, 4)

    assert [grouped.edge[grouped.slots(node)].tolist() for node in range(4)] == [
        [1],
        [2, 0, 3],
        [],
        [],
    ]
    assert grouped.slots_of(np.array([1, 3, 0])).tolist() == [1, 2, 3, 0]
    assert all(a <= b for a, b in pairwise(grouped.cost[grouped.slots(1)].tolist()))


def test_a_search_ends_where_a_side_has_nothing_left() -> None:
    """A search for an unreachable node ends when the smaller side is exhausted."""
    chain = np.arange(5)
    edges = Edges(8, chain, chain + 1, np.full(5, 0.9), chain, directed=True)
    assert shortest(edges, {0}, {7}) is None
    assert shortest(edges, {5}, {1}) is None
