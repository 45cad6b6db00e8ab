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
    "MAX_EVIDENCE_DEPTH",
    "MAX_ITEMS",
    "MAX_NAME_LENGTH",
    "NULL",
    "NUMBER",
    "TEXT",
    "EvidenceRows",
    "as_texts",
    "kind_of",
    "value_text",
]

MAX_EVIDENCE_DEPTH: Final = 32
"""Greatest depth of objects and lists that is flattened; evidence itself is the first level."""

MAX_ITEMS: Final = 100
"""Greatest number of items of a list that are flattened."""

MAX_NAME_LENGTH: Final = 200
"""Greatest number of characters of a member's name in a key; a longer name is cut.

Every row below a member repeats its name: without a limit, short evidence could produce keys that
fill the memory.
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
# Characters of the grammar of keys, and the first one of rows that are not evidence, as
# "(confidence)".
_GRAMMAR: Final = frozenset('.[]{}"')
_SHORT_NAME_LENGTH: Final = 80  # characters kept of a long name
_MAX_FINITE: Final = 2**1023  # greatest whole number that certainly has a float


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
        """Number of rows of each link."""
        self._names: dict[str, str] = {}

    @classmethod
    def read(cls, evidence: Iterable[str | None]) -> EvidenceRows:
        """Return the flattened rows of JSON objects, given as text.

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
                    # Evidence may hold half a surrogate pair, which this decoder refuses.
                    rows.add(json.loads(text))
            rows.counts.append(len(rows.keys) - before)
            before = len(rows.keys)
        return rows

    @classmethod
    def of(cls, graph: LinkGraph, link_index: NDArray[np.int64]) -> EvidenceRows:
        """Return the flattened evidence of some links of a graph, by position.

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
        """Add the rows of one object.

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
                key = names[name] = _quote_name(name)
            if type(value) in _KINDS:
                self.keys.append(prefix + key)
                self.values.append(value)
            else:
                self._add_nested(prefix + key, value, depth + 1)

    def _add_nested(self, key: str, value: object, depth: int) -> None:
        """Add the rows of a value that is not a plain scalar; ``depth`` is that of its members."""
        if isinstance(value, Mapping):
            if not value:
                self._add_row(f"{key}{{}}", "{}")
            elif depth > MAX_EVIDENCE_DEPTH:
                self._add_row(
                    f"{key}{{...}}", f"{len(value):,} members, deeper than {MAX_EVIDENCE_DEPTH}"
                )
            else:
                self.add(value, f"{key}.", depth)
        elif isinstance(value, list | tuple):
            if not value:
                self._add_row(f"{key}[]", "[]")
            elif depth > MAX_EVIDENCE_DEPTH:
                self._add_row(
                    f"{key}[...]", f"{len(value):,} items, deeper than {MAX_EVIDENCE_DEPTH}"
                )
            else:
                self._add_items(key, value, depth)
        elif isinstance(value, str | int | float):  # of a derived class
            self._add_row(key, value)
        else:
            raise ArgumentError(f"Evidence holds a {type(value).__name__}, which JSON cannot hold.")

    def _add_items(self, key: str, items: Sequence[Any], depth: int) -> None:
        for index, item in enumerate(items[:MAX_ITEMS]):
            if type(item) in _KINDS:
                self._add_row(f"{key}[{index}]", item)
            else:
                self._add_nested(f"{key}[{index}]", item, depth + 1)
        if len(items) > MAX_ITEMS:
            self._add_row(f"{key}[{MAX_ITEMS}...]", f"shown {MAX_ITEMS} of {len(items):,}")

    def _add_row(self, key: str, value: Scalar) -> None:
        self.keys.append(key)
        self.values.append(value)


def _quote_name(name: object) -> str:
    """Return a member's name as part of a key."""
    if not isinstance(name, str):
        raise ArgumentError(f"Evidence has a member named by a {type(name).__name__}, not a text.")
    if len(name) > MAX_NAME_LENGTH:
        digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{json.dumps(name[:_SHORT_NAME_LENGTH])}~{digest}"
    if not name.isprintable():
        return json.dumps(name)
    if not name or name.startswith("(") or name != name.strip() or not _GRAMMAR.isdisjoint(name):
        return json.dumps(name, ensure_ascii=False)
    return name


def kind_of(value: object) -> str:
    """Return the kind of a value: ``"number"``, ``"text"``, ``"boolean"`` or ``"null"``.

    A number too large for a float counts as text, as no statistics can use it.

    Examples
    --------
    >>> [kind_of(value) for value in (1, True, None, "1", 10**400)]
    ['number', 'boolean', 'null', 'text', 'text']
    """
    kind = _KINDS.get(type(value), TEXT)
    if kind is not NUMBER:
        return kind
    within = isfinite(value) if type(value) is float else -_MAX_FINITE <= value <= _MAX_FINITE  # type: ignore[operator]
    return NUMBER if within else TEXT


def value_text(value: Scalar) -> str | None:
    """Return a value as text: a text unchanged, null as null, others as JSON.

    Examples
    --------
    >>> [value_text(value) for value in (0.5, True, None, "x")]
    ['0.5', 'true', None, 'x']
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def as_texts(texts: list[str | None]) -> pa.Array:
    r"""Return a column of texts, with half surrogate pairs escaped, which no file could hold.

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
