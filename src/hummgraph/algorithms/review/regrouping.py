"""Regroupings: clusters that merge, split, appear, vanish, grow and shrink."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.kernels.components import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KINDS", "Regrouping", "regroupings"]

KINDS: Final = ("merged", "split", "regrouped", "appeared", "vanished", "grew", "shrank")
"""Changes of clusters, in the order in which they are listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Regrouping:
    """Old and new clusters that share members, and no member with any others."""

    kind: str
    """One of `KINDS`."""
    before: tuple[int, ...]
    """Labels of the old clusters, the largest first, then that with the first node."""
    after: tuple[int, ...]
    """Groups that are the new clusters, in the same order."""
    nodes: NDArray[np.int64]
    """Members of any of them, sorted."""
    groups: NDArray[np.int64]
    """Group of each, shape (n,)."""
    heir: dict[int, int]
    """The old cluster that each new one continues: that with which it shares most members."""


def regroupings(
    nodes: NDArray[np.int64],
    label: NDArray[np.int64],
    group: NDArray[np.int64],
) -> list[Regrouping]:
    """Return the changes of clusters, the largest first.

    Parameters
    ----------
    nodes
        Members of whole clusters, old and new, sorted.
    label, group
        Old and new cluster of each, shape (n,); one of a single node is none.

    Notes
    -----
    O(n log n) for n nodes.
    """
    old, x = np.unique(label, return_inverse=True)
    new, y = np.unique(group, return_inverse=True)
    part = components(len(old) + len(new), x, len(old) + y)[x]
    order = np.argsort(part, kind="stable")
    begin = np.flatnonzero(np.diff(part[order], prepend=-1))
    found = []
    for rows in np.split(order, begin[1:]) if len(order) else []:
        olds, news = np.unique(x[rows]), np.unique(y[rows])
        if len(olds) == len(news) == 1:
            continue
        before = _largest_first(label[rows])
        after = _largest_first(group[rows])
        kind = _kind_of(len(before), len(after), len(olds), len(news))
        heir = _heirs(label[rows], group[rows], before, after)
        found.append(Regrouping(kind, before, after, nodes[rows], group[rows], heir))
    found.sort(key=lambda one: (-len(one.nodes), int(one.nodes[0])))
    return found


def _kind_of(n_before: int, n_after: int, n_old: int, n_new: int) -> str:
    """Return the kind by the numbers of clusters, and of clusters and nodes alone."""
    if not n_before:
        return "appeared"
    if not n_after:
        return "vanished"
    if n_before > 1:
        return "merged" if n_after == 1 else "regrouped"
    if n_after > 1:
        return "split"
    if n_old > n_before and n_new > n_after:
        return "regrouped"
    return "grew" if n_old > n_before else "shrank"


def _heirs(
    label: NDArray[np.int64],
    group: NDArray[np.int64],
    before: tuple[int, ...],
    after: tuple[int, ...],
) -> dict[int, int]:
    """Return the old cluster of each new one: pairs that share most members first."""
    shared = Counter(zip(group.tolist(), label.tolist(), strict=True))
    old_place = {old: at for at, old in enumerate(before)}
    new_place = {new: at for at, new in enumerate(after)}
    ranked = sorted(
        (-number, new_place[new], old_place[old], new, old)
        for (new, old), number in shared.items()
        if new in new_place and old in old_place
    )
    heir: dict[int, int] = {}
    taken: set[int] = set()
    for *_, new, old in ranked:
        if new not in heir and old not in taken:
            heir[new] = old
            taken.add(old)
    return heir


def _largest_first(label: NDArray[np.int64]) -> tuple[int, ...]:
    """Return the labels of at least two nodes, the largest first, then that of the first node."""
    found, first, size = np.unique(label, return_index=True, return_counts=True)
    order = np.lexsort((first, -size))
    return tuple(found[order[size[order] > 1]].tolist())
