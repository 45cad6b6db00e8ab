"""Identity of a column by its role and name alone, and the quality of such a join."""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, REFERENCE, TEXT
from hummgraph.algorithms.entities.forms import stem_and_form
from hummgraph.algorithms.entities.tokens import ends_with

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.core import Mapped
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["JoinKey", "Names"]


class JoinKey(IntEnum):
    """Quality of a join by the rows that it brings together; smaller is better.

    Examples
    --------
    >>> JoinKey.IDENTIFYING < JoinKey.DESCRIBING < JoinKey.SHARED
    True
    """

    IDENTIFYING = 0
    """Columns that identify rows: rows of one thing meet, or rows and the rows they refer to."""
    RELATED = 1
    """All rows meet that refer to one row, as every ticket and every invoice of one customer."""
    DOUBTFUL = 2
    """Columns that identify rows, but hardly the same: ids counted separately, keys of different
    things, phones; or a way of several steps that is wrong more likely than right."""
    DESCRIBING = 3
    """Text such as a name, which mostly differs between rows."""
    SHARED = 4
    """Times, flags, amounts, states: many rows share a value. Also ways that only say that one
    member of staff handled both rows."""


_QUALITY: Final = {
    KEY: JoinKey.IDENTIFYING,
    ALTERNATE_KEY: JoinKey.IDENTIFYING,
    REFERENCE: JoinKey.IDENTIFYING,
    TEXT: JoinKey.DESCRIBING,
}
"""Quality by the code of a role; all others are shared by many rows."""


class Names:
    """Meanings of the names of columns, with their roles.

    Parameters
    ----------
    graph
        The graph.
    lists
        Words that names are read by.
    mapped
        Its roles.
    """

    def __init__(self, graph: LinkGraph, lists: Words, mapped: Mapped) -> None:
        self._lists = lists
        self._map = mapped
        self._nodes = graph.arrays.nodes
        self._table = self._nodes.ancestor[1]
        self._by_last = self._tables_by_word()

    def identifies(self, column: int) -> bool:
        """Return whether a column identifies rows, as no shared e-mail does, by position."""
        role, quality, _, form = self._said(column)
        if quality is not JoinKey.IDENTIFYING:
            return False
        own = role == KEY or self._table[column] < 0
        return own or form not in self._lists.roles["shared_contact"]

    def words_of(self, node: int) -> tuple[str, ...]:
        """Return the words of a node's name."""
        return self._map.roles.words.of[node]

    def _said(self, column: int) -> tuple[int, JoinKey, tuple[str, ...], str]:
        """Return the role and quality of a column, the words of its name and its form."""
        role, words = int(self._map.roles.role[column]), self.words_of(column)
        quality = _QUALITY.get(role, JoinKey.SHARED)
        stem, form = stem_and_form(words, self._lists)
        if quality is JoinKey.DESCRIBING:
            table = int(self._table[column])
            if self._is_other_reference(words, stem, table):
                return REFERENCE, JoinKey.IDENTIFYING, stem, form
        return role, quality, stem, form

    def _is_other_reference(
        self, words: tuple[str, ...], stem: tuple[str, ...], table: int
    ) -> bool:
        """Return whether a text is called after a row of another system: ``order_ref``."""
        if not stem or words[-1] not in self._lists.roles["weak_id"]:
            return False
        return bool(self._called(stem)) and not self._is_own(stem, table)

    def _is_own(self, stem: tuple[str, ...], table: int) -> bool:
        """Return whether words before an e-mail or id are those of the column's own table."""
        called = self.words_of(table)
        return not stem or ends_with(stem, called) or ends_with(called, stem)

    def _tables_by_word(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for table in range(*self._nodes.first[[1, 2]].tolist()):
            words = self.words_of(table)
            if words:
                found[words[-1]].append(table)
        return found

    def _called(self, stem: tuple[str, ...]) -> list[int]:
        """Return the tables whose words end a stem: those with most words."""
        tables = [t for t in self._by_last.get(stem[-1], ()) if ends_with(stem, self.words_of(t))]
        most = max((len(self.words_of(table)) for table in tables), default=0)
        return [table for table in tables if len(self.words_of(table)) == most]
