"""Conversions to and from igraph.

igraph has an empty value for texts and none for numbers: PageRank takes a ``None`` among weights
for 1. So a number that is null is NaN here, as in igraph's own readers, which no function takes for
a weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.errors.arguments import check_library_graph
from hummgraph.graph.columns import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.interop.attributes import (
    link_attributes,
    node_attributes,
    warn_of_links_left_out,
    weighted_links,
)
from hummgraph.graph.tables import GraphTables, data_of, is_id, is_link, metadata_of
from hummgraph.records.redaction import as_kept_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    import igraph

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.policy import Policy
    from hummgraph.records.redaction import KeptEvidence

__all__ = ["igraph_data", "igraph_of"]

_NUMBERS: Final = ("confidence", "weight")
_VERTEX_NAMES: Final = {"node_id": "name", "name": "label"}


def igraph_of(
    data: GraphData,
    *,
    clusters: ClusterLabels | None,
    keep_unweighted: bool,
    evidence: KeptEvidence | str,
) -> igraph.Graph:
    """Return a graph of igraph; see :meth:`LinkGraph.to_igraph`."""
    try:
        import igraph
    except ImportError as error:
        raise MissingDependencyError.of("igraph") from error
    shown = as_kept_evidence(evidence)
    kept, left_out = weighted_links(data, keep_unweighted=keep_unweighted)
    vertices = node_attributes(data, clusters)
    vertices = {"name": vertices.pop("node_id"), "label": vertices.pop("name"), **vertices}
    pairs, edges = link_attributes(data, kept, shown)
    nan = float("nan")
    for name in _NUMBERS:
        edges[name] = [nan if value is None else value for value in edges[name]]
    return igraph.Graph(
        len(data.nodes),
        pairs,
        directed=True,
        graph_attrs=metadata_of(data, evidence=shown) | {"links_left_out": left_out},
        vertex_attrs=vertices,
        edge_attrs=edges,
    )


def igraph_data(graph: igraph.Graph, policy: Policy | None) -> GraphData:
    """Return the data of a graph of igraph; see :meth:`LinkGraph.from_igraph`."""
    check_library_graph(graph, "LinkGraph.from_igraph", "igraph")
    if not graph.is_directed():
        raise ArgumentError(
            "The graph is not directed: which end of a link is its source is lost.",
            hint="Pass what to_igraph() returned, or a copy.",
        )
    vertices = _attribute_columns(graph.vs, (*NODE_COLUMNS, "label"))
    edges = _attribute_columns(graph.es, LINK_COLUMNS)
    # A graph that igraph read from a file has the file's ids as "id", and names as names.
    from_file = (
        graph.vcount() > 0
        and all(map(is_id, vertices.get("id", [None])))
        and not all(map(is_id, vertices.get("name", [None])))
    )
    names = {"node_id": "id", "name": "name"} if from_file else _VERTEX_NAMES
    nodes = {name: values for name, values in vertices.items() if name not in names}
    nodes |= {name: vertices[theirs] for name, theirs in names.items() if theirs in vertices}
    ids = nodes.get("node_id", [None] * graph.vcount())
    pairs = graph.get_edgelist()
    edges["source"] = [ids[source] for source, _ in pairs]
    edges["target"] = [ids[target] for _, target in pairs]
    kept = [at for at, kind in enumerate(edges.get("kind", [None] * len(pairs))) if is_link(kind)]
    try:
        tables = GraphTables.with_metadata(
            nodes,
            {name: [values[at] for at in kept] for name, values in edges.items()},
            {name: graph[name] for name in graph.attributes()},
            policy=policy,
            gaps=from_file,
        )
    except FormatError as error:
        if not {"name", "label"} <= set(vertices):
            # Both names have another meaning in igraph, so the message alone would mislead.
            hint = "The vertex attribute 'name' is the node_id, 'label' is the name."
            raise FormatError(error.message, hint=hint) from error
        raise
    warn_of_links_left_out(
        graph["links_left_out"] if "links_left_out" in graph.attributes() else None, "to_igraph"
    )
    return data_of(tables, origin="igraph")


def _attribute_columns(
    sequence: igraph.VertexSeq | igraph.EdgeSeq, usual: Iterable[str]
) -> dict[str, list[Any]]:
    """Return all attributes; the usual ones where there are no vertices or edges."""
    names = sequence.attributes() if len(sequence) else usual
    return {name: sequence[name] if len(sequence) else [] for name in names}
