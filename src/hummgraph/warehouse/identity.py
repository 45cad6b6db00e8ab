"""Identity plans from entities and clusters: tables, keys, and the columns left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.columns import (
    ALTERNATE_KEY,
    CATEGORY,
    KEY,
    MEASURE,
    REFERENCE,
    TEXT,
    TIME,
    decided,
)
from hummgraph.algorithms.entities.entity import Entity
from hummgraph.algorithms.entities.entity_map import EntityMap
from hummgraph.algorithms.entities.mapping import entities as entities_of
from hummgraph.algorithms.entities.mapping import roles as roles_of
from hummgraph.algorithms.entities.rules import LIST_OF_IDS
from hummgraph.algorithms.entities.tokens import split_name
from hummgraph.algorithms.joins.places import Places
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.errors.arguments import check_clusters, check_graph
from hummgraph.frames import Frame
from hummgraph.graph.elements import Level
from hummgraph.graph.labels import check_same_nodes
from hummgraph.graph.policy import DETERMINISTIC, REJECTED
from hummgraph.warehouse.identity_apart import Refused, parted
from hummgraph.warehouse.identity_keys import (
    IdentityKey,
    IdentityTable,
    key_of,
    name_by_columns,
    named_keys,
)
from hummgraph.warehouse.identity_plan import LEFT_OUT, QUESTIONS, IdentityPlan
from hummgraph.warehouse.identity_records import Candidates, RecordNames, given_names
from hummgraph.warehouse.normal import Normals

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.entities.column_roles import Roles
    from hummgraph.algorithms.joins.places import Schemas
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["FAN_OUT", "identity_table"]

FAN_OUT: Final = 10
"""Largest number of records of one table that a value joins, by default."""

_TELLING: Final = frozenset({TEXT, CATEGORY, TIME, MEASURE})
"""Roles of columns by which records are compared, though they do not identify any."""

# Words of references from a row to another of the same kind, which are not the same thing.
_OTHER_ROWS: Final = frozenset(
    {"parent", "manager", "owner", "supervisor", "referrer", "referred", "merged", "duplicate"}
)


def identity_table(
    graph: LinkGraph,
    entity: Entity | str,
    *,
    clusters: Clusters | None = None,
    entities: EntityMap | None = None,
    keys: Mapping[str, Sequence[str]] | Sequence[str] | None = None,
    schemas: Schemas | None = None,
    tables: Sequence[str] | None = None,
    record_keys: Mapping[str, str] | None = None,
    fan_out: int = FAN_OUT,
) -> IdentityPlan:
    """Plan a table that says which records of which systems are one thing.

    Tables are those of the entity. Keys are its clusters and the entity's own keys, as far as their
    columns are keys, alternate keys, or references to the entity's tables from another of them. Own
    ids of two applications, and an e-mail with its domain, are one key only if a link is approved
    or deterministic; ``left_out`` has them otherwise.

    Parameters
    ----------
    graph
        A graph.
    entity
        The entity, its name or id, one of its words, or a table in it.
    clusters
        Clusters of columns of the graph; those of :func:`cluster` by default.
    entities
        Entities of the graph; those of :func:`entities` by default.
    keys
        Names of the keys to use, of those that are found or left out; or own keys, as lists of
        columns by name. All that are found by default.
    schemas
        Places of tables in the warehouse, as for :func:`join_paths`.
    tables
        Tables of the entity to use, by path or id; all by default.
    record_keys
        Columns that name the records of tables, by the table's path or id, as in
        ``{"ERP/invoice": "internal_id"}``: rows with one value of it are one record. By default,
        that is a table's declared primary key, or named like its own id.
    fan_out
        Largest number of records of one table that a value joins, at least 1; a value of more, such
        as the number of a switchboard, joins none.

    Returns
    -------
    IdentityPlan
        The plan. It has seen no data yet: wrong columns join different things, until
        :meth:`IdentityPlan.verify` finds them.

    Raises
    ------
    ArgumentError
        If several entities have the word, the arguments are not of this graph, a key does not
        exist or is not of columns of the entity, a table is not one of the entity, a record key is
        not a column of its table, or ``fan_out`` is invalid.
    NodeNotFoundError
        If there is no such entity.

    Notes
    -----
    As slow as :func:`cluster` and :func:`entities`, unless both are given; then O(n + m) for n
    columns and m links.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> plan = hg.identity_table(graph, "company")
    >>> [key.name for key in plan.keys][:2]
    ['Stripe customer id', 'hs object id']
    >>> hg.identity_table(graph, "user")
    Traceback (most recent call last):
        ...
    hummgraph.errors.ArgumentError: 'user' is a word of several entities: 'person', 'staff'. ...
    """
    check_graph(graph, "identity_table")
    if isinstance(fan_out, bool) or not isinstance(fan_out, int) or fan_out < 1:
        raise ArgumentError(f"fan_out is {fan_out!r}; it must be a whole number, at least 1.")
    found = _find_entity(graph, entity, entities)
    if clusters is None:
        clusters = cluster(graph)
    else:
        check_clusters(clusters, "identity_table")
        check_same_nodes(graph.arrays.nodes, clusters)
        if clusters.level is not Level.COLUMN:
            raise ArgumentError(
                f"clusters are of level {clusters.level}; an identity table needs columns.",
                hint="Write cluster(graph).",
            )
    places = Places.of(graph, schemas)
    making = _Making.of(graph, found, tables, record_keys)
    groups = making.found_keys(clusters)
    if isinstance(keys, Mapping):
        groups = making.own_keys(keys)
    own = dict(zip(groups, keys, strict=True)) if isinstance(keys, Mapping) else {}
    labels = clusters

    def name_of(key: IdentityKey) -> str:
        return own.get(tuple(sorted(key.index))) or _name_of(key, found, labels, making.roles)

    made = named_keys(
        graph, [key_of(graph, columns, making.normals) for columns in groups], name_of
    )
    if not isinstance(keys, Mapping):
        made = making.with_refused(made, name_of, keys)
    return IdentityPlan(
        graph,
        found,
        making.tables,
        made,
        fan_out,
        False,  # noqa: FBT003 - whether values were looked at
        Frame(pa.Table.from_pylist(making.sorted_left_out(), LEFT_OUT)),
        Frame(QUESTIONS.empty_table()),
        places,
        making.pairs(made, linked=keys is None),
        making.witnesses(clusters),
    )


def _find_entity(graph: LinkGraph, wanted: Entity | str, entities: EntityMap | None) -> Entity:
    """Return an entity by itself, its name or id, one of its words, or a table in it."""
    if entities is not None and not isinstance(entities, EntityMap):
        raise ArgumentError(
            f"entities is a value of type {type(entities).__name__}; it must be an EntityMap.",
            hint="Write entities=hummgraph.entities(graph).",
        )
    if isinstance(wanted, Entity):
        _check_same_graph(graph, wanted.graph, "entity")
        return wanted
    if not isinstance(wanted, str):
        raise ArgumentError(
            f"entity is a value of type {type(wanted).__name__}; it must be an Entity or its name."
        )
    found = entities_of(graph) if entities is None else entities
    _check_same_graph(graph, found.graph, "entities")
    for entity in found:
        if wanted in {entity.name, entity.id}:
            return entity
    word = wanted.casefold()
    having = [entity for entity in found if word in {entity.name.casefold(), *entity.words}]
    if len(having) > 1:
        named = ", ".join(repr(entity.name) for entity in having)
        raise ArgumentError(
            f"{wanted!r} is a word of several entities: {named}.", hint="Write the name of one."
        )
    if having:
        return having[0]
    try:
        return found[wanted]
    except NodeNotFoundError as error:
        names = [entity.name for entity in found]
        near = error.near or tuple(get_close_matches(wanted, names, n=2))
        listed = ", ".join(map(repr, names)) or "none"
        raise NodeNotFoundError(
            f"No entity, word of one or node is called {wanted!r}; the entities are {listed}.",
            near=near,
            hint=f"Did you mean {' or '.join(map(repr, near))}?" if near else "",
        ) from None


def _check_same_graph(graph: LinkGraph, other: LinkGraph, what: str) -> None:
    if not np.array_equal(graph.arrays.nodes.ids, other.arrays.nodes.ids):
        raise ArgumentError(
            f"{what} is of another graph.", hint="Write hummgraph.entities(graph) of this one."
        )


@dataclass(slots=True)
class _Making:
    """Tables of an entity, and the columns of them that identify records."""

    graph: LinkGraph
    entity: Entity
    roles: Roles
    normals: Normals
    tables: tuple[IdentityTable, ...] = ()
    eligible: dict[int, str] = field(default_factory=dict)
    """Role of columns that may join records, by position."""
    left_out: list[dict[str, str]] = field(default_factory=list)
    refused: tuple[Refused, ...] = ()
    """Columns that are no key, unless the caller asks for it."""

    @classmethod
    def of(
        cls,
        graph: LinkGraph,
        entity: Entity,
        wanted: Sequence[str] | None,
        record_keys: Mapping[str, str] | None,
    ) -> _Making:
        made = cls(graph, entity, roles_of(graph), Normals(graph))
        inside = {graph.index_of(table) for table in entity.tables}
        if wanted is not None:
            if isinstance(wanted, str) or not isinstance(wanted, Sequence):
                raise ArgumentError("tables must be a list of tables of the entity.")
            chosen = {graph.index_of(table) for table in wanted}
            for table in sorted(chosen - inside):
                listed = ", ".join(repr(graph.node(one).path) for one in entity.tables)
                raise ArgumentError(
                    f"tables has {graph.node(table).path!r}, which is not a table of"
                    f" {entity.name!r}; these are {listed}."
                )
            inside = chosen
        made._find_tables(inside, given_names(graph, record_keys, inside))
        return made

    def _leave_out(self, what: str, node: int, reason: str, key: str = "") -> None:
        path = self.graph.arrays.nodes.path[node].as_py()
        self.left_out.append({"what": what, "path": path, "key": key, "reason": reason})

    def sorted_left_out(self) -> list[dict[str, str]]:
        """Return the things left out, tables first."""
        return sorted(self.left_out, key=lambda row: (row["what"] != "table", row["path"]))

    def _find_tables(self, inside: set[int], given: Mapping[int, int]) -> None:
        nodes = self.graph.arrays.nodes
        columns: dict[int, list[int]] = defaultdict(list)
        for column in range(*nodes.first[[2, 3]].tolist()):
            table = int(nodes.ancestor[1][column])
            if table in inside and not nodes.own_deleted[column] and nodes.resolved[column]:
                columns[table].append(column)
        names = RecordNames(self.graph, self.roles)
        kept = []
        for table in sorted(inside, key=lambda at: (nodes.path[at].as_py(), at)):
            if nodes.deleted[table]:
                self._leave_out("table", table, "it is deleted")
                continue
            candidates = names.of(table, columns[table])
            if table in given:
                candidates = Candidates((given[table],), sure=True, fit=True)
            if not candidates.fit:
                self._leave_out("table", table, "no column is known to identify its rows")
                continue
            column, *others = candidates.columns
            if not candidates.sure:
                name = nodes.name[column].as_py()
                self._leave_out("rows", table, f"those without {name!r}, as it has no other key")
            kept.append(
                IdentityTable(
                    nodes.id_text[table].as_py(),
                    nodes.path[table].as_py(),
                    nodes.system[table].as_py() or "",
                    nodes.name[column].as_py(),
                    table,
                    column,
                    tuple(others),
                    given=table in given,
                )
            )
            for found in columns[table]:
                self._judge(found, table, inside, is_name=candidates.sure and found == column)
        self.tables = tuple(kept)

    def _judge(self, column: int, table: int, inside: set[int], *, is_name: bool) -> None:
        """Decide whether a column may join records."""
        role, target = (
            int(of[column]) for of in (self.roles.arrays.role, self.roles.arrays.target)
        )
        paths = self.graph.arrays.nodes.path
        if role in {KEY, ALTERNATE_KEY} or is_name:
            self.eligible[column] = "key"
        elif role != REFERENCE:
            return
        elif self.roles.arrays.reason[column] == LIST_OF_IDS:
            self._leave_out("column", column, "it holds several ids, by its name")
        elif target == table:
            self._leave_out("column", column, "it refers to other rows of its table")
        elif target >= 0 and target not in inside:
            self._leave_out("column", column, f"it refers to {paths[target].as_py()}")
        elif not _OTHER_ROWS.isdisjoint(split_name(self.graph.arrays.nodes.name[column].as_py())):
            self._leave_out("column", column, "it refers to another row, by its name")
        else:
            self.eligible[column] = "reference" if target >= 0 else "open reference"

    def found_keys(self, clusters: Clusters) -> list[tuple[int, ...]]:
        """Return the columns of each key, from clusters and from the entity's keys."""
        groups = self._clustered(clusters)
        group_of = {column: group for group in groups for column in group}
        for key in self.entity.keys:
            index = [self.graph.index_of(column) for column in key.columns]
            self._add_key({column for column in index if column in self.eligible}, groups, group_of)
        self._prefer_named_ids(groups)
        table = self.graph.arrays.nodes.ancestor[1]
        whole = [
            group for group in groups if any(self.eligible[column] == "key" for column in group)
        ]
        parts, self.refused = parted(self.graph, whole)
        kept = [
            tuple(sorted(part))
            for part in parts
            if len({int(table[column]) for column in part}) > 1
            and any(self.eligible[column] == "key" for column in part)
        ]
        used = {column for group in whole for column in group}
        for column, kind in self.eligible.items():
            if column in used:
                continue
            if kind == "key":
                reason = "nothing in another table is the same"
            else:
                reason = "it refers to what no table here has as its key"
            self._leave_out("column", column, reason)
        return kept

    def with_refused(
        self,
        made: tuple[IdentityKey, ...],
        name_of: Callable[[IdentityKey], str],
        names: Sequence[str] | None,
    ) -> tuple[IdentityKey, ...]:
        """Return the keys with these names, all by default, and leave out those refused."""
        refused = {tuple(sorted(one.columns)): one for one in self.refused}
        keys = [key_of(self.graph, columns, self.normals) for columns in refused]
        others = named_keys(self.graph, keys, name_of, [key.name for key in made])
        chosen = made if names is None else _chosen((*made, *others), names)
        paths = self.graph.arrays.nodes.path
        for key in others:
            if key in chosen:
                continue
            for one, other, reason in refused[tuple(sorted(key.index))].pairs:
                pair = f"{paths[one].as_py()} = {paths[other].as_py()}"
                self.left_out.append(
                    {"what": "key", "path": pair, "key": key.name, "reason": reason}
                )
        return chosen

    def _prefer_named_ids(self, groups: list[set[int]]) -> None:
        """Put an id that is called after another system in place of the table's own id.

        ``id = id`` of two systems is mostly two ranges of numbers, where one of the tables has
        ``chargebee_subscription_id``, linked to the other's id.
        """
        table, role = self.graph.arrays.nodes.ancestor[1], self.roles.arrays.role
        pairs, fixed = self._ids_called_after_systems()
        for named, key in pairs:
            group = next((one for one in groups if key in one), set())
            own = {
                column
                for column in group
                if table[column] == table[named] and role[column] == KEY
                if frozenset((column, key)) not in fixed
            }
            if own and named not in group:
                for other in groups:
                    other.discard(named)
                group -= own
                group.add(named)
        groups[:] = [group for group in groups if len({int(table[one]) for one in group}) > 1]

    def _ids_called_after_systems(self) -> tuple[list[tuple[int, int]], set[frozenset[int]]]:
        """Return linked ids and the keys of the systems that they name, and all decided pairs."""
        links, role = self.graph.arrays.links, self.roles.arrays.role
        system, words = self.graph.arrays.nodes.ancestor[0], self.roles.arrays.words.of
        approved, rejected = decided(self.graph)
        sure = approved | ((links.link_type == DETERMINISTIC) & ~rejected)
        ends = list(zip(links.ends.source.tolist(), links.ends.target.tolist(), strict=True))
        usable = ~rejected & (np.nan_to_num(self.graph.weights) > 0)
        found = []
        for row in np.flatnonzero(usable).tolist():
            for named, key in (ends[row], ends[row][::-1]):
                if role[named] != ALTERNATE_KEY or role[key] != KEY or key not in self.eligible:
                    continue
                called = words[int(system[key])] if system[key] >= 0 else ()
                if named in self.eligible and not set(called).isdisjoint(words[named]):
                    found.append((named, key))
        return found, {frozenset(ends[row]) for row in np.flatnonzero(sure).tolist()}

    def _clustered(self, clusters: Clusters) -> list[set[int]]:
        """Return the columns that may join records, by cluster; of clusters in several tables."""
        table = self.graph.arrays.nodes.ancestor[1]
        groups: dict[int, set[int]] = defaultdict(set)
        for column in self.eligible:
            label = int(clusters.labels[column])
            if label >= 0:
                groups[label].add(column)
        return [
            columns
            for _, columns in sorted(groups.items())
            if len({int(table[column]) for column in columns}) > 1
        ]

    def _add_key(
        self, members: set[int], groups: list[set[int]], group_of: dict[int, set[int]]
    ) -> None:
        """Add the columns of an entity's key to the group that has some of them, or as a group.

        Between two groups a column that is in none has no place that is certain.
        """
        table = self.graph.arrays.nodes.ancestor[1]
        loose = {column for column in members if column not in group_of}
        near = {id(group_of[column]): group_of[column] for column in sorted(members - loose)}
        if len(near) == 1:
            (group,) = near.values()
        elif not near and len({int(table[column]) for column in loose}) > 1:
            group = set()
            groups.append(group)
        else:
            return
        group |= loose
        group_of.update(dict.fromkeys(loose, group))

    def pairs(self, keys: Sequence[IdentityKey], *, linked: bool) -> tuple[tuple[int, int], ...]:
        """Return the pairs of columns that may join records, sorted.

        Parameters
        ----------
        linked
            Whether links between columns that no key has together count, too.
        """
        links = self.graph.arrays.links
        found = {frozenset(pair) for key in keys for pair in combinations(key.index, 2)}
        refused = set()
        ends = zip(links.ends.source.tolist(), links.ends.target.tolist(), strict=True)
        for row, (one, other) in enumerate(ends):
            if one not in self.eligible or other not in self.eligible:
                continue
            if links.status[row] == REJECTED:
                refused.add(frozenset((one, other)))
            elif linked and "key" in {self.eligible[one], self.eligible[other]}:
                found.add(frozenset((one, other)))
        return self._between_tables(found - refused)

    def _between_tables(self, pairs: Iterable[frozenset[int]]) -> tuple[tuple[int, int], ...]:
        """Return the pairs of columns of two tables, the column of the first table first."""
        table = self.graph.arrays.nodes.ancestor[1]
        oriented = {
            tuple(sorted(pair, key=lambda column: (int(table[column]), column)))
            for pair in pairs
            if len({int(table[column]) for column in pair}) == 2
        }
        return tuple(sorted((one, other) for one, other in oriented))

    def witnesses(self, clusters: Clusters) -> tuple[tuple[int, int], ...]:
        """Return pairs of other columns of one cluster, which tell whether records are one."""
        nodes, role = self.graph.arrays.nodes, self.roles.arrays.role
        tables = {table.index for table in self.tables}
        groups: dict[int, list[int]] = defaultdict(list)
        for column in range(*nodes.first[[2, 3]].tolist()):
            label = int(clusters.labels[column])
            kept = label >= 0 and not nodes.own_deleted[column] and nodes.resolved[column]
            if kept and int(nodes.ancestor[1][column]) in tables and role[column] in _TELLING:
                groups[label].append(column)
        return self._between_tables(
            frozenset(pair) for columns in groups.values() for pair in combinations(columns, 2)
        )

    def own_keys(self, keys: Mapping[str, Sequence[str]]) -> list[tuple[int, ...]]:
        """Return the columns of keys that the caller names."""
        nodes = self.graph.arrays.nodes
        inside = {table.index for table in self.tables}
        made: list[tuple[int, ...]] = []
        for name, columns in keys.items():
            if isinstance(columns, str) or not isinstance(columns, Sequence):
                raise ArgumentError(f"keys[{name!r}] must be a list of columns.")
            found = sorted({self.graph.index_of(column) for column in columns})
            for column in found:
                path = nodes.path[column].as_py()
                if nodes.depth[column] != Level.COLUMN.depth:
                    raise ArgumentError(f"keys[{name!r}] has {path!r}, which is not a column.")
                if int(nodes.ancestor[1][column]) not in inside:
                    tables = ", ".join(repr(table.path) for table in self.tables)
                    raise ArgumentError(
                        f"keys[{name!r}] has {path!r}, which is in no table of"
                        f" {self.entity.name!r}; these are {tables}."
                    )
            if len({int(nodes.ancestor[1][column]) for column in found}) < 2:
                raise ArgumentError(f"keys[{name!r}] must have columns of at least two tables.")
            made.append(tuple(found))
        used = Counter(column for columns in made for column in columns)
        twice = next((column for column, count in used.items() if count > 1), None)
        if twice is not None:
            raise ArgumentError(f"{nodes.path[twice].as_py()!r} is in several of keys.")
        return made


def _name_of(key: IdentityKey, entity: Entity, clusters: Clusters, roles: Roles) -> str:
    """Return the name of a key by the entity, or else by its cluster, or by its columns."""
    columns = set(key.columns)
    overlaps = [(len(columns & set(known.columns)), known.name) for known in entity.keys]
    labels = Counter(label for label in clusters.labels[list(key.index)].tolist() if label >= 0)
    said = {word for column in key.index for word in _words_at(column, roles)}
    overlaps += [
        (count, clusters.names[label])
        for label, count in sorted(labels.items())
        # A cluster of ids of several things is called after one of them.
        if said.issuperset(split_name(clusters.names[label]))
    ]
    most = max((count for count, _ in overlaps), default=0)
    if most > 1:
        return next(name for count, name in overlaps if count == most)
    return name_by_columns(key, entity.name)


def _words_at(column: int, roles: Roles) -> Iterable[str]:
    """Return the words of a column, its table and its system."""
    nodes = roles.graph.arrays.nodes
    places = [int(of[column]) for of in nodes.ancestor[:2]]
    for place in (column, *places):
        if place >= 0:
            yield from split_name(nodes.name[place].as_py())
            yield from roles.arrays.words.of[place]


def _chosen(made: tuple[IdentityKey, ...], names: Sequence[str]) -> tuple[IdentityKey, ...]:
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise ArgumentError(
            f"keys is a value of type {type(names).__name__}; it must be a list of names, or a"
            " mapping of names to columns."
        )
    known = {key.name for key in made}
    for name in names:
        if name not in known:
            listed = ", ".join(repr(key.name) for key in made) or "none"
            raise ArgumentError(f"keys has {name!r}; the keys that are found are {listed}.")
    return tuple(key for key in made if key.name in set(names))
