"""Snapshots as views of DuckDB, over the same memory.

DuckDB reads Arrow memory in place: a registered view copies nothing, and a query reads only the
columns that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.errors.arguments import check_snapshot, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["register_tables", "snapshot_to_duckdb"]

_CATALOGUE_TABLES: Final = (
    "integration_sources",
    "tables",
    "columns",
    "relationships",
    "associations",
)

# Objects that a view of the same name would hide: tables and views of the database, and temporary
# tables of the connection. A temporary view, as register_tables here, is replaced instead.
_HIDDEN_TABLES: Final = """
    SELECT table_name FROM information_schema.tables
    WHERE (table_catalog = current_database() AND table_schema = current_schema())
       OR (table_catalog = 'temp' AND table_type <> 'VIEW')
"""


def snapshot_to_duckdb(
    snapshot: Snapshot,
    connection: duckdb.DuckDBPyConnection | None = None,
    *,
    prefix: str = "",
) -> duckdb.DuckDBPyConnection:
    """Register the tables of a snapshot; see :meth:`Snapshot.to_duckdb`."""
    check_snapshot(snapshot, "snapshot_to_duckdb")
    tables = {"links": snapshot.links}
    tables |= {name: getattr(snapshot.catalogue, name) for name in _CATALOGUE_TABLES}
    if snapshot.catalogue.declared is not None:
        tables["declared"] = snapshot.catalogue.declared
    views = {name: _with_uuids(table) for name, table in tables.items()}
    return register_tables(views, connection, prefix)


def register_tables(
    tables: Mapping[str, pa.Table], connection: duckdb.DuckDBPyConnection | None, prefix: str
) -> duckdb.DuckDBPyConnection:
    """Register Arrow tables as views, in a new database in memory if there is no connection."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingDependencyError.of("duckdb") from error
    given: Any = duckdb.connect() if connection is None else connection
    if not isinstance(given, duckdb.DuckDBPyConnection):
        hint = "Write to_duckdb(duckdb.connect(path))."
        raise refuse(given, "to_duckdb", "a connection of DuckDB", hint)
    connection = given
    # Names in DuckDB are not case-sensitive.
    there = {name.lower() for (name,) in connection.execute(_HIDDEN_TABLES).fetchall()}
    for name in tables:
        if (prefix + name).lower() in there:
            raise ArgumentError(
                f"The database already has a table or view {prefix + name!r}.",
                hint="Choose a prefix for the names of the views.",
            )
    for name, table in tables.items():
        connection.register(prefix + name, table)
    return connection


def _with_uuids(table: pa.Table) -> pa.Table:
    """Return a table with its ids typed as UUIDs, as in the files of a snapshot."""
    columns = []
    for column in table.columns:
        coded = pa.types.is_dictionary(column.type)
        if (column.type.value_type if coded else column.type) != pa.binary(16):
            columns.append(column)
            continue
        plain = column.cast(pa.binary(16)) if coded else column
        chunks = [pa.ExtensionArray.from_storage(pa.uuid(), chunk) for chunk in plain.chunks]
        columns.append(pa.chunked_array(chunks, type=pa.uuid()))
    return pa.table(columns, names=table.column_names)
