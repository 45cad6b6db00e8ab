"""Tests that joining level by level, in parts, is joining everything at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.agglomeration import Edges, Linkage, agglomerate
from hummgraph.algorithms.clustering.parts import (
    PART_ROWS,
    Cut,
    Kind,
    cut_at,
    joined_part,
    linkage_values,
    next_cut,
)
from hummgraph.algorithms.kernels.components import first_seen
from hummgraph.graph.policy import UNIT
from tests.algorithms.clustering.test_agglomeration import N, parts_of, problems, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import Pairs

LINKAGES = [one for one in Linkage if one is not Linkage.GAEC]
Row = tuple[int, int, int, int, int, int]


def rows_of(pairs: Pairs, constraints: Constraints) -> list[Row]:
    """Return a problem as the rows of one part; a unit has the code of its first node, doubled."""
    unit = constraints.unit
    rows: list[Row] = [(Kind.CLUSTER, 2 * u, 0, 1, 0, 0) for u in range(constraints.n_units)]
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for place, (a, b, score) in enumerate(zip(pairs.a, pairs.b, pairs.score, strict=True)):
        x, y = sorted((2 * int(unit[a]), 2 * int(unit[b])))
        if x != y:
            best.setdefault((x, y), (round(score * UNIT), place))
    rows += [(Kind.EDGE, x, y, total, 1, place) for (x, y), (total, place) in best.items()]
    rows += [(Kind.APART, 2 * x, 2 * y, 0, 0, 0) for x, y in constraints.apart[0].tolist()]
    groups = zip(*constraints.unit_groups, strict=True)
    return rows + [(Kind.GROUP, 2 * int(x), int(group), 0, 0, 0) for x, group in groups]


def table_of(rows: list[Row]) -> pa.Table:
    """Return rows as a part has them, in an order of their own."""
    shuffled = sorted(rows, key=lambda row: (row[3] % 7, row[2], row[1], row[0]))
    columns = zip(*shuffled, strict=True) if rows else [[]] * 6
    arrays = [
        pa.array(column, field.type) for column, field in zip(columns, PART_ROWS, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=PART_ROWS)


def after(rows: list[Row], result: pa.Table) -> tuple[list[Row], dict[int, int]]:
    """Return the rows of the next level, and the cluster that each cluster is in now."""
    found = [tuple(row.values()) for row in result.to_pylist()]
    now = {x: y for kind, x, y, *_ in found if kind == Kind.CLUSTER}
    sizes: dict[int, int] = {}
    later: set[Row] = {row for row in found if row[0] == Kind.EDGE}
    for kind, x, y, total, _, _ in rows:
        if kind == Kind.CLUSTER:
            sizes[now[x]] = sizes.get(now[x], 0) + total
        elif kind == Kind.GROUP:
            later.add((kind, now[x], y, 0, 0, 0))
        elif kind == Kind.APART:
            later.add((kind, *sorted((now[x], now[y])), 0, 0, 0))
    return [*later, *((Kind.CLUSTER, x, 0, n, 0, 0) for x, n in sizes.items())], now


@pytest.mark.parametrize("linkage", LINKAGES)
@given(problem=problems, levels=st.lists(scores, min_size=1, max_size=3))
def test_levels_make_the_clusters_of_one_run(
    linkage: Linkage, problem: tuple[Pairs, Constraints], levels: list[float]
) -> None:
    """Any levels make the clusters that one run down to the lowest makes."""
    pairs, constraints = problem
    levels.sort(reverse=True)
    rows = rows_of(pairs, constraints)
    now = {2 * u: 2 * u for u in range(constraints.n_units)}
    for level in levels:
        rows, moved = after(rows, joined_part(table_of(rows), linkage, level))
        now = {x: moved[y] for x, y in now.items()}
    label = np.array([now[2 * int(u)] for u in constraints.unit])
    wanted = agglomerate(pairs, constraints, linkage, threshold=levels[-1]).labels(levels[-1])
    assert parts_of(first_seen(label)) == parts_of(wanted)


def test_clusters_that_never_join_keep_no_edge() -> None:
    """An edge between two clusters that stay apart is not left over."""
    rows: list[Row] = [(Kind.CLUSTER, code, 0, 1, 0, 0) for code in (4, 7, 9)]
    rows += [(Kind.EDGE, 4, 7, UNIT, 1, 0), (Kind.EDGE, 7, 9, UNIT // 2, 1, 1)]
    rows += [(Kind.APART, 4, 9, 0, 0, 0), (Kind.GROUP, 9, 3, 0, 0, 0)]
    found = joined_part(table_of(rows), Linkage.AVERAGE_PRESENT, 0.9).to_pylist()
    now = {row["x"]: row["y"] for row in found if row["kind"] == Kind.CLUSTER}
    assert now == {4: 4, 7: 4, 9: 9}
    assert not [row for row in found if row["kind"] == Kind.EDGE]


def ends(*couples: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the two ends of some edges."""
    x, y = np.array(couples, dtype=np.int32).reshape(-1, 2).T
    return x, y


def test_values_are_linkages() -> None:
    """Values have nine decimals, and are negative where two clusters never join."""
    x, y = ends((0, 1))
    edges = Edges(
        x.astype(np.int64),
        y.astype(np.int64),
        np.array([UNIT]),
        np.array([3]),
        np.zeros(1, dtype=np.int64),
    )
    size = np.array([2, 3])
    values = [linkage_values(edges, size, one).tolist() for one in LINKAGES]
    assert values == [[1.0], [0.333333333], [0.166666667], [-1.0]]


@given(problem=problems, stop=scores, budget=st.integers(1, 20))
def test_a_cut_keeps_components_within_the_budget(
    problem: tuple[Pairs, Constraints], stop: float, budget: int
) -> None:
    """Components have at most the budget, unless those of the highest value alone have more."""
    pairs, _ = problem
    if not len(pairs) or pairs.score[0] < stop:
        return
    cut = next_cut(stop, N, pairs.a, pairs.b, pairs.score, budget=budget)
    assert cut.level >= stop
    if cut.largest > budget:
        assert cut.level == pairs.score[0]
    # Lower levels have larger components.
    assert cut.largest <= cut_at(stop, N, pairs.a, pairs.b, pairs.score).largest
    inside = cut.region[pairs.a] == cut.region[pairs.b]
    assert cut.size.sum() == np.count_nonzero(inside)


def test_a_low_level_is_found_among_many() -> None:
    """The level is low enough that the largest component has half the budget or more."""
    n = 4_000
    x = np.arange(n - 1, dtype=np.int32)
    value = np.random.default_rng(0).permutation(n - 1) / n
    cut = next_cut(0.0, n, x, x + np.int32(1), value, budget=400)
    assert 200 <= cut.largest <= 400


def test_parts_follow_each_other() -> None:
    """Small components share a part; a large one has its own, and one without edges has none."""
    cut = Cut(0.5, np.arange(6, dtype=np.int32), np.array([2, 2, 0, 9, 1, 3]))
    assert cut.parts(4).tolist() == [0, 0, -1, 1, 2, 2]
    assert Cut(0.5, np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)).largest == 0
