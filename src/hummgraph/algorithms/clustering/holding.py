"""The links of clusters: those that hold them together, and those that did not join."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.entities.traits import traits
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
        """Confidence of each membership: how sure the links tie the node to another system.

        Of the surest chain of links from the node to a member in another system, that of the
        weakest link; copies of a table are in its system. If all members of the cluster are in one
        system, the highest of the links that hold the node. Shape (n_nodes,), in [0, 1]; NaN where
        no link with a confidence does.
        """
        graph = self.problem.graph
        return self._tied(np.where(self.holding_links, graph.weights, np.nan))

    @cached_property
    def member_approved(self) -> NDArray[np.bool_]:
        """Whether APPROVED links alone tie the node to another system: shape (n_nodes,).

        If all members of the cluster are in one system, whether one holds the node.
        """
        approved = self.problem.graph.arrays.links.status == APPROVED
        tied = self._tied(np.where(self.holding_links & approved, 1.0, np.nan))
        return ~np.isnan(tied)

    def _tied(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the confidence of each membership from links of some weights; NaN for none."""
        ends = self.problem.graph.arrays.links.ends
        home = traits(self.problem.graph).origin
        rows = np.flatnonzero(~np.isnan(weight))
        one, other, weight = ends.source[rows], ends.target[rows], weight[rows]
        leaves = (home[one] != home[other]) | self._in_one_home(home)[self.labels[one]]
        outward = np.full(len(home), -1.0)
        for end in (one, other):
            np.maximum.at(outward, end[leaves], weight[leaves])
        inside = ~leaves
        return _spread(outward, one[inside], other[inside], weight[inside])

    def _in_one_home(self, home: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return a mask of the clusters all of whose members are in one system."""
        member = np.flatnonzero(self.labels >= 0)
        label = self.labels[member]
        n = int(label.max(initial=-1)) + 1
        first, last = np.full(n, np.iinfo(np.int32).max), np.full(n, -1)
        np.minimum.at(first, label, home[member])
        np.maximum.at(last, label, home[member])
        alone: NDArray[np.bool_] = first == last
        return alone

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


def _spread(
    outward: NDArray[np.float64],
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the weakest link of each node's best chain to the outside; NaN for none.

    Kruskal's algorithm, until each node is joined with the outside: O(m log m) for m links.

    Parameters
    ----------
    outward
        Best link of each node to the outside; -1 for none.
    one, other, weight
        Links inside.
    """
    outside = len(outward)
    found = np.where(outward < 0, np.nan, outward)
    nodes = np.unique(np.concatenate((one, other)))
    leaving = nodes[outward[nodes] >= 0]
    one = np.concatenate((leaving, one))
    other = np.concatenate((np.full(len(leaving), outside), other))
    weight = np.concatenate((outward[leaving], weight))
    order = np.argsort(-weight, kind="stable")
    parent: dict[int, int] = {}
    # Nodes that are not joined with the outside yet, by the one that stands for them.
    waiting: dict[int, list[int]] = {outside: []}

    def root(node: int) -> int:
        while (above := parent.get(node, node)) != node:
            parent[node] = parent.get(above, above)
            node = above
        return node

    rows = zip(one[order].tolist(), other[order].tolist(), weight[order].tolist(), strict=True)
    for a, b, sure in rows:
        x, y = root(a), root(b)
        if x == y:
            continue
        mine, theirs = waiting.pop(x, [x]), waiting.pop(y, [y])
        if not mine or not theirs:
            found[mine + theirs] = sure
            mine = theirs = []
        elif len(mine) < len(theirs):
            mine, theirs = theirs, mine
        mine += theirs
        parent[y] = x
        waiting[x] = mine
    return found
