"""Texts that are safe to display."""

from __future__ import annotations

from typing import Final

__all__ = ["DELETED", "cell_text", "counted", "marked", "shortened", "size_text", "visible"]

_MIB: Final = 1 << 20

DELETED: Final = " (deleted)"
"""Suffix of the name of a deleted node, for output that is only text."""


def visible(text: str) -> str:
    """Replace non-printable characters, so that untrusted text is safe to display.

    These include line breaks, control characters of terminals, and marks that reverse the direction
    of text.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def marked(name: str, *, deleted: bool) -> str:
    """Return a name, followed by ``(deleted)`` if its node is deleted."""
    return name + DELETED if deleted else name


def counted(n: int, what: str) -> str:
    """Return a count and its noun: ``1 link``, ``2 links``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def size_text(n_bytes: int, *, up: bool = False) -> str:
    """Return a size in memory: bytes, or from a MiB on tenths of these, rounded down or ``up``.

    A size that is needed, rounded up, thus never looks like a smaller one that is allowed.

    Examples
    --------
    >>> size_text(1), size_text(2**21 + 1), size_text(2**21 + 1, up=True)
    ('1 byte', '2 MiB', '2.1 MiB')
    """
    if n_bytes < _MIB:
        return counted(n_bytes, "byte")
    tenths = -(-10 * n_bytes // _MIB) if up else 10 * n_bytes // _MIB
    return f"{tenths / 10:,.1f}".removesuffix(".0") + " MiB"


def cell_text(cell: object) -> str:
    """Return a cell as one line without control characters; an empty text for null."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, list):
        return "; ".join(map(cell_text, cell))
    return visible(str(cell))


def shortened(text: str, width: int) -> str:
    """Return a text cut to at most ``width`` characters, with an ellipsis in place of the rest.

    A path keeps both ends: the system and the column.
    """
    if len(text) <= width:
        return text
    end = 2 * width // 3 if "/" in text and " " not in text else 0
    return f"{text[: width - 1 - end]}\u2026{text[len(text) - end :]}"
