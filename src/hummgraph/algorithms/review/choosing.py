"""Lists of decisions: about all suggestions of some links, and about all links of a member."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.errors.arguments import check_clusters, check_graph
from hummgraph.frames import Listing
from hummgraph.graph.decisions import Asked, Decision
from hummgraph.graph.policy import REJECTED, SUGGESTED
from hummgraph.records.ids import id_strings
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["decide_suggestions", "decisions_of", "take_out"]


def decide_suggestions(graph: LinkGraph, status: str, **about: Any) -> tuple[Decision, ...]:
    """Return one decision for each SUGGESTED link of a graph.

    Filter the graph first: ``graph.where(between=(one, other))`` for all suggestions between two
    tables, ``graph.where(link_type="PROBABILISTIC", max_confidence=0.5)`` for all of a kind.

    Parameters
    ----------
    graph
        The links.
    status
        ``"APPROVED"`` or ``"REJECTED"``.
    **about
        ``decided_at``, ``note`` and ``who`` of each :class:`Decision`, and ``asked``, which is
        ``"chosen"`` by default: links of a kind are no fair sample.

    Returns
    -------
    tuple[Decision, ...]
        Decisions by link id, with ends and confidences; for :func:`preview` and
        ``graph.with_decisions``.

    Raises
    ------
    DecisionError
        If the status does not exist, or a value does not fit a decision.

    Notes
    -----
    O(n) for n links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> some = graph.where(between=("Stripe/customers", "Salesforce/Contact"))
    >>> [decision.status for decision in decide_suggestions(some, "APPROVED")]
    ['APPROVED']
    """
    check_graph(graph, "decide_suggestions")
    index = np.flatnonzero(graph.arrays.links.status == SUGGESTED)
    return decisions_of(graph, index, status, **about)


def take_out(clusters: Clusters, node: str | UUID | Node, **about: Any) -> tuple[Decision, ...]:
    """Return the decisions that take a member out of its cluster.

    They reject all its links to the other members, APPROVED ones, too. Approved chains through
    nodes of other levels or clusters are not among them.

    Parameters
    ----------
    clusters
        The clusters.
    node
        Id or name of a member, or a `Node`.
    **about
        The same as for :func:`decide_suggestions`.

    Returns
    -------
    tuple[Decision, ...]
        Decisions by link id; links that are REJECTED already are left out.

    Raises
    ------
    ArgumentError
        If the node is in no cluster.
    NodeNotFoundError, AmbiguousNodeError
        If the node does not exist or the name is ambiguous.

    Notes
    -----
    O(n) for n links.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster, preview
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> clusters = cluster(graph)
    >>> out = take_out(clusters, "Stripe/customers.email")
    >>> after = preview(graph, out, clusters=clusters).after
    >>> after.cluster_of("Stripe/customers.email") == after.cluster_of("Zendesk/users.email")
    False
    """
    check_clusters(clusters, "take_out")
    graph = clusters.graph
    clusters.cluster_of(node, missing="raise")
    member = graph.index_of(node)
    links = graph.arrays.links
    touches = (links.ends.source == member) | (links.ends.target == member)
    index = np.flatnonzero(touches & clusters.internal_links & (links.status != REJECTED))
    return decisions_of(graph, index, Status.REJECTED, **about)


def decisions_of(
    graph: LinkGraph, index: NDArray[np.int64], status: str, **about: Any
) -> tuple[Decision, ...]:
    """Return decisions about links by position, with ends and confidences: O(n) for n links."""
    links, nodes = graph.arrays.links, graph.arrays.nodes
    confidence = links.confidence[index].tolist()
    source, target = (
        [nodes.id_text[at].as_py() for at in end[index].tolist()]
        for end in (links.ends.source, links.ends.target)
    )
    given = {"asked": Asked.CHOSEN, **about}
    return Listing(
        Decision(
            link_id,
            status,
            source=one,
            target=other,
            confidence=None if isnan(score) else score,
            **given,
        )
        for link_id, one, other, score in zip(
            id_strings(graph.link_ids[index]).to_pylist(), source, target, confidence, strict=True
        )
    )
