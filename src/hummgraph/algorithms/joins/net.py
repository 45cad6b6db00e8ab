"""Net of all joins between tables: links, relationships, and chains of links that are one join."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from math import inf, log
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hummgraph.algorithms.joins.keys import Grade, JoinKey, Meanings
from hummgraph.algorithms.joins.values import CONTRADICTED, SUPPORTED, checked_links
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, DETERMINISTIC, REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Join", "JoinNet"]

_LINK_COST: Final = -log(0.95)
"""Cost of each further link of a chain: of equally good joins the shorter chain is better."""
_EVEN: Final = 0.5
"""Chains that are wrong more likely than right join nothing."""
_MOST_CHAINED: Final = 200
"""Most columns that chains from one column lead to."""
_SUGGESTED: Final = 0.9
"""Factor of a suggestion besides its weight: less than any decision's."""
_ACTOR: Final = (1.0, 0.5, 0.4)
"""Factors of a reference by the kind of person that it names."""
_KIN: Final = 0.5
"""Factor of a reference to another row of the same kind, such as ``parent_id``."""
_COPY: Final = 0.7
"""Factor of a step between a table and its copy."""
_NOT_OWN: Final = 0.97
"""Factor of a key of a table and its copy that is not the id of the row."""
_VAGUE: Final = 0.5
"""Factor of a relationship with an unknown column: its query does not run."""
_MORE_WORDS: Final = 0.97
"""Factor for each word beyond the thing's in a reference, as in ``ship_to_customer_id``."""


class Join(NamedTuple):
    """One comparison of two columns, seen from the table of the first.

    Parameters
    ----------
    begin, end
        Positions of the columns; of tables where the columns are unknown.
    table
        Position of the second's table.
    links
        Positions in the net of the link, or of the chain's links in order.
    grade
        Quality of the join.
    weight
        Product of the weights, in (0, 1].
    trust
        Weight and factor together, decisions first: what ways are ranked by, in (0, 1].
    cost
        Minus the logarithm of that, and of what counts against the kind of join.
    actor
        Whether it compares references to those who handle rows.
    """

    begin: int
    end: int
    table: int
    links: tuple[int, ...]
    grade: Grade
    weight: float
    trust: float
    cost: float
    actor: bool

    @property
    def direct(self) -> bool:
        """Whether it is one link or relationship."""
        return len(self.links) == 1


class _Reputation(NamedTuple):
    """Factors against a join by the names of its columns, whatever the two tables are."""

    tables: frozenset[int]
    is_copy: bool
    """Whether both tables have the same rows, or one of them is a copy of the other."""
    is_foreign: bool
    """Whether one of the columns is not about the rows of such a table itself."""
    references: tuple[tuple[frozenset[str], tuple[float, float], bool], ...]
    """Columns that refer to rows: words of each, factors against it, and whether it names staff."""


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    """A join without what depends on the two tables; the same names as in :class:`Join`."""

    begin: int
    end: int
    table: int
    links: tuple[int, ...]
    grade: Grade
    weight: float
    trust: float
    known: _Reputation | None
    """``None`` if its ends are no columns."""
    made: dict[tuple[bool, ...], Join] = field(default_factory=dict)
    """The join by what the two tables make of it: whether they are others, and what is asked."""

    def join(self, ends: frozenset[int], asked: frozenset[str]) -> Join:
        """Return the join for two tables, of whose names the words are given."""
        case: tuple[bool, ...] = ()
        if self.known is not None:
            named = [not words.isdisjoint(asked) for words, _, _ in self.known.references]
            case = (self.known.tables != ends, *named)
        if case not in self.made:
            self.made[case] = self._made_for(case)
        return self.made[case]

    def _made_for(self, case: tuple[bool, ...]) -> Join:
        counted, is_actor = _VAGUE, False
        if self.known is not None:
            # A landed copy has the same rows: it helps only where its original lacks links.
            counted = _COPY if self.known.is_copy and case[0] else 1.0
            if self.known.is_foreign:
                counted *= _NOT_OWN
            for (_, factors, names_staff), is_asked in zip(
                self.known.references, case[1:], strict=True
            ):
                if not is_asked:
                    for factor in factors:
                        counted *= factor
                    is_actor = is_actor or names_staff
        cost = -log(self.trust * counted) + _LINK_COST * (len(self.links) - 1)
        counts = self.weight * self.grade.factor
        ends = self.begin, self.end, self.table
        return Join(*ends, self.links, self.grade, self.weight, counts, cost, is_actor)


@dataclass(frozen=True, eq=False)
class JoinNet:
    """Links and relationships between columns of different tables: arrays of shape (n,).

    The better one of a link and a relationship between the same columns is kept. Ends are columns,
    or tables where the columns are unknown.
    """

    graph: LinkGraph
    meanings: Meanings
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    """NaN for links without a weight."""
    item: NDArray[np.int64]
    """Position among the graph's links; for a relationship, ``-1`` minus its position."""
    n_parallel: NDArray[np.int64]
    decided: NDArray[np.bool_]
    refused: frozenset[tuple[int, int]]
    """Pairs of columns that are rejected, the smaller position first."""
    contradicted: NDArray[np.bool_]
    """Mask of the joins that nobody approved and values contradict."""

    @classmethod
    def of(cls, graph: LinkGraph, meanings: Meanings) -> JoinNet:
        """Return the best link or relationship between each two columns; O(m log m)."""
        nodes, links, declared = graph.arrays.nodes, graph.arrays.links, graph.relationships
        table = nodes.ancestor[1]
        columns = graph.link_levels == Level.COLUMN.depth
        one, other = table[links.ends.source], table[links.ends.target]
        usable = np.flatnonzero(columns & (one >= 0) & (other >= 0) & (one != other))
        owned = table[declared.source], table[declared.target]
        kept = np.flatnonzero(
            (declared.weight > 0) & (owned[0] >= 0) & (owned[1] >= 0) & (owned[0] != owned[1])
        )
        source = np.concatenate([links.ends.source[usable], declared.source[kept]]).astype(np.int64)
        target = np.concatenate([links.ends.target[usable], declared.target[kept]]).astype(np.int64)
        weight = np.concatenate([graph.weights[usable], declared.weight[kept]])
        weight = np.where(weight > 0, weight, np.nan)
        item = np.concatenate([usable, -1 - kept]).astype(np.int64)
        status = links.status[usable]
        sure = (status == APPROVED) | (links.link_type[usable] == DETERMINISTIC)
        checked = checked_links(graph)
        verdicts = np.array(
            [checked[at].verdict if at in checked else None for at in usable.tolist()], dtype=object
        )
        # What values support is as good as decided, and what they contradict needs an approval.
        wrong = (verdicts == CONTRADICTED) & (status != APPROVED)
        sure = (sure | (verdicts == SUPPORTED)) & ~wrong
        sure &= ~np.isnan(weight[: len(usable)])
        # What a system declares itself is decided.
        decided = np.concatenate([sure, np.ones(len(kept), dtype=bool)])
        approved = np.concatenate([status == APPROVED, np.ones(len(kept), dtype=bool)])
        low, high = np.minimum(source, target), np.maximum(source, target)
        order = np.lexsort(
            (
                item < 0,
                item,
                ~approved,
                -np.nan_to_num(weight),
                ~decided,
                np.isnan(weight),
                high,
                low,
            )
        )
        low, high = low[order], high[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        begin = np.flatnonzero(first)
        best = order[begin]
        refused = columns & (links.status == REJECTED) & ~(graph.weights > 0)
        pairs = np.stack([links.ends.source[refused], links.ends.target[refused]])
        pairs.sort(axis=0)
        return cls(
            graph,
            meanings,
            source[best],
            target[best],
            weight[best],
            item[best],
            np.diff(np.append(begin, len(order))) - 1,
            decided[best],
            frozenset(zip(*pairs.tolist(), strict=True)),
            np.concatenate([wrong, np.zeros(len(kept), dtype=bool)])[best],
        )

    @cached_property
    def end_tables(self) -> NDArray[np.int64]:
        """Tables of both ends: shape (2, n)."""
        table = self.graph.arrays.nodes.ancestor[1].astype(np.int64)
        return np.stack([table[self.source], table[self.target]])

    @cached_property
    def _at_node(self) -> dict[int, list[int]]:
        """Positions of joins by each of their ends."""
        found: dict[int, list[int]] = {}
        for at, ends in enumerate(zip(self.source.tolist(), self.target.tolist(), strict=True)):
            for end in ends:
                found.setdefault(end, []).append(at)
        return found

    @cached_property
    def _nodes_of(self) -> dict[int, list[int]]:
        """Ends of joins by their table, in order."""
        table = self.graph.arrays.nodes.ancestor[1]
        found: dict[int, list[int]] = {}
        for node in sorted(self._at_node):
            found.setdefault(int(table[node]), []).append(node)
        return found

    @cached_property
    def _vague(self) -> frozenset[int]:
        """Joins of which a column is unknown, while others between the same two tell it."""
        depth = self.graph.arrays.nodes.depth
        known: set[tuple[int, int]] = set()
        for at in range(len(self.item)):
            if depth[self.source[at]] == depth[self.target[at]] == Level.COLUMN.depth:
                tables = self.end_tables[:, at].tolist()
                known |= {(int(self.source[at]), tables[1]), (int(self.target[at]), tables[0])}
        return frozenset(
            at
            for at in range(len(self.item))
            if (int(self.source[at]), int(self.target[at])) in known
            or (int(self.target[at]), int(self.source[at])) in known
        )

    def living(self, ends: tuple[int, int]) -> NDArray[np.bool_]:
        """Return a mask of nodes that are not deleted.

        In the two tables to join, only a column that is deleted itself counts as deleted: the
        tables were chosen by the caller.
        """
        nodes = self.graph.arrays.nodes
        if not nodes.deleted[[*ends]].any():
            return self._living
        asked = np.isin(nodes.ancestor[1], ends)
        gone: NDArray[np.bool_] = np.where(
            asked, nodes.own_deleted & (nodes.depth == 2), nodes.deleted
        )
        return ~gone

    @cached_property
    def _living(self) -> NDArray[np.bool_]:
        """Mask of the nodes that are not deleted."""
        return ~self.graph.arrays.nodes.deleted

    # --- joins of a table ---------------------------------------------------------------------

    def grade(self, at: int, begin: int, end: int) -> Grade:
        """Return the quality of a join, seen from one of its ends; it is found once."""
        if (at, begin) not in self._grades:
            self._grades[at, begin] = self._grade(at, begin, end)
        return self._grades[at, begin]

    @cached_property
    def _grades(self) -> dict[tuple[int, int], Grade]:
        """Grades so far."""
        return {}

    def _grade(self, at: int, begin: int, end: int) -> Grade:
        depth = self.graph.arrays.nodes.depth
        if depth[begin] == depth[end] == Level.COLUMN.depth:
            grade = self.meanings.grade(begin, end, decided=bool(self.decided[at]))
            if self.contradicted[at]:
                return grade._replace(key=max(grade.key, JoinKey.DOUBTFUL))
            if self.item[at] >= 0 or grade.refers[0] != grade.refers[1]:
                return grade
        # What a system declares leads from a reference to a key.
        forward = begin == self.source[at]
        return Grade(JoinKey.IDENTIFYING, 1.0, (forward, not forward))

    def joins_of(
        self, table: int, alive: NDArray[np.bool_] | None, ends: tuple[int, int]
    ) -> list[Join]:
        """Return the joins of a table, chains with them, the cheapest first.

        Parameters
        ----------
        table
            Position of the table.
        alive
            Mask of the nodes that may be joined; ``None`` for all.
        ends
            The two tables to join, which references are compared with.
        """
        found = []
        for node in self._nodes_of.get(table, ()):
            if alive is None or alive[node]:
                found += self._from(node, alive, ends)
        found.sort(key=lambda join: (join.cost, join.links))
        return found

    def _from(
        self, node: int, alive: NDArray[np.bool_] | None, ends: tuple[int, int]
    ) -> list[Join]:
        """Return the joins of a column; what depends on neither of both tables is found once."""
        both, asked = frozenset(ends), self._asked_of(ends)
        return [draft.join(both, asked) for draft in self._drafts(node, alive, both)]

    def _drafts(
        self, node: int, alive: NDArray[np.bool_] | None, ends: frozenset[int]
    ) -> list[_Draft]:
        """Return the joins of a column without what the names of both tables count.

        A search that stops at some tables finds the same as one that stops at others too to which
        its chains do not lead, or only at their ends.
        """
        if alive is not None and alive is not self._living:
            return self._drafted(node, alive, ends)[0]
        stops: frozenset[int] = frozenset()
        while True:
            key = node, alive is None, stops
            if key not in self._met:
                self._met[key] = self._drafted(node, alive, stops)
            found, passed = self._met[key]
            if passed.isdisjoint(ends):
                return found
            stops |= passed & ends

    @cached_property
    def _met(
        self,
    ) -> dict[tuple[int, bool, frozenset[int]], tuple[list[_Draft], frozenset[int]]]:
        """Joins so far: by their first column, whether deleted nodes count, and where they stop."""
        return {}

    def _drafted(
        self, node: int, alive: NDArray[np.bool_] | None, ends: frozenset[int]
    ) -> tuple[list[_Draft], frozenset[int]]:
        """Return the joins of a column, and the tables over which its chains lead."""
        found, joined = [], {node}
        for at in self._at_node[node]:
            other = self.other_end(at, node)
            if np.isnan(self.weight[at]) or at in self._vague:
                continue
            if alive is None or alive[other]:
                grade = self.grade(at, node, other)
                # A chain adds nothing to a good link; a doubtful one it may confirm.
                if grade.key is JoinKey.IDENTIFYING:
                    joined.add(other)
                found.append(self._measured(node, other, (at,), grade))
        chains, passed = self._chains(node, alive, joined, ends)
        for other, links in chains:
            chain = self._chain(node, other, links)
            if chain is not None:
                found.append(chain)
        return found, passed

    def _chain(self, node: int, other: int, links: tuple[int, ...]) -> _Draft | None:
        """Return a chain, if it identifies rows; the same one is found for many pairs of tables."""
        key = node, links
        if key not in self._graded:
            decided = bool(self.decided[[*links]].all())
            grade = self.meanings.grade(node, other, decided=decided)
            is_good = grade.key is JoinKey.IDENTIFYING
            self._graded[key] = self._measured(node, other, links, grade) if is_good else None
        return self._graded[key]

    @cached_property
    def _graded(self) -> dict[tuple[int, tuple[int, ...]], _Draft | None]:
        """Chains so far, by their first column and their links."""
        return {}

    def _measured(self, begin: int, end: int, links: tuple[int, ...], grade: Grade) -> _Draft:
        if len(links) == 1:
            weight, trust = float(self.weight[links[0]]), self._effective(links[0])
        else:
            weight = float(np.prod(self.weight[[*links]]))
            trust = float(np.prod([self._effective(at) for at in links]))
        table, known = self._places[1][end], self._reputation(begin, end, grade.refers)
        return _Draft(begin, end, table, links, grade, weight, grade.factor * trust, known)

    def other_end(self, at: int, node: int) -> int:
        """Return the end of a join that is not a node."""
        source = int(self.source[at])
        return int(self.target[at]) if source == node else source

    def columns_of(self, join: Join) -> tuple[int, ...]:
        """Return the columns that a join takes as the same, in order."""
        columns = [join.begin]
        for at in join.links:
            columns.append(self.other_end(at, columns[-1]))
        return tuple(columns)

    def _sound(self, node: int) -> list[tuple[int, int, float, float]]:
        """Return the links of a column that chains may lead over: found once.

        Each is a position, the other end, its cost, and what it counts in the weight of a chain.
        """
        if node not in self._sounds:
            depth = self.graph.arrays.nodes.depth
            found = []
            for at in self._at_node.get(node, ()):
                other = self.other_end(at, node)
                if np.isnan(self.weight[at]) or depth[node] != 2 or depth[other] != 2:
                    continue
                if self.grade(at, node, other).key is JoinKey.IDENTIFYING:
                    counted = 1.0 if self.decided[at] else float(self.weight[at])
                    found.append((at, other, -log(self._effective(at)), counted))
            self._sounds[node] = found
        return self._sounds[node]

    @cached_property
    def _sounds(self) -> dict[int, list[tuple[int, int, float, float]]]:
        """Links so far that chains may lead over, by each of their ends."""
        return {}

    def _chains(
        self,
        start: int,
        alive: NDArray[np.bool_] | None,
        joined: set[int],
        ends: frozenset[int],
    ) -> tuple[list[tuple[int, tuple[int, ...]]], frozenset[int]]:
        """Return the best chain of two links and more from a column to others of other tables.

        The other value is the tables over which chains lead: none of them is among ``ends``.
        """
        table = self.graph.arrays.nodes.ancestor[1]
        if self.graph.arrays.nodes.depth[start] != Level.COLUMN.depth:
            return [], frozenset()
        found: list[tuple[int, tuple[int, ...]]] = []
        passed: set[int] = set()
        done: set[int] = set()
        waiting: list[tuple[float, int, tuple[int, ...], float]] = [(0.0, start, (), 1.0)]
        while waiting and len(done) < _MOST_CHAINED:
            cost, node, links, weight = heappop(waiting)
            if node in done:
                continue
            done.add(node)
            pair = (min(start, node), max(start, node))
            if len(links) > 1 and node not in joined and pair not in self.refused:
                found.append((node, links))
            if len(links) > 1:
                passed.add(int(table[self.other_end(links[-1], node)]))
            if links and table[node] in ends:
                continue  # a way ends there: it leads no further
            for at, other, step, counted in self._sound(node):
                gone = alive is not None and not alive[other]
                if gone or other in done or table[other] == table[start]:
                    continue
                chained = weight * counted
                if chained >= _EVEN:
                    more = cost + step + (_LINK_COST if links else 0.0)
                    heappush(waiting, (more, other, (*links, at), chained))
        return found, frozenset(passed)

    def _effective(self, at: int) -> float:
        """Return a weight by which any decision is better than any suggestion, in (0, 1]."""
        weight = float(self.weight[at])
        if self.decided[at]:
            return _SUGGESTED + (1.0 - _SUGGESTED) * weight
        return _SUGGESTED * weight

    def _reputation(self, begin: int, end: int, refers: tuple[bool, bool]) -> _Reputation | None:
        """Return the factors of a join for any two tables; ``None`` if its ends are no columns."""
        depth, table = self._places
        if depth[begin] != 2 or depth[end] != 2:
            return None
        tables = frozenset((table[begin], table[end]))
        is_copy = len({self.meanings.origin(one) for one in tables}) == 1
        meanings = [self.meanings.of(column) for column in (begin, end)]
        references = [
            (
                frozenset(meaning.stem),
                (
                    _ACTOR[meaning.actor] * _MORE_WORDS ** max(len(meaning.stem) - 1, 0),
                    _KIN if self.meanings.is_kin(column) else 1.0,
                ),
                meaning.actor > 0,
            )
            for column, meaning, is_reference in zip((begin, end), meanings, refers, strict=True)
            if is_reference
        ]
        is_foreign = is_copy and not all(meaning.own for meaning in meanings)
        return _Reputation(tables, is_copy, is_foreign, tuple(references))

    def _asked_of(self, ends: tuple[int, int]) -> frozenset[str]:
        """Return the words of the names of two tables."""
        if ends not in self._asked:
            words = map(self.meanings.words_of, ends)
            self._asked[ends] = frozenset(word for one in words for word in one)
        return self._asked[ends]

    @cached_property
    def _asked(self) -> dict[tuple[int, int], frozenset[str]]:
        """Words of the names of two tables, so far."""
        return {}

    @cached_property
    def _places(self) -> tuple[list[int], list[int]]:
        """Depths of nodes and their tables: lists are read one by one faster than arrays."""
        nodes = self.graph.arrays.nodes
        return nodes.depth.tolist(), nodes.ancestor[1].tolist()

    # --- bounds -------------------------------------------------------------------------------

    def least_costs(self, target: int) -> dict[int, float]:
        """Return a lower bound of the cost from each table to one, without any cost of a step."""
        found: dict[int, float] = {}
        waiting = [(0.0, target)]
        while waiting:
            cost, table = heappop(waiting)
            if table in found:
                continue
            found[table] = cost
            for other, step in self._nearest.get(table, {}).items():
                if other not in found:
                    heappush(waiting, (cost + step, other))
        return found

    @cached_property
    def _nearest(self) -> dict[int, dict[int, float]]:
        """Least cost of a link between each two tables."""
        found: dict[int, dict[int, float]] = {}
        tables = self.end_tables.T.tolist()
        for at, (one, other) in enumerate(tables):
            if np.isnan(self.weight[at]):
                continue
            cost = -log(self._effective(at))
            for here, there in ((one, other), (other, one)):
                near = found.setdefault(here, {})
                near[there] = min(cost, near.get(there, inf))
        return found
