"""Bridges and articulation points: edges and nodes whose removal disconnects a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

__all__ = ["articulation_points", "bridges"]

_SAMPLE_EDGES_PER_NODE = 4
"""Edges per node in the first pass over a dense graph. Any number gives the same result.

A small number leaves too much to the second pass, a large one makes the first pass slow.
"""


def bridges(
    n_nodes: int, a: NDArray[np.integer[Any]], b: NDArray[np.integer[Any]]
) -> NDArray[np.bool_]:
    """Return a mask of the edges whose removal would disconnect their ends.

    Parameters
    ----------
    n_nodes
        Number of nodes, in any number of components.
    a, b
        Ends of the undirected edges, shape (n_edges,) each, values in [0, n_nodes). Loops and
        parallel edges may occur: neither is a bridge.

    Returns
    -------
    NDArray[np.bool_]
        Shape (n_edges,).

    Notes
    -----
    O(n_edges + n_nodes log n_nodes) time, without recursion. An edge is a bridge if it is a
    biconnected block of its own; see `articulation_points`.

    Examples
    --------
    A triangle with a tail:

    >>> import numpy as np
    >>> bridges(4, np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3])).tolist()
    [False, False, False, True]
    """
    a, b = _as_int32(n_nodes, a, b)
    blocks = _find_blocks(n_nodes, a, b)
    child = np.flatnonzero(blocks.block >= 0)
    size = np.bincount(blocks.block[child], minlength=n_nodes + 1)
    alone = np.zeros(n_nodes, dtype=np.bool_)
    alone[child] = size[blocks.block[child]] == 1
    down, up = blocks.parent[b] == a, blocks.parent[a] == b
    found = np.flatnonzero((down & alone[b]) | (up & alone[a]))
    lower = np.where(down[found], b[found], a[found])
    times = np.bincount(lower, minlength=n_nodes)
    marked = np.zeros(len(a), dtype=np.bool_)
    marked[found] = times[lower] == 1
    return marked


def articulation_points(
    n_nodes: int, a: NDArray[np.integer[Any]], b: NDArray[np.integer[Any]]
) -> NDArray[np.bool_]:
    """Return a mask of the nodes whose removal would disconnect their neighbours.

    Parameters
    ----------
    n_nodes
        Number of nodes, in any number of components.
    a, b
        Ends of the undirected edges, shape (n_edges,) each, values in [0, n_nodes). Loops and
        parallel edges may occur and are ignored.

    Returns
    -------
    NDArray[np.bool_]
        Shape (n_nodes,).

    Notes
    -----
    O(n_edges + n_nodes log n_nodes) time, without recursion: blocks are found with a spanning tree,
    its Euler tour and range minima [1]_. The tree is breadth first, so that no other edge joins a
    node to its ancestor [2]_. In a dense graph the blocks of a sample are found first: edges inside
    one of them change nothing and are left out, as in a sparse certificate [3]_.

    References
    ----------
    .. [1] R. E. Tarjan, U. Vishkin, "An efficient parallel biconnectivity algorithm", SIAM Journal
       on Computing 14 (1985), 862-874.
    .. [2] G. Cong, D. A. Bader, "An experimental study of parallel biconnected components
       algorithms on symmetric multiprocessors", IPDPS (2005).
    .. [3] J. Cheriyan, M.-Y. Kao, R. Thurimella, "Scan-first search and sparse certificates: an
       improved parallel algorithm for k-vertex connectivity", SIAM Journal on Computing 22 (1993),
       157-174.

    Examples
    --------
    A triangle with a tail:

    >>> import numpy as np
    >>> articulation_points(4, np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3])).tolist()
    [False, False, True, False]
    """
    a, b = _as_int32(n_nodes, a, b)
    blocks = _find_blocks(n_nodes, a, b)
    child = np.flatnonzero(blocks.block >= 0)
    parent, block = blocks.parent[child], blocks.block[child]
    # A node belongs to the block of the edge above it; a root to the block of any edge below.
    own = blocks.block.copy()
    root = own[parent] < 0
    own[parent[root]] = block[root]
    marked = np.zeros(n_nodes, dtype=np.bool_)
    marked[parent[block != own[parent]]] = True
    return marked


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Spanning forest, and the biconnected block of the edge above each node."""

    parent: NDArray[np.int32]
    """Shape (n_nodes,); -1 for roots."""
    block: NDArray[np.int32]
    """Shape (n_nodes,), in [0, n_nodes]; -1 for roots."""


def _as_int32(
    n_nodes: int, a: NDArray[np.integer[Any]], b: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the ends as scipy's graph routines need them; raise if there are too many."""
    if n_nodes >= np.iinfo(np.int32).max // 2 or len(a) > np.iinfo(np.int32).max // 2:
        raise OverflowError(f"{n_nodes} nodes and {len(a)} edges: at most 2**30 - 2 are possible")
    return np.asarray(a, dtype=np.int32), np.asarray(b, dtype=np.int32)


def _find_blocks(n_nodes: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> _Blocks:
    """Return the blocks, in a dense graph found from few of its edges."""
    step = len(a) // (_SAMPLE_EDGES_PER_NODE * n_nodes + 1)
    if step < 2:
        return _find_all_blocks(n_nodes, a, b)
    sample = _find_all_blocks(n_nodes, a[::step], b[::step])
    more = ~_inside_blocks(sample, a, b)
    more[::step] = True
    return _find_all_blocks(n_nodes, a[more], b[more])


def _inside_blocks(
    blocks: _Blocks, a: NDArray[np.int32], b: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return a mask of the pairs whose nodes share a block, which add no connection."""
    child = np.flatnonzero(blocks.block >= 0)
    parent, block = blocks.parent[child], blocks.block[child]
    # The uppermost node of a block, its head, belongs to it although the edge above does not.
    top = blocks.block[parent] != block
    head = np.full(len(blocks.block) + 2, -1, dtype=np.int32)  # the last is for roots: block -1
    head[block[top]] = parent[top]
    of_a, of_b = blocks.block[a], blocks.block[b]
    same: NDArray[np.bool_] = (of_a == of_b) & (of_a >= 0)
    same |= (head[of_a] == b) | (head[of_b] == a)
    return same


def _find_all_blocks(n_nodes: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> _Blocks:
    """Return the blocks by the method of Tarjan and Vishkin, on a breadth-first tree."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    label, parent, size = _preorder(n_nodes, a, b)
    nodes = np.arange(n_nodes + 1, dtype=np.int32)
    ends = label[a], label[b]
    low, high = np.minimum(*ends), np.maximum(*ends)
    aside = (parent[high] != low) & (high != low)
    low, high = low[aside], high[aside]
    first, last = nodes.copy(), nodes.copy()
    np.minimum.at(first, high, low)
    np.maximum.at(last, low, high)
    first, last = _subtree_extremes(first, last, size)
    joined = np.flatnonzero((first < parent) | (last >= parent + size[parent]))
    # An edge of the tree is represented by the node below it.
    left = np.concatenate((low, joined))
    right = np.concatenate((high, parent[joined]))
    matrix = coo_array((np.ones(len(left)), (left, right)), shape=(n_nodes + 1, n_nodes + 1))
    _, block = connected_components(matrix.tocsr(), directed=False)
    block[parent == 0] = -1
    name = np.empty(n_nodes + 1, dtype=np.int32)
    name[label] = np.arange(n_nodes, dtype=np.int32)
    name[0] = -1
    return _Blocks(name[parent[label]], block[label].astype(np.int32, copy=False))


def _preorder(
    n_nodes: int, a: NDArray[np.int32], b: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return nodes numbered from 1, in the preorder of a forest below node 0.

    The result is the number of each node; by number, the parent's number and the subtree's size.
    """
    from scipy.sparse.csgraph import breadth_first_order

    order, above = breadth_first_order(_rooted_adjacency(n_nodes, a, b), n_nodes)
    place = np.empty(n_nodes + 1, dtype=np.int32)
    place[order] = np.arange(n_nodes + 1, dtype=np.int32)
    above = np.concatenate(([0], place[above[order[1:]]])).astype(np.int32)
    enter, leave = _euler_tour(above)
    entered = np.zeros(2 * n_nodes + 2, dtype=np.int32)
    entered[enter] = 1
    number = (np.cumsum(entered, dtype=np.int32) - 1)[enter]
    parent, size = np.empty_like(number), np.empty_like(number)
    parent[number] = number[above]
    size[number] = (leave - enter + 1) // 2
    return number[place[:n_nodes]], parent, size


def _rooted_adjacency(n_nodes: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> csr_array:
    """Return the adjacency with one more node, which leads into every component."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    # The transpose of a matrix with one value a row sorts the ends by counting.
    both, other = np.concatenate((a, b)), np.concatenate((b, a))
    rows = np.arange(len(both) + 1, dtype=np.int32)
    by_node = csr_array((other, both, rows), shape=(len(both), n_nodes)).tocsc()
    weights = np.ones(len(both))
    plain = csr_array((weights, by_node.data, by_node.indptr), shape=(n_nodes, n_nodes))
    n_components, component = connected_components(plain, directed=False)
    start = np.empty(n_components, dtype=np.int32)
    start[component] = np.arange(n_nodes, dtype=np.int32)
    indices = np.concatenate((by_node.data, start))
    indptr = np.append(by_node.indptr, len(indices)).astype(np.int32)
    shape = (n_nodes + 1, n_nodes + 1)
    return csr_array((np.ones(len(indices)), indices, indptr), shape=shape)


def _euler_tour(parent: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the times at which an Euler tour of a tree enters and leaves each node.

    Nodes are numbered breadth first from the root, 0, so that siblings are consecutive. The tour is
    a list of 2 n steps, and a search along it gives its order.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    n = len(parent)
    nodes = np.arange(n, dtype=np.int32)
    after = np.empty(2 * n, dtype=np.int32)  # the step after entering, then after leaving each node
    after[:n] = nodes + n
    child = nodes[1:]
    eldest = np.ones(len(child), dtype=np.bool_)
    eldest[1:] = parent[child[1:]] != parent[child[:-1]]
    after[parent[child[eldest]]] = child[eldest]
    after[n:] = parent + n
    after[n + child[:-1][~eldest[1:]]] = child[1:][~eldest[1:]]
    after[n] = n  # the tour ends when it leaves the root
    steps = csr_array((np.ones(2 * n), after, np.arange(2 * n + 1, dtype=np.int32)))
    order = breadth_first_order(steps, 0, return_predecessors=False)
    when = np.empty(2 * n, dtype=np.int32)
    when[order] = np.arange(2 * n, dtype=np.int32)
    return when[:n], when[n:]


def _subtree_extremes(
    first: NDArray[np.int32], last: NDArray[np.int32], size: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return minima of `first` and maxima of `last` over [v, v + size[v]), by doubling ranges."""
    low, high = first.copy(), last.copy()
    level = np.frexp(size)[1] - 1
    open_ = np.flatnonzero(level)
    half = 1
    while len(open_):
        # From here `first` and `last` are over ranges of twice the length, where these fit.
        first = np.minimum(first[:-half], first[half:])
        last = np.maximum(last[:-half], last[half:])
        half *= 2
        now = level[open_] == half.bit_length() - 1
        at = open_[now]
        end = at + size[at] - half
        low[at] = np.minimum(first[at], first[end])
        high[at] = np.maximum(last[at], last[end])
        open_ = open_[~now]
    return low, high
