"""Tests of decisions about links that have other ids now."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.errors import DecisionError
from hummgraph.graph.decisions import Decision, GivenName
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
X, Y, Z = "a/t.x", "b/t.x", "c/t.x"
OLD, OLDER = uid("old link"), uid("older link")


def about(
    link_id: str, source: str, target: str, status: str = "REJECTED", **more: Any
) -> Decision:
    """Return a decision that gives its ends."""
    return Decision(link_id, status, source=uid(source), target=uid(target), **more)


def listed(decided: LinkGraph) -> list[tuple[str, str | None, str]]:
    """Return the id, the id before, and how each decision was found."""
    return [(row["link_id"], row["given_id"], row["found"]) for row in decided.decisions]


@pytest.mark.parametrize("ends", [(X, Y), (Y, X)])
def test_a_link_is_found_by_its_ends(ends: tuple[str, str]) -> None:
    """The link between the same nodes is decided, in either order, and its new id is listed."""
    links = graph([(X, Y, 0.8), (Y, Z, 0.8)])
    decided = links.with_decisions([about(OLD, *ends, who="Ada")], missing="by_ends")

    assert [link.status for link in map(decided.link, map(uid, ("link 0", "link 1")))] == [
        "REJECTED",
        "SUGGESTED",
    ]
    (row,) = decided.decisions
    assert (row["link_id"], row["given_id"], row["found"]) == (uid("link 0"), OLD, "ends")
    assert (row["previous_status"], row["who"], row["in_graph"]) == ("SUGGESTED", "Ada", True)


@pytest.mark.parametrize("missing", ["raise", "skip"])
def test_ends_are_asked_for(missing: str) -> None:
    """No link is found by its ends unless that is asked for."""
    links, decision = graph([(X, Y)]), about(OLD, X, Y)
    if missing == "raise":
        with pytest.raises(DecisionError, match="1 of 1 decision is") as caught:
            links.with_decisions([decision])
        assert "missing='by_ends'" in caught.value.hint
        return
    decided = links.with_decisions([decision], missing=missing)
    assert decided.link(0).status == "SUGGESTED"
    assert listed(decided) == [(OLD, None, "missing")]


def test_without_ends_or_their_nodes_a_link_is_missing() -> None:
    """A decision without ends is not guessed, nor is one between other nodes."""
    links = graph([(X, Y)], also=[Z])
    rows = [
        Decision(uid("no ends"), "REJECTED"),
        about(uid("no link"), X, Z),
        about(uid("no node"), X, "nowhere"),
    ]
    decided = links.with_decisions([*rows, GivenName(uid("nowhere"), "x")], missing="by_ends")

    assert decided.link(0).status == "SUGGESTED"
    assert {found for _, _, found in listed(decided)} == {"missing"}
    assert not any(decided.decisions["in_graph"])


def test_of_several_links_it_is_the_one_of_the_same_confidence() -> None:
    """If several links join the nodes, the confidence chooses one or none."""
    links = graph([(X, Y, 0.8), (Y, X, 0.6), (X, Y, 0.6), (X, Y, None)])
    for confidence, found in ((0.8, "link 0"), (0.6, None), (0.7, None), (None, None)):
        decided = links.with_decisions([about(OLD, X, Y, confidence=confidence)], missing="by_ends")
        if found:
            assert listed(decided) == [(uid(found), OLD, "ends")]
            assert decided.link(uid(found)).status == "REJECTED"
        else:
            assert listed(decided) == [(OLD, None, "ambiguous")]
            assert decided.n_links_by_status["REJECTED"] == 0


def test_a_link_keeps_the_decision_of_its_own() -> None:
    """A decision about the link itself holds, even if that of its forerunner is later."""
    links = graph([(X, Y, 0.8)])
    own = Decision(uid("link 0"), "APPROVED", NOON)
    decided = links.with_decisions(
        [own, about(OLD, X, Y, decided_at=NOON + timedelta(1))], missing="by_ends"
    )

    assert decided.link(0).status == "APPROVED"
    assert listed(decided) == [(uid("link 0"), None, "id"), (OLD, None, "superseded")]


def test_of_two_forerunners_the_latest_holds() -> None:
    """Two links that became one: the later decision holds; equally late ones are an error."""
    links = graph([(X, Y, 0.8)])
    early, late = (
        about(link_id, X, Y, status, decided_at=time)
        for link_id, status, time in (
            (OLD, "REJECTED", NOON),
            (OLDER, "APPROVED", NOON + timedelta(1)),
        )
    )
    decided = links.with_decisions([late, early], missing="by_ends")

    assert decided.link(0).status == "APPROVED"
    assert listed(decided) == [(uid("link 0"), OLDER, "ends")]
    with pytest.raises(DecisionError, match="both APPROVED and REJECTED"):
        links.with_decisions(
            [late, about(OLD, X, Y, decided_at=late.decided_at)], missing="by_ends"
        )


def test_a_link_that_a_filter_left_out_is_about_no_other() -> None:
    """A decision about a link of the snapshot is not one about the links next to it."""
    links = graph([(X, Y, 0.8), (X, Y, 0.3)]).where(min_confidence=0.5)
    decided = links.with_decisions([about(uid("link 1"), X, Y, confidence=0.3)], missing="by_ends")

    assert decided.link(0).status == "SUGGESTED"
    assert listed(decided) == [(uid("link 1"), None, "missing")]


def test_how_it_was_asked_stays_with_the_link() -> None:
    """The link's new id has the way in which its forerunner was asked about."""
    links = graph([(X, Y, 0.8)])
    decided = links.with_decisions([about(OLD, X, Y, asked="chosen")], missing="by_ends")

    assert decided.arrays.decisions.asked == {uid("link 0"): "chosen"}


def test_a_preview_finds_links_by_their_ends() -> None:
    """A preview finds the link under its new id."""
    links = graph([(X, Y, 0.8)])
    would = hg.preview(links, [about(OLD, X, Y)], missing="by_ends")

    assert [row["link_id"] for row in would.decided] == [uid("link 0")]


@given(st.data())
def test_new_ids_change_nothing_else(data: st.DataObject) -> None:
    """Links whose ids all change keep every decision that their ends or confidences tell apart.

    The oracle looks at each pair of nodes by itself.
    """
    places = [f"{system}/t.x" for system in "abcd"]
    pairs = st.tuples(st.sampled_from(places), st.sampled_from(places)).filter(
        lambda pair: pair[0] != pair[1]
    )
    rows = data.draw(
        st.lists(st.tuples(pairs, st.sampled_from([0.2, 0.5, 0.9])), min_size=1, max_size=8)
    )
    status = data.draw(
        st.lists(
            st.sampled_from(["APPROVED", "REJECTED", None]),
            min_size=len(rows),
            max_size=len(rows),
        )
    )
    records = [
        record(*pair, score, status="SUGGESTED", id=uid(f"new {number}"))
        for number, (pair, score) in enumerate(rows)
    ]
    links = hg.LinkGraph(read_links(records, catalogue=catalogue(places)))
    decisions = [
        about(uid(f"old {number}"), *pair, one, confidence=score, decided_at=NOON)
        for number, ((pair, score), one) in enumerate(zip(rows, status, strict=True))
        if one is not None
    ]
    same = Counter((*sorted(pair), score) for pair, score in rows)
    number_of = Counter(tuple(sorted(pair)) for pair, _ in rows)
    decided = links.with_decisions(decisions, missing="by_ends")

    for number, ((pair, score), one) in enumerate(zip(rows, status, strict=True)):
        ends = tuple(sorted(pair))
        is_known = number_of[ends] == 1 or same[*ends, score] == 1
        expected = one if one is not None and is_known else "SUGGESTED"
        assert decided.link(uid(f"new {number}")).status == expected
    found = Counter(row["found"] for row in decided.decisions)
    assert sum(found.values()) == len(decisions)
    assert set(found) <= {"ends", "ambiguous"}
