"""Values of an organisation's systems, where the user lets them be read; only counts are kept."""

from __future__ import annotations

from hummgraph.warehouse.identity import identity_table
from hummgraph.warehouse.identity_keys import IdentityKey, IdentityTable
from hummgraph.warehouse.identity_plan import IdentityPlan
from hummgraph.warehouse.identity_run import IdentityRun

__all__ = ["IdentityKey", "IdentityPlan", "IdentityRun", "IdentityTable", "identity_table"]
