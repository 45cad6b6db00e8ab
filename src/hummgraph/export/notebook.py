"""A page for a notebook: in a frame of its own, with a plain table below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_showable
from hummgraph.explorer.opening import opening_of
from hummgraph.explorer.page import explorer_page
from hummgraph.explorer.results import Showable
from hummgraph.explorer.still import image_of, still_of
from hummgraph.export.format import ENGINES, Job, engine_of
from hummgraph.export.pyvis.page import pyvis_html
from hummgraph.frames import counted, html_of, visible
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.graph.elements import Node

__all__ = ["Shown", "frame_page", "show"]


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A page that a notebook displays; :func:`hummgraph.show` builds it.

    Parameters
    ----------
    page
        The whole page, as :func:`hummgraph.write` writes it.
    summary
        The summary of the graph as an HTML table, for notebooks that do not run scripts.
    text
        The counts of the graph in one line.
    height
        Height of the frame, in pixels.
    picture
        The same as a still picture, as SVG; may be empty.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links, show
    >>> show(LinkGraph(read_links([])))
    <Shown: 0 systems, 0 tables, 0 columns, 0 links; a notebook draws them>
    """

    page: str = field(repr=False)
    summary: str = field(repr=False)
    text: str
    height: int
    picture: str = field(default="", repr=False)

    def __repr__(self) -> str:
        return f"<Shown: {visible(self.text)}; a notebook draws them>"

    def _repr_html_(self) -> str:
        # The frame has an origin of its own, so its scripts can reach neither the notebook nor the
        # frames of other cells. Where scripts may not run, frame and style are taken away, and the
        # picture is seen.
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" title="Entity links"'
            f' style="width:100%;height:{self.height}px;border:1px solid #dde3e8"'
            f' srcdoc="{escape(self.page, quote=True)}"></iframe>'
            f"{self._still()}"
            f"<details><summary>The same as a table</summary>{self.summary}</details>"
            "<p><small>No page to click in above? A notebook that is not trusted runs no scripts:"
            " trust it (in JupyterLab, the command &ldquo;Trust Notebook&rdquo;), or write the page"
            " to a file with <code>hummgraph.write(graph, 'links.html')</code>.</small></p>"
        )

    def _still(self) -> str:
        """Return the picture as an image, hidden where the page is shown."""
        if not self.picture:
            return ""
        image = image_of(self.picture, self.text)
        return f"<style>iframe~.hummgraph-still{{display:none}}</style>{image}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        bundle = {"text/plain": repr(self), "text/html": self._repr_html_()}
        return bundle | ({"image/svg+xml": self.picture} if self.picture else {})


def frame_page(
    graph: LinkGraph,
    page: str,
    height: int,
    *,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
    picture: str = "",
) -> Shown:
    """Build the value that a notebook displays.

    Parameters
    ----------
    graph
        The graph whose counts the table has.
    page
        The page, as HTML.
    height
        Height of the frame, in pixels.
    kept_evidence
        Amount that the table shows of statuses that the contract does not name.
    picture
        The same as a still picture, as SVG.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> frame_page(LinkGraph(read_links([])), "<p>none</p>", 300).page
    '<p>none</p>'
    """
    levels = ", ".join(
        counted(n, what)
        for n, what in zip(
            [*graph.n_nodes_by_level.values(), graph.n_links],
            ("system", "table", "column", "link"),
            strict=True,
        )
    )
    return Shown(page, html_of(graph.summary().kept(kept_evidence)), levels, height, picture)


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
    graph
        A graph, a projection or a result, as for :func:`write`.
    engine
        ``"explorer"`` for a graph of any size, or ``"pyvis"`` for a plain picture by vis-network.
    clusters
        Clusters of the same nodes, to add to the page.
    cluster
        The cluster on which the page opens: its position or id, or any member by id or name.
    height
        Height of the frame in pixels, at least 200.
    evidence
        ``"vocabulary"``, ``"full"`` or ``"none"``, as for :func:`write`.

    Returns
    -------
    Shown
        The page in a frame that can reach neither the notebook nor the network, with a still
        picture and a plain table for notebooks that do not run scripts.

    Raises
    ------
    ArgumentError
        If the clusters are of other nodes, the cluster does not exist, the engine cannot show the
        result, or an option has an invalid value.
    NodeNotFoundError, AmbiguousNodeError
        If ``cluster`` is neither the id of a cluster nor a node of the graph, or the name is
        ambiguous.
    FormatError
        If pyvis is to draw more than 5,000 nodes.
    MissingDependencyError
        If pyvis is to draw the page and is not installed.

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
    if engine_of(engine, "html", ENGINES) == "pyvis":
        return _show_with_pyvis(
            Job(graph, clusters, cluster, containment=False, kept_evidence=kept_evidence), height
        )
    opening = opening_of(graph, clusters=clusters, cluster=cluster)
    return frame_page(
        opening.graph,
        explorer_page(opening, kept_evidence),
        height,
        kept_evidence=kept_evidence,
        picture=still_of(graph, clusters=opening.clusters, cluster=cluster),
    )


def _show_with_pyvis(job: Job, height: int) -> Shown:
    """Build the value for a page that pyvis draws."""
    drawn = job.graph("A page of engine 'pyvis'")
    page = pyvis_html(drawn, clusters=job.clusters, kept_evidence=job.kept_evidence)
    whole = drawn if isinstance(drawn, LinkGraph) else drawn.graph
    return frame_page(whole, page, height, kept_evidence=job.kept_evidence)
