"""The explorer as one file: script, style sheet and data in a page that asks for nothing.

Nothing from the data becomes markup or script: it is compressed and written in base64, in an
element that no browser runs, and a content security policy allows this page's own script and style
sheet by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final

from hummgraph.explorer.opening import opening_of
from hummgraph.explorer.pack import heading, pack
from hummgraph.frames import html_of
from hummgraph.records.redaction import KeptEvidence

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.opening import Opening
    from hummgraph.explorer.results import Showable
    from hummgraph.graph.elements import Node

__all__ = ["explorer_page", "html_page"]

_EFFORT: Final = 5  # of deflate: 6 takes half as long again for a hundredth


def html_page(
    shown: Showable,
    *,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
) -> str:
    """Build the page of a graph, or of a result.

    Parameters
    ----------
    shown
        A graph, its links lifted to a level, clusters, or what a search found.
    clusters
        Clusters of the same nodes.
    cluster
        The cluster to open on: its position or id, or any member by id or name.
    kept_evidence
        What is left out of evidence.

    Returns
    -------
    str
        Equal input gives equal text.

    Raises
    ------
    ArgumentError
        If nothing of the kind has a page, the clusters are of other nodes, or there is no such
        cluster.

    Notes
    -----
    O(n log n) for n nodes and links, beside the merge tree of clusters that were not given.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> page = html_page(LinkGraph(read_links([])))
    >>> page.partition("<title>")[2].partition("</title>")[0]
    'Entity links'
    """
    opening = opening_of(shown, clusters=clusters, cluster=cluster)
    return explorer_page(opening, kept_evidence)


def explorer_page(opening: Opening, kept_evidence: KeptEvidence) -> str:
    """Build the page of what was chosen to be shown.

    Parameters
    ----------
    opening
        What it shows, and how it begins.
    kept_evidence
        What is left out of evidence.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> opening = opening_of(LinkGraph(read_links([])))
    >>> explorer_page(opening, KeptEvidence.NONE).count("<script>")
    1
    """
    script, style = _part("page.js"), _part("page.css")
    packed = pack(
        opening.graph,
        opening.clusters,
        kept_evidence=kept_evidence,
        result=opening.result,
        start=opening.start,
    )
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)};"
        " img-src data: blob:; worker-src blob:; connect-src 'none'; base-uri 'none';"
        " form-action 'none'"
    )
    return Template(_part("page.html")).substitute(
        policy=policy,
        title=escape(heading(opening.graph)),
        style=style,
        summary=html_of(opening.graph.summary()),
        data=_deflated(packed),
        script=script,
    )


@cache
def _part(name: str) -> str:
    return (files("hummgraph.explorer") / name).read_text(encoding="utf-8").strip()


def _deflated(packed: bytes) -> str:
    """Compress without a header, as browsers undo it, and write as letters and digits."""
    deflate = zlib.compressobj(_EFFORT, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(deflate.compress(packed) + deflate.flush()).decode()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
