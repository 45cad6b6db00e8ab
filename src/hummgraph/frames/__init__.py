"""Tables, and how results show themselves in a notebook and in text."""

from __future__ import annotations

from hummgraph.frames.card import Card, Listing, Shows, html_of
from hummgraph.frames.frame import FORMULA, Frame
from hummgraph.frames.text import DELETED, counted, marked, visible

__all__ = [
    "DELETED",
    "FORMULA",
    "Card",
    "Frame",
    "Listing",
    "Shows",
    "counted",
    "html_of",
    "marked",
    "visible",
]
