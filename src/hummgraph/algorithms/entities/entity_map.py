"""Map of all entities of a graph, with its uncertainties."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.entities.columns import ROLES
from hummgraph.algorithms.paths.paths import check_count
from hummgraph.errors import AmbiguousNodeError, ArgumentError, NodeNotFoundError
from hummgraph.frames import Card, Frame, Shows, counted
from hummgraph.graph.elements import Node
from hummgraph.records.ids import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.column_roles import Roles
    from hummgraph.algorithms.entities.entity import Entity
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["EntityMap"]

_SHOWN_SYSTEMS: Final = 4
_SHOWN_KEYS: Final = 3

MAX_NEAR: Final = 3
"""Names that an error suggests."""


@dataclass(frozen=True, eq=False, repr=False)
class EntityMap(Shows):
    """Entities of a graph: groups of tables that hold rows of one thing.

    ``len`` counts entities, iteration yields them, those in most systems first. ``found["person"]``
    is the entity of that name, ``found["HubSpot/contacts"]`` the one that contains that table or
    column.

    Parameters
    ----------
    graph
        The graph.
    entities
        Entities of two tables and more.
    labels
        Position of each node's entity, by its table; -1 for none: shape (n_nodes,).
    roles
        Role of each column, with what the entities say about it.
    threshold
        Least linkage at which tables were joined.
    notes
        Limits of the result, as sentences: missing names, tables of one system.
    tables
        One row a table in an entity: ``entity_id``, ``entity``, ``system``, ``table_id``, ``path``,
        ``copy_of`` (path of the original), ``keys``, ``confidence`` (linkage at which it was
        joined, in [0, 1]) and ``deleted``.
    keys
        One row a column of a key: ``entity``, ``key``, ``system``, ``column_id``, ``path``,
        ``n_systems``, ``sure_links``, ``weakest`` and ``deleted``.
    references
        One row a column outside that refers to an entity: ``entity``, ``system``, ``column_id``,
        ``path``, ``target_path``, ``reason`` and ``deleted``.
    candidates
        Questions: one row for each two groups that are nearly one: ``question``, ``linkage``,
        ``path``, ``other_path`` (their best tables), ``alternative`` (with what either is nearly
        one, too), ``link_id``, ``source_path``, ``target_path`` (the link to decide) and
        ``settles`` (whether its approval is sure to join them; otherwise it may).
    alone
        One row a table in no entity: ``system``, ``table_id``, ``path``, ``nearest``, ``linkage``,
        ``n_links`` and ``deleted``.
    contradictions
        Rejected pairs inside an entity, of keys and of tables: ``entity``, ``level``, ``path``,
        ``other_path`` and ``link_id``.

    Examples
    --------
    >>> import hummgraph as hg
    >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
    >>> found["PostgreSQL/auth.users.email"].name
    'person'
    >>> [entity.name for entity in found][:3]
    ['person', 'company', 'invoice']
    """

    graph: LinkGraph
    entities: tuple[Entity, ...]
    labels: NDArray[np.int64]
    roles: Roles
    threshold: float
    notes: tuple[str, ...]
    tables: Frame = field(repr=False)
    keys: Frame = field(repr=False)
    references: Frame = field(repr=False)
    candidates: Frame = field(repr=False)
    alone: Frame = field(repr=False)
    contradictions: Frame = field(repr=False)

    def __len__(self) -> int:
        return len(self.entities)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities)

    def __contains__(self, wanted: object) -> bool:
        try:
            self[wanted]  # type: ignore[index]  # anything may be asked
        except (ArgumentError, NodeNotFoundError, AmbiguousNodeError):
            return False
        return True

    def __getitem__(self, wanted: str | UUID | Node) -> Entity:
        """Return the entity of a name or an id, or the one that holds a table or column.

        Case matters only where two names differ in nothing else.

        Raises
        ------
        ArgumentError
            If it is a number, or the node is in no entity.
        NodeNotFoundError
            If there is neither an entity nor a node of that name.
        """
        if isinstance(wanted, str):
            for entity in self.entities:
                if wanted in {entity.name, entity.id}:
                    return entity
            alike = [one for one in self.entities if one.name.casefold() == wanted.casefold()]
            if len(alike) == 1:
                return alike[0]
        elif not isinstance(unpacked(wanted), UUID | Node):
            raise ArgumentError(
                f"An entity is found by its name or by a node, not by {wanted!r}.",
                hint="found.entities is the tuple of all entities.",
            )
        try:
            found = self.entity_of(wanted)
        except NodeNotFoundError:
            names = [entity.name for entity in self.entities]
            word = str(wanted).casefold()
            having = [name for name in names if word in name.casefold().strip("()").split(" (")]
            near = having[:MAX_NEAR] or get_close_matches(word, names, n=2)
            hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise NodeNotFoundError(
                f"No entity and no node is called {str(wanted)!r}.", near=near, hint=hint
            ) from None
        if found is None:
            raise ArgumentError(
                f"{str(wanted)!r} is in no entity.", hint="entity_of() returns None then."
            )
        return found

    def entity_of(self, node: str | UUID | Node) -> Entity | None:
        """Return the entity of a table, or of a column's table; ``None`` if there is none.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If the node does not exist or the name is ambiguous.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found.entity_of("Salesforce/Campaign") is None
        True
        """
        label = int(self.labels[self.graph.index_of(node)])
        return self.entities[label] if label >= 0 else None

    def to_frame(self) -> Frame:
        """Return one row an entity.

        Columns are ``entity_id``, ``name``, ``n_tables``, ``n_systems``, ``systems``, ``tables``
        (without copies), ``n_copies``, ``keys``, ``n_references``, ``confidence``, ``why`` and
        ``notes``.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found.to_frame()["n_tables"][0]
        11
        """
        rows = [
            {
                "entity_id": entity.id,
                "name": entity.name,
                "n_tables": len(entity),
                "n_systems": len(entity.by_system),
                "systems": ", ".join(entity.by_system),
                "tables": ", ".join(
                    row["path"] for row in entity.to_frame() if row["copy_of"] is None
                ),
                "n_copies": len(entity.copies),
                "keys": ", ".join(
                    f"{key.name} ({counted(key.n_systems, 'system')})" for key in entity.keys
                ),
                "n_references": len(entity.references),
                "confidence": entity.confidence,
                "why": entity.why,
                "notes": " ".join(entity.notes),
            }
            for entity in self.entities
        ]
        return Frame(pa.Table.from_pylist(rows, schema=_ENTITY_SCHEMA))

    def node_attributes(self) -> Frame:
        """Return ``node_attributes`` for files: entity and role of each node.

        Columns are ``node_id``, ``entity``, ``entity_id`` and ``role``; nodes with neither entity
        nor role are left out.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found.node_attributes().filter(node_id=found["deal"].tables[0])["entity"]
        ['deal']
        """
        roles = self.roles.arrays.role
        rows = np.flatnonzero((self.labels >= 0) | (roles >= 0))
        label = pa.array(self.labels[rows], mask=self.labels[rows] < 0)
        role = pa.array(roles[rows], mask=roles[rows] < 0)
        named = pa.array([str(one) for one in ROLES], pa.string())
        return Frame(
            pa.table(
                {
                    "node_id": self.graph.arrays.nodes.id_text.take(pa.array(rows)),
                    "entity": pa.array([one.name for one in self], pa.string()).take(label),
                    "entity_id": pa.array([one.id for one in self], pa.string()).take(label),
                    "role": named.take(role),
                }
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain data.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found.to_dict()["entities"][0]["name"]
        'person'
        """
        return {
            "threshold": self.threshold,
            "notes": list(self.notes),
            "entities": [entity.to_dict() for entity in self.entities],
            "candidates": list(self.candidates),
            "alone": list(self.alone),
            "contradictions": list(self.contradictions),
        }

    def diagram(self, *, max_boxes: int = 40) -> Diagram:
        """Return the picture of all entities, with their keys and the references between them.

        Parameters
        ----------
        max_boxes
            Largest number of entities; those in most systems are drawn.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found.diagram().boxes[0].title
        'person'
        """
        from hummgraph.algorithms.entities.diagram import map_diagram

        check_count("max_boxes", max_boxes)
        return map_diagram(self, max_boxes=max_boxes)

    def to_svg(self) -> str:
        """Return the picture as SVG.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found.to_svg().startswith("<svg ")
        True
        """
        return self.diagram().to_svg()

    def to_mermaid(self) -> str:
        """Return the picture as a Mermaid flowchart.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> "flowchart LR" in found.to_mermaid()
        True
        """
        return self.diagram().to_mermaid()

    def __repr__(self) -> str:
        held = int((self.labels[slice(*self.graph.arrays.nodes.first[[1, 2]])] >= 0).sum())
        n_tables = held + len(self.alone)
        return (
            f"<EntityMap: {'1 entity' if len(self) == 1 else f'{len(self):,} entities'} of"
            f" {held:,} of {counted(n_tables, 'table')},"
            f" {counted(len(self.candidates), 'question')}>"
        )

    def _card_(self) -> Card:
        first = self.entities[:10]
        columns = {
            "entity": [entity.name for entity in first],
            "tables": [
                f"{counted(len(entity), 'table')}, {counted(len(entity.by_system), 'system')}"
                for entity in first
            ],
            "where": [_places(entity) for entity in first],
            "keys": [
                ", ".join(key.name for key in entity.keys[:_SHOWN_KEYS]) or "none shared"
                for entity in first
            ],
            "referred to by": [counted(len(entity.references), "column") for entity in first],
        }
        notes = list(self.notes)
        if len(self.candidates):
            notes.append(f"Perhaps the same: {self.candidates['question'][0]}")
        title = repr(self).removeprefix("<").removesuffix(">")
        table = Frame(pa.table(columns)) if first else None
        picture = self.to_svg() if first else ""
        return Card(title, (), table, "entities", len(self), notes, picture)


def _places(entity: Entity) -> str:
    systems = list(entity.by_system)
    more = len(systems) - _SHOWN_SYSTEMS
    return ", ".join(systems[:_SHOWN_SYSTEMS]) + (f" and {more} more" if more > 0 else "")


_ENTITY_SCHEMA: Final = pa.schema(
    [
        pa.field("entity_id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("n_tables", pa.int64()),
        pa.field("n_systems", pa.int64()),
        pa.field("systems", pa.string()),
        pa.field("tables", pa.string()),
        pa.field("n_copies", pa.int64()),
        pa.field("keys", pa.string()),
        pa.field("n_references", pa.int64()),
        pa.field("confidence", pa.float64()),
        pa.field("why", pa.string()),
        pa.field("notes", pa.string()),
    ]
)
