"""Cards, the display of results: a title, a table of at most ten rows, notes and a picture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
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

MAX_ROWS_BELOW_PICTURE: Final = 6
"""Most rows of a table in HTML with a picture above it, so that both fit a screen."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Card:
    """The display of a result, as text and as HTML.

    Parameters
    ----------
    title
        One or two sentences that say what the result is, with its counts; empty if the facts do.
    facts
        Pairs of a subject, which may be empty, and a statement; at most ten are shown.
    table
        Rows in order of importance; at most ten are shown.
    things
        Plural noun for the rows or facts.
    total
        Number of all rows, if the table has only the first of them.
    notes
        Sentences that a reader needs to understand the result.
    picture
        An SVG, shown in HTML only.
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    table: Frame | None = None
    things: str = "rows"
    total: int | None = None
    notes: Sequence[str] = ()
    picture: str = ""

    def to_text(self) -> str:
        """Return the card as about thirty lines at most, of at most a hundred characters each."""
        parts = [text_lines(self.title)] if self.title else []
        if self.facts:
            parts.append([*text_facts(self.facts[:MAX_ROWS]), *self._count_facts(MAX_ROWS)])
        if self.table is not None and len(self.table):
            shown = self.table.head(MAX_ROWS).shown()
            rows = [list(row.values()) for row in shown]
            lines, n_columns = text_table(shown.columns, rows)
            parts.append([*lines, *self._count_rows(self.table, len(rows), n_columns)])
        if self.notes:
            parts.append(text_lines(" ".join(self.notes)))
        return "\n\n".join("\n".join(part) for part in parts)

    def to_html(self, *, styled: bool = True) -> str:
        """Return the card as one element of HTML, at most about 600 pixels high.

        Parameters
        ----------
        styled
            Whether the element has a style of its own and cuts long cells. A page has its own style
            and room for whole cells.
        """
        name, colon, rest = self.title.partition(": ")
        parts = [html_paragraph(rest, name=f"{name}:" if colon else name)] if self.title else []
        n = MAX_ROWS_BELOW_PICTURE if self.picture else MAX_ROWS
        if self.picture:
            parts.append(f'<div class="picture">{self.picture}</div>')
        if self.facts:
            parts.append(html_facts(self.facts[:n]))
            parts += map(html_paragraph, self._count_facts(n))
        if self.table is not None and len(self.table):
            shown = self.table.head(n).shown()
            rows = [list(row.values()) for row in shown]
            parts.append(html_table(shown.columns, rows, whole=not styled))
            counts = self._count_rows(self.table, len(rows), len(self.table.columns))
            parts += map(html_paragraph, counts)
        if self.notes:
            parts.append(html_paragraph(" ".join(self.notes)))
        return html_box(parts, styled=styled)

    def _count_facts(self, n: int) -> list[str]:
        return counts_shown(n, 2, of=(len(self.facts), 2), things=self.things)

    def _count_rows(self, table: Frame, n_rows: int, n_columns: int) -> list[str]:
        total = len(table) if self.total is None else self.total
        return counts_shown(n_rows, n_columns, of=(total, table.shape[1]), things=self.things)


class Shows:
    """A result whose ``repr`` is one line, and of which ``print`` and notebooks show a card."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython prefers the __repr__ of a class to a _repr_pretty_ that the class inherits.
        cls._repr_pretty_ = Shows._repr_pretty_  # type: ignore[method-assign]  # the same method

    def _card_(self) -> Card:
        """Build the card; subclasses override it to show more than their fields."""
        return card_of_fields(self)

    def __str__(self) -> str:
        return self._card_().to_text()

    def _repr_html_(self) -> str:
        return self._card_().to_html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's protocol
        """Show the card in IPython, or one line if the result is inside another value."""
        alone = not cycle and len(printer.stack) == 1
        printer.text(str(self) if alone else repr(self))


def html_of(result: Shows) -> str:
    """Return the card of a result as HTML without a style, for a page that has one."""
    return result._card_().to_html(styled=False)


def title_of(result: object) -> str:
    """Return the ``repr`` of a result without its angle brackets, as a title."""
    return repr(result).removeprefix("<").removesuffix(">")


def card_of_fields(value: Any) -> Card:
    """Build the card of a small value: its fields by name, without nulls."""
    facts = [(name, _field_text(cell)) for name, cell in _repr_fields(value) if cell is not None]
    return Card(type(value).__name__, facts, things="fields")


def _field_text(cell: object) -> str:
    """Return the value of a field as text: another result as its one line, not as its card."""
    return cell_text(title_of(cell) if isinstance(cell, Shows) else cell)


def _repr_fields(value: Any) -> list[tuple[str, Any]]:
    """Return the names and values of the fields that the ``repr`` of a dataclass shows."""
    shown = getattr(value, "_shown_field_", partial(getattr, value))
    return [(part.name, shown(part.name)) for part in fields(value) if part.repr]


class Listing(Shows, tuple[T, ...]):
    """A tuple of small values, shown as a table with a row for each value.

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
        kinds = {type(value).__name__ for value in self}
        kind = kinds.pop() if len(kinds) == 1 else "value"
        columns: dict[str, list[str]] = {}
        for at, value in enumerate(shown):
            for name, cell in _repr_fields(value):
                if cell is not None:
                    columns.setdefault(name, [""] * len(shown))[at] = _field_text(cell)
        table = Frame(pa.table(columns)) if columns else None
        return Card(counted(len(self), kind), table=table, total=len(self))

    def __repr__(self) -> str:
        return f"<{self._card_().title}>"
