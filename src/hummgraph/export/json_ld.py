"""JSON-LD, which every tool for RDF reads: links as statements with their confidence.

A link is an ``rdf:Statement`` that its source closely matches its target, with status, confidence
and evidence: an opinion, reified, so that it can be doubted. Only of APPROVED links is the match
itself asserted, as ``skos:closeMatch``, which is symmetric and not transitive. Nothing is said to
be ``owl:sameAs``: by that, whoever reads it would merge all that approved chains reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from hummgraph.errors import ArgumentError
from hummgraph.export.attributes import TYPES
from hummgraph.export.rows import encoded, link_rows, listed, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["json_ld_chunks"]

_WORDS: Final = "urn:hummgraph:words#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_CONTEXT: Final[dict[str, Any]] = {
    "@version": 1.1,
    "@vocab": _WORDS,
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
_TYPES: Final = {"integration_source": "IntegrationSource", "table": "Table", "column": "Column"}


def json_ld_chunks(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - the file tells it in any case
) -> Iterator[bytes]:
    """Yield a graph as JSON-LD, piece by piece.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect: what contains what is ``dcterms:isPartOf``.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Raises
    ------
    ArgumentError
        If the links are lifted: what they count is no statement about two things.

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
            "JSON-LD holds links, not links lifted to a level.", hint="Give the graph itself."
        )
    return _chunks(rows)


def _chunks(rows: Rows) -> Iterator[bytes]:
    yield b'{"@context": ' + msgspec.json.encode(_CONTEXT) + b',\n"@graph": ['
    yield from listed(_things(rows))
    yield b"\n]}\n"


def _things(rows: Rows) -> Iterator[bytes]:
    yield encoded({"@id": "urn:hummgraph:graph", "@type": "EntityLinks", **rows.facts})
    others = rows.attributes
    for row in node_rows(rows):
        if others is not None:
            row = _with_literals(row, others.nodes.schema)  # noqa: PLW2901 - the same row in other words
        node_id, parent = row.pop("node_id"), row.pop("parent_id")
        above = {} if parent is None else {"parent_id": _name(parent)}
        yield _thing({"@id": _name(node_id), "@type": _TYPES[row["level"]], **above, **row})
    for row in link_rows(rows):
        if others is not None:
            row = _with_literals(row, others.links.schema)  # noqa: PLW2901 - the same row in other words
        ends = {end: _name(row.pop(end)) for end in ("source", "target")}
        link_id = row.pop("link_id")
        said = {"rdf:predicate": {"@id": "skos:closeMatch"}, **ends, **row}
        yield _thing({"@id": _name(link_id), "@type": "rdf:Statement", **said})
        if row["status"] == "APPROVED":
            yield _thing({"@id": ends["source"], "match": ends["target"]})


def _with_literals(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """Return a row with the attributes of others as literals, whatever the context says of them."""
    said = dict(row)
    for field in schema:
        value = said.pop(field.name)
        if value is not None:
            kind = _LITERALS.get(field.type)
            typed = {} if kind is None else {"@type": f"xsd:{kind}"}
            said[quote(field.name, safe="")] = {**typed, "@value": value}
    return said


def _thing(row: dict[str, Any]) -> bytes:
    """Write what is known: RDF has no null."""
    return encoded({name: value for name, value in row.items() if value is not None})


def _name(identifier: str) -> str:
    """Return an id as a name of the web; a level may stand before it."""
    level, _, plain = identifier.rpartition(":")
    return f"urn:uuid:{plain}#{level}" if level else f"urn:uuid:{plain}"
