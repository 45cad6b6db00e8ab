"""Tests of decisions and names laid over a graph."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.errors import ArgumentError, DecisionError, HummgraphError
from hummgraph.graph.decisions import Asked, Decision, GivenName, Record, latest
from tests.support.builders import graph, record, uid

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

ZERO, ONE, OTHER = uid("link 0"), uid("link 1"), uid("link 9")
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def linked() -> LinkGraph:
    """Return three links of every status."""
    return graph(
        [
            ("a/t.x", "b/t.x", None),
            ("b/t.x", "c/t.x", 0.8, "APPROVED"),
            ("c/t.x", "d/t.x", 0.7, "REJECTED"),
        ]
    )


def statuses(decided: LinkGraph) -> dict[str, str]:
    """Return the status of each link by id."""
    return {row["link_id"]: row["status"] for row in decided.links}


def test_a_mapping_changes_statuses() -> None:
    """The new graph has them everywhere; the old one stays as it was."""
    before = linked()
    before.where(min_confidence=0.5)
    decided = before.with_decisions({ZERO: "APPROVED", ONE: "REJECTED"})

    assert statuses(decided) == {ZERO: "APPROVED", ONE: "REJECTED", uid("link 2"): "REJECTED"}
    assert statuses(before)[ONE] == "APPROVED"
    assert decided.n_links_by_status == {"SUGGESTED": 0, "APPROVED": 1, "REJECTED": 2}
    assert decided.link(ZERO).status == "APPROVED"
    # Weights follow: an APPROVED link without a confidence weighs 1, a REJECTED one nothing.
    assert (decided.link(ZERO).weight, decided.link(ONE).weight) == (1.0, None)
    assert decided.summary().to_dict() != before.summary().to_dict()


def test_other_graphs_of_it_have_them_too() -> None:
    """Filters, projections and views read the new statuses, also after the old ones were read."""
    before = linked().where(min_confidence=0.0)
    assert len(before.weights) == 2
    decided = before.with_decisions({ONE: "REJECTED"})

    assert decided.where(status="REJECTED").n_links == 2
    assert decided.subgraph(["b", "c"]).n_links_by_status["REJECTED"] == 1
    assert decided.subgraph(["b", "c"]).decisions["link_id"] == [ONE]
    assert decided.to_networkx(keep_unweighted=True).number_of_edges() == 2
    assert decided.to_networkx().number_of_edges() == 0
    assert decided.reverse().link(ONE).status == "REJECTED"


def test_decisions_are_listed() -> None:
    """The table has each change, its old status, time and reason; skipped ones come last."""
    decided = linked().with_decisions(
        {
            "schema": 1,
            "decisions": [
                {"link_id": OTHER, "status": "APPROVED"},
                {
                    "link_id": ONE.upper(),
                    "status": "REJECTED",
                    "decided_at": "2026-01-31T13:00:00+01:00",
                    "note": "<b>no</b>",
                },
            ],
        },
        missing="skip",
    )

    assert list(decided.decisions) == [
        {
            "link_id": ONE,
            "status": "REJECTED",
            "previous_status": "APPROVED",
            "decided_at": NOON,
            "who": None,
            "note": "<b>no</b>",
            "asked": None,
            "confidence": None,
            "in_graph": True,
            "found": "id",
            "given_id": None,
        },
        {
            "link_id": OTHER,
            "status": "APPROVED",
            "previous_status": None,
            "decided_at": None,
            "who": None,
            "note": None,
            "asked": None,
            "confidence": None,
            "in_graph": False,
            "found": "missing",
            "given_id": None,
        },
    ]
    assert len(linked().decisions) == 0


def test_decisions_can_be_taken_back() -> None:
    """SUGGESTED undoes, and overlays follow each other."""
    decided = linked().with_decisions({ONE: "REJECTED"}).with_decisions({ONE: "SUGGESTED"})

    assert statuses(decided)[ONE] == "SUGGESTED"
    assert decided.decisions["previous_status"] == ["REJECTED"]


def test_unknown_links_are_an_error() -> None:
    """The error counts them, names the first, and says what to do."""
    with pytest.raises(DecisionError, match=rf"1 of 2 decisions .* {OTHER}") as caught:
        linked().with_decisions({ONE: "REJECTED", OTHER: "REJECTED"})
    assert "missing='skip'" in str(caught.value)
    many = {uid(f"no {number}"): "REJECTED" for number in range(5)}
    with pytest.raises(DecisionError, match=r" \.\.\."):
        linked().with_decisions(many)
    with pytest.raises(ArgumentError, match="'raise', 'skip' or 'by_ends'"):
        linked().with_decisions({}, missing="drop")


def test_the_latest_holds() -> None:
    """A later time wins, any time wins over none, and equals agree."""
    early = Decision(ONE, "APPROVED", NOON)
    late = Decision(ONE, "REJECTED", NOON + timedelta(hours=1))
    undated = Decision(ONE, "SUGGESTED")

    assert latest([late, undated, early]) == (late,)
    assert latest([early, late]) == (late,)
    assert latest([early, early]) == (early,)


@pytest.mark.parametrize(("time", "said"), [(NOON, "12:00"), (None, "without a time")])
def test_equally_late_contradictions_are_refused(time: datetime | None, said: str) -> None:
    """Nothing is chosen silently between two decisions of the same time."""
    here = None if time is None else time.astimezone(timezone(timedelta(hours=2)))
    with pytest.raises(DecisionError, match="both APPROVED and REJECTED") as caught:
        latest([Decision(ONE, "APPROVED", time), Decision(ONE, "REJECTED", here)])
    assert said in str(caught.value).replace("14:00", "12:00")


def test_other_things_are_refused() -> None:
    """Neither a mapping nor a path: the error says what is taken."""
    with pytest.raises(ArgumentError, match="takes decisions, not a value of type"):
        linked().with_decisions([ONE])  # type: ignore[list-item]
    with pytest.raises(HummgraphError, match="one of SUGGESTED, APPROVED, REJECTED"):
        linked().with_decisions({ONE: "MAYBE"})


def test_content_may_hold_times_as_values() -> None:
    """A file's content made in Python may have times in place of their text."""
    content = {
        "schema": 1,
        "decisions": [{"link_id": ONE, "status": "REJECTED", "decided_at": NOON}],
    }
    assert linked().with_decisions(content).decisions["decided_at"] == [NOON]


# --- what a decision says ------------------------------------------------------------------------

A, B, C = uid("b/t.x"), uid("c/t.x"), uid("d/t.x")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"link_id": "x"}, "link_id is 'x'"),
        ({"link_id": "x" * 10_000}, r"link_id is 'x{20,60}\.\.\.x"),
        ({"status": ["APPROVED"]}, "one of SUGGESTED, APPROVED, REJECTED"),
        ({"asked": "nicely"}, "asked is 'nicely'; it must be one of random, imported, uncertainty"),
        ({"asked": []}, r"asked is \[\]"),
        ({"source": A}, "Only source is given"),
        ({"target": A}, "Only target is given"),
        ({"source": A, "target": 7}, "target is 7; it must be the id of a node"),
        ({"source": "b/t.x", "target": A}, "source is 'b/t.x'"),
        ({"source": f"row:{A}", "target": A}, "source is 'row:"),
        ({"source": f":{A}", "target": A}, "source is ':"),
        ({"source": A, "target": "column:"}, "target is 'column:'"),
        ({"decided_at": "noon"}, "decided_at is 'noon'; it must be a datetime"),
        ({"decided_at": datetime(2026, 1, 31, 12, 0)}, "no time zone"),  # noqa: DTZ001
        ({"decided_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "years 1 to 9999"),
        ({"confidence": 1.1}, r"confidence is 1.1; it must be a number in \[0, 1\]"),
        ({"confidence": -1e-9}, "confidence is -1e-09"),
        ({"confidence": float("nan")}, "confidence is nan"),
        ({"confidence": True}, "confidence is True"),
        ({"confidence": "1"}, "confidence is '1'"),
        ({"note": 1}, "note must be text"),
        ({"note": "\ud800"}, "note holds half of a surrogate pair"),
        ({"who": b"Ada"}, "who must be text"),
        ({"who": "\udfff"}, "who holds half of a surrogate pair"),
    ],
)
def test_a_bad_decision_is_refused(fields: dict[str, Any], message: str) -> None:
    """The error says which part is wrong and what it may be, in a line of a screen or two."""
    with pytest.raises(DecisionError, match=message) as caught:
        Decision(**({"link_id": ONE, "status": "APPROVED"} | fields))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"node_id": "b/t.x"}, "node_id is 'b/t.x'; it must be the id of a node"),
        ({"name": None}, "name must be text"),
        ({"name": "  "}, "name is empty; it must have 1 to 200 characters"),
        ({"name": "x" * 201}, "name has 201 characters; it may have 200 at most"),
        *(
            ({"name": f"a{hidden}b"}, "which has hidden characters")
            for hidden in "\n\t\0\x7f\x85\xa0\xad\u200b\u200f\u2028\u202e\u2066\ufeff\ud800"
        ),
        ({"decided_at": 7}, "decided_at is 7"),
        ({"who": 7}, "who must be text"),
        ({"note": 7}, "note must be text"),
    ],
)
def test_a_bad_name_is_refused(fields: dict[str, Any], message: str) -> None:
    """A name is a short text that a reader sees as it is."""
    with pytest.raises(DecisionError, match=message) as caught:
        GivenName(**({"node_id": A, "name": "person email"} | fields))
    assert str(caught.value).isprintable()


def test_parts_are_kept_in_one_spelling() -> None:
    """Ids are lower case with dashes, times in UTC, confidences of nine decimals."""
    east = NOON.astimezone(timezone(timedelta(hours=14)))
    packed = A.replace("-", "").upper()
    decision = Decision(
        ONE.upper(), "APPROVED", east, None, f"column:{packed}", f"{{{B}}}", confidence=1
    )

    assert decision == Decision(ONE, "APPROVED", NOON, None, f"column:{A}", B, confidence=1.0)
    assert decision.decided_at is not None
    assert decision.decided_at.tzinfo is UTC
    assert repr(decision.confidence) == "1.0"
    assert Decision(ONE, "APPROVED", confidence=0.12345678949).confidence == 0.123456789
    assert repr(Decision(ONE, "APPROVED", confidence=-0.0).confidence) == "0.0"
    single: Any = np.float32(0.5)
    assert Decision(ONE, "APPROVED", confidence=single).confidence == 0.5
    assert GivenName(packed, "  person email ").name == "person email"
    assert len(GivenName(A, "x" * 200).name) == 200
    assert type(Decision(ONE, "APPROVED", asked=Asked.RANDOM).asked) is str


def test_who_and_how_are_listed() -> None:
    """The table of decisions says who decided, how they were asked and what it was based on."""
    made = Decision(ONE, "REJECTED", who="Ada", asked="chosen", confidence=0.75)
    (row,) = linked().with_decisions([made]).decisions

    assert (row["who"], row["asked"], row["confidence"]) == ("Ada", "chosen", 0.75)


@given(st.permutations(range(4)))
def test_of_equally_late_decisions_the_order_does_not_matter(order: list[int]) -> None:
    """The same decisions in any order have one outcome, whichever of them are superseded."""
    early = [Decision(ONE, "APPROVED", NOON), Decision(ONE, "REJECTED", NOON)]
    late = [
        Decision(ONE, "APPROVED", NOON + timedelta(hours=1), asked=how) for how in (None, "chosen")
    ]
    several = [*early, *late]

    assert latest([several[at] for at in order]) == (late[0],)


# --- the ends of a link --------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [(A, B), (B, A), (f"column:{A}", B)])
def test_ends_of_the_link_are_accepted(ends: tuple[str, str]) -> None:
    """Ends may stand in either order, also of a graph that was turned around."""
    made = [Decision(ONE, "REJECTED", None, None, *ends), Decision(ZERO, "REJECTED")]

    assert linked().with_decisions(made).link(ONE).status == "REJECTED"
    assert linked().reverse().with_decisions(made).link(ONE).status == "REJECTED"


@pytest.mark.parametrize("ends", [(A, A), (B, B), (A, C), (f"table:{A}", B), (A, uid("none"))])
@pytest.mark.parametrize("missing", ["raise", "skip"])
def test_other_ends_are_an_error(ends: tuple[str, str], missing: str) -> None:
    """The decision may be about another snapshot; the error names both pairs."""
    made = [
        Decision(ZERO, "REJECTED", None, None, uid("a/t.x"), A),
        Decision(ONE, "REJECTED", None, None, *ends),
    ]
    with pytest.raises(DecisionError, match="1 of 2 decisions give ends") as caught:
        linked().with_decisions(made, missing=missing)
    assert f"{ONE} joins {A} and {B}, not {ends[0]} and {ends[1]}." in str(caught.value)


def test_ends_of_skipped_and_superseded_decisions_do_not_matter() -> None:
    """Only what is laid over the graph is compared with it."""
    made = [
        Decision(OTHER, "REJECTED", None, None, A, A),
        Decision(ONE, "REJECTED", None, None, A, A),
        Decision(ONE, "APPROVED", NOON),
    ]
    assert linked().with_decisions(made, missing="skip").link(ONE).status == "APPROVED"


# --- names ---------------------------------------------------------------------------------------


def test_names_stay_on_the_graph() -> None:
    """Later decisions, filters, policies and projections keep them; the last given holds."""
    named = linked().with_decisions([GivenName(A, "one"), GivenName(B, "two")])
    assert {node: name.name for node, name in named.given_names.items()} == {A: "one", B: "two"}
    assert dict(linked().given_names) == {}

    later = named.with_decisions({ONE: "REJECTED"}).where(min_confidence=0.9)
    for kept in (
        later,
        later.with_policy(later.policy),
        later.reverse(),
        later.subgraph(["b", "c"]),
    ):
        assert dict(kept.given_names) == dict(named.given_names)
    assert list(named.subgraph("c").given_names) == [B]
    again = named.with_decisions([GivenName(B, "three")])
    assert {node: name.name for node, name in again.given_names.items()} == {A: "one", B: "three"}
    assert named.given_names[B].name == "two"


def test_names_cannot_be_changed() -> None:
    """The names are a view that refuses assignment, and the graph can still be copied."""
    named = linked().with_decisions([GivenName(A, "one")])
    with pytest.raises(TypeError):
        named.given_names[A] = GivenName(A, "two")  # type: ignore[index]
    assert deepcopy(named).given_names[A].name == "one"


def test_the_latest_name_of_a_node_holds() -> None:
    """A later time wins, any time wins over none, and equals agree."""
    late = GivenName(A, "late", NOON + timedelta(hours=1))
    several = [late, GivenName(f"column:{A}", "early", NOON), GivenName(A, "undated"), late]

    assert dict(linked().with_decisions(several).given_names) == {A: late}
    with pytest.raises(DecisionError, match="is called both 'early' and 'undated', without a time"):
        linked().with_decisions([GivenName(A, "undated"), GivenName(A, "early")])


def test_names_of_unknown_nodes_are_an_error() -> None:
    """The error counts them, names the first and says what to do; they can be skipped."""
    made = [GivenName(A, "one"), GivenName(uid("none"), "two"), GivenName(f"table:{A}", "three")]
    with pytest.raises(
        DecisionError, match=rf"2 of 3 names are of nodes .* {uid('none')}, table:{A}\. missing"
    ) as caught:
        linked().with_decisions(made)
    assert "missing='skip'" in caught.value.hint
    with pytest.raises(DecisionError, match=r"1 of 2 names is of a node that the graph does not"):
        linked().with_decisions(made[:2])

    skipped = linked().with_decisions(made, missing="skip")
    assert list(skipped.given_names) == [A]


def test_a_name_of_an_id_at_two_levels_says_its_level() -> None:
    """Without the level it could be either; in a part of the graph the level may be dropped."""
    same = graph([("a/t.x", "b/t.x", 0.9)])
    rows = record("a/t.x", "b/t.x")
    rows["source_table_id"] = rows["source_column_id"]
    twice = hg.LinkGraph(hg.read_links([rows]))
    column = rows["source_column_id"]
    assert f"column:{column}" in list(twice.nodes["node_id"])
    named = twice.with_decisions([GivenName(f"column:{column}", "x")])

    assert list(named.given_names) == [f"column:{column}"]
    with pytest.raises(DecisionError, match="1 of 1 name is"):
        twice.with_decisions([GivenName(column, "x")])
    assert list(same.with_decisions([GivenName(f"column:{column}", "x")]).given_names) == [column]


def test_all_forms_take_names() -> None:
    """A tuple and a list may hold both kinds."""
    made: tuple[Record, ...] = (Decision(ONE, "REJECTED"), GivenName(A, "one"))
    for given_form in (made, list(made)):
        decided = linked().with_decisions(given_form)
        assert decided.link(ONE).status == "REJECTED"
        assert decided.given_names[A].name == "one"
