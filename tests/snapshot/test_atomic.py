"""Tests of atomic writing, and of writing in place."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hummgraph.errors import OutputError
from hummgraph.snapshot import atomic as files
from hummgraph.snapshot.atomic import (
    aside,
    stale,
    write_atomically,
    write_files_atomically,
    write_folder_atomically,
    written_into,
)


def left_behind(folder: Path) -> set[str]:
    """Return the names in a folder."""
    return {path.name for path in folder.iterdir()}


def test_file_appears_whole_with_the_usual_mode(tmp_path: Path) -> None:
    """A file appears completely when the block ends, with the usual mode."""
    path = tmp_path / "out.txt"
    with write_atomically(path) as file:
        file.write(b"whole")
        assert not path.exists()
    mask = os.umask(0)
    os.umask(mask)

    assert path.read_bytes() == b"whole"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert left_behind(tmp_path) == {"out.txt"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_old_file_stands_when_the_block_fails(tmp_path: Path, error: type[BaseException]) -> None:
    """An exception in the block leaves the old file unchanged and nothing new."""
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(error), write_atomically(path) as file:
        file.write(b"new")
        raise error

    assert path.read_text() == "old"
    assert left_behind(tmp_path) == {"out.txt"}


def test_failure_of_the_disk_is_typed(tmp_path: Path) -> None:
    """An error of the system becomes an OutputError that names the path."""
    path = tmp_path / "out.txt"
    with pytest.raises(OutputError, match="No space left"), write_atomically(path):
        raise OSError(28, "No space left on device")

    assert left_behind(tmp_path) == set()


def test_our_own_error_passes_unchanged(tmp_path: Path) -> None:
    """An OutputError from the block is not wrapped again."""
    mine = OutputError("mine")
    with pytest.raises(OutputError) as caught, write_atomically(tmp_path / "out.txt"):
        raise mine

    assert caught.value is mine


@pytest.mark.parametrize("write", [write_atomically, write_folder_atomically])
def test_unwritable_place_is_refused(tmp_path: Path, write: object) -> None:
    """A missing folder is named in the error, with a hint."""
    assert callable(write)
    with (
        pytest.raises(OutputError, match=r"No such file.*Choose a folder"),
        write(tmp_path / "missing" / "out"),
    ):
        pass


def test_folder_appears_whole_and_private(tmp_path: Path) -> None:
    """A folder appears when the block ends, and only its owner may read it."""
    path = tmp_path / "snap"
    with write_folder_atomically(path) as folder:
        (folder / "a").write_text("1")
        assert not path.exists()

    assert (path / "a").read_text() == "1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert left_behind(tmp_path) == {"snap"}


def test_folder_replaces_the_old_one(tmp_path: Path) -> None:
    """The new folder replaces the old one completely."""
    path = tmp_path / "snap"
    path.mkdir()
    (path / "old").write_text("old")
    with write_folder_atomically(path) as folder:
        (folder / "new").write_text("new")

    assert left_behind(path) == {"new"}
    assert left_behind(tmp_path) == {"snap"}


def test_old_folder_stands_when_the_block_fails(tmp_path: Path) -> None:
    """An exception in the block leaves the old folder and nothing else."""
    path = tmp_path / "snap"
    path.mkdir()
    with pytest.raises(KeyboardInterrupt), write_folder_atomically(path) as folder:
        (folder / "new").write_text("new")
        raise KeyboardInterrupt

    assert left_behind(path) == set()
    assert left_behind(tmp_path) == {"snap"}


def test_failure_inside_a_folder_is_typed(tmp_path: Path) -> None:
    """An error of the system inside the block becomes an OutputError."""
    with pytest.raises(OutputError, match="snap"), write_folder_atomically(tmp_path / "snap"):
        raise OSError(5, "Input/output error")


def test_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last rename fails, the old folder is moved back."""
    path = tmp_path / "snap"
    path.mkdir()
    (path / "old").write_text("old")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.suffix == ".tmp":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError), write_folder_atomically(path) as folder:
        (folder / "new").write_text("new")

    assert left_behind(path) == {"old"}
    assert left_behind(tmp_path) == {"snap"}


def test_new_folder_that_cannot_take_its_place_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last rename fails and there was no old folder, nothing is left."""

    def failing(self: Path, target: Path) -> Path:
        raise OSError(5, f"{self} {target}")

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError), write_folder_atomically(tmp_path / "snap"):
        pass

    assert left_behind(tmp_path) == set()


def test_syncing_a_folder_closes_it(tmp_path: Path) -> None:
    """Syncing a folder leaves no handle open."""
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    files.sync_folder(tmp_path)
    after = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0

    assert before == after


@pytest.mark.parametrize("exchanges", [True, False])
def test_folder_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exchanges: bool
) -> None:
    """A folder is replaced on systems with and without an exchange of folders."""
    if not exchanges:
        monkeypatch.setattr(files, "_exchange", lambda *_: False)
    path = tmp_path / "snap"
    for name in ("old", "new"):
        with write_folder_atomically(path) as folder:
            (folder / name).write_text(name)
    assert left_behind(path) == {"new"}
    assert left_behind(tmp_path) == {"snap"}


def test_what_killed_writers_left_is_found(tmp_path: Path) -> None:
    """Old temporary files and folders are found, except the only copy of anything."""
    for name in (".snap.abcd1234.tmp", ".snap.abcd1234.old", ".gone.abcd1234.old", "snap"):
        (tmp_path / name).mkdir()
    for name in (".links.html.a_b_c_d_.tmp", ".hidden", "a.tmp", ".x.abc.tmp"):
        (tmp_path / name).write_text("")
    assert stale(tmp_path, older_than=60) == []
    for entry in tmp_path.iterdir():
        os.utime(entry, (0, 0))
    assert [entry.name for entry in stale(tmp_path, older_than=60)] == [
        ".links.html.a_b_c_d_.tmp",
        ".snap.abcd1234.old",
        ".snap.abcd1234.tmp",
    ]
    assert aside(tmp_path) == [(tmp_path / ".gone.abcd1234.old", tmp_path / "gone")]


# --- devices, pipes, descriptors -----------------------------------------------------------------

on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A named pipe."""
    path = tmp_path / "nodes.csv"
    os.mkfifo(path)
    return path


def read_through(path: Path, pieces: list[bytes]) -> bytes:
    """Write pieces into a pipe, and return what its reader received."""
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()))
    reader.start()
    with write_atomically(path) as file:
        file.writelines(pieces)
    reader.join()
    return found[0]


@on_posix
def test_a_pipe_is_written_into(fifo: Path, tmp_path: Path) -> None:
    """A pipe is written in place, also through a link, and its reader receives everything."""
    assert written_into(fifo)
    assert read_through(fifo, [b"one", b"two" * 100_000]) == b"one" + b"two" * 100_000
    (tmp_path / "link").symlink_to(fifo)
    assert read_through(tmp_path / "link", [b"again"]) == b"again"
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert (tmp_path / "link").is_symlink()
    assert left_behind(tmp_path) == {"nodes.csv", "link"}


@on_posix
def test_a_pipe_that_nobody_reads_any_more_is_the_systems_own_error(fifo: Path) -> None:
    """A pipe without a reader raises BrokenPipeError, on which a command exits quietly."""

    def peek() -> None:
        with fifo.open("rb") as file:
            file.read(1)

    reader = threading.Thread(target=peek)
    reader.start()
    with pytest.raises(BrokenPipeError), write_atomically(fifo) as file:
        file.write(b"x" * 100)
        file.flush()
        reader.join()
        for _ in range(100):
            file.write(b"x" * 100_000)


@on_posix
def test_a_device_is_written_into(tmp_path: Path) -> None:
    """A device is written in place, and a link to it stays a link."""
    link = tmp_path / "nothing"
    link.symlink_to(os.devnull)
    with write_atomically(link) as file:
        file.write(b"gone")
    assert link.is_symlink()
    assert stat.S_ISCHR(link.stat().st_mode)
    assert left_behind(tmp_path) == {"nothing"}


@on_posix
def test_what_takes_no_bytes_is_refused(tmp_path: Path) -> None:
    """A socket is refused and not changed."""
    import socket

    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        with pytest.raises(OutputError, match="Cannot write"), write_atomically(path):
            pass
    assert path.is_socket()


@on_posix
def test_folders_are_not_put_in_the_place_of_a_pipe(fifo: Path, tmp_path: Path) -> None:
    """A folder cannot replace a pipe, also if the pipe has the name of one of the files."""
    with pytest.raises(OutputError, match="cannot be a folder"):
        write_files_atomically(fifo, [("nodes.csv", [b"x"])], ["nodes.csv"])
    with pytest.raises(OutputError, match="cannot be a folder"), write_folder_atomically("-"):
        pass
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert left_behind(tmp_path) == {"nodes.csv"}


@on_posix
def test_a_descriptor_is_written_into_where_it_stands(tmp_path: Path) -> None:
    """A descriptor opened to append is written after the content of its file."""
    path = tmp_path / "log"
    path.write_bytes(b"before ")
    with path.open("ab") as file:
        for name in (f"/dev/fd/{file.fileno()}", f"/proc/self/fd/{file.fileno()}"):
            if Path(name).exists():
                with write_atomically(name) as into:
                    into.write(b"more ")
        file.write(b"after")
    assert path.read_bytes().startswith(b"before more ")
    assert path.read_bytes().endswith(b"after")
    assert left_behind(tmp_path) == {"log"}


def test_links_in_a_circle_are_no_descriptor(tmp_path: Path) -> None:
    """A circle of links is not a descriptor, and is followed no further than the system does."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert not written_into(tmp_path / "a")


def test_a_dash_is_standard_output(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A dash stands for standard output, written after text printed before."""
    print("first")  # noqa: T201 - that is the point
    with write_atomically("-") as file:
        file.write(b"then")
    assert capsysbinary.readouterr().out == b"first\nthen"
    assert not Path("-").exists()


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_standard_output_without_bytes_is_refused(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard output without a byte stream, as in some notebooks, is refused."""
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(OutputError, match="takes no bytes here"), write_atomically("-"):
        pass


SHELL = """
from hummgraph.snapshot.atomic import write_atomically
import sys
print("printed")
with write_atomically(sys.argv[1]) as file:
    file.write(b"written\\n")
"""


@on_posix
@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_of_a_process(path: str, tmp_path: Path) -> None:
    """A process writes to its standard output: a pipe, or a file opened to append."""
    command = [sys.executable, "-c", SHELL, path]
    piped = subprocess.run(command, capture_output=True, check=True)
    assert piped.stdout == b"printed\nwritten\n"
    (tmp_path / "log").write_bytes(b"before\n")
    with (tmp_path / "log").open("ab") as file:
        subprocess.run(command, stdout=file, check=True)
    assert (tmp_path / "log").read_bytes() == b"before\nprinted\nwritten\n"
    assert left_behind(tmp_path) == {"log"}
