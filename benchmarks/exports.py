"""Files out and in: GraphML against networkx, a snapshot against the JSON that it came as.

Run ``python benchmarks/exports.py``. Links are those of ``benchmarks/graph.py``, made of seeded
random numbers. Every figure is taken in a fresh process: CPU seconds, and growth of the peak of
resident memory. Ratios are against the peer in the same run; below 1 we need less than it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph import _peak, _set_back, make_snapshot

from hummgraph import LinkGraph, read_graphml, read_links, read_snapshot, write

if TYPE_CHECKING:
    from collections.abc import Callable

LESS, MORE = 100_000, 1_000_000


def _told(before: float, memory: int, **more: Any) -> None:
    seconds = time.process_time() - before
    megabytes = (_peak() - memory) / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, **more}))


def _graphml(folder: Path, n_links: int) -> None:
    """Write every attribute of every node and link."""
    graph = LinkGraph(make_snapshot(n_links))
    write(LinkGraph(make_snapshot(10)), folder / "first.graphml")  # imports what it needs
    memory, before = _set_back(), time.process_time()
    path = write(graph, folder / "links.graphml", redact="none")
    _told(before, memory, bytes=path.stat().st_size)


def _networkx(folder: Path, n_links: int) -> None:
    """Write the same attributes from a graph of networkx; it has a file of as many bytes."""
    import networkx as nx

    graph = LinkGraph(make_snapshot(n_links))
    path = write(graph, folder / "links.graphml", redact="none")
    # What was read has exactly the attributes that were written, in types that GraphML knows.
    read = nx.read_graphml(path, force_multigraph=True)
    memory, before = _set_back(), time.process_time()
    nx.write_graphml(read, folder / "networkx.graphml")
    _told(before, memory, bytes=(folder / "networkx.graphml").stat().st_size)


def _read_graphml(folder: Path, n_links: int) -> None:
    """Read it back, as the same graph."""
    graph = LinkGraph(make_snapshot(n_links))
    path = write(graph, folder / "links.graphml", redact="none")
    memory, before = _set_back(), time.process_time()
    again = read_graphml(path)
    _told(before, memory, equal=again == graph)


def _networkx_read(folder: Path, n_links: int) -> None:
    """Read the same file with networkx."""
    import networkx as nx

    path = write(LinkGraph(make_snapshot(n_links)), folder / "links.graphml", redact="none")
    memory, before = _set_back(), time.process_time()
    nx.read_graphml(path, force_multigraph=True)
    _told(before, memory)


def _records(folder: Path, n_links: int) -> Path:
    """Write the links as the API sends them."""
    path = folder / "links.json"
    columns = make_snapshot(n_links).links
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        first = True
        for batch in columns.to_batches(max_chunksize=50_000):
            for row in batch.to_pylist():
                sent = {
                    "id": _id(row["link_id"]),
                    **{
                        name: _id(row[name]) if name.endswith("_id") else row[name]
                        for name in row
                        if name
                        not in {"link_id", "confidence", "evidence", "created_at", "updated_at"}
                    },
                    "confidence_score": row["confidence"],
                    "evidence": json.loads(row["evidence"]),
                    "created_at": row["created_at"].isoformat(),
                    "updated_at": row["updated_at"].isoformat(),
                }
                file.write(("" if first else ",") + json.dumps(sent))
                first = False
        file.write("]")
    return path


def _id(value: bytes | None) -> str | None:
    text = None if value is None else value.hex()
    return text and f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _json(folder: Path, n_links: int) -> None:
    """Parse and check the records, and parse them only."""
    path = _records(folder, n_links)
    before = time.process_time()
    snapshot = read_links(path)
    checked = time.process_time() - before
    assert snapshot.links.num_rows == n_links
    del snapshot
    memory, before = _set_back(), time.process_time()
    json.loads(path.read_bytes())
    _told(before, memory, checked=checked)


def _snapshot(folder: Path, n_links: int) -> None:
    """Read the snapshot, its checksums compared."""
    make_snapshot(n_links).write(folder / "links.hummgraph")
    memory, before = _set_back(), time.process_time()
    read_snapshot(folder / "links.hummgraph")
    _told(before, memory)


MEASURES: dict[str, tuple[Callable[[Path, int], None], int]] = {
    "GraphML, 100 k links": (_graphml, LESS),
    "GraphML by networkx, 100 k links": (_networkx, LESS),
    "GraphML, 1 M links": (_graphml, MORE),
    "GraphML read back, 100 k links": (_read_graphml, LESS),
    "GraphML read by networkx, 100 k links": (_networkx_read, LESS),
    "JSON parsed, 1 M links": (_json, MORE),
    "snapshot read, 1 M links": (_snapshot, MORE),
}


def _measure(name: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", name]
    answer: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return answer


def main() -> None:
    """Measure all and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", choices=list(MEASURES))
    options = parser.parse_args()
    if options.one:
        measure, n_links = MEASURES[options.one]
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), n_links)
        return
    found = {name: _measure(name) for name in MEASURES}
    for name, figures in found.items():
        extra = {k: v for k, v in figures.items() if k not in {"seconds", "megabytes"}}
        print(f"{name:38} {figures['seconds']:8.2f} s CPU {figures['megabytes']:7.0f} MB {extra}")
    less, peer, more, back, other, parsed, read = found.values()
    print(f"GraphML / networkx.write_graphml: {less['seconds'] / peer['seconds']:.3f} of the time")
    print(f"GraphML of 1 M links / of 100 k links: {more['seconds'] / less['seconds']:.1f}")
    print(f"read_graphml / networkx.read_graphml: {back['seconds'] / other['seconds']:.2f}")
    print(f"read_snapshot / json.loads: {read['seconds'] / parsed['seconds']:.3f}")
    print(f"read_snapshot / read_links: {read['seconds'] / parsed['checked']:.3f}")


if __name__ == "__main__":
    main()
