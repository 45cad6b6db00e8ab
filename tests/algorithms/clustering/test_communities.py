"""Markov clustering and Leiden: against a dense Markov and igraph; constraints bind."""

import itertools
import math
import random
from typing import Any

import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hummgraph.algorithms.clustering import communities
from hummgraph.algorithms.clustering.communities import leiden, markov, separate
from hummgraph.algorithms.clustering.constraints import Constraints
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.algorithms.kernels.components import components, first_seen
from hummgraph.errors import ArgumentError, MemoryLimitError, MissingDependencyError
from tests.algorithms.clustering.test_matching import (
    Case,
    cases,
    check_binding,
    make_constraints,
    make_pairs,
    partition,
    renamed,
)


def planted(seed: int, n: int, n_pairs: int) -> Pairs:
    """Random pairs; those within groups of about six score higher."""
    rng = np.random.default_rng(seed)
    ends = np.unique(np.sort(rng.integers(0, n, (n_pairs, 2)), axis=1), axis=0)
    near = rng.integers(0, n, n_pairs)
    ends = np.unique(
        np.concatenate(
            (ends, np.column_stack((near, near - near % 6 + rng.integers(0, 6, n_pairs))))
        ),
        axis=0,
    )
    ends = np.unique(np.sort(ends[ends.max(axis=1) < n], axis=1), axis=0)
    a, b = ends[ends[:, 0] != ends[:, 1]].T
    score = np.clip(np.where(a // 6 == b // 6, 0.8, 0.4) + rng.normal(0, 0.15, len(a)), 0, 1)
    order = np.argsort(-score, kind="stable")
    rows = zip(a[order].tolist(), b[order].tolist(), score[order].tolist(), strict=True)
    return make_pairs(n, list(rows))


def potts(labels: NDArray[Any], pairs: Pairs, resolution: float) -> float:
    """Quality by the constant Potts model, all nodes of size 1."""
    inside = pairs.score[labels[pairs.a] == labels[pairs.b]].sum()
    size = np.bincount(labels)
    return float(inside - resolution * (size * (size - 1) / 2).sum())


def best_by_igraph(
    pairs: Pairs, resolution: float, *, size: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return igraph's best of three, with a seed of its own."""
    igraph.set_random_number_generator(random.Random(5))
    graph = igraph.Graph(pairs.n_nodes, list(zip(pairs.a, pairs.b, strict=True)))
    found = [
        graph.community_leiden(
            "CPM",
            weights=pairs.score.tolist(),
            resolution=resolution,
            n_iterations=3,
            node_weights=None if size is None else size.tolist(),
        ).membership
        for _ in range(3)
    ]
    igraph.set_random_number_generator(random)
    return max((np.array(labels) for labels in found), key=lambda x: potts(x, pairs, resolution))


def dense_markov(pairs: Pairs, inflation: float) -> tuple[NDArray[np.int32], bool]:
    """Cluster with a dense matrix without pruning; return whether the outcome is clear."""
    flow = np.eye(pairs.n_nodes)
    flow[pairs.a, pairs.b] = flow[pairs.b, pairs.a] = pairs.score
    flow /= flow.sum(axis=1, keepdims=True)
    for _ in range(200):
        flow = (flow @ flow) ** inflation
        flow /= flow.sum(axis=1, keepdims=True)
    share = np.sort(flow, axis=1)
    clear = bool(np.all(share[:, -1] > 0.99))
    return components(pairs.n_nodes, np.arange(pairs.n_nodes), flow.argmax(axis=1)), clear


TRIANGLES = make_pairs(
    6,
    [
        *(
            (*ends, 0.9)
            for base in (0, 3)
            for ends in itertools.combinations(range(base, base + 3), 2)
        ),
        (2, 3, 0.5),
    ],
)
FREE = make_constraints(6)


@given(cases())
def test_decisions_bind(case: Case) -> None:
    """Must-linked nodes are together, cannot-linked ones and those of a group are not."""
    pairs, constraints, _ = case
    check_binding(markov(pairs, constraints), constraints)
    check_binding(leiden(pairs, constraints), constraints)


@given(cases(), st.integers(0, 99))
def test_names_do_not_matter(case: Case, seed: int) -> None:
    """Clusters do not depend on how nodes are numbered."""
    order = np.random.default_rng(seed).permutation(case[0].n_nodes)
    pairs, constraints, _ = renamed(case, order)
    for method in (markov, leiden):
        expected = partition(method(*case[:2]))
        found = partition(method(pairs, constraints))
        assert found == {frozenset(order[list(cluster)].tolist()) for cluster in expected}


def test_names_do_not_matter_when_nothing_is_gained() -> None:
    """A pair worth exactly its cost ties, however its three members are numbered."""
    found = {
        len(partition(leiden(make_pairs(3, [(x, y, 0.8)]), make_constraints(3, must=[(y, z)]))))
        for x, y, z in itertools.permutations(range(3))
    }
    assert len(found) == 1


@given(cases(), st.data())
def test_separate(case: Case, data: st.DataObject) -> None:
    """Clusters without a conflict stay; the others are split into parts without one."""
    pairs, constraints, _ = case
    n = pairs.n_nodes
    coarse = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    labels = first_seen(coarse[np.unique(constraints.unit, return_index=True)[1]][constraints.unit])
    parts = separate(labels, pairs, constraints)
    check_binding(parts, constraints)
    for cluster in set(labels.tolist()):
        nodes = np.flatnonzero(labels == cluster)
        assert not set(parts[nodes].tolist()) & set(parts[labels != cluster].tolist())
        if not breaks(nodes.tolist(), constraints):
            assert len(set(parts[nodes].tolist())) == 1


def breaks(nodes: list[int], constraints: Constraints) -> bool:
    """Return whether these nodes may not be one cluster."""
    unit, group = constraints.unit, constraints.group
    apart = {frozenset(ends) for ends in constraints.cannot.tolist()}
    return any(
        unit[x] != unit[y]
        and (frozenset((x, y)) in apart or (group is not None and group[x] == group[y] >= 0))
        for x, y in itertools.combinations(nodes, 2)
    )


@pytest.mark.parametrize("block", [1, 50, 2_000_000])
@given(seed=st.integers(0, 10_000), inflation=st.sampled_from([1.5, 2.0, 3.0]))
def test_markov_equals_dense(block: int, seed: int, inflation: float) -> None:
    """Sparse, pruned and in blocks, the clusters are those of the whole matrix, if clear."""
    pairs = planted(seed, 24, 40)
    expected, clear = dense_markov(pairs, inflation)
    if clear:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(communities, "MAX_BLOCK_ENTRIES", block)
            found = markov(pairs, make_constraints(24), inflation=inflation)
        assert found.tolist() == expected.tolist()


def test_markov_cuts_a_bridge() -> None:
    """Two triangles and a link between them are two clusters."""
    assert markov(TRIANGLES, FREE).tolist() == [0, 0, 0, 1, 1, 1]


def test_markov_inflation() -> None:
    """Higher inflation makes smaller clusters."""
    pairs = planted(1, 120, 300)
    counts = [markov(pairs, make_constraints(120), inflation=r).max() for r in (1.3, 2.0, 4.0)]
    assert counts[0] < counts[1] < counts[2]


def test_markov_shared_node_goes_with_the_first() -> None:
    """A node between two equal clusters joins the one whose pairs are first."""
    rows = [(*ends, 1.0) for ends in itertools.combinations(range(4), 2)]
    rows += [(*ends, 1.0) for ends in itertools.combinations(range(5, 9), 2)]
    for bridges in ([(3, 4), (4, 5)], [(4, 5), (3, 4)]):
        pairs = make_pairs(9, rows + [(*ends, 0.9) for ends in bridges])
        labels = markov(pairs, make_constraints(9))
        assert labels[3] != labels[5]
        assert labels[4] in {labels[3], labels[5]}


def test_markov_must_links_hold_flow() -> None:
    """Must-linked nodes count as tied to each other, so they attract neighbours of either."""
    pairs = make_pairs(4, [(0, 1, 0.5), (0, 2, 0.5), (2, 3, 0.5)])
    approved = make_constraints(4, must=[(1, 3)])
    labels = markov(pairs, approved)
    assert labels[1] == labels[3]


def test_markov_stops_after_so_many_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow that has not converged is read as it is: after one round nodes keep most of it."""
    monkeypatch.setattr(communities, "MAX_ROUNDS", 1)
    assert markov(TRIANGLES, FREE).tolist() == [0, 1, 2, 3, 4, 5]


def test_markov_memory() -> None:
    """A matrix that may need more memory than allowed is refused, with the size and a hint."""
    pairs = planted(1, 600, 3_000)
    with pytest.raises(
        MemoryLimitError, match=r"up to 600 nodes.* 1,000,000 bytes.*Raise the"
    ) as caught:
        markov(pairs, make_constraints(600), max_memory=1_000_000)
    assert caught.value.needed > caught.value.limit == 1_000_000


@pytest.mark.parametrize("inflation", [1.0, -2.0, float("nan")])
def test_markov_inflation_is_above_1(inflation: float) -> None:
    """Inflation of 1 or less never separates flows."""
    with pytest.raises(ArgumentError, match="above 1"):
        markov(TRIANGLES, FREE, inflation=inflation)


@pytest.mark.parametrize("resolution", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("seed", range(4))
def test_leiden_is_as_good_as_igraph(seed: int, resolution: float) -> None:
    """The quality is within two percent of the best of three of igraph's."""
    pairs = planted(seed, 600, 3_000)
    found = potts(leiden(pairs, make_constraints(600), resolution=resolution), pairs, resolution)
    expected = potts(best_by_igraph(pairs, resolution), pairs, resolution)
    assert found >= expected * 0.98


@pytest.mark.parametrize("seed", range(4))
def test_leiden_knows_sizes(seed: int) -> None:
    """Units count by their sizes: the quality is within three percent of igraph's with sizes."""
    pairs = planted(seed, 300, 1_200)
    rng = np.random.default_rng(seed)
    tied = rng.integers(0, 300, (60, 2))
    constraints = make_constraints(300, must=tied.tolist())
    found = potts(leiden(pairs, constraints), pairs, 0.4)
    unit = constraints.unit
    merged = make_pairs(
        constraints.n_units,
        list(
            zip(unit[pairs.a].tolist(), unit[pairs.b].tolist(), pairs.score.tolist(), strict=True)
        ),
    )
    by_unit = best_by_igraph(merged, 0.4, size=constraints.unit_size)
    expected = potts(by_unit[unit], pairs, 0.4)
    assert found >= expected * 0.97


def test_leiden_joins_by_density() -> None:
    """A pair joins if it scores above the resolution, and a unit of two needs twice as much."""
    pairs = make_pairs(3, [(0, 1, 0.5)])
    free, tied = make_constraints(3), make_constraints(3, must=[(1, 2)])
    assert leiden(pairs, free, resolution=0.4).tolist() == [0, 0, 1]
    assert leiden(pairs, free, resolution=0.6).tolist() == [0, 1, 2]
    assert leiden(pairs, tied, resolution=0.2).tolist() == [0, 0, 0]
    assert leiden(pairs, tied, resolution=0.4).tolist() == [0, 1, 1]


@pytest.mark.parametrize("score", [5e-324, 1e-313, 1e-300, 0.39])
@pytest.mark.parametrize("resolution", [0.4, 1e300, math.inf])
def test_leiden_joins_nothing_below_the_resolution(score: float, resolution: float) -> None:
    """A pair below the resolution does not join, at any score."""
    pairs = make_pairs(5, [(3, 4, 0.9), (0, 1, score), (1, 2, score)])
    must = make_constraints(5, must=[(3, 4)])
    assert leiden(pairs, must, resolution=resolution).tolist() == [0, 1, 2, 3, 3]


def test_leiden_takes_the_least_scores() -> None:
    """Only the ratio of scores to the resolution matters."""
    pairs = make_pairs(3, [(0, 1, 2e-310), (1, 2, 0.5e-310)])
    assert leiden(pairs, make_constraints(3), resolution=1e-310).tolist() == [0, 0, 1]


def test_leiden_seed() -> None:
    """The same seed gives the same clusters."""
    pairs = planted(3, 300, 3_000)
    free = make_constraints(300)
    runs = [leiden(pairs, free, seed=seed).tolist() for seed in (5, 5)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("resolution", [0.0, -1.0, float("nan")])
def test_leiden_resolution_is_above_0(resolution: float) -> None:
    """A resolution of 0 is refused, because clusters would be components."""
    with pytest.raises(ArgumentError, match="above 0"):
        leiden(TRIANGLES, FREE, resolution=resolution)


def test_leiden_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the error names the extra."""

    def refuse(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(communities, "import_module", refuse)
    with pytest.raises(
        MissingDependencyError, match=r"native is not installed.*hummgraph\[leiden\]"
    ):
        leiden(TRIANGLES, FREE)


def test_without_pairs() -> None:
    """Without pairs units stay as they are; pairs of score 0 do not count."""
    tied = make_constraints(3, must=[(0, 2)])
    for pairs in (make_pairs(3, []), make_pairs(3, [(0, 1, 0.0)])):
        assert markov(pairs, tied).tolist() == [0, 1, 0]
        assert leiden(pairs, tied).tolist() == [0, 1, 0]
