"""Review: what a decision would change, and what to decide next."""

from __future__ import annotations

from hummgraph.algorithms.review.choosing import decide_suggestions, take_out
from hummgraph.algorithms.review.preview import Preview, preview
from hummgraph.algorithms.review.question import Question
from hummgraph.algorithms.review.queue import ReviewQueue, review_queue

__all__ = [
    "Preview",
    "Question",
    "ReviewQueue",
    "decide_suggestions",
    "preview",
    "review_queue",
    "take_out",
]
