"""Opening of a page: its content, its focus, and its first settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import numpy as np

from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.clustering.identity import ORDERS
from hummgraph.algorithms.entities.entity_map import EntityMap
from hummgraph.algorithms.explain.why import Why
from hummgraph.algorithms.lineage.result import Lineage
from hummgraph.algorithms.review.diff import Diff
from hummgraph.drawing.picture import n_links_of
from hummgraph.errors import ArgumentError
from hummgraph.explorer.clustering import shown_links, usual_clusters
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

MAX_TABLES_DRAWN: Final = 400
"""Greatest number of linked tables with which a page opens on tables; above, on systems."""

MAX_HOPS: Final = 9
"""Greatest number of steps that the address of a page can have, besides all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Content and first settings of a page.

    Parameters
    ----------
    graph
        The graph of the page.
    clusters
        Clusters of its nodes.
    result
        Result to focus on; ``None`` for the whole graph.
    start
        First settings, in the form of a page's address.
    found_entities
        Entities of the graph; ``None`` for those that it has by default.
    diff
        Changes from another graph to this one.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> opening_of(LinkGraph(read_links([]))).start
    'p=start&v=system&c=system&t=0.1'
    """

    graph: LinkGraph
    clusters: Clusters
    result: Result | None
    start: str
    found_entities: EntityMap | None = None
    diff: Diff | None = None


def opening_of(
    thing: Showable,
    *,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
) -> Opening:
    """Return the opening of the page of a graph or a result.

    Parameters
    ----------
    thing
        A graph, its links lifted to a level, clusters, entities, a diff, or the result of a search.
    clusters
        Clusters of the same nodes. By default those that a result is about, or those that
        ``cluster(graph)`` returns. A diff has its own.
    cluster
        The cluster to open on: its position or id, or any member by id or name.

    Raises
    ------
    ArgumentError
        If the clusters are of other nodes, a diff has others, or there is no such cluster.
    NodeNotFoundError, AmbiguousNodeError
        If a member does not exist or its name is ambiguous.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> opening_of(clusters, cluster="Stripe/customers.email").start.partition("&f=")[2][:8]
    'cluster:'
    """
    clusters = _own_clusters(thing, clusters)
    graph, result = graph_and_result(thing)
    if clusters is not None:
        whole = graph if isinstance(graph, LinkGraph) else graph.graph
        check_same_nodes(whole.arrays.nodes, clusters)
    settings = {"page": _first_page(thing, result, cluster)}
    settings["level"] = LEVEL_WORDS[_first_level(graph, thing, result)]
    if cluster is not None:
        if clusters is None:
            raise ArgumentError("cluster= names one of the clusters; pass these with clusters=.")
        if result is not None:
            raise ArgumentError("cluster= needs a graph or clusters; this has its own focus.")
        settings["level"] = LEVEL_WORDS[Level.TABLE]
        settings["focus"] = f"cluster:{_first_member_id(clusters, clusters[cluster].index)}"
    if result is not None:
        settings["layout"] = "layers"
    made = _clusters_about(thing, graph) if clusters is None else clusters
    settings |= _settings_of(made, given=clusters is not None)
    if isinstance(thing, Why):
        ends = (node.replace(":", "~") for node in thing.nodes[:2])
        settings["focus"] = ":".join(("path", *ends))
    elif result is not None and result.joined is None:
        settings["focus"] = _first_focus(thing, result, made)
    return Opening(
        graph,
        made,
        result,
        urlencode({ADDRESS_KEYS[name]: value for name, value in settings.items()}, safe=":"),
        thing if isinstance(thing, EntityMap) else None,
        thing if isinstance(thing, Diff) else None,
    )


def _own_clusters(thing: Showable, given: Clusters | None) -> Clusters | None:
    """Return the clusters that a thing comes with, or else those that are given."""
    if isinstance(thing, Clusters):
        if given is not None and given is not thing:
            raise ArgumentError("Two clusterings were passed; a page has one.")
        return thing
    if isinstance(thing, Diff):
        if given is not None and given is not thing.after:
            raise ArgumentError(
                "A diff has clusters of its own.",
                hint="Leave clusters= out; diff(old, new, setting=...) says how they are made.",
            )
        return thing.after
    return given


def _first_page(
    thing: Showable, result: Result | None, cluster: str | int | UUID | Node | None
) -> str:
    """Return the page that a thing opens on."""
    if isinstance(thing, Why | Lineage):
        return "why" if isinstance(thing, Why) else "lineage"
    if result is not None:
        return "paths" if result.joined is None else "join"
    if isinstance(thing, Projection):
        return "tables"
    if isinstance(thing, Diff) and cluster is None:
        return "changes"
    return "concepts" if isinstance(thing, Clusters) or cluster is not None else "start"


def _first_focus(thing: Showable, result: Result, clusters: Clusters) -> str:
    """Return the first focus of a page: a lineage that it finds itself, or the result as it is."""
    if not isinstance(thing, Lineage) or result.asked is None:
        return "result"
    hops = thing.max_depth
    # Links that the page leaves out, and options that it does not have, would give another answer.
    same = thing.asked.keys() <= {"max_depth"} and thing.stopped_at is None
    same = same and (hops is None or hops <= MAX_HOPS)
    if not same or not shown_links(thing.graph, clusters)[list(result.links)].all():
        return "result"
    start = _page_id(thing.start)
    return f"{result.asked.direction}:{start}:{'all' if hops is None else hops}"


def _clusters_about(thing: Showable, graph: LinkGraph) -> Clusters:
    """Return the clusters of a page for which none are given: those of an answer, or the usual."""
    about = thing.clusters if isinstance(thing, Why) else None
    return usual_clusters(graph) if about is None else about


def _settings_of(clusters: Clusters, *, given: bool) -> dict[str, str]:
    """Return the settings in which clusters are shown first; the usual order is left out."""
    colour = "cluster" if given else "system"
    settings = {"colour": colour, "threshold": repr(clusters.threshold)}
    return settings | ({} if clusters.sorted_by == ORDERS[0] else {"order": clusters.sorted_by})


def _first_level(graph: LinkGraph, thing: Showable, result: Result | None) -> Level:
    """Return the first level: tables, unless these are too many or there are none."""
    if isinstance(thing, Projection):
        return thing.level
    first = graph.arrays.nodes.first
    if result is not None:
        # For a result: everything except systems, whatever the size of the graph.
        return Level.TABLE if max(result.nodes) >= first[1] else Level.INTEGRATION_SOURCE
    linked = np.count_nonzero(n_links_of(graph)[first[1] : first[2]])
    return Level.TABLE if 0 < linked <= MAX_TABLES_DRAWN else Level.INTEGRATION_SOURCE


def _first_member_id(clusters: Clusters, index: int) -> str:
    """Return the page's id of a cluster: the id of its first member."""
    member = int((clusters.labels == index).argmax())
    return _page_id(clusters.graph.arrays.nodes.id_text[member].as_py())


def _page_id(node_id: str) -> str:
    """Return the id of a node as in an address, where a colon is a separator."""
    return node_id.replace(":", "~", 1)
