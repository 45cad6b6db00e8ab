"""Joins of a page: ways between tables of linked entities, with SQL, as text that it reads late."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from hummgraph.algorithms.entities.mapping import entities
from hummgraph.algorithms.joins.join_paths import joins_and_work
from hummgraph.algorithms.joins.sql import sql_in
from hummgraph.algorithms.joins.values import cardinality_of
from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.algorithms.kernels.steps import LINK
from hummgraph.frames import visible
from hummgraph.graph.elements import Level
from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.joins.path import JoinPath, JoinPaths
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["DIALECTS", "Joined", "joins_of", "linked_pairs", "pairs_with_a_choice"]

MAX_PAIRS: Final = 24
"""Most pairs of tables that a page has ways for."""

MAX_WAYS: Final = 5
"""Most ways of a pair: as many as :func:`hummgraph.join_paths` finds by default."""

MAX_PAIR_WORK: Final = 100_000
"""Links that the search for the ways of one pair tries: as many as by default."""

MAX_WORK: Final = 400_000
"""Links that all searches of a page try before no further pair begins; each reads all links too."""

MAX_CHOICES: Final = 2
"""Most pairs of one system of which a reader chooses the column."""

MAX_BYTES: Final = 2_000_000
"""Bytes of ways and queries after which no further pair is packed."""

MAX_TABLES: Final = 12
"""Most tables of an entity that pairs are made of: those in most and best concepts."""

DIALECTS: Final = (
    ("", "Standard SQL"),
    ("snowflake", "Snowflake"),
    ("postgres", "PostgreSQL"),
    ("bigquery", "BigQuery"),
    ("duckdb", "DuckDB"),
)
"""Dialects of all pages, as sqlglot and people call them."""

MORE_DIALECTS: Final = (
    ("redshift", "Redshift"),
    ("databricks", "Databricks"),
    ("mysql", "MySQL"),
    ("tsql", "SQL Server"),
    ("clickhouse", "ClickHouse"),
)
"""Dialects of pages with such a system."""

_KINDS: Final = {
    "postgres": ("postgres", "postgresql"),
    "tsql": ("tsql", "mssql", "sqlserver", "sql_server"),
}
"""Kinds of systems with a dialect of another name."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Ways between two tables that somebody asked for.

    Parameters
    ----------
    ends
        Positions of the tables.
    paths
        The ways, the best first; without any, the nearest ones.
    keys, detour
        Arguments by which they were ranked; ``None`` where they are unknown.
    advice, note
        Missing links, and limits of the search, as sentences.

    Examples
    --------
    >>> Joined((1, 2), ()).note
    ''
    """

    ends: tuple[int, int]
    paths: Sequence[JoinPath]
    keys: str | None = None
    detour: float | None = None
    advice: str = ""
    note: str = ""


def joins_of(
    graph: LinkGraph, clusters: Clusters, asked: Joined | None = None
) -> NDArray[np.uint8]:
    """Return the ways that a page has, as JSON in UTF-8; nodes and links are positions.

    A page decodes it only when something asks for it.

    Parameters
    ----------
    graph
        The graph of the page.
    clusters
        Clusters of the graph: pairs of tables that share the most valuable ones come first.
    asked
        Result that the page was made for; then it has these ways only.

    Notes
    -----
    As :func:`hummgraph.join_paths` for each pair, never more than ``MAX_WORK`` and one pair allow.
    Further pages of a graph, as of results in it, have them at once.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster, read_links
    >>> graph = LinkGraph(read_links([]))
    >>> json.loads(joins_of(graph, cluster(graph)).tobytes())["pairs"]
    []
    """
    if asked is not None:
        packer = _Packer(graph)
        packer.add(asked)
        return packer.to_bytes()
    pairs = tuple(linked_pairs(graph, clusters))
    # A reader may install what writes queries, and write the page again.
    key = find_spec("sqlglot") is not None, pairs
    known = _known.of(graph, lambda _: {})
    found = known.get(key)
    if found is None:
        found = _packed_ways(graph, pairs)
        known.clear()  # other clusters have another order
        known[key] = found
    return found


_Key: TypeAlias = tuple[bool, tuple[tuple[int, int], ...]]
_known: GraphCache[dict[_Key, NDArray[np.uint8]]] = GraphCache()


def _packed_ways(graph: LinkGraph, pairs: Iterable[tuple[int, int]]) -> NDArray[np.uint8]:
    """Return the ways of pairs as far as work and room allow, then those with a choice."""
    packer = _Packer(graph)
    work = 0
    for ends in pairs:
        if packer.is_full or work >= MAX_WORK:
            break
        found, tried = joins_and_work(graph, ends, MAX_WAYS, MAX_PAIR_WORK)
        work += tried + graph.n_links
        packer.add(_joined(ends, found))
    for ends in pairs_with_a_choice(graph)[:MAX_CHOICES]:
        packer.add(_joined(ends, joins_and_work(graph, ends, MAX_WAYS, MAX_PAIR_WORK)[0]))
    return packer.to_bytes()


def _joined(ends: tuple[int, int], found: JoinPaths) -> Joined:
    nearest = found.other or found.missing
    paths = found.paths or (() if nearest is None else (nearest,))
    return Joined(ends, paths, found.keys, found.detour, found.advice, found.note)


def _plain(joined: Joined) -> str:
    """Return the advice without what the page says elsewhere: its title, its note and a line."""
    advice = joined.advice
    if joined.note:
        advice = advice.replace(joined.note, "").replace("  ", " ").rstrip()
    for title in ("No way identifies rows. ", "No way to join them. "):
        advice = advice.removeprefix(title)
    return advice.removesuffix("keys='describing' finds such ways.").rstrip()


# --- which pairs -----------------------------------------------------------------------------


def linked_pairs(graph: LinkGraph, clusters: Clusters) -> Iterator[tuple[int, int]]:
    """Yield pairs of tables of linked entities, in different systems, the most valuable first.

    Entities are linked with themselves, and with those that they refer to. Objects of applications
    come before tables of databases, then what shares the most valuable clusters. Each two entities,
    and each two systems, come once before any come again.

    Notes
    -----
    O(e^2) for e entities, besides the entities themselves.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> first = next(linked_pairs(graph, cluster(graph)))
    >>> [graph.node(graph.arrays.nodes.id_text[table].as_py()).path for table in first]
    ['HubSpot/contacts', 'Salesforce/Lead']
    """
    found = entities(graph).entities
    if not found:
        return
    nodes = graph.arrays.nodes
    worth = _worth_by_table(graph, clusters)
    originals = [
        sorted(
            (
                at
                for at in map(graph.index_of, entity.tables)
                if nodes.resolved[at]
                and not nodes.deleted[at]
                and nodes.id_text[at].as_py() not in entity.copies
            ),
            key=lambda at: (-sum(worth.get(at, {}).values()), at),
        )[:MAX_TABLES]
        for entity in found
    ]
    entity_of = {
        graph.index_of(table): number
        for number, entity in enumerate(found)
        for table in entity.tables
    }
    linked = {(number, number) for number in range(len(found))}
    for number, entity in enumerate(found):
        for column in map(graph.index_of, entity.references):
            other = entity_of.get(int(nodes.ancestor[1][column]))
            if other is not None:
                linked.add((min(number, other), max(number, other)))
    in_database = _in_databases(graph)
    waiting = []
    for one, other in sorted(linked):
        pairs = [
            (int(in_database[a]) + int(in_database[b]), -_shared(worth, a, b), a, b)
            for at, a in enumerate(originals[one])
            for b in (originals[one][at + 1 :] if one == other else originals[other])
            if a != b and nodes.ancestor[0][a] != nodes.ancestor[0][b]
        ]
        waiting += [(*pair, (one, other)) for pair in sorted(pairs)[:MAX_PAIRS]]
    waiting.sort()
    seen: Counter[tuple[int, ...]] = Counter()
    for _ in range(min(MAX_PAIRS, len(waiting))):
        kinds = [_kinds_of(nodes.ancestor[0], a, b, met) for _, _, a, b, met in waiting]
        best = min(range(len(waiting)), key=lambda at: sum(seen[kind] for kind in kinds[at]))
        _, _, a, b, _ = waiting.pop(best)
        seen.update(kinds[best])
        yield a, b


def pairs_with_a_choice(graph: LinkGraph) -> list[tuple[int, int]]:
    """Return pairs of tables of one system of which several columns refer to one: most first.

    The first of a pair has the key, the second the columns, as users and the tickets that they
    ask for, write and answer. Objects of applications come before tables of databases.

    Notes
    -----
    O(r log r) for r declared relationships.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> ids = graph.arrays.nodes.id_text
    >>> [graph.node(ids[table].as_py()).path for table in pairs_with_a_choice(graph)[0]]
    ['Zendesk/users', 'Zendesk/tickets']
    """
    nodes, declared = graph.arrays.nodes, graph.relationships
    system, table = nodes.ancestor[:2]
    source, target = declared.source, declared.target
    known = (nodes.depth[source] == nodes.depth[target]) & (nodes.depth[source] == 2)
    known &= (system[source] == system[target]) & (table[source] != table[target])
    known &= ~(nodes.deleted[source] | nodes.deleted[target])
    referring: dict[tuple[int, int], set[int]] = {}
    for one, key in zip(source[known].tolist(), target[known].tolist(), strict=True):
        referring.setdefault((key, int(table[one])), set()).add(one)
    in_database = _in_databases(graph)
    ranked = sorted(
        (bool(in_database[owner]), -len(columns), int(table[key]), owner)
        for (key, owner), columns in referring.items()
        if len(columns) > 1
    )
    return list(dict.fromkeys((key, owner) for *_, key, owner in ranked))


def _kinds_of(
    system: NDArray[np.int32], one: int, other: int, met: tuple[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return of which entities and of which systems a pair is."""
    between = sorted((int(system[one]), int(system[other])))
    return (0, *met), (1, *between)


def _in_databases(graph: LinkGraph) -> NDArray[np.bool_]:
    """Return a mask of the tables of databases: what lies there often is joined already."""
    kinds = graph.arrays.nodes.kind.to_pylist()
    return np.array([kind == "table" for kind in kinds], dtype=bool)


def _worth_by_table(graph: LinkGraph, clusters: Clusters) -> dict[int, dict[int, float]]:
    """Return the clusters that identify rows, with their worth, by each table with a member."""
    if clusters.level is not Level.COLUMN:
        return {}
    known = clusters.identity
    labels, table = clusters.labels, graph.arrays.nodes.ancestor[1]
    worth: dict[int, dict[int, float]] = {}
    for column in np.flatnonzero(labels >= 0).tolist():
        label = int(labels[column])
        if known.rests_on_keys[label] and table[column] >= 0:
            worth.setdefault(int(table[column]), {})[label] = float(known.value[label])
    return worth


def _shared(worth: dict[int, dict[int, float]], one: int, other: int) -> float:
    here, there = worth.get(one, {}), worth.get(other, {})
    return sum(here[label] for label in sorted(here.keys() & there.keys()))


# --- as plain data ---------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Packer:
    """Packer of pairs: lines of queries are kept once, because most are alike."""

    graph: LinkGraph
    pairs: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    n_bytes: int = 0
    dialects: list[tuple[str, str]] | None = field(init=False)
    """``None`` if sqlglot is not installed."""
    relation: dict[tuple[str, str], int] | None = None

    def __post_init__(self) -> None:
        kinds = self._spoken()
        more = [one for one in MORE_DIALECTS if not kinds.isdisjoint(_KINDS.get(one[0], one[:1]))]
        self.dialects = [*DIALECTS, *more]
        try:
            import sqlglot  # noqa: F401 - whether it is there
        except ImportError:
            self.dialects = None

    def _spoken(self) -> set[str]:
        """Return the kinds of the systems."""
        nodes = self.graph.arrays.nodes
        kinds = nodes.kind.slice(0, int(nodes.first[1])).to_pylist()
        return {kind.casefold() for kind in kinds if kind is not None}

    @property
    def is_full(self) -> bool:
        return self.n_bytes >= MAX_BYTES

    def add(self, joined: Joined) -> None:
        """Add a pair with its ways."""
        ways = [self._way(path) for path in joined.paths]
        # A link is tried for each way that may lead over it: a page has far fewer links.
        note = joined.note.replace(" links (max_work)", " tries").replace(
            " link (max_work)", " try"
        )
        pair = {
            "ends": list(joined.ends),
            "keys": joined.keys,
            "detour": joined.detour,
            "advice": visible(_plain(joined)),
            "note": note,
            "ways": ways,
        }
        self.n_bytes += len(json.dumps(pair))
        self.pairs.append(pair)

    def to_bytes(self) -> NDArray[np.uint8]:
        spoken = self._spoken()
        first = next(
            (
                name
                for name, _ in (self.dialects or [])[1:]
                if not spoken.isdisjoint(_KINDS.get(name, (name,)))
            ),
            "",
        )
        data = {
            "pairs": self.pairs,
            "lines": list(self.lines),
            "dialects": self.dialects,
            "dialect": first,
        }
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
        return np.frombuffer(text.encode(), dtype=np.uint8)

    def _way(self, path: JoinPath) -> dict[str, Any]:
        at = self.graph.index_of
        steps = zip(path.steps, path.keys, path.chains, strict=True)
        confidence = path.confidence
        return {
            "tables": [at(table) for table in path.tables],
            "key": int(path.key),
            "remark": visible(path.remark),
            # Without a weight a step does not count: then there is no score.
            "confidence": confidence if confidence > 0 else None,
            "steps": [
                {
                    "ends": [at(step.source), at(step.target)],
                    "key": int(key),
                    "weight": step.weight if step.weight > 0 else None,
                    "links": self._positions(chain),
                    "stops": [at(link.source) for link in chain] + [at(chain[-1].target)],
                    "meets": cardinality_of(chain),
                }
                for step, key, chain in steps
            ],
            "sql": self._queries(path) if confidence > 0 else [],
        }

    def _positions(self, chain: Iterable[Step]) -> list[int]:
        """Return positions of links; of declared relationships ``-1`` minus theirs."""
        found = []
        for link in chain:
            if link.kind == LINK:
                packed = np.frombuffer(bytes.fromhex(link.link_id.replace("-", "")), dtype=np.uint8)
                found.append(int(find_ids(packed.reshape(1, 16), self.graph.link_ids)[0]))
            else:
                found.append(-1 - self._relations()[link.kind, link.link_id])
        return found

    def _relations(self) -> dict[tuple[str, str], int]:
        if self.relation is None:
            frame = self.graph.relationships.to_frame()
            rows = zip(frame["kind"], frame["relationship_id"], strict=True)
            self.relation = {row: place for place, row in enumerate(rows)}
        return self.relation

    def _queries(self, path: JoinPath) -> list[list[int]]:
        """Return the query in each dialect as numbers of its lines; nothing without sqlglot."""
        if self.dialects is None:
            return []
        written = sql_in(path, [name or None for name, _ in self.dialects])
        before = len(self.lines)
        numbered = [
            [self.lines.setdefault(line, len(self.lines)) for line in text.split("\n")]
            for text in written
        ]
        self.n_bytes += sum(map(len, list(self.lines)[before:]))
        return numbered
