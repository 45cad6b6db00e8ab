"""Affinity of tables: evidence that two tables hold rows of one entity."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.entities.columns import (
    ALTERNATE_KEY,
    CATEGORY,
    KEY,
    MEASURE,
    REFERENCE,
    ROLES,
    TECHNICAL,
    TEXT,
    TIME,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.columns import ColumnRoles
    from hummgraph.algorithms.entities.pairs import LinkedPairs
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Affinity", "Constants", "affinity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """Constants of the affinity of tables and of their linkage.

    They were chosen on the demo and on generated organisations; the explanation of entities has the
    figures.
    """

    min_weight: float = 0.5
    """Least weight of a link that counts, unless it is approved."""
    key_exponent: float = 0.5
    """Exponent of the rarity of keys: an e-mail in 25 tables is what identity is."""
    approved: float = 2.0
    """Factor of approved links."""
    damping: float = 4.0
    """Addition to the smaller mass, so that small tables do not match everything."""
    equal_names: float = 0.3
    table_link: float = 0.3
    competition: float = 0.3
    """Exponent of the share of the best rival in the same schema."""
    same_origin: float = 0.3
    """Deduction for tables of one schema: a system keeps an entity in one table."""
    rejected_key: float = 0.4
    """Deduction for tables with a rejected pair of keys."""
    rejected_id: float = 0.2
    """The same for two ids of rows: id spaces may differ in one entity."""
    reference: float = 0.3
    """Factor of the best link between references to both tables, or a reference and a key."""
    rounds: int = 1
    """Number of times that tables are compared again with the roles of the second pass."""
    best: int = 3
    """Number of best pairs whose mean is the linkage of two groups."""


CONSTANTS: Final = Constants()


def _role_weights() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return weights of pairs of roles, those of decided pairs, and of single roles."""
    n = len(ROLES)
    pair = np.full((n, n), 0.05)
    for one, other, weight in (
        (ALTERNATE_KEY, ALTERNATE_KEY, 1.0),
        (KEY, ALTERNATE_KEY, 0.8),
        (TEXT, TEXT, 0.5),
        (ALTERNATE_KEY, TEXT, 0.3),
        (MEASURE, MEASURE, 0.25),
        (CATEGORY, CATEGORY, 0.2),
        (CATEGORY, TEXT, 0.15),
        (ALTERNATE_KEY, REFERENCE, 0.15),
        (KEY, KEY, 0.15),
        (REFERENCE, REFERENCE, 0.1),
        (MEASURE, TEXT, 0.1),
        (TIME, TIME, 0.0),
        (KEY, REFERENCE, 0.0),
        (TECHNICAL, TECHNICAL, 0.0),
    ):
        pair[one, other] = pair[other, one] = weight
    sure = pair.copy()
    sure[KEY, KEY] = 1.0
    own = np.zeros(n)
    for role, weight in (
        (ALTERNATE_KEY, 1.0),
        (TEXT, 0.5),
        (KEY, 0.3),
        (MEASURE, 0.25),
        (CATEGORY, 0.2),
        (REFERENCE, 0.1),
    ):
        own[role] = weight
    return pair, sure, own


_PAIR, _SURE_PAIR, _OWN = _role_weights()


@dataclass(frozen=True, slots=True, eq=False)
class Affinity:
    """Affinity of pairs of tables with evidence for or against them: arrays of shape (n,).

    Tables are numbered in the order of their paths, so that ids decide nothing.
    """

    tables: NDArray[np.int64]
    """Position of each table among the graph's nodes: shape (n_tables,)."""
    t: NDArray[np.int64]
    u: NDArray[np.int64]
    score: NDArray[np.float64]
    place: NDArray[np.int64]
    """Schema of each table, or of its original: shape (n_tables,)."""
    system: NDArray[np.int64]
    """System of each table: shape (n_tables,)."""
    mass: NDArray[np.float64]
    """Sum of what the linked columns of each table weigh: shape (n_tables,)."""
    matched_pair: NDArray[np.int64]
    """Pair of tables of each pair of matched columns: shape (n_matched,)."""
    matched: NDArray[np.int64]
    """Row among the linked columns of each pair of matched columns: shape (n_matched,)."""
    part: NDArray[np.float64]
    """Contribution of each pair of matched columns: shape (n_matched,)."""
    same_name: NDArray[np.bool_]
    """Whether both tables of each pair have the same words, and links: shape (n,)."""


def rarity(n_tables: int, spread: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rarity of columns that lead to a number of tables: in [0, 1].

    Examples
    --------
    >>> rarity(99, np.array([0, 9, 200])).tolist()
    [1.0, 0.5, 0.0]
    """
    # One table more: of two tables, a column that leads to the other says something.
    n = n_tables + 1.0
    found: NDArray[np.float64] = np.log(n / (1.0 + spread)) / np.log(max(n, 2.0))
    return np.maximum(found, 0.0)


def affinity(
    graph: LinkGraph,
    words: Words,
    roles: ColumnRoles,
    *,
    columns: LinkedPairs,
    tables: LinkedPairs,
    original: dict[int, int],
    constants: Constants = CONSTANTS,
) -> Affinity:
    """Return the affinity of linked tables: O(m log m) for m links.

    Parameters
    ----------
    columns, tables
        Linked columns and linked tables.
    original
        Original of each copy, by position.
    """
    nodes = graph.arrays.nodes
    ordered, number = _number_tables(graph)
    n = len(ordered)
    place, system = _places(graph, ordered, original)
    t, u = number[nodes.ancestor[1][columns.a]], number[nodes.ancestor[1][columns.b]]
    low, high = np.minimum(t, u).astype(np.int64), np.maximum(t, u).astype(np.int64)
    pair_of = low * n + high
    role_a, role_b = roles.role[columns.a], roles.role[columns.b]
    counts = columns.approved | (np.nan_to_num(columns.weight) >= constants.min_weight)
    used = np.flatnonzero(counts & ~columns.rejected)
    rare = _rarity_of_columns(len(nodes), n, columns.take(used), t[used], u[used])
    power = np.where(np.isin(roles.role, (KEY, ALTERNATE_KEY)), constants.key_exponent, 1.0)
    worth = rare**power
    sure = (columns.approved | columns.exact)[used]
    a, b, ra, rb = columns.a[used], columns.b[used], role_a[used], role_b[used]
    both_keys = np.isin(ra, (KEY, ALTERNATE_KEY)) & np.isin(rb, (KEY, ALTERNATE_KEY))
    rarest = np.minimum(rare[a], rare[b]) ** np.where(both_keys, constants.key_exponent, 1.0)
    part = columns.weight[used] * np.where(sure, _SURE_PAIR[ra, rb], _PAIR[ra, rb]) * rarest
    part *= np.where(columns.approved[used], constants.approved, 1.0)
    chosen = _match(graph, a, b, pair_of[used], part)
    linked = np.unique(np.concatenate([a, b]))
    mass: NDArray[np.float64] = np.bincount(
        number[nodes.ancestor[1][linked]],
        weights=_OWN[roles.role[linked]] * worth[linked],
        minlength=n,
    ).astype(np.float64)
    one, other = number[tables.a], number[tables.b]
    table_pair = np.minimum(one, other) * n + np.maximum(one, other)
    is_key = np.isin(role_a, (KEY, ALTERNATE_KEY)) & np.isin(role_b, (KEY, ALTERNATE_KEY))
    # Where another pair of keys is certain, a rejected one only says that those columns differ.
    certain = pair_of[is_key & ~columns.rejected & (columns.approved | columns.exact)]
    refused = columns.rejected & is_key & ~np.isin(pair_of, certain)
    both_ids = (role_a == KEY) & (role_b == KEY)
    led, led_weight = _led_pairs(graph, roles, columns.take(used), number=number, rare=rare)
    pairs = np.unique(np.concatenate([pair_of[used], table_pair, pair_of[refused], led]))
    where = np.searchsorted(pairs, pair_of[used][chosen])
    x = np.bincount(where, weights=part[chosen], minlength=len(pairs))
    lower, upper = pairs // n if n else pairs, pairs % n if n else pairs
    score = x / (np.minimum(mass[lower], mass[upper]) + constants.damping)
    by_table = np.zeros(len(pairs))
    weight = np.nan_to_num(tables.weight) * ~tables.rejected
    np.maximum.at(by_table, np.searchsorted(pairs, table_pair), weight)
    by_reference = np.zeros(len(pairs))
    np.maximum.at(by_reference, np.searchsorted(pairs, led), led_weight)
    score += constants.reference * by_reference
    same = _same_names(roles, words, (lower, upper), ordered, place)
    linked_pair = (x > 0) | (by_table > 0) | (by_reference > 0)
    score += constants.equal_names * (same & linked_pair) + constants.table_link * by_table
    score = _compete(score, lower, upper, place, constants.competition)
    score -= constants.same_origin * (place[lower] == place[upper])
    for mask, cost in (
        (refused & ~both_ids, constants.rejected_key),
        (refused & both_ids, constants.rejected_id),
    ):
        against = np.zeros(len(pairs))
        against[np.searchsorted(pairs, pair_of[mask])] = cost
        score -= against
    return Affinity(
        ordered,
        lower,
        upper,
        score,
        place,
        system,
        mass,
        where,
        used[chosen],
        part[chosen],
        same & linked_pair,
    )


def _number_tables(graph: LinkGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the tables in the order of their paths, and the number of each node's in it."""
    nodes = graph.arrays.nodes
    begin, end = nodes.first[[1, 2]].tolist()
    ordered = np.argsort(nodes.path_rank[begin:end]).astype(np.int64) + begin
    number = np.full(len(nodes), -1, dtype=np.int64)
    number[ordered] = np.arange(len(ordered))
    return ordered, number


def _places(
    graph: LinkGraph, ordered: NDArray[np.int64], original: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the schema that each table comes from, and its system, as numbers."""
    nodes = graph.arrays.nodes
    schemas = nodes.schema_name.to_pylist()
    known: dict[Any, int] = {}
    places, systems = [], []
    for code in ordered.tolist():
        at = original.get(code, code)
        # A table whose system is unknown is a place of its own.
        above = int(nodes.ancestor[0][at])
        key = (above, schemas[at]) if above >= 0 else (-1, at)
        places.append(known.setdefault(key, len(known)))
        own = int(nodes.ancestor[0][code])
        systems.append(own if own >= 0 else -1 - code)
    return np.array(places, dtype=np.int64), np.array(systems, dtype=np.int64)


def _led_pairs(
    graph: LinkGraph,
    roles: ColumnRoles,
    pairs: LinkedPairs,
    *,
    number: NDArray[np.int64],
    rare: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs of tables that two linked references, or a reference and a key, identify."""
    a, b, table = pairs.a, pairs.b, graph.arrays.nodes.ancestor[1]
    n_tables = int((number >= 0).sum())
    refers = [(roles.role[end] == REFERENCE) & (roles.target[end] >= 0) for end in (a, b)]
    keys = [np.isin(roles.role[end], (KEY, ALTERNATE_KEY)) for end in (a, b)]
    kept = (refers[0] & (refers[1] | keys[1])) | (keys[0] & refers[1])
    t, u = (
        number[np.where(known, roles.target[end], table[end])]
        for known, end in zip(refers, (a, b), strict=True)
    )
    kept &= t != u
    low, high = np.minimum(t, u)[kept], np.maximum(t, u)[kept]
    weight = pairs.weight * np.minimum(rare[a], rare[b]) ** 0.5
    return low * n_tables + high, weight[kept]


def _rarity_of_columns(
    n_nodes: int, n_tables: int, pairs: LinkedPairs, t: NDArray[Any], u: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the rarity of every node by the number of tables that its links lead to."""
    here = np.concatenate([pairs.a, pairs.b])
    there = np.concatenate([u, t]).astype(np.int64)
    led = np.unique(here * max(n_tables, 1) + there) // max(n_tables, 1)
    return rarity(n_tables, np.bincount(led, minlength=n_nodes))


def _match(
    graph: LinkGraph,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    pair: NDArray[np.int64],
    part: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return rows of a one-to-one matching of columns in each pair of tables, best first.

    Among equal contributions the first by names counts, whatever the ids.
    """
    rank = graph.arrays.nodes.path_rank
    low, high = np.minimum(rank[a], rank[b]), np.maximum(rank[a], rank[b])
    order = np.lexsort((high, low, -np.round(part, 12)))
    order = order[part[order] > 0]
    # Only pairs of tables with several rows have columns to choose from.
    _, at, number = np.unique(pair[order], return_inverse=True, return_counts=True)
    kept = number[at] == 1
    rows = np.flatnonzero(~kept)
    taken: set[tuple[int, int]] = set()
    columns = (one.tolist() for one in (rows, at[rows], a[order[rows]], b[order[rows]]))
    for row, tables, one, other in zip(*columns, strict=True):
        if (tables, one) not in taken and (tables, other) not in taken:
            taken.add((tables, one))
            taken.add((tables, other))
            kept[row] = True
    matched: NDArray[np.int64] = order[kept]
    return matched


def _same_names(
    roles: ColumnRoles,
    words: Words,
    found: tuple[NDArray[np.int64], NDArray[np.int64]],
    ordered: NDArray[np.int64],
    place: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return whether both tables of each pair have the same words, of those that tell tables apart.

    Words of several tables of one schema tell no table from another, as in ``table_1``.
    """
    generic, of = words.tables["generic"], roles.words.of
    called = [of[table] for table in ordered.tolist()]
    places: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for name, at in zip(called, place.tolist(), strict=True):
        places[name].add(at)
    count = Counter(called)
    tells = {
        name: (len(name) > 1 or (len(name) == 1 and name[0] not in generic))
        and 2 * len(places[name]) > number
        for name, number in count.items()
    }
    codes = {name: code for code, name in enumerate(count)}
    code = np.array([codes[name] for name in called], dtype=np.int64)
    telling = np.array([tells[name] for name in called], dtype=bool)
    t, u = found
    same: NDArray[np.bool_] = telling[t] & (code[t] == code[u])
    return same


def _compete(
    score: NDArray[np.float64],
    t: NDArray[np.int64],
    u: NDArray[np.int64],
    place: NDArray[np.int64],
    exponent: float,
) -> NDArray[np.float64]:
    """Return scores that are smaller where a rival in the same schema has a better one."""
    if not len(score):
        return score
    n_places = int(place.max(initial=0)) + 1
    positive = np.maximum(score, 0.0)
    keys = np.concatenate([t * n_places + place[u], u * n_places + place[t]])
    known, at = np.unique(keys, return_inverse=True)
    best = np.zeros(len(known))
    np.maximum.at(best, at, np.tile(positive, 2))
    rival = np.maximum(*np.split(best[at], 2))
    share = np.divide(positive, rival, out=np.ones_like(rival), where=rival > 0)
    return np.where(score > 0, score * share**exponent, score)
