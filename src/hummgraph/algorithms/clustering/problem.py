"""The clustering problem: scored pairs of one level, and the constraints that bind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.calibration import (
    CONFIDENCES,
    SHARES,
    competition,
    probability,
)
from hummgraph.algorithms.clustering.constraints import Constraints, level_constraints
from hummgraph.algorithms.clustering.setting import (
    Setting,
    checked_rule,
)
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, rounded

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["ClusteringProblem", "Pairs", "best_first", "level_pairs", "pair_scores"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of nodes that a link suggests, best first; arrays of shape (n_pairs,).

    Each pair stands once, with its best link. The order is that of (score, status, link id): higher
    scores first, then APPROVED before others, then smaller link ids. Calibrated scores that are
    equal keep this order. It decides every tie, so a result depends neither on the order of records
    nor on names; it depends on ids only between links of equal score and status.
    """

    n_nodes: int
    """Nodes are 0 to ``n_nodes - 1``; not all of them are in a pair."""
    a: NDArray[np.int32]
    """The smaller node of each pair."""
    b: NDArray[np.int32]
    """The larger node of each pair."""
    score: NDArray[np.float64]
    """In [0, 1], to nine decimals, never NaN, not increasing."""
    approved: NDArray[np.bool_]
    """Whether the link is APPROVED, which breaks ties."""
    link_index: NDArray[np.int64]
    """Position of the link among the graph's."""

    def __len__(self) -> int:
        return len(self.a)

    def take(self, chosen: NDArray[Any]) -> Pairs:
        """Return some pairs, by position or mask, in the order given."""
        return Pairs(
            self.n_nodes,
            self.a[chosen],
            self.b[chosen],
            self.score[chosen],
            self.approved[chosen],
            self.link_index[chosen],
        )

    def rescored(self, score: NDArray[np.float64]) -> Pairs:
        """Return the same pairs with other scores, best first; equal ones keep their order."""
        order = np.argsort(-score, kind="stable")
        other = Pairs(self.n_nodes, self.a, self.b, score, self.approved, self.link_index)
        return other.take(order)

    def at_least(self, threshold: float) -> Pairs:
        """Return the pairs that score at or above a threshold: O(log n)."""
        n = int(np.searchsorted(-self.score, -threshold, side="right"))
        return self.take(slice(n))  # type: ignore[arg-type] # a slice takes without a copy


def best_first(score: NDArray[np.float64], approved: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the order of links by score, then status, then place: that of their ids."""
    # Positive floats sort as their bits do, and those of [0, 1] leave the two highest bits free.
    # Adding zero turns -0.0 into 0.0.
    key = (score + 0.0).view(np.uint64) << np.uint64(1)
    key |= approved
    np.invert(key, out=key)
    return np.argsort(key, kind="stable")


def level_pairs(graph: LinkGraph, level: Level) -> Pairs:
    """Return the pairs that the links of a level make, by the graph's policy.

    Links without a weight are left out (by default those without a confidence and REJECTED ones),
    and so are links of a node to itself. Nodes count from the first of the level.
    """
    nodes, links = graph.arrays.nodes, graph.arrays.links
    first, end = nodes.first[level.depth], nodes.first[level.depth + 1]
    source, target = links.ends.source, links.ends.target
    chosen = (graph.link_levels == level.depth) & ~np.isnan(graph.weights) & (source != target)
    link_index = np.flatnonzero(chosen)
    score = rounded(graph.weights[link_index])
    approved = links.status[link_index] == APPROVED
    order = best_first(score, approved)
    link_index, score, approved = link_index[order], score[order], approved[order]
    source, target = source[link_index] - first, target[link_index] - first
    a = np.minimum(source, target).astype(np.int32, copy=False)
    b = np.maximum(source, target).astype(np.int32, copy=False)
    pairs = Pairs(int(end - first), a, b, score, approved, link_index)
    # Of parallel links the best comes first. Hashing takes half the time of sorting.
    keys = pa.array(a.astype(np.int64) * pairs.n_nodes + b)
    codes = keys.dictionary_encode().indices.to_numpy()
    n_pairs = int(codes.max(initial=-1)) + 1
    if n_pairs == len(pairs):
        return pairs
    # Codes are numbered as they occur: a new highest code marks the first occurrence of a pair.
    return pairs.take(np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1)))


def pair_scores(
    pairs: Pairs, source: NDArray[np.integer[Any]], target: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Return the score of the pair of each link, NaN for a pair that is not among them: (n,).

    Nodes count from the first of the level. O((n + m) log m) for m pairs.
    """
    if not len(pairs):
        return np.full(len(source), np.nan)
    keys = pairs.a.astype(np.int64) * pairs.n_nodes + pairs.b
    order = np.argsort(keys)
    wanted = np.minimum(source, target).astype(np.int64) * pairs.n_nodes
    wanted += np.maximum(source, target)
    place = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return np.where(keys[place] == wanted, pairs.score[place], np.nan)


_CACHED_WHATEVER_THE_SETTING = {"first", "system", "confident_pairs"}
_ALL_CACHED = {*_CACHED_WHATEVER_THE_SETTING, "pairs", "constraints", "link_scores"}


@dataclass(frozen=True, eq=False)
class ClusteringProblem:
    """A graph's links at one level, as clustering methods see them under a setting."""

    graph: LinkGraph
    level: Level
    setting: Setting

    @classmethod
    def of(cls, graph: LinkGraph, level: Level, setting: Setting) -> ClusteringProblem:
        """Build a problem; raise if the setting's rule does not suit level or graph."""
        check_rule(setting.one_per, level)
        exempt_systems(graph, setting.many_in)
        return cls(graph, level, setting)

    @property
    def calibrate(self) -> str | None:
        """Calibration of the confidences, or ``None``."""
        return self.setting.calibrate

    @property
    def one_per(self) -> Level | None:
        """Level of which a cluster takes at most one member, or ``None``."""
        return self.setting.one_per

    @property
    def many_in(self) -> tuple[str, ...]:
        """Ids of the systems exempt from ``one_per``."""
        return self.setting.many_in

    @property
    def no_match(self) -> float | None:
        """Confidence at which a match is as likely as not; ``None`` takes the weakest."""
        return self.setting.no_match

    @property
    def exempt_names(self) -> list[str]:
        """Names of the systems in :attr:`many_in`."""
        return [self.graph.node(system).name for system in self.many_in]

    def with_rule(self, one_per: Level | str, many_in: Iterable[str | UUID]) -> ClusteringProblem:
        """Return the same links under a rule of one member of each system or table."""
        if one_per is None:
            raise ArgumentError("one_per is None; name a level, 'integration_source' or 'table'.")
        rule = checked_rule(one_per)
        exempt = exempt_systems(self.graph, many_in)
        setting = replace(self.setting, one_per=rule, many_in=exempt)
        return ClusteringProblem.of(self.graph, self.level, setting)

    def with_setting(self, setting: Setting) -> ClusteringProblem:
        """Return the same links under another setting; what does not depend on it is shared."""
        made = ClusteringProblem.of(self.graph, self.level, setting)
        stop_only = replace(setting, threshold=self.setting.threshold) == self.setting
        shared = _ALL_CACHED if stop_only else _CACHED_WHATEVER_THE_SETTING
        made.__dict__.update({name: self.__dict__[name] for name in shared & self.__dict__.keys()})
        return made

    def with_policy(self, policy: Policy) -> ClusteringProblem:
        """Return the same links under another policy."""
        return replace(self, graph=self.graph.with_policy(policy))

    @property
    def scale(self) -> str:
        """Scale of the thresholds."""
        return self.setting.scale

    @cached_property
    def first(self) -> int:
        """Code of the level's first node."""
        return int(self.graph.arrays.nodes.first[self.level.depth])

    @cached_property
    def system(self) -> NDArray[np.int32]:
        """System of each node of the level, -1 where unknown."""
        nodes = self.graph.arrays.nodes
        end = int(nodes.first[self.level.depth + 1])
        system: NDArray[np.int32] = nodes.ancestor[0][self.first : end]
        return system

    @cached_property
    def confident_pairs(self) -> Pairs:
        """Pairs with their confidences, best first, whatever floor and calibration are."""
        return level_pairs(self.graph, self.level)

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs with the scores that methods see, best first; none below the floor."""
        setting, pairs = self.setting, self.confident_pairs
        if setting.floor is not None:
            pairs = pairs.take(self._above_floor(pairs, setting.floor))
        if setting.calibrate in {"competition", "both"}:
            pairs = competition(pairs, self.system, no_match=setting.no_match)
        if setting.weights is None:
            return pairs
        curve = CONFIDENCES if setting.calibrate == "decisions" else SHARES
        return pairs.rescored(probability(pairs.score, curve, setting.weights))

    def _above_floor(self, pairs: Pairs, floor: float) -> NDArray[np.int64]:
        """Return the pairs at or above the floor; APPROVED ones count where that binds."""
        n = int(np.searchsorted(-pairs.score, -floor, side="right"))
        bind = self.graph.policy.approved == "accept"
        below = n + np.flatnonzero(pairs.approved[n:]) if bind else np.empty(0, dtype=np.int64)
        return np.concatenate((np.arange(n), below))

    @cached_property
    def constraints(self) -> Constraints:
        """Must-links, cannot-links and groups."""
        many_in = np.array([self.graph.index_of(system) for system in self.many_in], dtype=np.int64)
        return level_constraints(self.graph, self.level, one_per=self.one_per, many_in=many_in)

    @cached_property
    def link_scores(self) -> NDArray[np.float64]:
        """Score of each link on the method's scale, NaN where it has none: shape (n_links,).

        Links below the floor have none. Parallel links all have the score of their pair where
        rivals count.
        """
        graph, setting = self.graph, self.setting
        chosen = (graph.link_levels == self.level.depth) & ~np.isnan(graph.weights)
        scores = np.full(graph.n_links, np.nan)
        if setting.calibrate in {"competition", "both"}:
            ends = graph.arrays.links.ends
            index = np.flatnonzero(chosen & (ends.source != ends.target))
            source, target = ends.source[index] - self.first, ends.target[index] - self.first
            scores[index] = pair_scores(self.pairs, source, target)
        else:
            scores[chosen] = rounded(graph.weights[chosen])
            if setting.weights is not None:
                scores = probability(scores, CONFIDENCES, setting.weights)
        if setting.floor is not None:
            below = rounded(graph.weights) < setting.floor
            if graph.policy.approved == "accept":
                below &= graph.arrays.links.status != APPROVED
            scores[below] = np.nan
        return scores


def check_rule(one_per: Level | None, level: Level) -> None:
    """Raise if a rule of one member each is about a level that is not above the members'."""
    if one_per is not None and one_per.depth >= level.depth:
        raise ArgumentError(
            f"one_per is {str(one_per)!r}, but the members are {level}s themselves;"
            " it must be a level above theirs, or None."
        )


def exempt_systems(graph: LinkGraph, many_in: Iterable[str | UUID]) -> tuple[str, ...]:
    """Return the ids of the systems in ``many_in``, sorted."""
    if not isinstance(many_in, Iterable):
        raise ArgumentError(f"many_in is {many_in!r}; it must be a list of systems, by name or id.")
    exempt = []
    for system in [many_in] if isinstance(many_in, str) else many_in:
        node = graph.node(str(system))
        if node.level is not Level.INTEGRATION_SOURCE:
            raise ArgumentError(f"many_in has {str(system)!r}, which is not a system.")
        exempt.append(node.node_id)
    return tuple(sorted(exempt))
