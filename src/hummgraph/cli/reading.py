"""What a command is about, from its arguments: a snapshot, or the graph of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from hummgraph import errors
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.tables.files import is_pipe
from hummgraph.snapshot.readers import read_links
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Reading", "attributes_from", "graph_from", "snapshot_from", "text_of"]

_PARQUET: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file of links is read, as options say it.

    Parameters
    ----------
    columns
        Pairs ``column=field``.
    ends
        ``"column"`` or ``"table"``: what names at the ends are of.
    catalogue, names
        Where names of ids are.
    """

    columns: Sequence[str] = ()
    ends: str = "column"
    catalogue: Path | None = None
    names: Path | None = None


def snapshot_from(path: Path, reading: Reading) -> Snapshot:
    """Read a snapshot folder, or a file of links or GraphML as one."""
    is_graphml = path.suffix.lower() == ".graphml"
    if is_pipe(path) or (path.is_file() and not is_graphml):
        return read_links(
            path,
            columns=_columns(reading.columns),
            level=str(reading.ends),
            catalogue=reading.catalogue,
            names=reading.names,
        )
    given = (reading.columns, reading.catalogue, reading.names, reading.ends != "column")
    if any(given):
        raise errors.ConfigError(
            "--catalogue, --names, --columns and --ends go with a file of links; what else there is"
            " has its own.",
            hint="Give names to 'hummgraph fetch' instead.",
        )
    if not is_graphml:
        return read_snapshot(path)
    return read_graphml(path).snapshot


def graph_from(path: Path, reading: Reading, *, decisions: Path | None) -> LinkGraph:
    """Read a graph, with decisions laid over it where there are any."""
    graph = LinkGraph(snapshot_from(path, reading))
    return graph if decisions is None else graph.with_decisions(decisions)


def attributes_from(path: Path) -> pa.Table:
    """Read a table of attributes from CSV or Parquet; an empty cell of CSV is a null.

    Raises
    ------
    ConfigError
        If it cannot be read.
    FormatError
        If it is no such table.
    """
    import pyarrow.parquet as pq
    from pyarrow import csv

    try:
        with path.open("rb") as file:
            if file.peek(len(_PARQUET)).startswith(_PARQUET):
                return pq.read_table(file)
            # A text in quotes is one, also if it is empty.
            options = csv.ConvertOptions(
                null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
            )
            lines = csv.ParseOptions(newlines_in_values=True)
            return csv.read_csv(file, parse_options=lines, convert_options=options)
    except OSError as error:
        raise _unreadable(path, error) from error
    except pa.ArrowException as error:
        raise errors.FormatError(
            f"{str(path)!r} is no table that can be read: neither CSV in UTF-8 nor Parquet.",
            hint="The first row of CSV has the names of the columns.",
        ) from error


def text_of(path: Path) -> str:
    """Read a file of text.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise errors.ConfigError(f"{str(path)!r} is not UTF-8: byte {error.start:,}.") from None


def _unreadable(path: Path, error: OSError) -> errors.ConfigError:
    return errors.ConfigError(
        f"Cannot read {str(path)!r}: {error.strerror}.", hint="Check the path."
    )


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``column=field``; a column's name may hold the sign, a field's does not."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, mark, field = pair.rpartition("=")
        if not (mark and name and field) or name in found:
            raise errors.ConfigError(
                f"--columns is {pair!r}; it must be column=field, each column once.",
                hint="--columns score=confidence --columns left=source",
            )
        found[name] = field
    return found
