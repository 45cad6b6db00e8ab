"""Tests of files that killed processes leave, as distinct from those of living ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hummgraph.snapshot import leftovers
from hummgraph.snapshot.atomic import is_held, lock_folder, temporary_path, write_atomically
from hummgraph.snapshot.leftovers import abandoned_spools, aside, remove_leftover, stale
from hummgraph.snapshot.spool import SPOOL, Spool

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")


def test_what_killed_writers_left_is_found(tmp_path: Path) -> None:
    """Old temporary files and folders are found, except the only copy of anything."""
    names = (
        ".snap.hummgraph-abcd1234.tmp",
        ".snap.hummgraph-abcd1234.old",
        ".gone.hummgraph-abcd1234.old",
        "snap",
    )
    for name in names:
        (tmp_path / name).mkdir()
    others = (".links.html.hummgraph-0a0b0c0d.tmp", ".hidden", "a.tmp", ".x.abcd1234.tmp")
    for name in (*others, ".x.hummgraph-abc.tmp", ".hummgraph-abcd1234.tmp"):
        (tmp_path / name).write_text("")
    assert stale(tmp_path, older_than=60) == []
    for entry in tmp_path.iterdir():
        os.utime(entry, (0, 0))
    assert [entry.name for entry in stale(tmp_path, older_than=60)] == [
        ".links.html.hummgraph-0a0b0c0d.tmp",
        ".snap.hummgraph-abcd1234.old",
        ".snap.hummgraph-abcd1234.tmp",
    ]
    gone = tmp_path / ".gone.hummgraph-abcd1234.old"
    assert aside(tmp_path) == [(gone, tmp_path / "gone")]


def test_the_latest_of_several_is_put_back(tmp_path: Path) -> None:
    """Of two that were moved aside from one path, the later one is put back."""
    for number in (1, 2):
        (tmp_path / f".snap.hummgraph-0000000{number}.old").mkdir()
        os.utime(tmp_path / f".snap.hummgraph-0000000{number}.old", (number, number))
    found = [(entry.name, place.name) for entry, place in aside(tmp_path)]
    assert found == [(".snap.hummgraph-00000002.old", "snap")]


def test_links_are_never_leftovers(tmp_path: Path) -> None:
    """A link with the name of a temporary file is not ours, and is neither followed nor removed."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    for kind in ("tmp", "old"):
        (tmp_path / f".snap.hummgraph-abcd1234.{kind}").symlink_to("mine")
        (tmp_path / f".none.hummgraph-abcd1234.{kind}").symlink_to("nowhere")
    (tmp_path / "hummgraph-spool-abcd1234").symlink_to("mine")
    assert stale(tmp_path, older_than=0) == []
    assert aside(tmp_path) == []
    assert abandoned_spools(tmp_path, older_than=0) == []


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    """A lock shows that the writer lives, whatever the age."""
    with write_atomically(tmp_path / "out"):
        (fresh,) = tmp_path.iterdir()
        os.utime(fresh, (0, 0))
        assert is_held(fresh) is True
        assert stale(tmp_path, older_than=60) == []
    held = temporary_path(tmp_path / "snap", "old")
    held.mkdir()
    lock = lock_folder(held)
    assert aside(tmp_path) == []
    assert lock is not None
    os.close(lock)
    assert is_held(held) is False
    assert aside(tmp_path) == [(held, tmp_path / "snap")]


def test_age_counts_where_locks_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system without locks, what is young is left alone."""
    monkeypatch.setattr(leftovers, "is_held", lambda _: None)
    spool = tmp_path / "hummgraph-spool-abcd1234"
    moved = tmp_path / ".snap.hummgraph-abcd1234.old"
    for folder in (spool, moved):
        folder.mkdir()
    assert abandoned_spools(tmp_path, older_than=60) == []
    assert aside(tmp_path, older_than=60) == []
    for folder in (spool, moved):
        os.utime(folder, (0, 0))
    assert abandoned_spools(tmp_path, older_than=60) == [spool]
    assert aside(tmp_path, older_than=60) == [(moved, tmp_path / "snap")]


def test_what_cannot_be_opened_has_an_unknown_lock(tmp_path: Path) -> None:
    """Nothing is known of a lock that cannot be looked at."""
    assert is_held(tmp_path / "nowhere") is None
    assert lock_folder(tmp_path / "nowhere") is None


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written there too, and whether they are held is unknown."""

    def refused(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refused)
    with write_atomically(tmp_path / "out") as file:
        file.write(b"x")
        (fresh,) = tmp_path.iterdir()
        assert is_held(fresh) is None
    assert (tmp_path / "out").read_bytes() == b"x"


def test_spools_of_others_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only folders of this user with the name of a spool are one."""
    names = ("hummgraph-spool-abcd1234", "hummgraph-projectx", "hummgraph-spool-abcd12345")
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "hummgraph-spool-00000000").touch()
    assert abandoned_spools(tmp_path, older_than=0) == [tmp_path / names[0]]
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    assert abandoned_spools(tmp_path, older_than=0) == []


def test_only_files_are_removed(tmp_path: Path) -> None:
    """A leftover with a folder or a link in it keeps them, and what the link leads to stays."""
    entry = tmp_path / ".snap.hummgraph-abcd1234.tmp"
    entry.mkdir()
    (entry / "links.parquet").touch()
    assert remove_leftover(entry)
    assert not entry.exists()
    (entry / "folder").mkdir(parents=True)
    (entry / "folder" / "mine").touch()
    (tmp_path / "mine").touch()
    (entry / "link").symlink_to(tmp_path / "mine")
    (entry / "links.parquet").touch()
    assert not remove_leftover(entry)
    assert {path.name for path in entry.iterdir()} == {"folder", "link"}
    assert (tmp_path / "mine").exists()
    assert not remove_leftover(tmp_path / "nowhere")


# --- spools --------------------------------------------------------------------------------------

HOLDS = """
    import os, sys, tempfile, time
    tempfile.tempdir = sys.argv[1]
    from hummgraph.snapshot.spool import Spool
    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(b"[]")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_spools_of_killed_processes_are_found(tmp_path: Path) -> None:
    """While the process lives its spool is left alone, at any age; after SIGKILL it is found."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDS), tmp_path],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "ready\n"
        (spool,) = tmp_path.iterdir()
        assert SPOOL.fullmatch(spool.name)
        os.utime(spool, (0, 0))
        assert abandoned_spools(tmp_path, older_than=0) == []
        process.send_signal(signal.SIGKILL)
    assert abandoned_spools(tmp_path, older_than=3600) == [spool]
    assert remove_leftover(spool)
    assert list(tmp_path.iterdir()) == []


def test_replies_are_their_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folder and files of a spool can be read by their owner only, whatever the umask is."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = os.umask(0)
    try:
        spool = Spool()
        with spool.new_reply() as reply:
            reply.write(b"[]")
    finally:
        os.umask(before)
    (path,) = spool.paths
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    spool.close()


def test_a_spool_without_a_lock_is_removed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a folder cannot be locked, it is removed with the spool as elsewhere."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("hummgraph.snapshot.atomic.lock_folder", lambda _: None)
    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(b"[]")
    spool.close()
    assert list(tmp_path.iterdir()) == []
