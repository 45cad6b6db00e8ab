"""A graph as rustworkx has it, and back.

rustworkx keeps one object for each node and edge and asks a function for weights, which a ``None``
fails: nulls stay ``None``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.errors.arguments import check_graph, check_library_graph
from hummgraph.graph.returned import (
    LINK_NAMES,
    NODE_NAMES,
    columns_of,
    graph_with_facts,
    is_id,
    is_link,
)
from hummgraph.graph.tables import (
    defined_links,
    facts_of,
    link_attributes,
    node_attributes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import rustworkx as rx

    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["from_rustworkx", "to_rustworkx"]


def to_rustworkx(
    graph: LinkGraph, *, clusters: ClusterLabels | None = None, keep_unweighted: bool = False
) -> rx.PyDiGraph[dict[str, Any], dict[str, Any]]:
    """Return a :class:`rustworkx.PyDiGraph` with all that the graph knows of nodes and links.

    Node ``i`` is node ``i`` here, a dict with the columns of :attr:`hummgraph.LinkGraph.nodes`.
    Edges stand in the order of their ids; each is a dict with the columns of
    :attr:`hummgraph.LinkGraph.links`: evidence is JSON text, times are datetimes. What is null is
    ``None``.

    Parameters
    ----------
    graph
        What to hand on.
    clusters
        Give nodes ``cluster_index`` (``None`` in none), ``cluster_id`` and ``cluster_name`` too.
    keep_unweighted
        Keep links whose weight the policy leaves undefined (by default those without a confidence
        and REJECTED ones). Otherwise they are left out and counted in ``attrs["links_left_out"]``.

    Returns
    -------
    rustworkx.PyDiGraph
        An ordinary one, to edit. Organisation, policy, relationships and what tells keys are in
        its ``attrs``, so that :func:`from_rustworkx` gives an equal graph.

    Raises
    ------
    ArgumentError
        If the clusters are those of a graph with other nodes.
    MissingDependencyError
        If rustworkx is not installed.

    Notes
    -----
    O(n_nodes + n_links); every value becomes a Python object.

    Examples
    --------
    >>> import rustworkx as rx
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> made = to_rustworkx(graph)
    >>> made.num_nodes() == graph.n_nodes, made.attrs["links_left_out"]
    (True, {'SUGGESTED': 66, 'REJECTED': 80})
    >>> len(rx.pagerank(made, weight_fn=lambda link: link["weight"])) == graph.n_nodes
    True
    """
    check_graph(graph, "to_rustworkx")
    try:
        import rustworkx as rx
    except ImportError as error:
        raise MissingDependencyError.of("rustworkx") from error
    kept, left_out = defined_links(graph, keep_unweighted=keep_unweighted)
    pairs, links = link_attributes(graph, kept)
    made: rx.PyDiGraph[dict[str, Any], dict[str, Any]] = rx.PyDiGraph(
        multigraph=True, attrs=facts_of(graph) | {"links_left_out": left_out}
    )
    made.add_nodes_from(_rows(node_attributes(graph, clusters)))
    made.add_edges_from(
        [(*pair, link) for pair, link in zip(pairs, _rows(links), strict=True)],
    )
    return made


def from_rustworkx(graph: rx.PyDiGraph[Any, Any], *, policy: Policy | None = None) -> LinkGraph:
    """Build a graph from one that :func:`to_rustworkx` gave, edited or not, or read from a file.

    Parameters
    ----------
    graph
        Its nodes are mappings with ``node_id``, ``level`` and ``name``, its edges mappings with
        ``link_id``, ``link_type`` and ``status``. What else is missing is null; other keys are
        ignored, and so are edges of containment. What ``rustworkx.read_graphml`` read from a file
        of :func:`hummgraph.write` has the ids as ``id``.
    policy
        The new graph's policy; when not given, the one that ``attrs["policy"]`` tells.

    Raises
    ------
    ArgumentError
        If the graph is not directed, or a node or an edge is no mapping.
    FormatError
        If a key is missing or its value of another type, an id is none, occurs twice or refers to
        no node, or the links are lifted to a level.

    Notes
    -----
    O(n log n) for n nodes and edges.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> from_rustworkx(to_rustworkx(graph, keep_unweighted=True)) == graph
    True
    """
    check_library_graph(graph, "LinkGraph.from_rustworkx", "rustworkx")
    # Only directed graphs have successors; asking so does not need the library.
    if not hasattr(graph, "successors"):
        raise ArgumentError(
            "The graph is not directed: which end of a link is its source is lost.",
            hint="Give what to_rustworkx() gave, or a copy.",
        )
    payloads = dict(zip(graph.node_indices(), graph.nodes(), strict=True))
    for node in payloads.values():
        _check(node, "nodes")
    # What rustworkx read from a file has the file's ids as "id".
    nodes = [
        node if "node_id" in node or not is_id(node.get("id")) else node | {"node_id": node["id"]}
        for node in payloads.values()
    ]
    ids = {index: node.get("node_id") for index, node in zip(payloads, nodes, strict=True)}
    links = []
    for source, target, link in graph.weighted_edge_list():
        _check(link, "edges")
        if is_link(link.get("kind")):
            links.append({**link, "source": ids[source], "target": ids[target]})
    facts = graph.attrs if isinstance(graph.attrs, dict) else {}
    return graph_with_facts(
        columns_of(nodes, NODE_NAMES),
        columns_of(links, LINK_NAMES),
        facts,
        origin="rustworkx",
        policy=policy,
        of=("nodes", "edges"),
    )


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _check(payload: object, what: str) -> None:
    if not isinstance(payload, dict):
        raise ArgumentError(
            f"One of the {what} is of type {type(payload).__name__}, not a dict.",
            hint="Give what to_rustworkx() gave, or a copy.",
        )
