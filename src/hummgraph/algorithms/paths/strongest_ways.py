"""Choice of the edges on the strongest walks between two nodes, up to a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.algorithms.kernels.adjacency import Edges
    from hummgraph.algorithms.kernels.shortest import SearchPath

__all__ = ["strongest_ways"]

MAX_WALK_STEPS: Final = 1_000_000  # steps after which the choice of walks ends


def strongest_ways(
    edges: Edges, routes: Sequence[SearchPath], limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the edges on any walk from node 0 to node 1, and a choice of them.

    Parameters
    ----------
    edges
        The edges to search.
    routes
        Paths from 0 to 1 that are always chosen.
    limit
        Greatest number of edges chosen, from 1, unless the paths have more.

    Returns
    -------
    tuple of NDArray[np.int64]
        Positions of all these edges, and of those chosen, each in increasing order. Every chosen
        edge lies on a walk from 0 to 1 over chosen edges.

    Notes
    -----
    Two searches by Dijkstra's algorithm: O(m log n). For each edge the cheapest walk over it is
    chosen whole, the cheapest walk first, while they fit; of equal walks, that of the earlier edge.
    A walk that uses an edge both ways adds nothing: it is last.
    """
    trees = _Trees.of(edges)
    on_way = np.flatnonzero(np.isfinite(trees.total))
    if len(on_way) <= limit:
        return on_way, on_way
    chosen = np.zeros(len(edges.source), dtype=bool)
    chosen[[edge for route in routes for edge in route.edges]] = True
    room = limit - int(chosen.sum())
    order = on_way[np.lexsort((on_way, trees.total[on_way], trees.returns[on_way]))]
    sides = (_JoinedNodes(trees.onward, 0), _JoinedNodes(trees.back, 1))
    walked = 0
    for edge in order.tolist():
        if room <= 0 or walked > MAX_WALK_STEPS:
            break
        if chosen[edge]:
            continue
        new = {edge}
        walks = [
            side.walk(int(node), room, chosen, new)
            for side, node in zip(sides, (trees.begin[edge], trees.end[edge]), strict=True)
        ]
        walked += sum(map(len, walks))
        if len(new) <= room:
            chosen[list(new)] = True
            room -= len(new)
            for side, walk in zip(sides, walks, strict=True):
                side.nodes.update(walk)
    return on_way, np.flatnonzero(chosen)


@dataclass(frozen=True, eq=False)
class _Trees:
    """Cheapest paths from node 0 to all others and from all others to node 1."""

    onward: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Node before each node, and the edge between; negative without one."""
    back: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Node after each node, and the edge between."""
    begin: NDArray[np.int64]
    """Node at which the cheapest walk over each edge enters it: shape (n_edges,)."""
    end: NDArray[np.int64]
    total: NDArray[np.float64]
    """Cost of that walk; infinite if there is none."""
    returns: NDArray[np.bool_]
    """Whether that walk uses the same edge both ways."""

    @classmethod
    def of(cls, edges: Edges) -> _Trees:
        from scipy.sparse import csr_array

        n, m = edges.n_nodes, len(edges.source)
        begin, to, edge = edges.source, edges.target, np.arange(m)
        if not edges.directed:
            begin, to = np.concatenate([begin, to]), np.concatenate([to, begin])
            edge = np.tile(edge, 2)
        cost = edges.cost.astype(np.float64)[edge]
        pair = begin * n + to
        order = np.lexsort((edge, cost, pair))
        first = order[np.flatnonzero(np.diff(pair[order], prepend=-1))]
        matrix = csr_array((cost[first], (begin[first], to[first])), shape=(n, n))
        spent, before = _shortest_path_tree(matrix, 0)
        left, after = _shortest_path_tree(matrix.T.tocsr(), 1)
        nodes = np.arange(n)
        onward = _edges_to(pair[first], edge[first], before, before * n + nodes)
        back = _edges_to(pair[first], edge[first], after, nodes * n + after)
        total = spent[begin] + cost + left[to]
        # Of both directions of an edge the cheaper one; if equal, that of the edge itself.
        other = np.zeros(m, dtype=bool) if edges.directed else total[m:] < total[:m]
        arc = np.arange(m) + m * other
        begin, to, edge, total = begin[arc], to[arc], edge[arc], total[arc]
        returns = (onward[begin] == edge) | (back[to] == edge)
        return cls((before, onward), (after, back), begin, to, total, returns)


def _shortest_path_tree(
    matrix: csr_array[Any], root: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the cost of the cheapest path from a node to each, and the node before it."""
    from scipy.sparse.csgraph import dijkstra

    costs, before = dijkstra(matrix, indices=[root], return_predecessors=True)
    return costs[0], before[0].astype(np.int64)


def _edges_to(
    pairs: NDArray[np.int64],
    edge: NDArray[np.int64],
    neighbour: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the edge between each node and its neighbour in a tree, -1 where it has none."""
    place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    return np.where(neighbour >= 0, edge[place], -1)


class _JoinedNodes:
    """Nodes that chosen edges join to the root of a tree."""

    def __init__(self, tree: tuple[NDArray[np.int64], NDArray[np.int64]], root: int) -> None:
        self._next, self._edge = tree
        self.nodes = {root}

    def walk(self, node: int, room: int, chosen: NDArray[np.bool_], new: set[int]) -> list[int]:
        """Walk towards the root and add edges not chosen yet, while they fit."""
        walked = [node]
        while walked[-1] not in self.nodes and len(new) <= room:
            edge = int(self._edge[walked[-1]])
            if not chosen[edge]:
                new.add(edge)
            walked.append(int(self._next[walked[-1]]))
        return walked
