"""Values of the tables of a graph, brought into one database in memory.

A system's values come from what the user connects it with; a table is read once for all columns
that are asked for, and no other column of it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from hummgraph.algorithms.joins.places import Places, native_name
from hummgraph.errors import ArgumentError, ValuesError
from hummgraph.errors.arguments import check_graph
from hummgraph.errors.texts import quoted
from hummgraph.warehouse.sources import Source, file_kind, open_source, safely

if TYPE_CHECKING:
    import duckdb

    from hummgraph.algorithms.joins.places import Schemas
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["CONNECTIONS_HINT", "Connections", "Relation", "Values"]

Connections: TypeAlias = Mapping[str, Any] | str | PathLike[str]
"""Values by the name of a system or the path of a table, or a folder with one folder a system."""

CONNECTIONS_HINT = (
    'Write connections={"Stripe": "folder/of/files", "PostgreSQL": connection,'
    ' "Zendesk/users": table} or similar.'
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of a graph in a database in memory: some of its columns, as texts.

    Parameters
    ----------
    table
        Position of the table in the graph.
    name
        Name of the temporary table.
    columns
        Name of each column there, by its position in the graph; NULL stands for none and blank
        texts are kept.
    missing
        Columns that the data do not have.
    n_rows
        Number of rows kept.
    n_read
        Number of rows read.
    filled
        Number of rows read with a value that is not blank, by column.
    has_columns
        Whether the data have any columns, wanted or not.
    """

    table: int
    name: str
    columns: Mapping[int, str]
    missing: tuple[int, ...]
    n_rows: int
    n_read: int
    filled: Mapping[int, int]
    has_columns: bool = True


@dataclass(frozen=True, eq=False)
class Values:
    """Sources of the values of a graph's tables.

    Parameters
    ----------
    graph
        The graph.
    places
        Places of its tables.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import hummgraph as hg
    >>> from hummgraph.warehouse.sources import open_database
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> table = pa.table({"id": ["cus_1", "cus_2"], "email": ["ada@example.org", None]})
    >>> values = Values.of(graph, {"Stripe/customers": table})
    >>> column = graph.index_of("Stripe/customers.email")
    >>> database = open_database()
    >>> found = values.relation(database, graph.index_of("Stripe/customers"), [column])
    >>> database.execute(f"SELECT count({found.columns[column]}) FROM {found.name}").fetchall()
    [(1,)]
    """

    graph: LinkGraph
    places: Places = field(repr=False)
    _given: Mapping[int, Any] = field(repr=False)
    """Connections of systems and tables, by position."""
    _open: dict[int, Source] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, graph: LinkGraph, connections: Connections, schemas: Schemas | None = None
    ) -> Values:
        """Return the values that connections lead to; nothing is read yet.

        Parameters
        ----------
        graph
            The graph.
        connections
            Sources by the name of a system: a folder of one Parquet or CSV file for each table,
            named as the table is in its system; a connection of DB-API, ADBC or DuckDB. By the path
            of a table: these, a file, a relation of DuckDB, an Arrow table, or a reader or stream
            of Arrow. Or the path of a folder that has a folder for each system.
        schemas
            Places of tables in databases, as for :meth:`Places.of`; by default, the schema and
            name of the catalogue.

        Raises
        ------
        ArgumentError
            If ``connections`` is something else, a folder or file does not exist, or nothing reads
            one of the values.
        NodeNotFoundError, AmbiguousNodeError
            If a key names no system or table, or several.
        """
        check_graph(graph, "Values.of")
        found: dict[int, Any] = {}
        for key, given in _by_key(graph, connections).items():
            node = graph.index_of(key)
            value = Path(fspath(given)) if isinstance(given, str | PathLike) else given
            if graph.arrays.nodes.depth[node] > 1:
                raise ArgumentError(
                    f"connections has {quoted(key)}, which is a column; systems and tables have"
                    " connections.",
                    hint=CONNECTIONS_HINT,
                )
            if isinstance(value, Path):
                _check_path(key, value, is_table=bool(graph.arrays.nodes.depth[node]))
            elif graph.arrays.nodes.depth[node] == 0 and not hasattr(value, "cursor"):
                raise ArgumentError(
                    f"connections: {quoted(key)} is a system, and a value of type"
                    f" {type(value).__name__} holds one table.",
                    hint=CONNECTIONS_HINT,
                )
            else:
                open_source(value, key, ())  # raises if nothing reads it
            found[node] = value
        return cls(graph, Places.of(graph, schemas), MappingProxyType(found))

    def has(self, table: int) -> bool:
        """Return whether a table, by position, or its system is connected."""
        return self._connected(table) is not None

    def n_queries(self, table: int) -> int:
        """Return the number of queries that reading a table sends to a database."""
        return self._source(table).n_queries

    def statements(self, table: int, columns: Sequence[int]) -> tuple[str, ...]:
        """Return the SQL that reading columns of a table sends to its database.

        Names are those of the catalogue; if the data spell them otherwise, the query follows the
        data.

        Raises
        ------
        ValuesError
            If the table is not connected, or has no file.
        """
        names = [(self.places.name_of(column),) for column in columns]
        return self._source(table).statements(names)

    def relation(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: int,
        columns: Sequence[int],
        *,
        where: str = "",
        max_rows: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Relation:
        """Read columns of a table into a temporary table of a database of DuckDB.

        Parameters
        ----------
        connection
            The database.
        table, columns
            Positions in the graph.
        where
            SQL condition over the columns' names, ``c`` and their positions, of the rows to keep.
        max_rows
            Greatest number of rows to read.
        progress
            Called with the number of rows of each batch that was read.

        Raises
        ------
        ValuesError
            If the table is not connected, does not exist, cannot be read, or has more rows.

        Notes
        -----
        O(n) for n rows. A stream yields its rows once: ask for all columns together.
        """
        path = self.graph.arrays.nodes.path[table].as_py()
        source = self._source(table)
        found = source.find()
        paths = {column: self._path_in(found, column) for column in columns}
        here = {column: path for column, path in paths.items() if path is not None}
        # In a connection of the user, names such as t1 may be taken.
        name, rows_now = f"hummgraph_values_{table}", "hummgraph_values_arriving"
        columns_there = MappingProxyType({column: f"c{column}" for column in here})
        missing = tuple(column for column in columns if column not in here)
        if not here:
            safely(path, connection.execute, f"CREATE OR REPLACE TEMP TABLE {name} (none INTEGER)")
            return Relation(table, name, columns_there, missing, 0, 0, {}, has_columns=bool(found))
        kinds = ", ".join(f"c{column} VARCHAR" for column in here)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({kinds})")
        chosen = ", ".join(f'"{at}" AS c{column}' for at, column in enumerate(here))
        insert = f"INSERT INTO {name} SELECT * FROM (SELECT {chosen} FROM {rows_now})" + (
            f" WHERE {where}" if where else ""
        )
        counts = ", ".join(f"count(nullif(trim(\"{at}\"), ''))" for at in range(len(here)))
        filled = [0] * len(here)
        n_read = 0
        with closing(source.read(list(here.values()))) as rows:
            while (arriving := safely(path, next, rows, None)) is not None:
                n_read += arriving.num_rows
                if max_rows is not None and n_read > max_rows:
                    connection.execute(f"DROP TABLE {name}")
                    raise ValuesError(
                        f"{quoted(path)} has more than the {max_rows:,} rows that may still be"
                        " read.",
                        hint="Raise the budget, or leave the table out.",
                    )
                connection.register(rows_now, arriving)
                try:
                    safely(path, connection.execute, insert)
                    ((*more,),) = connection.execute(f"SELECT {counts} FROM {rows_now}").fetchall()
                    filled = [a + b for a, b in zip(filled, more, strict=True)]
                finally:
                    connection.unregister(rows_now)
                if progress is not None:
                    progress(arriving.num_rows)
        ((n_rows,),) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
        return Relation(
            table,
            name,
            columns_there,
            missing,
            n_rows=n_rows,
            n_read=n_read,
            filled=MappingProxyType(dict(zip(here, filled, strict=True))),
        )

    def _path_in(self, found: Mapping[str, tuple[str, ...]], column: int) -> tuple[str, ...] | None:
        """Return the path to a column in the data; ``None`` if they do not have it."""
        nodes = self.graph.arrays.nodes
        if not nodes.resolved[column]:
            return None
        names = (
            self.places.name_of(column),
            native_name(self.graph, column),
            nodes.name[column].as_py(),
        )
        for name in names:
            if name in found:
                return found[name]
        for name in names:
            alike = [known for known in found if known.casefold() == name.casefold()]
            if len(alike) == 1:
                return found[alike[0]]
        return None

    def _connected(self, table: int) -> int | None:
        """Return the node whose connection a table is read by: itself or its system."""
        system = int(self.graph.arrays.nodes.ancestor[0][table])
        return next((node for node in (table, system) if node in self._given), None)

    def _source(self, table: int) -> Source:
        if table not in self._open:
            self._open[table] = self._opened(table)
        return self._open[table]

    def _opened(self, table: int) -> Source:
        nodes = self.graph.arrays.nodes
        path = nodes.path[table].as_py()
        node = self._connected(table)
        if node is None:
            raise ValuesError(
                f"{quoted(path)} is not connected, nor is its system.", hint=CONNECTIONS_HINT
            )
        value = self._given[node]
        if isinstance(value, Path) and value.is_dir():
            file = _file_of(value, self._file_names(table))
            if file is None:
                raise ValuesError(f"{quoted(str(value))} has no file of {quoted(path)}.")
            value = file
        return open_source(value, path, self._addresses(table))

    def _addresses(self, table: int) -> list[tuple[str, ...]]:
        placed = self.places.parts(table)
        if placed is not None:
            return [placed]
        nodes = self.graph.arrays.nodes
        if not nodes.resolved[table]:
            return []
        name, schema = native_name(self.graph, table), nodes.schema_name[table].as_py()
        return [(schema, name), (name,)] if schema else [(name,)]

    def _file_names(self, table: int) -> list[str]:
        """Return the names that a table's file may have, without suffix, the likeliest first."""
        nodes = self.graph.arrays.nodes
        if not nodes.resolved[table]:
            return []
        names = [native_name(self.graph, table), nodes.name[table].as_py()]
        schema = nodes.schema_name[table].as_py()
        if schema:
            names = [f"{schema}.{name}" for name in names] + names
        # A name that no file can have is written as in an address.
        return list(dict.fromkeys([*names, *(quote(name, safe=" $") for name in names)]))


def _by_key(graph: LinkGraph, connections: Any) -> Mapping[str, Any]:
    """Return connections as a mapping; of a folder, by the systems that have a folder in it."""
    if isinstance(connections, Mapping):
        wrong = next((key for key in connections if not isinstance(key, str)), None)
        if wrong is not None:
            raise ArgumentError(
                f"connections has a key of type {type(wrong).__name__}; keys are names of systems"
                " and paths of tables.",
                hint=CONNECTIONS_HINT,
            )
        return connections
    if not isinstance(connections, str | PathLike):
        raise ArgumentError(
            "connections must be a mapping of systems and tables, or the path of a folder, not a"
            f" value of type {type(connections).__name__}.",
            hint=CONNECTIONS_HINT,
        )
    folder = Path(fspath(connections))
    if not folder.is_dir():
        raise ArgumentError(
            f"connections: {quoted(str(folder))} is not a folder.", hint=CONNECTIONS_HINT
        )
    nodes = graph.arrays.nodes
    there = {part.name.casefold(): part for part in sorted(folder.iterdir()) if part.is_dir()}
    found = {}
    for system in range(*nodes.first[[0, 1]].tolist()):
        name = nodes.name[system].as_py()
        known = (there.get(text.casefold()) for text in (name, quote(name, safe=" $")))
        part = next(filter(None, known), None)
        if part is not None:
            found[nodes.id_text[system].as_py()] = part
    if not found:
        names = ", ".join(map(quoted, sorted(nodes.name[: int(nodes.first[1])].to_pylist())))
        raise ArgumentError(
            f"connections: {quoted(str(folder))} has no folder of a system; they are {names}.",
            hint="A folder has the name of its system, and a file that of its table.",
        )
    return found


def _check_path(key: str, path: Path, *, is_table: bool) -> None:
    if path.is_dir():
        return
    if not path.exists():
        raise ArgumentError(f"connections: {quoted(str(path))} of {quoted(key)} does not exist.")
    if not is_table:
        raise ArgumentError(
            f"connections: {quoted(key)} is a system, and {quoted(str(path))} is not a folder.",
            hint="A system is a folder of one file for each table.",
        )
    if not file_kind(path):
        raise ArgumentError(
            f"connections: {quoted(str(path))} of {quoted(key)} is neither Parquet nor CSV by its"
            " name.",
            hint="Names end in .parquet, .csv or .csv.gz.",
        )


def _file_of(folder: Path, names: Sequence[str]) -> Path | None:
    """Return the file of a table in a folder: of several, the first as written, then by case."""
    files = sorted(part for part in folder.iterdir() if file_kind(part) and part.is_file())
    stems = {part.name[: -len(file_kind(part))]: part for part in reversed(files)}
    folded = {stem.casefold(): part for stem, part in reversed(stems.items())}
    for name in names:
        found = stems.get(name) or folded.get(name.casefold())
        if found is not None:
            return found
    return None
