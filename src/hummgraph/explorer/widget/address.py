"""The selection of a page: as in its address, and as values of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from hummgraph.algorithms.clustering.cluster import Cluster
from hummgraph.errors import ArgumentError, HummgraphError, LinkNotFoundError, NodeNotFoundError
from hummgraph.explorer.words import ADDRESS_KEYS, PAGES
from hummgraph.graph.elements import Level, Link, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Selection", "address_of", "resolve", "selection_at"]

Selection = Node | Link | Cluster | tuple[Node, Node] | None
"""The selection: a system, table or column, a link, a cluster, two nodes, or nothing."""

_AROUND: Final = frozenset({"near", "up", "down", "both"})
_BETWEEN: Final = frozenset({"path", "line"})


def selection_at(focus: str, graph: LinkGraph, clusters: Callable[[], Clusters]) -> Selection:
    """Return the selection of a focus of an address.

    Parameters
    ----------
    focus
        Such as ``"cluster:ID"``; empty for nothing.
    graph
        Graph with the decisions of the page.
    clusters
        Gives the clusters under its decisions and threshold.

    Raises
    ------
    HummgraphError
        If it is not a focus, or of something that does not exist.

    Notes
    -----
    O(log n) for n nodes and links, besides the names of the clusters.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> email = graph.node("Stripe/customers.email")
    >>> selection_at(f"near:{email.node_id}:1", graph, lambda: cluster(graph)).path
    'Stripe/customers.email'
    >>> selection_at(f"cluster:{email.node_id}", graph, lambda: cluster(graph)).name
    'person email'
    """
    if focus in {"", "result"}:
        return None
    kind, *ids = focus.split(":")
    if kind == "link" and len(ids) == 1:
        return graph.link(ids[0])
    if kind == "cluster" and len(ids) == 1:
        node = _node(graph, ids[0])
        made = clusters()
        label = int(made.labels[node.index])
        return node if label < 0 else made[label]
    if kind in _AROUND and len(ids) == 2:
        return _node(graph, ids[0])
    if kind in _BETWEEN and len(ids) == 2:
        return _node(graph, ids[0]), _node(graph, ids[1])
    raise ArgumentError("This is not a focus of a page.")


def _node(graph: LinkGraph, text: str) -> Node:
    """Return the node with an id, as in an address; names are no ids."""
    given = text.replace("~", ":")
    node = graph.node(given)
    if _id_of(graph, node) != given:
        raise NodeNotFoundError("This is not the id of a node.")
    return node


def _id_of(graph: LinkGraph, node: Node) -> str:
    found: str = graph.arrays.nodes.id_text[node.index].as_py()
    return found


def resolve(target: object, graph: LinkGraph, clusters: Callable[[], Clusters]) -> Selection:
    """Return the node, link or cluster that somebody means by itself, its id or its name.

    Parameters
    ----------
    target
        A node or its id or name, a link or its id, a cluster or its id or name, two nodes, or
        ``None``. The name of a node is taken for the node.
    graph
        Graph to search.
    clusters
        Gives the clusters of the graph.

    Raises
    ------
    NodeNotFoundError
        If there is no such thing.
    AmbiguousNodeError
        If several nodes have the name.
    ArgumentError
        If it is a value of another kind.

    Notes
    -----
    O(log n) once the names are known.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> resolve("Stripe/customers.email", graph, lambda: cluster(graph)).level.name
    'COLUMN'
    >>> resolve("person email", graph, lambda: cluster(graph)).size
    15
    """
    if target is None or isinstance(target, Node | Link | Cluster | tuple):
        return _own(target, graph, clusters)
    if not isinstance(target, str | UUID):
        raise ArgumentError(
            f"A page cannot go to a value of type {type(target).__name__}; name a node, a link or a"
            " cluster."
        )
    try:
        return graph.node(target)
    except NodeNotFoundError as error:
        found = _other(target, graph, clusters)
        if found is None:
            raise error from None
        return found


def _own(
    target: Node | Link | Cluster | tuple[object, ...] | None,
    graph: LinkGraph,
    clusters: Callable[[], Clusters],
) -> Selection:
    """Return the same thing as it is in a graph and its clusters."""
    if isinstance(target, Node):
        return graph.node(graph.index_of(target))
    if isinstance(target, Link):
        return graph.link(target.link_id)
    if isinstance(target, Cluster):
        return clusters()[target.members[0]]
    if target is None:
        return None
    ends = tuple(graph.node(graph.index_of(cast("Any", end))) for end in target)
    if len(ends) != 2:
        raise ArgumentError(f"A page shows what is between 2 nodes, not {len(ends)}.")
    return ends[0], ends[1]


def _other(
    target: str | UUID, graph: LinkGraph, clusters: Callable[[], Clusters]
) -> Link | Cluster | None:
    """Return the link or the cluster with an id or a name."""
    try:
        return graph.link(target)
    except LinkNotFoundError:
        pass
    try:
        return clusters()[str(target)]
    except HummgraphError:
        return None


def address_of(target: Selection | str, graph: LinkGraph) -> str:
    """Return the address at which a page shows something, or the page with a name.

    Parameters
    ----------
    target
        Result of :func:`resolve`, or the name of a page.
    graph
        The graph of the page.

    Notes
    -----
    O(1).

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> address_of("review", LinkGraph(load_demo().snapshot()))
    'p=review&f='
    """
    if isinstance(target, str):
        return _written(page=target if target in PAGES else PAGES[0], focus="")
    if target is None:
        return _written(focus="")
    if isinstance(target, Link):
        return _written(page="review", focus=f"link:{target.link_id}")
    if isinstance(target, Cluster):
        return _written(page="concepts", focus=f"cluster:{_plain(graph, target.members[0])}")
    if isinstance(target, Node):
        page = {"page": "table"} if target.level is Level.TABLE else {}
        return _written(**page, focus=f"near:{_plain(graph, target)}:1")
    ends = ":".join(_plain(graph, node) for node in target)
    columns = any(node.level is Level.COLUMN for node in target)
    return _written(focus=f"{'path' if columns else 'line'}:{ends}")


def _written(**settings: Any) -> str:
    return urlencode({ADDRESS_KEYS[name]: value for name, value in settings.items()}, safe=":")


def _plain(graph: LinkGraph, node: Node) -> str:
    """Return the id of a node; a colon is a separator in the address."""
    return _id_of(graph, node).replace(":", "~")
