"""Clusters under decisions and a threshold are those of the library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hummgraph import LinkGraph, cluster
from hummgraph.explorer.widget.messages import World
from hummgraph.explorer.widget.worlds import clusters_under, labels_of


@pytest.mark.parametrize("method", ["average", "leiden", "gaec", "markov", "components"])
def test_they_are_those_of_cluster(method: str, demo_graph: LinkGraph) -> None:
    """The same setting, of the decided graph."""
    clusters = cluster(demo_graph, method=method)
    rejected = next(
        link for link in range(demo_graph.n_links) if demo_graph.link(link).status == "APPROVED"
    )
    decisions = {
        demo_graph.link(rejected).link_id: "REJECTED",
        demo_graph.link(1).link_id: "APPROVED",
    }
    for threshold in (clusters.threshold, 0.75):
        wanted = cluster(
            demo_graph.with_decisions(decisions),
            setting=replace(clusters.setting, threshold=threshold),
        )

        found = labels_of(clusters, World(threshold, tuple(decisions.items())))

        assert np.array_equal(np.frombuffer(found, "<i4"), wanted.labels)


def test_without_a_change_they_are_the_same(demo_graph: LinkGraph) -> None:
    """Nothing is computed for nothing."""
    clusters = cluster(demo_graph)

    assert clusters_under(clusters, {}, clusters.threshold) is clusters


def test_their_order_stays(demo_graph: LinkGraph) -> None:
    """Another threshold does not sort them anew."""
    by_name = cluster(demo_graph).sort_by("name")

    assert clusters_under(by_name, {}, 0.5).sorted_by == "name"


def test_unknown_links_are_skipped(demo_graph: LinkGraph) -> None:
    """A page may have links that the clusters were not made of."""
    clusters = cluster(demo_graph)

    found = clusters_under(clusters, {"01890a5d-ac96-774b-bcce-b302099a8057": "APPROVED"}, 0.1)

    assert np.array_equal(found.labels, clusters.labels)
