"""Pictures as values: diagrams, lanes and pyvis networks."""

from __future__ import annotations

from hummgraph.drawing.diagram.diagram import Box, Diagram, Line
from hummgraph.drawing.pyvis import to_pyvis

__all__ = [
    "Box",
    "Diagram",
    "Line",
    "to_pyvis",
]
