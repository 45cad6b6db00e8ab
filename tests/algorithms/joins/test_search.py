"""Tests of the search for ways against brute force: each way once, no table twice, in order."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.joins.keys import Grade, JoinKey
from hummgraph.algorithms.joins.net import Join
from hummgraph.algorithms.joins.search import Shape, WaySearch
from hummgraph.algorithms.kernels.effort import Effort

if TYPE_CHECKING:
    from collections.abc import Callable

ENDS = (0, 4)
"""Tables of the search; columns of table t are 10 t to 10 t + 9."""

Raw = tuple[int, int, int, int, int, bool, bool]


def _joins(raw: list[Raw]) -> dict[int, list[Join]]:
    """Return the joins of each table: both directions of each, the cheapest first."""
    found: dict[int, list[Join]] = {table: [] for table in range(5)}
    for at, (one, other, a, b, cost, up, down) in enumerate(raw):
        if one == other:
            continue
        begin, end = 10 * one + a, 10 * other + b
        for here, there, table, refers in (
            (begin, end, one, (up, down)),
            (end, begin, other, (down, up)),
        ):
            grade = Grade(JoinKey.IDENTIFYING, 1.0, refers)
            join = Join(here, there, there // 10, (at,), grade, 1.0, 1.0, cost / 8, actor=False)
            found[table].append(join)
    for joins in found.values():
        joins.sort(key=lambda join: (join.cost, join.links))
    return found


def _all_ways(joins: dict[int, list[Join]], shape: Shape) -> list[tuple[Join, ...]]:
    """Return all ways, by trying everything."""
    found = []

    def follow(way: tuple[Join, ...], tables: tuple[int, ...]) -> None:
        if tables[-1] == ENDS[1]:
            if shape.fits([join.grade.refers for join in way]):
                found.append(way)
            return
        for join in joins[tables[-1]]:
            back = bool(way) and join.begin == way[-1].end
            if join.table not in tables and not back:
                follow((*way, join), (*tables, join.table))

    follow((), (ENDS[0],))
    return found


def _bound(joins: dict[int, list[Join]]) -> dict[int, float]:
    """Return the lower bounds that need no thought."""
    return dict.fromkeys(joins, 0.0)


def _exact_bound(joins: dict[int, list[Join]]) -> dict[int, float]:
    """Return the least costs to the end without any step's cost."""
    best = {ENDS[1]: 0.0}
    for _ in joins:
        for table, known in joins.items():
            for join in known:
                if join.table in best:
                    best[table] = min(best.get(table, 99.0), best[join.table] + join.cost)
    return best


def _cost(way: tuple[Join, ...], step: float) -> float:
    return sum(join.cost for join in way) + step * (len(way) - 1)


_RAW = st.tuples(
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, 8),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("bound", [_bound, _exact_bound])
@given(raw=st.lists(_RAW, max_size=14), step=st.sampled_from([0.0, -log(0.8)]))
def test_ways_are_those_that_brute_force_finds(
    shape: Shape,
    bound: Callable[[dict[int, list[Join]]], dict[int, float]],
    raw: list[Raw],
    step: float,
) -> None:
    """Every way is yielded once, in the order of cost, and no other."""
    joins = _joins(raw)
    search = WaySearch(joins.__getitem__, lambda _: True, bound(joins), shape, step)
    effort = Effort(1_000_000)

    found = list(search.ways(ENDS, effort))

    costs = [_cost(way, step) for way in found]
    assert costs == pytest.approx(sorted(costs))
    expected = _all_ways(joins, shape)
    assert sorted(way for way in found) == sorted(expected)
    assert not effort.stopped


def _line(n: int) -> dict[int, list[Join]]:
    """Return two parallel joins between consecutive tables of a line."""
    return _joins([(t, t + 1, c, c + 1, 1, False, False) for t in range(n) for c in (0, 2, 4)])


def test_a_search_stops_at_its_effort() -> None:
    """A search that may try little yields what it found before, and says that it stopped."""
    joins = _line(4)
    search = WaySearch(joins.__getitem__, lambda _: True, _bound(joins), Shape.FREE, 0.1)
    whole = list(search.ways(ENDS, Effort(100_000)))
    effort = Effort(40)
    some = list(search.ways(ENDS, effort))

    assert effort.stopped
    assert 0 < len(some) < len(whole) == 81
    assert some == whole[: len(some)]
    nothing = Effort(0)
    assert list(search.ways(ENDS, nothing)) == []
    assert nothing.stopped


def test_a_search_ends_at_the_greatest_cost() -> None:
    """Ways that cost more than the limit are not yielded."""
    joins = _joins([(0, 4, 0, 0, 8, False, False), (0, 4, 1, 1, 1, False, False)])
    search = WaySearch(joins.__getitem__, lambda _: True, _bound(joins), Shape.FREE, 0.1, 0.5)
    assert [way[0].cost for way in search.ways(ENDS, Effort(100))] == [1 / 8]
    dear = WaySearch(joins.__getitem__, lambda _: True, _bound(joins), Shape.FREE, 0.1, 0.1)
    assert list(dear.ways(ENDS, Effort(100))) == []


def test_joins_that_are_not_accepted_are_on_no_way() -> None:
    """A filter of joins holds on every step."""
    joins = _joins([(0, 4, 0, 0, 1, False, False), (0, 4, 1, 1, 2, False, False)])
    accepts = [0, 10, 40, 1, 41]
    search = WaySearch(
        joins.__getitem__, lambda join: join.begin in accepts[3:], _bound(joins), Shape.FREE, 0.0
    )
    assert [way[0].begin for way in search.ways(ENDS, Effort(100))] == [1]


def test_tables_that_do_not_reach_the_end_are_not_searched() -> None:
    """Without a bound for the first table there is no way."""
    joins = _joins([(0, 1, 0, 0, 1, False, False)])
    search = WaySearch(joins.__getitem__, lambda _: True, {4: 0.0}, Shape.FREE, 0.0)
    assert list(search.ways(ENDS, Effort(100))) == []
