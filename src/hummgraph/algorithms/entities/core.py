"""The steps of an entity map, from links to groups of tables with their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.entities.affinity import CONSTANTS, Affinity, Constants, affinity
from hummgraph.algorithms.entities.columns import ColumnRoles, first_roles
from hummgraph.algorithms.entities.copies import OriginSystems, copied_tables, originals
from hummgraph.algorithms.entities.keys import KeyColumns, key_columns, refused_keys, second_roles
from hummgraph.algorithms.entities.linkage import Grouping, group_tables
from hummgraph.algorithms.entities.pairs import LinkedPairs, linked_columns, linked_tables
from hummgraph.algorithms.kernels.components import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["LEAST", "THRESHOLD", "Mapped", "map_tables"]

THRESHOLD: Final = 0.17
"""Default of the least linkage at which groups of tables are one entity."""
LEAST: Final = 0.08
"""Least linkage of two groups that are asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """Tables of a graph in groups, with all that led to them."""

    threshold: float
    roles: ColumnRoles
    columns: LinkedPairs
    tables: LinkedPairs
    original: dict[int, int]
    """Original of each copy, by position."""
    affinity: Affinity
    grouping: Grouping
    label: NDArray[np.int64]
    """Group of two tables and more that each node is in, by its table; -1 for none: (n_nodes,)."""
    keys: dict[int, list[KeyColumns]]
    refused: NDArray[np.int64]
    """Rows of rejected pairs of keys inside one group."""


def map_tables(
    graph: LinkGraph, words: Words, *, threshold: float, constants: Constants = CONSTANTS
) -> Mapped:
    """Join tables that hold rows of one thing, and find their keys.

    O(n + m log m) for n nodes and m links.
    """
    nodes = graph.arrays.nodes
    roles = first_roles(graph, words)
    columns, tables = linked_columns(graph), linked_tables(graph)
    copied = copied_tables(graph, roles, columns)
    one, other = (np.array([pair[end] for pair in copied], dtype=np.int64) for end in (0, 1))
    original = originals(graph, words, components(len(nodes), one, other), copied)
    given = _Given(columns, tables, copied, original, threshold, constants)
    found, grouping, label = _group(graph, words, roles, given)
    # Ids of other systems' rows are keys once it is known that the rows are of one thing; with
    # them, more tables are.
    for _ in range(constants.rounds):
        changes = second_roles(graph, roles, columns, label)
        if not changes:
            break
        roles = roles.changed(changes)
        found, grouping, label = _group(graph, words, roles, given)
    roles = roles.changed(second_roles(graph, roles, columns, label))
    return Mapped(
        threshold,
        roles,
        columns,
        tables,
        original,
        found,
        grouping,
        label,
        key_columns(
            graph,
            words,
            roles,
            columns,
            label,
            origins=OriginSystems(graph, words, original),
        ),
        refused_keys(roles, columns, label),
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """Values that stay the same when tables are compared again."""

    columns: LinkedPairs
    tables: LinkedPairs
    copied: list[tuple[int, int]]
    original: dict[int, int]
    threshold: float
    constants: Constants


def _group(
    graph: LinkGraph, words: Words, roles: ColumnRoles, given: _Given
) -> tuple[Affinity, Grouping, NDArray[np.int64]]:
    """Return the affinity of tables, their groups, and the group of each node."""
    tables = given.tables
    found = affinity(
        graph,
        words,
        roles,
        columns=given.columns,
        tables=tables,
        original=given.original,
        constants=given.constants,
    )
    number = np.full(len(graph.arrays.nodes), -1, dtype=np.int64)
    number[found.tables] = np.arange(len(found.tables))

    def numbered(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(min(x, y), max(x, y)) for x, y in (number[list(pair)].tolist() for pair in pairs)]

    def marked(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
        return numbered(list(zip(tables.a[mask].tolist(), tables.b[mask].tolist(), strict=True)))

    grouping = group_tables(
        found,
        must=marked(tables.approved),
        cannot=marked(tables.rejected | tables.both),
        copied=numbered(given.copied),
        threshold=given.threshold,
        least=min(LEAST, given.threshold),
        constants=given.constants,
    )
    return found, grouping, _labels(graph, found, grouping)


def _labels(graph: LinkGraph, found: Affinity, grouping: Grouping) -> NDArray[np.int64]:
    """Return the entity of each node by its table: those in most systems first, -1 for none."""
    nodes = graph.arrays.nodes
    group = grouping.label
    sizes = np.bincount(group, minlength=len(group))
    places = np.unique(np.stack([group, found.system]), axis=1) if len(group) else group[None, :]
    systems = np.bincount(places[0], minlength=len(group))
    first = np.full(len(group), len(group))
    np.minimum.at(first, group, np.arange(len(group)))
    order = np.lexsort((first, -sizes, -systems))
    order = order[sizes[order] > 1]
    rank = np.full(len(group), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    by_node = np.full(len(nodes), -1, dtype=np.int64)
    by_node[found.tables] = rank[group]
    table = nodes.ancestor[1]
    return np.where(table >= 0, by_node[table], -1)
