"""Equality of graphs: the same nodes, links, structure and policy, whatever their origin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.records.strict_json import canonical_json

if TYPE_CHECKING:
    from hummgraph.graph.data import GraphData

__all__ = ["equal"]

_NODE_ARRAYS = ("ids", "depth", "parent", "resolved")
_NODE_COLUMNS = (
    "name",
    "schema_name",
    "api_identifier",
    "kind",
    "data_type",
    "description",
    "is_active",
)
_TIMES = ("created_at", "updated_at")


def equal(one: GraphData, other: GraphData) -> bool:
    """Return whether two graphs are equal; see :meth:`LinkGraph.__eq__`.

    Notes
    -----
    O(n) for n nodes and links; mostly less where they differ.
    """
    return (
        (len(one.nodes), one.n_links) == (len(other.nodes), other.n_links)
        and one.policy == other.policy
        and one.snapshot.organization_id == other.snapshot.organization_id
        and one.snapshot.organization_name == other.snapshot.organization_name
        and _equal_nodes(one, other)
        and _equal_links(one, other)
        and one.relationships.rows.equals(other.relationships.rows)
    )


def _equal_nodes(one: GraphData, other: GraphData) -> bool:
    a, b = one.nodes, other.nodes
    return a is b or (
        all(np.array_equal(getattr(a, name), getattr(b, name)) for name in _NODE_ARRAYS)
        and all(getattr(a, name).equals(getattr(b, name)) for name in _NODE_COLUMNS)
    )


def _equal_links(one: GraphData, other: GraphData) -> bool:
    a, b = one.links, other.links
    return (
        np.array_equal(one.link_ids, other.link_ids)
        and np.array_equal(a.ends.source, b.ends.source)
        and np.array_equal(a.ends.target, b.ends.target)
        and np.array_equal(a.confidence, b.confidence, equal_nan=True)
        and _names_of_codes(one.statuses, a.status).equals(
            _names_of_codes(other.statuses, b.status)
        )
        and _names_of_codes(one.link_types, a.link_type).equals(
            _names_of_codes(other.link_types, b.link_type)
        )
        and all(one.stored(name).equals(other.stored(name)) for name in _TIMES)
        and _equal_evidence(one.stored("evidence"), other.stored("evidence"))
    )


def _equal_evidence(one: pa.Array, other: pa.Array) -> bool:
    """Compare evidence by its values, not by the spelling of its JSON.

    A null member counts as missing: a struct has every member in every row, so a table of Arrow
    cannot tell null evidence from missing evidence.
    """
    if one.equals(other):
        return True
    if not one.is_null().equals(other.is_null()):
        return False
    differ = pc.fill_null(pc.not_equal(one, other), False)  # noqa: FBT003 - pyarrow's
    pairs = zip(one.filter(differ).to_pylist(), other.filter(differ).to_pylist(), strict=True)
    return all(_parse_evidence(a) == _parse_evidence(b) for a, b in pairs)


def _parse_evidence(text: str) -> Any:
    return _without_nulls(json.loads(canonical_json(text)))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _names_of_codes(names: list[str], codes: np.ndarray) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(codes))
