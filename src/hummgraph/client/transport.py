"""Transport: one GET, repeated where that can help, read within bounds; the only user of httpx.

httpx's timeouts bound single reads: a reply that arrives byte by byte never exceeds them. So every
wait has a deadline of our own as well.
"""

from __future__ import annotations

import copy
import platform
import socket
import ssl
from contextlib import asynccontextmanager, suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import httpx

from hummgraph.client.decompression import Inflater
from hummgraph.client.lanes import Lanes, Turns
from hummgraph.client.network import proxy_for, ssl_context
from hummgraph.client.responses import (
    BOM,
    ArrayEnds,
    check_no_next_page,
    check_start,
    check_total,
    detail_of,
    refusal,
    request_id_of,
    status_text,
    total_of,
)
from hummgraph.client.retry import Allowance, AttemptError, Budget, retrying
from hummgraph.errors import (
    ConfigError,
    ConnectionFailedError,
    ContractError,
    ProtocolError,
    RedirectError,
    RequestError,
    RequestTimeoutError,
)
from hummgraph.records.json_stream import is_json
from hummgraph.records.limits import MemoryBudget

if TYPE_CHECKING:
    import os
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Iterator,
        Mapping,
    )

    from hummgraph.client.arguments import Token
    from hummgraph.client.config import Limits, RetryPolicy, Timeouts
    from hummgraph.client.network import Proxy
    from hummgraph.snapshot.spool import ReplyWriter

__all__ = ["AsyncTransport", "Transport", "failure_of"]

AsyncTransport = httpx.AsyncBaseTransport
"""Interface between a client and the network; ``httpx.MockTransport`` implements it for tests."""

T = TypeVar("T")

# All exceptions of httpx.
HTTPX_ERRORS: Final = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)

# The first match counts: exception, public error, message, and whether to try again.
ERROR_MAP: Final[tuple[tuple[type[Exception], type[RequestError], str, bool], ...]] = (
    (httpx.ConnectTimeout, RequestTimeoutError, "could not connect in time", True),
    (httpx.PoolTimeout, RequestTimeoutError, "found no free connection in time", True),
    (httpx.TimeoutException, RequestTimeoutError, "received no further bytes in time", True),
    (httpx.ConnectError, ConnectionFailedError, "could not connect", True),
    (httpx.NetworkError, ConnectionFailedError, "lost the connection", True),
    (httpx.LocalProtocolError, ProtocolError, "could not be sent", False),
    (httpx.RemoteProtocolError, ProtocolError, "received an invalid HTTP reply", False),
    (httpx.DecodingError, ProtocolError, "arrived wrongly compressed", True),
    (httpx.UnsupportedProtocol, ProtocolError, "cannot be sent by this protocol", False),
    (httpx.TooManyRedirects, RedirectError, "was redirected too often", False),
    (httpx.TransportError, ConnectionFailedError, "failed in transport", False),
    (httpx.HTTPError, RequestError, "failed", False),
    (httpx.StreamError, RequestError, "could not be read", False),
    (httpx.InvalidURL, RequestError, "is not a valid URL for httpx", False),
    (httpx.CookieConflict, RequestError, "received contradictory cookies", False),
)

# First words of httpcore's and h11's messages for a connection that ended early. If these change,
# such a call is no longer repeated; tests over real sockets would show it.
_CONNECTION_LOST_TEXTS = ("Server disconnected", "peer closed connection")

# Only a short text of an error's body is shown; the rest is not read.
_MAX_ERROR_BYTES = 64 * 1024


def failure_of(error: Exception, host: str) -> AttemptError:
    """Return the attempt's error for an exception of httpx."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return AttemptError(
                ConnectionFailedError,
                f"could not verify the certificate of {host}: {cause.verify_message.rstrip('.')}",
                hint="If your organisation has its own certificate authority, pass its file as "
                "ca_bundle=...; verification cannot be turned off.",
            )
        if isinstance(cause, ssl.SSLError):
            return AttemptError(
                ConnectionFailedError,
                f"could not agree on TLS with {host}",
                hint="Check whether the server speaks https on this port.",
                again=True,
            )
        if isinstance(cause, socket.gaierror):
            return AttemptError(
                ConnectionFailedError,
                f"found no address for the host {host}",
                hint="Check the base URL, and the network.",
                again=True,
            )
    if isinstance(error, httpx.RemoteProtocolError) and str(error).startswith(
        _CONNECTION_LOST_TEXTS
    ):
        return AttemptError(ProtocolError, "was cut off", again=True)
    if isinstance(error, httpx.ProxyError):
        return _proxy_failure(str(error))
    for foreign, kind, text, again in ERROR_MAP:
        if isinstance(error, foreign):
            hint = "Is the base URL right: http or https, host, port?" if not again else ""
            return AttemptError(kind, text, hint=hint, again=again)
    raise error


def _proxy_failure(text: str) -> AttemptError:
    """Return the attempt's error for a proxy that refuses; httpx's text begins with its status."""
    digits = text[:3]
    status = int(digits) if digits.isascii() and digits.isdecimal() else None
    # SOCKS has no statuses; this is the text for a wrong user or password.
    wrong_user = status == 407 or text.startswith("Invalid username/password")
    reply = "" if status is None else f" with {status_text(status)}"
    return AttemptError(
        ConnectionFailedError,
        f"was refused by the proxy{reply}",
        hint="Put user and password before the host: http://user:password@host:port."
        if wrong_user
        else "",
        status=status,
        again=not wrong_user and not 400 <= (status or 0) < 500,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


class Replies(Protocol):
    """Storage for long replies: a spool, or a slice of a fetch that can be resumed."""

    def new_reply(self) -> ReplyWriter:
        """Return a writer for a reply; each attempt of a call starts with a new one."""
        ...


class Transport:
    """Caller of the API for one client, with its token, within its limits."""

    def __init__(
        self,
        token: Token,
        base_url: str,
        *,
        timeouts: Timeouts,
        limits: Limits,
        retry: RetryPolicy,
        ca_bundle: str | os.PathLike[str] | None,
        proxy: str | None,
        transport: AsyncTransport | None,
    ) -> None:
        # Slow to import, and used only here.
        from importlib.metadata import version

        self._token = token
        self._base_url = base_url
        self._host = urlsplit(base_url).hostname or ""
        self._timeouts = timeouts
        self._limits = limits
        self._retry = retry
        self._allowance: Allowance | None = None
        self._limiter = anyio.CapacityLimiter(limits.concurrency)
        self._lanes = Lanes(limits.concurrency, retry)
        # A transport of one's own is the whole network: no proxy, nobody to trust.
        self._proxy = proxy_for(base_url, proxy) if transport is None else None
        context = ssl_context(
            ca_bundle,
            plain=base_url.startswith("http:") or transport is not None,
            default=partial(httpx.create_ssl_context, trust_env=False),
        )
        self._http = httpx.AsyncClient(
            headers={
                "Authorization": token.header(),
                "Accept": "application/json",
                "Accept-Encoding": "gzip, identity",
                "User-Agent": f"hummgraph/{version('hummgraph')} "
                f"python/{platform.python_version()} httpx/{httpx.__version__}",
            },
            timeout=httpx.Timeout(
                connect=timeouts.connect,
                read=timeouts.read,
                write=timeouts.read,
                pool=timeouts.pool,
            ),
            limits=httpx.Limits(max_connections=max(10, limits.concurrency)),
            follow_redirects=False,
            verify=context,
            # The environment was read above, with errors of our own.
            trust_env=False,
            proxy=None if self._proxy is None else _httpx_proxy(self._proxy, context),
            transport=transport,
        )

    @property
    def base_url(self) -> str:
        """URL of the API; it holds no secret."""
        return self._base_url

    def memory(self) -> MemoryBudget:
        """Return the memory that one fetch may use."""
        return MemoryBudget(self._limits)

    @property
    def fetch_timeout(self) -> float:
        """Greatest number of seconds for a whole fetch."""
        return inf if self._timeouts.fetch is None else self._timeouts.fetch

    def with_shared_retries(self) -> Transport:
        """Return a copy for a group of calls, which share their retries."""
        shared = copy.copy(self)
        shared._allowance = self._new_allowance()  # noqa: SLF001 - a copy of this object
        return shared

    def _new_allowance(self) -> Allowance:
        return Allowance(self._retry.retries, self._timeouts.total)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(
        self,
        path: str,
        accept: Callable[[bytes], T],
        *,
        query: Mapping[str, str] | None = None,
        insists: bool = False,
    ) -> T:
        """Fetch a small JSON reply and return the result of ``accept`` for its body.

        A result that is a list, or the number of its records, must be all that the API announces.
        ``accept`` raises `ContractError` for a body it cannot use, and must then change nothing.
        With ``insists`` a reply that is not JSON, such as a proxy's page, is asked for again.
        """
        budget = Budget(self._timeouts.total)

        async def read(response: httpx.Response) -> T:
            with budget.spend():
                body = await self._read_body(response, self._limits.catalogue_bytes)
            check_start(body, response.headers.get("content-type", ""), again=insists)
            content = body.removeprefix(BOM)
            try:
                accepted = accept(content)
            except ContractError:
                # A body delimited by the end of its connection may be truncated without notice.
                if (insists or not _is_framed(response)) and not is_json(content):
                    raise AttemptError(
                        ProtocolError, "was cut off, or is not JSON", again=True
                    ) from None
                raise
            # Of a list, its length, or the list itself; one record has no pages.
            n_records = len(accepted) if isinstance(accepted, list) else accepted
            if isinstance(n_records, int):
                check_no_next_page(response.headers)
                check_total(total_of(response.headers), n_records)
            return accepted

        return await self._call_with_retries(path, query or {}, read, budget)

    async def download(
        self,
        path: str,
        spool: Replies,
        *,
        query: Mapping[str, str],
        watch: Callable[[int, int | None], None],
    ) -> int | None:
        """Add a long JSON array to the spool; ``watch`` gets the bytes so far, and the total.

        Return the number of records that the API announces, if it does.
        """
        total = self._timeouts.links_total
        budget = Budget(min(self._timeouts.total, inf if total is None else total))
        ends = inf if total is None else anyio.current_time() + total

        async def read(response: httpx.Response) -> int | None:
            check_no_next_page(response.headers)
            inflater = self._inflater(response, self._limits.links_bytes)
            length = _content_length(response) if inflater.is_plain else None
            array = ArrayEnds(response.headers.get("content-type", ""), self._token)
            pace = _RateCheck(self._timeouts)
            with spool.new_reply() as reply:
                with anyio.CancelScope() as scope:
                    scope.deadline = min(ends, anyio.current_time() + self._timeouts.read)
                    async with _raw_body(response) as raws:
                        async for raw in raws:
                            for piece in inflater.feed(raw):
                                array.feed(piece)
                                reply.write(piece)
                            watch(inflater.n_out, length)
                            pace.check(inflater.n_out)
                            scope.deadline = min(ends, anyio.current_time() + self._timeouts.read)
                if scope.cancelled_caught:
                    raise _timeout_error(
                        total, over=anyio.current_time() >= ends, timeouts=self._timeouts
                    )
                inflater.finish()
                array.finish()
            return total_of(response.headers)

        return await self._call_with_retries(path, query, read, budget)

    async def _call_with_retries(
        self,
        path: str,
        query: Mapping[str, str],
        read: Callable[[httpx.Response], Awaitable[T]],
        budget: Budget,
    ) -> T:
        url = f"{self._base_url}{path}"
        allowance = self._allowance or self._new_allowance()
        attempts = 0

        async with self._limiter:
            with Turns(self._lanes, allowance, patience=self._timeouts.total) as turns:

                async def once() -> T:
                    nonlocal attempts
                    async with turns.next():
                        attempts += 1
                        return await self._attempt(url, query, read, budget, turns)

                try:
                    return await retrying(self._retry, budget, allowance, self._lanes.sleep)(once)
                except AttemptError as failure:
                    proxy = None if self._proxy is None else self._proxy.shown
                    error, cause = failure.error(url, attempts, proxy), failure.__cause__
        try:
            # Raised outside the except block so AttemptError is not chained as __context__.
            raise error from cause
        finally:
            del error, cause

    async def _attempt(
        self,
        url: str,
        query: Mapping[str, str],
        read: Callable[[httpx.Response], Awaitable[T]],
        budget: Budget,
        turns: Turns,
    ) -> T:
        status = request_id = None
        try:
            request = self._http.build_request("GET", url, params=dict(query))
            with budget.spend():
                response = await self._http.send(request, stream=True)
            status = response.status_code
            request_id = request_id_of(response.headers, self._token)
            if status != 429:
                turns.let_through(response.headers)
            try:
                if status != 200:
                    raise refusal(
                        status,
                        response.headers,
                        url=url,
                        detail=await self._read_detail(response, budget),
                        policy=self._retry,
                    )
                return await read(response)
            finally:
                await response.aclose()
        except HTTPX_ERRORS as error:
            if self._quotes_token(error):
                # Without its cause: httpx quotes headers that it could not send, and a server's
                # reply that
                # is not HTTP, which may be an echo.
                raise failure_of(error, self._host).with_response(status, request_id) from None
            # Not through a variable: it would refer to itself through its traceback, and keep the
            # objects of those frames, such as the spool, until the next garbage collection.
            raise failure_of(error, self._host).with_response(status, request_id) from error
        except AttemptError as failure:
            failure.with_response(status, request_id)
            raise

    def _quotes_token(self, error: Exception) -> bool:
        texts = map(repr, _causes(error))
        return any(self._token.redacted_from(text) != text for text in texts)

    async def _read_detail(self, response: httpx.Response, budget: Budget) -> str:
        if response.status_code < 400:
            return ""
        try:
            with budget.spend():
                return detail_of(await self._read_body(response, _MAX_ERROR_BYTES), self._token)
        except (AttemptError, *HTTPX_ERRORS):
            return ""  # the status is enough

    async def _read_body(self, response: httpx.Response, limit: int) -> bytes:
        inflater = self._inflater(response, limit)
        body = bytearray()
        async with _raw_body(response) as raws:
            async for raw in raws:
                for piece in inflater.feed(raw):
                    body += piece
        inflater.finish()
        return bytes(body)

    def _inflater(self, response: httpx.Response, limit: int) -> Inflater:
        inflater = Inflater(
            response.headers.get("content-encoding", ""), limit=limit, limits=self._limits
        )
        if inflater.is_plain:
            inflater.expect(_content_length(response) or 0)
        return inflater


class _RateCheck:
    """Check of a body's least rate, measured from one full window to the next."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._since = anyio.current_time()
        self._n_then = 0

    def check(self, n_bytes: int) -> None:
        """Record the total of bytes received; raise if the rate is too low."""
        timeouts = self._timeouts
        now = anyio.current_time()
        if now - self._since < timeouts.window:
            return
        if n_bytes - self._n_then < timeouts.least_rate * (now - self._since):
            raise AttemptError(
                RequestTimeoutError,
                f"arrived at less than {timeouts.least_rate:,.0f} bytes a second",
                hint="Try again later, or allow less with Timeouts(least_rate=...).",
            )
        self._since, self._n_then = now, n_bytes


def _timeout_error(total: float | None, *, over: bool, timeouts: Timeouts) -> AttemptError:
    if over:
        return AttemptError(
            RequestTimeoutError,
            f"did not finish within {total:g} s",
            hint="Allow more time with Timeouts(links_total=...), or fetch less with filters.",
        )
    return AttemptError(
        RequestTimeoutError, f"received no further bytes within {timeouts.read:g} s", again=True
    )


@asynccontextmanager
async def _raw_body(response: httpx.Response) -> AsyncGenerator[AsyncIterator[bytes], None]:
    """Yield the body as sent, and close its reader afterwards.

    It does not use ``aiter_raw``, which refuses the ready-made bodies of ``httpx.MockTransport``.
    """
    pieces = aiter(cast("httpx.AsyncByteStream", response.stream))
    try:
        yield pieces
    finally:
        # httpx nests generators: abandoned half way they are left to the collector, about which
        # trio
        # complains. A read that is cancelled immediately ends every one of them, after it has
        # returned the bytes received so far.
        with anyio.move_on_after(0), suppress(*HTTPX_ERRORS):
            async for _ in pieces:
                pass


def _httpx_proxy(proxy: Proxy, context: ssl.SSLContext) -> httpx.Proxy:
    """Return a proxy as httpx takes it, with certificates trusted as for the API."""
    is_tls = proxy.url.startswith("https:")
    try:
        return httpx.Proxy(proxy.url, ssl_context=context if is_tls else None)
    except (ValueError, httpx.InvalidURL):
        raise ConfigError(f"The proxy {proxy.shown} has no valid URL.") from None


def _is_framed(response: httpx.Response) -> bool:
    headers = response.headers
    return "content-length" in headers or "transfer-encoding" in headers


def _content_length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
