"""One-to-one matching: every rule by a small case, then against brute force and scipy."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hummgraph.algorithms.clustering import matching
from hummgraph.algorithms.clustering.constraints import Constraints
from hummgraph.algorithms.clustering.kruskal import join_in_order
from hummgraph.algorithms.clustering.matching import allowed, assignment, best_links, clip
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.algorithms.kernels.components import components
from hummgraph.errors import ArgumentError

Kernel = Callable[[Pairs, Constraints, NDArray[np.int32]], NDArray[np.int32]]
Case = tuple[Pairs, Constraints, NDArray[np.int32]]


def make_pairs(n: int, rows: list[tuple[int, int, float]]) -> Pairs:
    """Pairs in the order given, which must be best first."""
    a = np.array([min(row[:2]) for row in rows], dtype=np.int32)
    b = np.array([max(row[:2]) for row in rows], dtype=np.int32)
    score = np.array([row[2] for row in rows], dtype=np.float64)
    return Pairs(n, a, b, score, np.zeros(len(rows), dtype=np.bool_), np.arange(len(rows)))


def make_constraints(
    n: int,
    must: list[tuple[int, int]] | None = None,
    cannot: list[tuple[int, int]] | None = None,
    group: list[int] | None = None,
) -> Constraints:
    """Constraints from literal pairs."""
    return Constraints(
        n,
        np.array(must or [], dtype=np.int32).reshape(-1, 2),
        np.array(cannot or [], dtype=np.int32).reshape(-1, 2),
        np.arange(len(cannot or [])),
        None if group is None else np.array(group, dtype=np.int32),
    )


def of_systems(*systems: int) -> NDArray[np.int32]:
    """Systems of nodes."""
    return np.array(systems, dtype=np.int32)


def check_binding(labels: NDArray[np.int32], constraints: Constraints) -> None:
    """Assert what holds for every method."""
    unit, n = constraints.unit, constraints.n_nodes
    assert labels.shape == (n,)
    assert labels.dtype == np.int32
    assert list(dict.fromkeys(labels.tolist())) == list(range(len(set(labels.tolist()))))
    for x, y in itertools.combinations(range(n), 2):
        if unit[x] == unit[y]:
            assert labels[x] == labels[y]
    for x, y in constraints.cannot.tolist():
        assert unit[x] == unit[y] or labels[x] != labels[y]
    if constraints.group is not None:
        for x, y in itertools.combinations(range(n), 2):
            if constraints.group[x] == constraints.group[y] >= 0 and unit[x] != unit[y]:
                assert labels[x] != labels[y]


@st.composite
def cases(draw: st.DrawFn, n_systems: int = 4, *, decided: bool = True) -> Case:
    """Random pairs, decisions, groups and systems on few nodes, with many ties."""
    n = draw(st.integers(2, 9))
    every = list(itertools.combinations(range(n), 2))
    chosen = draw(st.lists(st.sampled_from(every), unique=True, max_size=20))
    scores = sorted(
        draw(
            st.lists(
                st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]) | st.floats(0, 1),
                min_size=len(chosen),
                max_size=len(chosen),
            )
        ),
        reverse=True,
    )
    pairs = make_pairs(n, [(*ends, score) for ends, score in zip(chosen, scores, strict=True)])
    few = st.lists(st.sampled_from(every), max_size=3 if decided else 0)
    lowest = -1 if decided else 0
    several = st.lists(st.integers(-1, 3), min_size=n, max_size=n)
    group = draw(st.none() | several) if decided else None
    constraints = make_constraints(n, draw(few), draw(few), group)
    system = draw(st.lists(st.integers(lowest, n_systems - 1), min_size=n, max_size=n))
    return pairs, constraints, of_systems(*system)


def is_pair_allowed(x: int, y: int, constraints: Constraints) -> bool:
    """Return by brute force whether two nodes' units may be together."""
    unit, group = constraints.unit, constraints.group
    mine, other = np.flatnonzero(unit == unit[x]), np.flatnonzero(unit == unit[y])
    apart = {frozenset(ends) for ends in constraints.cannot.tolist()}
    return unit[x] != unit[y] and not any(
        frozenset((int(p), int(q))) in apart or (group is not None and group[p] == group[q] >= 0)
        for p in mine
        for q in other
    )


def renamed(case: Case, order: NDArray[np.intp]) -> Case:
    """Return the cases with node i numbered order[i]; pairs keep their order."""
    pairs, constraints, system = case
    rows = zip(order[pairs.a].tolist(), order[pairs.b].tolist(), pairs.score.tolist(), strict=True)
    back = np.argsort(order)
    group = None if constraints.group is None else constraints.group[back].tolist()
    return (
        make_pairs(pairs.n_nodes, list(rows)),
        make_constraints(
            pairs.n_nodes,
            order[constraints.must].tolist(),
            order[constraints.cannot].tolist(),
            group,
        ),
        system[back],
    )


def partition(labels: NDArray[np.int32]) -> set[frozenset[int]]:
    """Return the clusters as sets of nodes."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


FREE = make_constraints(4)


@given(cases())
def test_allowed(case: Case) -> None:
    """The pairs of two units without a cannot-link and without a common group remain."""
    pairs, constraints, _ = case
    expected = [
        (int(a), int(b))
        for a, b in zip(pairs.a, pairs.b, strict=True)
        if is_pair_allowed(a, b, constraints)
    ]
    left = allowed(pairs, constraints)
    assert list(zip(left.a.tolist(), left.b.tolist(), strict=True)) == expected


@pytest.mark.parametrize("kernel", [best_links, clip])
@given(case=cases())
def test_decisions_bind(kernel: Kernel, case: Case) -> None:
    """Must-linked nodes are together, cannot-linked ones and those of a group are not."""
    check_binding(kernel(*case), case[1])


@given(cases(n_systems=2))
def test_decisions_bind_in_assignments(case: Case) -> None:
    """Decisions bind in assignments; other than two systems are refused."""
    pairs, constraints, system = case
    ends = set(pairs.a.tolist()) | set(pairs.b.tolist())
    known = {int(place) for place in system if place >= 0}
    n_systems = len(known) + sum(1 for node in ends if system[node] < 0)
    if n_systems == 2:
        check_binding(assignment(pairs, constraints, system), constraints)
    else:
        with pytest.raises(ArgumentError, match=f"there are {n_systems}.*best_links"):
            assignment(pairs, constraints, system)


@pytest.mark.parametrize("kernel", [best_links, clip, assignment])
@given(case=cases(n_systems=2), seed=st.integers(0, 99))
def test_names_do_not_matter(kernel: Kernel, case: Case, seed: int) -> None:
    """Clusters do not depend on how nodes are numbered."""
    order = np.random.default_rng(seed).permutation(case[0].n_nodes)
    try:
        expected = partition(kernel(*case))
    except ArgumentError:
        return
    found = partition(kernel(*renamed(case, order)))
    assert found == {frozenset(order[list(cluster)].tolist()) for cluster in expected}


def brute_best_links(case: Case) -> list[tuple[int, int, float]]:
    """Return the best links, found pair by pair."""
    pairs, constraints, system = case
    unit = constraints.unit
    place = [(0, int(s)) if s >= 0 else (1, node) for node, s in enumerate(system)]
    taken = {(int(unit[node]), place[node]) for node in range(pairs.n_nodes)}
    kept = []
    for a, b, score in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.score.tolist(), strict=True):
        if not is_pair_allowed(a, b, constraints):
            continue
        places = {(int(unit[a]), place[b]), (int(unit[b]), place[a])}
        if place[a] != place[b]:
            if places & initial_places(constraints, place) or places & taken:
                continue
            taken |= places
        kept.append((a, b, score))
    return kept


def initial_places(
    constraints: Constraints, place: list[tuple[int, int]]
) -> set[tuple[int, tuple[int, int]]]:
    """Return the places that must-links take."""
    return {(int(constraints.unit[node]), place[node]) for node in range(constraints.n_nodes)}


@pytest.mark.parametrize("worth", [0, 1, 64])
@given(case=cases())
def test_best_links_equal_brute_force(worth: int, case: Case) -> None:
    """A pair is kept if both places are free; rounds and single steps keep the same ones."""
    pairs, constraints, system = case
    kept = make_pairs(pairs.n_nodes, brute_best_links(case))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MIN_ROUND_PAIRS", worth)
        found = best_links(pairs, constraints, system)
    assert found.tolist() == join_in_order(kept, constraints).tolist()


@pytest.mark.parametrize("worth", [0, 64])
def test_best_links_along_a_chain(worth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Along a chain of falling scores every second pair is kept, at once or one by one."""
    monkeypatch.setattr(matching, "MIN_ROUND_PAIRS", worth)
    pairs = make_pairs(6, [(node, node + 1, 0.9 - node / 10) for node in range(5)])
    labels = best_links(pairs, make_constraints(6), of_systems(0, 1, 0, 1, 0, 1))
    assert labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_best_links_many_systems() -> None:
    """A node has one partner in each other system."""
    pairs = make_pairs(4, [(0, 1, 0.9), (0, 2, 0.8), (0, 3, 0.7)])
    assert best_links(pairs, FREE, of_systems(0, 1, 2, 2)).tolist() == [0, 0, 0, 1]


def test_best_links_within_a_system() -> None:
    """Pairs within a system join as ordinary ones, unless a cluster has one member of each."""
    pairs = make_pairs(4, [(0, 1, 0.9), (0, 2, 0.8), (1, 3, 0.7)])
    system = of_systems(0, 0, 1, 1)
    assert best_links(pairs, FREE, system).tolist() == [0, 0, 0, 0]
    one_per = make_constraints(4, group=[0, 0, 1, 1])
    assert best_links(pairs, one_per, system).tolist() == [0, 1, 0, 1]


def test_best_links_unknown_systems() -> None:
    """Nodes without a system share none: each is one partner, and has one in each system."""
    pairs = make_pairs(4, [(0, 2, 0.9), (0, 3, 0.8), (1, 2, 0.7)])
    assert best_links(pairs, FREE, of_systems(0, 0, -1, -1)).tolist() == [0, 1, 0, 0]


def test_clip_where_systems_are_unknown() -> None:
    """A group also holds for its nodes without a known system."""
    pairs = make_pairs(3, [(0, 2, 0.9), (1, 2, 0.8)])
    one_per = make_constraints(3, group=[0, 0, 1])
    assert clip(pairs, one_per, of_systems(-1, -1, 0)).tolist() == [0, 1, 0]


def test_refused_pairs_take_no_place() -> None:
    """The best link of a cannot-linked node is the best allowed one."""
    pairs = make_pairs(4, [(0, 2, 0.9), (0, 3, 0.8)])
    rejected = make_constraints(4, cannot=[(0, 2)])
    for kernel in (best_links, assignment, clip):
        assert kernel(pairs, rejected, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 2, 0]


def test_must_linked_nodes_are_partners() -> None:
    """A must-linked node needs no other partner."""
    pairs = make_pairs(4, [(0, 2, 0.9), (1, 2, 0.8)])
    approved = make_constraints(4, must=[(0, 3)])
    for kernel in (best_links, assignment, clip):
        assert kernel(pairs, approved, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 1, 0]


@settings(deadline=None)
@given(cases(n_systems=2, decided=False), st.integers(1, 3))
def test_assignment_is_optimal(case: Case, batch: int) -> None:
    """The sum of the scores equals that of scipy's dense solver, in any batches."""
    pairs, constraints, system = case
    if set(system.tolist()) != {0, 1}:
        return
    across = system[pairs.a] != system[pairs.b]
    pairs = pairs.take(across)
    table = np.zeros((pairs.n_nodes, pairs.n_nodes))
    table[pairs.a, pairs.b] = table[pairs.b, pairs.a] = pairs.score
    block = table[np.ix_(system == 0, system == 1)]
    best = block[linear_sum_assignment(block, maximize=True)].sum()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "BATCH_PAIRS", batch)
        labels = assignment(pairs, constraints, system)
    same = labels[pairs.a] == labels[pairs.b]
    assert pairs.score[same].sum() == pytest.approx(best, abs=1e-7)
    assert np.bincount(labels).max() <= 2


def test_assignment_gives_up_the_best_pair() -> None:
    """Two good pairs count more than the best one alone."""
    pairs = make_pairs(4, [(0, 2, 0.9), (0, 3, 0.8), (1, 2, 0.8)])
    assert assignment(pairs, FREE, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 1, 0]


def test_assignment_ties() -> None:
    """Of assignments with the same sum the one with earlier pairs is taken."""
    system = of_systems(0, 0, 1, 1)
    ends = [(0, 2), (1, 3), (0, 3), (1, 2)]
    first = make_pairs(4, [(*pair, 0.5) for pair in ends])
    assert assignment(first, FREE, system).tolist() == [0, 1, 0, 1]
    other = make_pairs(4, [(*pair, 0.5) for pair in ends[::-1]])
    assert assignment(other, FREE, system).tolist() == [0, 1, 1, 0]


def test_assignment_takes_pairs_of_score_zero() -> None:
    """A pair of score 0 matches units that have no other partner."""
    pairs = make_pairs(4, [(0, 2, 0.0)])
    assert assignment(pairs, FREE, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 0, 2]


def test_assignment_without_pairs() -> None:
    """Without pairs all nodes stay alone."""
    assert assignment(make_pairs(4, []), FREE, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 2, 3]


def brute_clip(case: Case) -> NDArray[np.int32]:
    """Return strong, normal and weak links one by one, as the paper defines them."""
    pairs, constraints, system = case
    unit = constraints.unit
    place = [(0, int(s)) if s >= 0 else (1, node) for node, s in enumerate(system)]
    taken = initial_places(constraints, place)
    best: dict[tuple[int, tuple[int, int]], int] = {}
    usable = []
    rows = list(zip(pairs.a.tolist(), pairs.b.tolist(), pairs.score.tolist(), strict=True))
    for row, (a, b, _) in enumerate(rows):
        places = ((int(unit[a]), place[b]), (int(unit[b]), place[a]))
        if is_pair_allowed(a, b, constraints) and not taken & set(places):
            usable.append((row, places))
            for key in places:
                best.setdefault(key, row)
    strong = [rows[row] for row, (x, y) in usable if best[x] == row == best[y]]
    normal = [rows[row] for row, (x, y) in usable if (best[x] == row) != (best[y] == row)]
    # Sets of nodes, joined where no cannot-link, group or system speaks against it.
    sets = {int(u): {int(u)} for u in unit}
    where = {int(u): int(u) for u in unit}
    for a, b, _ in strong + normal:
        x, y = where[int(unit[a])], where[int(unit[b])]
        mine = [node for node in range(pairs.n_nodes) if int(unit[node]) in sets[x]]
        other = [node for node in range(pairs.n_nodes) if int(unit[node]) in sets[y]]
        if x != y and all(
            is_pair_allowed(p, q, constraints) and place[p] != place[q] for p in mine for q in other
        ):
            sets[x] |= sets.pop(y)
            where.update(dict.fromkeys(sets[x], x))
    return components(
        pairs.n_nodes,
        np.arange(pairs.n_nodes),
        np.array([int(np.flatnonzero(unit == where[int(u)])[0]) for u in unit]),
    )


@given(cases())
def test_clip_equals_brute_force(case: Case) -> None:
    """Strong links join first, then normal ones, at most one member of each system."""
    assert clip(*case).tolist() == brute_clip(case).tolist()


def test_clip_drops_weak_links() -> None:
    """A link that is the best of neither end joins nothing."""
    pairs = make_pairs(4, [(0, 2, 0.9), (1, 3, 0.8), (0, 3, 0.7)])
    assert clip(pairs, FREE, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 0, 1]


def test_clip_strong_before_normal() -> None:
    """A strong link of low score joins before a normal one of high score."""
    # Node 0 prefers 1, which is together with 2, from which 0 is apart. So 0 could have 3, which 4
    # may have, too; but not both, for 0 and 4 are apart.
    pairs = make_pairs(5, [(1, 2, 0.99), (0, 1, 0.95), (0, 3, 0.9), (3, 4, 0.7)])
    rejected = make_constraints(5, cannot=[(0, 2), (0, 4)])
    assert clip(pairs, rejected, of_systems(0, 1, 2, 1, 3)).tolist() == [0, 1, 1, 2, 2]


def test_clip_with_groups_inside_systems() -> None:
    """If each group lies in one system, one member of each system implies the rule."""
    pairs = make_pairs(4, [(0, 2, 0.9), (0, 3, 0.8), (1, 3, 0.7)])
    tables = make_constraints(4, group=[0, 1, 2, -1])
    assert clip(pairs, tables, of_systems(0, 0, 1, 1)).tolist() == [0, 1, 0, 1]
