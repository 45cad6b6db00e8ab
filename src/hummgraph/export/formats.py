"""One table of formats, what each holds of a graph and what writes it; and ``write``."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.arguments import check_showable, check_target
from hummgraph.explorer.page import html_page
from hummgraph.explorer.results import Showable
from hummgraph.export.attributes import attributes_of
from hummgraph.export.pyvis.page import pyvis_html
from hummgraph.export.rows import Rows
from hummgraph.graph.labels import check_same_nodes
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.projection import Projection
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence
from hummgraph.snapshot.atomic import write_atomically, write_files_atomically, written_into

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.elements import Node

__all__ = [
    "ENGINES",
    "FEATURES",
    "FORMATS",
    "NAME_A_FORMAT",
    "Format",
    "Job",
    "engine_of",
    "write",
]

ENGINES: Final = ("explorer", "pyvis")
"""What draws a page; the first unless another is asked for."""

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
"""What a format may hold of a graph.

``types`` are numbers and truth values as such; ``any text`` has control characters as well;
``containment`` is what lies in what, beside the ids of parents; ``attributes`` are
``node_attributes`` and ``link_attributes``; ``organisation`` is whose graph it is; ``comes back``
says that hummgraph reads an equal graph from it.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written, and how."""

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
        """Return what a format without results takes."""
        if not isinstance(self.thing, LinkGraph | Projection):
            raise ArgumentError(
                f"{what} holds a graph or a projection, not a {type(self.thing).__name__}.",
                hint="A page of engine 'explorer' shows results.",
            )
        if self.cluster is not None:
            raise ArgumentError(f"{what} does not open on a cluster; leave cluster= out.")
        if self.clusters is not None:
            whole = self.thing if isinstance(self.thing, LinkGraph) else self.thing.graph
            check_same_nodes(whole.arrays.nodes, self.clusters)
        return self.thing

    def rows(self, what: str) -> Rows:
        """Return the rows of what a format without results takes."""
        graph = self.graph(what)
        attributes = None
        if self.node_attributes is not None or self.link_attributes is not None:
            attributes = attributes_of(graph, self.node_attributes, self.link_attributes)
        return Rows(graph, self.clusters, self.kept_evidence, attributes)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Parameters
    ----------
    name
        What to call it in ``format=``.
    about
        For whom or what it is.
    suffixes
        Endings of its files, the usual one first; none where the suffix does not tell.
    carries
        What of a graph it holds, of ``FEATURES``.
    chunks
        Gives the file's bytes, piece by piece.
    engines
        What can make it, the usual one first; none where there is no choice.
    options
        What else :func:`write` takes for it.
    files
        Names of its files, where it is a folder; ``contents`` gives them then.
    contents
        Gives name and bytes of each file.

    Examples
    --------
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


def _html(job: Job) -> Iterator[bytes]:
    if job.engine == "pyvis":
        page = pyvis_html(
            job.graph("A page of engine 'pyvis'"),
            clusters=job.clusters,
            containment=job.containment,
            kept_evidence=job.kept_evidence,
            force=job.force,
        )
    else:
        page = html_page(
            job.thing, clusters=job.clusters, cluster=job.cluster, kept_evidence=job.kept_evidence
        )
    return iter([page.encode()])


def _graphml(job: Job) -> Iterator[bytes]:
    chunks: Callable[..., Iterator[bytes]] = _written_by("graphml.writer", "graphml_chunks")
    return chunks(job.rows("GraphML"), containment=job.containment, **job.options)


def _written_by(module: str, name: str) -> Any:
    """Find what writes a format; its module is imported only when somebody asks for it."""
    return getattr(import_module(f"hummgraph.export.{module}"), name)


def _of_rows(module: str, name: str, what: str) -> Callable[[Job], Any]:
    """Write a format that takes rows."""

    def written(job: Job) -> Any:
        return _written_by(module, name)(job.rows(what), containment=job.containment, **job.options)

    return written


_ALL: Final = frozenset(FEATURES)

FORMATS: Final = (
    Format(
        "graphml",
        "networkx, igraph, graph-tool, JGraphT, Gephi; yEd, Cytoscape and Neo4j by their profiles",
        (".graphml",),
        _ALL,
        _graphml,
        options=("profile", "nested"),
    ),
    Format(
        "html",
        "A person with a browser",
        (".html", ".htm"),
        _ALL - {"times", "lifted links", "attributes", "comes back"},
        _html,
        ENGINES,
    ),
    Format(
        "gexf",
        "Gephi, sigma.js, graphology",
        (".gexf",),
        _ALL - {"any text", "comes back"},
        _of_rows("gexf", "gexf_chunks", "GEXF"),
    ),
    Format(
        "node-link",
        "networkx and D3: node-link JSON",
        (".json",),
        _ALL,
        _of_rows("node_link", "node_link_chunks", "Node-link JSON"),
    ),
    Format(
        "cytoscape",
        "Cytoscape and cytoscape.js, with tables in their systems",
        (".cyjs",),
        _ALL - {"comes back"},
        _of_rows("cytoscape", "cytoscape_chunks", "Cytoscape JSON"),
    ),
    Format(
        "dot",
        "Graphviz",
        (".dot", ".gv"),
        _ALL - {"types", "any text", "comes back"},
        _of_rows("dot", "dot_chunks", "DOT"),
    ),
    Format(
        "mermaid",
        "A pull request or wiki: up to 500 links",
        (".mmd", ".mermaid"),
        frozenset({"every link", "parallel links", "direction", "lifted links", "organisation"}),
        _of_rows("mermaid", "mermaid_chunks", "Mermaid"),
    ),
    Format(
        "csv",
        "Spreadsheets and loaders",
        (),
        _ALL - {"types", "comes back"},
        options=("raw",),
        files=("about.json", "nodes.csv", "links.csv"),
        contents=_of_rows("csv_pair", "csv_files", "CSV"),
    ),
    Format(
        "parquet",
        "DuckDB, pandas, polars, Spark, warehouses",
        (),
        _ALL,
        files=("nodes.parquet", "links.parquet"),
        contents=_of_rows("parquet", "parquet_files", "Parquet"),
    ),
    Format(
        "neo4j",
        "Neo4j's bulk import, with the command",
        (),
        _ALL - {"organisation", "comes back"},
        files=("nodes.csv", "links.csv", "contains.csv", "import.sh"),
        contents=_of_rows("neo4j", "neo4j_files", "Neo4j's import"),
    ),
    Format(
        "json-ld",
        "RDF stores: links as statements with their confidence",
        (".jsonld",),
        _ALL - {"lifted links", "comes back"},
        _of_rows("json_ld", "json_ld_chunks", "JSON-LD"),
    ),
    Format(
        "openlineage",
        "Lineage catalogues: APPROVED links that are declared to be data flows",
        (".ndjson",),
        frozenset({"direction"}),
        _of_rows("openlineage", "openlineage_chunks", "OpenLineage"),
        options=("lineage",),
    ),
    Format(
        "dbt",
        "dbt: relationships tests and exposures of APPROVED links of one warehouse",
        (".yml", ".yaml"),
        frozenset({"direction"}),
        _of_rows("dbt", "dbt_chunks", "dbt"),
        options=("system",),
    ),
)
"""What can be written: a row a format."""


# --- writing ---------------------------------------------------------------------------------

NAME_A_FORMAT: Final = "Or name one with format=."
"""What to do where a suffix does not say the format."""

_SWITCHES: Final = ("nested", "raw")
"""Options that are true or false; any text would be true."""


def write(
    graph: Showable,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the word that people type
    engine: str | None = None,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
    containment: bool = False,
    evidence: KeptEvidence | str = KeptEvidence.VOCABULARY,
    force: bool = False,
    node_attributes: Any = None,
    link_attributes: Any = None,
    **options: Any,
) -> Path:
    """Write a graph or a result as a file for another tool or person, whole or not at all.

    Parameters
    ----------
    graph
        A graph; or its links lifted to a level, as :meth:`LinkGraph.project` gives them. For a
        page also clusters, which open as their table and crosswalk, and what
        :func:`strongest_path`, :func:`strongest_paths`, :func:`disjoint_paths`,
        :func:`join_paths`, :func:`downstream`, :func:`upstream`, :func:`neighborhood` and
        :func:`why` give: the page then has the whole graph that was searched, and opens on the
        result.
    path
        Where to; its suffix says in which format, where that is certain. ``-`` is standard output.
        A device or a pipe, such as ``/dev/stdout``, is written into and not replaced.
    format
        The format's name, where the suffix does not say; ``hummgraph.export.FORMATS`` lists
        them, and so does ``hummgraph formats``. Some are folders of files.
    engine
        What draws a page. ``"explorer"``, the default, takes a graph of any size. ``"pyvis"`` is a
        plain picture by vis-network, comfortable to 300 nodes.
    clusters
        Clusters of the same nodes, to be added.
    cluster
        The cluster that a page opens on: its position or id, or any member by id or name.
    containment
        Add what contains what as edges of kind ``contains``, without weight. The explorer shows
        that in any case.
    evidence
        ``"vocabulary"`` replaces every text and list in evidence, and keeps its keys, numbers and
        truth values; ``"full"`` keeps everything; ``"none"`` leaves out evidence and descriptions.
        The file says what was left out.
    force
        Have pyvis draw a page even if it is too large to be comfortable.
    node_attributes
        What somebody computed for nodes, to be added: a mapping of names to values, as
        ``{"pagerank": {node: 0.1, ...}}``. Values are a mapping of nodes, each an id, a name or a
        :class:`Node`; or a column in the order of ``graph.nodes``, such as a list, a NumPy array,
        or one of pandas, polars or Arrow. In place of the mapping of names a table will do: a
        :class:`Frame` or one of pandas, polars or Arrow, with a column ``node_id``. Values are
        ``bool``, ``int``, ``float``, ``str`` or ``datetime``, one type for each name. ``None``,
        NaN and what is not given are missing in the file, too. A time without a zone is in UTC,
        and a text is written as it is, whatever ``evidence`` says.
    link_attributes
        The same for links: by id or :class:`Link`, in the order of ``graph.links``, or a table
        with a column ``link_id``. Values of links that a filter has left out are ignored, and so
        are those of nodes of another level than that of lifted links.
    **options
        What single formats take: ``profile`` and ``nested`` of GraphML.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FormatError
        If there is no such format or suffix, the format is a folder and ``path`` a device or a
        pipe, or the graph is too large for pyvis.
    ArgumentError
        If the clusters are those of other nodes, there is no such cluster, the format has no
        engines, no such option or does not take such a result, or an option has no such value; if
        the format does not hold attributes, one has a name that the file has already or that no
        file can have, or values of several types or of another type, or there are more or fewer
        values than nodes or links.
    NodeNotFoundError, AmbiguousNodeError
        If ``cluster`` is no cluster's id and no node that can be told, or attributes are of a node
        that the graph does not have.
    LinkNotFoundError
        If attributes are of a link that the graph does not have.
    OutputError
        If the file cannot be written; what stood there before still stands.
    BrokenPipeError
        If ``path`` is a pipe that nobody reads any more.
    MissingDependencyError
        If pyvis is asked for and not installed.

    Warns
    -----
    LargeGraphWarning
        If a page by pyvis will be slow: from 1,000 nodes or 2,000 lines.

    Notes
    -----
    O(n log n) for n nodes and links; the explorer's merge tree takes as long as
    :func:`merge_tree` does. Equal graphs give equal bytes.

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
    check_showable(graph, "write", Showable)
    check_target(path, "write", "a file or folder")
    target = Path(path)
    chosen = _format_of(target, format)
    _check_options(chosen, options)
    if chosen.files and written_into(target):
        single = ", ".join(known.name for known in FORMATS if not known.files)
        raise FormatError(
            f"{chosen.name} is a folder of {len(chosen.files)} files, which {str(target)!r} cannot"
            " take.",
            hint=f"Name a folder; formats of one file are {single}.",
        )
    given = node_attributes is not None or link_attributes is not None
    if given and "attributes" not in chosen.carries:
        having = ", ".join(known.name for known in FORMATS if "attributes" in known.carries)
        raise ArgumentError(
            f"{chosen.name} does not hold node_attributes= or link_attributes=.",
            hint=f"Formats that do are {having}.",
        )
    job = Job(
        graph,
        clusters,
        cluster,
        containment,
        as_kept_evidence(evidence),
        force,
        engine_of(engine, chosen.name, chosen.engines),
        options,
        node_attributes,
        link_attributes,
    )
    if chosen.contents is not None:
        write_files_atomically(target, chosen.contents(job), chosen.files)
    elif chosen.chunks is not None:
        chunks = chosen.chunks(job)
        with write_atomically(target) as file:
            file.writelines(chunks)
    return target


def _format_of(path: Path, name: str | None) -> Format:
    listed = ", ".join(
        f"{known.name} ({'a folder' if known.files else ', '.join(known.suffixes)})"
        for known in FORMATS
    )
    if name is not None:
        for known in FORMATS:
            if name == known.name:
                return known
        raise FormatError(f"There is no format {name!r}; there are {listed}.")
    for known in FORMATS:
        if path.suffix.lower() in known.suffixes:
            return known
    what = (
        f"No format has the suffix {path.suffix!r}"
        if path.suffix
        else f"{str(path)!r} has no suffix, which would say the format"
    )
    raise FormatError(f"{what}; there are {listed}.", hint=NAME_A_FORMAT)


def _check_options(chosen: Format, options: dict[str, Any]) -> None:
    for name, value in options.items():
        if name not in chosen.options:
            having = ", ".join(known.name for known in FORMATS if name in known.options)
            raise ArgumentError(
                f"{chosen.name} has no option {name!r}.",
                hint=f"{having} has it." if having else "",
            )
        if name in _SWITCHES and not isinstance(value, bool):
            raise ArgumentError(f"{name} is {value!r}; it must be True or False.")


def engine_of(engine: str | None, name: str, engines: tuple[str, ...]) -> str:
    """Return the engine that was asked for, or the usual one; empty where there is no choice."""
    if engine is None:
        return next(iter(engines), "")
    if not engines:
        raise ArgumentError(f"engine is {engine!r}; {name} has none, only html has.")
    if engine not in engines:
        allowed = ", ".join(map(repr, engines))
        raise ArgumentError(f"engine is {engine!r}; it must be one of {allowed}.")
    return engine
