"""Edge-disjoint paths: how many there are, and those that cost least together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush
from sys import maxsize
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.adjacency import FARTHEST, Edges
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort
from hummgraph.algorithms.kernels.shortest import Route

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

__all__ = ["contracted", "disjoint", "n_disjoint"]


def contracted(edges: Edges, starts: Collection[int], ends: Collection[int]) -> Edges:
    """Build one node, 0, of all starts and one, 1, of all ends; edges keep their positions' order.

    Edges that a path from the one to the other never takes are left out, and ``item`` gives the
    position of those kept.
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


def n_disjoint(edges: Edges, start: int, end: int) -> int:
    """Count the paths from start to end that share no edge.

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


def disjoint(
    edges: Edges, start: int, end: int, *, limit: int, effort: Effort | None = None
) -> list[Route]:
    """Find up to ``limit`` paths that share no edge and together cost least, the cheapest first.

    Parameters
    ----------
    edges
        What a path is made of.
    start, end
        Nodes.
    limit
        How many paths at most. There are fewer only if there are no more, or the effort is spent.
    effort
        How many nodes may be looked at; ``None`` for up to `MAX_WORK`. The cheapest path is always
        found.

    Notes
    -----
    Successive shortest paths with potentials [1]_: O(limit m log n).

    References
    ----------
    .. [1] J. W. Suurballe: Disjoint paths in a network. Networks 4(2), 1974.
    """
    effort = Effort(MAX_WORK) if effort is None else effort
    flow = _Flow.none(edges)
    # The first is found whatever it takes: without a bound of its own, as a single path is.
    first = Effort(maxsize)
    for number in range(limit):
        if not flow.augment(start, end, effort if number else first):
            break
        if not number:
            effort.spent += first.spent
    return flow.routes(start, end)


@dataclass(slots=True, eq=False)
class _Flow:
    """Edges in use, and what a step costs beyond the cheapest way: never less than nothing."""

    edges: Edges
    potential: NDArray[np.int64]
    used: dict[int, tuple[int, int]]
    """Edge to the nodes that it is used from and to."""

    @classmethod
    def none(cls, edges: Edges) -> _Flow:
        return cls(edges, np.zeros(edges.n_nodes, dtype=np.int64), {})

    def augment(self, start: int, end: int, effort: Effort) -> bool:
        """Add one path more, undoing steps of earlier ones where that is cheaper."""
        cost = np.full(self.edges.n_nodes, FARTHEST, dtype=np.int64)
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
            self._try(node, cost, before, waiting, end)
            for edge, begin in undo[node]:
                back = -int(self.edges.cost[edge])
                ahead = spent + back + int(self.potential[node] - self.potential[begin])
                if ahead < cost[begin]:
                    cost[begin] = ahead
                    before[begin] = edge, node
                    heappush(waiting, (ahead, begin))
        if cost[end] == FARTHEST:
            return False
        self.potential[settled] += cost[settled] - cost[end]
        self._apply(before, start, end)
        return True

    def _try(
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
        # What costs as much as the end does is on no cheaper way to it.
        better = (ahead < cost[there]) & ((ahead < cost[end]) | (there == end))
        for slot in np.flatnonzero(better).tolist():
            to, spent = int(there[slot]), int(ahead[slot])
            if spent < cost[to] and int(edge[slot]) not in self.used:
                cost[to] = spent
                before[to] = int(edge[slot]), node
                heappush(waiting, (spent, to))

    def _apply(self, before: dict[int, tuple[int, int]], start: int, end: int) -> None:
        node = end
        while node != start:
            edge, came = before[node]
            if edge in self.used:
                del self.used[edge]
            else:
                self.used[edge] = came, node
            node = came

    def routes(self, start: int, end: int) -> list[Route]:
        """Take the flow apart into paths."""
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
            routes.append(Route(cost, tuple(taken), tuple(nodes)))
        return sorted(routes)
