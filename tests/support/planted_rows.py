"""Rows of two tables that belong together, by the truth about invented records."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from hummgraph.datasets import Records

Thing = tuple[str, int]


@dataclass(frozen=True)
class Found:
    """Numbers of pairs of rows that a join brings together, of right ones, and of all."""

    n_found: int
    n_right: int
    n_planted: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are right, in [0, 1]; 1 where there are none."""
        return self.n_right / self.n_found if self.n_found else 1.0

    @property
    def recall(self) -> float:
        """Share of the planted pairs that are found, in [0, 1]."""
        return self.n_right / self.n_planted


@dataclass
class PlantedRows:
    """Things of the rows of each table, and what things refer to."""

    rows: dict[str, list[Thing]]
    refers: dict[str, dict[str, dict[int, int]]]
    _ways: dict[tuple[str, str], list[str] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Records) -> PlantedRows:
        """Read the truth about records."""
        rows: dict[str, list[Thing]] = defaultdict(list)
        refers: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        truth, references = records.truth, records.references
        for table, kind, thing in zip(truth["table"], truth["entity"], truth["thing"], strict=True):
            rows[table].append((kind, thing))
        for one in references.to_arrow().to_pylist():
            refers[one["entity"]][one["other_entity"]][one["thing"]] = one["other_thing"]
        return cls(rows, refers)

    def pairs(self, a: str, b: str) -> set[tuple[int, int]]:
        """Return the pairs of rows of one thing, or, if the tables share no kind, of reference.

        A thing refers to what it names and, by the shortest way, to what that refers to: a ticket
        to the company of the person who asked.
        """
        kinds = [{kind for kind, _ in self.rows[table]} for table in (a, b)]
        if kinds[0] & kinds[1]:
            return set(self._leading(a, b, sorted(kinds[0] & kinds[1]), same=True))
        found = set(self._leading(a, b, sorted(kinds[1])))
        return found | {(row, other) for other, row in self._leading(b, a, sorted(kinds[0]))}

    def _leading(
        self, a: str, b: str, kinds: list[str], *, same: bool = False
    ) -> list[tuple[int, int]]:
        there: dict[Thing, list[int]] = defaultdict(list)
        for row, thing in enumerate(self.rows[b]):
            there[thing].append(row)
        return [
            (row, other)
            for row, thing in enumerate(self.rows[a])
            for kind in kinds
            if not same or thing[0] == kind
            for other in there.get((kind, self._referred(thing, kind)), ())
        ]

    def _referred(self, thing: Thing, kind: str) -> int:
        """Return the thing of another kind that one refers to; -1 for none."""
        own, at = thing
        way = self._way(own, kind)
        for one, other in zip(way or [], (way or [])[1:], strict=False):
            at = self.refers[one][other].get(at, -1)
        return -1 if way is None else at

    def _way(self, own: str, kind: str) -> list[str] | None:
        """Return the kinds on the shortest way from one to another."""
        if (own, kind) not in self._ways:
            ways = {own: [own]}
            queue = deque([own])
            while queue:
                one = queue.popleft()
                for other in self.refers.get(one, {}):
                    if other not in ways:
                        ways[other] = [*ways[one], other]
                        queue.append(other)
            self._ways[own, kind] = ways.get(kind)
        return self._ways[own, kind]

    def found(self, a: str, b: str, pairs: set[tuple[int, int]]) -> Found:
        """Compare pairs of rows with those that are planted."""
        planted = self.pairs(a, b)
        return Found(len(pairs), len(pairs & planted), len(planted))
