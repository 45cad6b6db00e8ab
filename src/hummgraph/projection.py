"""Links lifted to a level: one edge a pair of nodes, with the links beneath it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from hummgraph.errors import LinkNotFoundError
from hummgraph.frames import Frame

if TYPE_CHECKING:
    from uuid import UUID

    import networkx as nx
    from numpy.typing import NDArray

    from hummgraph.elements import Level, Node
    from hummgraph.graph import LinkGraph

__all__ = ["Projection", "project"]


@dataclass(frozen=True, eq=False, repr=False)
class Projection:
    """Links lifted to one level, drill-down kept.

    Every link whose ends stand at the level or below it is beneath exactly one edge, the one from
    the ancestor of its source to the ancestor of its target; so counts agree at every level. Links
    with an end above the level cannot be lifted to it and are counted in ``n_links_above``.

    Parameters
    ----------
    graph
        The graph whose links these are.
    level
        Where the edges' ends stand.
    source, target
        Positions of the edges' ends among the graph's nodes, shape (n_edges,), sorted.
    first
        Where the links of each edge begin in ``link_index``, shape (n_edges + 1,).
    link_index
        Positions of the lifted links among the graph's links, edge by edge.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> systems = LinkGraph(load_demo().snapshot()).project("integration_source")
    >>> systems.links_of("Stripe", "Salesforce").n_links > 0
    True
    """

    graph: LinkGraph
    level: Level
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    first: NDArray[np.int64]
    link_index: NDArray[np.int64]

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.source)

    @property
    def n_links_above(self) -> int:
        """Number of links with an end above the level, beneath no edge."""
        return self.graph.n_links - len(self.link_index)

    @cached_property
    def nodes(self) -> Frame:
        """The graph's nodes at this level, as a table."""
        table = self.graph.nodes.to_arrow()
        depth = self.graph.arrays.nodes.first
        begin, end = depth[self.level.depth], depth[self.level.depth + 1]
        return Frame(table.slice(int(begin), int(end - begin)))

    @cached_property
    def edges(self) -> Frame:
        """One row an edge: its ends, and what the links beneath it have.

        ``max_confidence`` and ``mean_confidence`` are over the stored confidences beneath the edge,
        REJECTED links left out; null where there are none.
        """
        graph = self.graph
        arrays = graph.arrays
        edge = np.repeat(np.arange(self.n_edges), np.diff(self.first))
        links = arrays.links.take(self.link_index)
        ids, paths = arrays.nodes.id_text, arrays.nodes.path
        columns = {
            "source": ids.take(pa.array(self.source)),
            "target": ids.take(pa.array(self.target)),
            "source_path": paths.take(pa.array(self.source)),
            "target_path": paths.take(pa.array(self.target)),
            "n_links": pa.array(np.diff(self.first)),
        }
        for names, codes in ((arrays.statuses, links.status), (arrays.link_types, links.link_type)):
            for code, name in enumerate(names):
                counts = np.bincount(edge[codes == code], minlength=self.n_edges)
                columns[f"n_{name.lower()}"] = pa.array(counts)
        scored = ~np.isnan(links.confidence) & (links.status != arrays.statuses.index("REJECTED"))
        n_scored = np.bincount(edge[scored], minlength=self.n_edges)
        largest = np.full(self.n_edges, -np.inf)
        np.maximum.at(largest, edge[scored], links.confidence[scored])
        total = np.bincount(edge[scored], links.confidence[scored], minlength=self.n_edges)
        none = n_scored == 0
        columns["max_confidence"] = pa.array(largest, mask=none)
        columns["mean_confidence"] = pa.array(total / np.maximum(n_scored, 1), mask=none)
        return Frame(pa.table(columns))

    def links_of(self, source: str | UUID | Node, target: str | UUID | Node) -> LinkGraph:
        """Give exactly the links beneath the edge from one node to another.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If a node cannot be told.
        LinkNotFoundError
            If no edge runs from the one to the other.

        Notes
        -----
        O(n_edges).

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> tables = LinkGraph(load_demo().snapshot()).project("table")
        >>> edge = next(iter(tables.edges))
        >>> tables.links_of(edge["source"], edge["target"]).n_links == edge["n_links"]
        True
        """
        begin, end = self.graph.index_of(source), self.graph.index_of(target)
        found = np.flatnonzero((self.source == begin) & (self.target == end))
        if not len(found):
            raise LinkNotFoundError(
                f"No {self.level} edge runs from {str(source)!r} to {str(target)!r}.",
                hint="Edges have a direction: try the other one.",
            )
        edge = int(found[0])
        return self.graph.with_links(self.link_index[self.first[edge] : self.first[edge + 1]])

    def to_networkx(self) -> nx.DiGraph[str]:
        """Give an ordinary :class:`networkx.DiGraph`: nodes of the level, an edge a pair.

        Edges have all columns of :attr:`edges`, and ``weight``: the largest confidence, absent
        where there is none.

        Notes
        -----
        O(n_nodes + n_edges).

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> LinkGraph(load_demo().snapshot()).project("integration_source").to_networkx().order()
        7
        """
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph(level=str(self.level))
        for node in self.nodes:
            graph.add_node(node.pop("node_id"), **node)
        for edge in self.edges:
            source, target = edge.pop("source"), edge.pop("target")
            if edge["max_confidence"] is not None:
                edge["weight"] = edge["max_confidence"]
            graph.add_edge(source, target, **edge)
        return graph

    def __repr__(self) -> str:
        return (
            f"<Projection to {self.level}: {len(self.nodes):,} nodes, {self.n_edges:,} edges"
            f" over {len(self.link_index):,} of {self.graph.n_links:,} links>"
        )

    def _repr_html_(self) -> str:
        return self.edges._repr_html_()


def project(graph: LinkGraph, level: Level) -> Projection:
    """Lift the links of a graph to a level; see :meth:`LinkGraph.project`."""
    arrays = graph.arrays
    ancestor = arrays.nodes.ancestor[level.depth]
    source, target = ancestor[arrays.links.ends.source], ancestor[arrays.links.ends.target]
    lifted = np.flatnonzero((source >= 0) & (target >= 0))
    pairs = source[lifted].astype(np.int64) * len(arrays.nodes) + target[lifted]
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    new = np.flatnonzero(np.diff(pairs, prepend=-1))
    distinct = pairs[new]
    n_nodes = max(len(arrays.nodes), 1)
    return Projection(
        graph=graph,
        level=level,
        source=(distinct // n_nodes).astype(np.int32),
        target=(distinct % n_nodes).astype(np.int32),
        first=np.append(new, len(pairs)),
        link_index=lifted[order],
    )
