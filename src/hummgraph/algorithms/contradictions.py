"""Contradictions: REJECTED pairs that APPROVED links force together, and what would free them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph._ids import id_strings
from hummgraph.policy import APPROVED

if TYPE_CHECKING:
    import networkx as nx

    from hummgraph.algorithms.problem import Problem

__all__ = ["MOST_CONFLICTS", "Contradiction"]

MOST_CONFLICTS = 10
"""Conflicting sets that are listed; dense approvals have exponentially many."""

_PART = 1_000_000
"""Confidences are compared as millionths, so that no sum depends on its order."""


@dataclass(frozen=True)
class Contradiction:
    """A REJECTED link whose ends are in one cluster all the same.

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
    The conflicting sets and the cut are worked out when they are asked for. A chain is a path of
    APPROVED links without a repeated node, so the minimal sets are the simple paths, listed in the
    order of their lengths [1]_; the cheapest cut is a minimum cut [2]_ among the APPROVED links
    around, in O(n² √m) for n nodes and m links there.

    References
    ----------
    .. [1] J. Yen: Finding the k shortest loopless paths in a network. Management Science 17(11),
       1971. https://doi.org/10.1287/mnsc.17.11.712
    .. [2] L. Ford, D. Fulkerson: Maximal flow through a network. Canadian Journal of Mathematics 8,
       1956. https://doi.org/10.4153/CJM-1956-045-5

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
    _problem: Problem = field(repr=False, compare=False)
    _link_index: int = field(repr=False, compare=False)

    @cached_property
    def _chains(self) -> nx.Graph[int] | None:
        """The APPROVED links that join what the ends are part of, parallel ones as one edge."""
        import networkx as nx

        problem = self._problem
        links = problem.graph.arrays.links
        unit = problem.constraints.unit
        source, target = self._ends
        if unit[source] != unit[target]:
            return None
        mine = np.flatnonzero(unit == unit[source]) + problem.first
        inside = np.isin(links.ends.source, mine) & (
            problem.graph.link_levels == problem.level.depth
        )
        inside &= (links.status == APPROVED) & (links.ends.source != links.ends.target)
        chains: nx.Graph[int] = nx.Graph()
        for index in np.flatnonzero(inside).tolist():
            ends = (
                int(end[index]) - problem.first for end in (links.ends.source, links.ends.target)
            )
            a, b = ends
            confidence = float(links.confidence[index])
            price = round((1.0 if isnan(confidence) else confidence) * _PART) + 1
            if chains.has_edge(a, b):
                chains.edges[a, b]["links"].append(index)
                chains.edges[a, b]["price"] += price
            else:
                chains.add_edge(a, b, links=[index], price=price)
        return chains

    @property
    def _ends(self) -> tuple[int, int]:
        ends, first = self._problem.graph.arrays.links.ends, self._problem.first
        index = self._link_index
        return int(ends.source[index]) - first, int(ends.target[index]) - first

    @cached_property
    def _conflicts(self) -> list[list[int]]:
        """One set more than are listed."""
        import networkx as nx

        chains = self._chains
        if chains is None:
            return []
        paths = islice(nx.shortest_simple_paths(chains, *self._ends), MOST_CONFLICTS + 1)
        # Of parallel links each makes a set of its own; the first stands for all.
        sets = ([chains.edges[step]["links"][0] for step in pairwise(path)] for path in paths)
        return sorted(sets, key=lambda links: (len(links), sorted(links)))

    @property
    def conflicts(self) -> tuple[tuple[str, ...], ...]:
        """Minimal sets of APPROVED links that, with the REJECTED one, cannot all hold.

        Each is a chain from end to end, given in its order; the shortest chains come first, ten at
        most. Without any one of its links a set is consistent. Empty where the graph's policy does
        not let decisions bind.
        """
        return tuple(self._ids(links) for links in self._conflicts[:MOST_CONFLICTS])

    @property
    def more_conflicts(self) -> bool:
        """Whether there are more such sets than ``conflicts`` lists."""
        return len(self._conflicts) > MOST_CONFLICTS

    @cached_property
    def cut(self) -> tuple[str, ...]:
        """The cheapest APPROVED links that would have to fall, sorted.

        Of all sets that break every chain, the one with the least sum of confidences (a link
        without one counts as 1), then with the fewest links.
        """
        import networkx as nx

        chains = self._chains
        if chains is None:
            return ()
        _, (near, _) = nx.minimum_cut(chains, *self._ends, capacity="price")
        return self._ids(
            sorted(
                int(link)
                for a, b, edge in chains.edges(data=True)
                if (a in near) != (b in near)
                for link in edge["links"]
            )
        )

    def _ids(self, link_index: list[int]) -> tuple[str, ...]:
        return tuple(id_strings(self._problem.graph.link_ids[link_index]).to_pylist())

    def to_dict(self) -> dict[str, Any]:
        """Give the contradiction as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> (found,) = cluster(LinkGraph(load_demo().snapshot())).contradictions
        >>> sorted(found.to_dict())
        ['cluster_id', 'conflicts', 'cut', 'link_id', 'more_conflicts', 'source', 'target']
        """
        return {
            "cluster_id": self.cluster_id,
            "link_id": self.link_id,
            "source": self.source,
            "target": self.target,
            "conflicts": [list(links) for links in self.conflicts],
            "more_conflicts": self.more_conflicts,
            "cut": list(self.cut),
        }
