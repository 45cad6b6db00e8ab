"""What clusters rest on, and which of them are about everything: marks for people who read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.components import components
from hummgraph.graph.policy import APPROVED, rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = ["BASES", "generic_clusters", "rests_on"]

MIN_GENERIC_TABLES: Final = 6
"""Fewest tables of a generic cluster."""

MIN_STRENGTH: Final = 0.2
"""Least strength of a relation between two tables: one other cluster of six tables, or two of
eleven."""

MAX_RELATED_SHARE: Final = 0.2
"""Largest share of a generic cluster's pairs of tables that other clusters relate."""

BASES: Final = ("keys", "approvals", "approvals in part", "names only")
"""What a cluster may rest on."""


def rests_on(clusters: Clusters, keys: NDArray[np.bool_] | None = None) -> list[str]:
    """Return what each cluster rests on, as one of `BASES`.

    Parameters
    ----------
    clusters
        The clusters.
    keys
        Mask of the nodes that are keys, shape (n_nodes,): a cluster with a key rests on keys.

    Notes
    -----
    O(n + m) for n nodes and m links. A cluster rests on approvals if APPROVED links unite all its
    members, in part if they unite some, and otherwise on names only: on suggestions.
    """
    n, labels = clusters.n_clusters, clusters.labels
    links = clusters.graph.arrays.links
    chosen = clusters.internal_links & (links.status == APPROVED)
    source, target = links.ends.source[chosen], links.ends.target[chosen]
    member = np.flatnonzero(labels >= 0)
    part = components(len(labels), source, target)[member]
    _, first = np.unique(part, return_index=True)
    parts = np.bincount(labels[member[first]], minlength=n)
    whole = np.where(parts == 1, 1, np.where(parts == clusters.sizes, 3, 2))
    if keys is not None:
        whole[np.unique(labels[keys & (labels >= 0)])] = 0
    return [BASES[code] for code in whole.tolist()]


def generic_clusters(clusters: Clusters) -> NDArray[np.bool_]:
    """Return a mask of the clusters that span many unrelated tables: shape (n_clusters,).

    Two tables are related if other clusters have columns of both, the more the fewer tables such a
    cluster has: one of t tables adds 1 / (t - 1). A cluster of at least six tables is generic if
    at most a fifth of their pairs are related: a ``created_at`` is in every table, whatever the
    tables are about.

    Notes
    -----
    O(sum of squares of the numbers of tables of the clusters).
    """
    from scipy.sparse import csr_array, diags_array

    nodes, n = clusters.graph.arrays.nodes, clusters.n_clusters
    generic = np.zeros(n, dtype=bool)
    member = np.flatnonzero((clusters.labels >= 0) & (nodes.depth == 2) & (nodes.ancestor[1] >= 0))
    rows = np.unique(np.column_stack((clusters.labels[member], nodes.ancestor[1][member])), axis=0)
    tables, column = np.unique(rows[:, 1], return_inverse=True)
    number = np.bincount(rows[:, 0], minlength=n)
    if number.max(initial=0) < MIN_GENERIC_TABLES:
        return generic
    has = csr_array((np.ones(len(rows)), (rows[:, 0], column)), shape=(n, len(tables)))
    own = 1.0 / np.maximum(number - 1, 1)
    strength = (has.T @ diags_array(own) @ has).tocsr()
    ends = np.cumsum(number)
    for label in np.flatnonzero(number >= MIN_GENERIC_TABLES).tolist():
        mine = column[ends[label] - number[label] : ends[label]]
        among = strength[mine][:, mine].toarray() - own[label]
        related = np.count_nonzero(np.triu(rounded(among) >= MIN_STRENGTH, k=1))
        pairs = number[label] * (number[label] - 1) / 2
        generic[label] = related <= MAX_RELATED_SHARE * pairs
    return generic
