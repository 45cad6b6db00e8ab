"""Journals of several people as one, and the answers about which they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError
from hummgraph.frames import Card, Frame, Shows, counted, title_of
from hummgraph.graph.decisions import Decision, order_of
from hummgraph.graph.journal import as_records, united
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.graph.decisions import Record
    from hummgraph.graph.journal import DecisionSource

__all__ = ["Merged", "merge_decisions"]

_DAY: Final = timedelta(days=1)
_COLUMNS: Final = {
    "kind": pa.string(),
    "link_id": pa.string(),
    "node_id": pa.string(),
    "earlier": pa.string(),
    "later": pa.string(),
    "holds": pa.string(),
    "earlier_who": pa.string(),
    "later_who": pa.string(),
    "earlier_at": pa.timestamp("us", tz="UTC"),
    "later_at": pa.timestamp("us", tz="UTC"),
    "earlier_note": pa.string(),
    "later_note": pa.string(),
    "source": pa.string(),
    "target": pa.string(),
}


@dataclass(frozen=True, repr=False)
class Merged(Shows):
    """Decisions and names of several journals.

    Parameters
    ----------
    entries
        All decisions and names, each once, by time, then by id: for :func:`write_decisions` and
        ``graph.with_decisions``.
    within
        Longest time between two answers of one review, which decides what is a conflict.

    Examples
    --------
    >>> link = "01890a5d-ac96-774b-bcce-b302099a8057"
    >>> ada, bob = Decision(link, "APPROVED", who="Ada"), Decision(link, "REJECTED", who="Bob")
    >>> merge_decisions([ada], [bob])
    <Merged: 2 entries; 1 conflict>
    """

    entries: tuple[Record, ...]
    within: timedelta = _DAY

    @cached_property
    def conflicts(self) -> Frame:
        """Two different answers about one link or node within one review: one row each pair.

        Of each person the last answer counts, unless it takes a decision back. Answers without
        ``who`` may be of several people: the last approval and the last rejection count, if they
        are later than the last one that takes a decision back. Two different answers conflict if
        both are at most ``within`` older than the last answer about the link, or if a time is not
        known. Two of the same time conflict even if one person gave them. ``holds`` is the latest
        answer, which counts; it is null if several are the latest, and then
        ``graph.with_decisions`` raises an error.
        """
        rows = [row for records in _by_subject(self.entries) for row in self._rows(records)]
        return Frame(pa.Table.from_pylist(rows, schema=pa.schema(list(_COLUMNS.items()))))

    def _rows(self, records: list[Record]) -> Iterator[dict[str, Any]]:
        """Yield the conflicts about one link or node, of which these are all records by time."""
        last = records[-1].decided_at
        answers = [one for one in _answers(records) if _is_near(one, last, self.within)]
        latest = {_answer(one) for one in records if one.decided_at == last}
        for one, other in combinations(answers, 2):
            if _answer(one) == _answer(other):
                continue
            is_decision = isinstance(one, Decision)
            yield {
                "kind": "decision" if is_decision else "name",
                "link_id" if is_decision else "node_id": _subject(one)[1],
                "earlier": _answer(one),
                "later": _answer(other),
                "holds": next(iter(latest)) if len(latest) == 1 else None,
                "earlier_who": one.who,
                "later_who": other.who,
                "earlier_at": one.decided_at,
                "later_at": other.decided_at,
                "earlier_note": one.note,
                "later_note": other.note,
                "source": getattr(one, "source", None) or getattr(other, "source", None),
                "target": getattr(one, "target", None) or getattr(other, "target", None),
            }

    def __repr__(self) -> str:
        entries = "1 entry" if len(self.entries) == 1 else f"{len(self.entries):,} entries"
        return f"<Merged: {entries}; {counted(len(self.conflicts), 'conflict')}>"

    def _card_(self) -> Card:
        shown = self.conflicts.select("earlier", "earlier_who", "later", "later_who", "holds")
        return Card(title_of(self), table=shown, things="conflicts")


def merge_decisions(*journals: DecisionSource, within: timedelta = _DAY) -> Merged:
    """Merge the decisions and names of several people.

    Among several about one link the latest counts, as always; only repeated lines are left out.
    The order of the journals does not matter, nor does merging some of them before.

    Parameters
    ----------
    *journals
        Paths of journals, or of folders of them, and decisions and names in memory.
    within
        Length of a review: answers of different people that are further apart than this do not
        conflict, since the later one may know the earlier.

    Returns
    -------
    Merged
        The entries, and a table of the conflicts.

    Raises
    ------
    DecisionError
        If a journal cannot be read.
    ArgumentError
        If a journal is something else, or ``within`` is not a time of zero or more.

    Notes
    -----
    O(n log n) for n lines; the conflicts take O(p²) for p people who decided about one link.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> link = "01890a5d-ac96-774b-bcce-b302099a8057"
    >>> noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    >>> ada = Decision(link, "APPROVED", noon, who="Ada")
    >>> bob = Decision(link, "REJECTED", noon + timedelta(hours=1), who="Bob")
    >>> print(merge_decisions([ada], [ada, bob]))
    Merged: 2 entries; 1 conflict
    <BLANKLINE>
    earlier  | earlier_who | later    | later_who | holds
    ---------+-------------+----------+-----------+---------
    APPROVED | Ada         | REJECTED | Bob       | REJECTED
    """
    if not isinstance(within, timedelta) or within < timedelta(0):
        raise ArgumentError(
            f"within is {within!r}; it must be a timedelta of zero or more.",
            hint="Write timedelta(days=1), say.",
        )
    records = [as_records(journal, "merge_decisions") for journal in journals]
    return Merged(united(row for several in records for row in several), within)


def _by_subject(records: tuple[Record, ...]) -> Iterator[list[Record]]:
    """Yield the records about each link or node, by time."""
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        found.setdefault(_subject(record), []).append(record)
    for subject in sorted(found):
        yield sorted(found[subject], key=order_of)


def _subject(record: Record) -> tuple[str, str]:
    if isinstance(record, Decision):
        return "link", record.link_id
    return "node", record.node_id


def _answer(record: Record) -> str:
    return str(record.status) if isinstance(record, Decision) else record.name


def _answers(records: list[Record]) -> list[Record]:
    """Return the last answers of each person, by time; several where they are equally late."""
    by_person: dict[str | None, list[Record]] = {}
    for record in records:
        by_person.setdefault(record.who, []).append(record)
    found = []
    for who, own in by_person.items():
        if who is None and isinstance(own[0], Decision):
            found += _nameless(own)
            continue
        last = {_answer(one): one for one in own if one.decided_at == own[-1].decided_at}
        is_back = isinstance(own[0], Decision) and {*last} == {Status.SUGGESTED}
        is_taken_back = is_back and {*map(_answer, own)} != {*last}
        found += [] if is_taken_back else [*last.values()]
    return sorted(found, key=order_of)


def _nameless(records: list[Record]) -> list[Record]:
    """Return the last answer of each kind of people without names, since one was taken back."""
    backs = [at for at, one in enumerate(records) if _answer(one) == Status.SUGGESTED]
    taken = records[backs[-1]].decided_at if backs else None
    since = [
        one
        for at, one in enumerate(records)
        if not backs or at > backs[-1] or one.decided_at == taken
    ]
    last = {_answer(one): one for one in since}
    # A SUGGESTED that takes back what was said before is not an answer by itself.
    others = [one for one in last.values() if _answer(one) != Status.SUGGESTED]
    if len(backs) < len(records) and not any(one.decided_at == taken for one in others):
        last.pop(Status.SUGGESTED, None)
    return [*last.values()]


def _is_near(record: Record, last: Any, within: timedelta) -> bool:
    """Return whether a record may belong to the review of the last one."""
    return last is None or record.decided_at is None or last - record.decided_at <= within
