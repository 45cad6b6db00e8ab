"""Clusters under a held setting, of which a decision changes only the part that it can reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from hummgraph.algorithms.clustering.clustering import (
    METHODS,
    clustered,
    clusters_of,
    joins_to_stop,
)
from hummgraph.algorithms.clustering.constraints import Constraints
from hummgraph.algorithms.clustering.problem import ClusteringProblem, Pairs
from hummgraph.algorithms.kernels.components import first_seen
from hummgraph.algorithms.review.links import LinkedPairs, PairValues
from hummgraph.graph.data import LinkArrays, LinkColumns
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.constraints import Joins

__all__ = ["Change", "Held", "held_clusters", "regrouped"]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Joins by the best link between both sides: arrays of shape (n_joins,)."""

    link: NDArray[np.int64]
    height: NDArray[np.float64]

    def take(self, chosen: NDArray[np.bool_]) -> History:
        """Return some of the joins."""
        return History(self.link[chosen], self.height[chosen])

    def differing(self, other: History) -> NDArray[np.int64]:
        """Return the links of joins that only one of two histories has, each once."""
        one = zip(self.link.tolist(), self.height.tolist(), strict=True)
        two = zip(other.link.tolist(), other.height.tolist(), strict=True)
        return np.array(sorted({link for link, _ in {*one} ^ {*two}}), dtype=np.int64)


_NO_JOINS: Final = History(np.empty(0, dtype=np.int64), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Changes of the clusters that links with other statuses can reach."""

    links: NDArray[np.int64]
    """Positions of the links whose status changes."""
    status: NDArray[np.integer[Any]]
    """New statuses of these links, as codes."""
    nodes: NDArray[np.int64]
    """All members of the clusters whose joins change, sorted, counted from the level's first."""
    group: NDArray[np.int64]
    """New group of each member, numbered from 0 by first nodes: shape (n,)."""
    joins: History
    """New joins of the members, where the method has a merge tree."""
    pairs: NDArray[np.int64]
    """Pairs whose values change, sorted; all pairs where clusters were made again."""
    values: PairValues
    """New values of these pairs."""
    is_whole: bool = False
    """Whether all clusters were made again, so that these are all joins."""


@dataclass(frozen=True, eq=False)
class Held:
    """Clusters of a problem, and the values of its pairs by their links.

    Notes
    -----
    With methods that have a merge tree, joins go from the best to the worst, and no linkage is
    above that of its best part. So clusters grow independently of each other, and joining the nodes
    of some clusters alone gives the joins that they have among all nodes. The changes by other
    statuses begin in the clusters of the links' ends: these are joined alone. Where their joins
    differ from what they were, they may now meet a neighbour that they never met, so they are
    joined once more together with their neighbours, until no further cluster differs. Other methods
    cluster again.
    """

    linked: LinkedPairs
    status: NDArray[np.integer[Any]]
    """Status of each link of the graph, as codes: shape (n_links,)."""
    values: PairValues
    """Values of all pairs."""
    label: NDArray[np.int64]
    """Cluster of each node of the level, shape (n_nodes,); a node in no cluster has its own."""
    history: History
    """All joins, where the method has a merge tree."""

    @classmethod
    def of(cls, clusters: Clusters) -> Held:
        """Return the held values of clusters: O(m log m) for m links."""
        problem = clusters.problem
        linked = LinkedPairs(problem)
        label = clusters.labels[problem.first : problem.first + linked.n_nodes].copy()
        alone = np.flatnonzero(label < 0)
        label[alone] = clusters.n_clusters + np.arange(len(alone))
        status = problem.graph.arrays.links.status
        return cls._made(linked, status, label)

    @classmethod
    def _made(
        cls, linked: LinkedPairs, status: NDArray[np.integer[Any]], label: NDArray[np.int64]
    ) -> Held:
        found = cls(linked, status, linked.values(status), label, _NO_JOINS)
        if not found.is_local:
            return found
        return replace(found, history=found._joins(np.arange(linked.n_nodes), found.values)[1])

    @property
    def problem(self) -> ClusteringProblem:
        """The problem of the clusters before any change."""
        return self.linked.problem

    @property
    def is_local(self) -> bool:
        """Whether a change is found without clustering again."""
        return METHODS[self.problem.setting.method].tree

    @cached_property
    def n_labels(self) -> int:
        """A number above all labels."""
        return int(self.label.max(initial=-1)) + 1

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Number of nodes with each label: shape (n_labels,)."""
        return np.bincount(self.label, minlength=self.n_labels)

    @cached_property
    def contradictions(self) -> NDArray[np.int64]:
        """REJECTED links whose ends are in one cluster, by position."""
        pair = self.linked.pair_of_link
        links = np.flatnonzero((self.status == REJECTED) & (pair >= 0))
        a, b = self.linked.a[pair[links]], self.linked.b[pair[links]]
        inside: NDArray[np.int64] = links[self.label[a] == self.label[b]]
        return inside

    def contradictions_made(self, change: Change) -> int:
        """Return the number of contradictions that a change adds; below 0 if it removes more."""
        linked = self.linked
        own = linked.pair_of_link[change.links]
        pairs = np.union1d(linked.pairs_within(change.nodes), own[own >= 0])
        links = linked.links_of(pairs)
        pair = linked.pair_of_link[links]
        status, label = self.status.copy(), self.label.copy()
        status[change.links] = change.status
        label[change.nodes] = self.n_labels + change.group
        before = (self.status[links] == REJECTED) & (
            self.label[linked.a[pair]] == self.label[linked.b[pair]]
        )
        after = (status[links] == REJECTED) & (label[linked.a[pair]] == label[linked.b[pair]])
        return int(np.count_nonzero(after)) - int(np.count_nonzero(before))

    def violations_made(self, change: Change) -> int:
        """Return the number of violations of the rule that a change adds; below 0 if it removes."""
        group = self.problem.constraints.groups[change.nodes]
        grouped = group >= 0
        after, before = (
            np.unique(np.column_stack((label, group))[grouped], axis=0, return_counts=True)[1]
            for label in (change.group, self.label[change.nodes])
        )
        return int(np.count_nonzero(after > 1)) - int(np.count_nonzero(before > 1))

    def members_of(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nodes of some clusters, sorted: O(n) for n nodes of the level."""
        wanted = np.zeros(self.n_labels, dtype=bool)
        wanted[labels] = True
        return np.flatnonzero(wanted[self.label])

    # --- what would change ----------------------------------------------------------------------

    def change(self, links: NDArray[np.int64], status: NDArray[np.integer[Any]]) -> Change:
        """Return the change that other statuses of some links would make.

        Parameters
        ----------
        links
            Positions of links, each once.
        status
            New statuses, as codes.
        """
        differs = self.status[links] != status
        links, status = links[differs], status[differs]
        after = self.status.copy()
        after[links] = status
        pairs = self.linked.pair_of_link[links]
        pairs = np.unique(pairs[pairs >= 0])
        if not self.is_local:
            return self._anew(links, status, after)
        if not len(pairs):
            nothing = np.empty(0, dtype=np.int64)
            values = self.values.take(pairs)
            return Change(links, status, nothing, nothing, _NO_JOINS, pairs, values)
        patched = self._patched(pairs, after)
        if patched is None:
            return self._anew(links, status, after)
        pairs, values = patched
        every = self.values.patched(pairs, values)
        nodes, group, joins = self._reached(pairs, every)
        return Change(links, status, nodes, group, joins, pairs, values)

    def _patched(
        self, pairs: NDArray[np.int64], status: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.int64], PairValues] | None:
        """Return the pairs whose values change, and these; ``None`` if those of all pairs do."""
        linked = self.linked
        made = linked.unscored(pairs, status)
        if not linked.rivals_count:
            return pairs, linked.scored(made, made, pairs, 0.0)
        rivals = self.values.patched(pairs, made)
        weakest = linked.weakest(rivals)
        if weakest != linked.weakest(self.values):
            return None
        near = linked.pairs_at(linked.ends_of(pairs))
        found = linked.scored(rivals.take(near), rivals, near, weakest)
        before = self.values.take(near)
        same = (found.score == before.score) & (found.share == before.share)
        same |= np.isnan(found.score) & np.isnan(before.score)
        changed = ~same | np.isin(near, pairs)
        return near[changed], found.take(changed)

    def _reached(
        self, pairs: NDArray[np.int64], after: PairValues
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], History]:
        """Return the members of the clusters whose joins change, their new groups and joins."""
        touched = np.unique(self.label[self.linked.ends_of(pairs)])
        # Nodes that APPROVED links unite, now or before, are united without a join.
        tied = pairs[self.values.must[pairs] != after.must[pairs]]
        changed = np.unique(self.label[self.linked.ends_of(tied)])
        while True:
            members = self.members_of(changed)
            near = np.union1d(touched, self.label[self._neighbours(members, after)])
            nodes = self.members_of(np.union1d(near, changed))
            now = self._joins(nodes, after)
            differing = self._history_of(nodes).differing(now[1])
            ends = self.linked.ends_of(self.linked.pair_of_link[differing])
            reached = np.union1d(changed, self.label[ends])
            if len(reached) == len(changed):
                group = now[0].labels(self.problem.setting.threshold)
                own = group[np.searchsorted(nodes, members)]
                joins = now[1].take(np.isin(self._end_of(now[1]), members))
                return members, first_seen(own).astype(np.int64), joins
            changed = reached

    def _end_of(self, joins: History) -> NDArray[np.int64]:
        """Return a node that each join unites with others."""
        return self.linked.a[self.linked.pair_of_link[joins.link]]

    def _history_of(self, nodes: NDArray[np.int64]) -> History:
        """Return the joins among nodes of whole clusters, as they were."""
        inside = np.zeros(self.linked.n_nodes, dtype=bool)
        inside[nodes] = True
        return self.history.take(inside[self._end_of(self.history)])

    def _neighbours(self, nodes: NDArray[np.int64], after: PairValues) -> NDArray[np.int64]:
        """Return the other ends of pairs that could join something to the nodes."""
        pairs, stop = self.linked.pairs_at(nodes), self.problem.setting.threshold
        return self.linked.ends_of(pairs[after.score[pairs] >= stop])  # NaN compares false

    def _joins(self, nodes: NDArray[np.int64], values: PairValues) -> tuple[Joins, History]:
        """Return the joins among some nodes alone, and these by their links."""
        linked = self.linked
        within = linked.pairs_within(nodes)
        own = values.take(within)
        a = np.searchsorted(nodes, linked.a[within]).astype(np.int32)
        b = np.searchsorted(nodes, linked.b[within]).astype(np.int32)
        order = own.best_first()
        order = order[~np.isnan(own.score[order])]
        scored = own.take(order)
        pairs = Pairs(len(nodes), a[order], b[order], scored.score, scored.approved, scored.link)
        ends = np.column_stack((a, b))
        group = self.problem.constraints.group
        constraints = Constraints(
            n_nodes=len(nodes),
            must=ends[own.must],
            cannot=ends[own.cannot],
            cannot_link=within[own.cannot],
            group=None if group is None else group[nodes],
        )
        joins = joins_to_stop(pairs, constraints, self.problem.setting)
        return joins, History(scored.link[joins.pair], joins.height)

    # --- clustering again ------------------------------------------------------------------------

    def problem_with(self, status: NDArray[np.integer[Any]]) -> ClusteringProblem:
        """Return the problem with other statuses of links."""
        data = self.problem.graph.arrays
        links = data.links
        columns = LinkColumns(links.row, links.ends, links.confidence, status, links.link_type)
        graph = LinkGraph.from_arrays(data.replace(links=LinkArrays(columns)))
        return self.problem.with_graph(graph)

    def _anew(
        self,
        links: NDArray[np.int64],
        status: NDArray[np.integer[Any]],
        after: NDArray[np.integer[Any]],
    ) -> Change:
        """Return a change by clustering again."""
        first, n = self.problem.first, self.linked.n_nodes
        label = clustered(self.problem_with(after)).labels[first : first + n].copy()
        alone = np.flatnonzero(label < 0)
        label[alone] = int(label.max(initial=-1)) + 1 + np.arange(len(alone))
        nodes = regrouped(self.label, label)
        group = first_seen(label[nodes]).astype(np.int64)
        every = np.arange(len(self.linked))
        values = self.linked.values(after)
        joins = _NO_JOINS
        if self.is_local:
            joins = self._joins(np.arange(n), values)[1]
        return Change(links, status, nodes, group, joins, every, values, is_whole=True)

    # --- after it -------------------------------------------------------------------------------

    def after(self, change: Change) -> Held:
        """Return the held values after a change: O(n + m) for n nodes and m links."""
        status, label = self.status.copy(), self.label.copy()
        status[change.links] = change.status
        label[change.nodes] = self.n_labels + change.group
        values = self.values.patched(change.pairs, change.values)
        joins = change.joins
        if not change.is_whole:
            kept = self.history.take(~np.isin(self._end_of(self.history), change.nodes))
            joins = History(
                np.concatenate((kept.link, joins.link)),
                np.concatenate((kept.height, joins.height)),
            )
        return Held(self.linked, status, values, label, joins)

    def clusters(self, graph: LinkGraph) -> Clusters:
        """Return the clusters of a graph whose statuses are those that are held."""
        return clusters_of(self.problem.with_graph(graph), first_seen(self.label))


def regrouped(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the nodes whose groups differ: sorted, and whole groups of both."""
    n = len(one)
    key = one * (int(other.max(initial=0)) + 1) + other
    _, both, size = np.unique(key, return_inverse=True, return_counts=True)
    sizes_one, sizes_other = np.bincount(one, minlength=1), np.bincount(other, minlength=1)
    common = size[both] if n else np.empty(0, dtype=np.int64)
    differs: NDArray[np.bool_] = (sizes_one[one] != common) | (sizes_other[other] != common)
    return np.flatnonzero(differs)


# Clusters never change, so what is held of them is found once.
_known: WeakKeyDictionary[Clusters, Held] = WeakKeyDictionary()


def held_clusters(clusters: Clusters) -> Held:
    """Return the held values of clusters, found once for each."""
    if clusters not in _known:
        _known[clusters] = Held.of(clusters)
    return _known[clusters]
