"""Displays of results, to the letter, on one small organisation.

``python -m tests.system.golden_results`` writes the files in ``golden`` anew; look at what changed.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hummgraph as hg
from hummgraph.algorithms.evaluation.truth import Truth
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent / "golden"
A, B, C, D, E, F = (
    "crm/contact.email",
    "shop/user.mail",
    "desk/person.email",
    "mart/dim.email",
    "crm/lead.email",
    "lab/raw.x",
)
LINKS: list[tuple[str, str, float | None, str]] = [
    (A, B, 0.95, "APPROVED"),
    (B, C, 0.9, "APPROVED"),
    (A, C, 0.85, "REJECTED"),
    (C, D, 0.8, "SUGGESTED"),
    (B, D, 0.7, "SUGGESTED"),
    (D, E, 0.6, "SUGGESTED"),
    (A, E, 0.3, "REJECTED"),
    (E, F, 0.5, "SUGGESTED"),
    (F, A, None, "SUGGESTED"),
    (D, C, 0.4, "SUGGESTED"),
    ("crm/contact.id", "shop/user.crm_id", 1.0, "APPROVED"),
    ("shop/user.crm_id", "desk/person.crm_id", 0.75, "SUGGESTED"),
    ("crm/contact.id", "desk/person.crm_id", 0.65, "SUGGESTED"),
    ("crm/lead.id", "mart/dim.lead", 0.55, "REJECTED"),
    ("mart/dim.lead", "desk/person.crm_id", 0.2, "SUGGESTED"),
    ("crm/contact", "shop/user", 0.9, "SUGGESTED"),
    ("crm/contact.email", "crm/contact.email", 0.5, "SUGGESTED"),
    ("crm/contact.other_email", B, 0.88, "SUGGESTED"),
]


@cache
def graph() -> hg.LinkGraph:
    """Six systems: approved and rejected links, a contradiction, keys, evidence, a stray link."""
    rows = catalogue([end for link in LINKS for end in link[:2]])
    for column in rows["columns"]:
        column["is_primary_key"] = column["name"] == "id"
        column["data_type"] = "uuid" if "id" in column["name"] else "text"
    rows["organization"] = [{"id": uid("organisation"), "name": "Quill & Harbor"}]
    rows["relationships"] = [
        {
            "id": uid("key"),
            "integration_source_id": uid("shop"),
            "from_column_id": uid("shop/user.crm_id"),
            "to_table_id": uid("crm/contact"),
            "to_column_name": "id",
            "status": "APPROVED",
            "score": 0.9,
        }
    ]
    records = [
        record(
            source,
            target,
            confidence,
            status=status,
            id=uid(f"golden {number}"),
            link_type="DETERMINISTIC" if number % 3 else "PROBABILISTIC",
            evidence={"matcher": "names", "score": number / 20, "deep": {"list": [1, "x"]}}
            if number % 4
            else None,
        )
        for number, (source, target, confidence, status) in enumerate(LINKS)
    ]
    return hg.LinkGraph(hg.read_links(records, catalogue=rows))


@cache
def clusters() -> hg.Clusters:
    """Return clusters in which a rejected pair is together, by approved links."""
    return hg.cluster(graph(), method="components", threshold=0.5)


@cache
def truth() -> Truth:
    """Return what is right."""
    return Truth.from_clusters([[A, B, C, D], ["crm/contact.id", "shop/user.crm_id"], [E]])


def average() -> hg.Clusters:
    """Return clusters of the default method."""
    return hg.cluster(graph())


RESULTS: dict[str, Callable[[], Any]] = {
    "summary": lambda: graph().summary(),
    "report": lambda: graph().snapshot.report,
    "relationships": lambda: graph().relationships,
    "preview": lambda: hg.preview(graph(), {uid("golden 1"): "REJECTED"}, clusters=clusters()),
    "diff": lambda: hg.diff(
        graph(), graph().with_decisions({uid("golden 1"): "REJECTED"}), setting=clusters().setting
    ),
    "review_queue": lambda: hg.review_queue(graph(), clusters=clusters(), random_share=0),
    "question": lambda: next(hg.review_queue(graph(), clusters=clusters(), random_share=0)),
    "check_report": lambda: hg.check(
        graph().where(min_confidence=0.6),
        against=graph(),
        setting=clusters().setting,
        one_per="integration_source",
        limits={"coverage": 0.9},
    ),
    "projection": lambda: graph().project("table"),
    "projection_edges": lambda: graph().project("table").edges,
    "systems": lambda: graph().project("integration_source").edges,
    "clusters": clusters,
    "clusters_average": average,
    "clusters_one_per": lambda: hg.cluster(graph(), one_per="integration_source", threshold=0.1),
    "clusters_gaec": lambda: hg.cluster(graph(), method="gaec"),
    "clusters_auto": lambda: hg.cluster(graph()),
    "setting": lambda: hg.cluster(graph()).setting,
    "floor_check": lambda: hg.cluster(graph()).floor_check,
    "clusters_tables": lambda: hg.cluster(graph(), level="table", threshold=0.1),
    "crosswalk": lambda: clusters().crosswalk(),
    "contradictions": lambda: clusters().contradictions[0],
    "quality": lambda: clusters().quality,
    "refused": lambda: average().refused,
    "bridges": lambda: clusters().bridges,
    "policies": lambda: clusters().policy_effect,
    "cluster_diagram": lambda: clusters().diagram(A),
    "merge_tree": lambda: hg.merge_tree(graph()),
    "merge_tree_components": lambda: hg.merge_tree(graph(), method="components"),
    "audit": lambda: hg.audit(clusters(), one_per="integration_source"),
    "repair": lambda: hg.repair(clusters(), one_per="integration_source"),
    "advice": lambda: hg.suggest_one_per(graph()),
    "why_together": lambda: hg.why(graph(), A, C, clusters=clusters()),
    "why_apart": lambda: hg.why(graph(), A, "crm/contact.id", clusters=clusters()),
    "why_weak": lambda: hg.why(graph(), D, F),
    "merge_history": lambda: hg.merge_history(clusters(), A),
    "merge_history_average": lambda: hg.merge_history(average(), B),
    "strongest_path": lambda: hg.strongest_path(graph(), A, F),
    "disjoint_paths": lambda: hg.disjoint_paths(graph(), B, D),
    "join_path": lambda: hg.join_paths(graph(), "shop/user", "crm/contact").paths[0],
    "join_paths": lambda: hg.join_paths(graph(), "desk/person", "crm/contact"),
    "join_paths_missing": lambda: hg.join_paths(graph(), "crm/lead", "shop/user"),
    "pair_confidence": lambda: hg.pair_confidence(graph(), A, D),
    "downstream": lambda: hg.downstream(graph(), A),
    "upstream": lambda: hg.upstream(graph(), F),
    "neighborhood": lambda: hg.neighborhood(graph(), D, max_depth=1),
    "lineage_of_tables": lambda: hg.downstream(graph(), A, level="table"),
    "evidence": lambda: hg.evidence_table(graph()),
    "evidence_comparison": lambda: hg.compare_evidence(graph()),
    "evaluation": lambda: hg.evaluate(clusters(), truth()),
    "reliability": lambda: hg.reliability(graph(), bins=4),
    "reliability_truth": lambda: hg.reliability(graph(), bins=4, truth=truth()),
    "cross_validation": lambda: hg.cross_validate(graph(), folds=2, threshold=0.1),
}


FRAMES = ("quality", "hops", "impact", "nodes", "links", "chains", "keys", "values", "folds")


def told(result: Any) -> str:
    """Write all that a result says of itself."""
    parts = {"repr": repr(result)}
    if str(result) != repr(result):
        parts["str"] = str(result)
    if isinstance(result, hg.Frame):
        parts["rows"] = rows_of(result)
    for name in (
        "quality",
        "hops",
        "impact",
        "nodes",
        "links",
        "chains",
        "keys",
        "values",
        "folds",
    ):
        part = getattr(result, name, None)
        if isinstance(part, hg.Frame):
            parts[name] = rows_of(part)
    if hasattr(result, "to_dict") and not isinstance(result, hg.Frame):
        parts["to_dict"] = json.dumps(plain(result.to_dict()), indent=1)
    if hasattr(result, "to_frame"):
        parts["to_frame"] = rows_of(result.to_frame())
    if hasattr(result, "to_mermaid"):
        parts["to_mermaid"] = result.to_mermaid()
    svg = ""
    if hasattr(result, "to_svg"):
        svg = result.to_svg()
        parts["to_svg"] = svg.replace("><", ">\n<")
    if hasattr(result, "_repr_html_"):
        # The style is that of all results, and tested by itself.
        html = re.sub("<style>.*?</style>", "(style)", result._repr_html_())
        parts["html"] = (html.replace(svg, "(svg)") if svg else html).replace("><", ">\n<")
    return "".join(f"--- {name}\n{text.rstrip()}\n" for name, text in parts.items())


def rows_of(frame: hg.Frame) -> str:
    """Write a table, one row a line."""
    head = json.dumps(
        [[column, str(frame.to_arrow().schema.field(column).type)] for column in frame.columns]
    )
    return "\n".join([head, *(json.dumps(plain(row), default=str) for row in frame)])


def plain(value: Any) -> Any:
    """Round what may differ in its last place from one machine to another."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    for name, result in RESULTS.items():
        (FOLDER / f"{name}.txt").write_text(told(result()), encoding="utf-8")


if __name__ == "__main__":
    main()
