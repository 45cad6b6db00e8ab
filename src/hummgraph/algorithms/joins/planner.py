"""Planner of joins: which ways are good, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import inf, log
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.joins.keys import JoinKey
from hummgraph.algorithms.joins.search import Shape, WaySearch
from hummgraph.algorithms.kernels.effort import Effort
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.joins.net import Join, JoinNet

__all__ = ["MAX_JOIN_WORK", "Planner", "Way", "shape_of"]

MAX_JOIN_WORK: Final = 200_000
"""Default limit of links that a search for joins tries: some seconds."""
_EVEN: Final = 0.5
"""Confidence below which a suggested way is wrong more likely than right."""
_NOT_KEPT: Final = 0.75
"""Factor of other suggestions beside an id that one system keeps of the other's rows."""
_REFUSED: Final = 0.5
"""Factor of a way that takes two columns as the same that somebody rejected."""
_EQUAL: Final = 1e-9
"""Difference of two costs that are equal but for rounding."""
_MOST_STEPS: Final = 6
_LEAST_COUNTED: Final = 0.25
"""Limit of the search: the cost of an even chance, that many steps, and such references."""

Way = tuple["Join", ...]


@dataclass(frozen=True, eq=False)
class Planner:
    """Planner of the joins between two tables.

    Parameters
    ----------
    net
        All joins.
    ends
        Positions of the tables.
    detour
        Factor of each step beyond the first, in (0, 1].
    max_work
        Number of links that all searches together may try.
    """

    net: JoinNet
    ends: tuple[int, int]
    detour: float
    max_work: int
    efforts: list[Effort] = field(default_factory=list)
    """Effort of each search."""

    @property
    def stopped(self) -> bool:
        """Whether a search was stopped before its end."""
        return any(effort.stopped for effort in self.efforts)

    # --- quality ------------------------------------------------------------------------------

    def quality(self, way: Way) -> JoinKey:
        """Return the quality of a way: that of its worst step, or of the way as a whole."""
        worst = max(join.grade.key for join in way)
        if worst is not JoinKey.IDENTIFYING:
            return worst
        shape = shape_of(way)
        if shape is Shape.FREE or self._is_roundabout(way):
            return JoinKey.SHARED
        if not self._is_likely(way):
            return JoinKey.DOUBTFUL
        if shape is Shape.FAITHFUL:
            return JoinKey.IDENTIFYING
        return JoinKey.SHARED if self._is_idle(way) else JoinKey.RELATED

    def _is_likely(self, way: Way) -> bool:
        """Return whether a way is right more likely than wrong; one link is judged by itself."""
        if len(way) == 1 and way[0].direct:
            return True
        return self._trust(way) >= _EVEN

    def _trust(self, way: Way) -> float:
        return float(np.prod([1.0 if self._decided(join) else join.trust for join in way]))

    def _decided(self, join: Join) -> bool:
        return bool(self.net.decided[[*join.links]].all())

    def _is_refused(self, way: Way) -> bool:
        """Return whether two columns are rejected that one step takes as the same, or the ends."""
        refused = self.net.refused
        if not refused:
            return False
        same = [self.net.columns_of(join) for join in way]
        same.append((way[0].begin, way[-1].end))
        return any(
            (min(pair), max(pair)) in refused
            for columns in same
            for pair in combinations(columns, 2)
        )

    def _is_idle(self, way: Way) -> bool:
        """Return whether rows have nothing in common but who handled them, or what groups them.

        Two tables of one thing are not joined by what their rows refer to, and rows of two systems
        not by what only one of them knows, such as its own projects.
        """
        meanings = self.net.meanings
        if meanings.are_alike(*self.ends) or any(join.actor for join in way):
            return True
        system = self.net.graph.arrays.nodes.ancestor[0]
        within = len({int(system[meanings.origin(table)]) for table in self.ends}) == 1
        if within or self._crosses(way):
            return False
        return not meanings.is_known_to_several(self._peak(way))

    def _crosses(self, way: Way) -> bool:
        """Return whether rows that are referred to are compared with those of another system."""
        nodes, origin = self.net.graph.arrays.nodes, self.net.meanings.origin
        at = next(at for at, join in enumerate(way) if join.grade.refers[1])
        ups = [one for one in range(at) if way[one].grade.refers == (True, False)]
        if way[at].grade.refers[0] or not ups:
            return False
        tables = way[ups[-1]].table, int(nodes.ancestor[1][way[at].begin])
        return len({int(nodes.ancestor[0][origin(table)]) for table in tables}) > 1

    def _is_roundabout(self, way: Way) -> bool:
        """Return whether a way leads to rows that it does not say are the same.

        Rows of one thing are one by their keys, or by references to that thing: not by what one
        has of the other's company. Rows that two members of staff handle are no evidence that these
        are the same.
        """
        meanings = self.net.meanings
        nodes = self.net.graph.arrays.nodes
        alike = meanings.are_alike(*self.ends)
        one, other = map(meanings.thing_of, self.ends)
        asked = {one, other}
        down, actors = -1, []
        for at, join in enumerate(way):
            ends = (join.begin, join.end)
            if any(nodes.depth[column] != Level.COLUMN.depth for column in ends):
                continue
            keys = {
                meanings.thing_of(int(nodes.ancestor[1][column]))
                for column, refers in zip(ends, join.grade.refers, strict=True)
                if not refers
            }
            for column, refers in zip(ends, join.grade.refers, strict=True):
                meaning = meanings.of(column)
                if refers and alike and not asked & (keys | {meaning.thing}) and meaning.thing >= 0:
                    return True
                if refers:
                    actors.append(meaning.actor > 0)
            if join.grade.refers == (False, True):
                down = at
            elif join.grade.refers == (True, False) and down >= 0:
                # A table that keeps ids of both may say which are one, unless both handle its rows.
                return all(actors) or (one == other and at > down + 1 and any(actors))
        return False

    def _peak(self, way: Way) -> int:
        """Return the thing that the rows of both tables refer to; -1 if it is unknown."""
        meanings = self.net.meanings
        turn = next(join for join in way if join.grade.refers[1])
        if not turn.grade.refers[0]:
            return meanings.thing_of(int(self.net.graph.arrays.nodes.ancestor[1][turn.begin]))
        return max(meanings.of(turn.begin).thing, meanings.of(turn.end).thing)

    # --- ways ---------------------------------------------------------------------------------

    def ways(self, keys: str, k: int) -> list[tuple[JoinKey, Way]]:
        """Return up to k ways of a rule with their qualities, the best first."""
        found: dict[tuple[tuple[int, int], ...], tuple[JoinKey, Way]] = {}
        for alive in self._tiers:
            joins_of = self._known_joins(alive)
            for key, way in self._ranked(keys, joins_of):
                found.setdefault(_columns(way), (key, way))
                if len(found) == k:
                    return self._with_direct(keys, joins_of, list(found.values()))
        return list(found.values())

    def _with_direct(
        self,
        keys: str,
        joins_of: Callable[[int], list[Join]],
        ways: list[tuple[JoinKey, Way]],
    ) -> list[tuple[JoinKey, Way]]:
        """Return ways of which the last is direct if none is and there is a direct one."""
        if len(ways) == 1 or any(len(way) == 1 for _, way in ways):
            return ways
        direct = [(join,) for join in self._direct(joins_of)]
        ranked = sorted(
            (self.quality(way), self._cost_of(way[0]), way[0].links, way) for way in direct
        )
        if ranked and (keys != "identifying" or ranked[0][0] <= JoinKey.RELATED):
            ways[-1] = ranked[0][0], ranked[0][3]
        return ways

    @cached_property
    def _tiers(self) -> list[NDArray[np.bool_] | None]:
        """Masks of nodes: the active, then all."""
        alive = self.net.living(self.ends)
        used = np.concatenate([self.net.source, self.net.target])
        return [None] if alive[used].all() else [alive, None]

    def _known_joins(self, alive: NDArray[np.bool_] | None) -> Callable[[int], list[Join]]:
        known: dict[int, list[Join]] = {}

        def joins_of(table: int) -> list[Join]:
            if table not in known:
                known[table] = self.net.joins_of(table, alive, self.ends)
            return known[table]

        return joins_of

    def _direct(self, joins_of: Callable[[int], list[Join]]) -> list[Join]:
        return [join for join in joins_of(self.ends[0]) if join.table == self.ends[1]]

    def _ranked(
        self, keys: str, joins_of: Callable[[int], list[Join]]
    ) -> Iterator[tuple[JoinKey, Way]]:
        """Yield the ways over some joins, the best first."""
        if keys == "any":
            for way in self._search(joins_of, Shape.FREE, None, len(self._tiers), plain=True):
                yield self.quality(way), way
            return
        share = len(self._tiers) * (2 if keys == "identifying" else 5)
        yield from self._identifying(joins_of, share)
        if keys == "describing":
            direct = [(join,) for join in sorted(self._direct(joins_of), key=self._cost_of)]
            for key in (JoinKey.DOUBTFUL, JoinKey.DESCRIBING, JoinKey.SHARED):
                yield from ((key, way) for way in direct if self.quality(way) is key)
                for way in self._search(joins_of, Shape.FREE, key, share):
                    if self.quality(way) is key:
                        yield key, way

    def _identifying(
        self, joins_of: Callable[[int], list[Join]], share: int
    ) -> Iterator[tuple[JoinKey, Way]]:
        """Yield ways that identify rows: single links first, the least certain of them last."""
        direct = [(join,) for join in self._direct(joins_of) if join.direct]
        good = [way for way in direct if self.quality(way) is JoinKey.IDENTIFYING]
        good.sort(key=lambda way: self._cost_of(way[0]) + self._surcharge(way[0]))
        weak = [way for way in good if self._is_weak(way[0])]
        yield from ((JoinKey.IDENTIFYING, way) for way in good if way not in weak)
        for shape, key in (
            (Shape.FAITHFUL, JoinKey.IDENTIFYING),
            (Shape.RELATED, JoinKey.RELATED),
        ):
            for way in self._search(joins_of, shape, JoinKey.IDENTIFYING, share):
                if self.quality(way) is key and way not in weak:
                    yield key, way
        yield from ((JoinKey.IDENTIFYING, way) for way in weak)

    def _is_weak(self, join: Join) -> bool:
        """Return whether a link comes after detours: it is wrong more likely than right.

        The target of a reference may be something else. Keys that both tables have are compared
        before any detour, whatever the names say of the tables, except for what was rejected.
        """
        if self._decided(join):
            return False
        if self._is_refused((join,)):
            return True
        return (join.trust if any(join.grade.refers) else join.weight) < _EVEN

    def _cost_of(self, join: Join) -> float:
        """Return the cost of a join by itself, as a way of one step."""
        return join.cost - (log(_REFUSED) if self._is_refused((join,)) else 0.0)

    def _surcharge(self, join: Join) -> float:
        """Return the cost of a suggestion beside an id that one system keeps of the other."""
        kept = self.net.meanings.is_kept(join.begin, join.end)
        return 0.0 if kept or self._decided(join) else -log(_NOT_KEPT)

    def _effort(self, share: int) -> Effort:
        """Return the effort of one search: each kind of ways gets an equal share."""
        effort = Effort(-(-self.max_work // share))
        self.efforts.append(effort)
        return effort

    @cached_property
    def _bound(self) -> dict[int, float]:
        return self.net.least_costs(self.ends[1])

    def _search(
        self,
        joins_of: Callable[[int], list[Join]],
        shape: Shape,
        worst: JoinKey | None,
        share: int,
        *,
        plain: bool = False,
    ) -> Iterator[Way]:
        step = -log(self.detour)
        most = inf if shape is Shape.FREE else -log(_EVEN * _LEAST_COUNTED) + _MOST_STEPS * step
        bound = self._bound
        if plain:
            joins_of, bound = _by_weight(joins_of), dict.fromkeys(bound, 0.0)

        def accepts(join: Join) -> bool:
            return worst is None or join.grade.key <= worst

        search = WaySearch(joins_of, accepts, bound, shape, step, most)
        more = 0.0 if plain else -log(_REFUSED)
        return self._refused_later(search, search.ways(self.ends, self._effort(share)), more)

    def _refused_later(
        self, search: WaySearch, ways: Iterator[Way], surcharge: float
    ) -> Iterator[Way]:
        """Yield ways, the cheapest first, where a rejection adds a surcharge to the cost.

        Of two that then cost the same, the one without a rejection comes first.
        """
        waiting: list[tuple[float, Way]] = []
        for way in ways:
            cost = search.cost(way)
            while waiting and waiting[0][0] + surcharge + _EQUAL < cost:
                yield waiting.pop(0)[1]
            if self._is_refused(way):
                waiting.append((cost, way))
            else:
                yield way
        yield from (way for _, way in waiting)


def _by_weight(joins_of: Callable[[int], list[Join]]) -> Callable[[int], list[Join]]:
    """Return joins by confidence alone."""

    def plain(table: int) -> list[Join]:
        joins = [join._replace(cost=-log(join.weight)) for join in joins_of(table)]
        return sorted(joins, key=lambda join: (join.cost, join.links))

    return plain


def _columns(way: Way) -> tuple[tuple[int, int], ...]:
    return tuple((join.begin, join.end) for join in way)


def shape_of(way: Way) -> Shape:
    """Return the narrowest shape that a way has."""
    for shape in (Shape.FAITHFUL, Shape.RELATED):
        if shape.fits([join.grade.refers for join in way]):
            return shape
    return Shape.FREE
