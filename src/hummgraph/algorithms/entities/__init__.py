"""Roles of columns, and entities: groups of tables that hold rows of one thing."""

from __future__ import annotations

from hummgraph.algorithms.entities.column_roles import ColumnRole, Roles
from hummgraph.algorithms.entities.entity import Entity, EntityKey
from hummgraph.algorithms.entities.entity_map import EntityMap
from hummgraph.algorithms.entities.mapping import entities, roles
from hummgraph.algorithms.entities.rules import Role
from hummgraph.algorithms.entities.table_names import TableNames, find_table_names

__all__ = [
    "ColumnRole",
    "Entity",
    "EntityKey",
    "EntityMap",
    "Role",
    "Roles",
    "TableNames",
    "entities",
    "find_table_names",
    "roles",
]
