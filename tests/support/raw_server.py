"""A server on loopback that says exactly the bytes it is told to, legal or not."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    Step = bytes | float | str
    Script = Sequence[Step]

RESET: Final = "reset"
"""End the connection with RST instead of FIN."""

HOLD: Final = "hold"
"""The answer of a server that sends nothing more until it is closed."""

NEXT: Final = "next"
"""Wait for a further request on the same connection."""

MUTE: Final = "mute"
"""As the first step: do not wait for a request."""

HANDSHAKE: Final = "handshake"
"""Read some bytes that are no request."""


def ok(body: bytes, *headers: str) -> bytes:
    """Return a proper answer with a body."""
    head = [
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def head(*headers: str, status: str = "200 OK") -> bytes:
    """Return status line and headers, as given and no others."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode() + b"\r\n\r\n"


class RawServer:
    """Plays one script for each connection, the last one again and again."""

    def __init__(self, scripts: Sequence[Script], context: ssl.SSLContext | None) -> None:
        self._scripts = list(scripts)
        self._context = context
        self._closed = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._acceptor = Thread(target=self._accept, daemon=True)
        self._threads: list[Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.n_connections = 0

    @property
    def base_url(self) -> str:
        """URL of the server."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}/api"

    def start(self) -> None:
        """Take connections until closed, in a thread."""
        self._acceptor.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.n_connections, len(self._scripts) - 1)]
            self.n_connections += 1
            thread = Thread(target=self._play, args=(connection, script), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _play(self, connection: socket.socket, script: Script) -> None:
        with connection, suppress(OSError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                if MUTE not in script:
                    self._read(connection)
                for step in script:
                    self._step(connection, step)

    def _read(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionResetError
            request += piece
        self.requests.append(request)

    def _step(self, connection: socket.socket, step: Step) -> None:
        if isinstance(step, bytes):
            connection.sendall(step)
        elif isinstance(step, float):
            self._closed.wait(step)
        elif step == HOLD:
            self._closed.wait(60)
        elif step == HANDSHAKE:
            connection.recv(65536)
        elif step == NEXT:
            self._read(connection)
        elif step == RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Take no more connections, end all of them, and wait for their threads."""
        self._closed.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()  # no connection is added any more
        for thread in self._threads:
            thread.join()


@contextmanager
def raw_server(*scripts: Script, context: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve scripts, one for each connection, as long as the context lasts."""
    server = RawServer(scripts, context)
    server.start()
    try:
        yield server
    finally:
        server.close()
