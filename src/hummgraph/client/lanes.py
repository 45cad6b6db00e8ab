"""Lanes: the calls of one client that are under way at once, at the pace of its rate limit."""

from __future__ import annotations

import heapq
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Self, TypeAlias

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


class Lanes:
    """Gate that every request of a client passes.

    Of calls that wait, the one that began first goes first, also when it was refused before: no
    call is refused again and again in favour of later ones.
    """

    def __init__(self, n_lanes: int, policy: RetryPolicy) -> None:
        self._pace = Pace(n_lanes, n_lanes)
        self._policy = policy
        self._n_under_way = 0
        self._waiting: list[Place] = []
        self._tickets = count()
        self._ahead = 0.0

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

    def accepted(self, sent_at: float, *, pause: float | None) -> None:
        """Note that a call was let through; ``pause`` until the limit has calls again, if any."""
        self._pace = accepted(self._pace)
        until = None
        if pause is not None and pause <= self._policy.retry_after_limit:
            until = self.now() + pause
        self._pace = spent(self._pace, sent_at=sent_at, until=until)
        self._open()

    def refused(self, sent_at: float, *, asked: float | None) -> float:
        """Note that a call was refused by a rate limit; return the pause that follows."""
        policy, now = self._policy, self.now()
        pause = asked or 0.0
        if is_new(self._pace, sent_at):
            n_refusals = self._pace.n_refusals
            if asked is None or n_refusals:
                # Where what was asked for did not help, more. It begins with half the pause after a
                # failure and doubles at every third refusal: to ask too often costs one call, to
                # ask too late the time of many.
                doubled = policy.initial * 2.0 ** (min(n_refusals // 3, 1000) - 1)
                pause = max(pause, policy.uniform(0.0, min(policy.maximum, doubled)))
            self._pace = refused(self._pace, now=now, pause=pause)
            return pause
        self._pace = held(self._pace, now + pause)
        return max(pause, self._pace.next_at - now)

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._place is not None:
            self._lanes.leave(self._place)

    @asynccontextmanager
    async def next(self) -> AsyncGenerator[None, None]:
        """Wait for a turn; note a refusal by the rate limit, and how long to wait, in the error."""
        if self._place is None:
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
        pause = self._lanes.refused(self._sent_at, asked=failure.pause)
        self._patience -= pause
        # Others may be let through where this call never is, and the other way round.
        failure.again = self._patience >= 0 and self._allowance.waits_out(pause, self._lanes.now())
        if failure.again:
            failure.pause = pause
            # Before the pause and before this lane is left, or later calls would take it each time.
            self._place = self._lanes.queue(self._ticket)
