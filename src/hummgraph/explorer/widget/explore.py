"""A page in a notebook that talks to Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.errors.arguments import check_clusters_option, check_graph
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.widget.explorer import Explorer
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["explore"]


def explore(
    graph: LinkGraph,
    *,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
    height: int = 480,
    evidence: KeptEvidence | str = KeptEvidence.VOCABULARY,
) -> Explorer:
    """Return a widget with the page of a graph, which follows Python as Python follows it.

    Parameters
    ----------
    graph
        The graph to look at.
    clusters
        Clusters of the same nodes, by any method; ``cluster(graph)`` by default.
    cluster
        The cluster on which the page opens: its position or id, or any member by id or name.
    height
        Height of the page in pixels, at least 200.
    evidence
        ``"vocabulary"``, ``"full"`` or ``"none"``, as for :func:`write`.

    Returns
    -------
    Explorer
        A widget, which a notebook shows as the last value of a cell. Its ``selection``,
        ``cluster``, ``threshold`` and ``decisions`` change both ways.

    Raises
    ------
    ArgumentError
        If the clusters are of other nodes, the cluster does not exist, or an option has an invalid
        value.
    NodeNotFoundError, AmbiguousNodeError
        If ``cluster`` is neither the id of a cluster nor a node of the graph, or the name is
        ambiguous.
    MissingDependencyError
        If anywidget is not installed: ``pip install 'hummgraph[widget]'``.

    Notes
    -----
    The page is made once, in O(n log n) for n nodes and links besides the merge tree, and computes
    the clusters of methods with a merge tree itself. For other methods it asks Python for them.

    Examples
    --------
    >>> from hummgraph import LinkGraph, explore
    >>> from hummgraph.datasets import load_demo
    >>> w = explore(LinkGraph(load_demo().snapshot()))
    >>> w.threshold
    0.1
    >>> w.goto("person email")
    >>> w.cluster
    <Cluster: person email, 15 columns of 7 systems>
    """
    check_graph(graph, "explore")
    if clusters is not None:
        check_clusters_option(clusters)
    if isinstance(height, bool) or not isinstance(height, int) or height < 200:
        raise ArgumentError(f"height is {height!r}; it must be a whole number, at least 200.")
    kept = as_kept_evidence(evidence)
    try:
        from hummgraph.explorer.widget.explorer import Explorer
    except ImportError as error:
        raise MissingDependencyError(
            "anywidget is not installed.", hint="pip install 'hummgraph[widget]'"
        ) from error
    return Explorer(graph, clusters=clusters, cluster=cluster, height=height, kept_evidence=kept)
