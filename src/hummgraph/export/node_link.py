"""Node-link JSON, as ``networkx.node_link_graph(data, edges="edges")`` reads it.

Nulls are null, evidence is an object, times are ISO 8601 texts; a link's id is its edge's key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hummgraph.export.rows import (
    encoded,
    link_rows,
    listed,
    node_rows,
    whole_facts,
    without_containment,
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
        What is written.
    containment
        Adds edges of kind ``contains``.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Raises
    ------
    ArgumentError
        If containment is asked for with lifted links.

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
    without_containment(rows, containment=containment)
    return _chunks(rows, containment=containment)


def _chunks(rows: Rows, *, containment: bool) -> Iterator[bytes]:
    facts = msgspec.json.encode(whole_facts(rows))
    yield b'{"directed": true, "multigraph": true, "graph": ' + facts + b',\n"nodes": ['
    yield from listed(encoded({"id": row.pop("node_id"), **row}) for row in node_rows(rows))
    yield b'\n],\n"edges": ['
    yield from listed(_edges(rows, containment=containment))
    yield b"\n]}\n"


def _edges(rows: Rows, *, containment: bool) -> Iterator[bytes]:
    kind = "entity_link" if rows.lifted is None else "lifted_links"
    for row in link_rows(rows):
        ends = {"source": row.pop("source"), "target": row.pop("target")}
        yield encoded({**ends, "key": row["link_id"], "kind": kind, **row})
    if containment:
        for row in node_rows(rows):
            if row["parent_id"] is not None:
                ends = {"source": row["parent_id"], "target": row["node_id"]}
                yield encoded({**ends, "key": f"contains-{row['node_id']}", "kind": "contains"})
