"""Values of an organisation's systems, where the user lets them be read; only counts are kept."""

from __future__ import annotations

from hummgraph.warehouse.identity import identity_table
from hummgraph.warehouse.identity_keys import IdentityKey, IdentityTable
from hummgraph.warehouse.identity_plan import IdentityPlan
from hummgraph.warehouse.identity_run import IdentityRun
from hummgraph.warehouse.measure import Budget, PairMeasure, Reading
from hummgraph.warehouse.pairs import cluster_pairs, pairs_setting
from hummgraph.warehouse.splink import SplinkSettings, splink_settings
from hummgraph.warehouse.verdicts import Verdict
from hummgraph.warehouse.verification import Verification, verification_queries, verify

__all__ = [
    "Budget",
    "IdentityKey",
    "IdentityPlan",
    "IdentityRun",
    "IdentityTable",
    "PairMeasure",
    "Reading",
    "SplinkSettings",
    "Verdict",
    "Verification",
    "cluster_pairs",
    "identity_table",
    "pairs_setting",
    "splink_settings",
    "verification_queries",
    "verify",
]
