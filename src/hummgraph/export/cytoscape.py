"""Cytoscape JSON, as Cytoscape, cytoscape.js and their kin read it: compound nodes, ids everywhere.

Nodes and edges share one space of ids there, so that an edge's begins with ``link:``; ``link_id``
is the link's own. Tables lie in their systems and columns in their tables, by ``parent``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hummgraph.export.rows import encoded, link_rows, listed, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["cytoscape_chunks"]


def cytoscape_chunks(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - the file tells it in any case
) -> Iterator[bytes]:
    """Yield a graph as Cytoscape JSON, piece by piece.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect: nodes lie in what contains them.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Examples
    --------
    >>> import json
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> content = json.loads(b"".join(cytoscape_chunks(rows)))
    >>> len(content["elements"]["edges"])
    1490
    """
    yield b'{"data": ' + msgspec.json.encode(rows.facts) + b',\n"elements": {"nodes": ['
    yield from listed(encoded_element(_node(rows, row)) for row in node_rows(rows))
    yield b'\n],\n"edges": ['
    yield from listed(encoded_element(_edge(rows, row)) for row in link_rows(rows))
    yield b"\n]}}\n"


def encoded_element(data: dict[str, Any]) -> bytes:
    """Write an element with its data."""
    return b'{"data": ' + encoded(data) + b"}"


def _node(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    element = {"id": row.pop("node_id")}
    # What contains the nodes of one level is not in the file.
    if row["parent_id"] is not None and rows.lifted is None:
        element["parent"] = row["parent_id"]
    return element | row


def _edge(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    kind = "entity_link" if rows.lifted is None else "lifted_links"
    return {"id": f"link:{row['link_id']}", "interaction": kind, **row}
