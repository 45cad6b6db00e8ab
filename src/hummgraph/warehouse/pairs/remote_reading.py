"""A table of pairs, read block by block into an engine, and clusters out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.algorithms.clustering.cluster import id_of_members
from hummgraph.algorithms.clustering.scored_pairs import GroupShape
from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.texts import quoted
from hummgraph.graph.policy import UNIT
from hummgraph.warehouse.pairs.ids import IdColumn, IdKind, both_signs, read_ids, same_kind
from hummgraph.warehouse.pairs.reading import (
    OpenPairs,
    PairColumns,
    group_texts,
    mapped_groups,
    read_scores,
    read_statuses,
)
from hummgraph.warehouse.pairs.remote_links import RemoteLinks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hummgraph.warehouse.engines.duckdb import DuckDBEngine
    from hummgraph.warehouse.engines.engine import Engine

__all__ = ["ENDS", "RemoteTable", "coded_pairs", "id_text", "read_remote"]

_STORED: Final = {
    # Bytes, as a connection may have a collation by which other texts are equal.
    IdKind.TEXT: pa.large_binary(),
    # All numbers of 64 bits, with and without a sign.
    IdKind.NUMBER: pa.decimal128(20, 0),
    IdKind.UUID: pa.large_binary(),
    IdKind.BYTES: pa.large_binary(),
}


@dataclass(frozen=True, slots=True, eq=False)
class RemoteTable:
    """A table of pairs in an engine: tables ``node`` of ids by code, and ``link``."""

    links: RemoteLinks
    engine: Engine
    kind: IdKind
    own: pa.DataType | None
    """Type of whole numbers in the result; ``None`` if it is not known."""

    def clusters(self, label: NDArray[np.int32]) -> Any:
        """Return the clusters by the labels of nodes, as a table of the engine sorted by node."""
        codes = np.arange(len(label), dtype=np.int32)
        self.engine.put("label", pa.table({"code": codes, "label": label}))
        members = (
            f"SELECT CAST(FLOOR(l.label / {_CLUSTERS_AT_ONCE}) AS INT) AS part, l.label,"
            f" {id_text(self.engine, self.kind)} AS id FROM node AS n"
            " JOIN label AS l ON n.code = l.code"
        )
        self.engine.apply("cluster", members, _cluster_ids, _CLUSTERS)
        return self.engine.give(
            f"SELECT {self._given} AS node, c.cluster_id FROM node AS n JOIN label AS l"
            " ON n.code = l.code JOIN cluster AS c ON c.label = l.label ORDER BY n.code ASC"
        )

    @property
    def _given(self) -> str:
        """SQL of an id as it was given."""
        if self.kind is IdKind.NUMBER:
            return f"CAST(n.id AS {_SQL_TYPES[str(self.own or pa.int64())]})"
        return "n.id" if self.kind is IdKind.BYTES else id_text(self.engine, self.kind)


def _cluster_ids(rows: pa.Table) -> pa.Table:
    """Return the id of each cluster by the ids of its members."""
    order = pc.sort_indices(rows, [("label", "ascending"), ("id", "ascending")])
    sorted_rows = rows.take(order)
    label, texts = sorted_rows["label"].to_numpy(), sorted_rows["id"].to_pylist()
    begins = np.flatnonzero(np.diff(label, prepend=-1))
    spans = zip(begins.tolist(), [*begins[1:].tolist(), len(texts)], strict=True)
    ids = [id_of_members(texts[begin:end]) for begin, end in spans]
    arrays = [pa.array(label[begins], pa.int32()), pa.array(ids, pa.string())]
    return pa.Table.from_arrays(arrays, schema=_CLUSTERS)


_CLUSTERS_AT_ONCE: Final = 100_000
_CLUSTERS: Final = pa.schema([("label", pa.int32()), ("cluster_id", pa.string())])
_SQL_TYPES: Final = {
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
}


def id_text(engine: Engine, kind: IdKind) -> str:
    """Return the SQL of an id as text."""
    if kind is IdKind.UUID:
        digits = "lower(hex(n.id))"
        cuts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return " || '-' || ".join(f"substr({digits}, {begin}, {n})" for begin, n in cuts)
    if kind is IdKind.TEXT:
        return engine.text("n.id")
    return "lower(hex(n.id))" if kind is IdKind.BYTES else "CAST(n.id AS STRING)"


def read_remote(
    engine: DuckDBEngine,
    given: Any,
    columns: PairColumns,
    groups: Mapping[Any, Any] | None,
    function: str,
) -> RemoteTable:
    """Read a table of pairs into an engine.

    Parameters
    ----------
    engine
        Engine of the tables.
    given
        The table, as `cluster_pairs` takes it.
    columns
        Names of its columns.
    groups
        Group by node, where no columns have it.
    function
        The function that takes the table, for errors.

    Raises
    ------
    ArgumentError, FormatError
        The same as in :func:`cluster_pairs`.
    """
    opened = OpenPairs.of(engine.opened(given), columns, function, once=True)
    kind, own = _read_rows(engine, opened, columns)
    return coded_pairs(engine, columns.groups is not None, groups, kind, own)


def coded_pairs(
    engine: Engine,
    groups_in_columns: bool,  # noqa: FBT001 - named where it is called
    groups: Mapping[Any, Any] | None,
    kind: IdKind,
    own: pa.DataType | None,
) -> RemoteTable:
    """Return the rows of the table ``pairs`` of an engine, whose nodes get codes in order of ids.

    Parameters
    ----------
    engine
        Engine with the table, which is removed.
    groups_in_columns
        Whether its columns ``source_group`` and ``target_group`` have the groups.
    groups
        Group by node, where no columns have it.
    kind
        Kind of the ids.
    own
        Type of whole numbers in the result.
    """
    ids = "SELECT source AS id FROM pairs UNION SELECT target AS id FROM pairs"
    engine.ranked("sorted", ids, "id ASC")
    engine.make("node", "SELECT id, CAST(pos AS INT) AS code FROM sorted")
    engine.make(
        "coded",
        "SELECT s.code AS source_code, t.code AS target_code, u, status, source_group, target_group"
        " FROM pairs JOIN node AS s ON source = s.id JOIN node AS t ON target = t.id",
    )
    engine.drop("sorted", "pairs")
    n_nodes = sum(map(len, engine.rows("SELECT code FROM node")))
    group: NDArray[np.int32] | None = None
    names: tuple[str, ...] = ()
    if groups_in_columns:
        group, names = _column_groups(engine, n_nodes, kind)
    elif groups is not None:
        group, names = _mapped(engine, n_nodes, kind, groups)
    engine.make(
        "link",
        "SELECT LEAST(source_code, target_code) AS a, GREATEST(source_code, target_code) AS b, u,"
        " status FROM coded WHERE source_code <> target_code",
    )
    engine.drop("coded")
    shape = _shape(engine, group)
    texts = partial(_id_bytes, engine, kind)
    links = RemoteLinks(engine, n_nodes, group, names, shape, texts)
    return RemoteTable(links, engine, kind, own)


def _read_rows(
    engine: DuckDBEngine, opened: OpenPairs, columns: PairColumns
) -> tuple[IdKind, pa.DataType | None]:
    """Read rows into a table ``pairs``; return the kind of ids, and the type of whole numbers."""
    seen = _Ids((columns.source, columns.target))
    begin = 0
    for n_rows, values in opened.blocks():
        if not n_rows:
            continue
        ends = [read_ids(name, [values[name]], opened.place_after(begin)) for name in seen.names]
        for name, end in zip(seen.names, ends, strict=True):
            seen.add(name, end)
        stored = _STORED[seen.kind]
        score, status = np.full(n_rows, np.nan), np.zeros(n_rows, dtype=np.int8)
        if columns.score is not None:
            score = read_scores(columns.score, [values[columns.score]], opened.rows, begin)
        if columns.status is not None:
            status = read_statuses(columns.status, [values[columns.status]], opened.rows, begin)
        billionths = pa.array(np.rint(score * UNIT), from_pandas=True).cast(pa.int64())
        table = {end: ids.values.cast(stored) for end, ids in zip(ENDS, ends, strict=True)}
        table |= {"u": billionths, "status": status}
        for side, column in zip(ENDS, columns.groups or (None, None), strict=True):
            texts = pa.nulls(n_rows, pa.large_string())
            if column is not None:
                texts = group_texts(column, values[column])
            table[f"{side}_group"] = texts.cast(pa.large_binary())
        engine.append("pairs", pa.table(table))
        begin += n_rows
    if begin == 0:
        engine.put("pairs", _PAIRS.empty_table())
    return seen.kind, seen.width() if seen.kind is IdKind.NUMBER else None


@dataclass(slots=True)
class _Ids:
    """Kind and types of the ids of two columns, as one machine finds them in all blocks."""

    names: tuple[str, str]
    kinds: dict[str, IdKind] = field(default_factory=dict)
    types: set[pa.DataType | None] = field(default_factory=set)
    unsigned: set[str] = field(default_factory=set)
    """Columns with a block of numbers without a sign."""
    negative: set[str] = field(default_factory=set)
    """Columns with a negative number."""

    def add(self, name: str, ids: IdColumn) -> None:
        """Add a block of a column."""
        if ids.kind is None:
            return
        self.types.add(ids.type)
        if self.kinds.setdefault(name, ids.kind) is not ids.kind:
            raise FormatError(
                f"{name} has ids of several types: {self.kinds[name]} and {ids.kind}.",
                hint="Cast them to one type, such as text.",
            )
        if ids.values.type == pa.uint64():
            self.unsigned.add(name)
        elif ids.values.type == pa.int64() and pc.min(ids.values).as_py() < 0:
            self.negative.add(name)

    @property
    def kind(self) -> IdKind:
        """Kind of the ids of both columns."""
        none = pa.chunked_array([], pa.null())
        one, other = (IdColumn(none, self.kinds.get(name), None) for name in self.names)
        return same_kind(self.names, one, other)

    def width(self) -> pa.DataType:
        """Return the type of numbers as they are given back, or raise if none has them all."""
        for name in self.names:
            if name in self.unsigned and name in self.negative:
                raise both_signs(name)
        if self.unsigned and self.negative:
            raise both_signs(" and ".join(self.names))
        own = next(iter(self.types)) if len(self.types) == 1 else None
        if own is not None and pa.types.is_dictionary(own):
            own = own.value_type
        if own is not None and pa.types.is_integer(own):
            return own
        return pa.uint64() if self.unsigned else pa.int64()


ENDS: Final = ("source", "target")


_PAIRS: Final = pa.schema(
    [
        ("source", pa.large_binary()),
        ("target", pa.large_binary()),
        ("u", pa.int64()),
        ("status", pa.int8()),
        ("source_group", pa.large_binary()),
        ("target_group", pa.large_binary()),
    ]
)


def _column_groups(
    engine: Engine, n_nodes: int, kind: IdKind
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the group of each node and the names of groups, from the columns of both ends."""
    engine.make(
        "grouped",
        "SELECT code, MIN(name) AS name, MAX(name) AS other FROM ("
        " SELECT source_code AS code, source_group AS name FROM coded UNION ALL"
        " SELECT target_code, target_group FROM coded) AS named WHERE name IS NOT NULL"
        " GROUP BY code",
    )
    text, name, other = id_text(engine, kind), engine.text("name"), engine.text("other")
    differ = "SELECT n.code, name, other FROM grouped JOIN node AS n USING (code)"
    rows = (
        f"SELECT {text} AS id, {name} AS name, {other} AS other"
        f" FROM ({differ} WHERE name <> other ORDER BY code ASC LIMIT 1)"
    )
    for batch in engine.rows(f"{rows} AS twice JOIN node AS n USING (code)"):
        for row in batch.to_pylist():
            raise ArgumentError(
                f"The node {quoted(row['id'])} is in the groups {quoted(row['name'])} and"
                f" {quoted(row['other'])}; a node is in one.",
                hint="Where ids are unique only within a group, put the group before the id.",
            )
    distinct = "SELECT DISTINCT name FROM grouped"
    names = sorted(
        text
        for batch in engine.rows(f"SELECT {name} AS name FROM ({distinct}) AS d")
        for text in batch.column("name").to_pylist()
    )
    group = np.full(n_nodes, -1, dtype=np.int32)
    known = pa.array(names, pa.large_string())
    for batch in engine.rows(f"SELECT code, {name} AS name FROM grouped"):
        place = pc.index_in(batch.column("name").cast(pa.large_string()), value_set=known)
        group[batch.column("code").to_numpy()] = place.to_numpy()
    engine.drop("grouped")
    return group, tuple(names)


def _mapped(
    engine: Engine, n_nodes: int, kind: IdKind, groups: Mapping[Any, Any]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the group of each node and the names of groups, from a mapping."""
    group = np.full(n_nodes, -1, dtype=np.int32)
    _, names = mapped_groups(pa.array([], pa.large_string()), kind, groups)
    for batch in engine.rows(f"SELECT code, {id_text(engine, kind)} AS id FROM node AS n"):
        texts = batch.column("id").cast(pa.large_string())
        group[batch.column("code").to_numpy()] = mapped_groups(texts, kind, groups)[0]
    return group, names


def _shape(engine: Engine, group: NDArray[np.int32] | None) -> GroupShape:
    """Return facts about the groups of linked nodes."""
    n_pairs, n_within, complete = 0, 0, True
    seen = np.zeros(0 if group is None else int(group.max(initial=-1)) + 2, dtype=bool)
    for batch in engine.rows("SELECT a, b FROM link"):
        n_pairs += len(batch)
        if group is None:
            continue
        mine, other = (group[batch.column(end).to_numpy()] for end in ("a", "b"))
        n_within += int(np.count_nonzero(mine == other))
        complete = complete and bool(np.all(mine >= 0) and np.all(other >= 0))
        seen[mine] = seen[other] = True
    return GroupShape(group is not None, n_pairs, n_within, complete, int(np.count_nonzero(seen)))


def _id_bytes(engine: Engine, kind: IdKind, codes: NDArray[np.int32]) -> bytes:
    """Return the ids of nodes as texts, in the order of their codes, one on each line."""
    engine.put("asked", pa.table({"place": np.arange(len(codes)), "code": codes}))
    texts: list[str] = []
    for batch in engine.rows(
        f"SELECT {id_text(engine, kind)} AS id FROM asked JOIN node AS n USING (code)"
        " ORDER BY place ASC"
    ):
        texts += batch.column("id").to_pylist()
    engine.drop("asked")
    return "\n".join(texts).encode()
