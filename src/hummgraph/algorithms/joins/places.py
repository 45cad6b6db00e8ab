"""Places: where tables lie in a warehouse, and what their columns are called there."""

from __future__ import annotations

import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from hummgraph.algorithms.entities.mapping import known_map
from hummgraph.algorithms.entities.tokens import split_name
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.errors.texts import quoted

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Part", "Places", "Schemas", "native_name"]

Schemas: TypeAlias = Mapping[str, str] | str | PathLike[str]
"""Places of tables: ``{"Salesforce": "raw.salesforce"}``, or a JSON or TOML file of such pairs."""

_MOST_PARTS: Final = 3
_SHOWN: Final = 8
_HINT: Final = (
    'Write schemas={"Salesforce": "raw.salesforce", "Stripe/customers": "raw.stripe.customer"}:'
    " a prefix for a system, a whole name for a table."
)


class Part(NamedTuple):
    """Part of a table's name in a warehouse.

    Parameters
    ----------
    name
        The name, without quotes.
    exact
        Whether it was quoted, or is a name of the catalogue: only then does its case matter.
    """

    name: str
    exact: bool


@dataclass(frozen=True, eq=False)
class Places:
    """Places of tables in a warehouse, and the names of their columns there.

    Parameters
    ----------
    graph
        The graph of the tables.
    placed
        Catalogue, schema and name, or the last of them, by the position of a table.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> places = Places.of(graph, {"Salesforce": "raw.salesforce"})
    >>> places.parts(graph.index_of("Salesforce/Lead"))
    ('raw', 'salesforce', 'Lead')
    >>> places.parts(graph.index_of("Stripe/customers")) is None
    True
    """

    graph: LinkGraph
    placed: Mapping[int, tuple[Part, ...]] = field(repr=False)

    @classmethod
    def of(cls, graph: LinkGraph, schemas: Schemas | None) -> Places:
        """Return the places that a mapping tells.

        Parameters
        ----------
        graph
            The graph of the tables.
        schemas
            Places by the name or id of a system, of one of its schemas (``"PostgreSQL/public"``) or
            of a table; or the path of a JSON or TOML file of the same. The place of a system or
            schema is a prefix: the table's own name is added, after its schema if the place is
            that of a system and has one part or none. The place of a table is its whole name.
            Parts are separated by dots outside of double quotes. ``None`` for no place at all.

        Returns
        -------
        Places
            Places of the tables; that of a table goes before that of its schema, and that before
            its system's.

        Raises
        ------
        ArgumentError
            If a system or table does not exist, a place cannot be read, or two tables of one system
            would lie at one place.
        AmbiguousNodeError
            If a name is that of several nodes.

        Notes
        -----
        O(n) for n tables.
        """
        found: dict[int, tuple[int, tuple[Part, ...]]] = {}
        nodes = graph.arrays.nodes
        given = _read(schemas)
        for key, place in given.items():
            parts = _split(key, place)
            node, schema = _find(graph, key)
            if nodes.depth[node] == 1:
                if not 1 <= len(parts) <= _MOST_PARTS:
                    raise _wrong_place(key, place, "a table's name has one to three parts")
                found[node] = 3, parts
                continue
            if len(parts) >= _MOST_PARTS:
                raise _wrong_place(key, place, "the place of a system has at most two parts")
            taken: dict[tuple[str, ...], int] = {}
            for table in range(*nodes.first[[1, 2]].tolist()):
                own = nodes.schema_name[table].as_py()
                if nodes.parent[table] != node or schema not in {None, own}:
                    continue
                whole = _prefixed(graph, table, parts, schema or own, whole_system=schema is None)
                names = tuple(part.name.casefold() for part in whole)
                if taken.setdefault(names, table) != table and not nodes.deleted[table]:
                    raise _same_place(graph, taken[names], table, whole)
                rank = 1 if schema is None else 2
                if rank > found.get(table, (0, ()))[0]:
                    found[table] = rank, whole
        placed = {table: parts for table, (_, parts) in found.items()}
        return cls(graph, MappingProxyType(placed))

    def parts(self, table: int) -> tuple[str, ...] | None:
        """Return catalogue, schema and name of a table by position; ``None`` if they are unknown.

        Fewer parts are the last of the three.
        """
        known = self.placed.get(table)
        return None if known is None else tuple(part.name for part in known)

    def name_of(self, column: int) -> str:
        """Return the name of a column, by position, in its table's place.

        It is the name in its own system, or, where the table's place is that of a landed copy that
        the links show, the name in the copy.
        """
        return self._renamed.get(column) or native_name(self.graph, column)

    @cached_property
    def _renamed(self) -> dict[int, str]:
        """Names of columns in those copies where tables are placed."""
        graph, wanted = self.graph, {}
        for table, copies in landed_copies(graph).items():
            here = self.parts(table)
            if here is None:
                continue
            for copy in copies:
                there = _own_parts(graph, copy)
                if _folded(here[-len(there) :]) == _folded(there):
                    wanted[table] = copy
        if not wanted:
            return {}
        nodes = graph.arrays.nodes
        called: dict[int, dict[tuple[str, ...], int]] = defaultdict(dict)
        first, last = nodes.first[[2, 3]].tolist()
        named = {*wanted, *wanted.values()}
        for column in range(first, last):
            table = int(nodes.ancestor[1][column])
            if table in named:
                called[table].setdefault(_words(graph, column), column)
        return {
            column: native_name(graph, called[copy][words])
            for table, copy in wanted.items()
            for words, column in called[table].items()
            if words in called[copy]
        }

    @cached_property
    def proposed(self) -> Mapping[str, str]:
        """Places of landed copies that the links show, as ``schemas`` takes them.

        Among the systems with copies, it is the one with most; its own tables lie where they are.
        Empty if no table has a copy in a database.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> proposed = Places.of(graph, None).proposed
        >>> proposed["Salesforce/Contact"], proposed["Snowflake"]
        ('"RAW_SALESFORCE"."CONTACT"', '')
        """
        graph = self.graph
        nodes = graph.arrays.nodes
        system, paths = nodes.ancestor[0], nodes.path
        copied = landed_copies(graph)
        n_copies = Counter(int(system[copy]) for copies in copied.values() for copy in copies)
        if not n_copies:
            return MappingProxyType({})
        most = min(n_copies, key=lambda one: (-n_copies[one], paths[one].as_py()))
        found = {paths[most].as_py(): ""}
        for table, copies in copied.items():
            here = [copy for copy in copies if system[copy] == most]
            if here:
                found[paths[table].as_py()] = ".".join(
                    '"' + name.replace('"', '""') + '"' for name in _own_parts(graph, here[0])
                )
        return MappingProxyType(dict(sorted(found.items())))


def landed_copies(graph: LinkGraph) -> dict[int, list[int]]:
    """Return the active copies of each table in databases of other systems, sorted by path."""
    nodes = graph.arrays.nodes
    found: dict[int, list[int]] = defaultdict(list)
    for copy, original in known_map(graph).original.items():
        other = nodes.ancestor[0][copy] != nodes.ancestor[0][original]
        if other and nodes.kind[copy].as_py() == "table" and not nodes.deleted[copy]:
            found[original].append(copy)
    for copies in found.values():
        copies.sort(key=lambda copy: (nodes.path[copy].as_py(), copy))
    return found


def native_name(graph: LinkGraph, node: int) -> str:
    """Return the name of a node in its own system, by position."""
    nodes = graph.arrays.nodes
    name: str = nodes.api_identifier[node].as_py() or nodes.name[node].as_py()
    return name


def _words(graph: LinkGraph, column: int) -> tuple[str, ...]:
    name = native_name(graph, column)
    return ("".join(split_name(name)) or name,)


def _own_parts(graph: LinkGraph, table: int) -> tuple[str, ...]:
    """Return schema and name of a table in its own system."""
    schema = graph.arrays.nodes.schema_name[table].as_py()
    name = native_name(graph, table)
    return (schema, name) if schema else (name,)


def _folded(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in parts)


def _prefixed(
    graph: LinkGraph,
    table: int,
    prefix: tuple[Part, ...],
    schema: str | None,
    *,
    whole_system: bool,
) -> tuple[Part, ...]:
    """Return the place of a table under that of its system or schema."""
    own = [Part(native_name(graph, table), exact=True)]
    if whole_system and schema and len(prefix) < _MOST_PARTS - 1:
        own.insert(0, Part(schema, exact=True))
    return (*prefix, *own)


def _find(graph: LinkGraph, key: str) -> tuple[int, str | None]:
    """Return the system or table that a key names, and the schema if it names one."""
    nodes = graph.arrays.nodes
    try:
        node = graph.index_of(key)
    except NodeNotFoundError as error:
        name, _, schema = key.partition("/")
        for system in range(*nodes.first[[0, 1]].tolist()):
            if nodes.name[system].as_py() == name and schema in _schemas(graph, system):
                return system, schema
        raise _unknown(graph, key) from error
    if nodes.depth[node] > 1:
        raise ArgumentError(
            f"schemas has {quoted(key)}, which is a column; systems and tables have places.",
            hint=_HINT,
        )
    return node, None


def _schemas(graph: LinkGraph, system: int) -> set[str]:
    nodes = graph.arrays.nodes
    rows = range(*nodes.first[[1, 2]].tolist())
    return {nodes.schema_name[row].as_py() for row in rows if nodes.parent[row] == system} - {None}


def _unknown(graph: LinkGraph, key: str) -> ArgumentError:
    nodes = graph.arrays.nodes
    names = sorted(nodes.name.slice(0, int(nodes.first[1])).to_pylist())
    rest = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ArgumentError(
        f"schemas has {quoted(key)}, which is not a system, schema or table; the systems are"
        f" {', '.join(map(quoted, names[:_SHOWN]))}{rest}.",
        hint=_HINT,
    )


def _read(schemas: Any) -> Mapping[str, str]:
    """Return a mapping of places, from a file if it is the path of one."""
    if schemas is None:
        return {}
    if isinstance(schemas, Mapping):
        given: Any = schemas
    elif isinstance(schemas, str | PathLike):
        given = _from_file(Path(schemas))
    else:
        raise ArgumentError(
            "schemas must be a mapping of systems and tables to places, or the path of a JSON or"
            f" TOML file, not a value of type {type(schemas).__name__}.",
            hint=_HINT,
        )
    for key, place in given.items():
        if not isinstance(key, str) or not isinstance(place, str):
            wrong = key if not isinstance(key, str) else place
            raise ArgumentError(
                "schemas must map names to places, both of them texts, not to a value of type"
                f" {type(wrong).__name__}.",
                hint=_HINT,
            )
    read: Mapping[str, str] = given
    return read


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ArgumentError(f"The schemas cannot be read: {reason} ({path}).") from None
    toml = path.suffix.lower() == ".toml"
    try:
        found = tomllib.loads(text) if toml else json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise ArgumentError(
            f"The schemas in {str(path)!r} are not {'TOML' if toml else 'a JSON object'}.",
            hint='A line of TOML reads "Salesforce" = "raw.salesforce"; JSON is'
            ' {"Salesforce": "raw.salesforce"}.',
        )
    return found


def _split(key: str, place: str) -> tuple[Part, ...]:
    """Split a place at the dots outside of double quotes."""
    parts: list[Part] = []
    rest = place.strip()
    while rest:
        if rest.startswith('"'):
            end = 1
            while end < len(rest) and (rest[end] != '"' or rest[end : end + 2] == '""'):
                end += 2 if rest[end] == '"' else 1
            if end >= len(rest):
                raise _wrong_place(key, place, "a quote is not closed")
            parts.append(Part(rest[1:end].replace('""', '"'), exact=True))
            rest = rest[end + 1 :]
        else:
            name, dot, after = rest.partition(".")
            parts.append(Part(name.strip(), exact=False))
            rest = dot + after
        if rest and (not rest.startswith(".") or rest == "."):
            raise _wrong_place(key, place, "parts are separated by dots")
        rest = rest[1:]
    if any(not part.name or ('"' in part.name and not part.exact) for part in parts):
        raise _wrong_place(key, place, "a part is empty or has a quote inside")
    return tuple(parts)


def _wrong_place(key: str, place: str, rule: str) -> ArgumentError:
    return ArgumentError(
        f"schemas has the place {quoted(place)} for {quoted(key)}; {rule}.", hint=_HINT
    )


def _same_place(graph: LinkGraph, one: int, other: int, parts: tuple[Part, ...]) -> ArgumentError:
    paths = graph.arrays.nodes.path
    place = ".".join(part.name for part in parts)
    return ArgumentError(
        f"By schemas, {quoted(paths[one].as_py())} and {quoted(paths[other].as_py())} would both"
        f" lie at {quoted(place)}.",
        hint=f"Place each of their schemas, as in {paths[other].as_py().rpartition('.')[0]!r}, or"
        " each table by its path.",
    )
