"""A pair of CSV files, ``nodes.csv`` and ``links.csv``, for spreadsheets and loaders.

As RFC 4180 has it, but for lines that end in a newline alone, in UTF-8. A null is an empty cell and
an empty text is ``""``, which most readers take for the same and some can tell. A text that a
spreadsheet would run as a formula gets an apostrophe before it, unless raw texts are asked for.
``about.json`` says what holds for both.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from hummgraph.export.rows import moments, whole_facts
from hummgraph.frames import FORMULA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["CSV_FILES", "csv_files"]

CSV_FILES: Final = ("about.json", "nodes.csv", "links.csv")
"""Files of the folder."""


def csv_files(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - the nodes tell it in any case
    raw: bool = False,
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield a graph as two CSV files, piece by piece.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect: nodes have ``parent_id``.
    raw
        Leave texts as they are, also those that a spreadsheet would run.

    Yields
    ------
    tuple of str and iterator of bytes
        Name and content of each file.

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
    yield "about.json", iter([json.dumps(whole_facts(rows), indent=2).encode() + b"\n"])
    yield "nodes.csv", _table(rows.nodes(), raw=raw)
    yield "links.csv", _table(rows.links(), raw=raw)


def _table(batches: Iterator[pa.RecordBatch], *, raw: bool) -> Iterator[bytes]:
    from pyarrow import csv

    head = True
    for batch in batches:
        columns = {
            name: _cells(column, raw=raw)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        out = io.BytesIO()
        options = csv.WriteOptions(include_header=head)
        csv.write_csv(pa.table(columns), out, options)
        yield out.getvalue()
        head = False


def _cells(column: pa.Array, *, raw: bool) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return pa.array(moments(column), pa.string())
    if raw or not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    texts = [
        f"'{text}" if text is not None and text.startswith(FORMULA) else text
        for text in column.to_pylist()
    ]
    return pa.array(texts, column.type)
