"""What a failed attempt means, and whether and when there is another."""

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
"""Statuses after which the same request may well succeed."""


class AttemptError(Exception):
    """One attempt that failed; turned into a public error when there is no other attempt.

    ``text`` goes on where "GET <url>" leaves off.
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

    def known(self, status: int | None, request_id: str | None) -> Self:
        """Note what was known of the answer by then."""
        self.status, self.request_id = status, request_id
        return self

    def error(self, url: str, attempts: int) -> RequestError | ContractError:
        """Build the public error."""
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
    """The seconds that a call may take, over all its attempts."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.left = seconds

    @contextmanager
    def spend(self) -> Iterator[None]:
        """End the block when no time is left, even where bytes keep dripping in."""
        began = anyio.current_time()
        try:
            with anyio.move_on_after(max(self.left, 0.0)) as scope:
                yield
        finally:
            self.left -= anyio.current_time() - began
        if scope.cancelled_caught:
            raise AttemptError(
                RequestTimeoutError,
                f"did not come to its end within {self._seconds:g} s",
                hint="Try again later, or allow more time with Timeouts(total=...).",
            )


class Allowance:
    """How many calls may still be tried again, of all that belong together."""

    def __init__(self, n_retries: int) -> None:
        self.left = n_retries


def asked_pause(headers: Mapping[str, str], *, status: int) -> float | None:
    """Return the seconds that the API asks to wait; ``None`` when it does not, or says nonsense.

    Dates are compared with the server's own clock where it sends one, so that a wrong clock here
    does not matter.
    """
    asked = headers.get("retry-after")
    if asked is None and status == 429:
        reset = _number(headers.get("x-ratelimit-reset", ""))
        return None if reset is None else _positive(reset - _server_time(headers))
    if asked is None:
        return None
    seconds = _number(asked)
    if seconds is None:
        moment = _date(asked)
        seconds = None if moment is None else moment - _server_time(headers)
    return None if seconds is None else _positive(seconds)


def _positive(seconds: float) -> float | None:
    return seconds if seconds > 0 else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _server_time(headers: Mapping[str, str]) -> float:
    moment = _date(headers.get("date", ""))
    return time.time() if moment is None else moment


def retrying(policy: RetryPolicy, budget: Budget, allowance: Allowance) -> AsyncRetrying:
    """Return a runner that makes further attempts as policy, budget and allowance allow."""
    # Where tornado is installed, as with notebooks, tenacity imports all of it.
    from tenacity import AsyncRetrying, retry_if_exception

    def pause(state: RetryCallState) -> float:
        failure = _failure_of(state)
        if failure is not None and failure.pause is not None:
            return failure.pause
        # 2**1000 is still a float; the cap makes larger powers pointless.
        doubled = policy.initial * 2.0 ** min(state.attempt_number - 1, 1000)
        return policy.uniform(0.0, min(policy.maximum, doubled))

    def stop(state: RetryCallState) -> bool:
        # A pause that would outlast the budget only delays the same error.
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
