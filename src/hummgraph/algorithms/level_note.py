"""Which levels a graph's links join, where a result at another level is empty for that reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hummgraph.elements import Level

if TYPE_CHECKING:
    from hummgraph.graph import LinkGraph

__all__ = ["level_note"]


def level_note(graph: LinkGraph, level: Level, *, advise: bool = True) -> str:
    """Return a sentence on where the links are, empty if some join nodes of the level.

    It is empty as well where there are no links at all.

    Parameters
    ----------
    graph
        Whose links they are.
    level
        The level that was asked for.
    advise
        Whether to add what to do, where the level can be chosen.

    Notes
    -----
    O(n_links).
    """
    mixed, *counts = np.bincount(graph.link_levels + 1, minlength=4).tolist()
    if counts[level.depth] or not graph.n_links:
        return ""
    there = {f"{known}s": n for known, n in zip(Level, counts, strict=True) if n}
    if mixed:
        there["nodes of two levels"] = mixed
    said = [f"{n:,} {'joins' if n == 1 else 'join'} {what}" for what, n in there.items()]
    note = f"No link joins two {level}s: {', '.join(said)}."
    if not advise:
        return note
    best = max(Level, key=lambda known: counts[known.depth])
    choice = f"Choose level {str(best)!r}" if counts[best.depth] else ""
    # Lifting takes links upwards only.
    depth, ends = graph.arrays.nodes.depth, graph.arrays.links.ends
    below = np.minimum(depth[ends.source], depth[ends.target]) >= level.depth
    lift = f"graph.project({str(level)!r}) lifts those below it" if below.any() else ""
    advice = "; ".join(filter(None, (choice, lift)))
    return f"{note} {advice}." if advice else note
