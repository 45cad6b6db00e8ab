"""The clustering problem: scored pairs of one level, and the constraints that bind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.calibration import (
    CONFIDENCES,
    SHARES,
    competition,
    probability,
)
from hummgraph.algorithms.clustering.constraints import NO_GROUP, Constraints
from hummgraph.algorithms.clustering.setting import (
    Setting,
    checked_rule,
)
from hummgraph.algorithms.kernels.components import order_of
from hummgraph.errors import ArgumentError
from hummgraph.graph.decisions import Asked
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED, UNIT, rounded
from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = [
    "ClusteringProblem",
    "LevelLinks",
    "Pairs",
    "Problem",
    "best_first",
    "fair_links",
    "level_constraints",
    "level_pairs",
    "pair_scores",
]

FAIR: Final = (None, Asked.RANDOM, Asked.IMPORTED)
"""Ways of asking by which a decision may calibrate; ``None`` where it is not recorded."""


@dataclass(frozen=True, slots=True, eq=False)
class LevelLinks:
    """Links between the nodes of one level as arrays: all that clusters are made of.

    Arrays of links have shape (n_links,) and keep the positions of all links of a graph; which of
    them count is in ``here``. Arrays of nodes count from the first of the level.
    """

    source: NDArray[np.int32]
    """Code of one end."""
    target: NDArray[np.int32]
    """Code of the other end."""
    here: NDArray[np.bool_]
    """Whether a link joins two different nodes of the level."""
    confidence: NDArray[np.float64]
    """Confidence of each link, in [0, 1]; NaN for null."""
    weight: NDArray[np.float64]
    """Confidence under the policy, NaN where it is undefined."""
    status: NDArray[np.integer[Any]]
    link_type: NDArray[np.integer[Any]]
    fair: NDArray[np.bool_]
    """Whether a decision about the link may calibrate."""
    policy: Policy
    first: int
    """Code of the level's first node."""
    n_nodes: int
    """Number of nodes of the level."""
    system: NDArray[np.int32]
    """Code of each node's system, -1 where unknown: shape (n_nodes,)."""
    table: NDArray[np.int32]
    """Code of each node's table, -1 where unknown: shape (n_nodes,)."""
    system_code: Callable[[str], int]
    """Function from the id of a system to its code."""
    id_bytes: Callable[[NDArray[np.int32]], bytes]
    """Function from the codes of nodes to their ids, one after the other."""

    @classmethod
    def of(cls, graph: LinkGraph, level: Level) -> LevelLinks:
        """Return the links of a graph at a level: O(n) for n links."""
        nodes, links = graph.arrays.nodes, graph.arrays.links
        first, end = int(nodes.first[level.depth]), int(nodes.first[level.depth + 1])
        source, target = links.ends.source, links.ends.target
        return cls(
            source=source,
            target=target,
            here=(graph.link_levels == level.depth) & (source != target),
            confidence=links.confidence,
            weight=graph.weights,
            status=links.status,
            link_type=links.link_type,
            fair=fair_links(graph),
            policy=graph.policy,
            first=first,
            n_nodes=end - first,
            system=nodes.ancestor[0][first:end],
            table=nodes.ancestor[1][first:end],
            system_code=graph.index_of,
            id_bytes=partial(_packed_ids, nodes.ids),
        )

    def with_policy(self, policy: Policy) -> LevelLinks:
        """Return the same links under another policy."""
        weight = policy.weights(self.confidence, self.status, self.link_type)
        return replace(self, policy=policy, weight=weight)


def _packed_ids(ids: NDArray[Any], codes: NDArray[np.int32]) -> bytes:
    return bytes(ids[codes].tobytes())


def fair_links(graph: LinkGraph) -> NDArray[np.bool_]:
    """Return a mask of the links whose decisions may calibrate: shape (n_links,).

    A decision that was asked for because of its value says nothing about links that were not: a
    calibration by such decisions alone spoils clusters. Statuses of the snapshot count as imported.
    """
    asked = graph.arrays.decisions.asked
    chosen = [UUID(link_id).bytes for link_id, how in asked.items() if how not in FAIR]
    fair = np.ones(graph.n_links, dtype=bool)
    if chosen:
        ids = np.frombuffer(b"".join(chosen), dtype=np.uint8).reshape(-1, 16)
        place = find_ids(ids, graph.link_ids)
        fair[place[place >= 0]] = False
    return fair


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
    """Scores in [0, 1], to nine decimals, never NaN, not increasing."""
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
        order = order_of(UNIT + 1, _below_one(score))
        other = Pairs(self.n_nodes, self.a, self.b, score, self.approved, self.link_index)
        return other.take(order)

    def at_least(self, threshold: float) -> Pairs:
        """Return the pairs that score at or above a threshold: O(log n)."""
        n = int(np.searchsorted(-self.score, -threshold, side="right"))
        return self.take(slice(n))  # type: ignore[arg-type] # a slice takes without a copy


def best_first(score: NDArray[np.float64], approved: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the order of links by score, then status, then place: that of their ids.

    Scores are in [0, 1] and differ by whole billionths.
    """
    return order_of(2 * UNIT + 2, 2 * _below_one(score) + ~approved)


def _below_one(score: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return by how many billionths scores are below 1."""
    below: NDArray[np.uint32] = np.rint((1 - score) * UNIT).astype(np.uint32)
    return below


def level_pairs(links: LevelLinks) -> Pairs:
    """Return the pairs that the links of a level make, by their policy.

    Links without a weight are left out (by default those without a confidence and REJECTED ones).
    """
    source, target, first = links.source, links.target, links.first
    link_index = np.flatnonzero(links.here & ~np.isnan(links.weight))
    score = rounded(links.weight[link_index])
    approved = links.status[link_index] == APPROVED
    order = best_first(score, approved)
    link_index, score, approved = link_index[order], score[order], approved[order]
    source, target = source[link_index] - first, target[link_index] - first
    a = np.minimum(source, target).astype(np.int32, copy=False)
    b = np.maximum(source, target).astype(np.int32, copy=False)
    pairs = Pairs(links.n_nodes, a, b, score, approved, link_index)
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


def level_constraints(links: LevelLinks, group: NDArray[np.int32] | None = None) -> Constraints:
    """Return the constraints that the decisions of a level make, by the policy of its links.

    Parameters
    ----------
    links
        Links with decisions.
    group
        Group of each node, of which a cluster takes at most one member, shape (n_nodes,), -1 where
        none; ``None`` lets all join.
    """
    nothing = np.empty(0, dtype=np.int64)
    must = np.flatnonzero(links.here & (links.status == APPROVED))
    cannot = np.flatnonzero(links.here & (links.status == REJECTED))
    must = must if links.policy.approved == "accept" else nothing
    cannot = cannot if links.policy.rejected == "refuse" else nothing
    source, target, first = links.source, links.target, np.int32(links.first)
    return Constraints(
        n_nodes=links.n_nodes,
        must=np.column_stack((source[must], target[must])).astype(np.int32) - first,
        cannot=np.column_stack((source[cannot], target[cannot])).astype(np.int32) - first,
        cannot_link=cannot,
        group=group,
    )


_CACHED_WHATEVER_THE_SETTING = {"confident_pairs"}
_ALL_CACHED = {*_CACHED_WHATEVER_THE_SETTING, "pairs", "constraints", "link_scores"}


@dataclass(frozen=True, eq=False)
class Problem(ABC):
    """Links of one level, as clustering methods see them under a setting."""

    links: LevelLinks
    setting: Setting

    RULES: ClassVar[Mapping[Level | None, str]]
    """Meaning of each rule of one member each, in words."""

    @abstractmethod
    def check(self, setting: Setting) -> None:
        """Raise if the rule of a setting does not suit the links."""

    @abstractmethod
    def exempt(self, many_in: Iterable[str | UUID]) -> tuple[str, ...]:
        """Return the ids of the systems in ``many_in``, sorted; raise if one does not exist."""

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

    def with_setting(self, setting: Setting) -> Self:
        """Return the same links under another setting; what does not depend on it is shared."""
        self.check(setting)
        made = replace(self, setting=setting)
        stop_only = replace(setting, threshold=self.setting.threshold) == self.setting
        shared = _ALL_CACHED if stop_only else _CACHED_WHATEVER_THE_SETTING
        made.__dict__.update({name: self.__dict__[name] for name in shared & self.__dict__.keys()})
        return made

    @property
    def scale(self) -> str:
        """Scale of the thresholds."""
        return self.setting.scale

    @cached_property
    def confident_pairs(self) -> Pairs:
        """Pairs with their confidences, best first, whatever floor and calibration are."""
        return level_pairs(self.links)

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs with the scores that methods see, best first; none below the floor."""
        setting, pairs = self.setting, self.confident_pairs
        if setting.floor is not None:
            pairs = pairs.take(self._above_floor(pairs, setting.floor))
        if setting.calibrate in {"competition", "both"}:
            pairs = competition(pairs, self.links.system, no_match=setting.no_match)
        if setting.weights is None:
            return pairs
        curve = CONFIDENCES if setting.calibrate == "decisions" else SHARES
        return pairs.rescored(probability(pairs.score, curve, setting.weights))

    def _above_floor(self, pairs: Pairs, floor: float) -> NDArray[np.int64]:
        """Return the pairs at or above the floor; APPROVED ones count where that binds."""
        n = int(np.searchsorted(-pairs.score, -floor, side="right"))
        bind = self.links.policy.approved == "accept"
        below = n + np.flatnonzero(pairs.approved[n:]) if bind else np.empty(0, dtype=np.int64)
        return np.concatenate((np.arange(n), below))

    @cached_property
    def constraints(self) -> Constraints:
        """Must-links, cannot-links and groups."""
        return level_constraints(self.links, self._group())

    def _group(self) -> NDArray[np.int32] | None:
        """Return the group of each node by the rule of one member each; ``None`` without one."""
        links = self.links
        if self.one_per is None:
            return None
        group = links.system if self.one_per is Level.INTEGRATION_SOURCE else links.table
        exempt = np.array(list(map(links.system_code, self.many_in)), dtype=np.int64)
        if not len(exempt):
            return group
        return np.where(np.isin(links.system, exempt), np.int32(NO_GROUP), group)


@dataclass(frozen=True, eq=False)
class ClusteringProblem(Problem):
    """A graph's links at one level, as clustering methods see them under a setting."""

    graph: LinkGraph
    level: Level

    RULES: ClassVar[Mapping[Level | None, str]] = MappingProxyType(
        {
            None: "No rule of one column each",
            Level.TABLE: "A cluster takes one column of a table",
            Level.INTEGRATION_SOURCE: "A cluster takes one column of a system",
        }
    )

    @classmethod
    def of(cls, graph: LinkGraph, level: Level, setting: Setting) -> ClusteringProblem:
        """Build a problem; raise if the setting's rule does not suit level or graph."""
        made = cls(LevelLinks.of(graph, level), setting, graph, level)
        made.check(setting)
        return made

    def check(self, setting: Setting) -> None:
        """Raise if the setting's rule does not suit level or graph."""
        check_rule(setting.one_per, self.level)
        self.exempt(setting.many_in)

    def exempt(self, many_in: Iterable[str | UUID]) -> tuple[str, ...]:
        """Return the ids of the systems in ``many_in``, sorted."""
        return exempt_systems(self.graph, many_in)

    def with_graph(self, graph: LinkGraph) -> ClusteringProblem:
        """Return the same problem of another graph of the same nodes, such as a decided one."""
        return replace(self, links=LevelLinks.of(graph, self.level), graph=graph)

    @property
    def first(self) -> int:
        """Code of the level's first node."""
        return self.links.first

    @property
    def exempt_names(self) -> list[str]:
        """Names of the systems in :attr:`many_in`."""
        return [self.graph.node(system).name for system in self.many_in]

    def with_rule(self, one_per: Level | str, many_in: Iterable[str | UUID]) -> ClusteringProblem:
        """Return the same links under a rule of one member of each system or table."""
        if one_per is None:
            raise ArgumentError("one_per is None; name a level, 'integration_source' or 'table'.")
        rule = checked_rule(one_per)
        exempt = self.exempt(many_in)
        setting = replace(self.setting, one_per=rule, many_in=exempt)
        return ClusteringProblem.of(self.graph, self.level, setting)

    def with_policy(self, policy: Policy) -> ClusteringProblem:
        """Return the same links under another policy."""
        return ClusteringProblem.of(self.graph.with_policy(policy), self.level, self.setting)

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
