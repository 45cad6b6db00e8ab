"""Vocabulary of evidence: which of its texts, keys and numbers others may read.

It is decided once, for the links of a snapshot, and kept with it, so that a part of the links, or a
graph that was written and read again, answers alike.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.records.models import LinkType, Status
from hummgraph.records.names import CatalogueNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "MIN_LINKS",
    "NO_VOCABULARY",
    "SMALL_SNAPSHOT_KEYS",
    "UNKNOWN",
    "Place",
    "Vocabulary",
    "decode_evidence",
    "shown_places",
    "shown_values",
    "vocabulary_of",
]

MIN_LINKS: Final = 20
"""Least number of links that have a key, for its texts to be vocabulary."""

_MAX_DISTINCT: Final = 20
"""Number of distinct values that a key of vocabulary may always have."""

_MAX_SHARE: Final = 50
"""Number of links with the key for one distinct value, if that allows more."""

_MAX_SHARE_OF_FEW: Final = 4
"""Least number of links with the key for each distinct value, in any case."""

_MAX_TEXT: Final = 40
"""Greatest number of characters of a text of vocabulary."""

_LONG_NUMBER: Final = 10**6
"""Least whole number of seven digits."""

_MAX_NUMBERS: Final = 10_000
"""Number of distinct numbers of a key that are counted, which bounds the memory; those of a key
with more whole ones of seven digits are hidden."""

SMALL_SNAPSHOT_KEYS: Final = ("matcher", "method", "connector", "type", "rule")
"""Keys whose texts are vocabulary in snapshots of fewer than 20 links."""

_FIVE_DIGITS: Final = re.compile(r"\d{5}")
_AT: Final = frozenset("@\ufe6b\uff20")

# Words that keys of evidence are made of. They stand here, so they are nobody's data.
_KEY_WORDS: Final = frozenset(  # a text, since a list would have 160 lines
    """
    agreement algorithm average avg by cardinality catalogue checked column columns common compared
    compatibility compatible confidence connector containment cosine count counts coverage created
    data database date declared description detail details distance distinct edit embedding entropy
    equal evidence exact examples feature features field fields foreign format fraction from in
    index is jaccard key keys kind label length level levenshtein link links match matched matcher
    matches matching max mean median method min missing model n name names note notes null nulls
    number of only origin overlap parent pattern percent position prefix primary probability profile
    rate ratio reason reasons reference references refers regex relationship result review reviewed
    right left row rows rule rules run sample sampled samples schema score scores shape share shared
    signature similarity size source status std suffix sum system systems table tables target text
    time timestamp to token tokens top total type types unique updated value values variance version
    weight weights with
    """.split()  # noqa: SIM905 - as above
)
_WORD_ENDS: Final = re.compile(r"[._-]|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Place:
    """Vocabulary of one place of evidence: of a key, and of all items of its lists.

    Parameters
    ----------
    texts
        The texts that are vocabulary.
    numbers
        Whether numbers are shown; ``None`` for those of fewer than seven digits, where no link
        of the snapshot has the key.
    members
        The members of objects whose names are shown.
    others
        The members whose names are not shown, as one; ``None`` if there are none.

    Examples
    --------
    >>> Place(frozenset({"exact"})).texts
    frozenset({'exact'})
    """

    texts: frozenset[str] = frozenset()
    numbers: bool | None = True
    members: Mapping[str, Place] = field(default_factory=dict)
    others: Place | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the place as plain data, without usual values.

        Examples
        --------
        >>> Place(frozenset({"exact"})).to_dict()
        {'texts': ['exact']}
        """
        found: dict[str, Any] = {}
        if self.texts:
            found["texts"] = sorted(self.texts)
        if self.numbers is not True:
            found["numbers"] = self.numbers
        if self.members:
            found["members"] = {
                name: member.to_dict() for name, member in sorted(self.members.items())
            }
        if self.others is not None:
            found["others"] = self.others.to_dict()
        return found


UNKNOWN: Final = Place(numbers=None)
"""A place that the evidence of the snapshot's links does not have."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Vocabulary of evidence, statuses and types: the texts that are shown by default.

    Parameters
    ----------
    evidence
        The root of evidence; ``None`` if it was not decided.
    statuses, link_types
        The shown ones that the contract does not name.
    names
        Names of the catalogue, which are shown wherever they stand.

    Examples
    --------
    >>> vocabulary = vocabulary_of(['{"matcher": "exact"}'] * 20)
    >>> vocabulary.shows_text("exact", vocabulary.evidence.members["matcher"])
    True
    """

    evidence: Place | None = None
    statuses: frozenset[str] = frozenset()
    link_types: frozenset[str] = frozenset()
    names: CatalogueNames = field(default=CatalogueNames(), compare=False, repr=False)

    def shows_text(self, text: str, place: Place) -> bool:
        """Return whether a text is shown at a place."""
        return text in place.texts or self.names.holds(text)

    def member(self, name: str, place: Place) -> tuple[bool, Place]:
        """Return whether the name of a member is shown, and the member's place.

        Examples
        --------
        >>> NO_VOCABULARY.member("jane@example.com", UNKNOWN)[0]
        False
        >>> NO_VOCABULARY.member("name_similarity", UNKNOWN)[0]
        True
        """
        found = place.members.get(name)
        if found is not None:
            return True, found
        return is_key_word(name) or self.names.holds(name), place.others or UNKNOWN

    def shows_number(self, number: float, place: Place) -> bool:
        """Return whether a number is shown at a place.

        Examples
        --------
        >>> [NO_VOCABULARY.shows_number(number, UNKNOWN) for number in (0.5, 4915112345678)]
        [True, False]
        """
        return not is_long_number(number) if place.numbers is None else place.numbers

    def shown_status(self, status: str | None) -> bool:
        """Return whether a status is shown: one of the contract's, or of the vocabulary.

        Examples
        --------
        >>> NO_VOCABULARY.shown_status("APPROVED"), NO_VOCABULARY.shown_status("call Jane")
        (True, False)
        """
        return status is None or status in _STATUSES or status in self.statuses

    def shown_link_type(self, link_type: str | None) -> bool:
        """Return whether a type is shown: one of the contract's, or of the vocabulary.

        Examples
        --------
        >>> NO_VOCABULARY.shown_link_type("DETERMINISTIC")
        True
        """
        return link_type is None or link_type in _LINK_TYPES or link_type in self.link_types

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as plain data; the catalogue has the names.

        Examples
        --------
        >>> vocabulary_of([]).to_dict()
        {'evidence': {}}
        """
        found: dict[str, Any] = {}
        if self.evidence is not None:
            found["evidence"] = self.evidence.to_dict()
        if self.statuses:
            found["statuses"] = sorted(self.statuses)
        if self.link_types:
            found["link_types"] = sorted(self.link_types)
        return found

    @classmethod
    def from_dict(cls, content: object) -> Vocabulary:
        """Return the vocabulary of plain data, such as :meth:`to_dict` returns.

        Texts that do not look like vocabulary are left out, whoever wrote them.

        Raises
        ------
        ValueError
            If the data have another form.

        Examples
        --------
        >>> found = vocabulary_of(['{"matcher": "exact"}'] * 20)
        >>> Vocabulary.from_dict(found.to_dict()) == found
        True
        """
        found = msgspec.convert(content, _Content)
        return cls(
            None if found.evidence is None else _place_of(found.evidence),
            frozenset(filter(has_form, found.statuses)),
            frozenset(filter(has_form, found.link_types)),
        )


_STATUSES: Final = frozenset(map(str, Status))
# Those of links, and those of declared relationships that the contract names.
_LINK_TYPES: Final = frozenset({*map(str, LinkType), "FOREIGN_KEY", "INFERRED", "MANUAL"})

NO_VOCABULARY: Final = Vocabulary(UNKNOWN)
"""A vocabulary without any text: names of keys that are words of this package are shown."""


class _PlaceContent(msgspec.Struct):
    texts: list[str] = []
    numbers: bool | None = True
    members: dict[str, _PlaceContent] = {}
    others: _PlaceContent | None = None


class _Content(msgspec.Struct):
    evidence: _PlaceContent | None = None
    statuses: list[str] = []
    link_types: list[str] = []


def _place_of(content: _PlaceContent) -> Place:
    return Place(
        frozenset(filter(has_form, content.texts)),
        content.numbers,
        {
            name: _place_of(member)
            for name, member in content.members.items()
            if has_form(name) or is_key_word(name)
        },
        None if content.others is None else _place_of(content.others),
    )


def has_form(text: str) -> bool:
    """Return whether a text looks like vocabulary.

    It has at most 40 characters, starts with a letter, and has neither an @ nor five digits in a
    row.

    Examples
    --------
    >>> [has_form(text) for text in ("exact name", "jane@example.com", "+1 555 0100", "id 12345")]
    [True, False, False, False]
    """
    return (
        0 < len(text) <= _MAX_TEXT
        and text[0].isalpha()
        and _AT.isdisjoint(text)
        and not _FIVE_DIGITS.search(text)
    )


def is_key_word(name: str) -> bool:
    """Return whether the name of a member is made of words that keys of evidence usually have.

    Examples
    --------
    >>> [is_key_word(name) for name in ("name_similarity", "matchRate", "jane", "Max")]
    [True, True, False, False]
    """
    return len(name) <= _MAX_TEXT and all(
        part.lower() in _KEY_WORDS and (at > 0 or part.islower())
        for at, part in enumerate(_WORD_ENDS.split(name))
    )


def is_long_number(number: float) -> bool:
    """Return whether a number is whole and has seven digits or more.

    Examples
    --------
    >>> [is_long_number(number) for number in (999_999, 1_000_000, -1e6, 1_000_000.5)]
    [False, True, True, False]
    """
    return abs(number) >= _LONG_NUMBER and (isinstance(number, int) or number.is_integer())


def _are_few(n_distinct: int, n_links: int) -> bool:
    """Return whether a key of so many distinct values in so many links is vocabulary."""
    return (
        n_links >= MIN_LINKS
        and (n_distinct <= _MAX_DISTINCT or n_distinct * _MAX_SHARE <= n_links)
        and n_distinct * _MAX_SHARE_OF_FEW <= n_links
    )


def decode_evidence(text: str) -> Any:
    """Return evidence from its JSON.

    Examples
    --------
    >>> decode_evidence('{"score": 0.5}')
    {'score': 0.5}
    """
    try:
        return _DECODE(text)
    except msgspec.DecodeError:
        # Evidence may hold half a surrogate pair, which this decoder refuses.
        return json.loads(text)


_DECODE: Final = msgspec.json.Decoder().decode


class _Seen:
    """Values of links at one place: bounded sets of distinct ones.

    A set with more than its bound fails every test for which it was made, whatever else would have
    been added; so the order of links does not matter.
    """

    __slots__ = (
        "last",
        "last_object",
        "long",
        "members",
        "n_links",
        "n_objects",
        "numbers",
        "others",
        "texts",
    )

    def __init__(self) -> None:
        self.n_links = 0
        self.last = -1
        self.n_objects = 0
        self.last_object = -1
        self.members: dict[str, _Seen] = {}
        self.others: _Seen | None = None
        self.texts: set[str | int] = set()
        self.numbers: set[float] = set()
        self.long: set[float] = set()

    def merge(self, other: _Seen) -> None:
        """Add the numbers of another place and below; no text of either is vocabulary."""
        self.numbers |= other.numbers
        self.long |= other.long
        for name, member in other.members.items():
            self.members.setdefault(name, _Seen()).merge(member)
        if other.others is not None:
            self.others = self.others or _Seen()
            self.others.merge(other.others)


class _Count:
    """Reading of the evidence of links, one after the other."""

    def __init__(self, n_links: int) -> None:
        self.root = _Seen()
        self.most = max(_MAX_DISTINCT, n_links // _MAX_SHARE)
        self.most_numbers = max(_MAX_NUMBERS, self.most)
        self.link = 0

    def add_object(self, members: dict[str, Any], place: _Seen) -> None:
        """Count an object at a place."""
        link = self.link
        if place.last_object != link:
            place.last_object = link
            place.n_objects += 1
        known = place.members
        for name, value in members.items():
            found = known.get(name) or self._member(name, place)
            if found.last != link:
                found.last = link
                found.n_links += 1
            self._add_value(value, found)

    def _add_value(self, value: Any, place: _Seen) -> None:
        """Count a value of a key, or the items of a list, which are values of its key."""
        kind = type(value)
        if kind is float or kind is int:
            self._add_number(value, place)
        elif kind is str:
            self._add_text(value, place)
        elif kind is dict:
            self.add_object(value, place)
        elif kind is list:
            for item in value:
                self._add_value(item, place)

    def _add_text(self, text: str, place: _Seen) -> None:
        if len(place.texts) <= self.most:
            place.texts.add(text if len(text) <= _MAX_TEXT else hash(text))

    def _add_number(self, number: float, place: _Seen) -> None:
        is_long = not -_LONG_NUMBER < number < _LONG_NUMBER and is_long_number(number)
        found = place.long if is_long else place.numbers
        if len(found) <= self.most_numbers:
            found.add(number)

    def _member(self, name: str, place: _Seen) -> _Seen:
        """Return the place of a member that is new there."""
        if len(place.members) > self.most + len(_KEY_WORDS) and not is_key_word(name):
            # So many names are no vocabulary: all of them are hidden.
            place.others = place.others or _Seen()
            return place.others
        found = place.members[name] = _Seen()
        return found


def _decided(seen: _Seen, *, small: bool, texts: bool = True, key: str = "") -> Place:
    """Return the vocabulary of a place and of those below."""
    n_distinct = len(seen.texts) + len(seen.numbers) + len(seen.long)
    vocabulary = texts and (
        key in SMALL_SNAPSHOT_KEYS if small else _are_few(n_distinct, seen.n_links)
    )
    shown = (text for text in seen.texts if isinstance(text, str) and has_form(text))
    n_names = len(seen.members)
    few_names = texts and seen.others is None and _are_few(n_names, seen.n_objects)
    members: dict[str, Place] = {}
    others = seen.others
    for name, member in seen.members.items():
        if is_key_word(name) or (few_names and has_form(name)):
            members[name] = _decided(member, small=small, texts=texts, key=name)
        else:
            others = others or _Seen()
            others.merge(member)
    return Place(
        frozenset(shown) if vocabulary else frozenset(),
        not (len(seen.long) > len(seen.numbers) or len(seen.long) > _MAX_NUMBERS),
        members,
        None if others is None else _decided(others, small=small, texts=False),
    )


def shown_places(evidence: Iterable[str | None], n_links: int) -> Place:
    """Return the vocabulary of each place, from the evidence of all links.

    Parameters
    ----------
    evidence
        JSON objects as text; null where a link has none.
    n_links
        Number of all links of the snapshot.

    Notes
    -----
    O(n) for n characters, and memory for at most 2 % of the links as values of each key. Values of
    a key, and names of the members of an object, are vocabulary if at least 20 links have the key
    or the object, and the distinct ones are at most 20 (or 2 % of those links, if that is more)
    and at most a quarter of those links. In snapshots of fewer than 20 links, the texts of
    `SMALL_SNAPSHOT_KEYS` are. Numbers of a key are hidden if most of its distinct ones are whole
    and have seven digits or more. Texts below a hidden name are no vocabulary.

    Examples
    --------
    >>> shown_places(['{"matcher": "exact", "tel": 4915112345678}'] * 20, 20).to_dict()
    {'members': {'matcher': {'texts': ['exact']}, 'tel': {'numbers': False}}}
    """
    count = _Count(n_links)
    for text in evidence:
        if text is not None:
            count.add_object(decode_evidence(text), count.root)
            count.link += 1
    return _decided(count.root, small=n_links < MIN_LINKS)


def shown_values(column: pa.ChunkedArray) -> frozenset[str]:
    """Return the values of a column of statuses or types that are vocabulary.

    The column must have few of them, as a key of evidence, and each must stand in 20 links.

    Examples
    --------
    >>> sorted(shown_values(pa.chunked_array([["OPEN"] * 30 + ["call Jane"] * 10])))
    ['OPEN']
    """
    counts = pc.value_counts(column.drop_null().cast(pa.string())).to_pylist()
    if not _are_few(len(counts), len(column) - column.null_count):
        return frozenset()
    known = _STATUSES | _LINK_TYPES
    return frozenset(
        entry["values"]
        for entry in counts
        if entry["counts"] >= MIN_LINKS
        and entry["values"] not in known
        and has_form(entry["values"])
    )


def vocabulary_of(evidence: Iterable[str | None]) -> Vocabulary:
    """Return the vocabulary of evidence alone.

    Parameters
    ----------
    evidence
        JSON objects as text; null where a link has none.

    Examples
    --------
    >>> vocabulary_of(['{"method": "name"}']).to_dict()
    {'evidence': {'members': {'method': {'texts': ['name']}}}}
    """
    texts = list(evidence)
    return Vocabulary(shown_places(texts, len(texts)))
