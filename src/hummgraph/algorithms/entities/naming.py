"""Names of entities and of keys, made of the words of their tables and columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hummgraph.algorithms.entities.tokens import NodeWords
    from hummgraph.algorithms.entities.words import Words

__all__ = ["different", "entity_name", "entity_names", "key_name", "table_words"]


def table_words(words: NodeWords, tables: Iterable[int], systems: Sequence[str]) -> dict[str, int]:
    """Return words of the tables' names with their numbers of systems: the word in most first.

    Parameters
    ----------
    tables
        Positions of the tables.
    systems
        System of each table, in the same order; a copy has that of its original.
    """
    places: dict[str, set[str]] = defaultdict(set)
    for table, system in zip(tables, systems, strict=True):
        called = " ".join(words.of[table])
        if called:
            places[called].add(system)
    ordered = sorted(places, key=lambda called: (-len(places[called]), called))
    return {called: len(places[called]) for called in ordered}


def entity_names(called: Sequence[Mapping[str, int]], words: Words, unnamed: str) -> list[str]:
    """Return a name for each entity, no two alike.

    An entity has the name of the list with most of its tables' words; without one, the word
    of its tables in most systems. Lists name an entity, they join nothing.

    Parameters
    ----------
    called
        Words of each entity's tables with the number of systems that use them, the most frequent
        first.
    unnamed
        Name of entities whose tables have no names.
    """
    plain = [entity_name(names, words) or unnamed for names in called]
    return different(plain, list(map(tuple, called)))


def different(names: Sequence[str], others: Sequence[Sequence[str]]) -> list[str]:
    """Return names of which no two are alike, by other words in brackets or by numbers.

    Parameters
    ----------
    names
        The names, the most important first.
    others
        Other words for each.

    Examples
    --------
    >>> different(["email", "email", "email"], [["x"], ["home"], []])
    ['email', 'email (home)', 'email 2']
    """
    found: list[str] = []
    taken: set[str] = set()
    for name, words in zip(names, others, strict=True):
        options = [name, *(f"{name} ({word})" for word in words if word != name)]
        number = 2
        while all(option in taken for option in options):
            options.append(f"{name} {number}")
            number += 1
        found.append(next(option for option in options if option not in taken))
        taken.add(found[-1])
    return found


def entity_name(called: Mapping[str, int], words: Words) -> str:
    """Return the name of an entity by what its tables are called, the most frequent first."""
    first = next(iter(called), "")
    if not words.tables["own_name"].isdisjoint(first.split()):
        return first
    votes: Counter[str] = Counter()
    n_systems: Counter[str] = Counter()
    for text, number in called.items():
        for name, listed in words.entities.items():
            if not listed.isdisjoint(text.split()):
                votes[name] += 1
                n_systems[name] += number
    best = min(votes, key=lambda name: (-votes[name], name), default="")
    # Half of the words of its tables are of the list, and no other word is much more frequent.
    named = best and 2 * votes[best] >= len(called) and 2 * n_systems[best] >= called[first]
    return best if named else first


def key_name(words: NodeWords, columns: Sequence[int], tables: Sequence[int]) -> str:
    """Return the name of most columns of a key, without the words of their own tables."""
    count: Counter[str] = Counter()
    for column, table in zip(columns, tables, strict=True):
        own, called = set(words.of[table]), words.of[column]
        plain = tuple(word for word in called if word not in own)
        short = plain if plain and plain != ("id",) else called
        if short == ("id",):
            short = (*words.of[table], "id")
        if short:
            count[" ".join(short)] += 1
    return min(count, key=lambda name: (-count[name], len(name), name), default="")
