"""Cells of tables in any library: one value at a time, or a column at a time.

`wire_value` returns one value as a record of the API holds it. The functions on columns do the same
for well-typed values, faster; a row with any other value is called *odd*, and is written as a
record for the reference to validate.
"""

from __future__ import annotations

import ast
import json
import re
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from hummgraph.records.decode.arrow import arrow_texts, numbers_of
from hummgraph.records.decode.builder import ID_LENGTH, NO_TIME, Ids, Texts, read_ids
from hummgraph.records.decode.layout import n_nested_members
from hummgraph.records.decode.rows import n_flat_members, read_texts_of_ids
from hummgraph.records.decode.times import read_times, text_groups
from hummgraph.records.ids import id_bytes
from hummgraph.records.strict_json import MAX_DEPTH, most_members

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hummgraph.records.decode.builder import WordCodes

__all__ = [
    "Kind",
    "Values",
    "evidence_column",
    "id_column",
    "is_null",
    "is_unicode",
    "json_or_kind",
    "json_text",
    "number_column",
    "text_column",
    "time_column",
    "value_at",
    "wire_value",
    "word_column",
]

Values: TypeAlias = pa.Array | list[Any]
"""Column of a block: an Arrow array, or a list of Python values."""


class Kind(StrEnum):
    """Kind of value that a field of a link holds."""

    ID = "id"
    TIME = "time"
    WORD = "word"
    NUMBER = "number"
    EVIDENCE = "evidence"
    NAME = "name"


_NULL_TEXTS: Final = (
    "",
    "null",
    "NULL",
    "None",
    "nan",
    "NaN",
    "NaT",
    "<NA>",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
)
"""Texts that stand for null in text files, as in pandas."""

_TOO_LARGE: Final = 10**400  # larger than any double
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"
_ID_BYTES: Final = 16
# Spellings of times in text: a blank instead of T, an offset of hours only, a day only.
_TIME_SPELLINGS: Final = (
    (r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) ", r"\1T"),
    (r"^([0-9]{4}-[0-9]{2}-[0-9]{2})$", r"\1T00:00:00"),
    (r" ?UTC$", "Z"),
    (r"^(.{19,}[+-][0-9]{2})$", r"\1:00"),
    (r"^(.{19,}[+-][0-9]{2})([0-9]{2})$", r"\1:\2"),
)
_COMMA: Final = (r"^([+-]?[0-9]*),([0-9]+)$", r"\1.\2")  # 0,87 as Excel writes it in many locales


# --- one value -------------------------------------------------------------------------------


def is_null(value: object) -> bool:
    """Return whether a value stands for null: ``None``, NaN, ``NaT`` or pandas' ``NA``."""
    if value is None:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling NaN cannot be compared
    if isinstance(value, float | np.floating | np.datetime64):
        return bool(value != value)  # noqa: PLR0124 - only NaN and NaT differ from themselves
    return type(value).__name__ in {"NaTType", "NAType"}


def json_text(value: object) -> str:
    """Return a value as JSON; values that stand for null become null, infinity is kept.

    Raises
    ------
    TypeError
        If the value cannot be written as JSON.
    """
    try:
        return json.dumps(value, default=_as_json_value, allow_nan=False)
    except ValueError:  # NaN or infinity inside
        return json.dumps(_without_nan(value), default=_as_json_value)


def json_or_kind(value: Any) -> str:
    """Return a value as JSON, or a JSON list that names its type if JSON cannot hold it.

    A list is not valid in any field of a link, so the reference sets such a record aside.
    """
    try:
        return json_text(value)
    except (TypeError, ValueError, RecursionError):
        return json.dumps([type(value).__name__])


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if is_null(value) else value


def _as_json_value(value: Any) -> Any:
    """Return a value that JSON does not know as one that it knows."""
    if is_null(value):
        return None
    for kinds, written in _JSON_CONVERSIONS:
        if isinstance(value, kinds):
            return written(value)
    raise TypeError(type(value).__name__)


_JSON_CONVERSIONS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (UUID, str),
    (np.datetime64, lambda value: str(value.astype("M8[us]"))),
    (date, lambda value: value.isoformat()),
    (Enum, lambda value: value.value),
    (BaseModel, lambda value: value.model_dump(mode="json")),
    (Decimal, float),
    (np.generic, lambda value: value.item()),
    (np.ndarray, lambda value: value.tolist()),
)


def value_at(values: Values, row: int) -> Any:
    """Return one value of a column as a Python value; null as ``None``."""
    value = values[row]
    if isinstance(value, pa.Scalar):
        try:
            value = value.as_py()
        except (ValueError, OverflowError):  # a year that Python's datetime lacks
            value = value.cast(pa.int64()).as_py()
    return None if is_null(value) else value


def wire_value(value: Any, kind: Kind) -> Any:
    """Return a value as a record of the API holds it, ``None`` for null; evidence as JSON text."""
    if isinstance(value, Enum):
        value = value.value
    if is_null(value) or (isinstance(value, str) and _is_null_text(value, kind)):
        return None
    if kind is Kind.EVIDENCE:
        return _evidence_text(value)
    return _wire_text(str(value), kind) if isinstance(value, str) else _wire_object(value, kind)


def _wire_text(text: str, kind: Kind) -> Any:
    if kind is Kind.TIME:
        return _time_text(text)
    if kind is Kind.NUMBER:
        return _parse_number(text)
    return text if kind is Kind.WORD else text.strip()


def _wire_object(value: Any, kind: Kind) -> Any:
    if kind is Kind.ID and isinstance(value, bytes) and len(value) == _ID_BYTES:
        return str(UUID(bytes=value))
    if kind is Kind.TIME and isinstance(value, date):
        text = value.isoformat()
        return text if isinstance(value, datetime) else f"{text}T00:00:00"
    if type(value) is int:
        # An integer of more than 4,300 digits cannot be read as JSON.
        return _TOO_LARGE if np.isinf(_to_double(value)) else value
    # numpy's numbers become Python numbers.
    return json.loads(json_or_kind(value))


def _is_null_text(text: str, kind: Kind) -> bool:
    return not text.strip() if kind is Kind.NAME else text.strip() in _NULL_TEXTS


def _time_text(text: str) -> str:
    text = text.strip()
    for pattern, spelling in _TIME_SPELLINGS:
        text = re.sub(pattern, spelling, text)
    return text


def _parse_number(text: str) -> Any:
    text = text.strip()
    try:
        return float(re.sub(*_COMMA, text))
    except ValueError:
        return text


def _evidence_text(value: Any) -> str:
    """Return evidence as JSON; a value that is not an object stays invalid."""
    if isinstance(value, str):
        text = value.strip()
        found = _parse_literal(text) if text.startswith("{'") else None
        return text if found is None else found
    return json_or_kind(value)


def _parse_literal(text: str) -> str | None:
    """Return the JSON of a dict printed by Python, as pandas writes one into CSV."""
    if text.count("{") + text.count("[") + text.count("(") > MAX_DEPTH:
        return None  # too deep for the parser
    try:
        return json_text(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


# --- a column --------------------------------------------------------------------------------


def _unwrap(values: Values) -> Values:
    """Return a column without Arrow's wrappers: dictionaries, extensions, views."""
    if isinstance(values, list):
        return values
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        if pa.types.is_string_view(values.dictionary.type):  # polars' categories
            words = values.dictionary.cast(pa.large_string())
            values = pa.DictionaryArray.from_arrays(values.indices, words)
        return _unwrap(values.dictionary_decode())
    if pa.types.is_run_end_encoded(values.type):
        return _unwrap(pc.run_end_decode(values))
    if _is_text(values.type):
        return values.cast(pa.large_string())
    return values


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _valid_mask(array: pa.Array) -> NDArray[np.bool_]:
    return numbers_of(array.is_valid()).astype(np.bool_)


def text_column(values: Values, kind: Kind) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return a column as texts, and a mask of rows whose value is not a text.

    Surrounding blanks are cut, except for words: the report counts words spelled otherwise.
    """
    values = _unwrap(values)
    if isinstance(values, pa.Array) and _is_text(values.type):
        texts = pc.utf8_trim_whitespace(values)
        nulls = _text_array(_NULL_TEXTS[:1] if kind is Kind.NAME else _NULL_TEXTS)
        is_null_text = pc.is_in(texts, value_set=nulls)
        if kind is Kind.WORD:
            texts = values
        texts = pc.if_else(is_null_text, pa.scalar(None, texts.type), texts)
        return texts, np.zeros(len(texts), dtype=np.bool_)
    if isinstance(values, pa.Array):
        return pa.nulls(len(values), pa.large_string()), _valid_mask(values)
    found = [wire_value(value, kind) for value in values]
    odd = np.fromiter((not _is_arrow_text(value) for value in found), np.bool_, len(found))
    return _text_array([None if bad else text for bad, text in zip(odd, found, strict=True)]), odd


def _text_array(texts: Sequence[str | None]) -> pa.Array:
    given = np.fromiter((text is not None for text in texts), np.bool_, len(texts))
    return arrow_texts([(text or "").encode() for text in texts], pa.large_string(), given)


def _is_arrow_text(value: object) -> bool:
    """Return whether a value is null, or a text that Arrow can hold."""
    return is_unicode(value) if isinstance(value, str) else value is None


def is_unicode(text: str) -> bool:
    """Return whether a text can be encoded; half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def id_column(values: Values) -> tuple[Ids, NDArray[np.bool_]]:
    """Return a column of ids, and a mask of rows for the reference."""
    values = _unwrap(values)
    if isinstance(values, pa.Array) and values.type == pa.binary(_ID_BYTES):
        given = _valid_mask(values)
        return Ids(id_bytes(values.fill_null(bytes(_ID_BYTES))), given), ~given & False
    texts, odd = text_column(values, Kind.ID)
    given = _valid_mask(texts)
    filled = texts.fill_null(_NO_ID)
    lengths = numbers_of(pc.binary_length(filled))
    if len(filled) and (lengths == ID_LENGTH).all():
        start = int(np.frombuffer(filled.buffers()[1], np.int64)[filled.offset])
        flat = np.frombuffer(filled.buffers()[2], np.uint8)
        matrix = flat[start : start + len(filled) * ID_LENGTH].reshape(-1, ID_LENGTH)
        raw = read_ids(matrix)
        if raw is not None:
            return Ids(raw, given), odd
    ids, bad = read_texts_of_ids(filled.to_pylist())
    return Ids(ids.raw, given), odd | bad


def time_column(
    values: Values,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return times in microseconds, and masks of times without an offset and of odd rows."""
    values = _unwrap(values)
    if isinstance(values, pa.Array) and (
        pa.types.is_timestamp(values.type) or pa.types.is_date(values.type)
    ):
        given = _valid_mask(values)
        has_zone = pa.types.is_timestamp(values.type) and values.type.tz is not None
        micros, odd = _to_micros(values)
        return micros, given & (not has_zone), odd & given
    texts, odd = text_column(values, Kind.TIME)
    given = _valid_mask(texts)
    rows = np.flatnonzero(given)
    micros, naive, _ = _null_times(len(texts), odd)
    if len(rows):
        found = texts.drop_null().to_pylist()
        moments, no_offset, ok = read_times(len(found), text_groups(found))
        if not ok.all():
            other = np.flatnonzero(~ok)
            spelled = [_time_text(found[place]) for place in other.tolist()]
            moments[other], no_offset[other], ok[other] = read_times(
                len(spelled), text_groups(spelled)
            )
        micros[rows], naive[rows] = moments, no_offset
        odd[rows[~ok]] = True
    return micros, naive, odd


_MIN_MICROS: Final = -62_135_596_800 * 1_000_000  # year 1
_MAX_MICROS: Final = 253_402_300_800 * 1_000_000 - 1  # the last of year 9999
_MICROS_PER_UNIT: Final = {
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
    "day": 86_400 * 1_000_000,
}  # in microseconds


def _to_micros(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return moments and days in microseconds, and a mask of years that cannot be written.

    A day is its first moment; fractions of a microsecond are cut, as in texts.
    """
    unit = "day" if pa.types.is_date32(values.type) else getattr(values.type, "unit", "ms")
    plain = values.cast(pa.int32()).cast(pa.int64()) if unit == "day" else values.cast(pa.int64())
    moments = numbers_of(plain.fill_null(0))
    if unit == "ns":
        micros = moments // 1_000
        odd = np.zeros(len(micros), dtype=np.bool_)  # nanoseconds cannot leave the range
    else:
        factor = _MICROS_PER_UNIT[unit]
        odd = (moments < _MIN_MICROS // factor) | (moments > _MAX_MICROS // factor)
        micros = np.where(odd, 0, moments) * factor
    return np.where(_valid_mask(values), micros, NO_TIME), odd


def _null_times(
    n: int, odd: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    return np.full(n, NO_TIME), np.zeros(n, dtype=np.bool_), odd


def number_column(values: Values) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column of numbers, NaN for null, and a mask of odd rows."""
    values = _unwrap(values)
    if isinstance(values, pa.Array) and _is_text(values.type):
        texts, _ = text_column(values, Kind.NUMBER)
        texts = pc.replace_substring_regex(texts, *_COMMA)
        try:
            values = texts.cast(pa.float64())
        except pa.ArrowException:
            values = values.to_pylist()
    if isinstance(values, pa.Array):
        kind = values.type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or _is_decimal(kind)):
            return np.full(len(values), np.nan), _valid_mask(values)
        numbers = numbers_of(values.cast(pa.float64(), safe=False).fill_null(np.nan))
    else:
        found = [wire_value(value, Kind.NUMBER) for value in values]
        numbers = np.array([_to_double(value) for value in found], np.float64)
        odd = np.array([not (v is None or type(v) in {int, float}) for v in found], np.bool_)
        return numbers, odd | np.isinf(numbers)
    return numbers, np.isinf(numbers)


def _to_double(value: object) -> float:
    """Return a number as a double, infinite if it is too large; NaN if it is not a number."""
    if type(value) not in {int, float}:
        return np.nan
    try:
        return float(cast("float", value))
    except OverflowError:
        return np.inf


def _is_decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))


def word_column(
    values: Values, coder: WordCodes, default: str
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the codes of a column of words, and a mask of odd rows."""
    texts, odd = text_column(values, Kind.WORD)
    encoded = texts.fill_null(default).dictionary_encode()
    codes = np.array([coder[word] for word in encoded.dictionary.to_pylist()], dtype=np.int32)
    return codes[numbers_of(encoded.indices)], odd


def evidence_column(values: Values) -> tuple[Texts, NDArray[np.bool_]]:
    """Return a column of evidence as JSON texts, and a mask of odd rows.

    A null member of a struct counts as missing: every row of a struct has every member.
    """
    values = _unwrap(values)
    if isinstance(values, pa.Array) and _is_nested(values.type):
        values = [_plain_struct_value(value) for value in _struct_values(values)]
    if isinstance(values, pa.Array) and not _is_text(values.type):
        values = values.to_pylist()
    texts, odd = text_column(values, Kind.EVIDENCE)
    pieces = [piece or b"" for piece in texts.cast(pa.large_binary()).to_pylist()]
    given = np.fromiter(map(bool, pieces), np.bool_, len(pieces))
    if isinstance(values, pa.Array) and pc.any(pc.starts_with(texts, "{'")).as_py():
        pieces = [_evidence_text(p.decode()).encode() if p else p for p in pieces]
    objects = [piece for piece in pieces if piece]
    if not all(piece.startswith(b"{") for piece in objects) or not _is_proven(objects):
        # One by one: a single repeated key must not send all rows to the reference.
        for row in np.flatnonzero(given).tolist():
            odd[row] |= pieces[row][:1] != b"{" or not _is_proven([pieces[row]])
    return Texts(pieces, given), odd


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind) or pa.types.is_map(kind))


def _struct_values(values: pa.Array) -> list[Any]:
    try:
        found: list[Any] = values.to_pylist(maps_as_pydicts="strict")
    except KeyError:  # a map with a repeated key; pairs are not an object, and are refused
        found = values.to_pylist()
    return found


def _plain_struct_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _plain_struct_value(item) for name, item in value.items() if not is_null(item)
        }
    if isinstance(value, list) and value:
        return [_plain_struct_value(item) for item in value]
    return value


def _is_proven(objects: list[bytes]) -> bool:
    """Return whether texts are JSON objects in which no key is repeated."""
    n_members = n_flat_members(objects)
    if n_members is None:
        n_members = n_nested_members(objects)
    return n_members is not None and n_members == most_members(b"".join(objects))
