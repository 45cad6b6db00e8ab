"""Minimum cuts: the cheapest edges whose removal separates nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.kernels.components import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_apart", "near_side", "prices"]

_PRICE_STEPS = 1_000_000
"""Number of steps of a confidence; integers make sums independent of their order."""

MAX_PRICE_SUM = 2**31 - 1
"""Greatest sum of prices, as the flow library counts in 32 bits."""


def prices(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the price of each edge: its confidence in fine steps, plus one for being an edge.

    So the cheapest cut has the least sum of confidences, then the fewest edges. The sum of all
    prices is below 2³¹.

    Parameters
    ----------
    confidence
        In [0, 1], shape (n_edges,); NaN counts as 1.

    Examples
    --------
    >>> import numpy as np
    >>> prices(np.array([0.5, 0.0, np.nan])).tolist()
    [500001, 1, 1000001]
    """
    steps = min(_PRICE_STEPS, MAX_PRICE_SUM // max(len(confidence), 1) - 1)
    return np.rint(np.nan_to_num(confidence, nan=1.0) * steps).astype(np.int64) + 1


def near_side(
    n_nodes: int,
    a: NDArray[np.integer[Any]],
    b: NDArray[np.integer[Any]],
    price: NDArray[np.int64],
    *,
    near: int,
    far: int,
) -> NDArray[np.bool_]:
    """Return a mask of the nodes on the near side of a minimum cut between two nodes.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    a, b
        Ends of the edges, shape (n_edges,) each; parallel edges add up.
    price
        Price of cutting each edge, positive, shape (n_edges,); the sum is below 2³¹.
    near, far
        The two different nodes to separate.

    Returns
    -------
    NDArray[np.bool_]
        Shape (n_nodes,). Among several cheapest cuts, it is the one with the smallest near side.

    Notes
    -----
    By Dinitz's algorithm [1]_: O(n² m).

    References
    ----------
    .. [1] E. Dinitz: Algorithm for solution of a problem of maximum flow in networks with power
       estimation. Soviet Mathematics Doklady 11, 1970.

    Examples
    --------
    >>> import numpy as np
    >>> near_side(3, np.array([0, 1]), np.array([1, 2]), np.array([9, 5]), near=0, far=2).tolist()
    [True, True, False]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    # Both directions, and no loops.
    other = a != b
    rows = np.concatenate((a[other], b[other]))
    columns = np.concatenate((b[other], a[other]))
    both = np.concatenate((price[other], price[other])).astype(np.int32)
    capacity = coo_array((both, (rows, columns)), shape=(n_nodes, n_nodes)).tocsr()
    left = capacity - maximum_flow(capacity, near, far, method="dinic").flow
    left.eliminate_zeros()
    reached = breadth_first_order(left, near, return_predecessors=False)
    side = np.zeros(n_nodes, dtype=bool)
    side[reached] = True
    return side


def cut_apart(
    n_nodes: int,
    a: NDArray[np.integer[Any]],
    b: NDArray[np.integer[Any]],
    price: NDArray[np.int64],
    terminals: NDArray[np.integer[Any]],
) -> NDArray[np.bool_]:
    """Return a mask of edges to cut so that no two terminals are connected.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    a, b
        Ends of the edges, shape (n_edges,) each.
    price
        Price of cutting each edge, positive, shape (n_edges,); the sum is below 2³¹.
    terminals
        Distinct nodes.

    Returns
    -------
    NDArray[np.bool_]
        Shape (n_edges,). For two terminals the cheapest cut; for k of them the union of the cuts
        that isolate each from the others, without the most expensive one: at most 2 - 2/k times the
        price of the cheapest cut, which is hard to find [1]_. No edge of it can be left out.

    Notes
    -----
    k minimum cuts, for k terminals.

    References
    ----------
    .. [1] E. Dahlhaus et al.: The complexity of multiterminal cuts. SIAM Journal on Computing
       23(4), 1994. https://doi.org/10.1137/S0097539792225297

    Examples
    --------
    >>> import numpy as np
    >>> star = np.array([0, 0, 0]), np.array([1, 2, 3])
    >>> cut_apart(4, *star, np.array([5, 6, 7]), np.array([1, 2, 3])).tolist()
    [True, True, False]
    """
    found = []
    for number, terminal in enumerate(terminals.tolist()):
        others = np.delete(terminals, number)
        if not len(others):
            break
        # All other terminals are merged into one node.
        whole = np.arange(n_nodes)
        whole[others] = others[0]
        side = near_side(n_nodes, whole[a], whole[b], price, near=terminal, far=int(others[0]))[
            whole
        ]
        found.append(side[a] != side[b])
        if len(terminals) == 2:
            break
    if not found:
        return np.zeros(len(a), dtype=bool)
    dearest = int(np.argmax([price[cut].sum() for cut in found])) if len(found) > 1 else -1
    cut = np.any([one for number, one in enumerate(found) if number != dearest], axis=0)
    return _minimal_cut(n_nodes, a, b, price, cut=cut, terminals=terminals)


def _minimal_cut(
    n_nodes: int,
    a: NDArray[np.integer[Any]],
    b: NDArray[np.integer[Any]],
    price: NDArray[np.int64],
    *,
    cut: NDArray[np.bool_],
    terminals: NDArray[np.integer[Any]],
) -> NDArray[np.bool_]:
    """Return the cut without the edges that it does not need, the most expensive first."""
    label = components(n_nodes, a[~cut], b[~cut])
    taken = np.zeros(n_nodes, dtype=bool)
    taken[label[terminals]] = True
    cut = cut.copy()
    edges = np.flatnonzero(cut)
    for edge in edges[np.argsort(-price[edges], kind="stable")].tolist():
        here, there = label[a[edge]], label[b[edge]]
        if here == there:
            cut[edge] = False
        elif not (taken[here] and taken[there]):
            taken[here] |= taken[there]
            label[label == there] = here
            cut[edge] = False
    return cut
