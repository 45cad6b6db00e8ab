"""Asynchronous client, which holds the implementation of both clients."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self, TypedDict

from hummgraph.client.arguments import Token, check_base_url, check_id, cleaned, link_request
from hummgraph.client.belonging import Home
from hummgraph.client.catalogue_calls import fetch_catalogue, fetch_integration_sources
from hummgraph.client.config import Limits, RetryPolicy, Timeouts
from hummgraph.client.fetch import entity_links_of, fetch_links, fetch_snapshot
from hummgraph.client.transport import Transport
from hummgraph.errors import ConfigError
from hummgraph.records.models import IntegrationSourceRecord, OrganizationRecord
from hummgraph.records.parse import read_many, read_one
from hummgraph.records.verdicts import validate_record
from hummgraph.snapshot.link_readers import read_names
from hummgraph.snapshot.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Unpack
    from uuid import UUID

    from hummgraph.client.config import Progress
    from hummgraph.client.transport import AsyncTransport
    from hummgraph.records.catalogue import Catalogue
    from hummgraph.records.models import EntityLink, LinkType, Status
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = [
    "DEFAULT_BASE_URL",
    "LIMITS",
    "RETRY",
    "TIMEOUTS",
    "AsyncClient",
    "Options",
    "read_environment",
]

DEFAULT_BASE_URL = "https://config.heyhumm.ai/api"
"""Default base URL of the API."""

TIMEOUTS = Timeouts()
LIMITS = Limits()
RETRY = RetryPolicy()


class Options(TypedDict, total=False):
    """Options of both clients besides token, organisation and base URL."""

    timeouts: Timeouts
    limits: Limits
    retry: RetryPolicy
    ca_bundle: str | os.PathLike[str] | None
    proxy: str | None
    transport: AsyncTransport | None


def read_environment() -> tuple[str, str, str]:
    """Return token, organisation and base URL from the environment."""
    for name in ("HUMM_PAT", "ORG_ID"):
        if not cleaned(os.environ.get(name, "")):
            raise ConfigError(
                f"{name} is not set.",
                hint="HUMM_PAT is a token from Humm's Settings > API Tokens, ORG_ID the id of your "
                "organisation.",
            )
    base_url = cleaned(os.environ.get("HUMM_BASE_URL", ""))
    return os.environ["HUMM_PAT"], os.environ["ORG_ID"], base_url or DEFAULT_BASE_URL


class AsyncClient:
    """Client of Humm's Config API whose methods are coroutines.

    The methods are those of :class:`Client`, where they are documented.

    Parameters
    ----------
    token
        A personal access token.
    organization_id
        The organisation's id.
    base_url
        URL of the API; https, or http on this machine.
    timeouts
        Limits on the duration of calls.
    limits
        Limits on the size of replies, and on the number of concurrent calls.
    retry
        Rules for repeating failed calls.
    ca_bundle
        A file of certificates to trust instead of the default ones.
    proxy
        URL of a proxy, instead of that of the environment: http, https or socks5.
    transport
        An ``httpx.AsyncBaseTransport`` in place of the network, for tests.

    Raises
    ------
    ConfigError
        If the token, the id, the base URL, the proxy or the certificate file is invalid, even if
        the last two come from the environment.

    Notes
    -----
    Runs on asyncio and trio. A client belongs to the event loop and the process of its first call;
    calls from others raise :class:`ConfigError`.

    Examples
    --------
    >>> import anyio
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.datasets.server import serve
    >>> async def name_of(server):
    ...     async with AsyncClient(
    ...         token=server.token,
    ...         organization_id=server.organization_id,
    ...         base_url=server.base_url,
    ...     ) as client:
    ...         return (await client.organization()).name
    >>> with serve(load_demo(), token="demo") as server:
    ...     anyio.run(name_of, server)
    'Quillharbor'
    """

    def __init__(
        self,
        *,
        token: str,
        organization_id: str | UUID,
        base_url: str = DEFAULT_BASE_URL,
        timeouts: Timeouts = TIMEOUTS,
        limits: Limits = LIMITS,
        retry: RetryPolicy = RETRY,
        ca_bundle: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        self._organization_id = check_id("organization_id", organization_id, error=ConfigError)
        self._base_url = check_base_url(base_url)
        self._home = Home()
        self._transport = Transport(
            Token(token),
            self._base_url,
            timeouts=timeouts,
            limits=limits,
            retry=retry,
            ca_bundle=ca_bundle,
            proxy=proxy,
            transport=transport,
        )

    @classmethod
    def from_env(cls, **options: Unpack[Options]) -> Self:
        """Build a client from environment variables, as :meth:`Client.from_env` does."""
        token, organization_id, base_url = read_environment()
        return cls(token=token, organization_id=organization_id, base_url=base_url, **options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._organization_id} at {self._base_url}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A client cannot be pickled: its token would end up in a file.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, as :meth:`Client.close` does.

        In another event loop or a forked process, which has no connections of it, do nothing.
        """
        if not self._home.is_left():
            await self._transport.aclose()

    def _here(self) -> Transport:
        """Return the transport, if this is the loop and the process of the first call."""
        self._home.enter()
        return self._transport

    async def fetch(
        self,
        *,
        source_integration_source_id: str | UUID | None = None,
        target_integration_source_id: str | UUID | None = None,
        status: Status | str | None = None,
        link_type: LinkType | str | None = None,
        touching: str | UUID | None = None,
        catalogue: bool = True,
        names: Mapping[str, str] | str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Snapshot:
        """Fetch links and catalogue, as :meth:`Client.fetch` does."""
        request = link_request(
            source_integration_source_id=source_integration_source_id,
            target_integration_source_id=target_integration_source_id,
            status=status,
            link_type=link_type,
            touching=touching,
        )
        return await fetch_snapshot(
            self._here().with_shared_retries(),
            self._organization_id,
            request,
            catalogue=catalogue,
            names=None if names is None else read_names(names),
            progress=progress,
            resume=None if resume is None else Path(resume),
        )

    async def entity_links(
        self,
        *,
        source_integration_source_id: str | UUID | None = None,
        target_integration_source_id: str | UUID | None = None,
        status: Status | str | None = None,
        link_type: LinkType | str | None = None,
        touching: str | UUID | None = None,
    ) -> list[EntityLink]:
        """Fetch links as models, as :meth:`Client.entity_links` does."""
        request = link_request(
            source_integration_source_id=source_integration_source_id,
            target_integration_source_id=target_integration_source_id,
            status=status,
            link_type=link_type,
            touching=touching,
        )
        spool = Spool()
        try:
            return entity_links_of(
                await fetch_links(
                    self._here().with_shared_retries(), self._organization_id, request, spool
                )
            )
        finally:
            spool.close()

    async def entity_link(self, link_id: str | UUID) -> EntityLink:
        """Fetch one link, as :meth:`Client.entity_link` does."""
        known = check_id("link_id", link_id)
        path = f"/organization/{self._organization_id}/entity-links/{known}"
        return await self._here().get(path, validate_record)

    async def catalogue(self) -> Catalogue:
        """Fetch systems, tables and columns, as :meth:`Client.catalogue` does."""
        return await fetch_catalogue(self._here().with_shared_retries(), self._organization_id)

    async def organization(self) -> OrganizationRecord:
        """Fetch the record of the organisation, as :meth:`Client.organization` does."""
        return await self._here().get(
            f"/organization/{self._organization_id}", partial(read_one, OrganizationRecord)
        )

    async def integration_sources(self) -> list[IntegrationSourceRecord]:
        """Fetch the records of all systems, as :meth:`Client.integration_sources` does."""
        return await fetch_integration_sources(
            self._here().with_shared_retries(),
            self._organization_id,
            partial(read_many, IntegrationSourceRecord),
        )
