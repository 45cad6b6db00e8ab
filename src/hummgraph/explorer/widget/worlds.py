"""Clusters under decisions and a threshold, as pages ask for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.clustering.clustering import clustered

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.widget.messages import World
    from hummgraph.graph.journal import DecisionSource

__all__ = ["clusters_under", "labels_of"]


def clusters_under(clusters: Clusters, decisions: DecisionSource, threshold: float) -> Clusters:
    """Return clusters as decisions and another threshold make them, all else as it was.

    Parameters
    ----------
    clusters
        Clusters at present.
    decisions
        Decisions applied to their graph; about links that it does not have, they are skipped.
    threshold
        Lowest score of a join, in [0, 1].

    Notes
    -----
    Takes as long as the clustering.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> clusters_under(clusters, {}, 0.5).threshold
    0.5
    """
    same = threshold == clusters.threshold
    if same and not decisions:
        return clusters
    problem = clusters.problem.with_graph(
        clusters.graph.with_decisions(decisions, missing="skip") if decisions else clusters.graph
    )
    if not same:
        problem = problem.with_setting(replace(problem.setting, threshold=threshold))
    return clustered(problem).sort_by(clusters.sorted_by)


def labels_of(clusters: Clusters, world: World) -> bytes:
    """Return the cluster of each node in a world, as a page reads it: 32-bit integers.

    Parameters
    ----------
    clusters
        Clusters at present.
    world
        Decisions and a threshold.

    Notes
    -----
    Takes as long as the clustering.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster, read_links
    >>> from hummgraph.explorer.widget.messages import World
    >>> labels_of(cluster(LinkGraph(read_links([]))), World(0.1, ()))
    b''
    """
    made = clusters_under(clusters, dict(world.decisions), world.threshold)
    return made.labels.astype(np.dtype("<i4")).tobytes()
