"""Files of review decisions and given names: the journal, and the older file of decisions."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hummgraph.errors import DecisionError, HummgraphError
from hummgraph.errors.arguments import check_path, check_target, checked_decisions, refuse
from hummgraph.errors.texts import json_fault, quoted
from hummgraph.frames import Listing
from hummgraph.graph.decisions import DIGITS, Decision, GivenName, Record, order_of
from hummgraph.records.strict_json import WHITESPACE, has_too_many_values
from hummgraph.records.tables.files import MAX_NAMES_BYTES, as_utf8, is_gzip, read_whole
from hummgraph.snapshot.atomic import locked_file, place_of, write_atomically, written_into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

R = TypeVar("R", Decision, GivenName)

__all__ = [
    "DecisionSource",
    "append_decisions",
    "as_records",
    "journal_of",
    "journal_records",
    "read_decisions",
    "united",
    "write_decisions",
]

SCHEMA: Final = 2
"""Version of the journal."""

FILE_SCHEMA: Final = 1
"""Version of the older file: one JSON object, with decisions only."""

FILE_FIELDS: Final = ("link_id", "status", "decided_at", "note")
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "decision": (
        "link_id",
        "source",
        "target",
        "status",
        "decided_at",
        "who",
        "note",
        "asked",
        "confidence",
    ),
    "name": ("node_id", "name", "decided_at", "who", "note"),
}
"""Members of a line of the journal by its kind, in their order."""

_REQUIRED: Final = {"link_id": "", "status": "", "node_id": "", "name": ""}
_MAX_VALUES: Final = 4_000_000  # of an older file: those of a million decisions
_MAX_LINES: Final = 1_000_000
_IN_JOURNAL: Final = re.compile(rb'"kind"\s*:|^\{\s*"schema"\s*:\s*2\b')
_IN_OLDER_FILE: Final = re.compile(rb'"decisions"\s*:')
_BEGINNING: Final = f'{{"schema": {SCHEMA}, "kind": "'.encode()

DecisionSource = Mapping[str, Any] | Sequence[Record] | str | PathLike[str]
"""A mapping of link ids to statuses, decisions and names, the content of an older file of
decisions, or the path of a file or of a folder of journals."""


def read_decisions(path: str | PathLike[str]) -> tuple[Record, ...]:
    """Read a file of decisions and names, in its order.

    Parameters
    ----------
    path
        A journal, as :func:`write_decisions` writes it, or an older file
        ``{"schema": 1, "decisions": [{"link_id", "status", "decided_at", "note"}]}``, of which the
        last two may be left out. The content decides, not the name. The text is UTF-8, or UTF-16
        with a mark. Or a folder with a journal of each reviewer: what all files in it have that
        end in ``.jsonl``, each line once, by time, then by id.

    Returns
    -------
    tuple[Decision | GivenName, ...]
        Decisions and names, at most a million of each file.

    Raises
    ------
    DecisionError
        If there is no such file, or it is not one; the message says where and what was expected. A
        last line that ends in the middle is an error, too: its writer was interrupted.

    Notes
    -----
    O(n) for n decisions and names.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> decision = Decision("01890a5d-ac96-774b-bcce-b302099a8057", "APPROVED")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "decisions.jsonl"
    ...     write_decisions([decision], path)
    ...     read_decisions(path)[0].status
    'APPROVED'
    """
    check_path(path, "read_decisions", "a file of decisions")
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return united(row for file in _journals_in(Path(path)) for row in read_decisions(file))
    found = _content_of(Path(path))
    try:
        return Listing(_from_lines(found)) if _is_journal(found) else _from_text(found)
    except DecisionError as error:
        raise DecisionError(f"{str(path)!r}: {error.message}", hint=error.hint) from error.__cause__


def write_decisions(decisions: Iterable[Record], path: str | PathLike[str]) -> None:
    r"""Write a file of decisions and names for `read_decisions` and ``graph.with_decisions``.

    The file is a journal: a line of JSON for each decision,
    ``{"schema": 2, "kind": "decision", "link_id", "source", "target", "status", "decided_at",
    "who", "note", "asked", "confidence"}``, and for each name,
    ``{"schema": 2, "kind": "name", "node_id", "name", "decided_at", "who", "note"}``. Members that
    are not known are left out.

    Parameters
    ----------
    decisions
        Any order; the file has them by time, then by id, and the same ones give the same bytes.
    path
        Written whole or not at all. A new file can be read by its owner only, since notes may
        quote data; a file that is replaced keeps its mode. If it ends in ``.json``, the older
        format is written, ``{"schema": 1, "decisions": [...]}``, which has the ``link_id``,
        ``status``, ``decided_at`` and ``note`` of decisions only.

    Raises
    ------
    OutputError
        If the file cannot be written.
    DecisionError
        If the path ends in ``.json`` and something does not fit into that format.

    Notes
    -----
    O(n log n) for n decisions and names.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> name = GivenName("01890a5d-ac96-774b-bcce-b302099a8057", "person email")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "decisions.jsonl"
    ...     write_decisions([name], path)
    ...     print(path.read_text().replace(", ", ",\n "), end="")
    {"schema": 2,
     "kind": "name",
     "node_id": "01890a5d-ac96-774b-bcce-b302099a8057",
     "name": "person email"}
    """
    several: list[Record] = checked_decisions(decisions, "write_decisions", (Decision, GivenName))
    check_target(path, "write_decisions", "a file")
    older = str(path).lower().endswith(".json")
    text = _older_text(sorted(several, key=order_of)) if older else journal_of(several)
    with write_atomically(path, private=True) as file:
        file.write(text.encode())


def journal_of(records: Iterable[Record]) -> str:
    """Return records as the text of a journal, by time, then by id."""
    return "".join(map(_line_of, sorted(records, key=order_of)))


def journal_records(text: str) -> tuple[Record, ...]:
    """Return the records in the text of a journal; raise `DecisionError` if it is none."""
    content = text.encode(errors="surrogatepass")
    if not _is_journal(content):
        raise DecisionError("The text is not a journal.")
    return tuple(_from_lines(content))


def append_decisions(decisions: Iterable[Record], path: str | PathLike[str]) -> None:
    """Append decisions and names to a journal, all of them or none.

    The lines of the journal stay as they are. A program or a machine that stops at any moment
    leaves the journal as it was or with all new lines, and several programs that append at once
    wait for each other.

    Parameters
    ----------
    decisions
        Any order, which the file keeps.
    path
        A journal, as :func:`write_decisions` writes it. A new one can be read by its owner only,
        since notes may quote data.

    Raises
    ------
    OutputError
        If the file cannot be written, or another program has locked it for half a minute.
    DecisionError
        If the file is not a journal, its last line is not finished, or it would have more than a
        million lines or 256 MiB.

    Notes
    -----
    O(n + k) for k decisions and the n bytes of the journal, which is written again and takes the
    place of the old one. Network file systems without locks do not make programs wait.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> decision = Decision("01890a5d-ac96-774b-bcce-b302099a8057", "APPROVED")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "decisions.jsonl"
    ...     append_decisions([decision], path)
    ...     append_decisions([Decision(decision.link_id, "SUGGESTED")], path)
    ...     [decision.status for decision in read_decisions(path)]
    ['APPROVED', 'SUGGESTED']
    """
    several: list[Record] = checked_decisions(decisions, "append_decisions", (Decision, GivenName))
    check_target(path, "append_decisions", "a file")
    added = "".join(map(_line_of, several)).encode()
    if written_into(path):  # a pipe or a terminal takes the lines, and has no others
        with write_atomically(path) as file:
            file.write(added)
        return
    place = place_of(path)
    with locked_file(place):
        content = _journal_at(place) + added
        if content.count(b"\n") > _MAX_LINES or len(content) > MAX_NAMES_BYTES:
            raise DecisionError(
                f"{str(path)!r} would have more than {_MAX_LINES:,} lines or"
                f" {MAX_NAMES_BYTES >> 20} MiB, which is not read.",
                hint="Begin a new journal.",
            )
        with write_atomically(place, private=True) as file:
            file.write(content)


def united(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return records by time, then by id, each once."""
    return Listing(sorted({*records}, key=order_of))


def as_records(given: DecisionSource, function: str = "with_decisions") -> tuple[Record, ...]:
    """Read decisions and names in any form that ``graph.with_decisions`` takes."""
    if isinstance(given, str | PathLike):
        return read_decisions(given)
    if isinstance(given, list | tuple) and all(
        isinstance(item, Decision | GivenName) for item in given
    ):
        return tuple(given)
    if not isinstance(given, Mapping):
        hint = "Write {link_id: status, ...}, what read_decisions() returns, or the path of a file."
        raise refuse(given, function, "decisions", hint)
    if "schema" in given or "decisions" in given:
        return _from_content(given)
    return tuple(Decision(str(link_id), status) for link_id, status in given.items())


def _journals_in(folder: Path) -> list[Path]:
    """Return the journals of a folder, by name; hidden files are others' or not complete."""
    try:
        found = sorted(
            file
            for file in folder.iterdir()
            if file.suffix.lower() == ".jsonl" and file.name[0] != "." and file.is_file()
        )
    except OSError as error:
        raise DecisionError(f"Cannot read decisions: {str(folder)!r}: {error.strerror}.") from error
    if not found:
        raise DecisionError(
            f"The folder {str(folder)!r} has no journals: no file in it ends in .jsonl.",
            hint="Name a file of decisions, or a folder with a journal of each reviewer.",
        )
    return found


def _content_of(path: Path) -> bytes:
    """Read a file of decisions as UTF-8."""
    try:
        return as_utf8(read_whole(path, MAX_NAMES_BYTES))
    except HummgraphError as error:
        raise DecisionError(f"Cannot read decisions: {error.message}", hint=error.hint) from error
    except UnicodeDecodeError as error:
        raise DecisionError(f"{str(path)!r} is not UTF-16 text, as its first bytes say.") from error


# --- the journal -------------------------------------------------------------------------------


def _journal_at(path: Path) -> bytes:
    """Return the lines of a journal that can be appended to; a missing or empty file has none."""
    content = _content_of(path) if path.exists() else b""
    is_other = not _is_journal(content) if content else path.suffix.lower() == ".json"
    if is_other or (content and is_gzip(path)):
        raise DecisionError(
            f"{str(path)!r} is not a journal, which has a line for each decision: nothing can be"
            " appended.",
            hint="Name another file, as decisions.jsonl; write_decisions() writes what"
            " read_decisions() returns as a journal.",
        )
    *lines, last = content.split(b"\n")
    if not last.strip(WHITESPACE):
        return content[: len(content) - len(last)]
    try:
        _from_line(last, len(lines) + 1, is_cut=True)
    except DecisionError as error:
        raise DecisionError(f"{str(path)!r}: {error.message}", hint=error.hint) from None
    return content + b"\n"


def _is_journal(content: bytes) -> bool:
    """Return whether the first line is one of a journal, or the beginning of one."""
    first, end, _ = content.lstrip(WHITESPACE).partition(b"\n")
    is_cut = bool(first) and not end and _BEGINNING.startswith(first)
    if not content or is_cut:
        return True
    return bool(_IN_JOURNAL.search(first)) and not _IN_OLDER_FILE.search(first)


def _from_lines(content: bytes) -> Iterator[Record]:
    if content.count(b"\n") > _MAX_LINES:
        raise DecisionError(f"It has more than {_MAX_LINES:,} lines.")
    lines = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        if line.strip(WHITESPACE):
            yield _from_line(line, number, is_cut=number == len(lines))


def _from_line(line: bytes, number: int, *, is_cut: bool) -> Record:
    at = f"Line {number}"
    if has_too_many_values(line, _MAX_LINES):
        raise DecisionError(f"{at} has more than {_MAX_LINES:,} values.")
    try:
        row = _loads(line, at)
    except DecisionError as error:
        if not is_cut:
            raise
        raise DecisionError(
            f"{at}, the last, is not finished: no line break ends it, and it is not JSON.",
            hint="The program that wrote it was interrupted; remove the line.",
        ) from error.__cause__
    if not isinstance(row, dict):
        raise DecisionError(f"{at}: it is not an object.")
    schema, kind = row.pop("schema", None), row.pop("kind", None)
    if schema != SCHEMA or isinstance(schema, bool):
        raise DecisionError(
            f"{at}: its schema is {quoted(schema)}; this version reads lines of schema {SCHEMA}."
        )
    if not isinstance(kind, str) or kind not in FIELDS:
        raise DecisionError(
            f"{at}: its kind is {quoted(kind)}; it must be one of {', '.join(FIELDS)}."
        )
    if kind == "name":
        return _from_row(GivenName, FIELDS[kind], row, at)
    return _from_row(Decision, FIELDS[kind], row, at)


def _line_of(record: Record) -> str:
    kind = "decision" if isinstance(record, Decision) else "name"
    members = [f'"schema": {SCHEMA}, "kind": "{kind}"']
    for name in FIELDS[kind]:
        value = getattr(record, name)
        if value is not None:
            members.append(f'"{name}": {_json_of(value)}')
    return f"{{{', '.join(members)}}}\n"


def _json_of(value: str | datetime | float) -> str:
    if isinstance(value, float):
        # The same text in every language: without an exponent, and without zeros at the end.
        return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    text = _time_text(value) if isinstance(value, datetime) else value
    return json.dumps(text, ensure_ascii=False)


# --- the older file ----------------------------------------------------------------------------


def _older_text(records: list[Record]) -> str:
    rows = []
    for record in records:
        more = [
            name
            for name in FIELDS["decision"]
            if name not in FILE_FIELDS and getattr(record, name, None) is not None
        ]
        if isinstance(record, GivenName) or more:
            what = "A name" if isinstance(record, GivenName) else f"A decision with {more[0]}"
            raise DecisionError(
                f"{what} does not fit into a file that ends in .json, which has"
                f" {', '.join(FILE_FIELDS)} of decisions only.",
                hint="Write to a path that ends in .jsonl.",
            )
        row = {name: getattr(record, name) for name in FILE_FIELDS}
        row["status"] = str(record.status)
        if record.decided_at is not None:
            row["decided_at"] = _time_text(record.decided_at)
        rows.append({name: value for name, value in row.items() if value is not None})
    content = {"schema": FILE_SCHEMA, "decisions": rows}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _from_text(found: bytes) -> tuple[Decision, ...]:
    if has_too_many_values(found, _MAX_VALUES):
        raise DecisionError(f"It has more than {_MAX_VALUES:,} values.")
    content = _loads(found, "The file")
    if not isinstance(content, dict):
        raise DecisionError(
            "It holds no decisions: it is not an object with 'schema' and 'decisions'."
        )
    return _from_content(content)


def _from_content(content: Mapping[str, Any]) -> tuple[Decision, ...]:
    if not content.keys() & {"schema", "decisions"}:
        raise DecisionError(
            "It holds no decisions.",
            hint=f'A file of them reads {{"schema": {FILE_SCHEMA}, "decisions": [...]}}, or has a'
            " line for each; write_decisions() writes one.",
        )
    schema = content.get("schema")
    if schema != FILE_SCHEMA or isinstance(schema, bool):
        raise DecisionError(
            f"The schema of the decisions is {quoted(schema)}; this version reads schema"
            f" {FILE_SCHEMA}, and journals of schema {SCHEMA}, which have a line for each decision."
        )
    rows = content.get("decisions")
    if not isinstance(rows, list):
        raise DecisionError("'decisions' must be a list of decisions.")
    return Listing(
        _from_row(Decision, FILE_FIELDS, row, f"Decision {index}") for index, row in enumerate(rows)
    )


# --- both --------------------------------------------------------------------------------------


def _loads(content: bytes, what: str) -> Any:
    try:
        return _DECODER.decode(content.decode())
    except DecisionError as error:
        raise DecisionError(f"{what}: {error.message}") from None
    except UnicodeDecodeError as error:
        raise DecisionError(f"{what} is not UTF-8 text.") from error
    except (ValueError, RecursionError) as error:
        raise DecisionError(f"{what} is not JSON: {json_fault(error)}.") from error


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        ((repeated, _),) = Counter(name for name, _ in members).most_common(1)
        raise DecisionError(f"A JSON object has the member {quoted(repeated)} twice.")
    return found


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_without_repeats)


def _from_row(kind: Callable[..., R], allowed: tuple[str, ...], row: object, at: str) -> R:
    if not isinstance(row, Mapping):
        raise DecisionError(f"{at}: it is not an object.")
    if unknown := row.keys() - {*allowed}:
        raise DecisionError(
            f"{at}: it has the member {quoted(min(map(str, unknown)))}; there are"
            f" {', '.join(sorted(allowed))}."
        )
    try:
        members = {name: row.get(name, _REQUIRED.get(name)) for name in allowed}
        return kind(**members | {"decided_at": _read_time(members["decided_at"])})
    except DecisionError as error:
        raise DecisionError(f"{at}: {error.message}", hint=error.hint) from None


def _read_time(value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise DecisionError(
            f"decided_at is {quoted(value)}; it must be a time such as 2026-01-31T09:30:00Z."
        ) from None


def _time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
