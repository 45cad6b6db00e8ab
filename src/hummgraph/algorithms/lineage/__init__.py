"""Lineage: nodes upstream and downstream of a node."""

from __future__ import annotations

from hummgraph.algorithms.lineage.lineage import (
    Condensation,
    Lineage,
    downstream,
    neighborhood,
    upstream,
)

__all__ = [
    "Condensation",
    "Lineage",
    "downstream",
    "neighborhood",
    "upstream",
]
