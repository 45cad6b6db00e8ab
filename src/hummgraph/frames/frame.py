"""A small table, the type of all tabular results."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Iterable, Sized
from difflib import get_close_matches
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.frames.screen import (
    MAX_ROWS,
    counts_shown,
    html_box,
    html_paragraph,
    html_table,
    text_table,
)
from hummgraph.frames.text import cell_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["FORMULA", "Display", "Frame"]

# Spreadsheets run a cell that begins with one of these as a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_PAGE_STYLE = (
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
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + b64encode(sha256(_PAGE_STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'"
)


class Display(Protocol):
    """Display of a table without the cells that not everybody may read."""

    def cells(self, rows: pa.Table) -> Mapping[str, Sequence[object]]:
        """Return the cells that are shown, by column, of rows with all columns that it needs."""

    def heads(self, columns: Sequence[str]) -> Sequence[str]:
        """Return the names that columns are shown by, all of them distinct."""


class Frame:
    """A read-only table of named columns.

    ``frame["name"]`` is the list of the cells of a column, and ``frame[2:5]`` a table of some rows;
    :meth:`filter` returns the rows that match. Notebooks and ``print`` show at most ten rows, and
    notebooks complete names of columns. Other libraries read a table through Arrow's PyCapsule
    interface, mostly without a copy: ``polars.DataFrame(frame)``, ``pyarrow.table(frame)``,
    ``duckdb.from_arrow(frame)``. They need not be installed.

    Cells are unchanged: only ``print``, notebooks and :meth:`to_html` show evidence as its
    vocabulary, as :meth:`shown` returns it. ``Frame(frame.to_arrow())`` shows all.

    Parameters
    ----------
    table
        The columns, as an Arrow table.
    display
        Texts shown in place of some cells; none by default.
    context
        Rows from which the display is made, as many as those of the table; by default the table.

    Examples
    --------
    >>> import pyarrow as pa
    >>> frame = Frame(pa.table({"name": ["email", "phone"], "links": [3, 1]}))
    >>> frame.shape
    (2, 2)
    >>> frame["links"]
    [3, 1]
    >>> print(frame[1:])
    name  | links
    ------+------
    phone | 1
    """

    __slots__ = ("_context", "_display", "_table")

    def __init__(
        self,
        table: pa.Table,
        *,
        display: Display | None = None,
        context: pa.Table | None = None,
    ) -> None:
        self._table = table
        self._display = display
        self._context = table if context is None else context

    def _of(self, change: Callable[[pa.Table], pa.Table]) -> Frame:
        """Return the frame of other rows."""
        table = change(self._table)
        if self._display is None:
            return Frame(table)
        context = table if self._context is self._table else change(self._context)
        return Frame(table, display=self._display, context=context)

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

    @overload
    def __getitem__(self, wanted: str) -> list[Any]: ...
    @overload
    def __getitem__(self, wanted: slice) -> Frame: ...
    def __getitem__(self, wanted: str | slice) -> list[Any] | Frame:
        if isinstance(wanted, slice):
            begin, end, step = wanted.indices(len(self))
            if step == 1:
                return self._of(lambda table: table.slice(begin, max(end - begin, 0)))
            taken = pa.array(range(begin, end, step), pa.int64())
            return self._of(lambda table: table.take(taken))
        self._require_column(wanted)
        values: list[Any] = self._table.column(wanted).to_pylist()
        return values

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and bool(self._table.equals(other._table))

    __hash__ = None  # type: ignore[assignment]  # tables compare by value, which may be large

    def _require_column(self, name: object) -> None:
        """Raise if there is no column of that name."""
        if not isinstance(name, str) and isinstance(name, Iterable) and isinstance(name, Sized):
            several = len(name) > 0 and all(isinstance(one, str) for one in name)
            raise ArgumentError(
                f"A {type(name).__name__} of {len(name):,} is neither the name of a column nor a"
                " slice of rows.",
                hint="frame.select(*names) returns several columns."
                if several
                else "frame.filter(mask) returns the rows for which a mask is true.",
            )
        if name in self._table.column_names:
            return
        hint = ""
        if isinstance(name, str):
            near = get_close_matches(name, self.columns, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else ""
        elif isinstance(name, int):
            end = "" if name == -1 else name + 1
            hint = f"frame[{name}:{end}] is a table of one row, and list(frame)[{name}] the row."
        raise ArgumentError(f"No column {name!r}; there are {', '.join(self.columns)}.", hint=hint)

    def filter(
        self,
        mask: Sequence[bool | None] | NDArray[np.bool_] | pa.Array | None = None,
        /,
        **cells: Any,
    ) -> Frame:
        """Return the rows that match all conditions, in their order.

        Parameters
        ----------
        mask
            One truth value for each row; null counts as false.
        **cells
            The wanted value of a column, by the name of the column; ``None`` matches nulls. A list,
            tuple or set matches any of its values.

        Raises
        ------
        ArgumentError
            If a column does not exist, a value is not of the type of its column, or the mask does
            not have one truth value for each row.

        Notes
        -----
        O(n) for n rows, for each condition.

        Examples
        --------
        >>> import pyarrow as pa
        >>> frame = Frame(pa.table({"name": ["email", "phone", "id"], "links": [3, 1, 3]}))
        >>> frame.filter(links=3)["name"]
        ['email', 'id']
        >>> frame.filter([n > 1 for n in frame["links"]], name=["id", "phone"])["name"]
        ['id']
        """
        table = self._table
        kept = np.ones(len(self), dtype=bool)
        if mask is not None:
            kept &= self._checked_mask(mask)
        for name, wanted in cells.items():
            self._require_column(name)
            values = (
                list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
            )
            column = table.column(name)
            try:
                found = pc.is_in(column, value_set=pa.array(values, column.type))
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
                raise ArgumentError(
                    f"{name}={wanted!r} cannot match a column of type {column.type}."
                ) from None
            kept &= found.to_numpy()
        return self._of(lambda table: table.filter(pa.array(kept)))

    def _checked_mask(
        self, mask: Sequence[bool | None] | NDArray[np.bool_] | pa.Array
    ) -> NDArray[np.bool_]:
        """Return a mask as an array; raise unless it has one truth value for each row."""
        try:
            values = pa.array(
                mask.tolist() if isinstance(mask, np.ndarray) else list(mask), pa.bool_()
            )
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
            values = None
        if values is None or len(values) != len(self):
            what = "something else" if values is None else f"{len(values):,} of them"
            raise ArgumentError(
                f"A mask must be {len(self):,} truth values, one for each row, not {what}."
            )
        kept: NDArray[np.bool_] = pc.fill_null(values, fill_value=False).to_numpy(
            zero_copy_only=False
        )
        return kept

    def head(self, n: int = 10) -> Frame:
        """Return the first ``n`` rows.

        Parameters
        ----------
        n
            Number of rows. A negative number returns no rows.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [1, 2, 3]})).head(2)["n"]
        [1, 2]
        """
        return self._of(lambda table: table.slice(0, max(n, 0)))

    def select(self, *columns: str) -> Frame:
        """Return some of the columns, in the given order.

        Parameters
        ----------
        *columns
            Names of columns.

        Raises
        ------
        ArgumentError
            If a column does not exist.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"a": [1], "b": [2], "c": [3]})).select("c", "a").columns
        ['c', 'a']
        """
        for name in columns:
            self._require_column(name)
        table = self._table.select(list(columns))
        return Frame(table, display=self._display, context=self._context)

    def sort_by(self, column: str, *, descending: bool = False) -> Frame:
        """Return the rows sorted by a column; equal rows keep their order, and nulls come last.

        Parameters
        ----------
        column
            Name of the column.
        descending
            Whether the largest values come first.

        Raises
        ------
        ArgumentError
            If the column does not exist.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [2, None, 3]})).sort_by("n", descending=True)["n"]
        [3, 2, None]
        """
        self._require_column(column)
        order = "descending" if descending else "ascending"
        place = pc.sort_indices(self._table, sort_keys=[(column, order)])
        return self._of(lambda table: table.take(place))

    def shown(self) -> Frame:
        """Return the table as it is shown: evidence as its vocabulary.

        Returns
        -------
        Frame
            Equal to this one, unless it has cells of evidence, or statuses and types that the
            contract does not name.

        Notes
        -----
        O(n) for n rows.

        Examples
        --------
        >>> import pyarrow as pa
        >>> frame = Frame(pa.table({"n": [1, 2]}))
        >>> frame.shown() == frame
        True
        """
        if self._display is None:
            return self
        table = self._table
        for name, cells in self._display.cells(self._context).items():
            for place in table.schema.get_all_field_indices(name):
                kind = table.schema.field(place).type
                table = table.set_column(place, name, pa.array(list(cells), kind))
        return Frame(table.rename_columns(list(self._display.heads(table.column_names))))

    def to_arrow(self) -> pa.Table:
        """Return the table as a :class:`pyarrow.Table`, without a copy.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"n": [1]})).to_arrow().num_rows
        1
        """
        return self._table

    def __arrow_c_schema__(self) -> object:
        return self._table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a :class:`pandas.DataFrame`.

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
        _require_package("pandas")
        frame: pd.DataFrame = self._table.to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return the table as a :class:`polars.DataFrame`.

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
        _require_package("polars")
        import polars as pl

        return pl.DataFrame(self._table)

    def to_csv(self, *, raw: bool = False) -> str:
        r"""Return the table as CSV that follows RFC 4180: lines end in ``\r\n``.

        Parameters
        ----------
        raw
            Whether to leave cells unchanged. By default, an apostrophe is put before a text that a
            spreadsheet would run as a formula.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Frame(pa.table({"name": ["=1+1", "email"], "n": [-1, 2]})).to_csv()
        "name,n\r\n'=1+1,-1\r\nemail,2\r\n"
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.columns if raw else [_escape_formula(name) for name in self.columns])
        for row in self:
            cells = [str(cell).lower() if isinstance(cell, bool) else cell for cell in row.values()]
            writer.writerow(cells if raw else [_escape_formula(cell) for cell in cells])
        return out.getvalue()

    def to_html(self, *, title: str = "Table") -> str:
        """Return all rows as an HTML page, without scripts and without requests to a network.

        Cells are those of :meth:`shown`.

        Parameters
        ----------
        title
            Heading and title of the page.

        Examples
        --------
        >>> import pyarrow as pa
        >>> page = Frame(pa.table({"name": ["<b>"]})).to_html(title="Fields")
        >>> "<td>&lt;b&gt;</td>" in page
        True
        """
        heading = escape(cell_text(title))
        shown = self.shown()
        head = "".join(f'<th scope="col">{escape(cell_text(name))}</th>' for name in shown.columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell_text(cell))}</td>' for cell in row.values())}</tr>"
            for row in shown
        )
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT_SECURITY_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{heading}</title>\n<style>{_PAGE_STYLE}</style>\n</head>\n<body>\n"
            f"<h1>{heading}</h1>\n<p>{len(self):,} rows</p>\n"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"
            "</body>\n</html>\n"
        )

    def __repr__(self) -> str:
        rows, columns = self.shape
        names = self.columns if self._display is None else self._display.heads(self.columns)
        return f"<Frame {rows:,} x {columns}: {', '.join(map(visible, names))}>"

    def __str__(self) -> str:
        shown = self.head(MAX_ROWS).shown()
        lines, n_columns = text_table(shown.columns, [list(row.values()) for row in shown])
        return "\n".join([*lines, *counts_shown(shown.shape[0], n_columns, of=self.shape)])

    def _repr_html_(self) -> str:
        shown = self.head(MAX_ROWS).shown()
        table = html_table(shown.columns, [list(row.values()) for row in shown])
        return html_box([table, *map(html_paragraph, counts_shown(*shown.shape, of=self.shape))])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's protocol
        alone = not cycle and len(printer.stack) == 1
        printer.text(str(self) if alone else repr(self))


def _require_package(package: str) -> None:
    """Raise if a package is not installed."""
    if find_spec(package) is None:
        raise MissingDependencyError(
            f"{package} is not installed.", hint=f"pip install 'hummgraph[{package}]'"
        )


def _escape_formula(cell: object) -> object:
    """Return a cell with an apostrophe before a text that a spreadsheet would run."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
