"""Clusters: methods, decisions that bind, merge trees, crosswalks."""

from __future__ import annotations

from hummgraph.algorithms.clustering.advice import OnePerAdvice, suggest_one_per
from hummgraph.algorithms.clustering.audit import Audit, Violation, audit
from hummgraph.algorithms.clustering.cluster import Cluster
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.algorithms.clustering.merge_tree import MergeTree, Proposal, merge_tree
from hummgraph.algorithms.clustering.repair import Repair, repair

__all__ = [
    "Audit",
    "Cluster",
    "Clusters",
    "Contradiction",
    "MergeTree",
    "OnePerAdvice",
    "Proposal",
    "Repair",
    "Violation",
    "audit",
    "cluster",
    "merge_tree",
    "repair",
    "suggest_one_per",
]
