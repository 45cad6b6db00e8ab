"""GEXF 1.3, for Gephi and sigma.js: valid by its schema, streamed, containment as parents.

A null has no value; a confidence is a double throughout; times are ISO 8601 texts and evidence is
JSON text. What XML cannot carry becomes U+FFFD. GEXF knows no attributes of a graph: what holds for
the whole file stands in its description, as JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.export.graphml.text import Writer
from hummgraph.export.plain import link_rows, node_rows
from hummgraph.export.rows import without_containment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["gexf_chunks"]

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
)
_TOGETHER: Final = 500  # elements given at once
_SPACES: Final = {"\t": "&#9;", "\n": "&#10;", '"': "&quot;"}  # which an attribute would lose


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
    return _together(_Document(rows).lines(containment=containment))


def _together(lines: Iterator[str]) -> Iterator[bytes]:
    gathered: list[str] = []
    for line in lines:
        gathered.append(line)
        if len(gathered) == _TOGETHER:
            yield "".join(gathered).encode()
            gathered = []
    yield "".join(gathered).encode()


class _Document:
    """One file in its words."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.writer = Writer(reversible=False)

    def lines(self, *, containment: bool) -> Iterator[str]:
        """Return the file, element by element."""
        rows = self.rows
        about = self.writer.escape(json.dumps(rows.facts, ensure_ascii=False))
        yield f"{_HEAD}  <meta><creator>hummgraph</creator>"
        yield f"<description>{about}</description></meta>\n"
        yield '  <graph defaultedgetype="directed" mode="static" idtype="string">\n'
        yield from self._declared("node", next(iter(rows.nodes())).schema, ("node_id", "label"))
        yield from self._declared("edge", next(iter(rows.links())).schema, ("source", "target"))
        yield f'    <nodes count="{rows.n_nodes}">\n'
        for row in node_rows(rows):
            yield self._node(row, containment=containment)
        yield f'    </nodes>\n    <edges count="{rows.n_links}">\n'
        for row in link_rows(rows):
            yield self._edge(row)
        yield "    </edges>\n  </graph>\n</gexf>\n"

    def _declared(self, domain: str, schema: pa.Schema, without: tuple[str, ...]) -> Iterator[str]:
        """Declare attributes, of one type each."""
        yield f'    <attributes class="{domain}" mode="static">\n'
        for field in schema:
            if field.name not in without:
                name, kind = field.name, _kind(field.type)
                yield f'      <attribute id="{name}" title="{name}" type="{kind}"/>\n'
        yield "    </attributes>\n"

    def _node(self, row: dict[str, Any], *, containment: bool) -> str:
        node_id, label = row.pop("node_id"), row.pop("label")
        parent = row["parent_id"]
        above = ""
        if containment and parent is not None:
            above = f'<parents><parent for="{parent}"/></parents>'
        return (
            f'      <node id="{node_id}" label="{self._text(label)}">'
            f"{self._values(row)}{above}</node>\n"
        )

    def _edge(self, row: dict[str, Any]) -> str:
        ends = f'source="{row.pop("source")}" target="{row.pop("target")}"'
        label = row.get("status", f"{row.get('n_links', 0):,} links")
        # A weight of 0 or none is none to Gephi, which asks for one above 0.
        weight = row.get("weight", row.get("max_confidence"))
        heavy = f' weight="{weight}"' if weight else ""
        edge_id = row["link_id"]
        if self.rows.lifted is not None:
            row.pop("link_id")
        return (
            f'      <edge id="{edge_id}" {ends} label="{self._text(label)}"{heavy}>'
            f"{self._values(row)}</edge>\n"
        )

    def _values(self, row: dict[str, Any]) -> str:
        values = "".join(
            f'<attvalue for="{name}" value="{self._plain(value)}"/>'
            for name, value in row.items()
            if value is not None
        )
        return f"<attvalues>{values}</attvalues>"

    def _plain(self, value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return self._text(value) if isinstance(value, str) else str(value)

    def _text(self, text: str) -> str:
        """Write a text as the value of an attribute."""
        escaped = self.writer.escape(text)
        for character, written in _SPACES.items():
            escaped = escaped.replace(character, written)
        return escaped


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_floating(kind):
        return "double"
    return "long" if pa.types.is_integer(kind) else "string"
