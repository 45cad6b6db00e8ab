"""Sends a signal to fetches at random points of time, and prints what each left behind.

``python -m tests.support.ended FOLDER SIGNAL RUNS SEED``, with the settings of a fetch in the
environment; see ``tests/system/test_signals.py``. Each fetch is a process forked from this one,
which has imported everything: so its time is spent on the fetch.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

from hummgraph import cli, read_snapshot


def fetch(folder: Path, *, resume: bool) -> int:
    """Start a fetch in a process of its own; return its id."""
    process = os.fork()
    if process:
        return process
    tempfile.tempdir = str(folder / "temporary")
    sys.argv = ["hummgraph", "fetch", "-o", str(folder / "out" / "acme"), "-q"]
    if resume:
        sys.argv += ["--resume", str(folder / "out" / "partial")]
    with (folder / "messages").open("w") as messages:
        os.dup2(messages.fileno(), 1)
        os.dup2(messages.fileno(), 2)
    cli.main()  # ends the process
    raise AssertionError


def code_of(process: int) -> int:
    """Wait for a process; return its exit code as a shell has it."""
    status = os.waitpid(process, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def fresh(folder: Path) -> None:
    """Make empty folders."""
    for name in ("out", "temporary"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    (folder / "messages").write_text("")


def left_in(folder: Path) -> list[str]:
    """Return what a fetch left: names, and whether a snapshot is whole."""
    names = [str(path.relative_to(folder)) for path in (folder / "temporary").iterdir()]
    names += [path.name for path in (folder / "out").iterdir()]
    if "acme" in names:
        names.remove("acme")
        names.append(f"{len(read_snapshot(folder / 'out' / 'acme').links)} links")
    return sorted(names)


def main() -> None:
    """Measure how long a fetch takes, then end others on the way."""
    folder, number, runs, seed = Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:5])
    gc.freeze()
    # Libraries have threads that newer Pythons warn of; none of them is at work.
    warnings.simplefilter("ignore", DeprecationWarning)
    draw = random.Random(seed)
    seconds = {}
    for resume in (False, True):
        fresh(folder)
        began = time.perf_counter()
        assert code_of(fetch(folder, resume=resume)) == 0, (folder / "messages").read_text()
        seconds[resume] = time.perf_counter() - began
    for run in range(runs):
        resume = run % 2 == 1
        fresh(folder)
        process = fetch(folder, resume=resume)
        time.sleep(draw.uniform(0, seconds[resume]))
        os.kill(process, number)
        code = code_of(process)
        said = (folder / "messages").read_text()
        found = {"resume": resume, "code": code, "left": left_in(folder), "said": said}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
