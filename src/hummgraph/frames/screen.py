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
"""Most rows of a table or list that are shown."""

SCREEN_WIDTH: Final = 100
"""Most characters in a line of text."""

MAX_CELL_WIDTH: Final = 60
"""Most characters of a cell in text, if the screen has room for them."""

MIN_CELL_WIDTH: Final = 24
"""Width in characters to which long cells are cut before columns are left out."""

MAX_HTML_CELL_WIDTH: Final = 60
"""Most characters of a cell in HTML."""

MAX_FACT_LINES: Final = 2
"""Most lines of a fact in text."""

MAX_SENTENCE_LINES: Final = 3
"""Most lines of a fact without a subject in text."""

MAX_HTML_FACT_LENGTH: Final = 240
"""Most characters of a fact in HTML: about two lines."""

MAX_TEXT_LINES: Final = 4
"""Most lines of a title, or of all notes together, in text."""

MAX_HTML_PARAGRAPH_LENGTH: Final = 400
"""Most characters of a title, or of all notes together, in HTML."""

MAX_TOOLTIP_LENGTH: Final = 1_000
"""Most characters in the tooltip of a text that is cut."""

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# A card sets its own background and text colour, so that it is readable on any page: those of the
# theme in JupyterLab and VS Code, or else the browser's for light or dark. The selectors are more
# specific than those of JupyterLab for tables.
_CARD_STYLE: Final = (
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


def text_lines(
    text: str, *, width: int = SCREEN_WIDTH, max_lines: int = MAX_TEXT_LINES
) -> list[str]:
    """Return a text wrapped to a width, ending in an ellipsis if it needs more lines."""
    return wrap(visible(text), width, max_lines=max_lines, placeholder=" \u2026")


def text_facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Return facts, pairs of a subject and a statement, as one or a few lines each."""
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
    """Return the lines of a table, and the number of its columns that fit on the screen.

    Columns without content are left out first, then those of ids, then those on the right.
    """
    cells = [[cell_text(cell) for cell in row] for row in (names, *rows)]
    columns = [list(column) for column in zip(*cells, strict=True)]
    widest = MAX_CELL_WIDTH
    while widest > MIN_CELL_WIDTH and _width_of_table(columns, widest) > SCREEN_WIDTH:
        widest -= 1
    while len(columns) > 1 and _width_of_table(columns, widest) > SCREEN_WIDTH:
        # The rightmost column of the lowest rank is left out.
        _, place = min((_rank_of_content(column), -place) for place, column in enumerate(columns))
        del columns[-place]
    while widest < MAX_CELL_WIDTH and _width_of_table(columns, widest + 1) <= SCREEN_WIDTH:
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


def _width_of_table(columns: Sequence[Sequence[str]], widest: int) -> int:
    """Return the width of a table whose cells have at most ``widest`` characters."""
    widths = [min(max(map(len, column)), widest) for column in columns]
    return sum(widths) + 3 * (len(widths) - 1)


def _rank_of_content(column: Sequence[str]) -> int:
    """Return the rank of a column for a reader: 0 without content, 1 with ids, 2 otherwise."""
    cells = set(column[1:]) - {"", str(False)}
    if not cells:
        return 0
    return 1 if all(_ID.fullmatch(cell) for cell in cells) else 2


def counts_shown(
    n_rows: int, n_columns: int, *, of: tuple[int, int], things: str = "rows"
) -> list[str]:
    """Return a line with the numbers of rows and columns shown; no line if all are shown."""
    parts = [f"{n_rows:,} of {of[0]:,} {things}"] if n_rows < of[0] else []
    if n_columns < of[1]:
        parts.append(f"{n_columns:,} of {of[1]:,} columns")
    return [f"shown {', '.join(parts)}"] if parts else []


def html_table(
    names: Sequence[str], rows: Sequence[Sequence[object]], *, whole: bool = False
) -> str:
    """Return a table with all its columns as HTML; long cells are cut unless ``whole`` is set."""
    write = _escape_cell if whole else _shorten_cell
    head = "".join(f'<th scope="col">{write(name)}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{write(cell)}</td>' for cell in row)}</tr>" for row in rows)
    # Notebooks have styles for this class, which pandas uses.
    table = f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="table">{table}</div>'


def _escape_cell(cell: object) -> str:
    """Return a whole cell as HTML."""
    return escape(cell_text(cell))


def _shorten_cell(cell: object) -> str:
    """Return a cell as HTML, cut if it is long."""
    return _shorten_html(cell_text(cell), MAX_HTML_CELL_WIDTH)


def _shorten_html(text: str, width: int) -> str:
    """Return a text as HTML; a long text is cut, and has more of it in a tooltip."""
    text = visible(text)
    if len(text) <= width:
        return escape(text)
    whole, part = escape(shortened(text, MAX_TOOLTIP_LENGTH)), escape(shortened(text, width))
    return f'<span title="{whole}">{part}</span>'


def html_facts(facts: Sequence[tuple[str, str]]) -> str:
    """Return facts as an HTML table, or as a list if none has a subject."""
    found = [_shorten_html(text, MAX_HTML_FACT_LENGTH) for _, text in facts]
    if not any(subject for subject, _ in facts):
        return f"<ul>{''.join(f'<li>{text}</li>' for text in found)}</ul>"
    rows = zip((_shorten_cell(subject) for subject, _ in facts), found, strict=True)
    body = "".join(f'<tr><th scope="row">{name}</th><td>{text}</td></tr>' for name, text in rows)
    return f'<div class="table"><table class="dataframe facts"><tbody>{body}</tbody></table></div>'


def html_paragraph(text: str, *, name: str = "") -> str:
    """Return a text as an HTML paragraph, which begins with the name, if any, in bold type."""
    bold = f"<b>{escape(shortened(visible(name), MAX_HTML_CELL_WIDTH))}</b> " if name else ""
    return f"<p>{bold}{escape(shortened(visible(text), MAX_HTML_PARAGRAPH_LENGTH))}</p>"


def html_box(parts: Sequence[str], *, styled: bool = True) -> str:
    """Return parts of HTML as one element, readable on light and dark pages.

    Without ``styled``, the element has no style, for a page that allows only its own.
    """
    style = f"<style>{_CARD_STYLE}</style>" if styled else ""
    return f'<div class="hummgraph-result">{style}{"".join(parts)}</div>'
