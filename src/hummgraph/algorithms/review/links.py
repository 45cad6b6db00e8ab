"""Links of a level by the pairs of nodes that they join, and the values of each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.clustering.calibration import (
    CONFIDENCES,
    SHARES,
    competition,
    probability,
)
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.graph.policy import APPROVED, REJECTED, rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import ClusteringProblem

__all__ = ["LinkedPairs", "PairValues"]


@dataclass(frozen=True, slots=True, eq=False)
class PairValues:
    """Values of pairs by the statuses of their links: arrays of shape (n,)."""

    confidence: NDArray[np.float64]
    """Weight of the best link, NaN where none counts: without a weight, or below the floor."""
    approved: NDArray[np.bool_]
    """Whether the best link is APPROVED."""
    link: NDArray[np.int64]
    """Position of the best link."""
    must: NDArray[np.bool_]
    """Whether an APPROVED link binds."""
    cannot: NDArray[np.bool_]
    """Whether a REJECTED link binds."""
    share: NDArray[np.float64]
    """Score of the competition; the confidence where rivals do not count."""
    score: NDArray[np.float64]
    """Score on the scale of the setting, NaN where none counts."""

    def take(self, rows: NDArray[Any]) -> PairValues:
        """Return the values of some pairs, by position or mask."""
        return PairValues(*(getattr(self, name)[rows] for name in self.__slots__))

    def patched(self, rows: NDArray[np.int64], values: PairValues) -> PairValues:
        """Return values of which some rows are others; O(n)."""
        found = []
        for name in self.__slots__:
            column = getattr(self, name).copy()
            column[rows] = getattr(values, name)
            found.append(column)
        return PairValues(*found)

    def best_first(self) -> NDArray[np.int64]:
        """Return the order of pairs in which methods see them."""
        return np.lexsort((self.link, ~self.approved, -self.confidence, -self.share, -self.score))


class LinkedPairs:
    """Pairs of nodes that links of a level join, whatever their statuses: numbered from 0.

    Nodes count from the first of the level. Links of a node to itself are left out.

    Parameters
    ----------
    problem
        The links, and the setting by which pairs are scored.
    """

    def __init__(self, problem: ClusteringProblem) -> None:
        graph, first = problem.graph, problem.first
        ends = graph.arrays.links.ends
        self.problem = problem
        self.n_nodes = problem.constraints.n_nodes
        here = (graph.link_levels == problem.level.depth) & (ends.source != ends.target)
        links = np.flatnonzero(here)
        source, target = ends.source[links] - first, ends.target[links] - first
        keys = np.minimum(source, target).astype(np.int64) * self.n_nodes
        keys += np.maximum(source, target)
        known, pair = np.unique(keys, return_inverse=True)
        self.a, self.b = known // max(self.n_nodes, 1), known % max(self.n_nodes, 1)
        """Ends of each pair, the smaller first: shape (n_pairs,)."""
        self.pair_of_link = np.full(graph.n_links, -1, dtype=np.int64)
        """Pair of each link of the graph, -1 for links of other levels: shape (n_links,)."""
        self.pair_of_link[links] = pair
        self._links = links[np.argsort(pair, kind="stable")]
        self._link_begin = _begins(pair, len(known))
        end_of_pair = np.concatenate((self.a, self.b))
        self._pairs = np.argsort(end_of_pair, kind="stable") % max(len(known), 1)
        self._pair_begin = _begins(end_of_pair, self.n_nodes)

    def __len__(self) -> int:
        return len(self.a)

    def links_of(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the links of some pairs, pair by pair, by position among the graph's."""
        return self._links[_ranges(self._link_begin, pairs)]

    def pairs_at(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the pairs with an end at any of the nodes, sorted."""
        return np.unique(self._pairs[_ranges(self._pair_begin, nodes)])

    def pairs_within(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the pairs with both ends among the nodes, sorted."""
        inside = np.zeros(self.n_nodes, dtype=bool)
        inside[nodes] = True
        pairs = self.pairs_at(nodes)
        return pairs[inside[self.a[pairs]] & inside[self.b[pairs]]]

    def ends_of(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nodes at the ends of pairs, sorted, each once."""
        return np.unique(np.concatenate((self.a[pairs], self.b[pairs])))

    # --- values ------------------------------------------------------------------------------

    def values(self, status: NDArray[np.integer[Any]]) -> PairValues:
        """Return the values of all pairs by the statuses of links: O(m log m) for m links."""
        every = np.arange(len(self))
        found = self.unscored(every, status)
        return self.scored(found, found, every, self.weakest(found))

    def unscored(self, pairs: NDArray[np.int64], status: NDArray[np.integer[Any]]) -> PairValues:
        """Return the values of some pairs by the statuses of links, without their scores."""
        graph, setting = self.problem.graph, self.problem.setting
        policy, columns = graph.policy, graph.arrays.links
        links = self.links_of(pairs)
        owner = np.repeat(
            np.arange(len(pairs)), self._link_begin[pairs + 1] - self._link_begin[pairs]
        )
        states = status[links]
        weight = rounded(
            policy.weights(columns.confidence[links], states, columns.link_type[links])
        )
        approved, rejected = states == APPROVED, states == REJECTED
        order = np.lexsort((links, ~approved, -weight, owner))
        best = order[np.searchsorted(owner, np.arange(len(pairs)))]
        must = np.bincount(owner[approved], minlength=len(pairs)) > 0
        cannot = np.bincount(owner[rejected], minlength=len(pairs)) > 0
        confidence = weight[best]
        if setting.floor is not None:
            below = confidence < setting.floor
            if policy.approved == "accept":
                below &= ~approved[best]
            confidence = np.where(below, np.nan, confidence)
        none = np.full(len(pairs), np.nan)
        return PairValues(
            confidence,
            approved[best],
            links[best],
            must if policy.approved == "accept" else np.zeros_like(must),
            cannot if policy.rejected == "refuse" else np.zeros_like(cannot),
            none,
            none,
        )

    def weakest(self, values: PairValues) -> float:
        """Return the confidence at which a lone candidate is as likely to match as not."""
        given = self.problem.setting.no_match
        if given is not None:
            return given
        there = values.confidence[~np.isnan(values.confidence)]
        return float(there.min(initial=1.0))

    @property
    def rivals_count(self) -> bool:
        """Whether the score of a pair depends on other pairs of its ends."""
        return self.problem.setting.calibrate in {"competition", "both"}

    def scored(
        self,
        values: PairValues,
        rivals: PairValues,
        pairs: NDArray[np.int64],
        weakest: float,
    ) -> PairValues:
        """Return values of some pairs with their scores.

        Parameters
        ----------
        values
            Values of the pairs.
        rivals
            Values of all pairs, by number.
        pairs
            Numbers of the pairs.
        weakest
            The confidence of no match.
        """
        setting = self.problem.setting
        share = values.confidence
        curve = CONFIDENCES
        if self.rivals_count:
            share = self._shares(rivals, pairs, weakest)
            curve = SHARES
        score = share if setting.weights is None else probability(share, curve, setting.weights)
        return PairValues(
            values.confidence,
            values.approved,
            values.link,
            values.must,
            values.cannot,
            share,
            score,
        )

    def _shares(
        self, rivals: PairValues, pairs: NDArray[np.int64], weakest: float
    ) -> NDArray[np.float64]:
        """Return the score of each pair relative to its rivals, NaN for pairs that do not count."""
        contest = self.pairs_at(self.ends_of(pairs))
        contest = contest[~np.isnan(rivals.confidence[contest])]
        own = rivals.take(contest)
        order = np.lexsort((own.link, ~own.approved, -own.confidence))
        contest, own = contest[order], own.take(order)
        nodes = self.ends_of(contest)
        _, system = np.unique(self.problem.links.system[nodes], return_inverse=True)
        local = Pairs(
            len(nodes),
            np.searchsorted(nodes, self.a[contest]).astype(np.int32),
            np.searchsorted(nodes, self.b[contest]).astype(np.int32),
            own.confidence,
            own.approved,
            contest,
        )
        place = np.where(self.problem.links.system[nodes] < 0, -1, system).astype(
            np.int32, copy=False
        )
        found = competition(local, place, no_match=weakest)
        share = np.full(len(self), np.nan)
        share[found.link_index] = found.score
        return share[pairs]


def _begins(owner: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the first row of each owner once rows are sorted: shape (n + 1,)."""
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n))))


def _ranges(begin: NDArray[np.int64], owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of some owners, owner by owner."""
    first, number = begin[owners], begin[owners + 1] - begin[owners]
    offset = np.cumsum(number) - number
    return np.repeat(first - offset, number) + np.arange(int(number.sum()))
