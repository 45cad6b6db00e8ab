"""Values of tables, from whatever they are connected with, in one database in memory."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import adbc_driver_sqlite.dbapi
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from hummgraph import LinkGraph
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError, NodeNotFoundError, ValuesError
from hummgraph.warehouse.sources import fault_of, open_database
from hummgraph.warehouse.values import Relation, Values

GRAPH = LinkGraph(load_demo().snapshot())
TABLE = "Stripe/customers"
ROWS: dict[str, list[Any]] = {
    "id": ["cus_1", "cus_2", "cus_3"],
    "Email": ["ada@example.org", None, ""],
    "balance": [7.0, 0.5, None],
    "unasked": ["a", "b", "c"],
}
WANTED = ("Stripe/customers.id", "Stripe/customers.email", "Stripe/customers.balance")
EXPECTED = [("cus_1", "ada@example.org", "7"), ("cus_2", None, "0.5"), ("cus_3", "", None)]


def _sqlite_rows(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("CREATE TABLE customers (id TEXT, Email TEXT, balance REAL, unasked TEXT)")
    connection.executemany(
        "INSERT INTO customers VALUES (?, ?, ?, ?)", zip(*ROWS.values(), strict=True)
    )
    connection.commit()
    return connection


def _duckdb(_: Path) -> tuple[str, Any]:
    connection = duckdb.connect(":memory:")
    table = pa.table(ROWS)
    connection.register("incoming", table)
    connection.execute("CREATE TABLE customers AS SELECT * FROM incoming")
    return "Stripe", connection


def _relation(folder: Path) -> tuple[str, Any]:
    return TABLE, _duckdb(folder)[1].table("customers")


def _arrow(_: Path) -> tuple[str, Any]:
    return TABLE, pa.table(ROWS)


def _reader(_: Path) -> tuple[str, Any]:
    return TABLE, pa.table(ROWS).to_reader(max_chunksize=1)


class _Stream:
    """A stream that nothing but the protocol is known of."""

    def __init__(self, table: pa.Table) -> None:
        self._reader = table.to_reader()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._reader.__arrow_c_stream__(requested_schema)


def _stream(_: Path) -> tuple[str, Any]:
    return TABLE, _Stream(pa.table(ROWS))


def _parquet(folder: Path) -> tuple[str, Any]:
    pq.write_table(pa.table(ROWS), folder / "a[1]*.parquet")
    return TABLE, folder / "a[1]*.parquet"


def _folder(folder: Path) -> tuple[str, Any]:
    pq.write_table(pa.table(ROWS), folder / "CUSTOMERS.parquet")
    return "Stripe", str(folder)


def _sqlite(folder: Path) -> tuple[str, Any]:
    return "Stripe", _sqlite_rows(sqlite3.connect(folder / "a.sqlite"))


def _adbc(folder: Path) -> tuple[str, Any]:
    _sqlite_rows(sqlite3.connect(folder / "a.sqlite")).close()
    return "Stripe", adbc_driver_sqlite.dbapi.connect(str(folder / "a.sqlite"))


KINDS: list[Callable[[Path], tuple[str, Any]]] = [
    _duckdb,
    _relation,
    _arrow,
    _reader,
    _stream,
    _parquet,
    _folder,
    _sqlite,
    _adbc,
]


@pytest.mark.parametrize("kind", KINDS)
def test_all_connections_give_the_same_texts(
    kind: Callable[[Path], tuple[str, Any]], tmp_path: Path
) -> None:
    """Only the columns asked for are read, by their names without regard to case."""
    key, value = kind(tmp_path)
    try:
        found, rows = _read(Values.of(GRAPH, {key: value}), WANTED)
    finally:
        if hasattr(value, "close"):
            value.close()

    assert rows == EXPECTED
    assert (found.n_rows, found.n_read, found.missing) == (3, 3, ())


def test_cells_of_csv_are_texts(tmp_path: Path) -> None:
    """Zeros before a number stay, and an empty cell is a null."""
    (tmp_path / "customers.csv").write_text("id,email,balance\n007,,1.50\n", "utf-8")

    _, rows = _read(Values.of(GRAPH, {"Stripe": tmp_path}), WANTED)

    assert rows == [("007", None, "1.50")]


def test_equal_values_of_different_types_are_one_text() -> None:
    """Whole floats, decimals, times with zones, bytes and UUIDs are written one way."""
    moment = datetime(2025, 3, 1, 12, tzinfo=UTC)
    identifier = UUID(int=15)
    columns: dict[str, pa.Array] = {
        "id": pa.array([float("nan"), 12.0, 1e300]),
        "email": pa.array([moment] * 3, pa.timestamp("us", tz="Europe/Berlin")),
        "balance": pa.array([Decimal("1.50"), None, Decimal(2)], pa.decimal128(5, 2)),
        "name": pa.array([identifier.bytes] * 3, pa.uuid()),
        "delinquent": pa.array([True, False, None]),
        "created": pa.array([date(2025, 3, 1)] * 3),
    }
    wanted = [f"{TABLE}.{name}" for name in columns]

    _, rows = _read(Values.of(GRAPH, {TABLE: pa.table(columns)}), wanted)

    assert rows[1] == (
        "12",
        "2025-03-01 12:00:00",
        None,
        str(identifier),
        "false",
        "2025-03-01",
    )
    assert rows[0][0] is None


class _Cursor:
    """A cursor of a driver that has values of Python."""

    description = (("id",), ("email",), ("balance",), ("name",), ("delinquent",), ("created",))

    def __init__(self) -> None:
        self._rows = [
            (12.0, datetime(2025, 3, 1, 12, tzinfo=UTC), float("nan"), b"\x0f", True, 0.5),
        ]

    def execute(self, query: str) -> None:
        """Accept any query."""

    def fetchmany(self, n: int) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows[:n], self._rows[n:]
        return rows

    def close(self) -> None:
        """Do nothing."""


class _Connection:
    def cursor(self) -> _Cursor:
        return _Cursor()


def test_values_of_python_are_written_alike() -> None:
    """A driver's floats, times, bytes and truth values are the texts that Arrow's are."""
    wanted = [f"{TABLE}.{name[0]}" for name in _Cursor.description]

    _, rows = _read(Values.of(GRAPH, {"Stripe": _Connection()}), wanted)

    assert rows == [("12", "2025-03-01 12:00:00", None, "0f", "true", "0.5")]


def test_parts_of_structures_are_found() -> None:
    """A column ``period.end`` is a part of the structure ``period``, unless there is such a one."""
    path = "Stripe/invoice_line_items"
    column = f"{path}.period.end"
    nested = pa.table({"period": [{"start": 1, "end": 2}]})
    flat = pa.table({"period.end": [3], "period": [{"start": 1, "end": 2}]})

    assert _read(Values.of(GRAPH, {path: nested}), [column], path)[1] == [("2",)]
    assert _read(Values.of(GRAPH, {path: flat}), [column], path)[1] == [("3",)]


def test_columns_that_the_data_lack_are_missing() -> None:
    """They are listed, and the others are read."""
    found, rows = _read(Values.of(GRAPH, {TABLE: pa.table({"id": ["cus_1"]})}), WANTED)

    assert found.missing == (GRAPH.index_of(WANTED[1]), GRAPH.index_of(WANTED[2]))
    assert rows == [("cus_1",)]


def test_a_table_without_any_column_asked_for_has_no_row() -> None:
    """Nothing is read then."""
    found, _ = _read(Values.of(GRAPH, {TABLE: pa.table({"other": [1, 2]})}), WANTED)

    assert (found.n_rows, found.n_read, dict(found.columns)) == (0, 0, {})


def test_rows_are_kept_by_a_condition_and_counted_as_read() -> None:
    """A condition names columns by position; progress hears of every row."""
    heard: list[int] = []
    column = GRAPH.index_of(WANTED[0])
    database = open_database()

    found = Values.of(GRAPH, {TABLE: pa.table(ROWS)}).relation(
        database,
        GRAPH.index_of(TABLE),
        [column],
        where=f"c{column} <> 'cus_2'",
        max_rows=3,
        progress=heard.append,
    )

    assert (found.n_rows, found.n_read, sum(heard)) == (2, 3, 3)


def test_more_rows_than_allowed_are_an_error() -> None:
    """A part of a table would be no sample of it: nothing of it stays."""
    database = open_database()
    values = Values.of(GRAPH, {TABLE: pa.table(ROWS)})

    with pytest.raises(ValuesError, match=r"has more than the 2 rows"):
        values.relation(database, GRAPH.index_of(TABLE), [GRAPH.index_of(WANTED[0])], max_rows=2)
    assert database.execute("SHOW TABLES").fetchall() == []


def test_a_stream_is_read_once() -> None:
    """The second time is an error, not an empty table."""
    values = Values.of(GRAPH, {TABLE: pa.table(ROWS).to_reader()})
    _read(values, WANTED)

    with pytest.raises(ValuesError, match="has been read already"):
        _read(values, WANTED)


def test_schemas_say_where_tables_lie() -> None:
    """A prefix for a system, a whole name for a table; a quote in a name is doubled."""
    connection = duckdb.connect(":memory:")
    connection.execute('CREATE SCHEMA raw; CREATE TABLE raw."the ""one""" AS SELECT 1 AS id')

    values = Values.of(GRAPH, {"Stripe": connection}, {TABLE: 'raw."the ""one"""'})

    assert _read(values, WANTED[:1])[1] == [("1",)]
    table, column = GRAPH.index_of(TABLE), GRAPH.index_of(WANTED[0])
    assert values.statements(table, [column]) == ('SELECT "id" FROM "raw"."the ""one"""',)


def test_a_schema_of_the_catalogue_is_left_out_where_there_is_none() -> None:
    """``public.users`` is ``users`` in a database without schemas."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE users (id TEXT)")
        values = Values.of(GRAPH, {"PostgreSQL": connection})
        table, column = "PostgreSQL/public.users", "PostgreSQL/public.users.id"

        assert _read(values, [column], table)[1] == []
        assert values.statements(GRAPH.index_of(table), [GRAPH.index_of(column)]) == (
            'SELECT * FROM "public"."users" WHERE 1 = 0',
            'SELECT "id" FROM "public"."users"',
        )
        assert values.n_queries(GRAPH.index_of(table)) == 2


def test_a_folder_has_a_folder_for_each_system(tmp_path: Path) -> None:
    """Files are named as tables, with their schema or without."""
    (tmp_path / "stripe").mkdir()
    (tmp_path / "PostgreSQL").mkdir()
    (tmp_path / "stripe" / "customers.csv").write_text("id\ncus_1\n", "utf-8")
    pq.write_table(pa.table({"id": ["u"]}), tmp_path / "PostgreSQL" / "public.users.parquet")
    values = Values.of(GRAPH, tmp_path)

    assert _read(values, WANTED[:1])[1] == [("cus_1",)]
    users = ["PostgreSQL/public.users.id"]
    assert _read(values, users, "PostgreSQL/public.users")[1] == [("u",)]
    assert values.has(GRAPH.index_of("Stripe/invoices"))
    assert not values.has(GRAPH.index_of("Zendesk/users"))
    with pytest.raises(ValuesError, match=r"has no file of 'Stripe/invoices'"):
        _read(values, ["Stripe/invoices.id"], "Stripe/invoices")
    with pytest.raises(ValuesError, match=r"'Zendesk/users' is not connected, nor is its system"):
        _read(values, ["Zendesk/users.id"], "Zendesk/users")


@pytest.mark.parametrize(
    ("connections", "message"),
    [
        (7, "must be a mapping of systems and tables, or the path of a folder"),
        ({7: "x"}, "has a key of type int"),
        ({"Stripe/customers.id": "x"}, "which is a column"),
        ({"Stripe": pa.table({"id": [1]})}, "is a system, and a value of type Table holds one"),
        ({TABLE: object()}, "nothing reads 'Stripe/customers' from a value of type object"),
        ({"Stripe": "/nowhere/at/all"}, "does not exist"),
        ({"Stripe": __file__}, "is not a folder"),
        ({TABLE: __file__}, "is neither Parquet nor CSV"),
        ("/nowhere/at/all", "is not a folder"),
        (Path(__file__).parent, "has no folder of a system; they are 'HubSpot'"),
    ],
)
def test_wrong_connections_are_refused(connections: Any, message: str) -> None:
    """The error says what is wrong before anything is read."""
    with pytest.raises(ArgumentError, match=message):
        Values.of(GRAPH, connections)


def test_an_unknown_system_is_refused() -> None:
    """Names that come close are said, as everywhere."""
    with pytest.raises(NodeNotFoundError, match="Stripe"):
        Values.of(GRAPH, {"Strpe": "x"})


def test_an_engine_is_no_connection() -> None:
    """The error says what to write."""

    class Engine:
        raw_connection = None

    with pytest.raises(ArgumentError, match=r"Pass engine.raw_connection\(\)"):
        Values.of(GRAPH, {TABLE: Engine()})


CANARY = "canary-7f3a"


def _bad_csv(folder: Path) -> tuple[str, Any]:
    lines = f"id,email,balance\n{CANARY},{CANARY}\xff,\n".encode("latin-1")
    (folder / "customers.csv").write_bytes(lines)
    return "Stripe", folder


def _bad_parquet(folder: Path) -> tuple[str, Any]:
    (folder / "customers.parquet").write_text(CANARY * 9, "utf-8")
    return "Stripe", folder


def _bad_view(_: Path) -> tuple[str, Any]:
    connection = duckdb.connect(":memory:")
    connection.execute(
        f"CREATE VIEW customers AS SELECT CAST(x AS INTEGER) AS id, 1 AS email, 2 AS balance"
        f" FROM (VALUES ('{CANARY}')) t(x)"
    )
    return "Stripe", connection


def _bad_reader(_: Path) -> tuple[str, Any]:
    def batches() -> Any:
        yield pa.record_batch({name: [CANARY] for name in ("id", "email", "balance")})
        raise RuntimeError(CANARY)

    schema = pa.schema([(name, pa.string()) for name in ("id", "email", "balance")])
    return TABLE, pa.RecordBatchReader.from_batches(schema, batches())


def _bad_connection(_: Path) -> tuple[str, Any]:
    class Bad(_Cursor):
        def fetchmany(self, n: int) -> list[tuple[Any, ...]]:
            raise sqlite3.DataError(CANARY * n)

    class Connection(_Connection):
        def cursor(self) -> _Cursor:
            return Bad()

    return "Stripe", Connection()


def _no_table(_: Path) -> tuple[str, Any]:
    return "Stripe", sqlite3.connect(":memory:")


BAD = [_bad_csv, _bad_parquet, _bad_view, _bad_reader, _bad_connection, _no_table]


@pytest.mark.parametrize("kind", BAD)
def test_errors_of_drivers_hold_no_value(
    kind: Callable[[Path], tuple[str, Any]], tmp_path: Path
) -> None:
    """Neither the message nor what is behind it quotes what a driver said."""
    key, value = kind(tmp_path)

    with pytest.raises(ValuesError, match=r"The values of 'Stripe/customers'") as caught:
        _read(Values.of(GRAPH, {key: value}), WANTED)

    if kind is _no_table:
        value.close()
        assert "OperationalError" in str(caught.value)
    error: BaseException | None = caught.value
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    while error is not None:
        assert CANARY not in repr(error)
        error = error.__context__


def _read(
    values: Values, columns: Any, table: str = TABLE
) -> tuple[Relation, list[tuple[Any, ...]]]:
    database = open_database()
    wanted = [GRAPH.index_of(column) for column in columns]
    found = values.relation(database, GRAPH.index_of(table), wanted)
    chosen = ", ".join(found.columns.values()) or "0"
    return found, database.execute(f"SELECT {chosen} FROM {found.name}").fetchall()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (_relation, 'SELECT "id" FROM relation'),
        (_arrow, 'SELECT "id" FROM arrow_stream'),
        (_duckdb, 'SELECT "id" FROM "customers"'),
        (_folder, "CUSTOMERS.parquet')"),
    ],
)
def test_statements_of_what_is_no_server(
    kind: Callable[[Path], tuple[str, Any]], expected: str, tmp_path: Path
) -> None:
    """They say what is read, though nothing is sent anywhere."""
    key, value = kind(tmp_path)
    values = Values.of(GRAPH, {key: value})

    (statement,) = values.statements(GRAPH.index_of(TABLE), [GRAPH.index_of(WANTED[0])])
    assert statement.endswith(expected)


def test_a_connection_that_failed_is_rolled_back() -> None:
    """A database that refuses everything after an error is fit for the next table."""
    undone: list[str] = []

    class Failing(_Cursor):
        def execute(self, query: str) -> None:
            if "nowhere" in query or "1 = 0" not in query:
                raise RuntimeError(query)

    class Connection(_Connection):
        def cursor(self) -> _Cursor:
            return Failing()

        def rollback(self) -> None:
            undone.append("rollback")
            raise RuntimeError

    values = Values.of(GRAPH, {"Stripe": Connection()})
    with pytest.raises(ValuesError, match="RuntimeError"):
        _read(values, WANTED[:1])
    with pytest.raises(ValuesError, match="RuntimeError"):
        _read(Values.of(GRAPH, {"Stripe": Connection()}, {TABLE: "nowhere"}), WANTED[:1])
    assert len(undone) == 3


def test_names_of_other_databases_have_backticks() -> None:
    """MySQL and BigQuery quote names by them."""
    connection = type("Connection", (_Connection,), {"__module__": "pymysql.connections"})()
    values = Values.of(GRAPH, {"Stripe": connection})

    statements = values.statements(GRAPH.index_of(TABLE), [GRAPH.index_of(WANTED[0])])
    assert statements == ("SELECT * FROM `customers` WHERE 1 = 0", "SELECT `id` FROM `customers`")


def test_tables_without_a_name_are_nowhere() -> None:
    """A table without a name in the catalogue cannot be found in a database or folder."""
    table = next(
        code
        for code in range(*GRAPH.arrays.nodes.first[[1, 2]].tolist())
        if not GRAPH.arrays.nodes.resolved[code]
    )
    column = int(np.flatnonzero(GRAPH.arrays.nodes.parent == table)[0])
    path = GRAPH.arrays.nodes.path
    system = path[int(GRAPH.arrays.nodes.ancestor[0][table])].as_py()
    with closing(sqlite3.connect(":memory:")) as lite, duckdb.connect(":memory:") as duck:
        for connection in (lite, duck):
            with pytest.raises(ValuesError, match="has no name of it"):
                Values.of(GRAPH, {system: connection}).relation(open_database(), table, [column])


def test_columns_without_a_name_are_missing() -> None:
    """A shortened id is not the name of a column in the data."""
    column = GRAPH.index_of("Salesforce/Lead.dee62242")
    values = Values.of(GRAPH, {"Salesforce/Lead": pa.table({"dee62242": ["x"]})})

    found = values.relation(open_database(), GRAPH.index_of("Salesforce/Lead"), [column])
    assert found.missing == (column,)


def test_long_streams_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches wait until there are enough rows, and the rest comes last."""
    monkeypatch.setattr("hummgraph.warehouse.sources.SLICE", 2)
    heard: list[int] = []
    values = Values.of(GRAPH, {TABLE: pa.table(ROWS).to_reader(max_chunksize=1)})
    column = GRAPH.index_of(WANTED[0])

    values.relation(open_database(), GRAPH.index_of(TABLE), [column], progress=heard.append)
    assert heard == [2, 1]


def test_sqlstates_of_other_drivers_are_said() -> None:
    """A state is five letters or digits; anything else is left out."""
    error = type("DataError", (Exception,), {"pgcode": "22P02"})
    other = type("DataError", (Exception,), {"pgcode": CANARY})

    assert fault_of(error()) == "DataError, SQLSTATE 22P02"
    assert fault_of(other()) == "DataError"
