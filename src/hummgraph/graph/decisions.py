"""Review decisions, and names that people gave to clusters."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

import numpy as np

from hummgraph.errors import DecisionError
from hummgraph.errors.texts import quoted
from hummgraph.frames import Shows
from hummgraph.records.ids import parse_id
from hummgraph.records.models import Status
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Asked", "Decision", "GivenName", "Record", "latest", "latest_names", "order_of"]

MAX_NAME: Final = 200
"""Greatest length of a name, in characters."""

DIGITS: Final = 9
"""Decimals of a confidence: scores are compared to so many."""


class Asked(StrEnum):
    """Reason why a reviewer was asked about a link."""

    RANDOM = "random"
    """The link was drawn at random."""
    IMPORTED = "imported"
    """The decision was made elsewhere, whatever it was asked by."""
    UNCERTAINTY = "uncertainty"
    """The answer was uncertain."""
    FLIPS = "flips"
    """The answer changes many pairs."""
    CONTRADICTION = "contradiction"
    """The answer settles a contradiction."""
    CHOSEN = "chosen"
    """The reviewer chose the link."""


_STATUSES: Final = tuple(map(str, Status))
_WAYS: Final = tuple(map(str, Asked))


@dataclass(frozen=True, slots=True)
class Decision(Shows):
    """A reviewer's decision about a link.

    Parameters
    ----------
    link_id
        The link.
    status
        ``"APPROVED"``, ``"REJECTED"``, or ``"SUGGESTED"``, which takes a decision back.
    decided_at
        Time of the decision, with a time zone; kept in UTC. ``None`` if it is not known.
    note
        Reason for the decision, as text.
    source, target
        Ids of the nodes that the link joins, both or neither. A graph whose link joins other nodes
        refuses the decision; their order does not matter.
    who
        Name of the reviewer, as text.
    asked
        Reason why the reviewer was asked: ``"random"``, ``"imported"``, ``"uncertainty"``,
        ``"flips"``, ``"contradiction"`` or ``"chosen"``. Decisions of the last four calibrate
        nothing, since their links were selected by their value. ``None`` if it is not known.
    confidence
        Confidence of the link when it was decided, in [0, 1]; kept to nine decimals.

    Raises
    ------
    DecisionError
        If an id is not a UUID, only one end is given, the status or the way of asking does not
        exist, the time has no zone, the confidence is not in [0, 1], or a text is not text.

    Examples
    --------
    >>> Decision("01890a5d-ac96-774b-bcce-b302099a8057", "REJECTED").status
    'REJECTED'
    """

    link_id: str
    status: str
    decided_at: datetime | None = None
    note: str | None = None
    source: str | None = None
    target: str | None = None
    who: str | None = None
    asked: str | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        packed = parse_id(self.link_id) if isinstance(self.link_id, str) else None
        if packed is None:
            raise DecisionError(
                f"link_id is {quoted(self.link_id)}; it must be the id of a link, a UUID."
            )
        _check_one_of("status", self.status, _STATUSES)
        if self.asked is not None:
            _check_one_of("asked", self.asked, _WAYS)
            object.__setattr__(self, "asked", str(self.asked))
        if (self.source is None) != (self.target is None):
            given = "source" if self.target is None else "target"
            raise DecisionError(f"Only {given} is given; a decision has both ends or neither.")
        if self.source is not None:
            object.__setattr__(self, "source", _checked_node_id("source", self.source))
            object.__setattr__(self, "target", _checked_node_id("target", self.target))
        object.__setattr__(self, "link_id", str(UUID(bytes=packed)))
        object.__setattr__(self, "decided_at", _checked_time(self.decided_at))
        object.__setattr__(self, "confidence", _checked_confidence(self.confidence))
        _check_text("note", self.note)
        _check_text("who", self.who)


@dataclass(frozen=True, slots=True)
class GivenName(Shows):
    """A name that a person gave to the cluster of a node.

    Parameters
    ----------
    node_id
        Id of a member of the cluster, with ``level:`` before it if the id occurs at two levels.
    name
        The name: 1 to 200 characters without line breaks, control characters and marks of
        direction. Spaces at its ends are removed.
    decided_at
        Time of the name, with a time zone; kept in UTC. ``None`` if it is not known.
    who
        Name of the person who gave it, as text.
    note
        Reason for the name, as text.

    Raises
    ------
    DecisionError
        If the id is not a UUID, the name is empty, too long or has hidden characters, the time has
        no zone, or a text is not text.

    Examples
    --------
    >>> GivenName("01890a5d-ac96-774b-bcce-b302099a8057", " person email ").name
    'person email'
    """

    node_id: str
    name: str
    decided_at: datetime | None = None
    who: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "node_id", _checked_node_id("node_id", self.node_id))
        if not isinstance(self.name, str):
            raise DecisionError("name must be text.")
        name = self.name.strip(" ")
        if not name:
            raise DecisionError("name is empty; it must have 1 to 200 characters.")
        if len(name) > MAX_NAME:
            raise DecisionError(
                f"name has {len(name):,} characters; it may have {MAX_NAME} at most."
            )
        if not name.isprintable():
            raise DecisionError(
                f"name is {quoted(name)}, which has hidden characters: line breaks, control"
                " characters, spaces of other kinds or marks of direction."
            )
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "decided_at", _checked_time(self.decided_at))
        _check_text("who", self.who)
        _check_text("note", self.note)


Record = Decision | GivenName
R = TypeVar("R", Decision, GivenName)


def latest(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return one decision a link, the latest, by link id.

    A decision with a time is later than one without.

    Raises
    ------
    DecisionError
        If two of different statuses are equally late.
    """
    by_link: dict[str, list[Decision]] = {}
    for decision in decisions:
        by_link.setdefault(decision.link_id, []).append(decision)
    return tuple(
        _last(by_link[link_id], f"Link {link_id} is", "status", str) for link_id in sorted(by_link)
    )


def _last(records: list[R], what: str, value: str, show: Callable[[str], str]) -> R:
    """Return the latest record about one thing, whatever their order.

    Raises
    ------
    DecisionError
        If two that say different things are equally late.
    """
    time = max(map(_when, records))
    last = sorted((record for record in records if _when(record) == time), key=order_of)
    values = sorted({getattr(record, value) for record in last})
    if len(values) > 1:
        when = "without a time" if last[0].decided_at is None else f"at {last[0].decided_at}"
        raise DecisionError(
            f"{what} both {show(values[0])} and {show(values[1])}, {when}.",
            hint="Write a later decided_at for the one that counts, or remove the other.",
        )
    return last[0]


def latest_names(names: Iterable[GivenName]) -> dict[str, GivenName]:
    """Return one name a node, the latest, by node id.

    Raises
    ------
    DecisionError
        If two different names are equally late.
    """
    by_node: dict[str, list[GivenName]] = {}
    for name in names:
        by_node.setdefault(name.node_id, []).append(name)
    return {
        node_id: _last(by_node[node_id], f"Node {node_id} is called", "name", quoted)
        for node_id in sorted(by_node)
    }


# --- order and checks ------------------------------------------------------------------------


def order_of(record: Record) -> tuple[Any, ...]:
    """Return the key that sorts records by time, then by id; a missing time comes first."""
    values = [getattr(record, part.name) for part in fields(record)]
    known = [(value is not None, value) for value in values]
    return (_when(record), values[0], type(record).__name__, known)


def _when(record: Record) -> tuple[bool, datetime]:
    time = record.decided_at
    return time is not None, time or datetime.min.replace(tzinfo=UTC)


def _check_one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise DecisionError(f"{name} is {quoted(value)}; it must be one of {', '.join(allowed)}.")


def _check_text(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise DecisionError(f"{name} must be text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DecisionError(
            f"{name} holds half of a surrogate pair, which is not a character; remove it."
        ) from None


def _checked_node_id(name: str, value: object) -> str:
    text = value if isinstance(value, str) else ""
    level, colon, rest = text.rpartition(":")
    packed = parse_id(rest)
    if packed is None or level not in ({*Level} if colon else {""}):
        raise DecisionError(
            f"{name} is {quoted(value)}; it must be the id of a node: a UUID, with 'level:' before"
            " it if it occurs at two levels."
        )
    return f"{level}{colon}{UUID(bytes=packed)}"


def _checked_time(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise DecisionError(
            f"decided_at is {quoted(value)}; it must be a datetime with a time zone."
        )
    if value.utcoffset() is None:
        raise DecisionError(f"decided_at is {value.isoformat()!r}, which has no time zone.")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise DecisionError(
            f"decided_at is {value.isoformat()!r}; in UTC it is outside the years 1 to 9999."
        ) from None


def _checked_confidence(value: Any) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(
        value, bool
    )
    if not is_number or not 0 <= value <= 1:
        raise DecisionError(f"confidence is {quoted(value)}; it must be a number in [0, 1].")
    return abs(round(float(value), DIGITS))
