"""A backend of networkx: functions of it answer for our views from the arrays.

networkx finds it by the entry point ``networkx.backends``, and asks it for graphs that it says it
can run. It answers for views of :meth:`LinkGraph.to_networkx` alone, with what networkx itself
returns; whatever else is asked, it leaves to networkx. networkx's own loops walk the paths, over
rows made of arrays, so that order, ties, errors and types stay theirs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np

from hummgraph.graph.interop.networkx_view import BACKEND, ways_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.graph.interop.networkx_view import Edges, Way

__all__ = ["Backend", "backend"]

_COUNTING: Final = ("igraph", "rustworkx")  # who counts the paths between all pairs
_NOT_A_VIEW: Final = "the graph is not a view made by to_networkx()"


class Backend:
    """Backend that networkx calls: one method for each function that arrays can answer.

    The methods have the parameters of networkx' functions and return the same values, in the same
    order; betweenness is the same up to rounding.

    Examples
    --------
    >>> import hummgraph as hg
    >>> view = hg.LinkGraph(hg.datasets.load_demo().snapshot()).to_networkx()
    >>> Backend().can_run("pagerank", (view,), {})
    True
    >>> Backend().can_run("pagerank", (view,), {"weight": "label"})
    "edges have no array of 'label'"
    >>> Backend().can_run("pagerank", (nx.MultiDiGraph(view),), {})
    'the graph is not a view made by to_networkx()'
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # What networkx' loops call for the rows, networkx answers.
        return _original(name)

    def can_run(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
        """Return whether the arrays can answer a call, or else a text that says why not."""
        graph = args[0] if args else kwargs.get("G")
        if isinstance(graph, _Rows):
            return True
        if name not in _ANSWERED:
            return "the function is left to networkx"
        ways = ways_of(graph)
        if ways is None:
            return _NOT_A_VIEW
        try:
            given = inspect.signature(getattr(self, name)).bind(*args, **kwargs)
        except TypeError as error:
            return str(error)
        given.apply_defaults()
        return _reason_against(name, ways[0].edges, given.arguments) or True

    def should_run(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        """Return ``True``: what arrays can answer, they answer sooner."""
        del name, args, kwargs
        return True

    def convert_from_nx(self, graph: nx.Graph[Any], **_: object) -> nx.Graph[Any]:
        """Return the graph: a view has its arrays with it."""
        return graph

    def convert_to_nx(self, found: object, **_: object) -> object:
        """Return a result as it is: made of Python's own types."""
        return found

    def degree_centrality(self, G: nx.Graph[str]) -> dict[str, float]:  # noqa: N803 - their name
        """Answer ``nx.degree_centrality``. O(n)."""
        forth, back = _ways(G)
        ids = forth.edges.ids
        if len(ids) <= 1:
            return dict.fromkeys(ids, 1)
        degrees = np.diff(forth.first) + np.diff(back.first)
        return dict(zip(ids, (degrees * (1.0 / (len(ids) - 1.0))).tolist(), strict=True))

    def weakly_connected_components(self, G: nx.Graph[str]) -> Iterator[set[str]]:  # noqa: N803
        """Answer ``nx.weakly_connected_components``, by scipy. O(n + m)."""
        from scipy.sparse.csgraph import connected_components

        forth, _ = _ways(G)
        ids = forth.edges.ids
        _, labels = connected_components(_matrix(forth, np.ones(len(forth.far))), directed=False)
        # networkx begins with the component of the first node, then of the first outside it.
        _, first, found = np.unique(labels, return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.intp)
        rank[np.argsort(first)] = np.arange(len(first))
        component = rank[found]
        members = [ids[node] for node in np.argsort(component, kind="stable").tolist()]
        begin = 0
        for end in np.cumsum(np.bincount(component)).tolist():
            yield set(members[begin:end])
            begin = end

    def pagerank(  # noqa: PLR0917 - their parameters
        self,
        G: nx.Graph[str],  # noqa: N803
        alpha: float = 0.85,
        personalization: Mapping[str, float] | None = None,
        max_iter: int = 100,
        tol: float = 1.0e-6,
        nstart: Mapping[str, float] | None = None,
        weight: str | None = "weight",
        dangling: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Answer ``nx.pagerank``, by scipy and bit for bit. O(m) for each step.

        Raises
        ------
        ZeroDivisionError
            If the personalization adds up to 0.
        networkx.PowerIterationFailedConvergence
            If `max_iter` steps do not get within `tol`.
        """
        forth, _ = _ways(G)
        ids = forth.edges.ids
        n = len(ids)
        if n == 0:
            return {}
        links = _matrix(forth, _numbers(forth.edges, weight)[0][forth.order])
        scale = links.sum(axis=1)
        scale[scale != 0] = 1.0 / scale[scale != 0]
        links.data *= np.repeat(scale, np.diff(links.indptr))

        def vector(values: Mapping[str, float] | None) -> NDArray[np.float64]:
            if values is None:
                return np.repeat(1.0 / n, n)
            return np.array([values.get(node, 0) for node in ids], dtype=float)

        ranks = vector(nstart)
        if nstart is not None:
            ranks /= ranks.sum()
        jumps = vector(personalization)
        if personalization is not None:
            if jumps.sum() == 0:
                raise ZeroDivisionError
            jumps /= jumps.sum()
        out_of_dangling = jumps
        if dangling is not None:
            out_of_dangling = vector(dangling)
            out_of_dangling /= out_of_dangling.sum()
        is_dangling = np.flatnonzero(scale == 0)
        for _ in range(max_iter):
            last = ranks
            # Added up one after the other, as Python's sum() of networkx does.
            lost = np.cumsum(last[is_dangling])[-1] if len(is_dangling) else 0
            ranks = alpha * (last @ links + lost * out_of_dangling) + (1 - alpha) * jumps
            if np.absolute(ranks - last).sum() < n * tol:
                return dict(zip(ids, ranks.tolist(), strict=True))
        raise nx.PowerIterationFailedConvergence(max_iter)

    def shortest_path(
        self,
        G: nx.Graph[str],  # noqa: N803
        source: str | None = None,
        target: str | None = None,
        weight: str | None = None,
        method: str = "dijkstra",
    ) -> Any:
        """Answer ``nx.shortest_path``: networkx' loops over rows of the arrays."""
        way = None if weight is None else _stored
        walk = _original("shortest_path")
        return walk(_rows_of(G, weight), source, target, weight=way, method=method)

    def single_source_dijkstra(
        self,
        G: nx.Graph[str],  # noqa: N803
        source: str,
        target: str | None = None,
        cutoff: float | None = None,
        weight: str | None = "weight",
    ) -> Any:
        """Answer ``nx.single_source_dijkstra``: networkx' loop over rows of the arrays."""
        walk = _original("single_source_dijkstra")
        return walk(_rows_of(G, weight), source, target, cutoff, _stored)

    def betweenness_centrality(  # noqa: PLR0917
        self,
        G: nx.Graph[str],  # noqa: N803
        k: int | None = None,
        normalized: bool = True,  # noqa: FBT001, FBT002 - their signature
        weight: str | None = None,
        endpoints: bool = False,  # noqa: FBT001, FBT002
        seed: object = None,
    ) -> dict[str, float]:
        """Answer ``nx.betweenness_centrality`` by igraph, or else rustworkx. O(n m)."""
        del k, weight, endpoints, seed
        forth, _ = _ways(G)
        ids = forth.edges.ids
        # Parallel links are one way from node to node here, as they are for networkx.
        starts = _first_of_pairs(forth)
        source, target = _near(forth)[starts], forth.far[starts]
        pairs = list(zip(source.tolist(), target.tolist(), strict=True))
        counted = _count_paths(len(ids), pairs)
        if normalized and len(ids) > 2:
            counted *= 1 / ((len(ids) - 1) * (len(ids) - 2))
        return dict(zip(ids, counted.tolist(), strict=True))


_ANSWERED: Final = frozenset(
    {
        "betweenness_centrality",
        "degree_centrality",
        "pagerank",
        "shortest_path",
        "single_source_dijkstra",
        "weakly_connected_components",
    }
)


def _original(name: str) -> Callable[..., Any]:
    """Return networkx' own function, which asks no backend."""
    function: Callable[..., Any] = getattr(nx, name).orig_func
    return function


def _reason_against(name: str, edges: Edges, given: Mapping[str, Any]) -> str | None:
    """Return the reason why arrays cannot answer a call exactly, if they cannot."""
    if name == "betweenness_centrality":
        if given["k"] is not None or given["weight"] is not None or given["endpoints"]:
            return "samples, weights and end points are counted by networkx alone"
        if not any(map(find_spec, _COUNTING)):
            return "neither igraph nor rustworkx is installed"
    elif "weight" in given and edges.numbers(given["weight"]) is None:
        return f"edges have no array of {given['weight']!r}"
    return None


def _ways(graph: nx.Graph[str]) -> tuple[Way, Way]:
    """Return the arrays of a view.

    Raises
    ------
    NotImplementedError
        If the graph is not one of ours, which is what networkx expects of a backend then.
    """
    ways = ways_of(graph)
    if ways is None:
        raise NotImplementedError(_NOT_A_VIEW)
    return ways


def _numbers(edges: Edges, weight: object) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers of edges, and where networkx takes 1.

    Raises
    ------
    NotImplementedError
        If edges have no array of them.
    """
    found = edges.numbers(weight)
    if found is None:
        raise NotImplementedError(f"edges have no array of {weight!r}")
    return found


def _near(way: Way) -> NDArray[np.intp]:
    """Return the position of the node at the near end of each edge."""
    return np.repeat(np.arange(len(way.edges.ids)), np.diff(way.first))


def _first_of_pairs(way: Way) -> NDArray[np.intp]:
    """Return the first edge of each pair of nodes: edges come sorted."""
    near, far = _near(way), way.far
    new = np.ones(len(far), dtype=bool)
    new[1:] = (near[1:] != near[:-1]) | (far[1:] != far[:-1])
    return np.flatnonzero(new)


def _matrix(way: Way, values: NDArray[np.float64]) -> csr_array[Any, tuple[int, int]]:
    """Return the sum of the values from node to node, added up in networkx' order."""
    from scipy.sparse import coo_array

    n = len(way.edges.ids)
    made: csr_array[Any, tuple[int, int]] = coo_array(
        (values, (_near(way), way.far)), shape=(n, n)
    ).tocsr()
    return made


def _count_paths(n: int, pairs: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Return for each node the share of the shortest paths between others that pass it."""
    if find_spec("igraph"):
        import igraph

        return np.array(igraph.Graph(n, pairs, directed=True).betweenness(), dtype=float)
    import rustworkx as rx

    graph: rx.PyDiGraph[None, None] = rx.PyDiGraph()
    graph.add_nodes_from([None] * n)
    graph.add_edges_from_no_data(pairs)
    found = rx.digraph_betweenness_centrality(graph, normalized=False)
    return np.array([found[node] for node in range(n)], dtype=float)


class _Rows(nx.DiGraph):  # type: ignore[type-arg]  # it takes none when the program runs
    """A graph for the loops of networkx: each row is made of arrays when a loop comes to it.

    The value of an edge is its number, the least of parallel ones; it has no other attributes.
    """

    __networkx_backend__ = BACKEND  # no other backend could read it


class _OneWay(Mapping[str, dict[str, float]]):
    """For each node, its neighbours one way and the least number of the edges to each."""

    def __init__(self, way: Way, weight: object) -> None:
        values, missing = (part[way.order] for part in _numbers(way.edges, weight))
        begin = _first_of_pairs(way)
        if len(begin):
            least = np.minimum.reduceat(values, begin)
            # Of equal numbers Python's min() takes the first, which may be networkx' own 1.
            sizes = np.diff(np.append(begin, len(values)))
            at = np.flatnonzero(values == np.repeat(least, sizes))
            _, first = np.unique(np.repeat(np.arange(len(begin)), sizes)[at], return_index=True)
            values, missing = least, missing[at[first]]
        numbers = values.tolist()
        for place in np.flatnonzero(missing).tolist():
            numbers[place] = 1
        self._ids = way.edges.ids
        self._index = way.edges.index
        self._numbers: list[float] = numbers
        self._far = [self._ids[node] for node in way.far[begin].tolist()]
        self._first: list[int] = np.searchsorted(begin, way.first).tolist()

    def __getitem__(self, node: str) -> dict[str, float]:
        code = self._index[node]
        row = slice(self._first[code], self._first[code + 1])
        return dict(zip(self._far[row], self._numbers[row], strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


_KEPT: Final[WeakKeyDictionary[Edges, dict[object, tuple[_OneWay, _OneWay]]]] = WeakKeyDictionary()
"""Rows both ways, by the edges of a view and the weight: a view does not change."""


def _rows_of(view: nx.Graph[str], weight: object) -> _Rows:
    """Return a view as rows, for one call."""
    ways = _ways(view)
    kept = _KEPT.setdefault(ways[0].edges, {})
    if weight not in kept:
        kept[weight] = _OneWay(ways[0], weight), _OneWay(ways[1], weight)
    forth, back = kept[weight]
    rows = _Rows()
    nodes = vars(view)["_node"]
    for name, part in {"_node": nodes, "_adj": forth, "_succ": forth, "_pred": back}.items():
        setattr(rows, name, part)
    return rows


def _stored(_source: str, _target: str, number: float) -> float:
    return number


backend: Final = Backend()
