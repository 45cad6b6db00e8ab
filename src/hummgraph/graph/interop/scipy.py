"""The links of a graph as a sparse matrix of scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["COMBINING", "WEIGHTS", "to_scipy"]

WEIGHTS: Final = ("weight", "confidence", "count")
"""What an entry may be made of."""

COMBINING: Final = ("max", "min", "sum", "mean")
"""How the links of one pair may become one entry."""

_UFUNCS: Final[dict[str, np.ufunc]] = {
    "max": np.maximum,
    "min": np.minimum,
    "sum": np.add,
    "mean": np.add,
}


def to_scipy(
    graph: LinkGraph,
    *,
    level: Level | str | None = "column",
    weight: str = "weight",
    combine: str = "max",
) -> csr_array[Any, tuple[int, int]]:
    """Return the links as a square :class:`scipy.sparse.csr_array`, one entry an ordered pair.

    Parameters
    ----------
    graph
        Whose links they are.
    level
        Links are lifted to this level, as :meth:`hummgraph.LinkGraph.project` does it: row and
        column ``i`` are the ``i``-th node of the level, row ``i`` of
        ``graph.project(level).nodes``. Links with an end above the level are not in it. With
        ``None`` every link stands at its own ends, and ``i`` is the node's position in the graph.
    weight
        ``"weight"``: what the policy makes of a link; what it leaves undefined is not in the
        matrix. ``"confidence"``: what is stored, of REJECTED links too; links without one are not
        in it. ``"count"``: 1 for every link.
    combine
        How the links from one node to another become one number: ``"max"``, ``"min"``, ``"sum"``
        or ``"mean"``. Counts are added up whatever it says.

    Returns
    -------
    scipy.sparse.csr_array
        ``array[i, j]`` is of the links from ``i`` to ``j``; those back, and of a node to itself,
        have entries of their own. Entries are sorted, float64 or for counts int64. A link that
        weighs 0 is an entry, not a gap.

    Raises
    ------
    ArgumentError
        If there is no such level, weight or way to combine.

    Notes
    -----
    O(n log n) for n links. Links are added up in the order of their ids, so that equal graphs give
    equal arrays. ``array.maximum(array.T)`` forgets the direction.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> systems = to_scipy(graph, level="integration_source", weight="count")
    >>> systems.shape, int(systems.sum()) == graph.n_links
    ((7, 7), True)
    >>> bool(to_scipy(graph).max() <= 1)
    True
    """
    check_graph(graph, "to_scipy", level=True)
    if weight not in WEIGHTS:
        raise ArgumentError(f"weight is {weight!r}; it must be one of {', '.join(WEIGHTS)}.")
    if combine not in COMBINING:
        raise ArgumentError(f"combine is {combine!r}; it must be one of {', '.join(COMBINING)}.")
    from scipy.sparse import csr_array

    nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
    source, target, first, size = ends.source, ends.target, 0, len(nodes)
    if level is not None:
        depth = as_level(level).depth
        source, target = nodes.ancestor[depth][source], nodes.ancestor[depth][target]
        first, size = int(nodes.first[depth]), int(nodes.first[depth + 1] - nodes.first[depth])
    values = _values(graph, weight)
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
        entries = _combined(values, begin, combine)
    indptr = np.searchsorted(row[begin], np.arange(size + 1))
    made: csr_array[Any, tuple[int, int]] = csr_array(
        (entries, column[begin], indptr), shape=(size, size)
    )
    return made


def _values(graph: LinkGraph, weight: str) -> NDArray[np.float64]:
    """Return a number for each link, NaN for those that have none."""
    if weight == "weight":
        return graph.weights
    if weight == "confidence":
        return graph.arrays.links.confidence
    return np.ones(graph.n_links)


def _combined(
    values: NDArray[np.float64], begin: NDArray[np.intp], combine: str
) -> NDArray[np.float64]:
    """Build one number of each run of values."""
    if not len(begin):
        return np.empty(0)
    made: NDArray[np.float64] = _UFUNCS[combine].reduceat(values, begin)
    if combine == "mean":
        made /= np.diff(np.append(begin, len(values)))
    return made
