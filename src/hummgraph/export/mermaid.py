"""A Mermaid flowchart, for pages that draw Mermaid, such as pull requests and wikis.

Mermaid draws a few hundred lines at most. Larger graphs raise an error that says how to take a part
of the graph.
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

# Mermaid's defaults of maxEdges and maxTextSize, which a page may raise:
# https://mermaid.js.org/config/schema-docs/config.html
_MAX_LINES: Final = 500
_MAX_CHARACTERS: Final = 50_000
_LINE_STYLES: Final = {
    "APPROVED": LineStyle.APPROVED,
    "SUGGESTED": LineStyle.SUGGESTED,
    "REJECTED": LineStyle.REJECTED,
}
_HINT: Final = "Keep part of it: where(min_confidence=...), subgraph([...]) or project('table')."


def mermaid_chunks(rows: Rows) -> Iterator[bytes]:
    """Yield the links, and the nodes at their ends, as a flowchart.

    Parameters
    ----------
    rows
        Nodes and links to write.

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes.

    Raises
    ------
    FormatError
        If there are more than 500 links, or the text has more than 50,000 characters.

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
    if rows.n_links > _MAX_LINES:
        raise FormatError(
            f"{rows.n_links:,} links are too many for Mermaid, which draws up to {_MAX_LINES}.",
            hint=_HINT,
        )
    text = _build_diagram(rows).to_mermaid()
    if len(text) > _MAX_CHARACTERS:
        raise FormatError(
            f"The flowchart has {len(text):,} characters; Mermaid reads up to {_MAX_CHARACTERS:,}.",
            hint=_HINT,
        )
    yield text.encode()


def _build_diagram(rows: Rows) -> Diagram:
    """Build the diagram of the links and the nodes at their ends."""
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
    return Diagram(title, tuple(boxes), tuple(map(_build_line, links)), tuple(notes))


def _build_line(link: dict[str, Any]) -> Line:
    """Build the line of a link or lifted edge."""
    if "n_links" in link:
        return Line(link["source"], link["target"], f"{link['n_links']:,}", LineStyle.OTHER)
    confidence = link["confidence"]
    return Line(
        link["source"],
        link["target"],
        "" if confidence is None else f"{confidence:.2f}",
        _LINE_STYLES.get(link["status"], LineStyle.OTHER),
    )
