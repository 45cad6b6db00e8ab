r"""DOT, as Graphviz reads it, with every attribute; to be drawn or passed on.

Every name and value stands in quotes, so that nothing in it is syntax: ``a:b`` is no port. A
backslash is written twice, as a label asks for; other attributes keep both. A NUL ends a string
there, and becomes U+FFFD.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hummgraph.export.rows import link_rows, node_rows, together, without_containment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hummgraph.export.rows import Rows

__all__ = ["dot_chunks"]

_STYLES: Final = {
    "APPROVED": {"style": "bold", "color": "#0072B2"},
    "SUGGESTED": {"style": "dashed", "color": "#E69F00"},
    "REJECTED": {"style": "dotted", "color": "#B0396B", "arrowhead": "tee"},
}
_BARE: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS: Final = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
_SHAPES: Final = {"integration_source": "folder", "table": "box3d", "column": "box"}


def dot_chunks(rows: Rows, *, containment: bool = False) -> Iterator[bytes]:
    """Yield a graph as DOT, piece by piece.

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
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> b"".join(dot_chunks(rows)).count(b" -> ")
    1490
    """
    without_containment(rows, containment=containment)
    return together(_lines(rows, containment=containment))


def _lines(rows: Rows, *, containment: bool) -> Iterator[str]:
    yield "digraph links {\n"
    yield f"  graph {_attributes({'rankdir': 'LR', **rows.facts})};\n"
    for row in node_rows(rows):
        # An attribute ``name`` stops pydot, which takes it for the node's own.
        shape = {"shape": _SHAPES[row["level"]], "node_name": row.pop("name")}
        yield f"  {_quoted(row.pop('node_id'))} {_attributes(shape | row)};\n"
    kind = "entity_link" if rows.lifted is None else "lifted_links"
    for row in link_rows(rows):
        ends = f"{_quoted(row.pop('source'))} -> {_quoted(row.pop('target'))}"
        # ``weight`` is how short and straight an edge is to be drawn, from 0 on.
        style = _STYLES.get(row.get("status", ""), {})
        yield f"  {ends} {_attributes({'kind': kind, **style, **row})};\n"
    if containment:
        for row in node_rows(rows):
            if row["parent_id"] is not None:
                ends = f"{_quoted(row['parent_id'])} -> {_quoted(row['node_id'])}"
                yield f"  {ends} {_attributes({'kind': 'contains', 'arrowhead': 'none'})};\n"
    yield "}\n"


def _attributes(values: dict[str, Any]) -> str:
    """Write attributes; a null has none."""
    return f"[{', '.join(_written(values.items()))}]"


def _written(items: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for name, value in items:
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            bare = _BARE.fullmatch(name) and name.lower() not in _KEYWORDS
            yield f"{name if bare else _quoted(name)}={_quoted(text)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\0", "\ufffd").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
