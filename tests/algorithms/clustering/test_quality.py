"""Tests of the quality of clusters."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, catalogue, graph, record, uid

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters

places = st.sampled_from(
    [f"{system}/{table}.{column}" for system in "abc" for table in "tu" for column in "xy"]
)
links = st.lists(
    st.fixed_dictionaries(
        {
            "source": places,
            "target": places,
            "confidence": st.none() | st.sampled_from([0.3, 0.5, 0.7, 1.0]),
            "status": st.sampled_from(["SUGGESTED"] * 4 + ["APPROVED", "REJECTED"]),
            "link_type": st.sampled_from(["DETERMINISTIC", "PROBABILISTIC"]),
        }
    ),
    max_size=18,
)


def linked(given_: list[dict[str, Any]]) -> LinkGraph:
    """Return a graph of links written as keywords of a record."""
    records = [record(id=uid(f"link {n}"), **link) for n, link in enumerate(given_)]
    named = [link[side] for link in given_ for side in ("source", "target")]
    return LinkGraph(read_links(records, catalogue=catalogue(named)))


def net_of(clusters: Clusters, members: tuple[str, ...]) -> nx.MultiGraph[Any]:
    """Return the holding links of a cluster as a networkx graph."""
    net: nx.MultiGraph[Any] = nx.MultiGraph()
    net.add_nodes_from(members)
    for index in np.flatnonzero(clusters.holding_links).tolist():
        link = clusters.graph.link(index)
        if link.source in members:
            net.add_edge(link.source, link.target, link.link_id, index=index)
    return net


@given(links, st.sampled_from(["components", "average"]))
def test_quality_is_what_counting_gives(given_: list[dict[str, Any]], method: str) -> None:
    """Each figure of each cluster equals the one counted by hand."""
    whole = linked(given_)
    clusters = cluster(whole, method=method, threshold=0.4)
    place = {uid(p): p for link in given_ for p in (link["source"], link["target"])}
    systems = {p.partition("/")[0] for p in place.values()}

    members_of = dict(zip(clusters.ids, clusters.members, strict=True))
    for row in clusters.quality:
        members = members_of[row["cluster_id"]]
        net = net_of(clusters, members)
        inside = [
            link
            for link in map(whole.link, range(whole.n_links))
            if link.source != link.target and {link.source, link.target} <= set(members)
        ]
        holding = [whole.link(index) for index in nx.get_edge_attributes(net, "index").values()]
        weights = [link.weight for link in holding if link.weight is not None]
        simple: nx.Graph[str] = nx.Graph(net)
        strength = dict.fromkeys(members, 0)
        for link in holding:
            for end in (link.source, link.target):
                strength[end] += round((link.weight or 0) * 10**6)
        covered = sorted({place[member].partition("/")[0] for member in members})
        tables = [place[member].partition(".")[0] for member in members]
        in_system = [place[member].partition("/")[0] for member in members]
        assert row["members"] == len(members)
        assert row["systems"] == len(covered)
        assert row["systems_covered"] == "; ".join(covered)
        assert row["systems_missing"] == "; ".join(sorted(systems - set(covered)))
        assert row["links"] == len(inside)
        for status in ("SUGGESTED", "APPROVED", "REJECTED"):
            n = sum(link.status == status for link in inside)
            assert row[f"links_{status.lower()}"] == n
        for link_type in ("DETERMINISTIC", "PROBABILISTIC"):
            n = sum(link.link_type == link_type for link in inside)
            assert row[f"links_{link_type.lower()}"] == n
        assert row["links_holding"] == len(holding)
        assert row["density"] == pytest.approx(nx.density(simple))
        assert row["min_confidence"] == min(weights, default=None)
        assert row["mean_confidence"] == pytest.approx(fmean(weights) if weights else None)
        assert row["determinism_ratio"] == pytest.approx(
            fmean(link.link_type == "DETERMINISTIC" for link in holding)
        )
        assert row["weakest_link_id"] in {
            link.link_id for link in holding if link.weight == min(weights)
        }
        assert strength[row["central_node_id"]] == max(strength.values())
        assert row["bridges"] == sum(1 for _ in nx.bridges(simple))
        assert row["articulation_points"] == sum(1 for _ in nx.articulation_points(simple))
        assert row["contradictions"] == row["links_rejected"]
        assert row["more_than_one_per_table"] == sum(tables.count(t) > 1 for t in set(tables))
        assert row["more_than_one_per_integration_source"] == sum(
            in_system.count(system) > 1 for system in covered
        )


@given(links)
def test_bridges_are_what_a_cluster_hangs_by(given_: list[dict[str, Any]]) -> None:
    """Without a bridge the cluster falls in two, and the smaller part has the size given."""
    clusters = cluster(linked(given_), method="components", threshold=0.4)
    rows = list(clusters.bridges)

    assert len(rows) == sum(clusters.quality["bridges"])
    scores = [-1 if row["score"] is None else row["score"] for row in rows]
    assert scores == sorted(scores)
    for row in rows:
        members = clusters.members[clusters.ids.index(row["cluster_id"])]
        net: nx.Graph[str] = nx.Graph(net_of(clusters, members))
        link = clusters.graph.link(row["link_id"])
        net.remove_edge(link.source, link.target)
        parts = sorted(map(len, nx.connected_components(net)))
        assert len(parts) == 2
        assert row["splits_off"] == parts[0]
    points = list(clusters.articulation_points)
    assert {(row["cluster_id"], row["node_id"]) for row in points} == {
        (cluster_id, node)
        for cluster_id, members in zip(clusters.ids, clusters.members, strict=True)
        for node in nx.articulation_points(nx.Graph(net_of(clusters, members)))
    }


def test_of_bridges_as_sure_the_one_that_divides_most_evenly_is_first() -> None:
    """Bridges of equal score are ordered by how evenly they divide, then by id."""
    rows: list[Row] = [(f"{a}/t.x", f"{b}/t.x", 0.9) for a, b in ("ab", "bc", "cd")]
    found = cluster(graph(rows), method="components").bridges
    assert found["splits_off"] == [2, 1, 1]
    assert found["link_id"] == [uid("link 1"), uid("link 0"), uid("link 2")]


def test_a_pair_of_parallel_links_is_no_bridge_for_either() -> None:
    """Two links in opposite directions count as one pair, which is the bridge."""
    whole = linked(
        [
            {"source": "a/t.x", "target": "b/t.x", "confidence": 0.9},
            {"source": "b/t.x", "target": "a/t.x", "confidence": 0.8},
        ]
    )
    (row,) = cluster(whole).quality

    assert (row["links_holding"], row["density"], row["bridges"]) == (2, 1.0, 1)


def test_links_without_a_weight_leave_figures_empty() -> None:
    """An approval without a weight holds a cluster, whose confidence is null."""
    rows: list[Row] = [("a/t", "b/t", None, "APPROVED")]
    clusters = cluster(graph(rows), level="table")
    (row,) = clusters.quality
    assert (row["min_confidence"], row["links_approved"]) == (1.0, 1)
    assert row["more_than_one_per_table"] is None
    assert cluster(graph([])).quality.shape == (0, len(clusters.quality.columns))
    assert len(cluster(graph([])).bridges) == len(cluster(graph([])).articulation_points) == 0


def test_policy_effect_names_the_clusters_that_differ() -> None:
    """Each other policy is tried, and clusters that differ are counted and named."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9),
        ("c/t.x", "d/t.x", None, "APPROVED"),
        ("b/t.x", "c/t.x", 0.95, "REJECTED"),
        ("e/t.x", "f/t.x", None),
    ]
    clusters = cluster(graph(rows), method="components", threshold=0.5)
    effect = {row["policy"]: row for row in clusters.policy_effect}

    assert list(effect) == [
        "null as 0.5",
        "null as 1 if DETERMINISTIC",
        "APPROVED by score",
        "REJECTED by score",
    ]
    assert effect["null as 0.5"] == {
        "policy": "null as 0.5",
        "clusters": 3,
        "same": 2,
        "gone": 0,
        "new": 1,
        "contradictions": 0,
        "changed_names": "",
    }
    changed = clusters.names[clusters.cluster_of("c/t.x", missing="raise")]
    assert effect["APPROVED by score"]["changed_names"] == changed
    assert (effect["REJECTED by score"]["gone"], effect["REJECTED by score"]["new"]) == (2, 1)
    other = clusters.with_policy(Policy(approved="score", rejected="score", null_confidence=0.2))
    assert list(other.policy.alternatives()) == [
        "null excluded",
        "null as 0.5",
        "null as 1 if DETERMINISTIC",
        "APPROVED accepted",
        "REJECTED refused",
    ]
    assert other.method == "components"
    assert other.threshold == 0.5
