"""Where everything in a picture stands: heights first, and then, by what runs between, columns."""

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
    measured,
    wrapped,
)
from hummgraph.frames import marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.drawing.diagram.ordering import Grid, Way

__all__ = ["EDGE", "LANE_HEAD", "LANE_SIDE", "Layout", "Rectangle", "lane_names", "placed", "steps"]

# All lengths are in pixels of the picture at its own size.
EDGE: Final = 16.0
"""From the edge of the picture to what is in it."""

LANE_HEAD: Final = 34.0
"""Height of the name of a lane, where that is a column."""

LANE_SIDE: Final = 12.0
"""From the side of such a lane to its boxes, and before the name of one that is a row."""

_NAME_ROOM: Final = 132.0  # for the name of a lane at its left
_NAME_LINES: Final = 3
_TEXT_ROOM: Final = 190.0  # in a box; a longer text is cut
_TEXT_MARGIN: Final = 12.0
_BOX_NARROWEST: Final = 84.0
_TRACK: Final = 13.0  # between lines that run beside each other
_FIRST_TRACK: Final = 20.0  # from the side of a box, so that an arrow head has room
_RETURN: Final = 19.0  # between lines that return below a lane: the height of a label
_BAND_MARGIN: Final = 4.0  # above and below what stands in a row
_BAND_GAP: Final = 6.0
_AISLE: Final = 34.0  # so that two lanes side by side keep apart
_SWEEPS: Final = 12  # more change little
# A bend hurts least between two boxes, and most where a line passes boxes.
_PULLS: Final = (1.0, 2.0, 8.0)
_STEEP: Final = 40.0

Neighbours = tuple["Mapping[int, list[tuple[int, float]]]", ...]


class Rectangle(NamedTuple):
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands; what is by way is in the order of the grid's ways.

    Parameters
    ----------
    y
        Height of the middle of each place.
    bands
        Top and bottom of each row.
    left, wide
        Left side and width of each column.
    ends
        Heights at which each way leaves its first box and meets its last.
    turns
        Where each way turns in each aisle that it goes through, as a share of the aisle's width.
    tracks
        How far from its first box, and from its last, each way runs that does not go on.
    below
        Height at which each way returns that goes around; 0 for others.
    right, bottom
        Where the picture, and the lowest row, ends.
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
        """Return where a box is."""
        place, y = self.grid.places[number], self.y[number]
        left, half = self.left[place.rank], place.high / 2
        return Rectangle(left, y - half, left + self.wide[place.rank], y + half)


def placed(grid: Grid, top: float, narrowest: float) -> Layout:
    """Place everything, below what has been drawn and no narrower than that."""
    bands, floors, below = _rows(grid, top + (LANE_HEAD if grid.columns else 0.0))
    y = _settled(grid, floors)
    ends = _ends(grid, y)
    turns, aisles = _turns(grid, y, ends)
    tracks, rooms = _tracks(grid, ends, below)
    at = EDGE + LANE_SIDE
    if not grid.columns:
        names = [line for name in grid.lanes for line in lane_names(name)]
        at += max((measured(line, LANE_SIZE) + LANE_SIDE + 4.0 for line in names), default=0.0)
    left: list[float] = []
    wide = [_column_wide(grid, rank) for rank in range(grid.n_ranks)]
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
    """Break the name of a lane that is a row."""
    return wrapped(name, LANE_SIZE, _NAME_ROOM, _NAME_LINES)


def _rows(
    grid: Grid, top: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]], list[float]]:
    """Return where rows are, where in them boxes can be, and where lines return below those."""
    spans = defaultdict[int, list[tuple[int, int, int]]](list)
    for index, way in enumerate(grid.ways):
        if way.course == "around":
            one, other = grid.places[way.chain[0]], grid.places[way.chain[-1]]
            # Below the upper row: between the two, or below both where they are one.
            spans[min(one.row, other.row)].append((other.rank, one.rank, index))
    bands: list[tuple[float, float]] = []
    floors: list[tuple[float, float]] = []
    below = [0.0] * len(grid.ways)
    for row in range(grid.n_rows):
        high = max(
            sum(grid.places[member].room for member in members)
            for (_, own), members in grid.cells.items()
            if own == row
        )
        floor = top + _BAND_MARGIN, top + _BAND_MARGIN + high
        levels = _levels([(begin, end) for begin, end, _ in spans[row]])
        for (_, _, index), level in zip(spans[row], levels, strict=True):
            below[index] = floor[1] + _RETURN * (level + 0.5)
        bottom = floor[1] + _BAND_MARGIN + _RETURN * (max(levels, default=-1) + 1)
        floors.append(floor)
        bands.append((top, bottom))
        top = bottom + _BAND_GAP
    return bands, floors, below


def _levels(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return levels to spans so that none meets another of its level; shorter ones lie inside."""
    levels = [-1] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: (spans[i][1] - spans[i][0], i)):
        begin, end = spans[index]
        levels[index] = 1 + max(
            level
            for level, (low, high) in zip(levels, spans, strict=True)
            if low <= end and begin <= high
        )
    return levels


def _settled(grid: Grid, floors: Sequence[tuple[float, float]]) -> list[float]:
    """Return heights to all places, so that lines are as level as can be."""
    near: Neighbours = (defaultdict(list), defaultdict(list))
    for way in grid.ways:
        if way.course == "on":
            for one, other in pairwise(way.chain):
                pull = _PULLS[(one >= len(grid.boxes)) + (other >= len(grid.boxes))]
                near[0][other].append((one, pull))
                near[1][one].append((other, pull))
    y = [sum(floors[place.row]) / 2 for place in grid.places]
    for sweep in range(_SWEEPS + 1):
        # At first all stand about the middle, at last both sides count.
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
    """Put what stands in one cell as near to its neighbours' heights as its order allows.

    The least squares of isotonic regression, by pooling what would stand in another's place.
    """
    offset, offsets = 0.0, [0.0]
    for one, other in pairwise(members):
        offset += (grid.places[one].room + grid.places[other].room) / 2
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # sum of what is wanted, weight, members
    for member, own in zip(members, offsets, strict=True):
        pulls = [(y[other], weight) for side in sides for other, weight in side.get(member, ())]
        # What has no neighbour stays, unless it is in the way.
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


def _ends(grid: Grid, y: Sequence[float]) -> list[tuple[float, float]]:
    """Spread the ends of lines over the sides of boxes, in the order in which they leave."""
    ports = defaultdict[tuple[int, str], list[tuple[int, float, int, int]]](list)
    begin, gap, end = range(3)
    for index, way in enumerate(grid.ways):
        one, other = way.chain[0], way.chain[-1]
        if way.course == "on":
            ports[one, "right"].append((2, y[way.chain[1]], index, begin))
            ports[other, "left"].append((2, y[way.chain[-2]], index, end))
        elif one == other:
            ports[one, "right"] += [(3, -y[one], index, part) for part in (begin, gap, end)]
        elif way.course == "beside":
            # The nearer its other end, the further inside.
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
    return [(heights[index, begin], heights[index, end]) for index in range(len(grid.ways))]


def steps(way: Way, y: Sequence[float], ends: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the heights between which a line changes in each aisle that it goes through."""
    return list(pairwise((ends[0], *(y[at] for at in way.chain[1:-1]), ends[1])))


def _turns(
    grid: Grid, y: Sequence[float], ends: Sequence[tuple[float, float]]
) -> tuple[list[tuple[float, ...]], Mapping[int, float]]:
    """Return where passing lines turn, and how wide the aisle left of each rank must be."""
    aisles = defaultdict[int, list[tuple[float, float, int]]](list)
    wanted = defaultdict[int, float](float)
    for index, way in enumerate(grid.ways):
        if way.course == "on":
            for at, (one, other) in zip(way.chain[1:], steps(way, y, ends[index]), strict=True):
                rank = grid.places[at].rank
                wanted[rank] = max(wanted[rank], way.label_wide + 44.0)
                aisles[rank].append((one, other, index))
    turns: list[list[float]] = [[] for _ in grid.ways]
    for rank, lines in sorted(aisles.items()):
        shares = _fanned([(one, other) for one, other, _ in lines])
        for share, (_, _, index) in zip(shares, lines, strict=True):
            turns[index].append(share)
        highest = max(abs(one - other) for one, other, _ in lines)
        n_steep = sum(abs(one - other) > _STEEP for one, other, _ in lines)
        fan = max(64.0, min(0.3 * highest, 130.0), min(12.0 * n_steep, 200.0))
        wanted[rank] = max(wanted[rank], fan)
    return [tuple(some) for some in turns], wanted


def _fanned(lines: Sequence[tuple[float, float]]) -> list[float]:
    """Let steep lines of one aisle turn one after the other.

    Of two that go down the lower one turns first, of two that go up the upper one: so they keep
    apart, and do not cross for it.
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


def _tracks(
    grid: Grid, ends: Sequence[tuple[float, float]], below: Sequence[float]
) -> tuple[list[tuple[float, float]], Mapping[tuple[int, int], float]]:
    """Lead lines beside columns, and say how much room each needs at its left and its right."""
    sides = defaultdict[tuple[int, int], list[tuple[float, float, int, int]]](list)
    for index, way in enumerate(grid.ways):
        begin, end = ends[index]
        one, other = (grid.places[box].rank for box in (way.chain[0], way.chain[-1]))
        if way.course == "beside":
            sides[one, 1].append((min(begin, end), max(begin, end), index, 0))
        elif way.course == "around":
            back = below[index]
            sides[one, 1].append((min(begin, back), max(begin, back), index, 0))
            sides[other, 0].append((min(end, back), max(end, back), index, 1))
    tracks = {}
    rooms = defaultdict[tuple[int, int], float](float)
    for side, spans in sides.items():
        levels = _levels([(low, high) for low, high, _, _ in spans])
        for level, (_, _, index, part) in zip(levels, spans, strict=True):
            tracks[index, part] = track = _FIRST_TRACK + _TRACK * level
            beyond = grid.ways[index].label_wide if grid.ways[index].course == "beside" else 0.0
            rooms[side] = max(rooms[side], track + max(beyond, 6.0))
    return [
        (tracks.get((index, 0), 0.0), tracks.get((index, 1), 0.0))
        for index in range(len(grid.ways))
    ], rooms


def _column_wide(grid: Grid, rank: int) -> float:
    texts = [
        text
        for box, place in zip(grid.boxes, grid.places, strict=False)
        if place.rank == rank
        for text in (
            measured(marked(box.title, deleted=box.deleted), NAME_SIZE),
            measured(box.subtitle, SMALL_WIDE),
        )
    ]
    if grid.columns:
        texts.append(measured(grid.lanes[rank], LANE_SIZE))
    return max(_BOX_NARROWEST, min(max(texts), _TEXT_ROOM) + 2 * _TEXT_MARGIN)
