"""Tests of the command that asks what to decide next: its list, and its interview."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import (
    Decision,
    GivenName,
    LinkGraph,
    ReviewQueue,
    cluster,
    read_decisions,
    review_queue,
    write_decisions,
)
from hummgraph.cli import interview as asking
from hummgraph.cli import review as reviewing
from hummgraph.cli.signals import finished_first
from hummgraph.datasets import load_demo
from hummgraph.graph.journal import append_decisions
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import read_snapshot
from tests.support.builders import catalogue, record, snapshot, uid
from tests.support.places import DOCS
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hummgraph.graph.decisions import Record

in_terminals = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A snapshot with a contradiction and suggestions of all kinds."""
    rows: list[Any] = [
        ("crm/contact.email", "shop/customer.email", 0.9, "APPROVED"),
        ("shop/customer.email", "desk/user.email", 0.7, "APPROVED"),
        ("crm/contact.email", "desk/user.email", 0.2, "REJECTED"),
        *((f"crm/a.x{n}", f"shop/b.y{n}", n / 10) for n in range(3, 9)),
        ("crm/a.none", "shop/b.none", None),
    ]
    path = tmp_path / "acme.hummgraph"
    snapshot(rows).write(path)
    return path


def kept_in(acme: Path) -> tuple[Record, ...]:
    """Return what the journal beside a snapshot has."""
    return read_decisions(acme.with_suffix(".decisions.jsonl"))


def answers_in(acme: Path) -> list[tuple[str, str, str | None]]:
    """Return link, status and way of asking of each line of the journal."""
    return [
        (row.link_id, row.status, row.asked) for row in kept_in(acme) if isinstance(row, Decision)
    ]


def all_asked(acme: Path, status: str = "REJECTED") -> list[tuple[str, str, str | None]]:
    """Return the answers of a review from Python, with the same status for each."""
    graph = LinkGraph(read_snapshot(acme))
    queue = review_queue(graph)
    for _ in queue:
        queue.answer(status)
    return [(row.link_id, row.status, row.asked) for row in queue.decisions]


# --- the list ----------------------------------------------------------------------------------


def test_the_list_is_the_queue_of_python(run: Any, acme: Path) -> None:
    """The same rows in the same order, by the same options."""
    graph = LinkGraph(read_snapshot(acme))
    options = ["--order", "flips", "--random-share", 0.2, "--seed", 4]
    found = run("review", acme, "--list", *options, "--format", "json")
    queue = review_queue(graph, order="flips", random_share=0.2, seed=4)
    expected = list(queue.to_frame(100))

    assert found.code == 0, found.err
    rows = json.loads(found.out)
    assert [row["link_id"] for row in rows] == [row["link_id"] for row in expected]
    assert [row["rejecting"] for row in rows] == [row["rejecting"] for row in expected]
    whole = run("review", acme, "--list", "--json", *options).json
    assert whole == json.loads(json.dumps({"schema": 1, **queue.to_dict(100)}))


def test_only_the_questions_that_are_listed_are_previewed(
    run: Any, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit saves time, unless the list is sorted; the rest is counted."""
    asked = []
    made = ReviewQueue.to_frame

    def noted(queue: ReviewQueue, n: int = 20) -> Any:
        asked.append(n)
        return made(queue, n)

    monkeypatch.setattr(ReviewQueue, "to_frame", noted)
    shown = run("review", acme, "--list", "--limit", 2, "--format", "table")
    assert "Questions: 2 of 8" in shown.out
    assert "7 open suggestions in 8 questions; each answer may settle others." in shown.out
    run("review", acme, "--list", "--limit", 2, "--sort", "probability")
    assert asked == [2, 8]


def test_a_journal_is_laid_over_the_links(run: Any, acme: Path, tmp_path: Path) -> None:
    """That beside the snapshot by itself, another one by name; links it alone has are counted."""
    before = json.loads(run("review", acme, "--list", "--format", "json").out)
    decision = Decision(before[0]["link_id"], "REJECTED", asked="contradiction")
    other = Decision(uid("elsewhere"), "APPROVED")
    write_decisions([decision, other], acme.with_suffix(".decisions.jsonl"))
    found = run("review", acme, "--list", "--format", "json")

    assert decision.link_id not in {row["link_id"] for row in json.loads(found.out)}
    assert "acme.decisions.jsonl has 1 decision about these links, and 1 about others." in (
        " ".join(found.err.split())
    )
    named = tmp_path / "named.jsonl"
    one, two = uid("shop/customer.email"), uid("desk/user.email")
    known = Decision(uid("before"), "REJECTED", source=one, target=two, asked="contradiction")
    write_decisions([known], named)
    by_ends = run("review", acme, "--list", "--format", "json", "--journal", named)
    assert json.loads(by_ends.out) == json.loads(found.out)
    assert "1 decision about these links, 1 of them found by their ends, under new ids." in (
        " ".join(by_ends.err.split())
    )
    empty = tmp_path / "empty.jsonl"
    write_decisions([], empty)
    without = run("review", acme, "--list", "--format", "json", "--journal", empty)
    assert json.loads(without.out) == before
    assert "about" not in without.err.replace("may settle others", "")


def test_a_setting_is_held(run: Any, acme: Path, tmp_path: Path) -> None:
    """Questions have the probabilities of the setting, whatever was decided since."""
    file = tmp_path / "setting.json"
    graph = LinkGraph(read_snapshot(acme))
    setting = cluster(graph, method="components", threshold=0.5, calibrate=None).setting
    setting.write(file)
    rows = json.loads(run("review", acme, "--list", "--format", "json", "--setting", file).out)
    queue = review_queue(graph, clusters=cluster(graph, setting=setting))

    assert [row["probability"] for row in rows] == queue.to_frame(100)["probability"]


def test_a_review_needs_a_terminal(run: Any, acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the list; nothing is read or written."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\n"))
    answer = run("review", acme)
    assert answer.code == 2
    assert "standard input is not one. --list prints the questions." in " ".join(answer.err.split())
    monkeypatch.setattr(sys, "stdin", _Typed(""))
    assert "standard output is not one" in " ".join(run("review", acme).err.split())
    assert [path.name for path in acme.parent.iterdir()] == ["acme.hummgraph"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--list", "--who", "Ada"], "--who has no effect with --list, which asks nothing."),
        (["--format", "csv"], "--format has no effect without --list. Add --list."),
        (["--json"], "--json has no effect without --list."),
        (["--list", "--json", "-o", "x.csv"], "--output has no effect with --json"),
        (["--list", "--journal", "nothing.jsonl"], "Cannot read decisions"),
        (["--list", "--random-share", "2"], "--random-share is 2"),
        (["--list", "--seed", "-1"], "--seed is -1"),
        (["--list", "--limit", "-1"], "--limit is -1; it must be 0 or more."),
        (["--list", "--order", "impact"], "impact"),
    ],
)
def test_options_without_effect_or_sense_are_refused(
    run: Any, acme: Path, options: list[str], message: str
) -> None:
    """The error says which, and what is allowed."""
    answer = run("review", acme, *options)
    assert answer.code == 2
    assert message in " ".join(answer.err.split())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes")
def test_a_pipe_has_no_journal_beside_it(
    run: Any, typed: Callable[..., Any], tmp_path: Path
) -> None:
    """Its questions are listed; a review of it needs the name of a journal."""
    pipe = tmp_path / "links"
    os.mkfifo(pipe)
    content = json.dumps([record("a/t.x", "b/u.y", 0.5)]).encode()

    def fed(ask: Callable[[], Any]) -> Any:
        writer = threading.Thread(target=pipe.write_bytes, args=(content,))
        writer.start()
        answer = ask()
        writer.join()
        return answer

    rows = json.loads(fed(lambda: run("review", pipe, "--list", "--format", "json")).out)
    assert [row["confidence"] for row in rows] == [0.5]
    answer = fed(lambda: typed(pipe, "q\n"))
    assert answer.code == 2
    assert "A pipe has no folder for a journal. Name one with --journal." in (
        " ".join(answer.err.split())
    )
    assert fed(lambda: typed(pipe, "a\n", "--journal", tmp_path / "j.jsonl")).code == 0
    assert len(read_decisions(tmp_path / "j.jsonl")) == 1


# --- an interview in a pseudo-terminal ---------------------------------------------------------


@in_terminals
def test_an_interview(acme: Path) -> None:
    """Ends, evidence, effects and reasons are shown; answers are kept with who and notes."""
    with Terminal("review", acme, "--who", "Ada") as terminal:
        first = terminal.wait_for("quit: ")
        assert "acme.decisions.jsonl,andsentnowhere." in "".join(first.split())  # it may wrap
        assert "Question 1: 0 answered, 0 skipped, 7 open." in first
        assert "shop/customer.email = desk/user.email?" in first
        assert "are rejected as the same, but approved links unite them" in " ".join(first.split())
        assert re.search(r"^reject  .* 1 contradiction\s+resolved\.", first, re.MULTILINE)
        assert re.search(r"^approve  +no cluster changes\.", first, re.MULTILINE)
        second = terminal.ask("R Desks are shared.")
        assert "Rejected." in second
        assert "Question 2: 1 answered, 0 skipped, 7 open." in second
        assert len(kept_in(acme)) == 1
        terminal.ask("approve")
        assert len(kept_in(acme)) == 2
        last = terminal.ask("q", until="--decisions.")
        assert "2 answered, 0 skipped, 6 open." in last
        assert terminal.end() == 0
    one, other = kept_in(acme)
    assert isinstance(one, Decision)
    assert isinstance(other, Decision)
    assert (one.status, one.asked, one.who, one.note) == (
        "REJECTED",
        "contradiction",
        "Ada",
        "Desks are shared.",
    )
    assert (other.status, other.note, one.confidence) == ("APPROVED", None, 0.7)
    assert one.source == uid("shop/customer.email")


@in_terminals
def test_answers_and_skips_are_taken_back(acme: Path) -> None:
    """The last first; the journal says what holds again, and how it was known before."""
    with Terminal("review", acme) as terminal:
        terminal.wait_for("quit: ")
        assert "Nothing was answered or skipped yet" in terminal.ask("z")
        terminal.ask("r")
        terminal.ask("s")
        assert "Taken back: it is open again." in terminal.ask("z")
        back = terminal.ask("Z")
        assert "Taken back: it is APPROVED again." in back
        assert "Question 1: 0 answered, 0 skipped, 7 open." in back
        terminal.ask("q", until="open.")
        assert terminal.end() == 0
    link = uid("link 1")
    assert answers_in(acme) == [(link, "REJECTED", "contradiction"), (link, "APPROVED", None)]
    graph = LinkGraph(read_snapshot(acme))
    decided = graph.with_decisions(kept_in(acme))
    assert decided.link(link).status == "APPROVED"
    assert cluster(decided).ids == cluster(graph).ids


@in_terminals
def test_what_is_not_an_answer_is_asked_again(acme: Path) -> None:
    """Help says what is; nothing is kept."""
    with Terminal("review", acme) as terminal:
        terminal.wait_for("quit: ")
        for typed in ("", "yes", "?", "s because", "a \x1b[A", "approved", "aa"):
            said = terminal.ask(typed)
            assert "Type a letter and Enter." in said, typed
            assert "Question" not in said
        terminal.ask("q", until="open.")
        assert terminal.end() == 0
    assert kept_in(acme) == ()


@in_terminals
def test_the_last_question_can_be_taken_back(acme: Path) -> None:
    """At the limit, or where no question is left."""
    with Terminal("review", acme, "--limit", 1) as terminal:
        assert "Question 1 of 1: " in terminal.wait_for("quit: ")
        assert "1 question asked, as many as --limit allows." in terminal.ask("r")
        assert "Type a letter" in terminal.ask("a")
        assert "Question 1 of 1: " in terminal.ask("z")
        assert "as many as --limit allows." in terminal.ask("a")
        terminal.ask("q", until="open.")
        assert terminal.end() == 0
    assert [status for _, status, _ in answers_in(acme)] == ["REJECTED", "APPROVED", "APPROVED"]


@in_terminals
def test_a_snapshot_without_questions(tmp_path: Path) -> None:
    """It says so, and ends."""
    path = tmp_path / "done.hummgraph"
    snapshot([("a/t.x", "b/t.x", 0.9, "APPROVED")]).write(path)
    with Terminal("review", path) as terminal:
        assert terminal.end() == 0
        assert "No question is left." in terminal.shown


@in_terminals
@pytest.mark.parametrize("n", [2, 5])
def test_a_review_goes_on_after_it_was_killed(acme: Path, n: int) -> None:
    """Killed after any number of answers, it asks what one long review asks."""
    expected = all_asked(acme)
    left = 8
    while left:
        with Terminal("review", acme) as terminal:
            terminal.wait_for("quit: ")
            for _ in range(min(n, left)):
                terminal.ask("r")
                left -= 1
            terminal.kill()
    assert answers_in(acme) == expected
    assert len(expected) == 8
    with Terminal("review", acme) as terminal:
        assert terminal.end() == 0
        assert "No question is left." in terminal.shown


@in_terminals
def test_the_end_of_input_ends_a_review(acme: Path) -> None:
    """Ctrl-D quits; a line that it cuts is not an answer."""
    with Terminal("review", acme) as terminal:
        terminal.wait_for("quit: ")
        terminal.ask("r")
        terminal.type("a\x04\x04")
        terminal.wait_for("1 answered, 0 skipped, 7 open.")
        assert terminal.end() == 0
    assert len(kept_in(acme)) == 1


@in_terminals
def test_ctrl_c_ends_a_review(acme: Path) -> None:
    """Answers are kept, and counted."""
    with Terminal("review", acme) as terminal:
        terminal.wait_for("quit: ")
        terminal.ask("r")
        terminal.type("\x03")
        terminal.wait_for("1 answered, 0 skipped, 7 open.")
        assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert len(kept_in(acme)) == 1


@in_terminals
def test_a_closed_window_ends_a_review(acme: Path) -> None:
    """As SIGHUP ends every command; what was answered is kept."""
    with Terminal("review", acme) as terminal:
        terminal.wait_for("quit: ")
        terminal.ask("r")
        terminal.close()
        assert terminal.returned() == 129
    assert len(kept_in(acme)) == 1


@in_terminals
def test_what_is_typed_ahead_answers_nothing(acme: Path) -> None:
    """Only what is typed after a question is shown is an answer to it."""
    with Terminal("review", acme) as terminal:
        terminal.type("r\nr\nr\n")
        terminal.wait_for("quit: ")
        terminal.ask("q", until="open.")
        assert "0 answered" in terminal.shown
        assert terminal.end() == 0
    assert kept_in(acme) == ()


@in_terminals
@pytest.mark.parametrize("columns", [30, 50, 80])
def test_a_question_fits_the_terminal(acme: Path, columns: int) -> None:
    """No line is longer, also if it was made narrower meanwhile."""
    with Terminal("review", acme, columns=120) as terminal:
        terminal.wait_for("quit: ")
        terminal.resize(columns)
        shown = terminal.ask("s")
        lines = [line for line in shown.split("\n")[1:] if "quit: " not in line]
        assert max(map(len, lines)) <= columns
        assert "why now" in shown
        terminal.ask("q", until="open.")
        assert terminal.end() == 0


@in_terminals
def test_names_do_not_act_on_a_terminal(tmp_path: Path) -> None:
    """Escape sequences and marks of direction are shown as what they are, markup too."""
    path = tmp_path / "odd.hummgraph"
    evil = "crm/t.\x1b[31m[bold]\u202ename"
    snapshot([(evil, "b/u.y", 0.5)]).write(path)
    with Terminal("review", path, environment={}) as terminal:
        shown = terminal.wait_for("quit: ")
        assert "[bold]" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        terminal.ask("q", until="open.")
        assert terminal.end() == 0


# --- an interview in this process --------------------------------------------------------------


class _Typed(io.StringIO):
    """Standard input of a terminal, into which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(run: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a review with answers that are typed."""

    def call(path: Path, text: str, *options: object) -> Any:
        monkeypatch.setattr(sys, "stdin", _Typed(text))
        monkeypatch.setattr(reviewing, "is_terminal", lambda _: True)
        return run("review", path, *options)

    return call


def test_every_key(typed: Any, acme: Path) -> None:
    """Answers, skips, undo, help, the end of input."""
    answer = typed(acme, "z\nr why not\ns\nz\nz\n?\na\ns\n")

    assert answer.code == 0, answer.err
    assert "2 answered" not in answer.out
    assert "1 answered, 1 skipped, 7 open." in answer.out
    assert [status for _, status, _ in answers_in(acme)] == ["REJECTED", "APPROVED", "APPROVED"]
    assert answers_in(acme)[2][2] == "contradiction"


def test_all_questions(typed: Any, acme: Path) -> None:
    """In the order of the queue of Python, to the last one, which can be taken back."""
    answer = typed(acme, "r\n" * 8 + "z\nr\nq\n")

    assert answer.code == 0
    assert "No question is left." in answer.out
    kept = answers_in(acme)
    assert kept[:8] == all_asked(acme)
    assert kept[8] == (kept[7][0], "SUGGESTED", None)
    assert kept[9] == kept[7]
    again = typed(acme, "")
    assert "has 8 decisions about these links." in again.out
    assert "No question is left." in again.out


def test_a_terminal_that_is_gone_is_the_end_of_input(
    typed: Any, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If SIGHUP is ignored, reading is an error; answers are kept."""
    lines = ["r\n"]

    def gone(_: _Typed) -> str:
        if lines:
            return lines.pop()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(_Typed, "readline", gone)
    assert typed(acme, "").code == 0
    assert len(kept_in(acme)) == 1


def test_long_evidence_is_cut_and_counted(typed: Any, tmp_path: Path) -> None:
    """So that a question fits a screen."""
    seen = {f"score{n}": n / 20 for n in range(20)}
    rows = [record("a/t.x", "b/t.x", 0.5, evidence=seen)]
    path = tmp_path / "long.hummgraph"
    read_links(rows, catalogue=catalogue(["a/t.x", "b/t.x"])).write(path)

    assert "Evidence: 8 of 20" in typed(path, "q\n").out


def test_an_answer_is_later_than_what_the_journal_has(typed: Any, acme: Path) -> None:
    """Also if the clock of another machine is ahead: the latest holds, and it is the answer."""
    link = uid("link 1")
    ahead = datetime.now(UTC) + timedelta(days=1)
    journal = acme.with_suffix(".decisions.jsonl")
    earlier = Decision(link, "APPROVED", decided_at=ahead, asked="imported")
    older = Decision(link, "REJECTED", decided_at=ahead - timedelta(days=9))
    name = GivenName(uid("desk/user.email"), "desk email")
    write_decisions([earlier, older, Decision(uid("link 2"), "REJECTED"), name], journal)
    typed(acme, "r\nq\n")

    graph = LinkGraph(read_snapshot(acme)).with_decisions(journal)
    assert graph.link(link).status == "REJECTED"
    typed(acme, "s\nq\n")
    assert len(kept_in(acme)) == 5


def test_a_journal_that_cannot_be_written_is_known_at_once(typed: Any, acme: Path) -> None:
    """Before the first answer; an answer that is not kept ends a review with an error."""
    older = acme.with_name("old.json")
    answer = typed(acme, "r\n", "--journal", older)
    assert answer.code == 2
    assert "is not a journal" in answer.err
    missing = acme.parent / "nothing" / "decisions.jsonl"
    answer = typed(acme, "r\n", "--journal", missing)
    assert (answer.code, missing.exists()) in {(8, False), (0, True)}


def test_an_answer_that_cannot_be_kept_ends_a_review(
    typed: Any, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers before it are kept."""
    journal = acme.parent / "here" / "decisions.jsonl"
    journal.parent.mkdir()
    written = append_decisions
    n = []

    def full(decisions: Any, path: Path) -> None:
        n.append(len(decisions))
        if len(n) == 3:
            shutil.move(journal, acme.parent / "kept.jsonl")
            journal.parent.rmdir()
            journal.parent.write_text("in the way")
        written(decisions, path)

    monkeypatch.setattr(asking, "append_decisions", full)
    answer = typed(acme, "r\nr\nr\n", "--journal", journal)
    assert answer.code == 8
    assert len(read_decisions(acme.parent / "kept.jsonl")) == 1


@pytest.fixture
def handlers() -> Iterator[None]:
    """The handlers of the tests' process, as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_ctrl_c_while_an_answer_is_kept(
    typed: Any, acme: Path, monkeypatch: pytest.MonkeyPatch, handlers: None
) -> None:
    """It is kept first, once; then the review ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    written = append_decisions

    def interrupted(decisions: Any, path: Path) -> None:
        if decisions:
            signal.raise_signal(signal.SIGINT)
        written(decisions, path)

    monkeypatch.setattr(asking, "append_decisions", interrupted)
    answer = typed(acme, "r\nr\n")
    assert answer.code == 130
    assert len(kept_in(acme)) == 1
    assert "1 answered, 0 skipped" in answer.out
    assert handlers is None


def test_signals_wait_in_the_main_thread_only(handlers: None) -> None:
    """Another thread cannot handle them; one that is ignored stays ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with finished_first():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    done = []

    def work() -> None:
        with finished_first():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
    assert handlers is None


@in_terminals
def test_the_page_shows_an_interview(tmp_path: Path) -> None:
    """The how-to guide has what a terminal shows, to the letter."""
    page = (DOCS / "how-to" / "review.md").read_text(encoding="utf-8")
    found = re.search(r"^```console\n\$ hummgraph (.*)\n((?:.*\n)*?)```$", page, re.MULTILINE)
    assert found is not None
    words, expected = found[1].split(), found[2]
    answer = re.search(r"quit: (R .*)", expected)
    assert answer is not None
    load_demo().snapshot().write(tmp_path / "demo.hummgraph")
    with Terminal(*words, folder=tmp_path) as terminal:
        terminal.wait_for("quit: ")
        terminal.ask(answer[1], until=expected.rstrip("\n").rpartition("\n")[2])
        shown = "".join(f"{line.rstrip()}\n" for line in terminal.shown.split("\n"))
        assert shown.startswith(expected)
