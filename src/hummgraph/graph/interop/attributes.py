"""Nodes and links as columns of Python values, for libraries that keep attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.graph.labels import node_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.labels import ClusterLabels

__all__ = ["link_attributes", "node_attributes", "weighted_links"]

_OF_ENDS: Final = [
    f"{side}{what}" for what in ("", "_path", "_deleted") for side in ("source", "target")
]


def weighted_links(
    data: GraphData, *, keep_unweighted: bool
) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Return positions of the links that are handed on, and how many of each status are not.

    Parameters
    ----------
    data
        Whose links they are.
    keep_unweighted
        Whether those go too that the policy leaves without a weight.
    """
    if keep_unweighted:
        return np.arange(data.n_links), {}
    weighted = ~np.isnan(data.weights)
    left_out = np.bincount(data.links.status[~weighted]).tolist()
    counts = {data.statuses[code]: n for code, n in enumerate(left_out) if n}
    return np.flatnonzero(weighted), counts


def node_attributes(data: GraphData, clusters: ClusterLabels | None) -> dict[str, list[Any]]:
    """Return the columns of nodes as lists, with clusters if they are given."""
    columns: dict[str, list[Any]] = data.node_table.drop_columns(["n_link_ends"]).to_pydict()
    return columns | node_labels(data.nodes, clusters)


def link_attributes(
    data: GraphData, links: NDArray[np.intp]
) -> tuple[list[tuple[int, int]], dict[str, list[Any]]]:
    """Return links' ends as positions of nodes, and the other columns of them as lists."""
    ends = data.links.ends
    pairs = zip(ends.source[links].tolist(), ends.target[links].tolist(), strict=True)
    # The positions of the ends replace these.
    table = data.link_table.drop_columns(_OF_ENDS)
    if len(links) < data.n_links:
        table = table.take(pa.array(links))
    return list(pairs), table.to_pydict()
