"""Notes for the reader of a page, sentence by sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hummgraph.explorer.words import LEVEL_THINGS
from hummgraph.frames import counted

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy
    from hummgraph.records.redaction import KeptEvidence

__all__ = ["notes_of"]


def notes_of(graph: LinkGraph, policy: Policy, kept_evidence: KeptEvidence) -> list[str]:
    """Return notes on the content of a page, its reading, and its omissions.

    Parameters
    ----------
    graph
        The graph of the page.
    policy
        The policy of the page.
    kept_evidence
        Amount of the evidence that is kept.

    Examples
    --------
    >>> from hummgraph import LinkGraph, Policy, read_links
    >>> from hummgraph.export import KeptEvidence
    >>> notes_of(LinkGraph(read_links([])), Policy(), KeptEvidence.FULL)[0]
    'In this page: 0 systems, 0 tables, 0 fields, 0 links.'
    """
    levels = zip(LEVEL_THINGS.values(), graph.n_nodes_by_level.values(), strict=True)
    held = [counted(n, what) for what, n in levels]
    notes = [f"In this page: {', '.join([*held, counted(graph.n_links, 'link')])}."]
    unnamed = int(np.count_nonzero(~graph.arrays.nodes.resolved))
    if unnamed:
        notes.append(
            "Without a name, and shown by the beginning of the id:"
            f" {unnamed:,} of {graph.n_nodes:,} systems, tables and fields."
        )
    deleted = int(np.count_nonzero(graph.arrays.nodes.deleted))
    if deleted:
        there = counted(int(np.count_nonzero(graph.links_to_deleted)), "link")
        notes.append(
            f"Deleted, itself or its table or system: {deleted:,} of {graph.n_nodes:,} systems,"
            f" tables and fields. With an end there: {there}."
        )
    notes.append(
        "A line runs from the link's source to its target. That is how Humm names its ends; it is"
        " no proof that data flows so."
    )
    lacking = int(np.isnan(graph.arrays.links.confidence).sum())
    if lacking:
        notes.append(f"Without a score: {lacking:,} of {counted(graph.n_links, 'link')}.")
    notes.append(
        "A link without a score joins nothing"
        + (
            ", unless it is approved."
            if policy.approved == "accept"
            else ", unless it was given one when the page was made."
        )
    )
    levelled = int(np.count_nonzero(graph.link_levels < 0))
    if levelled:
        notes.append(
            f"Between two levels, such as a field and a table: {counted(levelled, 'link')}."
        )
    notes.append(kept_evidence.describe())
    return notes
