"""Entities with names, keys, references and reasons, built from groups of tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np

from hummgraph.algorithms.entities.columns import REFERENCE
from hummgraph.algorithms.entities.entity import Entity, EntityKey
from hummgraph.algorithms.entities.naming import different, entity_names, key_name, table_words

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.core import Mapped
    from hummgraph.algorithms.entities.words import Words
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Builder"]

_ID_BYTES: Final = 8
_SHOWN_MATCHES: Final = 3
UNNAMED: Final = "unnamed"
"""Name of entities whose tables have no names."""


@dataclass(frozen=True)
class Builder:
    """Builder of the entities of a mapped graph."""

    graph: LinkGraph
    words: Words
    mapped: Mapped

    @cached_property
    def paths(self) -> list[str]:
        """Path of each node."""
        found: list[str] = self.graph.arrays.nodes.path.to_pylist()
        return found

    @cached_property
    def place(self) -> dict[int, int]:
        """Schema of each table, or of its original."""
        found = self.mapped.affinity
        return dict(zip(found.tables.tolist(), found.place.tolist(), strict=True))

    @cached_property
    def members(self) -> list[list[int]]:
        """Tables of each entity by path, by position."""
        found: list[list[int]] = [[] for _ in range(int(self.mapped.label.max(initial=-1)) + 1)]
        for table in self.mapped.affinity.tables.tolist():
            label = int(self.mapped.label[table])
            if label >= 0:
                found[label].append(table)
        return found

    @cached_property
    def called(self) -> list[dict[str, int]]:
        """Words that name the tables of each entity, with their numbers of systems."""
        original, nodes = self.mapped.original, self.graph.arrays.nodes
        systems = nodes.system.to_pylist()
        found = []
        for tables in self.members:
            # A copy counts for the system of its original.
            places = [systems[original.get(table, table)] or "?" for table in tables]
            found.append(table_words(self.mapped.roles.words, tables, places))
        return found

    @cached_property
    def names(self) -> list[str]:
        """Name of each entity."""
        return entity_names(self.called, self.words, UNNAMED)

    @cached_property
    def matches(self) -> dict[int, list[tuple[float, int]]]:
        """Matched columns of each pair of tables: contribution and row, the best first."""
        found = self.mapped.affinity
        matched: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for pair, row, part in zip(
            found.matched_pair.tolist(), found.matched.tolist(), found.part.tolist(), strict=True
        ):
            matched[pair].append((part, row))
        for rows in matched.values():
            rows.sort(key=lambda one: (-one[0], self.paths[int(self.mapped.columns.a[one[1]])]))
        return matched

    def ends(self, pair: int) -> tuple[int, int]:
        """Return the tables of a pair, by position."""
        found = self.mapped.affinity
        return int(found.tables[found.t[pair]]), int(found.tables[found.u[pair]])

    def reason(self, pair: int) -> str:
        """Return in words what joins a pair of tables."""
        one, other = self.ends(pair)
        columns = self.mapped.columns
        table = self.graph.arrays.nodes.ancestor[1]
        names = self.graph.arrays.nodes.name
        shown = []
        for _, row in self.matches.get(pair, [])[:_SHOWN_MATCHES]:
            a, b = int(columns.a[row]), int(columns.b[row])
            if table[a] != one:
                a, b = b, a
            approved = " APPROVED" if columns.approved[row] else ""
            shown.append(f"{names[a].as_py()} = {names[b].as_py()}{approved}")
        more = len(self.matches.get(pair, [])) - len(shown)
        if more > 0:
            shown.append(f"{more:,} more columns")
        parts = [", ".join(shown)] if shown else ["references to both are linked"]
        if self.mapped.affinity.same_name[pair]:
            parts.append("both have the same name")
        return f"{self.paths[one]} and {self.paths[other]}: {'; '.join(parts)}"

    def entities(self) -> tuple[Entity, ...]:
        """Return the entities, those in most systems first."""
        weakest = self._weakest_joins()
        references = self._references()
        nodes = self.graph.arrays.nodes
        text = nodes.id_text
        found = []
        for label, tables in enumerate(self.members):
            by_system: dict[str, list[str]] = defaultdict(list)
            for table in tables:
                by_system[nodes.system[table].as_py() or "?"].append(self.paths[table])
            ids = [text[table].as_py() for table in tables]
            least, pair, joins = weakest.get(label, (1.0, -1, ()))
            linkage = min(least, 1.0)
            copies = {
                text[table].as_py(): text[self.mapped.original[table]].as_py()
                for table in tables
                if int(self.mapped.label[self.mapped.original.get(table, table)]) == label
                and table in self.mapped.original
            }
            keys = self._keys(label)
            why = f"Weakest join, {linkage:.2f}: {self.reason(pair)}." if pair >= 0 else _SURE
            found.append(
                Entity(
                    id=blake2b("\n".join(sorted(ids)).encode(), digest_size=_ID_BYTES).hexdigest(),
                    name=self.names[label],
                    words=tuple(self.called[label]),
                    tables=tuple(ids),
                    by_system={system: tuple(paths) for system, paths in by_system.items()},
                    copies=copies,
                    keys=keys,
                    references=tuple(text[column].as_py() for column in references[label]),
                    confidence=linkage,
                    why=why,
                    notes=tuple(self._notes(tables, keys)),
                    graph=self.graph,
                    joins=joins,
                )
            )
        return tuple(found)

    def _keys(self, label: int) -> tuple[EntityKey, ...]:
        nodes = self.graph.arrays.nodes
        table = nodes.ancestor[1]
        found, words = self.mapped.keys.get(label, []), self.mapped.roles.words
        named = [
            key_name(words, key.columns, [int(table[column]) for column in key.columns]) or UNNAMED
            for key in found
        ]
        called = [[" ".join(words.of[column]) for column in key.columns] for key in found]
        return tuple(
            EntityKey(
                name,
                tuple(nodes.id_text[column].as_py() for column in key.columns),
                tuple(self.paths[column] for column in key.columns),
                key.n_systems,
                key.n_sure,
                key.weakest,
            )
            for name, key in zip(different(named, called), found, strict=True)
        )

    def _weakest_joins(self) -> dict[int, tuple[float, int, tuple[tuple[int, int], ...]]]:
        """Return each entity's smallest linkage, its pair of tables, and all joining pairs."""
        found: dict[int, tuple[float, int, tuple[tuple[int, int], ...]]] = {}
        for join in self.mapped.grouping.joins:
            if join.pair < 0:
                continue
            ends = self.ends(join.pair)
            label = int(self.mapped.label[ends[0]])
            linkage, pair, joins = found.get(label, (inf, -1, ()))
            if join.linkage < linkage:
                linkage, pair = join.linkage, join.pair
            found[label] = (linkage, pair, (*joins, ends))
        return found

    def _references(self) -> dict[int, list[int]]:
        """Return the columns outside of each entity that refer to it, by path."""
        roles, label = self.mapped.roles, self.mapped.label
        found: dict[int, list[int]] = defaultdict(list)
        for column in np.flatnonzero((roles.role == REFERENCE) & (roles.target >= 0)).tolist():
            there = int(label[roles.target[column]])
            if there >= 0 and int(label[column]) != there:
                found[there].append(column)
        for columns in found.values():
            columns.sort(key=lambda column: (self.paths[column], column))
        return found

    def _notes(self, tables: list[int], keys: tuple[EntityKey, ...]) -> list[str]:
        """Return notes on the uncertain parts of an entity, as sentences."""
        nodes, notes = self.graph.arrays.nodes, []
        if not keys:
            notes.append("No key is shared: names and texts hold it together.")
        places: dict[int, list[str]] = defaultdict(list)
        for table in tables:
            if table not in self.mapped.original:
                places[self.place[table]].append(self.paths[table])
        for paths in places.values():
            if len(paths) > 1:
                shown = ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if paths[4:] else "")
                notes.append(f"One system has it more than once: {shown}.")
        gone = [self.paths[table] for table in tables if nodes.deleted[table]]
        if gone:
            notes.append(f"Deleted: {', '.join(gone[:4])}.")
        return notes


_SURE: Final = "Copies or approved links join all tables."
