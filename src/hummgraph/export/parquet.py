"""A pair of Parquet files, ``nodes.parquet`` and ``links.parquet``.

DuckDB, pandas, polars, Spark and warehouses read them. The facts of the whole graph are in the
metadata of both files, from which ``LinkGraph.from_arrow`` reads them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from hummgraph.export.rows import all_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["parquet_files"]

_ROW_GROUP: Final = 32  # number of batches in a row group


def parquet_files(rows: Rows) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield a graph as two Parquet files, piece by piece.

    Parameters
    ----------
    rows
        Nodes and links to write.

    Yields
    ------
    tuple of str and iterator of bytes
        Name of each file, and its content in pieces.

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
    yield "nodes.parquet", _table_chunks(rows, rows.nodes())
    yield "links.parquet", _table_chunks(rows, rows.links())


def _table_chunks(rows: Rows, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield a Parquet file of batches, piece by piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = next(batches)
    about = {name: str(value) for name, value in all_facts(rows).items()}
    schema = first.schema.with_metadata(about)
    out = io.BytesIO()
    gathered = [first]
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            if len(gathered) == _ROW_GROUP:
                writer.write_table(pa.Table.from_batches(gathered).replace_schema_metadata(about))
                gathered = []
                yield _take_written(out)
            gathered.append(batch)
        writer.write_table(pa.Table.from_batches(gathered).replace_schema_metadata(about))
    yield _take_written(out)


def _take_written(out: io.BytesIO) -> bytes:
    """Return the bytes written so far and empty the buffer; the writer counts its own offset."""
    written = out.getvalue()
    out.seek(0)
    out.truncate()
    return written
