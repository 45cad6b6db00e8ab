"""Tables, and the display of results in notebooks and as text."""

from __future__ import annotations

from hummgraph.frames.card import Card, Listing, Shows, html_of, title_of
from hummgraph.frames.frame import FORMULA, Display, Frame
from hummgraph.frames.screen import MAX_ROWS
from hummgraph.frames.text import DELETED, counted, marked, size_text, visible

__all__ = [
    "DELETED",
    "FORMULA",
    "MAX_ROWS",
    "Card",
    "Display",
    "Frame",
    "Listing",
    "Shows",
    "counted",
    "html_of",
    "marked",
    "size_text",
    "title_of",
    "visible",
]
