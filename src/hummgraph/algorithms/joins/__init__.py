"""Paths that join tables."""

from __future__ import annotations

from hummgraph.algorithms.joins.join_paths import JoinPath, JoinPaths, join_paths
from hummgraph.algorithms.joins.keys import JoinKey

__all__ = [
    "JoinKey",
    "JoinPath",
    "JoinPaths",
    "join_paths",
]
