"""Review decisions, laid over a graph: from a mapping, or from a file that a reviewer keeps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError, DecisionError, HummgraphError
from hummgraph.errors.arguments import check_path, check_target, checked_decisions, refuse
from hummgraph.frames import Listing, Shows
from hummgraph.records.ids import id_pairs, parse_id
from hummgraph.records.models import Status
from hummgraph.records.strict_json import has_too_many_values
from hummgraph.records.tables.files import MAX_NAMES_BYTES, read_whole
from hummgraph.snapshot.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Decision", "Overlay", "latest", "read_decisions", "write_decisions"]

SCHEMA: Final = 1
_FIELDS: Final = {"link_id", "status", "decided_at", "note"}
_SHOWN: Final = 3
_MAX_VALUES: Final = 4_000_000  # of a file: those of a million decisions


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
        When, with a time zone; ``None`` where that is not known.
    note
        Why, as text.

    Raises
    ------
    DecisionError
        If the id is not a UUID, the status is none of the three, or the time has no zone.

    Examples
    --------
    >>> Decision("01890a5d-ac96-774b-bcce-b302099a8057", "REJECTED").status
    'REJECTED'
    """

    link_id: str
    status: str
    decided_at: datetime | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        packed = parse_id(self.link_id) if isinstance(self.link_id, str) else None
        if packed is None:
            raise DecisionError(
                f"link_id is {self.link_id!r}; it must be the id of a link, a UUID."
            )
        object.__setattr__(self, "link_id", str(UUID(bytes=packed)))
        if self.status not in list(Status):
            allowed = ", ".join(Status)
            raise DecisionError(f"status is {self.status!r}; it must be one of {allowed}.")
        if self.decided_at is not None and self.decided_at.tzinfo is None:
            raise DecisionError(
                f"decided_at is {self.decided_at.isoformat()!r}, which has no time zone."
            )
        if self.note is not None and not isinstance(self.note, str):
            raise DecisionError("note must be text.")


DecisionSource = Mapping[str, Any] | Sequence[Decision] | str | PathLike[str]
"""A mapping of link ids to statuses, decisions, the content of a file of them, or its path."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Decisions that changed a graph, by link: arrays of shape (n,), sorted by link id."""

    decisions: tuple[Decision, ...]
    previous: tuple[str, ...]
    """Status of each link before."""
    skipped: tuple[Decision, ...]
    """Decisions about links that the graph does not have."""

    def to_table(self) -> pa.Table:
        """Return one row a decision."""
        rows = [*self.decisions, *self.skipped]
        known = len(self.decisions)
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
                "note": pa.array([row.note for row in rows], pa.string()),
                "in_graph": pa.array([index < known for index in range(len(rows))], pa.bool_()),
            }
        )


def read_decisions(path: str | PathLike[str]) -> tuple[Decision, ...]:
    """Read a file of decisions, in its order.

    Parameters
    ----------
    path
        A JSON file ``{"schema": 1, "decisions": [{"link_id", "status", "decided_at", "note"}]}``;
        the last two may be left out.

    Raises
    ------
    DecisionError
        If there is no such file, or it is not one; the message says where and what was expected.

    Notes
    -----
    O(n) for n decisions.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> decision = Decision("01890a5d-ac96-774b-bcce-b302099a8057", "APPROVED")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "decisions.json"
    ...     write_decisions([decision], path)
    ...     read_decisions(path)[0].status
    'APPROVED'
    """
    check_path(path, "read_decisions", "a file of decisions")
    try:
        found = read_whole(Path(path), MAX_NAMES_BYTES)
        text = found.decode("utf-8")
    except HummgraphError as error:
        raise DecisionError(f"Cannot read decisions: {error.message}", hint=error.hint) from error
    except UnicodeDecodeError as error:
        raise DecisionError(
            f"Cannot read decisions from {str(path)!r}: it is not UTF-8 text."
        ) from error
    if has_too_many_values(found, _MAX_VALUES):
        raise DecisionError(f"{str(path)!r} has more than {_MAX_VALUES:,} values.")
    try:
        content = json.loads(text, object_pairs_hook=_without_repeats)
        if isinstance(content, dict):
            return _from_content(content)
    except DecisionError as error:
        raise DecisionError(f"{str(path)!r}: {error.message}", hint=error.hint) from None
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise DecisionError(f"{str(path)!r} is not JSON: {why}.") from error
    raise DecisionError(
        f"{str(path)!r} holds no decisions: it is not an object with 'schema' and 'decisions'."
    )


def write_decisions(decisions: Iterable[Decision], path: str | PathLike[str]) -> None:
    """Write a file of decisions that `read_decisions` and ``graph.with_decisions`` take.

    Parameters
    ----------
    decisions
        Any order; the file has them by time, then by link id, and the same ones give the same
        bytes.
    path
        Written whole or not at all. A new file can be read by its owner only, since notes may
        quote data; a file that is replaced keeps its mode.

    Raises
    ------
    OutputError
        If the file cannot be written.

    Notes
    -----
    O(n log n) for n decisions.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_decisions([], Path(folder) / "decisions.json")
    """
    several = checked_decisions(decisions, "write_decisions", Decision)
    check_target(path, "write_decisions", "a file")
    rows = [
        {
            "link_id": decision.link_id,
            "status": str(decision.status),
            **({"decided_at": _time_text(decision.decided_at)} if decision.decided_at else {}),
            **({"note": decision.note} if decision.note is not None else {}),
        }
        for decision in sorted(several, key=_order_of)
    ]
    content = {"schema": SCHEMA, "decisions": rows}
    with write_atomically(path, private=True) as file:
        file.write((json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def as_decisions(given: DecisionSource) -> tuple[Decision, ...]:
    """Read decisions in any form that ``graph.with_decisions`` takes."""
    if isinstance(given, str | PathLike):
        return read_decisions(given)
    if isinstance(given, list | tuple) and all(isinstance(item, Decision) for item in given):
        return tuple(given)
    if not isinstance(given, Mapping):
        hint = "Write {link_id: status, ...}, what read_decisions() returns, or the path of a file."
        raise refuse(given, "with_decisions", "decisions", hint)
    if "schema" in given or "decisions" in given:
        return _from_content(given)
    return tuple(Decision(str(link_id), status) for link_id, status in given.items())


def latest(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return one decision a link, the latest, by link id.

    A decision with a time is later than one without.

    Raises
    ------
    DecisionError
        If two that differ are equally late.
    """
    by_link: dict[str, Decision] = {}
    for decision in decisions:
        other = by_link.get(decision.link_id)
        if other is None or _time_of(decision) > _time_of(other):
            by_link[decision.link_id] = decision
        elif _time_of(decision) == _time_of(other) and decision.status != other.status:
            when = "without a time" if decision.decided_at is None else f"at {_time_of(decision)}"
            raise DecisionError(
                f"Link {decision.link_id} is both {other.status} and {decision.status}, {when}.",
                hint="Give the one that holds a later decided_at, or remove the other.",
            )
    return tuple(by_link[link_id] for link_id in sorted(by_link))


def overlay(
    decisions: Iterable[Decision],
    link_ids: NDArray[np.uint8],
    status: NDArray[np.integer[Any]],
    names: list[str],
    *,
    missing: str,
) -> tuple[NDArray[np.integer[Any]], Overlay]:
    """Return the status codes after decisions, and what was changed.

    ``link_ids`` are sorted; ``names`` are those of the codes.
    """
    if missing not in {"raise", "skip"}:
        raise ArgumentError(f"missing is {missing!r}; it must be 'raise' or 'skip'.")
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
    if skipped and missing == "raise":
        some = ", ".join(row.link_id for row in skipped[:_SHOWN])
        raise DecisionError(
            f"{len(skipped):,} of {len(chosen):,} decisions are about links that the graph does not"
            f" have: {some}{' ...' if len(skipped) > _SHOWN else ''}",
            hint="missing='skip' leaves them out and lists them in graph.decisions.",
        )
    decided = tuple(row for row, is_found in zip(chosen, found.tolist(), strict=True) if is_found)
    rows = place[found]
    changed = status.copy()
    changed[rows] = [names.index(row.status) for row in decided]
    previous = tuple(names[code] for code in status[rows].tolist())
    return changed, Overlay(decided, previous, skipped)


# --- reading ---------------------------------------------------------------------------------


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [name for name, count in Counter(name for name, _ in members).items() if count > 1]
    if repeated:
        raise DecisionError(f"A JSON object has the member {repeated[0]!r} twice.")
    return dict(members)


def _from_content(content: Mapping[str, Any]) -> tuple[Decision, ...]:
    if not content.keys() & {"schema", "decisions"}:
        raise DecisionError(
            "It holds no decisions.",
            hint=f'A file of them reads {{"schema": {SCHEMA}, "decisions": [...]}};'
            " write_decisions() writes one.",
        )
    schema = content.get("schema")
    if schema != SCHEMA or isinstance(schema, bool):
        raise DecisionError(
            f"The schema of the decisions is {schema!r}; this version reads schema {SCHEMA}."
        )
    rows = content.get("decisions")
    if not isinstance(rows, list):
        raise DecisionError("'decisions' must be a list of decisions.")
    return Listing(_from_row(index, row) for index, row in enumerate(rows))


def _from_row(index: int, row: object) -> Decision:
    if not isinstance(row, Mapping):
        raise DecisionError(f"Decision {index}: it is not an object.")
    if unknown := row.keys() - _FIELDS:
        allowed = ", ".join(sorted(_FIELDS))
        raise DecisionError(
            f"Decision {index}: it has the member {min(unknown)!r}; there are {allowed}."
        )
    try:
        return Decision(
            row.get("link_id", ""),
            row.get("status", ""),
            _read_time(row.get("decided_at")),
            row.get("note"),
        )
    except DecisionError as error:
        raise DecisionError(f"Decision {index}: {error}") from None


def _read_time(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise DecisionError(
            f"decided_at is {value!r}; it must be a time such as 2026-01-31T09:30:00Z."
        ) from None


def _time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time_of(decision: Decision) -> datetime:
    return decision.decided_at or datetime.min.replace(tzinfo=UTC)


def _order_of(decision: Decision) -> tuple[datetime, bool, str, str, bool, str]:
    # What is missing comes before the least there is.
    return (
        _time_of(decision),
        decision.decided_at is not None,
        decision.link_id,
        decision.status,
        decision.note is not None,
        decision.note or "",
    )
