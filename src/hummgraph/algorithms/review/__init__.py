"""Review: what to decide next, what a decision would change, and what changed and why."""

from __future__ import annotations

from hummgraph.algorithms.review.choosing import decide_suggestions, take_out
from hummgraph.algorithms.review.diff import Diff, diff
from hummgraph.algorithms.review.preview import Preview, preview
from hummgraph.algorithms.review.question import Question
from hummgraph.algorithms.review.queue import ReviewQueue, review_queue

__all__ = [
    "Diff",
    "Preview",
    "Question",
    "ReviewQueue",
    "decide_suggestions",
    "diff",
    "preview",
    "review_queue",
    "take_out",
]
