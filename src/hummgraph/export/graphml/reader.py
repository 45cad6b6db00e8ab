"""GraphML that hummgraph wrote, read as an equal graph, or as the attributes added to it."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from hummgraph.errors import ConfigError, ContractError, FormatError
from hummgraph.errors.arguments import check_path
from hummgraph.errors.texts import quoted
from hummgraph.export.attributes import (
    LINK_RESERVED,
    NODE_RESERVED,
    PROFILE_ATTRIBUTES,
    TYPES,
)
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
from hummgraph.records.limits import MemoryBudget, checked_limits
from hummgraph.records.tables.files import is_file, open_file

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from hummgraph.graph.data import GraphData
    from hummgraph.records.limits import Limits

__all__ = ["read_graphml", "read_graphml_attributes"]

T = TypeVar("T")

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_DATA: Final = f"{_NAMESPACE} data"
_BLOCK_SIZE: Final = 1 << 20
_MAX_DEPTH: Final = 64  # of nested elements; nested graphs need about ten
_MAX_ATTRIBUTES: Final = 1_000  # of nodes or links: a small file must not fill memory
_MAX_FILLED: Final = 1 << 27  # characters of default values in all rows of a table
_ROW_BYTES: Final = 1_000  # of a node or link: a dictionary, its ids, and a row of the tables
_VALUE_BYTES: Final = 100
_COUNTED_AT_ONCE: Final = 1 << 20  # bytes of values after which memory is compared with its limit
_ENDS: Final = ("source", "target")
_ID: Final = "xml:id"  # not the name of any attribute
_ELEMENT_NAMES: Final = frozenset({"", _ID, *_ENDS})  # names of an element's own ids
_GRAPH_NAMES: Final = frozenset({*NODE_NAMES, *LINK_NAMES, "id", "kind"} - {"node_id", *_ENDS})


def read_graphml(path: str | os.PathLike[str], *, limits: Limits | None = None) -> LinkGraph:
    """Read a graph from GraphML that :func:`hummgraph.write` wrote with the plain profile.

    Files that a page saves can be read as well, and so can files that networkx, igraph or rustworkx
    write of a graph that they read from such a file.

    Parameters
    ----------
    path
        The file, gzipped or not.
    limits
        Limits on memory (`memory`); those of `Limits()` by default.

    Returns
    -------
    LinkGraph
        Equal to the graph that was written with ``evidence="full"``; otherwise with the redacted
        evidence, and ``snapshot.kept_evidence`` and the report say so. Edges of containment are
        ignored, since nodes have the ids of their parents, and so are clusters. Empty texts become
        null in files by networkx or igraph, except that names stay empty. Files that a page saves
        have fewer attributes of nodes.

    Raises
    ------
    FormatError
        If the file is GraphML of another tool, of lifted links or of a profile for one tool; if it
        has fewer links or other confidences than it declares; if it has a document type; or if it
        is not well-formed XML in UTF-8.
    ConfigError
        If the file cannot be read.
    ArgumentError
        If ``path`` is not a path.
    MemoryLimitError
        If the file needs more memory than `limits` allow.

    Notes
    -----
    O(n log n) for n nodes and links. Each node and link is a dictionary while the file is read.
    Entities are not expanded, since a document type raises an error: no file can grow in memory or
    include another.

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
    memory = MemoryBudget(checked_limits(limits))
    return _read_file(path, _Document(_GRAPH_NAMES, memory), _Document.graph)


def read_graphml_attributes(
    path: str | os.PathLike[str], *, limits: Limits | None = None
) -> tuple[Frame, Frame]:
    """Read the attributes of nodes and links that others added to GraphML of hummgraph.

    These are the ``node_attributes`` and ``link_attributes`` of :func:`hummgraph.write`, and the
    attributes that another program added, such as Gephi, yEd, networkx or igraph. The file may have
    any profile, and :func:`hummgraph.read_graphml` need not be able to read it, as long as its
    nodes and edges have their ids.

    Parameters
    ----------
    path
        The file, gzipped or not.
    limits
        Limits on memory (`memory`); those of `Limits()` by default.

    Returns
    -------
    nodes : Frame
        One row for each node in the order of the file, and one column for each attribute after
        ``node_id``. If a program replaced the ids of nodes, as yEd does, ``node_id`` is the path of
        a node, which :func:`hummgraph.write` also accepts.
    links : Frame
        The same for links; ``link_id`` comes first.

    Raises
    ------
    FormatError
        If the file is not GraphML, none of its nodes has an id or path of hummgraph, or a value is
        not of the declared type.
    ConfigError
        If the file cannot be read.
    ArgumentError
        If ``path`` is not a path.
    MemoryLimitError
        If the file needs more memory than `limits` allow.

    Notes
    -----
    O(n) for n values. Columns are truth values, whole numbers of 64 bits, floating-point numbers,
    texts and times; a missing value is null. Nodes and edges without an id of hummgraph, such as
    those drawn in another program, are left out; so are lifted links and edges of containment.
    Attributes with a name that hummgraph uses itself are left out, too.

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
    memory = MemoryBudget(checked_limits(limits))
    return _read_file(path, _Document(None, memory), _attribute_frames)


def _read_file(
    path: str | os.PathLike[str], content: _Document, made: Callable[[_Document], T]
) -> T:
    """Parse a file and return what ``made`` builds from its content."""
    place = Path(path)
    try:
        with open_file(place) if is_file(place) else place.open("rb") as file:
            _parse_blocks(file, content)
        return made(content)
    except ContractError as error:  # a damaged gzip file
        raise FormatError(error.message, hint=error.hint) from error
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


def _parse_blocks(file: IO[bytes], content: _Document) -> None:
    """Parse a file block by block."""
    # The declared encoding is ignored, since Python would search all its codecs for it.
    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = content.begin
    parser.EndElementHandler = content.end
    parser.CharacterDataHandler = content.text
    parser.StartDoctypeDeclHandler = _raise_document_type
    try:
        for block in iter(lambda: file.read(_BLOCK_SIZE), b""):
            parser.Parse(block, False)  # noqa: FBT003 - expat takes no keywords
        parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
        content.count_rest()
    except expat.ExpatError as error:
        raise FormatError(
            f"This is not well-formed XML: {expat.ErrorString(error.code)}, line {error.lineno:,}."
        ) from None


def _raise_document_type(*_: object) -> None:
    """Raise because of a document type."""
    raise FormatError(
        "This XML has a document type, which may define entities; GraphML needs none.",
        hint="Read a file that hummgraph.write() wrote.",
    )


class _Document:
    """The content of a file, collected while it is parsed.

    Parameters
    ----------
    kept
        Names of the attributes to read; ``None`` for all.
    memory
        Memory that it may use.
    """

    def __init__(self, kept: frozenset[str] | None, memory: MemoryBudget) -> None:
        self._memory = memory
        self.kinds: dict[tuple[str, str], set[str]] = {}
        """Declared types of attributes, by domain (such as ``node``) and name."""
        self.defaults: dict[tuple[str, str], str] = {}
        self._kept = kept
        self._declared = ("", "")
        self.facts: dict[str, str] = {}
        self.nodes: list[dict[str, str]] = []
        self.links: list[dict[str, str]] = []
        # By domain, too: rustworkx numbers the keys of nodes and of edges separately.
        self._keys: dict[tuple[str, str], str] = {}
        self._open: list[str] = []
        self._owners: list[tuple[str, dict[str, str]]] = []
        self._target: dict[str, str] | None = None
        self._name = ""
        self._pieces: list[str] = []
        self._names: dict[tuple[str, str], str | None] = {}
        self._uncounted = 0

    # --- as expat calls ----------------------------------------------------------------------

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Handle the start tag of an element."""
        if tag == _DATA and self._owners and len(self._open) < _MAX_DEPTH:
            self._open.append("data")
            owner, target = self._owners[-1]
            name = self._wanted_name(owner, attributes.get("key", ""))
            self._target = None if name is None else target
            self._name, self._pieces = name or "", []
            return
        space, _, name = tag.rpartition(" ")
        if not self._open and (space, name) != (_NAMESPACE, "graphml"):
            raise FormatError("This XML is not GraphML.")
        if len(self._open) >= _MAX_DEPTH:
            raise FormatError(f"Elements are nested more than {_MAX_DEPTH} deep.")
        # Elements in the name spaces of other tools are ignored.
        self._open.append(name if space == _NAMESPACE else "")
        if space != _NAMESPACE:
            return
        match name:
            case "key":
                domain, name = attributes.get("for", "all"), attributes.get("attr.name", "")
                self._keys[domain, attributes.get("id", "")] = name
                self._names.clear()
                self._declared = domain, name
                kind = attributes.get("attr.type", "string")
                self.kinds.setdefault(self._declared, set()).add(kind)
            case "default" if self._open[-2:-1] == ["key"]:
                self._target, self._name, self._pieces = {}, self._declared[1], []
            case "graph":
                # A nested graph has no facts of its own.
                self._owners.append((name, self.facts if len(self._owners) == 0 else {}))
            case "node":
                self._count(_ROW_BYTES)
                self._owners.append((name, {_ID: attributes.get("id", "")}))
            case "edge":
                self._count(_ROW_BYTES)
                ends = {end: attributes.get(end, "") for end in _ENDS}
                self._owners.append((name, {_ID: attributes.get("id", ""), **ends}))
            case _:
                pass

    def _wanted_name(self, owner: str, key: str) -> str | None:
        """Return the name of an attribute of nodes, links or the graph, unless it is not kept.

        Nodes and links keep wanted attributes only, and none replaces the element's own ids.
        """
        try:
            return self._names[owner, key]
        except KeyError:
            pass
        name = self._keys.get((owner, key), self._keys.get(("all", key), ""))
        wanted = self._kept is None or name in self._kept or owner == "graph"
        found = name if wanted and name not in _ELEMENT_NAMES else None
        return self._names.setdefault((owner, key), found)

    def _count(self, n_bytes: int) -> None:
        """Count memory, and compare it with the limit now and then."""
        self._uncounted += n_bytes
        if self._uncounted > _COUNTED_AT_ONCE:
            self.count_rest()

    def count_rest(self) -> None:
        """Compare the count since then with the limit."""
        self._memory.take(self._uncounted, "The GraphML")
        self._uncounted = 0

    def text(self, piece: str) -> None:
        """Handle a piece of the text of an element."""
        if self._target is not None and self._open[-1] in {"data", "default"}:
            self._pieces.append(piece)

    def end(self, _: str) -> None:
        """Handle the end tag of an element."""
        name = self._open.pop()
        if name == "data" and self._target is not None:
            text = "".join(self._pieces)
            self._count(_VALUE_BYTES + len(text))
            self._target[self._name] = text
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

    # --- the graph ---------------------------------------------------------------------------

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
        # igraph renames nodes to n0, n1 and so on, and keeps the former id as an attribute "id".
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
        # rustworkx leaves out an attribute all of whose values are empty.
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

    def _count_fact(self, name: str) -> int | None:
        """Return a fact that is a whole number; ``None`` if the file does not have it."""
        if name not in self.facts:
            return None
        try:
            return int(float(self.facts[name]))
        except (ValueError, OverflowError):
            raise FormatError(
                f"The attribute {quoted(name)} of this GraphML is not a number."
            ) from None

    def _check_confidences(self, data: GraphData) -> None:
        """Raise unless as many links have no confidence as the file declares.

        If links were added or removed, there may also be fewer of them.
        """
        n_declared = self._count_fact("n_links_without_confidence")
        n_without = int(np.isnan(data.links.confidence).sum())
        whole = self._count_fact("n_links") == data.n_links
        if n_declared is not None and (
            n_without > n_declared or (whole and n_without != n_declared)
        ):
            raise FormatError(
                f"This GraphML declares {n_declared:,} links without a confidence, but has"
                f" {n_without:,}: confidences were lost or changed.",
                hint="Write the file again. If the change is intended, change or remove the"
                " attribute 'n_links_without_confidence' of the graph.",
            )

    def _check_whole(self, n_links: int) -> None:
        """Raise if the file declares more links than it has."""
        n_declared = self._count_fact("n_links") or 0
        if n_links < n_declared:
            raise FormatError(
                f"This GraphML declares {n_declared:,} links, but has {n_links:,}: links were lost"
                " or removed.",
                hint="Write the file again. If the change is intended, change or remove the"
                " attribute 'n_links' of the graph.",
            )


# --- added attributes ------------------------------------------------------------------------


def _attribute_frames(content: _Document) -> tuple[Frame, Frame]:
    """Return the added attributes of nodes and of links as tables."""
    nodes = [
        (known, row)
        for row in content.nodes
        if (known := _first_id(row[_ID], row.get("id")) or row.get("path"))
    ]
    if content.nodes and not nodes:
        raise FormatError(
            "No node of this GraphML has an id or a path of hummgraph.",
            hint="Read a file that hummgraph.write() wrote, or one made of it.",
        )
    links = [
        (known, row)
        for row in content.links
        if row.get("kind", "entity_link") == "entity_link"
        and (known := _first_id(row.get("link_id"), row[_ID], row.get("id")))
    ]
    # igraph renames nodes to n0, n1 and so on, and writes nulls as empty texts.
    empty = None if any(not is_id(row[_ID]) and is_id(row.get("id")) for _, row in nodes) else ""
    # A program that lays nodes out writes a file of its own, without the profile.
    added = PROFILE_ATTRIBUTES.get(content.facts.get("profile", ""), frozenset())
    return (
        _attribute_frame(content, "node", "node_id", nodes, NODE_RESERVED | added, empty=empty),
        _attribute_frame(content, "edge", "link_id", links, LINK_RESERVED, empty=empty),
    )


def _first_id(*values: str | None) -> str | None:
    """Return the first value that is an id of hummgraph; ``None`` if there is none."""
    return next((value for value in values if is_id(value)), None)


def _attribute_frame(
    content: _Document,
    domain: str,
    key: str,
    rows: list[tuple[str, dict[str, str]]],
    own: frozenset[str],
    *,
    empty: str | None,
) -> Frame:
    """Return the added attributes of nodes or links as a table."""
    types = _types_in_fact(content, "node_attributes" if domain == "node" else "link_attributes")
    read = unescaped if content.facts.get("profile") == "plain" else str
    columns: dict[str, pa.Array] = {key: pa.array([known for known, _ in rows], pa.string())}
    present = {name for _, row in rows for name in row}
    n_filled = 0
    for name in dict.fromkeys(name for for_, name in content.kinds if for_ in {domain, "all"}):
        usual = content.defaults.get((domain, name), content.defaults.get(("all", name)))
        # yEd declares attributes that no element has.
        if (
            name in _ELEMENT_NAMES
            or name.casefold() in own
            or not (name in present or name in types or usual)
        ):
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
        kind = types.get(name) or _common_type(declared)
        try:
            values = [None if text is None else _PARSERS[kind](read(text)) for text in texts]
            columns[name] = pa.array(values, TYPES[kind])
        except (KeyError, ValueError, OverflowError, pa.ArrowException) as error:
            raise FormatError(
                f"An attribute {quoted(name)} of the {domain}s of this GraphML is not of type"
                f" {kind}."
            ) from error
    return Frame(pa.table(columns))


def _types_in_fact(content: _Document, fact: str) -> dict[str, str]:
    """Return types of attributes by name, from the fact that :func:`hummgraph.write` adds."""
    try:
        types = json.loads(content.facts.get(fact, "{}"))
    except (ValueError, RecursionError):
        types = None
    if not isinstance(types, dict) or not all(kind in TYPES for kind in map(str, types.values())):
        raise FormatError(
            f"The attribute {fact!r} of this GraphML is not in the form that hummgraph writes."
        )
    return types


def _common_type(declared: set[str]) -> str:
    """Return the type that can hold the values of all declared types."""
    kinds = {_TYPE_OF_GRAPHML.get(kind, "string") for kind in declared}
    if kinds == {"long", "double"}:
        return "double"
    return kinds.pop() if len(kinds) == 1 else "string"


_TYPE_OF_GRAPHML: Final = {
    "boolean": "boolean",
    "int": "long",
    "long": "long",
    "float": "double",
    "double": "double",
}


def _parse_truth_value(text: str) -> bool | None:
    """Return the truth value of a text; ``None`` for a blank one."""
    truths = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
    return truths[text.strip().lower()] if text.strip() else None


def _parse_number(text: str) -> float | None:
    """Return the number of a text; ``None`` for a blank one, or for the ``nan`` of igraph."""
    number = float(text) if text.strip() else math.nan
    return None if math.isnan(number) else number


def _parse_whole_number(text: str) -> int | None:
    """Return the whole number of a text; ``None`` for a blank one, or for the ``nan`` of igraph."""
    try:
        return int(text)
    except ValueError:  # igraph and Gephi write all numbers as floating-point numbers
        number = _parse_number(text)
        if number is not None and number != int(number):
            raise
        return None if number is None else int(number)


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "boolean": _parse_truth_value,
    "long": _parse_whole_number,
    "double": _parse_number,
    "string": str,
    "time": lambda text: datetime.fromisoformat(text.strip()) if text.strip() else None,
}
