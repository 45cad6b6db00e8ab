"""Tables of any library, and records, as blocks of columns."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError, InvalidRecordError
from hummgraph.records.decode.chunks import read_chunks
from hummgraph.records.strict_json import MAX_DEPTH, count_members, most_members, strict_json
from hummgraph.records.tables.cells import json_or_kind
from hummgraph.records.tables.fields import is_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hummgraph.records.decode.chunks import Chunk, Origin
    from hummgraph.records.tables.cells import Values

__all__ = [
    "BLOCK_ROWS",
    "Block",
    "Rows",
    "arrow_rows",
    "counted",
    "json_rows",
    "parquet_rows",
    "place_in_json",
    "record_rows",
    "relation_rows",
    "table_of",
    "table_rows",
]

BLOCK_ROWS: Final = 1 << 15
"""Rows per block: bounds the memory used besides the columns."""

_CHUNK_SIZE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """Block of rows of a table.

    Parameters
    ----------
    n_rows
        Number of rows.
    columns
        Values by column name.
    faults
        Reasons and text of each row that is not a record.
    """

    n_rows: int
    columns: Mapping[str, Values]
    faults: Mapping[int, tuple[tuple[tuple[str, str], ...], bytes]] = field(default_factory=dict)


def counted(number: int) -> str:
    """Return the name of a record that has only its number."""
    return f"record {number:,}, counted from 0"


@dataclass(frozen=True, slots=True)
class Rows:
    """Table: its columns, and its rows, which can be read repeatedly.

    Parameters
    ----------
    names
        Columns in their order; a name may occur twice.
    blocks
        Starts reading the rows.
    what
        Name of the table in errors, as the first words of a sentence.
    hint
        Hint for a table without any column named as a field.
    place
        Name of a row in errors, by its number from 0.
    """

    names: Sequence[str]
    blocks: Callable[[], Iterator[Block]]
    what: str
    hint: str = ""
    place: Callable[[int], str] = counted


def table_of(batches: Iterable[Any]) -> pa.Table:
    """Build one table from Arrow batches or tables.

    Raises
    ------
    ArgumentError
        If their columns differ in type.
    """
    tables = [
        batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        for batch in batches
    ]
    try:
        return pa.concat_tables(tables, promote_options="default")
    except pa.ArrowException as error:
        raise ArgumentError(
            "The batches do not make one table: a column differs in type between them.",
            hint="Cast them to one schema, or read them one by one.",
        ) from error


_COLUMNS_HINT: Final = (
    "Pass one with the columns source, target and confidence, or the API's fields."
)


def table_rows(given: Any, hint: str = _COLUMNS_HINT) -> Rows | None:
    """Read a table in memory: of pandas, polars, Arrow, DuckDB or any Arrow stream.

    Parameters
    ----------
    given
        The value.
    hint
        Hint for a value that holds no rows.

    Returns
    -------
    Rows or None
        ``None`` if the value is not a table.

    Raises
    ------
    ArgumentError
        If a series or an array is not a table.
    FormatError
        If the rows that it promises cannot be computed.
    """
    package = type(given).__module__.partition(".")[0].removeprefix("_")
    if package == "pandas" and hasattr(given, "iloc") and hasattr(given, "columns"):
        return _pandas_rows(given)
    if package == "polars" and hasattr(given, "collect"):  # a lazy frame
        try:
            given = given.collect()
        except Exception as error:
            raise _unread("polars", error) from error
    if package == "polars" and "Object" in map(str, getattr(given, "dtypes", ())):
        # Arrow would receive the addresses of Python's objects, not their values.
        return record_rows(given.to_dicts(), "The table", given.columns)
    is_series = package == "pandas" and hasattr(given, "iloc")  # before 3.0, no Arrow stream
    if not is_series and not any(
        hasattr(given, f"__arrow_c_{way}__") for way in ("stream", "array")
    ):
        return None
    try:
        table = pa.table(given)
    except Exception as error:  # each library raises its own errors
        if package == "duckdb":
            raise _unread("DuckDB", error) from error
        if isinstance(given, pa.RecordBatchReader):
            raise _unread("Arrow", error) from error
        raise ArgumentError(f"This {type(given).__name__} is not a table.", hint=hint) from error
    return arrow_rows(table, "The table")


def _unread(library: str, error: Exception) -> Exception:
    """Return the error for rows that a library cannot compute, with its reason."""
    if type(error).__name__ == "OutOfMemoryException":  # of DuckDB, which has more to say
        return error
    reason = str(error).partition("\n")[0].partition(". Detail: ")[0].rstrip(".!:")
    return FormatError(f"{library} cannot read the rows: {reason}.")


def arrow_rows(table: pa.Table, what: str) -> Rows:
    """Read an Arrow table."""

    def blocks() -> Iterator[Block]:
        for batch in table.to_batches(max_chunksize=BLOCK_ROWS):
            yield _arrow_block(batch)

    return Rows(table.column_names, blocks, what)


def relation_rows(relation: Any, what: str) -> Rows:
    """Read a relation of DuckDB in blocks, without holding all rows; each time it runs anew.

    Raises
    ------
    FormatError
        If DuckDB cannot compute a row; only while rows are read.
    """

    def blocks() -> Iterator[Block]:
        try:
            for batch in pa.RecordBatchReader.from_stream(relation):
                for begin in range(0, len(batch), BLOCK_ROWS):
                    yield _arrow_block(batch.slice(begin, BLOCK_ROWS))
        except Exception as error:
            raise _unread("DuckDB", error) from error

    return Rows(list(relation.columns), blocks, what)


def _arrow_block(batch: pa.RecordBatch) -> Block:
    return Block(len(batch), dict(zip(batch.schema.names, batch.columns, strict=True)))


def _pandas_rows(frame: Any) -> Rows:
    names = [str(name) for name in frame.columns]
    for name in frame.index.names:
        if name is not None and is_field(str(name)) and str(name) not in names:
            raise FormatError(
                f"The table has {str(name)!r} as its index, not as a column.",
                hint="Write frame.reset_index().",
            )

    def blocks() -> Iterator[Block]:
        for start in range(0, len(frame), BLOCK_ROWS):
            part = frame.iloc[start : start + BLOCK_ROWS]
            columns = (part.iloc[:, place] for place in range(len(names)))
            yield Block(len(part), dict(zip(names, map(_pandas_column, columns), strict=True)))

    return Rows(names, blocks, "The table")


def _pandas_column(series: Any) -> Values:
    if series.dtype != object:
        try:
            array = pa.array(series, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError):
            return list(series)
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return list(series)


def parquet_rows(source: Any, what: str) -> Rows:
    """Read a Parquet file, from its path or as an Arrow file.

    Raises
    ------
    FormatError
        If the file is damaged.
    """
    import pyarrow.parquet as pq

    def damaged() -> FormatError:
        return FormatError(
            f"{what} cannot be read as Parquet: it is damaged or cut off.",
            hint="Write or copy the file again.",
        )

    def blocks() -> Iterator[Block]:
        try:
            with pq.ParquetFile(source) as file:
                for batch in file.iter_batches(batch_size=BLOCK_ROWS):
                    yield _arrow_block(batch)
        except (pa.ArrowException, OSError) as error:
            raise damaged() from error

    try:
        with pq.ParquetFile(source) as file:
            names = file.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise damaged() from error
    return Rows(names, blocks, what)


def record_rows(records: Sequence[Any], what: str, names: Sequence[str] = ()) -> Rows:
    """Read records in memory; a value that is not a mapping is not a record."""

    def blocks() -> Iterator[Block]:
        for start in range(0, len(records), BLOCK_ROWS):
            some = records[start : start + BLOCK_ROWS]
            faults = {
                row: ((("not_object", ""),), json_or_kind(record).encode())
                for row, record in enumerate(some)
                if not isinstance(record, Mapping)
            }
            yield _record_block([{} if row in faults else r for row, r in enumerate(some)], faults)

    keys = (record for record in records if isinstance(record, Mapping))
    return Rows(names or _distinct_names(keys), blocks, what)


def _distinct_names(groups: Iterable[Iterable[Any]]) -> list[str]:
    """Return the distinct names of some groups, in order of appearance."""
    return [str(name) for name in dict.fromkeys(chain.from_iterable(groups))]


def _record_block(
    records: Sequence[Any],
    faults: Mapping[int, tuple[tuple[tuple[str, str], ...], bytes]] | None = None,
) -> Block:
    names = dict.fromkeys(name for record in records for name in record)
    columns = {str(name): [record.get(name) for record in records] for name in names}
    return Block(len(records), columns, faults or {})


def json_rows(opener: Callable[[], IO[bytes]], origin: Origin) -> Rows:
    """Read JSON records strictly, as rows of a table.

    They are read once in advance for their keys: a field may occur only in the last record.
    """

    def blocks() -> Iterator[Block]:
        with opener() as stream:
            for chunk in read_chunks(stream, _CHUNK_SIZE, origin):
                yield _chunk_block(chunk)

    def place(number: int) -> str:
        return place_in_json(opener, number)

    return Rows(
        _distinct_names(block.columns for block in blocks()), blocks, origin.name, place=place
    )


def place_in_json(opener: Callable[[], IO[bytes]], number: int) -> str:
    """Return the name of a record in a JSON file: its line if each record has its own."""
    with opener() as stream:
        if stream.read(_CHUNK_SIZE).removeprefix(BOM_UTF8).lstrip().startswith(b"["):
            return counted(number)
    with opener() as stream:
        full = (at for at, line in enumerate(stream, 1) if line.removeprefix(BOM_UTF8).strip())
        at = next(islice(full, number, None), None)
    return counted(number) if at is None else f"line {at:,}"


def _chunk_block(chunk: Chunk) -> Block:
    values = chunk.values()
    if values is None or most_members(chunk.text) != _n_members(values):
        values = [_parse_strictly(record) for record in chunk.records()]
    faults = {}
    texts: list[bytes] | None = None
    for row, value in enumerate(values):
        if not isinstance(value, dict):
            texts = chunk.records() if texts is None else texts
            reasons = value if isinstance(value, tuple) else (("not_object", ""),)
            faults[row] = (reasons, texts[row])
            values[row] = {}
    return _record_block(values, faults)


def _n_members(values: Any) -> int | None:
    try:
        return count_members(values, MAX_DEPTH + 1)
    except RecursionError:
        return None


def _parse_strictly(record: bytes) -> Any:
    """Return a record's value, or the reasons why it is invalid."""
    try:
        return strict_json(record)
    except InvalidRecordError as error:
        return error.reasons
