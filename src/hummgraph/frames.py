"""A small table: what every tabular answer comes as."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hummgraph.errors import ArgumentError, MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["DELETED", "FORMULA", "Frame", "counted", "marked", "visible"]

_SHOWN = 12
_WIDEST = 48  # characters of a cell in text; a page has room for all
# A cell that begins so is taken for a formula by spreadsheets (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:14px/1.45 system-ui,sans-serif;margin:2rem}"
    "h1{font-size:1.3rem;margin:0 0 .2rem}p{margin:0 0 1rem;opacity:.7}"
    "table{border-collapse:collapse}"
    "th,td{padding:.35rem .7rem;text-align:left;vertical-align:top;max-width:26rem;"
    "overflow-wrap:break-word;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent)}"
    "th{position:sticky;top:0;background:Canvas;white-space:nowrap}"
    "tbody tr:hover{background:color-mix(in srgb,currentColor 6%,transparent)}"
    "@media print{body{margin:0}th{position:static}}"
)
_CONTENT_SECURITY = (
    "default-src 'none'; style-src 'sha256-"
    + b64encode(sha256(_STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'"
)


class Frame:
    """A table of named columns, read-only, that other libraries take without copying.

    It shows itself in a notebook, speaks Arrow's PyCapsule interface (``polars.DataFrame(frame)``,
    ``pyarrow.table(frame)``, DuckDB), and needs none of them installed.

    Parameters
    ----------
    table
        The columns.

    Examples
    --------
    >>> import pyarrow as pa
    >>> frame = Frame(pa.table({"name": ["email", "phone"], "links": [3, 1]}))
    >>> frame.shape
    (2, 2)
    >>> frame["links"]
    [3, 1]
    >>> print(frame)
    name  | links
    ------+------
    email | 3
    phone | 1
    """

    __slots__ = ("_table",)

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self._table.column_names)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return self._table.num_rows, self._table.num_columns

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self._table.to_batches():
            yield from batch.to_pylist()

    def __getitem__(self, name: str) -> list[Any]:
        self._require_column(name)
        values: list[Any] = self._table.column(name).to_pylist()
        return values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and bool(self._table.equals(other._table))

    __hash__ = None  # type: ignore[assignment]  # compares by value, may be large

    def _require_column(self, name: str) -> None:
        if name not in self._table.column_names:
            raise ArgumentError(f"No column {name!r}; there are {', '.join(self.columns)}.")

    def head(self, n: int = 10) -> Frame:
        """Return the first ``n`` rows.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [1, 2, 3]})).head(2)["n"]
        [1, 2]
        """
        return Frame(self._table.slice(0, max(n, 0)))

    def select(self, *columns: str) -> Frame:
        """Return some of the columns, in the order given.

        Raises
        ------
        ArgumentError
            If there is no such column.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"a": [1], "b": [2], "c": [3]})).select("c", "a").columns
        ['c', 'a']
        """
        for name in columns:
            self._require_column(name)
        return Frame(self._table.select(list(columns)))

    def sort_by(self, column: str, *, descending: bool = False) -> Frame:
        """Sort the rows by a column; equal ones stay in order, nulls come last.

        Raises
        ------
        ArgumentError
            If there is no such column.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [2, None, 3]})).sort_by("n", descending=True)["n"]
        [3, 2, None]
        """
        self._require_column(column)
        order = "descending" if descending else "ascending"
        return Frame(self._table.sort_by([(column, order)]))

    def to_arrow(self) -> pa.Table:
        """Return the columns as a :class:`pyarrow.Table`, without copying.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [1]})).to_arrow().num_rows
        1
        """
        return self._table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return a :class:`pandas.DataFrame`.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [1, 2]})).to_pandas().shape
        (2, 1)
        """
        _require("pandas")
        frame: pd.DataFrame = self._table.to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return a :class:`polars.DataFrame`.

        Raises
        ------
        MissingDependencyError
            If polars is not installed.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [1, 2]})).to_polars().shape
        (2, 1)
        """
        _require("polars")
        import polars as pl

        return pl.DataFrame(self._table)

    def to_csv(self, *, raw: bool = False) -> str:
        r"""Write the table as CSV, as RFC 4180 has it: ``\r\n`` between rows.

        Parameters
        ----------
        raw
            Leave cells as they are. By default a text that a spreadsheet would run as a formula
            gets an apostrophe before it.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"name": ["=1+1", "email"], "n": [-1, 2]})).to_csv()
        "name,n\r\n'=1+1,-1\r\nemail,2\r\n"
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.columns if raw else [_inert(name) for name in self.columns])
        for row in self:
            writer.writerow(row.values() if raw else [_inert(cell) for cell in row.values()])
        return out.getvalue()

    def to_html(self, *, title: str = "Table") -> str:
        """Write all rows as a page of its own: no script, nothing from a network.

        Parameters
        ----------
        title
            Its heading.

        Examples
        --------
        >>> import pyarrow as pa
        >>> page = Frame(pa.table({"name": ["<b>"]})).to_html(title="Fields")
        >>> "<td>&lt;b&gt;</td>" in page
        True
        """
        heading = escape(_text(title))
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT_SECURITY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
            f"<h1>{heading}</h1>\n<p>{len(self):,} rows</p>\n"
            f"{self._html_table(len(self))}\n</body>\n</html>\n"
        )

    def _html_table(self, n: int) -> str:
        head = "".join(f'<th scope="col">{escape(_text(name))}</th>' for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_text(cell))}</td>" for cell in row.values()) + "</tr>"
            for row in self.head(n)
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<Frame {rows:,} x {columns}: {', '.join(map(visible, self.columns))}>"

    def __str__(self) -> str:
        cells = [[_cut(_text(cell)) for cell in row.values()] for row in self.head(_SHOWN)]
        names = [_text(name) for name in self.columns]
        widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(names)]
        lines = [
            " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [names, *cells]
        ]
        lines.insert(1, "-+-".join("-" * width for width in widths))
        if len(self) > _SHOWN:
            lines.append(f"shown {_SHOWN} of {len(self):,} rows")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        note = f"<p>shown {min(_SHOWN, len(self))} of {len(self):,} rows</p>"
        return f"{self._html_table(_SHOWN)}{note}"


def _require(package: str) -> None:
    if find_spec(package) is None:
        raise MissingDependencyError(
            f"{package} is not installed.", hint=f"pip install 'hummgraph[{package}]'"
        )


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}\u2026"


def _text(cell: object) -> str:
    """Show a cell on one line: nothing for null, no control characters."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, list):
        return "; ".join(map(_text, cell))
    return visible(str(cell))


DELETED = " (deleted)"
"""What follows the name of a deleted node, wherever a name is only text."""


def visible(text: str) -> str:
    """Show what cannot be seen, such as a line break or a mark that turns the text around.

    Characters that a terminal would obey are among these.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def marked(name: str, *, deleted: bool) -> str:
    """Write a name with the mark of a deleted node where it is one."""
    return name + DELETED if deleted else name


def counted(n: int, what: str) -> str:
    """Write a number of things: ``1 link``, ``2 links``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
