"""Groups of tables, joined by the best linkage first; decisions about tables bind."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.kernels.components import components

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.affinity import Affinity, Constants

__all__ = ["Between", "Grouping", "Join", "group_tables"]


@dataclass(slots=True)
class Between:
    """Sums over the linked pairs between two groups of tables."""

    best: tuple[tuple[float, int], ...]
    """The best pairs: score and position of the pair, the best first."""
    against: float = 0.0
    """Sum of negative scores."""
    n_same_origin: int = 0
    """Number of linked pairs of one origin."""
    n_within: int = 0
    """Number of linked pairs in one system and of different origins."""

    @property
    def bound(self) -> float:
        """Upper bound of the linkage, without evidence against it; 0 without evidence for it."""
        return sum(score for score, _ in self.best) / len(self.best)


@dataclass(frozen=True, slots=True)
class Join:
    """Join of two groups.

    Parameters
    ----------
    a, b
        Numbers of the groups that were joined; the second is part of the first from then on.
    linkage
        Linkage at which they were joined; 1 for decisions and copies.
    pair
        Position of the best pair of tables between them, -1 for decisions and copies.
    reason
        ``"linked"``, ``"approved"`` or ``"copy"``.
    """

    a: int
    b: int
    linkage: float
    pair: int
    reason: str


@dataclass(frozen=True, eq=False)
class Grouping:
    """Result of joining tables."""

    label: NDArray[np.int64]
    """Number of each table's group: shape (n_tables,)."""
    joins: list[Join]
    forced: list[tuple[int, int]]
    """Pairs of tables that are rejected and in one group."""
    least: float
    """Least linkage of the groups that are listed as near."""
    _found: Affinity = field(repr=False)
    _groups: _Groups = field(repr=False)

    @property
    def refused(self) -> list[tuple[int, int, float, int]]:
        """Groups that decisions keep apart, with their linkage and best pair."""
        return self._remaining[1]

    @property
    def near(self) -> list[tuple[int, int, float, int]]:
        """Groups whose linkage is above ``least`` and below the threshold, the best first."""
        return self._remaining[0]

    @cached_property
    def _remaining(self) -> tuple[list[tuple[int, int, float, int]], ...]:
        return _remaining(self._found, self._groups, self.label, self.least)


class _Groups:
    """Groups of tables with what lies between them."""

    def __init__(self, found: Affinity, constants: Constants, pairs: NDArray[np.int64]) -> None:
        n = len(found.place)
        self.constants = constants
        self.parent = list(range(n))
        self.size = [1] * n
        self.systems: list[dict[int, int]] = [{int(system): 1} for system in found.system]
        self.origins: list[dict[int, int]] = [{int(place): 1} for place in found.place]
        self.both: list[dict[tuple[int, int], int]] = [
            {(int(system), int(place)): 1}
            for system, place in zip(found.system, found.place, strict=True)
        ]
        self.near: list[dict[int, Between]] = [{} for _ in range(n)]
        self.apart: list[set[int]] = [set() for _ in range(n)]
        for t, u, between in _betweens(found, pairs):
            self.near[t][u] = self.near[u][t] = between

    def find(self, t: int) -> int:
        while self.parent[t] != t:
            self.parent[t] = self.parent[self.parent[t]]
            t = self.parent[t]
        return t

    def linkage(self, a: int, b: int) -> float:
        """Return the mean of the best scores plus the mean of the evidence against."""
        between = self.near[a][b]
        n_origin = _products(self.origins[a], self.origins[b])
        n_system = _products(self.systems[a], self.systems[b])
        n_both = _products(self.both[a], self.both[b])
        # Pairs in different systems, linked ones, and those of one origin are compared.
        n = self.size[a] * self.size[b] - n_system + n_both + between.n_within
        unlinked = n_origin - between.n_same_origin
        against = between.against - self.constants.same_origin * unlinked
        best = between.best[: self.constants.best]
        k = min(self.constants.best, n)
        return sum(score for score, _ in best) / k + against / n

    def join(self, a: int, b: int) -> int:
        """Join two groups; return the number of the larger, which both have from then on."""
        if len(self.near[a]) + self.size[a] < len(self.near[b]) + self.size[b]:
            a, b = b, a
        self.parent[b] = a
        self.size[a] += self.size[b]
        for mine, theirs in (
            (self.systems[a], self.systems[b]),
            (self.origins[a], self.origins[b]),
            (self.both[a], self.both[b]),
        ):
            _add(mine, theirs)
        self.near[a].pop(b, None)
        self.near[b].pop(a, None)
        for other, between in self.near[b].items():
            del self.near[other][b]
            known = self.near[a].get(other)
            both = between if known is None else self._add_up(known, between)
            self.near[a][other] = self.near[other][a] = both
        self.near[b] = {}
        self.apart[a] |= self.apart[b]
        for other in self.apart[b]:
            self.apart[other].discard(b)
            self.apart[other].add(a)
        self.apart[b] = set()
        return a

    def set_between(self, pairs: Iterable[tuple[int, int, Between]]) -> None:
        """Set what lies between groups, by pairs of tables of two groups each."""
        self.near = [{} for _ in self.parent]
        for t, u, between in pairs:
            a, b = self.find(t), self.find(u)
            known = self.near[a].get(b)
            both = between if known is None else self._add_up(known, between)
            self.near[a][b] = self.near[b][a] = both

    def _add_up(self, one: Between, other: Between) -> Between:
        best = sorted((*one.best, *other.best), reverse=True)
        return Between(
            tuple(best[: self.constants.best]),
            one.against + other.against,
            one.n_same_origin + other.n_same_origin,
            one.n_within + other.n_within,
        )


def _betweens(found: Affinity, pairs: NDArray[np.int64]) -> Iterator[tuple[int, int, Between]]:
    """Yield both tables of some pairs, and what lies between them."""
    t, u, score = found.t[pairs], found.u[pairs], found.score[pairs]
    origin = found.place[t] == found.place[u]
    within = (found.system[t] == found.system[u]) & ~origin
    columns = (one.tolist() for one in (pairs, t, u, score, origin, within))
    for pair, a, b, value, is_origin, is_within in zip(*columns, strict=True):
        best = ((max(value, 0.0), -pair),)
        yield a, b, Between(best, min(value, 0.0), int(is_origin), int(is_within))


def _products(a: dict[Any, int], b: dict[Any, int]) -> int:
    """Return the number of pairs of members with one key."""
    if len(a) > len(b):
        a, b = b, a
    total = 0
    for key, count in a.items():
        if key in b:
            total += count * b[key]
    return total


def _add(mine: dict[Any, int], theirs: dict[Any, int]) -> None:
    for key, count in theirs.items():
        mine[key] = mine.get(key, 0) + count


def group_tables(
    found: Affinity,
    *,
    must: Iterable[tuple[int, int]],
    cannot: Iterable[tuple[int, int]],
    copied: Iterable[tuple[int, int]],
    threshold: float,
    least: float,
    constants: Constants,
) -> Grouping:
    """Join groups of tables while the best linkage is at or above the threshold.

    Parameters
    ----------
    found
        Affinity of pairs of tables.
    must, cannot
        Pairs that are approved, and rejected. Approved pairs are in one group in any case.
    copied
        Pairs of which one is a copy; they are joined first, unless a rejected pair forbids it.
    threshold
        Least linkage at which groups are joined.
    least
        Least linkage of the groups that are listed as near.

    Notes
    -----
    O(p log p) for p pairs of tables: of two groups the one with fewer neighbours is moved. No
    linkage is above the best score between two groups, so pairs are read only where scores at or
    above the threshold, approved pairs and copies could lead from one table to the other.
    """
    must, copied = sorted(must), sorted(copied)
    groups = _Groups(found, constants, _reachable(found, [*must, *copied], threshold))
    joins: list[Join] = []
    for a, b in must:
        one, other = groups.find(a), groups.find(b)
        if one != other:
            joins.append(Join(one, other, 1.0, -1, "approved"))
            groups.join(one, other)
    forced = []
    for a, b in sorted(cannot):
        one, other = groups.find(a), groups.find(b)
        if one == other:
            forced.append((a, b))
        else:
            groups.apart[one].add(other)
            groups.apart[other].add(one)
    for a, b in copied:
        one, other = groups.find(a), groups.find(b)
        if one != other and other not in groups.apart[one]:
            joins.append(Join(one, other, 1.0, -1, "copy"))
            groups.join(one, other)
    _join_linked(groups, joins, threshold)
    label = np.array([groups.find(t) for t in range(len(found.place))], dtype=np.int64)
    return Grouping(label, joins, forced, least, found, groups)


def _reachable(
    found: Affinity, united: list[tuple[int, int]], threshold: float
) -> NDArray[np.int64]:
    """Return the pairs of tables that joins could ever bring into one group."""
    ends = np.array(united, dtype=np.int64).reshape(-1, 2)
    good = found.score >= threshold - _MARGIN
    part = components(
        len(found.place),
        np.concatenate((found.t[good], ends[:, 0])),
        np.concatenate((found.u[good], ends[:, 1])),
    )
    return np.flatnonzero(part[found.t] == part[found.u])


def _join_linked(groups: _Groups, joins: list[Join], threshold: float) -> None:
    """Join the groups with the best linkage, until it is below the threshold."""
    version = [0] * len(groups.parent)

    def entry(a: int, b: int) -> tuple[float, int, int, int, int, int]:
        best = groups.near[a][b].best[0][1]
        return (-_rounded(groups.linkage(a, b)), -best, a, b, version[a], version[b])

    heap = [
        entry(a, b)
        for a, others in enumerate(groups.near)
        for b in others
        if a < b and _may_join(groups.near[a][b], threshold) and b not in groups.apart[a]
    ]
    heap = [one for one in heap if -one[0] >= threshold]
    heapify(heap)
    while heap:
        negative, pair, a, b, at_a, at_b = heappop(heap)
        if version[a] != at_a or version[b] != at_b or b in groups.apart[a]:
            continue
        joins.append(Join(a, b, -negative, pair, "linked"))
        kept = groups.join(a, b)
        version[a] += 1
        version[b] += 1
        for other, between in groups.near[kept].items():
            if _may_join(between, threshold) and other not in groups.apart[kept]:
                low, high = min(kept, other), max(kept, other)
                found = entry(low, high)
                if -found[0] >= threshold:
                    heappush(heap, found)


_MARGIN: Final = 1e-8
"""Deduction from a bound, since linkages are rounded."""


def _may_join(between: Between, least: float) -> bool:
    """Return whether the linkage may reach a bound, before the work of computing it."""
    return between.best[0][0] > 0 and _rounded(between.bound) >= least


def _rounded(linkage: float) -> float:
    """Return a linkage to nine decimals, so that the order of additions decides nothing."""
    return round(linkage, 9)


def _remaining(
    found: Affinity, groups: _Groups, label: NDArray[np.int64], least: float
) -> tuple[list[tuple[int, int, float, int]], list[tuple[int, int, float, int]]]:
    """Return groups that are nearly joined, and those that decisions keep apart.

    Only pairs between groups of which one pair is good enough are read.
    """
    one, other = label[found.t], label[found.u]
    between = np.minimum(one, other) * len(label) + np.maximum(one, other)
    good = (one != other) & (found.score > 0) & (found.score >= least - _MARGIN)
    rows = np.flatnonzero((one != other) & np.isin(between, between[good]))
    groups.set_between(_betweens(found, rows))
    near: list[tuple[int, int, float, int]] = []
    refused: list[tuple[int, int, float, int]] = []
    for a, others in enumerate(groups.near):
        for b, lies in others.items():
            if a < b and _may_join(lies, least):
                linkage = _rounded(groups.linkage(a, b))
                row = (a, b, linkage, -lies.best[0][1])
                if linkage >= least:
                    (refused if b in groups.apart[a] else near).append(row)
    for rows_of in (near, refused):
        rows_of.sort(key=lambda row: (-row[2], row[3]))
    return near, refused
