"""Cytoscape JSON, for Cytoscape, cytoscape.js and related tools.

Nodes and edges share one name space of ids, so the id of an edge begins with ``link:``;
``link_id`` is the id of the link itself. By ``parent``, systems contain their tables and tables
their columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hummgraph.export.rows import array_lines, encoded_object, link_rows, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["cytoscape_chunks"]


def cytoscape_chunks(rows: Rows) -> Iterator[bytes]:
    """Yield a graph as Cytoscape JSON, piece by piece.

    Parameters
    ----------
    rows
        Nodes and links to write.

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes.

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
    yield from array_lines(_encode_element(_node_data(rows, row)) for row in node_rows(rows))
    yield b'\n],\n"edges": ['
    yield from array_lines(_encode_element(_edge_data(rows, row)) for row in link_rows(rows))
    yield b"\n]}}\n"


def _encode_element(data: dict[str, Any]) -> bytes:
    """Return an element with its data as JSON."""
    return b'{"data": ' + encoded_object(data) + b"}"


def _node_data(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a node, with its id and parent first."""
    element = {"id": row.pop("node_id")}
    # The file of lifted links does not have the parents of its nodes.
    if row["parent_id"] is not None and rows.lifted is None:
        element["parent"] = row["parent_id"]
    return element | row


def _edge_data(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an edge, with its id and kind first."""
    return {"id": f"link:{row['link_id']}", "interaction": rows.link_kind, **row}
