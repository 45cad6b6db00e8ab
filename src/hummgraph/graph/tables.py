"""What other libraries are handed: nodes, links, and what is true of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters_option
from hummgraph.records.ids import id_bytes
from hummgraph.records.nodes import Level, find_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "KEY_FACTS",
    "LEVELS",
    "check_same_nodes",
    "defined_links",
    "facts_of",
    "key_facts",
    "link_attributes",
    "node_attributes",
]

KEY_FACTS: Final = (
    "is_primary_key",
    "is_nullable",
    "is_unique",
    "ordinal_position",
    "semantic_type",
    "role",
)
"""Columns of a catalogue that tell keys, and are no columns of a graph's nodes."""


_OF_ENDS: Final = [
    f"{side}{what}" for what in ("", "_path", "_deleted") for side in ("source", "target")
]
LEVELS: Final = tuple(map(str, Level))
"""Levels as other libraries have them: as text."""


def check_same_nodes(graph: LinkGraph, clusters: ClusterLabels) -> None:
    """Refuse clusters of other nodes than a graph's: their labels would be of others."""
    check_clusters_option(clusters)
    nodes, others = graph.arrays.nodes, clusters.graph.arrays.nodes
    same = nodes is others or (
        np.array_equal(nodes.ids, others.ids) and np.array_equal(nodes.depth, others.depth)
    )
    if not same:
        raise ArgumentError(
            f"The clusters are of another graph: {len(others):,} nodes, not these {len(nodes):,}.",
            hint="Cluster this graph, or one that where() made of it.",
        )


def defined_links(
    graph: LinkGraph, *, keep_unweighted: bool
) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Return positions of the links that are handed on, and how many of each status are not.

    Parameters
    ----------
    graph
        Whose links they are.
    keep_unweighted
        Whether those go too that the policy leaves without a weight.
    """
    if keep_unweighted:
        return np.arange(graph.n_links), {}
    defined = ~np.isnan(graph.weights)
    left_out = np.bincount(graph.arrays.links.status[~defined]).tolist()
    told = {graph.arrays.statuses[code]: n for code, n in enumerate(left_out) if n}
    return np.flatnonzero(defined), told


def node_attributes(graph: LinkGraph, clusters: ClusterLabels | None) -> dict[str, list[Any]]:
    """Return the columns of :attr:`LinkGraph.nodes` as lists, with clusters if they are given."""
    table = graph.nodes.to_arrow().drop_columns(["n_link_ends"])
    columns: dict[str, list[Any]] = table.to_pydict()
    if clusters is None:
        return columns
    check_same_nodes(graph, clusters)
    labels = clusters.labels
    place = pa.array(labels, mask=labels < 0)
    return columns | {
        "cluster_index": place.to_pylist(),
        "cluster_id": pa.array(clusters.ids, pa.string()).take(place).to_pylist(),
        "cluster_name": pa.array(clusters.names, pa.string()).take(place).to_pylist(),
    }


def link_attributes(
    graph: LinkGraph, links: NDArray[np.intp]
) -> tuple[list[tuple[int, int]], dict[str, list[Any]]]:
    """Return links' ends as positions of nodes, and the other columns of them as lists."""
    ends = graph.arrays.links.ends
    pairs = zip(ends.source[links].tolist(), ends.target[links].tolist(), strict=True)
    # Their ends say these already.
    table = graph.links.to_arrow().drop_columns(_OF_ENDS)
    if len(links) < graph.n_links:
        table = table.take(pa.array(links))
    return list(pairs), table.to_pydict()


def facts_of(graph: LinkGraph) -> dict[str, Any]:
    """Return what is true of the whole graph, as plain data."""
    declared = graph.relationships.rows.to_pylist()
    return {
        "organization_id": str(graph.snapshot.organization_id or ""),
        "organization": graph.snapshot.organization_name,
        "policy": graph.policy.to_dict(),
        "relationships": [
            {
                name: str(UUID(bytes=value)) if isinstance(value, bytes) else value
                for name, value in row.items()
                if value is not None
            }
            for row in declared
        ],
        "key_facts": [
            {name: value for name, value in row.items() if value is not None}
            for row in key_facts(graph).to_pylist()
        ],
    }


def key_facts(graph: LinkGraph) -> pa.Table:
    """Say what tells keys, for those columns of the graph of which any of it is known."""
    columns, nodes = graph.snapshot.catalogue.columns, graph.arrays.nodes
    begin, end = nodes.first[[2, 3]].tolist()
    place = find_ids(id_bytes(columns.column("id").combine_chunks()), nodes.ids[begin:end])
    here = np.flatnonzero(place >= 0)
    facts = columns.select(KEY_FACTS).take(pa.array(here))
    facts = facts.add_column(0, "node_id", nodes.id_text.take(pa.array(place[here] + begin)))
    known = [pc.is_valid(facts.column(name)) for name in KEY_FACTS]
    return facts.filter(pc.greater(pc.max_element_wise(*(k.cast(pa.int8()) for k in known)), 0))
