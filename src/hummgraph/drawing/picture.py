"""Content of the picture of a graph, and its placement, before any style is applied."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.drawing.lanes import Block, Placement, place_in_lanes, place_on_circle
from hummgraph.frames import marked, visible
from hummgraph.graph.elements import Level
from hummgraph.graph.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["MARGIN", "MAX_COLUMNS_DRAWN", "SIZES", "Picture", "n_links_of", "picture_of"]

MAX_COLUMNS_DRAWN: Final = 300
"""Greatest number of linked columns that are drawn; above it, tables are drawn instead."""

SIZES: Final = {Level.INTEGRATION_SOURCE: 18, Level.TABLE: 14, Level.COLUMN: 12}
"""Sizes of text, in units of the picture."""

MARGIN: Final = 8
"""Margin between a text and the side of its box."""

_HEIGHTS: Final = {1: 32.0, 2: 23.0}  # of a table and of a column
_CHARACTER_WIDTH: Final = 0.61  # of a monospaced face, as a share of its size
MAX_LABEL_LENGTH: Final = 26  # characters; the title has the whole name


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Drawn part of a graph, with its placement.

    Parameters
    ----------
    graph
        The whole graph.
    level
        The lowest level drawn.
    drawn
        Positions of the drawn nodes among the graph's, shape (n_drawn,), increasing.
    labels
        Short names of the drawn nodes.
    widths
        Widths of their boxes, shape (n_drawn,).
    source, target
        Ends of each line, as positions among ``drawn``, shape (n_lines,).
    first
        Position in ``link_index`` of the first link of each line, shape (n_lines + 1,).
    link_index
        Positions of the drawn links among the graph's, line by line.
    placement
        Places of the drawn nodes.
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
        """Return for systems, tables, columns and links the numbers drawn and in all."""
        depth = self.graph.arrays.nodes.depth
        drawn = np.bincount(depth[self.drawn], minlength=3).tolist()
        every = np.bincount(depth, minlength=3).tolist()
        return [
            *zip(("systems", "tables", "columns"), drawn, every, strict=True),
            ("links", len(self.link_index), self.graph.n_links),
        ]


def picture_of(graph: LinkGraph | Projection) -> Picture:
    """Return the part of a graph to draw, with its placement."""
    if not isinstance(graph, Projection):
        ends = graph.arrays.links.ends
        linked = np.unique(np.concatenate([ends.source, ends.target]))
        n_columns = int(np.count_nonzero(graph.arrays.nodes.depth[linked] == Level.COLUMN.depth))
        if n_columns <= MAX_COLUMNS_DRAWN:
            every = np.arange(graph.n_links + 1)
            return _build_picture(
                graph, Level.COLUMN, (ends.source, ends.target), every, every[:-1]
            )
        graph = graph.project(Level.TABLE)
    return _build_picture(
        graph.graph, graph.level, (graph.source, graph.target), graph.first, graph.link_index
    )


def _build_picture(
    graph: LinkGraph,
    level: Level,
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    first: NDArray[np.int64],
    link_index: NDArray[np.int64],
) -> Picture:
    # Systems and tables without links are drawn too, as they may still have to be linked. Columns
    # without links are too many.
    chosen = graph.arrays.nodes.depth <= min(level.depth, Level.TABLE.depth)
    chosen[ends[0]] = True
    chosen[ends[1]] = True
    drawn = np.flatnonzero(chosen)
    position = np.cumsum(chosen) - 1
    lines = (position[ends[0]], position[ends[1]])
    labels = _short_labels(graph, drawn)
    if level is Level.INTEGRATION_SOURCE:
        widths = np.array([_box_width(label, Level.INTEGRATION_SOURCE) for label in labels])
        radius = max(200.0, float(widths.sum()) / 9)  # so that neighbours do not touch
        placement = place_on_circle(len(drawn), radius)
    else:
        placement, widths = _place_in_lanes(graph, drawn, lines, labels)
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


def _short_labels(graph: LinkGraph, drawn: NDArray[np.intp]) -> list[str]:
    """Return short labels: the name, with its schema if a system has two tables of that name."""
    nodes = graph.arrays.nodes
    names = nodes.name.take(pa.array(drawn)).to_pylist()
    tables = nodes.table.take(pa.array(drawn)).to_pylist()
    depth = nodes.depth[drawn].tolist()
    system = nodes.ancestor[0][drawn].tolist()
    counts = Counter(
        (above, name) for above, name, deep in zip(system, names, depth, strict=True) if deep == 1
    )
    deleted = nodes.deleted[drawn].tolist()
    return [
        marked(_clip(table if deep == 1 and counts[above, name] > 1 else name), deleted=gone)
        for name, table, deep, above, gone in zip(
            names, tables, depth, system, deleted, strict=True
        )
    ]


def _clip(text: str) -> str:
    """Return a label cut to fit its box."""
    shown = visible(text)
    if _count_cells(shown) <= MAX_LABEL_LENGTH:
        return shown
    while _count_cells(shown) >= MAX_LABEL_LENGTH:
        shown = shown[:-1]
    return f"{shown}\u2026"


def _count_cells(text: str) -> int:
    """Return the number of monospaced cells of a text; Chinese and similar characters have two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _box_width(label: str, level: Level, room: int = 0) -> float:
    # Besides the text: both margins, and room for a wider face, which would break the line.
    return (_count_cells(label) + room) * SIZES[level] * _CHARACTER_WIDTH + 2 * MARGIN + 8.0


def _place_in_lanes(
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
    # A column without a known table is placed in its lane, below no table.
    table = np.where(nodes.ancestor[1][drawn] >= 0, nodes.ancestor[1][drawn], graph.n_nodes + lane)
    below = np.flatnonzero(depth > 0)
    paths = nodes.path.take(pa.array(drawn[below])).to_pylist()
    keys = zip(lane[below].tolist(), paths, depth[below].tolist(), below.tolist(), strict=True)
    members: dict[int, list[int]] = {}
    for _, _, _, node in sorted(keys):
        members.setdefault(int(table[node]), []).append(node)
    blocks: list[Block] = []
    block_of = np.full(len(drawn), -1)
    for group in members.values():
        group.sort(key=lambda node: depth[node])  # stable: the table, then its columns by name
        block_of[group] = len(blocks)
        blocks.append(
            Block(int(lane[group[0]]), tuple(group), tuple(_HEIGHTS[int(depth[n])] for n in group))
        )
    wide = np.zeros(len(systems))
    levels = tuple(Level)
    for node in below.tolist():
        room = 5 if depth[node] == 1 else 4  # for the number of links, or that of the cluster
        wide[lane[node]] = max(
            wide[lane[node]], _box_width(labels[node], levels[depth[node]], room)
        )
    for number, heading in enumerate(headings.tolist()):
        if heading >= 0:
            wide[number] = max(wide[number], _box_width(labels[heading], Level.INTEGRATION_SOURCE))
    inside = (block_of[lines[0]] >= 0) & (block_of[lines[1]] >= 0)
    placement = place_in_lanes(
        len(drawn),
        blocks,
        headings.tolist(),
        wide.tolist(),
        (block_of[lines[0]][inside], block_of[lines[1]][inside]),
    )
    return placement, wide[lane]


def n_links_of(graph: LinkGraph) -> NDArray[np.int64]:
    """Return the number of links of each node and all below it: (n_nodes,); each link once."""
    ends, ancestor = graph.arrays.links.ends, graph.arrays.nodes.ancestor
    counts = np.zeros(graph.n_nodes + 1, dtype=np.int64)  # one more for links without a node
    for above in ancestor:
        source, target = above[ends.source], above[ends.target]
        counts += np.bincount(source[source >= 0], minlength=len(counts))
        counts += np.bincount(target[(target >= 0) & (target != source)], minlength=len(counts))
    return counts[:-1]
