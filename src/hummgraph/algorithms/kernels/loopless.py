"""Paths between two sets of nodes one after the other, the cheapest first, none with a loop."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.adjacency import FARTHEST
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort
from hummgraph.algorithms.kernels.shortest import Route, Search

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Edges

__all__ = ["k_shortest"]

_NOWHERE: Final = 1 << 60
_ASTRAY: Final = 2
"""Times as many links as the first search that one of the others tries before it is given up.

What is known of the way on is of no use where much of it is barred. Any number gives the same
paths.
"""


def k_shortest(
    edges: Edges,
    starts: Collection[int],
    ends: Collection[int],
    *,
    by_edge: bool = False,
    effort: Effort | None = None,
) -> Iterator[Route]:
    """Find loopless paths from any start to any end, the cheapest first.

    Parameters
    ----------
    edges
        What a path is made of.
    starts, ends
        Nodes, two sets that have none in common; a path has one of each, at its ends.
    by_edge
        Whether paths over the same nodes by other edges are other paths. If not, each pair of
        neighbours is joined by its best edge.
    effort
        How much may be tried; the first path is always found. ``None`` tries up to `MAX_WORK`.

    Notes
    -----
    Yen's algorithm [1]_ with Lawler's rule [2]_: after k paths of l steps there are k l deviations.
    A deviation is searched only when no other can be cheaper, by a bound that holds what is known
    of the way on to the ends [3]_; most follow that knowledge without a search.

    References
    ----------
    .. [1] J. Y. Yen: Finding the k shortest loopless paths in a network. Management Science 17(11),
       1971.
    .. [2] E. L. Lawler: A procedure for computing the k best solutions to discrete optimization
       problems and its application to the shortest path problem. Management Science 18(7), 1972.
    .. [3] D. Kurz, P. Mutzel: A sidetrack-based algorithm for finding the k shortest simple paths
       in a directed graph. ISAAC, 2016.
    """
    effort = Effort(MAX_WORK) if effort is None else effort
    search = Search(edges, starts, ends)
    first = search.run()
    effort.spent += search.n_tried
    if first is None:
        return
    ways = _Ways(edges, starts, ends, search, effort, by_edge=by_edge)
    waiting = [_Waiting(first.cost, first.edges, 0, route=first)]
    while waiting:
        here = heappop(waiting)
        if here.route is not None:
            yield here.route
            following = ways.deviations(here.route, here.position, here.banned)
        else:
            following = ways.followed(here)
        if effort.stopped:
            return
        # What leaves one path comes in order, so that only the first of the others has to wait.
        for one in (following, here.next()):
            if one is not None:
                heappush(waiting, one)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A path, or all that leave one at a position: what they cost at least, how edges begin."""

    cost: int
    edges: tuple[int, ...]
    """All edges of a path; of others those of the path that they leave."""
    position: int
    banned: tuple[int, ...] = ()
    """Edges that have been taken from the position on."""
    route: Route | None = None
    first: int = -1
    """The edge after the position, or one that stands before it."""
    left: Route | None = None
    """The path that is left."""
    later: _Later | None = None

    def next(self) -> _Waiting | None:
        """Return what comes after this among all that leave the same path."""
        return None if self.later is None else self.later.next()

    def __lt__(self, other: _Waiting) -> bool:
        if self.cost != other.cost:
            return self.cost < other.cost
        return self._beginning < other._beginning

    @property
    def _beginning(self) -> tuple[int, ...]:
        return self.edges if self.route else (*self.edges[: self.position], self.first)


@dataclass(slots=True, eq=False)
class _Later:
    """All that leaves a path, in order: cost, first edge and position of each."""

    route: Route
    cost: list[int]
    first: list[int]
    position: list[int]
    since: int
    """The position from which on the path is a new one."""
    banned: tuple[int, ...]
    """Edges that had been taken there before."""
    at: int = 0

    def next(self) -> _Waiting | None:
        at = self.at
        if at == len(self.cost):
            return None
        self.at += 1
        position = self.position[at]
        return _Waiting(
            self.cost[at],
            self.route.edges,
            position,
            self.banned if position == self.since else (),
            first=self.first[at],
            left=self.route,
            later=self,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _First:
    """Edges that leave a path at a position, in order of preference: shape (n,) each."""

    edge: NDArray[np.int64]
    there: NDArray[np.int64]
    cost: NDArray[np.int64]
    """What a path over it costs at least."""

    def tight(self, cost: int) -> list[tuple[int, int]]:
        """Return the edges of the least cost, and where they lead."""
        found = self.cost == cost
        return list(zip(self.edge[found].tolist(), self.there[found].tolist(), strict=True))


class _Ways:
    """Ways that leave a path, and what is known of what they cost."""

    def __init__(
        self,
        edges: Edges,
        starts: Collection[int],
        ends: Collection[int],
        search: Search,
        effort: Effort,
        *,
        by_edge: bool,
    ) -> None:
        self._edges = edges
        self._by_edge = by_edge
        self._effort = effort
        self._back = search.backward
        self._n_first = search.n_tried
        self._n_forward = 0
        self._misled = False
        self._starts = np.array(sorted(starts))
        self._closed = np.zeros(edges.n_nodes, dtype=bool)
        self._closed[self._starts] = True
        self._is_end = np.zeros(edges.n_nodes, dtype=bool)
        self._is_end[list(ends)] = True
        # Positions on the path that is being left, and costs of what has been reached from it.
        self._place = np.full(edges.n_nodes, _NOWHERE, dtype=np.int64)
        self._reached = np.full(edges.n_nodes, FARTHEST, dtype=np.int64)

    # --- what deviations cost at least -------------------------------------------------------

    def _onward(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what the way on from nodes costs at least."""
        onward: NDArray[np.int64] = np.minimum(self._back.cost[nodes], self._back.reach)
        return onward

    def deviations(self, route: Route, since: int, banned: tuple[int, ...]) -> _Waiting | None:
        """Return the first of all that leaves a path, from a position on."""
        position, edge, cost, _ = self._leaving(route, since, len(route.edges), banned)
        order = np.lexsort((edge, cost, position))
        order = order[np.flatnonzero(np.diff(position[order], prepend=-1))]
        position, edge, cost = position[order], edge[order], cost[order]
        # By cost; then by edges: of two that leave the path one after the other, the earlier comes
        # first if its edge stands before that of the path.
        behind = edge > np.array(route.edges)[position]
        order = np.lexsort((np.where(behind, -position, position), behind, cost))
        columns = (cost[order].tolist(), edge[order].tolist(), position[order].tolist())
        return _Later(route, *columns, since, banned).next()

    def _leaving(
        self, route: Route, since: int, until: int, banned: tuple[int, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return positions, edges, least costs and ends of all that leaves a path."""
        leaving, nodes = self._edges.leaving, np.array(route.nodes)
        here, position = nodes[since:until], np.arange(since, until)
        if since == 0:
            here = np.concatenate([self._starts, here[1:]])
            position = np.concatenate([np.zeros(len(self._starts), dtype=np.int64), position[1:]])
        slots = leaving.slots_of(here)
        self._effort.spend(len(slots))
        n_slots = leaving.begin[here + 1] - leaving.begin[here]
        begin, position = np.repeat(here, n_slots), np.repeat(position, n_slots)
        there, edge = leaving.node[slots], leaving.edge[slots]
        self._place[nodes] = np.arange(len(nodes))
        kept = (self._place[there] > position) & ~self._closed[there]
        self._place[nodes] = _NOWHERE
        if self._by_edge:
            kept &= edge != np.array(route.edges)[position]
        else:
            kept &= (begin != nodes[position]) | (there != nodes[position + 1])
        if banned:
            kept &= (position != since) | ~np.isin(edge, banned)
        spent = np.zeros(until, dtype=np.int64)
        np.cumsum(self._edges.cost[list(route.edges[: until - 1])], out=spent[1:])
        cost = spent[position] + leaving.cost[slots] + self._onward(there)
        kept &= cost < FARTHEST
        return position[kept], edge[kept], cost[kept], there[kept]

    # --- what they are -----------------------------------------------------------------------

    def followed(self, here: _Waiting) -> _Waiting | None:
        """Return the best path that leaves another at a position, or a better bound of its cost."""
        left, at = here.left, here.position
        assert left is not None  # noqa: S101 - what is no path yet leaves one
        for known_only in (True, False):
            _, edge, cost, there = self._leaving(left, at, at + 1, here.banned)
            least = int(cost.min(initial=FARTHEST))
            if least >= FARTHEST or self._effort.stopped:
                return None
            order = np.argsort(edge)
            first = _First(edge[order], there[order], cost[order])
            if least > here.cost:
                begin = first.tight(least)[0][0]
                return _Waiting(least, left.edges, at, here.banned, first=begin, left=left)
            closed = list(left.nodes[: at + 1])
            self._closed[closed] = True
            tail = self._known(first.tight(least)) if known_only else self._around(first)
            self._closed[closed] = False
            self._closed[self._starts] = True
            if tail is not None:
                return self._joined(here, left, tail)
            if not self._misled:
                self._grow()
        return self._from_both_sides(here, left) if self._misled else None

    def _from_both_sides(self, here: _Waiting, left: Route) -> _Waiting | None:
        """Search for the path without what is known, which leads astray where ways are barred."""
        at = here.position
        banned = self._taken(left, at, here.banned)
        search = Search(
            self._edges,
            {left.nodes[at]} if at else self._starts.tolist(),
            np.flatnonzero(self._is_end).tolist(),
            closed={*left.nodes[:at], *self._starts.tolist()},
            banned=banned,
        )
        route = search.run()
        self._effort.spend(search.n_tried)
        if route is None:
            return None
        return self._joined(here, left, list(zip(route.edges, route.nodes[1:], strict=True)))

    def _joined(self, here: _Waiting, left: Route, tail: list[tuple[int, int]]) -> _Waiting:
        """Build a path of the beginning of another and the edges and nodes that come after."""
        at = here.position
        edges = left.edges[:at] + tuple(edge for edge, _ in tail)
        begin = left.nodes[at]
        if not at:
            one, other = self._edges.source[edges[0]], self._edges.target[edges[0]]
            begin = int(one if other == tail[0][1] else other)
        nodes = (*left.nodes[:at], begin, *(node for _, node in tail))
        route = Route(sum(self._edges.cost[list(edges)].tolist()), edges, nodes)
        return _Waiting(route.cost, edges, at, self._taken(left, at, here.banned), route=route)

    def _taken(self, route: Route, position: int, banned: tuple[int, ...]) -> tuple[int, ...]:
        """Add the edges that a path takes at a position to those taken before."""
        if self._by_edge:
            return (*banned, route.edges[position])
        begin, end = route.nodes[position : position + 2]
        leaving = self._edges.leaving
        slots = leaving.slots(begin)
        return (*banned, *leaving.edge[slots][leaving.node[slots] == end].tolist())

    def _known(self, begin: list[tuple[int, int]]) -> list[tuple[int, int]] | None:
        """Follow what is known of the way on, the preferred edge first, as far as nothing bars it.

        ``None`` where not enough is known, or every such way is barred.
        """
        dead: set[int] = set()
        levels, tail = [iter(begin)], list[tuple[int, int]]()
        while levels:
            step = next(levels[-1], None)
            if step is None:
                levels.pop()
                if tail:
                    dead.add(tail.pop()[1])
                continue
            node = step[1]
            if node in dead:
                continue
            if self._back.cost[node] >= FARTHEST or not self._effort.spend(1):
                return None
            tail.append(step)
            if self._is_end[node]:
                return tail
            levels.append(iter(self._tight(node)))
        return None

    def _tight(self, node: int) -> list[tuple[int, int]]:
        """Return the edges that cheapest ways on begin with, and where they lead, in order."""
        leaving, onward = self._edges.leaving, self._back.cost
        slots = leaving.slots(node)
        there = leaving.node[slots]
        tight = (leaving.cost[slots] + onward[there] == onward[node]) & ~self._closed[there]
        return sorted(zip(leaving.edge[slots][tight].tolist(), there[tight].tolist(), strict=True))

    def _grow(self) -> None:
        """Look further back from the ends, as far as searches have looked onward."""
        back = self._back
        n = self._n_first + self._n_forward - back.n_tried
        for _ in range(max(n, 0)):
            if not (back.tried and self._effort.spend(1)):
                break
            found = back.advance()
            if found is not None:
                back.settle(*found)

    def _around(self, first: _First) -> list[tuple[int, int]] | None:
        """Search for the best way on, the most promising nodes first; as A* does [1]_.

        References
        ----------
        .. [1] P. E. Hart, N. J. Nilsson, B. Raphael: A formal basis for the heuristic determination
           of minimum cost paths. IEEE Transactions on Systems Science and Cybernetics 4(2), 1968.
        """
        if self._misled:
            return None
        leaving, reached = self._edges.leaving, self._reached
        most = self._n_forward + _ASTRAY * self._n_first
        spent = first.cost - self._onward(first.there)
        groups = [_ordered(first.cost, spent, first.there)]
        waiting = [(groups[0][0][0], 0, 0)]
        touched: list[int] = []
        best = FARTHEST
        while waiting and waiting[0][0] <= best and self._effort.spend(1):
            self._n_forward += 1
            self._misled = self._n_forward > most
            if self._misled:
                break
            _, group, at = heappop(waiting)
            totals, costs, nodes = groups[group]
            if at + 1 < len(totals):
                heappush(waiting, (totals[at + 1], group, at + 1))
            node, cost = nodes[at], costs[at]
            if reached[node] < FARTHEST:
                continue
            reached[node] = cost
            touched.append(node)
            if self._is_end[node]:
                best = cost
                continue
            slots = leaving.slots(node)
            there = leaving.node[slots]
            ahead = cost + leaving.cost[slots]
            total = ahead + self._onward(there)
            kept = (reached[there] >= FARTHEST) & ~self._closed[there] & (total <= best)
            kept &= total < FARTHEST
            if kept.any():
                groups.append(_ordered(total[kept], ahead[kept], there[kept]))
                heappush(waiting, (groups[-1][0][0], len(groups) - 1, 0))
        tail = None
        # Up to the best cost everything has been reached, unless the search was stopped.
        if best < FARTHEST and not self._effort.stopped and not self._misled:
            tail = self._walked(first, spent, [n for n in touched if self._is_end[n]])
        reached[touched] = FARTHEST
        return tail

    def _walked(
        self, first: _First, spent: NDArray[np.int64], ends: list[int]
    ) -> list[tuple[int, int]]:
        """Walk the best ways that a search found, taking the preferred edge at each node."""
        entering, leaving, reached = self._edges.entering, self._edges.leaving, self._reached
        best = min(int(reached[end]) for end in ends)
        waiting = [end for end in ends if reached[end] == best]
        good = set(waiting)
        while waiting:
            node = waiting.pop()
            slots = entering.slots(node)
            before = entering.node[slots]
            tight = reached[before] + entering.cost[slots] == reached[node]
            new = set(before[tight].tolist()) - good
            good |= new
            waiting.extend(new)
        tail: list[tuple[int, int]] = []
        edge, there, ahead = first.edge, first.there, spent
        while True:
            tight = ahead == reached[there]
            steps = zip(edge[tight].tolist(), there[tight].tolist(), strict=True)
            tail.append(min(step for step in steps if step[1] in good))
            node = tail[-1][1]
            if self._is_end[node]:
                return tail
            slots = leaving.slots(node)
            edge, there = leaving.edge[slots], leaving.node[slots]
            ahead = reached[node] + leaving.cost[slots]


def _ordered(
    total: NDArray[np.int64], cost: NDArray[np.int64], node: NDArray[np.int64]
) -> tuple[list[int], list[int], list[int]]:
    """Sort nodes by what a path over them costs at least."""
    order = np.argsort(total, kind="stable")
    return total[order].tolist(), cost[order].tolist(), node[order].tolist()
