"""Columns of one cluster whose equal values do not make records one, kept apart in keys."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.entities.columns import decided
from hummgraph.algorithms.joins.keys import Meanings
from hummgraph.graph.policy import DETERMINISTIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Refused", "parted"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Columns that would be one key, but for pairs that do not make records one.

    Parameters
    ----------
    columns
        Positions of all columns.
    pairs
        Pairs that keep parts of them apart, with the reason: one for each two parts.
    """

    columns: tuple[int, ...]
    pairs: tuple[tuple[int, int, str], ...]


def parted(
    graph: LinkGraph, groups: Sequence[set[int]]
) -> tuple[list[set[int]], tuple[Refused, ...]]:
    """Return groups of columns with no pair that is apart, and the groups that were parted.

    Approved and deterministic links hold in any case; then the strongest links join columns,
    unless a pair between their parts is apart.

    Notes
    -----
    O(n + m + k^2) for n nodes, m links and groups of k columns.
    """
    meanings = Meanings(graph)
    links = _Links(graph, groups)
    kept: list[set[int]] = []
    refused = []
    for group in groups:
        apart = {
            frozenset(pair): reason
            for pair in combinations(sorted(group), 2)
            if (reason := meanings.apart(*pair))
        }
        parts = links.parts_of(group, apart) if apart else [group]
        if len(parts) > 1:
            pairs = [links.pair_between(*two, apart) for two in combinations(parts, 2)]
            refused.append(Refused(tuple(sorted(group)), tuple(filter(None, pairs))))
        kept += parts
    return kept, tuple(refused)


class _Links:
    """Links inside groups of columns, the strongest first."""

    def __init__(self, graph: LinkGraph, groups: Sequence[set[int]]) -> None:
        links, weights = graph.arrays.links, np.nan_to_num(graph.weights)
        number = np.full(graph.n_nodes, -1, dtype=np.int64)
        for at, group in enumerate(groups):
            number[list(group)] = at
        approved, rejected = decided(graph)
        sure = approved | ((links.link_type == DETERMINISTIC) & ~rejected)
        one, other = number[links.ends.source], number[links.ends.target]
        rows = np.flatnonzero((one >= 0) & (one == other) & ~rejected & (weights > 0))
        self._path, self._kind = graph.arrays.nodes.path, graph.arrays.nodes.kind
        self._table = graph.arrays.nodes.ancestor[1]
        self._inside: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
        self._group_of = number
        for row in rows[np.lexsort((rows, -weights[rows], ~sure[rows]))].tolist():
            ends = int(links.ends.source[row]), int(links.ends.target[row])
            self._inside[int(one[row])].append((*ends, bool(sure[row])))

    def parts_of(self, group: set[int], apart: dict[frozenset[int], str]) -> list[set[int]]:
        """Return the parts of a group that hang together, by the path of their first column."""
        part = {column: {column} for column in sorted(group)}

        def join(one: int, other: int) -> None:
            both = part[one] | part[other]
            part.update(dict.fromkeys(both, both))

        for one, other, sure in self._inside[int(self._group_of[next(iter(group))])]:
            if sure or not self._is_apart(part[one], part[other], apart):
                join(one, other)
        for column in sorted(group):
            # What hangs in the group by way of other columns stays where only one part takes it.
            if len(part[column]) == 1:
                fit = [
                    two
                    for two in {id(found): found for found in part.values()}.values()
                    if column not in two and not self._is_apart({column}, two, apart)
                ]
                if len(fit) == 1:
                    join(column, next(iter(fit[0])))
        distinct = {id(found): found for found in part.values()}.values()
        return sorted(distinct, key=lambda found: min(self._path[at].as_py() for at in found))

    @staticmethod
    def _is_apart(one: set[int], other: set[int], apart: dict[frozenset[int], str]) -> bool:
        return any(frozenset(pair) in apart for pair in product(one, other))

    def pair_between(
        self, one: set[int], other: set[int], apart: dict[frozenset[int], str]
    ) -> tuple[int, int, str] | None:
        """Return a pair by which two parts are apart: applications' own before a warehouse's.

        Among those, linked pairs come first, the strongest link before others.
        """
        at = int(self._group_of[next(iter(one))])
        linked = [
            (a, b) if a in one else (b, a)
            for a, b, _ in self._inside[at]
            if frozenset((a, b)) in apart and len({a, b} & one) == len({a, b} & other) == 1
        ]
        others = sorted(
            (pair for pair in product(one, other) if frozenset(pair) in apart),
            key=lambda pair: [self._path[end].as_py() for end in pair],
        )
        found = min([*linked, *others], key=self._n_in_databases, default=None)
        return found and (*found, apart[frozenset(found)])

    def _n_in_databases(self, pair: tuple[int, int]) -> int:
        return sum(self._kind[int(self._table[end])].as_py() == "table" for end in pair)
