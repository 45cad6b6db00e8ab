"""Review: what a decision would change, and what to decide next."""

from __future__ import annotations

from hummgraph.algorithms.review.choosing import decide_suggestions, take_out
from hummgraph.algorithms.review.preview import Preview, preview

__all__ = [
    "Preview",
    "decide_suggestions",
    "preview",
    "take_out",
]
