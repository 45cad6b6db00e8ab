"""Lists: the options of every command that prints one, and its formats.

A terminal gets a table with the first rows and the main columns. A pipe or a file gets all rows and
columns, as text for ``cut`` and ``sort`` or as CSV, JSON or Parquet, never wrapped or cut.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.console import Group
from rich.table import Table

from hummgraph import errors
from hummgraph.cli.completion import complete_columns
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.printing import (
    err,
    is_terminal,
    number,
    out,
    plain_cell,
    print_block,
    styled,
    unbroken,
)
from hummgraph.frames import Frame, marked, visible
from hummgraph.snapshot.atomic import STANDARD_OUTPUT, is_standard_output, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions
    from rich.text import Text

__all__ = [
    "Format",
    "ListFile",
    "Listing",
    "json_rows",
    "list_table",
    "print_list",
    "refuse_list",
    "refuse_list_in_json",
    "writes_list",
]

_GROUP: Final = "List"
_TERMINAL_ROWS: Final = 25
"""Rows of a table in a terminal, unless --limit has another number: about a screen."""

_MAX_HEADING_WORD: Final = 16
"""Longest word of a heading that is not broken, as columns of a crosswalk may have any name."""

_ID_WIDTH: Final = 16
"""Longest id that is never broken, as those of clusters are."""

_GAP: Final = 2
"""Blanks between two columns."""

_LEAST_WIDTH: Final = 12
"""Least width of a column of longer texts."""

_MARKS: Final = (
    ("path", "deleted"),
    ("source_path", "source_deleted"),
    ("target_path", "target_deleted"),
)
_JSON_TEXT: Final = "evidence"
"""The column that holds JSON texts."""


class Format(StrEnum):
    """The format of a list."""

    TABLE = "table"
    TSV = "tsv"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES: Final = {
    ".tsv": Format.TSV,
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
}

ListFile = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the list to a file: .tsv, .csv, .json, .jsonl or .parquet. An existing file is"
        " replaced.",
        show_default=False,
        rich_help_panel=_GROUP,
    ),
]


@dataclass(frozen=True, slots=True)
class Listing:
    """Options of a list: rows, order, columns and format.

    Parameters
    ----------
    limit
        Largest number of rows; 0 for all. ``None`` for all, or for the first ones in a terminal.
    sort
        Columns to sort by, with ``-`` before one that is sorted from high to low.
    columns
        Columns, in their order; empty for the main ones in a table, and for all elsewhere.
    format
        ``None`` for a table in a terminal and TSV elsewhere, or the format of a file's suffix.
    """

    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            help=f"Print N rows at most, 0 for all; without it, {_TERMINAL_ROWS} in a terminal.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None
    sort: Annotated[
        list[str],
        typer.Option(
            "--sort",
            metavar="COLUMN",
            help="Sort by a column, or by several: A,B; from high to low with -A.",
            show_default=False,
            autocompletion=complete_columns,
            rich_help_panel=_GROUP,
        ),
    ] = field(default_factory=list)
    columns: Annotated[
        list[str],
        typer.Option(
            "--columns",
            metavar="A,B",
            help="Print these columns; without it, the main ones in a table and all elsewhere.",
            show_default=False,
            autocompletion=complete_columns,
            rich_help_panel=_GROUP,
        ),
    ] = field(default_factory=list)
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(Format)}; without it, a table in a terminal and tsv elsewhere.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None

    def chosen(self, output: Path | None = None, *, default: Format | None = None) -> Format:
        """Return the format of a list that goes to a file, or to standard output.

        Raises
        ------
        ConfigError
            If the limit is negative.
        FormatError
            If no list has the suffix of the file, or Parquet would go to a terminal.
        """
        if self.limit is not None and self.limit < 0:
            raise errors.ConfigError(f"--limit is {self.limit}; it must be 0 or more.")
        printed = output is None or is_standard_output(output)
        found = self.format
        if found is None and output is not None and not printed:
            found = _SUFFIXES.get(output.suffix.lower())
            if found is None:
                raise errors.FormatError(
                    f"No list is written as {output.suffix or output.name!r};"
                    f" there are {', '.join(_SUFFIXES)}.",
                    hint="Or name a format with --format.",
                )
        found = found or default or (Format.TABLE if is_terminal(sys.stdout) else Format.TSV)
        if found is Format.PARQUET and printed and is_terminal(sys.stdout):
            raise errors.FormatError(
                "Parquet is bytes, which a terminal cannot show.",
                hint="Write it to a file with -o FILE.",
            )
        return found

    def most(self, output: Path | None = None, *, default: Format | None = None) -> int | None:
        """Return the number of rows that are printed at most; ``None`` for all."""
        chosen = self.chosen(output, default=default)
        if self.limit is None and chosen is Format.TABLE and output is None:
            return _TERMINAL_ROWS if is_terminal(sys.stdout) else None
        return self.limit or None

    def console(self, output: Path | None = None, *, default: Format | None = None) -> Console:
        """Return the console for remarks: that of a table, but never that of rows of data."""
        table = self.chosen(output, default=default) is Format.TABLE
        return out if table and output is None else err


def refuse_list(where: str, *, file: bool, hint: str = "") -> None:
    """Raise an error for options of a list that is not printed.

    Parameters
    ----------
    where
        The combination, as for :func:`refuse_idle`.
    file
        Whether ``--output`` would write the list only.
    hint
        Advice, as for :func:`refuse_idle`.

    Raises
    ------
    ConfigError
        If any of the options is given.
    """
    names = [option.name for option in fields(Listing)]
    refuse_idle(where, *(["output"] if file else []), *names, hint=hint)


def refuse_list_in_json(*, file: bool) -> None:
    """Raise an error for options of a list where ``--json`` prints the whole result instead.

    Raises
    ------
    ConfigError
        If any of the options is given.
    """
    refuse_list(
        "with --json, which prints the whole result",
        file=file,
        hint="Use --format json for the rows of the list, or redirect standard output to a file.",
    )


def writes_list(output: Path | None, listing: Listing) -> bool:
    """Return whether a file takes the list, rather than a picture or another document."""
    return output is not None and (output.suffix.lower() in _SUFFIXES or listing.format is not None)


def print_list(
    frame: Frame,
    listing: Listing,
    *,
    title: str = "",
    shown: Sequence[str] = (),
    output: Path | None = None,
    default: Format | None = None,
    total: int | None = None,
) -> None:
    """Print a list, or write it to a file.

    Parameters
    ----------
    frame
        All rows and columns, ordered.
    listing
        The options.
    title
        Text above a table.
    shown
        The main columns, which a table has; empty for all.
    output
        A file instead of standard output.
    default
        The format on standard output, if it is the same for terminals and pipes.
    total
        Number of all rows, if the frame has only the first of them.

    Raises
    ------
    ConfigError
        If a column does not exist.
    FormatError
        The same as in :meth:`Listing.chosen`.
    """
    chosen = listing.chosen(output, default=default)
    total = len(frame) if total is None else total
    rows = _sort_rows(frame, listing.sort)
    limit = listing.most(output, default=default)
    if limit is not None:
        rows = rows.head(limit)
    rows = rows.shown()
    columns = _find_columns(frame, listing.columns, "--columns")
    parts: Iterator[bytes]
    if chosen is Format.TABLE:
        heading = title if len(rows) == total else f"{title}: {len(rows):,} of {total:,}"
        table = list_table(rows, columns or list(shown), title=heading)
        if output is None:
            print_block(table, console=out)
            return
        parts = iter([unbroken(table).encode()])
    else:
        if len(rows) < total:
            err.print(f"{len(rows):,} of {number(total, 'row')}", style="dim")
        parts = _ENCODERS[chosen](rows.select(*columns) if columns else rows)
    with write_atomically(Path(STANDARD_OUTPUT) if output is None else output) as file:
        file.writelines(parts)
    if output is not None and not is_standard_output(output):
        err.print(str(output), soft_wrap=True)


def list_table(frame: Frame, columns: Sequence[str] = (), *, title: str) -> Group:
    """Build a table for a terminal; deleted nodes are marked after their names.

    Columns for which a terminal is too narrow are left out, the last ones first, and named.
    """
    found = [_Column.of(name, _column_cells(frame, name)) for name in columns or frame.columns]
    # A title of the table itself would be as narrow as the table.
    return Group(styled(title, "bold"), _FittingTable(found))


@dataclass(frozen=True)
class _Column:
    """Column of a table for a terminal."""

    name: str
    heading: Text
    cells: list[Text]
    is_number: bool
    least: int
    """Least width in characters: that of numbers and ids, which people copy, is their own."""
    widest: int

    @classmethod
    def of(cls, name: str, values: list[Any]) -> _Column:
        is_number = all(isinstance(cell, int | float | None) for cell in values)
        heading = styled(name.replace("_", " "))
        cells = [styled(plain_cell(cell)) for cell in values]
        widest = max((cell.cell_len for cell in cells), default=0)
        is_whole = is_number or (widest <= _ID_WIDTH and name.endswith("id"))
        word = min(_MAX_HEADING_WORD, max(map(len, heading.plain.split()), default=0))
        least = max(word, widest if is_whole else min(widest, _LEAST_WIDTH))
        return cls(name, heading, cells, is_number, least, max(widest, heading.cell_len))


@dataclass(frozen=True)
class _FittingTable:
    """Table with as many of its columns as a terminal has room for."""

    columns: list[_Column]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        shown, room = list(self.columns), options.max_width
        while len(shown) > 1 and sum(one.least + _GAP for one in shown) - _GAP > room:
            shown.pop()
        widths = [max(one.widest, one.least) for one in shown]
        while sum(widths) + _GAP * (len(shown) - 1) > room:
            spare = [width - one.least for width, one in zip(widths, shown, strict=True)]
            if max(spare, default=0) <= 0:
                break
            widths[spare.index(max(spare))] -= 1
        table = Table(header_style="dim", box=None, pad_edge=False)
        for one, width in zip(shown, widths, strict=True):
            justify: Literal["left", "right"] = "right" if one.is_number else "left"
            table.add_column(one.heading, justify=justify, overflow="fold", width=width)
        for row in zip(*(one.cells for one in shown), strict=True):
            table.add_row(*row)
        yield table
        if len(shown) < len(self.columns):
            left = ", ".join(one.heading.plain for one in self.columns[len(shown) :])
            yield styled(f"Too narrow for {left}: --columns chooses others.", "dim")


def _column_cells(frame: Frame, name: str) -> list[Any]:
    """Return the cells of a column, deleted nodes marked."""
    flag = dict(_MARKS).get(name)
    if flag is None or flag not in frame.columns:
        return frame[name]
    pairs = zip(frame[name], frame[flag], strict=True)
    return [text and marked(text, deleted=bool(gone)) for text, gone in pairs]


# --- columns ---------------------------------------------------------------------------------


def _find_columns(frame: Frame, wanted: Sequence[str], option: str) -> list[str]:
    """Read names of columns: each value is one, or several with commas between."""
    names = [
        _find_column(frame, name, option)
        for value in wanted
        for name in ([value] if value in frame.columns else value.split(","))
    ]
    return list(dict.fromkeys(names))


def _find_column(frame: Frame, wanted: str, option: str) -> str:
    """Return the name of a column, given as such or as a heading."""
    if wanted in frame.columns:
        return wanted
    folded = {_fold_name(name): name for name in reversed(frame.columns)}
    name = folded.get(_fold_name(wanted))
    if name is None:
        near = get_close_matches(_fold_name(wanted), folded, n=1)
        raise errors.ConfigError(
            f"{option} has {wanted!r}, which is not a column of this list; its columns are"
            f" {', '.join(map(visible, frame.columns))}.",
            hint=f"Did you mean {folded[near[0]]!r}?" if near else "",
        )
    return name


def _fold_name(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _sort_rows(frame: Frame, wanted: Sequence[str]) -> Frame:
    """Sort by columns, the first one first; equal rows stay in their order."""
    names = [
        name
        for value in wanted
        for name in ([value] if value.lstrip("-") in frame.columns else value.split(","))
    ]
    for name in reversed(names):
        descending = name.startswith("-") and name not in frame.columns
        column = _find_column(frame, name.removeprefix("-") if descending else name, "--sort")
        frame = frame.sort_by(column, descending=descending)
    return frame


# --- bytes -----------------------------------------------------------------------------------


def _as_tsv(frame: Frame) -> Iterator[bytes]:
    """Write one line a row: tabs, line breaks and unprintable characters are escaped."""
    yield ("\t".join(map(_escape_text, frame.columns)) + "\n").encode()
    for row in frame:
        yield ("\t".join(_escape_text(_cell_text(cell)) for cell in row.values()) + "\n").encode()


def _escape_text(text: str) -> str:
    r"""Escape characters that end a cell or act on a terminal, as ``\t``; a backslash is ``\\``."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        character
        if character.isprintable() and character != "\\"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _cell_text(cell: object) -> str:
    """Write a cell of TSV: nothing for null, numbers in full."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, list):
        return "; ".join(map(_cell_text, cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _as_csv(frame: Frame) -> Iterator[bytes]:
    """Write CSV as in files, with unprintable characters replaced in a terminal."""
    text = frame.to_csv()
    if is_terminal(sys.stdout):
        text = "\r\n".join(map(visible, text.split("\r\n")))
    yield text.encode()


def _as_json_lines(frame: Frame) -> Iterator[bytes]:
    for row in frame:
        yield f"{_json_line(row)}\n".encode()


def _as_json(frame: Frame) -> Iterator[bytes]:
    """Return one JSON array with a line for each row."""
    yield b"["
    for at, row in enumerate(frame):
        yield f"{',' if at else ''}\n  {_json_line(row)}".encode()
    yield b"\n]\n" if len(frame) else b"]\n"


def json_rows(frame: Frame) -> list[dict[str, Any]]:
    """Return the rows that ``--format json`` prints, as plain data."""
    rows: list[dict[str, Any]] = json.loads(b"".join(_as_json(frame.shown())))
    return rows


def _json_line(row: dict[str, Any]) -> str:
    """Write a row as a JSON object on one line, with unprintable characters escaped."""
    row = {name: None if cell != cell else cell for name, cell in row.items()}  # noqa: PLR0124 - NaN differs from itself
    text = row.get(_JSON_TEXT)
    if isinstance(text, str):
        row = row | {_JSON_TEXT: json.loads(text)}
    line = json.dumps(row, ensure_ascii=False, default=_cell_text)
    if line.isprintable():
        return line
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1] for character in line
    )


def _as_parquet(frame: Frame) -> Iterator[bytes]:
    sink = pa.BufferOutputStream()
    pq.write_table(frame.to_arrow(), sink)
    yield sink.getvalue().to_pybytes()


_ENCODERS: Final = {
    Format.TSV: _as_tsv,
    Format.CSV: _as_csv,
    Format.JSON: _as_json,
    Format.JSONL: _as_json_lines,
    Format.PARQUET: _as_parquet,
}
