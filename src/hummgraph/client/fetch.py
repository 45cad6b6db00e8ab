"""Fetching of a snapshot: downloads, validation, catalogue."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
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
from hummgraph.client.responses import check_total
from hummgraph.client.retry import AttemptError
from hummgraph.errors import InvalidRecordError, RequestTimeoutError
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.models import EntityLink, IntegrationSourceRecord
from hummgraph.records.parse import read_many
from hummgraph.records.validation import validate_links
from hummgraph.snapshot.snapshot import Snapshot, snapshot_from_validated
from hummgraph.snapshot.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from hummgraph.client.arguments import LinkRequest
    from hummgraph.client.checkpoints import Slice
    from hummgraph.client.transport import Transport
    from hummgraph.records.limits import MemoryBudget
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["entity_links_of", "fetch_links", "fetch_snapshot"]

_LINKS_PATH = "/organization/{}/entity-links"


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
    """Fetch links and, if requested, the catalogue; on failure, leave no file behind.

    A fetch that can be resumed leaves its complete slices.
    """
    started_at = datetime.now(UTC)
    if names:
        Catalogue.empty().with_names(names)  # raises for invalid names before any call
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
    over_at = anyio.current_time() + transport.fetch_timeout
    try:
        memory = transport.memory()
        with _within(transport.fetch_timeout):
            if checkpoints is None:
                n_bytes, total = await _download_replies(
                    transport, organization_id, request, spool, progress
                )
            else:
                slices = slices_of(request, await _list_systems(transport, organization_id))
                about["slices"] = await _download_slices(
                    transport, organization_id, slices, checkpoints, progress
                )
                started_at = min(
                    datetime.fromisoformat(one["started_at"]) for one in about["slices"]
                )
                spool = checkpoints.spool(slices)
                # Each slice was compared with its own announcement.
                n_bytes, total = sum(one["bytes"] for one in about["slices"]), None
            validated = await _validate_in_thread(
                spool, organization_id, n_bytes, progress, memory=memory
            )
            _check_all_came(total, validated, _links_url(transport, organization_id))
        found = (
            await fetch_catalogue(
                transport,
                organization_id,
                ends=LinkEnds.of(validated.links),
                progress=progress,
                memory=memory,
                over_at=over_at,
            )
            if catalogue
            else Catalogue.empty()
        )
        if checkpoints is not None:
            spool = checkpoints.detach(slices)
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
    """Download the replies into the spool and validate them."""
    with _within(transport.fetch_timeout):
        n_bytes, total = await _download_replies(transport, organization_id, request, spool, None)
        validated = await _validate_in_thread(
            spool, organization_id, n_bytes, None, memory=transport.memory()
        )
    _check_all_came(total, validated, _links_url(transport, organization_id))
    return validated


def _check_all_came(total: int | None, validated: ValidatedLinks, url: str) -> None:
    """Raise if there are fewer links than the API announced."""
    try:
        check_total(total, validated.n_records)
    except AttemptError as failure:
        error = failure.error(url, 1)
    else:
        return
    raise error


def _links_url(transport: Transport, organization_id: UUID) -> str:
    return transport.base_url + _LINKS_PATH.format(organization_id)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Cancel the block after some seconds, and raise."""
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise RequestTimeoutError(
            f"The fetch did not finish within {seconds:g} s.",
            hint="Allow more time with Timeouts(fetch=...), or fetch less with filters.",
        )


async def _download_replies(
    transport: Transport,
    organization_id: UUID,
    request: LinkRequest,
    spool: Spool,
    progress: Callable[[Progress], None] | None,
) -> tuple[int, int | None]:
    """Download the replies; return their size in bytes, and how many records they announce."""
    n_bytes = 0
    totals: list[int | None] = []
    for query in request.queries:
        latest = 0

        def watch(done: int, total: int | None, before: int = n_bytes) -> None:
            nonlocal latest
            latest = done
            if progress:
                # The total is unknown while a second call is due.
                known = total if len(request.queries) == 1 else None
                progress(Progress("links", before + done, known, "bytes"))

        totals.append(
            await transport.download(
                _LINKS_PATH.format(organization_id), spool, query=query, watch=watch
            )
        )
        n_bytes += latest
    known = [total for total in totals if total is not None]
    return n_bytes, sum(known) if len(known) == len(totals) else None


async def _list_systems(transport: Transport, organization_id: UUID) -> list[UUID]:
    """Return the ids of all systems, which define the slices."""
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
    """Download missing slices one after the other; return the metadata of every slice."""
    received = []
    for number, piece in enumerate(slices):
        if progress:
            progress(Progress("slices", number, len(slices), "calls"))
        stored = await anyio.to_thread.run_sync(checkpoints.stored, piece)
        if stored is None:
            began = datetime.now(UTC)
            written = checkpoints.begin(piece)
            n_bytes = 0

            def watch(done: int, _: int | None) -> None:
                nonlocal n_bytes
                n_bytes = done

            try:
                total = await transport.download(
                    _LINKS_PATH.format(organization_id), written, query=piece.query, watch=watch
                )
                # An invalid reply must not be stored, only to fail again on each resume.
                validated = await _validate_in_thread(
                    Spool.of_files([written.path]), None, n_bytes, None, memory=transport.memory()
                )
                _check_all_came(total, validated, _links_url(transport, organization_id))
                stored = await anyio.to_thread.run_sync(
                    partial(checkpoints.store, piece, written, began, n_bytes)
                )
            except BaseException:
                written.discard()
                raise
        received.append(
            {name: stored[name] for name in ("query", "started_at", "finished_at", "bytes")}
        )
    if progress:
        progress(Progress("slices", len(slices), len(slices), "calls"))
    return received


async def _validate_in_thread(
    spool: Spool,
    organization_id: UUID | None,
    n_bytes: int,
    progress: Callable[[Progress], None] | None,
    *,
    memory: MemoryBudget,
) -> ValidatedLinks:
    """Validate the replies in a thread, so that other calls, and Ctrl-C, keep working."""
    done = 0

    def seen(n_bytes_more: int) -> None:
        nonlocal done
        # Replies with duplicates are read twice.
        done = min(done + n_bytes_more, n_bytes)
        if progress:
            progress(Progress("validation", done, n_bytes, "bytes"))

    openers = [partial(_WatchedReply, opener, seen) for opener in spool.openers()]
    return await anyio.to_thread.run_sync(
        partial(
            validate_links,
            cast("list[Callable[[], IO[bytes]]]", openers),
            organization_id=organization_id,
            memory=memory,
        )
    )


class _WatchedReply(io.BufferedIOBase):
    """Reply read in a worker thread that reports its progress and stops on cancellation."""

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
    """Return the links as models; raise for the first invalid record."""
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
