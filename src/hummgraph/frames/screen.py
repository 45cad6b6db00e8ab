"""Tables and sentences that fit a screen, as text and as HTML for a notebook."""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from hummgraph.frames.text import cell_text, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MAX_ROWS",
    "counts_shown",
    "html_box",
    "html_paragraph",
    "html_table",
    "text_lines",
    "text_table",
]

MAX_ROWS: Final = 10
"""Rows of a table that are shown."""

SCREEN_WIDTH: Final = 100
"""Characters of a line of text."""

CELL_WIDTHS: Final = (48, 24)
"""Characters of a cell in text, and where the table is wider than the screen."""

MAX_HTML_CELL: Final = 60
"""Characters of a cell in HTML."""

MAX_LINES: Final = 4
"""Lines of a title, or of all notes together, in text."""

MAX_HTML_PARAGRAPH: Final = 400
"""Characters of a title or a note in HTML."""

MAX_TOOLTIP: Final = 1_000
"""Characters of a shortened text that are shown where a pointer rests."""

# A ground and an ink of its own, so that it can be read in any surroundings: those of the theme of
# JupyterLab or VS Code where there is one, else what the browser has for light or dark.
# Selectors are more specific than those of JupyterLab for tables.
_STYLE: Final = (
    ".hummgraph-result{color-scheme:light dark;"
    "color:var(--jp-content-font-color1,var(--vscode-editor-foreground,CanvasText));"
    "background:var(--jp-layout-color0,var(--vscode-editor-background,Canvas));"
    "font:13px/1.4 var(--jp-ui-font-family,var(--vscode-font-family,system-ui,sans-serif));"
    "padding:4px 6px}"
    "div.hummgraph-result>p{margin:0 0 4px;overflow-wrap:anywhere}"
    "div.hummgraph-result>.picture{max-height:250px;overflow:auto;margin:0 0 6px}"
    "div.hummgraph-result>.table{overflow-x:auto;margin:0 0 4px}"
    "div.hummgraph-result table.dataframe{border-collapse:collapse;border:0;margin:0;"
    "table-layout:auto;font-size:12px;color:inherit}"
    "div.hummgraph-result table.dataframe tr{background:transparent;color:inherit}"
    "div.hummgraph-result table.dataframe th,div.hummgraph-result table.dataframe td"
    "{padding:1px 10px 1px 0;text-align:left;vertical-align:top;white-space:nowrap;line-height:1.4;"
    "max-width:28em;overflow:hidden;text-overflow:ellipsis;border:0;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    "div.hummgraph-result table.dataframe th{font-weight:600}"
)


def text_lines(text: str, *, max_lines: int = MAX_LINES) -> list[str]:
    """Return a text as lines of the screen; an ellipsis says that it goes on."""
    return wrap(visible(text), SCREEN_WIDTH, max_lines=max_lines, placeholder=" \u2026")


def text_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[list[str], int]:
    """Return the lines of a table, and how many of its columns fit on the screen."""
    cells = [[cell_text(cell) for cell in row] for row in (names, *rows)]
    for width in CELL_WIDTHS:
        short = [[shortened(cell, width) for cell in row] for row in cells]
        widths = [max(map(len, column)) for column in zip(*short, strict=True)]
        if _row_width(widths) <= SCREEN_WIDTH:
            break
    while len(widths) > 1 and _row_width(widths) > SCREEN_WIDTH:
        widths.pop()
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in short
    ]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return lines, len(widths)


def _row_width(widths: Sequence[int]) -> int:
    return sum(widths) + 3 * (len(widths) - 1)


def counts_shown(
    n_rows: int, n_columns: int, *, of: tuple[int, int], things: str = "rows"
) -> list[str]:
    """Return a line that says how many rows and columns are shown, if some are not."""
    parts = [f"{n_rows:,} of {of[0]:,} {things}"] if n_rows < of[0] else []
    if n_columns < of[1]:
        parts.append(f"{n_columns:,} of {of[1]:,} columns")
    return [f"shown {', '.join(parts)}"] if parts else []


def html_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as HTML: all columns, long cells shortened."""
    head = "".join(f'<th scope="col">{_html_cell(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_html_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    # The class is that of pandas: notebooks know how to show it.
    table = f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="table">{table}</div>'


def _html_cell(cell: object) -> str:
    text = cell_text(cell)
    if len(text) <= MAX_HTML_CELL:
        return escape(text)
    whole = escape(shortened(text, MAX_TOOLTIP))
    return f'<span title="{whole}">{escape(shortened(text, MAX_HTML_CELL))}</span>'


def html_paragraph(text: str, *, name: str = "") -> str:
    """Return a text as one paragraph of HTML, after a name in bold type."""
    bold = f"<b>{escape(name)}</b> " if name else ""
    return f"<p>{bold}{escape(shortened(visible(text), MAX_HTML_PARAGRAPH))}</p>"


def html_box(parts: Sequence[str], *, styled: bool = True) -> str:
    """Return parts of HTML as one element, which looks well in light and dark surroundings.

    Without its style the element suits a page that allows no other style than its own.
    """
    style = f"<style>{_STYLE}</style>" if styled else ""
    return f'<div class="hummgraph-result">{style}{"".join(parts)}</div>'
