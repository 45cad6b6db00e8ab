"""Files out and in: GraphML against networkx, a snapshot against the JSON that it came as.

Run ``python benchmarks/exports.py [--links 100000 1000000] [--rounds 3]``. Links are those of
``benchmarks/graph.py``, made of seeded random numbers. Every figure is taken in a fresh process,
and is the median of several: CPU seconds, and growth of the peak of resident memory. Ratios are
against the peer in the same run; below 1 we need less than it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ParserCreate

from graph import _set_back, make_snapshot, resident_peak
from rows import print_rows, progress

from hummgraph import LinkGraph, read_graphml, read_links, read_snapshot, write

if TYPE_CHECKING:
    from collections.abc import Callable

LESS, MORE = 100_000, 1_000_000


def _report(before: float, memory: int, **more: float) -> None:
    seconds = time.process_time() - before
    # VmHWM is in KiB.
    megabytes = (resident_peak() - memory) * 1024 / 1e6
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, **more}))


def _graphml(folder: Path, n_links: int) -> None:
    """Write every attribute of every node and link."""
    graph = LinkGraph(make_snapshot(n_links))
    write(LinkGraph(make_snapshot(10)), folder / "first.graphml")  # imports what it needs
    memory, before = _set_back(), time.process_time()
    path = write(graph, folder / f"{n_links}.graphml", evidence="full")
    _report(before, memory, bytes=path.stat().st_size)


def _networkx(folder: Path, n_links: int) -> None:
    """Read the same file with networkx and write it again, with as many bytes."""
    import networkx as nx

    before = time.process_time()
    read = nx.read_graphml(folder / f"{n_links}.graphml", force_multigraph=True)
    took = time.process_time() - before
    # What was read has exactly the attributes that were written, in types that GraphML knows.
    path = folder / "networkx.graphml"
    memory, before = _set_back(), time.process_time()
    nx.write_graphml(read, path)
    _report(before, memory, bytes=path.stat().st_size, read=took)


def _read_graphml(folder: Path, n_links: int) -> None:
    """Read it back, as the same graph."""
    read_graphml(folder / "first.graphml")  # imports what it needs
    path = folder / f"{n_links}.graphml"
    before = time.process_time()
    _read_nothing(path)
    empty = time.process_time() - before
    memory, before = _set_back(), time.process_time()
    again = read_graphml(path)
    _report(before, memory, empty=empty)
    assert again == LinkGraph(make_snapshot(n_links))


def _read_nothing(path: Path) -> None:
    """Read a file with the parser of the standard library, and keep nothing of it."""
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda *_: None
    parser.EndElementHandler = lambda *_: None
    parser.CharacterDataHandler = lambda *_: None
    with path.open("rb") as file:
        parser.ParseFile(file)


def _records(folder: Path, n_links: int) -> Path:
    """Write the links as the API sends them, unless a round before has."""
    path = folder / f"{n_links}.json"
    if path.exists():
        return path
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
    _report(before, memory, checked=checked)


def _snapshot(folder: Path, n_links: int) -> None:
    """Read the snapshot, its checksums compared."""
    path = folder / f"{n_links}.hummgraph"
    if not path.exists():
        make_snapshot(n_links).write(path)
    memory, before = _set_back(), time.process_time()
    read_snapshot(path)
    _report(before, memory)


# A measure, and whether it is of the larger number of links. Later ones read what earlier ones
# write.
MEASURES: dict[str, tuple[Callable[[Path, int], None], bool]] = {
    "GraphML": (_graphml, False),
    "GraphML by networkx": (_networkx, False),
    "GraphML of more": (_graphml, True),
    "GraphML read": (_read_graphml, False),
    "JSON": (_json, True),
    "snapshot": (_snapshot, True),
}


def _measure(name: str, folder: Path, n_links: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", name, str(folder), "--links", str(n_links)]
    answer: dict[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return answer


def main() -> None:
    """Measure all in turns, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, folder = options.one
        MEASURES[name][0](Path(folder), options.links[0])
        return
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in MEASURES}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for name, (_, of_more) in MEASURES.items():
                n_links = options.links[of_more]
                taken[name].append(_measure(name, Path(folder), n_links))
                progress(f"{name}, {n_links:,} links: {taken[name][-1]}")
    found = {
        name: {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
        for name, rounds in taken.items()
    }
    cpu = {name: figures["seconds"] for name, figures in found.items()}
    print_rows(
        "exports",
        {
            "graphml": cpu["GraphML"] / cpu["GraphML by networkx"],
            "graphml memory": found["GraphML"]["megabytes"],
            "growth": cpu["GraphML of more"] / cpu["GraphML"],
            "read graphml": cpu["GraphML read"] / found["GraphML by networkx"]["read"],
            "read nothing": found["GraphML read"]["empty"] / found["GraphML by networkx"]["read"],
            "snapshot": cpu["snapshot"] / cpu["JSON"],
            "snapshot checked": cpu["snapshot"] / found["JSON"]["checked"],
        },
    )


if __name__ == "__main__":
    main()
