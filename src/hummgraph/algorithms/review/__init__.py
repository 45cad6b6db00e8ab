"""Review: questions, previews of decisions, differences between graphs, and checks."""

from __future__ import annotations

from hummgraph.algorithms.review.check import CheckReport, check
from hummgraph.algorithms.review.choosing import decide_suggestions, take_out
from hummgraph.algorithms.review.diff import Diff, diff
from hummgraph.algorithms.review.preview import Preview, preview
from hummgraph.algorithms.review.question import Question
from hummgraph.algorithms.review.queue import ReviewQueue, review_queue

__all__ = [
    "CheckReport",
    "Diff",
    "Preview",
    "Question",
    "ReviewQueue",
    "check",
    "decide_suggestions",
    "diff",
    "preview",
    "review_queue",
    "take_out",
]
