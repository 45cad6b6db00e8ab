"""Texts that are safe to show."""

from __future__ import annotations

from typing import Final

__all__ = ["DELETED", "cell_text", "counted", "marked", "shortened", "visible"]

DELETED: Final = " (deleted)"
"""What follows the name of a deleted node, wherever a name is only text."""


def visible(text: str) -> str:
    """Replace non-printable characters, so that untrusted text is safe to display.

    Among these are line breaks, what a terminal would obey, and marks that turn a text around.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def marked(name: str, *, deleted: bool) -> str:
    """Return a name, with the mark of a deleted node where it is one."""
    return name + DELETED if deleted else name


def counted(n: int, what: str) -> str:
    """Return a number of things as text: ``1 link``, ``2 links``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def cell_text(cell: object) -> str:
    """Return a cell on one line: nothing for null, no control characters."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, list):
        return "; ".join(map(cell_text, cell))
    return visible(str(cell))


def shortened(text: str, width: int) -> str:
    """Return at most ``width`` characters of a text, with an ellipsis for what is left out.

    Of a path both ends are kept: the system, and the column.
    """
    if len(text) <= width:
        return text
    end = 2 * width // 3 if "/" in text and " " not in text else 0
    return f"{text[: width - 1 - end]}\u2026{text[len(text) - end :]}"
