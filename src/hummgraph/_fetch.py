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

from hummgraph._lookups import LinkEnds, fetch_catalogue
from hummgraph._settings import Progress
from hummgraph._spool import Spool
from hummgraph.catalogue import Catalogue
from hummgraph.errors import InvalidRecordError
from hummgraph.models import EntityLink
from hummgraph.snapshot import Snapshot, snapshot_from_validated
from hummgraph.validation import ValidatedLinks, validate_links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hummgraph._arguments import LinkRequest
    from hummgraph._transport import Transport

__all__ = ["entity_links_of", "fetch_links", "fetch_snapshot"]


async def fetch_snapshot(
    transport: Transport,
    organization_id: UUID,
    request: LinkRequest,
    *,
    catalogue: bool,
    names: Mapping[str, str] | None,
    progress: Callable[[Progress], None] | None,
) -> Snapshot:
    """Fetch links and, if wanted, the catalogue; leave nothing behind on any failure."""
    started_at = datetime.now(UTC)
    if names:
        Catalogue.empty().with_names(names)  # what is wrong with them is said before, not after
    spool = Spool()
    try:
        validated = await fetch_links(transport, organization_id, request, spool, progress=progress)
        found = (
            await fetch_catalogue(
                transport, organization_id, ends=LinkEnds.of(validated.links), progress=progress
            )
            if catalogue
            else Catalogue.empty()
        )
        return snapshot_from_validated(
            validated,
            catalogue=found,
            organization_id=organization_id,
            spool=spool,
            request={
                "organization_id": str(organization_id),
                "filters": dict(request.asked),
                "catalogue": catalogue,
            },
            started_at=started_at,
            finished_at=datetime.now(UTC),
            names=names,
        )
    except BaseException:
        spool.close()
        raise


async def fetch_links(
    transport: Transport,
    organization_id: UUID,
    request: LinkRequest,
    spool: Spool,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> ValidatedLinks:
    """Fetch the replies into the spool and validate them."""

    def tell(stage: str, before: int, done: int, total: int | None) -> None:
        if progress:
            whole = None if total is None else before + total
            progress(Progress(stage, before + done, whole, "bytes"))

    n_bytes = 0
    for query in request.queries:
        latest = 0

        def watch(done: int, total: int | None, before: int = n_bytes) -> None:
            nonlocal latest
            latest = done
            # With a second call to come the whole is not known.
            known = total if len(request.queries) == 1 else None
            tell("links", before, done, known)

        await transport.download(
            f"/organization/{organization_id}/entity-links", spool, query=query, watch=watch
        )
        n_bytes += latest
    done = 0

    def seen(n_bytes_more: int) -> None:
        nonlocal done
        # Replies with duplicates are read a second time.
        done = min(done + n_bytes_more, n_bytes)
        tell("validation", 0, done, n_bytes)

    openers = [partial(_Watched, opener, seen) for opener in spool.openers()]
    # In a thread of its own, so that other calls, and Ctrl-C, need not wait for it.
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
    """Give the links as models, or raise for the first record that is bad."""
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
