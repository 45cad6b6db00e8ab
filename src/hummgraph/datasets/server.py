"""Local copy of the API, for the demo, for experiments and for tests.

It answers every GET of the contract for one organisation, on the loopback interface only, using
only the standard library.
"""

from __future__ import annotations

import gzip
import hmac
import json
import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from hummgraph.datasets.demo.api import PREFIX, Api, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.datasets import Organization

__all__ = ["DemoServer", "serve"]

_MIN_GZIP_BYTES: Final = 1_024  # below this, gzip's headers cost more than it saves


@dataclass(frozen=True, slots=True)
class DemoServer:
    """Address and credentials of a local copy of the API.

    Parameters
    ----------
    base_url
        The URL to use instead of ``https://config.heyhumm.ai/api``.
    organization_id
        The id of the organisation served.
    token
        The token that it accepts.

    Examples
    --------
    >>> DemoServer("http://127.0.0.1:8080/api", "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01", "secret")
    DemoServer(base_url='http://127.0.0.1:8080/api', \
organization_id='0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01')
    """

    base_url: str
    organization_id: str
    token: str = field(repr=False)


@contextmanager
def serve(organization: Organization, *, token: str) -> Iterator[DemoServer]:
    """Serve an organisation on a free port of 127.0.0.1 while the context is open.

    Parameters
    ----------
    organization
        The organisation; its records must not be changed meanwhile.
    token
        The bearer token to accept; any other gets 401.

    Yields
    ------
    DemoServer
        The address of the server, and its credentials.

    Notes
    -----
    Undocumented ids in a query are ignored, as the API seems to do. A reply is compressed if the
    client accepts gzip. Nothing is logged; every reply has an ``x-request-id``. The server runs in
    the process that entered the context; one forked from it leaves the server alone.

    Examples
    --------
    >>> from urllib.request import Request, urlopen
    >>> from hummgraph.datasets import load_demo
    >>> with serve(load_demo(), token="demo") as server:
    ...     url = f"{server.base_url}/organization/{server.organization_id}"
    ...     request = Request(url, headers={"Authorization": "Bearer demo"})
    ...     with urlopen(request) as reply:
    ...         print(json.load(reply)["name"])
    Quillharbor
    """
    with _Server(Api(organization), token) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield DemoServer(
                f"http://127.0.0.1:{server.server_port}{PREFIX}",
                organization.organization_id,
                token,
            )
        finally:
            if not server.is_forked():
                server.shutdown()
                thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that leaving the context waits for every thread

    def __init__(self, api: Api, token: str) -> None:
        self.api = api
        self.token = token
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._process = os.getpid()
        super().__init__(("127.0.0.1", 0), _Handler)

    def is_forked(self) -> bool:
        """Return whether the server runs in the process from which this one was forked."""
        return self._process != os.getpid()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        if self.is_forked():
            self.socket.close()  # this process's handle; the connections are the other's
            return
        # A client that keeps its connection open would keep its thread, and this one, waiting
        # forever.
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Do nothing: a client that disconnects is not an error."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "hummgraph-demo"
    sys_version = ""
    disable_nagle_algorithm = True  # headers and body are two writes

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        try:
            self._check_token()
            query = dict(parse_qsl(address.query, keep_blank_values=True))
            self._send(200, self.server.api.answer(address.path, query))
        except Refusal as refusal:
            self._send(refusal.status, {"detail": refusal.detail})

    def _refuse_method(self) -> None:
        # The body of the request is not read, so the connection cannot be used again.
        self.close_connection = True
        self._send(405, {"detail": "Method Not Allowed"})

    do_DELETE = do_HEAD = do_PATCH = do_POST = do_PUT = _refuse_method  # noqa: N815 - as the base has it

    def _check_token(self) -> None:
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            detail = "Invalid token" if given else "Not authenticated"
            raise Refusal(401, detail)

    def _send(self, status: int, content: object) -> None:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("x-request-id", uuid4().hex)
        if len(body) >= _MIN_GZIP_BYTES:
            self.send_header("Vary", "Accept-Encoding")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, compresslevel=5)
                self.send_header("Content-Encoding", "gzip")
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if status == 405:
            self.send_header("Allow", "GET")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Do nothing: requests are not logged."""
