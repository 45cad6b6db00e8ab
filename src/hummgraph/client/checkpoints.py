"""A fetch in slices, each kept on disk as soon as it is whole, so that the next run goes on.

::

    acme.partial/
        fetch.json               what is asked for: organisation, base URL, filters
        reply-SLICE.json.zst     the reply to one slice
        slice-SLICE.json         written after it: its query, times, bytes, checksum of the file

The list of links has no pages: a slice is the links from one system in one review state.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from hummgraph.errors import ArgumentError, OutputError
from hummgraph.records.models import Status
from hummgraph.snapshot.atomic import sync_file, sync_folder, write_atomically
from hummgraph.snapshot.spool import ReplyWriter, Spool

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from hummgraph.client.arguments import LinkRequest

__all__ = ["Checkpoints", "Slice", "slices_of"]

_PLAN: Final = "fetch.json"
_FORMAT: Final = "hummgraph-fetch"
_FORMAT_VERSION: Final = 1
# Older ones are fetched again: what was decided since would be missing among what is new.
_OLDEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the links that one call brings."""

    query: Mapping[str, str]

    @property
    def name(self) -> str:
        """A name for files, of ids and the contract's own words only."""
        source = self.query.get("source_integration_source_id", "all")
        target = self.query.get("target_integration_source_id")
        parts = [source, target and f"to-{target}", self.query.get("link_type")]
        return "_".join(part.lower() for part in (*parts, self.query["status"]) if part)


def slices_of(request: LinkRequest, systems: Iterable[UUID]) -> list[Slice]:
    """Cut a request by source system and review state, where it does not name one already.

    An organisation without systems is asked as a whole. In the order of the slices' names.
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
    """The folder in which the slices of one fetch are kept until all of them are there.

    Parameters
    ----------
    path
        The folder, made if it is not there.
    asked
        What the fetch is about. A folder that holds another fetch is refused.
    """

    def __init__(self, path: str | os.PathLike[str], asked: Mapping[str, Any]) -> None:
        self._folder = Path(path)
        plan = {"format": _FORMAT, "format_version": _FORMAT_VERSION, **asked}
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            found = self._plan()
            if found is None:
                self._folder.chmod(0o700)
                self._note(_PLAN, plan)
        except OSError as error:
            raise _refusal(self._folder, error) from error
        if found not in (None, plan):
            raise ArgumentError(
                f"{str(self._folder)!r} holds the slices of another fetch: other filters, another"
                " organisation or base URL, or another version of hummgraph.",
                hint="Choose another folder, or remove this one.",
            )

    def kept(self, piece: Slice) -> Mapping[str, Any] | None:
        """Say what is known of a slice, if it is there, whole, and not too old."""
        try:
            about: dict[str, Any] = json.loads(self._about(piece).read_bytes())
            finished = datetime.fromisoformat(about["finished_at"])
            with self._reply(piece).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            fresh = timedelta(0) <= datetime.now(UTC) - finished <= _OLDEST
            same = found == about["sha256"] and about["query"] == dict(piece.query)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return about if fresh and same else None

    def begin(self, piece: Slice) -> SliceWriter:
        """Begin to fetch a slice."""
        return SliceWriter(self._folder / f".{piece.name}.{uuid4().hex[:8]}.tmp")

    def keep(
        self, piece: Slice, written: SliceWriter, started_at: datetime, n_bytes: int
    ) -> Mapping[str, Any]:
        """Keep a slice that came whole: first the reply, then what says that it is there."""
        reply = self._reply(piece)
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
            self._note(self._about(piece).name, about)
        except OSError as error:
            raise _refusal(self._folder, error) from error
        return about

    def spool(self, slices: Iterable[Slice]) -> Spool:
        """Return the replies of all slices, to be read where they are."""
        return Spool.of_files([self._reply(piece) for piece in slices])

    def hand_over(self, slices: Iterable[Slice]) -> Spool:
        """Return the folder away: it has another name now, and goes with what holds its replies."""
        place = self._folder
        aside = place.with_name(f".{place.name}.{uuid4().hex[:8]}.tmp")
        try:
            place.rename(aside)
        except OSError as error:
            raise _refusal(place, error) from error
        return Spool.taken_over(
            aside, [aside / self._reply(piece).name for piece in slices], place=place
        )

    def _note(self, name: str, content: Mapping[str, Any]) -> None:
        with write_atomically(self._folder / name, private=True) as file:
            file.write(json.dumps(content, indent=2).encode() + b"\n")

    def _plan(self) -> Any:
        try:
            return json.loads((self._folder / _PLAN).read_bytes())
        except FileNotFoundError:
            if any(entry.suffix != ".tmp" for entry in self._folder.iterdir()):
                raise OutputError(
                    f"{str(self._folder)!r} exists and holds something else than a fetch.",
                    hint="Choose another folder.",
                ) from None
            return None
        except ValueError:
            return {}

    def _reply(self, piece: Slice) -> Path:
        return self._folder / f"reply-{piece.name}.json.zst"

    def _about(self, piece: Slice) -> Path:
        return self._folder / f"slice-{piece.name}.json"


class SliceWriter:
    """Takes the place of a spool for one reply; a try that fails leaves nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def new_reply(self) -> ReplyWriter:
        """Begin the reply, or begin it again."""
        try:
            return ReplyWriter(self.path, [])
        except OSError as error:
            raise _refusal(self.path.parent, error) from error

    def discard(self) -> None:
        """Remove what came, if it is there and was not kept."""
        with suppress(OSError):
            self.path.unlink()


def _refusal(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"Cannot keep slices in {str(folder)!r}: {error.strerror or error}.",
        hint="Choose a folder that you may write to, with room, and for this fetch alone.",
    )
