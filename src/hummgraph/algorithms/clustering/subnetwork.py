"""The inside of a cluster: its nodes, the links that hold it, and the links to cut for a rule."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.constraints import Constraints
from hummgraph.algorithms.clustering.kruskal import join_in_order
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.algorithms.kernels.adjacency import Edges
from hummgraph.algorithms.kernels.components import components, first_seen
from hummgraph.algorithms.kernels.cuts import cut_apart, prices
from hummgraph.algorithms.kernels.effort import Effort
from hummgraph.algorithms.kernels.shortest import Search
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.problem import ClusteringProblem

__all__ = ["MAX_FLOW_LINKS", "MAX_MEMBERS_CUT", "MAX_PATH_WORK", "ClusterNet"]

MAX_MEMBERS_CUT: Final = 16
"""Members of one system or table up to which minimum cuts are sought."""

MAX_FLOW_LINKS: Final = 10_000_000
"""Links of all networks up to which minimum cuts are sought, a network for each cut: seconds."""

MAX_PATH_WORK: Final = 50_000
"""Links tried before the search for chains between members stops: about a second."""


class ClusterNet:
    """The inside of a cluster: its nodes, and the links that hold it, as small arrays."""

    def __init__(
        self,
        clusters: Clusters,
        problem: ClusteringProblem,
        nodes: NDArray[np.int64],
        link_index: NDArray[np.int64],
    ) -> None:
        graph = clusters.graph
        ends = graph.arrays.links.ends
        constraints = problem.constraints
        self.graph = graph
        self.nodes = nodes
        local = self.nodes - problem.first
        self.group = constraints.groups[local]
        self.unit = first_seen(constraints.unit[local])
        self.index = link_index
        self.a = np.searchsorted(self.nodes, ends.source[self.index]).astype(np.int32)
        self.b = np.searchsorted(self.nodes, ends.target[self.index]).astype(np.int32)
        self.score = clusters.problem.link_scores[self.index]
        self.price = prices(self.score)
        # Within a unit APPROVED links hold, and nothing can be cut.
        self.free = self.unit[self.a] != self.unit[self.b]

    def members_of(self, group: int) -> list[int]:
        """Return the nodes of a system or table."""
        return np.flatnonzero(self.group == group).tolist()

    def node_ids(self, nodes: list[int]) -> list[str]:
        """Return the ids of nodes."""
        ids: list[str] = self.graph.arrays.nodes.id_text.take(
            pa.array(self.nodes[nodes])
        ).to_pylist()
        return ids

    def link_ids(self, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
        """Return the ids of links, by mask."""
        return tuple(id_strings(self.graph.link_ids[self.index[chosen]]).to_pylist())

    @cached_property
    def _network_edges(self) -> Edges:
        """The holding links between two nodes, as paths take them."""
        inside = np.flatnonzero(self.a != self.b)
        score = np.nan_to_num(self.score[inside], nan=1.0)
        return Edges(
            len(self.nodes),
            self.a[inside].astype(np.int64),
            self.b[inside].astype(np.int64),
            np.maximum(score, 1e-300),
            inside,
            directed=False,
        )

    def surest_paths(self, members: list[int]) -> tuple[tuple[tuple[str, ...], ...], int | None]:
        """Return the links of the surest chain to each node but the first from any before it.

        Also returns the number of links tried when the search stopped, or ``None``.
        """
        effort = Effort(MAX_PATH_WORK)
        paths: list[tuple[str, ...]] = []
        for place, member in enumerate(members):
            if not place:
                continue
            route = None
            if effort.spend(1):
                search = Search(self._network_edges, members[:place], [member])
                route = search.run()
                effort.spent += search.n_tried
            if route is None:
                paths.append(())
                continue
            taken = self.index[self._network_edges.item[list(route.edges)]]
            paths.append(tuple(id_strings(self.graph.link_ids[taken]).to_pylist()))
        return tuple(paths), effort.stopped_at

    def _kept_pairs(self, chosen: NDArray[np.bool_]) -> Pairs:
        """Return some of the links as pairs, best first."""
        edges = np.flatnonzero(chosen)
        edges = edges[np.lexsort((edges, -self.price[edges]))]
        a, b = self.a[edges], self.b[edges]
        return Pairs(
            len(self.nodes),
            np.minimum(a, b),
            np.maximum(a, b),
            np.nan_to_num(self.score[edges], nan=1.0),
            np.zeros(len(edges), dtype=bool),
            edges,
        )

    def _kept_constraints(self, kept: NDArray[np.bool_], group: NDArray[np.int32]) -> Constraints:
        """Return the units, with nodes that kept links join, and the constraints between them."""
        # A unit hangs together by its first node.
        _, first = np.unique(self.unit, return_index=True)
        nodes = np.arange(len(self.nodes))
        must = np.concatenate(
            (
                np.column_stack((nodes, first[self.unit])),
                np.column_stack((self.a[kept], self.b[kept])),
            )
        )
        return Constraints(
            n_nodes=len(self.nodes),
            must=must.astype(np.int32),
            cannot=np.empty((0, 2), dtype=np.int32),
            cannot_link=np.empty(0, dtype=np.int64),
            group=group,
        )

    def cut(self, only: int | None = None) -> NDArray[np.bool_]:
        """Return a mask of the links to cut for the rule, in one system or table or in all."""
        group = self.group if only is None else np.where(self.group == only, self.group, -1)
        part = self._greedy_labels(group)
        greedy: NDArray[np.bool_] = part[self.a] != part[self.b]
        by_cuts = self._by_cuts(group)
        if by_cuts is None:
            return greedy
        cheaper = bool(self.price[by_cuts].sum() <= self.price[greedy].sum())
        return by_cuts if cheaper else greedy

    def divided(self) -> NDArray[np.int32]:
        """Return the part of each node after the cut for all systems or tables."""
        cut = self.cut()
        constraints = self._kept_constraints(~cut, self.group)
        return constraints.unit

    def _greedy_labels(self, group: NDArray[np.int32]) -> NDArray[np.int32]:
        """Join the links again, the surest first, with the rule in force."""
        nothing = np.zeros(len(self.a), dtype=bool)
        return join_in_order(self._kept_pairs(self.free), self._kept_constraints(nothing, group))

    def _by_cuts(self, group: NDArray[np.int32]) -> NDArray[np.bool_] | None:
        """Cut group after group, then put back needless cuts; ``None`` if it takes too long."""
        n_units = int(self.unit.max()) + 1
        a, b = self.unit[self.a], self.unit[self.b]
        cut = np.zeros(len(a), dtype=bool)
        n_looked = 0
        for wanted in np.unique(group[group >= 0]).tolist():
            terminals = np.unique(self.unit[group == wanted])
            if len(terminals) > MAX_MEMBERS_CUT:
                return None
            part = components(n_units, a[~cut], b[~cut])
            for here in np.unique(part[terminals]).tolist():
                together = terminals[part[terminals] == here]
                if len(together) > 1:
                    mine = np.flatnonzero(~cut & (part[a] == here))
                    n_looked += len(mine) * len(together)
                    if n_looked > MAX_FLOW_LINKS:
                        return None
                    cut[mine] |= cut_apart(n_units, a[mine], b[mine], self.price[mine], together)
        part = join_in_order(self._kept_pairs(cut), self._kept_constraints(~cut, group))
        across: NDArray[np.bool_] = part[self.a] != part[self.b]
        return across
