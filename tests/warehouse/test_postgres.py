"""Tests that PostgreSQL runs the SQL that we write and answers as DuckDB does.

Its program is found on PATH, where Debian puts it, or by HUMMGRAPH_POSTGRES.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot

from hummgraph.algorithms.joins import JoinPath, join_paths
from hummgraph.datasets import Records, demo_records, load_demo
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.warehouse import identity_table
from tests.support.planted_rows import Found, PlantedRows
from tests.support.postgres import load_duckdb, load_postgres, place_of, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Server


ROW = "hummgraph_row"
"""Column that the tests add: the position of a row in its table, from 0."""


@pytest.fixture(scope="module")
def records() -> Records:
    """The demo's records."""
    return demo_records()


@pytest.fixture(scope="module")
def tables(records: Records) -> dict[str, Any]:
    """Their tables, with the numbers of their rows."""
    return {
        path: table.append_column(ROW, pa.array(range(table.num_rows)))
        for path, table in records.tables.items()
    }


@pytest.fixture(scope="module")
def places(records: Records) -> dict[str, str]:
    """Places of tables in both databases."""
    return {path: place_of(path) for path in records.tables}


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
def in_postgres(postgres: Server, tables: dict[str, Any]) -> Iterator[Any]:
    """A connection to a PostgreSQL database with all of them, the application's in their types."""
    with postgres.connect() as connection:
        load_postgres(connection, tables, declared_types())
        yield connection


@pytest.fixture(scope="module")
def in_duckdb(tables: dict[str, Any]) -> Iterator[Any]:
    """A connection to a DuckDB database with all of them."""
    with duckdb.connect() as connection:
        load_duckdb(connection, tables)
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


# --- joins -----------------------------------------------------------------------------------

ENTITIES = {
    "company": (
        "HubSpot/companies",
        "Mixpanel/Group",
        "PostgreSQL/public.organizations",
        "Salesforce/Account",
        "Snowflake/ANALYTICS.DIM_CUSTOMER",
        "Stripe/customers",
        "Zendesk/organizations",
    ),
    "person": (
        "HubSpot/contacts",
        "Mixpanel/Profile",
        "PostgreSQL/public.users",
        "Salesforce/Contact",
        "Snowflake/ANALYTICS.DIM_USER",
        "Zendesk/users",
    ),
    "subscription": ("PostgreSQL/public.subscriptions", "Stripe/subscriptions"),
    "deal": ("HubSpot/deals", "Salesforce/Opportunity", "Snowflake/RAW_SALESFORCE.OPPORTUNITY"),
    "reference": (),
}
"""Tables that are joined two by two, of one entity each."""
REFERENCES = (
    ("Stripe/customers", "Zendesk/tickets"),
    ("Salesforce/Account", "Stripe/invoices"),
    ("HubSpot/companies", "PostgreSQL/public.subscriptions"),
    ("Salesforce/Contact", "Zendesk/tickets"),
    ("PostgreSQL/public.users", "Snowflake/ANALYTICS.FCT_EVENTS"),
)
"""Tables of which one refers to the other's rows."""


def pairs_of(entity: str) -> list[tuple[str, str]]:
    """Return the pairs of tables that are joined."""
    return list(REFERENCES) if entity == "reference" else list(combinations(ENTITIES[entity], 2))


def rows_of(
    connection: Any, way: JoinPath, places: dict[str, str], dialect: str
) -> set[tuple[int, int]]:
    """Run a way's SQL for the numbers of the rows at its two ends alone."""
    text = way.to_sql(dialect=dialect, schemas=places)
    query = sqlglot.parse_one(text, dialect=dialect).assert_is(sqlglot.exp.Select)
    last = len(way.tables)
    asked = query.select(f"t1.{ROW}", f"t{last}.{ROW}", append=False).distinct()
    return set(map(tuple, connection.execute(asked.sql(dialect=dialect)).fetchall()))


@pytest.mark.parametrize(
    ("entity", "precision", "recall"),
    [
        ("company", 0.95, 0.45),
        ("person", 0.9, 0.8),
        ("subscription", 1.0, 1.0),
        ("deal", 1.0, 0.95),
        ("reference", 0.9, 0.3),
    ],
)
def test_first_ways_bring_the_planted_rows_together(
    in_postgres: Any,
    in_duckdb: Any,
    records: Records,
    places: dict[str, str],
    *,
    entity: str,
    precision: float,
    recall: float,
) -> None:
    """Both databases run their SQL and find the same rows, as many of them right as stated.

    What misses rows are ids that nobody has entered; what finds too many are shared addresses.
    """
    graph = LinkGraph(load_demo().snapshot())
    planted = PlantedRows.of(records)
    found: list[Found] = []
    for a, b in pairs_of(entity):
        (way,) = join_paths(graph, a, b, k=1).paths
        rows = rows_of(in_duckdb, way, places, "duckdb")
        assert rows == rows_of(in_postgres, way, places, "postgres"), (a, b)
        found.append(planted.found(a, b, rows))

    assert sum(one.precision for one in found) / len(found) >= precision
    assert sum(one.recall for one in found) / len(found) >= recall


def test_whole_queries_run(in_postgres: Any, in_duckdb: Any, places: dict[str, str]) -> None:
    """All columns of both tables have names of their own."""
    graph = LinkGraph(load_demo().snapshot())
    (way,) = join_paths(graph, "Stripe/customers", "Zendesk/organizations", k=1).paths
    answers = [
        connection.execute(way.to_sql(dialect=dialect, schemas=places))
        for connection, dialect in ((in_postgres, "postgres"), (in_duckdb, "duckdb"))
    ]
    names = [[column[0] for column in answer.description] for answer in answers]
    rows = [answer.fetchall() for answer in answers]

    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0]) == 24
    assert len(rows[0]) == len(rows[1]) > 50


# --- identity tables -------------------------------------------------------------------------


@pytest.mark.parametrize("entity", ["company", "person", "invoice", "deal"])
def test_identity_tables_are_the_same(
    in_postgres: Any, in_duckdb: Any, places: dict[str, str], entity: str
) -> None:
    """Run step by step, or as a script: the same records are one, with the same ids."""
    plan = identity_table(LinkGraph(load_demo().snapshot()), entity, schemas=places)
    order = "SELECT * FROM {} ORDER BY 1, 2, 3, 4"
    tables = []
    # A cursor of DuckDB is a connection with temporary tables of its own.
    for connection, dialect in ((in_duckdb.cursor(), "duckdb"), (in_postgres, "postgres")):
        plan.run(connection, table=f"made_{entity}")
        for statement in sqlglot.parse(plan.to_sql(dialect, table=f"script_{entity}"), dialect):
            if statement is not None:
                connection.execute(statement.sql(dialect=dialect))
        tables += [
            sorted(connection.execute(order.format(f"{name}_{entity}")).fetchall())
            for name in ("made", "script")
        ]
        if dialect == "postgres":
            connection.rollback()

    assert len(tables[0]) > 900
    assert tables[0] == tables[1] == tables[2] == tables[3]
