"""Confidence that two nodes are the same: best path, independent supports, reliability."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from hummgraph.algorithms.kernels.disjoint import count_disjoint, disjoint_routes
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort
from hummgraph.algorithms.kernels.shortest import shortest
from hummgraph.algorithms.kernels.steps import format_confidence
from hummgraph.algorithms.paths.link_paths import card_of_paths
from hummgraph.algorithms.paths.no_path import no_path_error
from hummgraph.algorithms.paths.paths import (
    DisjointPaths,
    LinkPath,
    Terminals,
    check_count,
    link_path,
)
from hummgraph.algorithms.paths.strongest_ways import strongest_ways
from hummgraph.algorithms.paths.two_terminal import Network, TwoTerminal, bounds, two_terminal
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Shows

if TYPE_CHECKING:
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from hummgraph.algorithms.kernels.adjacency import Edges
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["INDEPENDENCE_NOTE", "PairConfidence", "pair_confidence"]

INDEPENDENCE_NOTE: Final = (
    "Reliability takes links to be right or wrong independently of each other. Matchers that look"
    " at the same values err together, so that it is an upper guess."
)
_METHODS = ("auto", "exact", "monte_carlo")
_MAX_SUPPORTS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, repr=False)
class PairConfidence(Shows):
    """Evidence in the graph that two nodes are the same.

    Parameters
    ----------
    path
        The strongest path; ``None`` if there is none.
    supports
        Paths that share no link: the best few, and the number of all.
    reliability
        Probability that right links connect the two nodes, if each link is right with the
        probability of its weight, independently of the others; in [0, 1].
    low, high
        Bounds of the reliability. They are certain if ``confidence_level`` is ``None``; else an
        interval that contains it in this share of samples. ``low`` is never below the confidence of
        the strongest path.
    method
        ``"exact"``, only if all links count; ``"bounds"``, where the reliability is their middle;
        or ``"monte_carlo"``, where it is the share of samples.
    confidence_level
        Confidence level of the interval, in (0, 1), or ``None``.
    n_samples
        Number of samples, or ``None``.
    seed
        Seed of the samples.
    n_links
        Number of links on any walk between the two nodes.
    n_links_used
        Number of these that the reliability counts: those on the strongest paths. If they are
        fewer, ``low`` is too low, ``high`` is a certain bound for all links, and a sampled
        reliability is that of the counted links.
    stopped_at
        Number of samples after which sampling stopped early; ``None`` if it did not.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> pair_confidence(graph, "Stripe/customers.email", "HubSpot/contacts.email", directed=True)
    <PairConfidence: 0.984 exactly, strongest path 0.87, 2 independent ways>
    """

    path: LinkPath | None
    supports: DisjointPaths
    reliability: float
    low: float
    high: float
    method: str
    confidence_level: float | None
    n_samples: int | None
    seed: int
    n_links: int
    n_links_used: int
    stopped_at: int | None = None

    @property
    def note(self) -> str:
        """Assumptions of the reliability and its omissions; or the reason why there is no path.

        Examples
        --------
        >>> PairConfidence(
        ...     None, DisjointPaths((), 0), 0.0, 0.0, 0.0, "exact", None, None, 0, 0, 0
        ... ).note.startswith("Reliability takes links to be right or wrong independently")
        True
        """
        notes = [self.supports.no_path or INDEPENDENCE_NOTE]
        if self.n_links_used < self.n_links:
            notes.append(
                f"Counted {self.n_links_used:,} of {self.n_links:,} links, those on the strongest"
                " ways: the others can only add to it."
            )
        if self.stopped_at is not None:
            notes.append(f"Stopped at {self.stopped_at:,} samples: more would take too long.")
        return " ".join(notes)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data.

        Examples
        --------
        >>> PairConfidence(
        ...     None, DisjointPaths((), 0), 0.0, 0.0, 0.0, "exact", None, None, 0, 0, 0
        ... ).to_dict()["reliability"]
        0.0
        """
        return {
            "reliability": self.reliability,
            "low": self.low,
            "high": self.high,
            "method": self.method,
            "confidence_level": self.confidence_level,
            "n_samples": self.n_samples,
            "seed": self.seed,
            "n_links": self.n_links,
            "n_links_used": self.n_links_used,
            "stopped_at": self.stopped_at,
            "path": None if self.path is None else self.path.to_dict(),
            "supports": self.supports.to_dict(),
            "note": self.note,
        }

    def __repr__(self) -> str:
        if self.path is None:
            return "<PairConfidence: 0, no path>"
        estimate = f"{format_confidence(self.reliability)} exactly"
        if self.method != "exact":
            low, high = format_confidence(self.low), format_confidence(self.high)
            estimate = f"{format_confidence(self.reliability)} ({low} to {high})"
        n = self.supports.n
        if self.n_links_used < self.n_links:
            if self.method == "bounds":  # the middle would look like an estimate
                estimate = (
                    f"between {format_confidence(self.low)} and {format_confidence(self.high)}"
                )
            estimate += f" by {self.n_links_used:,} of {self.n_links:,} links"
        return (
            f"<PairConfidence: {estimate}, strongest path"
            f" {format_confidence(self.path.confidence)},"
            f" {n:,} independent way{'s' * (n != 1)}>"
        )

    def _card_(self) -> Card:
        card = card_of_paths(self, self.supports.paths, self.note)
        return replace(card, things="independent ways", total=self.supports.n)


def pair_confidence(
    graph: LinkGraph,
    a: str | UUID | Node,
    b: str | UUID | Node,
    *,
    method: Literal["auto", "exact", "monte_carlo"] = "auto",
    max_links: int = 2_000,
    n_samples: int = 100_000,
    seed: int = 0,
    directed: bool = False,
    relationships: bool = False,
) -> PairConfidence:
    """Compute the probability that two nodes are the same, from all links together.

    Parameters
    ----------
    graph, a, b, directed, relationships
        The same as for :func:`strongest_path`.
    method
        ``"exact"`` computes the reliability as far as a fixed effort allows, and certain bounds
        beyond; ``"monte_carlo"`` draws samples; ``"auto"`` draws them only if the bounds are far
        apart. Up to 20 links, if all count, the default is always exact.
    max_links
        Greatest number of links that count, from 1: the strongest path and the supports shown,
        which count even if they are more, then whole paths between the nodes, the strongest first.
        If links are left out, the method is never ``"exact"``.
    n_samples
        Greatest number of samples, from 1, if any are drawn. Fewer, but at least some, if they
        would take longer than some ten seconds; then ``stopped_at`` is set.
    seed
        Seed of the samples, from 0.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a node does not exist or a name is ambiguous.
    ArgumentError
        If both are the same node, or one contains the other, or another argument is invalid.

    Notes
    -----
    Two-terminal reliability is #P-complete [1]_. For the exact method, chains and parallel links
    are multiplied out, and more than 20 remaining links are computed by factoring on nodes [2]_,
    the most probable state first, until states with a million links have been visited; an interval
    is that of Clopper and Pearson. Links are taken as independent, which links of one matcher are
    not: read the result together with the number of supports.

    References
    ----------
    .. [1] L. G. Valiant: The complexity of enumeration and reliability problems. SIAM Journal on
       Computing 8(3), 1979.
    .. [2] A. Satyanarayana, M. K. Chang: Network reliability and the factoring theorem. Networks
       13(1), 1983.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = pair_confidence(graph, "Stripe/customers.email", "Zendesk/users.email")
    >>> found.path.confidence <= found.reliability
    True
    """
    check_graph(graph, "pair_confidence")
    if method not in _METHODS:
        raise ArgumentError(f"method is {method!r}; it must be one of {', '.join(_METHODS)}.")
    check_count("max_links", max_links)
    check_count("n_samples", n_samples)
    ends = Terminals.of(graph, a, b, directed=directed, relationships=relationships)
    edges = ends.contracted()
    best = shortest(edges, {0}, {1})
    if best is None:
        nothing = DisjointPaths((), 0, no_path=str(no_path_error(ends)))
        return PairConfidence(None, nothing, 0.0, 0.0, 0.0, "exact", None, None, seed, 0, 0)
    effort = Effort(MAX_WORK)
    routes = disjoint_routes(edges, 0, 1, limit=_MAX_SUPPORTS_SHOWN, effort=effort)
    supports = DisjointPaths(
        tuple(link_path(ends, ends.expanded(route, edges)) for route in routes),
        count_disjoint(edges, 0, 1),
        effort.stopped_at,
    )
    path = link_path(ends, ends.expanded(best, edges))
    on_way, used = strongest_ways(edges, [best, *routes], max_links)
    found = two_terminal(_network(edges, used), 0, 1, method=method, n_samples=n_samples, seed=seed)
    whole = found
    if len(used) < len(on_way):
        whole = _bound_for_all(found, *bounds(_network(edges, on_way), 0, 1))
    # The reliability is at least that of the strongest path, despite sampling and rounding.
    low = max(whole.low, path.confidence)
    return PairConfidence(
        path,
        supports,
        max(whole.value, low),
        low,
        max(whole.high, low),
        whole.method,
        whole.confidence_level,
        whole.n_samples,
        seed,
        len(on_way),
        len(used),
        whole.n_samples if whole.n_samples not in {None, n_samples} else None,
    )


def _network(edges: Edges, chosen: NDArray[np.int64]) -> Network:
    return Network(
        edges.n_nodes,
        edges.source[chosen],
        edges.target[chosen],
        edges.weight[chosen],
        edges.directed,
    )


def _bound_for_all(found: TwoTerminal, low: float, high: float) -> TwoTerminal:
    """Return the reliability of all links from that of some and bounds for all."""
    low = max(found.low, low)
    high = max(low, high)
    if found.method == "monte_carlo":
        return replace(found, value=min(max(found.value, low), high), low=low, high=high)
    return TwoTerminal("bounds", (low + high) / 2, low, high)
