"""Net of all joins between tables, and the search for paths in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hummgraph.algorithms.joins.keys import JoinKey, JoinKeys
from hummgraph.algorithms.kernels.adjacency import Edges
from hummgraph.algorithms.kernels.loopless import k_shortest
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.effort import Effort
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["JoinNet", "JoinRoute"]

# A link without a weight counts as next to impossible: a path without it is preferred if any.
_TINY_WEIGHT: Final = 1e-300


class JoinRoute(NamedTuple):
    """Path from one table to another, by position."""

    tables: tuple[int, ...]
    joins: tuple[int, ...]
    """The joins between consecutive tables, as positions in a net."""


@dataclass(frozen=True, eq=False)
class JoinNet:
    """Links and relationships that join tables, in order of preference: arrays of shape (n,).

    The ends are columns, or tables where the columns are unknown.
    """

    graph: LinkGraph
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    """NaN for links without a weight."""
    item: NDArray[np.int64]
    """Position among the graph's links; for a relationship, ``-1`` minus its position."""
    n_parallel: NDArray[np.int64]
    detour: float
    """Factor of each step besides its weight."""

    @classmethod
    def of(cls, graph: LinkGraph, detour: float) -> JoinNet:
        """Return the best link between each two columns, and all declared relationships."""
        nodes, links, declared = graph.arrays.nodes, graph.arrays.links, graph.relationships
        table = nodes.ancestor[1]
        columns = graph.link_levels == Level.COLUMN.depth
        one, other = table[links.ends.source], table[links.ends.target]
        usable = np.flatnonzero(columns & (one >= 0) & (other >= 0) & (one != other))
        low = np.minimum(links.ends.source[usable], links.ends.target[usable])
        high = np.maximum(links.ends.source[usable], links.ends.target[usable])
        weight = np.where(graph.weights[usable] > 0, graph.weights[usable], np.nan)
        order = np.lexsort(
            (usable, links.status[usable] != APPROVED, -np.nan_to_num(weight), high, low)
        )
        low, high, usable, weight = low[order], high[order], usable[order], weight[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        begin = np.flatnonzero(first)
        parallel = np.diff(np.append(begin, len(order))) - 1
        best = usable[begin]
        # Approved links are first: of two equally good ones they are preferred.
        rank = np.lexsort((best, links.status[best] != APPROVED))
        owned = table[declared.source], table[declared.target]
        kept = np.flatnonzero(
            (declared.weight > 0) & (owned[0] >= 0) & (owned[1] >= 0) & (owned[0] != owned[1])
        )
        return cls(
            graph,
            np.concatenate([links.ends.source[best[rank]], declared.source[kept]]).astype(np.int64),
            np.concatenate([links.ends.target[best[rank]], declared.target[kept]]).astype(np.int64),
            np.concatenate([weight[begin[rank]], declared.weight[kept]]),
            np.concatenate([best[rank], -1 - kept]).astype(np.int64),
            np.concatenate([parallel[rank], np.zeros(len(kept), dtype=np.int64)]),
            detour,
        )

    @cached_property
    def _join_keys(self) -> JoinKeys:
        return JoinKeys(self.graph)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Quality of each join as a key."""
        ends = zip(self.item.tolist(), self.source.tolist(), self.target.tolist(), strict=True)
        return np.array(
            [
                JoinKey.IDENTIFYING if item < 0 else self._join_keys.of_link(item, one, other)
                for item, one, other in ends
            ],
            dtype=np.int64,
        )

    @cached_property
    def refers(self) -> NDArray[np.bool_]:
        """Mask of ends that refer to a row elsewhere: shape (2, n)."""
        columns = np.stack([self.source, self.target])
        depth = self.graph.arrays.nodes.depth
        # If the columns of a relationship are unknown, its source table is the one that refers.
        known = [
            [self._join_keys.refers(end) if depth[end] == 2 else not side for end in ends]
            for side, ends in enumerate(columns.tolist())
        ]
        return np.array(known, dtype=bool).reshape(2, len(self.item))

    @cached_property
    def _end_tables(self) -> NDArray[np.int64]:
        table = self.graph.arrays.nodes.ancestor[1].astype(np.int64)
        return np.stack([table[self.source], table[self.target]])

    def _step_weights(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        # A chosen link without a weight is used only if nothing else leads on.
        weight = self.weight[chosen] * self.detour
        return np.where(np.isnan(weight), _TINY_WEIGHT, weight)

    def edges(self, chosen: NDArray[np.int64]) -> Edges:
        """Return some of the joins as edges between tables."""
        source, target = self._end_tables[:, chosen]
        return Edges(
            self.graph.n_nodes, source, target, self._step_weights(chosen), chosen, directed=False
        )

    def faithful_edges(self, chosen: NDArray[np.int64]) -> Edges:
        """Return edges whose paths never go up to a row and down to all rows that refer to it.

        Every table exists twice: before and, ``n_nodes`` further, after a step up. From the second
        no step leads down.
        """
        n = self.graph.n_nodes
        parts = []
        for side in (0, 1):
            here, there = self.refers[side, chosen], self.refers[1 - side, chosen]
            begin, end = self._end_tables[side, chosen], self._end_tables[1 - side, chosen]
            level, up, down = ~here & ~there, here & ~there, ~here & there
            for mask, before, after in (
                (level, 0, 0),
                (level, n, n),
                (up, 0, n),
                (up, n, n),
                (down, 0, 0),
            ):
                parts.append((chosen[mask], begin[mask] + before, end[mask] + after))
        item, source, target = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(item, kind="stable")
        item = item[order]
        return Edges(
            2 * n, source[order], target[order], self._step_weights(item), item, directed=True
        )

    def tiers(self, ends: tuple[int, int]) -> Iterator[NDArray[np.bool_]]:
        """Yield masks of joins between active columns, then of all: shape (n,) each.

        In the two tables to join, only a column that is deleted itself counts as deleted: the
        tables were chosen by the caller.
        """
        nodes = self.graph.arrays.nodes
        asked = np.isin(nodes.ancestor[1], ends)
        gone = np.where(asked, nodes.own_deleted & (nodes.depth == 2), nodes.deleted)
        living = ~(gone[self.source] | gone[self.target])
        if not living.all():
            yield living
        yield np.ones(len(living), dtype=bool)

    def nets(self, keys: str, ends: tuple[int, int]) -> list[Edges]:
        """Return the nets of a rule in order of preference; nets with deleted columns are last."""
        weighed = ~np.isnan(self.weight)
        return [net for kept in self.tiers(ends) for net in self._nets_of(keys, kept & weighed)]

    def _nets_of(self, keys: str, weighed: NDArray[np.bool_]) -> list[Edges]:
        nets = []
        identifying, describing = (
            np.flatnonzero(weighed & (self.keys <= key))
            for key in (JoinKey.IDENTIFYING, JoinKey.DESCRIBING)
        )
        if keys != "any":
            nets.append(self.faithful_edges(identifying))
        if keys == "first":
            nets += [self.faithful_edges(describing), self.edges(describing)]
        if keys != "only":
            nets.append(self.edges(np.flatnonzero(weighed)))
        return nets

    def columns(self, at: int, begin: int) -> tuple[int, int]:
        """Return both ends, the one in table ``begin`` first."""
        ends = int(self.source[at]), int(self.target[at])
        return ends if int(self._end_tables[0, at]) == begin else ends[::-1]

    def routes(self, edges: Edges, ends: tuple[int, int], effort: Effort) -> Iterator[JoinRoute]:
        """Yield each path that visits no table twice, in order of preference."""
        n = self.graph.n_nodes
        stops = {ends[1], ends[1] + n} if edges.directed else {ends[1]}
        for route in k_shortest(edges, {ends[0]}, stops, by_edge=True, effort=effort):
            tables = tuple(node % n for node in route.nodes)
            if len(set(tables)) == len(tables):
                yield JoinRoute(tables, tuple(edges.item[list(route.edges)].tolist()))
