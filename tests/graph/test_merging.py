"""Tests of journals of several people as one: nothing is lost or doubled, conflicts are listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.errors import ArgumentError, DecisionError
from hummgraph.graph.decisions import Decision, GivenName, Record, order_of
from hummgraph.graph.journal import append_decisions, read_decisions, write_decisions
from hummgraph.graph.merging import Merged, merge_decisions
from tests.graph.test_journal import decisions, names
from tests.support.builders import graph, uid

if TYPE_CHECKING:
    from pathlib import Path

LINK, OTHER = uid("link 0"), uid("link 1")
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

people = st.sampled_from(["Ada", "Bob", None])
moments = st.none() | st.sampled_from([NOON + timedelta(hours=hours) for hours in (0, 1, 24, 30)])
answers: st.SearchStrategy[Record] = st.builds(
    Decision,
    st.sampled_from([LINK, OTHER]),
    st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    moments,
    who=people,
) | st.builds(
    GivenName,
    st.sampled_from([LINK, OTHER]),
    st.sampled_from(["person", "SUGGESTED"]),
    moments,
    people,
)
records = decisions | names | answers


def said(who: str | None, status: str, hours: float | None = 0, **more: Any) -> Decision:
    """Return what somebody decided about a link, some hours after noon."""
    time = None if hours is None else NOON + timedelta(hours=hours)
    return Decision(more.pop("link", LINK), status, time, who=who, **more)


def listed(merged: Merged) -> list[tuple[str | None, str, str | None, str, str | None]]:
    """Return who said what in each conflict, and what holds."""
    return [
        (row["earlier_who"], row["earlier"], row["later_who"], row["later"], row["holds"])
        for row in merged.conflicts
    ]


# --- nothing is lost or doubled ------------------------------------------------------------------


@given(st.lists(records, max_size=8), st.data())
def test_any_interleaving_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Record], data: st.DataObject
) -> None:
    """Lines dealt to two people in any order, some to both: merged, each is there once."""
    folder = tmp_path_factory.mktemp("journals")
    for line in data.draw(st.permutations(lines)):
        for person in data.draw(st.sampled_from([("ada",), ("bob",), ("ada", "bob")])):
            append_decisions([line], folder / f"{person}.jsonl")
    paths = [folder / f"{person}.jsonl" for person in ("ada", "bob")]
    for path in paths:
        append_decisions([], path)
    merged = merge_decisions(*paths)

    assert sorted(merged.entries, key=order_of) == sorted({*lines}, key=order_of)
    assert merged.entries == merge_decisions(*reversed(paths)).entries == read_decisions(folder)
    write_decisions(merged.entries, folder / "all.jsonl")
    assert read_decisions(folder / "all.jsonl") == merged.entries
    again = merge_decisions(folder / "all.jsonl", *paths)
    assert again.entries == merged.entries
    assert list(again.conflicts) == list(merged.conflicts)


@given(st.lists(st.lists(records, max_size=4), min_size=3, max_size=3))
def test_merging_is_associative(parts: list[list[Record]]) -> None:
    """Whatever is merged first, entries and conflicts are the same."""
    one, two, three = parts
    whole = merge_decisions(one, two, three)
    for merged in (
        merge_decisions(merge_decisions(one, two).entries, three),
        merge_decisions(one, merge_decisions(three, two).entries),
        merge_decisions(three, one, two, one),
    ):
        assert merged.entries == whole.entries
        assert list(merged.conflicts) == list(whole.conflicts)


def test_the_latest_holds(tmp_path: Path) -> None:
    """A graph takes what is merged: of two people the later answer holds."""
    ada, bob = said("Ada", "APPROVED"), said("Bob", "REJECTED", 1)
    write_decisions([bob], tmp_path / "bob.jsonl")
    links = graph([("a/t.x", "b/t.x")])
    merged = merge_decisions([ada], tmp_path / "bob.jsonl", {OTHER: "APPROVED"})

    decided = links.with_decisions(merged.entries, missing="skip")
    assert decided.link(0).status == "REJECTED"
    assert [row["link_id"] for row in decided.decisions] == [LINK, OTHER]


def test_nothing_is_merged_to_nothing() -> None:
    """No journals have no entries and no conflicts, whose table has its columns."""
    merged = merge_decisions()

    assert (merged.entries, list(merged.conflicts)) == ((), [])
    assert {"link_id", "earlier", "later", "earlier_note"} <= {*merged.conflicts.columns}
    assert repr(merged) == "<Merged: 0 entries; 0 conflicts>"
    assert repr(merge_decisions([said("Ada", "APPROVED")])) == "<Merged: 1 entry; 0 conflicts>"


# --- conflicts -----------------------------------------------------------------------------------


def test_a_conflict_has_both_answers() -> None:
    """Each row has both reviewers, answers, times and reasons, and the answer that counts."""
    ends: dict[str, Any] = {"source": uid("a/t.x"), "target": uid("b/t.x")}
    (row,) = merge_decisions(
        [said("Bob", "REJECTED", 1, note="other address")],
        [said("Ada", "APPROVED", note="same", **ends)],
    ).conflicts

    assert row == {
        "kind": "decision",
        "link_id": LINK,
        "node_id": None,
        "earlier": "APPROVED",
        "later": "REJECTED",
        "holds": "REJECTED",
        "earlier_who": "Ada",
        "later_who": "Bob",
        "earlier_at": NOON,
        "later_at": NOON + timedelta(hours=1),
        "earlier_note": "same",
        "later_note": "other address",
        **ends,
    }


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The same answer, the same person, and another link are none.
        ([said("Ada", "APPROVED"), said("Bob", "APPROVED", 1)], []),
        ([said("Ada", "APPROVED"), said("Ada", "REJECTED", 1)], []),
        ([said("Ada", "APPROVED"), said("Bob", "REJECTED", 1, link=OTHER)], []),
        # One of the two need not be known.
        (
            [said(None, "APPROVED"), said("Bob", "REJECTED", 1)],
            [(None, "APPROVED", "Bob", "REJECTED", "REJECTED")],
        ),
        # A day later, the other answer may be known; the day itself belongs to the review.
        ([said("Ada", "APPROVED"), said("Bob", "REJECTED", 24.01)], []),
        (
            [said("Ada", "APPROVED"), said("Bob", "REJECTED", 24)],
            [("Ada", "APPROVED", "Bob", "REJECTED", "REJECTED")],
        ),
        # Only the last answer of each counts: they agreed, or changed their minds.
        ([said("Ada", "APPROVED"), said("Bob", "REJECTED", 1), said("Ada", "REJECTED", 2)], []),
        (
            [said("Ada", "REJECTED"), said("Bob", "REJECTED", 1), said("Ada", "APPROVED", 2)],
            [("Bob", "REJECTED", "Ada", "APPROVED", "APPROVED")],
        ),
        # A later answer settles those that are a day older.
        (
            [said("Ada", "APPROVED"), said("Bob", "REJECTED", 1), said("Cid", "REJECTED", 30)],
            [],
        ),
        # Whoever takes an answer of their own back has none; another's answer can be taken back.
        ([said("Ada", "APPROVED"), said("Ada", "SUGGESTED", 1), said("Bob", "REJECTED", 2)], []),
        (
            [said("Ada", "APPROVED"), said("Bob", "SUGGESTED", 1)],
            [("Ada", "APPROVED", "Bob", "SUGGESTED", "SUGGESTED")],
        ),
        # Without a time, it may be the same review.
        (
            [said("Ada", "APPROVED", None), said("Bob", "REJECTED", 99)],
            [("Ada", "APPROVED", "Bob", "REJECTED", "REJECTED")],
        ),
        # Equally late: none holds, whoever it was.
        (
            [said("Ada", "APPROVED"), said("Bob", "REJECTED")],
            [("Ada", "APPROVED", "Bob", "REJECTED", None)],
        ),
        (
            [said("Ada", "REJECTED"), said("Ada", "APPROVED")],
            [("Ada", "APPROVED", "Ada", "REJECTED", None)],
        ),
        (
            [said(None, "REJECTED", None), said(None, "APPROVED", None)],
            [(None, "APPROVED", None, "REJECTED", None)],
        ),
        # Three people, three pairs.
        (
            [said("Ada", "APPROVED"), said("Bob", "REJECTED", 1), said("Cid", "SUGGESTED", 2)],
            [
                ("Ada", "APPROVED", "Bob", "REJECTED", "SUGGESTED"),
                ("Ada", "APPROVED", "Cid", "SUGGESTED", "SUGGESTED"),
                ("Bob", "REJECTED", "Cid", "SUGGESTED", "SUGGESTED"),
            ],
        ),
    ],
)
def test_what_is_a_conflict(
    lines: list[Decision], expected: list[tuple[str | None, str, str | None, str, str | None]]
) -> None:
    """Two last answers of different people within one review conflict if they differ."""
    assert listed(merge_decisions(lines)) == expected
    assert listed(merge_decisions(*([line] for line in reversed(lines)))) == expected


def test_names_conflict_too() -> None:
    """Two names that two people gave to one node within a review are a conflict."""
    ada = GivenName(uid("a/t.x"), "person", NOON, "Ada", "as in CRM")
    bob = GivenName(uid("a/t.x"), "customer", NOON + timedelta(hours=1), "Bob")
    (row,) = merge_decisions([ada], [bob]).conflicts

    assert (row["kind"], row["node_id"], row["link_id"]) == ("name", uid("a/t.x"), None)
    assert (row["earlier"], row["later"], row["holds"]) == ("person", "customer", "customer")
    assert row["earlier_note"] == "as in CRM"
    assert len(merge_decisions([ada], [bob], within=timedelta(0)).conflicts) == 0


def test_a_name_takes_nothing_back() -> None:
    """The name SUGGESTED is a name as any other."""
    given_names = [
        GivenName(uid("a/t.x"), "person", NOON, "Ada"),
        GivenName(uid("a/t.x"), "SUGGESTED", NOON + timedelta(hours=1), "Ada"),
        GivenName(uid("a/t.x"), "person", NOON + timedelta(hours=2), "Bob"),
    ]
    assert listed(merge_decisions(given_names)) == [("Ada", "SUGGESTED", "Bob", "person", "person")]


def test_answers_without_a_name_may_be_anyones() -> None:
    """Two people who gave no name disagree as others do; what was taken back is no answer."""
    yes, no = said(None, "APPROVED"), said(None, "REJECTED", 1)
    back = said(None, "SUGGESTED", 0.5)

    assert listed(merge_decisions([yes], [no])) == [
        (None, "APPROVED", None, "REJECTED", "REJECTED")
    ]
    assert listed(merge_decisions([yes, back], [no])) == []
    assert listed(merge_decisions([yes], [said(None, "REJECTED", 30)])) == []


def oracle(lines: list[Record], within: timedelta) -> set[frozenset[Record]]:
    """Return the pairs of conflicting records by looking at all pairs: who, what and when."""
    known = {*lines}

    def about(one: Record) -> tuple[type, str]:
        return type(one), one.link_id if isinstance(one, Decision) else one.node_id

    def answer(one: Record) -> str:
        return str(one.status) if isinstance(one, Decision) else one.name

    def time(one: Record) -> datetime:
        return one.decided_at or datetime.min.replace(tzinfo=UTC)

    def counts(one: Record) -> bool:
        subject = [other for other in known if about(other) == about(one)]
        own = [other for other in subject if other.who == one.who]
        if one.who is None and isinstance(one, Decision):
            # Nobody knows whose they are: of each kind the last, unless it was taken back since.
            backs = [other for other in own if answer(other) == "SUGGESTED" != answer(one)]
            taken = any(time(back) > time(one) for back in backs)
            like = [other for other in own if answer(other) == answer(one)]
            end = max(map(time, subject))
            near = one.decided_at is None or end - time(one) <= within
            alone = answer(one) != "SUGGESTED" or all(answer(other) == "SUGGESTED" for other in own)
            # Equally late as another, it takes nothing back.
            tied = any(answer(o) != "SUGGESTED" and time(o) == time(one) for o in own)
            last = all(time(other) <= time(one) for other in like)
            return not taken and near and last and (alone or tied)
        is_last = all(time(other) <= time(one) for other in own)
        late = [other for other in own if time(other) == time(one)]
        is_back = isinstance(one, Decision) and all(answer(o) == "SUGGESTED" for o in late)
        takes_back = is_back and any(answer(other) != "SUGGESTED" for other in own)
        end = max(map(time, subject))
        is_near = one.decided_at is None or end - time(one) <= within
        return is_last and not takes_back and is_near

    return {
        frozenset({one, other})
        for one in known
        for other in known
        if about(one) == about(other)
        and answer(one) != answer(other)
        and counts(one)
        and counts(other)
    }


@example([said("Ada", "APPROVED"), said("Bob", "REJECTED", None)], DAY)
@given(st.lists(answers, max_size=6), st.sampled_from([timedelta(0), timedelta(hours=2), DAY]))
def test_conflicts_are_those_of_all_pairs(lines: list[Record], within: timedelta) -> None:
    """The table has each pair that an oracle finds by looking at all pairs."""
    merged = merge_decisions(lines, within=within)
    expected = {
        (
            type(one) is Decision,
            one.link_id if isinstance(one, Decision) else one.node_id,
            frozenset(
                (row.who, row.decided_at, str(getattr(row, "status", getattr(row, "name", ""))))
                for row in (one, other)
            ),
        )
        for one, other in map(tuple, oracle(lines, within))
    }
    found = [
        (
            row["kind"] == "decision",
            row["link_id"] or row["node_id"],
            frozenset(
                (row[f"{which}_who"], row[f"{which}_at"], row[which])
                for which in ("earlier", "later")
            ),
        )
        for row in merged.conflicts
    ]
    assert {*found} == expected
    assert len(found) == len({*found})


# --- folders, and what is refused ----------------------------------------------------------------


def test_a_folder_has_a_journal_of_each(tmp_path: Path) -> None:
    """All journals of a folder are read as one; other and hidden files are not."""
    folder = tmp_path / "decisions"
    folder.mkdir()
    ada, bob = said("Ada", "APPROVED"), said("Bob", "REJECTED", 1)
    write_decisions([bob, ada], folder / "bob.JSONL")
    write_decisions([ada], folder / "ada.jsonl")
    (folder / "notes.txt").write_text("no journal")
    (folder / ".hidden.jsonl").write_text("no journal")
    (folder / "folder.jsonl").mkdir()

    assert read_decisions(folder) == (ada, bob)
    assert merge_decisions(folder).entries == (ada, bob)
    links = graph([("a/t.x", "b/t.x")])
    assert links.with_decisions(str(folder)).link(0).status == "REJECTED"


def test_a_folder_without_journals_is_refused(tmp_path: Path) -> None:
    """The error says what a journal is called; one of a broken journal names its file."""
    with pytest.raises(DecisionError, match=r"has no journals: no file in it ends in \.jsonl"):
        read_decisions(tmp_path)
    (tmp_path / "ada.jsonl").write_text("x\n")
    with pytest.raises(DecisionError, match=r"ada\.jsonl"):
        read_decisions(tmp_path)


def test_a_folder_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the system names the folder."""

    def closed(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", closed)
    with pytest.raises(DecisionError, match="Permission denied"):
        read_decisions(tmp_path)


@pytest.mark.parametrize("within", [timedelta(-1), 1, None, "day"])
def test_other_times_are_refused(within: Any) -> None:
    """A review lasts zero or more."""
    with pytest.raises(ArgumentError, match=r"within is .*; it must be a timedelta"):
        merge_decisions([], within=within)


def test_other_journals_are_refused() -> None:
    """A value that is no journal is an error that names the function."""
    with pytest.raises(ArgumentError, match=r"merge_decisions\(\) takes decisions"):
        hg.merge_decisions([], 3)  # type: ignore[arg-type]
