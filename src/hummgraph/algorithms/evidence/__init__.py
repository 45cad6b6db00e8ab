"""Evidence of any shape as rows, and compared."""

from __future__ import annotations

from hummgraph.algorithms.evidence.evidence import (
    EvidenceComparison,
    compare_evidence,
    evidence_table,
    flatten_evidence,
)

__all__ = [
    "EvidenceComparison",
    "compare_evidence",
    "evidence_table",
    "flatten_evidence",
]
