"""Appends to journals in processes that end at any moment, or at once, and prints what is left.

``python -m tests.support.appended WHAT FOLDER STEP``; see ``tests/graph/test_appending.py``. Each
append is a process forked from this one, which has imported everything.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hummgraph.graph.decisions import Decision
from hummgraph.graph.journal import append_decisions, read_decisions
from tests.support.builders import uid

if TYPE_CHECKING:
    from collections.abc import Callable

N_PROCESSES, N_APPENDS = 4, 15


def decision(number: int) -> Decision:
    """Return a decision, which is another for each number."""
    return Decision(uid(f"link {number}"), "APPROVED", note=f"number {number}")


NEW = [decision(7), decision(8)]


def forked(work: Callable[[], Any]) -> int:
    """Do something in a process of its own; return its status when it has ended."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    try:
        work()
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
        os._exit(1)
    os._exit(0)


def limit_to(n_bytes: int) -> None:
    """End this process when it writes more bytes than these into a file."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def stop_at(number: int) -> None:
    """End this process at one of the lines of the library that it runs."""
    left = number

    def traced(frame: Any, event: str, _: object) -> Any:
        nonlocal left
        if "hummgraph" not in frame.f_code.co_filename:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return traced

    sys.settrace(traced)


def ended_at(folder: Path, stop: Callable[[int], None], step: int, *, old: bool) -> None:
    """Print what is left of a journal for each point at which an append can end, or some."""
    number = 0
    while True:
        path = folder / f"{number}.jsonl"
        if old:
            append_decisions([decision(1), decision(2)], path)

        def work(path: Path = path, number: int = number) -> None:
            stop(number)
            append_decisions(NEW, path)

        status = forked(work)
        # The next program finds a journal that it can append to.
        kept = len(read_decisions(path)) if path.exists() else 0
        append_decisions([decision(3)], path)
        notes = [row.note for row in read_decisions(path)]
        found = {"number": number, "status": status, "kept": kept, "notes": notes}
        sys.stdout.write(json.dumps(found) + "\n")
        if status == 0:
            return
        number += step


def at_once(folder: Path) -> None:
    """Append to one journal from several processes."""
    path = folder / "decisions.jsonl"
    begun = []
    for which in range(N_PROCESSES):
        process = os.fork()
        if not process:
            for number in range(N_APPENDS):
                append_decisions([decision(which * N_APPENDS + number)], path)
            os._exit(0)
        begun.append(process)
    statuses = [os.waitpid(process, 0)[1] for process in begun]
    sys.stdout.write(json.dumps({"statuses": statuses}) + "\n")


def main() -> None:
    """Do what is asked."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "at once":
        at_once(folder)
    else:
        how = {"bytes": limit_to, "lines": stop_at}[what.split()[0]]
        ended_at(folder, how, int(sys.argv[3]), old=what.endswith("old"))


if __name__ == "__main__":
    main()
