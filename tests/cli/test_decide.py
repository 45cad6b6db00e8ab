"""Tests of the command that decides links."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import (
    LinkGraph,
    cluster,
    preview,
    read_decisions,
    read_snapshot,
    take_out,
    write_decisions,
)
from hummgraph.algorithms.review.undoing import undoing
from hummgraph.errors import DecisionError
from hummgraph.graph.decisions import Decision, GivenName, Record
from hummgraph.snapshot.link_readers import read_links
from tests.cli.test_listing import in_terminal
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

LINK, OTHER, REJECTED = uid("link 0"), uid("link 1"), uid("link 2")
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The path of a journal that is not there yet."""
    return tmp_path / "decisions.jsonl"


def statuses(path: Path) -> list[tuple[str, str]]:
    """Return the links and statuses of a journal, in its order."""
    return [(row.link_id, row.status) for row in read_decisions(path) if isinstance(row, Decision)]


# --- one link ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "status"),
    [("--approve", "APPROVED"), ("--reject", "REJECTED"), ("--suggest", "SUGGESTED")],
)
def test_a_link_is_decided(run: Any, kept: Path, journal: Path, option: str, status: str) -> None:
    """The journal gets a line with ends, confidence, who, why, when, and how it was asked."""
    before = datetime.now(UTC)
    words = (LINK.upper(), option, "--note", "[why]", "--who", "Ada", "--journal", journal)
    answer = run("decide", kept, *words)

    assert answer.code == 0, answer.err
    (row,) = read_decisions(journal)
    link = LinkGraph(read_snapshot(kept)).link(LINK)
    assert isinstance(row, Decision)
    assert (row.link_id, row.status, row.note, row.who) == (LINK, status, "[why]", "Ada")
    assert (row.source, row.target, row.confidence) == (link.source, link.target, 0.95)
    assert row.asked == "chosen"
    assert row.decided_at is not None
    assert before <= row.decided_at <= datetime.now(UTC)
    assert "Decided: 1" in answer.out
    assert "crm/contact.email" in answer.out
    assert "[why]" in answer.out
    assert str(journal) in answer.err
    assert run("links", kept, "--decisions", journal).code == 0


def test_decisions_are_appended(run: Any, kept: Path, journal: Path) -> None:
    """Each command appends; the latest holds, also after a line of a clock that is ahead."""
    ahead = datetime.now(UTC) + timedelta(days=9)
    write_decisions([Decision(LINK, "REJECTED", ahead), GivenName(uid("x"), "x")], journal)
    first = journal.read_bytes()
    run("decide", kept, LINK, OTHER, "--approve", "--asked", "random", "-j", journal)

    assert journal.read_bytes().startswith(first)
    decided = LinkGraph(read_snapshot(kept)).with_decisions(journal, missing="skip")
    assert [decided.link(link).status for link in (LINK, OTHER)] == ["APPROVED"] * 2
    assert {row.asked for row in read_decisions(journal)[2:]} == {"random"}  # type: ignore[union-attr]


def test_a_dry_run_is_the_preview(run: Any, kept: Path, journal: Path) -> None:
    """The changes are printed, under the decisions of the journal; nothing is written."""
    run("decide", kept, OTHER, "--approve", "-j", journal)
    content = journal.read_bytes()
    decided = LinkGraph(read_snapshot(kept)).with_decisions(journal)
    would = preview(decided, {LINK: "REJECTED"}, clusters=cluster(decided))
    answer = run("decide", kept, LINK, "--reject", "--dry-run", "-j", journal)

    assert answer.code == 0
    assert answer.out.startswith("\n".join(would.sentences))
    assert "Would be decided: 1" in answer.out
    assert journal.read_bytes() == content
    found = run("decide", kept, LINK, "--reject", "--dry-run", "--json", "-j", journal).json
    assert found["preview"]["sentences"] == list(would.sentences)
    assert found["decisions"][0]["status"] == "REJECTED"
    assert json.loads(json.dumps(would.to_dict(), default=str)) == found["preview"]


def test_a_setting_is_held(run: Any, kept: Path, tmp_path: Path) -> None:
    """A preview takes the setting of a file."""
    setting = tmp_path / "setting.json"
    words = ("--method", "components", "--floor", "none", "--one-per", "none")
    assert run("clusters", kept, "--setting", setting, *words).code == 0
    found = run("decide", kept, LINK, "--reject", "--dry-run", "--json", "--setting", setting).json

    assert found["preview"]["setting"]["method"] == "components"


def test_what_is_decided_is_printed_as_json(run: Any, kept: Path, journal: Path) -> None:
    """The lines of the journal, with their times."""
    found = run("decide", kept, LINK, "--approve", "-j", journal, "--json").json
    (row,) = read_decisions(journal)

    assert found["journal"] == str(journal)
    assert found["decisions"][0]["link_id"] == LINK
    assert row.decided_at is not None
    assert found["decisions"][0]["decided_at"] == row.decided_at.isoformat()


# --- several links -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "links"),
    [
        (["--between", "crm", "billing"], {LINK}),
        (["--between", "desk", "crm"], {uid("link 3"), uid("link 4")}),
        (["--type", "probabilistic"], {LINK, OTHER, uid("link 3"), uid("link 4")}),
        (["--min-confidence", 0.95], {LINK, OTHER}),
        (["--max-confidence", 0.9], {uid("link 4")}),
        (["--between", "crm", "desk/user.email"], set()),
    ],
)
def test_suggestions_of_a_kind_are_decided(
    run: Any, kept: Path, journal: Path, options: list[object], links: set[str]
) -> None:
    """All suggestions that meet the conditions, and no link that is decided already."""
    answer = run("decide", kept, *options, "--reject", "-j", journal)

    assert answer.code == 0
    assert {link for link, _ in statuses(journal)} == links
    assert ("Nothing was decided" in answer.out) == (not links)
    dry = run("decide", kept, *options, "--reject", "--dry-run")
    assert ("Would be decided" in dry.out) == bool(links)
    assert ("No link would have another status." in dry.out) == (not links)


def test_a_column_is_taken_out(run: Any, kept: Path, journal: Path) -> None:
    """All its links to the rest of its cluster are rejected."""
    answer = run("decide", kept, "--take-out", "billing/customer.email", "-j", journal)
    expected = take_out(cluster(LinkGraph(read_snapshot(kept))), "billing/customer.email")

    assert answer.code == 0
    assert statuses(journal) == [(row.link_id, "REJECTED") for row in expected]
    assert expected
    answer = run("decide", kept, "--take-out", "crm/contact.id", "--dry-run")
    assert (answer.code, "crm/contact.id" in answer.err) == (2, True)


def test_a_terminal_gets_a_screen(tmp_path: Path) -> None:
    """Of many decisions a terminal shows the first, and how many there are."""
    links = graph([(f"a/t.c{n}", f"b/t.c{n}", 0.9) for n in range(40)])
    links.snapshot.write(tmp_path / "many.hummgraph")
    code, out = in_terminal(
        *("decide", tmp_path / "many.hummgraph", "--between", "a", "b", "--approve"),
        *("-j", tmp_path / "j.jsonl"),
    )

    assert code == 0
    assert "Decided: 25 of 40" in out
    assert len(read_decisions(tmp_path / "j.jsonl")) == 40


# --- undo ----------------------------------------------------------------------------------------


def test_undo_takes_the_last_decisions_back(run: Any, kept: Path, journal: Path) -> None:
    """Links get the status that they had before; a second undo takes the first back."""
    run("decide", kept, LINK, "--approve", "--asked", "random", "-j", journal)
    run("decide", kept, LINK, REJECTED, "--reject", "-j", journal)
    dry = run("decide", kept, "--undo", "-j", journal, "--dry-run")
    assert dry.out.startswith("1 link would have another status: 1 APPROVED.")
    content = journal.read_bytes()
    run("decide", kept, "--undo", "--note", "wrong", "--who", "Ada", "-j", journal)

    assert journal.read_bytes().startswith(content)
    last = read_decisions(journal)[-1]
    assert isinstance(last, Decision)
    # REJECTED was so before, and stays.
    assert (last.link_id, last.status, last.note, last.who) == (LINK, "APPROVED", "wrong", "Ada")
    assert (last.asked, last.source) == ("random", uid("crm/contact.email"))
    run("decide", kept, "--undo", "-j", journal)
    assert statuses(journal)[-1] == (LINK, "REJECTED")


def test_undo_of_named_links(run: Any, kept: Path, journal: Path) -> None:
    """The last decision about each link is taken back, whatever was decided later."""
    for link, option in ((LINK, "--reject"), (OTHER, "--approve"), (OTHER, "--reject")):
        run("decide", kept, link, option, "-j", journal)
    answer = run("decide", kept, LINK, OTHER, "--undo", "-j", journal)

    assert answer.code == 0
    assert {*statuses(journal)[-2:]} == {(LINK, "SUGGESTED"), (OTHER, "APPROVED")}
    answer = run("decide", kept, uid("link 3"), "--undo", "-j", journal)
    assert (answer.code, "no decision about link" in answer.err) == (2, True)


def test_nothing_to_take_back(run: Any, kept: Path, journal: Path) -> None:
    """A journal without decisions has nothing to undo; one that changed nothing, neither."""
    answer = run("decide", kept, "--undo", "-j", journal)
    assert (answer.code, "no decisions to take back" in answer.err) == (2, True)
    run("decide", kept, REJECTED, "--reject", "-j", journal)
    content = journal.read_bytes()
    answer = run("decide", kept, "--undo", "-j", journal)
    assert (answer.code, "Nothing was decided" in answer.out) == (0, True)
    assert journal.read_bytes() == content


def test_undo_finds_links_by_their_ends(run: Any, kept: Path, journal: Path) -> None:
    """The last decision about a link that has another id now is taken back, too."""
    ends = {"source": uid("crm/contact.email"), "target": uid("billing/customer.email")}
    write_decisions([Decision(uid("old"), "APPROVED", NOON, **ends)], journal)  # type: ignore[arg-type]
    answer = run("decide", kept, LINK, "--undo", "-j", journal)

    assert statuses(journal)[-1] == (LINK, "SUGGESTED")
    assert "1 decision is about a link that has another id now" in answer.err
    again = run("decide", kept, LINK, "--approve", "--dry-run", "-j", journal)
    assert "1 decision is about a link whose ends are decided by others" in again.err


def test_a_status_that_no_decision_has_is_not_restored() -> None:
    """A link of a status of its own cannot be undone by a line, which the error says."""
    records = [record("a/t.x", "b/t.x", 0.9, status="MAYBE", id=LINK)]
    links = LinkGraph(read_links(records, catalogue=catalogue(["a/t.x", "b/t.x"])))
    with pytest.raises(DecisionError, match="had the status 'MAYBE', which no decision has"):
        undoing(links, [Decision(LINK, "APPROVED")])


# --- journals that do not fit --------------------------------------------------------------------


def test_what_the_journal_has_of_other_links_is_counted(
    run: Any, kept: Path, journal: Path
) -> None:
    """Decisions about missing links change nothing, and are counted by why."""
    gone = Decision(uid("gone"), "APPROVED", NOON)
    write_decisions([gone, Decision(uid("gone 2"), "APPROVED", NOON)], journal)
    answer = run("decide", kept, LINK, "--approve", "-j", journal)

    assert answer.code == 0
    assert "2 decisions are about a link that the snapshot does not have." in answer.err


def test_equally_late_answers_are_decided_anew(run: Any, kept: Path, journal: Path) -> None:
    """A journal with two equally late answers is not a dead end: the new answer holds."""
    answers = [Decision(LINK, status, NOON) for status in ("APPROVED", "REJECTED")]
    write_decisions(answers, journal)
    assert run("links", kept, "--decisions", journal).code == 2
    answer = run("decide", kept, LINK, "--approve", "-j", journal)

    assert answer.code == 0
    assert "1 link with two equally late answers in the journal" in answer.err
    assert run("links", kept, "--decisions", journal).code == 0


# --- sheets --------------------------------------------------------------------------------------


def sheet_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a sheet."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_a_sheet_goes_out_and_comes_back(
    run: Any, kept: Path, journal: Path, tmp_path: Path
) -> None:
    """Suggestions are written, filled in and decided; reading them again decides nothing."""
    sheet = tmp_path / "review.csv"
    answer = run("decide", kept, "--export", sheet)
    assert answer.code == 0
    assert "4 links" in answer.err
    rows = sheet_of(sheet)
    assert {row["link_id"] for row in rows} == {uid(f"link {n}") for n in (0, 1, 3, 4)}
    lines = [";".join(rows[0])]
    for row in rows:
        filled = row | ({"new_status": "approved"} if row["link_id"] == LINK else {})
        lines.append(";".join(filled.values()))
    sheet.write_text("\n".join(lines))
    dry = run("decide", kept, "--import", sheet, "--who", "Ada", "--dry-run", "-j", journal)
    assert "1 link would have another status" in dry.out
    assert not journal.exists()
    for decided in (1, 0):
        answer = run("decide", kept, "--import", sheet, "--who", "Ada", "-j", journal)
        assert answer.code == 0
        assert ("Decided: 1" in answer.out) == bool(decided)
        assert statuses(journal) == [(LINK, "APPROVED")]
    (decision,) = read_decisions(journal)
    assert isinstance(decision, Decision)
    assert (decision.who, decision.asked) == ("Ada", "chosen")
    # For whoever enters it in Humm: what was decided stands in the next sheet.
    run("decide", kept, "--export", sheet, "--journal", journal)
    (row,) = [row for row in sheet_of(sheet) if row["link_id"] == LINK]
    assert (row["status"], row["new_status"]) == ("SUGGESTED", "APPROVED")


@pytest.mark.parametrize(
    ("options", "links"),
    [
        ([REJECTED], {REJECTED}),
        (["--between", "crm", "billing"], {LINK}),
        (["--min-confidence", 0.95], {LINK, OTHER}),
    ],
)
def test_some_links_are_exported(
    run: Any, kept: Path, tmp_path: Path, options: list[object], links: set[str]
) -> None:
    """A sheet has the links that are named, or the suggestions of a kind."""
    sheet = tmp_path / "review.csv"
    assert run("decide", kept, *options, "--export", sheet).code == 0
    assert {row["link_id"] for row in sheet_of(sheet)} == links


def test_a_bad_sheet_decides_nothing(run: Any, kept: Path, journal: Path, tmp_path: Path) -> None:
    """The wrong row is named, and the journal is not even created."""
    sheet = tmp_path / "review.csv"
    sheet.write_text(f"link_id,new_status\n{LINK},APPROVED\n{OTHER},yes\n")
    answer = run("decide", kept, "--import", sheet, "-j", journal)

    assert answer.code == 2
    assert "Row 3, column new_status: 'yes' is none of" in answer.err
    assert not journal.exists()


# --- merge ---------------------------------------------------------------------------------------


def test_journals_are_merged(run: Any, kept: Path, journal: Path, tmp_path: Path) -> None:
    """New records are appended once, and conflicts are listed by name."""
    ada = [Decision(LINK, "APPROVED", NOON, who="Ada"), Decision(uid("gone"), "APPROVED", NOON)]
    bob: list[Record] = [
        Decision(LINK, "REJECTED", NOON + timedelta(hours=1), who="Bob"),
        GivenName(uid("crm/contact.email"), "person", NOON, "Ada"),
        GivenName(uid("crm/contact.email"), "contact", NOON + timedelta(hours=1), "Bob"),
        Decision(uid("gone"), "REJECTED", NOON, who="Bob"),
    ]
    paths = [tmp_path / "ada.jsonl", tmp_path / "bob.jsonl"]
    write_decisions(ada, paths[0])
    write_decisions([*bob, ada[0]], paths[1])
    words = ("--merge", paths[0], "--merge", paths[1])
    shown = run("decide", kept, *words)
    assert shown.code == 0
    assert "Conflicts: 3" in shown.out
    assert "crm/contact.email = billing/customer.email" in shown.out
    assert "6 entries, 6 of them new to the journal." in shown.err
    assert run("decide", kept, *words, "-j", journal, "--dry-run").out == shown.out
    assert not journal.exists()
    for new in (6, 0):
        answer = run("decide", kept, *words, "--journal", journal)
        assert f"6 entries, {new} of them new" in answer.err
        assert {*read_decisions(journal)} == {*ada, *bob}
        assert len(read_decisions(journal)) == 6
    found = run("decide", kept, *words, "--json").json
    assert (found["entries"], found["new"], len(found["conflicts"])) == (6, 6, 3)
    whats = {row["link_id"] or row["node_id"]: row["what"] for row in found["conflicts"]}
    assert whats[uid("crm/contact.email")] == "crm/contact.email"
    assert whats[uid("gone")] is None


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Nothing is asked for: name one of --approve, --reject"),
        (["--approve", "--reject"], "Several things are asked for"),
        (["--approve", "--take-out", "crm/contact.email"], "Several things are asked for"),
        (["--approve", "--dry-run"], "No links are named"),
        ([LINK, "--approve"], "A journal is missing. Add --journal decisions.jsonl, which is"),
        (["--undo", "--dry-run"], "A journal is missing. Add --journal"),
        (["--import", "x.csv"], "A journal is missing"),
        ([LINK, "--import", "x.csv", "--dry-run"], "LINK has no effect with --import"),
        ([LINK, "--merge", "x.jsonl"], "LINK has no effect with --merge"),
        ([LINK, "--take-out", "crm/contact.email", "--dry-run"], "LINK has no effect with --take"),
        ([uid("none"), "--approve", "--dry-run"], "No link"),
        (["x", "--approve", "--dry-run"], "No link"),
        ([LINK, "--approve", "--dry-run", "--type", "x"], "--type has no effect with LINK"),
        ([LINK, "--approve", "--dry-run", "--asked", "x"], "--asked is 'x'; it must be one of"),
        (["--merge", "missing.jsonl"], "No such file"),
    ],
)
def test_wrong_usage_is_explained(run: Any, kept: Path, words: list[object], said: str) -> None:
    """The error says what is missing or too much, and nothing is written."""
    answer = run("decide", kept, *words)

    assert answer.code == 2
    assert said in answer.err
    assert {path.name for path in kept.parent.iterdir()} == {"small.hummgraph"}


@pytest.mark.parametrize("place", [".", "-", "/dev/null"])
def test_a_journal_is_a_file(run: Any, kept: Path, place: str) -> None:
    """A folder of journals is read elsewhere; here, and instead of a pipe, a file must be named."""
    answer = run("decide", kept, LINK, "--approve", "--journal", place)

    assert (answer.code, "it must be a file" in answer.err) == (2, True)
    assert answer.out == ""


def test_the_help_says_that_nothing_is_sent(run: Any) -> None:
    """Whoever decides knows that decisions stay in their file."""
    assert "Nothing is sent" in run("decide", "--help").out
