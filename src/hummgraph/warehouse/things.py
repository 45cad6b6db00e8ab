"""Rows of the same thing in several tables, by way of keys that the data support.

Values of keys are numbered, and two values in one row of a table whose keys are unique there are of
one thing. Tables that share no key meet by the things of their rows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.entities.mapping import known_map
from hummgraph.algorithms.kernels.components import components
from hummgraph.warehouse.counting import Codes
from hummgraph.warehouse.normal import ORDER, Normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.counting import Compared, Form, Tables

__all__ = ["Things", "things_differ"]

_UNIQUE: Final = 0.9
"""Least share of distinct values of a column that identifies the rows of its table."""
_ALL: Final = 2**64 - 1


def things_differ(graph: LinkGraph, one: int, other: int) -> bool:
    """Return whether two tables hold different things: by their entities, else by their names."""
    mapped = known_map(graph)
    tables = [mapped.original.get(table, table) for table in (one, other)]
    labels = [int(mapped.label[table]) for table in tables]
    if min(labels) >= 0 or tables[0] == tables[1]:
        return labels[0] != labels[1]
    called = [mapped.roles.words.of[table][-1:] for table in tables]
    return all(called) and called[0] != called[1]


class Things:
    """Things of the values of keys.

    Parameters
    ----------
    tables
        Tables in normal forms.
    keys
        Pairs of columns whose values the data support as keys.
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
        self._find_keys(keys, table_of)
        self.columns: dict[int, list[int]] = defaultdict(list)
        """Columns that lead to things, by their table."""
        for column in sorted(self._codes):
            self.columns[table_of[column]].append(column)
        self._find_things()

    def _find_keys(self, keys: Sequence[tuple[Form, Form]], table_of: Mapping[int, int]) -> None:
        """Find the keys: columns that pairs join are one key, in one normal form."""
        columns = sorted({form[0] for pair in keys for form in pair})
        place = {column: at for at, column in enumerate(columns)}
        ends = np.array([[place[form[0]] for form in pair] for pair in keys], dtype=np.int64)
        ends = ends.reshape(-1, 2)
        found = components(len(columns), ends[:, 0], ends[:, 1]).tolist()
        forms: dict[int, set[Normal]] = defaultdict(set)
        of_column: dict[int, set[Normal]] = defaultdict(set)
        for pair in keys:
            for column, normal in pair:
                forms[found[place[column]]].add(normal)
                of_column[column].add(normal)
        self._key = dict(zip(columns, found, strict=True))
        self._codes: dict[int, Codes] = {}
        for column in columns:
            normal = next(one for one in ORDER if one in forms[self._key[column]])
            near = next(one for one in (normal, *ORDER) if one in of_column[column])
            self._codes[column] = self._tables.codes_of(table_of[column], (column, near), normal)
        self._n_keys = len(forms)

    def _find_things(self) -> None:
        """Compute the things of the values of keys."""
        values: list[NDArray[np.uint64]] = []
        first = [0]
        for key in range(self._n_keys):
            parts = [self._codes[one].values for one, its in self._key.items() if its == key]
            values.append(np.unique(np.concatenate(parts)))
            first.append(first[-1] + len(values[-1]))
        number: dict[int, NDArray[np.int64]] = {}
        for column, codes in self._codes.items():
            known = values[self._key[column]]
            at = np.searchsorted(known, codes.rows)
            there = known[np.minimum(at, len(known) - 1)] == codes.rows
            number[column] = np.where(there, at + first[self._key[column]], -1)
        edges = [np.empty((2, 0), dtype=np.int64)]
        alike = [np.empty((2, 0), dtype=np.int64)]
        self._unique = {
            column
            for column, codes in self._codes.items()
            if len(codes.values) >= _UNIQUE * codes.n
        }
        for columns in self.columns.values():
            unique = [column for column in columns if column in self._unique]
            for column in unique[1:]:
                pairs = np.stack([number[unique[0]], number[column]])
                edges.append(pairs[:, (pairs >= 0).all(axis=0)])
                alike.append(np.array([[self._key[unique[0]]], [self._key[column]]]))
        thing = components(first[-1], *np.concatenate(edges, axis=1))
        self._things: dict[int, Codes] = {}
        for column, at in number.items():
            of_row = np.where(at >= 0, thing[at] + 1, 0).astype(np.uint64)
            self._things[column] = Codes(of_row, _ALL)
        self._kind = components(self._n_keys, *np.concatenate(alike, axis=1))

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

    def compared(self, way: tuple[int, int], others: Sequence[tuple[Form, Form]]) -> list[Compared]:
        """Return comparisons of rows of one thing by pairs of columns."""
        return self._tables.compared_by((self._things[way[0]], self._things[way[1]]), others)
