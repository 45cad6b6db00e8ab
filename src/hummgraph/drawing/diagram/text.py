"""Texts in a picture: how wide they are, and how they are kept to their room.

No face is at hand to measure with, and a picture is looked at with any: texts are taken to be as
wide as the widest of the usual faces makes them.
"""

from __future__ import annotations

import unicodedata
from html import escape
from typing import Final

from hummgraph.frames import visible

__all__ = [
    "HEADING_SIZE",
    "LANE_SIZE",
    "NAME_SIZE",
    "SMALL_SIZE",
    "SMALL_WIDE",
    "cut",
    "measured",
    "safe",
    "wrapped",
]

HEADING_SIZE: Final = 15
LANE_SIZE: Final = 12
NAME_SIZE: Final = 13
SMALL_SIZE: Final = 11
# What is small is the only text not bold: it is as wide as a bold one of this size.
SMALL_WIDE: Final = 0.92 * SMALL_SIZE

# Widths of characters as shares of the size of a bold face: those of DejaVu Sans, the widest of the
# faces that systems bring.
_WIDTHS: Final = {
    char: width
    for chars, width in (
        (" '!(),-./:;IJ[\\]f|ijl", 0.46),
        ('"*_`rt', 0.53),
        ("?Lcsxz", 0.66),
        ("$0123456789EFSTYZabdeghknopquvy{}", 0.72),
        ("#+<=>ABCDGHKNPRUVX^~", 0.84),
        ("%&@MOQWmw\ufffd", 1.11),
    )
    for char in chars
}
_WIDE, _OTHER, _ELLIPSIS = 1.05, 0.85, 1.0


def safe(text: str) -> str:
    """Write a text so that it is a text wherever it stands in a document."""
    return escape(visible(text))


def measured(text: str, size: float) -> float:
    """Return the width of a bold text."""
    return sum(map(_share, visible(text))) * size


def cut(text: str, size: float, room: float) -> str:
    """Cut a text that is too long, so that it never leaves its place."""
    shown, whole = _begun(text, size, room)
    if whole and measured(shown, size) <= room:
        return shown
    wide, kept = _ELLIPSIS * size, 0
    for char in shown:
        wide += _share(char) * size
        if wide > room:
            break
        kept += 1
    return f"{shown[:kept].rstrip()}\u2026"


def wrapped(text: str, size: float, room: float, most: int) -> list[str]:
    """Break a text into lines; the last of as many as are allowed is cut."""
    shown, whole = _begun(text, size, room * most)
    words = (shown if whole else f"{shown}\u2026").split()
    lines: list[str] = []
    while words:
        line = words.pop(0)
        while words and measured(f"{line} {words[0]}", size) <= room:
            line = f"{line} {words.pop(0)}"
        if len(lines) == most - 1:
            line = " ".join([line, *words])
            words = []
        lines.append(cut(line, size, room))
    return lines


def _begun(text: str, size: float, room: float) -> tuple[str, bool]:
    """Return the characters that can have room at all, and say whether those are all.

    Marks take no room, but a text of nothing else would have no end: so there are no more of them
    than there would be of the narrowest characters.
    """
    most = int(4 * room / size)
    return visible(text[:most]), len(text) <= most


def _share(char: str) -> float:
    """Return the width of a character, as a share of the size of a bold face."""
    if char in _WIDTHS:
        return _WIDTHS[char]
    if unicodedata.category(char) in {"Mn", "Me"}:  # stands on the character before
        return 0.0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _OTHER
