"""Any sequence of faults: whatever a server does, calls end, and leave a whole snapshot or none."""

from __future__ import annotations

import gc
import gzip
import json
import logging
import os
import shutil
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from trio.testing import MockClock

from hummgraph.client.client import AsyncClient, Limits, RetryPolicy, Timeouts
from hummgraph.errors import HummgraphError
from hummgraph.records.models import Status
from hummgraph.snapshot.snapshot import read_snapshot
from tests.support.builders import ORGANIZATION, catalogue, record
from tests.support.client_fakes import LINKS, ORGANIZATION_PATH, TOKEN, Pauses, organization_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

Faults: TypeAlias = list[tuple[str, Any]]

# How many sequences are tried: some, or as many as somebody asks for.
EXAMPLES = int(os.environ.get("HUMMGRAPH_SEQUENCES", "60"))
SYSTEMS = ("crm", "shop")
RECORDS = [
    record(
        f"{source}/t.{status}",
        f"{target}/u.{status}",
        status=str(status),
        evidence={"text": "x" * 200},
    )
    for source, target in (SYSTEMS, SYSTEMS[::-1])
    for status in Status
]
IDS = sorted(one["id"] for one in RECORDS)
LISTED = catalogue([f"{system}/t.a" for system in SYSTEMS])


class Body(httpx.AsyncByteStream):
    """A body that comes in pieces, and may end in an error, or never."""

    def __init__(self, server: Server, pieces: Sequence[bytes], end: object = None) -> None:
        self._server = server
        self._pieces = pieces
        self._end = end
        server.n_open += 1
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the pieces, then do as was meant."""
        for piece in self._pieces:
            await anyio.lowlevel.checkpoint()
            yield piece
        if self._end == "hang":
            await anyio.sleep_forever()
        if isinstance(self._end, type):
            raise self._end(f"the body of a call by {TOKEN}")

    async def aclose(self) -> None:
        """Note that the connection is free again."""
        self._server.n_open -= not self._closed
        self._closed = True


class Server(httpx.AsyncBaseTransport):
    """An API that does what it should, but for what is planned for its next calls."""

    def __init__(self) -> None:
        self.planned: Faults = []
        self.n_requests = 0
        self.n_open = 0
        self.n_bad = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        self.n_requests += 1
        await anyio.lowlevel.checkpoint()
        fault: tuple[str, Any] = self.planned.pop(0) if self.planned else ("right", None)
        kind, value = fault
        self.n_bad += kind != "right"
        body = self._right(request)
        if kind == "raise":
            raise value(f"while sending {TOKEN}", request=request)
        if kind == "hang":
            await anyio.sleep_forever()
        if kind == "status":
            status, headers = value
            told = Body(self, [json.dumps({"detail": f"no luck for {TOKEN}"}).encode()])
            return httpx.Response(status, headers=headers, stream=told)
        headers = {"Content-Type": "application/json"}
        if kind == "body":
            return httpx.Response(200, headers=headers, stream=Body(self, [value]))
        if kind == "cut":
            share, end = value
            cut = [body[: int(len(body) * share)]]
            return httpx.Response(200, headers=headers, stream=Body(self, cut, end))
        if kind == "gzip":
            packed = gzip.compress(body, mtime=0)
            spoilt = packed[:-value] if value > 0 else packed[:20] + b"\0\0" + packed[22:]
            headers["Content-Encoding"] = "gzip"
            return httpx.Response(200, headers=headers, stream=Body(self, [spoilt]))
        headers["Content-Length"] = str(len(body))
        pieces = [body[i : i + 500] for i in range(0, len(body), 500)]
        return httpx.Response(200, headers=headers, stream=Body(self, pieces))

    def _right(self, request: httpx.Request) -> bytes:
        path = request.url.path.removeprefix("/api")
        query = request.url.params
        if path == LINKS:
            content: Any = [
                one for one in RECORDS if all(one.get(k) == v for k, v in query.items())
            ]
        elif path == ORGANIZATION_PATH:
            content = organization_record()
        elif path == "/integration-sources":
            content = LISTED["integration_sources"]
        else:
            content = []
        return json.dumps(content).encode()


ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.PoolTimeout,
)
FAULTS = st.one_of(
    st.tuples(st.just("raise"), st.sampled_from(ERRORS)),
    st.tuples(st.just("hang"), st.none()),
    st.tuples(
        st.just("status"),
        st.tuples(
            st.sampled_from([204, 206, 302, 400, 401, 403, 404, 408, 422, 425, 429, 500, 503, 504]),
            st.sampled_from(
                [{}, {"Retry-After": "2"}, {"Retry-After": "1e9"}, {"Location": "//evil.example"}]
            ),
        ),
    ),
    st.tuples(
        st.just("body"),
        st.sampled_from(
            [b"", b" ", b"<html>", b'{"detail": 1}', b"[1] [2]", b"\xff\xfe[\0", b"[\xe9]", b"7"]
        ),
    ),
    st.tuples(
        st.just("cut"),
        st.tuples(
            st.floats(0, 0.98),
            st.sampled_from([None, "hang", httpx.ReadError, httpx.RemoteProtocolError]),
        ),
    ),
    st.tuples(st.just("gzip"), st.sampled_from([0, 1, 8, 12])),
    st.just(("right", None)),
)
PLANS = st.lists(FAULTS, max_size=8)


class Listener(logging.Handler):
    """Keeps what loggers say."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self._said.append(record.getMessage())


class Fetches(RuleBasedStateMachine):
    """One organisation that is fetched again and again into one place, by a server out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "acme.hummgraph"
        self.partial = self.folder / "acme.partial"
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.server = Server()
        self.said: list[str] = []
        self.handler = Listener(self.said)
        self.before = tempfile.tempdir, logging.root.level
        tempfile.tempdir = str(self.temporary)
        logging.root.addHandler(self.handler)
        logging.root.setLevel(logging.DEBUG)

    def teardown(self) -> None:
        """Put all back."""
        tempfile.tempdir = self.before[0]
        logging.root.setLevel(self.before[1])
        logging.root.removeHandler(self.handler)
        shutil.rmtree(self.folder)

    @rule(faults=PLANS, resume=st.booleans(), named=st.booleans(), trio=st.booleans())
    def fetch(self, faults: Faults, *, resume: bool, named: bool, trio: bool) -> None:
        """Fetch, and write what came."""
        self.server.planned = list(faults)
        n_bad, n_requests = self.server.n_bad, self.server.n_requests
        options: dict[str, Any] = {"catalogue": named}
        if resume:
            options["resume"] = self.partial
        snapshot = self._run(lambda client: client.fetch(**options), trio=trio)
        if snapshot is None:
            assert self.server.n_bad > n_bad
        else:
            ids = [str(link) for link in snapshot.links.column("link_id").to_pylist()]
            assert len(ids) == len(IDS)
            assert snapshot.report.kept == snapshot.report.records == len(IDS)
            snapshot.write(self.path)
            snapshot.replies.close()
            assert not resume or not self.partial.exists()
        # Links or slices, list of systems, catalogue; each at most four times.
        n_calls = (1 + 2 + len(SYSTEMS) * len(Status)) + 3 + 5 * len(SYSTEMS)
        assert self.server.n_requests - n_requests <= 4 * n_calls

    @rule(faults=PLANS, trio=st.booleans())
    def ask(self, faults: Faults, *, trio: bool) -> None:
        """Build one call."""
        self.server.planned = list(faults)
        n_requests = self.server.n_requests
        self._run(lambda client: client.organization(), trio=trio)
        assert 1 <= self.server.n_requests - n_requests <= 4

    @rule(faults=PLANS, after=st.floats(0, 20), resume=st.booleans())
    def cancel(self, faults: Faults, after: float, *, resume: bool) -> None:
        """Fetch, and give up at some moment of it."""
        self.server.planned = list(faults)

        async def call(client: AsyncClient) -> None:
            with anyio.move_on_after(after):
                options: dict[str, Any] = {"resume": self.partial} if resume else {}
                snapshot = await client.fetch(**options)
                assert snapshot.replies is not None
                snapshot.replies.give_back()
                snapshot.replies.close()

        self._run(call, trio=True)

    def _run(self, call: Any, *, trio: bool) -> Any:
        """Do it, on a clock that jumps to the next thing that happens where there is one."""

        async def run() -> Any:
            async with AsyncClient(
                token=TOKEN,
                organization_id=ORGANIZATION,
                transport=self.server,
                # Real time only runs where nothing hangs, and then it decides nothing. A clock that
                # jumps would jump to the end of the fetch while a thread works.
                timeouts=Timeouts(total=5, read=1, fetch=None) if trio else Timeouts(),
                retry=RetryPolicy() if trio else Pauses().policy(),
                limits=Limits(concurrency=2),
            ) as client:
                return await call(client)

        if not trio and any("hang" in str(fault) for fault in self.server.planned):
            trio = True  # no real time is spent on waiting for nothing
        options = {"clock": MockClock(autojump_threshold=0.001)} if trio else {}
        try:
            return anyio.run(run, backend="trio" if trio else "asyncio", backend_options=options)
        except HummgraphError as error:
            shown = "".join(traceback.format_exception(error)) + repr(vars(error))
            assert TOKEN not in shown
            return None

    @invariant()
    def all_connections_are_returned(self) -> None:
        """No body is left open."""
        assert self.server.n_open == 0

    @invariant()
    def nothing_is_left(self) -> None:
        """No temporary file, and nothing half-written beside the results."""
        if list(self.temporary.iterdir()):
            gc.collect()  # a loop that has ended may keep its last result until then
        assert list(self.temporary.iterdir()) == []
        names = {entry.name for entry in self.folder.iterdir()}
        assert names <= {"tmp", "acme.hummgraph", "acme.partial"}

    @invariant()
    def snapshot_is_whole_or_absent(self) -> None:
        """The snapshot there is read without complaint, and has every link."""
        if self.path.exists():
            assert read_snapshot(self.path).links.num_rows == len(IDS)

    @invariant()
    def nobody_told_the_token(self) -> None:
        """No logger did, at any level."""
        assert not [line for line in self.said if TOKEN in line]


Fetches.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


TestFetches = Fetches.TestCase
