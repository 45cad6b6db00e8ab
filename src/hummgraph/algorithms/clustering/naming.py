"""Names and order of clusters: the part of `Clusters` that people read first."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from hummgraph.algorithms.clustering.identity import ORDERS, Identity, identities, sorted_labels
from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = ["NamedClusters"]

_OF_ORDER: Final = frozenset({"order", "quality", "articulation_points", "policy_effect"})
"""What is computed once and depends on the order."""


class NamedClusters:
    """Names of clusters, and the order in which they are listed."""

    @cached_property
    def identity(self) -> Identity:
        """Worth, names and roles of the clusters, by label."""
        return identities(cast("Clusters", self))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each cluster, made of the words of its members; no two are alike.

        Ids are called after what most are about, such as ``"Salesforce account id"``, with the
        system that members name. Others are called as most tables call them, after the entity of
        most members, such as ``"person email"``. Of several clusters with one name, those after
        the first in the order of identity have another word in brackets. Names that people gave to
        members take precedence. `name_shares` shows how many members carry the words.
        """
        return self.identity.names

    @cached_property
    def name_shares(self) -> NDArray[np.float64]:
        """Share of each cluster's members that carry its name, in [0, 1]: shape (n_clusters,)."""
        return self.identity.share

    @cached_property
    def identity_values(self) -> NDArray[np.float64]:
        """Worth of each cluster to somebody who looks for identities: shape (n_clusters,).

        Mean role value of the members x log2(1 + systems) x mean confidence of the links that hold
        it x coherence. Alternate keys such as e-mails are worth 1, keys .8, references .5, texts
        .35, categories .15, measures .1, times and technical columns 0. A copy counts for the
        system of its original. Coherence is the share of the members about one thing.
        """
        return self.identity.value

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Labels of the clusters in the order of iteration, frames and files.

        By `identity_values`, highest first, unless :meth:`sort_by` chose another order. Clusters of
        deleted nodes alone come last.
        """
        return sorted_labels(cast("Clusters", self))

    def sort_by(self, key: str) -> Clusters:
        """Return the same clusters in another order.

        Parameters
        ----------
        key
            ``"identity"``, ``"size"``, ``"systems"`` or ``"confidence"`` (the mean of the links
            that hold a cluster), the highest first; or ``"name"``.

        Raises
        ------
        ArgumentError
            If ``key`` is something else.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
        >>> next(iter(clusters)).name, next(iter(clusters.sort_by("size"))).name
        ('person phone', 'workspace id')
        """
        if key not in ORDERS:
            raise ArgumentError(f"key is {key!r}; it must be one of {', '.join(ORDERS)}.")
        other = replace(cast("Clusters", self), sorted_by=key)
        # The same clusters: what is known of these is known of them, all but the order.
        known = {name: value for name, value in vars(self).items() if name not in _OF_ORDER}
        vars(other).update(known | {"sorted_by": key})
        return other
