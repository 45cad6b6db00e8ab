"""Tests of clusters."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering import Clusters, Contradiction, cluster
from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.graph import LinkGraph
from hummgraph.policy import Policy
from hummgraph.readers import read_links
from tests.builders import Row, catalogue, graph, record, uid


def groups(clusters: Clusters) -> set[frozenset[str]]:
    """Give the members of each cluster by path."""
    paths = {row["node_id"]: row["path"] for row in clusters.graph.nodes}
    return {frozenset(paths[member] for member in members) for members in clusters.members}


def test_threshold_is_inclusive() -> None:
    """A link whose confidence equals the threshold joins."""
    linked = graph([("a/t.x", "b/t.x", 0.9)])

    assert cluster(linked, threshold=0.9).n_clusters == 1
    assert cluster(linked, threshold=0.91).n_clusters == 0


def test_direction_is_ignored() -> None:
    """Links join whichever way they run."""
    linked = graph([("a/t.x", "b/t.x"), ("c/t.x", "b/t.x")])

    assert groups(cluster(linked, threshold=0.5)) == {frozenset({"a/t.x", "b/t.x", "c/t.x"})}


def test_rejected_does_not_join() -> None:
    """A REJECTED link joins nothing, however high its confidence."""
    linked = graph([("a/t.x", "b/t.x", 1.0, "REJECTED")])

    assert cluster(linked, threshold=0.0).n_clusters == 0


def test_rejected_pair_that_others_join_is_a_contradiction() -> None:
    """Where a chain of other links joins a REJECTED pair, the result says so."""
    linked = graph([("a/t.x", "b/t.x"), ("b/t.x", "c/t.x"), ("a/t.x", "c/t.x", 0.9, "REJECTED")])
    found = cluster(linked, threshold=0.5)

    assert found.contradictions == (Contradiction(0, uid("link 2"), uid("a/t.x"), uid("c/t.x")),)
    assert found.crosswalk()["contradictions"] == [1]


def test_rejected_pair_in_two_clusters_is_no_contradiction() -> None:
    """A REJECTED link between clusters is in force."""
    linked = graph([("a/t.x", "b/t.x"), ("c/t.x", "d/t.x"), ("a/t.x", "c/t.x", 0.9, "REJECTED")])

    assert cluster(linked, threshold=0.5).contradictions == ()


def test_rejected_self_link_is_no_contradiction() -> None:
    """A node cannot be kept apart from itself."""
    linked = graph([("a/t.x", "b/t.x"), ("a/t.x", "a/t.x", 0.9, "REJECTED")])

    assert cluster(linked, threshold=0.5).contradictions == ()


def test_approved_joins_below_the_threshold() -> None:
    """APPROVED counts whatever its confidence."""
    linked = graph([("a/t.x", "b/t.x", None, "APPROVED"), ("b/t.x", "c/t.x", 0.2)])

    assert groups(cluster(linked, threshold=0.9)) == {frozenset({"a/t.x", "b/t.x"})}


def test_policy_is_the_graphs() -> None:
    """What a null counts as is the graph's policy, and the result carries it."""
    policy = Policy(null_confidence=0.95)
    found = cluster(graph([("a/t.x", "b/t.x", None)], policy=policy), threshold=0.9)

    assert found.n_clusters == 1
    assert found.policy == policy


def test_self_link_makes_no_cluster() -> None:
    """A cluster has at least two members."""
    assert cluster(graph([("a/t.x", "a/t.x", 1.0)]), threshold=0.5).n_clusters == 0


def test_links_at_other_levels_are_counted_not_used() -> None:
    """Column clusters use column links; table links and mixed ones are counted."""
    linked = graph([("a/t.x", "b/t.x"), ("a/t", "b/t"), ("a/t.x", "b/t")])
    found = cluster(linked, threshold=0.5)

    assert (found.n_links_used, found.n_links_other_level) == (1, 2)


def test_level_chooses_the_members() -> None:
    """Tables are clustered by the links between tables."""
    linked = graph([("a/t.x", "b/t.x"), ("a/t", "b/t")])

    assert groups(cluster(linked, threshold=0.5, level="table")) == {frozenset({"a/t", "b/t"})}


def test_largest_cluster_comes_first_and_ties_go_to_the_smallest_id() -> None:
    """Labels do not depend on the order of links."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x"),
        ("c/t.x", "d/t.x"),
        ("e/t.x", "f/t.x"),
        ("f/t.x", "g/t.x"),
    ]
    found = cluster(graph(rows), threshold=0.5)

    assert found.sizes.tolist() == [3, 2, 2]
    assert found.members[1][0] < found.members[2][0]
    again = cluster(graph(rows[::-1]), threshold=0.5)
    assert again.members == found.members


def test_labels_cover_all_nodes() -> None:
    """Labels are int64 over all nodes, -1 where a node is in no cluster."""
    linked = graph([("a/t.x", "b/t.x")], also=["c/t.y"])
    found = cluster(linked, threshold=0.5)

    assert found.labels.dtype == np.int64
    assert found.labels.shape == (linked.n_nodes,)
    assert found.cluster_of("c/t.y") == -1
    assert found.cluster_of("a/t.x") == 0


def test_name_is_the_member_with_most_links() -> None:
    """A cluster is called after its best connected member."""
    linked = graph([("hub/user.email", "b/t.x"), ("hub/user.email", "c/t.x")])

    assert cluster(linked, threshold=0.5).names == ("user.email",)


def test_name_is_one_that_somebody_gave() -> None:
    """A member in a table without a name does not give its cluster a name."""
    rows = [record("hub/user.email", f"{system}/t.x") for system in "bc"]
    linked = LinkGraph(read_links(rows, catalogue=catalogue(["b/t.x"])))

    assert cluster(linked, threshold=0.5).names == ("t.x",)


def test_crosswalk_has_a_column_a_system() -> None:
    """One row a cluster; members of one system share a cell, sorted."""
    linked = graph([("crm/b.x", "erp/t.x"), ("crm/a.x", "erp/t.x")])
    (row,) = cluster(linked, threshold=0.5).crosswalk()

    assert row["crm"] == "a.x; b.x"
    assert row["erp"] == "t.x"
    assert row["size"] == 3


def test_crosswalk_survives_a_system_called_like_a_column() -> None:
    """A system named as a fixed column keeps a column of its own."""
    found = cluster(graph([("size/t.x", "erp/t.x")]), threshold=0.5).crosswalk()

    assert found["size"] == [2]
    assert found["size (system)"] == ["t.x"]


def test_empty_graph_has_no_clusters() -> None:
    """Nothing in, nothing out, in every form."""
    found = cluster(graph([]), threshold=0.5)

    assert (len(found), found.members, found.names) == (0, (), ())
    assert len(found.to_frame()) == len(found.crosswalk()) == 0
    assert found.to_dict()["clusters"] == []
    assert "0 of 0" in repr(found)


def test_result_shows_itself() -> None:
    """The representation says how many, of what, at which threshold."""
    found = cluster(graph([("a/t.x", "b/t.x")]), threshold=0.5)

    assert repr(found) == (
        "<Clusters: 1 of 2 columns at 0.5 by components, the largest of 2; 0 contradictions>"
    )
    assert "<table>" in found._repr_html_()


@pytest.mark.parametrize("threshold", [1.5, -0.1, float("nan"), True, "0.5", None])
def test_threshold_outside_its_range_is_refused(threshold: float) -> None:
    """A threshold is a number in [0, 1]."""
    with pytest.raises(ThresholdError, match="threshold"):
        cluster(graph([]), threshold=threshold)


def test_unknown_method_is_refused() -> None:
    """The error lists the methods that there are."""
    with pytest.raises(ArgumentError, match="'components'"):
        cluster(graph([]), method="magic")


def test_unknown_level_is_refused() -> None:
    """The error lists the levels."""
    with pytest.raises(ArgumentError, match="'integration_source', 'table', 'column'"):
        cluster(graph([]), level="row")


places = st.sampled_from([f"{system}/t.{column}" for system in "abc" for column in "xyz"])
rows = st.lists(
    st.tuples(
        places,
        places,
        st.none() | st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=25,
)


@given(rows, st.sampled_from([0.0, 0.3, 0.5, 0.6, 1.0]))
def test_components_equal_networkx(links: list[Row], threshold: float) -> None:
    """Clusters are networkx's components of the links that count."""
    linked: LinkGraph = graph(links)
    oracle: nx.Graph[str] = nx.Graph()
    for row in linked.links:
        counts = row["confidence"] is not None and row["confidence"] >= threshold
        if row["status"] == "APPROVED" or (row["status"] == "SUGGESTED" and counts):
            oracle.add_edge(row["source"], row["target"])
    expected = {frozenset(part) for part in nx.connected_components(oracle) if len(part) > 1}
    found = cluster(linked, threshold=threshold)

    assert {frozenset(members) for members in found.members} == expected
    together = {
        row["link_id"]
        for row in linked.links
        if row["status"] == "REJECTED"
        and row["source"] != row["target"]
        and any({row["source"], row["target"]} <= members for members in expected)
    }
    assert {contradiction.link_id for contradiction in found.contradictions} == together
