"""Layout of a diagram: heights first, then columns as wide as the lines between them need."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from hummgraph.drawing.diagram.ordering import PORT
from hummgraph.drawing.diagram.text import (
    LANE_SIZE,
    NAME_SIZE,
    SMALL_WIDE,
    text_width,
    wrap_text,
)
from hummgraph.frames import marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.drawing.diagram.ordering import Grid, LinePath

__all__ = [
    "EDGE",
    "LANE_HEAD",
    "LANE_SIDE",
    "Layout",
    "Rectangle",
    "lane_names",
    "place_grid",
    "steps",
]

# All lengths are in pixels of the picture at its own size.
EDGE: Final = 16.0
"""Margin between the edge of the picture and its content."""

LANE_HEAD: Final = 34.0
"""Height of the heading of a lane that is a column."""

LANE_SIDE: Final = 12.0
"""Margin between the side of such a lane and its boxes, and before the name of a row."""

_NAME_ROOM: Final = 132.0  # for the name of a lane on its left
_NAME_LINES: Final = 3
_TEXT_ROOM: Final = 190.0  # in a box; longer texts are cut
_TEXT_MARGIN: Final = 12.0
_MIN_BOX_WIDTH: Final = 84.0
_TRACK: Final = 13.0  # between parallel lines
_FIRST_TRACK: Final = 20.0  # from the side of a box, so that an arrow head has room
_RETURN: Final = 19.0  # between lines that return below a lane: the height of a label
_BAND_MARGIN: Final = 4.0  # above and below the content of a row
_BAND_GAP: Final = 6.0
_AISLE: Final = 34.0  # between two lanes side by side
_SWEEPS: Final = 12  # more change little
# Weights of bends: least between two boxes, greatest where a line passes boxes.
_PULLS: Final = (1.0, 2.0, 8.0)
_STEEP: Final = 40.0

Neighbours = tuple["Mapping[int, list[tuple[int, float]]]", ...]


class Rectangle(NamedTuple):
    """Part of the picture."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of everything in a diagram; values by line are in the order of the grid's lines.

    Parameters
    ----------
    y
        Height of the middle of each place.
    bands
        Top and bottom of each row.
    left, wide
        Left side and width of each column.
    ends
        Heights at which each line leaves its first box and meets its last.
    turns
        Turn of each line in each aisle that it crosses, as a share of the aisle's width.
    tracks
        Distances from the first and the last box of each line that stays in one rank.
    below
        Height at which each line returns that goes around; 0 for others.
    right, bottom
        Right end of the picture, and lower end of the lowest row.
    """

    grid: Grid
    y: tuple[float, ...]
    bands: tuple[tuple[float, float], ...]
    left: tuple[float, ...]
    wide: tuple[float, ...]
    ends: tuple[tuple[float, float], ...]
    turns: tuple[tuple[float, ...], ...]
    tracks: tuple[tuple[float, float], ...]
    below: tuple[float, ...]
    right: float
    bottom: float

    def box(self, number: int) -> Rectangle:
        """Return the rectangle of a box."""
        place, y = self.grid.places[number], self.y[number]
        left, half = self.left[place.rank], place.high / 2
        return Rectangle(left, y - half, left + self.wide[place.rank], y + half)


def place_grid(grid: Grid, top: float, narrowest: float) -> Layout:
    """Return the layout of a grid below `top`, at least as wide as `narrowest`."""
    bands, floors, below = _row_bands(grid, top + (LANE_HEAD if grid.columns else 0.0))
    y = _settle_heights(grid, floors)
    ends = _spread_ends(grid, y)
    turns, aisles = _place_turns(grid, y, ends)
    tracks, rooms = _place_tracks(grid, ends, below)
    at = EDGE + LANE_SIDE
    if not grid.columns:
        names = [line for name in grid.lanes for line in lane_names(name)]
        at += max((text_width(line, LANE_SIZE) + LANE_SIDE + 4.0 for line in names), default=0.0)
    left: list[float] = []
    wide = [_column_width(grid, rank) for rank in range(grid.n_ranks)]
    for rank in range(grid.n_ranks):
        at += rooms[rank, 0]
        left.append(at)
        at += wide[rank] + rooms[rank, 1]
        at += max(aisles[rank + 1], _AISLE) if rank + 1 < grid.n_ranks else LANE_SIDE
    return Layout(
        grid,
        tuple(y),
        tuple(bands),
        tuple(left),
        tuple(wide),
        tuple(ends),
        tuple(turns),
        tuple(tracks),
        tuple(below),
        max(narrowest, at + EDGE),
        bands[-1][1],
    )


def lane_names(name: str) -> list[str]:
    """Return the name of a lane that is a row, broken into lines."""
    return wrap_text(name, LANE_SIZE, _NAME_ROOM, _NAME_LINES)


def _row_bands(
    grid: Grid, top: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]], list[float]]:
    """Return the rows, the parts of them for boxes, and the heights of lines that return below."""
    spans = defaultdict[int, list[tuple[int, int, int]]](list)
    for index, line_path in enumerate(grid.line_paths):
        if line_path.course == "around":
            one, other = grid.places[line_path.chain[0]], grid.places[line_path.chain[-1]]
            # Below the upper row: between the two, or below both if they are the same.
            spans[min(one.row, other.row)].append((other.rank, one.rank, index))
    bands: list[tuple[float, float]] = []
    floors: list[tuple[float, float]] = []
    below = [0.0] * len(grid.line_paths)
    for row in range(grid.n_rows):
        high = max(
            sum(grid.places[member].room for member in members)
            for (_, own), members in grid.cells.items()
            if own == row
        )
        floor = top + _BAND_MARGIN, top + _BAND_MARGIN + high
        levels = _assign_levels([(begin, end) for begin, end, _ in spans[row]])
        for (_, _, index), level in zip(spans[row], levels, strict=True):
            below[index] = floor[1] + _RETURN * (level + 0.5)
        bottom = floor[1] + _BAND_MARGIN + _RETURN * (max(levels, default=-1) + 1)
        floors.append(floor)
        bands.append((top, bottom))
        top = bottom + _BAND_GAP
    return bands, floors, below


def _assign_levels(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return a level for each span so that no two of a level overlap; shorter spans lie inside."""
    levels = [-1] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: (spans[i][1] - spans[i][0], i)):
        begin, end = spans[index]
        levels[index] = 1 + max(
            level
            for level, (low, high) in zip(levels, spans, strict=True)
            if low <= end and begin <= high
        )
    return levels


def _settle_heights(grid: Grid, floors: Sequence[tuple[float, float]]) -> list[float]:
    """Return heights of all places, so that lines are as level as possible."""
    near: Neighbours = (defaultdict(list), defaultdict(list))
    for line_path in grid.line_paths:
        if line_path.course == "on":
            for one, other in pairwise(line_path.chain):
                pull = _PULLS[(one >= len(grid.boxes)) + (other >= len(grid.boxes))]
                near[0][other].append((one, pull))
                near[1][one].append((other, pull))
    y = [sum(floors[place.row]) / 2 for place in grid.places]
    for sweep in range(_SWEEPS + 1):
        # The first sweep centres everything; in the last ones both sides count.
        sides = near if sweep > _SWEEPS - 4 else (near[sweep % 2 == 0],) if sweep else ()
        for cell in sorted(grid.cells, reverse=bool(sweep % 2)):
            members = grid.cells[cell]
            for member, height in zip(
                members, _level_out(grid, y, members, sides, floors[cell[1]]), strict=True
            ):
                y[member] = height
    return y


def _level_out(
    grid: Grid,
    y: Sequence[float],
    members: Sequence[int],
    sides: Neighbours,
    floor: tuple[float, float],
) -> list[float]:
    """Return the heights of one cell nearest to those of the neighbours that keep the order.

    This is the least squares solution of isotonic regression, by pooling adjacent violators.
    """
    offset, offsets = 0.0, [0.0]
    for one, other in pairwise(members):
        offset += (grid.places[one].room + grid.places[other].room) / 2
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # sum of targets, weight, members
    for member, own in zip(members, offsets, strict=True):
        pulls = [(y[other], weight) for side in sides for other, weight in side.get(member, ())]
        # A place without neighbours stays, unless it is in the way.
        pulls.append((y[member], 0.05))
        pool = (sum((at - own) * w for at, w in pulls), sum(w for _, w in pulls), 1)
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            last = pools.pop()
            pool = (pool[0] + last[0], pool[1] + last[1], pool[2] + last[2])
        pools.append(pool)
    low = floor[0] + grid.places[members[0]].room / 2
    high = floor[1] - grid.places[members[-1]].room / 2 - offsets[-1]
    heights = [total / weight for total, weight, n in pools for _ in range(n)]
    return [min(max(height, low), high) + own for height, own in zip(heights, offsets, strict=True)]


def _spread_ends(grid: Grid, y: Sequence[float]) -> list[tuple[float, float]]:
    """Return the ends of lines, spread over the sides of boxes in the order in which they leave."""
    ports = defaultdict[tuple[int, str], list[tuple[int, float, int, int]]](list)
    begin, gap, end = range(3)
    for index, line_path in enumerate(grid.line_paths):
        one, other = line_path.chain[0], line_path.chain[-1]
        if line_path.course == "on":
            ports[one, "right"].append((2, y[line_path.chain[1]], index, begin))
            ports[other, "left"].append((2, y[line_path.chain[-2]], index, end))
        elif one == other:
            ports[one, "right"] += [(3, -y[one], index, part) for part in (begin, gap, end)]
        elif line_path.course == "beside":
            # The nearer the other end, the further inside.
            down = y[other] > y[one]
            ports[one, "right"].append((3 if down else 1, -y[other], index, begin))
            ports[other, "right"].append((1 if down else 3, -y[one], index, end))
        else:
            rows = grid.places[one].row, grid.places[other].row
            ports[one, "right"].append((4 if rows[0] == min(rows) else 0, 0.0, index, begin))
            ports[other, "left"].append((4 if rows[1] == min(rows) else 0, 0.0, index, end))
    heights: dict[tuple[int, int], float] = {}
    for (number, _), some in ports.items():
        step = min(PORT, (grid.places[number].high - 16) / max(len(some) - 1, 1))
        for position, (_, _, index, part) in enumerate(sorted(some)):
            heights[index, part] = y[number] + (position - (len(some) - 1) / 2) * step
    return [(heights[index, begin], heights[index, end]) for index in range(len(grid.line_paths))]


def steps(
    line_path: LinePath, y: Sequence[float], ends: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return the heights between which a line changes in each aisle that it crosses."""
    return list(pairwise((ends[0], *(y[at] for at in line_path.chain[1:-1]), ends[1])))


def _place_turns(
    grid: Grid, y: Sequence[float], ends: Sequence[tuple[float, float]]
) -> tuple[list[tuple[float, ...]], Mapping[int, float]]:
    """Return the turns of passing lines, and the width of the aisle left of each rank."""
    aisles = defaultdict[int, list[tuple[float, float, int]]](list)
    wanted = defaultdict[int, float](float)
    for index, line_path in enumerate(grid.line_paths):
        if line_path.course == "on":
            for at, (one, other) in zip(
                line_path.chain[1:], steps(line_path, y, ends[index]), strict=True
            ):
                rank = grid.places[at].rank
                wanted[rank] = max(wanted[rank], line_path.label_wide + 44.0)
                aisles[rank].append((one, other, index))
    turns: list[list[float]] = [[] for _ in grid.line_paths]
    for rank, lines in sorted(aisles.items()):
        shares = _fan_out([(one, other) for one, other, _ in lines])
        for share, (_, _, index) in zip(shares, lines, strict=True):
            turns[index].append(share)
        highest = max(abs(one - other) for one, other, _ in lines)
        n_steep = sum(abs(one - other) > _STEEP for one, other, _ in lines)
        fan = max(64.0, min(0.3 * highest, 130.0), min(12.0 * n_steep, 200.0))
        wanted[rank] = max(wanted[rank], fan)
    return [tuple(some) for some in turns], wanted


def _fan_out(lines: Sequence[tuple[float, float]]) -> list[float]:
    """Return turns so that steep lines of one aisle turn one after the other.

    If two lines go down, the lower one turns first; of two that go up, the upper one. So they
    keep apart and do not cross.
    """
    turns = [0.5] * len(lines)
    for down in (True, False):
        some = [
            index
            for index, (one, other) in enumerate(lines)
            if abs(one - other) > _STEEP and (other > one) is down
        ]
        some.sort(key=lambda index: sum(lines[index]) * (-1 if down else 1))
        for place, index in enumerate(some):
            turns[index] = 0.25 + 0.5 * (place + 0.5) / len(some)
    return turns


def _place_tracks(
    grid: Grid, ends: Sequence[tuple[float, float]], below: Sequence[float]
) -> tuple[list[tuple[float, float]], Mapping[tuple[int, int], float]]:
    """Return tracks of lines beside columns, and the room that each needs on its left and right."""
    sides = defaultdict[tuple[int, int], list[tuple[float, float, int, int]]](list)
    for index, line_path in enumerate(grid.line_paths):
        begin, end = ends[index]
        one, other = (grid.places[box].rank for box in (line_path.chain[0], line_path.chain[-1]))
        if line_path.course == "beside":
            sides[one, 1].append((min(begin, end), max(begin, end), index, 0))
        elif line_path.course == "around":
            back = below[index]
            sides[one, 1].append((min(begin, back), max(begin, back), index, 0))
            sides[other, 0].append((min(end, back), max(end, back), index, 1))
    tracks = {}
    rooms = defaultdict[tuple[int, int], float](float)
    for side, spans in sides.items():
        levels = _assign_levels([(low, high) for low, high, _, _ in spans])
        for level, (_, _, index, part) in zip(levels, spans, strict=True):
            tracks[index, part] = track = _FIRST_TRACK + _TRACK * level
            beyond = (
                grid.line_paths[index].label_wide
                if grid.line_paths[index].course == "beside"
                else 0.0
            )
            rooms[side] = max(rooms[side], track + max(beyond, 6.0))
    return [
        (tracks.get((index, 0), 0.0), tracks.get((index, 1), 0.0))
        for index in range(len(grid.line_paths))
    ], rooms


def _column_width(grid: Grid, rank: int) -> float:
    texts = [
        text
        for box, place in zip(grid.boxes, grid.places, strict=False)
        if place.rank == rank
        for text in (
            text_width(marked(box.title, deleted=box.deleted), NAME_SIZE),
            text_width(box.subtitle, SMALL_WIDE),
        )
    ]
    if grid.columns:
        texts.append(text_width(grid.lanes[rank], LANE_SIZE))
    return max(_MIN_BOX_WIDTH, min(max(texts), _TEXT_ROOM) + 2 * _TEXT_MARGIN)
