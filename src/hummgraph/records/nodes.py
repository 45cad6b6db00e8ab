"""Nodes of a graph: ends of links and entries of the catalogue, at three levels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import ArgumentError
from hummgraph.frames import DELETED
from hummgraph.records.ids import id_bytes, id_order, id_pairs, id_strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hummgraph.records.catalogue import Catalogue

__all__ = ["Ends", "Level", "Nodes", "as_level", "code_ends", "find_ids"]

_NO_NODE = -1
_SIDES = ("source", "target")
# Fields of a link at each level, database side before SaaS side.
_LEVEL_FIELDS = (
    ("integration_source_id",),
    ("table_id", "saas_object_id"),
    ("column_id", "field_id"),
)
_TEXT_COLUMNS = (
    "name",
    "schema_name",
    "api_identifier",
    "kind",
    "data_type",
    "description",
    "is_active",
)
# Nodes named by records of a system's own structure, besides the system: catalogue table, field,
# depth of the node, and its kind.
_STRUCTURE = (
    ("relationships", "from_column_id", 2, "column"),
    ("relationships", "to_table_id", 1, "table"),
    ("associations", "from_object_id", 1, "saas_object"),
    ("associations", "to_object_id", 1, "saas_object"),
)
_SHORT_ID_LENGTH = 8  # characters of an id used instead of a name: the first group of a UUID


class Level(StrEnum):
    """Level of a node: a system, a table or object in it, a column or field of that table.

    Examples
    --------
    >>> Level("table")
    <Level.TABLE: 'table'>
    """

    INTEGRATION_SOURCE = "integration_source"
    TABLE = "table"
    COLUMN = "column"

    @property
    def depth(self) -> int:
        """Number of steps below the system: 0, 1 or 2."""
        return list(Level).index(self)


def as_level(level: Level | str) -> Level:
    """Read a level's name."""
    try:
        return Level(level)
    except ValueError:
        allowed = ", ".join(repr(str(known)) for known in Level)
        raise ArgumentError(f"level is {level!r}; it must be one of {allowed}.") from None


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of each link, as node codes, shape (n_links,) each."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes sorted by level and id, so that equal input in any order has equal codes.

    A node's code is its position; codes of one level are contiguous.
    """

    ids: NDArray[np.uint8]
    """Shape (n, 16)."""
    depth: NDArray[np.int8]
    """0 for systems, 1 for tables, 2 for columns."""
    parent: NDArray[np.int32]
    """Code of the node above; -1 without one, or if it is unknown."""
    name: pa.StringArray
    resolved: NDArray[np.bool_]
    """Whether the name is a real one, not a shortened id."""
    schema_name: pa.StringArray
    api_identifier: pa.StringArray
    kind: pa.StringArray
    """Connector type of a system; table, saas_object, column or saas_field otherwise."""
    data_type: pa.StringArray
    description: pa.StringArray
    is_active: pa.BooleanArray

    def __len__(self) -> int:
        return len(self.depth)

    def take(self, codes: NDArray[np.intp], new: NDArray[np.int32]) -> Nodes:
        """Return some of the nodes; ``new`` holds the new code of each node that is kept."""
        parent = self.parent[codes]
        return Nodes(
            ids=self.ids[codes],
            depth=self.depth[codes],
            parent=np.where(parent >= 0, new[parent], _NO_NODE).astype(np.int32),
            resolved=self.resolved[codes],
            **{name: getattr(self, name).take(pa.array(codes)) for name in _TEXT_COLUMNS},
        )

    def find(self, ids: NDArray[np.uint8], depth: int) -> NDArray[np.int32]:
        """Return the codes of ids, bytes of shape (n, 16), at one depth; -1 for unknown ids."""
        begin, end = self.first[depth], self.first[depth + 1]
        found = find_ids(ids, self.ids[begin:end])
        return np.where(found >= 0, found + begin, _NO_NODE).astype(np.int32)

    @cached_property
    def first(self) -> NDArray[np.intp]:
        """Position of the first node of each level, and the number of nodes: shape (4,)."""
        return np.searchsorted(self.depth, np.arange(4))

    @cached_property
    def ancestor(self) -> NDArray[np.int32]:
        """Code of the node at each depth above or at a node, -1 where none: shape (3, n)."""
        above = np.full((3, len(self)), _NO_NODE, dtype=np.int32)
        codes = np.arange(len(self), dtype=np.int32)
        for _ in range(3):
            known = codes >= 0
            above[self.depth[codes[known]], np.flatnonzero(known)] = codes[known]
            codes = np.where(known, self.parent[codes], _NO_NODE)
        return above

    @cached_property
    def own_deleted(self) -> NDArray[np.bool_]:
        """Whether the catalogue calls the node itself inactive: shape (n,)."""
        active: NDArray[np.bool_] = self.is_active.fill_null(True).to_numpy(zero_copy_only=False)  # noqa: FBT003 - pyarrow's
        return ~active

    @cached_property
    def deleted(self) -> NDArray[np.bool_]:
        """Whether a node, or its table or system, is not active: shape (n,).

        Only an ``is_active`` of false counts: a node without it is active.
        """
        gone: NDArray[np.bool_] = np.any(
            self.own_deleted[self.ancestor] & (self.ancestor >= 0), axis=0
        )
        return gone

    def deleted_ends(
        self, source: NDArray[np.integer[Any]], target: NDArray[np.integer[Any]]
    ) -> dict[str, pa.BooleanArray]:
        """Return the columns ``source_deleted`` and ``target_deleted`` of a table of links."""
        return {
            "source_deleted": pa.array(self.deleted[source]),
            "target_deleted": pa.array(self.deleted[target]),
        }

    @cached_property
    def id_text(self) -> pa.StringArray:
        """Ids as text; the level precedes an id only if the id occurs at two levels."""
        text = id_strings(self.ids)
        _, inverse, counts = np.unique(id_pairs(self.ids), return_inverse=True, return_counts=True)
        shared = np.flatnonzero(counts[inverse] > 1)
        if not len(shared):
            return text
        levels = list(Level)
        values = text.to_pylist()
        for code in shared.tolist():
            values[code] = f"{levels[self.depth[code]]}:{values[code]}"
        return pa.array(values, pa.string())

    @cached_property
    def system(self) -> pa.StringArray:
        """Label of each node's system; null where it is unknown."""
        return self.name.take(_as_indices(self.ancestor[0]))

    @cached_property
    def table(self) -> pa.StringArray:
        """``[schema.]table`` of each table and column; null for all other nodes."""
        tables = pc.coalesce(
            pc.binary_join_element_wise(self.schema_name, self.name, "."), self.name
        )
        return tables.take(_as_indices(self.ancestor[1]))

    @cached_property
    def path(self) -> pa.StringArray:
        """``system/[schema.]table[.column]`` of each node."""
        system = pc.coalesce(self.system, pa.scalar("?"))
        lost = pa.array((self.depth == 2) & (self.ancestor[1] < 0))
        table = pc.if_else(lost, pa.scalar("?"), self.table)
        below = pc.if_else(
            pa.array(self.depth == 2), pc.binary_join_element_wise(table, self.name, "."), table
        )
        return pc.coalesce(pc.binary_join_element_wise(system, below, "/"), system)

    @cached_property
    def path_rank(self) -> NDArray[np.int64]:
        """Place of each node in the order of paths, then of codes: shape (n,)."""
        order = pc.sort_indices(self.path).to_numpy()
        rank = np.empty(len(self), dtype=np.int64)
        rank[order] = np.arange(len(self))
        return rank

    @cached_property
    def marked_path(self) -> pa.StringArray:
        """Paths for display, with ``(deleted)`` after those of deleted nodes."""
        return self._marked(self.path)

    @cached_property
    def label(self) -> pa.StringArray:
        """Label of each node in pictures: ``table.column`` of a column, else its name.

        With ``(deleted)`` after that of a deleted node.
        """
        within = pc.binary_join_element_wise(self.table, self.name, ".")
        bare = pc.or_kleene(pc.is_null(self.table), pc.equal(self.table, self.name)).fill_null(True)  # noqa: FBT003 - pyarrow takes it by position
        below = pc.if_else(pa.array(self.depth == 2), within, self.table)
        return self._marked(pc.if_else(bare, self.name, below))

    def _marked(self, texts: pa.StringArray) -> pa.StringArray:
        """Return texts with the mark of deleted nodes after those of deleted ones."""
        marked = pc.binary_join_element_wise(texts, pa.scalar(DELETED), "")
        return pc.if_else(pa.array(self.deleted), marked, texts)


def _as_indices(codes: NDArray[np.int32]) -> pa.Array:
    """Return positions for `take`, with null for a missing node."""
    return pa.array(codes, mask=codes < 0)


@dataclass(frozen=True, slots=True)
class _CodedIds:
    """One id field of the links: a position in ``ids`` for each link, -1 for null."""

    codes: NDArray[np.int32]
    ids: NDArray[np.uint8]


def code_ends(links: pa.Table, catalogue: Catalogue) -> tuple[Nodes, Ends]:
    """Return the nodes of links and catalogue, and the codes of the ends of each link."""
    coded = {
        (side, name): _decode_column(links.column(f"{side}_{name}"))
        for side in _SIDES
        for names in _LEVEL_FIELDS
        for name in names
    }
    known = (catalogue.integration_sources, catalogue.tables, catalogue.columns)
    found = []  # per level: the ids, and the codes of each field of the links
    for depth, names in enumerate(_LEVEL_FIELDS):
        parts = [_ids_in_column(known[depth], "id")]
        if depth == 1:
            # A column's table exists even if no record of it was received.
            parts.append(_ids_in_column(catalogue.columns, "table_id"))
        if depth == 0:
            parts.extend(
                _ids_in_column(table, "integration_source_id")
                for table in (catalogue.tables, catalogue.relationships, catalogue.associations)
            )
        parts.extend(
            _ids_in_column(getattr(catalogue, table), name)
            for table, name, at, _ in _STRUCTURE
            if at == depth
        )
        fields = [(side, name) for side in _SIDES for name in names]
        parts.extend(coded[key].ids for key in fields)
        ids, position = _distinct_ids(np.concatenate(parts))
        begin = sum(len(part) for part in parts[: len(parts) - len(fields)])
        maps = {}
        for key in fields:
            maps[key] = position[begin : begin + len(coded[key].ids)]
            begin += len(coded[key].ids)
        found.append((ids, maps))

    first = np.cumsum([0, *(len(ids) for ids, _ in found)])
    ends = {}
    unset = np.iinfo(np.int32).max
    parent = np.full(first[3], unset, dtype=np.int32)
    fallback = parent.copy()
    for side in _SIDES:
        node = np.full(links.num_rows, _NO_NODE, dtype=np.int32)
        for depth, names in enumerate(_LEVEL_FIELDS):
            maps = found[depth][1]
            here = np.full(links.num_rows, _NO_NODE, dtype=np.int32)
            for name in names:
                field = coded[side, name]
                given = field.codes >= 0
                here[given] = (maps[side, name] + first[depth])[field.codes[given]]
            given = here >= 0
            if depth:
                # The node above, according to the links; of several, the smallest code, and a table
                # before the system of a column without a table.
                near = given & (node >= first[depth - 1])
                np.minimum.at(parent, here[near], node[near])
                np.minimum.at(fallback, here[given], node[given])
            node = np.where(given, here, node)
        ends[side] = node
    parent = np.where(parent == unset, fallback, parent)
    # Where no link names it: a relationship or association lies in one system with all its nodes.
    declared = np.full(first[3], unset, dtype=np.int32)
    for table, name, depth, _ in _STRUCTURE:
        records = getattr(catalogue, table)
        named = first[depth] + _search_sorted(_ids_in_column(records, name), found[depth][0])
        systems = _search_sorted(_ids_in_column(records, "integration_source_id"), found[0][0])
        np.minimum.at(declared, named, systems.astype(np.int32))
    parent = np.where(parent == unset, declared, parent)
    parent[parent == unset] = _NO_NODE
    ids = np.concatenate([ids for ids, _ in found])
    return _build_nodes(ids, first, parent, catalogue, found), Ends(**ends)


def _build_nodes(
    ids: NDArray[np.uint8],
    first: NDArray[np.intp],
    parent: NDArray[np.int32],
    catalogue: Catalogue,
    found: list[tuple[NDArray[np.uint8], dict[tuple[str, str], NDArray[np.int32]]]],
) -> Nodes:
    levels = [ids[first[depth] : first[depth + 1]] for depth in range(3)]
    rows = [
        _catalogue_rows(levels[0], catalogue.integration_sources),
        _catalogue_rows(levels[1], catalogue.tables),
        _catalogue_rows(levels[2], catalogue.columns),
    ]
    # Containment in the catalogue takes precedence over that in the links.
    for depth, (table, above) in enumerate(
        ((catalogue.tables, "integration_source_id"), (catalogue.columns, "table_id")), start=1
    ):
        column = table.column(above).combine_chunks()
        says = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        children = _search_sorted(
            id_bytes(table.column("id").combine_chunks())[says], levels[depth]
        )
        parents = _search_sorted(id_bytes(column.drop_null()), levels[depth - 1])
        parent[first[depth] + children] = first[depth - 1] + parents

    def gather(*names: str | None) -> pa.StringArray:
        """Return one column of text per node from the catalogue's tables; None skips a level."""
        parts = [
            table.column(name).combine_chunks().take(row)
            if name
            else pa.nulls(len(level), pa.string())
            for name, table, row, level in zip(
                names,
                (catalogue.integration_sources, catalogue.tables, catalogue.columns),
                rows,
                levels,
                strict=True,
            )
        ]
        return pa.concat_arrays(parts)

    kind = gather("connector_type", "kind", "kind").to_pylist()
    for codes, meaning in _field_kinds(first, catalogue, found):
        for code in codes.tolist():
            kind[code] = kind[code] or meaning
    names = gather("name", "name", "name").to_pylist()
    given = catalogue.names
    keys = [row.tobytes() for row in ids] if given else []
    for code, key in enumerate(keys):
        names[code] = given.get(key, names[code])
    labels = catalogue.integration_sources.column("instance_label").combine_chunks().take(rows[0])
    names[: first[1]] = _system_labels(
        names[: first[1]],
        [
            None if row.tobytes() in given else label
            for row, label in zip(levels[0], labels.to_pylist(), strict=True)
        ],
        id_strings(levels[0]).to_pylist(),
    )
    resolved = np.array([name is not None for name in names], dtype=bool)
    for code in np.flatnonzero(~resolved).tolist():
        names[code] = ids[code].tobytes().hex()[:_SHORT_ID_LENGTH]
    return Nodes(
        ids=ids,
        depth=np.repeat(np.arange(3, dtype=np.int8), np.diff(first)),
        parent=parent,
        name=pa.array(names, pa.string()),
        resolved=resolved,
        schema_name=gather(None, "schema_name", None),
        api_identifier=gather(None, "api_identifier", "api_identifier"),
        kind=pa.array(kind, pa.string()),
        data_type=gather(None, None, "data_type"),
        description=gather("description", "description", "description"),
        is_active=pa.concat_arrays(
            [
                table.column("is_active").combine_chunks().take(row)
                for table, row in zip(
                    (catalogue.integration_sources, catalogue.tables, catalogue.columns),
                    rows,
                    strict=True,
                )
            ]
        ),
    )


_KINDS_BY_DEPTH = ((), ("table", "saas_object"), ("column", "saas_field"))


def _field_kinds(
    first: NDArray[np.intp],
    catalogue: Catalogue,
    found: list[tuple[NDArray[np.uint8], dict[tuple[str, str], NDArray[np.int32]]]],
) -> Iterator[tuple[NDArray[np.int64], str]]:
    """Yield the nodes that each field names, with their kind: links first, then records."""
    for depth, names in enumerate(_LEVEL_FIELDS[1:], start=1):
        for side in _SIDES:
            for name, meaning in zip(names, _KINDS_BY_DEPTH[depth], strict=True):
                yield first[depth] + found[depth][1][side, name], meaning
    for table, name, depth, meaning in _STRUCTURE:
        named = _ids_in_column(getattr(catalogue, table), name)
        yield first[depth] + _search_sorted(named, found[depth][0]), meaning


def _system_labels(
    names: list[str | None], labels: list[str | None], ids: list[str]
) -> list[str | None]:
    """Return labels of systems: instance label, else name; equal labels are made distinct."""
    chosen = [label or name for label, name in zip(labels, names, strict=True)]
    counts = Counter(chosen)
    candidates = [
        f"{label} ({name})" if label and counts[label] > 1 and name and name != label else label
        for label, name in zip(chosen, names, strict=True)
    ]
    counts = Counter(candidates)
    return [
        f"{label} ({text[:_SHORT_ID_LENGTH]})" if label and counts[label] > 1 else label
        for label, text in zip(candidates, ids, strict=True)
    ]


def _decode_column(column: pa.ChunkedArray) -> _CodedIds:
    """Return the ids and codes of a dictionary-encoded column, without ids that no row uses."""
    whole = column.unify_dictionaries().combine_chunks()
    codes = whole.indices.fill_null(_NO_NODE).to_numpy(zero_copy_only=False)
    ids = id_bytes(whole.dictionary)
    used = np.zeros(len(ids), dtype=bool)
    used[codes[codes >= 0]] = True
    if used.all():
        return _CodedIds(codes, ids)
    packed = np.append(np.cumsum(used, dtype=np.int32) - 1, np.int32(_NO_NODE))
    return _CodedIds(packed[codes], ids[used])


def _ids_in_column(table: pa.Table, name: str) -> NDArray[np.uint8]:
    return id_bytes(table.column(name).combine_chunks().drop_null())


def _distinct_ids(ids: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the distinct ids, sorted, and the position of each input id among them."""
    order = id_order(ids)
    ordered = ids[order]
    new = np.ones(len(ids), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    position = np.empty(len(ids), dtype=np.int32)
    position[order] = np.cumsum(new) - 1
    return ordered[new], position


def find_ids(wanted: NDArray[np.uint8], among: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return positions of ids among sorted ones, both of shape (n, 16); -1 for missing ids."""
    if not len(among):
        return np.full(len(wanted), -1, dtype=np.int64)
    position = np.minimum(_search_sorted(wanted, among), len(among) - 1)
    return np.where((among[position] == wanted).all(axis=1), position, -1)


def _search_sorted(wanted: NDArray[np.uint8], among: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the positions of ids among sorted ones, or the positions to insert them at."""
    return np.searchsorted(_sortable(among), _sortable(wanted)).astype(np.int64)


def _sortable(ids: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Return ids as fixed-width values with a total order that numpy can search.

    Byte strings lose trailing zeros when compared, so each id is followed by a closing byte.
    """
    closed = np.ones((len(ids), 17), dtype=np.uint8)
    closed[:, :16] = ids
    return closed.view("S17").reshape(-1)


def _catalogue_rows(ids: NDArray[np.uint8], table: pa.Table) -> pa.Array:
    """Return for each id its row in a catalogue table; null where it has none."""
    known = id_bytes(table.column("id").combine_chunks())
    rows = np.full(len(ids), -1, dtype=np.int64)
    rows[_search_sorted(known, ids)] = np.arange(len(known))
    return pa.array(rows, mask=rows < 0)
