"""Table of links that are valid by themselves: duplicates, flags and final codes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.records.decode.arrow import arrow_array, arrow_texts, numbers_of
from hummgraph.records.ids import id_bytes, id_hashes
from hummgraph.records.models import LinkType, Status
from hummgraph.records.schema import END_FIELDS, LINK_SCHEMA
from hummgraph.records.strict_json import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["CODED", "FAMILIES", "NULL", "SIDES", "STORED", "LinkTable"]

NULL: Final = -1
"""Code that stands for null."""

SIDES: Final = ("source", "target")

FAMILIES: Final = {
    "organization_id": "organization_id",
    **{f"{side}_integration_source_id": "integration_source_id" for side in SIDES},
    **{f"{side}_{end}": end for side in SIDES for end in END_FIELDS},
}
"""Columns of ids that repeat, and the family of codes of each: both sides share one."""

CODED: Final = (*FAMILIES, "link_type", "status")
"""Columns stored as codes."""

_N_KNOWN: Final = {"link_type": len(LinkType), "status": len(Status)}
_ROWS_AT_ONCE: Final = 4096

STORED: Final = pa.schema(
    [
        *(pa.field(f.name, pa.int32()) if f.name in CODED else f for f in LINK_SCHEMA),
        pa.field("naive_time", pa.bool_()),
    ]
)
"""The columns of `LINK_SCHEMA` without their dictionaries, plus the flag ``naive_time``."""


FLAGS: Final = (
    "self_link",
    "self_table",
    "system_level",
    "orphan_column",
    "updated_before_created",
    "naive_time",
    "future_time",
    "large_evidence",
    "null_confidence",
    "respelled",
)

# Clocks differ, and time zones differ by up to a day.
CLOCK_SKEW: Final = timedelta(days=1)
LARGE_EVIDENCE_BYTES: Final = 1 << 20
_UNKNOWN_TIME: Final = datetime.min.replace(tzinfo=UTC)


class LinkTable:
    """Links as batches of columns, with codes stored apart from their values.

    Parameters
    ----------
    batches
        Links, with the columns of `STORED`.
    ids
        Ids by code, for each family of columns.
    words
        Words by code, for ``link_type`` and ``status``; known ones first.
    canonical
        Code of the known word with the same letters in any case for each code of a word, or
        the code itself.
    """

    def __init__(
        self,
        batches: list[pa.RecordBatch],
        *,
        ids: Mapping[str, pa.Array],
        words: Mapping[str, Sequence[str]],
        canonical: Mapping[str, Sequence[int]],
    ) -> None:
        self._batches = batches
        self._ids = ids
        self._words = words
        self._canonical = canonical

    def __len__(self) -> int:
        return sum(map(len, self._batches))

    def _column(self, name: str) -> NDArray[Any]:
        parts = [numbers_of(batch.column(name)) for batch in self._batches]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Keep only some of the links."""
        start = 0
        for position, batch in enumerate(self._batches):
            stop = start + len(batch)
            if not kept[start:stop].all():
                self._batches[position] = batch.filter(arrow_array(kept[start:stop], pa.bool_()))
            start = stop

    def foreign(self, organization_id: bytes | None) -> NDArray[np.bool_]:
        """Return a mask of the links that belong to another organisation.

        Without an id, the expected organisation is the one with most links; of equals, the smallest
        id.
        """
        codes = self._column("organization_id")
        ids = self._ids["organization_id"].to_pylist()
        if organization_id is None:
            sizes = np.bincount(codes, minlength=len(ids)).tolist()
            wanted = min(range(len(ids)), key=lambda code: (-sizes[code], ids[code]), default=NULL)
        else:
            wanted = ids.index(organization_id) if organization_id in ids else NULL
        foreign: NDArray[np.bool_] = np.not_equal(codes, wanted)
        return foreign

    def rivals(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find links to set aside because another link has the same id.

        Returns
        -------
        same, other
            Positions of links equal to the one that is kept; positions of links that differ from
            it.

        Notes
        -----
        The newest link is kept; of equally new ones, the one whose content has the largest hash, so
        that order does not matter; of equal ones, the first. One sort of 64-bit numbers finds the
        ids that repeat; only links with these ids are compared.
        """
        mixed = self._mixed_ids()
        mixed.sort()
        repeated = mixed[1:][mixed[1:] == mixed[:-1]]
        del mixed
        same: list[int] = []
        other: list[int] = []
        if len(repeated):
            suspects = np.flatnonzero(np.isin(self._mixed_ids(), repeated))
            groups: dict[bytes, list[tuple[int, tuple[datetime, bytes]]]] = {}
            for index, row in zip(suspects.tolist(), self._stored_rows(suspects), strict=True):
                groups.setdefault(row["link_id"], []).append((index, self._content_key(row)))
            for group in groups.values():
                best = max(content for _, content in group)
                kept = next(index for index, content in group if content == best)
                for index, content in group:
                    if index != kept:
                        (same if content == best else other).append(index)
        return np.array(same, dtype=np.int64), np.array(other, dtype=np.int64)

    def _mixed_ids(self) -> NDArray[np.uint64]:
        """Return a 64-bit hash of each link's id."""
        mixed = np.empty(len(self), dtype=np.uint64)
        start = 0
        for batch in self._batches:
            mixed[start : start + len(batch)] = id_hashes(id_bytes(batch.column("link_id")))
            start += len(batch)
        return mixed

    def _stored_rows(self, indices: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
        """Yield some links as stored, one by one."""
        table = pa.Table.from_batches(self._batches)
        for start in range(0, len(indices), _ROWS_AT_ONCE):
            some = indices[start : start + _ROWS_AT_ONCE]
            yield from table.take(arrow_array(some, pa.int64())).to_pylist()

    def _content_key(self, row: dict[str, Any]) -> tuple[datetime, bytes]:
        """Return a link's time of change, and a hash of all its values."""
        values: list[Any] = []
        for name in LINK_SCHEMA.names:
            value = row[name]
            if name in FAMILIES:
                ids = self._ids[FAMILIES[name]]
                values.append(None if value == NULL else ids[value].as_py().hex())
            elif name in CODED:
                values.append(self._words[name][self._canonical[name][value]])
            elif name == "evidence" and value is not None:
                values.append(canonical_json(value))
            elif name == "confidence" and value is not None:
                values.append(value + 0.0)  # no -0.0
            else:
                values.append(value)
        text = json.dumps(values, default=str)
        return row["updated_at"] or _UNKNOWN_TIME, hashlib.sha256(text.encode()).digest()

    def unknown_words(self) -> Iterator[tuple[str, str, int]]:
        """Yield the states and types missing from the contract, with their counts."""
        for name, words in self._words.items():
            counts = np.bincount(self._column(name), minlength=len(words)).tolist()
            for code in range(_N_KNOWN[name], len(words)):
                if counts[code] and self._canonical[name][code] == code:
                    yield name, words[code], counts[code]

    def flags(self) -> dict[str, int]:
        """Return the number of valid links that deserve a look, by flag."""
        counts = dict.fromkeys(FLAGS, 0)
        latest = int((datetime.now(UTC) + CLOCK_SKEW).timestamp() * 1_000_000)
        for batch in self._batches:
            for name, flagged in _flag_masks(batch, latest).items():
                counts[name] += int(np.count_nonzero(flagged))
            counts["respelled"] += int(np.count_nonzero(self._respelled_links(batch)))
            counts["null_confidence"] += batch.column("confidence").null_count
        return counts

    def _respelled_links(self, batch: pa.RecordBatch) -> NDArray[np.bool_]:
        """Return a mask of links whose state or type differs in case from the contract's word."""
        found = np.zeros(len(batch), dtype=np.bool_)
        for name, canonical in self._canonical.items():
            codes = numbers_of(batch.column(name))
            found |= np.array(canonical, dtype=np.int32)[codes] != codes
        return found

    def finish(self) -> pa.Table:
        """Build the table of `LINK_SCHEMA`, and release the batches."""
        recode = {name: self._new_codes(name) for name in CODED}
        done = []
        while self._batches:
            batch = self._batches.pop(0)
            arrays = []
            for name in LINK_SCHEMA.names:
                array = batch.column(name)
                if name in CODED:
                    new, dictionary = recode[name]
                    codes = new[numbers_of(array)]
                    indices = arrow_array(codes, pa.int32(), valid=codes != NULL)
                    array = pa.DictionaryArray.from_arrays(indices, dictionary)
                arrays.append(array)
            done.append(pa.record_batch(arrays, schema=LINK_SCHEMA))
        return pa.Table.from_batches(done, schema=LINK_SCHEMA)

    def _new_codes(self, name: str) -> tuple[NDArray[np.int32], pa.Array]:
        """Return new codes by old ones, NULL last, and the dictionary of the new codes.

        Ids that occur only in links set aside are left out; both sides share one dictionary.
        """
        if name in FAMILIES:
            family = FAMILIES[name]
            n_codes = len(self._ids[family])
            used = np.zeros(n_codes + 1, dtype=np.bool_)
            for other in (other for other in FAMILIES if FAMILIES[other] == family):
                for batch in self._batches:
                    used[numbers_of(batch.column(other))] = True
            order = np.flatnonzero(used[:-1])
            dictionary = self._ids[family].take(arrow_array(order, pa.int64()))
        else:
            words, known, canonical = self._words[name], _N_KNOWN[name], self._canonical[name]
            n_codes = len(words)
            counts = np.bincount(self._column(name), minlength=n_codes)
            unknown = [
                code for code in range(known, n_codes) if counts[code] and canonical[code] == code
            ]
            order = np.array([*range(known), *sorted(unknown, key=words.__getitem__)])
            encoded = [words[code].encode() for code in order.tolist()]
            dictionary = arrow_texts(encoded, pa.string())
        new = np.full(n_codes + 1, NULL, dtype=np.int32)
        new[order] = np.arange(len(order), dtype=np.int32)
        if name in self._canonical:
            new[:n_codes] = new[self._canonical[name]]
        return new, dictionary


def _flag_masks(batch: pa.RecordBatch, latest: int) -> dict[str, NDArray[np.bool_]]:
    code = {name: numbers_of(batch.column(name)) for name in FAMILIES}
    table, saas_object, column, saas_field = END_FIELDS

    def given(side: str, *ends: str) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_or.reduce(
            [code[f"{side}_{end}"] != NULL for end in ends]
        )
        return found

    def equal(*ends: str) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_and.reduce(
            [code[f"source_{end}"] == code[f"target_{end}"] for end in ends]
        )
        return found

    same_table = equal(table, saas_object)
    same_node = equal(column, saas_field) & (
        given("source", column, saas_field)
        | (same_table & (given("source", table, saas_object) | equal("integration_source_id")))
    )
    created, updated = (numbers_of(batch.column(f"{name}_at")) for name in ("created", "updated"))
    size = pc.fill_null(pc.binary_length(batch.column("evidence")), 0)
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
        "updated_before_created": updated < created,
        "naive_time": numbers_of(batch.column("naive_time")),
        "future_time": np.maximum(created, updated) > latest,
        "large_evidence": size.to_numpy(zero_copy_only=False) > LARGE_EVIDENCE_BYTES,
    }
