"""Clustering and the merge tree: against scipy's components and against one sort, by size.

Run ``python benchmarks/clusters.py [--links 10000 1000000] [--whole 10000000]``. Links are made of
seeded random numbers: 50 systems, 6 columns for 100 links, entities of about eight columns; half of
the links are right, half of the wrong ones gather at a few columns, 7 % of the right ones are
APPROVED and 5 % of the wrong ones REJECTED. Times are the median CPU time of several runs on a
graph whose columns were read before. One sort is ``numpy.argsort`` of the confidences. Memory is
the peak of what is allocated beyond the graph, in bytes a link, in a run of its own that is not
timed. The whole way is a process that reads a snapshot, makes the graph and clusters by the default
setting; its memory is all that it ever holds, Python and libraries too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from graph import N_COLUMNS, make_snapshot, resident_peak
from rows import print_rows, progress
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hummgraph import LinkGraph, Policy, cluster, merge_tree, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (10_000, 1_000_000)
SEED = 5
THRESHOLDS = [step / 20 for step in range(20)]
SYSTEM = "integration_source"
CLUSTERINGS: tuple[dict[str, Any], ...] = (
    {"method": "auto"},
    {"method": "components"},
    {"method": "single", "one_per": SYSTEM},
    {"method": "average"},
    {"method": "average", "one_per": "table"},
    {"method": "average", "one_per": SYSTEM, "calibrate": "competition"},
    {"method": "complete"},
    {"method": "gaec", "one_per": SYSTEM},
    {"method": "best_links"},
    {"method": "clip"},
)

# What has a row of its own; of the others only the memory counts.
TIMED = {
    "merge tree, components",
    "merge tree, average",
    "auto",
    "average",
    "average, table",
    f"average, {SYSTEM}, competition",
    f"gaec, {SYSTEM}",
}


def planted(n_links: int) -> dict[str, Any]:
    """Plant entities in the columns, and find right and wrong pairs of them."""
    random = np.random.default_rng(SEED)
    n_columns = max(n_links * N_COLUMNS // 1_000_000, 100)
    n_entities = n_columns // 8
    half = n_links // 2
    # Right: two columns of one entity; column c is of entity c modulo their number.
    entity = random.integers(0, n_entities, half)
    places = random.integers(0, n_columns // n_entities, (2, half))
    right = entity + places * n_entities
    wrong = random.integers(0, n_columns, (2, n_links - half))
    hub = random.random(n_links - half) < 0.5
    wrong[0, hub] = (random.random(int(hub.sum())) ** 4 * n_columns).astype(np.int64)
    ends = np.concatenate((right, wrong), axis=1).astype(np.int32)
    confidence = np.concatenate((random.beta(8, 2, half), random.beta(4, 3, n_links - half)))
    status = np.zeros(n_links, dtype=np.int32)
    drawn = random.random(n_links)
    status[:half][drawn[:half] < 0.07] = 1
    status[half:][drawn[half:] < 0.05] = 2
    order = random.permutation(n_links)
    return {
        "source": ends[0, order],
        "target": ends[1, order],
        "confidence": confidence[order],
        "status": status[order],
    }


def seconds(run: Callable[[], object], rounds: int) -> float:
    """Return the median CPU time of some runs."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return float(np.median(times))


def scipy_components(graph: LinkGraph) -> None:
    """Find components at twenty thresholds, from arrays that are ready."""
    ends, weights = graph.arrays.links.ends, graph.weights
    for threshold in THRESHOLDS:
        kept = weights >= threshold
        one = np.ones(int(kept.sum()), dtype=np.int8)
        shape = (graph.n_nodes, graph.n_nodes)
        matrix = coo_array((one, (ends.source[kept], ends.target[kept])), shape=shape).tocsr()
        connected_components(matrix, directed=False)


def tree_components(graph: LinkGraph) -> None:
    """Find components at twenty thresholds by cutting a merge tree."""
    tree = merge_tree(graph, method="components")
    for threshold in THRESHOLDS:
        tree.cut(threshold)


def check_cuts(graph: LinkGraph) -> None:
    """Assert that cuts are clusterings, with decisions and without."""
    free = graph.with_policy(Policy(approved="score", rejected="score"))
    ends = free.arrays.links.ends
    for policy_graph in (graph, free):
        tree = merge_tree(policy_graph, method="components")
        for threshold in (0.2, 0.5, 0.8, 0.95):
            cut = tree.cut(threshold).labels
            assert np.array_equal(
                cut, cluster(policy_graph, method="components", threshold=threshold).labels
            )
            if policy_graph is free:
                kept = free.weights >= threshold
                one = np.ones(int(kept.sum()), dtype=np.int8)
                shape = (free.n_nodes, free.n_nodes)
                matrix = coo_array((one, (ends.source[kept], ends.target[kept])), shape=shape)
                n_parts, parts = connected_components(matrix, directed=False)
                large = np.bincount(parts, minlength=n_parts) > 1
                assert len(np.unique(cut[cut >= 0])) == np.count_nonzero(large)
                pairs = np.unique(np.column_stack((parts, cut))[cut >= 0], axis=0)
                assert len(pairs) == np.count_nonzero(large)


def peak(run: Callable[[], object]) -> int:
    """Return the most bytes that a run holds at once."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def measure(n_links: int, *, memory: bool) -> dict[str, float]:
    """Return the seconds of all at one size, and bytes a link if memory is measured as well."""
    graph = LinkGraph(make_snapshot(n_links, planted=planted(n_links)))
    for name in ("weights", "link_levels"):
        getattr(graph, name)
    confidence = np.nan_to_num(graph.arrays.links.confidence)
    rounds = 7 if n_links < 1_000_000 else 3
    runs: dict[str, Callable[[], object]] = {
        "merge tree, components": partial(merge_tree, graph, method="components"),
        "merge tree, average": partial(merge_tree, graph, method="average"),
    }
    for options in CLUSTERINGS:
        name = ", ".join(str(value) for value in options.values())
        runs[name] = partial(cluster, graph, **options)
    progress(f"{n_links:,} links, {graph.n_nodes:,} nodes")
    check_cuts(graph)
    found = {
        "scipy, 20 thresholds": seconds(partial(scipy_components, graph), 3),
        "20 thresholds": seconds(partial(tree_components, graph), 3),
        "sort": seconds(partial(np.argsort, confidence, kind="stable"), 7),
    }
    for name, run in runs.items():
        if name in TIMED:
            found[name] = took = seconds(run, rounds)
            each = f"{took / found['sort']:8.1f} sorts {took / n_links * 1e6:6.2f} us/link"
            progress(f"  {name:50} {took:8.3f} s {each}")
        if memory:
            found[f"{name}: memory"] = bytes_a_link = peak(run) / n_links
            progress(f"  {name:50} {bytes_a_link:8.0f} bytes a link")
    return found


def go_the_whole_way(folder: str) -> None:
    """Read a snapshot, make its graph and cluster it; print what it took."""
    graph = LinkGraph(read_snapshot(folder))
    clusters = cluster(graph)
    said = f"{graph.n_nodes:,} nodes, {len(clusters):,} clusters by {clusters.method}"
    # The peak is in KiB.
    found = {"gigabytes": resident_peak() * 1024 / 1e9, "seconds": time.process_time()}
    print(json.dumps({**found, "said": said}))


def whole_way(n_links: int) -> dict[str, Any]:
    """Return what the whole way takes, in a process of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "whole.hummgraph")
        make_snapshot(n_links, planted=planted(n_links)).write(path)
        command = [sys.executable, __file__, "--snapshot", str(path)]
        found: dict[str, Any] = json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        )
    progress(f"{n_links:,} links, the whole way: {found}")
    return found


def main() -> None:
    """Measure all sizes, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, nargs="+", default=SIZES)
    parser.add_argument("--whole", type=int, default=10_000_000, help="links of the whole way")
    parser.add_argument("--snapshot", help="go the whole way with it, and end")
    options = parser.parse_args()
    if options.snapshot:
        go_the_whole_way(options.snapshot)
        return
    sizes = options.links
    whole = whole_way(options.whole)
    found = {n_links: measure(n_links, memory=n_links == sizes[-1]) for n_links in sizes}
    least, most = found[sizes[0]], found[sizes[-1]]
    rule = f", {SYSTEM}"
    memory = {name.removesuffix(": memory"): most[name] for name in most if "memory" in name}
    trees = [name for name in memory if name.startswith("merge tree")]
    others = [name for name in memory if name not in trees]
    tree, other = (max(names, key=memory.__getitem__) for names in (trees, others))

    def growth(name: str) -> float:
        return (most[name] / sizes[-1]) / (least[name] / sizes[0])

    def sorts(name: str) -> tuple[float, str]:
        return most[name] / most["sort"], f"{most[name]:.2f} s"

    print_rows(
        "clusters",
        {
            "thresholds": most["20 thresholds"] / most["scipy, 20 thresholds"],
            "tree sorts": most["merge tree, components"] / most["sort"],
            "tree seconds": most["merge tree, components"],
            "average tree sorts": most["merge tree, average"] / most["sort"],
            "average tree seconds": most["merge tree, average"],
            "auto": sorts("auto"),
            "average": sorts("average"),
            "average, table": sorts("average, table"),
            "average, system": sorts(f"average{rule}, competition"),
            "gaec": sorts(f"gaec{rule}"),
            "average growth": growth("average"),
            "gaec growth": growth(f"gaec{rule}"),
            "memory": (memory[other], other),
            "tree memory": (memory[tree], tree),
            "whole memory": (whole["gigabytes"], "in 10^9 bytes"),
            "whole seconds": (whole["seconds"], whole["said"]),
        },
    )


if __name__ == "__main__":
    main()
