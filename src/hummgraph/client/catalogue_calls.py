"""Calls that fetch the catalogue. Each may fail: the names are then missing, and it is noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import anyio
import pyarrow as pa

from hummgraph.client.config import Progress
from hummgraph.errors import (
    AuthenticationError,
    ContractError,
    InvalidRequestError,
    NotFoundError,
    PagedReplyError,
    PermissionDeniedError,
    RequestError,
    RequestTimeoutError,
)
from hummgraph.records.catalogue import CatalogueBuilder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from hummgraph.client.transport import Transport
    from hummgraph.records.catalogue import Catalogue
    from hummgraph.records.limits import MemoryBudget

__all__ = ["LinkEnds", "fetch_catalogue", "fetch_integration_sources"]

T = TypeVar("T")

_LIST_PATH = "/integration-sources"
_ORGANIZATION_LIST_PATH = "/organization/{organization_id}/integration-sources"
_SYSTEM_PATH = "/integration-sources/{source_id}"
_DATABASE_PATHS: Mapping[str, str] = {
    "columns": f"{_SYSTEM_PATH}/columns",
    "tables": f"{_SYSTEM_PATH}/tables",
    "relationships": "/integration-sources/{integration_source_id}/relationships",
}
_OBJECTS_PATH = f"{_SYSTEM_PATH}/saas-objects"
_OBJECT_PATH = f"{_SYSTEM_PATH}/saas-objects/{{object_id}}"
_FIELDS_PATH = f"{_OBJECT_PATH}/saas-fields"
_ASSOCIATIONS_PATH = f"{_SYSTEM_PATH}/saas-associations"


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """Systems named by links, with their kind and their objects."""

    integration_sources: frozenset[UUID] = frozenset()
    databases: frozenset[UUID] = frozenset()
    objects: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    """Objects named by links, by system with SaaS ends; may be empty."""

    @classmethod
    def of(cls, links: pa.Table) -> LinkEnds:
        """Return the systems named in the columns of links."""
        sources: set[UUID] = set()
        databases: set[UUID] = set()
        objects: dict[UUID, set[UUID]] = {}
        for side in ("source", "target"):
            system = f"{side}_integration_source_id"
            sources.update(source for (source,) in _distinct_ids(links, system))
            for end in ("table_id", "column_id"):
                databases.update(s for s, _ in _distinct_ids(links, system, f"{side}_{end}"))
            for source, _ in _distinct_ids(links, system, f"{side}_field_id"):
                objects.setdefault(source, set())
            for source, object_id in _distinct_ids(links, system, f"{side}_saas_object_id"):
                objects.setdefault(source, set()).add(object_id)
        return cls(
            frozenset(sources),
            frozenset(databases),
            {source: frozenset(ids) for source, ids in objects.items()},
        )


def _distinct_ids(links: pa.Table, *names: str) -> list[tuple[UUID, ...]]:
    """Return the distinct combinations of ids, without those that hold a null."""
    table = links.select(list(names)).drop_null()
    plain = pa.table({name: table.column(name).cast(pa.binary(16)) for name in names})
    rows = plain.group_by(list(names)).aggregate([])
    return [tuple(UUID(bytes=packed) for packed in row.values()) for row in rows.to_pylist()]


async def fetch_catalogue(
    transport: Transport,
    organization_id: UUID,
    *,
    ends: LinkEnds | None = None,
    progress: Callable[[Progress], None] | None = None,
    memory: MemoryBudget | None = None,
    over_at: float | None = None,
) -> Catalogue:
    """Fetch the whole catalogue; for systems that cannot be listed, the parts named by links.

    Calls that have not ended at a time, by default the end of a fetch that begins now, are lost.
    """
    if over_at is None:
        over_at = anyio.current_time() + transport.fetch_timeout
    builder = CatalogueBuilder(memory or transport.memory(), organization_id)
    walk = _CatalogueFetch(
        transport, organization_id, ends or LinkEnds(), progress, over_at=over_at, builder=builder
    )
    with anyio.CancelScope(deadline=over_at):
        await walk.run()
    return walk.builder.build()


async def fetch_integration_sources(
    transport: Transport, organization_id: UUID, accept: Callable[[bytes], T]
) -> T:
    """Return the list of systems from the likelier of two undocumented calls, or from the other."""
    query = {"organization_id": str(organization_id)}
    try:
        return await transport.get(_LIST_PATH, accept, query=query)
    except PagedReplyError:
        raise  # it is the right call
    except (PermissionDeniedError, NotFoundError, InvalidRequestError, ContractError):
        return await transport.get(
            _ORGANIZATION_LIST_PATH.format(organization_id=organization_id), accept
        )


class _CatalogueFetch:
    """State of one round of catalogue calls."""

    def __init__(
        self,
        transport: Transport,
        organization_id: UUID,
        ends: LinkEnds,
        progress: Callable[[Progress], None] | None,
        *,
        over_at: float,
        builder: CatalogueBuilder,
    ) -> None:
        self.builder = builder
        self._over_at = over_at
        self._transport = transport
        self._organization_id = organization_id
        self._ends = ends
        self._progress = progress
        self._n_done = 0
        self._n_known = 0

    async def run(self) -> None:
        """Make the calls: organisation and systems first, then the content of each system."""
        ids = {"organization_id": self._organization_id}
        await self._call("organization", "/organization/{organization_id}", ids)
        if not await self._call("integration_sources", _LIST_PATH):
            await self._call("integration_sources", _ORGANIZATION_LIST_PATH, ids)
        builder = self.builder
        unlisted = [
            source
            for source in sorted(self._ends.integration_sources)
            if not builder.has_integration_source(source)
        ]
        await _run_all(
            unlisted,
            lambda source: self._call("integration_sources", _SYSTEM_PATH, {"source_id": source}),
        )
        kinds = builder.integration_source_kinds()
        sources = sorted(kinds.keys() | self._ends.integration_sources)
        await _run_all(sources, lambda source: self._fetch_system(source, kinds.get(source, "")))

    async def _fetch_system(self, source: UUID, kind: str) -> None:
        """Fetch one system, by the kind in its record, else in links, else by both kinds."""
        database = kind == "database" or source in self._ends.databases
        saas = kind not in {"", "database"} or source in self._ends.objects
        if not database and not saas:
            database = saas = True
        works: list[Callable[[], Awaitable[object]]] = []
        if database:
            ids = {"source_id": source, "integration_source_id": source}
            works += [
                partial(self._call, kind, call, ids, source)
                for kind, call in _DATABASE_PATHS.items()
            ]
        if saas:
            works.append(partial(self._fetch_objects, source))
            works.append(
                partial(
                    self._call, "associations", _ASSOCIATIONS_PATH, {"source_id": source}, source
                )
            )
        await _run_all(works, lambda work: work())

    async def _fetch_objects(self, source: UUID) -> None:
        ids = {"source_id": source}
        if not await self._call("saas_objects", _OBJECTS_PATH, ids, source):
            # Objects named by links can still be fetched one by one.
            await _run_all(
                sorted(self._ends.objects.get(source, ())),
                lambda item: self._call(
                    "saas_objects", _OBJECT_PATH, {**ids, "object_id": item}, source
                ),
            )
        await _run_all(
            self.builder.saas_object_ids(source),
            lambda item: self._call(
                "saas_fields", _FIELDS_PATH, {**ids, "object_id": item}, source
            ),
        )

    async def _call(
        self,
        kind: str,
        call: str,
        ids: Mapping[str, UUID] | None = None,
        source: UUID | None = None,
    ) -> bool:
        """Make one call; return whether it returned any records."""
        self._n_known += 1
        ids = ids or {}
        query: dict[str, str] = {}
        if "{organization_id}" not in call:
            # Not a filter: the access check of the API seems to require it.
            query["organization_id"] = str(self._organization_id)
        if kind == "columns":
            # Without this, links to retired columns would have no names.
            query["active_only"] = "false"
        try:
            await self._transport.get(
                call.format_map({name: str(value) for name, value in ids.items()}),
                partial(self.builder.add, kind, integration_source_id=source),
                query=query,
                insists=True,
            )
        except anyio.get_cancelled_exc_class():
            if anyio.current_time() >= self._over_at:
                self.builder.note_lookup(f"GET {call}", RequestTimeoutError.code)
            raise
        except AuthenticationError:
            raise
        except RequestError as error:
            refused = error.status is not None and error.status >= 300
            outcome = str(error.status) if refused else error.code
        except ContractError as error:
            outcome = error.code
        else:
            outcome = "ok"
        self.builder.note_lookup(f"GET {call}", outcome)
        self._n_done += 1
        if self._progress:
            self._progress(Progress("catalogue", self._n_done, self._n_known, "calls"))
        return outcome in {"ok", PagedReplyError.code}


async def _run_all(items: Iterable[T], work: Callable[[T], Awaitable[Any]]) -> None:
    """Run the work for all items concurrently; cancel the rest at the first error and raise it."""
    errors: list[Exception] = []

    async def one(item: T) -> None:
        try:
            await work(item)
        except Exception as error:  # noqa: BLE001 - raised below, outside a group
            errors.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for item in items:
            group.start_soon(one, item)
    if errors:
        raise errors.pop(0)
