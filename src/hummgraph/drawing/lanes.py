"""Placement in lanes: a lane for each system, with its tables and below these their columns.

No forces are simulated: the catalogue determines the place of a link's ends, a reader finds a table
under its system, and thousands of nodes are placed in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Block", "Lane", "Placement", "place_in_lanes", "place_on_circle"]

# In units of the picture, of which one is a pixel at zoom 1.
_HEADING = 64.0  # from the top of a lane to its first block
_GAP = 12.0  # between blocks
_STRAND = 56.0  # between the strands of one lane, room for links
_AISLE = 84.0  # between lanes
_PADDING = 14.0
# A picture is viewed in a window of about this shape, next to a panel.
_WINDOW = (1080.0, 780.0)
_HEIGHTS_TRIED = 24  # heights of strands, from the tallest table to the fullest lane
MAX_ROWS = 3  # of lanes
_SWEEPS = 6  # barycentre sweeps; more change little
MAX_ORDERED_LANES = 200  # each is compared with each, and in a picture of more no order helps


@dataclass(frozen=True, slots=True)
class Block:
    """Table with the columns drawn below it.

    Parameters
    ----------
    lane
        Number of its lane.
    nodes
        The nodes in it, from top to bottom, as positions among the drawn ones.
    heights
        Height of each node.
    """

    lane: int
    nodes: tuple[int, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """Rectangle of the picture that belongs to one system."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Centre of each drawn node, shape (n,) each, and the lanes."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    lanes: tuple[Lane, ...]


def place_on_circle(n: int, radius: float) -> Placement:
    """Return places on an ellipse, clockwise from the top."""
    angle = 2 * np.pi * np.arange(n) / max(n, 1) - np.pi / 2
    return Placement(radius * 1.5 * np.cos(angle), radius * np.sin(angle), ())


def place_in_lanes(
    n_drawn: int,
    blocks: Sequence[Block],
    headings: Sequence[int],
    widths: Sequence[float],
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> Placement:
    """Place blocks in lanes so that linked blocks are near each other.

    Parameters
    ----------
    n_drawn
        Number of nodes drawn.
    blocks
        The blocks in their initial order, which is kept unless links suggest another.
    headings
        The heading node of each lane, -1 for none.
    widths
        Width of the nodes of each lane.
    pairs
        Ends of the links as positions among ``blocks``, shape (n_links,) each.

    Notes
    -----
    O((n_blocks + n_links) log n_blocks) and O(n_lanes**2).
    """
    lane_of = np.array([block.lane for block in blocks], dtype=np.intp)
    order = _order_lanes(lane_of, pairs, len(headings))
    stacks: list[list[Block]] = [[] for _ in headings]
    for index in _order_blocks(lane_of, pairs).tolist():
        stacks[blocks[index].lane].append(blocks[index])
    rows = _arrange_rows(order, stacks, widths)
    x = np.zeros(n_drawn)
    y = np.zeros(n_drawn)
    lanes = [Lane(0.0, 0.0, 0.0, 0.0)] * len(headings)
    top = 0.0
    for row in rows:
        left = 0.0
        for lane in row:
            right = left + _strands_width(lane.strands, widths[lane.number])
            if headings[lane.number] >= 0:
                x[headings[lane.number]] = (left + right) / 2
                y[headings[lane.number]] = top + _HEADING / 2
            for index, strand in enumerate(lane.strands):
                centre = left + _PADDING + index * (widths[lane.number] + _STRAND)
                centre += widths[lane.number] / 2
                at = top + _HEADING
                for block in strand:
                    for node, height in zip(block.nodes, block.heights, strict=True):
                        x[node], y[node] = centre, at + height / 2
                        at += height
                    at += _GAP
            lanes[lane.number] = Lane(left, top, right, top + _row_height(row))
            left = right + _AISLE
        top += _row_height(row) + _AISLE
    return Placement(x, y, tuple(lanes))


@dataclass(frozen=True, slots=True)
class _FilledLane:
    """Lane with its blocks, in strands side by side."""

    number: int
    strands: list[list[Block]]


def _order_lanes(
    lane_of: NDArray[np.intp], pairs: tuple[NDArray[np.intp], NDArray[np.intp]], n_lanes: int
) -> list[int]:
    """Return lanes ordered by their links with neighbours, beginning with the strongest pair."""
    if not 0 < n_lanes <= MAX_ORDERED_LANES:
        return list(range(n_lanes))
    weights = np.zeros((n_lanes, n_lanes), dtype=np.int64)
    np.add.at(weights, (lane_of[pairs[0]], lane_of[pairs[1]]), 1)
    weights += weights.T
    np.fill_diagonal(weights, 0)
    chain = [int(weights.sum(axis=0).argmax())]
    left = set(range(n_lanes)) - set(chain)
    while left:
        rest = sorted(left)
        ends = weights[np.ix_([chain[0], chain[-1]], rest)]
        end, best = np.unravel_index(int(ends.argmax()), ends.shape)
        lane = rest[int(best)]
        left.remove(lane)
        # Without any difference, the catalogue's own order is kept.
        if end == 0 and ends.max() > 0 and len(chain) > 1:
            chain.insert(0, lane)
        else:
            chain.append(lane)
    return chain


def _order_blocks(
    lane_of: NDArray[np.intp], pairs: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> NDArray[np.intp]:
    """Return the blocks of each lane, ordered by the places of the blocks linked to them.

    The barycentre method: each block moves to the mean height of its neighbours in other lanes.

    References
    ----------
    .. [1] K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of hierarchical system
       structures. IEEE Transactions on Systems, Man and Cybernetics 11(2), 1981.
    """
    n = len(lane_of)
    one = np.concatenate(pairs)
    other = np.concatenate(pairs[::-1])
    across = lane_of[one] != lane_of[other]
    one, other = one[across], other[across]
    degree = np.bincount(one, minlength=n)
    linked = np.bincount(np.concatenate(pairs), minlength=n) > 0
    size = np.bincount(lane_of, minlength=1)
    order = np.lexsort((~linked, lane_of))
    height = np.empty(n)
    for sweep in range(_SWEEPS):
        # Position within the lane, in [0, 1).
        begin = np.searchsorted(lane_of[order], lane_of[order])
        height[order] = (np.arange(n) - begin) / size[lane_of[order]]
        mean = np.bincount(one, height[other], minlength=n) / np.maximum(degree, 1)
        # Every second lane moves at a time: otherwise two lanes could swap places forever.
        moves = (degree > 0) & (lane_of % 2 == sweep % 2)
        wanted = np.where(moves, mean, height)
        # Blocks without links stay at the end of their lane.
        order = np.lexsort((np.arange(n), wanted, ~linked, lane_of))
    return order


def _split_strands(stack: Sequence[Block], limit: float) -> list[list[Block]]:
    """Return a lane's blocks in strands, each up to a height."""
    strands: list[list[Block]] = [[]]
    at = 0.0
    for block in stack:
        height = sum(block.heights) + _GAP
        if strands[-1] and at + height > limit:
            strands.append([])
            at = 0.0
        strands[-1].append(block)
        at += height
    return strands


def _strands_width(strands: Sequence[Sequence[Block]], width: float) -> float:
    return len(strands) * (width + _STRAND) - _STRAND + 2 * _PADDING


def _row_height(row: Sequence[_FilledLane]) -> float:
    """Return the height of a row of lanes: that of its fullest strand plus the heading."""
    strands = [strand for lane in row for strand in lane.strands]
    return _HEADING + max(sum(sum(block.heights) + _GAP for block in strand) for strand in strands)


def _arrange_rows(
    order: Sequence[int], stacks: Sequence[Sequence[Block]], widths: Sequence[float]
) -> list[list[_FilledLane]]:
    """Return lanes in rows and blocks in strands, so that the picture is as large as possible."""
    tallest = max((sum(block.heights) for stack in stacks for block in stack), default=1.0) + _GAP
    total = max((sum(sum(b.heights) + _GAP for b in stack) for stack in stacks), default=tallest)
    best, chosen = np.inf, list[list[_FilledLane]]()
    for limit in np.geomspace(tallest, max(total, tallest), _HEIGHTS_TRIED).tolist():
        lanes = [_FilledLane(number, _split_strands(stacks[number], limit)) for number in order]
        breadths = [_strands_width(lane.strands, widths[lane.number]) + _AISLE for lane in lanes]
        for n_rows in range(1, min(MAX_ROWS, len(lanes)) + 1):
            # A lane goes to the row that contains its middle when all rows have equal length.
            middle = np.cumsum(breadths) - np.array(breadths) / 2
            place = np.minimum(middle * n_rows // sum(breadths), n_rows - 1).astype(int).tolist()
            rows = [
                [lane for lane, row in zip(lanes, place, strict=True) if row == number]
                for number in sorted(set(place))
            ]
            across = max(
                sum(b for b, row in zip(breadths, place, strict=True) if row == number)
                for number in set(place)
            )
            down = sum(_row_height(row) + _AISLE for row in rows)
            shrink = max((across - _AISLE) / _WINDOW[0], (down - _AISLE) / _WINDOW[1])
            if shrink < best:
                best, chosen = shrink, rows
    return chosen
