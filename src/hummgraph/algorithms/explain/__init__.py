"""Explanations: why nodes are in one cluster or not, and how a cluster was built."""

from __future__ import annotations

from hummgraph.algorithms.explain.merge_history import History, Join, merge_history
from hummgraph.algorithms.explain.why import Obstacle, Why, why

__all__ = [
    "History",
    "Join",
    "Obstacle",
    "Why",
    "merge_history",
    "why",
]
