"""Tests of retries: which attempts are repeated, and when."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.client import responses, retry
from hummgraph.client.client import Client, Limits, RetryPolicy, Timeouts
from hummgraph.client.retry import RETRIED_STATUSES, asked_pause
from hummgraph.errors import (
    ArgumentError,
    InvalidRequestError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from tests.support.builders import ORGANIZATION, uid
from tests.support.client_fakes import (
    LINKS,
    ORGANIZATION_PATH,
    TOKEN,
    Api,
    Drive,
    Pauses,
    Turns,
    drive_sync,
    every_client,
    organization_record,
)
from tests.support.places import DOCS

NOW = 1_790_000_000


def busy(status: int = 429, **headers: str) -> Any:
    """Return a function that refuses with headers; ``retry_after`` becomes Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=named, json={"detail": "slow down"})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2", 2.0),
        (" 2.5 ", 2.5),
        ("1e9", 1e9),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW + 30, usegmt=True).replace("GMT", "-0000"), 30.0),
        (formatdate(NOW - 30, usegmt=True), None),
        ("0", None),
        ("-1", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("soon", None),
        ("2, 3", None),
        ("Mon, 32 Jan 2026 00:00:00 GMT", None),
        ("Mon, 05 Jan 20260000000 00:00:00 GMT", None),
        ("Mon, 05 Jan 99999999999 00:00:00 GMT", None),
        ("Mon, 05 Jan 2026 00:00:00 +9999999999", None),
        ("Mon, 05 Jan 0001 00:00:00 +2359", None),
        ("5" * 5000, None),
        ("1" * 20, None),
        ("2, 2", 2.0),
        ("2,2,2", 2.0),
        ("2, 3, 2, 3", None),
        (", ".join([formatdate(NOW + 30, usegmt=True)] * 2), 30.0),
        (", ".join(formatdate(NOW + n, usegmt=True) for n in (30, 60)), None),
        (str(NOW + 30), 30.0),
        (str((NOW + 30) * 1000), 30.0),
        (str(NOW - 30), None),
        (f"{NOW + 30}.5", 30.5),
        (str((NOW + 30) * 1_000_000), None),
        (datetime.fromtimestamp(NOW + 30, UTC).isoformat(), 30.0),
        ("2026-13-01T00:00:00Z", None),
        ("1_0", None),
        ("\u0665", None),
        ("2s", None),
        ("PT2S", None),
        ("0x10", None),
        ("\0", None),
    ],
)
def test_retry_after_in_all_its_forms(text: str, seconds: float | None) -> None:
    """Seconds and dates are read by the server's clock, and invalid values are ignored."""
    headers = {"retry-after": text, "date": formatdate(NOW, usegmt=True)}

    assert asked_pause(headers, status=503) == seconds


def test_retry_after_date_without_the_servers_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the server's date, its clock is assumed to equal ours."""
    monkeypatch.setattr("hummgraph.client.retry.time.time", lambda: float(NOW))

    assert asked_pause({"retry-after": formatdate(NOW + 7, usegmt=True)}, status=429) == 7.0


@pytest.mark.parametrize(
    ("headers", "status", "seconds"),
    [
        ({"x-ratelimit-reset": str(NOW + 5)}, 429, 5.0),
        ({"x-ratelimit-reset": str(NOW - 5)}, 429, None),
        ({"x-ratelimit-reset": "soon"}, 429, None),
        ({"x-ratelimit-reset": str(NOW + 5)}, 503, None),
        ({"x-ratelimit-reset": str(NOW + 5), "retry-after": "2"}, 429, 2.0),
        ({}, 429, None),
        ({}, 503, None),
        ({"x-ratelimit-reset": str((NOW + 5) * 1000)}, 429, 5.0),
        ({"x-ratelimit-reset": "5"}, 429, 5.0),
        ({"x-ratelimit-reset": f"{NOW + 5}, {NOW + 5}"}, 429, 5.0),
        ({"x-ratelimit-reset": formatdate(NOW + 5, usegmt=True)}, 429, 5.0),
        ({"x-rate-limit-reset": str(NOW + 5)}, 429, 5.0),
        ({"x-ratelimit-reset-after": "0.5"}, 429, 0.5),
        ({"ratelimit-reset": "5", "x-ratelimit-reset": "9"}, 429, 5.0),
        ({"ratelimit": "limit=10, remaining=0, reset=5"}, 429, 5.0),
        ({"ratelimit": '"burst";r=0;t=2, "hour";r=0;t=30'}, 429, 30.0),
        ({"ratelimit": '"burst";r=0;t=2'}, 503, None),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 429, 1.5),
        ({"retry-after-ms": "1500"}, 503, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 429, 2.0),
        ({"retry-after": "soon", "x-ratelimit-reset": str(NOW + 5)}, 429, 5.0),
        ({"retry-after": "2", "date": "Mon, 05 Jan 99999999999 00:00:00 GMT"}, 429, 2.0),
    ],
)
def test_rate_limit_reset(headers: dict[str, str], status: int, seconds: float | None) -> None:
    """The documented Unix time of a rate limit is used without Retry-After."""
    dated = {"date": formatdate(NOW, usegmt=True), **headers}

    assert asked_pause(dated, status=status) == seconds


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_header_gives_a_pause_or_none(retry_after: str, date: str) -> None:
    """Every header gives a positive finite pause or none."""
    pause = asked_pause({"retry-after": retry_after, "date": date}, status=429)

    assert pause is None or 0 < pause < float("inf")


@every_client
@pytest.mark.parametrize("status", sorted(RETRIED_STATUSES))
def test_passing_troubles_are_tried_again(drive: Drive, status: int) -> None:
    """Two failures and a success make three requests, with pauses that may double."""
    api = Api({ORGANIZATION_PATH: Turns(status, status, organization_record())})
    pauses = Pauses()
    found = drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())

    assert found.name == "Acme"
    assert len(api.requests) == 3
    assert pauses.taken == ([0.25, 0.25] if status == 429 else [0.5, 1.0])


@every_client
def test_trouble_without_end(drive: Drive) -> None:
    """After four requests the error is raised, with their number and the server's id."""
    answer = httpx.Response(503, headers={"x-request-id": "r-77"})
    api = Api({ORGANIZATION_PATH: lambda _: answer})
    pauses = Pauses()
    with pytest.raises(ServerError) as caught:
        drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())

    assert (caught.value.attempts, caught.value.status, caught.value.request_id) == (4, 503, "r-77")
    assert pauses.taken == [0.5, 1.0, 2.0]
    assert "answered 503 Service Unavailable (4 attempts, request id r-77)" in str(caught.value)


@every_client
@pytest.mark.parametrize(
    ("status", "kind"),
    [(408, RequestTimeoutError), (425, InvalidRequestError), (429, RateLimitError)],
)
def test_what_is_left_of_passing_troubles(drive: Drive, status: int, kind: type[Exception]) -> None:
    """Statuses that are retried raise their own errors if the retries fail."""
    api = Api({ORGANIZATION_PATH: status})
    with pytest.raises(kind, match="no luck"):
        drive(lambda c: c.organization(), transport=api.transport, retry=RetryPolicy(attempts=1))
    assert len(api.requests) == 1


@every_client
def test_pause_that_is_asked_for_is_kept(drive: Drive) -> None:
    """Retry-After replaces the client's own pause once."""
    api = Api({ORGANIZATION_PATH: Turns(busy(retry_after="7"), busy(503), organization_record())})
    pauses = Pauses()
    drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())

    assert pauses.taken == [7.0, 1.0]


@every_client
@pytest.mark.parametrize("status", [429, 503])
def test_too_long_a_pause_fails_at_once(drive: Drive, status: int) -> None:
    """A pause above the limit raises immediately with its length."""
    api = Api({ORGANIZATION_PATH: busy(status, retry_after="3600")})
    pauses = Pauses()
    with pytest.raises(RateLimitError, match="wait 3,600 s") as caught:
        drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())

    assert caught.value.retry_after == 3600
    assert caught.value.status == status
    assert pauses.taken == []


@every_client
def test_pause_beyond_the_deadline_is_not_begun(drive: Drive) -> None:
    """A pause longer than the total deadline is not begun, and the error is raised."""
    api = Api({ORGANIZATION_PATH: busy(503, retry_after="50")})
    pauses = Pauses()
    with pytest.raises(ServerError) as caught:
        drive(
            lambda c: c.organization(),
            transport=api.transport,
            retry=pauses.policy(),
            timeouts=Timeouts(total=40),
        )
    assert caught.value.attempts == 1
    assert pauses.taken == []


@every_client
def test_deadline_holds_during_a_pause(drive: Drive) -> None:
    """A pause that takes longer than planned is ended by the total deadline."""
    api = Api({ORGANIZATION_PATH: 503})

    async def oversleep(_: float) -> None:
        await anyio.sleep(30)

    with pytest.raises(RequestTimeoutError, match=r"within 0\.2 s"):
        drive(
            lambda c: c.organization(),
            transport=api.transport,
            retry=RetryPolicy(sleep=oversleep, uniform=lambda *_: 0.0),
            timeouts=Timeouts(total=0.2),
        )


def test_pauses_grow_to_the_maximum() -> None:
    """The greatest pause doubles up to the maximum and stays there."""
    api = Api({ORGANIZATION_PATH: 500})
    pauses = Pauses()
    with pytest.raises(ServerError):
        drive_sync(
            lambda c: c.organization(),
            transport=api.transport,
            retry=pauses.policy(attempts=1200, retries=1200),
        )
    assert pauses.taken[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert set(pauses.taken[4:]) == {8.0}


@every_client
@pytest.mark.parametrize("retries", [0, 7, 1000])
def test_retries_of_one_fetch_are_bounded(drive: Drive, retries: int) -> None:
    """The number of retries is limited for a whole fetch, not only for each call."""
    systems = [
        {"id": uid(f"s{number}"), "name": f"S{number}", "source_type": "database"}
        for number in range(20)
    ]
    api = Api({"/integration-sources": systems, ORGANIZATION_PATH: organization_record()})
    api.answers[LINKS] = []
    api.otherwise = 503
    pauses = Pauses()
    snapshot = drive(
        lambda c: c.fetch(), transport=api.transport, retry=pauses.policy(retries=retries)
    )

    failed = sum(one.count for one in snapshot.report.lookups if one.outcome == "503")
    calls = sum(one.count for one in snapshot.report.lookups) + 1
    assert failed >= len(systems)
    assert len(pauses.taken) == min(retries, 3 * failed)
    assert len(api.requests) == calls + len(pauses.taken)


def test_each_fetch_has_its_own_retries() -> None:
    """Each fetch of a client has its own limit of retries."""
    api = Api({ORGANIZATION_PATH: 503})
    pauses = Pauses()
    with Client(
        token=TOKEN,
        organization_id=ORGANIZATION,
        transport=api.transport,
        retry=pauses.policy(retries=2),
    ) as client:
        for _ in range(2):
            with pytest.raises(ServerError, match="3 attempts"):
                client.organization()
    assert len(pauses.taken) == 4


@every_client
def test_jumping_clock_changes_nothing(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines and pauses use a monotonic clock."""
    jumps = iter([1e9, 5e8, 3e9] * 1000)
    monkeypatch.setattr("hummgraph.client.retry.time.time", lambda: next(jumps))
    api = Api({ORGANIZATION_PATH: Turns(503, busy(429, retry_after="3"), organization_record())})
    pauses = Pauses()
    drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())

    assert pauses.taken == [0.5, 3.0]


@given(st.integers())
def test_pauses_are_drawn_evenly_from_zero(seed: int) -> None:
    """Pauses are uniform between zero and the bound, and reproducible with a seed."""
    policy = RetryPolicy(uniform=random.Random(seed).uniform)

    assert policy.uniform(0.0, 8.0) == random.Random(seed).uniform(0.0, 8.0)
    assert 0.0 <= RetryPolicy().uniform(0.0, 0.5) <= 0.5


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "5", True, None])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Timeouts, "connect"),
        (Timeouts, "total"),
        (Timeouts, "least_rate"),
        (Limits, "links_bytes"),
        (Limits, "ratio_from"),
        (RetryPolicy, "attempts"),
        (RetryPolicy, "maximum"),
        (RetryPolicy, "retries"),
    ],
)
def test_settings_are_checked(kind: Any, name: str, bad: Any) -> None:
    """A setting that is not a finite number in its range is refused on creation."""
    with pytest.raises(ArgumentError, match=name):
        kind(**{name: bad})


@pytest.mark.parametrize("name", ["links_total", "fetch"])
def test_some_times_may_be_absent_but_not_nonsense(name: str) -> None:
    """``links_total`` and ``fetch`` may be ``None`` or a valid number."""
    options: dict[str, Any] = {name: None}
    assert getattr(Timeouts(**options), name) is None
    with pytest.raises(ArgumentError, match=name):
        Timeouts(**{name: 0})


def test_the_page_lists_the_headers() -> None:
    """The reference has every header that is read, under its name."""
    page = (DOCS / "reference" / "network.md").read_text(encoding="utf-8").lower()
    named = {*retry._RESET_HEADERS, *retry._REMAINING_HEADERS, *responses._TOTAL_HEADERS}
    for header in {*named, "retry-after", "retry-after-ms", "ratelimit", "date", "link"}:
        assert f"`{header}`" in page, header
    for name in ("https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "sslkeylogfile"):
        assert f"`{name}`" in page, name


def test_statuses_that_are_tried_again() -> None:
    """Those of the standard that may pass, and those of proxies in front of the API."""
    assert {408, 425, 429, 500, 502, 503, 504} | set(range(520, 531)) == RETRIED_STATUSES
