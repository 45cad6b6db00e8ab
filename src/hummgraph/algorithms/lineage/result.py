"""What a lineage is: nodes with depths and confidences, links, hops, cycles, pictures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.kernels.adjacency import graph_edges
from hummgraph.algorithms.kernels.components import first_seen
from hummgraph.algorithms.kernels.effort import stopped_after, stopped_note
from hummgraph.algorithms.kernels.steps import DIRECTION_NOTE, LINK, box_of, steps_of
from hummgraph.algorithms.lineage.diagram import (
    Drawn,
    count,
    draw_lines,
    draw_nodes,
    told_by_depth,
)
from hummgraph.algorithms.paths.other_levels import leads_on
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.drawing.diagram.diagram import Diagram
from hummgraph.errors import NoPathError
from hummgraph.frames import Frame, visible
from hummgraph.graph.links import LinkArrays, LinkColumns
from hummgraph.records.ids import id_strings
from hummgraph.records.nodes import Ends, Level

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency, Edges
    from hummgraph.algorithms.kernels.reach import Reach, Walk
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.algorithms.paths.other_levels import OtherLevels
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Condensation", "Direction", "Lineage", "Side"]

Direction = Literal["downstream", "upstream", "neighborhood"]

_HOPS = 4  # hops that a repr tells of
_DICT_LINKS = (
    "link_id",
    "source",
    "target",
    "source_path",
    "target_path",
    "source_deleted",
    "target_deleted",
    "kind",
    "link_type",
    "status",
    "confidence",
    "weight",
    "depth",
)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One search: with the links or against them."""

    reach: Reach
    sign: int
    against: bool

    def ways(self, edges: Edges) -> Adjacency:
        """Return the edges by the end that this search leaves them from."""
        return edges.entering if self.against else edges.leaving


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Links of a lineage, as they stand among edges: arrays of shape (n_links,)."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    item: NDArray[np.int64]
    depth: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Condensation:
    """A lineage with each cycle drawn together into one part: no cycle is left.

    Parameters
    ----------
    parts
        Node ids of each part, those of a cycle together; parts stand in the order in which the
        lineage's nodes first name them.
    links
        One row for each ordered pair of parts that links join: ``source`` and ``target`` (positions
        among the parts), ``n_links`` and ``weight``, the best link's.

    Examples
    --------
    >>> from hummgraph import LinkGraph, downstream
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> downstream(graph, "Stripe/customers.email").condensation().links.columns
    ['source', 'target', 'n_links', 'weight']
    """

    parts: tuple[tuple[str, ...], ...]
    links: Frame

    def __len__(self) -> int:
        return len(self.parts)


@dataclass(frozen=True, eq=False, repr=False)
class Lineage:
    """What lies upstream or downstream of a node, or both.

    Direction is that of the links as sent, from source to target; it is no proof that data flows.

    Parameters
    ----------
    graph
        The graph that was searched: the one given, with its filters.
    start
        Id of the node asked for. A table or system stands for itself and all at or below it; all of
        these are at depth 0.
    direction
        ``"downstream"``, ``"upstream"`` or ``"neighborhood"``.
    directed
        Whether links were followed in that direction only, or either way.
    max_depth
        How many hops were allowed; ``None`` for any number.
    level
        The level that links were lifted to, or ``None``.

    Examples
    --------
    >>> from hummgraph import LinkGraph, downstream
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = downstream(graph, "Stripe/customers.email", max_depth=2)
    >>> found.nodes["path"][0], found.nodes["depth"][0], found.nodes["confidence"][0]
    ('Stripe/customers.email', 0, 1.0)
    """

    graph: LinkGraph
    start: str
    direction: Direction
    directed: bool
    max_depth: int | None
    level: Level | None
    _walk: Walk = field(repr=False)
    _sides: tuple[Side, ...] = field(repr=False)

    # --- what was reached --------------------------------------------------------------------

    @cached_property
    def _nodes(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Positions, signed depths and confidences of the nodes, in the order shown."""
        position = self._sides[0].reach.nodes
        for side in self._sides[1:]:
            position = np.union1d(position, side.reach.nodes)
        depth, confidence = self._depths[position], np.zeros(len(position))
        for side in self._sides:
            confidence = np.maximum(confidence, side.reach.confidence[position])
        gone = self.graph.arrays.nodes.deleted[position]
        order = np.lexsort((position, gone, -confidence, depth))
        return position[order], depth[order], confidence[order]

    @cached_property
    def _depths(self) -> NDArray[np.int64]:
        """Signed depth of each node of the graph that is shown; of both ways the nearer."""
        first = self._sides[0]
        depth = first.reach.depth.astype(np.int64) * first.sign
        for side in self._sides[1:]:
            theirs = side.reach.depth.astype(np.int64)
            nearer = (theirs >= 0) & ((first.reach.depth < 0) | (theirs < first.reach.depth))
            depth = np.where(nearer, theirs * side.sign, depth)
        return depth

    @cached_property
    def nodes(self) -> Frame:
        """The nodes, one row each: their names, ``deleted``, ``depth`` and ``confidence``.

        ``depth`` is the fewest links from the start; in a directed neighbourhood it is below 0
        upstream, and a node that lies both ways stands once, at the nearer depth, downstream if
        both are equal. ``confidence`` is the largest product of weights along a walk of no more
        than ``max_depth`` links, either way, over nodes that are shown.
        """
        position, depth, confidence = self._nodes
        nodes, rows = self.graph.arrays.nodes, pa.array(position)
        levels = pa.DictionaryArray.from_arrays(nodes.depth[position], list(map(str, Level)))
        return Frame(
            pa.table(
                {
                    "node_id": nodes.id_text.take(rows),
                    "path": nodes.path.take(rows),
                    "level": levels.cast(pa.string()),
                    "system": nodes.system.take(rows),
                    "table": nodes.table.take(rows),
                    "deleted": nodes.deleted[position],
                    "depth": depth,
                    "confidence": confidence,
                }
            )
        )

    @cached_property
    def _found(self) -> _Found:
        """Links that leave a node shown, at less than the greatest depth, for a node shown."""
        parts = [
            self._found_among(edges, side)
            for edges in (self._walk.edges, self._walk.loops)
            for side in self._sides
        ]
        whole = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
        source, target, weight, item, depth = whole
        # Once each, where it is nearest, in the order of their positions; relationships come last.
        order = np.lexsort((-depth, np.abs(depth), np.abs(item), item < 0))
        order = order[np.flatnonzero(np.diff(item[order], prepend=-(1 << 62)))]
        return _Found(source[order], target[order], weight[order], item[order], depth[order])

    def _found_among(self, edges: Edges, side: Side) -> tuple[NDArray[Any], ...]:
        ways, near, origin, slots = self._leaving(edges, side)
        kept = side.reach.depth[ways.node[slots]] >= 0
        edge, depth = ways.edge[slots[kept]], near[origin[kept]] + 1
        return (
            edges.source[edge],
            edges.target[edge],
            edges.weight[edge],
            edges.item[edge],
            depth * side.sign,
        )

    def _leaving(
        self, edges: Edges, side: Side
    ) -> tuple[Adjacency, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the slots that leave nodes from which the search could go on."""
        ways, depth = side.ways(edges), side.reach.depth.astype(np.int64)
        nodes = side.reach.nodes
        if self.max_depth is not None:
            nodes = nodes[depth[nodes] < self.max_depth]
        origin = np.repeat(nodes, ways.begin[nodes + 1] - ways.begin[nodes])
        return ways, depth, origin, ways.slots_of(nodes)

    @cached_property
    def n_unweighted(self) -> int:
        """Links of nodes shown that were not followed, for they have no weight above 0."""
        edges = [
            side.ways(self._walk.idle).edge[self._leaving(self._walk.idle, side)[3]]
            for side in self._sides
        ]
        return len(np.unique(np.concatenate(edges)))

    @cached_property
    def links(self) -> Frame:
        """The links, one row each: the columns of :attr:`LinkGraph.links`, ``kind`` and ``depth``.

        They leave a node shown, at a depth below ``max_depth``, for a node shown; of parallel links
        all are there. ``depth`` is that of the hop which takes them. Links come in the order of
        their ids, then relationships and associations, if asked for. Where links were lifted to a
        level these are the links themselves.
        """
        found = self._found
        n = int((found.item >= 0).sum())
        table = self.graph.take_links(found.item[:n]).links.to_arrow()
        table = table.append_column("kind", pa.array([LINK] * n, pa.string()))
        if n < len(found.item):
            declared = self._declared(-1 - found.item[n:])
            table = pa.concat_tables([table, declared], promote_options="permissive")
        return Frame(table.append_column("depth", pa.array(found.depth)))

    def _declared(self, rows: NDArray[np.int64]) -> pa.Table:
        """Return relationships as links are given."""
        declared, nodes = self.graph.relationships, self.graph.arrays.nodes
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

    @cached_property
    def hops(self) -> Frame:
        """What each hop shows, one row each: ``depth, n_shown, n_reached, n_links, shown``.

        ``n_reached`` counts nodes that the hop came to first, ``n_shown`` those of them that
        ``max_per_hop`` let in. In a directed neighbourhood each direction has its own hops, and a
        node that lies both ways counts in both.
        """
        shown: dict[int, tuple[int, int]] = {}
        for side in self._sides:
            pairs = zip(side.reach.n_shown, side.reach.n_reached, strict=True)
            for hop, (some, total) in enumerate(pairs):
                if total:
                    shown[hop * side.sign] = some, total
        depths, counts = np.unique(self._found.depth, return_counts=True)
        n_links = dict(zip(depths.tolist(), counts.tolist(), strict=True))
        rows = []
        for depth in sorted(shown.keys() | n_links.keys()):
            some, total = shown.get(depth, (0, 0))
            rows.append((depth, some, total, n_links.get(depth, 0), f"{some:,} of {total:,}"))
        names = ("depth", "n_shown", "n_reached", "n_links", "shown")
        return Frame(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))

    @cached_property
    def impact(self) -> Frame:
        """What is reached by system and table, the nearest and most confident first.

        Columns: ``system, table, n_columns, depth, confidence, n_links, n_deleted``: how many
        columns of the table were reached, how near the nearest node is, how confident the best, how
        many links of the lineage have an end there, and how many of the nodes reached are deleted.
        Nodes at depth 0 do not count. ``table`` is null for a system itself. Where all that was
        reached is deleted, the row comes after all others.
        """
        position, depth, confidence = self._nodes
        away = depth != 0
        position, depth, confidence = position[away], depth[away], confidence[away]
        nodes, found = self.graph.arrays.nodes, self._found
        above = nodes.ancestor[:, position].astype(np.int64)
        pairs = above[0] * (self.graph.n_nodes + 1) + above[1]
        _, first, group = np.unique(pairs, return_index=True, return_inverse=True)
        size = len(first)
        group_of = np.full(self.graph.n_nodes, size)
        group_of[position] = group
        nearest = np.full(size, np.iinfo(np.int64).max)
        np.minimum.at(nearest, group, np.abs(depth))
        # Of the nearest both ways that downstream.
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

    # --- paths, cycles, graphs ---------------------------------------------------------------

    def path_to(self, node: str | UUID | Node) -> tuple[Step, ...]:
        """Return the best walk to a node, whose product its confidence is.

        Parameters
        ----------
        node
            Id, name or node.

        Returns
        -------
        tuple of Step
            From the start to the node, or, upstream, from the node to the start. Empty for a node
            at depth 0.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If a node cannot be told.
        NoPathError
            If the lineage does not have it.

        Notes
        -----
        O(h log n) for h hops and n nodes.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = downstream(graph, "Stripe/customers.email")
        >>> len(found.path_to("Stripe/customers.email"))
        0
        """
        index = self.graph.index_of(node)
        if not any(side.reach.depth[index] >= 0 for side in self._sides):
            name = self.graph.arrays.nodes.path[index].as_py()
            raise NoPathError(
                f"{name!r} is not in this lineage.",
                hint="It may lie deeper than max_depth, or have been left out by max_per_hop.",
            )
        side, path = self._best_walk(index)
        edges, ways = self._walk.edges, side.ways(self._walk.edges)
        taken = [edge for edge, _, _ in path]
        pairs = [(after, before) if side.against else (before, after) for _, before, after in path]
        n_parallel = [
            int((ways.node[ways.slots(before)] == after).sum()) - 1 for _, before, after in path
        ]
        begins, ends = [begin for begin, _ in pairs], [end for _, end in pairs]
        # Which way a lifted link goes, its own ends do not say.
        steps = [
            replace(step, forward=int(edges.source[edge]) == begin)
            for edge, begin, step in zip(
                taken,
                begins,
                steps_of(self.graph, edges.item[taken].tolist(), begins, ends, n_parallel),
                strict=True,
            )
        ]
        return tuple(steps[::-1] if side.against else steps)

    def _best_walk(self, index: int) -> tuple[Side, list[tuple[int, int, int]]]:
        # A product may be too small for a float: 0, as where a side does not reach the node at all.
        reached = [side for side in self._sides if side.reach.depth[index] >= 0]
        side = max(reached, key=lambda side: float(side.reach.confidence[index]))
        return side, side.reach.path_to(index)

    @cached_property
    def _strong(self) -> NDArray[np.int32]:
        """Label the nodes by strongly connected component, in the order of their first nodes."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n = len(self._nodes[0])
        ones = np.ones(len(self._found.item), dtype=np.int8)
        matrix = coo_array((ones, self._local), shape=(n, n))
        _, label = connected_components(matrix, directed=True, connection="strong")
        return first_seen(label)

    @cached_property
    def _local(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ends of the links as rows of the nodes."""
        row = np.zeros(self.graph.n_nodes, dtype=np.int64)
        row[self._nodes[0]] = np.arange(len(self._nodes[0]))
        return row[self._found.source], row[self._found.target]

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """List the nodes that lie on cycles of links, those that can reach each other together.

        Returns
        -------
        tuple of tuple of str
            Ids, sorted, of each strongly connected component with two nodes or more, or with one
            that a link joins to itself. Links count in their own direction, however they were
            followed.

        Notes
        -----
        O(n log n) for n nodes and links of the lineage.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> downstream(graph, "Stripe/customers.email", max_depth=1).cycles()
        ()
        """
        source, target = self._local
        turning = np.bincount(self._strong) > 1
        turning[self._strong[source[source == target]]] = True
        parts = self._parts()
        return tuple(sorted(parts[part] for part in np.flatnonzero(turning).tolist()))

    def _parts(self) -> list[tuple[str, ...]]:
        parts: list[list[str]] = [[] for _ in range(int(self._strong.max(initial=-1)) + 1)]
        for part, node in zip(self._strong.tolist(), self.nodes["node_id"], strict=True):
            parts[part].append(node)
        return [tuple(sorted(part)) for part in parts]

    def condensation(self) -> Condensation:
        """Draw each cycle together into one part.

        Notes
        -----
        O(n log n) for n nodes and links of the lineage.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = downstream(graph, "Stripe/customers.email", max_depth=1)
        >>> len(found.condensation()) == len(found.nodes)
        True
        """
        parts = self._parts()
        source, target = (self._strong[end].astype(np.int64) for end in self._local)
        between = np.flatnonzero(source != target)
        pairs = source[between] * len(parts) + target[between]
        distinct, group = np.unique(pairs, return_inverse=True)
        weight = np.zeros(len(distinct))
        np.maximum.at(weight, group, self._found.weight[between])
        return Condensation(
            tuple(parts),
            Frame(
                pa.table(
                    {
                        "source": distinct // len(parts),
                        "target": distinct % len(parts),
                        "n_links": np.bincount(group, minlength=len(distinct)),
                        "weight": weight,
                    }
                )
            ),
        )

    @cached_property
    def subgraph(self) -> LinkGraph:
        """A graph of exactly the nodes and links of the lineage, and what the nodes lie in.

        Where links were lifted to a level it has the nodes that they end at too. Relationships are
        those whose tables it has, whether the lineage took them or not.
        """
        links, nodes = self.graph.arrays.links, self.graph.arrays.nodes
        index = self._found.item[self._found.item >= 0]
        source, target = links.ends.source[index], links.ends.target[index]
        own = np.concatenate([self._nodes[0], source, target])
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
        return self.graph._replace(nodes=nodes.take(kept, new), links=LinkArrays(columns))

    # --- what was not followed ---------------------------------------------------------------

    @property
    def stopped_at(self) -> int | None:
        """After how many links tried one way no further hop was taken; ``None`` if all were."""
        found = [side.reach.stopped_at for side in self._sides]
        return next((limit for limit in found if limit is not None), None)

    @cached_property
    def _other_levels(self) -> OtherLevels:
        position, depth, _ = self._nodes
        order = position[np.argsort(np.abs(depth), kind="stable")]
        relationships = bool((self._walk.edges.item < 0).any())
        edges = graph_edges(self.graph, directed=self.directed, relationships=relationships)
        ways = []
        for side in self._sides:
            reached = side.reach.nodes
            if self.max_depth is not None:
                reached = reached[side.reach.depth[reached] < self.max_depth]
            onward, back = (edges.source, edges.target), (edges.target, edges.source)
            taken = [back] if side.against else [onward] if self.directed else [onward, back]
            ways += [(reached, begin, end) for begin, end in taken]
        lifted = None if self.level is None else self.level.depth
        n_starts = int((depth == 0).sum())
        return leads_on(self.graph, order, ways, starts=n_starts, lifted=lifted)

    @cached_property
    def other_levels(self) -> Frame:
        """Where links of another level lead on that were not followed, one row a node.

        Columns: ``node_id, path, level, reached_path, depth, n_links``: a node that holds one of
        the lineage, or lies in it; the name and depth of that one; and how many links with a weight
        lead on from it to what the lineage does not have. The nearest come first. Nodes at
        ``max_depth`` do not count, for nothing leads on from there at their own level either.
        """
        return self._other_levels.to_frame(self._depths)

    # --- out ---------------------------------------------------------------------------------

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read the lineage, a sentence each."""
        notes = [DIRECTION_NOTE]
        if not self.directed:
            notes.append("Links were followed either way.")
        left_out = sum(self._left_out.values())
        if left_out:
            notes.append(f"{count(left_out, 'node')} left out by max_per_hop.")
        if self.n_unweighted:
            notes.append(f"{count(self.n_unweighted, 'link')} without weight not followed.")
        if self._walk.n_above:
            notes.append(f"{count(self._walk.n_above, 'link')} above the level not lifted.")
        other = self._other_levels
        if len(other):
            notes.append(
                f"Not followed, as they are of another level: {other.sentence};"
                f" level={str(other.level)!r} takes them together."
            )
        if self.stopped_at is not None:
            notes.append(stopped_note(self.stopped_at, "nothing farther away was looked for"))
        return tuple(notes)

    @property
    def note(self) -> str:
        """All notes as one text; it says that direction is no proof of data flow."""
        return " ".join(self.notes)

    def diagram(self, *, max_boxes: int = 40) -> Diagram:
        """Return the picture of the lineage as a value: left to right by depth, a lane a system.

        Parameters
        ----------
        max_boxes
            How many nodes are drawn at most, the nearest and most confident first, each with its
            best path. Of the nodes at depth 0 those are drawn that such a path begins at.

        Returns
        -------
        Diagram
            Of parallel links the best is drawn, and says how many there are. Lines are three times
            as many as nodes at most: those of best paths, then the most confident. Notes say of how
            many nodes and lines. Upstream, the start is on the right.

        Raises
        ------
        ArgumentError
            If ``max_boxes`` is not a whole number above 0.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> picture = downstream(graph, "Stripe/customers.email").diagram(max_boxes=3)
        >>> len(picture.boxes)
        3
        """
        check_count("max_boxes", max_boxes)
        drawn = self._drawn(max_boxes)
        sign = -1 if self.direction == "upstream" else 1
        depths = {node: int(self._depths[node]) for node in drawn.nodes}
        boxes = tuple(
            box_of(self.graph, node, rank=depths[node] * sign, emphasis=depths[node] == 0)
            for node in sorted(
                drawn.nodes, key=lambda node: (depths[node] * sign, drawn.nodes[node])
            )
        )
        found = self._found
        ends = found.source, found.target
        lines, n_lines = draw_lines(self.graph, drawn, ends, found.item, found.weight)
        notes = [told_by_depth(depths.values(), self._nodes[1].tolist(), self._left_out)]
        if len(lines) < n_lines:
            notes.append(f"shown {len(lines):,} of {n_lines:,} lines, those of best paths first")
        return Diagram(self._title, boxes, lines, notes=(*notes, *self.notes))

    def _drawn(self, max_boxes: int) -> Drawn:
        """Choose nodes to draw, the nearest first, then the most confident."""
        position, depth, confidence = self._nodes
        away = np.flatnonzero(depth)
        order = away[np.lexsort((-confidence[away], np.abs(depth[away])))]
        edges = self._walk.edges
        drawn = draw_nodes(
            position[order].tolist(),
            lambda node: self._best_walk(node)[1],
            (edges.source, edges.target),
            max_boxes,
        )
        return drawn if drawn.nodes else Drawn({int(position[depth == 0][0]): 0})

    @property
    def _left_out(self) -> dict[int, int]:
        """Nodes that max_per_hop left out, by signed depth."""
        return {
            hop * side.sign: reached - shown
            for side in self._sides
            for hop, (shown, reached) in enumerate(
                zip(side.reach.n_shown, side.reach.n_reached, strict=True)
            )
            if shown < reached
        }

    @property
    def _told(self) -> list[dict[str, Any]]:
        """The hops that came to a node."""
        return [row for row in self.hops if row["n_reached"]]

    @property
    def _title(self) -> str:
        name = self.graph.arrays.nodes.marked_path[self.graph.index_of(self.start)].as_py()
        word = "Neighbourhood" if self.direction == "neighborhood" else self.direction.capitalize()
        return f"{word} of {name}"

    def to_svg(self, *, max_boxes: int = 40) -> str:
        """Draw the lineage as SVG.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> downstream(graph, "Stripe/customers.email").to_svg().startswith("<svg ")
        True
        """
        return self.diagram(max_boxes=max_boxes).to_svg()

    def to_mermaid(self, *, max_boxes: int = 40) -> str:
        """Write the lineage as a Mermaid flowchart.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> "flowchart LR" in downstream(graph, "Stripe/customers.email").to_mermaid()
        True
        """
        return self.diagram(max_boxes=max_boxes).to_mermaid()

    def to_dict(self) -> dict[str, Any]:
        """Return the lineage as plain data, without evidence and times of links.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> list(downstream(graph, "Stripe/customers.email").to_dict())[:4]
        ['start', 'start_path', 'direction', 'directed']
        """
        names = dict(zip(self.nodes["node_id"], self.nodes["path"], strict=True))
        cycles = [list(cycle) for cycle in self.cycles()]
        return {
            "start": self.start,
            "start_path": self.graph.node(self.start).path,
            "direction": self.direction,
            "directed": self.directed,
            "max_depth": self.max_depth,
            "level": None if self.level is None else str(self.level),
            "notes": list(self.notes),
            "hops": list(self.hops),
            "nodes": list(self.nodes),
            "links": list(self.links.select(*_DICT_LINKS)),
            "impact": list(self.impact),
            "cycles": cycles,
            "cycle_paths": [[names[node] for node in cycle] for cycle in cycles],
            "other_levels": list(self.other_levels),
            "stopped_at": self.stopped_at,
        }

    def __repr__(self) -> str:
        rows = sorted(self._told, key=lambda row: abs(row["depth"]))[1:]
        told = [f"depth {row['depth']}: shown {row['shown']}" for row in rows[:_HOPS]]
        if len(rows) > _HOPS:
            told.append("...")
        if len(self._other_levels):
            told.append(f"at another level: {self._other_levels.sentence}")
        if self.stopped_at is not None:
            told.append(f"stopped {stopped_after(self.stopped_at)}")
        counts = f"{count(len(self._nodes[0]), 'node')}, {count(len(self._found.item), 'link')}"
        return f"<Lineage: {visible(self._title)}, {'; '.join([counts, *told])}>"

    def _repr_html_(self) -> str:
        return self.to_svg() + self.hops._repr_html_() + self.impact._repr_html_()
