"""The shortest path between two sets of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.adjacency import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency, Edges

__all__ = ["Route", "Search", "Side", "shortest"]


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A path: of two, the smaller is the cheaper, then the one whose edges are preferred."""

    cost: int
    edges: tuple[int, ...]
    nodes: tuple[int, ...]


class Side:
    """One of the two searches, from the starts onwards or from the ends backwards.

    What it has settled is final: the cheapest way between a node and this side's terminals. Edges
    of a node are tried from the cheapest on, each only when those before have been, so that a node
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
        self.cost = np.full(n_nodes, FARTHEST, dtype=np.int64)
        # Of each settled node the next untried slot: what it leads to costs so much.
        self.tried: list[tuple[int, int, int]] = []
        self.fresh = sorted(terminals)

    @property
    def reach(self) -> int:
        """What every node costs at least that is not settled."""
        return self.tried[0][0] if self.tried else FARTHEST

    def settle(self, node: int, cost: int) -> None:
        """Take a node's cost as final, and its cheapest slot as one to try."""
        self.cost[node] = cost
        slots = self.adjacency.slots(node)
        if slots.start < slots.stop:
            ahead = cost + int(self.adjacency.cost[slots.start])
            heappush(self.tried, (ahead, slots.start, slots.stop))

    def advance(self) -> tuple[int, int] | None:
        """Try the cheapest slot; give the node and its cost if that is a new one."""
        self.n_tried += 1
        ahead, slot, stop = self.tried[0]
        costs = self.adjacency.cost
        if slot + 1 < stop:
            after = ahead + int(costs[slot + 1]) - int(costs[slot])
            heapreplace(self.tried, (after, slot + 1, stop))
        else:
            heappop(self.tried)
        node = int(self.adjacency.node[slot])
        if self.cost[node] < FARTHEST or node in self.closed:
            return None
        return node, ahead


class Search:
    """A search from both sides that meets in the middle.

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
        self._best = FARTHEST
        self._crossings: set[int] = set()

    def run(self) -> Route | None:
        """Return the best path: cheapest, then of those the one whose edges are preferred."""
        for side, other in ((self._forward, self._backward), (self._backward, self._forward)):
            for node in side.fresh:
                side.settle(node, 0)
                self._meet(side, other, node, 0)
        # Beyond, every path costs more than the best; up to there, all that cost as little are met.
        while self._forward.reach + self._backward.reach <= self._best:
            side, other = self._forward, self._backward
            if len(other.tried) < len(side.tried):
                side, other = other, side
            if (found := self._advance(side)) is not None:
                self._meet(side, other, *found)
        return self._route() if self._best < FARTHEST else None

    def _advance(self, side: Side) -> tuple[int, int] | None:
        """Settle a new node, unless the edge that leads to it is banned."""
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
        """What is known of the ways on to the ends."""
        return self._backward

    @property
    def n_tried(self) -> int:
        """Links tried by both sides."""
        return self._forward.n_tried + self._backward.n_tried

    def _meet(self, side: Side, other: Side, node: int, cost: int) -> None:
        """Look whether a newly settled node is one step from what the other side has settled."""
        slots = side.adjacency.slots(node)
        if slots.start == slots.stop:
            return
        total = self._totals(side.adjacency, slots, other.cost) + cost
        least = int(total.min())
        if least > self._best or least >= FARTHEST:
            return
        if least < self._best:
            self._best = least
            self._crossings.clear()
        if side is self._forward:
            self._crossings.add(node)
        else:
            self._crossings.update(side.adjacency.node[slots][total == least].tolist())

    def _totals(
        self, adjacency: Adjacency, slots: slice, beyond: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return what each edge of a node costs, together with what is known beyond it."""
        totals = adjacency.cost[slots] + beyond[adjacency.node[slots]]
        if len(self._banned):
            totals[np.isin(adjacency.edge[slots], self._banned)] = FARTHEST
        return totals

    def _route(self) -> Route:
        """Walk the best paths from the start, taking the most preferred edge at each node."""
        good = self._good()
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
        return Route(self._best, tuple(taken), (*nodes, *here))

    def _good(self) -> NDArray[np.bool_]:
        """Mark nodes on the starts' side that lie on a best path."""
        good = np.zeros(self._edges.n_nodes, dtype=bool)
        entering, reached = self._edges.entering, self._forward.cost
        waiting = sorted(self._crossings)
        good[waiting] = True
        while waiting:
            node = waiting.pop()
            slots = entering.slots(node)
            tight = self._totals(entering, slots, reached) == reached[node]
            before = entering.node[slots][tight]
            new = np.unique(before[~good[before]])
            good[new] = True
            waiting.extend(new.tolist())
        return good


def shortest(edges: Edges, starts: Collection[int], ends: Collection[int]) -> Route | None:
    """Find the cheapest path from any start to any end, or nothing.

    Parameters
    ----------
    edges
        What a path is made of.
    starts, ends
        Nodes, two sets that have none in common.

    Notes
    -----
    Bidirectional Dijkstra [1]_ over edges sorted by cost, O((n + m) log n) at worst. Among paths of
    equal cost, that whose first edge stands first among the edges is taken, then by its second, and
    so on.

    References
    ----------
    .. [1] I. Pohl: Bi-directional search. Machine Intelligence 6, 1971.
    """
    return Search(edges, starts, ends).run()
