"""Facts that a catalogue declares of columns as keys, and of the tables that they lie in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc

from hummgraph.algorithms.entities.rules import ColumnFacts, TableFacts
from hummgraph.records.ids import id_bytes
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.tokens import NodeWords
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["column_facts", "table_facts"]

_NAMES: Final = ("is_primary_key", "is_unique", "distinct_pct", "semantic_type", "role")


def column_facts(graph: LinkGraph) -> dict[int, ColumnFacts]:
    """Return the declared facts of columns, by position; O(n) for n columns.

    A share of distinct values above 1 anywhere means that all of them are percentages.
    """
    columns = graph.snapshot.catalogue.columns
    nodes, declared = graph.arrays.nodes, graph.relationships
    codes = nodes.find(id_bytes(columns.column("id").combine_chunks()), 2)
    largest = pc.max(columns.column("distinct_pct")).as_py()
    unit = 100.0 if largest is not None and largest > 1 else 1.0
    rows = dict(zip(codes.tolist(), columns.select(_NAMES).to_pylist(), strict=True))
    rows.pop(-1, None)
    n_primary: dict[int, int] = defaultdict(int)
    for code, row in rows.items():
        n_primary[int(nodes.ancestor[1][code])] += _is_primary(row)
    target: dict[int, int] = {}
    status, active = declared.status.to_pylist(), declared.rows.column("is_active").to_pylist()
    refuses = graph.policy.rejected == "refuse"
    for row in np.flatnonzero(declared.source_column >= 0).tolist():
        if active[row] is False or (refuses and status[row] == Status.REJECTED):
            continue
        target[int(declared.source_column[row])] = int(declared.target_table[row])
    found = {}
    for code in rows.keys() | target.keys():
        row = rows.get(code, {})
        distinct = row.get("distinct_pct")
        table = int(nodes.ancestor[1][code])
        facts = ColumnFacts(
            primary=bool(row) and _is_primary(row) and n_primary[table] == 1,
            unique=bool(row.get("is_unique")) or "identifier" in _said(row),
            distinct=None if distinct is None else min(distinct / unit, 1.0),
            refers=code in target or "foreign" in _said(row),
            target=target.get(code, -1),
        )
        if facts != _NOTHING:
            found[code] = facts
    return found


_NOTHING: Final = ColumnFacts()


def _said(row: dict[str, Any]) -> str:
    """Return the catalogue's own classification of a column, whose values no contract lists."""
    return f"{row.get('semantic_type') or ''} {row.get('role') or ''}".casefold()


def _is_primary(row: dict[str, Any]) -> bool:
    return bool(row["is_primary_key"]) or "primary" in _said(row)


def table_facts(
    graph: LinkGraph, words: NodeWords, facts: dict[int, ColumnFacts]
) -> dict[int, TableFacts]:
    """Return the facts of each table that rules use, by position; O(n) for n nodes."""
    nodes = graph.arrays.nodes
    table_of, system_of = nodes.ancestor[1], nodes.ancestor[0]
    primary = {int(table_of[code]) for code, found in facts.items() if found.primary}
    begin, end = nodes.first[[2, 3]].tolist()
    has_id = {int(table_of[code]) for code in range(begin, end) if words.of[code] == ("id",)}
    schemas = nodes.schema_name.to_pylist()
    tables = range(*nodes.first[[1, 2]].tolist())
    # Names are looked up among the tables of a schema, or of a system without schemas.
    named: dict[tuple[int, str | None], dict[tuple[str, ...], int]] = defaultdict(dict)
    last: dict[tuple[int, str | None], dict[str, list[tuple[tuple[str, ...], int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    names = nodes.name.to_pylist()
    # Of tables with the same words, the first by name is meant, whatever the ids.
    for code in sorted(tables, key=lambda code: (names[code], code)):
        if words.of[code]:
            place = int(system_of[code]), schemas[code]
            named[place].setdefault(words.of[code], code)
            last[place][words.of[code][-1]].append((words.of[code], code))
    return {
        code: TableFacts(
            code,
            words.of[code],
            frozenset(words.of[system_of[code]]) if system_of[code] >= 0 else frozenset(),
            code in primary,
            code in has_id,
            named[int(system_of[code]), schemas[code]],
            last[int(system_of[code]), schemas[code]],
        )
        for code in tables
    }
