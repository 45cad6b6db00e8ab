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
    html_facts,
    html_paragraph,
    html_table,
    text_facts,
    text_lines,
    text_table,
)
from hummgraph.frames.text import cell_text, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Card", "Listing", "Shows", "card_of_fields", "html_of", "title_of"]

ROWS_BELOW_PICTURE: Final = 6
"""Rows of a table in HTML that has a picture above it, so that both fit a screen."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Card:
    """What a result shows of itself, as text and as HTML.

    Parameters
    ----------
    title
        One sentence or two: what it is, and how much of it there is; empty where the facts say it.
    facts
        Pairs of a subject, which may be empty, and what is found of it; ten are shown.
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
    facts: Sequence[tuple[str, str]] = ()
    table: Frame | None = None
    things: str = "rows"
    total: int | None = None
    notes: Sequence[str] = ()
    picture: str = ""

    def to_text(self) -> str:
        """Return the card as lines of at most a hundred characters, about thirty lines at most."""
        parts = [text_lines(self.title)] if self.title else []
        if self.facts:
            parts.append([*text_facts(self.facts[:MAX_ROWS]), *self._facts_shown(MAX_ROWS)])
        if self.table is not None and len(self.table):
            rows = [list(row.values()) for row in self.table.head(MAX_ROWS)]
            lines, n_columns = text_table(self.table.columns, rows)
            parts.append([*lines, *self._rows_shown(self.table, len(rows), n_columns)])
        if self.notes:
            parts.append(text_lines(" ".join(self.notes)))
        return "\n\n".join("\n".join(part) for part in parts)

    def to_html(self, *, styled: bool = True) -> str:
        """Return the card as one element of HTML, at most about 600 pixels high.

        Without its style it is for a page, which has room for whole cells.
        """
        name, colon, rest = self.title.partition(": ")
        parts = [html_paragraph(rest, name=f"{name}:" if colon else name)] if self.title else []
        n = ROWS_BELOW_PICTURE if self.picture else MAX_ROWS
        if self.picture:
            parts.append(f'<div class="picture">{self.picture}</div>')
        if self.facts:
            parts.append(html_facts(self.facts[:n]))
            parts += map(html_paragraph, self._facts_shown(n))
        if self.table is not None and len(self.table):
            rows = [list(row.values()) for row in self.table.head(n)]
            parts.append(html_table(self.table.columns, rows, whole=not styled))
            counts = self._rows_shown(self.table, len(rows), len(self.table.columns))
            parts += map(html_paragraph, counts)
        if self.notes:
            parts.append(html_paragraph(" ".join(self.notes)))
        return html_box(parts, styled=styled)

    def _facts_shown(self, n: int) -> list[str]:
        return counts_shown(n, 2, of=(len(self.facts), 2), things=self.things)

    def _rows_shown(self, table: Frame, n_rows: int, n_columns: int) -> list[str]:
        total = len(table) if self.total is None else self.total
        return counts_shown(n_rows, n_columns, of=(total, table.shape[1]), things=self.things)


class Shows:
    """A result that shows itself: its ``repr`` is one line, ``print`` and notebooks show more."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython prefers the __repr__ of a class to any method that the class inherits.
        cls._repr_pretty_ = Shows._repr_pretty_  # type: ignore[method-assign] # the same method

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
    facts = [(name, cell_text(cell)) for name, cell in _fields_of(value) if cell is not None]
    return Card(type(value).__name__, facts, things="fields")


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
        return Card(counted(len(self), kind), table=table, total=len(self))

    def __repr__(self) -> str:
        return f"<{self._card_().title}>"
