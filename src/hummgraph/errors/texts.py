"""Texts of strangers in messages of errors: quoted, and cut to a length that fits a message."""

from __future__ import annotations

import json
from reprlib import Repr
from typing import Final

__all__ = ["MAX_MESSAGE", "bounded", "json_fault", "quoted"]

MAX_MESSAGE: Final = 1_000
"""Greatest number of characters of a message, and of a hint."""

_REPR: Final = Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 120


def bounded(text: str) -> str:
    """Return a message, cut in the middle if it is too long: both ends describe the fault.

    Examples
    --------
    >>> len(bounded("x" * 1_000_000))
    1000
    """
    if len(text) <= MAX_MESSAGE:
        return text
    half = MAX_MESSAGE // 2
    return f"{text[: half - 1]}\u2026{text[-half:]}"


def quoted(value: object) -> str:
    """Return the ``repr`` of a value from a file, cut to a length that fits a message.

    Examples
    --------
    >>> quoted("Stripe/customers.email")
    "'Stripe/customers.email'"
    >>> len(quoted("x" * 1_000_000))
    120
    """
    return _REPR.repr(value)


def json_fault(error: Exception) -> str:
    """Return the fault of a text that is not JSON, or cannot be read as such.

    Parameters
    ----------
    error
        Error of ``json.loads``.

    Examples
    --------
    >>> json_fault(RecursionError())
    'it nests too deep'
    """
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno:,}, column {error.colno:,}"
    if isinstance(error, RecursionError):
        return "it nests too deep"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    # Else the parser raises for numbers alone, which Python refuses beyond some length.
    return "a number in it has too many digits"
