"""Counts over the values of two tables: what their columns share, and how joined rows compare.

A database in memory makes the normal forms; here, a value is 64 bits of its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from hummgraph.warehouse.normal import Normal, normal_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb
    from numpy.typing import NDArray

    from hummgraph.warehouse.values import Relation

__all__ = ["Codes", "Compared", "End", "Form", "Overlap", "Tables", "name_of", "sampled"]

Form: TypeAlias = tuple[int, Normal]
"""A column, by position, in a normal form."""

MOST_COMPARED: Final = 2_000
"""Greatest number of values whose rows are compared for one key."""
_DENSE: Final = 0.1
"""Least share of the numbers in a range that are there, of a column that counts rows."""
_WHOLE: Final = 0.95
"""Least share of whole numbers in a column that counts rows."""
_ENUMERATION: Final = 64
"""Greatest number of distinct values of which all are counted in any sample."""
_NEXT_TO_NOTHING: Final = 0.05
"""Share of common values of ids below which they may be written differently."""
_UUID_DIGITS: Final = 32
_SALESFORCE: Final = (15, 18)
"""Lengths of the ids of Salesforce."""
_SIMILAR: Final = 2.0
"""Greatest difference of the mean lengths of texts that only differ by case."""
_NORMALS: Final = tuple(Normal)
_MANY_ROWS: Final = 10
"""Rows of a value beyond which it stands for nothing, in a column whose other values differ."""
_DISTINCT: Final = 0.8
"""Least share of distinct values among the other rows of such a column."""
_LEFT: Final = 0.2
"""Least share of these rows."""
_ENOUGH: Final = 20
"""Least number of these values."""


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
        Share, for two ends of whole numbers, of this end's values that the other has if it
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
    """Comparison of rows that share a value of one pair of columns, by another pair.

    Parameters
    ----------
    rows
        Pairs of rows with a value in both columns.
    equal
        Number of rows with equal values.
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
    'md5_number_lower(v) <= 4611686018427387904'
    """
    return f"md5_number_lower({text}) <= {_limit(share)}"


def _limit(share: float) -> int:
    """Return the greatest code in the sample."""
    return min(int(share * 2**64), 2**64 - 1)


class Codes:
    """Codes of one column, a row each; 0 for none.

    Values that stand for nothing in a column of distinct values, as a default does, are none.

    Parameters
    ----------
    written
        Codes of all values as they stand in the rows: shape (n,).
    limit
        Greatest code to count.
    """

    def __init__(self, written: NDArray[np.uint64], limit: int) -> None:
        self.written = written
        self.rows = _without_defaults(written)
        """Shape (n,)."""
        counted = np.flatnonzero((self.rows > 0) & (self.rows <= np.uint64(limit)))
        self.values, first, self.counts = np.unique(
            self.rows[counted], return_index=True, return_counts=True
        )
        self.first: NDArray[np.int64] = counted[first]
        """The first row of each value."""
        self.n = len(counted)


def _without_defaults(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return codes without those of values on many rows, where the others are nearly distinct."""
    values, counts = np.unique(rows[rows > 0], return_counts=True)
    many = counts > _MANY_ROWS
    n_rest, n_values = int(counts[~many].sum()), int((~many).sum())
    distinct = n_values >= max(_DISTINCT * n_rest, _ENOUGH)
    if not many.any() or not distinct or n_rest < _LEFT * counts.sum():
        return rows
    return np.where(np.isin(rows, values[many]), np.uint64(0), rows)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Facts about the form of a column's values."""

    marked: float
    length: float
    whole: NDArray[np.int64] | None
    """Distinct numbers in order, if the values are whole numbers."""
    density: float
    """Share of the numbers in their range that are there, in (0, 1]."""


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
        self._codes: dict[Form, Codes] = {}
        self._few: dict[Form, Codes] = {}
        """All codes of columns with few values, of which a sample would have none."""
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
        row = f"md5_number_lower(concat_ws(chr(31), {texts})) AS h"
        self.connection.execute(
            f"CREATE TABLE x{relation.table} AS SELECT {', '.join([row, *chosen])}"
            f" FROM {relation.name} ORDER BY h"
        )
        self.connection.execute(f"DROP TABLE {relation.name}")
        self._relations[relation.table] = relation
        self._keep(relation.table, forms)

    def _keep(self, table: int, forms: Sequence[Form]) -> None:
        """Keep the codes of columns, and their shapes."""
        made = self._made(table, [name_of(form) for form in forms])
        shapes = self._shapes_of(table, forms)
        for form, codes, shape in zip(forms, made, shapes, strict=True):
            self._codes[form], self._shapes[form] = codes, shape
            whole = codes if self._share >= 1 else Codes(codes.rows, _limit(1.0))
            if len(whole.values) <= _ENUMERATION:
                self._few[form] = whole

    def _made(self, table: int, texts: Sequence[str]) -> list[Codes]:
        """Return the codes of expressions over the rows of a table."""
        if not texts:
            return []
        chosen = ", ".join(
            f"coalesce(md5_number_lower({text}), 0) AS f{at}" for at, text in enumerate(texts)
        )
        found = self.connection.execute(f"SELECT {chosen} FROM x{table} ORDER BY h").fetchnumpy()
        limit = _limit(self._share)
        return [
            Codes(np.asarray(found[f"f{at}"], dtype=np.uint64), limit) for at in range(len(texts))
        ]

    def fitting(
        self, tables: tuple[int, int], forms: tuple[Form, Form]
    ) -> tuple[tuple[Form, Form], Overlap]:
        """Return the forms in which two columns of ids share most values, and their counts.

        They are those given, unless ids share next to nothing in them: the same ids may be written
        in another case, with dashes and braces, or in Salesforce's long form.
        """
        best = forms, self.overlap(tables, *forms)
        if forms[0][1] is not Normal.LEADING_ZEROS or _contained(best[1]) >= _NEXT_TO_NOTHING:
            return best
        for normal in self._spellings(forms):
            for table, form in zip(tables, forms, strict=True):
                self._spell(table, form, normal)
            spelt = (forms[0][0], normal), (forms[1][0], normal)
            found = self.overlap(tables, *spelt)
            if found.shared > best[1].shared and _contained(found) >= _NEXT_TO_NOTHING:
                best = spelt, found
        return best

    def _spellings(self, forms: tuple[Form, Form]) -> list[Normal]:
        """Return the forms of which columns may be, by the lengths of their values."""
        shapes = [self._shapes[form] for form in forms]
        if any(shape.whole is not None for shape in shapes):
            return []
        low, high = sorted(shape.length for shape in shapes)
        fits = {
            Normal.UUID: low >= _UUID_DIGITS - 1,
            Normal.SALESFORCE: _SALESFORCE[0] - 1 <= low and high <= _SALESFORCE[1] + 1,
            Normal.CASE_AND_BLANKS: high - low <= _SIMILAR,
        }
        return [normal for normal, fit in fits.items() if fit]

    def _spell(self, table: int, form: Form, normal: Normal) -> None:
        """Add a column in another form to those of a table."""
        spelt = form[0], normal
        if spelt in self._codes:
            return
        name = name_of(spelt)
        self.connection.execute(f"ALTER TABLE x{table} ADD COLUMN {name} VARCHAR")
        self.connection.execute(f"UPDATE x{table} SET {name} = {normal_sql(normal, name_of(form))}")
        self._keep(table, [spelt])

    def codes_of(self, table: int, form: Form, normal: Normal) -> Codes:
        """Return the codes of a column in a normal form that is made of another one."""
        if normal is form[1]:
            return self._codes[form]
        return self._made(table, [normal_sql(normal, name_of(form))])[0]

    def _shapes_of(self, table: int, forms: Sequence[Form]) -> list[_Shape]:
        """Return the shapes of the columns of a table."""
        if not forms:
            return []
        counts = ", ".join(
            f"count({name}), count(TRY_CAST({name} AS BIGINT)), coalesce(avg(length({name})), 0),"
            f" count(*) FILTER (regexp_matches({name}, '[0-9@]'))"
            for name in map(name_of, forms)
        )
        ((*found,),) = self.connection.execute(f"SELECT {counts} FROM x{table}").fetchall()
        shapes = []
        for at, form in enumerate(forms):
            filled, whole, length, marked = found[4 * at : 4 * at + 4]
            shape = _Shape(marked / max(filled, 1), length, None, 0.0)
            if filled and whole >= _WHOLE * filled and form[1] is not Normal.DAY:
                shape = self._of_numbers(table, name_of(form), shape)
            shapes.append(shape)
        return shapes

    def _of_numbers(self, table: int, name: str, shape: _Shape) -> _Shape:
        """Return the shape of a column of whole numbers."""
        condition = "" if self._share >= 1 else f" AND {sampled(name, self._share)}"
        numbers = self.connection.execute(
            f"SELECT DISTINCT TRY_CAST({name} AS BIGINT) AS w FROM x{table}"
            f" WHERE TRY_CAST({name} AS BIGINT) IS NOT NULL{condition} ORDER BY w"
        ).fetchnumpy()["w"]
        numbers = np.asarray(numbers, dtype=np.int64)
        if not len(numbers):
            return shape
        spread = int(numbers[-1]) - int(numbers[0]) + 1
        density = min(len(numbers) / self._share / spread, 1.0)
        return replace(shape, whole=numbers, density=density)

    def _luck(self, form: Form, other: Form) -> float:
        """Return the share of a column's numbers that another has by chance; 0 for other texts."""
        mine, theirs = self._shapes[form], self._shapes[other]
        if mine.whole is None or theirs.whole is None:
            return 0.0
        inside = (mine.whole >= theirs.whole[0]) & (mine.whole <= theirs.whole[-1])
        return float(theirs.density * inside.mean())

    def overlap(self, tables: tuple[int, int], one: Form, other: Form) -> Overlap:
        """Return the counts of a pair of columns of two tables.

        O(n) for n distinct values.
        """
        forms = (one, other)
        few = all(form in self._few for form in forms)
        codes = [self._few[form] if few else self._codes[form] for form in forms]
        shared, *at = np.intersect1d(
            codes[0].values, codes[1].values, assume_unique=True, return_indices=True
        )
        ends = []
        for side in (0, 1):
            form, relation = forms[side], self._relations[tables[side]]
            shape, counts = self._shapes[form], codes[side].counts[at[side]]
            ends.append(
                End(
                    rows=relation.n_read,
                    filled=relation.filled[form[0]],
                    counted=codes[side].n,
                    distinct=len(codes[side].values),
                    shared=int(counts.sum()),
                    repeated=int((counts > 1).sum()),
                    counting=shape.whole is not None and shape.density >= _DENSE,
                    luck=self._luck(form, forms[1 - side]),
                    marked=shape.marked,
                    length=shape.length,
                )
            )
        pairs = float(
            np.dot(
                codes[0].counts[at[0]].astype(np.float64), codes[1].counts[at[1]].astype(np.float64)
            )
        )
        drawn = float(ends[0].counted) * ends[1].counted
        # In a sample of the values, pairs of rows of one value are as many among fewer.
        chance = (1.0 if few else self._share) * pairs / drawn if drawn else 0.0
        return Overlap((ends[0], ends[1]), len(shared), min(chance, 1.0))

    def compared(
        self, key: tuple[Form, Form], others: Sequence[tuple[Form, Form]]
    ) -> list[Compared]:
        """Return comparisons by other pairs of columns of the rows that share a value of a key."""
        return self.compared_by((self._codes[key[0]], self._codes[key[1]]), others)

    def compared_by(
        self, key: tuple[Codes, Codes], others: Sequence[tuple[Form, Form]]
    ) -> list[Compared]:
        """Return comparisons of rows with one code by pairs of columns of their tables.

        One row of either table is compared for each value, so that a value of many rows counts
        once; of more than 2,000 values, those first in the order of their codes.
        """
        shared, *at = np.intersect1d(
            key[0].values, key[1].values, assume_unique=True, return_indices=True
        )
        shared = shared[:MOST_COMPARED]
        rows = [key[side].first[at[side][:MOST_COMPARED]] for side in (0, 1)]
        found = []
        for pair in others:
            cells = [self._codes[pair[side]].rows[rows[side]] for side in (0, 1)]
            both = (cells[0] > 0) & (cells[1] > 0)
            found.append(
                Compared(
                    rows=int(both.sum()),
                    equal=int((both & (cells[0] == cells[1])).sum()),
                    copied=max(int((both & (cell == shared)).sum()) for cell in cells),
                )
            )
        return found

    def within(self, one: Form, other: Form) -> Compared:
        """Return the comparison of two columns of one table in its rows."""
        mine, theirs = self._codes[one].rows, self._codes[other].rows
        both = (mine > 0) & (theirs > 0)
        return Compared(int(both.sum()), int((both & (mine == theirs)).sum()), 0)


def _contained(overlap: Overlap) -> float:
    return max((overlap.shared / end.distinct for end in overlap.ends if end.distinct), default=1.0)


def name_of(form: Form) -> str:
    """Return the name of a column in a normal form."""
    return f"c{form[0]}_{_NORMALS.index(form[1])}"
