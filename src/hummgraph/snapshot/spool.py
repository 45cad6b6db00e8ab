"""Spool: replies compressed on disk as they arrive, removed when no longer needed."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

import pyarrow as pa

from hummgraph.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

__all__ = ["ReplyWriter", "Spool", "open_reply"]


def open_reply(path: Path) -> IO[bytes]:
    """Open a stored reply for reading, decompressed."""
    return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))


class ReplyWriter:
    """Writer of one reply.

    As a context manager it keeps the reply if the block ends without an error, and discards it
    otherwise.
    """

    def __init__(self, path: Path, kept: list[Path]) -> None:
        self._path = path
        self._kept = kept
        self._file = pa.OSFile(str(path), "wb")
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
        self._stream.close()
        self._file.close()
        self._path.unlink(missing_ok=True)

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


def _private_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="hummgraph-"))
    except OSError as error:
        raise _spool_error(error) from error


class Spool:
    """Private temporary folder of replies, removed when closed or garbage-collected."""

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        self.paths = list(paths)
        self._n_begun = 0
        self._folder: Path | None = None  # created for the first reply
        self._place: Path | None = None
        self._remove: weakref.finalize[..., Spool] | None = None

    def _own_folder(self, folder: Path) -> Path:
        self._folder = folder
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    @classmethod
    def of_files(cls, paths: Sequence[Path]) -> Spool:
        """Return a spool of replies in other folders, which it does not own."""
        return cls(paths)

    @classmethod
    def taken_over(cls, folder: Path, paths: Sequence[Path], *, place: Path) -> Spool:
        """Return a spool that owns a folder moved from another place, and may move it back."""
        spool = cls(paths)
        spool._own_folder(folder)
        spool._place = place
        return spool

    def give_back(self) -> Path | None:
        """Move an owned folder back; return its path, or ``None`` if there is none."""
        place, self._place = self._place, None
        if place is None or place.exists() or self._folder is None or self._remove is None:
            return None
        try:
            self._folder.rename(place)
        except OSError:
            return None
        self._remove.detach()
        self.paths = [place / path.name for path in self.paths]
        return place

    def new_reply(self) -> ReplyWriter:
        """Return a writer for a new reply."""
        self._n_begun += 1
        folder = self._folder or self._own_folder(_private_folder())
        return ReplyWriter(folder / f"reply-{self._n_begun:03}.json.zst", self.paths)

    def openers(self) -> list[Callable[[], IO[bytes]]]:
        """Return a function for each kept reply that opens it."""
        return [partial(open_reply, path) for path in self.paths]

    def close(self) -> None:
        """Remove the folder and its content, if there is one."""
        if self._remove is not None:
            self._remove()
