"""Rows of the same thing in several tables, by way of keys that the data support.

Values of keys are numbered, and two values in one row of a table whose keys are unique there are of
one thing. Tables that share no key meet by the things of their rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.kernels.components import components
from hummgraph.warehouse.counting import MOST_COMPARED, Compared, Form, name_of
from hummgraph.warehouse.normal import ORDER, Normal, normal_sql

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.warehouse.counting import Tables

__all__ = ["Things"]

_UNIQUE: Final = 0.9
"""Least share of distinct values of a column that identifies the rows of its table."""


class Things:
    """Things that the values of keys are of.

    Parameters
    ----------
    tables
        Tables in normal forms.
    keys
        Pairs of columns whose values the data support as keys, each with the table of its ends.
    table_of
        Table of each column.

    Notes
    -----
    O(n log n) for n rows of the tables of keys, times their number of keys.
    """

    def __init__(
        self, tables: Tables, keys: Sequence[tuple[Form, Form]], table_of: Mapping[int, int]
    ) -> None:
        self._tables = tables
        self._number(keys)
        self.columns: dict[int, list[int]] = defaultdict(list)
        """Columns that lead to things, by their table."""
        for column in sorted(self._text):
            self.columns[table_of[column]].append(column)
        self._find()

    def _number(self, keys: Sequence[tuple[Form, Form]]) -> None:
        """Number the keys: columns that pairs join are one key, in one normal form."""
        columns = sorted({form[0] for pair in keys for form in pair})
        place = {column: at for at, column in enumerate(columns)}
        ends = np.array([[place[form[0]] for form in pair] for pair in keys]).reshape(-1, 2)
        found = components(len(columns), ends[:, 0], ends[:, 1])
        forms: dict[int, set[Normal]] = defaultdict(set)
        of_column: dict[int, set[Normal]] = defaultdict(set)
        for pair in keys:
            for column, normal in pair:
                forms[int(found[place[column]])].add(normal)
                of_column[column].add(normal)
        self._key: dict[int, int] = {}
        self._text: dict[int, str] = {}
        for column in columns:
            key = int(found[place[column]])
            normal = next(one for one in ORDER if one in forms[key])
            near = next(one for one in (normal, *ORDER) if one in of_column[column])
            text = name_of((column, near))
            self._key[column] = key
            self._text[column] = text if near is normal else normal_sql(normal, text)
        self._n_keys = len(forms)

    def _find(self) -> None:
        """Give each value of a key the number of its thing."""
        run = self._tables.connection.execute
        self._unique: set[int] = set()
        parts = [
            f"SELECT {self._key[column]} AS k, {self._text[column]} AS v FROM x{table}"
            for table, columns in self.columns.items()
            for column in columns
        ]
        run("CREATE OR REPLACE TABLE codes (k INTEGER, v VARCHAR, i BIGINT)")
        if parts:
            run(
                "INSERT INTO codes SELECT k, v, row_number() OVER (ORDER BY k, v) - 1"
                f" FROM ({' UNION '.join(parts)}) WHERE v IS NOT NULL"
            )
        (n,) = self._tables.numbers("SELECT count(*) FROM codes")
        edges: list[NDArray[np.int64]] = [np.empty((2, 0), dtype=np.int64)]
        alike = [np.empty((2, 0), dtype=np.int64)]
        for table, columns in self.columns.items():
            unique = [column for column in columns if self._is_unique(table, column)]
            self._unique.update(unique)
            for column in unique[1:]:
                edges.append(self._edges(table, unique[0], column))
                alike.append(np.array([[self._key[unique[0]]], [self._key[column]]]))
        a, b = np.concatenate(edges, axis=1)
        thing = pa.table({"i": np.arange(n), "g": components(n, a, b)})
        self._tables.connection.register("numbered", thing)
        run("CREATE OR REPLACE TABLE things AS SELECT k, v, g FROM codes JOIN numbered USING (i)")
        self._tables.connection.unregister("numbered")
        run("DROP TABLE codes")
        self._kind = components(self._n_keys, *np.concatenate(alike, axis=1))

    def _is_unique(self, table: int, column: int) -> bool:
        text = self._text[column]
        filled, distinct = self._tables.numbers(
            f"SELECT count({text}), count(DISTINCT {text}) FROM x{table}"
        )
        return bool(distinct >= _UNIQUE * filled)

    def _edges(self, table: int, one: int, other: int) -> NDArray[np.int64]:
        found = self._tables.connection.execute(
            f"SELECT a.i AS a, b.i AS b FROM x{table}"
            f" JOIN codes a ON a.k = {self._key[one]} AND a.v = {self._text[one]}"
            f" JOIN codes b ON b.k = {self._key[other]} AND b.v = {self._text[other]}"
        ).fetchnumpy()
        return np.array([found["a"], found["b"]], dtype=np.int64)

    def ways(self, tables: tuple[int, int]) -> list[tuple[int, int]]:
        """Return the pairs of columns of two tables that lead to things of one kind."""
        return [
            (a, b)
            for a in self.columns.get(tables[0], ())
            for b in self.columns.get(tables[1], ())
            if self._kind[self._key[a]] == self._kind[self._key[b]]
        ]

    def n_unique(self, way: tuple[int, int]) -> int:
        """Return the number of columns of a way that identify the rows of their tables."""
        return sum(column in self._unique for column in way)

    def compared(
        self,
        tables: tuple[int, int],
        way: tuple[int, int],
        others: Sequence[tuple[Form, Form]],
    ) -> list[Compared]:
        """Return how rows of one thing compare by pairs of columns."""
        rows = [
            f"SELECT things.g AS k, x.* FROM x{table} x"
            f" JOIN things ON things.k = {self._key[column]} AND things.v = {self._text[column]}"
            for table, column in zip(tables, way, strict=True)
        ]
        keys = (
            f"SELECT DISTINCT k FROM (SELECT k FROM ({rows[0]}) INTERSECT"
            f" SELECT k FROM ({rows[1]})) ORDER BY md5(CAST(k AS VARCHAR)) LIMIT {MOST_COMPARED}"
        )
        return self._tables.compared_by(keys, (rows[0], rows[1]), others)
