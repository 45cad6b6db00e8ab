"""Clusters: groups of nodes that links say are the same thing, and what holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from html import escape
from typing import TYPE_CHECKING, Any, Literal, overload
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_policy
from hummgraph.frames import Frame
from hummgraph.graph.checks import as_position
from hummgraph.graph.elements import Node
from hummgraph.graph.policy import REJECTED
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import ClusteringProblem
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["Clusters", "find_cluster", "numbered"]

_ID_BYTES = 8
"""Two of a million clusters share an id once in forty million catalogues."""

_NAMED = ("cluster_id", "cluster_name", "members")

_MISSING = ("none", "raise")

_EXPLAINED = 100
"""Contradictions that plain data explains; the others are listed."""


@dataclass(frozen=True, eq=False, repr=False)
class Clusters:
    """Groups of at least two nodes of one level.

    Parameters
    ----------
    threshold
        Lowest score of a link that joins, in [0, 1], on the scale that ``threshold_scale`` names.
    method
        How links became groups.
    parameters
        Other parameters of the method, by name.
    labels
        Cluster of each node of the graph, by position: int64, shape (n_nodes,); -1 where not
        clustered. Cluster 0 is the largest; ties go to the one with the smallest node id. Clusters
        of deleted nodes alone come after all others.
    remake
        Does the same under another policy, as :meth:`under`.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> bool(clusters.sizes[0] >= clusters.sizes[-1] >= 2)
    True
    """

    problem: ClusteringProblem
    threshold: float
    method: str
    parameters: Mapping[str, Any]
    labels: NDArray[np.int64]
    remake: Callable[[Policy], Clusters] = field(repr=False)

    @property
    def graph(self) -> LinkGraph:
        """The graph that was clustered."""
        return self.problem.graph

    @property
    def level(self) -> Level:
        """Level of the members."""
        return self.problem.level

    @property
    def policy(self) -> Policy:
        """The policy by which links counted."""
        return self.graph.policy

    @property
    def threshold_scale(self) -> str:
        """What the threshold is compared with: ``"confidence"`` or ``"competition"``."""
        return self.problem.scale

    @property
    def calibrate(self) -> str | None:
        """How confidences were calibrated before."""
        return self.problem.calibrate

    @property
    def one_per(self) -> Level | None:
        """Of which level a cluster takes one member at most; ``None`` for no such rule."""
        return self.problem.one_per

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.sizes)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Number of members of each cluster: shape (n_clusters,).

        Largest first, but for clusters of deleted nodes alone, which come last.
        """
        return np.bincount(self.labels[self.labels >= 0]).astype(np.int64)

    # --- members, ids and names --------------------------------------------------------------

    @cached_property
    def member_index(self) -> NDArray[np.int64]:
        """Positions of clustered nodes, cluster by cluster, in the order of their ids."""
        clustered = np.flatnonzero(self.labels >= 0)
        return clustered[np.argsort(self.labels[clustered], kind="stable")]

    @cached_property
    def members(self) -> tuple[tuple[str, ...], ...]:
        """Node ids of each cluster, sorted."""
        ids = self.graph.arrays.nodes.id_text.take(pa.array(self.member_index)).to_pylist()
        ends = np.cumsum(self.sizes).tolist()
        return tuple(
            tuple(ids[begin:end]) for begin, end in zip([0, *ends[:-1]], ends, strict=False)
        )

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """An id for each cluster, sixteen hexadecimal digits, made of its members' ids.

        The same members have the same id in every run and under any names; a cluster that gains or
        loses a member gets another.
        """
        return tuple(
            blake2b("\n".join(members).encode(), digest_size=_ID_BYTES).hexdigest()
            for members in self.members
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each cluster: the member with most links inside it, as ``table.column``.

        Members that somebody named, in tables that somebody named, go before others, and of these
        those that are not deleted.
        """
        links = self.graph.arrays.links
        same = self.labels[links.ends.source] == self.labels[links.ends.target]
        same &= links.status != REJECTED
        n_nodes = self.graph.n_nodes
        degree = np.bincount(links.ends.source[same], minlength=n_nodes)
        degree = degree + np.bincount(links.ends.target[same], minlength=n_nodes)
        nodes = self.graph.arrays.nodes
        # A column of no known table counts as unnamed; a table's or system's own name is enough.
        table = nodes.ancestor[1]
        named = nodes.resolved & np.where(table >= 0, nodes.resolved[table], nodes.depth < 2)
        # Ties go to the smallest id, which comes first already.
        members = self.member_index
        keys = (-degree, nodes.deleted, ~named, self.labels)
        order = members[np.lexsort([key[members] for key in keys])]
        first = np.cumsum(self.sizes) - self.sizes
        paths = nodes.path.take(pa.array(order[first]))
        return tuple(path.partition("/")[2] or path for path in paths.to_pylist())

    @overload
    def cluster_of(self, node: str | UUID | Node) -> int | None: ...

    @overload
    def cluster_of(self, node: str | UUID | Node, *, missing: Literal["raise"]) -> int: ...

    @overload
    def cluster_of(self, node: str | UUID | Node, *, missing: str) -> int | None: ...

    def cluster_of(self, node: str | UUID | Node, *, missing: str = "none") -> int | None:
        """Return the position of a node's cluster among ``ids``, ``names`` and ``members``.

        Parameters
        ----------
        node
            Id or name of a node, or a `Node`.
        missing
            What to do with a node in no cluster: ``"none"`` returns ``None``, which no list takes
            for an index, and ``"raise"`` raises.

        Returns
        -------
        int or None
            In [0, n_clusters).

        Raises
        ------
        ArgumentError
            If the node is in no cluster and ``missing="raise"``, or ``missing`` has another value.
        NodeNotFoundError, AmbiguousNodeError
            If the node does not exist or the name is ambiguous.

        Notes
        -----
        O(1) once the names are known, see :meth:`LinkGraph.index_of`.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
        >>> clusters.names[clusters.cluster_of("Stripe/customers.email", missing="raise")]
        'auth.identities.email'
        >>> clusters.cluster_of("stripe") is None
        True
        """
        if missing not in _MISSING:
            raise ArgumentError(f"missing is {missing!r}; it must be 'none' or 'raise'.")
        index = self.graph.index_of(node)
        label = int(self.labels[index])
        if label >= 0:
            return label
        if missing == "raise":
            path = self.graph.arrays.nodes.path[index].as_py()
            raise ArgumentError(f"{path!r} is in no cluster.")
        return None

    # --- links -------------------------------------------------------------------------------

    @cached_property
    def _here(self) -> NDArray[np.bool_]:
        """Links between two nodes of the level."""
        ends = self.graph.arrays.links.ends
        here: NDArray[np.bool_] = ends.source != ends.target
        here &= self.graph.link_levels == self.level.depth
        return here

    @cached_property
    def _counted(self) -> NDArray[np.bool_]:
        """Links that ask for a join: those at or above the threshold, and APPROVED ones."""
        status = self.graph.arrays.links.status
        scores = self.problem.link_scores
        return self._here & self.policy.accepts(scores, status, self.threshold)

    @cached_property
    def holding_links(self) -> NDArray[np.bool_]:
        """Links that hold a cluster together: shape (n_links,).

        Those at or above the threshold, or APPROVED where that binds, with both ends inside.
        """
        return self._counted & self.internal_links

    @cached_property
    def internal_links(self) -> NDArray[np.bool_]:
        """Links with both ends in one cluster, of any status: shape (n_links,)."""
        ends = self.graph.arrays.links.ends
        label = self.labels[ends.source]
        inside: NDArray[np.bool_] = label == self.labels[ends.target]
        inside &= self._here & (label >= 0)
        return inside

    @property
    def n_links_used(self) -> int:
        """Links at or above the threshold, or APPROVED, with both ends in one cluster."""
        return int(np.count_nonzero(self.holding_links))

    @property
    def n_links_refused(self) -> int:
        """Links at or above the threshold whose ends are in two clusters, or in none."""
        return int(np.count_nonzero(self._counted & ~self.internal_links))

    @property
    def n_links_other_level(self) -> int:
        """Links not used because an end stands at another level."""
        return int(np.count_nonzero(self.graph.link_levels != self.level.depth))

    @cached_property
    def note(self) -> str:
        """Why there is no cluster, where all links join nodes of other levels; else empty."""
        from hummgraph.algorithms.kernels.level_note import level_note

        return level_note(self.graph, self.level)

    @cached_property
    def refused(self) -> Frame:
        """Links at or above the threshold that did not join, and why: one row a link, by link id.

        ``reason`` is ``"rejected"`` where the join would unite a REJECTED pair, the first of which
        is ``rejected_link_id``; ``"one_per"`` where it would give a cluster two members of one
        system or table; and ``"method"`` where the method left it out for its own reasons.
        """
        graph, constraints = self.graph, self.problem.constraints
        index = np.flatnonzero(self._counted & ~self.internal_links)
        ends, nodes = graph.arrays.links.ends, graph.arrays.nodes
        # Nodes in no cluster are clusters of their own here.
        alone = self.labels < 0
        whole = np.where(alone, self.n_clusters + np.cumsum(alone) - 1, self.labels)
        n = graph.n_nodes
        first = self.problem.first
        source, target = whole[ends.source[index]], whole[ends.target[index]]
        key = np.minimum(source, target) * n + np.maximum(source, target)
        reason = np.full(len(index), "method", dtype=object)
        if constraints.group is not None:
            shared = _share_group(
                whole[first : first + constraints.n_nodes], constraints.group, source, target
            )
            reason[shared] = "one_per"
        apart = np.sort(whole[constraints.cannot + first], axis=1)
        closed, which = np.unique(apart[:, 0] * n + apart[:, 1], return_index=True)
        blocker = np.full(len(index), -1)
        if len(closed):
            place = np.minimum(np.searchsorted(closed, key), len(closed) - 1)
            blocked = closed[place] == key
            reason[blocked] = "rejected"
            blocker[blocked] = constraints.cannot_link[which[place[blocked]]]
        scores = self.problem.link_scores[index]
        return Frame(
            pa.table(
                {
                    "link_id": id_strings(graph.link_ids[index]),
                    "source": nodes.id_text.take(pa.array(ends.source[index])),
                    "target": nodes.id_text.take(pa.array(ends.target[index])),
                    "source_path": nodes.path.take(pa.array(ends.source[index])),
                    "target_path": nodes.path.take(pa.array(ends.target[index])),
                    **nodes.deleted_ends(ends.source[index], ends.target[index]),
                    "score": pa.array(scores, mask=np.isnan(scores)),
                    "reason": pa.array(reason, pa.string()),
                    "rejected_link_id": id_strings(graph.link_ids).take(
                        pa.array(blocker, mask=blocker < 0)
                    ),
                }
            )
        )

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """REJECTED links whose ends are in one cluster all the same, sorted by link id."""
        links = self.graph.arrays.links
        found = []
        for index in np.flatnonzero(self.internal_links & (links.status == REJECTED)).tolist():
            link = self.graph.link(index)
            cluster_id = self.ids[self.labels[links.ends.source[index]]]
            found.append(
                Contradiction(
                    cluster_id, link.link_id, link.source, link.target, self.problem, index
                )
            )
        return tuple(found)

    @cached_property
    def n_contradictions(self) -> NDArray[np.int64]:
        """Number of contradictions in each cluster: shape (n_clusters,)."""
        links = self.graph.arrays.links
        inside = self.internal_links & (links.status == REJECTED)
        label = self.labels[links.ends.source[inside]]
        return np.bincount(label, minlength=self.n_clusters).astype(np.int64)

    # --- quality ---------------------------------------------------------------------------------

    @cached_property
    def quality(self) -> Frame:
        """How well each cluster holds: one row a cluster.

        ``members``; ``deleted``, how many of them are; ``systems`` of them; ``links`` inside, and
        of these by status and by type;
        ``links_holding``, which are at or above the threshold or APPROVED, and only they count in
        what follows: ``density`` (the share of the pairs of members that are linked, in [0, 1]),
        ``min_confidence`` and ``mean_confidence`` as the policy weighs them,
        ``determinism_ratio`` (the share that is DETERMINISTIC), ``weakest_link_id``,
        ``central_node_id`` and ``central_path`` (the member on which most confidence rests),
        ``bridges`` and ``articulation_points`` (links and members without which the cluster falls
        apart); ``systems_covered`` and ``systems_missing`` by name; ``contradictions``; and
        ``more_than_one_per_integration_source`` and ``more_than_one_per_table``, the numbers of
        those that have several members.

        Notes
        -----
        O(n + m) for n nodes and m links, but for sorting the pairs.
        """
        from hummgraph.algorithms.clustering.quality import quality_frame

        return quality_frame(self)

    @cached_property
    def bridges(self) -> Frame:
        """Links without which a cluster falls apart: one row each, the least sure first.

        ``splits_off`` is the number of members on the smaller side.
        """
        from hummgraph.algorithms.clustering.quality import bridge_frame

        return bridge_frame(self)

    @cached_property
    def articulation_points(self) -> Frame:
        """Members without which a cluster falls apart: one row each, by cluster."""
        from hummgraph.algorithms.clustering.quality import articulation_frame

        return articulation_frame(self)

    # --- other policies --------------------------------------------------------------------------

    def with_policy(self, policy: Policy) -> Clusters:
        """Return the clusters that the same links, method and threshold make under another policy.

        Notes
        -----
        As long as the clustering took.

        Examples
        --------
        >>> from hummgraph import LinkGraph, Policy, cluster
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
        >>> len(clusters.with_policy(Policy(approved="score", rejected="score")).contradictions) > 1
        True
        """
        check_policy(policy, "with_policy")
        return self.remake(policy)

    @cached_property
    def policy_effect(self) -> Frame:
        """How many clusters would differ under the other sensible policies: one row each.

        ``clusters`` there; ``same`` in both; ``gone``, which are here only; ``new``, which are
        there only; ``contradictions`` there; ``changed_names``, those of the clusters that are
        gone, largest first. Two clusters are the same if their members are.

        Notes
        -----
        As long as four clusterings take.
        """
        here = dict(zip(self.ids, self.names, strict=True))
        rows = []
        for name, policy in self.policy.alternatives().items():
            other = self.with_policy(policy)
            there = set(other.ids)
            gone = [named for cluster_id, named in here.items() if cluster_id not in there]
            same = self.n_clusters - len(gone)
            changed = (len(gone), len(there) - same, len(other.contradictions), "; ".join(gone))
            rows.append((name, other.n_clusters, same, *changed))
        names = ("policy", "clusters", "same", "gone", "new", "contradictions", "changed_names")
        return Frame(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))

    # --- out ---------------------------------------------------------------------------------

    def to_frame(self) -> Frame:
        """Return one row a member: ``node_id``, its cluster and names, and whether it is deleted.

        Notes
        -----
        O(n) for n clustered nodes; rows are sorted by cluster, then node id.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot())).to_frame().columns[:4]
        ['node_id', 'cluster_id', 'cluster_index', 'cluster_name']
        """
        nodes = self.graph.arrays.nodes
        rows = pa.array(self.member_index)
        labels = pa.array(self.labels[self.member_index])
        return Frame(
            pa.table(
                {
                    "node_id": nodes.id_text.take(rows),
                    "cluster_id": pa.array(self.ids, pa.string()).take(labels),
                    "cluster_index": labels,
                    "cluster_name": pa.array(self.names, pa.string()).take(labels),
                    "contradictions": pa.array(self.n_contradictions).take(labels),
                    "path": nodes.path.take(rows),
                    "system": nodes.system.take(rows),
                    "table": nodes.table.take(rows),
                    "name": nodes.name.take(rows),
                    "deleted": pa.array(nodes.deleted[self.member_index]),
                }
            )
        )

    def crosswalk(self, *, confidence: bool = True) -> Frame:
        """Return one row a cluster and one column a system, with what the cluster has there.

        A cell lists ``table.column (0.93)`` of each member in that system, sorted, with ``"; "``
        between; the number is the confidence of the surest link that holds the member in the
        cluster. Deleted members come last and have ``(deleted)`` after their names. The first
        columns are ``cluster_id``, ``cluster_name``, ``size`` and ``contradictions`` (the number
        of REJECTED links inside).

        Parameters
        ----------
        confidence
            Whether cells have confidences.

        Notes
        -----
        O(n log n + m) for n clustered nodes and m links.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
        >>> clusters.crosswalk().columns[:4]
        ['cluster_id', 'cluster_name', 'size', 'contradictions']
        """
        from hummgraph.algorithms.clustering.crosswalk import crosswalk_frame

        return crosswalk_frame(self, confidence=confidence)

    def identity_map(self) -> dict[str, Any]:
        """Return the clusters as a map for programs, plain data that JSON and YAML can hold.

        ``identities`` has one entry a cluster: ``id``, ``name``, ``contradictions`` and
        ``members``, each with ``id``, ``system``, ``table``, ``name``, ``deleted`` and
        ``confidence`` as in :meth:`crosswalk`; the other members say how the clusters were made.
        See :func:`write_crosswalk` for files.

        Notes
        -----
        O(n + m) for n clustered nodes and m links.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> found = cluster(LinkGraph(load_demo().snapshot())).identity_map()
        >>> sorted(found["identities"][0])
        ['contradictions', 'id', 'members', 'name']
        """
        from hummgraph.algorithms.clustering.crosswalk import identity_map

        return identity_map(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, as ``hummgraph clusters --json`` prints it.

        The first hundred contradictions are explained by their conflicting sets and cuts; the
        others are listed without.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot())).to_dict()["threshold_scale"]
        'confidence'
        """
        named = dict(zip(self.ids, self.names, strict=True))
        contradictions = [
            found.to_dict(explained=at < _EXPLAINED) | {"cluster_name": named[found.cluster_id]}
            for at, found in enumerate(self.contradictions)
        ]
        nodes = self.graph.arrays.nodes
        gone = set(nodes.id_text.take(pa.array(np.flatnonzero(nodes.deleted))).to_pylist())
        paths = nodes.path.take(pa.array(self.member_index)).to_pylist()
        ends = np.cumsum(self.sizes).tolist()
        return {
            "threshold": self.threshold,
            "threshold_scale": self.threshold_scale,
            "method": self.method,
            "parameters": dict(self.parameters),
            "calibrate": self.calibrate,
            "no_match": self.problem.no_match,
            "one_per": None if self.one_per is None else str(self.one_per),
            "many_in": list(self.problem.many_in),
            "many_in_names": self.problem.exempt_names,
            "level": str(self.level),
            "policy": self.policy.to_dict(),
            "links_used": self.n_links_used,
            "links_refused": self.n_links_refused,
            "links_at_other_levels": self.n_links_other_level,
            "note": self.note or None,
            "contradictions": contradictions,
            "refused": list(self.refused),
            "clusters": [
                {
                    "id": cluster_id,
                    "name": name,
                    "size": len(members),
                    "members": list(members),
                    "member_paths": paths[end - len(members) : end],
                    "deleted": [node for node in members if node in gone],
                    "quality": {key: row[key] for key in row if key not in _NAMED},
                }
                for cluster_id, name, members, end, row in zip(
                    self.ids, self.names, self.members, ends, self.quality, strict=True
                )
            ],
        }

    def diagram(self, cluster: str | int | UUID | Node, *, max_boxes: int = 40) -> Diagram:
        """Return the picture of one cluster as a value: its members by system, and their links.

        It draws itself with ``to_svg()`` and ``to_mermaid()``.

        Parameters
        ----------
        cluster
            Position or id of a cluster, or id or name of a member.
        max_boxes
            How many members are drawn at most, those with most links; from 1.

        Returns
        -------
        Diagram
            A column a system. Lines are links that hold the cluster, and REJECTED ones inside it;
            of parallel ones the best is drawn.

        Raises
        ------
        ArgumentError
            If there is no such cluster, or ``max_boxes`` is something else.
        NodeNotFoundError, AmbiguousNodeError
            If a member cannot be told.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot())).diagram(0, max_boxes=5)
        <Diagram 'Account.Workspace_Id__c (1519efb2e471686c)': 5 boxes, 6 lines>
        """
        from hummgraph.algorithms.clustering.diagram import cluster_diagram

        return cluster_diagram(self, cluster, max_boxes=max_boxes)

    def __len__(self) -> int:
        return self.n_clusters

    def __repr__(self) -> str:
        largest = f", the largest of {self.sizes.max():,}" if self.n_clusters else ""
        found = len(self.contradictions)
        return (
            f"<Clusters: {self.n_clusters:,} of {int((self.labels >= 0).sum()):,} {self.level}s"
            f" by {self.method} at {self.threshold:g} {self.threshold_scale}{largest};"
            f" {found:,} contradiction{'' if found == 1 else 's'}"
            f"{'. ' + self.note if self.note else ''}>"
        )

    def _repr_html_(self) -> str:
        said = f"<p>{escape(self.note)}</p>" if self.note else ""
        return said + self.crosswalk()._repr_html_()


def numbered(
    label: NDArray[np.integer[Any]], deleted: NDArray[np.bool_], first: int
) -> NDArray[np.int64]:
    """Return groups of at least two nodes numbers, largest first; others get -1.

    Labels are those of the nodes from ``first`` on, numbered by their first nodes. Codes of nodes
    are in the order of ids, so ties go to the smallest id. Groups of deleted nodes alone come last;
    ``deleted`` is of all nodes.
    """
    sizes = np.bincount(label, minlength=1)
    living = np.bincount(label[~deleted[first : first + len(label)]], minlength=len(sizes))
    # Those of one node have no number, so they must not take one.
    order = np.lexsort((-sizes, living == 0, sizes < 2))
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[order] = np.arange(len(sizes))
    rank[sizes < 2] = -1
    labels = np.full(len(deleted), -1, dtype=np.int64)
    labels[first : first + len(label)] = rank[label]
    labels.flags.writeable = False
    return labels


def _share_group(
    label: NDArray[np.int64],
    group: NDArray[np.int32],
    x: NDArray[np.int64],
    y: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return which pairs of clusters have members of one group: O(n log n)."""
    from scipy.sparse import csr_array

    has = group >= 0
    shape = (
        int(max(label.max(initial=0), x.max(initial=0), y.max(initial=0))) + 1,
        int(group.max(initial=0)) + 1,
    )
    table = csr_array((np.ones(int(has.sum()), dtype=bool), (label[has], group[has])), shape=shape)
    shared: NDArray[np.bool_] = np.asarray(table[x].multiply(table[y]).sum(axis=1)).ravel() > 0
    return shared


def find_cluster(clusters: Clusters, cluster: str | int | UUID | Node) -> int:
    """Return the position of a cluster by its id, its position or a member."""
    if not isinstance(cluster, str | UUID | Node):
        position = as_position("cluster", cluster)
        if not 0 <= position < clusters.n_clusters:
            raise ArgumentError(
                f"No cluster at {position}; there are {clusters.n_clusters:,}, from 0."
            )
        return position
    if isinstance(cluster, str) and cluster in clusters.ids:
        return clusters.ids.index(cluster)
    return clusters.cluster_of(cluster, missing="raise")
