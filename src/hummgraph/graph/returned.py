"""Graphs made of what other libraries give back, and of what they write.

On its way through another program a value may change its spelling, and its name. What is meant is
read: ``True``, `` true ``, ``1`` and ``1.0`` are a truth value, a number may be text, a time may be
text or a moment, evidence may be an object or its JSON, and what stands for a null there is null.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.graph.build import LINK_COLUMNS, NODE_COLUMNS, graph_of
from hummgraph.graph.policy import Policy
from hummgraph.graph.relationships import KINDS
from hummgraph.graph.tables import KEY_FACTS, key_facts
from hummgraph.records.ids import parse_id
from hummgraph.records.schema import COLUMN_SCHEMA, DECLARED_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "LINK_NAMES",
    "NODE_NAMES",
    "check_facts",
    "columns_of",
    "graph_like",
    "graph_with_facts",
    "is_id",
    "is_link",
    "unescaped",
]

NODE_NAMES: Final = (*NODE_COLUMNS, "has_is_active", "key_facts")
"""Attributes of nodes that are read."""

LINK_NAMES: Final = (*LINK_COLUMNS, "has_confidence")
"""Attributes of links that are read."""

_IDS: Final = tuple(field.name for field in DECLARED_SCHEMA if field.type == pa.binary(16))
# Kinds of edges that are not entity links.
_OTHERS: Final = frozenset({"contains", *KINDS})
_TRUTHS: Final = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
# Columns in which an empty text says nothing, so that it can only stand for a null.
_NEVER_EMPTY: Final = frozenset(
    {"parent_id", "is_active", "resolved", "confidence", "evidence", "created_at", "updated_at"}
)
# In which it cannot be one either, for these are never null.
_NEVER_NULL: Final = frozenset(
    {"node_id", "level", "name", "link_id", "source", "target", "link_type", "status"}
)
_ESCAPED: Final = re.compile("_x([0-9A-F]{4})_")


def is_id(value: object) -> bool:
    """Whether a value is the id of a node or link as text, with a level before it or not."""
    return isinstance(value, str) and parse_id(value.rpartition(":")[2]) is not None


def is_link(kind: object) -> bool:
    """Whether an edge of a kind is an entity link; one without a kind is.

    Raises
    ------
    FormatError
        If it stands for several links, lifted to one level.
    """
    if kind == "lifted_links":
        raise FormatError(
            "This graph has links lifted to one level, not the links themselves.",
            hint="Write the graph without level= and without project().",
        )
    return kind not in _OTHERS


def columns_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return columns of rows, those that any row has; all of them where there is no row."""
    named = {name for row in rows for name in row} if rows else set(names)
    return {name: [row.get(name) for row in rows] for name in names if name in named}


def graph_with_facts(
    nodes: Mapping[str, Sequence[Any]],
    links: Mapping[str, Sequence[Any]],
    facts: Mapping[str, Any],
    *,
    origin: str,
    policy: Policy | None,
    of: tuple[str, str] = ("nodes", "links"),
    gaps: bool = False,
) -> LinkGraph:
    """Build a graph from columns of nodes and links, and the metadata of ``facts_of``.

    Parameters
    ----------
    nodes, links
        Columns by the names that ``NODE_COLUMNS`` and ``LINK_COLUMNS`` have. ``has_is_active`` and
        ``has_confidence`` say where a value is none; ``key_facts`` of a node is JSON text.
    facts
        What is true of the whole: objects, or their JSON text.
    origin
        For the snapshot.
    policy
        In place of the one that the facts have.
    of
        What nodes and links are called there, for errors.
    gaps
        Whether an empty text stands for a null, as igraph writes one.

    Raises
    ------
    FormatError
        If any of it cannot be read.
    """
    check_facts(facts)
    read = unescaped if facts.get("profile") == "plain" else _same
    columns = [
        _typed(table, kinds, what, gaps=gaps, read=read)
        for table, kinds, what in zip((nodes, links), (NODE_COLUMNS, LINK_COLUMNS), of, strict=True)
    ]
    try:
        organization_id = facts.get("organization_id") or None
        organization = facts.get("organization")
        told = {
            "policy": policy or Policy(**_plain(facts.get("policy") or {}, read)),
            "organization_id": UUID(organization_id) if organization_id else None,
            "organization_name": None if organization is None else read(organization),
            "declared": _declared(_plain(facts.get("relationships") or [], read)),
            "keys": pa.Table.from_pylist(
                [
                    *({**row} for row in facts.get("key_facts") or []),
                    *_keys_of_nodes(nodes, read),
                ],
                pa.schema(
                    [pa.field("node_id", pa.string()), *(map(COLUMN_SCHEMA.field, KEY_FACTS))]
                ),
            ),
        }
    except (ValueError, TypeError, AttributeError, pa.ArrowException) as error:
        raise FormatError("What is said of the whole graph cannot be read.") from error
    return _made(_with_names(columns[0]), columns[1], origin=origin, **told)


def check_facts(facts: Mapping[str, Any]) -> None:
    """Raise if what is true of the whole says that the links themselves are not there.

    Raises
    ------
    FormatError
        If the file was written for one tool, or its links are lifted.
    """
    if facts.get("profile") not in {None, "plain"}:
        raise FormatError(
            f"This GraphML was written for one tool (profile {facts['profile']!r}).",
            hint="Only profile='plain' carries everything.",
        )
    if facts.get("lifted_to"):
        raise FormatError(
            f"This graph has links lifted to one level ({facts['lifted_to']}), not the links"
            " themselves.",
            hint="Write the graph without level= and without project().",
        )


def _keys_of_nodes(
    nodes: Mapping[str, Sequence[Any]], read: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Read what tells keys where each node says it."""
    texts = nodes.get("key_facts", ())
    return [
        {"node_id": node, **_plain(text, read)}
        for node, text in zip(nodes["node_id"], texts, strict=bool(texts))
        if text is not None and text == text and text != ""  # noqa: PLR0124 - NaN
    ]


def _plain(value: Any, read: Callable[[str], str]) -> Any:
    return json.loads(read(value)) if isinstance(value, str) else value


# --- one value -------------------------------------------------------------------------------


def unescaped(text: str) -> str:
    r"""Undo what the plain profile of GraphML does to characters that XML cannot carry.

    Examples
    --------
    >>> unescaped("a_x0000_b_x005F_x0000_")
    'a\x00b_x0000_'
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _same(text: str) -> str:
    return text


def _typed(
    columns: Mapping[str, Sequence[Any]],
    kinds: Mapping[str, pa.DataType],
    what: str,
    *,
    gaps: bool,
    read: Callable[[str], str],
) -> pa.Table:
    """Build a table of the columns that are read; what is missing is left out.

    Raises
    ------
    FormatError
        If a value is of another type.
    """
    made = {}
    for name, kind in kinds.items():
        flags = columns.get(f"has_{name}")
        if name not in columns:
            if flags is not None and any(map(_is_true, flags)):
                raise _lost(name, what)
            continue
        there = flags or (None,) * len(columns[name])
        empty = name in _NEVER_EMPTY or (gaps and name not in _NEVER_NULL)
        try:
            values = [
                None
                if _is_null(value) or (empty and value == "") or _is_false(flag)
                else _value(value, kind, name, read)
                for value, flag in zip(columns[name], there, strict=True)
            ]
            made[name] = pa.array(values, kind)
        except (pa.ArrowException, KeyError, TypeError, ValueError, OverflowError) as error:
            raise FormatError(
                f"An attribute {name!r} of the {what} is not of type {kind}."
            ) from error
        if any(value is None and _is_true(flag) for value, flag in zip(values, there, strict=True)):
            raise _lost(name, what)
    return pa.table(made)


def _is_null(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN


def _lost(name: str, what: str) -> FormatError:
    return FormatError(
        f"The attribute 'has_{name}' of some of the {what} says that they have {name!r}, and it is"
        " missing: it was lost, or somebody took it out.",
        hint=f"Write it again; if it was taken out on purpose, set 'has_{name}' to false there.",
    )


def _is_true(flag: Any) -> bool:
    """Whether a companion says that there is a value; what is no truth value says nothing."""
    return not _is_null(flag) and bool(_TRUTHS.get(str(flag).strip().lower()))


def _is_false(flag: Any) -> bool:
    """Whether a companion says that there is no value, and no default of a reader's is one."""
    return not _is_null(flag) and flag != "" and not _truth(flag)


def _value(value: Any, kind: pa.DataType, name: str, read: Callable[[str], str]) -> Any:
    if kind == pa.bool_():
        return _truth(value)
    if kind == pa.float64():
        return _number(value)
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    if name == "evidence" and not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return read(value) if isinstance(value, str) else value


def _truth(value: Any) -> bool:
    """Read a truth value, as any program writes one."""
    return _TRUTHS[str(value).strip().lower()]


def _number(value: Any) -> float:
    """Read a number; a truth value is none."""
    if isinstance(value, bool):
        raise TypeError(value)
    return float(value)


def _with_names(nodes: pa.Table) -> pa.Table:
    """Fill names that are missing.

    A node that is said to have a name has an empty one, which some programs do not write; one of
    which that is not said is called by its id, as if no catalogue had named it.
    """
    if "name" not in nodes.column_names and "resolved" in nodes.column_names:
        # Some programs write no attribute of which all values are empty.
        nodes = nodes.append_column("name", pa.nulls(len(nodes), pa.string()))
    if "name" not in nodes.column_names or not nodes.column("name").null_count:
        return nodes
    if "resolved" not in nodes.column_names:
        nodes = nodes.append_column("resolved", pa.nulls(len(nodes), pa.bool_()))
    names, known = [], []
    for row in nodes.select(["node_id", "name", "resolved"]).to_pylist():
        resolved = row["resolved"]
        if row["name"] is None:
            resolved = bool(resolved)
            row["name"] = "" if resolved else row["node_id"].rpartition(":")[2].partition("-")[0]
        names.append(row["name"])
        known.append(resolved)
    for column, values in (("name", pa.array(names)), ("resolved", pa.array(known))):
        nodes = nodes.set_column(nodes.column_names.index(column), column, values)
    return nodes


# --- the graph ----------------------------------------------------------------------------------


def graph_like(
    nodes: pa.Table,
    links: pa.Table,
    like: LinkGraph | None,
    *,
    origin: str,
    policy: Policy | None,
) -> LinkGraph:
    """Build a graph from nodes and links; what is true of the whole, another graph tells."""
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
