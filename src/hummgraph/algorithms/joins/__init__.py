"""Paths that join tables."""

from __future__ import annotations

from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.joins.keys import JoinKey
from hummgraph.algorithms.joins.path import JoinPath, JoinPaths

__all__ = [
    "JoinKey",
    "JoinPath",
    "JoinPaths",
    "join_paths",
]
