"""Comparison of clusters with a truth, counted without listing pairs."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.evaluation.tokens import Tokens
from hummgraph.algorithms.evaluation.truth import place_truth, truth_remarks
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters, check_truth
from hummgraph.frames import Card, Frame, Shows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.evaluation.truth import Truth

__all__ = ["Evaluation", "evaluate"]

_SETTLED_OPTIONS = ("count", "skip")


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation(Shows):
    """Agreement of clusters with a truth.

    A pair of nodes is *judged* if the truth calls it right or wrong, and *found* if one cluster has
    both. A share of nothing is NaN: precision without judged pairs found, recall without right
    pairs.

    Parameters
    ----------
    settled
        Treatment of the pairs that decisions settle: ``"count"`` or ``"skip"``.
    n_nodes
        Number of nodes of the level that the truth names.
    n_missing
        Number of nodes of the truth that are not in the graph.
    n_other_level
        Number of nodes of the truth at another level.
    n_settled
        Number of judged pairs that decisions settle, counted or not.
    n_judged
        Number of pairs counted: all judged pairs, except those skipped.
    n_true
        Number of these that are right.
    n_found
        Number of these that are in one cluster, right or wrong.
    n_right
        Number of these that are in one cluster and right.
    bcubed_precision, bcubed_recall
        Means over the ``n_nodes`` nodes, in [0, 1]; NaN without nodes.
    n_overlapping
        Number of the ``n_nodes`` nodes in several true clusters of one family.
    n_ambiguous
        Number of names of the truth that fit several nodes of the graph.
    note
        Reason why there are no clusters, if all links join nodes of other levels; else empty.
    n_found_strict
        Number of pairs of the ``n_nodes`` nodes that are in one cluster, judged or not; ``None`` if
        the truth has no families. Pairs of two families, which are not judged, count as wrong here.

    Examples
    --------
    >>> from hummgraph import LinkGraph, Truth, cluster
    >>> from hummgraph.datasets import load_demo
    >>> demo = load_demo()
    >>> truth = Truth.from_clusters(demo.truth, complete=True)
    >>> evaluation = evaluate(cluster(LinkGraph(demo.snapshot())), truth)
    >>> evaluation.n_right <= min(evaluation.n_found, evaluation.n_true)
    True
    """

    settled: str
    n_nodes: int
    n_missing: int
    n_other_level: int
    n_settled: int
    n_judged: int
    n_true: int
    n_found: int
    n_right: int
    bcubed_precision: float
    bcubed_recall: float
    n_overlapping: int = 0
    n_ambiguous: int = 0
    note: str = ""
    n_found_strict: int | None = None

    @property
    def precision(self) -> float:
        """Share of the found pairs that are right, in [0, 1]."""
        return _safe_share(self.n_right, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the right pairs that are found, in [0, 1]."""
        return _safe_share(self.n_right, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]; 0 if one of them is undefined.

        NaN if both are undefined.
        """
        return _safe_share(2 * self.n_right, self.n_found + self.n_true)

    @property
    def strict_precision(self) -> float:
        """Precision where pairs that are not judged count as wrong; NaN without families."""
        if self.n_found_strict is None:
            return nan
        return _safe_share(self.n_right, self.n_found_strict)

    @property
    def strict_f1(self) -> float:
        """F1 where pairs that are not judged count as wrong; NaN without families.

        A truth that is silent between families cannot see clusters that run through all of them:
        F1 praises such clusters, and strict F1 does not.
        """
        if self.n_found_strict is None:
            return nan
        return _safe_share(2 * self.n_right, self.n_found_strict + self.n_true)

    @property
    def bcubed_f1(self) -> float:
        """Harmonic mean of the two B-cubed means, in [0, 1]."""
        both = self.bcubed_precision + self.bcubed_recall
        return 2 * self.bcubed_precision * self.bcubed_recall / both

    @property
    def adjusted_rand(self) -> float:
        """Adjusted Rand index over the judged pairs: 1 for full agreement, about 0 by chance.

        NaN without judged pairs.
        """
        if not self.n_judged:
            return nan
        # Both sides times 2 n_judged: whole numbers, so that full agreement is exactly 1.
        chance = 2 * self.n_found * self.n_true
        most = (self.n_found + self.n_true) * self.n_judged - chance
        return (2 * self.n_right * self.n_judged - chance) / most if most else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return measures and counts as plain data; undefined values are ``None``.

        Examples
        --------
        >>> Evaluation("count", 2, 0, 0, 0, 1, 1, 0, 0, 1.0, 0.5).to_dict()["recall"]
        0.0
        """
        measures = {name: getattr(self, name) for name in _MEASURES}
        return {
            **{name: None if isnan(value) else value for name, value in measures.items()},
            **{name: getattr(self, name) for name in _COUNTS},
            "settled": self.settled,
            "note": self.note or None,
        }

    def to_frame(self) -> Frame:
        """Return one row: a column for each measure and count.

        Examples
        --------
        >>> Evaluation("count", 2, 0, 0, 0, 1, 1, 0, 0, 1.0, 0.5).to_frame().columns[:3]
        ['precision', 'recall', 'f1']
        """
        row = self.to_dict()
        columns = {name: pa.array([row[name]], pa.float64()) for name in _MEASURES}
        counts = {name: pa.array([row[name]], pa.int64()) for name in _COUNTS}
        said = {name: pa.array([row[name]], pa.string()) for name in ("settled", "note")}
        return Frame(pa.table({**columns, **counts, **said}))

    def _measure_rows(self) -> list[tuple[str, float, float, float]]:
        strict = [("strict", self.strict_precision, self.recall, self.strict_f1)]
        return [
            ("pairs", self.precision, self.recall, self.f1),
            *(strict if self.n_found_strict is not None else []),
            ("B-cubed", self.bcubed_precision, self.bcubed_recall, self.bcubed_f1),
        ]

    def _headline(self) -> str:
        settled = "left out" if self.settled == "skip" else "counted"
        return (
            f"{self.n_judged:,} judged pairs of {self.n_nodes:,} nodes;"
            f" {self.n_settled:,} settled by decisions, {settled};"
            f" adjusted Rand index {self.adjusted_rand:.3f}"
        )

    def _notes(self) -> str:
        """Return remarks on truth and clusters as sentences; empty without any."""
        odd = truth_remarks(
            overlapping=self.n_overlapping,
            missing=self.n_missing,
            ambiguous=self.n_ambiguous,
            other_level=self.n_other_level,
        )
        return " ".join(filter(None, (odd, self.note)))

    def __repr__(self) -> str:
        lines = [
            f"  {name:<7}  precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"
            for name, precision, recall, f1 in self._measure_rows()
        ]
        notes = [f"  {self._notes()}"] if self._notes() else []
        return "\n".join([f"<Evaluation: {self._headline()}", *lines, *notes]) + ">"

    def _card_(self) -> Card:
        names = ("by", "precision", "recall", "F1")
        rows = [
            (name, *(f"{value:.3f}" for value in values)) for name, *values in self._measure_rows()
        ]
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        notes = [self._notes()] if self._notes() else []
        return Card(f"Evaluation: {self._headline()}", table=Frame(pa.table(columns)), notes=notes)


_MEASURES = (
    "precision",
    "recall",
    "f1",
    "strict_precision",
    "strict_f1",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f1",
    "adjusted_rand",
)
_COUNTS = (
    "n_nodes",
    "n_missing",
    "n_other_level",
    "n_settled",
    "n_judged",
    "n_true",
    "n_found",
    "n_right",
    "n_overlapping",
    "n_ambiguous",
)


def evaluate(
    clusters: Clusters, truth: Truth, *, settled: str = "count", missing: str = "skip"
) -> Evaluation:
    """Evaluate clusters against a truth.

    Parameters
    ----------
    clusters
        Clusters of any method. A node in no cluster is a cluster of its own.
    truth
        A truth about all nodes or some; a pair that it does not judge is not counted. Its clusters
        may overlap: a pair is right if any of them has both.
    settled
        ``"count"`` counts every judged pair. ``"skip"`` leaves out pairs that decisions settle,
        directly or by transitivity: both nodes in one unit joined by APPROVED links, or in two such
        units kept apart by a REJECTED link. The remaining pairs are those that the method decides.
    missing
        Treatment of names in the truth that fit no node of the graph, or several: ``"skip"`` counts
        them in ``n_missing`` and ``n_ambiguous``, ``"raise"`` raises.

    Returns
    -------
    Evaluation
        Precision, recall and F1 over pairs and by B-cubed, adjusted Rand index, and counts; with
        families also strict F1, for which pairs that are not judged count as wrong.

    Raises
    ------
    ArgumentError
        If ``settled`` or ``missing`` has another value, or no node of the truth is in the graph at
        the level of the clusters.
    NodeNotFoundError, AmbiguousNodeError
        If ``missing="raise"`` and a node of the truth does not exist or its name is ambiguous.

    Notes
    -----
    Pairwise measures [1]_ weigh a cluster by its pairs, so that the largest decide. B-cubed [2]_
    weighs each node alike: for each node of the truth, its precision is the share of right ones
    among the judged nodes of its cluster, and its recall the share found among the nodes with which
    it is right; the node itself counts in both, and pairs that are not judged, or are skipped, in
    neither. The adjusted Rand index [3]_ is over the judged pairs; with a complete truth it is the
    usual one.

    If true clusters overlap, a node's recall is over the union of its true clusters, and a pair
    counts once, however many clusters have both. Precision is then that of the extended B-cubed
    measures [4]_, as found clusters do not overlap; their recall would divide a pair by the number
    of true clusters with both, which no clustering without overlaps can reach.

    O(n log n + k) for n nodes of which each is in at most ten clusters and ten families, and k
    pairs of units kept apart: pairs are counted from sizes. The pairs of a node in more clusters
    are listed, some millions at a time.

    References
    ----------
    .. [1] D. Menestrina, S. Whang, H. Garcia-Molina: Evaluating entity resolution results. PVLDB
       3(1), 2010. https://doi.org/10.14778/1920841.1920871
    .. [2] A. Bagga, B. Baldwin: Algorithms for scoring coreference chains. LREC workshop on
       linguistics coreference, 1998.
    .. [3] L. Hubert, P. Arabie: Comparing partitions. Journal of Classification 2, 1985.
       https://doi.org/10.1007/BF01908075
    .. [4] E. Amigó, J. Gonzalo, J. Artiles, F. Verdejo: A comparison of extrinsic clustering
       evaluation metrics based on formal constraints. Information Retrieval 12, 2009.
       https://doi.org/10.1007/s10791-008-9066-8

    Examples
    --------
    >>> from hummgraph import LinkGraph, Truth, cluster
    >>> from hummgraph.datasets import load_demo
    >>> demo = load_demo()
    >>> graph = LinkGraph(demo.snapshot())
    >>> truth = Truth.from_clusters(demo.truth, complete=True)
    >>> found = evaluate(cluster(graph), truth)
    >>> chained = evaluate(cluster(graph, method="components", threshold=0.7), truth)
    >>> found.precision > 3 * chained.precision
    True
    """
    check_clusters(clusters, "evaluate")
    check_truth(truth, "evaluate")
    if settled not in _SETTLED_OPTIONS:
        raise ArgumentError(f"settled is {settled!r}; it must be 'count' or 'skip'.")
    placed = place_truth(truth, clusters.graph, clusters.level, missing=missing)
    constraints = clusters.problem.constraints
    first = clusters.problem.first
    label = clusters.labels[first : first + constraints.n_nodes]
    alone = label < 0
    label = np.where(alone, clusters.n_clusters + np.cumsum(alone) - 1, label)
    everything = np.zeros_like(label)
    by_pair = [
        (tokens.mates(group), tokens.settled_mates(group, constraints))
        for group in (everything, label)
        for tokens in (placed.family, placed.entity)
    ]
    n_settled = int(by_pair[0][1].sum()) // 2
    judged, true, found, right = (
        mates - known if settled == "skip" else mates for mates, known in by_pair
    )
    known = np.unique(placed.family.node)
    strict = None
    if truth.families is not None:
        every = Tokens(known, np.zeros(len(known), dtype=np.int64), placed.family.n_nodes)
        mates = every.mates(label)
        if settled == "skip":
            mates = mates - every.settled_mates(label, constraints)
        strict = int(mates.sum()) // 2
    return Evaluation(
        settled=settled,
        n_nodes=len(known),
        n_missing=placed.n_missing,
        n_other_level=placed.n_other_level,
        n_settled=n_settled,
        n_judged=int(judged.sum()) // 2,
        n_true=int(true.sum()) // 2,
        n_found=int(found.sum()) // 2,
        n_right=int(right.sum()) // 2,
        bcubed_precision=_safe_mean((1 + right[known]) / (1 + found[known])),
        bcubed_recall=_safe_mean((1 + right[known]) / (1 + true[known])),
        n_overlapping=placed.n_overlapping,
        n_ambiguous=placed.n_ambiguous,
        note=clusters.note,
        n_found_strict=strict,
    )


def _safe_share(part: int, whole: int) -> float:
    return part / whole if whole else nan


def _safe_mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else nan
