"""Bridges and articulation points: against igraph, in turns in one run.

Run ``python benchmarks/connectivity.py [--rounds 7]``. Graphs are made of seeded random numbers:
power-law ends at 10,000, 100,000 and 1,000,000 edges, a random tree, a path, a star, and many small
clusters. Ours starts from arrays of ends. The peer is shown with its graph built before the clock
starts, and with the building. Ratios of medians of wall time; below 1 we need less.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import igraph
import numpy as np
from rows import print_rows, progress

from hummgraph.algorithms.kernels.connectivity import articulation_points, bridges

if TYPE_CHECKING:
    from collections.abc import Callable

    Ends = np.ndarray[Any, np.dtype[np.int32]]
    Graph = tuple[int, Ends, Ends]

SEED = 11
LARGE = "1 M edges, 60 k nodes"


def power_law(n_nodes: int, n_edges: int) -> Graph:
    """Make edges whose ends are mostly among the first nodes."""
    random = np.random.default_rng(SEED)
    a, b = (random.random((2, n_edges)) ** 3 * n_nodes).astype(np.int32)
    return n_nodes, a, b


def tree(n_nodes: int) -> Graph:
    """Hang every node on an earlier one."""
    random = np.random.default_rng(SEED)
    child = np.arange(1, n_nodes, dtype=np.int32)
    return n_nodes, (random.random(n_nodes - 1) * child).astype(np.int32), child


def path(n_nodes: int) -> Graph:
    """Build one long path."""
    nodes = np.arange(n_nodes, dtype=np.int32)
    return n_nodes, nodes[:-1], nodes[1:]


def star(n_nodes: int) -> Graph:
    """Hang every node on the first."""
    nodes = np.arange(1, n_nodes, dtype=np.int32)
    return n_nodes, np.zeros_like(nodes), nodes


def clusters(n_clusters: int) -> Graph:
    """Make clusters of eight nodes with twelve edges each."""
    random = np.random.default_rng(SEED)
    a, b = random.integers(0, 8, (2, n_clusters, 12), dtype=np.int32)
    first = 8 * np.arange(n_clusters, dtype=np.int32)[:, None]
    return 8 * n_clusters, (a + first).ravel(), (b + first).ravel()


# How each graph is made, and of how many nodes, edges or clusters.
GRAPHS: dict[str, tuple[Callable[..., Graph], tuple[int, ...]]] = {
    "10 k edges, 6 k nodes": (power_law, (6_000, 10_000)),
    "100 k edges, 20 k nodes": (power_law, (20_000, 100_000)),
    LARGE: (power_law, (60_000, 1_000_000)),
    "tree of 100 k": (tree, (100_000,)),
    "path of 1 M": (path, (1_000_000,)),
    "star of 100 k": (star, (100_000,)),
    "10 k clusters": (clusters, (10_000,)),
}


def _seconds(call: Callable[[], object]) -> float:
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def measure(name: str, rounds: int, share: float) -> dict[str, tuple[float, float]]:
    """Return our time of each function: against igraph, and against igraph with building."""
    make, sizes = GRAPHS[name]
    n_nodes, a, b = make(*(int(size * share) for size in sizes))
    ends = np.column_stack((a, b))
    peer = igraph.Graph(n_nodes, ends)
    # igraph calls every parallel edge its own, as we do; it numbers bridges and points.
    assert np.flatnonzero(bridges(n_nodes, a, b)).tolist() == sorted(peer.bridges())
    points = np.flatnonzero(articulation_points(n_nodes, a, b)).tolist()
    assert points == sorted(peer.articulation_points())
    found = {}
    for ours, theirs in ((bridges, peer.bridges), (articulation_points, peer.articulation_points)):
        runs = (partial(ours, n_nodes, a, b), theirs, partial(igraph.Graph, n_nodes, ends))
        times = [[_seconds(run) for run in runs] for _ in range(rounds)]
        mine, other, building = np.median(times, axis=0).tolist()
        found[ours.__name__] = (mine / other, mine / (other + building))
        progress(
            f"{name:26} {ours.__name__:20} {mine * 1e3:6.1f} ms {other * 1e3:6.1f} ms"
            f" {mine / other:6.2f}, with building {mine / (other + building):.2f}"
        )
    return found


def main() -> None:
    """Measure all, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--share", type=float, default=1.0, help="of the sizes")
    options = parser.parse_args()
    found = {name: measure(name, options.rounds, options.share) for name in GRAPHS}
    large = found.pop(LARGE)
    others = [
        (*ratios, f"{function.replace('_', ' ')}, {name}")
        for name, functions in found.items()
        for function, ratios in functions.items()
    ]
    slowest, built = max(others), max(others, key=lambda one: one[1])
    print_rows(
        "connectivity",
        {
            "bridges": large["bridges"][0],
            "points": large["articulation_points"][0],
            "built": max(ratio for _, ratio in large.values()),
            "others": (slowest[0], slowest[2]),
            "others built": (built[1], built[2]),
        },
    )


if __name__ == "__main__":
    main()
