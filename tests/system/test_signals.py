"""Tests of signals: whenever one ends a command, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.datasets import load_demo
from hummgraph.datasets.server import serve
from tests.support.builders import ORGANIZATION
from tests.support.places import ROOT
from tests.support.raw_server import HOLD, head, raw_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

# All points are tried where somebody asks for it; else some.
EVERY = os.environ.get("HUMMGRAPH_CRASHES") == "all"
CODES = {"SIGTERM": 143, "SIGHUP": 129, "SIGINT": 130}


def environment(url: str, folder: Path, organization: str, token: str) -> dict[str, str]:
    """Return the settings of a fetch."""
    return {
        **os.environ,
        "HUMM_PAT": token,
        "ORG_ID": organization,
        "HUMM_BASE_URL": url,
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
    }


STARTED = (
    "import signal, sys; {}; from hummgraph.cli import main; sys.argv[0] = 'hummgraph'; main()"
)


PROGRAM = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
from hummgraph import Client
Client.from_env().fetch()
"""


def start(script: Any, folder: Path, before: str, code: str = STARTED) -> tuple[Any, Any]:
    """Start a fetch, and wait until it has received what the server sends."""
    (folder / "temporary").mkdir()
    (folder / "out").mkdir()
    server = raw_server(script)
    running = server.__enter__()
    process = subprocess.Popen(
        [sys.executable, "-c", code.format(before), "fetch", "-o", folder / "out" / "acme"],
        env=environment(running.base_url, folder / "temporary", ORGANIZATION, "x"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 60
    # Python tries a folder for temporary files with a file of its own, which it removes at once.
    while not any((folder / "temporary").glob("hummgraph-spool-*")) and time.monotonic() < limit:
        time.sleep(0.01)
    return server, process


# A run in the background ignores Ctrl-C, and one by nohup the end of its terminal.
DEFAULT = (
    "signal.signal(signal.SIGINT, signal.default_int_handler);"
    " signal.signal(signal.SIGHUP, signal.SIG_DFL)"
)


@pytest.mark.parametrize("name", CODES)
def test_signals_end_a_fetch(name: str, tmp_path: Path) -> None:
    """Each ends it with its exit code, no traceback, and no temporary file."""
    server, process = start([head("Content-Length: 500") + b"[", HOLD], tmp_path, DEFAULT)
    try:
        assert len(list((tmp_path / "temporary").iterdir())) == 1  # the spool
        began = time.monotonic()
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
        server.__exit__(None, None, None)
    assert (process.returncode, out) == (CODES[name], "")
    assert "Traceback" not in err
    assert time.monotonic() - began < 10
    assert list((tmp_path / "temporary").iterdir()) == []
    assert list((tmp_path / "out").iterdir()) == []


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    """A command under nohup goes on when its terminal is closed; SIGTERM still ends it."""
    before = f"{DEFAULT}; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    server, process = start([head("Content-Length: 500") + b"[", HOLD], tmp_path, before)
    try:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    finally:
        process.kill()
        server.__exit__(None, None, None)
    assert process.returncode == CODES["SIGTERM"]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_program_cleans_up_as_the_documentation_says(tmp_path: Path) -> None:
    """A program that makes SIGTERM an exit leaves no temporary file."""
    script = [head("Content-Length: 500") + b"[", HOLD]
    server, process = start(script, tmp_path, DEFAULT, PROGRAM)
    try:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
        server.__exit__(None, None, None)
    assert (process.returncode, err) == (CODES["SIGTERM"], "")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_sigkill_leaves_is_found(tmp_path: Path) -> None:
    """``hummgraph gc`` removes the spool of a killed fetch, and leaves that of a living one."""
    server, process = start([head("Content-Length: 500") + b"[", HOLD], tmp_path, DEFAULT)

    def tidy() -> str:
        command = [sys.executable, "-m", "hummgraph", "gc", str(tmp_path / "out")]
        env = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

    try:
        (spool,) = (tmp_path / "temporary").iterdir()
        assert tidy() == ""
        assert spool.exists()
        process.kill()
        process.communicate()
        assert spool.exists()
        assert tidy() == f"removed {spool}\n"
        assert not spool.exists()
    finally:
        process.kill()
        server.__exit__(None, None, None)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_fetch_that_is_ended_at_any_point(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Nothing is left but the snapshot, where it was whole already, and the folder of --resume."""
    runs = (200 if name == "SIGTERM" else 50) if EVERY else 6
    with serve(load_demo(), token="demo") as server:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.support.ended", tmp_path),
                *(str(int(getattr(signal, name))), str(runs), "1"),
            ],
            env=environment(server.base_url, tmp_path, server.organization_id, "demo"),
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == runs
    for one in found:
        left = set(one["left"])
        if one["code"] == -getattr(signal, name):  # Python itself had not begun with the command
            assert not left, one
            assert not one["said"], one
            continue
        assert one["code"] in {0, CODES[name]}, one
        assert left <= {"1490 links", "partial"}, one
        assert "1490 links" in left or one["code"], one
        assert "partial" not in left or one["resume"], one
        assert "Traceback" not in one["said"], one
        assert "ignored" not in one["said"], one
    record_property("points", runs)
    record_property("codes", str(Counter(one["code"] for one in found)))
