"""Contradictions: REJECTED pairs that APPROVED links force together, and the cheapest cuts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.named_links import link_paths_by_id
from hummgraph.algorithms.kernels.adjacency import Edges
from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.cuts import near_side, prices
from hummgraph.algorithms.kernels.effort import Effort
from hummgraph.algorithms.kernels.loopless import k_shortest
from hummgraph.frames import Shows
from hummgraph.graph.policy import APPROVED
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.problem import ClusteringProblem

__all__ = ["MAX_CONFLICTS", "Contradiction"]

MAX_CONFLICTS = 10
"""Conflicting sets that are listed; dense approvals have exponentially many."""

MAX_CHAIN_WORK: Final = 100_000
"""Links that the search for conflicting sets tries for each pair: about a second."""


@dataclass(frozen=True, eq=False)
class _Approved:
    """APPROVED links among nodes that they tie together: arrays of shape (n_links,)."""

    n_nodes: int
    index: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    confidence: NDArray[np.float64]
    source: int
    target: int

    def chains(self, n: int) -> tuple[list[list[int]], int | None]:
        """Return the shortest chains from end to end, and where the search for them stopped.

        The first of parallel links stands for all.
        """
        certain, item = np.ones(len(self.index)), np.arange(len(self.index))
        edges = Edges(self.n_nodes, self.a, self.b, certain, item, directed=False)
        effort = Effort(MAX_CHAIN_WORK)
        routes = islice(k_shortest(edges, [self.source], [self.target], effort=effort), n)
        found = [self.index[list(route.edges)].tolist() for route in routes]
        return sorted(found, key=lambda links: (len(links), sorted(links))), effort.stopped_at

    def cut(self) -> list[int]:
        """Return the links of the cheapest cut, of several the one nearest the target."""
        price = prices(self.confidence)
        far = near_side(self.n_nodes, self.a, self.b, price, near=self.target, far=self.source)
        links: list[int] = self.index[far[self.a] != far[self.b]].tolist()
        return links

    def single_cuts(self, chain: list[int]) -> list[int]:
        """Return the links of a chain each of which alone ties the ends together, in its order."""
        found = []
        for link in chain:
            rest = self.index != link
            part = components(self.n_nodes, self.a[rest], self.b[rest])
            if part[self.source] != part[self.target]:
                found.append(link)
        return found


@dataclass(frozen=True)
class Contradiction(Shows):
    """A REJECTED link whose ends are still in one cluster.

    Parameters
    ----------
    cluster_id
        Id of the cluster.
    link_id
        The REJECTED link.
    source, target
        Ids of its ends.

    Notes
    -----
    The conflicting sets and the cut are computed on first access. A chain is a path of APPROVED
    links without a repeated node, so the minimal sets are the simple paths, listed in the order of
    their lengths [1]_, until a hundred thousand links have been tried; the cheapest cut is a
    minimum cut [2]_ among the APPROVED links around, in O(n² m) at worst for n nodes and m links
    there. Confidences are compared in millionths, more coarsely above two thousand such links.

    References
    ----------
    .. [1] J. Yen: Finding the k shortest loopless paths in a network. Management Science 17(11),
       1971. https://doi.org/10.1287/mnsc.17.11.712
    .. [2] E. Dinitz: Algorithm for solution of a problem of maximum flow in networks with power
       estimation. Soviet Mathematics Doklady 11, 1970.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> (found,) = cluster(LinkGraph(load_demo().snapshot())).contradictions
    >>> len(found.conflicts[0])  # two approvals that cannot both hold with the rejection
    2
    """

    cluster_id: str
    link_id: str
    source: str
    target: str
    _problem: ClusteringProblem = field(repr=False, compare=False)
    _link_index: int = field(repr=False, compare=False)

    @cached_property
    def _chain_links(self) -> _Approved | None:
        """The APPROVED links of the component that has both ends."""
        problem = self._problem
        links = problem.graph.arrays.links
        unit = problem.constraints.unit
        source, target = (
            int(end[self._link_index]) - problem.first
            for end in (links.ends.source, links.ends.target)
        )
        if unit[source] != unit[target]:
            return None
        mine = np.flatnonzero(unit == unit[source]) + problem.first
        inside = np.isin(links.ends.source, mine) & (
            problem.graph.link_levels == problem.level.depth
        )
        inside &= (links.status == APPROVED) & (links.ends.source != links.ends.target)
        index = np.flatnonzero(inside)
        a, b = (np.searchsorted(mine, end[index]) for end in (links.ends.source, links.ends.target))
        ends = np.searchsorted(mine, np.array([source, target]) + problem.first)
        return _Approved(len(mine), index, a, b, links.confidence[index], *ends.tolist())

    @cached_property
    def _found_chains(self) -> tuple[list[list[int]], int | None]:
        """One conflicting set more than are listed, and where the search for them stopped."""
        return (
            ([], None) if self._chain_links is None else self._chain_links.chains(MAX_CONFLICTS + 1)
        )

    @property
    def conflicts(self) -> tuple[tuple[str, ...], ...]:
        """Minimal sets of APPROVED links that, with the REJECTED one, cannot all hold.

        Each is a chain from end to end, given in its order; the shortest chains come first, ten at
        most. Without any one of its links a set is consistent. Empty where the graph's policy does
        not let decisions bind.
        """
        return tuple(self._link_ids(links) for links in self._found_chains[0][:MAX_CONFLICTS])

    @property
    def more_conflicts(self) -> bool:
        """Whether there are more such sets, or may be where ``stopped_at`` is not ``None``."""
        return len(self._found_chains[0]) > MAX_CONFLICTS or self.stopped_at is not None

    @property
    def stopped_at(self) -> int | None:
        """Number of links tried when the search for sets stopped; ``None`` if it was complete.

        The shortest one is always found, and ``cut`` does not depend on it.
        """
        return self._found_chains[1]

    @cached_property
    def cut(self) -> tuple[str, ...]:
        """The cheapest APPROVED links to withdraw, sorted.

        Among the sets that break every chain, it is the one with the least sum of confidences (a
        link without one counts as 1), then with the fewest links.
        """
        return () if self._chain_links is None else self._link_ids(self._chain_links.cut())

    @cached_property
    def single_cuts(self) -> tuple[str, ...]:
        """APPROVED links that tie the two together, each alone, in the order of a chain.

        Withdrawing any one of them breaks every chain; empty if no single link does.
        """
        if self._chain_links is None:
            return ()
        # They are in every chain, in the same order: one chain is enough.
        (chain,), _ = self._chain_links.chains(1)
        return self._link_ids(self._chain_links.single_cuts(chain))

    def _link_ids(self, link_index: list[int]) -> tuple[str, ...]:
        return tuple(id_strings(self._problem.graph.link_ids[link_index]).to_pylist())

    def to_dict(self, *, explained: bool = True) -> dict[str, Any]:
        """Return the contradiction as plain data.

        Parameters
        ----------
        explained
            Whether to include the conflicting sets and the cut, which take time to compute.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> (found,) = cluster(LinkGraph(load_demo().snapshot())).contradictions
        >>> found.to_dict()["more_conflicts"], found.to_dict()["stopped_at"]
        (False, None)
        """
        graph = self._problem.graph
        named = {
            "cluster_id": self.cluster_id,
            "link_id": self.link_id,
            "source": self.source,
            "target": self.target,
            "source_path": graph.node(self.source).path,
            "target_path": graph.node(self.target).path,
        }
        if not explained:
            return named
        return named | {
            "conflicts": [list(links) for links in self.conflicts],
            "more_conflicts": self.more_conflicts,
            "stopped_at": self.stopped_at,
            "cut": list(self.cut),
            "link_paths": link_paths_by_id(
                graph, [link for links in (*self.conflicts, self.cut) for link in links]
            ),
        }
