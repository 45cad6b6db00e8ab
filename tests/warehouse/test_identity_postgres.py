"""Identity tables in PostgreSQL: the same as in DuckDB and by networkx."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from hummgraph import LinkGraph, identity_table
from hummgraph.datasets import demo_records, load_demo
from tests.support.identities import Rows, components, joined
from tests.support.postgres import load_duckdb, load_postgres, place_of, started_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this test's own; without its program the tests are skipped."""
    with started_postgres() as running:
        yield running


class Statements:
    """A connection of PostgreSQL with the two methods of DuckDB's that the tests use."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, statement: str) -> Any:
        """Run a statement."""
        return self._connection.execute(statement)

    def executemany(self, statement: str, rows: Rows) -> None:
        """Run a statement for each row."""
        self._connection.cursor().executemany(statement.replace("?", "%s"), rows)


@pytest.mark.parametrize("seed", range(5))
def test_postgres_joins_as_duckdb_and_networkx(server: Server, seed: int) -> None:
    """Random records have the same entity ids, keys and counts in both, and by networkx."""
    chance = random.Random(seed)
    data: dict[str, Rows] = {
        name: [
            (str(number), *(chance.choice([None, "", f" {chance.randrange(60)}X"]) for _ in "ab"))
            for number in range(80)
        ]
        for name in ("a", 'odd "name"', "c")
    }
    with server.connect() as connection:
        there = joined(data, 2, fan_out=3, connection=Statements(connection))
        connection.rollback()
    here = joined(data, 2, fan_out=3)

    assert there == here
    assert {(row[2], row[3]): row[0] for row in here[0]} == components(data, fan_out=3)


@pytest.mark.parametrize("driver", ["psycopg", "adbc"])
def test_plans_run_by_psycopg_and_adbc(server: Server, driver: str) -> None:
    """A plan for the demo makes the same table in PostgreSQL, by either driver, as in DuckDB."""
    records = demo_records(n_persons=60).tables
    graph = LinkGraph(load_demo().snapshot())
    plan = identity_table(graph, "company", schemas={path: place_of(path) for path in records})
    tables = {path: records[path] for path in (table.path for table in plan.tables)}
    here = duckdb.connect()
    load_duckdb(here, tables)
    expected = plan.run(here)
    with server.connect() as connection:
        connection.execute(
            "".join(
                f'DROP SCHEMA IF EXISTS "{system}" CASCADE;'
                for system in sorted({path.partition("/")[0] for path in tables})
            )
        )
        load_postgres(connection, tables)
        if driver == "psycopg":
            run = plan.run(connection, replace=True)
        else:
            from adbc_driver_postgresql import dbapi

            with dbapi.connect(server.uri) as other:
                run = plan.run(other, replace=True)
        query = "SELECT * FROM identity_company"
        there = sorted(connection.execute(query).fetchall())

    assert run.to_dict() == expected.to_dict()
    assert there == sorted(here.execute(query).fetchall())
