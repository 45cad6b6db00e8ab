"""Links whose ends are names ``system/table.column``, with ids and a catalogue built from them.

Ids depend on the content of links and not on their position, so that a decision about a link is
found again when the table is read again, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha1
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np
import pyarrow as pa

from hummgraph.errors import InvalidRecordError
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.decode.arrow import arrow_ids, arrow_texts, numbers_of
from hummgraph.records.decode.builder import NO_TIME, WORDS, Ids, LinkBatch
from hummgraph.records.decode.table import SIDES
from hummgraph.records.ids import id_order, id_strings
from hummgraph.records.link_check import LinkCheck
from hummgraph.records.schema import (
    COLUMN_SCHEMA,
    END_FIELDS,
    INTEGRATION_SOURCE_SCHEMA,
    TABLE_SCHEMA,
)
from hummgraph.records.strict_json import canonical_json
from hummgraph.records.tables.cells import Kind, id_column, is_unicode, text_column
from hummgraph.records.tables.links import BlockFields, texts_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.records.decode.rows import LinkRow
    from hummgraph.records.limits import MemoryBudget
    from hummgraph.records.tables.fields import LinkFields
    from hummgraph.records.tables.rows import Rows
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["NAMESPACE", "check_names"]

NAMESPACE: Final = uuid5(NAMESPACE_OID, "hummgraph")
"""Namespace of all ids that are built from names."""

_NOT_A_NAME: Final = -1
_NO_ID: Final = UUID(int=0)
_PLACEHOLDER_TIME: Final = "2000-01-01T00:00:00Z"  # for rows without one, to validate the rest
_BATCH_ROWS: Final = 1 << 15


def uuids(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Return the UUIDv5 of each text in `NAMESPACE`, shape (n, 16)."""
    space = NAMESPACE.bytes
    digests = [sha1(space + text.encode(), usedforsecurity=False).digest() for text in texts]
    raw = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 20)[:, :16].copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x50
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    return raw


class _Names:
    """Distinct names of a table, with codes in order of appearance."""

    def __init__(self, level: str) -> None:
        self._with_columns = level == "column"
        self._codes: dict[str, int] = {}
        self._systems: dict[str, int] = {}
        self._tables: dict[tuple[str, str], int] = {}
        self._columns: list[str] = []
        self._name_places: list[tuple[int, int]] = []  # system and table of each name

    def code(self, name: str) -> int:
        """Return the code of a name, `_NOT_A_NAME` if it is not one."""
        found = self._codes.get(name)
        if found is None:
            found = self._codes[name] = self._new_code(name)
        return found

    def _new_code(self, name: str) -> int:
        system, _, table = name.partition("/")
        column = ""
        if self._with_columns:
            table, _, column = table.rpartition(".")
        if not (system and table and (column or not self._with_columns)) or not is_unicode(name):
            return _NOT_A_NAME
        place = self._systems.setdefault(system, len(self._systems))
        self._name_places.append(
            (place, self._tables.setdefault((system, table), len(self._tables)))
        )
        self._columns.append(column)
        return len(self._name_places) - 1

    def codes(self, texts: pa.Array) -> NDArray[np.int32]:
        """Return the codes of a column of names."""
        encoded = texts.dictionary_encode()
        found = np.array(
            [*map(self.code, encoded.dictionary.to_pylist()), _NOT_A_NAME], dtype=np.int32
        )
        places: NDArray[np.int32] = numbers_of(encoded.indices.fill_null(-1))
        return found[places]

    def places(self) -> _Places:
        """Return the systems, tables and columns of all names, with ids."""
        systems, tables = list(self._systems), list(self._tables)
        at = np.array(self._name_places, dtype=np.int64).reshape(-1, 2)
        known = [tables[place] for _, place in self._name_places] if self._with_columns else []
        columns = [f"{s}/{t}.{c}" for (s, t), c in zip(known, self._columns, strict=False)]
        return _Places(
            systems=systems,
            tables=[table for _, table in tables],
            columns=self._columns if self._with_columns else [],
            system_of=np.array([self._systems[system] for system, _ in tables], dtype=np.int64),
            at={"integration_source_id": at[:, 0], "table_id": at[:, 1]}
            | ({"column_id": np.arange(len(at))} if self._with_columns else {}),
            ids={
                "integration_source_id": uuids(f"integration_source:{name}" for name in systems),
                "table_id": uuids(f"table:{system}/{table}" for system, table in tables),
                "column_id": uuids(f"column:{name}" for name in columns),
            },
        )


@dataclass(frozen=True, slots=True)
class _Places:
    """Systems, tables and columns, each once.

    Parameters
    ----------
    systems, tables, columns
        Names of the ends; columns only if the names are of columns.
    system_of
        System of each table.
    at
        System, table and column of each name.
    ids
        Ids of systems, tables and columns, shape (n, 16) each.
    """

    systems: list[str]
    tables: list[str]
    columns: list[str]
    system_of: NDArray[np.int64]
    at: dict[str, NDArray[np.int64]]
    ids: dict[str, NDArray[np.uint8]]

    def ends(self, codes: NDArray[np.int32]) -> dict[str, NDArray[np.uint8]]:
        """Return the ids of some ends of links, by field."""
        return {field: self.ids[field][places[codes]] for field, places in self.at.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """Valid links of a block, before they have ids."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    columns: LinkBatch  # with the ids that the rows themselves have, under their field names


def check_names(
    rows: Rows, fields: LinkFields, level: str, memory: MemoryBudget
) -> tuple[ValidatedLinks, Catalogue]:
    """Validate links whose ends are names; build columns and a catalogue of the valid ones."""
    check = LinkCheck(memory)
    names = _Names(level)
    parts = [
        _check_block(check, names, BlockFields(block, fields), memory)
        for block in rows.blocks()
        if block.n_rows
    ]
    places = names.places()
    for part, link_ids in zip(parts, _link_ids(check, parts, places), strict=True):
        for start in range(0, len(part.columns), _BATCH_ROWS):
            some = np.arange(start, min(start + _BATCH_ROWS, len(part.columns)))
            check.add(_assign_ids(part, some, link_ids[some], places))
    return check.finish(texts_of_rows(rows, fields)), _build_catalogue(places, parts)


def _check_block(
    check: LinkCheck, names: _Names, fields: BlockFields, memory: MemoryBudget
) -> _Part:
    parts, odd = fields.parts(check)
    codes = {}
    for side in SIDES:
        texts, bad = text_column(fields.values(side), Kind.NAME)
        codes[side] = names.codes(texts)
        odd |= bad | (codes[side] == _NOT_A_NAME)
    ids = {}
    for name in ("id", "organization_id"):
        ids[name], bad = id_column(fields.values(name))
        odd |= bad
    columns = LinkBatch(link_id=ids["id"].raw, ids=ids, **parts)
    fields.count_others(check)
    columns, kept = check.validate_rows(
        columns, odd, lambda row: _validate_named_row(fields, names, row), fields.text
    )
    # The reference received a placeholder where there was no time.
    created, updated = (
        np.where(parts[name][kept] == NO_TIME, NO_TIME, getattr(columns, name))
        for name in ("created_at", "updated_at")
    )
    columns = replace(columns, created_at=created, updated_at=updated)
    # Kept until all names are known, besides the table.
    memory.take(columns.n_bytes(), "The links")
    return _Part(codes["source"][kept], codes["target"][kept], columns)


def _validate_named_row(fields: BlockFields, names: _Names, row: int) -> LinkRow:
    fields.raise_fault(row)
    record = fields.wire(row)
    ends = {side: record.pop(side, None) for side in SIDES}
    reasons = [
        ("invalid_name", f"/{side}")
        for side, name in ends.items()
        if not isinstance(name, str) or names.code(name) == _NOT_A_NAME
    ]
    whole = {
        **dict.fromkeys(("id", "organization_id"), str(_NO_ID)),
        **dict.fromkeys((f"{side}_integration_source_id" for side in SIDES), str(_NO_ID)),
        **dict.fromkeys(("created_at", "updated_at"), _PLACEHOLDER_TIME),
        **record,
    }
    try:
        link = fields.judged(row, whole)
    except InvalidRecordError as error:
        reasons += error.reasons
        raise InvalidRecordError(str(error), reasons=reasons) from None
    if reasons:
        raise InvalidRecordError("An end is not a name.", reasons=reasons)
    return link


def _link_ids(check: LinkCheck, parts: Sequence[_Part], places: _Places) -> list[NDArray[np.uint8]]:
    """Return the ids of links, for each part.

    An id is derived from both ends, the type, and the position among links with the same ends and
    type: from 0, the highest confidence first, links without confidence last; then by status,
    evidence and times.
    """
    if not parts:
        return []
    source = np.concatenate([part.source for part in parts])
    target = np.concatenate([part.target for part in parts])
    link_type, status = (_canonical_codes(check, parts, name) for name in WORDS)
    states = check.words["status"].words
    by_word = sorted(range(len(states)), key=states.__getitem__)
    rank = np.argsort(by_word)[status]
    confidence = np.concatenate([part.columns.confidence for part in parts])
    number = _number_within_pairs(parts, (source, target, link_type), (-confidence, rank))
    field = list(places.at)[-1]
    node = id_strings(places.ids[field][places.at[field]]).to_pylist()
    types = check.words["link_type"].words
    made = uuids(
        f"link:{node[a]}:{node[b]}:{n}:{types[code]}"
        for a, b, n, code in zip(
            source.tolist(), target.tolist(), number.tolist(), link_type.tolist(), strict=True
        )
    )
    given = np.concatenate([part.columns.ids["id"].given for part in parts])
    own = np.concatenate([part.columns.link_id for part in parts])
    ids = np.where(given[:, np.newaxis], own, made)
    return np.split(ids, np.cumsum([len(part.columns) for part in parts[:-1]]))


def _canonical_codes(check: LinkCheck, parts: Sequence[_Part], name: str) -> NDArray[np.int32]:
    """Return the codes of words, whatever their case."""
    codes = np.concatenate([part.columns.words[name] for part in parts])
    meant: NDArray[np.int32] = np.array(check.words[name].canonical_codes(), dtype=np.int32)[codes]
    return meant


def _number_within_pairs(
    parts: Sequence[_Part],
    pair: Sequence[NDArray[Any]],
    ranks: Sequence[NDArray[Any]],
) -> NDArray[np.int64]:
    """Return the number of each link among those of its pair, by ranks, then by content."""
    order = np.lexsort([*ranks[::-1], *pair[::-1]])

    def begins(keys: Sequence[NDArray[Any]]) -> NDArray[np.bool_]:
        """Return a mask of links, in order, that differ from the one before; NaN equals NaN."""
        new = np.zeros(len(order), dtype=np.bool_)
        new[:1] = True
        for key in keys:
            ordered = key[order]
            nan = np.isnan(ordered)
            new[1:] |= (ordered[1:] != ordered[:-1]) & ~(nan[1:] & nan[:-1])
        return new

    new_pair = begins(pair)
    starts = np.flatnonzero(begins([*pair, *ranks]))
    sizes = np.diff(np.append(starts, len(order)))
    if (sizes > 1).any():
        contents = _TieBreaker(parts)
        for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
            some = order[start : start + size].tolist()
            order[start : start + size] = sorted(some, key=contents.sort_key)
    first = np.flatnonzero(new_pair)
    counts = np.diff(np.append(first, len(order)))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) - np.repeat(first, counts)
    return number


class _TieBreaker:
    """Content of links, to order those of equal pair, confidence and status."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._pieces = [piece for part in parts for piece in part.columns.evidence.pieces]
        self._created = np.concatenate([part.columns.created_at for part in parts])
        self._updated = np.concatenate([part.columns.updated_at for part in parts])

    def sort_key(self, link: int) -> tuple[str, int, int]:
        piece = self._pieces[link]
        text = canonical_json(piece.decode()) if piece else ""
        return text, int(self._created[link]), int(self._updated[link])


def _assign_ids(
    part: _Part,
    some: NDArray[np.int64],
    link_ids: NDArray[np.uint8],
    places: _Places,
) -> LinkBatch:
    """Return some links with the ids of all fields of the API."""
    columns = part.columns.take(some)
    n = len(some)
    nothing = Ids(np.zeros((n, 16), dtype=np.uint8), np.zeros(n, dtype=np.bool_))
    # A link without an organisation's id has the nil UUID.
    organization = (
        columns.ids["organization_id"].raw * columns.ids["organization_id"].given[:, None]
    )
    everywhere = np.ones(n, dtype=np.bool_)
    ids = {"organization_id": Ids(organization, everywhere)}
    for side, codes in (("source", part.source[some]), ("target", part.target[some])):
        ids |= {f"{side}_{field}": nothing for field in END_FIELDS}
        found = places.ends(codes)
        ids |= {f"{side}_{field}": Ids(raw, everywhere) for field, raw in found.items()}
    return replace(columns, link_id=link_ids, ids=ids)


def _build_catalogue(places: _Places, parts: Sequence[_Part]) -> Catalogue:
    """Build a catalogue of the names in the links that were kept."""
    ends = [codes for part in parts for codes in (part.source, part.target)]
    used = np.unique(np.concatenate(ends)) if ends else np.empty(0, dtype=np.int64)
    tables = np.unique(places.at["table_id"][used])
    chosen: dict[str, NDArray[Any]] = {
        "integration_sources": np.unique(places.at["integration_source_id"][used]),
        "tables": tables,
        "columns": used if places.columns else used[:0],
    }
    ids, at = places.ids, places.at
    cells: dict[str, dict[str, Any]] = {
        "integration_sources": {"id": ids["integration_source_id"], "name": places.systems},
        "tables": {
            "id": ids["table_id"],
            "name": places.tables,
            "integration_source_id": ids["integration_source_id"][places.system_of],
            "kind": "table",
        },
        "columns": {
            "id": ids["column_id"],
            "name": places.columns,
            "table_id": ids["table_id"][at["table_id"]],
            "kind": "column",
        },
    }
    made = {
        kind: _catalogue_table(cells[kind], rows[id_order(cells[kind]["id"][rows])], _SCHEMAS[kind])
        for kind, rows in chosen.items()
    }
    n_records = sum(table.num_rows for table in made.values())
    return replace(Catalogue.empty(), **made, n_records=n_records)


_SCHEMAS: Final = {
    "integration_sources": INTEGRATION_SOURCE_SCHEMA,
    "tables": TABLE_SCHEMA,
    "columns": COLUMN_SCHEMA,
}


def _catalogue_table(
    cells: Mapping[str, Any], rows: NDArray[np.int64], schema: pa.Schema
) -> pa.Table:
    """Build a catalogue table of some rows; unknown values are null."""
    columns = []
    for field in schema:
        known = cells.get(field.name)
        if isinstance(known, np.ndarray):
            column = arrow_ids(known[rows])
        elif isinstance(known, list):
            column = arrow_texts([known[row].encode() for row in rows.tolist()], pa.string())
        elif known is not None:
            column = pa.repeat(pa.scalar(known, field.type), len(rows))
        else:
            column = pa.nulls(len(rows), field.type)
        columns.append(column)
    return pa.table(columns, schema=schema)
