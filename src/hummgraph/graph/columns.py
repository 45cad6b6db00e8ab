"""Columns of the tables that other programs exchange with a graph: each defined once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from hummgraph.records.models import EntityLink
from hummgraph.records.nodes import Level
from hummgraph.records.schema import COLUMN_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COMPANIONS",
    "DEFAULTS",
    "KEY_FACTS",
    "KEY_SCHEMA",
    "LEVELS",
    "LINK_COLUMNS",
    "NEEDED",
    "NEVER_NULL",
    "NODE_COLUMNS",
]

LEVELS: Final = tuple(map(str, Level))
"""Levels as text, for other programs."""

NODE_COLUMNS: Final[Mapping[str, pa.DataType]] = MappingProxyType(
    {
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
)
"""Columns of nodes that a graph is built from. Others are worked out from these, or ignored."""

LINK_COLUMNS: Final[Mapping[str, pa.DataType]] = MappingProxyType(
    {
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
)
"""Columns of links that a graph is built from. Others are worked out from these, or ignored."""

NEEDED: Final = ("node_id", "level", "name", "link_id", "source", "target", "link_type", "status")
"""Columns that a table of nodes or links must have."""

NEVER_NULL: Final = ("node_id", "level", "link_id", "source", "target")
"""Columns that must have a value in every row."""

DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {name: str(EntityLink.model_fields[name].default) for name in ("link_type", "status")}
)
"""Default values of links, as in the API's records."""

COMPANIONS: Final = ("is_active", "confidence")
"""Columns for which GraphML says in ``has_...`` whether there is a value: some readers put 0."""

KEY_FACTS: Final = (
    "is_primary_key",
    "is_nullable",
    "is_unique",
    "ordinal_position",
    "semantic_type",
    "role",
    "distinct_pct",
)
"""Facts that a catalogue has about a column as a key; these are not columns of nodes."""

KEY_SCHEMA: Final = pa.schema(
    [pa.field("node_id", pa.string()), *(map(COLUMN_SCHEMA.field, KEY_FACTS))]
)
"""One row for each column of which a key fact is known."""
