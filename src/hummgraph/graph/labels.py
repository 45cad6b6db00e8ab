"""Clusters as a graph sees them: labels of its nodes, made by an analysis above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from hummgraph.frames import Frame
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["ClusterLabels"]


class ClusterLabels(Protocol):
    """What drawings and exchanges need of :class:`hummgraph.Clusters`."""

    @property
    def graph(self) -> LinkGraph:
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
