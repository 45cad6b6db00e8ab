"""Evaluation: how clusters agree with a truth, counted without listing pairs."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.truth import place
from hummgraph.errors import ArgumentError
from hummgraph.frames import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clusters import Clusters
    from hummgraph.algorithms.constraints import Constraints
    from hummgraph.algorithms.truth import PlacedTruth, Truth

__all__ = ["Evaluation", "evaluate"]

_SETTLED = ("count", "skip")
_MOST_FAMILIES: Final = 10
"""A node in k families makes 2**k - 1 rows."""


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """How clusters agree with a truth.

    A pair of nodes is *judged* if the truth says that it is right or wrong, and *found* if one
    cluster has both. A share of nothing is NaN: precision where no judged pair was found, recall
    where no pair is right.

    Parameters
    ----------
    settled
        What became of the pairs that decisions settle: ``"count"`` or ``"skip"``.
    n_nodes
        Nodes of the level that the truth knows.
    n_missing
        Nodes of the truth that the graph does not have.
    n_other_level
        Nodes of the truth that stand at another level.
    n_settled
        Judged pairs that decisions settle, counted or not.
    n_judged
        Pairs counted: all that the truth judges, less those that are skipped.
    n_true
        Of these, pairs that are right.
    n_found
        Of these, pairs that one cluster has, right or wrong.
    n_right
        Of these, pairs that one cluster has and that are right.
    bcubed_precision, bcubed_recall
        Means over the ``n_nodes`` nodes, in [0, 1]; NaN where there are none.

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

    @property
    def precision(self) -> float:
        """Share of the pairs found that are right, in [0, 1]."""
        return _share(self.n_right, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the right pairs that were found, in [0, 1]."""
        return _share(self.n_right, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]; 0 where one of them is undefined.

        It is NaN where both are.
        """
        return _share(2 * self.n_right, self.n_found + self.n_true)

    @property
    def bcubed_f1(self) -> float:
        """Harmonic mean of the two B-cubed means, in [0, 1]."""
        both = self.bcubed_precision + self.bcubed_recall
        return 2 * self.bcubed_precision * self.bcubed_recall / both

    @property
    def adjusted_rand(self) -> float:
        """Adjusted Rand index over the judged pairs: 1 where they all agree, about 0 by chance.

        It is NaN where no pair is judged.
        """
        if not self.n_judged:
            return nan
        # Both sides times 2 n_judged: whole numbers, so that agreement is exact.
        chance = 2 * self.n_found * self.n_true
        most = (self.n_found + self.n_true) * self.n_judged - chance
        return (2 * self.n_right * self.n_judged - chance) / most if most else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Give measures and counts as plain data; what is undefined is ``None``.

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
        }

    def to_frame(self) -> Frame:
        """Give one row: a column for each measure and count.

        Examples
        --------
        >>> Evaluation("count", 2, 0, 0, 0, 1, 1, 0, 0, 1.0, 0.5).to_frame().columns[:3]
        ['precision', 'recall', 'f1']
        """
        row = self.to_dict()
        columns = {name: pa.array([row[name]], pa.float64()) for name in _MEASURES}
        return Frame(pa.table({**columns, **{name: [row[name]] for name in [*_COUNTS, "settled"]}}))

    def _lines(self) -> list[tuple[str, float, float, float]]:
        return [
            ("pairs", self.precision, self.recall, self.f1),
            ("B-cubed", self.bcubed_precision, self.bcubed_recall, self.bcubed_f1),
        ]

    def _headline(self) -> str:
        settled = "left out" if self.settled == "skip" else "counted"
        return (
            f"{self.n_judged:,} judged pairs of {self.n_nodes:,} nodes;"
            f" {self.n_settled:,} settled by decisions, {settled};"
            f" adjusted Rand index {self.adjusted_rand:.3f}"
        )

    def __repr__(self) -> str:
        lines = [
            f"  {name:<7}  precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"
            for name, precision, recall, f1 in self._lines()
        ]
        return "\n".join([f"<Evaluation: {self._headline()}", *lines]) + ">"

    def _repr_html_(self) -> str:
        body = "".join(
            f"<tr><th>{name}</th>" + "".join(f"<td>{value:.3f}</td>" for value in values) + "</tr>"
            for name, *values in self._lines()
        )
        return (
            f"<table><caption>{escape(self._headline())}</caption><thead><tr><th></th>"
            "<th>precision</th><th>recall</th><th>F1</th></tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


_MEASURES = (
    "precision",
    "recall",
    "f1",
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
)


def evaluate(
    clusters: Clusters, truth: Truth, *, settled: str = "count", missing: str = "raise"
) -> Evaluation:
    """Compare clusters with a truth.

    Parameters
    ----------
    clusters
        Of any method. A node in no cluster is one of its own.
    truth
        Of all nodes or some; pairs about which it is silent count neither way.
    settled
        ``"count"`` takes every judged pair. ``"skip"`` leaves out those that decisions settle,
        directly or through others: both nodes in what APPROVED links join, or in two such units
        that a REJECTED link keeps apart. What remains is what the method had to find out.
    missing
        What to do with nodes of the truth that the graph does not have: ``"raise"``, or ``"skip"``
        and count them in ``n_missing``.

    Returns
    -------
    Evaluation
        Precision, recall and F1 over pairs and by B-cubed, adjusted Rand index, and counts.

    Raises
    ------
    ArgumentError
        If ``settled`` or ``missing`` is something else, two names in different clusters of one
        family mean one node, or a node is in more than ten families.
    NodeNotFoundError, AmbiguousNodeError
        If a node of the truth cannot be told.

    Notes
    -----
    Pairwise measures [1]_ weigh a cluster by its pairs, so that the largest decide. B-cubed [2]_
    weighs each node alike: for each node that the truth knows, its precision is the share of right
    ones among the nodes of its cluster with which it is judged, and its recall the share found
    among the nodes with which it is right; the node itself counts among both, and pairs that are
    silent or skipped among neither. The adjusted Rand index [3]_ takes the judged pairs for all
    pairs; with a complete truth it is the usual one.

    O(n log n + k) for n nodes of which each is in few families, and k pairs of units kept apart;
    pairs are counted from sizes, never listed.

    References
    ----------
    .. [1] D. Menestrina, S. Whang, H. Garcia-Molina: Evaluating entity resolution results. PVLDB
       3(1), 2010. https://doi.org/10.14778/1920841.1920871
    .. [2] A. Bagga, B. Baldwin: Algorithms for scoring coreference chains. LREC workshop on
       linguistics coreference, 1998.
    .. [3] L. Hubert, P. Arabie: Comparing partitions. Journal of Classification 2, 1985.
       https://doi.org/10.1007/BF01908075

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
    if settled not in _SETTLED:
        raise ArgumentError(f"settled is {settled!r}; it must be 'count' or 'skip'.")
    placed = place(truth, clusters.graph, clusters.level, missing=missing)
    constraints = clusters.problem.constraints
    first = clusters.problem.first
    label = clusters.labels[first : first + constraints.n_nodes]
    alone = label < 0
    label = np.where(alone, clusters.n_clusters + np.cumsum(alone) - 1, label)
    everything = np.zeros_like(label)
    by_family, by_entity = _token_sets(placed, placed.family), _token_sets(placed, placed.entity)
    counted = [
        (_mates(tokens, group), _settled_mates(tokens, group, constraints))
        for group in (everything, label)
        for tokens in (by_family, by_entity)
    ]
    n_settled = int(counted[0][1].sum()) // 2
    judged, true, found, right = (
        mates - known if settled == "skip" else mates for mates, known in counted
    )
    known = np.unique(placed.node)
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
        bcubed_precision=_mean((1 + right[known]) / (1 + found[known])),
        bcubed_recall=_mean((1 + right[known]) / (1 + true[known])),
    )


# --- counting --------------------------------------------------------------------------------


class _TokenSets(NamedTuple):
    """Each set of tokens that a node has all of, one row each: arrays of shape (n_rows,).

    By inclusion and exclusion the nodes that share a token with a node are the sum, over its sets,
    of the nodes that have the set, with alternating signs.
    """

    node: NDArray[np.int64]
    tokens: NDArray[np.int64]
    """Number of the set, the same for all nodes."""
    sign: NDArray[np.int64]


def _token_sets(placed: PlacedTruth, token: NDArray[np.int64]) -> _TokenSets:
    """List the sets of tokens of each node, smaller ones first."""
    node = placed.node
    end = np.searchsorted(node, node, side="right")  # of the node's own rows
    if len(node) and int(np.bincount(node).max()) > _MOST_FAMILIES:
        raise ArgumentError(f"A node of the truth is in more than {_MOST_FAMILIES} families.")
    _, code = np.unique(token, return_inverse=True)
    n_tokens = int(code.max(initial=0)) + 1
    last, tokens = np.arange(len(node)), code.astype(np.int64)
    nodes, sets, signs = [node], [tokens], [np.ones(len(node), dtype=np.int64)]
    n_sets = n_tokens
    while True:
        # Each set grows by each later token of its node; rows are sorted by family, so that equal
        # sets grow in the same order at all nodes.
        more = end[last] - last - 1
        grown = np.repeat(np.arange(len(last)), more)
        if not len(grown):
            break
        begin = np.cumsum(more) - more
        last = last[grown] + 1 + np.arange(len(grown)) - begin[grown]
        _, tokens = np.unique(tokens[grown] * n_tokens + code[last], return_inverse=True)
        nodes.append(node[last])
        sets.append(tokens + n_sets)
        signs.append(-signs[-1][:1].repeat(len(last)))
        n_sets += int(tokens.max()) + 1
    return _TokenSets(np.concatenate(nodes), np.concatenate(sets), np.concatenate(signs))


def _mates(sets: _TokenSets, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count, for each node, the others of its group that share a token: shape (n_nodes,)."""
    _, key = np.unique(_joined(group[sets.node], sets.tokens), return_inverse=True)
    others = np.bincount(key)[key] - 1 if len(key) else key
    return _summed(sets, others, len(group))


def _settled_mates(
    sets: _TokenSets, group: NDArray[np.int64], constraints: Constraints
) -> NDArray[np.int64]:
    """Count those of them that decisions settle."""
    unit = constraints.unit.astype(np.int64)
    # Numbered anew, so that products of numbers stay small.
    _, both = np.unique(_joined(group, unit), return_inverse=True)
    together = _mates(sets, both)
    apart, _ = constraints.apart
    # One row for each unit, group and set in it; both directions of each pair of units.
    _, kind = np.unique(_joined(group[sets.node], sets.tokens), return_inverse=True)
    n_kinds = int(kind.max(initial=0)) + 1
    key, row, size = np.unique(
        unit[sets.node] * n_kinds + kind, return_inverse=True, return_counts=True
    )
    if not len(apart) or not len(key):
        return together
    here, there = np.concatenate((apart, apart[:, ::-1])).astype(np.int64).T
    begin, end = (np.searchsorted(key, bound * n_kinds) for bound in (here, here + 1))
    pair = np.repeat(np.arange(len(here)), end - begin)
    offset = np.cumsum(end - begin) - (end - begin)
    mine = begin[pair] + np.arange(len(pair)) - offset[pair]
    wanted = there[pair] * n_kinds + key[mine] % n_kinds
    found = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    others = np.where(key[found] == wanted, size[found], 0)
    by_row = np.bincount(mine, weights=others, minlength=len(key)).astype(np.int64)
    return together + _summed(sets, by_row[row], len(group))


def _joined(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each pair of numbers one number."""
    return x.astype(np.int64) * (int(y.max(initial=0)) + 1) + y


def _summed(sets: _TokenSets, counts: NDArray[Any], n_nodes: int) -> NDArray[np.int64]:
    """Sum counts over the sets of each node, with signs; exact up to 2**53."""
    sums = np.bincount(sets.node, weights=sets.sign * counts, minlength=n_nodes)
    return sums.astype(np.int64)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else nan


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else nan
