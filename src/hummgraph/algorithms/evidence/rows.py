"""Rows of flattened evidence: keys, values and their kinds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

    Scalar = str | float | int | bool | None

__all__ = [
    "BOOLEAN",
    "LONGEST_NAME",
    "MOST_DEEP",
    "MOST_ITEMS",
    "NULL",
    "NUMBER",
    "TEXT",
    "EvidenceRows",
    "as_texts",
    "kind_of",
    "written",
]

MOST_DEEP: Final = 32
"""How deep objects and lists are followed, evidence itself being the first level."""

MOST_ITEMS: Final = 100
"""How many items of a list are followed."""

LONGEST_NAME: Final = 200
"""Characters of a member's name in a key; of a longer one the key has the beginning and a digest.

Every row below a member repeats its name: without a bound, short evidence could make keys that fill
the memory.
"""

NUMBER: Final = "number"
TEXT: Final = "text"
BOOLEAN: Final = "boolean"
NULL: Final = "null"

_KINDS: Final[dict[type, str]] = {
    str: TEXT,
    float: NUMBER,
    int: NUMBER,
    bool: BOOLEAN,
    type(None): NULL,
}
# What the grammar of keys uses, and what begins a row that is not evidence, as "(confidence)".
_GRAMMAR: Final = frozenset('.[]{}"')
_HEAD: Final = 80  # characters of a long name that are kept
_LARGEST: Final = 2**1023  # whole numbers up to it have a float


class EvidenceRows:
    """Keys and values of flattened evidence, link after link.

    Examples
    --------
    >>> rows = EvidenceRows.read(['{"score": 0.5}', None])
    >>> rows.keys, rows.values, rows.counts
    (['score'], [0.5], [1, 0])
    """

    __slots__ = ("_names", "counts", "keys", "values")

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.values: list[Scalar] = []
        self.counts: list[int] = []
        """How many rows each link has."""
        self._names: dict[str, str] = {}

    @classmethod
    def read(cls, evidence: Iterable[str | None]) -> EvidenceRows:
        """Flatten JSON objects, given as text.

        Examples
        --------
        >>> EvidenceRows.read(['{"tags": ["a", "b"]}']).keys
        ['tags[0]', 'tags[1]']
        """
        rows = cls()
        decode = msgspec.json.Decoder().decode
        before = 0
        for text in evidence:
            if text is not None:
                try:
                    rows.add(decode(text))
                except msgspec.DecodeError:
                    # Half a surrogate pair is allowed in evidence, and this decoder refuses it.
                    rows.add(json.loads(text))
            rows.counts.append(len(rows.keys) - before)
            before = len(rows.keys)
        return rows

    @classmethod
    def of(cls, graph: LinkGraph, link_index: NDArray[np.int64]) -> EvidenceRows:
        """Flatten the evidence of some links of a graph, by position.

        Examples
        --------
        >>> import numpy as np
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> EvidenceRows.of(graph, np.array([0])).values[0]
        'value_overlap'
        """
        stored = graph.snapshot.links.column("evidence")
        return cls.read(stored.take(pa.array(graph.arrays.links.row[link_index])).to_pylist())

    def add(self, members: Mapping[str, Any], prefix: str = "", depth: int = 1) -> None:
        """Flatten one object.

        Examples
        --------
        >>> rows = EvidenceRows()
        >>> rows.add({"score": {"name": 0.5}})
        >>> rows.keys
        ['score.name']
        """
        names = self._names
        for name, value in members.items():
            key = names.get(name)
            if key is None:
                key = names[name] = _quoted(name)
            if type(value) in _KINDS:
                self.keys.append(prefix + key)
                self.values.append(value)
            else:
                self._add_other(prefix + key, value, depth + 1)

    def _add_other(self, key: str, value: object, depth: int) -> None:
        """Flatten what is not plainly a scalar; ``depth`` is that of its members."""
        if isinstance(value, Mapping):
            if not value:
                self._row(f"{key}{{}}", "{}")
            elif depth > MOST_DEEP:
                self._row(f"{key}{{...}}", f"{len(value):,} members, deeper than {MOST_DEEP}")
            else:
                self.add(value, f"{key}.", depth)
        elif isinstance(value, list | tuple):
            if not value:
                self._row(f"{key}[]", "[]")
            elif depth > MOST_DEEP:
                self._row(f"{key}[...]", f"{len(value):,} items, deeper than {MOST_DEEP}")
            else:
                self._add_items(key, value, depth)
        elif isinstance(value, str | int | float):  # of a class derived from these
            self._row(key, value)
        else:
            raise ArgumentError(f"Evidence holds a {type(value).__name__}, which JSON has not.")

    def _add_items(self, key: str, items: Sequence[Any], depth: int) -> None:
        for index, item in enumerate(items[:MOST_ITEMS]):
            if type(item) in _KINDS:
                self._row(f"{key}[{index}]", item)
            else:
                self._add_other(f"{key}[{index}]", item, depth + 1)
        if len(items) > MOST_ITEMS:
            self._row(f"{key}[{MOST_ITEMS}...]", f"shown {MOST_ITEMS} of {len(items):,}")

    def _row(self, key: str, value: Scalar) -> None:
        self.keys.append(key)
        self.values.append(value)


def _quoted(name: object) -> str:
    """Write a member's name as a part of a key."""
    if not isinstance(name, str):
        raise ArgumentError(f"Evidence has a member named by a {type(name).__name__}, not a text.")
    if len(name) > LONGEST_NAME:
        digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{json.dumps(name[:_HEAD])}~{digest}"
    if not name.isprintable():
        return json.dumps(name)
    if not name or name.startswith("(") or name != name.strip() or not _GRAMMAR.isdisjoint(name):
        return json.dumps(name, ensure_ascii=False)
    return name


def kind_of(value: object) -> str:
    """Say what a value is: ``"number"``, ``"text"``, ``"boolean"`` or ``"null"``.

    A number too large for a float counts as text: nothing can be reckoned with it.

    Examples
    --------
    >>> [kind_of(value) for value in (1, True, None, "1", 10**400)]
    ['number', 'boolean', 'null', 'text', 'text']
    """
    kind = _KINDS.get(type(value), TEXT)
    if kind is not NUMBER:
        return kind
    within = isfinite(value) if type(value) is float else -_LARGEST <= value <= _LARGEST  # type: ignore[operator]
    return NUMBER if within else TEXT


def written(value: Scalar) -> str | None:
    """Write a value as text: a text as it is, null as null, the others as JSON has them.

    Examples
    --------
    >>> [written(value) for value in (0.5, True, None, "x")]
    ['0.5', 'true', None, 'x']
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def as_texts(texts: list[str | None]) -> pa.Array:
    r"""Build a column of texts; half surrogate pairs, which no file could hold, are written out.

    Examples
    --------
    >>> as_texts(["a", None, "\ud800"]).to_pylist()
    ['a', None, '\\ud800']
    """
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array(
            [
                None if text is None else text.encode("utf-8", "backslashreplace").decode()
                for text in texts
            ],
            pa.string(),
        )
