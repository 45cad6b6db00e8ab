"""Tests of joining tables: against brute force, and that decisions bind."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.entities.affinity import CONSTANTS, Affinity, _match, rarity
from hummgraph.algorithms.entities.linkage import group_tables
from tests.support import builders

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

NOTHING = np.zeros(0, dtype=np.int64)


def affinity(
    systems: list[int], places: list[int], scores: dict[tuple[int, int], float]
) -> Affinity:
    """Return the affinity of tables, given scores of some pairs."""
    pairs = sorted(scores)
    n = len(systems)
    return Affinity(
        tables=np.arange(n),
        t=np.array([pair[0] for pair in pairs], dtype=np.int64),
        u=np.array([pair[1] for pair in pairs], dtype=np.int64),
        score=np.array([scores[pair] for pair in pairs], dtype=np.float64),
        place=np.array(places, dtype=np.int64),
        system=np.array(systems, dtype=np.int64),
        mass=np.zeros(n),
        matched_pair=NOTHING,
        matched=NOTHING,
        part=np.zeros(0),
        same_name=np.zeros(len(pairs), dtype=bool),
    )


def brute_linkage(found: Affinity, one: set[int], other: set[int]) -> float | None:
    """Return the linkage of two groups by its definition; ``None`` without a linked pair."""
    scores = {
        (int(t), int(u)): float(score)
        for t, u, score in zip(found.t, found.u, found.score, strict=True)
    }
    values, linked = [], False
    for a in one:
        for b in other:
            pair = (min(a, b), max(a, b))
            origin = found.place[a] == found.place[b]
            if pair in scores:
                values.append(scores[pair])
                linked = linked or scores[pair] > 0
            elif origin:
                values.append(-CONSTANTS.same_origin)
            elif found.system[a] != found.system[b]:
                values.append(0.0)
    if not linked:
        return None
    best = sorted((max(value, 0.0) for value in values), reverse=True)[: CONSTANTS.best]
    return float(np.mean(best) + sum(min(value, 0.0) for value in values) / len(values))


def brute_groups(found: Affinity, threshold: float, apart: set[tuple[int, int]]) -> list[set[int]]:
    """Join groups by the best linkage, all of them computed anew each time."""
    groups = [{t} for t in range(len(found.system))]
    while True:
        best: tuple[float, int, int] | None = None
        for i, j in combinations(range(len(groups)), 2):
            if any((min(a, b), max(a, b)) in apart for a in groups[i] for b in groups[j]):
                continue
            linkage = brute_linkage(found, groups[i], groups[j])
            if linkage is not None and round(linkage, 9) >= threshold:
                best = max(best or (-1.0, 0, 0), (linkage, i, j))
        if best is None:
            return groups
        groups[best[1]] |= groups.pop(best[2])


@st.composite
def affinities(draw: DrawFn) -> tuple[Affinity, set[tuple[int, int]]]:
    """Draw the affinity of a few tables, and pairs that are kept apart."""
    n = draw(st.integers(2, 7))
    systems = [draw(st.integers(0, 3)) for _ in range(n)]
    places = [10 * system + draw(st.integers(0, 1)) for system in systems]
    # A copy comes from another system's place.
    places = [draw(st.sampled_from([place, *places])) for place in places]
    pairs = list(combinations(range(n), 2))
    numbers = draw(st.permutations(range(len(pairs))))
    # Roots of different numbers, so that no two means are equal.
    scores = {
        pair: (number + 2) ** 0.5 / (len(pairs) + 2) ** 0.5 - 0.4 + 1e-4 * np.sin(number)
        for pair, number in zip(pairs, numbers, strict=True)
        if draw(st.booleans())
    }
    apart = set(draw(st.lists(st.sampled_from(pairs), max_size=3)))
    return affinity(systems, places, scores), apart


@given(affinities(), st.floats(0.05, 0.6))
def test_groups_are_those_of_brute_force(
    drawn: tuple[Affinity, set[tuple[int, int]]], threshold: float
) -> None:
    """Joining by a heap and sums gives what the definition gives, group by group."""
    found, apart = drawn

    grouping = group_tables(
        found,
        must=[],
        cannot=apart,
        copied=[],
        threshold=threshold,
        least=0.0,
        constants=CONSTANTS,
    )

    groups: dict[int, set[int]] = {}
    for table, label in enumerate(grouping.label.tolist()):
        groups.setdefault(label, set()).add(table)
    assert sorted(map(sorted, groups.values())) == sorted(
        map(sorted, brute_groups(found, threshold, apart))
    )
    assert all(join.linkage >= -1.0 and join.linkage >= threshold for join in grouping.joins)
    for a, b, linkage, _ in (*grouping.near, *grouping.refused):
        one, other = groups[int(grouping.label[a])], groups[int(grouping.label[b])]
        assert brute_linkage(found, one, other) == pytest.approx(linkage, abs=1e-8)
    assert all(linkage < threshold for _, _, linkage, _ in grouping.near)


@given(
    affinities(),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=3),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=4),
)
def test_decisions_about_tables_bind(
    drawn: tuple[Affinity, set[tuple[int, int]]],
    approved: list[tuple[int, int]],
    copies: list[tuple[int, int]],
) -> None:
    """Approved pairs are together; rejected ones are apart unless approved ones force them."""
    found, apart = drawn
    n = len(found.system)
    must, copied = (
        [(min(a, b), max(a, b)) for a, b in pairs if a != b and max(a, b) < n]
        for pairs in (approved, copies)
    )

    grouping = group_tables(
        found,
        must=must,
        cannot=apart,
        copied=copied,
        threshold=0.1,
        least=0.05,
        constants=CONSTANTS,
    )

    label = grouping.label
    assert all(label[a] == label[b] for a, b in must)
    together = {(a, b) for a, b in apart if label[a] == label[b]}
    assert together == set(grouping.forced)
    only_approved = group_tables(
        found,
        must=must,
        cannot=[],
        copied=[],
        threshold=2.0,
        least=0.05,
        constants=CONSTANTS,
    ).label
    assert all(only_approved[a] == only_approved[b] for a, b in together)


def test_a_chain_of_approved_pairs_is_one_group() -> None:
    """A pair that others have joined already is joined once."""
    found = affinity([0, 1, 2], [0, 1, 2], {})
    grouping = group_tables(
        found,
        must=[(0, 1), (1, 2), (0, 2)],
        cannot=[],
        copied=[(0, 1)],
        threshold=0.2,
        least=0.1,
        constants=CONSTANTS,
    )

    assert len(set(grouping.label.tolist())) == 1
    assert [join.reason for join in grouping.joins] == ["approved", "approved"]


def test_two_tables_of_one_schema_are_kept_apart() -> None:
    """A system keeps an entity in one table: what speaks against is a mean over such pairs."""
    strong = {(0, 1): 0.9, (2, 3): 0.9, (1, 2): 0.5, (0, 3): 0.4}
    apart = affinity([0, 1, 0, 1], [0, 1, 0, 1], strong)
    free = affinity([0, 1, 2, 3], [0, 1, 2, 3], strong)

    def n_groups(found: Affinity) -> int:
        grouping = group_tables(
            found,
            must=[],
            cannot=[],
            copied=[],
            threshold=0.2,
            least=0.1,
            constants=CONSTANTS,
        )
        return len(set(grouping.label.tolist()))

    assert (n_groups(apart), n_groups(free)) == (2, 1)


@given(st.data())
def test_columns_are_matched_one_to_one(data: Any) -> None:
    """In each pair of tables a column is matched once, and no better pair is left."""
    places = [f"s{t}/t.c{c}" for t in range(3) for c in range(3)]
    graph = builders.graph([], also=places)
    codes = [graph.index_of(place) for place in places]
    pairs = [
        (i, j)
        for i, j in combinations(range(9), 2)
        if i // 3 != j // 3 and data.draw(st.booleans())
    ]
    parts = np.array([data.draw(st.integers(0, 5)) / 5 for _ in pairs])
    a = np.array([codes[i] for i, _ in pairs], dtype=np.int64)
    b = np.array([codes[j] for _, j in pairs], dtype=np.int64)
    tables = np.array([i // 3 * 3 + j // 3 for i, j in pairs], dtype=np.int64)

    chosen = _match(graph, a, b, tables, parts).tolist()

    taken = [(tables[row], end) for row in chosen for end in (a[row], b[row])]
    assert len(taken) == len(set(taken))
    for row in range(len(pairs)):
        if parts[row] > 0 and row not in chosen:
            rivals = [
                other
                for other in chosen
                if tables[other] == tables[row] and {a[other], b[other]} & {a[row], b[row]}
            ]
            assert max(parts[other] for other in rivals) >= parts[row]


def test_rarity_is_one_in_a_graph_of_one_table() -> None:
    """Without other tables nothing is frequent."""
    assert rarity(1, np.array([0, 3])).tolist() == [1.0, 1.0]
