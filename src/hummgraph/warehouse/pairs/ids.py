"""Ids of any type in tables of any library, as columns of Arrow that compare and sort."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from hummgraph.errors import FormatError
from hummgraph.errors.texts import quoted
from hummgraph.records.tables.cells import is_null, is_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hummgraph.records.tables.cells import Values

__all__ = [
    "IdColumn",
    "IdKind",
    "both_signs",
    "id_array",
    "id_texts",
    "joined_ids",
    "read_ids",
    "same_kind",
]

_LARGEST = 2**64 - 1


class IdKind(StrEnum):
    """Kind of ids; ids of one kind compare with each other, whatever their width."""

    TEXT = "texts"
    NUMBER = "whole numbers"
    UUID = "UUIDs"
    BYTES = "bytes"


_TYPES: Final = (
    (
        (types.is_string, types.is_large_string, types.is_string_view, types.is_null),
        pa.large_string(),
        IdKind.TEXT,
    ),
    (
        (
            types.is_binary,
            types.is_large_binary,
            types.is_fixed_size_binary,
            types.is_binary_view,
        ),
        pa.large_binary(),
        IdKind.BYTES,
    ),
    ((types.is_uint64,), pa.uint64(), IdKind.NUMBER),
    ((types.is_integer, types.is_floating, types.is_decimal), pa.int64(), IdKind.NUMBER),
)
"""Types of Arrow, the widest of their kind, and that kind."""


class IdColumn(NamedTuple):
    """A column of ids."""

    values: pa.ChunkedArray
    """Texts, 64-bit integers or bytes, none of them null."""
    kind: IdKind | None
    """Kind of the ids; ``None`` for a column without rows."""
    type: pa.DataType | None
    """The type of its column; ``None`` for objects of Python."""


def read_ids(name: str, blocks: Iterable[Values], place: Callable[[int], str]) -> IdColumn:
    """Return the ids of a column.

    Parameters
    ----------
    name
        Name of the column, for errors.
    blocks
        Its values, block by block.
    place
        Returns the name of a row by its number.

    Raises
    ------
    FormatError
        If an id is null, or the ids are of a type that names nothing, or of several.
    """
    found: list[tuple[pa.Array, IdKind]] = []
    types: set[pa.DataType | None] = set()
    n_rows = 0
    for block in blocks:
        array, kind = id_array(name, block, partial(_nth, place, n_rows))
        if array.null_count:
            row = n_rows + int(np.argmin(np.asarray(array.is_valid())))
            raise _missing(name, place(row))
        if kind is IdKind.TEXT and len(array):
            empty = np.asarray(pc.equal(array, pa.scalar("", array.type)))
            if empty.any():
                raise _missing(name, place(n_rows + int(np.argmax(empty))))
        n_rows += len(array)
        if len(array):
            found.append((array, kind))
            types.add(block.type if isinstance(block, pa.Array) else None)
    kinds = sorted({kind for _, kind in found})
    if len(kinds) > 1:
        raise _several(name, kinds)
    arrays = [array for array, _ in found]
    if not arrays:
        return IdColumn(pa.chunked_array([], pa.large_string()), None, None)
    own = next(iter(types)) if len(types) == 1 else None
    return IdColumn(_joined(name, arrays), kinds[0], own)


def _missing(name: str, place: str) -> FormatError:
    return FormatError(
        f"{name} is null or empty in {place}; each end of a pair needs an id.",
        hint="Drop such rows first, or give them ids.",
    )


def _several(name: str, kinds: Iterable[object]) -> FormatError:
    return FormatError(
        f"{name} has ids of several types: {' and '.join(map(str, kinds))}.",
        hint="Cast them to one type, such as text.",
    )


def _joined(name: str, arrays: list[pa.Array]) -> pa.ChunkedArray:
    """Return arrays of one kind as one column of one type."""
    if {array.type for array in arrays} == {pa.int64(), pa.uint64()}:
        try:
            return pa.chunked_array([array.cast(pa.uint64()) for array in arrays])
        except pa.ArrowInvalid:
            raise both_signs(name) from None
    return pa.chunked_array(arrays)


def both_signs(name: str) -> FormatError:
    """Return the error for numbers that no type of 64 bits can hold together."""
    return FormatError(
        f"{name} has negative ids, and ids of 2**63 or above.", hint="Cast them to text."
    )


def _nth(place: Callable[[int], str], begin: int, row: int) -> str:
    return place(begin + row)


def id_array(
    name: str, values: Values, place: Callable[[int], str] = lambda _: "a row"
) -> tuple[pa.Array, IdKind]:
    """Return ids as an Arrow array of one of four types, nulls kept."""
    if not isinstance(values, pa.Array):
        return _of_objects(name, values, place)
    if isinstance(values, pa.ExtensionArray):
        is_uuid = values.type.extension_name == "arrow.uuid"
        array, kind = id_array(name, values.storage)
        return array, IdKind.UUID if is_uuid else kind
    if isinstance(values, pa.DictionaryArray):
        known, kind = id_array(name, values.dictionary)
        return known.take(values.indices), kind
    if types.is_floating(values.type):
        # NaN is what pandas makes of a missing whole number.
        values = pc.if_else(pc.is_nan(values), None, values)
    for tests, wide, kind in _TYPES:
        if not any(test(values.type) for test in tests):
            continue
        try:
            return values.cast(wide), kind
        except pa.ArrowInvalid:
            raise FormatError(
                f"{name} has numbers that are not whole, or above 64 bits; an id is whole.",
                hint="Name the column that has the ids, or cast it to text.",
            ) from None
    raise FormatError(
        f"{name} is of type {values.type}; ids are texts, whole numbers, UUIDs or bytes.",
        hint="Name the column that has the ids, or cast it to text.",
    )


def _of_objects(
    name: str, values: list[Any], place: Callable[[int], str]
) -> tuple[pa.Array, IdKind]:
    """Return ids that are objects of Python as an Arrow array, nulls kept."""
    plain = [None if is_null(value) else _plain(value) for value in values]
    classes = {type(value) for value in plain} - {type(None)}
    if not classes or classes == {str}:
        try:
            return pa.array(plain, pa.large_string()), IdKind.TEXT
        except UnicodeEncodeError:
            row = next(at for at, text in enumerate(plain) if text and not is_unicode(text))
            raise FormatError(
                f"{name} is {quoted(plain[row])} in {place(row)}; half of a surrogate pair"
                " cannot be part of a text.",
                hint="Read the file in the encoding that it is written in.",
            ) from None
    if classes == {UUID}:
        packed = [None if value is None else value.bytes for value in plain]
        return pa.array(packed, pa.large_binary()), IdKind.UUID
    if classes == {bytes}:
        return pa.array(plain, pa.large_binary()), IdKind.BYTES
    if classes == {int}:
        numbers = [value for value in plain if value is not None]
        if min(numbers) >= -(2**63) and max(numbers) <= _LARGEST:
            wide = pa.int64() if max(numbers) < 2**63 else pa.uint64()
            if wide == pa.int64() or min(numbers) >= 0:
                return pa.array(plain, wide), IdKind.NUMBER
    if len(classes) > 1:
        raise _several(name, sorted(kind.__name__ for kind in classes))
    value = next(value for value in plain if value is not None)
    raise FormatError(
        f"{name} has the id {quoted(value)}; ids are texts, whole numbers of at most 64 bits, UUIDs"
        " or bytes.",
        hint="Name the column that has the ids, or cast it to text.",
    )


def _plain(value: Any) -> Any:
    """Return an id as one of Python's own types; a whole float, as in pandas, as a number."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return str(value)
    return value


def same_kind(names: tuple[str, str], one: IdColumn, other: IdColumn) -> IdKind:
    """Return the kind of two columns of ids.

    Raises
    ------
    FormatError
        If they differ, so that no id of one could equal an id of the other.
    """
    kinds = {column.kind for column in (one, other)} - {None}
    if len(kinds) > 1:
        raise FormatError(
            f"{names[0]} has {one.kind} and {names[1]} has {other.kind}: no id of one can equal an"
            " id of the other.",
            hint="Cast one of them, so that equal ids are equal.",
        )
    return next(iter(kinds), None) or IdKind.TEXT


def id_texts(ids: pa.Array, kind: IdKind) -> pa.Array:
    """Return ids as texts: UUIDs as usual, bytes in hexadecimal digits."""
    write = {IdKind.UUID: lambda value: str(UUID(bytes=value)), IdKind.BYTES: bytes.hex}.get(kind)
    if write is not None:
        texts = [None if value is None else write(value) for value in ids.to_pylist()]
        return pa.array(texts, pa.large_string())
    return ids.cast(pa.large_string())


def joined_ids(names: tuple[str, str], one: IdColumn, other: IdColumn) -> pa.ChunkedArray:
    """Return two columns of ids of one kind, one after the other, as one column.

    Raises
    ------
    FormatError
        If one has negative numbers and the other numbers of 2**63 or above.
    """
    chunks = [*one.values.chunks, *other.values.chunks]
    if not chunks:
        return one.values
    return _joined(" and ".join(names), chunks)
