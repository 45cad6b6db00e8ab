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
from hummgraph.snapshot.atomic import write_atomically, written_into


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


def test_unwritable_place_is_refused(tmp_path: Path) -> None:
    """A missing folder is named in the error, with a hint."""
    with (
        pytest.raises(OutputError, match=r"No such file.*Choose a folder"),
        write_atomically(tmp_path / "missing" / "out"),
    ):
        pass


def test_syncing_a_folder_closes_it(tmp_path: Path) -> None:
    """Syncing a folder leaves no handle open."""
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    files.sync_folder(tmp_path)
    after = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0

    assert before == after


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


# --- links, modes, names -------------------------------------------------------------------------


@on_posix
def test_a_link_is_written_through(tmp_path: Path) -> None:
    """A link stays a link, and the file that it leads to is replaced, also through several."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "out.txt").write_text("old")
    (tmp_path / "one").symlink_to("real/out.txt")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with write_atomically(tmp_path / "two") as file:
        file.write(b"new")
    assert (tmp_path / "one").is_symlink()
    assert (tmp_path / "two").is_symlink()
    assert (tmp_path / "real" / "out.txt").read_text() == "new"
    assert left_behind(tmp_path / "real") == {"out.txt"}
    assert left_behind(tmp_path) == {"one", "two", "real"}


@on_posix
def test_a_link_to_nothing_makes_the_file_that_it_leads_to(tmp_path: Path) -> None:
    """A dangling link is followed too."""
    (tmp_path / "link").symlink_to("there.txt")
    with write_atomically(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "there.txt").read_text() == "new"
    assert (tmp_path / "link").is_symlink()


@on_posix
@pytest.mark.parametrize(
    "name", ["circle", "x" * 300, "nul\0", "\ud800half"], ids=["circle", "long", "nul", "half"]
)
def test_paths_that_cannot_be_followed_are_refused(tmp_path: Path, name: str) -> None:
    """Links in a circle and impossible names are errors of ours."""
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OutputError, match="Cannot write"), write_atomically(tmp_path / name):
        pass
    assert left_behind(tmp_path) == {"circle"}
    assert not written_into(tmp_path / name)


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    """A folder in the place of a file is refused, with all in it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(OutputError, match="it is a folder"), write_atomically(tmp_path / "out"):
        pass
    assert left_behind(tmp_path / "out") == {"mine"}
    assert left_behind(tmp_path) == {"out"}


@on_posix
@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755])
def test_modes_are_kept(tmp_path: Path, mode: int, *, private: bool) -> None:
    """A file that is replaced keeps its mode, whatever the umask is."""
    path = tmp_path / "out"
    path.touch()
    path.chmod(mode)
    with write_atomically(path, private=private) as file:
        file.write(b"new")
        (fresh,) = (entry for entry in tmp_path.iterdir() if entry != path)
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o600
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@on_posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_new_files_follow_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    """The mode of a new file is what the umask leaves; a private one is its owner's alone."""
    before = os.umask(umask)
    try:
        for name, private in (("open", False), ("private", True)):
            with write_atomically(tmp_path / name, private=private):
                pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600


@on_posix
def test_another_name_of_a_file_keeps_the_old_content(tmp_path: Path) -> None:
    """A file is replaced, not changed, so that a hard link is of the old one."""
    (tmp_path / "out").write_text("old")
    (tmp_path / "other").hardlink_to(tmp_path / "out")
    with write_atomically(tmp_path / "out") as file:
        file.write(b"new")
    assert ((tmp_path / "out").read_text(), (tmp_path / "other").read_text()) == ("new", "old")


as_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can give files away"
)


@as_root
def test_owner_and_group_are_kept(tmp_path: Path) -> None:
    """A file of another user stays that user's, who could not read it otherwise."""
    path = tmp_path / "out"
    path.touch(mode=0o600)
    os.chown(path, 1234, 2345)
    with write_atomically(path):
        pass
    about = path.stat()
    assert (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (1234, 2345, 0o600)


@on_posix
def test_a_group_that_cannot_be_kept_gives_no_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If owner or group cannot be kept, the rights of the group are not given to another."""
    path = tmp_path / "out"
    path.touch()
    path.chmod(0o664)
    about = path.stat()
    other = os.stat_result((*about[:4], about.st_uid + 1, about.st_gid + 1, *about[6:]))
    monkeypatch.setattr(files, "status_of", lambda _: other)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    with write_atomically(path):
        pass
    monkeypatch.undo()
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@on_posix
@pytest.mark.skipif(
    not Path("/proc/sys/fs/protected_symlinks").exists()
    or Path("/proc/sys/fs/protected_symlinks").read_text() != "1\n",
    reason="the system follows links of others in shared folders",
)
@as_root
def test_a_link_that_another_left_in_a_shared_folder_is_not_followed(tmp_path: Path) -> None:
    """The system's protection of shared folders, such as /tmp, holds for writing through links."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (tmp_path / "mine").write_text("mine")
    link = shared / "out.html"
    link.symlink_to(tmp_path / "mine")
    os.chown(link, 1234, 1234, follow_symlinks=False)
    with pytest.raises(OutputError, match="Permission denied"), write_atomically(link):
        pass
    assert (tmp_path / "mine").read_text() == "mine"


def test_long_names_are_written(tmp_path: Path) -> None:
    """The temporary name of a file with the longest possible name is not longer than that."""
    for name in ("x" * 255, "é" * 127):
        with write_atomically(tmp_path / name) as file:
            file.write(b"new")
        assert (tmp_path / name).read_bytes() == b"new"


@on_posix
def test_a_disk_is_refused(tmp_path: Path) -> None:
    """A block device is never written to, since that would destroy the files on it."""
    path = tmp_path / "disk"
    try:
        os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(7, 250))
    except PermissionError:
        pytest.skip("needs root")
    with pytest.raises(OutputError, match="is a disk"), write_atomically(path):
        pass
    assert stat.S_ISBLK(path.lstat().st_mode)


# --- the end of a process ------------------------------------------------------------------------

ENDS = """
import os, sys
from pathlib import Path
from hummgraph.snapshot.atomic import claim, create_file, temporary_path
path = claim(temporary_path(Path(sys.argv[1]) / "out"))
create_file(path, 0o600).write(b"half")
if sys.argv[2] == "fork" and os.fork() == 0:
    sys.exit()
if sys.argv[2] == "fork":
    os.wait()
    assert path.exists(), "the child removed it"
"""


@on_posix
@pytest.mark.parametrize("how", ["end", "fork"])
def test_temporary_files_go_with_their_process(tmp_path: Path, how: str) -> None:
    """Unfinished files are removed as the process ends, but not by one forked from it."""
    subprocess.run([sys.executable, "-W", "error", "-c", ENDS, tmp_path, how], check=True)
    assert left_behind(tmp_path) == set()


@on_posix
@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_forked_process_does_not_remove_what_its_parent_writes(tmp_path: Path) -> None:
    """A process that is forked while a file is written ends without harm to the file."""
    with write_atomically(tmp_path / "out") as file:
        file.write(b"whole")
        file.flush()
        process = os.fork()
        if process == 0:  # pragma: no cover - another process
            for path in tuple(files._claimed):
                files.discard(path)
            os._exit(0)
        os.waitpid(process, 0)
    assert (tmp_path / "out").read_bytes() == b"whole"


def test_what_another_process_claimed_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a process removes what it claimed itself; what is gone already is no error."""
    monkeypatch.setattr(files, "_claimed", {})  # the others are in use
    path = files.claim(tmp_path / "out")
    path.touch()
    process = os.getpid()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: process + 1)
        files._remove_claimed()
    assert path.exists()
    files.claim(path)
    files.claim(tmp_path / "nowhere")
    files._remove_claimed()
    assert not path.exists()
