"""Clusters as they would be with some changed links put back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.clustering.calibration import CONFIDENCES, probability
from hummgraph.algorithms.clustering.clustering import METHODS, clustered
from hummgraph.algorithms.clustering.problem import ClusteringProblem
from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.review.held import Held
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import APPROVED, REJECTED, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.algorithms.review.held import Change
    from hummgraph.algorithms.review.matched import Matched
    from hummgraph.graph.data import GraphData
    from hummgraph.graph.elements import Level

__all__ = ["PLACES", "World", "Worlds", "fitting"]

PLACES = -1
"""A cause besides the changed links: columns and tables that lie elsewhere."""

BASE, PASSED, JOINED, ANEW = 1_000, 20, 400, 20
"""Work of a trial in rows: what each one takes; of how many rows that are only passed one is
counted; and what a node counts that is joined again, and a row where all is clustered again."""

_BY_SYSTEM = {"best_links", "assignment", "clip"}
"""Methods that compare the links of a system's columns."""


MOST = 24
"""Most changed links that are tried together before all are: with more, little is found."""


def fitting(setting: Setting, graph: LinkGraph) -> Setting:
    """Return a setting without exempt systems that a graph does not have."""
    known = set(graph.arrays.nodes.id_text.to_pylist()) if setting.many_in else set()
    return replace(setting, many_in=tuple(one for one in setting.many_in if one in known))


@dataclass(frozen=True, eq=False)
class World:
    """Nodes among which clusters change independently of all others, and their links.

    Nodes count from the first of the level.
    """

    nodes: NDArray[np.int64]
    """Positions of the nodes among those of the level, sorted."""
    rows: dict[int, NDArray[np.int64]]
    """Rows of each changed link that may matter here, by its position."""
    old: NDArray[np.int32]
    """Status of each row in the old graph."""
    held: Held
    """Clusters of the new graph."""
    held_elsewhere: Callable[[], Held]
    """The same, where nodes lie as they lay in the old graph."""
    _tried: dict[tuple[int, ...], Change] = field(default_factory=dict)
    """Changes by single links and by all together, which many searches try, and the last trial."""
    _last: list[tuple[int, ...]] = field(default_factory=list)

    def undoes(
        self, causes: tuple[int, ...], nodes: NDArray[np.int64], label: NDArray[np.int64]
    ) -> tuple[bool, int]:
        """Return whether a change is undone with some changed links as they were, and the work.

        Parameters
        ----------
        causes
            Positions of changed links, and `PLACES`, each once.
        nodes
            Members of the old and new clusters of the change, sorted.
        label
            Old clusters of the nodes; a node in none has its own.

        Notes
        -----
        The work is in rows of links and nodes that were gone through.
        """
        is_elsewhere = PLACES in causes
        held = self.held_elsewhere() if is_elsewhere else self.held
        would, work = self._change(held, causes)
        at = np.searchsorted(self.nodes, nodes)
        place = np.searchsorted(would.nodes, at)
        place[place == len(would.nodes)] = 0
        inside = would.nodes[place] == at if len(would.nodes) else np.zeros(len(at), dtype=bool)
        if not is_elsewhere and not inside.any():
            return False, work  # the new clusters are still there
        here = held.label[at]
        here[inside] = held.n_labels + would.group[place[inside]]
        # Nothing else may be in their clusters.
        groups = np.unique(here)
        kept = groups[groups < held.n_labels]
        made = groups[groups >= held.n_labels] - held.n_labels
        n_members = held.sizes[kept].sum() + np.isin(would.group, made).sum()
        return bool(n_members == len(nodes)) and _group_alike(here, label), work

    def _change(self, held: Held, causes: tuple[int, ...]) -> tuple[Change, int]:
        """Return the change by putting back some changed links, and the work to find it."""
        key = () if PLACES in causes else tuple(sorted(causes))
        if key in self._tried:
            return self._tried[key], len(causes)
        chosen = [self.rows[cause] for cause in causes if cause != PLACES]
        links = np.concatenate([np.empty(0, dtype=np.int64), *chosen])
        would = held.change(links, self.old[links])
        if key:
            # The last one of several is kept until the next: a search may go on from there.
            if self._last:
                del self._tried[self._last.pop()]
            self._tried[key] = would
            if 1 < len(key) < len(self.rows):
                self._last.append(key)
        if would.is_whole:
            return would, BASE + ANEW * self._n_rows
        return would, BASE + self._n_rows // PASSED + JOINED * len(would.nodes)

    @property
    def trial(self) -> int:
        """The work of a trial that reaches little."""
        if not self.held.is_local:
            return BASE + ANEW * self._n_rows
        return BASE + self._n_rows // PASSED

    @property
    def _n_rows(self) -> int:
        return len(self.old) + len(self.nodes)

    def wider(
        self, nodes: NDArray[np.int64], near: Callable[[NDArray[np.int64]], set[int]]
    ) -> Iterator[tuple[int, ...]]:
        """Yield more and more changed links that may matter to some clusters, while they are few.

        Clusters change independently until one joins another. With the links near the nodes as they
        were, the nodes that do not belong into their clusters show which others matter.

        Parameters
        ----------
        nodes
            Members of the old and new clusters of a change, sorted.
        near
            Return the changed links with an end at any of some nodes.
        """
        reach = nodes
        tried = near(reach) & self.rows.keys()
        while True:
            would, _ = self._change(self.held, tuple(sorted(tried)))
            now = self.held.label.copy()
            now[would.nodes] = self.held.n_labels + would.group
            joined = np.isin(now, now[np.searchsorted(self.nodes, reach)])
            for more in (np.flatnonzero(joined), would.nodes):
                reach = np.union1d(reach, self.nodes[more])
                found = near(reach) & self.rows.keys()
                if len(found) > len(tried):
                    break
            if len(found) == len(tried) or len(found) > MOST:
                return
            tried = found
            yield tuple(sorted(tried))


class Worlds:
    """Two graphs' links under one setting, taken apart where changes cannot meet.

    Parameters
    ----------
    matched
        Both graphs.
    level
        Level of the members.
    setting
        Setting of the clusters.

    Notes
    -----
    With methods that have a merge tree no linkage is above that of its best part. So nothing joins
    across the components of the pairs that reach the stop in either graph, or are bound by an
    APPROVED link, and each component is a world. Where rivals count, and with all other methods,
    there is one world.
    """

    def __init__(self, matched: Matched, level: Level, setting: Setting) -> None:
        self.matched, self.level, self.setting = matched, level, setting
        self.first = int(matched.nodes.first[level.depth])
        self.n_nodes = int(matched.nodes.first[level.depth + 1]) - self.first
        self._data = matched.data()
        self._known: dict[int, World] = {}

    @cached_property
    def places_count(self) -> bool:
        """Whether nodes that lie elsewhere now may change clusters."""
        setting = self.setting
        by_place = setting.one_per is not None or setting.calibrate in {"competition", "both"}
        return bool(len(self.matched.moved)) and (by_place or setting.method in _BY_SYSTEM)

    @cached_property
    def _counts(self) -> NDArray[np.bool_]:
        """Rows that can make a difference: those that bind, or have a score."""
        status = self._own_status
        policy, weight = self._data.policy, self._weight
        ends, depth = self._data.links.ends, self._data.nodes.depth
        here = (depth[ends.source] == self.level.depth) & (depth[ends.target] == self.level.depth)
        counts = ~np.isnan(weight)
        if self.setting.floor is not None:
            counts &= (weight >= self.setting.floor) | self._must
        if policy.rejected == "refuse":
            counts |= status == REJECTED
        counting: NDArray[np.bool_] = counts & here & (ends.source != ends.target)
        return counting

    @cached_property
    def _own_status(self) -> NDArray[np.int32]:
        """Status of each row in its own graph."""
        rows = self.matched.versions
        return np.where(rows.new == self.matched.absent, rows.old, rows.new)

    @cached_property
    def _weight(self) -> NDArray[np.float64]:
        links = self._data.links
        weight = self._data.policy.weights(links.confidence, self._own_status, links.link_type)
        return rounded(weight)

    @cached_property
    def _must(self) -> NDArray[np.bool_]:
        bind = self._data.policy.approved == "accept"
        must: NDArray[np.bool_] = (self._own_status == APPROVED) & bind
        return must

    @cached_property
    def part(self) -> NDArray[np.int64]:
        """World of each node of the level: shape (n,)."""
        setting = self.setting
        if not METHODS[setting.method].tree or setting.calibrate in {"competition", "both"}:
            return np.zeros(self.n_nodes, dtype=np.int64)
        score = self._weight
        if setting.weights is not None:
            score = probability(score, CONFIDENCES, setting.weights)
        joins = self._counts & ((score >= setting.threshold) | self._must)
        ends = self._data.links.ends
        # Both versions of a link change together, whatever they join.
        rows = np.flatnonzero((self.matched.versions.changed >= 0) & self._counts)
        changed = self.matched.versions.changed[rows]
        twin = np.flatnonzero(changed[1:] == changed[:-1])
        one, other = rows[twin], rows[twin + 1]
        source = np.concatenate((ends.source[joins], ends.source[one], ends.target[one]))
        target = np.concatenate((ends.target[joins], ends.source[other], ends.target[other]))
        found = components(self.n_nodes, source - self.first, target - self.first)
        return found.astype(np.int64)

    def near(self, nodes: NDArray[np.int64]) -> set[int]:
        """Return the changed links with an end at any of the nodes, before or after."""
        inside = np.zeros(len(self._data.nodes), dtype=bool)
        inside[nodes + self.first] = True
        ends, changed = self._data.links.ends, self.matched.versions.changed
        touched = (changed >= 0) & (inside[ends.source] | inside[ends.target])
        return set(changed[touched].tolist())

    def of(self, node: int) -> World:
        """Return the world of a node.

        Raises
        ------
        ArgumentError
            If the method does not take columns of both graphs: those of more than two systems.
        """
        number = int(self.part[node])
        if number not in self._known:
            self._known[number] = self._world(np.flatnonzero(self.part == number))
        return self._known[number]

    def _world(self, nodes: NDArray[np.int64]) -> World:
        inside = np.zeros(len(self._data.nodes), dtype=bool)
        inside[nodes + self.first] = True
        ends, versions = self._data.links.ends, self.matched.versions
        kept = np.flatnonzero(inside[ends.source] & inside[ends.target])
        changed = versions.changed[kept]
        matter = np.unique(changed[(changed >= 0) & self._counts[kept]])
        order = np.flatnonzero(np.isin(changed, matter))
        order = order[np.argsort(changed[order], kind="stable")]
        bounds = np.searchsorted(changed[order], matter)
        rows = dict(zip(matter.tolist(), np.split(order, bounds[1:]), strict=False))
        old_places = _once(lambda: self._held(self.matched.data(old_places=True), inside))
        return World(nodes, rows, versions.old[kept], self._held(self._data, inside), old_places)

    def _held(self, data: GraphData, inside: NDArray[np.bool_]) -> Held:
        graph = LinkGraph.from_arrays(data.part(inside))
        setting = fitting(self.setting, graph)
        return Held.of(clustered(ClusteringProblem.of(graph, self.level, setting)))


def _once(make: Callable[[], Held]) -> Callable[[], Held]:
    """Return a function that makes something at its first call."""
    made: list[Held] = []

    def found() -> Held:
        if not made:
            made.append(make())
        return made[0]

    return found


def _group_alike(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Return whether two arrays of labels group alike."""
    both = len(np.unique(np.column_stack((one, other)), axis=0))
    return both == len(np.unique(one)) == len(np.unique(other))
