"""Communities: Markov clustering and Leiden, which find densely linked groups."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.kruskal import join_in_order
from hummgraph.algorithms.clustering.matching import allowed, in_pair_order
from hummgraph.algorithms.kernels.components import components, first_seen
from hummgraph.errors import ArgumentError, MemoryLimitError, MissingDependencyError
from hummgraph.frames import size_text

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import Pairs

__all__ = ["MAX_MEMORY", "leiden", "markov", "separate"]

MAX_MEMORY: Final = 2 * 2**30
"""Bytes that `markov` may use for its matrices by default."""

MIN_FLOW_SHARE: Final = 1 / 4000
"""Flow below this is dropped after each expansion, as in van Dongen's own program by default."""

MAX_ROUNDS: Final = 100
"""Most rounds of expansion and inflation; flows converge in 10 to 30 as a rule."""

MAX_CHANGE: Final = 1e-6
"""Flow that no round changes by more has converged; entries as close as that count as equal."""

BYTES_PER_ENTRY: Final = 12
"""Bytes of one entry of a sparse matrix: a float and the number of its column."""

MAX_BLOCK_ENTRIES: Final = 2_000_000
"""Entries that one expansion makes at most before it is pruned; a single row may need more."""

LEIDEN_PASSES: Final = 3
LEIDEN_TRIALS: Final = 3
"""Runs of Leiden from scratch, and iterations of each run; the best result is taken."""


def markov(
    pairs: Pairs,
    constraints: Constraints,
    *,
    inflation: float = 2.0,
    max_memory: int = MAX_MEMORY,
) -> NDArray[np.int32]:
    """Return clusters by Markov clustering: where random walks from each node end.

    Parameters
    ----------
    pairs
        Best first, none below the threshold; scores are the weights.
    constraints
        Must-linked nodes are one node, as though each were tied to each other with score 1. Pairs
        that may not be together are left out, and clusters that break a constraint
        are taken apart by `separate`.
    inflation
        Above 1; the higher, the smaller the clusters.
    max_memory
        Most bytes that the matrices may take, above 0.

    Returns
    -------
    NDArray[np.int32]
        Cluster of each node, numbered by their first nodes, shape (n_nodes,).

    Raises
    ------
    ArgumentError
        If ``inflation`` is not above 1.
    MemoryLimitError
        If a component may need more memory, before it is taken: each block of an expansion counts
        by the most entries that it can have.

    Notes
    -----
    Each node has a loop with score 1. In a round flows are squared (expansion), those below 1/4000
    are dropped but for the largest of a node, and the rest is raised to ``inflation`` and made to
    sum to 1 [1]_. Rounds end when none changes a flow by more than 1e-6, after 100 at the latest. A
    node goes with the place to which most of its flow goes; of several that are equal, with the one
    whose pairs stand first. O(n k²) for n nodes with up to k ≤ 4000 flows each, a round.

    References
    ----------
    .. [1] S. van Dongen: Graph clustering by flow simulation. PhD thesis, University of Utrecht,
       2000. https://dspace.library.uu.nl/handle/1874/848

    Examples
    --------
    >>> import numpy as np
    >>> from hummgraph.algorithms.clustering.constraints import Constraints
    >>> from hummgraph.algorithms.clustering.problem import Pairs
    >>> pairs = Pairs(
    ...     n_nodes=6,
    ...     a=np.array([0, 0, 1, 3, 3, 4, 2], dtype=np.int32),
    ...     b=np.array([1, 2, 2, 4, 5, 5, 3], dtype=np.int32),
    ...     score=np.array([0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.4]),
    ...     approved=np.zeros(7, dtype=bool),
    ...     link_index=np.arange(7),
    ... )
    >>> none = np.empty((0, 2), dtype=np.int32)
    >>> free = Constraints(6, none, none, np.empty(0, dtype=np.int64), group=None)
    >>> markov(pairs, free).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if not inflation > 1.0:
        raise ArgumentError(f"inflation is {inflation!r}; it must be a number above 1.")
    graph = _unit_graph(pairs, constraints)
    if not len(graph.units):
        return first_seen(constraints.unit)
    component = components(len(graph.units), graph.x, graph.y)
    # Small components share a matrix: they do not mix, and calls cost.
    size = np.bincount(component)
    batch = (np.cumsum(size**2) // MAX_BLOCK_ENTRIES)[component]
    lead = np.arange(len(graph.units))
    order = np.argsort(batch, kind="stable")
    of_edge = batch[graph.x]
    by_batch = np.argsort(of_edge, kind="stable")
    starts = np.searchsorted(of_edge[by_batch], np.unique(batch))
    groups = np.split(order, np.flatnonzero(np.diff(batch[order])) + 1)
    edges = np.split(by_batch, starts[1:])
    number = np.empty(len(graph.units), dtype=np.intp)
    for nodes, chosen in zip(groups, edges, strict=True):
        number[nodes] = np.arange(len(nodes))
        flow = _first_flow(
            number[graph.x[chosen]],
            number[graph.y[chosen]],
            graph.weight[chosen],
            constraints.unit_size[graph.units[nodes]],
        )
        lead[nodes] = nodes[_row_leads(_flow_limit(flow, inflation, max_memory))]
    clusters = components(len(graph.units), np.arange(len(graph.units)), lead)
    return separate(graph.labels(clusters, constraints), pairs, constraints)


def leiden(
    pairs: Pairs, constraints: Constraints, *, resolution: float = 0.4, seed: int = 0
) -> NDArray[np.int32]:
    """Return clusters whose pairs have more score than a constant share of all possible pairs.

    The constant Potts model [2]_: the sum over clusters of what their pairs score, less
    ``resolution`` for each two members, is maximised by the Leiden algorithm [1]_. So the mean
    score over possible pairs, where missing ones count as 0, is at least ``resolution`` in a
    cluster, and below it between any two clusters.

    Parameters
    ----------
    pairs
        Best first, none below the threshold; scores are the weights.
    constraints
        Must-linked nodes are one node of their size. Pairs that may not be together are left out,
        and clusters that break a constraint are taken apart by `separate`.
    resolution
        Least density of a cluster, above 0, on the scale of the scores.
    seed
        Start of the random numbers, at least 0. The same one gives the same clusters.

    Returns
    -------
    NDArray[np.int32]
        Cluster of each node, numbered by their first nodes, shape (n_nodes,).

    Raises
    ------
    ArgumentError
        If ``resolution`` is not above 0.
    MissingDependencyError
        If graspologic-native is not installed.

    Notes
    -----
    Near-linear in the number of pairs. The best of three runs of three iterations is taken. The
    library has no sizes of nodes; a unit of k nodes is given to it as a node with k - 1 others that
    hang on it by a weight that none can overcome, which has the same optimum.

    References
    ----------
    .. [1] V. Traag, L. Waltman, N. van Eck: From Louvain to Leiden: guaranteeing well-connected
       communities. Scientific Reports 9, 2019. https://doi.org/10.1038/s41598-019-41695-z
    .. [2] V. Traag, P. Van Dooren, Y. Nesterov: Narrow scope for resolution-limit-free community
       detection. Physical Review E 84, 2011. https://doi.org/10.1103/PhysRevE.84.016114
    """
    if not resolution > 0.0:
        raise ArgumentError(f"resolution is {resolution!r}; it must be a number above 0.")
    try:
        # The package has no types.
        native: Any = import_module("graspologic_native")
    except ImportError as error:
        raise MissingDependencyError(
            "graspologic-native is not installed.", hint="pip install 'hummgraph[leiden]'"
        ) from error
    graph = _unit_graph(pairs, constraints)
    n = len(graph.units)
    # Two parts of k and l units gain at most k l times the heaviest edge and lose at least k l
    # times the resolution. The library divides the one by the other, past what a float can hold.
    if not n or graph.weight.max() < resolution:
        return first_seen(constraints.unit)
    x, y, weight = _with_sizes(graph, constraints.unit_size[graph.units], resolution)
    matrix = _symmetric_edges(x, y, weight, int(y.max()) + 1)
    _, found = native.leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data,
        matrix.shape[0],
        resolution=resolution,
        iterations=LEIDEN_PASSES,
        use_modularity=False,
        seed=seed,
        trials=LEIDEN_TRIALS,
    )
    clusters = np.array([found[node] for node in range(n)], dtype=np.intp)
    return separate(graph.labels(clusters, constraints), pairs, constraints)


def separate(
    labels: NDArray[np.int32], pairs: Pairs, constraints: Constraints
) -> NDArray[np.int32]:
    """Split the clusters that break a constraint; leave the others unchanged.

    Parameters
    ----------
    labels
        Cluster of each node, shape (n_nodes,); must-linked nodes share theirs.
    pairs
        Best first. Inside a cluster that breaks a constraint they join again, in their order, where
        constraints allow it.
    constraints
        Nodes that must not be together.

    Returns
    -------
    NDArray[np.int32]
        Cluster of each node, numbered by their first nodes, shape (n_nodes,).

    Notes
    -----
    O(m log m) for m pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from hummgraph.algorithms.clustering.constraints import Constraints
    >>> from hummgraph.algorithms.clustering.problem import Pairs
    >>> pairs = Pairs(
    ...     n_nodes=3,
    ...     a=np.array([0, 1], dtype=np.int32),
    ...     b=np.array([1, 2], dtype=np.int32),
    ...     score=np.array([0.9, 0.8]),
    ...     approved=np.zeros(2, dtype=bool),
    ...     link_index=np.arange(2),
    ... )
    >>> none = np.empty((0, 2), dtype=np.int32)
    >>> rejected = np.array([[0, 2]], dtype=np.int32)
    >>> binding = Constraints(3, none, rejected, np.array([2]), group=None)
    >>> separate(np.zeros(3, dtype=np.int32), pairs, binding).tolist()
    [0, 0, 1]
    """
    n = constraints.n_nodes
    of_unit = np.empty(constraints.n_units, dtype=np.int64)
    of_unit[constraints.unit] = labels
    broken = np.zeros(int(labels.max(initial=-1)) + 1, dtype=np.bool_)
    apart = of_unit[constraints.apart[0]]
    broken[apart[apart[:, 0] == apart[:, 1], 0]] = True
    units, groups = constraints.unit_groups
    held, times = np.unique(np.column_stack((of_unit[units], groups)), axis=0, return_counts=True)
    broken[held[times > 1, 0]] = True
    if not broken.any():
        return first_seen(labels)
    inside = (labels[pairs.a] == labels[pairs.b]) & broken[labels[pairs.a]]
    anew = join_in_order(pairs.take(inside), constraints)
    return first_seen(np.where(broken[labels], anew, labels + np.int64(n)))


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """Units that have pairs, in the order of these, and weighted edges between them."""

    units: NDArray[np.intp]
    x: NDArray[np.intp]
    y: NDArray[np.intp]
    weight: NDArray[np.float64]

    def labels(self, clusters: NDArray[Any], constraints: Constraints) -> NDArray[np.int32]:
        """Label all nodes, given the cluster of each unit that has pairs."""
        of_unit = np.arange(constraints.n_units) + len(self.units)
        of_unit[self.units] = first_seen(clusters)
        return first_seen(of_unit[constraints.unit])


def _unit_graph(pairs: Pairs, constraints: Constraints) -> _Graph:
    """Sum the pairs between every two units that may be together; leave those of score 0 out."""
    good = allowed(pairs, constraints)
    good = good.take(good.score > 0.0)
    n = constraints.n_units
    x, y = constraints.unit[good.a].astype(np.int64), constraints.unit[good.b].astype(np.int64)
    key = np.minimum(x, y) * n + np.maximum(x, y)
    _, first, edge = np.unique(key, return_index=True, return_inverse=True)
    weight: NDArray[np.float64] = np.zeros(len(first))
    np.add.at(weight, edge, good.score)
    order = np.argsort(first)
    first, weight = first[order], weight[order]
    units, x, y = in_pair_order(constraints.unit_size, x[first], y[first])
    return _Graph(units, np.minimum(x, y), np.maximum(x, y), weight)


def _symmetric_edges(
    x: NDArray[np.intp], y: NDArray[np.intp], weight: NDArray[np.float64], n: int
) -> csr_array[Any]:
    """Return the matrix of an undirected graph, its columns in order."""
    from scipy.sparse import coo_array

    ends = (np.concatenate((x, y)), np.concatenate((y, x)))
    matrix = coo_array((np.concatenate((weight, weight)), ends), shape=(n, n)).tocsr()
    matrix.sort_indices()
    return matrix


def _with_sizes(
    graph: _Graph, size: NDArray[np.int64], resolution: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return edges, smaller end first, with one to a new node for each further member of a unit."""
    n = len(graph.units)
    component = components(n, graph.x, graph.y)
    # More than a unit's other edges together, and than any cluster could cost it.
    strength = np.bincount(graph.x, graph.weight, n) + np.bincount(graph.y, graph.weight, n)
    hold = strength + resolution * np.bincount(component, size)[component] + 1.0
    anchor = np.repeat(np.arange(n), size - 1)
    return (
        np.concatenate((graph.x, anchor)),
        np.concatenate((graph.y, n + np.arange(len(anchor)))),
        np.concatenate((graph.weight, hold[anchor])),
    )


def _first_flow(
    x: NDArray[np.intp],
    y: NDArray[np.intp],
    weight: NDArray[np.float64],
    size: NDArray[np.int64],
) -> csr_array[Any]:
    """Return the transition matrix of the walk: rows sum to 1."""
    from scipy.sparse import diags_array

    matrix = _symmetric_edges(x, y, weight, len(size)) + diags_array(size.astype(np.float64) ** 2)
    return _inflate_rows(matrix.tocsr(), 1.0)


def _inflate_rows(flow: csr_array[Any], inflation: float) -> csr_array[Any]:
    """Raise entries to a power and make rows sum to 1; no row is empty."""
    data = flow.data**inflation
    total = np.add.reduceat(data, flow.indptr[:-1])
    flow.data = data / np.repeat(total, np.diff(flow.indptr))
    return flow


def _flow_limit(flow: csr_array[Any], inflation: float, max_memory: int) -> csr_array[Any]:
    """Expand and inflate until nothing moves."""
    from scipy.sparse import vstack

    for _ in range(MAX_ROUNDS):
        blocks, change, kept = [], 0.0, 0
        for rows, bound in _row_blocks(flow):
            # The flow before, that after in blocks and in one piece, and a block with its copies.
            needed = BYTES_PER_ENTRY * (flow.nnz + 2 * kept + 6 * bound)
            if needed > max_memory:
                raise _too_large(flow.shape[0], needed, max_memory)
            block = _inflate_rows(_prune_rows(flow[rows] @ flow), inflation)
            change = max(change, float(abs(block - flow[rows]).max()))
            kept += block.nnz
            blocks.append(block)
        flow = vstack(blocks, format="csr")
        if change <= MAX_CHANGE:
            break
    return flow


def _row_blocks(flow: csr_array[Any]) -> list[tuple[slice, int]]:
    """Return blocks of rows, and an upper bound of the entries of the expansion of each."""
    n = flow.shape[0]
    # A row of the product has no more entries than the rows that it sums, nor than columns.
    stored = np.diff(flow.indptr).astype(np.int64)
    bound = np.minimum(np.add.reduceat(stored[flow.indices], flow.indptr[:-1]), n)
    starts = np.flatnonzero(np.diff(np.cumsum(bound) // MAX_BLOCK_ENTRIES, prepend=-1))
    sums = np.add.reduceat(bound, starts).tolist()
    ends = zip(starts.tolist(), [*starts[1:].tolist(), n], strict=True)
    return [(slice(*rows), total) for rows, total in zip(ends, sums, strict=True)]


def _too_large(n_nodes: int, needed: int, limit: int) -> MemoryLimitError:
    """Build the error for a matrix that is too large."""
    return MemoryLimitError(
        f"Markov clustering may need {size_text(needed, up=True)} or more for a component of"
        f" up to {n_nodes:,} nodes, and max_memory allows {size_text(limit)}.",
        needed=needed,
        limit=limit,
        hint="Raise the threshold, raise max_memory, or use another method.",
    )


def _prune_rows(flow: csr_array[Any]) -> csr_array[Any]:
    """Drop small entries, except the largest of each row."""
    from scipy.sparse import csr_array

    flow.sort_indices()
    begin, count = flow.indptr[:-1], np.diff(flow.indptr)
    most = np.repeat(np.maximum.reduceat(flow.data, begin), count)
    keep = (flow.data >= MIN_FLOW_SHARE) | (flow.data >= most)
    kept = np.concatenate(([0], np.cumsum(np.add.reduceat(keep, begin, dtype=np.int64))))
    return csr_array((flow.data[keep], flow.indices[keep], kept), shape=flow.shape)


def _row_leads(flow: csr_array[Any]) -> NDArray[np.intp]:
    """Return the column to which most of each row flows, the first of equal ones."""
    begin, count = flow.indptr[:-1], np.diff(flow.indptr)
    most = np.repeat(np.maximum.reduceat(flow.data, begin), count)
    column = np.where(flow.data >= most - MAX_CHANGE, flow.indices, flow.shape[1])
    leads: NDArray[np.intp] = np.minimum.reduceat(column, begin)
    return leads
