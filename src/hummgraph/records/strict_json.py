"""Strict JSON: read, counted and cut without trusting the text.

Python's own reader accepts NaN, turns ``1e999`` into infinity and keeps the last of two equal keys.
Here each of these is a fault with a pointer.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.errors import InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = [
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_VALUES",
    "WHITESPACE",
    "Cuts",
    "canonical_json",
    "count_members",
    "elements",
    "find_cuts",
    "has_too_many_values",
    "member_text",
    "most_members",
    "printable",
    "strict_json",
]

MAX_DEPTH: Final = 100
"""Greatest depth of nested objects and arrays; the record itself is the first level."""

MAX_DIGITS: Final = 4300
"""Greatest number of digits of an integer: Python's own limit by default."""

MAX_VALUES: Final = 1_000_000
"""Greatest number of objects, arrays and further members of one record, which Python would need a
hundred bytes each for, and JSON two."""

WHITESPACE: Final = b" \t\n\r"
"""White space of JSON; Python's own definition is wider."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_MEMBER = re.compile(rb'\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*(.*?)\s*', re.DOTALL)
_STEP = {"{": 1, "[": 1, "}": -1, "]": -1}
_MAX_POINTER_LENGTH = 100


@dataclass(frozen=True, slots=True)
class _Fault:
    """Placeholder for a value that JSON or the limits above do not allow."""

    code: str


class _RepeatedKeyObject(dict[str, Any]):
    """Object with a repeated key."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        times = Counter(name for name, _ in pairs)
        self.names = [name for name, n in times.items() if n > 1]


def strict_json(text: bytes) -> Any:
    """Return one JSON value, or raise with everything that is wrong with it.

    Raises
    ------
    InvalidRecordError
        If it is not valid. Reasons are ``not_utf8``, ``not_json``, ``too_deep``,
        ``too_many_values``, ``duplicate_key``, ``not_finite`` or ``integer_too_long``. It is a
        `ValueError`, and holds no value of the text.
    """
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        raise _json_error([("not_utf8", "")]) from None
    if _is_too_deep(decoded):
        raise _json_error([("too_deep", "")])
    if has_too_many_values(text):
        raise _json_error([("too_many_values", "")])
    try:
        value = json.loads(
            decoded,
            object_pairs_hook=_build_object,
            parse_float=_parse_float,
            parse_int=_parse_int,
            parse_constant=lambda _: _Fault("not_finite"),
        )
    except (ValueError, RecursionError):
        raise _json_error([("not_json", "")]) from None
    faults = list(_find_faults(value, ""))
    if faults:
        raise _json_error(faults)
    return value


def has_too_many_values(text: bytes, limit: int = MAX_VALUES) -> bool:
    """Return whether a text may have more values than the limit, without reading it as JSON.

    Every value but the first follows a comma or stands first in an object or array. Commas and
    brackets inside strings are counted as well.
    """
    return len(text) > limit and sum(map(text.count, (b",", b"[", b"{"))) > limit


def _json_error(reasons: list[tuple[str, str]]) -> InvalidRecordError:
    codes = ", ".join(dict.fromkeys(code for code, _ in reasons))
    return InvalidRecordError(f"The JSON breaks the rules: {codes}.", reasons=reasons)


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _RepeatedKeyObject(pairs)


def _parse_float(text: str) -> float | _Fault:
    number = float(text)
    return number if math.isfinite(number) else _Fault("not_finite")


def _parse_int(text: str) -> int | _Fault:
    return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else _Fault("integer_too_long")


def _is_too_deep(text: str) -> bool:
    """Return whether brackets nest too deep; looks at brackets alone, without recursion."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    steps = (_STEP.get(character, 0) for character in _STRING.sub("", text))
    return max(accumulate(steps), default=0) > MAX_DEPTH


def _find_faults(value: object, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Fault):
        yield value.code, at
        return
    members: Iterable[tuple[object, object]] = ()
    if isinstance(value, _RepeatedKeyObject):
        for repeated in value.names:
            yield "duplicate_key", _extend_pointer(at, repeated)
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for name, item in members:
        if isinstance(item, dict | list | _Fault):
            yield from _find_faults(item, _extend_pointer(at, name))


def _extend_pointer(at: str, name: object) -> str:
    """Return the pointer to a member, as RFC 6901 writes it; long pointers are cut."""
    step = printable(str(name), _MAX_POINTER_LENGTH).replace("~", "~0").replace("/", "~1")
    return f"{at}/{step}"[:_MAX_POINTER_LENGTH]


def printable(text: str, limit: int) -> str:
    """Return a text cut to a length, with characters escaped that terminals or encoders refuse."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:limit])


def canonical_json(text: str) -> str:
    """Return a JSON text rewritten so that equal values have equal texts.

    Keys are sorted, and a number has one form whether it was ``1``, ``1.0`` or ``1e0``.
    """

    def number(digits: str) -> float | int:
        value = float(digits)
        # Up to 2**53 every integer has its own double.
        return int(value) if value.is_integer() and abs(value) <= 2**53 else value

    return json.dumps(json.loads(text, parse_float=number), sort_keys=True, separators=(",", ":"))


def most_members(text: bytes) -> int:
    """Return an upper bound of the number of members.

    The bound counts colons after a quote or white space. In JSON every member has one such colon;
    colons inside strings may be counted as well.
    """
    raw = np.frombuffer(text, dtype=np.uint8)
    # The quote (34) and all white space have codes up to 34.
    return int(np.count_nonzero((raw[1:] == ord(":")) & (raw[:-1] <= ord('"'))))


def count_members(value: Any, room: int = MAX_DEPTH) -> int:
    """Return the number of members of all objects in an object or array, each key counted once.

    Together with `most_members` this proves that no key occurs twice: if a text can have no more
    members than were read from it, none was lost.

    Raises
    ------
    RecursionError
        If it nests deeper than `room`.
    """
    if not room:
        raise RecursionError
    total = 0
    if type(value) is dict:
        total = len(value)
        value = value.values()
    for item in value:
        if type(item) is dict or type(item) is list:
            total += count_members(item, room - 1)
    return total


@dataclass(frozen=True, slots=True)
class Cuts:
    """Positions at which the inside of an array or object may be cut into its elements.

    Parameters
    ----------
    commas
        Offsets of the commas between elements.
    close
        Offset of the bracket that ends the array; ``None`` if the text does not hold it.
    whole
        Whether the text ends outside any string and bracket.
    n_whole
        Number of complete elements.
    """

    commas: NDArray[np.int64]
    close: int | None
    whole: bool
    n_whole: int


_DEPTH_STEPS = np.zeros(256, dtype=np.int8)
_DEPTH_STEPS[[ord("{"), ord("[")]] = 1
_DEPTH_STEPS[[ord("}"), ord("]")]] = -1
_MARKS = _DEPTH_STEPS != 0
_MARKS[[ord('"'), ord(",")]] = True


def find_cuts(text: bytes) -> Cuts:
    """Return the commas between elements, found by strings and brackets alone.

    The text begins where an element may begin, and need not be valid JSON.

    Notes
    -----
    Linear in the text: no recursion, no loop in Python.
    """
    if b"\\" in text:
        # Escaped quotes must not count. Pairs of backslashes are replaced first, from the left, so
        # that a backslash before a quote is then an escape.
        text = text.replace(rb"\\", b"  ").replace(rb"\"", b"  ")
    raw = np.frombuffer(text, dtype=np.uint8)
    at = np.flatnonzero(_MARKS[raw])
    kind = raw[at]
    quotes = kind == ord('"')
    in_string = np.logical_xor.accumulate(quotes) if len(quotes) else quotes
    bare = ~(in_string | quotes)
    open_string = bool(len(in_string)) and bool(in_string[-1])
    at, kind = at[bare], kind[bare]
    depth = np.cumsum(_DEPTH_STEPS[kind], dtype=np.int64)
    close = None
    ends = np.flatnonzero(depth < 0)
    if len(ends):
        close = int(at[ends[0]])
        at, kind, depth = at[: ends[0]], kind[: ends[0]], depth[: ends[0]]
        open_string = False
    whole = not open_string and (len(depth) == 0 or int(depth[-1]) == 0)
    commas = at[(kind == ord(",")) & (depth == 0)]
    tail = text[commas[-1] + 1 if len(commas) else 0 : close]
    return Cuts(commas, close, whole, len(commas) + int(whole and bool(tail.strip(WHITESPACE))))


def elements(text: bytes) -> list[bytes]:
    """Return the elements inside an array or object, without the white space around them."""
    commas = find_cuts(text).commas.tolist()
    return [
        text[start:end].strip(WHITESPACE)
        for start, end in zip(
            [0, *(comma + 1 for comma in commas)], [*commas, len(text)], strict=True
        )
    ]


def member_text(record: bytes, name: str) -> bytes | None:
    """Return the text of one member's value exactly as received, from a valid object."""
    for member in elements(record.strip(WHITESPACE)[1:-1]):
        found = _MEMBER.fullmatch(member)
        if found and json.loads(found[1]) == name:
            return found[2]
    return None
