"""Conversions to and from rustworkx.

rustworkx keeps one object for each node and edge and asks a function for weights, which a ``None``
fails: nulls stay ``None``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.errors.arguments import check_library_graph
from hummgraph.graph.interop.attributes import (
    link_attributes,
    node_attributes,
    warn_of_links_left_out,
    weighted_links,
)
from hummgraph.graph.tables import (
    LINK_NAMES,
    NODE_NAMES,
    GraphTables,
    columns_of,
    data_of,
    is_id,
    is_link,
    metadata_of,
)
from hummgraph.records.redaction import as_kept_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import rustworkx as rx

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.policy import Policy
    from hummgraph.records.redaction import KeptEvidence

__all__ = ["rustworkx_data", "rustworkx_of"]


def rustworkx_of(
    data: GraphData,
    *,
    clusters: ClusterLabels | None,
    keep_unweighted: bool,
    evidence: KeptEvidence | str,
) -> rx.PyDiGraph[dict[str, Any], dict[str, Any]]:
    """Return a graph of rustworkx; see :meth:`LinkGraph.to_rustworkx`."""
    try:
        import rustworkx as rx
    except ImportError as error:
        raise MissingDependencyError.of("rustworkx") from error
    shown = as_kept_evidence(evidence)
    kept, left_out = weighted_links(data, keep_unweighted=keep_unweighted)
    pairs, links = link_attributes(data, kept, shown)
    made: rx.PyDiGraph[dict[str, Any], dict[str, Any]] = rx.PyDiGraph(
        multigraph=True,
        attrs=metadata_of(data, evidence=shown) | {"links_left_out": left_out},
    )
    made.add_nodes_from(_rows_of_columns(node_attributes(data, clusters)))
    made.add_edges_from(
        [(*pair, link) for pair, link in zip(pairs, _rows_of_columns(links), strict=True)],
    )
    return made


def rustworkx_data(graph: rx.PyDiGraph[Any, Any], policy: Policy | None) -> GraphData:
    """Return the data of a graph of rustworkx; see :meth:`LinkGraph.from_rustworkx`."""
    check_library_graph(graph, "LinkGraph.from_rustworkx", "rustworkx")
    # Only directed graphs have successors; this test does not need the library.
    if not hasattr(graph, "successors"):
        raise ArgumentError(
            "The graph is not directed: which end of a link is its source is lost.",
            hint="Pass what to_rustworkx() returned, or a copy.",
        )
    payloads = dict(zip(graph.node_indices(), graph.nodes(), strict=True))
    for node in payloads.values():
        _check_payload(node, "nodes")
    # A graph that rustworkx read from a file has the file's ids as "id".
    nodes = [
        node if "node_id" in node or not is_id(node.get("id")) else node | {"node_id": node["id"]}
        for node in payloads.values()
    ]
    ids = {index: node.get("node_id") for index, node in zip(payloads, nodes, strict=True)}
    links = []
    for source, target, link in graph.weighted_edge_list():
        _check_payload(link, "edges")
        if is_link(link.get("kind")):
            links.append({**link, "source": ids[source], "target": ids[target]})
    columns = columns_of(nodes, NODE_NAMES)
    if "resolved" in columns and any("node_id" not in node for node in payloads.values()):
        # rustworkx does not write an attribute whose values are all empty.
        columns.setdefault("name", [None] * len(nodes))
    tables = GraphTables.with_metadata(
        columns,
        columns_of(links, LINK_NAMES),
        graph.attrs if isinstance(graph.attrs, dict) else {},
        policy=policy,
    )
    warn_of_links_left_out(
        graph.attrs.get("links_left_out") if isinstance(graph.attrs, dict) else None, "to_rustworkx"
    )
    return data_of(tables, origin="rustworkx")


def _rows_of_columns(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _check_payload(payload: object, what: str) -> None:
    if not isinstance(payload, dict):
        raise ArgumentError(
            f"One of the {what} is of type {type(payload).__name__}, not a dict.",
            hint="Pass what to_rustworkx() returned, or a copy.",
        )
