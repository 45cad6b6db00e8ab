"""Rounds of joins: clusters that are each other's best join at once, on whole arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.clustering.agglomeration import TOTALS, Edges, Linkage
from hummgraph.algorithms.clustering.constraints import Groups, Joins
from hummgraph.algorithms.kernels.components import order_of
from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints

__all__ = ["Rounds"]

APART: Final = -(1 << 40)
"""Count of an edge between two clusters that never join: no sum with it reaches 0."""

NONE: Final = -1
"""Best neighbour of a cluster that has none."""

STALE: Final = 4
"""A row is written anew when one in so many of its entries has changed."""

BATCH_ENTRIES: Final = 1 << 17
"""Entries that are read together."""

ROUND_ENTRIES: Final = 2_000
"""Cost of a round that reads nothing, in entries read."""

MOVED_ENTRIES: Final = 200
"""Cost of a neighbour that a single join moves, in entries read."""

CHANGE_ENTRIES = 10
"""Cost of changing to single joins for each entry, in entries read. Any number gives the same
joins."""


class Rounds:
    """Clusters, the edges of each in a row of entries, and its best neighbour.

    A cluster is named by its first unit. No join brings a cluster nearer to a third than the nearer
    of its parts was, so the best neighbour of a cluster changes only if one of both joins. A round
    reads the rows of the clusters that have just joined and of those whose best neighbour has. The
    other rows stay as they are: an entry may name a cluster by any of its units, and stand for a
    part of an edge.
    """

    def __init__(
        self,
        edges: Edges,
        size: NDArray[np.int64],
        constraints: Constraints,
        linkage: Linkage,
        lowest: float,
    ) -> None:
        n = constraints.n_units
        self.constraints = constraints
        self.linkage = linkage
        self.lowest = lowest
        self.size = size
        self.root = np.arange(n, dtype=np.int32)
        self.groups = None if constraints.group is None else Groups(constraints, self.root)
        # The best neighbour of each cluster, with its linkage and the best pair between both.
        self.best = np.full(n, NONE, dtype=np.int32)
        self.value = np.zeros(n)
        self.pair = np.zeros(n, dtype=np.int64)
        # The round of each cluster's last join, and the one in which its row was written.
        self.number = 0
        self.joined = np.zeros(n, dtype=np.int32)
        self.written = np.zeros(n, dtype=np.int32)
        # Rows are parts of a pool, one behind the other.
        self.pool, self.length = _rows(edges, constraints.apart[0], n)
        self.begin = np.cumsum(self.length) - self.length
        self.used = int(self.length.sum())
        self.done = self.length == 0
        who = np.flatnonzero(self.length)
        self.fresh = self._read(who, np.full(len(who), NONE))

    def run(self) -> list[Joins]:
        """Join until nothing is left, or until single joins would have cost less."""
        made: list[Joins] = []
        debt = 0
        x, y = self._mutual()
        while len(x) and debt <= CHANGE_ENTRIES * self.used:
            ends = x.astype(np.int32), y.astype(np.int32)
            made.append(Joins(self.constraints, *ends, self.value[x], self.pair[x]))
            debt -= MOVED_ENTRIES * int(np.minimum(self.length[x], self.length[y]).sum())
            debt += ROUND_ENTRIES + len(self.root) + self._join(x, y)
            x, y = self._mutual()
        return made

    def left(self) -> Edges:
        """Return the edges between clusters that may still join."""
        live = np.flatnonzero(~self.done)
        x, place = self._places(live, live)
        y = self.root[self.pool.y[place]]
        kept = np.flatnonzero((x < y) & ~self.done[y] & (self.pool.count[place] >= 0))
        edges = self._entries(x[kept], y[kept], place[kept])
        return edges.merged(len(self.root), self.linkage)

    def _mutual(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the clusters just read that are the best of their best, and these."""
        mate = self.best[self.fresh]
        mutual = self.best[mate] == self.fresh
        x = np.unique(np.minimum(self.fresh[mutual], mate[mutual]))
        return x, self.best[x].astype(np.int64)

    def _join(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> int:
        """Join clusters, find the best neighbours anew; return the number of entries read."""
        self.number += 1
        self.size[x] += self.size[y]
        self.root[y] = x
        self.root = self.root[self.root]
        if self.groups is not None:
            self.groups.join(y, self.root)
        moved = np.zeros(len(self.root), dtype=np.bool_)
        moved[x] = moved[y] = True
        near = np.flatnonzero(moved[self.best] & (self.best != NONE) & ~moved)
        self.joined[x] = self.number
        self.written[x] = -1
        self.done[y] = True
        self.best[y] = NONE
        who, more = np.concatenate((x, near)), np.concatenate((y, np.full(len(near), NONE)))
        read = int(self.length[who].sum() + self.length[y].sum())
        self.fresh = self._read(who, more)
        return read

    def _places(
        self, owner: NDArray[np.int64], row: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the places of the entries of rows, each with the cluster that owns the row."""
        length = self.length[row]
        skipped = np.cumsum(length) - length
        place = np.arange(int(length.sum())) + np.repeat(self.begin[row] - skipped, length)
        return np.repeat(owner, length), place

    def _entries(
        self, x: NDArray[np.int64], y: NDArray[np.int32], place: NDArray[np.int64]
    ) -> Edges:
        """Return entries of the pool, by the names that their clusters have now."""
        pool = self.pool
        return Edges(x, y, pool.total[place], pool.count[place], pool.best[place])

    def _read(self, who: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the best neighbours of clusters; return the clusters that have one.

        The row of each cluster is read, and that of a further one that it is joined with, if any.
        """
        length = self.length[who] + np.where(more == NONE, 0, self.length[more])
        cuts = np.flatnonzero(np.diff(np.cumsum(length) // BATCH_ENTRIES)) + 1
        for some, further in zip(np.split(who, cuts), np.split(more, cuts), strict=True):
            joined = further != NONE
            gone = further[joined]
            owner, place = self._places(
                np.concatenate((some, some[joined])), np.concatenate((some, gone))
            )
            self.length[gone] = 0
            self._read_some(some, owner, place)
        found: NDArray[np.bool_] = self.best[who] != NONE
        self.done[who[~found]] = True
        self.length[who[~found]] = 0
        return who[found]

    def _read_some(
        self, who: NDArray[np.int64], owner: NDArray[np.int64], place: NDArray[np.int64]
    ) -> None:
        """Find the best neighbours of a few clusters, by the entries that they own."""
        other = self.root[self.pool.y[place]]
        open_ = (other != owner) & ~self.done[other]
        changed = self.joined[other] > self.written[owner]
        same, moved = np.flatnonzero(open_ & ~changed), np.flatnonzero(open_ & changed)
        del open_, changed
        n = len(self.root)
        stale = self.length[who] - np.bincount(owner[same], minlength=n)[who]
        # Only edges of which a part has joined can be in several entries.
        entries = _joined_to(
            self._entries(owner[same], other[same], place[same]),
            self._merged(owner[moved], other[moved], place[moved]),
        )
        value = self._values(entries)
        self._find_best(who, entries, value)
        again = who[(stale * STALE >= self.length[who]) & (self.best[who] != NONE)]
        self._write(again, entries, (value >= 0) | (entries.count < 0))

    def _merged(
        self, x: NDArray[np.int64], y: NDArray[np.int32], place: NDArray[np.int64]
    ) -> Edges:
        """Return one entry for those of one cluster to the same other one."""
        if not len(x):
            return self._entries(x, y, place)
        order = order_of(len(self.root), x, y)
        x, y, place = x[order], y[order], place[order]
        new = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
        begin = np.flatnonzero(np.concatenate(([True], new)))
        pool = self.pool
        return Edges(
            x[begin],
            y[begin],
            TOTALS.get(self.linkage, np.add).reduceat(pool.total[place], begin),
            np.add.reduceat(pool.count[place], begin),
            np.minimum.reduceat(pool.best[place], begin),
        )

    def _values(self, entries: Edges) -> NDArray[np.float64]:
        """Return the linkage of each entry, negative where the clusters may not join."""
        value = entries.value(self.linkage, self.size)
        value[entries.count < 0] = -1.0
        if self.groups is not None:
            value[self.groups.shared(entries.x, entries.y)] = -1.0
        return value

    def _find_best(
        self, who: NDArray[np.int64], entries: Edges, value: NDArray[np.float64]
    ) -> None:
        """Set the best neighbours of clusters; of equal linkages, the one with the best pair."""
        self.best[who] = NONE
        self.value[who] = -1.0
        np.maximum.at(self.value, entries.x, value)
        tied = np.flatnonzero((value == self.value[entries.x]) & (value >= 0))
        x, pair = entries.x[tied], entries.best[tied]
        self.pair[who] = np.iinfo(np.int64).max
        np.minimum.at(self.pair, x, pair)
        first = pair == self.pair[x]
        self.best[x[first]] = entries.y[tied[first]]
        self.best[who[rounded(self.value[who]) < self.lowest]] = NONE

    def _write(self, who: NDArray[np.int64], entries: Edges, open_: NDArray[np.bool_]) -> None:
        """Write the rows of clusters."""
        n = len(self.root)
        chosen = np.zeros(n, dtype=np.bool_)
        chosen[who] = True
        kept = np.flatnonzero(open_ & chosen[entries.x])
        x = entries.x[kept]
        kept = kept[order_of(n, x)]
        self.length[who] = 0
        begin = self._room(len(kept))
        part = slice(begin, begin + len(kept))
        pool = self.pool
        pool.y[part] = entries.y[kept]
        pool.total[part] = entries.total[kept]
        pool.count[part] = entries.count[kept]
        pool.best[part] = entries.best[kept]
        length = np.bincount(x, minlength=n)
        self.begin[who] = (begin + np.cumsum(length) - length)[who]
        self.length[who] = length[who]
        self.written[who] = self.number

    def _room(self, more: int) -> int:
        """Make room for entries behind the others; return the place of the first.

        Rows never have more entries together than in the beginning.
        """
        pool = self.pool
        if self.used + more > len(pool.y):
            live = np.flatnonzero(self.length)
            _, place = self._places(live, live)
            length = self.length[live]
            self.begin[live] = np.cumsum(length) - length
            self.used = len(place)
            for column in (pool.y, pool.total, pool.count, pool.best):
                column[: self.used] = column[place]
        begin = self.used
        self.used += more
        return begin


def _rows(edges: Edges, apart: NDArray[np.int32], n: int) -> tuple[Edges, NDArray[np.int64]]:
    """Return edges, and pairs of clusters that never join, as both ends see them, by end.

    There is as much room behind them. The second array is the number of entries of each cluster,
    shape (n,).
    """
    closed = apart[:, 0].astype(np.int64) * n + apart[:, 1]
    key = np.minimum(edges.x, edges.y) * n + np.maximum(edges.x, edges.y)
    may = ~np.isin(key, closed)
    ends = [
        np.concatenate((end[may], of_apart)).astype(np.int32)
        for end, of_apart in ((edges.x, apart[:, 0]), (edges.y, apart[:, 1]))
    ]
    owner = np.concatenate(ends)
    order = order_of(n, owner)
    half = order % len(ends[0])
    none = np.zeros(len(apart), dtype=np.int64)
    room = np.empty(len(owner), dtype=np.int64)
    columns = (
        np.concatenate((np.concatenate((column[may], of_apart))[half], room))
        for column, of_apart in (
            (edges.total, none),
            (edges.count, none + APART),
            (edges.best, none),
        )
    )
    other = np.concatenate((np.concatenate(ends[::-1])[order], room.astype(np.int32)))
    return Edges(owner[:0], other, *columns), np.bincount(owner, minlength=n)


def _joined_to(some: Edges, more: Edges) -> Edges:
    """Return the entries of both."""
    return Edges(
        np.concatenate((some.x, more.x)),
        np.concatenate((some.y, more.y)),
        np.concatenate((some.total, more.total)),
        np.concatenate((some.count, more.count)),
        np.concatenate((some.best, more.best)),
    )
