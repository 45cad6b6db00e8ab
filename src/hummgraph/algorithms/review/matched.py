"""Two graphs matched by ids: their nodes in one numbering, and the links that differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.graph.data import GraphData, LinkArrays, LinkColumns
from hummgraph.records.ids import id_order
from hummgraph.records.nodes import Ends, Nodes, find_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["LINK_CHANGES", "ChangedLinks", "LinkVersions", "Matched"]

LINK_CHANGES: Final = ("added", "removed", "re-decided", "re-linked", "re-scored", "re-typed")
"""Changes of a link; of several the first is listed."""

ADDED, REMOVED, REDECIDED, RELINKED, RESCORED, RETYPED = range(len(LINK_CHANGES))

_TEXTS: Final = (
    "name",
    "schema_name",
    "api_identifier",
    "kind",
    "data_type",
    "description",
    "is_active",
)


@dataclass(frozen=True, slots=True, eq=False)
class ChangedLinks:
    """Links that differ between two graphs, by id: arrays of shape (n,)."""

    kind: NDArray[np.int64]
    """Position in `LINK_CHANGES`."""
    old: NDArray[np.int64]
    """Position among the old graph's links, -1 for a link that was added."""
    new: NDArray[np.int64]
    """Position among the new graph's links, -1 for a link that was removed."""

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True, eq=False)
class LinkVersions:
    """Links of two graphs, each version of a changed one a row: shape (n,), by id."""

    ends: Ends
    confidence: NDArray[np.float64]
    link_type: NDArray[np.int32]
    old: NDArray[np.int32]
    """Status in the old graph, as a code; the last code if the version is missing."""
    new: NDArray[np.int32]
    """Status in the new graph."""
    changed: NDArray[np.int64]
    """Position among the changed links, -1 for a link that both graphs have alike."""


class Matched:
    """Two graphs whose nodes and links are matched by ids.

    Parameters
    ----------
    old, new
        The graphs; each is read by its own policy.
    """

    def __init__(self, old: LinkGraph, new: LinkGraph) -> None:
        self.old, self.new = old, new
        before, after = old.arrays, new.arrays
        self.nodes, self.code_new, self.code_old = _merged(after.nodes, before.nodes)
        """Nodes of either graph, as the new one has them where it does, and the number of each."""
        self.statuses = _all_names(before.statuses, after.statuses)
        """Names of statuses, known ones first. A code past them stands for no link."""
        self.link_types = _all_names(before.link_types, after.link_types)
        self._old_links = self._links_of(before, self.code_old)
        self._new_links = self._links_of(after, self.code_new)

    @property
    def absent(self) -> int:
        """Code of the status of a missing link. Policies let unknown ones do nothing."""
        return len(self.statuses)

    def _links_of(self, data: GraphData, code: NDArray[np.int32]) -> LinkColumns:
        """Return links whose ends and codes are those of both graphs."""
        links = data.links
        return LinkColumns(
            np.arange(links.n),
            Ends(code[links.ends.source], code[links.ends.target]),
            links.confidence,
            _codes(data.statuses, self.statuses)[links.status],
            _codes(data.link_types, self.link_types)[links.link_type],
        )

    @cached_property
    def is_new(self) -> NDArray[np.bool_]:
        """Whether only the new graph has a node: shape (n_nodes,)."""
        found = np.ones(len(self.nodes), dtype=bool)
        found[self.code_old] = False
        return found

    @cached_property
    def is_gone(self) -> NDArray[np.bool_]:
        """Whether only the old graph has a node: shape (n_nodes,)."""
        found = np.ones(len(self.nodes), dtype=bool)
        found[self.code_new] = False
        return found

    @cached_property
    def old_nodes(self) -> Nodes:
        """Nodes of either graph, as the old one has them where it does, in the same order."""
        return _merged(self.old.arrays.nodes, self.new.arrays.nodes)[0]

    @cached_property
    def moved(self) -> NDArray[np.int64]:
        """Nodes of both graphs that lie in another table or system, or in one that is known now."""
        both = ~(self.is_new | self.is_gone)
        differs = (self.nodes.ancestor != self.old_nodes.ancestor).any(axis=0)
        return np.flatnonzero(both & differs)

    @cached_property
    def links(self) -> ChangedLinks:
        """The links that differ, by id: O(m log m) for m links."""
        old_ids, new_ids = self.old.link_ids, self.new.link_ids
        match = find_ids(old_ids, new_ids)
        here = np.flatnonzero(match >= 0)
        kind = np.full(len(here), -1)
        mine, theirs = self._old_links, self._new_links
        pair = here, match[here]
        for number, differs in (
            (RETYPED, mine.link_type[pair[0]] != theirs.link_type[pair[1]]),
            (RESCORED, _differ(mine.confidence[pair[0]], theirs.confidence[pair[1]])),
            (
                RELINKED,
                (mine.ends.source[pair[0]] != theirs.ends.source[pair[1]])
                | (mine.ends.target[pair[0]] != theirs.ends.target[pair[1]]),
            ),
            (REDECIDED, mine.status[pair[0]] != theirs.status[pair[1]]),
        ):
            kind[differs] = number
        changed = kind >= 0
        removed = np.flatnonzero(match < 0)
        added = np.setdiff1d(np.arange(self.new.n_links), match)
        none = np.int64(-1)
        found = ChangedLinks(
            np.concatenate(
                (kind[changed], np.full(len(removed), REMOVED), np.full(len(added), ADDED))
            ),
            np.concatenate((here[changed], removed, np.full(len(added), none))),
            np.concatenate((match[here[changed]], np.full(len(removed), none), added)),
        )
        ids = np.concatenate((old_ids[here[changed]], old_ids[removed], new_ids[added]))
        order = id_order(ids)
        return ChangedLinks(found.kind[order], found.old[order], found.new[order])

    @cached_property
    def link_ids(self) -> NDArray[np.uint8]:
        """Ids of the links that differ, sixteen bytes each: shape (n, 16)."""
        changed = self.links
        here = changed.new >= 0
        ids = np.empty((len(changed), 16), dtype=np.uint8)
        ids[here] = self.new.link_ids[changed.new[here]]
        ids[~here] = self.old.link_ids[changed.old[~here]]
        return ids

    @cached_property
    def link_ends(self) -> Ends:
        """Ends of the links that differ, in the new graph where that has them."""
        changed, mine, theirs = self.links, self._old_links.ends, self._new_links.ends
        here = changed.new >= 0
        found = []
        for old, new in ((mine.source, theirs.source), (mine.target, theirs.target)):
            ends = np.empty(len(changed), dtype=np.int32)
            ends[here] = new[changed.new[here]]
            ends[~here] = old[changed.old[~here]]
            found.append(ends)
        return Ends(*found)

    @cached_property
    def versions(self) -> LinkVersions:
        """Links of the new graph, and besides the changed and removed ones as they were."""
        changed, absent = self.links, self.absent
        past = np.flatnonzero(changed.old >= 0)
        at = changed.old[past]
        number = np.full(self.new.n_links, -1)
        here = changed.new >= 0
        number[changed.new[here]] = np.flatnonzero(here)
        mine, theirs = self._old_links, self._new_links
        order = id_order(np.concatenate((self.new.link_ids, self.old.link_ids[at])))

        def joined(new: NDArray[Any], old: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate((new, old))[order]

        return LinkVersions(
            Ends(
                joined(theirs.ends.source, mine.ends.source[at]),
                joined(theirs.ends.target, mine.ends.target[at]),
            ),
            joined(theirs.confidence, mine.confidence[at]),
            joined(theirs.link_type, mine.link_type[at]),
            joined(np.where(number < 0, theirs.status, absent), mine.status[at]),
            joined(theirs.status, np.full(len(at), absent)),
            joined(number, past),
        )

    def data(self, *, old_places: bool = False) -> GraphData:
        """Return all versions of links as a graph's data, with their statuses in the new graph.

        Parameters
        ----------
        old_places
            Whether nodes lie where they lay in the old graph.
        """
        rows = self.versions
        columns = LinkColumns(
            np.arange(len(rows.new)), rows.ends, rows.confidence, rows.new, rows.link_type
        )
        return GraphData(
            self.new.snapshot,
            self.new.policy,
            self.old_nodes if old_places else self.nodes,
            LinkArrays(columns),
            [*self.statuses, ""],
            self.link_types,
        )


def _merged(one: Nodes, other: Nodes) -> tuple[Nodes, NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes of both, with the data of the first, and the number of each of both.

    O(n log n) for n nodes.
    """
    known = np.concatenate([other_codes(one, other, depth) for depth in range(3)], dtype=np.int64)
    extra = np.flatnonzero(known < 0)
    depth = np.concatenate((one.depth, other.depth[extra]))
    ids = np.concatenate((one.ids, other.ids[extra]))
    order = id_order(ids)
    order = order[np.argsort(depth[order], kind="stable")]
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    code_one = place[: len(one)]
    code_other = np.empty(len(other), dtype=np.int32)
    code_other[known >= 0] = code_one[known[known >= 0]]
    code_other[extra] = place[len(one) :]
    parent = np.concatenate((_coded(one.parent, code_one), _coded(other.parent[extra], code_other)))
    take = pa.array(order)
    texts = {
        name: pa.concat_arrays(
            [getattr(one, name), getattr(other, name).take(pa.array(extra))]
        ).take(take)
        for name in _TEXTS
    }
    resolved = np.concatenate((one.resolved, other.resolved[extra]))
    nodes = Nodes(
        ids=ids[order], depth=depth[order], parent=parent[order], resolved=resolved[order], **texts
    )
    return nodes, code_one, code_other


def other_codes(one: Nodes, other: Nodes, depth: int) -> NDArray[np.int32]:
    """Return the codes that the nodes of one graph at a depth have in another, -1 for none."""
    begin, end = other.first[depth], other.first[depth + 1]
    return one.find(other.ids[begin:end], depth)


def _coded(parent: NDArray[np.int32], code: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return parents by their numbers among both graphs, -1 for none."""
    found = np.full(len(parent), -1, dtype=np.int32)
    found[parent >= 0] = code[parent[parent >= 0]]
    return found


def _all_names(one: list[str], other: list[str]) -> list[str]:
    """Return names of codes: those of one list, then those that only the other has."""
    return [*one, *(name for name in other if name not in one)]


def _codes(names: list[str], among: list[str]) -> NDArray[np.int32]:
    """Return the code of each name among others."""
    return np.array([among.index(name) for name in names], dtype=np.int32)


def _differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return a mask of the places where two arrays differ, NaN being equal to itself."""
    found: NDArray[np.bool_] = (one != other) & ~(np.isnan(one) & np.isnan(other))
    return found
