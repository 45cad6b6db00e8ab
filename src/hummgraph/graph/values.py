"""Reading of columns from other programs, in the types of a graph.

On its way through another program a value may change its spelling and its type. Its meaning is
read: ``True``, `` true ``, ``1`` and ``1.0`` are a truth value, a number may be text, a time may be
text or a moment, evidence may be an object or its JSON, and NaN is null. A number is not text:
``007`` read as a number has lost its zeros.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.graph.columns import COMPANIONS, DEFAULTS, NEEDED, NEVER_NULL
from hummgraph.records.strict_json import MAX_DEPTH, strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["check_json", "is_null", "read_columns", "read_values", "same_text", "unescaped"]

_TRUTHS: Final = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
# Columns in which an empty text says nothing, so that it can only stand for a null.
_NEVER_EMPTY: Final = frozenset(
    {"parent_id", "is_active", "resolved", "confidence", "evidence", "created_at", "updated_at"}
)
_ID_BYTES: Final = 16
_ESCAPED: Final = re.compile("_x([0-9A-F]{4})_")
_FAILURES: Final = (KeyError, TypeError, ValueError, OverflowError, RecursionError)


def read_columns(
    columns: Mapping[str, Any] | pa.Table,
    kinds: Mapping[str, pa.DataType],
    what: str,
    *,
    gaps: bool = False,
    text: Callable[[str], str] | None = None,
) -> pa.Table:
    """Return the columns that a graph is built from, in their types; missing ones are null.

    Parameters
    ----------
    columns
        Columns by name, of Arrow or as Python values. ``has_is_active`` and ``has_confidence`` say
        where there is no value.
    kinds
        ``NODE_COLUMNS`` or ``LINK_COLUMNS``.
    what
        ``"nodes"`` or ``"links"``, for errors.
    gaps
        Whether an empty text stands for a null, as igraph writes one.
    text
        Function that undoes a format's escapes of texts.

    Raises
    ------
    FormatError
        If a needed column is missing, a value is not of its column's type, or one is missing that
        must be there.

    Notes
    -----
    O(n); columns of Arrow that have their type already are not copied.
    """
    given = set(columns.column_names if isinstance(columns, pa.Table) else columns)
    n_rows = columns.num_rows if isinstance(columns, pa.Table) else _row_count(columns)
    made = {}
    for name, kind in kinds.items():
        companion = f"has_{name}"
        flags = None
        if name in COMPANIONS and companion in given:
            flags = _values_of(columns[companion])
        if name not in given:
            if name in NEEDED:
                raise _missing_column_error(name, what)
            if flags is not None and any(map(_is_true, flags)):
                raise _lost_error(name, what)
            made[name] = pa.nulls(n_rows, kind)
            continue
        empty = name in _NEVER_EMPTY or (gaps and name not in NEVER_NULL and name not in DEFAULTS)
        column = columns[name]
        quick = None if flags or text else _convert_column(column, kind, empty=empty)
        made[name] = (
            _convert_values(column, kind, name, what, empty=empty, flags=flags, text=text)
            if quick is None
            else quick
        )
    return _fill_defaults(made, what)


def _row_count(columns: Mapping[str, Any]) -> int:
    return next((len(column) for column in columns.values()), 0)


def _fill_defaults(columns: dict[str, Any], what: str) -> pa.Table:
    """Fill in the contract's defaults; raise if a value that must be there is missing."""
    for name, column in columns.items():
        # Names may all be empty; a column of nulls counts as missing.
        if name in NEEDED and name != "name" and 0 < column.null_count == len(column):
            raise _missing_column_error(name, what)
    for name, usual in DEFAULTS.items():
        if name in columns:
            columns[name] = columns[name].fill_null(usual)
    if "resolved" in columns:
        columns |= _fill_names(columns)
    for name in NEVER_NULL:
        if name in columns and columns[name].null_count:
            row = columns[name].is_valid().index(pa.scalar(value=False)).as_py()
            raise FormatError(f"{what} row {row:,}: {name!r} is missing.")
    return pa.table(columns)


def _fill_names(nodes: dict[str, Any]) -> dict[str, pa.Array]:
    """Fill names that are missing.

    A node that the data marks as named has an empty name, which some programs do not write; all
    others are called by their ids, as if no catalogue had named them.
    """
    names, resolved = nodes["name"], nodes["resolved"]
    if not names.null_count:
        return {"resolved": resolved.fill_null(True)}  # noqa: FBT003 - pyarrow's
    texts, known = names.to_pylist(), resolved.to_pylist()
    for row, node_id in enumerate(nodes["node_id"].to_pylist()):
        if texts[row] is None:
            known[row] = bool(known[row])
            texts[row] = "" if known[row] else str(node_id).rpartition(":")[2].partition("-")[0]
        elif known[row] is None:
            known[row] = True
    return {"name": pa.array(texts, pa.string()), "resolved": pa.array(known, pa.bool_())}


# --- whole columns -------------------------------------------------------------------------------


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _convert_column(
    column: Any, kind: pa.DataType, *, empty: bool
) -> pa.ChunkedArray | pa.Array | None:
    """Convert a column of Arrow as a whole; return None if its values must be read one by one."""
    if not isinstance(column, pa.ChunkedArray | pa.Array):
        return None
    if column.null_count == len(column):
        return pa.nulls(len(column), kind)
    try:
        cast = column.cast(kind) if _is_alike(column.type, kind) else None
    except pa.ArrowException:
        return None
    if cast is not None and kind == pa.float64():
        parts = [part.to_numpy(zero_copy_only=False) for part in _chunks_of(cast)]
        values = np.concatenate([np.empty(0), *parts])
        return pa.array(values, mask=np.isnan(values))  # NaN is null
    if cast is not None and empty and _holds_text(kind):
        return pc.if_else(pc.equal(cast, ""), pa.scalar(None, kind), cast)
    return cast


def _is_alike(given: pa.DataType, kind: pa.DataType) -> bool:
    """Return whether values of a type equal those of another up to spelling."""
    if _holds_text(kind):
        return _holds_text(given)
    if kind == pa.float64():
        return bool(pa.types.is_floating(given) or pa.types.is_integer(given))
    if pa.types.is_timestamp(kind):
        return bool(pa.types.is_timestamp(given))
    return bool(given == kind)


def _chunks_of(column: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _values_of(column: Any) -> Sequence[Any]:
    values: Sequence[Any] = (
        column.to_pylist() if isinstance(column, pa.ChunkedArray | pa.Array) else column
    )
    return values


# --- one value after the other -------------------------------------------------------------------


def _convert_values(
    column: Any,
    kind: pa.DataType,
    name: str,
    what: str,
    *,
    empty: bool,
    flags: Sequence[Any] | None,
    text: Callable[[str], str] | None,
) -> pa.Array:
    values = _values_of(column)
    there = (None,) * len(values) if flags is None else flags
    convert, meant = _converter_of(kind, name, text or same_text)
    made: list[Any] = []
    for value, flag in zip(values, there, strict=True):
        try:
            absent = is_null(value) or (empty and value == "") or _is_false(flag)
            made.append(None if absent else convert(value))
        except _FAILURES as error:
            raise _value_error(what, len(made), name, meant) from error
        if absent and _is_true(flag):
            raise _lost_error(name, what)
    try:
        return pa.array(made, kind)
    except (pa.ArrowException, *_FAILURES) as error:
        row = next(row for row, value in enumerate(made) if not _fits_type(value, kind))
        raise _value_error(what, row, name, meant) from error


def read_values(values: Sequence[Any], kind: pa.DataType, name: str, what: str) -> pa.Array:
    """Return Python values as a column of a type, with nulls where they stand for nothing.

    Raises
    ------
    FormatError
        If a value is not of the type, with its row.
    """
    return _convert_values(values, kind, name, what, empty=False, flags=None, text=None)


def _fits_type(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], kind)
    except (pa.ArrowException, *_FAILURES):
        return False
    return True


def _converter_of(
    kind: pa.DataType, name: str, text: Callable[[str], str]
) -> tuple[Callable[[Any], Any], str]:
    """Return the function that reads one value, and a description of the type for errors."""
    if kind in _CONVERTERS:
        return _CONVERTERS[kind]
    if pa.types.is_timestamp(kind):
        return _read_time, "a time"
    if name == "evidence":
        return lambda value: _read_evidence(value, text), "a JSON object"
    return lambda value: _read_text(value, text), "text"


def _value_error(what: str, row: int, name: str, meant: str) -> FormatError:
    return FormatError(f"{what} row {row:,}: {name!r} is not {meant}.")


def _missing_column_error(name: str, what: str) -> FormatError:
    needed = ", ".join(
        other for other in NEEDED if (other in {"node_id", "level", "name"}) == (what == "nodes")
    )
    return FormatError(f"The {what} have no {name!r}.", hint=f"They need {needed}.")


def is_null(value: Any) -> bool:
    """Return whether a value is null: ``None``, NaN, or NaT or NA of pandas."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - NaN and NaT
    except (TypeError, ValueError):
        # Several values have several answers; pandas' NA has none.
        return type(value).__name__ == "NAType"


def _lost_error(name: str, what: str) -> FormatError:
    return FormatError(
        f"The attribute 'has_{name}' of some of the {what} says that they have {name!r}, and it is"
        " missing: it was lost or removed.",
        hint=f"Write it again; if it was taken out on purpose, set 'has_{name}' to false there.",
    )


def _is_true(flag: Any) -> bool:
    """Return whether a companion is true: there is a value."""
    return not is_null(flag) and bool(_TRUTHS.get(str(flag).strip().lower()))


def _is_false(flag: Any) -> bool:
    """Return whether a companion is false: a value there is only a reader's default."""
    return not is_null(flag) and flag != "" and not _read_truth(flag)


def _read_truth(value: Any) -> bool:
    """Return a truth value from any of its usual spellings."""
    return _TRUTHS[str(value).strip().lower()]


def _read_number(value: Any) -> float:
    """Return a number; a truth value is not a number."""
    if isinstance(value, bool | np.bool_):
        raise TypeError(value)
    number = float(value)
    if np.isnan(number):  # as text; NaN itself is null
        raise ValueError(value)
    return number


def _read_whole_number(value: Any) -> int:
    """Return a whole number; a truth value is not a number."""
    if not _read_number(value).is_integer():
        raise ValueError(value)
    return int(value)  # of the value itself: a float would round a large number


def _read_id(value: Any) -> bytes:
    return UUID(str(value)).bytes


_CONVERTERS: Final[Mapping[pa.DataType, tuple[Callable[[Any], Any], str]]] = {
    pa.bool_(): (_read_truth, "true or false"),
    pa.float64(): (_read_number, "a number"),
    pa.int64(): (_read_whole_number, "a whole number"),
    pa.binary(_ID_BYTES): (_read_id, "an id (a UUID)"),
}


def _read_time(value: Any) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value.strip())
    # Nanoseconds of pandas would be cut.
    if isinstance(value, datetime) and not getattr(value, "nanosecond", 0):
        return value
    raise TypeError(value)


def _read_text(value: Any, text: Callable[[str], str]) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return text(value)
    raise TypeError(value)


def _read_evidence(value: Any, text: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return text(value)
    # Numbers that JSON does not have, and bytes, are refused.
    written = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    if any("\ud800" <= character <= "\udfff" for character in written):
        # UTF-8 cannot encode half of a pair; JSON can escape it.
        written = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return written


def same_text(text: str) -> str:
    """Return a text as it is: of a format that escapes nothing."""
    return text


def unescaped(text: str) -> str:
    r"""Undo what the plain profile of GraphML does to characters that XML cannot carry.

    Examples
    --------
    >>> unescaped("a_x0000_b_x005F_x0000_")
    'a\x00b_x0000_'
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def check_json(column: pa.ChunkedArray | pa.Array, what: str) -> None:
    """Raise if a text of evidence is not a JSON object.

    Raises
    ------
    FormatError
        If one is not; the error names the row.
    """
    for row, text in enumerate(column.to_pylist()):
        if text is not None and not _is_object(text):
            raise _value_error(what, row, "evidence", "a JSON object")


def _is_object(text: str) -> bool:
    # Fast for valid JSON. Deeply nested or invalid JSON is left to the strict rules.
    try:
        value = msgspec.json.decode(text)
        if text.count("{") + text.count("[") <= MAX_DEPTH:
            return isinstance(value, dict)
    except (msgspec.DecodeError, *_FAILURES):
        pass
    try:
        return isinstance(strict_json(text.encode()), dict)
    except ValueError:
        return False
