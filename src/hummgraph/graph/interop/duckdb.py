"""Graphs as tables of DuckDB, over the same memory.

DuckDB reads Arrow where it lies: a view that is registered copies nothing, and a query reads only
the columns that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hummgraph.errors.arguments import check_clusters_option
from hummgraph.snapshot.duckdb import register_tables

if TYPE_CHECKING:
    import duckdb

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.labels import ClusterLabels

__all__ = ["duckdb_views"]


def duckdb_views(
    data: GraphData,
    connection: duckdb.DuckDBPyConnection | None,
    *,
    clusters: ClusterLabels | None,
    prefix: str,
) -> duckdb.DuckDBPyConnection:
    """Register the tables of a graph; see :meth:`LinkGraph.to_duckdb`."""
    tables = {
        "nodes": data.node_table,
        "links": data.link_table,
        "relationships": data.relationships.to_frame().to_arrow(),
    }
    if clusters is not None:
        check_clusters_option(clusters)
        tables["clusters"] = clusters.to_frame().to_arrow()
    return register_tables(tables, connection, prefix)
