"""Tests of the queue of a review: groups, orders, answers and what is re-scored after each."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.held import Held, held_clusters
from hummgraph.algorithms.review.preview import preview
from hummgraph.algorithms.review.queue import ReviewQueue, review_queue
from hummgraph.algorithms.review.ranking import Ranking
from hummgraph.errors import ArgumentError, DecisionError, ThresholdError
from hummgraph.frames import counted
from hummgraph.graph.policy import SUGGESTED
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import TREES, decided_graphs, settings_of
from tests.support.builders import Row, catalogue, graph, record, uid

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

HALF = Setting(method="components", threshold=0.5, calibrate="decisions", weights=(0.0, 1.0))
"""Links join from a confidence of 0.65 on, at which a link is as probably right as not."""

EXACT = "DETERMINISTIC"


def queue_of(linked: LinkGraph, setting: Setting = HALF, **options: Any) -> ReviewQueue:
    """Return a queue without random questions."""
    clusters = cluster(linked, setting=setting)
    return review_queue(linked, clusters=clusters, **{"random_share": 0.0, **options})


def typed(rows: list[tuple[str, str, float | None, str]]) -> LinkGraph:
    """Return a graph of links with types."""
    records = [
        record(one, other, score, link_type=kind, id=uid(f"link {number}"))
        for number, (one, other, score, kind) in enumerate(rows)
    ]
    places = [place for row in rows for place in row[:2]]
    return hg.LinkGraph(read_links(records, catalogue=catalogue(places)))


def asked(queue: ReviewQueue, n: int = 20) -> list[tuple[str, str]]:
    """Return group and number of the next questions."""
    numbers = {uid(f"link {number}"): f"link {number}" for number in range(100)}
    frame = queue.to_frame(n)
    return [(row["group"], numbers[row["link_id"]]) for row in frame]


# --- groups and orders -----------------------------------------------------------------------


def test_groups_come_in_their_order() -> None:
    """Contradictions, exact rules between clusters, scored suggestions, those without a score."""
    rows: list[dict[str, Any]] = [
        record("a/t.x", "b/t.x", 0.9, status="APPROVED", id=uid("link 0")),
        record("b/t.x", "c/t.x", 0.7, status="APPROVED", id=uid("link 1")),
        record("a/t.x", "c/t.x", 0.2, status="REJECTED", id=uid("link 2")),
        record("d/t.x", "e/t.x", None, link_type=EXACT, id=uid("link 3")),
        record("f/t.x", "g/t.x", 0.6, link_type="PROBABILISTIC", id=uid("link 4")),
        record("h/t.x", "i/t.x", None, link_type="PROBABILISTIC", id=uid("link 5")),
        record("j/t.x", "k/t.x", 0.95, link_type=EXACT, id=uid("link 6")),
    ]
    places = [f"{system}/t.x" for system in "abcdefghijk"]
    queue = queue_of(hg.LinkGraph(read_links(rows, catalogue=catalogue(places))))

    assert asked(queue) == [
        ("contradiction", "link 1"),
        ("exact rule", "link 3"),
        ("scored", "link 4"),
        ("scored", "link 6"),
        ("unscored", "link 5"),
    ]


def test_the_least_certain_comes_first() -> None:
    """By default a probability near one half is asked about; of several, what changes most."""
    rows: list[Row] = [(f"a/t.{n}", f"b/t.{n}", n / 10) for n in range(1, 10)]
    rows += [
        ("c/t.x", "d/t.x", 0.9, "APPROVED"),
        ("d/t.x", "e/t.x", 0.64),
        ("a/t.x", "b/t.x", 0.65),
    ]
    queue = queue_of(graph(rows))
    found = [row["probability"] for row in queue.to_frame()]
    bands = [int(np.digitize(abs(p - 0.5), (0.1, 0.3))) for p in found]

    assert len(found) == 11
    assert bands == sorted(bands)
    assert {*bands} == {0, 1, 2}
    first = next(queue)
    assert first.link.link_id == uid("link 10")
    assert first.reason == (
        f"It is right with probability {first.probability:.2f}, and an answer is expected to change"
        f" {2 * (first.probability or 0):.1f} pairs of columns; of 11 open suggestions none is"
        " clearly less certain, and none about as uncertain changes more."
    )


def test_links_inside_a_contradictory_cluster_are_not_apart() -> None:
    """A rejection that approvals overrule keeps no clusters apart, so nothing is asked later."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("b/t.x", "c/t.x", 0.9, "APPROVED")]
    rows += [("a/t.x", "c/t.x", 0.1, "REJECTED"), ("c/t.x", "d/t.x", 0.67), ("e/t.x", "f/t.x", 0.1)]
    queue = queue_of(graph(rows))
    assert len(queue.clusters.contradictions) == 1

    assert [link for group, link in asked(queue) if group == "scored"] == ["link 3", "link 4"]


def test_one_question_is_asked_for_two_clusters() -> None:
    """Of several links between the same two clusters the first in the order stands for all."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("c/t.x", "d/t.x", 0.9, "APPROVED")]
    rows += [("a/t.x", "c/t.x", 0.5), ("b/t.x", "d/t.x", 0.6), ("a/t.x", "e/t.x", 0.3)]

    assert asked(queue_of(graph(rows))) == [("scored", "link 3"), ("scored", "link 4")]


def test_what_decisions_settle_is_not_asked() -> None:
    """Neither a link within approved ones, nor one between two that a rejection keeps apart."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9, "APPROVED"),
        ("b/t.x", "c/t.x", 0.9, "APPROVED"),
        ("a/t.x", "c/t.x", 0.6),
        ("c/t.x", "d/t.x", 0.6, "REJECTED"),
        ("a/t.x", "d/t.x", 0.6),
        ("a/t.x", "e/t.x", 0.6),
    ]

    assert asked(queue_of(graph(rows))) == [("scored", "link 5")]


def test_flips_count_the_pairs_that_an_answer_moves() -> None:
    """Apart the product of both sizes, together the smaller unit against the rest."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.65), ("b/t.x", "c/t.x", 0.9, "APPROVED")]
    rows += [("d/t.x", "e/t.x", 0.9, "APPROVED"), ("a/t.x", "e/t.x", 0.6), ("f/t.x", "g/t.x", 0.64)]
    linked = graph(rows)
    queue = queue_of(linked, order="flips")
    open_ = queue._ranking.open(queue._held, queue._done)
    flips = {
        linked.link(int(at)).link_id: value
        for at, value in zip(open_.link, open_.flips, strict=True)
    }

    # One of three, at 0.65: half a chance that one leaves two.
    assert flips[uid("link 0")] == pytest.approx(0.5 * 1 * 2)
    p = dict(zip(open_.link.tolist(), open_.probability.tolist(), strict=True))
    assert flips[uid("link 3")] == pytest.approx(p[linked.link(uid("link 3")).link_index] * 3 * 2)
    assert flips[uid("link 4")] == pytest.approx(p[linked.link(uid("link 4")).link_index])
    assert asked(queue)[0] == ("scored", "link 3")
    assert next(queue).reason == (
        "An answer is expected to change 2.3 pairs of columns; of 3 open suggestions no other"
        " changes more."
    )


def test_clusters_that_a_rejection_keeps_apart_come_last() -> None:
    """A second link between two clusters that cannot be one is worth less than any other."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.9), ("e/t.x", "f/t.x", 0.3)]
    rows += [("a/t.x", "c/t.x", 0.6, "REJECTED"), ("b/t.x", "d/t.x", 0.64)]
    found = asked(queue_of(graph(rows)))

    assert [link for _, link in found if link in {"link 2", "link 4"}] == ["link 2", "link 4"]
    assert found[-1] == ("scored", "link 4")


def test_random_is_a_sample_of_all() -> None:
    """Exact rules do not go first, and every order of two is as likely."""
    linked = typed([("a/t.x", "b/t.x", 0.9, "PROBABILISTIC"), ("c/t.x", "d/t.x", 0.3, EXACT)])
    first = [asked(queue_of(linked, order="random", seed=seed), 1)[0][1] for seed in range(40)]

    assert {*first} == {"link 0", "link 1"}
    assert 8 < first.count("link 0") < 32
    frame = queue_of(linked, order="random").to_frame()
    assert frame["asked"] == ["random", "random"]


def test_an_exact_rule_says_so() -> None:
    """The reason names the rule."""
    linked = typed([("a/t.x", "b/t.x", None, EXACT), ("c/t.x", "d/t.x", None, "PROBABILISTIC")])
    queue = queue_of(linked)

    assert (
        next(queue).reason
        == "Nothing is known of its probability; an exact rule joins two clusters."
    )
    assert next(queue).reason == (
        "Nothing is known of its probability; of 1 open suggestion none is clearly less certain,"
        " and none about as uncertain changes more."
    )


# --- against brute force ---------------------------------------------------------------------


def settled_by_hand(held: Held) -> tuple[set[int], dict[int, int]]:
    """Return the links that decisions leave open, and the unit of each node, by networkx."""
    linked = held.linked
    units: nx.Graph[int] = nx.Graph()
    units.add_nodes_from(range(linked.n_nodes))
    links = np.flatnonzero(linked.pair_of_link >= 0).tolist()
    policy = held.problem.graph.policy
    ends = {
        link: (int(linked.a[pair]), int(linked.b[pair]))
        for link, pair in zip(links, linked.pair_of_link[links].tolist(), strict=True)
    }
    if policy.approved == "accept":
        units.add_edges_from(ends[link] for link in links if held.status[link] == 1)
    unit = {
        node: number for number, part in enumerate(nx.connected_components(units)) for node in part
    }
    apart = {
        frozenset((unit[a], unit[b]))
        for link, (a, b) in ends.items()
        if held.status[link] == 2 and policy.rejected == "refuse"
    }
    open_ = {
        link
        for link, (a, b) in ends.items()
        if held.status[link] == SUGGESTED
        and unit[a] != unit[b]
        and frozenset((unit[a], unit[b])) not in apart
    }
    return open_, unit


@given(data=st.data())
def test_open_suggestions_are_those_of_brute_force(data: st.DataObject) -> None:
    """Open questions, their groups, clusters and flips, for any graph and setting."""
    linked = data.draw(decided_graphs())
    clusters = cluster(linked, setting=data.draw(settings_of(TREES)))
    held = held_clusters(clusters)
    ranking = Ranking(held, "flips", 0)
    found = ranking.open(held, np.zeros(linked.n_links, dtype=bool))
    open_, unit = settled_by_hand(held)

    assert set(found.link.tolist()) == open_
    first = clusters.problem.first
    group = {"exact rule": 1, "scored": 2, "unscored": 3}
    for at, link in enumerate(found.link.tolist()):
        one = linked.link(link)
        a, b = (linked.index_of(end) - first for end in (one.source, one.target))
        p = found.probability[at]
        together = held.label[a] == held.label[b]
        kind = "unscored" if np.isnan(p) else "scored"
        if one.link_type == EXACT and not together:
            kind = "exact rule"
        assert found.group[at] == group[kind]
        assert np.isnan(p) == (one.weight is None)
        known = 0.5 if np.isnan(p) else p
        sizes = [int((held.label == held.label[end]).sum()) for end in (a, b)]
        small = min(sum(unit[n] == unit[end] for n in unit) for end in (a, b))
        flips = (
            (1 - known) * small * (sizes[0] - small) if together else known * sizes[0] * sizes[1]
        )
        assert found.flips[at] == pytest.approx(flips)


@given(data=st.data())
def test_answers_make_the_clusters_of_clustering_anew(data: st.DataObject) -> None:
    """After any answers, clusters and questions are those of the decided graph."""
    linked = data.draw(decided_graphs())
    setting = data.draw(settings_of(TREES))
    order = data.draw(st.sampled_from(["uncertainty", "flips"]))
    queue = queue_of(linked, setting, order=order)
    for _ in islice(queue, 4):
        queue.answer(data.draw(st.sampled_from(["APPROVED", "REJECTED"])))

    decided = linked.with_decisions(queue.decisions)
    anew = cluster(decided, setting=setting)
    assert np.array_equal(queue.clusters.labels, anew.labels)
    assert queue.graph == decided
    if setting.weights is not None:  # else they are fitted to decisions at the beginning
        fresh = review_queue(decided, clusters=anew, order=order, random_share=0.0)
        fresh._done |= queue._done
        columns = ("link_id", "group", "asked", "probability", "reason")
        assert queue.to_frame().select(*columns) == fresh.to_frame().select(*columns)


@given(data=st.data())
def test_an_answer_taken_back_leaves_no_trace(data: st.DataObject) -> None:
    """After undo the same question comes next, with the same effects."""
    linked = data.draw(decided_graphs())
    queue = queue_of(linked, data.draw(settings_of(TREES)), random_share=0.3)
    before = queue.to_frame()
    labels = queue.clusters.labels
    question = next(queue, None)
    if question is None:
        return
    decision = queue.answer(data.draw(st.sampled_from(["APPROVED", "REJECTED", "SUGGESTED"])))

    assert queue.undo() == decision
    assert queue.decisions == ()
    assert np.array_equal(queue.clusters.labels, labels)
    assert queue.to_frame() == before


@given(data=st.data())
def test_effects_are_those_of_a_preview(data: st.DataObject) -> None:
    """The effects of approving and rejecting are stated as the preview counts them."""
    linked = data.draw(decided_graphs())
    queue = queue_of(linked, data.draw(settings_of(TREES)))
    for question in islice(queue, 2):
        for status, text in (("APPROVED", question.approving), ("REJECTED", question.rejecting)):
            found = preview(queue.graph, {question.link.link_id: status}, clusters=queue.clusters)
            kinds = len(found.regroupings)
            changes = found.contradictions["change"]
            more = changes.count("made") - changes.count("resolved")
            rule = found.violations["change"]
            worse = rule.count("made") - rule.count("resolved")
            assert (text == "no cluster changes.") == (not kinds and not more)
            assert ("contradiction" in text) == bool(more)
            verb = "made" if worse > 0 else "resolved"
            assert (f"{counted(abs(worse), 'violation')} of the rule {verb}" in text) == bool(worse)
            rows = bool(more) + bool(worse)
            assert text.count(";") == min(kinds, 4) + rows - 1 or not (kinds or more)
            if kinds <= 3:
                left = re.findall(r"with (\S+ members?) left alone", text)
                assert left == re.findall(
                    r"with (\S+ members?) left alone", " ".join(found.sentences)
                )


# --- contradictions --------------------------------------------------------------------------

CHAIN: list[Row] = [
    ("a/t.x", "b/t.x", 0.9, "APPROVED"),
    ("b/t.x", "c/t.x", 0.3, "APPROVED"),
    ("a/t.x", "c/t.x", 0.4, "REJECTED"),
]


def test_the_likeliest_wrong_decision_is_asked_about_first() -> None:
    """The cheapest approval, or the rejection, whichever its confidence contradicts more."""
    assert asked(queue_of(graph(CHAIN)))[0] == ("contradiction", "link 1")
    surer: list[Row] = [CHAIN[0], ("b/t.x", "c/t.x", 0.7, "APPROVED")]
    surer.append(("a/t.x", "c/t.x", 0.8, "REJECTED"))
    assert asked(queue_of(graph(surer)))[0] == ("contradiction", "link 2")
    unknown: list[Row] = [*CHAIN[:2], ("a/t.x", "c/t.x", None, "REJECTED")]
    assert asked(queue_of(graph(unknown)))[0] == ("contradiction", "link 1")


def test_a_contradiction_is_asked_about_until_it_is_resolved() -> None:
    """A decision that is confirmed leaves the others to ask about, each once."""
    queue = queue_of(graph(CHAIN))
    numbers = []
    for question in queue:
        numbers.append(question.link.link_id)
        assert question.group == "contradiction"
        queue.answer(question.link.status)

    assert numbers == [uid("link 1"), uid("link 2"), uid("link 0")]
    assert len(queue.clusters.contradictions) == 1
    assert queue.to_dict()["contradictions"] == 1
    assert {decision.asked for decision in queue.decisions} == {"contradiction"}


def test_one_answer_resolves_a_contradiction() -> None:
    """Once resolved, it is not asked about any more."""
    queue = queue_of(graph(CHAIN))
    question = next(queue)

    assert question.rejecting == (
        "t x (a) (3) shrinks to 2; 1 contradiction resolved."
        if question.clusters[0] == "t x (a)"
        else f"{question.clusters[0]} (3) shrinks to 2; 1 contradiction resolved."
    )
    assert "approved links unite them" in question.reason
    queue.answer("REJECTED")
    assert queue.to_frame()["group"] == []


def test_without_one_cheapest_link_the_rejection_is_asked_about() -> None:
    """Two chains need two answers; taking the rejection back needs one."""
    rows: list[Row] = [
        *CHAIN[:2],
        ("a/t.x", "d/t.x", 0.3, "APPROVED"),
        ("d/t.x", "c/t.x", 0.3, "APPROVED"),
        ("a/t.x", "c/t.x", 0.1, "REJECTED"),
    ]
    queue = queue_of(graph(rows))

    assert asked(queue)[0] == ("contradiction", "link 4")
    next(queue)
    queue.answer("SUGGESTED")
    assert len(queue.clusters.contradictions) == 0


def test_links_of_two_chains_are_not_asked_about() -> None:
    """Once the rejection is confirmed, no other single answer resolves it."""
    rows: list[Row] = [
        *CHAIN[:2],
        ("b/t.x", "c/t.x", 0.2, "APPROVED"),
        ("a/t.x", "c/t.x", 0.1, "REJECTED"),
    ]
    queue = queue_of(graph(rows))
    numbers = []
    for question in queue:
        numbers.append(question.link.link_id)
        queue.answer(question.link.status)
    assert numbers == [uid("link 3"), uid("link 0")]  # not the parallel links


@given(data=st.data())
def test_the_other_answer_to_each_question_resolves_a_contradiction(data: st.DataObject) -> None:
    """For any graph, policy and setting, until no contradiction has a question left."""
    linked = data.draw(decided_graphs(decided=True))
    queue = queue_of(linked, data.draw(settings_of(TREES)))
    for question in queue:
        if question.group != "contradiction":
            break
        link = question.link
        before = {one.link_id for one in queue.clusters.contradictions}
        queue.answer("APPROVED" if link.status == "REJECTED" else "REJECTED")
        after = {one.link_id for one in queue.clusters.contradictions}
        assert before - after
        queue.undo()
        next(queue)
        queue.answer(link.status)


def test_a_rejection_that_does_not_bind_is_asked_about_itself() -> None:
    """Under a policy that goes by scores nothing else explains it."""
    linked = graph([("a/t.x", "b/t.x", 0.9, "REJECTED")], policy=hg.Policy(rejected="score"))

    assert asked(queue_of(linked)) == [("contradiction", "link 0")]


def test_two_contradictions_ask_about_two_links() -> None:
    """No link is asked about twice in one list."""
    rows: list[Row] = [*CHAIN, ("c/t.x", "a/t.x", 0.2, "REJECTED")]
    found = asked(queue_of(graph(rows)))

    assert [group for group, _ in found] == ["contradiction"] * 2
    assert len({*found}) == 2


# --- random questions ------------------------------------------------------------------------


def many(n: int = 60) -> LinkGraph:
    """Return suggestions between as many pairs of clusters."""
    return graph([(f"a/t.{at}", f"b/t.{at}", (at % 19 + 1) / 20) for at in range(n)])


def test_half_of_the_questions_are_random() -> None:
    """By default, and each decision records how its link was chosen."""
    queue = queue_of(many(), random_share=0.5)
    for _ in islice(queue, 40):
        queue.answer("APPROVED")
    ways = [decision.asked for decision in queue.decisions]

    assert {*ways} == {"random", "uncertainty"}
    assert 10 < ways.count("random") < 30
    assert queue_of(many(), random_share=1.0).to_frame()["asked"] == ["random"] * 20


def test_only_random_answers_calibrate() -> None:
    """A new setting counts the answers to questions that were drawn at random, and no others."""
    queue = queue_of(many(), random_share=0.5)
    for _ in islice(queue, 40):
        queue.answer("APPROVED")
    n_random = [decision.asked for decision in queue.decisions].count("random")

    assert cluster(queue.graph).setting.n_approved == n_random


def test_the_same_seed_asks_the_same() -> None:
    """Another seed asks about other links."""
    frames = [
        queue_of(many(), random_share=0.5, seed=seed).to_frame()["link_id"] for seed in (1, 1, 2)
    ]

    assert frames[0] == frames[1] != frames[2]


def test_the_list_is_what_is_asked() -> None:
    """If answers change nothing else, questions come as they are listed."""
    queue = queue_of(many(), random_share=0.5)
    listed = queue.to_frame()["link_id"]

    assert [question.link.link_id for question in islice(queue, 20)] == listed


def test_links_without_confidence_are_not_drawn() -> None:
    """They calibrate nothing; they are asked about in their turn."""
    rows: list[Row] = [("a/t.x", "b/t.x", None), ("c/t.x", "d/t.x", 0.5)]
    frame = queue_of(graph(rows), random_share=1.0).to_frame()

    assert list(zip(frame["group"], frame["asked"], strict=True)) == [
        ("scored", "random"),
        ("unscored", "uncertainty"),
    ]


# --- probabilities ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calibrate", "weights"), [(None, None), ("competition", None), ("both", (0.0, 1.0))]
)
def test_each_calibration_has_probabilities(
    calibrate: str | None, weights: tuple[float, float] | None
) -> None:
    """Scores that are no probabilities are turned into such; lost ones are 0."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/t.y", 0.8), ("c/t.x", "d/t.x", 0.2)]
    setting = Setting(
        method="average", threshold=0.1, calibrate=calibrate, weights=weights, floor=0.5
    )
    rows.append(("e/t.x", "f/t.x", 0.7, "REJECTED"))
    linked = graph(rows)
    held = held_clusters(cluster(linked, setting=setting))
    links = np.arange(linked.n_links)
    values = Ranking(held, "uncertainty", 0).probabilities(held, links)
    found = {linked.link(at).link_id: float(values[at]) for at in links.tolist()}

    assert 0 < found[uid("link 1")] < found[uid("link 0")] < 1
    below, rejected = found[uid("link 2")], found[uid("link 3")]
    assert np.isnan(rejected) if calibrate else 0 < rejected < 1
    assert below == 0.0 if calibrate else 0 < below < found[uid("link 1")]


# --- questions as values -----------------------------------------------------------------------


def test_a_question_has_what_a_reviewer_needs(demo_graph: LinkGraph) -> None:
    """Names, types, clusters, evidence, effects; evidence is shown as its vocabulary."""
    queue = review_queue(demo_graph)
    question = next(queue)

    assert repr(question) == (
        "<Question: Stripe/customers.email = HubSpot/contacts.email? (contradiction)>"
    )
    assert question.clusters == ("person email", "person email")
    assert question.approving == "no cluster changes."
    assert question.rejecting == (
        "person email (15) and company email (4) become 14 and 5; 1 contradiction resolved."
    )
    assert "matcher" in question.evidence["key"]
    text = str(question)
    assert text.startswith("Question: Stripe/customers.email = HubSpot/contacts.email?\n")
    assert "PROBABILISTIC, APPROVED" in text
    queue.answer("APPROVED")
    shown = str(queue.to_frame(1).select("evidence"))
    note = json.loads(queue.to_frame(1)["evidence"][0])["review"]["reason"]
    text = str(next(queue))
    assert "[redacted]" in text
    assert note not in shown
    assert note not in text


def test_deleted_ends_are_marked() -> None:
    """A deleted column has it after its name."""
    linked = graph([("a/t.x", "b/t.x", None)], inactive=["a/t.x"])
    question = next(queue_of(linked))

    assert "a/t.x (deleted)" in repr(question)
    assert question.clusters == (None, None)
    assert "in no cluster" in str(question)
    assert "rows of evidence" not in str(question)


def test_names_of_clusters_survive_answers() -> None:
    """The larger part keeps the name; a part without one is called after a member."""
    rows: list[Row] = [(f"{x}/t.email", f"{y}/t.email", 0.9) for x, y in ("ab", "bc", "de")]
    rows.append(("c/t.email", "d/t.email", 0.8))
    linked = graph(rows)
    queue = queue_of(linked)
    (name,) = queue.clusters.names
    first = next(queue)

    assert first.link.link_id == uid("link 3")
    assert first.clusters == (name, name)
    assert first.rejecting == f"{name} (5) falls apart into 3 and 2."
    queue.answer("REJECTED")
    called = [question.clusters[0] for question in queue]
    assert name in called
    assert any(str(one).endswith(".email and 1 more") for one in called)


def test_many_effects_are_counted() -> None:
    """A sentence names three changes at most."""
    rows: list[Row] = [(f"a/t.{n}", f"b/t.{n}", 0.9) for n in range(5)]
    rows += [("a/t.weak", "b/t.weak", 0.2), ("a/t.less", "b/t.less", 0.8)]
    # The weakest link is the measure of all others.
    setting = Setting(method="average", threshold=0.9, calibrate="competition")
    queue = queue_of(graph(rows), setting)
    (weak,) = (one for one in queue if one.link.link_id == uid("link 5"))

    assert weak.rejecting.count("vanishes") == 3
    assert weak.rejecting.endswith("; 3 more changes.")
    assert weak.approving == "a cluster of 2 appears."


# --- answers and arguments -------------------------------------------------------------------


def test_a_decision_has_what_a_journal_keeps() -> None:
    """Ends, confidence, way of asking, time, author and note."""
    queue = queue_of(graph([("a/t.x", "b/t.x", 0.6)]))
    question = next(queue)
    when = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    decision = queue.answer("APPROVED", note="alike", who="Ada", decided_at=when)

    assert decision == hg.Decision(
        uid("link 0"),
        "APPROVED",
        decided_at=when,
        note="alike",
        source=question.link.source,
        target=question.link.target,
        who="Ada",
        asked="uncertainty",
        confidence=0.6,
    )
    assert queue.decisions == (decision,)


def test_an_answer_has_the_time_of_the_answer() -> None:
    """The time is now when not given."""
    queue = queue_of(graph([("a/t.x", "b/t.x", 0.6)]))
    next(queue)
    decided_at = queue.answer("REJECTED").decided_at

    assert decided_at is not None
    assert abs((datetime.now(UTC) - decided_at).total_seconds()) < 60


def test_a_question_without_an_answer_is_skipped() -> None:
    """It is not asked again, and no decision is made."""
    queue = queue_of(many(3))
    found = [question.link.link_id for question in queue]

    assert sorted(found) == sorted(uid(f"link {n}") for n in range(3))
    assert repr(queue) == "<ReviewQueue: by uncertainty, 0 answered, 3 skipped, 0 open>"
    assert queue.decisions == ()
    assert next(queue, None) is None


def test_a_skip_is_taken_back_before_the_answer_that_came_first() -> None:
    """Steps are taken back in the reverse order, whatever they were."""
    queue = queue_of(many(4))
    first = next(queue)
    decision = queue.answer("APPROVED")
    second = next(queue)
    queue.skip()
    assert queue.n_skipped == 1

    assert queue.undo() is None
    assert (queue.n_skipped, queue.decisions) == (0, (decision,))
    assert next(queue).link == second.link
    assert queue.undo() == decision
    assert next(queue).link == first.link


@pytest.mark.parametrize("n", [1, 5])
def test_a_queue_goes_on_where_another_ended(n: int) -> None:
    """Sessions of any length have the questions of one long session, random ones included."""
    linked = many(40)
    clusters = cluster(linked, setting=HALF)
    whole = review_queue(linked, clusters=clusters, random_share=0.5, seed=3)
    expected = [(q.link.link_id, whole.answer("REJECTED").asked) for q in islice(whole, 15)]
    assert {how for _, how in expected} == {"random", "uncertainty"}

    found: list[tuple[str, str | None]] = []
    decided = linked
    while len(found) < 15:
        now = cluster(decided, setting=HALF)
        queue = review_queue(decided, clusters=now, random_share=0.5, seed=3, limit=n)
        found += [(q.link.link_id, queue.answer("REJECTED").asked) for q in queue]
        decided = decided.with_decisions(queue.decisions)
    assert found == expected


def test_what_a_queue_confirmed_is_not_asked_again() -> None:
    """Of a contradiction the next decision is asked about, as in the queue before."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("b/t.x", "c/t.x", 0.7, "APPROVED")]
    rows += [("a/t.x", "c/t.x", 0.2, "REJECTED")]
    linked = graph(rows)
    queue = queue_of(linked)
    found = []
    for question in queue:
        found.append(question.link.link_id)
        queue.answer(question.link.status)
    assert len(set(found)) == len(found) == 3

    again = []
    for _ in found:
        (question,) = islice(queue_of(linked, limit=1), 1)
        again.append(question.link.link_id)
        decision = hg.Decision(
            question.link.link_id,
            question.link.status,
            decided_at=datetime.now(UTC),
            asked=question.asked,
        )
        linked = linked.with_decisions([decision])
    assert again == found
    assert list(queue_of(linked)) == []


def test_questions_are_counted() -> None:
    """One for two clusters, however many links join them, and one for each contradiction."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("c/t.x", "d/t.x", 0.9, "APPROVED")]
    rows += [("a/t.x", "c/t.x", 0.5), ("b/t.x", "d/t.x", 0.6), ("a/t.x", "e/t.x", 0.3)]
    queue = queue_of(graph(rows))

    assert (queue.n_open, queue.n_questions) == (3, 2)
    assert [queue.answer("REJECTED").status for _ in queue] == ["REJECTED"] * 2
    assert (queue.n_open, queue.n_questions) == (0, 0)


def test_a_limit_ends_the_queue() -> None:
    """Answered and skipped questions count alike."""
    queue = queue_of(many(), limit=3)
    assert len(queue.to_frame()) == len(queue) == 3
    next(queue)
    queue.answer("APPROVED")

    assert len(queue.to_frame()) == len(queue) == 2
    assert len(list(queue)) == 2
    assert len(queue.to_frame()) == len(queue) == 0
    assert len(queue_of(many())) == queue_of(many()).n_questions > 3
    assert list(queue_of(many(), limit=0)) == []


def test_answers_need_a_question() -> None:
    """There is nothing to answer, skip or take back at the beginning."""
    queue = queue_of(many(2))

    assert queue.current is None
    with pytest.raises(ArgumentError, match="no question to answer"):
        queue.answer("APPROVED")
    with pytest.raises(ArgumentError, match="no question to skip"):
        queue.skip()
    with pytest.raises(ArgumentError, match="Nothing was answered or skipped"):
        queue.undo()


def test_a_status_that_does_not_exist_is_no_answer() -> None:
    """The question stays."""
    queue = queue_of(many(2))
    question = next(queue)

    with pytest.raises(DecisionError, match="it must be one of SUGGESTED, APPROVED, REJECTED"):
        queue.answer("YES")
    assert queue.current is question


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "impact"}, "order is 'impact'; it must be one of uncertainty, flips, random"),
        ({"seed": -1}, "seed is -1; it must be a whole number, 0 or more"),
        ({"limit": 1.5}, "limit is 1.5; it must be a whole number, 0 or more"),
        ({"limit": True}, "limit is True"),
        ({"seed": None}, "seed is None"),
    ],
)
def test_arguments_are_checked(options: dict[str, Any], message: str) -> None:
    """The error has the value, and what is allowed."""
    with pytest.raises(ArgumentError, match=message):
        review_queue(many(2), **options)


def test_a_share_is_between_nothing_and_all() -> None:
    """Shares are numbers in [0, 1]."""
    with pytest.raises(ThresholdError, match="random_share is 2"):
        review_queue(many(2), random_share=2)


def test_a_graph_without_links_asks_nothing() -> None:
    """There is a queue, and it is empty."""
    queue = review_queue(graph([("a/t", "b/t", 0.9)]))

    assert list(queue) == []
    assert len(queue.to_frame()) == 0
    assert "0 open" in str(queue)


def test_the_card_lists_what_comes_next() -> None:
    """Ten questions and the number of all."""
    text = str(queue_of(many()))

    assert "scored" in text
    assert "shown 10 of 60 questions" in text


def test_plain_data_has_counts_and_questions() -> None:
    """As JSON can hold it, without evidence."""
    found = queue_of(many(2)).to_dict()

    assert json.loads(json.dumps(found)) == found
    assert (found["order"], found["random_share"], found["open"]) == ("uncertainty", 0.0, 2)
    assert [row["group"] for row in found["questions"]] == ["scored", "scored"]
    assert "evidence" not in found["questions"][0]


def test_other_methods_have_a_queue_too() -> None:
    """Each answer clusters anew."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.7), ("a/t.x", "c/t.x", 0.6)]
    linked = graph(rows)
    clusters = cluster(linked, method="gaec")
    queue = review_queue(linked, clusters=clusters, random_share=0.0)
    for _ in queue:
        queue.answer("REJECTED")

    anew = cluster(queue.graph, setting=clusters.setting)
    assert np.array_equal(queue.clusters.labels, anew.labels)


def test_the_last_answer_is_taken_back() -> None:
    """Its question comes next once more, and clusters and names are as they were."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.9), ("b/t.x", "c/t.x", 0.6)]
    queue = queue_of(graph(rows))
    question = next(queue)
    assert question.link.link_id == uid("link 2")
    names = question.clusters
    decision = queue.answer("APPROVED")
    assert len(queue.clusters) == 1

    assert queue.undo() == decision
    assert queue.decisions == ()
    assert len(queue.clusters) == 2
    again = next(queue)
    assert again.link == question.link
    assert again.clusters == names
    assert None not in names


def test_a_part_that_lost_the_most_is_called_after_a_member() -> None:
    """The name stays with the larger part of a cluster."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9, "APPROVED"),
        ("b/t.x", "c/t.x", 0.9, "APPROVED"),
        ("d/t.x", "e/t.x", 0.9, "APPROVED"),
        ("c/t.x", "d/t.x", 0.7),
        ("e/t.x", "f/t.x", 0.3),
    ]
    queue = queue_of(graph(rows))
    first = next(queue)
    assert first.link.link_id == uid("link 3")
    queue.answer("REJECTED")
    second = next(queue)

    assert second.link.link_id == uid("link 4")
    assert {name is None for name in second.clusters} == {True, False}
    assert any((name or "").endswith(" and 1 more") for name in second.clusters)


def test_an_effect_counts_contradictions() -> None:
    """Rejecting within approved links makes one more."""
    rows: list[Row] = [*CHAIN[:2], ("c/t.x", "d/t.x", 0.9, "APPROVED")]
    rows += [("a/t.x", "c/t.x", 0.4, "REJECTED"), ("a/t.x", "d/t.x", 0.4, "REJECTED")]
    question = next(queue_of(graph(rows)))

    assert question.link.link_id == uid("link 1")
    assert question.rejecting.endswith("2 contradictions resolved.")
    assert question.approving == "no cluster changes."


def test_a_cluster_that_appeared_is_called_after_a_member() -> None:
    """None of its members was in a cluster at the beginning."""
    queue = queue_of(graph([("a/t.x", "b/t.x", 0.6), ("b/t.x", "c/t.x", 0.3)]))
    next(queue)
    queue.answer("APPROVED")

    (name,) = {name for name in next(queue).clusters if name}
    assert name in {"a/t.x and 1 more", "b/t.x and 1 more"}


@pytest.mark.parametrize("n", [-1, 1.5, True, "3"])
def test_a_number_of_questions_is_a_whole_one(n: Any) -> None:
    """From 0, which is none."""
    queue = review_queue(graph([("a/t.x", "b/t.x", 0.5)]))
    for asked in (queue.to_frame, queue.to_dict):
        with pytest.raises(
            ArgumentError, match=r"n is .*; it must be a whole number, at least 0\."
        ):
            asked(n)
    assert len(queue.to_frame(0)) == 0
