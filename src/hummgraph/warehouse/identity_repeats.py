"""Rows of one table that share a value: copies of one record, or different things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from hummgraph.frames import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.counting import Form, Tables
    from hummgraph.warehouse.identity_keys import IdentityKey

__all__ = ["MAX_CHANCE", "TELLS", "Repeat", "repeated", "repeats_join", "shared_values"]


class Repeat(NamedTuple):
    """Agreement of rows with repeated values of a column, by another column."""

    share: float
    """Share of the values whose rows agree, beyond chance, in [0, 1]."""
    n: int
    """Number of the values."""
    other: int
    """Position of the other column."""
    n_apart: int
    """Number of the values whose rows differ, without those that stand for nothing."""


TELLS: Final = 0.5
"""Least agreement with one of the pairs, of other columns that tell anything."""
MOST_COPIES: Final = 2
"""Number of rows of an original and its copy; values on more rows are checked on their own."""
MAX_CHANCE: Final = 0.5
"""Greatest probability that two rows have one value, of a column that tells anything."""


def repeated(
    tables: Tables, table: int, form: Form, others: Sequence[Form], *, many: bool
) -> list[Repeat]:
    """Return the agreement, beyond chance, by other columns of rows that share a value.

    Values are all those on several rows, or those on more rows than copies are.
    """
    codes_of_key = tables.codes_of(table, form, form[1])
    key = codes_of_key.written
    every, every_count = np.unique(key[key > 0], return_counts=True)
    made = []
    for other in others:
        codes = tables.codes_of(table, other, other[1])
        both = np.flatnonzero((key > 0) & (codes.rows > 0))
        values, of, n_rows = np.unique(key[both], return_inverse=True, return_counts=True)
        pairs = np.unique(np.stack([of, codes.rows[both]]), axis=1)
        n_values = np.bincount(pairs[0].astype(np.int64), minlength=len(n_rows))
        repeated = n_rows > 1
        if many:
            repeated &= every_count[np.searchsorted(every, values)] > MOST_COPIES
        n, equal = int(repeated.sum()), int((repeated & (n_values == 1)).sum())
        counts = codes.counts / max(codes.n, 1)
        chance = float((counts * counts).sum())
        if n and chance < MAX_CHANCE:
            share = max((equal / n - chance) / (1 - chance), 0.0)
            apart = repeated & (n_values > 1) & np.isin(values, codes_of_key.rows)
            made.append(Repeat(share, n, other[0], int(apart.sum())))
    return made


def repeats_join(counts: Sequence[Sequence[Repeat]], least: int) -> bool:
    """Return whether records of one table that share a value of a key are one.

    Parameters
    ----------
    counts
        Agreements of such records by other columns of their table, for each column.
    least
        Fewest values in an agreement.
    """
    every = [found for column in counts for found in column if found.n >= least]
    n = sum(found.n for found in every)
    return not n or sum(found.share * found.n for found in every) >= TELLS * n


def shared_values(
    graph: LinkGraph,
    entity: str,
    keys: Iterable[IdentityKey],
    repeats: Mapping[tuple[int, bool], Sequence[Repeat]],
) -> Iterator[dict[str, Any]]:
    """Yield one question for each key with values that several things share."""
    paths = graph.arrays.nodes.path
    for key in keys:
        if key.repeats and not key.copies_only:
            continue
        many = key.repeats
        found = [
            (one.share, -one.n_apart, column, one.other)
            for column in key.index
            for one in repeats.get((column, many), ())
            if one.n_apart and one.share < TELLS
        ]
        if not found:
            continue
        _, n, column, other = min(found)
        path, beside = paths[column].as_py(), paths[other].as_py()
        rows = f"more than {MOST_COPIES} rows each" if many else "several rows"
        values = counted(-n, "value")
        yield {
            "question": f"Rows with one value of {path} differ in {beside} ({values} on"
            f" {rows}): are they one {entity}, or several that share it?",
            "path": path,
            "other_path": beside,
            "link_id": None,
        }
