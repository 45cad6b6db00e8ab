"""A pair of Parquet files, ``nodes.parquet`` and ``links.parquet``: typed, and read anywhere.

DuckDB, pandas, polars, Spark and warehouses read them as they are. What holds for the whole graph
stands in both files' metadata, from which ``LinkGraph.from_arrow`` reads it again.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from hummgraph.export.rows import whole_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["PARQUET_FILES", "parquet_files"]

PARQUET_FILES: Final = ("nodes.parquet", "links.parquet")
"""Files of the folder."""

_ROW_GROUP: Final = 32  # batches of rows


def parquet_files(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - the nodes tell it in any case
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield a graph as two Parquet files, piece by piece.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect: nodes have ``parent_id``.

    Yields
    ------
    tuple of str and iterator of bytes
        Name and content of each file.

    Examples
    --------
    >>> import io, pyarrow.parquet
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> files = {name: b"".join(content) for name, content in parquet_files(rows)}
    >>> pyarrow.parquet.read_table(io.BytesIO(files["links.parquet"])).num_rows
    1490
    """
    yield "nodes.parquet", _table(rows, rows.nodes())
    yield "links.parquet", _table(rows, rows.links())


def _table(rows: Rows, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = next(batches)
    about = {name: str(value) for name, value in whole_facts(rows).items()}
    schema = first.schema.with_metadata(about)
    out = io.BytesIO()
    gathered = [first]
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            if len(gathered) == _ROW_GROUP:
                writer.write_table(pa.Table.from_batches(gathered).replace_schema_metadata(about))
                gathered = []
                yield _taken(out)
            gathered.append(batch)
        writer.write_table(pa.Table.from_batches(gathered).replace_schema_metadata(about))
    yield _taken(out)


def _taken(out: io.BytesIO) -> bytes:
    """Take what was written so far; the writer keeps its own count of where it is."""
    written = out.getvalue()
    out.seek(0)
    out.truncate()
    return written
