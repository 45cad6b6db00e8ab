"""Clusters of pairs by DuckDB: equal to those of one machine, and beyond its memory.

Run ``python benchmarks/engines.py [--links 2000000] [--pairs 10000000] [--memory 4GB]``. The links
of a generated organisation of 42 systems are clustered by twelve combinations of linkage, rule and
threshold, in Python's memory and in DuckDB, and every node's cluster is compared. Then pairs of
seeded random numbers, half of them right, in records of five for each thing, are written as
Parquet and clustered from there, by one machine and in DuckDB, each in a process of its own. What
DuckDB has allocated is what its own ``duckdb_memory()`` says; the rest of what is resident is
Python's, with Arrow, numpy and what DuckDB has freed and not handed back. Both are looked at twenty
times a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rows import print_rows, progress

import hummgraph as hg
from hummgraph.datasets import generate_organization
from hummgraph.warehouse.pairs import remote_labels

SEED = 11
N_SYSTEMS = 42
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


def organization_pairs(n_links: int) -> pa.Table:
    """Return the links of a generated organisation as pairs of ids, with systems as groups."""
    organization = generate_organization(n_links=n_links, n_systems=N_SYSTEMS, seed=SEED)
    columns: dict[str, list[Any]] = {"score": [], "status": []}
    for end in ("source", "target"):
        columns[end] = [
            link[f"{end}_field_id"] or link[f"{end}_column_id"] for link in organization.links
        ]
        columns[f"{end}_system"] = [
            link[f"{end}_integration_source_id"] for link in organization.links
        ]
    columns["score"] = [link["confidence_score"] for link in organization.links]
    columns["status"] = [link["status"] for link in organization.links]
    return pa.table(columns)


def compared(n_links: int) -> dict[str, float | tuple[float, str]]:
    """Return how many labels differ between DuckDB and one machine, and the largest part."""
    pairs = organization_pairs(n_links)
    progress(f"{len(pairs):,} pairs of an organisation are made")
    runs: list[Any] = []
    run = remote_labels.Levels.run

    def recorded(levels: Any) -> Any:
        runs.append(levels)
        return run(levels)

    remote_labels.Levels.run = recorded  # type: ignore[method-assign] - what the parts are is seen there
    named: dict[str, Any] = {"status": "status", "groups": ("source_system", "target_system")}
    n_wrong = n_nodes = 0
    seconds = {"one machine": 0.0, "DuckDB": 0.0}
    for options in COMBINATIONS:
        begin = time.perf_counter()
        wanted = hg.cluster_pairs(pairs, **named, **options)
        seconds["one machine"] += time.perf_counter() - begin
        with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
            begin = time.perf_counter()
            relation = hg.cluster_pairs(pairs, engine=connection, **named, **options)
            seconds["DuckDB"] += time.perf_counter() - begin
            found = relation.to_arrow_table()
        same = [
            found[name].combine_chunks().cast(pa.large_string()).to_numpy(zero_copy_only=False)
            == wanted[name].combine_chunks().cast(pa.large_string()).to_numpy(zero_copy_only=False)
            for name in ("node", "cluster_id")
        ]
        n_nodes = len(wanted)
        n_wrong += int(np.count_nonzero(~(same[0] & same[1])))
        levels = runs[-1]
        progress(
            f"{' '.join(map(str, options.values()))}: {n_wrong} differ so far, {levels.n_levels}"
            f" levels, the largest part {levels.largest:,} of {levels.n_edges:,} edges"
        )
    remote_labels.Levels.run = run  # type: ignore[method-assign]
    times = ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
    largest = max(levels.largest / max(levels.n_edges, 1) for levels in runs)
    return {
        "different": (n_wrong, f"{len(COMBINATIONS)} combinations of {n_nodes:,} nodes; {times}"),
        "largest": (largest, f"of {len(runs)} combinations"),
    }


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


def resident() -> int:
    """Return the bytes of the process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


class _Watch:
    """The most bytes in memory, of the process and of DuckDB, while a block runs."""

    def __init__(self, connection: Any = None) -> None:
        self._cursor = None if connection is None else connection.cursor()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.process = self.duckdb = self.python = 0

    def _look(self) -> None:
        while not self._done.wait(0.05):
            own = 0
            if self._cursor is not None:
                (own,) = self._cursor.execute(
                    "SELECT CAST(SUM(memory_usage_bytes) AS BIGINT) FROM duckdb_memory()"
                ).fetchone()
            now = resident()
            self.process = max(self.process, now)
            self.duckdb = max(self.duckdb, own)
            self.python = max(self.python, now - own)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def clustered(path: str, memory: str | None) -> dict[str, float]:
    """Cluster the pairs of a file; return the seconds and the most bytes."""
    before = resident()
    if memory is None:
        begin = time.perf_counter()
        with _Watch() as watch:
            n_nodes = len(hg.cluster_pairs(path))
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "growth": watch.process - before, "n_nodes": n_nodes}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{memory}'; SET temp_directory = '{folder}'")
        begin = time.perf_counter()
        with _Watch(connection) as watch:
            relation = hg.cluster_pairs(path, engine=connection)
        seconds = time.perf_counter() - begin
        ((n_nodes,),) = relation.count("*").fetchall()
    return {
        "seconds": seconds,
        "python": watch.python,
        "duckdb": watch.duckdb,
        "process": watch.process,
        "n_nodes": n_nodes,
    }


def beyond(n_pairs: int, memory: str) -> dict[str, float | tuple[float, str]]:
    """Return seconds and memory for many pairs, by one machine and in DuckDB."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.parquet"
        write_pairs(path, n_pairs)
        progress(f"{n_pairs:,} pairs are written")
        for name, limit in (("duckdb", ["--memory", memory]), ("one", [])):
            command = [sys.executable, __file__, "--cluster", str(path), *limit]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[name] = json.loads(done.stdout)
            progress(f"{name}: {found[name]}")
    one, engine = found["one"], found["duckdb"]
    return {
        "seconds": (
            engine["seconds"],
            f"one machine {one['seconds']:.0f} s; {one['n_nodes']:,} nodes",
        ),
        "times": engine["seconds"] / one["seconds"],
        "python": (engine["python"] / 1e9, "in 10^9 bytes"),
        "duckdb": (
            engine["duckdb"] / 1e9,
            f"memory_limit = '{memory}'; {engine['process'] / 1e9:.1f} of the process in sum",
        ),
        "one": (one["growth"] / n_pairs, f"{one['growth'] / 1e9:.1f} GB"),
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=2_000_000, help="links of the organisation")
    parser.add_argument("--pairs", type=int, default=10_000_000, help="pairs in Parquet")
    parser.add_argument("--memory", help="memory_limit of DuckDB; by default 4GB")
    parser.add_argument("--cluster", metavar="FILE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cluster:
        print(json.dumps(clustered(arguments.cluster, arguments.memory)))
        return
    figures = beyond(arguments.pairs, arguments.memory or "4GB")
    print_rows("engines", {**compared(arguments.links), **figures})


if __name__ == "__main__":
    main()
