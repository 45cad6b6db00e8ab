"""One-to-one matching between systems: best links, optimal assignment, and CLIP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.constraints import NO_GROUP
from hummgraph.algorithms.clustering.kruskal import join_in_order
from hummgraph.algorithms.kernels.components import components
from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import Pairs

__all__ = ["allowed", "assignment", "best_links", "clip", "in_pair_order"]

MIN_ROUND_PAIRS: Final = 64
"""Rounds on whole arrays go on while each decides at least one pair in this many."""

BATCH_PAIRS: Final = 1_000
"""Most rows of components assigned in one call: many calls are slow, and so are long rows."""

SCORE_UNIT: Final = 10**9
MAX_RANK: Final = 2**20
"""Scores count in billionths, ranks below them: both fit in the 53 bits of a float."""


def best_links(
    pairs: Pairs, constraints: Constraints, system: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Keep each node's best link to each other system, one-to-one, and join by the kept links.

    Going best first, a pair is kept if neither node has a partner in the other's system yet:
    greedy matching between every two systems at once, also known as unique mapping clustering [1]_.
    The kept pairs then join in their order, where constraints allow it.

    Parameters
    ----------
    pairs
        Best first, none below the threshold.
    constraints
        Must-linked nodes are partners from the beginning. Pairs that may not be together take no
        place.
    system
        System of each node, shape (n_nodes,). A node with -1 has one of its own: it takes one
        partner in each system, and others may have any number of such partners.

    Returns
    -------
    NDArray[np.int32]
        Cluster of each node, numbered by their first nodes, shape (n_nodes,).

    Notes
    -----
    O(m log m) for m pairs. Pairs within one system join like others, without one-to-one; where
    ``constraints`` let a cluster have one member of a system, they do not. A chain over a third
    system can bring two members of one system together unless ``constraints`` say so.

    References
    ----------
    .. [1] G. Papadakis, V. Efthymiou, E. Thanos, O. Hassanzadeh, P. Christen: An analysis of
       one-to-one matching algorithms for entity resolution. The VLDB Journal 32, 2023.
       https://doi.org/10.1007/s00778-023-00791-3

    Examples
    --------
    >>> import numpy as np
    >>> from hummgraph.algorithms.clustering.constraints import Constraints
    >>> from hummgraph.algorithms.clustering.problem import Pairs
    >>> pairs = Pairs(
    ...     n_nodes=4,
    ...     a=np.array([0, 0, 1], dtype=np.int32),
    ...     b=np.array([2, 3, 3], dtype=np.int32),
    ...     score=np.array([0.9, 0.8, 0.7]),
    ...     approved=np.zeros(3, dtype=bool),
    ...     link_index=np.arange(3),
    ... )
    >>> none = np.empty((0, 2), dtype=np.int32)
    >>> free = Constraints(4, none, none, np.empty(0, dtype=np.int64), group=None)
    >>> best_links(pairs, free, np.array([0, 0, 1, 1], dtype=np.int32)).tolist()
    [0, 1, 0, 1]
    """
    sides = _pair_sides(allowed(pairs, constraints), constraints, system)
    kept = sides.across[_greedy_match(sides.left, sides.right)]
    return join_in_order(sides.pairs.take(np.union1d(sides.within, kept)), constraints)


def assignment(
    pairs: Pairs, constraints: Constraints, system: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Match two systems one-to-one with the highest sum of scores, and join by the matching.

    Parameters
    ----------
    pairs
        Best first, none below the threshold.
    constraints
        A unit of must-linked nodes is matched as one, by the best pair to each other unit; one that
        has both systems is matched already. Pairs that may not be together are not candidates.
    system
        System of each node, shape (n_nodes,); a node with -1 that is in a pair has one of its own.

    Returns
    -------
    NDArray[np.int32]
        Cluster of each node, numbered by their first nodes, shape (n_nodes,).

    Raises
    ------
    ArgumentError
        If there are not exactly two systems.

    Notes
    -----
    The Hungarian method [1]_ on sparse pairs, component by component [2]_: O(n (m + n log n)) for
    the largest component of n nodes and m pairs, and far less as a rule. Scores count in
    billionths. Where several assignments have the same sum, that whose pairs stand earlier (by the
    sum of their ranks in their component) is taken; if that does not decide, the result still
    depends on the order of pairs alone. Pairs within a system join as in `best_links`.

    References
    ----------
    .. [1] H. Kuhn: The Hungarian method for the assignment problem. Naval Research Logistics
       Quarterly 2, 1955. https://doi.org/10.1002/nav.3800020109
    .. [2] R. Jonker, A. Volgenant: A shortest augmenting path algorithm for dense and sparse linear
       assignment problems. Computing 38, 1987. https://doi.org/10.1007/BF02278710

    Examples
    --------
    >>> import numpy as np
    >>> from hummgraph.algorithms.clustering.constraints import Constraints
    >>> from hummgraph.algorithms.clustering.problem import Pairs
    >>> pairs = Pairs(
    ...     n_nodes=4,
    ...     a=np.array([0, 0, 1], dtype=np.int32),
    ...     b=np.array([2, 3, 2], dtype=np.int32),
    ...     score=np.array([0.9, 0.8, 0.8]),
    ...     approved=np.zeros(3, dtype=bool),
    ...     link_index=np.arange(3),
    ... )
    >>> none = np.empty((0, 2), dtype=np.int32)
    >>> free = Constraints(4, none, none, np.empty(0, dtype=np.int64), group=None)
    >>> assignment(pairs, free, np.array([0, 0, 1, 1], dtype=np.int32)).tolist()
    [0, 1, 1, 0]
    """
    check_two_systems(np.union1d(pairs.a, pairs.b), system)
    return assigned(pairs, constraints, system)


def check_two_systems(paired: NDArray[np.int32], system: NDArray[np.int32]) -> None:
    """Raise if there are not just two systems; a paired node without one has one of its own."""
    n_systems = len(np.unique(system[system >= 0])) + int(np.count_nonzero(system[paired] < 0))
    if n_systems != 2:
        raise ArgumentError(
            f"method 'assignment' matches two systems, and there are {n_systems:,}.",
            hint="Use method 'best_links' for several.",
        )


def assigned(
    pairs: Pairs, constraints: Constraints, system: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the result of :func:`assignment` for some components of the pairs of two systems."""
    sides = _pair_sides(allowed(pairs, constraints), constraints, system)
    a, b = sides.pairs.a[sides.across], sides.pairs.b[sides.across]
    swap = system[a] < system[b]
    x, y = constraints.unit[np.where(swap, b, a)], constraints.unit[np.where(swap, a, b)]
    key = np.minimum(x, y).astype(np.int64) * constraints.n_units + np.maximum(x, y)
    # Of several pairs between the same two units the best comes first.
    first = np.sort(np.unique(key, return_index=True)[1])
    candidates = sides.across[first]
    matched = _heaviest_match(x[first], y[first], sides.pairs.score[candidates])
    kept = candidates[matched]
    return join_in_order(sides.pairs.take(np.union1d(sides.within, kept)), constraints)


def clip(pairs: Pairs, constraints: Constraints, system: NDArray[np.int32]) -> NDArray[np.int32]:
    """Join by links that are the best of both ends, then by those that are the best of one.

    A link is *strong* if it is the best that either end has in the other's system, *normal* if it
    is so for one end only, and *weak* otherwise; weak links are dropped. Clusters have at most one
    member of each system.

    Parameters
    ----------
    pairs
        Best first, none below the threshold.
    constraints
        Must-linked nodes are partners from the beginning. Pairs that may not be together are never
        the best.
    system
        System of each node, shape (n_nodes,). A node with -1 has one of its own.

    Returns
    -------
    NDArray[np.int32]
        Cluster of each node, numbered by their first nodes, shape (n_nodes,).

    Notes
    -----
    O(m log m) for m pairs. CLIP [1]_ first sets complete components of strong links aside, those
    with one member of every system; then it takes the components of the other strong and normal
    links, and splits those with two members of a system. Here strong links join before normal ones,
    each kind in the order of pairs, and no join gives a cluster two members of a system. This makes
    the same complete clusters, because no strong link into one is refused before it is complete,
    and nothing can join it afterwards; and it keeps every component that has no system twice. Pairs
    within a system are dropped: the method holds systems free of duplicates.

    References
    ----------
    .. [1] A. Saeedi, E. Peukert, E. Rahm: Using link features for entity clustering in knowledge
       graphs. ESWC 2018. https://doi.org/10.1007/978-3-319-93417-4_37

    Examples
    --------
    >>> import numpy as np
    >>> from hummgraph.algorithms.clustering.constraints import Constraints
    >>> from hummgraph.algorithms.clustering.problem import Pairs
    >>> pairs = Pairs(
    ...     n_nodes=4,
    ...     a=np.array([0, 1, 0], dtype=np.int32),
    ...     b=np.array([2, 3, 3], dtype=np.int32),
    ...     score=np.array([0.9, 0.8, 0.7]),
    ...     approved=np.zeros(3, dtype=bool),
    ...     link_index=np.arange(3),
    ... )
    >>> none = np.empty((0, 2), dtype=np.int32)
    >>> free = Constraints(4, none, none, np.empty(0, dtype=np.int64), group=None)
    >>> clip(pairs, free, np.array([0, 1, 2, 2], dtype=np.int32)).tolist()
    [0, 1, 0, 1]
    """
    sides = _pair_sides(allowed(pairs, constraints), constraints, system)
    best = _is_first(sides.left, sides.right)
    strength = best[0].astype(np.int8) + best[1]
    order = np.argsort(-strength, kind="stable")[: np.count_nonzero(strength)]
    chosen = sides.pairs.take(sides.across[order])
    if constraints.group is None or _is_nested(constraints.group, system):
        return join_in_order(chosen, replace(constraints, group=system))
    # A twin of each node, tied to it, carries its system: so a node has two groups.
    n = constraints.n_nodes
    nodes = np.arange(n, dtype=np.int32)
    twins = np.column_stack((nodes, nodes + np.int32(n)))
    offset = constraints.group.max(initial=NO_GROUP) + 1
    both = replace(
        constraints,
        n_nodes=2 * n,
        must=np.concatenate((constraints.must, twins)),
        group=np.concatenate(
            (constraints.group, np.where(system >= 0, system + offset, NO_GROUP))
        ).astype(np.int32),
    )
    return join_in_order(replace(chosen, n_nodes=2 * n), both)[:n]


def allowed(pairs: Pairs, constraints: Constraints) -> Pairs:
    """Return the pairs whose two units may be together: O(m log m)."""
    unit, n = constraints.unit, constraints.n_units
    x, y = unit[pairs.a].astype(np.int64), unit[pairs.b].astype(np.int64)
    ok = x != y
    apart, _ = constraints.apart
    ok &= ~_contains_each(
        apart[:, 0].astype(np.int64) * n + apart[:, 1], np.minimum(x, y) * n + np.maximum(x, y)
    )
    units, groups = constraints.unit_groups
    if len(units):
        n_groups = int(groups.max()) + 1
        begin = np.searchsorted(units, x)
        count = np.searchsorted(units, x, side="right") - begin
        pair = np.repeat(np.arange(len(pairs)), count)
        row = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count - begin, count)
        shared = _contains_each(
            units.astype(np.int64) * n_groups + groups, y[pair] * n_groups + groups[row]
        )
        ok[pair[shared]] = False
    return pairs.take(ok)


def in_pair_order(
    size: NDArray[Any], x: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return units in the order of their first pair, then of their second: names do not matter.

    Of two units with the same first pair none has the same second: pairs are condensed. If neither
    has a second, the larger comes first; of the same size they are alike. Returns the units in that
    order, and the ends of the pairs by their new numbers.
    """
    n_units = len(size)
    ends = np.column_stack((x, y)).ravel()
    order = np.argsort(ends, kind="stable")
    ranked = ends[order]
    begin = np.searchsorted(ranked, np.arange(n_units))
    count = np.searchsorted(ranked, np.arange(n_units), side="right") - begin
    units = np.flatnonzero(count)
    first = order[begin[units]] // 2
    last = np.full(len(units), len(x))
    several = count[units] > 1
    last[several] = order[begin[units[several]] + 1] // 2
    units = units[np.lexsort((-size[units], last, first))]
    number = np.full(n_units, -1)
    number[units] = np.arange(len(units))
    return units, number[x], number[y]


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Pairs, and the place that a pair across systems takes at either end."""

    pairs: Pairs
    within: NDArray[np.intp]
    """Positions of the pairs within one system."""
    across: NDArray[np.intp]
    """Positions of those across two of which no end has a partner yet: shape (n_across,)."""
    left: NDArray[np.intp]
    """Code of "the partner of a's unit in b's system": shape (n_across,)."""
    right: NDArray[np.intp]
    """Code of "the partner of b's unit in a's system", not among those of ``left``."""


def _pair_sides(pairs: Pairs, constraints: Constraints, system: NDArray[np.int32]) -> _Sides:
    """Return the places that pairs take."""
    n = pairs.n_nodes
    place = np.where(system >= 0, system, system.max(initial=-1) + 1 + np.arange(n))
    # Dense, so that unit and place fit in one number.
    place = np.unique(place, return_inverse=True)[1].astype(np.int64)
    unit = constraints.unit.astype(np.int64)
    taken = np.unique(unit * n + place)
    left = unit[pairs.a] * n + place[pairs.b]
    right = unit[pairs.b] * n + place[pairs.a]
    same = place[pairs.a] == place[pairs.b]
    open_ = ~(same | _contains_each(taken, left) | _contains_each(taken, right))
    across = np.flatnonzero(open_)
    codes = np.unique(np.concatenate((left[across], right[across])), return_inverse=True)[1]
    return _Sides(pairs, np.flatnonzero(same), across, codes[: len(across)], codes[len(across) :])


def _contains_each(known: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return a mask of the numbers that are among the known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(asked), dtype=np.bool_)
    found = known[np.minimum(np.searchsorted(known, asked), len(known) - 1)]
    result: NDArray[np.bool_] = found == asked
    return result


def _is_nested(group: NDArray[np.int32], system: NDArray[np.int32]) -> bool:
    """Return whether one member of each system means one of each group, too."""
    has = group != NO_GROUP
    groups, systems = group[has], system[has]
    return bool(np.all(systems >= 0)) and len(np.unique(groups)) == len(
        np.unique(np.column_stack((groups, systems)), axis=0)
    )


def _is_first(
    left: NDArray[np.intp], right: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return masks of the pairs that are first at their left place, and at their right one."""
    n_places = 1 + max(left.max(initial=-1), right.max(initial=-1))
    position = np.arange(len(left))
    first = np.full(n_places, len(left))
    np.minimum.at(first, left, position)
    np.minimum.at(first, right, position)
    return first[left] == position, first[right] == position


def _greedy_match(left: NDArray[np.intp], right: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the pairs that are kept if each takes both its places, in order, when they are free.

    A pair that is the first of both its places is kept in any case, so all of these are kept at
    once, again and again (locally dominant edges, Preis 1999); what long chains leave goes one by
    one.
    """
    n_places = 1 + max(left.max(initial=-1), right.max(initial=-1))
    free = np.ones(n_places, dtype=np.bool_)
    rest = np.arange(len(left))
    kept = []
    worth = True
    while len(rest) and worth:
        at_left, at_right = _is_first(left[rest], right[rest])
        chosen = rest[at_left & at_right]
        free[left[chosen]] = False
        free[right[chosen]] = False
        kept.append(chosen)
        before = len(rest)
        rest = rest[free[left[rest]] & free[right[rest]]]
        worth = (before - len(rest)) * MIN_ROUND_PAIRS >= before
    singly = []
    for position, x, y in zip(
        rest.tolist(), left[rest].tolist(), right[rest].tolist(), strict=True
    ):
        if free[x] and free[y]:
            free[x] = free[y] = False
            singly.append(position)
    return np.sort(np.concatenate((*kept, np.array(singly, dtype=np.intp))))


def _heaviest_match(
    x: NDArray[np.int32], y: NDArray[np.int32], score: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return the positions of the pairs of the matching with the highest sum.

    Numbers and sides are made by the order of pairs, so that names do not decide ties either.
    """
    if not len(x):
        return np.empty(0, dtype=np.intp)
    alike = np.zeros(1 + int(max(x.max(), y.max())), dtype=np.intp)
    units, x_unit, y_unit = in_pair_order(alike, x, y)
    component = components(len(units), x_unit, y_unit)
    of_pair = component[x_unit]
    size = np.bincount(component)
    n_x = np.bincount(component[np.unique(x_unit)], minlength=len(size))
    # The smaller side makes the rows; of two equal ones that with the first unit.
    is_x = np.isin(np.unique(component, return_index=True)[1], x_unit)
    x_rows = (2 * n_x < size) | ((2 * n_x == size) & is_x)
    row = np.where(x_rows[of_pair], x_unit, y_unit)
    column = np.where(x_rows[of_pair], y_unit, x_unit)
    n_rows = np.minimum(n_x, size - n_x)
    weight = _match_weights(score, of_pair, n_rows)
    batch = ((np.cumsum(n_rows) - n_rows) // BATCH_PAIRS)[of_pair]
    order = np.argsort(batch, kind="stable")
    found = [
        chosen[_full_matching(row[chosen], column[chosen], weight[chosen])]
        for chosen in np.split(order, np.flatnonzero(np.diff(batch[order])) + 1)
    ]
    return np.sort(np.concatenate(found))


def _match_weights(
    score: NDArray[np.float64], component: NDArray[np.int32], n_rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return whole weights: billionths of scores, then ranks that all together weigh less than one.

    Every weight is above 0, so a pair is taken whose units are free.
    """
    order = np.argsort(component, kind="stable")
    n_pairs = np.bincount(component)
    behind = np.empty(len(score), dtype=np.int64)
    end = np.cumsum(n_pairs)[component[order]]
    behind[order] = end - np.arange(len(order))
    room = MAX_RANK // (n_rows[component] + 1)
    rank = behind * room // (n_pairs[component] + 1)
    weight: NDArray[np.float64] = np.rint(score * SCORE_UNIT) * MAX_RANK + rank + 1.0
    return weight


def _full_matching(
    row: NDArray[np.intp], column: NDArray[np.intp], weight: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return the positions of the pairs that match rows to columns with the highest sum, unordered.

    Each row has a partner of its own besides, with weight 0, so that all rows can be matched.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows, row = np.unique(row, return_inverse=True)
    columns, column = np.unique(column, return_inverse=True)
    n, m = len(rows), len(columns)
    alone = np.arange(n)
    # Every row is matched once, so adding to all weights changes nothing; scipy drops zeros.
    matrix = coo_array(
        (
            np.concatenate((weight + 1.0, np.ones(n))),
            (np.concatenate((row, alone)), np.concatenate((column, m + alone))),
        ),
        shape=(n, m + n),
    ).tocsr()
    at_row, at_column = min_weight_full_bipartite_matching(matrix, maximize=True)
    partner = np.empty(n, dtype=np.intp)
    partner[at_row] = at_column
    return np.flatnonzero(partner[row] == column)
