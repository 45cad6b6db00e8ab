"""Tests of folders: written whole, and only what is ours is replaced."""

from __future__ import annotations

import os
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hummgraph.errors import OutputError
from hummgraph.snapshot import folders
from hummgraph.snapshot.atomic import check_not_current
from hummgraph.snapshot.folders import (
    FolderKind,
    OthersKeptWarning,
    check_replaceable,
    others_in,
    read_mark,
    write_files_atomically,
    write_folder_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _listed(folder: Path) -> list[str]:
    """The mark lists the files, one a line."""
    return read_mark(folder / "mark").decode().split()


KIND = FolderKind("a test", _listed)
MARKED = {"mark": "mark old new", "old": "old"}

on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def put(folder: Path, **content: str) -> Path:
    """Make a folder of files."""
    folder.mkdir(exist_ok=True)
    for name, text in content.items():
        (folder / name).write_text(text)
    return folder


def left_behind(folder: Path) -> set[str]:
    """Return the names in a folder."""
    return {path.name for path in folder.iterdir()}


def renew(path: Path, *, overwrite: bool = False) -> None:
    """Write a new version, which has the mark and one file."""
    with write_folder_atomically(path, KIND, overwrite=overwrite) as folder:
        put(folder, mark="mark new", new="new")


def test_folder_appears_whole_and_private(tmp_path: Path) -> None:
    """A folder appears when the block ends, and only its owner may read it."""
    path = tmp_path / "snap"
    with write_folder_atomically(path, KIND) as folder:
        (folder / "a").write_text("1")
        assert not path.exists()

    assert (path / "a").read_text() == "1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert left_behind(tmp_path) == {"snap"}


def test_folder_replaces_the_old_one(tmp_path: Path) -> None:
    """The new folder replaces the old one completely."""
    path = tmp_path / "snap"
    put(path, **MARKED)
    with write_folder_atomically(path, KIND) as folder:
        (folder / "new").write_text("new")

    assert left_behind(path) == {"new"}
    assert left_behind(tmp_path) == {"snap"}


def test_old_folder_stands_when_the_block_fails(tmp_path: Path) -> None:
    """An exception in the block leaves the old folder and nothing else."""
    path = tmp_path / "snap"
    path.mkdir()
    with pytest.raises(KeyboardInterrupt), write_folder_atomically(path, KIND) as folder:
        (folder / "new").write_text("new")
        raise KeyboardInterrupt

    assert left_behind(path) == set()
    assert left_behind(tmp_path) == {"snap"}


def test_failure_inside_a_folder_is_typed(tmp_path: Path) -> None:
    """An error of the system inside the block becomes an OutputError."""
    with pytest.raises(OutputError, match="snap"), write_folder_atomically(tmp_path / "snap", KIND):
        raise OSError(5, "Input/output error")


def test_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last rename fails, the old folder is moved back."""
    path = tmp_path / "snap"
    put(path, **MARKED)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.suffix == ".tmp":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError), write_folder_atomically(path, KIND) as folder:
        (folder / "new").write_text("new")

    assert left_behind(path) == {"mark", "old"}
    assert left_behind(tmp_path) == {"snap"}


def test_new_folder_that_cannot_take_its_place_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last rename fails and there was no old folder, nothing is left."""

    def failing(self: Path, target: Path) -> Path:
        raise OSError(5, f"{self} {target}")

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError), write_folder_atomically(tmp_path / "snap", KIND):
        pass

    assert left_behind(tmp_path) == set()


@pytest.mark.parametrize("exchanges", [True, False])
def test_folder_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exchanges: bool
) -> None:
    """A folder is replaced on systems with and without an exchange of folders."""
    if not exchanges:
        monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    path = tmp_path / "snap"
    for name in ("old", "new"):
        with write_folder_atomically(path, KIND) as folder:
            put(folder, mark=f"mark {name}", **{name: name})
    assert left_behind(path) == {"mark", "new"}
    assert left_behind(tmp_path) == {"snap"}


@on_posix
def test_folders_are_not_put_in_the_place_of_a_pipe(tmp_path: Path) -> None:
    """A folder cannot replace a pipe, also if the pipe has the name of one of the files."""
    fifo = tmp_path / "nodes.csv"
    os.mkfifo(fifo)
    with pytest.raises(OutputError, match="cannot be a folder"):
        write_files_atomically(fifo, [("nodes.csv", [b"x"])], KIND, overwrite=True)
    with pytest.raises(OutputError, match="cannot be a folder"), write_folder_atomically("-", KIND):
        pass
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert left_behind(tmp_path) == {"nodes.csv"}


# --- what is ours --------------------------------------------------------------------------------


def _in_the_place_of(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return a function that moves a file of ours out of a folder and makes something else."""

    def spoil(folder: Path) -> None:
        (folder / name).rename(folder.parent / "elsewhere")
        make(folder / name)

    return spoil


def _link(path: Path) -> None:
    path.symlink_to("../elsewhere")


def _lengthen(folder: Path) -> None:
    with (folder / "mark").open("ab") as file:
        file.truncate(65 * 1024 * 1024)


SPOILS: dict[str, Callable[[Path], object]] = {
    "file": lambda folder: put(folder, other="mine"),
    "hidden file": lambda folder: (folder / ".DS_Store").write_text("mine"),
    "folder": lambda folder: put(folder / "other", inside="mine"),
    "folder of a name of ours": _in_the_place_of("old", lambda path: put(path, inside="mine")),
    "link": lambda folder: (folder / "other").symlink_to("old"),
    "link of a name of ours": _in_the_place_of("old", _link),
    "link to nothing": lambda folder: (folder / "other").symlink_to("nowhere"),
    "pipe": lambda folder: os.mkfifo(folder / "other"),
    "pipe of a name of ours": _in_the_place_of("old", os.mkfifo),
    "no mark": lambda folder: (folder / "mark").unlink(),
    "mark is a link": _in_the_place_of("mark", _link),
    "mark is a pipe": _in_the_place_of("mark", os.mkfifo),
    "mark is a folder": _in_the_place_of("mark", lambda path: put(path, inside="mine")),
    "mark is too long": _lengthen,
    "mark is empty": lambda folder: (folder / "mark").write_text(""),
}
"""Ways in which something is in a folder that hummgraph did not write."""


def everything(folder: Path) -> dict[str, str]:
    """Return what is below a folder, with the content of files, links not followed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        found[str(path.relative_to(folder))] = (
            str(path.readlink())
            if stat.S_ISLNK(mode)
            else path.read_bytes()[:100].decode()
            if stat.S_ISREG(mode)
            else str(stat.S_IFMT(mode))
        )
    return found


@on_posix
@pytest.mark.parametrize("how", SPOILS)
def test_a_folder_with_anything_of_others_is_refused(tmp_path: Path, how: str) -> None:
    """One entry that hummgraph did not write, of whatever kind, and nothing is changed."""
    path = put(tmp_path / "snap", **MARKED)
    SPOILS[how](path)
    before = everything(tmp_path)
    with pytest.raises(OutputError, match=r"is not replaced: it holds '.*overwrite=True"):
        renew(path)
    assert everything(tmp_path) == before


@on_posix
@pytest.mark.parametrize("exchanges", [True, False])
@pytest.mark.parametrize("how", SPOILS)
def test_overwriting_deletes_nothing_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, *, exchanges: bool
) -> None:
    """The new folder is there whole, and what is not ours is in it, or beside it if in the way."""
    if not exchanges:
        monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    path = put(tmp_path / "snap", **MARKED)
    SPOILS[how](path)
    before = everything(path)
    ours = {name for name in before if name in KIND.written(path)} - set(others_in(path, KIND))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        renew(path, overwrite=True)
    after = everything(path)
    assert after["new"] == "new"
    assert after["mark"] == "mark new"
    kept = everything(tmp_path / "snap.old-1") if (tmp_path / "snap.old-1").exists() else {}
    for name, content in before.items():
        if name not in ours:
            assert after.get(name) == content or kept[name] == content
    assert {entry for entry in left_behind(tmp_path) if entry.startswith(".")} == set()
    assert [one.category for one in caught] == [OthersKeptWarning] * bool(kept)
    if kept:
        assert "snap.old-1" in str(caught[0].message)


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    """A file is refused, and kept beside the folder if it is to be overwritten."""
    path = tmp_path / "snap"
    path.write_text("mine")
    with pytest.raises(OutputError, match="is a file, not a test"):
        renew(path)
    assert path.read_text() == "mine"
    (tmp_path / "snap.old-1").touch()
    with pytest.warns(OthersKeptWarning, match=r"is kept in '.*snap\.old-2'"):
        renew(path, overwrite=True)
    assert (tmp_path / "snap.old-2").read_text() == "mine"
    assert left_behind(path) == {"mark", "new"}


def test_without_a_current_folder_others_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the current folder was removed, none is protected."""

    def removed() -> Path:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "cwd", removed)
    check_not_current(tmp_path)


@pytest.mark.parametrize("path", [".", "", "..", "../here", "{whole}"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_the_current_folder_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, *, overwrite: bool
) -> None:
    """Whoever works in it would be left in a folder that is gone, even if it is empty."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    with pytest.raises(OutputError, match="is the current folder or contains it"):
        renew(Path(path.format(whole=here)), overwrite=overwrite)
    assert here.samefile(".")
    assert not list(here.iterdir())


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """An empty folder holds nothing of anybody."""
    (tmp_path / "snap").mkdir()
    renew(tmp_path / "snap")
    assert left_behind(tmp_path / "snap") == {"mark", "new"}
    assert left_behind(tmp_path) == {"snap"}


def test_what_comes_meanwhile_stays(tmp_path: Path) -> None:
    """A file that somebody puts into the old folder during the write is in the new one."""
    path = put(tmp_path / "snap", **MARKED)
    with write_folder_atomically(path, KIND) as folder:
        put(folder, mark="mark new", new="new")
        put(path, mine="mine")
    assert everything(path) == {"mark": "mark new", "new": "new", "mine": "mine"}
    assert left_behind(tmp_path) == {"snap"}


def test_what_comes_at_the_last_moment_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check and the exchange a file of a name in the way appears: it is kept beside."""
    path = put(tmp_path / "snap", mark="mark old", old="old")
    exchange = folders._exchange

    def late(fresh: Path, target: Path) -> bool:
        put(target, new="mine", other="mine")
        return exchange(fresh, target)

    monkeypatch.setattr(folders, "_exchange", late)
    with pytest.warns(OthersKeptWarning, match=r"snap\.old-1"):
        renew(path)
    assert everything(path) == {"mark": "mark new", "new": "new", "other": "mine"}
    assert everything(tmp_path / "snap.old-1") == {"new": "mine"}
    assert left_behind(tmp_path) == {"snap", "snap.old-1"}


def test_the_old_folder_comes_back_if_others_are_in_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new folder cannot take its place, the old one is as it was."""
    path = put(tmp_path / "snap", **MARKED, mine="mine")
    before = everything(path)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.suffix == ".tmp":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="Input/output error"):
        renew(path, overwrite=True)
    assert everything(path) == before
    assert left_behind(tmp_path) == {"snap"}


@on_posix
def test_a_link_to_a_folder_is_written_through(tmp_path: Path) -> None:
    """The link stays, and the folder that it leads to is replaced, or made if there is none."""
    put(tmp_path / "real", **MARKED)
    for name, real in (("link", "real"), ("dangling", "made")):
        (tmp_path / name).symlink_to(real)
        renew(tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert left_behind(tmp_path / real) == {"mark", "new"}
    assert left_behind(tmp_path) == {"link", "dangling", "real", "made"}


@on_posix
def test_a_folder_that_cannot_be_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the system at the check is ours, and says why."""

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    put(tmp_path / "snap", **MARKED)
    monkeypatch.setattr(folders, "others_in", refused)
    with pytest.raises(OutputError, match="Permission denied"):
        check_replaceable(tmp_path / "snap", KIND)


@on_posix
def test_modes_of_folders_and_files_are_kept(tmp_path: Path) -> None:
    """A folder that is not private keeps its mode, as its files do; the umask is for new ones."""
    path = put(tmp_path / "snap", **MARKED)
    path.chmod(0o700)
    (path / "old").chmod(0o600)
    before = os.umask(0o022)
    try:
        files = [("mark", [b"mark old new"]), ("old", [b"x"]), ("new", [b"y"])]
        write_files_atomically(path, files, KIND)
        write_files_atomically(tmp_path / "second", files, KIND)
    finally:
        os.umask(before)

    def mode(name: str) -> int:
        return stat.S_IMODE((tmp_path / name).stat().st_mode)

    assert (mode("snap"), mode("snap/old"), mode("snap/new")) == (0o700, 0o600, 0o644)
    assert (mode("second"), mode("second/old")) == (0o755, 0o644)


@on_posix
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_owners_of_folders_are_kept(tmp_path: Path) -> None:
    """A folder of another user, and the files in it, stay that user's."""
    for private in (True, False):
        path = put(tmp_path / f"snap{private}", **MARKED)
        os.chown(path, 1234, 2345)
        with write_folder_atomically(path, KIND, private=private) as folder:
            put(folder, mark="mark new", new="new")
        for entry in (path, path / "new"):
            about = entry.stat()
            assert (about.st_uid, about.st_gid) == (1234, 2345)


@on_posix
def test_what_cannot_be_removed_is_left_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new folder is in its place even if the old one cannot be removed."""
    path = put(tmp_path / "snap", **MARKED)

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        renew(path)
    assert left_behind(path) == {"mark", "new"}
    assert len(left_behind(tmp_path)) == 2
    assert others_in(path, KIND) == []


def test_a_mark_that_cannot_be_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a broken disk a folder is not ours, and nothing in it is removed."""
    path = put(tmp_path / "snap", **MARKED)

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "read", broken)
        with pytest.raises(OutputError, match="is not replaced"):
            renew(path)
    assert left_behind(path) == {"mark", "old"}


def test_a_folder_without_locks_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a folder cannot be locked, it is written, too."""
    path = put(tmp_path / "snap", **MARKED)

    def unlocked(path: Path, mode: int) -> None:
        path.mkdir(mode=mode)

    monkeypatch.setattr(folders, "create_folder", unlocked)
    write_files_atomically(path, [("mark", [b"mark new"]), ("new", [b"new"])], KIND)
    assert left_behind(path) == {"mark", "new"}
