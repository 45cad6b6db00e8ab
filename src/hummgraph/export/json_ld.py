"""JSON-LD, for tools that read RDF: links as statements with their confidence.

A link is a reified ``rdf:Statement`` that its source closely matches its target, with status,
confidence and evidence. The match itself is asserted only for APPROVED links, as
``skos:closeMatch``, which is symmetric and not transitive. ``owl:sameAs`` is not used: readers of
it would merge all nodes that chains of approved links reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from hummgraph.errors import ArgumentError
from hummgraph.export.attributes import TYPES
from hummgraph.export.rows import array_lines, encoded_object, link_rows, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["json_ld_chunks"]

_VOCABULARY: Final = "urn:hummgraph:words#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_CONTEXT: Final[dict[str, Any]] = {
    "@version": 1.1,
    "@vocab": _VOCABULARY,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": _XSD,
    "name": "skos:prefLabel",
    "parent_id": {"@id": "dcterms:isPartOf", "@type": "@id"},
    "source": {"@id": "rdf:subject", "@type": "@id"},
    "target": {"@id": "rdf:object", "@type": "@id"},
    "match": {"@id": "skos:closeMatch", "@type": "@id"},
    "confidence": {"@type": "xsd:double"},
    "weight": {"@type": "xsd:double"},
    "created_at": {"@id": "dcterms:created", "@type": "xsd:dateTime"},
    "updated_at": {"@id": "dcterms:modified", "@type": "xsd:dateTime"},
    "evidence": {"@type": "@json"},
}
_LITERALS: Final = {
    TYPES["boolean"]: "boolean",
    TYPES["long"]: "integer",
    TYPES["double"]: "double",
    TYPES["time"]: "dateTime",
}
_NODE_TYPES: Final = {
    "integration_source": "IntegrationSource",
    "table": "Table",
    "column": "Column",
}


def json_ld_chunks(rows: Rows) -> Iterator[bytes]:
    """Yield a graph as JSON-LD, piece by piece.

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
    ArgumentError
        If the links are lifted: a count of links is not a statement about two nodes.

    Examples
    --------
    >>> import json
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> content = json.loads(b"".join(json_ld_chunks(rows)))
    >>> sum("match" in thing for thing in content["@graph"])
    105
    """
    if rows.lifted is not None:
        raise ArgumentError(
            "JSON-LD holds links, not links lifted to a level.", hint="Write the graph itself."
        )
    return _document_chunks(rows)


def _document_chunks(rows: Rows) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    yield b'{"@context": ' + msgspec.json.encode(_CONTEXT) + b',\n"@graph": ['
    yield from array_lines(_resources(rows))
    yield b"\n]}\n"


def _resources(rows: Rows) -> Iterator[bytes]:
    """Yield the graph, its nodes, its statements and its matches as JSON objects."""
    yield encoded_object({"@id": "urn:hummgraph:graph", "@type": "EntityLinks", **rows.facts})
    added = rows.attributes
    for plain in node_rows(rows):
        row = plain if added is None else _with_literals(plain, added.nodes.schema)
        node_id, parent = row.pop("node_id"), row.pop("parent_id")
        above = {} if parent is None else {"parent_id": _urn(parent)}
        yield _encode_known(
            {"@id": _urn(node_id), "@type": _NODE_TYPES[row["level"]], **above, **row}
        )
    for plain in link_rows(rows):
        row = plain if added is None else _with_literals(plain, added.links.schema)
        ends = {end: _urn(row.pop(end)) for end in ("source", "target")}
        link_id = row.pop("link_id")
        statement = {"rdf:predicate": {"@id": "skos:closeMatch"}, **ends, **row}
        yield _encode_known({"@id": _urn(link_id), "@type": "rdf:Statement", **statement})
        if row["status"] == "APPROVED":
            yield _encode_known({"@id": ends["source"], "match": ends["target"]})


def _with_literals(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """Return a row with the attributes of the user as literals with types of their own."""
    literals = dict(row)
    for field in schema:
        value = literals.pop(field.name)
        if value is not None:
            kind = _LITERALS.get(field.type)
            typed = {} if kind is None else {"@type": f"xsd:{kind}"}
            literals[quote(field.name, safe="")] = {**typed, "@value": value}
    return literals


def _encode_known(row: dict[str, Any]) -> bytes:
    """Return a row as a JSON object without its nulls, since RDF has none."""
    return encoded_object({name: value for name, value in row.items() if value is not None})


def _urn(identifier: str) -> str:
    """Return the URN of an id, or of an id with its level before it."""
    level, _, plain = identifier.rpartition(":")
    return f"urn:uuid:{plain}#{level}" if level else f"urn:uuid:{plain}"
