"""From calls to a snapshot: download, validate, look up names."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import partial
from typing import IO, TYPE_CHECKING

import anyio
import anyio.from_thread
import anyio.to_thread

from hummgraph._lookups import LinkEnds, fetch_catalogue
from hummgraph._settings import Progress
from hummgraph._spool import Spool
from hummgraph.catalogue import Catalogue
from hummgraph.snapshot import Snapshot, snapshot_from_validated
from hummgraph.validation import ValidatedLinks, validate_links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from hummgraph._arguments import LinkRequest
    from hummgraph._transport import Transport

__all__ = ["fetch_links", "fetch_snapshot"]


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
        validated = await fetch_links(
            transport, organization_id, request, spool, progress=progress
        )
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
    seen = partial(tell, "validation", 0, total=n_bytes)
    # In a thread of its own, so that the calls' loop, and Ctrl-C, need not wait for it.
    return await anyio.to_thread.run_sync(_validate, spool, organization_id, seen)


def _validate(spool: Spool, organization_id: UUID, seen: Callable[[int], None]) -> ValidatedLinks:
    openers = [
        partial(_Watched, opener, _Count(seen) if number == 0 else None)
        for number, opener in enumerate(spool.openers())
    ]
    return validate_links(openers, organization_id=organization_id)
