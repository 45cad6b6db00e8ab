"""Tables of pairs of any library, and results as tables of the same library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_records
from hummgraph.frames import Frame
from hummgraph.records.limits import Limits, MemoryBudget
from hummgraph.records.tables.files import file_rows, opened
from hummgraph.records.tables.rows import (
    Block,
    Rows,
    arrow_rows,
    json_rows,
    record_rows,
    relation_rows,
    table_of,
    table_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hummgraph.records.tables.cells import Values

__all__ = ["Library", "pair_rows", "returns"]


_HINT: Final = "Pass a table with the columns source, target and score, or a list of such dicts."


class Library(StrEnum):
    """Whose a table is."""

    PANDAS = "pandas"
    POLARS = "polars"
    DUCKDB = "duckdb"
    ARROW = "pyarrow"
    OURS = "hummgraph"
    RECORDS = "records"
    COLUMNS = "columns"


def pair_rows(
    given: Any, function: str, names: Iterable[str], *, once: bool = False
) -> tuple[Rows, Library]:
    """Return the rows of a table of pairs, and whose table it is.

    Parameters
    ----------
    given
        A table, records, columns, a path, or the content of a file.
    function
        The function that takes it, for errors.
    names
        Names of the columns that are read.
    once
        Whether the rows are read only once, so that a relation of DuckDB need not be held.

    Raises
    ------
    ArgumentError
        If it is none of these.
    """
    check_records(given, function, "a table of pairs, their records or a path", _HINT)
    if once and hasattr(given, "__arrow_c_stream__") and _library_of(given) is Library.DUCKDB:
        return relation_rows(given, "The table"), Library.DUCKDB
    rows = table_rows(given, _HINT)
    if rows is not None:
        return rows, _library_of(given)
    memory = MemoryBudget(Limits())
    file = opened(given, memory)
    if file is not None:
        found = file_rows(file.opener, file.path, file.origin, dict.fromkeys(names, ""), memory)
        return found or json_rows(file.opener, file.origin), Library.OURS
    if isinstance(given, Mapping):
        return _column_rows(given), Library.COLUMNS
    records = list(given)
    if records and all(isinstance(item, pa.RecordBatch | pa.Table) for item in records):
        return arrow_rows(table_of(records), "The table"), Library.ARROW
    for number, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise ArgumentError(
                f"Record {number:,}, counted from 0, is a {type(record).__name__}, not a dict.",
                hint="Each record is a dict of a pair's columns.",
            )
    return record_rows(records, "The list of records"), Library.RECORDS


def _library_of(table: Any) -> Library:
    for base in type(table).__mro__:
        package = base.__module__.partition(".")[0].removeprefix("_")
        if package in {"pandas", "polars", "duckdb", "hummgraph"}:
            return Library(package)
    return Library.ARROW


def _column_rows(columns: Mapping[Any, Any]) -> Rows:
    made: dict[str, Any] = {}
    for name, values in columns.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
            raise ArgumentError(
                f"The column {str(name)!r} is a {type(values).__name__}, not a list of values.",
                hint="Pass a dict of lists, a list of dicts, or a table.",
            )
        made[str(name)] = _column(values)
    sizes = {len(values) for values in made.values()}
    if len(sizes) > 1:
        raise ArgumentError(
            f"The columns differ in length: {min(sizes):,} and {max(sizes):,} values.",
            hint="A dict of columns has one value for each pair in each of them.",
        )
    block = Block(sizes.pop() if sizes else 0, made)
    return Rows(list(made), lambda: iter([block]), "The dict of columns")


def _column(values: Any) -> Values:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, np.ndarray):
        return pa.array(values)
    return values if isinstance(values, pa.Array) else list(values)


def returns(given: Any, library: Library) -> Callable[[pa.Table], Any]:
    """Return the function that makes a table of Arrow one of the library of ``given``.

    UUIDs are those of Arrow in the table.
    """

    def make(table: pa.Table) -> Any:
        if library is Library.ARROW:
            return table
        if library is Library.PANDAS:
            return table.to_pandas()
        columns = {name: table.column(name).to_pylist() for name in table.column_names}
        if library is Library.COLUMNS:
            return columns
        if library is Library.RECORDS:
            rows = zip(*columns.values(), strict=True)
            return [dict(zip(columns, row, strict=True)) for row in rows]
        return _MAKERS[library](given, _with_texts(table))

    return make


def _polars_frame(_: Any, table: pa.Table) -> Any:
    import polars as pl

    return pl.DataFrame(table)


def _duckdb_relation(given: Any, table: pa.Table) -> Any:
    """Return a relation in the connection of another one, so that both can be joined."""
    connection = getattr(given, "_con", None)
    if connection is not None:
        return connection.from_arrow(table)
    # Before 2.0 a relation does not tell its connection, and a query finds tables of Python by
    # their variables: this one has a name that no other table or variable has.
    name = f"hummgraph_{uuid4().hex}"
    globals()[name] = table
    try:
        return given.query(f"{name}_pairs", f"SELECT * FROM {name}")
    except Exception as error:
        raise ArgumentError(
            "DuckDB's settings let no query read tables of Python, which the result is made of.",
            hint="Pass relation.to_arrow_table().",
        ) from error
    finally:
        del globals()[name]


_MAKERS: Final[Mapping[Library, Callable[[Any, pa.Table], Any]]] = {
    Library.POLARS: _polars_frame,
    Library.DUCKDB: _duckdb_relation,
    Library.OURS: lambda _, table: Frame(table),
}


def _with_texts(table: pa.Table) -> pa.Table:
    """Return a table whose UUIDs are texts, for libraries without a type of their own."""
    for place, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            texts = pa.array(map(str, table.column(place).to_pylist()), pa.string())
            table = table.set_column(place, field.name, texts)
    return table
