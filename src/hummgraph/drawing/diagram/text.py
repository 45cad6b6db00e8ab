"""Texts in diagrams: their widths, and how they are cut to fit.

No font is available for measuring, and a picture is shown in any: texts are assumed to be as wide
as the widest of the usual fonts makes them.
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
    "cut_text",
    "safe_text",
    "text_width",
    "wrap_text",
]

HEADING_SIZE: Final = 15
LANE_SIZE: Final = 12
NAME_SIZE: Final = 13
SMALL_SIZE: Final = 11
# Small text is the only text that is not bold: it is as wide as bold text of this size.
SMALL_WIDE: Final = 0.92 * SMALL_SIZE

# Widths of characters as shares of the size of a bold font: those of DejaVu Sans, the widest of
# the fonts of common systems.
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


def safe_text(text: str) -> str:
    """Return a text escaped for any place of a document."""
    return escape(visible(text))


def text_width(text: str, size: float) -> float:
    """Return the width of a bold text."""
    return sum(map(_character_width, visible(text))) * size


def cut_text(text: str, size: float, room: float) -> str:
    """Return a text cut to a width, with an ellipsis."""
    shown, whole = _measurable_part(text, size, room)
    if whole and text_width(shown, size) <= room:
        return shown
    wide, kept = _ELLIPSIS * size, 0
    for char in shown:
        wide += _character_width(char) * size
        if wide > room:
            break
        kept += 1
    return f"{shown[:kept].rstrip()}\u2026"


def wrap_text(text: str, size: float, room: float, most: int) -> list[str]:
    """Return a text broken into lines; the last of the allowed number is cut."""
    shown, whole = _measurable_part(text, size, room * most)
    words = (shown if whole else f"{shown}\u2026").split()
    lines: list[str] = []
    while words:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size) <= room:
            line = f"{line} {words.pop(0)}"
        if len(lines) == most - 1:
            line = " ".join([line, *words])
            words = []
        lines.append(cut_text(line, size, room))
    return lines


def _measurable_part(text: str, size: float, room: float) -> tuple[str, bool]:
    """Return the characters that may fit, and whether these are all.

    Marks have no width, so a text of nothing else would never end: it may have only as many of them
    as of the narrowest characters.
    """
    most = int(4 * room / size)
    return visible(text[:most]), len(text) <= most


def _character_width(char: str) -> float:
    """Return the width of a character, as a share of the size of a bold font."""
    if char in _WIDTHS:
        return _WIDTHS[char]
    if unicodedata.category(char) in {"Mn", "Me"}:  # drawn on the character before
        return 0.0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _OTHER
