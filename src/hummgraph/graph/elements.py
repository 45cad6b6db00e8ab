"""Nodes and links, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hummgraph.frames import Shows
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Level", "Link", "Node"]


@dataclass(frozen=True, slots=True)
class Node(Shows):
    """A system, a table or object, or a column or field.

    Parameters
    ----------
    index
        Position among the graph's nodes, 0-based.
    node_id
        The API's id; the level stands before it only where one id occurs at two levels.
    level
        Where it stands.
    name
        Its own name; the first characters of its id where nobody gave one.
    path
        ``system/[schema.]table[.column]``.
    parent
        Position of the node above, or ``None``.
    kind
        Connector type of a system; ``table``, ``saas_object``, ``column`` or ``saas_field``.
    data_type
        Type of a column or field, as its system calls it.
    description
        What the catalogue says of it.
    is_active
        Whether the catalogue calls the node itself active; ``None`` where it does not say.
    resolved
        Whether somebody gave the name.
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
    """An entity link, whole.

    Parameters
    ----------
    link_index
        Position among the graph's links, 0-based.
    link_id
        The API's id.
    source, target
        Ids of the nodes at its ends, as Humm sent them: a direction, not proof of data flow.
    link_type, status
        As sent.
    confidence
        As stored, in [0, 1], or ``None``.
    weight
        What the graph's policy makes of it, in [0, 1], or ``None`` where it is undefined.
    evidence
        What supports it: any JSON object, or ``None``.
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
