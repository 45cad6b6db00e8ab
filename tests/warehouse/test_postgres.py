"""Tests that PostgreSQL runs the SQL that we write and answers as DuckDB does.

Its program is found on PATH, where Debian puts it, or by HUMMGRAPH_POSTGRES.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from hummgraph.datasets import Records, demo_records, load_demo
from tests.support.postgres import load_duckdb, load_postgres, place_of, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Server


@pytest.fixture(scope="module")
def records() -> Records:
    """The demo's records."""
    return demo_records()


def declared_types() -> dict[tuple[str, str], str]:
    """Return the types of the columns of the demo's PostgreSQL, by table and name."""
    catalogue = load_demo().catalogue
    tables = {
        record["id"]: f"PostgreSQL/{record['schema_name']}.{record['name']}"
        for record in catalogue["tables"]
        if record["schema_name"] in {"public", "auth"}
    }
    return {
        (tables[record["table_id"]], record["name"]): record["data_type"]
        for record in catalogue["columns"]
        if record["table_id"] in tables
    }


@pytest.fixture(scope="module")
def in_postgres(postgres: Server, records: Records) -> Iterator[Any]:
    """A connection to a PostgreSQL database with all of them, the application's in their types."""
    with postgres.connect() as connection:
        load_postgres(connection, records.tables, declared_types())
        yield connection


@pytest.fixture(scope="module")
def in_duckdb(records: Records) -> Iterator[Any]:
    """A connection to a DuckDB database with all of them."""
    with duckdb.connect() as connection:
        load_duckdb(connection, records.tables)
        yield connection


def test_both_databases_hold_the_records(
    in_postgres: Any, in_duckdb: Any, records: Records
) -> None:
    """Each table has its rows, nulls and distinct values in both, with declared types in one."""
    for path, table in records.tables.items():
        counted = ", ".join(
            f"COUNT({quoted(name)}), COUNT(DISTINCT {quoted(name)}::text)"
            for name in table.column_names
        )
        query = f"SELECT COUNT(*), {counted} FROM {place_of(path)}"
        answers = [connection.execute(query).fetchone() for connection in (in_postgres, in_duckdb)]
        assert answers[0] == answers[1], path
        assert answers[0][0] == table.num_rows
