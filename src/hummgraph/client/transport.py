"""The wire: one GET, tried again where that can help, read within bounds. Only here is httpx used.

httpx's timeouts bound single reads: bytes that drip in one by one outlive them. So every wait is
also under a deadline of our own.
"""

from __future__ import annotations

import copy
import platform
import socket
import ssl
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import httpx

from hummgraph.client.arguments import is_loopback
from hummgraph.client.decompression import Inflater
from hummgraph.client.responses import (
    BOM,
    ArrayEnds,
    check_start,
    detail_of,
    refusal,
    request_id_of,
)
from hummgraph.client.retry import Allowance, AttemptError, Budget, retrying
from hummgraph.errors import (
    ConfigError,
    ConnectionFailedError,
    ContractError,
    InvalidRecordError,
    ProtocolError,
    RedirectError,
    RequestError,
    RequestTimeoutError,
)

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
    from hummgraph.snapshot.spool import ReplyWriter

__all__ = ["AsyncTransport", "Transport", "failure_of"]

AsyncTransport = httpx.AsyncBaseTransport
"""What stands between a client and the network; ``httpx.MockTransport`` is one for tests."""

T = TypeVar("T")

# Everything that httpx raises.
_FOREIGN: Final = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)

# What each means, the first that fits: the public error, what to say, and whether to try again.
_MEANINGS: Final[tuple[tuple[type[Exception], type[RequestError], str, bool], ...]] = (
    (httpx.ConnectTimeout, RequestTimeoutError, "found no connection in time", True),
    (httpx.PoolTimeout, RequestTimeoutError, "found no free connection in time", True),
    (httpx.TimeoutException, RequestTimeoutError, "got no further bytes in time", True),
    (httpx.ProxyError, ConnectionFailedError, "was refused by the proxy", True),
    (httpx.ConnectError, ConnectionFailedError, "found no connection", True),
    (httpx.NetworkError, ConnectionFailedError, "lost the connection", True),
    (httpx.LocalProtocolError, ProtocolError, "could not be sent", False),
    (httpx.RemoteProtocolError, ProtocolError, "got something that is not proper HTTP", False),
    (httpx.DecodingError, ProtocolError, "came wrongly compressed", True),
    (httpx.UnsupportedProtocol, ProtocolError, "cannot be sent by this protocol", False),
    (httpx.TooManyRedirects, RedirectError, "was sent from place to place", False),
    (httpx.TransportError, ConnectionFailedError, "failed on the way", False),
    (httpx.HTTPError, RequestError, "failed", False),
    (httpx.StreamError, RequestError, "could not be read", False),
    (httpx.InvalidURL, RequestError, "is no URL to httpx", False),
    (httpx.CookieConflict, RequestError, "got cookies that contradict each other", False),
)

# How httpcore and h11 begin to say that a connection ended too early. Should they change the words,
# such a call is no longer tried again; tests over real sockets would show it.
_CUT = ("Server disconnected", "peer closed connection")

# Of an error's body only a short text is shown; the rest is left unread.
_ERROR_BODY = 64 * 1024


def failure_of(error: Exception, host: str) -> AttemptError:
    """Say what an exception of httpx means."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return AttemptError(
                ConnectionFailedError,
                f"found that {host} does not prove who it is: {cause.verify_message}",
                hint="If your organisation has its own certificate authority, give its file with "
                "ca_bundle=...; the check cannot be turned off.",
            )
        if isinstance(cause, ssl.SSLError):
            return AttemptError(
                ConnectionFailedError,
                f"could not agree on TLS with {host}",
                hint="Is it https that listens there?",
                again=True,
            )
        if isinstance(cause, socket.gaierror):
            return AttemptError(
                ConnectionFailedError,
                f"found no address for the host {host}",
                hint="Check the base URL, and the network.",
                again=True,
            )
    if isinstance(error, httpx.RemoteProtocolError) and str(error).startswith(_CUT):
        return AttemptError(ProtocolError, "was cut off", again=True)
    for foreign, kind, text, again in _MEANINGS:
        if isinstance(error, foreign):
            hint = "Is the base URL right: http or https, host, port?" if not again else ""
            return AttemptError(kind, text, hint=hint, again=again)
    raise error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


class Replies(Protocol):
    """Keeps long replies: a spool, or a slice of a fetch that can be resumed."""

    def new_reply(self) -> ReplyWriter:
        """Begin a reply; where a call is tried again, anew."""
        ...


class Transport:
    """Makes the calls of one client, with its token, within its limits."""

    def __init__(
        self,
        token: Token,
        base_url: str,
        *,
        timeouts: Timeouts,
        limits: Limits,
        retry: RetryPolicy,
        ca_bundle: str | os.PathLike[str] | None,
        transport: AsyncTransport | None,
    ) -> None:
        # Slow to import, and of use only here.
        from importlib.metadata import version

        self._token = token
        self._base_url = base_url
        self._host = urlsplit(base_url).hostname or ""
        self._timeouts = timeouts
        self._limits = limits
        self._retry = retry
        self._allowance: Allowance | None = None
        self._limiter = anyio.CapacityLimiter(limits.concurrency)
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
            verify=_ssl_context(ca_bundle, plain=base_url.startswith("http:")),
            # A proxy would get plain http, token and all; nothing on this machine needs one.
            trust_env=not is_loopback(self._host),
            transport=transport,
        )

    @property
    def base_url(self) -> str:
        """Where the API is; it holds no secret."""
        return self._base_url

    def together(self) -> Transport:
        """Return the same for calls that belong together: they share the retries they may make."""
        shared = copy.copy(self)
        shared._allowance = Allowance(self._retry.retries)  # noqa: SLF001 - a copy of itself
        return shared

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(
        self, path: str, accept: Callable[[bytes], T], *, query: Mapping[str, str] | None = None
    ) -> T:
        """Get a small JSON reply and give what ``accept`` makes of its body.

        ``accept`` raises `ContractError` if it cannot use it, and then changed nothing.
        """
        budget = Budget(self._timeouts.total)

        async def read(response: httpx.Response) -> T:
            with budget.spend():
                body = await self._body(response, self._limits.catalogue_bytes)
            check_start(body, response.headers.get("content-type", ""))
            try:
                return accept(body.removeprefix(BOM))
            except ContractError as error:
                whole = isinstance(error, InvalidRecordError) and not any(
                    code == "not_json" for code, _ in error.reasons
                )
                if whole or _is_framed(response):
                    raise
                # A body that ends with its connection may have been cut without a trace.
                raise AttemptError(
                    ProtocolError, "was cut off, or is not JSON", again=True
                ) from None

        return await self._call(path, query or {}, read, budget)

    async def download(
        self,
        path: str,
        spool: Replies,
        *,
        query: Mapping[str, str],
        watch: Callable[[int, int | None], None],
    ) -> None:
        """Add a long JSON array to the spool; ``watch`` gets the bytes so far, and of how many."""
        total = self._timeouts.links_total
        budget = Budget(min(self._timeouts.total, inf if total is None else total))
        ends = inf if total is None else anyio.current_time() + total

        async def read(response: httpx.Response) -> None:
            inflater = self._inflater(response, self._limits.links_bytes)
            length = _length(response) if inflater.is_plain else None
            array = ArrayEnds(response.headers.get("content-type", ""), self._token)
            pace = _Pace(self._timeouts)
            with spool.new_reply() as reply:
                with anyio.CancelScope() as scope:
                    scope.deadline = min(ends, anyio.current_time() + self._timeouts.read)
                    async with _raw(response) as raws:
                        async for raw in raws:
                            for piece in inflater.feed(raw):
                                array.feed(piece)
                                reply.write(piece)
                            watch(inflater.n_out, length)
                            pace.check(inflater.n_out)
                            scope.deadline = min(ends, anyio.current_time() + self._timeouts.read)
                if scope.cancelled_caught:
                    raise _too_slow(
                        total, over=anyio.current_time() >= ends, timeouts=self._timeouts
                    )
                inflater.finish()
                array.finish()

        await self._call(path, query, read, budget)

    async def _call(
        self,
        path: str,
        query: Mapping[str, str],
        read: Callable[[httpx.Response], Awaitable[T]],
        budget: Budget,
    ) -> T:
        url = f"{self._base_url}{path}"
        allowance = self._allowance or Allowance(self._retry.retries)
        attempts = 0

        async def once() -> T:
            nonlocal attempts
            attempts += 1
            return await self._once(url, query, read, budget)

        async with self._limiter:
            try:
                return await retrying(self._retry, budget, allowance)(once)
            except AttemptError as failure:
                error, cause = failure.error(url, attempts), failure.__cause__
        try:
            # Outside of the except clause: the attempts' own error is nobody's business.
            raise error from cause
        finally:
            del error, cause

    async def _once(
        self,
        url: str,
        query: Mapping[str, str],
        read: Callable[[httpx.Response], Awaitable[T]],
        budget: Budget,
    ) -> T:
        status = request_id = None
        try:
            request = self._http.build_request("GET", url, params=dict(query))
            with budget.spend():
                response = await self._http.send(request, stream=True)
            status = response.status_code
            request_id = request_id_of(response.headers, self._token)
            try:
                if status != 200:
                    raise refusal(
                        status,
                        response.headers,
                        url=url,
                        detail=await self._detail(response, budget),
                        policy=self._retry,
                    )
                return await read(response)
            finally:
                await response.aclose()
        except _FOREIGN as error:
            if self._quotes_token(error):
                # Without its cause: httpx quotes headers that it could not send, and what a server
                # sent instead of HTTP, which may be an echo.
                raise failure_of(error, self._host).known(status, request_id) from None
            # Not by a variable: it would refer to itself through its traceback, and keep what the
            # frames there hold, such as the spool, until the next round of the collector.
            raise failure_of(error, self._host).known(status, request_id) from error
        except AttemptError as failure:
            failure.known(status, request_id)
            raise

    def _quotes_token(self, error: Exception) -> bool:
        texts = map(repr, _causes(error))
        return any(self._token.redacted_from(text) != text for text in texts)

    async def _detail(self, response: httpx.Response, budget: Budget) -> str:
        if response.status_code < 400:
            return ""
        try:
            with budget.spend():
                return detail_of(await self._body(response, _ERROR_BODY), self._token)
        except (AttemptError, *_FOREIGN):
            return ""  # the status says enough

    async def _body(self, response: httpx.Response, limit: int) -> bytes:
        inflater = self._inflater(response, limit)
        body = bytearray()
        async with _raw(response) as raws:
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
            inflater.expect(_length(response) or 0)
        return inflater


class _Pace:
    """Holds a body to a least rate, measured from one full window to the next."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._since = anyio.current_time()
        self._n_then = 0

    def check(self, n_bytes: int) -> None:
        """Note that ``n_bytes`` have come in all; refuse when that is too few."""
        timeouts = self._timeouts
        now = anyio.current_time()
        if now - self._since < timeouts.window:
            return
        if n_bytes - self._n_then < timeouts.least_rate * (now - self._since):
            raise AttemptError(
                RequestTimeoutError,
                f"came at less than {timeouts.least_rate:,.0f} bytes a second",
                hint="Try again later, or allow less with Timeouts(least_rate=...).",
            )
        self._since, self._n_then = now, n_bytes


def _too_slow(total: float | None, *, over: bool, timeouts: Timeouts) -> AttemptError:
    if over:
        return AttemptError(
            RequestTimeoutError,
            f"did not come to its end within {total:g} s",
            hint="Allow more time with Timeouts(links_total=...), or ask for less with filters.",
        )
    return AttemptError(
        RequestTimeoutError, f"got no further bytes within {timeouts.read:g} s", again=True
    )


@asynccontextmanager
async def _raw(response: httpx.Response) -> AsyncGenerator[AsyncIterator[bytes], None]:
    """Return the body as it is on the wire, and end what reads it.

    Not through ``aiter_raw``, which refuses the ready-made bodies of ``httpx.MockTransport``.
    """
    pieces = aiter(cast("httpx.AsyncByteStream", response.stream))
    try:
        yield pieces
    finally:
        # httpx nests generators: dropped half way they are left to the collector, of which trio
        # complains. A read that is cancelled at once ends every one of them, after it has given
        # what came already.
        with anyio.move_on_after(0), suppress(*_FOREIGN):
            async for _ in pieces:
                pass


def _is_framed(response: httpx.Response) -> bool:
    headers = response.headers
    return "content-length" in headers or "transfer-encoding" in headers


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _ssl_context(ca_bundle: str | os.PathLike[str] | None, *, plain: bool) -> ssl.SSLContext:
    """Return a context that always verifies; httpx's own choice of authorities unless told."""
    if plain and ca_bundle is None:
        # Never used. It trusts nobody, and saves the reading of all authorities.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    elif ca_bundle is None:
        context = httpx.create_ssl_context()
    else:
        try:
            context = ssl.create_default_context(cafile=ca_bundle)
        except (OSError, TypeError) as error:
            raise ConfigError(
                f"ca_bundle={str(ca_bundle)!r} cannot be read as a file of certificates.",
                hint="It holds one or more certificates in PEM form.",
            ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
