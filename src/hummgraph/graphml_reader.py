"""Reads GraphML that hummgraph wrote: the same graph again."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from uuid import UUID
from xml.parsers import expat

import pyarrow as pa

from hummgraph._objects import check_path
from hummgraph._rebuilt import LINK_COLUMNS, NODE_COLUMNS, graph_of
from hummgraph.columns import COLUMN_SCHEMA, DECLARED_SCHEMA
from hummgraph.errors import FormatError
from hummgraph.export._graphml_text import unescaped
from hummgraph.policy import Policy

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from hummgraph.graph import LinkGraph

__all__ = ["read_graphml"]

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_BLOCK: Final = 1 << 20
_DEEPEST: Final = 64  # elements within each other; nested graphs need some ten
_TIMES: Final = ("created_at", "updated_at")
_KEY_FACTS: Final = (
    "is_primary_key",
    "is_nullable",
    "is_unique",
    "ordinal_position",
    "semantic_type",
    "role",
)


def read_graphml(path: str | os.PathLike[str]) -> LinkGraph:
    """Read a graph from GraphML that :func:`hummgraph.write` wrote with the plain profile.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    LinkGraph
        Equal to the graph that was written with ``redact="none"``; with evidence as it was
        redacted otherwise. Edges of containment are passed over, for nodes tell it too, and so is
        what is said of clusters.

    Raises
    ------
    FormatError
        If it is no such file: another tool's GraphML, links lifted to a level, a profile for one
        tool, XML with a document type, or XML that is not well-formed or not UTF-8.
    OSError
        If the file cannot be read.

    Notes
    -----
    O(n log n) for n nodes and links, and one row of Python objects for each while it reads.
    Entities are not expanded: a document type is refused, so that no file can grow in memory or
    refer to another.

    Examples
    --------
    >>> import tempfile
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = hg.write(graph, Path(folder) / "demo.graphml", redact="none")
    ...     again = hg.read_graphml(path)
    >>> again == graph
    True
    """
    check_path(path, "read_graphml", "a GraphML file")
    content = _Content()
    try:
        with Path(path).open("rb") as file:
            _parse(file, content)
        return content.graph()
    except FormatError as error:
        raise FormatError(f"{str(path)!r}: {error.message}", hint=error.hint) from error


def _parse(file: IO[bytes], content: _Content) -> None:
    # Whatever a file says it is written in: Python would look among all its codecs for that.
    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = content.begin
    parser.EndElementHandler = content.end
    parser.CharacterDataHandler = content.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        for block in iter(lambda: file.read(_BLOCK), b""):
            parser.Parse(block, False)  # noqa: FBT003 - expat's
        parser.Parse(b"", True)  # noqa: FBT003 - expat's
    except expat.ExpatError as error:
        raise FormatError(
            f"This is not well-formed XML: {expat.ErrorString(error.code)}, line {error.lineno:,}."
        ) from None


def _refuse_document_type(*_: object) -> None:
    raise FormatError(
        "This XML has a document type, which may define entities; GraphML needs none.",
        hint="Give a file that hummgraph.write() wrote.",
    )


class _Content:
    """What a file says, gathered as it is parsed."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.nodes: dict[str, list[str | None]] = {
            name: [] for name in (*NODE_COLUMNS, "key_facts")
        }
        self.links: dict[str, list[str | None]] = {name: [] for name in LINK_COLUMNS}
        self._keys: dict[str, tuple[str, str]] = {}
        self._open: list[str] = []
        self._owners: list[dict[str, str]] = []
        self._target: dict[str, str] | None = None
        self._name = ""
        self._pieces: list[str] = []

    # --- as expat calls ----------------------------------------------------------------------

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Take an element's beginning."""
        space, _, name = tag.rpartition(" ")
        if not self._open and (space, name) != (_NAMESPACE, "graphml"):
            raise FormatError("This XML is not GraphML.")
        if len(self._open) >= _DEEPEST:
            raise FormatError(f"Elements lie more than {_DEEPEST} deep.")
        # What other tools put between is passed over.
        self._open.append(name if space == _NAMESPACE else "")
        if space != _NAMESPACE:
            return
        match name:
            case "key":
                self._keys[attributes.get("id", "")] = (
                    attributes.get("for", ""),
                    attributes.get("attr.name", ""),
                )
            case "graph":
                # A nested graph has no facts of its own.
                self._owners.append(self.facts if len(self._owners) == 0 else {})
            case "node":
                self._owners.append({"node_id": attributes.get("id", "")})
            case "edge":
                ends = {end: attributes.get(end, "") for end in ("source", "target")}
                self._owners.append(ends)
            case "data" if self._owners:
                _, self._name = self._keys.get(attributes.get("key", ""), ("", ""))
                self._target = self._owners[-1]
                self._pieces = []
            case _:
                pass

    def text(self, piece: str) -> None:
        """Take some of the text that stands in an element."""
        if self._target is not None and self._open[-1] == "data":
            self._pieces.append(piece)

    def end(self, _: str) -> None:
        """Take an element's end."""
        name = self._open.pop()
        if name == "data" and self._target is not None:
            if self._name:
                self._target[self._name] = "".join(self._pieces)
            self._target = None
        elif name in {"graph", "node", "edge"}:
            found = self._owners.pop()
            if name == "node":
                _add(self.nodes, found)
            elif name == "edge" and found.get("kind") == "entity_link":
                _add(self.links, found)

    # --- what it means -----------------------------------------------------------------------

    def graph(self) -> LinkGraph:
        """Make the graph."""
        self._check_facts()
        nodes = pa.table(
            {name: _typed(self.nodes[name], kind, name) for name, kind in NODE_COLUMNS.items()}
        )
        links = pa.table(
            {name: _typed(self.links[name], kind, name) for name, kind in LINK_COLUMNS.items()}
        )
        organization_id = self.facts.get("organization_id")
        try:
            policy = Policy(**json.loads(unescaped(self.facts["policy"])))
            organization = UUID(organization_id) if organization_id else None
            declared = _declared(self.facts.get("relationships", "[]"))
            key_facts = self._key_facts()
        except (ValueError, TypeError, AttributeError, pa.ArrowException) as error:
            raise FormatError(
                "What this GraphML says of the whole graph cannot be read."
            ) from error
        return graph_of(
            nodes,
            links,
            origin="graphml",
            policy=policy,
            organization_id=organization,
            organization_name=_text(self.facts.get("organization")),
            declared=declared,
            key_facts=key_facts,
        )

    def _check_facts(self) -> None:
        if "policy" not in self.facts or "profile" not in self.facts:
            raise FormatError(
                "This GraphML was not written by hummgraph.",
                hint="Read it with networkx, and give LinkGraph.from_networkx() what it needs.",
            )
        if self.facts["profile"] != "plain":
            raise FormatError(
                f"This GraphML was written for one tool (profile {self.facts['profile']!r}).",
                hint="Only profile='plain' carries everything.",
            )
        if "lifted_to" in self.facts:
            raise FormatError(
                f"This GraphML has links lifted to one level ({self.facts['lifted_to']}), not the"
                " links themselves.",
            )

    def _key_facts(self) -> pa.Table | None:
        told = [
            {"node_id": node, **json.loads(unescaped(text))}
            for node, text in zip(self.nodes["node_id"], self.nodes["key_facts"], strict=True)
            if text is not None
        ]
        if not told:
            return None
        fields = [COLUMN_SCHEMA.field(name) for name in _KEY_FACTS]
        return pa.Table.from_pylist(told, pa.schema([pa.field("node_id", pa.string()), *fields]))


def _add(columns: dict[str, list[str | None]], row: Mapping[str, str]) -> None:
    for name, values in columns.items():
        values.append(row.get(name))


def _text(value: str | None) -> str | None:
    return None if value is None else unescaped(value)


def _typed(values: list[str | None], kind: pa.DataType, name: str) -> pa.Array:
    """Give a column in its type."""
    try:
        return pa.array([None if value is None else _READ[name](value) for value in values], kind)
    except (KeyError, ValueError) as error:
        raise FormatError(f"An attribute {name!r} is no {kind}.") from error


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    **dict.fromkeys((*NODE_COLUMNS, *LINK_COLUMNS), unescaped),
    **{name: {"true": True, "false": False}.__getitem__ for name in ("is_active", "resolved")},
    **dict.fromkeys(_TIMES, datetime.fromisoformat),
    "confidence": float,
}


def _declared(text: str) -> pa.Table:
    """Read relationships and associations."""
    ids = [field.name for field in DECLARED_SCHEMA if field.type == pa.binary(16)]
    rows = [
        row | {name: UUID(row[name]).bytes for name in ids if name in row}
        for row in json.loads(unescaped(text))
    ]
    return pa.Table.from_pylist(rows, DECLARED_SCHEMA)
