"""The data of a graph: its snapshot, policy, nodes and links, and values computed once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors.arguments import check_policy
from hummgraph.graph.columns import KEY_FACTS, LEVELS
from hummgraph.graph.decisions import Decision, GivenName, latest_names
from hummgraph.graph.lookup import NameIndex
from hummgraph.graph.overlay import (
    KnownLinks,
    Overlay,
    check_missing,
    overlay,
    placed_names,
    raise_if_missing,
)
from hummgraph.graph.relationships import Relationships, relationships_of
from hummgraph.records.ids import id_bytes, id_order, id_strings
from hummgraph.records.models import LinkType, Status
from hummgraph.records.nodes import Ends, code_ends, find_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.graph.decisions import Record
    from hummgraph.graph.policy import Policy
    from hummgraph.records.nodes import Nodes
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = [
    "GraphData",
    "LinkArrays",
    "LinkColumns",
    "categories",
    "count_by_name",
    "gather",
    "key_facts_of",
    "link_ids",
]

_NO_DECISIONS = Overlay((), (), ())


@dataclass(frozen=True, slots=True, eq=False)
class LinkColumns:
    """All links of a snapshot, sorted by id: arrays of shape (n_links,)."""

    row: NDArray[np.int64]
    ends: Ends
    confidence: NDArray[np.float64]
    status: NDArray[np.integer[Any]]
    link_type: NDArray[np.integer[Any]]


class LinkArrays:
    """Links sorted by id, as arrays of shape (n_links,).

    A filter keeps positions only; a column is gathered when somebody first reads it.
    """

    def __init__(self, columns: LinkColumns, index: NDArray[np.int64] | None = None) -> None:
        self.columns = columns
        self.index = index
        self.n = len(columns.row) if index is None else len(index)

    def _gather(self, column: NDArray[Any]) -> NDArray[Any]:
        return column if self.index is None else column[self.index]

    @cached_property
    def row(self) -> NDArray[np.int64]:
        """Positions in the snapshot's columns."""
        return self._gather(self.columns.row)

    @cached_property
    def ends(self) -> Ends:
        """Node positions of the ends."""
        ends = self.columns.ends
        return Ends(self._gather(ends.source), self._gather(ends.target))

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Stored confidences in [0, 1], NaN for null."""
        return self._gather(self.columns.confidence)

    @cached_property
    def status(self) -> NDArray[np.integer[Any]]:
        """Status codes."""
        return self._gather(self.columns.status)

    @cached_property
    def link_type(self) -> NDArray[np.integer[Any]]:
        """Type codes."""
        return self._gather(self.columns.link_type)

    def take(self, index: NDArray[np.int64]) -> LinkArrays:
        """Return some of the links, by position."""
        return LinkArrays(self.columns, index if self.index is None else self.index[index])

    def with_ends(self, ends: Ends) -> LinkArrays:
        """Return the same links with other ends."""
        return LinkArrays(LinkColumns(self.row, ends, self.confidence, self.status, self.link_type))


def link_ids(links: pa.Table) -> NDArray[np.uint8]:
    """Return the ids of links, sixteen bytes each: shape (n, 16)."""
    return id_bytes(links.column("link_id").combine_chunks())


def categories(
    column: pa.ChunkedArray, known: list[str]
) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """Code a text column: the known values first, in order, then the others, sorted."""
    names = [str(value) for value in known]
    others = {value for chunk in column.chunks for value in chunk.dictionary.to_pylist()}
    names += sorted(others - set(names))
    position = {name: code for code, name in enumerate(names)}
    width = np.int8 if len(names) <= np.iinfo(np.int8).max else np.int32
    codes: list[NDArray[np.integer[Any]]] = [np.empty(0, dtype=width)]
    for chunk in column.chunks:
        table = np.array([position[value] for value in chunk.dictionary.to_pylist()], width)
        codes.append(table[chunk.indices.to_numpy(zero_copy_only=False)])
    return names, np.concatenate(codes)


def gather(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> pa.Array:
    """Return rows of a column; Arrow's own ``take`` would copy all chunks of it together first."""
    if not len(rows):
        return column.slice(0, 0).combine_chunks()
    if column.num_chunks == 1:
        return column.chunk(0).take(pa.array(rows))
    starts = np.cumsum([0, *(len(chunk) for chunk in column.chunks)])
    chunk = np.searchsorted(starts, rows, side="right") - 1
    order = np.argsort(chunk, kind="stable")
    found, first = np.unique(chunk[order], return_index=True)
    parts = [
        column.chunk(number).take(pa.array(rows[here] - starts[number]))
        for number, here in zip(found.tolist(), np.split(order, first[1:]), strict=True)
    ]
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(place))


@dataclass(frozen=True, eq=False, repr=False)
class GraphData:
    """Arrays and tables of a graph for algorithms and exports: nodes and links by position.

    Arrays are shared between graphs and must not be written to.

    Parameters
    ----------
    snapshot
        Source of links and catalogue.
    policy
        Meaning of null confidences, types and statuses.
    nodes
        Nodes of all levels, sorted by level and id.
    links
        Links, sorted by id.
    statuses
        Names of the status codes; SUGGESTED, APPROVED, REJECTED come first.
    link_types
        Names of the type codes; DETERMINISTIC, PROBABILISTIC come first.
    decisions
        Decisions that were applied to the statuses last.
    given
        Names that people gave, by node id; of nodes of a larger graph, too.
    whole
        The same graph before links were filtered, whose weights and names this one shares.
    """

    snapshot: Snapshot
    policy: Policy
    nodes: Nodes
    links: LinkArrays
    statuses: list[str]
    link_types: list[str]
    decisions: Overlay = _NO_DECISIONS
    given: Mapping[str, GivenName] = field(default_factory=dict)
    whole: GraphData | None = None

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot, policy: Policy) -> GraphData:
        """Return the data of a snapshot's graph; O(n log n) for n links."""
        nodes, ends = code_ends(snapshot.links, snapshot.catalogue)
        return cls.of_parts(snapshot, nodes, ends, policy)

    @classmethod
    def of_parts(cls, snapshot: Snapshot, nodes: Nodes, ends: Ends, policy: Policy) -> GraphData:
        """Return the data of a graph whose nodes are known; ends are of the snapshot's links."""
        check_policy(policy, "LinkGraph")
        order = id_order(link_ids(snapshot.links))
        statuses, status = categories(snapshot.links.column("status"), list(Status))
        link_types, link_type = categories(snapshot.links.column("link_type"), list(LinkType))
        confidence = snapshot.links.column("confidence").to_numpy()
        columns = LinkColumns(
            order,
            Ends(ends.source[order], ends.target[order]),
            confidence[order],
            status[order],
            link_type[order],
        )
        return cls(snapshot, policy, nodes, LinkArrays(columns), statuses, link_types)

    def replace(
        self,
        *,
        nodes: Nodes | None = None,
        links: LinkArrays | None = None,
        policy: Policy | None = None,
        decisions: Overlay | None = None,
    ) -> GraphData:
        """Return data that differ in some parts and share the others."""
        links = self.links if links is None else links
        # What was worked out for all links serves those of a filtered graph too.
        shared = nodes is None and policy is None and links.columns is self.links.columns
        return replace(
            self,
            nodes=self.nodes if nodes is None else nodes,
            links=links,
            policy=self.policy if policy is None else policy,
            decisions=self.decisions if decisions is None else decisions,
            whole=(self.whole or self) if shared else None,
        )

    def decided(self, records: Sequence[Record], *, missing: str) -> GraphData:
        """Return the data with decisions and names applied; see `with_decisions`."""
        check_missing(missing)
        links, nodes = self.links, self.nodes
        decisions = [record for record in records if isinstance(record, Decision)]
        known = KnownLinks(
            self.link_ids,
            links.status,
            self.statuses,
            links.confidence,
            links.ends.source,
            links.ends.target,
            nodes,
            lambda: link_ids(self.snapshot.links),
        )
        status, changes = overlay(decisions, known, missing=missing)
        names = [record for record in records if isinstance(record, GivenName)]
        placed = placed_names(names, nodes)
        if missing == "raise":
            gone = [
                name.node_id for name, found in zip(names, placed, strict=True) if found is None
            ]
            raise_if_missing("name", ("is of a node", "are of nodes"), gone, len(names))
        given = latest_names(name for name in placed if name is not None)
        columns = LinkColumns(links.row, links.ends, links.confidence, status, links.link_type)
        data = self.replace(
            links=LinkArrays(columns),
            decisions=replace(changes, asked={**self.decisions.asked, **changes.asked}),
        )
        return replace(data, given={**self.given, **given})

    @property
    def given_names(self) -> Mapping[str, GivenName]:
        """Names that people gave to clusters, by the id of a member."""
        placed = placed_names(tuple(self.given.values()), self.nodes)
        return MappingProxyType({name.node_id: name for name in placed if name is not None})

    def part(self, inside: NDArray[np.bool_]) -> GraphData:
        """Return the marked nodes, what they lie in, and the links among the marked ones."""
        ends = self.links.ends
        kept = inside.copy()
        for depth in (0, 1):
            above = self.nodes.ancestor[depth][inside]
            kept[above[above >= 0]] = True
        new = np.cumsum(kept, dtype=np.int32) - 1
        links = self.links.take(np.flatnonzero(inside[ends.source] & inside[ends.target]))
        links = links.with_ends(Ends(new[links.ends.source], new[links.ends.target]))
        return self.replace(nodes=self.nodes.take(np.flatnonzero(kept), new), links=links)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return self.links.n

    @cached_property
    def link_ids(self) -> NDArray[np.uint8]:
        """Ids of the links, sixteen bytes each, sorted: shape (n_links, 16)."""
        return link_ids(self.snapshot.links)[self.links.row]

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """Confidence of each link under the policy: shape (n_links,), NaN if undefined."""
        links = self.links
        if self.whole is not None:
            return self.whole.weights[links.index]
        weights = self.policy.weights(links.confidence, links.status, links.link_type)
        weights.flags.writeable = False
        return weights

    @cached_property
    def filter_weights(self) -> NDArray[np.float64]:
        """Confidences for filters, in which a REJECTED link counts like any other.

        A filter asks what is stored, not what joins.
        """
        if self.whole is not None:
            return self.whole.filter_weights[self.links.index]
        confidence = self.links.confidence
        return np.where(np.isnan(confidence), self.weights, confidence)

    @cached_property
    def link_levels(self) -> NDArray[np.int8]:
        """Level of each link: 0, 1 or 2 if both ends are at one level, else -1."""
        if self.whole is not None:
            return self.whole.link_levels[self.links.index]
        source = self.nodes.depth[self.links.ends.source]
        target = self.nodes.depth[self.links.ends.target]
        return np.where(source == target, source, np.int8(-1))

    @cached_property
    def links_to_deleted(self) -> NDArray[np.bool_]:
        """Whether each link ends at something deleted: shape (n_links,)."""
        deleted, ends = self.nodes.deleted, self.links.ends
        found: NDArray[np.bool_] = deleted[ends.source] | deleted[ends.target]
        return found

    @cached_property
    def relationships(self) -> Relationships:
        """Declared relationships between tables, and associations between SaaS objects."""
        if self.whole is not None:
            return self.whole.relationships
        return relationships_of(
            self.nodes, self.snapshot.catalogue, self.policy, source=self.snapshot
        )

    @cached_property
    def names(self) -> NameIndex:
        """Nodes by id and name."""
        if self.whole is not None:
            return self.whole.names
        return NameIndex(self.nodes)

    @cached_property
    def node_table(self) -> pa.Table:
        """The nodes as a table, one row each, in the order of their positions."""
        nodes, ends = self.nodes, self.links.ends
        touched = np.bincount(ends.source, minlength=len(nodes)) + np.bincount(
            ends.target, minlength=len(nodes)
        )
        levels = pa.DictionaryArray.from_arrays(nodes.depth, list(LEVELS))
        parents = pa.array(nodes.parent, mask=nodes.parent < 0)
        return pa.table(
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

    @cached_property
    def link_table(self) -> pa.Table:
        """The links as a table, one row each, in the order of their ids."""
        links, nodes = self.links, self.nodes
        source, target = pa.array(links.ends.source), pa.array(links.ends.target)
        stored = self.snapshot.links.select(["evidence", "created_at", "updated_at"])
        rows = stored.take(pa.array(links.row))
        return pa.table(
            {
                "link_id": id_strings(self.link_ids),
                "source": nodes.id_text.take(source),
                "target": nodes.id_text.take(target),
                "source_path": nodes.path.take(source),
                "target_path": nodes.path.take(target),
                **nodes.deleted_ends(links.ends.source, links.ends.target),
                "link_type": _names_of_codes(links.link_type, self.link_types),
                "status": _names_of_codes(links.status, self.statuses),
                "confidence": pa.array(links.confidence, mask=np.isnan(links.confidence)),
                "weight": pa.array(self.weights, mask=np.isnan(self.weights)),
                "evidence": rows.column("evidence"),
                "created_at": rows.column("created_at"),
                "updated_at": rows.column("updated_at"),
            }
        )

    def stored(self, name: str) -> pa.Array:
        """Return a stored column of the links, such as ``evidence``, in the order of their ids."""
        return gather(self.snapshot.links.column(name), self.links.row)


def count_by_name(codes: NDArray[np.integer[Any]], names: list[str]) -> dict[str, int]:
    """Return the number of codes by their names, in the order of the names."""
    return dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))


def _names_of_codes(codes: NDArray[np.integer[Any]], names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), names).cast(pa.string())


def key_facts_of(data: GraphData) -> pa.Table:
    """Return the key facts of the graph's columns: one row for each column with any."""
    columns, nodes = data.snapshot.catalogue.columns, data.nodes
    begin, end = nodes.first[[2, 3]].tolist()
    place = find_ids(id_bytes(columns.column("id").combine_chunks()), nodes.ids[begin:end])
    here = np.flatnonzero(place >= 0)
    facts = columns.select(KEY_FACTS).take(pa.array(here))
    facts = facts.add_column(0, "node_id", nodes.id_text.take(pa.array(place[here] + begin)))
    known = [pc.is_valid(facts.column(name)) for name in KEY_FACTS]
    return facts.filter(pc.greater(pc.max_element_wise(*(k.cast(pa.int8()) for k in known)), 0))
