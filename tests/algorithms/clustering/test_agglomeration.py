"""Tests of the agglomerative engine, against joining step by step."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering import agglomeration, rounds
from hummgraph.algorithms.clustering import kruskal as joining
from hummgraph.algorithms.clustering.agglomeration import (
    Edges,
    Linkage,
    _Frontier,
    agglomerate,
)
from hummgraph.algorithms.clustering.constraints import Constraints
from hummgraph.algorithms.clustering.kruskal import joins_in_order
from hummgraph.algorithms.clustering.problem import Pairs, best_first
from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

_UNIT = 10**9
N = 8
counts = st.integers(1, 3_000_000_000)  # two clusters of the most have less than 2**63 pairs
nodes = st.integers(0, N - 1)
couples = st.tuples(nodes, nodes).filter(lambda ends: ends[0] < ends[1])
scores = st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0]) | st.floats(0, 1).map(rounded)
scored = st.dictionaries(couples, scores, max_size=20)
thresholds = st.sampled_from([0.0, 0.3, 0.5, 0.65, 1.0])
groupings = st.none() | st.lists(st.integers(-1, 3), min_size=N, max_size=N)


def pairs_of(scores: dict[tuple[int, int], float]) -> Pairs:
    """Return pairs in order."""
    a, b = (np.array([ends[side] for ends in scores], dtype=np.int32) for side in (0, 1))
    score = np.array(list(scores.values()), dtype=np.float64)
    plain = Pairs(N, a, b, score, np.zeros(len(a), dtype=bool), np.arange(len(a)))
    return plain.rescored(score)


def constraints_of(
    must: list[tuple[int, int]], cannot: list[tuple[int, int]], group: list[int] | None
) -> Constraints:
    """Return constraints from literals."""
    return Constraints(
        N,
        np.array(must, dtype=np.int32).reshape(-1, 2),
        np.array(cannot, dtype=np.int32).reshape(-1, 2),
        np.arange(len(cannot)),
        None if group is None else np.array(group, dtype=np.int32),
    )


problems = st.builds(
    lambda scores, must, cannot, group: (
        pairs_of(scores),
        constraints_of(must, cannot, group),
    ),
    scored,
    st.lists(couples, max_size=2),
    st.lists(couples, max_size=3),
    groupings,
)

Value = float | None


def step_by_step(
    pairs: Pairs, constraints: Constraints, linkage: Linkage, threshold: float
) -> tuple[set[frozenset[int]], list[tuple[float, int]]]:
    """Join the best two clusters, comparing all of them at each step."""
    unit = constraints.unit.tolist()
    # A unit is one node, which has the best of the pairs to each other one.
    links: list[tuple[int, int, float]] = []
    known: set[tuple[int, int]] = set()
    for a, b, score in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.score.tolist(), strict=True):
        ends = (min(unit[a], unit[b]), max(unit[a], unit[b]))
        links.append((a, b, score) if ends not in known else (-1, -1, score))
        known.add(ends)
    parts = [frozenset(np.flatnonzero(constraints.unit == u).tolist()) for u in set(unit)]
    apart = {tuple(ends) for ends in constraints.apart[0].tolist()}

    def allowed(x: frozenset[int], y: frozenset[int]) -> bool:
        units = [{unit[node] for node in side} for side in (x, y)]
        if any((min(u, v), max(u, v)) in apart for u in units[0] for v in units[1]):
            return False
        if constraints.group is None:
            return True
        groups = [{int(constraints.group[node]) for node in side} - {-1} for side in (x, y)]
        return groups[0].isdisjoint(groups[1])

    def linked(x: frozenset[int], y: frozenset[int]) -> tuple[float, int] | None:
        between = [
            position
            for position, (a, b, _) in enumerate(links)
            if (a in x and b in y) or (a in y and b in x)
        ]
        if not between:
            return None
        found = [links[position][2] for position in between]
        billionths = [round(score * _UNIT) for score in found]
        possible = len({unit[node] for node in x}) * len({unit[node] for node in y})
        rules: dict[Linkage, Callable[[], float]] = {
            Linkage.SINGLE: lambda: max(found),
            Linkage.AVERAGE_PRESENT: lambda: sum(billionths) / (_UNIT * len(found)),
            Linkage.AVERAGE_POSSIBLE: lambda: sum(billionths) / (_UNIT * possible),
            Linkage.COMPLETE: lambda: min(billionths) / _UNIT if len(found) == possible else -1.0,
            Linkage.GAEC: lambda: (
                sum(int(np.rint((score - rounded(threshold)) * _UNIT)) for score in found) / _UNIT
            ),
        }
        return rules[linkage](), -min(between)

    lowest = 0.0 if linkage is Linkage.GAEC else threshold
    made: list[tuple[float, int]] = []
    while True:
        possible = [
            (value, x, y)
            for x, y in combinations(parts, 2)
            if (value := linked(x, y)) is not None
            and rounded(value[0]) >= rounded(lowest)
            and allowed(x, y)
        ]
        if not possible:
            return set(parts), made
        value, x, y = max(possible, key=lambda found: found[0])
        made.append((rounded(threshold if linkage is Linkage.GAEC else value[0]), -value[1]))
        parts = [part for part in parts if part not in {x, y}] + [x | y]


def parts_of(labels: np.ndarray[tuple[int], np.dtype[np.int32]]) -> set[frozenset[int]]:
    """Return the nodes of each cluster."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


# Cost of the change from rounds to single joins: none changes at once, the most never.
changes = pytest.mark.parametrize(
    "change", [-1, 0, 1_000_000], ids=["one by one", "one round", "in rounds"]
)


@changes
@pytest.mark.parametrize("linkage", Linkage)
@given(problem=problems, threshold=thresholds)
def test_engine_equals_step_by_step(
    change: int, linkage: Linkage, problem: tuple[Pairs, Constraints], threshold: float
) -> None:
    """Rounds and heaps make the same joins as comparing all clusters at each step."""
    pairs, constraints = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agglomeration, "MIN_EDGES_OF_ROUNDS", 0)
        patch.setattr(rounds, "CHANGE_ENTRIES", change)
        joins = agglomerate(pairs, constraints, linkage, threshold=threshold)
    parts, made = step_by_step(pairs, constraints, linkage, threshold)

    assert parts_of(joins.labels(threshold)) == parts
    assert list(zip(joins.height.tolist(), joins.pair.tolist(), strict=True)) == sorted(
        made, key=lambda join: (-join[0], join[1])
    )


@changes
def test_a_pair_waits_anew_when_its_cluster_has_grown(
    change: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pair of a grown cluster joins later, at the mean over possible pairs, or not at all."""
    monkeypatch.setattr(agglomeration, "MIN_EDGES_OF_ROUNDS", 0)
    monkeypatch.setattr(rounds, "CHANGE_ENTRIES", change)
    pairs = pairs_of({(0, 1): 1.0, (1, 2): 0.9, (3, 4): 0.8, (4, 5): 0.5})
    joins = agglomerate(
        pairs, constraints_of([], [], None), Linkage.AVERAGE_POSSIBLE, threshold=0.4
    )

    assert list(zip(joins.height.tolist(), joins.pair.tolist(), strict=True)) == [
        (1.0, 0),
        (0.8, 2),
        (0.45, 1),
    ]


@given(problem=problems, threshold=thresholds)
def test_chunks_do_not_matter(problem: tuple[Pairs, Constraints], threshold: float) -> None:
    """The same pairs join for any number of pairs between filters."""
    pairs, constraints = problem
    whole = joins_in_order(pairs, constraints)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joining, "FIRST_CHUNK_PAIRS", 2)
        bits = joins_in_order(pairs, constraints)

    assert bits.pair.tolist() == whole.pair.tolist()
    assert bits.count(threshold) == int((whole.height >= threshold).sum())


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, -0.0, 0.5, 1.0]) | st.floats(0, 1).map(rounded), st.booleans()
        ),
        max_size=12,
    ),
)
def test_best_first_is_score_status_link(rows: list[tuple[float, bool]]) -> None:
    """Higher scores come first, then APPROVED links, then smaller positions."""
    score = np.array([row[0] for row in rows], dtype=np.float64)
    approved = np.array([row[1] for row in rows], dtype=bool)
    expected = sorted(range(len(rows)), key=lambda i: (-score[i], not approved[i], i))

    assert best_first(score, approved).tolist() == expected


@given(counts, counts, st.integers(0, 2**53))
def test_means_of_huge_clusters_are_exact(x: int, y: int, total: int) -> None:
    """The mean over possible pairs is right however many there are, in arrays and one by one."""
    one = np.ones(1, dtype=np.int64)
    edges, size = Edges(one * 0, one, one * total, one, one), np.array([x, y])
    (value,) = edges.value(Linkage.AVERAGE_POSSIBLE, size).tolist()

    # The number of billionths is a float before it divides.
    assert value == float(Fraction(total) / Fraction(float(x * y) * 10**9))
    single = _Frontier(edges, Linkage.AVERAGE_POSSIBLE, 0.0, size)
    assert single.value(0) == value
