"""Words of the names of systems, tables and columns."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "NodeWords",
    "ends_with",
    "names_several",
    "node_words",
    "split_name",
    "with_numbers",
]

# Endings by which Salesforce marks custom objects, fields and relationships.
_CUSTOM: Final = re.compile(r"__(?:c|pc|r|x|e|s|mdt|kav)$", re.IGNORECASE)
_RUNS: Final = re.compile(r"[^\W\d_]+|[0-9]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_HUMPS: Final = re.compile(r"IDs(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")

MAX_DIGITS: Final = 2
"""Most digits of a number in a name: longer ones are codes."""
MIN_APART: Final = 3
"""Number of names in which a word must stand apart to count as a part of longer words."""
MIN_LONG: Final = 8
"""Fewest letters of a word that may be two written together."""
MAX_LONG: Final = 40
"""Most letters of a word that is taken apart: longer ones are no names, and take too long."""
MIN_PART: Final = 4
"""Fewest letters of a part; an ``id`` at the end may be shorter."""


@lru_cache(maxsize=1 << 16)
def split_name(name: str) -> tuple[str, ...]:
    """Return the words of a name: in lower case and in the singular, without digits.

    Examples
    --------
    >>> split_name("Stripe_Customer_Id__c"), split_name("billingAddresses.isbn13")
    (('stripe', 'customer', 'id'), ('billing', 'address', 'isbn'))
    """
    found = []
    for run in _LETTERS.findall(_CUSTOM.sub("", name)):
        parts = _HUMPS.findall(run) if run.isascii() else [run]
        found += [_singular(part.lower()) for part in parts]
    return tuple(found)


def names_several(name: str) -> bool:
    """Return whether a name is in the plural, as those of columns that hold lists of ids are.

    Examples
    --------
    >>> [names_several(name) for name in ("MERGED_TICKET_IDS", "ticketIds__c", "ticket_id")]
    [True, True, False]
    """
    runs = _LETTERS.findall(_CUSTOM.sub("", name))
    return bool(runs) and runs[-1][-1] in "sS" and split_name(runs[-1])[-1][-1] != "s"


def with_numbers(name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the last words of a name with the short numbers that stand behind them in it.

    Examples
    --------
    >>> with_numbers("address_line2", ("address", "line"))
    ('address', 'line', '2')
    >>> with_numbers("q1Revenue", ("q", "revenue")), with_numbers("f69067754", ("f",))
    (('q1', 'revenue'), ('f',))
    """
    if name.isalpha():
        return words
    numbered: list[str] = []
    for run in _RUNS.findall(_CUSTOM.sub("", name)):
        if not run.isdigit():
            numbered += split_name(run)
        elif numbered and len(run) <= MAX_DIGITS:
            numbered[-1] += f" {run}" if len(numbered[-1]) > 1 else run
    plain = tuple(word.rstrip("0123456789").rstrip() for word in numbered)
    if not ends_with(plain, words):
        return words
    return tuple(" ".join(numbered[-len(words) :]).split())


def _singular(word: str) -> str:
    """Return a word without the ending of an English plural."""
    if len(word) < 4:
        return "id" if word == "ids" else word
    if not word.endswith("s") or word.endswith(("ss", "us", "is", "ias", "gas")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes", "tuses")):
        return word[:-2]
    return word[:-1]


def ends_with(words: tuple[str, ...], ending: tuple[str, ...]) -> bool:
    """Return whether words end with others, of which there is at least one."""
    return bool(ending) and words[-len(ending) :] == ending


@dataclass(frozen=True, slots=True, eq=False)
class NodeWords:
    """Words of each node's name: one tuple for each position; none where a name is unknown.

    Words of a table are without affixes and names of systems, those of a column are taken apart
    where they were written together.
    """

    of: list[tuple[str, ...]]
    systems: frozenset[str]
    """Words of the names of systems."""


def node_words(graph: LinkGraph, words: Words) -> NodeWords:
    """Return the words of the names of all nodes: O(n) for n nodes, by their distinct names."""
    nodes = graph.arrays.nodes
    names = nodes.name.to_pylist()
    found: list[tuple[str, ...]] = [()] * len(nodes)
    resolved = np.flatnonzero(nodes.resolved).tolist()
    systems, tables, columns = (
        [code for code in resolved if nodes.depth[code] == depth] for depth in range(3)
    )
    for code in systems:
        found[code] = split_name(names[code])
    called = frozenset(
        word for code in systems for word in found[code] if word not in words.roles["number"]
    )
    for code in tables:
        found[code] = _table_words(names[code], words, called)
    known = words.known() | called
    table_words = {word for code in tables for word in found[code]}
    apart = Counter(
        word
        for name in {names[c].casefold(): names[c] for c in columns}.values()
        for word in set(split_name(name))
    )
    common = table_words | {word for word, count in apart.items() if count >= MIN_APART}
    splitter = _Splitter(known, frozenset(common), words.roles["ending"])
    cache: dict[str, tuple[str, ...]] = {}
    for code in columns:
        name = names[code]
        if name not in cache:
            cache[name] = splitter.split(split_name(name))
        found[code] = cache[name]
    return NodeWords(found, called)


def _table_words(name: str, words: Words, systems: frozenset[str]) -> tuple[str, ...]:
    """Return the words that say what a table holds; all of them if none does."""
    whole = split_name(name.rpartition(".")[2]) or split_name(name)
    kept = tuple(word for word in whole if word not in words.tables["affix"])
    plain = tuple(word for word in kept if word not in systems)
    return plain or kept or whole


class _Splitter:
    """Takes words apart that were written together, such as ``salesforcecontactid``.

    Parameters
    ----------
    known
        Words of the lists and of systems.
    common
        Words that stand apart in several names of the catalogue.
    endings
        Known endings of words whose beginning is unknown.
    """

    def __init__(
        self, known: frozenset[str], common: frozenset[str], endings: Iterable[str]
    ) -> None:
        self._known = known
        self._common = common
        self._endings = tuple(sorted(endings))
        self._cache: dict[str, tuple[str, ...]] = {}

    def split(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return words, each taken apart where possible."""
        if all(len(word) < MIN_LONG for word in words):
            return words
        return tuple(part for word in words for part in self._parts(word))

    def _parts(self, word: str) -> tuple[str, ...]:
        if not MIN_LONG <= len(word) <= MAX_LONG or word in self._known:
            return (word,)
        if word not in self._cache:
            self._cache[word] = self._find_parts(word)
        return self._cache[word]

    def _find_parts(self, word: str) -> tuple[str, ...]:
        # A word that many names have is one, unless well-known words make it up.
        parts = self._cover(word, self._known)
        if not parts and word not in self._common:
            parts = self._cover(word, self._known | self._common)
        if parts:
            return tuple(map(_singular, parts))
        ending = next(
            (end for end in self._endings if word.endswith(end) and len(word) - len(end) >= 4), ""
        )
        if ending and word not in self._common:
            return (word[: -len(ending)], ending)
        return (word,)

    def _cover(self, word: str, parts: frozenset[str]) -> tuple[str, ...]:
        """Return the fewest parts that make up a word, the longest first; none if there are not."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for begin in range(end):
                before, part = best[begin], word[begin:end]
                short = len(part) < MIN_PART and (part != "id" or end < len(word))
                if before is None or short:
                    continue
                if part != word and (part in parts or _singular(part) in parts):
                    found = (*before, part)
                    now = best[end]
                    if now is None or len(found) < len(now):
                        best[end] = found
        return best[-1] or ()
