"""Names of tables, found by their columns in a list of all columns of a database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows, counted, title_of
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["TableNames", "find_table_names"]

LEAST: Final = 0.5
"""Least share of common columns among all columns of both tables."""
MARGIN: Final = 0.1
"""Least distance of the best share from the next one."""

_COLUMNS: Final = {
    "schema": ("schema", "table_schema", "schema_name"),
    "table": ("table", "table_name"),
    "column": ("column", "column_name"),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TableNames(Shows):
    """Names of tables that have none, by their columns.

    Parameters
    ----------
    names
        Name, ``schema.table``, by id of a table: what a file of names has.
    matches
        One row a table without a name: ``table_id``, ``path``, ``n_columns``, ``name`` (null if
        none is certain), ``share`` (of common columns among all of both), ``next_name`` and
        ``next_share``.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> columns = ["ACCOUNT_ID", "WORKSPACE", "CHURN_SCORE", "SCORED_AT"]
    >>> listed = [{"schema": "SANDBOX", "table": "CHURN", "column": name} for name in columns]
    >>> list(hg.find_table_names(graph, listed).names.values())
    ['SANDBOX.CHURN']
    """

    names: dict[str, str]
    matches: Frame

    def __repr__(self) -> str:
        n = len(self.matches)
        return f"<TableNames: {len(self.names):,} of {counted(n, 'table')} without a name found>"

    def _card_(self) -> Card:
        table = self.matches.select("path", "name", "share", "next_name", "next_share")
        return Card(title_of(self), table=table, things="tables")


def find_table_names(
    graph: LinkGraph, columns: Any, *, system: str | UUID | Node | None = None
) -> TableNames:
    """Find the names of tables without one, by a list of all columns of their database.

    Parameters
    ----------
    graph
        The graph; its tables with known columns are searched for.
    columns
        One row a column of the database, with ``schema``, ``table`` and ``column``, or with the
        names of SQL's information schema, ``table_schema``, ``table_name`` and ``column_name``: a
        table of pandas, polars or pyarrow, or a list of dicts.
    system
        The system whose tables are listed, where the graph has several with unnamed tables.

    Returns
    -------
    TableNames
        A name for each table whose columns are mostly those of one listed table, and of no other.
        No two tables get one name.

    Raises
    ------
    FormatError
        If a column is missing.
    ArgumentError
        If ``columns`` is not a table, or ``system`` is not a system.

    Notes
    -----
    O(n + p) for n columns, and p pairs of an unnamed and a listed table with a common column. The
    case of names does not matter.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> hg.find_table_names(graph, [{"schema": "X", "table": "Y", "column": "Z"}])
    <TableNames: 0 of 2 tables without a name found>
    """
    check_graph(graph, "find_table_names")
    nodes = graph.arrays.nodes
    wanted = np.flatnonzero((nodes.depth == Level.TABLE.depth) & ~nodes.resolved)
    if system is not None:
        place = graph.index_of(system)
        if nodes.depth[place] != Level.INTEGRATION_SOURCE.depth:
            raise ArgumentError(f"{str(system)!r} is not a system.")
        wanted = wanted[nodes.ancestor[0][wanted] == place]
    listed = _listed_tables(columns)
    holding: dict[str, list[str]] = defaultdict(list)
    for name, parts in listed.items():
        for part in parts:
            holding[part].append(name)
    own: dict[int, set[str]] = {table: set() for table in wanted.tolist()}
    names = nodes.name.to_pylist()
    for code in np.flatnonzero((nodes.depth == Level.COLUMN.depth) & nodes.resolved).tolist():
        table = int(nodes.ancestor[1][code])
        if table in own:
            own[table].add(names[code].casefold())
    ranked = {table: _ranked(parts, listed, holding) for table, parts in own.items()}
    found: dict[int, str] = {}
    taken: set[str] = set()
    by_share = sorted(
        ranked, key=lambda table: (-ranked[table][0][0], nodes.id_text[table].as_py())
    )
    for table in by_share:
        (share, name), (second, _) = ranked[table]
        if share >= LEAST and share - second >= MARGIN and name not in taken:
            found[table] = name
            taken.add(name)
    rows = [
        {
            "table_id": nodes.id_text[table].as_py(),
            "path": nodes.path[table].as_py(),
            "n_columns": len(own[table]),
            "name": found.get(table),
            "share": ranked[table][0][0],
            "next_name": (ranked[table][0] if table not in found else ranked[table][1])[1] or None,
            "next_share": (ranked[table][0] if table not in found else ranked[table][1])[0],
        }
        for table in wanted.tolist()
    ]
    return TableNames(
        {nodes.id_text[table].as_py(): name for table, name in sorted(found.items())},
        Frame(pa.Table.from_pylist(rows, schema=_SCHEMA)),
    )


_SCHEMA: Final = pa.schema(
    [
        pa.field("table_id", pa.string()),
        pa.field("path", pa.string()),
        pa.field("n_columns", pa.int64()),
        pa.field("name", pa.string()),
        pa.field("share", pa.float64()),
        pa.field("next_name", pa.string()),
        pa.field("next_share", pa.float64()),
    ]
)


def _ranked(
    parts: set[str], listed: dict[str, set[str]], holding: dict[str, list[str]]
) -> list[tuple[float, str]]:
    """Return the two listed tables with the largest share of common columns."""
    common: dict[str, int] = defaultdict(int)
    for part in parts:
        for name in holding.get(part, ()):
            common[name] += 1
    shares = [(n / len(parts | listed[name]), name) for name, n in common.items()]
    shares.sort(key=lambda one: (-one[0], one[1]))
    return [*shares, (0.0, ""), (0.0, "")][:2]


def _listed_tables(columns: Any) -> dict[str, set[str]]:
    """Return the columns of each listed table, in lower case, by ``schema.table``."""
    try:
        table = pa.table(columns) if hasattr(columns, "__arrow_c_stream__") else None
        if table is None:
            table = pa.Table.from_pylist(list(columns))
    except (TypeError, AttributeError, pa.ArrowException):
        raise ArgumentError(
            "find_table_names() takes a table of columns, not a value of type"
            f" {type(columns).__name__}.",
            hint='A row is {"schema": "public", "table": "users", "column": "id"}.',
        ) from None
    if not table.num_columns:
        return {}
    folded = {name.casefold(): name for name in reversed(table.column_names)}
    cells = {}
    for field, spellings in _COLUMNS.items():
        name = next((folded[one] for one in spellings if one in folded), None)
        if name is None and field != "schema":
            raise FormatError(
                f"The list of columns has no {field!r}; its columns are"
                f" {', '.join(table.column_names)}.",
                hint="SELECT table_schema, table_name, column_name FROM information_schema.columns",
            )
        cells[field] = table.column(name).to_pylist() if name else [None] * table.num_rows
    found: dict[str, set[str]] = defaultdict(set)
    for schema, name, column in zip(*(cells[field] for field in _COLUMNS), strict=True):
        if name is not None and column is not None:
            found[f"{schema}.{name}" if schema else str(name)].add(str(column).casefold())
    return dict(found)
