"""Description of the demo organisation, and the catalogue records built from it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

__all__ = [
    "SchemaNode",
    "catalogue_records",
    "draw",
    "entities_of",
    "moment",
    "plain",
    "read_description",
    "read_nodes",
    "uuid",
]

_NAMESPACE: Final = UUID("6f0a3b52-5d0e-4b8e-9a41-2f1c7d9e8a30")
_SEED: Final = b"quillharbor"
_EPOCH: Final = datetime(2025, 9, 1, 6, 0, tzinfo=UTC)

_TYPE_FAMILIES: Final = (
    ("time", re.compile(r"date|time", re.IGNORECASE)),
    ("flag", re.compile(r"bool", re.IGNORECASE)),
    ("number", re.compile(r"int|number|double|float|numeric|currency|percent", re.IGNORECASE)),
)


def draw(*words: str) -> float:
    """Return a number in [0, 1) that depends only on the words."""
    digest = blake2b("\n".join(words).encode(), digest_size=8, key=_SEED).digest()
    return int.from_bytes(digest, "big") / 2**64


def uuid(*words: str) -> str:
    """Return an id that depends only on the words."""
    return str(uuid5(_NAMESPACE, "/".join(words)))


def moment(*words: str, days: float = 120.0) -> str:
    """Return a time within some days after the start, as the API writes it."""
    when = _EPOCH + timedelta(seconds=int(draw("moment", *words) * days * 86_400))
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_description() -> dict[str, Any]:
    """Return the description from the file next to this module."""
    path = Path(__file__).with_name("catalogue.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """System, table or column; parts that do not apply are empty."""

    path: str
    system: str
    is_saas: bool
    schema: str = ""
    table: str = ""
    column: str = ""
    record: dict[str, Any] = field(default_factory=dict, compare=False)
    data_type: str = ""
    marks: frozenset[str] = frozenset()
    ref: str = ""
    meaning: str = ""
    role: str = ""

    @property
    def table_path(self) -> str:
        return f"{self.system}/{self.schema}{'.' if self.schema else ''}{self.table}"

    @property
    def family(self) -> str:
        found = (name for name, pattern in _TYPE_FAMILIES if pattern.search(self.data_type))
        return next(found, "text")


def plain(name: str) -> str:
    """Return a name without the parts that differ between a column and its replica."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read_nodes(description: dict[str, Any]) -> dict[str, SchemaNode]:
    """Return the nodes of the description by path; a replicated table follows its original."""
    nodes: dict[str, SchemaNode] = {}
    for system in description["system"]:
        name = system["name"]
        is_saas = system["kind"] == "saas"
        nodes[name] = SchemaNode(name, name, is_saas, record=system)
        for table in system["table"]:
            node = SchemaNode(
                "", name, is_saas, table.get("schema", ""), table["name"], record=table
            )
            nodes[node.table_path] = replace(node, path=node.table_path)
            originals = {
                plain(other.column): other
                for other in nodes.values()
                if other.column and other.table_path == table.get("lands")
            }
            for line in table["columns"].strip().splitlines():
                column = _read_column(line, node, originals)
                nodes[column.path] = column
    return nodes


_ROLES: Final = {
    "K": "ALTERNATE_KEY",
    "R": "REFERENCE",
    "T": "TEXT",
    "C": "CATEGORY",
    "M": "MEASURE",
    "X": "TECHNICAL",
}


def _role_of(node: SchemaNode, letter: str, original: SchemaNode | None) -> str:
    """Return the true role of a column; empty if the description does not say."""
    if letter:
        return _ROLES[letter]
    if original is not None:
        return original.role
    if "pk" in node.marks:
        return "KEY"
    if node.ref:
        return "REFERENCE"
    return {"time": "TIME", "flag": "CATEGORY"}.get(node.family, "")


def _read_column(line: str, table: SchemaNode, originals: dict[str, SchemaNode]) -> SchemaNode:
    name, data_type, *rest = re.split(r"\s{2,}", line.strip(), maxsplit=2)
    words = " ".join(rest).split()
    valued = dict(word.split(":", 1) for word in words if ":" in word)
    path = f"{table.table_path}.{name}"
    original = originals.get(plain(name))
    column = replace(
        table,
        path=path,
        column=name,
        record={},
        data_type=data_type,
        marks=frozenset(word for word in words if ":" not in word),
        ref=valued.get("ref", ""),
        meaning=valued.get("same", original.meaning if original else path),
    )
    return replace(column, role=_role_of(column, valued.get("is", ""), original))


def entities_of(nodes: dict[str, SchemaNode]) -> list[list[str]]:
    """Return the ids of tables that hold rows of one thing; a table alone is a list of its own."""
    found: dict[str, list[str]] = {}
    for node in nodes.values():
        if node.table and not node.column:
            landed = nodes.get(node.record.get("lands", ""))
            entity = (landed or node).record.get("entity")
            if entity is not None:
                found.setdefault(entity or node.path, []).append(uuid(node.path))
    return sorted(map(sorted, found.values()))


def catalogue_records(
    description: dict[str, Any], nodes: dict[str, SchemaNode]
) -> dict[str, list[Any]]:
    """Return the records of the catalogue by kind, as the API sends them."""
    organization = description["organization"]
    organization_id = uuid(organization["name"])
    catalogue: dict[str, list[Any]] = {
        "organization": [
            {
                "name": organization["name"],
                "id": organization_id,
                **_time_fields(organization["name"]),
                "description": organization["description"],
                "is_active": True,
            }
        ],
        **{
            kind: []
            for kind in (
                "integration_sources",
                "tables",
                "saas_objects",
                "columns",
                "saas_fields",
                "associations",
                "relationships",
            )
        },
    }
    ordinals: dict[str, int] = {}
    for node in nodes.values():
        if not node.table:
            record = _system_record(node, organization_id)
            catalogue["integration_sources"].append(record)
        elif not node.column:
            if node.record.get("listed", True):
                kind = "saas_objects" if node.is_saas else "tables"
                catalogue[kind].append(_table_record(node))
        else:
            ordinals[node.table_path] = ordinal = ordinals.get(node.table_path, 0) + 1
            if "deleted" not in node.marks:
                kind = "saas_fields" if node.is_saas else "columns"
                catalogue[kind].append(_column_record(node, ordinal))
            if node.ref:
                kind = "associations" if node.is_saas else "relationships"
                catalogue[kind].append(_reference_record(node, nodes))
    return catalogue


def _time_fields(*words: str) -> dict[str, str]:
    when = moment("catalogue", *words, days=3.0)
    return {"created_at": when, "updated_at": when}


def _system_record(node: SchemaNode, organization_id: str) -> dict[str, Any]:
    return {
        "name": node.system,
        "source_type": node.record["kind"],
        "connector_type": node.record["connector"],
        "organization_id": organization_id,
        "id": uuid(node.path),
        **_time_fields(node.path),
        "description_version": 1,
        "description": node.record["description"],
        "is_active": True,
        "connection_status": "connected",
        "instance_label": None,
    }


def _table_record(node: SchemaNode) -> dict[str, Any]:
    common = {
        "id": uuid(node.path),
        "integration_source_id": uuid(node.system),
        **_time_fields(node.path),
        "description": node.record.get("description"),
        "is_active": True,
    }
    if node.is_saas:
        api = node.record.get("api", node.table)
        return {"object_name": node.table, "api_identifier": api, **common}
    return {"name": node.table, "schema_name": node.schema, **common}


def _column_record(node: SchemaNode, ordinal: int) -> dict[str, Any]:
    is_key = "pk" in node.marks
    required = is_key or "required" in node.marks
    common = {
        "id": uuid(node.path),
        **_time_fields(node.path),
        "data_type": node.data_type,
        "description": None,
        "is_active": "inactive" not in node.marks,
    }
    if node.is_saas:
        return {
            "saas_object_id": uuid(node.table_path),
            "field_name": node.column,
            "api_identifier": node.column,
            "is_required": required,
            "is_unique": is_key,
            **common,
        }
    return {
        "name": node.column,
        "table_id": uuid(node.table_path),
        "description_version": 1,
        "is_primary_key": is_key,
        "is_nullable": not required,
        "ordinal_position": ordinal,
        **common,
    }


def _reference_record(node: SchemaNode, nodes: dict[str, SchemaNode]) -> dict[str, Any]:
    """Return the association or relationship of a foreign key."""
    in_schema = f"{node.system}/{node.schema}{'.' if node.schema else ''}{node.ref}"
    target = nodes.get(in_schema) or nodes[f"{node.system}/{node.ref}"]
    common = {
        "integration_source_id": uuid(node.system),
        "id": uuid("reference", node.path),
        **_time_fields("reference", node.path),
        "status": "APPROVED",
        "score": 1.0,
        "evidence": {"matcher": "declared_key", "column": node.column},
    }
    if node.is_saas:
        return {
            "from_object_id": uuid(node.table_path),
            "to_object_id": uuid(target.table_path),
            "association_type_id": node.column,
            "association_label": f"{node.table} to {target.table}",
            "association_category": "PLATFORM_DEFINED",
            "relationship_type": "FOREIGN_KEY",
            "is_active": True,
            **common,
        }
    return {
        "from_column_id": uuid(node.path),
        "to_table_id": uuid(target.table_path),
        "to_column_name": target.column,
        "type": "FOREIGN_KEY",
        **common,
    }
