"""DuckDB as an engine: within its memory limit, with its own files for what does not fit."""

from __future__ import annotations

import glob
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import uuid4

import pyarrow as pa

from hummgraph.errors import ConfigError, FormatError
from hummgraph.errors.texts import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DuckDBEngine", "is_connection", "reason"]

MAX_ROWS_HELD: Final = 500_000
"""Rows of results that are held until they are written."""


_SAME_FOLDERS: Final = (
    "Either all files lie in folders whose names have the same columns, such as year=2026, or none."
)


def is_connection(value: object) -> bool:
    """Return whether something is a connection of DuckDB."""
    kind = type(value)
    package = kind.__module__.partition(".")[0].removeprefix("_")
    return package == "duckdb" and hasattr(value, "cursor") and hasattr(value, "register")


def _faults() -> type[Exception]:
    """Return the class of all errors of DuckDB."""
    import duckdb

    return duckdb.Error


def reason(error: Exception) -> str:
    """Return the first line of an error of DuckDB, without the full stop."""
    return str(error).partition("\n")[0].rstrip(".!:")


class DuckDBEngine:
    """Tables in a database of their own beside those of a connection.

    It has the connection's settings, such as ``memory_limit`` and ``threads``, and nothing of it
    stays after :meth:`close` but what :meth:`give` returns.

    Parameters
    ----------
    connection
        A connection of DuckDB. Results of its cursors stay; one of its own that is not fetched yet
        is lost, as by its next query.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._name = f"hummgraph_{uuid4().hex}"
        # One connection writes while the other reads.
        self._writer, self._reader = connection.cursor(), connection.cursor()
        try:
            self._writer.execute(f"ATTACH ':memory:' AS {self._name}")
        except _faults() as error:
            raise ConfigError(
                f"DuckDB has no place for tables of an engine: {reason(error)}.",
                hint="A connection that is read-only makes no tables: open duckdb.connect(), and"
                " ATTACH 'file.duckdb' (READ_ONLY) there.",
            ) from error
        for cursor in (self._writer, self._reader):
            cursor.execute(f"USE {self._name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove all tables."""
        self._reader.close()
        self._writer.close()
        # A new cursor is not in the database that goes.
        with self._connection.cursor() as cursor:
            cursor.execute(f"DETACH {self._name}")

    def opened(self, given: Any) -> Any:
        """Return a folder or pattern of Parquet files as a relation, anything else as it is.

        A folder is read with all folders in it; names such as ``year=2026`` become columns.

        Raises
        ------
        ConfigError
            If there is no such file.
        FormatError
            If DuckDB cannot read them.
        """
        if not isinstance(given, str | PathLike):
            return given
        path = fspath(given)
        if "://" in path:
            pattern = path
        elif Path(path).is_dir():
            pattern = f"{glob.escape(path)}/**/*.parquet"
        elif glob.has_magic(path) and not Path(path).exists():
            pattern = path
        else:
            return given
        found = "SELECT * FROM glob(?) LIMIT 1"
        try:
            if "://" in path or self._reader.execute(found, [pattern]).fetchall():
                return self._reader.read_parquet(pattern, hive_partitioning=True)
        except _faults() as error:
            raise FormatError(
                f"The files of {quoted(path)} cannot be read: {reason(error)}.",
                hint=_SAME_FOLDERS if "mismatch" in str(error) else "",
            ) from error
        raise ConfigError(
            f"There is no Parquet file in {quoted(path)}.",
            hint="Files of a folder end in .parquet; a pattern names them, as 'pairs/*.parq'.",
        )

    def text(self, column: str) -> str:
        """Return the SQL of a column of UTF-8, which no collation compares, as texts."""
        return f"decode({column})"

    def make(self, name: str, select: str) -> None:
        """Make a table of the rows of a query; one of the same name is replaced."""
        self._writer.execute(f"CREATE OR REPLACE TABLE {name} AS {select}")

    def ranked(self, name: str, select: str, order: str) -> None:
        """Make a table of the rows of a query, with their positions from 0 in ``pos``."""
        place = f"row_number() OVER (ORDER BY {order}) - 1 AS pos"
        self.make(name, f"SELECT *, {place} FROM ({select})")

    def put(self, name: str, table: pa.Table) -> None:
        """Make a table of one of Arrow; one of the same name is replaced."""
        self._with(table, f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")

    def _with(self, table: pa.Table, statement: str) -> None:
        self._writer.register("given", table)
        try:
            self._writer.execute(statement)
        finally:
            self._writer.unregister("given")

    def append(self, name: str, table: pa.Table) -> None:
        """Add rows to a table, which is made if it does not exist."""
        self._with(table, f"CREATE TABLE IF NOT EXISTS {name} AS SELECT * FROM given LIMIT 0")
        self._with(table, f"INSERT INTO {name} SELECT * FROM given")

    def rows(self, select: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query, in its order."""
        yield from pa.RecordBatchReader.from_stream(self._reader.sql(select))

    def apply(
        self, name: str, select: str, work: Callable[[pa.Table], pa.Table], schema: pa.Schema
    ) -> None:
        """Make a table of what a function returns for the rows of each ``part`` of a query."""
        self.put(name, schema.empty_table())
        held: list[pa.Table] = []
        for part in self._parts(select):
            held.append(work(part))
            if sum(map(len, held)) >= MAX_ROWS_HELD:
                self.append(name, pa.concat_tables(held))
                held.clear()
        if held:
            self.append(name, pa.concat_tables(held))

    def _parts(self, select: str) -> Iterator[pa.Table]:
        """Yield the rows of each part."""
        batches: list[pa.RecordBatch] = []
        current = None
        for batch in self.rows(f"SELECT * FROM ({select}) ORDER BY part"):
            part = batch.column("part").to_numpy()
            begin = 0
            while begin < len(part):
                if part[begin] != current:
                    if batches:
                        yield pa.Table.from_batches(batches)
                    batches, current = [], part[begin]
                end = begin + int((part[begin:] == current).sum())
                batches.append(batch.slice(begin, end - begin).drop_columns("part"))
                begin = end
        if batches:
            yield pa.Table.from_batches(batches)

    def drop(self, *names: str) -> None:
        """Remove tables."""
        for name in names:
            self._writer.execute(f"DROP TABLE {name}")

    def give(self, select: str) -> Any:
        """Return the rows of a query, sorted by its first column, as a relation of the connection.

        They are in a temporary table.
        """
        name = f"hummgraph_clusters_{uuid4().hex[:8]}"
        # The connection sees tables of its user's first, whose names may be those of ours.
        self.make(name, select)
        own = f"SELECT * FROM {self._name}.main.{name}"
        self._connection.execute(f"CREATE TEMP TABLE {name} AS {own}")
        given = self._connection.table(name)
        kept = "SELECT current_setting('preserve_insertion_order')"
        if self._reader.execute(kept).fetchall() == [(True,)]:
            return given
        first = given.columns[0]
        key = f"encode({first})" if given.types[0] == "VARCHAR" else first
        return given.order(f"{key} ASC")
