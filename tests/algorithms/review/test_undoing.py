"""Tests of journals as far as they hold, and of decisions that take the last ones back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.review.undoing import lay_over, undoing
from hummgraph.errors import DecisionError
from hummgraph.graph.decisions import Decision, GivenName, Record
from hummgraph.graph.linkgraph import LinkGraph
from tests.support.builders import graph, uid

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
LINKS = [uid(f"link {number}") for number in range(3)]
statuses = st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"])
batches = st.lists(st.dictionaries(st.sampled_from(LINKS), statuses, min_size=1), max_size=5)


def linked() -> LinkGraph:
    """Return three links of every status."""
    return graph(
        [
            ("a/t.x", "b/t.x", 0.9),
            ("b/t.x", "c/t.x", 0.8, "APPROVED"),
            ("c/t.x", "d/t.x", 0.7, "REJECTED"),
        ]
    )


def status_of(links: LinkGraph) -> list[str]:
    """Return the status of each link."""
    return [links.link(link_id).status for link_id in LINKS]


def journal_of(made: list[dict[str, str]]) -> list[Record]:
    """Return the lines of decisions that were made together, an hour after those before."""
    return [
        Decision(link_id, status, NOON + timedelta(hours=hour))
        for hour, batch in enumerate(made)
        for link_id, status in batch.items()
    ]


@given(batches, st.data())
def test_what_is_undone_is_as_before(made: list[dict[str, str]], data: st.DataObject) -> None:
    """With the lines of an undo a graph is as without the last decisions, or those named."""
    journal = data.draw(st.permutations(journal_of(made)))
    if not journal:
        return
    links = linked()
    later = NOON + timedelta(days=9)
    undo = undoing(links, journal, decided_at=later)
    after = lay_over(links, [*journal, *undo]).graph
    assert status_of(after) == status_of(lay_over(links, journal_of(made[:-1])).graph)
    redo = undoing(links, [*journal, *undo], decided_at=later + timedelta(hours=1))
    again = lay_over(links, [*journal, *undo, *redo]).graph
    if undo:
        assert status_of(again) == status_of(lay_over(links, journal).graph)

    named = data.draw(st.sampled_from(sorted({link for batch in made for link in batch})))
    without = [batch.get(named) for batch in made if named in batch][:-1]
    (expected,) = without[-1:] or [linked().link(named).status]
    undo = undoing(links, journal, [named], decided_at=later)
    after = lay_over(links, [*journal, *undo]).graph
    assert after.link(named).status == expected
    others = set(LINKS) - {named}
    before = lay_over(links, journal).graph
    assert all(after.link(one).status == before.link(one).status for one in others)


def test_what_is_open_is_left_out() -> None:
    """Equally late answers that differ hold nothing, of links and of names; others hold."""
    node = uid("a/t.x")
    records: list[Record] = [
        Decision(LINKS[0], "APPROVED", NOON),
        Decision(LINKS[0], "REJECTED", NOON),
        Decision(LINKS[1], "REJECTED", NOON),
        GivenName(node, "person", NOON),
        GivenName(node, "customer", NOON),
    ]
    laid = lay_over(linked(), records)

    assert laid.n_open == 2
    assert status_of(laid.graph) == ["SUGGESTED", "REJECTED", "REJECTED"]
    assert not laid.graph.given_names
    assert status_of(lay_over(linked(), records[:2]).graph) == status_of(linked())


def test_nothing_is_an_error() -> None:
    """Without decisions there is nothing to undo, nor about a link that none is about."""
    with pytest.raises(DecisionError, match="no decisions to take back"):
        undoing(linked(), [GivenName(uid("a/t.x"), "person")])
    with pytest.raises(DecisionError, match=f"no decision about link {LINKS[1]}"):
        undoing(linked(), journal_of([{LINKS[0]: "APPROVED"}]), [LINKS[1]])
