"""Tests of network and server faults over real sockets."""

from __future__ import annotations

import gc
import gzip
import json
import logging
import ssl
import subprocess
import tempfile
import time
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hummgraph.client.client import Limits, RetryPolicy, Timeouts
from hummgraph.errors import (
    ConnectionFailedError,
    ContractError,
    HummgraphError,
    ProtocolError,
    RedirectError,
    RequestTimeoutError,
    ResponseTooLargeError,
)
from tests.support.builders import record
from tests.support.client_fakes import TOKEN, Drive, Pauses, every_client, organization_record
from tests.support.raw_server import HANDSHAKE, HOLD, MUTE, RESET, head, ok, raw_server

ORGANIZATION_REPLY = json.dumps(organization_record()).encode()
LINKS_REPLY = json.dumps([record("crm/a.x", "shop/b.y")]).encode()
CLOSE = "Connection: close"

# Both ways to read a body: a small one into memory, a long one to the disk.
both_readers = pytest.mark.parametrize("reader", ["organization", "fetch"])


def answer_for(reader: str) -> bytes:
    """Return a body that the reader takes."""
    return ORGANIZATION_REPLY if reader == "organization" else LINKS_REPLY


def call_of(reader: str) -> Any:
    """Return the call that reads the body."""
    if reader == "organization":
        return lambda client: client.organization()
    return lambda client: client.fetch(catalogue=False)


@pytest.fixture(autouse=True)
def no_traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Any:
    """Check that no temporary file is left and that no log line holds the token."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    caplog.set_level(logging.DEBUG)
    yield
    for _ in range(200):
        if not list(folder.iterdir()):
            break
        gc.collect()  # a loop that has ended may keep its last result until then,
        time.sleep(0.05)  # and so may its threads, until they have ended too
    assert list(folder.iterdir()) == []
    assert TOKEN not in caplog.text


def refused(
    kind: type[HummgraphError], drive: Drive, call: Any, server: Any, **options: Any
) -> tuple[HummgraphError, list[float]]:
    """Make a call that must fail without showing the token; return its error and pauses."""
    pauses = Pauses()
    options.setdefault("retry", pauses.policy())
    with pytest.raises(kind) as caught:
        drive(call, base_url=server.base_url, **options)
    assert type(caught.value) is kind
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert TOKEN not in shown
    return caught.value, pauses.taken


@every_client
@both_readers
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param([], id="closed-before-an-answer"),
        pytest.param([RESET], id="reset-before-an-answer"),
        pytest.param([head("Content-Length: 500", CLOSE) + b"[1,", RESET], id="reset-in-body"),
        pytest.param([head("Content-Length: 500", CLOSE) + b"[1,"], id="short-of-its-length"),
        pytest.param(
            [head("Content-Length: 2", CLOSE, status="206 Partial Content") + b"[]"], id="a-part"
        ),
        pytest.param(
            [head("Transfer-Encoding: chunked", CLOSE) + b"3\r\n[1,\r\n"], id="chunked-without-end"
        ),
        pytest.param([head(CLOSE) + b'[{"id":'], id="cut-without-a-length"),
        pytest.param(
            [ok(gzip.compress(b"[1]" * 500)[:-9], "Content-Encoding: gzip")], id="gzip-cut"
        ),
        pytest.param([ok(b"\x1f\x8b\x08junk", "Content-Encoding: gzip")], id="gzip-damaged"),
        pytest.param([ok(b"[]", "Content-Encoding: gzip")], id="gzip-by-label-only"),
    ],
)
def test_a_broken_answer_is_asked_for_again(drive: Drive, reader: str, bad: list[Any]) -> None:
    """A truncated or damaged reply is not used, and the next attempt may succeed."""
    pauses = Pauses()
    with raw_server(bad, bad, [ok(answer_for(reader))]) as server:
        drive(call_of(reader), base_url=server.base_url, retry=pauses.policy())

    assert server.n_connections == 3
    assert pauses.taken == [0.5, 1.0]


@every_client
@both_readers
def test_attempts_are_bounded(drive: Drive, reader: str) -> None:
    """A server that always truncates is asked four times, and the error has this number."""
    with raw_server([head("Content-Length: 500", CLOSE, "X-Request-Id: r-1") + b"["]) as server:
        error, pauses = refused(ProtocolError, drive, call_of(reader), server)

    assert server.n_connections == error.attempts == 4  # type: ignore[attr-defined]
    assert pauses == [0.5, 1.0, 2.0]
    assert error.request_id == "r-1"  # type: ignore[attr-defined]
    assert "(4 attempts, request id r-1)" in str(error)


@every_client
def test_refused_connection(drive: Drive) -> None:
    """A refused connection is tried four times, then raises an error that names the URL."""
    with raw_server([]) as server:
        pass
    error, pauses = refused(ConnectionFailedError, drive, call_of("organization"), server)

    assert error.attempts == 4  # type: ignore[attr-defined]
    assert len(pauses) == 3
    assert error.url.startswith(server.base_url)  # type: ignore[attr-defined]


@every_client
@both_readers
def test_silence_ends_with_the_read_timeout(drive: Drive, reader: str) -> None:
    """A server that never answers is given up after the read timeout."""
    with raw_server([HOLD]) as server:
        error, pauses = refused(
            RequestTimeoutError, drive, call_of(reader), server, timeouts=Timeouts(read=0.05)
        )
    assert error.attempts == 4  # type: ignore[attr-defined]
    assert len(pauses) == 3


@every_client
@both_readers
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="status-line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: ", id="headers"),
    ],
)
def test_dripping_headers_end_with_the_total_deadline(
    drive: Drive, reader: str, start: bytes
) -> None:
    """Headers that arrive byte by byte are ended by the total deadline."""
    drip: list[Any] = [start, *([b"H", 0.05] * 1200)]
    with raw_server(drip) as server:
        error, _ = refused(
            RequestTimeoutError,
            drive,
            call_of(reader),
            server,
            timeouts=Timeouts(read=5, total=0.4),
        )
    assert server.n_connections == 1
    assert "within 0.4 s" in str(error)


@every_client
def test_dripping_body_of_a_small_reply_ends_with_the_total_deadline(drive: Drive) -> None:
    """A body that arrives byte by byte is ended by the total deadline."""
    drip: list[Any] = [head("Content-Length: 9999"), *([b" ", 0.05] * 1200)]
    with raw_server(drip) as server:
        error, _ = refused(
            RequestTimeoutError,
            drive,
            call_of("organization"),
            server,
            timeouts=Timeouts(read=5, total=0.4),
        )
    assert error.status == 200  # type: ignore[attr-defined]


@every_client
def test_dripping_body_of_links_ends_at_the_least_rate(drive: Drive) -> None:
    """A long body is ended if it does not keep up the least rate."""
    drip: list[Any] = [head("Content-Length: 9999") + b"[", *([b" ", 0.05] * 1200)]
    with raw_server(drip) as server:
        error, _ = refused(
            RequestTimeoutError,
            drive,
            call_of("fetch"),
            server,
            timeouts=Timeouts(read=5, window=0.3, least_rate=1000),
        )
    assert server.n_connections == 1
    assert "less than 1,000 bytes a second" in str(error)


@every_client
def test_least_rate_is_measured_anew_in_every_window(drive: Drive) -> None:
    """A body that keeps up the least rate is read to its end in any number of windows."""
    steps: list[Any] = [head(f"Content-Length: {len(LINKS_REPLY) + 600}", CLOSE)]
    steps += [b" " * 100, 0.03] * 6
    with raw_server([*steps, LINKS_REPLY]) as server:
        snapshot = drive(
            call_of("fetch"),
            base_url=server.base_url,
            timeouts=Timeouts(window=0.05, least_rate=10),
        )
    assert snapshot.report.kept == 1


@every_client
def test_stalled_body_of_links_is_asked_for_again(drive: Drive) -> None:
    """A body that stalls, or never begins, counts as a lost connection and is retried."""
    endless: list[Any] = [head("Transfer-Encoding: chunked"), b"5;x="]
    endless += [b"x", 0.02] * 1200
    silent: list[Any] = [head("Content-Length: 500") + b"[", HOLD]
    pauses = Pauses()
    with raw_server(endless, silent, [ok(LINKS_REPLY)]) as server:
        snapshot = drive(
            call_of("fetch"),
            base_url=server.base_url,
            retry=pauses.policy(),
            timeouts=Timeouts(read=0.2),
        )
    assert snapshot.report.kept == 1
    assert len(pauses.taken) >= 2


@every_client
def test_links_may_have_a_total_deadline(drive: Drive) -> None:
    """With ``links_total`` the body ends at that time, at any rate."""
    drip: list[Any] = [head("Content-Length: 9999999") + b"[", *([b" " * 50, 0.02] * 1200)]
    with raw_server(drip) as server:
        error, _ = refused(
            RequestTimeoutError, drive, call_of("fetch"), server, timeouts=Timeouts(links_total=0.3)
        )
    assert "within 0.3 s" in str(error)
    assert server.n_connections == 1


@every_client
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(head(f"X-Flood: {'a' * 200_000}"), id="header-flood"),
        pytest.param(head("Content-Length: 2", "Content-Length: 3") + b"[] ", id="two-lengths"),
        pytest.param(b"220 mail.example.org ESMTP\r\n\r\n", id="no-http-at-all"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", id="tls-alert-on-http"),
    ],
)
def test_what_is_not_http_is_not_asked_for_again(drive: Drive, bad: bytes) -> None:
    """Invalid HTTP is not retried, and the hint names the base URL."""
    with raw_server([bad]) as server:
        error, _ = refused(ProtocolError, drive, call_of("organization"), server)

    assert server.n_connections == 1
    assert "base URL" in error.hint


@every_client
@both_readers
def test_early_hints_are_skipped(drive: Drive, reader: str) -> None:
    """An informational response before the reply is ignored."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with raw_server([hints + ok(answer_for(reader))]) as server:
        drive(call_of(reader), base_url=server.base_url)


@every_client
@both_readers
def test_body_that_ends_with_its_connection_is_accepted_when_whole(
    drive: Drive, reader: str
) -> None:
    """A body without length or chunks is accepted if it can be parsed."""
    with raw_server([head(CLOSE) + answer_for(reader)]) as server:
        drive(call_of(reader), base_url=server.base_url)


@every_client
@both_readers
def test_byte_order_mark_is_skipped(drive: Drive, reader: str) -> None:
    """A byte order mark is ignored, as RFC 8259 permits."""
    with raw_server([ok(b"\xef\xbb\xbf" + answer_for(reader))]) as server:
        drive(call_of(reader), base_url=server.base_url)


@every_client
@both_readers
def test_other_encodings_of_text_are_refused(drive: Drive, reader: str) -> None:
    """Text encodings other than UTF-8 are refused."""
    for body in (answer_for(reader).decode().encode("utf-16"), b'[{"name": "caf\xe9"}]'):
        with raw_server([ok(body)]) as server, pytest.raises(ContractError):
            drive(call_of(reader), base_url=server.base_url)
        assert server.n_connections == 1


@every_client
@both_readers
def test_every_member_of_a_gzip_reply_is_read(drive: Drive, reader: str) -> None:
    """Every member of a gzip body is read."""
    body = answer_for(reader)
    packed = b"".join(gzip.compress(part) for part in (body[:20], b"", body[20:]))
    with raw_server([ok(packed, "Content-Encoding: gzip")]) as server:
        drive(call_of(reader), base_url=server.base_url)


@every_client
@both_readers
def test_unknown_content_encoding_is_refused(drive: Drive, reader: str) -> None:
    """A content encoding that was not requested is refused."""
    with raw_server([ok(b"whatever", "Content-Encoding: br")]) as server:
        refused(ProtocolError, drive, call_of(reader), server)
    assert server.n_connections == 1


@every_client
@both_readers
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(ok(b"[" + b" " * 5000 + b"]"), id="length-known"),
        pytest.param(head(CLOSE) + b"[" + b" " * 5000, id="length-unknown"),
        pytest.param(
            head("Transfer-Encoding: chunked") + b"1\r\n[\r\n" + b"A\r\n          \r\n" * 500,
            id="chunked",
        ),
        pytest.param(
            ok(gzip.compress(b"[" + b" " * 5000 + b"]"), "Content-Encoding: gzip"), id="gzip"
        ),
    ],
)
def test_too_large_a_reply_is_refused(drive: Drive, reader: str, answer: bytes) -> None:
    """The limits apply to the declared, the received and the decompressed size."""
    with raw_server([answer]) as server:
        refused(
            ResponseTooLargeError,
            drive,
            call_of(reader),
            server,
            limits=Limits(catalogue_bytes=2000, links_bytes=2000),
        )
    assert server.n_connections == 1


@cache
def bomb() -> bytes:
    """Return some kilobytes that grow to 64 MiB."""
    return gzip.compress(b"[" + b" " * (64 << 20))


@every_client
@both_readers
def test_bomb_is_refused_by_its_ratio(drive: Drive, reader: str) -> None:
    """A body that grows a thousandfold is refused long before the size limit."""
    with raw_server([ok(bomb(), "Content-Encoding: gzip")]) as server:
        error, _ = refused(ResponseTooLargeError, drive, call_of(reader), server)
    assert "200 times" in str(error)


@every_client
@both_readers
@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        pytest.param(
            head("Content-Type: text/html; charset=utf-8", "Content-Length: 14")
            + b"<html>login...",
            "got text/html instead of JSON",
            id="login-page",
        ),
        pytest.param(ok(b""), "empty body", id="empty"),
        pytest.param(ok(b" \r\n"), "empty body", id="blank"),
        pytest.param(ok(b"", "Content-Encoding: gzip"), "empty body", id="empty-gzip"),
        pytest.param(head(status="204 No Content"), "204", id="no-content"),
    ],
)
def test_something_else_than_json_is_a_contract_error(
    drive: Drive, reader: str, answer: bytes, shown: str
) -> None:
    """A login page or an empty body raises an error, and is not retried."""
    with raw_server([answer]) as server:
        error, _ = refused(ContractError, drive, call_of(reader), server)

    assert shown in str(error)
    assert "login..." not in str(error)
    assert server.n_connections == 1


@every_client
@both_readers
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Per"]
)
@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://evil.example/api?code=s3cret", "the host evil.example"),
        ("//evil.example:8443/s3cret", "the host evil.example"),
        ("/s3cret", "the host 127.0.0.1"),
        ("http://[s3cret", "invalid address"),
    ],
)
def test_redirects_are_not_followed(
    drive: Drive, reader: str, status: str, location: str, shown: str
) -> None:
    """The error for a redirect names the target host, and nothing else of its address."""
    answer = head(f"Location: {location}", "Content-Length: 0", status=status)
    with raw_server([answer]) as server:
        error, _ = refused(RedirectError, drive, call_of(reader), server)

    assert shown in str(error)
    assert "s3cret" not in str(error)
    assert server.n_connections == 1


@every_client
def test_server_that_echoes_the_token_instead_of_http(drive: Drive) -> None:
    """A reply that is not HTTP is not quoted, as it may echo the token."""
    echo = f"HTTP/1.1 {TOKEN} OK\r\n\r\n".encode()
    for answer in (echo, b"\x00" + echo, f"HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n".encode()):
        with raw_server([answer]) as server:
            refused(ProtocolError, drive, call_of("organization"), server)


@every_client
def test_request_is_a_get_that_says_who_asks(drive: Drive) -> None:
    """A request is one GET with the token, accepted encodings and versions of the software."""
    with raw_server([ok(ORGANIZATION_REPLY)]) as server:
        drive(call_of("organization"), base_url=server.base_url)
    lines = server.requests[0].decode().lower().split("\r\n")

    assert lines[0].startswith("get /api/organization/")
    assert f"authorization: bearer {TOKEN}" in lines
    assert "accept-encoding: gzip, identity" in lines
    agent = next(line for line in lines if line.startswith("user-agent: "))
    assert [part.partition("/")[0] for part in agent.split()[1:]] == [
        "hummgraph",
        "python",
        "httpx",
    ]


@every_client
def test_proxies_are_not_used_on_this_machine(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http to loopback does not use a proxy, which would receive the token."""
    with raw_server([ok(ORGANIZATION_REPLY)]) as server, raw_server([]) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        drive(call_of("organization"), base_url=server.base_url)

    assert proxy.n_connections == 0


@every_client
def test_proxies_get_no_token(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is asked for a tunnel and learns only the host."""
    with raw_server([b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        pauses = Pauses()
        with pytest.raises(ConnectionFailedError, match="refused by the proxy with 407") as caught:
            drive(
                call_of("organization"),
                base_url="https://humm.invalid/api",
                retry=pauses.policy(),
            )
    assert len(proxy.requests) == 1
    assert f"through the proxy http://127.0.0.1:{proxy.port} of HTTPS_PROXY" in str(caught.value)
    assert caught.value.status == 407
    assert "user:password" in caught.value.hint
    assert all(request.startswith(b"CONNECT humm.invalid:443 ") for request in proxy.requests)
    assert TOKEN not in repr(proxy.requests)


@every_client
@pytest.mark.parametrize(("status", "n_requests"), [("403 No", 1), ("502 Bad", 4), ("503 Busy", 4)])
def test_proxy_in_trouble_is_asked_again(drive: Drive, status: str, n_requests: int) -> None:
    """A proxy that fails is asked again, one that forbids is not; both are named."""
    with raw_server([head(status=status)]) as proxy:
        pauses = Pauses()
        url = f"http://me:s3cret@127.0.0.1:{proxy.port}"
        with pytest.raises(ConnectionFailedError, match=f"with {status[:3]}") as caught:
            drive(
                call_of("organization"),
                base_url="https://humm.invalid/api",
                retry=pauses.policy(),
                proxy=url,
            )
    assert len(proxy.requests) == caught.value.attempts == n_requests
    assert b"Proxy-Authorization: Basic " in proxy.requests[0]
    assert f"through the proxy http://127.0.0.1:{proxy.port})" in str(caught.value)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@every_client
def test_proxy_that_does_not_answer_is_named(drive: Drive) -> None:
    """A refused connection to a proxy names it."""
    with raw_server([]) as proxy:
        pass
    with pytest.raises(ConnectionFailedError, match="could not connect") as caught:
        drive(
            call_of("organization"),
            base_url="https://humm.invalid/api",
            retry=Pauses().policy(attempts=2),
            proxy=f"127.0.0.1:{proxy.port}",
        )
    assert f"2 attempts, through the proxy http://127.0.0.1:{proxy.port}" in str(caught.value)


# httpcore leaves a connection open whose handshake failed, until it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@every_client
def test_proxy_of_the_kind_socks(drive: Drive) -> None:
    """A SOCKS proxy is spoken to, with the name of the host; one that refuses is named."""
    pytest.importorskip("socksio")
    with (
        raw_server([MUTE, HANDSHAKE, b"\x05\xff"]) as proxy,
        pytest.raises(ConnectionFailedError, match="refused by the proxy") as caught,
    ):
        drive(
            call_of("organization"),
            base_url="https://humm.invalid/api",
            retry=Pauses().policy(attempts=1),
            proxy=f"socks5h://127.0.0.1:{proxy.port}",
        )
    assert f"socks5://127.0.0.1:{proxy.port}" in str(caught.value)
    del caught
    gc.collect()


@every_client
def test_fetch_has_a_deadline(drive: Drive) -> None:
    """Links that drip, and those that are refused for ever, end with the deadline of the fetch."""
    drip: list[Any] = [head("Content-Length: 9999999") + b"[", *([b" " * 50, 0.02] * 1200)]
    for script in (drip, [HOLD], [head("Content-Length: 0", status="503 No")]):
        with raw_server(script) as server, pytest.raises(RequestTimeoutError) as caught:
            began = time.monotonic()
            drive(
                call_of("fetch"),
                base_url=server.base_url,
                timeouts=Timeouts(fetch=0.4),
                retry=RetryPolicy(attempts=1000, retries=1000, initial=0.05, maximum=0.05),
            )
        assert time.monotonic() - began < 3
        assert str(caught.value).startswith("The fetch did not finish within 0.4 s.")


@every_client
def test_catalogue_that_drips_is_lost_at_the_deadline(drive: Drive) -> None:
    """Catalogue calls that have not ended at the deadline are lost; the links are not."""
    drip: list[Any] = [head("Content-Length: 9999"), *([b" ", 0.05] * 1200)]
    with raw_server([ok(LINKS_REPLY)], drip) as server:
        began = time.monotonic()
        snapshot = drive(
            lambda client: client.fetch(), base_url=server.base_url, timeouts=Timeouts(fetch=0.6)
        )
    assert time.monotonic() - began < 3
    assert snapshot.report.kept == 1
    assert {one.outcome for one in snapshot.report.lookups} == {"timeout"}
    assert snapshot.report.n_lost == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=loopback", "-keyout", "-", "-out", str(path)]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        made = subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl")
    path.write_bytes(path.read_bytes() + made.stdout)
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    """Return the TLS context of a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@every_client
def test_unknown_authority_is_refused_at_once(drive: Drive, certificate: Path) -> None:
    """A certificate of an unknown authority ends the call before the token is sent."""
    with raw_server([ok(ORGANIZATION_REPLY)], context=tls(certificate)) as server:
        error, pauses = refused(ConnectionFailedError, drive, call_of("organization"), server)

    assert pauses == []
    assert server.requests == []
    assert "ca_bundle" in error.hint


@every_client
def test_wrong_host_is_refused_at_once(drive: Drive, certificate: Path) -> None:
    """A trusted certificate for another host name is refused."""
    with raw_server([ok(ORGANIZATION_REPLY)], context=tls(certificate)) as server:
        url = server.base_url.replace("127.0.0.1", "localhost")
        with pytest.raises(
            ConnectionFailedError, match="could not verify the certificate of localhost"
        ):
            drive(call_of("organization"), base_url=url, ca_bundle=certificate)
    assert server.requests == []


@every_client
def test_own_authority_is_trusted_when_given(drive: Drive, certificate: Path) -> None:
    """The authority of ``ca_bundle`` is trusted."""
    with raw_server([ok(ORGANIZATION_REPLY)], context=tls(certificate)) as server:
        found = drive(call_of("organization"), base_url=server.base_url, ca_bundle=str(certificate))
    assert found.name == "Acme"


@every_client
def test_https_to_a_plain_server(drive: Drive) -> None:
    """A failed TLS handshake is retried, then named in the error."""
    with raw_server([MUTE, b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as server:
        url = server.base_url.replace("http://", "https://")
        pauses = Pauses()
        with pytest.raises(ConnectionFailedError, match="TLS"):
            drive(call_of("organization"), base_url=url, retry=pauses.policy())
    assert len(pauses.taken) == 3
