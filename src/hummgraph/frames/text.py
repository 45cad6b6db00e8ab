"""Texts that are safe to display."""

from __future__ import annotations

from typing import Final

__all__ = ["DELETED", "cell_text", "counted", "marked", "shortened", "visible"]

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
