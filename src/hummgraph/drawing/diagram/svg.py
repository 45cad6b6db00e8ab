"""SVG of diagrams.

The picture has its own light background: it is readable on any page, and needs no style sheet that
could affect another on the same page, or be affected by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from hummgraph.drawing.diagram.layout import (
    EDGE,
    LANE_HEAD,
    LANE_SIDE,
    Layout,
    Rectangle,
    lane_names,
    place_grid,
)
from hummgraph.drawing.diagram.ordering import arrange_grid
from hummgraph.drawing.diagram.routing import (
    HEAD,
    Cubic,
    Head,
    Point,
    Route,
    place_labels,
    route_lines,
)
from hummgraph.drawing.diagram.text import (
    HEADING_SIZE,
    LANE_SIZE,
    NAME_SIZE,
    SMALL_SIZE,
    SMALL_WIDE,
    cut_text,
    safe_text,
    text_width,
    wrap_text,
)
from hummgraph.frames import DELETED, marked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.drawing.diagram.shapes import Box, Line

__all__ = ["draw_svg", "text_element"]

# All lengths are in pixels of the picture at its own size.
_MIN_WIDTH: Final = 300.0  # of the picture, for the legend
_HEADING_ROOM: Final = 640.0  # greatest width that a title needs; a longer one is broken
_HEADING_STEP: Final = 20.0
_LANE_STEP: Final = 15.0
_NOTE_STEP: Final = 16.0
_LEGEND_STEP: Final = 18.0
_LEGEND_LINE: Final = 32.0
_LEGEND_GAP: Final = 16.0
MAX_DESCRIBED_LINES: Final = 20  # in the description in words

_INK, _QUIET, _PAPER, _RULE = "#1b2733", "#55616d", "#ffffff", "#cbd3da"
_BORDER: Final = "#8a97a3"  # of a box
_MARKED: Final = "#fff6d9"  # background of a box with emphasis
_BANDS: Final = ("#f3f6f8", "#eaeff3")
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', sans-serif"


@dataclass(frozen=True, slots=True)
class _StyleLook:
    """Appearance and name of a style of line."""

    words: str
    colour: str
    stroke: str


# In the order of the legend. Okabe and Ito, "Color universal design" (2008), darkened to a
# contrast of 3:1 with the background.
_LOOKS: Final = {
    "approved": _StyleLook("approved", "#0072b2", 'stroke-width="2.6"'),
    "suggested": _StyleLook("suggested", "#b06f00", 'stroke-width="1.7" stroke-dasharray="6 4"'),
    "rejected": _StyleLook("rejected", "#c42a3a", 'stroke-width="1.7" stroke-dasharray="9 3 2 3"'),
    "relationship": _StyleLook("declared relationship", "#00795a", 'stroke-width="4.4"'),
    "within": _StyleLook(
        "within one table",
        "#5a6672",
        'stroke-width="2" stroke-dasharray="0.1 4.5" stroke-linecap="round"',
    ),
    "added": _StyleLook("added", "#00795a", 'stroke-width="3.2"'),
    "removed": _StyleLook("removed", "#c42a3a", 'stroke-width="2.2" stroke-dasharray="3 4"'),
    "other": _StyleLook("other", "#5a6672", 'stroke-width="1.3"'),
}


def draw_svg(diagram: Diagram) -> str:
    """Return a diagram as SVG; all numbers have fixed decimals."""
    heading = wrap_text(diagram.title, HEADING_SIZE, _HEADING_ROOM, 2)
    foot = EDGE + _HEADING_STEP * len(heading) + (6.0 if heading else 0.0)
    wide = max([_MIN_WIDTH, *(text_width(line, HEADING_SIZE) + 2 * EDGE for line in heading)])
    parts: list[str] = []
    if diagram.boxes:
        columns = diagram.lanes == "columns"
        grid = arrange_grid(diagram.boxes, diagram.lines, columns=columns)
        layout = place_grid(grid, foot, wide)
        parts = _draw_lanes_content(layout)
        wide, foot = layout.right, layout.bottom
    legend, foot = _draw_legend({line.style for line in diagram.lines}, wide, foot)
    notes, foot = _draw_notes(diagram.notes, wide, foot)
    return _svg_document(diagram, heading, [*parts, *legend, *notes], ceil(wide), ceil(foot + EDGE))


def _svg_document(
    diagram: Diagram, heading: Sequence[str], parts: Sequence[str], wide: int, high: int
) -> str:
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    # On a page with text from right to left, the picture would start on the right too.
    face = f'direction="ltr" font-family="{_FONT}" font-size="{SMALL_SIZE}" fill="{_INK}"'
    fit = 'role="img" style="max-width:100%;height:auto"'
    ground = f'<rect x="0.5" y="0.5" width="{wide - 1}" height="{high - 1}" rx="8"'
    titles = [
        text_element(line, (EDGE, EDGE + 15 + _HEADING_STEP * index), HEADING_SIZE, wide - 2 * EDGE)
        for index, line in enumerate(heading)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {face} {fit}>',
            f"<title>{safe_text(diagram.title) or 'Diagram'}</title>",
            f"<desc>{_describe_diagram(diagram)}</desc>",
            f'{ground} fill="{_PAPER}" stroke="{_RULE}"/>',
            *titles,
            *parts,
            "</svg>",
        ]
    )


def _draw_lanes_content(layout: Layout) -> list[str]:
    """Return the content of the lanes; labels are last, as lines may cross them."""
    routes = route_lines(layout)
    boxes = {box.key: box for box in layout.grid.boxes}
    hovers = [
        safe_text(route.line_path.line.title or _describe_line(route.line_path.line, boxes))
        for route in routes
    ]
    parts = _draw_lane_columns(layout) if layout.grid.columns else _draw_lane_rows(layout)
    # The most important styles are drawn on top.
    styles = list(_LOOKS)[::-1]
    for index in sorted(
        range(len(routes)), key=lambda i: styles.index(routes[i].line_path.line.style)
    ):
        parts += _draw_line(routes[index], hovers[index])
    for index, box in enumerate(layout.grid.boxes):
        parts += _draw_box(box, layout.box(index))
    for route, plate, hover in zip(routes, place_labels(layout, routes), hovers, strict=True):
        if plate is not None:
            parts += _draw_label(route, plate, hover)
    return parts


# Lanes


def _draw_lane_rows(layout: Layout) -> list[str]:
    parts: list[str] = []
    for number, name in enumerate(layout.grid.lanes):
        top, bottom = layout.bands[number]
        lines = lane_names(name)
        middle = (top + bottom - _LANE_STEP * (len(lines) - 1)) / 2
        parts += _draw_lane(
            number,
            name,
            Rectangle(EDGE, top, layout.right - EDGE, bottom),
            [
                text_element(
                    line, (EDGE + LANE_SIDE, middle + 4 + _LANE_STEP * index), LANE_SIZE, 140.0
                )
                for index, line in enumerate(lines)
            ],
        )
    return parts


def _draw_lane_columns(layout: Layout) -> list[str]:
    parts: list[str] = []
    top, bottom = layout.bands[0]
    for number, name in enumerate(layout.grid.lanes):
        left, wide = layout.left[number], layout.wide[number]
        at = (left + wide / 2, top - LANE_HEAD + 22)
        text = text_element(cut_text(name, LANE_SIZE, wide), at, LANE_SIZE, wide, anchor="middle")
        area = Rectangle(left - LANE_SIDE, top - LANE_HEAD, left + wide + LANE_SIDE, bottom)
        parts += _draw_lane(number, name, area, [text])
    return parts


def _draw_lane(number: int, name: str, area: Rectangle, texts: Sequence[str]) -> list[str]:
    ground = f'<rect {_area(area)} rx="6" fill="{_BANDS[number % 2]}"/>'
    return [f"<g><title>{safe_text(name)}</title>", ground, *texts, "</g>"]


# Lines and boxes


def _draw_line(route: Route, hover: str) -> list[str]:
    path, style = _path_data(route.curve), route.line_path.line.style
    parts = [
        f"<g><title>{hover}</title>",
        # A wide invisible line, so that a pointer finds a thin one.
        f'<path d="{path}" fill="none" stroke="{_PAPER}" stroke-opacity="0" stroke-width="12"/>',
        *_draw_stroke(path, style),
    ]
    if route.head is not None:
        parts.append(_draw_head(route.head, style))
    if style == "rejected":
        parts.append(_draw_cross(route.middle))
    return [*parts, "</g>"]


def _draw_stroke(path: str, style: str) -> list[str]:
    look = _LOOKS[style]
    parts = [f'<path d="{path}" fill="none" stroke="{look.colour}" {look.stroke}/>']
    if style == "relationship":  # a light line on a heavy one looks double
        parts.append(f'<path d="{path}" fill="none" stroke="{_PAPER}" stroke-width="1.8"/>')
    return parts


def _draw_head(head: Head, style: str) -> str:
    back = head.x + HEAD if head.left else head.x - HEAD
    path = f"M{head.x:.1f} {head.y:.1f}L{back:.1f} {head.y - 4.5:.1f}V{head.y + 4.5:.1f}Z"
    return f'<path d="{path}" fill="{_LOOKS[style].colour}"/>'


def _draw_cross(middle: Point) -> str:
    x, y = middle
    arms = f"M{x - 4.5:.1f} {y - 4.5:.1f}l9 9m0 -9l-9 9"
    return (
        f'<path d="{arms}" fill="none" stroke="{_PAPER}" stroke-width="5"/>'
        f'<path d="{arms}" fill="none" stroke="{_LOOKS["rejected"].colour}" stroke-width="2.2"/>'
    )


def _draw_label(route: Route, plate: Rectangle, hover: str) -> list[str]:
    colour = _LOOKS[route.line_path.line.style].colour
    at = ((plate.left + plate.right) / 2, plate.bottom - 4.2)
    return [
        f"<g><title>{hover}</title>",
        f'<rect {_area(plate)} rx="8" fill="{_PAPER}" stroke="{colour}" stroke-width="0.8"/>',
        text_element(
            route.line_path.label, at, SMALL_SIZE, route.line_path.label_wide, anchor="middle"
        ),
        "</g>",
    ]


def _draw_box(box: Box, area: Rectangle) -> list[str]:
    x, y = (area.left + area.right) / 2, (area.top + area.bottom) / 2
    room = area.right - area.left - 20
    # The mark is never cut.
    mark = DELETED if box.deleted else ""
    title = cut_text(box.title, NAME_SIZE, room - text_width(mark, NAME_SIZE)) + mark
    below = cut_text(box.subtitle, SMALL_WIDE, room)
    look = f'fill="{_PAPER}" stroke="{_BORDER}"'
    if box.emphasis:
        look = f'fill="{_MARKED}" stroke="{_INK}" stroke-width="2.2"'
    parts = [
        f"<g><title>{safe_text(_box_name(box))}</title>",
        f'<rect {_area(area)} rx="7" {look}/>',
        text_element(title, (x, y - 3.0 if below else y + 4.5), NAME_SIZE, room, anchor="middle"),
    ]
    if below:
        parts.append(
            text_element(below, (x, y + 14), SMALL_SIZE, room, anchor="middle", fill=_QUIET)
        )
    return [*parts, "</g>"]


# Below the picture


def _draw_legend(used: Collection[str], wide: float, top: float) -> tuple[list[str], float]:
    """Return the legend of the styles in use, and the height at which the picture continues."""
    parts: list[str] = []
    x, y = EDGE, top + 22.0
    for style, look in _LOOKS.items():
        if style not in used:
            continue
        step = _LEGEND_LINE + 8.0 + text_width(look.words, SMALL_WIDE) + _LEGEND_GAP
        if x + step > wide - EDGE + _LEGEND_GAP and x > EDGE:
            x, y = EDGE, y + _LEGEND_STEP
        parts += _draw_stroke(f"M{x:.1f} {y:.1f}h{_LEGEND_LINE:.0f}", style)
        if style == "rejected":
            parts.append(_draw_cross((x + _LEGEND_LINE / 2, y)))
        parts.append(
            text_element(look.words, (x + _LEGEND_LINE + 8, y + 4), SMALL_SIZE, step, fill=_QUIET)
        )
        x += step
    return parts, y + 6.0 if parts else top


def _draw_notes(notes: Sequence[str], wide: float, top: float) -> tuple[list[str], float]:
    room = wide - 2 * EDGE
    lines = [line for note in notes for line in wrap_text(note, SMALL_WIDE, room, 4)]
    if not lines:
        return [], top
    parts = [
        text_element(line, (EDGE, top + 18 + _NOTE_STEP * index), SMALL_SIZE, room, fill=_QUIET)
        for index, line in enumerate(lines)
    ]
    return parts, top + 6 + _NOTE_STEP * len(lines)


# Elements


def _path_data(curve: Sequence[Cubic]) -> str:
    x, y = curve[0][0]
    return f"M{x:.1f} {y:.1f}" + "".join(
        "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in points) for _, *points in curve
    )


def _area(area: Rectangle) -> str:
    left, top, right, bottom = area
    return f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'


def text_element(
    text: str,
    at: Point,
    size: int,
    room: float,
    *,
    fill: str = _INK,
    anchor: Literal["start", "middle"] = "start",
) -> str:
    """Return a line of text in a picture, which takes no more room than it is given."""
    weight = 400 if size == SMALL_SIZE else 600
    look = f'font-size="{size}" font-weight="{weight}" fill="{fill}" text-anchor="{anchor}"'
    x, y = at
    if text.isascii():
        return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
    # Widths are known for ASCII only, and marks may be stacked: an inner picture cuts the rest, and
    # unlike a clipping path needs no name, of which a page could have two.
    left, top = x - (room / 2 if anchor == "middle" else 0.0), y - 1.3 * size
    frame = f'x="{left:.1f}" y="{top:.1f}" width="{room:.1f}" height="{1.8 * size:.1f}"'
    inner = f'<text x="{x - left:.1f}" y="{y - top:.1f}" {look}>{escape(text)}</text>'
    return f'<svg {frame} overflow="hidden">{inner}</svg>'


# Words


def _box_name(box: Box) -> str:
    title = marked(box.title, deleted=box.deleted)
    return ", ".join(part for part in (title, box.subtitle, box.lane) if part)


def _describe_line(line: Line, boxes: Mapping[str, Box]) -> str:
    arrow = "\u2192" if line.directed else "\u2013"
    label = f", {line.label}" if line.label else ""
    ends = f"{_box_name(boxes[line.source])} {arrow} {_box_name(boxes[line.target])}"
    return f"{ends}: {_LOOKS[line.style].words}{label}"


def _describe_diagram(diagram: Diagram) -> str:
    """Return a description in words, for people who cannot see the picture."""
    boxes = {box.key: box for box in diagram.boxes}
    n_lanes, n_lines = len({box.lane for box in diagram.boxes}), len(diagram.lines)
    parts = [f"Boxes: {len(boxes):,}, lanes: {n_lanes:,}, lines: {n_lines:,}."]
    parts += [f"{_describe_line(line, boxes)}." for line in diagram.lines[:MAX_DESCRIBED_LINES]]
    if n_lines > MAX_DESCRIBED_LINES:
        parts.append(f"More lines: {n_lines - MAX_DESCRIBED_LINES:,}.")
    return safe_text(" ".join(parts))
