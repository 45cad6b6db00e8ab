"""Clusters of anybody's pairs, from a table and as a table of the same library."""

from __future__ import annotations

from hummgraph.warehouse.pairs.clustering import cluster_pairs, pairs_setting

__all__ = ["cluster_pairs", "pairs_setting"]
