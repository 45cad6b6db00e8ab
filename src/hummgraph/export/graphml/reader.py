"""Reads GraphML that hummgraph wrote: the same graph again, and what others added to it."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from hummgraph.errors import ConfigError, FormatError
from hummgraph.errors.arguments import check_path
from hummgraph.export.attributes import LINK_RESERVED, NODE_RESERVED, TYPES
from hummgraph.frames import Frame
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.metadata import check_metadata
from hummgraph.graph.tables import (
    LINK_NAMES,
    NODE_NAMES,
    GraphTables,
    columns_of,
    data_of,
    is_id,
    is_link,
)
from hummgraph.graph.values import unescaped

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from hummgraph.graph.data import GraphData

__all__ = ["read_graphml", "read_graphml_attributes"]

T = TypeVar("T")

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_BLOCK: Final = 1 << 20
_DEEPEST: Final = 64  # elements within each other; nested graphs need some ten
_MAX_ATTRIBUTES: Final = 1_000  # of nodes, and of links: a small file must not make a large table
_MAX_FILLED: Final = 1 << 27  # characters of defaults
_ENDS: Final = ("source", "target")
_ID: Final = "xml:id"  # no attribute is called so
_OWN: Final = frozenset({"", _ID, *_ENDS})  # never attributes
_READ: Final = frozenset({*NODE_NAMES, *LINK_NAMES, "id", "kind"} - {"node_id", *_ENDS})


def read_graphml(path: str | os.PathLike[str]) -> LinkGraph:
    """Read a graph from GraphML that :func:`hummgraph.write` wrote with the plain profile.

    So are the files that a page saves of what it shows, and those that networkx, igraph or
    rustworkx wrote of a graph that they had read from such a file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    LinkGraph
        Equal to the graph that was written with ``evidence="full"``; with evidence as it was
        redacted otherwise. Edges of containment are ignored, since nodes have their parents, and so
        is what is said of clusters. An empty text that has gone through networkx or igraph is null
        (that of a name is empty), and a page has less of each node.

    Raises
    ------
    FormatError
        If it is no such file: another tool's GraphML, links lifted to a level, a profile for one
        tool, fewer links or other confidences than it says, XML with a document
        type, or XML that is not well-formed or not UTF-8.
    ConfigError
        If the file cannot be read.
    ArgumentError
        If ``path`` is no path.

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
    ...     path = hg.write(graph, Path(folder) / "demo.graphml", evidence="full")
    ...     again = hg.read_graphml(path)
    >>> again == graph
    True
    """
    check_path(path, "read_graphml", "a GraphML file")
    return _read(path, _Content(_READ), _Content.graph)


def read_graphml_attributes(path: str | os.PathLike[str]) -> tuple[Frame, Frame]:
    """Read the attributes of nodes and links that are not hummgraph's own from GraphML.

    These are what ``node_attributes`` and ``link_attributes`` of :func:`hummgraph.write` added, and
    what another program added to a file of hummgraph's, such as Gephi, yEd, networkx or igraph. Any
    profile will do, and so will a file that :func:`hummgraph.read_graphml` cannot make a graph of,
    as long as nodes and edges have their ids.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    nodes : Frame
        One row a node in the order of the file, and a column an attribute; ``node_id`` comes first.
        Where a program has given nodes ids of its own, as yEd does, that is a node's path, by which
        :func:`hummgraph.write` finds it as well.
    links : Frame
        The same of links; ``link_id`` comes first.

    Raises
    ------
    FormatError
        If it is no GraphML, no node of it has an id or path of hummgraph's, or a value is not of
        the type that the file says.
    ConfigError
        If the file cannot be read.
    ArgumentError
        If ``path`` is no path.

    Notes
    -----
    O(n) for n values. Columns are truth values, whole numbers of 64 bits, numbers, text and times;
    a missing value is null. Nodes and edges that were drawn in the other program have no id of
    hummgraph's, and are left out; so are lifted links and edges of containment. An attribute that
    has a name of hummgraph's own is not read as one of others.

    Examples
    --------
    >>> import tempfile
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "demo.graphml"
    ...     _ = hg.write(graph, path, node_attributes={"rank": {"Stripe": 1, "Zendesk": 2}})
    ...     nodes, links = hg.read_graphml_attributes(path)
    >>> nodes.columns, sorted(rank for rank in nodes["rank"] if rank), len(links)
    (['node_id', 'rank'], [1, 2], 1490)
    """
    check_path(path, "read_graphml_attributes", "a GraphML file")
    return _read(path, _Content(None), _attributes_of)


def _read(path: str | os.PathLike[str], content: _Content, made: Callable[[_Content], T]) -> T:
    """Parse a file and return what is made of it."""
    try:
        with Path(path).open("rb") as file:
            _parse(file, content)
        return made(content)
    except IsADirectoryError as error:
        raise ConfigError(
            f"Cannot read {str(path)!r}: it is a folder.",
            hint="read_snapshot() reads the folder of a snapshot.",
        ) from error
    except OSError as error:
        raise ConfigError(
            f"Cannot read {str(path)!r}: {error.strerror}.", hint="Check the path."
        ) from error
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
    """What a file says, gathered as it is parsed.

    Parameters
    ----------
    kept
        Names of the attributes that are read; ``None`` for all.
    """

    def __init__(self, kept: frozenset[str] | None) -> None:
        self.kinds: dict[tuple[str, str], set[str]] = {}
        """Types that are declared of attributes, by what they are for and their name."""
        self.defaults: dict[tuple[str, str], str] = {}
        self._kept = kept
        self._declared = ("", "")
        self.facts: dict[str, str] = {}
        self.nodes: list[dict[str, str]] = []
        self.links: list[dict[str, str]] = []
        # By what they are for: rustworkx counts them anew for nodes and for edges.
        self._keys: dict[tuple[str, str], str] = {}
        self._open: list[str] = []
        self._owners: list[tuple[str, dict[str, str]]] = []
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
        # Elements of other tools are ignored.
        self._open.append(name if space == _NAMESPACE else "")
        if space != _NAMESPACE:
            return
        match name:
            case "key":
                domain, name = attributes.get("for", "all"), attributes.get("attr.name", "")
                self._keys[domain, attributes.get("id", "")] = name
                self._declared = domain, name
                kind = attributes.get("attr.type", "string")
                self.kinds.setdefault(self._declared, set()).add(kind)
            case "default" if self._open[-2:-1] == ["key"]:
                self._target, self._name, self._pieces = {}, self._declared[1], []
            case "graph":
                # A nested graph has no facts of its own.
                self._owners.append((name, self.facts if len(self._owners) == 0 else {}))
            case "node":
                self._owners.append((name, {_ID: attributes.get("id", "")}))
            case "edge":
                ends = {end: attributes.get(end, "") for end in _ENDS}
                self._owners.append((name, {_ID: attributes.get("id", ""), **ends}))
            case "data" if self._owners:
                owner, self._target = self._owners[-1]
                key = attributes.get("key", "")
                self._name = self._keys.get((owner, key), self._keys.get(("all", key), ""))
                self._pieces = []
            case _:
                pass

    def text(self, piece: str) -> None:
        """Take some of the text that stands in an element."""
        if self._target is not None and self._open[-1] in {"data", "default"}:
            self._pieces.append(piece)

    def end(self, _: str) -> None:
        """Take an element's end."""
        name = self._open.pop()
        if name == "data" and self._target is not None:
            # Of a node or link only what is read, and never in the place of the element's own ids.
            wanted = self._kept is None or self._name in self._kept
            if self._name not in _OWN and (self._target is self.facts or wanted):
                self._target[self._name] = "".join(self._pieces)
            self._target = None
        elif name == "default" and self._target is not None:
            self.defaults[self._declared] = "".join(self._pieces)
            self._target = None
        elif name in {"graph", "node", "edge"}:
            _, found = self._owners.pop()
            if name == "node":
                self.nodes.append(found)
            elif name == "edge":
                self.links.append(found)

    # --- what it means -----------------------------------------------------------------------

    def graph(self) -> LinkGraph:
        """Build the graph."""
        if "policy" not in self.facts or "profile" not in self.facts:
            raise FormatError(
                "This GraphML was not written by hummgraph.",
                hint="Read it with networkx or igraph; LinkGraph.from_networkx() and"
                " LinkGraph.from_igraph() take graphs whose nodes and links have ids and levels.",
            )
        check_metadata(self.facts)
        links = [row for row in self.links if is_link(row.get("kind"))]
        self._check_whole(len(links))
        # igraph calls nodes n0, n1 and so on, and has no nulls; what they were called is an "id".
        renamed = {
            row[_ID]: row["id"]
            for row in self.nodes
            if not is_id(row[_ID]) and is_id(row.get("id"))
        }
        nodes = [{**row, "node_id": renamed.get(row[_ID], row[_ID])} for row in self.nodes]
        links = [
            {"link_id": row[_ID]} | row | {end: renamed.get(row[end], row[end]) for end in _ENDS}
            for row in links
        ]
        # rustworkx writes no attribute of which all values are empty.
        unnamed = {"name": [None] * len(nodes)} if any("resolved" in row for row in nodes) else {}
        tables = GraphTables.with_metadata(
            unnamed | columns_of(nodes, NODE_NAMES),
            columns_of(links, LINK_NAMES),
            self.facts,
            gaps=bool(renamed),
        )
        data = data_of(tables, origin="graphml")
        self._check_confidences(data)
        return LinkGraph.from_arrays(data)

    def _number(self, name: str) -> int | None:
        """Return a number that the file says of itself; ``None`` if it does not."""
        if name not in self.facts:
            return None
        try:
            return int(float(self.facts[name]))
        except (ValueError, OverflowError):
            raise FormatError(f"The attribute {name!r} of this GraphML is not a number.") from None

    def _check_confidences(self, data: GraphData) -> None:
        """Raise if another number of links has no confidence than the file says.

        Where links were added or taken out, only more than it says.
        """
        n_said = self._number("n_links_without_confidence")
        n_without = int(np.isnan(data.links.confidence).sum())
        whole = self._number("n_links") == data.n_links
        if n_said is not None and (n_without > n_said or (whole and n_without != n_said)):
            raise FormatError(
                f"This GraphML says that {n_said:,} of its links have no confidence, but"
                f" {n_without:,} have none: confidences were lost, or somebody changed them.",
                hint="Write it again; if they were changed on purpose, change or remove the"
                " attribute 'n_links_without_confidence' of the graph.",
            )

    def _check_whole(self, n_links: int) -> None:
        """Raise if the file says that it has more links."""
        n_said = self._number("n_links") or 0
        if n_links < n_said:
            raise FormatError(
                f"This GraphML says that it has {n_said:,} links, but has {n_links:,}: some were"
                " lost, or somebody took them out.",
                hint="Write it again; if they were taken out on purpose, change or remove the"
                " attribute 'n_links' of the graph.",
            )


# --- attributes of others --------------------------------------------------------------------


def _attributes_of(content: _Content) -> tuple[Frame, Frame]:
    """Return the attributes that are not hummgraph's own."""
    nodes = [
        (known, row)
        for row in content.nodes
        if (known := _first_id(row[_ID], row.get("id")) or row.get("path"))
    ]
    if content.nodes and not nodes:
        raise FormatError(
            "No node of this GraphML has an id or a path of hummgraph's.",
            hint="Give a file that hummgraph.write() wrote, or one that was made of it.",
        )
    links = [
        (known, row)
        for row in content.links
        if row.get("kind", "entity_link") == "entity_link"
        and (known := _first_id(row.get("link_id"), row[_ID], row.get("id")))
    ]
    # igraph calls nodes n0, n1 and so on, and writes an empty text for a null.
    empty = None if any(not is_id(row[_ID]) and is_id(row.get("id")) for _, row in nodes) else ""
    return (
        _others(content, "node", "node_id", nodes, NODE_RESERVED, empty=empty),
        _others(content, "edge", "link_id", links, LINK_RESERVED, empty=empty),
    )


def _first_id(*values: str | None) -> str | None:
    return next((value for value in values if is_id(value)), None)


def _others(
    content: _Content,
    domain: str,
    key: str,
    rows: list[tuple[str, dict[str, str]]],
    own: frozenset[str],
    *,
    empty: str | None,
) -> Frame:
    """Return the attributes of nodes or links as a table."""
    said = _types_said(content, "node_attributes" if domain == "node" else "link_attributes")
    read = unescaped if content.facts.get("profile") == "plain" else str
    columns: dict[str, pa.Array] = {key: pa.array([known for known, _ in rows], pa.string())}
    present = {name for _, row in rows for name in row}
    n_filled = 0
    for name in dict.fromkeys(name for for_, name in content.kinds if for_ in {domain, "all"}):
        usual = content.defaults.get((domain, name), content.defaults.get(("all", name)))
        # yEd declares attributes that nothing has.
        if name in _OWN or name.casefold() in own or not (name in present or name in said or usual):
            continue
        texts = [
            empty if text == "" else text for _, row in rows for text in [row.get(name, usual)]
        ]
        n_filled += len(usual or "") * len(rows)
        if len(columns) > _MAX_ATTRIBUTES or n_filled > _MAX_FILLED:
            raise FormatError(
                f"This GraphML has more than {_MAX_ATTRIBUTES:,} attributes of {domain}s, or"
                f" defaults of more than {_MAX_FILLED:,} characters in all."
            )
        declared = {
            kind for for_ in (domain, "all") for kind in content.kinds.get((for_, name), ())
        }
        kind = said.get(name) or _kind_of(declared)
        try:
            values = [None if text is None else _PARSED[kind](read(text)) for text in texts]
            columns[name] = pa.array(values, TYPES[kind])
        except (KeyError, ValueError, OverflowError, pa.ArrowException) as error:
            raise FormatError(
                f"An attribute {name!r} of the {domain}s of this GraphML is not of type {kind}."
            ) from error
    return Frame(pa.table(columns))


def _types_said(content: _Content, fact: str) -> dict[str, str]:
    """Return the types that the file says of attributes, by their names."""
    try:
        said = json.loads(content.facts.get(fact, "{}"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(kind in TYPES for kind in map(str, said.values())):
        raise FormatError(f"The attribute {fact!r} of this GraphML is not what hummgraph writes.")
    return said


def _kind_of(declared: set[str]) -> str:
    """Return the type that holds values of all declared types."""
    kinds = {_KINDS.get(kind, "string") for kind in declared}
    if kinds == {"long", "double"}:
        return "double"
    return kinds.pop() if len(kinds) == 1 else "string"


_KINDS: Final = {
    "boolean": "boolean",
    "int": "long",
    "long": "long",
    "float": "double",
    "double": "double",
}


def _truth(text: str) -> bool | None:
    truths = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
    return truths[text.strip().lower()] if text.strip() else None


def _number(text: str) -> float | None:
    """Read a number; igraph writes ``nan`` for a missing one."""
    number = float(text) if text.strip() else math.nan
    return None if math.isnan(number) else number


def _whole_number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:  # igraph and Gephi have one type of numbers
        number = _number(text)
        if number is not None and number != int(number):
            raise
        return None if number is None else int(number)


_PARSED: Final[Mapping[str, Callable[[str], Any]]] = {
    "boolean": _truth,
    "long": _whole_number,
    "double": _number,
    "string": str,
    "time": lambda text: datetime.fromisoformat(text.strip()) if text.strip() else None,
}
