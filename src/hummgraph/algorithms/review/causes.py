"""Causes: the fewest changed links without which a change of clusters would not be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["FOUND", "Causes", "fewest"]

FOUND: Final = ("smallest", "minimal", "sufficient", "none")
"""Minimality of the causes found; see :attr:`Diff.changes`."""

MAX_BRUTE: Final = 3
"""Largest sets of which all are tried."""

MIN_PARTS: Final = 2
"""Parts into which causes are taken at first: with two, one part is the rest of the other."""


@dataclass(frozen=True, slots=True)
class Causes:
    """Causes of a change, by number."""

    causes: tuple[int, ...]
    found: str
    """One of `FOUND`."""


def fewest(
    undoes: Callable[[tuple[int, ...]], bool],
    candidates: Sequence[int],
    *,
    n_near: int,
    max_trials: int,
    wider: Iterable[Sequence[int]] = (),
) -> Causes:
    """Return a set of causes that undoes a change, as small as can be found.

    Parameters
    ----------
    undoes
        Whether putting back some causes undoes the change.
    candidates
        All that may have caused it, the likeliest first.
    n_near
        Number of them that are tried alone before all.
    max_trials
        Greatest number of sets to try in each of two searches: all sets of one, two and three
        causes, each size only if all of that size may be tried, and then by delta debugging.
    wider
        Candidates to try together if the near ones do not undo it, before all are tried.

    Notes
    -----
    Delta debugging [1]_ tries O(n²) sets of n candidates at most, O(log n) where one suffices.

    References
    ----------
    .. [1] A. Zeller, R. Hildebrandt: Simplifying and isolating failure-inducing input. IEEE
       Transactions on Software Engineering 28, 2002. https://doi.org/10.1109/32.988498
    """
    n, left, excluded = len(candidates), max_trials, 0
    for size in range(1, min(n, MAX_BRUTE) + 1):
        if comb(n, size) > left:
            break
        left -= comb(n, size)
        for chosen in combinations(candidates, size):
            if undoes(chosen):
                return Causes(chosen, "smallest")
        excluded = size
    pools = (one for one in _pools(candidates, n_near, wider) if len(one) > excluded)
    pool = next((one for one in pools if undoes(one)), ())
    if not pool:
        return Causes((), "none")
    found, whole = _reduced(undoes, pool, max_trials)
    if len(found) == excluded + 1:
        return Causes(found, "smallest")
    return Causes(found, "minimal" if whole else "sufficient")


def _pools(
    candidates: Sequence[int], n_near: int, wider: Iterable[Sequence[int]]
) -> Iterator[tuple[int, ...]]:
    """Yield more and more candidates: the near ones, wider ones, and last all."""
    if 0 < n_near < len(candidates):
        yield tuple(candidates[:n_near])
        yield from (tuple(one) for one in wider if n_near < len(one) < len(candidates))
    yield tuple(candidates)


def _reduced(
    undoes: Callable[[tuple[int, ...]], bool], causes: tuple[int, ...], max_trials: int
) -> tuple[tuple[int, ...], bool]:
    """Return causes of which none can be left out, and whether that was found in time."""
    n_parts, trials = MIN_PARTS, 0
    while len(causes) > 1:
        bounds = [len(causes) * at // n_parts for at in range(n_parts + 1)]
        cuts = list(pairwise(bounds))
        parts = [causes[a:b] for a, b in cuts]
        rests = [causes[:a] + causes[b:] for a, b in cuts] if n_parts > MIN_PARTS else []
        for at, smaller in enumerate((*parts, *rests)):
            trials += 1
            if trials > max_trials:
                return causes, False
            if undoes(smaller):
                causes = smaller
                n_parts = MIN_PARTS if at < n_parts else n_parts - 1
                break
        else:
            if n_parts == len(causes):
                break
            n_parts *= 2
        n_parts = min(n_parts, len(causes))
    return causes, True
