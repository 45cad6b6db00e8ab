"""Counts over the values of two tables: what their columns share, and how joined rows compare.

All of it happens in one database in memory; what leaves it are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from hummgraph.warehouse.normal import Normal, normal_sql

if TYPE_CHECKING:
    import duckdb

    from hummgraph.warehouse.values import Relation

__all__ = ["MOST_COMPARED", "Compared", "End", "Form", "Overlap", "Tables", "name_of", "sampled"]

Form: TypeAlias = tuple[int, Normal]
"""A column, by position, in a normal form."""

MOST_COMPARED: Final = 2_000
"""Greatest number of values whose rows are compared for one key."""
_DENSE: Final = 0.1
"""Least share of the numbers in a range that are there, of a column that counts rows."""
_WHOLE: Final = 0.95
"""Least share of whole numbers in a column that counts rows."""
_NORMALS: Final = tuple(Normal)


@dataclass(frozen=True, slots=True)
class End:
    """Counts of one end of a pair of columns.

    Parameters
    ----------
    rows
        Rows read.
    filled
        Rows read with a value.
    counted
        Rows with a value that were counted: those in the sample.
    distinct
        Distinct values among them.
    shared
        Rows among them whose value the other end has too.
    repeated
        Values that both ends have, and several rows of this end.
    counting
        Whether the values are whole numbers that lie close together, as those that count rows.
    luck
        For two ends that count rows, the share of this end's values that the other would have if it
        had as many numbers, drawn at random from its range; else 0.
    marked
        Share of the values with a digit or an ``@``, as ids, numbers and addresses have.
    length
        Mean number of characters of the values.
    """

    rows: int
    filled: int
    counted: int
    distinct: int
    shared: int
    repeated: int
    counting: bool
    luck: float
    marked: float
    length: float

    @property
    def unique(self) -> float:
        """Share of distinct values among the rows with one, in [0, 1]."""
        return self.distinct / self.counted if self.counted else 0.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """Counts of a pair of columns.

    Parameters
    ----------
    ends
        Counts of either end.
    shared
        Distinct values that both have.
    chance
        Probability that a row of one and a row of the other, drawn at random, have one value.
    """

    ends: tuple[End, End]
    shared: int
    chance: float


@dataclass(frozen=True, slots=True)
class Compared:
    """How rows that share a value of one pair of columns compare by another pair.

    Parameters
    ----------
    rows
        Pairs of rows with a value in both columns.
    equal
        Those with equal values.
    copied
        Greatest number of them where one of these columns repeats the value that joined the rows.
    """

    rows: int
    equal: int
    copied: int


def sampled(text: str, share: float) -> str:
    """Return the SQL condition that a value is in the sample of a share of all values, in (0, 1].

    It depends on the value alone, so that the samples of two systems have the same values.

    Examples
    --------
    >>> sampled("v", 0.25)
    "substring(md5(v), 1, 8) < '40000000'"
    """
    return f"substring(md5({text}), 1, 8) < '{min(int(share * 2**32), 2**32 - 1):08x}'"


class _Shape(NamedTuple):
    """What the values of a column look like; its bounds are values, and stay here."""

    counting: bool
    least: int
    most: int
    density: float
    marked: float
    length: float


class Tables:
    """Tables in normal forms in a database in memory, and counts over them.

    Parameters
    ----------
    connection
        The database.
    share
        Share of the values in the sample, in (0, 1].
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, share: float) -> None:
        self.connection = connection
        self._share = share
        self._relations: dict[int, Relation] = {}
        self._shapes: dict[Form, _Shape] = {}

    def add(self, relation: Relation, forms: Iterable[Form]) -> None:
        """Make the normal forms of a table that was read, in place of its texts."""
        forms = sorted(forms)
        texts = ", ".join(f"coalesce({text}, '')" for text in relation.columns.values()) or "''"
        chosen = [
            f"{normal_sql(normal, f'c{column}')} AS {name_of((column, normal))}"
            for column, normal in forms
        ]
        # What tells rows with one value apart must not depend on their order.
        row = f"md5(concat_ws(chr(31), {texts})) AS h"
        self.connection.execute(
            f"CREATE TABLE x{relation.table} AS SELECT {', '.join([row, *chosen])}"
            f" FROM {relation.name}"
        )
        self.connection.execute(f"DROP TABLE {relation.name}")
        self._relations[relation.table] = relation
        for form in forms:
            self._shapes[form] = self._shape(relation.table, name_of(form))

    def drop(self, table: int) -> None:
        """Forget a table."""
        self.connection.execute(f"DROP TABLE x{table}")
        del self._relations[table]

    def _shape(self, table: int, name: str) -> _Shape:
        found = self.numbers(
            f"WITH n AS (SELECT {name} AS v, TRY_CAST({name} AS BIGINT) AS w FROM x{table}"
            f" WHERE {name} IS NOT NULL{self._within(name)})"
            f" SELECT count(v), count(w), count(DISTINCT w), min(w), max(w),"
            f" coalesce(avg(length(v)), 0), count(*) FILTER (regexp_matches(v, '[0-9@]')) FROM n"
        )
        filled, whole, distinct, least, most, length, marked = found
        spread = most - least + 1 if whole else 0
        density = min(distinct / self._share / spread, 1.0) if spread else 0.0
        counting = bool(filled) and whole >= _WHOLE * filled and density >= _DENSE
        return _Shape(counting, least, most, density, marked / max(filled, 1), length)

    def _luck(self, table: int, form: Form, other: Form) -> float:
        """Return the share of a column's values that another has by chance; both count rows."""
        there = self._shapes[other]
        name = name_of(form)
        inside, distinct = self.numbers(
            f"SELECT count(DISTINCT {name}) FILTER (TRY_CAST({name} AS BIGINT) BETWEEN"
            f" {there.least} AND {there.most}), count(DISTINCT {name}) FROM x{table}"
            f" WHERE {name} IS NOT NULL{self._within(name)}"
        )
        return float(there.density * inside / distinct) if distinct else 0.0

    def overlap(self, tables: tuple[int, int], one: Form, other: Form) -> Overlap:
        """Return the counts of a pair of columns of two tables.

        O(n) for n rows.
        """
        parts = [
            f"(SELECT {name_of(form)} AS v, count(*) AS n FROM x{table}"
            f" WHERE {name_of(form)} IS NOT NULL{self._within(name_of(form))} GROUP BY 1)"
            for table, form in zip(tables, (one, other), strict=True)
        ]
        both = "FILTER (a.n > 0 AND b.n > 0)"
        found = self.numbers(
            f"SELECT count(a.n), coalesce(sum(a.n), 0), coalesce(sum(a.n) {both}, 0),"
            f" count(*) FILTER (a.n > 1 AND b.n > 0),"
            f" count(b.n), coalesce(sum(b.n), 0), coalesce(sum(b.n) {both}, 0),"
            f" count(*) FILTER (a.n > 0 AND b.n > 1),"
            f" count(*) {both}, coalesce(sum(CAST(a.n AS DOUBLE) * b.n), 0)"
            f" FROM {parts[0]} a FULL JOIN {parts[1]} b USING (v)"
        )
        ends = [
            End(
                rows=self._relations[table].n_read,
                filled=self._relations[table].filled[form[0]],
                counted=int(counts[1]),
                distinct=int(counts[0]),
                shared=int(counts[2]),
                repeated=int(counts[3]),
                counting=self._shapes[form].counting,
                luck=0.0,
                marked=self._shapes[form].marked,
                length=self._shapes[form].length,
            )
            for table, form, counts in zip(
                tables, (one, other), (found[:4], found[4:8]), strict=True
            )
        ]
        if ends[0].counting and ends[1].counting and one[1] is not Normal.DAY:
            ends = [
                replace(ends[0], luck=self._luck(tables[0], one, other)),
                replace(ends[1], luck=self._luck(tables[1], other, one)),
            ]
        drawn = ends[0].counted * ends[1].counted
        # In a sample of the values, pairs of rows of one value are as many among fewer.
        chance = self._share * found[9] / drawn if drawn else 0.0
        return Overlap((ends[0], ends[1]), int(found[8]), min(chance, 1.0))

    def compared(
        self,
        tables: tuple[int, int],
        key: tuple[Form, Form],
        others: Sequence[tuple[Form, Form]],
    ) -> list[Compared]:
        """Return how rows that share a value of a key compare by other pairs of columns.

        Of each value, one row of either table is compared, so that a value of many rows counts
        once; of more than 2,000 values, those first in the order of a hash.

        O(n) for n rows.
        """
        mine, theirs = map(name_of, key)
        keys = (
            f"SELECT v AS k FROM (SELECT DISTINCT {mine} AS v FROM x{tables[0]})"
            f" JOIN (SELECT DISTINCT {theirs} AS v FROM x{tables[1]}) USING (v)"
            f" WHERE v IS NOT NULL{self._within('v')} ORDER BY md5(v) LIMIT {MOST_COMPARED}"
        )
        rows = (
            f"SELECT {mine} AS k, * FROM x{tables[0]}",
            f"SELECT {theirs} AS k, * FROM x{tables[1]}",
        )
        return self.compared_by(keys, rows, others)

    def compared_by(
        self, keys: str, rows: tuple[str, str], others: Sequence[tuple[Form, Form]]
    ) -> list[Compared]:
        """Return how rows with one key compare, as in `compared`.

        Parameters
        ----------
        keys
            Query of the keys, a column ``k``.
        rows
            Queries of the rows of either table with their keys, ``k``.
        others
            Pairs of columns to compare.
        """
        sides = []
        for side, query in enumerate(rows):
            columns = ", ".join(f"'s{at}': {name_of(pair[side])}" for at, pair in enumerate(others))
            sides.append(
                f"(SELECT k, arg_min({{{columns}}}, h) AS s FROM ({query})"
                f" WHERE k IN (SELECT k FROM keys) GROUP BY k)"
            )
        counts = []
        for at in range(len(others)):
            mine, theirs = f"a.s.s{at}", f"b.s.s{at}"
            both = f"{mine} IS NOT NULL AND {theirs} IS NOT NULL"
            key = "CAST(a.k AS VARCHAR)"
            counts += [
                f"count(*) FILTER ({both})",
                f"count(*) FILTER ({mine} = {theirs})",
                f"greatest(count(*) FILTER ({both} AND {mine} = {key}),"
                f" count(*) FILTER ({both} AND {theirs} = {key}))",
            ]
        found = self.numbers(
            f"WITH keys AS ({keys}) SELECT {', '.join(counts)}"
            f" FROM {sides[0]} a JOIN {sides[1]} b USING (k)"
        )
        return [Compared(*map(int, found[start : start + 3])) for start in range(0, len(found), 3)]

    def within(self, table: int, one: Form, other: Form) -> Compared:
        """Return how two columns of one table compare in its rows."""
        mine, theirs = name_of(one), name_of(other)
        rows, equal = self.numbers(
            f"SELECT count(*) FILTER ({mine} IS NOT NULL AND {theirs} IS NOT NULL),"
            f" count(*) FILTER ({mine} = {theirs}) FROM x{table}"
        )
        return Compared(int(rows), int(equal), 0)

    def _within(self, text: str) -> str:
        return "" if self._share >= 1 else f" AND {sampled(text, self._share)}"

    def numbers(self, query: str) -> tuple[Any, ...]:
        """Return the only row of a query that counts."""
        ((*numbers,),) = self.connection.execute(query).fetchall()
        return tuple(numbers)


def name_of(form: Form) -> str:
    """Return the name of a column in a normal form."""
    return f"c{form[0]}_{_NORMALS.index(form[1])}"
