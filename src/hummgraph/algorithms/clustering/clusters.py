"""Clusters: groups of nodes that links say are the same thing, and the links that hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.choice import Evidence
from hummgraph.algorithms.clustering.cluster import (
    Cluster,
    ClusterNames,
    id_of_members,
    shown_name,
)
from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.algorithms.clustering.crosswalk import (
    clusters_to_dict,
    crosswalk_frame,
    identity_map,
    members_frame,
)
from hummgraph.algorithms.clustering.expected import expected_precision
from hummgraph.algorithms.clustering.identity import NamedClusters
from hummgraph.algorithms.clustering.quality import (
    articulation_frame,
    bridge_frame,
    generic_clusters,
    policy_frame,
    quality_frame,
    refused_frame,
)
from hummgraph.algorithms.clustering.review import floor_check
from hummgraph.algorithms.kernels.level_note import level_note
from hummgraph.errors import AmbiguousNodeError, ArgumentError, NodeNotFoundError
from hummgraph.errors.arguments import check_policy
from hummgraph.frames import MAX_ROWS, Card, Frame, Listing, Shows, title_of
from hummgraph.graph.checks import as_position
from hummgraph.graph.elements import Node
from hummgraph.graph.policy import REJECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import ClusteringProblem
    from hummgraph.algorithms.clustering.review import FloorCheck
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["Clusters"]

_COLUMNS = ("cluster_name", "members", "systems_covered", "links_holding", "min_confidence")
_HEADINGS = ["name", "members", "systems", "links", "weakest"]

MISSING_CHOICES = ("none", "raise")


@dataclass(frozen=True, eq=False, repr=False)
class Clusters(NamedClusters, Shows):
    """Groups of at least two nodes of one level.

    Parameters
    ----------
    problem
        The links that were clustered, and the setting.
    labels
        Cluster of each node of the graph, by position: int64, shape (n_nodes,); -1 where not
        clustered. Cluster 0 is the largest; ties go to the one with the smallest node id. Clusters
        of deleted nodes alone come after all others.
    remake
        Function that makes the clusters under another policy, for :meth:`with_policy`.
    sorted_by
        Order of iteration, frames and files; see :meth:`sort_by`.

    Notes
    -----
    Labels, `ids`, `sizes`, `members` and `names` are the largest first; they are there at once.
    Iteration, frames, pictures and files follow `order`, by the value of clusters to a person who
    looks for identities. Names, order and quality are computed at first use.

    Iteration yields each :class:`Cluster`; ``clusters[key]`` is the one with a label, or with an
    id or a name, or that has a node, by its id, name or a `Node`. If several fit, a label, an
    id, a name and a node take precedence in this order, and :class:`AmbiguousNodeError` is raised
    for a name of several clusters. A key that is not found raises :class:`NodeNotFoundError`, which
    suggests similar names, or :class:`ArgumentError` for a position that is too high and for a node
    in no cluster.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> bool(clusters.sizes[0] >= clusters.sizes[-1] >= 2)
    True
    >>> clusters["person email"]
    <Cluster: person email, 15 columns of 7 systems>
    >>> clusters["person email"].size
    15
    >>> [found.name for found in clusters][:3]
    ['person phone', 'person email', 'invoice number']
    """

    problem: ClusteringProblem
    labels: NDArray[np.int64]
    remake: Callable[[Policy], Clusters] = field(repr=False)
    sorted_by: str = "identity"

    @property
    def setting(self) -> Setting:
        """The setting that made the clusters; pass it to :func:`cluster` to hold it."""
        return self.problem.setting

    @cached_property
    def choice(self) -> str:
        """Reasons for the setting of the clusters, and for doubt about its floor, in sentences."""
        return " ".join([self.setting.reason, *self.floor_check.sentences()]).strip()

    @cached_property
    def floor_check(self) -> FloorCheck:
        """Doubts about the floor: confidences that many links share, and the bias of the review."""
        return floor_check(Evidence.of(self.problem), self.setting)

    @property
    def threshold(self) -> float:
        """Lowest score of a join, in [0, 1], on the scale that ``threshold_scale`` names."""
        return self.setting.threshold

    @property
    def method(self) -> str:
        """Name of the clustering method."""
        return self.setting.method

    @property
    def parameters(self) -> dict[str, Any]:
        """Other parameters of the method, by name."""
        return self.setting.options

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
        """Scale of the threshold: ``"confidence"``, ``"competition"`` or ``"probability"``."""
        return self.problem.scale

    @property
    def calibrate(self) -> str | None:
        """Calibration of the confidences, or ``None``."""
        return self.problem.calibrate

    @property
    def one_per(self) -> Level | None:
        """Level of which a cluster takes at most one member; ``None`` for no rule."""
        return self.problem.one_per

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.sizes)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Number of members of each cluster: shape (n_clusters,).

        Largest first, except for clusters of deleted nodes alone, which come last.
        """
        return np.bincount(self.labels[self.labels >= 0]).astype(np.int64)

    @cached_property
    def member_index(self) -> NDArray[np.int64]:
        """Positions of clustered nodes, cluster by cluster, in the order of their ids."""
        clustered = np.flatnonzero(self.labels >= 0)
        return clustered[np.argsort(self.labels[clustered], kind="stable")]

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """End of each cluster in `member_index`: shape (n_clusters,)."""
        return np.cumsum(self.sizes)

    @cached_property
    def members(self) -> tuple[tuple[str, ...], ...]:
        """Node ids of each cluster, sorted."""
        ids = self.graph.arrays.nodes.id_text.take(pa.array(self.member_index)).to_pylist()
        ends = self._ends.tolist()
        return tuple(
            tuple(ids[begin:end]) for begin, end in zip([0, *ends[:-1]], ends, strict=False)
        )

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """An id for each cluster, sixteen hexadecimal digits, made of its members' ids.

        The same members have the same id in every run and under any names; a cluster that gains or
        loses a member gets another.
        """
        return tuple(map(id_of_members, self.members))

    @overload
    def cluster_of(self, node: str | UUID | Node) -> int | None: ...

    @overload
    def cluster_of(self, node: str | UUID | Node, *, missing: Literal["raise"]) -> int: ...

    @overload
    def cluster_of(self, node: str | UUID | Node, *, missing: str) -> int | None: ...

    def cluster_of(self, node: str | UUID | Node, *, missing: str = "none") -> int | None:
        """Return the label of a node's cluster: its position in ``ids``, ``names`` and ``members``.

        Parameters
        ----------
        node
            Id or name of a node, or a `Node`.
        missing
            Handling of a node in no cluster: ``"none"`` returns ``None``, which no list takes
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
        'person email'
        >>> clusters.cluster_of("stripe") is None
        True
        """
        if missing not in MISSING_CHOICES:
            raise ArgumentError(f"missing is {missing!r}; it must be 'none' or 'raise'.")
        index = self.graph.index_of(node)
        label = int(self.labels[index])
        if label >= 0:
            return label
        if missing == "raise":
            path = self.graph.arrays.nodes.path[index].as_py()
            raise ArgumentError(f"{path!r} is in no cluster.")
        return None

    @cached_property
    def _cluster_names(self) -> ClusterNames:
        """Ids and names, by which clusters are found."""
        return ClusterNames(self.ids, self.names)

    @cached_property
    def note(self) -> str:
        """Reason for no clusters, if all links join nodes of other levels; otherwise empty."""
        return level_note(self.graph, self.level)

    @cached_property
    def refused(self) -> Frame:
        """Links at or above the threshold that did not join, and why: one row a link, by link id.

        ``reason`` is ``"rejected"`` where the join would unite a REJECTED pair, the first of which
        is ``rejected_link_id``; ``"one_per"`` where it would give a cluster two members of one
        system or table; and ``"method"`` where the method left it out for its own reasons.
        """
        return refused_frame(self)

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """REJECTED links whose ends are still in one cluster, sorted by link id."""
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
        return Listing(found)

    @cached_property
    def n_contradictions(self) -> NDArray[np.int64]:
        """Number of contradictions in each cluster: shape (n_clusters,)."""
        links = self.graph.arrays.links
        inside = self.internal_links & (links.status == REJECTED)
        label = self.labels[links.ends.source[inside]]
        return np.bincount(label, minlength=self.n_clusters).astype(np.int64)

    @cached_property
    def quality(self) -> Frame:
        """Quality of each cluster: one row a cluster, in `order`.

        Members: ``name_share`` is the share that carries the words of the name, ``role`` that of
        most, and ``entity`` the one that most belong or refer to. ``members``, ``deleted``,
        ``systems`` and ``contradictions`` are counts, and so are ``more_than_one_per_table`` and
        ``more_than_one_per_integration_source``, of tables and systems with several members.
        Links: ``links`` are inside, also by status and type. ``links_holding``, those at or above
        the threshold or APPROVED, give ``density`` (the share of the pairs of members that are
        linked), ``min_confidence`` and ``mean_confidence`` under the policy, ``determinism_ratio``
        (the share that is DETERMINISTIC), ``weakest_link_id``, ``central_node_id`` and
        ``central_path`` (the member on which most confidence rests), and ``bridges`` and
        ``articulation_points`` (links and members without which the cluster falls apart).
        Judgement: ``expected_precision`` is the expected share of right pairs, by the probabilities
        of links; ``generic`` marks a cluster of many unrelated tables, as of every ``created_at``;
        ``rests_on`` is as in :meth:`crosswalk`, and ``identity_value`` gives the `order`.
        ``systems_covered`` and ``systems_missing`` have names. Shares are in [0, 1].

        Notes
        -----
        O(n + m) for n nodes and m links, plus sorting the pairs.
        """
        return quality_frame(self)

    @cached_property
    def expected_precision(self) -> NDArray[np.float64]:
        """Expected share of right pairs in each cluster, in [0, 1]: shape (n_clusters,).

        From the probabilities of links: those of the setting, or of a curve fitted to decided
        links.
        """
        problem = self.problem
        label = self.labels[problem.first : problem.first + problem.constraints.n_nodes]
        return expected_precision(problem, label, self.n_clusters)

    @cached_property
    def generic(self) -> NDArray[np.bool_]:
        """Mask of the clusters that span many unrelated tables: shape (n_clusters,)."""
        return generic_clusters(self)

    @cached_property
    def bridges(self) -> Frame:
        """Links without which a cluster falls apart: one row each, the least sure first.

        ``splits_off`` is the number of members on the smaller side.
        """
        return bridge_frame(self)

    @cached_property
    def articulation_points(self) -> Frame:
        """Members without which a cluster falls apart: one row each, by cluster."""
        return articulation_frame(self)

    def with_policy(self, policy: Policy) -> Clusters:
        """Return the clusters that the same links and setting make under another policy.

        Notes
        -----
        Takes as long as the clustering.

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
        """Number of clusters that would differ under other sensible policies: one row a policy.

        ``clusters`` and ``contradictions`` count those under the policy: ``same`` are here too,
        ``new`` are not. ``gone`` counts clusters that are here only, and ``changed_names`` has
        their names. Two clusters are the same if they have the same members.

        Notes
        -----
        Takes as long as four clusterings.
        """
        return policy_frame(self)

    def to_frame(self) -> Frame:
        """Return one row a member: its names and cluster, and how sure it is (see `Cluster`).

        Notes
        -----
        O(n) for n clustered nodes; rows are in the order of clusters, then by node id.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot())).to_frame().columns[:4]
        ['node_id', 'cluster_id', 'cluster_index', 'cluster_name']
        """
        return members_frame(self)

    def crosswalk(self, *, confidence: bool = True) -> Frame:
        """Return one row a cluster and one column a system, with the cluster's members there.

        A cell lists ``table.column (0.93)`` of each member in that system, sorted, with ``"; "``
        between; the number is how sure the links tie the member to another system, see
        `Cluster`. Deleted members come last and have ``(deleted)`` after their names. The first
        columns are ``cluster_id``, ``cluster_name``, ``size``, ``contradictions`` (the number of
        REJECTED links inside) and ``rests_on``: ``"keys"`` if at least two members identify
        rows, ``"approvals"`` if APPROVED links unite all members, ``"approvals in part"``, or
        ``"names only"``.

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
        return crosswalk_frame(self, confidence=confidence)

    def identity_map(self) -> dict[str, Any]:
        """Return the clusters as a map for programs, plain data that JSON and YAML can hold.

        ``identities`` has one entry a cluster: ``id``, ``name``, ``contradictions``,
        ``rests_on`` and ``members``, each with ``id``, ``system``, ``table``, ``name``,
        ``deleted`` and ``confidence`` as in :meth:`crosswalk`; the other members say how the
        clusters were made. See :func:`write_crosswalk` for files.

        Notes
        -----
        O(n + m) for n clustered nodes and m links.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> found = cluster(LinkGraph(load_demo().snapshot())).identity_map()
        >>> sorted(found["identities"][0])
        ['contradictions', 'id', 'members', 'name', 'rests_on']
        """
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
        'probability'
        """
        return clusters_to_dict(self)

    def diagram(self, cluster: str | int | UUID | Node, *, max_boxes: int = 40) -> Diagram:
        """Return the picture of one cluster as a value: its members by system, and their links.

        It draws itself with ``to_svg()`` and ``to_mermaid()``.

        Parameters
        ----------
        cluster
            A cluster, by its position, id or name, or by a member's id, name or node.
        max_boxes
            Largest number of members to draw, those with most links first; from 1.

        Returns
        -------
        Diagram
            A column a system. Lines are links that hold the cluster, and REJECTED ones inside it;
            of parallel ones the best is drawn.

        Raises
        ------
        ArgumentError
            If there is no such cluster, or ``max_boxes`` is not a whole number above 0.
        NodeNotFoundError, AmbiguousNodeError
            If a member does not exist or its name is ambiguous.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot())).diagram(0, max_boxes=5)
        <Diagram 'workspace id (3aa595d8152aa575)': 5 boxes, 7 lines>
        """
        from hummgraph.algorithms.clustering.diagram import cluster_diagram

        return cluster_diagram(self, cluster, max_boxes=max_boxes)

    def __len__(self) -> int:
        return self.n_clusters

    def __iter__(self) -> Iterator[Cluster]:
        """Iterate in `order`, not by label: ``clusters[cluster.index]`` is each one."""
        return map(self._cluster_at, self.order.tolist())

    def __getitem__(self, cluster: str | int | UUID | Node | Cluster) -> Cluster:
        """Return a cluster by label, id, name or node: ``clusters[0]`` is the largest."""
        return self._cluster_at(self._position_of(cluster))

    def __contains__(self, cluster: object) -> bool:
        try:
            self._position_of(cluster)  # type: ignore[arg-type] # other types are refused
        except AmbiguousNodeError:
            return cluster in self.names
        except (ArgumentError, NodeNotFoundError):
            return False
        return True

    def _position_of(self, wanted: str | int | UUID | Node | Cluster) -> int:
        """Return the position of a cluster by its position, id, name or a member, in this order."""
        if not isinstance(wanted, str | UUID | Node | Cluster):
            position = as_position("cluster", wanted)
            if not 0 <= position < self.n_clusters:
                raise ArgumentError(
                    f"No cluster at {position}; there are {self.n_clusters:,}, from 0."
                )
            return position
        if isinstance(wanted, Cluster):
            wanted = wanted.id
        found = self._cluster_names.find(wanted) if isinstance(wanted, str) else None
        if found is not None:
            return found
        try:
            return self.cluster_of(wanted, missing="raise")
        except NodeNotFoundError as error:
            if isinstance(wanted, str):
                raise self._cluster_names.unknown(wanted, error) from None
            raise

    def _cluster_at(self, position: int) -> Cluster:
        end = int(self._ends[position])
        places = self.member_index[end - int(self.sizes[position]) : end]
        systems = self.graph.arrays.nodes.system.take(pa.array(places)).unique().to_pylist()
        sure = self.member_confidence[places].tolist()
        return Cluster(
            position,
            self.ids[position],
            self.names[position],
            tuple(map(self.graph.node, places.tolist())),
            tuple(sorted(filter(None, systems))),
            float(self.name_shares[position]),
            self.identity.also[position],
            tuple(None if np.isnan(confidence) else confidence for confidence in sure),
            tuple(self.member_approved[places].tolist()),
        )

    def __repr__(self) -> str:
        largest = f", the largest of {self.sizes.max():,}" if self.n_clusters else ""
        found = len(self.contradictions)
        return (
            f"<Clusters: {self.n_clusters:,} of {int((self.labels >= 0).sum()):,} {self.level}s"
            f" by {self.method} at {self.threshold:g} {self.threshold_scale}{largest};"
            f" {found:,} contradiction{'' if found == 1 else 's'}"
            f"{'. ' + self.note if self.note else ''}>"
        )

    def _card_(self) -> Card:
        shown = self.quality.head(MAX_ROWS).select(*_COLUMNS).to_arrow().rename_columns(_HEADINGS)
        names = [
            shown_name(self.names[label], self.identity.also[label])
            for label in self.order[:MAX_ROWS].tolist()
        ]
        shown = shown.set_column(0, _HEADINGS[0], pa.array(names, pa.string()))
        return Card(title_of(self), table=Frame(shown), things="clusters", total=len(self))
