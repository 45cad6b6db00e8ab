"""Formats: their definition, the parts of a graph they may hold, and their arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError
from hummgraph.export.attributes import attributes_of
from hummgraph.export.rows import Rows
from hummgraph.graph.labels import check_same_nodes
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.projection import Projection
from hummgraph.snapshot.folders import FolderKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.results import Showable
    from hummgraph.graph.elements import Node
    from hummgraph.records.redaction import KeptEvidence

__all__ = ["ENGINES", "FEATURES", "Format", "Job", "by_suffix", "engine_of"]

ENGINES: Final = ("explorer", "pyvis")
"""Engines that draw a page; the first is the default."""

FEATURES: Final = (
    "every node",
    "every link",
    "link ids",
    "parallel links",
    "direction",
    "types",
    "nulls",
    "any text",
    "evidence",
    "times",
    "containment",
    "clusters",
    "lifted links",
    "attributes",
    "organisation",
    "comes back",
)
"""Parts of a graph that a format may hold.

``types`` means that numbers and truth values are not text; ``any text`` includes control
characters; ``containment`` is the relation of parents and parts, in addition to ids of parents;
``attributes`` are ``node_attributes`` and ``link_attributes``; ``organisation`` is the organisation
of the graph; ``comes back`` means that hummgraph reads an equal graph from the format.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """Arguments of :func:`write`, after the checks that all formats share."""

    thing: Showable
    clusters: Clusters | None
    cluster: str | int | UUID | Node | None
    containment: bool
    kept_evidence: KeptEvidence
    force: bool = False
    engine: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    node_attributes: Any = None
    link_attributes: Any = None

    def graph(self, what: str) -> LinkGraph | Projection:
        """Return the graph or projection for a format that cannot hold results.

        Parameters
        ----------
        what
            The format, as the subject of an error's sentence.

        Raises
        ------
        ArgumentError
            If it is a result, clusters are of other nodes, or a cluster is to be opened.
        """
        if not isinstance(self.thing, LinkGraph | Projection):
            raise ArgumentError(
                f"{what} holds a graph or a projection, not a {type(self.thing).__name__}.",
                hint="A page of engine 'explorer' shows results.",
            )
        if self.cluster is not None:
            raise ArgumentError(
                f"{what} cannot open on a cluster.",
                hint="Leave cluster= out, or write a page of engine 'explorer'.",
            )
        if self.clusters is not None:
            whole = self.thing if isinstance(self.thing, LinkGraph) else self.thing.graph
            check_same_nodes(whole.arrays.nodes, self.clusters)
        return self.thing

    def rows(self, what: str) -> Rows:
        """Return the rows of the graph or projection; ``what`` as for :meth:`graph`."""
        graph = self.graph(what)
        attributes = None
        if self.node_attributes is not None or self.link_attributes is not None:
            attributes = attributes_of(graph, self.node_attributes, self.link_attributes)
        return Rows(graph, self.clusters, self.kept_evidence, attributes)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Parameters
    ----------
    name
        Name for ``format=``.
    about
        The programs or people that use it.
    suffixes
        Suffixes of its files, the usual one first; empty if the suffix does not identify it.
    carries
        The parts of a graph that it holds, from ``FEATURES``.
    chunks
        Function that yields the bytes of its file; ``None`` for a folder.
    engines
        Engines that can draw it, the default first; empty if there is no choice.
    options
        Names of the options that :func:`write` takes for it.
    files
        Names of the files if the format is a folder.
    contents
        Function that yields the name and bytes of each file of a folder.
    written
        Function that returns the names of the files that an earlier export wrote in a folder, which
        may be replaced.

    Examples
    --------
    >>> from hummgraph.export import FORMATS
    >>> [(known.name, known.suffixes) for known in FORMATS][:2]
    [('graphml', ('.graphml',)), ('html', ('.html', '.htm'))]
    """

    name: str
    about: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    chunks: Callable[[Job], Iterator[bytes]] | None = None
    engines: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    contents: Callable[[Job], Iterator[tuple[str, Iterator[bytes]]]] | None = None
    written: Callable[[Path], Collection[str]] = lambda _: ()

    @property
    def folder_kind(self) -> FolderKind:
        """Marks by which a writer recognises a folder of this format that it may replace."""
        return FolderKind(f"an export as {self.name}", self.written)


def by_suffix(path: Path, formats: Iterable[Format]) -> Format | None:
    """Return the format that the end of a file's name identifies; of several the longest end.

    Examples
    --------
    >>> from pathlib import Path
    >>> from hummgraph.export import FORMATS
    >>> by_suffix(Path("links.datahub.json"), FORMATS).name
    'datahub'
    """
    ends = [
        (len(suffix), known)
        for known in formats
        for suffix in known.suffixes
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix)
    ]
    return max(ends, key=lambda end: end[0])[1] if ends else None


def engine_of(engine: str | None, name: str, engines: tuple[str, ...]) -> str:
    """Return the wanted engine, or else the default; empty if the format has no engines."""
    if engine is None:
        return next(iter(engines), "")
    if not engines:
        raise ArgumentError(
            f"engine is {engine!r}; {name} has no engines.", hint="Only html has engines."
        )
    if engine not in engines:
        allowed = ", ".join(map(repr, engines))
        raise ArgumentError(f"engine is {engine!r}; it must be one of {allowed}.")
    return engine
