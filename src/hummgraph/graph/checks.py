"""Checks of arguments that several functions take."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.graph.scores import rounded
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_level", "as_position", "check_positions", "check_threshold"]


def check_threshold(name: str, value: Any) -> float:
    """Return a threshold as scores are compared with it; refuse what is not in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) <= 1.0:
        raise ThresholdError(f"{name} is {value!r}; it must be a number in [0, 1].")
    return rounded(float(value))


def as_level(level: Level | str) -> Level:
    """Read a level's name."""
    try:
        return Level(level)
    except ValueError:
        allowed = ", ".join(repr(str(known)) for known in Level)
        raise ArgumentError(f"level is {level!r}; it must be one of {allowed}.") from None


def as_position(name: str, value: object) -> int:
    """Return a position as an ``int``; a truth value is none, though Python counts with it."""
    if not isinstance(value, bool) and isinstance(value, Integral):
        return int(value)
    kind = type(value).__name__
    raise ArgumentError(f"{name} is an id, a name or a position, not a value of type {kind}.")


def check_positions(name: str, index: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Refuse what are not positions in [0, n) that increase; O(k) for k positions."""
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
