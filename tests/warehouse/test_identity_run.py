"""Identity tables made in a database, and what is counted of them."""

from __future__ import annotations

import traceback
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from hummgraph import LinkGraph
from hummgraph.datasets import demo_records, load_demo
from hummgraph.errors import ArgumentError, ValuesError
from hummgraph.warehouse import IdentityPlan, identity_table

GRAPH = LinkGraph(load_demo().snapshot())
CANARY = "canary-5f1c@example.org"


@cache
def plan(entity: str = "deal", **options: Any) -> IdentityPlan:
    """Return a plan for the demo."""
    return identity_table(GRAPH, entity, **options)


DEALS = {
    "HubSpot/deals": pa.table(
        {
            "hs_object_id": ["1", "2", "3", None],
            "salesforceopportunityid": ["A", " B ", None, "A"],
            "more": [CANARY] * 4,
        }
    ),
    "Salesforce/Opportunity": pa.table({"Id": ["A", "B", "C"]}),
    "Snowflake/RAW_SALESFORCE.OPPORTUNITY": pa.table({"ID": ["A", "C", "C"]}),
}


def test_counts_come_back_and_the_table_stays() -> None:
    """The run has counts of records, joins and rows without a key; the rows stay in the table."""
    connection = duckdb.connect()
    run = plan().run(connection, connections=DEALS)

    assert repr(run) == "<IdentityRun of deal: 8 records of 4 entities in identity_deal>"
    assert (run.n_joined, run.rounds) == (7, 1)
    assert list(run.tables) == [
        {
            "path": "HubSpot/deals",
            "rows": 4,
            "without_key": 1,
            "repeated": 0,
            "records": 3,
            "joined": 2,
        },
        {
            "path": "Salesforce/Opportunity",
            "rows": 3,
            "without_key": 0,
            "repeated": 0,
            "records": 3,
            "joined": 3,
        },
        {
            "path": "Snowflake/RAW_SALESFORCE.OPPORTUNITY",
            "rows": 3,
            "without_key": 0,
            "repeated": 1,
            "records": 2,
            "joined": 2,
        },
    ]
    assert run.lost() == [
        (
            "1 of 3 rows of Snowflake/RAW_SALESFORCE.OPPORTUNITY have the record key of another"
            " row: they are one record with it."
        ),
        "1 of 4 rows of HubSpot/deals have no record key, and are left out.",
    ]
    assert run.lost()[0] in " ".join(str(run).split()), "a person sees it"
    assert list(run.keys) == [
        {
            "key": "opportunity id",
            "shared_values": 3,
            "joined_records": 7,
            "stopped_values": 0,
            "stopped_records": 0,
            "largest": 1,
        }
    ]
    assert list(run.sizes) == [
        {"records": 1, "entities": 1},
        {"records": 2, "entities": 2},
        {"records": 3, "entities": 1},
    ]
    rows = connection.execute(
        "SELECT system, table_name, record_key, joined_by, weakest_key FROM identity_deal"
        " WHERE entity_id = (SELECT entity_id FROM identity_deal"
        " WHERE system = 'HubSpot' AND record_key = '2') ORDER BY system"
    ).fetchall()
    assert rows == [
        ("HubSpot", "deals", "2", "opportunity id", "opportunity id"),
        ("Salesforce", "Opportunity", "B", "opportunity id", "opportunity id"),
    ]
    left = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert left == [("identity_deal",)], "nothing else is left"


def test_tables_of_the_connection_stay() -> None:
    """Temporary tables and registered ones of any plain name are those of the user afterwards."""
    connection = duckdb.connect()
    names = [f"t{number}" for number in range(200)]
    for name in names:
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT 7 AS seven")
    connection.register("arriving", pa.table({"seven": [7]}))
    plan().run(connection, connections=DEALS)
    for name in (*names, "arriving"):
        assert connection.execute(f"SELECT seven FROM {name}").fetchall() == [(7,)]


@pytest.mark.parametrize("name", ["identity_deal", "IDENTITY_DEAL", "it's"])
def test_a_temporary_table_is_not_replaced(name: str) -> None:
    """A temporary table of the identity table's name stays; a schema tells the two apart."""
    connection = duckdb.connect()
    connection.execute(f'CREATE TEMP TABLE "{name}" AS SELECT 7 AS seven')
    table = None if "'" not in name else name
    connection.execute("CREATE SCHEMA here")
    for given in (table, f"main.{name}"):
        for replace in (False, True):
            with pytest.raises(ArgumentError, match="has a temporary table or view"):
                plan().run(connection, connections=DEALS, table=given, replace=replace)
    assert plan().run(connection, connections=DEALS, table=f"here.{name}").n_records
    assert connection.execute(f'SELECT seven FROM temp."{name}"').fetchall() == [(7,)]


def test_the_run_is_shown_without_values() -> None:
    """Text and plain data have counts only."""
    run = plan("company", fan_out=1).run(
        duckdb.connect(), connections=demo_records(n_persons=80).tables
    )

    shown = str(run) + repr(run) + str(run.to_dict()) + str(run.to_frame())
    assert "joined none" in shown
    assert "@" not in shown


def test_tables_lie_where_schemas_say() -> None:
    """Without connections the tables of the connection itself are read."""
    connection = duckdb.connect()
    connection.execute('CREATE SCHEMA raw; CREATE SCHEMA "odd name"')
    for path, place in (
        ("HubSpot/deals", "raw.deals"),
        ("Salesforce/Opportunity", '"odd name"."my ""opps"""'),
        ("Snowflake/RAW_SALESFORCE.OPPORTUNITY", "raw.landed"),
    ):
        connection.register("given", DEALS[path])
        connection.execute(f"CREATE TABLE {place} AS SELECT * FROM given")
        connection.unregister("given")
    made = identity_table(
        GRAPH,
        "deal",
        schemas={
            "HubSpot": "raw",
            "Salesforce/Opportunity": '"odd name"."my ""opps"""',
            "Snowflake/RAW_SALESFORCE.OPPORTUNITY": "raw.landed",
        },
    )
    run = made.run(connection, table="raw.identities")

    assert (run.n_records, run.n_entities, run.table) == (8, 4, "raw.identities")
    with pytest.raises(ValuesError, match="replace=True"):
        made.run(connection, table="raw.identities")
    again = made.run(connection, table="raw.identities", replace=True)
    assert again.to_dict() == run.to_dict()


def test_a_table_of_that_name_stays() -> None:
    """Without replace, a table of the name is found before the work, and stays as it is."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE identity_deal AS SELECT 1 AS mine")

    with pytest.raises(ValuesError, match=r"statement of identity_deal .*replace=True"):
        plan().run(connection, connections=DEALS)

    assert connection.execute("SELECT * FROM identity_deal").fetchall() == [(1,)]
    assert len(connection.execute("SELECT * FROM duckdb_tables()").fetchall()) == 1


@pytest.mark.parametrize(
    ("connection", "options", "message"),
    [
        (7, {}, "connection must be a connection of DuckDB, DB-API or ADBC, not .* int"),
        (duckdb.connect(), {}, "The place of 'HubSpot/deals' and 2 more is not known"),
        (duckdb.connect(), {"table": "a.b.c.d"}, "table is 'a.b.c.d'"),
        (duckdb.connect(), {"table": ""}, "table is ''"),
        (duckdb.connect(), {"table": 7}, "table is 7"),
        (duckdb.connect(), {"dialect": "klingon"}, "dialect is 'klingon', which is unknown"),
    ],
)
def test_wrong_arguments_are_refused(
    connection: Any, options: dict[str, Any], message: str
) -> None:
    """The error has the value and what is allowed."""
    with pytest.raises(ArgumentError, match=message):
        plan().run(connection, **options)


def test_a_plan_without_keys_is_not_run() -> None:
    """If no key joins, each record would be alone."""
    with pytest.raises(ArgumentError, match="No key joins the tables of 'product'"):
        plan("product").run(duckdb.connect())


class Cursor:
    """A cursor of DB-API that fails at some statement, as a database does: with a value."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def execute(self, statement: str) -> None:
        """Run a statement, or fail at it."""
        self.connection.statements.append(statement)
        if self.connection.fails_at in statement:
            error = RuntimeError(f'invalid input syntax: "{CANARY}"')
            error.sqlstate = "22P02"  # type: ignore[attr-defined]
            raise error
        self.connection.database.execute(statement)

    def fetchall(self) -> list[Any]:
        """Return the rows."""
        found: list[Any] = self.connection.database.fetchall()
        return found

    def close(self) -> None:
        """Close the cursor."""
        self.connection.closed = True


class Connection:
    """A connection of DB-API over DuckDB."""

    def __init__(self, fails_at: str = "nowhere") -> None:
        self.database = duckdb.connect()
        self.fails_at = fails_at
        self.statements: list[str] = []
        self.closed = self.committed = self.rolled_back = False

    def cursor(self) -> Cursor:
        """Return a cursor."""
        return Cursor(self)

    def commit(self) -> None:
        """Commit."""
        self.committed = True

    def rollback(self) -> None:
        """Roll back."""
        self.rolled_back = True


def filled(fails_at: str = "nowhere") -> Connection:
    """Return a connection whose database has the deals."""
    connection = Connection(fails_at)
    for path, name in zip(DEALS, ("deals", '"Opportunity"', "landed"), strict=True):
        connection.database.register("given", DEALS[path])
        connection.database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.database.unregister("given")
    return connection


def placed() -> IdentityPlan:
    """Return the plan of deals where they lie in the connection."""
    schemas = {
        "HubSpot/deals": "deals",
        "Salesforce/Opportunity": "Opportunity",
        "Snowflake/RAW_SALESFORCE.OPPORTUNITY": "landed",
    }
    return identity_table(GRAPH, "deal", schemas=schemas)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_a_connection_of_db_api_is_committed(dialect: str) -> None:
    """One cursor runs all statements; then they are committed, and the cursor is closed."""
    connection = filled()
    run = placed().run(connection, dialect=dialect)

    assert run.n_entities == 4
    assert connection.committed
    assert connection.closed
    assert not connection.rolled_back


@pytest.mark.parametrize("fails_at", ["AS SELECT DENSE_RANK", "edges_1", "AS SELECT CASE h.t"])
def test_a_failure_has_no_value(fails_at: str) -> None:
    """The text of the database's error quotes values: ours has its class and SQLSTATE only."""
    connection = filled(fails_at)
    with pytest.raises(ValuesError, match=r"\(RuntimeError, SQLSTATE 22P02\)") as caught:
        placed().run(connection, dialect="duckdb")

    said = "".join(traceback.format_exception(caught.value))
    assert CANARY not in said
    assert connection.rolled_back
    assert connection.closed
    assert not connection.committed
    left = connection.database.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert {name for (name,) in left} == {"deals", "Opportunity", "landed"}


def test_an_unknown_driver_needs_a_dialect() -> None:
    """A connection of an unknown package is refused without a dialect."""
    with pytest.raises(ArgumentError, match=r"The dialect of a connection of .* is not known"):
        placed().run(filled())


@pytest.mark.parametrize(
    ("vendor", "known"), [("PostgreSQL", True), ("DuckDB", True), ("Oracle", False)]
)
def test_adbc_says_what_it_is(vendor: str, known: bool) -> None:
    """A connection of ADBC names its vendor."""
    connection = filled()
    connection.adbc_get_info = lambda: {"vendor_name": vendor}  # type: ignore[attr-defined]

    if known:
        assert placed().run(connection).n_records == 8
    else:
        with pytest.raises(ArgumentError, match="is not known"):
            placed().run(connection)


def test_other_dialects_are_translated() -> None:
    """For a dialect that needs it, each statement is translated before it runs."""
    connection = filled("nothing")
    run = placed().run(connection, dialect="snowflake")

    assert run.n_entities == 4
    assert any("CREATE TEMPORARY TABLE" in statement for statement in connection.statements)
    assert not any("'g'" in statement for statement in connection.statements)


def test_connections_need_duckdb() -> None:
    """Values are read into a database of DuckDB only."""
    with pytest.raises(ArgumentError, match="connection is not one"):
        plan().run(filled(), connections=DEALS, dialect="duckdb")


def test_data_without_the_record_key_is_refused() -> None:
    """Without the column that names records there are none."""
    data = DEALS | {"Salesforce/Opportunity": pa.table({"Name": ["a"]})}
    with pytest.raises(ValuesError, match="has no column 'Id', by which its records are named"):
        plan().run(duckdb.connect(), connections=data)


def test_data_without_a_joining_column_joins_less() -> None:
    """A column that the data do not have joins nothing."""
    data = DEALS | {"HubSpot/deals": pa.table({"hs_object_id": ["1"]})}
    run = plan().run(duckdb.connect(), connections=data)

    assert [row["joined"] for row in run.tables] == [0, 2, 2]


def test_a_hub_value_is_stopped_and_reported() -> None:
    """10,000 records on one e-mail stay apart, and the run says how many."""
    hub = pa.table(
        {"id": [str(n) for n in range(10_000)], "email": ["Sales@x.org"] * 9_999 + ["ada@x.org"]}
    )
    data = {
        "Zendesk/users": hub,
        "HubSpot/contacts": pa.table(
            {"hs_object_id": ["1", "2"], "email": ["sales@X.org", "ADA@x.org "]}
        ),
    }
    made = identity_table(
        GRAPH, "person", keys={"email": ["Zendesk/users.email", "HubSpot/contacts.email"]}
    )
    made = IdentityPlan(
        made.graph, made.entity,
        tuple(table for table in made.tables if table.path in data),
        made.keys, made.fan_out, made.verified, made.left_out, made.questions, made.places,
    )  # fmt: skip
    run = made.run(duckdb.connect(), connections=data)

    (counts,) = run.keys
    assert (run.n_records, run.n_entities, run.n_joined) == (10_002, 10_001, 2)
    assert (counts["stopped_values"], counts["stopped_records"]) == (1, 10_000)
    assert counts["largest"] == 9_999
    assert "1 value of email of up to 9,999 records of one table joined none." in str(run)


def test_an_unknown_table_is_named() -> None:
    """An error about a table that is not there has its path, its place, and what to do."""
    schemas = {"HubSpot": "raw", "Salesforce": "raw", "Snowflake": ""}
    placed = identity_table(GRAPH, "deal", schemas=schemas)
    connection = duckdb.connect()
    with pytest.raises(
        ValuesError, match=r"'HubSpot/deals', which is raw.\"deals\" there"
    ) as error:
        placed.run(connection)

    assert "schemas=" in error.value.hint
    assert not connection.execute("SELECT * FROM duckdb_tables()").fetchall()
