"""SQL of join paths, quoted for a dialect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hummgraph.algorithms.joins.path import via_of
from hummgraph.algorithms.joins.places import Part, Places, native_name
from hummgraph.algorithms.joins.values import cardinality_of
from hummgraph.algorithms.kernels.steps import format_confidence
from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.frames import visible
from hummgraph.graph.elements import Level
from hummgraph.records.display import shown_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlglot import Generator
    from sqlglot import expressions as exp

    from hummgraph.algorithms.joins.path import JoinPath
    from hummgraph.algorithms.joins.places import Schemas
    from hummgraph.algorithms.kernels.steps import Step

__all__ = ["sql_in", "sql_of"]

# Characters that some SQL parser may treat as the end of a line, and so of a comment.
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_ALIASES = re.compile(r"[^a-z0-9]+")
_MOST_LETTERS: Final = 60
"""Longest alias: PostgreSQL cuts names after 63 bytes, and two might become one."""

_FAMILIES: Final = (
    ("uuid", re.compile(r"uuid|guid|uniqueid")),
    ("time", re.compile(r"date|time")),
    ("flag", re.compile(r"bool|^bit$|checkbox")),
    (
        "number",
        re.compile(
            r"(?<![a-z])(?:big|small|tiny|medium|huge|u|unsigned )*int(?:eger)?(?:\d+)?(?![a-z])"
            r"|num|decimal|double|float|real|money|currency|percent|serial|^long|^short"
        ),
    ),
    (
        "text",
        re.compile(
            r"char|text|string|clob|^id$|reference|lookup|e-?mail|phone|^ur[il]$|picklist|enum"
        ),
    ),
)
"""Families of types whose values databases compare with each other; the first that fits."""


def sql_of(path: JoinPath, dialect: str | None, schemas: Schemas | None) -> str:
    """Return a join path as a query; see :meth:`JoinPath.to_sql`."""
    return sql_in(path, [dialect], schemas)[0]


def sql_in(
    path: JoinPath, dialects: Sequence[str | None], schemas: Schemas | None = None
) -> list[str]:
    """Return a join path as a query in several dialects; see :meth:`JoinPath.to_sql`.

    Parameters
    ----------
    path
        The path.
    dialects
        Dialects of sqlglot; ``None`` for standard SQL.
    schemas
        Places of tables.

    Raises
    ------
    ArgumentError, MissingDependencyError
        The same as in :meth:`JoinPath.to_sql`.

    Examples
    --------
    >>> from hummgraph import LinkGraph, join_paths
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> (path,) = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1)
    >>> [sql.count("`") > 0 for sql in sql_in(path, ["duckdb", "bigquery"])]
    [False, True]
    """
    try:
        import sqlglot
    except ImportError as error:
        raise MissingDependencyError(
            "sqlglot is not installed.", hint="pip install 'hummgraph[sql]'"
        ) from error
    for dialect in dialects:
        try:
            sqlglot.Dialect.get_or_raise(dialect)
        except ValueError:
            raise ArgumentError(
                f"dialect is {dialect!r}, which is unknown to sqlglot;"
                " it knows 'snowflake', 'postgres', 'bigquery', 'duckdb' and others."
            ) from None
    tables = tuple(path.graph.index_of(table) for table in path.tables)
    query = _Query(path, Places.of(path.graph, schemas), tables)
    comments, selected, rest = query.comments(), query.selected(), query.rest()
    return [
        "\n".join([*comments, "SELECT", *_listed(selected, one), *_lines_of(rest, one)])
        for one in dialects
    ]


class _Selected(NamedTuple):
    """One column that a query selects: all of the table where the name is empty."""

    table: str
    name: str
    alias: str


def _listed(selected: Sequence[_Selected], dialect: str | None) -> Iterator[str]:
    """Yield the lines of a list of columns, of which sqlglot writes the names only.

    Queries have tens of columns and few tables, and a tree takes long to build and to write.
    """
    for at, (table, name, alias) in enumerate(selected, 1):
        column = (
            f"{table}.{_written(name, dialect, quoted=True)}"
            f" AS {_written(alias, dialect, quoted=False)}"
            if name
            else f"{table}.*"
        )
        yield f"  {column}{',' if at < len(selected) else ''}"


@lru_cache(maxsize=16_384)
def _written(name: str, dialect: str | None, *, quoted: bool) -> str:
    """Return a name as a dialect writes it: reserved words always have quotes."""
    from sqlglot import expressions as exp

    return _generator_of(dialect).sql(exp.Identifier(this=name, quoted=quoted))


@lru_cache(maxsize=64)
def _generator_of(dialect: str | None) -> Generator:
    import sqlglot

    return sqlglot.Dialect.get_or_raise(dialect).generator()


def _lines_of(rest: exp.Select, dialect: str | None) -> list[str]:
    """Return the lines of a query after those of its columns, of which it has one."""
    lines = rest.sql(dialect=dialect, pretty=True).split("\n")
    return lines[2:]


@dataclass(frozen=True)
class _Query:
    """Query of a path."""

    path: JoinPath
    places: Places
    tables: tuple[int, ...]

    # --- comments -----------------------------------------------------------------------------

    def comments(self) -> list[str]:
        """Return notes on the query, line by line."""
        path = self.path
        lines = []
        if self._lost:
            names = ", ".join(f"<{name}>" for name in self._lost)
            example = repr(dict.fromkeys(self._lost, "..."))
            stand = "stands" if len(self._lost) == 1 else "stand"
            lines.append(f"It does not run yet: {names} {stand} for the place of tables.")
            lines.append(f"Pass schemas={example}, or write it in.")
            lines += self._proposals()
        for step, chain in zip(path.steps, path.chains, strict=True):
            lines.append(_describe(step, via_of(chain), cardinality_of(chain)))
            ends = (path.graph.node(end) for end in (step.source, step.target))
            if any(end.level is not Level.COLUMN for end in ends):
                lines.append("Which columns that compares is not known: fill in ON FALSE.")
        if path.remark:
            lines.append(path.remark)
        if path.note:
            lines.append(path.note)
        if self._has_hidden():
            lines.append("Names with characters that are not seen have \ufffd for each.")
        return ["-- " + visible(_LINE_BREAKS.sub(" ", line)) for line in lines]

    @cached_property
    def _lost(self) -> list[str]:
        """Names of the systems whose tables lie nowhere that is known."""
        nodes = self.path.graph.arrays.nodes
        systems = [nodes.system[table].as_py() or "?" for table in self.tables]
        within = all(nodes.kind[table].as_py() == "table" for table in self.tables)
        if within and len(set(systems)) == 1 and not self.places.placed:
            return []  # a query in that database itself
        return list(
            dict.fromkeys(
                system
                for table, system in zip(self.tables, systems, strict=True)
                if table not in self.places.placed
            )
        )

    def _proposals(self) -> list[str]:
        """Return the places of landed copies, by links, of tables whose own place is unknown."""
        nodes, proposed = self.path.graph.arrays.nodes, self.places.proposed
        paths = [nodes.path[table].as_py() for table in self.tables]
        found = {path: proposed[path] for path in paths if path in proposed}
        if not found:
            return []
        where = next(name for name, place in proposed.items() if not place)
        return [f"{where} has copies, by the links. Use them with schemas={found | {where: ''}!r}"]

    def _has_hidden(self) -> bool:
        """Return whether a name in the query holds a character that is not seen."""
        graph = self.path.graph
        ends = [
            graph.index_of(end) for step in self.path.steps for end in (step.source, step.target)
        ]
        names = [native_name(graph, node) for node in (*self.tables, *ends)]
        schemas = [graph.arrays.nodes.schema_name[node].as_py() or "" for node in self.tables]
        return not all(name.isprintable() for name in (*names, *schemas))

    # --- the query ----------------------------------------------------------------------------

    def rest(self) -> exp.Select:
        """Return the query with a star in place of its columns."""
        import sqlglot

        graph = self.path.graph
        query = sqlglot.select(sqlglot.exp.Star(), copy=False).from_(self._table(0), copy=False)
        for number, step in enumerate(self.path.steps):
            left = self._column(graph.index_of(step.source), number)
            right = self._column(graph.index_of(step.target), number + 1)
            condition: exp.Expression = sqlglot.exp.false()
            if left is not None and right is not None:
                sides: list[exp.Expression] = [left, right]
                if self._differ(graph.index_of(step.source), graph.index_of(step.target)):
                    sides = [sqlglot.exp.cast(side, "text") for side in sides]
                condition = sqlglot.exp.EQ(this=sides[0], expression=sides[1])
            query = query.join(self._table(number + 1), on=condition, copy=False)
        return query

    def selected(self) -> list[_Selected]:
        """Return all columns by names that no two have; a star where the catalogue has none."""
        nodes = self.path.graph.arrays.nodes
        taken: set[str] = set()
        selected: list[_Selected] = []
        columns: dict[int, list[int]] = {table: [] for table in self.tables}
        for column in self._columns_of_tables():
            columns[int(nodes.ancestor[1][column])].append(column)
        for number, table in enumerate(self.tables):
            names = {column: nodes.name[column].as_py() for column in columns[table]}
            for column in sorted(names, key=lambda one: (names[one], one)):
                alias = _free(f"{self._prefixes[number]}_{names[column]}", taken)
                name = visible(self.places.name_of(column))
                selected.append(_Selected(f"t{number + 1}", name, alias))
            if not names:
                selected.append(_Selected(f"t{number + 1}", "", ""))
        return selected

    def _columns_of_tables(self) -> list[int]:
        """Return the columns of the tables that the catalogue knows and that are not deleted."""
        nodes = self.path.graph.arrays.nodes
        first, last = nodes.first[[2, 3]].tolist()
        within = np.isin(nodes.ancestor[1][first:last], self.tables)
        within &= nodes.resolved[first:last] & ~nodes.own_deleted[first:last]
        found: list[int] = (first + np.flatnonzero(within)).tolist()
        return found

    @cached_property
    def _prefixes(self) -> list[str]:
        """Return the prefix of names of columns: their table, or its system too."""
        nodes = self.path.graph.arrays.nodes
        names = [_plain(nodes.name[table].as_py()) for table in self.tables]
        if len(set(names)) == len(names):
            return names
        found = [
            _plain(f"{nodes.system[table].as_py() or ''} {nodes.table[table].as_py()}")
            for table in self.tables
        ]
        return (
            found if len(set(found)) == len(found) else [f"t{at + 1}" for at in range(len(found))]
        )

    def _table(self, number: int) -> exp.Table:
        from sqlglot import expressions as exp

        nodes, table = self.path.graph.arrays.nodes, self.tables[number]
        parts = self.places.placed.get(table)
        if parts is None:
            system = nodes.system[table].as_py() or "?"
            schema = nodes.schema_name[table].as_py()
            own = [Part(schema, exact=True)] if schema else []
            own.append(Part(native_name(self.path.graph, table), exact=True))
            parts = (Part(f"<{system}>", exact=True), *own) if system in self._lost else tuple(own)
        names = [
            exp.to_identifier(
                visible(part.name), quoted=part.exact or not _PLAIN.fullmatch(part.name)
            )
            for part in parts
        ]
        catalog, schema_part, name = [None] * (3 - len(names)) + names
        return exp.Table(
            this=name,
            db=schema_part,
            catalog=catalog,
            alias=exp.TableAlias(this=exp.to_identifier(f"t{number + 1}")),
        )

    def _column(self, node: int, number: int) -> exp.Column | None:
        from sqlglot import expressions as exp

        if self.path.graph.arrays.nodes.depth[node] != Level.COLUMN.depth:
            return None
        return exp.Column(
            this=exp.to_identifier(visible(self.places.name_of(node)), quoted=True),
            table=exp.to_identifier(f"t{number + 1}"),
        )

    def _differ(self, one: int, other: int) -> bool:
        """Return whether databases refuse to compare two columns as they are."""
        types = self.path.graph.arrays.nodes.data_type
        families = [_family(types[node].as_py() or "") for node in (one, other)]
        return all(families) and families[0] != families[1]


def _family(data_type: str) -> str:
    folded = data_type.strip().casefold()
    return next((name for name, pattern in _FAMILIES if pattern.search(folded)), "")


def _describe(step: Step, via: str | None, cardinality: str | None) -> str:
    parts = [shown_label(step.status or step.link_type), format_confidence(step.weight)]
    if cardinality:
        parts.append(f"{cardinality} by values")
    if via:
        parts.append(f"by way of {via}")
    return f"{' = '.join(step.marked)}: {', '.join(part for part in parts if part)}"


def _plain(name: str) -> str:
    """Return a name in small letters and digits, with underscores between."""
    return _NOT_IN_ALIASES.sub("_", name.casefold()).strip("_") or "t"


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    plain = _plain(name)
    base = (f"_{plain}" if plain[0].isdigit() else plain)[:_MOST_LETTERS].rstrip("_")
    found, number = base, 2
    while found in taken:
        ending = f"_{number}"
        found, number = base[: _MOST_LETTERS - len(ending)] + ending, number + 1
    taken.add(found)
    return found
