"""Paths, lineage and projection at a million links: against scipy and networkx in the same run.

Run ``python benchmarks/paths.py [--links 1000000]``. Links are made of seeded random numbers, as in
``graph.py``. What each side keeps between questions, grouped edges here and a sparse matrix or a
dict graph there, is made before the clock runs, and its cost printed apart. Ratios are of medians;
below 1 we need less than the peer.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from operator import attrgetter
from statistics import median
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from rows import print_rows, progress, shown
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from graph import make_snapshot
from hummgraph import LinkGraph, downstream, strongest_path, strongest_paths
from hummgraph.algorithms.kernels.adjacency import graph_edges
from hummgraph.datasets import generate_organization

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 11
PAIRS, NETWORKX_PAIRS, ROUNDS = 30, 5, 5


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call takes, and its answer."""
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def best_matrix(graph: LinkGraph) -> csr_array:
    """Return the cheapest link of each ordered pair; a sparse matrix would add parallel ones up."""
    ends, weight = graph.arrays.links.ends, graph.weights
    kept = np.flatnonzero((weight > 0) & (ends.source != ends.target))
    source, target, cost = ends.source[kept], ends.target[kept], -np.log(weight[kept])
    # scipy takes an explicit 0 for no edge.
    cost = np.maximum(cost, 1e-12)
    order = np.lexsort((cost, target, source))
    source, target, cost = source[order], target[order], cost[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    shape = (graph.n_nodes, graph.n_nodes)
    return csr_array((cost[first], (source[first], target[first])), shape=shape)


def several_hops(name: str, graph: LinkGraph) -> dict[str, float | str]:
    """Follow links from the node that most leave; return times against scipy's dijkstra."""
    matrix = best_matrix(graph)
    left = np.bincount(graph.arrays.links.ends.source, minlength=graph.n_nodes)
    busiest = int(left.argmax())
    node = graph.node(busiest)
    found = downstream(graph, node, max_depth=3)  # groups edges, once a graph
    mine, theirs, capped, tables = [], [], [], []
    for _ in range(ROUNDS):
        took, fresh = timed(lambda: downstream(graph, node, max_depth=3))
        mine.append(took)
        theirs.append(timed(lambda: dijkstra(matrix, indices=busiest))[0])
        capped.append(timed(lambda: downstream(graph, node, max_depth=3, max_per_hop=500))[0])
        # The tables of a result are made when they are read first.
        tables.append(timed(partial(attrgetter("nodes", "hops", "impact"), fresh))[0])
    share = f"{100 * len(found.nodes) / graph.n_nodes:.0f} % of the nodes reached"
    progress(f"3 hops downstream in {name}: {median(mine) * 1e3:.1f} ms, {share}")
    return {
        "ratio": median(mine) / median(theirs),
        "capped": median(capped) / median(theirs),
        "tables": median(tables) / median(mine),
        "share": share,
    }


def main() -> None:
    """Measure all, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    graph = LinkGraph(make_snapshot(parser.parse_args().links))
    progress(repr(graph))
    random = np.random.default_rng(SEED)
    ends = graph.arrays.links.ends
    pairs = [
        (int(ends.source[a]), int(ends.target[b]))
        for a, b in random.integers(0, graph.n_links, (PAIRS, 2)).tolist()
    ]
    prepared, edges = timed(lambda: graph_edges(graph, directed=True, relationships=False))
    prepared += timed(lambda: (edges.leaving, edges.entering))[0]
    built, matrix = timed(lambda: best_matrix(graph))
    progress(f"prepared: ours {prepared:.2f} s, matrix {built:.2f} s")
    # Of few links, some pairs have no path.
    pairs = [(a, b) for a, b in pairs if a != b and np.isfinite(dijkstra(matrix, indices=a)[b])]
    nodes = [(graph.node(a), graph.node(b)) for a, b in pairs]

    def ours(pair: tuple[Any, Any]) -> Any:
        return timed(lambda: strongest_path(graph, *pair, directed=True))

    ours(nodes[0])  # names are indexed at the first question
    answers, peers = [], []
    for pair, (_, b) in zip(nodes, pairs, strict=True):
        answers.append(ours(pair))
        peers.append(timed(partial(dijkstra, matrix, indices=graph.index_of(pair[0]))))
        assert abs(-np.log(answers[-1][1].confidence) - peers[-1][1][b]) < 1e-6
    mine, theirs = (median(seconds for seconds, _ in side) for side in (answers, peers))
    strongest = (mine / theirs, f"{shown(mine * 1e3)} ms")
    worst = max(a / b for (a, _), (b, _) in zip(answers, peers, strict=True))

    several = median(
        timed(partial(strongest_paths, graph, *p, k=10, directed=True))[0]
        for p in nodes[:NETWORKX_PAIRS]
    )
    progress(f"ten strongest paths: {several * 1e3:.1f} ms")

    dicts: nx.DiGraph[int] = nx.DiGraph()
    coo = matrix.tocoo()
    dicts.add_weighted_edges_from(
        zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True)
    )
    slow = median(timed(partial(nx.dijkstra_path, dicts, *p))[0] for p in pairs[:NETWORKX_PAIRS])
    fast = median(seconds for seconds, _ in answers[:NETWORKX_PAIRS])
    both = median(
        timed(partial(nx.bidirectional_dijkstra, dicts, *p))[0] for p in pairs[:NETWORKX_PAIRS]
    )

    random_links = several_hops("random links, power-law ends", graph)
    organization = several_hops(
        "a generated organisation",
        LinkGraph(generate_organization(n_links=graph.n_links, seed=1).snapshot()),
    )

    table = graph.arrays.nodes.ancestor[1]
    source, target = table[ends.source], table[ends.target]
    mine = median(timed(lambda: graph.project("table"))[0] for _ in range(ROUNDS))
    theirs = median(timed(lambda: np.lexsort((target, source)))[0] for _ in range(ROUNDS))
    print_rows(
        "paths",
        {
            "strongest": strongest,
            "worst": worst,
            "networkx": fast / slow,
            "bidirectional": fast / both,
            "organization": (organization["ratio"], organization["share"]),
            "organization tables": organization["tables"],
            "random": (random_links["ratio"], random_links["share"]),
            "random capped": random_links["capped"],
            "projection": mine / theirs,
        },
    )


if __name__ == "__main__":
    main()
