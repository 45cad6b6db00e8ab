"""Graphs from networkx graphs: edited copies of a view, and what networkx read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import networkx as nx

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_library_graph
from hummgraph.graph.interop.attributes import warn_of_links_left_out
from hummgraph.graph.interop.flat import HAS_ESCAPES
from hummgraph.graph.metadata import ESCAPING_PROFILE
from hummgraph.graph.tables import (
    LINK_NAMES,
    NODE_NAMES,
    GraphTables,
    columns_of,
    data_of,
    is_id,
    is_link,
)
from hummgraph.graph.values import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.policy import Policy

__all__ = ["networkx_data"]


def networkx_data(graph: nx.Graph[Any], policy: Policy | None) -> GraphData:
    """Return the data of a networkx graph; see :meth:`LinkGraph.from_networkx`."""
    check_library_graph(graph, "LinkGraph.from_networkx", "networkx")
    if not graph.is_directed():
        raise ArgumentError(
            "The graph is undirected, not a MultiDiGraph or a DiGraph: which end of a link is its"
            " source is lost.",
            hint="Pass what to_networkx() returned, what networkx read from a file, or a copy.",
        )
    ids = {
        node: _first_id(node, attributes.get("id"), otherwise=node)
        for node, attributes in graph.nodes.items()
    }
    # networkx makes a node without attributes for an edge that names an unknown one.
    # Where the whole graph says so, escapes are undone with all else that is read.
    plain = dict if graph.graph.get("profile") == ESCAPING_PROFILE else _without_escapes
    nodes = [
        {**plain(attributes), "node_id": ids[node]}
        for node, attributes in graph.nodes.items()
        if attributes or not graph.degree(node)
    ]
    links = [
        {
            **plain(attributes),
            "link_id": _first_id(
                key,
                attributes.get("link_id"),
                attributes.get("id"),
                otherwise=attributes.get("link_id"),
            ),
            "source": ids[source],
            "target": ids[target],
        }
        for source, target, key, attributes in _read_edges(graph)
        if is_link(attributes.get("kind"))
    ]
    tables = GraphTables.with_metadata(
        columns_of(nodes, NODE_NAMES),
        columns_of(links, LINK_NAMES),
        graph.graph,
        policy=policy,
        # igraph writes nodes as n0, n1, ... with their ids as an attribute, and without nulls.
        gaps=any(node != ids[node] for node in ids),
    )
    warn_of_links_left_out(graph.graph.get("links_left_out"), "to_networkx")
    return data_of(tables, origin="networkx")


def _read_edges(
    graph: nx.Graph[Any],
) -> Iterable[tuple[str, str, object, Mapping[str, Any]]]:
    if isinstance(graph, nx.MultiDiGraph):
        return graph.edges(keys=True, data=True)
    return ((source, target, None, data) for source, target, data in graph.edges(data=True))


def _first_id(*found: object, otherwise: object) -> object:
    """Return the first value that is an id; else a value that is refused later, if there is one."""
    texts = [str(value) for value in found if isinstance(value, str | UUID)]
    return next(filter(is_id, texts), texts[0] if texts else otherwise)


def _without_escapes(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return attributes as they were before :func:`flat_attributes` escaped texts of them."""
    if str(attributes.get(HAS_ESCAPES, False)).lower() != "true":
        return attributes
    return {
        name: unescaped(value) if isinstance(value, str) else value
        for name, value in attributes.items()
    }
