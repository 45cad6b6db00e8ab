"""Traits of nodes in a page: what its names and order of clusters are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.entities.columns import TEXT
from hummgraph.algorithms.entities.traits import LONG_TEXT_VALUE, traits
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["IS_ID", "IS_LONG", "PackedTraits", "traits_of"]

IS_ID: Final = 1 << 4
"""Bit of a trait: whether the node is an id. The lower bits are the role's code plus one."""

IS_LONG: Final = 1 << 5
"""Bit of a trait: whether the column is a long text."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedTraits:
    """Traits of the nodes that links of the clusters' level touch; none of the others.

    Parameters
    ----------
    texts
        Words and names; smaller codes are preferred where several are as frequent.
    arrays
        ``trait`` and ``phrase`` of each node; ``origin`` of each system and table; ``table_text``
        and ``table_thing`` of each table; ``thing_name`` of each thing. Rare traits have a list of
        nodes each: ``about`` those with another thing than their table, ``mentions`` those that
        name a system. Texts are codes, -1 for none.
    """

    texts: list[str]
    arrays: dict[str, NDArray[Any]]


def traits_of(graph: LinkGraph, clusters: Clusters) -> PackedTraits:
    """Return the traits of nodes for a page that draws a graph and has these clusters.

    Parameters
    ----------
    graph
        The drawn graph.
    clusters
        Clusters of the same nodes, possibly of a graph with more links: traits are of that one.

    Notes
    -----
    O(n log n + m) for n nodes and m links, besides the roles and entities.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster, read_links
    >>> graph = LinkGraph(read_links([]))
    >>> traits_of(graph, cluster(graph)).texts
    []
    """
    of, nodes = traits(clusters.graph), graph.arrays.nodes
    first = nodes.first
    shown = clusters.labels >= 0
    for drawn in (graph, clusters.graph):
        ends, here = drawn.arrays.links.ends, drawn.link_levels == clusters.level.depth
        shown[ends.source[here]] = shown[ends.target[here]] = True
    codes = np.flatnonzero(shown)
    table = nodes.ancestor[1]
    tables = np.unique(table[codes][table[codes] >= 0])
    lone = codes[(table[codes] < 0) & (nodes.ancestor[0][codes] >= 0)]
    systems = np.unique(nodes.ancestor[0][lone])

    trait = np.zeros(len(nodes), dtype=np.uint8)
    is_long = (of.role == TEXT) & (of.value == LONG_TEXT_VALUE)
    trait[codes] = (of.role + 1 + IS_ID * of.is_id + IS_LONG * is_long)[codes]
    origin = np.full(first[2], -1)
    for places in (systems, tables):
        origin[places] = of.origin[places]
    # A page takes the table's thing for that of its columns.
    thing_of_table = np.append(of.thing, -1)[table]
    about = codes[of.thing[codes] != thing_of_table[codes]]
    things = np.unique(of.thing[np.concatenate((tables, about))])
    things = things[things >= 0]
    mentions = codes[of.system[codes] >= 0]
    coded = {
        "phrase": np.where(shown, of.phrase, -1),
        "origin": origin,
        "table_text": _at(of.table, tables, first),
        "thing_name": np.array(of.things, dtype=np.int64)[things],
        "mentions_text": of.system[mentions],
    }
    used = np.unique(np.concatenate(list(coded.values())))
    used = used[used >= 0]
    arrays: dict[str, NDArray[Any]] = {
        name: _renumbered(found, used) for name, found in coded.items()
    }
    arrays |= {
        "trait": trait,
        "table_thing": _renumbered(_at(of.thing, tables, first), things),
        "about": about.astype(np.int32),
        "about_thing": _renumbered(of.thing[about], things),
        "mentions": mentions.astype(np.int32),
    }
    return PackedTraits([of.texts[code] for code in used.tolist()], arrays)


def _at(
    values: NDArray[np.int32], tables: NDArray[np.integer[Any]], first: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Return values at some of the tables, -1 at the others: shape (n_tables,)."""
    begin, end = first[Level.TABLE.depth], first[Level.TABLE.depth + 1]
    found = np.full(end - begin, -1)
    found[tables - begin] = values[tables]
    return found


def _renumbered(
    codes: NDArray[np.integer[Any]], used: NDArray[np.integer[Any]]
) -> NDArray[np.int32]:
    """Return the positions of codes among those that are used; -1 stays."""
    return np.where(codes >= 0, np.searchsorted(used, codes), -1).astype(np.int32)
