"""Explanation of why two nodes are in one cluster, or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.merge_tree import joins_of
from hummgraph.algorithms.explain.merge_history import join_height
from hummgraph.algorithms.explain.search import Between, Obstacle
from hummgraph.algorithms.explain.sentences import format_floored, sentences_of
from hummgraph.algorithms.kernels.effort import MAX_WORK, Effort
from hummgraph.algorithms.kernels.steps import DIRECTION_NOTE, box_of, format_confidence, line_of
from hummgraph.algorithms.paths.paths import LinkPath, check_count
from hummgraph.drawing.diagram.diagram import Diagram
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters_option, check_graph
from hummgraph.frames import Card, Shows, visible
from hummgraph.graph.elements import Level
from hummgraph.records.redaction import KeptEvidence, as_kept_evidence

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.drawing.diagram.diagram import Line
    from hummgraph.frames import Frame
    from hummgraph.graph.elements import Node
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Obstacle", "Why", "check_own_clusters", "why"]

_MAX_DRAWN_REJECTED: Final = 10
"""Greatest number of REJECTED links in a picture."""


@dataclass(frozen=True, repr=False)
class Why(Shows):
    """Explanation of why two nodes are in one cluster, or not.

    Links without a weight, as REJECTED ones are by default, have weight 0 as steps.

    Parameters
    ----------
    nodes, names
        Ids and names of the two nodes.
    together
        Whether they are in one cluster.
    method, threshold, one_per
        Method, threshold and rule of the clustering.
    cluster_ids, sizes
        Ids and sizes of their clusters; ``None`` and 1 for a node in no cluster.
    cluster_names
        Names of their clusters; ``None`` for a node in no cluster.
    direct
        All links between the two, of any status, in order of preference.
    chain
        The strongest chain of links that hold the cluster; if they do not connect the two, of any
        links inside.
    alternatives
        Further chains, strongest first.
    bridges
        Ids of the links on the chain whose removal would disconnect the two inside the cluster.
    rejected
        REJECTED links in the way, with those between the two first. Together: those among the nodes
        of the chains. Apart: those between their clusters, or two neighbouring ones on ``nearest``.
    nearest
        If apart: the path whose weakest link scores highest; of several, the one with the largest
        product.
    weakest, weakest_score
        The weakest link of that path, and the highest threshold that it passes. An APPROVED link
        passes every threshold.
    linked
        If apart: the number of pairs between both sides with a weighted link, and of all pairs.
    joins_at
        The highest threshold at which the two are in one cluster; ``None`` if there is none.
    joins_at_method
        The method of ``joins_at``: the clusters' own if it has a merge tree, else ``"components"``.
    forbidden_by
        If apart: REJECTED links that bind, and pairs that ``one_per`` does not allow.
    stopped_at
        Number of links tried when the search for chains stopped before finding k; ``None`` if it
        did not stop early.
    n_other_levels
        Number of weighted links of another level between parents or parts of the two, such as their
        tables; the clusters do not count them.
    other_level_names
        Names of two nodes joined by a link of another level, or ``None``.
    leads_on
        If no path connects the two: sentences on links of another level that lead on from the nodes
        reached from either, and on what to ask instead, as in :class:`NoPathError`.
    clusters
        The clusters that the answer is about; ``None`` if they were not kept.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> why(graph, "Stripe/customers.email", "Zendesk/users.email").together
    True
    """

    nodes: tuple[str, str]
    names: tuple[str, str]
    together: bool
    method: str
    threshold: float
    one_per: Level | None
    cluster_ids: tuple[str | None, str | None]
    sizes: tuple[int, int]
    direct: tuple[Step, ...]
    chain: LinkPath | None
    alternatives: tuple[LinkPath, ...]
    bridges: tuple[str, ...]
    rejected: tuple[Step, ...]
    nearest: LinkPath | None
    weakest: Step | None
    weakest_score: float | None
    linked: tuple[int, int]
    joins_at: float | None
    joins_at_method: str
    forbidden_by: tuple[Obstacle, ...]
    graph: LinkGraph = field(compare=False)
    stopped_at: int | None = None
    n_other_levels: int = 0
    other_level_names: tuple[str, str] | None = None
    leads_on: tuple[str, ...] = ()
    cluster_names: tuple[str | None, str | None] = (None, None)
    clusters: Clusters | None = field(default=None, compare=False, repr=False)

    @cached_property
    def marked(self) -> tuple[str, str]:
        """Names of the two nodes, with ``(deleted)`` after a deleted one."""
        paths = self.graph.arrays.nodes.marked_path
        a, b = (paths[self.graph.index_of(node)].as_py() for node in self.nodes)
        return a, b

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The explanation in plain sentences, the answer first, with the vocabulary of evidence."""
        return self.to_sentences()

    def to_sentences(
        self, *, evidence: KeptEvidence | str = KeptEvidence.VOCABULARY
    ) -> tuple[str, ...]:
        """Return the sentences, with the evidence that others may read.

        Parameters
        ----------
        evidence
            Amount of evidence to quote: its ``"vocabulary"``, as :attr:`sentences`, ``print`` and
            notebooks do; ``"full"`` quotes all of it; ``"none"`` leaves evidence out.

        Returns
        -------
        tuple[str, ...]
            The sentences, as many as `sentences` and in the same order.

        Raises
        ------
        ArgumentError
            If there is no such setting.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = why(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> any("evidence" in sentence for sentence in found.to_sentences(evidence="none"))
        False
        """
        return sentences_of(self, as_kept_evidence(evidence))

    @property
    def path(self) -> LinkPath | None:
        """The chain if together, else the nearest path."""
        return self.chain if self.together else self.nearest

    def to_frame(self) -> Frame:
        """Return one row a step of the chain or of the nearest path; none if there is neither.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = why(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> len(found.to_frame()) == len(found.chain)
        True
        """
        return (
            self.path or LinkPath(self.nodes[:1], (), directed=False, graph=self.graph)
        ).to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = why(graph, "Stripe/customers.email", "Zendesk/users.email").to_dict()
        >>> found["together"], len(found["cluster_ids"])
        (True, 2)
        """
        return {
            "nodes": list(self.nodes),
            "names": list(self.names),
            "deleted": [self.graph.node(node).deleted for node in self.nodes],
            "together": self.together,
            "method": self.method,
            "threshold": self.threshold,
            "one_per": None if self.one_per is None else str(self.one_per),
            "cluster_ids": list(self.cluster_ids),
            "cluster_names": list(self.cluster_names),
            "sizes": list(self.sizes),
            "direct": [step.to_dict() for step in self.direct],
            "chain": None if self.chain is None else self.chain.to_dict(),
            "alternatives": [path.to_dict() for path in self.alternatives],
            "bridges": list(self.bridges),
            "rejected": [step.to_dict() for step in self.rejected],
            "nearest": None if self.nearest is None else self.nearest.to_dict(),
            "weakest": None if self.weakest is None else self.weakest.to_dict(),
            "weakest_score": self.weakest_score,
            "linked": list(self.linked),
            "joins_at": self.joins_at,
            "joins_at_method": self.joins_at_method,
            "forbidden_by": [obstacle.to_dict() for obstacle in self.forbidden_by],
            "stopped_at": self.stopped_at,
            "n_other_levels": self.n_other_levels,
            "other_level_names": None
            if self.other_level_names is None
            else list(self.other_level_names),
            "leads_on": list(self.leads_on),
            "sentences": list(self.sentences),
        }

    def diagram(self) -> Diagram:
        """Return the picture: the chain or nearest path, and REJECTED links in the way.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = why(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> len(found.diagram().boxes) >= 2
        True
        """
        path, drawn = self.path, self.rejected[:_MAX_DRAWN_REJECTED]
        nodes = self.nodes if path is None else path.nodes
        rank = {node: place for place, node in enumerate(nodes)}
        for step in drawn:
            rank.setdefault(step.source, 0)
            rank.setdefault(step.target, len(nodes) - 1)
        boxes = tuple(
            box_of(self.graph, self.graph.index_of(node), rank=place, emphasis=node in self.nodes)
            for node, place in rank.items()
        )
        taken = () if path is None else path.steps
        known = {step.link_id for step in taken}
        lines = [line_of(step, directed=True) for step in taken]
        lines += [_rejected_line(step) for step in drawn if step.link_id not in known]
        notes = [DIRECTION_NOTE]
        if len(self.rejected) > len(drawn):
            notes.append(f"Shown {len(drawn)} of {len(self.rejected):,} REJECTED links.")
        answer = "in one cluster" if self.together else "not in one cluster"
        return Diagram(
            f"{self.marked[0]} and {self.marked[1]}: {answer}",
            boxes,
            tuple(lines),
            notes=tuple(notes),
        )

    def to_svg(self) -> str:
        """Return the picture as SVG.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = why(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> found.to_svg().startswith("<svg ")
        True
        """
        return self.diagram().to_svg()

    def to_mermaid(self) -> str:
        """Return the picture as a Mermaid flowchart.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = why(graph, "Stripe/customers.email", "Zendesk/users.email")
        >>> "flowchart LR" in found.to_mermaid()
        True
        """
        return self.diagram().to_mermaid()

    def __repr__(self) -> str:
        answer = "together" if self.together else "apart"
        at = "no threshold joins them"
        if self.joins_at is not None:
            at = f"joined up to {format_floored(self.joins_at)} by {self.joins_at_method}"
        return (
            f"<Why: {visible(self.marked[0])} and {visible(self.marked[1])} {answer}"
            f" by {self.method} at {self.threshold:g}, {at}>"
        )

    def _card_(self) -> Card:
        sentences = [("", sentence) for sentence in self.to_sentences()]
        return Card("", sentences, things="sentences", picture=self.to_svg())


def _rejected_line(step: Step) -> Line:
    """Return a line for a REJECTED link, labelled with its confidence."""
    label = "" if step.confidence is None else format_confidence(step.confidence)
    return replace(line_of(step, directed=True), label=label)


def why(
    graph: LinkGraph,
    a: str | UUID | Node,
    b: str | UUID | Node,
    *,
    clusters: Clusters | None = None,
    k: int = 3,
    max_work: int = MAX_WORK,
) -> Why:
    """Explain why two nodes are in one cluster, or why they are not.

    Parameters
    ----------
    graph
        The graph of the nodes.
    a, b
        Ids, names or nodes of the clusters' level.
    clusters
        Result of :func:`cluster` on the graph; ``cluster(graph)`` by default.
    k
        Greatest number of chains, from 1, if the nodes are in one cluster.
    max_work
        Number of links that the search for chains tries, from 1, before it returns the chains found
        so far. The strongest chain is always found.

    Returns
    -------
    Why
        The explanation as fields, and as sentences: ``print`` it.

    Raises
    ------
    NodeNotFoundError, AmbiguousNodeError
        If a node does not exist or a name is ambiguous.
    ArgumentError
        If both are the same node, or one is not of the clusters' level; if the clusters belong to
        another graph; or if k or max_work is not a whole number above 0.

    Notes
    -----
    Links count as the clusters' policy weighs them. The widest path is found by bisection over the
    links in order of their scores: O(m log m) for m links; chains are found by Yen's algorithm. The
    merge tree is kept with the clusters. APPROVED links hold the nodes together whatever their
    scores, unless the policy says otherwise: a chain of them comes before any other, the shortest
    first. Ties go to the larger product, then to an APPROVED link, then to the smaller link id.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = why(graph, "Stripe/customers.email", "Zendesk/organizations.name")
    >>> for sentence in (found.sentences[5], found.sentences[-1]):
    ...     print(sentence)
    No threshold puts them in one cluster (by average).
    Zendesk/organizations.name is in a cluster of 13 members.
    """
    check_graph(graph, "why")
    check_count("k", k)
    check_count("max_work", max_work)
    if clusters is None:
        clusters = cluster(graph)
    check_clusters_option(clusters)
    check_own_clusters(graph, clusters)
    # The clusters' policy decides which links count.
    graph = clusters.graph
    between = Between(clusters, *_two_nodes(graph, a, b, clusters.level))
    one, other = between.a, between.b
    labels = clusters.labels
    together = bool(labels[one] == labels[other] >= 0)
    effort = Effort(max_work)
    nodes = graph.arrays.nodes
    method, joins = joins_of(clusters)
    first = clusters.problem.first
    chains: tuple[LinkPath, ...] = ()
    bridges: tuple[str, ...] = ()
    nearest = None
    crossings: list[tuple[int, int]] = []
    if together:
        chains, bridges = between.chains(k, effort)
        rejected = between.rejected_among(chains)
    else:
        nearest = between.nearest()
        crossings = between.crossings(None if nearest is None else nearest[0])
        rejected = between.rejected_across(crossings)
    n_other_levels, other_level_names = between.other_levels()
    path, weakest, score = nearest or (None, None, None)
    label = [None if labels[node] < 0 else labels[node] for node in (one, other)]
    ids = [None if at is None else clusters.ids[at] for at in label]
    names = [None if at is None else clusters.names[at] for at in label]
    return Why(
        nodes=(nodes.id_text[one].as_py(), nodes.id_text[other].as_py()),
        names=(nodes.path[one].as_py(), nodes.path[other].as_py()),
        together=together,
        method=clusters.method,
        threshold=clusters.threshold,
        one_per=clusters.one_per,
        cluster_ids=(ids[0], ids[1]),
        sizes=(len(between.group(one)), len(between.group(other))),
        direct=between.direct(),
        chain=chains[0] if chains else None,
        alternatives=chains[1:],
        bridges=bridges,
        rejected=rejected,
        nearest=path,
        weakest=weakest,
        weakest_score=score,
        linked=(0, 0) if together else between.linked(),
        joins_at=join_height(joins, one - first, other - first),
        joins_at_method=method,
        forbidden_by=between.obstacles(crossings),
        graph=graph,
        stopped_at=effort.stopped_at,
        n_other_levels=n_other_levels,
        other_level_names=other_level_names,
        leads_on=() if together or nearest else between.leads_on(),
        cluster_names=(names[0], names[1]),
        clusters=clusters,
    )


def check_own_clusters(graph: LinkGraph, clusters: Clusters) -> None:
    """Raise if the clusters belong to other links or decisions."""
    mine, others = graph.arrays.links, clusters.graph.arrays.links
    same = graph.snapshot is clusters.graph.snapshot
    if not (
        same
        and np.array_equal(graph.link_ids, clusters.graph.link_ids)
        and np.array_equal(mine.status, others.status)
    ):
        raise ArgumentError(
            "The clusters belong to another graph, or to other decisions; cluster this graph again."
        )


def _two_nodes(
    graph: LinkGraph, a: str | UUID | Node, b: str | UUID | Node, level: Level
) -> tuple[int, int]:
    """Return the positions of two different nodes of the clusters' level."""
    found = graph.index_of(a), graph.index_of(b)
    nodes = graph.arrays.nodes
    for index in found:
        if nodes.depth[index] != level.depth:
            is_ = list(Level)[nodes.depth[index]]
            raise ArgumentError(
                f"{nodes.path[index].as_py()!r} is of level {str(is_)!r};"
                f" the clusters are of level {str(level)!r}."
            )
    if found[0] == found[1]:
        raise ArgumentError(f"Both nodes are {nodes.path[found[0]].as_py()!r}; name two nodes.")
    return found
