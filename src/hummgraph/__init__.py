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
from hummgraph.algorithms.advice import OnePerAdvice, advise_one_per
from hummgraph.algorithms.audit import Audit, Violation, audit
from hummgraph.algorithms.clustering import Clusters, Contradiction, cluster
from hummgraph.algorithms.cross_validation import CrossValidation, cross_validate
from hummgraph.algorithms.evaluation import Evaluation, evaluate
from hummgraph.algorithms.evidence import (
    EvidenceComparison,
    compare_evidence,
    evidence_table,
    flatten_evidence,
)
from hummgraph.algorithms.how import History, Join, how
from hummgraph.algorithms.join_keys import JoinKey
from hummgraph.algorithms.join_paths import JoinPath, JoinPaths, join_paths
from hummgraph.algorithms.lineage import Condensation, Lineage, downstream, neighborhood, upstream
from hummgraph.algorithms.link_paths import LinkPaths
from hummgraph.algorithms.merge_tree import MergeTree, Proposal, merge_tree
from hummgraph.algorithms.pair_confidence import PairConfidence, pair_confidence
from hummgraph.algorithms.paths import (
    DisjointPaths,
    LinkPath,
    disjoint_paths,
    strongest_path,
    strongest_paths,
)
from hummgraph.algorithms.reliability import Reliability, ReliabilityBin, reliability
from hummgraph.algorithms.repair import Repair, repair
from hummgraph.algorithms.steps import Step
from hummgraph.algorithms.truth import Truth
from hummgraph.algorithms.why import Obstacle, Why, why
from hummgraph.catalogue import Catalogue, Lookup
from hummgraph.client import AsyncClient, Client, Limits, Progress, RetryPolicy, Timeouts
from hummgraph.decisions import Decision, read_decisions, write_decisions
from hummgraph.elements import Level, Link, Node
from hummgraph.errors import HummgraphError
from hummgraph.export import show, write, write_crosswalk
from hummgraph.frames import Frame
from hummgraph.graph import LinkGraph
from hummgraph.graphml_reader import read_graphml
from hummgraph.models import EntityLink, LinkType, Status
from hummgraph.policy import Policy
from hummgraph.projection import Projection
from hummgraph.readers import read_catalogue, read_links
from hummgraph.relationships import Relationships
from hummgraph.report import Report
from hummgraph.snapshot import Snapshot, read_snapshot
from hummgraph.summary import Summary
from hummgraph.validation import QuarantinedRecord, Reason

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
    "advise_one_per",
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
    "how",
    "join_paths",
    "merge_tree",
    "neighborhood",
    "pair_confidence",
    "read_catalogue",
    "read_decisions",
    "read_graphml",
    "read_links",
    "read_snapshot",
    "reliability",
    "repair",
    "show",
    "strongest_path",
    "strongest_paths",
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
