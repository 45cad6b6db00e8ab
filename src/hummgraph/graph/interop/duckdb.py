"""Graphs as tables of DuckDB, over the same memory.

DuckDB reads Arrow where it lies: a view that is registered copies nothing, and a query reads only
the columns that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hummgraph.errors.arguments import check_clusters_option, check_graph
from hummgraph.snapshot.duckdb import register_tables

if TYPE_CHECKING:
    import duckdb

    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["to_duckdb"]


def to_duckdb(
    graph: LinkGraph,
    connection: duckdb.DuckDBPyConnection | None = None,
    *,
    clusters: ClusterLabels | None = None,
    prefix: str = "",
) -> duckdb.DuckDBPyConnection:
    """Build tables of a graph known to DuckDB: ``nodes``, ``links`` and ``relationships``.

    Parameters
    ----------
    graph
        Its :attr:`~hummgraph.LinkGraph.nodes`, :attr:`~hummgraph.LinkGraph.links` and
        :attr:`~hummgraph.LinkGraph.relationships` become views with their columns. Ids are texts.
    connection
        Where to; when not given, a new database in memory.
    clusters
        Makes the view ``clusters`` too, one row a member.
    prefix
        Stands before the names of the views.

    Returns
    -------
    duckdb.DuckDBPyConnection
        The connection. Views last as long as it, and stay out of the database's file; they stand
        in place of those of an earlier call.

    Raises
    ------
    ArgumentError
        If the database has tables or views of these names, which would be hidden.
    MissingDependencyError
        If duckdb is not installed.

    Notes
    -----
    O(n_nodes + n_links) the first time that the tables of a graph are made; nothing is copied.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> connection = to_duckdb(LinkGraph(load_demo().snapshot()))
    >>> connection.sql("SELECT count(*) FROM links WHERE confidence >= 0.9").fetchall()
    [(291,)]
    """
    check_graph(graph, "to_duckdb")
    tables = {
        "nodes": graph.nodes.to_arrow(),
        "links": graph.links.to_arrow(),
        "relationships": graph.relationships.to_frame().to_arrow(),
    }
    if clusters is not None:
        check_clusters_option(clusters)
        tables["clusters"] = clusters.to_frame().to_arrow()
    return register_tables(tables, connection, prefix)
