"""Tests of how scores are rounded before they are compared."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.graph.scores import UNIT, rounded

confidences = st.floats(0, 1)


@given(st.integers(0, UNIT))
def test_nine_decimals_stay_as_they_are(billionths: int) -> None:
    """A confidence that is written with up to nine decimals is not changed by a bit."""
    written = float(f"0.{billionths:09d}") if billionths < UNIT else 1.0

    assert rounded(written) == written


@given(st.lists(confidences | st.just(float("nan"))))
def test_numbers_and_arrays_are_rounded_alike(scores: list[float]) -> None:
    """One number is rounded as it is among others, and once is enough."""
    array = rounded(np.array(scores, dtype=np.float64))

    assert np.array_equal(array, [s if np.isnan(s) else rounded(s) for s in scores], equal_nan=True)
    assert np.array_equal(rounded(array), array, equal_nan=True)


@given(confidences, confidences)
def test_rounding_keeps_the_order(one: float, other: float) -> None:
    """A larger score is never rounded below a smaller one, and none moves by more than half."""
    low, high = sorted((one, other))

    assert rounded(low) <= rounded(high)
    assert abs(rounded(one) - one) <= 0.5 / UNIT + 1e-17
