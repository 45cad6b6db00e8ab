"""Clusters that split or merged without a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hummgraph.algorithms.review.causes import Causes
from hummgraph.algorithms.review.comparison import Comparison
from hummgraph.algorithms.review.diff import Diff
from hummgraph.algorithms.review.diff_tables import cause_rows, regrouped_clusters
from hummgraph.algorithms.review.findings import Finding
from hummgraph.algorithms.review.matched import Matched
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.review.regrouping import Regrouping

__all__ = ["shifts"]

MAX_CAUSES: Final = 3
"""Changed links that a sentence names."""

DECIDED: Final = frozenset({str(Status.APPROVED), str(Status.REJECTED)})

_SPLIT, _MERGED = "split", "merged"


def shifts(before: Clusters, after: Clusters) -> dict[str, list[Finding]]:
    """Return the clusters that ``"split"`` and ``"merged"`` without a decision.

    Several that became several others did both. Causes are those of :func:`diff`, searched for
    these changes only.
    """
    matched = Matched(before.graph, after.graph)
    compared = Comparison(before, after, matched.code_old, matched.code_new, len(matched.nodes))
    kinds = [_kinds(one) for one in compared.regroupings]
    found: dict[str, list[Finding]] = {_SPLIT: [], _MERGED: []}
    if not any(kinds):
        return found
    search = Diff(before, after, matched)
    wanted = [one for one, kind in zip(compared.regroupings, kinds, strict=True) if kind]
    searched = iter(search._causes_of(wanted))  # noqa: SLF001 - for some only
    causes = [next(searched) if kind else Causes((), "none") for kind in kinds]
    by_change: dict[int, list[Mapping[str, Any]]] = {}
    for row in cause_rows(compared, matched, causes):
        by_change.setdefault(row["row"], []).append(row)
    rows = list(regrouped_clusters(compared, matched, causes))
    for at, kind in enumerate(kinds):
        mine = by_change.get(at, [])
        if kind and not any(map(_is_decision, mine)):
            finding = _finding(rows[at], mine)
            for name in kind:
                found[name].append(finding)
    return found


def _kinds(change: Regrouping) -> tuple[str, ...]:
    """Return whether old clusters fell apart, were joined, or both."""
    if change.kind in {_SPLIT, _MERGED}:
        return (change.kind,)
    # One that both won and lost members is neither.
    return (_SPLIT, _MERGED) if min(len(change.before), len(change.after)) > 1 else ()


def _is_decision(cause: Mapping[str, Any]) -> bool:
    """Return whether a changed link was decided, or its decision taken back.

    A decided link that is gone was not: its loss is a finding of its own.
    """
    if cause["cause"] == "added":
        return cause["status"] in DECIDED
    statuses = {cause["status"], cause["previous_status"]}
    return cause["cause"] == "re-decided" and not DECIDED.isdisjoint(statuses)


def _finding(row: Mapping[str, Any], causes: Sequence[Mapping[str, Any]]) -> Finding:
    parts, names = [], [row["before"], row["after"]]
    for cause in causes[:MAX_CAUSES]:
        if cause["link_id"] is None:
            parts.append("columns that lie elsewhere")
        else:
            parts.append(f"{{}} = {{}} ({cause['cause']})")
            names += [cause["source_path"], cause["target_path"]]
    more = f" and {len(causes) - len(parts):,} more" if len(causes) > len(parts) else ""
    because = f", because of {', '.join(parts)}{more}" if parts else ""
    return Finding(f"{{}} became {{}} without a decision{because}.", tuple(names))
