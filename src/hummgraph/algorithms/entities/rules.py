"""Rules by which a column's declaration, name and type decide its role."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from hummgraph.algorithms.entities.tokens import ends_with, names_several

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.algorithms.entities.words import Words

__all__ = ["LIST_OF_IDS", "ColumnFacts", "Role", "RoleRules", "TableFacts", "Verdict"]


class Role(StrEnum):
    """Purpose of a column.

    Examples
    --------
    >>> Role("REFERENCE") is Role.REFERENCE
    True
    """

    KEY = "KEY"
    """The id of its own row."""
    ALTERNATE_KEY = "ALTERNATE_KEY"
    """Another identifier of its own row: an e-mail, another system's id of the same thing."""
    REFERENCE = "REFERENCE"
    """An identifier of a row of another table, or of another thing."""
    TEXT = "TEXT"
    """Words for people."""
    CATEGORY = "CATEGORY"
    """One of a few values, such as a state or a flag."""
    TIME = "TIME"
    """A date or a time."""
    MEASURE = "MEASURE"
    """An amount, a count, a share."""
    TECHNICAL = "TECHNICAL"
    """Data for systems and pipelines: addresses of pictures, settings, marks of loading."""


class _Kind(StrEnum):
    """Kind of a data type, as far as roles differ by it."""

    NONE = ""
    FLAG = "flag"
    TIME = "time"
    ID = "id"
    CONTACT = "contact"
    ADDRESS = "address"
    CHOICE = "choice"
    STRUCTURE = "structure"
    NUMBER = "number"
    TEXT = "text"


# The first that fits a type is its kind.
_KINDS: Final = (
    (_Kind.FLAG, re.compile(r"bool|checkbox|^bit$|^bit\(1\)|^flag$")),
    (_Kind.TIME, re.compile(r"date|time|^year$|instant")),
    (_Kind.ID, re.compile(r"^id$|uuid|guid|^uniqueid|reference|lookup|objectid|^foreign|master")),
    (_Kind.CONTACT, re.compile(r"e-?mail|phone")),
    (_Kind.ADDRESS, re.compile(r"^ur[il]$|link")),
    (_Kind.CHOICE, re.compile(r"enum|picklist|choice|select|radio|option")),
    (
        _Kind.STRUCTURE,
        re.compile(r"json|object|struct|^map|variant|super|record|row|array|list|\[\]"),
    ),
    (
        _Kind.NUMBER,
        re.compile(
            r"(?<![a-z])(?:u?big|small|tiny|medium|unsigned )?int(?![a-z])|integer"
            r"|num|decimal|double|float|real|money|currency|percent|serial|long|short|hugeint"
        ),
    ),
    (_Kind.TEXT, re.compile(r"char|text|string|clob")),
)


@lru_cache(maxsize=4096)
def _kind_of(data_type: str) -> _Kind:
    folded = data_type.strip().casefold()
    return next((kind for kind, pattern in _KINDS if pattern.search(folded)), _Kind.NONE)


class Verdict(NamedTuple):
    """Role of a column, why, and the table that it refers to, -1 if none is known."""

    role: Role
    reason: str
    target: int = -1


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """Facts that a catalogue has about a column as a key."""

    primary: bool = False
    """Whether it is its table's only declared primary key."""
    unique: bool = False
    distinct: float | None = None
    """Share of distinct values, in [0, 1]."""
    refers: bool = False
    target: int = -1
    """Table that a declared relationship leads to."""


_PROPERTIES: Final = ("category", "measure", "time", "text", "technical", "flag", "number", "code")
"""Lists of words that say what of a thing a column holds."""
_ROLE_OF_LIST: Final = (
    ("flag", Role.CATEGORY),
    ("code", Role.CATEGORY),
    ("category", Role.CATEGORY),
    ("measure", Role.MEASURE),
    ("technical", Role.TECHNICAL),
    ("text", Role.TEXT),
)
"""Role that the words of a list show; of several lists with a word, the last."""
_DESCRIBING: Final = frozenset({Role.TEXT, Role.CATEGORY, Role.MEASURE})
_DISTINCT: Final = 0.999
"""Share of distinct values from which a column counts as unique."""
_FEW: Final = 0.02
"""Share of distinct values below which a text is one of a few."""
LIST_OF_IDS: Final = "name of several ids"
"""Reason of the role of a column that is called after several ids, as ``ticket_ids`` is."""


_GUESSES: Final = (Verdict(Role.TEXT, "nothing else fits"), Verdict(Role.MEASURE, "type"))
"""Roles of columns whose names have no meaning."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """Facts about a column's table that rules use."""

    code: int = -1
    words: tuple[str, ...] = ()
    system: frozenset[str] = frozenset()
    """Words of the name of its system."""
    has_primary: bool = False
    """Whether it has a declared primary key."""
    has_id: bool = False
    """Whether it has a column that is called ``id``."""
    named: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """Tables of its schema or system by their words."""
    last: Mapping[str, Sequence[tuple[tuple[str, ...], int]]] = field(default_factory=dict)
    """The same by last word."""


class RoleRules:
    """Rules for the columns of one graph.

    Parameters
    ----------
    words
        The lists.
    systems
        Words of the names of systems.
    things
        Last words of the names of all tables.
    """

    def __init__(self, words: Words, systems: frozenset[str], things: frozenset[str]) -> None:
        self._lists = words.roles
        self._systems = systems
        self._things = things
        self._by_word = {
            word: Verdict(role, "name")
            for name, role in _ROLE_OF_LIST
            for word in words.roles[name]
        }
        self._properties = frozenset[str]().union(*(words.roles[name] for name in _PROPERTIES))

    def verdict(
        self,
        name: str,
        words: tuple[str, ...],
        data_type: str | None,
        facts: ColumnFacts,
        table: TableFacts,
    ) -> Verdict:
        """Return the role of one column by the first rule that fits."""
        kind = _kind_of(data_type or "")
        found = (
            self._by_declaration(name, words, facts)
            or self._by_type(words, kind)
            or self._by_id_word(name, words, kind, facts, table)
            or self._by_contact(words, kind, table)
            or self._by_number(words, kind, table)
            or self._by_name(words, kind, table)
            or self._by_kind(words, kind)
            or self._by_list(words)
            or _by_values(facts)
        )
        guessed = found in _GUESSES and self._lists["measure"].isdisjoint(words)
        if guessed and (facts.distinct or 0.0) >= _DISTINCT:
            return Verdict(Role.ALTERNATE_KEY, "all values differ")
        if facts.unique and found.role in _DESCRIBING:
            return Verdict(Role.ALTERNATE_KEY, "declared unique")
        return found

    # --- declared ---------------------------------------------------------------------------

    def _by_declaration(
        self, name: str, words: tuple[str, ...], facts: ColumnFacts
    ) -> Verdict | None:
        etl = self._lists["etl"]
        if any(word in etl for word in words) or (name.startswith("_") and words != ("id",)):
            return Verdict(Role.TECHNICAL, "name")
        if facts.primary:
            return Verdict(Role.KEY, "declared primary key")
        if facts.refers:
            return Verdict(Role.REFERENCE, "declared reference", facts.target)
        return None

    def _by_type(self, words: tuple[str, ...], kind: _Kind) -> Verdict | None:
        if kind is _Kind.FLAG:
            return Verdict(Role.CATEGORY, "type")
        if kind is _Kind.TIME:
            return Verdict(Role.TIME, "type")
        if len(words) > 1 and words[0] in {"is", "has", "can"}:
            return Verdict(Role.CATEGORY, "name")
        return None

    # --- ids --------------------------------------------------------------------------------

    def _by_id_word(
        self,
        name: str,
        words: tuple[str, ...],
        kind: _Kind,
        facts: ColumnFacts,
        table: TableFacts,
    ) -> Verdict | None:
        stem = self._id_stem(words, kind, table)
        if stem is None:
            return None
        reason = "name and type" if kind is _Kind.ID else "name"
        if words[-1] in self._lists["id"] and names_several(name):
            # Each of these ids may be a key; the list of them cannot.
            target = self._target(stem, table)
            return Verdict(Role.REFERENCE, LIST_OF_IDS, -1 if target is None else target)
        if not stem:
            own = not table.has_primary and (words == ("id",) or not table.has_id)
            return Verdict(Role.KEY if own else Role.ALTERNATE_KEY, reason)
        own_key = Role.ALTERNATE_KEY if table.has_primary or table.has_id else Role.KEY
        role = self._own_id(stem, table, own_key)
        if role is not None:
            return Verdict(role, reason)
        target = self._target(stem, table)
        if target is None and (facts.unique or (facts.distinct or 0.0) >= _DISTINCT):
            return Verdict(own_key, "declared unique" if facts.unique else "all values differ")
        return self._reference(target, reason)

    def _own_id(self, stem: tuple[str, ...], table: TableFacts, own_key: Role) -> Role | None:
        """Return the role of an id of the table's own rows; ``None`` for one of other rows."""
        others, rest = self._lists["other_id"], self._without(stem, table.words)
        if rest != stem:
            if all(word in table.system for word in rest):
                return own_key
            elsewhere = all(word in self._systems or word in others for word in rest)
        else:
            # `external_id`, `salesforce_id`, `legacy_erp_id`
            unknown = stem[-1] not in self._things and self._target(stem, table) is None
            elsewhere = stem[-1] in self._systems - table.system or (
                unknown and not others.isdisjoint(stem)
            )
        return Role.ALTERNATE_KEY if elsewhere else None

    @staticmethod
    def _reference(target: int | None, reason: str) -> Verdict:
        if target is None:
            return Verdict(Role.REFERENCE, reason)
        return Verdict(Role.REFERENCE, "named after a table", target)

    def _id_stem(
        self, words: tuple[str, ...], kind: _Kind, table: TableFacts
    ) -> tuple[str, ...] | None:
        """Return the words before an id word; ``None`` if there is none."""
        ids, weak = self._lists["id"], self._lists["weak_id"]
        if not words:
            return None
        if words[-1] in ids:
            return words[:-1]
        if words[-1] in weak and len(words) > 1:
            stem = words[:-1]
            known = ends_with(stem, table.words) or self._target(stem, table) is not None
            if known or kind is _Kind.ID:
                return stem
        # `external_variant_id_ecommerce`: what follows the id names no property.
        at = next((at for at in range(len(words) - 1, 0, -1) if words[at] in ids), 0)
        after = words[at + 1 :]
        if at and weak.isdisjoint(after) and self._properties.isdisjoint(after):
            return words[:at]
        return words if kind is _Kind.ID else None

    @staticmethod
    def _without(stem: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words of a stem before those of the column's own table."""
        if ends_with(stem, own):
            return stem[: -len(own)]
        return () if stem == own[-1:] else stem

    def _target(self, stem: tuple[str, ...], table: TableFacts) -> int | None:
        """Return the table whose words end a stem: the one with most words."""
        best, longest = None, 0
        for words, code in table.last.get(stem[-1], ()) if stem else ():
            if code != table.code and len(words) > longest and ends_with(stem, words):
                best, longest = code, len(words)
        return best

    # --- other keys -------------------------------------------------------------------------

    def _by_contact(self, words: tuple[str, ...], kind: _Kind, table: TableFacts) -> Verdict | None:
        at = self._contact_at(words, kind)
        if at is None:
            return None
        reason = "name and type" if kind is _Kind.CONTACT else "name"
        before = words[:at]
        if ends_with(before, table.words) or not before:
            return Verdict(Role.ALTERNATE_KEY, reason)
        target = self._target(before, table)
        others = self._lists["other"].difference(table.words)
        if target is not None or not others.isdisjoint(before):
            return self._reference(target, reason)
        return Verdict(Role.ALTERNATE_KEY, reason)

    def _contact_at(self, words: tuple[str, ...], kind: _Kind) -> int | None:
        """Return the place of the word that identifies; ``None`` if there is none."""
        contact, tail = self._lists["contact"], self._lists["contact_tail"]
        if kind is _Kind.NUMBER and words and words[-1] not in contact | tail:
            return None
        at = len(words) - 1
        while at > 0 and words[at] in tail and words[at] not in contact:
            at -= 1
        if at >= 0 and words[at] in contact:
            return at
        if len(words) > 1 and words[-2:] == ("user", "name"):
            return len(words) - 2
        return len(words) if kind is _Kind.CONTACT else None

    def _by_number(self, words: tuple[str, ...], kind: _Kind, table: TableFacts) -> Verdict | None:
        last, stem = words[-1:], words[:-1]
        number = not self._lists["number"].isdisjoint(last)
        code = words == ("key",) or not self._lists["code"].isdisjoint(last)
        if not (number or code) or kind is _Kind.CHOICE:
            return None
        if not stem or ends_with(stem, table.words) or stem == table.words[-1:]:
            return Verdict(Role.ALTERNATE_KEY, "name")
        target = self._target(stem, table)
        if stem[-1] in self._lists["no_number"]:
            return None
        if target is not None:
            return self._reference(target, "name")
        if number:
            return Verdict(Role.ALTERNATE_KEY, "name")
        return None

    # --- the rest ---------------------------------------------------------------------------

    def _by_name(self, words: tuple[str, ...], kind: _Kind, table: TableFacts) -> Verdict | None:
        lists = self._lists
        last = words[-1] if words else ""
        if len(words) > 1 and last in lists["by"]:
            return Verdict(Role.REFERENCE, "name")
        if kind is _Kind.STRUCTURE:
            return None
        if kind is _Kind.CHOICE:
            return Verdict(Role.CATEGORY, "type")
        if last in lists["time"]:
            length = kind is _Kind.NUMBER and last in lists["unit"]
            return Verdict(Role.MEASURE, "name and type") if length else Verdict(Role.TIME, "name")
        if kind is not _Kind.NUMBER or last not in lists["measure"]:
            target = self._named_table(words, table)
            if target is not None:
                return self._reference(target, "name")
        return None

    def _named_table(self, words: tuple[str, ...], table: TableFacts) -> int | None:
        """Return the table that a column is called after, such as ``latest_invoice``."""
        lists = self._lists
        start = 0
        while start < len(words) - 1 and words[start] in lists["qualifier"]:
            start += 1
        stem = words[start:]
        code = table.named.get(stem)
        if code is None or code == table.code or stem == table.words:
            return None
        said = (*lists["text"], *lists["category"], *lists["technical"])
        return None if len(stem) == 1 and stem[0] in said else code

    def _by_kind(self, words: tuple[str, ...], kind: _Kind) -> Verdict | None:
        lists = self._lists
        last = words[-1] if words else ""
        if kind is _Kind.STRUCTURE:
            return Verdict(Role.TECHNICAL, "type")
        if kind is _Kind.NUMBER and last in lists["text"]:
            return Verdict(Role.TEXT, "name")
        if kind is _Kind.NUMBER:
            category = last in lists["category"] and last not in lists["measure"]
            technical = last in lists["technical"] and last not in lists["measure"]
            role = Role.CATEGORY if category else Role.TECHNICAL if technical else Role.MEASURE
            return Verdict(role, "name and type" if category or technical else "type")
        if kind is _Kind.ADDRESS:
            return Verdict(Role.TECHNICAL, "type")
        if kind is _Kind.ID:  # without a name
            return Verdict(Role.REFERENCE, "type")
        return None

    def _by_list(self, words: tuple[str, ...]) -> Verdict | None:
        """Return the role of the last word that a list has."""
        known = [self._by_word[word] for word in words if word in self._by_word]
        if len(known) > 1 and words[-1] in self._lists["code"]:
            known.pop()  # a code of what stands before it: `postal_code`, `country_code`
        return known[-1] if known else None


def _by_values(facts: ColumnFacts) -> Verdict:
    if facts.distinct is not None and facts.distinct <= _FEW:
        return Verdict(Role.CATEGORY, "few distinct values")
    return Verdict(Role.TEXT, "nothing else fits")
