"""Advice on ``one_per`` from decided links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.level_note import level_note
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, DETERMINISTIC, REJECTED
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["MAX_SHARE_WITH_SEVERAL", "MIN_GROUPS", "OnePerAdvice", "suggest_one_per"]

MIN_GROUPS: Final = 20
"""Fewest groups of decided links on which advice is based."""

MAX_SHARE_WITH_SEVERAL: Final = 0.05
"""Largest share of groups with several members of one system or table to advise the rule."""


@dataclass(frozen=True, eq=False)
class OnePerAdvice(Shows):
    """A recommendation for ``one_per``, from the decided links of a graph.

    Parameters
    ----------
    one_per
        ``"integration_source"``, ``"table"``, or ``None`` for no rule.
    many_in
        Names of systems to exempt, in which several members are usual.
    reason
        Reason for the advice, in a sentence or two.
    evidence
        Counts, one row per level and kind of link: the number of ``groups`` that the links make,
        the number of groups ``with_several`` members of one system or table, and their ``share``.
    systems
        Counts by system, for the links on which the advice is based: the number of ``groups`` in
        which the system has a member, and in which it has ``several``.

    Examples
    --------
    >>> from hummgraph import LinkGraph, suggest_one_per
    >>> from hummgraph.datasets import load_demo
    >>> suggest_one_per(LinkGraph(load_demo().snapshot())).evidence.columns
    ['links', 'one_per', 'groups', 'with_several', 'share']
    """

    one_per: Level | None
    many_in: tuple[str, ...]
    reason: str
    evidence: Frame
    systems: Frame

    def to_dict(self) -> dict[str, Any]:
        """Return the advice as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, suggest_one_per
        >>> from hummgraph.datasets import load_demo
        >>> sorted(suggest_one_per(LinkGraph(load_demo().snapshot())).to_dict())
        ['evidence', 'many_in', 'one_per', 'reason', 'systems']
        """
        return {
            "one_per": None if self.one_per is None else str(self.one_per),
            "many_in": list(self.many_in),
            "reason": self.reason,
            "evidence": list(self.evidence),
            "systems": list(self.systems),
        }

    def _card_(self) -> Card:
        return Card(f"OnePerAdvice: {self}", table=self.evidence)

    def __str__(self) -> str:
        rule = "None" if self.one_per is None else repr(str(self.one_per))
        exempt = f", many_in={list(self.many_in)!r}" if self.many_in else ""
        return f"one_per={rule}{exempt}: {self.reason}"


def suggest_one_per(graph: LinkGraph, *, level: Level | str = Level.COLUMN) -> OnePerAdvice:
    """Recommend a value of ``one_per`` from the decided links of a graph.

    Decided links make groups, by transitivity. Where hardly any group has two members of one
    system, a cluster with two is most likely wrong, and the rule helps more than the choice of
    method; where many have, the rule would split correct clusters.

    Parameters
    ----------
    graph
        Links with decisions.
    level
        Level of the members: ``"column"`` or ``"table"``.

    Returns
    -------
    OnePerAdvice
        Based on APPROVED links if they make twenty groups, otherwise on APPROVED and DETERMINISTIC
        links together. With fewer groups no rule is advised, and the reason says so. A rule is
        advised if at most 5 % of the groups break it; systems that break it more often are named in
        ``many_in``.

    Raises
    ------
    ArgumentError
        If there is no level above ``level``.

    Notes
    -----
    O(n + m) for n nodes and m links, plus sorting. Decided links are not a random sample: reviewers
    look at some links before others.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> print(suggest_one_per(LinkGraph(load_demo().snapshot())))
    one_per='table': 0 of 47 groups of APPROVED links (0.0%) have two members of one table.
    """
    check_graph(graph, "suggest_one_per", level=True)
    members = as_level(level)
    if members is Level.INTEGRATION_SOURCE:
        raise ArgumentError("Systems have no level above them; name 'column' or 'table'.")
    links = graph.arrays.links
    here = (graph.link_levels == members.depth) & (links.ends.source != links.ends.target)
    approved = here & (links.status == APPROVED)
    sure = here & (links.link_type == DETERMINISTIC) & (links.status != REJECTED)
    kinds = {
        "APPROVED": approved,
        "DETERMINISTIC": sure,
        "APPROVED or DETERMINISTIC": approved | sure,
    }
    levels = [
        above for above in (Level.INTEGRATION_SOURCE, Level.TABLE) if above.depth < members.depth
    ]
    counted = {
        (kind, above): _group_counts(graph, chosen, above)
        for kind, chosen in kinds.items()
        for above in levels
    }
    evidence = Frame(
        pa.table(
            {
                "links": [kind for kind, _ in counted],
                "one_per": [str(above) for _, above in counted],
                "groups": [found.n_groups for found in counted.values()],
                "with_several": [found.n_several for found in counted.values()],
                "share": pa.array(
                    [
                        found.n_several / found.n_groups if found.n_groups else None
                        for found in counted.values()
                    ],
                    pa.float64(),
                ),
            }
        )
    )
    enough = counted["APPROVED", levels[0]].n_groups >= MIN_GROUPS
    kind = "APPROVED" if enough else "APPROVED or DETERMINISTIC"
    by_level = {above: counted[kind, above] for above in levels}
    one_per, exempt, reason = _advice_of(by_level, kind)
    names = graph.arrays.nodes.path
    by_system = by_level[levels[0]]
    systems = Frame(
        pa.table(
            {
                "system": names.take(pa.array(np.arange(len(by_system.groups)))),
                "groups": by_system.groups,
                "several": by_system.several,
            }
        )
    )
    many_in = tuple(sorted(names.take(pa.array(exempt)).to_pylist()))
    reason = " ".join(filter(None, (reason, level_note(graph, members))))
    return OnePerAdvice(one_per, many_in, reason, evidence, systems)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Counts of groups with several members of one system or table."""

    n_groups: int
    n_several: int
    groups: NDArray[np.int64]
    """Number of groups with a member in each system (or in a table of it)."""
    several: NDArray[np.int64]
    """Number of groups with several members in each system (or in a table of it)."""
    several_in: NDArray[np.int64]
    """System and group of each case of several members: shape (k, 2)."""


def _group_counts(graph: LinkGraph, chosen: NDArray[np.bool_], above: Level) -> _Counts:
    nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
    source, target = ends.source[chosen], ends.target[chosen]
    member = np.unique(np.concatenate((source, target)))
    label = components(graph.n_nodes, source, target)[member]
    n_systems = int(nodes.first[1])
    system, owner = nodes.ancestor[0][member], nodes.ancestor[above.depth][member]
    known = (system >= 0) & (owner >= 0)
    rows, number = np.unique(
        np.column_stack((system[known], label[known], owner[known])), axis=0, return_counts=True
    )
    pairs = np.unique(rows[:, :2], axis=0)
    several_in = np.unique(rows[number > 1, :2], axis=0).astype(np.int64)
    return _Counts(
        len(np.unique(label)),
        len(np.unique(several_in[:, 1])),
        np.bincount(pairs[:, 0], minlength=n_systems),
        np.bincount(several_in[:, 0], minlength=n_systems),
        several_in,
    )


def _advice_of(
    by_level: dict[Level, _Counts], kind: str
) -> tuple[Level | None, NDArray[np.int64], str]:
    """Return the rule, the systems exempt from it, and the reason."""
    nobody = np.empty(0, dtype=np.int64)
    systems = by_level[Level.INTEGRATION_SOURCE]
    n = systems.n_groups
    if n < MIN_GROUPS:
        return (
            None,
            nobody,
            (f"{kind} links make {n:,} groups, too few to tell; advice takes {MIN_GROUPS}."),
        )
    for above, found in by_level.items():
        thing = "system" if above is Level.INTEGRATION_SOURCE else "table"
        share = found.n_several / n
        if share <= MAX_SHARE_WITH_SEVERAL:
            return (
                above,
                nobody,
                (
                    f"{found.n_several:,} of {n:,} groups of {kind} links ({share:.1%}) have two"
                    f" members of one {thing}."
                ),
            )
        often = np.flatnonzero(found.several > MAX_SHARE_WITH_SEVERAL * found.groups)
        rest = found.several_in[~np.isin(found.several_in[:, 0], often), 1]
        left = len(np.unique(rest)) / n
        if len(often) * 2 <= np.count_nonzero(found.groups) and left <= MAX_SHARE_WITH_SEVERAL:
            return (
                above,
                often,
                (
                    f"{found.n_several:,} of {n:,} groups of {kind} links ({share:.1%}) have two"
                    f" members of one {thing}, but {left:.1%} outside the systems of many_in."
                ),
            )
    return (
        None,
        nobody,
        (
            f"{systems.n_several:,} of {n:,} groups of {kind} links ({systems.n_several / n:.1%})"
            " have two members of one system, in most systems: a rule would tear right clusters"
            " apart."
        ),
    )
