"""A graph as a pyvis network: styled, with positions, physics off.

pyvis is filled directly, in one pass: its own ``add_edge`` looks at every node for every edge.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph._ids import id_strings
from hummgraph._lanes import Block, Placement, place_in_lanes, place_on_circle
from hummgraph.errors import MissingDependencyError
from hummgraph.elements import Level
from hummgraph.graph import LinkGraph
from hummgraph.policy import APPROVED, REJECTED, SUGGESTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyvis.network import Network

    from hummgraph.algorithms.clustering import Clusters
    from hummgraph.projection import Projection

__all__ = ["Picture", "network_of", "network_of_picture", "picture_of"]

COLUMNS_DRAWN: Final = 300
"""More linked columns than this are not drawn one by one: the picture is one of tables then."""

# Okabe and Ito, "Color universal design" (2008): told apart whatever the kind of colour vision.
# The purple of rejected links is darkened, to stand out as a thin line on white.
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
_WHITE_ON: Final = frozenset({"#009E73", "#D55E00", "#0072B2"})  # where dark text is hard to read
_DASHES_UP_TO: Final = 500  # dashed lines drawn; vis-network is slow with more
_FACE: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_INK, _QUIET, _FILL, _RULE = "#1b2733", "#66717c", "#ffffff", "#a9b4bf"
_CHARACTER: Final = 0.61  # width of a character of such a face, as a share of its size
_MARGIN: Final = 8
_LONGEST: Final = 26  # characters of a label; the whole name is in the title
_LISTED: Final = 8  # links listed in the title of a line
_SIZES: Final = {Level.INTEGRATION_SOURCE: 18, Level.TABLE: 14, Level.COLUMN: 12}
_HEIGHTS: Final = {Level.TABLE: 32.0, Level.COLUMN: 23.0}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn of a graph, and where.

    Parameters
    ----------
    graph
        All of it.
    level
        The lowest level that is drawn.
    drawn
        Positions of the drawn nodes among the graph's, shape (n_drawn,), increasing.
    labels
        Short names of the drawn nodes.
    widths
        Widths of their boxes, shape (n_drawn,).
    source, target
        Ends of each line, as positions among ``drawn``, shape (n_lines,).
    first
        Where the links of each line begin in ``link_index``, shape (n_lines + 1,).
    link_index
        Positions of the drawn links among the graph's, line by line.
    placement
        Where the drawn nodes stand.
    """

    graph: LinkGraph
    level: Level
    drawn: NDArray[np.intp]
    labels: tuple[str, ...]
    widths: NDArray[np.float64]
    source: NDArray[np.intp]
    target: NDArray[np.intp]
    first: NDArray[np.int64]
    link_index: NDArray[np.int64]
    placement: Placement

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return len(self.source)

    def shown(self) -> list[tuple[str, int, int]]:
        """Say of systems, tables, columns and links how many are drawn, of how many."""
        depth = self.graph.arrays.nodes.depth
        drawn = np.bincount(depth[self.drawn], minlength=3).tolist()
        every = np.bincount(depth, minlength=3).tolist()
        return [
            *zip(("systems", "tables", "columns"), drawn, every, strict=True),
            ("links", len(self.link_index), self.graph.n_links),
        ]


def network_of(
    graph: LinkGraph | Projection,
    *,
    containment: bool = False,
    clusters: Clusters | None = None,
) -> Network:
    """Give a pyvis network of a graph.

    A lane for each system, in it its tables, under them the columns that links touch. With more
    than 300 of these, tables are drawn, and each line stands for all links from one to another.
    To draw a level of one's own choice, give a projection.

    Parameters
    ----------
    graph
        What to draw.
    containment
        Draw what contains what as thin lines.
    clusters
        Colour columns by cluster.

    Returns
    -------
    pyvis.network.Network
        Ids are node and link ids. Labels and titles are plain text; evidence is not in it.

    Raises
    ------
    MissingDependencyError
        If pyvis is not installed.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> network = network_of(LinkGraph(load_demo().snapshot()))
    >>> network.num_nodes()
    70
    """
    return network_of_picture(picture_of(graph), containment=containment, clusters=clusters)


# --- what is drawn ---------------------------------------------------------------------------


def picture_of(graph: LinkGraph | Projection) -> Picture:
    """Choose what to draw of a graph, and place it."""
    if isinstance(graph, LinkGraph):
        ends = graph.arrays.links.ends
        linked = np.unique(np.concatenate([ends.source, ends.target]))
        n_columns = int(np.count_nonzero(graph.arrays.nodes.depth[linked] == Level.COLUMN.depth))
        if n_columns <= COLUMNS_DRAWN:
            every = np.arange(graph.n_links + 1)
            return _picture(graph, Level.COLUMN, ends.source, ends.target, every, every[:-1])
        graph = graph.project(Level.TABLE)
    return _picture(
        graph.graph, graph.level, graph.source, graph.target, graph.first, graph.link_index
    )


def _picture(
    graph: LinkGraph,
    level: Level,
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    first: NDArray[np.int64],
    link_index: NDArray[np.int64],
) -> Picture:
    # Systems and tables without a link are drawn too: they are what is still to be linked. Of
    # columns there are too many.
    chosen = graph.arrays.nodes.depth <= min(level.depth, Level.TABLE.depth)
    chosen[source] = True
    chosen[target] = True
    drawn = np.flatnonzero(chosen)
    position = np.cumsum(chosen) - 1
    lines = (position[source], position[target])
    labels = _labels(graph, drawn)
    if level is Level.INTEGRATION_SOURCE:
        widths = np.array([_width(label, Level.INTEGRATION_SOURCE) for label in labels])
        radius = max(200.0, float(widths.sum()) / 9)  # so that neighbours do not touch
        placement = place_on_circle(len(drawn), radius)
    else:
        placement, widths = _in_lanes(graph, drawn, lines, labels)
    return Picture(
        graph=graph,
        level=level,
        drawn=drawn,
        labels=tuple(labels),
        widths=widths,
        source=lines[0],
        target=lines[1],
        first=first,
        link_index=link_index,
        placement=placement,
    )


def _labels(graph: LinkGraph, drawn: NDArray[np.intp]) -> list[str]:
    """Give short labels: the own name, with its schema where a system has two tables called so."""
    nodes = graph.arrays.nodes
    names = nodes.name.take(pa.array(drawn)).to_pylist()
    tables = nodes.table.take(pa.array(drawn)).to_pylist()
    depth = nodes.depth[drawn].tolist()
    system = nodes.ancestor[0][drawn].tolist()
    counts = Counter(
        (above, name) for above, name, deep in zip(system, names, depth, strict=True) if deep == 1
    )
    return [
        _clipped(table if deep == 1 and counts[above, name] > 1 else name)
        for name, table, deep, above in zip(names, tables, depth, system, strict=True)
    ]


def visible(text: str) -> str:
    """Show what cannot be seen, such as a line break or a mark that turns the text around."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def _clipped(text: str) -> str:
    """Cut a label that is too long, so that it never leaves its box."""
    shown = visible(text)
    if _cells(shown) <= _LONGEST:
        return shown
    while _cells(shown) >= _LONGEST:
        shown = shown[:-1]
    return f"{shown}\u2026"


def _cells(text: str) -> int:
    """Count the cells of fixed width that a text takes; Chinese and the like take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _width(label: str, level: Level, room: int = 0) -> float:
    # Besides the text: both margins, and some room lest a wider face break the line.
    return (_cells(label) + room) * _SIZES[level] * _CHARACTER + 2 * _MARGIN + 8.0


def _in_lanes(
    graph: LinkGraph,
    drawn: NDArray[np.intp],
    lines: tuple[NDArray[np.intp], NDArray[np.intp]],
    labels: Sequence[str],
) -> tuple[Placement, NDArray[np.float64]]:
    nodes = graph.arrays.nodes
    depth = nodes.depth[drawn]
    systems, lane = np.unique(nodes.ancestor[0][drawn], return_inverse=True)
    headings = np.full(len(systems), -1)
    headings[lane[depth == 0]] = np.flatnonzero(depth == 0)
    # A column whose table is unknown stands in its lane, below no table.
    table = np.where(nodes.ancestor[1][drawn] >= 0, nodes.ancestor[1][drawn], graph.n_nodes + lane)
    below = np.flatnonzero(depth > 0)
    paths = nodes.path.take(pa.array(drawn[below])).to_pylist()
    keys = zip(lane[below].tolist(), paths, depth[below].tolist(), below.tolist(), strict=True)
    members: dict[int, list[int]] = {}
    for _, _, _, node in sorted(keys):
        members.setdefault(int(table[node]), []).append(node)
    heights = {deep: _HEIGHTS[level] for deep, level in ((1, Level.TABLE), (2, Level.COLUMN))}
    blocks, block_of = [], np.full(len(drawn), -1)
    for group in members.values():
        group.sort(key=lambda node: depth[node])  # stable: the table, then its columns by name
        block_of[group] = len(blocks)
        blocks.append(
            Block(int(lane[group[0]]), tuple(group), tuple(heights[int(depth[n])] for n in group))
        )
    wide = np.zeros(len(systems))
    levels = tuple(Level)
    for node in below.tolist():
        room = 5 if depth[node] == 1 else 4  # for the number of links, or of the cluster
        wide[lane[node]] = max(wide[lane[node]], _width(labels[node], levels[depth[node]], room))
    for number, heading in enumerate(headings.tolist()):
        if heading >= 0:
            wide[number] = max(wide[number], _width(labels[heading], Level.INTEGRATION_SOURCE))
    inside = (block_of[lines[0]] >= 0) & (block_of[lines[1]] >= 0)
    placement = place_in_lanes(
        len(drawn),
        blocks,
        headings.tolist(),
        wide.tolist(),
        (block_of[lines[0]][inside], block_of[lines[1]][inside]),
    )
    return placement, wide[lane]


# --- how it is drawn -------------------------------------------------------------------------


def network_of_picture(
    picture: Picture, *, containment: bool, clusters: Clusters | None
) -> Network:
    """Fill a pyvis network with what a picture shows."""
    try:
        from pyvis.network import Network
    except ImportError as error:
        raise MissingDependencyError("pyvis is not installed.", hint="pip install pyvis") from error
    network = Network(height="800px", directed=True, cdn_resources="in_line")
    network.toggle_physics(False)
    options = network.options
    options.interaction.hover = True
    options.interaction.tooltipDelay = 120
    options.interaction.dragNodes = False
    # pyvis writes out whatever its options hold; these two have no setter of their own.
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
        "margin": {"top": 4, "bottom": 4, "left": _MARGIN, "right": _MARGIN},
    }
    network.nodes = _nodes(picture, clusters)
    network.node_ids = [node["id"] for node in network.nodes]
    network.node_map = {node["id"]: node for node in network.nodes}
    network.edges = _lines(picture, network.node_ids)
    if containment:
        network.edges += _containment(picture, network.node_ids)
    return network


def _nodes(picture: Picture, clusters: Clusters | None) -> list[dict[str, Any]]:
    nodes = picture.graph.arrays.nodes
    drawn = pa.array(picture.drawn)
    touched = n_links_of(picture.graph)[picture.drawn].tolist()
    labels = clusters.labels[picture.drawn].tolist() if clusters else [-1] * len(drawn)
    styled = []
    for node_id, path, kind, data_type, depth, label, width, x, y, n_links, cluster in zip(
        nodes.id_text.take(drawn).to_pylist(),
        nodes.path.take(drawn).to_pylist(),
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
            fill = CLUSTER_COLOURS[cluster] if cluster < len(CLUSTER_COLOURS) else "#dce3e9"
            border, ink = _QUIET, _FILL if fill in _WHITE_ON else _INK
        styled.append(
            {
                "id": node_id,
                "label": text,
                "title": _title(title),
                "shape": "box",
                "x": x,
                "y": y,
                "color": {
                    "background": fill,
                    "border": border,
                    "highlight": {"background": fill, "border": "#000000"},
                    "hover": {"background": fill, "border": "#000000"},
                },
                "font": {"face": _FACE, "size": _SIZES[level], "color": ink, "align": "left"},
                # Of the text alone, and no most: at some zooms a browser draws it a tenth wider.
                "widthConstraint": {"minimum": round(width - 2 * _MARGIN, 1)},
            }
        )
    return styled


def n_links_of(graph: LinkGraph) -> NDArray[np.int64]:
    """Count the links of each node and of all below it, shape (n_nodes,); each link once."""
    ends, ancestor = graph.arrays.links.ends, graph.arrays.nodes.ancestor
    counts = np.zeros(graph.n_nodes + 1, dtype=np.int64)  # the last place takes what has no node
    for above in ancestor:
        source, target = above[ends.source], above[ends.target]
        counts += np.bincount(source[source >= 0], minlength=len(counts))
        counts += np.bincount(target[(target >= 0) & (target != source)], minlength=len(counts))
    return counts[:-1]


def counted(n: int, what: str) -> str:
    """Write a number of things: ``1 link``, ``2 links``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _title(text: str) -> str:
    # One "href" in any title makes pyvis' own page read all of them as markup. A word joiner
    # cannot be seen and keeps the two halves on one line.
    return text.replace("href", "h\u2060ref")


def _lines(picture: Picture, ids: Sequence[str]) -> list[dict[str, Any]]:
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
    texts = _link_texts(graph, picture.link_index[order])
    link_ids = id_strings(graph.link_ids[picture.link_index[picture.first[:-1]]]).to_pylist()
    rank = _rank_of_pair(picture)
    steep = _is_steep(picture)
    around = picture.level is Level.INTEGRATION_SOURCE
    dashed = np.count_nonzero(leading == REJECTED) <= _DASHES_UP_TO
    # The more lines there are, the fainter those that nobody has confirmed.
    faint = float(np.clip(400 / max(picture.n_lines, 1), 0.3, 0.7).round(2))
    styled = []
    for index in range(picture.n_lines):
        begin, end = int(picture.first[index]), int(picture.first[index + 1])
        source, target = ids[picture.source[index]], ids[picture.target[index]]
        one = end - begin == 1
        title = texts[begin]
        if not one:
            title = _list_title(picture, index, counts[index], texts[begin:end])
        state = int(leading[index])
        style = line_style(state)
        edge: dict[str, Any] = {
            "id": link_ids[index] if one else f"{source}--{target}",
            "from": source,
            "to": target,
            "title": _title(title),
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
    """Give the colour of a status, and what tells it without colour: width and dashes."""
    return {
        "colour": _COLOURS.get(status, "#777777"),
        "width": _THICKNESS.get(status, 1.0),
        "dashed": status == REJECTED,
    }


def leading_status(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Say which status a line is drawn in: what is approved shows, what is rejected hides.

    Parameters
    ----------
    counts
        Links of each line by status, shape (n_lines, n_statuses).
    """
    others = np.arange(REJECTED + 1, counts.shape[1])
    precedence = np.array([APPROVED, SUGGESTED, *others, REJECTED])
    found: NDArray[np.intp] = precedence[(counts[:, precedence] > 0).argmax(axis=1)]
    return found


def _is_steep(picture: Picture) -> NDArray[np.bool_]:
    """Tell the lines that go up or down: straight they would run behind all that stands between."""
    x, y = picture.placement.x, picture.placement.y
    across = np.abs(x[picture.source] - x[picture.target])
    steep: NDArray[np.bool_] = across < 0.4 * np.abs(y[picture.source] - y[picture.target])
    return steep


def _rank_of_pair(picture: Picture) -> NDArray[np.intp]:
    """Number the lines between the same two nodes, either way, so that none hides another."""
    low = np.minimum(picture.source, picture.target)
    high = np.maximum(picture.source, picture.target)
    order = np.lexsort((high, low))
    new = np.ones(picture.n_lines, dtype=bool)
    new[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    begin = np.maximum.accumulate(np.where(new, np.arange(picture.n_lines), 0))
    rank = np.empty(picture.n_lines, dtype=np.intp)
    rank[order] = np.arange(picture.n_lines) - begin
    return rank


def _link_texts(graph: LinkGraph, link_index: NDArray[np.intp]) -> list[str]:
    """Describe links in a line or two of plain text."""
    arrays = graph.arrays
    links, path = arrays.links.take(link_index), arrays.nodes.path
    return [
        f"{visible(source)} \u2192 {visible(target)}\n{visible(arrays.statuses[status])},"
        f" {visible(arrays.link_types[link_type])},"
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
    picture: Picture, index: int, counts: NDArray[np.int64], texts: Sequence[str]
) -> str:
    statuses = picture.graph.arrays.statuses
    by_status = ", ".join(
        f"{n:,} {visible(status)}" for n, status in zip(counts.tolist(), statuses, strict=True) if n
    )
    source, target = picture.labels[picture.source[index]], picture.labels[picture.target[index]]
    title = f"{source} \u2192 {target}: {counted(len(texts), 'link')} ({by_status})"
    for text in texts[:_LISTED]:
        title += f"\n\n{text}"
    if len(texts) > _LISTED:
        title += f"\n\nshown {_LISTED} of {len(texts):,}"
    return title


def _containment(picture: Picture, ids: Sequence[str]) -> list[dict[str, Any]]:
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
