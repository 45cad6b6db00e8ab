"""Snapshots as tables of DuckDB, over the same memory.

DuckDB reads Arrow where it lies: a view that is registered copies nothing, and a query reads only
the columns that it names.
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

__all__ = ["registered", "snapshot_to_duckdb"]

_CATALOGUE: Final = ("integration_sources", "tables", "columns", "relationships", "associations")

# What a view of such a name would hide: tables and views of the database, and tables, not views,
# that last as long as the connection. A view that was registered before is put in place of.
_HIDDEN: Final = """
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
    tables |= {name: getattr(snapshot.catalogue, name) for name in _CATALOGUE}
    if snapshot.catalogue.declared is not None:
        tables["declared"] = snapshot.catalogue.declared
    typed = {name: _with_uuids(table) for name, table in tables.items()}
    return registered(typed, connection, prefix)


def registered(
    tables: Mapping[str, pa.Table], connection: duckdb.DuckDBPyConnection | None, prefix: str
) -> duckdb.DuckDBPyConnection:
    """Make views of Arrow tables, in a new database in memory if there is no connection."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingDependencyError.of("duckdb") from error
    given: Any = duckdb.connect() if connection is None else connection
    if not isinstance(given, duckdb.DuckDBPyConnection):
        hint = "Write to_duckdb(duckdb.connect(path))."
        raise refuse(given, "to_duckdb", "a connection of DuckDB", hint)
    connection = given
    # DuckDB does not tell upper from lower case in names.
    there = {name.lower() for (name,) in connection.execute(_HIDDEN).fetchall()}
    for name in tables:
        if (prefix + name).lower() in there:
            raise ArgumentError(
                f"The database has a table or view {prefix + name!r} already.",
                hint="Choose a prefix for the names of the views.",
            )
    for name, table in tables.items():
        connection.register(prefix + name, table)
    return connection


def _with_uuids(table: pa.Table) -> pa.Table:
    """Say of ids that they are such, as the files of a snapshot do."""
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
