"""Checks of arguments that several functions take."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_position", "check_positions"]


def as_position(name: str, value: object) -> int:
    """Return a position as an ``int``; a truth value is not a position."""
    if not isinstance(value, bool) and isinstance(value, Integral):
        return int(value)
    kind = type(value).__name__
    raise ArgumentError(f"{name} is an id, a name or a position, not a value of type {kind}.")


def check_positions(name: str, index: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Raise unless values are increasing positions in [0, n); O(k) for k positions."""
    found = np.asarray(index)
    if not found.size and found.ndim == 1:
        return found.astype(np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise ArgumentError(
            f"{name} is an array of {found.dtype} and shape {found.shape}; it must be a list of"
            " whole numbers.",
            hint="Of a mask, numpy.flatnonzero() has the positions." if found.dtype == bool else "",
        )
    if found[0] < 0 or found[-1] >= n or not (found[1:] > found[:-1]).all():
        raise ArgumentError(
            f"{name} must be positions from 0 to {n - 1} that increase; there are"
            f" {len(found):,}, from {found.min()} to {found.max()}.",
            hint="numpy.unique() sorts them and drops repeats.",
        )
    return found
