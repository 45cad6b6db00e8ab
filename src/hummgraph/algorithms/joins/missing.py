"""Links that are missing between two tables that no way joins."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.joins.keys import Grade, JoinKey
from hummgraph.algorithms.joins.net import Join
from hummgraph.algorithms.joins.path import JoinPath, JoinPaths
from hummgraph.algorithms.kernels.adjacency import Edges
from hummgraph.algorithms.kernels.shortest import Search
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import DETERMINISTIC, REJECTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hummgraph.algorithms.joins.net import JoinNet
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["find_missing", "find_uncounted"]

MAX_ALIKE: Final = 5

# A link without a weight counts as next to impossible: a path without it is preferred if any.
_TINY_WEIGHT: Final = 1e-300


def find_missing(
    net: JoinNet,
    ends: tuple[int, int],
    build: Callable[[JoinNet, int, JoinKey, tuple[Join, ...]], JoinPath],
) -> JoinPaths:
    """Return the nearest path over links without a weight, or columns with equal names."""
    alive = net.living(ends)
    kept = np.flatnonzero(alive[net.source] & alive[net.target])
    for chosen in (kept, np.arange(len(net.item))):
        edges = _edges(net, chosen)
        route = Search(edges, {ends[0]}, {ends[1]}).run()
        if route is not None:
            links = edges.item[list(route.edges)]
            if not np.isnan(net.weight[links]).any():
                return JoinPaths(())  # there is a way: the search stopped before it
            way = _way_of(net, ends[0], links.tolist())
            return JoinPaths((), missing=build(net, ends[0], max(j.grade.key for j in way), way))
    sides = [_reachable_tables(edges, end) for end in ends]
    return JoinPaths(
        (),
        alike=_columns_alike(net, sides),
        n_other_levels=_count_leading_on(net.graph, sides),
    )


def find_uncounted(
    net: JoinNet,
    ends: tuple[int, int],
    build: Callable[[JoinNet, int, JoinKey, tuple[Join, ...]], JoinPath],
) -> JoinPath | None:
    """Return the direct link without a weight that would identify rows if somebody approved it."""
    links = net.graph.arrays.links
    there = np.isin(net.end_tables, ends).all(axis=0) & np.isnan(net.weight) & (net.item >= 0)
    ranked = []
    for at in np.flatnonzero(there).tolist():
        item = int(net.item[at])
        begin, end = int(net.source[at]), int(net.target[at])
        grade = net.meanings.grade(begin, end, decided=True)
        if links.status[item] != REJECTED and grade.key is JoinKey.IDENTIFYING:
            ranked.append((links.link_type[item] != DETERMINISTIC, item, at))
    if not ranked:
        return None
    return build(net, ends[0], JoinKey.IDENTIFYING, _way_of(net, ends[0], [min(ranked)[2]]))


def _edges(net: JoinNet, chosen: NDArray[np.int64]) -> Edges:
    """Return some of the joins as edges between tables."""
    source, target = net.end_tables[:, chosen]
    weight = np.where(np.isnan(net.weight[chosen]), _TINY_WEIGHT, net.weight[chosen])
    return Edges(net.graph.n_nodes, source, target, weight, chosen, directed=False)


def _way_of(net: JoinNet, start: int, links: list[int]) -> tuple[Join, ...]:
    way, table = [], start
    for at in links:
        forward = int(net.end_tables[0, at]) == table
        begin, end = int(net.source[at]), int(net.target[at])
        if not forward:
            begin, end = end, begin
        grade: Grade = net.grade(at, begin, end)
        table = int(net.end_tables[int(forward), at])
        weight = float(net.weight[at])
        way.append(Join(begin, end, table, (at,), grade, weight, weight, 0.0, actor=False))
    return tuple(way)


def _count_leading_on(graph: LinkGraph, sides: list[NDArray[np.bool_]]) -> int:
    """Return the number of weighted links of whole tables or systems that lead on from a side."""
    nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
    leading = np.zeros(graph.n_links, dtype=bool)
    for tables in sides:
        near = _nodes_in_tables(nodes.ancestor[1], tables)
        systems = nodes.ancestor[0][tables]
        near[systems[systems >= 0]] = True
        leading |= near[ends.source] != near[ends.target]
    columns = graph.link_levels == Level.COLUMN.depth
    return int((leading & ~columns & (graph.weights > 0)).sum())


def _nodes_in_tables(table: NDArray[np.int32], tables: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask of the nodes whose table is one of some."""
    within: NDArray[np.bool_] = (table >= 0) & tables[table]
    return within


def _columns_alike(net: JoinNet, joined: list[NDArray[np.bool_]]) -> tuple[tuple[str, str], ...]:
    """Return pairs of columns with equal names, in tables reached from either table."""
    nodes = net.graph.arrays.nodes
    sides = []
    for tables in joined:
        named = defaultdict(list)
        for column in np.flatnonzero(
            _nodes_in_tables(nodes.ancestor[1], tables) & (nodes.depth == 2)
        ):
            if net.meanings.of(int(column)).quality is JoinKey.IDENTIFYING:
                named[nodes.name[int(column)].as_py().casefold()].append(int(column))
        sides.append(named)
    pairs = [
        (a, b)
        for name in sorted(sides[0].keys() & sides[1].keys() - {"id"})
        for a in sides[0][name]
        for b in sides[1][name]
    ]
    pairs.sort(key=lambda pair: bool(nodes.deleted[list(pair)].any()))
    paths = nodes.marked_path
    return tuple((paths[a].as_py(), paths[b].as_py()) for a, b in islice(pairs, MAX_ALIKE))


def _reachable_tables(edges: Edges, start: int) -> NDArray[np.bool_]:
    """Return a mask of the tables that one can be joined with, including itself."""
    reached = np.zeros(edges.n_nodes, dtype=bool)
    reached[start] = True
    front = np.array([start])
    while len(front):
        there = np.unique(edges.leaving.node[edges.leaving.slots_of(front)])
        front = there[~reached[there]]
        reached[front] = True
    return reached
