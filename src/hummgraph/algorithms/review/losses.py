"""Decided links that a graph does not have any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.review.findings import Finding
from hummgraph.graph.overlay import places
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.ids import id_strings
from hummgraph.records.models import Status
from hummgraph.records.nodes import Level, find_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.records.nodes import Nodes

__all__ = ["Loss", "losses"]

_DECIDED: Final = {APPROVED: str(Status.APPROVED), REJECTED: str(Status.REJECTED)}


@dataclass(frozen=True, slots=True)
class _Gone:
    """A decided link that is gone, as it was."""

    link_id: str
    status: str
    ends: tuple[str, str] | None = None
    """Ids of its ends, with their levels where these are known."""
    paths: tuple[str, str] | None = None
    """Names of its ends."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A decided link that is gone, and no link between its ends has its status."""

    link: _Gone
    missing: tuple[str, ...]
    """Names of ends that the catalogue does not have any more."""
    others: tuple[tuple[str, str], ...]
    """Ids and statuses of the links that join its ends now."""

    @property
    def by_deletion(self) -> bool:
        """Whether a column was deleted under an APPROVED link."""
        return bool(self.missing) and self.link.status == Status.APPROVED

    def finding(self) -> Finding:
        """Return the loss as a finding."""
        link = self.link
        if link.paths is None:
            return Finding(f"Link {{}} is {link.status}, but gone.", (link.link_id,), link.link_id)
        text = f"{{}} = {{}} is {link.status}, but the link is gone"
        names: tuple[str, ...] = link.paths
        if self.missing:
            verb = "is" if len(self.missing) == 1 else "are"
            text += f", and {' and '.join(['{}'] * len(self.missing))} {verb} deleted"
            names += self.missing
        elif self.others:
            (other, status), *_ = self.others
            text += f"; link {{}} joins the two now, and is {status}"
            names += (other,)
        return Finding(f"{text}.", names, link.link_id, *link.paths)


def losses(graph: LinkGraph, before: LinkGraph | None) -> list[Loss]:
    """Return the decided links that a graph does not have any more, by link id.

    Parameters
    ----------
    graph
        The graph now. Decisions applied to it that found no link count, too.
    before
        The graph as it was, or ``None``.

    Notes
    -----
    A link is not lost if another one between the same two nodes has the same status: the decision
    still holds. O(n log n) for n links.
    """
    gone = sorted(_gone(graph, before), key=lambda one: one.link_id)
    nodes = graph.arrays.nodes
    ends = [one.ends for one in gone if one.ends is not None]
    placed = iter(
        zip(
            *(places([pair[side] for pair in ends], nodes).tolist() for side in (0, 1)), strict=True
        )
    )
    at = [(-1, -1) if one.ends is None else next(placed) for one in gone]
    now = _links_between(graph, {(min(two), max(two)) for two in at if min(two) >= 0})
    found = []
    for one, two in zip(gone, at, strict=True):
        others = tuple(now.get((min(two), max(two)), ()))
        if all(status != one.status for _, status in others):
            found.append(Loss(one, _missing(one, two, nodes), others))
    return found


def _gone(graph: LinkGraph, before: LinkGraph | None) -> Iterator[_Gone]:
    """Yield the decided links that are gone, each once; a later decision replaces the status."""
    later = {one.link_id: one for one in graph.arrays.decisions.skipped}
    if before is not None:
        links, nodes = before.arrays.links, before.arrays.nodes
        decided = np.flatnonzero((links.status == APPROVED) | (links.status == REJECTED))
        lost = decided[find_ids(before.link_ids[decided], graph.link_ids) < 0]
        for link_id, index in zip(
            id_strings(before.link_ids[lost]).to_pylist(), lost.tolist(), strict=True
        ):
            decision = later.pop(link_id, None)
            status = _DECIDED[int(links.status[index])] if decision is None else decision.status
            source, target = int(links.ends.source[index]), int(links.ends.target[index])
            if status in _DECIDED.values():
                ends = _exact_id(source, nodes), _exact_id(target, nodes)
                paths = nodes.path[source].as_py(), nodes.path[target].as_py()
                yield _Gone(link_id, status, ends, paths)
    graphs = [graph] if before is None else [graph, before]
    for decision in later.values():
        if decision.status not in _DECIDED.values():
            continue
        if decision.source is None or decision.target is None:
            yield _Gone(decision.link_id, decision.status)
            continue
        ends = decision.source, decision.target
        paths = _name(ends[0], graphs), _name(ends[1], graphs)
        yield _Gone(decision.link_id, decision.status, ends, paths)


def _exact_id(index: int, nodes: Nodes) -> str:
    level = list(Level)[int(nodes.depth[index])]
    return f"{level}:{id_strings(nodes.ids[[index]])[0].as_py()}"


def _name(node_id: str, graphs: Sequence[LinkGraph]) -> str:
    """Return the name of a node in the first graph that has it; its id if none does."""
    for graph in graphs:
        nodes = graph.arrays.nodes
        (at,) = places([node_id], nodes).tolist()
        if at >= 0:
            return str(nodes.path[at].as_py())
    return node_id


def _links_between(
    graph: LinkGraph, pairs: set[tuple[int, int]]
) -> dict[tuple[int, int], list[tuple[str, str]]]:
    """Return ids and statuses of the links between pairs of nodes, smaller node first."""
    ends = graph.arrays.links.ends
    n = graph.n_nodes
    low = np.minimum(ends.source, ends.target).astype(np.int64)
    key = low * n + np.maximum(ends.source, ends.target)
    chosen = np.flatnonzero(np.isin(key, [one * n + other for one, other in pairs]))
    found: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for index in chosen.tolist():
        link = graph.link(index)
        found.setdefault(divmod(int(key[index]), n), []).append((link.link_id, link.status))
    return found


def _missing(one: _Gone, at: tuple[int, int], nodes: Nodes) -> tuple[str, ...]:
    """Return the names of ends that are not among nodes of which the catalogue knows some."""
    if one.ends is None or one.paths is None:
        return ()
    found = []
    for end, path, place in zip(one.ends, one.paths, at, strict=True):
        level = end.rpartition(":")[0] or Level.COLUMN
        begin, stop = nodes.first[[Level(level).depth, Level(level).depth + 1]].tolist()
        if place < 0 and nodes.resolved[begin:stop].any():
            found.append(path)
    return tuple(dict.fromkeys(found))
