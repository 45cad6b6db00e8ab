"""Retries: failed attempts, their causes, and the next attempt."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self

import anyio

from hummgraph.errors import ContractError, RateLimitError, RequestError, RequestTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenacity import AsyncRetrying, RetryCallState

    from hummgraph.client.config import RetryPolicy

__all__ = ["RETRIED_STATUSES", "Allowance", "AttemptError", "Budget", "asked_pause", "retrying"]

RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""


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

    def with_response(self, status: int | None, request_id: str | None) -> Self:
        """Add the status and request id, as far as with_response."""
        self.status, self.request_id = status, request_id
        return self

    def error(self, url: str, attempts: int) -> RequestError | ContractError:
        """Return the public error."""
        notes = [f"{attempts} attempts"] if attempts > 1 else []
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
    """Number of retries that a group of calls has left."""

    def __init__(self, n_retries: int) -> None:
        self.left = n_retries


def asked_pause(headers: Mapping[str, str], *, status: int) -> float | None:
    """Return the pause in seconds that the API asks for; ``None`` without a valid one.

    Dates are compared with the server's own clock if it sends one, so that a wrong clock on this
    machine does not matter.
    """
    asked = headers.get("retry-after")
    if asked is None and status == 429:
        reset = _parse_number(headers.get("x-ratelimit-reset", ""))
        return None if reset is None else _positive_or_none(reset - _server_time(headers))
    if asked is None:
        return None
    seconds = _parse_number(asked)
    if seconds is None:
        moment = _parse_date(asked)
        seconds = None if moment is None else moment - _server_time(headers)
    return None if seconds is None else _positive_or_none(seconds)


def _positive_or_none(seconds: float) -> float | None:
    return seconds if seconds > 0 else None


def _parse_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _parse_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _server_time(headers: Mapping[str, str]) -> float:
    moment = _parse_date(headers.get("date", ""))
    return time.time() if moment is None else moment


def retrying(policy: RetryPolicy, budget: Budget, allowance: Allowance) -> AsyncRetrying:
    """Return a runner that repeats attempts as policy, budget and allowance permit."""
    # tenacity imports all of tornado where it is installed, as with notebooks.
    from tenacity import AsyncRetrying, retry_if_exception

    def pause(state: RetryCallState) -> float:
        failure = _failure_of(state)
        if failure is not None and failure.pause is not None:
            return failure.pause
        # 2**1000 still fits a float; the cap makes larger powers pointless.
        doubled = policy.initial * 2.0 ** min(state.attempt_number - 1, 1000)
        return policy.uniform(0.0, min(policy.maximum, doubled))

    def stop(state: RetryCallState) -> bool:
        # A pause longer than the budget would only delay the same error.
        return (
            state.attempt_number >= policy.attempts
            or allowance.left <= 0
            or state.upcoming_sleep > budget.left
        )

    async def sleep(seconds: float) -> None:
        allowance.left -= 1
        with budget.spend():
            await policy.sleep(seconds)

    return AsyncRetrying(
        sleep=sleep,
        stop=stop,
        wait=pause,
        retry=retry_if_exception(lambda error: isinstance(error, AttemptError) and error.again),
        reraise=True,
    )


def _failure_of(state: RetryCallState) -> AttemptError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, AttemptError) else None
