"""Graphs made of what other libraries give back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from hummgraph._exchange import KEY_FACTS, key_facts
from hummgraph._rebuilt import graph_of
from hummgraph.columns import COLUMN_SCHEMA, DECLARED_SCHEMA
from hummgraph.errors import FormatError
from hummgraph.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.graph import LinkGraph

__all__ = ["graph_like", "graph_with_facts", "typed"]

_IDS: Final = tuple(field.name for field in DECLARED_SCHEMA if field.type == pa.binary(16))


def typed(
    columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, pa.DataType], what: str
) -> pa.Table:
    """Make a table of the attributes that are read; what is missing is left out.

    Raises
    ------
    FormatError
        If a value is of another type.
    """
    made = {}
    for name, kind in kinds.items():
        if name not in columns:
            continue
        try:
            made[name] = pa.array(columns[name], kind, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise FormatError(f"An attribute {name!r} of the {what} is no {kind}.") from error
    return pa.table(made)


def graph_with_facts(
    nodes: pa.Table,
    links: pa.Table,
    facts: Mapping[str, Any],
    *,
    origin: str,
    policy: Policy | None,
) -> LinkGraph:
    """Make a graph of nodes, links and what ``facts_of`` gave, as far as that is there.

    Raises
    ------
    FormatError
        If any of it cannot be read.
    """
    try:
        organization_id = facts.get("organization_id")
        told = {
            "policy": policy or Policy(**facts.get("policy", {})),
            "organization_id": UUID(organization_id) if organization_id else None,
            "organization_name": facts.get("organization"),
            "declared": _declared(facts.get("relationships", [])),
            "keys": pa.Table.from_pylist(
                [{**row} for row in facts.get("key_facts", [])],
                pa.schema(
                    [pa.field("node_id", pa.string()), *(map(COLUMN_SCHEMA.field, KEY_FACTS))]
                ),
            ),
        }
    except (ValueError, TypeError, AttributeError, pa.ArrowException) as error:
        raise FormatError("What is said of the whole graph cannot be read.") from error
    return _made(nodes, links, origin=origin, **told)


def graph_like(
    nodes: pa.Table,
    links: pa.Table,
    like: LinkGraph | None,
    *,
    origin: str,
    policy: Policy | None,
) -> LinkGraph:
    """Make a graph of nodes and links; what is true of the whole, another graph tells."""
    if like is None:
        return graph_of(nodes, links, origin=origin, policy=policy)
    return _made(
        nodes,
        links,
        origin=origin,
        policy=policy or like.policy,
        organization_id=like.snapshot.organization_id,
        organization_name=like.snapshot.organization_name,
        declared=like.relationships.rows,
        keys=key_facts(like),
    )


def _declared(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    packed = [
        {**row, **{name: UUID(row[name]).bytes for name in _IDS if row.get(name)}} for row in rows
    ]
    return pa.Table.from_pylist(packed, DECLARED_SCHEMA)


def _made(nodes: pa.Table, links: pa.Table, *, keys: pa.Table, **told: Any) -> LinkGraph:
    # What is wrong with the ids, if anything, is told when the graph is made.
    with suppress(KeyError, pa.ArrowException):
        ids = nodes.column("node_id").cast(pa.string())
        # Keys of nodes that somebody took away go with them.
        keys = keys.filter(pc.is_in(keys.column("node_id"), value_set=ids))
    return graph_of(nodes, links, key_facts=keys, **told)
