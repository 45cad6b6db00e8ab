"""Spool: replies compressed on disk as they arrive, removed when no longer needed."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self, cast

import pyarrow as pa

from hummgraph.errors import OutputError
from hummgraph.snapshot.atomic import claim, create_folder, discard, lock_folder, release

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

__all__ = ["SPOOL", "ReplyWriter", "Spool", "open_reply"]

SPOOL: Final = re.compile(r"hummgraph-spool-[0-9a-f]{8}")
"""Names of spools in the folder for temporary files."""


def open_reply(path: Path) -> IO[bytes]:
    """Open a stored reply for reading, decompressed."""
    return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))


class ReplyWriter:
    """Writer of one reply, which only the owner of the file can read.

    As a context manager it keeps the reply if the block ends without an error, and discards it
    otherwise.
    """

    def __init__(self, path: Path, kept: list[Path]) -> None:
        self._path = path
        self._kept = kept
        try:
            # Created here, since Arrow leaves the mode to the umask.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
            os.close(os.open(path, flags, 0o600))
            self._file = pa.OSFile(str(path), "wb")
        except OSError as error:
            raise _spool_error(error) from error
        self._stream = pa.CompressedOutputStream(self._file, "zstd")
        self.n_bytes = 0

    def write(self, piece: bytes) -> None:
        """Write a piece of the reply."""
        try:
            self._stream.write(piece)
        except OSError as error:
            raise _spool_error(error) from error
        self.n_bytes += len(piece)

    def close(self) -> None:
        """Finish and keep the reply."""
        try:
            self._stream.close()
            self._file.close()
        except OSError as error:  # the last bytes are written here
            raise _spool_error(error) from error
        self._kept.append(self._path)

    def discard(self) -> None:
        """Discard the reply."""
        # On a full disk the last bytes cannot be written either; they are not wanted.
        for file in (self._stream, self._file):
            with suppress(OSError):
                file.close()
        with suppress(OSError):
            self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def _spool_error(error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write the reply to disk: {error.strerror or error}.",
        hint="Make room in the folder for temporary files, or set TMPDIR to another folder.",
    )


def _remove_own(folder: Path, process: int, lock: int | None) -> None:
    """Remove a spool's folder, unless this process was forked from the one that it belongs to."""
    if os.getpid() == process:
        discard(folder)
        if lock is not None:
            os.close(lock)


class Spool:
    """Private temporary folder of replies, removed when closed or garbage-collected.

    It belongs to the process that made it: in one forked from it, the end removes nothing.
    """

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        self.paths = list(paths)
        self._n_begun = 0
        self._folder: Path | None = None  # created for the first reply
        self._back: Callable[[Path], Path | None] | None = None
        self._remove: weakref.finalize[..., Spool] | None = None

    def __reduce__(self) -> tuple[type[Spool], tuple[list[Path]]]:
        """Return a spool that reads the same files and owns none, for another process."""
        return Spool, (self.paths,)

    def _own_folder(self, folder: Path, lock: int | None) -> Path:
        self._folder = folder
        self._remove = weakref.finalize(self, _remove_own, folder, os.getpid(), lock)
        return folder

    def _new_folder(self) -> Path:
        try:
            folder = Path(tempfile.gettempdir()) / f"hummgraph-spool-{secrets.token_hex(4)}"
            return self._own_folder(folder, create_folder(claim(folder), 0o700))
        except OSError as error:
            raise _spool_error(error) from error

    @classmethod
    def of_files(cls, paths: Sequence[Path]) -> Spool:
        """Return a spool of replies in other folders, which it does not own."""
        return cls(paths)

    @classmethod
    def taken_over(
        cls, folder: Path, paths: Sequence[Path], *, back: Callable[[Path], Path | None]
    ) -> Spool:
        """Return a spool that owns a folder moved from another place.

        Parameters
        ----------
        folder
            The folder, claimed as temporary.
        paths
            The replies in it.
        back
            Function that moves it back and returns its path, or ``None`` if it cannot.
        """
        spool = cls(paths)
        spool._own_folder(folder, lock_folder(folder))
        spool._back = back
        return spool

    def give_back(self) -> Path | None:
        """Move an owned folder back; return its path, or ``None`` if there is none."""
        back, self._back = self._back, None
        if back is None or self._folder is None or self._remove is None:
            return None
        try:
            place = back(self._folder)
        except OSError:
            return None
        if place is not None:
            release(self._folder)
            self._remove.detach()
            self.paths = [place / path.name for path in self.paths]
        return place

    def new_reply(self) -> ReplyWriter:
        """Return a writer for a new reply."""
        self._n_begun += 1
        folder = self._folder or self._new_folder()
        return ReplyWriter(folder / f"reply-{self._n_begun:03}.json.zst", self.paths)

    def openers(self) -> list[Callable[[], IO[bytes]]]:
        """Return a function for each kept reply that opens it."""
        return [partial(open_reply, path) for path in self.paths]

    def close(self) -> None:
        """Remove the folder and its content, if there is one."""
        if self._remove is not None:
            self._remove()
