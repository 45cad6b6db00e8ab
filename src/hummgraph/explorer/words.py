"""Words of the page for levels and settings, in its sentences and in its address."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADDRESS_KEYS", "LEVEL_WORDS", "PAGES"]

LEVEL_WORDS: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.INTEGRATION_SOURCE: "system", Level.TABLE: "table", Level.COLUMN: "column"}
)

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
