"""Edge-disjoint paths: their number, and those with the least total cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush
from sys import maxsize
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.adjacency import MAX_COST, Edges
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort
from hummgraph.algorithms.kernels.shortest import SearchPath

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

__all__ = ["contracted", "count_disjoint", "disjoint_routes"]


def contracted(edges: Edges, starts: Collection[int], ends: Collection[int]) -> Edges:
    """Return edges with all starts merged to node 0 and all ends to node 1, in the same order.

    Edges that no path between the two can use are left out, and ``item`` has the position of each
    edge kept.
    """
    node = np.arange(2, edges.n_nodes + 2)
    node[list(starts)], node[list(ends)] = 0, 1
    source, target = node[edges.source], node[edges.target]
    kept = source != target
    if edges.directed:
        kept &= (target != 0) & (source != 1)
    item = np.flatnonzero(kept)
    return Edges(
        edges.n_nodes + 2, source[item], target[item], edges.weight[item], item, edges.directed
    )


def count_disjoint(edges: Edges, start: int, end: int) -> int:
    """Return the number of paths from start to end that share no edge.

    Notes
    -----
    A maximum flow of unit capacities, after Menger, by Dinic's algorithm:
    O(m min(n**(2/3), m**(1/2))).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_flow

    source, target = edges.source, edges.target
    if not edges.directed:
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
    capacity = coo_array(
        (np.ones(len(source), dtype=np.int32), (source, target)),
        shape=(edges.n_nodes, edges.n_nodes),
    ).tocsr()
    capacity.indices, capacity.indptr = (
        part.astype(np.int32) for part in (capacity.indices, capacity.indptr)
    )
    return int(maximum_flow(capacity, start, end).flow_value)


def disjoint_routes(
    edges: Edges, start: int, end: int, *, limit: int, effort: Effort | None = None
) -> list[SearchPath]:
    """Return up to ``limit`` paths that share no edge, with the least total cost, cheapest first.

    Parameters
    ----------
    edges
        The edges to search.
    start, end
        The two nodes.
    limit
        Greatest number of paths. Fewer only if there are no more, or the effort is spent.
    effort
        Limit of nodes visited; ``None`` for up to `MAX_WORK`. The cheapest path is always found.

    Notes
    -----
    Successive shortest paths with potentials [1]_: O(limit m log n).

    References
    ----------
    .. [1] J. W. Suurballe: Disjoint paths in a network. Networks 4(2), 1974.
    """
    effort = Effort(MAX_WORK) if effort is None else effort
    flow = _Flow.none(edges)
    # The first path is always found: like a single path, its search has no limit.
    first = Effort(maxsize)
    for number in range(limit):
        if not flow.augment(start, end, effort if number else first):
            break
        if not number:
            effort.spent += first.spent
    return flow.routes(start, end)


@dataclass(slots=True, eq=False)
class _Flow:
    """Edges in use, and the reduced cost of each step, which is never negative."""

    edges: Edges
    potential: NDArray[np.int64]
    used: dict[int, tuple[int, int]]
    """Edges in use, with the nodes before and after."""

    @classmethod
    def none(cls, edges: Edges) -> _Flow:
        return cls(edges, np.zeros(edges.n_nodes, dtype=np.int64), {})

    def augment(self, start: int, end: int, effort: Effort) -> bool:
        """Add one more path, undoing steps of earlier ones if that is cheaper."""
        cost = np.full(self.edges.n_nodes, MAX_COST, dtype=np.int64)
        before: dict[int, tuple[int, int]] = {}
        undo = defaultdict(list)
        for edge, (begin, to) in sorted(self.used.items()):
            undo[to].append((edge, begin))
        cost[start] = 0
        waiting, settled = [(0, start)], []
        while waiting:
            spent, node = heappop(waiting)
            if spent > cost[node]:
                continue
            if not effort.spend(1):
                return False
            settled.append(node)
            if node == end:
                break
            self._try_edges(node, cost, before, waiting, end)
            for edge, begin in undo[node]:
                back = -int(self.edges.cost[edge])
                ahead = spent + back + int(self.potential[node] - self.potential[begin])
                if ahead < cost[begin]:
                    cost[begin] = ahead
                    before[begin] = edge, node
                    heappush(waiting, (ahead, begin))
        if cost[end] == MAX_COST:
            return False
        self.potential[settled] += cost[settled] - cost[end]
        self._apply_path(before, start, end)
        return True

    def _try_edges(
        self,
        node: int,
        cost: NDArray[np.int64],
        before: dict[int, tuple[int, int]],
        waiting: list[tuple[int, int]],
        end: int,
    ) -> None:
        """Try all unused edges that leave a node, cheapest first."""
        leaving = self.edges.leaving
        slots = leaving.slots(node)
        there, edge = leaving.node[slots], leaving.edge[slots]
        ahead = cost[node] + leaving.cost[slots] + self.potential[node] - self.potential[there]
        # A node as costly as the end is on no cheaper path to it.
        better = (ahead < cost[there]) & ((ahead < cost[end]) | (there == end))
        for slot in np.flatnonzero(better).tolist():
            to, spent = int(there[slot]), int(ahead[slot])
            if spent < cost[to] and int(edge[slot]) not in self.used:
                cost[to] = spent
                before[to] = int(edge[slot]), node
                heappush(waiting, (spent, to))

    def _apply_path(self, before: dict[int, tuple[int, int]], start: int, end: int) -> None:
        node = end
        while node != start:
            edge, before_node = before[node]
            if edge in self.used:
                del self.used[edge]
            else:
                self.used[edge] = before_node, node
            node = before_node

    def routes(self, start: int, end: int) -> list[SearchPath]:
        """Return the flow as separate paths."""
        leaving = defaultdict(list)
        for edge, (begin, to) in sorted(self.used.items(), reverse=True):
            leaving[begin].append((edge, to))
        routes = []
        while leaving[start]:
            node, nodes, taken = start, [start], []
            while node != end:
                edge, node = leaving[node].pop()
                nodes.append(node)
                taken.append(edge)
            cost = sum(self.edges.cost[taken].tolist())
            routes.append(SearchPath(cost, tuple(taken), tuple(nodes)))
        return sorted(routes)
