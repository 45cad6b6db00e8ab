"""How well a column tells rows apart: what it is declared to be, is called, and holds."""

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
    """What rows a comparison of two columns brings together; the smaller the better.

    Examples
    --------
    >>> JoinKey.IDENTIFYING < JoinKey.DESCRIBING < JoinKey.SHARED
    True
    """

    IDENTIFYING = 0
    """Both columns are keys, or are called what a person or record is told by."""
    DESCRIBING = 1
    """Text such as a name, which mostly differs from row to row, or ids of separate counts."""
    SHARED = 2
    """Times, flags, amounts, states: many rows have the same value."""


# Words that end the names of columns which tell rows apart, within a system or across.
_IDENTIFYING: Final = re.compile(
    r"ids?|uuid|guid|key|number|no|nr|num|sku|ean|isin|iban|vat|e?mails?|domain|login|username"
    r"|handle|external|slug|hostname"
)
# Words that, behind another, end the names of columns which refer to a row elsewhere.
_REFERRING: Final = re.compile(r"ids?|uuid|guid|key")
# Words that end the names of columns whose values are shared by many rows, whatever their type.
_SHARED: Final = re.compile(
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
_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


class JoinKeys:
    """Tells how well columns of a graph serve to join.

    Parameters
    ----------
    graph
        Its catalogue says which columns are keys, where it says anything.
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
        self._known: dict[int, _Column] = {}

    def of_column(self, column: int) -> JoinKey:
        """Say how well a column serves."""
        return self._column(column).key

    def refers(self, column: int) -> bool:
        """Return whether a column refers to a row elsewhere, so that its values may repeat.

        Such is an ``account_id``, but neither an ``id`` nor an ``email``, nor a declared key.
        """
        return self._column(column).refers

    def of_link(self, link: int, one: int, other: int) -> JoinKey:
        """Say how well a link between two columns serves.

        Two columns that are both called only ``id`` count from 1 in systems of their own: what is
        equal in them is so by chance, unless somebody approved the link or a rule found it.
        """
        ends = self._column(one), self._column(other)
        worst = max(end.key for end in ends)
        if worst is JoinKey.IDENTIFYING and all(end.bare for end in ends):
            links = self._graph.arrays.links
            sure = links.status[link] == APPROVED or links.link_type[link] == DETERMINISTIC
            return JoinKey.IDENTIFYING if sure else JoinKey.DESCRIBING
        return worst

    def _column(self, column: int) -> _Column:
        if column not in self._known:
            nodes = self._graph.arrays.nodes
            name = nodes.api_identifier[column].as_py() or nodes.name[column].as_py()
            words = [word.lower() for word in _WORDS.findall(name)]
            declared = column in self._declared
            self._known[column] = _Column(
                JoinKey.IDENTIFYING if declared else _kind(words, nodes.data_type[column].as_py()),
                bare=words == ["id"],
                refers=not declared
                and len(words) > 1
                and _REFERRING.fullmatch(words[-1]) is not None,
            )
        return self._known[column]


@dataclass(frozen=True, slots=True)
class _Column:
    key: JoinKey
    bare: bool
    """Called ``id`` and no more."""
    refers: bool


def _is_declared(row: dict[str, Any]) -> bool:
    told = f"{row['semantic_type'] or ''} {row['role'] or ''}".casefold()
    return bool(row["is_primary_key"] or row["is_unique"] or "identifier" in told or "key" in told)


def _kind(words: list[str], data_type: str | None) -> JoinKey:
    last = words[-1] if words else ""
    data_type = data_type or ""
    if _SHARED_TYPES.search(data_type) or _SHARED.fullmatch(last):
        return JoinKey.SHARED
    if _IDENTIFYING.fullmatch(last):
        return JoinKey.IDENTIFYING
    # A whole number that is not called a key counts something.
    return JoinKey.SHARED if _WHOLE_TYPES.search(data_type) else JoinKey.DESCRIBING
