"""Conversions between graphs and tables of pyarrow, pandas, polars and DuckDB.

Other libraries are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from hummgraph.frames import Frame
    from hummgraph.graph.data import GraphData
    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.policy import Policy

__all__ = ["TableConversions"]


class TableConversions:
    """Conversions of a graph to and from tables of other libraries."""

    if TYPE_CHECKING:

        @property
        def arrays(self) -> GraphData:
            """Arrays of the graph."""

        @property
        def nodes(self) -> Frame:
            """The nodes as a table."""

        @property
        def links(self) -> Frame:
            """The links as a table."""

        @classmethod
        def from_arrays(cls, arrays: GraphData) -> Self:
            """Return the graph of some arrays."""

    # --- tables ------------------------------------------------------------------------------

    def to_arrow(self, what: str = "links") -> pa.Table:
        """Return the links or the nodes as a :class:`pyarrow.Table`.

        Parameters
        ----------
        what
            ``"links"`` or ``"nodes"``.

        Returns
        -------
        pyarrow.Table
            Table whose schema's metadata hold the organisation, policy, relationships and key
            facts, as those of a Parquet file of :func:`write` do. Evidence of relationships, which
            may quote data, is in the metadata of the links only.

        Raises
        ------
        ArgumentError
            If it is neither.

        Notes
        -----
        O(n) the first time; afterwards only the metadata are made again, O(n) for n relationships
        and key facts.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_arrow("nodes").num_rows == graph.n_nodes
        True
        """
        from hummgraph.graph.tables import schema_metadata_of

        table = self._frame(what).to_arrow()
        metadata = schema_metadata_of(self.arrays, evidence=what == "links")
        return table.replace_schema_metadata(metadata)

    def to_pandas(self, what: str = "links") -> pd.DataFrame:
        """Return the links or the nodes as a :class:`pandas.DataFrame`.

        Parameters
        ----------
        what
            ``"links"`` or ``"nodes"``.

        Raises
        ------
        ArgumentError
            If it is neither.
        MissingDependencyError
            If pandas is not installed.

        Notes
        -----
        O(n).

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> len(graph.to_pandas()) == graph.n_links
        True
        """
        return self._frame(what).to_pandas()

    def to_polars(self, what: str = "links") -> pl.DataFrame:
        """Return the links or the nodes as a :class:`polars.DataFrame`.

        Parameters
        ----------
        what
            ``"links"`` or ``"nodes"``.

        Raises
        ------
        ArgumentError
            If it is neither.
        MissingDependencyError
            If polars is not installed.

        Notes
        -----
        O(n).

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> graph.to_polars("nodes").height == graph.n_nodes
        True
        """
        return self._frame(what).to_polars()

    def _frame(self, what: str) -> Frame:
        if what not in {"links", "nodes"}:
            raise ArgumentError(f"No table {what!r}; there are 'links' and 'nodes'.")
        frame: Frame = getattr(self, what)
        return frame

    @classmethod
    def from_arrow(
        cls, nodes: Any, links: Any, *, like: Self | None = None, policy: Policy | None = None
    ) -> Self:
        """Build a graph from tables of :meth:`LinkGraph.to_arrow`, edited or not.

        Parameters
        ----------
        nodes
            Table with ``node_id``, ``level`` and ``name``, and any other columns of :attr:`nodes`.
            A :class:`pyarrow.Table`, or what Arrow's PyCapsule interface makes one of: a `Frame`, a
            table of polars, a relation of DuckDB.
        links
            Table with ``link_id``, ``source``, ``target``, ``link_type`` and ``status``, and any
            other columns of :attr:`links`.
        like
            A graph whose organisation, policy, relationships and key facts the new one has. Without
            it, they come from the tables' metadata, which :meth:`to_arrow` and the Parquet files of
            :func:`write` have; in other tables they are unknown.
        policy
            The new graph's policy; when not given, that of ``like`` or of the metadata, or the
            usual one.

        Returns
        -------
        LinkGraph
            A missing column is null, and so is NaN. A link without status or type has the API's
            default (SUGGESTED, PROBABILISTIC). Columns that a graph works out by itself, such as
            ``path`` and ``weight``, are ignored. Rows may be in any order.

        Raises
        ------
        ArgumentError
            If ``nodes`` or ``links`` is not a table.
        FormatError
            If a needed column is missing or a value is not of its column's type; an id is not a
            UUID, occurs twice or is not among the nodes; a parent stands no higher than its child;
            a confidence is not in [0, 1], or evidence is not a JSON object. The message names the
            row. Every way in raises the same errors.

        Notes
        -----
        O(n log n) for n nodes and links.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> nodes, links = graph.to_arrow("nodes"), graph.to_arrow("links")
        >>> LinkGraph.from_arrow(nodes, links) == graph
        True
        """
        from hummgraph.graph.interop.dataframes import arrow_data

        return cls.from_arrays(arrow_data(nodes, links, _data_of_like(like), policy))

    @classmethod
    def from_pandas(
        cls,
        nodes: pd.DataFrame,
        links: pd.DataFrame,
        *,
        like: Self | None = None,
        policy: Policy | None = None,
    ) -> Self:
        """Build a graph from tables of :meth:`LinkGraph.to_pandas`, edited or not.

        Parameters
        ----------
        nodes, links
            Tables with the columns that :meth:`from_arrow` needs; the index is ignored. NaN,
            ``NaT``, ``NA`` and ``None`` are null. Ids, names and other texts must be texts: read a
            CSV file with ``dtype=str``, since ``007`` read as a number has lost its zeros.
        like
            A graph whose organisation, policy, relationships and key facts the new one has; without
            it, these are unknown.
        policy
            The new graph's policy; when not given, that of ``like``, or the usual one.

        Raises
        ------
        ArgumentError
            If ``nodes`` or ``links`` is not a table of pandas.
        FormatError
            The same as in :meth:`from_arrow`.

        Notes
        -----
        O(n log n) for n nodes and links.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> nodes, links = graph.to_pandas("nodes"), graph.to_pandas("links")
        >>> LinkGraph.from_pandas(nodes, links, like=graph) == graph
        True
        """
        from hummgraph.graph.interop.dataframes import pandas_data

        return cls.from_arrays(pandas_data(nodes, links, _data_of_like(like), policy))

    @classmethod
    def from_polars(
        cls,
        nodes: pl.DataFrame,
        links: pl.DataFrame,
        *,
        like: Self | None = None,
        policy: Policy | None = None,
    ) -> Self:
        """Build a graph from tables of :meth:`LinkGraph.to_polars`, edited or not.

        Parameters
        ----------
        nodes, links
            Tables with the columns that :meth:`from_arrow` needs; NaN is null.
        like
            A graph whose organisation, policy, relationships and key facts the new one has; without
            it, these are unknown.
        policy
            The new graph's policy; when not given, that of ``like``, or the usual one.

        Raises
        ------
        ArgumentError
            If ``nodes`` or ``links`` is not a table of polars, or not yet collected.
        FormatError
            The same as in :meth:`from_arrow`.

        Notes
        -----
        O(n log n) for n nodes and links.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> nodes, links = graph.to_polars("nodes"), graph.to_polars("links")
        >>> LinkGraph.from_polars(nodes, links, like=graph) == graph
        True
        """
        from hummgraph.graph.interop.dataframes import polars_data

        return cls.from_arrays(polars_data(nodes, links, _data_of_like(like), policy))

    def to_duckdb(
        self,
        connection: duckdb.DuckDBPyConnection | None = None,
        *,
        clusters: ClusterLabels | None = None,
        prefix: str = "",
    ) -> duckdb.DuckDBPyConnection:
        """Build the DuckDB views ``nodes``, ``links`` and ``relationships`` over the same memory.

        Back with ``LinkGraph.from_arrow(connection.table("nodes"), connection.table("links"),
        like=graph)``.

        Parameters
        ----------
        connection
            Connection to register at; when not given, a new database in memory.
        clusters
            Makes the view ``clusters`` too, one row a member.
        prefix
            Stands before the names of the views.

        Returns
        -------
        duckdb.DuckDBPyConnection
            The connection. The views have the columns of :attr:`nodes`, :attr:`links` and
            :attr:`relationships`; ids are texts. They last as long as the connection, stay out of
            the database's file, and replace those of an earlier call.

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
        >>> connection = LinkGraph(load_demo().snapshot()).to_duckdb()
        >>> connection.sql("SELECT count(*) FROM links WHERE confidence >= 0.9").fetchall()
        [(291,)]
        """
        from hummgraph.graph.interop.duckdb import duckdb_views

        return duckdb_views(self.arrays, connection, clusters=clusters, prefix=prefix)


def _data_of_like(graph: TableConversions | None) -> GraphData | None:
    if graph is None:
        return None
    if not isinstance(graph, TableConversions):
        raise ArgumentError(f"like= takes a LinkGraph, not a value of type {type(graph).__name__}.")
    return graph.arrays
