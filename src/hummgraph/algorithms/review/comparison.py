"""Comparison of two results: which clusters continue which, and which members move."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.review.held import regrouped
from hummgraph.algorithms.review.regrouping import KINDS, Regrouping, regroupings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = ["Comparison"]


class Comparison:
    """Clusters before and after, whose members are numbered alike.

    Parameters
    ----------
    before, after
        The clusters.
    code_before, code_after
        Number of each node of either graph in the common numbering.
    n_nodes
        Number of nodes in the common numbering.
    """

    def __init__(
        self,
        before: Clusters,
        after: Clusters,
        code_before: NDArray[np.int32],
        code_after: NDArray[np.int32],
        n_nodes: int,
    ) -> None:
        self.before, self.after = before, after
        self.label_before = np.full(n_nodes, -1, dtype=np.int64)
        """Cluster of each node before, -1 for none: shape (n_nodes,)."""
        self.label_before[code_before] = before.labels
        self.label_after = np.full(n_nodes, -1, dtype=np.int64)
        """Cluster of each node after."""
        self.label_after[code_after] = after.labels

    @cached_property
    def regroupings(self) -> list[Regrouping]:
        """Changes of clusters, those worth most first."""
        # What clusters are worth rests on what all columns are for, which takes time.
        return sorted(self._largest_first, key=lambda change: -self._worth(change))

    @cached_property
    def _largest_first(self) -> list[Regrouping]:
        """Changes of clusters, the largest first."""
        one, other = self.group_before, _alone(self.label_after)
        nodes = regrouped(one, other)
        return regroupings(nodes, one[nodes], other[nodes])

    @cached_property
    def group_before(self) -> NDArray[np.int64]:
        """Cluster of each node before; a node in none has its own: shape (n_nodes,)."""
        return _alone(self.label_before)

    def _worth(self, change: Regrouping) -> float:
        before = self.before.identity_values[list(change.before)].max(initial=0.0)
        after = self.after.identity_values[list(change.after)].max(initial=0.0)
        return float(max(before, after))

    @property
    def is_equal(self) -> bool:
        """Whether both have the same clusters."""
        return not self._largest_first

    @cached_property
    def n_by_change(self) -> dict[str, int]:
        """Number of changes of clusters by kind."""
        kinds = [one.kind for one in self._largest_first]
        return {kind: kinds.count(kind) for kind in KINDS}

    @cached_property
    def continued(self) -> NDArray[np.int64]:
        """The old cluster that each new one continues, -1 for none: shape (n_after,)."""
        found = np.full(self.after.n_clusters, -1, dtype=np.int64)
        both = (self.label_before >= 0) & (self.label_after >= 0)
        found[self.label_after[both]] = self.label_before[both]  # right where nothing changes
        for one in self._largest_first:
            for label in one.after:
                found[label] = one.heir.get(label, -1)
        return found

    @cached_property
    def continued_by(self) -> NDArray[np.int64]:
        """The new cluster that continues each old one, -1 for none: shape (n_before,)."""
        found = np.full(self.before.n_clusters, -1, dtype=np.int64)
        new = np.flatnonzero(self.continued >= 0)
        found[self.continued[new]] = new
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each new cluster: that of the old one that it continues, otherwise its own."""
        return tuple(
            own if old < 0 else self.before.names[old]
            for own, old in zip(self.after.names, self.continued.tolist(), strict=True)
        )

    def moved(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return a mask of the nodes in a cluster that does not continue theirs: shape (n,)."""
        # The last is for nodes in no cluster; -2 for a cluster that continues none.
        heir = np.append(np.where(self.continued < 0, -2, self.continued), -1)
        moved: NDArray[np.bool_] = heir[self.label_after[nodes]] != self.label_before[nodes]
        return moved


def _alone(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels of which a node in no cluster has its own, above all others."""
    found = label.copy()
    alone = np.flatnonzero(label < 0)
    found[alone] = int(label.max(initial=-1)) + 1 + np.arange(len(alone))
    return found
