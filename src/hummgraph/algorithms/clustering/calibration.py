"""Calibration: from the similarity of two columns to the probability that they match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import Pairs

__all__ = ["SHARPNESS", "competition"]

SHARPNESS: Final = 20.0
"""Weight of a lead in confidence: a lead of 0.1 makes a rival e² times less likely."""


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
    odds = np.exp(sharpness * (score - 1.0))
    weakest = float(pairs.score.min(initial=1.0)) if no_match is None else no_match
    none = np.exp(sharpness * (weakest - 1.0))
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
