"""Counts and verdicts on pairs of columns, linked or not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.errors import ArgumentError, ValuesError
from hummgraph.frames import Shows
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import REJECTED
from hummgraph.warehouse.counting import Compared, Form, Overlap, Tables, sampled
from hummgraph.warehouse.normal import Normals, normal_sql
from hummgraph.warehouse.reasons import reason_of
from hummgraph.warehouse.sources import open_database
from hummgraph.warehouse.things import Things, things_differ
from hummgraph.warehouse.verdicts import (
    THRESHOLDS,
    Agreement,
    Evidence,
    Ground,
    Thresholds,
    Verdict,
    is_key,
    is_telling,
    verdict_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import duckdb

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.normal import Normal
    from hummgraph.warehouse.values import Relation, Values

__all__ = ["Budget", "PairMeasure", "Reading", "measure_pairs", "needed_columns"]

_ROUNDS: Final = 3
"""Number of times that keys found by way of other tables lead on to more."""
_FEW_REPEATED: Final = 0.05
"""Share of shared values below which those on several rows are copies or mistakes."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on reading.

    Parameters
    ----------
    rows
        Greatest number of rows to read from all tables together; ``None`` for no limit.
    queries
        Greatest number of queries to send to databases; ``None`` for no limit.

    Examples
    --------
    >>> Budget(rows=1_000_000)
    Budget(rows=1000000, queries=None)
    """

    rows: int | None = None
    queries: int | None = None

    def __post_init__(self) -> None:
        """Raise if a limit is not a number of things."""
        for name in ("rows", "queries"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise ArgumentError(f"{name} is {value!r}; it must be a whole number or None.")
            if value is not None and value < 0:
                raise ArgumentError(f"{name} is {value}; it must not be negative.")


@dataclass(frozen=True, slots=True)
class Reading:
    """Progress of reading and counting, for a progress bar.

    Parameters
    ----------
    what
        ``"tables"`` while tables are read, ``"pairs"`` while pairs of columns are counted.
    done, total
        Number of tables or pairs done, and of all.
    rows
        Number of rows read so far.

    Examples
    --------
    >>> Reading("tables", 1, 12, 5_000).done
    1
    """

    what: str
    done: int
    total: int
    rows: int


@dataclass(frozen=True, slots=True)
class PairMeasure(Shows):
    """Comparison of the values of two columns: counts, never a value.

    Parameters
    ----------
    columns
        Positions of the columns in the graph.
    normal
        Form in which values were compared; ``None`` if they were not.
    overlap
        Counts of the pair; ``None`` if there are none.
    agreement
        The agreement that the verdict rests on, or the greatest found; ``None`` without any.
    verdict
        The verdict.
    reason
        A sentence with the reason.
    """

    columns: tuple[int, int]
    normal: Normal | None
    overlap: Overlap | None
    agreement: Agreement | None
    verdict: Verdict
    reason: str

    @property
    def cardinality(self) -> str:
        """``"1:1"``, ``"1:n"``, ``"n:1"`` or ``"n:m"``, from the first column's table; or empty.

        It is that of rows with a shared value; up to 5 % of such values may be on several rows.
        """
        overlap = self.overlap
        if overlap is None or not overlap.shared:
            return ""
        many = [end.repeated > _FEW_REPEATED * overlap.shared for end in overlap.ends]
        return {(False, False): "1:1", (False, True): "1:n", (True, False): "n:1"}.get(
            (many[0], many[1]), "n:m"
        )


@dataclass(slots=True, eq=False)
class _Pair:
    """A pair of columns of two tables while it is measured; the table with the lower code first."""

    tables: tuple[int, int]
    forms: tuple[Form, Form]
    overlap: Overlap | None = None
    rows: dict[tuple[int, int], Compared] = field(default_factory=dict)
    """Comparison by each pair of the rows that share a value of another, by that pair."""
    tried: set[tuple[int, int]] = field(default_factory=set)
    """Ways by other tables that rows were compared by."""
    best: Agreement | None = None
    """Greatest agreement, in rows joined by whatever."""
    joined: Agreement | None = None
    """Greatest agreement in rows joined by supported keys that are unique at one end at least."""
    same: Agreement | None = None
    """Greatest agreement in rows joined by supported keys that are unique at both ends."""
    loose: Agreement | None = None
    """Greatest agreement in rows joined by supported keys that are unique at neither end."""
    verdict: Verdict = Verdict.CANNOT_SAY
    ground: Ground = Ground.OPEN

    @property
    def columns(self) -> tuple[int, int]:
        return self.forms[0][0], self.forms[1][0]

    @property
    def normal(self) -> Normal:
        return self.forms[0][1]

    @property
    def counted(self) -> Overlap:
        """The counts; every pair is counted before it is judged."""
        if self.overlap is None:  # pragma: no cover - for the type checker
            raise RuntimeError
        return self.overlap

    def judge(self, limits: Thresholds, *, alone: bool, differ: bool = False) -> None:
        """Set the verdict by the counts so far."""
        # Rows of two different things may hold one address each, and be joined by a third thing.
        telling = is_telling(self.counted, self.normal)
        joined = self.same if telling else self.joined
        evidence = Evidence(self.counted, self.normal, self.best, joined, self.loose, alone, differ)
        self.verdict, self.ground = verdict_of(evidence, limits)

    def is_key(self) -> bool:
        """Return whether the data support the pair as a key."""
        return self.verdict is Verdict.SUPPORTED and is_key(self.counted, self.normal)

    def is_open(self) -> bool:
        """Return whether nothing is known yet that decides."""
        return self.ground in {Ground.OPEN, Ground.FEW}

    def n_unique(self) -> int:
        """Return the number of ends where a shared value is on one row."""
        shared = self.counted.shared
        return sum(end.repeated <= _FEW_REPEATED * shared for end in self.counted.ends)

    def see(self, found: Agreement) -> None:
        """Keep an agreement if it is the greatest so far."""
        best = self.best
        if best is None or (found.is_sure, found.share) > (best.is_sure, best.share):
            self.best = found

    def trust(self, found: Agreement, *, n_unique: int) -> None:
        """Keep an agreement in rows joined by a supported key, unique at some of its ends."""
        if not n_unique and (self.loose is None or found.share > self.loose.share):
            self.loose = found
        if n_unique >= 1 and (self.joined is None or found.share > self.joined.share):
            self.joined = found
        if n_unique == 2 and (self.same is None or found.share > self.same.share):
            self.same = found

    def shown(self) -> Agreement | None:
        """Return the agreement that the verdict rests on, else the greatest."""
        telling = is_telling(self.counted, self.normal)
        differing = self.same if telling else self.joined or self.loose
        return differing if self.ground is Ground.DIFFERS else self.best


def measure_pairs(
    graph: LinkGraph,
    values: Values,
    pairs: Iterable[tuple[int, int]],
    *,
    sample: float = 1.0,
    budget: Budget | None = None,
    progress: Callable[[Reading], None] | None = None,
    limits: Thresholds = THRESHOLDS,
) -> list[PairMeasure]:
    """Return the comparison of values for pairs of columns, in the order of the pairs.

    Tables are read once, the columns of these pairs and of links between the same tables only. All
    values meet in a database in memory, which is closed at the end, whatever happens.

    Parameters
    ----------
    graph
        The graph.
    values
        Source of the values.
    pairs
        Positions of two columns each.
    sample
        Share of the values of each pair to count, in (0, 1]; which ones depends on the values, so
        that the same are counted in every system.
    budget
        Limits on reading; tables of most pairs come first.
    progress
        Called after each table and each pair of tables, and while rows arrive.
    limits
        Thresholds of the verdicts.

    Raises
    ------
    ArgumentError
        If ``sample`` is out of range.
    MissingDependencyError
        If DuckDB is not installed.

    Notes
    -----
    O(n p) for n rows and p pairs of columns of two tables.
    """
    if isinstance(sample, bool) or not isinstance(sample, int | float) or not 0 < sample <= 1:
        raise ArgumentError(f"sample is {sample!r}; it must be a number above 0, and at most 1.")
    asked = [(int(one), int(other)) for one, other in pairs]
    measuring = _Measuring(
        graph, values, asked, share=float(sample), limits=limits, progress=progress
    )
    connection = open_database()
    try:
        measuring.run(connection, budget or Budget())
    finally:
        connection.close()
    return [measuring.result(pair) for pair in asked]


def needed_columns(
    graph: LinkGraph, pairs: Sequence[tuple[int, int]]
) -> tuple[dict[int, list[int]], dict[tuple[int, int], list[tuple[int, int]]]]:
    """Return the columns to read by table, and the pairs to count by pair of tables.

    The pairs are those asked for, and those of links between the same two tables that nobody
    rejected: what rows must agree on. Tables of most pairs come first.
    """
    nodes, links = graph.arrays.nodes, graph.arrays.links
    table = nodes.ancestor[1]
    found: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)

    def add(one: int, other: int) -> None:
        a, b = sorted(((int(table[one]), one), (int(table[other]), other)))
        found[a[0], b[0]].add((a[1], b[1]))

    for one, other in pairs:
        if _has_values(graph, one) and _has_values(graph, other) and one != other:
            add(one, other)
    usable = (graph.link_levels == 2) & (links.status != REJECTED)
    asked = set(found)
    for row in np.flatnonzero(usable).tolist():
        one, other = int(links.ends.source[row]), int(links.ends.target[row])
        between = tuple(sorted((int(table[one]), int(table[other]))))
        if between in asked and one != other:
            add(one, other)
    columns: dict[int, set[int]] = defaultdict(set)
    n_pairs: dict[int, int] = defaultdict(int)
    for between, several in found.items():
        for at in (0, 1):
            columns[between[at]] |= {pair[at] for pair in several}
            n_pairs[between[at]] += len(several)
    paths = nodes.path
    order = sorted(columns, key=lambda one: (-n_pairs[one], paths[one].as_py(), one))
    return {one: sorted(columns[one]) for one in order}, {
        between: sorted(found[between]) for between in sorted(found)
    }


def _has_values(graph: LinkGraph, node: int) -> bool:
    """Return whether a node is a column of a known table."""
    nodes = graph.arrays.nodes
    return bool(nodes.depth[node] == Level.COLUMN.depth and nodes.ancestor[1][node] >= 0)


class _Measuring:
    """One run: its values, counts and conclusions."""

    def __init__(
        self,
        graph: LinkGraph,
        values: Values,
        asked: Sequence[tuple[int, int]],
        *,
        share: float,
        limits: Thresholds,
        progress: Callable[[Reading], None] | None,
    ) -> None:
        self.graph, self.values, self.share, self.limits = graph, values, share, limits
        self.columns, self.between = needed_columns(graph, asked)
        self.table = graph.arrays.nodes.ancestor[1]
        self.paths = graph.arrays.nodes.path
        self.normals = Normals(graph)
        self.problems: dict[int, str] = {}
        """Reasons why columns have no values, and why tables were not read."""
        self.pairs: dict[tuple[int, int], _Pair] = {}
        self.rows = 0
        self._progress = progress

    def report(self, what: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(Reading(what, done, total, self.rows))

    def run(self, connection: duckdb.DuckDBPyConnection, budget: Budget) -> None:
        tables = Tables(connection, self.share)
        self._read(tables, connection, budget)
        grouped: dict[tuple[int, int], list[_Pair]] = {}
        for between, several in self.between.items():
            made = [
                _Pair(between, forms)
                for forms in map(self._forms, several)
                if not any(form[0] in self.problems for form in forms)
            ]
            if made:
                grouped[between] = made
                self.pairs.update((pair.columns, pair) for pair in made)
        for done, (between, these) in enumerate(grouped.items(), start=1):
            self._count(tables, between, these)
            self.report("pairs", done, len(grouped))
        self._conclude(tables, grouped)

    def _forms(self, pair: tuple[int, int]) -> tuple[Form, Form]:
        normal = self.normals.of_pair(*pair)
        return (pair[0], normal), (pair[1], normal)

    # --- reading -----------------------------------------------------------------------------

    def _read(self, tables: Tables, connection: duckdb.DuckDBPyConnection, budget: Budget) -> None:
        forms: dict[int, set[Form]] = defaultdict(set)
        for between, several in self.between.items():
            for pair in several:
                for table, form in zip(between, self._forms(pair), strict=True):
                    forms[table].add(form)
        self.queries = 0
        for done, (table, columns) in enumerate(self.columns.items()):
            try:
                relation = self._relation(connection, table, forms[table], budget, done)
            except ValuesError as error:
                self.problems.update(dict.fromkeys(columns, error.message))
            else:
                missing = dict.fromkeys(relation.missing)
                self.problems.update(
                    (
                        column,
                        f"The data have no column {self.paths[column].as_py()}."
                        if relation.has_columns
                        else f"The data of {self.paths[table].as_py()} have no columns at all.",
                    )
                    for column in missing
                )
                tables.add(relation, [form for form in forms[table] if form[0] not in missing])
            self.report("tables", done + 1, len(self.columns))

    def _relation(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: int,
        forms: Iterable[Form],
        budget: Budget,
        done: int,
    ) -> Relation:
        """Read a table within the budget."""
        n_queries = self.values.n_queries(table)
        if budget.queries is not None and self.queries + n_queries > budget.queries:
            path = self.paths[table].as_py()
            raise ValuesError(f"The budget of {budget.queries:,} queries was spent before {path}.")
        self.queries += n_queries

        def arrived(n_rows: int) -> None:
            self.rows += n_rows
            self.report("tables", done, len(self.columns))

        return self.values.relation(
            connection,
            table,
            self.columns[table],
            where=self._where(forms),
            max_rows=None if budget.rows is None else budget.rows - self.rows,
            progress=arrived,
        )

    def _where(self, forms: Iterable[Form]) -> str:
        """Return the condition of rows with a value in the sample; empty for all rows."""
        if self.share >= 1:
            return ""
        return " OR ".join(
            sampled(normal_sql(normal, f"c{column}"), self.share)
            for column, normal in sorted(forms)
        )

    # --- counting ----------------------------------------------------------------------------

    def _count(self, tables: Tables, between: tuple[int, int], several: list[_Pair]) -> None:
        for pair in several:
            if between[0] == between[1]:
                pair.overlap = tables.overlap(between, *pair.forms)
            else:
                pair.forms, pair.overlap = tables.fitting(between, pair.forms)
        if between[0] == between[1]:
            for pair in several:
                rows = tables.within(*pair.forms)
                pair.see(self._agreement(pair, rows, pair.columns))
                pair.joined = pair.same = pair.best
            return
        for key in several:
            others = [pair for pair in several if _are_apart(pair, key)]
            if others and key.counted.shared:
                found = tables.compared(key.forms, [pair.forms for pair in others])
                for pair, rows in zip(others, found, strict=True):
                    if self._is_enough(rows):
                        pair.rows[key.columns] = rows
                        key.see(self._agreement(pair, rows, pair.columns, is_key=True))
                        pair.see(self._agreement(pair, rows, key.columns))

    def _is_enough(self, rows: Compared) -> bool:
        """Return whether rows compare by more than what joined them."""
        return rows.rows >= self.limits.rows and rows.copied <= rows.rows / 2

    def _agreement(
        self,
        pair: _Pair,
        rows: Compared,
        by: tuple[int, int],
        *,
        is_key: bool = False,
        through: bool = False,
    ) -> Agreement:
        return Agreement(rows.rows, rows.equal, pair.counted.chance, by, is_key, through)

    # --- concluding --------------------------------------------------------------------------

    def _conclude(self, tables: Tables, grouped: Mapping[tuple[int, int], list[_Pair]]) -> None:
        """Judge all pairs; keys that the data support lead on to rows of other tables."""
        for pair in self.pairs.values():
            pair.judge(self.limits, alone=False)
        things, keys = None, -1
        for _ in range(_ROUNDS):
            for several in grouped.values():
                self._trust(several)
            known = [pair.forms for pair in self.pairs.values() if pair.is_key()]
            if len(known) == keys:
                break
            keys = len(known)
            things = Things(tables, known, {c: int(self.table[c]) for c in self._key_columns()})
            for between, several in grouped.items():
                waiting = [pair for pair in several if pair.is_open()]
                if waiting and between[0] != between[1]:
                    self._go_through(things, between, waiting)
        for pair in self.pairs.values():
            alone = bool(
                things
                and pair.joined is None
                and pair.loose is None
                and self._is_joined(things, pair.tables)
            )
            differ = alone and things_differ(self.graph, *pair.tables)
            pair.judge(self.limits, alone=alone, differ=differ)

    def _key_columns(self) -> set[int]:
        return {column for pair in self.pairs.values() if pair.is_key() for column in pair.columns}

    def _is_joined(self, things: Things, tables: tuple[int, int]) -> bool:
        """Return whether keys lead from either of two tables to others."""
        return any(table in things.columns for table in tables)

    def _trust(self, several: Sequence[_Pair]) -> None:
        """Take agreement in rows that supported keys of the two tables join, and judge again."""
        keys = {pair.columns: pair for pair in several if pair.is_key()}
        for pair in several:
            for columns, rows in pair.rows.items():
                if columns in keys:
                    found = self._agreement(pair, rows, columns)
                    pair.trust(found, n_unique=keys[columns].n_unique())
            pair.judge(self.limits, alone=False)

    def _go_through(
        self, things: Things, between: tuple[int, int], waiting: Sequence[_Pair]
    ) -> None:
        """Compare rows of one thing, by way of other tables, by pairs without a verdict."""
        for way in things.ways(between):
            new = [pair for pair in waiting if way not in pair.tried and _is_apart(pair, way)]
            if not new:
                continue
            found = things.compared(way, [pair.forms for pair in new])
            for pair, rows in zip(new, found, strict=True):
                pair.tried.add(way)
                if self._is_enough(rows):
                    agreement = self._agreement(pair, rows, way, through=True)
                    pair.see(agreement)
                    pair.trust(agreement, n_unique=things.n_unique(way))
        for pair in waiting:
            pair.judge(self.limits, alone=False)

    # --- results -----------------------------------------------------------------------------

    def result(self, asked: tuple[int, int]) -> PairMeasure:
        """Return the measure of a pair as it was asked for."""
        table = self.table
        if not all(_has_values(self.graph, column) for column in asked):
            return _unmeasured(asked, "An end is not a column of a known table.")
        if asked[0] == asked[1]:
            return _unmeasured(asked, "Both ends are one column.")
        low, high = sorted(asked, key=lambda column: (int(table[column]), column))
        problem = next(filter(None, (self.problems.get(column) for column in asked)), None)
        if problem is not None:
            return _unmeasured(asked, problem)
        pair = self.pairs[low, high]
        overlap, shown = pair.counted, pair.shown()
        if (low, high) != asked:
            overlap = replace(overlap, ends=(overlap.ends[1], overlap.ends[0]))
            shown = shown and replace(shown, by=(shown.by[1], shown.by[0]))
        names = self.paths.take(list(asked)).to_pylist()
        by = self.paths.take(list(shown.by)).to_pylist() if shown else []
        return PairMeasure(
            asked,
            pair.normal,
            overlap,
            shown,
            pair.verdict,
            reason_of(pair.ground, names, (overlap, pair.normal), shown, by),
        )


def _unmeasured(columns: tuple[int, int], reason: str) -> PairMeasure:
    return PairMeasure(columns, None, None, None, Verdict.CANNOT_SAY, reason)


def _is_apart(pair: _Pair, columns: tuple[int, int]) -> bool:
    return pair.columns[0] != columns[0] and pair.columns[1] != columns[1]


def _are_apart(pair: _Pair, key: _Pair) -> bool:
    """Return whether two pairs of columns of the same tables have no column in common."""
    return _is_apart(pair, key.columns)
