"""Identity plans as scripts, in the dialects of warehouses."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import expressions as exp

from hummgraph import LinkGraph
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.warehouse import IdentityPlan, identity_table
from hummgraph.warehouse.identity_script import check_dialect, default_table, table_sql
from tests.support import builders
from tests.warehouse.test_identity_run import DEALS

GRAPH = LinkGraph(load_demo().snapshot())
DIALECTS = ("snowflake", "bigquery", "postgres", "duckdb", "databricks", "redshift")
SCHEMAS = {"HubSpot": "raw.hubspot", "Salesforce": "raw.salesforce", "Snowflake": "landed"}


@cache
def plan(entity: str = "deal") -> IdentityPlan:
    """Return a plan for the demo, with places."""
    return identity_table(GRAPH, entity, schemas=SCHEMAS)


def parts(text: str, dialect: str) -> list[exp.Expr]:
    """Return the statements of a script."""
    return [one for one in sqlglot.parse(text, read=dialect) if one is not None]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_scripts_parse_in_their_dialects(dialect: str) -> None:
    """Each statement parses, makes one table, and reads tables that are there before it."""
    made = plan().to_sql(dialect)
    statements = parts(made, dialect)

    known: set[str] = set()
    for statement in statements:
        assert not isinstance(statement, exp.Command), "every statement is understood"
        if isinstance(statement, exp.Drop):
            (dropped,) = statement.find_all(exp.Table)
            known.remove(dropped.name)
            continue
        target = statement.this.name if isinstance(statement, exp.Create) else ""
        used = {table.name for table in statement.find_all(exp.Table)} - {target}
        assert {name for name in used if name.startswith("hg_")} <= known
        if target:
            assert target not in known
            known.add(target)
    assert "identity_deal" in known
    assert "RECURSIVE" not in made.upper()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_steps_are_temporary_where_they_can_be(dialect: str) -> None:
    """Databricks has no temporary tables: there they are dropped at the end."""
    made = plan().to_sql(dialect, rounds=2)

    creates = re.findall(r"CREATE (\w+ )?(TABLE|VIEW) hg_", made)
    if dialect == "databricks":
        assert {kind for kind, _ in creates} == {""}
        assert made.count("DROP TABLE hg_") == len(creates)
        assert "[[:space:]]" not in made, "Java reads it as a list of letters"
    else:
        assert {kind for kind, _ in creates} <= {"TEMPORARY ", "TEMP "}
        assert "DROP" not in made
    assert {what for _, what in creates} == {"TABLE"}


def test_the_script_says_what_it_does() -> None:
    """Its comments have the keys, their columns and the fan-out, and whether they were verified."""
    made = plan("invoice").to_sql("postgres")

    assert "-- Identity table of invoice: 4 tables by 2 keys; not verified by data." in made
    assert "-- Key 1, number (leading zeros): PostgreSQL/public.invoices.number," in made
    assert "-- A value of more than 10 records of one table joins none." in made


def test_places_are_those_of_schemas() -> None:
    """Tables are qualified as schemas say; names of the catalogue keep their case."""
    made = plan().to_sql("snowflake")

    assert 'FROM raw.salesforce."Opportunity" AS s' in made
    assert 'FROM landed."RAW_SALESFORCE"."OPPORTUNITY" AS s' in made


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_script_without_places_does_not_run(dialect: str) -> None:
    """A table of unknown place stands as its path, which no database takes."""
    made = identity_table(GRAPH, "deal").to_sql(dialect)

    assert "FROM <Salesforce/Opportunity> AS s" in made
    assert "-- Where these tables lie is not known: HubSpot/deals, Salesforce/Opportunity," in made
    assert "hummgraph place" not in made
    with pytest.raises(sqlglot.errors.ParseError):
        sqlglot.parse(made, read=dialect)


def test_the_script_makes_what_run_makes() -> None:
    """Run by hand in DuckDB, the script makes the table that run makes."""
    tables = {
        "raw.hubspot.deals": "HubSpot/deals",
        'raw.salesforce."Opportunity"': "Salesforce/Opportunity",
        'landed."RAW_SALESFORCE.OPPORTUNITY"': "Snowflake/RAW_SALESFORCE.OPPORTUNITY",
    }
    schemas = {path: place for place, path in tables.items()}
    made = identity_table(GRAPH, "deal", schemas=schemas)
    connection = duckdb.connect()
    connection.execute("ATTACH ':memory:' AS raw")
    connection.execute("CREATE SCHEMA raw.hubspot; CREATE SCHEMA raw.salesforce")
    connection.execute("CREATE SCHEMA landed")
    for place, path in tables.items():
        connection.register("given", DEALS[path])
        connection.execute(f"CREATE TABLE {place} AS SELECT * FROM given")
        connection.unregister("given")
    made.run(connection, table="expected")
    left = connection.execute(made.to_sql("duckdb", table="landed.by_hand")).fetchall()

    assert left == [(0,)], "the last count of the script"
    rows = [
        sorted(connection.execute(f"SELECT * FROM {table}").fetchall())
        for table in ("expected", "landed.by_hand")
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 8


ODD = (
    "it's",
    'a"b',
    "a`b",
    "a\\b",
    "a.b",
    "select",
    "order",
    "\u65e5\u672c",
    "{{ x }}",
    "--",
    "a;b",
)


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_quoted(name: str) -> None:
    """Any name of a column, table or system runs, and its text comes back unchanged."""
    columns = ["crm/contacts.x", "shop/contacts.y"]
    records: list[dict[str, Any]] = [
        builders.record("crm/contacts.x", "shop/contacts.y", 0.9, status="APPROVED")
    ]
    rows = builders.catalogue([*columns, "crm/contacts.id", "shop/contacts.id"])
    for column in rows["columns"]:
        if column["name"] != "id":
            column["name"] = f"{name} email"
        else:
            column["is_primary_key"] = True
    rows["integration_sources"][0]["name"] = name
    from hummgraph.snapshot.link_readers import read_links

    graph = LinkGraph(read_links(records, catalogue=rows))
    ids = [builders.uid("crm/contacts"), builders.uid("shop/contacts")]
    from hummgraph import entities

    found = entities(graph)
    (entity,) = [one for one in found if set(one.tables) == set(ids)]
    quoted = '"' + name.replace('"', '""') + '"'
    made = identity_table(
        graph,
        entity,
        keys={name: [builders.uid(column) for column in columns]},
        schemas={ids[0]: f"{quoted}.one", ids[1]: f"{quoted}.two"},
    )
    connection = duckdb.connect()
    connection.execute(f"CREATE SCHEMA {quoted}")
    table = pa.table({"id": ["1", "2"], f"{name} email": ["a@x.org", "b@x.org"]})
    connection.register("given", table)
    for place in ("one", "two"):
        connection.execute(f"CREATE TABLE {quoted}.{place} AS SELECT * FROM given")
    run = made.run(connection)
    connection.execute("DROP TABLE " + run.table)
    connection.execute(made.to_sql("duckdb")).fetchall()

    rows_made = connection.execute(
        f"SELECT DISTINCT system, joined_by FROM {run.table} ORDER BY system = 'shop'"
    ).fetchall()
    assert rows_made == [(name, name), ("shop", name)]
    assert run.n_entities == 2
    for dialect in DIALECTS:
        assert len(parts(made.to_sql(dialect), dialect)) > 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dialect": "klingon"}, "dialect is 'klingon', which is unknown to sqlglot"),
        ({"dialect": ""}, "dialect is ''"),
        ({"dialect": None}, "dialect is None"),
        ({"rounds": 0}, "rounds is 0; it must be a whole number from 1 to 64"),
        ({"rounds": True}, "rounds is True"),
        ({"table": "a..b"}, "table is 'a..b'"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    """The error has the value and what is allowed."""
    with pytest.raises(ArgumentError, match=message):
        plan().to_sql(**options)


def test_a_plan_without_keys_has_no_script() -> None:
    """If no key joins, each record would be alone."""
    with pytest.raises(ArgumentError, match="No key joins the tables of 'product'"):
        identity_table(GRAPH, "product").to_sql()


def test_sqlglot_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sqlglot the error names the extra."""
    monkeypatch.setitem(__import__("sys").modules, "sqlglot", None)
    with pytest.raises(MissingDependencyError, match=r"hummgraph\[sql\]"):
        check_dialect("postgres")


def test_names_of_tables() -> None:
    """The default name is made of letters; names are quoted where they must be."""
    entity = replace(plan().entity, name="Company (EU)")
    assert default_table(replace(plan(), entity=entity)) == "identity_company_eu"
    assert default_table(replace(plan(), entity=replace(entity, name="\u65e5"))) == "identity_table"
    assert table_sql([("raw", False), ("Order", False), ("x", True)]) == 'raw."Order"."x"'
