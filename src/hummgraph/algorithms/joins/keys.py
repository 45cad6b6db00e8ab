"""Quality of columns as join keys, from their roles."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, REFERENCE, TEXT
from hummgraph.algorithms.entities.mapping import roles
from hummgraph.algorithms.entities.words import read_words
from hummgraph.graph.policy import APPROVED, DETERMINISTIC

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
    """Text such as a name, which mostly differs between rows, phones, or ids counted separately."""
    SHARED = 2
    """Times, flags, amounts, states: many rows share a value."""


class JoinKeys:
    """Quality of the columns of a graph as join keys, by their roles.

    Parameters
    ----------
    graph
        The graph; its roles are found once.
    """

    def __init__(self, graph: LinkGraph) -> None:
        self._graph = graph
        self._roles = roles(graph).arrays
        self._shared = read_words(None).roles["shared_contact"]

    def of_column(self, column: int) -> JoinKey:
        """Return the quality of a column."""
        role = int(self._roles.role[column])
        if role == ALTERNATE_KEY and not self._shared.isdisjoint(self._roles.words.of[column]):
            return JoinKey.DESCRIBING
        return _KEY_OF_ROLE.get(role, JoinKey.SHARED)

    def refers(self, column: int) -> bool:
        """Return whether a column refers to a row elsewhere, so that its values may repeat.

        ``account_id`` is such a column; ``id``, ``email`` and declared keys are not.
        """
        return bool(self._roles.role[column] == REFERENCE)

    def of_link(self, link: int, one: int, other: int) -> JoinKey:
        """Return the quality of a link between two columns.

        Two columns named only ``id``, in different systems, are counted from 1 independently: equal
        values are a coincidence, unless the link is approved or DETERMINISTIC.
        """
        worst = max(self.of_column(one), self.of_column(other))
        words = self._roles.words.of
        if worst is JoinKey.IDENTIFYING and words[one] == words[other] == ("id",):
            links = self._graph.arrays.links
            sure = links.status[link] == APPROVED or links.link_type[link] == DETERMINISTIC
            return JoinKey.IDENTIFYING if sure else JoinKey.DESCRIBING
        return worst


_KEY_OF_ROLE: Final = {
    KEY: JoinKey.IDENTIFYING,
    ALTERNATE_KEY: JoinKey.IDENTIFYING,
    REFERENCE: JoinKey.IDENTIFYING,
    TEXT: JoinKey.DESCRIBING,
}
"""Quality by the code of a role; all others are shared by many rows."""
