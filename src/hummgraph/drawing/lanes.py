"""Where things stand in a picture: a lane for each system, in it its tables, under them columns.

No force is simulated: a link's ends are where the catalogue puts them, a reader finds a table under
its system, and the placement of thousands of nodes takes milliseconds.
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
_STRAND = 56.0  # between the strands of one lane, for links to pass
_AISLE = 84.0  # between lanes
_PADDING = 14.0
# A picture is looked at in a window of about this shape, beside a panel.
_WINDOW = (1080.0, 780.0)
_HEIGHTS_TRIED = 24  # of strands, from that of the tallest table to that of the fullest lane
_MOST_ROWS = 3  # of lanes
_SWEEPS = 6  # barycentre sweeps; more change little
_MOST_ORDERED = 200  # lanes; each is compared with each, and of more no order helps the eye


@dataclass(frozen=True, slots=True)
class Block:
    """What stands together: a table with the columns drawn under it.

    Parameters
    ----------
    lane
        Which lane it belongs to.
    nodes
        The nodes in it, from top to bottom, as positions among those drawn.
    heights
        Height of each.
    """

    lane: int
    nodes: tuple[int, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """A rectangle of the picture that belongs to one system."""

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
    """Put nodes on an ellipse, clockwise from the top."""
    angle = 2 * np.pi * np.arange(n) / max(n, 1) - np.pi / 2
    return Placement(radius * 1.5 * np.cos(angle), radius * np.sin(angle), ())


def place_in_lanes(
    n_drawn: int,
    blocks: Sequence[Block],
    headings: Sequence[int],
    widths: Sequence[float],
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> Placement:
    """Place blocks in lanes so that what is linked is near.

    Parameters
    ----------
    n_drawn
        Number of nodes drawn.
    blocks
        In the order to start from, which stays where links do not say otherwise.
    headings
        For each lane the node that heads it, -1 for none.
    widths
        For each lane the width of its nodes.
    pairs
        Ends of the links as positions among ``blocks``, shape (n_links,) each.

    Notes
    -----
    O((n_blocks + n_links) log n_blocks) and O(n_lanes**2).
    """
    lane_of = np.array([block.lane for block in blocks], dtype=np.intp)
    order = _lane_order(lane_of, pairs, len(headings))
    stacks: list[list[Block]] = [[] for _ in headings]
    for index in _sorted_within(lane_of, pairs).tolist():
        stacks[blocks[index].lane].append(blocks[index])
    rows = _arranged(order, stacks, widths)
    x = np.zeros(n_drawn)
    y = np.zeros(n_drawn)
    lanes = [Lane(0.0, 0.0, 0.0, 0.0)] * len(headings)
    top = 0.0
    for row in rows:
        left = 0.0
        for lane in row:
            right = left + _breadth(lane.strands, widths[lane.number])
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
            lanes[lane.number] = Lane(left, top, right, top + _depth(row))
            left = right + _AISLE
        top += _depth(row) + _AISLE
    return Placement(x, y, tuple(lanes))


@dataclass(frozen=True, slots=True)
class _Filled:
    """A lane with its blocks, in strands side by side."""

    number: int
    strands: list[list[Block]]


def _lane_order(
    lane_of: NDArray[np.intp], pairs: tuple[NDArray[np.intp], NDArray[np.intp]], n_lanes: int
) -> list[int]:
    """Put lanes beside those that they have most links with, beginning with the strongest pair."""
    if not 0 < n_lanes <= _MOST_ORDERED:
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
        # With nothing to choose by, the catalogue's own order stays.
        if end == 0 and ends.max() > 0 and len(chain) > 1:
            chain.insert(0, lane)
        else:
            chain.append(lane)
    return chain


def _sorted_within(
    lane_of: NDArray[np.intp], pairs: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> NDArray[np.intp]:
    """Order the blocks of each lane by where those are that they are linked to.

    The barycentre method: each block goes to the mean height of its neighbours in other lanes.

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
        # Place within the lane, in [0, 1).
        begin = np.searchsorted(lane_of[order], lane_of[order])
        height[order] = (np.arange(n) - begin) / size[lane_of[order]]
        mean = np.bincount(one, height[other], minlength=n) / np.maximum(degree, 1)
        # Every other lane moves at once: were it all, two lanes would swap places for ever.
        moves = (degree > 0) & (lane_of % 2 == sweep % 2)
        wanted = np.where(moves, mean, height)
        # What has no link stays at the end of its lane.
        order = np.lexsort((np.arange(n), wanted, ~linked, lane_of))
    return order


def _strands(stack: Sequence[Block], limit: float) -> list[list[Block]]:
    """Break a lane's blocks into strands of at most a height."""
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


def _breadth(strands: Sequence[Sequence[Block]], width: float) -> float:
    return len(strands) * (width + _STRAND) - _STRAND + 2 * _PADDING


def _depth(row: Sequence[_Filled]) -> float:
    """Return the height of a row of lanes: that of its fullest strand, and the heading."""
    strands = [strand for lane in row for strand in lane.strands]
    return _HEADING + max(sum(sum(block.heights) + _GAP for block in strand) for strand in strands)


def _arranged(
    order: Sequence[int], stacks: Sequence[Sequence[Block]], widths: Sequence[float]
) -> list[list[_Filled]]:
    """Put lanes in rows, and blocks in strands, so that the whole is shown as large as can be."""
    tallest = max((sum(block.heights) for stack in stacks for block in stack), default=1.0) + _GAP
    total = max((sum(sum(b.heights) + _GAP for b in stack) for stack in stacks), default=tallest)
    best, chosen = np.inf, list[list[_Filled]]()
    for limit in np.geomspace(tallest, max(total, tallest), _HEIGHTS_TRIED).tolist():
        lanes = [_Filled(number, _strands(stacks[number], limit)) for number in order]
        breadths = [_breadth(lane.strands, widths[lane.number]) + _AISLE for lane in lanes]
        for n_rows in range(1, min(_MOST_ROWS, len(lanes)) + 1):
            # Lanes go to the row in which their middle falls when all rows are equally long.
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
            down = sum(_depth(row) + _AISLE for row in rows)
            shrink = max((across - _AISLE) / _WINDOW[0], (down - _AISLE) / _WINDOW[1])
            if shrink < best:
                best, chosen = shrink, rows
    return chosen
