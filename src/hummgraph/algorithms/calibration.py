"""Calibration: from how alike two columns are to how sure it is that they are the match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.pairs import Pairs

__all__ = ["NO_MATCH", "SHARPNESS", "competition"]

SHARPNESS: Final = 20.0
"""How much a lead in confidence counts: one of 0.1 makes a rival e² times less likely."""

NO_MATCH: Final = 0.5
"""The confidence at which a lone candidate is as likely as that there is no match at all."""


def competition(
    pairs: Pairs,
    system: NDArray[np.int32],
    *,
    sharpness: float = SHARPNESS,
    no_match: float = NO_MATCH,
) -> Pairs:
    """Score pairs by how they stand against their rivals.

    For a pair of a and b with score s, the rivals are the other pairs of a with b's system, and of
    b with a's. How likely it is that b is *the* match of a in its system is a softmax over these,
    with "no match" as one more candidate; the score is the mean of both sides::

        p_a = exp(B s_ab) / (exp(B t) + sum of exp(B s_ac) over a's candidates c in b's system)
        p = (p_a + p_b) / 2

    Fourteen equally good candidates so get a fourteenth each, which no threshold on confidences can
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
        t, in [0, 1].

    Returns
    -------
    Pairs
        The same pairs in a new order; scores in [0, 1].

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
    none = np.exp(sharpness * (no_match - 1.0))
    p = np.zeros(len(pairs))
    for mine, other in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
        _, rivals = np.unique(mine * (2 * pairs.n_nodes) + place[other], return_inverse=True)
        # Summed smallest first, so that no sum depends on the order of links.
        total = np.bincount(rivals[::-1], weights=odds[::-1])
        p += odds / (none + total[rivals])
    return pairs.rescored(p / 2)
