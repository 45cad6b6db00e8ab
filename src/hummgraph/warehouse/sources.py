"""Tables of others, read as Arrow batches of just the columns that are asked for.

Errors of a database or a file may quote values: an error here has its class and its
SQLSTATE, never its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from hummgraph.errors import ArgumentError, MissingDependencyError, ValuesError
from hummgraph.errors.texts import quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["Source", "file_kind", "open_database", "open_source"]

Address: TypeAlias = tuple[str, ...]
"""Address of a table: catalogue, schema and name, as far as known."""
Found: TypeAlias = Mapping[str, tuple[str, ...]]
"""Columns of a table by name, with the path to them: parts of a structure are ``a.b``."""
Rows: TypeAlias = Generator[pa.Table, None, None]
T = TypeVar("T")

BATCH: Final = 10_000
"""Rows that are fetched at a time."""
SLICE: Final = 100_000
"""Rows of Arrow that are made texts at a time."""
_SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BACKTICKS: Final = frozenset({"databricks", "google", "mariadb", "mysql", "MySQLdb", "pymysql"})
"""Libraries whose databases quote names by backticks."""
_SQLSTATE: Final = re.compile(r"[0-9A-Z]{5}")


class Source(Protocol):
    """One table of somebody."""

    n_queries: int
    """Number of queries that reading it sends to a database."""

    def find(self) -> Found:
        """Return the columns that it has."""

    def read(self, columns: Sequence[tuple[str, ...]]) -> Rows:
        """Yield rows of some columns, by path: texts, named by their position.

        All of it happens in the thread that asks for the next rows, as drivers want it.
        """

    def statements(self, columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the SQL that reading sends."""


def open_database() -> duckdb.DuckDBPyConnection:
    """Return a new database in memory that writes nothing to disk and downloads nothing."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingDependencyError.of("duckdb") from error
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": "",
        },
    )
    # In a notebook without ipywidgets DuckDB can draw no bar, and refuses the setting.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    return connection


@cache
def _converting() -> duckdb.DuckDBPyConnection:
    """Return a database that converts values and keeps none; opening one takes its time."""
    return open_database()


def file_kind(path: Path) -> str:
    """Return the kind of a file by its name; empty if it is neither Parquet nor CSV."""
    return next((suffix for suffix in _SUFFIXES if path.name.lower().endswith(suffix)), "")


def open_source(value: Any, table: str, addresses: Sequence[Address]) -> Source:
    """Return the reader of a table.

    Parameters
    ----------
    value
        Connection of a table or its system; a path is that of a file.
    table
        Path of the table in the graph, for messages.
    addresses
        Addresses of the table in a database, the likeliest first.

    Raises
    ------
    ArgumentError
        If nothing is known that reads such a value.
    """
    kind = type(value)
    if isinstance(value, str | PathLike):
        return _FileSource(Path(fspath(value)), table)
    if kind.__module__.partition(".")[0].lstrip("_") == "duckdb":
        if hasattr(value, "project"):
            return _RelationSource(value, table)
        if hasattr(value, "cursor"):
            return _DuckDBSource(value, table, tuple(addresses))
    if hasattr(value, "__arrow_c_stream__"):
        return _ArrowSource(value, table)
    if hasattr(value, "cursor") and not kind.__name__.startswith("Async"):
        return _CursorSource(value, table, tuple(addresses))
    hint = "Pass a DuckDB relation, an Arrow table, a path, or a DB-API or ADBC connection."
    if hasattr(value, "raw_connection"):
        hint = "Pass engine.raw_connection()."
    raise ArgumentError(
        f"connections: nothing reads {table!r} from a value of type {kind.__name__}.", hint=hint
    )


def safely(table: str, function: Callable[..., T], *arguments: Any) -> T:
    """Call a function of another library; raise without the text of its errors.

    The error is raised after the other one has been dealt with, so that it is not its context:
    programs that report errors print that too.
    """
    try:
        return function(*arguments)
    except (ArgumentError, ValuesError, MissingDependencyError):
        raise
    except Exception as error:  # noqa: BLE001 - any class of any driver
        fault = fault_of(error)
    raise ValuesError(
        f"The values of {quoted(table)} cannot be read: {fault}.",
        hint="The text of the error may quote values, and is left out.",
    )


def fault_of(error: Exception) -> str:
    """Return the class of an error, and its SQLSTATE if it has one."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    known = isinstance(state, str) and _SQLSTATE.fullmatch(state)
    return f"{type(error).__name__}, SQLSTATE {state}" if known else type(error).__name__


# --- what DuckDB reads: files, Arrow, its own relations ------------------------------------------


def _quote(path: Sequence[str], mark: str = '"') -> str:
    return ".".join(f"{mark}{part.replace(mark, mark * 2)}{mark}" for part in path)


def _text_sql(column: str, kind: str) -> str:
    """Return the text of a column of a type of DuckDB, equal for equal values of other types."""
    if kind == "VARCHAR":
        return column
    if kind in {"FLOAT", "DOUBLE"}:
        # A whole number is often a float only because other rows have none.
        whole = f"CAST(CAST({column} AS HUGEINT) AS VARCHAR)"
        return (
            f"CASE WHEN isnan({column}) THEN NULL"
            f" WHEN abs({column}) < 1e15 AND {column} = trunc({column}) THEN {whole}"
            f" ELSE CAST({column} AS VARCHAR) END"
        )
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(make_timestamp(epoch_us({column})) AS VARCHAR)"
    if kind == "BLOB":
        return f"lower(hex({column}))"
    return f"CAST({column} AS VARCHAR)"


def _paths(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the columns of a schema by name, and the parts of structures."""
    found: dict[str, tuple[str, ...]] = {}

    def add(fields: Any, above: tuple[str, ...]) -> None:
        for part in fields:
            path = (*above, part.name)
            found.setdefault(".".join(path), path)
            if pa.types.is_struct(part.type):
                add([part.type.field(i) for i in range(part.type.num_fields)], path)

    add(schema, ())
    # A column of its own comes before a part of a structure that is written alike.
    return found | {name: (name,) for name in schema.names}


def _text_relation(relation: Any, columns: Sequence[tuple[str, ...]]) -> Any:
    """Return columns of a relation of DuckDB as texts."""
    plain = relation.project(
        ", ".join(f'{_quote(path)} AS "{at}"' for at, path in enumerate(columns))
    )
    texts = [_text_sql(f'"{at}"', str(kind)) for at, kind in enumerate(plain.types)]
    return plain.project(", ".join(f'{text} AS "{at}"' for at, text in enumerate(texts)))


def _rows_of(relation: Any, columns: Sequence[tuple[str, ...]]) -> Rows:
    for batch in pa.RecordBatchReader.from_stream(_text_relation(relation, columns)):
        yield pa.Table.from_batches([batch])


def _relation_schema(relation: Any) -> pa.Schema:
    return pa.RecordBatchReader.from_stream(relation.limit(0)).schema


@dataclass
class _RelationSource:
    """A relation of DuckDB."""

    relation: Any
    table: str
    n_queries: int = 0

    def find(self) -> Found:
        return _paths(safely(self.table, _relation_schema, self.relation))

    def read(self, columns: Sequence[tuple[str, ...]]) -> Rows:
        yield from _rows_of(self.relation, columns)

    def statements(self, columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        return (_select(columns, "relation"),)


@dataclass
class _FileSource:
    """A file of Parquet or CSV; of a CSV file, every cell is a text."""

    path: Path
    table: str
    n_queries: int = 0

    def _relation(self) -> Any:
        connection = _converting().cursor()
        if file_kind(self.path) == ".parquet":
            return connection.read_parquet(self._pattern())
        return connection.read_csv(self._pattern(), all_varchar=True, header=True)

    def _pattern(self) -> str:
        # DuckDB takes some characters of a path for a pattern.
        return re.sub(r"([*?\[])", r"[\1]", str(self.path))

    def find(self) -> Found:
        return _paths(safely(self.table, lambda: _relation_schema(self._relation())))

    def read(self, columns: Sequence[tuple[str, ...]]) -> Rows:
        yield from _rows_of(self._relation(), columns)

    def statements(self, columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        kind = "parquet" if file_kind(self.path) == ".parquet" else "csv"
        name = str(self.path).replace("'", "''")
        return (_select(columns, f"read_{kind}('{name}')"),)


@dataclass
class _ArrowSource:
    """Source of a stream of Arrow; a reader of batches yields it only once."""

    value: Any
    table: str
    n_queries: int = 0

    def find(self) -> Found:
        if self.value is None:
            raise ValuesError(
                f"The stream of {quoted(self.table)} has been read already.",
                hint="A stream yields its rows once: pass an Arrow table.",
            )
        return _paths(safely(self.table, self._schema))

    def _schema(self) -> pa.Schema:
        schema = getattr(self.value, "schema", None)
        if isinstance(schema, pa.Schema):
            return schema
        stream = pa.RecordBatchReader.from_stream(self.value)
        self.value = stream if _is_single(self.value) else self.value
        return stream.schema

    def read(self, columns: Sequence[tuple[str, ...]]) -> Rows:
        value = self.value
        if _is_single(value):
            self.value = None
        names = list(dict.fromkeys(path[0] for path in columns))
        database = _converting().cursor()
        for rows in _slices(value, names):
            relation = database.from_arrow(rows)
            yield _text_relation(relation, columns).to_arrow_table()

    def statements(self, columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        return (_select(columns, "arrow_stream"),)


def _is_single(value: Any) -> bool:
    """Return whether a stream can be read once only: it is not a table of some library."""
    return isinstance(value, pa.RecordBatchReader) or not hasattr(value, "__len__")


def _slices(value: Any, names: Sequence[str]) -> Rows:
    """Yield some columns of a table or stream of Arrow, many rows at a time."""
    if isinstance(value, pa.Table):
        table = value.select(names)
        for start in range(0, table.num_rows, SLICE):
            yield _without_extensions(table.slice(start, SLICE))
        return
    waiting: list[pa.RecordBatch] = []
    for batch in pa.RecordBatchReader.from_stream(value):
        waiting.append(batch.select(names))
        if sum(part.num_rows for part in waiting) >= SLICE:
            yield _without_extensions(pa.Table.from_batches(waiting))
            waiting = []
    if waiting:
        yield _without_extensions(pa.Table.from_batches(waiting))


def _without_extensions(table: pa.Table) -> pa.Table:
    """Return columns of extension types as columns of their storage types.

    DuckDB knows UUIDs, and refuses most others.
    """
    columns = []
    for column in table.columns:
        kind = column.type
        if isinstance(kind, pa.BaseExtensionType) and kind.extension_name != "arrow.uuid":
            parts = [chunk.storage for chunk in column.chunks]
            columns.append(pa.chunked_array(parts, kind.storage_type))
        else:
            columns.append(column)
    return pa.table(columns, names=table.column_names)


# --- what answers SQL ----------------------------------------------------------------------------


def _select(columns: Sequence[tuple[str, ...]], address: str, mark: str = '"') -> str:
    names = ", ".join(_quote(path, mark) for path in columns)
    return f"SELECT {names} FROM {address}"


def _spellings(addresses: Sequence[Address], mark: str) -> Iterator[str]:
    """Yield spellings of a table's address: quoted, and as the database folds plain names."""
    for address in addresses:
        yield _quote(address, mark)
        if all(_PLAIN_NAME.fullmatch(part) for part in address):
            yield ".".join(address)


@dataclass
class _DuckDBSource:
    """A table of a database of DuckDB, by the user's connection to it."""

    connection: Any
    table: str
    addresses: tuple[Address, ...]
    n_queries: int = 1

    def _relation(self) -> Any:
        first: ValuesError | None = None
        for address in self.addresses:
            query = f"SELECT * FROM {_quote(address)}"
            try:
                return safely(self.table, self.connection.sql, query)
            except ValuesError as error:
                first = first or error
        raise first or _no_address(self.table)

    def find(self) -> Found:
        return _paths(safely(self.table, _relation_schema, self._relation()))

    def read(self, columns: Sequence[tuple[str, ...]]) -> Rows:
        yield from _rows_of(self._relation(), columns)

    def statements(self, columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        return (_select(columns, _quote(self.addresses[0])),)


def _no_address(table: str) -> ValuesError:
    return ValuesError(
        f"The place of {quoted(table)} is not known: the catalogue has no name of it."
    )


@dataclass
class _CursorSource:
    """A table behind a connection of DB-API or ADBC."""

    connection: Any
    table: str
    addresses: tuple[Address, ...]
    n_queries: int = 2
    _address: str = ""

    @property
    def _library(self) -> str:
        return type(self.connection).__module__.partition(".")[0]

    @property
    def _mark(self) -> str:
        return "`" if self._library in _BACKTICKS else '"'

    def find(self) -> Found:
        first: ValuesError | None = None
        for address in _spellings(self.addresses, self._mark):
            try:
                names = safely(self.table, self._names, address)
            except ValuesError as error:
                first = first or error
            else:
                self._address = address
                return {name: (name,) for name in names}
        raise first or _no_address(self.table)

    def _names(self, address: str) -> list[str]:
        """Return the names of a table's columns, without a row."""
        return self._undone(lambda: self._described(_probe(address)))

    def _described(self, query: str) -> list[str]:
        cursor = self.connection.cursor()
        try:
            cursor.execute(query)
            return [str(column[0]) for column in cursor.description]
        finally:
            cursor.close()

    def _undone(self, function: Callable[[], T]) -> T:
        """Call a function; after an error, leave the connection fit for other queries."""
        if self._library == "psycopg":
            with self.connection.transaction():
                return function()
        try:
            return function()
        except Exception:
            self._undo()
            raise

    def _undo(self) -> None:
        # SQLite goes on after an error; others refuse everything until the transaction is undone.
        if self._library != "sqlite3":
            with suppress(Exception):
                self.connection.rollback()

    def read(self, columns: Sequence[tuple[str, ...]]) -> Rows:
        query = _select(columns, self._address, self._mark)
        if self._library == "psycopg":
            with self.connection.transaction():
                # A cursor with a name stays in the database, and sends some rows at a time.
                yield from self._fetched(self.connection.cursor(name="hummgraph"), query)
            return
        cursor = self.connection.cursor()
        fetched = self._fetched_arrow if hasattr(cursor, "fetch_record_batch") else self._fetched
        try:
            yield from fetched(cursor, query)
        except Exception:
            self._undo()
            raise

    def _fetched_arrow(self, cursor: Any, query: str) -> Rows:
        """Yield rows of a cursor of ADBC."""
        database = _converting().cursor()
        try:
            cursor.execute(query)
            reader = cursor.fetch_record_batch()
            names = [str(at) for at in range(len(reader.schema))]
            for batch in reader:
                rows = _without_extensions(pa.Table.from_batches([batch]).rename_columns(names))
                texts = _text_relation(database.from_arrow(rows), [(name,) for name in names])
                yield texts.to_arrow_table()
        finally:
            cursor.close()

    def _fetched(self, cursor: Any, query: str) -> Rows:
        """Yield rows of a cursor of DB-API."""
        try:
            cursor.execute(query)
            while rows := cursor.fetchmany(BATCH):
                columns = [
                    pa.array([_text_of(value) for value in column], pa.string())
                    for column in zip(*rows, strict=True)
                ]
                yield pa.table(columns, names=[str(at) for at in range(len(columns))])
        finally:
            cursor.close()

    def statements(self, columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        address = _quote(self.addresses[0], self._mark)
        return (_probe(address), _select(columns, address, self._mark))


def _probe(address: str) -> str:
    return f"SELECT * FROM {address} WHERE 1 = 0"


def _text_of(value: Any) -> str | None:
    """Return the text of a value of a DB-API driver, as `_text_sql` writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - what is not a number differs from itself
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if hasattr(value, "astimezone") and getattr(value, "tzinfo", None) is not None:
        from datetime import UTC

        value = value.astimezone(UTC).replace(tzinfo=None)
    return str(value)
