"""How a page begins: what is in it, what it is opened on, and its first settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import numpy as np

from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.drawing.picture import n_links_of
from hummgraph.errors import ArgumentError
from hummgraph.explorer.results import graph_and_result
from hummgraph.explorer.words import ADDRESS_KEYS, LEVEL_WORDS
from hummgraph.graph.elements import Level
from hummgraph.graph.labels import check_same_nodes
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.projection import Projection

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.explorer.pack import Result
    from hummgraph.explorer.results import Showable
    from hummgraph.graph.elements import Node

__all__ = ["Opening", "opening_of"]

_TABLES_DRAWN: Final = 400
"""Linked tables up to which a page begins with tables; above, with systems."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """What a page shows, and how it begins.

    Parameters
    ----------
    graph
        What is in the page.
    clusters
        Clusters of its nodes, or ``None``.
    result
        What it opens on, or ``None`` for all of it.
    start
        Settings to begin with, as the address of a page has them.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> opening_of(LinkGraph(read_links([]))).start
    'v=system&c=system&t=0'
    """

    graph: LinkGraph
    clusters: Clusters | None
    result: Result | None
    start: str


def opening_of(
    thing: Showable,
    *,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
) -> Opening:
    """Say what a page of something shows.

    Parameters
    ----------
    thing
        A graph, its links lifted to a level, clusters, or what a search found.
    clusters
        Clusters of the same nodes.
    cluster
        The cluster to open on: its position or id, or any member by id or name.

    Raises
    ------
    ArgumentError
        If nothing of the kind has a page, the clusters are of other nodes, or there is no such
        cluster.
    NodeNotFoundError, AmbiguousNodeError
        If a member cannot be told.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> opening_of(clusters, cluster="Stripe/customers.email").start.partition("&f=")[2][:8]
    'cluster:'
    """
    if isinstance(thing, Clusters):
        if clusters is not None and clusters is not thing:
            raise ArgumentError("Two clusterings were given; a page has one.")
        clusters = thing
    graph, result = graph_and_result(thing)
    if clusters is not None:
        whole = graph if isinstance(graph, LinkGraph) else graph.graph
        check_same_nodes(whole.arrays.nodes, clusters)
    settings = {"level": LEVEL_WORDS[_level(graph, thing, result)]}
    if cluster is not None:
        if clusters is None:
            raise ArgumentError("cluster= names one of the clusters; give these with clusters=.")
        if result is not None:
            raise ArgumentError("cluster= goes with a graph or clusters; this has its own focus.")
        settings["level"] = LEVEL_WORDS[Level.TABLE]
        settings["focus"] = f"cluster:{_member(clusters, clusters[cluster].index)}"
    if result is not None:
        settings["layout"] = "layers"
    settings["colour"] = "system" if clusters is None else "cluster"
    settings["threshold"] = "0" if clusters is None else repr(clusters.threshold)
    if isinstance(thing, Clusters) and cluster is None:
        settings["tab"] = "clusters"
    if result is not None:
        settings["focus"] = "result"
    return Opening(
        graph,
        clusters,
        result,
        urlencode({ADDRESS_KEYS[name]: value for name, value in settings.items()}, safe=":"),
    )


def _level(graph: LinkGraph, thing: Showable, result: Result | None) -> Level:
    """Choose the level to begin with: tables, unless these are too many, or none."""
    if isinstance(thing, Projection):
        return thing.level
    first = graph.arrays.nodes.first
    if result is not None:
        # Of a result, whatever the size of the graph, all that is not a system.
        return Level.TABLE if max(result.nodes) >= first[1] else Level.INTEGRATION_SOURCE
    linked = np.count_nonzero(n_links_of(graph)[first[1] : first[2]])
    return Level.TABLE if 0 < linked <= _TABLES_DRAWN else Level.INTEGRATION_SOURCE


def _member(clusters: Clusters, index: int) -> str:
    """Return the id by which the page knows a cluster: that of its first member."""
    member = int((clusters.labels == index).argmax())
    text: str = clusters.graph.arrays.nodes.id_text[member].as_py()
    # A colon has another meaning there.
    return text.replace(":", "~")
