"""Agglomeration on sparse pairs: the best join first, by a linkage, where constraints allow it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.constraints import Groups, Joins, Partition
from hummgraph.algorithms.clustering.kruskal import joins_in_order
from hummgraph.algorithms.kernels.components import components, order_of
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import UNIT, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import Pairs
    from hummgraph.algorithms.clustering.setting import Setting

__all__ = [
    "AVERAGES",
    "TOTALS",
    "Edges",
    "Linkage",
    "agglomerate",
    "averaged_over",
    "join_edges",
    "joinable",
    "linkage_of",
]

MIN_EDGES_OF_ROUNDS = 1_000
"""Fewest edges for which rounds are faster than single joins. Any number gives the same joins."""


SHARES: Final = (1, 2, 4, 8)
"""Sums that are tried as a level: the lowest, then those that one edge in so many reaches."""


EDGES_OF_PASS: Final = 4
"""Edges that a pass over all reads while single joins read one."""


class Linkage(StrEnum):
    """Score of the join of two clusters, computed from the pairs between them."""

    SINGLE = "single"
    """The best pair."""
    AVERAGE_PRESENT = "average over present pairs"
    """The mean over the pairs that exist."""
    AVERAGE_POSSIBLE = "average over possible pairs"
    """The mean over all pairs of members; a missing one counts as 0."""
    COMPLETE = "complete"
    """The worst pair of members; clusters with a missing pair do not join."""
    GAEC = "gaec"
    """The sum of the scores of the pairs, each less the threshold."""


AVERAGES: Final = {
    "present": Linkage.AVERAGE_PRESENT,
    "possible": Linkage.AVERAGE_POSSIBLE,
}


def averaged_over(choice: str | None, one_per: Level | None) -> str:
    """Return the pairs that the mean is over, ``"present"`` or ``"possible"``."""
    if choice is None:
        return "present" if one_per is Level.INTEGRATION_SOURCE else "possible"
    if choice not in AVERAGES:
        raise ArgumentError(
            f"average_over is {choice!r}; it must be 'present', 'possible' or None."
        )
    return choice


def linkage_of(setting: Setting) -> Linkage:
    """Return the linkage of an agglomerative method."""
    if setting.method != "average":
        return Linkage(setting.method)
    over = averaged_over(setting.options.get("average_over"), setting.one_per)
    return AVERAGES[over]


def agglomerate(
    pairs: Pairs, constraints: Constraints, linkage: Linkage, *, threshold: float = 0.0
) -> Joins:
    """Join the two clusters with the highest linkage repeatedly, down to a threshold.

    Parameters
    ----------
    pairs
        Best first.
    constraints
        Must-linked nodes are together from the beginning: they count as one node, which has the
        best of their pairs to each other one. Cannot-linked nodes never join.
    linkage
        Function that the score of a join is computed by.
    threshold
        Lowest linkage of a join, in [0, 1], inclusive. With ``GAEC`` the scores of pairs are
        compared with it, and joins go on while the sum is at least 0.

    Returns
    -------
    Joins
        Joins whose heights do not increase, and have nine decimals. Ties are broken by the best
        pair between two clusters. With ``GAEC`` all heights equal the threshold, because its joins
        hold at that threshold only.

    Notes
    -----
    O(m log² n) for m pairs that lie in components of pairs at or above the threshold. Scores are
    summed as whole billionths, so that no sum depends on its order; linkages are ordered unrounded,
    and rounded to nine decimals for the comparison with the threshold. All linkages but GAEC are
    reducible: a join never brings two clusters nearer to a third than the nearer of them was.
    Therefore two clusters that are each other's best can be joined at once, wherever they are, and
    rounds of such joins [1]_ do most of the work on whole arrays; single joins with a heap do the
    rest. Constraints keep this true: a cluster may not join another if one of its parts may not.
    Joins by GAEC are single ones, within regions that do not need each other down to a level; then
    each cluster becomes one node, and the next level is lower. For the linkages on signed, sparse
    graphs see [2]_.

    References
    ----------
    .. [1] F. Murtagh: A survey of recent advances in hierarchical clustering algorithms. The
       Computer Journal 26(4), 1983. https://doi.org/10.1093/comjnl/26.4.354
    .. [2] A. Bailoni et al.: GASP, a generalized framework for agglomerative clustering of signed
       graphs. CVPR 2022. https://arxiv.org/abs/1906.11713
    """
    if linkage is Linkage.SINGLE:
        return joins_in_order(pairs.at_least(threshold), constraints)
    threshold = rounded(threshold)
    edges = _linked_edges(pairs, constraints, linkage, threshold)
    # A unit is one node, whatever its size: approvals do not make a join harder.
    size = np.ones(constraints.n_units, dtype=np.int64)
    return join_edges(edges, size, constraints, linkage, threshold)


def join_edges(
    edges: Edges,
    size: NDArray[np.int64],
    constraints: Constraints,
    linkage: Linkage,
    threshold: float,
) -> Joins:
    """Join clusters by the edges between them, as :func:`agglomerate` joins units by pairs.

    Parameters
    ----------
    edges
        Edges between clusters that are units of the constraints.
    size
        Number of nodes that each cluster stands for, shape (n_units,); it is changed.
    constraints
        Clusters that never join.
    linkage
        Any but ``SINGLE``.
    threshold
        Lowest linkage of a join, in whole billionths.
    """
    log = _Log([], [], [], [])
    if linkage is Linkage.GAEC:
        _in_regions(edges, size, constraints, log)
        return log.joins(constraints, threshold)
    rounds: list[Joins] = []
    if len(edges) >= MIN_EDGES_OF_ROUNDS:
        from hummgraph.algorithms.clustering.rounds import Rounds

        engine = Rounds(edges, size, constraints, linkage, threshold)
        rounds, edges = engine.run(), engine.left()
        del engine
    if len(edges):
        partition = Partition(constraints)
        for joined in rounds:
            for x, y in zip(joined.left.tolist(), joined.right.tolist(), strict=True):
                partition.join(partition.find(x), partition.find(y))
        _one_by_one(_Frontier(edges, linkage, threshold, size), partition, log)
    return log.joins(constraints, None, rounds)


TOTALS: Final = {Linkage.COMPLETE: np.minimum, Linkage.SINGLE: np.maximum}
"""Totals of merged edges, where they are not sums."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Pairs between clusters, summed: arrays of shape (n_edges,)."""

    x: NDArray[np.integer[Any]]
    y: NDArray[np.integer[Any]]
    total: NDArray[np.int64]
    """Sum of the scores (for GAEC less the threshold), in billionths; for COMPLETE the lowest, for
    SINGLE the highest."""
    count: NDArray[np.int64]
    """Number of pairs."""
    best: NDArray[np.int64]
    """Position of the best pair."""

    def __len__(self) -> int:
        return len(self.x)

    def take(self, chosen: NDArray[Any]) -> Edges:
        """Return some edges, by a mask or by position."""
        return Edges(
            self.x[chosen],
            self.y[chosen],
            self.total[chosen],
            self.count[chosen],
            self.best[chosen],
        )

    def merged(self, n: int, linkage: Linkage) -> Edges:
        """Build one edge of those between the same two clusters; drop those within one."""
        across = self if bool(np.all(self.x != self.y)) else self.take(self.x != self.y)
        if not len(across):
            return across
        x, y = np.minimum(across.x, across.y), np.maximum(across.x, across.y)
        order = order_of(n, x, y)
        x, y = x[order], y[order]
        new = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
        begin = np.flatnonzero(np.concatenate(([True], new)))
        reduce = TOTALS.get(linkage, np.add)
        return Edges(
            x[begin].astype(np.int64),
            y[begin].astype(np.int64),
            reduce.reduceat(across.total[order], begin),
            np.add.reduceat(across.count[order], begin),
            np.minimum.reduceat(across.best[order], begin),
        )

    def value(self, linkage: Linkage, size: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the linkage of each edge; negative where there is no join."""
        possible = size[self.x] * size[self.y]
        if linkage is Linkage.COMPLETE:
            return np.where(self.count == possible, self.total / UNIT, -1.0)
        of_unit = {Linkage.AVERAGE_PRESENT: self.count, Linkage.AVERAGE_POSSIBLE: possible}
        divisor = of_unit.get(linkage, np.int64(1))
        # As floats: billionths of ten thousand million pairs do not fit into 64 bits.
        value: NDArray[np.float64] = self.total / (divisor.astype(np.float64) * UNIT)
        return value


@dataclass(frozen=True, slots=True)
class _Log:
    """The joins so far."""

    left: list[int]
    right: list[int]
    height: list[float]
    pair: list[int]

    def joins(
        self, constraints: Constraints, height: float | None, rounds: Sequence[Joins] = ()
    ) -> Joins:
        """Return the joins and those of rounds in order: highest first, then by their pairs."""
        single = Joins(
            constraints,
            np.array(self.left, dtype=np.int32),
            np.array(self.right, dtype=np.int32),
            np.array(self.height, dtype=np.float64),
            np.array(self.pair, dtype=np.int64),
        )
        made = (*rounds, single)
        heights = rounded(np.concatenate([joins.height for joins in made]))
        if height is not None:
            heights = np.full(len(heights), height)
        pair = np.concatenate([joins.pair for joins in made])
        order = np.lexsort((pair, -heights))
        return Joins(
            constraints,
            np.concatenate([joins.left for joins in made])[order],
            np.concatenate([joins.right for joins in made])[order],
            heights[order],
            pair[order],
        )


def _linked_edges(
    pairs: Pairs, constraints: Constraints, linkage: Linkage, threshold: float
) -> Edges:
    """Return the edges that can matter.

    No linkage is above that of its best part, so nothing joins across components of edges that
    reach the threshold.
    """
    x, y = constraints.unit[pairs.a], constraints.unit[pairs.b]
    inside = np.flatnonzero(_open_edges(x, y, pairs.score >= threshold, constraints.n_units))
    inside = inside[x[inside] != y[inside]]
    if len(constraints.must):
        inside = inside[_best_of_each(x[inside], y[inside], constraints.n_units)]
    score = pairs.score[inside]
    if linkage is Linkage.GAEC:
        score = score - threshold
    return Edges(
        x[inside].astype(np.int64),
        y[inside].astype(np.int64),
        np.rint(score * UNIT).astype(np.int64),
        np.ones(len(inside), dtype=np.int64),
        inside,
    )


def _best_of_each(x: NDArray[np.int32], y: NDArray[np.int32], n: int) -> NDArray[np.intp]:
    """Return the first edge between every two units, by position; edges are best first."""
    key = np.minimum(x, y).astype(np.int64) * n + np.maximum(x, y)
    _, first = np.unique(key, return_index=True)
    return np.sort(first)


def _open_edges(
    x: NDArray[np.integer[Any]], y: NDArray[np.integer[Any]], high: NDArray[np.bool_], n: int
) -> NDArray[np.bool_]:
    """Return a mask of the edges within a component of edges that reach the threshold."""
    region = components(n, x[high], y[high])
    alive: NDArray[np.bool_] = region[x] == region[y]
    return alive


def joinable(edges: Edges, constraints: Constraints, partition: Partition) -> NDArray[np.bool_]:
    """Return a mask of the edges between clusters that may join."""
    root = partition.roots()
    open_ = np.ones(len(edges), dtype=bool)
    if len(constraints.apart[0]):
        n = constraints.n_units
        apart = np.sort(root[constraints.apart[0]].astype(np.int64), axis=1)
        closed = np.unique(apart[:, 0] * n + apart[:, 1])
        key = np.minimum(edges.x, edges.y) * n + np.maximum(edges.x, edges.y)
        open_ &= closed[np.minimum(np.searchsorted(closed, key), len(closed) - 1)] != key
    if constraints.group is not None:
        open_ &= ~Groups(constraints, root).shared(edges.x, edges.y)
    return open_


def _in_regions(edges: Edges, size: NDArray[np.int64], constraints: Constraints, log: _Log) -> None:
    """Join by sums, down to lower and lower levels; only edges within a region are looked at.

    Joins may raise sums, so there are no rounds. But whatever joins down to a level, no sum between
    two clusters is above that of all positive edges between their regions.
    """
    n = constraints.n_units
    partition = Partition(constraints)
    edges = edges.take(joinable(edges, constraints, partition))
    while bool(np.any(edges.total >= 0)):
        level, inside = _level_and_inside(edges, n)
        _one_by_one(_Frontier(inside, Linkage.GAEC, level / UNIT, size), partition, log)
        if level == 0:
            break
        root = partition.roots()
        edges = replace(edges, x=root[edges.x], y=root[edges.y]).merged(n, Linkage.GAEC)
        edges = edges.take(joinable(edges, constraints, partition))


def _level_and_inside(edges: Edges, n: int) -> tuple[int, Edges]:
    """Return a level, in billionths, and the edges within the regions that do not mix above it."""
    positive = edges.take(edges.total >= 0)
    totals = np.sort(positive.total)
    for share in SHARES:
        level = 0 if share == 1 else int(totals[-1 - len(totals) // share])
        region = _regions(positive, level, n)
        inside = np.flatnonzero(region[edges.x] == region[edges.y])
        if len(inside) <= max(len(edges) // EDGES_OF_PASS, MIN_EDGES_OF_ROUNDS):
            break
    return level, edges.take(inside)


def _regions(edges: Edges, level: int, n: int) -> NDArray[np.int32]:
    """Return the region of each cluster: the edges between two have a sum below the level."""
    region = np.arange(n, dtype=np.int32)
    high = edges.total >= level
    while bool(high.any()):
        label = components(n, edges.x[high], edges.y[high])
        region = label[region]
        edges = replace(edges, x=label[edges.x], y=label[edges.y]).merged(n, Linkage.GAEC)
        high = edges.total >= level
    return region


class _Frontier:
    """Edges between clusters, from which the best is joined repeatedly.

    A cluster is identified by one of its units, an edge by a number; an edge that is merged from
    two gets a new number. The initial edges wait in one sorted list, changed edges in a heap.
    """

    def __init__(
        self, edges: Edges, linkage: Linkage, lowest: float, size: NDArray[np.int64]
    ) -> None:
        self.linkage = linkage
        self.lowest = lowest
        self.size: list[int] = size.tolist()
        # Arrays, not lists: an int of a list takes 36 bytes.
        self.x = array("i", edges.x.astype(np.intc).tobytes())
        self.y = array("i", edges.y.astype(np.intc).tobytes())
        self.total = array("q", edges.total.tobytes())
        self.count = array("q", edges.count.tobytes())
        self.best = array("q", edges.best.astype(np.int64).tobytes())
        # Edges of each cluster by the cluster at the other end; one object for each cluster.
        self.around: dict[int, dict[int, int]] = {}
        name = list(range(len(self.size)))
        for edge, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            self.around.setdefault(x, {})[name[y]] = edge
            self.around.setdefault(y, {})[name[x]] = edge
        self.heap: list[tuple[float, int, int]] = []

    def value(self, edge: int) -> float:
        """Return the linkage of an edge as it is now; negative where there is no join."""
        total, count = self.total[edge], self.count[edge]
        if self.linkage is Linkage.GAEC:
            return float(total / UNIT)
        if self.linkage is Linkage.AVERAGE_PRESENT:
            return total / (float(count) * UNIT)
        possible = self.size[self.x[edge]] * self.size[self.y[edge]]
        if self.linkage is Linkage.AVERAGE_POSSIBLE:
            return total / (float(possible) * UNIT)
        return total / UNIT if count == possible else -1.0

    def waiting(self) -> Iterator[tuple[float, int, int]]:
        """Return the first edges at or above the lowest value, best first, as in the heap."""
        value = np.fromiter(map(self.value, range(len(self.x))), dtype=np.float64)
        best = np.array(self.best, dtype=np.int64)
        order = np.lexsort((best, -value))
        order = order[: np.searchsorted(-rounded(value[order]), -self.lowest, side="right")]
        for begin in range(0, len(order), 4_096):
            some = order[begin : begin + 4_096]
            yield from zip((-value[some]).tolist(), best[some].tolist(), some.tolist(), strict=True)

    def by_turns(self) -> Iterator[tuple[float, int]]:
        """Return edges and their linkage, best first, while joins change what is best."""
        waiting = self.waiting()
        ahead = next(waiting, None)
        while ahead is not None or self.heap:
            if ahead is not None and (not self.heap or ahead < self.heap[0]):
                item, ahead = ahead, next(waiting, None)
            else:
                item = heappop(self.heap)
            edge = item[2]
            if self.around.get(self.x[edge], {}).get(self.y[edge]) != edge:
                continue  # merged into another edge
            now = self.value(edge)
            if now == -item[0]:
                yield now, edge
            elif rounded(now) >= self.lowest:
                # A cluster at one end has grown since, so that more pairs are possible.
                self.wait(edge, now)

    def wait(self, edge: int, value: float) -> None:
        """Put an edge into the heap."""
        heappush(self.heap, (-value, self.best[edge], edge))

    def drop(self, edge: int) -> None:
        """Remove an edge between two clusters that may not join."""
        x, y = self.x[edge], self.y[edge]
        del self.around[x][y], self.around[y][x]

    def join(self, edge: int) -> None:
        """Build one cluster of the two at an edge's ends.

        The smaller of two neighbourhoods moves, so that no edge moves often.
        """
        x, y, around = self.x[edge], self.y[edge], self.around
        stands, gone = (x, y) if len(around[x]) >= len(around[y]) else (y, x)
        self.size[stands] += self.size[gone]
        mine, others = around[stands], around.pop(gone)
        del mine[gone], others[stands]
        for other, moving in others.items():
            theirs = around[other]
            del theirs[gone]
            if other in mine:
                merged = self.merged(moving, mine[other], stands, other)
                if rounded(now := self.value(merged)) >= self.lowest:
                    self.wait(merged, now)
            else:
                merged = moving
                self.x[moving], self.y[moving] = stands, other
            mine[other] = theirs[stands] = merged

    def merged(self, one: int, other: int, x: int, y: int) -> int:
        """Build one edge of two."""
        totals = self.total[one], self.total[other]
        self.x.append(x)
        self.y.append(y)
        self.total.append(min(totals) if self.linkage is Linkage.COMPLETE else sum(totals))
        self.count.append(self.count[one] + self.count[other])
        self.best.append(min(self.best[one], self.best[other]))
        return len(self.x) - 1


def _one_by_one(frontier: _Frontier, partition: Partition, log: _Log) -> None:
    """Join the best edge and update its neighbours, until no edge is left."""
    for value, edge in frontier.by_turns():
        x, y = frontier.x[edge], frontier.y[edge]
        left, right = partition.find(x), partition.find(y)
        if not partition.may_join(left, right):
            frontier.drop(edge)
            continue
        log.left.append(x)
        log.right.append(y)
        log.height.append(value)
        log.pair.append(frontier.best[edge])
        partition.join(left, right)
        frontier.join(edge)
