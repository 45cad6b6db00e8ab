"""Files for other tools and people: one table of formats, one function that writes them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.arguments import check_showable, check_target
from hummgraph.explorer.opening import opening_of
from hummgraph.explorer.page import explorer_page
from hummgraph.explorer.results import Showable
from hummgraph.export.crosswalk import write_crosswalk
from hummgraph.export.formats import ENGINES, FEATURES, FORMATS, Format, Job
from hummgraph.export.notebook import Shown, shown
from hummgraph.export.pyvis.page import LargeGraphWarning, pyvis_html
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence
from hummgraph.snapshot.atomic import write_atomically, write_files_atomically, written_into

if TYPE_CHECKING:
    import os
    from uuid import UUID

    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.graph.elements import Node

__all__ = [
    "ENGINES",
    "FEATURES",
    "FORMATS",
    "Format",
    "KeptEvidence",
    "LargeGraphWarning",
    "Shown",
    "show",
    "write",
    "write_crosswalk",
]


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
        _engine_of(engine, chosen.name, chosen.engines),
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


def show(
    graph: Showable,
    *,
    engine: str = ENGINES[0],
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
    height: int = 640,
    evidence: KeptEvidence | str = KeptEvidence.VOCABULARY,
) -> Shown:
    """Show a graph or a result in a notebook.

    Parameters
    ----------
    graph, engine, clusters, cluster
        As for :func:`write`.
    height
        Height in pixels, at least 200.
    evidence
        As for :func:`write`; a notebook is shared as easily as a file.

    Returns
    -------
    Shown
        The page in a frame that can reach neither notebook nor network, with a plain table for
        where scripts are not trusted.

    Raises
    ------
    ArgumentError
        If the clusters are those of other nodes, there is no such cluster, the engine does not
        take such a result, or an option has no such value.
    NodeNotFoundError, AmbiguousNodeError
        If ``cluster`` is no cluster's id and no node that can be told.
    FormatError
        If there are more than 5,000 nodes for pyvis to draw.
    MissingDependencyError
        If pyvis is asked for and not installed.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> show(LinkGraph(load_demo().snapshot()), height=500).height
    500
    """
    check_showable(graph, "show", Showable)
    if isinstance(height, bool) or not isinstance(height, int) or height < 200:
        raise ArgumentError(f"height is {height!r}; it must be a whole number, at least 200.")
    kept_evidence = as_kept_evidence(evidence)
    if _engine_of(engine, "html", ENGINES) == "pyvis":
        return _shown_by_pyvis(
            Job(graph, clusters, cluster, containment=False, kept_evidence=kept_evidence), height
        )
    opening = opening_of(graph, clusters=clusters, cluster=cluster)
    return shown(opening.graph, explorer_page(opening, kept_evidence), height)


def _shown_by_pyvis(job: Job, height: int) -> Shown:
    drawn = job.graph("A page of engine 'pyvis'")
    page = pyvis_html(drawn, clusters=job.clusters, kept_evidence=job.kept_evidence)
    return shown(drawn if isinstance(drawn, LinkGraph) else drawn.graph, page, height)


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


def _engine_of(engine: str | None, name: str, engines: tuple[str, ...]) -> str:
    """Return the engine that was asked for, or the usual one; empty where there is no choice."""
    if engine is None:
        return next(iter(engines), "")
    if not engines:
        raise ArgumentError(f"engine is {engine!r}; {name} has none, only html has.")
    if engine not in engines:
        allowed = ", ".join(map(repr, engines))
        raise ArgumentError(f"engine is {engine!r}; it must be one of {allowed}.")
    return engine
