"""Roles of columns by declaration, name, type and links; the first of two passes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np

from hummgraph.algorithms.entities.facts import column_facts, table_facts
from hummgraph.algorithms.entities.rules import (
    ColumnFacts,
    Role,
    RoleRules,
    TableFacts,
    Verdict,
)
from hummgraph.algorithms.entities.tokens import node_words
from hummgraph.graph.policy import APPROVED, DETERMINISTIC, REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.tokens import NodeWords
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy
    from hummgraph.records.nodes import Nodes
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["ROLES", "ColumnRoles", "decided", "first_roles"]

ROLES: Final = tuple(Role)
"""Roles by their codes."""
_CODE: Final = {role: code for code, role in enumerate(ROLES)}

KEY, ALTERNATE_KEY, REFERENCE, TEXT, CATEGORY, TIME, MEASURE, TECHNICAL = range(len(ROLES))


@dataclass(frozen=True, slots=True, eq=False)
class ColumnRoles:
    """Roles of all nodes by position: arrays and lists of length n_nodes."""

    role: NDArray[np.int8]
    """Code of the role; -1 for nodes that are not columns."""
    reason: list[str]
    target: NDArray[np.int32]
    """Table that a reference leads to; -1 if it is unknown."""
    declared: NDArray[np.bool_]
    """Whether the catalogue declares the role."""
    words: NodeWords

    def changed(self, changes: dict[int, Verdict]) -> ColumnRoles:
        """Return the same roles with some others."""
        if not changes:
            return self
        role, target, reason = self.role.copy(), self.target.copy(), list(self.reason)
        for code, found in changes.items():
            role[code], target[code], reason[code] = _CODE[found.role], found.target, found.reason
        return replace(self, role=role, target=target, reason=reason)


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """Roles of nodes before links are read, and the facts behind them."""

    snapshot: Snapshot
    policy: Policy
    lists: Words
    roles: ColumnRoles


# Nodes never change, and decisions share them: what names say is found once.
_named: WeakKeyDictionary[Nodes, _Named] = WeakKeyDictionary()


def first_roles(graph: LinkGraph, words: Words) -> ColumnRoles:
    """Return roles by declaration, name and type, then by links to keys of other tables.

    O(n + m) for n nodes and m links; O(m) if the nodes were read before.
    """
    nodes = graph.arrays.nodes
    known = _named.get(nodes)
    if (
        known is None
        or known.snapshot is not graph.snapshot
        or known.policy != graph.policy
        or known.lists is not words
    ):
        known = _Named(graph.snapshot, graph.policy, words, _named_roles(graph, words))
        _named[nodes] = known
    return known.roles.changed(_references_by_links(graph, known.roles))


def _named_roles(graph: LinkGraph, words: Words) -> ColumnRoles:
    """Return roles by declaration, name and type: O(n) for n nodes."""
    nodes = graph.arrays.nodes
    named = node_words(graph, words)
    facts = column_facts(graph)
    tables = table_facts(graph, named, facts)
    things = frozenset(found.words[-1] for found in tables.values() if found.words)
    rules = RoleRules(words, named.systems, things)
    names, types = nodes.name.to_pylist(), nodes.data_type.to_pylist()
    n = len(nodes)
    role, target = np.full(n, -1, dtype=np.int8), np.full(n, -1, dtype=np.int32)
    declared, reason = np.zeros(n, dtype=bool), [""] * n
    nothing, nowhere = ColumnFacts(), TableFacts()
    resolved = nodes.resolved
    for code in range(*nodes.first[[2, 3]].tolist()):
        found = rules.verdict(
            names[code] if resolved[code] else "",
            named.of[code],
            types[code],
            facts.get(code, nothing),
            tables.get(int(nodes.ancestor[1][code]), nowhere),
        )
        role[code], target[code], reason[code] = _CODE[found.role], found.target, found.reason
        declared[code] = found.reason.startswith("declared")
    return ColumnRoles(role, reason, target, declared, named)


def _references_by_links(graph: LinkGraph, first: ColumnRoles) -> dict[int, Verdict]:
    """Return columns that decided links make references: to keys of other tables."""
    nodes, links = graph.arrays.nodes, graph.arrays.links
    plain = np.isin(first.role, (TEXT, CATEGORY, MEASURE))
    approved, rejected = decided(graph)
    exact = (links.link_type == DETERMINISTIC) & ~rejected
    sure = np.flatnonzero((graph.link_levels == 2) & (approved | exact))
    found: dict[int, Verdict] = {}
    for here, there in (
        (links.ends.source[sure], links.ends.target[sure]),
        (links.ends.target[sure], links.ends.source[sure]),
    ):
        table = nodes.ancestor[1]
        wanted = plain[here] & (first.role[there] == KEY) & (table[here] != table[there])
        for row in np.flatnonzero(wanted).tolist():
            how = "approved" if approved[sure[row]] else "deterministic"
            reason = f"{how} link to a key of another table"
            known = found.get(int(here[row]))
            # The strongest reason, and of several the first link's.
            if known is None or (how == "approved") > known.reason.startswith("approved"):
                found[int(here[row])] = Verdict(Role.REFERENCE, reason)
    return found


def decided(graph: LinkGraph) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return masks of the links that are approved, and rejected, as the policy reads them."""
    status, policy = graph.arrays.links.status, graph.policy
    return (
        (status == APPROVED) & (policy.approved == "accept"),
        (status == REJECTED) & (policy.rejected == "refuse"),
    )
