"""A fetch in slices, each stored when it is complete, so that an interrupted fetch can continue.

::

    acme.partial/
            fetch.json               the request: organisation, base URL, filters
            reply-SLICE.json.zst     the reply to one slice
            slice-SLICE.json         written last: its query, times, bytes, checksum of the file

The list of links has no pages: a slice holds the links from one system in one review state.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, OutputError
from hummgraph.records.models import Status
from hummgraph.snapshot.atomic import (
    LEFTOVER,
    check_not_current,
    claim,
    place_of,
    release,
    sync_file,
    sync_folder,
    temporary_path,
    write_atomically,
)
from hummgraph.snapshot.folders import FolderKind, named, others_in, read_mark
from hummgraph.snapshot.spool import ReplyWriter, Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from uuid import UUID

    from hummgraph.client.arguments import LinkRequest

__all__ = ["Checkpoints", "Slice", "slices_of"]

_REQUEST_FILE: Final = "fetch.json"
_FORMAT: Final = "hummgraph-fetch"
_FORMAT_VERSION: Final = 1
# Older slices are fetched again: reviews made since would be missing beside newer slices.
_MAX_SLICE_AGE: Final = timedelta(days=1)
_ID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SLICE: Final = rf"(?:all|{_ID})(?:_to-{_ID})?(?:_[a-z]+){{1,2}}"
_NAMES: Final = re.compile(rf"fetch\.json|reply-{_SLICE}\.json\.zst|slice-{_SLICE}\.json", re.ASCII)


def _written(folder: Path) -> list[str]:
    """Return the names of the files of a fetch in a folder, also those of killed writers."""
    names = [entry.name for entry in folder.iterdir()]
    named = [name for name in names if LEFTOVER.fullmatch(name)]
    try:
        plan = json.loads(read_mark(folder / _REQUEST_FILE))
    except (ValueError, RecursionError):
        return named
    if not isinstance(plan, dict) or plan.get("format") != _FORMAT:
        return named
    return named + [name for name in names if _NAMES.fullmatch(name)]


_FOLDER: Final = FolderKind("the slices of a fetch", _written)


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of the links, fetched by one call."""

    query: Mapping[str, str]

    @property
    def name(self) -> str:
        """Name for files, made only of ids and words of the contract."""
        source = self.query.get("source_integration_source_id", "all")
        target = self.query.get("target_integration_source_id")
        parts = [source, target and f"to-{target}", self.query.get("link_type")]
        return "_".join(part.lower() for part in (*parts, self.query["status"]) if part)


def slices_of(request: LinkRequest, systems: Iterable[UUID]) -> list[Slice]:
    """Return the slices of a request, by source system and review state unless it names one.

    An organisation without systems is one slice. The slices are sorted by name.
    """
    sources = [{"source_integration_source_id": str(system)} for system in systems] or [{}]
    slices = {
        piece.name: piece
        for query in request.queries
        for source in ([{}] if "source_integration_source_id" in query else sources)
        for status in ([query["status"]] if "status" in query else Status)
        for piece in [Slice({**query, **source, "status": str(status)})]
    }
    return [slices[name] for name in sorted(slices)]


class Checkpoints:
    """Folder that holds the slices of one fetch until all of them are complete.

    Parameters
    ----------
    path
        The folder, created if missing. A link is followed.
    asked
        The request. A folder that holds another request is refused.
    """

    def __init__(self, path: str | os.PathLike[str], asked: Mapping[str, Any]) -> None:
        check_not_current(path)
        self._folder = place_of(path)
        plan = {"format": _FORMAT, "format_version": _FORMAT_VERSION, **asked}
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            found = self._read_request()
            if found is None:
                self._folder.chmod(0o700)
                self._write_json(_REQUEST_FILE, plan)
        except OSError as error:
            raise _output_error(self._folder, error) from error
        if found not in (None, plan):
            raise ArgumentError(
                f"{str(self._folder)!r} holds the slices of another fetch: other filters, another"
                " organisation or base URL, or another version of hummgraph.",
                hint="Choose another folder, or remove this one.",
            )

    def stored(self, piece: Slice) -> Mapping[str, Any] | None:
        """Return the metadata of a slice if it is stored, complete and recent; else ``None``."""
        try:
            about: dict[str, Any] = json.loads(self._metadata_path(piece).read_bytes())
            finished = datetime.fromisoformat(about["finished_at"])
            with self._reply_path(piece).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            fresh = timedelta(0) <= datetime.now(UTC) - finished <= _MAX_SLICE_AGE
            same = found == about["sha256"] and about["query"] == dict(piece.query)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return about if fresh and same else None

    def begin(self, piece: Slice) -> SliceWriter:
        """Return a writer for a slice."""
        return SliceWriter(temporary_path(self._folder / piece.name))

    def store(
        self, piece: Slice, written: SliceWriter, started_at: datetime, n_bytes: int
    ) -> Mapping[str, Any]:
        """Store a complete slice: first the reply, then the file that declares it complete."""
        reply = self._reply_path(piece)
        try:
            sync_file(written.path)
            written.path.chmod(0o600)
            written.path.replace(reply)
            with reply.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            about = {
                "query": dict(piece.query),
                "started_at": started_at.isoformat(),
                "finished_at": datetime.now(UTC).isoformat(),
                "bytes": n_bytes,
                "sha256": found,
            }
            sync_folder(self._folder)
            self._write_json(self._metadata_path(piece).name, about)
        except OSError as error:
            raise _output_error(self._folder, error) from error
        return about

    def spool(self, slices: Iterable[Slice]) -> Spool:
        """Return the replies of all slices, read from this folder."""
        return Spool.of_files([self._reply_path(piece) for piece in slices])

    def detach(self, slices: Iterable[Slice]) -> Spool:
        """Move the slices aside, and return their replies; they are removed together with them.

        The folder is moved as a whole; it stays, with what is in it, if it holds anything else.
        ``hummgraph gc`` puts back what a killed process had moved aside.
        """
        place = self._folder
        aside = claim(temporary_path(place, "old"))
        try:
            apart = bool(others_in(place, _FOLDER))
            if apart:
                aside.mkdir(mode=0o700)
                _move_files(place, aside, _written(place))
            else:
                place.rename(aside)
        except OSError as error:
            with suppress(OSError):
                _move_all_back(aside, place)
            release(aside)
            raise _output_error(place, error) from error
        return Spool.taken_over(
            aside,
            [aside / self._reply_path(piece).name for piece in slices],
            back=partial(_move_back, place, apart=apart),
        )

    def _write_json(self, name: str, content: Mapping[str, Any]) -> None:
        with write_atomically(self._folder / name, private=True) as file:
            file.write(json.dumps(content, indent=2).encode() + b"\n")

    def _read_request(self) -> Any:
        try:
            return json.loads((self._folder / _REQUEST_FILE).read_bytes())
        except FileNotFoundError:
            if others := others_in(self._folder, _FOLDER):
                raise OutputError(
                    f"{str(self._folder)!r} exists and holds files that are not a fetch:"
                    f" {named(others)}.",
                    hint="Choose another folder.",
                ) from None
            return None
        except ValueError:
            return {}

    def _reply_path(self, piece: Slice) -> Path:
        return self._folder / f"reply-{piece.name}.json.zst"

    def _metadata_path(self, piece: Slice) -> Path:
        return self._folder / f"slice-{piece.name}.json"


def _move_files(folder: Path, other: Path, names: Iterable[str]) -> None:
    """Move files of a fetch to another folder; the request is moved last."""
    for name in sorted(names, key=lambda name: (name == _REQUEST_FILE, name)):
        (folder / name).rename(other / name)


def _move_all_back(aside: Path, place: Path) -> None:
    """Move all files that were moved aside back to their folder."""
    _move_files(aside, place, [entry.name for entry in aside.iterdir()])
    aside.rmdir()


def _move_back(place: Path, aside: Path, *, apart: bool) -> Path | None:
    """Move a fetch back to its folder, unless another fetch has begun there; return the folder.

    ``apart`` is true if the files were moved without the folder, which holds something else.
    """
    if apart and place.is_dir():
        if (place / _REQUEST_FILE).exists():
            return None
        _move_all_back(aside, place)
        return place
    if os.path.lexists(place):
        return None
    aside.rename(place)
    return place


class SliceWriter:
    """Writer of one reply, used in place of a spool; a failed attempt leaves nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def new_reply(self) -> ReplyWriter:
        """Return a new writer for the reply; anything written before is dropped."""
        try:
            return ReplyWriter(self.path, [])
        except OSError as error:
            raise _output_error(self.path.parent, error) from error

    def discard(self) -> None:
        """Remove the reply if it was written but not stored."""
        with suppress(OSError):
            self.path.unlink()


def _output_error(folder: Path, error: OSError) -> OutputError:
    why = error.message.rstrip(".") if isinstance(error, OutputError) else error.strerror or error
    return OutputError(
        f"Cannot store slices in {str(folder)!r}: {why}.",
        hint="Choose a writable folder with enough room, used for this fetch alone.",
    )
