"""Identities of columns, and the quality of a comparison of two of them as a join."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, REFERENCE
from hummgraph.algorithms.entities.forms import ID, are_apart
from hummgraph.algorithms.entities.mapping import known_map, mapped_with
from hummgraph.algorithms.entities.tokens import ends_with
from hummgraph.algorithms.entities.words import read_words
from hummgraph.algorithms.joins.kinds import KINDS, Kinds
from hummgraph.algorithms.joins.names import JoinKey, Names

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.words import WordSource
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Grade", "JoinKey", "Meaning", "Meanings"]


class Grade(NamedTuple):
    """Quality of a comparison of two columns.

    Parameters
    ----------
    key
        Quality.
    factor
        Degree to which names and roles agree that both identify one thing, in (0, 1].
    refers
        Whether the first column, and the second, refers to a row elsewhere, so that its values may
        repeat.
    """

    key: JoinKey
    factor: float = 1.0
    refers: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The thing that one column identifies.

    Parameters
    ----------
    quality
        Quality of the column alone.
    own
        Whether it is the id of its own row.
    refers
        Whether it refers to a row elsewhere.
    thing
        Number of the thing that it identifies; -1 if it is unknown.
    form
        Form of its values: ``"id"``, or a word such as ``"email"``.
    stem
        Words of its name before those that say that it identifies.
    actor
        0 for none, 1 for a reference to those who handle a row, such as ``assignee``, 2 for one to
        those who only wrote it, such as ``created_by``.
    """

    quality: JoinKey
    own: bool = False
    refers: bool = False
    thing: int = -1
    form: str = ""
    stem: tuple[str, ...] = ()
    actor: int = 0


_GOOD: Final = 0.8
"""Least weight of a suggested link by which an unknown reference gets its target."""

# Degrees to which two columns identify one thing. Only their order matters.
_SURE, _LIKELY, _HALF, _APART, _OTHER = 1.0, 0.85, 0.7, 0.6, 0.4
_RANK: Final = {True: 0, None: 1, False: 2}

_OWN_IDS: Final = "two applications number their own rows; only an approved link makes them one"
_OTHERS: Final = (
    "their names say that they hold different values; only an approved link makes them one"
)


class Meanings(Names):
    """Identities of a graph's columns, and the quality of their comparisons.

    Parameters
    ----------
    graph
        The graph; its roles and entities are found once.
    words
        Words to add to the lists that names are read by.

    Notes
    -----
    O(n + m) for n columns and m links, besides the entities; a column is read when it is asked for.
    """

    def __init__(self, graph: LinkGraph, words: WordSource | None = None) -> None:
        lists = read_words(words)
        mapped = known_map(graph) if words is None else mapped_with(graph, lists)
        super().__init__(graph, lists, mapped)
        self._graph = graph
        self._system = self._nodes.ancestor[0]
        self._n_entities = int(self._map.label.max(initial=-1)) + 1
        self._known: dict[int, Meaning] = {}
        self._by_entity = self._things_by_list()
        self._kinds = self._only_kinds()
        self._of_kinds = Kinds(graph, self._map, self._lists)
        roles, entities = self._lists.roles, self._lists.entities
        self._parties = entities["person"] | entities["company"] | self._lists.tables["party"]
        self._vague = self._lists.tables["generic"].union(
            *(roles[name] for name in ("other", "actor", "writer", "qualifier", "kin", "other_id")),
            *entities.values(),
            self._map.roles.words.systems,
        )
        self._linked = self._linked_things()

    # --- columns ------------------------------------------------------------------------------

    def of(self, column: int) -> Meaning:
        """Return the meaning of a column, by position."""
        found = self._known.get(column)
        if found is None:
            found = self._known[column] = self._read(column)
        return found

    def thing_of(self, table: int) -> int:
        """Return the number of the thing that a table's rows are: its entity's, or its own."""
        label = int(self._map.label[table])
        if label >= 0:
            return label
        return self._n_entities + self._map.original.get(table, table)

    def called(self, table: int) -> str:
        """Return the name of a row of a table, in words; empty if the table has none."""
        words = self.words_of(self.origin(table))
        own = [word for word in words if word not in self._map.roles.words.systems]
        return " ".join(own or words)

    def called_by(self, one: int, other: int) -> str:
        """Return the name that two references give to their row; empty if they differ."""
        stems = self.of(one).stem, self.of(other).stem
        if stems[0] == stems[1]:
            return " ".join(stems[0])
        last = {stem[-1] if stem else "" for stem in stems}
        return last.pop() if len(last) == 1 else ""

    def origin(self, table: int) -> int:
        """Return the original of a copied table, or the table itself."""
        return self._map.original.get(table, table)

    def kind_of(self, table: int) -> str:
        """Return the kind of a table's rows, such as ``"person"``; ``""`` if it is unknown."""
        return self._of_kinds.of(table, self._kinds.get(self.thing_of(table)))

    def are_alike(self, one: int, other: int) -> bool:
        """Return whether two tables hold rows of one thing, or of things of one kind."""
        kinds = self.kind_of(one), self.kind_of(other)
        return self.thing_of(one) == self.thing_of(other) or (kinds[0] == kinds[1] != "")

    def _read(self, column: int) -> Meaning:
        words = self.words_of(column)
        table = int(self._table[column])
        role, quality, stem, form = self._said(column)
        if quality is not JoinKey.IDENTIFYING or table < 0:
            return Meaning(quality)
        own_thing = self.thing_of(table)
        actor = self._actor(words, stem, table)
        if role == KEY:
            return Meaning(quality, own=True, thing=own_thing, form=ID, stem=stem)
        if form in self._lists.roles["shared_contact"]:
            quality = JoinKey.DOUBTFUL
        target = int(self._map.roles.target[column])
        thing = self.thing_of(target) if target >= 0 else self._named_thing(stem, table)
        refers = role == REFERENCE
        if role == ALTERNATE_KEY:
            # An e-mail that is called after another thing is that thing's.
            other = thing != own_thing if thing >= 0 else bool(stem and self._called(stem))
            refers = (other or actor > 0) and form != ID and not self._is_own(stem, table)
            kind = "" if refers or form == ID else self._of_kinds.of_key(words)
            if kind and not self._holds(table, kind):
                # A web site of a person is that of their company.
                thing = self._thing_of_kind(kind, table)
                return Meaning(quality, refers=True, thing=thing, form=form, stem=stem)
        elif target < 0 and thing < 0:
            thing = self._linked.get(column, -1)
        if not refers or (target < 0 and self._is_id_of_own(stem, form, table, thing)):
            return Meaning(quality, thing=own_thing, form=form, stem=stem)
        return Meaning(quality, refers=True, thing=thing, form=form, stem=stem, actor=actor)

    def _actor(self, words: tuple[str, ...], stem: tuple[str, ...], table: int) -> int:
        lists = self._lists.roles
        if not lists["by"].isdisjoint(words[1:]) or not lists["writer"].isdisjoint(words):
            return 2
        return int(
            not lists["actor"].isdisjoint(stem or words) or self._of_kinds.is_staff(stem, table)
        )

    def _keeps_own(self, stem: tuple[str, ...]) -> bool:
        """Return whether no word says that another row of the same thing is meant, as `parent`."""
        lists = self._lists.roles
        return lists["qualifier"].isdisjoint(stem) and lists["actor"].isdisjoint(stem)

    def _is_id_of_own(self, stem: tuple[str, ...], form: str, table: int, thing: int) -> bool:
        """Return whether a reference is another system's id of its own row.

        ``stripe_customer_id`` of a contact is, and that of an account is the id by which Stripe
        knows the account.
        """
        if not self._keeps_own(stem):
            return False
        called = self.words_of(table)
        if form == ID and called and not self._map.roles.words.systems.isdisjoint(stem):
            return thing == self.thing_of(table) or {stem[-1], called[-1]} <= self._parties
        return thing == self.thing_of(table)

    # --- things -------------------------------------------------------------------------------

    def _things_by_list(self) -> dict[str, set[int]]:
        """Return the things whose tables are called by a word of each list of entities."""
        found: dict[str, set[int]] = defaultdict(set)
        for name, called in self._lists.entities.items():
            for word in called:
                found[name].update(self.thing_of(table) for table in self._by_last.get(word, ()))
        return found

    def _only_kinds(self) -> dict[int, str]:
        """Return the list of entities whose words a thing's tables have, if it is only one."""
        found: dict[int, set[str]] = defaultdict(set)
        for name, things in self._by_entity.items():
            for thing in things:
                found[thing].add(name)
        return {thing: names.pop() for thing, names in found.items() if len(names) == 1}

    def _holds(self, table: int, kind: str) -> bool:
        """Return whether a table holds things of a kind, as far as is known."""
        found = self.kind_of(table)
        # Persons have many names, such as `physician`: what is unknown may be one.
        unknown = kind == "person" or not self._of_kinds.others(table, kind)
        return found == kind if found else unknown

    def _thing_of_kind(self, kind: str, table: int) -> int:
        """Return the thing of a kind whose rows a table's refer to; one of its own if unknown."""
        found = {self.thing_of(one) for one in self._of_kinds.others(table, kind)}
        if len(found) == 1:
            return found.pop()
        unknown = self._n_entities + len(self._nodes) + KINDS.index(kind)
        self._kinds[unknown] = kind
        return unknown

    def _named_thing(self, stem: tuple[str, ...], table: int) -> int:
        """Return the thing that words name, in whichever system; -1 for none or several."""
        if self._is_own(stem, table):
            return self.thing_of(table) if stem else -1
        tables = [one for one in self._called(stem) if self._only_names(stem, one)]
        named = self._map.roles.words.systems.intersection(stem)
        for wanted in (
            [t for t in tables if named and named.intersection(self._system_words(t))],
            [t for t in tables if self._system[t] == self._system[table]],
            tables,
        ):
            things = {self.thing_of(one) for one in wanted}
            if len(things) == 1:
                return things.pop()
        if tables or len(stem) > 1:
            return -1
        lists = [name for name, words in self._lists.entities.items() if stem[-1] in words]
        found = {thing for name in lists for thing in self._by_entity.get(name, ())}
        return found.pop() if len(found) == 1 else -1

    def _only_names(self, stem: tuple[str, ...], table: int) -> bool:
        """Return whether words before a table's say whose row it is, as no `bank` account does."""
        lists = self._lists.roles
        before = stem[: len(stem) - len(self.words_of(table))]
        known = lists["qualifier"] | lists["other"] | lists["actor"]
        return all(word in known or word in self._map.roles.words.systems for word in before)

    def _system_words(self, table: int) -> tuple[str, ...]:
        system = int(self._system[self.origin(table)])
        return self.words_of(system) if system >= 0 else ()

    def _linked_things(self) -> dict[int, int]:
        """Return the thing of the key that the best good link of a reference leads to."""
        roles, pairs = self._map.roles, self._map.columns
        unknown = (roles.role == REFERENCE) & (roles.target < 0)
        weight = np.nan_to_num(np.where(pairs.exact, 1.0, pairs.weight))
        good = (weight >= _GOOD) & ~pairs.rejected
        best: dict[int, tuple[float, int]] = {}
        for here, there in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
            wanted = good & unknown[here] & (roles.role[there] == KEY)
            for row in np.flatnonzero(wanted).tolist():
                column, key = int(here[row]), int(there[row])
                found = (float(weight[row]) + float(pairs.approved[row]), -key)
                best[column] = max(found, best.get(column, (0.0, 0)))
        return {column: self.thing_of(int(self._table[-key])) for column, (_, key) in best.items()}

    def is_known_to_several(self, thing: int) -> bool:
        """Return whether several systems have rows of a thing, or refer to them; copies aside."""
        return len(self._systems_of_things.get(thing, ())) > 1

    @cached_property
    def _systems_of_things(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for table in range(*self._nodes.first[[1, 2]].tolist()):
            found[self.thing_of(table)].add(int(self._system[self.origin(table)]))
        role = self._map.roles.role
        for column in np.flatnonzero((role == REFERENCE) | (role == ALTERNATE_KEY)).tolist():
            meaning = self.of(column)
            if meaning.refers and meaning.thing >= 0:
                table = self.origin(int(self._table[column]))
                found[meaning.thing].add(int(self._system[table]))
        return found

    # --- comparisons --------------------------------------------------------------------------

    def grade(self, one: int, other: int, *, decided: bool) -> Grade:
        """Return the quality of a comparison of two columns of different tables.

        Parameters
        ----------
        one, other
            Positions of the columns.
        decided
            Whether somebody decided that they are the same, or that is certain.
        """
        a, b = self.of(one), self.of(other)
        refers = a.refers, b.refers
        called = self._is_called_after(one, other), self._is_called_after(other, one)
        if any(called):
            return Grade(JoinKey.IDENTIFYING, _SURE if decided else _HALF, called)
        worst = max(a.quality, b.quality)
        if decided and min(a.quality, b.quality) is JoinKey.IDENTIFYING:
            return Grade(JoinKey.IDENTIFYING, _SURE, self._refer(one, other))
        if worst is not JoinKey.IDENTIFYING:
            return Grade(worst, refers=refers)
        if a.form != b.form:
            return Grade(JoinKey.DOUBTFUL, _OTHER, refers)
        factor = self._factor(one, other)
        if all(refers) and a.thing == b.thing == -1 and self._is_one_thing(one, other):
            # Rows of one thing with an id of something: perhaps of themselves.
            return Grade(JoinKey.DOUBTFUL, factor)
        key = JoinKey.IDENTIFYING if factor > _OTHER else JoinKey.DOUBTFUL
        return Grade(key, factor, refers)

    def apart(self, one: int, other: int) -> str:
        """Return the reason that equal values make no rows one; ``""`` if they may.

        Links that somebody approved, or that are certain, are not asked about here.
        """
        a, b = self.of(one), self.of(other)
        if a.own and b.own:
            return _OWN_IDS if self._are_two_counts(one, other) else ""
        if a.form == b.form:
            apart = self.grade(one, other, decided=False).factor <= _OTHER
        else:
            apart = are_apart(a.form, b.form, self._lists)
        return _OTHERS if apart else ""

    def _are_two_counts(self, one: int, other: int) -> bool:
        """Return whether two applications number their own rows in two columns."""
        homes = self._homes_of(one, other)
        return -1 not in homes and homes[0] != homes[1]

    def _is_called_after(self, column: int, key: int) -> bool:
        """Return whether a column is called as the table of a key is: `invoice.customer`."""
        words = self.words_of(column)
        if self.of(column).quality is not JoinKey.DESCRIBING or not self.of(key).own or not words:
            return False
        if words[-1] in self._lists.roles["text"]:
            return False
        return ends_with(self.words_of(int(self._table[key])), words)

    def is_kin(self, column: int) -> bool:
        """Return whether a reference is to another row of the same kind, such as `parent_id`."""
        meaning = self.of(column)
        return meaning.refers and not self._lists.roles["kin"].isdisjoint(meaning.stem)

    def _is_one_thing(self, one: int, other: int) -> bool:
        """Return whether columns of different systems are in tables of one thing."""
        tables = [int(self._table[column]) for column in (one, other)]
        systems = {int(self._system[self.origin(table)]) for table in tables}
        return len(systems) > 1 and len({self.thing_of(table) for table in tables}) == 1

    def _refer(self, one: int, other: int) -> tuple[bool, bool]:
        """Return for each of two decided columns whether it refers to rows elsewhere.

        Two references of different systems to a thing that no table is called after are ids that
        others keep of the rows themselves.
        """
        a, b = self.of(one), self.of(other)
        if not (a.refers and b.refers):
            return a.refers, b.refers
        tables = int(self._table[one]), int(self._table[other])
        systems = [int(self._system[self.origin(table)]) for table in tables]
        theirs = {-1, *(self.thing_of(table) for table in tables)}
        elsewhere = systems[0] == systems[1] or a.thing not in theirs or b.thing not in theirs
        return elsewhere, elsewhere

    def _factor(self, one: int, other: int) -> float:
        """Return the degree to which two columns of one form identify one thing."""
        a, b = self.of(one), self.of(other)
        alike = self._alike(a.thing, b.thing)
        if a.form != ID:
            known = a.refers or b.refers
            likely = (_SURE, _LIKELY, _HALF) if known else (_SURE, _SURE, _APART)
            apart = not known and self._is_staff_of_one(one, other)
            return _APART if apart else likely[_RANK[alike]]
        if a.own and b.own:
            return self._factor_of_ids(one, other, alike=alike)
        if alike is False or self._is_local(one, other):
            return _OTHER
        return self._factor_of_references(one, other, alike=alike is not None)

    def _is_staff_of_one(self, one: int, other: int) -> bool:
        """Return whether only one of two tables is called after staff, the other after others."""
        lists = self._lists.entities
        last = [self.words_of(int(self._table[column]))[-1:] for column in (one, other)]
        staff = [not lists["staff"].isdisjoint(words) for words in last]
        party = [not self._parties.isdisjoint(words) for words in last]
        return staff[0] != staff[1] and party[0] != party[1]

    def _factor_of_references(self, one: int, other: int, *, alike: bool) -> float:
        """Return the degree to which a reference or another id is an id of the same thing."""
        a, b = self.of(one), self.of(other)
        either = a.refers or b.refers
        if either and self._is_foreign(one, other):
            return _APART
        if alike:
            return _SURE if either or a.stem or b.stem else _LIKELY
        if self._are_numbers_apart(one, other) or self._are_called_apart(one, other):
            return _OTHER
        if a.refers and b.refers:
            return _LIKELY if a.stem and a.stem == b.stem else _APART
        return _HALF if either else _LIKELY

    def _homes_of(self, one: int, other: int) -> tuple[int, int]:
        """Return the applications whose ids two columns may be; -1 for a database's own."""
        here, there = (self._of_kinds.home(int(self._table[column])) for column in (one, other))
        return here, there

    def _is_local(self, one: int, other: int) -> bool:
        """Return whether a reference within one application is compared with ids of another."""
        homes = self._homes_of(one, other)
        if -1 in homes or homes[0] == homes[1] or self._is_named(one, other):
            return False
        ends = [(self.of(column), self._of_kinds.is_local(column)) for column in (one, other)]
        return all(a.own or (a.refers and local) for a, local in ends)

    def _is_foreign(self, one: int, other: int) -> bool:
        """Return whether nothing says that one application keeps the ids of another."""
        homes = self._homes_of(one, other)
        if -1 in homes or homes[0] == homes[1] or self._is_named(one, other):
            return False
        return all(self.of(column).own or self._is_plain(column) for column in (one, other))

    def _is_plain(self, column: int) -> bool:
        """Return whether a reference is called after a table and nothing else."""
        meaning = self.of(column)
        tables = self._called(meaning.stem) if meaning.stem else []
        return meaning.refers and any(self._only_names(meaning.stem, one) for one in tables)

    def _is_named(self, one: int, other: int) -> bool:
        """Return whether one of two columns is called after an application."""
        systems = self._map.roles.words.systems
        return any(not systems.isdisjoint(self.words_of(column)) for column in (one, other))

    def _are_called_apart(self, one: int, other: int) -> bool:
        """Return whether a reference is called after something else than the rows of a key.

        ``brand_id`` does not lead to tickets, unless a good link says so. Words for persons and
        companies, and those that many systems use, tell nothing apart.
        """
        for column, key in ((one, other), (other, one)):
            meaning = self.of(column)
            called = self.words_of(int(self._table[key]))
            if not (meaning.refers and meaning.stem and self.of(key).own and called):
                continue
            last = meaning.stem[-1], called[-1]
            if meaning.thing < 0 and last[0] != last[1] and self._vague.isdisjoint(last):
                return True
        return False

    def is_kept(self, one: int, other: int) -> bool:
        """Return whether one of two columns is the id that its system keeps of the other's row."""
        words = self._lists.roles["other_id"] | self._map.roles.words.systems
        for column, key in ((one, other), (other, one)):
            meaning = self.of(column)
            if self.of(key).own and meaning.form == ID and not (meaning.own or meaning.refers):
                return not words.isdisjoint(self.words_of(column))
        return False

    def _are_numbers_apart(self, one: int, other: int) -> bool:
        """Return whether two columns are numbers of things that are called by other words."""
        numbers = self._lists.roles["number"]
        called = []
        for column in (one, other):
            if numbers.isdisjoint(self.words_of(column)):
                return False
            stem = self.of(column).stem or self.words_of(int(self._table[column]))
            called.append(stem[-1:])
        return called[0] != called[1]

    def _factor_of_ids(self, one: int, other: int, *, alike: bool | None) -> float:
        """Return the degree to which ids of two tables are the same: most are independent."""
        tables = [int(self._table[column]) for column in (one, other)]
        origins = [self.origin(table) for table in tables]
        if origins[0] == origins[1]:
            return _SURE
        a, b = self.of(one), self.of(other)
        if a.stem and a.stem == b.stem and alike is not False:
            return _OTHER if self._are_two_counts(one, other) else _LIKELY
        return _OTHER

    def _alike(self, one: int, other: int) -> bool | None:
        """Return whether two things are one; ``None`` if that is unknown."""
        if one == other and one >= 0:
            return True
        if min(one, other) < 0:
            return None
        kinds = self._kinds.get(one), self._kinds.get(other)
        apart = None not in kinds and kinds[0] != kinds[1]
        return False if apart or max(one, other) < self._n_entities else None
