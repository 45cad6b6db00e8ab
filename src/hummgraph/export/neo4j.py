"""CSV files for Neo4j's bulk import, with the command that loads them.

``nodes.csv``, ``links.csv`` and ``contains.csv`` have the typed headers of ``neo4j-admin database
import``; ``import.sh`` is the command. Texts are written unchanged, since Neo4j runs no formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from hummgraph.export.csv_pair import csv_chunks
from hummgraph.export.rows import moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["IMPORT_COMMAND", "neo4j_files"]

_LABELS: Final = {"integration_source": "IntegrationSource", "table": "Table", "column": "Column"}
IMPORT_COMMAND: Final = "# Loads the graph into a new database of Neo4j"
"""Start of the line that describes the command, by which a folder is recognised."""

_IMPORT_SCRIPT: Final = (
    "#!/bin/sh\n"
    + IMPORT_COMMAND
    + """ 5 on this machine. {left_out}
set -eu
cd "$(dirname "$0")"
neo4j-admin database import full "${{1:-hummgraph}}" \\
  --id-type=string --multiline-fields=true --overwrite-destination \\
  --nodes=nodes.csv --relationships=links.csv --relationships=contains.csv
"""
)


def neo4j_files(rows: Rows) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield a graph as files for Neo4j's bulk import, piece by piece.

    Parameters
    ----------
    rows
        Nodes and links to write.

    Yields
    ------
    tuple of str and iterator of bytes
        Name of each file, and its content in pieces.

    Notes
    -----
    Nodes have the labels ``IntegrationSource``, ``Table`` and ``Column``; relationships the types
    ``ENTITY_LINK`` (or ``LIFTED_LINKS``) and ``CONTAINS``.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> files = {name: b"".join(content) for name, content in neo4j_files(rows)}
    >>> files["contains.csv"].decode().splitlines()[0]
    '":START_ID",":END_ID",":TYPE"'
    """
    kind = rows.link_kind.upper()
    yield "nodes.csv", csv_chunks(map(_node_columns, rows.nodes()))
    yield "links.csv", csv_chunks(_link_columns(batch, kind) for batch in rows.links())
    yield "contains.csv", csv_chunks(_containment_columns(rows, batch) for batch in rows.nodes())
    yield "import.sh", iter([_IMPORT_SCRIPT.format(left_out=rows.facts["left_out"]).encode()])


def _node_columns(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """Return nodes as columns by their headers, with ids and labels first."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    levels = columns["level"].to_pylist()
    return {
        "node_id:ID": columns.pop("node_id"),
        ":LABEL": pa.array([_LABELS[level] for level in levels], pa.string()),
        **_typed_columns(columns),
    }


def _link_columns(batch: pa.RecordBatch, kind: str) -> dict[str, pa.Array]:
    """Return links as columns by their headers, with ends and type first."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    return {
        ":START_ID": columns.pop("source"),
        ":END_ID": columns.pop("target"),
        ":TYPE": pa.repeat(kind, len(batch)),
        **_typed_columns(columns),
    }


def _containment_columns(rows: Rows, batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """Return the pairs of a parent and its part as columns by their headers."""
    # The files of lifted links do not have the parents of their nodes.
    kept = batch.filter(batch.column("parent_id").is_valid())
    if rows.lifted is not None:
        kept = kept.slice(0, 0)
    return {
        ":START_ID": kept.column("parent_id"),
        ":END_ID": kept.column("node_id"),
        ":TYPE": pa.repeat("CONTAINS", len(kept)),
    }


def _typed_columns(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Return the columns by headers that name the type of each column, unless it is text."""
    typed = {}
    for name, column in columns.items():
        if pa.types.is_timestamp(column.type):
            typed[f"{name}:datetime"] = pa.array(moments(column), pa.string())
        elif pa.types.is_floating(column.type):
            typed[f"{name}:double"] = column
        elif pa.types.is_integer(column.type):
            typed[f"{name}:long"] = column
        elif pa.types.is_boolean(column.type):
            typed[f"{name}:boolean"] = column
        else:
            typed[name] = column
    return typed
