"""Node-link JSON, as ``networkx.node_link_graph(data, edges="edges")`` reads it.

Nulls are ``null``, evidence is an object and times are ISO 8601 texts. The key of an edge is the
id of its link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hummgraph.export.rows import (
    all_facts,
    array_lines,
    check_containment,
    encoded_object,
    link_rows,
    node_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["node_link_chunks"]


def node_link_chunks(rows: Rows, *, containment: bool = False) -> Iterator[bytes]:
    """Yield a graph as node-link JSON, piece by piece.

    Parameters
    ----------
    rows
        Nodes and links to write.
    containment
        Add an edge of kind ``contains`` from each system or table to each of its parts.

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes.

    Raises
    ------
    ArgumentError
        If containment is to be written with lifted links.

    Examples
    --------
    >>> import json, networkx as nx
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> read = nx.node_link_graph(json.loads(b"".join(node_link_chunks(rows))), edges="edges")
    >>> read.number_of_edges()
    1490
    """
    check_containment(rows, containment=containment)
    return _document_chunks(rows, containment=containment)


def _document_chunks(rows: Rows, *, containment: bool) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    facts = msgspec.json.encode(all_facts(rows))
    yield b'{"directed": true, "multigraph": true, "graph": ' + facts + b',\n"nodes": ['
    yield from array_lines(
        encoded_object({"id": row.pop("node_id"), **row}) for row in node_rows(rows)
    )
    yield b'\n],\n"edges": ['
    yield from array_lines(_edge_objects(rows, containment=containment))
    yield b"\n]}\n"


def _edge_objects(rows: Rows, *, containment: bool) -> Iterator[bytes]:
    """Yield links, and the edges of containment if asked for, as JSON objects."""
    for row in link_rows(rows):
        ends = {"source": row.pop("source"), "target": row.pop("target")}
        yield encoded_object({**ends, "key": row["link_id"], "kind": rows.link_kind, **row})
    if containment:
        for row in node_rows(rows):
            if row["parent_id"] is not None:
                ends = {"source": row["parent_id"], "target": row["node_id"]}
                yield encoded_object(
                    {**ends, "key": f"contains-{row['node_id']}", "kind": "contains"}
                )
