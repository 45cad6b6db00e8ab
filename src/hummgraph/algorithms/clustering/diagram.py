"""A cluster as a small picture: its members, and the links that hold or contradict it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.steps import box_of, line_of, step_of
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.drawing.diagram.diagram import Diagram, Line, LineStyle
from hummgraph.graph.policy import APPROVED, REJECTED

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.elements import Node

__all__ = ["cluster_diagram"]


def cluster_diagram(
    clusters: Clusters, cluster: str | int | UUID | Node, *, max_boxes: int
) -> Diagram:
    """Draw a cluster; see :meth:`Clusters.diagram`."""
    check_count("max_boxes", max_boxes)
    position = clusters[cluster].index
    graph = clusters.graph
    links = graph.arrays.links
    source, target = links.ends.source, links.ends.target
    rejected = links.status == REJECTED
    mine = clusters.labels[source] == position
    rows = np.flatnonzero(mine & (clusters.holding_links | (clusters.internal_links & rejected)))
    members = np.flatnonzero(clusters.labels == position)
    drawn = _most_linked(members, source[rows], target[rows], max_boxes)
    rows = rows[np.isin(source[rows], drawn) & np.isin(target[rows], drawn)]
    # Of parallel links the most telling is drawn: REJECTED, then APPROVED, then the best.
    weight = np.nan_to_num(graph.weights[rows])
    order = rows[np.lexsort((-weight, links.status[rows] != APPROVED, ~rejected[rows]))]
    best: dict[tuple[int, int], list[int]] = {}
    for row in order.tolist():
        pair = sorted((int(source[row]), int(target[row])))
        best.setdefault((pair[0], pair[1]), []).append(row)
    boxes = tuple(box_of(graph, node, rank=0) for node in drawn.tolist())
    lines = tuple(_link_line(clusters, found) for found in best.values())
    notes = [f"shown {len(drawn):,} of {len(members):,} {clusters.level}s"]
    n_rejected = sum(bool(rejected[found[0]]) for found in best.values())
    if n_rejected:
        notes.append(f"{n_rejected:,} rejected, but approved links force them in")
    title = f"{clusters.names[position]} ({clusters.ids[position]})"
    return Diagram(title, boxes, lines, notes=tuple(notes), lanes="columns")


def _most_linked(
    members: NDArray[np.intp],
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    most: int,
) -> NDArray[np.intp]:
    """Choose the members with most links."""
    if len(members) <= most:
        return members
    ends = np.concatenate([source, target])
    degree = np.bincount(np.searchsorted(members, ends), minlength=len(members))
    return np.sort(members[np.argsort(-degree, kind="stable")[:most]])


def _link_line(clusters: Clusters, rows: list[int]) -> Line:
    graph = clusters.graph
    ends = graph.arrays.links.ends
    step = step_of(graph, rows[0], int(ends.source[rows[0]]), int(ends.target[rows[0]]))
    line = line_of(step, directed=False)
    if line.style is LineStyle.REJECTED:
        return replace(line, label="rejected")
    return replace(line, label=f"{line.label}, best of {len(rows):,}") if rows[1:] else line
