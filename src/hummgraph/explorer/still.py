"""Still picture of what a page shows, for where no script runs."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any, Final, cast

from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.drawing.grid import Grid
from hummgraph.explorer.clustering import usual_clusters
from hummgraph.frames import counted, visible
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from hummgraph.explorer.results import Showable
    from hummgraph.graph.elements import Node

__all__ = ["image_of", "still_of"]

MAX_ROWS: Final = 12
MAX_SYSTEMS: Final = 10


def still_of(
    thing: Showable,
    *,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
) -> str:
    """Return a picture of what a page shows, as SVG.

    Parameters
    ----------
    thing
        A graph, its links lifted to a level, clusters, or the result of a search.
    clusters
        Clusters of the same nodes.
    cluster
        The cluster that is drawn.

    Returns
    -------
    str
        Picture: for a graph, the entities and the tables that the systems have of each; for
        clusters, their columns by system; for one cluster or the result of a search, its diagram.
        Equal input gives equal text.

    Notes
    -----
    O(n + m log m) for n nodes and m links, besides the picture.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> still_of(LinkGraph(read_links([]))).startswith("<svg ")
    True
    """
    made = thing if isinstance(thing, Clusters) else clusters
    if made is not None and cluster is not None:
        return made.diagram(cluster).to_svg()
    if isinstance(thing, Clusters):
        return _clusters(thing).to_svg()
    if isinstance(thing, LinkGraph):
        return (_entities(thing) or _clusters(made or usual_clusters(thing))).to_svg()
    if isinstance(thing, Projection):
        return still_of(thing.graph, clusters=clusters)
    # A result of several paths has a picture of the best.
    paths = getattr(thing, "paths", None)
    shown = cast("Any", paths[0] if paths else thing)
    svg: str = shown.diagram().to_svg()
    return svg


def image_of(picture: str, words: str) -> str:
    """Return a picture as an image of a page, in which nothing of it can run.

    Parameters
    ----------
    picture
        The picture, as SVG.
    words
        Description of the picture, for people who cannot see it.

    Examples
    --------
    >>> image_of("<svg/>", "nothing").partition(" src=")[0]
    '<img class="hummgraph-still" alt="nothing" style="max-width:100%"'
    """
    data = base64.b64encode(picture.encode()).decode()
    alt = escape(visible(words), quote=True)
    return (
        f'<img class="hummgraph-still" alt="{alt}" style="max-width:100%"'
        f' src="data:image/svg+xml;base64,{data}">'
    )


def _entities(graph: LinkGraph) -> Grid | None:
    """Return the entities by system, ``None`` if there are none."""
    found = entities(graph)
    if not found.entities:
        return None
    shown = found.entities[:MAX_ROWS]
    rows = [(one.name, [graph.node(table) for table in one.tables]) for one in shown]
    n = len(found.entities)
    title = f"{n:,} {'entity' if n == 1 else 'entities'} in {_systems(graph)}"
    return _grid(graph, title, rows, n, thing=("entity", "entities"))


def _clusters(clusters: Clusters) -> Grid:
    shown = [clusters[int(label)] for label in clusters.order[:MAX_ROWS]]
    rows = [(one.name, list(one.members)) for one in shown]
    title = f"{counted(clusters.n_clusters, 'cluster')} in {_systems(clusters.graph)}"
    return _grid(clusters.graph, title, rows, clusters.n_clusters, thing=("cluster", "clusters"))


def _systems(graph: LinkGraph) -> str:
    return counted(int(graph.arrays.nodes.first[1]), "system")


def _own(graph: LinkGraph, node: Node) -> str:
    """Return the name of a node, that of a column with its table's."""
    if node.level is Level.COLUMN and node.parent is not None:
        return f"{graph.node(node.parent).name}.{node.name}"
    return node.name


def _grid(
    graph: LinkGraph,
    title: str,
    rows: Sequence[tuple[str, Sequence[Node]]],
    total: int,
    *,
    thing: tuple[str, str],
) -> Grid:
    """Return things by system; one and several of them are called by the words given."""
    one, things = thing
    by_row = [(name, _by_system(graph, nodes)) for name, nodes in rows]
    counts: dict[int, int] = {}
    for _, cells in by_row:
        for system in cells:
            counts[system] = counts.get(system, 0) + 1
    # Those of most rows, in the order of their names.
    chosen = sorted(counts, key=lambda system: (-counts[system], system))[:MAX_SYSTEMS]
    chosen.sort()
    name = graph.snapshot.organization_name
    notes = []
    if total > len(rows):
        notes.append(f"shown {len(rows):,} of {total:,} {things}")
    if len(counts) > len(chosen):
        notes.append(f"shown {len(chosen):,} of {len(counts):,} systems")
    return Grid(
        f"{name}: {title}" if name else title,
        one.capitalize(),
        tuple(_system_name(graph, system) for system in chosen),
        tuple(
            (row, tuple(_said(cells.get(system, [])) for system in chosen)) for row, cells in by_row
        ),
        tuple(notes),
    )


def _by_system(graph: LinkGraph, nodes: Iterable[Node]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    parent = graph.arrays.nodes.parent
    first = int(graph.arrays.nodes.first[1])
    for node in nodes:
        system = node.index
        while system >= first:
            system = int(parent[system])
        found.setdefault(system, []).append(_own(graph, node))
    return found


def _system_name(graph: LinkGraph, system: int) -> str:
    return graph.node(system).name if system >= 0 else "unknown system"


def _said(texts: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    if not texts:
        return ""
    return texts[0] if len(texts) == 1 else f"{texts[0]} +{len(texts) - 1}"
