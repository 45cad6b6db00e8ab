"""Reports on snapshots and clusters, shared by commands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table

from hummgraph.algorithms.clustering.advice import suggest_one_per
from hummgraph.algorithms.clustering.cluster import LOW_SHARE
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.cli.listing import Listing, list_table, print_list
from hummgraph.cli.printing import number, out, print_block, remark, styled
from hummgraph.frames import Frame, visible
from hummgraph.graph.elements import Level
from hummgraph.records.display import SHOWN_LABELS, shown_label
from hummgraph.records.redaction import KeptEvidence, redact_members
from hummgraph.records.vocabulary import NO_VOCABULARY

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.records.display import KnowsVocabulary
    from hummgraph.snapshot.report import Report
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = [
    "cluster_list",
    "kept_out",
    "print_advice",
    "print_cluster_advice",
    "print_clusters",
    "print_findings",
    "print_report",
    "remark_on_clusters",
    "with_kept_evidence",
    "with_kept_members",
]

_SHOWN_ENTITIES: Final = 6
_SHOWN_FIELDS: Final = 3
_COUNTS: Final = (
    *("cluster_id", "cluster_name", "name_share", "size", "deleted", "contradictions", "systems"),
    "rests_on",
)


_STRONG: Final = 0.9
"""Lowest score of a link that is named although it did not join."""
_MAX_KEPT_OUT: Final = 3
"""Most nodes that are named."""
_NO_NAMES: Final = (
    "No names are known: read the links with --catalogue DIR, or add names with --names FILE."
)
_KEPT_OUT: Final = {"rejected": "against a rejection", "one_per": "against one_per"}
"""Reasons in words."""


def print_report(snapshot: Snapshot, graph: LinkGraph, *, console: Console = out) -> None:
    """Print the contents of a snapshot, and the faults found in fetching it."""
    report = Table.grid(padding=(0, 2))
    report.add_column(style="dim", no_wrap=True)
    report.add_column()
    for subject, found in snapshot.report.rows():
        report.add_row(subject, visible(found))
    console.print()
    console.print(styled(visible(snapshot.organization_name or "Links"), "bold"))
    print_block(report, console=console)
    console.print()
    print_block(list_table(graph.summary().systems, title="Systems"), console=console)


def print_findings(snapshot: Snapshot, found: Clusters) -> None:
    """Print in three lines what a run found: links, entities and clusters."""
    graph, report = found.graph, snapshot.report.shown()
    systems = len(graph.summary().systems)
    statuses = [f"{n:,} {status.lower()}" for status, n in report.links_by_status.items() if n]
    links = f"{number(report.kept, 'link')} between {number(systems, 'system')}"
    lines = [f"{links}: {', '.join(statuses)}." if statuses else f"{links}."]
    if n := report.quarantined:
        of_all = f"{n:,} of {number(report.records, 'record')}"
        lines[0] = f"{lines[0][:-1]}; {of_all} {'is' if n == 1 else 'are'} in quarantine."
    if report.kept and report.flags.get("null_confidence") == report.kept:
        said = "No link has a confidence_score: only approved links join."
        lines.append(said + _unread(report, "score"))
    elif report.kept and report.links_by_status.get("SUGGESTED") == report.kept:
        said = "No link is approved or rejected; one without a status counts as suggested."
        lines.append(said + _unread(report, "status"))
    things = entities(graph).entities
    named = ", ".join(thing.name for thing in things[:_SHOWN_ENTITIES])
    end = ", ..." if len(things) > _SHOWN_ENTITIES else "."
    count = "1 entity" if len(things) == 1 else f"{len(things):,} entities"
    n_tables = number(sum(map(len, things)), "table")
    listed = "." if _has_no_names(graph) else f": {named}{end}"
    lines.append(f"{count} in {n_tables}{listed}" if things else "No entities.")
    n_across = int(np.count_nonzero(np.array(found.quality["systems"]) > 1))
    members = f"{number(found.n_clusters, 'cluster')} of {number(_n_members(found), found.level)}"
    lines.append(f"{members}; {n_across:,} in several systems." if n_across else f"{members}.")
    for line in lines:
        out.print(styled(line), soft_wrap=True)


def _has_no_names(graph: LinkGraph) -> bool:
    return graph.n_nodes > 0 and not graph.arrays.nodes.resolved.any()


def _unread(report: Report, missing: str) -> str:
    """Return a question about the fields that are not read, or nothing."""
    fields = list(report.unknown_fields)[:_SHOWN_FIELDS]
    if not fields:
        return ""
    names = ", ".join(map(repr, fields))
    return f" The records have fields that are not read: {names}. Is one of them the {missing}?"


def _n_members(found: Clusters) -> int:
    return sum(map(len, found.members))


def cluster_list(found: Clusters, *, confidence: bool = True) -> tuple[Frame, list[str]]:
    """Return the clusters as a list, one row each, and its main columns.

    The columns of the crosswalk follow the counts: one a system, with the cluster's members there.
    """
    crosswalk = found.crosswalk(confidence=confidence).to_arrow()
    cells = {name: crosswalk.column(name) for name in crosswalk.column_names[5:]}
    deleted = found.quality["deleted"]
    systems = np.sum([column.is_valid() for column in cells.values()], axis=0, dtype=np.int64)
    counts = {
        "cluster_id": crosswalk.column("cluster_id"),
        "cluster_name": crosswalk.column("cluster_name"),
        "name_share": pa.array(found.name_shares[found.order]),
        "identity_value": pa.array(found.identity_values[found.order]),
        "size": crosswalk.column("size"),
        "deleted": pa.array(deleted, pa.int64()),
        "contradictions": crosswalk.column("contradictions"),
        "systems": pa.array(np.broadcast_to(systems, len(crosswalk)), pa.int64()),
        "rests_on": crosswalk.column("rests_on"),
    }
    named = {f"{name} (system)" if name in counts else name: cells[name] for name in cells}
    empty = {name for name in ("deleted", "contradictions") if not any(counts[name].to_pylist())}
    if (found.name_shares >= LOW_SHARE).all():
        empty.add("name_share")
    main = [name for name in _COUNTS if name not in empty]
    return Frame(pa.table(counts | named)), main


def print_clusters(
    found: Clusters, listing: Listing, *, output: Path | None = None, confidence: bool = True
) -> None:
    """Print the clusters, and the links that were not used."""
    frame, main = cluster_list(found, confidence=confidence)
    title = f"Clusters by {found.method} at {found.threshold:g} {found.threshold_scale}"
    print_list(frame, listing, title=title, shown=main, output=output)
    remark_on_clusters(found, console=listing.console(output))


def remark_on_clusters(found: Clusters, *, console: Console) -> None:
    """Print remarks on clusters: contradictions, refused links and unused links."""
    if _has_no_names(found.graph):
        remark(_NO_NAMES, console=console)
    if n := len(found.contradictions):
        pairs = f"{number(n, 'rejected pair')} inside a cluster: approved links force it."
        remark(pairs, console=console, style="red")
    if n := found.n_links_refused:
        links = f"{number(n, 'link')} at or above the threshold did not join."
        them = "it" if n == 1 else "them"
        remark(f"{links} 'hummgraph clusters --refused' lists {them}.", console=console)
        remark(_against_rejections(found), console=console)
    if n := found.n_links_other_level:
        links = number(n, "link")
        remark(
            f"{links} with an end at another level than {found.level}: not used.", console=console
        )
    remark(found.note, console=console, style="")


def _against_rejections(found: Clusters) -> str:
    """Return a remark on strong links between clusters that a rejection keeps apart, or nothing."""
    refused = found.refused.to_arrow()
    strong = pc.and_(
        pc.equal(refused["reason"], "rejected"), pc.greater_equal(refused["score"], _STRONG)
    )
    rows = refused.filter(strong).sort_by([("score", "descending"), ("link_id", "ascending")])
    if not rows.num_rows:
        return ""
    first = rows.slice(0, _MAX_KEPT_OUT).to_pylist()
    named = ", ".join(f"{row['source_path']} = {row['target_path']}" for row in first)
    more = f" and {rows.num_rows - len(first):,} more" if rows.num_rows > len(first) else ""
    return (
        f"Strong, but kept apart by a rejection: {named}{more}. That rejection or an"
        " earlier join may be wrong: 'hummgraph why A B' says more."
    )


def print_cluster_advice(found: Clusters, *, console: Console = out) -> None:
    """Print what besides the clusters is worth knowing: why they are so, and another rule."""
    remark(found.choice, console=console)
    named = found.setting.weights is None and found.setting.no_match is None
    if named and found.one_per is None and found.level is not Level.INTEGRATION_SOURCE:
        print_advice(found.graph, found.level, console=console)


def print_advice(graph: LinkGraph, level: Level, *, console: Console = out) -> None:
    """Print the rule that decided links support, if any."""
    advice = suggest_one_per(graph, level=level)
    if advice.one_per is not None:
        option = f"--one-per {advice.one_per}" + "".join(
            f" --many-in {shlex.quote(system)}" for system in advice.many_in
        )
        remark(f"Consider {option}: {advice.reason}", console=console)


def with_kept_evidence(frame: Frame, kept: KeptEvidence) -> Frame:
    """Return a list of links with as much of its evidence as a setting keeps."""
    if kept is KeptEvidence.VOCABULARY:
        return frame
    table = frame.to_arrow()
    if kept is KeptEvidence.FULL:
        return Frame(table)
    table = table.remove_column(table.schema.get_field_index("evidence"))
    return Frame(table, display=SHOWN_LABELS)


def with_kept_members(
    content: dict[str, Any], kept: KeptEvidence, source: KnowsVocabulary
) -> dict[str, Any]:
    """Return a result as plain data with every member named ``evidence`` redacted, at any depth.

    Statuses and types that the contract does not name are redacted as well.
    """
    return {
        name: _kept_value(name, value, kept, source)
        for name, value in content.items()
        if name != "evidence" or kept is not KeptEvidence.NONE
    }


def _kept_value(name: str, value: Any, kept: KeptEvidence, source: KnowsVocabulary) -> Any:
    """Return a member as it may be printed."""
    if isinstance(value, dict):
        if name == "evidence":
            # Full evidence needs no decision.
            known = NO_VOCABULARY if kept is KeptEvidence.FULL else source.vocabulary
            return redact_members(value, kept, known)
        return with_kept_members(value, kept, source)
    if isinstance(value, list):
        return [_kept_value(name, part, kept, source) for part in value]
    if isinstance(value, str) and name in _KEPT_LABELS and kept is not KeptEvidence.FULL:
        return shown_label(value)
    return value


_KEPT_LABELS: Final = frozenset({"status", "link_type"})


def kept_out(found: Clusters, label: int) -> str:
    """Return a remark on strong links that decisions or rules kept out of a cluster, or nothing.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> kept_out(cluster(LinkGraph(load_demo().snapshot())), 0)
    ''
    """
    members = set(found.members[label])
    best: dict[str, tuple[float, str]] = {}
    for row in found.refused:
        inside = [row[end] in members for end in ("source", "target")]
        if row["reason"] == "method" or inside[0] == inside[1]:
            continue
        path = row["target_path" if inside[0] else "source_path"]
        if (row["score"] or 0.0) >= _STRONG:
            best[path] = max(best.get(path, (0.0, "")), (row["score"], row["reason"]))
    if not best:
        return ""
    first = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:_MAX_KEPT_OUT]
    named = ", ".join(
        f"{path} ({score:.2f}, {_KEPT_OUT[reason]})" for path, (score, reason) in first
    )
    more = f" and {len(best) - len(first):,} more" if len(best) > len(first) else ""
    return f"Kept out, though strongly linked: {named}{more}. 'hummgraph why A B' says more."
