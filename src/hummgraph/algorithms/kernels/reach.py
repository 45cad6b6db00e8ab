"""Nodes reached from a set of nodes, hop by hop, with the best walk to each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.adjacency import MAX_COST, Edges, graph_edges, preference_order
from hummgraph.algorithms.kernels.graph_cache import GraphCache

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["MAX_HOP_WORK", "Layer", "Reach", "Walk", "reach", "walk_of"]

_NOT_REACHED: Final = -1
_LEFT_OUT: Final = -2
_LINKS_PER_HOP: Final = 250  # links that take as long as the overhead of a hop
MAX_HOP_WORK: Final = 50_000_000
"""Default limit of links that a lineage tries in each direction: about ten seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Links of a graph for a lineage: followed, kept, or only counted."""

    edges: Edges
    """Edges between two nodes, with a weight."""
    loops: Edges
    """Edges from a node to itself, with a weight: they lead nowhere, but are links of the node."""
    idle: Edges
    """Edges without a weight above 0; their weights here mean nothing."""
    n_above: int
    """Number of links that cannot be lifted to the level, as they end above it."""


# A graph is immutable, so its walk is kept as long as it exists.
_walks: GraphCache[dict[tuple[bool, bool, int | None], Walk]] = GraphCache()


def walk_of(graph: LinkGraph, *, directed: bool, relationships: bool, depth: int | None) -> Walk:
    """Return the links of a graph, sorted into those that are followed and the others.

    Parameters
    ----------
    graph
        The graph; its walk is built once and kept.
    directed
        Whether links are followed in one direction only.
    relationships
        Add relationships and associations after all links.
    depth
        Depth of the level that links are lifted to; ``None`` leaves them at their ends.

    Notes
    -----
    O(n log n) for n links, the first time.
    """
    kept = _walks.of(graph, lambda _: {})
    key = (directed, relationships, depth)
    if key not in kept:
        kept[key] = _build_walk(graph, directed=directed, relationships=relationships, depth=depth)
    return kept[key]


def _build_walk(
    graph: LinkGraph, *, directed: bool, relationships: bool, depth: int | None
) -> Walk:
    links, declared = graph.arrays.links, graph.relationships
    item = preference_order(graph, np.ones(graph.n_links, dtype=bool))
    source, target, weight = links.ends.source[item], links.ends.target[item], graph.weights[item]
    if relationships:
        rows = np.arange(len(declared.weight))
        item = np.concatenate([item, -1 - rows])
        source = np.concatenate([source, declared.source])
        target = np.concatenate([target, declared.target])
        weight = np.concatenate([weight, declared.weight])
    if depth is not None:
        ancestor = graph.arrays.nodes.ancestor[depth]
        source = np.where(source >= 0, ancestor[source], source)
        target = np.where(target >= 0, ancestor[target], target)
    inside = (source >= 0) & (target >= 0)
    # A comparison with NaN is false.
    weighted, loop = weight > 0, source == target

    def some(mask: NDArray[np.bool_]) -> Edges:
        return Edges(
            graph.n_nodes,
            source[mask].astype(np.int64),
            target[mask].astype(np.int64),
            np.where(weighted, weight, 1.0)[mask],
            item[mask].astype(np.int64),
            directed,
        )

    return Walk(
        # Paths follow the same links, whose groups may exist already.
        graph_edges(graph, directed=directed, relationships=relationships)
        if depth is None
        else some(inside & weighted & ~loop),
        some(inside & weighted & loop),
        some(inside & ~weighted),
        int((~inside).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Improvements of one hop: arrays of shape (n_improved,), sorted by node."""

    node: NDArray[np.int64]
    edge: NDArray[np.int64]
    """The last edge of the best walk to the node with at most this many hops."""
    before: NDArray[np.int64]
    """The node at the begin of that edge."""
    confidence: NDArray[np.float64]
    """Product of the weights along that walk."""


@dataclass(frozen=True, eq=False)
class Reach:
    """Nodes reached from a set of nodes."""

    nodes: NDArray[np.int64]
    """Positions of the nodes shown, sorted."""
    depth: NDArray[np.int32]
    """Least number of edges to each node of the graph; negative if not reached or left out."""
    layers: tuple[Layer, ...]
    n_reached: tuple[int, ...]
    """Number of nodes first reached by each hop, from 0 hops on, shown or not."""
    n_shown: tuple[int, ...]
    stopped_at: int | None = None
    """Number of links tried after which no further hop was made; ``None`` if all were."""

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Product of the weights along the best walk to each node of the graph, else 0."""
        confidence = np.zeros(len(self.depth))
        confidence[self.nodes] = 1.0
        # The last hop that improved a node has its best value; start nodes are never improved.
        for layer in self.layers:
            confidence[layer.node] = layer.confidence
        return confidence

    def path_to(self, node: int) -> list[tuple[int, int, int]]:
        """Return the best walk to a node: edge, node before, node after, in order.

        Notes
        -----
        O(h log n) for h hops.
        """
        path: list[tuple[int, int, int]] = []
        # A node may have been improved after the walk passed it, with more hops than remain: the
        # value of one hop earlier applies.
        for layer in reversed(self.layers):
            at = int(np.searchsorted(layer.node, node))
            if at < len(layer.node) and layer.node[at] == node:
                before = int(layer.before[at])
                path.append((int(layer.edge[at]), before, node))
                node = before
        return path[::-1]


def reach(
    edges: Edges,
    leaving: Adjacency,
    starts: NDArray[np.int64],
    *,
    max_depth: int | None,
    max_per_hop: int | None,
    max_work: int,
) -> Reach:
    """Return the nodes reached in a number of hops, with the best walk to each.

    Parameters
    ----------
    edges
        The edges to follow.
    ways
        The edges, grouped by the node that they are followed from.
    starts
        Positions of the start nodes, sorted; at least one.
    max_depth
        Greatest number of hops; ``None`` for no limit.
    max_per_hop
        Greatest number of nodes that a hop adds: the strongest, then the first. The others are left
        out permanently.
    max_work
        Number of links tried after which no further hop is made, each hop counting at least
        `_LINKS_PER_HOP`; the first hop is always made.

    Notes
    -----
    The Bellman-Ford algorithm, one hop at a time, over nodes improved by the hop before: O(n + k
    log k) for n nodes and k edges that leave these, each counted once for every hop that follows
    it.
    """
    n = len(leaving.begin) - 1
    # Difference between the maximum cost and that of the walk; 0, as memory begins, without a walk.
    left = np.zeros(n, dtype=np.int64)
    depth = np.full(n, _NOT_REACHED, dtype=np.int32)
    left[starts], depth[starts] = MAX_COST, 0
    frontier, confidence = starts, np.ones(len(starts))
    layers: list[Layer] = []
    shown, n_reached, n_shown = [starts], [len(starts)], [len(starts)]
    work, stopped_at = 0, None
    while len(frontier) and (max_depth is None or len(layers) < max_depth):
        count = leaving.begin[frontier + 1] - leaving.begin[frontier]
        work += max(int(count.sum()), _LINKS_PER_HOP)
        if layers and work > max_work:
            stopped_at = max_work
            break
        slots = leaving.slots_of(frontier)
        origin = np.repeat(np.arange(len(frontier)), count)
        # At least 1, however small the difference, as the node is reached.
        there, rest = (
            leaving.node[slots],
            np.maximum(left[frontier][origin] - leaving.cost[slots], 1),
        )
        better = np.flatnonzero(rest > left[there])
        there, rest = there[better], rest[better]
        np.maximum.at(left, there, rest)
        best = np.flatnonzero(rest == left[there])
        there, chosen = there[best], better[best]
        edge = leaving.edge[slots[chosen]]
        # Of equal ones the earlier edge is used. One key sorts faster than two.
        order = np.argsort(there * len(edges.weight) + edge)
        there = there[order]
        first = np.flatnonzero(np.diff(there, prepend=-1))
        there, order = there[first], order[first]
        edge, origin = edge[order], origin[chosen[order]]

        new = there[depth[there] == _NOT_REACHED]
        n_reached.append(len(new))
        depth[new] = len(layers) + 1
        if max_per_hop is not None and len(new) > max_per_hop:
            strongest = np.argsort(-left[new], kind="stable")
            out = new[strongest[max_per_hop:]]
            # Nothing is better than this, so no later hop returns to them.
            depth[out], left[out] = _LEFT_OUT, MAX_COST
            new = np.sort(new[strongest[:max_per_hop]])
            kept = np.flatnonzero(depth[there] != _LEFT_OUT)
            there, edge, origin = there[kept], edge[kept], origin[kept]
        n_shown.append(len(new))
        shown.append(new)
        confidence = confidence[origin] * edges.weight[edge]
        layers.append(Layer(there, edge, frontier[origin], confidence))
        frontier = there
    return Reach(
        np.sort(np.concatenate(shown)),
        depth,
        tuple(layers),
        tuple(n_reached),
        tuple(n_shown),
        stopped_at,
    )
