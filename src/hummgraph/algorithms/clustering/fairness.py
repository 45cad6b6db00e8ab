"""Fair decisions: those about links that nobody chose by their value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["FAIR", "fair_links"]

FAIR: Final = (None, "random", "imported")
"""Ways of asking by which a decision may calibrate; ``None`` where it is not recorded."""


def fair_links(graph: LinkGraph) -> NDArray[np.bool_]:
    """Return a mask of the links whose decisions may calibrate: shape (n_links,).

    A decision that was asked for because of its value says nothing about links that were not: a
    calibration by such decisions alone spoils clusters. Statuses of the snapshot count as imported.
    """
    from uuid import UUID

    chosen = [
        UUID(decision.link_id).bytes
        for decision in graph.arrays.decisions.decisions
        if getattr(decision, "asked", None) not in FAIR
    ]
    fair = np.ones(graph.n_links, dtype=bool)
    if chosen:
        ids = np.frombuffer(b"".join(chosen), dtype=np.uint8).reshape(-1, 16)
        place = find_ids(ids, graph.link_ids)
        fair[place[place >= 0]] = False
    return fair
