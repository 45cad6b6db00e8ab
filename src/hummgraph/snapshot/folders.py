"""Writing of folders completely or not at all; only our own old files are removed.

Each kind of folder has a file that marks it, and from the mark follow the names of its files. A
folder with any other entry is not replaced unless that is asked for, and even then the others stay.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hummgraph.errors import OutputError
from hummgraph.snapshot.atomic import (
    LEFTOVER,
    check_folder,
    check_not_current,
    claim,
    create_file,
    create_folder,
    discard,
    keep_owner_and_mode,
    output_error,
    place_of,
    release,
    status_of,
    sync_folder,
    temporary_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

__all__ = [
    "FolderKind",
    "OthersKeptWarning",
    "check_replaceable",
    "free_path",
    "named",
    "others_in",
    "put_in_place",
    "read_mark",
    "read_start",
    "write_files_atomically",
    "write_folder_atomically",
]

_MAX_MARK: Final = 64 * 1024 * 1024
"""Largest file that is read to recognise a folder; a manifest is far smaller."""

_SHOWN: Final = 3
"""Number of entries that an error names."""


class OthersKeptWarning(UserWarning):
    """Warning that a folder was overwritten, and files in the way that are not ours were kept.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("error", OthersKeptWarning)
    """


@dataclass(frozen=True, slots=True)
class FolderKind:
    """A kind of folder that hummgraph writes.

    Parameters
    ----------
    what
        Name in errors, such as ``"a snapshot"``.
    written
        Function that returns the names of the files that hummgraph wrote in a folder of this kind;
        empty if the folder has no mark of it.
    """

    what: str
    written: Callable[[Path], Collection[str]]


def read_mark(path: Path) -> bytes:
    """Return the content of the file that marks a folder; empty if it is not a usual file.

    Empty, too, if it is larger than a mark.
    """
    found = read_start(path, _MAX_MARK + 1)
    return found if len(found) <= _MAX_MARK else b""


def read_start(path: Path, n_bytes: int = 256) -> bytes:
    """Return the first bytes of a file; none if it is not a usual file, or cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags)
    except OSError:
        return b""
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return b""
        return os.read(handle, min(n_bytes, about.st_size))
    except OSError:
        return b""
    finally:
        os.close(handle)


def others_in(folder: Path, kind: FolderKind) -> list[str]:
    """Return the names in a folder that hummgraph did not write, sorted.

    Folders, links, devices and pipes in it are never ours, whatever their names.
    """
    with os.scandir(folder) as entries:
        found = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
    mine = set(kind.written(folder)) if found else set()
    return sorted(name for name, is_file in found.items() if not is_file or name not in mine)


def named(others: Sequence[str]) -> str:
    """Return the first names of a list as an error quotes them, with the number of the rest.

    Examples
    --------
    >>> named(["a", "b", "c", "d", "e"])
    "'a', 'b', 'c' and 2 more"
    """
    more = f" and {len(others) - _SHOWN:,} more" if len(others) > _SHOWN else ""
    return ", ".join(map(repr, others[:_SHOWN])) + more


def check_replaceable(
    path: str | os.PathLike[str], kind: FolderKind, *, overwrite: bool = False
) -> None:
    """Raise if a folder cannot be written, since something that is not ours is in its place.

    Parameters
    ----------
    path
        The folder to write; nothing need be there.
    kind
        Kind of folder to write there.
    overwrite
        Whether to accept files of others; they are kept.

    Raises
    ------
    OutputError
        If ``path`` is a device, a pipe, or the current folder or one that holds it; or, without
        ``overwrite``, a file or a folder with an entry that hummgraph did not write.
    """
    check_folder(path)
    check_not_current(path)
    shown = repr(os.fspath(path))
    target = place_of(path)
    if overwrite or not os.path.lexists(target):
        return
    hint = (
        "Choose another name, or pass overwrite=True, which replaces what hummgraph wrote there and"
        " keeps everything else."
    )
    if not target.is_dir():
        raise OutputError(f"{shown} is a file, not {kind.what}, and is not replaced.", hint=hint)
    try:
        others = others_in(target, kind)
    except OSError as error:
        raise output_error(Path(path), error) from error
    if others:
        raise OutputError(
            f"{shown} is not replaced: it holds {named(others)}, which hummgraph did not write as"
            f" part of {kind.what}.",
            hint=hint,
        )


_AT_CWD: Final = -100
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of renameat2(2)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return whether the system supports it."""
    if sys.platform != "linux":  # pragma: no cover - a call of Linux
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:  # pragma: no cover - depends on the C library
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(rename(_AT_CWD, paths[0], _AT_CWD, paths[1], _EXCHANGE) == 0)


def put_in_place(fresh: Path, target: Path, kind: FolderKind) -> Path | None:
    """Replace a folder by a complete one.

    Without entries of others the two are exchanged in one step where the system can (Linux).
    Otherwise the old one is moved aside just before: for a moment there is nothing at ``target``.

    Parameters
    ----------
    fresh
        The new folder, claimed as temporary.
    target
        Path where it is to be, after links.
    kind
        Kind of both folders.

    Returns
    -------
    Path or None
        Place of things of others that were in the way; ``None`` if there were none.
    """
    if not os.path.lexists(target):
        fresh.rename(target)
        release(fresh)
        return None
    is_folder = target.is_dir()
    mine = frozenset(kind.written(target)) if is_folder else frozenset()
    if not is_folder or others_in(target, kind):
        # A name that everybody sees: should the process be killed now, nothing is lost.
        old = free_path(target)
        _move_aside(target, old, fresh)
        release(fresh)
        return _empty(old, mine, target)
    if _exchange(fresh, target):
        claim(fresh, partial(_empty, fresh, mine, target))
        kept = _empty(fresh, mine, target)
        release(fresh)
        return kept
    old = temporary_path(target, "old")
    _move_aside(target, old, fresh)
    release(fresh)
    return _empty(old, mine, target)


def _move_aside(target: Path, old: Path, fresh: Path) -> None:
    target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        old.rename(target)
        raise


def free_path(target: Path) -> Path:
    """Return a path beside a folder that does not exist: its name and ``.old-1``, or later."""
    number = 1
    while os.path.lexists(path := target.with_name(f"{target.name}.old-{number}")):
        number += 1
    return path


def _empty(old: Path, mine: Collection[str], target: Path) -> Path | None:
    """Remove the replaced files; move the rest to the new folder if its names are free there.

    Returns
    -------
    Path or None
        Place of the rest if a name is not free, or if it is a file.
    """
    if old.is_symlink() or not old.is_dir():
        return old if os.path.lexists(old) else None
    left = False
    with os.scandir(old) as found:
        entries = list(found)
    for entry in entries:
        path, place = old / entry.name, target / entry.name
        with suppress(OSError):
            if entry.is_file(follow_symlinks=False) and entry.name in mine:
                path.unlink()
            elif os.path.lexists(place):
                left = True
            else:
                path.rename(place)
    with suppress(OSError):
        old.rmdir()
    if not left or LEFTOVER.fullmatch(old.name) is None:
        return old if left else None
    kept = free_path(target)
    old.rename(kept)
    return kept


@contextmanager
def write_folder_atomically(
    path: str | os.PathLike[str],
    kind: FolderKind,
    *,
    overwrite: bool = False,
    private: bool = True,
) -> Iterator[Path]:
    """Yield an empty folder that replaces ``path`` when the block ends without an error.

    An existing folder at ``path`` is exchanged in one step where the system can (Linux). Elsewhere
    it is moved aside just before and removed just after: for a moment there is no folder at
    ``path``, and ``hummgraph gc`` puts the old one back. A link stays a link: the folder that it
    leads to is replaced.

    Parameters
    ----------
    path
        The folder.
    kind
        Kind of the folder; another kind of folder is not replaced.
    overwrite
        Whether to replace a folder that holds entries of others, which stay in it. What is in the
        way is kept beside it, as ``NAME.old-1``, and a warning names it.
    private
        Whether only the owner may read the folder. Others keep the mode of the folder that they
        replace, or have the mode that the umask leaves.

    Yields
    ------
    Path
        The folder to fill. The caller syncs the files.

    Raises
    ------
    OutputError
        If ``path`` holds anything that hummgraph did not write as a folder of this kind, or the
        folder cannot be created, filled or moved; an existing folder is kept.

    Warns
    -----
    OthersKeptWarning
        If something that is not ours was in the way.
    """
    check_replaceable(path, kind, overwrite=overwrite)
    target = place_of(path)
    old = status_of(target)
    fresh = claim(temporary_path(target))
    lock = None
    try:
        lock = create_folder(fresh, 0o700 if private or old else 0o777)
        yield fresh
        if old is not None and stat.S_ISDIR(old.st_mode):
            _keep_owner(fresh, old)
            if lock is not None and not private:
                keep_owner_and_mode(lock, old)
        sync_folder(fresh)
        kept = put_in_place(fresh, target, kind)
        sync_folder(target.parent)
    except BaseException as error:
        discard(fresh)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise output_error(Path(path), error) from error
        raise
    finally:
        if lock is not None:
            os.close(lock)
    if kept is not None:
        warnings.warn(
            f"What hummgraph did not write was in the way of {os.fspath(path)!r}, and is kept in"
            f" {str(kept)!r}.",
            OthersKeptWarning,
            stacklevel=3,
        )


def _keep_owner(folder: Path, old: os.stat_result) -> None:
    """Set the owner of a folder and its files to that of the folder it replaces, where we may."""
    if os.name != "nt" and old.st_uid != os.geteuid():
        for path in (folder, *folder.iterdir()):
            with suppress(OSError):
                os.chown(path, old.st_uid, old.st_gid, follow_symlinks=False)


def write_files_atomically(
    path: str | os.PathLike[str],
    files: Iterable[tuple[str, Iterable[bytes]]],
    kind: FolderKind,
    *,
    overwrite: bool = False,
) -> None:
    """Write a folder of files that replaces ``path`` when all files are complete.

    Parameters
    ----------
    path
        The folder.
    files
        Name and content of each file, written in this order. A file keeps the mode of the one that
        it replaces.
    kind
        Kind of the folder.
    overwrite
        The same as for :func:`write_folder_atomically`, and so are the errors.
    """
    target = place_of(path)
    with write_folder_atomically(path, kind, overwrite=overwrite, private=False) as folder:
        for name, chunks in files:
            old = status_of(target / name)
            known = old is not None and stat.S_ISREG(old.st_mode)
            with create_file(folder / name, 0o600 if known else 0o666) as file:
                file.writelines(chunks)
                file.flush()
                if old is not None and known:
                    keep_owner_and_mode(file.fileno(), old)
                os.fsync(file.fileno())
