r"""DOT, for Graphviz and programs that read its language, with every attribute.

Every id and value is quoted, so that nothing in it is syntax: ``a:b`` does not name a port. A
backslash is doubled, as labels need it; other attributes keep both backslashes. Control characters
and marks of direction become U+FFFD, as a person reads the file, and a NUL would end a string.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hummgraph.export.rows import check_containment, encoded_lines, link_rows, node_rows
from hummgraph.frames import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hummgraph.export.rows import Rows

__all__ = ["dot_chunks"]

_EDGE_STYLES: Final = {
    "APPROVED": {"style": "bold", "color": "#0072B2"},
    "SUGGESTED": {"style": "dashed", "color": "#E69F00"},
    "REJECTED": {"style": "dotted", "color": "#B0396B", "arrowhead": "tee"},
}
_BARE_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS: Final = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
_NODE_SHAPES: Final = {"integration_source": "folder", "table": "box3d", "column": "box"}


def dot_chunks(rows: Rows, *, containment: bool = False) -> Iterator[bytes]:
    """Yield a graph as DOT, piece by piece.

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
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> b"".join(dot_chunks(rows)).count(b" -> ")
    1490
    """
    check_containment(rows, containment=containment)
    return encoded_lines(_dot_lines(rows, containment=containment))


def _dot_lines(rows: Rows, *, containment: bool) -> Iterator[str]:
    """Yield the lines of the file."""
    yield "digraph links {\n"
    yield f"  graph {_attribute_list({'rankdir': 'LR', **rows.facts})};\n"
    for row in node_rows(rows):
        # pydot fails on an attribute ``name``, which it mistakes for the id of the node.
        shape = {"shape": _NODE_SHAPES[row["level"]], "node_name": row.pop("name")}
        yield f"  {_quote(row.pop('node_id'))} {_attribute_list(shape | row)};\n"
    for row in link_rows(rows):
        ends = f"{_quote(row.pop('source'))} -> {_quote(row.pop('target'))}"
        # Graphviz draws edges with a high ``weight`` short and straight.
        style = _EDGE_STYLES.get(row.get("status", ""), {})
        yield f"  {ends} {_attribute_list({'kind': rows.link_kind, **style, **row})};\n"
    if containment:
        for row in node_rows(rows):
            if row["parent_id"] is not None:
                ends = f"{_quote(row['parent_id'])} -> {_quote(row['node_id'])}"
                yield f"  {ends} {_attribute_list({'kind': 'contains', 'arrowhead': 'none'})};\n"
    yield "}\n"


def _attribute_list(values: dict[str, Any]) -> str:
    """Return a list of attributes in brackets; nulls are left out."""
    return f"[{', '.join(_assignments(values.items()))}]"


def _assignments(items: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Yield ``name="value"`` for each attribute that is not null."""
    for name, value in items:
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            bare = _BARE_NAME.fullmatch(name) and name.lower() not in _KEYWORDS
            yield f"{name if bare else _quote(name)}={_quote(text)}"


def _quote(text: str) -> str:
    """Return a text as a quoted string of DOT."""
    escaped = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
