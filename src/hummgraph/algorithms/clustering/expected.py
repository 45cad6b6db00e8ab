"""Expected precision and recall, from the probabilities of pairs inside and outside clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.clustering.calibration import CONFIDENCES, SHARES, probability
from hummgraph.algorithms.clustering.choice import Evidence, fitted_weights
from hummgraph.algorithms.clustering.problem import pair_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Joins
    from hummgraph.algorithms.clustering.forest import Forest
    from hummgraph.algorithms.clustering.problem import Pairs, Problem

__all__ = ["Expected", "UnitPairs", "expected_of", "expected_precision", "unit_pairs"]


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected counts of pairs of nodes after each number of joins: shape (n_joins + 1,)."""

    right: NDArray[np.float64]
    """Expected number of right pairs inside clusters."""
    found: NDArray[np.float64]
    """Number of pairs inside clusters."""
    total: NDArray[np.float64]
    """Expected number of right pairs, inside clusters and outside."""

    @property
    def precision(self) -> NDArray[np.float64]:
        """Expected precision: NaN without pairs."""
        return _safe_shares(self.right, self.found)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Expected recall: NaN without pairs."""
        return _safe_shares(self.right, self.total)

    @property
    def f1(self) -> NDArray[np.float64]:
        """Expected F1: NaN without pairs."""
        return _safe_shares(2 * self.right, self.found + self.total)


@dataclass(frozen=True, slots=True, eq=False)
class UnitPairs:
    """Linked pairs of units, each once with its best link: arrays of shape (n,)."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    right: NDArray[np.float64]
    """Probability that the two are the same, in [0, 1]."""
    times: NDArray[np.float64]
    """Number of pairs of nodes between them."""


def unit_pairs(problem: Problem) -> UnitPairs:
    """Return the linked pairs of units of a problem, those below the floor included.

    Probabilities are those of the setting where its scores are such; otherwise a curve is fitted to
    the graph's decided links. O(n log n) for n pairs.
    """
    constraints, pairs = problem.constraints, problem.confident_pairs
    unit = constraints.unit.astype(np.int64)
    x, y = unit[pairs.a], unit[pairs.b]
    apart = np.flatnonzero(x != y)
    key = np.minimum(x, y)[apart] * constraints.n_units + np.maximum(x, y)[apart]
    chosen = apart[np.sort(np.unique(key, return_index=True)[1])]
    x, y = x[chosen], y[chosen]
    size = constraints.unit_size
    right = _probabilities(problem, pairs)[chosen]
    return UnitPairs(x, y, right, (size[x] * size[y]).astype(np.float64))


def _probabilities(problem: Problem, pairs: Pairs) -> NDArray[np.float64]:
    setting = problem.setting
    rivals = setting.calibrate in {"competition", "both"}
    if rivals:
        # Below a floor there is no competition; such pairs have no probability.
        score = np.nan_to_num(pair_scores(problem.pairs, pairs.a, pairs.b))
        if setting.calibrate == "both":
            return score
    weights = setting.weights
    if weights is None:
        weights = fitted_weights(Evidence.of(problem), "both" if rivals else "decisions")
    if rivals:
        return probability(score, SHARES, weights)
    return probability(pairs.score, CONFIDENCES, weights)


def expected_of(problem: Problem, joins: Joins, forest: Forest) -> Expected:
    """Return the expected counts along a merge tree.

    A pair without a link inside a cluster is right with probability sqrt(density * mean q): the
    square root of the mean over the cluster's possible pairs, of which those without a link count
    as 0. Pairs that APPROVED links settle are left out.

    Notes
    -----
    O((n + m) log n) for n units and m pairs.
    """
    constraints = problem.constraints
    n, n_joins = constraints.n_units, len(joins)
    found = unit_pairs(problem)
    join = _first_common_join(forest, n, found.x, found.y)
    inside = join >= 0
    weight = found.right * found.times
    q = np.bincount(join[inside], weights=weight[inside], minlength=n_joins)
    linked = np.bincount(join[inside], weights=found.times[inside], minlength=n_joins)
    size = constraints.unit_size.astype(np.float64)
    sizes = np.concatenate((size, forest.size)).tolist()
    # Sums of each cluster from its two sides, in the order of joins.
    total_q, total_linked, pairs = [0.0] * n, [0.0] * n, [0.0] * n
    for a, b, own_q, own_linked in zip(
        forest.left.tolist(), forest.right.tolist(), q.tolist(), linked.tolist(), strict=True
    ):
        total_q.append(total_q[a] + total_q[b] + own_q)
        total_linked.append(total_linked[a] + total_linked[b] + own_linked)
        pairs.append(pairs[a] + pairs[b] + sizes[a] * sizes[b])
    every = np.array(pairs)
    right = np.array(total_q)
    absent = _worth(right, np.array(total_linked), every)

    def along(value: NDArray[np.float64]) -> NDArray[np.float64]:
        step = value[n:] - value[forest.left] - value[forest.right]
        return np.concatenate(([0.0], np.cumsum(step)))

    worth = along(absent)
    return Expected(along(right) + worth, along(every), float(weight.sum()) + worth)


def _worth(
    right: NDArray[np.float64], linked: NDArray[np.float64], pairs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the expected number of right pairs among those without a link."""
    mean = np.divide(right, pairs, out=np.zeros(len(right)), where=pairs > 0)
    return np.maximum(pairs - linked, 0.0) * np.sqrt(mean)


def _first_common_join(
    forest: Forest, n_units: int, x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the join that brings each two units together, -1 for none: O((n + m) log n).

    In the order of leaves, a join stands at the gap between its two sides; of two units it is the
    latest join at a gap between them.
    """
    n_joins = len(forest.left)
    if not n_joins:
        return np.full(len(x), -1)
    left, right = forest.left.tolist(), forest.right.tolist()
    leaves = [1] * n_units
    for a, b in zip(left, right, strict=True):
        leaves.append(leaves[a] + leaves[b])
    begin = [-1] * (n_units + n_joins)
    gap = np.full(n_units + 1, n_joins, dtype=np.int32)
    end = 0
    for join in range(n_joins - 1, -1, -1):
        node = n_units + join
        if begin[node] < 0:  # a whole tree
            begin[node] = end
            end += leaves[node]
        a, b = left[join], right[join]
        begin[a] = begin[node]
        begin[b] = begin[node] + leaves[a]
        gap[begin[b]] = join
    # The latest join at 2^k gaps from each place on.
    levels = [gap]
    while 2 ** len(levels) <= n_units:
        half = 2 ** (len(levels) - 1)
        before = levels[-1]
        levels.append(np.maximum(before[:-half], before[half:]))
    place = np.array(begin[:n_units], dtype=np.int64)
    a, b = np.minimum(place[x], place[y]), np.maximum(place[x], place[y])
    known = np.flatnonzero(a >= 0)
    level = np.frexp((b - a)[known].astype(np.float64))[1] - 1
    found = np.full(len(x), -1, dtype=np.int64)
    for k, gaps in enumerate(levels):
        here = known[level == k]
        latest = np.maximum(gaps[a[here] + 1], gaps[b[here] + 1 - 2**k])
        found[here] = np.where(latest < n_joins, latest, -1)
    return found


def expected_precision(
    problem: Problem, label: NDArray[np.int64], n_clusters: int
) -> NDArray[np.float64]:
    """Return the expected share of right pairs in each cluster, in [0, 1]: shape (n_clusters,).

    Parameters
    ----------
    problem
        The links and decisions.
    label
        Cluster of each node of the level, -1 for none.
    n_clusters
        Number of clusters.

    Notes
    -----
    Pairs that APPROVED links unite are right; those without a link count as in `expected_of`.
    """
    constraints = problem.constraints
    found = unit_pairs(problem)
    of_unit = np.full(constraints.n_units, -1)
    of_unit[constraints.unit] = label
    inside = (of_unit[found.x] == of_unit[found.y]) & (of_unit[found.x] >= 0)
    cluster = of_unit[found.x[inside]]

    def total(of: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(of, weights=weights, minlength=n_clusters).astype(np.float64)

    q = total(cluster, (found.right * found.times)[inside])
    linked = total(cluster, found.times[inside])
    size = constraints.unit_size.astype(np.float64)
    some = np.flatnonzero(of_unit >= 0)
    sizes, within = total(of_unit[some], size[some]), total(of_unit[some], size[some] ** 2)
    settled = (within - sizes) / 2
    every = sizes * (sizes - 1) / 2
    right: NDArray[np.float64] = settled + q + _worth(q, linked, every - settled)
    shares: NDArray[np.float64] = right / every
    return shares


def _safe_shares(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.full(len(part), np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares
