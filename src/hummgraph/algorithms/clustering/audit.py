"""The audit of clusters with several members of one system or table: chains and cheapest cuts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.named_links import link_paths_by_id
from hummgraph.algorithms.clustering.subnetwork import ClusterNet
from hummgraph.errors.arguments import check_clusters
from hummgraph.frames import MAX_ROWS, Card, Frame, Listing, Shows, marked, title_of
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.problem import ClusteringProblem

__all__ = ["Audit", "Violation", "audit"]


@dataclass(frozen=True)
class Violation(Shows):
    """A cluster with more than one member of a system or table.

    Parameters
    ----------
    cluster_id, cluster_name
        The cluster.
    group_id, group_path
        The system or table.
    members, member_paths
        Ids of the cluster's members there, sorted, and their names in that order.
    deleted
        Whether each of them is deleted.

    Notes
    -----
    Paths and cuts are computed on first access; the search for paths stops after fifty thousand
    links.

    Examples
    --------
    >>> from hummgraph import LinkGraph, audit, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> found = audit(clusters, one_per="integration_source").violations[0]
    >>> len(found.paths) == len(found.members) - 1
    True
    """

    cluster_id: str
    cluster_name: str
    group_id: str
    group_path: str
    members: tuple[str, ...]
    member_paths: tuple[str, ...]
    deleted: tuple[bool, ...]
    _net: ClusterNet = field(repr=False, compare=False)
    _group: int = field(repr=False, compare=False)

    @property
    def marked(self) -> tuple[str, ...]:
        """Names of the members, with ``(deleted)`` after those that are deleted."""
        return tuple(
            marked(path, deleted=deleted)
            for path, deleted in zip(self.member_paths, self.deleted, strict=True)
        )

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Chains of link ids that connect the members, one for each member but the first.

        Each is the surest chain (the largest product of scores, then the fewest links) from an
        earlier member. It is empty if no links that hold the cluster lead there, or if the search
        stopped before; see ``stopped_at``.
        """
        return self._chains[0]

    @property
    def stopped_at(self) -> int | None:
        """Number of links tried when the search for chains stopped; ``None`` if it was complete."""
        return self._chains[1]

    @cached_property
    def _chains(self) -> tuple[tuple[tuple[str, ...], ...], int | None]:
        return self._net.surest_paths(self._net.members_of(self._group))

    @cached_property
    def cut(self) -> tuple[str, ...]:
        """The cheapest links to cut so that no two of the members are connected, sorted.

        The cost is the sum of their scores (a link without one counts as 1), then their number;
        APPROVED links are never cut where they bind. Between two members the cut is the cheapest;
        between k members it costs at most 2 - 2/k times as much. With more than sixteen members, or
        if all networks to cut have more than ten million links together, the links that joining in
        order of score leaves out are cut.
        """
        return self._net.link_ids(self._net.cut(only=self._group))

    @cached_property
    def tied(self) -> tuple[tuple[str, ...], ...]:
        """Members that APPROVED links tie together, so that no cut separates them."""
        unit = self._net.unit
        nodes = self._net.members_of(self._group)
        together: dict[int, list[int]] = {}
        for node in nodes:
            together.setdefault(int(unit[node]), []).append(node)
        return tuple(
            tuple(self._net.node_ids(found)) for found in together.values() if len(found) > 1
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the violation as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, audit, cluster
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()), method="average")
        >>> found = audit(clusters, one_per="table")
        >>> [violation.to_dict()["group"]["path"] for violation in found.violations][:1]
        ['Snowflake/ANALYTICS.FCT_INVOICES']
        """
        return {
            "cluster_id": self.cluster_id,
            "cluster_name": self.cluster_name,
            "group": {"id": self.group_id, "path": self.group_path},
            "members": list(self.members),
            "member_paths": list(self.member_paths),
            "deleted": list(self.deleted),
            "paths": [list(path) for path in self.paths],
            "stopped_at": self.stopped_at,
            "cut": list(self.cut),
            "tied": [list(members) for members in self.tied],
            "link_paths": link_paths_by_id(
                self._net.graph, [link for links in (*self.paths, self.cut) for link in links]
            ),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Shows):
    """Clusters that hold more than one member of a system or table.

    Examples
    --------
    >>> from hummgraph import LinkGraph, audit, cluster
    >>> from hummgraph.datasets import load_demo
    >>> found = audit(cluster(LinkGraph(load_demo().snapshot())), one_per="integration_source")
    >>> len(found.violations) >= found.n_clusters > 0
    True
    """

    clusters: Clusters
    """The audited clusters."""
    one_per: Level
    """Level of which a cluster should have at most one member."""
    problem: ClusteringProblem
    """The same links under that rule."""

    @property
    def n_clusters(self) -> int:
        """Number of clusters with a violation."""
        return len({violation.cluster_id for violation in self.violations})

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """The violations: by cluster, largest first, then by system or table."""
        clusters, nodes = self.clusters, self.clusters.graph.arrays.nodes
        found = []
        for label, group, members in self.rows:
            rows = pa.array(members)
            found.append(
                Violation(
                    clusters.ids[label],
                    clusters.names[label],
                    nodes.id_text[group].as_py(),
                    nodes.path[group].as_py(),
                    tuple(nodes.id_text.take(rows).to_pylist()),
                    tuple(nodes.path.take(rows).to_pylist()),
                    tuple(nodes.deleted[members].tolist()),
                    self.net(label),
                    group,
                )
            )
        return Listing(found)

    @cached_property
    def rows(self) -> list[tuple[int, int, NDArray[np.int64]]]:
        """Cluster, system or table, and its members there, wherever there are several."""
        first, group = self.problem.first, self.problem.constraints.groups
        label = self.clusters.labels[first : first + len(group)]
        node = np.flatnonzero((label >= 0) & (group >= 0))
        node = node[np.lexsort((node, group[node], label[node]))]
        if not len(node):
            return []
        change = np.flatnonzero((np.diff(label[node]) != 0) | (np.diff(group[node]) != 0)) + 1
        return [
            (int(label[rows[0]]), int(group[rows[0]]), rows + first)
            for rows in np.split(node, change)
            if len(rows) > 1
        ]

    @cached_property
    def _members_and_links(self) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
        """Members of each cluster, and links that hold it, by position."""
        clusters = self.clusters
        holds = np.flatnonzero(clusters.holding_links)
        label = clusters.labels[clusters.graph.arrays.links.ends.source[holds]]
        number = np.bincount(label, minlength=clusters.n_clusters)
        return (
            np.split(clusters.member_index, np.cumsum(clusters.sizes)[:-1]),
            np.split(holds[np.argsort(label, kind="stable")], np.cumsum(number)[:-1]),
        )

    @cached_property
    def _nets(self) -> dict[int, ClusterNet]:
        return {}

    def net(self, label: int) -> ClusterNet:
        """Return the inside of a cluster, which all its violations share."""
        if label not in self._nets:
            members, links = self._members_and_links
            self._nets[label] = ClusterNet(
                self.clusters, self.problem, members[label], links[label]
            )
        return self._nets[label]

    def to_frame(self) -> Frame:
        """Return one row per violation, with the links to cut; ``deleted`` counts deleted members.

        Examples
        --------
        >>> from hummgraph import LinkGraph, audit, cluster
        >>> from hummgraph.datasets import load_demo
        >>> found = audit(cluster(LinkGraph(load_demo().snapshot())), one_per="table")
        >>> found.to_frame().columns[:4]
        ['cluster_id', 'cluster_name', 'group_id', 'group_path']
        """
        rows = self.violations
        return Frame(
            pa.table(
                {
                    "cluster_id": pa.array([row.cluster_id for row in rows], pa.string()),
                    "cluster_name": pa.array([row.cluster_name for row in rows], pa.string()),
                    "group_id": pa.array([row.group_id for row in rows], pa.string()),
                    "group_path": pa.array([row.group_path for row in rows], pa.string()),
                    "members": pa.array([len(row.members) for row in rows], pa.int64()),
                    "member_paths": pa.array(["; ".join(row.marked) for row in rows], pa.string()),
                    "deleted": pa.array([sum(row.deleted) for row in rows], pa.int64()),
                    "longest_path": pa.array(
                        [max(map(len, row.paths)) for row in rows], pa.int64()
                    ),
                    "cut_link_ids": pa.array(["; ".join(row.cut) for row in rows], pa.string()),
                    "tied_by_approval": pa.array(
                        [sum(map(len, row.tied)) for row in rows], pa.int64()
                    ),
                }
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the audit as plain data, as ``hummgraph clusters --audit --json`` prints it.

        Examples
        --------
        >>> from hummgraph import LinkGraph, audit, cluster
        >>> from hummgraph.datasets import load_demo
        >>> audit(cluster(LinkGraph(load_demo().snapshot())), one_per="table").to_dict()["one_per"]
        'table'
        """
        return {
            "one_per": str(self.one_per),
            "many_in": list(self.problem.many_in),
            "many_in_names": self.problem.exempt_names,
            "note": self.clusters.note or None,
            "violations": [violation.to_dict() for violation in self.violations],
        }

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return (
            f"<Audit: {len(self):,} times more than one member of one {self.one_per},"
            f" in {self.n_clusters:,} of {self.clusters.n_clusters:,} clusters"
            f"{'. ' + self.clusters.note if self.clusters.note else ''}>"
        )

    def _card_(self) -> Card:
        shown = self.violations[:MAX_ROWS]
        columns = {
            "cluster": [row.cluster_name for row in shown],
            str(self.one_per).replace("_", " "): [row.group_path for row in shown],
            "members": [len(row.members) for row in shown],
            "links_to_cut": [len(row.cut) for row in shown],
        }
        table = Frame(pa.table(columns))
        return Card(title_of(self), table=table, things="violations", total=len(self))


def audit(clusters: Clusters, *, one_per: Level | str, many_in: Iterable[str | UUID] = ()) -> Audit:
    """Find the clusters that hold more than one member of a system or table.

    Parameters
    ----------
    clusters
        The clusters to look at.
    one_per
        Level of which a cluster should have at most one member: ``"integration_source"`` or
        ``"table"``.
    many_in
        Systems exempt from the ``one_per`` rule, by name or id.

    Raises
    ------
    ArgumentError
        If ``one_per`` is neither of the two levels.
    NodeNotFoundError, AmbiguousNodeError
        If a system in ``many_in`` does not exist or its name is ambiguous.

    Notes
    -----
    O(n log n) for n clustered nodes; paths and cuts are computed on first access.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()), one_per="table")
    >>> audit(clusters, one_per="table").n_clusters
    0
    """
    check_clusters(clusters, "audit")
    problem = clusters.problem.with_rule(one_per, many_in)
    return Audit(clusters, Level(one_per), problem)
