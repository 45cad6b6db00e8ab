"""Attributes that somebody computed elsewhere, for the nodes and links of a file.

Whatever they come as, mappings, columns or tables, they become columns of Arrow for nodes and for
links, in the order in which these are written, of five types: truth values, whole numbers of 64
bits, numbers, text and times.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import ArgumentError, LinkNotFoundError
from hummgraph.graph.elements import Link
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.ids import id_bytes, parse_id
from hummgraph.records.tables.cells import is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hummgraph.graph.projection import Projection

__all__ = ["LINK_RESERVED", "NODE_RESERVED", "TYPES", "Attributes", "attributes_of"]

_RESERVED: Final = frozenset(
    """
    dcterms evidence id key kind label match name parent_id rdf skos source target xsd
    """.split()  # noqa: SIM905 - a list of words
)

NODE_RESERVED: Final = _RESERVED | frozenset(
    """
    api_identifier cluster_contradictions cluster_id cluster_index cluster_name data_type deleted
    description has_is_active is_active key_facts level node_id node_name parent path resolved
    schema_name system table
    """.split()  # noqa: SIM905 - a list of words
)
"""What formats call attributes of nodes of their own."""

LINK_RESERVED: Final = _RESERVED | frozenset(
    """
    confidence contradiction created_at has_confidence has_weight interaction link_id link_type
    status updated_at weight
    """.split()  # noqa: SIM905 - a list of words
)
"""What formats call attributes of links of their own."""

TYPES: Final[dict[str, pa.DataType]] = {
    "boolean": pa.bool_(),
    "long": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "time": pa.timestamp("us", "UTC"),
}
"""Types of attributes, by the names that files give them."""

_NAME: Final = re.compile(r"\w(?:[\w .()/%-]*[\w)%])?")
_LIFTED: Final = "Write the graph itself, or give node_attributes= only."


@dataclass(frozen=True, eq=False)
class Attributes:
    """Columns of nodes and of links, in the order in which they are written.

    Parameters
    ----------
    nodes, links
        As many rows as there are nodes and links; without columns where there are no attributes.
    """

    nodes: pa.RecordBatch
    links: pa.RecordBatch

    @property
    def facts(self) -> dict[str, str]:
        """Names and types of the attributes, as JSON texts, for what is true of the whole."""
        batches = {"node_attributes": self.nodes, "link_attributes": self.links}
        return {
            name: json.dumps({field.name: _type_name(field.type) for field in batch.schema})
            for name, batch in batches.items()
            if batch.num_columns
        }


def attributes_of(graph: LinkGraph | Projection, nodes: Any, links: Any) -> Attributes:
    """Return attributes of nodes and links as columns in the order of the graph.

    Parameters
    ----------
    graph
        What is written.
    nodes, links
        As for :func:`hummgraph.write`, or ``None``.

    Raises
    ------
    ArgumentError
        If a name is taken or cannot be written, values are of several types or of another than
        those of ``TYPES``, there are more or fewer of them than nodes or links, one node or link
        has two, or links are lifted.
    NodeNotFoundError, AmbiguousNodeError, LinkNotFoundError
        If a node or link is not in the graph.

    Notes
    -----
    O(n) for n nodes, links and values.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> found = attributes_of(graph, {"rank": {"Stripe": 1}}, None)
    >>> found.nodes.column("rank").null_count == graph.n_nodes - 1
    True
    """
    whole = graph if isinstance(graph, LinkGraph) else graph.graph
    if graph is not whole and links is not None:
        raise ArgumentError("Links are lifted to a level: theirs have no place.", hint=_LIFTED)
    return Attributes(
        _batch(_Nodes(graph), nodes),
        _batch(_Links(whole), links),
    )


class _Nodes:
    """The nodes that are written, as attributes name them."""

    option, one, several = "node_attributes", "node", "nodes"
    keys, reserved = ("node_id", "id"), NODE_RESERVED

    def __init__(self, graph: LinkGraph | Projection) -> None:
        self._begin = 0
        if isinstance(graph, LinkGraph):
            self._graph, self.n = graph, graph.n_nodes
        else:
            self._graph = graph.graph
            first = self._graph.arrays.nodes.first
            self._begin = int(first[graph.level.depth])
            self.n = int(first[graph.level.depth + 1]) - self._begin
        ids = self._graph.arrays.nodes.id_text.to_pylist()
        self._codes = {node_id: code for code, node_id in enumerate(ids)}

    def position(self, key: Any) -> int | None:
        """Return the row of a node, by id, name or as a Node; ``None`` if it is not written."""
        code = self._codes.get(key) if isinstance(key, str) else None
        place = (self._graph.index_of(key) if code is None else code) - self._begin
        return place if 0 <= place < self.n else None


class _Links:
    """The links that are written, as attributes name them."""

    option, one, several = "link_attributes", "link", "links"
    keys, reserved = ("link_id", "id"), LINK_RESERVED

    def __init__(self, graph: LinkGraph) -> None:
        self._graph, self.n = graph, graph.n_links

    def position(self, key: Any) -> int | None:
        """Return the row of a link, by id or as a Link; ``None`` if a filter left it out."""
        if not isinstance(key, str | UUID | Link):
            raise ArgumentError(f"A link is an id or a Link, not a value of type {_kind(key)}.")
        wanted = key.link_id if isinstance(key, Link) else str(key)
        packed = parse_id(wanted)
        found = None if packed is None else self._rows.get(packed)
        if found is None and (packed is None or packed not in self._all):
            raise LinkNotFoundError(
                f"No link has the id {wanted!r} ({self.n:,} links).",
                hint="Give link_attributes= the ids in graph.links.",
            )
        return found

    @cached_property
    def _rows(self) -> dict[bytes, int]:
        """Row of each link that is written, by its id."""
        return {link_id.tobytes(): row for row, link_id in enumerate(self._graph.link_ids)}

    @cached_property
    def _all(self) -> set[bytes]:
        """Ids of all links, those that a filter has left out as well."""
        column = self._graph.snapshot.links.column("link_id").combine_chunks()
        return {link_id.tobytes() for link_id in id_bytes(column)}


def _batch(rows: _Nodes | _Links, given: Any) -> pa.RecordBatch:
    """Return attributes as columns of all nodes or links."""
    if given is None:
        return pa.record_batch({})
    columns: dict[str, pa.Array] = {}
    for name, values in _named(rows, given):
        _check_name(rows, name, columns)
        columns[name] = _column(rows, name, values)
    return pa.record_batch(columns)


def _named(rows: _Nodes | _Links, given: Any) -> Iterator[tuple[Any, Any]]:
    """Yield names, and values by node or link or in order."""
    if isinstance(given, Mapping):
        yield from given.items()
        return
    if not hasattr(given, "__arrow_c_stream__"):
        raise ArgumentError(
            f"{rows.option} is of type {_kind(given)}; it must be a mapping or a table.",
            hint=f'{rows.option}={{"pagerank": {{{rows.one}_id: 0.1, ...}}}}, say.',
        )
    try:
        table = pa.table(given)
    except (pa.ArrowException, TypeError, ValueError, AttributeError) as error:
        raise ArgumentError(
            f"{rows.option} is of type {_kind(given)}, which is no table that Arrow reads."
        ) from error
    keys = _key_column(rows, table)
    named = table.column(keys).cast(pa.string()).to_pylist()
    if None in named:
        raise ArgumentError(f"The column {keys!r} of {rows.option} has nulls.")
    places = _places(rows, named)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name not in {keys, _INDEX}:
            yield name, _Placed(places, column.combine_chunks())


_INDEX: Final = "__index_level_0__"  # what pandas calls an index without a name


def _key_column(rows: _Nodes | _Links, table: pa.Table) -> str:
    """Return the name of the column that names nodes or links."""
    for wanted in (*rows.keys, _INDEX):
        for name in table.column_names:
            # An index that nobody made is numbers.
            numbers = pa.types.is_integer(table.schema.field(name).type)
            if name.casefold() == wanted and not numbers:
                return str(name)
    raise ArgumentError(
        f"The table of {rows.option} has no column {rows.keys[0]!r}; it has"
        f" {', '.join(table.column_names)}.",
        hint=f"Name the column of ids {rows.keys[0]}.",
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A column of a table with the row of each of its values, -1 where it is not written."""

    places: np.ndarray[Any, np.dtype[np.int64]]
    values: pa.Array


def _places(rows: _Nodes | _Links, keys: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the row of each node or link, -1 where it is not written.

    Raises
    ------
    ArgumentError
        If two are the same.
    """
    places = [rows.position(key) for key in keys]
    seen: set[int] = set()
    for key, place in zip(keys, places, strict=True):
        if place is not None and place in seen:
            raise ArgumentError(
                f"{rows.option} has values of {str(key)!r} twice.",
                hint=f"Keep one value a {rows.one}.",
            )
        if place is not None:
            seen.add(place)
    return np.array([-1 if place is None else place for place in places], dtype=np.int64)


def _check_name(rows: _Nodes | _Links, name: Any, taken: Mapping[str, object]) -> None:
    """Raise if no file can have an attribute of this name."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ArgumentError(
            f"{rows.option} has an attribute {name!r}; a name is made of letters, digits, spaces"
            " and any of _ . - ( ) / %, and begins with a letter, a digit or _.",
            hint="Rename it.",
        )
    folded = name.casefold()
    if folded in rows.reserved:
        raise ArgumentError(
            f"{rows.option} has an attribute {name!r}, which is hummgraph's own name for one of"
            f" {rows.several}.",
            hint=f"Rename it, 'my_{folded}' say, or leave it out.",
        )
    if folded in {other.casefold() for other in taken}:
        raise ArgumentError(
            f"{rows.option} has the attribute {name!r} twice, in different case.",
            hint="Many tools take both for one: rename one.",
        )


def _column(rows: _Nodes | _Links, name: str, given: Any) -> pa.Array:
    """Return an attribute of all nodes or links; a null where there is none."""
    if isinstance(given, _Placed):
        return _placed(rows, name, given)
    if isinstance(given, Mapping):
        return _by_key(rows, name, list(given), list(given.values()))
    index = getattr(given, "index", None)
    if getattr(index, "inferred_type", "") == "string":  # of a pandas.Series
        return _by_key(rows, name, index.tolist(), given.tolist())  # type: ignore[union-attr]  # as pandas has it
    values = _values(rows, name, given)
    if len(values) != rows.n:
        raise ArgumentError(
            f"{rows.option} has {len(values):,} values of {name!r} for {rows.n:,} {rows.several}.",
            hint=f"Give one a {rows.one}, in the order of graph.{rows.several}, or a mapping.",
        )
    return values


def _by_key(rows: _Nodes | _Links, name: str, keys: list[Any], values: list[Any]) -> pa.Array:
    return _placed(rows, name, _Placed(_places(rows, keys), _typed(rows, name, values)))


def _placed(rows: _Nodes | _Links, name: str, given: _Placed) -> pa.Array:
    """Put values at their rows."""
    values = _values(rows, name, given.values)
    kept = np.flatnonzero(given.places >= 0)
    at = np.full(rows.n, -1, dtype=np.int64)
    at[given.places[kept]] = kept
    return values.take(pa.array(at, mask=at < 0))


def _values(rows: _Nodes | _Links, name: str, given: Any) -> pa.Array:
    """Return values in order as one Arrow array of a type that files have."""
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    elif not isinstance(given, pa.Array):
        listed: Callable[[], list[Any]] | None = getattr(given, "to_list", None)
        if isinstance(given, np.ndarray):
            if given.ndim != 1:
                raise ArgumentError(
                    f"{rows.option} has an array of {given.ndim} dimensions as {name!r}; it must"
                    " have one."
                )
            if given.dtype.kind in "biufM":
                return _cast(rows, name, pa.array(given, from_pandas=True))
            given = given.tolist()
        elif listed is not None:  # of pandas and polars
            given = listed()
        if not isinstance(given, list | tuple):
            raise ArgumentError(
                f"{rows.option} has a value of type {_kind(given)} as {name!r}; it must be a"
                f" mapping of {rows.several} to values, or a column."
            )
        return _typed(rows, name, given)
    return _cast(rows, name, given)


def _cast(rows: _Nodes | _Links, name: str, values: pa.Array) -> pa.Array:
    """Return an Arrow array as the type of files that holds it."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    types = pa.types
    if types.is_boolean(kind):
        return values
    try:
        if types.is_integer(kind):
            return values.cast(pa.int64())
        if types.is_floating(kind) or types.is_decimal(kind):
            numbers = values.cast(pa.float64())
            numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
            if pc.any(pc.is_inf(numbers)).as_py():
                raise _infinite(rows, name)
            return numbers
        if types.is_timestamp(kind):
            return values.cast(TYPES["time"], safe=False)
        if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
            return values.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise ArgumentError(
            f"{rows.option} has values of {name!r} that 64 bits do not hold."
        ) from error
    # Such as string views, or UUIDs; what Python makes of them is looked at one by one.
    return _typed(rows, name, values.to_pylist())


def _typed(rows: _Nodes | _Links, name: str, values: Sequence[Any]) -> pa.Array:
    """Return Python's values as an Arrow array, of the one type that they all have."""
    plain = [_plain(rows, name, value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    if kinds == {int, float}:
        kinds, plain = {float}, [None if value is None else float(value) for value in plain]
    if len(kinds) > 1:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise ArgumentError(
            f"{rows.option} has values of several types as {name!r}: {found}.",
            hint="Make them one type.",
        )
    made = {bool: "boolean", int: "long", float: "double", datetime: "time"}
    try:
        return pa.array(plain, TYPES[made.get(next(iter(kinds), str), "string")])
    except (OverflowError, pa.ArrowInvalid) as error:
        raise ArgumentError(
            f"{rows.option} has values of {name!r} that 64 bits do not hold."
        ) from error


def _plain(rows: _Nodes | _Links, name: str, value: Any) -> Any:
    """Return a value as Python's own type, ``None`` where it stands for a null."""
    if isinstance(value, np.datetime64):
        value = value.astype("M8[us]")
    if isinstance(value, np.generic):
        value = value.item()
    if is_null(value):
        return None
    if isinstance(value, bool | int):
        return value if isinstance(value, bool) else int(value)
    if isinstance(value, float | Decimal):
        if math.isinf(value):
            raise _infinite(rows, name)
        return float(value)
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, datetime):
        moment = datetime.fromisoformat(value.isoformat())  # pandas' own has nanoseconds
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    raise ArgumentError(
        f"{rows.option} has a value of type {_kind(value)} as {name!r}; values are bool, int,"
        " float, str, datetime or None.",
        hint="Write it as text.",
    )


def _infinite(rows: _Nodes | _Links, name: str) -> ArgumentError:
    return ArgumentError(
        f"{rows.option} has an infinite number as {name!r}, which few formats can write.",
        hint="Leave such values out.",
    )


def _kind(value: object) -> str:
    return type(value).__name__


def _type_name(kind: pa.DataType) -> str:
    return next(name for name, known in TYPES.items() if known == kind)
