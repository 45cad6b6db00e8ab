"""Values of an organisation's systems, where the user lets them be read; only counts are kept."""

from __future__ import annotations

from hummgraph.warehouse.measure import Budget, PairMeasure, Reading
from hummgraph.warehouse.verdicts import Verdict
from hummgraph.warehouse.verification import Verification, verification_queries, verify

__all__ = [
    "Budget",
    "PairMeasure",
    "Reading",
    "Verdict",
    "Verification",
    "verification_queries",
    "verify",
]
