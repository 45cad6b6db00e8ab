"""JSON by the strict rules: read, counted and cut without believing anything about it.

Python's own reader takes NaN, lets ``1e999`` become infinity and keeps the last of two equal keys.
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
    "WHITESPACE",
    "Cuts",
    "canonical_json",
    "count_members",
    "elements",
    "find_cuts",
    "member_text",
    "most_members",
    "printable",
    "strict_json",
]

MAX_DEPTH: Final = 100
"""How deep objects and arrays may nest, a record itself being the first level."""

MAX_DIGITS: Final = 4300
"""How many digits an integer may have: what Python converts by default."""

WHITESPACE: Final = b" \t\n\r"
"""What JSON calls white space; Python's own idea of it is wider."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_MEMBER = re.compile(rb'\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*(.*?)\s*', re.DOTALL)
_STEP = {"{": 1, "[": 1, "}": -1, "]": -1}
_POINTER_LIMIT = 100


@dataclass(frozen=True, slots=True)
class _Fault:
    """Stands in a read value where something was that JSON, or sanity, does not allow."""

    code: str


class _Repeated(dict[str, Any]):
    """An object in which a key came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        times = Counter(name for name, _ in pairs)
        self.names = [name for name, n in times.items() if n > 1]


def strict_json(text: bytes) -> Any:
    """Read one JSON value, or say all that is wrong with it.

    Raises
    ------
    InvalidRecordError
        With reasons ``not_utf8``, ``not_json``, ``too_deep``, ``duplicate_key``, ``not_finite`` or
        ``integer_too_long``. It is a `ValueError`, and holds no value of the text.
    """
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        raise _refusal([("not_utf8", "")]) from None
    if _is_too_deep(decoded):
        raise _refusal([("too_deep", "")])
    try:
        value = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_float=_float,
            parse_int=_int,
            parse_constant=lambda _: _Fault("not_finite"),
        )
    except (ValueError, RecursionError):
        raise _refusal([("not_json", "")]) from None
    faults = list(_faults(value, ""))
    if faults:
        raise _refusal(faults)
    return value


def _refusal(reasons: list[tuple[str, str]]) -> InvalidRecordError:
    codes = ", ".join(dict.fromkeys(code for code, _ in reasons))
    return InvalidRecordError(f"The JSON breaks the rules: {codes}.", reasons=reasons)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Repeated(pairs)


def _float(text: str) -> float | _Fault:
    number = float(text)
    return number if math.isfinite(number) else _Fault("not_finite")


def _int(text: str) -> int | _Fault:
    return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else _Fault("integer_too_long")


def _is_too_deep(text: str) -> bool:
    """Look at brackets alone, so that no reader has to recurse to find out."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    steps = (_STEP.get(character, 0) for character in _STRING.sub("", text))
    return max(accumulate(steps)) > MAX_DEPTH


def _faults(value: object, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Fault):
        yield value.code, at
        return
    members: Iterable[tuple[object, object]] = ()
    if isinstance(value, _Repeated):
        for repeated in value.names:
            yield "duplicate_key", _pointer(at, repeated)
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for name, item in members:
        if isinstance(item, dict | list | _Fault):
            yield from _faults(item, _pointer(at, name))


def _pointer(at: str, name: object) -> str:
    """Step into a member, as RFC 6901 writes it; long pointers are cut."""
    step = printable(str(name), _POINTER_LIMIT).replace("~", "~0").replace("/", "~1")
    return f"{at}/{step}"[:_POINTER_LIMIT]


def printable(text: str, limit: int) -> str:
    """Cut a text, and write out what a terminal or an encoder might choke on."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:limit])


def canonical_json(text: str) -> str:
    """Write a JSON text anew, so that equal values have equal texts.

    Keys are sorted, and a number is written the same whether it came as ``1``, ``1.0`` or ``1e0``.
    """

    def number(digits: str) -> float | int:
        value = float(digits)
        # Up to 2**53 every integer has its own double.
        return int(value) if value.is_integer() and abs(value) <= 2**53 else value

    return json.dumps(json.loads(text, parse_float=number), sort_keys=True, separators=(",", ":"))


def most_members(text: bytes) -> int:
    """Count the colons that follow a quote or white space: at least as many as there are members.

    In JSON every member has one such colon. Colons inside strings may be counted too, so this is
    never too small.
    """
    raw = np.frombuffer(text, dtype=np.uint8)
    # All white space, and the quote (34), lie at or below 34.
    return int(np.count_nonzero((raw[1:] == ord(":")) & (raw[:-1] <= ord('"'))))


def count_members(value: Any, room: int = MAX_DEPTH) -> int:
    """Count the members of all objects in an object or array, each key once.

    With `most_members` this proves that no key came twice: if a text could have no more members
    than were read from it, none was lost.

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
    """Where the inside of an array or object may be cut into its elements.

    Parameters
    ----------
    commas
        Offsets of the commas between elements.
    close
        Offset of the bracket that ends the array, or ``None`` when it is not there yet.
    whole
        Whether the text ends outside any string and bracket.
    n_whole
        How many elements are there to their end.
    """

    commas: NDArray[np.int64]
    close: int | None
    whole: bool
    n_whole: int


_STEPS = np.zeros(256, dtype=np.int8)
_STEPS[[ord("{"), ord("[")]] = 1
_STEPS[[ord("}"), ord("]")]] = -1
_MARKS = _STEPS != 0
_MARKS[[ord('"'), ord(",")]] = True


def find_cuts(text: bytes) -> Cuts:
    """Find the commas between elements by strings and brackets alone, whatever else is wrong.

    The text begins where an element may begin.

    Notes
    -----
    Linear in the text: no recursion, no loop in Python.
    """
    if b"\\" in text:
        # Escaped quotes must not count. Pairs of backslashes go first, from the left, so that
        # what stands before a quote is then an escape.
        text = text.replace(rb"\\", b"  ").replace(rb"\"", b"  ")
    raw = np.frombuffer(text, dtype=np.uint8)
    at = np.flatnonzero(_MARKS[raw])
    kind = raw[at]
    quotes = kind == ord('"')
    in_string = np.logical_xor.accumulate(quotes) if len(quotes) else quotes
    bare = ~(in_string | quotes)
    open_string = bool(len(in_string)) and bool(in_string[-1])
    at, kind = at[bare], kind[bare]
    depth = np.cumsum(_STEPS[kind], dtype=np.int64)
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
    """Cut the inside of an array or object into its elements, without the white space around."""
    commas = find_cuts(text).commas.tolist()
    return [
        text[start:end].strip(WHITESPACE)
        for start, end in zip(
            [0, *(comma + 1 for comma in commas)], [*commas, len(text)], strict=True
        )
    ]


def member_text(record: bytes, name: str) -> bytes | None:
    """Return the text of one member's value exactly as it came, from an object without faults."""
    for member in elements(record.strip(WHITESPACE)[1:-1]):
        found = _MEMBER.fullmatch(member)
        if found and json.loads(found[1]) == name:
            return found[2]
    return None
