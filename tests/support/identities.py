"""Records for tests of identity tables: statements run in DuckDB, components by networkx."""

from __future__ import annotations

from collections import defaultdict
from hashlib import md5
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import networkx as nx

from hummgraph.warehouse.identity_sql import (
    JoinedColumn,
    RecordTable,
    check_statements,
    final_statement,
    first_statements,
    identifier,
    round_statements,
    temporary_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Rows", "components", "entity_id", "filled", "joined", "record_tables"]

Rows = list[tuple[str | None, ...]]
"""Rows of a table: the key of the record, then one text for each key."""


def record_tables(names: Sequence[str], n_keys: int) -> list[RecordTable]:
    """Return tables with a column ``id`` and columns ``c1`` to ``cn``, one of each key."""
    columns = tuple(
        JoinedColumn(key, f"NULLIF(LOWER(TRIM(s.c{key})), '')") for key in range(1, n_keys + 1)
    )
    return [RecordTable("s", name, identifier(name), "s.id", columns) for name in names]


def filled(data: Mapping[str, Rows], n_keys: int, connection: Any = None) -> Any:
    """Return a database with the rows of some tables, in DuckDB by default."""
    connection = connection or duckdb.connect()
    columns = ", ".join(["id TEXT", *(f"c{key} TEXT" for key in range(1, n_keys + 1))])
    for name, rows in data.items():
        connection.execute(f"CREATE TABLE {identifier(name)} ({columns})")
        if rows:
            marks = ", ".join("?" * (n_keys + 1))
            connection.executemany(f"INSERT INTO {identifier(name)} VALUES ({marks})", rows)
    return connection


def joined(
    data: Mapping[str, Rows],
    n_keys: int,
    *,
    fan_out: int = 10,
    n_rounds: int | None = None,
    connection: Any = None,
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], int]:
    """Return the identity table of some rows, the counts by key, and the number of rounds.

    With ``n_rounds`` so many rounds are made, and what is left is in place of their number.
    """
    elsewhere = connection is not None
    connection = filled(data, n_keys, connection)
    tables = record_tables(list(data), n_keys)

    def number(query: str) -> int:
        ((found,),) = connection.execute(query).fetchall()
        return int(found)

    for step in first_statements(tables, fan_out=[fan_out] * n_keys, prefix="hg_"):
        connection.execute(f"CREATE TEMPORARY TABLE hg_{step.name} AS {step.query}")
    done = 0
    while number(f"SELECT COUNT(*) FROM hg_edges_{done}") if n_rounds is None else done < n_rounds:
        done += 1
        for step in round_statements(done, prefix="hg_"):
            connection.execute(f"CREATE TEMPORARY TABLE hg_{step.name} AS {step.query}")
    keys = [f"key {key}" for key in range(1, n_keys + 1)]
    found = connection.execute(final_statement(tables, keys, n_rounds=done, prefix="hg_"))
    rows = sorted(found.fetchall())
    checks = check_statements(tables, fan_out=[fan_out] * n_keys, n_rounds=done, prefix="hg_")
    counts = [tuple(map(int, row)) for row in connection.execute(checks["keys"]).fetchall()]
    left = number(checks["left"])
    for name in temporary_names(tables, done):
        connection.execute(f"DROP TABLE hg_{name}")
    if not elsewhere:
        query = "SELECT COUNT(*) FROM duckdb_tables() WHERE temporary"
        assert number(query) == 0, "each table that is made is named"
    return rows, counts, done if n_rounds is None else left


def entity_id(table: str, key: str) -> str:
    """Return the hash of a record."""
    return md5(f"1:s{len(table)}:{table}{key}".encode(), usedforsecurity=False).hexdigest()


def components(data: Mapping[str, Rows], *, fan_out: int = 10) -> dict[tuple[str, str], str]:
    """Return the entity of each record, by networkx."""
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    holders: dict[tuple[int, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for table, rows in data.items():
        for key, *values in rows:
            if not key:
                continue
            graph.add_node((table, key))
            for number, value in enumerate(values):
                if value and value.strip():
                    holders[number, value.strip().lower()][table].add(key)
    for tables in holders.values():
        if max(map(len, tables.values())) <= fan_out:
            records = [(table, key) for table, keys in tables.items() for key in keys]
            graph.add_edges_from(pairwise(records))
    return {
        record: min(entity_id(*other) for other in members)
        for members in nx.connected_components(graph)
        for record in members
    }
