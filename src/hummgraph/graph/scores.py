"""Scores to nine decimals, so that a score and a threshold that are written alike are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNIT", "rounded"]

UNIT: Final = 10**9
"""Parts of one: scores are whole billionths.

A decimal unit, so that a mean of equal scores is that score, and meets its threshold.
"""


@overload
def rounded(score: float) -> float: ...


@overload
def rounded(score: NDArray[np.float64]) -> NDArray[np.float64]: ...


def rounded(score: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """Return scores rounded to whole billionths, halves to even; in an array NaN stays NaN.

    What is compared with a threshold is rounded this way on both sides: weights, calibrated scores,
    heights of joins and the threshold itself. A score of up to nine decimals does not change.

    Examples
    --------
    >>> rounded(1 / 3)
    0.333333333
    >>> rounded(0.1 + 0.2) == 0.3
    True
    """
    if isinstance(score, int | float):
        return round(score * UNIT) / UNIT
    billionths = np.rint(score * UNIT)
    billionths /= UNIT
    return billionths
