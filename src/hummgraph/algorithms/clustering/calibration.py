"""Calibration: from the similarity of two columns to the probability that they match.

Two steps, each of which can be left out: competition turns a confidence into a score against
rivals, and a logistic curve, fitted to decided links, turns a confidence or such a score into a
probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import Pairs

__all__ = [
    "CONFIDENCES",
    "SHARES",
    "SHARPNESS",
    "Curve",
    "competition",
    "fitted",
    "odds_of",
    "probability",
]

SHARPNESS: Final = 20.0
"""Weight of a lead in confidence: a lead of 0.1 makes a rival e² times less likely."""

MIN_SLOPE: Final = 0.1
"""Least slope of a fitted curve: a higher confidence never makes a link less probable, even where
reviewers rejected the surest links and approved the others."""

MAX_STEPS: Final = 100
"""Most steps of a fit, which takes fewer than ten as a rule."""

MAX_CHANGE: Final = 1e-12
"""A step that changes no weight by more ends the fit."""

MAX_RISE: Final = 1e-9
"""A step after which the loss is higher by more is halved; less may be rounding."""


class Curve(NamedTuple):
    """The prior of a logistic curve over confidences, or over scores of competition.

    Chosen on catalogues of columns and on match graphs of records with known truth; the decisions
    of an organisation move the weights from there.
    """

    means: tuple[float, float]
    deviations: tuple[float, float]
    of_competition: bool

    def feature(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the variable in which the curve is linear: shape (n,)."""
        if not self.of_competition:
            return 10.0 * (score - 0.65)
        share = np.clip(score, 1e-4, 1.0 - 1e-4)
        return 1.3 * np.log(share / (1.0 - share)) - 0.9


CONFIDENCES: Final = Curve((-1.13, 0.88), (0.5, 0.2), of_competition=False)
SHARES: Final = Curve((0.0, 1.0), (1.5, 0.3), of_competition=True)


def probability(
    score: NDArray[np.float64], curve: Curve, weights: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the probability that a link of each score is right, to nine decimals: shape (n,).

    Parameters
    ----------
    score
        Confidences or scores of competition, in [0, 1] or NaN, which stays.
    curve
        Curve of the weights.
    weights
        Offset and slope.

    Examples
    --------
    >>> import numpy as np
    >>> probability(np.array([0.65, 0.9]), CONFIDENCES, (0.0, 1.0)).round(3).tolist()
    [0.5, 0.924]
    """
    offset, slope = weights
    return rounded(1.0 / (1.0 + np.exp(-(offset + slope * curve.feature(score)))))


def fitted(
    score: NDArray[np.float64],
    right: NDArray[np.bool_],
    curve: Curve,
    *,
    weight: NDArray[np.float64] | None = None,
    offset: NDArray[np.float64] | None = None,
) -> tuple[float, float]:
    """Fit a logistic curve to decided links: the weights with the highest posterior probability.

    Parameters
    ----------
    score
        Confidences or scores of competition of the links, in [0, 1], shape (n,).
    right
        Whether each was approved, shape (n,).
    curve
        The prior: independent normal distributions of offset and slope.
    weight
        Weight of each link, shape (n,); 1 when not given.
    offset
        Known part of each link's log odds, shape (n,); 0 when not given.

    Returns
    -------
    tuple[float, float]
        Offset and slope, rounded to nine decimals; the slope is at least 0.1. Without links the
        means of the prior.

    Notes
    -----
    Newton's method on a convex function; O(n) a step. Links are summed in order of their scores, so
    that no weight depends on the order of records. Platt [1]_ fits the same curve to scores of
    classifiers.

    References
    ----------
    .. [1] J. Platt: Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods. Advances in Large Margin Classifiers, 1999.

    Examples
    --------
    >>> import numpy as np
    >>> fitted(np.empty(0), np.empty(0, dtype=bool), CONFIDENCES)
    (-1.13, 0.88)
    """
    x = curve.feature(score)
    y = right.astype(np.float64)
    times = np.ones(len(x)) if weight is None else weight
    known = np.zeros(len(x)) if offset is None else offset
    order = np.lexsort((known, times, y, x))
    x, y, times, known = x[order], y[order], times[order], known[order]
    w0, w1 = _newton(x, y, times, known, curve, slope=None)
    if w1 < MIN_SLOPE:
        w0, w1 = _newton(x, y, times, known, curve, slope=MIN_SLOPE)
    return round(w0, 9), round(w1, 9)


def _newton(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    times: NDArray[np.float64],
    known: NDArray[np.float64],
    curve: Curve,
    *,
    slope: float | None,
) -> tuple[float, float]:
    """Return offset and slope of the best curve; with a slope given, only the offset is fitted."""
    (m0, m1), (s0, s1) = curve.means, curve.deviations

    def loss(w0: float, w1: float) -> float:
        odds = w0 + w1 * x + known
        fit = (times * (np.logaddexp(0.0, odds) - y * odds)).sum()
        return float(fit) + ((w0 - m0) / s0) ** 2 / 2 + ((w1 - m1) / s1) ** 2 / 2

    w0, w1 = m0, m1 if slope is None else slope
    before = loss(w0, w1)
    for _ in range(MAX_STEPS):
        p = 1.0 / (1.0 + np.exp(-(w0 + w1 * x + known)))
        error, spread = times * (p - y), times * p * (1.0 - p)
        g0 = float(error.sum()) + (w0 - m0) / s0**2
        h00 = float(spread.sum()) + 1.0 / s0**2
        if slope is not None:
            step0, step1 = g0 / h00, 0.0
        else:
            g1 = float((error * x).sum()) + (w1 - m1) / s1**2
            h01 = float((spread * x).sum())
            h11 = float((spread * x * x).sum()) + 1.0 / s1**2
            determinant = h00 * h11 - h01 * h01
            step0 = (h11 * g0 - h01 * g1) / determinant
            step1 = (h00 * g1 - h01 * g0) / determinant
        # A whole step may overshoot where a sure link was decided the other way.
        while (after := loss(w0 - step0, w1 - step1)) > before + MAX_RISE:
            step0, step1 = step0 / 2, step1 / 2
        w0, w1, before = w0 - step0, w1 - step1, after
        if max(abs(step0), abs(step1)) <= MAX_CHANGE:
            break
    return w0, w1


def competition(
    pairs: Pairs,
    system: NDArray[np.int32],
    *,
    sharpness: float = SHARPNESS,
    no_match: float | None = None,
) -> Pairs:
    """Return the score of each pair relative to its rivals.

    For a pair of a and b with score s, the rivals are the other pairs of a with b's system, and of
    b with a's, whichever end of a link they are. How likely it is that b is *the* match of a in its
    system is a softmax over these, with "no match" as one more candidate; the score is the mean of
    both ends::

        p_a = exp(B s_ab) / (exp(B t) + sum of exp(B s_ac) over a's candidates c in b's system)
        p = (p_a + p_b) / 2

    So fourteen equally good candidates get a fourteenth each, which no threshold on confidences can
    do. APPROVED links count as sure.

    Parameters
    ----------
    pairs
        Best first.
    system
        System of each node, shape (n_nodes,); nodes with -1 have one of their own.
    sharpness
        B, above 0.
    no_match
        The t above, in [0, 1]: the score at which a lone candidate is as likely to match as not.
        The lowest score of the pairs when not given.

    Returns
    -------
    Pairs
        The same pairs in a new order; scores in [0, 1], rounded to nine decimals. Pairs of equal
        scores keep their order.

    Notes
    -----
    O(m log m) for m pairs. Exponents are taken below the largest, so nothing overflows.

    References
    ----------
    .. [1] J. Bridle: Probabilistic interpretation of feedforward classification network outputs.
       Neurocomputing, 1990. https://doi.org/10.1007/978-3-642-76153-9_28
    """
    known = system >= 0
    nodes = np.arange(pairs.n_nodes, dtype=np.int64)
    place = np.where(known, system, pairs.n_nodes + nodes)
    score = np.where(pairs.approved, 1.0, pairs.score)
    odds = odds_of(score, sharpness)
    weakest = float(pairs.score.min(initial=1.0)) if no_match is None else no_match
    none = odds_of(np.array([weakest]), sharpness)[0]
    # Both ends of each pair one after the other: all candidates of a node in a system compete,
    # whether their numbers are smaller or larger than the node's.
    mine = np.column_stack((pairs.a, pairs.b)).astype(np.int64)
    contests = mine * (2 * pairs.n_nodes) + place[mine[:, ::-1]]
    _, contest = np.unique(contests, return_inverse=True)
    contest = contest.reshape(-1, 2)
    # Summed from the last pair to the first, an order that does not depend on numbers of nodes.
    total = np.bincount(contest[::-1].ravel(), weights=np.repeat(odds[::-1], 2))
    p = (odds[:, None] / (none + total[contest])).sum(axis=1) / 2
    return pairs.rescored(rounded(p))


def odds_of(score: NDArray[np.float64], sharpness: float = SHARPNESS) -> NDArray[np.float64]:
    """Return the weight of each score among its rivals: shape (n,), 1 for a score of 1."""
    odds: NDArray[np.float64] = np.exp(sharpness * (score - 1.0))
    return odds
