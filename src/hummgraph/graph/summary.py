"""Counts of a graph, and its coverage: which systems and tables have links."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.frames import Card, Frame, Shows
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    shown_counts,
)
from hummgraph.records.vocabulary import NO_VOCABULARY, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Summary", "summarize"]


@dataclass(frozen=True, slots=True, repr=False)
class Summary(Shows):
    """Counts of a graph by level, system, status and type.

    Parameters
    ----------
    organization
        Name or id of the organisation, empty when unknown.
    nodes_by_level, links_by_status, links_by_type
        Counts.
    null_confidence
        Number of links without a confidence.
    deleted_by_level
        Nodes that are not active, or lie in a table or system that is not.
    links_to_deleted
        Number of links that end at a deleted node.
    systems
        One row a system: tables and columns, how many of them links touch, and the links.
    unlinked_tables
        Paths of tables that no link touches, neither themselves nor their columns; sorted.
    vocabulary
        Vocabulary of the shown statuses that the contract does not name.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> LinkGraph(load_demo().snapshot()).summary().systems.columns
    ['system', 'kind', 'tables', 'linked_tables', 'columns', 'linked_columns', 'links']
    """

    organization: str
    nodes_by_level: Mapping[str, int]
    links_by_status: Mapping[str, int]
    links_by_type: Mapping[str, int]
    null_confidence: int
    deleted_by_level: Mapping[str, int]
    links_to_deleted: int
    systems: Frame
    unlinked_tables: tuple[str, ...]
    vocabulary: Vocabulary = field(default=NO_VOCABULARY, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, read_links
        >>> LinkGraph(read_links([])).summary().to_dict()["unlinked_tables"]
        []
        """
        return {
            "organization": self.organization,
            "nodes_by_level": dict(self.nodes_by_level),
            "links_by_status": dict(self.links_by_status),
            "links_by_type": dict(self.links_by_type),
            "null_confidence": self.null_confidence,
            "deleted_by_level": dict(self.deleted_by_level),
            "links_to_deleted": self.links_to_deleted,
            "systems": list(self.systems),
            "unlinked_tables": list(self.unlinked_tables),
        }

    def shown(self) -> Summary:
        """Return the summary as it is shown: ``[redacted]`` for names that may quote data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, read_links
        >>> summary = LinkGraph(read_links([])).summary()
        >>> summary.shown() == summary
        True
        """
        known = self.vocabulary
        return replace(
            self,
            links_by_status=shown_counts(self.links_by_status, kept_statuses, known),
            links_by_type=shown_counts(self.links_by_type, kept_link_types, known),
        )

    def kept(self, kept_evidence: KeptEvidence) -> Summary:
        """Return the same summary, which shows what a page with a setting of evidence shows.

        Examples
        --------
        >>> from hummgraph import LinkGraph, read_links
        >>> LinkGraph(read_links([])).summary().kept(KeptEvidence.NONE).vocabulary.statuses
        frozenset()
        """
        known = self.vocabulary
        if kept_evidence is KeptEvidence.NONE:
            known = NO_VOCABULARY
        elif kept_evidence is KeptEvidence.FULL:
            known = replace(
                known,
                statuses=frozenset(self.links_by_status),
                link_types=frozenset(self.links_by_type),
            )
        return replace(self, vocabulary=known)

    def _headline(self) -> str:
        levels = self.nodes_by_level
        n = self.links_to_deleted
        shown = self.shown().links_by_status
        gone = f"; {n:,} end{'s' * (n == 1)} at something deleted" if n else ""
        return (
            f"{levels['integration_source']:,} systems, {levels['table']:,} tables,"
            f" {levels['column']:,} columns, {sum(self.links_by_status.values()):,} links"
            f" ({', '.join(f'{n:,} {name}' for name, n in shown.items())}){gone}"
        )

    def _card_(self) -> Card:
        title = f"{self.organization or 'Summary'}: {self._headline()}"
        return Card(title, table=self.systems, things="systems")

    def __repr__(self) -> str:
        return str(self)


def summarize(graph: LinkGraph) -> Summary:
    """Return the counts of a graph; see :meth:`LinkGraph.summary`."""
    nodes, links = graph.arrays.nodes, graph.arrays.links
    touched = np.zeros(len(nodes), dtype=bool)
    touched[links.ends.source] = True
    touched[links.ends.target] = True
    tables = nodes.ancestor[1]
    # A link of a column is one of its table too.
    touched[tables[touched & (tables >= 0)]] = True
    first = nodes.first
    system = nodes.ancestor[0]
    n_systems = int(first[1])

    def by_system(depth: int, *, linked: bool) -> pa.Array:
        chosen = (nodes.depth == depth) & (system >= 0)
        if linked:
            chosen &= touched
        return pa.array(np.bincount(system[chosen], minlength=n_systems))

    source, target = system[links.ends.source], system[links.ends.target]
    n_links = np.bincount(source[source >= 0], minlength=n_systems)
    other = (target >= 0) & (target != source)  # a link within one system counts once
    n_links = n_links + np.bincount(target[other], minlength=n_systems)
    systems = pa.table(
        {
            "system": nodes.name.slice(0, n_systems),
            "kind": nodes.kind.slice(0, n_systems),
            "tables": by_system(1, linked=False),
            "linked_tables": by_system(1, linked=True),
            "columns": by_system(2, linked=False),
            "linked_columns": by_system(2, linked=True),
            "links": pa.array(n_links),
        }
    )
    idle = np.flatnonzero((nodes.depth == 1) & ~touched)
    return Summary(
        organization=graph.snapshot.organization_name,
        nodes_by_level=graph.n_nodes_by_level,
        links_by_status=graph.n_links_by_status,
        links_by_type=graph.n_links_by_type,
        null_confidence=int(np.isnan(links.confidence).sum()),
        deleted_by_level=dict(
            zip(
                graph.n_nodes_by_level,
                np.bincount(nodes.depth[nodes.deleted], minlength=3).tolist(),
                strict=True,
            )
        ),
        links_to_deleted=int(np.count_nonzero(graph.links_to_deleted)),
        systems=Frame(systems.sort_by("system")),
        unlinked_tables=tuple(sorted(nodes.path.take(pa.array(idle)).to_pylist())),
        vocabulary=graph.snapshot.label_vocabulary,
    )
