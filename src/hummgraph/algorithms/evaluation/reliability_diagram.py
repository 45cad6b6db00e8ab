"""Reliability diagram as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.algorithms.evaluation.reliability import ReliabilityBin

__all__ = ["draw_reliability"]

_SIDE: Final = 300  # of the square
_LEFT: Final = 56
_TOP: Final = 16
_BARS: Final = 60  # height of the tallest bar
_GAP: Final = 44  # between square and bars
_WIDTH: Final = _LEFT + _SIDE + 20
_HEIGHT: Final = _TOP + _SIDE + _GAP + _BARS + 36

_STYLE: Final = (
    'font-family="system-ui, sans-serif" font-size="11" fill="#333333"'
    ' style="background:#ffffff;max-width:100%"'
)

_TITLE: Final = "Reliability diagram: share of right links by confidence"


def draw_reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Return a diagram of fixed size as SVG, all numbers with fixed decimals."""
    bottom, foot = _TOP + _SIDE, _TOP + _SIDE + _GAP + _BARS
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    square = f'x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {_STYLE}>',
        f"<title>{_TITLE}</title>",
        f'<rect {square} fill="none" stroke="#888888"/>',
        (
            f'<path d="M{_x_of(0)} {_y_of(0)}L{_x_of(1)} {_y_of(1)}" stroke="#888888"'
            ' stroke-dasharray="4 4"/>'
        ),
    ]
    for tenths in range(0, 11, 2):
        value = tenths / 10
        below = f"{_TOP + _SIDE * (1 - value) + 4:.2f}"
        lines += [
            _text_element(_x_of(value), f"{bottom + 15:.2f}", f"{value:.1f}", "middle"),
            _text_element(f"{_LEFT - 6:.2f}", below, f"{value:.1f}", "end"),
        ]
    turned = f'transform="translate(16 {_y_of(0.5)}) rotate(-90)" text-anchor="middle"'
    lines += [
        _text_element(_x_of(0.5), f"{bottom + 32:.2f}", "mean confidence", "middle"),
        f"<text {turned}>share right</text>",
    ]
    most = max(part.n for part in bins)
    for part in bins:
        lines += _bin_lines(part, most, foot)
    lines += [
        f'<path d="M{_LEFT} {foot}H{_LEFT + _SIDE}" stroke="#888888"/>',
        _text_element(f"{_LEFT - 6:.2f}", f"{foot - _BARS + 4:.2f}", f"{most:,}", "end"),
        _text_element(_x_of(0.5), f"{foot + 18:.2f}", "number of judged links", "middle"),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bin_lines(part: ReliabilityBin, most: int, foot: int) -> list[str]:
    """Return the SVG of a bin with links: its interval, its dot and its bar."""
    if part.mean_confidence is None or part.share_right is None:
        return []
    x, low, high = _x_of(part.mean_confidence), part.low or 0.0, part.high or 0.0
    tall = _BARS * part.n / most
    wide = _SIDE * (part.upper - part.lower)
    bar = f'x="{_x_of(part.lower)}" y="{foot - tall:.2f}" width="{wide:.2f}" height="{tall:.2f}"'
    about = (
        f"{part.lower:.3g} to {part.upper:.3g}: {part.n:,} links, mean confidence"
        f" {part.mean_confidence:.3f}, right {part.share_right:.3f} ({low:.3f} to {high:.3f})"
    )
    return [
        f"<g><title>{about}</title>",
        f'<path d="M{x} {_y_of(low)}V{_y_of(high)}" stroke="#1f5fa8" stroke-width="1.5"/>',
        f'<circle cx="{x}" cy="{_y_of(part.share_right)}" r="4" fill="#1f5fa8"/>',
        f'<rect {bar} fill="#9db8d6" stroke="#ffffff"/>',
        "</g>",
    ]


def _text_element(x: str, y: str, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'


def _x_of(value: float) -> str:
    return f"{_LEFT + _SIDE * value:.2f}"


def _y_of(value: float) -> str:
    return f"{_TOP + _SIDE * (1 - value):.2f}"
