"""The result of a search for a lineage: nodes, links and hops, as arrays and as tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.algorithms.kernels.components import first_seen
from hummgraph.frames import Frame
from hummgraph.graph.data import LinkArrays, LinkColumns
from hummgraph.records.ids import id_strings
from hummgraph.records.nodes import Ends, Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency, Edges
    from hummgraph.algorithms.kernels.reach import Reach, Walk
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "FoundLinks",
    "Reached",
    "Side",
    "hops_frame",
    "impact_frame",
    "subgraph_of",
    "touched_frame",
]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One search: with the links or against them."""

    reach: Reach
    sign: int
    against: bool

    def ways(self, edges: Edges) -> Adjacency:
        """Return the edges by the end from which this search follows them."""
        return edges.entering if self.against else edges.leaving


@dataclass(frozen=True, slots=True, eq=False)
class FoundLinks:
    """Links of a lineage, as they stand among edges: arrays of shape (n_links,)."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    item: NDArray[np.int64]
    depth: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reached:
    """The nodes and links that searches from the same nodes found, with or against the links."""

    graph: LinkGraph
    walk: Walk
    sides: tuple[Side, ...]
    max_depth: int | None
    """Largest number of hops; ``None`` for any number."""

    def lifted_note(self, start: int) -> str:
        """Return a remark on a node whose ancestor the search began at; empty for none."""
        nodes = self.graph.arrays.nodes
        depth = int(nodes.depth[self.nodes[0][0]])
        if depth >= nodes.depth[start]:
            return ""
        above, path = nodes.path[int(nodes.ancestor[depth][start])], nodes.path[start]
        return (
            f"Followed from {above.as_py()!r} with all that it contains,"
            f" not from {path.as_py()!r} alone."
        )

    @cached_property
    def nodes(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Positions, signed depths and confidences of the nodes, in the order shown."""
        position = self.sides[0].reach.nodes
        for side in self.sides[1:]:
            position = np.union1d(position, side.reach.nodes)
        depth = self.depths[position]
        found = np.stack([side.reach.confidence for side in self.sides])
        confidence = found[self.standing[position], position]
        gone = self.graph.arrays.nodes.deleted[position]
        order = np.lexsort((position, gone, -confidence, depth))
        return position[order], depth[order], confidence[order]

    @cached_property
    def standing(self) -> NDArray[np.intp]:
        """Position of the search by which each node stands: the one that reaches it sooner.

        If both are equal, it is the first, downstream. It has no meaning for a node that none
        reaches.
        """
        hops = np.stack([side.reach.depth.astype(np.int64) for side in self.sides])
        hops[hops < 0] = np.iinfo(np.int64).max
        nearest: NDArray[np.intp] = hops.argmin(axis=0)
        return nearest

    @cached_property
    def n_both(self) -> int:
        """Number of nodes, without those at depth 0, that every one of several searches reaches."""
        if len(self.sides) == 1:
            return 0
        return int(np.stack([side.reach.depth > 0 for side in self.sides]).all(axis=0).sum())

    @cached_property
    def depths(self) -> NDArray[np.int64]:
        """Signed depth of each node shown, the nearer one if it lies both ways."""
        signed = np.stack([side.reach.depth.astype(np.int64) * side.sign for side in self.sides])
        depth: NDArray[np.int64] = signed[self.standing, np.arange(signed.shape[1])]
        return depth

    @cached_property
    def links(self) -> FoundLinks:
        """Links that leave a node shown, at less than the greatest depth, for a node shown."""
        parts = [
            self._links_among(edges, side)
            for edges in (self.walk.edges, self.walk.loops)
            for side in self.sides
        ]
        whole = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
        source, target, weight, item, depth = whole
        # Once each, where it is nearest, in the order of their positions; relationships come last.
        order = np.lexsort((-depth, np.abs(depth), np.abs(item), item < 0))
        order = order[np.flatnonzero(np.diff(item[order], prepend=-(1 << 62)))]
        return FoundLinks(source[order], target[order], weight[order], item[order], depth[order])

    def _links_among(self, edges: Edges, side: Side) -> tuple[NDArray[Any], ...]:
        ways, near, origin, slots = self._leaving_slots(edges, side)
        kept = side.reach.depth[ways.node[slots]] >= 0
        edge, depth = ways.edge[slots[kept]], near[origin[kept]] + 1
        return (
            edges.source[edge],
            edges.target[edge],
            edges.weight[edge],
            edges.item[edge],
            depth * side.sign,
        )

    def _leaving_slots(
        self, edges: Edges, side: Side
    ) -> tuple[Adjacency, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the slots that leave nodes before the last hop."""
        ways, depth = side.ways(edges), side.reach.depth.astype(np.int64)
        nodes = side.reach.nodes
        if self.max_depth is not None:
            nodes = nodes[depth[nodes] < self.max_depth]
        origin = np.repeat(nodes, ways.begin[nodes + 1] - ways.begin[nodes])
        return ways, depth, origin, ways.slots_of(nodes)

    @cached_property
    def n_unweighted(self) -> int:
        """Number of links of nodes shown that were not followed: their weight is null or 0."""
        edges = [
            side.ways(self.walk.idle).edge[self._leaving_slots(self.walk.idle, side)[3]]
            for side in self.sides
        ]
        return len(np.unique(np.concatenate(edges)))

    @property
    def stopped_at(self) -> int | None:
        """Number of links tried one way when the search stopped; ``None`` if it was completed."""
        found = [side.reach.stopped_at for side in self.sides]
        return next((limit for limit in found if limit is not None), None)

    @property
    def left_out(self) -> dict[int, int]:
        """Nodes that max_per_hop left out, by signed depth."""
        return {
            hop * side.sign: reached - shown
            for side in self.sides
            for hop, (shown, reached) in enumerate(
                zip(side.reach.n_shown, side.reach.n_reached, strict=True)
            )
            if shown < reached
        }

    def best_walk(self, index: int) -> tuple[Side, list[tuple[int, int, int]]]:
        """Return the search by which a node stands, and its walk with the largest product."""
        side = self.sides[self.standing[index]]
        return side, side.reach.path_to(index)

    @cached_property
    def strong_parts(self) -> NDArray[np.int32]:
        """Label the nodes by strongly connected component, in the order of their first nodes."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n = len(self.nodes[0])
        ones = np.ones(len(self.links.item), dtype=np.int8)
        matrix = coo_array((ones, self.ends), shape=(n, n))
        _, label = connected_components(matrix, directed=True, connection="strong")
        return first_seen(label)

    @cached_property
    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ends of the links as rows of the nodes."""
        row = np.zeros(self.graph.n_nodes, dtype=np.int64)
        row[self.nodes[0]] = np.arange(len(self.nodes[0]))
        return row[self.links.source], row[self.links.target]


def hops_frame(reached: Reached) -> Frame:
    """Return counts of each hop; see :attr:`Lineage.hops`."""
    shown: dict[int, tuple[int, int]] = {}
    for side in reached.sides:
        pairs = zip(side.reach.n_shown, side.reach.n_reached, strict=True)
        for hop, (some, total) in enumerate(pairs):
            if total:
                shown[hop * side.sign] = some, total
    depths, counts = np.unique(reached.links.depth, return_counts=True)
    n_links = dict(zip(depths.tolist(), counts.tolist(), strict=True))
    rows = []
    for depth in sorted(shown.keys() | n_links.keys()):
        some, total = shown.get(depth, (0, 0))
        rows.append((depth, some, total, n_links.get(depth, 0), f"{some:,} of {total:,}"))
    names = ("depth", "n_shown", "n_reached", "n_links", "shown")
    return Frame(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))


def impact_frame(reached: Reached) -> Frame:
    """Return counts of the nodes reached by system and table; see :attr:`Lineage.impact`."""
    position, depth, confidence = reached.nodes
    away = depth != 0
    position, depth, confidence = position[away], depth[away], confidence[away]
    nodes, found = reached.graph.arrays.nodes, reached.links
    above = nodes.ancestor[:, position].astype(np.int64)
    pairs = above[0] * (reached.graph.n_nodes + 1) + above[1]
    _, first, group = np.unique(pairs, return_index=True, return_inverse=True)
    size = len(first)
    group_of = np.full(reached.graph.n_nodes, size)
    group_of[position] = group
    nearest = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(nearest, group, np.abs(depth))
    # Of two nodes equally near, the one downstream.
    sign = np.full(size, -1)
    np.maximum.at(sign, group, np.where(np.abs(depth) == nearest[group], np.sign(depth), -1))
    best = np.zeros(size)
    np.maximum.at(best, group, confidence)
    one, other = group_of[found.source], group_of[found.target]
    ends = np.concatenate([one, other[one != other]])
    n_columns = np.bincount(group, weights=nodes.depth[position] == 2, minlength=size)
    n_deleted = np.bincount(group[nodes.deleted[position]], minlength=size)
    all_gone = n_deleted == np.bincount(group, minlength=size)
    rows = pa.array(position[first])
    table = pa.table(
        {
            "system": nodes.system.take(rows),
            "table": nodes.table.take(rows),
            "n_columns": n_columns.astype(np.int64),
            "depth": nearest * sign,
            "confidence": best,
            "n_links": np.bincount(ends, minlength=size + 1)[:size],
            "n_deleted": n_deleted,
        }
    )
    return Frame(table.take(pa.array(np.lexsort((-best, nearest, all_gone)))))


def touched_frame(reached: Reached) -> Frame:
    """Return the nodes reached without the start; see :attr:`Lineage.touched`."""
    position, depth, confidence = (values[reached.nodes[1] != 0] for values in reached.nodes)
    nodes, rows = reached.graph.arrays.nodes, pa.array(position)
    below = pa.array(nodes.depth[position] < Level.COLUMN.depth)
    name = pc.if_else(below, pa.scalar(None, pa.string()), nodes.name.take(rows).cast(pa.string()))
    return Frame(
        pa.table(
            {
                "system": nodes.system.take(rows),
                "table": nodes.table.take(rows),
                "column": name,
                "depth": depth,
                "confidence": confidence,
                "deleted": nodes.deleted[position],
                "node_id": nodes.id_text.take(rows),
            }
        )
    )


def subgraph_of(reached: Reached) -> LinkGraph:
    """Return a graph of exactly the nodes and links found; see :attr:`Lineage.subgraph`."""
    graph = reached.graph
    links, nodes = graph.arrays.links, graph.arrays.nodes
    index = reached.links.item[reached.links.item >= 0]
    source, target = links.ends.source[index], links.ends.target[index]
    own = np.concatenate([reached.nodes[0], source, target])
    above = nodes.ancestor[:, own]
    kept = np.unique(above[above >= 0]).astype(np.intp)
    new = np.zeros(len(nodes), dtype=np.int32)
    new[kept] = np.arange(len(kept), dtype=np.int32)
    some = links.take(index)
    columns = LinkColumns(
        some.row,
        Ends(new[source], new[target]),
        some.confidence,
        some.status,
        some.link_type,
    )
    return graph.from_arrays(
        graph.arrays.replace(nodes=nodes.take(kept, new), links=LinkArrays(columns))
    )


def relationship_rows(graph: LinkGraph, rows: NDArray[np.int64]) -> pa.Table:
    """Return relationships with the columns of links."""
    declared, nodes = graph.relationships, graph.arrays.nodes
    source, target = pa.array(declared.source[rows]), pa.array(declared.target[rows])
    taken, score = pa.array(rows), declared.score[rows]
    return pa.table(
        {
            "link_id": id_strings(declared.ids[rows]),
            "source": nodes.id_text.take(source),
            "target": nodes.id_text.take(target),
            "source_path": nodes.path.take(source),
            "target_path": nodes.path.take(target),
            **nodes.deleted_ends(declared.source[rows], declared.target[rows]),
            "link_type": declared.type.take(taken),
            "status": declared.status.take(taken),
            "confidence": pa.array(score, mask=np.isnan(score)),
            "weight": declared.weight[rows],
            "evidence": declared.evidence.take(taken),
            "kind": declared.kind.take(taken),
        }
    )
