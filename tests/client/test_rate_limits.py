"""Tests of rate limits: no name is lost to one, and it is kept without much delay."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, Protocol

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from hummgraph.client.client import AsyncClient, Limits, RetryPolicy, Timeouts
from hummgraph.client.lanes import Lanes
from hummgraph.client.pace import Pace, accepted, held, is_new, refused, sent, spent
from hummgraph.client.retry import spent_pause
from hummgraph.errors import RateLimitError
from hummgraph.records.catalogue import Catalogue
from tests.support.builders import ORGANIZATION, uid
from tests.support.client_fakes import (
    ORGANIZATION_PATH,
    TOKEN,
    Api,
    Drive,
    Pauses,
    Turns,
    every_client,
    organization_record,
)

# --- the pace, without a clock ---------------------------------------------------------------


def test_refusal_pauses_all_and_halves_the_lanes() -> None:
    """After a refusal no call is sent before the pause ends, and half as many at once."""
    pace = refused(Pace(4, 4), now=10.0, pause=2.0)

    assert (pace.lanes, pace.next_at, pace.rate) == (2, 12.0, math.inf)
    assert refused(refused(pace, now=12.0, pause=4.0), now=16.0, pause=8.0).lanes == 1


def test_calls_under_way_do_not_count_as_further_refusals() -> None:
    """The refusal of a call that was sent before the last one tells nothing new."""
    pace = refused(Pace(4, 4), now=10.0, pause=2.0)

    assert not is_new(pace, 9.9)
    assert is_new(pace, 12.0)
    assert held(pace, 11.0) == pace
    assert held(pace, 15.0).next_at == 15.0


def test_lanes_grow_one_by_one() -> None:
    """As many calls let through as there are lanes make one more, up to the most."""
    pace = Pace(4, 1)
    grown = []
    for _ in range(10):
        pace = accepted(pace)
        grown.append(pace.lanes)

    assert grown == [2, 2, 3, 3, 3, 4, 4, 4, 4, 4]


def test_rate_is_measured_between_refusals() -> None:
    """Ten calls in two seconds, pause included, are five a second."""
    pace = refused(Pace(4, 4), now=0.0, pause=1.0)
    for _ in range(10):
        pace = accepted(pace)
    pace = refused(pace, now=2.0, pause=1.0)

    assert pace.rate == 5.0
    assert sent(pace, 3.0).next_at == pytest.approx(3.2)


def test_rate_falls_at_a_refusal_and_grows_otherwise() -> None:
    """A refusal lowers a rate, each call let through raises it, in the end to no limit at all."""
    pace = Pace(4, 4, rate=20.0, since=0.0, n_measured=20.0, seconds=1.0, n_accepted=40)
    lowered = refused(pace, now=2.0, pause=0.5)
    assert lowered.rate == pytest.approx(18.0)
    assert accepted(lowered).rate > lowered.rate

    pace, n_calls = lowered, 0
    while pace.rate < math.inf:
        pace, n_calls = accepted(pace), n_calls + 1
    assert 100 < n_calls < 2000


def test_refusals_in_a_row_are_one_measurement() -> None:
    """A pause that was too short tells nothing about the rate."""
    pace = refused(Pace(4, 4), now=0.0, pause=0.5)
    again = refused(pace, now=0.5, pause=0.5)

    assert (again.rate, again.since, again.n_refusals) == (math.inf, 0.0, 2)
    assert accepted(again).n_refusals == 0


def test_few_calls_are_no_measurement_after_a_short_pause() -> None:
    """One call between two refusals tells that a short pause was too short, of a long one more."""
    pace = accepted(refused(Pace(4, 4), now=0.0, pause=0.1))
    assert refused(pace, now=1.0, pause=0.1).rate == math.inf
    assert refused(pace, now=1.0, pause=1.0).rate == 1.0


def test_announced_end_is_waited_for_until_it_proves_wrong() -> None:
    """A reply with no calls left holds the next; a server that always tells so is not believed."""
    pace = Pace(2, 2)
    for now in (0.0, 10.0):
        pace = spent(sent(pace, now), sent_at=now, until=now + 5.0)
        assert pace.next_at == now + 5.0
    assert spent(sent(pace, 20.0), sent_at=20.0, until=25.0).next_at == 20.0
    believed = spent(pace, sent_at=20.0, until=None)
    assert spent(sent(believed, 30.0), sent_at=30.0, until=35.0).next_at == 35.0


@given(
    st.integers(1, 10),
    st.lists(st.tuples(st.sampled_from("sarx"), st.floats(0, 100), st.floats(0, 60)), max_size=60),
)
def test_pace_stays_within_its_bounds(most: int, events: list[tuple[str, float, float]]) -> None:
    """Whatever happens, there is a lane, none too many, and a positive rate."""
    pace, now = Pace(most, most), 0.0
    for kind, passed, pause in events:
        now += passed
        if kind == "s":
            pace = sent(pace, now)
        elif kind == "a":
            pace = accepted(pace)
        elif kind == "r":
            pace = refused(pace, now=now, pause=pause)
        else:
            pace = spent(pace, sent_at=now, until=now + pause)
        assert 1 <= pace.lanes <= most
        assert pace.rate > 0.0
        assert not math.isnan(pace.next_at)


# --- servers with limits, by a clock that jumps ----------------------------------------------


class Limit(Protocol):
    """A rate limit: lets a call through, or tells how long it does not."""

    def ask(self, now: float) -> float:
        """Return 0 for a call that is let through, else the seconds until one may be."""
        ...


class Bucket:
    """Tokens that come at a rate and are kept up to some."""

    def __init__(self, rate: float) -> None:
        self._rate = self._left = rate
        self._then = 0.0

    def ask(self, now: float) -> float:
        """Take a token."""
        self._left = min(self._rate, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1.0 - 1e-9:
            return (1.0 - self._left) / self._rate
        self._left -= 1.0
        return 0.0


class Window:
    """So many calls in each second of the clock."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._second = -1
        self._n = 0

    def ask(self, now: float) -> float:
        """Count the call."""
        second = math.floor(now + 0.3)
        if second != self._second:
            self._second, self._n = second, 0
        if self._n >= self._rate:
            return second + 0.7 - now
        self._n += 1
        return 0.0


class Sliding:
    """So many calls in the last second, whichever it is."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._times: list[float] = []

    def ask(self, now: float) -> float:
        """Count the call."""
        self._times = [then for then in self._times if then > now - 1.0]
        if len(self._times) >= self._rate:
            return self._times[0] + 1.0 - now
        self._times.append(now)
        return 0.0


class LimitedApi(httpx.AsyncBaseTransport):
    """An API with databases behind a rate limit; each takes some seconds for a reply."""

    def __init__(self, limit: Limit, *, latency: float = 0.002, header: str = "") -> None:
        self._limit = limit
        self._latency = latency
        self._header = header
        self.sent_at: list[float] = []
        self.refused_at: list[float] = []
        self.under_way: list[int] = []
        self._n_under_way = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        self._n_under_way += 1
        self.under_way.append(self._n_under_way)
        try:
            await anyio.sleep(self._latency / 2)
            now = anyio.current_time()
            self.sent_at.append(now)
            wait = self._limit.ask(now)
            await anyio.sleep(self._latency / 2)
        finally:
            self._n_under_way -= 1
        if wait:
            self.refused_at.append(anyio.current_time())
            headers = {self._header: str(max(1, math.ceil(wait)))} if self._header else {}
            return httpx.Response(429, headers=headers, json={"detail": "slow down"})
        path = request.url.path.removeprefix("/api")
        if path == ORGANIZATION_PATH:
            return httpx.Response(200, json=organization_record())
        listed = path == "/integration-sources"
        return httpx.Response(200, json=SYSTEMS if listed else [])


# Two calls of their own and three a system: 122.
SYSTEMS = [
    {"id": uid(f"s{number}"), "name": f"S{number}", "source_type": "database"}
    for number in range(40)
]
N_CALLS = 2 + 3 * len(SYSTEMS)


def fetched(api: LimitedApi, *, seed: int = 0, **options: Any) -> tuple[Catalogue, float]:
    """Fetch a catalogue by a clock that jumps; return it, and the seconds that it took."""
    retry = options.pop("retry", RetryPolicy(uniform=random.Random(seed).uniform))

    async def run() -> tuple[Catalogue, float]:
        async with AsyncClient(
            token=TOKEN,
            organization_id=ORGANIZATION,
            transport=api,
            retry=retry,
            **options,
        ) as client:
            began = anyio.current_time()
            return await client.catalogue(), anyio.current_time() - began

    clock = MockClock(autojump_threshold=0)
    return anyio.run(run, backend="trio", backend_options={"clock": clock})


def n_lost(found: Catalogue) -> int:
    """Return the number of calls that were lost."""
    return sum(one.count for one in found.lookups if one.is_lost)


@pytest.mark.parametrize("header", ["", "Retry-After"])
@pytest.mark.parametrize("rate", [2, 5, 20])
@pytest.mark.parametrize("limit", [Bucket, Window, Sliding])
def test_no_name_is_lost_to_a_rate_limit(
    limit: Callable[[float], Limit], rate: int, header: str
) -> None:
    """All names come, in at most one and a half times the time that the limit itself takes."""
    shares = []
    for seed in range(3):
        api = LimitedApi(limit(rate), header=header)
        found, seconds = fetched(api, seed=seed)

        assert n_lost(found) == 0
        assert {one.outcome for one in found.lookups} == {"ok"}
        assert len(api.sent_at) - len(api.refused_at) == N_CALLS
        shares.append(seconds / (N_CALLS / rate))
    assert sum(shares) / len(shares) <= 1.5
    assert len(api.refused_at) < N_CALLS / 2


@pytest.mark.parametrize("latency", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("rate", [2, 5, 20])
def test_far_servers(rate: int, latency: float) -> None:
    """The same holds where replies take their time."""
    shares = []
    for seed in range(3):
        found, seconds = fetched(LimitedApi(Bucket(rate), latency=latency), seed=seed)
        assert n_lost(found) == 0
        shares.append(seconds / max(N_CALLS / rate, N_CALLS * latency / 4))
    assert sum(shares) / len(shares) <= 1.5


def test_no_limit_is_no_delay() -> None:
    """Without a refusal all lanes are used, and nothing is waited for."""
    api = LimitedApi(Bucket(10_000), latency=0.1)
    _, seconds = fetched(api, limits=Limits(concurrency=8))

    assert max(api.under_way) == 8
    assert seconds <= 0.1 * (3 + math.ceil(N_CALLS / 8))


def test_one_pause_for_all_lanes() -> None:
    """After a refusal nothing is sent until the pause that it asks for has passed."""

    class Once:
        n = 0

        def ask(self, _: float) -> float:
            self.n += 1
            return 7.0 if self.n == 10 else 0.0

    api = LimitedApi(Once(), latency=0.01, header="Retry-After")
    found, _ = fetched(api)
    (refused_at,) = api.refused_at
    later = [then for then in api.sent_at if then > refused_at + 0.01]

    assert n_lost(found) == 0
    assert min(later) >= refused_at + 7.0
    # The call that was refused goes first, with half of the lanes.
    at = api.sent_at.index(min(later))
    assert api.under_way[at] <= 2


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3"},
        {"RateLimit": '"hour";r=0;t=3'},
        {"RateLimit": "limit=5, remaining=0, reset=3"},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "3"},
    ],
)
def test_limit_that_announces_its_end_refuses_nothing(headers: dict[str, str]) -> None:
    """A reply that was the last of its window holds the others until the next."""

    class Announcing(LimitedApi):
        n = 0
        until = 0.0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            now = anyio.current_time()
            if now < self.until:
                self.refused_at.append(now)
                return httpx.Response(429)
            reply = await super().handle_async_request(request)
            self.n += 1
            if self.n % 5 == 0:
                self.until = anyio.current_time() + 3.0
                reply.headers.update(headers)
            return reply

    api = Announcing(Bucket(10_000))
    found, seconds = fetched(api, limits=Limits(concurrency=1))

    assert n_lost(found) == 0
    assert api.refused_at == []
    assert seconds == pytest.approx(3.0 * (N_CALLS // 5), rel=0.1)


def test_announcements_beyond_the_limit_are_not_waited_for() -> None:
    """A reply that tells of an hour without calls does not hold those that would be let through."""

    class Lying(LimitedApi):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reply = await super().handle_async_request(request)
            reply.headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3600"})
            return reply

    found, seconds = fetched(Lying(Bucket(10_000)))
    assert n_lost(found) == 0
    assert seconds < 10


def test_limit_for_ever_ends() -> None:
    """A server that lets nothing through is given up after the time that a call may take."""

    class Never:
        def ask(self, _: float) -> float:
            return 1.0

    for header in ("", "Retry-After"):
        api = LimitedApi(Never(), header=header)
        found, seconds = fetched(api, timeouts=Timeouts(total=60.0))
        assert n_lost(found) == sum(one.count for one in found.lookups) == 3
        assert {one.outcome for one in found.lookups} == {"429"}
        assert 40.0 < seconds < 80.0


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}])
def test_call_that_is_never_let_through_ends_alone(headers: dict[str, str]) -> None:
    """A path that is always refused is given up in its own time, and slows no other."""

    class OnePath(LimitedApi):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith(f"{uid('s3')}/tables"):
                return httpx.Response(429, headers=headers)
            return await super().handle_async_request(request)

    for seed in range(5):
        api = OnePath(Bucket(10_000))
        found, seconds = fetched(api, seed=seed, timeouts=Timeouts(total=60.0))
        assert n_lost(found) == 1
        assert seconds < 75.0
        assert max(api.sent_at) < 30.0  # that of the others


def test_slow_limit_starves_no_call() -> None:
    """With one call every 25 s, each of many concurrent calls has its turn in time."""

    class Slow:
        free_at = 0.0

        def ask(self, now: float) -> float:
            if now < self.free_at:
                return self.free_at - now
            self.free_at = now + 25.0
            return 0.0

    found, _ = fetched(
        LimitedApi(Slow(), header="Retry-After"),
        limits=Limits(concurrency=8),
        timeouts=Timeouts(fetch=None),
    )
    assert n_lost(found) == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancelled_calls_leave_their_lanes(backend: str) -> None:
    """Calls that are cancelled, waiting or paused, are in nobody's way afterwards."""

    async def run() -> None:
        lanes = Lanes(2, RetryPolicy())
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(self_waiting, lanes)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        place = lanes.queue(lanes.ticket())
        with anyio.fail_after(1):
            await lanes.wait(place)
        lanes.leave(place)

    async def self_waiting(lanes: Lanes) -> None:
        place = lanes.queue(lanes.ticket())
        try:
            await lanes.wait(place)
            await anyio.sleep_forever()
        finally:
            lanes.leave(place)

    anyio.run(run, backend=backend)


# --- calls -----------------------------------------------------------------------------------


@every_client
def test_refusals_by_a_limit_are_no_failures(drive: Drive) -> None:
    """However often a call is refused by a limit, it keeps the retries that failures have."""
    api = Api({ORGANIZATION_PATH: Turns(503, *[429] * 8, 503, 429, organization_record())})
    found = drive(
        lambda c: c.organization(),
        transport=api.transport,
        retry=Pauses().policy(attempts=3, retries=2),
    )
    assert found.name == "Acme"
    assert len(api.requests) == 12


@every_client
def test_one_attempt_is_one(drive: Drive) -> None:
    """With ``attempts=1`` nothing is repeated, whatever the reason."""
    api = Api({ORGANIZATION_PATH: 429})
    with pytest.raises(RateLimitError):
        drive(lambda c: c.organization(), transport=api.transport, retry=RetryPolicy(attempts=1))
    assert len(api.requests) == 1


@every_client
def test_limit_that_does_not_end_is_an_error(drive: Drive) -> None:
    """A single call that is refused for longer than it may take fails with the limit's error."""
    api = Api({ORGANIZATION_PATH: 429})
    pauses = Pauses()
    with pytest.raises(RateLimitError) as caught:
        drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())
    assert caught.value.attempts == len(api.requests) == len(pauses.taken) + 1
    assert 100.0 < sum(pauses.taken) <= 120.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "3"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3"}, 3.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, None),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "7"}, 7.0),
        ({"ratelimit": "limit=9, remaining=0, reset=5"}, 5.0),
        ({"ratelimit": '"minute";r=2;t=5, "hour";r=0;t=500'}, 500.0),
        ({"ratelimit": "limit=9, remaining=9, reset=5"}, None),
        ({"ratelimit": "nonsense; r=, t=x"}, None),
    ],
)
def test_limits_without_calls_left(headers: dict[str, str], seconds: float | None) -> None:
    """The end of a window counts if no call is left in it."""
    assert spent_pause(headers) == seconds
