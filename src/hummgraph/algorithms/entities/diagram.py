"""Pictures of entities: one entity's tables, and all entities with what refers to them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.entities.columns import REFERENCE
from hummgraph.drawing.diagram.diagram import Box, Diagram, Line, LineStyle
from hummgraph.frames import counted

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.entity import Entity
    from hummgraph.algorithms.entities.entity_map import EntityMap

__all__ = ["entity_diagram", "map_diagram"]

MAX_BOXES: Final = 40
_MAX_KEYS: Final = 3


def entity_diagram(entity: Entity) -> Diagram:
    """Draw an entity; see :meth:`Entity.diagram`."""
    graph = entity.graph
    nodes = graph.arrays.nodes
    codes = [graph.index_of(table) for table in entity.tables[:MAX_BOXES]]
    frame = entity.to_frame()
    keys = dict(zip(entity.tables, frame["keys"], strict=True))
    shown = set(codes)
    boxes = tuple(
        Box(
            key=table,
            title=nodes.table[code].as_py(),
            subtitle=_first_keys(keys[table].split(", ") if keys[table] else []),
            lane=nodes.system[code].as_py() or "?",
            rank=0,
            deleted=bool(nodes.deleted[code]),
        )
        for table, code in zip(entity.tables, codes, strict=False)
    )
    text = nodes.id_text
    lines = [
        Line(text[a].as_py(), text[b].as_py(), "", LineStyle.SUGGESTED, directed=False)
        for a, b in entity.joins
        if a in shown and b in shown
    ]
    lines += [
        Line(original, copy, "copy", LineStyle.APPROVED)
        for copy, original in entity.copies.items()
        if graph.index_of(copy) in shown and graph.index_of(original) in shown
    ]
    notes = [f"shown {len(boxes):,} of {counted(len(entity), 'table')}"]
    return Diagram(entity.name, boxes, tuple(lines), notes=tuple(notes), lanes="columns")


def _first_keys(names: list[str]) -> str:
    more = len(names) - _MAX_KEYS
    return ", ".join(names[:_MAX_KEYS]) + (f" and {more} more" if more > 0 else "")


def map_diagram(found: EntityMap, *, max_boxes: int) -> Diagram:
    """Draw all entities; see :meth:`EntityMap.diagram`."""
    shown = found.entities[:max_boxes]
    place: dict[int, int] = defaultdict(int)
    boxes = []
    for entity in shown:
        n_systems = len(entity.by_system)
        boxes.append(
            Box(
                key=entity.id,
                title=entity.name,
                subtitle=_first_keys([key.name for key in entity.keys]),
                lane=counted(n_systems, "system"),
                rank=place[n_systems],
            )
        )
        place[n_systems] += 1
    count: dict[tuple[int, int], int] = defaultdict(int)
    arrays, labels = found.roles.arrays, found.labels
    columns = np.flatnonzero((arrays.role == REFERENCE) & (arrays.target >= 0) & (labels >= 0))
    for column in columns.tolist():
        here, there = int(labels[column]), int(labels[arrays.target[column]])
        if there >= 0 and here != there and max(here, there) < len(shown):
            count[here, there] += 1
    lines = tuple(
        Line(
            shown[here].id,
            shown[there].id,
            str(n),
            LineStyle.RELATIONSHIP,
            title=f"{counted(n, 'column')} of {shown[here].name} refer to {shown[there].name}",
        )
        for (here, there), n in sorted(count.items())
    )
    note = f"shown {len(shown):,} of {len(found):,} entities; lines are references and their number"
    return Diagram("Entities", tuple(boxes), lines, notes=(note,))
