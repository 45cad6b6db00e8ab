"""Counts over the values of two tables: what their columns share, and how joined rows compare.

All of it happens in one database in memory; what leaves it are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hummgraph.warehouse.normal import Normal, normal_sql

if TYPE_CHECKING:
    import duckdb

    from hummgraph.warehouse.values import Relation

__all__ = ["Compared", "End", "Form", "Overlap", "Tables", "sampled"]

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
    """

    rows: int
    filled: int
    counted: int
    distinct: int
    shared: int
    repeated: int
    counting: bool


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
        self._connection = connection
        self._share = share
        self._relations: dict[int, Relation] = {}
        self._counting: dict[Form, bool] = {}

    def add(self, relation: Relation, forms: Iterable[Form]) -> None:
        """Make the normal forms of a table that was read, in place of its texts."""
        forms = sorted(forms)
        texts = ", ".join(f"coalesce({text}, '')" for text in relation.columns.values()) or "''"
        chosen = [
            f"{normal_sql(normal, f'c{column}')} AS {_name((column, normal))}"
            for column, normal in forms
        ]
        # What tells rows with one value apart must not depend on their order.
        row = f"md5(concat_ws(chr(31), {texts})) AS h"
        self._connection.execute(
            f"CREATE TABLE x{relation.table} AS SELECT {', '.join([row, *chosen])}"
            f" FROM {relation.name}"
        )
        self._connection.execute(f"DROP TABLE {relation.name}")
        self._relations[relation.table] = relation
        for form in forms:
            self._counting[form] = self._counts_rows(relation.table, _name(form))

    def drop(self, table: int) -> None:
        """Forget a table."""
        self._connection.execute(f"DROP TABLE x{table}")
        del self._relations[table]

    def _counts_rows(self, table: int, name: str) -> bool:
        found = self._numbers(
            f"WITH n AS (SELECT {name} AS v, TRY_CAST({name} AS BIGINT) AS w FROM x{table}"
            f" WHERE {name} IS NOT NULL)"
            f" SELECT count(*), count(w), count(DISTINCT w),"
            f" coalesce(CAST(max(w) AS DOUBLE) - min(w) + 1, 0) FROM n"
        )
        filled, whole, distinct, spread = found
        return bool(filled and whole >= _WHOLE * filled and distinct >= _DENSE * spread)

    def overlap(self, tables: tuple[int, int], one: Form, other: Form) -> Overlap:
        """Return the counts of a pair of columns of two tables.

        O(n) for n rows.
        """
        parts = [
            f"(SELECT {_name(form)} AS v, count(*) AS n FROM x{table}"
            f" WHERE {_name(form)} IS NOT NULL{self._within(_name(form))} GROUP BY 1)"
            for table, form in zip(tables, (one, other), strict=True)
        ]
        both = "FILTER (a.n > 0 AND b.n > 0)"
        found = self._numbers(
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
                counting=self._counting[form],
            )
            for table, form, counts in zip(
                tables, (one, other), (found[:4], found[4:8]), strict=True
            )
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
        mine, theirs = (_name(form) for form in key)
        sides = []
        for table, side, column in ((tables[0], 0, mine), (tables[1], 1, theirs)):
            columns = ", ".join(
                f"'s{at}': {_name(pair[side])}" for at, pair in enumerate(others)
            )
            sides.append(
                f"(SELECT {column} AS k, arg_min({{{columns}}}, h) AS s FROM x{table}"
                f" WHERE {column} IN (SELECT k FROM keys) GROUP BY 1)"
            )
        counts = []
        for at in range(len(others)):
            mine_at, theirs_at = f"a.s.s{at}", f"b.s.s{at}"
            both = f"{mine_at} IS NOT NULL AND {theirs_at} IS NOT NULL"
            counts += [
                f"count(*) FILTER ({both})",
                f"count(*) FILTER ({mine_at} = {theirs_at})",
                f"greatest(count(*) FILTER ({both} AND {mine_at} = a.k),"
                f" count(*) FILTER ({both} AND {theirs_at} = a.k))",
            ]
        found = self._numbers(
            f"WITH keys AS (SELECT v AS k FROM (SELECT DISTINCT {mine} AS v FROM x{tables[0]})"
            f" JOIN (SELECT DISTINCT {theirs} AS v FROM x{tables[1]}) USING (v)"
            f" WHERE v IS NOT NULL{self._within('v')} ORDER BY md5(v) LIMIT {MOST_COMPARED})"
            f" SELECT {', '.join(counts)} FROM {sides[0]} a JOIN {sides[1]} b USING (k)"
        )
        return [
            Compared(*map(int, found[start : start + 3])) for start in range(0, len(found), 3)
        ]

    def _within(self, text: str) -> str:
        return "" if self._share >= 1 else f" AND {sampled(text, self._share)}"

    def _numbers(self, query: str) -> tuple[Any, ...]:
        ((*numbers,),) = self._connection.execute(query).fetchall()
        return tuple(numbers)


def _name(form: Form) -> str:
    """Return the name of a column in a normal form."""
    return f"c{form[0]}_{_NORMALS.index(form[1])}"
