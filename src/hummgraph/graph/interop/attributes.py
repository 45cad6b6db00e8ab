"""Nodes and links as columns of Python values, for libraries that keep attributes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.graph.labels import node_labels
from hummgraph.records.display import shown_label
from hummgraph.records.redaction import KeptEvidence, redact_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.data import GraphData
    from hummgraph.graph.labels import ClusterLabels

__all__ = [
    "LinksLeftOutWarning",
    "link_attributes",
    "node_attributes",
    "warn_of_links_left_out",
    "weighted_links",
]

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


class LinksLeftOutWarning(UserWarning):
    """Warning that a graph of another library lacks the links that had no weight.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("ignore", LinksLeftOutWarning)
    """


def warn_of_links_left_out(counts: object, way: str) -> None:
    """Warn if links were left out on the way to another library, which come back with none.

    Parameters
    ----------
    counts
        Number of links left out by status, as `weighted_links` returns it, or its JSON text.
    way
        Name of the method that left them out.
    """
    if isinstance(counts, str):
        with suppress(ValueError):
            counts = json.loads(counts)
    if not isinstance(counts, Mapping) or not counts:
        return
    said = ", ".join(f"{n:,} {shown_label(str(status))}" for status, n in counts.items())
    warnings.warn(
        f"{said} links were left out by {way}() and are not in this graph, nor are these decisions:"
        f" {way}(keep_unweighted=True) keeps them.",
        LinksLeftOutWarning,
        stacklevel=4,
    )


def node_attributes(data: GraphData, clusters: ClusterLabels | None) -> dict[str, list[Any]]:
    """Return the columns of nodes as lists, with clusters if they are given."""
    columns: dict[str, list[Any]] = data.node_table.drop_columns(["n_link_ends"]).to_pydict()
    return columns | node_labels(data.nodes, clusters)


def link_attributes(
    data: GraphData, links: NDArray[np.intp], evidence: KeptEvidence
) -> tuple[list[tuple[int, int]], dict[str, list[Any]]]:
    """Return links' ends as positions of nodes, and the other columns of them as lists."""
    ends = data.links.ends
    pairs = zip(ends.source[links].tolist(), ends.target[links].tolist(), strict=True)
    # The positions of the ends replace these.
    left_out = ["evidence"] if evidence is KeptEvidence.NONE else []
    table = data.link_table.drop_columns([*_OF_ENDS, *left_out])
    if len(links) < data.n_links:
        table = table.take(pa.array(links))
    columns = table.to_pydict()
    if evidence is KeptEvidence.VOCABULARY:
        texts = columns["evidence"]
        columns["evidence"] = redact_evidence(texts, evidence, data.snapshot.vocabulary)
    return list(pairs), columns
