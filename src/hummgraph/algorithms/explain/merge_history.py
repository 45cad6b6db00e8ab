"""Merge history of a cluster: the joins that built it, one by one."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import METHODS
from hummgraph.algorithms.clustering.merge_tree import joins_of
from hummgraph.algorithms.clustering.problem import best_first
from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.steps import Step, steps_of
from hummgraph.errors.arguments import check_clusters
from hummgraph.frames import Card, Frame, Shows, title_of, visible
from hummgraph.graph.policy import APPROVED
from hummgraph.records.display import SHOWN_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.constraints import Joins
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["History", "Join", "join_height", "merge_history", "plain_steps"]

_JOIN_SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64()),
        pa.field("height", pa.float64()),
        pa.field("source_size", pa.int64()),
        pa.field("target_size", pa.int64()),
        pa.field("size", pa.int64()),
        pa.field("link_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("target", pa.string()),
        pa.field("source_path", pa.string()),
        pa.field("target_path", pa.string()),
        pa.field("source_deleted", pa.bool_()),
        pa.field("target_deleted", pa.bool_()),
        pa.field("confidence", pa.float64()),
        pa.field("status", pa.string()),
        pa.field("link_type", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Join(Shows):
    """Join of two parts of a cluster into one.

    Parameters
    ----------
    height
        Highest threshold at which they are joined; ``None`` for a join by an APPROVED link, which
        holds at every threshold.
    link
        The strongest link between both parts, from its own source to its own target.
    source_size, target_size
        Number of members of the part with the link's source, and of the part with its target.

    Examples
    --------
    >>> link = Step("1", "2", "a/t.x", "b/u.y", "link", "3", True, 0.9, 0.9, "SUGGESTED", None)
    >>> Join(0.9, link, 1, 2).size
    3
    """

    height: float | None
    link: Step
    source_size: int
    target_size: int

    @property
    def size(self) -> int:
        """Number of members of both parts together."""
        return self.source_size + self.target_size

    def to_dict(self) -> dict[str, Any]:
        """Return the join as plain data.

        Examples
        --------
        >>> link = Step("1", "2", "a/t.x", "b/u.y", "link", "3", True, 0.9, 0.9, "SUGGESTED", None)
        >>> list(Join(0.9, link, 1, 2).to_dict())
        ['height', 'source_size', 'target_size', 'size', 'link']
        """
        return {
            "height": self.height,
            "source_size": self.source_size,
            "target_size": self.target_size,
            "size": self.size,
            "link": self.link.to_dict(),
        }


@dataclass(frozen=True, repr=False)
class History(Shows):
    """Joins that built a cluster, in order.

    Parameters
    ----------
    cluster_id, cluster_name
        Id and name of the cluster.
    method, threshold
        Method and threshold of the clustering.
    basis
        ``"tree"`` if the joins are the method's own; ``"spanning"`` for a method without a merge
        tree: the joins then are those of a maximum spanning tree of the links inside.
    joins
        Joins by APPROVED links first, then by height, highest first.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> bool(len(merge_history(clusters, 0)) == clusters.sizes[0] - 1)
    True
    """

    cluster_id: str
    cluster_name: str
    method: str
    threshold: float
    basis: Literal["tree", "spanning"]
    joins: tuple[Join, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.joins)

    def __iter__(self) -> Iterator[Join]:
        return iter(self.joins)

    def to_frame(self) -> Frame:
        """Return one row a join.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> merge_history(cluster(LinkGraph(load_demo().snapshot())), 0).to_frame()["number"][:3]
        [1, 2, 3]
        """
        rows = [
            {
                "number": number,
                "height": join.height,
                "source_size": join.source_size,
                "target_size": join.target_size,
                "size": join.size,
                **{name: getattr(join.link, name) for name in _JOIN_SCHEMA.names[5:]},
            }
            for number, join in enumerate(self.joins, 1)
        ]
        return Frame(pa.Table.from_pylist(rows, schema=_JOIN_SCHEMA), display=SHOWN_LABELS)

    def to_dict(self) -> dict[str, Any]:
        """Return the history as plain data.

        Examples
        --------
        >>> History("1f", "t.x", "average", 0.1, "tree", ()).to_dict()["joins"]
        []
        """
        return {
            "cluster_id": self.cluster_id,
            "cluster_name": self.cluster_name,
            "method": self.method,
            "threshold": self.threshold,
            "basis": self.basis,
            "joins": [join.to_dict() for join in self.joins],
        }

    def __repr__(self) -> str:
        n = len(self.joins)
        source = "its merge tree" if self.basis == "tree" else "a maximum spanning tree"
        return (
            f"<History: {visible(self.cluster_name)}, {n:,} join{'s' * (n != 1)} by {self.method}"
            f" at {self.threshold:g}, from {source}>"
        )

    def _card_(self) -> Card:
        names = ("number", "height", "size", "source_path", "target_path", "status")
        return Card(title_of(self), table=self.to_frame().select(*names), things="joins")


def merge_history(clusters: Clusters, cluster: str | int | UUID | Node) -> History:
    """Return the joins that built a cluster, one by one.

    Parameters
    ----------
    clusters
        Result of :func:`cluster`.
    cluster
        The cluster's id, its position among ``clusters.ids``, or any member by id or name.

    Returns
    -------
    History
        The joins, one fewer than the cluster has members; joins by APPROVED links are first.

    Raises
    ------
    ArgumentError
        If there is no such cluster, or the node is in none.
    NodeNotFoundError, AmbiguousNodeError
        If the value is neither a cluster's id nor a node, or the name is ambiguous.

    Notes
    -----
    The merge tree is that of :func:`merge_tree`, cut at the clusters' threshold, and is kept with
    the clusters: the first call takes as long as a clustering, later ones O(n + m), for n nodes and
    m links. Among equally strong links, an APPROVED one is named, then the one with the smaller id.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> history = merge_history(clusters, "Stripe/customers.email")
    >>> history.basis, history.joins[-1].size == len(history) + 1
    ('tree', True)
    """
    check_clusters(clusters, "merge_history")
    index = clusters[cluster].index
    approved = _approved_joins(clusters, index)
    if METHODS[clusters.method].tree:
        found = [*approved, *_tree_joins(clusters, index)]
    else:
        found = [*approved, *_spanning_candidates(clusters, index)]
    return History(
        clusters.ids[index],
        clusters.names[index],
        clusters.method,
        clusters.threshold,
        "tree" if METHODS[clusters.method].tree else "spanning",
        _replay_joins(clusters.graph, found),
    )


def join_height(joins: Joins, a: int, b: int) -> float | None:
    """Return the highest threshold at which two nodes of the level are joined, if there is one.

    Notes
    -----
    O(n log n) for n joins.
    """
    unit, n_units = joins.constraints.unit, joins.constraints.n_units
    x, y = int(unit[a]), int(unit[b])
    if x == y:
        return 1.0

    def together(n: int) -> bool:
        label = components(n_units, joins.left[:n], joins.right[:n])
        return bool(label[x] == label[y])

    n = bisect_left(range(len(joins) + 1), x=True, key=together)
    return None if n > len(joins) else float(joins.height[n - 1])


def plain_steps(graph: LinkGraph, rows: Sequence[tuple[int, int, int]]) -> tuple[Step, ...]:
    """Return steps of links; a link without a weight has weight 0, which plain data can hold.

    Parameters
    ----------
    graph
        Graph of the links.
    rows
        Position of each link, and of the nodes before and after it.
    """
    if not rows:
        return ()
    items, begins, ends = zip(*rows, strict=True)
    return tuple(
        replace(step, weight=0.0) if np.isnan(step.weight) else step
        for step in steps_of(graph, items, begins, ends)
    )


def _approved_joins(clusters: Clusters, index: int) -> list[tuple[None, int]]:
    """Return the APPROVED links inside that bind, in order of preference."""
    if clusters.policy.approved != "accept":
        return []
    graph = clusters.graph
    links = graph.arrays.links
    chosen = clusters.internal_links & (links.status == APPROVED)
    found = np.flatnonzero(chosen & (clusters.labels[links.ends.source] == index))
    order = np.argsort(-graph.weights[found], kind="stable")
    return [(None, link) for link in found[order].tolist()]


def _tree_joins(clusters: Clusters, index: int) -> list[tuple[float, int]]:
    """Return the height and the best link of each join of the tree inside the cluster."""
    _, joins = joins_of(clusters)
    n = joins.count(clusters.threshold)
    link = clusters.problem.pairs.link_index[joins.pair[:n]]
    mine = clusters.labels[clusters.graph.arrays.links.ends.source[link]] == index
    return list(zip(joins.height[:n][mine].tolist(), link[mine].tolist(), strict=True))


def _spanning_candidates(clusters: Clusters, index: int) -> list[tuple[float, int]]:
    """Return score and position of weighted links inside: internal links first, then the best.

    Links that join nothing new are dropped when the joins are replayed.
    """
    links, scores = clusters.graph.arrays.links, clusters.problem.link_scores
    chosen = clusters.internal_links & ~np.isnan(scores)
    chosen &= clusters.labels[links.ends.source] == index
    found = np.flatnonzero(chosen)
    found = found[best_first(scores[found], links.status[found] == APPROVED)]
    held: NDArray[np.bool_] = clusters.holding_links[found]
    found = np.concatenate((found[held], found[~held]))
    return list(zip(scores[found].tolist(), found.tolist(), strict=True))


def _replay_joins(graph: LinkGraph, rows: Iterable[tuple[float | None, int]]) -> tuple[Join, ...]:
    """Join the ends of links one by one; a link within one part is skipped."""
    ends = graph.arrays.links.ends
    parent: dict[int, int] = {}
    size: dict[int, int] = {}

    def find(node: int) -> int:
        while (above := parent.setdefault(node, node)) != node:
            parent[node] = parent.setdefault(above, above)
            node = above
        return node

    found = []
    for height, link in rows:
        source, target = int(ends.source[link]), int(ends.target[link])
        x, y = find(source), find(target)
        if x == y:
            continue
        sizes = size.get(x, 1), size.get(y, 1)
        found.append((height, link, source, target, *sizes))
        if sizes[0] < sizes[1]:
            x, y = y, x
        parent[y] = x
        size[x] = sum(sizes)
    steps = steps_of(
        graph, [row[1] for row in found], [row[2] for row in found], [row[3] for row in found]
    )
    return tuple(
        Join(height, step, source_size, target_size)
        for (height, *_, source_size, target_size), step in zip(found, steps, strict=True)
    )
