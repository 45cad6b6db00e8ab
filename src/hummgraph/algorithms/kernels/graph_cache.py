"""Values that were computed of graphs, kept as long as these are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["GraphCache"]

Value = TypeVar("Value")


class GraphCache(Generic[Value]):
    """One value for each graph, computed when it is first asked for.

    A graph is immutable, and is known by its arrays, not by their content: to compare two graphs
    that are equal, as after reading one snapshot twice, takes longer than most computations.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> cache = GraphCache()
    >>> graph = LinkGraph(read_links([]))
    >>> cache.of(graph, lambda graph: graph.n_links), cache.of(graph, len), len(cache)
    (0, 0, 1)
    >>> del graph
    >>> len(cache)
    0
    """

    def __init__(self) -> None:
        # The graph is alive as long as its entry, and so are its arrays: no other has their id.
        self._kept: dict[int, tuple[ref[LinkGraph], Value]] = {}

    def of(self, graph: LinkGraph, compute: Callable[[LinkGraph], Value]) -> Value:
        """Return the value of a graph; it must not refer to the graph, which would never be freed.

        Examples
        --------
        >>> from hummgraph import LinkGraph, read_links
        >>> GraphCache().of(LinkGraph(read_links([])), lambda graph: graph.n_nodes)
        0
        """
        key = id(graph.arrays)
        kept = self._kept.get(key)
        if kept is None:
            made = ref(graph, lambda _: self._kept.pop(key, None)), compute(graph)
            # Another thread may have been faster: both get its value.
            kept = self._kept.setdefault(key, made)
        return kept[1]

    def __len__(self) -> int:
        return len(self._kept)
