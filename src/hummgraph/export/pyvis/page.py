"""One HTML file that draws a graph with vis-network, from data that pyvis lays out.

The page requests nothing from a network, and no data becomes markup or script: the data is JSON in
an inert element, a content security policy allows only the two scripts of the page by their hashes,
and the script of the page sets only texts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from functools import cache
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from hummgraph.drawing.picture import picture_of
from hummgraph.errors import FormatError, MissingDependencyError
from hummgraph.explorer.pack import heading
from hummgraph.export.pyvis.content import BUDGET, counts_of, page_content
from hummgraph.frames import html_of
from hummgraph.records.redaction import KeptEvidence

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.drawing.picture import Picture
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.projection import Projection

__all__ = ["LargeGraphWarning", "pyvis_html"]

# Measured with vis-network: it is comfortable up to 300 nodes or 1,000 lines, draws a few frames a
# second from _SLOW_NODES or _SLOW_LINES, and needs minutes to start above _MAX_NODES.
_SLOW_NODES: Final = 1_000
_SLOW_LINES: Final = 2_000
_MAX_NODES: Final = 5_000


class LargeGraphWarning(UserWarning):
    """A warning that the page will be slow in a browser.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("ignore", LargeGraphWarning)
    """


def pyvis_html(
    graph: LinkGraph | Projection,
    *,
    clusters: Clusters | None = None,
    containment: bool = False,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
    force: bool = False,
) -> str:
    """Build a page that draws a graph.

    Parameters
    ----------
    graph
        The graph or projection to draw. If more than 300 columns have links, tables are drawn.
    clusters
        Clusters by which columns are coloured, and which the page lists.
    containment
        Draw the parents of nodes.
    kept_evidence
        The part of the evidence that is in the page. Descriptions are never in it.
    force
        Build the page even if it draws more than 5,000 nodes.

    Returns
    -------
    str
        The page as HTML. Equal graphs give equal text.

    Raises
    ------
    FormatError
        If the page would draw more than 5,000 nodes, unless ``force`` is set.
    MissingDependencyError
        If pyvis is not installed.

    Warns
    -----
    LargeGraphWarning
        If the page draws 1,000 nodes or 2,000 lines, or more.

    Notes
    -----
    O(n log n) for n nodes and links.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> "http://" in pyvis_html(LinkGraph(read_links([]))).partition("<script>")[0]
    False
    """
    picture = picture_of(graph)
    _check_size(picture, force=force)
    engine = _engine_script()
    script = _read_part("page.js")
    content = page_content(picture, clusters, kept_evidence, containment=containment)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline';"
        f" script-src {_csp_hash(engine)} {_csp_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return Template(_read_part("page.html")).substitute(
        policy=policy,
        title=escape(heading(picture.graph)),
        counts=escape(counts_of(picture)),
        style=_read_part("page.css"),
        summary=html_of(picture.graph.summary().kept(kept_evidence)),
        content=_inert_json(content),
        engine=engine,
        script=script,
    )


def _check_size(picture: Picture, *, force: bool) -> None:
    """Raise or warn if a picture is too large."""
    n_nodes, n_lines = len(picture.drawn), picture.n_lines
    if n_nodes > _MAX_NODES and not force:
        raise FormatError(
            f"{n_nodes:,} nodes are too many for one page; pyvis draws up to {_MAX_NODES:,}.",
            hint="Draw a part (graph.subgraph, graph.where), or systems only"
            " (graph.project('integration_source')), or pass force=True.",
        )
    if n_nodes >= _SLOW_NODES or n_lines >= _SLOW_LINES:
        warnings.warn(
            f"The page holds {n_nodes:,} nodes and {n_lines:,} lines and will be slow; it draws"
            f" {min(BUDGET, n_lines):,} lines at first. Draw a part (graph.subgraph, graph.where)"
            " for a faster page.",
            LargeGraphWarning,
            stacklevel=5,  # the caller of write() or show()
        )


@cache
def _read_part(name: str) -> str:
    """Return a file of this package: the template, style or script of the page."""
    part: Traversable = files("hummgraph.export.pyvis") / name
    return part.read_text(encoding="utf-8").strip()


@cache
def _engine_script() -> str:
    """Return the script of vis-network, which is part of the pyvis wheel."""
    spec = find_spec("pyvis")
    if spec is None or spec.origin is None:
        raise MissingDependencyError("pyvis is not installed.", hint="pip install pyvis")
    found = sorted((Path(spec.origin).parent / "lib").glob("vis-9*/vis-network.min.js"))
    if not found:
        raise MissingDependencyError(
            "The installed pyvis does not contain vis-network 9.",
            hint="pip install 'pyvis>=0.3.2,<0.4'",
        )
    text = found[-1].read_text(encoding="utf-8").replace("\r\n", "\n")
    # Developer tools of browsers would request the source map from a network.
    return text.partition("\n//# sourceMappingURL=")[0]


def _csp_hash(script: str) -> str:
    """Return the hash by which a content security policy allows a script."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _inert_json(content: object) -> str:
    """Return JSON that can neither end the element around it nor begin another."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    # json.dumps escapes all characters that are not ASCII, U+2028 and U+2029 included.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
