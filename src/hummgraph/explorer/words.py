"""Words of the page for levels and settings, in its sentences and in its address."""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADDRESS_KEYS", "LEVEL_THINGS", "LEVEL_WORDS", "PAGES", "page_note", "page_score"]

LEVEL_WORDS: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.INTEGRATION_SOURCE: "system", Level.TABLE: "table", Level.COLUMN: "column"}
)

LEVEL_THINGS: Final[Mapping[Level, str]] = MappingProxyType({**LEVEL_WORDS, Level.COLUMN: "field"})
"""Levels in sentences for readers of the page; addresses keep the words of Python."""

ADDRESS_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "page": "p",
        "level": "v",
        "layout": "l",
        "colour": "c",
        "threshold": "t",
        "order": "by",
        "focus": "f",
        "tab": "tab",
    }
)
"""Settings that a page begins with, as in its address."""

PAGES: Final = (
    "start",
    "concepts",
    "map",
    "tables",
    "lineage",
    "join",
    "review",
    "links",
    "changes",
)
"""Parts of the page that can be opened by their names."""

_NOTES: Final = (
    (r"Direction is a link's source and target as sent, not proof of data flow\.",
     "Arrows run as links were sent; no proof that data flows so."),
    (r"(.* links?) without weight not followed\.", r"\1 without a score not followed."),
    (r"(.*) nodes? both up- and downstream: listed where nearer\.",
     r"\1 both link to it and depend on it: listed where nearer."),
    (r"(.*) nodes? left out by max_per_hop\.", r"\1 left out: too many for one step."),
    (r"(.* links?) above the level not lifted\.", r"\1 of a higher level not followed."),
    (r"(Not followed, as they are of another level: .*); level='\w+' takes them together\.",
     r"\1."),
    (r"Stopped (after [\d,]+ links?) \(max_work\): (.*)", r"Stopped \1: \2"),
)  # fmt: skip


def page_note(note: str) -> str:
    """Return a remark on a result without arguments of Python, in the words of the page.

    Examples
    --------
    >>> page_note("3 links without weight not followed.")
    '3 links without a score not followed.'
    >>> page_note("Links were followed either way.")
    'Links were followed either way.'
    """
    for pattern, words in _NOTES:
        if match := re.fullmatch(pattern, note):
            return re.sub(r"\bcolumn(s?)\b", r"field\1", match.expand(words))
    return note


def page_score(score: float) -> str:
    """Return a score as the page writes it: rounded down to two decimals, or two digits if small.

    Examples
    --------
    >>> page_score(0.8319), page_score(0.9), page_score(0.00123), page_score(1)
    ('0.83', '0.9', '0.0012', '1')
    """
    if score < 1e-6:
        return "0"
    digits = 2 if score >= 0.1 else 1 - math.floor(math.log10(score))
    text = f"{score:.12f}"
    return text[: text.index(".") + 1 + digits].rstrip("0").rstrip(".")
