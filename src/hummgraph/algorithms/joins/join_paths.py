"""Paths that join two tables, across systems and within them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from hummgraph.algorithms.joins.keys import JoinKey, Meanings
from hummgraph.algorithms.joins.missing import find_missing, find_uncounted
from hummgraph.algorithms.joins.net import JoinNet
from hummgraph.algorithms.joins.path import CHAIN, DETOUR, JoinPath, JoinPaths
from hummgraph.algorithms.joins.planner import MAX_JOIN_WORK, Planner, shape_of
from hummgraph.algorithms.joins.search import Shape
from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.algorithms.kernels.steps import steps_of
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.entities.words import WordSource
    from hummgraph.algorithms.joins.net import Join
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["join_paths", "joins_and_work"]

_KEY_RULES = ("identifying", "describing", "any")

# A graph is immutable: its joins by the bundled words are found once, and kept as long as it is.
_known: GraphCache[JoinNet] = GraphCache()


def join_paths(
    graph: LinkGraph,
    a: str | UUID | Node,
    b: str | UUID | Node,
    *,
    k: int = 5,
    keys: Literal["identifying", "describing", "any"] = "identifying",
    detour: float = DETOUR,
    max_work: int = MAX_JOIN_WORK,
    words: WordSource | None = None,
) -> JoinPaths:
    """Return paths that join two tables.

    A path follows links between columns, and relationships and associations that systems declare,
    from table to table; between the columns of one table it moves freely. It visits no table twice.
    Directions are ignored. Where it would leave a table by the column by which it entered, the
    table is left out and the columns around it are compared directly.

    Parameters
    ----------
    graph
        A graph; its links count as its policy weighs them, and those without a weight are left out.
    a, b
        Ids, names or nodes of two tables or objects.
    k
        Greatest number of paths, from 1. If k is above 1, one of them is direct if a direct one
        exists.
    keys
        ``"identifying"`` returns paths whose every step compares columns that identify rows: first
        single links, then by confidence and length, and after them paths that bring together all
        rows that refer to one row, as every ticket and every invoice of one customer.
        ``"describing"`` adds doubtful paths, then those that compare names too, and last those that
        compare times, states or amounts. ``"any"`` ranks all by confidence and length alone.
        A path that takes as the same what was rejected (:attr:`JoinPath.rejected`) is after equal
        paths that do not, and counts half unless the rule is ``"any"``.
        Whatever the rule, paths over deleted columns or tables are after all others; in the two
        tables themselves, only columns that the catalogue calls inactive count as deleted.
    detour
        Factor of each step beyond the first in the ranking, in (0, 1]: a detour over certain links
        is still a detour, and each table on it must be loaded and kept. With 1, confidence alone
        decides, then length. It does not enter :attr:`JoinPath.confidence`.
    max_work
        Number of links that the search tries, from 1, before it returns the paths found so far; the
        kinds of paths that ``keys`` ranks share it equally.
    words
        Words to add to the lists that names are read by, as for :func:`entities`. Those of
        ``roles`` have two lists of references that come last: ``actor`` for those who handle a row,
        such as ``assignee``, and ``writer`` for those who wrote it.

    Returns
    -------
    JoinPaths
        Paths that differ in the columns that they compare; of parallel links between two columns
        the best is used. Fewer than k if there are no more, or if the search stopped early: then
        ``stopped_at`` is set. Without any, ``advice`` says what there is instead.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a table does not exist or a name is ambiguous.
    ArgumentError
        If a node is not a table, both are the same, or another argument is invalid.

    Notes
    -----
    Yen's algorithm over tables: O(k l m log m) for m joins and paths of l steps, never more than
    ``max_work`` allows; besides, once for each graph, its roles and entities. Whether columns
    identify rows, and the same ones, is judged by roles, entities and decisions. Approved and
    DETERMINISTIC links, and what systems declare, come before suggestions of like kind; an id that
    another system keeps of a row is a key of it; two ids that are counted separately are doubtful,
    and so are paths of several steps with a confidence below one half.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> join_paths(graph, "Stripe/customers", "Stripe/invoices", k=1).paths[0].comparisons
    'Stripe/customers.id = Stripe/invoices.customer'
    """
    check_graph(graph, "join_paths")
    check_count("k", k)
    check_count("max_work", max_work)
    if keys not in _KEY_RULES:
        allowed = ", ".join(map(repr, _KEY_RULES))
        raise ArgumentError(f"keys is {keys!r}; it must be one of {allowed}.")
    if isinstance(detour, bool) or not isinstance(detour, int | float) or not 0 < detour <= 1:
        raise ArgumentError(f"detour is {detour!r}; it must be a number above 0, and at most 1.")
    ends = _table_index(graph, a), _table_index(graph, b)
    if ends[0] == ends[1]:
        raise ArgumentError(f"{str(a)!r} and {str(b)!r} are the same table.")
    return _ways(graph, _net_of(graph, words), ends, k, keys, detour, max_work)[0]


def joins_and_work(
    graph: LinkGraph, ends: tuple[int, int], k: int, max_work: int
) -> tuple[JoinPaths, int]:
    """Return the result of :func:`join_paths` for two tables, by position, and the links it tried.

    Parameters
    ----------
    graph
        A graph.
    ends
        Positions of two different tables.
    k
        Greatest number of paths, from 1.
    max_work
        Number of links that the search tries, from 1.

    Notes
    -----
    As :func:`join_paths`.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> ends = tuple(map(graph.index_of, ("Stripe/customers", "Zendesk/tickets")))
    >>> found, work = joins_and_work(graph, ends, k=3, max_work=100_000)
    >>> len(found), work > 0
    (3, True)
    """
    return _ways(graph, _net_of(graph, None), ends, k, "identifying", DETOUR, max_work)


def _ways(  # noqa: PLR0917 - the arguments of a search, checked
    graph: LinkGraph,
    net: JoinNet,
    ends: tuple[int, int],
    k: int,
    keys: str,
    detour: float,
    max_work: int,
) -> tuple[JoinPaths, int]:
    """Return the paths, and how many links the searches tried."""
    planner = Planner(net, ends, detour, max_work)
    build = partial(_build_path, graph)
    paths = tuple(build(net, ends[0], *found) for found in planner.ways(keys, k))
    stopped_at = max_work if planner.stopped else None
    work = _work_of(planner)
    if paths:
        return JoinPaths(paths, stopped_at=stopped_at, keys=keys, detour=detour), work
    if keys == "identifying":
        less = Planner(net, ends, detour, max_work)
        for found in less.ways("describing", 1):
            other = build(net, ends[0], *found)
            none = JoinPaths(
                (),
                other=other,
                missing=find_uncounted(net, ends, build),
                stopped_at=stopped_at,
                detour=detour,
            )
            return none, work + _work_of(less)
        work += _work_of(less)
        stopped_at = max_work if planner.stopped or less.stopped else None
    missing = find_missing(net, ends, build)
    return replace(missing, stopped_at=stopped_at, keys=keys, detour=detour), work


def _work_of(planner: Planner) -> int:
    return sum(effort.spent for effort in planner.efforts)


def _net_of(graph: LinkGraph, words: WordSource | None) -> JoinNet:
    if words is not None:
        return JoinNet.of(graph, Meanings(graph, words))
    return _known.of(graph, _bundled_net)


def _bundled_net(graph: LinkGraph) -> JoinNet:
    """Return the net by the bundled words; it refers to a twin of the graph, which is freed."""
    twin = type(graph).from_arrays(graph.arrays)
    return JoinNet.of(twin, Meanings(twin))


def _build_path(
    graph: LinkGraph, net: JoinNet, start: int, key: JoinKey, way: tuple[Join, ...]
) -> JoinPath:
    chains = tuple(_links_of(net, join) for join in way)
    steps = tuple(_step_of(join, chain) for join, chain in zip(way, chains, strict=True))
    tables = pa.array([start, *(join.table for join in way)])
    ids = net.graph.arrays.nodes.id_text.take(tables).to_pylist()
    peak = _peak_of(net, way) if shape_of(way) is Shape.RELATED else None
    keys, refers = (join.grade.key for join in way), (join.grade.refers for join in way)
    return JoinPath(tuple(ids), steps, tuple(keys), key, chains, graph, tuple(refers), peak)


def _peak_of(net: JoinNet, way: tuple[Join, ...]) -> str:
    """Return the name of the row that rows of both tables refer to; empty if it is unknown."""
    turn = next(join for join in way if join.grade.refers[1])
    if not turn.grade.refers[0]:
        return net.meanings.called(int(net.graph.arrays.nodes.ancestor[1][turn.begin]))
    return net.meanings.called_by(turn.begin, turn.end)


def _links_of(net: JoinNet, join: Join) -> tuple[Step, ...]:
    """Return the links that make a join, in order."""
    begins, ends = [], []
    here = join.begin
    for at in join.links:
        begins.append(here)
        here = net.other_end(at, here)
        ends.append(here)
    chosen = list(join.links)
    return tuple(
        steps_of(
            net.graph, net.item[chosen].tolist(), begins, ends, net.n_parallel[chosen].tolist()
        )
    )


def _step_of(join: Join, chain: tuple[Step, ...]) -> Step:
    """Return one step for all links of a chain, with the facts of the least certain one."""
    if len(chain) == 1:
        return chain[0]
    first, last = chain[0], chain[-1]
    weakest = min(chain, key=lambda link: (link.status == "APPROVED", link.weight))
    return replace(
        weakest,
        source=first.source,
        target=last.target,
        source_path=first.source_path,
        target_path=last.target_path,
        source_deleted=first.source_deleted,
        target_deleted=last.target_deleted,
        kind=CHAIN,
        forward=True,
        weight=join.weight,
        confidence=join.weight,
        n_parallel=0,
        evidence=None,
    )


def _table_index(graph: LinkGraph, node: str | UUID | Node) -> int:
    index = graph.index_of(node)
    if graph.arrays.nodes.depth[index] != Level.TABLE.depth:
        raise ArgumentError(f"{str(node)!r} is not a table or object; only these can be joined.")
    return index
