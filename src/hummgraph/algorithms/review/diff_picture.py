"""A diff as pictures: one for each change of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.steps import box_of
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.algorithms.review.diff_tables import cluster_words
from hummgraph.algorithms.review.matched import ADDED, LINK_CHANGES, REMOVED
from hummgraph.drawing.diagram.diagram import Diagram, Line, LineStyle
from hummgraph.errors import ArgumentError
from hummgraph.frames import visible
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.display import shown_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.review.diff import Diff

__all__ = ["change_diagram"]

_STATUS_STYLES: Final = {APPROVED: LineStyle.APPROVED, REJECTED: LineStyle.REJECTED}


def change_diagram(found: Diff, row: int, *, max_boxes: int) -> Diagram:
    """Draw a change of clusters; see :meth:`Diff.diagram`."""
    compared, matched = found._compared, found._matched  # noqa: SLF001 - its pictures
    check_count("max_boxes", max_boxes)
    n = len(compared.regroupings)
    if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row < n:
        allowed = f"0 to {n - 1}" if n else "none, for no cluster changed"
        raise ArgumentError(f"row is {row!r}; rows of changes are {allowed}.")
    members = compared.regroupings[row].nodes
    lines = _lines(found, members)
    drawn = _most_linked(members, lines, max_boxes)
    both = LinkGraph.from_arrays(matched.data())
    moved = set(members[compared.moved(members)].tolist())
    boxes = tuple(box_of(both, node, rank=0, emphasis=node in moved) for node in drawn.tolist())
    ids = dict(zip(drawn.tolist(), (box.key for box in boxes), strict=True))
    shown = [
        Line(ids[a], ids[b], label, style, directed=False, title=title)
        for (a, b), (label, style, title) in lines.items()
        if a in ids and b in ids
    ]
    notes = (
        f"shown {len(drawn):,} of {len(members):,} members",
        "members with a heavy border are in another cluster, or in none, now",
    )
    title = visible(cluster_words(compared, compared.regroupings[row]))
    return Diagram(title, boxes, tuple(shown), notes=notes, lanes="columns")


_Drawn = dict[tuple[int, int], tuple[str, LineStyle, str]]


def _lines(found: Diff, members: NDArray[np.int64]) -> _Drawn:
    """Return the lines between each two members: changed links first, then those that count."""
    matched = found._matched  # noqa: SLF001 - its pictures
    changed = matched.links
    lines: _Drawn = {}
    source, target = matched.link_ends.source, matched.link_ends.target
    inside = np.isin(source, members) & np.isin(target, members) & (source != target)
    for cause in np.flatnonzero(inside).tolist():
        pair = _pair(source[cause], target[cause])
        kind = int(changed.kind[cause])
        before, after = _value(found, cause, old=True), _value(found, cause, old=False)
        label = before if kind == REMOVED else after
        style = LineStyle.ADDED if kind == ADDED else LineStyle.REMOVED
        if kind not in {ADDED, REMOVED}:
            label = f"{before} → {after}" if before != after else LINK_CHANGES[kind]
            status = int(found.new.arrays.links.status[changed.new[cause]])
            style = _STATUS_STYLES.get(status, LineStyle.SUGGESTED)
        title = f"{LINK_CHANGES[kind]}: {label}" if label != LINK_CHANGES[kind] else label
        lines.setdefault(pair, (label, style, title))
    links = found.new.arrays.links
    ends = matched.code_new[links.ends.source], matched.code_new[links.ends.target]
    counts = found.after.holding_links | found.after.refused_links
    counts &= np.isin(ends[0], members) & np.isin(ends[1], members)
    for link in np.flatnonzero(counts).tolist():
        pair = _pair(ends[0][link], ends[1][link])
        label = _number(float(links.confidence[link]))
        lines.setdefault(pair, (label, LineStyle.OTHER, "as it was"))
    return lines


def _pair(one: np.int32, other: np.int32) -> tuple[int, int]:
    return (int(one), int(other)) if one < other else (int(other), int(one))


def _value(found: Diff, cause: int, *, old: bool) -> str:
    """Return status and confidence of a changed link, as a person reads them."""
    changed = found._matched.links  # noqa: SLF001 - its pictures
    graph, at = (found.old, changed.old) if old else (found.new, changed.new)
    if at[cause] < 0:
        return ""
    data = graph.arrays
    status = shown_label(data.statuses[data.links.status[at[cause]]])
    return f"{status} {_number(float(data.links.confidence[at[cause]]))}".strip()


def _number(confidence: float) -> str:
    return "" if np.isnan(confidence) else f"{confidence:.2f}"


def _most_linked(members: NDArray[np.int64], lines: _Drawn, most: int) -> NDArray[np.int64]:
    """Return the members with most changed links, then with most links, sorted."""
    if len(members) <= most:
        return members
    degree = dict.fromkeys(members.tolist(), 0)
    for pair, (_, style, _title) in lines.items():
        for node in pair:
            degree[node] += 1 if style is LineStyle.OTHER else len(lines)
    ranked = sorted(degree, key=lambda node: (-degree[node], node))
    return np.array(sorted(ranked[:most]), dtype=np.int64)
