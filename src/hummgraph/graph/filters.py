"""Filters: links that meet conditions, and nodes at or below others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level, Node
from hummgraph.graph.policy import check_threshold, rounded
from hummgraph.records.ids import unpacked
from hummgraph.records.nodes import as_level
from hummgraph.records.redaction import KeptEvidence, kept_link_types, kept_statuses

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.graph.data import GraphData

__all__ = ["at_or_below", "link_mask", "node_position"]


def link_mask(
    data: GraphData,
    *,
    min_confidence: float | None,
    max_confidence: float | None,
    status: str | Iterable[str] | None,
    link_type: str | Iterable[str] | None,
    system: str | UUID | Iterable[str | UUID] | None,
    level: Level | str | None,
    nodes: str | UUID | Node | Iterable[str | UUID | Node] | None,
    between: tuple[str | UUID | Node, str | UUID | Node] | None,
    active: bool | None,
) -> NDArray[np.bool_]:
    """Return a mask of the links that meet all conditions; see :meth:`LinkGraph.where`."""
    links = data.links
    keep = np.ones(links.n, dtype=bool)
    if min_confidence is not None:
        lowest = check_threshold("min_confidence", min_confidence)
        keep &= data.policy.accepts(data.filter_weights, links.status, lowest)
    if max_confidence is not None:
        keep &= rounded(links.confidence) <= check_threshold("max_confidence", max_confidence)
    if status is not None:
        keep &= _one_of(
            links.status, _codes_of("status", status, data.statuses, _shown_statuses(data))
        )
    if link_type is not None:
        keep &= _one_of(
            links.link_type, _codes_of("link type", link_type, data.link_types, _shown_types(data))
        )
    if level is not None:
        keep &= data.link_levels == as_level(level).depth
    if system is not None:
        keep &= _links_touching(data, at_or_below(data, system, only=Level.INTEGRATION_SOURCE))
    if nodes is not None:
        keep &= _links_touching(data, at_or_below(data, nodes))
    if between is not None:
        keep &= _links_between(data, between)
    if active is not None:
        keep &= data.links_to_deleted != _as_flag(active)
    return keep


def _as_flag(active: bool) -> bool:  # noqa: FBT001 - the value that is checked
    """Return ``active`` if it is a truth value."""
    if not isinstance(active, bool):
        raise ArgumentError(f"active is {active!r}; it must be True, False or None.")
    return active


def node_position(data: GraphData, node: str | UUID | bytes | NDArray[np.uint8] | Node) -> int:
    """Return the position of a node by id or name; see :meth:`LinkGraph.index_of`."""
    return data.names.find(node.node_id if isinstance(node, Node) else unpacked(node))


def at_or_below(
    data: GraphData,
    wanted: str | UUID | Node | Iterable[str | UUID | Node],
    *,
    only: Level | None = None,
) -> NDArray[np.bool_]:
    """Return a mask of the given nodes and all that they contain.

    Raises
    ------
    ArgumentError
        If a node does not stand at the level ``only``.
    """
    several: Iterable[Any] = [wanted]
    if isinstance(wanted, Iterable) and not isinstance(wanted, str):
        several = wanted
    chosen = np.zeros(len(data.nodes), dtype=bool)
    for node in several:
        index = node_position(data, node)
        if only is not None and data.nodes.depth[index] != only.depth:
            raise ArgumentError(f"{str(node)!r} is not a system; use nodes= for others.")
        chosen[index] = True
    ancestor = data.nodes.ancestor
    below: NDArray[np.bool_] = np.any(chosen[ancestor] & (ancestor >= 0), axis=0)
    return below


def _links_between(data: GraphData, between: Any) -> NDArray[np.bool_]:
    """Return a mask of the links that join two nodes or their descendants."""
    if isinstance(between, str) or not isinstance(between, Iterable):
        raise ArgumentError(f"between is {between!r}; it must be two nodes.")
    pair = tuple(between)
    if len(pair) != 2:
        raise ArgumentError(f"between has {len(pair)} nodes; it must have two.")
    ends = data.links.ends
    one, other = (at_or_below(data, [node]) for node in pair)
    found: NDArray[np.bool_] = one[ends.source] & other[ends.target]
    found |= other[ends.source] & one[ends.target]
    return found


def _links_touching(data: GraphData, below: NDArray[np.bool_]) -> NDArray[np.bool_]:
    ends = data.links.ends
    return np.logical_or(below[ends.source], below[ends.target])


def _codes_of(
    what: str, wanted: str | Iterable[str], known: list[str], shown: Iterable[str]
) -> list[int]:
    """Return the codes of the wanted values; an error names those that are shown."""
    values = [wanted] if isinstance(wanted, str) else list(wanted)
    for value in values:
        if value not in known:
            raise ArgumentError(f"No {what} {value!r}; there are {', '.join(shown)}.")
    return [known.index(value) for value in values]


def _shown_statuses(data: GraphData) -> list[str]:
    known = data.snapshot.label_vocabulary
    return list(dict.fromkeys(kept_statuses(data.statuses, KeptEvidence.VOCABULARY, known)))


def _shown_types(data: GraphData) -> list[str]:
    known = data.snapshot.label_vocabulary
    return list(dict.fromkeys(kept_link_types(data.link_types, KeptEvidence.VOCABULARY, known)))


def _one_of(codes: NDArray[np.integer[Any]], wanted: list[int]) -> NDArray[np.bool_]:
    """Return a mask of the wanted codes: for a few, a hundred times as fast as np.isin."""
    found = np.zeros(len(codes), dtype=bool)
    for code in wanted:
        found |= codes == code
    return found
