"""Join paths: how to join two tables, across systems and within them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from math import prod
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.joins.keys import JoinKey, JoinKeys
from hummgraph.algorithms.joins.net import JoinNet, Way
from hummgraph.algorithms.kernels.effort import Effort, stopped_after, stopped_note
from hummgraph.algorithms.kernels.steps import box_of, line_of, shown, step_of
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.drawing.diagram.diagram import Diagram, Line, LineStyle
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, title_of, visible
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Edges
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["JoinPath", "JoinPaths", "join_paths"]

_RULES = ("first", "only", "any")
_MOST_ALIKE: Final = 5
MAX_JOIN_WORK: Final = 200_000
"""Links that a search for joins tries at most unless asked otherwise: some seconds."""

_ROWS = pa.schema(
    [
        pa.field("path", pa.int64()),
        pa.field("step", pa.int64()),
        pa.field("source_path", pa.string()),
        pa.field("target_path", pa.string()),
        pa.field("source_deleted", pa.bool_()),
        pa.field("target_deleted", pa.bool_()),
        pa.field("key", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("status", pa.string()),
        pa.field("link_type", pa.string()),
        pa.field("weight", pa.float64()),
        pa.field("confidence", pa.float64()),
        pa.field("n_parallel", pa.int64()),
        pa.field("link_id", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, repr=False)
class JoinPath(Shows):
    """One way to join two tables: which columns are to be equal, table by table.

    Parameters
    ----------
    tables
        Ids of the tables, from the one to the other.
    steps
        What joins each table to the next. Ends of a step are columns, or the table itself where
        nothing says which column it is. From one column of a table to another is no step.
    keys
        How well each step tells rows apart.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
    <JoinPath: Stripe/customers.email = HubSpot/contacts.email, confidence 0.87>
    """

    tables: tuple[str, ...]
    steps: tuple[Step, ...]
    keys: tuple[JoinKey, ...]
    graph: LinkGraph = field(compare=False)

    @property
    def confidence(self) -> float:
        """Product of the weights of all steps, in (0, 1]; 0 or NaN where a link is left out."""
        return prod(step.weight for step in self.steps)

    @property
    def key(self) -> JoinKey:
        """How well the worst step tells rows apart."""
        return max(self.keys)

    def __len__(self) -> int:
        return len(self.steps)

    def to_sql(self, *, dialect: str | None = None) -> str:
        """Write the join as a SQL query: a skeleton to go on from, not to be run unread.

        Parameters
        ----------
        dialect
            One of sqlglot's, such as ``"snowflake"``, ``"postgres"`` or ``"bigquery"``; ``None``
            for standard SQL.

        Returns
        -------
        str
            Names are quoted as they are. Tables of several systems have to be brought into one
            database first; a comment says so. Where the columns are not known, nothing is joined:
            ``ON FALSE`` is to be filled in.

        Raises
        ------
        ArgumentError
            If sqlglot knows no such dialect.
        MissingDependencyError
            If sqlglot is not installed.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> print(path.to_sql(dialect="snowflake"))
        -- Tables of several systems, to be brought into one database: Stripe, HubSpot.
        -- Stripe/customers.email = HubSpot/contacts.email: APPROVED, 0.87
        SELECT
          t1.*,
          t2.*
        FROM "customers" AS t1
        JOIN "contacts" AS t2
          ON t1."email" = t2."email"
        """
        from hummgraph.algorithms.joins.sql import sql_of

        return sql_of(self, dialect)

    def to_frame(self) -> Frame:
        """Return one row a step.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> path.to_frame()["key"]
        ['identifying']
        """
        return _frame([self])

    def to_dict(self) -> dict[str, Any]:
        """Return the path as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> path.to_dict()["key"]
        'identifying'
        """
        return {
            "tables": list(self.tables),
            "table_paths": [self.graph.node(table).path for table in self.tables],
            "key": self.key.name.lower(),
            "confidence": _or_none(self.confidence),
            "steps": [
                step.to_dict() | {"key": key.name.lower(), "weight": _or_none(step.weight)}
                for step, key in zip(self.steps, self.keys, strict=True)
            ],
        }

    def diagram(self) -> Diagram:
        """Return the picture of the path: columns, what joins them, moves within a table.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> [box.title for box in path.diagram().boxes]
        ['email', 'email']
        """
        stops = [self.steps[0].source]
        lines = []
        for before, after in pairwise(self.steps):
            stops.append(before.target)
            if after.source != before.target:
                stops.append(after.source)
                moved = Line(before.target, after.source, "", LineStyle.WITHIN, directed=False)
                lines.append(moved)
        stops.append(self.steps[-1].target)
        ends = (0, len(stops) - 1)
        boxes = tuple(
            box_of(self.graph, self.graph.index_of(node), rank=rank, emphasis=rank in ends)
            for rank, node in enumerate(stops)
        )
        lines += [line_of(step, directed=False) for step in self.steps]
        nodes = self.graph.arrays.nodes
        one, other = (
            nodes.marked_path[self.graph.index_of(table)].as_py()
            for table in (self.tables[0], self.tables[-1])
        )
        return Diagram(f"Join {one} to {other}", boxes, tuple(lines))

    def to_svg(self) -> str:
        """Draw the path as SVG.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> path.to_svg().startswith("<svg ")
        True
        """
        return self.diagram().to_svg()

    def to_mermaid(self) -> str:
        """Write the path as a Mermaid flowchart.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> "flowchart LR" in path.to_mermaid()
        True
        """
        return self.diagram().to_mermaid()

    def __repr__(self) -> str:
        joins = "; ".join(" = ".join(step.marked) for step in self.steps)
        return f"<JoinPath: {visible(joins)}, confidence {shown(self.confidence)}>"

    def _card_(self) -> Card:
        table = _frame([self]).select(*_SHOWN_STEPS)
        return Card(title_of(self), table=table, things="steps", picture=self.to_svg())


@dataclass(frozen=True, slots=True, repr=False)
class JoinPaths(Shows):
    """Ways to join two tables, the best first, or what is missing where there is none.

    Parameters
    ----------
    paths
        The ways.
    missing
        Where there is none: the nearest way over links that are left out, because they are REJECTED
        or have no confidence; the weight of their steps is NaN, or 0.
    alike
        Where there is not even that: names of pairs of columns that are called alike and tell rows
        apart, the one in a table that the first can be joined with, the other so for the second;
        pairs with ``(deleted)`` after a name come last.
    stopped_at
        After how many links tried the search stopped before it had as many ways as were asked for;
        ``None`` if it did not.
    n_other_levels
        Where there is no way: how many links between whole tables or systems lead on from the
        tables that either can be joined with. They say of no column what it equals, and join none.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = join_paths(graph, "Stripe/customers", "Zendesk/tickets", k=3)
    >>> len(found), found.missing
    (3, None)
    """

    paths: tuple[JoinPath, ...]
    missing: JoinPath | None = None
    alike: tuple[tuple[str, str], ...] = ()
    stopped_at: int | None = None
    n_other_levels: int = 0

    @property
    def note(self) -> str:
        """Where the search stopped; empty if it was not stopped.

        Examples
        --------
        >>> JoinPaths((), stopped_at=1_000).note
        'Stopped after 1,000 links (max_work): there may be more ways.'
        """
        return stopped_note(self.stopped_at, "there may be more ways")

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[JoinPath]:
        return iter(self.paths)

    @property
    def advice(self) -> str:
        """Say what is missing; empty where the tables can be joined.

        Examples
        --------
        >>> JoinPaths(()).advice
        'No way to join them, and no link that would make one.'
        """
        if self.paths:
            return ""
        if self.missing is not None:
            wanting = [step for step in self.missing.steps if not step.weight > 0]
            links = "; ".join(
                f"{' = '.join(step.marked)} ({_why_not(step)}, link {step.link_id})"
                for step in wanting
            )
            return f"No way to join them. They could be joined if this counted: {links}."
        told = ["No way to join them, and no link that would make one."]
        if self.stopped_at is not None:
            told = ["No way to join them was found.", self.note]
        if self.n_other_levels:
            n = self.n_other_levels
            told.append(
                "1 link of a whole table or system leads on from there, but names no columns."
                if n == 1
                else f"{n:,} links of whole tables or systems lead on from there, but name no"
                " columns."
            )
        if self.alike:
            told.append(f"Called alike: {'; '.join(f'{a} and {b}' for a, b in self.alike)}.")
        return " ".join(told)

    def to_frame(self) -> Frame:
        """Return one row a step of each path.

        Examples
        --------
        >>> JoinPaths(()).to_frame().shape[0]
        0
        """
        return _frame(list(self.paths))

    def to_dict(self) -> dict[str, Any]:
        """Return the paths, or what is missing, as plain data.

        Examples
        --------
        >>> JoinPaths(()).to_dict()["paths"]
        []
        """
        return {
            "paths": [path.to_dict() for path in self.paths],
            "missing": None if self.missing is None else self.missing.to_dict(),
            "alike": [list(pair) for pair in self.alike],
            "advice": self.advice,
            "stopped_at": self.stopped_at,
            "n_other_levels": self.n_other_levels,
        }

    def __repr__(self) -> str:
        if not self.paths:
            return f"<JoinPaths: {visible(self.advice)}>"
        stopped = ""
        if self.stopped_at is not None:
            stopped = f", stopped {stopped_after(self.stopped_at)}"
        return f"<JoinPaths: {len(self.paths):,}{stopped}, the best is {self.paths[0]!r}>"

    def _card_(self) -> Card:
        if not self.paths:
            return Card(title_of(self))
        first = self.paths[:MAX_ROWS]
        columns = {
            "confidence": [shown(path.confidence) for path in first],
            "key": [path.key.name.lower() for path in first],
            "join": ["; ".join(" = ".join(step.marked) for step in path.steps) for path in first],
        }
        table, picture = Frame(pa.table(columns)), first[0].to_svg()
        notes = [self.note] if self.note else []
        return Card(title_of(self), (), table, "ways", len(self), notes, picture)


_SHOWN_STEPS = ("source_path", "target_path", "key", "confidence", "status")


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _why_not(step: Step) -> str:
    if step.status == "REJECTED":
        return "REJECTED"
    return f"{step.status}, {'no confidence' if step.confidence is None else 'no weight'}"


def _frame(paths: list[JoinPath]) -> Frame:
    rows = [
        {name: getattr(step, name) for name in _ROWS.names if hasattr(step, name)}
        | {"path": number, "step": at, "key": key.name.lower()}
        for number, path in enumerate(paths)
        for at, (step, key) in enumerate(zip(path.steps, path.keys, strict=True))
    ]
    return Frame(pa.Table.from_pylist(rows, schema=_ROWS))


def join_paths(
    graph: LinkGraph,
    table_a: str | UUID | Node,
    table_b: str | UUID | Node,
    *,
    k: int = 5,
    keys: Literal["first", "only", "any"] = "first",
    detour: float = 0.8,
    max_work: int = MAX_JOIN_WORK,
) -> JoinPaths:
    """Find ways to join two tables.

    A way leads over links between columns, and over relationships and associations that systems
    declare, from table to table; from one column of a table to another it moves freely. It visits
    no table twice. Direction does not count.

    Parameters
    ----------
    graph
        Its links count as its policy weighs them; those without a weight are left out.
    table_a, table_b
        Ids, names or nodes of two tables or objects.
    k
        How many at most, from 1.
    keys
        ``"first"`` ranks ways by what rows they bring together, then by confidence, then by length.
        First come those whose every step tells rows apart and that bring together rows belonging to
        each other; then such that compare names too; then those that bring together all that refer
        to one row, as every user and every invoice of one account; last those that compare times,
        states or amounts. ``"only"`` gives the first of these kinds alone.
        ``"any"`` ranks all by confidence and length alone. Whatever the rule, ways over deleted
        columns or tables come after all others; the two tables themselves do not count, only the
        columns in them that the catalogue calls inactive.
    detour
        What each step beyond the first counts as where ways are ranked, in (0, 1]: a way round over
        certain links is still a way round, and each table on it has to be loaded and kept. With 1,
        confidence alone decides, then length. It does not enter :attr:`JoinPath.confidence`.
    max_work
        How many links the search tries at most, from 1, before it answers with the ways it has;
        the kinds of ways that ``keys`` ranks share it equally.

    Returns
    -------
    JoinPaths
        Ways differ in their links; of parallel links between two columns the best is taken. Fewer
        than k if there are no more, or if the search stopped: then ``stopped_at`` says so.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a table cannot be told.
    ArgumentError
        If a node is not a table, both are the same, or another argument is something else.

    Notes
    -----
    Yen's algorithm over tables: O(k l (n + m) log n) for n tables, m pairs of linked columns and
    ways of l steps, more where it finds many that visit a table twice, which do not count; never
    more than ``max_work`` allows. What tells rows apart is a guess by what a column is declared to
    be, what it is called and its type: confidence says that two columns mean the same, not that it
    is a key.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> for path in join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=2):
    ...     print(path.steps[0].source_path, len(path))
    Stripe/customers.email 1
    Stripe/customers.email 2
    """
    check_graph(graph, "join_paths")
    check_count("k", k)
    check_count("max_work", max_work)
    if keys not in _RULES:
        raise ArgumentError(f"keys is {keys!r}; it must be one of 'first', 'only', 'any'.")
    if isinstance(detour, bool) or not isinstance(detour, int | float) or not 0 < detour <= 1:
        raise ArgumentError(f"detour is {detour!r}; it must be a number above 0, and 1 at most.")
    ends = _table(graph, table_a), _table(graph, table_b)
    if ends[0] == ends[1]:
        raise ArgumentError(f"{str(table_a)!r} and {str(table_b)!r} are one table.")
    net = JoinNet.of(graph, detour)
    found: dict[Way, JoinPath] = {}
    nets = net.nets(keys, ends)
    stopped_at = None
    for edges in nets:
        # None of the kinds of ways may use up what the others need.
        effort = Effort(-(-max_work // len(nets)))
        for way in net.routes(edges, ends, effort):
            if len(found) == k:
                break
            if way not in found:
                found[way] = _path(net, way)
        if effort.stopped:
            stopped_at = max_work
    if found:
        return JoinPaths(tuple(found.values()), stopped_at=stopped_at)
    return replace(_missing(net, ends), stopped_at=stopped_at)


def _path(net: JoinNet, way: Way) -> JoinPath:
    graph = net.graph
    steps = []
    for at, begin in zip(way.taken, way.tables[:-1], strict=True):
        one, other = net.columns(at, begin)
        n_parallel = int(net.n_parallel[at])
        steps.append(step_of(graph, int(net.item[at]), one, other, n_parallel=n_parallel))
    ids = graph.arrays.nodes.id_text.take(pa.array(way.tables)).to_pylist()
    keys = tuple(JoinKey(int(net.keys[at])) for at in way.taken)
    return JoinPath(tuple(ids), tuple(steps), keys, graph)


def _table(graph: LinkGraph, node: str | UUID | Node) -> int:
    index = graph.index_of(node)
    if graph.arrays.nodes.depth[index] != Level.TABLE.depth:
        raise ArgumentError(f"{str(node)!r} is not a table or object; tables are joined.")
    return index


def _missing(net: JoinNet, ends: tuple[int, int]) -> JoinPaths:
    """Find the nearest way over links that are left out, or columns that are called alike."""
    for kept in net.tiers(ends):
        edges = net.edges(np.flatnonzero(kept))
        way = next(net.routes(edges, ends, Effort(MAX_JOIN_WORK)), None)
        if way is not None:
            return JoinPaths((), _path(net, way))
    sides = [_joined(edges, end) for end in ends]
    return JoinPaths(
        (),
        None,
        _alike(net.graph, sides),
        n_other_levels=_leading_on(net.graph, sides),
    )


def _leading_on(graph: LinkGraph, sides: list[NDArray[np.bool_]]) -> int:
    """Count the weighted links of whole tables or systems that lead on from tables of a side."""
    nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
    leading = np.zeros(graph.n_links, dtype=bool)
    for tables in sides:
        near = _within(nodes.ancestor[1], tables)
        systems = nodes.ancestor[0][tables]
        near[systems[systems >= 0]] = True
        leading |= near[ends.source] != near[ends.target]
    columns = graph.link_levels == Level.COLUMN.depth
    return int((leading & ~columns & (graph.weights > 0)).sum())


def _within(table: NDArray[np.int32], tables: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the nodes whose table is one of some."""
    within: NDArray[np.bool_] = (table >= 0) & tables[table]
    return within


def _alike(graph: LinkGraph, joined: list[NDArray[np.bool_]]) -> tuple[tuple[str, str], ...]:
    """Pair columns with equal names, of tables that either table can be joined with."""
    nodes = graph.arrays.nodes
    sides = []
    known = JoinKeys(graph)
    for tables in joined:
        named = defaultdict(list)
        for column in np.flatnonzero(_within(nodes.ancestor[1], tables) & (nodes.depth == 2)):
            if known.of_column(int(column)) is JoinKey.IDENTIFYING:
                named[nodes.name[int(column)].as_py().casefold()].append(int(column))
        sides.append(named)
    pairs = [
        (a, b)
        for name in sorted(sides[0].keys() & sides[1].keys() - {"id"})
        for a in sides[0][name]
        for b in sides[1][name]
    ]
    pairs.sort(key=lambda pair: bool(nodes.deleted[list(pair)].any()))
    paths = nodes.marked_path
    return tuple((paths[a].as_py(), paths[b].as_py()) for a, b in islice(pairs, _MOST_ALIKE))


def _joined(edges: Edges, start: int) -> NDArray[np.bool_]:
    """Mark the tables that one can be joined with, and itself."""
    reached = np.zeros(edges.n_nodes, dtype=bool)
    reached[start] = True
    front = np.array([start])
    while len(front):
        there = np.unique(edges.leaving.node[edges.leaving.slots_of(front)])
        front = there[~reached[there]]
        reached[front] = True
    return reached
