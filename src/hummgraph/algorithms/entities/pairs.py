"""Pairs of linked columns and of linked tables, each with the best of its links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.entities.columns import decided
from hummgraph.graph.policy import DETERMINISTIC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["LinkedPairs", "linked_columns", "linked_tables"]


@dataclass(frozen=True, slots=True, eq=False)
class LinkedPairs:
    """Unordered pairs of nodes with a link between them: arrays of shape (n,)."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    """Positions of the nodes; the smaller is ``a``."""
    weight: NDArray[np.float64]
    """Largest weight of links that are not rejected, 1 where one is approved; NaN for none."""
    approved: NDArray[np.bool_]
    rejected: NDArray[np.bool_]
    """Whether a link is rejected and none approved."""
    both: NDArray[np.bool_]
    """Whether links are approved and rejected."""
    exact: NDArray[np.bool_]
    """Whether a link that is not rejected is DETERMINISTIC."""
    link: NDArray[np.int64]
    """Position of the best link: approved, then the heaviest, then the smallest id."""

    def take(self, rows: NDArray[Any]) -> LinkedPairs:
        """Return some of the pairs, by positions or a mask."""
        return LinkedPairs(*(getattr(self, name)[rows] for name in self.__slots__))


def linked_columns(graph: LinkGraph) -> LinkedPairs:
    """Return the linked columns of different tables; O(m log m) for m links."""
    table = graph.arrays.nodes.ancestor[1]
    ends = graph.arrays.links.ends
    one, other = table[ends.source], table[ends.target]
    kept = (graph.link_levels == 2) & (one >= 0) & (other >= 0) & (one != other)
    return _pairs_of(graph, kept)


def linked_tables(graph: LinkGraph) -> LinkedPairs:
    """Return the tables that links join as such; O(m log m) for m links."""
    ends = graph.arrays.links.ends
    return _pairs_of(graph, (graph.link_levels == 1) & (ends.source != ends.target))


def _pairs_of(graph: LinkGraph, kept: NDArray[np.bool_]) -> LinkedPairs:
    links = graph.arrays.links
    rows = np.flatnonzero(kept)
    source, target = links.ends.source[rows], links.ends.target[rows]
    low, high = np.minimum(source, target).astype(np.int64), np.maximum(source, target)
    approved, rejected = (mask[rows] for mask in decided(graph))
    weight = np.where(approved, 1.0, graph.weights[rows])
    weight[rejected] = np.nan
    order = np.lexsort((rows, -np.nan_to_num(weight, nan=-1.0), ~approved, high, low))
    low, high, weight = low[order], high[order].astype(np.int64), weight[order]
    begin = np.flatnonzero(np.diff(low, prepend=-1) | np.diff(high, prepend=-1))
    exact = (links.link_type[rows] == DETERMINISTIC) & ~rejected

    def any_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_or.reduceat(mask[order], begin)
        return found

    if not len(begin):
        nothing = np.zeros(0, dtype=bool)
        return LinkedPairs(
            low, high, weight, nothing, nothing, nothing, nothing, np.zeros(0, dtype=np.int64)
        )
    yes, no = any_of(approved), any_of(rejected)
    return LinkedPairs(
        low[begin],
        high[begin],
        weight[begin],
        yes,
        no & ~yes,
        no & yes,
        any_of(exact),
        rows[order][begin],
    )
