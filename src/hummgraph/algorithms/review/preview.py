"""Preview of decisions: their changes, before they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.explain.why import check_own_clusters
from hummgraph.algorithms.review.effects import (
    changed_cells,
    changed_contradictions,
    changed_joins,
    changed_violations,
    cluster_changes,
    member_moves,
)
from hummgraph.algorithms.review.held import held_clusters
from hummgraph.algorithms.review.regrouping import KINDS, regroupings
from hummgraph.algorithms.review.sentences import preview_sentences
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters_option, check_graph
from hummgraph.frames import Card, Frame, Shows, counted, title_of
from hummgraph.graph.decisions import Decision
from hummgraph.records.display import LinkDisplay
from hummgraph.records.ids import id_strings
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.review.held import Change
    from hummgraph.algorithms.review.regrouping import Regrouping
    from hummgraph.graph.journal import DecisionSource
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Preview", "preview"]


@dataclass(frozen=True, eq=False, repr=False)
class Preview(Shows):
    """Changes that decisions would make: clusters, contradictions, crosswalk cells and joins.

    Tables compare the clusters before with those after, which the same setting makes.

    Parameters
    ----------
    before
        The clusters without the decisions.
    graph
        The graph with the decisions.

    Notes
    -----
    Which members change their clusters is known at once. The tables need the names of the new
    clusters; they are computed at first use, in O(n log n + m) for n nodes and m links.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> (found,) = cluster(graph).contradictions
    >>> would = preview(graph, {found.cut[0]: "REJECTED"})
    >>> would
    <Preview: 1 link decided; 1 cluster regroups; 1 contradiction resolved>
    """

    before: Clusters
    graph: LinkGraph
    _change: Change = field(repr=False)

    @cached_property
    def after(self) -> Clusters:
        """The clusters with the decisions, equal to those that the held setting makes."""
        return held_clusters(self.before).after(self._change).clusters(self.graph)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions, the latest about each link, by link id."""
        return self.graph.arrays.decisions.decisions

    @cached_property
    def decided(self) -> Frame:
        """The links whose status would change: one row each, by link id."""
        index, before = self._change.links, self.before.graph.arrays
        ends, nodes = before.links.ends, before.nodes
        old, new = before.links.status[index], self._change.status
        table = pa.table(
            {
                "link_id": id_strings(self.graph.link_ids[index]),
                "source_path": nodes.path.take(pa.array(ends.source[index])),
                "target_path": nodes.path.take(pa.array(ends.target[index])),
                "previous_status": pa.array([before.statuses[code] for code in old], pa.string()),
                "status": pa.array([before.statuses[code] for code in new], pa.string()),
            }
        )
        return Frame(table, display=LinkDisplay(self.graph.snapshot))

    @cached_property
    def reverse(self) -> tuple[Decision, ...]:
        """The decisions that take these back, by link id.

        Raises
        ------
        ArgumentError
            If a link had a status that no decision has.
        """
        found = []
        for row in self.decided:
            if row["previous_status"] not in list(Status):
                raise ArgumentError(
                    f"Link {row['link_id']} had a status that is none of {', '.join(Status)};"
                    " no decision restores it.",
                    hint="Keep the graph without the decisions; it never changes.",
                )
            found.append(Decision(row["link_id"], row["previous_status"]))
        return tuple(found)

    # --- clusters ------------------------------------------------------------------------------

    @cached_property
    def regroupings(self) -> list[Regrouping]:
        """Changes of clusters, by labels, the largest first."""
        change = self._change
        label = held_clusters(self.before).label[change.nodes]
        return regroupings(change.nodes, label, change.group)

    @cached_property
    def n_clusters_by_change(self) -> dict[str, int]:
        """Number of changes of clusters by kind: ``"merged"``, ``"split"`` and so on."""
        kinds = [one.kind for one in self.regroupings]
        return {kind: kinds.count(kind) for kind in KINDS}

    @cached_property
    def changes(self) -> Frame:
        """Changes of clusters: one row for clusters that share members.

        ``change`` is ``"merged"`` (several become one), ``"split"`` (one becomes several),
        ``"regrouped"`` (several become several, or one both wins and loses members),
        ``"appeared"``, ``"vanished"``, ``"grew"`` or ``"shrank"``. ``before`` and ``after`` have
        names and numbers of members, ``members`` counts all of these, and ``moved`` those in
        :attr:`moves`. The clusters worth most to a search for identities come first.
        """
        return cluster_changes(self)

    @cached_property
    def moves(self) -> Frame:
        """Members that would be in another cluster: one row each.

        A new cluster continues the old one with which it shares most members; its other members
        move. ``cluster_before`` and ``cluster_after`` are names; null means no cluster.
        """
        return member_moves(self)

    # --- what depends on them ------------------------------------------------------------------

    @cached_property
    def contradictions(self) -> Frame:
        """Contradictions ``made`` and ``resolved``, by ``change``: one row each, by link id."""
        return changed_contradictions(self)

    @cached_property
    def violations(self) -> Frame:
        """Violations of the setting's rule ``made`` and ``resolved``: one row each.

        Several members of one system or table in a cluster, which only APPROVED links force where
        the rule is part of the setting. Without a rule there are none; see :func:`audit`.
        """
        return changed_violations(self)

    @cached_property
    def cells(self) -> Frame:
        """Cells of the crosswalk that would change: one row each, by cluster and system."""
        return changed_cells(self)

    @cached_property
    def joins(self) -> Frame:
        """Pairs of tables that could be joined and now cannot, or the reverse: one row each.

        Two tables can be joined if a cluster has a column of each that identifies rows. ``change``
        is ``"appears"`` or ``"vanishes"``; ``source`` and ``target`` are such columns.
        """
        return changed_joins(self)

    # --- as text -------------------------------------------------------------------------------

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Changes in plain sentences, clusters first."""
        return preview_sentences(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the preview as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> sorted(preview(graph, {}).to_dict())[-4:]
        ['moves', 'sentences', 'setting', 'violations']
        """
        return {
            "setting": self.before.setting.to_dict(),
            "decided": list(self.decided),
            "clusters_before": self.before.n_clusters,
            "clusters_after": self.after.n_clusters,
            "changes": list(self.changes),
            "moves": list(self.moves),
            "contradictions": list(self.contradictions),
            "violations": list(self.violations),
            "cells": list(self.cells),
            "joins": list(self.joins),
            "sentences": list(self.sentences),
        }

    def __repr__(self) -> str:
        parts = [f"{counted(len(self._change.links), 'link')} decided"]
        for kind, (one, several) in _VERBS.items():
            number = self.n_clusters_by_change[kind]
            if number:
                parts.append(f"{counted(number, 'cluster')} {one if number == 1 else several}")
        for change in ("resolved", "made"):
            number = len(self.contradictions.filter(change=change))
            if number:
                parts.append(f"{counted(number, 'contradiction')} {change}")
        if len(parts) == 1:
            parts.append("no cluster changes")
        return f"<Preview: {'; '.join(parts)}>"

    def _card_(self) -> Card:
        shown = self.changes.select("change", "before", "after", "members", "moved")
        notes = [line for line in self.sentences if not line.startswith("Clusters: ")]
        return Card(title_of(self), table=shown, things="changes", notes=notes)


_VERBS = {
    "merged": ("is merged", "are merged"),
    "split": ("splits", "split"),
    "regrouped": ("regroups", "regroup"),
    "appeared": ("appears", "appear"),
    "vanished": ("vanishes", "vanish"),
    "grew": ("grows", "grow"),
    "shrank": ("shrinks", "shrink"),
}


def preview(
    graph: LinkGraph,
    decisions: DecisionSource,
    *,
    clusters: Clusters | None = None,
    missing: str = "raise",
) -> Preview:
    """Return the changes that decisions would make, under the setting in force.

    The setting is kept, so that every difference is caused by these decisions alone.

    Parameters
    ----------
    graph
        The graph before the decisions.
    decisions
        One or several, as ``graph.with_decisions`` takes them. ``"SUGGESTED"`` takes a decision
        back; :func:`decide_suggestions` and :func:`take_out` make lists.
    clusters
        Result of :func:`cluster` on the graph, whose setting is held; ``cluster(graph)`` by
        default.
    missing
        Handling of links that the graph does not have: ``"raise"``, ``"skip"`` or
        ``"by_ends"``; see :meth:`LinkGraph.with_decisions`.

    Returns
    -------
    Preview
        Changes whose ``after`` equals ``cluster(graph.with_decisions(decisions),
        setting=clusters.setting)``. Undo is the preview of its ``reverse``.

    Raises
    ------
    DecisionError
        If decisions cannot be read, contradict each other, or do not fit the graph.
    ArgumentError
        If the clusters belong to another graph, or an argument is something else.

    Notes
    -----
    Methods with a merge tree (``components``, ``single``, ``average``, ``complete``) join again
    only the clusters that the decided links can change, and those that these may join. The first
    preview of a result of :func:`cluster` takes about as long as clustering. Each further one takes
    O(n + m) for copies of n nodes and m links, and the time to join those clusters. All other
    methods cluster the whole graph again.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> (found,) = cluster(graph).contradictions
    >>> would = preview(graph, {found.cut[0]: "REJECTED"})
    >>> print(would.sentences[1])
    Clusters: person email (15), company email (4) become person email (14), company email (5).
    >>> preview(would.graph, would.reverse, clusters=would.after)
    <Preview: 1 link decided; 1 cluster regroups; 1 contradiction made>
    """
    check_graph(graph, "preview")
    if clusters is None:
        clusters = cluster(graph)
    check_clusters_option(clusters)
    check_own_clusters(graph, clusters)
    before = clusters.graph  # read by the policy of the clusters
    decided = before.with_decisions(decisions, missing=missing)
    status = decided.arrays.links.status
    links = np.flatnonzero(status != before.arrays.links.status)
    change = held_clusters(clusters).change(links, status[links])
    return Preview(clusters, decided, change)
