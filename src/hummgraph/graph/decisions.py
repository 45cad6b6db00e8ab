"""Review decisions and given names, laid over a graph."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError, DecisionError
from hummgraph.errors.texts import quoted
from hummgraph.frames import Shows
from hummgraph.records.ids import id_pairs, parse_id
from hummgraph.records.models import Status
from hummgraph.records.nodes import Level, find_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.records.nodes import Nodes

__all__ = [
    "Asked",
    "Decision",
    "GivenName",
    "Overlay",
    "Record",
    "check_ends",
    "check_missing",
    "latest",
    "latest_names",
    "order_of",
    "overlay",
    "placed_names",
    "places",
    "raise_if_missing",
]

MAX_NAME: Final = 200
"""Greatest length of a name, in characters."""

DIGITS: Final = 9
"""Decimals of a confidence: scores are compared to so many."""

_SHOWN: Final = 3


class Asked(StrEnum):
    """How a reviewer was asked about a link."""

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
    """What a reviewer decided about a link.

    Parameters
    ----------
    link_id
        The link.
    status
        ``"APPROVED"``, ``"REJECTED"``, or ``"SUGGESTED"``, which takes a decision back.
    decided_at
        When, with a time zone; kept in UTC. ``None`` if it is not known.
    note
        Why, as text.
    source, target
        Ids of the nodes that the link joins, both or neither. A graph whose link joins other nodes
        refuses the decision; their order does not matter.
    who
        Who decided, as text.
    asked
        How the reviewer was asked: ``"random"``, ``"imported"``, ``"uncertainty"``, ``"flips"``,
        ``"contradiction"`` or ``"chosen"``. Decisions of the last four calibrate nothing, since
        their links were selected by their value. ``None`` if it is not known.
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
    """A name that a person gave to the cluster that holds a node.

    Parameters
    ----------
    node_id
        Id of a member of the cluster, with ``level:`` before it if the id occurs at two levels.
    name
        The name: 1 to 200 characters without line breaks, control characters and marks of
        direction. Spaces at its ends are removed.
    decided_at
        When it was given, with a time zone; kept in UTC. ``None`` if it is not known.
    who
        Who gave it, as text.
    note
        Why, as text.

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


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Decisions that changed a graph, by link: arrays of shape (n,), sorted by link id."""

    decisions: tuple[Decision, ...]
    previous: tuple[str, ...]
    """Status of each link before."""
    skipped: tuple[Decision, ...]
    """Decisions about links that the graph does not have."""
    asked: Mapping[str, str | None] = field(default_factory=dict)
    """How each decided link was asked, by link id; of overlays before this one, too."""

    def to_table(self) -> pa.Table:
        """Return one row a decision."""
        rows = [*self.decisions, *self.skipped]
        known = len(self.decisions)
        text = ("who", "note", "asked")
        return pa.table(
            {
                "link_id": pa.array([row.link_id for row in rows], pa.string()),
                "status": pa.array([row.status for row in rows], pa.string()),
                "previous_status": pa.array(
                    [*self.previous, *[None] * len(self.skipped)], pa.string()
                ),
                "decided_at": pa.array(
                    [row.decided_at for row in rows], pa.timestamp("us", tz="UTC")
                ),
                **{
                    name: pa.array([getattr(row, name) for row in rows], pa.string())
                    for name in text
                },
                "confidence": pa.array([row.confidence for row in rows], pa.float64()),
                "in_graph": pa.array([index < known for index in range(len(rows))], pa.bool_()),
            }
        )


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
            hint="Write a later decided_at for the one that holds, or remove the other.",
        )
    return last[0]


def overlay(
    decisions: Iterable[Decision],
    link_ids: NDArray[np.uint8],
    status: NDArray[np.integer[Any]],
    names: list[str],
    *,
    missing: str,
) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]], Overlay]:
    """Return the positions of decided links, the status codes after, and what was changed.

    ``link_ids`` are sorted; ``names`` are those of the codes.
    """
    chosen = latest(decisions)
    packed = b"".join(UUID(row.link_id).bytes for row in chosen)
    wanted = id_pairs(np.frombuffer(packed, dtype=np.uint8).reshape(-1, 16))
    known = id_pairs(link_ids)
    place = np.searchsorted(known, wanted)
    found = place < len(known)
    found[found] = known[place[found]] == wanted[found]
    skipped = tuple(
        row for row, is_found in zip(chosen, found.tolist(), strict=True) if not is_found
    )
    if missing == "raise":
        raise_if_missing("decisions are about links", [row.link_id for row in skipped], len(chosen))
    decided = tuple(row for row, is_found in zip(chosen, found.tolist(), strict=True) if is_found)
    rows = place[found]
    changed = status.copy()
    changed[rows] = [names.index(row.status) for row in decided]
    previous = tuple(names[code] for code in status[rows].tolist())
    asked = {row.link_id: row.asked for row in decided}
    return rows, changed, Overlay(decided, previous, skipped, asked)


def raise_if_missing(what: str, missing: list[str], n: int) -> None:
    """Raise if some of ``n`` records are about things that the graph does not have.

    Raises
    ------
    DecisionError
        If there are any; it names the first.
    """
    if missing:
        some = ", ".join(missing[:_SHOWN])
        raise DecisionError(
            f"{len(missing):,} of {n:,} {what} that the graph does not have: {some}"
            f"{' ...' if len(missing) > _SHOWN else ''}",
            hint="missing='skip' leaves them out; graph.decisions lists the decisions among them.",
        )


def check_missing(missing: str) -> None:
    """Raise unless a value of ``missing`` exists.

    Raises
    ------
    ArgumentError
        If it does not.
    """
    if missing not in {"raise", "skip"}:
        raise ArgumentError(f"missing is {missing!r}; it must be 'raise' or 'skip'.")


def check_ends(
    decisions: tuple[Decision, ...],
    source: NDArray[np.integer[Any]],
    target: NDArray[np.integer[Any]],
    nodes: Nodes,
) -> None:
    """Raise unless decisions that give ends give those of their links.

    Parameters
    ----------
    decisions
        Decisions about links of the graph.
    source, target
        Positions of the nodes that these links join, shape (n,).
    nodes
        The nodes of the graph.

    Raises
    ------
    DecisionError
        If one gives other ends, in either order; it names both.
    """
    given = [at for at, row in enumerate(decisions) if row.source is not None]
    one = places([str(decisions[at].source) for at in given], nodes)
    other = places([str(decisions[at].target) for at in given], nodes)
    a, b = source[given], target[given]
    wrong = np.flatnonzero(~(((one == a) & (other == b)) | ((one == b) & (other == a))))
    if len(wrong):
        row = decisions[given[wrong[0]]]
        ends = [nodes.id_text[int(end[wrong[0]])].as_py() for end in (a, b)]
        raise DecisionError(
            f"{len(wrong):,} of {len(given):,} decisions give ends that their links do not have:"
            f" {row.link_id} joins {ends[0]} and {ends[1]}, not {row.source} and {row.target}.",
            hint="Remove source and target if the decision is about that link.",
        )


def places(node_ids: Sequence[str], nodes: Nodes) -> NDArray[np.int64]:
    """Return the positions of nodes by id, shape (n,); -1 for a missing or ambiguous id."""
    parts = [node_id.rpartition(":") for node_id in node_ids]
    ids = np.frombuffer(b"".join(UUID(part[2]).bytes for part in parts), dtype=np.uint8)
    found = np.full(len(parts), -1, dtype=np.int64)
    times = np.zeros(len(parts), dtype=np.int64)
    for level in Level:
        begin, end = nodes.first[[level.depth, level.depth + 1]].tolist()
        place = find_ids(ids.reshape(-1, 16), nodes.ids[begin:end])
        here = (place >= 0) & np.array([part[0] in {"", level} for part in parts], dtype=bool)
        found[here] = place[here] + begin
        times += here
    found[times != 1] = -1
    return found


def placed_names(names: Sequence[GivenName], nodes: Nodes) -> tuple[GivenName | None, ...]:
    """Return names with the ids that the graph's nodes have; ``None`` for missing nodes."""
    return tuple(
        replace(name, node_id=nodes.id_text[place].as_py()) if place >= 0 else None
        for name, place in zip(
            names, places([name.node_id for name in names], nodes).tolist(), strict=True
        )
    )


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
    """Return the key that sorts records by time, then by id; what is missing comes first."""
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
