"""The picture of a merge tree: counts of the clusters at every threshold, as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.algorithms.clustering.merge_tree import MergeTree

__all__ = ["draw"]

_PANELS: Final = (
    ("n_clusters", "clusters", "#1f5fa8"),
    ("largest", "largest cluster", "#b3541e"),
    ("contradictions", "contradictions", "#a31545"),
    ("systems_twice", "clusters with two of a system", "#5a4a9c"),
)
_LEFT: Final = 64
_WIDE: Final = 520
_TALL: Final = 84
_GAP: Final = 30
_TOP: Final = 46
_STEPS: Final = 260
"""Maximum number of thresholds drawn: a picture of a million joins is as small as one of ten."""

_STYLE: Final = (
    'font-family="system-ui, sans-serif" font-size="11" fill="#333333"'
    ' style="background:#ffffff;max-width:100%"'
)


def draw(tree: MergeTree) -> str:
    """Draw a picture of fixed size, with fixed decimals in all numbers."""
    thresholds = [step / _STEPS for step in range(_STEPS + 1)]
    rows = tree.at(thresholds)
    width = _LEFT + _WIDE + 20
    height = _TOP + len(_PANELS) * (_TALL + _GAP) + 16
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    scale, proposal = escape(tree.threshold_scale), tree.proposal
    at = proposal.threshold
    f1 = "" if proposal.f1 is None else f" (expected F1 {proposal.f1:.2f})"
    said = "Nothing is proposed" if at is None else f"Proposed: {at:g}{f1}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {_STYLE}>',
        f"<title>Clusters by {escape(tree.method)} at every threshold of {scale}</title>",
        _text_element(_LEFT, 18, said, 'font-weight="600"'),
    ]
    top = _TOP
    for name, title, colour in _PANELS:
        values = [int(row[name]) for row in rows]
        lines += _panel_lines(thresholds, values, title, colour, top=top)
        if at is not None:
            x = _x_of(at)
            lines.append(
                f'<path d="M{x} {top}V{top + _TALL}" stroke="#1f5fa8" stroke-dasharray="3 3"/>'
            )
        top += _TALL + _GAP
    middle = 'text-anchor="middle"'
    for tenths in range(0, 11, 2):
        lines.append(
            _text_element(_x_of(tenths / 10), top - _GAP + 15, f"{tenths / 10:.1f}", middle)
        )
    lines += [
        _text_element(_x_of(0.5), top - _GAP + 32, f"threshold, {scale}", middle),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _panel_lines(
    thresholds: Sequence[float], values: Sequence[int], title: str, colour: str, *, top: int
) -> list[str]:
    """Draw one count as steps."""
    most = max(1, *values)
    foot = top + _TALL
    steps: list[str] = []
    for threshold, value in zip(thresholds, values, strict=True):
        y = f"{foot - _TALL * value / most:.2f}"
        # A count holds from the threshold before to this one.
        steps.append(f"M{_x_of(threshold)} {y}" if not steps else f"V{y}H{_x_of(threshold)}")
    return [
        f'<path d="M{_LEFT} {foot}H{_LEFT + _WIDE}" stroke="#888888"/>',
        f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        _text_element(_LEFT - 6, top + 4, f"{most:,}", 'text-anchor="end"'),
        _text_element(_LEFT - 6, foot + 4, "0", 'text-anchor="end"'),
        _text_element(_LEFT, top - 8, title, f'fill="{colour}"'),
    ]


def _text_element(x: str | int, y: int, text: str, how: str) -> str:
    return f'<text x="{x}" y="{y}" {how}>{text}</text>'


def _x_of(value: float) -> str:
    return f"{_LEFT + _WIDE * value:.2f}"
