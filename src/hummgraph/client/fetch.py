"""From calls to a snapshot: download, validate, look up names."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast
from uuid import UUID

import anyio
import anyio.from_thread
import anyio.to_thread

from hummgraph.client.catalogue_calls import LinkEnds, fetch_catalogue, fetch_integration_sources
from hummgraph.client.checkpoints import Checkpoints, slices_of
from hummgraph.client.config import Progress
from hummgraph.errors import InvalidRecordError
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.models import EntityLink, IntegrationSourceRecord
from hummgraph.records.parse import read_many
from hummgraph.records.validation import validate_links
from hummgraph.snapshot.snapshot import Snapshot, snapshot_from_validated
from hummgraph.snapshot.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hummgraph.client.arguments import LinkRequest
    from hummgraph.client.checkpoints import Slice
    from hummgraph.client.transport import Transport
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["entity_links_of", "fetch_links", "fetch_snapshot"]

_LINKS = "/organization/{}/entity-links"


async def fetch_snapshot(
    transport: Transport,
    organization_id: UUID,
    request: LinkRequest,
    *,
    catalogue: bool,
    names: Mapping[str, str] | None,
    progress: Callable[[Progress], None] | None,
    resume: Path | None = None,
) -> Snapshot:
    """Fetch links and, if wanted, the catalogue; leave nothing behind on any failure.

    Where it may be resumed, the slices of links that are whole are left behind, and nothing else.
    """
    started_at = datetime.now(UTC)
    if names:
        Catalogue.empty().with_names(names)  # what is wrong with them is said before, not after
    about: dict[str, Any] = {
        "organization_id": str(organization_id),
        "filters": dict(request.asked),
        "catalogue": catalogue,
    }
    checkpoints = None
    if resume is not None:
        asked = {"organization_id": str(organization_id), "base_url": transport.base_url}
        checkpoints = Checkpoints(resume, {**asked, "filters": dict(request.asked)})
    spool = Spool()
    try:
        if checkpoints is None:
            n_bytes = await _download(transport, organization_id, request, spool, progress)
        else:
            slices = slices_of(request, await _systems(transport, organization_id))
            about["slices"] = await _download_slices(
                transport, organization_id, slices, checkpoints, progress
            )
            started_at = min(datetime.fromisoformat(one["started_at"]) for one in about["slices"])
            spool = checkpoints.spool(slices)
            n_bytes = sum(one["bytes"] for one in about["slices"])
        validated = await _validate(spool, organization_id, n_bytes, progress)
        found = (
            await fetch_catalogue(
                transport, organization_id, ends=LinkEnds.of(validated.links), progress=progress
            )
            if catalogue
            else Catalogue.empty()
        )
        if checkpoints is not None:
            spool = checkpoints.hand_over(slices)
        return snapshot_from_validated(
            validated,
            catalogue=found,
            organization_id=organization_id,
            spool=spool,
            request=about,
            started_at=started_at,
            finished_at=datetime.now(UTC),
            names=names,
        )
    except BaseException:
        spool.close()
        raise


async def fetch_links(
    transport: Transport, organization_id: UUID, request: LinkRequest, spool: Spool
) -> ValidatedLinks:
    """Fetch the replies into the spool and validate them."""
    n_bytes = await _download(transport, organization_id, request, spool, None)
    return await _validate(spool, organization_id, n_bytes, None)


async def _download(
    transport: Transport,
    organization_id: UUID,
    request: LinkRequest,
    spool: Spool,
    progress: Callable[[Progress], None] | None,
) -> int:
    """Fetch the replies; say how many bytes they are."""
    n_bytes = 0
    for query in request.queries:
        latest = 0

        def watch(done: int, total: int | None, before: int = n_bytes) -> None:
            nonlocal latest
            latest = done
            if progress:
                # With a second call to come the whole is not known.
                known = total if len(request.queries) == 1 else None
                progress(Progress("links", before + done, known, "bytes"))

        await transport.download(_LINKS.format(organization_id), spool, query=query, watch=watch)
        n_bytes += latest
    return n_bytes


async def _systems(transport: Transport, organization_id: UUID) -> list[UUID]:
    """List the systems; without them there is nothing to slice by."""
    records = await fetch_integration_sources(
        transport, organization_id, partial(read_many, IntegrationSourceRecord)
    )
    return [record.id for record in records]


async def _download_slices(
    transport: Transport,
    organization_id: UUID,
    slices: list[Slice],
    checkpoints: Checkpoints,
    progress: Callable[[Progress], None] | None,
) -> list[dict[str, Any]]:
    """Fetch what is not there yet, one after the other; say of each slice how it came."""
    came = []
    for number, piece in enumerate(slices):
        if progress:
            progress(Progress("slices", number, len(slices), "calls"))
        kept = await anyio.to_thread.run_sync(checkpoints.kept, piece)
        if kept is None:
            began = datetime.now(UTC)
            written = checkpoints.begin(piece)
            n_bytes = 0

            def watch(done: int, _: int | None) -> None:
                nonlocal n_bytes
                n_bytes = done

            try:
                await transport.download(
                    _LINKS.format(organization_id), written, query=piece.query, watch=watch
                )
                # What is no list of records is not to be found there again and again.
                await _validate(Spool.of_files([written.path]), None, n_bytes, None)
                kept = await anyio.to_thread.run_sync(
                    partial(checkpoints.keep, piece, written, began, n_bytes)
                )
            except BaseException:
                written.discard()
                raise
        came.append({name: kept[name] for name in ("query", "started_at", "finished_at", "bytes")})
    if progress:
        progress(Progress("slices", len(slices), len(slices), "calls"))
    return came


async def _validate(
    spool: Spool,
    organization_id: UUID | None,
    n_bytes: int,
    progress: Callable[[Progress], None] | None,
) -> ValidatedLinks:
    """Validate the replies in a thread of its own, so that other calls, and Ctrl-C, go on."""
    done = 0

    def seen(n_bytes_more: int) -> None:
        nonlocal done
        # Replies with duplicates are read a second time.
        done = min(done + n_bytes_more, n_bytes)
        if progress:
            progress(Progress("validation", done, n_bytes, "bytes"))

    openers = [partial(_Watched, opener, seen) for opener in spool.openers()]
    return await anyio.to_thread.run_sync(
        partial(
            validate_links,
            cast("list[Callable[[], IO[bytes]]]", openers),
            organization_id=organization_id,
        )
    )


class _Watched(io.BufferedIOBase):
    """A reply that is read in a worker thread: tells how far it is, and ends when cancelled."""

    def __init__(self, opener: Callable[[], IO[bytes]], seen: Callable[[int], None]) -> None:
        self._stream = opener()
        self._seen = seen

    def read(self, size: int | None = -1) -> bytes:
        anyio.from_thread.check_cancelled()
        piece = self._stream.read(-1 if size is None else size)
        self._seen(len(piece))
        return piece

    def close(self) -> None:
        self._stream.close()
        super().close()


def entity_links_of(validated: ValidatedLinks) -> list[EntityLink]:
    """Return the links as models, or raise for the first record that is bad."""
    for quarantined in validated.quarantine:
        if quarantined.is_bad:
            shown = ", ".join(f"{r.code} at {r.pointer or '/'}" for r in quarantined.reasons)
            raise InvalidRecordError(
                f"Record {quarantined.index} breaks the contract: {shown}.",
                reasons=[(reason.code, reason.pointer) for reason in quarantined.reasons],
                hint="fetch() sets such records aside and keeps the others.",
            )
    return [_entity_link(row) for row in validated.links.to_pylist()]


def _entity_link(row: dict[str, Any]) -> EntityLink:
    values: dict[str, Any] = {
        name: UUID(bytes=value) if isinstance(value, bytes) else value
        for name, value in row.items()
    }
    evidence = values["evidence"]
    return EntityLink.model_validate(
        {
            **values,
            "id": values["link_id"],
            "confidence_score": values["confidence"],
            "evidence": None if evidence is None else json.loads(evidence),
        }
    )
