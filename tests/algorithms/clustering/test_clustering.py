"""Tests of clusters."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any
from uuid import UUID

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.calibration import competition
from hummgraph.algorithms.clustering.clustering import METHODS, Clusters, cluster
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.errors import (
    ArgumentError,
    MemoryLimitError,
    NodeNotFoundError,
    ThresholdError,
)
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, catalogue, graph, grid_rows, record, uid


def chained(linked: LinkGraph, *, threshold: float = 0.5, **options: Any) -> Clusters:
    """Return clusters by components."""
    return cluster(linked, threshold=threshold, method="components", **options)


def groups(clusters: Clusters) -> set[frozenset[str]]:
    """Return the members of each cluster by path."""
    paths = {row["node_id"]: row["path"] for row in clusters.graph.nodes}
    return {frozenset(paths[member] for member in members) for members in clusters.members}


def test_threshold_is_inclusive() -> None:
    """A link whose confidence equals the threshold joins."""
    linked = graph([("a/t.x", "b/t.x", 0.9)])

    assert cluster(linked, method="average", threshold=0.9).n_clusters == 1
    assert cluster(linked, method="average", threshold=0.91).n_clusters == 0


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int64(1), Fraction(1, 2)])
def test_thresholds_are_numbers_of_any_kind(number: Any) -> None:
    """NumPy's and Python's other real numbers are accepted like a float."""
    linked = graph([("a/t.x", "b/t.x", 1.0)])

    assert cluster(linked, threshold=number).threshold == float(number)
    assert linked.where(min_confidence=number).n_links == 1
    with pytest.raises(ThresholdError):
        cluster(linked, threshold=True)


def test_direction_is_ignored() -> None:
    """Links join whichever way they run."""
    linked = graph([("a/t.x", "b/t.x"), ("c/t.x", "b/t.x")])

    assert groups(chained(linked)) == {frozenset({"a/t.x", "b/t.x", "c/t.x"})}


def test_rejected_does_not_join() -> None:
    """A REJECTED link joins nothing, however high its confidence."""
    linked = graph([("a/t.x", "b/t.x", 1.0, "REJECTED")])

    assert cluster(linked, threshold=0.0).n_clusters == 0


def test_rejected_pair_stays_apart() -> None:
    """A chain of suggestions joins as far as it can without uniting a REJECTED pair."""
    linked = graph(
        [("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.8), ("a/t.x", "c/t.x", 1.0, "REJECTED")]
    )
    found = chained(linked)

    assert groups(found) == {frozenset({"a/t.x", "b/t.x"})}
    assert found.contradictions == ()
    (refused,) = found.refused
    assert (refused["link_id"], refused["reason"]) == (uid("link 1"), "rejected")
    assert refused["rejected_link_id"] == uid("link 2")
    assert (found.n_links_used, found.n_links_refused) == (1, 1)


def test_rejected_pair_that_approvals_join_is_a_contradiction() -> None:
    """If APPROVED links force a REJECTED pair together, the result lists it with its causes."""
    linked = graph(
        [
            ("a/t.x", "b/t.x", 0.9, "APPROVED"),
            ("b/t.x", "c/t.x", 0.6, "APPROVED"),
            ("a/t.x", "c/t.x", 0.9, "REJECTED"),
        ]
    )
    found = chained(linked)
    (contradiction,) = found.contradictions

    assert contradiction.cluster_id == found.ids[0]
    assert contradiction.link_id == uid("link 2")
    assert contradiction.conflicts == ((uid("link 0"), uid("link 1")),)
    assert not contradiction.more_conflicts
    assert contradiction.cut == (uid("link 1"),)
    assert found.crosswalk()["contradictions"] == [1]
    named = contradiction.to_dict() | {"cluster_name": found.names[0]}
    assert found.to_dict()["contradictions"] == [named]


def test_contradictions_beyond_a_hundred_are_listed() -> None:
    """Plain data explains the first hundred contradictions and lists the others."""
    rows: list[Row] = []
    for number in range(102):
        ends = f"a/t.x{number}", f"b/t.x{number}"
        rows += [(*ends, 0.9, "APPROVED"), (*ends, 0.9, "REJECTED")]
    listed = chained(graph(rows)).to_dict()["contradictions"]

    assert len(listed) == 102
    assert "cut" in listed[99]
    assert "cut" not in listed[100]


def test_conflicting_sets_are_capped() -> None:
    """The ten shortest of very many chains are listed, and the result notes that there are more."""
    rows: list[Row] = [("a/t.x", "z/t.x", 0.9, "REJECTED")]
    for middle in "bcdefghijklm":
        rows += [
            ("a/t.x", f"{middle}/t.x", 0.9, "APPROVED"),
            (f"{middle}/t.x", "z/t.x", 0.8, "APPROVED"),
        ]
    (contradiction,) = chained(graph(rows)).contradictions

    assert len(contradiction.conflicts) == 10
    assert contradiction.more_conflicts
    assert len(contradiction.cut) == 12


def test_a_policy_that_scores_decisions_explains_nothing() -> None:
    """If REJECTED does not bind, a rejected pair inside a cluster is still listed."""
    policy = Policy(rejected="score", approved="score")
    linked = graph([("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/t.x", 0.9, "REJECTED")], policy=policy)
    (contradiction,) = chained(linked).contradictions

    assert (contradiction.conflicts, contradiction.cut) == ((), ())
    assert contradiction.single_cuts == ()


def test_rejected_pair_in_two_clusters_is_no_contradiction() -> None:
    """A REJECTED link between clusters is not a contradiction."""
    linked = graph([("a/t.x", "b/t.x"), ("c/t.x", "d/t.x"), ("a/t.x", "c/t.x", 0.9, "REJECTED")])

    assert cluster(linked, threshold=0.5).contradictions == ()


def test_rejected_self_link_is_no_contradiction() -> None:
    """A node cannot be kept apart from itself."""
    linked = graph([("a/t.x", "b/t.x"), ("a/t.x", "a/t.x", 0.9, "REJECTED")])

    assert cluster(linked, threshold=0.5).contradictions == ()


def test_approved_joins_below_the_threshold() -> None:
    """APPROVED links count at any confidence."""
    linked = graph([("a/t.x", "b/t.x", None, "APPROVED"), ("b/t.x", "c/t.x", 0.2)])

    assert groups(cluster(linked, threshold=0.9)) == {frozenset({"a/t.x", "b/t.x"})}


def test_policy_is_the_graphs() -> None:
    """The graph's policy decides what a null counts as, and the result carries it."""
    policy = Policy(null_confidence=0.95)
    linked = graph([("a/t.x", "b/t.x", None)], policy=policy)
    found = cluster(linked, method="average", threshold=0.9)

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
    found = chained(graph(rows))

    assert found.sizes.tolist() == [3, 2, 2]
    assert found.members[1][0] < found.members[2][0]
    again = chained(graph(rows[::-1]))
    assert again.members == found.members


def test_labels_cover_all_nodes() -> None:
    """Labels are int64 over all nodes, -1 where a node is in no cluster."""
    linked = graph([("a/t.x", "b/t.x")], also=["c/t.y"])
    found = cluster(linked, threshold=0.5)

    assert found.labels.dtype == np.int64
    assert found.labels.shape == (linked.n_nodes,)
    assert found.labels[linked.index_of("c/t.y")] == -1


def test_a_node_in_no_cluster_has_no_index() -> None:
    """The index is None, or an error names the node: -1 would be the last cluster's index."""
    linked = graph([("a/t.x", "b/t.x")], also=["c/t.y"])
    found = cluster(linked, threshold=0.5)

    assert found.cluster_of("c/t.y") is None
    assert found.cluster_of(linked.node("a/t.x")) == found.cluster_of(UUID(uid("b/t.x"))) == 0
    assert found.cluster_of("a/t.x", missing="raise") == 0
    with pytest.raises(ArgumentError, match=r"'c/t\.y' is in no cluster"):
        found.cluster_of("c/t.y", missing="raise")
    with pytest.raises(ArgumentError, match="missing is 'skip'; it must be 'none' or 'raise'"):
        found.cluster_of("c/t.y", missing="skip")


def test_name_of_a_cluster_of_systems() -> None:
    """A system with a name goes first, whatever it contains."""
    first, last = sorted("ab", key=uid)
    rows = [record("a", "b"), record("c/t.x", "d/t.x")]
    linked = LinkGraph(read_links(rows, catalogue=catalogue([last])))
    assert linked.index_of(uid(first)) < linked.index_of(last)

    assert cluster(linked, level="integration_source").names == (last,)


def test_crosswalk_has_a_column_a_system() -> None:
    """Each cluster has one row; members of one system share a cell, sorted."""
    linked = graph([("crm/b.x", "erp/t.x"), ("crm/a.x", "erp/t.x")])
    (row,) = chained(linked).crosswalk()

    assert row["crm"] == "a.x (0.90); b.x (0.90)"
    assert row["erp"] == "t.x (0.90)"
    assert row["size"] == 3


def test_crosswalk_survives_a_system_called_like_a_column() -> None:
    """A system named as a fixed column keeps a column of its own."""
    found = cluster(graph([("size/t.x", "erp/t.x")]), threshold=0.5).crosswalk()

    assert found["size"] == [2]
    assert found["size (system)"] == ["t.x (0.90)"]


def test_empty_graph_has_no_clusters() -> None:
    """An empty graph has empty results in every form."""
    found = cluster(graph([]), threshold=0.5)

    assert (len(found), found.members, found.names) == (0, (), ())
    assert len(found.to_frame()) == len(found.crosswalk()) == 0
    assert found.to_dict()["clusters"] == []
    assert "0 of 0" in repr(found)


def test_result_shows_itself() -> None:
    """The representation has the numbers, the level and the threshold."""
    found = cluster(graph([("a/t.x", "b/t.x")]), method="average", threshold=0.5)

    assert repr(found) == (
        "<Clusters: 1 of 2 columns by average at 0.5 confidence, the largest of 2;"
        " 0 contradictions>"
    )
    assert "<table " in found._repr_html_()


@pytest.mark.parametrize("threshold", [1.5, -0.1, float("nan"), True, "0.5"])
def test_threshold_outside_its_range_is_refused(threshold: float) -> None:
    """A threshold is a number in [0, 1]."""
    with pytest.raises(ThresholdError, match="threshold"):
        cluster(graph([]), threshold=threshold)


def test_unknown_method_is_refused() -> None:
    """The error lists the known methods."""
    with pytest.raises(ArgumentError, match="'components'"):
        cluster(graph([]), method="magic")


def test_unknown_level_is_refused() -> None:
    """The error lists the levels."""
    with pytest.raises(ArgumentError, match="'integration_source', 'table', 'column'"):
        cluster(graph([]), level="row")


def test_ids_are_made_of_members() -> None:
    """A cluster's id depends on its members only, not on names or its rank."""
    few = chained(graph([("a/t.x", "b/t.x")]))
    more = chained(graph([("a/t.x", "b/t.x"), ("c/t.x", "d/t.x"), ("d/t.x", "e/t.x")]))

    assert few.ids[0] == more.ids[1]
    assert few.ids[0] != more.ids[0]
    assert len(few.ids[0]) == 16
    unnamed = LinkGraph(read_links([record("a/t.x", "b/t.x")]))
    assert cluster(unnamed).ids == few.ids


def test_one_per_system_holds() -> None:
    """A cluster takes one column of a system, the one with the better link."""
    linked = graph([("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/u.x", 0.8)])
    found = chained(linked, one_per="integration_source")

    assert groups(found) == {frozenset({"a/t.x", "b/t.x"})}
    assert found.refused["reason"] == ["one_per"]
    assert chained(linked, one_per="table").sizes.tolist() == [3]


def test_one_per_leaves_some_systems_alone() -> None:
    """In the systems named by many_in a cluster may have several members."""
    linked = graph(
        [
            ("a/t.x", "b/t.x", 0.9),
            ("a/t.x", "b/u.x", 0.8),
            ("b/t.x", "a/u.x", 0.7),
        ]
    )
    found = chained(linked, one_per="integration_source", many_in="b")

    assert groups(found) == {frozenset({"a/t.x", "b/t.x", "b/u.x"})}
    assert found.to_dict()["many_in"] == [uid("b")]


def test_approvals_may_break_one_per() -> None:
    """Members that reviewers united stay together; no third member joins them."""
    linked = graph(
        [
            ("a/t.x", "a/u.x", 0.9, "APPROVED"),
            ("a/t.x", "b/t.x", 0.8),
            ("a/u.x", "a/v.x", 0.9),
        ]
    )
    found = chained(linked, one_per="integration_source")

    assert groups(found) == {frozenset({"a/t.x", "a/u.x", "b/t.x"})}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"one_per": "row"}, "one_per is 'row'"),
        ({"one_per": "column"}, "one_per is 'column'"),
        ({"one_per": "table", "level": "table"}, "a level above"),
        ({"calibrate": "magic"}, "'competition', 'decisions', 'both', 'auto' or None"),
        ({"many_in": ["a"], "one_per": None}, "without one_per"),
        ({"many_in": ["a/t"], "one_per": "table"}, "not a system"),
        ({"method": "average", "average_over": "all"}, "'present', 'possible'"),
        ({"method": "average", "inflation": 2}, "no parameter 'inflation'; it has average_over"),
        ({"method": "components", "inflation": 2}, "none of its own"),
    ],
)
def test_bad_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    """An error names the argument, its value and what is allowed."""
    with pytest.raises(ArgumentError, match=message):
        cluster(graph([("a/t.x", "b/t.x")]), **options)


def test_policy_argument_replaces_the_graphs() -> None:
    """A policy passed to cluster applies to that call only."""
    linked = graph([("a/t.x", "b/t.x", None)])
    policy = Policy(null_confidence=0.9)

    assert cluster(linked).n_clusters == 0
    assert cluster(linked, policy=policy).policy == policy
    assert cluster(linked, policy=policy).n_clusters == 1


def test_competition_finds_ambiguity() -> None:
    """None of many equally good candidates is the match; a lone candidate is."""
    rows: list[Row] = [(f"a/t.x{number}", "b/t.x", 0.9) for number in range(5)]
    rows.append(("c/t.x", "d/t.x", 0.9))
    rows.append(("e/t.x", "f/t.x", 0.5))
    found = chained(graph(rows), calibrate="competition", threshold=0.7)

    assert groups(found) == {frozenset({"c/t.x", "d/t.x"})}
    assert found.threshold_scale == found.calibrate == "competition"
    # The weakest pair is as likely to be a match as not; the five share what is left to them.
    assert sorted(found.problem.link_scores.tolist()) == pytest.approx(
        [0.5, *[0.5998] * 5, 0.9997], abs=1e-4
    )


@pytest.mark.parametrize("place", range(4))
def test_competitors_are_one_contest_whatever_their_ids(place: int) -> None:
    """A column's candidates in a system are counted together, with smaller ids and larger ones."""
    ids = np.delete(np.arange(4, dtype=np.int32), place)
    column = np.full(3, place, dtype=np.int32)
    pairs = Pairs(
        n_nodes=4,
        a=np.minimum(column, ids),
        b=np.maximum(column, ids),
        score=np.full(3, 0.9),
        approved=np.zeros(3, dtype=bool),
        link_index=np.arange(3),
    )
    system = np.full(4, 1, dtype=np.int32)
    system[place] = 0

    assert competition(pairs, system, no_match=0.5).score.round(4).tolist() == [0.6665] * 3
    assert competition(pairs, system).score.tolist() == [0.375] * 3


def test_no_match_is_the_weakest_pair_unless_given() -> None:
    """The score of no match is a parameter, and needs a calibration."""
    linked = graph([("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.3)])

    by_weakest = cluster(linked, calibrate="competition").problem.link_scores
    given_it = cluster(linked, calibrate="competition", no_match=0.3).problem.link_scores
    constant = cluster(linked, calibrate="competition", no_match=0.9).problem.link_scores

    assert by_weakest.tolist() == given_it.tolist()
    assert sorted(constant.tolist())[1] == 0.5
    with pytest.raises(ArgumentError, match="no_match belongs to calibrate"):
        cluster(linked, method="average", no_match=0.3)
    with pytest.raises(ThresholdError, match="no_match is 2"):
        cluster(linked, calibrate="competition", no_match=2)


def test_average_counts_missing_links_or_not() -> None:
    """Over possible pairs a missing link counts as 0, over present ones not at all."""
    linked = graph([("a/t.x", "b/t.x", 1.0), ("b/t.x", "c/t.x", 0.8)])

    def sizes(threshold: float, over: str) -> list[int]:
        found = cluster(linked, method="average", threshold=threshold, average_over=over)
        return [int(size) for size in found.sizes]

    assert sizes(0.5, "possible") == [2]
    assert sizes(0.4, "possible") == [3]
    assert sizes(0.5, "present") == [3]


def test_average_over_follows_one_per() -> None:
    """With one member per system present links are averaged, otherwise possible ones."""
    linked = graph([("a/t.x", "b/t.x")])

    assert cluster(linked, method="average").parameters == {"average_over": "possible"}
    assert cluster(linked, method="average").threshold == 0.1
    found = cluster(linked, method="average", one_per="integration_source")
    assert found.parameters == {"average_over": "present"}
    assert found.threshold == 0.4
    assert found.one_per == "integration_source"
    assert found.to_dict()["one_per"] == "integration_source"


def test_a_mean_of_equal_confidences_meets_them() -> None:
    """A threshold is inclusive for means too, at any confidence."""
    rows: list[Row] = [(f"{a}/t.x", f"{b}/t.x", 0.3) for a, b in combinations("abcd", 2)]
    for method in ("average", "complete", "gaec", "components"):
        assert cluster(graph(rows), method=method, threshold=0.3).sizes.tolist() == [4]


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("confidence", [1 / 3, 2 / 3, 0.1 + 0.2, 0.912345678912, 5 / 7])
def test_a_threshold_is_inclusive_at_any_number_of_decimals(method: str, confidence: float) -> None:
    """A link passes the threshold that is its own confidence, in clusters and in filters."""
    linked = graph([("a/t.x", "b/t.x", confidence)])
    options: dict[str, Any] = {"resolution": 0.05} if method == "leiden" else {}
    found = cluster(linked, method=method, threshold=confidence, **options)

    assert found.sizes.tolist() == [2]
    assert found.n_links_used == 1
    assert linked.where(min_confidence=confidence, max_confidence=confidence).n_links == 1
    for other in (confidence + 1e-12, confidence - 1e-12):
        assert cluster(linked, method=method, threshold=other, **options).sizes.tolist() == [2]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(0, 5))
def test_a_mean_meets_itself(confidences: list[float], place: int) -> None:
    """A merge tree cut at the height of a join has that join; cut just above, it does not."""
    rows: list[Row] = [
        (f"a{number}/t.x", f"a{number + 1}/t.x", confidence)
        for number, confidence in enumerate(confidences)
    ]
    for method in ("average", "complete", "components"):
        tree = merge_tree(graph(rows), method=method)
        height = tree.heights[place % len(tree.heights)]
        there = cluster(graph(rows), method=method, threshold=height)
        assert there.n_clusters >= 1
        assert tree.cut(height).members == there.members
        assert tree.at([height])["threshold"] == [height]


METHODS_HERE = [name for name in METHODS if name != "assignment"]

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


@given(rows, st.sampled_from([0.0, 0.3, 0.6, 1.0]), st.sampled_from(["column", "table"]))
def test_components_without_decisions_equal_joins_in_order(
    links: list[tuple[str, str, float | None, str]], threshold: float, level: str
) -> None:
    """If no constraint binds, components are found without an order, and are the same."""
    linked = graph([(a, b, confidence, "SUGGESTED") for a, b, confidence, _ in links])
    found = cluster(linked, method="components", threshold=threshold, level=level)
    tree = merge_tree(linked, method="components", level=level)

    assert found.problem.constraints.free
    assert found.members == tree.cut(threshold).members


thresholds = st.sampled_from([0.0, 0.3, 0.5, 0.6, 1.0])
one_pers = st.sampled_from([None, "table", "integration_source"])
calibrations = st.sampled_from([None, "competition"])


def decided(linked: LinkGraph) -> tuple[list[set[str]], list[tuple[str, str, str]]]:
    """Return the nodes that APPROVED links unite, and the REJECTED links between two nodes."""
    approved: nx.Graph[str] = nx.Graph()
    rejected = []
    for row in linked.links:
        if row["source"] == row["target"]:
            continue
        if row["status"] == "APPROVED":
            approved.add_edge(row["source"], row["target"])
        elif row["status"] == "REJECTED":
            rejected.append((row["link_id"], row["source"], row["target"]))
    return [set(part) for part in nx.connected_components(approved)], rejected


@pytest.mark.parametrize("method", METHODS_HERE)
@given(rows, thresholds, one_pers, calibrations)
def test_decisions_bind_in_every_method(
    method: str, links: list[Row], threshold: float, one_per: str | None, calibrate: str | None
) -> None:
    """Approvals hold; rejections and one_per hold except for them, and exceptions are reported."""
    linked = graph(links)
    found = cluster(
        linked, method=method, threshold=threshold, one_per=one_per, calibrate=calibrate
    )
    units, rejected = decided(linked)
    where = {member: label for label, members in enumerate(found.members) for member in members}
    for unit in units:
        assert len({where[member] for member in unit}) == 1
    together = {link_id for link_id, a, b in rejected if a in where and where[a] == where.get(b)}
    assert {contradiction.link_id for contradiction in found.contradictions} == together
    forced = {link_id for link_id, a, b in rejected if any({a, b} <= unit for unit in units)}
    assert together == forced
    if one_per is not None:
        column = "system" if one_per == "integration_source" else "table"
        nodes = {row["node_id"]: (row["system"], row[column]) for row in linked.nodes}
        for members in found.members:
            joined = [{member} for member in members if not any(member in unit for unit in units)]
            joined += [unit for unit in units if unit <= set(members)]
            groups_of = [{nodes[member] for member in unit} for unit in joined]
            assert sum(map(len, groups_of)) == len(set().union(*groups_of))


@given(rows, thresholds, st.randoms(use_true_random=False))
def test_order_of_records_does_not_matter(links: list[Row], threshold: float, random: Any) -> None:
    """The same links in another order give the same clusters, by every method."""
    records = [
        record(row[0], row[1], row[2], status=row[3], id=uid(f"link {number}"))  # type: ignore[misc]
        for number, row in enumerate(links)
    ]
    first = LinkGraph(read_links(records))
    random.shuffle(records)
    again = LinkGraph(read_links(records))
    for method in METHODS_HERE:
        one = cluster(first, method=method, threshold=threshold)
        other = cluster(again, method=method, threshold=threshold)
        assert other.members == one.members, method
        assert other.to_dict() == one.to_dict(), method


@given(rows, thresholds)
def test_refused_links_and_used_ones_are_all_that_count(links: list[Row], threshold: float) -> None:
    """Every link at or above the threshold is used or refused, and each refusal has its reason."""
    linked = graph(links)
    found = chained(linked, threshold=threshold, one_per="table")
    counted = sum(
        row["source"] != row["target"]
        and (
            row["status"] == "APPROVED"
            or (row["weight"] is not None and row["weight"] >= threshold)
        )
        for row in linked.links
    )

    assert found.n_links_used + found.n_links_refused == counted
    assert len(found.refused) == found.n_links_refused
    # A chain leaves nothing out but for a constraint.
    assert set(found.refused["reason"]) <= {"rejected", "one_per"}
    rejected = {row["link_id"]: row for row in linked.links if row["status"] == "REJECTED"}
    for row in found.refused:
        if row["reason"] == "rejected":
            blocker = rejected[row["rejected_link_id"]]
            ends = {found.cluster_of(row[end]) for end in ("source", "target")}
            blocked = {found.cluster_of(blocker[end]) for end in ("source", "target")}
            assert ends == blocked


@given(rows, thresholds)
def test_components_equal_networkx(links: list[Row], threshold: float) -> None:
    """Without rejections, clusters are networkx's components of the links that count."""
    linked: LinkGraph = graph([row for row in links if row[3:] != ("REJECTED",)])
    oracle: nx.Graph[str] = nx.Graph()
    for row in linked.links:
        counts = row["confidence"] is not None and row["confidence"] >= threshold
        if row["status"] == "APPROVED" or counts:
            oracle.add_edge(row["source"], row["target"])
    expected = {frozenset(part) for part in nx.connected_components(oracle) if len(part) > 1}
    found = chained(linked, threshold=threshold)

    assert {frozenset(members) for members in found.members} == expected


@given(rows, thresholds)
def test_components_follow_the_rule(links: list[Row], threshold: float) -> None:
    """APPROVED links join first, then by (confidence, status, link id), refusing REJECTED pairs."""
    linked = graph(links)
    units, rejected = decided(linked)
    parts = {row["node_id"]: {row["node_id"]} for row in linked.nodes}
    for unit in units:
        for member in unit:
            parts[member] = unit
    binding = [(a, b) for _, a, b in rejected if not any({a, b} <= unit for unit in units)]
    candidates = [
        row
        for row in linked.links
        if row["weight"] is not None and row["weight"] >= threshold and row["status"] != "REJECTED"
    ]
    candidates.sort(key=lambda row: (-row["weight"], row["status"] != "APPROVED", row["link_id"]))
    for row in candidates:
        union = parts[row["source"]] | parts[row["target"]]
        if not any({a, b} <= union for a, b in binding):
            for member in union:
                parts[member] = union
    expected = {frozenset(part) for part in parts.values() if len(part) > 1}

    assert {
        frozenset(members) for members in chained(linked, threshold=threshold).members
    } == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from([f"{system}/t.x" for system in "abcdefg"]),
            st.sampled_from([f"{system}/t.x" for system in "abcdefg"]),
            st.none() | st.sampled_from([0.1, 0.5, 0.9]),
            st.sampled_from(["APPROVED", "APPROVED", "REJECTED"]),
        ),
        max_size=9,
    )
)
def test_contradictions_equal_brute_force(links: list[Row]) -> None:
    """All minimal conflicting sets are found, and no set of links cheaper than the cut resolves."""
    linked = graph(links)
    rows_by_id = {row["link_id"]: row for row in linked.links}
    approved = [
        link_id
        for link_id, row in rows_by_id.items()
        if row["status"] == "APPROVED" and row["source"] != row["target"]
    ]

    def joins(chosen: tuple[str, ...], a: str, b: str) -> bool:
        oracle: nx.Graph[str] = nx.Graph([(a, a), (b, b)])
        for link_id in chosen:
            oracle.add_edge(rows_by_id[link_id]["source"], rows_by_id[link_id]["target"])
        return bool(nx.has_path(oracle, a, b))

    def price(chosen: tuple[str, ...]) -> tuple[float, int]:
        confidences = [rows_by_id[link_id]["confidence"] for link_id in chosen]
        return sum(1.0 if c is None else c for c in confidences), len(chosen)

    subsets = [chosen for n in range(len(approved) + 1) for chosen in combinations(approved, n)]
    for found in chained(linked).contradictions:
        minimal: list[set[str]] = []
        for chosen in subsets:
            if joins(chosen, found.source, found.target) and not any(
                smaller <= set(chosen) for smaller in minimal
            ):
                minimal.append(set(chosen))
        listed = [set(chain) for chain in found.conflicts]
        assert all(chain in minimal for chain in listed)
        if not found.more_conflicts:
            # Parallel approvals make the same chain; one stands for all of them.
            assert {ends_of(rows_by_id, chain) for chain in listed} == {
                ends_of(rows_by_id, chain) for chain in minimal
            }
        for chain in listed:
            for dropped in chain:
                assert not joins(tuple(chain - {dropped}), found.source, found.target)
        rest = tuple(link_id for link_id in approved if link_id not in found.cut)
        assert not joins(rest, found.source, found.target)
        cheapest = min(
            price(chosen)
            for chosen in subsets
            if not joins(
                tuple(link_id for link_id in approved if link_id not in chosen),
                found.source,
                found.target,
            )
        )
        assert price(found.cut) == pytest.approx(cheapest)
        alone = {
            link_id
            for link_id in approved
            if not joins(
                tuple(one for one in approved if one != link_id), found.source, found.target
            )
        }
        assert set(found.single_cuts) == alone
        assert len(found.single_cuts) == len(alone)


def ends_of(rows_by_id: dict[str, Any], chain: set[str]) -> frozenset[frozenset[str]]:
    """Return the pairs of nodes that a set of links joins."""
    return frozenset(
        frozenset((rows_by_id[link_id]["source"], rows_by_id[link_id]["target"]))
        for link_id in chain
    )


def test_the_search_for_conflicting_sets_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result has the number of links tried; the cheapest cut does not depend on it."""
    rows = [*grid_rows(6, 0.9, "APPROVED"), ("r0/t.c0", "r5/t.c5", 0.9, "REJECTED")]
    (whole,) = chained(graph(rows)).contradictions
    assert (len(whole.conflicts), whole.more_conflicts, whole.stopped_at) == (10, True, None)
    monkeypatch.setattr("hummgraph.algorithms.clustering.contradictions.MAX_CHAIN_WORK", 60)
    (some,) = chained(graph(rows)).contradictions
    assert 0 < len(some.conflicts) < 10
    assert (some.more_conflicts, some.stopped_at) == (True, 60)
    assert some.to_dict()["stopped_at"] == 60
    assert some.cut == whole.cut
    assert len(some.cut) == 2


def test_clusters_are_a_sequence_of_clusters(demo_graph: LinkGraph) -> None:
    """Iteration yields each cluster in order, with its entries of the lists of all."""
    clusters = cluster(demo_graph)
    found = list(clusters)

    assert len(found) == len(clusters) == clusters.n_clusters > 9
    assert [one.index for one in found] == clusters.order.tolist()
    assert ["; ".join(one.systems) for one in found] == clusters.quality["systems_covered"]
    found.sort(key=lambda one: one.index)
    assert tuple(one.id for one in found) == clusters.ids
    assert tuple(one.name for one in found) == clusters.names
    assert tuple(tuple(node.node_id for node in one) for one in found) == clusters.members
    assert [one.size for one in found] == [len(one) for one in found] == clusters.sizes.tolist()


def test_a_cluster_is_found_by_everything_that_names_it(demo_graph: LinkGraph) -> None:
    """A cluster is found by position, id, name, itself, and each member by id, name or node."""
    clusters = cluster(demo_graph)
    for one in list(clusters)[:20]:
        keys: list[Any] = [one.index, np.int64(one.index), one.id, one]
        keys += [key for node in one for key in (node, node.node_id, UUID(node.node_id), node.path)]
        if clusters.names.count(one.name) == 1:
            keys.append(one.name)
        assert all(clusters[key] == one for key in keys)
        assert all(key in clusters for key in keys)
        assert clusters.diagram(one.id) == clusters.diagram(one.members[-1])


def test_an_unknown_cluster_is_refused_with_names_that_come_close(demo_graph: LinkGraph) -> None:
    """Similar names of clusters and nodes are suggested; positions and lone nodes are refused."""
    clusters = cluster(demo_graph)
    with pytest.raises(NodeNotFoundError, match="No cluster and no node is called") as caught:
        clusters["person emial"]
    assert caught.value.near[0] == "person email"
    assert "Did you mean 'person email' or" in str(caught.value)
    with pytest.raises(NodeNotFoundError, match="an id is a UUID"):
        clusters["\u00e9\u00e9\u00e9\u00e9"]
    with pytest.raises(NodeNotFoundError, match="No node has the id"):
        clusters[UUID(int=7)]
    with pytest.raises(ArgumentError, match="No cluster at 9999; there are"):
        clusters[9999]
    with pytest.raises(ArgumentError, match="No cluster at -1; there are"):
        clusters[-1]
    with pytest.raises(ArgumentError, match="'Stripe' is in no cluster"):
        clusters["Stripe"]
    with pytest.raises(ArgumentError, match="not a value of type slice"):
        clusters[1:2]  # type: ignore[index]
    for unknown in ("nonsense", 9999, 1.5, None, UUID(int=7), "Stripe"):
        assert unknown not in clusters


def test_a_cluster_of_tables_shows_its_members() -> None:
    """The card has one line, and a table of the members with deleted ones marked."""
    linked = graph([("a/t", "b/t")], inactive=["b/t"])
    (one,) = cluster(linked, level="table", threshold=0.5)

    assert repr(one) == "<Cluster: t, 2 tables of 2 systems>"
    assert "b/t (deleted)" in str(one)
    (systems,) = cluster(graph([("a", "b")]), level="integration_source", threshold=0.5)
    assert repr(systems).endswith("2 systems of 2 systems>")


def test_memory_of_methods(demo_graph: LinkGraph) -> None:
    """Any method is refused before it uses more than is allowed; one has a bound of its own."""
    with pytest.raises(MemoryLimitError, match="max_memory allows 1,000 bytes"):
        cluster(demo_graph, max_memory=1_000)
    with pytest.raises(ArgumentError, match="max_memory is 0"):
        cluster(demo_graph, max_memory=0)
    bound = cluster(demo_graph, method="markov", max_memory=10**9)
    assert (bound.labels == cluster(demo_graph, method="markov").labels).all()
    assert len(cluster(demo_graph, max_memory=10**9)) == len(cluster(demo_graph))
