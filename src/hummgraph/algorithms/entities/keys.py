"""Keys of entities, references to them, and the second pass of roles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, REFERENCE
from hummgraph.algorithms.entities.forms import are_apart, stem_and_form
from hummgraph.algorithms.entities.rules import LIST_OF_IDS, Role, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.columns import ColumnRoles
    from hummgraph.algorithms.entities.copies import OriginSystems
    from hummgraph.algorithms.entities.pairs import LinkedPairs
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["KeyColumns", "key_columns", "refused_keys", "second_roles"]

GOOD: Final = 0.8
"""Least weight of a link between keys, unless it is approved or deterministic."""


@dataclass(frozen=True, slots=True)
class KeyColumns:
    """Columns of one entity that hold one key, one in each table.

    Parameters
    ----------
    columns
        Positions of the columns.
    n_systems
        Number of systems that have the key, apart from copies of their tables.
    n_sure
        Number of links that are approved or deterministic among those that joined them.
    weakest
        Smallest weight of a link that joined them.
    """

    columns: tuple[int, ...]
    n_systems: int
    n_sure: int
    weakest: float


def second_roles(
    graph: LinkGraph, roles: ColumnRoles, pairs: LinkedPairs, label: NDArray[np.int64]
) -> dict[int, Verdict]:
    """Return the references that turn out to be keys: links join them to keys of their own entity.

    Parameters
    ----------
    label
        Entity of each node, by its table; -1 for none.
    """
    nodes = graph.arrays.nodes
    system = nodes.ancestor[0]
    good = (pairs.approved | (np.nan_to_num(pairs.weight) >= GOOD)) & ~pairs.rejected
    score: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    open_reference = (roles.role == REFERENCE) & (roles.target < 0) & ~roles.declared
    for here, there in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
        rows = good & open_reference[here] & np.isin(roles.role[there], (KEY, ALTERNATE_KEY))
        rows &= (system[here] != system[there]) & (label[here] >= 0)
        for row in np.flatnonzero(rows).tolist():
            column, other = int(here[row]), int(there[row])
            if roles.reason[column] == LIST_OF_IDS:
                continue
            own = label[column] == label[other]
            score[column][int(not own)] += 2.0 if pairs.approved[row] else 1.0
    reason = "links to keys of its own entity"
    return {
        column: Verdict(Role.ALTERNATE_KEY, reason)
        for column, (own, other) in score.items()
        if own > other
    }


def key_columns(
    graph: LinkGraph,
    words: Words,
    roles: ColumnRoles,
    pairs: LinkedPairs,
    label: NDArray[np.int64],
    *,
    origins: OriginSystems,
) -> dict[int, list[KeyColumns]]:
    """Return the keys of each entity: those of one suggestion last, those in most systems first.

    Of these, those with ids of rows come first, then those in most tables.

    Keys of two tables are joined, the strongest link first, if a link between them is approved,
    deterministic or at least 0.8; two ids of rows, or values of two forms, only if it is approved
    or deterministic. A key has one column in each table, and no rejected pair.
    """
    nodes = graph.arrays.nodes
    table = nodes.ancestor[1]
    is_key = np.isin(roles.role, (KEY, ALTERNATE_KEY))
    inside = (label[pairs.a] >= 0) & (label[pairs.a] == label[pairs.b])
    inside &= is_key[pairs.a] & is_key[pairs.b]
    sure = pairs.approved | pairs.exact
    ids = (roles.role[pairs.a] == KEY) & (roles.role[pairs.b] == KEY)
    weight = np.nan_to_num(pairs.weight, nan=1.0)
    joins = inside & ~pairs.rejected & (sure | (~ids & (np.nan_to_num(pairs.weight) >= GOOD)))
    for row in np.flatnonzero(joins & ~sure).tolist():
        one, other = (
            stem_and_form(roles.words.of[int(end[row])], words)[1] for end in (pairs.a, pairs.b)
        )
        joins[row] = not are_apart(one, other, words)
    paths = nodes.path
    rows = sorted(
        np.flatnonzero(joins).tolist(),
        key=lambda row: (
            not pairs.approved[row],
            not pairs.exact[row],
            -weight[row],
            *sorted((paths[int(pairs.a[row])].as_py(), paths[int(pairs.b[row])].as_py())),
        ),
    )
    apart: dict[int, set[int]] = defaultdict(set)
    for row in np.flatnonzero(inside & pairs.rejected).tolist():
        apart[int(pairs.a[row])].add(int(pairs.b[row]))
        apart[int(pairs.b[row])].add(int(pairs.a[row]))
    group: dict[int, set[int]] = {}
    made: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        a, b = int(pairs.a[row]), int(pairs.b[row])
        ours, theirs = group.setdefault(a, {a}), group.setdefault(b, {b})
        if ours is theirs:
            continue
        tables = {int(table[column]) for column in ours}
        clash = any(int(table[column]) in tables for column in theirs)
        if clash or any(not apart[column].isdisjoint(theirs) for column in ours if column in apart):
            continue
        if len(ours) < len(theirs):
            ours, theirs = theirs, ours
        ours |= theirs
        for column in theirs:
            group[column] = ours
        made[id(ours)] += [*made.pop(id(theirs), []), row]
    found: dict[int, list[KeyColumns]] = defaultdict(list)
    for members in {id(one): one for one in group.values() if len(one) > 1}.values():
        joined = made[id(members)]
        columns = tuple(sorted(members, key=lambda column: (paths[column].as_py(), column)))
        found[int(label[columns[0]])].append(
            KeyColumns(
                columns,
                len({origins.of(int(table[column])) for column in columns}),
                int(sum(bool(sure[row]) for row in joined)),
                float(min(weight[row] for row in joined)),
            )
        )
    for keys in found.values():
        keys.sort(
            key=lambda key: (
                not key.n_sure and len(key.columns) == 2,
                -key.n_systems,
                not any(roles.role[column] == KEY for column in key.columns),
                -len(key.columns),
                paths[key.columns[0]].as_py(),
            )
        )
    return found


def refused_keys(
    roles: ColumnRoles, pairs: LinkedPairs, label: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rejected pairs of keys inside one entity, as rows: contradictions to look at."""
    is_key = np.isin(roles.role, (KEY, ALTERNATE_KEY))
    inside = (label[pairs.a] >= 0) & (label[pairs.a] == label[pairs.b])
    refused = (pairs.rejected | pairs.both) & is_key[pairs.a] & is_key[pairs.b]
    return np.flatnonzero(inside & refused)
