"""The links that are right by themselves: compared with each other, counted, made a table."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph._ids import id_array, id_bytes
from hummgraph._json import canonical_json
from hummgraph.columns import END_FIELDS, LINK_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["CODED", "FAMILIES", "NULL", "SIDES", "STORED", "LinkTable", "arrow_array"]

NULL: Final = -1
"""The code of no value."""

SIDES: Final = ("source", "target")

FAMILIES: Final = {
    "organization_id": "organization_id",
    **{f"{side}_integration_source_id": "integration_source_id" for side in SIDES},
    **{f"{side}_{end}": end for side in SIDES for end in END_FIELDS},
}
"""Columns of ids that repeat, and the family whose codes each uses: both sides share one."""

CODED: Final = (*FAMILIES, "link_type", "status")
"""Columns that are kept as codes."""

STORED: Final = pa.schema(
    [
        *(pa.field(f.name, pa.int32()) if f.name in CODED else f for f in LINK_SCHEMA),
        pa.field("naive_time", pa.bool_()),
    ]
)
"""The columns of `LINK_SCHEMA` without their dictionaries, and one flag more."""


def arrow_array(
    values: NDArray[Any], kind: pa.DataType, valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Make an Arrow array of numbers or flags over the same memory.

    `pyarrow.array` would import pandas, where that is installed, to ask whether it is a Series.
    """
    content = np.packbits(values, bitorder="little") if pa.types.is_boolean(kind) else values
    validity = None
    if valid is not None and not valid.all():
        validity = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [validity, pa.py_buffer(np.ascontiguousarray(content))]
    return pa.Array.from_buffers(kind, len(values), buffers)


def _numbers(array: pa.Array) -> NDArray[Any]:
    """View an Arrow array without nulls as numbers; pandas is not asked for here either."""
    _, content = array.buffers()
    if pa.types.is_boolean(array.type):
        bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8), bitorder="little")
        return bits[array.offset : array.offset + len(array)]
    kind = np.int32 if pa.types.is_int32(array.type) else np.int64
    return np.frombuffer(content, dtype=kind)[array.offset : array.offset + len(array)]


def _text_array(texts: Sequence[str]) -> pa.StringArray:
    """Make an Arrow array of texts, without asking for pandas either."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))
    )


FLAGS: Final = (
    "self_link",
    "self_table",
    "system_level",
    "orphan_column",
    "updated_before_created",
    "naive_time",
    "null_confidence",
)


class LinkTable:
    """Links as batches of columns, codes apart from what they stand for.

    Parameters
    ----------
    batches
        Links, with the columns of `STORED`.
    ids
        For each column of ids, the bytes of the ids by code, shape (n, 16).
    words
        For ``link_type`` and ``status``, the words by code, known ones first.
    n_known
        How many of the words are known.
    """

    def __init__(
        self,
        batches: list[pa.RecordBatch],
        *,
        ids: Mapping[str, NDArray[np.uint8]],
        words: Mapping[str, Sequence[str]],
        n_known: Mapping[str, int],
    ) -> None:
        self._batches = batches
        self._ids = ids
        self._words = words
        self._n_known = n_known

    def __len__(self) -> int:
        return sum(map(len, self._batches))

    def _column(self, name: str) -> NDArray[Any]:
        parts = [_numbers(batch.column(name)) for batch in self._batches]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Leave only some of the links."""
        start = 0
        for position, batch in enumerate(self._batches):
            stop = start + len(batch)
            if not kept[start:stop].all():
                self._batches[position] = batch.filter(arrow_array(kept[start:stop], pa.bool_()))
            start = stop

    def foreign(self, organization_id: bytes | None) -> NDArray[np.bool_]:
        """Say which links belong to another organisation than the one given.

        Without one, the organisation that has the most links counts; of equals, the smallest id.
        """
        codes = self._column("organization_id")
        ids = [row.tobytes() for row in self._ids["organization_id"]]
        if organization_id is None:
            sizes = np.bincount(codes, minlength=len(ids)).tolist()
            wanted = min(range(len(ids)), key=lambda code: (-sizes[code], ids[code]), default=NULL)
        else:
            wanted = ids.index(organization_id) if organization_id in ids else NULL
        return codes != wanted

    def rivals(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the links to set aside because another has the same id.

        Returns
        -------
        same, other
            Indices of the links equal to the one that stays; indices of those that differ from it.

        Notes
        -----
        The newest stays; of equally new ones the one whose content has the largest hash, so that
        order does not matter; of equal ones the first. One sort of 64-bit numbers finds the ids
        that occur more than once; only their links are looked at.
        """
        halves = [
            id_bytes(batch.column("link_id")).view(np.uint64).reshape(-1, 2)
            for batch in self._batches
        ]
        if not halves:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        mixed = np.concatenate([half[:, 0] ^ half[:, 1] for half in halves])
        ordered = np.sort(mixed)
        repeated = ordered[1:][ordered[1:] == ordered[:-1]]
        same: list[int] = []
        other: list[int] = []
        if len(repeated):
            suspects = np.flatnonzero(np.isin(mixed, repeated))
            groups: dict[bytes, list[int]] = {}
            ids = np.concatenate([id_bytes(batch.column("link_id")) for batch in self._batches])
            for index in suspects.tolist():
                groups.setdefault(ids[index].tobytes(), []).append(index)
            for group in groups.values():
                if len(group) > 1:
                    self._judge(group, same, other)
        return np.array(same, dtype=np.int64), np.array(other, dtype=np.int64)

    def _judge(self, group: list[int], same: list[int], other: list[int]) -> None:
        contents = [self._content(index) for index in group]
        best = max(contents)
        kept = contents.index(best)
        for position, index in enumerate(group):
            if position != kept:
                (same if contents[position] == best else other).append(index)

    def _content(self, index: int) -> tuple[int, bytes]:
        """Give a link's time of change, and a hash of all its values."""
        for batch in self._batches:
            if index < len(batch):
                break
            index -= len(batch)
        values: dict[str, Any] = {}
        for name in LINK_SCHEMA.names:
            value = batch.column(name)[index]
            if name in FAMILIES:
                code = value.as_py()
                values[name] = None if code == NULL else self._ids[name][code].tobytes().hex()
            elif name in CODED:
                values[name] = self._words[name][value.as_py()]
            elif name == "evidence":
                values[name] = canonical_json(value.as_py()) if value.is_valid else None
            elif name == "confidence":
                values[name] = value.as_py() + 0.0 if value.is_valid else None
            elif name in ("created_at", "updated_at"):
                values[name] = value.value
        text = json.dumps(values, sort_keys=True)
        return values["updated_at"], hashlib.sha256(text.encode()).digest()

    def unknown_words(self) -> Iterator[tuple[str, str, int]]:
        """Give the states and types that the contract does not name, and how often they came."""
        for name, words in self._words.items():
            counts = np.bincount(self._column(name), minlength=len(words)).tolist()
            for code in range(self._n_known[name], len(words)):
                if counts[code]:
                    yield name, words[code], counts[code]

    def flags(self) -> dict[str, int]:
        """Count the links that are right and yet worth a look."""
        counts = dict.fromkeys(FLAGS, 0)
        for batch in self._batches:
            for name, flagged in _flagged(batch).items():
                counts[name] += int(np.count_nonzero(flagged))
            counts["null_confidence"] += batch.column("confidence").null_count
        return counts

    def finish(self) -> pa.Table:
        """Make the table of `LINK_SCHEMA`, and let go of the batches."""
        recode = {name: self._recoding(name) for name in CODED}
        done = []
        while self._batches:
            batch = self._batches.pop(0)
            arrays = []
            for name in LINK_SCHEMA.names:
                array = batch.column(name)
                if name in CODED:
                    new, dictionary = recode[name]
                    codes = new[_numbers(array)]
                    indices = arrow_array(codes, pa.int32(), valid=codes != NULL)
                    array = pa.DictionaryArray.from_arrays(indices, dictionary)
                arrays.append(array)
            done.append(pa.record_batch(arrays, schema=LINK_SCHEMA))
        return pa.Table.from_batches(done, schema=LINK_SCHEMA)

    def _recoding(self, name: str) -> tuple[NDArray[np.int32], pa.Array]:
        """Give new codes by old ones, NULL last, and the dictionary of the new ones.

        Ids that only links set aside have used are left out; both sides keep sharing theirs.
        """
        if name in FAMILIES:
            used = np.zeros(len(self._ids[name]) + 1, dtype=np.bool_)
            for other, family in FAMILIES.items():
                if family == FAMILIES[name]:
                    for batch in self._batches:
                        used[_numbers(batch.column(other))] = True
            order = np.flatnonzero(used[:-1])
            dictionary = id_array(self._ids[name][order])
        else:
            words, known = self._words[name], self._n_known[name]
            counts = np.bincount(self._column(name), minlength=len(words))
            unknown = [code for code in range(known, len(words)) if counts[code]]
            order = np.array([*range(known), *sorted(unknown, key=words.__getitem__)])
            dictionary = _text_array([words[code] for code in order.tolist()])
        new = np.full(self._n_codes(name) + 1, NULL, dtype=np.int32)
        new[order] = np.arange(len(order), dtype=np.int32)
        return new, dictionary

    def _n_codes(self, name: str) -> int:
        return len(self._ids[name] if name in FAMILIES else self._words[name])


def _flagged(batch: pa.RecordBatch) -> dict[str, NDArray[np.bool_]]:
    code = {name: _numbers(batch.column(name)) for name in FAMILIES}
    table, saas_object, column, saas_field = END_FIELDS

    def given(side: str, *ends: str) -> NDArray[np.bool_]:
        return np.logical_or.reduce([code[f"{side}_{end}"] != NULL for end in ends])

    def equal(*ends: str) -> NDArray[np.bool_]:
        return np.logical_and.reduce(
            [code[f"source_{end}"] == code[f"target_{end}"] for end in ends]
        )

    same_table = equal(table, saas_object)
    same_node = equal(column, saas_field) & (
        given("source", column, saas_field)
        | (same_table & (given("source", table, saas_object) | equal("integration_source_id")))
    )
    return {
        "self_link": same_node,
        "self_table": same_table & given("source", table, saas_object) & ~same_node,
        "system_level": ~(given("source", *END_FIELDS) & given("target", *END_FIELDS)),
        "orphan_column": np.logical_or.reduce(
            [
                given(side, below) & ~given(side, above)
                for side in SIDES
                for above, below in ((table, column), (saas_object, saas_field))
            ]
        ),
        "updated_before_created": _numbers(batch.column("updated_at"))
        < _numbers(batch.column("created_at")),
        "naive_time": _numbers(batch.column("naive_time")),
    }
