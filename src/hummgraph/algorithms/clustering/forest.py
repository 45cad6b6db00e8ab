"""Merge trees as forests of joins, with the clusters after each join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.constraints import NO_GROUP
from hummgraph.frames import Frame
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Joins
    from hummgraph.algorithms.clustering.problem import ClusteringProblem

__all__ = ["Forest", "profile_frame"]


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """The sides of each join, in order: arrays of shape (n_joins,)."""

    left: NDArray[np.int64]
    """One side: a unit, or the number of units plus the position of an earlier join."""
    right: NDArray[np.int64]
    """The other side."""
    size: NDArray[np.int64]
    """Number of members of the cluster that the join makes."""
    smaller: NDArray[np.int64]
    """Number of members of the smaller of its two sides."""

    @classmethod
    def of(cls, joins: Joins) -> Forest:
        """Build the forest of joins whose sides are named by units: O(n log n)."""
        n = joins.constraints.n_units
        parent, cluster = list(range(n)), list(range(n))
        size = joins.constraints.unit_size.tolist()
        left, right, smaller = [], [], []
        for x, y in zip(joins.left.tolist(), joins.right.tolist(), strict=True):
            roots = []
            for unit in (x, y):
                root = unit
                while parent[root] != root:
                    parent[root] = parent[parent[root]]
                    root = parent[root]
                roots.append(root)
            a, b = roots
            one, other = cluster[a], cluster[b]
            left.append(one)
            right.append(other)
            smaller.append(min(size[one], size[other]))
            parent[b] = a
            cluster[a] = len(size)
            size.append(size[one] + size[other])
        return cls(*(np.array(part, dtype=np.int64) for part in (left, right, size[n:], smaller)))


def profile_frame(problem: ClusteringProblem, joins: Joins, forest: Forest) -> Frame:
    """Return counts of the clusters at each height; see :attr:`MergeTree.profile`."""
    constraints = problem.constraints
    left, right, sizes = forest.left, forest.right, forest.size
    unit_size = constraints.unit_size
    all_sizes = np.concatenate((unit_size, sizes))
    big = all_sizes > 1
    clusters = int(np.count_nonzero(unit_size > 1)) + np.cumsum(
        1 - big[left].astype(np.int64) - big[right].astype(np.int64)
    )
    alone = np.where(big[left], 0, all_sizes[left]) + np.where(big[right], 0, all_sizes[right])
    clustered = int(unit_size[unit_size > 1].sum()) + np.cumsum(alone)
    start_largest = int(unit_size[unit_size > 1].max(initial=0))
    largest = np.maximum.accumulate(np.concatenate(([start_largest], sizes)))[1:]
    systems = _with_two_of(problem, Level.INTEGRATION_SOURCE, forest)
    tables = _with_two_of(problem, Level.TABLE, forest)
    # A height's last join stands for it.
    heights = joins.height
    last = np.flatnonzero(np.append(heights[1:] != heights[:-1], True)[: len(heights)])
    broken = int(np.count_nonzero(constraints.broken))
    first = [
        int(np.count_nonzero(unit_size > 1)),
        int(unit_size[unit_size > 1].sum()),
        start_largest,
        broken,
        int(systems[0]),
        int(tables[0]),
    ]
    columns = (
        clusters,
        clustered,
        largest,
        np.full(len(heights), broken),
        systems[1:],
        tables[1:],
    )
    names = (
        "n_clusters",
        "n_clustered",
        "largest",
        "contradictions",
        "systems_twice",
        "tables_twice",
    )
    return Frame(
        pa.table(
            {
                "threshold": pa.array([None, *heights[last].tolist()], pa.float64()),
                **{
                    name: np.concatenate(([start], column[last])).astype(np.int64)
                    for name, start, column in zip(names, first, columns, strict=True)
                },
            }
        )
    )


def _with_two_of(problem: ClusteringProblem, level: Level, forest: Forest) -> NDArray[np.int64]:
    """Count the clusters with two members of one system or table, before and after each join."""
    left, right = forest.left, forest.right
    if level.depth >= problem.level.depth:
        return np.zeros(len(left) + 1, dtype=np.int64)
    first, constraints = problem.first, problem.constraints
    n = constraints.n_units
    group = problem.graph.arrays.nodes.ancestor[level.depth][first : first + constraints.n_nodes]
    groups: list[set[int] | None] = [set() for _ in range(n)]
    twice = [False] * (n + len(left))
    for unit, member in zip(constraints.unit.tolist(), group.tolist(), strict=True):
        has = groups[unit]
        if member == NO_GROUP or has is None:
            continue
        twice[unit] |= member in has
        has.add(member)
    groups += [None] * len(left)
    count = sum(twice)
    counts = [count]
    for join, (x, y) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        mine, other = groups[x] or set(), groups[y] or set()
        if len(mine) < len(other):
            mine, other = other, mine
        now = twice[x] or twice[y] or not mine.isdisjoint(other)
        count += now - twice[x] - twice[y]
        twice[n + join] = now
        mine |= other
        groups[x] = groups[y] = None
        groups[n + join] = mine
        counts.append(count)
    return np.array(counts, dtype=np.int64)
