"""Tests of appending to a journal: all lines or none, whoever else writes and whatever ends it."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import stat
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.errors import ArgumentError, DecisionError, OutputError
from hummgraph.graph import journal
from hummgraph.graph.decisions import Decision, GivenName, Record
from hummgraph.graph.journal import append_decisions, read_decisions, write_decisions
from hummgraph.snapshot import atomic
from tests.graph.test_journal import FULL, NAMED, ONE, decisions, names
from tests.support.appended import N_APPENDS, N_PROCESSES, decision
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Decision(ONE, "APPROVED")

# Every byte and line is tried where somebody asks for it; else some of them, spread over all.
STEP = 1 if os.environ.get("HUMMGRAPH_CRASHES") == "all" else 13


def ended(what: str, folder: Path) -> list[dict[str, Any]]:
    """Run a program that appends; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.appended", what, str(folder), str(STEP)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- what is appended ----------------------------------------------------------------------------


@given(st.lists(st.lists(decisions | names, max_size=3), max_size=4))
def test_appended_lines_follow_the_others(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Record]]
) -> None:
    """A journal has all that was appended, in that order; earlier bytes stay."""
    path = tmp_path_factory.mktemp("decisions") / "decisions.jsonl"
    before = b""
    for batch in batches:
        append_decisions(batch, path)
        assert path.read_bytes().startswith(before)
        before = path.read_bytes()

    if batches:
        assert [*read_decisions(path)] == [record for batch in batches for record in batch]


def test_a_journal_is_created_for_its_owner(tmp_path: Path) -> None:
    """A new journal has the mode of those that are written; an old one keeps its own."""
    new, written, shared = (tmp_path / f"{name}.jsonl" for name in ("new", "written", "shared"))
    append_decisions([FIRST], new)
    write_decisions([FIRST], written)
    write_decisions([FIRST], shared)
    shared.chmod(0o664)
    append_decisions([NAMED], shared)

    assert new.read_bytes() == written.read_bytes()
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.stat().st_mode) == 0o664
    assert read_decisions(shared) == (FIRST, NAMED)
    assert {path.name for path in tmp_path.iterdir()} == {
        "new.jsonl",
        "written.jsonl",
        "shared.jsonl",
    }


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The journal that a link leads to is appended to, and created if it is not there."""
    path, link = tmp_path / "decisions.jsonl", tmp_path / "link"
    link.symlink_to(path)
    append_decisions([FIRST], link)
    append_decisions([NAMED], link)

    assert link.is_symlink()
    assert read_decisions(path) == (FIRST, NAMED)


@pytest.mark.parametrize("end", ["", " \t", "\r\n", "\n \n"])
def test_a_last_line_without_its_end_gets_one(tmp_path: Path, end: str) -> None:
    """Lines that an editor wrote without a line break at the end are kept whole."""
    path = tmp_path / "decisions.jsonl"
    write_decisions([FULL], path)
    path.write_bytes(path.read_bytes().rstrip(b"\n") + end.encode())
    append_decisions([NAMED], path)

    assert read_decisions(path) == (FULL, NAMED)


def test_marks_of_an_encoding_are_understood(tmp_path: Path) -> None:
    """A journal that an editor saved as UTF-16 becomes UTF-8, with all its lines."""
    path = tmp_path / "decisions.jsonl"
    write_decisions([FULL], path)
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    append_decisions([NAMED], path)

    assert path.read_bytes().startswith(b'{"schema"')
    assert read_decisions(path) == (FULL, NAMED)


def test_a_pipe_takes_the_lines(tmp_path: Path) -> None:
    """Standard output and pipes get the lines, as they have no others."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()))
    reader.start()
    append_decisions([FIRST], path)
    reader.join(10)
    write_decisions([FIRST], tmp_path / "decisions.jsonl")

    assert found == [(tmp_path / "decisions.jsonl").read_bytes()]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": 1, "decisions": []}\n', "is not a journal"),
        (b"id,status\n", "is not a journal"),
        (b'{"schema": 2, "kind": "dec', "Line 1, the last, is not finished"),
        (b'{"schema": 2, "kind": "decision"}\n{"schema": 2', "Line 2, the last, is not finished"),
        (gzip.compress(b'{"schema": 2, "kind": "decision"}\n', mtime=0), "is not a journal"),
        (b"\xff\xfea", "is not UTF-16 text"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is not a whole journal stays as it is, and the error names it."""
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(content)
    with pytest.raises(DecisionError, match=message) as caught:
        append_decisions([FIRST], path)

    assert "decisions.jsonl" in caught.value.message
    assert path.read_bytes() == content


def test_a_new_file_of_the_older_format_is_refused(tmp_path: Path) -> None:
    """A path that ends in .json is for the older format; nothing is created."""
    with pytest.raises(DecisionError, match="is not a journal") as caught:
        append_decisions([FIRST], tmp_path / "decisions.JSON")

    assert "decisions.jsonl" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bound", ["_MAX_LINES", "MAX_NAMES_BYTES"])
def test_a_journal_that_could_not_be_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """The limits of reading hold: the last line that fits is written, the next is refused."""
    path = tmp_path / "decisions.jsonl"
    append_decisions([FIRST], path)
    line = path.read_bytes()
    n = 5  # of lines, and more than the values of one
    append_decisions([FIRST] * (n - 2), path)
    monkeypatch.setattr(journal, bound, n if bound == "_MAX_LINES" else n * len(line))
    append_decisions([FIRST], path)
    with pytest.raises(DecisionError, match="would have more than"):
        append_decisions([FIRST], path)

    assert path.read_bytes() == n * line
    assert len(read_decisions(path)) == n


def test_other_values_are_refused(tmp_path: Path) -> None:
    """Anything but decisions and names is an error, and nothing is created."""
    with pytest.raises(ArgumentError, match=r"append_decisions\(\) takes"):
        append_decisions({ONE: "APPROVED"}, tmp_path / "decisions.jsonl")  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A folder, a missing folder and a file in the place of one are errors of the output."""
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "missing" / "x.jsonl", tmp_path / "file" / "x.jsonl"):
        with pytest.raises(OutputError, match="Cannot write"):
            append_decisions([FIRST], place)


# --- whatever ends it ----------------------------------------------------------------------------


@pytest.mark.parametrize("old", ["new", "old"])
@pytest.mark.parametrize("unit", ["bytes", "lines"])
def test_killed_anywhere_a_journal_is_whole(tmp_path: Path, unit: str, old: str) -> None:
    """Killed at any byte or line, an append leaves all earlier lines, and all new ones or none."""
    found = ended(f"{unit} {old}", tmp_path)

    earlier = ["number 1", "number 2"] if old == "old" else []
    for row in found:
        added = row["notes"][len(earlier) : -1]
        assert row["notes"] == [*earlier, *added, "number 3"], row
        assert added in ([], ["number 7", "number 8"]), row
        assert row["kept"] == len(earlier) + len(added), row
    assert found[-1]["status"] == 0
    assert found[-1]["kept"] == len(earlier) + 2
    assert all(row["status"] != 0 for row in found[:-1])
    # The points are spread over all bytes that it writes.
    size = len((tmp_path / f"{found[-1]['number']}.jsonl").read_bytes())
    assert found[-1]["number"] > (size - 200 if unit == "bytes" else 50)


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error on the way leaves the journal as it was, or none; no lock stays."""
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    append_decisions([FIRST], old)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for path in (old, new):
            with pytest.raises(OutputError, match="No space left"):
                append_decisions([NAMED], path)

    assert [path.name for path in tmp_path.iterdir()] == ["old.jsonl"]
    assert read_decisions(old) == (FIRST,)
    append_decisions([NAMED], old)
    assert read_decisions(old) == (FIRST, NAMED)


# --- whoever else writes -------------------------------------------------------------------------


def test_several_at_once_lose_nothing(tmp_path: Path) -> None:
    """Processes that append to one journal at once: no line is lost, none is there twice."""
    (found,) = ended("at once", tmp_path)

    assert found["statuses"] == [0] * N_PROCESSES
    rows = read_decisions(tmp_path / "decisions.jsonl")
    assert Counter(rows) == Counter(map(decision, range(N_PROCESSES * N_APPENDS)))
    assert [path.name for path in tmp_path.iterdir()] == ["decisions.jsonl"]


def test_a_journal_replaced_while_another_waits_is_read_anew(tmp_path: Path) -> None:
    """Whoever waits for a lock appends to what the other has left, not to what it opened."""
    path = tmp_path / "decisions.jsonl"
    append_decisions([FIRST], path)
    waiting = threading.Thread(target=append_decisions, args=([NAMED], path))
    with path.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting.start()
        write_decisions([FULL], path)  # takes its place
    waiting.join(10)

    assert read_decisions(path) == (FULL, NAMED)


def test_a_file_that_is_replaced_between_opening_and_locking_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock of a file that no longer stands there is none."""
    path = tmp_path / "decisions.jsonl"
    append_decisions([FIRST], path)
    lock = fcntl.flock
    replaced: list[bool] = []

    def late(handle: int, operation: int) -> None:
        if not replaced:
            replaced.append(True)
            write_decisions([FULL], path)
        lock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    append_decisions([NAMED], path)

    assert read_decisions(path) == (FULL, NAMED)


def test_a_lock_that_stays_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that another holds for long is not written, and the error says so."""
    path = tmp_path / "decisions.jsonl"
    append_decisions([FIRST], path)
    monkeypatch.setattr(atomic, "_PATIENCE", 0.0)
    with path.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another process has locked it"):
            append_decisions([NAMED], path)

    assert read_decisions(path) == (FIRST,)


def test_file_systems_without_locks_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without locks, a journal is appended to as if nobody else wrote."""
    path = tmp_path / "decisions.jsonl"

    def none(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", none)
    append_decisions([FIRST], path)
    append_decisions([GivenName(NAMED.node_id, "x")], path)

    assert len(read_decisions(path)) == 2
