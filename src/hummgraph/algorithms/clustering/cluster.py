"""One cluster as a value, and lookup of clusters by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import AmbiguousNodeError, NodeNotFoundError
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, counted, marked, title_of, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hummgraph.graph.elements import Node

__all__ = ["LOW_SHARE", "Cluster", "ClusterNames", "id_of_members", "shown_name"]

MAX_CANDIDATES: Final = 8
"""Clusters of one name that an error lists."""

LOW_SHARE: Final = 0.5
"""Share of members that carry the name below which it is shown."""

MAX_NEAR: Final = 3
"""Names that an error suggests."""

_ID_BYTES: Final = 8
"""Two of a million clusters share an id once in forty million catalogues."""


def id_of_members(members: Iterable[str]) -> str:
    """Return the id of a cluster, sixteen hexadecimal digits made of its members' ids, sorted.

    Examples
    --------
    >>> id_of_members(["a", "b"])
    'a76de9f2d561975f'
    """
    # A line break divides members, so one inside an id is written as two characters.
    lines = (member.replace("\\", "\\\\").replace("\n", "\\n") for member in members)
    return blake2b("\n".join(lines).encode(), digest_size=_ID_BYTES).hexdigest()


def shown_name(name: str, also: str) -> str:
    """Return a name as it is shown: with what most others are called, if few members carry it.

    Examples
    --------
    >>> shown_name("company domain", "website")
    'company domain, also website'
    """
    return f"{name}, also {also}" if also else name


@dataclass(frozen=True, slots=True, repr=False)
class Cluster(Shows):
    """Nodes of one level that links say are the same thing: an element of :class:`Clusters`.

    Iterating over it yields its members.

    Parameters
    ----------
    index
        Label of the cluster, from 0: its position among ``clusters.ids``, ``clusters.names`` and
        ``clusters.sizes``, and not in iteration.
    id
        Sixteen hexadecimal digits, made of the ids of the members.
    name
        A name in the words of the members, or the name that a person
        gave.
    members
        At least two nodes, sorted by id.
    systems
        Names of the systems that have a member, sorted.
    name_share
        Share of the members that carry the words of the name, in [0, 1].
    also_called
        The name of most other members, if less than half of the members have the cluster's name;
        else empty.
    confidences
        Confidence of each member, in [0, 1], in the order of ``members``. Of all chains of links
        to a member in another system the surest counts, by its weakest link; without any it is
        ``None``. A copy of a table, as in a warehouse, counts as part of the original's system. If
        all members are in one system, it is that of the surest link that holds the member.
    approved
        Whether each member has a chain of APPROVED links alone to a member in another system, in
        the order of ``members``.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> clusters["Stripe/customers.email"].name
    'person email'
    >>> clusters["company phone"].confidences
    (0.8566, 0.8566)
    >>> clusters[0].size == len(clusters[0].members)
    True
    """

    index: int
    id: str
    name: str
    members: tuple[Node, ...]
    systems: tuple[str, ...]
    name_share: float
    also_called: str = ""
    confidences: tuple[float | None, ...] = ()
    approved: tuple[bool, ...] = ()

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.members)

    def to_frame(self) -> Frame:
        """Return one row a member, in the order of ``members``.

        Columns: ``node_id, path, name, data_type, deleted, confidence, approved``.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot()))["company phone"].to_frame()["confidence"]
        [0.8566, 0.8566]
        """
        texts = ("node_id", "path", "name", "data_type")
        columns: dict[str, Any] = {
            name: pa.array([getattr(node, name) for node in self.members], pa.string())
            for name in texts
        }
        columns["deleted"] = pa.array([node.deleted for node in self.members], pa.bool_())
        columns["confidence"] = pa.array(self.confidences, pa.float64())
        columns["approved"] = pa.array(self.approved, pa.bool_())
        return Frame(pa.table(columns))

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.members)

    def __repr__(self) -> str:
        level = str(self.members[0].level).replace("integration_source", "system")
        where = counted(len(self.systems), "system")
        name = shown_name(self.name, self.also_called)
        return f"<Cluster: {visible(name)}, {counted(self.size, level)} of {where}>"

    def _card_(self) -> Card:
        rows = zip(self.members, self.confidences, self.approved, strict=True)
        surest = sorted(rows, key=lambda row: (not row[2], -(row[1] or 0.0), row[0].path))
        shown = surest[:MAX_ROWS]
        columns = {
            "member": [marked(node.path, deleted=node.deleted) for node, _, _ in shown],
            "confidence": [confidence for _, confidence, _ in shown],
            "approved": ["yes" if approved else "" for _, _, approved in shown],
            "data_type": [node.data_type for node, _, _ in shown],
        }
        table = Frame(pa.table(columns))
        return Card(title_of(self), table=table, things="members", total=self.size)


@dataclass(frozen=True)
class ClusterNames:
    """Ids and names of clusters, by position; an id goes before a name."""

    ids: tuple[str, ...]
    names: tuple[str, ...]

    @cached_property
    def _positions_by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for position, name in enumerate(self.names):
            found[name].append(position)
        return found | {cluster_id: [position] for position, cluster_id in enumerate(self.ids)}

    def find(self, wanted: str) -> int | None:
        """Return the position of the cluster with an id or a name, or ``None``.

        Raises
        ------
        AmbiguousNodeError
            If several clusters have the name.
        """
        found = self._positions_by_name.get(wanted, [])
        if len(found) > 1:
            listed = ", ".join(self.ids[position] for position in found[:MAX_CANDIDATES])
            more = f" and {len(found) - MAX_CANDIDATES:,} more" if found[MAX_CANDIDATES:] else ""
            raise AmbiguousNodeError(
                f"{wanted!r} is the name of {len(found):,} clusters: {listed}{more}.",
                candidates=[self.ids[position] for position in found],
                hint="Use the id of one, or the path of a member.",
            )
        return found[0] if found else None

    def unknown(self, wanted: str, error: NodeNotFoundError) -> NodeNotFoundError:
        """Return the error for a name of neither a cluster nor a node."""
        near = [*get_close_matches(wanted, set(self.names), n=2), *error.near][:MAX_NEAR]
        return NodeNotFoundError(
            f"No cluster and no node is called {wanted!r} ({len(self.ids):,} clusters).",
            near=near,
            hint=f"Did you mean {' or '.join(map(repr, near))}?" if near else error.hint,
        )
