"""Tests of clusters that are held: local changes are those of clustering anew."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.held import Held, held_clusters
from hummgraph.datasets import generate_organization
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import OTHERS, TREES, decided_graphs, settings_of
from tests.support.builders import graph, grid_rows, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.review.links import PairValues


def equal(one: PairValues, other: PairValues) -> bool:
    """Return whether values are equal to the last bit; nothing equals nothing."""
    return all(
        np.array_equal(x, y, equal_nan=x.dtype.kind == "f")
        for x, y in ((getattr(one, name), getattr(other, name)) for name in one.__slots__)
    )


def changed(held: Held, link: str, status: int) -> Held:
    """Return what is held after another status of one link."""
    index = np.array([held.problem.graph.link(uid(link)).link_index])
    return held.after(held.change(index, np.array([status], dtype=held.status.dtype)))


def groups(held: Held) -> list[list[str]]:
    """Return the clusters as lists of paths."""
    paths = held.problem.graph.arrays.nodes.path
    clusters = held.clusters(held.problem_with(held.status).graph)
    split = np.split(clusters.member_index, np.cumsum(clusters.sizes)[:-1])
    return sorted(sorted(paths[at].as_py() for at in one) for one in split if len(one))


def check_changes(data: st.DataObject, methods: tuple[str, ...]) -> None:
    """Change statuses several times; compare with clustering anew each time."""
    linked = data.draw(decided_graphs())
    setting = data.draw(settings_of(methods))
    held = Held.of(cluster(linked, setting=setting))
    for _ in range(3):
        chosen = data.draw(
            st.dictionaries(
                st.integers(0, linked.n_links - 1), st.integers(0, 2), min_size=1, max_size=3
            )
        )
        index = np.array(sorted(chosen), dtype=np.int64)
        status = np.array([chosen[at] for at in index.tolist()], dtype=held.status.dtype)
        held = held.after(held.change(index, status))

        anew = cluster(held.problem_with(held.status).graph, setting=setting)
        assert np.array_equal(held.status[index], status)
        assert np.array_equal(held.clusters(anew.graph).labels, anew.labels)
        assert equal(held.values, held.linked.values(held.status))
        seen = held.values.best_first()
        seen = seen[~np.isnan(held.values.score[seen])]
        assert np.array_equal(held.values.link[seen], anew.problem.pairs.link_index)
        assert np.array_equal(held.values.score[seen], anew.problem.pairs.score)


@given(data=st.data())
def test_changes_are_those_of_clustering_anew(data: st.DataObject) -> None:
    """Each status of each link, by all methods with a tree, rules, calibrations and floors."""
    check_changes(data, TREES)


@given(data=st.data())
def test_other_methods_cluster_anew(data: st.DataObject) -> None:
    """Without a merge tree a change is found by clustering."""
    check_changes(data, OTHERS)


@pytest.mark.parametrize("method", TREES)
@pytest.mark.parametrize("calibrate", [None, "competition"])
def test_changes_of_an_organisation_are_those_of_clustering_anew(
    method: str, calibrate: str | None
) -> None:
    """Decisions one after another in a large graph, where clusters meet their neighbours."""
    organization = generate_organization(n_links=600, n_systems=5, noise=0.6, seed=3)
    linked = LinkGraph(organization.snapshot())
    setting = cluster(linked, method=method, one_per="table", calibrate=calibrate).setting
    held = Held.of(cluster(linked, setting=setting))
    random = np.random.default_rng(4)
    for _ in range(12):
        index = random.integers(0, linked.n_links, 1)
        held = held.after(held.change(index, random.integers(0, 3, 1).astype(held.status.dtype)))
        anew = cluster(held.problem_with(held.status).graph, setting=setting)
        assert np.array_equal(held.clusters(anew.graph).labels, anew.labels)


def test_changes_of_a_real_catalogue_are_those_of_clustering_anew(
    real_organization: Path,
) -> None:
    """Thirty decisions one after another, under the setting that the catalogue gets."""
    links = real_organization / "entity_links.json.gz"
    linked = LinkGraph(read_links(links, catalogue=real_organization))
    clusters = cluster(linked)
    held = Held.of(clusters)
    random = np.random.default_rng(6)
    for _ in range(30):
        index = random.integers(0, linked.n_links, 1)
        held = held.after(held.change(index, random.integers(0, 3, 1).astype(held.status.dtype)))
        anew = cluster(held.problem_with(held.status).graph, setting=clusters.setting)
        assert np.array_equal(held.clusters(anew.graph).labels, anew.labels)


def test_an_approval_taken_back_separates_what_only_it_united() -> None:
    """Two columns below the stop are one unit by approval, without a join."""
    held = Held.of(
        cluster(
            graph([("a/t.x", "b/t.x", 0.2, "APPROVED")]),
            setting=Setting(method="average", threshold=0.5),
        )
    )

    assert groups(held) == [["a/t.x", "b/t.x"]]
    assert groups(changed(held, "link 0", 0)) == []


def test_a_rejection_frees_a_column_for_a_neighbour() -> None:
    """The second best partner joins once the best is rejected; it had no part in the decision."""
    rows = [("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/t.y", 0.8)]
    setting = Setting(method="average", threshold=0.5, one_per=Level.TABLE)
    held = Held.of(cluster(graph(rows), setting=setting))

    assert groups(held) == [["a/t.x", "b/t.x"]]
    assert groups(changed(held, "link 0", 2)) == [["a/t.x", "b/t.y"]]


def test_effects_run_through_a_chain() -> None:
    """Each column takes its next partner in turn, until the chain ends."""
    names = [f"{'ab'[number % 2]}/t.{number}" for number in range(8)]
    rows = [(one, other, 0.9 - n / 100) for n, (one, other) in enumerate(pairwise(names))]
    setting = Setting(method="components", threshold=0.5, one_per=Level.TABLE)
    held = Held.of(cluster(graph(rows), setting=setting))

    assert groups(held) == [[names[n], names[n + 1]] for n in (0, 2, 4, 6)]
    assert groups(changed(held, "link 0", 2)) == [
        sorted((names[n], names[n + 1])) for n in (1, 3, 5)
    ]


def test_another_weakest_link_changes_every_score() -> None:
    """If no match is the weakest pair, a rejection of it makes all clusters anew."""
    rows = [("a/t.x", "b/t.x", 0.2), ("a/t.y", "b/t.y", 0.9), ("a/t.z", "b/t.z", 0.8)]
    setting = Setting(method="average", threshold=0.3, calibrate="competition")
    held = Held.of(cluster(graph(rows), setting=setting))
    after = changed(held, "link 0", 2)

    assert held.values.score[~np.isnan(held.values.score)].min() == 0.5
    assert after.values.score[~np.isnan(after.values.score)].min() == 0.5
    assert len(groups(held)) == 3
    assert len(groups(after)) == 2
    assert groups(changed(after, "link 0", 0)) == groups(held)


def test_links_of_other_levels_change_no_cluster() -> None:
    """A link between tables is no pair of columns."""
    linked = graph([("a/t", "b/t", 0.9), ("a/t.x", "b/t.x", 0.9)])
    held = Held.of(cluster(linked, setting=Setting(method="average", threshold=0.5)))
    index = np.array([linked.link(uid("link 0")).link_index])
    change = held.change(index, np.array([2], dtype=held.status.dtype))

    assert len(change.nodes) == 0
    assert groups(held.after(change)) == [["a/t.x", "b/t.x"]]
    assert held.after(change).status[index] == 2


@pytest.mark.parametrize("method", ["average", "gaec"])
def test_a_graph_without_columns_can_be_held(method: str) -> None:
    """Nothing is there to change."""
    held = Held.of(cluster(graph([("a/t", "b/t", 0.9)]), method=method))
    change = held.change(np.array([0]), np.array([1], dtype=held.status.dtype))

    assert len(held.linked) == 0
    assert groups(held.after(change)) == []


def test_far_clusters_are_left_alone() -> None:
    """Only clusters whose joins change are made anew."""
    rows = [*grid_rows(3), ("x/t.a", "y/t.a", 0.9)]
    setting = Setting(method="components", threshold=0.5)
    held = Held.of(cluster(graph(rows), setting=setting))
    index = np.array([held.problem.graph.link(uid(f"link {len(rows) - 1}")).link_index])
    change = held.change(index, np.array([2], dtype=held.status.dtype))

    assert len(change.nodes) == 2
    assert change.group.tolist() == [0, 1]


def test_what_is_held_of_clusters_is_found_once() -> None:
    """A second preview of the same clusters begins where the first did."""
    clusters = cluster(graph([("a/t.x", "b/t.x", 0.9)]))

    assert held_clusters(clusters) is held_clusters(clusters)
