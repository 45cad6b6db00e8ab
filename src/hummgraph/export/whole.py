"""What files say of the whole graph besides counts: relationships and key facts, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from hummgraph.graph.tables import key_facts_of, plain_relationships
from hummgraph.records.redaction import redact_evidence

if TYPE_CHECKING:
    from hummgraph.export.rows import Rows

__all__ = ["relationship_facts", "whole_facts"]


def whole_facts(rows: Rows) -> dict[str, str | int]:
    """Return all that is true of the whole graph, so that a reader needs nothing else.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> len(json.loads(whole_facts(rows)["relationships"]))
    64
    """
    facts = rows.facts | relationship_facts(rows)
    if rows.lifted is None:
        known = [
            {name: value for name, value in row.items() if value is not None}
            for row in key_facts_of(rows.whole.arrays).to_pylist()
        ]
        facts["key_facts"] = json.dumps(known)
    return facts


def relationship_facts(rows: Rows) -> dict[str, str | int]:
    """Return relationships and associations with what evidence is kept; none of lifted links."""
    if rows.lifted is not None or not len(rows.whole.relationships):
        return {}
    declared = rows.whole.relationships.rows
    evidence = redact_evidence(declared.column("evidence").to_pylist(), rows.kept_evidence)
    redacted = declared.set_column(
        declared.column_names.index("evidence"), "evidence", [pa.array(evidence, pa.string())]
    )
    return {"relationships": json.dumps(plain_relationships(redacted))}
