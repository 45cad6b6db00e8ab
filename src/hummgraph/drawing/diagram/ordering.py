"""Which column and which row of a picture each box stands in, and in which order.

Lines that pass boxes on their way have places of their own among them, so that no line crosses a
box. Boxes and such places are ordered by the barycentre method of Sugiyama, Tagawa and Toda (1981).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from hummgraph.drawing.diagram.text import SMALL_WIDE, cut, measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.drawing.diagram.shapes import Box, Line

__all__ = ["PORT", "Grid", "Place", "Way", "arranged"]

# All lengths are in pixels of the picture at its own size.
PORT: Final = 11.0
"""Between the ends of lines at one side of a box: about an arrow head."""

_BOX_HIGH: Final = 46.0
_BOX_HIGHEST: Final = 118.0  # however many lines end at it
_BOX_MARGIN: Final = 8.0  # above and below
_THREAD_HIGH: Final = 8.0  # kept free for a line that passes boxes
_THREAD_MARGIN: Final = 4.0
_LABEL_ROOM: Final = 130.0  # a longer label is cut
_LABEL_MARGIN: Final = 6.0  # at both its sides
_SWEEPS: Final = 12  # in each direction; more change little

Spot = tuple[int, int]  # rank and row
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """What stands in a column of the picture: a box, or room for a line that passes."""

    rank: int
    row: int
    high: float
    margin: float

    @property
    def room(self) -> float:
        """Height with what is kept free above and below."""
        return self.high + 2 * self.margin


@dataclass(frozen=True, slots=True)
class Way:
    """How a line goes: on to a later rank, beside boxes of one rank, or around to an earlier one.

    Parameters
    ----------
    line
        What is drawn.
    course
        Which of the three it is.
    chain
        Places that it leads through, as positions; at both ends a box.
    flipped
        Drawn from its target, as a line is that goes back where that says nothing.
    label
        Cut to its room.
    label_wide
        Width of the plate that the label stands on, 0 where there is none.
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
        As the diagram has them.
    columns
        Whether each lane is a column, rather than a row.
    lanes
        Names of lanes, in the order in which they stand.
    places
        Those of boxes first, in their order.
    ways
        One for each line.
    cells
        What stands below each other in one column and row, by the two.
    """

    boxes: tuple[Box, ...]
    columns: bool
    lanes: tuple[str, ...]
    places: tuple[Place, ...]
    ways: tuple[Way, ...]
    cells: Mapping[Spot, tuple[int, ...]]

    @property
    def n_ranks(self) -> int:
        """Number of columns."""
        return 1 + max(place.rank for place in self.places)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return 1 + max(place.row for place in self.places)


def arranged(boxes: Sequence[Box], lines: Sequence[Line], *, columns: bool) -> Grid:
    """Return where each box of a diagram stands, and which way lines go; there must be a box.

    Where lanes are columns, a line to the left is drawn from its target; there is no going back.
    """
    number = {box.key: index for index, box in enumerate(boxes)}
    ends = [(number[line.source], number[line.target]) for line in lines]
    lanes = list(dict.fromkeys(box.lane for box in boxes))
    if columns:
        at = {lane: index for index, lane in enumerate(lanes)}
        of_box = [at[box.lane] for box in boxes]
        order = _near(len(lanes), [(of_box[one], of_box[other]) for one, other in ends])
        lanes = [lanes[index] for index in order]
    spots = _spots(boxes, lanes, columns=columns)
    taken = Counter(spots)
    ways: list[Way] = []
    for line, (one, other) in zip(lines, ends, strict=True):
        on = spots[other][0] - spots[one][0]
        flipped = on < 0 and (columns or not line.directed)
        begin, end = (other, one) if flipped else (one, other)
        course: Literal["on", "beside", "around"] = (
            "beside" if on == 0 else "on" if on > 0 or flipped else "around"
        )
        threads = _threads(spots[begin], spots[end], taken) if course == "on" else []
        chain = (begin, *range(len(spots), len(spots) + len(threads)), end)
        spots += threads
        label = cut(line.label, SMALL_WIDE, _LABEL_ROOM)
        wide = measured(label, SMALL_WIDE) + 2 * _LABEL_MARGIN if label else 0.0
        ways.append(Way(line, course, chain, flipped, label, wide))
    heights = _heights(len(boxes), ways)
    places = [
        Place(rank, row, high, _BOX_MARGIN)
        for (rank, row), high in zip(spots, heights, strict=False)
    ]
    places += [Place(*spot, _THREAD_HIGH, _THREAD_MARGIN) for spot in spots[len(places) :]]
    cells = _ordered(spots, ways)
    return Grid(tuple(boxes), columns, tuple(lanes), tuple(places), tuple(ways), cells)


def _spots(boxes: Sequence[Box], lanes: Sequence[str], *, columns: bool) -> list[Spot]:
    lane = {name: index for index, name in enumerate(lanes)}
    if columns:
        return [(lane[box.lane], 0) for box in boxes]
    ranks = {rank: index for index, rank in enumerate(sorted({box.rank for box in boxes}))}
    return [(ranks[box.rank], lane[box.lane]) for box in boxes]


def _near(n: int, pairs: Sequence[Pair]) -> list[int]:
    """Order lanes so that links are short: two change places as long as that makes them shorter."""
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


def _threads(one: Spot, other: Spot, taken: Mapping[Spot, int]) -> list[Spot]:
    """Return where a line passes each column between its ends.

    It changes from the one row to the other where it meets fewest boxes.
    """
    between = range(one[0] + 1, other[0])
    return min(
        (
            [(rank, one[1] if index < n else other[1]) for index, rank in enumerate(between)]
            for n in range(len(between) + 1)
        ),
        key=lambda spots: sum(taken[spot] for spot in spots),
    )


def _heights(n_boxes: int, ways: Sequence[Way]) -> list[float]:
    """Make those boxes higher at which many lines end."""
    ends = Counter[tuple[int, str]]()
    for way in ways:
        ends[way.chain[0], "right"] += 1
        # A line to its own box leaves a gap, so that it is seen to go and come.
        same = way.chain[0] == way.chain[-1]
        ends[way.chain[-1], "right" if way.course == "beside" else "left"] += 1 + same
    return [
        min(
            max(_BOX_HIGH, *(12 + PORT * ends[box, side] for side in ("left", "right"))),
            _BOX_HIGHEST,
        )
        for box in range(n_boxes)
    ]


def _ordered(spots: Sequence[Spot], ways: Sequence[Way]) -> dict[Spot, tuple[int, ...]]:
    """Order what stands in each cell so that few lines cross."""
    links = [pair for way in ways if way.course == "on" for pair in pairwise(way.chain)]
    mates = [(way.chain[0], way.chain[-1]) for way in ways if way.course == "beside"]
    after = _neighbours(links)
    before = _neighbours([(other, one) for one, other in links])
    beside = _neighbours([*mates, *((other, one) for one, other in mates)])
    cells = defaultdict[Spot, list[int]](list)
    for index, spot in enumerate(spots):
        cells[spot].append(index)
    at = [0.0] * len(spots)
    for cell, members in cells.items():
        _stand(at, cell, members)
    fewest, best = _crossings(at, spots, links, mates), _kept(cells)
    for sweep in range(2 * _SWEEPS):
        near = after if sweep % 2 else before
        for cell in sorted(cells, reverse=bool(sweep % 2)):
            goals = {member: _wanted(member, at, near, beside) for member in cells[cell]}
            cells[cell].sort(key=goals.__getitem__)
            _stand(at, cell, cells[cell])
        crossings = _crossings(at, spots, links, mates)
        if crossings < fewest:
            fewest, best = crossings, _kept(cells)
    return best


def _neighbours(pairs: Sequence[Pair]) -> dict[int, list[int]]:
    near = defaultdict[int, list[int]](list)
    for one, other in pairs:
        near[one].append(other)
    return near


def _stand(at: list[float], cell: Spot, members: Sequence[int]) -> None:
    """Spread what stands in a cell over its row, whose height is 1."""
    for index, member in enumerate(members):
        at[member] = cell[1] + (index + 0.5) / len(members)


def _wanted(
    member: int,
    at: Sequence[float],
    near: Mapping[int, list[int]],
    beside: Mapping[int, list[int]],
) -> float:
    """Return the mean height of what it is linked to."""
    mates = beside.get(member, [])
    around = [at[other] for other in (*near.get(member, []), *mates)]
    if mates or not around:  # lest two mates change places for ever
        around.append(at[member])
    return sum(around) / len(around)


def _kept(cells: Mapping[Spot, Sequence[int]]) -> dict[Spot, tuple[int, ...]]:
    return {cell: tuple(members) for cell, members in cells.items()}


def _crossings(
    at: Sequence[float], spots: Sequence[Spot], links: Sequence[Pair], mates: Sequence[Pair]
) -> tuple[int, float]:
    """Count the crossings between ranks; then how far mates are from each other."""
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
