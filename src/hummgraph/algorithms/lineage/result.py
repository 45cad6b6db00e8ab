"""Results of lineage: nodes with depths and confidences, links, hops, cycles, pictures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.kernels.adjacency import graph_edges
from hummgraph.algorithms.kernels.effort import stopped_after, stopped_note
from hummgraph.algorithms.kernels.steps import DIRECTION_NOTE, LINK, box_of, steps_of
from hummgraph.algorithms.lineage.condensation import Condensation, condensation_of, cycles_of
from hummgraph.algorithms.lineage.diagram import (
    Drawn,
    count,
    counts_by_depth,
    draw_lines,
    draw_nodes,
)
from hummgraph.algorithms.lineage.reached import (
    hops_frame,
    impact_frame,
    relationship_rows,
    subgraph_of,
    touched_frame,
)
from hummgraph.algorithms.paths.other_levels import leads_on
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.drawing.diagram.diagram import Diagram
from hummgraph.errors import ArgumentError, NoPathError
from hummgraph.frames import Card, Frame, Shows, title_of, visible
from hummgraph.records.display import LinkDisplay
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.algorithms.lineage.reached import Reached
    from hummgraph.algorithms.paths.other_levels import OtherLevels
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Condensation", "Direction", "Lineage"]

Direction = Literal["downstream", "upstream", "neighborhood"]

MAX_HOPS_IN_REPR = 4
MAX_CARD_BOXES: Final = 12
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


@dataclass(frozen=True, eq=False, repr=False)
class Lineage(Shows):
    """The nodes and links upstream or downstream of a node, or both.

    Direction is that of the links as sent, from source to target; it does not prove a data flow.

    Parameters
    ----------
    graph
        The graph that was searched: the one given, with its filters.
    start
        Id of the node asked for. A table or system means itself and everything in it; all of
        these are at depth 0.
    direction
        ``"downstream"``, ``"upstream"`` or ``"neighborhood"``.
    directed
        Whether links were followed in that direction only, or either way.
    max_depth
        Largest number of hops; ``None`` for any number.
    level
        The level that links were lifted to, or ``None``.
    asked
        The options of the search that were not the usual ones, by name.

    Examples
    --------
    >>> from hummgraph import LinkGraph, downstream
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = downstream(graph, "Stripe/customers.email", max_depth=2)
    >>> found.asked
    {'max_depth': 2}
    >>> found.nodes["path"][0], found.nodes["depth"][0], found.nodes["confidence"][0]
    ('Stripe/customers.email', 0, 1.0)
    """

    graph: LinkGraph
    start: str
    direction: Direction
    directed: bool
    max_depth: int | None
    level: Level | None
    asked: Mapping[str, object]
    _reached: Reached = field(repr=False)

    # --- what was asked, and what was reached ------------------------------------------------

    @property
    def searches(self) -> tuple[tuple[int, NDArray[np.int64]], ...]:
        """The hops that each search made and the positions of the nodes that it shows.

        A directed neighbourhood has two searches, first that downstream; others have one.
        """
        reaches = [side.reach for side in self._reached.sides]
        return tuple((len(reach.layers), reach.nodes) for reach in reaches)

    @property
    def call(self) -> str:
        """The search as it is written in Python.

        Examples
        --------
        >>> from hummgraph import LinkGraph, upstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> upstream(graph, "Zendesk", level="table", max_depth=1).call
        "upstream(graph, 'Zendesk', max_depth=1, level='table')"
        """
        name = self.graph.arrays.nodes.path[self.graph.index_of(self.start)].as_py()
        options = "".join(f", {option}={value!r}" for option, value in self.asked.items())
        return f"{self.direction}(graph, {name!r}{options})"

    @cached_property
    def nodes(self) -> Frame:
        """The nodes, one row each: their names, ``deleted``, ``depth`` and ``confidence``.

        ``depth`` is the least number of links from the start. In a directed neighbourhood it is
        negative upstream. A node in both directions has one row, for the nearer depth, or for
        downstream if both are equal, with the confidence in that direction.
        ``confidence`` is the largest product of weights along a walk of no more than ``max_depth``
        links over nodes that are shown. A walk may be longer than the depth of its node, so a
        larger ``max_depth`` can raise a confidence; it never changes a depth.
        """
        position, depth, confidence = self._reached.nodes
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
    def n_unweighted(self) -> int:
        """Links of nodes shown that were not followed because their weight is null or 0."""
        return self._reached.n_unweighted

    @cached_property
    def links(self) -> Frame:
        """The links, one row each: the columns of :attr:`LinkGraph.links`, ``kind`` and ``depth``.

        They lead from a node shown, at a depth below ``max_depth``, to a node shown; all parallel
        links are included. ``depth`` is that of the hop that takes a link. Links come in the order
        of their ids, then relationships and associations, if asked for. Where links were lifted to
        a level these are the links themselves.
        """
        found = self._reached.links
        n = int((found.item >= 0).sum())
        table = self.graph.take_links(found.item[:n]).links.to_arrow()
        table = table.append_column("kind", pa.array([LINK] * n, pa.string()))
        if n < len(found.item):
            declared = relationship_rows(self.graph, -1 - found.item[n:])
            table = pa.concat_tables([table, declared], promote_options="permissive")
        table = table.append_column("depth", pa.array(found.depth))
        return Frame(table, display=LinkDisplay(self.graph.snapshot))

    @cached_property
    def hops(self) -> Frame:
        """Counts of each hop, one row each: ``depth, n_shown, n_reached, n_links, shown``.

        ``n_reached`` counts nodes that the hop reached first, ``n_shown`` those that
        ``max_per_hop`` allows. In a directed neighbourhood each direction has its own hops, and a
        node that is both upstream and downstream counts in both.
        """
        return hops_frame(self._reached)

    @cached_property
    def impact(self) -> Frame:
        """Nodes reached by system and table, the nearest and most confident first.

        Columns: ``system, table, n_columns, depth, confidence, n_links, n_deleted``: how many
        columns of the table were reached, how near the nearest node is, how confident the best, how
        many links of the lineage have an end there, and how many of the nodes reached are deleted.
        Nodes at depth 0 do not count. ``table`` is null for a system itself. Rows with deleted
        nodes only come after all others.
        """
        return impact_frame(self._reached)

    @cached_property
    def touched(self) -> Frame:
        """Nodes reached, one row each, in the order of :attr:`nodes`, without those at depth 0.

        Columns: ``system, table, column, depth, confidence, deleted, node_id``. ``column`` is null
        for a table, and ``table`` for a system too.
        """
        return touched_frame(self._reached)

    def to_csv(self, *, by: Literal["column", "table"] = "column", raw: bool = False) -> str:
        r"""Return the reached nodes or tables as CSV: the file that the page saves.

        Parameters
        ----------
        by
            ``"column"`` for :attr:`touched`, a row for each node; ``"table"`` for :attr:`impact`.
        raw
            Whether to leave cells unchanged, as for :meth:`Frame.to_csv`.

        Raises
        ------
        ArgumentError
            If ``by`` has another value.

        Notes
        -----
        O(n + m) for n nodes and m links of the lineage.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = downstream(graph, "Stripe/customers.email", max_depth=1)
        >>> found.to_csv(by="table").splitlines()[1]
        'Snowflake,RAW_STRIPE.CUSTOMER,1,1,1.0,2,0'
        """
        if by not in ("column", "table"):
            raise ArgumentError(f"by is {by!r}; it must be 'column' or 'table'.")
        return (self.touched if by == "column" else self.impact).to_csv(raw=raw)

    # --- paths, cycles, graphs ---------------------------------------------------------------

    def path_to(self, node: str | UUID | Node) -> tuple[Step, ...]:
        """Return the best walk to a node, whose product of weights is the node's confidence.

        Parameters
        ----------
        node
            Id, name or node.

        Returns
        -------
        tuple of Step
            Steps from the start to the node, or, upstream, from the node to the start. Empty for a
            node at depth 0.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If the node does not exist or the name is ambiguous.
        NoPathError
            If the node is not in the lineage.

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
        if not any(side.reach.depth[index] >= 0 for side in self._reached.sides):
            name = self.graph.arrays.nodes.path[index].as_py()
            raise NoPathError(
                f"{name!r} is not in this lineage.",
                hint="It may be deeper than max_depth, or left out by max_per_hop.",
            )
        side, path = self._reached.best_walk(index)
        edges, ways = self._reached.walk.edges, side.ways(self._reached.walk.edges)
        taken = [edge for edge, _, _ in path]
        pairs = [(after, before) if side.against else (before, after) for _, before, after in path]
        n_parallel = [
            int((ways.node[ways.slots(before)] == after).sum()) - 1 for _, before, after in path
        ]
        begins, ends = [begin for begin, _ in pairs], [end for _, end in pairs]
        # The direction of a lifted link does not follow from its own ends.
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

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Return the nodes on cycles of links, those of each cycle together.

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
        return cycles_of(self._reached)

    def condensation(self) -> Condensation:
        """Return the lineage with each cycle contracted into one part.

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
        return condensation_of(self._reached)

    @cached_property
    def subgraph(self) -> LinkGraph:
        """A graph of exactly the nodes and links of the lineage, and their tables and systems.

        If links were lifted to a level, it has the nodes at their own ends too.
        Relationships are those whose tables it has, whether the lineage took them or not.
        """
        return subgraph_of(self._reached)

    # --- what was not followed ---------------------------------------------------------------

    @property
    def stopped_at(self) -> int | None:
        """Number of links tried one way when the search stopped; ``None`` if it was completed."""
        return self._reached.stopped_at

    @cached_property
    def _other_levels(self) -> OtherLevels:
        position, depth, _ = self._reached.nodes
        order = position[np.argsort(np.abs(depth), kind="stable")]
        relationships = bool((self._reached.walk.edges.item < 0).any())
        edges = graph_edges(self.graph, directed=self.directed, relationships=relationships)
        ways = []
        for side in self._reached.sides:
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
        """Nodes from which links of another level lead on that were not followed, one row each.

        Columns: ``node_id, path, level, reached_path, depth, n_links``: a node that holds one of
        the lineage, or lies in it; the name and depth of that one; and how many links with a weight
        lead on from it to nodes outside the lineage. The nearest come first. Nodes at ``max_depth``
        do not count, because links of their own level are not followed from there either.
        """
        return self._other_levels.to_frame(self._reached.depths)

    # --- out ---------------------------------------------------------------------------------

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks needed to read the lineage, one sentence each."""
        notes = [DIRECTION_NOTE]
        if not self.directed:
            notes.append("Links were followed either way.")
        if lifted := self._reached.lifted_note(self.graph.index_of(self.start)):
            notes.insert(0, lifted)
        if both := self._reached.n_both:
            notes.append(f"{count(both, 'node')} both up- and downstream: listed where nearer.")
        if left_out := sum(self._reached.left_out.values()):
            notes.append(f"{count(left_out, 'node')} left out by max_per_hop.")
        if self.n_unweighted:
            notes.append(f"{count(self.n_unweighted, 'link')} without weight not followed.")
        if self._reached.walk.n_above:
            notes.append(f"{count(self._reached.walk.n_above, 'link')} above the level not lifted.")
        if len(other := self._other_levels):
            notes.append(
                f"Not followed, as they are of another level: {other.sentence};"
                f" level={str(other.level)!r} takes them together."
            )
        if self.stopped_at is not None:
            notes.append(stopped_note(self.stopped_at, "nothing farther away was looked for"))
        return tuple(notes)

    @property
    def note(self) -> str:
        """All notes as one text, including that direction does not prove data flow."""
        return " ".join(self.notes)

    def diagram(self, *, max_boxes: int = 40) -> Diagram:
        """Return the picture of the lineage as a value: left to right by depth, a lane a system.

        Parameters
        ----------
        max_boxes
            Largest number of nodes to draw, the nearest and most confident first, each with its
            best path. Nodes at depth 0 are drawn if one of these paths begins there.

        Returns
        -------
        Diagram
            The picture. The best of parallel links is drawn, with their number. There are at most
            three lines for each node: those of best paths, then the most confident. Notes give the
            numbers of all nodes and lines. Upstream, the start is on the right.

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
        drawn = self._chosen_nodes(max_boxes)
        sign = -1 if self.direction == "upstream" else 1
        depths = {node: int(self._reached.depths[node]) for node in drawn.nodes}
        boxes = tuple(
            box_of(self.graph, node, rank=depths[node] * sign, emphasis=depths[node] == 0)
            for node in sorted(
                drawn.nodes, key=lambda node: (depths[node] * sign, drawn.nodes[node])
            )
        )
        found = self._reached.links
        ends = found.source, found.target
        lines, n_lines = draw_lines(self.graph, drawn, ends, found.item, found.weight)
        notes = [
            counts_by_depth(
                depths.values(), self._reached.nodes[1].tolist(), self._reached.left_out
            )
        ]
        if len(lines) < n_lines:
            notes.append(f"shown {len(lines):,} of {n_lines:,} lines, those of best paths first")
        return Diagram(self._title_text, boxes, lines, notes=(*notes, *self.notes))

    def _chosen_nodes(self, max_boxes: int) -> Drawn:
        """Choose nodes to draw, the nearest first, then the most confident."""
        position, depth, confidence = self._reached.nodes
        away = np.flatnonzero(depth)
        order = away[np.lexsort((-confidence[away], np.abs(depth[away])))]
        edges = self._reached.walk.edges
        drawn = draw_nodes(
            position[order].tolist(),
            lambda node: self._reached.best_walk(node)[1],
            (edges.source, edges.target),
            max_boxes,
        )
        return drawn if drawn.nodes else Drawn({int(position[depth == 0][0]): 0})

    @property
    def _hops_with_nodes(self) -> list[dict[str, Any]]:
        """Hops that reached a node."""
        return [row for row in self.hops if row["n_reached"]]

    @property
    def _title_text(self) -> str:
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
        rows = sorted(self._hops_with_nodes, key=lambda row: abs(row["depth"]))[1:]
        parts = [f"depth {row['depth']}: shown {row['shown']}" for row in rows[:MAX_HOPS_IN_REPR]]
        if len(rows) > MAX_HOPS_IN_REPR:
            parts.append("...")
        if len(self._other_levels):
            parts.append(f"at another level: {self._other_levels.sentence}")
        if self.stopped_at is not None:
            parts.append(f"stopped {stopped_after(self.stopped_at)}")
        n_nodes, n_links = len(self._reached.nodes[0]), len(self._reached.links.item)
        counts = f"{count(n_nodes, 'node')}, {count(n_links, 'link')}"
        return f"<Lineage: {visible(self._title_text)}, {'; '.join([counts, *parts])}>"

    def _card_(self) -> Card:
        picture = self.diagram(max_boxes=MAX_CARD_BOXES)
        names = ("system", "table", "n_columns", "depth", "confidence", "n_links")
        return Card(
            title_of(self),
            table=self.impact.select(*names),
            things="tables",
            notes=self.notes,
            # The card itself has the other notes.
            picture=replace(picture, notes=picture.notes[:1]).to_svg(),
        )
