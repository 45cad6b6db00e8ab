"""Mermaid flowcharts of diagrams.

Names are read from systems and may hold anything, so every character with a meaning for Mermaid,
for the markdown of its labels, or for HTML is written as a character number.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from hummgraph.frames import DELETED, visible

if TYPE_CHECKING:
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.drawing.diagram.shapes import Box, Line

__all__ = ["write_mermaid"]

MAX_TEXT_LENGTH: Final = 80  # characters; Mermaid draws at most 50 000 in all

# Arrows with a head and without one.
_ARROWS: Final = {
    "approved": ("==>", "==="),
    "suggested": ("-.->", "-.-"),
    "rejected": ("--x", "x--x"),
    "relationship": ("-->", "---"),
    "within": ("-.-", "-.-"),
    "added": ("==>", "==="),
    "removed": ("-.->", "-.-"),
    "other": ("-->", "---"),
}
# Medium tones, visible on light and on dark pages. Mermaid has no double lines.
_LINE_STYLES: Final = {
    "rejected": "stroke:#d9363e,stroke-width:1.5px,stroke-dasharray:8 3 2 3",
    "relationship": "stroke:#00966f,stroke-width:2.5px",
    "within": "stroke:#7f8b96,stroke-width:2px,stroke-dasharray:2 3",
    "added": "stroke:#00966f,stroke-width:3.5px",
    "removed": "stroke:#d9363e,stroke-width:2px,stroke-dasharray:3 4",
    "other": "stroke:#7f8b96,stroke-width:1px",
}
_EMPHASIS: Final = "stroke:#0072b2,stroke-width:3px"
_NOTE: Final = "fill:none,stroke:none,font-size:12px"

# All characters except letters, digits and spaces, a point within a number, and underscores and
# hyphens within a name, which have no meaning there. A direction has one even within quotes.
_HARMFUL: Final = re.compile(
    r"(?![A-Za-z0-9 ]|(?<=[0-9])\.(?=[0-9])|(?<=[A-Za-z0-9])[_-](?=[A-Za-z0-9]))[\x20-\x7e]"
    r"|(?<=direction) "
)
# Sequences with a meaning after numbers become characters: line breaks, formulas and icons.
_JOINTS: Final = re.compile(r"(?<=\\)(?=n)|(?<=\$)(?=\$)|(?<=:)(?=fa-)")
_JOINT: Final = "\u200b"  # has no width


def write_mermaid(diagram: Diagram) -> str:
    """Return a flowchart from left to right, with a subgraph for each lane."""
    names = {box.key: f"n{number}" for number, box in enumerate(diagram.boxes)}
    lines = [*_write_heading(diagram.title), "flowchart LR"]
    lanes: dict[str, list[Box]] = {}
    for box in diagram.boxes:
        lanes.setdefault(box.lane, []).append(box)
    for number, (lane, boxes) in enumerate(lanes.items()):
        lines.append(f'  subgraph s{number}["{_escape(lane)}"]')
        for box in boxes:
            # The mark is never cut.
            title = [_escape(part) for part in (box.title, DELETED * box.deleted) if part]
            below = [_escape(box.subtitle)] if box.subtitle else []
            text = "<br/>".join([*([" ".join(title)] if title else []), *below])
            mark = ":::emphasis" if box.emphasis else ""
            lines.append(f'    {names[box.key]}["{text or " "}"]{mark}')
        lines.append("  end")
    lines += [
        f"  {names[line.source]} {_format_arrow(line)} {names[line.target]}"
        for line in diagram.lines
    ]
    for number, note in enumerate(diagram.notes):
        lines.append(f'  note{number}["{_escape(note)}"]:::note')
    for style, how in _LINE_STYLES.items():
        where = [str(number) for number, line in enumerate(diagram.lines) if line.style == style]
        if where:
            lines.append(f"  linkStyle {','.join(where)} {how}")
    if any(box.emphasis for box in diagram.boxes):
        lines.append(f"  classDef emphasis {_EMPHASIS}")
    if diagram.notes:
        lines.append(f"  classDef note {_NOTE}")
    return "\n".join(lines) + "\n"


def _write_heading(title: str) -> list[str]:
    """Return the title, which is not part of the flowchart but YAML before it.

    A title that could be markup is left out, however it is written.
    """
    if not title:
        return []
    shown = _clean(title).replace("<", "\u2039").replace(">", "\u203a")
    return ["---", f"title: {json.dumps(shown, ensure_ascii=False)}", "---"]


def _format_arrow(line: Line) -> str:
    head, plain = _ARROWS[line.style]
    arrow = head if line.directed else plain
    return f'{arrow}|"{_escape(line.label)}"|' if line.label else arrow


def _escape(text: str) -> str:
    """Return a text escaped so that it is shown unchanged; an empty one would not parse."""
    apart = _JOINTS.sub(_JOINT, _clean(text))
    return _HARMFUL.sub(lambda found: f"#{ord(found[0])};", apart) or " "


def _clean(text: str) -> str:
    """Return the visible part of a text, without runs of spaces, which would be a code block."""
    shown = visible(text[: MAX_TEXT_LENGTH + 1])
    if len(text) > MAX_TEXT_LENGTH:
        shown = f"{shown[: MAX_TEXT_LENGTH - 1]}\u2026"
    # Mermaid itself marks the begin and end of an entity by two odd pairs.
    return " ".join(shown.replace("\ufb02", "fl").replace("\xb6\xdf", "\xb6ss").split())
