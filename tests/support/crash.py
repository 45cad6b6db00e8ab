"""Writes a snapshot or an export after a mark, so that a tracer can kill it at each call then.

``python -m tests.support.crash KIND TARGET``; see ``tests/system/test_crashes.py``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record

MARK = "/hummgraph-begins-to-write"
CALLS = (
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "chmod",
    "fchmodat",
    "close",
    "unlink",
    "unlinkat",
    "rmdir",
    "ftruncate",
)
"""The system calls of the way to a file."""


def graph(n_links: int) -> LinkGraph:
    """Return a small graph, with a record that goes to quarantine."""
    rows = [record("a/t.x", f"b/t.{number}", number / 100) for number in range(n_links)]
    rows.append(record("a/t.x", "b/t.y", 7.0))
    return LinkGraph(read_links(rows, catalogue=builders.catalogue(["a/t.x"])))


def put(kind: str, target: Path, n_links: int) -> None:
    """Write it."""
    made = graph(n_links)
    if kind == "snapshot":
        made.snapshot.write(target)
    else:
        write(made, target, format=kind)


def main() -> None:
    """Write what stands there in another version."""
    kind, target = sys.argv[1:]
    made = graph(5)
    put(kind, Path(target + ".first"), 1)  # what is imported late is there now
    del made
    os.path.exists(MARK)  # noqa: PTH110 - one call that a tracer sees
    put(kind, Path(target), 5)


if __name__ == "__main__":
    main()
