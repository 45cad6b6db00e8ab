"""A catalogue behind rate limits, in real time.

Run ``python benchmarks/limits.py [--systems 40] [--faster 1]``. A server on this machine lets
through 2, 5 or 20 calls in any one second, and answers others with 429, with ``Retry-After: 1`` or
without a header. The catalogue takes two calls and three a system. The four slow fetches run at
once, as nearly all of their time is waiting, and the others alone. A figure is the time of a fetch
over the calls divided by the rate; ``--faster`` multiplies the rates, for a look.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rows import print_rows, progress

from hummgraph import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANIZATION = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
RATES = (2, 5, 20)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, rate: float, *, header: bool, n_systems: int) -> None:
        self.rate = rate
        self.header = header
        self.systems = [
            {"id": str(UUID(int=number + 1)), "name": f"S{number}", "source_type": "database"}
            for number in range(n_systems)
        ]
        self.n_refused = 0
        self._times: list[float] = []
        self._lock = Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def lets_through(self) -> bool:
        """Count a call, unless the last second has enough of them."""
        with self._lock:
            now = time.monotonic()
            self._times = [then for then in self._times if then > now - 1.0]
            free = len(self._times) < self.rate
            if free:
                self._times.append(now)
            self.n_refused += not free
            return free


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        free = self.server.lets_through()
        self.send_response(200 if free else 429)
        body = json.dumps(self._content() if free else {"detail": "slow down"}).encode()
        if not free and self.server.header:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _content(self) -> object:
        path = self.path.partition("?")[0]
        if path.endswith(ORGANIZATION):
            return {"id": ORGANIZATION, "name": "Acme"}
        return self.server.systems if path.endswith("/integration-sources") else []

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _served(rate: float, *, header: bool, n_systems: int) -> Iterator[_Server]:
    with _Server(rate, header=header, n_systems=n_systems) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def _measure(rate: float, n_systems: int, *, header: bool) -> tuple[float, int]:
    """Return the share of the limit's own time that a fetch takes, and the calls that it loses."""
    n_calls = 2 + 3 * n_systems
    with (
        _served(rate, header=header, n_systems=n_systems) as server,
        Client(
            token="x",  # noqa: S106 - the server lets everybody in
            organization_id=ORGANIZATION,
            base_url=f"http://127.0.0.1:{server.server_port}",
        ) as client,
    ):
        begin = time.monotonic()
        found = client.catalogue()
        share = (time.monotonic() - begin) / (n_calls / rate)
    n_lost = sum(one.count for one in found.lookups if one.is_lost)
    assert found.integration_sources.num_rows == n_systems
    how = "with" if header else "without"
    refused = f"{server.n_refused} refused of {n_calls + server.n_refused} calls"
    progress(f"{rate:g} a second, {how} a header: {share:.2f}, {n_lost} lost, {refused}")
    return share, n_lost


def main() -> None:
    """Fetch behind every limit, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=40)
    parser.add_argument("--faster", type=float, default=1.0)
    options = parser.parse_args()
    limits = [(rate, header) for rate in RATES for header in (True, False)]
    found: dict[tuple[int, bool], tuple[float, int]] = {}
    for n_at_once, chosen in ((4, limits[:4]), (1, limits[4:])):
        with ThreadPoolExecutor(n_at_once) as pool:
            ended = {
                (rate, header): pool.submit(
                    _measure, rate * options.faster, options.systems, header=header
                )
                for rate, header in chosen
            }
        found |= {limit: one.result() for limit, one in ended.items()}
    figures: dict[str, float] = {
        f"{rate}{' with header' * header}": found[rate, header][0] for rate, header in limits
    }
    print_rows("limits", figures | {"lost": sum(lost for _, lost in found.values())})


if __name__ == "__main__":
    main()
