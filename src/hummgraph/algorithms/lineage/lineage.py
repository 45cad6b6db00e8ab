"""Lineage: nodes upstream and downstream of a node, with depths and confidences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.reach import MAX_HOP_WORK, reach, walk_of
from hummgraph.algorithms.lineage.condensation import Condensation
from hummgraph.algorithms.lineage.reached import Reached, Side
from hummgraph.algorithms.lineage.result import Direction, Lineage
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.records.nodes import Level

__all__ = ["Condensation", "Lineage", "downstream", "neighborhood", "upstream"]


def downstream(
    graph: LinkGraph,
    node: str | UUID | Node,
    *,
    max_depth: int | None = 3,
    min_confidence: float | None = None,
    statuses: str | Iterable[str] | None = None,
    max_per_hop: int | None = None,
    directed: bool = True,
    level: Level | str | None = None,
    relationships: bool = False,
    max_work: int = MAX_HOP_WORK,
) -> Lineage:
    """Follow links from their sources to their targets.

    Parameters
    ----------
    graph
        The graph, whose policy weighs its links; links without a weight are counted, not followed.
    node
        Id, name or node of any level. A table or system means itself and everything in it.
    max_depth
        Largest number of links to a node, from 1; ``None`` for any number.
    min_confidence, statuses
        Conditions on links to follow, as ``min_confidence`` and ``status`` of
        :meth:`LinkGraph.where`. Relationships are not filtered.
    max_per_hop
        Largest number of nodes that each hop adds, from 1: the most confident ones. The others are
        counted, but neither shown nor followed.
    directed
        Whether to follow links in their direction only. Two columns mean the same without a
        direction: ``False`` follows links either way.
    level
        Level to lift links to first; between two nodes the best link counts.
    relationships
        Whether to follow relationships and associations too; see :attr:`LinkGraph.relationships`.
    max_work
        Largest number of links that the search tries each way, from 1, before it takes no further
        hop; a hop counts as at least 250. The first hop is always taken.

    Returns
    -------
    Lineage
        The nodes and links found. Links are followed at the level of their ends: no path goes from
        a table to one of its columns or back. Links of another level that lead on are listed in
        ``other_levels`` and named in a note; ``level`` takes them together.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If the node does not exist or the name is ambiguous.
    ThresholdError
        If ``min_confidence`` is not in [0, 1].
    ArgumentError
        If another argument has a value that is not allowed, or the node has nothing at the level.

    Notes
    -----
    O(n + k) for n nodes of the graph and k links that leave the nodes reached, times the hops that
    take them. The first search in a graph groups its links, in O(m log m) for m links. Filters make
    a new graph every time: for many searches, filter once and search that graph.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = downstream(graph, "Stripe/customers.email", max_depth=1)
    >>> found.hops["depth"]
    [0, 1]
    """
    check_graph(graph, "downstream", level=True)
    return _search_lineage(
        "downstream",
        graph,
        node,
        max_depth=max_depth,
        min_confidence=min_confidence,
        statuses=statuses,
        max_per_hop=max_per_hop,
        directed=directed,
        level=level,
        relationships=relationships,
        max_work=max_work,
    )


def upstream(
    graph: LinkGraph,
    node: str | UUID | Node,
    *,
    max_depth: int | None = 3,
    min_confidence: float | None = None,
    statuses: str | Iterable[str] | None = None,
    max_per_hop: int | None = None,
    directed: bool = True,
    level: Level | str | None = None,
    relationships: bool = False,
    max_work: int = MAX_HOP_WORK,
) -> Lineage:
    """Follow links from their targets to their sources.

    Parameters
    ----------
    graph, node, max_depth, min_confidence, statuses, max_per_hop, directed, level, relationships
        The same as for :func:`downstream`; so is ``max_work``.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If the node does not exist or the name is ambiguous.
    ThresholdError
        If ``min_confidence`` is not in [0, 1].
    ArgumentError
        If another argument has a value that is not allowed, or the node has nothing at the level.

    Notes
    -----
    As for :func:`downstream`.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = upstream(graph, "Zendesk", level="integration_source")
    >>> found.direction, found.nodes["path"][0]
    ('upstream', 'Zendesk')
    """
    check_graph(graph, "upstream", level=True)
    return _search_lineage(
        "upstream",
        graph,
        node,
        max_depth=max_depth,
        min_confidence=min_confidence,
        statuses=statuses,
        max_per_hop=max_per_hop,
        directed=directed,
        level=level,
        relationships=relationships,
        max_work=max_work,
    )


def neighborhood(
    graph: LinkGraph,
    node: str | UUID | Node,
    *,
    max_depth: int | None = 3,
    min_confidence: float | None = None,
    statuses: str | Iterable[str] | None = None,
    max_per_hop: int | None = None,
    directed: bool = True,
    level: Level | str | None = None,
    relationships: bool = False,
    max_work: int = MAX_HOP_WORK,
) -> Lineage:
    """Follow links both up and down; depths upstream are below 0.

    A node has the depth, the confidence and the path that :func:`downstream` or :func:`upstream`
    gives it: those of the direction in which it is nearer, downstream if both are equal.

    Parameters
    ----------
    graph, node, max_depth, min_confidence, statuses, max_per_hop, level, relationships, max_work
        The same as for :func:`downstream`; the cap holds for each hop of either direction.
    directed
        Whether paths lead only up or only down. With ``False`` they may turn: links are followed
        either way at every hop, and depths are above 0.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If the node does not exist or the name is ambiguous.
    ThresholdError
        If ``min_confidence`` is not in [0, 1].
    ArgumentError
        If another argument has a value that is not allowed, or the node has nothing at the level.

    Notes
    -----
    As for :func:`downstream`.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = neighborhood(graph, "Zendesk/users.email", max_depth=1)
    >>> sorted(set(found.nodes["depth"])) == found.hops["depth"]
    True
    """
    check_graph(graph, "neighborhood", level=True)
    return _search_lineage(
        "neighborhood",
        graph,
        node,
        max_depth=max_depth,
        min_confidence=min_confidence,
        statuses=statuses,
        max_per_hop=max_per_hop,
        directed=directed,
        level=level,
        relationships=relationships,
        max_work=max_work,
    )


def _search_lineage(
    direction: Direction,
    graph: LinkGraph,
    node: str | UUID | Node,
    *,
    max_depth: int | None,
    min_confidence: float | None,
    statuses: str | Iterable[str] | None,
    max_per_hop: int | None,
    directed: bool,
    level: Level | str | None,
    relationships: bool,
    max_work: int,
) -> Lineage:
    check_count("max_work", max_work)
    if statuses is not None and not isinstance(statuses, str):
        statuses = tuple(statuses)
    for name, value in (("max_depth", max_depth), ("max_per_hop", max_per_hop)):
        if value is not None:
            check_count(name, value)
    lifted = None if level is None else as_level(level)
    index = graph.index_of(node)
    starts = _start_nodes(graph, index, lifted)
    if min_confidence is not None or statuses is not None:
        graph = graph.where(min_confidence=min_confidence, status=statuses)
    walk = walk_of(
        graph,
        directed=directed,
        relationships=relationships,
        depth=None if lifted is None else lifted.depth,
    )
    # Links that are followed either way make one direction only.
    down = direction != "upstream" or not directed
    up = direction != "downstream" and directed
    sides = []
    for wanted, against in ((down, False), (up, True)):
        if wanted:
            ways = walk.edges.entering if against else walk.edges.leaving
            found = reach(
                walk.edges,
                ways,
                starts,
                max_depth=max_depth,
                max_per_hop=max_per_hop,
                max_work=max_work,
            )
            sides.append(Side(found, -1 if against and down else 1, against))
    start = graph.arrays.nodes.id_text[index].as_py()
    reached = Reached(graph, walk, tuple(sides), max_depth)
    options = (
        ("max_depth", max_depth, 3),
        ("min_confidence", min_confidence, None),
        ("statuses", statuses, None),
        ("max_per_hop", max_per_hop, None),
        ("directed", directed, True),
        ("level", None if lifted is None else str(lifted), None),
        ("relationships", relationships, False),
        ("max_work", max_work, MAX_HOP_WORK),
    )
    asked = {name: value for name, value, usual in options if value != usual}
    return Lineage(graph, start, direction, directed, max_depth, lifted, asked, reached)


def _start_nodes(graph: LinkGraph, index: int, level: Level | None) -> NDArray[np.int64]:
    """Return the node and all nodes below it, or their ancestors at a level."""
    ancestor, depth = graph.arrays.nodes.ancestor, int(graph.arrays.nodes.depth[index])
    # Nothing lies below a column.
    below = np.array([index]) if depth == 2 else np.flatnonzero(ancestor[depth] == index)
    if level is None:
        return below
    at = np.unique(ancestor[level.depth][below]).astype(np.int64)
    at = at[at >= 0]
    if not len(at):
        raise ArgumentError(
            f"{graph.arrays.nodes.path[index].as_py()!r} has nothing at level {str(level)!r}."
        )
    return at
