"""Edges for searches: with exact costs, in order of preference, grouped by node."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.graph.policy import APPROVED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["MAX_COST", "Adjacency", "Edges", "costs", "graph_edges", "preference_order"]

MAX_COST: Final = 1 << 60
"""Cost above that of any path; the cost of nodes that are not reached."""

# A cost holds -ln(confidence) in its upper bits, in units of 2**-30, and the number of steps in
# its lower ones. Sums are exact, whatever their order, and smaller means more confident, then
# shorter. Of two products within one part in 10**9 a step of each other, either may be larger.
_UNITS_PER_NAT: Final = 1 << 30
_STEP_BITS: Final = 14


def costs(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cost of a step over each link: the smallest sum belongs to the largest product.

    Parameters
    ----------
    weights
        Confidences in (0, 1].
    """
    # The least positive float costs 2**54; a path of 64 such steps counts as none.
    nats: NDArray[np.int64] = np.rint(-np.log(weights) * _UNITS_PER_NAT).astype(np.int64)
    return (nats << np.int64(_STEP_BITS)) + np.int64(1)


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """Edges grouped by one of their ends, the cheapest first within a group.

    Node ``i`` has the slots ``begin[i]`` to ``begin[i + 1]`` of the other arrays, shape (n_slots,).
    """

    begin: NDArray[np.int64]
    edge: NDArray[np.int64]
    node: NDArray[np.int64]
    """The other end."""
    cost: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        here: NDArray[np.int64],
        there: NDArray[np.int64],
        edge: NDArray[np.int64],
        cost: NDArray[np.int64],
        n_nodes: int,
    ) -> Adjacency:
        """Return slots grouped by the node ``here``, in O(n log n)."""
        from scipy.sparse import csc_array

        order = np.argsort(cost, kind="stable")
        n = len(order)
        # Converting an incidence matrix is a stable counting sort.
        matrix = csc_array(
            (np.empty(n, dtype=np.int8), here[order], np.arange(n + 1)), shape=(n_nodes, n)
        ).tocsr()
        slot = order[matrix.indices]
        return cls(matrix.indptr.astype(np.int64), edge[slot], there[slot], cost[slot])

    def slots(self, node: int) -> slice:
        """Return the slots of a node."""
        return slice(int(self.begin[node]), int(self.begin[node + 1]))

    def slots_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the slots of several nodes, node by node."""
        first = self.begin[nodes]
        count = self.begin[nodes + 1] - first
        skipped = np.cumsum(count) - count
        slots: NDArray[np.int64] = np.arange(count.sum()) + np.repeat(first - skipped, count)
        return slots


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges in order of preference: of two equally good ones, the earlier is used.

    All arrays have shape (n_edges,).
    """

    n_nodes: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    """Weight of each edge, in (0, 1]."""
    item: NDArray[np.int64]
    """Position among the graph's links; for a relationship, ``-1`` minus its position."""
    directed: bool

    @cached_property
    def cost(self) -> NDArray[np.int64]:
        """Cost of a step over each edge."""
        return costs(self.weight)

    @cached_property
    def leaving(self) -> Adjacency:
        """Edges grouped by the node that they leave."""
        if self.directed:
            return self._group_by_node(self.source, self.target, np.arange(len(self.source)))
        # A loop would occur twice at its node.
        edge = np.tile(np.arange(len(self.source)), 2)
        here = np.concatenate([self.source, self.target])
        there = np.concatenate([self.target, self.source])
        return self._group_by_node(here, there, edge)

    @cached_property
    def entering(self) -> Adjacency:
        """Edges grouped by the node that they enter."""
        if not self.directed:
            return self.leaving
        return self._group_by_node(self.target, self.source, np.arange(len(self.source)))

    def _group_by_node(
        self, here: NDArray[np.int64], there: NDArray[np.int64], edge: NDArray[np.int64]
    ) -> Adjacency:
        return Adjacency.of(here, there, edge, self.cost[edge], self.n_nodes)


# A graph is immutable, so its edges are kept as long as it exists.
_edges: GraphCache[dict[tuple[bool, bool], Edges]] = GraphCache()


def preference_order(graph: LinkGraph, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return positions of links in order of preference: of two equal ones, the earlier is used.

    Links between active nodes precede those that end at a deleted node; within each, APPROVED ones
    are first, then those with the smaller id.

    Parameters
    ----------
    graph
        The graph of the links.
    usable
        Mask of the links to include, shape (n_links,).
    """
    approved, gone = graph.arrays.links.status == APPROVED, graph.links_to_deleted
    parts = [
        np.flatnonzero(usable & (gone == deleted) & (approved != other))
        for deleted in (False, True)
        for other in (False, True)
    ]
    return np.concatenate(parts).astype(np.int64)


def graph_edges(graph: LinkGraph, *, directed: bool, relationships: bool) -> Edges:
    """Return the edges that a path may use: links with a weight above 0, between two nodes.

    Parameters
    ----------
    graph
        The graph; its edges are built once and kept.
    directed
        Whether links are followed from source to target only.
    relationships
        Add relationships and associations that have a weight, after all links.

    Notes
    -----
    Links are in the order of :func:`preference_order`. O(n log n) for n links, the first time.
    """
    kept = _edges.of(graph, lambda _: {})
    key = (directed, relationships)
    if key not in kept:
        kept[key] = _build_edges(graph, directed=directed, relationships=relationships)
    return kept[key]


def _build_edges(graph: LinkGraph, *, directed: bool, relationships: bool) -> Edges:
    links = graph.arrays.links
    # A comparison with NaN is false.
    usable = (graph.weights > 0) & (links.ends.source != links.ends.target)
    item = preference_order(graph, usable)
    source, target = links.ends.source[item], links.ends.target[item]
    weight = graph.weights[item]
    if relationships:
        declared = graph.relationships
        kept = np.flatnonzero((declared.weight > 0) & (declared.source != declared.target))
        item = np.concatenate([item, -1 - kept])
        source = np.concatenate([source, declared.source[kept]])
        target = np.concatenate([target, declared.target[kept]])
        weight = np.concatenate([weight, declared.weight[kept]])
    return Edges(
        graph.n_nodes,
        source.astype(np.int64),
        target.astype(np.int64),
        weight,
        item.astype(np.int64),
        directed,
    )
