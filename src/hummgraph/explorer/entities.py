"""Entities of a page: the tables that hold rows of one thing, as text that the page reads late."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.entities.mapping import entities
from hummgraph.frames import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.entity import Entity
    from hummgraph.algorithms.entities.entity_map import EntityMap
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["entities_of"]


def entities_of(graph: LinkGraph, *, found: EntityMap | None = None) -> NDArray[np.uint8]:
    """Return the entities of a graph as JSON in UTF-8; nodes are positions.

    A page decodes it only when something asks for it.

    Parameters
    ----------
    graph
        The graph that was clustered.
    found
        Entities of the graph. By default those that ``entities(graph)`` returns.

    Notes
    -----
    O(n + m log m) for n nodes and m links, as :func:`hummgraph.entities`.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> entities_of(LinkGraph(read_links([]))).tobytes()
    b'{"entities":[],"notes":[]}'
    """
    found = entities(graph) if found is None else found
    packed = {
        "entities": [_entity(graph, one) for one in found],
        "notes": [visible(note) for note in found.notes],
    }
    text = json.dumps(packed, separators=(",", ":"), allow_nan=False)
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _entity(graph: LinkGraph, one: Entity) -> dict[str, Any]:
    """Return an entity as plain data."""
    at = graph.index_of
    return {
        "name": one.name,
        "tables": [at(table) for table in one.tables],
        "copies": [[at(copy), at(original)] for copy, original in one.copies.items()],
        "keys": [
            {
                "name": key.name,
                "columns": [at(column) for column in key.columns],
                "systems": key.n_systems,
                "sure": key.n_sure,
                "weakest": key.weakest,
            }
            for key in one.keys
        ],
        "references": [at(column) for column in one.references],
        "confidence": one.confidence,
        "why": visible(one.why),
        "notes": [visible(note) for note in one.notes],
    }
