"""Two-terminal reliability: the probability that working edges connect two nodes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush
from math import expm1, fsum, log, log1p, prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.kernels.adjacency import Edges
from hummgraph.algorithms.kernels.disjoint import disjoint_routes
from hummgraph.algorithms.paths.sampling import count_hits, interval
from hummgraph.algorithms.paths.series_parallel import reduce_network
from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["Network", "TwoTerminal", "bounds", "two_terminal"]

MAX_EDGES_ALWAYS_EXACT: Final = 20
MAX_FACTORING_WORK: Final = 1_000_000  # states times edges; above, bounds are returned
MAX_EDGES_FACTORED: Final = 10_000  # above, a single state takes too long
_CLOSE_BOUNDS: Final = 1e-3  # bounds this close need no sampling
MAX_BOUND_PATHS: Final = 10  # edge-disjoint paths for the lower bound
MAX_NATS: Final = 40.0  # weight of a certain edge in a cut: above that of any uncertain one


@dataclass(frozen=True, eq=False)
class Network:
    """Edges that each work with their own probability, independently of each other.

    Parameters
    ----------
    n_nodes
        Nodes are 0 to ``n_nodes`` - 1.
    source, target
        Ends of each edge, shape (n_edges,); parallel edges and loops may occur.
    probability
        In [0, 1], shape (n_edges,).
    directed
        Whether edges lead from source to target only.
    """

    n_nodes: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    probability: NDArray[np.float64]
    directed: bool

    def merged(self) -> Network:
        """Return the network without parallel edges, loops and dead edges, with edges sorted."""
        source, target = self.source, self.target
        if not self.directed:
            source, target = np.minimum(source, target), np.maximum(source, target)
        kept = np.flatnonzero((source != target) & (self.probability > 0))
        order = kept[np.lexsort((self.probability[kept], target[kept], source[kept]))]
        source, target = source[order], target[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
        begin = np.flatnonzero(first)
        # In logarithms, as a tiny probability would be lost beside 1.
        with np.errstate(divide="ignore"):
            fails = np.log1p(-self.probability[order])
        fails = np.add.reduceat(fails, begin) if len(begin) else fails
        return Network(self.n_nodes, source[begin], target[begin], -np.expm1(fails), self.directed)

    def arcs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return begin, end and edge of each direction in which an edge can be followed."""
        edge = np.arange(len(self.source))
        if self.directed:
            return self.source, self.target, edge
        begin = np.concatenate([self.source, self.target])
        return begin, np.concatenate([self.target, self.source]), np.tile(edge, 2)


@dataclass(frozen=True, slots=True)
class TwoTerminal:
    """Reliability with its bounds.

    Parameters
    ----------
    method
        ``"exact"``, ``"bounds"`` or ``"monte_carlo"``.
    value
        The reliability, the middle of its bounds, or the share of samples.
    low, high
        Bounds: certain ones, or those of an interval.
    confidence_level
        Confidence level of the interval, in (0, 1); ``None`` if the bounds are certain.
    n_samples
        Number of samples drawn, fewer than requested if these would take too long; or ``None``.
    """

    method: str
    value: float
    low: float
    high: float
    confidence_level: float | None = None
    n_samples: int | None = None


def two_terminal(
    network: Network,
    start: int,
    end: int,
    *,
    method: str = "auto",
    n_samples: int = 100_000,
    confidence_level: float = 0.95,
    seed: int = 0,
) -> TwoTerminal:
    """Return the probability that working edges connect start and end.

    Parameters
    ----------
    network
        The network.
    start, end
        The two terminals.
    method
        ``"exact"``: computed, or certain bounds if that takes too long. ``"monte_carlo"``: sampled.
        ``"auto"``: sampled if the bounds are more than 0.001 apart.
    n_samples
        Greatest number of samples, from 1.
    confidence_level
        Confidence level of the interval of a sampled value, in (0, 1).
    seed
        Seed of the samples, from 0.

    Raises
    ------
    ArgumentError
        If the seed is not a whole number from 0.

    Notes
    -----
    The exact method is factoring on nodes [1]_: the set of nodes connected with the start grows by
    a neighbouring node, or loses all edges to that node; the most probable state is taken first
    [2]_, so that the unsettled states bound the result. It is exponential at worst; it always
    completes up to 20 edges, and is not used above ten thousand. With more than 20 edges, chains
    and parallel ones are multiplied out first. An interval is that of Clopper and Pearson [3]_.

    References
    ----------
    .. [1] A. Satyanarayana, M. K. Chang: Network reliability and the factoring theorem. Networks
       13(1), 1983.
    .. [2] W. P. Dotson, J. O. Gobien: A new analysis technique for probabilistic graphs. IEEE
       Transactions on Circuits and Systems 26(10), 1979.
    .. [3] C. J. Clopper, E. S. Pearson: The use of confidence or fiducial limits illustrated in the
       case of the binomial. Biometrika 26(4), 1934.

    Examples
    --------
    >>> bridge = Network(
    ...     4,
    ...     np.array([0, 0, 1, 1, 2]),
    ...     np.array([1, 2, 2, 3, 3]),
    ...     np.full(5, 0.5),
    ...     directed=False,
    ... )
    >>> two_terminal(bridge, 0, 3).value
    0.5
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ArgumentError(f"seed is {seed!r}; it must be a whole number from 0.")
    network = network.merged()
    if method != "monte_carlo":
        if start != end and len(network.source) > MAX_EDGES_ALWAYS_EXACT:
            found = _factor(reduce_network(network, start, end), 0, 1)
        else:
            found = _factor(network, start, end)
        if method == "exact" or found.high - found.low <= _CLOSE_BOUNDS:
            return found
    n_hits, n = count_hits(network, start, end, n_samples=n_samples, seed=seed)
    low, high = interval(n_hits, n, confidence_level)
    return TwoTerminal("monte_carlo", n_hits / n, low, high, confidence_level, n)


def bounds(network: Network, start: int, end: int) -> tuple[float, float]:
    """Return certain bounds of the reliability in polynomial time.

    The lower bound is that of edge-disjoint paths, the upper bound that of a cut.

    Notes
    -----
    O(m log n) for each of ten paths, and one maximum flow.

    Examples
    --------
    >>> chain = Network(3, np.array([0, 1]), np.array([1, 2]), np.array([0.5, 0.5]), directed=True)
    >>> bounds(chain, 0, 2)
    (0.25, 0.5)
    """
    if start == end:
        return 1.0, 1.0
    network = network.merged()
    edges = Edges(
        network.n_nodes,
        network.source,
        network.target,
        network.probability,
        np.arange(len(network.source)),
        network.directed,
    )
    ways = disjoint_routes(edges, start, end, limit=MAX_BOUND_PATHS)
    if not ways:
        return 0.0, 0.0
    low = _or_probability(prod(network.probability[list(way.edges)].tolist()) for way in ways)
    return low, max(low, _cut_bound(network, start, end))


def _cut_bound(network: Network, start: int, end: int) -> float:
    """Return the probability that some edge of a small cut works."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    begin, to, edge = network.arcs()
    with np.errstate(divide="ignore"):
        nats = np.minimum(-np.log1p(-network.probability[edge]), MAX_NATS)
    # scipy counts in 32 bits; the bound of a cut found on a coarse scale is valid too.
    scale = min(2.0**20, 2.0**30 / nats[begin == start].sum())
    data: NDArray[np.int32] = np.ceil(nats * scale).astype(np.int32)
    capacity = coo_array((data, (begin, to)), shape=(network.n_nodes, network.n_nodes)).tocsr()
    left: Any = capacity - maximum_flow(capacity, start, end).flow
    left.eliminate_zeros()
    near = np.zeros(network.n_nodes, dtype=bool)
    near[breadth_first_order(left, start, return_predecessors=False)] = True
    return _or_probability(network.probability[edge[near[begin] & ~near[to]]].tolist())


_State = tuple[int, tuple[tuple[int, int], ...]]
"""Nodes connected with the start, as bits; and, for nodes outside, the nodes inside from which
every edge to it has failed."""


class _Factoring:
    """States of a network, and the two states that each splits into."""

    def __init__(self, network: Network, start: int, end: int) -> None:
        self.end = end
        self.begin: _State = (1 << start, ())
        self.before: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self.after: dict[int, int] = defaultdict(int)
        begin, to, edge = network.arcs()
        chance = network.probability[edge]
        for one, other, p in zip(begin.tolist(), to.tolist(), chance.tolist(), strict=True):
            self.before[other].append((one, p))
            self.after[one] |= 1 << other
        self.sources = {
            node: sum(1 << one for one, _ in ways) for node, ways in self.before.items()
        }
        self.far = _distances(self.before, end)

    def next(self, state: _State) -> tuple[int, float] | None:
        """Return a node next to the set, and the probability of an edge to it; ``None`` if none."""
        inside, failed = state
        tested = dict(failed)
        leading = self._nodes_to_end(inside)
        best: tuple[float, int, float] | None = None
        for node in _iterate_bits(leading):
            near = inside & ~tested.get(node, 0)
            if not self.sources.get(node, 0) & near:
                continue
            chance = _or_probability(p for one, p in self.before[node] if near >> one & 1)
            rank = (self.far[node] - log(chance), node, chance)
            best = rank if best is None else min(best, rank)
        return None if best is None else best[1:]

    def _nodes_to_end(self, inside: int) -> int:
        """Return the nodes outside from which the end can be reached without entering the set."""
        found = front = 1 << self.end
        while front:
            reached = 0
            for node in _iterate_bits(front):
                reached |= self.sources.get(node, 0)
            front = reached & ~inside & ~found
            found |= front
        return found

    @staticmethod
    def joined(state: _State, node: int) -> _State:
        """Return the state with a node in the set."""
        inside, failed = state
        return inside | 1 << node, tuple(pair for pair in failed if pair[0] != node)

    @staticmethod
    def parted(state: _State, node: int) -> _State:
        """Return the state in which every edge from the set to a node has failed."""
        inside, failed = state
        others = [pair for pair in failed if pair[0] != node]
        return inside, tuple(sorted([*others, (node, inside)]))


def _or_probability(chances: Iterable[float]) -> float:
    """Return the probability of any of several independent events, however small."""
    fails = 0.0
    several = list(chances)
    if len(several) == 1:
        return several[0]
    for chance in several:
        if chance == 1:
            return 1.0
        fails += log1p(-chance)
    return -expm1(fails)


def _iterate_bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _distances(before: dict[int, list[tuple[int, float]]], end: int) -> dict[int, float]:
    """Return the cost of the most probable path from each node to the end."""
    far: dict[int, float] = {}
    waiting = [(0.0, end)]
    while waiting:
        spent, node = heappop(waiting)
        if node in far:
            continue
        far[node] = spent
        for one, chance in before.get(node, []):
            heappush(waiting, (spent - log(chance), one))
    return far


def _factor(network: Network, start: int, end: int) -> TwoTerminal:
    if start == end:
        return TwoTerminal("exact", 1.0, 1.0, 1.0)
    n_edges = len(network.source)
    if n_edges > MAX_EDGES_FACTORED:
        low, high = bounds(network, start, end)
        return TwoTerminal("bounds", (low + high) / 2, low, high)
    limit = None if n_edges <= MAX_EDGES_ALWAYS_EXACT else MAX_FACTORING_WORK // n_edges
    states = _Factoring(network, start, end)
    mass = {states.begin: 1.0}
    waiting = [(-1.0, states.begin)]
    leads: list[float] = []
    ends: list[float] = []
    n_seen = 0
    while waiting and n_seen != limit:
        weight, state = heappop(waiting)
        if mass.get(state) != -weight:  # its mass has grown since
            continue
        n_seen += 1
        here = mass.pop(state)
        chosen = states.next(state)
        if chosen is None:
            ends.append(here)
            continue
        node, chance = chosen
        parts = [(states.parted(state, node), here * (1 - chance))]
        if node == end:
            leads.append(here * chance)
        else:
            parts.append((states.joined(state, node), here * chance))
        for part, share in parts:
            if share > 0:
                mass[part] = mass.get(part, 0.0) + share
                heappush(waiting, (-mass[part], part))
    low = min(fsum(leads), 1.0)
    if not mass:
        return TwoTerminal("exact", low, low, low)
    high = max(low, 1 - fsum(ends))
    less, more = bounds(network, start, end)
    low, high = max(low, less), min(high, more)
    return TwoTerminal("bounds", (low + high) / 2, low, high)
