"""The links of a graph as a sparse matrix of scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.errors import ArgumentError
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.graph.data import GraphData
    from hummgraph.records.nodes import Level

__all__ = ["COMBINING", "WEIGHTS", "sparse_array"]

WEIGHTS: Final = ("weight", "confidence", "count")
"""Values that an entry may be made of."""

COMBINING: Final = ("max", "min", "sum", "mean")
"""Functions that combine the links of one pair into one entry."""

_UFUNCS: Final[dict[str, np.ufunc]] = {
    "max": np.maximum,
    "min": np.minimum,
    "sum": np.add,
    "mean": np.add,
}


def sparse_array(
    data: GraphData, *, level: Level | str | None, weight: str, combine: str
) -> csr_array[Any, tuple[int, int]]:
    """Return the links as a sparse array; see :meth:`LinkGraph.to_scipy`."""
    if weight not in WEIGHTS:
        raise ArgumentError(f"weight is {weight!r}; it must be one of {', '.join(WEIGHTS)}.")
    if combine not in COMBINING:
        raise ArgumentError(f"combine is {combine!r}; it must be one of {', '.join(COMBINING)}.")
    from scipy.sparse import csr_array

    nodes, ends = data.nodes, data.links.ends
    source, target, first, size = ends.source, ends.target, 0, len(nodes)
    if level is not None:
        depth = as_level(level).depth
        source, target = nodes.ancestor[depth][source], nodes.ancestor[depth][target]
        first, size = int(nodes.first[depth]), int(nodes.first[depth + 1] - nodes.first[depth])
    values = _link_values(data, weight)
    there = np.flatnonzero((source >= 0) & (target >= 0) & ~np.isnan(values))
    row, column = (end[there].astype(np.int64) - first for end in (source, target))
    # Stable, so that parallel links stay in the order of their ids.
    order = np.lexsort((column, row))
    row, column, values = row[order], column[order], values[there[order]]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    begin = np.flatnonzero(new)
    if weight == "count":
        entries: NDArray[Any] = np.diff(np.append(begin, len(row)))
    else:
        entries = _combine_runs(values, begin, combine)
    indptr = np.searchsorted(row[begin], np.arange(size + 1))
    made: csr_array[Any, tuple[int, int]] = csr_array(
        (entries, column[begin], indptr), shape=(size, size)
    )
    return made


def _link_values(data: GraphData, weight: str) -> NDArray[np.float64]:
    """Return a number for each link, NaN for those that have none."""
    if weight == "weight":
        return data.weights
    if weight == "confidence":
        return data.links.confidence
    return np.ones(data.n_links)


def _combine_runs(
    values: NDArray[np.float64], begin: NDArray[np.intp], combine: str
) -> NDArray[np.float64]:
    """Build one number of each run of values."""
    if not len(begin):
        return np.empty(0)
    made: NDArray[np.float64] = _UFUNCS[combine].reduceat(values, begin)
    if combine == "mean":
        made /= np.diff(np.append(begin, len(values)))
    return made
