"""A graph made of a networkx one: the way back from its view of a graph, and from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import networkx as nx

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_library_graph
from hummgraph.graph.returned import (
    LINK_NAMES,
    NODE_NAMES,
    columns_of,
    graph_with_facts,
    is_id,
    is_link,
)
from hummgraph.graph.tables import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["from_networkx"]

# What the contract says of a link that says nothing of these.
_USUAL: Final = {"link_type": "PROBABILISTIC", "status": "SUGGESTED"}


def from_networkx(
    graph: nx.MultiDiGraph[str] | nx.DiGraph[str], *, policy: Policy | None = None
) -> LinkGraph:
    """Build a graph from a networkx one; see :meth:`LinkGraph.from_networkx`."""
    check_library_graph(graph, "LinkGraph.from_networkx", "networkx")
    if not graph.is_directed():
        raise ArgumentError(
            "The graph is undirected, not a MultiDiGraph or a DiGraph: which end of a link is its"
            " source is lost.",
            hint="Give what to_networkx() gave, what networkx read from a file, or a copy.",
        )
    ids = {node: _id_of(node, attributes) for node, attributes in graph.nodes.items()}
    nodes = [_node_row(ids[node], attributes) for node, attributes in graph.nodes.items()]
    parents = {row["node_id"]: row["parent_id"] for row in nodes}
    levels = {row["node_id"]: row["level"] for row in nodes}
    links = []
    for source, target, key, attributes in _edges(graph):
        if is_link(attributes.get("kind")):
            row = _USUAL | _known(attributes)
            row["link_id"] = _link_id(source, target, key, attributes)
            row |= {"source": ids[source], "target": ids[target]}
            for end in (source, target):
                _check_system(end, ids[end], parents, levels)
            links.append(row)
    return graph_with_facts(
        columns_of(nodes, NODE_NAMES),
        columns_of(links, LINK_NAMES) if links else {name: [] for name in LINK_NAMES},
        graph.graph,
        origin="networkx",
        policy=policy,
        # What a file of igraph's calls n0, n1 has its id as an attribute, and no nulls.
        gaps=any(node != ids[node] for node in ids),
    )


def _edges(
    graph: nx.MultiDiGraph[str] | nx.DiGraph[str],
) -> list[tuple[str, str, object, Mapping[str, Any]]]:
    if isinstance(graph, nx.MultiDiGraph):
        return list(graph.edges(keys=True, data=True))
    return [(source, target, None, data) for source, target, data in graph.edges(data=True)]


def _id_of(node: object, attributes: Mapping[str, Any]) -> str:
    for known in (node, attributes.get("id")):
        if is_id(known):
            return str(known)
    raise ArgumentError(f"Node {node!r} is not an id.")


def _link_id(source: str, target: str, key: object, attributes: Mapping[str, Any]) -> str:
    for known in (key, attributes.get("link_id"), attributes.get("id")):
        if is_id(known):
            return str(known)
    raise ArgumentError(
        f"The edge from {source!r} to {target!r} has no id: neither its key nor its 'link_id' is"
        " one."
    )


def _node_row(node: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    level = attributes.get("level")
    if level not in LEVELS:
        raise ArgumentError(
            f"Node {node!r} has no usable 'level'; it must be one of {', '.join(LEVELS)}."
        )
    # A view says "parent", a file "parent_id".
    parent = attributes.get("parent", attributes.get("parent_id")) or None
    named = {"name": None} | _known(attributes)
    return named | {"node_id": node, "parent_id": parent}


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes but nulls."""
    return {name: value for name, value in attributes.items() if value is not None}


def _check_system(
    end: str, node: str, parents: Mapping[str, str | None], levels: Mapping[str, str]
) -> None:
    """Raise if a node lies in no system of the graph."""
    at: str | None = node
    for _ in LEVELS:  # a path upwards has at most one node a level
        if at is None or levels.get(at) == LEVELS[0]:
            break
        at = parents.get(at)
    if at is None or levels.get(at) != LEVELS[0]:
        raise ArgumentError(
            f"Node {end!r} lies in no system of the graph.",
            hint="Keep the nodes of level 'integration_source', and 'parent' on the others.",
        )
