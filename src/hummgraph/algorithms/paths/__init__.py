"""Paths between nodes, and the confidence that two nodes are the same."""

from __future__ import annotations

from hummgraph.algorithms.paths.link_paths import LinkPaths
from hummgraph.algorithms.paths.pair_confidence import PairConfidence, pair_confidence
from hummgraph.algorithms.paths.paths import (
    DisjointPaths,
    LinkPath,
    disjoint_paths,
    strongest_path,
    strongest_paths,
)

__all__ = [
    "DisjointPaths",
    "LinkPath",
    "LinkPaths",
    "PairConfidence",
    "disjoint_paths",
    "pair_confidence",
    "strongest_path",
    "strongest_paths",
]
