"""Connected components, and labels that do not depend on how they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["components", "first_seen"]


def components(
    n_nodes: int, a: NDArray[np.integer[Any]], b: NDArray[np.integer[Any]]
) -> NDArray[np.int32]:
    """Label the components of an undirected graph, numbered by their first nodes.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    a, b
        Ends of the edges, shape (n_edges,) each.

    Returns
    -------
    NDArray[np.int32]
        Shape (n_nodes,).

    Notes
    -----
    O(n_nodes + n_edges).

    Examples
    --------
    >>> import numpy as np
    >>> components(5, np.array([3, 1]), np.array([4, 3])).tolist()
    [0, 1, 2, 1, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = np.ones(len(a), dtype=np.int8)
    matrix = coo_array((edges, (a, b)), shape=(n_nodes, n_nodes))
    _, label = connected_components(matrix, directed=False)
    return first_seen(label)


def first_seen(label: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Give labels numbers from 0 in the order in which they first occur.

    Examples
    --------
    >>> import numpy as np
    >>> first_seen(np.array([7, 7, 2, 9, 2])).tolist()
    [0, 0, 1, 2, 1]
    """
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]
