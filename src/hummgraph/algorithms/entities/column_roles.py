"""Roles: what each column is for, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.entities.columns import ROLES, ColumnRoles
from hummgraph.algorithms.entities.rules import Role
from hummgraph.errors import ArgumentError
from hummgraph.frames import Card, Frame, Shows, counted, title_of
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["ColumnRole", "Roles"]

_PLURALS: Final = {
    Role.KEY: "keys",
    Role.ALTERNATE_KEY: "alternate keys",
    Role.REFERENCE: "references",
    Role.TEXT: "texts",
    Role.CATEGORY: "categories",
    Role.TIME: "times",
    Role.MEASURE: "measures",
    Role.TECHNICAL: "technical",
}
_SHOWN: Final = ("path", "role", "reason", "target_path")


@dataclass(frozen=True, slots=True)
class ColumnRole(Shows):
    """Role of one column.

    Parameters
    ----------
    role
        The role.
    reason
        Reason for the role: ``"declared primary key"``, ``"name and type"``, ``"approved link to a
        key of another table"`` and others.
    target
        Id of the table that a REFERENCE leads to; ``None`` if it is unknown, and for other roles.

    Examples
    --------
    >>> ColumnRole(Role.KEY, "declared primary key").role
    <Role.KEY: 'KEY'>
    """

    role: Role
    reason: str
    target: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Roles(Shows):
    """Role of every column of a graph.

    Parameters
    ----------
    graph
        The graph.
    arrays
        Roles, reasons and targets by position, for other analyses.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> found = hg.roles(graph)
    >>> found.role_of("Stripe/invoices.customer")
    ColumnRole(role=<Role.REFERENCE: 'REFERENCE'>, reason='declared reference', target='...')
    """

    graph: LinkGraph
    arrays: ColumnRoles = field(repr=False)

    def __len__(self) -> int:
        """Return the number of columns."""
        return int((self.arrays.role >= 0).sum())

    @property
    def codes(self) -> NDArray[np.int8]:
        """Role of each node, as a position in ``Role``; -1 for tables and systems: (n_nodes,)."""
        return self.arrays.role

    @cached_property
    def counts(self) -> dict[Role, int]:
        """Number of columns by role, in the order of ``Role``."""
        found = Counter(self.arrays.role.tolist())
        return {role: found[code] for code, role in enumerate(ROLES)}

    def role_of(self, column: str | UUID | Node) -> ColumnRole:
        """Return the role of a column, with the reason.

        Parameters
        ----------
        column
            Id, name or node of a column or field.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If the column does not exist or the name is ambiguous.
        ArgumentError
            If the node is not a column.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> hg.roles(graph).role_of("HubSpot/contacts.email").role
        <Role.ALTERNATE_KEY: 'ALTERNATE_KEY'>
        """
        code = self.graph.index_of(column)
        nodes = self.graph.arrays.nodes
        if nodes.depth[code] != Level.COLUMN.depth:
            raise ArgumentError(f"{str(column)!r} is not a column; only columns have roles.")
        target = int(self.arrays.target[code])
        return ColumnRole(
            ROLES[self.arrays.role[code]],
            self.arrays.reason[code],
            nodes.id_text[target].as_py() if target >= 0 else None,
        )

    def to_frame(self) -> Frame:
        """Return one row a column, in the order of the graph's nodes.

        Columns are ``column_id``, ``path``, ``system``, ``table_id``, ``data_type``, ``role``,
        ``reason``, ``target_id``, ``target_path`` and ``deleted``.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> keys = hg.roles(graph).to_frame().filter(role="KEY", system="HubSpot")
        >>> sorted(keys["path"])[:2]
        ['HubSpot/companies.hs_object_id', 'HubSpot/contacts.hs_object_id']
        """
        nodes, arrays = self.graph.arrays.nodes, self.arrays
        rows = np.flatnonzero(arrays.role >= 0)
        place, target = pa.array(rows), arrays.target[rows]
        to = pa.array(target, mask=target < 0)
        table = nodes.ancestor[1][rows]
        role = pa.DictionaryArray.from_arrays(pa.array(arrays.role[rows]), list(map(str, ROLES)))
        return Frame(
            pa.table(
                {
                    "column_id": nodes.id_text.take(place),
                    "path": nodes.path.take(place),
                    "system": nodes.system.take(place),
                    "table_id": nodes.id_text.take(pa.array(table, mask=table < 0)),
                    "data_type": nodes.data_type.take(place),
                    "role": role.cast(pa.string()),
                    "reason": pa.array([arrays.reason[row] for row in rows.tolist()], pa.string()),
                    "target_id": nodes.id_text.take(to),
                    "target_path": nodes.path.take(to),
                    "deleted": pa.array(nodes.deleted[rows]),
                }
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the roles as plain data: counts, and one row a column.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> sorted(hg.roles(graph).to_dict())
        ['columns', 'counts']
        """
        return {
            "counts": {str(role): count for role, count in self.counts.items()},
            "columns": list(self.to_frame()),
        }

    def __repr__(self) -> str:
        parts = [f"{count:,} {_PLURALS[role]}" for role, count in self.counts.items() if count]
        return f"<Roles of {counted(len(self), 'column')}: {', '.join(parts)}>"

    def _card_(self) -> Card:
        # Keys first: what identifies rows is what is asked for most.
        frame = self.to_frame().to_arrow()
        order = np.argsort(self.arrays.role[self.arrays.role >= 0], kind="stable")
        table = Frame(frame.take(pa.array(order[:100]))).select(*_SHOWN)
        return Card(title_of(self), table=table, things="columns", total=len(self))
