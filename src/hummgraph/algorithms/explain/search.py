"""Search between two nodes of a clustering: chains, bridges and obstacles."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from hummgraph.algorithms.explain.merge_history import plain_steps
from hummgraph.algorithms.kernels.adjacency import Edges, preference_order
from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.connectivity import bridges
from hummgraph.algorithms.kernels.loopless import k_shortest
from hummgraph.algorithms.kernels.shortest import shortest
from hummgraph.algorithms.paths.no_path import other_levels
from hummgraph.algorithms.paths.paths import LinkPath, Terminals, link_path
from hummgraph.frames import Shows
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.kernels.effort import Effort
    from hummgraph.algorithms.kernels.steps import Step

__all__ = ["Between", "Obstacle"]

_SUGGESTED: Final = 1 - 2**-29
"""Highest weight of a suggestion: its cost is above that of any number of steps."""


@dataclass(frozen=True, slots=True)
class Obstacle(Shows):
    """Reason that forbids joining two clusters.

    Parameters
    ----------
    reason
        ``"rejected"`` for a REJECTED link, ``"one_per"`` for two members in one system or table.
    source, target
        Ids of a member of each cluster: the ends of the link, or the two members in one place.
    source_path, target_path
        Names of the ends.
    link_id
        The REJECTED link.
    place
        Name of the system or table of both members.
    source_deleted, target_deleted
        Whether each of the two is deleted.

    Examples
    --------
    >>> Obstacle("one_per", "1", "2", "a/t.x", "a/t.y", place="a").reason
    'one_per'
    """

    reason: Literal["rejected", "one_per"]
    source: str
    target: str
    source_path: str
    target_path: str
    link_id: str | None = None
    place: str | None = None
    source_deleted: bool = False
    target_deleted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the obstacle as plain data.

        Examples
        --------
        >>> Obstacle("one_per", "1", "2", "a/t.x", "a/t.y", place="a").to_dict()["place"]
        'a'
        """
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Between:
    """Two nodes of one level, by position, with their clusters."""

    clusters: Clusters
    a: int
    b: int

    # --- chains ------------------------------------------------------------------------------

    def _terminals(self, mask: NDArray[np.bool_]) -> Terminals:
        """Return both ends, and the links of a mask in order of preference."""
        graph = self.clusters.graph
        links = graph.arrays.links
        item = preference_order(graph, mask & ~np.isnan(graph.weights))
        # A link may count although its weight is 0: APPROVED, or at threshold 0.
        weight = np.maximum(graph.weights[item], np.finfo(np.float64).tiny)
        if self.clusters.policy.approved == "accept":
            # Approved links hold whatever their scores, so a chain of them is the surest: a
            # suggestion counts less, even one of confidence 1.
            approved = links.status[item] == APPROVED
            weight = np.where(approved, 1.0, np.minimum(weight, _SUGGESTED))
        edges = Edges(
            graph.n_nodes,
            links.ends.source[item].astype(np.int64),
            links.ends.target[item].astype(np.int64),
            weight,
            item.astype(np.int64),
            directed=False,
        )
        paths = graph.arrays.nodes.path
        names = paths[self.a].as_py(), paths[self.b].as_py()
        return Terminals(graph, names, np.array([self.a]), np.array([self.b]), edges)

    def chains(self, k: int, effort: Effort) -> tuple[tuple[LinkPath, ...], tuple[str, ...]]:
        """Return the k strongest chains inside the cluster, and the bridges on the first.

        Chains consist of links that hold the cluster; if these do not connect the nodes, of any
        weighted links inside. APPROVED links that bind count as certain.
        """
        clusters = self.clusters
        label = clusters.labels[clusters.graph.arrays.links.ends.source]
        mine = label == clusters.labels[self.a]
        for mask in (clusters.holding_links & mine, clusters.internal_links & mine):
            ends = self._terminals(mask)
            found = k_shortest(ends.edges, [self.a], [self.b], effort=effort)
            routes = list(islice(found, k))
            if routes:
                taken = list(routes[0].edges)
                bridge = _bridge_mask(ends.edges)
                cut = [edge for edge in taken if bridge[edge]]
                ids = id_strings(clusters.graph.link_ids[ends.edges.item[cut]]).to_pylist()
                return tuple(link_path(ends, route) for route in routes), tuple(ids)
        return (), ()

    def strengths(self) -> NDArray[np.float64]:
        """Return the highest threshold that each link passes: shape (n_links,), NaN for none."""
        clusters = self.clusters
        graph = clusters.graph
        strength = clusters.problem.link_scores.copy()
        if clusters.policy.approved == "accept":
            links = graph.arrays.links
            here = graph.link_levels == clusters.level.depth
            strength[here & (links.status == APPROVED)] = 1.0
        return strength

    def nearest(self) -> tuple[LinkPath, Step, float] | None:
        """Return the path whose weakest link is strongest, that link, and its strength.

        Among several such paths, the one with the largest product is returned; APPROVED links that
        bind count as certain.
        """
        graph, strength = self.clusters.graph, self.strengths()
        ends = graph.arrays.links.ends
        usable = np.flatnonzero(~np.isnan(strength) & (ends.source != ends.target))
        order = usable[np.argsort(-strength[usable], kind="stable")]
        source, target = ends.source[order], ends.target[order]

        def together(n: int) -> bool:
            label = components(graph.n_nodes, source[:n], target[:n])
            return bool(label[self.a] == label[self.b])

        n = bisect_left(range(len(order) + 1), x=True, key=together)
        if n > len(order):
            return None
        weakest = float(strength[order[n - 1]])
        # A comparison with NaN is false.
        terminals = self._terminals((strength >= weakest) & (ends.source != ends.target))
        route = shortest(terminals.edges, [self.a], [self.b])
        assert route is not None  # noqa: S101 - these links connect the two nodes
        path = link_path(terminals, route)
        place = int(strength[terminals.edges.item[list(route.edges)]].argmin())
        return path, path.steps[place], weakest

    # --- what stands in the way --------------------------------------------------------------

    def group(self, node: int) -> NDArray[np.int64]:
        """Return the members of a node's cluster, by position; the node alone if it is in none."""
        label = self.clusters.labels[node]
        return self._groups[label] if label >= 0 else np.array([node])

    @cached_property
    def _groups(self) -> list[NDArray[np.int64]]:
        return np.split(self.clusters.member_index, np.cumsum(self.clusters.sizes)[:-1])

    def crossings(self, nearest: LinkPath | None) -> list[tuple[int, int]]:
        """Return pairs of nodes whose clusters must be joined: a and b, then steps of a path."""
        found = {self._cluster_pair(self.a, self.b): (self.a, self.b)}
        if nearest is not None:
            nodes = [self.clusters.graph.index_of(node) for node in nearest.nodes]
            for begin, end in pairwise(nodes):
                found.setdefault(self._cluster_pair(begin, end), (begin, end))
        return [pair for (x, y), pair in found.items() if x != y]

    def _cluster_pair(self, x: int, y: int) -> tuple[int, int]:
        """Return a key for the pair of clusters of two nodes."""
        one, other = self._cluster_code(x), self._cluster_code(y)
        return min(one, other), max(one, other)

    def _cluster_code(self, node: int) -> int:
        """Return a number for a node's cluster, or for the node itself if it is in none."""
        label = int(self.clusters.labels[node])
        return label if label >= 0 else -2 - node

    def direct(self) -> tuple[Step, ...]:
        """Return all links between the two nodes, of any status."""
        return self._sorted_steps(self._links_across(np.array([self.a]), np.array([self.b])))

    def rejected_across(self, crossings: list[tuple[int, int]]) -> tuple[Step, ...]:
        """Return the REJECTED links between clusters that would have to be joined."""
        links = self.clusters.graph.arrays.links
        first = {self._cluster_pair(x, y): self._cluster_code(x) for x, y in crossings}
        found: list[tuple[int, int, int]] = []
        for link in np.flatnonzero(links.status == REJECTED).tolist():
            begin, end = int(links.ends.source[link]), int(links.ends.target[link])
            wanted = first.get(self._cluster_pair(begin, end))
            if wanted is not None:
                onward = self._cluster_code(begin) == wanted
                found.append((link, begin, end) if onward else (link, end, begin))
        return self._sorted_steps(found)

    def rejected_among(self, paths: tuple[LinkPath, ...]) -> tuple[Step, ...]:
        """Return the REJECTED links between nodes of some paths, and the two nodes."""
        graph = self.clusters.graph
        nodes = {self.a: 0, self.b: 1}
        for path in paths:
            for node in path.nodes:
                nodes.setdefault(graph.index_of(node), len(nodes))
        links = graph.arrays.links
        among = list(nodes)
        chosen = np.isin(links.ends.source, among) & np.isin(links.ends.target, among)
        chosen &= (links.status == REJECTED) & (links.ends.source != links.ends.target)
        return self._sorted_steps(
            [
                (link, int(links.ends.source[link]), int(links.ends.target[link]))
                for link in np.flatnonzero(chosen).tolist()
            ]
        )

    def obstacles(self, crossings: list[tuple[int, int]]) -> tuple[Obstacle, ...]:
        """Return the obstacles between clusters: REJECTED links that bind, then shared places."""
        found = []
        if self.clusters.policy.rejected == "refuse":
            found = [
                Obstacle(
                    "rejected",
                    step.source,
                    step.target,
                    step.source_path,
                    step.target_path,
                    link_id=step.link_id,
                    source_deleted=step.source_deleted,
                    target_deleted=step.target_deleted,
                )
                for step in self.rejected_across(crossings)
            ]
        if (self.clusters.problem.constraints.groups >= 0).any():
            for x, y in crossings:
                found += self._shared_places(self.group(x), self.group(y))
        return tuple(found)

    def _shared_places(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> list[Obstacle]:
        """Return the systems or tables that two clusters share, each with its first members."""
        clusters = self.clusters
        first, groups = clusters.problem.first, clusters.problem.constraints.groups
        nodes = clusters.graph.arrays.nodes
        mine, others = groups[one - first], groups[other - first]
        found = []
        for place in np.intersect1d(mine[mine >= 0], others).tolist():
            pair = int(one[mine == place][0]), int(other[others == place][0])
            source, target = (nodes.id_text[node].as_py() for node in pair)
            source_path, target_path = (nodes.path[node].as_py() for node in pair)
            where = nodes.path[int(place)].as_py()
            gone = nodes.deleted[list(pair)].tolist()
            found.append(
                Obstacle(
                    "one_per",
                    source,
                    target,
                    source_path,
                    target_path,
                    place=where,
                    source_deleted=gone[0],
                    target_deleted=gone[1],
                )
            )
        return found

    def other_levels(self) -> tuple[int, tuple[str, str] | None]:
        """Return the number of weighted links of another level between parents or parts of the two.

        The names of the first two nodes joined by one are returned too.
        """
        graph = self.clusters.graph
        nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
        sides = []
        for node in (self.a, self.b):
            above = nodes.ancestor[:, node]
            related = nodes.ancestor[nodes.depth[node]] == node
            related[above[above >= 0]] = True
            sides.append(related)
        # A node that contains both, such as their system, joins nothing.
        one, other = sides[0] & ~sides[1], sides[1] & ~sides[0]
        here = graph.link_levels == self.clusters.level.depth
        across = (one[ends.source] & other[ends.target]) | (other[ends.source] & one[ends.target])
        found = np.flatnonzero(across & ~here & (graph.weights > 0))
        if not len(found):
            return 0, None
        first, second = int(ends.source[found[0]]), int(ends.target[found[0]])
        if not one[first]:
            first, second = second, first
        return len(found), (nodes.path[first].as_py(), nodes.path[second].as_py())

    def leads_on(self) -> tuple[str, ...]:
        """Return hints on links of another level beyond the nodes reachable from either node."""
        graph = self.clusters.graph
        a, b = (graph.arrays.nodes.id_text[node].as_py() for node in (self.a, self.b))
        ends = Terminals.of(graph, a, b, directed=False, relationships=False)
        said, hint = other_levels(ends)
        return (*said, hint) if hint else said

    def linked(self) -> tuple[int, int]:
        """Return the number of linked pairs between both clusters, and of all pairs."""
        one, other = self.group(self.a), self.group(self.b)
        pairs, first = self.clusters.problem.pairs, self.clusters.problem.first
        a, b = pairs.a + first, pairs.b + first
        across = (np.isin(a, one) & np.isin(b, other)) | (np.isin(a, other) & np.isin(b, one))
        return int(across.sum()), len(one) * len(other)

    def _links_across(
        self, one: NDArray[np.int64], other: NDArray[np.int64]
    ) -> list[tuple[int, int, int]]:
        """Return the links between two sets of nodes, with their ends in either set."""
        ends = self.clusters.graph.arrays.links.ends
        onward = np.isin(ends.source, one) & np.isin(ends.target, other)
        back = np.isin(ends.source, other) & np.isin(ends.target, one)
        rows = [
            (link, int(ends.source[link]), int(ends.target[link]))
            for link in np.flatnonzero(onward).tolist()
        ]
        rows += [
            (link, int(ends.target[link]), int(ends.source[link]))
            for link in np.flatnonzero(back).tolist()
        ]
        return rows

    def _sorted_steps(self, rows: list[tuple[int, int, int]]) -> tuple[Step, ...]:
        """Return steps: between the two nodes first, then by confidence, status and link id."""
        graph = self.clusters.graph
        links, two = graph.arrays.links, {self.a, self.b}

        def key(row: tuple[int, int, int]) -> tuple[bool, float, bool, int]:
            link, begin, end = row
            confidence = float(np.nan_to_num(links.confidence[link], nan=-1.0))
            return {begin, end} != two, -confidence, links.status[link] != APPROVED, link

        return plain_steps(graph, sorted(rows, key=key))


def _bridge_mask(edges: Edges) -> NDArray[np.bool_]:
    """Return a mask of the edges whose removal would disconnect their ends."""
    nodes, place = np.unique(np.concatenate((edges.source, edges.target)), return_inverse=True)
    n = len(edges.source)
    return bridges(len(nodes), place[:n], place[n:])
