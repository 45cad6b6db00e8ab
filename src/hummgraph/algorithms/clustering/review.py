"""Doubts about the floor: the bias of the review, and confidences that many links share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import copysign, exp, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.clustering.choice import Decided, fitted_weights, usual_floor
from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.connectivity import bridges
from hummgraph.frames import Shows, counted
from hummgraph.graph.policy import APPROVED, DETERMINISTIC, PROBABILISTIC, REJECTED, rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.choice import Evidence
    from hummgraph.algorithms.clustering.problem import LevelLinks
    from hummgraph.algorithms.clustering.setting import Setting

__all__ = ["FloorCheck", "ReviewBias", "floor_check", "review_bias", "robust"]

BINS: Final = 20
"""Bins of confidence, 0.05 wide, within which right and wrong links are compared."""

MIN_REVIEWED: Final = 5
"""Fewest reviewed links that say how the review was drawn."""

COMPETITOR_WEIGHT: Final = 0.25
"""Weight of an undecided competitor of a known right link, against a rejected one."""

NOTABLE_SHARE: Final = 0.05
"""Least share of the links at one confidence that is worth a remark."""

MIN_PAIRS: Final = 20
"""Fewest open pairs whose shares are worth a remark."""

NOTABLE_ODDS: Final = 1.5
"""Least bias of a review that is worth a remark, either way."""


@dataclass(frozen=True, slots=True)
class ReviewBias(Shows):
    """Bias of a review: the ratio of the rates at which right and wrong links were reviewed.

    It is measured by capture and recapture: a link whose ends other APPROVED or DETERMINISTIC links
    unite is right, and one that would unite two columns of one table is wrong, whether or not
    a person reviewed it.

    Parameters
    ----------
    ratio
        Estimate: above 1 if right links were reviewed more often.
    standard_error
        Standard error of its logarithm.
    n_right, n_wrong
        Reviewed links by which it is estimated: approved ones known to be right, and rejected ones
        known to be wrong.
    competitors
        Positions of undecided links that are known to be wrong.

    Examples
    --------
    >>> bias = ReviewBias(2.0, 0.3, 20, 10)
    >>> round(bias.offset, 2), bias.is_notable
    (0.39, False)
    """

    ratio: float
    standard_error: float
    n_right: int
    n_wrong: int
    competitors: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, dtype=np.int64), repr=False, compare=False
    )

    @property
    def offset(self) -> float:
        """Logarithm of the ratio, moved towards 0 by a standard error; 0 with too few links."""
        if self.n_right + self.n_wrong < MIN_REVIEWED:
            return 0.0
        size = log(self.ratio)
        return copysign(max(0.0, abs(size) - self.standard_error), size)

    @property
    def is_notable(self) -> bool:
        """Whether the review is biased enough to doubt the floor."""
        return exp(abs(self.offset)) >= NOTABLE_ODDS

    def sentence(self) -> str:
        """Return the bias in words.

        Examples
        --------
        >>> ReviewBias(2.0, 0.3, 20, 10).sentence()[:56]
        'Right links were reviewed about 2.0 times as often as wr'
        """
        more, less = ("right", "wrong") if self.ratio >= 1 else ("wrong", "right")
        times = max(self.ratio, 1 / self.ratio)
        return (
            f"{more.capitalize()} links were reviewed about {times:.1f} times as often as {less}"
            f" ones (by {self.n_right:,} known right and {self.n_wrong:,} known wrong links)"
        )


@dataclass(frozen=True, slots=True)
class FloorCheck(Shows):
    """Doubts about the floor: confidences that many links share, and the bias of the review.

    Parameters
    ----------
    floor
        The floor, in [0, 1]; ``None`` without one.
    n_pairs
        Number of linked pairs that decisions leave open.
    common, common_share
        The confidence that most of them have, and their share, in [0, 1]; ``None`` without pairs.
    next_above, n_leave
        The lowest confidence at or above the floor, and the number of pairs that would leave if the
        floor rose above it.
    next_below, n_enter
        The highest confidence below the floor, and the number of pairs that would enter if the
        floor fell to it.
    bias
        Bias of the review.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> check = cluster(LinkGraph(load_demo().snapshot())).floor_check
    >>> check.next_below < check.floor <= check.next_above
    True
    """

    floor: float | None
    n_pairs: int
    common: float | None
    common_share: float | None
    next_above: float | None
    n_leave: int
    next_below: float | None
    n_enter: int
    bias: ReviewBias

    def sentences(self) -> list[str]:
        """Return remarks in words; none without a floor.

        Examples
        --------
        >>> bias = ReviewBias(1.0, 0.5, 4, 4)
        >>> FloorCheck(0.7, 100, 0.71, 0.3, 0.71, 30, 0.6, 2, bias).sentences()[0]
        '30% of the 100 open pairs have the confidence 0.71.'
        """
        if self.floor is None or self.common is None or self.common_share is None:
            return []
        said = []
        if self.common_share >= NOTABLE_SHARE and self.n_pairs >= MIN_PAIRS:
            said.append(
                f"{self.common_share:.0%} of the {self.n_pairs:,} open pairs have the confidence"
                f" {self.common:.3g}."
            )
        moves = []
        if self.next_above is not None and self.next_above < 1.0:
            moves.append(f"above {self.next_above:.3g} {counted(self.n_leave, 'pair')} would leave")
        if self.next_below is not None:
            moves.append(f"at {self.next_below:.3g} {counted(self.n_enter, 'pair')} would enter")
        if moves and max(self.n_leave, self.n_enter) >= NOTABLE_SHARE * self.n_pairs:
            said.append(f"With a floor {', and '.join(moves)}.")
        if self.bias.is_notable:
            said.append(f"{self.bias.sentence()}: floor='robust' allows for it.")
        return said


def floor_check(evidence: Evidence, setting: Setting) -> FloorCheck:
    """Return the reasons to doubt the floor of a setting: O(n log n) for n pairs."""
    values, counts = np.unique(evidence.undecided(), return_counts=True)
    bias = review_bias(evidence.links, evidence.decided)
    n_pairs, floor = int(counts.sum()), setting.floor
    top = int(np.argmax(counts)) if n_pairs else -1
    place = len(values) if floor is None else int(np.searchsorted(values, floor))
    above = float(values[place]) if place < len(values) else None
    below = float(values[place - 1]) if floor is not None and place > 0 else None
    return FloorCheck(
        floor,
        n_pairs,
        float(values[top]) if n_pairs else None,
        float(counts[top] / n_pairs) if n_pairs else None,
        above,
        0 if above is None else int(counts[place]),
        below,
        0 if below is None else int(counts[place - 1]),
        bias,
    )


def review_bias(links: LevelLinks, decided: Decided | None = None) -> ReviewBias:
    """Return the bias of the review: O(n + m) for n nodes and m links.

    Parameters
    ----------
    links
        Links of the level, with decisions.
    decided
        Decisions that count; by default all fair ones.
    """
    decided = Decided.of(links) if decided is None else decided
    at, n = np.flatnonzero(links.here), links.n_nodes
    source, target = links.source[at] - links.first, links.target[at] - links.first
    status, link_type, confidence = links.status[at], links.link_type[at], links.confidence[at]
    approved = np.isin(at, decided.link_index[decided.right])
    rejected = np.isin(at, decided.link_index[~decided.right])
    binds = links.policy.approved == "accept"
    sure = ((status == APPROVED) & binds) | (link_type == DETERMINISTIC)
    index = np.flatnonzero(sure & (status != REJECTED))
    unit = components(n, source[index], target[index])
    alone = index[bridges(n, source[index], target[index])]
    scored = (link_type == PROBABILISTIC) & ~np.isnan(confidence)
    right = scored & (unit[source] == unit[target])
    right[alone] = False
    wrong = scored & (unit[source] != unit[target])
    candidates = np.flatnonzero(wrong)
    wrong[candidates] = _share_table(links.table, unit, source[candidates], target[candidates])
    place = np.floor(np.nan_to_num(rounded(confidence)) * BINS).astype(np.int64)

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(place[chosen], minlength=BINS + 1).astype(np.float64)

    s, w, a, r = count(right), count(wrong), count(right & approved), count(wrong & rejected)
    both = np.maximum(s + w, 1.0)
    n_right, n_wrong = int(a.sum()), int(r.sum())
    return ReviewBias(
        (float((a * w / both).sum()) + 0.25) / (float((r * s / both).sum()) + 0.25),
        sqrt(1 / (n_right + 0.5) + 1 / (n_wrong + 0.5)),
        n_right,
        n_wrong,
        at[wrong & ~rejected & (status != REJECTED)],
    )


def _share_table(
    table: NDArray[np.int32],
    unit: NDArray[np.int32],
    source: NDArray[np.int32],
    target: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Return a mask of the links between two units that have columns of one table."""
    from scipy.sparse import csr_array

    own = np.zeros(len(unit), dtype=bool)
    own[source] = own[target] = True
    wanted = np.zeros(int(unit.max(initial=0)) + 1, dtype=bool)
    wanted[unit[own]] = True
    rows = np.flatnonzero(wanted[unit] & (table >= 0)) if len(source) else np.empty(0, np.int64)
    shape = (len(wanted), int(table.max(initial=0)) + 1)
    has = csr_array((np.ones(len(rows), dtype=np.int32), (unit[rows], table[rows])), shape=shape)
    shared: NDArray[np.bool_] = (
        np.asarray(has[unit[source]].multiply(has[unit[target]]).sum(axis=1)).ravel() > 0
    )
    return shared


def robust(evidence: Evidence, setting: Setting) -> tuple[tuple[float, float], float]:
    """Return weights and floor that allow for a review of right and wrong links unequally often.

    Parameters
    ----------
    evidence
        Pairs and decisions of the level.
    setting
        The setting that they belong to.
    """
    bias = review_bias(evidence.links, evidence.decided)
    decided = evidence.decided
    # Without a rule of one column a table, a second column of one is not wrong; and without
    # decisions of both kinds, competitors alone would say that all links are wrong.
    free = setting.one_per is None or not (decided.n_approved and decided.n_rejected)
    extra = bias.competitors[:0] if free else bias.competitors
    both = Decided(
        np.concatenate((decided.link_index, extra)),
        np.concatenate((decided.right, np.zeros(len(extra), dtype=bool))),
    )
    reviewed = np.repeat([1.0, 0.0], (len(decided.right), len(extra)))
    weights = fitted_weights(
        replace(evidence, decided=both),
        "decisions",
        weight=np.where(reviewed > 0, 1.0, COMPETITOR_WEIGHT),
        offset=reviewed * (0.0 if free else bias.offset),
    )
    weighed = replace(
        setting,
        calibrate="decisions",
        weights=weights,
        no_match=None,
        n_approved=decided.n_approved,
        n_rejected=decided.n_rejected,
    )
    return weights, usual_floor(evidence, weighed)
