"""Cells of tables, as whatever library holds them: read one by one, and a column at a time.

`wire_value` says how one value is written in a record of the API. The functions on columns say the
same of well-typed values, faster; a row with any other value is called *odd*, and is written as a
record for the reference to judge.
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
"""A column of a block: of Arrow, or of Python's values."""


class Kind(StrEnum):
    """What a field of a link holds."""

    ID = "id"
    TIME = "time"
    WORD = "word"
    NUMBER = "number"
    EVIDENCE = "evidence"
    NAME = "name"


_NULLS: Final = (
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
"""Texts that stand for null in files of text, as pandas reads them."""

_TOO_LARGE: Final = 10**400  # for any double
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"
_ID_BYTES: Final = 16
# How libraries write times in text: a blank for the T, hours alone as offset, a day alone.
_TIME_SPELLINGS: Final = (
    (r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) ", r"\1T"),
    (r"^([0-9]{4}-[0-9]{2}-[0-9]{2})$", r"\1T00:00:00"),
    (r" ?UTC$", "Z"),
    (r"^(.{19,}[+-][0-9]{2})$", r"\1:00"),
    (r"^(.{19,}[+-][0-9]{2})([0-9]{2})$", r"\1:\2"),
)
_COMMA: Final = (r"^([+-]?[0-9]*),([0-9]+)$", r"\1.\2")  # 0,87 as Excel writes it in half of Europe


# --- one value -------------------------------------------------------------------------------


def is_null(value: object) -> bool:
    """Return whether a value stands for null: ``None``, NaN, ``NaT`` or pandas' ``NA``."""
    if value is None:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling one cannot even be compared
    if isinstance(value, float | np.floating | np.datetime64):
        return bool(value != value)  # noqa: PLR0124 - only what is no number differs from itself
    return type(value).__name__ in {"NaTType", "NAType"}


def json_text(value: object) -> str:
    """Write a value as JSON; what stands for null becomes null, infinity is left for the rules.

    Raises
    ------
    TypeError
        If it holds something that JSON cannot carry.
    """
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except ValueError:  # NaN or infinity somewhere
        return json.dumps(_without_nan(value), default=_plain)


def json_or_kind(value: Any) -> str:
    """Write a value as JSON, or where JSON cannot carry it a list that names its type.

    No field of a link may be a list, so the reference sets a record with it aside.
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


def _plain(value: Any) -> Any:
    """Write what JSON does not know as what it knows."""
    if is_null(value):
        return None
    for kinds, written in _WRITTEN:
        if isinstance(value, kinds):
            return written(value)
    raise TypeError(type(value).__name__)


_WRITTEN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
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
    """Return one value of a column as Python has it; null as ``None``."""
    value = values[row]
    if isinstance(value, pa.Scalar):
        try:
            value = value.as_py()
        except (ValueError, OverflowError):  # a moment in a year that Python has not
            value = value.cast(pa.int64()).as_py()
    return None if is_null(value) else value


def wire_value(value: Any, kind: Kind) -> Any:
    """Return a value as a record of the API has it, ``None`` for null; evidence as JSON text."""
    if isinstance(value, Enum):
        value = value.value
    if is_null(value) or (isinstance(value, str) and _is_null_text(value, kind)):
        return None
    if kind is Kind.EVIDENCE:
        return _evidence_text(value)
    return _wire_text(str(value), kind) if isinstance(value, str) else _wire_other(value, kind)


def _wire_text(text: str, kind: Kind) -> Any:
    if kind is Kind.TIME:
        return _time_text(text)
    if kind is Kind.NUMBER:
        return _number(text)
    return text if kind is Kind.WORD else text.strip()


def _wire_other(value: Any, kind: Kind) -> Any:
    if kind is Kind.ID and isinstance(value, bytes) and len(value) == _ID_BYTES:
        return str(UUID(bytes=value))
    if kind is Kind.TIME and isinstance(value, date):
        text = value.isoformat()
        return text if isinstance(value, datetime) else f"{text}T00:00:00"
    if type(value) is int:
        # Nobody reads an integer of more than 4,300 digits as JSON.
        return _TOO_LARGE if np.isinf(_double(value)) else value
    # numpy's numbers become Python's.
    return json.loads(json_or_kind(value))


def _is_null_text(text: str, kind: Kind) -> bool:
    return not text.strip() if kind is Kind.NAME else text.strip() in _NULLS


def _time_text(text: str) -> str:
    text = text.strip()
    for pattern, spelling in _TIME_SPELLINGS:
        text = re.sub(pattern, spelling, text)
    return text


def _number(text: str) -> Any:
    text = text.strip()
    try:
        return float(re.sub(*_COMMA, text))
    except ValueError:
        return text


def _evidence_text(value: Any) -> str:
    """Write evidence as JSON; what is no object becomes a text that is none either."""
    if isinstance(value, str):
        text = value.strip()
        found = _literal(text) if text.startswith("{'") else None
        return text if found is None else found
    return json_or_kind(value)


def _literal(text: str) -> str | None:
    """Read a dict as Python prints it, which is how pandas writes one into CSV."""
    if text.count("{") + text.count("[") + text.count("(") > MAX_DEPTH:
        return None  # no parser is asked to go deep
    try:
        return json_text(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


# --- a column --------------------------------------------------------------------------------


def _unwrapped(values: Values) -> Values:
    """Return a column without what Arrow wraps around it: dictionaries, extensions, views."""
    if isinstance(values, list):
        return values
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        if pa.types.is_string_view(values.dictionary.type):  # as polars has categories
            words = values.dictionary.cast(pa.large_string())
            values = pa.DictionaryArray.from_arrays(values.indices, words)
        return _unwrapped(values.dictionary_decode())
    if pa.types.is_run_end_encoded(values.type):
        return _unwrapped(pc.run_end_decode(values))
    if _is_text(values.type):
        return values.cast(pa.large_string())
    return values


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _valid(array: pa.Array) -> NDArray[np.bool_]:
    return numbers_of(array.is_valid()).astype(np.bool_)


def text_column(values: Values, kind: Kind) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return a column as texts, as they are spelled, and which rows have a value that is no text.

    Blanks around are cut, but for words: the report counts those that are not as the contract says.
    """
    values = _unwrapped(values)
    if isinstance(values, pa.Array) and _is_text(values.type):
        texts = pc.utf8_trim_whitespace(values)
        nulls = _texts(_NULLS[:1] if kind is Kind.NAME else _NULLS)
        is_null_text = pc.is_in(texts, value_set=nulls)
        if kind is Kind.WORD:
            texts = values
        texts = pc.if_else(is_null_text, pa.scalar(None, texts.type), texts)
        return texts, np.zeros(len(texts), dtype=np.bool_)
    if isinstance(values, pa.Array):
        return pa.nulls(len(values), pa.large_string()), _valid(values)
    found = [wire_value(value, kind) for value in values]
    odd = np.fromiter((not _is_sound(value) for value in found), np.bool_, len(found))
    return _texts([None if bad else text for bad, text in zip(odd, found, strict=True)]), odd


def _texts(texts: Sequence[str | None]) -> pa.Array:
    given = np.fromiter((text is not None for text in texts), np.bool_, len(texts))
    return arrow_texts([(text or "").encode() for text in texts], pa.large_string(), given)


def _is_sound(value: object) -> bool:
    """Return whether a value is null, or a text that Arrow can hold."""
    return is_unicode(value) if isinstance(value, str) else value is None


def is_unicode(text: str) -> bool:
    """Return whether a text can be written: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def id_column(values: Values) -> tuple[Ids, NDArray[np.bool_]]:
    """Return a column of ids, and which rows the reference must judge."""
    values = _unwrapped(values)
    if isinstance(values, pa.Array) and values.type == pa.binary(_ID_BYTES):
        given = _valid(values)
        return Ids(id_bytes(values.fill_null(bytes(_ID_BYTES))), given), ~given & False
    texts, odd = text_column(values, Kind.ID)
    given = _valid(texts)
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
    """Return a column of times in microseconds, which have no offset, and which are odd."""
    values = _unwrapped(values)
    if isinstance(values, pa.Array) and (
        pa.types.is_timestamp(values.type) or pa.types.is_date(values.type)
    ):
        given = _valid(values)
        has_zone = pa.types.is_timestamp(values.type) and values.type.tz is not None
        micros, odd = _micros(values)
        return micros, given & (not has_zone), odd & given
    texts, odd = text_column(values, Kind.TIME)
    given = _valid(texts)
    rows = np.flatnonzero(given)
    micros, naive, _ = _no_times(len(texts), odd)
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


_FIRST: Final = -62_135_596_800 * 1_000_000  # year 1
_LAST: Final = 253_402_300_800 * 1_000_000 - 1  # the last of year 9999
_UNITS: Final = {"s": 1_000_000, "ms": 1_000, "us": 1, "day": 86_400 * 1_000_000}  # in microseconds


def _micros(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return moments and days in microseconds, and which lie in years that nobody can write.

    A day is its first moment; what is finer than a microsecond is cut, as it is in texts.
    """
    unit = "day" if pa.types.is_date32(values.type) else getattr(values.type, "unit", "ms")
    plain = values.cast(pa.int32()).cast(pa.int64()) if unit == "day" else values.cast(pa.int64())
    moments = numbers_of(plain.fill_null(0))
    if unit == "ns":
        micros = moments // 1_000
        odd = np.zeros(len(micros), dtype=np.bool_)  # its range is small
    else:
        factor = _UNITS[unit]
        odd = (moments < _FIRST // factor) | (moments > _LAST // factor)
        micros = np.where(odd, 0, moments) * factor
    return np.where(_valid(values), micros, NO_TIME), odd


def _no_times(
    n: int, odd: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    return np.full(n, NO_TIME), np.zeros(n, dtype=np.bool_), odd


def number_column(values: Values) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column of numbers, NaN for null, and which rows are odd."""
    values = _unwrapped(values)
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
            return np.full(len(values), np.nan), _valid(values)
        numbers = numbers_of(values.cast(pa.float64(), safe=False).fill_null(np.nan))
    else:
        found = [wire_value(value, Kind.NUMBER) for value in values]
        numbers = np.array([_double(value) for value in found], np.float64)
        odd = np.array([not (v is None or type(v) in {int, float}) for v in found], np.bool_)
        return numbers, odd | np.isinf(numbers)
    return numbers, np.isinf(numbers)


def _double(value: object) -> float:
    """Return a number as a double, infinite if it is too large for one; NaN for what is none."""
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
    """Return the codes of a column of words, and which rows are odd."""
    texts, odd = text_column(values, Kind.WORD)
    encoded = texts.fill_null(default).dictionary_encode()
    codes = np.array([coder[word] for word in encoded.dictionary.to_pylist()], dtype=np.int32)
    return codes[numbers_of(encoded.indices)], odd


def evidence_column(values: Values) -> tuple[Texts, NDArray[np.bool_]]:
    """Return a column of evidence as JSON texts, and which rows are odd.

    A member of a struct that is null is taken as not there: every row of a struct has every member.
    """
    values = _unwrapped(values)
    if isinstance(values, pa.Array) and _is_nested(values.type):
        values = [_struct_value(value) for value in _structs(values)]
    if isinstance(values, pa.Array) and not _is_text(values.type):
        values = values.to_pylist()
    texts, odd = text_column(values, Kind.EVIDENCE)
    pieces = [piece or b"" for piece in texts.cast(pa.large_binary()).to_pylist()]
    given = np.fromiter(map(bool, pieces), np.bool_, len(pieces))
    if isinstance(values, pa.Array) and pc.any(pc.starts_with(texts, "{'")).as_py():
        pieces = [_evidence_text(p.decode()).encode() if p else p for p in pieces]
    objects = [piece for piece in pieces if piece]
    if not all(piece.startswith(b"{") for piece in objects) or not _is_proven(objects):
        # Each by itself: one that repeats a key must not send all to the reference.
        for row in np.flatnonzero(given).tolist():
            odd[row] |= pieces[row][:1] != b"{" or not _is_proven([pieces[row]])
    return Texts(pieces, given), odd


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind) or pa.types.is_map(kind))


def _structs(values: pa.Array) -> list[Any]:
    try:
        found: list[Any] = values.to_pylist(maps_as_pydicts="strict")
    except KeyError:  # a key comes twice in a map; pairs are no object, and are refused
        found = values.to_pylist()
    return found


def _struct_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _struct_value(item) for name, item in value.items() if not is_null(item)}
    if isinstance(value, list) and value:
        return [_struct_value(item) for item in value]
    return value


def _is_proven(objects: list[bytes]) -> bool:
    """Return whether texts are JSON objects in which no key comes twice."""
    n_members = n_flat_members(objects)
    if n_members is None:
        n_members = n_nested_members(objects)
    return n_members is not None and n_members == most_members(b"".join(objects))
