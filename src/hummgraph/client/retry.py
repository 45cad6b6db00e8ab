"""Retries: failed attempts, their causes, and the next attempt."""

from __future__ import annotations

import math
import re
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Self, cast

import anyio

from hummgraph.errors import ContractError, RateLimitError, RequestError, RequestTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from tenacity import AsyncRetrying, RetryCallState

    from hummgraph.client.config import RetryPolicy

__all__ = [
    "RETRIED_STATUSES",
    "Allowance",
    "AttemptError",
    "Budget",
    "asked_pause",
    "retrying",
    "spent_pause",
]

RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 531)})
"""Statuses after which the same request may succeed; from 520 on, those of proxies such as
Cloudflare's."""

_YEAR: Final = 366 * 86_400.0
# Numbers beyond this, some 300 years, are of no unit that is understood.
_MAX_SECONDS: Final = 1e10
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
# The first that is understood counts. Those after it are read only where a rate limit refuses, or
# has no call left: elsewhere they tell when a window ends that is of no interest.
_RESET_HEADERS: Final = (
    "ratelimit-reset",
    "x-ratelimit-reset-after",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
)
_REMAINING_HEADERS: Final = (
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
)
# One limit of the header ``RateLimit``: 'limit=9, remaining=0, reset=5' or '"hour";r=0;t=5'.
_LIMIT_RESET: Final = re.compile(r"(?:^|[;,\s])(?:reset|t)\s*=\s*(\d{1,12})(?=$|[;,\s])", re.ASCII)
_LIMIT_REMAINING: Final = re.compile(
    r"(?:^|[;,\s])(?:remaining|r)\s*=\s*(\d{1,12})(?=$|[;,\s])", re.ASCII
)


class AttemptError(Exception):
    """Failed attempt; converted to a public error if there is no further attempt.

    ``text`` continues the sentence "GET <url>".
    """

    def __init__(
        self,
        kind: type[RequestError | ContractError],
        text: str,
        *,
        hint: str = "",
        status: int | None = None,
        request_id: str | None = None,
        again: bool = False,
        pause: float | None = None,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.hint = hint
        self.status = status
        self.request_id = request_id
        self.again = again
        self.pause = pause

    @property
    def is_limited(self) -> bool:
        """Whether a rate limit refused the attempt, and another may be let through."""
        return self.status == 429 and self.again

    def with_response(self, status: int | None, request_id: str | None) -> Self:
        """Add the status and request id of a reply."""
        self.status, self.request_id = status or self.status, request_id
        return self

    def error(
        self, url: str, attempts: int, proxy: str | None = None
    ) -> RequestError | ContractError:
        """Return the public error; ``proxy`` is the one in use."""
        notes = [f"{attempts} attempts"] if attempts > 1 else []
        if proxy:
            notes.append(f"through the proxy {proxy}")
        if self.request_id:
            notes.append(f"request id {self.request_id}")
        aside = f" ({', '.join(notes)})" if notes else ""
        message = f"GET {url} {self.text}{aside}."
        if issubclass(self.kind, ContractError):
            return self.kind(message, hint=self.hint)
        error = self.kind(
            message,
            hint=self.hint,
            url=url,
            status=self.status,
            attempts=attempts,
            request_id=self.request_id,
        )
        if isinstance(error, RateLimitError):
            error.retry_after = self.pause
        return error


class Budget:
    """Number of seconds that a call may take, over all its attempts."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.left = seconds

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Cancel the block when no time is left, even if bytes keep arriving."""
        began = anyio.current_time()
        try:
            with anyio.move_on_after(max(self.left, 0.0)) as scope:
                yield
        finally:
            self.left -= anyio.current_time() - began
        if scope.cancelled_caught:
            raise AttemptError(
                RequestTimeoutError,
                f"did not finish within {self._seconds:g} s",
                hint="Try again later, or allow more time with Timeouts(total=...).",
            )


class Allowance:
    """Allowance of a group of calls: retries after failures, and patience with a rate limit."""

    def __init__(self, n_retries: int, patience: float) -> None:
        self.left = n_retries
        self._patience = patience
        self._refused_since: float | None = None

    def note_accepted(self) -> None:
        """Note that the rate limit let a call through."""
        self._refused_since = None

    def waits_out(self, pause: float, now: float) -> bool:
        """Return whether a pause of the rate limit ends before patience does."""
        if self._refused_since is None:
            self._refused_since = now
        return now + pause - self._refused_since <= self._patience


def asked_pause(headers: Mapping[str, str], *, status: int) -> float | None:
    """Return the pause in seconds that the API asks for; ``None`` without a valid one.

    Dates are compared with the server's own clock if it sends one, so that a wrong clock on this
    machine does not matter.
    """
    now = _server_time(headers)
    milliseconds = _parse_number(_header(headers, "retry-after-ms"))
    asked = (
        milliseconds / 1000.0
        if milliseconds is not None
        else _seconds_until(_header(headers, "retry-after"), now)
    )
    if asked is None and status == 429:
        asked = _reset_of(headers, now)
    return None if asked is None else _positive_or_none(asked)


def spent_pause(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until a rate limit has calls again; ``None`` unless it has none left."""
    text = _header(headers, "ratelimit")
    left = [*_LIMIT_REMAINING.findall(text), *(_header(headers, one) for one in _REMAINING_HEADERS)]
    if not any(_parse_number(number) == 0.0 for number in left):
        return None
    asked = _reset_of(headers, _server_time(headers))
    return None if asked is None else _positive_or_none(asked)


def _reset_of(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until the window of a rate limit ends."""
    resets = [float(number) for number in _LIMIT_RESET.findall(_header(headers, "ratelimit"))]
    if resets:
        return max(resets)  # of several limits, the one that refused is not named
    found = (_seconds_until(_header(headers, name), now) for name in _RESET_HEADERS)
    return next((seconds for seconds in found if seconds is not None), None)


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a header, once if it was sent several times alike; empty without one."""
    text = headers.get(name, "").strip()
    parts = [part.strip() for part in text.split(",")]
    for size in range(1, len(parts) // 2 + 1):
        if parts[:size] * (len(parts) // size) == parts:
            return ", ".join(parts[:size])
    return text


def _seconds_until(text: str, now: float) -> float | None:
    """Return the seconds from now to what a text says: a number of seconds, a time, or a date.

    Numbers within a year of now are Unix times, in seconds or in milliseconds.
    """
    number = _parse_number(text)
    if number is None:
        moment = _parse_date(text)
        return None if moment is None else moment - now
    for unit in (1.0, 1000.0):
        if abs(number / unit - now) <= _YEAR:
            return number / unit - now
    return number if number <= _MAX_SECONDS else None


def _positive_or_none(seconds: float) -> float | None:
    return seconds if seconds > 0 else None


def _parse_number(text: str) -> float | None:
    # Not whatever float() takes: digits of other scripts, underscores and words.
    if not _NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _parse_date(text: str) -> float | None:
    if text.count(",") > 1:
        return None  # several, and not alike
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        # Whatever a server writes: years of eleven digits overflow, others are of no calendar.
        with suppress(ValueError, TypeError, OverflowError, IndexError, AttributeError):
            moment = read(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def _server_time(headers: Mapping[str, str]) -> float:
    moment = _parse_date(_header(headers, "date"))
    return time.time() if moment is None else moment


def retrying(
    policy: RetryPolicy,
    budget: Budget,
    allowance: Allowance,
    sleep: Callable[[float], Awaitable[None]],
) -> AsyncRetrying:
    """Return a runner that repeats attempts as policy, budget and allowance permit.

    Refusals by a rate limit are not failures: neither are they counted, nor does their pause use up
    the time of the call. The caller of the attempt decides how long to wait for them.
    """
    # tenacity imports all of tornado where it is installed, as with notebooks.
    from tenacity import AsyncRetrying, retry_if_exception

    n_failures = 0

    def pause(state: RetryCallState) -> float:
        nonlocal n_failures
        failure = _failure_of(state)
        n_failures += not failure.is_limited
        if failure.pause is not None:
            return failure.pause
        # 2**1000 still fits a float; the cap makes larger powers pointless.
        doubled = policy.initial * 2.0 ** min(state.attempt_number - 1, 1000)
        return policy.uniform(0.0, min(policy.maximum, doubled))

    def stop(state: RetryCallState) -> bool:
        if _failure_of(state).is_limited:
            return policy.attempts <= 1
        # A pause longer than the budget would only delay the same error.
        return (
            n_failures >= policy.attempts
            or allowance.left <= 0
            or state.upcoming_sleep > budget.left
        )

    async def wait(state: RetryCallState) -> None:
        if _failure_of(state).is_limited:
            await sleep(state.upcoming_sleep)
            return
        allowance.left -= 1
        with budget.spend():
            await sleep(state.upcoming_sleep)

    async def no_sleep(_: float) -> None:
        """Do nothing: the pause was made before, where its cause is known."""

    return AsyncRetrying(
        sleep=no_sleep,
        before_sleep=wait,
        stop=stop,
        wait=pause,
        retry=retry_if_exception(lambda error: isinstance(error, AttemptError) and error.again),
        reraise=True,
    )


def _failure_of(state: RetryCallState) -> AttemptError:
    """Return the failure of an attempt that may be repeated."""
    return cast("AttemptError", state.outcome.exception() if state.outcome else None)
