"""Tables and sentences that fit a screen, as text and as HTML for a notebook."""

from __future__ import annotations

import re
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
    "html_facts",
    "html_paragraph",
    "html_table",
    "text_facts",
    "text_lines",
    "text_table",
]

MAX_ROWS: Final = 10
"""Rows of a table that are shown."""

SCREEN_WIDTH: Final = 100
"""Characters of a line of text."""

MAX_CELL: Final = 60
"""Characters of a cell in text, where the screen has room for them."""

MIN_CELL: Final = 24
"""Characters to which long cells are shortened before columns are left out."""

MAX_HTML_CELL: Final = 60
"""Characters of a cell in HTML."""

MAX_FACT_LINES: Final = 2
"""Lines of a fact in text."""

MAX_SENTENCE_LINES: Final = 3
"""Lines of a fact without a subject in text."""

MAX_HTML_FACT: Final = 240
"""Characters of a fact in HTML: two lines or so."""

MAX_LINES: Final = 4
"""Lines of a title, or of all notes together, in text."""

MAX_HTML_PARAGRAPH: Final = 400
"""Characters of a title or a note in HTML."""

MAX_TOOLTIP: Final = 1_000
"""Characters of a shortened text that are shown where a pointer rests."""

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

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
    "div.hummgraph-result>.picture{max-height:300px;overflow:auto;margin:0 0 6px}"
    "div.hummgraph-result>.table{overflow-x:auto;margin:0 0 4px}"
    "div.hummgraph-result table.dataframe{border-collapse:collapse;border:0;margin:0;"
    "table-layout:auto;font-size:12px;color:inherit}"
    "div.hummgraph-result table.dataframe tr{background:transparent;color:inherit}"
    "div.hummgraph-result table.dataframe th,div.hummgraph-result table.dataframe td"
    "{padding:1px 10px 1px 0;text-align:left;vertical-align:top;white-space:nowrap;line-height:1.4;"
    "max-width:28em;overflow:hidden;text-overflow:ellipsis;border:0;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    "div.hummgraph-result table.dataframe th{font-weight:600}"
    "div.hummgraph-result table.facts td{white-space:normal;max-width:60em;overflow-wrap:anywhere}"
    "div.hummgraph-result>ul{margin:0 0 4px;padding-left:1.4em;overflow-wrap:anywhere}"
)


def text_lines(text: str, *, width: int = SCREEN_WIDTH, max_lines: int = MAX_LINES) -> list[str]:
    """Return a text as lines of a width; an ellipsis says that it goes on."""
    return wrap(visible(text), width, max_lines=max_lines, placeholder=" \u2026")


def text_facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line or two for each subject and what is found of it."""
    width = max(len(visible(subject)) for subject, _ in facts)
    room = SCREEN_WIDTH - width - 2 if width else SCREEN_WIDTH
    lines = []
    most = MAX_FACT_LINES if width else MAX_SENTENCE_LINES
    for subject, found in facts:
        first, *more = text_lines(found, width=room, max_lines=most) or [""]
        lines.append(f"{visible(subject):<{width}}  {first}" if width else first)
        lines += [" " * (SCREEN_WIDTH - room) + line for line in more]
    return lines


def text_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[list[str], int]:
    """Return the lines of a table, and how many of its columns fit on the screen.

    Columns that tell nothing are left out first, then ids, then those on the right.
    """
    cells = [[cell_text(cell) for cell in row] for row in (names, *rows)]
    columns = [list(column) for column in zip(*cells, strict=True)]
    widest = MAX_CELL
    while widest > MIN_CELL and _table_width(columns, widest) > SCREEN_WIDTH:
        widest -= 1
    while len(columns) > 1 and _table_width(columns, widest) > SCREEN_WIDTH:
        # Of equal ones the last.
        _, place = min((_telling(column), -place) for place, column in enumerate(columns))
        del columns[-place]
    while widest < MAX_CELL and _table_width(columns, widest + 1) <= SCREEN_WIDTH:
        widest += 1
    widths = [min(max(map(len, column)), widest) for column in columns]
    lines = [
        " | ".join(
            shortened(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return lines, len(columns)


def _table_width(columns: Sequence[Sequence[str]], widest: int) -> int:
    widths = [min(max(map(len, column)), widest) for column in columns]
    return sum(widths) + 3 * (len(widths) - 1)


def _telling(column: Sequence[str]) -> int:
    """Return how much the cells of a column tell a reader: 0 nothing, 1 ids, 2 more."""
    cells = set(column[1:]) - {"", str(False)}
    if not cells:
        return 0
    return 1 if all(_ID.fullmatch(cell) for cell in cells) else 2


def counts_shown(
    n_rows: int, n_columns: int, *, of: tuple[int, int], things: str = "rows"
) -> list[str]:
    """Return a line that says how many rows and columns are shown, if some are not."""
    parts = [f"{n_rows:,} of {of[0]:,} {things}"] if n_rows < of[0] else []
    if n_columns < of[1]:
        parts.append(f"{n_columns:,} of {of[1]:,} columns")
    return [f"shown {', '.join(parts)}"] if parts else []


def html_table(
    names: Sequence[str], rows: Sequence[Sequence[object]], *, whole: bool = False
) -> str:
    """Return a table as HTML: all columns; long cells are shortened, unless wanted whole."""
    write = _whole_cell if whole else _html_cell
    head = "".join(f'<th scope="col">{write(name)}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{write(cell)}</td>' for cell in row)}</tr>" for row in rows)
    # The class is that of pandas: notebooks know how to show it.
    table = f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="table">{table}</div>'


def _whole_cell(cell: object) -> str:
    return escape(cell_text(cell))


def _html_cell(cell: object) -> str:
    return _shortened(cell_text(cell), MAX_HTML_CELL)


def _shortened(text: str, width: int) -> str:
    """Return a text as HTML, shortened; where a pointer rests it goes on."""
    text = visible(text)
    if len(text) <= width:
        return escape(text)
    whole, part = escape(shortened(text, MAX_TOOLTIP)), escape(shortened(text, width))
    return f'<span title="{whole}">{part}</span>'


def html_facts(facts: Sequence[tuple[str, str]]) -> str:
    """Return subjects and what is found of them as a table, or as a list if none has a subject."""
    found = [_shortened(text, MAX_HTML_FACT) for _, text in facts]
    if not any(subject for subject, _ in facts):
        return f"<ul>{''.join(f'<li>{text}</li>' for text in found)}</ul>"
    rows = zip((_html_cell(subject) for subject, _ in facts), found, strict=True)
    body = "".join(f'<tr><th scope="row">{name}</th><td>{text}</td></tr>' for name, text in rows)
    return f'<div class="table"><table class="dataframe facts"><tbody>{body}</tbody></table></div>'


def html_paragraph(text: str, *, name: str = "") -> str:
    """Return a text as one paragraph of HTML, after a name in bold type."""
    bold = f"<b>{escape(shortened(visible(name), MAX_HTML_CELL))}</b> " if name else ""
    return f"<p>{bold}{escape(shortened(visible(text), MAX_HTML_PARAGRAPH))}</p>"


def html_box(parts: Sequence[str], *, styled: bool = True) -> str:
    """Return parts of HTML as one element, which looks well in light and dark surroundings.

    Without its style the element suits a page that allows no other style than its own.
    """
    style = f"<style>{_STYLE}</style>" if styled else ""
    return f'<div class="hummgraph-result">{style}{"".join(parts)}</div>'
