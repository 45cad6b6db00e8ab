"""A networkx view of a graph: a frozen MultiDiGraph over the arrays, without a copy.

networkx makes its own subgraph views in the same way: a frozen graph whose adjacency is a mapping.
"""

from __future__ import annotations

import math
from collections.abc import ItemsView, Iterator, Mapping
from functools import cache, cached_property, partial
from importlib.metadata import entry_points
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import networkx as nx
import numpy as np

from hummgraph.graph.interop.attributes import weighted_links
from hummgraph.graph.interop.flat import flat_attributes
from hummgraph.graph.tables import metadata_of
from hummgraph.records.ids import id_strings
from hummgraph.records.nodes import find_ids
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence, redact_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.relationships import Relationships

__all__ = ["BACKEND", "CONTAINS", "NODE_ATTRIBUTES", "Edges", "Way", "view_of", "ways_of"]

BACKEND: Final = "hummgraph"
"""Name of the backend of networkx that answers for views from their arrays."""

CONTAINS = "contains"
"""Kind, and key, of the edges that say what contains what."""

NODE_ATTRIBUTES: Final = (
    "level",
    "name",
    "path",
    "parent_id",
    "system",
    "kind",
    "schema_name",
    "api_identifier",
    "data_type",
    "description",
    "is_active",
    "deleted",
    "resolved",
)
"""Attributes of a node besides its label: columns of :attr:`LinkGraph.nodes`."""

_MAX_PRINTED: Final = 100  # entries of a mapping


class _Attributes(dict[str, Any]):
    """Attributes of a view, made at each access; a change would be lost, so it is refused."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise nx.NetworkXError("Frozen graph can't be modified: copy it with nx.MultiDiGraph(view)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return dict(self)

    def copy(self) -> dict[str, Any]:
        return dict(self)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


class _Contents(Mapping[str, Any]):
    """A mapping of a view, printed and copied like the dict of an ordinary graph."""

    __slots__ = ()

    def copy(self) -> dict[str, Any]:
        return {name: part.copy() for name, part in self.items()}

    def __repr__(self) -> str:
        parts = [f"{name!r}: {part!r}" for name, part in islice(self.items(), _MAX_PRINTED)]
        if len(self) > _MAX_PRINTED:
            parts.append(f"... shown {_MAX_PRINTED} of {len(self):,}")
        return f"{{{', '.join(parts)}}}"


class Edges:
    """The edges of a view in one order (by source, or by target), and how to describe them."""

    def __init__(
        self,
        graph: GraphData,
        link_index: NDArray[np.int64],
        *,
        containment: bool,
        evidence: KeptEvidence,
        flat: bool,
        structure: _Structure | None,
    ) -> None:
        links = graph.links.take(link_index)
        self.ids: list[str] = graph.nodes.id_text.to_pylist()
        self.index = {node_id: code for code, node_id in enumerate(self.ids)}
        self.n_links = len(link_index)
        self._arrays = graph
        self._link_ids = graph.link_ids
        self._link_index = link_index
        self._links = links
        self._weights = graph.weights[link_index]
        self._evidence = evidence
        self._details = None if evidence is KeptEvidence.NONE else graph.snapshot.links
        self._flat = flat
        self._structure = structure
        # Links come first, then relationships, then containment.
        self.n_before_containment = self.n_links
        source, target = links.ends.source, links.ends.target
        if structure is not None:
            self.n_before_containment += len(structure.keys)
            source = np.concatenate([source, structure.source])
            target = np.concatenate([target, structure.target])
        if containment:
            children = np.flatnonzero(graph.nodes.parent >= 0).astype(np.int32)
            source = np.concatenate([source, graph.nodes.parent[children]])
            target = np.concatenate([target, children])
        self.source, self.target = source, target

    def key(self, edge: int) -> str:
        """Name an edge: the link's or relationship's id, or for containment its kind."""
        if edge >= self.n_before_containment:
            return CONTAINS
        if self._structure is not None and edge >= self.n_links:
            return self._structure.keys[edge - self.n_links]
        digits = self._link_ids[self._link_index[edge]].tobytes().hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def attributes(self, edge: int) -> _Attributes:
        """Return the attributes of an edge."""
        attributes = self._attributes(edge)
        return _Attributes(flat_attributes(attributes) if self._flat else attributes)

    def _attributes(self, edge: int) -> dict[str, Any]:
        if edge >= self.n_before_containment:
            return {"kind": CONTAINS}
        if self._structure is not None and edge >= self.n_links:
            found = self._structure.attributes(edge - self.n_links)
            return self._shown(found)
        links = self._links
        confidence, weight = float(links.confidence[edge]), float(self._weights[edge])
        attributes: dict[str, Any] = {
            "kind": "entity_link",
            "link_type": self._arrays.link_types[links.link_type[edge]],
            "status": self._arrays.statuses[links.status[edge]],
        }
        # networkx reads a missing weight as 1, which is right only if the policy does too.
        # Elsewhere the weight is a null, which its functions refuse.
        if not math.isnan(confidence):
            attributes["confidence"] = confidence
        elif weight != 1.0:
            attributes["confidence"] = None
        if not math.isnan(weight):
            attributes["weight"] = weight
        if self._details is not None:
            row = self._details.slice(int(links.row[edge]), 1)
            for name in ("evidence", "created_at", "updated_at"):
                attributes[name] = row.column(name)[0].as_py()
            attributes = self._shown(attributes)
        if self._flat:
            # Not every format has keys of edges, and not every reader reads their ids.
            attributes["link_id"] = self.key(edge)
        return attributes

    def _shown(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return attributes with as much of the evidence as was asked for."""
        if self._evidence is KeptEvidence.NONE:
            del attributes["evidence"]
        elif self._evidence is KeptEvidence.VOCABULARY:
            vocabulary = self._arrays.snapshot.vocabulary
            (shown,) = redact_evidence([attributes["evidence"]], self._evidence, vocabulary)
            attributes["evidence"] = shown
        return attributes

    def numbers(self, name: object) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
        """Return the numbers of an attribute, and where networkx takes 1, as there is none.

        ``None`` if it is not a number everywhere, or not kept as an array.
        """
        values = np.full(len(self.source), np.nan)
        if name == "weight":
            values[: self.n_links] = self._weights
            if self._structure is not None:
                values[self.n_links : self.n_before_containment] = self._structure.weights
        elif name == "confidence":
            values[: self.n_links] = confidence = self._links.confidence
            if not self._flat and (np.isnan(confidence) & (self._weights != 1.0)).any():
                return None
        elif name is not None:
            return None
        missing = np.isnan(values)
        values[missing] = 1.0
        return values, missing


class _Structure:
    """Relationships and associations as edges of a view."""

    def __init__(
        self,
        relationships: Relationships,
        index: NDArray[np.int64],
        link_ids: NDArray[np.uint8],
    ) -> None:
        self._relationships = relationships
        self._index = index
        self.source = relationships.source[index]
        self.target = relationships.target[index]
        self.weights = relationships.weight[index]
        ids = relationships.ids
        # A link may have the same id, and so may the row before or after: they are sorted.
        shared = find_ids(ids, link_ids) >= 0
        alike = (ids[1:] == ids[:-1]).all(axis=1)
        shared[1:] |= alike
        shared[:-1] |= alike
        keys = [
            f"{kind}:{key}" if twice else key
            for key, kind, twice in zip(
                id_strings(ids).to_pylist(), relationships.kind.to_pylist(), shared, strict=True
            )
        ]
        self.keys: list[str] = [keys[row] for row in index.tolist()]

    def attributes(self, edge: int) -> dict[str, Any]:
        """Return the attributes of an edge; what the record lacks is null."""
        rows, row = self._relationships, int(self._index[edge])
        score, weight = float(rows.score[row]), float(rows.weight[row])
        names = ("kind", "type", "status", "label", "evidence")
        attributes = {name: getattr(rows, name)[row].as_py() for name in names}
        # As with links: networkx would take 1 for an attribute that is missing.
        attributes["score"] = None if math.isnan(score) else score
        if not math.isnan(weight):
            attributes["weight"] = weight
        return attributes


class _Adjacency(_Contents):
    """For each node, its neighbours one way."""

    def __init__(self, edges: Edges, near: NDArray[np.int32], far: NDArray[np.int32]) -> None:
        self.edges = edges
        self.leaves = near is edges.source
        # Stable, and links come sorted by id: parallel links stay in the order of their ids.
        order = np.lexsort((far, near))
        self.order = order.astype(np.int32) if len(order) < 2**31 else order
        self.far = far[order]
        self.first = np.searchsorted(near[order], np.arange(len(edges.ids) + 1))

    def way(self) -> Way:
        return Way(self.edges, self.first, self.far, self.order)

    def __getitem__(self, node: str) -> _Neighbours:
        code = self.edges.index[node]
        return _Neighbours(self, int(self.first[code]), int(self.first[code + 1]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.edges.ids)

    def __len__(self) -> int:
        return len(self.edges.ids)

    def __contains__(self, node: object) -> bool:
        return node in self.edges.index

    def items(self) -> ItemsView[str, _Neighbours]:
        return _Items(self)


class _Neighbours(_Contents):
    """The neighbours of one node, each with the links to it."""

    __slots__ = ("__dict__", "_adjacency", "_begin", "_end")

    def __init__(self, adjacency: _Adjacency, begin: int, end: int) -> None:
        self._adjacency = adjacency
        self._begin = begin
        self._end = end

    @cached_property
    def _starts(self) -> list[int]:
        """Start of each neighbour's links, and the end of the last one's."""
        far = self._adjacency.far[self._begin : self._end]
        new = np.flatnonzero(far[1:] != far[:-1]) + 1
        inner = (new + self._begin).tolist()
        return [self._begin, *inner, self._end] if len(far) else [self._end]

    def __getitem__(self, node: str) -> _Parallel:
        adjacency = self._adjacency
        code = adjacency.edges.index[node]
        far = adjacency.far[self._begin : self._end]
        begin, end = np.searchsorted(far, [code, code + 1])
        if begin == end:
            raise KeyError(node)
        return _Parallel(adjacency, self._begin + int(begin), self._begin + int(end))

    def __iter__(self) -> Iterator[str]:
        ids, far = self._adjacency.edges.ids, self._adjacency.far
        return (ids[far[start]] for start in self._starts[:-1])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def items(self) -> ItemsView[str, _Parallel]:
        return _Items(self)

    def pairs(self) -> Iterator[tuple[str, _Parallel]]:
        adjacency, starts = self._adjacency, self._starts
        ids, far = adjacency.edges.ids, adjacency.far
        for begin, end in pairwise(starts):
            yield ids[far[begin]], _Parallel(adjacency, begin, end)


class _Parallel(_Contents):
    """The links from one node to another, by key."""

    __slots__ = ("_adjacency", "_begin", "_end")

    def __init__(self, adjacency: _Adjacency, begin: int, end: int) -> None:
        self._adjacency = adjacency
        self._begin = begin
        self._end = end

    def _numbers(self) -> list[int]:
        numbers: list[int] = self._adjacency.order[self._begin : self._end].tolist()
        return numbers

    def __getitem__(self, key: str) -> _Attributes:
        edges = self._adjacency.edges
        for edge in self._numbers():
            if edges.key(edge) == key:
                return edges.attributes(edge)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return map(self._adjacency.edges.key, self._numbers())

    def __len__(self) -> int:
        return self._end - self._begin

    def items(self) -> ItemsView[str, _Attributes]:
        return _Items(self)

    def pairs(self) -> Iterator[tuple[str, _Attributes]]:
        edges = self._adjacency.edges
        for edge in self._numbers():
            yield edges.key(edge), edges.attributes(edge)


class _Items(ItemsView[str, Any]):
    """Items in one pass, without looking each key up again."""

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        mapping: Any = self._mapping  # type: ignore[attr-defined]  # the base class keeps it so
        if isinstance(mapping, _Adjacency):
            first = mapping.first.tolist()
            for code, node in enumerate(mapping.edges.ids):
                yield node, _Neighbours(mapping, first[code], first[code + 1])
        else:
            yield from mapping.pairs()


class _NodeAttributes(_Contents):
    """Attributes of each node."""

    def __init__(self, graph: GraphData, edges: Edges, *, flat: bool) -> None:
        self._table = graph.node_table.select(NODE_ATTRIBUTES)
        self._nodes = graph.nodes
        self._edges = edges
        self._flat = flat

    def __getitem__(self, node: str) -> _Attributes:
        code = self._edges.index[node]
        attributes = self._table.slice(code, 1).to_pylist()[0]
        attributes["label"] = self._nodes.label[code].as_py()
        return _Attributes(flat_attributes(attributes) if self._flat else attributes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._edges.ids)

    def __len__(self) -> int:
        return len(self._edges.ids)

    def __contains__(self, node: object) -> bool:
        return node in self._edges.index


class Way(NamedTuple):
    """The edges of a view one way, as arrays, in the order in which networkx goes through them.

    Attributes
    ----------
    edges
        The edges, of which this is one way: it names nodes and edges, and has their numbers.
    first
        First edge of each node in the other arrays, and the end of the last one's.
    far
        Positions of the nodes at the other ends.
    order
        Positions of the edges, as in :meth:`Edges.numbers`.
    """

    edges: Edges
    first: NDArray[np.intp]
    far: NDArray[np.int32]
    order: NDArray[np.integer[Any]]


def ways_of(graph: object) -> tuple[Way, Way] | None:
    """Return the edges out of nodes and into nodes; ``None`` unless the graph is a view of ours."""
    forth, back = (getattr(graph, name, None) for name in ("_succ", "_pred"))
    if not isinstance(forth, _Adjacency) or not isinstance(back, _Adjacency) or back.leaves:
        return None
    return forth.way(), back.way()


def _edge_data(
    adjacency: _Adjacency, u: str, v: str, key: str | None = None, default: Any = None
) -> Any:
    """Return the value of an ordinary graph's ``get_edge_data``: dicts, as JSON's writers need."""
    try:
        parallel = adjacency[u][v]
        return _Attributes(parallel.items()) if key is None else parallel[key]
    except KeyError:
        return default


def view_of(
    graph: GraphData,
    *,
    containment: bool,
    evidence: KeptEvidence | str,
    relationships: bool,
    keep_unweighted: bool,
    flat: bool = False,
) -> nx.MultiDiGraph[str]:
    """Build the view; see :meth:`LinkGraph.to_networkx`."""
    shown = as_kept_evidence(evidence)
    kept, left_out = weighted_links(graph, keep_unweighted=keep_unweighted)
    view: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    structure = None
    if relationships:
        weighed = ~np.isnan(graph.relationships.weight)
        rows = np.flatnonzero(weighed | keep_unweighted)
        structure = _Structure(graph.relationships, rows, graph.link_ids)
    edges = Edges(
        graph, kept, containment=containment, evidence=shown, flat=flat, structure=structure
    )
    view.graph.update(metadata_of(graph, evidence=shown), links_left_out=left_out)
    if structure is not None:
        view.graph["relationships_left_out"] = len(graph.relationships) - len(structure.keys)
    if flat:
        # Readers take from it how characters that XML cannot carry are escaped.
        facts = flat_attributes({**view.graph, "profile": "plain"})
        view.graph.clear()
        view.graph.update(facts)
    nx.freeze(view)
    # networkx keeps these in descriptors that accept any mapping; its own views set them so too.
    forth = _Adjacency(edges, edges.source, edges.target)
    back = _Adjacency(edges, edges.target, edges.source)
    parts = {
        "_node": _NodeAttributes(graph, edges, flat=flat),
        "_adj": forth,
        "_succ": forth,
        "_pred": back,
        "get_edge_data": partial(_edge_data, forth),
        # A backend would keep the view itself: it has its arrays already.
        "__networkx_cache__": None,
    }
    for name, part in parts.items():
        setattr(view, name, part)
    _offer_backend()
    return view


@cache
def _offer_backend() -> None:
    """Offer our backend to networkx, last of all: once, so that it stays out if it is taken out."""
    chosen = nx.config.backend_priority
    names = list(getattr(chosen, "algos", chosen))
    installed = entry_points(group="networkx.backends", name=BACKEND)
    if installed and BACKEND not in names:
        nx.config.backend_priority = [*names, BACKEND]
