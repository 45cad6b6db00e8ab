"""How results show themselves: a title, a table of at most ten rows, notes, a picture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa

from hummgraph.frames.frame import Frame
from hummgraph.frames.screen import (
    MAX_ROWS,
    counts_shown,
    html_box,
    html_paragraph,
    html_table,
    text_lines,
    text_table,
)
from hummgraph.frames.text import cell_text, counted, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Card", "Listing", "Shows", "card_of_fields", "html_of", "title_of"]

ROWS_BELOW_PICTURE: Final = 6
"""Rows of a table in HTML that has a picture above it, so that both fit a screen."""

MAX_FIELD: Final = 60
"""Characters of a field that is listed by name."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Card:
    """What a result shows of itself, as text and as HTML.

    Parameters
    ----------
    title
        One sentence or two: what it is, and how much of it there is.
    table
        Its most important rows come first; ten are shown.
    things
        What the rows are, in the plural.
    total
        How many rows there are, where the table has only the first of them.
    notes
        What must be known to read it.
    picture
        An SVG, for HTML alone.
    """

    title: str
    table: Frame | None = None
    things: str = "rows"
    total: int | None = None
    notes: Sequence[str] = ()
    picture: str = ""

    def to_text(self) -> str:
        """Return the card as lines of at most a hundred characters, thirty lines at most."""
        lines = text_lines(self.title)
        if self.table is not None and len(self.table):
            rows = [list(row.values()) for row in self.table.head(MAX_ROWS)]
            table, n_columns = text_table(self.table.columns, rows)
            lines += ["", *table, *self._counts(len(rows), n_columns)]
        notes = text_lines(" ".join(self.notes))
        return "\n".join([*lines, *([""] if notes else []), *notes])

    def to_html(self, *, styled: bool = True) -> str:
        """Return the card as one element of HTML, no more than 600 pixels high."""
        name, colon, rest = self.title.partition(": ")
        parts = [html_paragraph(rest, name=name) if colon else html_paragraph(self.title)]
        if self.picture:
            parts.append(f'<div class="picture">{self.picture}</div>')
        if self.table is not None and len(self.table):
            shown = self.table.head(ROWS_BELOW_PICTURE if self.picture else MAX_ROWS)
            parts.append(html_table(shown.columns, [list(row.values()) for row in shown]))
            parts += map(html_paragraph, self._counts(len(shown), len(shown.columns)))
        if self.notes:
            parts.append(html_paragraph(" ".join(self.notes)))
        return html_box(parts, styled=styled)

    def _counts(self, n_rows: int, n_columns: int) -> list[str]:
        rows, columns = (0, 0) if self.table is None else self.table.shape
        of = rows if self.total is None else self.total, columns
        return counts_shown(n_rows, n_columns, of=of, things=self.things)


class Shows:
    """A result that shows itself: its ``repr`` is one line, ``print`` and notebooks show more."""

    __slots__ = ()

    def _card_(self) -> Card:
        return card_of_fields(self)

    def __str__(self) -> str:
        return self._card_().to_text()

    def _repr_html_(self) -> str:
        return self._card_().to_html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's protocol
        """Show IPython the whole where it is asked for, and one line inside of something else."""
        alone = not cycle and len(printer.stack) == 1
        printer.text(str(self) if alone else repr(self))


def html_of(result: Shows) -> str:
    """Return a result as HTML without a style of its own, for a page that has one."""
    return result._card_().to_html(styled=False)


def title_of(result: object) -> str:
    """Return the ``repr`` of a result as a title, without the angle brackets."""
    return repr(result).removeprefix("<").removesuffix(">")


def card_of_fields(value: Any) -> Card:
    """Build a card of a small value: its fields by name, but for those that are null."""
    found = [(name, cell) for name, cell in _fields_of(value) if cell is not None]
    rows = [(name, shortened(cell_text(cell), MAX_FIELD)) for name, cell in found]
    table = {
        "field": pa.array([name for name, _ in rows], pa.string()),
        "value": pa.array([text for _, text in rows], pa.string()),
    }
    return Card(type(value).__name__, Frame(pa.table(table)), things="fields")


def _fields_of(value: Any) -> list[tuple[str, Any]]:
    """Return the fields of a dataclass that its ``repr`` shows."""
    return [(part.name, getattr(value, part.name)) for part in fields(value) if part.repr]


class Listing(Shows, tuple[T, ...]):
    """A tuple of small values of one kind, shown as a table with a row for each.

    Examples
    --------
    >>> from hummgraph import Decision
    >>> print(Listing([Decision("01890a5d-ac96-774b-bcce-b302099a8057", "REJECTED")]))
    1 Decision
    <BLANKLINE>
    link_id                              | status
    -------------------------------------+---------
    01890a5d-ac96-774b-bcce-b302099a8057 | REJECTED
    """

    __slots__ = ()

    def _card_(self) -> Card:
        shown = self[:MAX_ROWS]
        kind = type(self[0]).__name__ if self else "value"
        columns: dict[str, list[str]] = {}
        for at, value in enumerate(shown):
            for name, cell in _fields_of(value):
                if cell is not None:
                    columns.setdefault(name, [""] * len(shown))[at] = cell_text(cell)
        table = Frame(pa.table(columns)) if columns else None
        return Card(counted(len(self), kind), table, total=len(self))

    def __repr__(self) -> str:
        return f"<{self._card_().title}>"
