"""Tests of crashes: killed or refused at any call of the way to a file, a result is whole."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hummgraph.errors import SnapshotError
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot import reading
from hummgraph.snapshot.leftovers import stale
from hummgraph.snapshot.snapshot import read_snapshot
from tests.support.crash import CALLS, MARK, graph, put
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

# Every call and byte is tried where somebody asks for it; else some of them, spread over all.
EVERY = os.environ.get("HUMMGRAPH_CRASHES") == "all"
SAMPLE = 2
STEP = 1 if EVERY else 10
KINDS = ("snapshot", "graphml", "csv")


def traced(folder: Path, kind: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the writer under a tracer."""
    return subprocess.run(
        [
            "strace",
            "-f",
            "-qq",
            *options,
            sys.executable,
            "-m",
            "tests.support.crash",
            kind,
            str(folder / "out"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def strace() -> None:
    """Skip where programs cannot be traced."""
    if (
        shutil.which("strace") is None
        or subprocess.run(["strace", "-qq", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("needs strace")


@functools.cache
def points(kind: str, *, old: bool) -> list[tuple[str, int]]:
    """List the calls that a write makes: each kind of call, and which of its calls."""
    with tempfile.TemporaryDirectory() as folder:
        fresh(Path(folder), kind, old=old)
        return _points(Path(folder), kind)


def _points(folder: Path, kind: str) -> list[tuple[str, int]]:
    log = folder / "calls"
    calls = ",".join((*CALLS, "access", "faccessat2", "newfstatat", "stat"))
    done = traced(folder, kind, "-o", str(log), "-e", f"trace={calls}")
    assert done.returncode == 0, done.stderr
    counts = dict.fromkeys(CALLS, 0)
    found: list[tuple[str, int]] = []
    begun = False
    main = None
    for line in log.read_text(errors="replace").splitlines():
        process, _, rest = line.partition(" ")
        main = main or process
        called = re.match(r"\s*(\w+)\(", rest)
        begun = begun or MARK in line
        if called is None or called[1] not in counts or process != main:
            continue
        counts[called[1]] += 1
        if begun:
            found.append((called[1], counts[called[1]]))
    assert begun
    return found


def chosen(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Take all, or some that are spread over all."""
    return found if EVERY else found[:: max(1, len(found) // SAMPLE)]


def version(kind: str, path: Path) -> int | None:
    """Read what stands there: how many links, or nothing. A damaged one raises."""
    if not path.exists():
        return None
    if kind == "snapshot":
        return LinkGraph(read_snapshot(path)).n_links
    if kind == "graphml":
        return read_graphml(path).n_links
    assert {file.name for file in path.iterdir()} == {"about.json", "nodes.csv", "links.csv"}
    return (path / "links.csv").read_text().count("\n") - 1


def fresh(folder: Path, kind: str, *, old: bool) -> None:
    """Begin with an old version, or with nothing."""
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    if old:
        put(kind, folder / "out", 2)


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("old", [True, False], ids=["replaces", "first"])
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_call(
    tmp_path: Path, record_property: Callable[[str, object], None], kind: str, *, old: bool
) -> None:
    """The old one or the new one stands there whole; what is left beside it can be told."""
    every = points(kind, old=old)
    assert {"openat", "write", "fsync"} <= {call for call, _ in every}
    assert len(every) > 8
    for call, number in chosen(every):
        fresh(tmp_path, kind, old=old)
        done = traced(
            tmp_path, kind, "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={number}"
        )
        assert done.returncode != 0, (call, number)
        found = version(kind, tmp_path / "out")
        assert found in ({2, 5} if old else {None, 5}), (call, number)
    record_property("points", len(chosen(every)))


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EINTR"])
def test_refused_at_any_call(
    tmp_path: Path, record_property: Callable[[str, object], None], error: str
) -> None:
    """A full or broken disk leaves the old one and nothing else; interruptions do no harm."""
    writing = [one for one in points("snapshot", old=True) if one[0] not in {"close", "unlinkat"}]
    for call, number in chosen(writing):
        fresh(tmp_path, "snapshot", old=True)
        done = traced(
            tmp_path,
            "snapshot",
            "-o",
            "/dev/null",
            "-e",
            f"inject={call}:error={error}:when={number}",
        )
        found = version("snapshot", tmp_path / "out")
        assert found in {2, 5}
        if found == 2:
            assert done.returncode != 0, (call, number)
        left = {entry.name for entry in tmp_path.iterdir()} - {"out", "out.first"}
        # Where the new one stands already, what cannot be removed is left to "hummgraph gc".
        assert not left or (found == 5 and len(stale(tmp_path, older_than=0)) == len(left))
    record_property("points", len(chosen(writing)))


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    """Any changed byte of a snapshot raises an error, and is never read as valid data.

    Each byte of the manifest is tried. Other files are compared with their checksum there, whatever
    byte it is: one in ten of them is.
    """
    path = tmp_path / "out"
    put("snapshot", path, 2)
    n_bytes = n_found = 0
    for file in sorted(path.iterdir()):
        content = file.read_bytes()
        for place in range(0, len(content), 1 if file.name == "manifest.json" else STEP):
            n_bytes += 1
            file.write_bytes(
                content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :]
            )
            try:
                read_snapshot(path)
            except SnapshotError:
                n_found += 1
        file.write_bytes(content)
    assert n_bytes > 3_500
    assert n_found == n_bytes
    assert LinkGraph(read_snapshot(path)) == graph(2)


@pytest.fixture
def readers(tmp_path: Path) -> Path:
    """A snapshot that is there."""
    put("snapshot", tmp_path / "out", 2)
    return tmp_path / "out"


def test_readers_and_writers_at_once(readers: Path, tmp_path: Path) -> None:
    """While two write in turns, whoever reads finds a whole one, each time."""
    stop = tmp_path / "stop"
    code = (
        "import sys; from pathlib import Path; from tests.support.crash import put\n"
        "while not Path(sys.argv[3]).exists(): put('snapshot', Path(sys.argv[1]), int(sys.argv[2]))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(readers), str(n), str(stop)], cwd=ROOT)
        for n in (3, 4)
    ]
    found: list[int] = []
    try:
        while len(found) < 30 or not {3, 4} <= set(found):
            assert [writer.poll() for writer in writers] == [None, None]
            found.append(LinkGraph(read_snapshot(readers)).n_links)
    finally:
        stop.touch()
        codes = [writer.wait() for writer in writers]
    assert codes == [0, 0]
    assert set(found) <= {2, 3, 4}


def test_a_newer_one_is_read_where_it_comes_meanwhile(
    readers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever began with the old one gets the new one whole, and not a word of damage."""
    check = reading._check_member
    came: list[int] = []

    def slow(folder: Path, name: str, n_bytes: int | None, digest: str) -> int:
        if not came:
            came.append(4)
            put("snapshot", readers, 4)
        return check(folder, name, n_bytes, digest)

    monkeypatch.setattr(reading, "_check_member", slow)
    assert LinkGraph(read_snapshot(readers)).n_links == 4
