"""Files and folders are written whole or not at all; devices and pipes are written into."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from hummgraph.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "aside",
    "check_folder",
    "is_standard_output",
    "stale",
    "sync_file",
    "sync_folder",
    "write_atomically",
    "write_files_atomically",
    "write_folder_atomically",
    "written_into",
]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

STANDARD_OUTPUT: Final = "-"
"""What stands for standard output in place of a path."""


def _refusal(path: Path, error: OSError) -> OutputError:
    why = error.strerror or type(error).__name__
    hint = "Choose a folder that exists and that you may write to."
    if error.errno in _FULL:
        hint = "Make room there, or write somewhere else."
    elif written_into(path):
        hint = "Choose a device or a pipe that can be written into, or name a file."
    return OutputError(f"Cannot write {str(path)!r}: {why}.", hint=hint)


def _no_bytes() -> OutputError:
    return OutputError("Standard output takes no bytes here.", hint="Name a file instead of '-'.")


def sync_file(path: Path) -> None:
    """Ask the disk to keep what the file holds."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Ask the disk to keep the folder's entries, where the system lets folders be opened."""
    if os.name == "nt":  # pragma: no cover - Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def written_into(path: str | os.PathLike[str]) -> bool:
    """Return whether there is no file to put in the place of another: a device, a pipe, ``-``.

    So are the descriptors of this process, as ``/dev/stdout`` and what a shell makes of ``>(...)``:
    they stay open on what they are of, also where that is a file.

    Examples
    --------
    >>> written_into("-"), written_into("links.graphml")
    (True, False)
    """
    target = Path(path)
    if str(target) == STANDARD_OUTPUT or _descriptor(target) is not None:
        return True
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_standard_output(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is standard output: ``-``, ``/dev/stdout``.

    Examples
    --------
    >>> is_standard_output("-"), is_standard_output("links.graphml")
    (True, False)
    """
    return str(path) == STANDARD_OUTPUT or _descriptor(Path(path)) == 1


def check_folder(path: str | os.PathLike[str]) -> None:
    """Refuse a device or a pipe where a folder is to be made.

    Raises
    ------
    OutputError
        If ``path`` is one; nothing was made.
    """
    if written_into(path):
        raise OutputError(
            f"{str(path)!r} is standard output, a device or a pipe, and cannot be a folder.",
            hint="Name a folder.",
        )


def _descriptor(path: Path) -> int | None:
    """Return the descriptor of this process that a path stands for."""
    for _ in range(40):  # links of links, as many as Linux follows
        if path.name.isdecimal() and os.path.realpath(path.parent) in {
            "/dev/fd",
            f"/proc/{os.getpid()}/fd",
        }:
            return int(path.name)
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return None


@contextmanager
def _opened(target: Path) -> Iterator[IO[bytes]]:
    """Open a device, a pipe or a descriptor as it is; nothing is made, cut off or renamed.

    A pipe that nobody reads any more is a ``BrokenPipeError``, on which a command ends quietly.
    """
    stream: IO[bytes] | None = getattr(sys.stdout, "buffer", None)
    try:
        if stream is not None:
            sys.stdout.flush()  # what was printed comes before what is written
        if str(target) == STANDARD_OUTPUT:
            if stream is None:
                raise _no_bytes()
            yield stream
            stream.flush()
            return
        descriptor = _descriptor(target)
        with (
            os.fdopen(os.dup(descriptor), "wb")
            if descriptor is not None
            else target.open("wb") as file
        ):
            yield file
    except OSError as error:
        if isinstance(error, OutputError | BrokenPipeError):
            raise
        raise _refusal(target, error) from error


@contextmanager
def write_atomically(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a file beside ``path`` that takes its place when the block ends without an error.

    A private one can be read by its owner only; others have the mode that ``open`` would give. What
    is :func:`written_into` is opened itself.

    Yields
    ------
    IO[bytes]
        Open for writing. Whatever stood at ``path`` stands there until the block has ended.

    Raises
    ------
    OutputError
        If the file cannot be made, filled or put in place; nothing new is left behind.
    BrokenPipeError
        If ``path`` is a pipe and nobody reads it any more.
    """
    target = Path(path)
    if written_into(target):
        with _opened(target) as file:
            yield file
        return
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        raise _refusal(target, error) from error
    try:
        mask = os.umask(0)
        os.umask(mask)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not private:  # as mkstemp makes them
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
        sync_folder(target.parent)
    except BaseException as error:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _refusal(target, error) from error
        raise


_AT_CWD: Final = -100
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of renameat2(2)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; say whether the system could."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:  # pragma: no cover - as of the system
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(rename(_AT_CWD, paths[0], _AT_CWD, paths[1], _EXCHANGE) == 0)


_LEFT: Final = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]{8}\.(?P<kind>tmp|old)")


def stale(folder: Path, *, older_than: float) -> list[Path]:
    """Find what killed writers left in a folder.

    Parameters
    ----------
    folder
        Where they wrote.
    older_than
        Seconds; what is younger may belong to a writer at work.

    Returns
    -------
    list of Path
        Hidden temporary files and folders, sorted. A folder that was moved aside is among them
        only where another stands in its place.
    """
    now = time.time()
    found = []
    for entry in sorted(folder.iterdir()):
        named = _LEFT.fullmatch(entry.name)
        if named is None or now - entry.lstat().st_mtime < older_than:
            continue
        if named["kind"] == "tmp" or (folder / named["name"]).exists():
            found.append(entry)
    return found


def aside(folder: Path) -> list[tuple[Path, Path]]:
    """Find folders that were moved aside and whose place is empty: each, and where it belongs.

    Of several for one place the latest.
    """
    found: dict[Path, Path] = {}
    for entry in sorted(folder.iterdir(), key=lambda one: (one.lstat().st_mtime, one.name)):
        named = _LEFT.fullmatch(entry.name)
        if named is not None and named["kind"] == "old":
            place = folder / named["name"]
            if not place.exists():
                found[place] = entry
    return [(entry, place) for place, entry in sorted(found.items())]


@contextmanager
def write_folder_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Return an empty folder beside ``path`` that takes its place when the block ends well.

    A folder that stands at ``path`` changes places with it in one step where the system can do that
    (Linux). Elsewhere it is moved aside just before and removed just after: between the two there
    is a moment without a folder at ``path``, and :func:`stale` finds what stood there.

    Yields
    ------
    Path
        The folder to fill, readable by its owner only. The caller syncs the files.

    Raises
    ------
    OutputError
        If the folder cannot be made, filled or put in place, or ``path`` is a device or a pipe;
        what stood there still stands.
    """
    target = Path(path)
    check_folder(target)
    try:
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
    except OSError as error:
        raise _refusal(target, error) from error
    aside = fresh.with_suffix(".old")
    try:
        yield fresh
        sync_folder(fresh)
        if target.exists() and _exchanged(fresh, target):
            aside = fresh
        else:
            if target.exists():
                target.rename(aside)
            try:
                fresh.rename(target)
            except BaseException:
                if aside.exists():
                    aside.rename(target)
                raise
        sync_folder(target.parent)
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _refusal(target, error) from error
        raise
    shutil.rmtree(aside, ignore_errors=True)


def write_files_atomically(
    path: str | os.PathLike[str], files: Iterable[tuple[str, Iterable[bytes]]], names: Iterable[str]
) -> None:
    """Write a folder of files that takes the place of ``path`` when all of them are whole.

    Parameters
    ----------
    path
        The folder.
    files
        Name and content of each, taken in this order.
    names
        All names that such a folder may have; one with anything else in it is left alone.

    Raises
    ------
    OutputError
        If something else stands there, or a file cannot be written; what stood there still stands.
    """
    target = Path(path)
    if target.exists():
        inside = {entry.name for entry in target.iterdir()} if target.is_dir() else {target.name}
        if not inside <= set(names):
            raise OutputError(
                f"{str(target)!r} exists and holds something else.",
                hint="Choose another name; a folder of an earlier export is replaced.",
            )
    mask = os.umask(0)
    os.umask(mask)
    with write_folder_atomically(target) as folder:
        for name, chunks in files:
            with (folder / name).open("wb") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            (folder / name).chmod(0o666 & ~mask)
        folder.chmod(0o777 & ~mask)
