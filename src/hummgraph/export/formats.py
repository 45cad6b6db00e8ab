"""The table of formats: what each is called, what it holds of a graph, and what writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError
from hummgraph.explorer.opening import check_clusters
from hummgraph.explorer.page import html_page
from hummgraph.export.pyvis.page import pyvis_html
from hummgraph.export.rows import Rows
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.results import Showable
    from hummgraph.graph.elements import Node
    from hummgraph.records.redaction import KeptEvidence

__all__ = ["ENGINES", "FEATURES", "FORMATS", "Format", "Job"]

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
    "organisation",
    "comes back",
)
"""What a format may hold of a graph.

``types`` are numbers and truth values as such; ``any text`` has control characters as well;
``containment`` is what lies in what, beside the ids of parents; ``organisation`` is whose graph it
is; ``comes back`` says that hummgraph reads an equal graph from it.
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

    def graph(self, what: str) -> LinkGraph | Projection:
        """Return what a format without results takes."""
        if not isinstance(self.thing, LinkGraph | Projection):
            raise ArgumentError(
                f"{what} holds a graph or a projection, not a {type(self.thing).__name__}.",
                hint="A page of engine 'explorer' shows results.",
            )
        if self.cluster is not None:
            raise ArgumentError(f"{what} does not open on a cluster; leave cluster= out.")
        check_clusters(self.thing, self.clusters)
        return self.thing


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
    return chunks(
        job.graph("GraphML"),
        clusters=job.clusters,
        containment=job.containment,
        kept_evidence=job.kept_evidence,
        **job.options,
    )


def _written_by(module: str, name: str) -> Any:
    """Find what writes a format; its module is imported only when somebody asks for it."""
    return getattr(import_module(f"hummgraph.export.{module}"), name)


def _of_rows(module: str, name: str, what: str) -> Callable[[Job], Any]:
    """Write a format that takes rows."""

    def written(job: Job) -> Any:
        rows = Rows(job.graph(what), job.clusters, job.kept_evidence)
        return _written_by(module, name)(rows, containment=job.containment, **job.options)

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
        _ALL - {"times", "lifted links", "comes back"},
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
