"""A million links from a server on this machine, against ``httpx`` and ``json.loads``.

Run ``python benchmarks/fetch.py [--links 1000000] [--peer 100000] [--runs 3] [--gzip]``. The reply
is seeded: 850 bytes a link, sent by a process of its own in pieces of 64 KiB. Every figure is taken
in a fresh process, and is the median of several: CPU seconds, and growth of the peak of resident
memory from before the client is made. The peer holds the body and all objects at once, so it gets
fewer links; ratios are of what a link takes.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from rows import print_rows, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 7
ORGANIZATION = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"


class _Handler(BaseHTTPRequestHandler):
    """Sends the file, whatever is asked for."""

    reply = Path()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(self.reply.stat().st_size))
        if self.reply.suffix == ".gz":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        with self.reply.open("rb") as file:
            while piece := file.read(1 << 16):
                self.wfile.write(piece)

    def log_message(self, *_: object) -> None:
        pass


def _serve(reply: Path) -> None:
    _Handler.reply = reply
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


@contextmanager
def _server(reply: Path) -> Iterator[str]:
    command = [sys.executable, __file__, "--serve", str(reply)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def _organization(reply: Path) -> str:
    """Return the id of the organisation."""
    with gzip.open(reply) if reply.suffix == ".gz" else reply.open("rb") as file:
        start = file.read(4096).decode()
    return start.split('"organization_id"', 1)[1].split('"')[1]


def _peer(base_url: str, _: str) -> int:
    import httpx

    return len(json.loads(httpx.get(base_url, timeout=60).content))


def _fetched(base_url: str, organization_id: str, *, write: bool) -> int:
    from hummgraph import Client

    # The server lets everybody in.
    with Client(token="x", organization_id=organization_id, base_url=base_url) as client:  # noqa: S106
        snapshot = client.fetch(catalogue=False)
    if write:
        with tempfile.TemporaryDirectory() as folder:
            snapshot.write(Path(folder) / "acme.hummgraph")
    return snapshot.links.num_rows


WAYS = {
    "httpx.get, json.loads": _peer,
    "fetch": lambda url, whose: _fetched(url, whose, write=False),
    "fetch and write": lambda url, whose: _fetched(url, whose, write=True),
}


def _figures() -> tuple[float, float, float]:
    """Return the clock, CPU seconds, and the peak of resident memory in bytes (Linux)."""
    times = os.times()
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return time.perf_counter(), times.user + times.system, int(peak.split()[1]) * 1024.0


def _measure(way: str, base_url: str, organization_id: str) -> None:
    import httpx  # noqa: F401 - not of what is measured

    import hummgraph  # noqa: F401 - as above

    gc.collect()
    # Let the peak start from what is in use now; a child inherits that of its parent.
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    before = _figures()
    n_links = WAYS[way](base_url, organization_id)
    grown = [now - then for now, then in zip(_figures(), before, strict=True)]
    print(json.dumps([n_links, *grown]))


def main() -> None:
    """Measure every way, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--peer", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--gzip", action="store_true", help="send the reply compressed")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--way", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        _serve(options.serve)
    elif options.way:
        _measure(*options.way)
    else:
        _compare(options.links, options.peer, options.runs, packed=options.gzip)


def _compare(n_links: int, n_peer: int, n_runs: int, *, packed: bool) -> None:
    from hummgraph.datasets import generate_reply

    sizes = dict(zip(WAYS, (n_peer, n_links, n_links), strict=True))
    taken: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        for n in {n_peer, n_links}:
            reply = Path(folder) / f"{n}.json{'.gz' * packed}"
            with gzip.open(reply, "wb", 1) if packed else reply.open("wb") as file:
                file.writelines(generate_reply(n, seed=SEED))
        for _ in range(n_runs):
            for way, n in sizes.items():
                reply = Path(folder) / f"{n}.json{'.gz' * packed}"
                with _server(reply) as base_url:
                    whose = _organization(reply)
                    command = [sys.executable, __file__, "--way", way, base_url, whose]
                    answer = subprocess.run(command, check=True, capture_output=True, text=True)
                found, clock, cpu, memory = json.loads(answer.stdout)
                assert found == n
                taken[way].append([cpu, memory])
                figures = f"{clock:.1f} s, {cpu:.1f} s CPU, {memory / 1e6:.0f} MB more"
                progress(f"{way}, {n:,} links: {figures}")
    # CPU seconds and bytes, each the median.
    peer, fetched, written = (
        [statistics.median(column) for column in zip(*taken[way], strict=True)] for way in WAYS
    )
    print_rows(
        "fetch",
        {
            "memory": fetched[1] / 1e6,
            "written memory": written[1] / 1e6,
            "cpu": (written[0] / n_links) / (peer[0] / n_peer),
            "memory a link": (written[1] / n_links) / (peer[1] / n_peer),
        },
    )


if __name__ == "__main__":
    main()
