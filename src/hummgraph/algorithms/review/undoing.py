"""Journals as far as they hold, and decisions that take their last ones back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.review.choosing import decisions_of
from hummgraph.errors import DecisionError
from hummgraph.errors.texts import quoted
from hummgraph.frames import Listing
from hummgraph.graph.decisions import Asked, Decision, order_of
from hummgraph.graph.merging import merge_decisions
from hummgraph.records.ids import id_strings
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hummgraph.graph.decisions import Record
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Laid", "lay_over", "undoing"]


@dataclass(frozen=True, slots=True)
class Laid:
    """A graph with a journal applied.

    Parameters
    ----------
    graph
        The graph.
    n_open
        Number of links and nodes about which equally late answers differ, which are left out.
    """

    graph: LinkGraph
    n_open: int


def lay_over(graph: LinkGraph, records: Sequence[Record]) -> Laid:
    """Return a graph with the decisions of a journal, by ids or ends, as far as they hold.

    O(n log n) for n records, besides ``graph.with_decisions``.
    """
    conflicts = merge_decisions(records).conflicts
    is_open = {row["link_id"] or row["node_id"] for row in conflicts if row["holds"] is None}
    held = [
        row
        for row in records
        if (row.link_id if isinstance(row, Decision) else row.node_id) not in is_open
    ]
    if not held:
        return Laid(graph, len(is_open))
    return Laid(graph.with_decisions(held, missing="by_ends"), len(is_open))


def undoing(
    graph: LinkGraph,
    records: Sequence[Record],
    links: Collection[str] = (),
    **about: Any,
) -> tuple[Decision, ...]:
    """Return the decisions that take the last ones of a journal back.

    A link gets the status that it has without them.

    Parameters
    ----------
    graph
        The graph before the journal.
    records
        The journal.
    links
        Ids of links of the graph: the last decision about each. By default all decisions with the
        latest time, which were made together.
    **about
        ``decided_at``, ``note`` and ``who`` of each :class:`Decision`. ``asked`` is that of the
        decision that holds again, if there is one.

    Returns
    -------
    tuple[Decision, ...]
        Decisions by link id, with ends and confidences; none if the last decisions changed nothing.

    Raises
    ------
    DecisionError
        If there are no decisions to take back, or a link had a status that no decision has.

    Notes
    -----
    O(n log n) for n records, besides ``graph.with_decisions``.
    """
    decisions = sorted((row for row in records if isinstance(row, Decision)), key=order_of)
    after = lay_over(graph, records).graph
    if links:
        last = {row.link_id: row for row in decisions}
        given = after.arrays.decisions.given_ids
        own = {row.link_id: given.get(row, row.link_id) for row in after.arrays.decisions.decisions}
        if missing := sorted({*links} - {*own}):
            raise DecisionError(f"The journal has no decision about link {missing[0]}.")
        taken = {last[own[link_id]] for link_id in links}
    elif decisions:
        taken = {row for row in decisions if row.decided_at == decisions[-1].decided_at}
    else:
        raise DecisionError("The journal has no decisions to take back.")
    before = lay_over(graph, [row for row in records if row not in taken]).graph
    old, new = before.arrays.links.status, after.arrays.links.status
    index = np.flatnonzero(old != new)
    held = {row.link_id: row for row in before.arrays.decisions.decisions}
    found = []
    for at, link_id in zip(
        index.tolist(), id_strings(graph.link_ids[index]).to_pylist(), strict=True
    ):
        status = before.arrays.statuses[old[at]]
        if status not in list(Status):
            raise DecisionError(
                f"Link {link_id} had the status {quoted(status)}, which no decision has.",
                hint="Remove its line from the journal.",
            )
        (made,) = decisions_of(graph, np.array([at]), status, **about)
        asked = held[link_id].asked if link_id in held else Asked.CHOSEN
        found.append(replace(made, asked=asked))
    return Listing(found)
