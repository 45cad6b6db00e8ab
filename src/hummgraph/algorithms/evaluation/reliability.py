"""Reliability of confidences: how often links of each confidence are right."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.evaluation.reliability_diagram import draw_reliability
from hummgraph.algorithms.evaluation.truth import RIGHT, SILENT, WRONG, place_truth, truth_remarks
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

__all__ = ["Reliability", "ReliabilityBin", "bin_links", "reliability"]

_Z: Final = 1.959963984540054  # of a 95 % interval, from the normal distribution
MAX_BINS: Final = 1_000

_CAVEAT: Final = "Reviewed links are no random sample."


@dataclass(frozen=True, slots=True)
class ReliabilityBin(Shows):
    """Range of confidences, with the judged links in it.

    Parameters
    ----------
    lower, upper
        Range of confidences, in [0, 1]; only the last bin includes its upper end.
    n
        Number of links in the bin.
    mean_confidence
        Mean confidence of these links; ``None`` in an empty bin.
    share_right
        Share of right ones among them, in [0, 1]; ``None`` in an empty bin.
    low, high
        95 % interval of that share, after Wilson; ``None`` in an empty bin.

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
    """Agreement of confidences with reviews or a truth.

    Parameters
    ----------
    judged_by
        ``"review"`` or ``"truth"``.
    bins
        Bins in order of confidence.
    brier
        Brier score: mean squared distance of a confidence from 1 if the link is right and 0 if it
        is wrong, in [0, 1]; 0 is best, and NaN without judged links.
    calibration_error
        Expected calibration error: mean over the links of the distance between their bin's mean
        confidence and its share of right links, in [0, 1]; NaN without judged links.
    n_links
        Number of links of the level between two nodes.
    n_judged
        Number of these that have a confidence and are judged right or wrong.
    n_right
        Number of these that are right.
    n_without_confidence
        Number of judged links without a confidence.
    n_missing
        Number of nodes of the truth that are not in the graph.
    n_overlapping
        Number of nodes in several true clusters of one family; a link is right if any of them has
        both ends.
    n_ambiguous
        Number of names of the truth that fit several nodes of the graph.
    note
        Reason why there is no link, if all join nodes of other levels; else empty.

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
        """Return the result as plain data; undefined values are ``None``.

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
        """Return the reliability diagram as an SVG document.

        A dot is a bin, at its mean confidence and share of right links, with the 95 % interval of
        that share; dots below the diagonal mean that confidences are too high. The bars are numbers
        of links. Equal results give equal bytes.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> reliability(LinkGraph(load_demo().snapshot())).to_svg()[:4]
        '<svg'
        """
        return draw_reliability(self.bins)

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
            caveat = truth_remarks(
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
    """Evaluate the calibration of confidences.

    Parameters
    ----------
    graph
        A graph; links with an end at another level and links from a node to itself are left out.
    bins
        Number of bins of equal width, 1 to 1000.
    truth
        The truth that judges links. By default reviews judge: APPROVED links are right, REJECTED
        ones wrong, and others not judged.
    level
        Level of the links' ends.
    missing
        Treatment of names in the truth that fit no node of the graph, or several: ``"skip"`` counts
        them in ``n_missing`` and ``n_ambiguous``, ``"raise"`` raises.

    Returns
    -------
    Reliability
        Bins, Brier score, expected calibration error, and counts.

    Raises
    ------
    ArgumentError
        If ``bins``, ``level`` or ``missing`` has another value, or no node of the truth is in the
        graph at the level.
    NodeNotFoundError, AmbiguousNodeError
        If ``missing="raise"`` and a node of the truth does not exist or its name is ambiguous.

    Notes
    -----
    O(n + bins) for n links. Each link counts, parallel ones too, by its stored confidence; the
    policy is not used.

    Reviewed links are not a random sample: people review what seems worth it, such as links that
    are nearly certain, or that look right and are not. Shares among them are not shares among all
    links; a truth about a random sample has no such bias.

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
    if isinstance(bins, bool) or not isinstance(bins, int) or not 1 <= bins <= MAX_BINS:
        raise ArgumentError(f"bins is {bins!r}; it must be a whole number, 1 to {MAX_BINS:,}.")
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
        placed = place_truth(truth, graph, chosen, missing=missing)
        verdict = placed.verdicts(source[here] - first, target[here] - first)
        n_missing, n_ambiguous = placed.n_missing, placed.n_ambiguous
        n_overlapping = placed.n_overlapping
    known = verdict != SILENT
    judged = known & ~np.isnan(confidence)
    found, brier, calibration_error = bin_links(confidence[judged], verdict[judged] == RIGHT, bins)
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


def bin_links(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int
) -> tuple[tuple[ReliabilityBin, ...], float, float]:
    """Return bins of links, the Brier score and the expected calibration error."""
    # Floats are added in one order, whatever the order of the links.
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
        low, high = _wilson_interval(hits, count)
        mean = float(total[index]) / count
        found.append(ReliabilityBin(lower, upper, count, mean, hits / count, low, high))
    if not len(confidence):
        return tuple(found), nan, nan
    brier = float(np.mean((confidence - right) ** 2))
    return tuple(found), brier, float(np.abs(total - n_right).sum() / len(confidence))


def _wilson_interval(hits: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # Rounding must not put the interval outside the share or [0, 1].
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
