"""One HTML file that draws a graph through pyvis' data and vis-network: offline, and safe.

Nothing in it asks a network for anything, and nothing from the data becomes markup or script: the
data is JSON in an inert element, a content security policy allows the two scripts of this page by
their hashes and nothing else, and the page's script sets text only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph._ids import id_strings
from hummgraph.errors import FormatError, MissingDependencyError
from hummgraph.export.redaction import Redaction, redact_evidence
from hummgraph.elements import Level
from hummgraph.graph import LinkGraph
from hummgraph.policy import APPROVED, REJECTED
from hummgraph.pyvis_network import (
    CLUSTER_COLOURS,
    COLUMNS_DRAWN,
    counted,
    leading_status,
    line_style,
    n_links_of,
    network_of_picture,
    picture_of,
    visible,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from hummgraph.algorithms.clustering import Clusters
    from hummgraph.projection import Projection
    from hummgraph.pyvis_network import Picture

__all__ = ["LargeGraphWarning", "Shown", "html_page", "shown"]

# What vis-network was measured to bear: comfortable to 300 nodes or 1,000 lines, some frames a
# second at these, and minutes to the first picture above the last.
_SLOW_NODES: Final = 1_000
_SLOW_LINES: Final = 2_000
_MOST_NODES: Final = 5_000
_BUDGET: Final = 300  # lines drawn until the reader selects something: as many as an eye can part


class LargeGraphWarning(UserWarning):
    """The page will be slow in a browser.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("ignore", LargeGraphWarning)
    """


def html_page(
    graph: LinkGraph | Projection,
    *,
    clusters: Clusters | None = None,
    containment: bool = False,
    redaction: Redaction = Redaction.VALUES,
    force: bool = False,
) -> str:
    """Make the page.

    Parameters
    ----------
    graph
        What to draw; of a graph with more than 300 linked columns, the tables.
    clusters
        Colours columns, and adds a list.
    containment
        Draw what contains what.
    redaction
        What is left out of evidence. Descriptions are never in the page.
    force
        Make it however large it is.

    Returns
    -------
    str
        Equal input gives equal text.

    Raises
    ------
    FormatError
        If there are more than 5,000 nodes to draw, unless forced.
    MissingDependencyError
        If pyvis is not installed.

    Warns
    -----
    LargeGraphWarning
        From 1,000 nodes or 2,000 lines.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> "http://" in html_page(LinkGraph(read_links([]))).partition("<script>")[0]
    False
    """
    picture = picture_of(graph)
    _check_size(picture, force=force)
    engine = _engine()
    script = _part("_page.js")
    content = _content(picture, clusters, redaction, containment=containment)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:;"
        f" script-src {_hash(engine)} {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return Template(_part("_page.html")).substitute(
        policy=policy,
        title=escape(_heading(picture.graph)),
        counts=escape(_counts(picture)),
        style=_part("_page.css"),
        summary=picture.graph.summary()._repr_html_(),  # noqa: SLF001 - escaped there
        content=_inert(content),
        engine=engine,
        script=script,
    )


def _check_size(picture: Picture, *, force: bool) -> None:
    n_nodes, n_lines = len(picture.drawn), picture.n_lines
    if n_nodes > _MOST_NODES and not force:
        raise FormatError(
            f"{n_nodes:,} nodes are too many for one page; it takes {_MOST_NODES:,}.",
            hint="Draw a part (graph.subgraph, graph.where), or systems only"
            " (graph.project('integration_source')); force=True writes it all the same.",
        )
    if n_nodes >= _SLOW_NODES or n_lines >= _SLOW_LINES:
        warnings.warn(
            f"The page holds {n_nodes:,} nodes and {n_lines:,} lines and will be slow; it draws"
            f" {min(_BUDGET, n_lines):,} lines at first. Draw a part (graph.subgraph, graph.where)"
            " for a quicker one.",
            LargeGraphWarning,
            stacklevel=5,  # whoever called write() or show()
        )


@cache
def _part(name: str) -> str:
    part: Traversable = files("hummgraph.export") / name
    return part.read_text(encoding="utf-8").strip()


@cache
def _engine() -> str:
    """Give vis-network's script, which comes inside the pyvis wheel."""
    spec = find_spec("pyvis")
    if spec is None or spec.origin is None:
        raise MissingDependencyError("pyvis is not installed.", hint="pip install pyvis")
    found = sorted((Path(spec.origin).parent / "lib").glob("vis-9*/vis-network.min.js"))
    if not found:
        raise MissingDependencyError(
            "This pyvis brings no vis-network.", hint="pip install 'pyvis>=0.3.2,<0.4'"
        )
    text = found[-1].read_text(encoding="utf-8").replace("\r\n", "\n")
    # A browser's tools would go and ask for the source map.
    return text.partition("\n//# sourceMappingURL=")[0]


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _inert(content: object) -> str:
    """Write JSON that cannot end the element it stands in, nor begin another."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    # Whatever is not ASCII is an escape already, the separators U+2028 and U+2029 among it.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _heading(graph: LinkGraph) -> str:
    name = visible(graph.snapshot.organization_name)
    return f"{name}: entity links" if name else "Entity links"


def _counts(picture: Picture) -> str:
    inside = {
        what: f" ({m:,} {what} inside them)"
        for what, level in (("tables", Level.INTEGRATION_SOURCE), ("columns", Level.TABLE))
        for name, _, m in picture.shown()
        if name == what and picture.level is level
    }
    parts = []
    for what, n, m in picture.shown():
        if what in inside:
            parts[-1] += inside[what]
        elif what == "links" or n:
            parts.append(f"{n:,} of {m:,} {what}")
    return "In this picture: " + ", ".join(parts)


# --- what the page is given ------------------------------------------------------------------


def _content(
    picture: Picture, clusters: Clusters | None, redaction: Redaction, *, containment: bool
) -> dict[str, Any]:
    network = network_of_picture(picture, containment=containment, clusters=clusters)
    nodes, edges, _, _, _, options = network.get_network_data()
    arrays = picture.graph.arrays
    paths = [visible(path) for path in arrays.nodes.path.to_pylist()]
    for node, code in zip(nodes, picture.drawn.tolist(), strict=True):
        node["path"] = paths[code]
        node["about"] = node["title"].partition("\n")[2].replace("\n", ", ")
        node["heading"] = bool(arrays.nodes.depth[code] == 0)
    for edge in edges:
        # The panel lists the links; a title need not.
        edge["title"] = edge["title"].partition("\n\n")[0]
    counts = picture.graph.n_links_by_status
    return {
        "nodes": nodes,
        "edges": edges,
        "options": json.loads(options),
        "lanes": [[lane.left, lane.top, lane.right, lane.bottom] for lane in picture.placement.lanes],
        "statuses": [
            {"name": visible(name), "n": counts[name], **line_style(code)}
            for code, name in enumerate(arrays.statuses)
        ],
        "types": [visible(name) for name in arrays.link_types],
        "paths": paths,
        "places": _places(picture),
        "links": _links(picture, redaction),
        "first": picture.first.tolist(),
        "order": _strongest_first(picture),
        "budget": _BUDGET,
        "approvedPass": picture.graph.policy.approved == "accept",
        "clusters": None if clusters is None else _clusters(picture, clusters),
        "legend": _legend(picture, clusters),
        "notes": _notes(picture, redaction),
    }


def _drawn_for(picture: Picture) -> list[int]:
    """Give for each node of the graph the drawn one that stands for it, -1 for none."""
    nodes = picture.graph.arrays.nodes
    position = np.full(len(nodes) + 1, -1)  # the last place answers for "no node above"
    position[picture.drawn] = np.arange(len(picture.drawn))
    itself, table, system = position[:-1], position[nodes.ancestor[1]], position[nodes.ancestor[0]]
    return np.where(itself >= 0, itself, np.where(table >= 0, table, system)).tolist()


def _places(picture: Picture) -> list[list[int]]:
    """What can be found: every node, and what to show of it."""
    drawn, nodes = _drawn_for(picture), picture.graph.arrays.nodes
    paths, depth = nodes.path.to_pylist(), nodes.depth.tolist()
    order = sorted(range(len(nodes)), key=lambda code: (depth[code], paths[code]))
    return [[code, drawn[code]] for code in order if drawn[code] >= 0]


def _links(picture: Picture, redaction: Redaction) -> dict[str, list[Any]]:
    """Describe the drawn links, line by line, as columns."""
    graph = picture.graph
    links = graph.arrays.links.take(picture.link_index)
    # A threshold asks what is stored; only where nothing is, what the policy makes of it.
    counts = np.where(
        np.isnan(links.confidence), graph.weights[picture.link_index], links.confidence
    )
    evidence = graph.snapshot.links.column("evidence").take(pa.array(links.row)).to_pylist()
    return {
        "id": id_strings(graph.link_ids[picture.link_index]).to_pylist(),
        "source": links.ends.source.tolist(),
        "target": links.ends.target.tolist(),
        "status": links.status.tolist(),
        "type": links.link_type.tolist(),
        "confidence": _or_null(links.confidence),
        "counts": _or_null(counts),
        "evidence": redact_evidence(evidence, redaction),
    }


def _or_null(numbers: Any) -> list[float | None]:
    return [None if number != number else number for number in numbers.tolist()]  # noqa: PLR0124


def _strongest_first(picture: Picture) -> list[int]:
    """Order lines by what to draw first: approved, then by confidence, then by number of links."""
    links = picture.graph.arrays.links.take(picture.link_index)
    line = np.repeat(np.arange(picture.n_lines), np.diff(picture.first))
    best = np.full(picture.n_lines, -1.0)
    joins = links.status != REJECTED
    np.maximum.at(best, line[joins], np.nan_to_num(links.confidence[joins], nan=0.0))
    counts = np.zeros((picture.n_lines, len(picture.graph.arrays.statuses)), dtype=np.int64)
    np.add.at(counts, (line, links.status), 1)
    approved = leading_status(counts) == APPROVED
    order = np.lexsort((-np.diff(picture.first), -best, ~approved))
    return order.tolist()


def _clusters(picture: Picture, clusters: Clusters) -> dict[str, Any]:
    drawn = _drawn_for(picture)
    members: list[list[list[int]]] = [[] for _ in range(clusters.n_clusters)]
    for code in np.flatnonzero(clusters.labels >= 0).tolist():
        members[clusters.labels[code]].append([code, drawn[code]])
    about = (
        f"{counted(sum(map(len, members)), str(clusters.level))} at {clusters.threshold:g} by"
        f" {clusters.method}."
    )
    if clusters.contradictions:
        about += (
            f" In spite of {counted(len(clusters.contradictions), 'rejected link')} inside them."
        )
    return {
        "about": about,
        "list": [
            {"name": visible(name), "members": inside}
            for name, inside in zip(clusters.names, members, strict=True)
        ],
    }


def _legend(picture: Picture, clusters: Clusters | None) -> list[dict[str, str]]:
    legend = [{"fill": "#ffffff", "border": "#a9b4bf", "text": "table, with its number of links"}]
    if picture.level is Level.INTEGRATION_SOURCE:
        legend = []
    elif not n_links_of(picture.graph)[picture.drawn].all():
        legend.append({"fill": "#eef1f4", "border": "#d3dae0", "text": "table without links"})
    if clusters is not None and (clusters.labels[picture.drawn] >= 0).any():
        text = f"in a cluster, by its number; the {len(CLUSTER_COLOURS)} largest have colours"
        legend.append({"fill": CLUSTER_COLOURS[0], "border": "#66717c", "text": text})
    return legend


def _notes(picture: Picture, redaction: Redaction) -> list[str]:
    notes = [_counts(picture) + "."]
    if picture.level is not Level.COLUMN:
        notes.append(
            f"A line stands for all links from one {_NAMES[picture.level]} to another: select it to"
            " read them. The thicker, the more."
        )
    if picture.level is Level.TABLE:
        notes.append(
            f"Columns are drawn where no more than {COLUMNS_DRAWN} have links: write a part of the"
            " graph to see them."
        )
    missing = picture.graph.n_links - len(picture.link_index)
    if missing:
        notes.append(f"Not drawn, since they end above that level: {counted(missing, 'link')}.")
    notes += [
        "A line runs from the link's source to its target. That is how Humm names its ends; it is"
        " no proof that data flows so.",
        "A link without a confidence fails every threshold"
        + (
            "; an APPROVED one passes all."
            if picture.graph.policy.approved == "accept"
            else ", unless the policy says what it counts as."
        ),
        redaction.describe(),
    ]
    return notes


_NAMES: Final = {Level.INTEGRATION_SOURCE: "system", Level.TABLE: "table"}


# --- in a notebook ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A page as a notebook shows it; make one with :func:`hummgraph.show`.

    Parameters
    ----------
    page
        The whole page, as :func:`hummgraph.write` writes it.
    summary
        The same numbers as a plain table, for where scripts are not trusted.
    text
        The same in a line.
    height
        Height of the frame, in pixels.

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

    def __repr__(self) -> str:
        return f"<Shown: {self.text}; a notebook draws them>"

    def _repr_html_(self) -> str:
        # The frame has an origin of its own: what it runs cannot reach the notebook.
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" title="Entity links"'
            f' style="width:100%;height:{self.height}px;border:1px solid #dde3e8"'
            f' srcdoc="{escape(self.page, quote=True)}"></iframe>'
            f"<details><summary>The same as a table</summary>{self.summary}</details>"
            "<p><small>No picture above? A notebook that is not trusted runs no scripts: trust it"
            " (in JupyterLab, the command &ldquo;Trust Notebook&rdquo;), or write the page to a"
            " file with <code>hummgraph.write(graph, 'links.html')</code>.</small></p>"
        )


def shown(
    graph: LinkGraph | Projection, *, clusters: Clusters | None, height: int, redaction: Redaction
) -> Shown:
    """Make the page for a notebook; see :func:`hummgraph.show`."""
    whole = graph if isinstance(graph, LinkGraph) else graph.graph
    page = html_page(graph, clusters=clusters, redaction=redaction)
    levels = ", ".join(
        counted(n, what)
        for n, what in zip(
            [*whole.n_nodes_by_level.values(), whole.n_links],
            ("system", "table", "column", "link"),
            strict=True,
        )
    )
    return Shown(page, whole.summary()._repr_html_(), levels, height)  # noqa: SLF001 - as above
