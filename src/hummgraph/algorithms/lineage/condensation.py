"""The cycles of a lineage, and the lineage without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from hummgraph.frames import Card, Frame, Shows, counted, title_of

if TYPE_CHECKING:
    from hummgraph.algorithms.lineage.reached import Reached

__all__ = ["Condensation", "condensation_of", "cycles_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Condensation(Shows):
    """A lineage with each cycle contracted into one part, so that no cycle is left.

    Parameters
    ----------
    parts
        Node ids of each part, those of a cycle together; parts are in the order of the lineage's
        first node of each.
    links
        One row for each ordered pair of parts that links join: ``source`` and ``target`` (positions
        among the parts), ``n_links`` and ``weight``, the best link's.

    Examples
    --------
    >>> from hummgraph import LinkGraph, downstream
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> downstream(graph, "Stripe/customers.email").condensation().links.columns
    ['source', 'target', 'n_links', 'weight']
    """

    parts: tuple[tuple[str, ...], ...]
    links: Frame

    def __len__(self) -> int:
        return len(self.parts)

    def __repr__(self) -> str:
        cycles = sum(len(part) > 1 for part in self.parts)
        return (
            f"<Condensation: {counted(len(self), 'part')} joined by"
            f" {counted(len(self.links), 'pair')}, {cycles:,} of several nodes>"
        )

    def _card_(self) -> Card:
        table = self.links.sort_by("n_links", descending=True)
        return Card(title_of(self), table=table, things="pairs")


def cycles_of(reached: Reached) -> tuple[tuple[str, ...], ...]:
    """Return the nodes that lie on cycles; see :meth:`Lineage.cycles`."""
    source, target = reached.ends
    turning = np.bincount(reached.strong_parts) > 1
    turning[reached.strong_parts[source[source == target]]] = True
    parts = _sorted_parts(reached)
    return tuple(sorted(parts[part] for part in np.flatnonzero(turning).tolist()))


def condensation_of(reached: Reached) -> Condensation:
    """Return the parts and the links between them; see :meth:`Lineage.condensation`."""
    parts = _sorted_parts(reached)
    part = reached.strong_parts.astype(np.int64)
    source, target = (part[end] for end in reached.ends)
    between = np.flatnonzero(source != target)
    pairs = source[between] * len(parts) + target[between]
    distinct, group = np.unique(pairs, return_inverse=True)
    weight = np.zeros(len(distinct))
    np.maximum.at(weight, group, reached.links.weight[between])
    return Condensation(
        tuple(parts),
        Frame(
            pa.table(
                {
                    "source": distinct // len(parts),
                    "target": distinct % len(parts),
                    "n_links": np.bincount(group, minlength=len(distinct)),
                    "weight": weight,
                }
            )
        ),
    )


def _sorted_parts(reached: Reached) -> list[tuple[str, ...]]:
    """Return the ids of the nodes of each strongly connected part, sorted."""
    ids = reached.graph.arrays.nodes.id_text.take(pa.array(reached.nodes[0])).to_pylist()
    parts: list[list[str]] = [[] for _ in range(int(reached.strong_parts.max(initial=-1)) + 1)]
    for part, node in zip(reached.strong_parts.tolist(), ids, strict=True):
        parts[part].append(node)
    return [tuple(sorted(part)) for part in parts]
