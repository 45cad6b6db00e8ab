"""A diff as pictures: one for each change of clusters, and a page of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.steps import box_of
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.algorithms.review.diff_tables import SHOWN, cluster_words
from hummgraph.algorithms.review.matched import ADDED, LINK_CHANGES, REMOVED
from hummgraph.drawing.diagram.diagram import Diagram, Line, LineStyle
from hummgraph.errors import ArgumentError
from hummgraph.frames import visible
from hummgraph.frames.screen import html_table
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.display import shown_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.review.diff import Diff
    from hummgraph.frames import Frame

__all__ = ["change_diagram", "diff_page"]

MAX_PICTURES: Final = 20
MAX_ROWS: Final = 1_000

_STATUS_STYLES: Final = {APPROVED: LineStyle.APPROVED, REJECTED: LineStyle.REJECTED}

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:14px/1.45 system-ui,sans-serif;margin:2rem}"
    "h1{font-size:1.3rem}h2{font-size:1.1rem;margin:2rem 0 .4rem}"
    "table{border-collapse:collapse}.table{overflow-x:auto}"
    "th,td{padding:.3rem .7rem;text-align:left;vertical-align:top;overflow-wrap:break-word;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent)}"
    "figure{margin:.6rem 0;overflow-x:auto}"
)
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


# --- one change --------------------------------------------------------------------------------


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
    notes = [f"shown {len(drawn):,} of {len(members):,} members"]
    if moved:
        notes.append("members with a heavy border are in another cluster, or in none, now")
    title = visible(cluster_words(compared, compared.regroupings[row]))
    return Diagram(title, boxes, tuple(shown), notes=tuple(notes), lanes="columns")


_Drawn = dict[tuple[int, int], tuple[str, LineStyle, str]]


def _lines(found: Diff, members: NDArray[np.int64]) -> _Drawn:
    """Return what is drawn between each two members: changed links first, then those that count."""
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


# --- the page ----------------------------------------------------------------------------------


def diff_page(found: Diff) -> str:
    """Return the page; see :meth:`Diff.to_html`."""
    parts = ["<h1>What changed, and why</h1>", "<ul>"]
    parts += [f"<li>{escape(sentence)}</li>" for sentence in found.sentences]
    parts.append("</ul>")
    changes = found.changes
    for row in range(min(len(changes), MAX_PICTURES)):
        picture = found.diagram(row).to_svg()
        causes = found.causes.filter(row=row)
        parts.append(f"<h2>{row + 1}. {escape(changes['change'][row])}</h2>")
        parts.append(f"<figure>{picture}</figure>")
        parts.append(_table(causes, SHOWN["causes"]))
    if len(changes) > MAX_PICTURES:
        parts.append(f"<p>Shown {MAX_PICTURES} of {len(changes):,} changes.</p>")
    for title, frame, columns in (
        ("Changes of clusters", changes, SHOWN["changes"]),
        ("Members in another cluster", found.moves, SHOWN["moves"]),
        ("Links", found.links, SHOWN["links"]),
        ("Systems, tables and columns", found.nodes, SHOWN["nodes"]),
        ("Contradictions", found.contradictions, SHOWN["contradictions"]),
        ("What a new setting would change", found.setting_changes, SHOWN["setting_changes"]),
    ):
        if len(frame):
            parts += [f"<h2>{title}</h2>", _table(frame, columns)]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What changed, and why</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def _table(frame: Frame, columns: tuple[str, ...]) -> str:
    """Return a table of whole cells, and how many rows it has not."""
    shown = frame.select(*columns).head(MAX_ROWS).shown()
    names = [name.replace("_", " ") for name in shown.columns]
    table = html_table(names, [list(row.values()) for row in shown], whole=True)
    if len(shown) < len(frame):
        table += f"<p>Shown {len(shown):,} of {len(frame):,} rows.</p>"
    return table
