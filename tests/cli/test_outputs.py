"""Attacks on the places of output: whatever writes, nothing of others is changed.

Each command that writes is pointed at each kind of thing that may be in its way. It writes, or it
is refused with exit code 2 or 8; no exception of others, and no other file is touched.
"""

from __future__ import annotations

import os
import socket
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.datasets import load_demo
from hummgraph.export import FORMATS
from hummgraph.graph.journal import write_decisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hummgraph.datasets.server import DemoServer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")

FILES: dict[str, list[str]] = {
    **{
        f"export {known.name}": ["export", "{kept}", "--to", known.name, "-o"]
        for known in FORMATS
        if not known.files and known.name not in {"dbt", "openlineage"}
    },
    "page of the explorer": ["show", "{kept}", "-o"],
    "page of pyvis": ["show", "{kept}", "--engine", "pyvis", "-o"],
    "list": ["links", "{kept}", "--format", "csv", "-o"],
    "list as Parquet": ["links", "{kept}", "--format", "parquet", "-o"],
    "list of formats": ["formats", "--format", "json", "-o"],
    "report": ["info", "{kept}", "--format", "jsonl", "-o"],
    "nodes": ["find", "{kept}", "email", "--format", "tsv", "-o"],
}
"""Commands that write one file of any name."""

FOLDERS: dict[str, list[str]] = {
    **{
        f"export {known.name}": ["export", "{kept}", "--to", known.name, "-o"]
        for known in FORMATS
        if known.files
    },
    "fetch": ["fetch", "-q", "-o"],
    "run": ["run", "-q", "-o"],
}
"""Commands that write a folder."""


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def _disk(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(7, 250))
    except PermissionError:
        pytest.skip("needs root")


def _file(path: Path) -> None:
    path.write_text("mine")


def _full_folder(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("mine")
    for name in ("nodes.csv", "links.csv", "nodes.parquet", "manifest.json", "about.json"):
        (path / name).write_text("mine")
    (path / "links.parquet").mkdir()
    (path / "links.parquet" / "part-0").write_text("mine")


def _results(path: Path) -> None:
    path.mkdir()
    for name in ("links.html", "links.graphml", "crosswalk.csv"):
        (path / name).write_text("mine")


def _links_inside(path: Path) -> None:
    path.mkdir()
    for name in ("about.json", "nodes.csv", "links.csv", "manifest.json", "links.hummgraph"):
        (path / name).symlink_to(path.parent / "notes.txt")


def _link_to(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def link(path: Path) -> None:
        make(path.with_name("real"))
        path.symlink_to("real")

    return link


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("mine")


def _without_folder(path: Path) -> None:
    path.parent.rmdir()


PLACES: dict[str, Callable[[Path], None]] = {
    "pipe": _pipe,
    "socket": _socket,
    "disk": _disk,
    "file": _file,
    "folder of others": _full_folder,
    "folder of results of others": _results,
    "folder of links": _links_inside,
    "link to a file": _link_to(_file),
    "link to a pipe": _link_to(_pipe),
    "link to a socket": _link_to(_socket),
    "link to a disk": _link_to(_disk),
    "link to a folder of others": _link_to(_full_folder),
    "link to nothing": lambda path: path.symlink_to("real"),
    "links in a circle": _circle,
    "below a file": _below_a_file,
    "folder missing": _without_folder,
}
"""Things that may be in the way."""


def things(folder: Path) -> dict[str, tuple[int, str]]:
    """Return everything below a folder: its kind, and its content or where it leads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        content = ""
        if stat.S_ISLNK(mode):
            content = str(path.readlink())
        elif stat.S_ISREG(mode):
            content = path.read_bytes()[:64].decode(errors="replace")
        found[str(path.relative_to(folder))] = stat.S_IFMT(mode), content
    return found


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of somebody who works there, with a place for output."""
    folder = tmp_path / "mine"
    (folder / "place").mkdir(parents=True)
    (folder / "place" / "notes.txt").write_text("mine")
    (folder / "thesis.graphml").write_text("mine")
    return folder


@pytest.fixture
def command(
    run: Any, kept: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Run a command with a place for output."""
    monkeypatch.setenv("HUMM_PAT", server.token)
    monkeypatch.setenv("ORG_ID", server.organization_id)
    monkeypatch.setenv("HUMM_BASE_URL", server.base_url)

    def call(words: list[str], place: Path, *more: str) -> Any:
        return run(*(word.replace("{kept}", str(kept)) for word in words), place, *more)

    return call


@pytest.fixture
def readers() -> Iterator[Callable[[Path], None]]:
    """Something that empties pipes, so that their writers end."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def read(path: Path) -> None:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

        def empty() -> None:
            while not ended.wait(0.001):
                with suppress(BlockingIOError):
                    os.read(handle, 1 << 20)
            os.close(handle)

        threads.append(threading.Thread(target=empty))
        threads[-1].start()

    yield read
    ended.set()
    for thread in threads:
        thread.join()


def named(place: Path) -> set[str]:
    """Return the names of the file that a person named: the place, and where it leads."""
    return {"place/out", "place/real"} if place.is_symlink() else {"place/out"}


@pytest.mark.parametrize("what", PLACES)
@pytest.mark.parametrize("writer", FILES)
def test_files(command: Any, readers: Any, mine: Path, writer: str, what: str) -> None:
    """One file is written, in place where it is a device; nothing else changes."""
    place = mine / "place" / "out"
    if what in {"below a file", "folder missing"}:
        (mine / "place" / "notes.txt").unlink()
    PLACES[what](place)
    if "pipe" in what:
        readers(place)
    before = things(mine)
    kind = place.stat().st_mode if place.exists() else None
    answer = command(FILES[writer], place)
    after = things(mine)
    assert answer.code in {0, 8}, answer.err
    assert "Traceback" not in answer.err
    written = named(place) if answer.code == 0 else set()
    assert {name: thing for name, thing in after.items() if name not in written} == {
        name: thing for name, thing in before.items() if name not in written
    }
    if kind is not None:
        assert stat.S_IFMT(place.stat().st_mode) == stat.S_IFMT(kind)
    assert place.is_symlink() == ("link" in what.split(" ", maxsplit=1)[0])
    allowed = what in {"pipe", "link to a pipe", "file", "link to a file", "link to nothing"}
    assert (answer.code == 0) == allowed


@pytest.mark.filterwarnings("default::hummgraph.snapshot.folders.OthersKeptWarning")
@pytest.mark.parametrize("overwrite", [False, True], ids=["plain", "overwrite"])
@pytest.mark.parametrize("what", PLACES)
@pytest.mark.parametrize("writer", FOLDERS)
def test_folders(command: Any, mine: Path, writer: str, what: str, *, overwrite: bool) -> None:
    """A folder is written where there is none; with --overwrite too, all of others is kept."""
    place = mine / "place" / "out"
    if what in {"below a file", "folder missing"}:
        (mine / "place" / "notes.txt").unlink()
    PLACES[what](place)
    before = things(mine)
    answer = command(FOLDERS[writer], place, *(["--overwrite"] if overwrite else []))
    after = things(mine)
    assert answer.code in {0, 2, 8}, answer.err
    assert "Traceback" not in answer.err
    if answer.code:
        assert after == before
        assert answer.err
        return
    # A link to a folder of others stays; whatever else was there is there, or beside it.
    beside = sorted(thing for name, thing in after.items() if name not in before)
    for name, thing in before.items():
        assert after.get(name) == thing or thing in beside or thing[0] == stat.S_IFDIR, name
    assert not [name for name in after if ".hummgraph-" in name]


def test_a_full_device_is_an_error(command: Any) -> None:
    """A device that takes nothing more is an error of ours for every command, and stays."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    for writer, words in FILES.items():
        answer = command(words, full)
        assert (answer.code, "No space left on device" in answer.err) == (8, True), writer
    assert stat.S_ISCHR(full.lstat().st_mode)


def test_decisions_are_their_owners_alone(tmp_path: Path) -> None:
    """A new file of decisions can be read by its owner only; one that is shared stays so."""
    path = tmp_path / "decisions.json"
    write_decisions([], path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    write_decisions([], path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_snapshot_keeps_no_other_rights(tmp_path: Path) -> None:
    """A snapshot can be read by its owner only, also where it replaces an open folder."""
    path = tmp_path / "acme"
    load_demo().snapshot().write(path)
    path.chmod(0o755)
    load_demo().snapshot().write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()} == {0o600}
