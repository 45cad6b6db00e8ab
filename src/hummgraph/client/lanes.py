"""Lanes: the calls of one client that are under way at once, at the pace of its rate limit."""

from __future__ import annotations

import heapq
from contextlib import asynccontextmanager
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import anyio

from hummgraph.client.pace import Pace, accepted, held, is_new, refused, sent, spent
from hummgraph.client.retry import AttemptError, spent_pause

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from hummgraph.client.config import RetryPolicy
    from hummgraph.client.retry import Allowance

__all__ = ["Lanes", "Turns"]

Place: TypeAlias = tuple[int, anyio.Event]
"""Ticket of a call, and the event of its getting a lane."""

# Every so many refusals in a row a call lets another go first. It is refused for what it asks, not
# for the rate of all, if others were let through between two of its attempts so often in a row.
_GIVES_WAY: Final = 2
_REFUSED_ALONE: Final = 3


class Lanes:
    """Gate that every request of a client passes.

    Among waiting calls, the one that began first goes first, even if it was refused before: no
    call is refused again and again in favour of later ones.
    """

    def __init__(self, n_lanes: int, policy: RetryPolicy) -> None:
        self._pace = Pace(n_lanes, n_lanes)
        self._policy = policy
        self._n_under_way = 0
        self._waiting: list[Place] = []
        self._tickets = count()
        self._ahead = 0.0
        self._accepted_of = -inf

    @property
    def pace(self) -> Pace:
        """Pace of the calls now."""
        return self._pace

    def ticket(self) -> int:
        """Return the place of a new call among all calls."""
        return next(self._tickets)

    def queue(self, ticket: int) -> Place:
        """Return a place in the queue for a lane; it is to be left in any case."""
        place = (ticket, anyio.Event())
        heapq.heappush(self._waiting, place)
        self._open()
        return place

    async def wait(self, place: Place) -> float:
        """Wait for the lane and for the pace; return the time of sending."""
        await place[1].wait()
        while (seconds := self._pace.next_at - self.now()) > 0.0:
            await self.sleep(seconds)
        now = self.now()
        self._pace = sent(self._pace, now)
        return now

    def leave(self, place: Place) -> None:
        """Leave the place, or the lane that belongs to it."""
        if place[1].is_set():
            self._n_under_way -= 1
        else:
            self._waiting.remove(place)
            heapq.heapify(self._waiting)
        self._open()

    async def sleep(self, seconds: float) -> None:
        """Wait as the policy does; the time has passed then, even where it only pretends to."""
        until = self.now() + seconds
        await self._policy.sleep(seconds)
        self._ahead += max(0.0, until - self.now())

    def is_accepted_after(self, sent_at: float) -> bool:
        """Return whether a call was let through that was sent after this time."""
        return self._accepted_of > sent_at

    def accepted(self, sent_at: float, *, pause: float | None) -> None:
        """Note that a call was let through; ``pause`` until the limit has calls again, if any."""
        self._accepted_of = max(self._accepted_of, sent_at)
        self._pace = accepted(self._pace)
        until = None
        if pause is not None and pause <= self._policy.retry_after_limit:
            until = self.now() + pause
        self._pace = spent(self._pace, sent_at=sent_at, until=until)
        self._open()

    def refused(self, sent_at: float, *, asked: float | None) -> float:
        """Note that a call was refused by a rate limit; return the pause that follows."""
        now = self.now()
        if is_new(self._pace, sent_at):
            pause = self.pause_after(self._pace.n_refusals, asked=asked)
            self._pace = refused(self._pace, now=now, pause=pause)
            return pause
        pause = asked or 0.0
        self._pace = held(self._pace, now + pause)
        return max(pause, self._pace.next_at - now)

    def pause_after(self, n_refusals: int, *, asked: float | None) -> float:
        """Return the pause after a refusal that follows others."""
        if asked is not None and not n_refusals:
            return asked
        # Where what was asked for did not help, more. It begins with half the pause after a failure
        # and doubles at every third refusal: to ask too often costs one call, to ask too late the
        # time of many.
        policy = self._policy
        doubled = policy.initial * 2.0 ** (min(n_refusals // 3, 1000) - 1)
        return max(asked or 0.0, policy.uniform(0.0, min(policy.maximum, doubled)))

    def now(self) -> float:
        """Return the time of a clock that only runs forward, as far as it was waited for."""
        return anyio.current_time() + self._ahead

    def _open(self) -> None:
        """Open free lanes to waiting calls."""
        while self._waiting and self._n_under_way < self._pace.lanes:
            _, event = heapq.heappop(self._waiting)
            self._n_under_way += 1
            event.set()


class Turns:
    """Turns of one call at the lanes of its client, one for each attempt; a context manager."""

    def __init__(self, lanes: Lanes, allowance: Allowance, *, patience: float) -> None:
        self._lanes = lanes
        self._allowance = allowance
        self._patience = patience
        self._ticket = lanes.ticket()
        self._place: Place | None = None
        self._sent_at = 0.0
        self._refused_at = inf
        self._n_refused = 0
        self._n_refused_alone = 0
        self._not_before = -inf

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._place is not None:
            self._lanes.leave(self._place)

    @asynccontextmanager
    async def next(self) -> AsyncGenerator[None, None]:
        """Wait for a turn; note a refusal by the rate limit, and how long to wait, in the error."""
        if self._place is None:
            if (seconds := self._not_before - self._lanes.now()) > 0.0:
                await self._lanes.sleep(seconds)
            self._place = self._lanes.queue(self._ticket)
        self._sent_at = await self._lanes.wait(self._place)
        place, self._place = self._place, None
        try:
            yield
        except AttemptError as failure:
            if failure.is_limited:
                self._note_refusal(failure)
            raise
        finally:
            self._lanes.leave(place)

    def let_through(self, headers: Mapping[str, str]) -> None:
        """Note a reply other than a refusal by the rate limit."""
        self._allowance.note_accepted()
        self._lanes.accepted(self._sent_at, pause=spent_pause(headers))

    def _note_refusal(self, failure: AttemptError) -> None:
        lanes = self._lanes
        self._n_refused += 1
        if self._n_refused_alone < _REFUSED_ALONE and lanes.is_accepted_after(self._refused_at):
            self._n_refused_alone += 1
        self._refused_at = self._sent_at
        alone = self._n_refused_alone >= _REFUSED_ALONE
        if alone:
            pause = lanes.pause_after(self._n_refused, asked=failure.pause)
        else:
            pause = lanes.refused(self._sent_at, asked=failure.pause)
        self._patience -= pause
        # Others may be let through where this call never is, and the other way round.
        failure.again = self._patience >= 0 and self._allowance.waits_out(pause, lanes.now())
        if not failure.again:
            return
        failure.pause = pause
        if alone or self._n_refused % _GIVES_WAY == 0:
            self._not_before = lanes.now() + pause
        else:
            # Before the pause and before this lane is left, or later calls would take it each time.
            self._place = lanes.queue(self._ticket)
