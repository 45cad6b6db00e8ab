"""Tables of a graph: the one value by which graphs go out to other programs and come back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.graph.build import data_of_typed
from hummgraph.graph.columns import (
    COMPANIONS,
    KEY_SCHEMA,
    LINK_COLUMNS,
    NODE_COLUMNS,
    RELATIONSHIP_IDS,
)
from hummgraph.graph.data import key_facts_of
from hummgraph.graph.policy import Policy
from hummgraph.graph.relationships import KINDS
from hummgraph.graph.values import read_columns, same_text, unescaped
from hummgraph.records.ids import id_bytes, id_order, parse_id
from hummgraph.records.schema import DECLARED_SCHEMA
from hummgraph.records.strict_json import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hummgraph.graph.data import GraphData

__all__ = [
    "LINK_NAMES",
    "NODE_NAMES",
    "GraphTables",
    "check_metadata",
    "columns_of",
    "data_of",
    "is_id",
    "is_link",
    "metadata_of",
    "plain_relationships",
    "tables_of",
]

NODE_NAMES = (*NODE_COLUMNS, *(f"has_{name}" for name in COMPANIONS), "key_facts")
"""Attributes of nodes that are read."""

LINK_NAMES = (*LINK_COLUMNS, *(f"has_{name}" for name in COMPANIONS))
"""Attributes of links that are read."""

# Kinds of edges that are not entity links.
_OTHERS = frozenset({"contains", *KINDS})
_FAILURES = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
    pa.ArrowException,
)
_PLAIN = "plain"  # the profile of GraphML that escapes what XML cannot carry


@dataclass(frozen=True, eq=False)
class GraphTables:
    """A graph as tables: what every library and file is given, and what is read back.

    Parameters
    ----------
    nodes
        One row a node: ``NODE_COLUMNS``, and further ones going out.
    links
        One row a link: ``LINK_COLUMNS``, and further ones going out.
    relationships
        Declared relationships and associations, by ``DECLARED_SCHEMA``.
    key_facts
        What is known of columns as keys, by ``KEY_SCHEMA``.
    organization_id, organization_name
        Whose graph it is, where that is known.
    policy
        What null confidences, types and statuses mean.
    """

    nodes: pa.Table
    links: pa.Table
    relationships: pa.Table = field(default_factory=DECLARED_SCHEMA.empty_table)
    key_facts: pa.Table = field(default_factory=KEY_SCHEMA.empty_table)
    organization_id: UUID | None = None
    organization_name: str | None = None
    policy: Policy = field(default_factory=Policy)

    def metadata(self, *, evidence: bool = True) -> dict[str, Any]:
        """Return what is true of the whole graph, as plain data.

        Parameters
        ----------
        evidence
            Whether relationships have their evidence, which may quote data.
        """
        return _plain_metadata(
            self.organization_id,
            self.organization_name,
            self.policy,
            self.relationships,
            self.key_facts,
            evidence=evidence,
        )

    @classmethod
    def with_metadata(
        cls,
        nodes: Mapping[str, Any] | pa.Table,
        links: Mapping[str, Any] | pa.Table,
        metadata: Mapping[str, Any],
        *,
        policy: Policy | None = None,
        gaps: bool = False,
    ) -> GraphTables:
        """Return the tables of columns of nodes and links, and what :meth:`metadata` returns.

        Parameters
        ----------
        nodes, links
            Columns by the names of ``NODE_COLUMNS`` and ``LINK_COLUMNS``, of Arrow or as Python
            values. ``has_is_active`` and ``has_confidence`` say where a value is missing;
            ``key_facts`` of a node is JSON text.
        metadata
            What is true of the whole graph: objects, or their JSON text.
        policy
            In place of the metadata's.
        gaps
            Whether an empty text stands for a null, as igraph writes one.

        Raises
        ------
        FormatError
            If any of it cannot be read.
        """
        check_metadata(metadata)
        escaped = metadata.get("profile") == _PLAIN
        text = unescaped if escaped else None
        return cls(
            read_columns(nodes, NODE_COLUMNS, "nodes", gaps=gaps, text=text),
            read_columns(links, LINK_COLUMNS, "links", gaps=gaps, text=text),
            **_metadata(metadata, nodes, text or same_text, policy),
        )


def tables_of(data: GraphData) -> GraphTables:
    """Return the tables of a graph; O(n_nodes + n_links) the first time."""
    snapshot = data.snapshot
    return GraphTables(
        data.node_table,
        data.link_table,
        data.relationships.rows,
        key_facts_of(data),
        snapshot.organization_id,
        snapshot.organization_name,
        data.policy,
    )


def metadata_of(data: GraphData, *, evidence: bool = True) -> dict[str, Any]:
    """Return the metadata of a graph's tables without making tables of its rows."""
    return _plain_metadata(
        data.snapshot.organization_id,
        data.snapshot.organization_name,
        data.policy,
        data.relationships.rows,
        key_facts_of(data),
        evidence=evidence,
    )


def _plain_metadata(
    organization_id: UUID | None,
    organization_name: str | None,
    policy: Policy,
    relationships: pa.Table,
    key_facts: pa.Table,
    *,
    evidence: bool,
) -> dict[str, Any]:
    return {
        "organization_id": str(organization_id or ""),
        "organization": organization_name,
        "policy": policy.to_dict(),
        "relationships": plain_relationships(relationships, evidence=evidence),
        "key_facts": [_without_nulls(row) for row in key_facts.to_pylist()],
    }


def data_of(tables: GraphTables, *, origin: str) -> GraphData:
    """Check tables and return the data of their graph: the one validator of every way in.

    Parameters
    ----------
    tables
        Rows in any order. Columns that are not needed may be missing, and are null then; others
        than ``NODE_COLUMNS`` and ``LINK_COLUMNS`` are ignored.
    origin
        Where they come from, for the snapshot.

    Raises
    ------
    FormatError
        If a needed column is missing or a value is not of its column's type; an id is not a UUID,
        occurs twice or is not among the nodes; a parent stands no higher than its child; a
        confidence is not in [0, 1], or evidence is not a JSON object.

    Notes
    -----
    O(n log n) for n nodes and links.
    """
    nodes = read_columns(tables.nodes, NODE_COLUMNS, "nodes")
    # Keys of nodes that somebody took away go with them.
    here = pc.is_in(tables.key_facts.column("node_id"), value_set=nodes.column("node_id"))
    return data_of_typed(
        nodes,
        read_columns(tables.links, LINK_COLUMNS, "links"),
        relationships=tables.relationships,
        key_facts=tables.key_facts.filter(here),
        organization_id=tables.organization_id,
        organization_name=tables.organization_name,
        policy=tables.policy,
        origin=origin,
    )


def plain_relationships(rows: pa.Table, *, evidence: bool = True) -> list[dict[str, Any]]:
    """Return relationships as plain data: ids as text, and nothing that is null."""
    if not evidence:
        rows = rows.drop_columns(["evidence"])
    return [
        {
            name: str(UUID(bytes=value)) if isinstance(value, bytes) else value
            for name, value in _without_nulls(row).items()
        }
        for row in rows.to_pylist()
    ]


def _without_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


# --- what other programs have --------------------------------------------------------------------


def is_id(value: object) -> bool:
    """Return whether a value is the id of a node or link as text, with a level before or not."""
    return isinstance(value, str) and parse_id(value.rpartition(":")[2]) is not None


def is_link(kind: object) -> bool:
    """Return whether an edge of a kind is an entity link; one without a kind is.

    Raises
    ------
    FormatError
        If it stands for several links, lifted to one level.
    """
    if kind == "lifted_links":
        raise _lifted("")
    return kind not in _OTHERS


def columns_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return columns of rows, those that any row has; all of them where there is no row."""
    named = {name for row in rows for name in row} if rows else set(names)
    return {name: [row.get(name) for row in rows] for name in names if name in named}


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Raise if what is true of the whole says that the links themselves are not there.

    Raises
    ------
    FormatError
        If the file was written for one tool, or its links are lifted.
    """
    if metadata.get("profile") not in {None, _PLAIN}:
        raise FormatError(
            f"This GraphML was written for one tool (profile {metadata['profile']!r}).",
            hint="Only profile='plain' carries everything.",
        )
    if metadata.get("lifted_to"):
        raise _lifted(f" ({metadata['lifted_to']})")


def _lifted(level: str) -> FormatError:
    return FormatError(
        f"This graph has links lifted to one level{level}, not the links themselves.",
        hint="Write the graph without level= and without project().",
    )


def _metadata(
    metadata: Mapping[str, Any],
    nodes: Mapping[str, Any] | pa.Table,
    text: Callable[[str], str],
    policy: Policy | None,
) -> dict[str, Any]:
    """Read what is true of the whole."""

    def organization_id() -> UUID | None:
        given = metadata.get("organization_id") or None
        return UUID(given) if given else None

    def organization_name() -> str | None:
        name = metadata.get("organization")
        if name is not None and not isinstance(name, str):
            raise TypeError
        return None if name is None else text(name)

    def read_policy() -> Policy:
        return policy or Policy(**_plain(metadata.get("policy") or {}, text))

    def relationships() -> pa.Table:
        return _relationships(_plain(metadata.get("relationships") or [], text))

    def key_facts() -> pa.Table:
        rows = [{**row} for row in _plain(metadata.get("key_facts") or [], text)]
        return pa.Table.from_pylist([*rows, *_keys_of_nodes(nodes, text)], KEY_SCHEMA)

    found = {}
    for name, called, read in (
        ("organization_id", "organization_id", organization_id),
        ("organization_name", "organization", organization_name),
        ("policy", "policy", read_policy),
        ("relationships", "relationships", relationships),
        ("key_facts", "key_facts", key_facts),
    ):
        try:
            found[name] = read()
        except _FAILURES as error:
            raise FormatError(f"The graph's {called!r} cannot be read.") from error
    return found


def _relationships(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    packed = [
        {**row, **{name: UUID(row[name]).bytes for name in RELATIONSHIP_IDS if row.get(name)}}
        for row in rows
    ]
    table = pa.Table.from_pylist(packed, DECLARED_SCHEMA)
    for evidence in table.column("evidence").drop_null().to_pylist():
        if not isinstance(strict_json(evidence.encode()), dict):
            raise TypeError("evidence")
    if table.column("id").null_count or not set(table.column("kind").to_pylist()) <= set(KINDS):
        raise ValueError("id, kind")
    # Sorted as a graph has them.
    return table.take(pa.array(id_order(id_bytes(table.column("id").combine_chunks()))))


def _keys_of_nodes(
    nodes: Mapping[str, Any] | pa.Table, text: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Read what is known as a key where each node says it."""
    names = nodes.column_names if isinstance(nodes, pa.Table) else nodes
    if "key_facts" not in names or "node_id" not in names:
        return
    both = (nodes[name] for name in ("node_id", "key_facts"))
    for node, facts in zip(*(map(_as_python, column) for column in both), strict=True):
        if isinstance(facts, str) and facts:
            yield {"node_id": node, **_plain(facts, text)}


def _as_python(value: Any) -> Any:
    return value.as_py() if isinstance(value, pa.Scalar) else value


def _plain(value: Any, text: Callable[[str], str]) -> Any:
    return json.loads(text(value)) if isinstance(value, str) else value
