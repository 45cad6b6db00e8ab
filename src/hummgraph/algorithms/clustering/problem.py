"""The clustering problem: scored pairs of one level, and the constraints that bind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.calibration import competition
from hummgraph.algorithms.clustering.constraints import Constraints, level_constraints
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, check_threshold, rounded
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["ClusteringProblem", "Pairs", "best_first", "level_pairs"]

CALIBRATIONS = ("competition",)
ONE_PER = (Level.INTEGRATION_SOURCE, Level.TABLE)


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


@dataclass(frozen=True, eq=False)
class ClusteringProblem:
    """A graph's links at one level, as clustering methods see them."""

    graph: LinkGraph
    level: Level
    calibrate: str | None
    one_per: Level | None
    many_in: tuple[str, ...]
    """Ids of the systems exempt from ``one_per``."""
    no_match: float | None = None
    """Confidence at which a match is as likely as not; ``None`` takes the weakest."""

    @classmethod
    def of(
        cls,
        graph: LinkGraph,
        *,
        level: Level | str,
        calibrate: str | None,
        one_per: Level | str | None,
        many_in: Iterable[str | UUID],
        no_match: float | None = None,
    ) -> ClusteringProblem:
        """Build a problem from arguments, which are checked."""
        if calibrate is not None and calibrate not in CALIBRATIONS:
            allowed = ", ".join(map(repr, CALIBRATIONS))
            raise ArgumentError(f"calibrate is {calibrate!r}; it must be {allowed} or None.")
        if no_match is not None:
            if calibrate is None:
                raise ArgumentError(
                    "no_match belongs to calibrate='competition'; without a calibration it does"
                    " nothing."
                )
            no_match = check_threshold("no_match", no_match)
        if one_per is not None and one_per not in ONE_PER:
            allowed = ", ".join(repr(str(known)) for known in ONE_PER)
            raise ArgumentError(f"one_per is {one_per!r}; it must be {allowed} or None.")
        members = as_level(level)
        one = None if one_per is None else Level(one_per)
        if one is not None and one.depth >= members.depth:
            raise ArgumentError(
                f"one_per is {str(one)!r}, but the members are {members}s themselves;"
                " it must be a level above theirs, or None."
            )
        if not isinstance(many_in, Iterable):
            raise ArgumentError(
                f"many_in is {many_in!r}; it must be a list of systems, by name or id."
            )
        exempt = []
        for system in [many_in] if isinstance(many_in, str) else many_in:
            node = graph.node(str(system))
            if node.level is not Level.INTEGRATION_SOURCE:
                raise ArgumentError(f"many_in has {str(system)!r}, which is not a system.")
            exempt.append(node.node_id)
        if exempt and one is None:
            raise ArgumentError(
                "many_in says where one_per does not hold; without one_per it does nothing."
            )
        return cls(graph, members, calibrate, one, tuple(sorted(exempt)), no_match)

    @property
    def exempt_names(self) -> list[str]:
        """Names of the systems in :attr:`many_in`."""
        return [self.graph.node(system).name for system in self.many_in]

    def with_rule(self, one_per: Level | str, many_in: Iterable[str | UUID]) -> ClusteringProblem:
        """Return the same links under a rule of one member of each system or table."""
        if one_per is None:
            raise ArgumentError("one_per is None; name a level, 'integration_source' or 'table'.")
        return ClusteringProblem.of(
            self.graph,
            level=self.level,
            calibrate=self.calibrate,
            no_match=self.no_match,
            one_per=one_per,
            many_in=many_in,
        )

    def with_policy(self, policy: Policy) -> ClusteringProblem:
        """Return the same links under another policy."""
        return replace(self, graph=self.graph.with_policy(policy))

    @property
    def scale(self) -> str:
        """Scale of the thresholds."""
        return "confidence" if self.calibrate is None else self.calibrate

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
    def pairs(self) -> Pairs:
        """Pairs with the scores that methods see, best first."""
        pairs = level_pairs(self.graph, self.level)
        if self.calibrate is None:
            return pairs
        return competition(pairs, self.system, no_match=self.no_match)

    @cached_property
    def constraints(self) -> Constraints:
        """Must-links, cannot-links and groups."""
        many_in = np.array([self.graph.index_of(system) for system in self.many_in], dtype=np.int64)
        return level_constraints(self.graph, self.level, one_per=self.one_per, many_in=many_in)

    @cached_property
    def link_scores(self) -> NDArray[np.float64]:
        """Score of each link on the method's scale, NaN where it has none: shape (n_links,).

        Parallel links all have the score of their pair once it is calibrated.
        """
        graph = self.graph
        here = graph.link_levels == self.level.depth
        if self.calibrate is None:
            return np.where(here, rounded(graph.weights), np.nan)
        scores = np.full(graph.n_links, np.nan)
        pairs, ends = self.pairs, graph.arrays.links.ends
        keys = pairs.a.astype(np.int64) * pairs.n_nodes + pairs.b
        order = np.argsort(keys)
        chosen = np.flatnonzero(here & ~np.isnan(graph.weights) & (ends.source != ends.target))
        source, target = ends.source[chosen] - self.first, ends.target[chosen] - self.first
        wanted = np.minimum(source, target).astype(np.int64) * pairs.n_nodes
        wanted += np.maximum(source, target)
        scores[chosen] = pairs.score[order[np.searchsorted(keys, wanted, sorter=order)]]
        return scores
