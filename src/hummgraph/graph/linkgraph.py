"""LinkGraph: systems, tables and columns, and the entity links between them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError, LinkNotFoundError
from hummgraph.errors.arguments import check_policy, check_snapshot
from hummgraph.frames import Card, Frame, Shows
from hummgraph.graph.checks import as_position, check_positions
from hummgraph.graph.decisions import Overlay, as_decisions, overlay
from hummgraph.graph.elements import Link, Node
from hummgraph.graph.equality import equal_graphs
from hummgraph.graph.links import GraphArrays, LinkArrays, LinkColumns, categories, link_ids
from hummgraph.graph.lookup import NameIndex
from hummgraph.graph.policy import Policy, check_threshold, rounded
from hummgraph.graph.projection import Projection, project
from hummgraph.graph.relationships import Relationships, relationships_of
from hummgraph.graph.summary import Summary, summarize
from hummgraph.records.ids import id_bytes, id_order, id_pairs, id_strings, parse_id, unpacked
from hummgraph.records.models import LinkType, Status
from hummgraph.records.nodes import Ends, Level, Nodes, as_level, code_ends

if TYPE_CHECKING:
    import duckdb
    import igraph
    import networkx as nx
    import pandas as pd
    import polars as pl
    import rustworkx as rx
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.graph.decisions import DecisionSource
    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["LinkGraph"]


class LinkGraph(Shows):
    """A directed multigraph of systems, tables and columns, joined by entity links.

    Nodes stand at three levels: integration source > table or object > column or field. Containment
    is not a link: it is what :meth:`project` follows. A link ends at the deepest id that it gives.
    Parallel links, both directions, links of a node to itself and cycles are all kept, and so are
    nodes that no link touches when the catalogue knows them.

    A graph never changes: what looks like a change gives a new graph that shares its arrays.

    Parameters
    ----------
    snapshot
        Where links and catalogue come from.
    policy
        What null confidences, types and statuses mean in answers made from this graph.

    Notes
    -----
    O(n log n) for n links.

    Examples
    --------
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> graph.n_nodes_by_level["integration_source"]
    7
    >>> strong = graph.where(min_confidence=0.9)
    >>> strong.n_links < graph.n_links
    True
    """

    def __init__(self, snapshot: Snapshot, *, policy: Policy | None = None) -> None:
        check_snapshot(snapshot, "LinkGraph")
        nodes, ends = code_ends(snapshot.links, snapshot.catalogue)
        self._fill(snapshot, nodes, ends, policy or Policy())

    @classmethod
    def _of_parts(cls, snapshot: Snapshot, nodes: Nodes, ends: Ends, policy: Policy) -> LinkGraph:
        """Build a graph whose nodes are known already; ends are those of the snapshot's links."""
        graph = object.__new__(cls)
        graph._fill(snapshot, nodes, ends, policy)
        return graph

    def _fill(self, snapshot: Snapshot, nodes: Nodes, ends: Ends, policy: Policy) -> None:
        ids = link_ids(snapshot.links)
        order = id_order(ids)
        self._snapshot = snapshot
        self._policy = policy
        self._nodes = nodes
        self._statuses, status = categories(snapshot.links.column("status"), list(Status))
        self._link_types, link_type = categories(snapshot.links.column("link_type"), list(LinkType))
        confidence = snapshot.links.column("confidence").to_numpy()
        self._links = LinkArrays(
            LinkColumns(
                order,
                Ends(ends.source[order], ends.target[order]),
                confidence[order],
                status[order],
                link_type[order],
            )
        )
        self._root: LinkGraph | None = None
        self._overlay = Overlay((), (), ())

    def _replace(
        self,
        *,
        nodes: Nodes | None = None,
        links: LinkArrays | None = None,
        policy: Policy | None = None,
        changes: Overlay | None = None,
    ) -> LinkGraph:
        """Build a graph that differs in some parts and shares the others."""
        other = object.__new__(LinkGraph)
        other._snapshot = self._snapshot
        other._policy = self._policy if policy is None else policy
        other._nodes = self._nodes if nodes is None else nodes
        other._links = self._links if links is None else links
        other._statuses = self._statuses
        other._link_types = self._link_types
        other._overlay = self._overlay if changes is None else changes
        # What was worked out for all links serves those of a filtered graph too.
        shared = nodes is None and policy is None and other._links.columns is self._links.columns
        other._root = (self._root or self) if shared else None
        return other

    # --- counts and values -------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that the graph was made of."""
        return self._snapshot

    @property
    def policy(self) -> Policy:
        """What null confidences, types and statuses mean."""
        return self._policy

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
        return self._replace(policy=policy)

    def with_decisions(self, decisions: DecisionSource, *, missing: str = "raise") -> LinkGraph:
        """Return the same graph with review decisions laid over it.

        Parameters
        ----------
        decisions
            A mapping of link ids to ``"APPROVED"``, ``"REJECTED"`` or ``"SUGGESTED"``, which takes
            a decision back; or what :func:`read_decisions` returns; or a file of decisions, by its
            path or as its content:
            ``{"schema": 1, "decisions": [{"link_id", "status", "decided_at", "note"}]}``, of which
            the last two may be left out. Of several decisions about one link the latest holds.
        missing
            What to do with decisions about links that the graph does not have: ``"raise"``, or
            ``"skip"`` and list them in :attr:`decisions`.

        Raises
        ------
        DecisionError
            If decisions cannot be read, two contradict each other and neither is later, or links
            are missing.
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
        links = self._links
        status, changes = overlay(
            as_decisions(decisions), self.link_ids, links.status, self._statuses, missing=missing
        )
        columns = LinkColumns(links.row, links.ends, links.confidence, status, links.link_type)
        return self._replace(links=LinkArrays(columns), changes=changes)

    @property
    def decisions(self) -> Frame:
        """The decisions that :meth:`with_decisions` laid over the graph last: one row each.

        With the status before; those about links that the graph does not have come last and are
        not ``in_graph``.
        """
        return Frame(self._overlay.to_table())

    @property
    def n_nodes(self) -> int:
        """Number of nodes, at all levels."""
        return len(self._nodes)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return self._links.n

    @property
    def n_nodes_by_level(self) -> dict[str, int]:
        """Number of nodes at each level, systems first."""
        counts = np.bincount(self._nodes.depth, minlength=3)
        return dict(zip(map(str, Level), counts.tolist(), strict=True))

    @property
    def n_links_by_status(self) -> dict[str, int]:
        """Number of links by status, known statuses first."""
        return _counted(self._links.status, self._statuses)

    @property
    def n_links_by_type(self) -> dict[str, int]:
        """Number of links by type, known types first."""
        return _counted(self._links.link_type, self._link_types)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """What the policy makes of each link's confidence: shape (n_links,), NaN if undefined."""
        links = self._links
        if self._root is not None:
            return self._root.weights[links.index]
        weights = self._policy.weights(links.confidence, links.status, links.link_type)
        weights.flags.writeable = False
        return weights

    @cached_property
    def link_levels(self) -> NDArray[np.int8]:
        """Level of each link: 0, 1 or 2 where both ends stand at one level, else -1."""
        if self._root is not None:
            return self._root.link_levels[self._links.index]
        source = self._nodes.depth[self._links.ends.source]
        target = self._nodes.depth[self._links.ends.target]
        return np.where(source == target, source, np.int8(-1))

    @cached_property
    def links_to_deleted(self) -> NDArray[np.bool_]:
        """Whether each link ends at something deleted: shape (n_links,).

        A node is deleted where ``is_active`` is false for itself, its table or its system.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> int(LinkGraph(load_demo().snapshot()).links_to_deleted.sum())
        9
        """
        deleted, ends = self._nodes.deleted, self._links.ends
        found: NDArray[np.bool_] = deleted[ends.source] | deleted[ends.target]
        return found

    @cached_property
    def arrays(self) -> GraphArrays:
        """The graph's own arrays, for algorithms; they are shared and must not be written to."""
        return GraphArrays(self._nodes, self._links, self._statuses, self._link_types)

    @cached_property
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
        if self._root is not None:
            return self._root.relationships
        return relationships_of(self._nodes, self._snapshot.catalogue, self._policy)

    # --- nodes and links one by one ----------------------------------------------------------

    @cached_property
    def _filter_weights(self) -> NDArray[np.float64]:
        """Confidences as a filter reads them: a REJECTED link's like any other's.

        A filter asks what is stored, not what joins.
        """
        if self._root is not None:
            return self._root._filter_weights[self._links.index]  # noqa: SLF001 - of this class
        confidence = self._links.confidence
        return np.where(np.isnan(confidence), self.weights, confidence)

    @cached_property
    def _names(self) -> NameIndex:
        if self._root is not None:
            return self._root._names  # noqa: SLF001 - of this class
        return NameIndex(self._nodes)

    def index_of(self, node: str | UUID | bytes | NDArray[np.uint8] | Node) -> int:
        """Find a node by id or name and give its position.

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
            If there is none; the error says which names come close.
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
        return self._names.find(node.node_id if isinstance(node, Node) else unpacked(node))

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
        index = self._index(node)
        nodes = self._nodes
        parent = int(nodes.parent[index])
        return Node(
            index=index,
            node_id=nodes.id_text[index].as_py(),
            level=list(Level)[nodes.depth[index]],
            name=nodes.name[index].as_py(),
            path=nodes.path[index].as_py(),
            parent=parent if parent >= 0 else None,
            kind=nodes.kind[index].as_py(),
            data_type=nodes.data_type[index].as_py(),
            description=nodes.description[index].as_py(),
            is_active=nodes.is_active[index].as_py(),
            resolved=bool(nodes.resolved[index]),
            deleted=bool(nodes.deleted[index]),
        )

    def _index(self, node: str | UUID | bytes | NDArray[np.uint8] | int | Node) -> int:
        node = unpacked(node)
        if isinstance(node, str | UUID | Node):
            return self.index_of(node)
        index = as_position("node", node)
        if not 0 <= index < self.n_nodes:
            raise ArgumentError(f"No node at {index}; positions run from 0 to {self.n_nodes - 1}.")
        return index

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
        index = self._link_index(link)
        links, nodes = self._links, self._nodes
        row = self._snapshot.links.slice(int(links.row[index]), 1)
        evidence = row.column("evidence")[0].as_py()
        confidence, weight = float(links.confidence[index]), float(self.weights[index])
        return Link(
            link_index=index,
            link_id=id_strings(id_bytes(row.column("link_id").combine_chunks()))[0].as_py(),
            source=nodes.id_text[int(links.ends.source[index])].as_py(),
            target=nodes.id_text[int(links.ends.target[index])].as_py(),
            link_type=self._link_types[links.link_type[index]],
            status=self._statuses[links.status[index]],
            confidence=None if np.isnan(confidence) else confidence,
            weight=None if np.isnan(weight) else weight,
            evidence=None if evidence is None else json.loads(evidence),
            created_at=row.column("created_at")[0].as_py(),
            updated_at=row.column("updated_at")[0].as_py(),
        )

    def _link_index(self, link: str | UUID | bytes | NDArray[np.uint8] | int) -> int:
        link = unpacked(link)
        if not isinstance(link, str | UUID):
            index = as_position("link", link)
            if not 0 <= index < self.n_links:
                raise LinkNotFoundError(
                    f"No link at {index}; positions run from 0 to {self.n_links - 1}."
                )
            return index
        packed = parse_id(str(link))
        if packed is not None:
            pairs = id_pairs(self.link_ids)
            wanted = id_pairs(np.frombuffer(packed, dtype=np.uint8).reshape(1, 16))
            first = int(np.searchsorted(pairs["high"], wanted["high"][0]))
            for index in range(first, len(pairs)):
                if pairs["high"][index] != wanted["high"][0]:
                    break
                if pairs["low"][index] == wanted["low"][0]:
                    return index
        raise LinkNotFoundError(f"No link has the id {str(link)!r} ({self.n_links:,} links).")

    @cached_property
    def link_ids(self) -> NDArray[np.uint8]:
        """Ids of the links, sixteen bytes each, sorted: shape (n_links, 16)."""
        return link_ids(self._snapshot.links)[self._links.row]

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
        return self._replace(links=self._links.take(index))

    # --- other graphs of the same links ------------------------------------------------------

    def where(  # noqa: C901 - a branch for each condition
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
            Links whose ends both stand at that level.
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
            It knows only the links that are kept: a REJECTED link that was filtered out no longer
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
            If a system or node cannot be told.

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
        links = self._links
        keep = np.ones(self.n_links, dtype=bool)
        if min_confidence is not None:
            lowest = check_threshold("min_confidence", min_confidence)
            keep &= self._policy.accepts(self._filter_weights, links.status, lowest)
        if max_confidence is not None:
            keep &= rounded(links.confidence) <= check_threshold("max_confidence", max_confidence)
        if status is not None:
            keep &= _one_of(links.status, _chosen("status", status, self._statuses))
        if link_type is not None:
            keep &= _one_of(links.link_type, _chosen("link type", link_type, self._link_types))
        if level is not None:
            keep &= self.link_levels == as_level(level).depth
        if system is not None:
            keep &= self._touches(system, only=Level.INTEGRATION_SOURCE)
        if nodes is not None:
            keep &= self._touches(nodes)
        if between is not None:
            from hummgraph.graph.search import links_between

            keep &= links_between(self, between)
        if active is not None:
            if not isinstance(active, bool):
                raise ArgumentError(f"active is {active!r}; it must be True, False or None.")
            keep &= self.links_to_deleted != active
        return self.take_links(np.flatnonzero(keep))

    def _touches(
        self,
        wanted: str | UUID | Node | Iterable[str | UUID | Node],
        *,
        only: Level | None = None,
    ) -> NDArray[np.bool_]:
        below = self._at_or_below(wanted, only=only)
        ends = self._links.ends
        return np.logical_or(below[ends.source], below[ends.target])

    def _at_or_below(
        self,
        wanted: str | UUID | Node | Iterable[str | UUID | Node],
        *,
        only: Level | None = None,
    ) -> NDArray[np.bool_]:
        """Mark the given nodes and all that they contain."""
        several: Iterable[Any] = [wanted]
        if isinstance(wanted, Iterable) and not isinstance(wanted, str):
            several = wanted
        chosen = np.zeros(self.n_nodes, dtype=bool)
        for node in several:
            index = self.index_of(node)
            if only is not None and self._nodes.depth[index] != only.depth:
                raise ArgumentError(f"{str(node)!r} is not a system; use nodes= for others.")
            chosen[index] = True
        ancestor = self._nodes.ancestor
        below: NDArray[np.bool_] = np.any(chosen[ancestor] & (ancestor >= 0), axis=0)
        return below

    def subgraph(self, nodes: str | UUID | Node | Iterable[str | UUID | Node]) -> LinkGraph:
        """Keep the given nodes, what they contain and lie in, and the links among them.

        Parameters
        ----------
        nodes
            One or several ids, names or nodes of any level.

        Returns
        -------
        LinkGraph
            Its links have both ends at or below the given nodes; node positions are new.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If a node cannot be told.

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
        below = self._at_or_below(nodes)
        ends = self._links.ends
        inside = below[ends.source] & below[ends.target]
        kept = below.copy()
        for depth in (0, 1):
            above = self._nodes.ancestor[depth][below]
            kept[above[above >= 0]] = True
        new = np.cumsum(kept, dtype=np.int32) - 1
        links = self._links.take(np.flatnonzero(inside))
        links = links.with_ends(Ends(new[links.ends.source], new[links.ends.target]))
        return self._replace(nodes=self._nodes.take(np.flatnonzero(kept), new), links=links)

    def find(
        self,
        text: str,
        *,
        kinds: str | Iterable[str] | None = None,
        clusters: ClusterLabels | None = None,
    ) -> Frame:
        """Search systems, tables, columns, clusters and ids, best first.

        See :func:`hummgraph.graph.search.find` for what is matched and how.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.find("zendesk tickts")["name"][0]
        'Zendesk/tickets'
        """
        from hummgraph.graph.search import find

        return find(self, text, kinds=kinds, clusters=clusters)

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
        ends = self._links.ends
        return self._replace(links=self._links.with_ends(Ends(ends.target, ends.source)))

    def project(self, level: Level | str) -> Projection:
        """Lift the links to a level: one edge for each ordered pair of nodes that they join.

        Parameters
        ----------
        level
            ``"integration_source"``, ``"table"`` or ``"column"``.

        Returns
        -------
        Projection
            Its edges count the links beneath them, and give them back.

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

    # --- out ---------------------------------------------------------------------------------

    @cached_property
    def nodes(self) -> Frame:
        """The nodes as a table, one row each, in the order of their positions."""
        nodes, ends = self._nodes, self._links.ends
        touched = np.bincount(ends.source, minlength=self.n_nodes) + np.bincount(
            ends.target, minlength=self.n_nodes
        )
        levels = pa.DictionaryArray.from_arrays(nodes.depth, list(map(str, Level)))
        parents = pa.array(nodes.parent, mask=nodes.parent < 0)
        return Frame(
            pa.table(
                {
                    "node_id": nodes.id_text,
                    "level": levels.cast(pa.string()),
                    "name": nodes.name,
                    "path": nodes.path,
                    "parent_id": nodes.id_text.take(parents),
                    "system": nodes.system,
                    "table": nodes.table,
                    "kind": nodes.kind,
                    "schema_name": nodes.schema_name,
                    "api_identifier": nodes.api_identifier,
                    "data_type": nodes.data_type,
                    "description": nodes.description,
                    "is_active": nodes.is_active,
                    "deleted": pa.array(nodes.deleted),
                    "resolved": pa.array(nodes.resolved),
                    "n_link_ends": pa.array(touched),
                }
            )
        )

    @cached_property
    def links(self) -> Frame:
        """The links as a table, one row each, in the order of their ids."""
        links, nodes = self._links, self._nodes
        stored = self._snapshot.links.select(["evidence", "created_at", "updated_at"])
        rows = stored.take(pa.array(links.row))
        return Frame(
            pa.table(
                {
                    "link_id": id_strings(self.link_ids),
                    "source": nodes.id_text.take(pa.array(links.ends.source)),
                    "target": nodes.id_text.take(pa.array(links.ends.target)),
                    "source_path": nodes.path.take(pa.array(links.ends.source)),
                    "target_path": nodes.path.take(pa.array(links.ends.target)),
                    **nodes.deleted_ends(links.ends.source, links.ends.target),
                    "link_type": _decoded(links.link_type, self._link_types),
                    "status": _decoded(links.status, self._statuses),
                    "confidence": pa.array(links.confidence, mask=np.isnan(links.confidence)),
                    "weight": pa.array(self.weights, mask=np.isnan(self.weights)),
                    "evidence": rows.column("evidence"),
                    "created_at": rows.column("created_at"),
                    "updated_at": rows.column("updated_at"),
                }
            )
        )

    def to_arrow(self, what: str = "links") -> pa.Table:
        """Return the links or the nodes as a :class:`pyarrow.Table`.

        Parameters
        ----------
        what
            ``"links"`` or ``"nodes"``.

        Raises
        ------
        ArgumentError
            If it is neither.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_arrow("nodes").num_rows == graph.n_nodes
        True
        """
        return self._frame(what).to_arrow()

    def to_pandas(self, what: str = "links") -> pd.DataFrame:
        """Return the links or the nodes as a :class:`pandas.DataFrame`.

        Raises
        ------
        ArgumentError
            If ``what`` is neither ``"links"`` nor ``"nodes"``.
        MissingDependencyError
            If pandas is not installed.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> len(graph.to_pandas()) == graph.n_links
        True
        """
        return self._frame(what).to_pandas()

    def to_polars(self, what: str = "links") -> pl.DataFrame:
        """Return the links or the nodes as a :class:`polars.DataFrame`.

        Raises
        ------
        ArgumentError
            If ``what`` is neither ``"links"`` nor ``"nodes"``.
        MissingDependencyError
            If polars is not installed.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_polars("nodes").height == graph.n_nodes
        True
        """
        return self._frame(what).to_polars()

    def _frame(self, what: str) -> Frame:
        if what not in {"links", "nodes"}:
            raise ArgumentError(f"No table {what!r}; there are 'links' and 'nodes'.")
        frame: Frame = getattr(self, what)
        return frame

    def to_networkx(
        self,
        *,
        containment: bool = False,
        evidence: bool = False,
        relationships: bool = False,
        keep_unweighted: bool = False,
        flat: bool = False,
    ) -> nx.MultiDiGraph[str]:
        """Return a frozen :class:`networkx.MultiDiGraph` over the graph's own arrays.

        Nodes are ids, edge keys are link ids. Nodes have the columns of :attr:`nodes`, and a
        ``label`` for pictures. ``confidence`` of an edge is the stored value, and
        ``weight`` what the policy makes of it. A link without a stored confidence that the policy
        weighs 1, as APPROVED ones by default, has no ``confidence``: networkx takes 1 for it. One
        that the policy weighs otherwise has ``None``, which networkx refuses: use ``weight`` then.

        Parameters
        ----------
        containment
            Add an edge of kind ``contains``, without weight, from each node to those in it.
        evidence
            Give edges their evidence (JSON text) and times too.
        relationships
            Add the edges of :attr:`relationships`, of kind ``relationship`` or ``association``,
            between columns where these are known and tables elsewhere. Their keys are their ids;
            the kind stands before an id that another edge has too.
        keep_unweighted
            Keep links whose weight the policy leaves undefined (by default those without a
            confidence and REJECTED ones); they have no ``weight``. Otherwise they are left out and
            counted in ``view.graph["links_left_out"]``. So with relationships, which are counted
            in ``view.graph["relationships_left_out"]``.
        flat
            Have only text, numbers and truth values as attributes, so that networkx can write the
            graph as GraphML, GEXF, GML or JSON: a null is left out, times are ISO 8601 text in UTC,
            objects of the graph's own attributes are JSON text, edges have their ``link_id``, and
            characters that XML cannot carry are written ``_xHHHH_``, which :meth:`from_networkx`
            undoes.

        Returns
        -------
        networkx.MultiDiGraph
            Read-only; ``networkx.MultiDiGraph(view)`` is an ordinary copy to edit.

        Notes
        -----
        O(n log n) for n links, and no copy of them as Python objects: attributes are made when
        they are asked for.

        Examples
        --------
        >>> import networkx as nx
        >>> from hummgraph.datasets import load_demo
        >>> view = LinkGraph(load_demo().snapshot()).to_networkx()
        >>> ranks = nx.pagerank(view, weight="weight")
        >>> len(ranks) == view.number_of_nodes()
        True
        >>> flat = LinkGraph(load_demo().snapshot()).to_networkx(flat=True)
        >>> len(list(nx.generate_gml(flat))) > flat.number_of_edges()
        True
        """
        from hummgraph.graph.interop.networkx_view import view_of

        return view_of(
            self,
            containment=containment,
            evidence=evidence,
            relationships=relationships,
            keep_unweighted=keep_unweighted,
            flat=flat,
        )

    @staticmethod
    def from_networkx(
        graph: nx.MultiDiGraph[str] | nx.DiGraph[str], *, policy: Policy | None = None
    ) -> LinkGraph:
        """Build a graph from one that :meth:`to_networkx` gave, an edited copy, or one from a file.

        Parameters
        ----------
        graph
            A MultiDiGraph, or a DiGraph, which networkx makes of a file without parallel links.
            Nodes are ids with ``level``, ``name`` and ``parent`` (or ``parent_id``); an edge's key,
            ``link_id`` or ``id`` is the link's id, and edges have ``status``, ``link_type`` and
            ``confidence``. Edges of kind ``contains`` are ignored: ``parent`` says the same. So are
            those of kind ``relationship`` and ``association``: they come from a catalogue's
            records, which a networkx graph has only where it was read from a file.
        policy
            The new graph's policy; when not given, the one that the attribute ``policy`` of the
            graph says, else the usual one.

        Raises
        ------
        ArgumentError
            If the graph is undirected, or a node or edge lacks what is needed; the message names
            it.
        FormatError
            If an attribute is of another type, an id occurs twice, or the links are lifted to a
            level.

        Notes
        -----
        O(n log n) for n edges.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> again = LinkGraph.from_networkx(graph.to_networkx(keep_unweighted=True))
        >>> again.n_links == graph.n_links
        True
        """
        from hummgraph.graph.interop.networkx_reader import from_networkx

        return from_networkx(graph, policy=policy)

    def to_igraph(
        self, *, clusters: ClusterLabels | None = None, keep_unweighted: bool = False
    ) -> igraph.Graph:
        """Return a directed :class:`igraph.Graph`; a vertex's ``name`` is the node's id.

        See :func:`hummgraph.graph.interop.igraph.to_igraph` for what is in it.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_igraph().vcount() == graph.n_nodes
        True
        """
        from hummgraph.graph.interop.igraph import to_igraph

        return to_igraph(self, clusters=clusters, keep_unweighted=keep_unweighted)

    @staticmethod
    def from_igraph(graph: igraph.Graph, *, policy: Policy | None = None) -> LinkGraph:
        """Build a graph from one that :meth:`to_igraph` gave, edited or not.

        See :func:`hummgraph.graph.interop.igraph.from_igraph` for what it needs and refuses.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> LinkGraph.from_igraph(graph.to_igraph(keep_unweighted=True)) == graph
        True
        """
        from hummgraph.graph.interop.igraph import from_igraph

        return from_igraph(graph, policy=policy)

    def to_rustworkx(
        self, *, clusters: ClusterLabels | None = None, keep_unweighted: bool = False
    ) -> rx.PyDiGraph[dict[str, Any], dict[str, Any]]:
        """Return a :class:`rustworkx.PyDiGraph` whose nodes and edges are dicts.

        See :func:`hummgraph.graph.interop.rustworkx.to_rustworkx` for what is in it.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_rustworkx().num_nodes() == graph.n_nodes
        True
        """
        from hummgraph.graph.interop.rustworkx import to_rustworkx

        return to_rustworkx(self, clusters=clusters, keep_unweighted=keep_unweighted)

    @staticmethod
    def from_rustworkx(graph: rx.PyDiGraph[Any, Any], *, policy: Policy | None = None) -> LinkGraph:
        """Build a graph from one that :meth:`to_rustworkx` gave, edited or not.

        See :func:`hummgraph.graph.interop.rustworkx.from_rustworkx` for what it needs and refuses.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> LinkGraph.from_rustworkx(graph.to_rustworkx(keep_unweighted=True)) == graph
        True
        """
        from hummgraph.graph.interop.rustworkx import from_rustworkx

        return from_rustworkx(graph, policy=policy)

    def to_scipy(
        self, *, level: Level | str | None = "column", weight: str = "weight", combine: str = "max"
    ) -> csr_array[Any, tuple[int, int]]:
        """Return the links as a square :class:`scipy.sparse.csr_array`, one entry an ordered pair.

        See :func:`hummgraph.graph.interop.scipy.to_scipy` for what is in it.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_scipy(level="table").shape
        (63, 63)
        """
        from hummgraph.graph.interop.scipy import to_scipy

        return to_scipy(self, level=level, weight=weight, combine=combine)

    def to_duckdb(
        self,
        connection: duckdb.DuckDBPyConnection | None = None,
        *,
        clusters: ClusterLabels | None = None,
        prefix: str = "",
    ) -> duckdb.DuckDBPyConnection:
        """Make ``nodes``, ``links`` and ``relationships`` views of DuckDB, over the same memory.

        See :func:`hummgraph.graph.interop.duckdb.to_duckdb` for what is in it.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_duckdb().sql("SELECT count(*) FROM links").fetchall()
        [(1490,)]
        """
        from hummgraph.graph.interop.duckdb import to_duckdb

        return to_duckdb(self, connection, clusters=clusters, prefix=prefix)

    @staticmethod
    def from_arrow(
        nodes: Any, links: Any, *, like: LinkGraph | None = None, policy: Policy | None = None
    ) -> LinkGraph:
        """Build a graph from tables as :meth:`to_arrow` gives them, edited or not.

        See :func:`hummgraph.graph.interop.dataframes.from_arrow` for what it needs and refuses.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> nodes, links = graph.to_arrow("nodes"), graph.to_arrow("links")
        >>> LinkGraph.from_arrow(nodes, links, like=graph) == graph
        True
        """
        from hummgraph.graph.interop.dataframes import from_arrow

        return from_arrow(nodes, links, like=like, policy=policy)

    @staticmethod
    def from_pandas(
        nodes: pd.DataFrame,
        links: pd.DataFrame,
        *,
        like: LinkGraph | None = None,
        policy: Policy | None = None,
    ) -> LinkGraph:
        """Build a graph from tables as :meth:`to_pandas` gives them, edited or not.

        See :func:`hummgraph.graph.interop.dataframes.from_pandas` for what it needs and refuses.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> nodes, links = graph.to_pandas("nodes"), graph.to_pandas("links")
        >>> LinkGraph.from_pandas(nodes, links, like=graph) == graph
        True
        """
        from hummgraph.graph.interop.dataframes import from_pandas

        return from_pandas(nodes, links, like=like, policy=policy)

    @staticmethod
    def from_polars(
        nodes: pl.DataFrame,
        links: pl.DataFrame,
        *,
        like: LinkGraph | None = None,
        policy: Policy | None = None,
    ) -> LinkGraph:
        """Build a graph from tables as :meth:`to_polars` gives them, edited or not.

        See :func:`hummgraph.graph.interop.dataframes.from_polars` for what it needs and refuses.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> nodes, links = graph.to_polars("nodes"), graph.to_polars("links")
        >>> LinkGraph.from_polars(nodes, links, like=graph) == graph
        True
        """
        from hummgraph.graph.interop.dataframes import from_polars

        return from_polars(nodes, links, like=like, policy=policy)

    def summary(self) -> Summary:
        """Count what is there, and say which systems and tables have no links.

        Notes
        -----
        O(n_nodes + n_links).

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> summary = LinkGraph(load_demo().snapshot()).summary()
        >>> len(summary.systems)
        7
        """
        return summarize(self)

    def __eq__(self, other: object) -> bool:
        """Return whether both have the same nodes, links, relationships, policy and organisation.

        Where they came from does not matter, nor what else their snapshots hold, nor how the JSON
        of evidence is spelled; a member of evidence that is null is as good as not there.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph == LinkGraph(load_demo().snapshot()), graph == graph.where(min_confidence=0.9)
        (True, False)
        """
        if not isinstance(other, LinkGraph):
            return NotImplemented
        return self is other or equal_graphs(self, other)

    def __hash__(self) -> int:
        # Cheap: equal graphs have equal counts, and few graphs are keys together.
        return hash((self.n_nodes, self.n_links, self._policy))

    def __repr__(self) -> str:
        levels = ", ".join(f"{n:,} {level}s" for level, n in self.n_nodes_by_level.items())
        return f"<LinkGraph: {levels}, {self.n_links:,} links>".replace(
            "integration_sources", "systems"
        )

    def _card_(self) -> Card:
        return self.summary()._card_()


def _chosen(what: str, wanted: str | Iterable[str], known: list[str]) -> list[int]:
    """Return the codes of the wanted values."""
    values = [wanted] if isinstance(wanted, str) else list(wanted)
    for value in values:
        if value not in known:
            raise ArgumentError(f"No {what} {value!r}; there are {', '.join(known)}.")
    return [known.index(value) for value in values]


def _one_of(codes: NDArray[np.integer[Any]], wanted: list[int]) -> NDArray[np.bool_]:
    """Return which codes are wanted: for a few, a hundred times as fast as np.isin."""
    found = np.zeros(len(codes), dtype=bool)
    for code in wanted:
        found |= codes == code
    return found


def _counted(codes: NDArray[np.integer[Any]], names: list[str]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))


def _decoded(codes: NDArray[np.integer[Any]], names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), names).cast(pa.string())
