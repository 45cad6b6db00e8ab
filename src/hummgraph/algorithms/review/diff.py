"""Diff of two graphs: what changed in links, columns and clusters, and which links caused it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.clustering.clustering import cluster, cluster_setting
from hummgraph.algorithms.review.causes import Causes, fewest
from hummgraph.algorithms.review.comparison import Comparison
from hummgraph.algorithms.review.diff_picture import change_diagram
from hummgraph.algorithms.review.diff_tables import (
    cause_rows,
    changed_links,
    changed_nodes,
    cluster_continuity,
    kept_contradictions,
    moved_members,
    node_changes,
    regrouped_clusters,
)
from hummgraph.algorithms.review.diff_text import diff_markdown, diff_sentences, summary_of
from hummgraph.algorithms.review.matched import LINK_CHANGES, Matched
from hummgraph.algorithms.review.worlds import PLACES, Worlds, fitting
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Shows, title_of
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.algorithms.review.regrouping import Regrouping
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.frames import Frame
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Diff", "diff"]

MAX_WORK = 30_000_000
"""Rows of links and nodes to go through in all searches for causes; it bounds the trials."""

MAX_TRIALS = 1_000


@dataclass(frozen=True, eq=False, repr=False)
class Diff(Shows):
    """Changes from one graph to another: links, columns, tables and clusters, with causes.

    Nodes and links are matched by their ids. Both sides are clustered under one setting, so that
    every change of clusters has its causes in links, or in where columns lie.

    Parameters
    ----------
    before
        Clusters of the old graph.
    after
        Clusters of the new graph, under the same setting.

    Notes
    -----
    Links, columns and clusters are compared in O(n log n) for n nodes and links. Causes are
    searched at first use, which is what takes time: each trial joins again the clusters that the
    links can reach. All searches together are bounded; where many links differ, the last changes
    have causes that suffice, not the fewest.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> old = LinkGraph(load_demo().snapshot())
    >>> (found,) = cluster(old).contradictions
    >>> new = old.with_decisions({found.cut[0]: "REJECTED"})
    >>> changes = diff(old, new)
    >>> changes
    <Diff: 1 link re-decided; 1 cluster regrouped; 1 contradiction resolved>
    """

    before: Clusters
    after: Clusters
    _matched: Matched = field(repr=False)

    @property
    def old(self) -> LinkGraph:
        """The old graph."""
        return self.before.graph

    @property
    def new(self) -> LinkGraph:
        """The new graph, read by the policy of the old one."""
        return self.after.graph

    @property
    def setting(self) -> Setting:
        """The setting of both sides."""
        return self.before.setting

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed: no link, node or cluster."""
        return not (len(self.links) or len(self.nodes)) and self._compared.is_equal

    # --- links and nodes -----------------------------------------------------------------------

    @cached_property
    def links(self) -> Frame:
        """Links that changed: one row each, by link id.

        ``change`` is ``"added"``, ``"removed"``, ``"re-decided"`` (another status),
        ``"re-linked"`` (other ends), ``"re-scored"`` (another confidence) or ``"re-typed"``; of
        several the first is listed. Status, confidence and type follow the ``previous`` ones;
        ``source`` and ``target`` are the ends, of a removed link those that it had. ``with_end``
        says that an end was added or removed together with the link. Evidence is not compared.
        """
        return changed_links(self._matched)

    @cached_property
    def n_links_by_change(self) -> dict[str, int]:
        """Number of links by kind of change; each counts once."""
        counts = np.bincount(self._matched.links.kind, minlength=len(LINK_CHANGES))
        return dict(zip(LINK_CHANGES, counts.tolist(), strict=True))

    @cached_property
    def nodes(self) -> Frame:
        """Systems, tables and columns that changed: one row each.

        ``change`` is ``"added"``, ``"removed"``, ``"moved"`` (to another table or system),
        ``"renamed"`` (the id is the same), ``"deleted"`` (no longer active) or ``"restored"``; of
        several the first is listed. A column whose table alone is renamed is not listed.
        """
        return changed_nodes(self._matched)

    @cached_property
    def n_nodes_by_change(self) -> dict[str, dict[str, int]]:
        """Number of nodes by level, then by kind of change; only kinds that occur."""
        return node_changes(self._matched)

    # --- clusters ------------------------------------------------------------------------------

    @cached_property
    def _compared(self) -> Comparison:
        found = self._matched
        return Comparison(self.before, self.after, found.code_old, found.code_new, len(found.nodes))

    @cached_property
    def n_clusters_by_change(self) -> dict[str, int]:
        """Number of changes of clusters by kind: ``"merged"``, ``"split"`` and so on."""
        return self._compared.n_by_change

    @cached_property
    def changes(self) -> Frame:
        """Changes of clusters: one row for clusters that share members.

        ``change`` is ``"merged"`` (several became one), ``"split"`` (one became several),
        ``"regrouped"`` (several became several, or one both won and lost members),
        ``"appeared"``, ``"vanished"``, ``"grew"`` or ``"shrank"``. ``before`` and ``after`` have
        names and numbers of members; a cluster keeps the name of the one that it continues.
        ``members`` counts all of these, and ``moved`` those in :attr:`moves`. ``causes`` is the
        number of rows in :attr:`causes`, ``decided`` whether one of them is another decision, and
        ``found`` their minimality: ``"smallest"`` (no smaller set undoes the change),
        ``"minimal"`` (none of them can be left out), ``"sufficient"`` (the search was cut short)
        or ``"none"``, where ``assignment`` does not take columns of both graphs together. The
        clusters worth most to a search for identities come first.
        """
        return regrouped_clusters(self._compared, self._matched, self._attributed)

    @cached_property
    def causes(self) -> Frame:
        """The changed links that caused each change of clusters: one row each.

        ``row`` is the position of the change in :attr:`changes`. With these links put back as they
        were, that change is undone: the old clusters are there again. Other sets of as many links
        may undo it as well. ``cause`` is what changed of the link, as in :attr:`links`, or
        ``"moved"``, without a link, for columns that lie in another table or system.
        """
        return cause_rows(self._compared, self._matched, self._attributed)

    @cached_property
    def moves(self) -> Frame:
        """Members that are in another cluster: one row each.

        A new cluster continues the old one with which it shares most members; its other members
        moved. Names are those of the old cluster that one continues; null means no cluster.
        """
        return moved_members(self._compared, self._matched)

    @cached_property
    def continuity(self) -> Frame:
        """Old clusters and the new ones that continue them: one row a pair, or a cluster without.

        A cluster continues at most one other. Clusters that share most members are paired first;
        ties go to the larger new one, then the larger old one, then the smallest node id.
        ``name`` is the cluster's name in the diff, the old one if there is one, and ``name_after``
        its name in the new result. ``shared`` counts members of both, and ``overlap`` is their
        share of the members of either, in [0, 1].
        """
        return cluster_continuity(self._compared)

    @cached_property
    def contradictions(self) -> Frame:
        """Contradictions ``made`` and ``resolved``, by ``change``: one row each, by link id."""
        return kept_contradictions(self._compared, self._matched)

    # --- causes --------------------------------------------------------------------------------

    @cached_property
    def _attributed(self) -> tuple[Causes, ...]:
        """Causes of each change of clusters."""
        return self._causes_of(self._compared.regroupings)

    def _causes_of(self, changes: Sequence[Regrouping]) -> tuple[Causes, ...]:
        """Return the causes of some changes, in their order."""
        if not changes:
            return ()
        worlds = Worlds(self._matched, self.before.level, self.setting)
        found: list[Causes] = []
        left, n_left = MAX_WORK, len(changes)
        for change in changes:
            # What one search does not need is left to the others.
            causes, work = self._search(worlds, change, 2 * left // (n_left + 1))
            found.append(causes)
            left, n_left = max(left - work, 0), n_left - 1
        return tuple(found)

    def _search(self, worlds: Worlds, change: Regrouping, work: int) -> tuple[Causes, int]:
        """Return the causes of a change, and how much work the search was."""
        nodes = change.nodes - worlds.first
        label = self._compared.group_before[change.nodes]
        try:
            world, near = worlds.of(int(nodes[0])), worlds.near(nodes)
        except ArgumentError:
            return Causes((), "none"), 0
        candidates = sorted(world.rows, key=lambda cause: (cause not in near, cause))
        if worlds.places_count:
            candidates.append(PLACES)
        tried: list[int] = []

        def undoes(causes: tuple[int, ...]) -> bool:
            found, spent = world.undoes(causes, nodes, label)
            tried.append(spent)
            return found

        found = fewest(
            undoes,
            candidates,
            n_near=len(near & world.rows.keys()),
            # There are two searches of so many trials.
            max_trials=min(work // world.trial // 2, MAX_TRIALS),
            wider=world.wider(nodes, worlds.near),
        )
        return found, sum(tried)

    # --- another setting -----------------------------------------------------------------------

    @cached_property
    def new_setting(self) -> Setting:
        """The setting that the new graph would get if the same were asked for as of the old one."""
        asked = dict(self.setting.asked)
        if "many_in" in asked:
            asked["many_in"] = self.after.setting.many_in
        return cluster_setting(self.new, level=self.after.level, **asked)

    @cached_property
    def setting_changes(self) -> Frame:
        """Further changes under the new setting: one row for clusters that share members.

        The new graph's clusters under the held setting are compared with those under
        :attr:`new_setting`; columns are as in :attr:`changes`.
        """
        anew = cluster(self.new, level=self.after.level, setting=self.new_setting)
        every = np.arange(self.new.n_nodes, dtype=np.int32)
        compared = Comparison(self.after, anew, every, every, len(every))
        return regrouped_clusters(compared, None, ())

    # --- as text -------------------------------------------------------------------------------

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Changes and their causes, in at most ten sentences."""
        return diff_sentences(self)

    def to_markdown(self, *, max_rows: int = 50) -> str:
        """Return the diff as Markdown, such as for a pull request.

        Parameters
        ----------
        max_rows
            Greatest number of rows of each table, at least 0; the text has the number of all.

        Raises
        ------
        ArgumentError
            If ``max_rows`` is something else.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> print(diff(graph, graph).to_markdown().splitlines()[0])
        # Changes of clusters and links
        """
        return diff_markdown(self, max_rows=max_rows)

    def diagram(self, row: int = 0, *, max_boxes: int = 40) -> Diagram:
        """Return the picture of a change of clusters: all members, before and after in one.

        Links that were removed are dashed, those that were added heavy; other changed links are
        drawn by their new status, with a note of the change, and unchanged ones are thin. Members
        that are in another cluster now have a heavy border.

        Parameters
        ----------
        row
            Position of the change in :attr:`changes`.
        max_boxes
            Greatest number of members to draw, at least 1; those with changed links first.

        Raises
        ------
        ArgumentError
            If there is no such change, or ``max_boxes`` is not a whole number above 0.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> old = LinkGraph(load_demo().snapshot())
        >>> (found,) = cluster(old).contradictions
        >>> picture = diff(old, old.with_decisions({found.cut[0]: "REJECTED"})).diagram(0)
        >>> len(picture.boxes)
        19
        """
        return change_diagram(self, row, max_boxes=max_boxes)

    def to_dict(self) -> dict[str, Any]:
        """Return the diff as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> diff(graph, graph).to_dict()["changes"]
        []
        """
        return {
            "setting": self.setting.to_dict(),
            "links_before": self.old.n_links,
            "links_after": self.new.n_links,
            "clusters_before": self.before.n_clusters,
            "clusters_after": self.after.n_clusters,
            "links": list(self.links),
            "nodes": list(self.nodes),
            "changes": list(self.changes),
            "causes": list(self.causes),
            "moves": list(self.moves),
            "continuity": list(self.continuity),
            "contradictions": list(self.contradictions),
            "new_setting": self.new_setting.to_dict(),
            "setting_changes": list(self.setting_changes),
            "sentences": list(self.sentences),
        }

    def __repr__(self) -> str:
        return f"<Diff: {summary_of(self)}>"

    def _card_(self) -> Card:
        shown = self.changes.select("change", "before", "after", "moved", "causes")
        notes = [line for line in self.sentences if not line.startswith("Cluster changed: ")]
        return Card(title_of(self), table=shown, things="changes", notes=notes)


def diff(
    old: LinkGraph,
    new: LinkGraph,
    *,
    setting: Setting | None = None,
    level: Level | str = Level.COLUMN,
) -> Diff:
    """Return the changes from one graph to another, and the links that caused them.

    Parameters
    ----------
    old
        The graph before; its policy reads both.
    new
        The graph after. It may have other links, columns and systems; those with the same id are
        the same.
    setting
        Setting of the clusters of both; by default as ``cluster(old)`` chooses.
    level
        Level of the members of clusters.

    Returns
    -------
    Diff
        Tables of links, nodes and clusters, with the causes of each change of clusters; and what
        a new setting would also change.

    Raises
    ------
    ArgumentError
        If an argument is something else, or the setting does not suit the level.

    Notes
    -----
    O(n log n) for n nodes and links, and clustering both.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> old = LinkGraph(load_demo().snapshot())
    >>> (found,) = cluster(old).contradictions
    >>> new = old.with_decisions({found.cut[0]: "REJECTED"})
    >>> changes = diff(old, new)
    >>> print(changes.sentences[1])  # doctest: +ELLIPSIS
    Cluster changed: person email (15), company email (4) became person email (14), company email...
    >>> changes.causes["cause"], changes.changes["found"]
    (['re-decided'], ['smallest'])
    """
    check_graph(old, "diff")
    check_graph(new, "diff")
    new = new.with_policy(old.policy)
    before = cluster(old, level=level, setting=setting)
    after = cluster(new, level=level, setting=fitting(before.setting, new))
    return Diff(before, after, Matched(old, new))
