"""Loopless paths between two sets of nodes in order of cost."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.adjacency import MAX_COST
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort
from hummgraph.algorithms.kernels.shortest import Search, SearchPath

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Edges

__all__ = ["k_shortest"]

_NO_PLACE: Final = 1 << 60
MAX_GUIDED_WORK_RATIO: Final = 2
"""Limit of a guided search, as a multiple of the links of the first search.

The known costs to the ends are useless if much of the way is banned. Any number gives the same
paths.
"""


def k_shortest(
    edges: Edges,
    starts: Collection[int],
    ends: Collection[int],
    *,
    by_edge: bool = False,
    effort: Effort | None = None,
) -> Iterator[SearchPath]:
    """Yield loopless paths from any start to any end, the cheapest first.

    Parameters
    ----------
    edges
        The edges to search.
    starts, ends
        Two disjoint sets of nodes; a path has one node of each, at its ends.
    by_edge
        Whether paths over the same nodes by other edges are other paths. If not, two neighbours are
        joined by their best edge.
    effort
        Limit of links tried; the first path is always found. ``None`` for up to `MAX_WORK`.

    Notes
    -----
    Yen's algorithm [1]_ with Lawler's rule [2]_: after k paths of l steps there are k l deviations.
    A deviation is searched only if no other can be cheaper, by a bound from the known costs to the
    ends [3]_; most follow known paths without a search.

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
    ways = _Deviations(edges, starts, ends, search, effort, by_edge=by_edge)
    waiting = [_Candidate(first.cost, first.edges, 0, route=first)]
    while waiting:
        here = heappop(waiting)
        if here.route is not None:
            yield here.route
            following = ways.deviations(here.route, here.position, here.banned)
        else:
            following = ways.followed(here)
        if effort.stopped:
            return
        # Deviations of one path are in order, so that only the first of the rest must wait.
        for one in (following, here.next()):
            if one is not None:
                heappush(waiting, one)


@dataclass(slots=True, eq=False)
class _Candidate:
    """A path, or all deviations from one at a position: with a lower bound and the first edges."""

    cost: int
    edges: tuple[int, ...]
    """All edges of a path; for deviations, those of the path that they leave."""
    position: int
    banned: tuple[int, ...] = ()
    """Edges already used after the position."""
    route: SearchPath | None = None
    first: int = -1
    """The edge after the position, or an earlier bound for it."""
    left: SearchPath | None = None
    """The path from which these deviate."""
    later: _LaterDeviations | None = None

    def next(self) -> _Candidate | None:
        """Return the next candidate among the deviations of the same path."""
        return None if self.later is None else self.later.next()

    def __lt__(self, other: _Candidate) -> bool:
        if self.cost != other.cost:
            return self.cost < other.cost
        return self._prefix < other._prefix

    @property
    def _prefix(self) -> tuple[int, ...]:
        return self.edges if self.route else (*self.edges[: self.position], self.first)


@dataclass(slots=True, eq=False)
class _LaterDeviations:
    """All deviations of a path, in order: cost, first edge and position of each."""

    route: SearchPath
    cost: list[int]
    first: list[int]
    position: list[int]
    since: int
    """The position from which on the path is a new one."""
    banned: tuple[int, ...]
    """Edges already used at that position."""
    at: int = 0

    def next(self) -> _Candidate | None:
        at = self.at
        if at == len(self.cost):
            return None
        self.at += 1
        position = self.position[at]
        return _Candidate(
            self.cost[at],
            self.route.edges,
            position,
            self.banned if position == self.since else (),
            first=self.first[at],
            left=self.route,
            later=self,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _FirstEdges:
    """Edges that leave a path at a position, in order of preference: shape (n,) each."""

    edge: NDArray[np.int64]
    there: NDArray[np.int64]
    cost: NDArray[np.int64]
    """Lower bound of the cost of a path over each edge."""

    def tight(self, cost: int) -> list[tuple[int, int]]:
        """Return the edges of least cost, and the nodes they lead to."""
        found = self.cost == cost
        return list(zip(self.edge[found].tolist(), self.there[found].tolist(), strict=True))


class _Deviations:
    """Deviations from paths, with lower bounds of their costs."""

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
        # Positions on the path that is left, and costs of the nodes reached from it.
        self._place = np.full(edges.n_nodes, _NO_PLACE, dtype=np.int64)
        self._reached = np.full(edges.n_nodes, MAX_COST, dtype=np.int64)

    # --- lower bounds of deviations ------------------------------------------------------------

    def _onward_costs(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return lower bounds of the cost from nodes to the ends."""
        onward: NDArray[np.int64] = np.minimum(self._back.cost[nodes], self._back.reach)
        return onward

    def deviations(
        self, route: SearchPath, since: int, banned: tuple[int, ...]
    ) -> _Candidate | None:
        """Return the first of all deviations from a path, from a position on."""
        position, edge, cost, _ = self._leaving_edges(route, since, len(route.edges), banned)
        order = np.lexsort((edge, cost, position))
        order = order[np.flatnonzero(np.diff(position[order], prepend=-1))]
        position, edge, cost = position[order], edge[order], cost[order]
        # By cost; then by edges: of two deviations from consecutive positions, the earlier one is
        # first if its edge precedes that of the path.
        behind = edge > np.array(route.edges)[position]
        order = np.lexsort((np.where(behind, -position, position), behind, cost))
        columns = (cost[order].tolist(), edge[order].tolist(), position[order].tolist())
        return _LaterDeviations(route, *columns, since, banned).next()

    def _leaving_edges(
        self, route: SearchPath, since: int, until: int, banned: tuple[int, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return positions, edges, lower bounds and ends of all deviations from a path."""
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
        self._place[nodes] = _NO_PLACE
        if self._by_edge:
            kept &= edge != np.array(route.edges)[position]
        else:
            kept &= (begin != nodes[position]) | (there != nodes[position + 1])
        if banned:
            kept &= (position != since) | ~np.isin(edge, banned)
        spent = np.zeros(until, dtype=np.int64)
        np.cumsum(self._edges.cost[list(route.edges[: until - 1])], out=spent[1:])
        cost = spent[position] + leaving.cost[slots] + self._onward_costs(there)
        kept &= cost < MAX_COST
        return position[kept], edge[kept], cost[kept], there[kept]

    # --- search of deviations ------------------------------------------------------------------

    def followed(self, here: _Candidate) -> _Candidate | None:
        """Return the best path that deviates at a position, or a better bound of its cost."""
        left, at = here.left, here.position
        assert left is not None  # noqa: S101 - only a path has no path that it leaves
        for known_only in (True, False):
            _, edge, cost, there = self._leaving_edges(left, at, at + 1, here.banned)
            least = int(cost.min(initial=MAX_COST))
            if least >= MAX_COST or self._effort.stopped:
                return None
            order = np.argsort(edge)
            first = _FirstEdges(edge[order], there[order], cost[order])
            if least > here.cost:
                begin = first.tight(least)[0][0]
                return _Candidate(least, left.edges, at, here.banned, first=begin, left=left)
            closed = list(left.nodes[: at + 1])
            self._closed[closed] = True
            tail = (
                self._follow_known(first.tight(least)) if known_only else self._search_around(first)
            )
            self._closed[closed] = False
            self._closed[self._starts] = True
            if tail is not None:
                return self._join_path(here, left, tail)
            if not self._misled:
                self._extend_backward()
        return self._search_both_sides(here, left) if self._misled else None

    def _search_both_sides(self, here: _Candidate, left: SearchPath) -> _Candidate | None:
        """Search the path from both sides, without known costs, which mislead if much is banned."""
        at = here.position
        banned = self._taken_edges(left, at, here.banned)
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
        return self._join_path(here, left, list(zip(route.edges, route.nodes[1:], strict=True)))

    def _join_path(
        self, here: _Candidate, left: SearchPath, tail: list[tuple[int, int]]
    ) -> _Candidate:
        """Return the path of the beginning of another, and the edges and nodes that follow."""
        at = here.position
        edges = left.edges[:at] + tuple(edge for edge, _ in tail)
        begin = left.nodes[at]
        if not at:
            one, other = self._edges.source[edges[0]], self._edges.target[edges[0]]
            begin = int(one if other == tail[0][1] else other)
        nodes = (*left.nodes[:at], begin, *(node for _, node in tail))
        route = SearchPath(sum(self._edges.cost[list(edges)].tolist()), edges, nodes)
        return _Candidate(
            route.cost, edges, at, self._taken_edges(left, at, here.banned), route=route
        )

    def _taken_edges(
        self, route: SearchPath, position: int, banned: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return the edges already used at a position, with the one that a path uses."""
        if self._by_edge:
            return (*banned, route.edges[position])
        begin, end = route.nodes[position : position + 2]
        leaving = self._edges.leaving
        slots = leaving.slots(begin)
        return (*banned, *leaving.edge[slots][leaving.node[slots] == end].tolist())

    def _follow_known(self, begin: list[tuple[int, int]]) -> list[tuple[int, int]] | None:
        """Return the path along known costs, preferred edges first, while no node is banned.

        ``None`` if not enough is known, or every such path is banned.
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
            if self._back.cost[node] >= MAX_COST or not self._effort.spend(1):
                return None
            tail.append(step)
            if self._is_end[node]:
                return tail
            levels.append(iter(self._tight_edges(node)))
        return None

    def _tight_edges(self, node: int) -> list[tuple[int, int]]:
        """Return the first edges of cheapest paths to the ends, and where they lead, in order."""
        leaving, onward = self._edges.leaving, self._back.cost
        slots = leaving.slots(node)
        there = leaving.node[slots]
        tight = (leaving.cost[slots] + onward[there] == onward[node]) & ~self._closed[there]
        return sorted(zip(leaving.edge[slots][tight].tolist(), there[tight].tolist(), strict=True))

    def _extend_backward(self) -> None:
        """Extend the backward search to the depth that other searches have reached."""
        back = self._back
        n = self._n_first + self._n_forward - back.n_tried
        for _ in range(max(n, 0)):
            if not (back.tried and self._effort.spend(1)):
                break
            found = back.advance()
            if found is not None:
                back.settle(*found)

    def _search_around(self, first: _FirstEdges) -> list[tuple[int, int]] | None:
        """Search the best path to the ends with the known costs as heuristic (A*) [1]_.

        References
        ----------
        .. [1] P. E. Hart, N. J. Nilsson, B. Raphael: A formal basis for the heuristic determination
           of minimum cost paths. IEEE Transactions on Systems Science and Cybernetics 4(2), 1968.
        """
        if self._misled:
            return None
        leaving, reached = self._edges.leaving, self._reached
        most = self._n_forward + MAX_GUIDED_WORK_RATIO * self._n_first
        spent = first.cost - self._onward_costs(first.there)
        groups = [_order_by_bound(first.cost, spent, first.there)]
        waiting = [(groups[0][0][0], 0, 0)]
        touched: list[int] = []
        best = MAX_COST
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
            if reached[node] < MAX_COST:
                continue
            reached[node] = cost
            touched.append(node)
            if self._is_end[node]:
                best = cost
                continue
            slots = leaving.slots(node)
            there = leaving.node[slots]
            ahead = cost + leaving.cost[slots]
            total = ahead + self._onward_costs(there)
            kept = (reached[there] >= MAX_COST) & ~self._closed[there] & (total <= best)
            kept &= total < MAX_COST
            if kept.any():
                groups.append(_order_by_bound(total[kept], ahead[kept], there[kept]))
                heappush(waiting, (groups[-1][0][0], len(groups) - 1, 0))
        tail = None
        # Up to the best cost all nodes have been reached, unless the search was stopped.
        if best < MAX_COST and not self._effort.stopped and not self._misled:
            tail = self._walk_best(first, spent, [n for n in touched if self._is_end[n]])
        reached[touched] = MAX_COST
        return tail

    def _walk_best(
        self, first: _FirstEdges, spent: NDArray[np.int64], ends: list[int]
    ) -> list[tuple[int, int]]:
        """Return the best path that a search found, with the preferred edge at each node."""
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


def _order_by_bound(
    total: NDArray[np.int64], cost: NDArray[np.int64], node: NDArray[np.int64]
) -> tuple[list[int], list[int], list[int]]:
    """Return nodes sorted by the lower bound of a path over them."""
    order = np.argsort(total, kind="stable")
    return total[order].tolist(), cost[order].tolist(), node[order].tolist()
