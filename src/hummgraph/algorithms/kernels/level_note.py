"""Notes for results that are empty because a graph's links join nodes of other levels."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["level_note"]

_PLURAL: Final = MappingProxyType(
    {Level.INTEGRATION_SOURCE: "systems", Level.TABLE: "tables", Level.COLUMN: "columns"}
)


def level_note(graph: LinkGraph, level: Level) -> str:
    """Return sentences on the levels of the links; empty if some join nodes of the level.

    Without any links they are empty too.

    Parameters
    ----------
    graph
        The graph of the links.
    level
        The requested level.

    Notes
    -----
    O(n_links).
    """
    mixed, *counts = np.bincount(graph.link_levels + 1, minlength=4).tolist()
    if counts[level.depth] or not graph.n_links:
        return ""
    there = {f"between {_PLURAL[known]}": n for known, n in zip(Level, counts, strict=True) if n}
    if mixed:
        there["between nodes of different levels"] = mixed
    links = f"This graph has {graph.n_links:,} link{'s' * (graph.n_links != 1)}"
    if len(there) == 1:
        said = f"{links}, {next(iter(there))}."
    else:
        said = f"{links}: {', '.join(f'{n:,} {where}' for where, n in there.items())}."
    best = max(Level, key=lambda known: counts[known.depth])
    if not counts[best.depth]:
        return f"{said} No level has links of its own."
    return f"{said} Choose level {str(best)!r}."
