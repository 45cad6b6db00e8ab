"""A pair of CSV files, ``nodes.csv`` and ``links.csv``, for spreadsheets and loaders.

The files follow RFC 4180 in UTF-8, except that lines end in a newline alone. A null is an empty
cell and an empty text is ``""``; most readers do not distinguish the two. An apostrophe is put
before a text that a spreadsheet would run as a formula, unless texts are to be raw.
``about.json`` has the facts of the whole graph.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pyarrow as pa

from hummgraph.export.rows import all_facts, moments
from hummgraph.frames import FORMULA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["csv_chunks", "csv_files"]


def csv_files(
    rows: Rows,
    *,
    raw: bool = False,
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield a graph as two CSV files and one of its facts, piece by piece.

    Parameters
    ----------
    rows
        Nodes and links to write.
    raw
        Leave texts unchanged, including those that a spreadsheet would run as formulas.

    Yields
    ------
    tuple of str and iterator of bytes
        Name of each file, and its content in pieces.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> files = {name: b"".join(content) for name, content in csv_files(rows)}
    >>> files["links.csv"].splitlines()[0][:30]
    b'"link_id","source","target","l'
    """
    yield "about.json", iter([json.dumps(all_facts(rows), indent=2).encode() + b"\n"])
    yield "nodes.csv", csv_chunks(_csv_columns(batch, raw=raw) for batch in rows.nodes())
    yield "links.csv", csv_chunks(_csv_columns(batch, raw=raw) for batch in rows.links())


def csv_chunks(parts: Iterator[dict[str, pa.Array]]) -> Iterator[bytes]:
    """Yield the parts of a table, given as columns by name, as CSV with one header."""
    from pyarrow import csv

    header = True
    for columns in parts:
        out = io.BytesIO()
        csv.write_csv(pa.table(columns), out, csv.WriteOptions(include_header=header))
        yield out.getvalue()
        header = False


def _csv_columns(batch: pa.RecordBatch, *, raw: bool) -> dict[str, pa.Array]:
    """Return the columns of a batch by name, as CSV can hold them."""
    return {
        name: _csv_cells(column, raw=raw)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }


def _csv_cells(column: pa.Array, *, raw: bool) -> pa.Array:
    """Return times as text, and texts so that no spreadsheet runs them, unless raw."""
    if pa.types.is_timestamp(column.type):
        return pa.array(moments(column), pa.string())
    if raw or not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    texts = [
        f"'{text}" if text is not None and text.startswith(FORMULA) else text
        for text in column.to_pylist()
    ]
    return pa.array(texts, column.type)
