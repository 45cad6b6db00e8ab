"""Tests of what is promised to programs with several processes, threads and event loops.

`docs/explanation/reliability.md` has the table. Each case runs as a program of its own, in which a
warning is an error, with a limit of time: none of them may hang.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from hummgraph.client import client as client_module
from hummgraph.client.client import AsyncClient, Client
from hummgraph.datasets import load_demo
from hummgraph.datasets.server import serve
from hummgraph.errors import ConfigError
from hummgraph.snapshot.spool import Spool, _remove_own
from tests.support.builders import ORGANIZATION
from tests.support.client_fakes import TOKEN, organization_record
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.datasets.server import DemoServer

on_posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """The demo organisation, served by this process."""
    with serve(load_demo(), token="demo") as running:
        yield running


BEGIN = """
import asyncio, multiprocessing, os, sys, tempfile, threading
from hummgraph import AsyncClient, Client, LinkGraph, cluster
from hummgraph.errors import ConfigError

ACCESS = dict(token="demo", organization_id={organization!r}, base_url={url!r})
tempfile.tempdir = {folder!r}

def forked(function):
    "Run a function in a forked process; return its exit code."
    sys.stdout.flush()
    process = os.fork()
    if not process:
        function()
        sys.exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

def refused(call):
    try:
        call()
    except ConfigError as error:
        return error.message.split(".")[0], bool(error.hint)
"""


def said_by(code: str, server: DemoServer, folder: Path, *options: str) -> list[str]:
    """Run a program, which must succeed without a warning, and return the lines it prints."""
    begin = BEGIN.format(
        organization=server.organization_id, url=server.base_url, folder=str(folder)
    )
    path = folder.parent / "program.py"  # a spawned process imports it
    path.write_text(begin + textwrap.dedent(code))
    answer = subprocess.run(
        [
            sys.executable,
            *("-W", "error", "-W", "ignore:This process:DeprecationWarning"),
            *options,
            path,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout.splitlines()


UNCLOSED = ("-W", "ignore::ResourceWarning")
"""For connections whose loop has ended, so that nobody can close them."""

FORK = {
    "a client that was used": (
        """
        client = Client(**ACCESS)
        client.organization()
        def child():
            print(len(client.fetch().links), client.organization().name, flush=True)
        print(forked(child), client.organization().name)
        client.close()
        """,
        ["1490 Quillharbor", "7 Quillharbor"],
    ),
    "a client that was not used": (
        """
        client = Client(**ACCESS)
        print(forked(lambda: print(client.organization().name, flush=True)))
        """,
        ["Quillharbor", "7"],
    ),
    "a client that is closed there": (
        """
        with Client(**ACCESS) as client:
            client.organization()
            def child():
                client.close()
                print(refused(client.organization), flush=True)
            print(forked(child), client.organization().name)
        """,
        ["('The client is closed', True)", "7 Quillharbor"],
    ),
    "a client whose lock another thread holds": (
        """
        client = Client(**ACCESS)
        client.organization()
        client._lock.acquire()
        threading.Timer(0.1, client._lock.release).start()
        print(forked(lambda: print(client.organization().name, flush=True)))
        client.close()
        """,
        ["Quillharbor", "7"],
    ),
    "a snapshot": (
        """
        snapshot = Client(**ACCESS).fetch()
        def child():
            global snapshot
            print(len(cluster(LinkGraph(snapshot))), flush=True)
            snapshot.replies.close()
            del snapshot
        print(forked(child), [path.exists() for path in snapshot.replies.paths])
        snapshot.write(tempfile.tempdir + "/acme")
        snapshot.replies.close()
        print(os.listdir(tempfile.tempdir))
        """,
        ["92", "7 [True]", "['acme']"],
    ),
    "grandchildren": (
        """
        client = Client(**ACCESS)
        client.organization()
        def grandchild():
            print(client.organization().name, flush=True)
        def child():
            client.organization()
            print(forked(grandchild), client.organization().name, flush=True)
        print(forked(child), client.organization().name)
        """,
        ["Quillharbor", "7 Quillharbor", "7 Quillharbor"],
    ),
    "the demo server": (
        """
        from hummgraph.datasets import load_demo
        from hummgraph.datasets.server import serve
        with serve(load_demo(), token="demo") as server:
            access = dict(ACCESS, base_url=server.base_url)
            client = Client(**access)
            client.organization()
            sys.stdout.flush()
            process = os.fork()
            if not process:
                sys.exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), client.organization().name)
            client.close()
        """,
        ["7 Quillharbor"],
    ),
}


@on_posix
@pytest.mark.parametrize("case", FORK)
def test_fork(case: str, server: DemoServer, tmp_path: Path) -> None:
    """A forked process starts anew and ends, and what its parent has is as it was."""
    code, lines = FORK[case]
    folder = tmp_path / "temporary"
    folder.mkdir()
    found = said_by(code, server, folder)
    if case == "a snapshot":  # how many clusters there are is not the question
        found[0] = lines[0]
    assert found == lines
    assert [entry.name for entry in folder.iterdir() if entry.name != "acme"] == []


MULTIPROCESSING = """
    def names(number):
        "Make a client in this process."
        with Client(**ACCESS) as client:
            return client.organization().name

    def size(graph):
        "Take a graph of another process."
        return graph.n_links

    def read(snapshot):
        "Read a reply of another process."
        with snapshot.replies.openers()[0]() as reply:
            return reply.read(1)

    if __name__ == "__main__":
        with Client(**ACCESS) as client:
            snapshot = client.fetch()
            context = multiprocessing.get_context({method!r})
            with context.Pool(2) as pool:
                print(pool.map(names, range(2)), pool.map(size, [LinkGraph(snapshot)] * 2))
                print(pool.map(read, [snapshot] * 2))
                pool.close()
                pool.join()
            print(client.organization().name, [path.exists() for path in snapshot.replies.paths])
            try:
                context.Process(target=print, args=(client,)).start()
            except TypeError as error:
                print(error)
"""


@on_posix
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method: str, server: DemoServer, request: pytest.FixtureRequest) -> None:
    """Processes make clients of their own, and take graphs and snapshots, but no client."""
    # The name of a socket in it has to be short.
    whole = Path(tempfile.mkdtemp())
    request.addfinalizer(lambda: shutil.rmtree(whole, ignore_errors=True))
    folder = whole / "t"
    folder.mkdir()
    code = MULTIPROCESSING.replace("{method!r}", repr(method))
    found = said_by(code, server, folder)
    assert found[:3] == [
        "['Quillharbor', 'Quillharbor'] [1490, 1490]",
        "[b'[', b'[']",
        "Quillharbor [True]",
    ]
    # A forked process has the client anyway, and prints it.
    assert len(found) == 4
    assert ("cannot be pickled" in found[3]) == (method != "fork")
    assert list(folder.iterdir()) == []


def test_threads(server: DemoServer, tmp_path: Path) -> None:
    """Threads share a client, whose loop starts once."""
    code = """
        client = Client(**ACCESS)
        found = []
        start = threading.Barrier(8)
        def call():
            start.wait()
            found.append((client.organization().name, len(client.entity_links(status="REJECTED"))))
        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        loops = [thread for thread in threading.enumerate() if thread.name == "hummgraph-client"]
        print(len(found), len(set(found)), len(loops))
        client.close()
        print(sum(thread.name == "hummgraph-client" for thread in threading.enumerate()))
    """
    assert said_by(code, server, tmp_path) == ["8 1 1", "0"]


def test_two_event_loops(server: DemoServer, tmp_path: Path) -> None:
    """An asynchronous client belongs to the loop of its first call; the error has the remedy."""
    code = """
        client = AsyncClient(**ACCESS)
        async def name():
            return (await client.organization()).name
        print(asyncio.run(name()))
        print(refused(lambda: asyncio.run(name())))
        asyncio.run(client.aclose())
        async def anew():
            async with AsyncClient(**ACCESS) as client:
                return (await client.organization()).name
        print(asyncio.run(anew()), asyncio.run(anew()))
        with Client(**ACCESS) as client:
            async def inside():
                return client.organization().name
            print(asyncio.run(inside()), asyncio.run(inside()))
    """
    assert said_by(code, server, tmp_path, *UNCLOSED) == [
        "Quillharbor",
        "('This AsyncClient belongs to another event loop', True)",
        "Quillharbor Quillharbor",
        "Quillharbor Quillharbor",
    ]


def fake() -> httpx.MockTransport:
    """A network that answers every call with the organisation."""
    return httpx.MockTransport(lambda _: httpx.Response(200, json=organization_record()))


CALLS: list[tuple[str, Any]] = [
    ("fetch", lambda client: client.fetch()),
    ("entity_links", lambda client: client.entity_links()),
    ("entity_link", lambda client: client.entity_link(ORGANIZATION)),
    ("catalogue", lambda client: client.catalogue()),
    ("organization", lambda client: client.organization()),
    ("integration_sources", lambda client: client.integration_sources()),
]


@pytest.mark.parametrize(("name", "call"), CALLS)
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_every_call_is_checked(name: str, call: Any, backend: str) -> None:
    """Whatever is called from the second loop, and of whichever kind it is, it is refused."""
    client = AsyncClient(token=TOKEN, organization_id=ORGANIZATION, transport=fake())
    asyncio.run(client.organization())
    with pytest.raises(ConfigError, match="another event loop") as caught:
        anyio.run(call, client, backend=backend)
    assert "asyncio.run" in caught.value.hint
    assert name
    asyncio.run(client.aclose())


@on_posix
def test_an_asynchronous_client_in_a_forked_process(server: DemoServer, tmp_path: Path) -> None:
    """It is refused if it was used before, and works if it was not."""
    code = """
        client, unused = AsyncClient(**ACCESS), AsyncClient(**ACCESS)
        async def main():
            await client.organization()
            sys.stdout.flush()
            process = os.fork()
            if not process:
                try:
                    await client.organization()
                except ConfigError as error:
                    print(error.message, bool(error.hint), flush=True)
                await client.aclose()
                os._exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
            print((await client.organization()).name)
            await client.aclose()
        def child():
            print(asyncio.run(unused.organization()).name, flush=True)
            os._exit(7)
        print(forked(child))
        asyncio.run(main())
    """
    assert said_by(code, server, tmp_path, *UNCLOSED) == [
        "Quillharbor",
        "7",
        "This AsyncClient was used before the process was forked. True",
        "7",
        "Quillharbor",
    ]


@on_posix
def test_a_transport_of_another_process_is_refused(server: DemoServer, tmp_path: Path) -> None:
    """A transport that was given cannot be made anew, so calls say what to do."""
    code = """
        import httpx
        answer = dict(id=ACCESS["organization_id"], name="Acme")
        fake = httpx.MockTransport(lambda request: httpx.Response(200, json=answer))
        client = Client(**ACCESS, transport=fake)
        try:
            client.organization()
        except Exception as error:
            assert type(error).__name__ == "InvalidRecordError", error
        def child():
            print(refused(client.organization), flush=True)
            client.close()
        print(forked(child))
        client.close()
    """
    assert said_by(code, server, tmp_path) == [
        (
            "('The client was used before the process was forked, and its transport= belongs to"
            " the other process', True)"
        ),
        "7",
    ]


def test_a_client_starts_anew_where_it_is_as_after_a_fork(server: DemoServer) -> None:
    """Loop and connections are left, whoever holds the lock; without a call, nothing is new."""
    client = Client(
        token=server.token, organization_id=server.organization_id, base_url=server.base_url
    )
    inner = client._inner
    client._start_anew()
    assert client._client is inner
    assert client.organization().name == "Quillharbor"
    first = client._loop
    assert first is not None
    with client._lock:
        client_module._start_all_anew()
    assert client.organization().name == "Quillharbor"
    assert client._inner is not inner
    assert client._loop != first
    first[1]()  # the thread is in this process, after all
    client.close()
    client_module._left_behind.clear()


def test_a_transport_cannot_be_made_anew() -> None:
    """A client with a transport of the caller says what to do."""
    client = Client(token=TOKEN, organization_id=ORGANIZATION, transport=fake())
    client.organization()
    loop = client._loop
    assert loop is not None
    client._start_anew()
    with pytest.raises(ConfigError, match="used before the process was forked"):
        client.organization()
    loop[1]()
    client.close()
    client_module._left_behind.clear()


def test_what_is_of_another_process_is_left_alone() -> None:
    """A loop is not stopped, and a spool not removed, by the finalizers of a forked process."""
    client = Client(token=TOKEN, organization_id=ORGANIZATION, transport=fake())
    client.organization()
    assert client._loop is not None
    finalizer: Any = client._loop[1]
    thread, portal, inner, process = finalizer.peek()[2]
    client_module._stop_portal(thread, portal, inner, process + 1)
    assert client.organization().name == "Acme"
    client.close()

    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(b"[]")
    folder = spool.paths[0].parent
    _remove_own(folder, process + 1, None)
    assert spool.paths[0].exists()
    spool.close()
    assert not folder.exists()


def test_an_asynchronous_client_of_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fork it refuses calls, and closing it does nothing."""

    async def forked() -> None:
        client = AsyncClient(token=TOKEN, organization_id=ORGANIZATION, transport=fake())
        await client.organization()
        process = os.getpid()
        with monkeypatch.context() as patched:
            patched.setattr(os, "getpid", lambda: process + 1)
            with pytest.raises(ConfigError, match="before the process was forked"):
                await client.organization()
            await client.aclose()
        await client.organization()
        await client.aclose()

    asyncio.run(forked())
    # One that was not used is at home anywhere.
    asyncio.run(AsyncClient(token=TOKEN, organization_id=ORGANIZATION, transport=fake()).aclose())


def test_a_loop_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is raised where the client was called; nothing waits for a loop that is not."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    client = Client(token=TOKEN, organization_id=ORGANIZATION, transport=fake())
    with monkeypatch.context() as patched:
        patched.setattr("anyio.run", refused)
        with pytest.raises(OSError, match="Too many open files"):
            client.organization()
    assert client.organization().name == "Acme"
    client.close()


def test_an_error_at_the_end_of_a_loop_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is closed has nobody to raise it for."""
    started = []
    run = anyio.run

    def fails(function: Any, *, backend: str) -> None:
        run(function, backend=backend)
        started.append(backend)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("anyio.run", fails)
    with Client(token=TOKEN, organization_id=ORGANIZATION, transport=fake()) as client:
        assert client.organization().name == "Acme"
    assert started == ["asyncio"]
