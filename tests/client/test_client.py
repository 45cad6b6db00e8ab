"""Tests of both clients: creation, calls and their end."""

from __future__ import annotations

import concurrent.futures
import copy
import inspect
import json
import pickle
import socket
import subprocess
import sys
import textwrap
import traceback
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from hummgraph.client import client as client_module
from hummgraph.client.client import DEFAULT_BASE_URL, AsyncClient, Client, Limits, Timeouts
from hummgraph.client.transport import failure_of
from hummgraph.errors import (
    ArgumentError,
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    ContractError,
    InvalidRecordError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RequestError,
    RequestTimeoutError,
    ServerError,
)
from hummgraph.records.models import EntityLink
from tests.support.builders import ORGANIZATION, record, uid
from tests.support.client_fakes import (
    LINKS,
    ORGANIZATION_PATH,
    TOKEN,
    Api,
    Drive,
    Pauses,
    every_client,
    organization_record,
)
from tests.support.places import ROOT
from tests.support.raw_server import HOLD, NEXT, RESET, head, ok, raw_server

LINK = record("crm/contact.email", "shop/customer.email", evidence={"note": "x", "n": [1, 2.5]})


# --- making a client -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_client_shows_where_it_goes_but_not_the_token(kind: Any) -> None:
    """Neither ``repr`` nor ``str`` of a client or its attributes shows the token."""
    made = kind(token=TOKEN, organization_id=ORGANIZATION)

    assert repr(made) == f"<{kind.__name__} of {ORGANIZATION} at {DEFAULT_BASE_URL}>"
    inner = getattr(made, "_client", made)
    for held in (made, inner, inner._transport, inner._transport._http):
        assert TOKEN not in f"{held} {held!r} {vars(held)}"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_client_is_not_pickled(kind: Any, take: Any) -> None:
    """A client cannot be pickled, as its token would be written to a file."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        take(kind(token=TOKEN, organization_id=ORGANIZATION))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"token": f"{TOKEN}\nX-Evil: 1"}, "token holds"),
        ({"token": ""}, "token is empty"),
        ({"organization_id": "acme"}, "organization_id='acme'"),
        ({"base_url": "http://example.org"}, "base URL"),
        ({"ca_bundle": "no-such-file.pem"}, "ca_bundle='no-such-file.pem'"),
        ({"ca_bundle": __file__}, "is not a readable file of certificates"),
    ],
)
def test_unusable_settings(kind: Any, options: dict[str, Any], shown: str) -> None:
    """Invalid settings are refused when the client is created, not at the first call."""
    with pytest.raises(ConfigError) as caught:
        kind(**{"token": TOKEN, "organization_id": ORGANIZATION, **options})

    assert shown in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_client_from_the_environment(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Token, organisation and, if set, base URL are read from the environment."""
    monkeypatch.setenv("HUMM_PAT", TOKEN)
    monkeypatch.setenv("ORG_ID", ORGANIZATION)
    monkeypatch.delenv("HUMM_BASE_URL", raising=False)
    assert repr(kind.from_env()).endswith(f"at {DEFAULT_BASE_URL}>")

    monkeypatch.setenv("HUMM_BASE_URL", "https://h.example/api")
    assert repr(kind.from_env(timeouts=Timeouts(total=3))).endswith("at https://h.example/api>")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("name", ["HUMM_PAT", "ORG_ID"])
def test_missing_environment(kind: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for a missing or blank variable names it."""
    monkeypatch.setenv("HUMM_PAT", TOKEN)
    monkeypatch.setenv("ORG_ID", ORGANIZATION)
    for change in (partial(monkeypatch.setenv, name, "  "), partial(monkeypatch.delenv, name)):
        change()
        with pytest.raises(ConfigError, match=f"{name} is not set"):
            kind.from_env()


def test_both_clients_have_the_same_methods() -> None:
    """Both clients have the same methods, with the same parameters and defaults."""

    def methods(kind: type) -> dict[str, inspect.Signature]:
        found = {
            name: inspect.signature(getattr(kind, name))
            for name in vars(kind)
            if not name.startswith("_")
        }
        found["__init__"] = inspect.signature(kind)
        if "aclose" in found:
            found["close"] = found.pop("aclose")
        return found

    assert methods(Client) == methods(AsyncClient)
    for name in methods(AsyncClient).keys() - {"__init__", "close", "from_env"}:
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))
        assert not inspect.iscoroutinefunction(getattr(Client, name))


# --- single records --------------------------------------------------------------------------


@every_client
def test_organization(drive: Drive) -> None:
    """The organisation's record is returned without fields that may hold secrets."""
    answer = organization_record(customer_aws_access_key_id="AKIA", description="d")
    api = Api({ORGANIZATION_PATH: answer})
    found = drive(lambda c: c.organization(), transport=api.transport)

    assert (found.name, str(found.id), found.description) == ("Acme", ORGANIZATION, "d")
    assert "AKIA" not in repr(found)


@every_client
def test_entity_link(drive: Drive) -> None:
    """One link is returned as a model, by its id in any spelling."""
    api = Api({f"{LINKS}/{LINK['id']}": LINK})
    found = drive(lambda c: c.entity_link(LINK["id"].upper()), transport=api.transport)

    assert str(found.id) == LINK["id"]
    assert found.evidence == LINK["evidence"]
    with pytest.raises(ArgumentError, match="is not an id"):
        drive(lambda c: c.entity_link("x/../y"), transport=api.transport)
    assert len(api.requests) == 1


@every_client
@pytest.mark.parametrize(
    "call", [lambda c: c.organization(), lambda c: c.entity_link(LINK["id"])], ids=["org", "link"]
)
@pytest.mark.parametrize(
    "body", [b'{"id": 7, "name": "s3cret"}', b"[1]", b"[1", b'{"a": 1, "a": 2}', b'{"x": NaN}']
)
def test_bad_record(drive: Drive, call: Any, body: bytes) -> None:
    """A record that breaks the contract raises with its reasons and none of its values.

    It is not asked for again: its length was announced and is right.
    """
    api = Api({ORGANIZATION_PATH: body, f"{LINKS}/{LINK['id']}": body})
    with pytest.raises(InvalidRecordError) as caught:
        drive(call, transport=api.transport)

    assert caught.value.reasons
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert len(api.requests) == 1


@every_client
def test_integration_sources(drive: Drive) -> None:
    """The systems are listed by the likelier call, or else by the other."""
    records = [{"id": uid("crm"), "name": "CRM"}, {"id": uid("shop"), "name": "Shop"}]
    for path in ("/integration-sources", f"{ORGANIZATION_PATH}/integration-sources"):
        api = Api({path: records})
        found = drive(lambda c: c.integration_sources(), transport=api.transport)

        assert [system.name for system in found] == ["CRM", "Shop"]
        assert api.paths()[-1] == path
        assert api.requests[0].url.params["organization_id"] == ORGANIZATION


@every_client
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (404, NotFoundError),
        ({"items": []}, ContractError),
        ([{"id": "x"}], InvalidRecordError),
        (401, AuthenticationError),
    ],
)
def test_integration_sources_that_do_not_come(drive: Drive, answer: Any, kind: Any) -> None:
    """An error is raised if neither call lists the systems."""
    both = ("/integration-sources", f"{ORGANIZATION_PATH}/integration-sources")
    api = Api(dict.fromkeys(both, answer))
    with pytest.raises(kind):
        drive(lambda c: c.integration_sources(), transport=api.transport)
    assert len(api.requests) == (1 if answer == 401 else 2)


# --- lists of links --------------------------------------------------------------------------


@every_client
def test_entity_links(drive: Drive) -> None:
    """Links are returned as models that equal the records."""
    plain = record("crm/contact", "shop", None, status="ARCHIVED", link_type="DETERMINISTIC")
    api = Api({LINKS: [LINK, plain, LINK]})
    found = drive(lambda c: c.entity_links(status="APPROVED"), transport=api.transport)

    assert [type(link) for link in found] == [EntityLink, EntityLink]
    assert [str(link.id) for link in found] == [LINK["id"], plain["id"]]
    assert found[0].evidence == LINK["evidence"]
    assert found[0].confidence_score == 0.9
    assert str(found[0].source_column_id) == LINK["source_column_id"]
    assert (found[1].status, found[1].confidence_score) == ("ARCHIVED", None)
    assert found[1].evidence is None
    assert dict(api.requests[0].url.params) == {"status": "APPROVED"}


@every_client
def test_entity_links_with_a_bad_record(drive: Drive) -> None:
    """The first bad record among links as models raises an error with its place."""
    api = Api({LINKS: [LINK, {**record("a/b.c", "d/e.f"), "confidence_score": 123}]})
    with pytest.raises(InvalidRecordError, match=r"Record 1 .*confidence_range") as caught:
        drive(lambda c: c.entity_links(), transport=api.transport)

    assert caught.value.reasons == (("confidence_range", "/confidence_score"),)
    assert "123" not in str(caught.value)


# --- refusals --------------------------------------------------------------------------------


@every_client
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, InvalidRequestError),
        (418, InvalidRequestError),
        (422, InvalidRequestError),
        (499, InvalidRequestError),
        (501, ServerError),
        (505, ServerError),
        (599, ServerError),
    ],
)
@pytest.mark.parametrize("call", [lambda c: c.organization(), lambda c: c.fetch()])
def test_refusals(drive: Drive, call: Any, status: int, kind: type[RequestError]) -> None:
    """Each status has its error after exactly one request, with the API's own message."""
    answer = httpx.Response(
        status, json={"detail": f"not for {TOKEN}"}, headers={"X-Request-Id": "r-1"}
    )
    api = Api({ORGANIZATION_PATH: lambda _: answer, LINKS: lambda _: answer})
    with pytest.raises(kind) as caught:
        drive(call, transport=api.transport)
    error = caught.value

    assert type(error) is kind
    assert (error.status, error.attempts, error.request_id) == (status, 1, "r-1")
    assert error.url.startswith(f"{DEFAULT_BASE_URL}{ORGANIZATION_PATH}")
    assert f"answered {status}" in str(error)
    assert 'saying "not for \u2022\u2022\u2022"' in str(error)
    assert len(api.requests) == 1


@every_client
@pytest.mark.parametrize(
    "body",
    [
        pytest.param([head("Content-Length: 90", status="403 Forbidden"), RESET], id="reset"),
        pytest.param(
            [head("Content-Length: 4", "Content-Encoding: br", status="403 No") + b"oops"], id="br"
        ),
        pytest.param([head("Connection: close", status="403 No") + b"x" * 70_000], id="long"),
    ],
)
def test_refusal_whose_body_cannot_be_read(drive: Drive, body: Any) -> None:
    """If the body of an error cannot be read, the status determines the error."""
    with raw_server(body) as server, pytest.raises(PermissionDeniedError):
        drive(lambda c: c.organization(), base_url=server.base_url)
    assert server.n_connections == 1


# --- what httpx raises -----------------------------------------------------------------------


def foreign() -> list[type[Exception]]:
    """Return every class of exception of httpx."""
    found = {
        value
        for value in vars(httpx).values()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    for kind in list(found):
        found.update(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.__name__)


def make(kind: type[Exception]) -> Exception:
    """Build an exception with any parameters that it needs."""
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "https://h.example")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500))
    try:
        return kind(f"x {TOKEN}")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", foreign(), ids=lambda kind: kind.__name__)
@every_client
def test_every_exception_of_httpx_has_a_meaning(drive: Drive, kind: type[Exception]) -> None:
    """Every exception of httpx is translated, and its own text is not shown."""
    api = Api({ORGANIZATION_PATH: lambda _: make(kind)})
    pauses = Pauses()
    with pytest.raises(RequestError) as caught:
        drive(lambda c: c.organization(), transport=api.transport, retry=pauses.policy())

    assert TOKEN not in str(caught.value)
    assert len(api.requests) == caught.value.attempts == len(pauses.taken) + 1
    if issubclass(kind, httpx.LocalProtocolError):
        assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("error", "kind", "again"),
    [
        (httpx.ConnectTimeout("x"), RequestTimeoutError, True),
        (httpx.PoolTimeout("x"), RequestTimeoutError, True),
        (httpx.ReadTimeout("x"), RequestTimeoutError, True),
        (httpx.ConnectError("x"), ConnectionFailedError, True),
        (httpx.ReadError("x"), ConnectionFailedError, True),
        (httpx.ProxyError("x"), ConnectionFailedError, True),
        (httpx.RemoteProtocolError("Server disconnected without"), ProtocolError, True),
        (httpx.RemoteProtocolError("peer closed connection without"), ProtocolError, True),
        (httpx.RemoteProtocolError("illegal header line"), ProtocolError, False),
        (httpx.LocalProtocolError("x"), ProtocolError, False),
        (httpx.UnsupportedProtocol("x"), ProtocolError, False),
    ],
)
def test_meanings(error: Exception, kind: type[Exception], again: bool) -> None:
    """Network failures may be retried, and invalid HTTP is not."""
    failure = failure_of(error, "h.example")

    assert (failure.kind, failure.again) == (kind, again)


def test_foreign_exceptions_are_not_swallowed() -> None:
    """Exceptions of other libraries are not changed."""
    with pytest.raises(KeyError):
        failure_of(KeyError("x"), "h.example")


@every_client
def test_unknown_host(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host name that does not resolve is retried, then named in the error."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    pauses = Pauses()
    with pytest.raises(ConnectionFailedError, match=r"no address for the host humm\.invalid"):
        drive(
            lambda c: c.organization(),
            base_url="https://humm.invalid/api",
            retry=pauses.policy(),
        )
    assert len(pauses.taken) == 3


# --- how calls run ---------------------------------------------------------------------------


def test_client_works_inside_a_running_loop() -> None:
    """The synchronous client works inside a running event loop, as in a notebook."""
    api = Api({ORGANIZATION_PATH: organization_record()})

    async def cell() -> str:
        with Client(token=TOKEN, organization_id=ORGANIZATION, transport=api.transport) as client:
            return client.organization().name

    assert anyio.run(cell) == "Acme"


def test_closed_client_says_so() -> None:
    """A closed client raises an error, and may be closed twice."""
    client = Client(token=TOKEN, organization_id=ORGANIZATION)
    client.close()
    client.close()
    with pytest.raises(ConfigError, match="closed"):
        client.organization()


def test_client_that_is_forgotten_ends_its_thread() -> None:
    """The thread of a client ends when the client is garbage-collected without ``close``."""
    api = Api({ORGANIZATION_PATH: organization_record()})
    client = Client(token=TOKEN, organization_id=ORGANIZATION, transport=api.transport)
    client.organization()
    portal = client._portal()
    del client

    with pytest.raises(RuntimeError, match="not running"):
        portal.call(print)


def test_connections_are_kept_between_calls() -> None:
    """Two calls of one client use one connection."""
    kept = ok(json.dumps(organization_record()).encode()).replace(b"Connection: close\r\n", b"")
    with (
        raw_server([kept, NEXT, kept, HOLD]) as server,
        Client(token=TOKEN, organization_id=ORGANIZATION, base_url=server.base_url) as client,
    ):
        client.organization()
        client.organization()
        assert server.n_connections == 1
        assert len(server.requests) == 2


def test_calls_at_once_are_bounded() -> None:
    """At most ``concurrency`` calls are under way, however many a program starts."""
    under_way = most = 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await anyio.sleep(0.002)
            under_way -= 1
            return httpx.Response(200, json=organization_record())

    async def run() -> None:
        async with (
            AsyncClient(
                token=TOKEN,
                organization_id=ORGANIZATION,
                transport=Slow(),
                limits=Limits(concurrency=3),
            ) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(200):
                group.start_soon(client.organization)

    anyio.run(run)
    assert most == 3


def said_by(code: str) -> list[str]:
    """Run a program, which must succeed without a warning, and return its output."""
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert answer.stderr == ""
    return answer.stdout.split()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("[HOLD]", id="headers"),
        pytest.param("[head('Content-Length: 500') + b'[', HOLD]", id="body"),
        pytest.param("[head('Content-Length: 0', status='503 No')]", id="pause"),
    ],
)
def test_interrupt_ends_a_fetch(script: str, tmp_path: Path) -> None:
    """Ctrl-C ends a fetch at any point, and no temporary file is left."""
    code = f"""
        import _thread, gc, signal, sys, tempfile, threading
        from pathlib import Path
        # A shell's background jobs ignore Ctrl-C, and so would this one.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        tempfile.tempdir = {str(tmp_path)!r}
        from hummgraph.client.client import Client, RetryPolicy
        from tests.support.raw_server import HOLD, head, raw_server

        with raw_server({script}) as server:
            client = Client(
                token="x",
                organization_id="{ORGANIZATION}",
                base_url=server.base_url,
                retry=RetryPolicy(initial=300, maximum=300, uniform=lambda low, high: 50.0),
            )
            threading.Timer(0.5, _thread.interrupt_main).start()
            try:
                client.fetch()
            except KeyboardInterrupt:
                left = list(Path(tempfile.tempdir).iterdir())
                print("interrupted", server.n_connections, len(left))
            client.close()
    """
    assert said_by(code) == ["interrupted", "1", "0"]


def test_interrupt_ends_a_fetch_that_finds_no_connection(tmp_path: Path) -> None:
    """Ctrl-C ends the wait for a connection within a second."""
    code = f"""
        import _thread, signal, socket, sys, tempfile, threading, time
        from pathlib import Path
        signal.signal(signal.SIGINT, signal.default_int_handler)
        tempfile.tempdir = {str(tmp_path)!r}
        from hummgraph.client.client import Client, Timeouts

        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        others = [socket.socket() for _ in range(8)]
        for other in others:  # a queue that is full makes the next one wait
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        client = Client(
            token="x",
            organization_id="{ORGANIZATION}",
            base_url=f"http://127.0.0.1:{{full.getsockname()[1]}}",
            timeouts=Timeouts(connect=50),
        )
        def interrupt():
            global at
            at = time.monotonic()
            _thread.interrupt_main()
        threading.Timer(0.5, interrupt).start()
        try:
            client.fetch()
        except KeyboardInterrupt:
            took = time.monotonic() - at
            print("interrupted", took < 1, len(list(Path(tempfile.tempdir).iterdir())))
        client.close()
        for one in (full, *others):
            one.close()
    """
    assert said_by(code) == ["interrupted", "True", "0"]


def test_interrupted_call_is_over_when_the_interrupt_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted call has ended and removed its files, and the client can be used again."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    n_slices = 0

    def wait(futures: Any, timeout: float) -> Any:
        nonlocal n_slices
        n_slices += 1
        if n_slices == 3:
            raise KeyboardInterrupt
        return concurrent.futures.wait(futures, timeout=timeout)

    monkeypatch.setattr(client_module, "wait", wait)
    body = json.dumps(organization_record()).encode()
    with (
        raw_server([head("Content-Length: 500") + b"[", HOLD], [ok(body)]) as server,
        Client(token=TOKEN, organization_id=ORGANIZATION, base_url=server.base_url) as client,
    ):
        with pytest.raises(KeyboardInterrupt):
            client.fetch()
        assert list(tmp_path.iterdir()) == []
        assert client.organization().name == "Acme"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancelling_leaves_nothing_behind(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch that is cancelled removes its temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def run(url: str) -> None:
        async with AsyncClient(token=TOKEN, organization_id=ORGANIZATION, base_url=url) as client:
            with anyio.move_on_after(0.3):
                await client.fetch()
                pytest.fail("the fetch should not end")

    with raw_server([head("Content-Length: 500") + b"[", HOLD]) as server:
        anyio.run(run, server.base_url, backend=backend)
    assert list(tmp_path.iterdir()) == []


def test_public_names() -> None:
    """The public names of the module exist."""
    for name in client_module.__all__:
        assert getattr(client_module, name) is not None
