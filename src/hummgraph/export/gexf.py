"""GEXF 1.3, for Gephi and sigma.js: valid by its schema, streamed, containment as parents.

A null has no value; a confidence is a double throughout; times are ISO 8601 texts and evidence is
JSON text. What XML cannot carry becomes U+FFFD. GEXF knows no attributes of a graph: what holds for
the whole file stands in its description, as JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hummgraph.export.graphml.text import Writer, kind_of
from hummgraph.export.rows import joined, without_containment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["gexf_chunks"]

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
)
# What a node or an edge of GEXF has itself, and not among its attributes.
_NODE_OWN: Final = ("node_id", "label")
_EDGE_OWN: Final = ("source", "target")


def gexf_chunks(rows: Rows, *, containment: bool = False) -> Iterator[bytes]:
    """Yield a graph as GEXF, piece by piece.

    Parameters
    ----------
    rows
        What is written.
    containment
        Adds a parent to each node that lies in another.

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
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> b"".join(gexf_chunks(rows)).count(b"<edge ")
    1490
    """
    without_containment(rows, containment=containment)
    return _chunks(rows, containment=containment)


def _chunks(rows: Rows, *, containment: bool) -> Iterator[bytes]:
    writer = Writer(reversible=False, quoted=True)
    # A description is text, not the value of an attribute.
    about = Writer(reversible=False).escape(json.dumps(rows.facts, ensure_ascii=False))
    yield (
        f"{_HEAD}  <meta><creator>hummgraph</creator>"
        f"<description>{about}</description></meta>\n"
        '  <graph defaultedgetype="directed" mode="static" idtype="string">\n'
    ).encode()
    yield _declared(writer, "node", next(rows.nodes()).schema, _NODE_OWN)
    yield _declared(writer, "edge", next(rows.links()).schema, _EDGE_OWN)
    yield f'    <nodes count="{rows.n_nodes}">\n'.encode()
    for batch in rows.nodes():
        yield joined(*_node_columns(writer, batch, containment=containment))
    yield f'    </nodes>\n    <edges count="{rows.n_links}">\n'.encode()
    for batch in rows.links():
        yield joined(*_edge_columns(writer, batch))
    yield b"    </edges>\n  </graph>\n</gexf>\n"


def _declared(writer: Writer, domain: str, schema: pa.Schema, own: tuple[str, ...]) -> bytes:
    """Return the declarations of attributes, of one type each."""
    before = len(writer.declarations)
    for field in schema:
        if field.name not in own:
            writer.declare(domain, kind_of(field.type), field.name)
    declared = "".join(writer.declarations[before:])
    return (
        f'    <attributes class="{domain}" mode="static">\n{declared}    </attributes>\n'
    ).encode()


def _node_columns(
    writer: Writer, batch: pa.RecordBatch, *, containment: bool
) -> Iterator[Sequence[str]]:
    """Yield the beginnings of nodes, their attributes and their ends."""
    labels = map(writer.escape, batch.column("label").to_pylist())
    yield [
        f'      <node id="{node_id}" label="{label}"><attvalues>'
        for node_id, label in zip(batch.column("node_id").to_pylist(), labels, strict=True)
    ]
    yield from _values(writer, "node", batch, _NODE_OWN)
    yield [
        f'</attvalues><parents><parent for="{parent}"/></parents></node>\n'
        if containment and parent is not None
        else "</attvalues></node>\n"
        for parent in batch.column("parent_id").to_pylist()
    ]


def _edge_columns(writer: Writer, batch: pa.RecordBatch) -> Iterator[Sequence[str]]:
    """Yield the beginnings of edges, their attributes and their ends."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    ends = zip(columns["source"].to_pylist(), columns["target"].to_pylist(), strict=True)
    if "link_id" in columns:
        ids, labels = columns["link_id"].to_pylist(), columns["status"].to_pylist()
    else:
        pairs = zip(columns["source"].to_pylist(), columns["target"].to_pylist(), strict=True)
        ids = [f"{source}--{target}" for source, target in pairs]
        labels = [f"{n:,} links" for n in columns["n_links"].to_pylist()]
    weights = columns["weight" if "weight" in columns else "max_confidence"].to_pylist()
    # A weight of 0 or none is none to Gephi, which asks for one above 0.
    heavy = [f' weight="{weight}"' if weight else "" for weight in weights]
    yield [
        f'      <edge id="{edge_id}" source="{source}" target="{target}" label="{label}"'
        f"{weight}><attvalues>"
        for edge_id, (source, target), label, weight in zip(
            ids, ends, map(writer.escape, labels), heavy, strict=True
        )
    ]
    yield from _values(writer, "edge", batch, _EDGE_OWN)
    yield ["</attvalues></edge>\n"] * len(batch)


def _values(
    writer: Writer, domain: str, batch: pa.RecordBatch, own: tuple[str, ...]
) -> Iterator[Sequence[str]]:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name not in own:
            yield writer.column(domain, name, column)
