"""What columns are for, and which tables hold one of the same thing."""

from __future__ import annotations

from hummgraph.algorithms.entities.roles import ColumnRole, Roles, roles
from hummgraph.algorithms.entities.rules import Role

__all__ = ["ColumnRole", "Role", "Roles", "roles"]
