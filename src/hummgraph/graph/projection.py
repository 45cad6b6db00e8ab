"""Links lifted to a level: one edge a pair of nodes, with the links beneath it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError, LinkNotFoundError
from hummgraph.frames import Card, Frame, Shows, title_of
from hummgraph.graph.interop.flat import flat_attributes
from hummgraph.graph.policy import REJECTED
from hummgraph.records.display import EdgeDisplay, LinkDisplay

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import networkx as nx
    from numpy.typing import NDArray

    from hummgraph.graph.elements import Level, Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["CONFIDENCE_RULES", "Projection", "project"]

CONFIDENCE_RULES = ("max", "mean", "noisy_or")


@dataclass(frozen=True, eq=False, repr=False)
class Projection(Shows):
    """Links lifted to one level, drill-down kept.

    Every link with both ends at the level or below it is beneath exactly one edge, the one from
    the ancestor of its source to the ancestor of its target; so counts agree at every level. Links
    with an end above the level cannot be lifted to it and are counted in ``n_links_above``.

    Parameters
    ----------
    graph
        The graph whose links these are.
    level
        Level of the edges' ends.
    source, target
        Positions of the edges' ends among the graph's nodes, shape (n_edges,), sorted.
    first
        First link of each edge in ``link_index``, shape (n_edges + 1,).
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
    def counts(self) -> NDArray[np.int64]:
        """Links beneath each edge by status and type: shape (n_edges, n_statuses, n_link_types)."""
        arrays = self.graph.arrays
        links = arrays.links.take(self.link_index)
        shape = (self.n_edges, len(arrays.statuses), len(arrays.link_types))
        cell = (self._edge_of_link * shape[1] + links.status) * shape[2] + links.link_type
        return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)

    def confidence(self, rule: str = "max") -> NDArray[np.float64]:
        """Return one confidence an edge, of the stored confidences of the links beneath it.

        Parameters
        ----------
        rule
            ``"max"``: the largest. ``"mean"``: their mean. ``"noisy_or"``: the chance that at least
            one of them is right, ``1 - prod(1 - c)``, *were they right or wrong independently*. The
            links of one pair of tables seldom are: one matcher found them by one rule, so noisy-or
            is near 1 wherever links are many. Read it as an upper bound.

        Returns
        -------
        NDArray[np.float64]
            In [0, 1], shape (n_edges,); NaN where no link beneath has a confidence. REJECTED links
            are left out.

        Raises
        ------
        ArgumentError
            If there is no such rule.

        Notes
        -----
        O(n_links). Noisy-or is the canonical model of independent causes of
        J. Pearl, *Probabilistic Reasoning in Intelligent Systems* (1988), section 4.3.2.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> tables = LinkGraph(load_demo().snapshot()).project("table")
        >>> bool((tables.confidence("noisy_or") >= tables.confidence("max"))[0])
        True
        """
        if rule not in CONFIDENCE_RULES:
            raise ArgumentError(
                f"There is no confidence rule {rule!r}.", hint="One of: max, mean, noisy_or."
            )
        arrays = self.graph.arrays
        links = arrays.links.take(self.link_index)
        scored = ~np.isnan(links.confidence) & (links.status != REJECTED)
        edge, value = self._edge_of_link[scored], links.confidence[scored]
        n_scored = np.bincount(edge, minlength=self.n_edges)
        some = np.flatnonzero(n_scored)
        result = np.full(self.n_edges, np.nan)
        if not len(some):
            return result
        # The scored links stand edge by edge still, so each edge's are one slice.
        begin = np.cumsum(n_scored[some]) - n_scored[some]
        if rule == "max":
            result[some] = np.maximum.reduceat(value, begin)
        elif rule == "mean":
            result[some] = np.add.reduceat(value, begin) / n_scored[some]
        else:
            result[some] = 1.0 - np.multiply.reduceat(1.0 - value, begin)
        return result

    @cached_property
    def edges(self) -> Frame:
        """One row an edge: its ends, and what the links beneath it have.

        Links are counted by status and by type. ``max_confidence``, ``mean_confidence`` and
        ``noisy_or_confidence`` are those of :meth:`confidence`; null where no link has one.
        """
        arrays = self.graph.arrays
        ids, paths = arrays.nodes.id_text, arrays.nodes.path
        columns = {
            "source": ids.take(pa.array(self.source)),
            "target": ids.take(pa.array(self.target)),
            "source_path": paths.take(pa.array(self.source)),
            "target_path": paths.take(pa.array(self.target)),
            **arrays.nodes.deleted_ends(self.source, self.target),
            "n_links": pa.array(np.diff(self.first)),
        }
        for names, axis in ((arrays.statuses, 2), (arrays.link_types, 1)):
            for name, counts in zip(names, self.counts.sum(axis=axis).T, strict=True):
                columns[f"n_{name.lower()}"] = pa.array(counts)
        for rule in CONFIDENCE_RULES:
            values = self.confidence(rule)
            columns[f"{rule}_confidence"] = pa.array(values, mask=np.isnan(values))
        return Frame(pa.table(columns), display=EdgeDisplay(self._hidden_columns))

    @property
    def _hidden_columns(self) -> frozenset[str]:
        """Names of columns that count links of a status or type that is not shown."""
        arrays, known = self.graph.arrays, self.graph.snapshot.label_vocabulary
        hidden = [name for name in arrays.statuses if not known.shown_status(name)]
        hidden += [name for name in arrays.link_types if not known.shown_link_type(name)]
        return frozenset(f"n_{name.lower()}" for name in hidden)

    @cached_property
    def links(self) -> Frame:
        """One row a lifted link: its edge's ends, its id, status, type and confidence."""
        ids = self.graph.arrays.nodes.id_text
        edge = self._edge_of_link
        beneath = self.graph.links.to_arrow().take(pa.array(self.link_index))
        return Frame(
            display=LinkDisplay(self.graph.snapshot),
            table=pa.table(
                {
                    "source": ids.take(pa.array(self.source[edge])),
                    "target": ids.take(pa.array(self.target[edge])),
                    **{
                        name: beneath.column(name)
                        for name in ("link_id", "status", "link_type", "confidence")
                    },
                }
            ),
        )

    @cached_property
    def _edge_of_link(self) -> NDArray[np.intp]:
        return np.repeat(np.arange(self.n_edges), np.diff(self.first))

    def links_of(self, source: str | UUID | Node, target: str | UUID | Node) -> LinkGraph:
        """Return exactly the links beneath the edge from one node to another.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If a node does not exist or its name is ambiguous.
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
        return self.graph.take_links(self.link_index[self.first[edge] : self.first[edge + 1]])

    def drill_down(self, source: str | UUID | Node, target: str | UUID | Node) -> Projection:
        """Lift the links beneath one edge to the next lower level.

        Returns
        -------
        Projection
            Projection of exactly the links beneath the edge, less those that end at this level.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If a node does not exist or its name is ambiguous.
        LinkNotFoundError
            If no edge runs from the one to the other.
        ArgumentError
            If the edges are between columns: nothing is lower.

        Notes
        -----
        O(n_edges + k log k) for k links beneath the edge.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> systems = LinkGraph(load_demo().snapshot()).project("integration_source")
        >>> tables = systems.drill_down("Stripe", "Salesforce")
        >>> sum(tables.edges["n_links"]) == systems.links_of("Stripe", "Salesforce").n_links
        True
        """
        levels = list(type(self.level))
        if self.level.depth + 1 == len(levels):
            raise ArgumentError(
                "There is no level below columns.", hint="links_of() returns the links of an edge."
            )
        return project(self.links_of(source, target), levels[self.level.depth + 1])

    def to_networkx(self, *, weight: str = "max", flat: bool = False) -> nx.DiGraph[str]:
        """Return an ordinary :class:`networkx.DiGraph`: nodes of the level, an edge a pair.

        Nodes have all columns of :attr:`nodes`, and a ``label`` for pictures. Edges have all
        columns of :attr:`edges`, and ``weight``, if there is one.

        Parameters
        ----------
        weight
            Rule of :meth:`confidence` for the weights.
        flat
            Whether attributes are only texts, numbers and truth values, as in
            :meth:`LinkGraph.to_networkx`.

        Raises
        ------
        ArgumentError
            If there is no such rule.

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

        weights = self.confidence(weight).tolist()
        graph: nx.DiGraph[str] = nx.DiGraph(level=str(self.level))
        made: Callable[[dict[str, Any]], dict[str, Any]] = flat_attributes if flat else dict
        begin = int(self.graph.arrays.nodes.first[self.level.depth])
        labels = self.graph.arrays.nodes.label.slice(begin, len(self.nodes)).to_pylist()
        for node, label in zip(self.nodes, labels, strict=True):
            graph.add_node(node.pop("node_id"), **made({**node, "label": label}))
        for edge, value in zip(self.edges, weights, strict=True):
            source, target = edge.pop("source"), edge.pop("target")
            if not np.isnan(value):
                edge["weight"] = value
            graph.add_edge(source, target, **made(edge))
        return graph

    def __repr__(self) -> str:
        return (
            f"<Projection to {self.level}: {len(self.nodes):,} nodes, {self.n_edges:,} edges"
            f" over {len(self.link_index):,} of {self.graph.n_links:,} links>"
        )

    def _card_(self) -> Card:
        names = ("source_path", "target_path", "n_links", "n_approved", "max_confidence")
        return Card(title_of(self), table=self.edges.select(*names), things="edges")


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
