"""How lines run between the boxes of a picture, and where their labels stand."""

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
    from hummgraph.drawing.diagram.ordering import Way

__all__ = ["HEAD", "Cubic", "Head", "Point", "Route", "labelled", "routed", "sampled"]

# All lengths are in pixels of the picture at its own size.
HEAD: Final = 9.0
"""Length of an arrow head."""

_STOP: Final = 8.0  # from a box, where a line ends that has a head
_PLATE: Final = 16.0  # height of a label
_CROSS: Final = 12.0
_CORNER: Final = 9.0  # radius
_SAMPLE: Final = 6.0  # between the points that say where a line is
_NEAR: Final = 2.0  # so that a label does not touch a line
_ROUNDS: Final = 3

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Head:
    """An arrow head: where its tip is, and whether it points to the left."""

    x: float
    y: float
    left: bool


@dataclass(frozen=True, slots=True)
class Route:
    """How a line runs.

    Parameters
    ----------
    curve
        Cubic Bezier curves from box to box, each begun where the last one ended.
    spots
        Where its label could stand, best first.
    middle
        Where its cross stands, if it has one.
    head
        Its arrow head, if it has one.
    """

    way: Way
    curve: tuple[Cubic, ...]
    spots: tuple[Point, ...]
    middle: Point
    head: Head | None


def routed(layout: Layout) -> list[Route]:
    """Lead each line from box to box, in the order of the grid's ways."""
    how = {"on": _on, "beside": _beside, "around": _around}
    return [how[way.course](layout, index, way) for index, way in enumerate(layout.grid.ways)]


def _route(way: Way, curve: Sequence[Cubic], spots: Sequence[Point], middle: Point) -> Route:
    head = None
    if way.headed:
        # Whichever way it came, a line meets a box level.
        x, y = curve[0][0] if way.flipped else curve[-1][-1]
        left = way.flipped or way.course == "beside"
        head = Head(x - _STOP if left else x + _STOP, y, left)
    return Route(way, tuple(curve), tuple(spots), middle, head)


def _on(layout: Layout, index: int, way: Way) -> Route:
    """Curve through the aisles; level past the boxes between them."""
    heights = steps(way, layout.y, layout.ends[index])
    curve: list[Cubic] = []
    aisles: list[Cubic] = []
    first = layout.grid.places[way.chain[0]].rank
    last = len(heights) - 1
    for number, (one, other) in enumerate(heights):
        rank = first + number
        begin, end = layout.left[rank] + layout.wide[rank], layout.left[rank + 1]
        if number:
            curve.append(_straight((layout.left[rank], one), (begin, one)))
        if way.headed:
            begin += _STOP * (way.flipped and number == 0)
            end -= _STOP * (not way.flipped and number == last)
        turn = begin + (end - begin) * layout.turns[index][number]
        aisles.append(((begin, one), (turn, one), (turn, other), (end, other)))
        curve.append(aisles[-1])
    # The middle of the way first.
    aisles = [aisles[number] for number in sorted(range(last + 1), key=lambda n: abs(n - last / 2))]
    shares = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78, 0.16, 0.84, 0.9)
    spots = [_at(aisle, share) for share in shares for aisle in aisles]
    return _route(way, curve, spots, spots[0])


def _beside(layout: Layout, index: int, way: Way) -> Route:
    """Go round at the right side of a column."""
    box = layout.box(way.chain[0])
    # A cubic reaches three quarters as far as its control points.
    out = box.right + layout.tracks[index][0] / 0.75
    one, other = layout.ends[index]
    end = box.right + _STOP * way.headed
    curve = ((box.right, one), (out, one), (out, other), (end, other))
    # Its label touches it at the outer side where between it and the boxes there is no room.
    half = way.label_wide / 2
    on = [_at(curve, share) for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)]
    spots = [(max(x, box.right + half + 2), y) for x, y in on]
    spots += [(x + half - 3, y) for x, y in on]
    return _route(way, [curve], spots, on[0])


def _around(layout: Layout, index: int, way: Way) -> Route:
    """Go back below the boxes."""
    begin, end = layout.box(way.chain[0]).right, layout.box(way.chain[-1]).left
    (one, other), below = layout.ends[index], layout.below[index]
    out, back = begin + layout.tracks[index][0], end - layout.tracks[index][1]
    stop = end - _STOP * way.headed
    corners = [(begin, one), (out, one), (out, below), (back, below), (back, other), (stop, other)]
    shares = (0.5, 0.4, 0.6, 0.3, 0.7, 0.15, 0.85)
    spots = [(out + (back - out) * share, below) for share in shares]
    return _route(way, _rounded(corners), spots, spots[0])


def _straight(one: Point, other: Point) -> Cubic:
    x, y = (other[0] - one[0]) / 3, (other[1] - one[1]) / 3
    return (one, (one[0] + x, one[1] + y), (other[0] - x, other[1] - y), other)


def _rounded(corners: Sequence[Point]) -> list[Cubic]:
    """Join corners by straight lines, and round them."""
    curve: list[Cubic] = []
    at = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(_CORNER, _far(before, corner) / 2, _far(corner, after) / 2)
        begin, end = _towards(corner, before, radius), _towards(corner, after, radius)
        # A quarter of a circle, to a thousandth.
        bend = radius * 0.448
        curve.append(_straight(at, begin))
        curve.append((begin, _towards(corner, before, bend), _towards(corner, after, bend), end))
        at = end
    curve.append(_straight(at, corners[-1]))
    return curve


def _far(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _towards(one: Point, other: Point, far: float) -> Point:
    share = far / max(_far(one, other), 1e-9)
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _at(curve: Cubic, share: float) -> Point:
    """Return a point of a curve."""
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    return (
        sum(weight * point[0] for weight, point in zip(weights, curve, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, curve, strict=True)),
    )


# Labels


def labelled(layout: Layout, routes: Sequence[Route]) -> list[Rectangle | None]:
    """Put each label on its line, where it covers no other label, no box and few other lines."""
    samples = sorted((x, y, index) for index, route in enumerate(routes) for x, y in sampled(route))
    # From left to right, so that those near a label are found.
    points = np.array(samples, dtype=np.float64).reshape(-1, 3)
    fixed = [layout.box(number) for number in range(len(layout.grid.boxes))]
    for route in routes:
        if route.way.line.style == "rejected":
            fixed.append(_about(route.middle, _CROSS, _CROSS))
        if route.head is not None:
            fixed.append(_about((route.head.x, route.head.y), 2 * HEAD, HEAD))
    # For each line with a label its plates, shape (k, 4), and what each of them costs, shape (k,).
    choices: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for index, route in enumerate(routes):
        if route.way.label:
            plates = np.array([_about(spot, route.way.label_wide, _PLATE) for spot in route.spots])
            costs = 2.0 * np.arange(len(plates)) + _hidden(plates, points, index)
            choices[index] = plates, costs + _clashes(plates, np.array(fixed))
    # One that has no place yet has no area.
    chosen = np.zeros((len(routes), 4))
    # What comes later may show that another spot would have been better.
    for _ in range(_ROUNDS):
        for index, (plates, costs) in choices.items():
            chosen[index] = 0.0
            chosen[index] = plates[np.argmin(costs + _clashes(plates, chosen))]
    return [
        Rectangle(*chosen[index].tolist()) if index in choices else None
        for index in range(len(routes))
    ]


def sampled(route: Route) -> list[Point]:
    """Return points of a line, at even distances nearly."""
    points: list[Point] = []
    for curve in route.curve:
        n = max(ceil(sum(_far(one, other) for one, other in pairwise(curve)) / _SAMPLE), 1)
        points += [_at(curve, step / n) for step in range(n)]
    return points


def _about(middle: Point, wide: float, high: float) -> Rectangle:
    x, y = middle
    return Rectangle(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _hidden(
    plates: NDArray[np.float64], points: NDArray[np.float64], index: int
) -> NDArray[np.float64]:
    """Return what it costs that plates cover lines: others, and their own where that is short."""
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


def _clashes(plates: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what it costs that each plate covers something that must be read."""
    low = np.maximum(plates[:, None, :2], others[:, :2])
    high = np.minimum(plates[:, None, 2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=2)
    costs: NDArray[np.float64] = np.sum(shared + 100.0 * (shared > 0.0), axis=1)
    return costs
