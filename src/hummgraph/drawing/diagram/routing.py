"""Routes of lines between the boxes of a diagram, and places of their labels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.drawing.diagram.layout import Rectangle, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hummgraph.drawing.diagram.layout import Layout
    from hummgraph.drawing.diagram.ordering import LinePath

__all__ = [
    "HEAD",
    "Cubic",
    "Head",
    "Point",
    "Route",
    "place_labels",
    "route_lines",
    "sample_points",
]

# All lengths are in pixels of the picture at its own size.
HEAD: Final = 9.0
"""Length of an arrow head."""

_STOP: Final = 8.0  # distance from a box at which a line with a head ends
_PLATE: Final = 16.0  # height of a label
_CROSS: Final = 12.0
_CORNER: Final = 9.0  # radius
_SAMPLE: Final = 6.0  # distance between sample points of a line
_NEAR: Final = 2.0  # margin between a label and other lines
_ROUNDS: Final = 3

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Head:
    """Arrow head: its tip, and whether it points to the left."""

    x: float
    y: float
    left: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Route of a line.

    Parameters
    ----------
    curve
        Cubic Bezier curves from box to box, each starting at the end of the last.
    spots
        Possible places of its label, best first.
    middle
        Place of its cross, if it has one.
    head
        Arrow head of the line, if it has one.
    """

    line_path: LinePath
    curve: tuple[Cubic, ...]
    spots: tuple[Point, ...]
    middle: Point
    head: Head | None


def route_lines(layout: Layout) -> list[Route]:
    """Return the route of each line, in the order of the grid's lines."""
    how = {"on": _route_onward, "beside": _route_beside, "around": _route_around}
    return [
        how[line_path.course](layout, index, line_path)
        for index, line_path in enumerate(layout.grid.line_paths)
    ]


def _build_route(
    line_path: LinePath, curve: Sequence[Cubic], spots: Sequence[Point], middle: Point
) -> Route:
    head = None
    if line_path.headed:
        # In either direction, a line meets a box horizontally.
        x, y = curve[0][0] if line_path.flipped else curve[-1][-1]
        left = line_path.flipped or line_path.course == "beside"
        head = Head(x - _STOP if left else x + _STOP, y, left)
    return Route(line_path, tuple(curve), tuple(spots), middle, head)


def _route_onward(layout: Layout, index: int, line_path: LinePath) -> Route:
    """Return a curve through the aisles, level past the boxes between them."""
    heights = steps(line_path, layout.y, layout.ends[index])
    curve: list[Cubic] = []
    aisles: list[Cubic] = []
    first = layout.grid.places[line_path.chain[0]].rank
    last = len(heights) - 1
    for number, (one, other) in enumerate(heights):
        rank = first + number
        begin, end = layout.left[rank] + layout.wide[rank], layout.left[rank + 1]
        if number:
            curve.append(_straight_curve((layout.left[rank], one), (begin, one)))
        if line_path.headed:
            begin += _STOP * (line_path.flipped and number == 0)
            end -= _STOP * (not line_path.flipped and number == last)
        turn = begin + (end - begin) * layout.turns[index][number]
        aisles.append(((begin, one), (turn, one), (turn, other), (end, other)))
        curve.append(aisles[-1])
    # The middle of the line first.
    aisles = [aisles[number] for number in sorted(range(last + 1), key=lambda n: abs(n - last / 2))]
    shares = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78, 0.16, 0.84, 0.9)
    spots = [_point_at(aisle, share) for share in shares for aisle in aisles]
    return _build_route(line_path, curve, spots, spots[0])


def _route_beside(layout: Layout, index: int, line_path: LinePath) -> Route:
    """Return a curve around the right side of a column."""
    box = layout.box(line_path.chain[0])
    # A cubic extends three quarters as far as its control points.
    out = box.right + layout.tracks[index][0] / 0.75
    one, other = layout.ends[index]
    end = box.right + _STOP * line_path.headed
    curve = ((box.right, one), (out, one), (out, other), (end, other))
    # The label touches the outer side of the line if there is no room towards the boxes.
    half = line_path.label_wide / 2
    on = [_point_at(curve, share) for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)]
    spots = [(max(x, box.right + half + 2), y) for x, y in on]
    spots += [(x + half - 3, y) for x, y in on]
    return _build_route(line_path, [curve], spots, on[0])


def _route_around(layout: Layout, index: int, line_path: LinePath) -> Route:
    """Return a curve that goes back below the boxes."""
    begin, end = layout.box(line_path.chain[0]).right, layout.box(line_path.chain[-1]).left
    (one, other), below = layout.ends[index], layout.below[index]
    out, back = begin + layout.tracks[index][0], end - layout.tracks[index][1]
    stop = end - _STOP * line_path.headed
    corners = [(begin, one), (out, one), (out, below), (back, below), (back, other), (stop, other)]
    shares = (0.5, 0.4, 0.6, 0.3, 0.7, 0.15, 0.85)
    spots = [(out + (back - out) * share, below) for share in shares]
    return _build_route(line_path, _round_corners(corners), spots, spots[0])


def _straight_curve(one: Point, other: Point) -> Cubic:
    x, y = (other[0] - one[0]) / 3, (other[1] - one[1]) / 3
    return (one, (one[0] + x, one[1] + y), (other[0] - x, other[1] - y), other)


def _round_corners(corners: Sequence[Point]) -> list[Cubic]:
    """Return straight lines between corners, with the corners rounded."""
    curve: list[Cubic] = []
    at = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        begin, end = _move_towards(corner, before, radius), _move_towards(corner, after, radius)
        # A quarter of a circle, to a thousandth.
        bend = radius * 0.448
        curve.append(_straight_curve(at, begin))
        curve.append(
            (begin, _move_towards(corner, before, bend), _move_towards(corner, after, bend), end)
        )
        at = end
    curve.append(_straight_curve(at, corners[-1]))
    return curve


def _distance(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _move_towards(one: Point, other: Point, far: float) -> Point:
    share = far / max(_distance(one, other), 1e-9)
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _point_at(curve: Cubic, share: float) -> Point:
    """Return a point of a curve."""
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    return (
        sum(weight * point[0] for weight, point in zip(weights, curve, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, curve, strict=True)),
    )


# Labels


def place_labels(layout: Layout, routes: Sequence[Route]) -> list[Rectangle | None]:
    """Return the place of each label on its line, where it covers as little else as possible."""
    samples = sorted(
        (x, y, index) for index, route in enumerate(routes) for x, y in sample_points(route)
    )
    # From left to right, so that points near a label are found.
    points = np.array(samples, dtype=np.float64).reshape(-1, 3)
    fixed = [layout.box(number) for number in range(len(layout.grid.boxes))]
    for route in routes:
        if route.line_path.line.style == "rejected":
            fixed.append(_centred(route.middle, _CROSS, _CROSS))
        if route.head is not None:
            fixed.append(_centred((route.head.x, route.head.y), 2 * HEAD, HEAD))
    # For each line with a label: its possible plates, shape (k, 4), and their costs, shape (k,).
    choices: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for index, route in enumerate(routes):
        if route.line_path.label:
            plates = np.array(
                [_centred(spot, route.line_path.label_wide, _PLATE) for spot in route.spots]
            )
            costs = 2.0 * np.arange(len(plates)) + _cover_cost(plates, points, index)
            choices[index] = plates, costs + _clash_cost(plates, np.array(fixed))
    # A label without a place yet has no area.
    chosen = np.zeros((len(routes), 4))
    # Later labels may show that another place would have been better.
    for _ in range(_ROUNDS):
        for index, (plates, costs) in choices.items():
            chosen[index] = 0.0
            chosen[index] = plates[np.argmin(costs + _clash_cost(plates, chosen))]
    return [
        Rectangle(*chosen[index].tolist()) if index in choices else None
        for index in range(len(routes))
    ]


def sample_points(route: Route) -> list[Point]:
    """Return points of a line at nearly even distances."""
    points: list[Point] = []
    for curve in route.curve:
        n = max(ceil(sum(_distance(one, other) for one, other in pairwise(curve)) / _SAMPLE), 1)
        points += [_point_at(curve, step / n) for step in range(n)]
    return points


def _centred(middle: Point, wide: float, high: float) -> Rectangle:
    x, y = middle
    return Rectangle(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _cover_cost(
    plates: NDArray[np.float64], points: NDArray[np.float64], index: int
) -> NDArray[np.float64]:
    """Return the cost of plates that cover lines: others, and their own if that is short."""
    x, y, owner = points.T
    n_own = np.count_nonzero(owner == index)
    begins = np.searchsorted(x, plates[:, 0] - _NEAR)
    ends = np.searchsorted(x, plates[:, 2] + _NEAR)
    costs = np.zeros(len(plates))
    for at, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        high = y[begin:end]
        inside = (high > plates[at, 1] - _NEAR) & (high < plates[at, 3] + _NEAR)
        own = np.count_nonzero(inside & (owner[begin:end] == index))
        costs[at] = 4.0 * (np.count_nonzero(inside) - own) + 100.0 * (own / n_own) ** 2
    return costs


def _clash_cost(plates: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cost of each plate for covering other texts."""
    low = np.maximum(plates[:, None, :2], others[:, :2])
    high = np.minimum(plates[:, None, 2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=2)
    costs: NDArray[np.float64] = np.sum(shared + 100.0 * (shared > 0.0), axis=1)
    return costs
