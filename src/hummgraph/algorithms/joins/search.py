"""Search for ways between two tables that visit no table twice, the cheapest first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hummgraph.algorithms.joins.net import Join
    from hummgraph.algorithms.kernels.effort import Effort

__all__ = ["Shape", "WaySearch"]


class Shape(Enum):
    """Shape of ways: their steps up from references to rows, and down again."""

    FAITHFUL = "faithful"
    """Ways that never go up to a row and down to all rows that refer to it."""
    RELATED = "related"
    """Ways up to one row and down to all that refer to it; at most two references each."""
    FREE = "free"
    """All ways."""

    def fits(self, steps: Sequence[tuple[bool, bool]]) -> bool:
        """Return whether a way has the shape, by which ends of its steps refer to rows."""
        layer = 0
        for refers in steps:
            layer = _LAYERS[self][layer][_kind_of(refers)]
            if layer < 0:
                return False
        return layer in _LAST[self]


# By shape: layer after a step that is level, up, down, between two references; -1 for none.
_LEVEL, _UP, _DOWN, _BOTH = range(4)
_LAYERS = {
    Shape.FAITHFUL: ((0, 1, 0, -1), (1, 1, -1, -1)),
    Shape.RELATED: (
        (0, 1, -1, 3),
        (1, 2, 3, 3),
        (2, -1, 3, -1),
        (3, -1, 4, -1),
        (4, -1, -1, -1),
    ),
    Shape.FREE: ((0, 0, 0, 0),),
}
_LAST = {
    Shape.FAITHFUL: frozenset({0, 1}),
    Shape.RELATED: frozenset({3, 4}),
    Shape.FREE: frozenset({0}),
}


def _kind_of(refers: tuple[bool, bool]) -> int:
    here, there = refers
    return _BOTH if here and there else _UP if here else _DOWN if there else _LEVEL


class _Stop(NamedTuple):
    """Table on a way, and how it was reached."""

    table: int
    layer: int
    column: int
    """Column by which it was entered; -1 at the start."""


@dataclass(frozen=True, slots=True, eq=False)
class WaySearch:
    """Search for ways from one table to another.

    Parameters
    ----------
    joins_of
        Joins of a table by its position.
    accepts
        Whether a join may be on a way.
    bound
        Lower bounds of the cost from each table to the last.
    shape
        Shape of the ways to search.
    step_cost
        Cost of each step beyond the first, at least 0.
    most_cost
        Greatest cost of a way.
    """

    joins_of: Callable[[int], Sequence[Join]]
    accepts: Callable[[Join], bool]
    bound: dict[int, float]
    shape: Shape
    step_cost: float
    most_cost: float = inf
    _onward: dict[tuple[int, int, int], list[tuple[Join, int]]] = field(default_factory=dict)

    def ways(self, ends: tuple[int, int], effort: Effort) -> Iterator[tuple[Join, ...]]:
        """Yield ways, the cheapest first, until there are no more or the effort is spent.

        Notes
        -----
        Yen's algorithm with Lawler's rule over tables; a deviation is searched only if no other can
        be cheaper. Tables of the beginning of a way are closed to its deviations, so that no walk
        that comes back is made and then dropped. A table that is left by the column by which it was
        entered is not visited: then the two others are compared directly, as chains are.
        """
        number = count()
        first = self._deviate(ends, (), frozenset(), effort)
        waiting: list[tuple[float, int, tuple[Join, ...], int, frozenset[Join], bool]] = []
        if first is not None:
            heappush(waiting, (self.cost(first), next(number), first, 0, frozenset(), True))
        while waiting:
            cost, _, joins, at, banned, found = heappop(waiting)
            if not found:
                way = self._deviate(ends, joins, banned, effort)
                if way is not None:
                    heappush(waiting, (self.cost(way), next(number), way, at, banned, True))
                if effort.stopped:
                    return
                continue
            if cost > self.most_cost:
                return
            tables = [ends[0], *(join.table for join in joins)]
            if len(set(tables)) == len(tables):
                yield joins
            for spur in range(at, len(joins)):
                refused = frozenset({joins[spur]}) | (banned if spur == at else frozenset())
                bound = self._bound_of(ends, joins[:spur], refused)
                if bound < inf and bound <= self.most_cost:
                    key = max(cost, bound)
                    heappush(waiting, (key, next(number), joins[:spur], spur, refused, False))

    def cost(self, joins: Sequence[Join]) -> float:
        """Return the cost of a way."""
        return sum(join.cost for join in joins) + self.step_cost * (len(joins) - 1)

    def _stop_after(self, start: int, joins: Sequence[Join]) -> _Stop:
        stop = _Stop(start, 0, -1)
        for join in joins:
            stop = _Stop(join.table, self._layer(stop.layer, join), join.end)
        return stop

    def _layer(self, layer: int, join: Join) -> int:
        return _LAYERS[self.shape][layer][_kind_of(join.grade.refers)]

    def _bound_of(
        self, ends: tuple[int, int], prefix: tuple[Join, ...], banned: frozenset[Join]
    ) -> float:
        """Return a lower bound of the cost of ways with a beginning, without some next joins."""
        stop = self._stop_after(ends[0], prefix)
        closed = {ends[0], *(join.table for join in prefix)}
        begun = sum(join.cost for join in prefix) + self.step_cost * len(prefix)
        best = inf
        for join in self.joins_of(stop.table):
            if begun + join.cost >= best:
                break
            if join in banned or join.begin == stop.column or join.table in closed:
                continue
            if self.accepts(join) and self._layer(stop.layer, join) >= 0:
                more = 0.0 if join.table == ends[1] else self.step_cost
                best = min(best, begun + join.cost + more + self.bound.get(join.table, inf))
        return best

    def _deviate(
        self,
        ends: tuple[int, int],
        prefix: tuple[Join, ...],
        banned: frozenset[Join],
        effort: Effort,
    ) -> tuple[Join, ...] | None:
        """Return the cheapest way with a beginning, without some next joins; ``None`` for none."""
        stop = self._stop_after(ends[0], prefix)
        if stop.table not in self.bound:
            return None
        closed = {ends[0], *(join.table for join in prefix)}
        more = self._complete(stop, closed, banned, ends[1], effort)
        return None if more is None else (*prefix, *more)

    def _complete(
        self,
        stop: _Stop,
        closed: set[int],
        banned: frozenset[Join],
        last: int,
        effort: Effort,
    ) -> tuple[Join, ...] | None:
        """Return the cheapest joins from a stop to the end.

        Dijkstra's algorithm, towards the end by the bounds. Only the best two ways to a table by
        different columns matter, because either may be left by all columns but one.
        """
        number = count()
        done: dict[tuple[int, int], list[int]] = defaultdict(list)
        trail: list[tuple[Join, int]] = []
        waiting = [(self.bound[stop.table], 0, next(number), 0.0, stop, -1)]
        while waiting:
            _, steps, _, cost, here, before = heappop(waiting)
            columns = done[here.table, here.layer]
            if len(columns) == 2 or here.column in columns:
                continue
            columns.append(here.column)
            if here.table == last and steps:
                return _joins_back(trail, before)
            known = self.joins_of(here.table)
            if not effort.spend(len(known)):
                return None
            for join, layer in self._following(here, known, last):
                # Joins by other columns were followed from the first arrival.
                late = len(columns) == 2 and join.begin != columns[0]
                if late or join.begin == here.column or join.table in closed:
                    continue
                reached = done.get((join.table, layer), ())
                if len(reached) == 2 or join.end in reached or (not steps and join in banned):
                    continue
                there = cost + join.cost + (self.step_cost if join.table != last else 0.0)
                trail.append((join, before))
                after = _Stop(join.table, layer, join.end)
                entry = (there + self.bound[join.table], steps + 1, next(number))
                heappush(waiting, (*entry, there, after, len(trail) - 1))
        return None

    def _following(self, here: _Stop, known: Sequence[Join], last: int) -> list[tuple[Join, int]]:
        """Return the joins by which a way may go on, with the layers that they lead to."""
        key = here.table, here.layer, last
        if key not in self._onward:
            layers, at_last = _LAYERS[self.shape][here.layer], _LAST[self.shape]
            allowed = [(join, layers[_kind_of(join.grade.refers)]) for join in known]
            self._onward[key] = [
                (join, layer)
                for join, layer in allowed
                if layer >= 0
                and (join.table != last or layer in at_last)
                and join.table in self.bound
                and self.accepts(join)
            ]
        return self._onward[key]


def _joins_back(trail: list[tuple[Join, int]], at: int) -> tuple[Join, ...]:
    joins = []
    while at >= 0:
        join, at = trail[at]
        joins.append(join)
    return tuple(reversed(joins))
