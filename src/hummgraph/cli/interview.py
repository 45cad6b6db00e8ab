"""The interview of a review: questions and answers in a terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.table import Table

from hummgraph.cli.listing import list_table
from hummgraph.cli.printing import number, out, remark, styled
from hummgraph.cli.signals import finished_first
from hummgraph.graph.decisions import Decision
from hummgraph.graph.journal import append_decisions

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.review.question import Question
    from hummgraph.algorithms.review.queue import ReviewQueue
    from hummgraph.graph.decisions import Record
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Journal", "interview"]

_PROMPT: Final = "A approve  R reject  S skip  Z undo  Q quit: "
_AT_END: Final = "Z undo  Q quit: "
_HELP: Final = (
    "Type a letter and Enter. A note may follow A and R, as in: R Bills go to another address."
    " S leaves the question open. Z takes the last answer or skip back. Q ends the review; its"
    " answers are kept."
)
_WORDS: Final = {"approve": "a", "reject": "r", "skip": "s", "undo": "z", "quit": "q", "help": "?"}
_STATUS: Final = {"a": "APPROVED", "r": "REJECTED"}
_MOST_EVIDENCE: Final = 8
"""Rows of evidence of a question, so that it fits a screen."""

_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal, and its content at the beginning.

    Parameters
    ----------
    path
        The file, which need not exist; ``None`` if there is none.
    earlier
        Records of the journal.
    """

    path: Path | None
    earlier: tuple[Record, ...]

    def remark(self, graph: LinkGraph) -> str:
        """Return a remark on the journal about the links of a graph that it was applied to."""
        if not self.earlier:
            return ""
        rows = graph.decisions
        others = len(rows.filter(in_graph=False))
        by_ends = len(rows.filter(found="ends"))
        text = f"{self.path} has {number(len(rows) - others, 'decision')} about these links"
        if by_ends:
            text += f", {by_ends:,} of them found by their ends, under new ids"
        return f"{text}, and {others:,} about others." if others else f"{text}."


def interview(queue: ReviewQueue, journal: Journal, *, who: str | None, limit: int | None) -> None:
    """Ask the questions of a queue, and keep each answer at once.

    Parameters
    ----------
    queue
        The questions.
    journal
        Gets the answers; its path is not ``None``.
    who
        Name of the reviewer, if it is known.
    limit
        Most questions of the queue, for the progress; ``None`` if it has no limit.

    Raises
    ------
    OutputError, DecisionError
        If the journal cannot be written, or is not one.
    KeyboardInterrupt
        If it is interrupted; the answers so far are kept.
    """
    asking = _Interview(queue, journal, who, limit)
    try:
        while asking.goes_on():
            pass
    except KeyboardInterrupt:
        with suppress(OSError):  # its terminal may be closed
            asking.print_end()
        raise
    asking.print_end()


class _Interview:
    """An interview that goes on: its queue, and what its journal has."""

    def __init__(
        self, queue: ReviewQueue, journal: Journal, who: str | None, limit: int | None
    ) -> None:
        self._queue = queue
        self._path = journal.path
        self._who = who
        self._limit = limit
        self._asked = queue.graph.arrays.decisions.asked
        """Reasons why links were asked about before this review, by id."""
        self._restoring: list[Decision] = []
        """Decisions that restore the answered links, in the order of the answers."""
        self._latest: dict[str, datetime] = {}
        """Time of the last decision about each link."""
        for record in journal.earlier:
            if isinstance(record, Decision):
                self._note_time(record)
        self._write()  # whether it can be written is known before the first answer
        remark(f"Answers are kept in {self._path}, and sent nowhere.", console=out)

    def goes_on(self) -> bool:
        """Ask one question and carry out the answer; return whether there may be another."""
        question = self._queue.current or next(self._queue, None)
        out.print()
        if question is None:
            is_limit = self._limit is not None and self._n_steps >= self._limit
            asked = f"{number(self._n_steps, 'question')} asked, as many as --limit allows."
            out.print(styled(asked if is_limit else "No question is left.", "bold"))
            key, note = _answer("zq", _AT_END) if self._n_steps else ("q", None)
        else:
            self._print_question(question)
            key, note = _answer("arszq", _PROMPT)
        if key in _STATUS and question is not None:
            self._keep(question, _STATUS[key], note)
        elif key == "s":
            self._queue.skip()
            remark("Skipped.", console=out, style="")
        elif key == "z":
            self._take_back()
        return key != "q"

    @property
    def _n_steps(self) -> int:
        return len(self._queue.decisions) + self._queue.n_skipped

    # --- answers -------------------------------------------------------------------------------

    def _keep(self, question: Question, status: str, note: str | None) -> None:
        """Answer a question, and write the answer to the journal."""
        link = question.link
        with finished_first():
            decision = self._queue.answer(
                status, note=note, who=self._who, decided_at=self._time_for(link.link_id)
            )
            self._restoring.append(
                replace(
                    decision, status=link.status, note=None, asked=self._asked.get(link.link_id)
                )
            )
            self._write(decision)
        remark(f"{status.capitalize()}.", console=out, style="")

    def _take_back(self) -> None:
        """Take the last answer or skip back, and write to the journal what holds again."""
        if not self._n_steps:
            remark(
                "Nothing was answered or skipped yet in this review. 'hummgraph decide --undo'"
                " takes back what was decided before.",
                console=out,
                style="",
            )
            return
        with finished_first():
            taken = self._queue.undo()
            if taken is not None:
                holds = self._restoring.pop()
                self._write(replace(holds, decided_at=self._time_for(taken.link_id)))
        again = "open" if taken is None else holds.status
        remark(f"Taken back: it is {again} again.", console=out, style="")

    def _write(self, *decisions: Decision) -> None:
        assert self._path is not None  # noqa: S101 - for the type checker: an interview has one
        append_decisions(decisions, self._path)
        for decision in decisions:
            self._note_time(decision)

    def _time_for(self, link_id: str) -> datetime:
        """Return the present, or a moment after the last decision about a link.

        The latest decision holds, and the clock may have been set back since.
        """
        now = datetime.now(UTC)
        last = self._latest.get(link_id)
        return now if last is None else max(now, last + _MOMENT)

    def _note_time(self, decision: Decision) -> None:
        time, last = decision.decided_at, self._latest.get(decision.link_id)
        if time is not None and (last is None or time > last):
            self._latest[decision.link_id] = time

    # --- what is shown -------------------------------------------------------------------------

    def _print_question(self, question: Question) -> None:
        of = "" if self._limit is None else f" of {self._limit:,}"
        out.print(styled(f"Question {self._n_steps + 1:,}{of}: {self._counts}.", "dim"))
        out.print(styled(f"{question.ends}?", "bold"))
        facts = Table.grid(padding=(0, 2, 0, 0))
        facts.add_column(no_wrap=True, style="dim")
        facts.add_column(overflow="fold")
        for subject, statement in question.facts:
            facts.add_row(styled(subject), styled(statement))
        out.print(facts)
        evidence = question.evidence
        if len(evidence):
            shown = evidence.select("key", "value").head(_MOST_EVIDENCE).shown()
            more = f": {len(shown):,} of {len(evidence):,}" if len(shown) < len(evidence) else ""
            out.print(list_table(shown, title=f"Evidence{more}"))

    @property
    def _counts(self) -> str:
        queue = self._queue
        return (
            f"{len(queue.decisions):,} answered, {queue.n_skipped:,} skipped, {queue.n_open:,} open"
        )

    def print_end(self) -> None:
        """Print the counts, and where the answers are."""
        out.print()
        out.print(styled(f"{self._counts}.", "bold"))
        if self._queue.decisions:
            text = f"The answers are in {self._path}: a new review goes on from them, and other"
            remark(f"{text} commands read them with --decisions.", console=out)


def _answer(keys: str, prompt: str) -> tuple[str, str | None]:
    """Read one of some keys and its note, until there is one; ``q`` at the end of input."""
    while True:
        _drop_typed_ahead()
        out.print(styled(prompt, "bold"), end="", soft_wrap=True)
        if not (line := _line()):
            out.print()
            return "q", None
        word, _, rest = line.strip().partition(" ")
        key, note = _WORDS.get(word.lower(), word.lower()), rest.strip() or None
        takes_note = key in _STATUS
        if len(key) == 1 and key in keys and line[:-1].isprintable() and (takes_note or not note):
            return key, note
        remark(_HELP, console=out, style="")


def _line() -> str:
    """Read a line; empty at the end of input, also where that cuts a line."""
    try:
        line = sys.stdin.readline()
    except OSError:  # its terminal was closed, and SIGHUP is ignored
        return ""
    return line if line.endswith("\n") else ""


def _drop_typed_ahead() -> None:
    """Drop keys typed before a question was shown: they are no answer to it."""
    try:
        import termios
    except ImportError:  # pragma: no cover - Windows has none
        return
    with suppress(OSError, ValueError, termios.error):  # a stream may have no descriptor
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
