"""Rejected links between what a way to join takes as the same."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.algorithms.kernels.steps import steps_of
from hummgraph.graph.policy import REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["rejected_among"]

# A graph is immutable: its rejected links by their ends are found once.
_known: GraphCache[dict[tuple[int, int], list[int]]] = GraphCache()


def rejected_among(graph: LinkGraph, groups: Iterable[Sequence[int]]) -> tuple[Step, ...]:
    """Return the REJECTED links between two nodes of one group, in the order of the graph.

    Parameters
    ----------
    graph
        A graph.
    groups
        Positions of nodes that are taken as the same.

    Notes
    -----
    O(g^2) for groups of g nodes; once for each graph, its links are read.

    Examples
    --------
    >>> from hummgraph import LinkGraph, datasets
    >>> graph = LinkGraph(datasets.load_demo().snapshot())
    >>> ends = [graph.index_of(f"Stripe/{name}.id") for name in ("invoices", "subscriptions")]
    >>> len(rejected_among(graph, [ends]))
    0
    """
    rejected = _known.of(graph, _rejected)
    found = sorted(
        {
            link
            for group in groups
            for one, other in combinations(group, 2)
            for link in rejected.get((min(one, other), max(one, other)), ())
        }
    )
    ends = graph.arrays.links.ends
    return tuple(steps_of(graph, found, ends.source[found].tolist(), ends.target[found].tolist()))


def _rejected(graph: LinkGraph) -> dict[tuple[int, int], list[int]]:
    """Return the positions of the rejected links by both ends, the smaller position first."""
    links = graph.arrays.links
    at = np.flatnonzero(links.status == REJECTED)
    source, target = links.ends.source[at], links.ends.target[at]
    found: dict[tuple[int, int], list[int]] = {}
    for link, low, high in zip(
        at.tolist(),
        np.minimum(source, target).tolist(),
        np.maximum(source, target).tolist(),
        strict=True,
    ):
        found.setdefault((low, high), []).append(link)
    return found
