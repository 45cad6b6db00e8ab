"""Traits: what each node says about the thing that it identifies or describes.

Clusters are ordered and named by the traits of their members, in Python and in the page alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from hummgraph.algorithms.entities.columns import (
    ALTERNATE_KEY,
    CATEGORY,
    KEY,
    MEASURE,
    REFERENCE,
    TECHNICAL,
    TEXT,
    TIME,
)
from hummgraph.algorithms.entities.copies import OriginSystems
from hummgraph.algorithms.entities.mapping import known_map
from hummgraph.algorithms.entities.naming import entity_name, table_words
from hummgraph.algorithms.entities.tokens import split_name, with_numbers
from hummgraph.algorithms.entities.words import read_words
from hummgraph.algorithms.kernels.graph_cache import GraphCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.core import Mapped
    from hummgraph.algorithms.entities.tokens import NodeWords
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.records.nodes import Nodes

__all__ = ["LONG_TEXT_VALUE", "OTHER_VALUE", "ROLE_VALUES", "Traits", "traits"]

ROLE_VALUES: Final = {
    KEY: 80,
    ALTERNATE_KEY: 100,
    REFERENCE: 50,
    TEXT: 35,
    CATEGORY: 15,
    TIME: 0,
    MEASURE: 10,
    TECHNICAL: 0,
}
"""Worth of a column of each role to somebody who looks for identities, in hundredths."""

MAX_PHRASE: Final = 100
"""Most characters of what a column is called."""

LONG_TEXT_VALUE: Final = 10
"""The same for texts such as descriptions, which identify nothing."""

OTHER_VALUE: Final = 100
"""The same for tables and systems."""


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """Traits of nodes by position: arrays of length n_nodes. Texts are positions in `texts`.

    Texts are sorted by length, then by letters: where several are as frequent, the first is chosen.
    """

    texts: list[str]
    role: NDArray[np.int8]
    """Code of the column's role; -1 for tables and systems."""
    value: NDArray[np.int8]
    """Worth of the column's role in hundredths, so that no mean depends on the order of a sum."""
    is_id: NDArray[np.bool_]
    """Whether it is an id, or refers to a row."""
    phrase: NDArray[np.int32]
    """Words of the name, without those of its own table; of an id, without the word id."""
    topic: NDArray[np.int32]
    """Last word of the phrase."""
    system: NDArray[np.int32]
    """System that an id's name mentions; -1 for none."""
    origin: NDArray[np.int32]
    """Name of its own system; for a copy, and in a schema that is called like another system, that
    of the original; -1 if it is unknown."""
    table: NDArray[np.int32]
    """Words of its table."""
    thing: NDArray[np.int32]
    """Number of the entity, or of the table that is in none, that its row, or the row that it
    refers to, belongs to; -1 if it is unknown."""
    things: list[int]
    """Name of each thing, among the texts; -1 for tables alone."""


# A graph is immutable: its traits are found once, and kept as long as it is.
_known: GraphCache[Traits] = GraphCache()
# Nodes never change, and decisions share them: names are read again only where a role differs.
_read: WeakKeyDictionary[Nodes, _Read] = WeakKeyDictionary()


def traits(graph: LinkGraph) -> Traits:
    """Return the traits of all nodes, by the roles and entities of the bundled words.

    O(n + m log m) for n nodes and m links, once for each graph.
    """
    return _known.of(graph, lambda _: _Reader(graph, read_words(None), known_map(graph)).traits())


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Traits of each node by its names, with the word lists they were read by; not sorted yet."""

    words: NodeWords
    original: dict[int, int]
    role: NDArray[np.int8]
    texts: _Texts
    is_id: NDArray[np.bool_]
    value: NDArray[np.int8]
    phrase: NDArray[np.int32]
    topic: NDArray[np.int32]
    system: NDArray[np.int32]
    origin: NDArray[np.int32]
    table: NDArray[np.int32]

    def copy(self) -> _Read:
        """Return the same with arrays of its own."""
        names = ("is_id", "value", "phrase", "topic", "system", "origin", "table")
        return replace(self, **{name: getattr(self, name).copy() for name in names})


class _Texts:
    """Texts as they are found; they are sorted at the end."""

    def __init__(self, codes: dict[str, int] | None = None) -> None:
        self._codes: dict[str, int] = codes or {}

    def copy(self) -> _Texts:
        """Return the same texts, to which others may be added."""
        return _Texts(dict(self._codes))

    def code(self, text: str) -> int:
        """Return the code of a text; -1 for none."""
        return self._codes.setdefault(text, len(self._codes)) if text else -1

    def sorted(
        self, used: Iterable[NDArray[np.integer[Any]]]
    ) -> tuple[list[str], NDArray[np.int32]]:
        """Return the texts in use in order, and the place of each code among them; -1 for -1."""
        is_used = np.zeros(len(self._codes) + 1, dtype=bool)
        for codes in used:
            is_used[codes] = True
        kept = is_used.tolist()
        ordered = sorted(
            (text for text, code in self._codes.items() if kept[code]),
            key=lambda text: (len(text), text),
        )
        place = np.full(len(self._codes) + 1, -1, dtype=np.int32)
        place[[self._codes[text] for text in ordered]] = np.arange(len(ordered))
        return ordered, place


class _Reader:
    """Reader of the traits of one graph."""

    def __init__(self, graph: LinkGraph, words: Words, mapped: Mapped) -> None:
        self._words = words
        self._mapped = mapped
        self._roles = mapped.roles
        self._nodes = graph.arrays.nodes
        self._texts = _Texts()
        names: list[str] = self._nodes.name.to_pylist()
        self._names = names
        # Of several systems with one word, the first is meant.
        self._system_of_word: dict[str, str] = {}
        for code in range(*self._nodes.first[[0, 1]].tolist()):
            for word in mapped.roles.words.of[code]:
                if word in mapped.roles.words.systems:
                    self._system_of_word.setdefault(word, names[code])
        self._origins = OriginSystems(graph, words, mapped.original)

    def traits(self) -> Traits:
        """Return the traits."""
        read = self._read_names()
        thing, things = self._things()
        coded = (read.phrase, read.topic, read.system, read.origin, read.table)
        texts, place = self._texts.sorted((*coded, things))
        phrase, topic, system, origin, table = (place[codes] for codes in coded)
        return Traits(
            texts=texts,
            role=self._roles.role,
            value=read.value,
            is_id=read.is_id,
            phrase=phrase,
            topic=topic,
            system=system,
            origin=origin,
            table=table,
            thing=thing,
            things=place[things].tolist(),
        )

    def _read_names(self) -> _Read:
        """Return traits by names, read again only where roles differ from those known before."""
        known = _read.get(self._nodes)
        roles, original = self._roles, self._mapped.original
        if known is None or known.words is not roles.words or known.original != original:
            n = len(self._nodes)
            coded = np.full((5, n), -1, dtype=np.int32)
            known = _Read(
                roles.words,
                original,
                roles.role,
                self._texts,
                np.zeros(n, dtype=bool),
                np.full(n, OTHER_VALUE, dtype=np.int8),
                *coded,
            )
            self._read_nodes(known, range(n))
            _read[self._nodes] = known
        self._texts = known.texts.copy()
        found = known.copy()
        self._read_nodes(found, np.flatnonzero(known.role != roles.role).tolist())
        return found

    def _read_nodes(self, read: _Read, codes: Iterable[int]) -> None:
        """Read the names of some nodes."""
        nodes = self._nodes
        system_names = nodes.system
        code_of, resolved = self._texts.code, nodes.resolved
        table_of = nodes.ancestor[1]
        systems: list[str] = system_names.to_pylist() if isinstance(codes, range) else []
        for code in codes:
            own = int(table_of[code])
            if own >= 0:
                read.table[code] = code_of(" ".join(self._roles.words.of[own])[:MAX_PHRASE])
            place = self._origins.of(own) if own >= 0 else code
            called_system = systems[place] if systems else system_names[place].as_py()
            read.origin[code] = code_of(called_system or "")
            read.value[code] = self._value(code)
            if not resolved[code]:
                continue
            called, read.is_id[code], named = self._phrase(code, own)
            full = called if read.is_id[code] else self._in_full(code, called, own)
            read.phrase[code] = code_of(" ".join(full)[:MAX_PHRASE])
            read.topic[code] = code_of(self._topic(called, own)[:MAX_PHRASE])
            read.system[code] = code_of(named)

    def _value(self, code: int) -> int:
        role = int(self._roles.role[code])
        if role < 0:
            return OTHER_VALUE
        called = self._roles.words.of[code]
        long = role == TEXT and called and called[-1] in self._words.roles["long_text"]
        return LONG_TEXT_VALUE if long else ROLE_VALUES[role]

    def _phrase(self, code: int, table: int) -> tuple[tuple[str, ...], bool, str]:
        """Return the words of a name, whether it is an id, and the system that it mentions."""
        words = self._roles.words.of[code] or split_name(self._names[code])
        role = int(self._roles.role[code])
        own = self._roles.words.of[table] if table >= 0 else ()
        if not words:
            return tuple((self._names[code] or "?").split(" ")), role == KEY, ""
        if role < 0:
            return words, False, ""
        if self._is_id(words, role):
            stem = self._without_ids(words)
            named = next((word for word in stem if word in self._system_of_word), "")
            plain = tuple(word for word in stem if word not in self._system_of_word)
            return plain or own or stem or words, True, self._system_of_word.get(named, "")
        plain = words
        while len(plain) > 1 and plain[0] in self._system_of_word:
            plain = plain[1:]
        if len(plain) > len(own) and plain[: len(own)] == own:
            plain = plain[len(own) :]
        return plain, False, ""

    def _in_full(self, code: int, called: tuple[str, ...], table: int) -> tuple[str, ...]:
        """Return the words of a name with its numbers, and with its table's if they say too little.

        ``number`` of a table of shipments is a ``shipment number``, as ``shipment_number`` is.
        """
        if self._roles.role[code] < 0:
            return called
        own = self._roles.words.of[table] if table >= 0 else ()
        lists = self._words.roles
        vague = (*lists["number"], *lists["weak_id"], *lists["code"])
        if all(word in vague for word in called):
            called = own + called
        return with_numbers(self._names[code], called)

    def _topic(self, called: tuple[str, ...], table: int) -> str:
        """Return the last word with a meaning; an ``external id`` is its table's."""
        own = self._roles.words.of[table] if table >= 0 else ()
        plain = [word for word in called if word not in self._words.roles["other_id"]]
        return (plain or own or called)[-1]

    def _is_id(self, words: tuple[str, ...], role: int) -> bool:
        lists = self._words.roles
        if role == REFERENCE:
            return lists["contact"].isdisjoint(words)
        identifies = not lists["id"].isdisjoint(words)
        return role in {KEY, ALTERNATE_KEY} and identifies

    def _without_ids(self, words: tuple[str, ...]) -> tuple[str, ...]:
        lists = self._words.roles
        plain = tuple(word for word in words if word not in lists["id"])
        while len(plain) > 1 and plain[-1] in lists["weak_id"]:
            plain = plain[:-1]
        return plain

    def _things(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the thing of each node, and the code of each thing's name."""
        nodes, mapped, roles = self._nodes, self._mapped, self._roles
        label = mapped.label
        n_entities = int(label.max(initial=-1)) + 1
        # A table in no entity is a thing of its own, and its copies with it.
        alone = np.arange(len(nodes))
        for copy, original in mapped.original.items():
            alone[copy] = original
        thing = np.where(label >= 0, label, n_entities + alone)
        refers = roles.role == REFERENCE
        about = np.where(refers, roles.target, nodes.ancestor[1])
        found = np.where(about >= 0, thing[about], -1)
        _, packed = np.unique(found[found >= 0], return_inverse=True)
        numbers = np.unique(found[found >= 0])
        names = np.full(len(numbers), -1, dtype=np.int64)
        for at, name in enumerate(self._entity_names()):
            # Every entity has tables, which are things.
            names[np.searchsorted(numbers, at)] = self._texts.code(name)
        result = np.full(len(nodes), -1, dtype=np.int32)
        result[found >= 0] = packed
        return result, names

    def _entity_names(self) -> list[str]:
        nodes, mapped = self._nodes, self._mapped
        systems = nodes.system.to_pylist()
        tables = mapped.affinity.tables.tolist()
        members: list[list[int]] = [[] for _ in range(int(mapped.label.max(initial=-1)) + 1)]
        for table in tables:
            if mapped.label[table] >= 0:
                members[mapped.label[table]].append(table)
        called = [
            table_words(
                self._roles.words,
                group,
                [systems[mapped.original.get(table, table)] or "?" for table in group],
            )
            for group in members
        ]
        return [entity_name(names, self._words) for names in called]
