"""Links of other levels that lead on from the nodes of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.frames import Frame
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["OtherLevels", "format_count_at", "leads_on"]

_LEVEL_NAMES: Final = ("system", "table", "column")


@dataclass(frozen=True, slots=True, eq=False)
class OtherLevels:
    """Nodes that contain a reached node, or lie in one, with links that lead on from them.

    Arrays of shape (n,), one row a node, in order of position.
    """

    graph: LinkGraph
    node: NDArray[np.int64]
    reached: NDArray[np.int64]
    """The reached node that lies in this node, or contains it; of several, the first."""
    n_links: NDArray[np.int64]
    level: Level
    """The level to which all these links and reached nodes can be lifted."""

    def __len__(self) -> int:
        return len(self.node)

    @property
    def sentence(self) -> str:
        """Number of links that lead on, and from where, as a sentence; empty without any.

        Examples
        --------
        >>> from hummgraph import LinkGraph, downstream
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = downstream(graph, "Stripe/customers.email", level="integration_source")
        >>> len(found.other_levels), found.stopped_at
        (0, None)
        """
        depth = self.graph.arrays.nodes.depth[self.node]
        parts = [
            format_count_at(int(self.n_links[depth == at].sum()), at, int((depth == at).sum()))
            for at in range(3)
            if (depth == at).any()
        ]
        return " and ".join(parts)

    def to_frame(self, depth: NDArray[np.int64]) -> Frame:
        """Return one row a node; ``depth`` holds the depth of each node of the graph."""
        nodes, rows = self.graph.arrays.nodes, pa.array(self.node)
        levels = pa.DictionaryArray.from_arrays(nodes.depth[self.node], list(map(str, Level)))
        table = pa.table(
            {
                "node_id": nodes.id_text.take(rows),
                "path": nodes.path.take(rows),
                "level": levels.cast(pa.string()),
                "reached_path": nodes.path.take(pa.array(self.reached)),
                "depth": depth[self.reached],
                "n_links": self.n_links,
            }
        )
        order = np.lexsort((self.node, -self.n_links, np.abs(depth[self.reached])))
        return Frame(table.take(pa.array(order)))


def format_count_at(n_links: int, depth: int, n_nodes: int) -> str:
    """Return the number of links that lead on from a number of nodes of a level, as text.

    Examples
    --------
    >>> format_count_at(2, 1, 1)
    '2 links from 1 table'
    """
    return (
        f"{n_links:,} link{'s' * (n_links != 1)}"
        f" from {n_nodes:,} {_LEVEL_NAMES[depth]}{'s' * (n_nodes != 1)}"
    )


def leads_on(
    graph: LinkGraph,
    reached: NDArray[np.int64],
    directions: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]],
    *,
    starts: int = 0,
    lifted: int | None = None,
) -> OtherLevels:
    """Return links that lead on from nodes that contain reached ones or lie in them.

    Parameters
    ----------
    graph
        The graph of the nodes.
    reached
        Positions of reached nodes, in order of the search.
    starts
        Number of these that are starts of the search: a start includes everything in it.
    ways
        Nodes of ``reached`` from which the search could continue, by direction, and the
        beginnings and ends of links in that direction.
    lifted
        Depth of the level that links were lifted to; links below it have been followed.

    Notes
    -----
    O(n + m) for n nodes and m links. Links with both ends in or around reached nodes lead nowhere
    else.
    """
    nodes = graph.arrays.nodes
    ancestor, n = nodes.ancestor, len(nodes)
    shown = np.zeros(n, dtype=bool)
    shown[reached] = True
    known = _related_nodes(ancestor, reached, shown)
    total = np.zeros(n, dtype=np.int64)
    lowest = Level.COLUMN.depth
    for able, begin, end in directions:
        near = np.zeros(n, dtype=bool)
        near[able] = True
        kept = (_related_nodes(ancestor, able, near) & ~shown)[begin] & ~known[end]
        if lifted is not None:
            kept |= near[begin] & ~known[end]
            kept &= (ancestor[lifted][begin] < 0) | (ancestor[lifted][end] < 0)
        total += np.bincount(begin[kept], minlength=n)
        ends = np.concatenate([begin[kept], end[kept]])
        lowest = int(nodes.depth[ends].min(initial=lowest))
    found = np.flatnonzero(total)
    lowest = int(nodes.depth[reached[starts:]].min(initial=lowest))
    first = _first_reached(ancestor, reached, shown)
    return OtherLevels(graph, found, first[found], total[found], list(Level)[lowest])


def _related_nodes(
    ancestor: NDArray[np.int32], nodes: NDArray[np.int64], mask: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return a mask of nodes, the nodes that contain them and the nodes in them."""
    # A node without an ancestor at a depth has -1, which would index the last node.
    inside: NDArray[np.bool_] = mask[ancestor] & (ancestor >= 0)
    related: NDArray[np.bool_] = inside[0] | inside[1] | inside[2]
    above = ancestor[:, nodes]
    related[above[above >= 0]] = True
    return np.asarray(related, dtype=bool)


def _first_reached(
    ancestor: NDArray[np.int32], reached: NDArray[np.int64], shown: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return for each node the first reached node that lies in it or contains it, else -1."""
    first = np.full(len(shown), -1, dtype=np.int64)
    for above in ancestor:
        holds = (above >= 0) & shown[above]
        first[holds] = above[holds]
    # Of several writes to one position the last one wins.
    backward = reached[::-1]
    for above in ancestor:
        held = above[backward]
        first[held[held >= 0]] = backward[held >= 0]
    return first
