"""Connected components, labels independent of the search order, and orders of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["components", "first_seen", "numbered", "order_of"]

_DIGIT: Final = 16
"""Bits by which numpy sorts in linear time."""


def components(
    n_nodes: int, a: NDArray[np.integer[Any]], b: NDArray[np.integer[Any]]
) -> NDArray[np.int32]:
    """Return the component of each node of an undirected graph, numbered by their first nodes.

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
    """Return labels renumbered from 0 in order of first occurrence.

    Labels are not negative; O(n + largest label).

    Examples
    --------
    >>> import numpy as np
    >>> first_seen(np.array([7, 7, 2, 9, 2])).tolist()
    [0, 0, 1, 2, 1]
    """
    n = len(label)
    first = np.full(int(label.max(initial=-1)) + 1, -1, dtype=np.int32)
    # Of several writes to one position the last one wins: written backwards, the first.
    first[label[::-1]] = np.arange(n - 1, -1, -1, dtype=np.int32)
    used = np.flatnonzero(first >= 0)
    rank = np.empty(len(first), dtype=np.int32)
    rank[used[np.argsort(first[used])]] = np.arange(len(used), dtype=np.int32)
    seen: NDArray[np.int32] = rank[label]
    return seen


def numbered(
    label: NDArray[np.integer[Any]], deleted: NDArray[np.bool_], first: int
) -> NDArray[np.int64]:
    """Return groups of at least two nodes numbers, largest first; others get -1.

    Labels are those of the nodes from ``first`` on, numbered by their first nodes. Codes of nodes
    are in the order of ids, so ties go to the smallest id. Groups of deleted nodes alone come last;
    ``deleted`` is of all nodes.
    """
    sizes = np.bincount(label, minlength=1)
    living = np.bincount(label[~deleted[first : first + len(label)]], minlength=len(sizes))
    # Those of one node have no number, so they must not take one.
    order = np.lexsort((-sizes, living == 0, sizes < 2))
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[order] = np.arange(len(sizes))
    rank[sizes < 2] = -1
    labels = np.full(len(deleted), -1, dtype=np.int64)
    labels[first : first + len(label)] = rank[label]
    labels.flags.writeable = False
    return labels


def order_of(n: int, *columns: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Return the stable order of rows by columns of whole numbers, the first column first.

    Parameters
    ----------
    n
        All numbers are in 0 to ``n - 1``.
    *columns
        At least one, shape (n_rows,) each.

    Returns
    -------
    NDArray[np.intp]
        Positions of the rows, shape (n_rows,); equal rows keep their order.

    Notes
    -----
    O(n_rows) for each 16 bits of a column: a radix sort from the lowest digit. A comparison sort of
    a million rows takes two to three times as long.

    Examples
    --------
    >>> import numpy as np
    >>> order_of(3, np.array([2, 0, 2, 0]), np.array([1, 1, 0, 0])).tolist()
    [3, 1, 2, 0]
    """
    shifts = range(0, max((n - 1).bit_length(), 1), _DIGIT)
    digits = [(column, shift) for column in reversed(columns) for shift in shifts]
    order = np.argsort(_digit(*digits[0]), kind="stable")
    for column, shift in digits[1:]:
        order = order[np.argsort(_digit(column, shift)[order], kind="stable")]
    return order


def _digit(column: NDArray[np.integer[Any]], shift: int) -> NDArray[np.uint16]:
    return (column >> shift).astype(np.uint16)
