"""A diagram as a Mermaid flowchart.

Names come from systems and may hold anything, so that whatever means something to Mermaid, to the
markdown it reads labels as, or to HTML is written as the number of its character.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from hummgraph.frames import DELETED, visible

if TYPE_CHECKING:
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.drawing.diagram.shapes import Box, Line

__all__ = ["write"]

_LONGEST: Final = 80  # characters of a text; Mermaid draws no more than 50 000 of all

# Arrows with a head and without one.
_ARROWS: Final = {
    "approved": ("==>", "==="),
    "suggested": ("-.->", "-.-"),
    "rejected": ("--x", "x--x"),
    "relationship": ("-->", "---"),
    "within": ("-.-", "-.-"),
    "other": ("-->", "---"),
}
# Middle tones, which can be seen on a light page and on a dark one. There are no double lines.
_LINE_STYLES: Final = {
    "rejected": "stroke:#d9363e,stroke-width:1.5px,stroke-dasharray:8 3 2 3",
    "relationship": "stroke:#00966f,stroke-width:2.5px",
    "within": "stroke:#7f8b96,stroke-width:2px,stroke-dasharray:2 3",
    "other": "stroke:#7f8b96,stroke-width:1px",
}
_EMPHASIS: Final = "stroke:#0072b2,stroke-width:3px"
_NOTE: Final = "fill:none,stroke:none,font-size:12px"

# All that is not a letter, a digit or a space, but for a point within a number and for underscores
# and hyphens within a name, which mean nothing there. A direction is found even within quotes.
_HARMFUL: Final = re.compile(
    r"(?![A-Za-z0-9 ]|(?<=[0-9])\.(?=[0-9])|(?<=[A-Za-z0-9])[_-](?=[A-Za-z0-9]))[\x20-\x7e]"
    r"|(?<=direction) "
)
# What is looked for when numbers are characters again: line breaks, formulas and icons.
_JOINTS: Final = re.compile(r"(?<=\\)(?=n)|(?<=\$)(?=\$)|(?<=:)(?=fa-)")
_JOINT: Final = "\u200b"  # takes no room


def write(diagram: Diagram) -> str:
    """Write a flowchart from left to right, with a subgraph for each lane."""
    names = {box.key: f"n{number}" for number, box in enumerate(diagram.boxes)}
    lines = [*_heading(diagram.title), "flowchart LR"]
    lanes: dict[str, list[Box]] = {}
    for box in diagram.boxes:
        lanes.setdefault(box.lane, []).append(box)
    for number, (lane, boxes) in enumerate(lanes.items()):
        lines.append(f'  subgraph s{number}["{_escaped(lane)}"]')
        for box in boxes:
            # The mark is never cut.
            title = [_escaped(part) for part in (box.title, DELETED * box.deleted) if part]
            below = [_escaped(box.subtitle)] if box.subtitle else []
            text = "<br/>".join([*([" ".join(title)] if title else []), *below])
            mark = ":::emphasis" if box.emphasis else ""
            lines.append(f'    {names[box.key]}["{text or " "}"]{mark}')
        lines.append("  end")
    lines += [
        f"  {names[line.source]} {_arrow(line)} {names[line.target]}" for line in diagram.lines
    ]
    for number, note in enumerate(diagram.notes):
        lines.append(f'  note{number}["{_escaped(note)}"]:::note')
    for style, how in _LINE_STYLES.items():
        where = [str(number) for number, line in enumerate(diagram.lines) if line.style == style]
        if where:
            lines.append(f"  linkStyle {','.join(where)} {how}")
    if any(box.emphasis for box in diagram.boxes):
        lines.append(f"  classDef emphasis {_EMPHASIS}")
    if diagram.notes:
        lines.append(f"  classDef note {_NOTE}")
    return "\n".join(lines) + "\n"


def _heading(title: str) -> list[str]:
    """Write the title, which is no part of the flowchart, but YAML before it.

    One that could be markup is not drawn at all, however it is written.
    """
    if not title:
        return []
    shown = _shown(title).replace("<", "\u2039").replace(">", "\u203a")
    return ["---", f"title: {json.dumps(shown, ensure_ascii=False)}", "---"]


def _arrow(line: Line) -> str:
    head, plain = _ARROWS[line.style]
    arrow = head if line.directed else plain
    return f'{arrow}|"{_escaped(line.label)}"|' if line.label else arrow


def _escaped(text: str) -> str:
    """Write a text so that it is shown as it is; an empty one would not parse."""
    apart = _JOINTS.sub(_JOINT, _shown(text))
    return _HARMFUL.sub(lambda found: f"#{ord(found[0])};", apart) or " "


def _shown(text: str) -> str:
    """Return what is shown of a text, without runs of spaces, which would be a block of code."""
    shown = visible(text[: _LONGEST + 1])
    if len(text) > _LONGEST:
        shown = f"{shown[: _LONGEST - 1]}\u2026"
    # By two odd pairs Mermaid itself marks where an entity begins and ends.
    return " ".join(shown.replace("\ufb02", "fl").replace("\xb6\xdf", "\xb6ss").split())
