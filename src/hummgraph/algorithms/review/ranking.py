"""Open suggestions, and the order in which they are worth a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.calibration import CONFIDENCES, SHARES, probability
from hummgraph.algorithms.clustering.choice import Evidence, fitted_weights
from hummgraph.algorithms.kernels.components import components
from hummgraph.graph.policy import DETERMINISTIC, SUGGESTED, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.review.held import Held

__all__ = ["EXACT", "GROUPS", "ORDERS", "SCORED", "UNSCORED", "Open", "Ranking"]

ORDERS: Final = ("uncertainty", "flips", "random")
"""Orders of questions inside a group."""

EXACT, SCORED, UNSCORED = 1, 2, 3
GROUPS: Final = ("contradiction", "exact rule", "scored", "unscored")
"""Groups of questions, in their order."""

BANDS: Final = (0.1, 0.3)
"""Distances of a probability from one half up to which links are about as uncertain.

Inside a band the answer counts that is expected to change most. Among widths from 0.02 to 0.2, this
was the best at 5 and 10 % of the links, on generated organisations other than those of the
benchmark.
"""

UNKNOWN: Final = 0.5
"""Probability of a link without a confidence, where one must be assumed."""


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """Suggestions that decisions do not settle, by link id: arrays of shape (n,)."""

    link: NDArray[np.int64]
    probability: NDArray[np.float64]
    """Probability that the link is right, in [0, 1]; NaN where it has no score."""
    group: NDArray[np.int64]
    """Position among `GROUPS`."""
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    """Clusters of both ends, by label, the smaller first."""
    flips: NDArray[np.float64]
    """Expected number of pairs of nodes that an answer moves together or apart."""
    apart: NDArray[np.bool_]
    """Whether a rejection between the two clusters keeps them apart already."""

    def __len__(self) -> int:
        return len(self.link)


class Ranking:
    """The order of questions about a graph's suggestions.

    Parameters
    ----------
    held
        The clusters at the beginning, whose calibration is held.
    order
        One of `ORDERS`.
    seed
        Seed of the random order.
    """

    def __init__(self, held: Held, order: str, seed: int) -> None:
        problem = held.problem
        setting = problem.setting
        graph = problem.graph
        self._order = order
        self._rivals = setting.calibrate in {"competition", "both"}
        weights = setting.weights
        if weights is None:
            kind = "both" if self._rivals else "decisions"
            weights = fitted_weights(Evidence.of(problem), kind)
        self._is_fitted = setting.calibrate == "both"
        self._weights = weights
        links = graph.arrays.links
        # Those of decided links, too, as though nobody had decided: a decision may be taken back.
        undecided = np.full_like(links.status, SUGGESTED)
        self._confidence = rounded(
            graph.policy.weights(links.confidence, undecided, links.link_type)
        )
        self._of_confidence = probability(self._confidence, CONFIDENCES, weights)
        self._draw = np.random.default_rng(seed).permutation(graph.n_links)

    def probabilities(self, held: Held, links: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probability that each link is right: NaN without a score, shape (n,)."""
        if not self._rivals:
            return self._of_confidence[links]
        score = held.values.score[held.linked.pair_of_link[links]]
        if not self._is_fitted:
            score = probability(score, SHARES, self._weights)
        # Below a floor a link has no part in the competition, which it would lose.
        lost = np.isnan(score) & (held.status[links] == SUGGESTED)
        return np.where(np.isnan(self._confidence[links]), np.nan, np.where(lost, 0.0, score))

    def surety(self, links: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the surety of links by themselves, decided or not, in [0, 1]: shape (n,).

        Their probability, or where that depends on rivals, which decided links have not, their
        confidence.
        """
        own = self._confidence if self._rivals else self._of_confidence
        return np.nan_to_num(own[links], nan=UNKNOWN)

    def open(self, held: Held, done: NDArray[np.bool_]) -> Open:
        """Return the suggestions that are open: O(n + m) for n nodes and m links.

        Parameters
        ----------
        held
            The clusters as they are.
        done
            Links about which nobody is to be asked any more.
        """
        linked, values = held.linked, held.values
        unit = components(linked.n_nodes, linked.a[values.must], linked.b[values.must])
        n_units = int(unit.max(initial=-1)) + 1
        x, y = unit[linked.a].astype(np.int64), unit[linked.b].astype(np.int64)
        key = np.minimum(x, y) * n_units + np.maximum(x, y)
        # Decided by transitivity: within a unit, or between two that a rejection keeps apart.
        settled = (x == y) | _among(key, key[values.cannot])
        pair = linked.pair_of_link
        links = np.flatnonzero((pair >= 0) & (held.status == SUGGESTED) & ~done)
        links = links[~settled[pair[links]]]
        pair = pair[links]
        ends = np.sort(held.label[np.stack((linked.a[pair], linked.b[pair]))], axis=0)
        found = self.probabilities(held, links)
        kind = held.problem.graph.arrays.links.link_type[links]
        group = np.where(np.isnan(found), UNSCORED, SCORED)
        group[(kind == DETERMINISTIC) & (ends[0] != ends[1])] = EXACT
        size = np.bincount(held.label)
        unit_size = np.bincount(unit)
        small = np.minimum(unit_size[x[pair]], unit_size[y[pair]])
        known = np.where(np.isnan(found), UNKNOWN, found)
        flips = np.where(
            ends[0] != ends[1],
            known * size[ends[0]] * size[ends[1]],
            (1 - known) * small * (size[ends[0]] - small),
        )
        n = held.n_labels
        kept = np.sort(held.label[np.stack((linked.a, linked.b))[:, values.cannot]], axis=0)
        # Inside a cluster a rejection keeps nothing apart: it is a contradiction.
        apart = (ends[0] != ends[1]) & _among(ends[0] * n + ends[1], kept[0] * n + kept[1])
        return Open(links, found, group, ends[0], ends[1], flips, apart)

    def drawn(self, open_: Open) -> Iterator[int]:
        """Yield positions in a random order, which does not change as others are decided."""
        yield from np.argsort(self._draw[open_.link]).tolist()

    def sampled(self, open_: Open) -> Iterator[int]:
        """Yield in that order the positions of links with a score: only such links calibrate."""
        scored = ~np.isnan(open_.probability)
        return (row for row in self.drawn(open_) if scored[row])

    def ranked(self, open_: Open) -> Iterator[int]:
        """Yield positions in the order of questions, one for each pair of clusters.

        In a random order all are there, and groups do not matter: it is a fair sample.
        """
        if self._order == "random":
            yield from self.drawn(open_)
            return
        known = np.where(np.isnan(open_.probability), UNKNOWN, open_.probability)
        sure = np.abs(known - UNKNOWN)
        keys: tuple[NDArray[Any], ...] = (-open_.flips,)
        if self._order == "uncertainty":
            keys = (sure, -open_.flips, np.digitize(sure, BANDS))
        order = np.lexsort((*keys, 2 * open_.group + open_.apart))
        seen: set[tuple[int, int]] = set()
        for row in order.tolist():
            clusters = int(open_.x[row]), int(open_.y[row])
            if clusters not in seen:
                seen.add(clusters)
                yield row


def _among(keys: NDArray[np.int64], some: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return a mask of the keys that are among some others, which are few."""
    known = np.sort(some)
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: NDArray[np.bool_] = known[place] == keys
    return found
