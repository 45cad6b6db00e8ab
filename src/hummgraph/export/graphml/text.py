"""Attributes of GraphML as text: declared once, of one type each, escaped as the profile says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.graph.interop.flat import UNCARRIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["Writer"]

_SPECIAL: Final = re.compile(f"[&<>\r{UNCARRIED}]")
# Text that looks like an escape is escaped itself.
_REVERSIBLE: Final = re.compile(f"[&<>\r{UNCARRIED}]|_(?=x[0-9A-F]{{4}}_)")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_REPLACEMENT: Final = "\ufffd"


class Writer:
    """Declares attributes and formats their values; counts what XML could not carry.

    Parameters
    ----------
    reversible
        Write a character that XML cannot carry as ``_xHHHH_``, as spreadsheets' files do, so that
        it can be read back; else U+FFFD takes its place.
    """

    def __init__(self, *, reversible: bool) -> None:
        self.uncarried = 0
        """How many characters were escaped or replaced so far."""
        self.declarations: list[str] = []
        self._reversible = reversible
        self._pattern = _REVERSIBLE if reversible else _SPECIAL
        self._tags: dict[tuple[str, str], str] = {}

    def declare(self, domain: str, kind: str, *names: str) -> None:
        """Declare attributes of the graph, of nodes or of edges."""
        for name in names:
            # Short, since it stands before every value.
            key = f"{domain[0]}{sum(known == domain for known, _ in self._tags)}"
            self._tags[domain, name] = f'<data key="{key}">'
            self.declarations.append(
                f'  <key id="{key}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n'
            )

    def escape(self, text: str) -> str:
        """Write a text as character data."""
        return self._pattern.sub(self._entity, text)

    def _entity(self, match: re.Match[str]) -> str:
        character = match[0]
        entity = _ENTITIES.get(character)
        if entity is not None:
            return entity
        if character != "_":
            self.uncarried += 1
        return f"_x{ord(character):04X}_" if self._reversible else _REPLACEMENT

    def texts(self, domain: str, name: str, values: Iterable[str | None]) -> list[str]:
        """Format texts; a null gives nothing."""
        tag, values = self._tags[domain, name], list(values)
        # Most need no escaping, and one look at all of them is cheaper than a look at each.
        if not self._pattern.search(" ".join([text for text in values if text is not None])):
            return ["" if text is None else f"{tag}{text}</data>" for text in values]
        return ["" if text is None else f"{tag}{self.escape(text)}</data>" for text in values]

    def plain(self, domain: str, name: str, values: Iterable[object]) -> list[str]:
        """Format whole numbers and texts that need no escaping; a null gives nothing."""
        tag = self._tags[domain, name]
        return ["" if value is None else f"{tag}{value}</data>" for value in values]

    def coded(
        self, domain: str, name: str, codes: NDArray[np.integer[Any]], names: Sequence[str]
    ) -> list[str]:
        """Format values of which there are few, given by their positions among ``names``."""
        few, lost = [], []
        before = self.uncarried
        for text in names:
            few.extend(self.texts(domain, name, [text]))
            lost.append(self.uncarried - before)
            self.uncarried = before
        # Counted where it is written, like every other character.
        self.uncarried += int(np.bincount(codes, minlength=len(names)) @ np.array(lost, np.int64))
        return [few[code] for code in codes.tolist()]

    def flags(self, domain: str, name: str, values: NDArray[np.bool_]) -> list[str]:
        """Format truth values."""
        return self.coded(domain, name, values.astype(np.int8), ("false", "true"))

    def optional_flags(
        self, domain: str, name: str, values: Sequence[bool | None]
    ) -> tuple[list[str], list[str]]:
        """Format truth values of which some are null, and the companion that says which are."""
        words = {None: None, True: "true", False: "false"}
        there = np.array([value is not None for value in values], dtype=bool)
        return (
            self.plain(domain, name, [words[value] for value in values]),
            self.flags(domain, f"has_{name}", there),
        )

    def numbers(self, domain: str, name: str, values: NDArray[np.float64]) -> list[str]:
        """Format numbers, NaN for null, with the companion that says which are there."""
        tag, there, absent = (
            self._tags[domain, name],
            *self.coded(domain, f"has_{name}", np.array([1, 0]), ("false", "true")),
        )
        return [
            f"{tag}{value}</data>{there}" if value == value else absent  # noqa: PLR0124 - NaN
            for value in values.tolist()
        ]
