"""Entity: the tables of several systems that hold rows of one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hummgraph.frames import Card, Frame, Shows, counted, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Entity", "EntityKey"]


@dataclass(frozen=True, slots=True)
class EntityKey(Shows):
    """Columns that hold one key of an entity, at most one in each table.

    Parameters
    ----------
    name
        Name of most of the columns.
    columns
        Ids of the columns.
    paths
        Paths of the columns, in the same order.
    n_systems
        Number of systems that have the key; a copy counts for the system of its original.
    n_sure
        Number of approved or deterministic links among those that joined the columns.
    weakest
        Smallest weight of a link that joined them, in [0, 1].

    Examples
    --------
    >>> import hummgraph as hg
    >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
    >>> found["person"].keys[0].name
    'email'
    """

    name: str
    columns: tuple[str, ...]
    paths: tuple[str, ...]
    n_systems: int
    n_sure: int
    weakest: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entity(Shows):
    """Tables and objects that hold rows of one thing, such as a person or an invoice.

    Parameters
    ----------
    id
        Sixteen hexadecimal digits made of the tables' ids: the same tables have the same id.
    name
        Name, unique in its map.
    words
        Names of the tables, the word of most systems first.
    tables
        Ids of the tables, sorted by path.
    by_system
        Paths of the tables by system.
    copies
        Id of the original by id of its copy.
    keys
        Keys, those in most systems first; those of one suggestion last.
    references
        Ids of the columns outside that refer to these tables.
    confidence
        Smallest linkage at which tables were joined, in [0, 1]; 1 for copies and decisions.
    why
        The weakest join in words.
    notes
        Uncertainties, as sentences.

    Examples
    --------
    >>> import hummgraph as hg
    >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
    >>> found["invoice"]
    <Entity invoice: 4 tables in 3 systems; keys invoice id, number>
    """

    id: str
    name: str
    words: tuple[str, ...]
    tables: tuple[str, ...]
    by_system: Mapping[str, tuple[str, ...]]
    copies: Mapping[str, str]
    keys: tuple[EntityKey, ...]
    references: tuple[str, ...]
    confidence: float
    why: str
    notes: tuple[str, ...]
    graph: LinkGraph = field(repr=False)
    joins: tuple[tuple[int, int], ...] = field(repr=False)
    """Pairs of tables by which groups were joined, by position; for the picture."""

    def __len__(self) -> int:
        return len(self.tables)

    def to_frame(self) -> Frame:
        """Return one row a table: ``system``, ``table_id``, ``path``, ``copy_of``, ``keys``.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found["deal"].to_frame()["path"]
        ['HubSpot/deals', 'Salesforce/Opportunity', 'Snowflake/RAW_SALESFORCE.OPPORTUNITY']
        """
        nodes = self.graph.arrays.nodes
        place = pa.array([self.graph.index_of(table) for table in self.tables], pa.int64())
        path_of = dict(zip(self.tables, nodes.path.take(place).to_pylist(), strict=True))
        keys: dict[str, list[str]] = {table: [] for table in self.tables}
        for key in self.keys:
            for column in key.columns:
                table = nodes.ancestor[1][self.graph.index_of(column)]
                keys[nodes.id_text[int(table)].as_py()].append(key.name)
        named = [", ".join(keys[table]) for table in self.tables]
        return Frame(
            pa.table(
                {
                    "system": nodes.system.take(place),
                    "table_id": pa.array(self.tables, pa.string()),
                    "path": pa.array(list(path_of.values()), pa.string()),
                    "copy_of": pa.array(
                        [path_of.get(self.copies.get(table, "")) for table in self.tables],
                        pa.string(),
                    ),
                    "keys": pa.array(named, pa.string()),
                    "deleted": pa.array(nodes.deleted[place.to_numpy()]),
                }
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the entity as plain data.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found["deal"].to_dict()["words"]
        ['deal', 'opportunity']
        """
        return {
            "id": self.id,
            "name": self.name,
            "words": list(self.words),
            "tables": list(self.to_frame()),
            "keys": [
                {
                    "name": key.name,
                    "columns": list(key.columns),
                    "paths": list(key.paths),
                    "n_systems": key.n_systems,
                    "n_sure": key.n_sure,
                    "weakest": key.weakest,
                }
                for key in self.keys
            ],
            "references": list(self.references),
            "confidence": self.confidence,
            "why": self.why,
            "notes": list(self.notes),
        }

    def diagram(self) -> Diagram:
        """Return the picture of the entity: its tables with their keys, and what joined them.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> len(found["deal"].diagram().boxes)
        3
        """
        from hummgraph.algorithms.entities.diagram import entity_diagram

        return entity_diagram(self)

    def to_svg(self) -> str:
        """Return the picture as SVG.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> found["deal"].to_svg().startswith("<svg ")
        True
        """
        return self.diagram().to_svg()

    def to_mermaid(self) -> str:
        """Return the picture as a Mermaid flowchart.

        Examples
        --------
        >>> import hummgraph as hg
        >>> found = hg.entities(hg.LinkGraph(hg.datasets.load_demo().snapshot()))
        >>> "flowchart LR" in found["deal"].to_mermaid()
        True
        """
        return self.diagram().to_mermaid()

    def __repr__(self) -> str:
        keys = ", ".join(key.name for key in self.keys[:3])
        more = f" and {len(self.keys) - 3} more" if len(self.keys) > 3 else ""
        found = f"key{'s' * (len(self.keys) > 1)} {visible(keys)}{more}"
        return (
            f"<Entity {visible(self.name)}: {counted(len(self), 'table')} in"
            f" {counted(len(self.by_system), 'system')}; {found if keys else 'no shared key'}>"
        )

    def _card_(self) -> Card:
        title = repr(self).removeprefix("<").removesuffix(">")
        table = self.to_frame().select("path", "copy_of", "keys")
        return Card(title, (), table, "tables", len(self), [self.why, *self.notes], self.to_svg())
