"""Explanation of why there is no path, and advice on what to ask instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.adjacency import graph_edges
from hummgraph.algorithms.kernels.reach import walk_of
from hummgraph.algorithms.kernels.shortest import shortest
from hummgraph.algorithms.paths.other_levels import leads_on
from hummgraph.errors import NoPathError
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Adjacency
    from hummgraph.algorithms.paths.paths import Terminals

__all__ = ["no_path_error", "other_levels"]


def no_path_error(ends: Terminals) -> NoPathError:
    """Return the error for two ends without a path, with the number of nodes reached from each."""
    onward = _reachable_mask(ends.edges.leaving, ends.starts)
    back = _reachable_mask(ends.edges.entering, ends.ends)
    message = (
        f"No path from {ends.names[0]!r} to {ends.names[1]!r}:"
        f" {_count_others(onward, ends.starts)} can be reached from the first,"
        f" and the second can be reached from {_count_others(back, ends.ends)}."
    )
    beyond, hint = other_levels(ends)
    message = " ".join([message, *beyond])
    if ends.edges.directed and not hint:
        free = graph_edges(ends.graph, directed=False, relationships=_has_relationships(ends))
        if shortest(free, ends.starts.tolist(), ends.ends.tolist()) is not None:
            hint = "There is one if links may be followed either way: directed=False."
    left_out = int(np.isnan(ends.graph.weights).sum())
    if left_out and not hint:
        hint = (
            f"{left_out:,} links have no weight, as REJECTED ones and those without a"
            " confidence have none by default, and are not followed."
        )
    return NoPathError(message, hint=hint)


def other_levels(ends: Terminals) -> tuple[tuple[str, ...], str]:
    """Return sentences on links of another level that lead on from either end, and advice.

    Both are empty if there are no such links.
    """
    said, levels = [], []
    for which, near, adjacency, begin, end in (
        (
            "the first reaches",
            ends.starts,
            ends.edges.leaving,
            ends.edges.source,
            ends.edges.target,
        ),
        (
            "reaches the second",
            ends.ends,
            ends.edges.entering,
            ends.edges.target,
            ends.edges.source,
        ),
    ):
        nodes = np.flatnonzero(_reachable_mask(adjacency, near))
        ways = [(nodes, begin, end)]
        if not ends.edges.directed:
            ways.append((nodes, end, begin))
        if len(other := leads_on(ends.graph, nodes, ways)):
            said.append(f"Links of another level lead on from what {which}: {other.sentence}.")
            levels.append(other.level)
    return tuple(said), _level_advice(ends, levels)


def _level_advice(terminals: Terminals, levels: list[Level]) -> str:
    """Return advice if links of other levels connect the ends; else an empty text."""
    nodes = terminals.graph.arrays.nodes
    # Of an end and everything in it, the end itself is highest.
    ends = [int(side[nodes.depth[side].argmin()]) for side in (terminals.starts, terminals.ends)]
    for level in (Level.TABLE, Level.INTEGRATION_SOURCE):
        if all(level.depth < lowest.depth for lowest in levels):
            break
        held = [int(nodes.ancestor[level.depth][end]) for end in ends]
        # A node above the level is not part of it; inside one node there is no path.
        if min(held) < 0 or held[0] == held[1]:
            continue
        one, other = (nodes.path[end].as_py() for end in held)
        sides = [np.flatnonzero(nodes.ancestor[level.depth] == end).tolist() for end in held]
        if shortest(terminals.edges, *sides) is not None and level is Level.TABLE:
            return f"There is one from {one!r} to {other!r}: name the tables."
        walk = walk_of(
            terminals.graph,
            directed=terminals.edges.directed,
            relationships=_has_relationships(terminals),
            depth=level.depth,
        )
        if shortest(walk.edges, held[:1], held[1:]) is not None:
            either = "" if terminals.edges.directed else " and with directed=False"
            return (
                f"There is one over links lifted to level={str(level)!r}: the lineage of"
                f" {one!r} at that level, to any depth{either}, has {other!r}."
            )
    return ""


def _has_relationships(ends: Terminals) -> bool:
    return bool((ends.edges.item < 0).any())


def _count_others(reached: NDArray[np.bool_], terminals: NDArray[np.int64]) -> str:
    n = int(reached.sum()) - len(terminals)
    return f"{n:,} other node{'s' * (n != 1)}"


def _reachable_mask(adjacency: Adjacency, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return a mask of the nodes that can be reached."""
    reached = np.zeros(len(adjacency.begin) - 1, dtype=bool)
    reached[nodes] = True
    while len(nodes):
        there = np.unique(adjacency.node[adjacency.slots_of(nodes)])
        nodes = there[~reached[there]]
        reached[nodes] = True
    return reached
