"""What a client may be told: times, limits, retries. Frozen values, checked when they are made."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

import anyio

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Limits", "Progress", "RetryPolicy", "Timeouts"]

_MIB = 1 << 20


def _check(name: str, value: float, *, least: float) -> None:
    """Refuse what is no finite number of at least ``least``; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < inf:
        raise ArgumentError(f"{name}={value!r} is not a finite number of at least {least:g}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a call may take, in seconds.

    Parameters
    ----------
    connect
        Until a connection stands, TLS included; above 0.
    read
        Until the next bytes come; above 0.
    pool
        Until one of the client's connections is free; above 0.
    total
        For a call with all its retries; of the list of links, which may be long, only for
        connecting, headers and retries, not for its body. Above 0.
    links_total
        For the list of links with its body; ``None`` for no bound but `least_rate`.
    least_rate
        Bytes a second that the body of the list of links must keep up, after decompression.
    window
        The seconds over which `least_rate` is measured; above 0.

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

    def __post_init__(self) -> None:
        for name in ("connect", "read", "pool", "total", "window"):
            _check(name, getattr(self, name), least=0.001)
        _check("least_rate", self.least_rate, least=0)
        if self.links_total is not None:
            _check("links_total", self.links_total, least=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a client takes, and how many calls it makes at once.

    Parameters
    ----------
    catalogue_bytes
        Largest catalogue reply, after decompression; at least 1.
    links_bytes
        Largest list of links, after decompression; at least 1.
    ratio
        How many times its size a compressed reply may become, at least 1. Real replies of this kind
        stay below 30; a decompression bomb reaches a thousand.
    ratio_from
        Bytes after decompression from which `ratio` is held, as short texts may compress well.
    concurrency
        Calls under way at once; at least 1.

    Raises
    ------
    ArgumentError
        If a value is not a finite number in its range.

    Examples
    --------
    >>> Limits(concurrency=2).catalogue_bytes
    67108864
    """

    catalogue_bytes: int = 64 * _MIB
    links_bytes: int = 8 * 1024 * _MIB
    ratio: float = 200.0
    ratio_from: int = 16 * _MIB
    concurrency: int = 4

    def __post_init__(self) -> None:
        for name in ("catalogue_bytes", "links_bytes", "ratio", "concurrency"):
            _check(name, getattr(self, name), least=1)
        _check("ratio_from", self.ratio_from, least=0)


def _uniform(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - spreads calls in time, guards nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a failed call is tried again.

    The pause before try ``n + 1`` is drawn evenly from zero to ``min(maximum, initial * 2**(n-1))``
    ("full jitter" [1]_), unless the API says how long to wait.

    Parameters
    ----------
    attempts
        Tries of one call in all, at least 1.
    initial
        Longest first pause, in seconds.
    maximum
        Longest pause, in seconds.
    retry_after_limit
        Longest pause in seconds that the API may ask for; when it asks for more, the call fails at
        once with :class:`RateLimitError`.
    retries
        How many times calls are tried again in one fetch, over all of its calls, at least 0. When
        as many were, an API that fails again and again is no longer asked more than once.
    sleep
        Waits for that many seconds.
    uniform
        Draws a number between two; give ``random.Random(seed).uniform`` to have the same pauses
        again.

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
    uniform: Callable[[float, float], float] = field(default=_uniform, repr=False)

    def __post_init__(self) -> None:
        _check("attempts", self.attempts, least=1)
        for name in ("initial", "maximum", "retry_after_limit", "retries"):
            _check(name, getattr(self, name), least=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch has come.

    Parameters
    ----------
    stage
        ``"links"``, or ``"slices"`` of a fetch that can be resumed; then ``"validation"`` and
        ``"catalogue"``.
    done
        How much is done; it begins again at zero when a reply has to be asked for again.
    total
        How much there is, ``None`` when unknown. The catalogue's total grows as systems show what
        they hold.
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
