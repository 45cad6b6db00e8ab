"""The catalogue, call by call. Every call may fail: then the name is missing, and that is noted."""

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
    PermissionDeniedError,
    RequestError,
)
from hummgraph.records.catalogue import CatalogueBuilder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from hummgraph.client.transport import Transport
    from hummgraph.records.catalogue import Catalogue

__all__ = ["LinkEnds", "fetch_catalogue", "fetch_integration_sources"]

T = TypeVar("T")

_LIST = "/integration-sources"
_LIST_OF_ORGANIZATION = "/organization/{organization_id}/integration-sources"
_ONE = "/integration-sources/{source_id}"
_DATABASE_CALLS: Mapping[str, str] = {
    "columns": f"{_ONE}/columns",
    "tables": f"{_ONE}/tables",
    "relationships": "/integration-sources/{integration_source_id}/relationships",
}
_OBJECTS = f"{_ONE}/saas-objects"
_OBJECT = f"{_ONE}/saas-objects/{{object_id}}"
_FIELDS = f"{_OBJECT}/saas-fields"
_ASSOCIATIONS = f"{_ONE}/saas-associations"


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """What links say about the systems: which there are, of what kind, with which objects."""

    integration_sources: frozenset[UUID] = frozenset()
    databases: frozenset[UUID] = frozenset()
    objects: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    """For each system with SaaS ends, the objects that links name; there may be none."""

    @classmethod
    def of(cls, links: pa.Table) -> LinkEnds:
        """Read them off the columns of links."""
        sources: set[UUID] = set()
        databases: set[UUID] = set()
        objects: dict[UUID, set[UUID]] = {}
        for side in ("source", "target"):
            system = f"{side}_integration_source_id"
            sources.update(source for (source,) in _distinct(links, system))
            for end in ("table_id", "column_id"):
                databases.update(s for s, _ in _distinct(links, system, f"{side}_{end}"))
            for source, _ in _distinct(links, system, f"{side}_field_id"):
                objects.setdefault(source, set())
            for source, object_id in _distinct(links, system, f"{side}_saas_object_id"):
                objects.setdefault(source, set()).add(object_id)
        return cls(
            frozenset(sources),
            frozenset(databases),
            {source: frozenset(ids) for source, ids in objects.items()},
        )


def _distinct(links: pa.Table, *names: str) -> list[tuple[UUID, ...]]:
    """Return the distinct combinations of ids, those with a null left out."""
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
) -> Catalogue:
    """Ask for all that there is, with what links say for the systems that cannot be listed."""
    walk = _Walk(transport, organization_id, ends or LinkEnds(), progress)
    await walk.run()
    return walk.builder.build()


async def fetch_integration_sources(
    transport: Transport, organization_id: UUID, accept: Callable[[bytes], T]
) -> T:
    """List the systems by the likelier of two calls, none of which is documented, or the other."""
    query = {"organization_id": str(organization_id)}
    try:
        return await transport.get(_LIST, accept, query=query)
    except (PermissionDeniedError, NotFoundError, InvalidRequestError, ContractError):
        return await transport.get(
            _LIST_OF_ORGANIZATION.format(organization_id=organization_id), accept
        )


class _Walk:
    """One round of catalogue calls."""

    def __init__(
        self,
        transport: Transport,
        organization_id: UUID,
        ends: LinkEnds,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.builder = CatalogueBuilder()
        self._transport = transport
        self._organization_id = organization_id
        self._ends = ends
        self._progress = progress
        self._n_done = 0
        self._n_known = 0

    async def run(self) -> None:
        """Build the calls: organisation and systems first, then what each system holds."""
        ids = {"organization_id": self._organization_id}
        await self._look("organization", "/organization/{organization_id}", ids)
        if not await self._look("integration_sources", _LIST):
            await self._look("integration_sources", _LIST_OF_ORGANIZATION, ids)
        builder = self.builder
        unlisted = [
            source
            for source in sorted(self._ends.integration_sources)
            if not builder.has_integration_source(source)
        ]
        await _each(
            unlisted,
            lambda source: self._look("integration_sources", _ONE, {"source_id": source}),
        )
        kinds = builder.integration_source_kinds()
        sources = sorted(kinds.keys() | self._ends.integration_sources)
        await _each(sources, lambda source: self._system(source, kinds.get(source, "")))

    async def _system(self, source: UUID, kind: str) -> None:
        """Look at one system: as its record says, as links say, or, if nothing says, both ways."""
        database = kind == "database" or source in self._ends.databases
        saas = kind not in {"", "database"} or source in self._ends.objects
        if not database and not saas:
            database = saas = True
        works: list[Callable[[], Awaitable[object]]] = []
        if database:
            ids = {"source_id": source, "integration_source_id": source}
            works += [
                partial(self._look, kind, call, ids, source)
                for kind, call in _DATABASE_CALLS.items()
            ]
        if saas:
            works.append(partial(self._objects, source))
            works.append(
                partial(self._look, "associations", _ASSOCIATIONS, {"source_id": source}, source)
            )
        await _each(works, lambda work: work())

    async def _objects(self, source: UUID) -> None:
        ids = {"source_id": source}
        if not await self._look("saas_objects", _OBJECTS, ids, source):
            # What links name can still be asked for one by one.
            await _each(
                sorted(self._ends.objects.get(source, ())),
                lambda item: self._look(
                    "saas_objects", _OBJECT, {**ids, "object_id": item}, source
                ),
            )
        await _each(
            self.builder.saas_object_ids(source),
            lambda item: self._look("saas_fields", _FIELDS, {**ids, "object_id": item}, source),
        )

    async def _look(
        self,
        kind: str,
        call: str,
        ids: Mapping[str, UUID] | None = None,
        source: UUID | None = None,
    ) -> bool:
        """Build one call; say whether it brought something."""
        self._n_known += 1
        ids = ids or {}
        query: dict[str, str] = {}
        if "{organization_id}" not in call:
            # Not a filter: what the access check of the API wants to know, so it is thought.
            query["organization_id"] = str(self._organization_id)
        if kind == "columns":
            # Else links to retired columns would have no names.
            query["active_only"] = "false"
        try:
            await self._transport.get(
                call.format_map({name: str(value) for name, value in ids.items()}),
                partial(self.builder.add, kind, integration_source_id=source),
                query=query,
            )
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
        return outcome == "ok"


async def _each(items: Iterable[T], work: Callable[[T], Awaitable[Any]]) -> None:
    """Do the work for all items at once; the first error ends the rest and is raised as it is."""
    errors: list[Exception] = []

    async def one(item: T) -> None:
        try:
            await work(item)
        except Exception as error:  # noqa: BLE001 - raised below, without a group around it
            errors.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for item in items:
            group.start_soon(one, item)
    if errors:
        raise errors.pop(0)
