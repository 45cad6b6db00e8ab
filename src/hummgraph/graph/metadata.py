"""Metadata of a whole graph as other programs return it: organisation, policy, structure, keys."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pyarrow as pa

from hummgraph.errors import FormatError
from hummgraph.errors.texts import quoted
from hummgraph.graph.columns import KEY_SCHEMA
from hummgraph.graph.policy import Policy
from hummgraph.graph.relationships import KINDS
from hummgraph.graph.values import check_json, read_values
from hummgraph.records.ids import id_bytes, id_order, parse_id
from hummgraph.records.redaction import KeptEvidence
from hummgraph.records.schema import DECLARED_SCHEMA
from hummgraph.records.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["ESCAPING_PROFILE", "check_metadata", "lifted_error", "read_metadata"]

ESCAPING_PROFILE: Final = "plain"
"""The profile of GraphML that escapes what XML cannot carry."""

_FAILURES: Final = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Raise if the metadata say that the file does not hold the links themselves.

    Raises
    ------
    FormatError
        If the file was written for one tool, or its links are lifted.
    """
    if metadata.get("profile") not in {None, ESCAPING_PROFILE}:
        raise FormatError(
            f"This GraphML was written for one tool (profile {quoted(metadata['profile'])}).",
            hint="Only profile='plain' carries everything.",
        )
    if metadata.get("lifted_to"):
        raise lifted_error(f" ({metadata['lifted_to']})")


def lifted_error(level: str) -> FormatError:
    """Return the error of a graph whose links stand for others, lifted to a level."""
    return FormatError(
        f"This graph has links lifted to one level{level}, not the links themselves.",
        hint="Write the graph without level= and without project().",
    )


def read_metadata(
    metadata: Mapping[str, Any],
    nodes: Mapping[str, Any] | pa.Table,
    *,
    text: Callable[[str], str],
    policy: Policy | None,
) -> dict[str, Any]:
    """Return the metadata of the whole graph, by the names of the fields of ``GraphTables``.

    Parameters
    ----------
    metadata
        Objects, or their JSON text.
    nodes
        Columns of nodes. ``key_facts`` of a node is JSON text.
    text
        Function that undoes a format's escapes of texts.
    policy
        Policy in place of the metadata's.

    Raises
    ------
    FormatError
        If any of it cannot be read.
    """

    def organization_id() -> UUID | None:
        given = metadata.get("organization_id") or None
        return UUID(given) if given else None

    def organization_name() -> str | None:
        name = metadata.get("organization")
        if name is not None and not isinstance(name, str):
            raise TypeError
        return None if name is None else text(name)

    def read_policy() -> Policy:
        return policy or Policy(**_parse_json(metadata.get("policy") or {}, text))

    def rows(name: str) -> list[Mapping[str, Any]]:
        return [{**row} for row in _parse_json(metadata.get(name) or [], text)]

    found: dict[str, Any] = {}
    for name, called, read in (
        ("organization_id", "organization_id", organization_id),
        ("organization_name", "organization", organization_name),
        ("policy", "policy", read_policy),
        ("relationships", "relationships", lambda: _read_relationships(rows("relationships"))),
        ("key_facts", "key_facts", lambda: _read_key_facts(rows("key_facts"), nodes, text)),
        ("vocabulary", "vocabulary", lambda: _read_vocabulary(metadata.get("vocabulary"), text)),
        (
            "kept_evidence",
            "kept_evidence",
            lambda: KeptEvidence(metadata.get("kept_evidence") or KeptEvidence.FULL),
        ),
    ):
        try:
            found[name] = read()
        except FormatError:
            raise  # it names the row
        except _FAILURES as error:
            raise FormatError(f"The graph's {called!r} cannot be read.") from error
    return found


def _read_vocabulary(given: Any, text: Callable[[str], str]) -> Vocabulary | None:
    # igraph writes an attribute without a value as an empty text.
    return Vocabulary.from_dict(_parse_json(given, text)) if given else None


def _read_relationships(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return relationships in the order that a graph has them in.

    A score may lie outside of [0, 1], as a catalogue may send it; ids may repeat.
    """
    table = _read_rows(rows, DECLARED_SCHEMA, "relationships", needed=("id", "kind"))
    check_json(table.column("evidence"), "relationships")
    for row, kind in enumerate(table.column("kind").to_pylist()):
        if kind not in KINDS:
            raise FormatError(
                f"relationships row {row:,}: 'kind' is not one of {', '.join(KINDS)}."
            )
    for row, score in enumerate(table.column("score").to_pylist()):
        if score is not None and not isfinite(score):
            raise FormatError(f"relationships row {row:,}: 'score' is not a finite number.")
    return table.take(pa.array(id_order(id_bytes(table.column("id").combine_chunks()))))


def _read_key_facts(
    rows: list[Mapping[str, Any]],
    nodes: Mapping[str, Any] | pa.Table,
    text: Callable[[str], str],
) -> pa.Table:
    """Return key facts of columns: those of the metadata, then those of node attributes."""
    names = nodes.column_names if isinstance(nodes, pa.Table) else nodes
    if "key_facts" in names and "node_id" in names:
        both = (nodes[name] for name in ("node_id", "key_facts"))
        for node, facts in zip(*(map(_as_python, column) for column in both), strict=True):
            if isinstance(facts, str) and facts:
                rows.append({"node_id": node, **_parse_json(facts, text)})
    table = _read_rows(rows, KEY_SCHEMA, "key_facts", needed=("node_id",))
    for row, node in enumerate(table.column("node_id").to_pylist()):
        if parse_id(node.rpartition(":")[2]) is None:
            raise FormatError(f"key_facts row {row:,}: 'node_id' is not an id (a UUID).")
    return table


def _read_rows(
    rows: Sequence[Mapping[str, Any]], schema: pa.Schema, what: str, *, needed: Sequence[str]
) -> pa.Table:
    """Return rows as a table of a schema; names that it does not have are ignored.

    Raises
    ------
    FormatError
        If a value is not of its column's type, or a needed one is missing.
    """
    columns = [
        read_values([row.get(column.name) for row in rows], column.type, column.name, what)
        for column in schema
    ]
    table = pa.table(columns, schema=schema)
    for name in needed:
        if table.column(name).null_count:
            row = table.column(name).is_valid().index(pa.scalar(value=False)).as_py()
            raise FormatError(f"{what} row {row:,}: {name!r} is missing.")
    return table


def _as_python(value: Any) -> Any:
    return value.as_py() if isinstance(value, pa.Scalar) else value


def _parse_json(value: Any, text: Callable[[str], str]) -> Any:
    return json.loads(text(value)) if isinstance(value, str) else value
