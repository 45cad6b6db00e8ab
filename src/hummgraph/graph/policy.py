"""The meaning of scores, types and statuses: one frozen value that every result carries."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import numpy as np

from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.frames import Shows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNIT", "Policy", "check_threshold", "rounded"]

# Codes of known values; the dictionaries of the link columns begin with them, in this order.
SUGGESTED, APPROVED, REJECTED = 0, 1, 2
DETERMINISTIC, PROBABILISTIC = 0, 1


def _is_share(value: Any) -> bool:
    """Return whether a value is a number in [0, 1]; a truth value is not a number."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return is_number and bool(0.0 <= value <= 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Shows):
    """Rules for reading the confidence, type and review status of links.

    The stored values never change: a policy only says what an answer makes of them.

    Parameters
    ----------
    null_confidence
        Confidence of a link without one, in [0, 1]; ``None`` leaves it undefined, so that
        it fails every threshold and has no weight.
    null_deterministic
        The same for DETERMINISTIC links without a confidence; ``None`` treats them as all others.
    approved
        ``"accept"``: an APPROVED link passes every threshold, and without a confidence it weighs 1.
        ``"score"``: its confidence decides, as for a suggestion.
    rejected
        ``"refuse"``: a REJECTED link joins nothing and has no weight.
        ``"score"``: its confidence decides, as for a suggestion.

    Raises
    ------
    ArgumentError
        If a value is outside its range.

    Examples
    --------
    >>> Policy()
    Policy(null_confidence=None, null_deterministic=None, approved='accept', rejected='refuse')
    >>> Policy(null_deterministic=1.0).null_deterministic
    1.0
    """

    null_confidence: float | None = None
    null_deterministic: float | None = None
    approved: Literal["accept", "score"] = "accept"
    rejected: Literal["refuse", "score"] = "refuse"

    def __post_init__(self) -> None:
        for name in ("null_confidence", "null_deterministic"):
            value = getattr(self, name)
            if value is not None and not _is_share(value):
                raise ArgumentError(f"{name} is {value!r}; it must be in [0, 1], or None.")
        for name, allowed in (("approved", ("accept", "score")), ("rejected", ("refuse", "score"))):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in allowed:
                choice = " or ".join(map(repr, allowed))
                raise ArgumentError(f"{name} is {value!r}; it must be {choice}.")

    def to_dict(self) -> dict[str, float | str | None]:
        """Return the policy as plain data, for manifests and JSON.

        Examples
        --------
        >>> Policy().to_dict()["rejected"]
        'refuse'
        """
        return asdict(self)

    def alternatives(self) -> dict[str, Policy]:
        """Return the other sensible policies, by their difference.

        Each differs from this one in exactly one respect.

        Examples
        --------
        >>> list(Policy().alternatives())
        ['null as 0.5', 'null as 1 if DETERMINISTIC', 'APPROVED by score', 'REJECTED by score']
        """
        others = {
            "null excluded": replace(self, null_confidence=None, null_deterministic=None),
            "null as 0.5": replace(self, null_confidence=0.5, null_deterministic=None),
            "null as 1 if DETERMINISTIC": replace(self, null_deterministic=1.0),
            "APPROVED accepted": replace(self, approved="accept"),
            "APPROVED by score": replace(self, approved="score"),
            "REJECTED refused": replace(self, rejected="refuse"),
            "REJECTED by score": replace(self, rejected="score"),
        }
        return {name: other for name, other in others.items() if other != self}

    def weights(
        self,
        confidence: NDArray[np.float64],
        status: NDArray[np.integer[Any]],
        link_type: NDArray[np.integer[Any]],
    ) -> NDArray[np.float64]:
        """Return the weight of each link, NaN where the policy leaves it undefined.

        Parameters
        ----------
        confidence
            Stored confidences in [0, 1], shape (n,), NaN for null.
        status, link_type
            Codes, shape (n,), as the link columns' dictionaries have them.

        Returns
        -------
        NDArray[np.float64]
            Shape (n,), in [0, 1] or NaN.

        Notes
        -----
        O(n).

        Examples
        --------
        >>> import numpy as np
        >>> Policy().weights(
        ...     np.array([0.8, np.nan, np.nan, 0.9]),
        ...     np.array([0, 0, 1, 2]),  # suggested, suggested, approved, rejected
        ...     np.array([1, 1, 1, 1]),
        ... )
        array([0.8, nan, 1. , nan])
        """
        weights = confidence.copy()
        missing = np.isnan(confidence)
        if self.null_confidence is not None:
            weights[missing] = self.null_confidence
        if self.null_deterministic is not None:
            weights[missing & (link_type == DETERMINISTIC)] = self.null_deterministic
        if self.approved == "accept":
            weights[missing & (status == APPROVED)] = 1.0
        # A state that the contract does not name decides nothing, so it joins nothing either.
        weights[status > REJECTED] = np.nan
        if self.rejected == "refuse":
            weights[status == REJECTED] = np.nan
        return weights

    def accepts(
        self,
        weights: NDArray[np.float64],
        status: NDArray[np.integer[Any]],
        threshold: float,
    ) -> NDArray[np.bool_]:
        """Return a mask of the links that count at a threshold, given their weights.

        Parameters
        ----------
        weights
            Result of :meth:`weights`, shape (n,).
        status
            Codes, shape (n,).
        threshold
            Lowest weight that counts, in [0, 1]; inclusive. Both are compared to nine decimals.

        Returns
        -------
        NDArray[np.bool_]
            Shape (n,).

        Notes
        -----
        O(n).

        Examples
        --------
        >>> import numpy as np
        >>> Policy().accepts(np.array([0.8, 0.2, np.nan]), np.array([0, 1, 0]), 0.5)
        array([ True,  True, False])
        """
        counted: NDArray[np.bool_] = rounded(weights) >= rounded(threshold)  # NaN compares false
        if self.approved == "accept":
            counted |= status == APPROVED
        return counted


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

    Both sides of a comparison with a threshold are rounded this way: weights, calibrated scores,
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


def check_threshold(name: str, value: Any) -> float:
    """Return a threshold rounded as scores are; raise if it is not in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) <= 1.0:
        raise ThresholdError(f"{name} is {value!r}; it must be a number in [0, 1].")
    return rounded(float(value))
