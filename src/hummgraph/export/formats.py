"""The table of formats, with what each holds of a graph, and ``write``, which writes them all."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.arguments import check_showable, check_target
from hummgraph.explorer.page import html_page
from hummgraph.explorer.results import Showable
from hummgraph.export.compression import gzipped
from hummgraph.export.format import ENGINES, FEATURES, Format, Job, by_suffix, engine_of
from hummgraph.export.identity_models import write_identity
from hummgraph.export.marks import csv_files_in, neo4j_files_in, parquet_files_in
from hummgraph.export.plugins import exporter_of
from hummgraph.export.pyvis.page import pyvis_html
from hummgraph.export.rows import escape_hidden_in_json
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence
from hummgraph.snapshot.atomic import write_atomically, written_into
from hummgraph.snapshot.folders import write_files_atomically
from hummgraph.snapshot.plugins import unusable
from hummgraph.warehouse.identity_plan import IdentityPlan

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.elements import Node

__all__ = ["FORMATS", "NAME_A_FORMAT", "folder_format", "write"]


def _html_chunks(job: Job) -> Iterator[bytes]:
    """Return a page, in one piece."""
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


def _rows_writer(
    module: str, name: str, what: str, *, containment: bool = False, is_json: bool = False
) -> Callable[[Job], Any]:
    """Return a function that writes rows, and imports the module of its format when called.

    Parameters
    ----------
    module, name
        Module in ``hummgraph.export``, and its function that takes rows.
    what
        The format, as the subject of an error's sentence.
    containment
        Whether the function takes ``containment``; other formats always or never hold it.
    is_json
        Whether it is JSON, in which characters that are not seen can be escaped.
    """

    def write_rows(job: Job) -> Any:
        function = getattr(import_module(f"hummgraph.export.{module}"), name)
        options = {"containment": job.containment} if containment else {}
        chunks = function(job.rows(what), **options, **job.options)
        return map(escape_hidden_in_json, chunks) if is_json else chunks

    return write_rows


_ALL_FEATURES: Final = frozenset(FEATURES)

FORMATS: Final = (
    Format(
        "graphml",
        "networkx, igraph, graph-tool, JGraphT, Gephi; yEd, Cytoscape and Neo4j by their profiles",
        (".graphml",),
        _ALL_FEATURES,
        _rows_writer("graphml.writer", "graphml_chunks", "GraphML", containment=True),
        options=("profile", "nested"),
    ),
    Format(
        "html",
        "A person with a browser",
        (".html", ".htm"),
        _ALL_FEATURES - {"times", "lifted links", "attributes", "comes back"},
        _html_chunks,
        ENGINES,
    ),
    Format(
        "gexf",
        "Gephi, sigma.js, graphology",
        (".gexf",),
        _ALL_FEATURES - {"any text", "comes back"},
        _rows_writer("gexf", "gexf_chunks", "GEXF", containment=True),
    ),
    Format(
        "node-link",
        "networkx and D3: node-link JSON",
        (".json",),
        _ALL_FEATURES,
        _rows_writer(
            "node_link", "node_link_chunks", "Node-link JSON", containment=True, is_json=True
        ),
    ),
    Format(
        "cytoscape",
        "Cytoscape and cytoscape.js, with tables in their systems",
        (".cyjs",),
        _ALL_FEATURES - {"comes back"},
        _rows_writer("cytoscape", "cytoscape_chunks", "Cytoscape JSON", is_json=True),
    ),
    Format(
        "dot",
        "Graphviz",
        (".dot", ".gv"),
        _ALL_FEATURES - {"types", "any text", "comes back"},
        _rows_writer("dot", "dot_chunks", "DOT", containment=True),
    ),
    Format(
        "mermaid",
        "A pull request or wiki: up to 500 links",
        (".mmd", ".mermaid"),
        frozenset({"every link", "parallel links", "direction", "lifted links", "organisation"}),
        _rows_writer("mermaid", "mermaid_chunks", "Mermaid"),
    ),
    Format(
        "csv",
        "Spreadsheets and loaders",
        (),
        _ALL_FEATURES - {"types", "comes back"},
        options=("raw",),
        files=("about.json", "nodes.csv", "links.csv"),
        contents=_rows_writer("csv_pair", "csv_files", "CSV"),
        written=csv_files_in,
    ),
    Format(
        "parquet",
        "DuckDB, pandas, polars, Spark, warehouses",
        (),
        _ALL_FEATURES,
        files=("nodes.parquet", "links.parquet"),
        contents=_rows_writer("parquet", "parquet_files", "Parquet"),
        written=parquet_files_in,
    ),
    Format(
        "neo4j",
        "Neo4j's bulk import, with the command",
        (),
        _ALL_FEATURES - {"organisation", "comes back"},
        files=("nodes.csv", "links.csv", "contains.csv", "import.sh"),
        contents=_rows_writer("neo4j", "neo4j_files", "Neo4j's import"),
        written=neo4j_files_in,
    ),
    Format(
        "json-ld",
        "RDF stores: links as statements with their confidence",
        (".jsonld",),
        _ALL_FEATURES - {"lifted links", "comes back"},
        _rows_writer("json_ld", "json_ld_chunks", "JSON-LD", is_json=True),
    ),
    Format(
        "openlineage",
        "Lineage catalogues: APPROVED links that are declared to be data flows",
        (".ndjson",),
        frozenset({"direction"}),
        _rows_writer("openlineage", "openlineage_chunks", "OpenLineage", is_json=True),
        options=("lineage",),
    ),
    Format(
        "dbt",
        "dbt: relationships tests and exposures of APPROVED links of one warehouse",
        (".yml", ".yaml"),
        frozenset({"direction"}),
        _rows_writer("dbt", "dbt_chunks", "dbt"),
        options=("system",),
    ),
    Format(
        "datahub",
        "DataHub: relationships of APPROVED links, and clusters as glossary terms of fields",
        (".datahub.json",),
        frozenset({"parallel links", "direction", "any text", "times", "clusters"}),
        _rows_writer("datahub", "datahub_chunks", "DataHub's metadata", is_json=True),
        options=("platforms", "env", "suggested"),
    ),
)
"""Every format, one in a row."""


# --- writing ---------------------------------------------------------------------------------

NAME_A_FORMAT: Final = "Or name one with format=."
"""Hint for a suffix that does not identify a format."""

_SWITCHES: Final = ("nested", "raw", "suggested")
"""Options that are true or false. Texts are not accepted, since every text would be true."""


def write(
    graph: Showable | IdentityPlan,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the natural word, and the one of the command line
    engine: str | None = None,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
    containment: bool = False,
    evidence: KeptEvidence | str = KeptEvidence.VOCABULARY,
    force: bool = False,
    overwrite: bool = False,
    node_attributes: Any = None,
    link_attributes: Any = None,
    **options: Any,
) -> Path:
    """Write a graph or a result as a file for other programs or people.

    The file is written whole or not at all.

    Parameters
    ----------
    graph
        A graph, or its links lifted to a level, which :meth:`LinkGraph.project` returns. A page
        also takes results: clusters, shown as their table and crosswalk, and the results of
        :func:`strongest_path`, :func:`strongest_paths`, :func:`disjoint_paths`,
        :func:`join_paths`, :func:`downstream`, :func:`upstream`, :func:`neighborhood`,
        :func:`why`, :func:`entities` and :func:`diff`. The page of such a result has the whole
        graph that was searched, that of a diff the new one, and opens on the result. An
        :class:`IdentityPlan` is written as models of dbt, in a folder.
    path
        Path of the file or folder. Its suffix selects the format, unless several formats share it
        or ``format`` is given. A file whose name ends in ``.gz``, as ``acme.graphml.gz``, is
        compressed. ``-`` is standard output. A device or a pipe, such as ``/dev/stdout``, is
        written to and not replaced.
    format
        Name of the format, or of a plug-in. ``hummgraph.export.FORMATS`` and ``hummgraph formats``
        list the names. Some formats are folders of files.
    engine
        Engine that draws a page: ``"explorer"``, the default, for a graph of any size, or
        ``"pyvis"`` for a plain picture by vis-network, comfortable up to 300 nodes.
    clusters
        Clusters of the same nodes, to add to the file.
    cluster
        The cluster on which a page opens: its position or id, or any member by id or name.
    containment
        Whether to add an edge of kind ``contains``, without weight, from each system or table to
        each of its parts; GEXF has parents instead. The explorer always shows containment.
    evidence
        ``"vocabulary"`` keeps names of matchers and of the catalogue, keys and numbers, and
        replaces possible personal data; ``"full"`` keeps everything; ``"none"`` leaves out
        evidence and descriptions. The file names the parts left out.
    force
        Whether pyvis may draw a page of more than 5,000 nodes.
    overwrite
        Whether to write a folder even over something that hummgraph did not write. Only
        files of an earlier export of this format are removed: other files stay in the folder, and
        what is in the way is kept beside it as ``NAME.old-1``. A file at ``path`` is always
        replaced, a folder by a file never.
    node_attributes
        Attributes of nodes to add: a mapping of names to values, such as
        ``{"pagerank": {node: 0.1, ...}}``. Values are a mapping whose keys are nodes, each an id, a
        name or a :class:`Node`; or a column in the order of ``graph.nodes``, such as a list, a
        NumPy array, or a column of pandas, polars or Arrow. A table with a column ``node_id`` can
        take the place of the mapping of names: a :class:`Frame`, or a table of pandas, polars or
        Arrow. Values are ``bool``, ``int``, ``float``, ``str`` or ``datetime``, of one type for
        each name. ``None``, NaN and values that are not given are missing in the file. A time
        without a zone is in UTC. Texts are written unchanged, whatever ``evidence`` is. Nodes at
        other levels than that of lifted links are ignored.
    link_attributes
        Attributes of links to add: as for nodes, but by id or :class:`Link`, in the order of
        ``graph.links``, or in a table with a column ``link_id``. Links that a filter removed are
        ignored.
    **options
        Options of single formats: ``profile`` and ``nested`` of GraphML, ``raw`` of CSV,
        ``lineage`` of OpenLineage, ``system`` of dbt, and ``platforms``, ``env`` and ``suggested``
        of DataHub; of an identity plan ``dialect``, ``table`` and ``rounds``, as for
        :meth:`IdentityPlan.to_sql`; or those of a plug-in.

    Returns
    -------
    pathlib.Path
        Path of the file or folder.

    Raises
    ------
    FormatError
        If the format or suffix is unknown, the format is a folder and ``path`` a device or a pipe,
        or the graph is too large for pyvis or Mermaid.
    ArgumentError
        If the clusters are of other nodes or the cluster does not exist; if the format has no
        engines, lacks an option or cannot hold the result or attributes; if an option has an
        invalid value; or if attributes have an invalid or reserved name, values of several types or
        of an invalid type, or more or fewer values than there are nodes or links.
    NodeNotFoundError, AmbiguousNodeError
        If ``cluster`` is neither the id of a cluster nor a node of the graph, if the node of an
        attribute does not exist, or if a name is ambiguous.
    LinkNotFoundError
        If the link of an attribute does not exist.
    OutputError
        If the file cannot be written, or a folder holds files that hummgraph did not write. All of
        them stay unchanged.
    BrokenPipeError
        If ``path`` is a pipe without a reader.
    PluginError
        If the plug-in that writes the format fails, or cannot be used.
    MissingDependencyError
        If pyvis is to draw a page, or dbt's YAML is to be written, and the package is missing.

    Warns
    -----
    LargeGraphWarning
        If pyvis draws 1,000 nodes or 2,000 lines, or more: the page will be slow.
    OthersKeptWarning
        If ``overwrite`` found something in the way, which is kept next to it.

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
    if isinstance(graph, IdentityPlan):
        check_target(path, "write", "a folder")
        return write_identity(graph, path, format=format, overwrite=overwrite, **options)
    check_showable(graph, "write", Showable)
    check_target(path, "write", "a file or folder")
    target = Path(path)
    chosen = _find_format(target, format)
    _check_options(chosen, options)
    if chosen.files and written_into(target):
        single = ", ".join(known.name for known in FORMATS if not known.files)
        raise FormatError(
            f"{chosen.name} is a folder of {len(chosen.files)} files, which cannot be written to"
            f" {str(target)!r}.",
            hint=f"Name a folder; formats of one file are {single}.",
        )
    given = node_attributes is not None or link_attributes is not None
    if given and "attributes" not in chosen.carries:
        having = ", ".join(known.name for known in FORMATS if "attributes" in known.carries)
        raise ArgumentError(
            f"{chosen.name} cannot hold node_attributes= or link_attributes=.",
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
        write_files_atomically(
            target, chosen.contents(job), chosen.folder_kind, overwrite=overwrite
        )
    elif chosen.chunks is not None:
        chunks = chosen.chunks(job)
        if _is_packed(target) and by_suffix(target, [chosen]) is None:
            chunks = gzipped(chunks)
        with write_atomically(target) as file:
            file.writelines(chunks)
    return target


def _is_packed(path: Path) -> bool:
    """Return whether a file of this name is compressed."""
    return path.suffix.lower() == ".gz"


def folder_format(path: Path) -> str | None:
    """Return the format of folders that a suffix names, as in ``x.csv``; ``None`` without one."""
    kind = path.suffix[1:].lower()
    return kind if any(known.name == kind and known.files for known in FORMATS) else None


def _find_format(path: Path, name: str | None) -> Format:
    """Return the format with a name, or else with the suffix of a path, before any ``.gz``."""
    inner = path.with_suffix("") if _is_packed(path) else path
    if name is not None:
        for known in FORMATS:
            if name == known.name:
                return known
    elif found := by_suffix(inner, FORMATS):
        return found
    named, added, errors = exporter_of(path, name, FORMATS)
    if named is None and inner != path and name is None:
        named, added, errors = exporter_of(inner, name, FORMATS)
    if named is not None:
        return named
    listed = ", ".join(
        f"{known.name} ({'a folder' if known.files else ', '.join(known.suffixes) or 'by name'})"
        for known in (*FORMATS, *added)
    )
    if name is not None:
        raise FormatError(f"There is no format {name!r}; there are {listed}.")
    if (kind := folder_format(path)) is not None:
        raise FormatError(
            f"An export to {kind} is a folder, and {str(path)!r} is called like a file.",
            hint=f"Pass format={kind!r} and {str(path.with_suffix(''))!r}.",
        )
    what = (
        f"No format has the suffix {inner.suffix!r}"
        if inner.suffix
        else f"{str(path)!r} has no suffix to select the format"
    )
    raise FormatError(f"{what}; there are {listed}.{unusable(errors)}", hint=NAME_A_FORMAT)


def _check_options(chosen: Format, options: dict[str, Any]) -> None:
    """Raise if a format does not have an option, or its value is invalid."""
    for name, value in options.items():
        if name not in chosen.options:
            having = ", ".join(known.name for known in FORMATS if name in known.options)
            raise ArgumentError(
                f"{chosen.name} has no option {name!r}.",
                hint=f"Only {having} has it." if having else "",
            )
        if name in _SWITCHES and not isinstance(value, bool):
            raise ArgumentError(f"{name} is {value!r}; it must be True or False.")
