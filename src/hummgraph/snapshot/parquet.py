"""Tables of a snapshot from Parquet files that anybody may have made.

A few kilobytes of Parquet can stand for any number of rows and any length of texts. So the sizes
that a file declares are compared with its own size and with the memory allowed before it is read,
and its rows while they are read, some thousand at a time, with texts still coded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import SnapshotDamagedError
from hummgraph.records.schema import ADDED_LATER

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.records.limits import MemoryBudget

__all__ = ["MAX_FOOTER_ITEMS", "ROWS_AT_ONCE", "damaged_error", "decoded_bytes", "read_parquet"]

INCONSISTENT: Final = "its contents do not match"

ROWS_AT_ONCE: Final = 1 << 16
# No two links have one id, so a row takes sixteen bytes of a real file; only a hundred kilobytes
# of equal evidence a row would exceed it.
_MAX_RATIO: Final = 1_000
_RATIO_FROM: Final = 1 << 26
MAX_FOOTER_ITEMS: Final = 1_000_000
_MAX_FOOTER_TEXT: Final = 1 << 20


def damaged_error(folder: Path, what: str) -> SnapshotDamagedError:
    """Return the error for a snapshot that cannot be trusted."""
    return SnapshotDamagedError(
        f"The snapshot at {str(folder)!r} is damaged: {what}.",
        hint="Copy it again from an intact copy, or create it again.",
    )


def read_parquet(path: Path, schema: pa.Schema, memory: MemoryBudget) -> pa.Table:
    """Read the columns of a schema; other columns are ignored.

    Raises
    ------
    SnapshotDamagedError
        If a column is missing or of another type, or the file expands to more than such a file can.
    MemoryLimitError
        If the table needs more memory than allowed.
    """
    try:
        return _read_columns(path, schema, memory)
    except (ValueError, KeyError, OSError, OverflowError, pa.ArrowException) as error:
        raise damaged_error(
            path.parent, f"{INCONSISTENT} ({path.name}: {type(error).__name__})"
        ) from error


class _Growth:
    """Bytes that come of a file, compared with what it may grow to and with the memory allowed."""

    def __init__(self, path: Path, memory: MemoryBudget) -> None:
        self._path = path
        self._memory = memory
        self._most = max(_RATIO_FROM, _MAX_RATIO * path.stat().st_size)
        self._total = 0

    def add(self, n_bytes: int) -> None:
        """Count bytes that are needed next."""
        self._total += n_bytes
        self.check(self._total)
        self._memory.take(n_bytes, f"The snapshot's {self._path.name}")

    def check(self, n_bytes: int) -> None:
        """Raise if a size is more than the file may grow to."""
        if n_bytes > self._most:
            raise damaged_error(
                self._path.parent,
                f"{self._path.name} expands to more than {self._most:,} bytes, which no such file"
                " of a snapshot does",
            )


def _read_columns(path: Path, schema: pa.Schema, memory: MemoryBudget) -> pa.Table:
    import pyarrow.parquet as pq

    growth = _Growth(path, memory)
    limits: dict[str, Any] = {
        "thrift_container_size_limit": MAX_FOOTER_ITEMS,
        "thrift_string_size_limit": _MAX_FOOTER_TEXT,
    }
    with pq.ParquetFile(path, **limits) as file:
        # Whatever has a length of its own stays coded, also where no text belongs.
        coded = [name for name in schema.names if name in file.schema_arrow.names]
    with pq.ParquetFile(path, read_dictionary=coded, **limits) as file:
        stored = file.schema_arrow
        names = [name for name in schema.names if name in stored.names or name not in ADDED_LATER]
        for field in map(schema.field, names):
            if field.name not in stored.names or pa.types.is_nested(stored.field(field.name).type):
                raise ValueError(field.name)
        metadata = file.metadata
        growth.check(_declared_bytes(metadata))
        growth.add(metadata.num_rows * sum(_width(field.type) for field in schema))
        parts: list[list[pa.Array]] = [[] for _ in schema]
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=names, use_threads=False):
            for part, array in zip(parts, _columns_of(batch, schema, growth), strict=True):
                part.append(array)
    table = pa.table([_joined(parts.pop(0), field) for field in schema], schema)
    if table.num_rows != metadata.num_rows:  # pragma: no cover - Arrow reads as many, or raises
        raise ValueError(metadata.num_rows)
    return table


def _joined(parts: list[pa.Array], field: pa.Field) -> pa.ChunkedArray:
    """Join the parts of a column: few large chunks are faster to work on than many small ones.

    The caller drops each column's parts as they are joined, so that no two are here twice.
    """
    table = pa.table({field.name: pa.chunked_array(parts, field.type)})
    table.validate(full=True)
    return table.unify_dictionaries().combine_chunks().column(0)


def _declared_bytes(metadata: Any) -> int:
    """Return the size that a file's footer declares for all pages, decompressed."""
    groups = (metadata.row_group(at) for at in range(metadata.num_row_groups))
    return sum(
        max(0, group.column(at).total_uncompressed_size)
        for group in groups
        for at in range(group.num_columns)
    )


def _columns_of(batch: pa.RecordBatch, schema: pa.Schema, growth: _Growth) -> list[pa.Array]:
    arrays = []
    for field in schema:
        at = batch.schema.get_field_index(field.name)
        if at < 0:
            arrays.append(pa.nulls(batch.num_rows, field.type))
            continue
        array = batch.column(at)
        if array.null_count and not field.nullable:
            raise ValueError(field.name)
        if isinstance(array.type, pa.UuidType):
            array = array.storage
        if pa.types.is_dictionary(field.type):
            if not pa.types.is_dictionary(array.type):
                array = array.dictionary_encode()
        elif pa.types.is_dictionary(array.type):
            growth.add(decoded_bytes(array))
        arrays.append(array.cast(field.type))
    return arrays


def decoded_bytes(array: pa.DictionaryArray) -> int:
    """Return the number of bytes of the texts that codes stand for."""
    lengths = pc.binary_length(array.dictionary).take(array.indices.drop_null())
    return pc.sum(lengths.cast(pa.int64())).as_py() or 0


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def _width(kind: pa.DataType) -> int:
    """Return the number of bytes of a value in memory, without its text."""
    if pa.types.is_dictionary(kind):
        return 4
    return 8 if _is_text(kind) else max(1, kind.bit_width // 8)
