"""A graph made of the tables of another: the way back from files and other libraries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.frames import Listing
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.ids import id_order, parse_id
from hummgraph.records.nodes import Ends, Level, Nodes
from hummgraph.records.quarantine import Drift
from hummgraph.records.schema import (
    COLUMN_SCHEMA,
    DECLARED_SCHEMA,
    END_FIELDS,
    INTEGRATION_SOURCE_SCHEMA,
    LINK_SCHEMA,
    TABLE_SCHEMA,
)
from hummgraph.snapshot.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["LINK_COLUMNS", "NODE_COLUMNS", "graph_of"]

NODE_COLUMNS: Final = {
    "node_id": pa.string(),
    "level": pa.string(),
    "name": pa.string(),
    "parent_id": pa.string(),
    "kind": pa.string(),
    "schema_name": pa.string(),
    "api_identifier": pa.string(),
    "data_type": pa.string(),
    "description": pa.string(),
    "is_active": pa.bool_(),
    "resolved": pa.bool_(),
}
"""Columns of a table of nodes that a graph is made of; others are passed over."""

LINK_COLUMNS: Final = {
    "link_id": pa.string(),
    "source": pa.string(),
    "target": pa.string(),
    "link_type": pa.string(),
    "status": pa.string(),
    "confidence": pa.float64(),
    "evidence": pa.large_string(),
    "created_at": pa.timestamp("us", tz="UTC"),
    "updated_at": pa.timestamp("us", tz="UTC"),
}
"""Columns of a table of links that a graph is made of; others are passed over."""

_NEEDED: Final = frozenset(
    {"node_id", "level", "name", "link_id", "source", "target", "link_type", "status"}
)
_NO_SYSTEM: Final = bytes(16)
_SAAS: Final = frozenset({"saas_object", "saas_field"})


def graph_of(
    nodes: pa.Table,
    links: pa.Table,
    *,
    origin: str,
    policy: Policy | None = None,
    organization_id: UUID | None = None,
    organization_name: str | None = None,
    declared: pa.Table | None = None,
    key_facts: pa.Table | None = None,
) -> LinkGraph:
    """Build a graph from a table of nodes and one of links.

    Parameters
    ----------
    nodes
        Columns as :attr:`LinkGraph.nodes` has them: ``node_id``, ``level`` and ``name`` are
        needed; of the others ``NODE_COLUMNS`` are read, and what is missing is null.
    links
        Columns as :attr:`LinkGraph.links` has them: ``link_id``, ``source``, ``target``,
        ``link_type`` and ``status`` are needed; of the others ``LINK_COLUMNS`` are read.
    origin
        Where they came from, for the snapshot.
    policy
        What null confidences, types and statuses mean.
    organization_id, organization_name
        Whose it is.
    declared
        Relationships and associations, as ``DECLARED_SCHEMA`` says.
    key_facts
        What tells keys: ``node_id`` of columns, and any of ``is_primary_key``, ``is_nullable``,
        ``is_unique``, ``ordinal_position``, ``semantic_type`` and ``role``.

    Raises
    ------
    FormatError
        If a column is missing or of another type, an id is none, occurs twice or refers to no
        node, a parent stands no higher than its child, or a confidence is not in [0, 1].

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> again = graph_of(graph.to_arrow("nodes"), graph.to_arrow("links"), origin="arrow")
    >>> again.n_links, again.node("stripe/customers.email").path
    (1490, 'Stripe/customers.email')
    """
    places = _Places(_columns(nodes, NODE_COLUMNS, "nodes"))
    rows = _columns(links, LINK_COLUMNS, "links")
    ids = _ids(rows.column("link_id"), "link_id")
    order = id_order(ids)
    _distinct(ids[order], "link_id")
    ends = Ends(*(places.find(rows.column(end), end) for end in ("source", "target")))
    _check_evidence(rows.column("evidence"))
    snapshot = Snapshot(
        links=_wire_columns(rows, ids, ends, places.nodes, organization_id),
        catalogue=Catalogue(
            **_catalogue_tables(places.nodes, key_facts, places),
            organization_id=organization_id,
            organization_name=organization_name,
            n_records=len(places.nodes),
            declared=DECLARED_SCHEMA.empty_table() if declared is None else declared,
        ),
        quarantine=Listing(),
        n_records=rows.num_rows,
        flags={},
        drift=Drift({}, {}),
        origin=origin,
        organization_id=organization_id,
    )
    return LinkGraph._of_parts(  # noqa: SLF001 - nobody else makes graphs of arrays
        snapshot, places.nodes, ends, policy or Policy()
    )


def _columns(table: pa.Table, wanted: Mapping[str, pa.DataType], what: str) -> pa.Table:
    """Take the columns that are read, in their types; what is missing is null."""
    columns = []
    for name, kind in wanted.items():
        if name not in table.column_names:
            if name in _NEEDED:
                raise FormatError(f"The table of {what} has no column {name!r}.")
            default = pa.scalar(value=True) if name == "resolved" else pa.scalar(None, kind)
            columns.append(pa.chunked_array([pa.repeat(default, table.num_rows)], type=kind))
            continue
        try:
            columns.append(table.column(name).cast(kind))
        except pa.ArrowException as error:
            raise FormatError(
                f"Column {name!r} of the {what} is of type {table.column(name).type}, not {kind}."
            ) from error
    made = pa.table(dict(zip(wanted, columns, strict=True)))
    for name in sorted(_NEEDED & set(wanted)):
        if made.column(name).null_count:
            raise FormatError(f"Column {name!r} of the {what} has a null.")
    return made


def _ids(column: pa.ChunkedArray, name: str) -> NDArray[np.uint8]:
    """Parse ids: shape (n, 16)."""
    packed = []
    for row, text in enumerate(column.to_pylist()):
        parsed = parse_id(text)
        if parsed is None:
            raise FormatError(f"The {name} in row {row:,} is not an id.")
        packed.append(parsed)
    return np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, 16)


def _distinct(ordered: NDArray[np.uint8], name: str) -> None:
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    if len(same):
        raise FormatError(f"{name} {UUID(bytes=ordered[same[0]].tobytes())} occurs twice.")


class _Places:
    """Nodes in the order of a graph, found by their ids as text."""

    def __init__(self, rows: pa.Table) -> None:
        texts = rows.column("node_id").to_pylist()
        known = [str(level) for level in Level]
        try:
            depth = np.array([known.index(level) for level in rows.column("level").to_pylist()])
        except ValueError:
            raise FormatError(f"A node has no known level; there are {', '.join(known)}.") from None
        # A level stands before an id that occurs at two levels.
        ids = _ids(
            pa.chunked_array([[text.rpartition(":")[2] for text in texts]], pa.string()), "node_id"
        )
        by_id = id_order(ids)
        order = by_id[np.argsort(depth[by_id], kind="stable")].astype(np.int64)
        self.order = order
        self._code = {texts[row]: code for code, row in enumerate(order.tolist())}
        depth = depth[order].astype(np.int8)
        ids = ids[order]
        for level in range(len(known)):
            _distinct(ids[depth == level], "node_id")
        parent = self.find(rows.column("parent_id").take(pa.array(order)), "parent_id", missing=-1)
        above = parent >= 0
        if (depth[parent[above]] >= depth[above]).any():
            raise FormatError("The parent of a node stands no higher than the node itself.")

        def column(name: str) -> Any:
            return rows.column(name).take(pa.array(order)).combine_chunks()

        self.nodes = Nodes(
            ids=ids,
            depth=depth,
            parent=parent,
            resolved=column("resolved").fill_null(True).to_numpy(zero_copy_only=False),  # noqa: FBT003 - pyarrow's
            **{
                name: column(name)
                for name in (
                    "name",
                    "schema_name",
                    "api_identifier",
                    "kind",
                    "data_type",
                    "description",
                    "is_active",
                )
            },
        )

    def find(
        self, column: pa.ChunkedArray, what: str, *, missing: int | None = None
    ) -> NDArray[np.int32]:
        """Return the positions of ids as text; ``missing`` for a null, where that may be."""
        found = []
        for row, text in enumerate(column.to_pylist()):
            code = missing if text is None else self._code.get(text)
            if code is None:
                raise FormatError(f"The {what} in row {row:,} is not a node.")
            found.append(code)
        return np.array(found, dtype=np.int32)


def _check_evidence(column: pa.ChunkedArray) -> None:
    for text in column.drop_null().to_pylist():
        try:
            is_object = isinstance(json.loads(text), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise FormatError("The evidence of a link is not a JSON object.")


def _above(nodes: Nodes, codes: NDArray[np.int32], depth: int) -> pa.Array:
    """Return ids of what lies at a depth above or at nodes, null where that is unknown."""
    return _id_array(nodes, nodes.ancestor[depth][codes])


def _id_array(nodes: Nodes, codes: NDArray[np.int32]) -> pa.Array:
    packed = pa.array([row.tobytes() for row in nodes.ids], pa.binary(16))
    return packed.take(pa.array(codes, mask=codes < 0))


def _wire_columns(
    rows: pa.Table,
    ids: NDArray[np.uint8],
    ends: Ends,
    nodes: Nodes,
    organization_id: UUID | None,
) -> pa.Table:
    """Build the columns that records of these links would have given."""
    n = rows.num_rows
    organization = (organization_id or UUID(int=0)).bytes
    columns: dict[str, Any] = {
        "link_id": pa.array([row.tobytes() for row in ids], pa.binary(16)),
        "organization_id": pa.repeat(pa.scalar(organization, pa.binary(16)), n),
    }
    saas = pa.array([kind in _SAAS for kind in nodes.kind.to_pylist()], pa.bool_())
    for side, codes in (("source", ends.source), ("target", ends.target)):
        system = _above(nodes, codes, 0)
        columns[f"{side}_integration_source_id"] = system.fill_null(_NO_SYSTEM)
        for depth, plain, service in ((1, END_FIELDS[0], END_FIELDS[1]), (2, *END_FIELDS[2:])):
            at = nodes.ancestor[depth][codes]
            ids_here = _above(nodes, codes, depth)
            is_saas = saas.take(pa.array(at, mask=at < 0)).fill_null(False)  # noqa: FBT003 - pyarrow's
            nothing = pa.scalar(None, pa.binary(16))
            columns[f"{side}_{plain}"] = pc.if_else(is_saas, nothing, ids_here)
            columns[f"{side}_{service}"] = pc.if_else(is_saas, ids_here, nothing)
    for name in ("link_type", "status", "confidence", "evidence", "created_at", "updated_at"):
        columns[name] = rows.column(name).combine_chunks()
    confidence = rows.column("confidence").drop_null().to_numpy()
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise FormatError("A confidence is not in [0, 1].")
    coded = [
        columns[field.name].dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else columns[field.name]
        for field in LINK_SCHEMA
    ]
    return pa.table(
        [column.cast(field.type) for column, field in zip(coded, LINK_SCHEMA, strict=True)],
        schema=LINK_SCHEMA,
    )


def _catalogue_tables(
    nodes: Nodes, key_facts: pa.Table | None, places: _Places
) -> dict[str, pa.Table]:
    """Build the catalogue that would have named these nodes."""
    packed = pa.array([row.tobytes() for row in nodes.ids], pa.binary(16))
    named = pc.if_else(pa.array(nodes.resolved), nodes.name, pa.scalar(None, pa.string()))
    above = _id_array(nodes, nodes.parent)
    first = nodes.first.tolist()
    # A column that hangs from its system has no table to name: the links say where it hangs.
    at_table = (nodes.depth == 2) & (nodes.ancestor[1] >= 0)
    chosen = (
        np.arange(first[0], first[1]),
        np.arange(first[1], first[2]),
        np.flatnonzero(at_table),
    )
    empty = Catalogue.empty()
    columns = {
        "id": packed,
        "name": named,
        "connector_type": nodes.kind,
        "integration_source_id": above,
        "table_id": above,
        "schema_name": nodes.schema_name,
        "api_identifier": nodes.api_identifier,
        "data_type": nodes.data_type,
        "description": nodes.description,
        "is_active": nodes.is_active,
    }
    facts = {} if key_facts is None else _facts(key_facts, places)
    tables = {}
    for name, schema, rows, usual in zip(
        ("integration_sources", "tables", "columns"),
        (INTEGRATION_SOURCE_SCHEMA, TABLE_SCHEMA, COLUMN_SCHEMA),
        chosen,
        ("", "table", "column"),
        strict=True,
    ):
        here = columns | {"kind": nodes.kind.fill_null(usual)} | facts
        nothing = pa.nulls(len(nodes))
        tables[name] = pa.table(
            [
                here.get(field.name, nothing).take(pa.array(rows)).cast(field.type)
                for field in schema
            ],
            schema=schema,
        )
    return tables | {"associations": empty.associations, "relationships": empty.relationships}


def _facts(key_facts: pa.Table, places: _Places) -> dict[str, pa.Array]:
    """Spread what is told of some columns over all nodes."""
    codes = places.find(key_facts.column("node_id"), "node_id")
    row = np.full(len(places.nodes), -1, dtype=np.int64)
    row[codes] = np.arange(len(codes))
    place = pa.array(row, mask=row < 0)
    return {
        name: key_facts.column(name).combine_chunks().take(place)
        for name in key_facts.column_names
        if name != "node_id"
    }
