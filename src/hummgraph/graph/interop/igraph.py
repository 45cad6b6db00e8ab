"""A graph as igraph has it, and back.

igraph has an empty value for texts and none for numbers: PageRank takes a ``None`` among weights
for 1. So a number that is null is NaN here, as in igraph's own readers, which no function takes for
a weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.errors.arguments import check_graph, check_library_graph
from hummgraph.graph.build import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.returned import graph_with_facts, is_id, is_link
from hummgraph.graph.tables import (
    defined_links,
    facts_of,
    link_attributes,
    node_attributes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import igraph

    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["from_igraph", "to_igraph"]

_NUMBERS: Final = ("confidence", "weight")
_VERTEX_NAMES: Final = {name: name for name in NODE_COLUMNS} | {"node_id": "name", "name": "label"}


def to_igraph(
    graph: LinkGraph, *, clusters: ClusterLabels | None = None, keep_unweighted: bool = False
) -> igraph.Graph:
    """Return a directed :class:`igraph.Graph` with all that the graph knows of nodes and links.

    Vertex ``i`` is node ``i``. igraph finds vertices by ``name``, so that is the node's id, and
    ``label``, which it draws, is the node's name; the other attributes are the columns of
    :attr:`hummgraph.LinkGraph.nodes`. Edges stand in the order of their ids and have the columns of
    :attr:`hummgraph.LinkGraph.links`: evidence is JSON text, times are datetimes. What is null is
    ``None``, of ``confidence`` and ``weight`` NaN.

    Parameters
    ----------
    graph
        What to hand on.
    clusters
        Give vertices ``cluster_index`` (``None`` in none), ``cluster_id`` and ``cluster_name`` too.
    keep_unweighted
        Keep links whose weight the policy leaves undefined (by default those without a confidence
        and REJECTED ones). Otherwise they are left out and counted in ``["links_left_out"]``.

    Returns
    -------
    igraph.Graph
        An ordinary one, to edit. Organisation, policy, relationships and what tells keys are
        attributes of the whole, so that :func:`from_igraph` gives an equal graph.

    Raises
    ------
    ArgumentError
        If the clusters are those of a graph with other nodes.
    MissingDependencyError
        If igraph is not installed.

    Notes
    -----
    O(n_nodes + n_links); every value becomes a Python object.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> made = to_igraph(graph)
    >>> made.vcount() == graph.n_nodes, made["links_left_out"]
    (True, {'SUGGESTED': 66, 'REJECTED': 80})
    >>> len(made.pagerank(weights="weight")) == graph.n_nodes
    True
    """
    check_graph(graph, "to_igraph")
    try:
        import igraph
    except ImportError as error:
        raise MissingDependencyError.of("igraph") from error
    kept, left_out = defined_links(graph, keep_unweighted=keep_unweighted)
    vertices = node_attributes(graph, clusters)
    vertices = {"name": vertices.pop("node_id"), "label": vertices.pop("name"), **vertices}
    pairs, edges = link_attributes(graph, kept)
    nan = float("nan")
    for name in _NUMBERS:
        edges[name] = [nan if value is None else value for value in edges[name]]
    return igraph.Graph(
        graph.n_nodes,
        pairs,
        directed=True,
        graph_attrs=facts_of(graph) | {"links_left_out": left_out},
        vertex_attrs=vertices,
        edge_attrs=edges,
    )


def from_igraph(graph: igraph.Graph, *, policy: Policy | None = None) -> LinkGraph:
    """Build a graph from one that :func:`to_igraph` gave, edited or not, or read from a file.

    Parameters
    ----------
    graph
        A directed one. Its vertices need ``name`` (an id), ``level`` and ``label``; edges
        ``link_id``, ``link_type`` and ``status``. What else is missing is null; other attributes
        are ignored, and so are edges of containment. What ``igraph.Graph.Read_GraphML`` read
        from a file of :func:`hummgraph.write` has the ids as ``id`` and names as ``name``; there
        an empty text is null, since igraph does not tell the two apart.
    policy
        The new graph's policy; when not given, the one that the attribute ``policy`` tells.

    Raises
    ------
    ArgumentError
        If the graph is not directed.
    FormatError
        If an attribute is missing or of another type, an id is none, occurs twice or refers to no
        node, or the links are lifted to a level.

    Notes
    -----
    O(n log n) for n vertices and edges.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> from_igraph(to_igraph(graph, keep_unweighted=True)) == graph
    True
    """
    check_library_graph(graph, "LinkGraph.from_igraph", "igraph")
    if not graph.is_directed():
        raise ArgumentError(
            "The graph is not directed: which end of a link is its source is lost.",
            hint="Give what to_igraph() gave, or a copy.",
        )
    vertices = _columns(graph.vs, _VERTEX_NAMES.values())
    edges = _columns(graph.es, LINK_COLUMNS)
    names = _VERTEX_NAMES
    # What igraph read from a file has the file's ids as "id", and nodes are called by their names.
    from_file = (
        graph.vcount() > 0
        and all(map(is_id, vertices.get("id", [None])))
        and not all(map(is_id, vertices.get("name", [None])))
    )
    if from_file:
        names = {name: name for name in NODE_COLUMNS} | {"node_id": "id"}
    for name, theirs in names.items():
        if theirs not in vertices and name in {"node_id", "name"}:
            raise FormatError(f"The vertices have no attribute {theirs!r}.")
    nodes = vertices | {
        name: vertices[theirs] for name, theirs in names.items() if theirs in vertices
    }
    pairs = graph.get_edgelist()
    edges["source"] = [nodes["node_id"][source] for source, _ in pairs]
    edges["target"] = [nodes["node_id"][target] for _, target in pairs]
    kept = [at for at, kind in enumerate(edges.get("kind", [None] * len(pairs))) if is_link(kind)]
    return graph_with_facts(
        nodes,
        {name: [values[at] for at in kept] for name, values in edges.items()},
        {name: graph[name] for name in graph.attributes()},
        origin="igraph",
        policy=policy,
        of=("vertices", "edges"),
        gaps=from_file,
    )


def _columns(
    sequence: igraph.VertexSeq | igraph.EdgeSeq, usual: Iterable[str]
) -> dict[str, list[Any]]:
    """Return all attributes; where there is nothing to have any, the usual ones."""
    names = sequence.attributes() if len(sequence) else usual
    return {name: sequence[name] if len(sequence) else [] for name in names}
