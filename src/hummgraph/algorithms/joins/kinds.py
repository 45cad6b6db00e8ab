"""Kinds of things that tables hold, and whose ids their columns are."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from hummgraph.algorithms.entities.tokens import split_name

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.core import Mapped
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["KINDS", "Kinds"]

KINDS: Final = ("person", "company", "product", "vehicle")
"""Kinds of things that have keys which are known by their names."""
_PERSONS: Final = frozenset({"person", "staff"})
_NAMES: Final = (("first", "name"), ("last", "name"))


class Kinds:
    """Kinds of the things that the tables of a graph hold.

    Parameters
    ----------
    graph
        The graph.
    mapped
        Its roles and entities.
    lists
        Lists of words.

    Notes
    -----
    O(n) for n columns; a table is read when it is asked for.
    """

    def __init__(self, graph: LinkGraph, mapped: Mapped, lists: Words) -> None:
        self._map = mapped
        self._nodes = graph.arrays.nodes
        self._table = self._nodes.ancestor[1]
        self._system = self._nodes.ancestor[0]
        self._words = {
            "person": lists.entities["person"] | lists.entities["staff"],
            "company": lists.entities["company"],
            "product": lists.tables["product"],
            "vehicle": lists.tables["vehicle"],
        }
        self._keys = {kind: lists.roles[f"{kind}_key"] for kind in KINDS}
        self._generic = lists.tables["generic"]
        self._named = self._tables_with_names()
        self._numbered = frozenset(
            int(self._table[column])
            for column in range(*self._nodes.first[[2, 3]].tolist())
            if len(words := mapped.roles.words.of[column]) == 1 and words[0] in self._keys["person"]
        )
        self._system_of_word = {
            word: code
            for code in range(*self._nodes.first[[0, 1]].tolist())
            for word in mapped.roles.words.of[code]
            if word in mapped.roles.words.systems
        }
        self._by_system: dict[str, dict[int, list[int]]] = {}
        self._homes: dict[int, int] = {}

    def _tables_with_names(self) -> frozenset[int]:
        """Return the tables with a first and a last name: those of persons."""
        found: dict[int, set[tuple[str, ...]]] = {}
        for column in range(*self._nodes.first[[2, 3]].tolist()):
            words = self._map.roles.words.of[column]
            if words in _NAMES or words in {("firstname",), ("lastname",), ("surname",)}:
                found.setdefault(int(self._table[column]), set()).add(words[:1])
        return frozenset(table for table, names in found.items() if len(names) > 1)

    # --- kinds --------------------------------------------------------------------------------

    def of(self, table: int, thing: str | None = None) -> str:
        """Return the kind of a table's rows by its name, its columns, or its thing; ``""`` if none.

        Parameters
        ----------
        table
            Position of the table.
        thing
            Kind of its thing, where that is known.
        """
        words = self._map.roles.words.of[table]
        compound = len(words) > 1 and words[-1] in self._generic
        called = next((kind for kind in KINDS if words[-1:] and words[-1] in self._words[kind]), "")
        if called and not compound:
            # An account with the number of a patient is that patient's.
            return "person" if called == "company" and table in self._numbered else called
        if table in self._named:
            return "person"
        return "person" if thing in _PERSONS else thing or ""

    def of_key(self, words: tuple[str, ...]) -> str:
        """Return the kind of thing that words of a column identify; ``""`` for any."""
        return next((kind for kind in KINDS if not self._keys[kind].isdisjoint(words)), "")

    def others(self, table: int, kind: str) -> list[int]:
        """Return the other tables of a table's system that are called after a kind."""
        if kind not in self._by_system:
            found = self._by_system[kind] = defaultdict(list)
            for one in range(*self._nodes.first[[1, 2]].tolist()):
                if self.of(one) == kind:
                    found[int(self._system[one])].append(one)
        known = self._by_system[kind].get(int(self._system[table]), [])
        return [one for one in known if one != table]

    # --- whose ids ----------------------------------------------------------------------------

    def home(self, table: int) -> int:
        """Return the application that a table's ids are from; -1 for a database's own.

        A table of a warehouse that is called after an application, or lies in a schema that is,
        has that one's ids.
        """
        if table not in self._homes:
            origin = self._map.original.get(table, table)
            system = int(self._system[origin])
            if self._nodes.kind[origin].as_py() == "table":
                names = (
                    self._nodes.schema_name[origin].as_py() or "",
                    self._nodes.name[origin].as_py(),
                )
                systems = {
                    self._system_of_word[word]
                    for name in names
                    for word in split_name(name)
                    if word in self._system_of_word
                } - {system}
                system = systems.pop() if len(systems) == 1 else -1
            self._homes[table] = system
        return self._homes[table]

    def is_local(self, column: int) -> bool:
        """Return whether a reference leads to a table of its own application."""
        target = int(self._map.roles.target[column])
        return target >= 0 and self.home(target) == self.home(int(self._table[column]))
