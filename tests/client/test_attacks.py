"""Replies that mean harm, over sockets: each ends in a snapshot or an error of ours, in time.

The list is by kind; :doc:`docs/development/faults` names the kinds. What a single reply should come
to is in ``test_faults.py``: here every one of many is only held to what holds for all.
"""

from __future__ import annotations

import gc
import gzip
import json
import tempfile
import time
import traceback
import unicodedata
import zlib
from pathlib import Path
from typing import Any, Final

import pytest

from hummgraph.client.client import Limits, Timeouts
from hummgraph.errors import HummgraphError
from hummgraph.snapshot.snapshot import Snapshot
from tests.support.builders import record
from tests.support.client_fakes import TOKEN, Drive, Pauses, every_client
from tests.support.raw_server import HOLD, MUTE, RESET, head, ok, raw_server

RECORD: Final = record("crm/a.x", "shop/b.y")
LINKS: Final = json.dumps([RECORD]).encode()
CLOSE: Final = "Connection: close"
ESCAPES: Final = "\x1b]0;owned\x07\x1b[2J\u202e"


def status(line: bytes) -> bytes:
    """Return a reply with a status line of one's own."""
    return line + b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"


def chunked(body: bytes) -> bytes:
    """Return a reply in chunks, as given."""
    return head("Transfer-Encoding: chunked", CLOSE) + body


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    """Return a reply that claims to be compressed."""
    return ok(body, f"Content-Encoding: {encoding}")


def refusal(code: int, *headers: str, body: bytes = b"{}") -> bytes:
    """Return a refusal with headers."""
    length = f"Content-Length: {len(body)}"
    return head(length, CLOSE, *headers, status=f"{code} X") + body


def with_link(**other: Any) -> bytes:
    """Return a list of one link with other fields."""
    return ok(json.dumps([RECORD | other]).encode())


STATUS_LINES: Final = [
    b"HTTP/1.1 200",
    b"HTTP/1.1 200 ",
    b"HTTP/1.1  200 OK",
    b"HTTP/1.1 2000 OK",
    b"HTTP/1.1 20 OK",
    b"HTTP/1.1 000 Zero",
    b"HTTP/1.1 999 Beyond",
    b"HTTP/1.1 -200 OK",
    b"HTTP/1.1 \xd9\xa2\xd9\xa0\xd9\xa0 OK",
    b"HTTP/2 200 OK",
    b"HTTP/0.9 200 OK",
    b"HTTP/1.0 200 OK",
    b"http/1.1 200 ok",
    b"ICY 200 OK",
    b"HTTP/1.1 200 \x1b[31mred",
    b"HTTP/1.1 200 " + b"A" * 70_000,
    b"HTTP/1.1 100 Continue",
    b"HTTP/1.1 101 Switching Protocols",
    b"HTTP/1.1 102 Processing",
    b"",
    b"\x00\x00\x00",
    b"\xff\xfe",
    b"SSH-2.0-OpenSSH_9.6",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"PRI * HTTP/2.0",
    b"GET / HTTP/1.1",
]
HEADS: Final = [
    head("Content-Length: -1") + LINKS,
    head("Content-Length: 1e3") + LINKS,
    head("Content-Length: 0x10") + LINKS,
    head("Content-Length: " + "9" * 400) + LINKS,
    head("Content-Length: 9223372036854775808") + LINKS,
    head("Content-Length: 2, 2", CLOSE) + b"[]",
    head("Content-Length: 2, 3", CLOSE) + b"[]",
    head("Content-Length: \xb2", CLOSE) + b"[]",
    head("Content-Length:", CLOSE) + LINKS,
    head("Content-Length: 2", "Transfer-Encoding: chunked", CLOSE) + b"0\r\n\r\n[]",
    head("Transfer-Encoding: gzip, chunked", CLOSE) + b"0\r\n\r\n",
    head("Transfer-Encoding: identity", CLOSE) + LINKS,
    head("Transfer-Encoding: \x0bchunked", CLOSE) + b"0\r\n\r\n",
    head("No-Colon", CLOSE) + LINKS,
    head(": empty", CLOSE) + LINKS,
    head("Sp ace: x", CLOSE) + LINKS,
    head("X: a\r\n folded", CLOSE) + LINKS,
    head("X: a\x00b", CLOSE) + LINKS,
    head("X: a\rb", CLOSE) + LINKS,
    head(f"X: {ESCAPES}", CLOSE) + LINKS,
    head(*[f"X-{number}: x" for number in range(20_000)], CLOSE) + LINKS,
    head(f"X-{'long' * 20_000}: x", CLOSE) + LINKS,
    head("Set-Cookie: a=b; Domain=.org; Max-Age=99999999999999999999", CLOSE) + LINKS,
    head("Content-Type: application/json; charset=utf-7", CLOSE) + LINKS,
    head(f"Content-Type: {ESCAPES}", CLOSE) + b"<html>",
    head("Connection: upgrade", "Upgrade: websocket", status="101 S") + b"\x81\x05hello",
    head("Link: <" + "x;" * 30_000 + '>; rel="next', CLOSE) + LINKS,
    head('Link: <x>; rel="next"', CLOSE) + LINKS,
    head("X-Total-Count: " + "9" * 5000, CLOSE) + LINKS,
    head("Content-Range: bytes 0-1/99", CLOSE) + LINKS,
]
FRAMES: Final = [
    chunked(b"zz\r\n[]\r\n0\r\n\r\n"),
    chunked(b"-2\r\n[]\r\n0\r\n\r\n"),
    chunked(b"2 \r\n[]\r\n0\r\n\r\n"),
    chunked(b"2\n[]\n0\n\n"),
    chunked(b"FFFFFFFFFFFFFFFFF\r\n[]"),
    chunked(b"00000000000000000002\r\n[]\r\n0\r\n\r\n"),
    chunked(b"2;" + b"x" * 70_000 + b"\r\n[]\r\n0\r\n\r\n"),
    chunked(b"2\r\n[]0\r\n\r\n"),
    chunked(b"2\r\n[]\r\n0\r\nTrailer: " + b"x" * 70_000 + b"\r\n\r\n"),
    chunked(b"2\r\n[]\r\n0\r\nContent-Length: 5\r\n\r\n"),
    chunked(b"2\r\n[]\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    chunked(b""),
    chunked(b"1\r\n[\r\n" * 3000),
    ok(LINKS) + b"HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n",
    head("Content-Length: 1", CLOSE) + LINKS,
    b"HTTP/1.1 103 Early\r\n\r\n" * 500 + ok(LINKS),
    b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + ok(LINKS),
    b"\r\n\r\n" + ok(LINKS),
    b"\n" + ok(LINKS),
]
CODINGS: Final = [
    packed(LINKS),
    packed(gzip.compress(LINKS)[:10]),
    packed(gzip.compress(LINKS)[:-4]),
    packed(gzip.compress(LINKS) + b"rest"),
    packed(gzip.compress(LINKS) * 2),
    packed(gzip.compress(gzip.compress(LINKS))),
    packed(gzip.compress(b"[" + b" " * 2_000_000 + b"]")),
    packed(gzip.compress(b"[" * 100_000)),
    packed(b""),
    packed(zlib.compress(LINKS), "deflate"),
    packed(gzip.compress(LINKS), "gzip, gzip"),
    packed(gzip.compress(LINKS), "GZIP"),
    packed(LINKS, "br"),
    packed(LINKS, "zstd"),
    packed(LINKS, ESCAPES),
    packed(LINKS, "identity"),
]
BODIES: Final = [
    ok(b""),
    ok(b"\x00"),
    ok(b"null"),
    ok(b"0"),
    ok(b'"[]"'),
    ok(b"{}"),
    ok(b"[]]"),
    ok(b"[[]"),
    ok(b"[1,]"),
    ok(b"[,]"),
    ok(b"[]\x00"),
    ok(b"\xef\xbb\xbf\xef\xbb\xbf[]"),
    ok("[]".encode("utf-16")),
    ok("[]".encode("utf-32")),
    ok(b"[\xc3\x28]"),
    ok(b"[\xed\xa0\x80]"),
    ok(b"[" * 200_000 + b"]" * 200_000),
    ok(b'[{"a":' * 20_000 + b"1" + b"}]" * 20_000),
    ok(b"[" + b"9" * 100_000 + b"]"),
    ok(b"[1e999999999]"),
    ok(b"[NaN, Infinity, -Infinity]"),
    ok(b"[" + b"{}," * 2_000 + b"{}]"),
    ok(b"[" + b'"x",' * 2_000 + b"null]"),
    ok(b"[/* comment */]"),
    ok(b"[{'id': 1}]"),
    ok(b'[{"id": "\\ud800", "\\u0000": "\\u202e"}]'),
    ok(b'{"detail": "' + b"\\u001b[2J" * 100 + b'"}'),
    ok(f'{{"detail": "{TOKEN}"}}'.encode()),
    ok(b"<script>alert(1)</script>"),
    ok(b"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"),
    with_link(confidence_score=10**400),
    with_link(evidence={"x" * 100_000: "y" * 100_000}),
    with_link(id="urn:uuid:00000000-0000-0000-0000-000000000000"),
    with_link(created_at="99999-01-01T00:00:00Z", updated_at="0000-00-00T00:00:00Z"),
    with_link(status=ESCAPES, link_type=ESCAPES * 100),
    with_link(organization_id="00000000-0000-4000-8000-000000000000"),
    with_link(**{ESCAPES: 1}),
]
REFUSALS: Final = [
    refusal(301),
    refusal(302, "Location: file:///etc/passwd"),
    refusal(302, "Location: //\x1b[2J.example"),
    refusal(307, "Location: " + "/" * 60_000),
    refusal(308, "Location: http://[::1"),
    refusal(304),
    refusal(300, f"Location: https://evil.example/?{TOKEN}"),
    refusal(401, 'WWW-Authenticate: Basic realm="\x1b[2J"'),
    refusal(401, body=f'{{"detail": "{TOKEN}"}}'.encode()),
    refusal(403, body=b'{"detail": "' + b"A" * 100_000 + b'"}'),
    refusal(404, f"X-Request-Id: {ESCAPES}"),
    refusal(407, "Proxy-Authenticate: Basic"),
    refusal(413),
    refusal(422, body=b'{"detail": [[[[[]]]]]}'),
    refusal(429, "Retry-After: Mon, 05 Jan 99999999999 00:00:00 GMT"),
    refusal(429, "Retry-After: 1e999"),
    refusal(429, "Retry-After: 99999999999999999999"),
    refusal(429, "Retry-After: -1", "Date: Mon, 05 Jan 99999999999 00:00:00 GMT"),
    refusal(429, "Retry-After: 3600"),
    refusal(429, "X-RateLimit-Reset: " + "9" * 5000),
    refusal(429, "RateLimit: " + "r=0;t=9," * 5000),
    refusal(429, 'RateLimit: "a";r=0;t=99999999999999999'),
    refusal(429, "Retry-After: 0", "X-RateLimit-Remaining: 0"),
    refusal(500, body=b"\x00" * 1000),
    refusal(503, "Retry-After: Wed, 99 Foo 2026 99:99:99 XXX"),
    refusal(503, "Retry-After: \u0665"),
    refusal(522, body=b"<html>" * 10_000),
    refusal(530),
    refusal(599),
]
SCRIPTS: Final[list[list[Any]]] = [
    [RESET],
    [HOLD],
    [MUTE],
    [MUTE, RESET],
    [MUTE, b"HTTP/1.1 200 OK\r\n"],
    [b"HTTP/1.1 200 OK\r\n", HOLD],
    [head("Content-Length: 500"), HOLD],
    [head("Content-Length: 500") + b"[", HOLD],
    [head("Content-Length: 500") + b"[", RESET],
    [head("Transfer-Encoding: chunked") + b"1\r\n[\r\n", HOLD],
    [head("Content-Length: 9999"), *([b" ", 0.05] * 100)],
    [b"HTTP/1.1 200 OK\r\nX: ", *([b"x", 0.05] * 100)],
    [*([b"HTTP/1.1 103 Early\r\n\r\n", 0.05] * 100)],
    [head("Content-Length: 0", "Retry-After: 1", status="429 Slow"), HOLD],
]

ALL: Final[list[Any]] = [
    *(pytest.param([status(line)], id=f"status-{n}") for n, line in enumerate(STATUS_LINES)),
    *(
        pytest.param([reply, *([0.01] if kind == "heads" else [])], id=f"{kind}-{n}")
        for kind, replies in {
            "heads": HEADS,
            "frames": FRAMES,
            "codings": CODINGS,
            "bodies": BODIES,
            "refusals": REFUSALS,
        }.items()
        for n, reply in enumerate(replies)
    ),
    *(pytest.param(script, id=f"scripts-{n}") for n, script in enumerate(SCRIPTS)),
]


def test_list_is_long() -> None:
    """There are more of them than an attacker would try by hand."""
    assert len(ALL) >= 150


@every_client
@pytest.mark.parametrize("script", ALL)
def test_attacks_end_in_a_snapshot_or_an_error(
    drive: Drive, script: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No foreign exception, no hang, no control character, no token, no file left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    pauses = Pauses()
    began = time.monotonic()
    found: object = None
    with raw_server(script) as server:
        try:
            found = drive(
                lambda client: client.fetch(),
                base_url=server.base_url,
                retry=pauses.policy(),
                timeouts=Timeouts(connect=1, read=0.2, total=0.5, fetch=2.0),
                limits=Limits(links_bytes=1 << 20, catalogue_bytes=1 << 20),
            )
        except HummgraphError as error:
            shown = str(error)
            told = "".join(traceback.format_exception(error))
        else:
            assert isinstance(found, Snapshot)
            shown = told = str(found.report)
            assert found.report.records == found.report.kept + found.report.quarantined
    assert time.monotonic() - began < 20.0
    hidden = {letter for letter in shown if unicodedata.category(letter) in {"Cc", "Cf"}}
    assert hidden <= {"\n"}
    assert TOKEN not in told
    del found
    for _ in range(100):
        if not list(folder.iterdir()):
            break
        gc.collect()
        time.sleep(0.02)
    assert list(folder.iterdir()) == []
