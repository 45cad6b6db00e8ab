"""Shortest paths between two sets of nodes: one, or one after the other, loopless."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.adjacency import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.adjacency import Adjacency, Edges

__all__ = ["Route", "k_shortest", "shortest"]


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A path: of two, the smaller is the cheaper, then the one whose edges are preferred."""

    cost: int
    edges: tuple[int, ...]
    nodes: tuple[int, ...]


class _Side:
    """One of the two searches, from the starts onwards or from the ends backwards.

    What it has settled is final: the cheapest way between a node and this side's terminals. Edges
    of a node are tried from the cheapest on, each only when those before have been, so that a node
    with a hundred thousand links costs no more than the links that are followed.
    """

    def __init__(
        self,
        adjacency: Adjacency,
        terminals: Collection[int],
        closed: Collection[int],
        n_nodes: int,
    ) -> None:
        self.adjacency = adjacency
        self.closed = closed
        self.cost = np.full(n_nodes, FARTHEST, dtype=np.int64)
        # Of each settled node the next untried slot: what it leads to costs so much.
        self.tried: list[tuple[int, int, int]] = []
        self.fresh = sorted(terminals)

    @property
    def reach(self) -> int:
        """What every node costs at least that is not settled."""
        return self.tried[0][0] if self.tried else FARTHEST

    def settle(self, node: int, cost: int) -> None:
        self.cost[node] = cost
        slots = self.adjacency.slots(node)
        if slots.start < slots.stop:
            ahead = cost + int(self.adjacency.cost[slots.start])
            heappush(self.tried, (ahead, slots.start, slots.stop))

    def advance(self) -> tuple[int, int] | None:
        """Try the cheapest slot; give the node and its cost if that is a new one."""
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


class _Search:
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
        self._forward = _Side(edges.leaving, starts, closed, edges.n_nodes)
        self._backward = _Side(edges.entering, ends, closed, edges.n_nodes)
        self._best = FARTHEST
        self._crossings: set[int] = set()

    def run(self) -> Route | None:
        """Give the best path: cheapest, then of those the one whose edges are preferred."""
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

    def _advance(self, side: _Side) -> tuple[int, int] | None:
        """Settle a new node, unless the edge that leads to it is banned."""
        slot = side.tried[0][1]
        found = side.advance()
        if found is None or (len(self._banned) and self._is_banned(side, slot)):
            return None
        side.settle(*found)
        return found

    def _is_banned(self, side: _Side, slot: int) -> bool:
        return bool((self._banned == side.adjacency.edge[slot]).any())

    def _meet(self, side: _Side, other: _Side, node: int, cost: int) -> None:
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
        """Give what each edge of a node costs, together with what is known beyond it."""
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
    return _Search(edges, starts, ends).run()


def k_shortest(
    edges: Edges, starts: Collection[int], ends: Collection[int], *, by_edge: bool = False
) -> Iterator[Route]:
    """Give loopless paths from any start to any end, the cheapest first.

    Parameters
    ----------
    edges
        What a path is made of.
    starts, ends
        Nodes, two sets that have none in common; a path has one of each, at its ends.
    by_edge
        Whether paths over the same nodes by other edges are other paths. If not, each pair of
        neighbours is joined by its best edge.

    Notes
    -----
    Yen's algorithm [1]_ with Lawler's rule [2]_: O(k l) searches for k paths of l steps.

    References
    ----------
    .. [1] J. Y. Yen: Finding the k shortest loopless paths in a network. Management Science 17(11),
       1971.
    .. [2] E. L. Lawler: A procedure for computing the k best solutions to discrete optimization
       problems and its application to the shortest path problem. Management Science 18(7), 1972.
    """
    first = shortest(edges, starts, ends)
    # Each candidate with the position of the first step in which it differs from those before.
    waiting = [] if first is None else [(first, 0)]
    used: dict[tuple[int, ...], set[int]] = {}
    while waiting:
        route, deviation = heappop(waiting)
        yield route
        for position in range(deviation, len(route.edges)):
            kept = route.edges[:position]
            step = route.nodes[position : position + 2]
            prefix = kept if by_edge else route.nodes[: position + 1] * bool(position)
            banned = used.setdefault(prefix, set())
            banned |= {route.edges[position]} if by_edge else _parallel(edges, *step)
            root = route.nodes[:position]
            spur = _Search(
                edges,
                {step[0]} if position else starts,
                ends,
                closed={*root, *starts} if position else (),
                banned=banned,
            ).run()
            if spur is not None:
                cost = sum(edges.cost[list(kept)].tolist()) + spur.cost
                found = Route(cost, kept + spur.edges, root + spur.nodes)
                heappush(waiting, (found, position))


def _parallel(edges: Edges, begin: int, end: int) -> set[int]:
    """Give the edges that lead from one node to another."""
    slots = edges.leaving.slots(begin)
    return set(edges.leaving.edge[slots][edges.leaving.node[slots] == end].tolist())
