"""Constraints on clusters: decisions, and at most one member of each system or table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.kernels.components import components, first_seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NO_GROUP", "Constraints", "Groups", "Joins", "Partition"]

NO_GROUP = -1

N_BITS: Final = 64
"""Bits of a cluster, one for each group or for several."""


@dataclass(frozen=True, eq=False)
class Constraints:
    """Must-links, cannot-links and groups of which a cluster takes at most one member.

    Must-links go first: nodes that they join are one *unit* in any case. A cannot-link inside a
    unit is void (a contradiction, which is reported elsewhere), and so is a group that a unit has
    twice. Everything else binds.
    """

    n_nodes: int
    must: NDArray[np.int32]
    """Pairs of nodes that are together: shape (n_must, 2)."""
    cannot: NDArray[np.int32]
    """Pairs of nodes that stay apart: shape (n_cannot, 2), by link id."""
    cannot_link: NDArray[np.int64]
    """Position of the REJECTED link of each such pair: shape (n_cannot,), increasing."""
    group: NDArray[np.int32] | None
    """System or table of each node, shape (n_nodes,), -1 where none; ``None`` lets all join."""

    @property
    def free(self) -> bool:
        """Whether nothing binds, so that every join is allowed."""
        return self.group is None and not len(self.must) and not len(self.cannot)

    @property
    def groups(self) -> NDArray[np.int32]:
        """System or table of each node as in ``group``; all -1 if that is ``None``."""
        return np.full(self.n_nodes, NO_GROUP, np.int32) if self.group is None else self.group

    @cached_property
    def unit(self) -> NDArray[np.int32]:
        """Unit of each node, numbered by their first nodes: shape (n_nodes,)."""
        if not len(self.must):
            return np.arange(self.n_nodes, dtype=np.int32)
        return components(self.n_nodes, self.must[:, 0], self.must[:, 1])

    @cached_property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.unit.max(initial=-1)) + 1

    @cached_property
    def unit_size(self) -> NDArray[np.int64]:
        """Number of nodes in each unit: shape (n_units,)."""
        return np.bincount(self.unit, minlength=self.n_units)

    @cached_property
    def broken(self) -> NDArray[np.bool_]:
        """Mask of the cannot-links inside a unit: shape (n_cannot,)."""
        broken: NDArray[np.bool_] = self.unit[self.cannot[:, 0]] == self.unit[self.cannot[:, 1]]
        return broken

    @cached_property
    def apart(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Pairs of units that stay apart, smaller first, and the first REJECTED link of each.

        Shapes (k, 2) and (k,), sorted by units.
        """
        units = np.sort(self.unit[self.cannot[~self.broken]], axis=1)
        pairs, first = np.unique(units, axis=0, return_index=True)
        return pairs.astype(np.int32), self.cannot_link[~self.broken][first]

    @cached_property
    def unit_groups(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Groups of each unit: units and groups, one row each, sorted, shape (k,) both."""
        if self.group is None:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
        has = self.group != NO_GROUP
        rows = np.unique(np.column_stack((self.unit[has], self.group[has])), axis=0)
        return rows[:, 0], rows[:, 1]


@dataclass(frozen=True, slots=True, eq=False)
class Joins:
    """Joins in the order in which they were made, heights not increasing: shape (n_joins,) each."""

    constraints: Constraints
    left: NDArray[np.int32]
    """A unit on one side of each join."""
    right: NDArray[np.int32]
    """A unit on the other side."""
    height: NDArray[np.float64]
    """Highest threshold that allows the join, on the method's scale."""
    pair: NDArray[np.int64]
    """Position of the pair that made the join: the best one between both sides."""

    def __len__(self) -> int:
        return len(self.left)

    def count(self, threshold: float) -> int:
        """Return the number of joins at or above a threshold: O(log n)."""
        return int(np.searchsorted(-self.height, -threshold, side="right"))

    def labels(self, threshold: float) -> NDArray[np.int32]:
        """Label the nodes at a threshold, by their first nodes: shape (n_nodes,)."""
        n = self.count(threshold)
        units = components(self.constraints.n_units, self.left[:n], self.right[:n])
        return first_seen(units[self.constraints.unit])


class Partition:
    """Clusters of units, joined one by one where constraints allow it.

    Joins cost O(log n) amortised: the smaller of two sets moves into the larger.
    """

    def __init__(self, constraints: Constraints) -> None:
        self.parent = list(range(constraints.n_units))
        enemies: defaultdict[int, set[int]] = defaultdict(set)
        for x, y in constraints.apart[0].tolist():
            enemies[x].add(y)
            enemies[y].add(x)
        self.enemies = dict(enemies)
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
        """Return whether two clusters, by the units that stand for them, may join."""
        if y in self.enemies.get(x, ()):
            return False
        mine, other = self.groups.get(x), self.groups.get(y)
        return mine is None or other is None or mine.isdisjoint(other)

    def join(self, x: int, y: int) -> int:
        """Join two clusters, by the units that stand for them; return the one that stands now."""
        enemies, groups = self.enemies, self.groups
        if len(enemies.get(x, ())) < len(enemies.get(y, ())):
            x, y = y, x
        self.parent[y] = x
        if y in enemies:
            more = enemies.pop(y)
            for enemy in more:
                others = enemies[enemy]
                others.discard(y)
                others.add(x)
            enemies[x] |= more
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


class Groups:
    """Groups of clusters, as arrays.

    Parameters
    ----------
    constraints
        The groups of units.
    root
        The unit that stands for each unit's cluster, shape (n_units,).
    """

    def __init__(self, constraints: Constraints, root: NDArray[np.int32]) -> None:
        self.root = root
        self.units, group = constraints.unit_groups
        self.group = np.unique(group, return_inverse=True)[1]
        self.n_groups = int(self.group.max(initial=-1)) + 1
        # Clusters whose bits differ share no group; two groups may have the same bit.
        self.bits = np.zeros(len(root), dtype=np.uint64)
        bit = np.left_shift(np.uint64(1), (self.group % N_BITS).astype(np.uint64))
        np.bitwise_or.at(self.bits, root[self.units], bit)

    def join(self, gone: NDArray[np.int64], root: NDArray[np.int32]) -> None:
        """Move the groups of clusters into those that they are part of now."""
        self.root = root
        np.bitwise_or.at(self.bits, root[gone], self.bits[gone])

    def shared(self, x: NDArray[np.integer[Any]], y: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Return a mask of the clusters that share a group, two by two: shape (n,)."""
        shared: NDArray[np.bool_] = (self.bits[x] & self.bits[y]) != 0
        if self.n_groups > N_BITS:
            from scipy.sparse import csr_array

            some = np.flatnonzero(shared)
            ones = np.ones(len(self.units), dtype=np.int8)
            shape = (len(self.root), self.n_groups)
            has = csr_array((ones, (self.root[self.units], self.group)), shape=shape)
            both: NDArray[np.int64] = has[x[some]].multiply(has[y[some]]).sum(axis=1)
            shared[some] = np.asarray(both).ravel() > 0
        return shared
