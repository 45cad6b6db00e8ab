"""Reading of the snapshot or graph that a command works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer evaluates the annotations of the group
from typing import TYPE_CHECKING, Annotated, Final

import pyarrow as pa
import typer

from hummgraph import errors
from hummgraph.cli.hints import READING, with_option_names
from hummgraph.cli.options import Memory, memory_bytes
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.export.parquet_reader import is_export, read_parquet
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.limits import Limits
from hummgraph.records.tables.files import as_utf8, is_pipe
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Ends",
    "Reading",
    "attributes_from",
    "graph_from",
    "names_graphml",
    "snapshot_from",
    "text_of",
]

_PARQUET: Final = b"PAR1"
_GROUP: Final = "Reading a file of links"


class Ends(StrEnum):
    """Level of the names at the ends of links."""

    COLUMN = "column"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Reading:
    """Options for reading a file of links.

    Parameters
    ----------
    mapping
        Pairs ``column=field``.
    ends
        Level of the names at the ends of links.
    catalogue, names
        Files with the names of ids.
    memory
        Largest memory, as a person writes it.
    """

    catalogue: Annotated[
        Path | None,
        typer.Option(
            "--catalogue",
            metavar="DIR",
            help="A folder of catalogue files: tables.json, columns.json ...",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None
    names: Annotated[
        Path | None,
        typer.Option(
            "--names",
            metavar="FILE",
            help="A JSON file of names by id, for nodes without a name.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None
    mapping: Annotated[
        list[str],
        typer.Option(
            "--map",
            metavar="YOURS=FIELD",
            help="Field of a column, as score=confidence; repeatable.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = field(default_factory=list)
    ends: Annotated[
        Ends,
        typer.Option(
            "--ends",
            metavar="LEVEL",
            help="Level of the names in a table of links: column or table.",
            rich_help_panel=_GROUP,
        ),
    ] = Ends.COLUMN
    memory: Memory = None

    @property
    def max_memory(self) -> int | None:
        """Largest memory in bytes; ``None`` without the option."""
        return memory_bytes(self.memory)

    @property
    def limits(self) -> Limits:
        """Limits on reading."""
        allowed = self.max_memory
        return Limits() if allowed is None else Limits(memory=allowed)


def names_graphml(path: Path) -> bool:
    """Return whether a path has the name of a GraphML file, gzipped or not."""
    return path.name.lower().endswith((".graphml", ".graphml.gz"))


def snapshot_from(path: Path, reading: Reading) -> Snapshot:
    """Read a snapshot folder, or links, GraphML or an export in Parquet as one."""
    is_graphml = names_graphml(path)
    is_exported = not is_graphml and is_export(path)
    if is_pipe(path) or (path.is_file() and not is_graphml and not is_exported):
        try:
            return read_links(
                path,
                columns=_parse_mapping(reading.mapping),
                level=str(reading.ends),
                catalogue=reading.catalogue,
                names=reading.names,
                limits=reading.limits,
            )
        except errors.HummgraphError as error:
            error.message = with_option_names(error.message, READING)
            error.hint = with_option_names(error.hint, READING)
            raise
    if reading.mapping or reading.catalogue or reading.ends != "column":
        raise errors.ConfigError(
            "--catalogue, --map and --ends are for files of links; a snapshot, a GraphML file"
            " and an export have their own catalogue.",
            hint="--names adds names.",
        )
    if is_exported:
        snapshot = read_parquet(path, limits=reading.limits).snapshot
    elif is_graphml:
        snapshot = read_graphml(path, limits=reading.limits).snapshot
    else:
        snapshot = read_snapshot(path, limits=reading.limits)
    return snapshot if reading.names is None else snapshot.with_names(reading.names)


def graph_from(path: Path, reading: Reading, *, decisions: Path | None) -> LinkGraph:
    """Read a graph, with decisions if there are any."""
    graph = LinkGraph(snapshot_from(path, reading))
    return graph if decisions is None else graph.with_decisions(decisions)


def attributes_from(path: Path) -> pa.Table:
    """Read a table of attributes from CSV or Parquet; an empty cell of CSV is a null.

    Numbers of CSV that begin with a zero, such as 007, are codes: they stay text.

    Raises
    ------
    ConfigError
        If it cannot be read.
    FormatError
        If the file is not a table.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from pyarrow import csv

    try:
        with path.open("rb") as file:
            if file.peek(len(_PARQUET)).startswith(_PARQUET):
                return pq.read_table(file)
            # An empty text in quotes is not a null.
            options = csv.ConvertOptions(
                null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
            )
            lines = csv.ParseOptions(newlines_in_values=True)
            content = file.read()
            table = csv.read_csv(
                pa.BufferReader(content), parse_options=lines, convert_options=options
            )
            numbers = [one.name for one in table.schema if _is_number(one.type)]
            options.column_types = dict.fromkeys(numbers, pa.string())
            texts = csv.read_csv(
                pa.BufferReader(content), parse_options=lines, convert_options=options
            )
    except OSError as error:
        raise _read_error(path, error) from error
    except pa.ArrowException as error:
        raise errors.FormatError(
            f"{str(path)!r} is not a table: neither CSV in UTF-8 nor Parquet.",
            hint="The first row of CSV has the names of the columns.",
        ) from error
    for name in numbers:
        # A number that begins with a zero is a code.
        if pc.any(pc.match_substring_regex(texts[name], r"^[+-]?0[0-9]")).as_py():
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, texts[name])
    return table


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def text_of(path: Path) -> str:
    """Read a file of text.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    try:
        return as_utf8(path.read_bytes()).decode()
    except OSError as error:
        raise _read_error(path, error) from error
    except UnicodeDecodeError as error:
        raise errors.ConfigError(f"{str(path)!r} is not UTF-8: byte {error.start:,}.") from None


def _read_error(path: Path, error: OSError) -> errors.ConfigError:
    return errors.ConfigError(
        f"Cannot read {str(path)!r}: {error.strerror}.", hint="Check the path."
    )


def _parse_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Read pairs ``column=field``; only names of columns may contain ``=``."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, mark, field = pair.rpartition("=")
        if not (mark and name and field) or name in found:
            raise errors.ConfigError(
                f"--map is {pair!r}; it must be column=field, each column once.",
                hint="For example: --map score=confidence --map left=source",
            )
        found[name] = field
    return found
