"""CSV files for Neo4j's bulk import, with the command that loads them.

``nodes.csv``, ``links.csv`` and ``contains.csv`` have the headers of ``neo4j-admin database
import``, typed; ``import.sh`` is the command. Cells are as they are: Neo4j runs no formulas, and a
text is to come back as it was.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from hummgraph.export.rows import moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["NEO4J_FILES", "neo4j_files"]

NEO4J_FILES: Final = ("nodes.csv", "links.csv", "contains.csv", "import.sh")
"""Files of the folder."""

_LABELS: Final = {"integration_source": "IntegrationSource", "table": "Table", "column": "Column"}
_IMPORT: Final = """\
#!/bin/sh
# Loads the graph into a new database of Neo4j 5 on this machine. {left_out}
set -eu
cd "$(dirname "$0")"
neo4j-admin database import full "${{1:-hummgraph}}" \\
  --id-type=string --multiline-fields=true --overwrite-destination \\
  --nodes=nodes.csv --relationships=links.csv --relationships=contains.csv
"""


def neo4j_files(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - contains.csv tells it in any case
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield a graph as files for Neo4j's bulk import, piece by piece.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect: what contains what has a file of its own.

    Yields
    ------
    tuple of str and iterator of bytes
        Name and content of each file.

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
    kind = "ENTITY_LINK" if rows.lifted is None else "LIFTED_LINKS"
    yield "nodes.csv", _table(map(_nodes, rows.nodes()))
    yield "links.csv", _table(_links(batch, kind) for batch in rows.links())
    yield "contains.csv", _table(_contains(rows, batch) for batch in rows.nodes())
    yield "import.sh", iter([_IMPORT.format(left_out=rows.facts["left_out"]).encode()])


def _nodes(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    levels = columns["level"].to_pylist()
    return {
        "node_id:ID": columns.pop("node_id"),
        ":LABEL": pa.array([_LABELS[level] for level in levels], pa.string()),
        **_typed(columns),
    }


def _links(batch: pa.RecordBatch, kind: str) -> dict[str, pa.Array]:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    return {
        ":START_ID": columns.pop("source"),
        ":END_ID": columns.pop("target"),
        ":TYPE": pa.repeat(kind, len(batch)),
        **_typed(columns),
    }


def _contains(rows: Rows, batch: pa.RecordBatch) -> dict[str, pa.Array]:
    # What contains the nodes of one level is not in the files.
    kept = batch.filter(batch.column("parent_id").is_valid())
    if rows.lifted is not None:
        kept = kept.slice(0, 0)
    return {
        ":START_ID": kept.column("parent_id"),
        ":END_ID": kept.column("node_id"),
        ":TYPE": pa.repeat("CONTAINS", len(kept)),
    }


def _typed(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Say in the header what type each column has, where it is not text."""
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


def _table(parts: Iterator[dict[str, pa.Array]]) -> Iterator[bytes]:
    from pyarrow import csv

    head = True
    for columns in parts:
        out = io.BytesIO()
        csv.write_csv(pa.table(columns), out, csv.WriteOptions(include_header=head))
        yield out.getvalue()
        head = False
