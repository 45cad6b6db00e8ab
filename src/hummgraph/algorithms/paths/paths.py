"""Paths between two nodes: the strongest, the k strongest, and link-disjoint ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.kernels.adjacency import graph_edges
from hummgraph.algorithms.kernels.disjoint import contracted, count_disjoint, disjoint_routes
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort, stopped_after, stopped_note
from hummgraph.algorithms.kernels.loopless import k_shortest
from hummgraph.algorithms.kernels.shortest import SearchPath, shortest
from hummgraph.algorithms.kernels.steps import (
    DIRECTION_NOTE,
    box_of,
    format_confidence,
    line_of,
    steps_of,
)
from hummgraph.algorithms.paths.link_paths import LinkPaths, card_of_paths
from hummgraph.algorithms.paths.no_path import no_path_error
from hummgraph.drawing.diagram.diagram import Diagram
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows, title_of, visible
from hummgraph.records.display import SHOWN_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Edges
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "DisjointPaths",
    "LinkPath",
    "Terminals",
    "check_count",
    "disjoint_paths",
    "link_path",
    "strongest_path",
    "strongest_paths",
]

_STEP_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string()),
        pa.field("target", pa.string()),
        pa.field("source_path", pa.string()),
        pa.field("target_path", pa.string()),
        pa.field("source_deleted", pa.bool_()),
        pa.field("target_deleted", pa.bool_()),
        pa.field("kind", pa.string()),
        pa.field("link_id", pa.string()),
        pa.field("forward", pa.bool_()),
        pa.field("weight", pa.float64()),
        pa.field("confidence", pa.float64()),
        pa.field("status", pa.string()),
        pa.field("link_type", pa.string()),
        pa.field("n_parallel", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True, repr=False)
class LinkPath(Shows):
    """Path from one node to another, link by link.

    Parameters
    ----------
    nodes
        Ids of the nodes, in order.
    steps
        Links between consecutive nodes; one fewer than nodes.
    directed
        Whether each link is followed from its source to its target. If not, ``forward`` of a step
        is true for those that are.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> strongest_path(graph, "Stripe/customers", "Zendesk/tickets")
    <LinkPath: Stripe/customers.description > Zendesk/tickets.description, 1 step, confidence 0.871>
    """

    nodes: tuple[str, ...]
    steps: tuple[Step, ...]
    directed: bool
    graph: LinkGraph = field(compare=False)

    @property
    def confidence(self) -> float:
        """Product of the weights of all steps, in (0, 1].

        This is the probability that all of them are right if errors are independent.
        """
        return prod(step.weight for step in self.steps)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes, in order."""
        return (self.steps[0].source_path, *(step.target_path for step in self.steps))

    @property
    def marked(self) -> tuple[str, ...]:
        """Names of the nodes, with ``(deleted)`` after deleted ones."""
        return (self.steps[0].marked[0], *(step.marked[1] for step in self.steps))

    def __len__(self) -> int:
        return len(self.steps)

    def to_frame(self) -> Frame:
        """Return one row a step.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = strongest_path(graph, "Stripe/customers", "Zendesk/tickets")
        >>> len(path.to_frame()) == len(path)
        True
        """
        rows = [{name: getattr(step, name) for name in _STEP_SCHEMA.names} for step in self.steps]
        return Frame(pa.Table.from_pylist(rows, schema=_STEP_SCHEMA), display=SHOWN_LABELS)

    def to_dict(self) -> dict[str, Any]:
        """Return the path as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> list(path.to_dict())
        ['nodes', 'names', 'confidence', 'directed', 'steps']
        """
        return {
            "nodes": list(self.nodes),
            "names": list(self.names),
            "confidence": self.confidence,
            "directed": self.directed,
            "steps": [step.to_dict() for step in self.steps],
        }

    def diagram(self) -> Diagram:
        """Return the picture of the path: boxes and lines.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> len(path.diagram().boxes) == len(path) + 1
        True
        """
        ends = (0, len(self.steps))
        boxes = tuple(
            box_of(self.graph, self.graph.index_of(node), rank=rank, emphasis=rank in ends)
            for rank, node in enumerate(self.nodes)
        )
        return Diagram(
            f"{self.marked[0]} to {self.marked[-1]},"
            f" confidence {format_confidence(self.confidence)}",
            boxes,
            tuple(line_of(step, directed=True) for step in self.steps),
            notes=(DIRECTION_NOTE,),
        )

    def to_svg(self) -> str:
        """Return the path as SVG.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> path.to_svg().startswith("<svg ")
        True
        """
        return self.diagram().to_svg()

    def to_mermaid(self) -> str:
        """Return the path as a Mermaid flowchart.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> "flowchart LR" in path.to_mermaid()
        True
        """
        return self.diagram().to_mermaid()

    def __repr__(self) -> str:
        names, n = self.marked, len(self.steps)
        through = " > ".join(names if n <= _MAX_NAMED_STEPS else (*names[:2], "...", *names[-2:]))
        sure = format_confidence(self.confidence)
        return f"<LinkPath: {visible(through)}, {n} step{'s' * (n != 1)}, confidence {sure}>"

    def _card_(self) -> Card:
        table = self.to_frame().select(*_SHOWN_STEPS)
        return Card(title_of(self), table=table, things="steps", picture=self.to_svg())


_SHOWN_STEPS = ("source_path", "target_path", "confidence", "status")
_MAX_NAMED_STEPS = 4  # longest path whose repr names all nodes


@dataclass(frozen=True, slots=True, repr=False)
class DisjointPaths(Shows):
    """Paths between two nodes that share no link: independent supports of their being the same.

    Parameters
    ----------
    paths
        The best few of them, the strongest first: of all sets of as many paths, the one with the
        largest product of confidences.
    n
        Number of all link-disjoint paths, exact, whether shown or not.
    stopped_at
        Number of links tried when the search for paths stopped early; ``None`` if it did not. ``n``
        is exact even then.
    no_path
        Reason why there is no path, as in :class:`NoPathError`; empty if there is one.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = disjoint_paths(graph, "Stripe/customers.email", "Zendesk/users.email", limit=2)
    >>> found
    <DisjointPaths: shown 2 of 7>
    >>> found.paths[0].confidence >= found.paths[1].confidence
    True
    """

    paths: tuple[LinkPath, ...]
    n: int
    stopped_at: int | None = None
    no_path: str = ""

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[LinkPath]:
        return iter(self.paths)

    @property
    def note(self) -> str:
        """Reason why there is no path, or where the search stopped; else empty.

        Examples
        --------
        >>> DisjointPaths((), 3, stopped_at=1_000).note
        'Stopped after 1,000 links (max_work): not all paths asked for are shown.'
        """
        return self.no_path or stopped_note(self.stopped_at, "not all paths asked for are shown")

    def to_dict(self) -> dict[str, Any]:
        """Return the paths as plain data.

        Examples
        --------
        >>> DisjointPaths((), 0).to_dict()
        {'n': 0, 'paths': [], 'stopped_at': None, 'note': ''}
        """
        return {
            "n": self.n,
            "paths": [path.to_dict() for path in self.paths],
            "stopped_at": self.stopped_at,
            "note": self.note,
        }

    def __repr__(self) -> str:
        counts = f"shown {len(self.paths):,} of {self.n:,}"
        if self.stopped_at is not None:
            counts += f", stopped {stopped_after(self.stopped_at)}"
        return f"<DisjointPaths: {counts}>"

    def _card_(self) -> Card:
        return card_of_paths(self, self.paths, self.note)


@dataclass(frozen=True, eq=False)
class Terminals:
    """Two ends of paths, as sets of nodes, and the edges of the graph."""

    graph: LinkGraph
    names: tuple[str, str]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    edges: Edges

    @classmethod
    def of(
        cls,
        graph: LinkGraph,
        a: str | UUID | Node,
        b: str | UUID | Node,
        *,
        directed: bool,
        relationships: bool,
    ) -> Terminals:
        """Return both ends; a table or system includes everything in it."""
        one, other = graph.index_of(a), graph.index_of(b)
        ancestor = graph.arrays.nodes.ancestor
        starts, ends = ((ancestor == index).any(axis=0) for index in (one, other))
        nodes = graph.arrays.nodes
        if (starts & ends).any():
            raise ArgumentError(
                f"{nodes.path[one].as_py()!r} and {nodes.path[other].as_py()!r} are the same node,"
                " or one contains the other; a path needs two ends."
            )
        return cls(
            graph,
            (nodes.path[one].as_py(), nodes.path[other].as_py()),
            np.flatnonzero(starts),
            np.flatnonzero(ends),
            graph_edges(graph, directed=directed, relationships=relationships),
        )

    def contracted(self) -> Edges:
        """Return the edges with each end contracted to one node."""
        return contracted(self.edges, self.starts.tolist(), self.ends.tolist())

    def expanded(self, route: SearchPath, edges: Edges) -> SearchPath:
        """Return a path through contracted edges as one through the graph's edges."""
        taken = edges.item[list(route.edges)].tolist()
        inner = [node - 2 for node in route.nodes[1:-1]]
        first = self._other_end(taken[0], inner[0] if inner else None, self.starts)
        last = self._other_end(taken[-1], inner[-1] if inner else None, self.ends)
        return SearchPath(route.cost, tuple(taken), (first, *inner, last))

    def _other_end(self, edge: int, inner: int | None, among: NDArray[np.int64]) -> int:
        """Return the end of an edge that is not the inner one, or the one among the terminals."""
        pair = int(self.edges.source[edge]), int(self.edges.target[edge])
        if inner is not None:
            return pair[0] if pair[1] == inner else pair[1]
        return next(node for node in pair if node in among)


def link_path(terminals: Terminals, route: SearchPath) -> LinkPath:
    """Return the path of links for a path through the graph's edges."""
    graph, edges = terminals.graph, terminals.edges
    leaving = edges.leaving
    begins, ends = route.nodes[:-1], route.nodes[1:]
    n_parallel = [
        int((leaving.node[leaving.slots(begin)] == end).sum()) - 1
        for begin, end in zip(begins, ends, strict=True)
    ]
    items = edges.item[list(route.edges)].tolist()
    steps = steps_of(graph, items, begins, ends, n_parallel)
    ids = graph.arrays.nodes.id_text.take(pa.array(route.nodes)).to_pylist()
    return LinkPath(tuple(ids), tuple(steps), edges.directed, graph)


def check_count(name: str, value: int) -> None:
    """Raise unless a value is a whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(f"{name} is {value!r}; it must be a whole number above 0.")


def strongest_path(
    graph: LinkGraph,
    a: str | UUID | Node,
    b: str | UUID | Node,
    *,
    directed: bool = False,
    relationships: bool = False,
) -> LinkPath:
    """Return the path with the largest product of confidences.

    Parameters
    ----------
    graph
        A graph; its links count as its policy weighs them, and those without a weight are ignored.
    a, b
        Ids, names or nodes of any level. A table or system includes everything in it: the path may
        begin, or end, at any of its nodes.
    directed
        Whether to follow links from source to target only. By default links are followed both ways,
        as two columns that mean the same have no direction.
    relationships
        Whether to follow relationships and associations too; see :attr:`LinkGraph.relationships`.

    Returns
    -------
    LinkPath
        The path. Among several with equal products, it is the one with fewer steps, then the one
        whose first link joins active nodes, is APPROVED or has the smaller id, in this order, then
        the second link, and so on. A path over deleted nodes keeps its confidence;
        ``source_deleted`` and ``target_deleted`` of its steps mark them, and
        ``graph.where(active=True)`` has none.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a node does not exist or a name is ambiguous.
    ArgumentError
        If both are the same node, or one contains the other.
    NoPathError
        If there is no path; the error has the number of nodes reached from each side.

    Notes
    -----
    Dijkstra's algorithm over ``-ln(weight)``, from both sides: O((n + m) log n) at worst, for n
    nodes and m links, and mostly far less. Products are exact to about one part in 10**9 a step.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> path = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email")
    >>> path.names[0], path.steps[0].status
    ('Stripe/customers.email', 'SUGGESTED')
    """
    check_graph(graph, "strongest_path")
    ends = Terminals.of(graph, a, b, directed=directed, relationships=relationships)
    route = shortest(ends.edges, ends.starts.tolist(), ends.ends.tolist())
    if route is None:
        raise no_path_error(ends)
    return link_path(ends, route)


def strongest_paths(
    graph: LinkGraph,
    a: str | UUID | Node,
    b: str | UUID | Node,
    *,
    k: int = 5,
    directed: bool = False,
    relationships: bool = False,
    max_work: int = MAX_WORK,
) -> LinkPaths:
    """Return the k strongest paths that visit no node twice, the strongest first.

    Paths differ in their nodes. The best of several links between two neighbours is used, and
    ``n_parallel`` of a step is the number of the others.

    Parameters
    ----------
    graph, a, b, directed, relationships
        The same as for :func:`strongest_path`.
    k
        Greatest number of paths, from 1.
    max_work
        Number of links that the search tries, from 1, before it returns the paths found so far. The
        strongest path is always found.

    Returns
    -------
    LinkPaths
        The paths; fewer than k, or none, if there are no more, or if the search stopped early: then
        ``stopped_at`` is set.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a node does not exist or a name is ambiguous.
    ArgumentError
        If both are the same node, or one contains the other, or k or max_work is not a whole number
        above 0.

    Notes
    -----
    Yen's algorithm: O(k l) searches as for one path at worst, for paths of l steps; mostly a few,
    as a deviation is searched only if no other can be stronger. A million links tried take about
    ten seconds.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = strongest_paths(graph, "Stripe/customers.email", "Zendesk/users.email", k=3)
    >>> [len(path) for path in found]
    [5, 7, 6]
    """
    check_graph(graph, "strongest_paths")
    check_count("k", k)
    check_count("max_work", max_work)
    ends = Terminals.of(graph, a, b, directed=directed, relationships=relationships)
    effort = Effort(max_work)
    routes = k_shortest(ends.edges, ends.starts.tolist(), ends.ends.tolist(), effort=effort)
    found = tuple(link_path(ends, route) for route in islice(routes, k))
    return LinkPaths(found, effort.stopped_at, "" if found else str(no_path_error(ends)))


def disjoint_paths(
    graph: LinkGraph,
    a: str | UUID | Node,
    b: str | UUID | Node,
    *,
    limit: int = 10,
    directed: bool = False,
    relationships: bool = False,
    max_work: int = MAX_WORK,
) -> DisjointPaths:
    """Return paths that share no link, and the number of independent paths.

    Parallel links are separate links: two between the same columns are two paths.

    Parameters
    ----------
    graph, a, b, directed, relationships
        The same as for :func:`strongest_path`.
    limit
        Greatest number of paths returned, from 1; all are counted.
    max_work
        Number of links that the search tries, from 1, before it returns the paths found so far. The
        strongest path is always found.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a node does not exist or a name is ambiguous.
    ArgumentError
        If both are the same node, or one contains the other, or limit or max_work is not a whole
        number above 0.

    Notes
    -----
    The number is a maximum flow, after Menger; the paths are successive shortest paths in the sense
    of Suurballe: O(limit m log n) for n nodes and m links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> disjoint_paths(graph, "Stripe/customers.email", "Zendesk/users.email").n
    7
    """
    check_graph(graph, "disjoint_paths")
    check_count("limit", limit)
    check_count("max_work", max_work)
    ends = Terminals.of(graph, a, b, directed=directed, relationships=relationships)
    effort = Effort(max_work)
    return supports(ends, ends.contracted(), limit=limit, effort=effort)


def supports(ends: Terminals, edges: Edges, *, limit: int, effort: Effort) -> DisjointPaths:
    """Return paths through contracted edges that share none, and the number of all."""
    found = disjoint_routes(edges, 0, 1, limit=limit, effort=effort)
    routes = [ends.expanded(route, edges) for route in found]
    all_found = len(routes) < limit and not effort.stopped
    n = len(routes) if all_found else count_disjoint(edges, 0, 1)
    return DisjointPaths(
        tuple(link_path(ends, route) for route in routes),
        n,
        effort.stopped_at,
        "" if routes else str(no_path_error(ends)),
    )
