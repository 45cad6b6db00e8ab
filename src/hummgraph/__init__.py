"""Entity links between an organisation's systems, as a graph.

Fetch Humm's entity links, make a graph of systems, tables and columns, find clusters, show and
export them::

    import hummgraph as hg

    with hg.Client.from_env() as client:
        snapshot = client.fetch()
    graph = hg.LinkGraph(snapshot)
    clusters = hg.cluster(graph)
    hg.write(graph, "acme.html", clusters=clusters)
"""

from __future__ import annotations

from hummgraph import datasets, errors
from hummgraph.algorithms.clustering.advice import OnePerAdvice, suggest_one_per
from hummgraph.algorithms.clustering.audit import Audit, Violation, audit
from hummgraph.algorithms.clustering.clustering import Clusters, Contradiction, cluster
from hummgraph.algorithms.clustering.merge_tree import MergeTree, Proposal, merge_tree
from hummgraph.algorithms.clustering.repair import Repair, repair
from hummgraph.algorithms.evaluation.cross_validation import CrossValidation, cross_validate
from hummgraph.algorithms.evaluation.evaluation import Evaluation, evaluate
from hummgraph.algorithms.evaluation.reliability import Reliability, ReliabilityBin, reliability
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.algorithms.evidence.evidence import (
    EvidenceComparison,
    compare_evidence,
    evidence_table,
    flatten_evidence,
)
from hummgraph.algorithms.explain.merge_history import History, Join, merge_history
from hummgraph.algorithms.explain.why import Obstacle, Why, why
from hummgraph.algorithms.joins.join_paths import JoinPath, JoinPaths, join_paths
from hummgraph.algorithms.joins.keys import JoinKey
from hummgraph.algorithms.kernels.steps import Step
from hummgraph.algorithms.lineage.lineage import (
    Condensation,
    Lineage,
    downstream,
    neighborhood,
    upstream,
)
from hummgraph.algorithms.paths.link_paths import LinkPaths
from hummgraph.algorithms.paths.pair_confidence import PairConfidence, pair_confidence
from hummgraph.algorithms.paths.paths import (
    DisjointPaths,
    LinkPath,
    disjoint_paths,
    strongest_path,
    strongest_paths,
)
from hummgraph.client.client import AsyncClient, Client, Limits, Progress, RetryPolicy, Timeouts
from hummgraph.drawing.pyvis import to_pyvis
from hummgraph.errors import HummgraphError
from hummgraph.export import show, write, write_crosswalk
from hummgraph.export.graphml.reader import read_graphml, read_graphml_attributes
from hummgraph.frames import Frame
from hummgraph.graph.decisions import Decision, read_decisions, write_decisions
from hummgraph.graph.elements import Level, Link, Node
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.graph.projection import Projection
from hummgraph.graph.relationships import Relationships
from hummgraph.graph.summary import Summary
from hummgraph.records.catalogue import Catalogue, Lookup
from hummgraph.records.models import EntityLink, LinkType, Status
from hummgraph.records.validation import QuarantinedRecord, Reason
from hummgraph.snapshot.readers import read_catalogue, read_links
from hummgraph.snapshot.report import Report
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot

__all__ = [
    "AsyncClient",
    "Audit",
    "Catalogue",
    "Client",
    "Clusters",
    "Condensation",
    "Contradiction",
    "CrossValidation",
    "Decision",
    "DisjointPaths",
    "EntityLink",
    "Evaluation",
    "EvidenceComparison",
    "Frame",
    "History",
    "HummgraphError",
    "Join",
    "JoinKey",
    "JoinPath",
    "JoinPaths",
    "Level",
    "Limits",
    "Lineage",
    "Link",
    "LinkGraph",
    "LinkPath",
    "LinkPaths",
    "LinkType",
    "Lookup",
    "MergeTree",
    "Node",
    "Obstacle",
    "OnePerAdvice",
    "PairConfidence",
    "Policy",
    "Progress",
    "Projection",
    "Proposal",
    "QuarantinedRecord",
    "Reason",
    "Relationships",
    "Reliability",
    "ReliabilityBin",
    "Repair",
    "Report",
    "RetryPolicy",
    "Snapshot",
    "Status",
    "Step",
    "Summary",
    "Timeouts",
    "Truth",
    "Violation",
    "Why",
    "audit",
    "cluster",
    "compare_evidence",
    "cross_validate",
    "datasets",
    "disjoint_paths",
    "downstream",
    "errors",
    "evaluate",
    "evidence_table",
    "flatten_evidence",
    "join_paths",
    "merge_history",
    "merge_tree",
    "neighborhood",
    "pair_confidence",
    "read_catalogue",
    "read_decisions",
    "read_graphml",
    "read_graphml_attributes",
    "read_links",
    "read_snapshot",
    "reliability",
    "repair",
    "show",
    "strongest_path",
    "strongest_paths",
    "suggest_one_per",
    "to_pyvis",
    "upstream",
    "why",
    "write",
    "write_crosswalk",
    "write_decisions",
]


def __getattr__(name: str) -> str:
    """Read the version only when somebody asks: looking it up costs more than it is worth."""
    if name == "__version__":
        from importlib.metadata import version

        return version("hummgraph")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
