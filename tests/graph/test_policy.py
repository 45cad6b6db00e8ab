"""Tests of what scores, types and statuses mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.errors import ArgumentError
from hummgraph.graph.policy import UNIT, Policy, rounded

SUGGESTED, APPROVED, REJECTED, UNKNOWN = range(4)
DETERMINISTIC, PROBABILISTIC = range(2)
NULL = float("nan")
CONFIDENCES = st.floats(0, 1)


def weight(
    policy: Policy, confidence: float, status: int = SUGGESTED, kind: int = PROBABILISTIC
) -> float:
    """Weigh one link."""
    weights = policy.weights(
        np.array([confidence]), np.array([status], np.int32), np.array([kind], np.int32)
    )
    return float(weights[0])


def accepts(policy: Policy, confidence: float, status: int, threshold: float) -> bool:
    """Return whether one link counts."""
    found = policy.accepts(
        np.array([weight(policy, confidence, status)]), np.array([status], np.int32), threshold
    )
    return bool(found[0])


def test_stored_confidence_is_the_weight() -> None:
    """A suggestion weighs what is stored."""
    assert weight(Policy(), 0.4) == 0.4


@pytest.mark.parametrize("kind", [DETERMINISTIC, PROBABILISTIC])
def test_null_has_no_weight_by_default(kind: int) -> None:
    """A missing confidence stays missing, whatever the link's type."""
    assert np.isnan(weight(Policy(), NULL, kind=kind))


def test_null_deterministic_wins_over_null_confidence() -> None:
    """The rule for DETERMINISTIC links goes before the one for all."""
    policy = Policy(null_confidence=0.2, null_deterministic=1.0)

    assert weight(policy, NULL, kind=DETERMINISTIC) == 1.0
    assert weight(policy, NULL, kind=PROBABILISTIC) == 0.2


def test_approved_without_confidence_weighs_one() -> None:
    """A person's word stands where no confidence does, before any rule for nulls."""
    assert weight(Policy(null_confidence=0.2), NULL, APPROVED) == 1.0
    assert np.isnan(weight(Policy(approved="score"), NULL, APPROVED))


def test_approved_with_confidence_keeps_it() -> None:
    """An approval does not change a stored confidence."""
    assert weight(Policy(), 0.3, APPROVED) == 0.3


def test_rejected_has_no_weight_unless_scored() -> None:
    """A REJECTED link joins nothing, unless the policy reads it like a suggestion."""
    assert np.isnan(weight(Policy(), 0.99, REJECTED))
    assert weight(Policy(rejected="score"), 0.99, REJECTED) == 0.99


def test_unknown_status_joins_nothing() -> None:
    """A state that the contract does not name is no suggestion."""
    assert np.isnan(weight(Policy(rejected="score"), 0.99, UNKNOWN))


def test_threshold_is_inclusive() -> None:
    """A weight equal to the threshold counts."""
    assert accepts(Policy(), 0.9, SUGGESTED, 0.9)
    assert not accepts(Policy(), 0.9, SUGGESTED, 0.9000001)


def test_approved_passes_every_threshold() -> None:
    """APPROVED counts whatever its confidence, unless the policy says otherwise."""
    assert accepts(Policy(), 0.1, APPROVED, 1.0)
    assert not accepts(Policy(approved="score"), 0.1, APPROVED, 1.0)


def test_null_fails_the_threshold_zero() -> None:
    """A missing confidence is not zero: it fails even the lowest threshold."""
    assert not accepts(Policy(), NULL, SUGGESTED, 0.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("null_confidence", 1.5),
        ("null_deterministic", -0.1),
        ("null_confidence", NULL),
        ("approved", "yes"),
        ("rejected", ""),
    ],
)
def test_values_outside_their_range_are_refused(field: str, value: object) -> None:
    """The error names the field, the value and what is allowed."""
    wrong: dict[str, Any] = {field: value}
    with pytest.raises(ArgumentError, match=field):
        Policy(**wrong)


@given(
    st.lists(
        st.tuples(st.none() | st.floats(0, 1), st.sampled_from(range(4)), st.sampled_from(range(2)))
    ),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1),
)
def test_weights_agree_with_the_rules_one_by_one(
    links: list[tuple[float | None, int, int]], null: float | None, null_deterministic: float | None
) -> None:
    """Arrays hold what the rules give for each link alone."""
    policy = Policy(null_confidence=null, null_deterministic=null_deterministic)

    def expected(confidence: float | None, status: int, kind: int) -> float | None:
        if status in {REJECTED, UNKNOWN}:
            return None
        if confidence is not None:
            return confidence
        if status == APPROVED:
            return 1.0
        if kind == DETERMINISTIC and null_deterministic is not None:
            return null_deterministic
        return null

    weights = policy.weights(
        np.array([NULL if row[0] is None else row[0] for row in links], dtype=float),
        np.array([row[1] for row in links], np.int32),
        np.array([row[2] for row in links], np.int32),
    )
    assert [None if np.isnan(found) else found for found in weights.tolist()] == [
        expected(*row) for row in links
    ]


@pytest.mark.parametrize("value", ["a", [0.5], True, float("nan"), 1j])
@pytest.mark.parametrize("name", ["null_confidence", "null_deterministic"])
def test_shares_are_numbers(name: str, value: Any) -> None:
    """Anything else is refused by name, as are rules that are no text."""
    with pytest.raises(ArgumentError, match=f"{name} is .*it must be in"):
        Policy(**{name: value})
    with pytest.raises(ArgumentError, match="approved is"):
        Policy(approved=[value])  # type: ignore[arg-type]


@given(st.integers(0, UNIT))
def test_nine_decimals_stay_as_they_are(billionths: int) -> None:
    """A confidence that is written with up to nine decimals is not changed by a bit."""
    written = float(f"0.{billionths:09d}") if billionths < UNIT else 1.0

    assert rounded(written) == written


@given(st.lists(CONFIDENCES | st.just(float("nan"))))
def test_numbers_and_arrays_are_rounded_alike(scores: list[float]) -> None:
    """One number is rounded as it is among others, and once is enough."""
    array = rounded(np.array(scores, dtype=np.float64))

    assert np.array_equal(array, [s if np.isnan(s) else rounded(s) for s in scores], equal_nan=True)
    assert np.array_equal(rounded(array), array, equal_nan=True)


@given(CONFIDENCES, CONFIDENCES)
def test_rounding_keeps_the_order(one: float, other: float) -> None:
    """A larger score is never rounded below a smaller one, and none moves by more than half."""
    low, high = sorted((one, other))

    assert rounded(low) <= rounded(high)
    assert abs(rounded(one) - one) <= 0.5 / UNIT + 1e-17
