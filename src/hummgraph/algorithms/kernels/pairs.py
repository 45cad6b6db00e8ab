"""Scored pairs: the links of one level, as input of a clustering method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.graph.policy import APPROVED
from hummgraph.graph.scores import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Pairs", "best_first", "level_pairs"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of nodes joined by a link, best first; arrays of shape (n_pairs,).

    Each pair occurs once, with its best link. The order is that of (score, status, link id): higher
    scores first, then APPROVED before others, then smaller link ids. Equal calibrated scores keep
    this order. It decides every tie, so a result depends neither on the order of records nor on
    names; it depends on ids only between links of equal score and status.
    """

    n_nodes: int
    """Nodes are 0 to ``n_nodes - 1``; not all of them are in a pair."""
    a: NDArray[np.int32]
    """The smaller node of each pair."""
    b: NDArray[np.int32]
    """The larger node of each pair."""
    score: NDArray[np.float64]
    """In [0, 1], to nine decimals, never NaN, not increasing."""
    approved: NDArray[np.bool_]
    """Whether the link is APPROVED, which breaks ties."""
    link_index: NDArray[np.int64]
    """Position of the link among the graph's."""

    def __len__(self) -> int:
        return len(self.a)

    def take(self, chosen: NDArray[Any]) -> Pairs:
        """Return some pairs, by position or mask, in the order given."""
        return Pairs(
            self.n_nodes,
            self.a[chosen],
            self.b[chosen],
            self.score[chosen],
            self.approved[chosen],
            self.link_index[chosen],
        )

    def rescored(self, score: NDArray[np.float64]) -> Pairs:
        """Return the same pairs with other scores, best first; equal scores keep their order."""
        order = np.argsort(-score, kind="stable")
        other = Pairs(self.n_nodes, self.a, self.b, score, self.approved, self.link_index)
        return other.take(order)

    def at_least(self, threshold: float) -> Pairs:
        """Return the pairs that score at or above a threshold: O(log n)."""
        n = int(np.searchsorted(-self.score, -threshold, side="right"))
        return self.take(slice(n))  # type: ignore[arg-type] # a slice takes without a copy


def best_first(score: NDArray[np.float64], approved: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the order of links by score, then status, then position, as by their ids."""
    # Positive floats sort as their bits do, and those of [0, 1] leave the two highest bits free.
    # Adding zero turns -0.0 into 0.0.
    key = (score + 0.0).view(np.uint64) << np.uint64(1)
    key |= approved
    np.invert(key, out=key)
    return np.argsort(key, kind="stable")


def level_pairs(graph: LinkGraph, level: Level) -> Pairs:
    """Return the scored pairs of the links of a level, by the graph's policy.

    Links without a weight are left out (by default those without a confidence and REJECTED ones),
    and so are links from a node to itself. Nodes are counted from the first of the level.
    """
    nodes, links = graph.arrays.nodes, graph.arrays.links
    first, end = nodes.first[level.depth], nodes.first[level.depth + 1]
    source, target = links.ends.source, links.ends.target
    chosen = (graph.link_levels == level.depth) & ~np.isnan(graph.weights) & (source != target)
    link_index = np.flatnonzero(chosen)
    score = rounded(graph.weights[link_index])
    approved = links.status[link_index] == APPROVED
    order = best_first(score, approved)
    link_index, score, approved = link_index[order], score[order], approved[order]
    source, target = source[link_index] - first, target[link_index] - first
    a = np.minimum(source, target).astype(np.int32, copy=False)
    b = np.maximum(source, target).astype(np.int32, copy=False)
    pairs = Pairs(int(end - first), a, b, score, approved, link_index)
    # Of parallel links the best is first. Hashing takes half the time of sorting.
    keys = pa.array(a.astype(np.int64) * pairs.n_nodes + b)
    codes = keys.dictionary_encode().indices.to_numpy()
    n_pairs = int(codes.max(initial=-1)) + 1
    if n_pairs == len(pairs):
        return pairs
    # Codes are numbered as they occur: each new maximum marks the first occurrence of a pair.
    return pairs.take(np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1)))
