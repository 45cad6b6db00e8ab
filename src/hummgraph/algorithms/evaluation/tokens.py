"""Tokens of nodes, such as true clusters, and counts of node pairs that share one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from hummgraph.algorithms.clustering.constraints import Constraints

__all__ = ["Tokens"]

MAX_TOKENS: Final = 10
"""A node with k tokens needs 2**k - 1 rows; pairs of a node with more than this are listed."""

_BLOCK_PAIRS: Final = 1 << 22
"""Greatest number of pairs listed at a time."""


class _Sets(NamedTuple):
    """Sets of tokens that a node has all of, one row each: arrays of shape (n_rows,).

    By inclusion and exclusion, the number of nodes that share a token with a node is the sum, over
    its sets, of the numbers of nodes that have the set, with alternating signs.
    """

    node: NDArray[np.int64]
    tokens: NDArray[np.int64]
    """Number of the set, the same for all nodes."""
    sign: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of nodes: one row each, sorted by node, then token."""

    node: NDArray[np.int64]
    token: NDArray[np.int64]
    n_nodes: int

    def shared(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
        """Return a mask of pairs of nodes with a common token: O(n_rows + k) for k pairs."""
        table: Any = self._matrix
        both: NDArray[np.bool_] = np.asarray(table[a].multiply(table[b]).sum(axis=1)).ravel() > 0
        return both

    def mates(self, group: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each node the others of its group that share a token, counted: (n_nodes,)."""
        sets = self._sets
        _, key = np.unique(_pair_code(group[sets.node], sets.tokens), return_inverse=True)
        others = np.bincount(key)[key] - 1 if len(key) else key
        return self._sum_over_sets(sets, others) + self._count_listed(
            lambda a, b: group[a] == group[b]
        )

    def settled_mates(
        self, group: NDArray[np.int64], constraints: Constraints
    ) -> NDArray[np.int64]:
        """Return the number of these that decisions settle."""
        unit = constraints.unit.astype(np.int64)
        apart, _ = constraints.apart
        # Both directions of each pair of units.
        here, there = np.concatenate((apart, apart[:, ::-1])).astype(np.int64).T
        closed = here * constraints.n_units + there

        def settled(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
            one, other = unit[a], unit[b]
            known = (one == other) | np.isin(one * constraints.n_units + other, closed)
            both: NDArray[np.bool_] = known & (group[a] == group[b])
            return both

        listed = self._count_listed(settled)
        sets = self._sets
        # Renumbered, so that products of numbers stay small.
        _, both = np.unique(_pair_code(group, unit), return_inverse=True)
        _, key = np.unique(_pair_code(both[sets.node], sets.tokens), return_inverse=True)
        others = np.bincount(key)[key] - 1 if len(key) else key
        together = self._sum_over_sets(sets, others) + listed
        # One row for each unit, group and set in it.
        _, kind = np.unique(_pair_code(group[sets.node], sets.tokens), return_inverse=True)
        n_kinds = int(kind.max(initial=0)) + 1
        key, row, size = np.unique(
            unit[sets.node] * n_kinds + kind, return_inverse=True, return_counts=True
        )
        if not len(here) or not len(key):
            return together
        begin, end = (np.searchsorted(key, bound * n_kinds) for bound in (here, here + 1))
        pair = np.repeat(np.arange(len(here)), end - begin)
        offset = np.cumsum(end - begin) - (end - begin)
        mine = begin[pair] + np.arange(len(pair)) - offset[pair]
        wanted = there[pair] * n_kinds + key[mine] % n_kinds
        found = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        others = np.where(key[found] == wanted, size[found], 0)
        by_row = np.bincount(mine, weights=others, minlength=len(key)).astype(np.int64)
        return together + self._sum_over_sets(sets, by_row[row])

    # --- how -----------------------------------------------------------------------------------

    @cached_property
    def _matrix(self) -> csr_array[Any, tuple[int, int]]:
        """Matrix with one row a node and one column a token."""
        from scipy.sparse import csr_array

        shape = (self.n_nodes, int(self.token.max(initial=0)) + 1)
        return csr_array((np.ones(len(self.token), dtype=bool), (self.node, self.token)), shape)

    @cached_property
    def _has_many(self) -> NDArray[np.bool_]:
        """Mask of nodes with too many tokens to list the sets of them: shape (n_nodes,)."""
        return np.bincount(self.node, minlength=self.n_nodes) > MAX_TOKENS

    @cached_property
    def _sets(self) -> _Sets:
        """Sets of tokens of each node that has not too many, smaller sets first."""
        few = ~self._has_many[self.node]
        node, token = self.node[few], self.token[few]
        end = np.searchsorted(node, node, side="right")  # of the node's own rows
        _, code = np.unique(token, return_inverse=True)
        n_tokens = int(code.max(initial=0)) + 1
        last, tokens = np.arange(len(node)), code.astype(np.int64)
        nodes, sets, signs = [node], [tokens], [np.ones(len(node), dtype=np.int64)]
        n_sets = n_tokens
        while True:
            # Each set grows by each later token of its node; rows are sorted by token, so that
            # equal sets grow in the same order at all nodes.
            more = end[last] - last - 1
            grown = np.repeat(np.arange(len(last)), more)
            if not len(grown):
                break
            begin = np.cumsum(more) - more
            last = last[grown] + 1 + np.arange(len(grown)) - begin[grown]
            _, tokens = np.unique(tokens[grown] * n_tokens + code[last], return_inverse=True)
            nodes.append(node[last])
            sets.append(tokens + n_sets)
            signs.append(-signs[-1][:1].repeat(len(last)))
            n_sets += int(tokens.max()) + 1
        return _Sets(np.concatenate(nodes), np.concatenate(sets), np.concatenate(signs))

    def _count_listed(
        self, counts: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
    ) -> NDArray[np.int64]:
        """Return the number of pairs with a node of many tokens for which ``counts`` holds."""
        total = np.zeros(self.n_nodes, dtype=np.int64)
        for a, b in self._pairs():
            chosen = counts(a, b)
            total += np.bincount(a[chosen], minlength=self.n_nodes)
            # The other end lists the pair itself if it has many tokens too.
            total += np.bincount(b[chosen & ~self._has_many[b]], minlength=self.n_nodes)
        return total

    def _pairs(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield pairs of a node of many tokens and a node that shares one, once from each end."""
        many = np.flatnonzero(self._has_many)
        if not len(many):
            return
        table = self._matrix
        sizes = np.bincount(self.token)
        work = np.cumsum([int(sizes[table[[node]].indices].sum()) for node in many.tolist()])
        for part in np.split(many, np.flatnonzero(np.diff(work // _BLOCK_PAIRS)) + 1):
            shared = (table[part] @ table.T).tocoo()
            a, b = part[shared.coords[0]], shared.coords[1].astype(np.int64)
            yield a[a != b], b[a != b]

    def _sum_over_sets(self, sets: _Sets, counts: NDArray[Any]) -> NDArray[np.int64]:
        """Return sums over the sets of each node, with signs; exact up to 2**53."""
        sums = np.bincount(sets.node, weights=sets.sign * counts, minlength=self.n_nodes)
        return sums.astype(np.int64)


def _pair_code(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each pair of numbers."""
    return x.astype(np.int64) * (int(y.max(initial=0)) + 1) + y
