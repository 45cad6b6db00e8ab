"""Clusters as a graph sees them: labels of its nodes, made by an analysis above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hummgraph.frames import Frame
    from hummgraph.graph.data import GraphData
    from hummgraph.records.nodes import Nodes

__all__ = ["ClusterLabels", "check_same_nodes", "node_labels"]


class _Graph(Protocol):
    """The part of the clustered graph that labels need."""

    @property
    def arrays(self) -> GraphData:
        """Arrays of the graph."""


class ClusterLabels(Protocol):
    """The part of :class:`hummgraph.Clusters` that drawings and exchanges need."""

    @property
    def graph(self) -> _Graph:
        """The graph whose nodes are labelled."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Cluster of each node, -1 in none: shape (n_nodes,)."""

    @property
    def ids(self) -> Sequence[str]:
        """Id of each cluster."""

    @property
    def names(self) -> Sequence[str]:
        """Name of each cluster."""

    @property
    def n_contradictions(self) -> NDArray[np.int64]:
        """Number of contradictions in each cluster."""

    def to_frame(self) -> Frame:
        """Return one row a member."""


def check_same_nodes(nodes: Nodes, clusters: ClusterLabels) -> None:
    """Raise if clusters are of other nodes than a graph's: their labels would be of others.

    Raises
    ------
    ArgumentError
        If they are no clusters, or the nodes of their graph differ.
    """
    check_clusters_option(clusters)
    others = clusters.graph.arrays.nodes
    same = nodes is others or (
        np.array_equal(nodes.ids, others.ids) and np.array_equal(nodes.depth, others.depth)
    )
    if not same:
        raise ArgumentError(
            f"The clusters are of another graph: {len(others):,} nodes, not these {len(nodes):,}.",
            hint="Cluster this graph, or one that where() made of it.",
        )


def node_labels(nodes: Nodes, clusters: ClusterLabels | None) -> dict[str, list[Any]]:
    """Return the cluster of each node as columns; none where no clusters are given."""
    if clusters is None:
        return {}
    check_same_nodes(nodes, clusters)
    labels = clusters.labels
    place = pa.array(labels, mask=labels < 0)
    return {
        "cluster_index": place.to_pylist(),
        "cluster_id": pa.array(clusters.ids, pa.string()).take(place).to_pylist(),
        "cluster_name": pa.array(clusters.names, pa.string()).take(place).to_pylist(),
    }
