"""Arrow schemas of the stored records, versioned with the snapshot format.

An id is 16 bytes (``fixed_size_binary[16]``, the UUID's bytes in order); a column of repeated ids
is dictionary-encoded with 32-bit codes. A null stays null. Times are microseconds in UTC. Evidence
is the JSON text as received.

The docs list these schemas; a test keeps model, schema and docs equal.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = [
    "ADDED_LATER",
    "ASSOCIATION_SCHEMA",
    "COLUMN_SCHEMA",
    "DECLARED_SCHEMA",
    "END_FIELDS",
    "FORMAT_VERSION",
    "INTEGRATION_SOURCE_SCHEMA",
    "LINK_SCHEMA",
    "RELATIONSHIP_SCHEMA",
    "TABLE_SCHEMA",
]

FORMAT_VERSION = 1
"""Version of the snapshot's files and of the schemas below."""

ADDED_LATER = frozenset({"distinct_pct"})
"""Columns that snapshots written by earlier versions lack; they are read as nulls."""

_ID = pa.binary(16)
_CODED_ID = pa.dictionary(pa.int32(), _ID)
_CODED_TEXT = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("us", tz="UTC")

END_FIELDS = ("table_id", "saas_object_id", "column_id", "field_id")
"""Ids that place one end of a link below its integration source; the side precedes each."""

LINK_SCHEMA = pa.schema(
    [
        pa.field("link_id", _ID, nullable=False),
        pa.field("organization_id", _CODED_ID, nullable=False),
        pa.field("source_integration_source_id", _CODED_ID, nullable=False),
        pa.field("target_integration_source_id", _CODED_ID, nullable=False),
        *(
            pa.field(f"{side}_{end}", _CODED_ID)
            for side in ("source", "target")
            for end in END_FIELDS
        ),
        pa.field("link_type", _CODED_TEXT, nullable=False),
        pa.field("status", _CODED_TEXT, nullable=False),
        pa.field("confidence", pa.float64()),
        pa.field("evidence", pa.large_string()),
        pa.field("created_at", _TIME),
        pa.field("updated_at", _TIME),
    ]
)
"""One row a link, in the original order of the records."""

INTEGRATION_SOURCE_SCHEMA = pa.schema(
    [
        pa.field("id", _ID, nullable=False),
        pa.field("name", pa.string()),
        pa.field("instance_label", pa.string()),
        pa.field("source_type", pa.string()),
        pa.field("connector_type", pa.string()),
        pa.field("description", pa.string()),
        pa.field("is_active", pa.bool_()),
    ]
)

TABLE_SCHEMA = pa.schema(
    [
        pa.field("id", _ID, nullable=False),
        pa.field("integration_source_id", _ID),
        pa.field("kind", pa.string(), nullable=False),  # "table" or "saas_object"
        pa.field("schema_name", pa.string()),
        pa.field("name", pa.string()),
        pa.field("api_identifier", pa.string()),
        pa.field("description", pa.string()),
        pa.field("is_active", pa.bool_()),
    ]
)

COLUMN_SCHEMA = pa.schema(
    [
        pa.field("id", _ID, nullable=False),
        pa.field("table_id", _ID, nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # "column" or "saas_field"
        pa.field("name", pa.string()),
        pa.field("api_identifier", pa.string()),
        pa.field("data_type", pa.string()),
        pa.field("description", pa.string()),
        pa.field("is_primary_key", pa.bool_()),
        pa.field("is_nullable", pa.bool_()),
        pa.field("is_unique", pa.bool_()),
        pa.field("ordinal_position", pa.int64()),
        pa.field("semantic_type", pa.string()),
        pa.field("role", pa.string()),
        pa.field("distinct_pct", pa.float64()),
        pa.field("is_active", pa.bool_()),
    ]
)

RELATIONSHIP_SCHEMA = pa.schema(
    [
        pa.field("id", _ID, nullable=False),
        pa.field("integration_source_id", _ID, nullable=False),
        pa.field("from_column_id", _ID, nullable=False),
        pa.field("to_table_id", _ID, nullable=False),
        pa.field("to_column_name", pa.string(), nullable=False),
        pa.field("type", pa.string()),
        pa.field("status", pa.string()),
        pa.field("score", pa.float64()),
        pa.field("evidence", pa.string()),
    ]
)

ASSOCIATION_SCHEMA = pa.schema(
    [
        pa.field("id", _ID, nullable=False),
        pa.field("integration_source_id", _ID, nullable=False),
        pa.field("from_object_id", _ID, nullable=False),
        pa.field("to_object_id", _ID, nullable=False),
        pa.field("association_type_id", pa.string()),
        pa.field("association_label", pa.string()),
        pa.field("association_category", pa.string()),
        pa.field("type", pa.string()),
        pa.field("status", pa.string()),
        pa.field("score", pa.float64()),
        pa.field("evidence", pa.string()),
        pa.field("is_active", pa.bool_()),
    ]
)

DECLARED_SCHEMA = pa.schema(
    [
        pa.field("id", _ID),
        pa.field("integration_source_id", _ID),
        pa.field("source_table", _ID),
        pa.field("target_table", _ID),
        pa.field("source_column", _ID),
        pa.field("target_column", _ID),
        pa.field("kind", pa.string()),
        pa.field("type", pa.string()),
        pa.field("status", pa.string()),
        pa.field("score", pa.float64()),
        pa.field("label", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("is_active", pa.bool_()),
    ]
)
"""Relationships and associations with known columns: one row each, sorted by id."""
