"""Agglomeration in parts: the clusters of a large problem from small ones, level by level.

All linkages here are reducible: a join never brings two clusters nearer to a third than the nearer
of them was. So what joins at or above a level lies within one component of the edges that reach it,
and components do not need each other: each is joined down to the level by itself. Then every
cluster becomes one node, edges between the same two become one, and the next level is lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.agglomeration import Edges, Linkage, join_edges, joinable
from hummgraph.algorithms.clustering.constraints import NO_GROUP, Constraints, Partition
from hummgraph.algorithms.clustering.kruskal import joins_in_order
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.algorithms.kernels.components import components
from hummgraph.graph.policy import UNIT, rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PART_ROWS", "Cut", "Kind", "cut_at", "joined_part", "linkage_values", "next_cut"]

MAX_TRIES: Final = 10
"""Most levels that are tried before one is taken; any level gives the same clusters."""

EDGES_AT_ONCE: Final = 2_000_000
"""Edges that are counted at once."""


class Kind(IntEnum):
    """Kind of a row of a part."""

    EDGE = 0
    """An edge between the clusters x and y, with total, count and best pair."""
    GROUP = 1
    """A member of the group y is in the cluster x."""
    APART = 2
    """The clusters x and y never join."""
    CLUSTER = 3
    """The cluster x stands for so many units, its total; as a result, it is in cluster y now."""


PART_ROWS: Final = pa.schema(
    [
        ("kind", pa.int32()),
        ("x", pa.int32()),
        ("y", pa.int32()),
        ("total", pa.int64()),
        ("count", pa.int64()),
        ("best", pa.int64()),
    ]
)
"""Rows of a part, in any order, and of its result: clusters and the edges left between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Clusters in components of the edges that reach a level."""

    level: float
    region: NDArray[np.int32]
    """Component of each cluster: shape (n,)."""
    size: NDArray[np.int64]
    """Number of edges within each component, also of those below the level."""

    @property
    def largest(self) -> int:
        """Number of edges within the largest component."""
        return int(self.size.max(initial=0))

    def parts(self, budget: int) -> NDArray[np.int32]:
        """Return the part that each component belongs to, -1 for those without an edge.

        Components follow each other in parts of at most ``budget`` edges; a larger component is a
        part of its own.
        """
        filled = np.flatnonzero(self.size)
        part = np.full(len(self.size), -1, dtype=np.int32)
        number, edges = 0, 0
        for region, size in zip(filled.tolist(), self.size[filled].tolist(), strict=True):
            if edges and edges + size > budget:
                number, edges = number + 1, 0
            part[region] = number
            edges += size
        return part


def linkage_values(edges: Edges, size: NDArray[np.int64], linkage: Linkage) -> NDArray[np.float64]:
    """Return the linkage of each edge to nine decimals, negative where there is no join: (n,)."""
    return rounded(edges.value(linkage, size))


def cut_at(
    level: float,
    n: int,
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    value: NDArray[np.float64],
    *,
    above: Cut | None = None,
) -> Cut:
    """Return the components of the edges that reach a level: O(n + m) for m edges.

    Parameters
    ----------
    level
        The level, to nine decimals.
    n
        Number of clusters.
    x, y, value
        Ends and linkage of each edge, shape (m,) each.
    above
        A cut of the same edges at a higher level, whose components are joined further.
    """
    high = value >= level
    if above is None:
        region = components(n, x[high], y[high])
    else:
        # Components of components: both are numbered by their first clusters.
        high &= value < above.level
        ends = above.region[x[high]], above.region[y[high]]
        region = components(len(above.size), *ends)[above.region]
    size = np.zeros(int(region.max(initial=-1)) + 1, dtype=np.int64)
    for begin in range(0, len(x), EDGES_AT_ONCE):
        some = slice(begin, begin + EDGES_AT_ONCE)
        of_edge = region[x[some]]
        of_edge = of_edge[of_edge == region[y[some]]]
        size += np.bincount(of_edge, minlength=len(size))
    return Cut(level, region, size)


def next_cut(
    whole: Cut,
    n: int,
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    value: NDArray[np.float64],
    *,
    budget: int,
) -> Cut:
    """Return a cut at a low level with components of at most ``budget`` edges.

    If the edges of the highest linkage alone make a larger component, it is cut there.

    Parameters
    ----------
    whole
        The cut at the lowest linkage of a join, which at least one edge reaches.
    n, x, y, value
        The same as for :func:`cut_at`.
    budget
        Most edges of a component, at least 1.
    """
    if whole.largest <= budget:
        return whole
    rising = value[value >= whole.level]
    rising.sort()
    n_high = len(rising)
    highest, lowest = float(rising[-1]), float(rising[0])
    # Numbers of edges, best first: with `good` all components are small enough, with `bad` not.
    good = n_high - int(np.searchsorted(rising, highest, side="left"))
    bad = n_high - int(np.searchsorted(rising, lowest, side="right"))
    best = cut_at(highest, n, x, y, value)
    tries = 0
    while tries < MAX_TRIES and 2 * best.largest <= budget and bad - good > 1:
        tries += 1
        place = int((good * bad) ** 0.5) if bad > 4 * good else (good + bad) // 2
        tried = cut_at(float(rising[n_high - 1 - place]), n, x, y, value, above=best)
        if tried.largest <= budget:
            best = tried
            reach = n_high - int(np.searchsorted(rising, tried.level, side="left"))
            good = max(place, reach - 1)
        else:
            above = n_high - int(np.searchsorted(rising, tried.level, side="right"))
            bad = min(place, above)
    return best


def joined_part(rows: pa.Table, linkage: Linkage, level: float) -> pa.Table:
    """Join the clusters of a part down to a level.

    Parameters
    ----------
    rows
        Rows as in `PART_ROWS`: all clusters of some components, with their sizes, groups and
        the clusters that they never join, and all edges within a component.
    linkage
        Any but ``GAEC``.
    level
        Lowest linkage of a join, to nine decimals.

    Returns
    -------
    pyarrow.Table
        One row for each given cluster: the cluster that it is in now, named by the smallest code in
        it. Then the edges between these clusters that may still join; parallel ones are merged.

    Notes
    -----
    O(m log² m) for m edges.
    """
    kind = rows["kind"].to_numpy()
    columns = {name: rows[name].to_numpy() for name in PART_ROWS.names[1:]}
    of_kind = {one: {name: column[kind == one] for name, column in columns.items()} for one in Kind}
    order = np.argsort(of_kind[Kind.CLUSTER]["x"])
    code = of_kind[Kind.CLUSTER]["x"][order]
    size = of_kind[Kind.CLUSTER]["total"][order]
    edges = _edges(of_kind[Kind.EDGE], code)
    constraints = _constraints(of_kind[Kind.GROUP], of_kind[Kind.APART], code)
    n = len(code)
    if linkage is Linkage.SINGLE:
        joins = joins_in_order(_pairs(edges, constraints.n_nodes).at_least(level), constraints)
    else:
        joins = join_edges(edges, size.copy(), constraints, linkage, level)
    partition = Partition(constraints)
    for left, right in zip(joins.left.tolist(), joins.right.tolist(), strict=True):
        partition.join(partition.find(left), partition.find(right))
    root = partition.roots()
    first = np.full(n, n, dtype=np.int64)
    np.minimum.at(first, root, np.arange(n))
    total = np.bincount(root, weights=size, minlength=n).astype(np.int64)
    moved = Edges(
        root[edges.x].astype(np.int64),
        root[edges.y].astype(np.int64),
        edges.total,
        edges.count,
        edges.best,
    ).merged(n, linkage)
    left_over = moved.take(joinable(moved, constraints, partition))
    left_over = left_over.take(left_over.value(linkage, total) >= 0)
    return _result(code, code[first[root]], left_over, code[first[: len(first)].clip(max=n - 1)])


def _edges(columns: dict[str, NDArray[np.int64]], code: NDArray[np.int32]) -> Edges:
    """Return edges between clusters by their places among the codes."""
    x, y = (np.searchsorted(code, columns[end]).astype(np.int64) for end in ("x", "y"))
    return Edges(x, y, columns["total"], columns["count"], columns["best"])


def _constraints(
    groups: dict[str, NDArray[np.int64]],
    apart: dict[str, NDArray[np.int64]],
    code: NDArray[np.int32],
) -> Constraints:
    """Return the constraints of clusters, which are the first nodes and the units.

    A cluster may have members of several groups: each is a further node that is tied to it.
    """
    n, n_groups = len(code), len(groups["x"])
    owner = np.searchsorted(code, groups["x"])
    cannot = np.column_stack([np.searchsorted(code, apart[end]) for end in ("x", "y")])
    group = np.concatenate((np.full(n, NO_GROUP), groups["y"])).astype(np.int32)
    return Constraints(
        n_nodes=n + n_groups,
        must=np.column_stack((owner, n + np.arange(n_groups))).astype(np.int32),
        cannot=cannot.astype(np.int32),
        cannot_link=np.arange(len(cannot)),
        group=group if n_groups else None,
    )


def _pairs(edges: Edges, n_nodes: int) -> Pairs:
    """Return edges as pairs, the best first."""
    order = np.argsort(edges.best)
    return Pairs(
        n_nodes,
        edges.x[order].astype(np.int32),
        edges.y[order].astype(np.int32),
        edges.total[order] / UNIT,
        np.zeros(len(order), dtype=bool),
        edges.best[order],
    )


def _result(
    code: NDArray[np.int32], now: NDArray[np.int32], edges: Edges, stands: NDArray[np.int32]
) -> pa.Table:
    """Return the clusters and edges of a part as rows; edges are between roots."""
    x, y = stands[edges.x], stands[edges.y]
    n, m = len(code), len(edges)
    columns = (
        np.concatenate((np.full(n, Kind.CLUSTER), np.full(m, Kind.EDGE))),
        np.concatenate((code, np.minimum(x, y))),
        np.concatenate((now, np.maximum(x, y))),
        np.concatenate((np.zeros(n, dtype=np.int64), edges.total)),
        np.concatenate((np.zeros(n, dtype=np.int64), edges.count)),
        np.concatenate((np.zeros(n, dtype=np.int64), edges.best)),
    )
    arrays = [
        pa.array(column, field.type) for column, field in zip(columns, PART_ROWS, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=PART_ROWS)
