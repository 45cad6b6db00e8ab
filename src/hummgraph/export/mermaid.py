"""A Mermaid flowchart, for a page that draws such: a pull request, a wiki.

Mermaid draws some hundred lines and no more, so that larger graphs are refused, with what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hummgraph.drawing.diagram.diagram import Box, Diagram, Line, LineStyle
from hummgraph.errors import FormatError
from hummgraph.export.rows import link_rows, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["mermaid_chunks"]

# https://mermaid.js.org/config/schema-docs/config.html: maxEdges and maxTextSize, unless a page
# raises them.
_MOST_LINES: Final = 500
_LONGEST: Final = 50_000
_STYLES: Final = {
    "APPROVED": LineStyle.APPROVED,
    "SUGGESTED": LineStyle.SUGGESTED,
    "REJECTED": LineStyle.REJECTED,
}
_HINT: Final = "Keep part of it: where(min_confidence=...), subgraph([...]) or project('table')."


def mermaid_chunks(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - a system is drawn round what it contains
) -> Iterator[bytes]:
    """Return the nodes that links touch, and the links, as a flowchart.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect: systems are drawn round their tables and columns.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Raises
    ------
    FormatError
        If there are more than 500 links, or the text is longer than Mermaid takes.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> rows = Rows(graph.project("integration_source"), None, KeptEvidence.VOCABULARY)
    >>> next(mermaid_chunks(rows)).decode().splitlines()[3]
    'flowchart LR'
    """
    if rows.n_links > _MOST_LINES:
        raise FormatError(
            f"{rows.n_links:,} links are too many for Mermaid, which draws {_MOST_LINES}.",
            hint=_HINT,
        )
    text = _diagram(rows).to_mermaid()
    if len(text) > _LONGEST:
        raise FormatError(
            f"The flowchart has {len(text):,} characters; Mermaid takes {_LONGEST:,}.", hint=_HINT
        )
    yield text.encode()


def _diagram(rows: Rows) -> Diagram:
    links = list(link_rows(rows))
    touched = {link[end] for link in links for end in ("source", "target")}
    nodes = [row for row in node_rows(rows) if row["node_id"] in touched]
    boxes = [
        Box(
            row["node_id"],
            row["name"],
            (row["table"] or "") if row["level"] == "column" else "",
            row["system"] or "?",
            0,
            deleted=row["deleted"],
        )
        for row in nodes
    ]
    notes = [
        f"{len(links):,} links between {len(nodes):,} of {rows.n_nodes:,} nodes",
        str(rows.facts["left_out"]),
    ]
    title = str(rows.facts.get("organization", "Entity links"))
    return Diagram(title, tuple(boxes), tuple(map(_line, links)), tuple(notes))


def _line(link: dict[str, Any]) -> Line:
    if "n_links" in link:
        return Line(link["source"], link["target"], f"{link['n_links']:,}", LineStyle.OTHER)
    confidence = link["confidence"]
    return Line(
        link["source"],
        link["target"],
        "" if confidence is None else f"{confidence:.2f}",
        _STYLES.get(link["status"], LineStyle.OTHER),
    )
