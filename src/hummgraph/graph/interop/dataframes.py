"""Graphs from tables of nodes and links of pyarrow, pandas and polars."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.arguments import check_table
from hummgraph.graph.columns import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.data import key_facts_of
from hummgraph.graph.tables import GraphTables, data_of
from hummgraph.graph.values import read_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    import polars as pl

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.policy import Policy

__all__ = ["arrow_data", "pandas_data", "polars_data"]


def arrow_data(nodes: Any, links: Any, like: GraphData | None, policy: Policy | None) -> GraphData:
    """Return the data of tables of Arrow; see :meth:`LinkGraph.from_arrow`."""
    check_table(nodes, "LinkGraph.from_arrow", "arrow")
    check_table(links, "LinkGraph.from_arrow", "arrow")
    node_table, link_table = _as_table(nodes, "nodes"), _as_table(links, "links")
    _check_names(node_table.column_names, NODE_COLUMNS)
    _check_names(link_table.column_names, LINK_COLUMNS)
    return _data_of_tables(node_table, link_table, like, policy, origin="arrow")


def pandas_data(
    nodes: pd.DataFrame, links: pd.DataFrame, like: GraphData | None, policy: Policy | None
) -> GraphData:
    """Return the data of tables of pandas; see :meth:`LinkGraph.from_pandas`."""
    check_table(nodes, "LinkGraph.from_pandas", "pandas")
    check_table(links, "LinkGraph.from_pandas", "pandas")
    tables = _of_pandas(nodes, NODE_COLUMNS), _of_pandas(links, LINK_COLUMNS)
    return _data_of_tables(*tables, like, policy, origin="pandas")


def polars_data(
    nodes: pl.DataFrame, links: pl.DataFrame, like: GraphData | None, policy: Policy | None
) -> GraphData:
    """Return the data of tables of polars; see :meth:`LinkGraph.from_polars`."""
    check_table(nodes, "LinkGraph.from_polars", "polars")
    check_table(links, "LinkGraph.from_polars", "polars")
    return _data_of_tables(
        _of_polars(nodes, NODE_COLUMNS),
        _of_polars(links, LINK_COLUMNS),
        like,
        policy,
        origin="polars",
    )


def _data_of_tables(
    nodes: pa.Table | Mapping[str, Any],
    links: pa.Table | Mapping[str, Any],
    like: GraphData | None,
    policy: Policy | None,
    *,
    origin: str,
) -> GraphData:
    """Return the data of nodes and links, with the metadata of ``like`` or of their schema."""
    if like is None:
        # Nodes have no evidence, so they do not know how much of it the links have.
        metadata = _file_metadata(nodes)
        metadata.pop("kept_evidence", None)
        metadata |= _file_metadata(links)
        tables = GraphTables.with_metadata(nodes, links, metadata, policy=policy)
    else:
        tables = GraphTables(
            read_columns(nodes, NODE_COLUMNS, "nodes"),
            read_columns(links, LINK_COLUMNS, "links"),
            like.relationships.rows,
            key_facts_of(like),
            like.snapshot.organization_id,
            like.snapshot.organization_name,
            policy or like.policy,
            like.snapshot.vocabulary,
            like.snapshot.kept_evidence,
        )
    return data_of(tables, origin=origin)


def _file_metadata(table: pa.Table | Mapping[str, Any]) -> dict[str, str]:
    """Return the metadata of the whole graph from a table of ours; nothing from other tables."""
    found = (table.schema.metadata if isinstance(table, pa.Table) else None) or {}
    if b"policy" not in found or b"kept_evidence" not in found:
        return {}
    return {name.decode(): value.decode() for name, value in found.items()}


def _as_table(given: Any, what: str) -> pa.Table:
    try:
        return pa.table(given)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise ArgumentError(
            f"The {what} are of type {type(given).__name__}, not a table.",
            hint="Pass a pyarrow.Table, or anything that pyarrow.table() takes.",
        ) from error


def _of_pandas(frame: pd.DataFrame, kinds: Mapping[str, pa.DataType]) -> dict[str, Any]:
    # Only what is read: a column that somebody added may hold anything.
    _check_names(frame.columns, kinds)
    return {name: _column_of_pandas(frame[name]) for name in kinds if name in frame.columns}


def _check_names(names: Iterable[Any], kinds: Mapping[str, pa.DataType]) -> None:
    """Raise if two columns that are read have one name."""
    twice = [name for name, n in Counter(names).items() if n > 1 and name in kinds]
    if twice:
        raise FormatError(
            f"Two columns are called {twice[0]!r}: which of them counts is unclear.",
            hint="Rename or drop one.",
        )


def _of_polars(frame: pl.DataFrame, kinds: Mapping[str, pa.DataType]) -> dict[str, Any]:
    return {name: _column_of_polars(frame[name]) for name in kinds if name in frame.columns}


def _column_of_polars(series: pl.Series) -> Any:
    try:
        return series.to_arrow()
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return series.to_list()  # integers of 128 bits, which Arrow does not have


def _column_of_pandas(series: pd.Series[Any]) -> Any:
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return series.tolist()  # values of several types, read one by one
