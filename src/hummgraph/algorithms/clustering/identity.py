"""Identity of clusters: what each is worth to a person, and what a person would call it.

The page orders and names clusters by the same rules (``names.ts``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self, cast

import numpy as np

from hummgraph.algorithms.clustering.cluster import LOW_SHARE
from hummgraph.algorithms.clustering.holding import HoldingLinks
from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, REFERENCE
from hummgraph.algorithms.entities.traits import ROLE_VALUES, traits
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.entities.traits import Traits

__all__ = ["ORDERS", "Identity", "NamedClusters", "identities"]

ORDERS: Final = ("identity", "size", "systems", "confidence", "name")
"""Orders by which clusters may be sorted."""

NO_CONFIDENCE: Final = 0.5
"""Confidence of a cluster that no link with one holds."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

ENTITY_SHARE: Final = 0.6
"""Share of members of one entity from which a cluster is named after it."""


KEY_VALUE: Final = ROLE_VALUES[REFERENCE]
"""Worth of a role, in hundredths, from which a column identifies rows, its own or others."""

OWN_KEY_VALUE: Final = ROLE_VALUES[KEY]
"""The same for its own rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """Worth and names of clusters by label: arrays of length n_clusters."""

    value: NDArray[np.float64]
    names: tuple[str, ...]
    share: NDArray[np.float64]
    """Share of the members that carry the words of the name, in [0, 1]."""
    also: tuple[str, ...]
    """Names of most other members, if less than half carry the name; else empty."""
    confidence: NDArray[np.float64]
    n_systems: NDArray[np.int64]
    """Number of systems with a member; a copy is in its original's."""
    gone: NDArray[np.bool_]
    """Whether all members are deleted."""
    role: NDArray[np.int64]
    """Code of the role of most members; -1 where they are no columns."""
    entity: tuple[str, ...]
    """Name of the entity of most members; empty where most are in none."""
    rests_on_keys: NDArray[np.bool_]
    """Whether at least two members identify rows."""


def identities(clusters: NamedClusters) -> Identity:
    """Return the worth and the names of clusters.

    Notes
    -----
    O(n log n + m) for n members and m links.
    """
    found = _Members(clusters, traits(clusters.problem.graph))
    value = found.value()
    names, share, also = found.names(np.lexsort((found.gone, -value)))
    return Identity(
        value,
        names,
        share,
        also,
        found.confidence(),
        found.n_systems(),
        found.gone,
        found.role(),
        found.entity(),
        found.rests_on_keys(),
    )


def _sorted_labels(clusters: NamedClusters) -> NDArray[np.int64]:
    """Return the labels of clusters in the order by which they are sorted."""
    known = clusters.identity
    keys: dict[str, Any] = {
        "identity": -known.value,
        "size": -clusters.sizes,
        "systems": -known.n_systems,
        "confidence": -known.confidence,
        "name": np.array(known.names, dtype=object),
    }
    first = keys[clusters.sorted_by]
    if clusters.sorted_by == "name":
        _, first = np.unique(first, return_inverse=True)  # equal names are equal
    # Sorting is stable: of those alike, the larger comes first.
    return np.lexsort((-known.value, first, known.gone)).astype(np.int64)


class _Members:
    """Traits of the members of clusters."""

    def __init__(self, clusters: NamedClusters, of: Traits) -> None:
        self._clusters = clusters
        self._traits = of
        self._member = clusters.member_index
        self._label = clusters.labels[self._member]
        self._n = clusters.n_clusters
        self._size = clusters.sizes
        deleted = clusters.problem.graph.arrays.nodes.deleted[self._member]
        n_deleted = np.bincount(self._label[deleted], minlength=self._n)
        self.gone = n_deleted == self._size
        """Whether all members are deleted."""

    # --- worth -------------------------------------------------------------------------------

    def value(self) -> NDArray[np.float64]:
        """Return role value x log2(1 + systems) x mean confidence x coherence of each cluster."""
        role = self._mean(self._traits.value[self._member]) / 100.0
        # No two libraries round the last bit of a logarithm alike.
        reach = rounded(np.log2(1.0 + self.n_systems()))
        found = role * reach * self.confidence() * self._coherence()
        value: NDArray[np.float64] = rounded(found)
        return value

    def _mean(self, of_members: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(self._label, weights=of_members, minlength=self._n) / self._size

    def n_systems(self) -> NDArray[np.int64]:
        """Return the number of systems of each cluster, at least 1; a copy is in its original's."""
        system = self._traits.origin[self._member]
        label, _, _ = _counted(self._label[system >= 0], system[system >= 0])
        return np.maximum(np.bincount(label, minlength=self._n), 1)

    def confidence(self) -> NDArray[np.float64]:
        """Return the mean confidence of the links that hold each cluster."""
        graph = self._clusters.problem.graph
        holds = np.flatnonzero(self._clusters.holding_links & ~np.isnan(graph.weights))
        label = self._clusters.labels[graph.arrays.links.ends.source[holds]]
        # Millionths, so that no sum depends on its order.
        weight = np.rint(graph.weights[holds] * 1e6)
        total = np.bincount(label, weights=weight, minlength=self._n)
        number = np.bincount(label, minlength=self._n)
        known = np.full(self._n, NO_CONFIDENCE)
        np.divide(total / 1e6, number, out=known, where=number > 0)
        return known

    def _coherence(self) -> NDArray[np.float64]:
        """Return the share of members about one thing; of ids, with one word and of one thing."""
        of = self._traits
        topic = self._commonest(of.topic[self._member])[1] / self._size
        thing = self._commonest(of.thing[self._member])[1] / self._size
        return np.where(self._is_key(), (topic + thing) / 2.0, np.maximum(topic, thing))

    def _is_key(self) -> NDArray[np.bool_]:
        """Return a mask of the clusters most of whose members identify rows."""
        return self._mean(self._traits.value[self._member] >= KEY_VALUE) > 0.5

    def _commonest(
        self, codes: NDArray[np.int32], apart: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the most frequent code of each cluster, and how often; -1 and 0 for none.

        If there are several, it is the smallest. With ``apart``, members that are alike in it count
        once.
        """
        known = codes >= 0
        of_label, of_code, number = _counted(
            self._label[known], codes[known], None if apart is None else apart[known]
        )
        first = np.lexsort((of_code, -number, of_label))
        label, at = np.unique(of_label[first], return_index=True)
        code, times = np.full(self._n, -1, dtype=np.int64), np.zeros(self._n, dtype=np.int64)
        code[label], times[label] = of_code[first][at], number[first][at]
        return code, times

    def role(self) -> NDArray[np.int64]:
        """Return the most frequent role of each cluster's members."""
        return self._commonest(self._traits.role[self._member].astype(np.int32))[0]

    def entity(self) -> tuple[str, ...]:
        """Return the name of the entity that most members belong or refer to."""
        of = self._traits
        thing, number = self._commonest(of.thing[self._member])
        named = np.array([*of.things, -1])[np.where(2 * number > self._size, thing, -1)]
        return tuple(of.texts[code] if code >= 0 else "" for code in named.tolist())

    def rests_on_keys(self) -> NDArray[np.bool_]:
        """Return whether at least two members of each cluster identify rows."""
        role = self._traits.role[self._member]
        keys = np.isin(role, (KEY, ALTERNATE_KEY))
        return np.bincount(self._label[keys], minlength=self._n) >= 2

    # --- names -------------------------------------------------------------------------------

    def names(
        self, order: NDArray[np.int64]
    ) -> tuple[tuple[str, ...], NDArray[np.float64], tuple[str, ...]]:
        """Return a name for each cluster, no two alike.

        And the share of members that carry it, and what most of the others are called.
        """
        of, member = self._traits, self._member
        ids = self._mean(of.is_id[member]) > 0.5
        is_id = of.is_id[member]
        about, _ = self._commonest(np.where(is_id, of.phrase[member], -1))
        tables = self._clusters.problem.graph.arrays.nodes.ancestor[1][member]
        called, _ = self._commonest(np.where(is_id, -1, of.phrase[member]), tables)
        chosen = np.where(ids, about, called)
        alike = is_id == ids[self._label]
        carries = (of.phrase[member] == chosen[self._label]) & alike
        second, _ = self._commonest(np.where(alike & ~carries, of.phrase[member], -1))
        system = self._named_system(np.where(is_id, of.system[member], -1))
        thing, number = self._commonest(np.where(is_id, -1, of.thing[member]))
        thing[number < ENTITY_SHARE * self._size] = -1
        origin, _ = self._commonest(of.origin[member])
        own = of.value[member]
        keys, _ = self._commonest(np.where(is_id & (own >= OWN_KEY_VALUE), of.origin[member], -1))
        table, _ = self._commonest(of.table[member])

        def text(code: int) -> str:
            return of.texts[code] if code >= 0 else ""

        given = self._given()
        names: list[str] = [""] * self._n
        taken = set(given.values())
        next_number: dict[str, int] = {}
        level = self._clusters.problem.level
        for label in order.tolist():
            base = text(int(chosen[label])) or text(int(table[label])) or "unnamed"
            if ids[label]:
                name = f"{base} id" if base != "id" else base
                if system[label] >= 0:
                    name = f"{text(int(system[label]))} {name}"
                others = [text(int(keys[label])), text(int(origin[label])), text(int(table[label]))]
            else:
                entity = text(of.things[thing[label]]) if thing[label] >= 0 else ""
                plain = level is Level.COLUMN and entity and entity not in base.split(" ")
                name = f"{entity} {base}" if plain else base
                others = [text(int(table[label])), text(int(origin[label]))]
            names[label] = given.get(label) or _free(name, others, taken, next_number)
            taken.add(names[label])
        carries |= np.isin(self._label, list(given))
        share = self._mean(carries)
        also = [""] * self._n
        for label in np.flatnonzero((share < LOW_SHARE) & (second >= 0)).tolist():
            other = text(int(second[label]))
            if not set(names[label].split(" ")).issuperset(other.split(" ")):
                also[label] = f"{other} id" if ids[label] and other != "id" else other
        return tuple(names), share, tuple(also)

    def _given(self) -> dict[int, str]:
        """Return the names that people gave, by label: of several in a cluster the latest.

        A name with a time is later than one without; of those equally late, the last by node.
        """
        graph = self._clusters.problem.graph
        names = sorted(
            graph.given_names.values(),
            key=lambda given: (given.decided_at or _NEVER, given.node_id),
        )
        found: dict[int, str] = {}
        for given in names:
            label = int(self._clusters.labels[graph.index_of(given.node_id)])
            if label >= 0:
                found[label] = given.name
        return found

    def _named_system(self, codes: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the system that at least two members name, and no other as often; else -1."""
        best, number = self._commonest(codes)
        _, second = self._commonest(np.where(codes == best[self._label], -1, codes))
        return np.where((number >= 2) & (second < number), best, -1)


def _counted(
    label: NDArray[np.int64], codes: NDArray[np.int32], apart: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of labels and codes, sorted, and how often each occurs.

    With ``apart``, occurrences that are alike in it count once.
    """
    base = int(codes.max(initial=0)) + 1
    pairs, which, number = np.unique(label * base + codes, return_inverse=True, return_counts=True)
    if apart is not None:
        # Tables are -1 where they are unknown.
        several = int(apart.max(initial=0)) + 2
        number = np.bincount(np.unique(which * several + apart + 1) // several)
    return pairs // base, pairs % base, number


def _free(name: str, others: list[str], taken: set[str], next_number: dict[str, int]) -> str:
    """Return a name that no other cluster has, by other words in brackets or by a number.

    A name with a lower number than the next one is taken: many clusters may have one name.
    """
    said = set(name.split(" "))
    adding = [other for other in others if other and not said.issuperset(other.split(" "))]
    for option in (name, *(f"{name} ({other})" for other in adding)):
        if option not in taken:
            return option
    number = next_number.get(name, 2)
    while f"{name} {number}" in taken:
        number += 1
    next_number[name] = number + 1
    return f"{name} {number}"


_OF_ORDER: Final = frozenset({"order", "quality", "articulation_points", "policy_effect"})
"""Attributes that are computed once and depend on the order."""


class NamedClusters(HoldingLinks):
    """Names of clusters, and the order in which they are listed: the part that people read."""

    if TYPE_CHECKING:
        sorted_by: str

        @property
        def n_clusters(self) -> int:
            """Number of clusters."""

        @property
        def sizes(self) -> NDArray[np.int64]:
            """Number of members of each cluster."""

        @property
        def member_index(self) -> NDArray[np.int64]:
            """Positions of clustered nodes, cluster by cluster."""

    @cached_property
    def identity(self) -> Identity:
        """Worth, names and roles of the clusters, by label."""
        return identities(self)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each cluster by label, the largest first, in the words of its members.

        Ids are called after what most are about, such as ``"Salesforce account id"``, with the
        system that members name. Others are called as most tables call them, after the entity of
        most members, such as ``"person email"``. If several clusters have one name, those after the
        first in the order of identity have another word in brackets, or a number. Names that people
        gave to members take precedence; of all names only these may be alike. `name_shares` shows
        how many members carry the words; where they are few, a cluster is shown with the name of
        most others, as in ``"workspace id, also organization id"``.

        Notes
        -----
        O(n log n + m) for n members and m links, and once for each graph its roles and entities.
        """
        return self.identity.names

    @cached_property
    def name_shares(self) -> NDArray[np.float64]:
        """Share of each cluster's members that carry its name, in [0, 1]: shape (n_clusters,)."""
        return self.identity.share

    @cached_property
    def identity_values(self) -> NDArray[np.float64]:
        """Worth of each cluster to somebody who looks for identities: shape (n_clusters,).

        Mean role value of the members x log2(1 + systems) x mean confidence of the links that hold
        it x coherence. Alternate keys such as e-mails are worth 1, keys .8, references .5, texts
        .35, categories .15, measures .1, times and technical columns 0. A copy counts for the
        system of its original. Coherence is the share of the members with one last word, or of one
        entity, whichever is larger; where most members are keys and references, the mean of both.
        Values lie between 0 and log2(1 + n_systems).
        """
        return self.identity.value

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Labels of the clusters in the order of iteration, frames and files.

        By `identity_values`, highest first, unless :meth:`sort_by` chose another order. Clusters of
        deleted nodes alone come last.
        """
        return _sorted_labels(self)

    def sort_by(self, key: str) -> Self:
        """Return the same clusters in another order.

        Parameters
        ----------
        key
            ``"identity"``, ``"size"``, ``"systems"`` or ``"confidence"`` (the mean of the links
            that hold a cluster), the highest first; or ``"name"``.

        Raises
        ------
        ArgumentError
            If ``key`` is something else.

        Notes
        -----
        O(n log n) for n clusters, besides their names; nothing is clustered again.

        Examples
        --------
        >>> from hummgraph import LinkGraph, cluster
        >>> from hummgraph.datasets import load_demo
        >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
        >>> next(iter(clusters)).name, next(iter(clusters.sort_by("size"))).name
        ('person phone', 'workspace id')
        """
        if key not in ORDERS:
            raise ArgumentError(f"key is {key!r}; it must be one of {', '.join(ORDERS)}.")
        other: Self = replace(cast("Any", self), sorted_by=key)
        # The same clusters: what is known of these is known of them, all but the order.
        known = {name: value for name, value in vars(self).items() if name not in _OF_ORDER}
        vars(other).update(known | {"sorted_by": key})
        return other
