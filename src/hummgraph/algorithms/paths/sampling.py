"""Monte Carlo sampling of two-terminal reliability, with one sample in each bit of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.paths.two_terminal import Network

__all__ = ["count_hits", "interval"]

_WORD_BITS: Final = 64  # samples in a word
_BLOCK_WORDS: Final = 1 << 18  # words of all edges at a time, 2 MB
_DENSE_DIGITS: Final = 8  # binary digits that are compared for all samples
MAX_SAMPLING_WORK: Final = 1 << 32  # words, about 10 seconds; above, fewer samples are drawn
_WORDS_PER_DRAW: Final = 128  # words that cost as much time as drawing one
_WORDS_PER_ARC: Final = 16  # words that cost as much time as an arc
_WORDS_PER_STEP: Final = 20_000  # words that cost as much time as a step
_NO_BITS: Final = np.uint64(0)
_ALL_BITS: Final = ~_NO_BITS


def count_hits(network: Network, s: int, t: int, *, n_samples: int, seed: int) -> tuple[int, int]:
    """Return the number of samples in which s reaches t, and the number of samples.

    Parameters
    ----------
    network
        The network; the order of its edges determines which draws belong to which edge.
    s, t
        Nodes.
    n_samples
        Number of samples, from 1. Fewer, but at least one word, are drawn if drawing and following
        them takes more than `MAX_SAMPLING_WORK`.
    seed
        Seed of the samples, from 0.

    Notes
    -----
    O(n_samples m / 64) words for each step; a step follows all edges out of the nodes that the step
    before reached in some new sample, and there are at most n. Memory does not grow with the number
    of samples.

    Examples
    --------
    >>> from hummgraph.algorithms.paths.two_terminal import Network
    >>> chain = Network(3, np.array([0, 1]), np.array([1, 2]), np.array([1.0, 0.5]), directed=True)
    >>> found, n = count_hits(chain, 0, 2, n_samples=1_000, seed=0)
    >>> 400 < found < 600, n
    (True, 1000)
    """
    random = np.random.default_rng(seed)
    block = max(1, _BLOCK_WORDS // max(1, len(network.source))) * _WORD_BITS
    begin, to, edge = network.arcs()
    order = np.lexsort((to, begin))
    arcs = begin[order], to[order], edge[order]
    found = work = done = 0
    while done < n_samples and work < MAX_SAMPLING_WORK:
        n = min(block, n_samples - done)
        works = _draw_edges(network.probability, -(-n // _WORD_BITS), random)
        reached, spent = _spread_samples(works, arcs, network.n_nodes, s)
        work += spent + works.size * _WORDS_PER_DRAW
        done += n
        # The last word may hold more samples than requested.
        bits = np.unpackbits(reached[t].astype("<u8").view(np.uint8), bitorder="little")
        found += int(bits[:n].sum())
    return found, done


def interval(n_hits: int, n_samples: int, level: float) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson, which covers at least at its nominal rate.

    Parameters
    ----------
    n_hits
        Number of samples that hit.
    n_samples
        Number of samples, from 1.
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


def _draw_edges(
    probability: NDArray[np.float64], n_words: int, random: np.random.Generator
) -> NDArray[np.uint64]:
    """Draw each edge 64 times a word: a bit is set with exactly the edge's probability.

    An edge works if a uniform number is below its probability. Their binary digits are compared
    from the first on, and rarely more than a few are needed.
    """
    certain = (probability >= 1)[:, None]
    works = np.repeat(np.where(certain, _ALL_BITS, _NO_BITS), n_words, axis=1)
    undecided = ~works
    rest = np.where(probability < 1, probability, 0.0)
    for _ in range(_DENSE_DIGITS):
        rest, digit = _next_digit(rest)
        # A draw of the same digit stays undecided; a draw of 0 against 1 lies below.
        same = _random_words(random, undecided.shape) ^ ~digit[:, None]
        works |= undecided & ~same & digit[:, None]
        undecided &= same
    row, column = np.nonzero(undecided)
    left = undecided[row, column]
    while len(row):
        # A number without further digits is not below.
        kept = (left != 0) & (rest[row] > 0)
        row, column, left = row[kept], column[kept], left[kept]
        rest, digit = _next_digit(rest)
        same = _random_words(random, left.shape) ^ ~digit[row]
        works[row, column] |= left & ~same & digit[row]
        left &= same
    return works


def _next_digit(rest: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
    """Return the first binary digit of numbers below 1, in all bits of a word, and the rest."""
    doubled = rest * 2
    one = doubled >= 1
    return doubled - one, np.where(one, _ALL_BITS, _NO_BITS)


def _random_words(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.uint64]:
    return random.integers(0, _ALL_BITS, shape, dtype=np.uint64, endpoint=True)


def _spread_samples(
    works: NDArray[np.uint64],
    arcs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    n_nodes: int,
    s: int,
) -> tuple[NDArray[np.uint64], int]:
    """Return the samples in which each node is reached, and the work in words.

    Arcs are sorted by their begin.
    """
    begin, to, edge = arcs
    since = np.searchsorted(begin, np.arange(n_nodes + 1))
    work = 0
    reached = np.zeros((n_nodes, works.shape[1]), dtype=np.uint64)
    reached[s] = _ALL_BITS
    fresh = np.array([s])
    while len(arc := _arcs_from(since, fresh)):
        work += len(arc) * (works.shape[1] + _WORDS_PER_ARC) + _WORDS_PER_STEP
        arc = arc[np.argsort(to[arc], kind="stable")]
        ends = to[arc]
        first = np.flatnonzero(np.diff(ends, prepend=-1))
        there = ends[first]
        through = np.bitwise_or.reduceat(reached[begin[arc]] & works[edge[arc]], first, axis=0)
        fresh = there[(through & ~reached[there]).any(axis=1)]
        reached[there] |= through
    return reached, work


def _arcs_from(since: NDArray[np.int64], nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the arcs that begin at some nodes."""
    n = since[nodes + 1] - since[nodes]
    arcs: NDArray[np.int64] = np.arange(n.sum()) + np.repeat(since[nodes] - np.cumsum(n) + n, n)
    return arcs
