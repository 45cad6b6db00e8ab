"""Profiles of GraphML, which add what single tools need: names, labels, positions, colours."""

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

_DEFAULT_COLOUR: Final = "#C9D1D8"  # of a node in no cluster, or of no known system
_LANE_WIDTH, _ROW_HEIGHT, _LEVEL_INDENT = 360.0, 26.0, 24.0  # of a picture, in its units
_SIZES_BY_LEVEL: Final = (18.0, 12.0, 8.0)
_NEO4J_LABELS: Final = (":IntegrationSource", ":Table", ":Column")


@dataclass(frozen=True, slots=True)
class Profile:
    """The conventions of a reader of GraphML.

    Parameters
    ----------
    name
        Name of the profile.
    reversible
        Whether characters that XML cannot hold are escaped, so that they can be read again.
    namespaces
        Attributes to add to the root element.
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
        """Return the start tags of nodes."""
        if self.name != "neo4j":
            return [f'    <node id="{node_id}">' for node_id in ids]
        # Neo4j's importer reads labels from this attribute, which is not in the official schema.
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
        """Return columns of the attributes that the profile adds to nodes."""
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
                return [_yed_node_graphics(writer, look, codes, labels)]
            case _:
                return []

    def edge_rows(
        self, writer: Writer, statuses: Sequence[str], ends: Sequence[tuple[str, str]]
    ) -> list[list[str]]:
        """Return columns of the attributes that the profile adds to links."""
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
                return [_yed_edge_graphics(writer, statuses)]


PLAIN: Final = Profile("plain", reversible=True)
"""The profile for every reader. It adds no attributes."""

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
        If there is no profile of that name.

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
    """Positions, sizes and colours of nodes: a lane for each system, with its nodes in rows.

    Parameters
    ----------
    rows
        Nodes and links to write.
    """

    rows: Rows

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        """Positions of the nodes, sorted so that each node follows its parent."""
        system, table, column = self.rows.whole.arrays.nodes.ancestor
        return np.lexsort((column, table, system))

    @cached_property
    def _lane(self) -> NDArray[np.int64]:
        """Lane of each node: that of its system, or 0 without one."""
        lane: NDArray[np.int64] = self.rows.whole.arrays.nodes.ancestor[0].astype(np.int64) + 1
        return lane

    @cached_property
    def x(self) -> NDArray[np.float64]:
        """Distance of each node from the left, by system and level."""
        depth = self.rows.whole.arrays.nodes.depth
        return self._lane * _LANE_WIDTH + depth * _LEVEL_INDENT

    @cached_property
    def y(self) -> NDArray[np.float64]:
        """Distance of each node from the top, in the order of containment."""
        order = self._order
        lanes = self._lane[order]
        first = np.zeros(len(order), dtype=np.int64)
        begins = np.flatnonzero(np.diff(lanes, prepend=-1))
        first[begins] = begins
        y = np.empty(len(order))
        y[order] = (np.arange(len(order)) - np.maximum.accumulate(first)) * _ROW_HEIGHT
        return y

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Size of each node, by level."""
        return np.array(_SIZES_BY_LEVEL)[self.rows.whole.arrays.nodes.depth]

    @cached_property
    def colours(self) -> NDArray[np.str_]:
        """Colour of each node as ``#RRGGBB``, by cluster if there are clusters, else by system."""
        if self.rows.clusters is None:
            group, alone = self._lane - 1, -1
        else:
            group, alone = self.rows.clusters.labels, NO_CLUSTER
        palette = np.array([*CLUSTER_COLOURS, _DEFAULT_COLOUR])
        return palette[np.where(group == alone, len(CLUSTER_COLOURS), group % len(CLUSTER_COLOURS))]


def _yed_node_graphics(
    writer: Writer, look: Look, codes: NDArray[np.intp], labels: Sequence[str]
) -> list[str]:
    """Return the graphics of nodes, as yEd reads them."""
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


def _yed_edge_graphics(writer: Writer, statuses: Sequence[str]) -> list[str]:
    """Return the graphics of edges, as yEd reads them."""
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
