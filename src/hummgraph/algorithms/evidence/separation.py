"""Separation of approved from rejected links: counts, probabilities and chance."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.evidence.rows import NULL, TEXT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Runs", "Separation", "mean_and_median", "separate", "share_of"]

_LEVEL: Final = 0.05  # share of keys without information that may exceed their chance
_MAX_FLOAT: Final = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Numbers of links of either side with a value: arrays of shape (n_runs,).

    Runs are sorted by feature (a key with values of one kind) and value (a point on a line).
    """

    feature: Ints
    point: Floats
    approved: Floats
    rejected: Floats
    n_features: int

    @classmethod
    def of(cls, feature: Ints, point: Floats, side: NDArray[np.bool_], n: int) -> Runs:
        """Return the counts of rows, one a link and feature, that have the same value."""
        order = np.lexsort((point, feature))
        feature, point, side = feature[order], point[order], side[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (feature[1:] != feature[:-1]) | (point[1:] != point[:-1])
        run = np.cumsum(first) - 1
        # Counts as floats are exact up to 2**53.
        return cls(
            feature[first],
            point[first],
            np.bincount(run[side], minlength=np.count_nonzero(first)).astype(np.float64),
            np.bincount(run[~side], minlength=np.count_nonzero(first)).astype(np.float64),
            n,
        )

    def sums(self, weights: Floats) -> Floats:
        """Return sums by feature: shape (n_features,)."""
        total = np.bincount(self.feature, weights=weights, minlength=self.n_features)
        return total.astype(np.float64, copy=False)

    def before(self, counts: Floats) -> Floats:
        """Return for each run the sum of counts of lower runs of its feature."""
        below = np.cumsum(counts) - counts
        start = np.searchsorted(self.feature, np.arange(self.n_features))
        within: Floats = below - below[start[self.feature]]
        return within

    def differences(self) -> Floats:
        """Return the differences of the shares of each run, times the links of both sides.

        They are whole numbers, so that equal ones compare equal; with one side only, link counts.
        """
        approved, rejected = (
            np.maximum(self.sums(counts), 1.0)[self.feature]
            for counts in (self.approved, self.rejected)
        )
        apart: Floats = np.abs(self.approved * rejected - self.rejected * approved)
        return apart


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """Separation by feature: arrays of shape (n_features,), NaN where undefined."""

    approved: Floats
    rejected: Floats
    approved_share: Floats
    rejected_share: Floats
    presence: Floats
    presence_chance: Floats
    separation: Floats
    separation_chance: Floats
    distinct: Floats
    best: Ints
    """Run of the text with the greatest difference; -1 without one."""


def separate(runs: Runs, kind: NDArray[np.str_], sizes: tuple[int, int]) -> Separation:
    """Compute how well each feature separates approved from rejected links.

    Parameters
    ----------
    runs
        Links by feature and value.
    kind
        Kind of each feature, shape (n_features,). The points of texts are arbitrary; those of
        numbers and truth values are ordered.
    sizes
        Numbers of all approved and all rejected links.

    Returns
    -------
    Separation
        The columns that :class:`EvidenceComparison` has in its keys.

    Notes
    -----
    O(r log r) for r runs.
    """
    approved, rejected = runs.sums(runs.approved), runs.sums(runs.rejected)
    n_approved, n_rejected = np.full_like(approved, sizes[0]), np.full_like(approved, sizes[1])
    approved_share, rejected_share = share_of(approved, n_approved), share_of(rejected, n_rejected)
    here = approved + rejected
    absent = n_approved + n_rejected - here
    once = np.ones(runs.n_features)
    # Twice U is a whole number, so that no sum depends on its order.
    twice = runs.sums(runs.approved * (2 * runs.before(runs.rejected) + runs.rejected))
    separation = share_of(twice, 2 * approved * rejected)
    ties = runs.sums(_tie_correction(runs.approved + runs.rejected))
    distinct = runs.sums(np.ones(len(runs.feature)))

    textual = kind == TEXT
    best = _best_runs(runs, textual & (approved > 0) & (rejected > 0))
    found = np.flatnonzero(best >= 0)
    chosen = best[found]
    with_it, without = runs.approved[chosen], runs.rejected[chosen]
    separation[textual | (kind == NULL)] = np.nan
    separation[found] = 0.5 + (with_it / approved[found] - without / rejected[found]) / 2
    ties[found] = _tie_correction(with_it + without) + _tie_correction(
        here[found] - with_it - without
    )
    separation_chance = _chance_of_u(approved, rejected, ties, np.where(textual, distinct, once))
    separation_chance[np.isnan(separation)] = np.nan
    return Separation(
        approved=approved,
        rejected=rejected,
        approved_share=approved_share,
        rejected_share=rejected_share,
        presence=0.5 + (approved_share - rejected_share) / 2,
        presence_chance=_chance_of_u(
            n_approved, n_rejected, _tie_correction(here) + _tie_correction(absent), once
        ),
        separation=separation,
        separation_chance=separation_chance,
        distinct=distinct,
        best=best,
    )


def _best_runs(runs: Runs, wanted: NDArray[np.bool_]) -> Ints:
    """Return for each wanted feature the run whose shares differ most, the first of equal ones."""
    difference = runs.differences()
    candidates = np.flatnonzero(wanted[runs.feature])
    order = np.lexsort((candidates, -difference[candidates], runs.feature[candidates]))
    feature, first = np.unique(runs.feature[candidates], return_index=True)
    best = np.full(runs.n_features, -1, dtype=np.int64)
    best[feature] = candidates[order][first]
    return best


def share_of(part: Floats, whole: Floats) -> Floats:
    """Return a quotient; NaN where the divisor is 0."""
    share: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share


def _tie_correction(size: Floats) -> Floats:
    return size**3 - size


def _chance_of_u(approved: Floats, rejected: Floats, ties: Floats, tried: Floats) -> Floats:
    """Return the chance deviation of U from one half, as a share of pairs; NaN for an empty side.

    ``ties`` is the sum of t**3 - t over sets of t equal values, and ``tried`` is the number of
    values from which the best was chosen.
    """
    n = approved + rejected
    spread = n + 1 - share_of(ties, n * (n - 1))
    # Rounding must not make a zero variance negative.
    deviation = np.sqrt(share_of(np.maximum(spread, 0.0), 12 * approved * rejected))
    trials, which = np.unique(np.maximum(tried, 1.0), return_inverse=True)
    normal = NormalDist()
    z = np.array([normal.inv_cdf(1 - _LEVEL / 2 / m) for m in trials.tolist()])
    chance: Floats = deviation * z[which]
    return chance


def mean_and_median(runs: Runs, counts: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return mean and median of each feature's values on one side, NaN without any."""
    some = n > 0
    # The sum of the parts of the mean: a plain sum could exceed the floats.
    mean = runs.sums(runs.point * share_of(counts, n[runs.feature]))
    mean = np.where(some, np.clip(mean, -_MAX_FLOAT, _MAX_FLOAT), np.nan)
    median = np.full(len(n), np.nan)
    ends = np.cumsum(n)
    reached = np.cumsum(counts)
    lower = ends - n + (n - 1) // 2
    upper = ends - n + n // 2
    first, second = (
        runs.point[np.searchsorted(reached, at[some], side="right")] for at in (lower, upper)
    )
    median[some] = first / 2 + second / 2
    return mean, median
