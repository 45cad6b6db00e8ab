"""Explorer page in one file: script, style sheet and data, without any requests.

No data becomes markup or script: it is compressed and written in base64, in an element that
browsers do not run, and a content security policy permits only this page's own script and style
sheet, by their hashes.
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
from hummgraph.explorer.words import LEVEL_THINGS
from hummgraph.frames import counted, visible
from hummgraph.records.redaction import KeptEvidence

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.opening import Opening
    from hummgraph.explorer.results import Showable
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["explorer_page", "html_page", "read_asset"]

_DEFLATE_LEVEL: Final = 5  # 6 takes half as long again for a hundredth


def html_page(
    shown: Showable,
    *,
    clusters: Clusters | None = None,
    cluster: str | int | UUID | Node | None = None,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
) -> str:
    """Return the page of a graph or a result.

    Parameters
    ----------
    shown
        A graph, its links lifted to a level, clusters, entities, a diff, or the result of a search.
    clusters
        Clusters of the same nodes.
    cluster
        The cluster to open on: its position or id, or any member by id or name.
    kept_evidence
        Amount of evidence to keep.

    Returns
    -------
    str
        The page; equal input gives equal text.

    Raises
    ------
    ArgumentError
        If the thing has no page, the clusters are of other nodes, or there is no such cluster.

    Notes
    -----
    O(n log n) for n nodes and links, besides the merge tree if no clusters are given.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> page = html_page(LinkGraph(read_links([])))
    >>> page.partition("<title>")[2].partition("</title>")[0]
    'Entity links'
    """
    opening = opening_of(shown, clusters=clusters, cluster=cluster)
    return explorer_page(opening, kept_evidence)


def explorer_page(opening: Opening, kept_evidence: KeptEvidence, *, widget: str = "") -> str:
    """Return the page of an opening.

    Parameters
    ----------
    opening
        Content and first settings.
    kept_evidence
        Amount of evidence to keep.
    widget
        Token of the messages to and from Python, for a page in a notebook.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> opening = opening_of(LinkGraph(read_links([])))
    >>> explorer_page(opening, KeptEvidence.NONE).count("<script>")
    1
    """
    script, style = read_asset("built/page.js"), read_asset("built/page.css")
    packed = pack(
        opening.graph,
        opening.clusters,
        kept_evidence=kept_evidence,
        result=opening.result,
        found_entities=opening.found_entities,
        diff=opening.diff,
        start=opening.start,
        widget=widget,
    )
    policy = (
        f"default-src 'none'; script-src {_csp_hash(script)}; style-src {_csp_hash(style)};"
        " img-src data: blob:; worker-src blob:; connect-src 'none'; base-uri 'none';"
        " form-action 'none'"
    )
    return Template(read_asset("page.html")).substitute(
        policy=policy,
        title=escape(heading(opening.graph)),
        style=style,
        summary=_numbers_of(opening.graph, kept_evidence),
        data=_deflate_base64(packed),
        script=script,
    )


def _numbers_of(graph: LinkGraph, kept_evidence: KeptEvidence) -> str:
    """Return the numbers of a graph for readers without scripts, as HTML."""
    summary = graph.summary().kept(kept_evidence).shown()
    things = zip(LEVEL_THINGS.values(), summary.nodes_by_level.values(), strict=True)
    held = [counted(n, what) for what, n in things]
    statuses = [
        f"{n:,} {visible(status).lower()}" for status, n in summary.links_by_status.items() if n
    ]
    decided = f" ({', '.join(statuses)})" if statuses else ""
    held.append(counted(graph.n_links, "link") + decided)
    columns = {"System": "system", "Tables": "tables", "Fields": "columns", "Links": "links"}
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_cell(row[column])}</td>' for column in columns.values())}</tr>"
        for row in summary.systems
    )
    return (
        f"<p>{escape(', '.join(held))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(visible(str(value)))


@cache
def read_asset(name: str) -> str:
    """Return the text of a file of this package."""
    return (files("hummgraph.explorer") / name).read_text(encoding="utf-8").strip()


def _deflate_base64(packed: bytes) -> str:
    """Return data compressed without a header, as browsers expect, in base64."""
    deflate = zlib.compressobj(_DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(deflate.compress(packed) + deflate.flush()).decode()


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
