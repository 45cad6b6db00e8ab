"""Graphs as pyvis networks, with styles and positions and without physics.

pyvis is filled directly, in one pass: its own ``add_edge`` reads every node for every edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.drawing.picture import MARGIN, SIZES, n_links_of, picture_of
from hummgraph.errors import MissingDependencyError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import counted, visible
from hummgraph.graph.elements import Level
from hummgraph.graph.labels import check_same_nodes
from hummgraph.graph.policy import APPROVED, REJECTED, SUGGESTED
from hummgraph.graph.projection import Projection
from hummgraph.records.ids import id_strings
from hummgraph.records.redaction import KeptEvidence, kept_link_types, kept_statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyvis.network import Network

    from hummgraph.drawing.picture import Picture
    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "CLUSTER_COLOURS",
    "leading_status",
    "line_style",
    "network_of_picture",
    "to_pyvis",
]

# Okabe and Ito, "Color universal design" (2008): distinct for every kind of colour vision.
# The purple of rejected links is darker, to be visible as a thin line on white.
_COLOURS: Final = {APPROVED: "#0072B2", SUGGESTED: "#E69F00", REJECTED: "#B0396B"}
_THICKNESS: Final = {APPROVED: 2.2, SUGGESTED: 1.2, REJECTED: 1.0}
CLUSTER_COLOURS: Final = (
    "#56B4E9",
    "#E69F00",
    "#009E73",
    "#F0E442",
    "#CC79A7",
    "#D55E00",
    "#0072B2",
    "#999999",
)
_DARK_FILLS: Final = frozenset({"#009E73", "#D55E00", "#0072B2"})  # need white text
MAX_DASHED_LINES: Final = 500  # vis-network is slow with more
_FACE: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_INK, _QUIET, _FILL, _RULE = "#1b2733", "#66717c", "#ffffff", "#a9b4bf"
MAX_LISTED_LINKS: Final = 8  # in the title of a line


def to_pyvis(
    graph: LinkGraph | Projection,
    *,
    containment: bool = False,
    clusters: ClusterLabels | None = None,
) -> Network:
    """Return a pyvis network of a graph.

    Each system has a lane with its tables, and below these the columns that have links. Above 300
    such columns, tables are drawn, and each line represents all links between two tables. To draw
    another level, pass a projection.

    Parameters
    ----------
    graph
        The graph to draw.
    containment
        Whether to draw containment as thin lines.
    clusters
        Clusters by which columns are coloured.

    Returns
    -------
    pyvis.network.Network
        Ids are node and link ids. Labels and titles are plain text without evidence.

    Raises
    ------
    ArgumentError
        If the clusters belong to a graph with other nodes.
    MissingDependencyError
        If pyvis is not installed.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> network = to_pyvis(LinkGraph(load_demo().snapshot()))
    >>> network.num_nodes()
    70
    """
    if not isinstance(graph, Projection):
        check_graph(graph, "to_pyvis")
    picture = picture_of(graph)
    if clusters is not None:
        check_same_nodes(picture.graph.arrays.nodes, clusters)
    return network_of_picture(picture, containment=containment, clusters=clusters)


# --- style -----------------------------------------------------------------------------------


def network_of_picture(
    picture: Picture,
    *,
    containment: bool,
    clusters: ClusterLabels | None,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
) -> Network:
    """Return a pyvis network of a picture."""
    try:
        from pyvis.network import Network
    except ImportError as error:
        raise MissingDependencyError("pyvis is not installed.", hint="pip install pyvis") from error
    network = Network(height="800px", directed=True, cdn_resources="in_line")
    network.toggle_physics(status=False)
    options = network.options
    options.interaction.hover = True
    options.interaction.tooltipDelay = 120
    options.interaction.dragNodes = False
    # pyvis writes any content of its options; these two have no setter.
    options.edges.arrows = {"to": {"enabled": True, "scaleFactor": 0.45}}
    options.edges.smooth = {
        "enabled": True,
        "type": "cubicBezier",
        "forceDirection": "horizontal",
        "roundness": 0.5,
    }
    options.nodes = {
        "borderWidth": 1,
        "shapeProperties": {"borderRadius": 4},
        "margin": {"top": 4, "bottom": 4, "left": MARGIN, "right": MARGIN},
    }
    network.nodes = _node_items(picture, clusters)
    network.node_ids = [node["id"] for node in network.nodes]
    network.node_map = {node["id"]: node for node in network.nodes}
    network.edges = _line_items(picture, network.node_ids, kept_evidence)
    if containment:
        network.edges += _containment_items(picture, network.node_ids)
    return network


def _node_items(picture: Picture, clusters: ClusterLabels | None) -> list[dict[str, Any]]:
    nodes = picture.graph.arrays.nodes
    drawn = pa.array(picture.drawn)
    touched = n_links_of(picture.graph)[picture.drawn].tolist()
    labels = clusters.labels[picture.drawn].tolist() if clusters else [-1] * len(drawn)
    styled = []
    for node_id, path, kind, data_type, depth, label, width, x, y, n_links, cluster in zip(
        nodes.id_text.take(drawn).to_pylist(),
        nodes.marked_path.take(drawn).to_pylist(),
        nodes.kind.take(drawn).to_pylist(),
        nodes.data_type.take(drawn).to_pylist(),
        nodes.depth[picture.drawn].tolist(),
        picture.labels,
        picture.widths.tolist(),
        np.round(picture.placement.x, 1).tolist(),
        np.round(picture.placement.y, 1).tolist(),
        touched,
        labels,
        strict=True,
    ):
        level = tuple(Level)[depth]
        facts = [visible(text) for text in (kind, data_type) if text]
        title = f"{visible(path)}\n{', '.join([*facts, counted(n_links, 'link')])}"
        text, fill, border, ink = label, _FILL, _RULE, _INK
        if level is Level.INTEGRATION_SOURCE:
            fill, border, ink = _INK, _INK, _FILL
        elif level is Level.TABLE:
            text = f"{label}  {n_links:,}" if n_links else label
        if not n_links and level is Level.TABLE:
            fill, border, ink = "#eef1f4", "#d3dae0", _QUIET
        if clusters is not None and cluster >= 0:
            text = f"{label} #{cluster}"
            title += f"\ncluster {cluster}: {visible(clusters.names[cluster])}"
            if clusters.n_contradictions[cluster]:
                title += f"\n{counted(int(clusters.n_contradictions[cluster]), 'contradiction')}"
            fill = CLUSTER_COLOURS[cluster] if cluster < len(CLUSTER_COLOURS) else "#dce3e9"
            border, ink = _QUIET, _FILL if fill in _DARK_FILLS else _INK
        styled.append(
            {
                "id": node_id,
                "label": text,
                "title": _safe_title(title),
                "shape": "box",
                "x": x,
                "y": y,
                "color": {
                    "background": fill,
                    "border": border,
                    "highlight": {"background": fill, "border": "#000000"},
                    "hover": {"background": fill, "border": "#000000"},
                },
                "font": {"face": _FACE, "size": SIZES[level], "color": ink, "align": "left"},
                # Of the text alone, and no maximum: at some zooms a browser draws it a tenth wider.
                "widthConstraint": {"minimum": round(width - 2 * MARGIN, 1)},
            }
        )
    return styled


def _safe_title(text: str) -> str:
    # One "href" in any title makes pyvis' own page read all of them as markup. A word joiner
    # is invisible and keeps the two halves on one line.
    return text.replace("href", "h\u2060ref")


def _line_items(
    picture: Picture, ids: Sequence[str], kept_evidence: KeptEvidence
) -> list[dict[str, Any]]:
    graph = picture.graph
    arrays = graph.arrays
    line = np.repeat(np.arange(picture.n_lines), np.diff(picture.first))
    status = arrays.links.status[picture.link_index]
    counts = np.zeros((picture.n_lines, len(arrays.statuses)), dtype=np.int64)
    np.add.at(counts, (line, status), 1)
    leading = leading_status(counts)
    # Of many links the strongest are listed.
    confidence = arrays.links.confidence[picture.link_index]
    order = np.lexsort((picture.link_index, -np.nan_to_num(confidence, nan=-1.0), line))
    labels = graph.snapshot.label_vocabulary
    statuses = kept_statuses(arrays.statuses, kept_evidence, labels)
    link_types = kept_link_types(arrays.link_types, kept_evidence, labels)
    texts = _link_texts(graph, picture.link_index[order], statuses, link_types)
    link_ids = id_strings(graph.link_ids[picture.link_index[picture.first[:-1]]]).to_pylist()
    rank = _parallel_rank(picture)
    steep = _is_steep(picture)
    around = picture.level is Level.INTEGRATION_SOURCE
    dashed = np.count_nonzero(leading == REJECTED) <= MAX_DASHED_LINES
    # The more lines there are, the fainter those that are not approved.
    faint = float(np.clip(400 / max(picture.n_lines, 1), 0.3, 0.7).round(2))
    styled = []
    for index in range(picture.n_lines):
        begin, end = int(picture.first[index]), int(picture.first[index + 1])
        source, target = ids[picture.source[index]], ids[picture.target[index]]
        one = end - begin == 1
        title = texts[begin]
        if not one:
            title = _list_title(picture, index, counts[index], texts[begin:end], statuses)
        state = int(leading[index])
        style = line_style(state)
        edge: dict[str, Any] = {
            "id": link_ids[index] if one else f"{source}--{target}",
            "from": source,
            "to": target,
            "title": _safe_title(title),
            "width": round(style["width"] + 0.4 * float(np.log2(end - begin)), 1),
            "color": {
                "color": style["colour"],
                "opacity": 0.85 if state == APPROVED else faint,
                "highlight": style["colour"],
                "hover": style["colour"],
            },
        }
        if state == REJECTED and dashed:
            edge["dashes"] = [4, 4]
        if steep[index] or around:
            edge["smooth"] = {"type": "curvedCW", "roundness": 0.15 if around else 0.3}
        elif rank[index]:
            edge["smooth"] = {"type": "curvedCW", "roundness": round(0.08 * int(rank[index]), 2)}
        styled.append(edge)
    return styled


def line_style(status: int) -> dict[str, Any]:
    """Return the style of a status: its colour, and its width and dashes for use without colour."""
    return {
        "colour": _COLOURS.get(status, "#777777"),
        "width": _THICKNESS.get(status, 1.0),
        "dashed": status == REJECTED,
    }


def leading_status(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the status in whose style a line is drawn: APPROVED first, REJECTED last.

    Parameters
    ----------
    counts
        Number of links of each line by status, shape (n_lines, n_statuses).
    """
    others = np.arange(REJECTED + 1, counts.shape[1])
    precedence = np.array([APPROVED, SUGGESTED, *others, REJECTED])
    found: NDArray[np.intp] = precedence[(counts[:, precedence] > 0).argmax(axis=1)]
    return found


def _is_steep(picture: Picture) -> NDArray[np.bool_]:
    """Return a mask of steep lines, which would run behind nodes if they were straight."""
    x, y = picture.placement.x, picture.placement.y
    across = np.abs(x[picture.source] - x[picture.target])
    steep: NDArray[np.bool_] = across < 0.4 * np.abs(y[picture.source] - y[picture.target])
    return steep


def _parallel_rank(picture: Picture) -> NDArray[np.intp]:
    """Return the number of each line among those of its pair, so that none hides another."""
    low = np.minimum(picture.source, picture.target)
    high = np.maximum(picture.source, picture.target)
    order = np.lexsort((high, low))
    new = np.ones(picture.n_lines, dtype=bool)
    new[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    begin = np.maximum.accumulate(np.where(new, np.arange(picture.n_lines), 0))
    rank = np.empty(picture.n_lines, dtype=np.intp)
    rank[order] = np.arange(picture.n_lines) - begin
    return rank


def _link_texts(
    graph: LinkGraph,
    link_index: NDArray[np.intp],
    statuses: Sequence[str],
    link_types: Sequence[str],
) -> list[str]:
    """Return a description of each link in a line or two of plain text."""
    arrays = graph.arrays
    links, path = arrays.links.take(link_index), arrays.nodes.marked_path
    return [
        f"{visible(source)} \u2192 {visible(target)}\n{visible(statuses[status])},"
        f" {visible(link_types[link_type])},"
        f" {'no confidence' if confidence != confidence else f'confidence {confidence:.3g}'}"  # noqa: PLR0124 - NaN
        for source, target, status, link_type, confidence in zip(
            path.take(pa.array(links.ends.source)).to_pylist(),
            path.take(pa.array(links.ends.target)).to_pylist(),
            links.status.tolist(),
            links.link_type.tolist(),
            links.confidence.tolist(),
            strict=True,
        )
    ]


def _list_title(
    picture: Picture,
    index: int,
    counts: NDArray[np.int64],
    texts: Sequence[str],
    statuses: Sequence[str],
) -> str:
    by_status = ", ".join(
        f"{n:,} {visible(status)}" for n, status in zip(counts.tolist(), statuses, strict=True) if n
    )
    source, target = picture.labels[picture.source[index]], picture.labels[picture.target[index]]
    title = f"{source} \u2192 {target}: {counted(len(texts), 'link')} ({by_status})"
    for text in texts[:MAX_LISTED_LINKS]:
        title += f"\n\n{text}"
    if len(texts) > MAX_LISTED_LINKS:
        title += f"\n\nshown {MAX_LISTED_LINKS} of {len(texts):,}"
    return title


def _containment_items(picture: Picture, ids: Sequence[str]) -> list[dict[str, Any]]:
    parent = picture.graph.arrays.nodes.parent[picture.drawn]
    position = {code: index for index, code in enumerate(picture.drawn.tolist())}
    return [
        {
            "id": f"contains-{ids[child]}",
            "from": ids[position[above]],
            "to": ids[child],
            "width": 0.5,
            "color": {"color": _RULE, "opacity": 0.6},
            "arrows": "",
            "smooth": False,
            "title": "contains",
        }
        for child, above in enumerate(parent.tolist())
        if above >= 0
    ]
