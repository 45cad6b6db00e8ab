"""Table as a picture: rows of one thing, a column for each system, and what each cell names."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from hummgraph.drawing.diagram.svg import text_element
from hummgraph.drawing.diagram.text import (
    HEADING_SIZE,
    LANE_SIZE,
    SMALL_SIZE,
    SMALL_WIDE,
    safe_text,
    text_width,
    wrap_text,
)
from hummgraph.errors import ArgumentError
from hummgraph.frames import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Grid"]

# All lengths are in pixels of the picture at its own size.
_EDGE: Final = 16.0
_MIN_WIDTH: Final = 360.0  # of the picture, for its title
_ROW: Final = 30.0
_HEAD: Final = 26.0
_PAD: Final = 8.0
_NARROW: Final = 64.0  # of columns
_WIDE: Final = 150.0
_FIRST: Final = 210.0  # of the first column
_HEADING_STEP: Final = 20.0
_NOTE_STEP: Final = 16.0
MAX_MEASURED: Final = 80  # characters of a text
_ELLIPSIS: Final = "\u2026"
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', sans-serif"
_DARK: Final = {
    "#1b2733": "#e6ebf1",
    "#55616d": "#9fadbb",
    "#ffffff": "#1b242e",
    "#cbd3da": "#2d3945",
    "#f3f6f8": "#161e27",
}
_INK, _QUIET, _PAPER, _RULE, _BAND = _DARK


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose rows are things, such as entities or clusters, and whose columns are systems.

    Parameters
    ----------
    title
        Title above the picture.
    corner
        Heading of the first column.
    columns
        Headings of the others.
    rows
        The name of each row, and its texts by column; empty where there is nothing.
    notes
        Small print below.

    Raises
    ------
    ArgumentError
        If a row has another number of texts than there are columns.

    Examples
    --------
    >>> Grid("2 systems", "Entity", ("CRM", "Shop"), (("person", ("contacts", "users")),))
    <Grid '2 systems': 1 row, 2 columns>
    """

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(cells) != len(self.columns) for _, cells in self.rows):
            raise ArgumentError("Each row must have a text for each column.")

    def __repr__(self) -> str:
        rows, columns = len(self.rows), len(self.columns)
        return (
            f"<Grid {self.title!r}: {rows:,} row{'s' * (rows != 1)},"
            f" {columns:,} column{'s' * (columns != 1)}>"
        )

    def to_svg(self) -> str:
        """Return the picture as SVG, without scripts and external content.

        Its colours are those of a light page, and of a dark one where the reader prefers that.
        Texts that are too long are cut, with an ellipsis, and shown whole under a pointer.

        Notes
        -----
        O(k) for k cells; equal grids give equal bytes.

        Examples
        --------
        >>> svg = Grid("Nothing", "Entity", (), ()).to_svg()
        >>> svg.startswith("<svg "), "Nothing" in svg
        (True, True)
        """
        widths = [_FIRST, *(self._width(at) for at in range(len(self.columns)))]
        wide = max(sum(widths) + 2 * _EDGE, _MIN_WIDTH)
        heading = wrap_text(self.title, HEADING_SIZE, wide - 2 * _EDGE, 2)
        parts = [
            text_element(
                line,
                (_EDGE, _EDGE + 15 + _HEADING_STEP * at),
                HEADING_SIZE,
                wide - 2 * _EDGE,
                fill=_INK,
            )
            for at, line in enumerate(heading)
        ]
        top = _EDGE + _HEADING_STEP * len(heading) + 8.0
        parts += _row((self.corner, *self.columns), widths, top, _HEAD, fill=_QUIET)
        top += _HEAD
        for number, (name, cells) in enumerate(self.rows):
            if number % 2 == 0:
                parts.append(_band(wide, top))
            parts += _row((name, *cells), widths, top, _ROW, fill=_INK)
            top += _ROW
        for note in self.notes:
            for line in wrap_text(note, SMALL_WIDE, wide - 2 * _EDGE, 3):
                top += _NOTE_STEP
                parts.append(
                    text_element(line, (_EDGE, top + 4), SMALL_SIZE, wide - 2 * _EDGE, fill=_QUIET)
                )
        return _document(self, parts, ceil(wide), ceil(top + _EDGE))

    def _width(self, column: int) -> float:
        """Return the width of a column: that of its longest text, within bounds."""
        texts = [self.columns[column], *(cells[column] for _, cells in self.rows)]
        needed = (
            max(text_width(visible(text[:MAX_MEASURED]), LANE_SIZE) for text in texts) + 2 * _PAD
        )
        return min(max(needed, _NARROW), _WIDE)


def _row(
    texts: Sequence[str], widths: Sequence[float], top: float, high: float, *, fill: str
) -> list[str]:
    """Return a row of texts, each with its whole length under a pointer."""
    parts: list[str] = []
    x = _EDGE
    for at, (text, width) in enumerate(zip(texts, widths, strict=True)):
        room = width - 2 * _PAD
        size = LANE_SIZE if at == 0 or fill == _QUIET else SMALL_SIZE
        shown = _cut(visible(text), LANE_SIZE if size == LANE_SIZE else SMALL_WIDE, room)
        if shown:
            line = text_element(shown, (x + _PAD, top + high / 2 + 4), size, room, fill=fill)
            parts.append(f"<g><title>{safe_text(text)}</title>{line}</g>")
        x += width
    return parts


def _cut(text: str, size: float, room: float) -> str:
    """Return a text cut in its middle: what tells names apart is mostly at their ends."""
    if len(text) > MAX_MEASURED:
        text = f"{text[: MAX_MEASURED // 2]}{_ELLIPSIS}{text[-MAX_MEASURED // 2 :]}"
    if text_width(text, size) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        cut = f"{text[: kept - kept // 2]}{_ELLIPSIS}{text[len(text) - kept // 2 :]}"
        if text_width(cut, size) <= room:
            return cut
    return _ELLIPSIS


def _band(wide: float, top: float) -> str:
    place = f'x="{_EDGE:.1f}" y="{top:.1f}" width="{wide - 2 * _EDGE:.1f}" height="{_ROW:.1f}"'
    return f'<rect {place} rx="4" fill="{_BAND}"/>'


def _document(grid: Grid, parts: Sequence[str], wide: int, high: int) -> str:
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    face = f'direction="ltr" font-family="{_FONT}" font-size="{SMALL_SIZE}" fill="{_INK}"'
    fit = 'role="img" style="max-width:100%;height:auto" class="hummgraph-grid"'
    ground = f'<rect x="0.5" y="0.5" width="{wide - 1}" height="{high - 1}" rx="8"'
    # The rules are of this picture alone, wherever it stands.
    dark = "".join(
        f'.hummgraph-grid [{name}="{light}"]{{{name}:{other}}}'
        for light, other in _DARK.items()
        for name in ("fill", "stroke")
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {face} {fit}>',
            f"<title>{safe_text(grid.title)}</title>",
            f"<desc>{_described(grid)}</desc>",
            f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>",
            f'{ground} fill="{_PAPER}" stroke="{_RULE}"/>',
            *parts,
            "</svg>",
        ]
    )


def _described(grid: Grid) -> str:
    """Return the table in words, for people who cannot see it."""
    said = [
        f"{name}: "
        + "; ".join(
            f"{column}: {text}" for column, text in zip(grid.columns, cells, strict=True) if text
        )
        for name, cells in grid.rows
    ]
    return safe_text(". ".join(said))
