"""Clusters of a page: a merge tree that it can cut at any threshold, or fixed labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.choice import chosen_setting
from hummgraph.algorithms.clustering.clustering import METHODS, cluster
from hummgraph.algorithms.clustering.merge_tree import joins_of
from hummgraph.algorithms.review.queue import reviewed_links
from hummgraph.explorer.traits import traits_of
from hummgraph.explorer.words import LEVEL_THINGS
from hummgraph.frames import counted
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, rounded
from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Clustering", "clustering_of", "shown_links", "usual_clusters"]


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Input of a page about its clusters.

    Parameters
    ----------
    info
        Method and options, as in the header.
    arrays
        The merge tree, or labels.
    scores
        Scores to compare with thresholds, if they are not the confidences: shape (n_links,) of the
        drawn graph.
    texts
        Texts that the traits of nodes are made of.
    clusters
        The clusters themselves.
    """

    info: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    scores: NDArray[np.float64] | None
    texts: list[str]
    clusters: Clusters


def clustering_of(graph: LinkGraph, clusters: Clusters | None) -> Clustering:
    """Return the clusters of a page.

    Parameters
    ----------
    graph
        The drawn graph.
    clusters
        Clusters of the same nodes; by default the usual ones.

    Notes
    -----
    Takes as long as the merge tree, and O(n log n) besides.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster, read_links
    >>> graph = LinkGraph(read_links([]))
    >>> clustering_of(graph, cluster(graph, method="clip")).info["tree"]
    False
    """
    clusters = usual_clusters(graph) if clusters is None else clusters
    tree = METHODS[clusters.method].tree
    problem = clusters.problem
    info = {
        "method": clusters.method,
        "about": _describe_clusters(graph, clusters),
        "threshold": clusters.threshold,
        "scale": clusters.threshold_scale,
        "level": clusters.level.depth,
        "tree": tree,
        "parameters": {name: _as_json_value(value) for name, value in clusters.parameters.items()},
        "one_per": None if clusters.one_per is None else clusters.one_per.depth,
        "setting": {name: getattr(clusters.setting, name) for name in _SETTING},
        "recalibrates": _recalibrates(clusters),
        "exempt": [clusters.graph.index_of(system) for system in problem.many_in],
        "unfair": np.flatnonzero(~problem.links.fair).tolist(),
        "reviewed": reviewed_links(graph).tolist(),
    }
    arrays = _tree_arrays(graph, clusters) if tree else {"labels": clusters.labels.astype(np.int32)}
    plain = problem.calibrate is None and clusters.setting.floor is None
    scores = None if plain else _drawn_scores(graph, clusters)
    named = traits_of(graph, clusters)
    return Clustering(info, arrays | named.arrays, scores, named.texts, clusters)


_SETTING: Final = ("calibrate", "weights", "no_match", "floor", "n_approved", "n_rejected")
"""Parts of a setting by which the page scores links; the others are in the header by themselves."""

_AVERAGES: Final = {
    "possible": "pairs without a link count too",
    "present": "pairs without a link do not count",
}
_CALIBRATED: Final = {
    "competition": "scores are lower where links compete",
    "decisions": "scores learnt from decided links",
    "both": "scores learnt from decided links, and lower where links compete",
}


def _recalibrates(clusters: Clusters) -> bool:
    """Return whether the page can choose the setting again: if it is the one of a catalogue."""
    setting = clusters.setting
    if setting.calibrate != "decisions" or setting.floor is None:
        return False
    chosen = chosen_setting(clusters.problem)
    return replace(chosen, threshold=setting.threshold) == setting


def usual_clusters(graph: LinkGraph) -> Clusters:
    """Return the clusters of a page for which none are given: those of ``cluster(graph)``.

    They are of columns, or where no link is between two columns, of the level with most links.

    Parameters
    ----------
    graph
        The drawn graph.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> usual_clusters(LinkGraph(read_links([]))).threshold
    0.1
    """
    levels = list(Level)
    counts = [int(np.count_nonzero(graph.link_levels == level.depth)) for level in levels]
    most = max(levels, key=lambda level: (counts[level.depth], level.depth))
    return cluster(graph, level=Level.COLUMN if counts[Level.COLUMN.depth] else most)


def _as_json_value(value: object) -> object:
    """Return a parameter as a value for JSON."""
    if (
        value is None
        or isinstance(value, str | int)
        or (isinstance(value, float) and isfinite(value))
    ):
        return value
    return str(value)


def _describe_clusters(graph: LinkGraph, clusters: Clusters) -> str:
    """Return a description of how the clusters were built; the page adds the floor."""
    said = [f"method {clusters.method}"]
    said += [
        _AVERAGES.get(str(value), "") if name == "average_over" else f"{name} {value}"
        for name, value in clusters.parameters.items()
        if value != METHODS[clusters.method].parameters[name]
    ]
    if clusters.one_per is not None:
        rule = f"one {LEVEL_THINGS[clusters.level]} of each {LEVEL_THINGS[clusters.one_per]}"
        exempt = [clusters.graph.node(system).name for system in clusters.problem.many_in]
        said.append(rule + (f", but for {', '.join(exempt)}" if exempt else ""))
    if clusters.calibrate is not None:
        said.append(_CALIBRATED[clusters.calibrate])
    n_drawn, n_clustered = graph.n_links, clusters.graph.n_links
    if not np.array_equal(graph.link_ids, clusters.graph.link_ids):
        said.append(f"made of {counted(n_clustered, 'link')}; {n_drawn:,} are in this page")
    elif not np.array_equal(graph.arrays.links.status, clusters.graph.arrays.links.status):
        said.append("made of the same links with other decisions")
    return "; ".join(said)


def _tree_arrays(graph: LinkGraph, clusters: Clusters) -> dict[str, NDArray[Any]]:
    """Return the joins, highest first: a member of each side, and the height."""
    constraints = clusters.problem.constraints
    _, joins = joins_of(clusters)
    _, member = np.unique(constraints.unit, return_index=True)
    a, b, height = member[joins.left], member[joins.right], joins.height
    # The page itself joins the ends of its APPROVED links. Other links that bind are added as joins
    # that hold at every threshold.
    must = constraints.must[~_approved_mask(graph, clusters)]
    a, b = np.concatenate((must[:, 0], a)), np.concatenate((must[:, 1], b))
    height = np.concatenate((np.ones(len(must)), height))
    heights, code = np.unique(-height, return_inverse=True)
    return {
        "tree_a": (a + clusters.problem.first).astype(np.int32),
        "tree_b": (b + clusters.problem.first).astype(np.int32),
        "tree_height": code.astype(np.uint32),
        "heights": -heights,
    }


def _approved_mask(graph: LinkGraph, clusters: Clusters) -> NDArray[np.bool_]:
    """Return a mask of the must-links that are APPROVED links of the drawn graph."""
    whole = clusters.graph
    must = _must_link_positions(clusters)
    if graph.arrays.links is whole.arrays.links:
        return np.ones(len(must), dtype=bool)
    place = find_ids(whole.link_ids[must], graph.link_ids)
    status = graph.arrays.links.status
    has = np.zeros(len(must), dtype=bool)
    has[place >= 0] = status[place[place >= 0]] == APPROVED
    return has


def _must_link_positions(clusters: Clusters) -> NDArray[np.int64]:
    """Return the positions of the must-links among the links, in order."""
    graph, policy = clusters.graph, clusters.policy
    if policy.approved != "accept":
        return np.empty(0, dtype=np.int64)
    links = graph.arrays.links
    here = (graph.link_levels == clusters.level.depth) & (links.ends.source != links.ends.target)
    return np.flatnonzero(here & (links.status == APPROVED))


def shown_links(graph: LinkGraph, clusters: Clusters) -> NDArray[np.bool_]:
    """Return a mask of the links that a page shows at its clusters' threshold: shape (n_links,).

    Parameters
    ----------
    graph
        The drawn graph.
    clusters
        Clusters of the same nodes.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> int(shown_links(graph, cluster(graph)).sum()) <= graph.n_links
    True
    """
    links, policy, floor = graph.arrays.links, clusters.policy, clusters.setting.floor
    weights = policy.weights(links.confidence, links.status, links.link_type)
    score = np.where(np.isnan(links.confidence), weights, links.confidence)
    if floor is not None:
        score[rounded(score) < floor] = 0.0
    if clusters.problem.calibrate is not None or floor is not None:
        own = _drawn_scores(graph, clusters)
        score = np.where(np.isnan(own), score, own)
    # A threshold of 0 asks for nothing: links without a score are shown too.
    found: NDArray[np.bool_] = policy.accepts(score, links.status, clusters.threshold)
    return found | (clusters.threshold == 0)


def _drawn_scores(graph: LinkGraph, clusters: Clusters) -> NDArray[np.float64]:
    """Return the score of each drawn link, NaN for a link that was not clustered.

    A link from a node to itself joins nothing, and has none.
    """
    ends = clusters.graph.arrays.links.ends
    scores = np.where(ends.source == ends.target, np.nan, clusters.problem.link_scores)
    place = find_ids(graph.link_ids, clusters.graph.link_ids)
    found: NDArray[np.float64] = np.where(place >= 0, np.append(scores, np.nan)[place], np.nan)
    return found
