"""Tests of the SQL of join paths: it runs where tables lie, and not by accident elsewhere."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialects

from hummgraph import LinkGraph, join_paths, read_links
from hummgraph.errors import ArgumentError, MissingDependencyError
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph import JoinPath

DIALECTS = (None, "snowflake", "bigquery", "postgres", "duckdb", "databricks", "redshift")


def _leads() -> JoinPath:
    """Return the join of two tables of one name in two systems, which share names of columns."""
    return join_paths(
        graph([("crm/lead.email", "ads/lead.email", 0.9)], also=["crm/lead.id", "ads/lead.id"]),
        "crm/lead",
        "ads/lead",
    ).paths[0]


def _tables(sql: str, dialect: str | None) -> list[tuple[str, str, str]]:
    (query,) = sqlglot.parse(sql, dialect=dialect)
    assert isinstance(query, exp.Select)
    return [(one.catalog, one.db, one.name) for one in query.find_all(exp.Table)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_places_tables_have_placeholders(dialect: str | None) -> None:
    """Two tables of one name have different placeholders, which no database has."""
    sql = _leads().to_sql(dialect=dialect)

    assert _tables(sql, dialect) == [("", "<crm>", "lead"), ("", "<ads>", "lead")]
    assert "-- It does not run yet" in sql
    assert "-- Pass schemas={'crm': '...', 'ads': '...'}, or write it in." in sql


def test_a_query_with_placeholders_does_not_run() -> None:
    """Not even in a database that has tables of these names."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE lead (id TEXT, email TEXT)")
    with pytest.raises(duckdb.Error):
        connection.execute(_leads().to_sql(dialect="duckdb"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_places_are_written_as_the_caller_wrote_them(dialect: str | None) -> None:
    """A part in quotes is quoted, another is not; the table's own name is."""
    schemas = {"crm": "raw.crm", "ads/lead": 'ads."My Leads"'}
    sql = _leads().to_sql(dialect=dialect, schemas=schemas)

    assert _tables(sql, dialect) == [("raw", "crm", "lead"), ("", "ads", "My Leads")]
    assert "Pass schemas" not in sql
    if dialect == "snowflake":
        assert 'FROM raw.crm."lead" AS t1\nJOIN ads."My Leads" AS t2' in sql


def test_a_part_that_is_no_plain_name_is_quoted() -> None:
    """A project with a hyphen is quoted though the caller did not."""
    sql = _leads().to_sql(dialect="bigquery", schemas={"crm": "my-project.raw", "ads": "ads"})
    assert "FROM `my-project`.raw.`lead` AS t1" in sql


def test_one_place_alone_leaves_the_other_unknown() -> None:
    """Only what is unknown has a placeholder."""
    sql = _leads().to_sql(dialect="duckdb", schemas={"crm": "raw"})
    assert _tables(sql, "duckdb") == [("", "raw", "lead"), ("", "<ads>", "lead")]
    assert "-- Pass schemas={'ads': '...'}, or write it in." in sql


def test_a_query_runs_where_tables_lie(tmp_path: Path) -> None:
    """With places the query runs, and selects no two columns by one name."""
    connection = duckdb.connect()
    leads = {"crm": [(1, "a@x"), (2, "b@x")], "ads": [(7, "b@x"), (8, "c@x")]}
    for schema, rows in leads.items():
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"CREATE TABLE {schema}.lead (id INT, email TEXT)")
        connection.execute(f"USE {schema}")
        connection.executemany("INSERT INTO lead VALUES (?, ?)", rows)
    file = tmp_path / "places.json"
    file.write_text(json.dumps({"crm": "crm", "ads": "ads"}))

    found = connection.execute(_leads().to_sql(dialect="duckdb", schemas=file))
    names = [column[0] for column in found.description]
    assert names == ["crm_lead_email", "crm_lead_id", "ads_lead_email", "ads_lead_id"]
    assert found.fetchall() == [("b@x", 2, "b@x", 7)]


def _typed(one: str | None, other: str | None) -> JoinPath:
    records = catalogue(["a/t.user_no", "b/u.user_no"])
    for column, data_type in zip(records["columns"], (one, other), strict=True):
        column["data_type"] = data_type
    link = record("a/t.user_no", "b/u.user_no", 0.9, status="APPROVED")
    linked = LinkGraph(read_links([link], catalogue=records))
    return join_paths(linked, "a/t", "b/u", keys="any").paths[0]


@pytest.mark.parametrize(
    ("one", "other", "cast"),
    [
        ("bigint", "varchar(20)", True),
        ("uuid", "text", True),
        ("INT64", "STRING", True),
        ("NUMBER", "id", True),
        ("timestamp", "text", True),
        ("boolean", "text", True),
        ("bigint", "decimal(10, 2)", False),
        ("email", "character varying(80)", False),
        ("bigint", None, False),
        ("unheard of", "text", False),
    ],
)
def test_columns_of_different_types_are_compared_as_text(
    one: str | None, other: str | None, *, cast: bool
) -> None:
    """Databases refuse to compare a number with a text, so both are cast."""
    for path in (_typed(one, other), _typed(other, one)):
        for dialect in DIALECTS:
            sql = path.to_sql(dialect=dialect)
            (query,) = sqlglot.parse(sql, dialect=dialect)
            assert query is not None
            assert bool(list(query.find_all(exp.Cast))) is cast
    if cast:
        assert "CAST(t1.`user_no` AS STRING)" in _typed(one, other).to_sql(dialect="bigquery")


def test_names_of_columns_are_free_of_what_dialects_refuse() -> None:
    """Aliases are short words of letters and digits, and no two are alike."""
    names = ["email", "a.b", "a b", "A_B", "é", "x" * 90, "x" * 91, "9lives", "$$$"]
    records = catalogue([f"a/1 t.c{at}" for at in range(len(names))] + ["b/u.email"])
    for column, name in zip(records["columns"], names, strict=False):
        column["name"] = name
    records["columns"][1]["is_active"] = False
    link = record("a/1 t.c0", "b/u.email", 0.9)
    path = join_paths(LinkGraph(read_links([link], catalogue=records)), "a/1 t", "b/u").paths[0]

    (query,) = sqlglot.parse(path.to_sql(dialect="bigquery"), dialect="bigquery")
    assert isinstance(query, exp.Select)
    aliases = [one.alias for one in query.selects]
    assert len(aliases) == len(names)  # a deleted column is not selected, that of the other is
    assert len({alias.casefold() for alias in aliases}) == len(aliases)
    for alias in aliases:
        assert len(alias) <= 60
        assert alias.isidentifier()
        assert alias.isascii()


@pytest.mark.parametrize("dialect", sorted({*Dialects} - {Dialects.DAX, Dialects.PRQL}))
def test_each_dialect_writes_what_sqlglot_writes(dialect: str) -> None:
    """Lists of columns, reserved words as aliases and casts are those of sqlglot's own tree."""
    ends = [f"crm/{name}" for name in ("current.date", "order.\u6570", 'order.x"y`z]', "order.id")]
    records = catalogue([*ends, "b/u.email", "b/u.select"])
    types = {"id": "varchar", "email": "bigint"}
    for column in records["columns"]:
        column["data_type"] = types.get(column["name"])
    links = [record("crm/order.id", "b/u.email"), record("b/u.select", "crm/current.date")]
    linked = LinkGraph(read_links(links, catalogue=records))
    for path in join_paths(linked, "crm/order", "crm/current", keys="any"):
        lines = path.to_sql(dialect=dialect, schemas={"crm": "a.b", "b": "c"}).split("\n")
        sql = "\n".join(line for line in lines if not line.startswith("--"))
        query = sqlglot.parse_one(sql, dialect=dialect)
        assert isinstance(query, exp.Select)
        assert len(query.selects) == 6
        assert query.sql(dialect=dialect, pretty=True) == sql


def test_tables_whose_names_say_nothing_are_numbered() -> None:
    """If neither names nor systems tell tables apart in an alias, their numbers do."""
    records = catalogue(["a/t.email", "b/u.email"])
    for at, (system, table) in enumerate(
        zip(records["integration_sources"], records["tables"], strict=True)
    ):
        system["name"], table["name"] = "é" + "!" * at, "ü"
    linked = LinkGraph(read_links([record("a/t.email", "b/u.email")], catalogue=records))
    sql = join_paths(linked, uid("a/t"), uid("b/u")).paths[0].to_sql()
    assert '  t1."email" AS t1_email,\n  t2."email" AS t2_email\n' in sql


def test_a_table_without_known_columns_has_a_star() -> None:
    """If the catalogue knows no column of a table, all are selected."""
    sql = join_paths(graph([("a/t.email", "b/u.email", 0.9)]), "a/t", "b/u").paths[0].to_sql()
    assert "*" not in sql
    records = catalogue(["a/t.email"])
    link = record("a/t.email", "b/u.email", 0.9)
    bare = LinkGraph(read_links([link], catalogue=records))
    path = join_paths(bare, uid("a/t"), uid("b/u"), keys="any").paths[0]
    assert "\n  t2.*\n" in path.to_sql()


def test_landed_copies_are_proposed(demo_graph: LinkGraph) -> None:
    """If the links show copies of tables, the comments propose them."""
    path = join_paths(demo_graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
    sql = path.to_sql(dialect="snowflake")
    assert "-- Snowflake has copies, by the links. Use them with schemas={" in sql
    assert "'Stripe/customers': '\"RAW_STRIPE\".\"CUSTOMER\"'" in sql
    from hummgraph.algorithms.joins.places import Places

    landed = path.to_sql(dialect="snowflake", schemas=Places.of(demo_graph, None).proposed)
    assert 'FROM "RAW_STRIPE"."CUSTOMER" AS t1' in landed
    assert 'ON t1."EMAIL" = t2."EMAIL"' in landed


def test_ways_that_do_not_identify_say_so() -> None:
    """A comment says what is wrong with a way that was asked for nevertheless."""
    linked = graph([("a/t.name", "b/u.name", 0.9)])
    (path,) = join_paths(linked, "a/t", "b/u", keys="describing")
    assert "-- Compares texts, which may be equal by chance." in path.to_sql()
    related = graph([("a/t.w_id", "b/u.w_id", 0.9)], also=["c/w.id"])
    (path,) = join_paths(related, "a/t", "b/u")
    assert "-- Joins each a/t with all b/u of the same w." in path.to_sql()


def test_sql_is_quoted_for_its_dialect() -> None:
    """Names are quoted and comments stay comments in every dialect of SQL."""
    evil = 'x"; DROP TABLE y; --\n*/ `[]'
    shown = evil.replace("\n", "\ufffd")  # what acts on a terminal is not written
    records = catalogue(["a/t.email", "b/u.email"])
    records["columns"][0]["name"] = evil
    records["tables"][1] |= {"schema_name": "my schema", "name": evil}
    linked = LinkGraph(read_links([record("a/t.email", "b/u.email", 0.9)], catalogue=records))
    path = join_paths(linked, uid("a/t"), uid("b/u"), keys="any").paths[0]

    for dialect in (None, "snowflake", "postgres", "bigquery", "mysql", "tsql", "duckdb"):
        parsed = sqlglot.parse(path.to_sql(dialect=dialect), dialect=dialect)
        assert len(parsed) == 1, dialect
        select = parsed[0]
        assert isinstance(select, sqlglot.exp.Select)
        assert [(table.db, table.name) for table in select.find_all(sqlglot.exp.Table)] == [
            ("<a>", "t"),
            ("my schema", shown),
        ], dialect
        (equal,) = select.find_all(sqlglot.exp.EQ)
        assert (equal.left.name, equal.right.name) == (shown, "email"), dialect


def test_tables_of_one_database_need_no_place() -> None:
    """A query within one database names tables as they are called there."""
    records = catalogue(["d/orders.user_id", "d/users.id"])
    records["tables"][0]["schema_name"] = "sales"
    link = record("d/orders.user_id", "d/users.id", 0.9, link_type="DETERMINISTIC")
    linked = LinkGraph(read_links([link], catalogue=records))
    path = join_paths(linked, "d/sales.orders", "d/users").paths[0]
    assert path.to_sql(dialect="postgres").splitlines() == [
        "-- d/sales.orders.user_id = d/users.id: SUGGESTED, 0.9",
        "SELECT",
        '  t1."user_id" AS orders_user_id,',
        '  t2."id" AS users_id',
        'FROM "sales"."orders" AS t1',
        'JOIN "users" AS t2',
        '  ON t1."user_id" = t2."id"',
    ]
    placed = path.to_sql(dialect="postgres", schemas={"d": "app"})
    assert 'FROM app."sales"."orders" AS t1\nJOIN app."users" AS t2' in placed


def test_unknown_dialects_and_missing_packages_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown dialects and a missing sqlglot raise their own errors."""
    path = _leads()
    with pytest.raises(ArgumentError, match="dialect is 'klingon'"):
        path.to_sql(dialect="klingon")
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(MissingDependencyError, match=r"hummgraph\[sql\]"):
        path.to_sql()
