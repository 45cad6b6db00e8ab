"""One HTML file that draws a graph through pyvis' data and vis-network: the plain page, safe too.

Nothing in it asks a network for anything, and nothing from the data becomes markup or script: the
data is JSON in an inert element, a content security policy allows the two scripts of this page by
their hashes and nothing else, and the page's script sets text only.
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

# What vis-network was measured to bear: comfortable to 300 nodes or 1,000 lines, some frames a
# second at these, and minutes to the first picture above the last.
_SLOW_NODES: Final = 1_000
_SLOW_LINES: Final = 2_000
_MOST_NODES: Final = 5_000


class LargeGraphWarning(UserWarning):
    """The page will be slow in a browser.

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
    """Build the page.

    Parameters
    ----------
    graph
        What to draw; of a graph with more than 300 linked columns, the tables.
    clusters
        Colours columns, and adds a list.
    containment
        Draw what contains what.
    kept_evidence
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
    >>> "http://" in pyvis_html(LinkGraph(read_links([]))).partition("<script>")[0]
    False
    """
    picture = picture_of(graph)
    _check_size(picture, force=force)
    engine = _engine()
    script = _part("page.js")
    content = page_content(picture, clusters, kept_evidence, containment=containment)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline';"
        f" script-src {_hash(engine)} {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return Template(_part("page.html")).substitute(
        policy=policy,
        title=escape(heading(picture.graph)),
        counts=escape(counts_of(picture)),
        style=_part("page.css"),
        summary=html_of(picture.graph.summary()),
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
            " (graph.project('integration_source')); force=True writes it nevertheless.",
        )
    if n_nodes >= _SLOW_NODES or n_lines >= _SLOW_LINES:
        warnings.warn(
            f"The page holds {n_nodes:,} nodes and {n_lines:,} lines and will be slow; it draws"
            f" {min(BUDGET, n_lines):,} lines at first. Draw a part (graph.subgraph, graph.where)"
            " for a quicker one.",
            LargeGraphWarning,
            stacklevel=5,  # whoever called write() or show()
        )


@cache
def _part(name: str) -> str:
    part: Traversable = files("hummgraph.export.pyvis") / name
    return part.read_text(encoding="utf-8").strip()


@cache
def _engine() -> str:
    """Return vis-network's script, which comes inside the pyvis wheel."""
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
