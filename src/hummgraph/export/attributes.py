"""Attributes that a user computed elsewhere, for the nodes and links of a file.

Mappings, columns and tables become Arrow columns for nodes and for links, in the order in which
nodes and links are written. There are five types: truth values, whole numbers of 64 bits,
floating-point numbers, text and times.
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
from unicodedata import category, normalize
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

__all__ = [
    "LINK_RESERVED",
    "NODE_RESERVED",
    "PROFILE_ATTRIBUTES",
    "TYPES",
    "Attributes",
    "attributes_of",
]

_RESERVED: Final = frozenset(
    """
    dcterms evidence id key kind label match name parent_id rdf skos source target xsd
    """.split()  # noqa: SIM905 - a list of literals would take a line for each word
)

NODE_RESERVED: Final = _RESERVED | frozenset(
    """
    api_identifier cluster_contradictions cluster_id cluster_index cluster_name data_type deleted
    description has_is_active is_active key_facts level node_id node_name parent path resolved
    schema_name system table
    """.split()  # noqa: SIM905 - a list of literals would take a line for each word
)
"""Names of attributes that formats write of nodes themselves, in lower case."""

LINK_RESERVED: Final = _RESERVED | frozenset(
    """
    confidence contradiction created_at has_confidence has_weight interaction link_id link_type
    status updated_at weight
    """.split()  # noqa: SIM905 - a list of literals would take a line for each word
)
"""Names of attributes that formats write of links themselves, in lower case."""

PROFILE_ATTRIBUTES: Final = {
    "gephi": frozenset({"x", "y", "size", "r", "g", "b"}),
    "cytoscape": frozenset({"field"}),
}
"""Attributes of nodes that a profile of GraphML adds for its reader, by profile."""

TYPES: Final[dict[str, pa.DataType]] = {
    "boolean": pa.bool_(),
    "long": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "time": pa.timestamp("us", "UTC"),
}
"""Types of attributes, by their names in files."""

_VALID_NAME: Final = re.compile(r"\w(?:[\w .()/%-]*[\w)%])?")
_LIFTED_HINT: Final = "Write the graph itself, or pass node_attributes= only."


@dataclass(frozen=True, eq=False)
class Attributes:
    """Columns of nodes and of links, in the order in which nodes and links are written.

    Parameters
    ----------
    nodes, links
        One row for each node or link; no columns if there are no attributes.
    """

    nodes: pa.RecordBatch
    links: pa.RecordBatch

    @property
    def facts(self) -> dict[str, str]:
        """Names and types of the attributes, as JSON texts, for the facts of a whole file."""
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
        The graph or projection to write.
    nodes, links
        Attributes as for :func:`hummgraph.write`, or ``None``.

    Raises
    ------
    ArgumentError
        If a name is reserved or invalid; if values are of several types, or of a type that is not
        in ``TYPES``; if the number of values is not the number of nodes or links; if a node or link
        has two values; or if attributes of links are given for a projection.
    NodeNotFoundError, AmbiguousNodeError, LinkNotFoundError
        If a node or link is not in the graph, or the name of a node is ambiguous.

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
        raise ArgumentError(
            "link_attributes cannot be written with links lifted to a level.", hint=_LIFTED_HINT
        )
    return Attributes(
        _build_columns(_NodeRows(graph), nodes),
        _build_columns(_LinkRows(whole), links),
    )


class _NodeRows:
    """Rows of the nodes that are written, by the keys that attributes may use."""

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
        """Return the row of a node, given by id, name or Node; ``None`` if it is not written."""
        code = self._codes.get(key) if isinstance(key, str) else None
        place = (self._graph.index_of(key) if code is None else code) - self._begin
        return place if 0 <= place < self.n else None


class _LinkRows:
    """Rows of the links that are written, by the keys that attributes may use."""

    option, one, several = "link_attributes", "link", "links"
    keys, reserved = ("link_id", "id"), LINK_RESERVED

    def __init__(self, graph: LinkGraph) -> None:
        self._graph, self.n = graph, graph.n_links

    def position(self, key: Any) -> int | None:
        """Return the row of a link, given by id or Link; ``None`` if a filter removed it."""
        if not isinstance(key, str | UUID | Link):
            raise ArgumentError(
                f"link_attributes has a key of type {_class_name(key)}; a link is an id or a Link."
            )
        wanted = key.link_id if isinstance(key, Link) else str(key)
        packed = parse_id(wanted)
        found = None if packed is None else self._row_by_id.get(packed)
        if found is None and (packed is None or packed not in self._all_ids):
            raise LinkNotFoundError(
                f"No link has the id {wanted!r} ({self.n:,} links).",
                hint="Use ids that are in graph.links.",
            )
        return found

    @cached_property
    def _row_by_id(self) -> dict[bytes, int]:
        """Row of each link that is written, by link id."""
        return {link_id.tobytes(): row for row, link_id in enumerate(self._graph.link_ids)}

    @cached_property
    def _all_ids(self) -> set[bytes]:
        """Ids of all links of the snapshot, including those that a filter removed."""
        column = self._graph.snapshot.links.column("link_id").combine_chunks()
        return {link_id.tobytes() for link_id in id_bytes(column)}


def _build_columns(rows: _NodeRows | _LinkRows, given: Any) -> pa.RecordBatch:
    """Build the columns of attributes of all nodes or links."""
    if given is None:
        return pa.record_batch({})
    columns: dict[str, pa.Array] = {}
    for name, values in _named_values(rows, given):
        _check_name(rows, name, columns)
        columns[name] = _build_column(rows, name, values)
    return pa.record_batch(columns)


def _named_values(rows: _NodeRows | _LinkRows, given: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the name and values of each attribute of a mapping or table."""
    if isinstance(given, Mapping):
        yield from given.items()
        return
    if not hasattr(given, "__arrow_c_stream__"):
        raise ArgumentError(
            f"{rows.option} is of type {_class_name(given)}; it must be a mapping or a table.",
            hint=f'For example: {rows.option}={{"pagerank": {{{rows.one}_id: 0.1, ...}}}}.',
        )
    try:
        table = pa.table(given)
    except (pa.ArrowException, TypeError, ValueError, AttributeError) as error:
        raise ArgumentError(
            f"{rows.option} is of type {_class_name(given)}, which Arrow cannot read as a table."
        ) from error
    keys = _key_column(rows, table)
    named = table.column(keys).cast(pa.string()).to_pylist()
    if None in named:
        raise ArgumentError(f"The column {keys!r} of {rows.option} has nulls.")
    places = _find_rows(rows, named)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name not in {keys, _PANDAS_INDEX}:
            yield name, _PlacedColumn(places, column.combine_chunks())


_PANDAS_INDEX: Final = "__index_level_0__"  # the column that pandas makes of an unnamed index


def _key_column(rows: _NodeRows | _LinkRows, table: pa.Table) -> str:
    """Return the name of the column with the ids of nodes or links."""
    for wanted in (*rows.keys, _PANDAS_INDEX):
        for name in table.column_names:
            # The default index of pandas holds row numbers, not ids.
            numbers = pa.types.is_integer(table.schema.field(name).type)
            if name.casefold() == wanted and not numbers:
                return str(name)
    raise ArgumentError(
        f"The table of {rows.option} has no column {rows.keys[0]!r}; it has"
        f" {', '.join(table.column_names)}.",
        hint=f"Rename the column of ids to {rows.keys[0]!r}.",
    )


@dataclass(frozen=True, slots=True)
class _PlacedColumn:
    """A column of a table, and the row of each value: -1 if the value is not written."""

    places: np.ndarray[Any, np.dtype[np.int64]]
    values: pa.Array


def _find_rows(
    rows: _NodeRows | _LinkRows, keys: Sequence[Any]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the row of each node or link: -1 if it is not written.

    Raises
    ------
    ArgumentError
        If a node or link occurs twice.
    """
    places = [rows.position(key) for key in keys]
    seen: set[int] = set()
    for key, place in zip(keys, places, strict=True):
        if place is not None and place in seen:
            raise ArgumentError(
                f"{rows.option} has two values for {str(key)!r}.",
                hint=f"Keep one value for each {rows.one}.",
            )
        if place is not None:
            seen.add(place)
    return np.array([-1 if place is None else place for place in places], dtype=np.int64)


def _is_valid(name: str) -> bool:
    """Return whether a name has only characters that it may have; accents may follow letters."""
    marks = {mark for mark in name if category(mark) in {"Mn", "Mc"}}
    bare = "".join(character for character in name if character not in marks)
    return name[:1] not in marks and _VALID_NAME.fullmatch(bare) is not None


def _folded(name: str) -> str:
    """Return a text that is equal for names that look alike."""
    return normalize("NFC", name).casefold()


def _check_name(rows: _NodeRows | _LinkRows, name: Any, taken: Mapping[str, object]) -> None:
    """Raise if the name of an attribute is invalid, reserved or a duplicate."""
    if not isinstance(name, str) or not _is_valid(name):
        raise ArgumentError(
            f"{rows.option} has an attribute {name!r}; a name consists of letters, digits, spaces"
            " and any of _ . - ( ) / %. It begins with a letter, a digit or _, and ends with one of"
            " these, ) or %.",
            hint="Rename the attribute.",
        )
    folded = _folded(name)
    if folded in rows.reserved:
        raise ArgumentError(
            f"{rows.option} has an attribute {name!r}, a name that hummgraph uses for an attribute"
            f" of {rows.several}.",
            hint=f"Rename it, for example to 'my_{folded}', or leave it out.",
        )
    if folded in {_folded(other) for other in taken}:
        raise ArgumentError(
            f"{rows.option} has the attribute {name!r} twice, in different case or forms of"
            " accents.",
            hint="Rename one of them: many tools do not distinguish case.",
        )


def _build_column(rows: _NodeRows | _LinkRows, name: str, given: Any) -> pa.Array:
    """Build the column of an attribute for all nodes or links, with null for missing values."""
    if isinstance(given, _PlacedColumn):
        return _fill_column(rows, name, given)
    if isinstance(given, Mapping):
        return _column_by_key(rows, name, list(given), list(given.values()))
    index = getattr(given, "index", None)
    if getattr(index, "inferred_type", "") == "string":  # of a pandas.Series
        keys: list[Any] = index.tolist()  # type: ignore[union-attr]  # not None: it has inferred_type
        return _column_by_key(rows, name, keys, given.tolist())
    values = _convert_values(rows, name, given)
    if len(values) != rows.n:
        raise ArgumentError(
            f"{rows.option} has {len(values):,} values of {name!r} for {rows.n:,} {rows.several}.",
            hint=f"Pass one value for each {rows.one}, in the order of graph.{rows.several}, or a"
            " mapping.",
        )
    return values


def _column_by_key(
    rows: _NodeRows | _LinkRows, name: str, keys: list[Any], values: list[Any]
) -> pa.Array:
    """Build a column of values that are given by node or link."""
    return _fill_column(
        rows, name, _PlacedColumn(_find_rows(rows, keys), _array_of_values(rows, name, values))
    )


def _fill_column(rows: _NodeRows | _LinkRows, name: str, given: _PlacedColumn) -> pa.Array:
    """Build a column with each value in its row, and null in all other rows."""
    values = _convert_values(rows, name, given.values)
    kept = np.flatnonzero(given.places >= 0)
    at = np.full(rows.n, -1, dtype=np.int64)
    at[given.places[kept]] = kept
    return values.take(pa.array(at, mask=at < 0))


def _convert_values(rows: _NodeRows | _LinkRows, name: str, given: Any) -> pa.Array:
    """Convert values in order to an Arrow array of one of ``TYPES``."""
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    elif not isinstance(given, pa.Array):
        listed: Callable[[], list[Any]] | None = getattr(given, "to_list", None)
        if isinstance(given, np.ndarray):
            if given.ndim != 1:
                raise ArgumentError(
                    f"{rows.option} has an array of {given.ndim} dimensions as {name!r}; it must"
                    " have one dimension."
                )
            if given.dtype.kind in "biufM":
                return _cast_array(rows, name, pa.array(given, from_pandas=True))
            given = given.tolist()
        elif listed is not None:  # a Series of pandas or polars
            given = listed()
        if not isinstance(given, list | tuple):
            raise ArgumentError(
                f"{rows.option} has a value of type {_class_name(given)} as {name!r}; it must be a"
                f" mapping of {rows.several} to values, or a column."
            )
        return _array_of_values(rows, name, given)
    return _cast_array(rows, name, given)


def _cast_array(rows: _NodeRows | _LinkRows, name: str, values: pa.Array) -> pa.Array:
    """Cast an Arrow array to the one of ``TYPES`` that holds its values."""
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
                raise _infinity_error(rows, name)
            return numbers
        if types.is_timestamp(kind):
            return values.cast(TYPES["time"], safe=False)
        if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
            return values.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise ArgumentError(
            f"{rows.option} has values of {name!r} that do not fit 64 bits."
        ) from error
    # Other types, such as string views and UUIDs, are converted value by value.
    return _array_of_values(rows, name, values.to_pylist())


def _array_of_values(rows: _NodeRows | _LinkRows, name: str, values: Sequence[Any]) -> pa.Array:
    """Return Python values, all of one type, as an Arrow array."""
    plain = [_plain_value(rows, name, value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    if kinds == {int, float}:
        kinds, plain = {float}, [None if value is None else float(value) for value in plain]
    if len(kinds) > 1:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise ArgumentError(
            f"{rows.option} has values of several types as {name!r}: {found}.",
            hint="Convert all values to one type.",
        )
    made = {bool: "boolean", int: "long", float: "double", datetime: "time"}
    try:
        return pa.array(plain, TYPES[made.get(next(iter(kinds), str), "string")])
    except UnicodeEncodeError as error:
        raise ArgumentError(
            f"{rows.option} has half of a surrogate pair, not a character, as {name!r}.",
            hint="Decode the text again, with errors='replace'.",
        ) from error
    except (OverflowError, pa.ArrowInvalid) as error:
        raise ArgumentError(
            f"{rows.option} has values of {name!r} that do not fit 64 bits."
        ) from error


def _plain_value(rows: _NodeRows | _LinkRows, name: str, value: Any) -> Any:
    """Return a value as a built-in type of Python, ``None`` for a missing value."""
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
            raise _infinity_error(rows, name)
        return float(value)
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, datetime):
        moment = datetime.fromisoformat(value.isoformat())  # drops the nanoseconds of pandas
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    raise ArgumentError(
        f"{rows.option} has a value of type {_class_name(value)} as {name!r}; values are bool, int,"
        " float, str, datetime or None.",
        hint="Convert it to text.",
    )


def _infinity_error(rows: _NodeRows | _LinkRows, name: str) -> ArgumentError:
    return ArgumentError(
        f"{rows.option} has an infinite number as {name!r}, which few formats can hold.",
        hint="Leave infinite values out.",
    )


def _class_name(value: object) -> str:
    return type(value).__name__


def _type_name(kind: pa.DataType) -> str:
    return next(name for name, known in TYPES.items() if known == kind)
