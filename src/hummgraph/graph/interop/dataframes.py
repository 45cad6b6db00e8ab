"""A graph made of tables of nodes and links, from whichever library holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.arguments import check_table
from hummgraph.graph.build import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.returned import graph_like

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import polars as pl

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["from_arrow", "from_pandas", "from_polars"]


def from_arrow(
    nodes: Any, links: Any, *, like: LinkGraph | None = None, policy: Policy | None = None
) -> LinkGraph:
    """Build a graph from tables as :meth:`hummgraph.LinkGraph.to_arrow` gives them, edited or not.

    Parameters
    ----------
    nodes
        With ``node_id``, ``level`` and ``name``, and any other columns of
        :attr:`hummgraph.LinkGraph.nodes`. A :class:`pyarrow.Table`, or what Arrow's PyCapsule
        interface makes one of: a `Frame`, a table of polars, a relation of DuckDB.
    links
        With ``link_id``, ``source``, ``target``, ``link_type`` and ``status``, and any other
        columns of :attr:`hummgraph.LinkGraph.links`.
    like
        A graph that tells what tables do not: organisation, policy, relationships, and which
        columns are keys. Without it, these are unknown.
    policy
        The new graph's policy; when not given, that of ``like``, or the usual one.

    Returns
    -------
    LinkGraph
        What is missing is null; columns that a graph works out by itself, such as ``path`` and
        ``weight``, are passed over, and rows may stand in any order.

    Raises
    ------
    ArgumentError
        If ``nodes`` or ``links`` is no table.
    FormatError
        If a column is missing or of another type, an id is none, occurs twice or refers to no
        node, a parent stands no higher than its child, or a confidence is not in [0, 1].

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> from_arrow(graph.nodes, graph.links, like=graph) == graph
    True
    """
    check_table(nodes, "LinkGraph.from_arrow", "arrow")
    check_table(links, "LinkGraph.from_arrow", "arrow")
    return graph_like(
        _table(nodes, "nodes"), _table(links, "links"), like, origin="arrow", policy=policy
    )


def from_pandas(
    nodes: pd.DataFrame,
    links: pd.DataFrame,
    *,
    like: LinkGraph | None = None,
    policy: Policy | None = None,
) -> LinkGraph:
    """Build a graph from tables as :meth:`hummgraph.LinkGraph.to_pandas` gives them, edited or not.

    Parameters
    ----------
    nodes, links
        With the columns that :func:`from_arrow` needs; the index is passed over. NaN, ``NaT`` and
        ``None`` are null.
    like
        A graph that tells what tables do not: organisation, policy, relationships, and which
        columns are keys. Without it, these are unknown.
    policy
        The new graph's policy; when not given, that of ``like``, or the usual one.

    Raises
    ------
    FormatError
        As :func:`from_arrow`.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> from_pandas(graph.to_pandas("nodes"), graph.to_pandas(), like=graph) == graph
    True
    """
    check_table(nodes, "LinkGraph.from_pandas", "pandas")
    check_table(links, "LinkGraph.from_pandas", "pandas")
    return graph_like(
        _of_pandas(nodes, NODE_COLUMNS, "nodes"),
        _of_pandas(links, LINK_COLUMNS, "links"),
        like,
        origin="pandas",
        policy=policy,
    )


def from_polars(
    nodes: pl.DataFrame,
    links: pl.DataFrame,
    *,
    like: LinkGraph | None = None,
    policy: Policy | None = None,
) -> LinkGraph:
    """Build a graph from tables as :meth:`hummgraph.LinkGraph.to_polars` gives them, edited or not.

    Parameters
    ----------
    nodes, links
        With the columns that :func:`from_arrow` needs.
    like
        A graph that tells what tables do not: organisation, policy, relationships, and which
        columns are keys. Without it, these are unknown.
    policy
        The new graph's policy; when not given, that of ``like``, or the usual one.

    Raises
    ------
    FormatError
        As :func:`from_arrow`.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> from_polars(graph.to_polars("nodes"), graph.to_polars(), like=graph) == graph
    True
    """
    check_table(nodes, "LinkGraph.from_polars", "polars")
    check_table(links, "LinkGraph.from_polars", "polars")
    return graph_like(nodes.to_arrow(), links.to_arrow(), like, origin="polars", policy=policy)


def _table(given: Any, what: str) -> pa.Table:
    try:
        return pa.table(given)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise ArgumentError(
            f"The {what} are of type {type(given).__name__}, not a table.",
            hint="Give a pyarrow.Table, or what pyarrow.table() makes one of.",
        ) from error


def _of_pandas(frame: pd.DataFrame, kinds: Mapping[str, pa.DataType], what: str) -> pa.Table:
    # Only what is read: a column that somebody added may hold anything.
    known = frame[[name for name in kinds if name in frame.columns]]
    try:
        return pa.Table.from_pandas(known, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise FormatError(f"A column of the {what} has values of several types.") from error
