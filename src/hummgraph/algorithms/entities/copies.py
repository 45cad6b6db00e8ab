"""Copies of tables, such as a warehouse has of each system, and their originals."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.entities.columns import KEY, REFERENCE, TECHNICAL
from hummgraph.algorithms.entities.tokens import split_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.columns import ColumnRoles
    from hummgraph.algorithms.entities.pairs import LinkedPairs
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["OriginSystems", "copied_tables", "originals"]

MIN_COPIED: Final = 3
"""Fewest columns that a copy has in common with its original."""
MIN_COPIED_SHARE: Final = 0.4
"""Smallest share of the smaller table's columns that they have in common."""


def copied_tables(
    graph: LinkGraph, roles: ColumnRoles, pairs: LinkedPairs
) -> list[tuple[int, int]]:
    """Return pairs of tables of which one is a copy of the other, by position.

    They have three deterministic links and more between columns of equal names, which cover two
    fifths of the smaller table. Two objects of SaaS systems are not copies of each other.
    """
    nodes = graph.arrays.nodes
    table = nodes.ancestor[1]
    one, other = roles.role[pairs.a], roles.role[pairs.b]
    mixed = ((one == KEY) & (other == REFERENCE)) | ((one == REFERENCE) & (other == KEY))
    rows = np.flatnonzero(
        pairs.exact & ~pairs.rejected & (one != TECHNICAL) & (other != TECHNICAL) & ~mixed
    )
    if not len(rows):
        return []
    names = nodes.name
    columns: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for a, b in zip(pairs.a[rows].tolist(), pairs.b[rows].tolist(), strict=True):
        if _plain(names[a].as_py()) == _plain(names[b].as_py()):
            columns[min(table[a], table[b]), max(table[a], table[b])].append((a, b))
    sizes = Counter(table[nodes.depth == 2].tolist())
    kinds = nodes.kind.to_pylist()
    found = []
    for (t, u), both in sorted(columns.items()):
        n = min(len({a for a, _ in both}), len({b for _, b in both}))
        enough = n >= MIN_COPIED and n >= MIN_COPIED_SHARE * min(sizes[t], sizes[u])
        if enough and not kinds[t] == kinds[u] == "saas_object":
            found.append((int(t), int(u)))
    return found


def _plain(name: str) -> str:
    return "".join(split_name(name)) or name


def originals(
    graph: LinkGraph, words: Words, label: NDArray[np.int32], copied: list[tuple[int, int]]
) -> dict[int, int]:
    """Return the original of each copy, by position.

    Among copies that belong together, the original is an object of a SaaS system, else a table
    without an affix such as ``stg``, then the one with most columns, then the first by its path.

    Parameters
    ----------
    label
        Group of copies that each table is in: shape (n_nodes,).
    """
    nodes = graph.arrays.nodes
    groups: dict[int, set[int]] = defaultdict(set)
    for pair in copied:
        for t in pair:
            groups[int(label[t])].add(t)
    if not groups:
        return {}
    sizes = Counter(nodes.ancestor[1][nodes.depth == 2].tolist())
    affixes = words.tables["affix"]
    found: dict[int, int] = {}
    for members in groups.values():

        def rank(t: int) -> tuple[bool, int, int, str]:
            place = f"{nodes.schema_name[t].as_py() or ''} {nodes.name[t].as_py()}"
            n_affixes = sum(word in affixes for word in split_name(place))
            saas = nodes.kind[t].as_py() == "saas_object"
            return not saas, n_affixes, -sizes[t], nodes.path[t].as_py()

        original = min(members, key=rank)
        found.update(dict.fromkeys(members - {original}, original))
    return found


class OriginSystems:
    """Systems that the rows of tables come from.

    A copy has that of its original, and a table of a database that which its schema is called like,
    or the words before ``__`` in its name: ``RAW_STRIPE.CUSTOMER`` and ``STG_STRIPE__CUSTOMER`` of
    a warehouse hold what was landed from Stripe.

    Parameters
    ----------
    graph
        The graph.
    words
        Lists with the affixes of schemas.
    original
        Original of each copy, by position.
    """

    def __init__(self, graph: LinkGraph, words: Words, original: dict[int, int]) -> None:
        self._nodes = graph.arrays.nodes
        self._affixes = words.tables["affix"]
        self._original = original
        self._known: dict[int, int] = {}
        self._called: dict[str, int] = {}
        for system in range(*self._nodes.first[[0, 1]].tolist()):
            name = "".join(split_name(self._nodes.name[system].as_py()))
            if name:
                self._called.setdefault(name, system)

    def of(self, table: int) -> int:
        """Return the position of the system of a table; of the table itself if none is known."""
        if table not in self._known:
            self._known[table] = self._find(self._original.get(table, table))
        return self._known[table]

    def _find(self, table: int) -> int:
        nodes = self._nodes
        system = int(nodes.ancestor[0][table])
        own = system if system >= 0 else table
        if nodes.kind[table].as_py() != "table":
            return own
        landed = self._called.get(self._called_after(nodes.schema_name[table].as_py() or "")[0])
        source, _, rest = nodes.name[table].as_py().rpartition(".")[2].partition("__")
        called, has_affix = self._called_after(source)
        staged = self._called.get(called) if rest and has_affix else None
        return next((one for one in (landed, staged) if one is not None), own)

    def _called_after(self, name: str) -> tuple[str, bool]:
        """Return the words of a name without affixes, written together, and whether it has any."""
        words = split_name(name)
        plain = [word for word in words if word not in self._affixes]
        return "".join(plain), len(plain) < len(words)
