"""Files and folders are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from hummgraph.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["sync_folder", "write_atomically", "write_files_atomically", "write_folder_atomically"]


def _refusal(path: Path, error: OSError) -> OutputError:
    why = error.strerror or type(error).__name__
    return OutputError(
        f"Cannot write {str(path)!r}: {why}.",
        hint="Choose a folder that exists and that you may write to.",
    )


def sync_folder(folder: Path) -> None:
    """Ask the disk to keep the folder's entries, where the system lets folders be opened."""
    if os.name == "nt":  # pragma: no cover - Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def write_atomically(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file beside ``path`` that takes its place when the block ends without an error.

    Yields
    ------
    IO[bytes]
        Open for writing. Whatever stood at ``path`` stands there until the block has ended.

    Raises
    ------
    OutputError
        If the file cannot be made, filled or put in place; nothing new is left behind.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        raise _refusal(target, error) from error
    try:
        # mkstemp makes private files; an export gets the mode that open() would have given.
        mask = os.umask(0)
        os.umask(mask)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
        sync_folder(target.parent)
    except BaseException as error:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _refusal(target, error) from error
        raise


@contextmanager
def write_folder_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give an empty folder beside ``path`` that takes its place when the block ends well.

    A folder that stands at ``path`` is moved aside just before and removed just after, so that at
    every moment a whole one, old or new, is on the disk.

    Yields
    ------
    Path
        The folder to fill, readable by its owner only. The caller syncs the files.

    Raises
    ------
    OutputError
        If the folder cannot be made, filled or put in place; what stood there still stands.
    """
    target = Path(path)
    try:
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
    except OSError as error:
        raise _refusal(target, error) from error
    aside = fresh.with_suffix(".old")
    try:
        yield fresh
        sync_folder(fresh)
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
