"""Reads GraphML that hummgraph wrote: the same graph again."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from xml.parsers import expat

import numpy as np

from hummgraph.errors import ConfigError, FormatError
from hummgraph.errors.arguments import check_path
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.tables import (
    LINK_NAMES,
    NODE_NAMES,
    GraphTables,
    check_metadata,
    columns_of,
    data_of,
    is_id,
    is_link,
)

if TYPE_CHECKING:
    import os

    from hummgraph.graph.data import GraphData

__all__ = ["read_graphml"]

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_BLOCK: Final = 1 << 20
_DEEPEST: Final = 64  # elements within each other; nested graphs need some ten
_ENDS: Final = ("source", "target")
_ID: Final = "xml:id"  # no attribute is called so
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
    content = _Content()
    try:
        with Path(path).open("rb") as file:
            _parse(file, content)
        return content.graph()
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
    """What a file says, gathered as it is parsed."""

    def __init__(self) -> None:
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
        # What other tools put between is passed over.
        self._open.append(name if space == _NAMESPACE else "")
        if space != _NAMESPACE:
            return
        match name:
            case "key":
                place = attributes.get("for", "all"), attributes.get("id", "")
                self._keys[place] = attributes.get("attr.name", "")
            case "graph":
                # A nested graph has no facts of its own.
                self._owners.append((name, self.facts if len(self._owners) == 0 else {}))
            case "node":
                self._owners.append((name, {_ID: attributes.get("id", "")}))
            case "edge":
                ends = {end: attributes.get(end, "") for end in (_ID, *_ENDS)}
                self._owners.append((name, ends))
            case "data" if self._owners:
                owner, self._target = self._owners[-1]
                key = attributes.get("key", "")
                self._name = self._keys.get((owner, key), self._keys.get(("all", key), ""))
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
            # Of a node or link only what is read, and never in the place of the element's own ids.
            if self._name and (self._target is self.facts or self._name in _READ):
                self._target[self._name] = "".join(self._pieces)
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
