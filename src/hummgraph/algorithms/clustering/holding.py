"""The links of clusters: those that hold them together, and those that did not join."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.graph.policy import APPROVED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import ClusteringProblem

__all__ = ["HoldingLinks"]


class HoldingLinks:
    """Links that hold clusters together: the part of `Clusters` that counts links."""

    if TYPE_CHECKING:
        problem: ClusteringProblem
        labels: NDArray[np.int64]

    @cached_property
    def _level_links(self) -> NDArray[np.bool_]:
        """Links between two nodes of the level."""
        ends = self.problem.graph.arrays.links.ends
        here: NDArray[np.bool_] = ends.source != ends.target
        here &= self.problem.graph.link_levels == self.problem.level.depth
        return here

    @cached_property
    def _accepted_links(self) -> NDArray[np.bool_]:
        """Links that ask for a join: those at or above the threshold, and APPROVED ones."""
        status = self.problem.graph.arrays.links.status
        scores = self.problem.link_scores
        return self._level_links & self.problem.graph.policy.accepts(
            scores, status, self.problem.setting.threshold
        )

    @cached_property
    def holding_links(self) -> NDArray[np.bool_]:
        """Links that hold a cluster together: shape (n_links,).

        Those at or above the threshold, or APPROVED where that binds, with both ends inside.
        """
        return self._accepted_links & self.internal_links

    @cached_property
    def internal_links(self) -> NDArray[np.bool_]:
        """Links with both ends in one cluster, of any status: shape (n_links,)."""
        ends = self.problem.graph.arrays.links.ends
        label = self.labels[ends.source]
        inside: NDArray[np.bool_] = label == self.labels[ends.target]
        inside &= self._level_links & (label >= 0)
        return inside

    @cached_property
    def member_confidence(self) -> NDArray[np.float64]:
        """Confidence of each membership: the highest of the links that hold the node.

        Shape (n_nodes,), in [0, 1]; NaN where no link that holds the node has a confidence.
        """
        graph, ends = self.problem.graph, self.problem.graph.arrays.links.ends
        chosen = np.flatnonzero(self.holding_links & ~np.isnan(graph.weights))
        most = np.full(graph.n_nodes, -1.0)
        for end in (ends.source, ends.target):
            np.maximum.at(most, end[chosen], graph.weights[chosen])
        return np.where(most < 0, np.nan, most)

    @cached_property
    def member_approved(self) -> NDArray[np.bool_]:
        """Whether an APPROVED link holds the node in its cluster: shape (n_nodes,)."""
        links = self.problem.graph.arrays.links
        chosen = np.flatnonzero(self.holding_links & (links.status == APPROVED))
        held = np.zeros(self.problem.graph.n_nodes, bool)
        held[links.ends.source[chosen]] = held[links.ends.target[chosen]] = True
        return held

    @cached_property
    def refused_links(self) -> NDArray[np.bool_]:
        """Links at or above the threshold that did not join: shape (n_links,)."""
        return self._accepted_links & ~self.internal_links

    @property
    def n_links_used(self) -> int:
        """Links at or above the threshold, or APPROVED, with both ends in one cluster."""
        return int(np.count_nonzero(self.holding_links))

    @property
    def n_links_refused(self) -> int:
        """Links at or above the threshold whose ends are in two clusters, or in none."""
        return int(np.count_nonzero(self.refused_links))

    @property
    def n_links_other_level(self) -> int:
        """Links not used because an end stands at another level."""
        return int(np.count_nonzero(self.problem.graph.link_levels != self.problem.level.depth))
