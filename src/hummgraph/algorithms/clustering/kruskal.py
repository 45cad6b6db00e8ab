"""Joining units pair by pair, best first, where constraints allow it: Kruskal with constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.clustering.constraints import Joins, Partition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import Pairs

__all__ = ["join_in_order", "joins_in_order"]

FIRST_CHUNK_PAIRS = 4_096
"""Number of pairs to check before the next filter; each chunk is twice as long as the one before.

Early pairs join most, so filters pay early; any number gives the same joins.
"""


def joins_in_order(pairs: Pairs, constraints: Constraints) -> Joins:
    """Join units by pairs in their order; refuse joins that would break a constraint.

    Parameters
    ----------
    pairs
        Best first.
    constraints
        Must-linked nodes are together from the beginning.

    Returns
    -------
    Joins
        The joins. A pair between two clusters that may not join is skipped for good, because
        clusters only grow.

    Notes
    -----
    O(m log m) for m pairs. Most pairs lie within a cluster, or between two that may not join, long
    before their turn: chunk by chunk these are dropped all at once (filter-Kruskal [1]_), and the
    rest is checked one by one.

    References
    ----------
    .. [1] V. Osipov, P. Sanders, J. Singler: The filter-Kruskal minimum spanning tree algorithm.
       ALENEX 2009. https://doi.org/10.1137/1.9781611972894.5
    """
    partition = Partition(constraints)
    apart = constraints.apart[0]
    n = constraints.n_units
    unit_a, unit_b = constraints.unit[pairs.a], constraints.unit[pairs.b]
    made: list[int] = []
    begin, size = 0, max(FIRST_CHUNK_PAIRS, n // 4)
    while begin < len(pairs):
        end = min(begin + size, len(pairs))
        root = partition.roots()
        x, y = root[unit_a[begin:end]], root[unit_b[begin:end]]
        open_ = np.flatnonzero(x != y)
        # Two clusters meet once: a refused join is refused for good.
        keys, first = np.unique(_pair_keys(x[open_], y[open_], n), return_index=True)
        if len(apart):
            still = ~np.isin(keys, _pair_keys(root[apart[:, 0]], root[apart[:, 1]], n))
            first = first[still]
        open_ = open_[np.sort(first)]
        rows = zip((begin + open_).tolist(), x[open_].tolist(), y[open_].tolist(), strict=True)
        made += _join_each(partition, rows)
        begin, size = end, 2 * size
    pair = np.array(made, dtype=np.int64)
    return Joins(constraints, unit_a[pair], unit_b[pair], pairs.score[pair], pair)


def join_in_order(pairs: Pairs, constraints: Constraints) -> NDArray[np.int32]:
    """Label nodes after joining by all pairs in their order: see `joins_in_order`."""
    return joins_in_order(pairs, constraints).labels(0.0)


def _join_each(partition: Partition, rows: Iterable[tuple[int, int, int]]) -> list[int]:
    """Join pairs one by one; return the positions of those that joined."""
    parent, find = partition.parent, partition.find
    may_join, join = partition.may_join, partition.join
    made = []
    for pair, left, right in rows:
        # Most stand for their cluster still.
        x = left if parent[left] == left else find(left)
        y = right if parent[right] == right else find(right)
        if x != y and may_join(x, y):
            join(x, y)
            made.append(pair)
    return made


def _pair_keys(x: NDArray[np.int32], y: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Return one number for each unordered pair."""
    keys: NDArray[np.int64] = np.minimum(x, y).astype(np.int64) * n + np.maximum(x, y)
    return keys
