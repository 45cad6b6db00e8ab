"""A JSON array read element by element, so that a small text cannot fill memory with values."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, Final

from hummgraph.records.strict_json import MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TooManyValuesError", "array_items", "is_json"]

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_BLANKS: Final = frozenset(" \t\n\r")
_BOM: Final = codecs.BOM_UTF8.decode()
_MAX_SHORT: Final = 256
_WINDOW: Final = 1 << 20  # characters read at a time, which cannot hold many more values
_TAIL: Final = 16  # characters at the end of a window in which a number or an escape may be cut
_DECODER: Final = json.JSONDecoder()


class TooManyValuesError(ValueError):
    """An element has more values than one record may have."""


def array_items(body: bytes) -> Iterator[tuple[str, Any]]:
    """Yield each element of a JSON array, or one object, with its text if that is short.

    The text is empty for elements of more than 256 characters.

    Raises
    ------
    TooManyValuesError
        If an element may have more than a million values.
    TypeError
        If the body is neither an array nor an object.
    ValueError
        If it is not JSON.
    RecursionError
        If it nests too deep.

    Notes
    -----
    Linear in the body: an element is parsed again only if a window ends in it, and the window then
    doubles. At most one element is held as values.
    """
    text = body.decode(json.detect_encoding(body)).removeprefix(_BOM)
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        yield from _only_object(text, at)
        return
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        _expect_end(text, at + 1)
        return
    size = _WINDOW
    while True:
        window = text[at : at + size]
        last = at + len(window) == len(text)
        if size > _WINDOW:
            _check_size(window)
        done = 0
        try:
            for start, end, value, mark in _elements(window, last=last):
                yield window[start:end] if end - start <= _MAX_SHORT else "", value
                done = mark + 1
        except json.JSONDecodeError as error:
            raise json.JSONDecodeError(error.msg, text, at + error.pos) from None
        if done and window[done - 1] == "]":
            _expect_end(text, at + done)
            return
        # The window ended inside an element: read on from there, or more of it.
        size = _WINDOW if done else 2 * size
        at += done


def is_json(body: bytes) -> bool:
    """Return whether a body is JSON to its end; if it is one value, also of another kind.

    A body that is too deep or has too many values or digits to be read counts as JSON: it is not
    cut off.
    """
    try:
        for _ in array_items(body):
            pass
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
    except (TypeError, ValueError, RecursionError):
        return True
    return True


def _elements(window: str, *, last: bool) -> Iterator[tuple[int, int, Any, int]]:
    """Yield the place and value of each complete element, and the place of the mark behind it."""
    at = 0
    while True:
        start = _skip(window, at)
        try:
            value, end = _DECODER.raw_decode(window, start)
        except json.JSONDecodeError as error:
            if not last and (
                error.msg.startswith("Unterminated") or error.pos >= len(window) - _TAIL
            ):
                return
            raise
        mark = _skip(window, end)
        if not last and mark >= len(window) - _TAIL:
            return
        if window[mark : mark + 1] not in {",", "]"}:
            raise json.JSONDecodeError("Expecting ',' delimiter", window, mark)
        yield start, end, value, mark
        if window[mark] == "]":
            return
        at = mark + 1


def _only_object(text: str, at: int) -> Iterator[tuple[str, Any]]:
    """Yield the one object that a text is."""
    _check_size(text)
    value, end = _DECODER.raw_decode(text, at)
    _expect_end(text, end)
    if not isinstance(value, dict):
        raise TypeError
    yield "", value


def _check_size(text: str) -> None:
    """Raise if a text may have more values than one record may have."""
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        raise TooManyValuesError(f"more than {MAX_VALUES:,}")


def _skip(text: str, at: int) -> int:
    """Return the place of the first character from a place on that is not blank."""
    return at if text[at : at + 1] not in _BLANKS else _BLANK.match(text, at).end()  # type: ignore[union-attr] # it matches anything


def _expect_end(text: str, at: int) -> None:
    at = _skip(text, at)
    if at < len(text):
        raise json.JSONDecodeError("Extra data", text, at)
