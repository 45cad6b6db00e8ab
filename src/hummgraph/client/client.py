"""Client of Humm's Config API: reads entity links and catalogue, and changes nothing.

:class:`Client` is for scripts and notebooks; :class:`AsyncClient` has the same methods as
coroutines. All calls are GETs. The token is sent only to the host of the base URL: redirects are
not followed, certificates are always verified, and plain http is refused for other machines.
A proxy is read from the environment (``HTTPS_PROXY``), except for calls to this machine.
"""

from __future__ import annotations

import os
import threading
import weakref
from concurrent.futures import Future, wait
from functools import partial
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

import anyio
from anyio.from_thread import BlockingPortal

from hummgraph.client.async_client import (
    DEFAULT_BASE_URL,
    LIMITS,
    RETRY,
    TIMEOUTS,
    AsyncClient,
    read_environment,
)
from hummgraph.client.config import Limits, Progress, RetryPolicy, Timeouts
from hummgraph.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType
    from typing import Unpack
    from uuid import UUID

    from hummgraph.client.async_client import Options
    from hummgraph.client.transport import AsyncTransport
    from hummgraph.records.catalogue import Catalogue
    from hummgraph.records.models import (
        EntityLink,
        IntegrationSourceRecord,
        LinkType,
        OrganizationRecord,
        Status,
    )
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = [
    "DEFAULT_BASE_URL",
    "AsyncClient",
    "Client",
    "Limits",
    "Progress",
    "RetryPolicy",
    "Timeouts",
]

T = TypeVar("T")

# An endless wait cannot be interrupted on every system, so waits are cut into slices this long.
_WAIT_SLICE_SECONDS = 0.2
# Time that Ctrl-C allows for closing connections and removing temporary files.
_CLEANUP_SECONDS = 5.0


class Client:
    """Client that reads entity links and their catalogue from Humm's Config API.

    Works in scripts and in notebooks. Use it as a context manager, or call :meth:`close`.

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

    See Also
    --------
    AsyncClient : The same, as coroutines.

    Notes
    -----
    Every method raises :class:`AuthenticationError`, :class:`PermissionDeniedError`,
    :class:`NotFoundError`, :class:`RateLimitError`, :class:`ServerError`,
    :class:`RequestTimeoutError`, :class:`ConnectionFailedError` or another
    :class:`RequestError` if the API still fails after the attempts that `retry` allows; and
    :class:`ContractError` if a reply differs from the API's documentation.

    Calls run on an event loop in a thread of the client's own, so they also work while a loop runs,
    and from several threads at once. Ctrl-C ends a call immediately and leaves no temporary file.
    In a forked process the client starts again, with its own connections, unless it was used
    before with a ``transport``: then calls raise :class:`ConfigError`.

    Examples
    --------
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.datasets.server import serve
    >>> with (
    ...     serve(load_demo(), token="demo") as server,
    ...     Client(
    ...         token=server.token,
    ...         organization_id=server.organization_id,
    ...         base_url=server.base_url,
    ...     ) as client,
    ... ):
    ...     snapshot = client.fetch()
    >>> snapshot.organization_name, snapshot.origin
    ('Quillharbor', 'api')
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
        def create() -> AsyncClient:
            return AsyncClient(
                token=token,
                organization_id=organization_id,
                base_url=base_url,
                timeouts=timeouts,
                limits=limits,
                retry=retry,
                ca_bundle=ca_bundle,
                proxy=proxy,
                transport=transport,
            )

        # A function does not show the token where the client's attributes are printed.
        self._create = create
        self._has_transport = transport is not None
        self._inner = create()
        self._lock = threading.Lock()
        self._loop: tuple[BlockingPortal, Callable[[], object]] | None = None
        self._closed = False
        self._forked = False
        _clients.add(self)

    @classmethod
    def from_env(cls, **options: Unpack[Options]) -> Self:
        """Build a client from environment variables.

        Parameters
        ----------
        **options
            ``timeouts``, ``limits``, ``retry``, ``ca_bundle``, ``proxy`` and ``transport``, as for
            the class.

        Returns
        -------
        Client
            A client with the token ``HUMM_PAT``, the organisation ``ORG_ID`` and, if it is set, the
            base URL ``HUMM_BASE_URL``.

        Raises
        ------
        ConfigError
            If ``HUMM_PAT`` or ``ORG_ID`` is missing, or any value is invalid.

        Examples
        --------
        >>> import os
        >>> os.environ["HUMM_PAT"] = "pat_x"
        >>> os.environ["ORG_ID"] = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
        >>> Client.from_env()
        <Client of 0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01 at https://config.heyhumm.ai/api>
        >>> del os.environ["HUMM_PAT"], os.environ["ORG_ID"]
        """
        token, organization_id, base_url = read_environment()
        return cls(token=token, organization_id=organization_id, base_url=base_url, **options)

    @property
    def _client(self) -> AsyncClient:
        """The asynchronous client: a new one if this process was forked from the one it was of."""
        with self._lock:
            if self._forked and self._has_transport:
                raise ConfigError(
                    "The client was used before the process was forked, and its transport= belongs"
                    " to the other process.",
                    hint="Create a client in the new process.",
                )
            if self._forked:
                self._inner = self._create()
                self._forked = False
            return self._inner

    def _start_anew(self) -> None:
        """Leave loop and connections to the process from which this one was forked."""
        self._lock = threading.Lock()  # another thread may have held it
        if self._loop is not None:
            # Kept: collecting them would change what is shared with the other process.
            _left_behind.append((self._loop, self._inner))
            self._loop = None
            self._forked = True

    def __repr__(self) -> str:
        return repr(self._inner).replace("AsyncClient", type(self).__name__, 1)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A client cannot be pickled: its token would end up in a file.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client cannot be used afterwards.

        Examples
        --------
        >>> Client(token="pat_x", organization_id="0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01").close()
        """
        with self._lock:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop:
            loop[1]()

    def fetch(
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
        """Fetch links and catalogue.

        Parameters
        ----------
        source_integration_source_id
            Only links with their source in this system.
        target_integration_source_id
            Only links with their target in this system.
        status
            Only links in this review state.
        link_type
            Only links of this type.
        touching
            Only links with an end in this system, on either side; makes two calls, and cannot be
            combined with the two filters above.
        catalogue
            Whether to fetch the names of systems, tables and columns. Any of these calls may fail
            without harm: `Catalogue.lookups` lists the outcomes, and names are missing for calls
            that failed.
        names
            Names by id, or a JSON file of such an object; they take precedence over the
            catalogue's.
        resume
            Folder for a fetch in slices, one for each source system and review state: created if
            missing, removed when the fetch is complete. If the fetch ends early, complete slices
            are kept there, and the same call continues with the others. The result is not the state
            of one point in time; see the notes.
        progress
            Called with a :class:`Progress` from time to time, from another thread.

        Returns
        -------
        Snapshot
            The snapshot; records that break the contract are in its quarantine.

        Raises
        ------
        ArgumentError
            If a filter has a value that is not allowed, or `resume` holds a different fetch.
        ConfigError
            If the names are invalid.
        RequestError
            If the links cannot be fetched; see the notes of the class.
        ContractError
            If the reply is not a JSON array, or all links belong to another organisation.
        MemoryLimitError
            If links and catalogue need more memory than `Limits.memory`; the error has the number
            of bytes needed.
        OutputError
            If the disk for temporary files is full, or slices cannot be stored in `resume`.

        Notes
        -----
        O(n) for n links; the reply is streamed through a temporary file and never held as a whole.

        With `resume` there are three calls for each system that the API lists, one after the other.
        Slices older than a day are fetched again. A link that is reviewed during the fetch may
        arrive twice, or not at all: of two, the one updated last is kept and the other is in
        quarantine. Links from systems that are not listed, and links in a review state that the
        contract does not name, are in no slice. `Snapshot.slices` has the times.

        Examples
        --------
        >>> client = Client(token="pat_x", organization_id="0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01")
        >>> client.fetch(status="MAYBE")
        Traceback (most recent call last):
            ...
        hummgraph.errors.ArgumentError: status='MAYBE' is not one of 'SUGGESTED', 'APPROVED', ...
        >>> client.close()
        """
        return self._run(
            partial(
                self._client.fetch,
                source_integration_source_id=source_integration_source_id,
                target_integration_source_id=target_integration_source_id,
                status=status,
                link_type=link_type,
                touching=touching,
                catalogue=catalogue,
                names=names,
                resume=resume,
                progress=progress,
            )
        )

    def entity_links(
        self,
        *,
        source_integration_source_id: str | UUID | None = None,
        target_integration_source_id: str | UUID | None = None,
        status: Status | str | None = None,
        link_type: LinkType | str | None = None,
        touching: str | UUID | None = None,
    ) -> list[EntityLink]:
        """Fetch links as models, all in memory.

        Parameters
        ----------
        source_integration_source_id, target_integration_source_id, status, link_type, touching
            The same as for :meth:`fetch`.

        Returns
        -------
        list of EntityLink
            Each link once, in the order received.

        Raises
        ------
        ArgumentError
            If a filter has a value that is not allowed.
        InvalidRecordError
            If any record breaks the contract; :meth:`fetch` keeps the others.
        RequestError
            If the links cannot be fetched; see the notes of the class.
        ContractError
            If the reply is not a JSON array, or all links belong to another organisation.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> from hummgraph.datasets.server import serve
        >>> with serve(load_demo(), token="demo") as s, Client(
        ...     token=s.token, organization_id=s.organization_id, base_url=s.base_url
        ... ) as client:
        ...     {str(link.status) for link in client.entity_links(status="REJECTED")}
        {'REJECTED'}
        """
        return self._run(
            partial(
                self._client.entity_links,
                source_integration_source_id=source_integration_source_id,
                target_integration_source_id=target_integration_source_id,
                status=status,
                link_type=link_type,
                touching=touching,
            )
        )

    def entity_link(self, link_id: str | UUID) -> EntityLink:
        """Fetch one link.

        Parameters
        ----------
        link_id
            The link's id.

        Raises
        ------
        ArgumentError
            If `link_id` is not an id.
        NotFoundError
            If there is no such link.
        RequestError
            If the link cannot be fetched; see the notes of the class.
        InvalidRecordError
            If the record breaks the contract.

        Examples
        --------
        >>> acme = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
        >>> with Client(token="pat_x", organization_id=acme) as client:
        ...     client.entity_link("42")
        Traceback (most recent call last):
            ...
        hummgraph.errors.ArgumentError: link_id='42' is not an id. ...
        """
        return self._run(partial(self._client.entity_link, link_id))

    def catalogue(self) -> Catalogue:
        """Fetch systems, tables and columns, without links.

        Returns
        -------
        Catalogue
            The entries that could be fetched; its ``lookups`` list the calls that failed.

        Raises
        ------
        AuthenticationError
            If the API refuses the token.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> from hummgraph.datasets.server import serve
        >>> with serve(load_demo(), token="demo") as s, Client(
        ...     token=s.token, organization_id=s.organization_id, base_url=s.base_url
        ... ) as client:
        ...     client.catalogue().organization_name
        'Quillharbor'
        """
        return self._run(self._client.catalogue)

    def organization(self) -> OrganizationRecord:
        """Fetch the record of the organisation.

        Raises
        ------
        RequestError
            If it cannot be fetched; see the notes of the class.
        InvalidRecordError
            If the record breaks the contract.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> from hummgraph.datasets.server import serve
        >>> with serve(load_demo(), token="demo") as s, Client(
        ...     token=s.token, organization_id=s.organization_id, base_url=s.base_url
        ... ) as client:
        ...     client.organization().name
        'Quillharbor'
        """
        return self._run(self._client.organization)

    def integration_sources(self) -> list[IntegrationSourceRecord]:
        """Fetch the records of all systems.

        Raises
        ------
        RequestError
            If neither of the two calls that may list them succeeds.
        ContractError
            If the reply is not a JSON array of such records.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> from hummgraph.datasets.server import serve
        >>> with serve(load_demo(), token="demo") as s, Client(
        ...     token=s.token, organization_id=s.organization_id, base_url=s.base_url
        ... ) as client:
        ...     "Salesforce" in {system.name for system in client.integration_sources()}
        True
        """
        return self._run(self._client.integration_sources)

    def _run(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine on the client's loop; on an interrupt, cancel it and wait for its end."""
        portal = self._portal()
        ended = threading.Event()

        async def run() -> T:
            try:
                return await function()
            finally:
                ended.set()

        future = portal.start_task_soon(run)
        try:
            while not wait([future], timeout=_WAIT_SLICE_SECONDS).done:
                pass
            return future.result()
        except BaseException:
            if future.cancel():
                ended.wait(_CLEANUP_SECONDS)
            raise

    def _portal(self) -> BlockingPortal:
        """Return the portal to the client's own loop, which starts on first use."""
        with self._lock:
            if self._closed:
                raise ConfigError("The client is closed.", hint="Create a new one.")
            if self._loop is None:
                thread, portal = _start_portal()
                # Runs at the latest when the client is collected, or when Python exits.
                stop = weakref.finalize(
                    self, _stop_portal, thread, portal, self._inner, os.getpid()
                )
                self._loop = portal, stop
            return self._loop[0]


_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_left_behind: list[object] = []


def _start_all_anew() -> None:
    for client in tuple(_clients):
        client._start_anew()  # noqa: SLF001 - part of the class


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_start_all_anew)


def _start_portal() -> tuple[threading.Thread, BlockingPortal]:
    """Start an event loop in a new thread.

    It does not use anyio's function, whose context manager waits for the thread when it is
    collected, and in a forked process there is no such thread.
    """
    started: Future[BlockingPortal] = Future()

    async def serve() -> None:
        async with BlockingPortal() as portal:
            started.set_result(portal)
            await portal.sleep_until_stopped()

    def run() -> None:
        try:
            anyio.run(serve, backend="asyncio")
        except BaseException as error:  # noqa: BLE001 - raised where the loop is waited for
            if not started.done():
                started.set_exception(error)  # such as too many open files

    thread = threading.Thread(target=run, name="hummgraph-client", daemon=True)
    thread.start()
    return thread, started.result()


def _stop_portal(
    thread: threading.Thread, portal: BlockingPortal, client: AsyncClient, process: int
) -> None:
    if process != os.getpid():
        return  # the thread is in the process from which this one was forked
    try:
        portal.call(client.aclose)
        # Tasks left by an interrupt must not be waited for.
        portal.call(portal.stop, True)  # noqa: FBT003 - positional-only in anyio
    finally:
        thread.join()
