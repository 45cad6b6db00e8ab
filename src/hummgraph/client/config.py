"""Settings of a client: times, limits, retries. Frozen values, validated on creation."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from hummgraph.records.limits import Limits, check_number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Limits", "Progress", "RetryPolicy", "Timeouts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Greatest duration of a call, in seconds.

    Parameters
    ----------
    connect
        Until a connection is open, including TLS; above 0.
    read
        Until the next bytes arrive; above 0.
    pool
        Until one of the client's connections is free; above 0.
    total
        For a call with all its retries; for the list of links, which may be long, only for
        connecting, headers and retries, not for its body. Pauses that a rate limit asks for may
        take as long again. Above 0.
    links_total
        For the list of links including its body; ``None`` for no bound except `least_rate`.
    least_rate
        Lowest rate of the list of links in bytes a second, after decompression.
    window
        Number of seconds over which `least_rate` is measured; above 0.
    fetch
        For a whole fetch, with all of its calls and pauses; ``None`` for no bound. If links are
        missing by then, it ends with :class:`RequestTimeoutError`; catalogue calls are given up and
        counted as lost. Above 0.

    Raises
    ------
    ArgumentError
        If a value is not a finite number in its range.

    Examples
    --------
    >>> Timeouts(total=30).read
    30.0
    >>> Timeouts(connect=-1)
    Traceback (most recent call last):
        ...
    hummgraph.errors.ArgumentError: connect=-1 is not a finite number of at least 0.001.
    """

    connect: float = 5.0
    read: float = 30.0
    pool: float = 5.0
    total: float = 120.0
    links_total: float | None = None
    least_rate: float = 64 * 1024.0
    window: float = 30.0
    fetch: float | None = 3600.0

    def __post_init__(self) -> None:
        for name in ("connect", "read", "pool", "total", "window"):
            check_number(name, getattr(self, name), least=0.001)
        check_number("least_rate", self.least_rate, least=0)
        for name in ("links_total", "fetch"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), least=0.001)


def _draw_uniform(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - spreads calls in time, not for security


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Rules for repeating a failed call.

    The pause before attempt ``n + 1`` is drawn evenly from zero to ``min(maximum, initial *
    2**(n-1))`` ("full jitter" [1]_), unless the API says how long to wait.

    Parameters
    ----------
    attempts
        Greatest number of attempts of one call, at least 1. Refusals by a rate limit (429) do not
        count, unless it is 1: such a call waits its turn as long as `Timeouts.total` allows.
    initial
        Greatest first pause, in seconds.
    maximum
        Greatest pause, in seconds.
    retry_after_limit
        Greatest pause in seconds that the API may ask for; if it asks for more, the call fails
        immediately with :class:`RateLimitError`.
    retries
        Greatest number of retries in one fetch, over all of its calls, at least 0. After these,
        each call is attempted only once.
    sleep
        Function that waits for a number of seconds.
    uniform
        Draws a number between two; pass ``random.Random(seed).uniform`` for reproducible pauses.

    Raises
    ------
    ArgumentError
        If a value is not a finite number in its range.

    References
    ----------
    .. [1] M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    Examples
    --------
    >>> RetryPolicy(attempts=1)
    RetryPolicy(attempts=1, initial=0.5, maximum=8.0, retry_after_limit=60.0, retries=100)
    """

    attempts: int = 4
    initial: float = 0.5
    maximum: float = 8.0
    retry_after_limit: float = 60.0
    retries: int = 100
    sleep: Callable[[float], Awaitable[None]] = field(default=anyio.sleep, repr=False)
    uniform: Callable[[float, float], float] = field(default=_draw_uniform, repr=False)

    def __post_init__(self) -> None:
        check_number("attempts", self.attempts, least=1)
        for name in ("initial", "maximum", "retry_after_limit", "retries"):
            check_number(name, getattr(self, name), least=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a fetch.

    Parameters
    ----------
    stage
        ``"links"``, or ``"slices"`` for a fetch that can be resumed; then ``"validation"`` and
        ``"catalogue"``.
    done
        Amount done; restarts at zero if a reply is requested again.
    total
        Total amount; ``None`` when unknown. The catalogue's total grows as systems list their
        content.
    unit
        ``"bytes"`` or ``"calls"``.

    Examples
    --------
    >>> Progress("catalogue", 3, 12, "calls").done
    3
    """

    stage: str
    done: int
    total: int | None
    unit: str
