"""Joining units pair by pair, best first, where constraints allow it: Kruskal with constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.components import components, first_seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.kernels.pairs import Pairs

__all__ = ["Joins", "Partition", "join_in_order", "joins_in_order"]

_FIRST_CHUNK = 4_096
"""Pairs that are looked at before the next filter; each chunk is twice as long as the one before.

Early pairs join most, so filters pay early; any number gives the same joins.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Joins:
    """Joins in the order in which they were made, heights not increasing: shape (n_joins,) each."""

    constraints: Constraints
    left: NDArray[np.int32]
    """A unit on one side of each join."""
    right: NDArray[np.int32]
    """A unit on the other side."""
    height: NDArray[np.float64]
    """What made the join possible, on the method's scale: the highest threshold that allows it."""
    pair: NDArray[np.int64]
    """Position of the pair that made the join: the best one between both sides."""

    def __len__(self) -> int:
        return len(self.left)

    def count(self, threshold: float) -> int:
        """How many joins stand at a threshold: O(log n)."""
        return int(np.searchsorted(-self.height, -threshold, side="right"))

    def labels(self, threshold: float) -> NDArray[np.int32]:
        """Label the nodes at a threshold, by their first nodes: shape (n_nodes,)."""
        n = self.count(threshold)
        units = components(self.constraints.n_units, self.left[:n], self.right[:n])
        return first_seen(units[self.constraints.unit])


class Partition:
    """Units that are joined one by one, and which of them may be.

    Joins cost O(log n) amortised: the smaller of two sets moves into the larger.
    """

    def __init__(self, constraints: Constraints) -> None:
        self.parent = list(range(constraints.n_units))
        self.enemies: dict[int, set[int]] = {}
        for x, y in constraints.apart[0].tolist():
            self.enemies.setdefault(x, set()).add(y)
            self.enemies.setdefault(y, set()).add(x)
        self.groups: dict[int, set[int]] = {}
        units, groups = constraints.unit_groups
        for unit, group in zip(units.tolist(), groups.tolist(), strict=True):
            self.groups.setdefault(unit, set()).add(group)

    def find(self, x: int) -> int:
        """Return the unit that stands for x's cluster."""
        parent = self.parent
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    def may_join(self, x: int, y: int) -> bool:
        """Return whether two clusters, by the units that stand for them, may be one."""
        if y in self.enemies.get(x, ()):
            return False
        mine, other = self.groups.get(x), self.groups.get(y)
        return mine is None or other is None or mine.isdisjoint(other)

    def join(self, x: int, y: int) -> int:
        """Build one cluster of two, by the units that stand for them; say which one stands now."""
        enemies, groups = self.enemies, self.groups
        if len(enemies.get(x, ())) < len(enemies.get(y, ())):
            x, y = y, x
        self.parent[y] = x
        if y in enemies:
            for enemy in enemies.pop(y):
                enemies[enemy].discard(y)
                enemies[enemy].add(x)
                enemies[x].add(enemy)
        if y in groups:
            mine, other = groups.pop(x, set()), groups.pop(y)
            if len(mine) < len(other):
                mine, other = other, mine
            mine |= other
            groups[x] = mine
        return x

    def roots(self) -> NDArray[np.int32]:
        """Return the unit that stands for each unit's cluster: shape (n_units,)."""
        root = np.array(self.parent, dtype=np.int32)
        while True:
            above = root[root]
            if np.array_equal(above, root):
                return root
            root = above


def joins_in_order(pairs: Pairs, constraints: Constraints) -> Joins:
    """Join units by pairs in their order; refuse what would break a constraint.

    Parameters
    ----------
    pairs
        Best first.
    constraints
        What must be together is so from the beginning.

    Returns
    -------
    Joins
        A pair between two clusters that may not be one is passed over; it stays so, for clusters
        only grow.

    Notes
    -----
    O(m log m) for m pairs. Most pairs lie within a cluster, or between two that may not join, long
    before their turn: chunk by chunk these are dropped all at once (filter-Kruskal [1]_), and the
    rest is looked at one by one.

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
    begin, size = 0, max(_FIRST_CHUNK, n // 4)
    while begin < len(pairs):
        end = min(begin + size, len(pairs))
        root = partition.roots()
        x, y = root[unit_a[begin:end]], root[unit_b[begin:end]]
        # Two clusters meet once: what is refused then is refused for good.
        key = _keys(x, y, n)
        _, first = np.unique(key, return_index=True)
        first.sort()
        open_ = first[x[first] != y[first]]
        if len(apart):
            closed = np.unique(_keys(root[apart[:, 0]], root[apart[:, 1]], n))
            place = np.searchsorted(closed, key[open_])
            open_ = open_[closed[np.minimum(place, len(closed) - 1)] != key[open_]]
        rows = zip((begin + open_).tolist(), x[open_].tolist(), y[open_].tolist(), strict=True)
        made += _join_each(partition, rows)
        begin, size = end, 2 * size
    pair = np.array(made, dtype=np.int64)
    return Joins(constraints, unit_a[pair], unit_b[pair], pairs.score[pair], pair)


def join_in_order(pairs: Pairs, constraints: Constraints) -> NDArray[np.int32]:
    """Label nodes after joining by all pairs in their order: see `joins_in_order`."""
    return joins_in_order(pairs, constraints).labels(0.0)


def _join_each(partition: Partition, rows: Iterable[tuple[int, int, int]]) -> list[int]:
    """Join one by one; give the positions of the pairs that joined."""
    find, may_join, join = partition.find, partition.may_join, partition.join
    made = []
    for pair, left, right in rows:
        x, y = find(left), find(right)
        if x != y and may_join(x, y):
            join(x, y)
            made.append(pair)
    return made


def _keys(x: NDArray[np.int32], y: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Return one number for each unordered pair."""
    keys: NDArray[np.int64] = np.minimum(x, y).astype(np.int64) * n + np.maximum(x, y)
    return keys
