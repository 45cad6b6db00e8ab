"""Data of a graph, and a snapshot for it, built from typed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.errors.texts import quoted
from hummgraph.graph.columns import LEVELS
from hummgraph.graph.data import GraphData
from hummgraph.graph.values import check_json
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.ids import id_order, parse_id
from hummgraph.records.nodes import Ends, Nodes
from hummgraph.records.quarantine import Drift, Quarantine
from hummgraph.records.redaction import KeptEvidence
from hummgraph.records.schema import (
    COLUMN_SCHEMA,
    END_FIELDS,
    INTEGRATION_SOURCE_SCHEMA,
    LINK_SCHEMA,
    TABLE_SCHEMA,
)
from hummgraph.snapshot.snapshot import Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.policy import Policy
    from hummgraph.records.vocabulary import Vocabulary

__all__ = ["data_of_typed"]

_NO_SYSTEM: Final = bytes(16)
_SAAS: Final = frozenset({"saas_object", "saas_field"})


def data_of_typed(
    node_rows: pa.Table,
    rows: pa.Table,
    *,
    relationships: pa.Table,
    key_facts: pa.Table,
    organization_id: UUID | None,
    organization_name: str | None,
    policy: Policy,
    origin: str,
    decided: Vocabulary | None = None,
    kept_evidence: KeptEvidence = KeptEvidence.FULL,
) -> GraphData:
    """Return the data of tables whose columns have their types; see ``tables.data_of``."""
    places = _Places(node_rows)
    nodes = places.nodes
    ids = _parse_ids(rows.column("link_id"), "link_id", "links")
    order = id_order(ids)
    _check_distinct(ids[order], "links", "link_id")
    ends = Ends(*(places.find(rows.column(end), end, "links") for end in ("source", "target")))
    _check_confidence(rows.column("confidence"))
    check_json(rows.column("evidence"), "links")
    snapshot = Snapshot(
        links=_wire_columns(rows, ids, ends, nodes, organization_id),
        catalogue=Catalogue(
            **_catalogue_tables(nodes, key_facts, places),
            organization_id=organization_id,
            organization_name=organization_name,
            n_records=len(nodes),
            declared=relationships,
        ),
        quarantine=Quarantine(),
        n_records=rows.num_rows,
        flags={},
        drift=Drift({}, {}),
        origin=origin,
        organization_id=organization_id,
        decided=decided,
        request={} if kept_evidence is KeptEvidence.FULL else {"kept_evidence": str(kept_evidence)},
    )
    return GraphData.of_parts(snapshot, nodes, ends, policy)


def _parse_ids(column: pa.ChunkedArray, name: str, what: str) -> NDArray[np.uint8]:
    """Parse ids, with a level before them or not: shape (n, 16)."""
    packed = []
    for row, text in enumerate(column.to_pylist()):
        parsed = parse_id(text.rpartition(":")[2] if name == "node_id" else text)
        if parsed is None:
            raise FormatError(f"{what} row {row:,}: {name!r} is not an id (a UUID).")
        packed.append(parsed)
    return np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, 16)


def _check_distinct(ordered: NDArray[np.uint8], what: str, name: str) -> None:
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    if len(same):
        raise FormatError(
            f"{what}: the {name} {UUID(bytes=ordered[same[0]].tobytes())} occurs twice."
        )


def _check_confidence(column: pa.ChunkedArray) -> None:
    values = column.to_numpy()
    wrong = np.flatnonzero(~np.isnan(values) & ~((values >= 0) & (values <= 1)))
    if len(wrong):
        row = int(wrong[0])
        raise FormatError(
            f"links row {row:,}: 'confidence' is {values[row]:g}; it must be in [0, 1], or null."
        )


class _Places:
    """Nodes in the order of a graph, found by their ids as text."""

    def __init__(self, rows: pa.Table) -> None:
        texts = rows.column("node_id").to_pylist()
        depth = _depths_of_levels(rows.column("level"))
        # A level stands before an id that occurs at two levels.
        ids = _parse_ids(rows.column("node_id"), "node_id", "nodes")
        by_id = id_order(ids)
        order = by_id[np.argsort(depth[by_id], kind="stable")].astype(np.int64)
        self.order = order
        self._code = {texts[row]: code for code, row in enumerate(order.tolist())}
        depth, ids = depth[order], ids[order]
        for level in range(len(LEVELS)):
            _check_distinct(ids[depth == level], "nodes", "node_id")
        if len(self._code) < len(texts):
            raise FormatError(
                "nodes: a node_id occurs at two levels.",
                hint="Write the level before it, as in 'table:<id>'.",
            )
        parent = self.find(rows.column("parent_id"), "parent_id", "nodes", missing=-1)[order]
        above = np.flatnonzero(parent >= 0)
        wrong = above[depth[parent[above]] >= depth[above]]
        if len(wrong):
            raise FormatError(
                f"nodes row {order[wrong].min():,}: its parent stands no higher than the node"
                " itself."
            )

        def column(name: str) -> Any:
            return rows.column(name).take(pa.array(order)).combine_chunks()

        self.nodes = Nodes(
            ids=ids,
            depth=depth,
            parent=parent,
            resolved=column("resolved").to_numpy(zero_copy_only=False),
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
        self, column: pa.ChunkedArray, name: str, what: str, *, missing: int | None = None
    ) -> NDArray[np.int32]:
        """Return the positions of ids as text; ``missing`` for a null, where that may be."""
        found = []
        for row, text in enumerate(column.to_pylist()):
            code = missing if text is None else self._code.get(text)
            if code is None:
                # Only an id is quoted: anything else may be a value of somebody's record.
                known = f" {quoted(text)}" if parse_id(text.rpartition(":")[2]) else ""
                raise FormatError(f"{what} row {row:,}: {name}{known} is not among the nodes.")
            found.append(code)
        return np.array(found, dtype=np.int32)


def _depths_of_levels(levels: pa.ChunkedArray) -> NDArray[np.int8]:
    found = pc.index_in(levels, value_set=pa.array(LEVELS))
    if found.null_count:
        row = found.is_valid().index(pa.scalar(value=False)).as_py()
        raise FormatError(f"nodes row {row:,}: 'level' is not one of {', '.join(LEVELS)}.")
    depths: NDArray[np.int8] = found.to_numpy().astype(np.int8)
    return depths


def _ids_above(nodes: Nodes, codes: NDArray[np.int32], depth: int) -> pa.Array:
    """Return ids of the ancestors of nodes at a depth, or of the nodes; null where unknown."""
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
    """Build the columns of a snapshot of these links."""
    n = rows.num_rows
    organization = (organization_id or UUID(int=0)).bytes
    columns: dict[str, Any] = {
        "link_id": pa.array([row.tobytes() for row in ids], pa.binary(16)),
        "organization_id": pa.repeat(pa.scalar(organization, pa.binary(16)), n),
    }
    saas = pa.array([kind in _SAAS for kind in nodes.kind.to_pylist()], pa.bool_())
    for side, codes in (("source", ends.source), ("target", ends.target)):
        system = _ids_above(nodes, codes, 0)
        columns[f"{side}_integration_source_id"] = system.fill_null(_NO_SYSTEM)
        for depth, plain, service in ((1, END_FIELDS[0], END_FIELDS[1]), (2, *END_FIELDS[2:])):
            at = nodes.ancestor[depth][codes]
            ids_here = _ids_above(nodes, codes, depth)
            is_saas = saas.take(pa.array(at, mask=at < 0)).fill_null(False)  # noqa: FBT003 - pyarrow's
            nothing = pa.scalar(None, pa.binary(16))
            columns[f"{side}_{plain}"] = pc.if_else(is_saas, nothing, ids_here)
            columns[f"{side}_{service}"] = pc.if_else(is_saas, ids_here, nothing)
    for name in ("link_type", "status", "confidence", "evidence", "created_at", "updated_at"):
        columns[name] = rows.column(name).combine_chunks()
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


def _catalogue_tables(nodes: Nodes, key_facts: pa.Table, places: _Places) -> dict[str, pa.Table]:
    """Build a catalogue that names these nodes."""
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
    facts = _facts_of_nodes(key_facts, places)
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


def _facts_of_nodes(key_facts: pa.Table, places: _Places) -> dict[str, pa.Array]:
    """Return a value for every node; null where the table has no row for it."""
    codes = places.find(key_facts.column("node_id"), "node_id", "key_facts")
    row = np.full(len(places.nodes), -1, dtype=np.int64)
    row[codes] = np.arange(len(codes))
    place = pa.array(row, mask=row < 0)
    return {
        name: key_facts.column(name).combine_chunks().take(place)
        for name in key_facts.column_names
        if name != "node_id"
    }
