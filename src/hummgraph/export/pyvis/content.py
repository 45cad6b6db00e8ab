"""The content of the page: all that its script shows, as plain data."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.drawing.picture import MAX_COLUMNS_DRAWN, n_links_of
from hummgraph.drawing.pyvis import (
    CLUSTER_COLOURS,
    leading_status,
    line_style,
    network_of_picture,
)
from hummgraph.frames import counted, visible
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.ids import id_strings
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    redact_evidence,
)
from hummgraph.records.vocabulary import NO_VOCABULARY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.drawing.picture import Picture

__all__ = ["BUDGET", "counts_of", "page_content"]

BUDGET: Final = 200
"""Lines drawn until the reader selects something: about as many as an eye can separate."""

_DIRECTION_NOTE: Final = (
    "A line runs from the link's source to its target. That is how Humm names its ends; it is no"
    " proof that data flows so."
)
_LEVEL_NAMES: Final = {Level.INTEGRATION_SOURCE: "system", Level.TABLE: "table"}


def page_content(
    picture: Picture, clusters: Clusters | None, kept_evidence: KeptEvidence, *, containment: bool
) -> dict[str, Any]:
    """Return the content that the page draws and lists, as values that JSON can hold."""
    network = network_of_picture(
        picture, containment=containment, clusters=clusters, kept_evidence=kept_evidence
    )
    nodes, edges, _, _, _, options = network.get_network_data()
    arrays = picture.graph.arrays
    paths = [visible(path) for path in arrays.nodes.marked_path.to_pylist()]
    for node, code in zip(nodes, picture.drawn.tolist(), strict=True):
        node["path"] = paths[code]
        node["about"] = node["title"].partition("\n")[2].replace("\n", ", ")
        node["heading"] = bool(arrays.nodes.depth[code] == 0)
    for edge in edges:
        # The panel lists the links, so the tooltip does not.
        edge["title"] = edge["title"].partition("\n\n")[0]
    counts = picture.graph.n_links_by_status
    vocabulary = picture.graph.snapshot.label_vocabulary
    statuses = kept_statuses(arrays.statuses, kept_evidence, vocabulary)
    link_types = kept_link_types(arrays.link_types, kept_evidence, vocabulary)
    return {
        "nodes": nodes,
        "edges": edges,
        "options": json.loads(options),
        "lanes": [
            [lane.left, lane.top, lane.right, lane.bottom] for lane in picture.placement.lanes
        ],
        "statuses": [
            {"name": visible(name), "n": counts[stored], **line_style(code)}
            for code, (name, stored) in enumerate(zip(statuses, arrays.statuses, strict=True))
        ],
        "types": [visible(name) for name in link_types],
        "paths": paths,
        "places": _search_entries(picture),
        "links": _link_columns(picture, kept_evidence),
        "first": picture.first.tolist(),
        "order": _line_order(picture),
        "budget": BUDGET,
        "approvedPass": picture.graph.policy.approved == "accept",
        "clusters": None if clusters is None else _cluster_list(picture, clusters),
        "legend": _legend_entries(picture, clusters),
        "notes": _page_notes(picture, kept_evidence),
    }


def _drawn_node_of_each(picture: Picture) -> list[int]:
    """Return, for each node of the graph, the drawn node that represents it; -1 for none."""
    nodes = picture.graph.arrays.nodes
    position = np.full(len(nodes) + 1, -1)  # the last entry, for position -1, stands for no parent
    position[picture.drawn] = np.arange(len(picture.drawn))
    itself, table, system = position[:-1], position[nodes.ancestor[1]], position[nodes.ancestor[0]]
    drawn: list[int] = np.where(itself >= 0, itself, np.where(table >= 0, table, system)).tolist()
    return drawn


def _search_entries(picture: Picture) -> list[list[int]]:
    """Return the nodes that a search can find, each with the drawn node that represents it."""
    drawn, nodes = _drawn_node_of_each(picture), picture.graph.arrays.nodes
    paths, depth = nodes.path.to_pylist(), nodes.depth.tolist()
    order = sorted(range(len(nodes)), key=lambda code: (depth[code], paths[code]))
    return [[code, drawn[code]] for code in order if drawn[code] >= 0]


def _link_columns(picture: Picture, kept_evidence: KeptEvidence) -> dict[str, list[Any]]:
    """Return the drawn links as columns, sorted by line."""
    graph = picture.graph
    links = graph.arrays.links.take(picture.link_index)
    # A threshold compares the stored confidence, or without one the weight that the policy gives.
    counts = np.where(
        np.isnan(links.confidence), graph.weights[picture.link_index], links.confidence
    )
    evidence = graph.snapshot.links.column("evidence").take(pa.array(links.row)).to_pylist()
    return {
        "id": id_strings(graph.link_ids[picture.link_index]).to_pylist(),
        "source": links.ends.source.tolist(),
        "target": links.ends.target.tolist(),
        "status": links.status.tolist(),
        "type": links.link_type.tolist(),
        "confidence": _null_for_nan(links.confidence),
        "counts": _null_for_nan(counts),
        "evidence": redact_evidence(
            evidence,
            kept_evidence,
            graph.snapshot.vocabulary
            if kept_evidence is KeptEvidence.VOCABULARY
            else NO_VOCABULARY,
        ),
    }


def _null_for_nan(numbers: NDArray[np.float64]) -> list[float | None]:
    """Return numbers with ``None`` for NaN."""
    return [None if math.isnan(number) else number for number in numbers.tolist()]


def _line_order(picture: Picture) -> list[int]:
    """Return the lines sorted by which to draw first.

    APPROVED lines come first, then lines of high confidence, then lines of many links.
    """
    links = picture.graph.arrays.links.take(picture.link_index)
    line = np.repeat(np.arange(picture.n_lines), np.diff(picture.first))
    best = np.full(picture.n_lines, -1.0)
    joins = links.status != REJECTED
    np.maximum.at(best, line[joins], np.nan_to_num(links.confidence[joins], nan=0.0))
    counts = np.zeros((picture.n_lines, len(picture.graph.arrays.statuses)), dtype=np.int64)
    np.add.at(counts, (line, links.status), 1)
    approved = leading_status(counts) == APPROVED
    order: list[int] = np.lexsort((-np.diff(picture.first), -best, ~approved)).tolist()
    return order


def _cluster_list(picture: Picture, clusters: Clusters) -> dict[str, Any]:
    """Return the clusters with their members, and a sentence about them."""
    drawn = _drawn_node_of_each(picture)
    members: list[list[list[int]]] = [[] for _ in range(clusters.n_clusters)]
    for code in np.flatnonzero(clusters.labels >= 0).tolist():
        members[clusters.labels[code]].append([code, drawn[code]])
    about = (
        f"{counted(sum(map(len, members)), str(clusters.level))} by {clusters.method}"
        f" at {clusters.threshold:g} {clusters.threshold_scale}."
    )
    if clusters.contradictions:
        n_rejected = counted(len(clusters.contradictions), "rejected link")
        about += f" APPROVED links force {n_rejected} into them."
    return {
        "about": about,
        "list": [
            {
                "name": visible(clusters.names[label])
                + _contradictions_mark(int(clusters.n_contradictions[label])),
                "members": members[label],
            }
            for label in clusters.order.tolist()
        ],
    }


def _contradictions_mark(n_rejected: int) -> str:
    """Return the mark of a cluster with contradictions, and an empty text for others."""
    return f" \N{WARNING SIGN} {counted(n_rejected, 'contradiction')}" if n_rejected else ""


def _legend_entries(picture: Picture, clusters: Clusters | None) -> list[dict[str, str]]:
    """Return the entries of the legend: colours and their meaning."""
    legend = [{"fill": "#ffffff", "border": "#a9b4bf", "text": "table, with its number of links"}]
    if picture.level is Level.INTEGRATION_SOURCE:
        legend = []
    elif not n_links_of(picture.graph)[picture.drawn].all():
        legend.append({"fill": "#eef1f4", "border": "#d3dae0", "text": "table without links"})
    if clusters is not None and (clusters.labels[picture.drawn] >= 0).any():
        text = f"in a cluster, by its number; the {len(CLUSTER_COLOURS)} largest have colours"
        legend.append({"fill": CLUSTER_COLOURS[0], "border": "#66717c", "text": text})
    return legend


def _page_notes(picture: Picture, kept_evidence: KeptEvidence) -> list[str]:
    """Return the notes below the picture."""
    notes = [counts_of(picture) + "."]
    if picture.level is not Level.COLUMN:
        notes.append(
            f"A line stands for all links from one {_LEVEL_NAMES[picture.level]} to another: select"
            " it to read them. The thicker, the more."
        )
    if picture.level is Level.TABLE:
        notes.append(
            f"Columns are drawn where no more than {MAX_COLUMNS_DRAWN} have links: write a part of"
            " the graph to see them."
        )
    missing = picture.graph.n_links - len(picture.link_index)
    if missing:
        notes.append(f"Not drawn, since they end above that level: {counted(missing, 'link')}.")
    notes += [
        _DIRECTION_NOTE,
        "A link without a confidence fails every threshold"
        + (
            "; an APPROVED one passes all."
            if picture.graph.policy.approved == "accept"
            else ", unless the policy says what it counts as."
        ),
        kept_evidence.describe(),
    ]
    return notes


def counts_of(picture: Picture) -> str:
    """Return a sentence that says how much of the graph is in a picture."""
    inside = {
        what: f" ({m:,} {what} inside them)"
        for what, level in (("tables", Level.INTEGRATION_SOURCE), ("columns", Level.TABLE))
        for name, _, m in picture.shown()
        if name == what and picture.level is level
    }
    parts: list[str] = []
    for what, n, m in picture.shown():
        if what in inside:
            parts[-1] += inside[what]
        elif what == "links" or n:
            parts.append(f"{n:,} of {m:,} {what}")
    return "In this picture: " + ", ".join(parts)
