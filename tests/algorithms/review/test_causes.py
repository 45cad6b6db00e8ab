"""Tests of the search for causes, against all subsets."""

from __future__ import annotations

from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st

from hummgraph.algorithms.review.causes import MAX_BRUTE, Causes, fewest


class Counting:
    """Whether any of some sets is put back, and how often that was asked."""

    def __init__(self, *enough: set[int]) -> None:
        self.enough = enough
        self.asked = 0

    def __call__(self, causes: tuple[int, ...]) -> bool:
        """Return whether a set is among those put back."""
        self.asked += 1
        return any(one <= set(causes) for one in self.enough)


@given(
    enough=st.lists(st.sets(st.integers(0, 6), min_size=1), min_size=1, max_size=4),
    n_near=st.integers(0, 7),
)
@example(enough=[{0, 1, 2, 3, 4}, {0, 1, 2, 5}], n_near=5)  # the smaller one is not all near
def test_no_smaller_set_will_do(enough: list[set[int]], n_near: int) -> None:
    """With time for all small sets the smallest is found, or one that has no part to spare."""
    undoes = Counting(*enough)
    found = fewest(undoes, range(7), n_near=n_near, max_trials=1_000)

    assert undoes(found.causes)
    least = min(map(len, enough))
    if found.found == "smallest":
        assert len(found.causes) == least
    else:
        assert least > MAX_BRUTE
        rests = combinations(found.causes, len(found.causes) - 1)
        assert not any(undoes(rest) for rest in rests)


@given(enough=st.sets(st.integers(0, 199), min_size=1, max_size=8))
def test_many_candidates_are_reduced(enough: set[int]) -> None:
    """By delta debugging, in far fewer trials than there are sets."""
    undoes = Counting(enough)
    found = fewest(undoes, range(200), n_near=0, max_trials=2_000)

    assert set(found.causes) == enough
    assert undoes.asked < 4_000


def test_near_candidates_are_tried_alone() -> None:
    """If they suffice, the others are not looked at."""
    undoes = Counting({0, 1, 2, 3})
    found = fewest(undoes, range(1_000), n_near=5, max_trials=30)

    assert found == Causes((0, 1, 2, 3), "minimal")
    assert undoes.asked < 40


def test_a_search_that_is_cut_short_says_so() -> None:
    """Its result then suffices, but a part of it may be spare."""
    found = fewest(Counting({0, 30, 60, 99}), range(100), n_near=0, max_trials=4)

    assert found.found == "sufficient"
    assert {0, 30, 60, 99} < set(found.causes)


def test_nothing_that_suffices() -> None:
    """Neither few candidates nor many are causes if all together do not undo it."""
    assert fewest(Counting(), range(2), n_near=0, max_trials=100) == Causes((), "none")
    assert fewest(Counting(), range(9), n_near=3, max_trials=100) == Causes((), "none")
    assert fewest(Counting(), [], n_near=0, max_trials=100) == Causes((), "none")


def test_one_cause_among_many_is_the_smallest() -> None:
    """Nothing is smaller, even where not every single one may be tried."""
    assert fewest(Counting({61}), range(100), n_near=0, max_trials=20) == Causes((61,), "smallest")
