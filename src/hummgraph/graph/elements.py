"""Nodes and links, one at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from hummgraph.errors import LinkNotFoundError
from hummgraph.errors.texts import quoted
from hummgraph.frames import Shows
from hummgraph.graph.checks import as_position
from hummgraph.records.display import shown_field, shown_repr
from hummgraph.records.ids import id_bytes, id_pairs, id_strings, parse_id, unpacked
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from hummgraph.graph.data import GraphData

__all__ = ["Level", "Link", "Node", "link_at", "link_position", "node_at"]


@dataclass(frozen=True, slots=True)
class Node(Shows):
    """A system, a table or object, or a column or field.

    Parameters
    ----------
    index
        Position among the graph's nodes, 0-based.
    node_id
        The API's id, with the level before it only if the id occurs at two levels.
    level
        Its level.
    name
        Its own name, or the first characters of its id if it has none.
    path
        ``system/[schema.]table[.column]``.
    parent
        Position of the node above, or ``None``.
    kind
        Connector type of a system; ``table``, ``saas_object``, ``column`` or ``saas_field``.
    data_type
        Type of a column or field, as its system calls it.
    description
        Its description in the catalogue.
    is_active
        Whether the catalogue calls the node itself active; ``None`` where it does not say.
    resolved
        Whether it has a name.
    deleted
        Whether ``is_active`` is false for the node, its table or its system.

    Examples
    --------
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph import LinkGraph
    >>> LinkGraph(load_demo().snapshot()).node("Stripe/customers.email").kind
    'saas_field'
    """

    index: int
    node_id: str
    level: Level
    name: str
    path: str
    parent: int | None
    kind: str | None
    data_type: str | None
    description: str | None
    is_active: bool | None
    resolved: bool
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Link(Shows):
    """An entity link with all its fields.

    Parameters
    ----------
    link_index
        Position among the graph's links, 0-based.
    link_id
        The API's id.
    source, target
        Ids of the nodes at its ends, as Humm sent them: a direction, not proof of data flow.
    link_type, status
        Type and status as sent.
    confidence
        Stored confidence in [0, 1], or ``None``.
    weight
        The confidence under the graph's policy, in [0, 1], or ``None`` if it is undefined.
    evidence
        Support of the link: any JSON object, or ``None``.
    created_at, updated_at
        Times in UTC.

    Examples
    --------
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph import LinkGraph
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> graph.link(graph.links["link_id"][0]).link_index
    0
    """

    link_index: int
    link_id: str
    source: str
    target: str
    link_type: str
    status: str
    confidence: float | None
    weight: float | None
    evidence: dict[str, Any] | None = field(repr=False)
    created_at: datetime | None
    updated_at: datetime | None

    def __repr__(self) -> str:
        return shown_repr(self)

    def _shown_field_(self, name: str) -> Any:
        return shown_field(self, name)


def node_at(data: GraphData, index: int) -> Node:
    """Return the node at a position."""
    nodes = data.nodes
    parent = int(nodes.parent[index])
    return Node(
        index=index,
        node_id=nodes.id_text[index].as_py(),
        level=list(Level)[nodes.depth[index]],
        name=nodes.name[index].as_py(),
        path=nodes.path[index].as_py(),
        parent=parent if parent >= 0 else None,
        kind=nodes.kind[index].as_py(),
        data_type=nodes.data_type[index].as_py(),
        description=nodes.description[index].as_py(),
        is_active=nodes.is_active[index].as_py(),
        resolved=bool(nodes.resolved[index]),
        deleted=bool(nodes.deleted[index]),
    )


def link_at(data: GraphData, index: int) -> Link:
    """Return the link at a position."""
    links, nodes = data.links, data.nodes
    row = data.snapshot.links.slice(int(links.row[index]), 1)
    evidence = row.column("evidence")[0].as_py()
    confidence, weight = float(links.confidence[index]), float(data.weights[index])
    return Link(
        link_index=index,
        link_id=id_strings(id_bytes(row.column("link_id").combine_chunks()))[0].as_py(),
        source=nodes.id_text[int(links.ends.source[index])].as_py(),
        target=nodes.id_text[int(links.ends.target[index])].as_py(),
        link_type=data.link_types[links.link_type[index]],
        status=data.statuses[links.status[index]],
        confidence=None if np.isnan(confidence) else confidence,
        weight=None if np.isnan(weight) else weight,
        evidence=None if evidence is None else json.loads(evidence),
        created_at=row.column("created_at")[0].as_py(),
        updated_at=row.column("updated_at")[0].as_py(),
    )


def link_position(data: GraphData, link: str | UUID | bytes | NDArray[np.uint8] | int) -> int:
    """Return the position of a link by its id, or check a position; O(log n_links).

    Raises
    ------
    LinkNotFoundError
        If there is no such link.
    """
    link = unpacked(link)
    if not isinstance(link, str | UUID):
        index = as_position("link", link)
        if not 0 <= index < data.n_links:
            raise LinkNotFoundError(
                f"No link at {index}; positions run from 0 to {data.n_links - 1}."
            )
        return index
    packed = parse_id(str(link))
    if packed is not None:
        pairs = id_pairs(data.link_ids)
        wanted = id_pairs(np.frombuffer(packed, dtype=np.uint8).reshape(1, 16))
        first = int(np.searchsorted(pairs["high"], wanted["high"][0]))
        for index in range(first, len(pairs)):
            if pairs["high"][index] != wanted["high"][0]:
                break
            if pairs["low"][index] == wanted["low"][0]:
                return index
    raise LinkNotFoundError(f"No link has the id {quoted(str(link))} ({data.n_links:,} links).")
