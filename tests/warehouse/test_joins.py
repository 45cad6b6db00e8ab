"""Tests that first ways between the demo's tables run, and bring the right rows together."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlglot

from hummgraph import LinkGraph, entities, join_paths
from hummgraph.datasets import Records, demo_records
from tests.support.planted_rows import Found, PlantedRows
from tests.support.postgres import load_duckdb, load_postgres, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph import JoinPath
    from tests.support.postgres import Server

ENTITIES = ("company", "person")
"""Entities whose tables are joined with each other."""


@pytest.fixture(scope="module")
def records() -> Records:
    """Some of the demo's records."""
    return demo_records(n_persons=100)


@pytest.fixture(scope="module")
def ways(demo_graph: LinkGraph, records: Records) -> dict[tuple[str, str], JoinPath]:
    """The first ways between tables of two systems that hold one thing, where there are any."""
    found = entities(demo_graph)
    ways = {}
    for name in ENTITIES:
        paths = [path for path in found[name].to_frame()["path"] if path in records.tables]
        for one, other in combinations(paths, 2):
            if one.partition("/")[0] != other.partition("/")[0]:
                for path in join_paths(demo_graph, one, other, k=1):
                    ways[one, other] = path
    assert len(ways) > 30
    return ways


def _query(path: JoinPath, dialect: str, places: dict[str, str], row: str) -> str:
    """Return the query of a path, that selects the first and last table's rows alone."""
    sql = path.to_sql(dialect=dialect, schemas=places)
    query = sqlglot.parse_one(sql, dialect=dialect)
    assert isinstance(query, sqlglot.exp.Select)
    ends = (f"t1.{row}", f"t{len(path.tables)}.{row}")
    return query.select(*ends, append=False).distinct().sql(dialect=dialect)


@pytest.fixture(scope="module")
def places(records: Records) -> dict[str, str]:
    """Places of the records' tables."""
    return {path: place_of(path) for path in records.tables}


@pytest.fixture(scope="module")
def in_duckdb(records: Records) -> Iterator[Any]:
    """A connection to a DuckDB database with all records."""
    with duckdb.connect() as connection:
        load_duckdb(connection, records.tables)
        yield connection


def test_first_ways_bring_together_the_rows_of_one_thing(
    ways: dict[tuple[str, str], JoinPath],
    records: Records,
    places: dict[str, str],
    in_duckdb: Any,
) -> None:
    """Over all pairs of tables of one thing, most rows that meet are those that are planted.

    The how-to about joins has these figures.
    """
    planted = PlantedRows.of(records)
    total = [0, 0, 0]
    for ends, path in ways.items():
        in_duckdb.execute(path.to_sql(dialect="duckdb", schemas=places))
        rows = in_duckdb.execute(_query(path, "duckdb", places, "rowid")).fetchall()
        one = planted.found(*ends, set(rows))
        counts = (one.n_found, one.n_right, one.n_planted)
        total = [a + b for a, b in zip(total, counts, strict=True)]
    found = Found(*total)
    assert (round(found.precision, 2), round(found.recall, 2)) == (0.99, 0.83)


def test_postgres_answers_as_duckdb_does(
    ways: dict[tuple[str, str], JoinPath],
    records: Records,
    places: dict[str, str],
    in_duckdb: Any,
    postgres: Server,
) -> None:
    """The same query gives as many rows in both databases."""
    with postgres.connect() as connection:
        load_postgres(connection, records.tables)
        for path in ways.values():
            counts = []
            for database, dialect in ((in_duckdb, "duckdb"), (connection, "postgres")):
                sql = path.to_sql(dialect=dialect, schemas=places)
                database.execute(sql)
                query = sqlglot.parse_one(sql, dialect=dialect)
                assert isinstance(query, sqlglot.exp.Select)
                counted = query.select("COUNT(*)", append=False).sql(dialect=dialect)
                counts.append(database.execute(counted).fetchone())
            assert counts[0] == counts[1], path
