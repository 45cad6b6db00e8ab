"""Reliability of confidences: whether links of confidence c are right c of the time."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.evaluation.reliability_diagram import draw
from hummgraph.algorithms.evaluation.truth import RIGHT, SILENT, WRONG, oddities, place
from hummgraph.algorithms.kernels.level_note import level_note
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph, check_truth
from hummgraph.frames import Card, Frame, Shows
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.evaluation.truth import Truth
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Reliability", "ReliabilityBin", "reliability"]

_Z: Final = 1.959963984540054  # of a 95 % interval, from the normal distribution
_MOST_BINS: Final = 1_000

_CAVEAT: Final = "Reviewed links are no random sample."


@dataclass(frozen=True, slots=True)
class ReliabilityBin(Shows):
    """Judged links whose confidences lie close together.

    Parameters
    ----------
    lower, upper
        Range of confidences, in [0, 1]; the upper end belongs to the last bin only.
    n
        Links in it.
    mean_confidence
        Their mean confidence; ``None`` where there are none.
    share_right
        Share of them that is right, in [0, 1]; ``None`` where there are none.
    low, high
        95 % interval of that share, after Wilson; ``None`` where there are none.

    Examples
    --------
    >>> ReliabilityBin(0.9, 1.0, 0).share_right is None
    True
    """

    lower: float
    upper: float
    n: int
    mean_confidence: float | None = None
    share_right: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Reliability(Shows):
    """How confidences agree with what is known to be right.

    Parameters
    ----------
    judged_by
        ``"review"`` or ``"truth"``.
    bins
        From low to high confidence.
    brier
        Mean squared distance of a confidence from 1 if the link is right and 0 if it is wrong, in
        [0, 1]; 0 is best, and NaN where no link is judged.
    calibration_error
        Expected calibration error: mean over the links of the distance of their bin's mean
        confidence from its share of right ones, in [0, 1]; NaN where no link is judged.
    n_links
        Links of the level between two nodes.
    n_judged
        Of these, links with a confidence that are known to be right or wrong.
    n_right
        Of these, right ones.
    n_without_confidence
        Links that are known to be right or wrong and have no confidence.
    n_missing
        Nodes of the truth that the graph does not have.
    n_overlapping
        Nodes in several true clusters of one family; a link is right if any cluster has both ends.
    n_ambiguous
        Names of the truth that fit several nodes of the graph.
    note
        Why there is no link, where all join nodes of other levels; else empty.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> found = reliability(LinkGraph(load_demo().snapshot()))
    >>> sum(part.n for part in found.bins) == found.n_judged
    True
    """

    judged_by: str
    bins: tuple[ReliabilityBin, ...]
    brier: float
    calibration_error: float
    n_links: int
    n_judged: int
    n_right: int
    n_without_confidence: int
    n_missing: int
    n_overlapping: int = 0
    n_ambiguous: int = 0
    note: str = ""

    def to_frame(self) -> Frame:
        """Return one row a bin.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> reliability(LinkGraph(load_demo().snapshot()), bins=4).to_frame().shape
        (4, 7)
        """
        return Frame(
            pa.table(
                {
                    name: pa.array([getattr(part, name) for part in self.bins], kind)
                    for name, kind in _COLUMNS.items()
                }
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data; what is undefined is ``None``.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> reliability(LinkGraph(load_demo().snapshot())).to_dict()["judged_by"]
        'review'
        """
        return {
            "judged_by": self.judged_by,
            "brier": None if isnan(self.brier) else self.brier,
            "calibration_error": None if isnan(self.calibration_error) else self.calibration_error,
            "n_links": self.n_links,
            "n_judged": self.n_judged,
            "n_right": self.n_right,
            "n_without_confidence": self.n_without_confidence,
            "n_missing": self.n_missing,
            "n_overlapping": self.n_overlapping,
            "n_ambiguous": self.n_ambiguous,
            "note": self.note or None,
            "bins": list(self.to_frame()),
        }

    def to_svg(self) -> str:
        """Draw the reliability diagram, as an SVG of its own.

        A dot is a bin, at its mean confidence and share of right links, with the 95 % interval of
        that share; dots below the diagonal are of confidences that are too high. Bars below are
        numbers of links. The same result gives the same bytes.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> reliability(LinkGraph(load_demo().snapshot())).to_svg()[:4]
        '<svg'
        """
        return draw(self.bins)

    def _headline(self) -> str:
        by = "reviewers" if self.judged_by == "review" else "the truth"
        scores = (
            f"; Brier score {self.brier:.3f}, calibration error {self.calibration_error:.3f}"
            if self.n_judged
            else ""
        )
        return (
            f"{self.n_judged:,} of {self.n_links:,} links judged by {by}, {self.n_right:,} right;"
            f" {self.n_without_confidence:,} more without a confidence{scores}"
        )

    def _caveat(self) -> str:
        caveat = _CAVEAT
        if self.judged_by == "truth":
            caveat = oddities(
                overlapping=self.n_overlapping, missing=self.n_missing, ambiguous=self.n_ambiguous
            )
        return " ".join(filter(None, (caveat, self.note)))

    def __repr__(self) -> str:
        caveat = f" {self._caveat()}" if self._caveat() else ""
        return f"<Reliability: {self._headline()}.{caveat}>"

    def _card_(self) -> Card:
        return Card(
            f"Reliability: {self._headline()}.",
            table=self.to_frame(),
            things="bins",
            notes=[self._caveat()] if self._caveat() else [],
            picture=self.to_svg(),
        )


_COLUMNS = {
    "lower": pa.float64(),
    "upper": pa.float64(),
    "n": pa.int64(),
    "mean_confidence": pa.float64(),
    "share_right": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
}


def reliability(
    graph: LinkGraph,
    *,
    bins: int = 10,
    truth: Truth | None = None,
    level: Level | str = Level.COLUMN,
    missing: str = "skip",
) -> Reliability:
    """Say how often links are right, by confidence.

    Parameters
    ----------
    graph
        Links; those with an end at another level and those of a node to itself are left out.
    bins
        Number of ranges of equal width into which confidences are sorted, 1 to 1000.
    truth
        What is right. When not given, reviewers say: APPROVED links are right, REJECTED ones
        wrong, and others not judged.
    level
        Level of the links' ends.
    missing
        What to do with names in the truth that are of no node of the graph, or of several:
        ``"skip"`` counts them in ``n_missing`` and ``n_ambiguous``, ``"raise"`` raises.

    Returns
    -------
    Reliability
        Bins, Brier score, expected calibration error, and counts.

    Raises
    ------
    ArgumentError
        If ``bins``, ``level`` or ``missing`` is something else, or no node of the truth is one of
        the graph's at the level.
    NodeNotFoundError, AmbiguousNodeError
        If ``missing="raise"`` and a node of the truth does not exist or its name is ambiguous.

    Notes
    -----
    O(n + bins) for n links. Each link counts, parallel ones too, by its stored confidence; the
    policy plays no part.

    Reviewed links are no random sample: people look at what seems worth it, such as links that are
    nearly sure, or that look right and are not. Shares among them are not those among all links; a
    truth about a random sample has no such bias.

    The Brier score is from [1]_, the expected calibration error from [2]_ and the interval from
    [3]_.

    References
    ----------
    .. [1] G. Brier: Verification of forecasts expressed in terms of probability. Monthly Weather
       Review 78(1), 1950.
    .. [2] M. Naeini, G. Cooper, M. Hauskrecht: Obtaining well calibrated probabilities using
       Bayesian binning. AAAI 2015.
    .. [3] E. Wilson: Probable inference, the law of succession, and statistical inference. Journal
       of the American Statistical Association 22, 1927.

    Examples
    --------
    >>> from hummgraph import LinkGraph, Truth
    >>> from hummgraph.datasets import load_demo
    >>> demo = load_demo()
    >>> truth = Truth.from_clusters(demo.truth, complete=True)
    >>> found = reliability(LinkGraph(demo.snapshot()), truth=truth, bins=5)
    >>> found.bins[-1].share_right > found.bins[2].share_right
    True
    """
    check_graph(graph, "reliability", level=True)
    if truth is not None:
        check_truth(truth, "reliability")
    if isinstance(bins, bool) or not isinstance(bins, int) or not 1 <= bins <= _MOST_BINS:
        raise ArgumentError(f"bins is {bins!r}; it must be a whole number, 1 to {_MOST_BINS:,}.")
    chosen = as_level(level)
    links = graph.arrays.links
    source, target = links.ends.source, links.ends.target
    here = np.flatnonzero((graph.link_levels == chosen.depth) & (source != target))
    confidence = links.confidence[here]
    n_missing = n_ambiguous = n_overlapping = 0
    if truth is None:
        status = links.status[here]
        verdict = np.full(len(here), SILENT, dtype=np.int8)
        verdict[status == APPROVED] = RIGHT
        verdict[status == REJECTED] = WRONG
    else:
        first = int(graph.arrays.nodes.first[chosen.depth])
        placed = place(truth, graph, chosen, missing=missing)
        verdict = placed.verdicts(source[here] - first, target[here] - first)
        n_missing, n_ambiguous = placed.n_missing, placed.n_ambiguous
        n_overlapping = placed.n_overlapping
    known = verdict != SILENT
    judged = known & ~np.isnan(confidence)
    found, brier, calibration_error = _binned(confidence[judged], verdict[judged] == RIGHT, bins)
    return Reliability(
        judged_by="review" if truth is None else "truth",
        bins=found,
        brier=brier,
        calibration_error=calibration_error,
        n_links=len(here),
        n_judged=int(np.count_nonzero(judged)),
        n_right=int(np.count_nonzero(verdict[judged] == RIGHT)),
        n_without_confidence=int(np.count_nonzero(known & ~judged)),
        n_missing=n_missing,
        n_overlapping=n_overlapping,
        n_ambiguous=n_ambiguous,
        note=level_note(graph, chosen),
    )


def _binned(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int
) -> tuple[tuple[ReliabilityBin, ...], float, float]:
    """Sort links into bins; give these, the Brier score and the expected calibration error."""
    # Sums of floats in one order, whatever the order of links.
    order = np.lexsort((right, confidence))
    confidence, right = confidence[order], right[order]
    edges = np.arange(bins + 1) / bins
    place = np.minimum(np.searchsorted(edges, confidence, side="right") - 1, bins - 1)
    n = np.bincount(place, minlength=bins)
    n_right = np.bincount(place, weights=right, minlength=bins)
    total = np.bincount(place, weights=confidence, minlength=bins)
    found = []
    for index, (count, hits) in enumerate(zip(n.tolist(), n_right.tolist(), strict=True)):
        lower, upper = float(edges[index]), float(edges[index + 1])
        if not count:
            found.append(ReliabilityBin(lower, upper, 0))
            continue
        low, high = _wilson(hits, count)
        mean = float(total[index]) / count
        found.append(ReliabilityBin(lower, upper, count, mean, hits / count, low, high))
    if not len(confidence):
        return tuple(found), nan, nan
    brier = float(np.mean((confidence - right) ** 2))
    return tuple(found), brier, float(np.abs(total - n_right).sum() / len(confidence))


def _wilson(hits: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # Rounding must not put the interval beside the share, nor out of [0, 1].
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
