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

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

# isort: off
from hummgraph.errors import start as _start  # noqa: F401 - before all that takes its time
# isort: on

from hummgraph import errors
from hummgraph.algorithms.clustering import (
    Audit,
    Cluster,
    Clusters,
    Contradiction,
    FloorCheck,
    MergeTree,
    OnePerAdvice,
    Proposal,
    Repair,
    ReviewBias,
    Setting,
    Violation,
    audit,
    cluster,
    cluster_setting,
    merge_tree,
    repair,
    suggest_one_per,
)
from hummgraph.algorithms.entities import (
    ColumnRole,
    Entity,
    EntityKey,
    EntityMap,
    Role,
    Roles,
    TableNames,
    entities,
    find_table_names,
    roles,
)
from hummgraph.errors import HummgraphError
from hummgraph.frames import Frame
from hummgraph.graph import (
    Decision,
    GivenName,
    Level,
    Link,
    LinkGraph,
    Merged,
    Node,
    Policy,
    Projection,
    Relationships,
    Summary,
    append_decisions,
    find,
    merge_decisions,
    read_decision_sheet,
    read_decisions,
    write_decision_sheet,
    write_decisions,
)
from hummgraph.records import (
    Catalogue,
    EntityLink,
    LinkType,
    Lookup,
    QuarantinedRecord,
    Reason,
    Status,
)
from hummgraph.snapshot import Report, Snapshot, read_catalogue, read_links, read_snapshot

if TYPE_CHECKING:
    from hummgraph import datasets
    from hummgraph.algorithms.evaluation import (
        CrossValidation,
        EntityEvaluation,
        Evaluation,
        Reliability,
        ReliabilityBin,
        Truth,
        cross_validate,
        evaluate,
        evaluate_entities,
        reliability,
    )
    from hummgraph.algorithms.evidence import (
        EvidenceComparison,
        compare_evidence,
        evidence_table,
        flatten_evidence,
    )
    from hummgraph.algorithms.explain import History, Join, Obstacle, Why, merge_history, why
    from hummgraph.algorithms.joins import JoinKey, JoinPath, JoinPaths, join_paths
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.algorithms.lineage import (
        Condensation,
        Lineage,
        downstream,
        neighborhood,
        upstream,
    )
    from hummgraph.algorithms.paths import (
        DisjointPaths,
        LinkPath,
        LinkPaths,
        PairConfidence,
        disjoint_paths,
        pair_confidence,
        strongest_path,
        strongest_paths,
    )
    from hummgraph.algorithms.review import (
        CheckReport,
        Diff,
        Preview,
        Question,
        ReviewQueue,
        check,
        decide_suggestions,
        diff,
        preview,
        review_queue,
        take_out,
    )
    from hummgraph.client import AsyncClient, Client, Limits, Progress, RetryPolicy, Timeouts
    from hummgraph.drawing import to_pyvis
    from hummgraph.explorer.widget import explore
    from hummgraph.export import read_datahub, show, write, write_crosswalk
    from hummgraph.export.graphml.reader import read_graphml, read_graphml_attributes
    from hummgraph.export.parquet_reader import read_parquet
    from hummgraph.warehouse import (
        Budget,
        IdentityKey,
        IdentityPlan,
        IdentityRun,
        IdentityTable,
        PairMeasure,
        Reading,
        SplinkSettings,
        Verdict,
        Verification,
        cluster_pairs,
        identity_table,
        pairs_setting,
        splink_settings,
        verification_queries,
        verify,
    )

__all__ = [
    "AsyncClient",
    "Audit",
    "Budget",
    "Catalogue",
    "CheckReport",
    "Client",
    "Cluster",
    "Clusters",
    "ColumnRole",
    "Condensation",
    "Contradiction",
    "CrossValidation",
    "Decision",
    "Diff",
    "DisjointPaths",
    "Entity",
    "EntityEvaluation",
    "EntityKey",
    "EntityLink",
    "EntityMap",
    "Evaluation",
    "EvidenceComparison",
    "FloorCheck",
    "Frame",
    "GivenName",
    "History",
    "HummgraphError",
    "IdentityKey",
    "IdentityPlan",
    "IdentityRun",
    "IdentityTable",
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
    "Merged",
    "Node",
    "Obstacle",
    "OnePerAdvice",
    "PairConfidence",
    "PairMeasure",
    "Policy",
    "Preview",
    "Progress",
    "Projection",
    "Proposal",
    "QuarantinedRecord",
    "Question",
    "Reading",
    "Reason",
    "Relationships",
    "Reliability",
    "ReliabilityBin",
    "Repair",
    "Report",
    "RetryPolicy",
    "ReviewBias",
    "ReviewQueue",
    "Role",
    "Roles",
    "Setting",
    "Snapshot",
    "SplinkSettings",
    "Status",
    "Step",
    "Summary",
    "TableNames",
    "Timeouts",
    "Truth",
    "Verdict",
    "Verification",
    "Violation",
    "Why",
    "append_decisions",
    "audit",
    "check",
    "cluster",
    "cluster_pairs",
    "cluster_setting",
    "compare_evidence",
    "cross_validate",
    "datasets",
    "decide_suggestions",
    "diff",
    "disjoint_paths",
    "downstream",
    "entities",
    "errors",
    "evaluate",
    "evaluate_entities",
    "evidence_table",
    "explore",
    "find",
    "find_table_names",
    "flatten_evidence",
    "identity_table",
    "join_paths",
    "merge_decisions",
    "merge_history",
    "merge_tree",
    "neighborhood",
    "pair_confidence",
    "pairs_setting",
    "preview",
    "read_catalogue",
    "read_datahub",
    "read_decision_sheet",
    "read_decisions",
    "read_graphml",
    "read_graphml_attributes",
    "read_links",
    "read_parquet",
    "read_snapshot",
    "reliability",
    "repair",
    "review_queue",
    "roles",
    "show",
    "splink_settings",
    "strongest_path",
    "strongest_paths",
    "suggest_one_per",
    "take_out",
    "to_pyvis",
    "upstream",
    "verification_queries",
    "verify",
    "why",
    "write",
    "write_crosswalk",
    "write_decision_sheet",
    "write_decisions",
]


_LATER: Final = {
    name: module
    for module, names in {
        "hummgraph.algorithms.evaluation": (
            "CrossValidation",
            "EntityEvaluation",
            "Evaluation",
            "Reliability",
            "ReliabilityBin",
            "Truth",
            "cross_validate",
            "evaluate",
            "evaluate_entities",
            "reliability",
        ),
        "hummgraph.algorithms.evidence": (
            "EvidenceComparison",
            "compare_evidence",
            "evidence_table",
            "flatten_evidence",
        ),
        "hummgraph.algorithms.explain": (
            "History",
            "Join",
            "Obstacle",
            "Why",
            "merge_history",
            "why",
        ),
        "hummgraph.algorithms.joins": ("JoinKey", "JoinPath", "JoinPaths", "join_paths"),
        "hummgraph.algorithms.lineage": (
            "Condensation",
            "Lineage",
            "downstream",
            "neighborhood",
            "upstream",
        ),
        "hummgraph.algorithms.paths": (
            "DisjointPaths",
            "LinkPath",
            "LinkPaths",
            "PairConfidence",
            "disjoint_paths",
            "pair_confidence",
            "strongest_path",
            "strongest_paths",
        ),
        "hummgraph.algorithms.review": (
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
        ),
        "hummgraph.algorithms.kernels.steps": ("Step",),
        "hummgraph.client": (
            "AsyncClient",
            "Client",
            "Limits",
            "Progress",
            "RetryPolicy",
            "Timeouts",
        ),
        "hummgraph.drawing": ("to_pyvis",),
        "hummgraph.explorer.widget": ("explore",),
        "hummgraph.export": ("read_datahub", "show", "write", "write_crosswalk"),
        "hummgraph.export.graphml.reader": ("read_graphml", "read_graphml_attributes"),
        "hummgraph.export.parquet_reader": ("read_parquet",),
        "hummgraph.warehouse": (
            "Budget",
            "IdentityKey",
            "IdentityPlan",
            "IdentityRun",
            "IdentityTable",
            "PairMeasure",
            "Reading",
            "SplinkSettings",
            "Verdict",
            "Verification",
            "cluster_pairs",
            "identity_table",
            "pairs_setting",
            "splink_settings",
            "verification_queries",
            "verify",
        ),
    }.items()
    for name in names
}
"""Modules that are read when one of their names is first asked for.

HTTP, files, pages, warehouses and what looks at clusters take half of the time that
`import hummgraph` would need.
"""


_ROOMS: Final = ("client", "datasets", "drawing", "explorer", "export", "warehouse")
"""Packages that are read so, too."""


def __getattr__(name: str) -> Any:
    """Read a name, a package or the version at first use."""
    if name == "__version__":
        from importlib.metadata import version

        return version("hummgraph")
    if name in _ROOMS:
        return import_module(f"hummgraph.{name}")
    if name in _LATER:
        found = globals()[name] = getattr(import_module(_LATER[name]), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, without what this module itself imports."""
    dunders = {name for name in globals() if name.startswith("__")}
    return sorted({*__all__, *dunders, "__version__"})
