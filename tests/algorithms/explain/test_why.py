"""Tests of explanations and merge histories."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import LinkGraph, Policy, cluster, read_links
from hummgraph.algorithms.explain.merge_history import merge_history
from hummgraph.algorithms.explain.why import Obstacle, why
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.graph.policy import APPROVED
from tests.support.builders import catalogue, chain_rows, graph, grid_rows, record, uid

if TYPE_CHECKING:
    from hummgraph import Clusters
    from tests.support.builders import Row

CHAIN: list[Row] = [("a/t.x", "b/u.y", 0.9), ("b/u.y", "c/v.z", 0.8)]
SQUARE: list[Row] = [*CHAIN, ("c/v.z", "d/w.p", 0.9), ("d/w.p", "a/t.x", 0.7)]


def line_of(result: object) -> str:
    """Return the text of a result without the breaks between its lines."""
    return " ".join(str(result).split())


def joined(linked: LinkGraph, threshold: float = 0.5, **how_: Any) -> Clusters:
    """Cluster by components, with other options if given."""
    return cluster(linked, threshold=threshold, **{"method": "components", **how_})


# --- together ------------------------------------------------------------------------------------


def test_together_by_one_link() -> None:
    """A single link is the chain and its only bridge, with its decision and evidence."""
    rows = [record("a/t.x", "b/u.y", 0.9, status="SUGGESTED", evidence={"matcher": "names"})]
    linked = LinkGraph(read_links(rows, catalogue=catalogue(["a/t.x", "b/u.y"])))
    clusters = joined(linked)

    found = why(linked, "a/t.x", "b/u.y", clusters=clusters)

    assert found.together
    assert found.cluster_ids == (clusters.ids[0], clusters.ids[0])
    assert found.sizes == (2, 2)
    assert found.chain is not None
    assert found.chain.steps == found.direct
    assert found.bridges == (rows[0]["id"],)
    assert (found.alternatives, found.rejected, found.forbidden_by) == ((), (), ())
    assert (found.joins_at, found.joins_at_method) == (0.9, "components")
    assert str(found).splitlines() == [
        "a/t.x and b/u.y are in one cluster of 2 members (components at threshold 0.5).",
        "They stay in one cluster up to a threshold of 0.9 (by components).",
        "1 link in the strongest chain: a/t.x > b/u.y, confidence 0.9.",
        'a/t.x > b/u.y: SUGGESTED, confidence 0.9; evidence: matcher "names".',
        "1 bridge, without which the two fall apart: a/t.x > b/u.y.",
    ]
    link = "a/t.x > b/u.y: SUGGESTED, confidence 0.9"
    assert found.to_sentences(evidence="none")[3] == f"{link}."
    assert found.to_sentences() == found.sentences == tuple(str(found).splitlines())
    with pytest.raises(ArgumentError, match="evidence is 'some'"):
        found.to_sentences(evidence="some")
    assert repr(found) == (
        "<Why: a/t.x and b/u.y together by components at 0.5, joined up to 0.9 by components>"
    )


def test_together_by_a_chain_of_bridges() -> None:
    """Every link of a line is a bridge, and the weakest determines the highest threshold."""
    linked = graph(CHAIN)
    found = why(linked, "c/v.z", "a/t.x", clusters=joined(linked))
    assert found.chain is not None
    assert found.chain.names == ("c/v.z", "b/u.y", "a/t.x")
    assert found.bridges == (uid("link 1"), uid("link 0"))
    assert found.joins_at == 0.8
    assert found.to_frame()["link_id"] == [uid("link 1"), uid("link 0")]
    assert "2 bridges, without which the two fall apart: c/v.z > b/u.y, b/u.y > a/t.x." in str(
        found
    )


def test_a_ring_has_an_alternative_and_no_bridge() -> None:
    """A ring has a strongest chain, k - 1 alternatives at most and no bridge."""
    linked = graph(SQUARE)
    clusters = joined(linked)
    found = why(linked, "a/t.x", "c/v.z", clusters=clusters)
    assert found.chain is not None
    assert found.chain.names == ("a/t.x", "b/u.y", "c/v.z")
    assert [path.names for path in found.alternatives] == [("a/t.x", "d/w.p", "c/v.z")]
    assert found.bridges == ()
    assert "No link of the chain is a bridge" in line_of(found)
    assert "Alternative chain: a/t.x > d/w.p > c/v.z, confidence 0.63." in found.sentences
    assert why(linked, "a/t.x", "c/v.z", clusters=clusters, k=1).alternatives == ()


def test_only_a_bridge_between_the_two_counts() -> None:
    """In a ring with a tail only the tail's link is a bridge on the chain."""
    linked = graph([*SQUARE, ("c/v.z", "e/s.q", 0.9)])
    found = why(linked, "a/t.x", "e/s.q", clusters=joined(linked))
    assert found.bridges == (uid("link 4"),)
    assert "1 bridge, without which the two fall apart: c/v.z > e/s.q." in found.sentences


def test_parallel_links_are_no_bridge() -> None:
    """Parallel links are not bridges, and the APPROVED one is on the chain."""
    linked = graph([("a/t.x", "b/u.y", 0.9), ("b/u.y", "a/t.x", 0.9, "APPROVED")])
    found = why(linked, "a/t.x", "b/u.y", clusters=joined(linked))
    assert found.bridges == ()
    assert found.chain is not None
    assert found.chain.steps[0].status == "APPROVED"
    assert [step.status for step in found.direct] == ["APPROVED", "SUGGESTED"]
    assert [step.forward for step in found.direct] == [False, True]
    assert "a/t.x > b/u.y: APPROVED, confidence 0.9, 1 more between the same two." in line_of(found)


def test_links_of_no_known_confidence_are_last() -> None:
    """Links without a confidence are after links with confidence 0, whatever their status."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", None, "APPROVED"),
        ("b/u.y", "a/t.x", 0.0),
        ("a/t.x", "b/u.y", 0.4, "REJECTED"),
    ]
    linked = graph(rows)
    found = why(linked, "a/t.x", "b/u.y", clusters=joined(linked))
    assert [step.confidence for step in found.direct] == [0.4, 0.0, None]


@pytest.mark.parametrize("confidence", [0.0, 0.2, None])
def test_approved_links_hold_at_every_threshold(confidence: float | None) -> None:
    """APPROVED links hold at every threshold, and other links below the threshold do not."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", confidence, "APPROVED"),
            ("b/u.y", "c/v.z", confidence, "APPROVED"),
            ("a/t.x", "c/v.z", 0.5),
        ]
    )
    found = why(linked, "a/t.x", "c/v.z", clusters=joined(linked, 0.9))
    assert found.joins_at == 1.0
    assert found.chain is not None
    assert {step.status for step in found.chain.steps} == {"APPROVED"}
    assert found.sentences[1] == "They are in one cluster at every threshold (by components)."


def test_a_rejected_pair_that_approvals_force_is_in_the_way() -> None:
    """A rejected pair forced together by approvals is reported and drawn once."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.9, "APPROVED"),
            ("b/u.y", "c/v.z", 0.9, "APPROVED"),
            ("a/t.x", "c/v.z", None, "REJECTED"),
            ("a/t.x", "b/u.y", 0.3, "REJECTED"),
            ("a/t.x", "d/w.p", 0.3, "REJECTED"),
        ]
    )
    found = why(linked, "a/t.x", "c/v.z", clusters=joined(linked))
    assert found.together
    assert [step.link_id for step in found.rejected] == [uid("link 2"), uid("link 3")]
    assert [step.weight for step in found.rejected] == [0.0, 0.0]
    assert found.sentences[1] == (
        "In one cluster nevertheless: a/t.x > c/v.z: REJECTED, no confidence."
    )
    assert [(line.style, line.label) for line in found.diagram().lines] == [
        ("approved", "0.9"),
        ("approved", "0.9"),
        ("rejected", ""),
        ("rejected", "0.3"),
    ]


def test_a_rejected_link_that_counts_is_drawn_once() -> None:
    """A rejected link to which the policy gives a score is drawn once, as the chain."""
    linked = graph([("a/t.x", "b/u.y", 0.9, "REJECTED")], policy=Policy(rejected="score"))
    found = why(linked, "a/t.x", "b/u.y", clusters=joined(linked))
    assert found.together
    assert [line.style for line in found.diagram().lines] == ["rejected"]


def test_links_below_the_threshold_stand_in_where_those_that_hold_lead_nowhere() -> None:
    """Links below the threshold form the chain only if those that hold do not connect the nodes."""
    linked = graph(CHAIN, also=["d/w.p"])
    held = joined(linked)
    high = held.problem.with_setting(replace(held.setting, threshold=0.95))
    below = replace(held, problem=high)
    found = why(linked, "a/t.x", "c/v.z", clusters=below)
    assert found.chain is not None
    assert len(found.chain) == 2

    labels = np.where(linked.arrays.nodes.depth == 2, 0, -1)
    found = why(linked, "a/t.x", "d/w.p", clusters=replace(below, labels=labels))
    assert (found.chain, found.bridges, len(found.to_frame())) == (None, (), 0)
    assert "No chain of links inside the cluster leads from one to the other." in line_of(found)
    assert "No threshold puts them in one cluster (by components)." in found.sentences


def test_sentences_quote_vocabulary_only() -> None:
    """Quoted evidence may be personal: sentences have it only if all of it is asked for."""
    evidence = {"matcher": "names", "sample": "Jane Doe", "joe@example.com": 3}
    rows = [record("a/t.x", "b/u.y", 0.9, evidence=evidence, status="call Jane")]
    linked = LinkGraph(read_links(rows, catalogue=catalogue(["a/t.x", "b/u.y"])))
    found = why(linked, "a/t.x", "b/u.y")
    link = "Between the two: a/t.x > b/u.y"
    assert [
        next(said for said in found.to_sentences(evidence=kept) if link in said)
        for kept in ("vocabulary", "full", "none")
    ] == [
        (
            f'{link}: [redacted], confidence 0.9; evidence: matcher "names", sample "[redacted]", '
            "[redacted] 3."
        ),
        (
            f'{link}: call Jane, confidence 0.9; evidence: matcher "names", sample "Jane Doe", '
            '"joe@example.com" 3.'
        ),
        f"{link}: [redacted], confidence 0.9.",
    ]
    said = f"{found}{found._repr_html_()}{found.sentences}{found.to_dict()['sentences']}"
    assert "Jane" not in said
    assert "joe@" not in said
    assert "call Jane" not in repr(found.direct)


def test_evidence_is_quoted_shortly() -> None:
    """At most four items of evidence are quoted, each cut to a length."""
    evidence = {"a": "x" * 99, "b": 1, "c": True, "d": None, "e": 2, "f": 3}
    rows = [record("a/t.x", "b/u.y", 0.9, evidence=evidence, status="SUGGESTED")]
    linked = LinkGraph(read_links(rows, catalogue=catalogue(["a/t.x", "b/u.y"])))
    told = why(linked, "a/t.x", "b/u.y").to_sentences(evidence="full")[3]
    assert told == (
        f'a/t.x > b/u.y: SUGGESTED, confidence 0.9; evidence: a "{"x" * 39}...,'
        " b 1, c true, d null, and 2 more."
    )


# --- apart ---------------------------------------------------------------------------------------


def test_apart_by_a_weak_link() -> None:
    """The weakest link of the nearest path is named with the highest threshold that it passes."""
    linked = graph([*CHAIN, ("a/t.x", "c/v.z", 0.3)])
    found = why(linked, "a/t.x", "c/v.z", clusters=joined(linked, 0.85))

    assert not found.together
    assert found.cluster_ids[0] is not None
    assert found.cluster_ids[1] is None
    assert found.nearest is not None
    assert found.nearest.names == ("a/t.x", "b/u.y", "c/v.z")
    assert found.weakest == found.nearest.steps[1]
    assert (found.weakest_score, found.joins_at, found.linked) == (0.8, 0.8, (2, 2))
    assert found.forbidden_by == ()
    assert str(found).splitlines() == [
        "a/t.x and c/v.z are not in one cluster (components at threshold 0.85).",
        "They would be in one cluster at a threshold of 0.8 or below (by components).",
        "Between the two: a/t.x > c/v.z: SUGGESTED, confidence 0.3.",
        "Nearest chain: a/t.x > b/u.y > c/v.z, confidence 0.72.",
        "Its weakest link, b/u.y > c/v.z, scores 0.8, below the threshold of 0.85.",
        "Of the 2 pairs between the two sides, a link that counts joins 2.",
        "a/t.x is in a cluster of 2 members.",
        "c/v.z is in no cluster.",
    ]
    assert why(linked, "a/t.x", "c/v.z", clusters=joined(linked, 0.8)).together
    assert not why(linked, "a/t.x", "c/v.z", clusters=joined(linked, 0.800000001)).together
    assert found.to_frame()["link_id"] == [uid("link 0"), uid("link 1")]


def test_of_equally_wide_paths_the_larger_product_is_nearest() -> None:
    """Of paths with equally strong weakest links, the larger product is nearest."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.5),
            ("b/u.y", "d/w.p", 0.6),
            ("a/t.x", "c/v.z", 0.5),
            ("c/v.z", "d/w.p", 0.7),
        ]
    )
    found = why(linked, "a/t.x", "d/w.p", clusters=joined(linked, 0.9))
    assert found.nearest is not None
    assert found.nearest.names == ("a/t.x", "c/v.z", "d/w.p")


def test_an_approved_link_is_never_the_weakest() -> None:
    """An APPROVED link is never the weakest, whatever its confidence."""
    linked = graph([("a/t.x", "b/u.y", 0.1, "APPROVED"), ("b/u.y", "c/v.z", 0.6)])
    found = why(linked, "a/t.x", "c/v.z", clusters=joined(linked, 0.9))
    assert found.weakest is not None
    assert (found.weakest.link_id, found.weakest_score) == (uid("link 1"), 0.6)
    scored = linked.with_policy(Policy(approved="score"))
    found = why(scored, "a/t.x", "c/v.z", clusters=joined(scored, 0.9))
    assert (found.weakest_score, found.joins_at) == (0.1, 0.1)


def test_no_path_at_all() -> None:
    """Without a path there is no nearest one; a link without a confidence does not count."""
    linked = graph([*CHAIN, ("c/v.z", "d/w.p", None)])
    found = why(linked, "a/t.x", "d/w.p", clusters=joined(linked))
    assert (found.nearest, found.weakest, found.weakest_score, found.joins_at) == (None,) * 4
    assert "No link joins the two directly." in found.sentences
    assert "No chain of links that count leads from one to the other." in found.sentences
    assert "Of the 3 pairs between the two sides, a link that counts joins 0." in line_of(found)
    assert found.sentences[1] == "No threshold puts them in one cluster (by components)."
    assert len(found.diagram().boxes) == 2
    assert found.diagram().lines == ()
    assert repr(found).endswith("apart by components at 0.5, no threshold joins them>")
    told = why(linked, "c/v.z", "d/w.p", clusters=joined(linked)).sentences
    assert "Between the two: c/v.z > d/w.p: SUGGESTED, no confidence." in told


def test_the_average_does_not_go_by_one_chain() -> None:
    """Average linkage keeps two nodes apart despite one chain, if other links are missing."""
    linked = graph([("a/t.x", "b/u.y", 0.9), ("b/u.y", "c/v.z", 0.8), ("c/v.z", "d/w.p", 0.9)])
    clusters = cluster(linked, method="average", threshold=0.5)
    found = why(linked, "a/t.x", "d/w.p", clusters=clusters)
    assert found.joins_at == 0.2
    assert found.linked == (1, 4)
    assert "but average does not go by one chain alone." in line_of(found)
    assert "They would be in one cluster at a threshold of 0.2 or below (by average)." in line_of(
        found
    )
    for threshold, together in ((0.2, True), (0.200000001, False)):
        again = cluster(linked, method="average", threshold=threshold)
        assert why(linked, "a/t.x", "d/w.p", clusters=again).together is together


def test_forbidden_by_a_rejected_link() -> None:
    """A rejected link between the two clusters forbids the join at every threshold."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.9),
            ("b/u.y", "c/v.z", 0.8),
            ("c/v.z", "a/t.x", 0.95, "REJECTED"),
        ]
    )
    found = why(linked, "b/u.y", "c/v.z", clusters=joined(linked))
    assert [step.link_id for step in found.rejected] == [uid("link 2")]
    assert found.rejected[0].forward is False
    (obstacle,) = found.forbidden_by
    assert (obstacle.reason, obstacle.link_id) == ("rejected", uid("link 2"))
    assert (obstacle.source_path, obstacle.target_path) == ("a/t.x", "c/v.z")
    assert found.joins_at is None
    assert "enough for the threshold of 0.5; but a join is forbidden." in line_of(found)
    assert found.sentences[1:3] == (
        "Forbidden: the link between a/t.x and c/v.z is REJECTED.",
        "No threshold puts them in one cluster (by components).",
    )
    assert [line.style for line in found.diagram().lines] == ["suggested", "rejected"]
    assert len(found.diagram().boxes) == 3
    assert "but a join is forbidden" in found._repr_html_()
    assert found.to_svg() in found._repr_html_()
    assert "flowchart" in found.to_mermaid()


def test_approved_links_hold_two_before_surer_suggestions_do() -> None:
    """A weak chain of approved links holds two nodes, unless the policy weighs approvals."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.3, "APPROVED"),
        ("b/u.y", "c/v.z", 0.3, "APPROVED"),
        ("a/t.x", "d/w.p", 0.99),
        ("d/w.p", "c/v.z", 0.99),
    ]
    linked = graph(rows)
    held = why(linked, "a/t.x", "c/v.z", clusters=joined(linked))
    assert held.chain is not None
    assert held.chain.names == ("a/t.x", "b/u.y", "c/v.z")
    assert held.chain.confidence == pytest.approx(0.09)
    assert [path.names[1] for path in held.alternatives] == ["d/w.p"]
    weighed = graph(rows).with_policy(Policy(approved="score"))
    found = why(weighed, "a/t.x", "c/v.z", clusters=joined(weighed, threshold=0.2))
    assert found.chain is not None
    assert found.chain.names == ("a/t.x", "d/w.p", "c/v.z")


def test_a_rejected_link_further_along_the_nearest_chain_is_in_the_way() -> None:
    """A rejected link between two clusters along the nearest path is an obstacle."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.9),
            ("b/u.y", "b/u.q", 0.95),
            ("b/u.q", "a/t.x", 0.1, "REJECTED"),
            ("b/u.q", "c/v.z", 0.4),
        ]
    )
    found = why(linked, "a/t.x", "c/v.z", clusters=joined(linked))
    assert found.sizes == (1, 1)
    assert [obstacle.link_id for obstacle in found.forbidden_by] == [uid("link 2")]


def test_rejected_links_that_are_scored_forbid_nothing() -> None:
    """Rejected links with a score forbid nothing, but are listed."""
    linked = graph([("a/t.x", "b/u.y", 0.3, "REJECTED")], policy=Policy(rejected="score"))
    found = why(linked, "a/t.x", "b/u.y", clusters=joined(linked))
    assert len(found.rejected) == 1
    assert found.forbidden_by == ()
    assert found.joins_at == 0.3


def test_forbidden_by_one_per() -> None:
    """Two members in one system are an obstacle that names the rule and the place."""
    linked = graph([("a/t.x", "b/u.y", 0.9), ("b/u.y", "a/t.z", 0.8)])
    clusters = joined(linked, one_per="integration_source")
    found = why(linked, "b/u.y", "a/t.z", clusters=clusters)
    assert found.forbidden_by == (
        Obstacle("one_per", uid("a/t.x"), uid("a/t.z"), "a/t.x", "a/t.z", place="a"),
    )
    assert (
        "Forbidden by one_per='integration_source': a/t.x and a/t.z are both in a."
        in found.sentences
    )
    assert found.joins_at is None
    assert found.to_dict()["one_per"] == "integration_source"
    free = joined(linked, one_per="integration_source", many_in=["a"])
    assert why(linked, "b/u.y", "a/t.z", clusters=free).together


def test_methods_without_a_tree_refer_to_components() -> None:
    """Methods without a merge tree refer to the thresholds of components."""
    linked = graph(CHAIN)
    clusters = cluster(linked, method="gaec", threshold=0.85)
    found = why(linked, "a/t.x", "c/v.z", clusters=clusters)
    assert (found.joins_at, found.joins_at_method) == (0.8, "components")
    assert found.sentences[1] == (
        "They would be in one cluster at a threshold of 0.8 or below"
        " (by components, for gaec has no merge tree)."
    )


def test_many_rejected_links_are_counted() -> None:
    """Sentences name five rejected links and a picture ten, of those counted."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.1, "REJECTED")] * 12
    found = why(graph(rows), "a/t.x", "b/u.y")
    assert "And 7 more direct links." in found.sentences
    assert "And 7 more such obstacles." in found.sentences
    assert len(found.diagram().lines) == 10
    assert found.diagram().notes[-1] == "Shown 10 of 12 REJECTED links."


def test_plain_data_has_every_field() -> None:
    """Plain data has every field of the explanation, with steps and sentences as lists."""
    linked = graph(CHAIN)
    apart = why(linked, "a/t.x", "c/v.z", clusters=joined(linked, 0.85)).to_dict()
    assert apart["chain"] is None
    assert apart["nearest"]["names"] == ["a/t.x", "b/u.y", "c/v.z"]
    assert apart["weakest"]["link_id"] == uid("link 1")
    assert apart["joins_at"] == 0.8
    together = why(linked, "a/t.x", "c/v.z", clusters=joined(linked)).to_dict()
    assert together["nearest"] is together["weakest"] is None
    assert together["chain"]["confidence"] == pytest.approx(0.72)
    assert together.keys() == apart.keys()


# --- what is refused -----------------------------------------------------------------------------


def test_nodes_are_of_the_level_of_the_clusters() -> None:
    """Two different nodes of the clusters' level are required."""
    linked = graph([*CHAIN, ("a/t", "b/u", 0.9)])
    with pytest.raises(ArgumentError, match=r"'a/t' is of level 'table'.* of level 'column'"):
        why(linked, "a/t", "b/u.y")
    assert why(linked, "a/t", "b/u", clusters=joined(linked, level="table")).together
    with pytest.raises(ArgumentError, match=r"Both nodes are 'a/t\.x'"):
        why(linked, "a/t.x", uid("a/t.x"))
    with pytest.raises(NodeNotFoundError):
        why(linked, "a/t.x", "nowhere")
    with pytest.raises(ArgumentError, match="whole number above 0"):
        why(linked, "a/t.x", "b/u.y", k=0)


def test_clusters_are_of_the_graph() -> None:
    """Clusters of other links or decisions are refused, and those of another policy are not."""
    linked = graph(CHAIN)
    decided = linked.with_decisions({uid("link 0"): "REJECTED"})
    for other in (graph(CHAIN), linked.where(min_confidence=0.85), decided):
        with pytest.raises(ArgumentError, match="another graph"):
            why(linked, "a/t.x", "b/u.y", clusters=joined(other))
    clusters = joined(linked, policy=Policy(null_confidence=0.5))
    assert why(linked, "a/t.x", "b/u.y", clusters=clusters).together


# --- how -----------------------------------------------------------------------------------------


def test_a_history_is_the_merge_tree_of_the_cluster() -> None:
    """A history has APPROVED joins first, then by height, each with its best link."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.9),
            ("b/u.y", "c/v.z", 0.3, "APPROVED"),
            ("c/v.z", "a/t.x", 0.5),
            ("d/w.p", "e/s.q", 0.9),
        ]
    )
    clusters = cluster(linked, method="average", threshold=0.1)
    history = merge_history(clusters, "a/t.x")
    assert history.basis == "tree"
    assert [(join.height, join.size) for join in history] == [(None, 2), (0.9, 3)]
    assert [join.link.link_id for join in history] == [uid("link 1"), uid("link 0")]
    assert (history.joins[1].source_size, history.joins[1].target_size) == (1, 2)
    assert repr(history) == "<History: x, 2 joins by average at 0.1, from its merge tree>"
    frame = history.to_frame()
    assert frame["status"] == ["APPROVED", "SUGGESTED"]
    assert frame["height"] == [None, 0.9]
    assert history.to_dict()["joins"][1]["link"]["link_id"] == uid("link 0")
    assert "x, 2 joins" in history._repr_html_()
    assert history._repr_html_().count("<tr>") == len(frame) + 1
    assert merge_history(clusters, 0) == merge_history(clusters, clusters.ids[0]) == history


def test_joins_below_the_threshold_are_no_history() -> None:
    """Joins below the threshold are excluded from the history."""
    linked = graph(SQUARE)
    assert len(merge_history(joined(linked, 0.85), "a/t.x")) == 1
    assert len(merge_history(joined(linked, 0.5), "a/t.x")) == 3


def test_methods_without_a_tree_have_a_spanning_tree() -> None:
    """Methods without a tree have the joins of a spanning tree of internal links, best first."""
    linked = graph(SQUARE)
    history = merge_history(cluster(linked, method="gaec", threshold=0.5), "a/t.x")
    assert history.basis == "spanning"
    assert [join.link.link_id for join in history][2] == uid("link 1")
    assert [(join.height, join.size) for join in history] == [(0.9, 2), (0.9, 2), (0.8, 4)]
    assert repr(history).endswith("by gaec at 0.5, from a maximum spanning tree>")


def test_approvals_that_are_scored_have_a_height() -> None:
    """Approvals that are scored have a height like any other link."""
    linked = graph([("a/t.x", "b/u.y", 0.9, "APPROVED")], policy=Policy(approved="score"))
    (join,) = merge_history(joined(linked), 0)
    assert join.height == 0.9


@pytest.mark.parametrize("wanted", [1, -1])
def test_there_is_such_a_cluster(wanted: int) -> None:
    """A cluster is found by position and by a member, and any other value is refused."""
    linked = graph(CHAIN, also=["d/w.p"])
    with pytest.raises(ArgumentError, match="No cluster at"):
        merge_history(joined(linked), wanted)
    with pytest.raises(ArgumentError, match=r"'d/w\.p' is in no cluster"):
        merge_history(joined(linked), "d/w.p")
    with pytest.raises(NodeNotFoundError):
        merge_history(joined(linked), "nowhere")


# --- on random graphs ----------------------------------------------------------------------------

_PLACES = [f"{system}/t.{column}" for system in "abcd" for column in "xy"]
_METHODS = ["components", "single", "average", "complete", "gaec", "best_links", "clip"]


def _rows(*statuses: str) -> st.SearchStrategy[list[Any]]:
    place = st.sampled_from(_PLACES)
    score = st.sampled_from([1.0, 0.9, 0.7, 0.5, 0.31, 0.0, None])
    return st.lists(st.tuples(place, place, score, st.sampled_from(statuses)), max_size=20)


@given(
    _rows("SUGGESTED", "APPROVED", "REJECTED"),
    st.sampled_from(_METHODS),
    st.sampled_from([0.1, 0.5, 0.7]),
    st.sampled_from([None, "integration_source"]),
    st.sampled_from([None, "competition"]),
)
def test_answers_agree_with_the_clusters(
    rows: list[Any], method: str, threshold: float, one_per: str | None, calibrate: str | None
) -> None:
    """Explanations agree with the clusters of every method, and every cluster has a history."""
    linked = graph(rows, also=_PLACES)
    options = {"method": method, "one_per": one_per, "calibrate": calibrate}
    clusters = cluster(linked, threshold=threshold, **options)  # type: ignore[arg-type]
    found = why(linked, _PLACES[0], _PLACES[-1], clusters=clusters)
    a, b = (clusters.cluster_of(place) for place in (_PLACES[0], _PLACES[-1]))
    assert found.together == (a == b is not None)
    if found.together:
        assert found.chain is not None
        assert all(
            clusters.holding_links[linked.link(s.link_id).link_index] for s in found.chain.steps
        )
        approved = linked.arrays.links.status == APPROVED
        both = linked.arrays.links.ends
        edges = zip(both.source[approved].tolist(), both.target[approved].tolist(), strict=True)
        held = nx.Graph(list(edges))
        first, last = (linked.index_of(place) for place in (_PLACES[0], _PLACES[-1]))
        if first in held and last in held and nx.has_path(held, first, last):
            assert {step.status for step in found.chain.steps} == {"APPROVED"}
            assert len(found.chain) == nx.shortest_path_length(held, first, last)
    assert found == why(linked, _PLACES[0], _PLACES[-1], clusters=clusters)
    for index, size in enumerate(clusters.sizes.tolist()):
        history = merge_history(clusters, index)
        assert len(history) == size - 1
        assert history.joins[-1].size == size
    if found.joins_at is not None and found.joins_at_method == method:
        for at, together in ((found.joins_at, True), (found.joins_at + 1e-9, False)):
            if at <= 1:
                again = cluster(linked, threshold=at, **options)  # type: ignore[arg-type]
                assert why(linked, *found.nodes, clusters=again).together is together


def test_a_chain_of_approved_links_comes_before_a_shorter_one() -> None:
    """A suggestion is less than a decision, even one of confidence 1."""
    linked = graph(
        [
            ("a/t.x", "b/t.x", 1.0, "SUGGESTED"),
            ("a/t.x", "c/t.x", 0.4, "APPROVED"),
            ("c/t.x", "b/t.x", 0.4, "APPROVED"),
        ]
    )
    found = why(linked, "a/t.x", "b/t.x", clusters=cluster(linked, method="components"))
    assert found.chain is not None
    assert [step.status for step in found.chain.steps] == ["APPROVED", "APPROVED"]
    assert [len(chain) for chain in found.alternatives] == [1]


@given(_rows("SUGGESTED"))
def test_the_nearest_path_is_that_of_a_maximum_spanning_tree(rows: list[Any]) -> None:
    """The weakest link of the nearest path is the bottleneck of a maximum spanning tree."""
    linked = graph(rows, also=_PLACES)
    known: nx.Graph[str] = nx.Graph()
    known.add_nodes_from(map(uid, _PLACES))
    for row in linked.links:
        if row["confidence"] is not None:
            before = known.get_edge_data(row["source"], row["target"], {"weight": -1.0})["weight"]
            known.add_edge(row["source"], row["target"], weight=max(before, row["confidence"]))
    tree = nx.maximum_spanning_tree(known)
    start, end = uid(_PLACES[0]), uid(_PLACES[-1])
    nobody = replace(joined(linked, 1.0), labels=np.full(linked.n_nodes, -1))
    found = why(linked, start, end, clusters=nobody)
    if not nx.has_path(tree, start, end):
        assert found.nearest is None
        assert found.joins_at is None
        return
    path = nx.shortest_path(tree, start, end)
    bottleneck = min(tree.edges[step]["weight"] for step in nx.utils.pairwise(path))
    assert found.nearest is not None
    assert found.weakest is not None
    assert min(step.weight for step in found.nearest.steps) == found.weakest.weight == bottleneck
    assert found.weakest_score == found.joins_at == bottleneck


def test_reasons_for_a_long_chain_are_found() -> None:
    """Every link of a long chain is a bridge, and every cluster on it is checked for obstacles."""
    n = 2_000
    ends = "s0/t.x", f"s{n}/t.x"
    linked = graph(chain_rows(n))
    together = why(linked, *ends, clusters=cluster(linked, method="components", threshold=0.5))
    assert together.chain is not None
    assert (len(together.chain), len(together.bridges), together.alternatives) == (n, n, ())
    linked = graph([*chain_rows(n), (*ends, 0.5, "REJECTED")])
    apart = why(linked, *ends, clusters=cluster(linked, method="average", threshold=0.5))
    assert apart.nearest is not None
    assert (len(apart.nearest), len(apart.rejected)) == (n, 1)
    assert f"{n:,} bridges" in together.sentences[n + 3]


def test_the_search_for_chains_says_where_it_stopped() -> None:
    """A stopped search returns the paths found, always with the strongest chain."""
    linked = graph(grid_rows(8))
    clusters = cluster(linked, method="components", threshold=0.5)
    ends = "r0/t.c0", "r7/t.c7"
    whole, some = (
        why(linked, *ends, clusters=clusters, max_work=max_work) for max_work in (1_000_000, 1)
    )
    assert (len(whole.alternatives), whole.stopped_at) == (2, None)
    assert (some.chain, some.alternatives, some.stopped_at) == (whole.chain, (), 1)
    assert "Stopped after 1 link (max_work): there may be more chains." in some.sentences
    assert some.to_dict()["stopped_at"] == 1
    with pytest.raises(ArgumentError, match="max_work is -1"):
        why(linked, *ends, clusters=clusters, max_work=-1)


def test_links_of_another_level_are_noted() -> None:
    """Links between tables do not join their columns, and are mentioned."""
    linked = graph(
        [("b/u", "a/t", 0.9), ("a/t.x", "c/v.x", 0.9), ("b/u.y", "d/w.y", 0.9), ("a", "b", 0.9)]
    )
    found = why(linked, "a/t.x", "b/u.y")
    assert (found.n_other_levels, found.other_level_names) == (2, ("a/t", "b/u"))
    told = "Not counted, as of another level: 2 links between a/t and b/u or what lies in them."
    assert told in found.sentences
    assert found.to_dict()["other_level_names"] == ["a/t", "b/u"]
    columns = why(linked, "a/t", "c/v", clusters=cluster(linked, level="table"))
    assert (columns.n_other_levels, columns.other_level_names) == (1, ("a/t.x", "c/v.x"))
    none = why(linked, "c/v.x", "d/w.y")
    assert (none.n_other_levels, none.other_level_names) == (0, None)
    assert none.to_dict()["other_level_names"] is None
