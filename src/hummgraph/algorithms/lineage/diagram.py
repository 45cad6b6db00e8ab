"""The picture of a lineage: the nodes and links to draw, and counts of the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.steps import line_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from hummgraph.drawing.diagram.diagram import Line
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Drawn", "count", "counts_by_depth", "draw_lines", "draw_nodes"]

# A hub's neighbours are often linked to each other, all with all: forty boxes may have hundreds of
# lines between them, of which none can be followed by eye.
MAX_LINES_PER_BOX: Final = 3


def count(n: int, what: str) -> str:
    """Return a count with its noun."""
    return f"{n:,} {what}{'s' * (n != 1)}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawn part: nodes by position, in the order chosen, and the pairs of best paths."""

    nodes: dict[int, int] = field(default_factory=dict)
    pairs: set[tuple[int, int]] = field(default_factory=set)


def draw_nodes(
    order: Iterable[int],
    walk_to: Callable[[int], Sequence[tuple[int, int, int]]],
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    max_boxes: int,
) -> Drawn:
    """Choose nodes, each with its best path, as long as they fit.

    Parameters
    ----------
    order
        Positions of nodes, the most important first, without the nodes to start from.
    walk_to
        Function that returns the best path to a node: edge, node before, node after; from the
        start.
    ends
        Sources and targets of the edges.
    max_boxes
        Largest number of nodes.
    """
    drawn = Drawn()
    for wanted in order:
        walk = walk_to(wanted)
        # A best path may take a longer way, over nodes that come later.
        new = [node for node in (walk[0][1], *(on[2] for on in walk)) if node not in drawn.nodes]
        if len(drawn.nodes) + len(new) > max_boxes:
            break
        for node in new:
            drawn.nodes[node] = len(drawn.nodes)
        drawn.pairs.update((int(ends[0][edge]), int(ends[1][edge])) for edge, _, _ in walk)
    return drawn


def draw_lines(
    graph: LinkGraph,
    drawn: Drawn,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    item: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> tuple[tuple[Line, ...], int]:
    """Draw the best of the links between each two nodes, and count all such pairs.

    Parameters
    ----------
    graph
        The graph of the links.
    drawn
        The chosen part; all pairs of its best paths are drawn, then the most confident others.
    ends, item, weight
        The links of the lineage, as they stand among edges: shape (n_links,).
    """
    source, target = ends
    inside = np.zeros(graph.n_nodes, dtype=bool)
    inside[list(drawn.nodes)] = True
    shown = np.flatnonzero(inside[source] & inside[target])
    best: dict[tuple[int, int], int] = {}
    n_links: Counter[tuple[int, int]] = Counter()
    for at in shown[np.argsort(-weight[shown], kind="stable")].tolist():
        pair = int(source[at]), int(target[at])
        best.setdefault(pair, at)
        n_links[pair] += 1
    # The dict has the most confident first, and sorting keeps that.
    pairs = sorted(best, key=lambda pair: pair not in drawn.pairs)
    most = max(len(drawn.pairs), MAX_LINES_PER_BOX * len(drawn.nodes))
    lines = []
    chosen = sorted(pairs[:most], key=best.__getitem__)
    items = [int(item[best[pair]]) for pair in chosen]
    steps = steps_of(graph, items, *([pair[side] for pair in chosen] for side in (0, 1)))
    for pair, step in zip(chosen, steps, strict=True):
        # The direction of a lifted link does not follow from its own ends.
        line = line_of(replace(step, forward=True), directed=True)
        if n_links[pair] > 1:
            line = replace(line, label=f"{line.label}, best of {n_links[pair]:,}")
        lines.append(line)
    return tuple(lines), len(pairs)


def counts_by_depth(drawn: Iterable[int], standing: Iterable[int], left_out: dict[int, int]) -> str:
    """Return the numbers of nodes drawn and of all nodes as a text, in total and at each depth.

    Parameters
    ----------
    drawn, standing
        Depths of the nodes drawn, and of all nodes of the lineage.
    left_out
        Nodes that a cap left out, by depth.
    """
    some, every = Counter(drawn), Counter(standing) + Counter(left_out)
    depths = "; ".join(f"depth {at}: {some[at]:,} of {every[at]:,}" for at in sorted(every))
    return f"shown {some.total():,} of {count(every.total(), 'node')} ({depths})"
