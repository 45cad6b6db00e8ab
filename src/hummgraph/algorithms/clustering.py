"""Clusters: groups of nodes that links say are the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph._checks import as_level, check_threshold
from hummgraph.elements import Level
from hummgraph.errors import ArgumentError
from hummgraph.frames import Frame
from hummgraph.policy import REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph import LinkGraph
    from hummgraph.policy import Policy

__all__ = ["DEFAULT_THRESHOLD", "Clusters", "Contradiction", "cluster"]

METHODS = ("components",)

DEFAULT_THRESHOLD = 0.9
"""Threshold of ``method="components"`` when none is given.

Components join everything that any chain of links joins, so they are only worth looking at where
nearly every link is right.
"""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A REJECTED link whose ends are in one cluster all the same, because others join them.

    Parameters
    ----------
    cluster_id
        The cluster.
    link_id
        The REJECTED link.
    source, target
        Ids of its ends.

    Examples
    --------
    >>> Contradiction(0, "l", "a", "b").cluster_id
    0
    """

    cluster_id: int
    link_id: str
    source: str
    target: str


@dataclass(frozen=True, eq=False, repr=False)
class Clusters:
    """Groups of at least two nodes of one level.

    Parameters
    ----------
    graph
        The graph that was clustered.
    level
        Level of the members.
    threshold
        Lowest weight of a link that joins, in [0, 1].
    method
        How links became groups.
    labels
        Cluster of each node of the graph, int64, shape (n_nodes,); -1 where not clustered. Cluster
        0 is the largest; ties go to the one with the smallest node id.
    n_links_used
        Links that joined, whether or not another one had done so before.
    n_links_other_level
        Links not used because an end stands at another level.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()), threshold=0.95)
    >>> bool(clusters.sizes[0] >= clusters.sizes[-1] >= 2)
    True
    """

    graph: LinkGraph
    level: Level
    threshold: float
    method: str
    labels: NDArray[np.int64]
    n_links_used: int
    n_links_other_level: int

    @property
    def policy(self) -> Policy:
        """The policy by which links counted."""
        return self.graph.policy

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.sizes)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Number of members of each cluster, largest first: shape (n_clusters,)."""
        return np.bincount(self.labels[self.labels >= 0]).astype(np.int64)

    @cached_property
    def _grouped(self) -> NDArray[np.int64]:
        """Positions of clustered nodes, cluster by cluster, in the order of their ids."""
        clustered = np.flatnonzero(self.labels >= 0)
        return clustered[np.argsort(self.labels[clustered], kind="stable")]

    @cached_property
    def members(self) -> tuple[tuple[str, ...], ...]:
        """Node ids of each cluster, sorted."""
        ids = self.graph.arrays.nodes.id_text.take(pa.array(self._grouped)).to_pylist()
        ends = np.cumsum(self.sizes).tolist()
        return tuple(
            tuple(ids[begin:end]) for begin, end in zip([0, *ends[:-1]], ends, strict=False)
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each cluster: the member with most links inside it, as ``table.column``.

        Members that somebody named, in tables that somebody named, go before others.
        """
        links = self.graph.arrays.links
        same = self.labels[links.ends.source] == self.labels[links.ends.target]
        same &= links.status != REJECTED
        n_nodes = self.graph.n_nodes
        degree = np.bincount(links.ends.source[same], minlength=n_nodes)
        degree = degree + np.bincount(links.ends.target[same], minlength=n_nodes)
        nodes = self.graph.arrays.nodes
        named = nodes.resolved & nodes.resolved[nodes.ancestor[1]]
        # Ties go to the smallest id, which comes first already.
        members = self._grouped
        order = members[np.lexsort((-degree[members], ~named[members], self.labels[members]))]
        first = np.cumsum(self.sizes) - self.sizes
        paths = nodes.path.take(pa.array(order[first]))
        return tuple(path.partition("/")[2] or path for path in paths.to_pylist())

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """REJECTED links whose ends are in one cluster all the same, sorted by link id."""
        arrays = self.graph.arrays
        links = arrays.links
        label = self.labels[links.ends.source]
        inside = np.flatnonzero(
            (links.status == REJECTED)
            & (label >= 0)
            & (label == self.labels[links.ends.target])
            & (links.ends.source != links.ends.target)
        )
        found = []
        for index in inside.tolist():
            link = self.graph.link(index)
            found.append(Contradiction(int(label[index]), link.link_id, link.source, link.target))
        return tuple(found)

    def cluster_of(self, node: str) -> int:
        """Give the cluster of a node, -1 where it is in none.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If the node cannot be told.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()), threshold=0.95)
        >>> clusters.cluster_of("stripe")
        -1
        """
        return int(self.labels[self.graph.index_of(node)])

    def to_frame(self) -> Frame:
        """Give one row a member: ``node_id``, ``cluster_id``, ``cluster_name`` and names.

        Notes
        -----
        O(n) for n clustered nodes; rows are sorted by cluster, then node id.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot()), threshold=0.95).to_frame().columns
        ['node_id', 'cluster_id', 'cluster_name', 'path', 'system', 'table', 'name']
        """
        nodes = self.graph.arrays.nodes
        rows = pa.array(self._grouped)
        labels = pa.array(self.labels[self._grouped])
        return Frame(
            pa.table(
                {
                    "node_id": nodes.id_text.take(rows),
                    "cluster_id": labels,
                    "cluster_name": pa.array(self.names, pa.string()).take(labels),
                    "path": nodes.path.take(rows),
                    "system": nodes.system.take(rows),
                    "table": nodes.table.take(rows),
                    "name": nodes.name.take(rows),
                }
            )
        )

    def crosswalk(self) -> Frame:
        """Give one row a cluster and one column a system, with what the cluster has there.

        A cell lists ``table.column`` of each member in that system, sorted, with ``"; "`` between.
        The first columns are ``cluster_id``, ``cluster_name``, ``size`` and ``contradictions``
        (the number of REJECTED links inside).

        Notes
        -----
        O(n log n) for n clustered nodes.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot()), threshold=0.95).crosswalk().columns[:4]
        ['cluster_id', 'cluster_name', 'size', 'contradictions']
        """
        nodes = self.graph.arrays.nodes
        paths = nodes.path.take(pa.array(self._grouped)).to_pylist()
        systems = nodes.system.take(pa.array(self._grouped)).fill_null("?").to_pylist()
        cells: dict[str, list[list[str]]] = {
            system: [[] for _ in range(self.n_clusters)]
            for system in sorted(pc.unique(pa.array(systems, pa.string())).to_pylist())
        }
        labels = self.labels[self._grouped].tolist()
        for label, system, path in zip(labels, systems, paths, strict=True):
            cells[system][label].append(path.removeprefix(f"{system}/"))
        contradictions = np.bincount(
            [found.cluster_id for found in self.contradictions], minlength=self.n_clusters
        )
        columns: dict[str, Any] = {
            "cluster_id": np.arange(self.n_clusters),
            "cluster_name": pa.array(self.names, pa.string()),
            "size": self.sizes,
            "contradictions": contradictions.astype(np.int64),
        }
        for system, rows in cells.items():
            # A system may be called like one of the first columns.
            name = f"{system} (system)" if system in columns else system
            columns[name] = pa.array(["; ".join(sorted(row)) or None for row in rows], pa.string())
        return Frame(pa.table(columns))

    def to_dict(self) -> dict[str, Any]:
        """Give the result as plain data, as ``hummgraph clusters --json`` prints it.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> cluster(LinkGraph(load_demo().snapshot())).to_dict()["method"]
        'components'
        """
        return {
            "threshold": self.threshold,
            "method": self.method,
            "level": str(self.level),
            "policy": self.policy.to_dict(),
            "links_used": self.n_links_used,
            "links_at_other_levels": self.n_links_other_level,
            "contradictions": [
                {
                    "cluster": found.cluster_id,
                    "link_id": found.link_id,
                    "source": found.source,
                    "target": found.target,
                }
                for found in self.contradictions
            ],
            "clusters": [
                {"id": label, "name": name, "size": len(members), "members": list(members)}
                for label, (name, members) in enumerate(zip(self.names, self.members, strict=True))
            ],
        }

    def __len__(self) -> int:
        return self.n_clusters

    def __repr__(self) -> str:
        largest = f", the largest of {self.sizes[0]:,}" if self.n_clusters else ""
        return (
            f"<Clusters: {self.n_clusters:,} of {int((self.labels >= 0).sum()):,} {self.level}s"
            f" at {self.threshold:g} by {self.method}{largest};"
            f" {len(self.contradictions):,} contradictions>"
        )

    def _repr_html_(self) -> str:
        return self.crosswalk()._repr_html_()


def cluster(
    graph: LinkGraph,
    *,
    threshold: float = DEFAULT_THRESHOLD,
    method: str = "components",
    level: Level | str = Level.COLUMN,
) -> Clusters:
    """Group nodes that links at or above a threshold join.

    Parameters
    ----------
    graph
        Links of any level; their direction is ignored.
    threshold
        Lowest weight of a link that joins, in [0, 1], inclusive. The graph's policy says what a
        link weighs; by default a link without a confidence does not join and an APPROVED one
        always does.
    method
        ``"components"``: weakly connected components, REJECTED links left out.
    level
        Level of the members. Links with an end at another level are counted, not used.

    Returns
    -------
    Clusters
        Groups of at least two nodes, largest first. A REJECTED link keeps its own ends apart only
        as far as no chain of other links joins them; where one does, the pair is listed in
        ``contradictions``.

    Raises
    ------
    ThresholdError
        If ``threshold`` is not a number in [0, 1].
    ArgumentError
        If there is no such method or level.

    Notes
    -----
    O(n_nodes + n_links). One wrong link suffices to join two groups, and on real catalogues many
    suggested links are wrong: expect large, mixed clusters at low thresholds.

    References
    ----------
    .. [1] J. Hopcroft, R. Tarjan: Algorithm 447: efficient algorithms for graph manipulation.
       Communications of the ACM 16(6), 1973. https://doi.org/10.1145/362248.362272

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> cluster(graph, threshold=0.95).n_clusters > cluster(graph, threshold=1.0).n_clusters
    True
    >>> cluster(graph, threshold=1.5)
    Traceback (most recent call last):
        ...
    hummgraph.errors.ThresholdError: threshold is 1.5; it must be a number in [0, 1].
    """
    check_threshold("threshold", threshold)
    if method not in METHODS:
        raise ArgumentError(
            f"method is {method!r}; it must be one of {', '.join(map(repr, METHODS))}."
        )
    chosen = as_level(level)
    here = graph.link_levels == chosen.depth
    links = graph.arrays.links
    joins = np.flatnonzero(here & graph.policy.accepts(graph.weights, links.status, threshold))
    ends = links.take(joins).ends
    return Clusters(
        graph=graph,
        level=chosen,
        threshold=float(threshold),
        method=method,
        labels=_components(graph.n_nodes, ends.source, ends.target),
        n_links_used=len(joins),
        n_links_other_level=int(len(here) - np.count_nonzero(here)),
    )


def _components(
    n_nodes: int, source: NDArray[np.int32], target: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Label weakly connected components of at least two nodes, largest first; others get -1."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = np.ones(len(source), dtype=np.int8)
    matrix = coo_array((joined, (source, target)), shape=(n_nodes, n_nodes))
    _, component = connected_components(matrix, directed=False)
    sizes = np.bincount(component, minlength=1)
    # Node codes are in the order of ids, so the first node of a component has its smallest id.
    first = np.full(len(sizes), n_nodes)
    np.minimum.at(first, component, np.arange(n_nodes))
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[order] = np.arange(len(sizes))
    rank[sizes < 2] = -1
    labels: NDArray[np.int64] = rank[component]
    labels.flags.writeable = False
    return labels
