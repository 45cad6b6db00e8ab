"""Cross-validation of clusters against hidden reviews."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.kernels.level_note import level_note
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.ids import id_strings
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["CrossValidation", "cross_validate"]

_BIAS: Final = "Reviewed links are no random sample, so these shares are not those among all links."


@dataclass(frozen=True, slots=True, repr=False)
class CrossValidation(Shows):
    """Agreement of clusters with reviews that were hidden from them.

    Parameters
    ----------
    folds
        One row a fold: ``fold``, ``approved`` pairs that were hidden, ``approved_together`` of
        these, ``rejected`` pairs, ``rejected_apart`` of these, and ``settled``, hidden pairs that
        other decisions settle, which are counted nowhere else.
    n_contradicted
        Number of pairs that one review approves and another rejects; they are left out.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> found = cross_validate(LinkGraph(load_demo().snapshot()), seed=1)
    >>> found.recall > 0.5
    True
    """

    folds: Frame
    n_contradicted: int

    def _total(self, name: str) -> int:
        return int(sum(self.folds[name]))

    @property
    def recall(self) -> float:
        """Share of the hidden APPROVED pairs that are in one cluster, in [0, 1]; NaN if none."""
        return _safe_share(self._total("approved_together"), self._total("approved"))

    @property
    def specificity(self) -> float:
        """Share of the hidden REJECTED pairs that are apart, in [0, 1]; NaN without any."""
        return _safe_share(self._total("rejected_apart"), self._total("rejected"))

    @property
    def precision(self) -> float:
        """Share of the hidden pairs in one cluster that are APPROVED, in [0, 1]; NaN if none."""
        right = self._total("approved_together")
        return _safe_share(right, right + self._total("rejected") - self._total("rejected_apart"))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]; NaN if both are undefined."""
        right = self._total("approved_together")
        found = right + self._total("rejected") - self._total("rejected_apart")
        return _safe_share(2 * right, found + self._total("approved"))

    def to_dict(self) -> dict[str, Any]:
        """Return measures, counts and folds as plain data; undefined values are ``None``.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> found = cross_validate(LinkGraph(load_demo().snapshot()), folds=2, seed=1)
        >>> len(found.to_dict()["folds"])
        2
        """
        measures = {name: getattr(self, name) for name in _MEASURES}
        return {
            **{name: None if value != value else value for name, value in measures.items()},  # noqa: PLR0124 - NaN
            "n_contradicted": self.n_contradicted,
            "folds": list(self.folds),
            "note": _BIAS,
        }

    def _headline(self) -> str:
        return (
            f"{self._total('approved'):,} hidden approvals, {self.recall:.3f} of them together;"
            f" {self._total('rejected'):,} hidden rejections, {self.specificity:.3f} of them apart;"
            f" {self._total('settled'):,} settled by others, left out"
        )

    def __repr__(self) -> str:
        return f"<CrossValidation: {self._headline()}. {_BIAS}>"

    def _card_(self) -> Card:
        title = f"CrossValidation: {self._headline()}."
        return Card(title, table=self.folds, things="folds", notes=[_BIAS])


_MEASURES = ("precision", "recall", "f1", "specificity")


def cross_validate(
    graph: LinkGraph,
    *,
    folds: int = 5,
    seed: int = 0,
    level: Level | str = Level.COLUMN,
    **cluster_options: Any,
) -> CrossValidation:
    """Evaluate how well clusters predict reviews that are hidden from them.

    Parameters
    ----------
    graph
        A graph with reviewed links.
    folds
        Number of parts into which reviewed pairs are split, at least 2; each is hidden once.
    seed
        Seed of the random split.
    level
        Level of the members.
    **cluster_options
        The same as for :func:`cluster`: ``method``, ``threshold``, ``one_per``, ``max_memory`` ...

    Returns
    -------
    CrossValidation
        Counts by fold, and measures over all of them.

    Raises
    ------
    ArgumentError
        If there are fewer reviewed pairs than folds, or an option is invalid.
    MemoryLimitError
        If a clustering may need more than ``max_memory``.

    Notes
    -----
    Takes as long as ``folds`` clusterings. A hidden link becomes a SUGGESTED one with its
    confidence. Parallel links of a pair are hidden together. A hidden pair that the other decisions
    settle, directly or by transitivity, does not test the method: it is only counted as
    ``settled``.

    Reviewed links are not a random sample: people review what seems worth it. The measures serve to
    compare settings; they are not shares among all links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> strict = cross_validate(graph, method="components", threshold=0.95)
    >>> loose = cross_validate(graph, method="components", threshold=0.5)
    >>> strict.specificity > loose.specificity
    True
    """
    check_graph(graph, "cross_validate", level=True)
    chosen = as_level(level)
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise ArgumentError(f"folds is {folds!r}; it must be a whole number, 2 or more.")
    reviewed, pair, approved, n_contradicted = _reviewed_pairs(graph, chosen)
    if len(approved) < folds:
        raise ArgumentError(
            f"There are {len(approved):,} reviewed pairs of {chosen}s, fewer than {folds} folds.",
            hint=level_note(graph, chosen) or "Review more links, or use fewer folds.",
        )
    fold = _assign_folds(approved, folds, seed)
    ends = graph.arrays.links.ends
    _, first = np.unique(pair, return_index=True)
    source, target = ends.source[reviewed[first]], ends.target[reviewed[first]]
    ids = id_strings(graph.link_ids[reviewed]).to_pylist()
    rows = []
    for number in range(folds):
        hidden = (fold == number)[pair].tolist()
        decisions = {link_id: "SUGGESTED" for link_id, yes in zip(ids, hidden, strict=True) if yes}
        clusters = cluster(graph.with_decisions(decisions), level=chosen, **cluster_options)
        constraints, offset = clusters.problem.constraints, clusters.problem.first
        mine = np.flatnonzero(fold == number)
        a, b = source[mine], target[mine]
        x, y = constraints.unit[a - offset], constraints.unit[b - offset]
        units = np.sort(np.column_stack((x, y)), axis=1).astype(np.int64) @ [
            constraints.n_units,
            1,
        ]
        apart = constraints.apart[0].astype(np.int64) @ [constraints.n_units, 1]
        settled = (x == y) | np.isin(units, apart)
        together = (clusters.labels[a] == clusters.labels[b]) & (clusters.labels[a] >= 0)
        right = approved[mine]
        rows.append(
            {
                "fold": number,
                "approved": int(np.count_nonzero(right & ~settled)),
                "approved_together": int(np.count_nonzero(right & ~settled & together)),
                "rejected": int(np.count_nonzero(~right & ~settled)),
                "rejected_apart": int(np.count_nonzero(~right & ~settled & ~together)),
                "settled": int(np.count_nonzero(settled)),
            }
        )
    return CrossValidation(Frame(pa.Table.from_pylist(rows)), n_contradicted)


def _reviewed_pairs(
    graph: LinkGraph, level: Level
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.bool_], int]:
    """Return reviewed links, their pairs, a mask of APPROVED pairs, and a count.

    Links of a pair with both verdicts are left out; the count is the number of such pairs.
    """
    links, n = graph.arrays.links, graph.n_nodes
    source, target = links.ends.source.astype(np.int64), links.ends.target.astype(np.int64)
    here = (graph.link_levels == level.depth) & (source != target)
    reviewed = np.flatnonzero(here & np.isin(links.status, (APPROVED, REJECTED)))
    low, high = np.minimum(source, target)[reviewed], np.maximum(source, target)[reviewed]
    _, pair = np.unique(low * n + high, return_inverse=True)
    yes = np.bincount(pair, weights=links.status[reviewed] == APPROVED).astype(np.int64)
    both = (yes > 0) & (yes < np.bincount(pair))
    kept = ~both[pair]
    _, pair = np.unique(pair[kept], return_inverse=True)
    return reviewed[kept], pair, yes[~both] > 0, int(np.count_nonzero(both))


def _assign_folds(approved: NDArray[np.bool_], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each pair; all folds have about as many pairs of either verdict."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(approved))
    order = order[np.argsort(approved[order], kind="stable")]
    fold = np.empty(len(approved), dtype=np.int64)
    fold[order] = np.arange(len(approved)) % folds
    return fold


def _safe_share(part: int, whole: int) -> float:
    return part / whole if whole else nan
