"""Names of links by their ids, for plain data that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["link_paths_by_id"]


def link_paths_by_id(graph: LinkGraph, link_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of both ends of each link, source first, by link id.

    Notes
    -----
    O(log n) for each of the links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> link = graph.link(0)
    >>> link_paths_by_id(graph, [link.link_id])[link.link_id][0] == graph.node(link.source).path
    True
    """
    return {
        link_id: [graph.node(end).path for end in (link.source, link.target)]
        for link_id in sorted(set(link_ids))
        for link in [graph.link(link_id)]
    }
