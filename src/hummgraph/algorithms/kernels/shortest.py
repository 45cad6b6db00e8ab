"""Shortest path between two sets of nodes, by a search from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.adjacency import MAX_COST

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency, Edges

__all__ = ["Search", "SearchPath", "Side", "shortest"]


@dataclass(frozen=True, slots=True, order=True)
class SearchPath:
    """Path found by a search; paths are ordered by cost, then by the preference of their edges."""

    cost: int
    edges: tuple[int, ...]
    nodes: tuple[int, ...]


class Side:
    """One side of the search: from the starts onwards, or from the ends backwards.

    Settled nodes are final: their cost is that of the cheapest path to this side's terminals. The
    edges of a node are tried from the cheapest on, each only after those before it, so that a node
    with a hundred thousand links costs no more than the links that are followed.
    """

    def __init__(
        self,
        adjacency: Adjacency,
        terminals: Collection[int],
        n_nodes: int,
        closed: Collection[int] = (),
    ) -> None:
        self.adjacency = adjacency
        self.closed = closed
        self.n_tried = 0
        self.cost = np.full(n_nodes, MAX_COST, dtype=np.int64)
        # The next untried slot of each settled node, with the cost of the node it leads to.
        self.tried: list[tuple[int, int, int]] = []
        self.fresh = sorted(terminals)

    @property
    def reach(self) -> int:
        """Lower bound of the cost of every node that is not settled."""
        return self.tried[0][0] if self.tried else MAX_COST

    def settle(self, node: int, cost: int) -> None:
        """Make the cost of a node final, and queue its cheapest slot."""
        self.cost[node] = cost
        slots = self.adjacency.slots(node)
        if slots.start < slots.stop:
            ahead = cost + int(self.adjacency.cost[slots.start])
            heappush(self.tried, (ahead, slots.start, slots.stop))

    def advance(self) -> tuple[int, int] | None:
        """Try the cheapest slot; return the node and its cost if it is a new one."""
        self.n_tried += 1
        ahead, slot, stop = self.tried[0]
        costs = self.adjacency.cost
        if slot + 1 < stop:
            after = ahead + int(costs[slot + 1]) - int(costs[slot])
            heapreplace(self.tried, (after, slot + 1, stop))
        else:
            heappop(self.tried)
        node = int(self.adjacency.node[slot])
        if self.cost[node] < MAX_COST or node in self.closed:
            return None
        return node, ahead


class Search:
    """Search from both sides, which meet in the middle.

    Parameters
    ----------
    closed
        Nodes that no path enters.
    banned
        Edges that no path takes.
    """

    def __init__(
        self,
        edges: Edges,
        starts: Collection[int],
        ends: Collection[int],
        *,
        closed: Collection[int] = (),
        banned: Collection[int] = (),
    ) -> None:
        self._edges = edges
        self._starts = starts
        self._banned = np.array(sorted(banned), dtype=np.int64)
        self._forward = Side(edges.leaving, starts, edges.n_nodes, closed)
        self._backward = Side(edges.entering, ends, edges.n_nodes, closed)
        self._best = MAX_COST
        self._crossings: set[int] = set()

    def run(self) -> SearchPath | None:
        """Return the best path: the cheapest; of equal ones that with the preferred edges."""
        for side, other in ((self._forward, self._backward), (self._backward, self._forward)):
            for node in side.fresh:
                side.settle(node, 0)
                self._check_meeting(side, other, node, 0)
        # Beyond, every path costs more than the best; up to there, all equally cheap ones are
        # found.
        while self._forward.reach + self._backward.reach <= self._best:
            side, other = self._forward, self._backward
            if len(other.tried) < len(side.tried):
                side, other = other, side
            if (found := self._settle_next(side)) is not None:
                self._check_meeting(side, other, *found)
        return self._build_path() if self._best < MAX_COST else None

    def _settle_next(self, side: Side) -> tuple[int, int] | None:
        """Settle the next node, unless the edge that leads to it is banned."""
        slot = side.tried[0][1]
        found = side.advance()
        if found is None or (len(self._banned) and self._is_banned(side, slot)):
            return None
        side.settle(*found)
        return found

    def _is_banned(self, side: Side, slot: int) -> bool:
        return bool((self._banned == side.adjacency.edge[slot]).any())

    @property
    def backward(self) -> Side:
        """The side that knows costs to the ends."""
        return self._backward

    @property
    def n_tried(self) -> int:
        """Number of links tried by both sides."""
        return self._forward.n_tried + self._backward.n_tried

    def _check_meeting(self, side: Side, other: Side, node: int, cost: int) -> None:
        """Check whether a newly settled node is one step from a settled node of the other side."""
        slots = side.adjacency.slots(node)
        if slots.start == slots.stop:
            return
        total = self._total_costs(side.adjacency, slots, other.cost) + cost
        least = int(total.min())
        if least > self._best or least >= MAX_COST:
            return
        if least < self._best:
            self._best = least
            self._crossings.clear()
        if side is self._forward:
            self._crossings.add(node)
        else:
            self._crossings.update(side.adjacency.node[slots][total == least].tolist())

    def _total_costs(
        self, adjacency: Adjacency, slots: slice, beyond: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the cost of each edge of a node, plus the known cost beyond it."""
        totals = adjacency.cost[slots] + beyond[adjacency.node[slots]]
        if len(self._banned):
            totals[np.isin(adjacency.edge[slots], self._banned)] = MAX_COST
        return totals

    def _build_path(self) -> SearchPath:
        """Return the best path from the start, with the most preferred edge at each node."""
        good = self._nodes_on_best_paths()
        reached, beyond = self._forward.cost, self._backward.cost
        leaving = self._edges.leaving
        here = [node for node in sorted(self._starts) if good[node]]
        nodes: list[int] = []
        taken: list[int] = []
        left = self._best
        while left:
            steps = []
            for node in here:
                slots = leaving.slots(node)
                there, cost, edge = leaving.node[slots], leaving.cost[slots], leaving.edge[slots]
                ahead = good[there] & (reached[node] + cost == reached[there])
                best = ((cost + beyond[there] == left) | ahead) & ~np.isin(edge, self._banned)
                first = np.flatnonzero(best)[edge[best].argmin()]
                steps.append((int(edge[first]), node, int(there[first]), int(cost[first])))
            preferred, node, after, spent = min(steps)
            nodes.append(node)
            taken.append(preferred)
            left -= spent
            here = [after]
        return SearchPath(self._best, tuple(taken), (*nodes, *here))

    def _nodes_on_best_paths(self) -> NDArray[np.bool_]:
        """Return a mask of the starts' nodes that lie on a best path."""
        good = np.zeros(self._edges.n_nodes, dtype=bool)
        entering, reached = self._edges.entering, self._forward.cost
        waiting = sorted(self._crossings)
        good[waiting] = True
        while waiting:
            node = waiting.pop()
            slots = entering.slots(node)
            tight = self._total_costs(entering, slots, reached) == reached[node]
            before = entering.node[slots][tight]
            new = np.unique(before[~good[before]])
            good[new] = True
            waiting.extend(new.tolist())
        return good


def shortest(edges: Edges, starts: Collection[int], ends: Collection[int]) -> SearchPath | None:
    """Return the cheapest path from any start to any end; ``None`` if there is none.

    Parameters
    ----------
    edges
        The edges to search.
    starts, ends
        Two disjoint sets of nodes.

    Notes
    -----
    Bidirectional Dijkstra [1]_ over edges sorted by cost, O((n + m) log n) at worst. Among paths of
    equal cost, the one whose first edge is preferred is returned, then by the second edge, and so
    on.

    References
    ----------
    .. [1] I. Pohl: Bi-directional search. Machine Intelligence 6, 1971.
    """
    return Search(edges, starts, ends).run()
