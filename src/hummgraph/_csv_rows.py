"""CSV as people and programs write it, as blocks of texts."""

from __future__ import annotations

import csv
import re
from typing import IO, TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph._rows import BLOCK_ROWS, Block, Rows
from hummgraph.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["csv_rows"]

_MARKS: Final = (",", ";", "\t", "|")
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
    mark, names = _header(head, what)
    return Rows(names, lambda: _blocks(opener, mark, names, what), what)


def _header(head: bytes, what: str) -> tuple[str, tuple[str, ...]]:
    if b"\0" in head[:4]:
        raise FormatError(f"{what} is encoded as UTF-16 or UTF-32.", hint="Save it as CSV UTF-8.")
    # Without the character that the end may cut in two.
    text = head.decode("utf-8-sig", errors="ignore" if len(head) == _HEADER else "replace")
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    if not lines:
        raise FormatError(f"{what} is empty.", hint="A file of links has a header at least.")
    mark = max(_MARKS, key=lines[0].count)
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
                for start in range(skipped, len(batch), BLOCK_ROWS):
                    part = batch.slice(start, BLOCK_ROWS)
                    yield Block(len(part), dict(zip(names, part.columns, strict=True)))
                skipped = max(0, skipped - len(batch))
        except pa.ArrowException as error:
            raise _fault(error, wrong, len(names), what) from None


def _fault(error: Exception, wrong: list[Any], n_columns: int, what: str) -> FormatError:
    if wrong:
        row = wrong[0]
        place = "a row" if row.number is None else f"row {row.number:,}"
        return FormatError(
            f"{what} has {n_columns} columns by its header, and {row.actual_columns} in {place}.",
            hint="Quote cells that hold the separator, and remove what is no row of the table.",
        )
    if "UTF" in str(error).upper():
        return FormatError(f"{what} is not UTF-8.", hint="Save it as CSV UTF-8.")
    return FormatError(f"{what} cannot be read as CSV: {error}.")
