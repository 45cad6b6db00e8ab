"""The repair of clusters that hold more than one member of a system or table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.audit import Audit, Violation, audit
from hummgraph.algorithms.kernels.components import first_seen, numbered
from hummgraph.errors.arguments import check_clusters
from hummgraph.frames import Card, Frame, Shows, title_of
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.problem import ClusteringProblem
    from hummgraph.graph.elements import Level
    from hummgraph.graph.policy import Policy

__all__ = ["Repair", "repair"]


@dataclass(frozen=True, eq=False, repr=False)
class Repair(Shows):
    """Clusters with one member of each system or table, and the links that were cut.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster, repair
    >>> from hummgraph.datasets import load_demo
    >>> repaired = repair(cluster(LinkGraph(load_demo().snapshot())), one_per="integration_source")
    >>> len(repaired.cut) > 0
    True
    """

    audit: Audit
    """The audit before the repair."""
    clusters: Clusters
    """The repaired clusters; their ``one_per`` is the rule."""

    @cached_property
    def cut(self) -> Frame:
        """The links that were cut: one row each, by cluster, then link id, with its score.

        Links that held a cluster and hold none now. No one of them can be put back.
        """
        before, after = self.audit.clusters, self.clusters
        graph = before.graph
        nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
        index = np.flatnonzero(before.holding_links & ~after.internal_links)
        label = before.labels[ends.source[index]]
        order = np.argsort(label, kind="stable")
        index, label = index[order], label[order]
        score = before.problem.link_scores[index]
        return Frame(
            pa.table(
                {
                    "cluster_id": pa.array(
                        [before.ids[row] for row in label.tolist()], pa.string()
                    ),
                    "cluster_name": pa.array(
                        [before.names[row] for row in label.tolist()], pa.string()
                    ),
                    "link_id": id_strings(graph.link_ids[index]),
                    "source_path": nodes.path.take(pa.array(ends.source[index])),
                    "target_path": nodes.path.take(pa.array(ends.target[index])),
                    **nodes.deleted_ends(ends.source[index], ends.target[index]),
                    "score": pa.array(score, mask=np.isnan(score)),
                }
            )
        )

    @cached_property
    def left(self) -> tuple[Violation, ...]:
        """Violations that remain, because APPROVED links tie the members together."""
        return replace(self.audit, clusters=self.clusters).violations

    def to_frame(self) -> Frame:
        """Return one row a divided cluster: its members, the links cut, and the clusters after.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster, repair
        >>> from hummgraph.datasets import load_demo
        >>> repaired = repair(cluster(LinkGraph(load_demo().snapshot())), one_per="table")
        >>> repaired.to_frame().columns[:4]
        ['cluster_id', 'cluster_name', 'members', 'violations']
        """
        before, after = self.audit.clusters, self.clusters
        cut = self.cut
        found: dict[str, int] = {}
        for violation in self.audit.violations:
            found[violation.cluster_id] = found.get(violation.cluster_id, 0) + 1
        stays: dict[str, int] = {}
        for violation in self.left:
            label = before.labels[after.graph.index_of(violation.members[0])]
            stays[before.ids[label]] = stays.get(before.ids[label], 0) + 1
        links: dict[str, list[float]] = {}
        for row in cut:
            score = 1.0 if row["score"] is None else row["score"]
            links.setdefault(row["cluster_id"], []).append(score)
        rows = []
        for label, cluster_id in enumerate(before.ids):
            if cluster_id in found:
                parts = after.labels[before.labels == label]
                rows.append(
                    {
                        "cluster_id": cluster_id,
                        "cluster_name": before.names[label],
                        "members": int(before.sizes[label]),
                        "violations": found[cluster_id],
                        "links_cut": len(links.get(cluster_id, [])),
                        "score_cut": round(sum(links.get(cluster_id, [])), 6),
                        "clusters_after": len(set(parts[parts >= 0].tolist())),
                        "left_alone": int(np.count_nonzero(parts < 0)),
                        "violations_left": stays.get(cluster_id, 0),
                    }
                )
        names = (
            *("cluster_id", "cluster_name", "members", "violations", "links_cut", "score_cut"),
            *("clusters_after", "left_alone", "violations_left"),
        )
        return Frame(pa.table({name: [row[name] for row in rows] for name in names}))

    def to_dict(self) -> dict[str, Any]:
        """Return the repair as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster, repair
        >>> from hummgraph.datasets import load_demo
        >>> repaired = repair(cluster(LinkGraph(load_demo().snapshot())), one_per="table")
        >>> sorted(repaired.to_dict())
        ['clusters', 'cut', 'divided', 'left', 'one_per']
        """
        return {
            "one_per": str(self.audit.one_per),
            "divided": list(self.to_frame()),
            "cut": list(self.cut),
            "left": [violation.to_dict() for violation in self.left],
            "clusters": self.clusters.to_dict(),
        }

    def __repr__(self) -> str:
        return (
            f"<Repair: {len(self.cut):,} links cut in {self.audit.n_clusters:,} clusters;"
            f" {len(self.left):,} of {len(self.audit):,} violations left"
            f"{'. ' + self.clusters.note if self.clusters.note else ''}>"
        )

    def _card_(self) -> Card:
        names = ("cluster_name", "members", "violations", "links_cut", "clusters_after")
        return Card(title_of(self), table=self.to_frame().select(*names), things="clusters")


def repair(
    clusters: Clusters, *, one_per: Level | str, many_in: Iterable[str | UUID] = ()
) -> Repair:
    """Cut the cheapest links so that no cluster holds more than one member of a system or table.

    Parameters
    ----------
    clusters, one_per, many_in
        The same as for :func:`audit`.

    Raises
    ------
    ArgumentError
        If ``one_per`` is neither of the two levels.
    NodeNotFoundError, AmbiguousNodeError
        If a system in ``many_in`` does not exist or its name is ambiguous.

    Notes
    -----
    In each cluster with a violation, two ways are tried and the cheaper one is taken: the cuts of
    `Violation.cut` one after the other, and joining again in order of score with the rule in force.
    Links that need not be cut are put back, the surest first. Finding the cheapest set of all is
    hard. APPROVED links are never cut where they bind; the violations that they force remain, and
    ``left`` lists them.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()), method="components")
    >>> repair(clusters, one_per="table").clusters.one_per
    <Level.TABLE: 'table'>
    """
    check_clusters(clusters, "repair")
    found = audit(clusters, one_per=one_per, many_in=many_in)
    problem = found.problem
    labels = clusters.labels.copy()
    top = clusters.n_clusters
    for label in dict.fromkeys(label for label, _, _ in found.rows):
        net = found.net(label)
        part = net.divided()
        labels[net.nodes] = top + part
        top += int(part.max()) + 1
    alone = labels < 0
    labels[alone] = top + np.arange(np.count_nonzero(alone))
    level = labels[problem.first : problem.first + problem.constraints.n_nodes]
    repaired = replace(
        clusters,
        problem=problem,
        remake=partial(_repaired, clusters, problem),
        labels=numbered(first_seen(level), clusters.graph.arrays.nodes.deleted, problem.first),
    )
    return Repair(found, repaired)


def _repaired(clusters: Clusters, problem: ClusteringProblem, policy: Policy) -> Clusters:
    """Return the repaired clusters under another policy."""
    assert problem.one_per is not None  # noqa: S101 - a repair has a rule
    again = clusters.with_policy(policy)
    return repair(again, one_per=problem.one_per, many_in=problem.many_in).clusters
