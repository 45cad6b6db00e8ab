"""The two Parquet files of an export, read as an equal graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ConfigError, FormatError
from hummgraph.errors.arguments import check_path
from hummgraph.errors.texts import quoted
from hummgraph.graph.columns import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.limits import MemoryBudget, checked_limits
from hummgraph.records.tables.files import is_file
from hummgraph.snapshot.parquet import MAX_FOOTER_ITEMS, ROWS_AT_ONCE, decoded_bytes

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from hummgraph.records.limits import Limits

__all__ = ["is_export", "read_parquet"]

NODES: Final = "nodes.parquet"
LINKS: Final = "links.parquet"
_KEYS: Final = {NODES: {"node_id", "level"}, LINKS: {"link_id", "source", "target"}}
_MAX_TEXT: Final = (1 << 31) - 1  # of Thrift


def read_parquet(path: str | os.PathLike[str], *, limits: Limits | None = None) -> LinkGraph:
    """Read a graph from the folder of Parquet files that :func:`hummgraph.write` wrote.

    Parameters
    ----------
    path
        The folder with ``nodes.parquet`` and ``links.parquet``, or one of the two files.
    limits
        Limits on memory (`memory`); those of `Limits()` by default.

    Returns
    -------
    LinkGraph
        Equal to the graph that was written with ``evidence="full"``; otherwise with the redacted
        evidence, and ``snapshot.kept_evidence`` and the report say so. Other columns, such as those
        of clusters, are ignored.

    Raises
    ------
    FormatError
        If a file is not Parquet, or is not a table of :meth:`LinkGraph.from_arrow`.
    ConfigError
        If a file is missing or cannot be read.
    ArgumentError
        If ``path`` is not a path.
    MemoryLimitError
        If the tables need more memory than `limits` allow.

    See Also
    --------
    LinkGraph.from_arrow : Build a graph from tables in memory.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> import tempfile
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = hg.write(graph, Path(folder) / "demo", format="parquet", evidence="full")
    ...     again = hg.read_parquet(path)
    >>> again == graph
    True
    """
    check_path(path, "read_parquet", "a folder of Parquet files")
    memory = MemoryBudget(checked_limits(limits))
    folder = _folder_of(Path(path))
    tables = [
        _read_table(folder / name, columns, memory)
        for name, columns in ((NODES, NODE_COLUMNS), (LINKS, LINK_COLUMNS))
    ]
    try:
        return LinkGraph.from_arrow(*tables)
    except UnicodeDecodeError as error:
        raise _damaged(folder / LINKS) from error
    except FormatError as error:
        raise FormatError(f"{quoted(str(folder))}: {error.message}", hint=error.hint) from error


def is_export(path: Path) -> bool:
    """Return whether a path is a folder of an export in Parquet, or one of its two files.

    Examples
    --------
    >>> is_export(Path("links.json"))
    False
    """
    import pyarrow.parquet as pq

    folder = _folder_of(path)
    if not all(is_file(folder / name) for name in _KEYS):
        return False
    try:
        return all(keys <= {*pq.read_schema(folder / name).names} for name, keys in _KEYS.items())
    except (OSError, pa.ArrowException):
        return False


def _folder_of(path: Path) -> Path:
    return path.parent if path.name in _KEYS else path


def _read_table(path: Path, columns: Iterable[str], memory: MemoryBudget) -> pa.Table:
    """Read some columns of a file, whose texts may stand for far more than its size."""
    import pyarrow.parquet as pq

    if not is_file(path):
        raise ConfigError(
            f"There is no file {quoted(str(path))}.",
            hint="An export is a folder with nodes.parquet and links.parquet.",
        )
    what = f"The table in {quoted(str(path))}"
    limits = {
        "thrift_container_size_limit": MAX_FOOTER_ITEMS,
        # Facts of the graph are one text in the footer.
        "thrift_string_size_limit": max(1, min(path.stat().st_size, _MAX_TEXT)),
    }
    try:
        with pq.ParquetFile(path, **limits) as file:
            schema = file.schema_arrow
        names = [name for name in columns if schema.get_field_index(name) >= 0]
        with pq.ParquetFile(path, read_dictionary=names, **limits) as file:
            batches = []
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=names, use_threads=False):
                memory.take(batch.nbytes + sum(map(_text_bytes, batch.columns)), what)
                batches.append(batch)
        empty = pa.schema([schema.field(name) for name in names])
        table = pa.Table.from_batches(batches, schema=batches[0].schema if batches else empty)
        table.validate(full=True)
        return table.replace_schema_metadata(schema.metadata)
    except (pa.ArrowException, OSError, OverflowError) as error:
        raise _damaged(path) from error


def _text_bytes(array: Any) -> int:
    is_coded = pa.types.is_dictionary(array.type)
    return decoded_bytes(array) if is_coded else 0


def _damaged(path: Path) -> FormatError:
    return FormatError(
        f"{quoted(str(path))} cannot be read as Parquet: it is damaged, cut off or of another"
        " format.",
        hint="Write or copy the file again.",
    )
