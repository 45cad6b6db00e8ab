"""Structure inside systems: declared relationships between tables, associations between objects."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.frames import Card, Frame, Shows, title_of
from hummgraph.graph.policy import PROBABILISTIC, SUGGESTED
from hummgraph.records.display import DecidedVocabulary, LinkDisplay
from hummgraph.records.ids import id_bytes, id_order, id_strings
from hummgraph.records.models import Status
from hummgraph.records.schema import DECLARED_SCHEMA
from hummgraph.records.vocabulary import NO_VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from hummgraph.graph.policy import Policy
    from hummgraph.records.catalogue import Catalogue
    from hummgraph.records.display import KnowsVocabulary
    from hummgraph.records.nodes import Nodes

__all__ = [
    "KINDS",
    "Relationships",
    "declared_rows",
    "plain_relationships",
    "relationships_of",
    "without_nulls",
]

KINDS = ("relationship", "association")
"""Kinds of structure: between tables of a database, between objects of a SaaS system."""

# Types that a database or a person states; what is INFERRED has a score or nothing.
_STATED = frozenset({"FOREIGN_KEY", "MANUAL"})


@dataclass(frozen=True, eq=False, repr=False)
class Relationships(Shows):
    """Relationships between tables and associations between objects that systems declare.

    Rows are the relationships and associations of the catalogue, sorted by id; all arrays have
    shape (n,). They are no entity links: they join nothing into clusters, and have a status and a
    score of their own.

    A relationship names its column and, by name, the column that it refers to. An association
    names two objects and a type, no column. Its columns follow from this convention alone, and
    stay unknown where it does not answer:

    - Where exactly one field of the first object has the association's ``association_type_id`` as
      its api identifier or name, that is the source column; else where exactly one field of the
      second object has it, that is the target column.
    - The other object's column is the only one flagged as its primary key, else its only field
      whose name or api identifier is ``id``, in any case.

    Parameters
    ----------
    policy
        Policy of the weights.
    nodes
        The graph's nodes, which the codes below are positions of.
    ids
        Ids of the records, sixteen bytes each: shape (n, 16), sorted.
    kind
        ``"relationship"`` (in a database) or ``"association"`` (in a SaaS system).
    type
        Type as sent: ``FOREIGN_KEY``, ``INFERRED``, ``MANUAL``, something else, or null.
    status
        Review status as sent, or null, which is read as SUGGESTED is.
    score
        Stored score, NaN for null. Its scale is documented nowhere.
    weight
        Score under the policy, in [0, 1], NaN where it is undefined: a score in [0, 1]
        counts as it is; without one, and outside that range, a ``FOREIGN_KEY`` or ``MANUAL`` record
        counts 1, and every other as a link without a confidence does. Records that the policy
        refuses, that have a status that the contract does not name, or that are not active have
        none.
    label
        Name of an association; null for relationships.
    columns
        ``"declared"``: the record names both columns. ``"inferred"``: the convention gives both.
        ``"unknown"``: one or both are not known, or not in this graph.
    system
        Codes of the systems that the records name, -1 if not in this graph.
    source_table, target_table
        Codes at table level. The source's is -1 where nothing says which table the column is in.
    source_column, target_column
        Codes at column level, -1 where unknown.
    evidence
        JSON text, or null.
    rows
        The same with ids in place of positions, by ``hummgraph.records.schema.DECLARED_SCHEMA``.
    source_of_vocabulary
        The vocabulary: which evidence is shown.

    Notes
    -----
    A subgraph has those rows whose tables it has.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> graph.relationships
    <Relationships: 21 relationships, 43 associations; both columns known of 63 of 64>
    >>> row = next(iter(graph.relationships.to_frame()))
    >>> row["source_path"], row["target_path"], row["type"]
    ('Snowflake/RAW_STRIPE.INVOICE.CUSTOMER', 'Snowflake/RAW_STRIPE.CUSTOMER.ID', 'FOREIGN_KEY')
    """

    policy: Policy
    nodes: Nodes
    ids: NDArray[np.uint8]
    kind: pa.StringArray
    type: pa.StringArray
    status: pa.StringArray
    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    label: pa.StringArray
    columns: pa.StringArray
    system: NDArray[np.int32]
    source_table: NDArray[np.int32]
    target_table: NDArray[np.int32]
    source_column: NDArray[np.int32]
    target_column: NDArray[np.int32]
    evidence: pa.StringArray
    rows: pa.Table
    source_of_vocabulary: KnowsVocabulary

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def source(self) -> NDArray[np.int32]:
        """Codes of the source columns where they are known, else of the tables."""
        return np.where(self.source_column >= 0, self.source_column, self.source_table)

    @cached_property
    def target(self) -> NDArray[np.int32]:
        """Codes of the target columns where they are known, else of the tables."""
        return np.where(self.target_column >= 0, self.target_column, self.target_table)

    def to_frame(self) -> Frame:
        """Return the rows as a table.

        ``source`` and ``target`` are ids of columns where they are known, else of tables; paths
        are those of the same nodes, and of the tables.

        Notes
        -----
        O(n + n_nodes).

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> unknown = [r for r in graph.relationships.to_frame() if r["columns"] == "unknown"]
        >>> [(r["source_path"], r["target_path"]) for r in unknown]
        [('HubSpot/contacts.associatedcompanyid', 'HubSpot/companies')]
        """
        nodes = self.nodes
        source, target, system = map(_positions_or_null, (self.source, self.target, self.system))
        return Frame(
            pa.table(
                {
                    "relationship_id": id_strings(self.ids),
                    "kind": self.kind,
                    "type": self.type,
                    "status": self.status,
                    "score": pa.array(self.score, mask=np.isnan(self.score)),
                    "weight": pa.array(self.weight, mask=np.isnan(self.weight)),
                    "label": self.label,
                    "columns": self.columns,
                    "source": nodes.id_text.take(source),
                    "target": nodes.id_text.take(target),
                    "source_path": nodes.path.take(source),
                    "target_path": nodes.path.take(target),
                    **nodes.deleted_ends(self.source, self.target),
                    "source_table_path": nodes.path.take(_positions_or_null(self.source_table)),
                    "target_table_path": nodes.path.take(_positions_or_null(self.target_table)),
                    "system": nodes.name.take(system),
                    "evidence": self.evidence,
                }
            ),
            display=LinkDisplay(self.source_of_vocabulary),
        )

    def __repr__(self) -> str:
        counts = [pc.sum(pc.equal(self.kind, kind)).as_py() or 0 for kind in KINDS]
        known = int(((self.source_column >= 0) & (self.target_column >= 0)).sum())
        return (
            f"<Relationships: {counts[0]:,} relationships, {counts[1]:,} associations;"
            f" both columns known of {known:,} of {len(self):,}>"
        )

    def _card_(self) -> Card:
        table = self.to_frame().select("kind", "source_path", "target_path", "status", "label")
        return Card(title_of(self), table=table)


def relationships_of(
    nodes: Nodes,
    catalogue: Catalogue,
    policy: Policy,
    *,
    source: KnowsVocabulary = DecidedVocabulary(NO_VOCABULARY),  # noqa: B008 - it is frozen
) -> Relationships:
    """Read a catalogue's relationships and associations; see :attr:`LinkGraph.relationships`.

    Parameters
    ----------
    nodes
        Nodes of the graph; records whose tables are not among them are left out.
    catalogue
        Source of the records, and of all columns that their names are looked up among: what a name
        fits does not depend on which nodes a subgraph keeps.
    policy
        Policy of the weights.
    source
        Owner of the vocabulary by which evidence is shown: the snapshot.

    Notes
    -----
    O(n log n_nodes + m + n w) for n records, m columns in the catalogue, of which one table has w
    at most.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> empty = LinkGraph(read_links([]))
    >>> len(relationships_of(empty.arrays.nodes, empty.snapshot.catalogue, empty.policy))
    0
    """
    rows = declared_rows(catalogue)
    source_column = _codes_of_ids(nodes, rows.column("source_column"), 2)
    source_table = _codes_of_ids(nodes, rows.column("source_table"), 1)
    # Links may know what the catalogue does not.
    unknown_tables = np.flatnonzero((source_table < 0) & (source_column >= 0))
    source_table[unknown_tables] = nodes.ancestor[1][source_column[unknown_tables]]
    target_column = _codes_of_ids(nodes, rows.column("target_column"), 2)
    target_table = _codes_of_ids(nodes, rows.column("target_table"), 1)
    # A column whose table nobody knows stands for itself.
    kept = (target_table >= 0) & ((source_table >= 0) | (source_column >= 0))
    codes = (source_table, target_table, source_column, target_column)
    source_table, target_table, source_column, target_column = (code[kept] for code in codes)
    rows = rows.filter(pa.array(kept))
    kind = _texts_or_empty(rows, "kind")
    both = pa.array((source_column >= 0) & (target_column >= 0))
    determined = pc.if_else(pc.equal(kind, "relationship"), "declared", "inferred")
    arrays = {
        "ids": id_bytes(rows.column("id").combine_chunks()),
        "score": rows.column("score").to_numpy(),
        "weight": _weights_of_rows(rows, policy),
        "system": _codes_of_ids(nodes, rows.column("integration_source_id"), 0),
        "source_table": source_table,
        "target_table": target_table,
        "source_column": source_column,
        "target_column": target_column,
    }
    for array in arrays.values():
        array.flags.writeable = False
    return Relationships(
        policy=policy,
        nodes=nodes,
        kind=kind,
        columns=pc.if_else(both, determined, "unknown"),
        rows=rows,
        source_of_vocabulary=source,
        **{name: _texts_or_empty(rows, name) for name in ("type", "status", "label", "evidence")},
        **arrays,
    )


def declared_rows(catalogue: Catalogue) -> pa.Table:
    """Return a catalogue's relationships and associations with the columns that they join.

    Returns
    -------
    pyarrow.Table
        Table as ``hummgraph.records.schema.DECLARED_SCHEMA`` describes.

    Examples
    --------
    >>> from hummgraph.records.catalogue import Catalogue
    >>> declared_rows(Catalogue.empty()).num_rows
    0
    """
    if catalogue.declared is not None:
        return catalogue.declared
    fields = _Fields(catalogue)
    rows = pa.Table.from_pylist(
        [*_relationship_rows(catalogue, fields), *_association_rows(catalogue, fields)],
        schema=DECLARED_SCHEMA,
    )
    # Stable: of equal ids the relationship comes before the association.
    return rows.take(pa.array(id_order(id_bytes(rows.column("id").combine_chunks()))))


class _Fields:
    """The catalogue's columns, by the tables that records name."""

    def __init__(self, catalogue: Catalogue) -> None:
        relationships, associations = catalogue.relationships, catalogue.associations
        named = pa.chunked_array(
            [
                *relationships.column("to_table_id").chunks,
                *associations.column("from_object_id").chunks,
                *associations.column("to_object_id").chunks,
            ],
            pa.binary(16),
        )
        columns = catalogue.columns
        wanted = pc.or_(
            pc.is_in(columns.column("table_id"), value_set=named),
            pc.is_in(columns.column("id"), value_set=relationships.column("from_column_id")),
        )
        self.table_of: dict[bytes, bytes] = {}
        self._of: dict[bytes, list[dict[str, Any]]] = defaultdict(list)
        parts = ["id", "table_id", "name", "api_identifier", "is_primary_key"]
        for field in columns.select(parts).filter(wanted).to_pylist():
            self.table_of[field["id"]] = field["table_id"]
            self._of[field["table_id"]].append(field)

    def column(self, table: bytes, name: str) -> bytes | None:
        """Find the one column that a relationship names: as written first, then in any case."""
        for attribute in ("name", "api_identifier"):
            for spelling in (str, str.casefold):
                found = _only_one(
                    field["id"]
                    for field in self._of[table]
                    if field[attribute] and spelling(field[attribute]) == spelling(name)
                )
                if found:
                    return found
        return None

    def field(self, table: bytes, name: str | None) -> bytes | None:
        """Find the one field that has exactly this name or api identifier."""
        return _only_one(
            field["id"]
            for field in self._of[table]
            if name and name in {field["name"], field["api_identifier"]}
        )

    def key(self, table: bytes) -> bytes | None:
        """Find what identifies a record: the one primary key, else the one field called id."""
        return _only_one(
            field["id"] for field in self._of[table] if field["is_primary_key"]
        ) or _only_one(
            field["id"]
            for field in self._of[table]
            if "id" in {(field[name] or "").casefold() for name in ("name", "api_identifier")}
        )


def _only_one(found: Iterator[bytes]) -> bytes | None:
    several = list(found)
    return several[0] if len(several) == 1 else None


def _relationship_rows(catalogue: Catalogue, fields: _Fields) -> Iterator[dict[str, Any]]:
    for record in catalogue.relationships.to_pylist():
        yield record | {
            "kind": "relationship",
            "source_table": fields.table_of.get(record["from_column_id"]),
            "source_column": record["from_column_id"],
            "target_table": record["to_table_id"],
            "target_column": fields.column(record["to_table_id"], record["to_column_name"]),
        }


def _association_rows(catalogue: Catalogue, fields: _Fields) -> Iterator[dict[str, Any]]:
    for record in catalogue.associations.to_pylist():
        begin, end = record["from_object_id"], record["to_object_id"]
        source, target = fields.field(begin, record["association_type_id"]), None
        if source:
            target = fields.key(end)
        else:
            target = fields.field(end, record["association_type_id"])
            source = fields.key(begin) if target else None
        yield record | {
            "kind": "association",
            "source_table": begin,
            "source_column": source,
            "target_table": end,
            "target_column": target,
            "label": record["association_label"],
        }


def _weights_of_rows(rows: pa.Table, policy: Policy) -> NDArray[np.float64]:
    score = rows.column("score").to_numpy()
    usable = np.where((score >= 0) & (score <= 1), score, np.nan)
    stated = np.array([kind in _STATED for kind in rows.column("type").to_pylist()], dtype=bool)
    usable[np.isnan(usable) & stated] = 1.0
    known = {str(status): code for code, status in enumerate(Status)}
    status = np.array(
        [
            SUGGESTED if value is None else known.get(value, len(known))
            for value in rows.column("status").to_pylist()
        ],
        dtype=np.int8,
    )
    # The policy's rule for DETERMINISTIC links does not hold for relationships.
    weights = policy.weights(usable, status, np.full(len(rows), PROBABILISTIC, dtype=np.int8))
    retired = [active is False for active in rows.column("is_active").to_pylist()]
    weights[np.array(retired, dtype=bool)] = np.nan
    return weights


def _codes_of_ids(nodes: Nodes, ids: pa.ChunkedArray, depth: int) -> NDArray[np.int32]:
    """Return the codes of ids at one depth, -1 for a null and for an id not in the graph."""
    whole = ids.combine_chunks()
    codes = np.full(len(whole), -1, dtype=np.int32)
    given = np.flatnonzero(whole.is_valid().to_numpy(zero_copy_only=False))
    codes[given] = nodes.find(id_bytes(whole.drop_null()), depth)
    return codes


def _texts_or_empty(rows: pa.Table, name: str) -> pa.StringArray:
    return rows.column(name).combine_chunks()


def _positions_or_null(codes: NDArray[np.int32]) -> pa.Array:
    """Return positions for ``take``, null where a code is -1."""
    return pa.array(codes, mask=codes < 0)


def plain_relationships(rows: pa.Table) -> list[dict[str, Any]]:
    """Return relationships as plain data: ids as text, nulls left out."""
    return [
        {
            name: str(UUID(bytes=value)) if isinstance(value, bytes) else value
            for name, value in without_nulls(row).items()
        }
        for row in rows.to_pylist()
    ]


def without_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its nulls."""
    return {name: value for name, value in row.items() if value is not None}
