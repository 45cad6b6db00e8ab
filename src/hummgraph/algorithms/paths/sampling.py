"""Sampling of two-terminal reliability: many states of a network at once, one in each bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.paths.two_terminal import Network

__all__ = ["hits", "interval"]

_WORD: Final = 64  # samples in a word
_BLOCK: Final = 1 << 18  # words that all edges take at once, 2 MB
_DENSE: Final = 8  # binary digits that are compared for all samples alike
_WORK: Final = 1 << 32  # words that samples may take before fewer have to do: about 10 seconds
_DRAWING: Final = 128  # words that drawing one takes as long as
_OVERHEAD: Final = 16  # words that an arc takes as long as
_STEP: Final = 20_000  # words that a step takes as long as
_NONE: Final = np.uint64(0)
_ALL: Final = ~_NONE


def hits(network: Network, s: int, t: int, *, n_samples: int, seed: int) -> tuple[int, int]:
    """Count the samples in which t can be reached from s, and the samples.

    Parameters
    ----------
    network
        What is sampled; its edges' order decides which draws are whose.
    s, t
        Nodes.
    n_samples
        How often all edges are drawn, from 1. Fewer, but some, if drawing them and following them
        takes more than `_WORK`.
    seed
        Of the draws, from 0.

    Notes
    -----
    O(n_samples m / 64) words for each step; a step follows all edges out of the nodes that the one
    before reached in some new sample, and there are at most n. Memory does not grow with the number
    of samples.

    Examples
    --------
    >>> from hummgraph.algorithms.paths.two_terminal import Network
    >>> chain = Network(3, np.array([0, 1]), np.array([1, 2]), np.array([1.0, 0.5]), directed=True)
    >>> found, n = hits(chain, 0, 2, n_samples=1_000, seed=0)
    >>> 400 < found < 600, n
    (True, 1000)
    """
    random = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(1, len(network.source))) * _WORD
    begin, to, edge = network.arcs()
    order = np.lexsort((to, begin))
    arcs = begin[order], to[order], edge[order]
    found = work = done = 0
    while done < n_samples and work < _WORK:
        n = min(block, n_samples - done)
        works = _drawn(network.probability, -(-n // _WORD), random)
        reached, spent = _spread(works, arcs, network.n_nodes, s)
        work += spent + works.size * _DRAWING
        done += n
        # The last word may hold more samples than were asked for.
        bits = np.unpackbits(reached[t].astype("<u8").view(np.uint8), bitorder="little")
        found += int(bits[:n].sum())
    return found, done


def interval(n_hits: int, n_samples: int, level: float) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson, which covers at least as often as it says.

    Parameters
    ----------
    n_hits
        Of the samples, those that hit.
    n_samples
        All of them, from 1.
    level
        Confidence level, in (0, 1).

    References
    ----------
    .. [1] C. J. Clopper, E. S. Pearson: The use of confidence or fiducial limits illustrated in the
       case of the binomial. Biometrika 26(4), 1934.

    Examples
    --------
    >>> low, high = interval(5, 10, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.1871, 0.8129)
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    n_others = n_samples - n_hits
    low = float(betaincinv(n_hits, n_others + 1, tail)) if n_hits else 0.0
    high = float(betaincinv(n_hits + 1, n_others, 1 - tail)) if n_others else 1.0
    return low, high


def _drawn(
    probability: NDArray[np.float64], n_words: int, random: np.random.Generator
) -> NDArray[np.uint64]:
    """Draw each edge 64 times a word: a bit is set with exactly the edge's probability.

    An edge works if a uniform number is below its probability. Their binary digits are compared
    from the first on, and it is rare that more than a few of them matter.
    """
    certain = (probability >= 1)[:, None]
    works = np.repeat(np.where(certain, _ALL, _NONE), n_words, axis=1)
    undecided = ~works
    rest = np.where(probability < 1, probability, 0.0)
    for _ in range(_DENSE):
        rest, digit = _next_digit(rest)
        # What draws the very digit stays undecided; to draw 0 where it is 1 is to be below.
        same = _words(random, undecided.shape) ^ ~digit[:, None]
        works |= undecided & ~same & digit[:, None]
        undecided &= same
    row, column = np.nonzero(undecided)
    left = undecided[row, column]
    while len(row):
        # Without digits left, the number is not below.
        kept = (left != 0) & (rest[row] > 0)
        row, column, left = row[kept], column[kept], left[kept]
        rest, digit = _next_digit(rest)
        same = _words(random, left.shape) ^ ~digit[row]
        works[row, column] |= left & ~same & digit[row]
        left &= same
    return works


def _next_digit(rest: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
    """Take the first binary digit off numbers below 1; all bits of a word are the digit."""
    doubled = rest * 2
    one = doubled >= 1
    return doubled - one, np.where(one, _ALL, _NONE)


def _words(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.uint64]:
    return random.integers(0, _ALL, shape, dtype=np.uint64, endpoint=True)


def _spread(
    works: NDArray[np.uint64],
    arcs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    n_nodes: int,
    s: int,
) -> tuple[NDArray[np.uint64], int]:
    """Return in which samples each node is reached, and the work that it took, in words.

    Arcs are sorted by where they begin.
    """
    begin, to, edge = arcs
    since = np.searchsorted(begin, np.arange(n_nodes + 1))
    work = 0
    reached = np.zeros((n_nodes, works.shape[1]), dtype=np.uint64)
    reached[s] = _ALL
    fresh = np.array([s])
    while len(arc := _arcs(since, fresh)):
        work += len(arc) * (works.shape[1] + _OVERHEAD) + _STEP
        arc = arc[np.argsort(to[arc], kind="stable")]
        ends = to[arc]
        first = np.flatnonzero(np.diff(ends, prepend=-1))
        there = ends[first]
        through = np.bitwise_or.reduceat(reached[begin[arc]] & works[edge[arc]], first, axis=0)
        fresh = there[(through & ~reached[there]).any(axis=1)]
        reached[there] |= through
    return reached, work


def _arcs(since: NDArray[np.int64], nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the arcs that begin at some nodes."""
    n = since[nodes + 1] - since[nodes]
    arcs: NDArray[np.int64] = np.arange(n.sum()) + np.repeat(since[nodes] - np.cumsum(n) + n, n)
    return arcs
