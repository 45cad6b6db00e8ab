"""Tests of the audit for more than one member of a system or table, and of the repair."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering import subnetwork as cluster_net
from hummgraph.algorithms.clustering.audit import audit
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.repair import repair
from hummgraph.errors import ArgumentError
from hummgraph.graph.policy import Policy
from tests.support.builders import Row, graph, uid

places = st.sampled_from(
    [f"{system}/{table}.{column}" for system in "abc" for table in "tu" for column in "xy"]
)
rows = st.lists(
    st.tuples(
        places,
        places,
        st.sampled_from([0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1),
        st.sampled_from(["SUGGESTED"] * 4 + ["APPROVED", "REJECTED"]),
    ),
    max_size=16,
)
METHODS = ["components", "average", "gaec"]


def by_system(members: tuple[str, ...], names: dict[str, str]) -> Counter[str]:
    """Count members by system."""
    return Counter(names[member].partition("/")[0] for member in members)


@given(rows, st.sampled_from(METHODS))
def test_audit_finds_what_a_count_finds(links: list[Row], method: str) -> None:
    """A violation is a cluster and a system with several members, and there are no others."""
    clusters = cluster(graph(links), method=method, threshold=0.4)
    names = {uid(place): place for row in links for place in row[:2]}
    found = audit(clusters, one_per="integration_source")

    assert {(row.cluster_id, row.group_path, row.members) for row in found.violations} == {
        (cluster_id, system, tuple(m for m in members if names[m].startswith(f"{system}/")))
        for cluster_id, members in zip(clusters.ids, clusters.members, strict=True)
        for system, n in by_system(members, names).items()
        if n > 1
    }
    assert len(found) == len(found.violations) == len(found.to_frame())
    assert found.n_clusters == len({row.cluster_id for row in found.violations})


@given(rows)
def test_paths_are_the_surest_chains(links: list[Row]) -> None:
    """Each further member has a chain of links that hold the cluster, and no chain is surer."""
    linked = graph(links)
    clusters = cluster(linked, method="components", threshold=0.4)
    net: nx.Graph[str] = nx.Graph()
    for index in np.flatnonzero(clusters.holding_links).tolist():
        link = linked.link(index)
        weight = max(1 if link.weight is None else link.weight, 1e-300)
        known = (
            net.edges[link.source, link.target]["cost"]
            if net.has_edge(link.source, link.target)
            else np.inf
        )
        net.add_edge(link.source, link.target, cost=min(known, 1e-9 - np.log(weight)))
    for violation in audit(clusters, one_per="integration_source").violations:
        for place, path in enumerate(violation.paths, 1):
            target, earlier = violation.members[place], violation.members[:place]
            cost = 0.0
            here = {target}
            for link in [linked.link(step) for step in reversed(path)]:
                cost += net.edges[link.source, link.target]["cost"]
                here = here ^ {link.source, link.target}
            assert here <= set(earlier)
            assert len(here) == 1
            best = min(nx.dijkstra_path_length(net, one, target, weight="cost") for one in earlier)
            assert cost == pytest.approx(best)


@given(rows, st.sampled_from(["integration_source", "table"]), st.sampled_from(METHODS))
def test_repair_leaves_only_what_approvals_tie(links: list[Row], one_per: str, method: str) -> None:
    """Only violations tied by APPROVED links remain, which are never cut; each cut is needed."""
    linked = graph(links)
    clusters = cluster(linked, method=method, threshold=0.4)
    mended = repair(clusters, one_per=one_per)

    assert all(violation.tied == (violation.members,) for violation in mended.left)
    cut = set(mended.cut["link_id"])
    assert not cut & {row["link_id"] for row in linked.links if row["status"] == "APPROVED"}
    # Every part lies within one of the clusters before, and the others are as they were.
    assert all(
        len({clusters.cluster_of(m) for m in members}) == 1 for members in mended.clusters.members
    )
    touched = {row["cluster_id"] for row in mended.to_frame()}
    assert set(clusters.ids) - touched <= set(mended.clusters.ids)
    # A link that was cut ties two parts that may not be one.
    refused = {row["link_id"]: row["reason"] for row in mended.clusters.refused}
    assert all(refused.get(link, "one_per") in {"one_per", "rejected"} for link in cut)
    assert repair(mended.clusters, one_per=one_per).cut["link_id"] == []


@given(rows)
def test_repair_by_joining_anew_holds_too(links: list[Row]) -> None:
    """The rule also holds if there are too many members for minimum cuts."""
    clusters = cluster(graph(links), method="components", threshold=0.4)
    by_cuts = repair(clusters, one_per="integration_source")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster_net, "MAX_MEMBERS_CUT", 1)
        anew = repair(clusters, one_per="integration_source")

    # Of equally cheap cuts each may take another, which makes other clusters the larger ones.
    assert {row.members for row in anew.left} == {row.members for row in by_cuts.left}
    assert len(anew.left) == len(by_cuts.left)
    assert sum(by_cuts.to_frame()["score_cut"]) <= sum(anew.to_frame()["score_cut"]) + 1e-4


def chained() -> list[Row]:
    """Return a chain that brings two columns of one system together, by its weakest link."""
    return [
        ("a/t.x", "b/t.x", 0.9),
        ("b/t.x", "c/t.x", 0.6),
        ("c/t.x", "a/u.x", 0.8),
        ("d/t.x", "e/t.x", 0.9),
    ]


def test_the_cheapest_link_is_cut() -> None:
    """The audit names the chain and the cut; the repair makes the cut and lists it."""
    clusters = cluster(graph(chained()), method="components", threshold=0.5)
    found = audit(clusters, one_per="integration_source")
    (violation,) = found.violations
    mended = repair(clusters, one_per="integration_source")

    assert violation.group_path == "a"
    assert sorted(violation.member_paths) == ["a/t.x", "a/u.x"]
    assert sorted(violation.paths[0]) == sorted(uid(f"link {n}") for n in range(3))
    assert violation.cut == (uid("link 1"),)
    assert violation.tied == ()
    assert mended.cut["link_id"] == [uid("link 1")]
    assert mended.left == ()
    assert list(mended.to_frame()) == [
        {
            "cluster_id": violation.cluster_id,
            "cluster_name": violation.cluster_name,
            "members": 4,
            "violations": 1,
            "links_cut": 1,
            "score_cut": 0.6,
            "clusters_after": 2,
            "left_alone": 0,
            "violations_left": 0,
        }
    ]
    assert sorted(map(len, mended.clusters.members)) == [2, 2, 2]
    assert mended.clusters.refused["reason"] == ["one_per"]
    assert repr(found) == (
        "<Audit: 1 times more than one member of one integration_source, in 1 of 2 clusters>"
    )
    assert repr(mended) == "<Repair: 1 links cut in 1 clusters; 0 of 1 violations left>"
    assert "<td>2</td>" in mended._repr_html_()
    assert found.violations[0].group_path in found._repr_html_()
    assert found.to_dict()["violations"][0]["cut"] == [uid("link 1")]
    assert mended.to_dict()["left"] == []


def test_approvals_are_not_cut() -> None:
    """A violation that approvals force remains and is listed; elsewhere other links are cut."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.1, "APPROVED"),
        ("b/t.x", "a/u.x", 0.1, "APPROVED"),
        ("b/t.x", "c/t.x", 0.9),
        ("c/t.x", "a/v.x", 0.8),
    ]
    clusters = cluster(graph(rows), method="components", threshold=0.5)
    mended = repair(clusters, one_per="integration_source")
    (left,) = mended.left

    assert mended.cut["link_id"] == [uid("link 3")]
    assert set(left.member_paths) == {"a/t.x", "a/u.x"}
    assert left.tied == (left.members,)
    assert left.cut == ()
    assert mended.to_frame()["violations_left"] == [1]
    assert mended.to_frame()["left_alone"] == [1]
    # A policy under which approvals do not bind makes them links as all others.
    free = cluster(graph(rows, policy=Policy(approved="score")), method="components", threshold=0.0)
    assert repair(free, one_per="integration_source").left == ()


def test_systems_may_be_left_alone() -> None:
    """Systems of many_in may have several members."""
    clusters = cluster(graph(chained()), method="components", threshold=0.5)

    assert audit(clusters, one_per="integration_source", many_in=["a"]).violations == ()
    assert repair(clusters, one_per="integration_source", many_in=["a"]).cut["link_id"] == []


def test_repaired_clusters_can_be_made_under_another_policy() -> None:
    """Clusters under another policy are repaired too."""
    clusters = cluster(
        graph([*chained(), ("d/t.x", "f/t.x", None)]), method="components", threshold=0.5
    )
    mended = repair(clusters, one_per="integration_source").clusters
    other = mended.with_policy(Policy(null_confidence=0.5))

    assert audit(other, one_per="integration_source").violations == ()
    assert other.cluster_of("f/t.x") == other.cluster_of("d/t.x") is not None


def test_members_without_a_chain_have_none() -> None:
    """A method may join nodes that no link at the threshold connects; they have no chain."""
    linked = graph([("a/t.x", "b/t.x", 0.9), ("c/t.x", "a/u.x", 0.9)])
    clusters = cluster(linked, method="components", threshold=0.5)
    labels = np.where(clusters.labels >= 0, 0, -1)
    one = type(clusters)(clusters.problem, labels, clusters.remake)
    (violation,) = audit(one, one_per="integration_source").violations

    assert violation.paths == ((),)
    assert violation.cut == ()
    assert repair(one, one_per="integration_source").left == ()


def test_a_rule_is_needed() -> None:
    """No rule, or one at the members' own level, is an error."""
    clusters = cluster(graph(chained()))
    with pytest.raises(ArgumentError, match="one_per is None"):
        audit(clusters, one_per=None)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="must be 'integration_source', 'table'"):
        audit(clusters, one_per="column")


def test_the_search_for_chains_between_members_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the search for chains stops, chains are missing and the violation has the number."""
    linked = graph([("a/t.x0", "b/t.y", 0.9)] + [(f"a/t.x{i}", "b/t.y", 0.8) for i in range(1, 6)])
    clusters = cluster(linked, method="components", threshold=0.5)
    (whole,) = audit(clusters, one_per="table").violations
    assert ([len(path) for path in whole.paths], whole.stopped_at) == ([2] * 5, None)
    monkeypatch.setattr("hummgraph.algorithms.clustering.subnetwork.MAX_PATH_WORK", 4)
    (some,) = audit(clusters, one_per="table").violations
    assert some.stopped_at == some.to_dict()["stopped_at"] == 4
    assert len(some.paths) == 5
    assert some.paths[0] == whole.paths[0]
    assert some.paths[-1] == ()


def test_cuts_of_large_networks_come_from_joining(monkeypatch: pytest.MonkeyPatch) -> None:
    """If minimum cuts would take too long, the links that remain still obey the rule."""
    linked = graph(
        [("a/t.x", "b/t.y", 0.9), ("b/t.y", "c/t.z", 0.6), ("c/t.z", "a/t.w", 0.9)],
    )
    clusters = cluster(linked, method="components", threshold=0.5)
    (whole,) = audit(clusters, one_per="table").violations
    monkeypatch.setattr("hummgraph.algorithms.clustering.subnetwork.MAX_FLOW_LINKS", 1)
    (some,) = audit(clusters, one_per="table").violations
    assert some.cut == whole.cut
    assert repair(clusters, one_per="table").left == ()
