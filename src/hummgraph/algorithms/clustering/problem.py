"""What is to be clustered: scored pairs of one level, and what binds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hummgraph.algorithms.clustering.calibration import competition
from hummgraph.algorithms.clustering.constraints import Constraints, level_constraints
from hummgraph.algorithms.kernels.pairs import Pairs, level_pairs
from hummgraph.errors import ArgumentError
from hummgraph.graph.checks import as_level, check_threshold
from hummgraph.graph.elements import Level
from hummgraph.graph.scores import rounded

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["ClusteringProblem"]

CALIBRATIONS = ("competition",)
ONE_PER = (Level.INTEGRATION_SOURCE, Level.TABLE)


@dataclass(frozen=True, eq=False)
class ClusteringProblem:
    """A graph's links at one level, as clustering methods see them."""

    graph: LinkGraph
    level: Level
    calibrate: str | None
    one_per: Level | None
    many_in: tuple[str, ...]
    """Ids of the systems that ``one_per`` leaves alone."""
    no_match: float | None = None
    """Confidence that is as good as none, for the calibration; ``None`` takes the weakest."""

    @classmethod
    def of(
        cls,
        graph: LinkGraph,
        *,
        level: Level | str,
        calibrate: str | None,
        one_per: Level | str | None,
        many_in: Iterable[str | UUID],
        no_match: float | None = None,
    ) -> ClusteringProblem:
        """Check the arguments that say what is clustered."""
        if calibrate is not None and calibrate not in CALIBRATIONS:
            allowed = ", ".join(map(repr, CALIBRATIONS))
            raise ArgumentError(f"calibrate is {calibrate!r}; it must be {allowed} or None.")
        if no_match is not None:
            if calibrate is None:
                raise ArgumentError(
                    "no_match belongs to calibrate='competition'; without a calibration it does"
                    " nothing."
                )
            no_match = check_threshold("no_match", no_match)
        if one_per is not None and one_per not in ONE_PER:
            allowed = ", ".join(repr(str(known)) for known in ONE_PER)
            raise ArgumentError(f"one_per is {one_per!r}; it must be {allowed} or None.")
        members = as_level(level)
        one = None if one_per is None else Level(one_per)
        if one is not None and one.depth >= members.depth:
            raise ArgumentError(
                f"one_per is {str(one)!r}, but the members are {members}s themselves;"
                " it must be a level above theirs, or None."
            )
        if not isinstance(many_in, Iterable):
            raise ArgumentError(
                f"many_in is {many_in!r}; it must be a list of systems, by name or id."
            )
        exempt = []
        for system in [many_in] if isinstance(many_in, str) else many_in:
            node = graph.node(str(system))
            if node.level is not Level.INTEGRATION_SOURCE:
                raise ArgumentError(f"many_in has {str(system)!r}, which is not a system.")
            exempt.append(node.node_id)
        if exempt and one is None:
            raise ArgumentError(
                "many_in says where one_per does not hold; without one_per it does nothing."
            )
        return cls(graph, members, calibrate, one, tuple(sorted(exempt)), no_match)

    @property
    def exempt_names(self) -> list[str]:
        """Names of the systems in :attr:`many_in`."""
        return [self.graph.node(system).name for system in self.many_in]

    def with_rule(self, one_per: Level | str, many_in: Iterable[str | UUID]) -> ClusteringProblem:
        """Return the same links under a rule of one member of each system or table."""
        if one_per is None:
            raise ArgumentError("one_per is None; name a level, 'integration_source' or 'table'.")
        return ClusteringProblem.of(
            self.graph,
            level=self.level,
            calibrate=self.calibrate,
            no_match=self.no_match,
            one_per=one_per,
            many_in=many_in,
        )

    def with_policy(self, policy: Policy) -> ClusteringProblem:
        """Return the same links as another policy reads them."""
        return replace(self, graph=self.graph.with_policy(policy))

    @property
    def scale(self) -> str:
        """What thresholds are compared with."""
        return "confidence" if self.calibrate is None else self.calibrate

    @cached_property
    def first(self) -> int:
        """Code of the level's first node."""
        return int(self.graph.arrays.nodes.first[self.level.depth])

    @cached_property
    def system(self) -> NDArray[np.int32]:
        """System of each node of the level, -1 where unknown."""
        nodes = self.graph.arrays.nodes
        end = int(nodes.first[self.level.depth + 1])
        system: NDArray[np.int32] = nodes.ancestor[0][self.first : end]
        return system

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs with the scores that methods see, best first."""
        pairs = level_pairs(self.graph, self.level)
        if self.calibrate is None:
            return pairs
        return competition(pairs, self.system, no_match=self.no_match)

    @cached_property
    def constraints(self) -> Constraints:
        """What must be together and what must not."""
        many_in = np.array([self.graph.index_of(system) for system in self.many_in], dtype=np.int64)
        return level_constraints(self.graph, self.level, one_per=self.one_per, many_in=many_in)

    @cached_property
    def link_scores(self) -> NDArray[np.float64]:
        """Score of each link on the method's scale, NaN where it has none: shape (n_links,).

        Parallel links all have the score of their pair once it is calibrated.
        """
        graph = self.graph
        here = graph.link_levels == self.level.depth
        if self.calibrate is None:
            return np.where(here, rounded(graph.weights), np.nan)
        scores = np.full(graph.n_links, np.nan)
        pairs, ends = self.pairs, graph.arrays.links.ends
        keys = pairs.a.astype(np.int64) * pairs.n_nodes + pairs.b
        order = np.argsort(keys)
        chosen = np.flatnonzero(here & ~np.isnan(graph.weights) & (ends.source != ends.target))
        source, target = ends.source[chosen] - self.first, ends.target[chosen] - self.first
        wanted = np.minimum(source, target).astype(np.int64) * pairs.n_nodes
        wanted += np.maximum(source, target)
        scores[chosen] = pairs.score[order[np.searchsorted(keys, wanted, sorter=order)]]
        return scores
