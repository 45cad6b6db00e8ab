"""Writing of files and folders completely or not at all, and of devices and pipes in place."""

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

_DISK_FULL_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

STANDARD_OUTPUT: Final = "-"
"""Path that stands for standard output."""


def _output_error(path: Path, error: OSError) -> OutputError:
    why = error.strerror or type(error).__name__
    hint = "Choose a folder that exists and that you may write to."
    if error.errno in _DISK_FULL_ERRORS:
        hint = "Make room there, or write somewhere else."
    elif written_into(path):
        hint = "Choose a device or a pipe that can be written into, or name a file."
    return OutputError(f"Cannot write {str(path)!r}: {why}.", hint=hint)


def _no_bytes_error() -> OutputError:
    return OutputError("Standard output takes no bytes here.", hint="Pass a file name, not '-'.")


def sync_file(path: Path) -> None:
    """Flush a file to disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the entries of a folder to disk, on systems that can open folders."""
    if os.name == "nt":  # pragma: no cover - Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def written_into(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is written in place, not replaced: a device, a pipe or ``-``.

    Descriptors of this process, as ``/dev/stdout`` or the path of a shell's ``>(...)``, are written
    in place too, even if they are redirected to a file.

    Examples
    --------
    >>> written_into("-"), written_into("links.graphml")
    (True, False)
    """
    target = Path(path)
    if str(target) == STANDARD_OUTPUT or _descriptor_of(target) is not None:
        return True
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_standard_output(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is standard output: ``-`` or ``/dev/stdout``.

    Examples
    --------
    >>> is_standard_output("-"), is_standard_output("links.graphml")
    (True, False)
    """
    return str(path) == STANDARD_OUTPUT or _descriptor_of(Path(path)) == 1


def check_folder(path: str | os.PathLike[str]) -> None:
    """Raise if a path for a folder is a device or a pipe.

    Raises
    ------
    OutputError
        If ``path`` is one; nothing was written.
    """
    if written_into(path):
        raise OutputError(
            f"{str(path)!r} is standard output, a device or a pipe, and cannot be a folder.",
            hint="Pass the name of a folder.",
        )


def _descriptor_of(path: Path) -> int | None:
    """Return the descriptor of this process that a path stands for; ``None`` for other paths."""
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
def _open_in_place(target: Path) -> Iterator[IO[bytes]]:
    """Open a device, a pipe or a descriptor for writing in place.

    A pipe without a reader raises ``BrokenPipeError``, on which a command exits quietly.
    """
    stream: IO[bytes] | None = getattr(sys.stdout, "buffer", None)
    try:
        if stream is not None:
            sys.stdout.flush()  # printed text precedes written bytes
        if str(target) == STANDARD_OUTPUT:
            if stream is None:
                raise _no_bytes_error()
            yield stream
            stream.flush()
            return
        descriptor = _descriptor_of(target)
        with (
            os.fdopen(os.dup(descriptor), "wb")
            if descriptor is not None
            else target.open("wb") as file
        ):
            yield file
    except OSError as error:
        if isinstance(error, OutputError | BrokenPipeError):
            raise
        raise _output_error(target, error) from error


@contextmanager
def write_atomically(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces ``path`` when the block ends without an error.

    A private file is readable by its owner only; others have the mode that ``open`` would set. A
    path for which :func:`written_into` is true is opened in place.

    Yields
    ------
    IO[bytes]
        The file, open for writing. An existing file at ``path`` is kept until the block has ended.

    Raises
    ------
    OutputError
        If the file cannot be created, written or moved; nothing new is left behind.
    BrokenPipeError
        If ``path`` is a pipe without a reader.
    """
    target = Path(path)
    if written_into(target):
        with _open_in_place(target) as file:
            yield file
        return
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        raise _output_error(target, error) from error
    try:
        mask = os.umask(0)
        os.umask(mask)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not private:  # mkstemp creates private files
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
        sync_folder(target.parent)
    except BaseException as error:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _output_error(target, error) from error
        raise


_AT_CWD: Final = -100
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of renameat2(2)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return whether the system supports it."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:  # pragma: no cover - depends on the system
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(rename(_AT_CWD, paths[0], _AT_CWD, paths[1], _EXCHANGE) == 0)


_LEFTOVER: Final = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]{8}\.(?P<kind>tmp|old)")


def stale(folder: Path, *, older_than: float) -> list[Path]:
    """Return temporary files and folders that killed writers left in a folder.

    Parameters
    ----------
    folder
        Folder of the files that they wrote.
    older_than
        Age in seconds; younger files may belong to a running writer.

    Returns
    -------
    list of Path
        Hidden temporary files and folders, sorted. A folder that was moved aside is included only
        if another exists in its place.
    """
    now = time.time()
    found = []
    for entry in sorted(folder.iterdir()):
        named = _LEFTOVER.fullmatch(entry.name)
        if named is None or now - entry.lstat().st_mtime < older_than:
            continue
        if named["kind"] == "tmp" or (folder / named["name"]).exists():
            found.append(entry)
    return found


def aside(folder: Path) -> list[tuple[Path, Path]]:
    """Return folders that were moved aside and have no successor, each with its original path.

    Only the latest of several for one path is returned.
    """
    found: dict[Path, Path] = {}
    for entry in sorted(folder.iterdir(), key=lambda one: (one.lstat().st_mtime, one.name)):
        named = _LEFTOVER.fullmatch(entry.name)
        if named is not None and named["kind"] == "old":
            place = folder / named["name"]
            if not place.exists():
                found[place] = entry
    return [(entry, place) for place, entry in sorted(found.items())]


@contextmanager
def write_folder_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty folder that replaces ``path`` when the block ends without an error.

    An existing folder at ``path`` is exchanged in one step where the system can (Linux). Elsewhere
    it is moved aside just before and removed just after: for a moment there is no folder at
    ``path``, and :func:`stale` finds the old one.

    Yields
    ------
    Path
        The folder to fill, readable by its owner only. The caller syncs the files.

    Raises
    ------
    OutputError
        If the folder cannot be created, filled or moved, or ``path`` is a device or a pipe; an
        existing folder is kept.
    """
    target = Path(path)
    check_folder(target)
    try:
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
    except OSError as error:
        raise _output_error(target, error) from error
    aside = fresh.with_suffix(".old")
    try:
        yield fresh
        sync_folder(fresh)
        if target.exists() and _exchange(fresh, target):
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
            raise _output_error(target, error) from error
        raise
    shutil.rmtree(aside, ignore_errors=True)


def write_files_atomically(
    path: str | os.PathLike[str], files: Iterable[tuple[str, Iterable[bytes]]], names: Iterable[str]
) -> None:
    """Write a folder of files that replaces ``path`` when all files are complete.

    Parameters
    ----------
    path
        The folder.
    files
        Name and content of each file, written in this order.
    names
        All names that such a folder may hold; a folder with any other file is not replaced.

    Raises
    ------
    OutputError
        If the path holds anything else, or a file cannot be written; the old folder is kept.
    """
    target = Path(path)
    if target.exists():
        inside = {entry.name for entry in target.iterdir()} if target.is_dir() else {target.name}
        if not inside <= set(names):
            raise OutputError(
                f"{str(target)!r} exists and holds other files.",
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
