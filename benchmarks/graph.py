"""Columns to graph, filter and components, networkx view: against networkx and scipy.

Run ``python benchmarks/graph.py [--links 1000000] [--rounds 3]``. Links are made of seeded random
numbers: 50 systems, 60,000 columns, power-law ends. Every figure is taken in a fresh process, and
is the median of several: CPU seconds, and growth of the peak of resident memory. Ratios are against
the peer in the same run; below 1 we need less than it.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from rows import print_rows, progress

from hummgraph import LinkGraph, cluster
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.ids import id_array
from hummgraph.records.quarantine import Drift, Quarantine
from hummgraph.records.schema import LINK_SCHEMA
from hummgraph.snapshot.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

N_SYSTEMS, N_TABLES, N_COLUMNS = 50, 3_000, 60_000
SEED = 7
THRESHOLD = 0.7


def make_snapshot(
    n_links: int, seed: int = SEED, *, planted: Mapping[str, Any] | None = None
) -> Snapshot:
    """Make validated columns of random links between columns of databases.

    ``planted`` may say otherwise: columns of the two ends, status codes, confidences, by name.
    """
    random = np.random.default_rng(seed)
    n_columns = N_COLUMNS
    if planted is not None:
        n_columns = max(n_columns, *(int(planted[side].max()) + 1 for side in ("source", "target")))

    def ids(n: int) -> pa.Array:
        return id_array(random.integers(0, 256, (n, 16), dtype=np.uint8))

    systems, tables, columns = ids(N_SYSTEMS), ids(N_TABLES), ids(n_columns)
    table_of = random.integers(0, N_TABLES, n_columns, dtype=np.int32)
    system_of = random.integers(0, N_SYSTEMS, N_TABLES, dtype=np.int32)
    nothing = pa.array([], pa.binary(16))

    def coded(codes: np.ndarray[Any, np.dtype[np.int32]] | None, values: pa.Array) -> pa.Array:
        empty = pa.nulls(n_links, pa.int32())
        return pa.DictionaryArray.from_arrays(empty if codes is None else codes, values)

    arrays: dict[str, pa.Array] = {
        "link_id": ids(n_links),
        "organization_id": coded(np.zeros(n_links, dtype=np.int32), ids(1)),
    }
    for side in ("source", "target"):
        column = (random.random(n_links) ** 3 * n_columns).astype(np.int32)
        column = column if planted is None else planted[side]
        table = table_of[column]
        arrays[f"{side}_integration_source_id"] = coded(system_of[table], systems)
        arrays[f"{side}_table_id"] = coded(table, tables)
        arrays[f"{side}_column_id"] = coded(column, columns)
        arrays[f"{side}_saas_object_id"] = coded(None, nothing)
        arrays[f"{side}_field_id"] = coded(None, nothing)
    status = random.choice(3, n_links, p=[0.9, 0.07, 0.03]).astype(np.int32)
    link_type = random.choice(2, n_links, p=[0.1, 0.9]).astype(np.int32)
    arrays["status"] = pa.DictionaryArray.from_arrays(status, ["SUGGESTED", "APPROVED", "REJECTED"])
    arrays["link_type"] = pa.DictionaryArray.from_arrays(
        link_type, ["DETERMINISTIC", "PROBABILISTIC"]
    )
    confidence = random.beta(4, 2, n_links)
    if planted is not None:
        arrays["status"] = pa.DictionaryArray.from_arrays(
            planted["status"], ["SUGGESTED", "APPROVED", "REJECTED"]
        )
        confidence = planted["confidence"]
    arrays["confidence"] = pa.array(confidence, mask=random.random(n_links) < 0.02)
    arrays["evidence"] = pa.array(np.full(n_links, '{"method":"similarity"}'), pa.large_string())
    moment = pa.array(np.full(n_links, 1_767_607_200_000_000), pa.timestamp("us", tz="UTC"))
    arrays["created_at"] = arrays["updated_at"] = moment
    return Snapshot(
        links=pa.table({field.name: arrays[field.name] for field in LINK_SCHEMA}, LINK_SCHEMA),
        catalogue=Catalogue.empty(),
        quarantine=Quarantine(),
        n_records=n_links,
        flags={},
        drift=Drift({}, {}),
        organization_id=UUID(int=1),
    )


def _networkx_graph(snapshot: Snapshot) -> object:
    """Build what a user would build by hand: ids as text, four attributes a link."""
    import networkx as nx

    links = LinkGraph(snapshot).links.to_arrow()
    names = ("source", "target", "link_id", "confidence", "status", "link_type")
    rows = list(zip(*(links.column(name).to_pylist() for name in names), strict=True))
    gc.collect()
    memory, before = _set_back(), time.process_time()
    graph = nx.MultiDiGraph()
    graph.add_edges_from(
        (source, target, key, {"confidence": confidence, "status": status, "link_type": kind})
        for source, target, key, confidence, status, kind in rows
    )
    _report(before, memory)
    return graph


def _build(snapshot: Snapshot) -> None:
    memory, before = _set_back(), time.process_time()
    graph = LinkGraph(snapshot)
    _report(before, memory)
    del graph


def _components(snapshot: Snapshot, **only: Any) -> None:
    """Filter and find components; the peer gets links that are filtered already. In turns."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = LinkGraph(snapshot)
    # The peer knows no decisions; what is rejected it does not get.
    peers = {"status": ["SUGGESTED", "APPROVED"], **only}
    filtered = graph.where(min_confidence=THRESHOLD, **peers)
    ends = filtered.arrays.links.ends
    shape = (graph.n_nodes, graph.n_nodes)
    found: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(9):
        before = time.process_time()
        kept = graph.where(min_confidence=THRESHOLD, **only)
        cluster(kept, method="components", threshold=THRESHOLD)
        found["ours"].append(time.process_time() - before)
        before = time.process_time()
        matrix = coo_array((np.ones(filtered.n_links, np.int8), (ends.source, ends.target)), shape)
        connected_components(matrix, directed=False)
        found["peer"].append(time.process_time() - before)
    # The first round pays for imports and caches; the median is of the others.
    ours, peer = (float(np.median(times[1:])) for times in found.values())
    print(json.dumps({"seconds": ours, "peer": peer, "ratio": ours / peer}))


def _view(snapshot: Snapshot) -> None:
    import_module("networkx")  # before the clock starts

    graph = LinkGraph(snapshot)
    graph.link(0)
    memory, before = _set_back(), time.process_time()
    view = graph.to_networkx()
    view.number_of_nodes()
    next(iter(view.edges(data=True)))
    _report(before, memory)


MEASURES: dict[str, Callable[[Snapshot], object]] = {
    "networkx MultiDiGraph": _networkx_graph,
    "LinkGraph": _build,
    "components": partial(_components, status="SUGGESTED"),
    "components, decisions": _components,
    "view": _view,
}


def resident_peak() -> int:
    """Return the peak of resident memory, in KiB, since it was last set back."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def _set_back() -> int:
    """Reset the peak to what is in use now (Linux), and return it."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return resident_peak()


def _report(before: float, memory: int) -> None:
    seconds = time.process_time() - before
    # VmHWM is in KiB.
    print(json.dumps({"seconds": seconds, "megabytes": (resident_peak() - memory) * 1024 / 1e6}))


def _measure(name: str, n_links: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--links", str(n_links), "--one", name]
    answer: dict[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return answer


def main() -> None:
    """Measure all in turns, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=list(MEASURES))
    options = parser.parse_args()
    if options.one:
        MEASURES[options.one](make_snapshot(options.links))
        return
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in MEASURES}
    for _ in range(options.rounds):
        for name, rounds in taken.items():
            rounds.append(_measure(name, options.links))
            progress(f"{name}: {rounds[-1]}")
    found = {
        name: {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
        for name, rounds in taken.items()
    }
    graph, peer, view = found["LinkGraph"], found["networkx MultiDiGraph"], found["view"]
    print_rows(
        "graph",
        {
            "time": (graph["seconds"] / peer["seconds"], f"{graph['seconds']:.2f} s"),
            "memory": (graph["megabytes"] / peer["megabytes"], f"{graph['megabytes']:.0f} MB"),
            "components": found["components"]["ratio"],
            "decided components": found["components, decisions"]["ratio"],
            "view time": view["seconds"],
            "view memory": view["megabytes"],
        },
    )


if __name__ == "__main__":
    main()
