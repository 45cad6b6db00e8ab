"""LinkGraph: systems, tables and columns, and the entity links between them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self
from uuid import UUID

import numpy as np

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_policy, check_snapshot
from hummgraph.frames import Card, Frame, Shows
from hummgraph.graph.checks import as_position, check_positions
from hummgraph.graph.conversions import Conversions
from hummgraph.graph.data import GraphData, count_by_name
from hummgraph.graph.elements import Link, Node, link_at, link_position, node_at
from hummgraph.graph.equality import equal
from hummgraph.graph.filters import at_or_below, link_mask, node_position
from hummgraph.graph.journal import as_records
from hummgraph.graph.policy import Policy
from hummgraph.graph.projection import Projection, project
from hummgraph.graph.summary import Summary, summarize
from hummgraph.records.display import LinkDisplay
from hummgraph.records.ids import unpacked
from hummgraph.records.nodes import Ends, Level, as_level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from hummgraph.graph.decisions import GivenName
    from hummgraph.graph.journal import DecisionSource
    from hummgraph.graph.relationships import Relationships
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["LinkGraph"]


class LinkGraph(Conversions, Shows):
    """A directed multigraph of systems, tables and columns, joined by entity links.

    Nodes are at three levels: integration source > table or object > column or field. Containment
    is not a link: it is what :meth:`project` follows. A link ends at the deepest id that it has.
    Parallel links, both directions, links of a node to itself and cycles are all kept, and so are
    nodes that no link touches when the catalogue knows them.

    A graph never changes: methods that seem to change it return a new graph that shares its arrays.

    Parameters
    ----------
    snapshot
        Source of links and catalogue.
    policy
        Meaning of null confidences, types and statuses in answers made from this graph.

    Notes
    -----
    O(n log n) for n links.

    Examples
    --------
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> graph.n_nodes_by_level["integration_source"]
    7
    >>> graph.where(min_confidence=0.9).n_links < graph.n_links
    True
    """

    def __init__(self, snapshot: Snapshot, *, policy: Policy | None = None) -> None:
        check_snapshot(snapshot, "LinkGraph")
        self._data = GraphData.of_snapshot(snapshot, policy or Policy())

    @classmethod
    def from_arrays(cls, arrays: GraphData) -> Self:
        """Return a graph of arrays, such as :attr:`arrays` of another graph.

        Parameters
        ----------
        arrays
            Arrays, which are neither copied nor checked.

        Notes
        -----
        O(1).

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> LinkGraph.from_arrays(graph.arrays) == graph
        True
        """
        graph = object.__new__(cls)
        graph._data = arrays
        return graph

    @property
    def arrays(self) -> GraphData:
        """The arrays of the graph, for algorithms. They are shared: do not write to them."""
        return self._data

    # --- counts and values -------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that the graph was made of."""
        return self._data.snapshot

    @property
    def policy(self) -> Policy:
        """Meaning of null confidences, types and statuses."""
        return self._data.policy

    def with_policy(self, policy: Policy) -> LinkGraph:
        """Return the same graph, read by another policy.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.with_policy(Policy(null_confidence=0.5)).policy.null_confidence
        0.5
        """
        check_policy(policy, "with_policy")
        return self.from_arrays(self._data.replace(policy=policy))

    def with_decisions(self, decisions: DecisionSource, *, missing: str = "raise") -> LinkGraph:
        """Return the same graph with review decisions and given names applied.

        Parameters
        ----------
        decisions
            A mapping of link ids to ``"APPROVED"``, ``"REJECTED"`` or ``"SUGGESTED"``, which takes
            a decision back; or a list of decisions and names, such as what :func:`read_decisions`
            returns; or the path of a file of them, or the content of an older one,
            ``{"schema": 1, "decisions": [...]}``. The latest about a link or a node counts.
        missing
            ``"raise"`` if links or nodes are not in the graph; ``"skip"`` them, or find a link that
            has another id ``"by_ends"``, and list it in :attr:`decisions`.

        Raises
        ------
        DecisionError
            If decisions cannot be read, two contradict each other and neither is later, something
            is missing, or a decision gives other ends than its link has.
        ArgumentError
            If ``decisions`` or ``missing`` is something else.

        Notes
        -----
        O(n_links + k log n_links) for k decisions; all but the statuses is shared.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> decided = graph.with_decisions({graph.link(0).link_id: "REJECTED"})
        >>> decided.link(0).status, graph.link(0).status
        ('REJECTED', 'SUGGESTED')
        """
        return self.from_arrays(self._data.decided(as_records(decisions), missing=missing))

    @property
    def decisions(self) -> Frame:
        """The decisions that :meth:`with_decisions` applied last: one row each.

        Those without a link come last; ``found`` says how it was found, ``given_id`` its old id.
        """
        return Frame(self._data.decisions.to_table(), display=LinkDisplay(self.snapshot))

    @property
    def given_names(self) -> Mapping[str, GivenName]:
        """Names that people gave to clusters, by the id of a member; the last given of each node.

        Examples
        --------
        >>> from hummgraph import GivenName
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> named = graph.with_decisions([GivenName(graph.nodes["node_id"][0], "billing")])
        >>> named.given_names[graph.nodes["node_id"][0]].name
        'billing'
        """
        return self._data.given_names

    @property
    def n_nodes(self) -> int:
        """Number of nodes, at all levels."""
        return len(self._data.nodes)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return self._data.links.n

    @property
    def n_nodes_by_level(self) -> dict[str, int]:
        """Number of nodes at each level, systems first."""
        counts = np.bincount(self._data.nodes.depth, minlength=3)
        return dict(zip(map(str, Level), counts.tolist(), strict=True))

    @property
    def n_links_by_status(self) -> dict[str, int]:
        """Number of links by status, known statuses first."""
        return count_by_name(self._data.links.status, self._data.statuses)

    @property
    def n_links_by_type(self) -> dict[str, int]:
        """Number of links by type, known types first."""
        return count_by_name(self._data.links.link_type, self._data.link_types)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Confidence of each link under the policy: shape (n_links,), NaN if undefined."""
        return self._data.weights

    @property
    def link_levels(self) -> NDArray[np.int8]:
        """Level of each link: 0, 1 or 2 if both ends are at one level, else -1."""
        return self._data.link_levels

    @property
    def links_to_deleted(self) -> NDArray[np.bool_]:
        """Whether each link ends at something deleted: shape (n_links,).

        A node is deleted where ``is_active`` is false for itself, its table or its system.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> int(LinkGraph(load_demo().snapshot()).links_to_deleted.sum())
        9
        """
        return self._data.links_to_deleted

    @property
    def relationships(self) -> Relationships:
        """Declared relationships between tables, and associations between SaaS objects.

        They come from the catalogue and are no links: no count, cluster or projection has them.
        Filters of links leave them alone, and :meth:`reverse` does not turn them.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> len(LinkGraph(load_demo().snapshot()).relationships)
        64
        """
        return self._data.relationships

    # --- nodes and links one by one ----------------------------------------------------------

    def index_of(self, node: str | UUID | bytes | NDArray[np.uint8] | Node) -> int:
        """Find a node by id or name and return its position.

        Parameters
        ----------
        node
            An id as text (with ``level:`` before it where it occurs at two levels), as a
            :class:`~uuid.UUID` or as sixteen bytes; a `Node`; or a name
            ``system/[schema.]table[.column]``: taken with the longest known table first, as
            written, then without regard to case if that fits one node only.

        Raises
        ------
        NodeNotFoundError
            If there is none; the error suggests similar names.
        AmbiguousNodeError
            If there are several; the error lists them.

        Notes
        -----
        O(n_nodes) the first time, O(1) then.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.index_of("stripe/customers.email") == graph.index_of("Stripe/customers.email")
        True
        """
        return node_position(self._data, node)

    def node(self, node: str | UUID | bytes | NDArray[np.uint8] | int) -> Node:
        """Return a node by id, name or position.

        Raises
        ------
        NodeNotFoundError
            If there is none.
        AmbiguousNodeError
            If a name fits several.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> LinkGraph(load_demo().snapshot()).node("zendesk").level
        <Level.INTEGRATION_SOURCE: 'integration_source'>
        """
        node = unpacked(node)
        if isinstance(node, str | UUID | Node):
            return node_at(self._data, self.index_of(node))
        index = as_position("node", node)
        if not 0 <= index < self.n_nodes:
            raise ArgumentError(f"No node at {index}; positions run from 0 to {self.n_nodes - 1}.")
        return node_at(self._data, index)

    def link(self, link: str | UUID | bytes | NDArray[np.uint8] | int) -> Link:
        """Return a link by id or position.

        Parameters
        ----------
        link
            An id as text, as a :class:`~uuid.UUID` or as sixteen bytes, such as a row of
            :attr:`link_ids`; or a position, from 0.

        Raises
        ------
        LinkNotFoundError
            If the graph has no such link.

        Notes
        -----
        O(log n_links).

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> 0 <= graph.link(3).confidence <= 1
        True
        >>> graph.link(graph.link_ids[3]) == graph.link(3)
        True
        """
        return link_at(self._data, link_position(self._data, link))

    @property
    def link_ids(self) -> NDArray[np.uint8]:
        """Ids of the links, sixteen bytes each, sorted: shape (n_links, 16)."""
        return self._data.link_ids

    def take_links(self, link_index: NDArray[np.int64]) -> LinkGraph:
        """Keep some of the links, by position; keep every node.

        Parameters
        ----------
        link_index
            Positions among the graph's links, in [0, n_links), in increasing order.

        Raises
        ------
        ArgumentError
            If they are something else: a negative position, which NumPy counts from the end, a
            mask of booleans, or positions that repeat or decrease.

        Notes
        -----
        O(k) for k links kept.

        Examples
        --------
        >>> import numpy as np
        >>> from hummgraph.datasets import load_demo
        >>> LinkGraph(load_demo().snapshot()).take_links(np.array([0, 2, 5])).n_links
        3
        """
        index = check_positions("link_index", link_index, self.n_links)
        return self.from_arrays(self._data.replace(links=self._data.links.take(index)))

    # --- other graphs of the same links ------------------------------------------------------

    def where(
        self,
        *,
        min_confidence: float | None = None,
        max_confidence: float | None = None,
        status: str | Iterable[str] | None = None,
        link_type: str | Iterable[str] | None = None,
        system: str | UUID | Iterable[str | UUID] | None = None,
        level: Level | str | None = None,
        nodes: str | UUID | Node | Iterable[str | UUID | Node] | None = None,
        between: tuple[str | UUID | Node, str | UUID | Node] | None = None,
        active: bool | None = None,
    ) -> LinkGraph:
        """Keep the links that meet all conditions; keep every node.

        Parameters
        ----------
        min_confidence
            Lowest confidence, in [0, 1], inclusive, to nine decimals. By the default policy a link
            without a confidence fails it and an APPROVED one passes whatever its confidence.
        max_confidence
            Highest confidence, in [0, 1], inclusive; a link without one fails it.
        status, link_type
            One value or several, as sent.
        system
            One system or several: links that touch any of them.
        level
            Links with both ends at this level.
        nodes
            One node or several: links that touch any of them or anything below them.
        between
            Two nodes: links that join one of them, or anything below it, with the other or
            anything below that, in either direction.
        active
            ``True`` leaves out links that end at something deleted, ``False`` keeps only these.
            Deleted nodes stay in :attr:`nodes` in any case, without links then, and are marked.
            A node is deleted where ``is_active`` is false for itself, its table or its system;
            where that is unknown, it counts as living. Relationships are kept.

        Returns
        -------
        LinkGraph
            Graph of only the links that are kept: a REJECTED link that was filtered out no longer
            binds. To cluster at a threshold with every decision in force, give the threshold to
            :func:`cluster` instead.

        Raises
        ------
        ThresholdError
            If a confidence is not in [0, 1].
        ArgumentError
            If a status, type or level is not one that the graph has or knows, ``between`` is not
            two nodes, or ``active`` is not a truth value.
        NodeNotFoundError, AmbiguousNodeError
            If a system or node does not exist, or its name is ambiguous.

        Notes
        -----
        O(n_links).

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.where(active=True).n_links + graph.where(active=False).n_links == graph.n_links
        True
        >>> graph.where(status="REJECTED").n_links == graph.n_links_by_status["REJECTED"]
        True
        >>> graph.where(between=("Stripe", "Salesforce/Contact"), status="SUGGESTED").n_links
        1
        >>> graph.where(min_confidence=1.5)
        Traceback (most recent call last):
            ...
        hummgraph.errors.ThresholdError: min_confidence is 1.5; it must be a number in [0, 1].
        """
        keep = link_mask(
            self._data,
            min_confidence=min_confidence,
            max_confidence=max_confidence,
            status=status,
            link_type=link_type,
            system=system,
            level=level,
            nodes=nodes,
            between=between,
            active=active,
        )
        return self.take_links(np.flatnonzero(keep))

    def subgraph(self, nodes: str | UUID | Node | Iterable[str | UUID | Node]) -> LinkGraph:
        """Keep the given nodes, what they contain and lie in, and the links among them.

        Parameters
        ----------
        nodes
            One or several ids, names or nodes of any level.

        Returns
        -------
        LinkGraph
            Graph of the links with both ends at or below the given nodes; node positions are new.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If a node does not exist or its name is ambiguous.

        Notes
        -----
        O(n_nodes + n_links).

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> part = graph.subgraph(["Stripe", "Zendesk"])
        >>> part.n_nodes_by_level["integration_source"]
        2
        """
        return self.from_arrays(self._data.part(at_or_below(self._data, nodes)))

    def reverse(self) -> LinkGraph:
        """Turn every link around.

        Notes
        -----
        O(1); the arrays are shared.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.reverse().link(0).source == graph.link(0).target
        True
        """
        ends = self._data.links.ends
        return self.from_arrays(
            self._data.replace(links=self._data.links.with_ends(Ends(ends.target, ends.source)))
        )

    def project(self, level: Level | str) -> Projection:
        """Lift the links to a level: one edge for each ordered pair of nodes that they join.

        Parameters
        ----------
        level
            ``"integration_source"``, ``"table"`` or ``"column"``.

        Returns
        -------
        Projection
            Edges that count the links beneath them, and return them.

        Raises
        ------
        ArgumentError
            If there is no such level.

        Notes
        -----
        O(n log n) for n links.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> tables = LinkGraph(load_demo().snapshot()).project("table")
        >>> sum(tables.edges["n_links"]) + tables.n_links_above == tables.graph.n_links
        True
        """
        return project(self, as_level(level))

    # --- as tables ---------------------------------------------------------------------------

    @cached_property
    def nodes(self) -> Frame:
        """The nodes as a table, one row each, in the order of their positions."""
        return Frame(self._data.node_table)

    @cached_property
    def links(self) -> Frame:
        """The links as a table, one row each, in the order of their ids."""
        return Frame(self._data.link_table, display=LinkDisplay(self.snapshot))

    def summary(self) -> Summary:
        """Count systems, tables, columns and links, and list systems and tables without links.

        Notes
        -----
        O(n_nodes + n_links).

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> len(LinkGraph(load_demo().snapshot()).summary().systems)
        7
        """
        return summarize(self)

    def __eq__(self, other: object) -> bool:
        """Return whether both have the same nodes, links, relationships, policy and organisation.

        Their origin does not matter, nor what else their snapshots hold, nor how the JSON
        of evidence is spelled; a member of evidence that is null counts as missing.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> LinkGraph(load_demo().snapshot()) == LinkGraph(load_demo().snapshot())
        True
        """
        if not isinstance(other, LinkGraph):
            return NotImplemented
        return self is other or equal(self._data, other._data)

    def __hash__(self) -> int:  # cheap: equal graphs have equal counts
        return hash((self.n_nodes, self.n_links, self._data.policy))

    def __repr__(self) -> str:
        systems, tables, columns = self.n_nodes_by_level.values()
        return (
            f"<LinkGraph: {systems:,} systems, {tables:,} tables, {columns:,} columns,"
            f" {self.n_links:,} links>"
        )

    def _card_(self) -> Card:
        return self.summary()._card_()
