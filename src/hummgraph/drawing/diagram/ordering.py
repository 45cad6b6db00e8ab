"""Order of boxes in a diagram: the column and row of each, and the order within them.

Lines that pass boxes have places of their own among them, so that no line crosses a box. Boxes and
such places are ordered by the barycentre method of Sugiyama, Tagawa and Toda (1981).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from hummgraph.drawing.diagram.text import SMALL_WIDE, cut_text, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.drawing.diagram.shapes import Box, Line

__all__ = ["PORT", "Grid", "LinePath", "Place", "arrange_grid"]

# All lengths are in pixels of the picture at its own size.
PORT: Final = 11.0
"""Distance between the ends of lines at one side of a box: about an arrow head."""

_BOX_HEIGHT: Final = 46.0
MAX_BOX_HEIGHT: Final = 118.0  # however many lines end at the box
_BOX_MARGIN: Final = 8.0  # above and below
_THREAD_HEIGHT: Final = 8.0  # room for a line that passes boxes
_THREAD_MARGIN: Final = 4.0
_LABEL_ROOM: Final = 130.0  # longer labels are cut
_LABEL_MARGIN: Final = 6.0  # on both sides
_SWEEPS: Final = 12  # in each direction; more change little

Spot = tuple[int, int]  # rank and row
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Entry of a column of the picture: a box, or room for a line that passes."""

    rank: int
    row: int
    high: float
    margin: float

    @property
    def room(self) -> float:
        """Height with the margins above and below."""
        return self.high + 2 * self.margin


@dataclass(frozen=True, slots=True)
class LinePath:
    """Course of a line: to a later rank, next to the boxes of a rank, or back to an earlier one.

    Parameters
    ----------
    line
        The line.
    course
        Course of the line, one of three.
    chain
        Places that it crosses, as positions; the first and the last are boxes.
    flipped
        Whether it is drawn from its target, as a backward line is if direction has no meaning.
    label
        Label, cut to its room.
    label_wide
        Width of the label's plate, 0 without a label.
    """

    line: Line
    course: Literal["on", "beside", "around"]
    chain: tuple[int, ...]
    flipped: bool
    label: str
    label_wide: float

    @property
    def headed(self) -> bool:
        """Whether it has an arrow head."""
        return self.line.directed and self.line.style != "within"


@dataclass(frozen=True, slots=True)
class Grid:
    """Boxes in columns and rows.

    Parameters
    ----------
    boxes
        The boxes of the diagram.
    columns
        Whether each lane is a column instead of a row.
    lanes
        Names of the lanes, in order.
    places
        Places, those of boxes first, in their order.
    ways
        One path for each line.
    cells
        Places below each other, by column and row.
    """

    boxes: tuple[Box, ...]
    columns: bool
    lanes: tuple[str, ...]
    places: tuple[Place, ...]
    line_paths: tuple[LinePath, ...]
    cells: Mapping[Spot, tuple[int, ...]]

    @property
    def n_ranks(self) -> int:
        """Number of columns."""
        return 1 + max(place.rank for place in self.places)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return 1 + max(place.row for place in self.places)


def arrange_grid(boxes: Sequence[Box], lines: Sequence[Line], *, columns: bool) -> Grid:
    """Return the grid of a diagram that has at least one box.

    If lanes are columns, a line to the left is drawn from its target, so that none goes back.
    """
    number = {box.key: index for index, box in enumerate(boxes)}
    ends = [(number[line.source], number[line.target]) for line in lines]
    lanes = list(dict.fromkeys(box.lane for box in boxes))
    if columns:
        at = {lane: index for index, lane in enumerate(lanes)}
        of_box = [at[box.lane] for box in boxes]
        order = _order_by_length(len(lanes), [(of_box[one], of_box[other]) for one, other in ends])
        lanes = [lanes[index] for index in order]
    spots = _box_spots(boxes, lanes, columns=columns)
    taken = Counter(spots)
    line_paths: list[LinePath] = []
    for line, (one, other) in zip(lines, ends, strict=True):
        on = spots[other][0] - spots[one][0]
        flipped = on < 0 and (columns or not line.directed)
        begin, end = (other, one) if flipped else (one, other)
        course: Literal["on", "beside", "around"] = (
            "beside" if on == 0 else "on" if on > 0 or flipped else "around"
        )
        threads = _passing_spots(spots[begin], spots[end], taken) if course == "on" else []
        chain = (begin, *range(len(spots), len(spots) + len(threads)), end)
        spots += threads
        label = cut_text(line.label, SMALL_WIDE, _LABEL_ROOM)
        wide = text_width(label, SMALL_WIDE) + 2 * _LABEL_MARGIN if label else 0.0
        line_paths.append(LinePath(line, course, chain, flipped, label, wide))
    heights = _box_heights(len(boxes), line_paths)
    places = [
        Place(rank, row, high, _BOX_MARGIN)
        for (rank, row), high in zip(spots, heights, strict=False)
    ]
    places += [Place(*spot, _THREAD_HEIGHT, _THREAD_MARGIN) for spot in spots[len(places) :]]
    cells = _order_cells(spots, line_paths)
    return Grid(tuple(boxes), columns, tuple(lanes), tuple(places), tuple(line_paths), cells)


def _box_spots(boxes: Sequence[Box], lanes: Sequence[str], *, columns: bool) -> list[Spot]:
    lane = {name: index for index, name in enumerate(lanes)}
    if columns:
        return [(lane[box.lane], 0) for box in boxes]
    ranks = {rank: index for index, rank in enumerate(sorted({box.rank for box in boxes}))}
    return [(ranks[box.rank], lane[box.lane]) for box in boxes]


def _order_by_length(n: int, pairs: Sequence[Pair]) -> list[int]:
    """Return an order of lanes with short links: lanes are swapped while this shortens them."""
    counts = Counter((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])

    def length(order: Sequence[int]) -> int:
        at = {lane: index for index, lane in enumerate(order)}
        return sum(n * abs(at[one] - at[other]) for (one, other), n in counts.items())

    best = list(range(n))
    shortest, found = length(best), True
    while found:
        found = False
        for one in range(n):
            for other in range(one + 1, n):
                tried = best.copy()
                tried[one], tried[other] = tried[other], tried[one]
                if length(tried) < shortest:
                    best, shortest, found = tried, length(tried), True
    return best


def _passing_spots(one: Spot, other: Spot, taken: Mapping[Spot, int]) -> list[Spot]:
    """Return the places at which a line passes each column between its ends.

    It changes rows where it meets the fewest boxes.
    """
    between = range(one[0] + 1, other[0])
    return min(
        (
            [(rank, one[1] if index < n else other[1]) for index, rank in enumerate(between)]
            for n in range(len(between) + 1)
        ),
        key=lambda spots: sum(taken[spot] for spot in spots),
    )


def _box_heights(n_boxes: int, line_paths: Sequence[LinePath]) -> list[float]:
    """Return heights of boxes, which grow with the number of their lines."""
    ends = Counter[tuple[int, str]]()
    for line_path in line_paths:
        ends[line_path.chain[0], "right"] += 1
        # A line to its own box leaves a gap, so that both ends are visible.
        same = line_path.chain[0] == line_path.chain[-1]
        ends[line_path.chain[-1], "right" if line_path.course == "beside" else "left"] += 1 + same
    return [
        min(
            max(_BOX_HEIGHT, *(12 + PORT * ends[box, side] for side in ("left", "right"))),
            MAX_BOX_HEIGHT,
        )
        for box in range(n_boxes)
    ]


def _order_cells(
    spots: Sequence[Spot], line_paths: Sequence[LinePath]
) -> dict[Spot, tuple[int, ...]]:
    """Return the order of each cell so that few lines cross."""
    links = [
        pair
        for line_path in line_paths
        if line_path.course == "on"
        for pair in pairwise(line_path.chain)
    ]
    mates = [
        (line_path.chain[0], line_path.chain[-1])
        for line_path in line_paths
        if line_path.course == "beside"
    ]
    after = _neighbours_of(links)
    before = _neighbours_of([(other, one) for one, other in links])
    beside = _neighbours_of([*mates, *((other, one) for one, other in mates)])
    cells = defaultdict[Spot, list[int]](list)
    for index, spot in enumerate(spots):
        cells[spot].append(index)
    at = [0.0] * len(spots)
    for cell, members in cells.items():
        _spread_cell(at, cell, members)
    fewest, best = _count_crossings(at, spots, links, mates), _copy_cells(cells)
    for sweep in range(2 * _SWEEPS):
        near = after if sweep % 2 else before
        for cell in sorted(cells, reverse=bool(sweep % 2)):
            goals = {member: _mean_height(member, at, near, beside) for member in cells[cell]}
            cells[cell].sort(key=goals.__getitem__)
            _spread_cell(at, cell, cells[cell])
        crossings = _count_crossings(at, spots, links, mates)
        if crossings < fewest:
            fewest, best = crossings, _copy_cells(cells)
    return best


def _neighbours_of(pairs: Sequence[Pair]) -> dict[int, list[int]]:
    near = defaultdict[int, list[int]](list)
    for one, other in pairs:
        near[one].append(other)
    return near


def _spread_cell(at: list[float], cell: Spot, members: Sequence[int]) -> None:
    """Spread the members of a cell evenly over its row, whose height is 1."""
    for index, member in enumerate(members):
        at[member] = cell[1] + (index + 0.5) / len(members)


def _mean_height(
    member: int,
    at: Sequence[float],
    near: Mapping[int, list[int]],
    beside: Mapping[int, list[int]],
) -> float:
    """Return the mean height of the neighbours."""
    mates = beside.get(member, [])
    around = [at[other] for other in (*near.get(member, []), *mates)]
    if mates or not around:  # otherwise two mates could change places forever
        around.append(at[member])
    return sum(around) / len(around)


def _copy_cells(cells: Mapping[Spot, Sequence[int]]) -> dict[Spot, tuple[int, ...]]:
    return {cell: tuple(members) for cell, members in cells.items()}


def _count_crossings(
    at: Sequence[float], spots: Sequence[Spot], links: Sequence[Pair], mates: Sequence[Pair]
) -> tuple[int, float]:
    """Return the number of crossings between ranks, and the distance between mates."""
    gaps = defaultdict[int, list[tuple[float, float]]](list)
    for one, other in links:
        gaps[spots[one][0]].append((at[one], at[other]))
    crossings = 0
    for gap in gaps.values():
        seen: list[float] = []
        for _, end in sorted(gap):
            crossings += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return crossings, sum(abs(at[one] - at[other]) for one, other in mates)
