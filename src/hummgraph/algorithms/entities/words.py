"""Lists of words that names are read by: short, bundled, and added to by the caller."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hummgraph.algorithms.entities.tokens import split_name
from hummgraph.errors import ArgumentError

__all__ = ["WordSource", "Words", "read_words"]

WordSource: TypeAlias = Mapping[str, Mapping[str, Iterable[str]]] | str | PathLike[str]
"""Words to add: a mapping of sections to lists, or the path of a TOML file of them."""

_SECTIONS: Final = ("roles", "tables", "entities")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Lists of words, in the singular and in lower case.

    Parameters
    ----------
    roles
        Words of columns, by the names of the lists in ``words.toml``.
    tables
        Words of tables: ``affix``, ``generic`` and ``own_name``.
    entities
        Words of tables, by the name of the entity that has them.

    Examples
    --------
    >>> words = read_words({"entities": {"shop": ["boutique"]}})
    >>> "boutique" in words.entities["shop"], "email" in words.roles["contact"]
    (True, True)
    """

    roles: Mapping[str, frozenset[str]]
    tables: Mapping[str, frozenset[str]]
    entities: Mapping[str, frozenset[str]]

    def known(self) -> frozenset[str]:
        """Return all words of columns.

        Examples
        --------
        >>> "invoice" in read_words(None).known()
        True
        """
        return frozenset().union(*self.roles.values())


@cache
def _bundled() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    text = files("hummgraph").joinpath("algorithms", "entities", "words.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))


def read_words(added: WordSource | None) -> Words:
    """Return the bundled lists, with some words added.

    Parameters
    ----------
    added
        ``{"roles": {"time": ["datum"]}, "entities": {"person": ["kunde"]}}``, or the path of a
        TOML file with such tables. Sections are ``roles``, ``tables`` and ``entities``. Lists of
        the first two are those of the bundled file; an entity may have any name.

    Raises
    ------
    ArgumentError
        If a section or list is unknown, a word is not one word, or the file cannot be read.

    Examples
    --------
    >>> read_words({"roles": {"tmie": ["datum"]}})
    Traceback (most recent call last):
        ...
    hummgraph.errors.ArgumentError: words has no list 'tmie' in 'roles'; the lists are ...
    """
    if added is None:
        return _bundled_words()
    lists = {section: dict(getattr(_bundled_words(), section)) for section in _SECTIONS}
    for section, given in _sections_of(added).items():
        if section not in lists:
            raise ArgumentError(
                f"words has a section {section!r}; the sections are {', '.join(_SECTIONS)}.",
                hint='Write words={"entities": {"person": ["client"]}} or similar.',
            )
        if not isinstance(given, Mapping):
            raise ArgumentError(
                f"words[{section!r}] must map names of lists to lists of words, not be a value of"
                f" type {type(given).__name__}."
            )
        known = lists[section]
        for name, words in given.items():
            if section != "entities" and name not in known:
                raise ArgumentError(
                    f"words has no list {name!r} in {section!r}; the lists are {', '.join(known)}."
                )
            known[name] = known.get(name, frozenset()) | _checked(words, f"{section}.{name}")
    return Words(**{section: MappingProxyType(known) for section, known in lists.items()})


@cache
def _bundled_words() -> Words:
    return Words(
        **{
            section: MappingProxyType(
                {name: frozenset(words) for name, words in _bundled()[section].items()}
            )
            for section in _SECTIONS
        }
    )


def _sections_of(added: Any) -> Mapping[str, Any]:
    if isinstance(added, Mapping):
        return added
    if not isinstance(added, str | PathLike):
        raise ArgumentError(
            "words must be a mapping of lists or the path of a TOML file, not a value of type"
            f" {type(added).__name__}."
        )
    try:
        return tomllib.loads(Path(added).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentError(f"The words cannot be read: {error.strerror} ({added}).") from None
    except ValueError:
        raise ArgumentError(
            f"The words in {str(added)!r} are not TOML.",
            hint='A line reads person = ["client"], under a line [entities].',
        ) from None


def _checked(words: Any, place: str) -> frozenset[str]:
    """Return words as names are split into; raise if one is something else."""
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise ArgumentError(f"words: {place} must be a list of words.")
    found = set()
    for word in words:
        parts = split_name(word) if isinstance(word, str) else ()
        if len(parts) != 1:
            raise ArgumentError(f"words: {place} has {word!r}; it must be one word of letters.")
        found.add(parts[0])
    return frozenset(found)
