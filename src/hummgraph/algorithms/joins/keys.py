"""Quality of columns as join keys, from their declaration, name and type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from hummgraph.graph.policy import APPROVED, DETERMINISTIC
from hummgraph.records.ids import id_bytes

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["JoinKey", "JoinKeys"]


class JoinKey(IntEnum):
    """Quality of a comparison of two columns by the rows it brings together; smaller is better.

    Examples
    --------
    >>> JoinKey.IDENTIFYING < JoinKey.DESCRIBING < JoinKey.SHARED
    True
    """

    IDENTIFYING = 0
    """Both columns are keys, or named like identifiers of a person or record."""
    DESCRIBING = 1
    """Text such as a name, which mostly differs between rows, or ids counted separately."""
    SHARED = 2
    """Times, flags, amounts, states: many rows share a value."""


# Last words of the names of identifying columns, within a system or across systems.
_IDENTIFYING_WORDS: Final = re.compile(
    r"ids?|uuid|guid|key|number|no|nr|num|sku|ean|isin|iban|vat|e?mails?|domain|login|username"
    r"|handle|external|slug|hostname"
)
# Last words, after another word, of the names of columns that refer to a row elsewhere.
_REFERRING_WORDS: Final = re.compile(r"ids?|uuid|guid|key")
# Last words of the names of columns whose values many rows share, whatever their type.
_SHARED_WORDS: Final = re.compile(
    r"created|updated|modified|deleted|at|on|date|time|timestamp|day|month|year|status|state|type"
    r"|kind|category|currency|country|city|language|locale|timezone|zone|active|enabled|verified"
    r"|amount|total|balance|price|count|quantity|percent|rate|score|rank|priority|source|stage"
    r"|industry|role|gender|title"
)
_SHARED_TYPES: Final = re.compile(
    r"date|time|bool|bit\b|float|double|real|decimal|numeric|money|currency|percent|json|variant"
    r"|array|object|struct|map\b|enum|picklist|geo|blob|binary|bytea",
    re.IGNORECASE,
)
_WHOLE_TYPES: Final = re.compile(r"int|number|serial", re.IGNORECASE)
_WORD_PATTERN: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


class JoinKeys:
    """Quality of the columns of a graph as join keys.

    Parameters
    ----------
    graph
        The graph, whose catalogue may declare keys.
    """

    def __init__(self, graph: LinkGraph) -> None:
        self._graph = graph
        columns = graph.snapshot.catalogue.columns
        flags = columns.select(["is_primary_key", "is_unique", "semantic_type", "role"])
        declared = [_is_declared(row) for row in flags.to_pylist()]
        ids = id_bytes(columns.column("id").combine_chunks())
        found = graph.arrays.nodes.find(ids, 2)
        self._declared = {
            int(code) for code, flag in zip(found.tolist(), declared, strict=True) if flag
        }
        self._known: dict[int, _ColumnTraits] = {}

    def of_column(self, column: int) -> JoinKey:
        """Return the quality of a column."""
        return self._column_traits(column).key

    def refers(self, column: int) -> bool:
        """Return whether a column refers to a row elsewhere, so that its values may repeat.

        ``account_id`` is such a column; ``id``, ``email`` and declared keys are not.
        """
        return self._column_traits(column).refers

    def of_link(self, link: int, one: int, other: int) -> JoinKey:
        """Return the quality of a link between two columns.

        Two columns named only ``id``, in different systems, are counted from 1 independently: equal
        values are a coincidence, unless the link is approved or DETERMINISTIC.
        """
        ends = self._column_traits(one), self._column_traits(other)
        worst = max(end.key for end in ends)
        if worst is JoinKey.IDENTIFYING and all(end.bare for end in ends):
            links = self._graph.arrays.links
            sure = links.status[link] == APPROVED or links.link_type[link] == DETERMINISTIC
            return JoinKey.IDENTIFYING if sure else JoinKey.DESCRIBING
        return worst

    def _column_traits(self, column: int) -> _ColumnTraits:
        if column not in self._known:
            nodes = self._graph.arrays.nodes
            name = nodes.api_identifier[column].as_py() or nodes.name[column].as_py()
            words = [word.lower() for word in _WORD_PATTERN.findall(name)]
            declared = column in self._declared
            self._known[column] = _ColumnTraits(
                JoinKey.IDENTIFYING
                if declared
                else _kind_by_words(words, nodes.data_type[column].as_py()),
                bare=words == ["id"],
                refers=not declared
                and len(words) > 1
                and _REFERRING_WORDS.fullmatch(words[-1]) is not None,
            )
        return self._known[column]


@dataclass(frozen=True, slots=True)
class _ColumnTraits:
    key: JoinKey
    bare: bool
    """Named ``id`` and nothing else."""
    refers: bool


def _is_declared(row: dict[str, Any]) -> bool:
    declared_words = f"{row['semantic_type'] or ''} {row['role'] or ''}".casefold()
    return bool(
        row["is_primary_key"]
        or row["is_unique"]
        or "identifier" in declared_words
        or "key" in declared_words
    )


def _kind_by_words(words: list[str], data_type: str | None) -> JoinKey:
    last = words[-1] if words else ""
    data_type = data_type or ""
    if _SHARED_TYPES.search(data_type) or _SHARED_WORDS.fullmatch(last):
        return JoinKey.SHARED
    if _IDENTIFYING_WORDS.fullmatch(last):
        return JoinKey.IDENTIFYING
    # A whole number without the name of a key is a count.
    return JoinKey.SHARED if _WHOLE_TYPES.search(data_type) else JoinKey.DESCRIBING
