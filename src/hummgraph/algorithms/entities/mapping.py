"""The functions that make roles and entity maps of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.entities.build import Builder
from hummgraph.algorithms.entities.column_roles import Roles
from hummgraph.algorithms.entities.core import THRESHOLD, Mapped, map_tables
from hummgraph.algorithms.entities.entity_map import EntityMap
from hummgraph.algorithms.entities.tables import map_tables_as_frames
from hummgraph.algorithms.entities.words import Words, read_words
from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import counted
from hummgraph.graph.policy import check_threshold

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.words import WordSource
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["entities", "known_map", "mapped_with", "roles"]

_FEW_NAMED = 0.2
"""Least share of columns with a known word for names to count."""

# A graph is immutable: its roles by the bundled words are found once, and kept as long as it is.
_known: GraphCache[Mapped] = GraphCache()


def roles(graph: LinkGraph, *, words: WordSource | None = None) -> Roles:
    """Return the role of each column: key, reference, text, category, time, measure and so on.

    Declarations of the catalogue come first, then conventions of names and types, then links: a
    column with an approved or deterministic link to a key of another table refers to it. Last come
    entities: an id that good links join to keys of its own entity is a key of it.

    Parameters
    ----------
    graph
        A graph.
    words
        Words to add to the lists that names are read by, as for :func:`entities`.

    Returns
    -------
    Roles
        The role of each column with its reason; those of :func:`entities`, by its default
        threshold.

    Raises
    ------
    ArgumentError
        If ``graph`` is not a graph, or ``words`` are invalid.

    Notes
    -----
    O(n + m log m) for n nodes and m links.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> hg.roles(graph).role_of("Salesforce/Account.Industry")
    ColumnRole(role=<Role.CATEGORY: 'CATEGORY'>, reason='type', target=None)
    >>> hg.roles(graph).role_of("HubSpot/companies.salesforceaccountid").reason
    'links to keys of its own entity'
    """
    check_graph(graph, "roles")
    lists = read_words(words)
    if words is None:
        return Roles(graph, _mapped(graph, lists, THRESHOLD).roles)
    return Roles(graph, map_tables(graph, lists, threshold=THRESHOLD).roles)


def _mapped(graph: LinkGraph, lists: Words, threshold: float) -> Mapped:
    """Return the map by the bundled words; that of the default threshold is kept."""
    if threshold != THRESHOLD:
        return map_tables(graph, lists, threshold=threshold)
    return _known.of(graph, lambda _: map_tables(graph, lists, threshold=threshold))


def known_map(graph: LinkGraph) -> Mapped:
    """Return the map by the bundled words and the default threshold, made once for each graph."""
    return _mapped(graph, read_words(None), THRESHOLD)


def mapped_with(graph: LinkGraph, words: Words) -> Mapped:
    """Return the map by other words and the default threshold."""
    return map_tables(graph, words, threshold=THRESHOLD)


def entities(
    graph: LinkGraph, *, threshold: float | None = None, words: WordSource | None = None
) -> EntityMap:
    """Return the entities of a graph: tables and objects that hold rows of one thing.

    Columns that links join are matched one to one in each pair of tables; keys count most, columns
    that every table has least. Links between references to two tables count for them, too; a
    rejected pair of keys, and a common schema, count against. Groups of tables are then joined, the
    best first. Approved links between tables join them in any case, rejected ones keep them apart.
    Words name an entity; they do not join tables.

    Parameters
    ----------
    graph
        A graph; its links count as its policy weighs them.
    threshold
        Least linkage at which groups of tables are joined, in [0, 1]; 0.17 by default. Above it
        fewer tables are joined, and more surely.
    words
        Words to add to the lists that names are read by: a mapping such as ``{"entities":
        {"person": ["kunde"]}, "roles": {"time": ["datum"]}}``, or the path of a TOML file of it.

    Returns
    -------
    EntityMap
        Entities of two tables and more, with their keys and uncertainties.

    Raises
    ------
    ArgumentError
        If ``graph`` is not a graph, or ``words`` are invalid.
    ThresholdError
        If the threshold is not in [0, 1].

    Notes
    -----
    O(n + m log m) for n nodes and m links; all is sparse. The linkage of two groups is the mean of
    their best three affinities plus the mean of the evidence against, over pairs that could be
    linked.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> found = hg.entities(graph)
    >>> found["person"]
    <Entity person: 11 tables in 6 systems; keys email, phone, contact id and 4 more>
    >>> found["person"].keys[0].n_systems
    6
    """
    check_graph(graph, "entities")
    chosen = THRESHOLD if threshold is None else check_threshold("threshold", threshold)
    lists = read_words(words)
    mapped = (
        _mapped(graph, lists, chosen)
        if words is None
        else map_tables(graph, lists, threshold=chosen)
    )
    build = Builder(graph, lists, mapped)
    found = build.entities()
    return EntityMap(
        graph,
        found,
        mapped.label,
        Roles(graph, mapped.roles),
        chosen,
        tuple(_notes(graph, lists, mapped)),
        **map_tables_as_frames(build, found),
    )


def _notes(graph: LinkGraph, words: Words, mapped: Mapped) -> list[str]:
    """Return notes on the limits of the map, as sentences."""
    nodes = graph.arrays.nodes
    tables, columns = (slice(*nodes.first[[depth, depth + 1]].tolist()) for depth in (1, 2))
    notes = []
    unnamed = int((~nodes.resolved[tables]).sum())
    if unnamed:
        n = tables.stop - tables.start
        said = f"{unnamed:,} of {counted(n, 'table')} have no name"
        table = nodes.ancestor[1][columns]
        if (nodes.resolved[columns] & (table >= 0) & ~nodes.resolved[table]).any():
            notes.append(f"{said}: 'hummgraph names' finds names by their columns.")
        else:
            notes.append(f"{said}, nor have their columns: --catalogue or --names adds names.")
    known = words.known()
    has_known = [not known.isdisjoint(called) for called in mapped.roles.words.of[columns]]
    if has_known and np.mean(has_known) < _FEW_NAMED:
        notes.append("Names say little here: tables were judged by links alone.")
    refused = len(mapped.grouping.forced) + len(mapped.refused)
    if refused:
        notes.append(f"{counted(refused, 'rejected pair')} inside an entity: see contradictions.")
    return notes
