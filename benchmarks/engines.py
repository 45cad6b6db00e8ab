"""Clusters of pairs by DuckDB: equal to those of one machine, and beyond its memory.

Run ``python benchmarks/engines.py [--links 2000000] [--pairs 10000000] [--memory 4GB]``. The links
of a generated organisation of 42 systems are written as Parquet and clustered by twelve
combinations of linkage, rule and threshold, in Python's memory and in DuckDB, and every node's
cluster is compared. Then pairs of seeded random numbers, half of them right, in records of five for
each thing, are clustered from Parquet in both ways: few, where no engine is needed, and many.

Each case is a process of its own, which ends after half an hour at the latest. DuckDB always has a
``memory_limit``, and allocates by itself: what it has is what ``duckdb_memory()`` says. Python's
own memory is what C's ``malloc`` holds for it (its objects too, by ``PYTHONMALLOC=malloc``), for
numpy and for scipy, also if it is free again; what Arrow has; and the pages of libraries. All of it
is looked at twenty times a second. The process has more than both, as DuckDB does not hand back at
once what it frees.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rows import print_rows, progress

import hummgraph as hg

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 11
N_SYSTEMS = 42
FEW_PAIRS = 142_334
CASE_SECONDS = 1_800
MEMORY = "4GB"
COMBINATIONS: tuple[dict[str, Any], ...] = tuple(
    {**linkage, "threshold": threshold, "one_per_group": ruled}
    for linkage in (
        {"method": "average", "average_over": "possible"},
        {"method": "average", "average_over": "present"},
        {"method": "complete"},
        {"method": "single"},
    )
    for threshold, ruled in ((0.1, True), (0.5, False), (0.85, True))
)


def case(*arguments: str) -> dict[str, Any]:
    """Run a case in a process of its own, and return what it measured."""
    done = subprocess.run(
        [sys.executable, __file__, "--case", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=CASE_SECONDS,
        env=os.environ | {"PYTHONMALLOC": "malloc"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# --- the pairs -----------------------------------------------------------------------------------


def write_links(path: Path, n_links: int) -> None:
    """Write the links of a generated organisation as pairs of ids, with systems as groups."""
    from hummgraph.datasets import generate_organization

    links = generate_organization(n_links=n_links, n_systems=N_SYSTEMS, seed=SEED).links
    columns: dict[str, Any] = {
        "score": [link["confidence_score"] for link in links],
        "status": [link["status"] for link in links],
    }
    for end in ("source", "target"):
        columns[end] = [link[f"{end}_field_id"] or link[f"{end}_column_id"] for link in links]
        columns[f"{end}_system"] = [link[f"{end}_integration_source_id"] for link in links]
    pq.write_table(pa.table(columns), path)


def write_pairs(path: Path, n_pairs: int) -> None:
    """Write random pairs of records as Parquet: two records in five pairs, five to a thing."""
    random = np.random.default_rng(SEED)
    n_records = max(n_pairs * 2 // 5, 100)
    n_things, half = n_records // 5, n_pairs // 2
    right = random.integers(0, n_things, half) + random.integers(0, 5, (2, half)) * n_things
    wrong = random.integers(0, n_records, (2, n_pairs - half))
    source, target = np.concatenate((right, wrong), axis=1)
    score = np.concatenate((random.beta(8, 2, half), random.beta(4, 3, n_pairs - half)))
    order = random.permutation(n_pairs)
    ids = pa.array([f"record-{number:08d}" for number in range(n_records)])
    columns = {
        name: ids.take(pa.array(end[order]))
        for name, end in zip(("source", "target"), (source, target), strict=True)
    }
    pq.write_table(pa.table({**columns, "score": score[order]}), path)


# --- what a process needs ------------------------------------------------------------------------


@contextmanager
def connected(memory: str) -> Iterator[Any]:
    """Yield a connection of DuckDB with a limit and a folder for what does not fit."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        settings: dict[str, Any] = {"memory_limit": memory, "temp_directory": folder}
        with duckdb.connect(config=settings) as connection:
            yield connection


def resident(name: str) -> int:
    """Return bytes of the process: ``VmRSS`` now, ``RssFile`` of files, ``VmHWM`` at the most."""
    found = re.search(rf"{name}:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) * 1024


class _Heap(ctypes.Structure):
    """What ``mallinfo2`` of C returns."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


class _Watch:
    """The most bytes in memory, of DuckDB and of Python, while a block runs."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor()
        self._heap = ctypes.CDLL("libc.so.6").mallinfo2
        self._heap.restype = _Heap
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.duckdb = self.python = 0

    def _look(self) -> None:
        while not self._done.wait(0.05):
            (own,) = self._cursor.execute(
                "SELECT CAST(SUM(memory_usage_bytes) AS BIGINT) FROM duckdb_memory()"
            ).fetchone()
            heap = self._heap()
            python = heap.arena + heap.hblkhd + pa.total_allocated_bytes() + resident("RssFile")
            self.duckdb, self.python = max(self.duckdb, own), max(self.python, python)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


# --- cases ---------------------------------------------------------------------------------------


def compared(path: str, number: int, memory: str) -> dict[str, float]:
    """Return how many nodes have another cluster in DuckDB than on one machine, and the parts."""
    from hummgraph.warehouse.pairs import remote_labels

    runs: list[Any] = []
    run = remote_labels.Levels.run

    def recorded(levels: Any) -> Any:
        runs.append(levels)
        return run(levels)

    options = {
        "status": "status",
        "groups": ("source_system", "target_system"),
        **COMBINATIONS[number],
    }
    with connected(memory) as connection, patch.object(remote_labels.Levels, "run", recorded):
        found = hg.cluster_pairs(path, engine=connection, **options).to_arrow_table()
    wanted = pa.table(hg.cluster_pairs(path, **options))
    both = (
        [table[name].cast(pa.large_string()).to_numpy() for name in ("node", "cluster_id")]
        for table in (found, wanted)
    )
    same = [mine == other for mine, other in zip(*both, strict=True)]
    return {
        "different": int(np.count_nonzero(~(same[0] & same[1]))),
        "n_nodes": len(wanted),
        "levels": runs[-1].n_levels,
        "largest": runs[-1].largest,
        "n_edges": runs[-1].n_edges,
    }


def clustered(path: str, rounds: int, memory: str | None) -> dict[str, float]:
    """Cluster the pairs of a file; return the seconds of processors, and the most bytes."""
    before, seconds = resident("VmRSS"), []
    if memory is None:
        for _ in range(rounds):
            begin = time.process_time()
            n_nodes = len(hg.cluster_pairs(path))
            seconds.append(time.process_time() - begin)
        growth = resident("VmHWM") - before
        return {"seconds": median(seconds), "growth": growth, "n_nodes": n_nodes}
    with connected(memory) as connection, _Watch(connection) as watch:
        for _ in range(rounds):
            begin = time.process_time()
            relation = hg.cluster_pairs(path, engine=connection)
            seconds.append(time.process_time() - begin)
            ((n_nodes,),) = relation.count("*").fetchall()
    if not watch.duckdb:
        raise RuntimeError("Nobody has looked at the memory of DuckDB.")
    return {
        "seconds": median(seconds),
        "python": watch.python,
        "duckdb": watch.duckdb,
        "process": resident("VmHWM"),
        "n_nodes": n_nodes,
    }


# --- rows ----------------------------------------------------------------------------------------


def equal(folder: Path, arguments: argparse.Namespace) -> dict[str, float | tuple[float, str]]:
    """Return how many labels differ, and the share of the largest part."""
    path = str(folder / "links.parquet")
    made = case("links", path, str(arguments.links))
    progress(f"{arguments.links:,} links are made, with {made['process'] / 1e9:.1f} GB of memory")
    runs = []
    for number in range(arguments.combinations):
        run = case("compare", path, str(number), arguments.memory or MEMORY)
        runs.append(run)
        progress(f"{' '.join(map(str, COMBINATIONS[number].values()))}: {run}")
    return {
        "different": (
            sum(run["different"] for run in runs),
            f"{len(runs)} combinations of {runs[0]['n_nodes']:,} nodes",
        ),
        "largest": (
            max(run["largest"] / max(run["n_edges"], 1) for run in runs),
            f"of {len(runs)} combinations; at most {max(run['levels'] for run in runs)} levels",
        ),
    }


def of_size(
    folder: Path, n_pairs: int, rounds: int, memory: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what random pairs take in DuckDB, and what they take on one machine."""
    path = folder / "pairs.parquet"
    write_pairs(path, n_pairs)
    progress(f"{n_pairs:,} pairs are written")
    found = []
    for limit in ([memory], []):
        found.append(case("cluster", str(path), str(rounds), *limit))
        progress(f"{'DuckDB' if limit else 'one machine'}: {found[-1]}")
    return found[0], found[1]


def beyond(folder: Path, arguments: argparse.Namespace) -> dict[str, float | tuple[float, str]]:
    """Return seconds and memory for few and for many pairs, on one machine and in DuckDB."""
    memory, n_pairs = arguments.memory or MEMORY, arguments.pairs
    engine, one = of_size(folder, min(n_pairs, FEW_PAIRS), 3, memory)
    few = (engine["seconds"] / one["seconds"], f"{engine['seconds']:.2f} of {one['seconds']:.2f} s")
    engine, one = of_size(folder, n_pairs, 1, memory)
    return {
        "few": few,
        "one seconds": (one["seconds"], f"{one['n_nodes']:,} nodes"),
        "seconds": engine["seconds"],
        "times": engine["seconds"] / one["seconds"],
        "one": (one["growth"] / n_pairs, f"{one['growth'] / 1e9:.1f} GB"),
        "python": (engine["python"] / 1e9, f"{engine['python'] / n_pairs:.0f} bytes a pair"),
        "duckdb": (engine["duckdb"] / 1e9, f"`memory_limit` {memory}"),
        "process": (engine["process"] / 1e9, "in 10^9 bytes"),
    }


def main() -> None:
    """Print the rows, or run one case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=2_000_000, help="links of the organisation")
    parser.add_argument("--pairs", type=int, default=10_000_000, help="pairs in Parquet")
    parser.add_argument("--memory", help=f"memory_limit of DuckDB; by default {MEMORY}")
    parser.add_argument("--combinations", type=int, default=len(COMBINATIONS), help="first ones")
    parser.add_argument("--case", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    match arguments.case:
        case None:
            with tempfile.TemporaryDirectory() as folder:
                figures = equal(Path(folder), arguments) | beyond(Path(folder), arguments)
            print_rows("engines", figures)
        case ["links", path, n_links]:
            write_links(Path(path), int(n_links))
            print(json.dumps({"process": resident("VmHWM")}))
        case ["compare", path, number, memory]:
            print(json.dumps(compared(path, int(number), memory)))
        case ["cluster", path, rounds, *limit]:
            print(json.dumps(clustered(path, int(rounds), limit[0] if limit else None)))


if __name__ == "__main__":
    main()
