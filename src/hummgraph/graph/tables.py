"""Tables of a graph: the one value that every conversion writes and reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.graph.build import data_of_typed
from hummgraph.graph.columns import (
    COMPANIONS,
    KEY_SCHEMA,
    LINK_COLUMNS,
    NODE_COLUMNS,
)
from hummgraph.graph.data import key_facts_of
from hummgraph.graph.metadata import (
    ESCAPING_PROFILE,
    check_metadata,
    lifted_error,
    read_metadata,
)
from hummgraph.graph.policy import Policy
from hummgraph.graph.relationships import KINDS, plain_relationships, without_nulls
from hummgraph.graph.values import read_columns, same_text, unescaped
from hummgraph.records.ids import parse_id
from hummgraph.records.redaction import KeptEvidence, redact_evidence
from hummgraph.records.schema import DECLARED_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from hummgraph.graph.data import GraphData
    from hummgraph.records.vocabulary import Vocabulary

__all__ = [
    "LINK_NAMES",
    "NODE_NAMES",
    "GraphTables",
    "columns_of",
    "data_of",
    "is_id",
    "is_link",
    "metadata_of",
    "schema_metadata_of",
]

NODE_NAMES = (*NODE_COLUMNS, *(f"has_{name}" for name in COMPANIONS), "key_facts")
"""Attributes of nodes that are read."""

LINK_NAMES = (*LINK_COLUMNS, *(f"has_{name}" for name in COMPANIONS))
"""Attributes of links that are read."""

# Kinds of edges that are not entity links.
_OTHERS = frozenset({"contains", *KINDS})


@dataclass(frozen=True, eq=False)
class GraphTables:
    """A graph as tables, the value that every conversion writes and reads.

    Parameters
    ----------
    nodes
        One row a node: ``NODE_COLUMNS``, and further ones going out.
    links
        One row a link: ``LINK_COLUMNS``, and further ones going out.
    relationships
        Declared relationships and associations, by ``DECLARED_SCHEMA``.
    key_facts
        Facts about columns as keys, by ``KEY_SCHEMA``.
    organization_id, organization_name
        Whose graph it is, where that is known.
    policy
        Meaning of null confidences, types and statuses.
    vocabulary
        Vocabulary of evidence; decided again for these links if it is unknown.
    kept_evidence
        Amount of the evidence that is here.
    """

    nodes: pa.Table
    links: pa.Table
    relationships: pa.Table = field(default_factory=DECLARED_SCHEMA.empty_table)
    key_facts: pa.Table = field(default_factory=KEY_SCHEMA.empty_table)
    organization_id: UUID | None = None
    organization_name: str | None = None
    policy: Policy = field(default_factory=Policy)
    vocabulary: Vocabulary | None = None
    kept_evidence: KeptEvidence = KeptEvidence.FULL

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
        """Return the tables of columns of nodes and links, and what :func:`metadata_of` returns.

        Parameters
        ----------
        nodes, links
            Columns by the names of ``NODE_COLUMNS`` and ``LINK_COLUMNS``, of Arrow or as Python
            values. ``has_is_active`` and ``has_confidence`` say where a value is missing;
            ``key_facts`` of a node is JSON text.
        metadata
            Facts of the whole graph: objects, or their JSON text.
        policy
            Policy in place of the metadata's.
        gaps
            Whether an empty text stands for a null, as igraph writes one.

        Raises
        ------
        FormatError
            If any of it cannot be read.
        """
        check_metadata(metadata)
        escaped = metadata.get("profile") == ESCAPING_PROFILE
        text = unescaped if escaped else None
        return cls(
            read_columns(nodes, NODE_COLUMNS, "nodes", gaps=gaps, text=text),
            read_columns(links, LINK_COLUMNS, "links", gaps=gaps, text=text),
            **read_metadata(metadata, nodes, text=text or same_text, policy=policy),
        )


def metadata_of(data: GraphData, *, evidence: KeptEvidence) -> dict[str, Any]:
    """Return the metadata of the whole graph as plain data, without making tables of its rows.

    Parameters
    ----------
    evidence
        Amount of the evidence of relationships, which may quote data.
    """
    snapshot, relationships = data.snapshot, data.relationships.rows
    if evidence is KeptEvidence.NONE:
        relationships = relationships.drop_columns(["evidence"])
        # The decided vocabulary of statuses and types alone.
        vocabulary = replace(snapshot.label_vocabulary, evidence=None).to_dict()
    else:
        vocabulary = snapshot.vocabulary.to_dict()
    if evidence is KeptEvidence.VOCABULARY:
        at = relationships.column_names.index("evidence")
        texts = redact_evidence(
            relationships["evidence"].to_pylist(), evidence, snapshot.vocabulary
        )
        relationships = relationships.set_column(at, "evidence", [pa.array(texts, pa.string())])
    found = {
        "organization_id": str(snapshot.organization_id or ""),
        "organization": snapshot.organization_name,
        "policy": data.policy.to_dict(),
        "relationships": plain_relationships(relationships),
        "key_facts": [without_nulls(row) for row in key_facts_of(data).to_pylist()],
    }
    return found | {"vocabulary": vocabulary} if vocabulary else found


def schema_metadata_of(data: GraphData, *, evidence: bool) -> dict[str, str]:
    """Return the metadata of a graph's tables as texts, for the schema of tables of Arrow.

    Parameters
    ----------
    evidence
        Whether relationships have their evidence, which may quote data.
    """
    shown = KeptEvidence.FULL if evidence else KeptEvidence.NONE
    kept = data.snapshot.kept_evidence if evidence else KeptEvidence.NONE
    found = metadata_of(data, evidence=shown) | {"kept_evidence": str(kept)}
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in found.items()
        if value is not None
    }


def data_of(tables: GraphTables, *, origin: str) -> GraphData:
    """Check tables and return the data of their graph: the one validator of every way in.

    Parameters
    ----------
    tables
        Rows in any order. Columns that are not needed may be missing, and are null then; others
        than ``NODE_COLUMNS`` and ``LINK_COLUMNS`` are ignored.
    origin
        Origin of the tables, for the snapshot.

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
        decided=tables.vocabulary,
        kept_evidence=tables.kept_evidence,
    )


# --- what other programs have --------------------------------------------------------------------


def is_id(value: object) -> bool:
    """Return whether a value is the id of a node or link as text, with a level before or not."""
    return isinstance(value, str) and parse_id(value.rpartition(":")[2]) is not None


def is_link(kind: object) -> bool:
    """Return whether an edge of a kind is an entity link, as one without a kind is.

    Raises
    ------
    FormatError
        If it stands for several links, lifted to one level.
    """
    if kind == "lifted_links":
        raise lifted_error("")
    return kind not in _OTHERS


def columns_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the columns that any of the rows has; all of them if there are no rows."""
    named = {name for row in rows for name in row} if rows else set(names)
    return {name: [row.get(name) for row in rows] for name in names if name in named}
