"""GEXF 1.3, for Gephi and sigma.js: valid by its schema and streamed, with containment as parents.

A null has no value. Confidences are doubles, times ISO 8601 texts and evidence JSON text. A
character that XML cannot hold becomes U+FFFD. GEXF has no attributes of a graph, so the facts of
the whole graph are JSON in the description of the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hummgraph.export.graphml.text import Writer, kind_of
from hummgraph.export.rows import check_containment, encoded_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["gexf_chunks"]

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
)
# Columns that GEXF writes at the element of a node or edge, not among its attributes.
_NODE_FIELDS: Final = ("node_id", "label")
_EDGE_FIELDS: Final = ("source", "target")


def gexf_chunks(rows: Rows, *, containment: bool = False) -> Iterator[bytes]:
    """Yield a graph as GEXF, piece by piece.

    Parameters
    ----------
    rows
        Nodes and links to write.
    containment
        Add its parent to each table and column.

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
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> b"".join(gexf_chunks(rows)).count(b"<edge ")
    1490
    """
    check_containment(rows, containment=containment)
    return _document_chunks(rows, containment=containment)


def _document_chunks(rows: Rows, *, containment: bool) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    writer = Writer(reversible=False, quoted=True)
    # The description is an element's text, not the value of an attribute.
    about = Writer(reversible=False).escape(json.dumps(rows.facts, ensure_ascii=False))
    yield (
        f"{_HEAD}  <meta><creator>hummgraph</creator>"
        f"<description>{about}</description></meta>\n"
        '  <graph defaultedgetype="directed" mode="static" idtype="string">\n'
    ).encode()
    yield _declarations(writer, "node", next(rows.nodes()).schema, _NODE_FIELDS)
    yield _declarations(writer, "edge", next(rows.links()).schema, _EDGE_FIELDS)
    yield f'    <nodes count="{rows.n_nodes}">\n'.encode()
    for batch in rows.nodes():
        yield encoded_rows(*_node_columns(writer, batch, containment=containment))
    yield f'    </nodes>\n    <edges count="{rows.n_links}">\n'.encode()
    for batch in rows.links():
        yield encoded_rows(*_edge_columns(writer, batch))
    yield b"    </edges>\n  </graph>\n</gexf>\n"


def _declarations(writer: Writer, domain: str, schema: pa.Schema, fields: tuple[str, ...]) -> bytes:
    """Return the declarations of attributes, each of one type."""
    before = len(writer.declarations)
    for field in schema:
        if field.name not in fields:
            writer.declare(domain, kind_of(field.type), field.name)
    declared = "".join(writer.declarations[before:])
    return (
        f'    <attributes class="{domain}" mode="static">\n{declared}    </attributes>\n'
    ).encode()


def _node_columns(
    writer: Writer, batch: pa.RecordBatch, *, containment: bool
) -> Iterator[Sequence[str]]:
    """Yield columns of the start tags of nodes, their attributes and their end tags."""
    labels = map(writer.escape, batch.column("label").to_pylist())
    yield [
        f'      <node id="{node_id}" label="{label}"><attvalues>'
        for node_id, label in zip(batch.column("node_id").to_pylist(), labels, strict=True)
    ]
    yield from _attribute_columns(writer, "node", batch, _NODE_FIELDS)
    yield [
        f'</attvalues><parents><parent for="{parent}"/></parents></node>\n'
        if containment and parent is not None
        else "</attvalues></node>\n"
        for parent in batch.column("parent_id").to_pylist()
    ]


def _edge_columns(writer: Writer, batch: pa.RecordBatch) -> Iterator[Sequence[str]]:
    """Yield columns of the start tags of edges, their attributes and their end tags."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    ends = zip(columns["source"].to_pylist(), columns["target"].to_pylist(), strict=True)
    if "link_id" in columns:
        ids, labels = columns["link_id"].to_pylist(), columns["status"].to_pylist()
    else:
        pairs = zip(columns["source"].to_pylist(), columns["target"].to_pylist(), strict=True)
        ids = [f"{source}--{target}" for source, target in pairs]
        labels = [f"{n:,} links" for n in columns["n_links"].to_pylist()]
    weights = columns["weight" if "weight" in columns else "max_confidence"].to_pylist()
    # A null or a weight of 0 is left out, since Gephi needs weights above 0.
    heavy = [f' weight="{weight}"' if weight else "" for weight in weights]
    yield [
        f'      <edge id="{edge_id}" source="{source}" target="{target}" label="{label}"'
        f"{weight}><attvalues>"
        for edge_id, (source, target), label, weight in zip(
            ids, ends, map(writer.escape, labels), heavy, strict=True
        )
    ]
    yield from _attribute_columns(writer, "edge", batch, _EDGE_FIELDS)
    yield ["</attvalues></edge>\n"] * len(batch)


def _attribute_columns(
    writer: Writer, domain: str, batch: pa.RecordBatch, fields: tuple[str, ...]
) -> Iterator[Sequence[str]]:
    """Yield the formatted values of each attribute."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name not in fields:
            yield writer.column(domain, name, column)
