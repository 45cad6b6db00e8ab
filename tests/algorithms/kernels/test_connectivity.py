"""Tests of bridges and articulation points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.kernels import connectivity
from hummgraph.algorithms.kernels.connectivity import articulation_points, bridges

if TYPE_CHECKING:
    from numpy.typing import NDArray

Edges = list[tuple[int, int]]

node = st.integers(0, 9)
edges = st.lists(st.tuples(node, node), max_size=24)


def found(n: int, pairs: Edges) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return both masks of a graph."""
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return bridges(n, a, b), articulation_points(n, a, b)


def expected(n: int, pairs: Edges) -> tuple[list[bool], list[bool]]:
    """Return both masks by networkx."""
    graph = nx.Graph(pairs)
    graph.add_nodes_from(range(n))
    alone: set[frozenset[int]] = {frozenset(edge) for edge in list(nx.bridges(graph))}  # type: ignore[call-overload]
    sets = [frozenset(pair) for pair in pairs]
    points = set(nx.articulation_points(graph))
    return [s in alone and sets.count(s) == 1 for s in sets], [v in points for v in range(n)]


def same(n: int, pairs: Edges) -> None:
    """Check both masks against networkx."""
    assert [marks.tolist() for marks in found(n, pairs)] == list(expected(n, pairs))


@given(edges)
def test_any_graph_agrees_with_networkx(pairs: Edges) -> None:
    """Graphs with loops, parallel edges, isolated nodes and many components agree with networkx."""
    same(10, pairs)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.floats(0.5, 12))
def test_dense_graphs_agree_with_networkx(seed: int, n: int, degree: float) -> None:
    """Dense graphs, of which only a sample of the edges is used, agree with networkx."""
    random = np.random.default_rng(seed)
    ends = (random.random((int(n * degree), 2)) ** 3 * n).astype(int)
    same(n, [(int(a), int(b)) for a, b in ends])


@given(edges, st.sampled_from([0, 1]))
def test_sample_size_changes_nothing(pairs: Edges, size: int) -> None:
    """The size of the sample does not change the result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connectivity, "_SAMPLE_EDGES_PER_NODE", size)
        same(10, pairs)


@given(edges, st.permutations(range(10)), st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(pairs: Edges, names: list[int], random: object) -> None:
    """Masks do not depend on the order, direction or names of edges and nodes."""
    order = list(range(len(pairs)))
    random.shuffle(order)  # type: ignore[attr-defined]
    edge_marks, node_marks = found(10, pairs)
    other = [(names[pairs[i][1]], names[pairs[i][0]]) for i in order]
    other_edges, other_nodes = found(10, other)

    assert other_edges.tolist() == edge_marks[order].tolist()
    assert other_nodes[names].tolist() == node_marks.tolist()


@given(st.lists(edges, max_size=4))
def test_disjoint_union_is_each_by_itself(graphs: list[Edges]) -> None:
    """A call on a disjoint union gives the results of calls on its parts."""
    union = [(10 * i + a, 10 * i + b) for i, pairs in enumerate(graphs) for a, b in pairs]
    parts = [found(10, pairs) for pairs in graphs]
    edge_marks, node_marks = found(10 * len(graphs), union)

    assert edge_marks.tolist() == [mark for part in parts for mark in part[0].tolist()]
    assert node_marks.tolist() == [mark for part in parts for mark in part[1].tolist()]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_without_edges_nothing_is_marked(n: int) -> None:
    """Without nodes or edges nothing is marked."""
    edge_marks, node_marks = found(n, [])

    assert edge_marks.shape == (0,)
    assert node_marks.tolist() == [False] * n


def test_parallel_edges_are_no_bridge() -> None:
    """Parallel edges are not bridges, and their ends are judged as those of one edge."""
    edge_marks, node_marks = found(3, [(0, 1), (1, 0), (1, 2), (2, 2)])

    assert edge_marks.tolist() == [False, False, True, False]
    assert node_marks.tolist() == [False, True, False]


def test_long_paths_and_stars_take_no_recursion_and_no_square() -> None:
    """Long paths and large stars need no recursion and no quadratic time."""
    n = 300_000
    nodes = np.arange(n)
    for a, b, inner in (
        (nodes[:-1], nodes[1:], (nodes > 0) & (nodes < n - 1)),
        (np.zeros(n - 1, dtype=int), nodes[1:], nodes == 0),
        (nodes[::2], nodes[1::2], nodes < 0),
    ):
        assert bridges(n, a, b).all()
        assert np.array_equal(articulation_points(n, a, b), inner)


def test_a_ring_has_none_until_it_is_cut() -> None:
    """A ring has no bridge until one of its edges is removed."""
    n = 1_000
    nodes = np.arange(n)

    assert not bridges(n, nodes, (nodes + 1) % n).any()
    assert not articulation_points(n, nodes, (nodes + 1) % n).any()


def test_too_many_nodes_are_refused() -> None:
    """Node numbers that do not fit 32 bits are refused, not wrapped."""
    none = np.array([], dtype=np.int64)
    with pytest.raises(OverflowError, match="at most"):
        bridges(2**31, none, none)
