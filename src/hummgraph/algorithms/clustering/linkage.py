"""Linkages, and the edges between clusters that they are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.kernels.sorting import order_of
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import UNIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.setting import Setting

__all__ = ["AVERAGES", "TOTALS", "Edges", "Linkage", "averaged_over", "linkage_of"]


class Linkage(StrEnum):
    """Score of the join of two clusters, computed from the pairs between them."""

    SINGLE = "single"
    """The best pair."""
    AVERAGE_PRESENT = "average over present pairs"
    """The mean over the pairs that exist."""
    AVERAGE_POSSIBLE = "average over possible pairs"
    """The mean over all pairs of members; a missing one counts as 0."""
    COMPLETE = "complete"
    """The worst pair of members; clusters with a missing pair do not join."""
    GAEC = "gaec"
    """The sum of the scores of the pairs, each less the threshold."""


AVERAGES: Final = {
    "present": Linkage.AVERAGE_PRESENT,
    "possible": Linkage.AVERAGE_POSSIBLE,
}


def averaged_over(choice: str | None, one_per: Level | None) -> str:
    """Return the pairs that the mean is over, ``"present"`` or ``"possible"``."""
    if choice is None:
        return "present" if one_per is Level.INTEGRATION_SOURCE else "possible"
    if choice not in AVERAGES:
        raise ArgumentError(
            f"average_over is {choice!r}; it must be 'present', 'possible' or None."
        )
    return choice


def linkage_of(setting: Setting) -> Linkage:
    """Return the linkage of an agglomerative method."""
    if setting.method != "average":
        return Linkage(setting.method)
    over = averaged_over(setting.options.get("average_over"), setting.one_per)
    return AVERAGES[over]


TOTALS: Final = {Linkage.COMPLETE: np.minimum, Linkage.SINGLE: np.maximum}
"""Totals of merged edges, where they are not sums."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Pairs between clusters, summed: arrays of shape (n_edges,)."""

    x: NDArray[np.integer[Any]]
    y: NDArray[np.integer[Any]]
    total: NDArray[np.int64]
    """Sum of the scores (for GAEC less the threshold), in billionths; for COMPLETE the lowest, for
    SINGLE the highest."""
    count: NDArray[np.int64]
    """Number of pairs."""
    best: NDArray[np.int64]
    """Position of the best pair."""

    def __len__(self) -> int:
        return len(self.x)

    def take(self, chosen: NDArray[Any]) -> Edges:
        """Return some edges, by a mask or by position."""
        return Edges(
            self.x[chosen],
            self.y[chosen],
            self.total[chosen],
            self.count[chosen],
            self.best[chosen],
        )

    def merged(self, n: int, linkage: Linkage) -> Edges:
        """Build one edge of those between the same two clusters; drop those within one."""
        across = self if bool(np.all(self.x != self.y)) else self.take(self.x != self.y)
        if not len(across):
            return across
        x, y = np.minimum(across.x, across.y), np.maximum(across.x, across.y)
        order = order_of(n, x, y)
        x, y = x[order], y[order]
        new = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
        begin = np.flatnonzero(np.concatenate(([True], new)))
        reduce = TOTALS.get(linkage, np.add)
        return Edges(
            x[begin].astype(np.int64),
            y[begin].astype(np.int64),
            reduce.reduceat(across.total[order], begin),
            np.add.reduceat(across.count[order], begin),
            np.minimum.reduceat(across.best[order], begin),
        )

    def value(self, linkage: Linkage, size: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the linkage of each edge; negative where there is no join."""
        possible = size[self.x] * size[self.y]
        if linkage is Linkage.COMPLETE:
            return np.where(self.count == possible, self.total / UNIT, -1.0)
        of_unit = {Linkage.AVERAGE_PRESENT: self.count, Linkage.AVERAGE_POSSIBLE: possible}
        divisor = of_unit.get(linkage, np.int64(1))
        # As floats: billionths of ten thousand million pairs do not fit into 64 bits.
        value: NDArray[np.float64] = self.total / (divisor.astype(np.float64) * UNIT)
        return value
