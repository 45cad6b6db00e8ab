"""What single tools want of GraphML beyond the plain profile: names, weights, places, colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.drawing.pyvis import CLUSTER_COLOURS
from hummgraph.errors import ArgumentError
from hummgraph.export.rows import NO_CLUSTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hummgraph.export.graphml.text import Writer
    from hummgraph.export.rows import Rows

__all__ = ["PLAIN", "PROFILES", "Look", "Profile", "as_profile"]

_ALONE: Final = "#C9D1D8"  # a node in no cluster, or of no known system
_LANE, _ROW, _INDENT = 360.0, 26.0, 24.0  # between systems, between nodes, between levels
_SIZES: Final = (18.0, 12.0, 8.0)
_NEO4J_LABELS: Final = (":IntegrationSource", ":Table", ":Column")


@dataclass(frozen=True, slots=True)
class Profile:
    """Conventions of a reader.

    Parameters
    ----------
    name
        What the profile is called.
    reversible
        Whether characters that XML cannot carry are escaped so that they can be read back.
    namespaces
        Attributes of the file's first element.
    """

    name: str
    reversible: bool = False
    namespaces: str = ""

    def declare(self, writer: Writer) -> None:
        """Declare the attributes that the profile adds."""
        match self.name:
            case "gephi":
                writer.declare("node", "double", "x", "y", "size")
                writer.declare("node", "long", "r", "g", "b")
                writer.declare("edge", "string", "label")
            case "cytoscape":
                writer.declare("node", "string", "field")
                writer.declare("edge", "string", "name", "interaction")
            case "neo4j":
                writer.declare("edge", "string", "label")
            case _:  # yed
                writer.declarations += [
                    '  <key id="nodegraphics" for="node" yfiles.type="nodegraphics"/>\n',
                    '  <key id="edgegraphics" for="edge" yfiles.type="edgegraphics"/>\n',
                ]

    def openings(self, ids: Sequence[str], depth: NDArray[np.int8]) -> list[str]:
        """Begin nodes."""
        if self.name != "neo4j":
            return [f'    <node id="{node_id}">' for node_id in ids]
        # What its importer takes labels from; the official schema knows no such attribute.
        return [
            f'    <node id="{node_id}" labels="{_NEO4J_LABELS[deep]}">'
            for node_id, deep in zip(ids, depth.tolist(), strict=True)
        ]

    def node_rows(
        self,
        writer: Writer,
        look: Look,
        codes: NDArray[np.intp],
        labels: list[str],
        names: list[str],
    ) -> list[list[str]]:
        """Return what the profile adds to nodes."""
        match self.name:
            case "gephi":
                colours = look.colours[codes]
                return [
                    writer.plain("node", "x", look.x[codes].tolist()),
                    writer.plain("node", "y", look.y[codes].tolist()),
                    writer.plain("node", "size", look.sizes[codes].tolist()),
                    *(
                        writer.plain(
                            "node", name, [int(colour[at : at + 2], 16) for colour in colours]
                        )
                        for name, at in (("r", 1), ("g", 3), ("b", 5))
                    ),
                ]
            case "cytoscape":
                return [writer.texts("node", "field", names)]
            case "yed":
                return [_yed_nodes(writer, look, codes, labels)]
            case _:
                return []

    def edge_rows(
        self, writer: Writer, statuses: Sequence[str], ends: Sequence[tuple[str, str]]
    ) -> list[list[str]]:
        """Return what the profile adds to links."""
        match self.name:
            case "gephi":
                return [writer.texts("edge", "label", statuses)]
            case "cytoscape":
                names = [
                    f"{source} ({status}) {target}"
                    for status, (source, target) in zip(statuses, ends, strict=True)
                ]
                return [
                    writer.texts("edge", "name", names),
                    writer.texts("edge", "interaction", statuses),
                ]
            case "neo4j":
                return [writer.plain("edge", "label", ["ENTITY_LINK"] * len(statuses))]
            case _:  # yed
                return [_yed_edges(writer, statuses)]


PLAIN: Final = Profile("plain", reversible=True)
"""What every reader takes; it adds nothing."""

PROFILES: Final = {
    profile.name: profile
    for profile in (
        PLAIN,
        Profile("gephi"),
        Profile("yed", namespaces=' xmlns:y="http://www.yworks.com/xml/graphml"'),
        Profile("cytoscape"),
        Profile("neo4j"),
    )
}
"""The profiles by name."""


def as_profile(name: str) -> Profile:
    """Return a profile by its name.

    Raises
    ------
    ArgumentError
        If there is none of that name.

    Examples
    --------
    >>> as_profile("gephi").reversible
    False
    """
    if not isinstance(name, str) or name not in PROFILES:
        allowed = ", ".join(map(repr, PROFILES))
        raise ArgumentError(f"profile is {name!r}; it must be one of {allowed}.")
    return PROFILES[name]


@dataclass(frozen=True, eq=False)
class Look:
    """Where nodes stand and what colour they have: systems beside each other, nodes below.

    Parameters
    ----------
    rows
        What is written.
    """

    rows: Rows

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        """Positions of the nodes, each below what contains it."""
        system, table, column = self.rows.whole.arrays.nodes.ancestor
        return np.lexsort((column, table, system))

    @cached_property
    def _lane(self) -> NDArray[np.int64]:
        """System of each node, 0 for none."""
        lane: NDArray[np.int64] = self.rows.whole.arrays.nodes.ancestor[0].astype(np.int64) + 1
        return lane

    @cached_property
    def x(self) -> NDArray[np.float64]:
        """From left to right, by system."""
        depth = self.rows.whole.arrays.nodes.depth
        return self._lane * _LANE + depth * _INDENT

    @cached_property
    def y(self) -> NDArray[np.float64]:
        """Downwards, in the order of containment."""
        order = self._order
        lanes = self._lane[order]
        first = np.zeros(len(order), dtype=np.int64)
        begins = np.flatnonzero(np.diff(lanes, prepend=-1))
        first[begins] = begins
        y = np.empty(len(order))
        y[order] = (np.arange(len(order)) - np.maximum.accumulate(first)) * _ROW
        return y

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """By level."""
        return np.array(_SIZES)[self.rows.whole.arrays.nodes.depth]

    @cached_property
    def colours(self) -> NDArray[np.str_]:
        """By cluster if there are clusters, else by system, as ``#RRGGBB``."""
        if self.rows.clusters is None:
            group, alone = self._lane - 1, -1
        else:
            group, alone = self.rows.clusters.labels, NO_CLUSTER
        palette = np.array([*CLUSTER_COLOURS, _ALONE])
        return palette[np.where(group == alone, len(CLUSTER_COLOURS), group % len(CLUSTER_COLOURS))]


def _yed_nodes(
    writer: Writer, look: Look, codes: NDArray[np.intp], labels: Sequence[str]
) -> list[str]:
    shapes = ("roundrectangle", "rectangle", "rectangle")
    depth = look.rows.whole.arrays.nodes.depth[codes].tolist()
    return [
        '<data key="nodegraphics"><y:ShapeNode>'
        f'<y:Geometry x="{x}" y="{y}" width="{width:.1f}" height="20"/>'
        f'<y:Fill color="{colour}" transparent="false"/>'
        f"<y:NodeLabel>{writer.escape(label)}</y:NodeLabel>"
        f'<y:Shape type="{shapes[deep]}"/></y:ShapeNode></data>'
        for x, y, width, colour, label, deep in zip(
            look.x[codes].tolist(),
            look.y[codes].tolist(),
            [max(40.0, 7.0 * min(len(label), 40) + 12) for label in labels],
            look.colours[codes].tolist(),
            labels,
            depth,
            strict=True,
        )
    ]


def _yed_edges(writer: Writer, statuses: Sequence[str]) -> list[str]:
    lines = {"APPROVED": ("line", "2.0"), "REJECTED": ("dotted", "1.0")}
    drawn = []
    for status in statuses:
        kind, width = lines.get(status, ("dashed", "1.0"))
        drawn.append(
            '<data key="edgegraphics"><y:PolyLineEdge>'
            f'<y:LineStyle color="#66717C" type="{kind}" width="{width}"/>'
            '<y:Arrows source="none" target="standard"/>'
            f"<y:EdgeLabel>{writer.escape(status)}</y:EdgeLabel></y:PolyLineEdge></data>"
        )
    return drawn
