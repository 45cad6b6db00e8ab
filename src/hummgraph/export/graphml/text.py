"""Attributes of GraphML and GEXF as text: declared once, each of one type, and escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError
from hummgraph.export.rows import moments
from hummgraph.graph.interop.flat import UNCARRIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["Writer", "kind_of"]

# Marks of direction and control characters that XML can carry: a person may read the file.
_HIDDEN: Final = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_HIDDEN_CHARACTER: Final = re.compile(f"[{_HIDDEN}]")
_RARE: Final = re.compile(f"[{_HIDDEN}{UNCARRIED}]")
# Text that looks like an escape is escaped itself.
_REVERSIBLE: Final = re.compile(f"[{_HIDDEN}{UNCARRIED}]|_(?=x[0-9A-F]{{4}}_)")
# The first one is part of all others.
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
# Parsers of XML would replace tabs and newlines in the value of an attribute with blanks.
_QUOTED_ENTITIES: Final = _ENTITIES | {"\t": "&#9;", "\n": "&#10;", '"': "&quot;"}
_REPLACEMENT: Final = "\ufffd"
_FEW_VALUES: Final = frozenset({"data_type", "level", "link_type", "status"})
"""Attributes with few values, each of which is formatted once."""


class Writer:
    """A writer that declares attributes, formats values, and counts characters XML cannot hold.

    Parameters
    ----------
    reversible
        Write a character that XML cannot hold as ``_xHHHH_``, as files of spreadsheets do, so that
        it can be read again; otherwise write U+FFFD.
    quoted
        Write for GEXF, in which values are those of XML attributes.
    """

    def __init__(self, *, reversible: bool, quoted: bool = False) -> None:
        self.uncarried = 0
        """Number of characters that were escaped or replaced so far."""
        self.declarations: list[str] = []
        self._reversible = reversible
        self._entities = _QUOTED_ENTITIES if quoted else _ENTITIES
        self._rare = _REVERSIBLE if reversible else _RARE
        self._any = re.compile(f"[{''.join(self._entities)}]|{self._rare.pattern}")
        self._quoted = quoted
        self._end = '"/>' if quoted else "</data>"
        self._tags: dict[tuple[str, str], str] = {}

    def declare(self, domain: str, kind: str, *names: str) -> None:
        """Declare attributes of the graph, of nodes or of edges.

        Raises
        ------
        ArgumentError
            If an attribute is already declared.
        """
        for name in names:
            if (domain, name) in self._tags:
                raise ArgumentError(
                    f"The profile has an attribute {name!r} of its own.",
                    hint="Rename your attribute, or write the plain profile.",
                )
            if self._quoted:
                self._tags[domain, name] = f'<attvalue for="{name}" value="'
                self.declarations.append(
                    f'      <attribute id="{name}" title="{name}" type="{kind}"/>\n'
                )
                continue
            # Keys are short, since every value repeats its key.
            key = f"{domain[0]}{sum(known == domain for known, _ in self._tags)}"
            self._tags[domain, name] = f'<data key="{key}">'
            self.declarations.append(
                f'  <key id="{key}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n'
            )

    def escape(self, text: str) -> str:
        """Return a text escaped as character data, or as the value of an XML attribute."""
        # Evidence has quotation marks in every text: replacing one character in all of it is many
        # times faster than a function call for each.
        for character, entity in self._entities.items():
            if character in text:
                text = text.replace(character, entity)
        return self._rare.sub(self._escape_match, text)

    def _escape_match(self, match: re.Match[str]) -> str:
        character = match[0]
        if _HIDDEN_CHARACTER.fullmatch(character):
            return f"&#{ord(character)};"
        if character != "_":
            self.uncarried += 1
        return f"_x{ord(character):04X}_" if self._reversible else _REPLACEMENT

    def texts(self, domain: str, name: str, values: Iterable[str | None]) -> list[str]:
        """Return formatted texts; an empty text for a null."""
        tag, end, values = self._tags[domain, name], self._end, list(values)
        # Few texts need escaping, and searching all at once is faster than searching each.
        if not self._any.search(" ".join([text for text in values if text is not None])):
            return ["" if text is None else f"{tag}{text}{end}" for text in values]
        return ["" if text is None else f"{tag}{self.escape(text)}{end}" for text in values]

    def plain(self, domain: str, name: str, values: Iterable[object]) -> list[str]:
        """Return formatted numbers or texts that need no escaping; an empty text for a null."""
        tag, end = self._tags[domain, name], self._end
        return ["" if value is None else f"{tag}{value}{end}" for value in values]

    def column(self, domain: str, name: str, values: pa.Array) -> list[str]:
        """Return a column formatted by its type; an empty text for a null."""
        if pa.types.is_boolean(values.type):
            codes = values.cast(pa.int8()).fill_null(2).to_numpy(zero_copy_only=False)
            return [*map([*self.texts(domain, name, ("false", "true")), ""].__getitem__, codes)]
        if pa.types.is_timestamp(values.type):
            return self.plain(domain, name, moments(values))
        if name in _FEW_VALUES and not values.null_count:
            encoded = values.dictionary_encode()
            codes = encoded.indices.to_numpy(zero_copy_only=False)
            return self.coded(domain, name, codes, encoded.dictionary.to_pylist())
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            return self.texts(domain, name, values.to_pylist())
        return self.plain(domain, name, values.to_pylist())

    def coded(
        self, domain: str, name: str, codes: NDArray[np.integer[Any]], names: Sequence[str]
    ) -> list[str]:
        """Return formatted values, given by their positions in ``names``."""
        few, lost = [], []
        before = self.uncarried
        for text in names:
            few.extend(self.texts(domain, name, [text]))
            lost.append(self.uncarried - before)
            self.uncarried = before
        # A name counts as often as it is written.
        self.uncarried += int(np.bincount(codes, minlength=len(names)) @ np.array(lost, np.int64))
        return [few[code] for code in codes.tolist()]

    def flags(self, domain: str, name: str, values: NDArray[np.bool_]) -> list[str]:
        """Return formatted truth values."""
        return self.coded(domain, name, values.astype(np.int8), ("false", "true"))

    def optional_flags(
        self, domain: str, name: str, values: Sequence[bool | None]
    ) -> tuple[list[str], list[str]]:
        """Return formatted truth values, some null, and the ``has_`` attributes that mark nulls."""
        words = {None: None, True: "true", False: "false"}
        there = np.array([value is not None for value in values], dtype=bool)
        return (
            self.plain(domain, name, [words[value] for value in values]),
            self.flags(domain, f"has_{name}", there),
        )

    def numbers(self, domain: str, name: str, values: NDArray[np.float64]) -> list[str]:
        """Return formatted numbers, NaN for null, each with its ``has_`` attribute."""
        tag, end, there, absent = (
            self._tags[domain, name],
            self._end,
            *self.coded(domain, f"has_{name}", np.array([1, 0]), ("false", "true")),
        )
        return [
            f"{tag}{value}{end}{there}" if value == value else absent  # noqa: PLR0124 - true unless it is NaN
            for value in values.tolist()
        ]


def kind_of(type_: pa.DataType) -> str:
    """Return the name of a column's type in GraphML and GEXF."""
    if pa.types.is_boolean(type_):
        return "boolean"
    if pa.types.is_floating(type_):
        return "double"
    return "long" if pa.types.is_integer(type_) else "string"
