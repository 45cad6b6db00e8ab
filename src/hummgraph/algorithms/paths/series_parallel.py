"""Reduction of networks without changing their two-terminal reliability."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import expm1, log1p
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hummgraph.algorithms.paths.two_terminal import Network

__all__ = ["reduce_network"]


def reduce_network(network: Network, start: int, end: int) -> Network:
    """Return an equally reliable network from node 0 to node 1, without chains and dead ends.

    A node with two neighbours is replaced by an edge between them, which works if both its edges
    do; a node with fewer neighbours is removed with its edges; parallel edges are merged. A network
    of chains and parallel paths becomes a single edge.

    Parameters
    ----------
    network
        A network without loops and parallel edges, as ``merged`` returns it.
    start, end
        The two terminals.

    Notes
    -----
    O(n + m) for n nodes and m edges.

    Examples
    --------
    >>> from hummgraph.algorithms.paths.two_terminal import Network
    >>> chain = Network(3, np.array([0, 1]), np.array([1, 2]), np.array([0.5, 0.5]), directed=True)
    >>> reduce_network(chain, 0, 2).probability.tolist()
    [0.25]
    """
    near: dict[int, set[int]] = defaultdict(set)
    chance: dict[tuple[int, int], float] = {}
    begin, to, edge = network.arcs()
    probability = network.probability[edge]
    for one, other, p in zip(begin.tolist(), to.tolist(), probability.tolist(), strict=True):
        near[one].add(other)
        near[other].add(one)
        chance[one, other] = p
    kept = {start, end}
    waiting = [node for node in sorted(near) if node not in kept and len(near[node]) <= 2]
    while waiting:
        node = waiting.pop()
        # It is queued once more for each neighbour that was removed.
        around = sorted(near.pop(node, ()))
        into = [chance.pop((one, node), 0.0) for one in around]
        out = [chance.pop((node, one), 0.0) for one in around]
        for one in around:
            near[one].discard(node)
        if len(around) == 2:
            one, other = around
            for a, b, p in ((one, other, into[0] * out[1]), (other, one, into[1] * out[0])):
                if p > 0:
                    chance[a, b] = _or_probability(chance.get((a, b), 0.0), p)
                    near[a].add(b)
                    near[b].add(a)
        waiting += [one for one in around if one not in kept and len(near[one]) <= 2]
    place = {start: 0, end: 1}
    for node in sorted(near):
        place.setdefault(node, len(place))
    rows = sorted(
        (place[a], place[b], p)
        for (a, b), p in chance.items()
        if network.directed or place[a] < place[b]
    )
    return replace(
        network,
        n_nodes=len(place),
        source=np.array([row[0] for row in rows], dtype=np.int64),
        target=np.array([row[1] for row in rows], dtype=np.int64),
        probability=np.array([row[2] for row in rows], dtype=np.float64),
    )


def _or_probability(p: float, q: float) -> float:
    """Return the probability of either of two independent events, however small."""
    if p == 0 or q == 1:
        return q
    return 1.0 if p == 1 else -expm1(log1p(-p) + log1p(-q))
