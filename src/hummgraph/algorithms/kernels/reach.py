"""What can be reached from a set of nodes, hop by hop, and how confidently."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np

from hummgraph.algorithms.kernels.adjacency import FARTHEST, Edges, graph_edges, preferred

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["MAX_HOP_WORK", "Layer", "Reach", "Walk", "reach", "walk_of"]

_UNSEEN: Final = -1
_LEFT_OUT: Final = -2
_HOP: Final = 250  # links that are tried in the time that a hop takes for itself
MAX_HOP_WORK: Final = 50_000_000
"""Links that a lineage tries at most each way unless asked otherwise: about ten seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The links of a graph as a lineage takes them: followed, kept or only counted."""

    edges: Edges
    """Between two nodes, with a weight."""
    loops: Edges
    """From a node to itself, with a weight: they lead nowhere, but are links of the node."""
    idle: Edges
    """Without a weight above 0; what they weigh here means nothing."""
    n_above: int
    """Links that cannot be lifted to the level, for they end above it."""


# A graph never changes, so what was worked out for it holds as long as it lives.
_known: WeakKeyDictionary[LinkGraph, dict[tuple[bool, bool, int | None], Walk]] = (
    WeakKeyDictionary()
)


def walk_of(graph: LinkGraph, *, directed: bool, relationships: bool, depth: int | None) -> Walk:
    """Sort the links of a graph into those that are followed and those that are not.

    Parameters
    ----------
    graph
        Where they are; what was made for it once is kept.
    directed
        Whether links are followed one way only.
    relationships
        Add relationships and associations after all links.
    depth
        Depth of the level that links are lifted to; ``None`` leaves them where they end.

    Notes
    -----
    O(n log n) for n links, the first time.
    """
    kept = _known.setdefault(graph, {})
    key = (directed, relationships, depth)
    if key not in kept:
        kept[key] = _walk(graph, directed=directed, relationships=relationships, depth=depth)
    return kept[key]


def _walk(graph: LinkGraph, *, directed: bool, relationships: bool, depth: int | None) -> Walk:
    links, declared = graph.arrays.links, graph.relationships
    item = preferred(graph, np.ones(graph.n_links, dtype=bool))
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
    # NaN is not above 0.
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
        # Paths follow the same links and may have grouped them already.
        graph_edges(graph, directed=directed, relationships=relationships)
        if depth is None
        else some(inside & weighted & ~loop),
        some(inside & weighted & loop),
        some(inside & ~weighted),
        int((~inside).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one hop improved: arrays of shape (n_improved,), sorted by node."""

    node: NDArray[np.int64]
    edge: NDArray[np.int64]
    """The last edge of the best walk to the node of so many hops or fewer."""
    before: NDArray[np.int64]
    """Where that edge comes from."""
    confidence: NDArray[np.float64]
    """Product of the weights along that walk."""


@dataclass(frozen=True, eq=False)
class Reach:
    """Nodes reached from a set of nodes."""

    nodes: NDArray[np.int64]
    """Positions of those shown, sorted."""
    depth: NDArray[np.int32]
    """Fewest edges to each node of the graph; negative if it was not reached or left out."""
    layers: tuple[Layer, ...]
    n_reached: tuple[int, ...]
    """Nodes that each hop came to first, from 0 hops on, shown or not."""
    n_shown: tuple[int, ...]
    stopped_at: int | None = None
    """After how many links tried no further hop was taken; ``None`` if all were."""

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Product of the weights along the best walk to each node of the graph, else 0."""
        confidence = np.zeros(len(self.depth))
        confidence[self.nodes] = 1.0
        # What the last hop that improved a node made of it; those to start from are never improved.
        for layer in self.layers:
            confidence[layer.node] = layer.confidence
        return confidence

    def path_to(self, node: int) -> list[tuple[int, int, int]]:
        """Return the best walk to a node: edge, node before, node after; the first edge first.

        Notes
        -----
        O(h log n) for h hops.
        """
        path: list[tuple[int, int, int]] = []
        # A node may have been improved after the walk went through it, with more hops than are
        # left: what counts is what was known one hop earlier.
        for layer in reversed(self.layers):
            at = int(np.searchsorted(layer.node, node))
            if at < len(layer.node) and layer.node[at] == node:
                before = int(layer.before[at])
                path.append((int(layer.edge[at]), before, node))
                node = before
        return path[::-1]


def reach(
    edges: Edges,
    ways: Adjacency,
    starts: NDArray[np.int64],
    *,
    max_depth: int | None,
    max_per_hop: int | None,
    max_work: int,
) -> Reach:
    """Find what can be reached in so many hops, and the best walk to each of the nodes.

    Parameters
    ----------
    edges
        What is walked along.
    ways
        The edges, grouped by the node that they are left from.
    starts
        Positions of the nodes to start from, sorted; at least one.
    max_depth
        How many hops; ``None`` for as many as there are.
    max_per_hop
        How many nodes a hop adds at most: the strongest, then the first. The others are left out
        for good.
    max_work
        How many links are tried before no further hop is taken, a hop counting as `_HOP` at least;
        the first hop is always taken.

    Notes
    -----
    Bellman and Ford's algorithm, a hop at a time, over nodes that the hop before improved:
    O(n + k log k) for n nodes and k edges that leave these, each counted once for every hop that
    takes it.
    """
    n = len(ways.begin) - 1
    # What a walk leaves of the farthest cost: where there is none, the 0 that memory begins with.
    left = np.zeros(n, dtype=np.int64)
    depth = np.full(n, _UNSEEN, dtype=np.int32)
    left[starts], depth[starts] = FARTHEST, 0
    frontier, confidence = starts, np.ones(len(starts))
    layers: list[Layer] = []
    shown, n_reached, n_shown = [starts], [len(starts)], [len(starts)]
    work, stopped_at = 0, None
    while len(frontier) and (max_depth is None or len(layers) < max_depth):
        count = ways.begin[frontier + 1] - ways.begin[frontier]
        work += max(int(count.sum()), _HOP)
        if layers and work > max_work:
            stopped_at = max_work
            break
        slots = ways.slots_of(frontier)
        origin = np.repeat(np.arange(len(frontier)), count)
        # However little is left, a walk goes on: what it comes to is reached.
        there, rest = ways.node[slots], np.maximum(left[frontier][origin] - ways.cost[slots], 1)
        better = np.flatnonzero(rest > left[there])
        there, rest = there[better], rest[better]
        np.maximum.at(left, there, rest)
        best = np.flatnonzero(rest == left[there])
        there, chosen = there[best], better[best]
        edge = ways.edge[slots[chosen]]
        # Of equal ones the edge that stands before. One key sorts faster than two.
        order = np.argsort(there * len(edges.weight) + edge)
        there = there[order]
        first = np.flatnonzero(np.diff(there, prepend=-1))
        there, order = there[first], order[first]
        edge, origin = edge[order], origin[chosen[order]]

        new = there[depth[there] == _UNSEEN]
        n_reached.append(len(new))
        depth[new] = len(layers) + 1
        if max_per_hop is not None and len(new) > max_per_hop:
            strongest = np.argsort(-left[new], kind="stable")
            out = new[strongest[max_per_hop:]]
            # Nothing is better than this, so no later hop comes back to them.
            depth[out], left[out] = _LEFT_OUT, FARTHEST
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
