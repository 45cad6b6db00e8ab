"""Functions of networkx on a view, answered from its arrays: against networkx itself.

Run ``python benchmarks/dispatch.py [--links 142334] [--rounds 3]``. The links are those of
``benchmarks/graph.py``, of a seed of its own. Each figure is the median CPU time of the same call
of networkx, in turns: answered by the backend, and by networkx on the same view
(``backend="networkx"``). The results are compared, and must be equal. The first call of a function
on a new view is measured, in which it makes what it keeps of the arrays. What the entry point adds
to ``import networkx`` is the least difference of fresh processes with and without it.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import time
from importlib.metadata import entry_points
from typing import Any

import networkx as nx
from graph import make_snapshot
from rows import print_rows, progress
from scipy.sparse import csgraph  # noqa: F401 - so that no call is charged with its import

from hummgraph import LinkGraph

SEED = 30
N_IMPORTS = 12  # for each round

IMPORT = """
import importlib.metadata, time
if {without}:
    found = importlib.metadata.entry_points
    importlib.metadata.entry_points = lambda **given: found(**given, **{{"module": ""}})
before = time.process_time()
import networkx
print(time.process_time() - before)
"""


def call(name: str, view: nx.MultiDiGraph[str], args: tuple[Any, ...], **chosen: str) -> Any:
    """Return what a function returns, whole, and the CPU time that it took."""
    gc.collect()
    before = time.process_time()
    found = getattr(nx, name)(view, *args, **chosen)
    found = list(found) if name == "weakly_connected_components" else found
    return found, time.process_time() - before


def import_more(rounds: int) -> float:
    """Return how many milliseconds of CPU time the entry point adds to ``import networkx``."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds * N_IMPORTS):
        for without, times in taken.items():
            code = IMPORT.format(without=without)
            done = subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, text=True
            )
            times.append(float(done.stdout))
    return 1000 * (min(taken[False]) - min(taken[True]))


def main() -> None:
    """Measure each function, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=142_334)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if not entry_points(group="networkx.backends", name="hummgraph"):
        sys.exit("networkx finds the backend of an installed project: pip install -e .")
    graph = LinkGraph(make_snapshot(given.links, SEED))
    copy: nx.MultiDiGraph[str] = nx.MultiDiGraph(graph.to_networkx())
    busy = max(copy, key=copy.out_degree)
    functions: dict[str, tuple[Any, ...]] = {
        "pagerank": (),
        "weakly_connected_components": (),
        "degree_centrality": (),
        "single_source_dijkstra": (busy,),
        "shortest_path": (busy,),
    }
    figures: dict[str, float | tuple[float, str]] = {}
    for name, args in functions.items():
        ours, theirs, copied = [], [], []
        for _ in range(given.rounds):
            view = graph.to_networkx()
            found, seconds = call(name, view, args)
            ours.append(seconds)
            expected, seconds = call(name, view, args, backend="networkx")
            theirs.append(seconds)
            assert repr(found) == repr(expected) or found == expected
            copied.append(call(name, copy, args)[1])
        mine, peer, of_copy = map(statistics.median, (ours, theirs, copied))
        figures[name] = (
            mine / peer,
            f"{mine:.3f} s of {peer:.2f} s; on a copy of the view {of_copy:.2f} s",
        )
        progress(f"{name}: {figures[name]}")
    figures["import"] = max(import_more(given.rounds), 0.0)
    print_rows("dispatch", figures)


if __name__ == "__main__":
    main()
