"""Writing of files completely or not at all, and of devices and pipes in place.

A path that is a link is followed, so that the link stays. A new file first has a temporary name,
under which it is locked while its process lives and removed when that ends; the name is noted
before the file exists, so that no interruption loses sight of it. The system releases the lock of a
killed process, which shows what nobody writes any more.
"""

from __future__ import annotations

import atexit
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from hummgraph.errors import OutputError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "LEFTOVER",
    "STANDARD_OUTPUT",
    "check_folder",
    "check_not_current",
    "claim",
    "create_file",
    "create_folder",
    "discard",
    "is_held",
    "is_standard_output",
    "keep_owner_and_mode",
    "lock_folder",
    "locked_file",
    "output_error",
    "place_of",
    "release",
    "status_of",
    "sync_file",
    "sync_folder",
    "temporary_path",
    "write_atomically",
    "written_into",
]

# --- places ---------------------------------------------------------------------------------------

STANDARD_OUTPUT: Final = "-"
"""Path that stands for standard output."""

_DISK_FULL_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def output_error(path: Path, error: OSError) -> OutputError:
    """Return the error for a file or folder that the system does not let us write."""
    why = error.strerror or type(error).__name__
    hint = "Choose a folder that exists and that you may write to."
    if error.errno in _DISK_FULL_ERRORS:
        hint = "Make room there, or write somewhere else."
    elif written_into(path):
        hint = "Choose a device or a pipe that can be written into, or name a file."
    return OutputError(f"Cannot write {str(path)!r}: {why}.", hint=hint)


def place_of(path: str | os.PathLike[str]) -> Path:
    """Return the path that is replaced when ``path`` is written: that to which a link leads.

    Raises
    ------
    OutputError
        If the system cannot follow the path: links in a circle, links of others in a shared folder,
        a name that is too long or holds a null character.

    Examples
    --------
    >>> place_of("links.graphml").name
    'links.graphml'
    """
    target = Path(path)
    try:
        # The system follows the link, since it refuses links that others left in shared folders.
        target.stat()
    except FileNotFoundError:
        pass  # a new file, also behind a link
    except OSError as error:
        raise output_error(target, error) from error
    except ValueError as error:
        raise OutputError(
            f"Cannot write {str(target)!r}: the path holds characters that no file name can have.",
            hint="Choose another name.",
        ) from error
    return Path(os.path.realpath(target)) if target.is_symlink() else target


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
    try:
        if str(target) == STANDARD_OUTPUT or _descriptor_of(target) is not None:
            return True
        mode = target.stat().st_mode
    except (OSError, ValueError):
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


def check_not_current(path: str | os.PathLike[str]) -> None:
    """Raise if a folder to replace is the current one, or holds it: its users would lose theirs.

    Raises
    ------
    OutputError
        If it is; nothing was written.
    """
    try:
        current = Path.cwd()
    except OSError:
        return  # it was removed
    if Path(os.path.realpath(path)) in {current, *current.parents}:
        raise OutputError(
            f"{os.fspath(path)!r} is the current folder or contains it, and cannot be replaced.",
            hint="Pass the name of a folder to create in it.",
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

    A pipe without a reader raises ``BrokenPipeError``, on which a command exits quietly. A disk is
    refused, since writing into it would destroy the files on it.
    """
    stream: IO[bytes] | None = getattr(sys.stdout, "buffer", None)
    try:
        if stream is not None:
            sys.stdout.flush()  # printed text precedes written bytes
        if str(target) == STANDARD_OUTPUT:
            if stream is None:
                raise OutputError(
                    "Standard output takes no bytes here.", hint="Pass a file name, not '-'."
                )
            yield stream
            stream.flush()
            return
        descriptor = _descriptor_of(target)
        if stat.S_ISBLK((target.stat() if descriptor is None else os.fstat(descriptor)).st_mode):
            raise OutputError(
                f"{str(target)!r} is a disk, and writing into it would destroy its files.",
                hint="Pass the name of a file.",
            )
        with (
            os.fdopen(os.dup(descriptor), "wb")
            if descriptor is not None
            else target.open("wb") as file
        ):
            yield file
    except OSError as error:
        if isinstance(error, OutputError | BrokenPipeError):
            raise
        raise output_error(target, error) from error


# --- temporary files and folders ------------------------------------------------------------------

LEFTOVER: Final = re.compile(r"\.(?P<name>.+)\.hummgraph-[0-9a-f]{8}\.(?P<kind>tmp|old)", re.DOTALL)
"""Names of temporary files and folders, with the name that they are to have or had."""

_LONGEST_NAME: Final = 255  # bytes, in the file systems of Linux, macOS and Windows

_claimed: dict[Path, tuple[int, Callable[[], object]]] = {}
"""Process that is to remove each path at its end, and how."""


def temporary_path(target: Path, kind: str = "tmp") -> Path:
    """Return a new hidden name beside a file or folder.

    Parameters
    ----------
    target
        Path that it is to become, or that it was.
    kind
        ``"tmp"``, or ``"old"`` for what was moved aside and is to be put back.

    Examples
    --------
    >>> from pathlib import Path
    >>> path = temporary_path(Path("out") / "links.html")
    >>> path.parent.name, LEFTOVER.fullmatch(path.name)["name"]
    ('out', 'links.html')
    """
    ending = f".hummgraph-{secrets.token_hex(4)}.{kind}"
    name = target.name or "_"
    while len(os.fsencode(name)) + len(ending) + 1 > _LONGEST_NAME:
        name = name[:-1]
    return target.parent / f".{name}{ending}"


def claim(path: Path, removal: Callable[[], object] | None = None) -> Path:
    """Note a path that is removed when this process ends; return the path.

    Parameters
    ----------
    path
        File or folder, which need not exist yet.
    removal
        Function that removes it; without it, all of it is removed.
    """
    _claimed[path] = os.getpid(), removal or partial(_remove, path)
    return path


def release(path: Path) -> None:
    """Forget a path that was claimed."""
    _claimed.pop(path, None)


def discard(path: Path) -> None:
    """Remove a claimed path, and forget it; a forked process leaves its parent's."""
    process, removal = _claimed.get(path, (None, None))
    if removal is not None and process == os.getpid():
        removal()
    release(path)


def _remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all in it, if it exists and can be removed."""
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


@atexit.register
def _remove_claimed() -> None:
    """Remove what this process claimed."""
    for path in tuple(_claimed):
        discard(path)


def create_file(path: Path, mode: int) -> IO[bytes]:
    """Create and open a new file, locked while it is open; the mode is subject to the umask."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    _hold(handle)
    return os.fdopen(handle, "wb")


def create_folder(path: Path, mode: int) -> int | None:
    """Create a folder and return a handle that locks it until it is closed, where there are locks.

    The mode is subject to the umask.
    """
    path.mkdir(mode=mode)
    return lock_folder(path)


def lock_folder(path: Path) -> int | None:
    """Return a handle that locks a folder until it is closed; ``None`` where there are no locks."""
    if sys.platform == "win32":  # pragma: no cover - Windows cannot open a folder
        return None
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        _hold(handle)
        return handle
    return None


def _hold(handle: int) -> None:
    """Lock an open file or folder until this process and those forked from it have closed it."""
    if sys.platform != "win32":  # pragma: no branch - Windows has others
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool | None:
    """Return whether a living process has locked a path; ``None`` if that cannot be known."""
    if sys.platform == "win32":  # pragma: no cover - as above
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    else:
        return False
    finally:
        os.close(handle)


_PATIENCE: Final = 30.0  # seconds; whoever holds a file replaces it in milliseconds
_PAUSE: Final = 0.005


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Lock a file that is read and then replaced, so that no other process replaces it meanwhile.

    A missing file is created, empty and for its owner only, and removed again if the block fails.
    Where the system has no locks, nothing is locked.

    Parameters
    ----------
    path
        The file itself, no link.

    Raises
    ------
    OutputError
        If the file cannot be opened for writing, or others hold it for half a minute.
    """
    if sys.platform == "win32":  # pragma: no cover - Windows does not replace a file that is open
        yield
        return
    handle, is_new = _open_locked(path)
    try:
        yield
    except BaseException:
        if is_new and _is_at(handle, path) and not os.fstat(handle).st_size:
            path.unlink()
        raise
    finally:
        os.close(handle)


def _open_locked(path: Path) -> tuple[int, bool]:
    """Open and lock the file that stands at a path; return whether it was created."""
    end = time.monotonic() + _PATIENCE
    while True:
        is_new = not path.exists()
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise output_error(path, error) from error
        if _is_locked(handle) and _is_at(handle, path):
            return handle, is_new
        os.close(handle)  # another process holds it, or has replaced it in the meantime
        if time.monotonic() > end:
            raise OutputError(
                f"Cannot write {str(path)!r}: another process has locked it for"
                f" {_PATIENCE:.0f} seconds.",
                hint="Wait until it has ended, or end it.",
            )
        time.sleep(_PAUSE)


def _is_locked(handle: int) -> bool:
    """Lock an open file; return whether that, or all that the file system can do, was done."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # some file systems have no locks
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Return whether an open file is the one that stands at a path."""
    found = status_of(path)
    return found is not None and os.path.samestat(found, os.fstat(handle))


# --- writing --------------------------------------------------------------------------------------


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


def status_of(path: Path) -> os.stat_result | None:
    """Return the status of a file or folder, after links; ``None`` if there is none."""
    try:
        return path.stat()
    except OSError:
        return None


def keep_owner_and_mode(handle: int, old: os.stat_result) -> None:
    """Set owner, group and mode of a new file or folder to those of the one that it replaces.

    Where the group cannot be kept, the new one gets no rights: they were meant for the old one.
    """
    if os.name == "nt":  # pragma: no cover - Windows has no such owners and modes
        return
    mode = stat.S_IMODE(old.st_mode) & 0o777
    now = os.fstat(handle)
    if now.st_gid != old.st_gid:
        try:
            os.fchown(handle, -1, old.st_gid)
        except OSError:
            mode &= ~stat.S_IRWXG
    if now.st_uid != old.st_uid:
        with suppress(OSError):
            os.fchown(handle, old.st_uid, -1)
    os.fchmod(handle, mode)


@contextmanager
def write_atomically(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces ``path`` when the block ends without an error.

    A new private file can be read by its owner only; the umask decides for others. A file that is
    replaced keeps its mode, and a link stays a link: the file that it leads to is replaced. A path
    for which :func:`~hummgraph.snapshot.atomic.written_into` is true is opened in place.

    Yields
    ------
    IO[bytes]
        The file, open for writing. An existing file at ``path`` is kept until the block has ended.

    Raises
    ------
    OutputError
        If the file cannot be created, written or moved, or ``path`` is a folder; nothing new is
        left behind.
    BrokenPipeError
        If ``path`` is a pipe without a reader.
    """
    if written_into(path):
        with _open_in_place(Path(path)) as file:
            yield file
        return
    target = place_of(path)
    old = status_of(target)
    if old is not None and stat.S_ISDIR(old.st_mode):
        raise OutputError(
            f"Cannot write {os.fspath(path)!r}: it is a folder.", hint="Pass the name of a file."
        )
    fresh = claim(temporary_path(target))
    try:
        with create_file(fresh, 0o600 if private or old else 0o666) as file:
            yield file
            file.flush()
            if old is not None:
                keep_owner_and_mode(file.fileno(), old)
            os.fsync(file.fileno())
        fresh.replace(target)
        release(fresh)
        sync_folder(target.parent)
    except BaseException as error:
        discard(fresh)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise output_error(Path(path), error) from error
        raise
