"""Tests of rounds of joins, against single joins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering import agglomeration, rounds
from hummgraph.algorithms.clustering import constraints as binding
from hummgraph.algorithms.clustering.agglomeration import Edges, Linkage, agglomerate
from hummgraph.algorithms.clustering.constraints import Constraints, Joins
from hummgraph.algorithms.clustering.problem import Pairs

linkages = st.sampled_from([Linkage.AVERAGE_PRESENT, Linkage.AVERAGE_POSSIBLE, Linkage.COMPLETE])


def random_problem(
    seed: int, n_nodes: int, n_pairs: int, n_groups: int
) -> tuple[Pairs, Constraints]:
    """Make pairs with few different scores, and some of each constraint."""
    random = np.random.default_rng(seed)
    ends = np.sort(random.integers(0, n_nodes, (n_pairs, 2)), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0).astype(np.int32)
    a, b = random.permutation(ends).T.astype(np.int32)
    n = len(a)
    plain = Pairs(n_nodes, a, b, np.zeros(n), np.zeros(n, bool), np.arange(n))
    decided = np.sort(random.integers(0, n_nodes, (n_nodes // 4, 2)), axis=1).astype(np.int32)
    group = random.integers(-1, n_groups, n_nodes).astype(np.int32)
    n_must = len(decided) // 2
    constraints = Constraints(
        n_nodes,
        decided[:n_must],
        decided[n_must:],
        np.arange(len(decided) - n_must),
        group if n_groups else None,
    )
    return plain.rescored(random.integers(0, 8, n) / 7), constraints


def joined(pairs: Pairs, constraints: Constraints, linkage: Linkage, change: int) -> Joins:
    """Return the joins of rounds that change to single joins at a cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agglomeration, "MIN_EDGES_OF_ROUNDS", 0)
        patch.setattr(rounds, "CHANGE_ENTRIES", change)
        return agglomerate(pairs, constraints, linkage)


def same(one: Joins, other: Joins) -> bool:
    """Return whether joins have the same heights, pairs and clusters."""
    return (
        np.array_equal(one.height, other.height)
        and np.array_equal(one.pair, other.pair)
        and np.array_equal(one.labels(0.5), other.labels(0.5))
    )


@given(
    seed=st.integers(0, 2**32 - 1),
    n_nodes=st.integers(2, 60),
    density=st.sampled_from([1, 3, 20]),
    n_groups=st.sampled_from([0, 5, 100]),
    linkage=linkages,
)
def test_rounds_equal_single_joins(
    seed: int, n_nodes: int, density: int, n_groups: int, linkage: Linkage
) -> None:
    """Rounds join what single joins do, however many entries are read together."""
    pairs, constraints = random_problem(seed, n_nodes, n_nodes * density, n_groups)
    single = joined(pairs, constraints, linkage, -1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "BATCH_ENTRIES", 7)
        patch.setattr(binding, "N_BITS", 3)
        assert same(joined(pairs, constraints, linkage, 1_000_000), single)
    assert same(joined(pairs, constraints, linkage, 1_000_000), single)


@given(
    seed=st.integers(0, 2**32 - 1),
    n_nodes=st.integers(2, 60),
    density=st.sampled_from([1, 3, 20]),
    n_groups=st.sampled_from([0, 5, 100]),
    threshold=st.sampled_from([0.2, 0.5, 0.8]),
)
def test_regions_join_what_all_do(
    seed: int, n_nodes: int, density: int, n_groups: int, threshold: float
) -> None:
    """Joins by sums are the same in regions, level by level, as among all at once."""
    pairs, constraints = random_problem(seed, n_nodes, n_nodes * density, n_groups)
    whole = agglomerate(pairs, constraints, Linkage.GAEC, threshold=threshold)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agglomeration, "MIN_EDGES_OF_ROUNDS", 0)
        patch.setattr(agglomeration, "EDGES_OF_PASS", 1_000_000)
        assert same(agglomerate(pairs, constraints, Linkage.GAEC, threshold=threshold), whole)


def test_a_star_changes_to_single_joins() -> None:
    """Rounds that join one leaf each, and read all leaves for it, soon stop; the joins are same."""
    n = 3_000
    hub, leaf = np.zeros(n - 1, dtype=np.int32), np.arange(1, n, dtype=np.int32)
    score = np.linspace(0.9, 0.1, n - 1).round(9)
    pairs = Pairs(n, hub, leaf, score, np.zeros(n - 1, dtype=bool), np.arange(n - 1))
    none = np.empty((0, 2), dtype=np.int32)
    free = Constraints(n, none, none, np.empty(0, dtype=np.int64), group=None)
    one = np.ones(n - 1, dtype=np.int64)
    total = np.rint(score * 1e9).astype(np.int64)
    edges = Edges(hub.astype(np.int64), leaf.astype(np.int64), total, one, np.arange(n - 1))
    size = np.ones(n, dtype=np.int64)
    engine = rounds.Rounds(edges, size, free, Linkage.AVERAGE_PRESENT, 0.0)
    made, left = engine.run(), engine.left()

    assert 0 < len(made) < n // 10
    assert len(left) == n - 1 - len(made)
    joins = agglomerate(pairs, free, Linkage.AVERAGE_PRESENT)
    assert joins.height.tolist() == score.tolist()
    assert joins.pair.tolist() == list(range(n - 1))
