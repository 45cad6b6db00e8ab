"""Files for other tools and people: one table of formats, one function that writes them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph._files import write_atomically
from hummgraph.errors import ArgumentError, FormatError
from hummgraph.export.crosswalk import write_crosswalk
from hummgraph.export.graphml import graphml_chunks
from hummgraph.export.html import LargeGraphWarning, Shown, html_page, shown
from hummgraph.export.redaction import Redaction, as_redaction
from hummgraph.graph import LinkGraph

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from hummgraph.algorithms.clustering import Clusters
    from hummgraph.projection import Projection

__all__ = [
    "FORMATS",
    "Format",
    "LargeGraphWarning",
    "Redaction",
    "Shown",
    "show",
    "write",
    "write_crosswalk",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Parameters
    ----------
    name
        What to call it in ``format=``.
    suffixes
        Endings of its files, the usual one first.
    carries
        What of a graph it holds.
    chunks
        Gives the file's bytes, piece by piece.

    Examples
    --------
    >>> [(known.name, known.suffixes) for known in FORMATS]
    [('graphml', ('.graphml',)), ('html', ('.html', '.htm'))]
    """

    name: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    chunks: Callable[[Job], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written, and how."""

    graph: LinkGraph | Projection
    clusters: Clusters | None
    containment: bool
    redaction: Redaction
    force: bool


def _graphml(job: Job) -> Iterator[bytes]:
    return graphml_chunks(
        job.graph, clusters=job.clusters, containment=job.containment, redaction=job.redaction
    )


def _html(job: Job) -> Iterator[bytes]:
    page = html_page(
        job.graph,
        clusters=job.clusters,
        containment=job.containment,
        redaction=job.redaction,
        force=job.force,
    )
    return iter([page.encode()])


FORMATS: Final = (
    Format(
        "graphml",
        (".graphml",),
        frozenset(
            {"every node", "every link", "nulls", "evidence", "times", "clusters", "containment"}
        ),
        _graphml,
    ),
    Format("html", (".html", ".htm"), frozenset({"evidence", "clusters", "containment"}), _html),
)
"""What can be written: a row a format."""


def write(
    graph: LinkGraph | Projection,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the word that people type
    clusters: Clusters | None = None,
    containment: bool = False,
    redact: Redaction | str = Redaction.VALUES,
    force: bool = False,
) -> Path:
    """Write a graph as a file for another tool or person, whole or not at all.

    Parameters
    ----------
    graph
        A graph; or its links lifted to a level, as :meth:`LinkGraph.project` gives them.
    path
        Where to; its suffix says in which format: ``.graphml``, ``.html``.
    format
        ``"graphml"`` or ``"html"``, where the suffix does not say.
    clusters
        Clusters of the same nodes, to be added.
    containment
        Add what contains what as edges of kind ``contains``, without weight.
    redact
        ``"values"`` replaces every text and list in evidence, and keeps its keys, numbers and truth
        values; ``"all"`` leaves out evidence and descriptions; ``"none"`` keeps everything. The
        file says what was left out.
    force
        Write a page even if it is too large to be comfortable.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FormatError
        If there is no such format or suffix, or the graph is too large for it.
    ArgumentError
        If the clusters are those of other nodes, or an option has no such value.
    OutputError
        If the file cannot be written; what stood there before still stands.
    MissingDependencyError
        If a page is wanted and pyvis is not installed.

    Warns
    -----
    LargeGraphWarning
        If a page will be slow: from 1,000 nodes or 2,000 lines.

    Notes
    -----
    O(n log n) for n nodes and links. Equal graphs give equal bytes.

    Examples
    --------
    >>> import tempfile
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(graph, Path(folder) / "demo.graphml").name
    'demo.graphml'
    >>> write(graph, "demo.doc")
    Traceback (most recent call last):
        ...
    hummgraph.errors.FormatError: No format has the suffix '.doc'; ...
    """
    target = Path(path)
    chosen = _format_of(target, format)
    _check_clusters(graph, clusters)
    chunks = chosen.chunks(Job(graph, clusters, containment, as_redaction(redact), force))
    with write_atomically(target) as file:
        for chunk in chunks:
            file.write(chunk)
    return target


def show(
    graph: LinkGraph | Projection,
    *,
    clusters: Clusters | None = None,
    height: int = 640,
    redact: Redaction | str = Redaction.VALUES,
) -> Shown:
    """Show a graph in a notebook.

    Parameters
    ----------
    graph
        A graph, or its links lifted to a level.
    clusters
        Clusters of the same nodes.
    height
        Height in pixels, at least 200.
    redact
        As for :func:`write`; a notebook is shared as easily as a file.

    Returns
    -------
    Shown
        The page in a frame that can reach neither notebook nor network, with a plain table for
        where scripts are not trusted.

    Raises
    ------
    ArgumentError
        If the clusters are those of other nodes, or an option has no such value.
    FormatError
        If there are more than 5,000 nodes to draw.
    MissingDependencyError
        If pyvis is not installed.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> show(LinkGraph(load_demo().snapshot()), height=500).height
    500
    """
    if isinstance(height, bool) or not isinstance(height, int) or height < 200:
        raise ArgumentError(f"height is {height!r}; it must be a whole number, at least 200.")
    _check_clusters(graph, clusters)
    return shown(graph, clusters=clusters, height=height, redaction=as_redaction(redact))


def _format_of(path: Path, name: str | None) -> Format:
    listed = ", ".join(f"{known.name} ({', '.join(known.suffixes)})" for known in FORMATS)
    if name is not None:
        for known in FORMATS:
            if name == known.name:
                return known
        raise FormatError(f"There is no format {name!r}; there are {listed}.")
    for known in FORMATS:
        if path.suffix.lower() in known.suffixes:
            return known
    what = f"has the suffix {path.suffix!r}" if path.suffix else f"is told by {path.name!r}"
    raise FormatError(f"No format {what}; there are {listed}.", hint="Or name one with format=.")


def _check_clusters(graph: LinkGraph | Projection, clusters: Clusters | None) -> None:
    if clusters is None:
        return
    whole = graph if isinstance(graph, LinkGraph) else graph.graph
    nodes, others = whole.arrays.nodes, clusters.graph.arrays.nodes
    same = nodes is others or (
        np.array_equal(nodes.ids, others.ids) and np.array_equal(nodes.depth, others.depth)
    )
    if not same:
        raise ArgumentError(
            f"The clusters are of another graph: {len(others):,} nodes, not these {len(nodes):,}.",
            hint="Cluster this graph, or one that where() made of it.",
        )
