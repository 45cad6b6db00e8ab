"""CSV as people and programs write it, as blocks of texts."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import FormatError
from hummgraph.records.tables.rows import BLOCK_ROWS, Block, Rows, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["csv_rows"]

_MARKS: Final = (",", ";", "\t", "|")
_BLANKS: Final = ' \t,;|"'
_SEPARATOR: Final = re.compile(  # the line that tells Excel the separator
    rb'\A(?:\xef\xbb\xbf)?"?sep=([,;|\t])"?[ ,;|]*(?:\r\n|\r|\n)', re.IGNORECASE
)
_HEADER: Final = 1 << 20  # no header is longer
_BLOCK: Final = 1 << 24


def csv_rows(opener: Callable[[], IO[bytes]], what: str) -> Rows:
    """Read a file of CSV: its columns at once, its rows when they are asked for.

    Columns may be separated by commas, semicolons, tabs or bars, whichever the header has most of.

    Raises
    ------
    FormatError
        If it has no header, or is not UTF-8.
    """
    with opener() as file:
        head = file.read(_HEADER)
    told = _SEPARATOR.match(head)
    n_skipped = told.end() if told else 0

    def begun() -> IO[bytes]:
        """Open the file after the line that names its separator, if it has one."""
        file = opener()
        file.read(n_skipped)
        return file

    mark, names = _header(head[n_skipped:], what, told[1].decode() if told else None)
    return Rows(
        names,
        lambda: _blocks(begun, mark, names, what),
        what,
        hint="A CSV file begins with a header, such as source,target,confidence; here it seems to"
        " be missing, or other lines stand before it.",
        place=lambda number: _place(begun, mark, number),
    )


def _place(opener: Callable[[], IO[bytes]], mark: str, number: int) -> str:
    """Name a row as a spreadsheet does: the header is row 1, and empty rows count."""
    with opener() as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        rows = csv.reader(text, delimiter=mark)
        full = (at for at, row in enumerate(rows, 1) if any(cell.strip() for cell in row))
        try:
            found = next(islice(full, number + 1, None), None)
        except csv.Error:  # a cell longer than Python's reader takes
            found = None
        return counted(number) if found is None else f"row {found:,}"


def _header(head: bytes, what: str, mark: str | None) -> tuple[str, tuple[str, ...]]:
    if b"\0" in head[:4]:
        raise FormatError(f"{what} is encoded as UTF-16 or UTF-32.", hint="Save it as CSV UTF-8.")
    # Without the character that the end may cut in two.
    text = head.decode("utf-8-sig", errors="ignore" if len(head) == _HEADER else "replace")
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip(_BLANKS)]
    if not lines:
        raise FormatError(f"{what} is empty.", hint="A file of links has a header at least.")
    mark = mark or max(_MARKS, key=lines[0].count)
    names = next(csv.reader(lines, delimiter=mark))
    return mark, tuple(name.strip() for name in names)


def _blocks(
    opener: Callable[[], IO[bytes]], mark: str, names: tuple[str, ...], what: str
) -> Iterator[Block]:
    from pyarrow import csv as arrow_csv

    wrong: list[Any] = []

    def note(row: Any) -> str:
        wrong.append(row)
        return "error"

    # By position: a name may occur twice, in columns that nobody reads.
    places = [str(place) for place in range(len(names))]
    with opener() as file:
        try:
            reader = arrow_csv.open_csv(
                pa.PythonFile(file, mode="r"),
                read_options=arrow_csv.ReadOptions(
                    block_size=_BLOCK, column_names=places, skip_rows=0, use_threads=False
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=mark, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
                ),
            )
            skipped = 1  # the header
            for batch in reader:
                full = _full_rows(batch)
                for start in range(skipped, len(full), BLOCK_ROWS):
                    part = full.slice(start, BLOCK_ROWS)
                    yield Block(len(part), dict(zip(names, part.columns, strict=True)))
                skipped = max(0, skipped - len(full))
        except pa.ArrowException as error:
            raise _fault(error, wrong, len(names), what) from None


def _full_rows(batch: Any) -> Any:
    """Return the rows that have a cell which is not blank; spreadsheets write others too."""
    blank = pc.equal(pc.utf8_trim_whitespace(batch.column(0)), "")
    for column in batch.columns[1:]:
        if not pc.any(blank).as_py():
            return batch
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return batch.filter(pc.invert(blank))


def _fault(error: Exception, wrong: list[Any], n_columns: int, what: str) -> FormatError:
    if wrong:
        row = wrong[0]
        place = "a row" if row.number is None else f"row {row.number:,}"
        return FormatError(
            f"{what} has {n_columns} columns by its header, and {row.actual_columns} in {place}.",
            hint="Quote cells that hold the separator, and remove what is not a row of the table.",
        )
    if "UTF" in str(error).upper():
        return FormatError(f"{what} is not UTF-8.", hint="Save it as CSV UTF-8.")
    return FormatError(f"{what} cannot be read as CSV: {error}.")
