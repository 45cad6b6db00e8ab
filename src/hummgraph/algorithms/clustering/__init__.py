"""Clusters: methods, decisions that bind, merge trees, crosswalks."""

from __future__ import annotations

from hummgraph.algorithms.clustering.advice import OnePerAdvice, suggest_one_per
from hummgraph.algorithms.clustering.audit import Audit, Violation, audit
from hummgraph.algorithms.clustering.cluster import Cluster
from hummgraph.algorithms.clustering.clustering import cluster, cluster_setting
from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.algorithms.clustering.merge_tree import MergeTree, Proposal, merge_tree
from hummgraph.algorithms.clustering.repair import Repair, repair
from hummgraph.algorithms.clustering.review import FloorCheck, ReviewBias
from hummgraph.algorithms.clustering.setting import Setting

__all__ = [
    "Audit",
    "Cluster",
    "Clusters",
    "Contradiction",
    "FloorCheck",
    "MergeTree",
    "OnePerAdvice",
    "Proposal",
    "Repair",
    "ReviewBias",
    "Setting",
    "Violation",
    "audit",
    "cluster",
    "cluster_setting",
    "merge_tree",
    "repair",
    "suggest_one_per",
]
