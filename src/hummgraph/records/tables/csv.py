"""CSV files from people and programs, as blocks of texts."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.records.decode.chunks import is_wide
from hummgraph.records.tables.rows import BLOCK_ROWS, Block, Rows, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["csv_rows"]

_SEPARATORS: Final = (",", ";", "\t", "|")
_BLANKS: Final = ' \t,;|"'
_SEPARATOR_LINE: Final = re.compile(  # the line that tells Excel the separator
    rb'\A(?:\xef\xbb\xbf)?"?sep=([,;|\t])"?[ ,;|]*(?:\r\n|\r|\n)', re.IGNORECASE
)
_MAX_HEADER_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 1 << 24


def csv_rows(opener: Callable[[], IO[bytes]], what: str) -> Rows:
    """Read a CSV file: its columns immediately, its rows on request.

    Columns may be separated by commas, semicolons, tabs or bars; the most frequent in the header
    counts.

    Raises
    ------
    FormatError
        If it has no header, or is not UTF-8.
    """
    with opener() as file:
        head = file.read(_MAX_HEADER_BYTES)
    separator_line = _SEPARATOR_LINE.match(head)
    n_skipped = separator_line.end() if separator_line else 0

    def open_content() -> IO[bytes]:
        """Open the file behind the line that names its separator, if it has one."""
        file = opener()
        file.read(n_skipped)
        return file

    mark, names = _read_header(
        head[n_skipped:], what, separator_line[1].decode() if separator_line else None
    )
    return Rows(
        names,
        lambda: _read_blocks(open_content, mark, names, what),
        what,
        hint="A CSV file begins with a header, such as source,target,confidence; here it seems to"
        " be missing, or other lines stand before it.",
        place=lambda number: _row_place(open_content, mark, number),
    )


def _row_place(opener: Callable[[], IO[bytes]], mark: str, number: int) -> str:
    """Return the name of a row as in a spreadsheet: the header is row 1, empty rows count."""
    with opener() as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        rows = csv.reader(text, delimiter=mark)
        full = (at for at, row in enumerate(rows, 1) if any(cell.strip() for cell in row))
        try:
            found = next(islice(full, number + 1, None), None)
        except csv.Error:  # a cell that is too long for Python's reader
            found = None
        return counted(number) if found is None else f"row {found:,}"


def _read_header(head: bytes, what: str, mark: str | None) -> tuple[str, tuple[str, ...]]:
    if b"\0" in head[:4] and is_wide(head):
        raise FormatError(f"{what} is encoded as UTF-16 or UTF-32.", hint="Save it as CSV UTF-8.")
    begin = re.split(rb"[\r\n]", head.lstrip(b"\r\n"), maxsplit=1)[0]
    if b"\0" in begin or (b"\0" in head and "\ufffd" in begin.decode(errors="replace")):
        raise FormatError(f"{what} is not text.", hint="Check that it is the right file.")
    # Without a character that the end may cut in two.
    text = head.decode(
        "utf-8-sig", errors="ignore" if len(head) == _MAX_HEADER_BYTES else "replace"
    )
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip(_BLANKS)]
    if not lines:
        raise FormatError(f"{what} is empty.", hint="A file of links needs at least a header.")
    mark = mark or max(_SEPARATORS, key=lines[0].count)
    try:
        names = next(csv.reader(lines, delimiter=mark))
    except csv.Error as error:
        raise FormatError(f"The header of {what} cannot be read as CSV: {error}.") from None
    return mark, tuple(name.strip() for name in names)


def _read_blocks(
    opener: Callable[[], IO[bytes]], mark: str, names: tuple[str, ...], what: str
) -> Iterator[Block]:
    from pyarrow import csv as arrow_csv

    # By position: a name may occur twice, in columns that are not read.
    places = [str(place) for place in range(len(names))]
    with opener() as file:
        try:
            reader = arrow_csv.open_csv(
                pa.PythonFile(file, mode="r"),
                read_options=arrow_csv.ReadOptions(
                    block_size=_BLOCK_BYTES, column_names=places, skip_rows=0, use_threads=False
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=mark, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
                ),
            )
            skipped = 1  # the header
            for batch in reader:
                full = _drop_blank_rows(batch)
                for start in range(skipped, len(full), BLOCK_ROWS):
                    part = full.slice(start, BLOCK_ROWS)
                    yield Block(len(part), dict(zip(names, part.columns, strict=True)))
                skipped = max(0, skipped - len(full))
        except pa.ArrowException as error:
            raise _csv_error(error, len(names), what) from None


def _drop_blank_rows(batch: Any) -> Any:
    """Return the rows that have a cell which is not blank; spreadsheets write blank rows too."""
    blank = pc.equal(pc.utf8_trim_whitespace(batch.column(0)), "")
    for column in batch.columns[1:]:
        if not pc.any(blank).as_py():
            return batch
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return batch.filter(pc.invert(blank))


# A handler of invalid rows would print a traceback for one that is not UTF-8.
_WRONG_ROW: Final = re.compile(r"(?:Row #(?P<row>\d+): )?Expected \d+ columns, got (?P<n>\d+)")


def _csv_error(error: Exception, n_columns: int, what: str) -> FormatError:
    found = _WRONG_ROW.search(str(error))
    if found:
        place = "a row" if found["row"] is None else f"row {int(found['row']):,}"
        return FormatError(
            f"{what} has {n_columns} columns by its header, and {found['n']} in {place}.",
            hint="Quote cells that hold the separator, and remove lines that are not rows.",
        )
    if "UTF" in str(error).upper():
        return FormatError(f"{what} is not UTF-8.", hint="Save it as CSV UTF-8.")
    return FormatError(f"{what} cannot be read as CSV: {error}.")
