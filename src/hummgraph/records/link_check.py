"""State of one validation: records or rows in, links and quarantine out."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.errors import ContractError, InvalidRecordError
from hummgraph.frames import Listing
from hummgraph.records.decode.builder import LinkBatch, LinkTableBuilder
from hummgraph.records.decode.chunks import Chunk, decode_any, decode_row, read_records
from hummgraph.records.decode.rows import Examined, LinkRow, examine, n_flat_members
from hummgraph.records.quarantine import Drift, QuarantinedRecord, Reason
from hummgraph.records.strict_json import MAX_DEPTH, count_members, most_members, printable
from hummgraph.records.verdicts import (
    KIND,
    ValidatedLinks,
    printed_name,
    unknown_names,
    validate_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.records.decode.builder import WordCodes
    from hummgraph.records.decode.table import LinkTable

__all__ = ["LinkCheck", "texts_of_replies"]

_MAX_VALUE_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class _Extent:
    """Position of a chunk's records, to read them again."""

    number: int  # of its first record, over all replies
    reply: int
    index: int  # of its first record, in the reply
    chunk_start: int
    chunk_size: int
    lines: bool


class LinkCheck:
    """State of one validation."""

    def __init__(self) -> None:
        self._columns = LinkTableBuilder()
        self._extents: list[_Extent] = []
        self._n_records = 0
        self._n_before_reply = 0
        self._refused: dict[int, tuple[tuple[Reason, ...], bytes]] = {}
        self._unknown_fields: Counter[str] = Counter()

    @property
    def words(self) -> Mapping[str, WordCodes]:
        """Codes of states and types; new words are added as records arrive."""
        return self._columns.words

    def take(self, reply: int, chunk: Chunk) -> None:
        """Check the records of a chunk, and store the valid ones."""
        if not self._extents or self._extents[-1].reply != reply:
            self._n_before_reply = self._n_records
        self._extents.append(
            _Extent(
                self._n_records,
                reply,
                self._n_records - self._n_before_reply,
                chunk.start,
                len(chunk.text),
                chunk.lines,
            )
        )
        if chunk.columns is not None:
            self._columns.add(chunk.columns)
            for name in chunk.unknown_fields:
                self.note_unknown_field(name, len(chunk))
        else:
            examined = self._examine_chunk(chunk)
            if examined is not None and not examined.odd.any():
                self._columns.add(examined.columns)
            else:
                self._check_each(chunk, examined)
        self._n_records += len(chunk)

    def _examine_chunk(self, chunk: Chunk) -> Examined | None:
        """Examine a chunk; ``None`` if a key may occur twice or a number may be too large.

        Unknown fields are noted, unless each of the chunk's records will be validated by itself.
        """
        if chunk.rows is None:
            return None
        examined = examine(chunk.rows, self._columns.words)
        most = most_members(chunk.text)
        flat = n_flat_members(examined.evidence)
        if flat is not None and most == examined.n_members + flat:
            return examined
        # Undocumented fields or nested evidence: decode everything.
        values = chunk.values()
        if values is None or most != _n_members(values, MAX_DEPTH + 1):
            return None
        names = unknown_names(chain.from_iterable(values))
        if names and examined.odd.any():
            return None
        self._unknown_fields.update(names)
        return examined

    def _check_each(self, chunk: Chunk, examined: Examined | None) -> None:
        """Check the records of a chunk one by one: store the valid ones, set aside the others."""
        records = chunk.records()
        rows: list[LinkRow | None]
        fields: Sequence[Sequence[str]] = [()] * len(records)
        if examined is not None and chunk.rows is not None:
            rows = list(chunk.rows)
            odd = np.flatnonzero(examined.odd)
        else:
            rows, fields = map(list, zip(*map(_decode_record, records), strict=True))
            sure = np.array([i for i, row in enumerate(rows) if row is not None], dtype=np.int64)
            odd = sure[:0]
            if len(sure):
                proven = [row for row in rows if row is not None]
                odd = sure[examine(proven, self._columns.words).odd]
        for index in odd.tolist():
            rows[index] = None
        kept: list[LinkRow] = []
        for index, record in enumerate(records):
            row, names = rows[index], fields[index]
            if row is None:
                try:
                    row, names = validate_row(record)
                except InvalidRecordError as error:
                    reasons = tuple(Reason(*reason) for reason in error.reasons)
                    self._refused[self._n_records + index] = (reasons, record)
                    continue
            kept.append(row)
            self._unknown_fields.update(names)
        if kept:
            self._columns.add(examine(kept, self._columns.words).columns)

    def validate_rows(
        self,
        columns: LinkBatch,
        odd: NDArray[np.bool_],
        validate_at: Callable[[int], LinkRow],
        text: Callable[[int], bytes],
    ) -> tuple[LinkBatch, NDArray[np.bool_]]:
        """Validate the odd rows of a block with the reference.

        Parameters
        ----------
        columns
            The block; its values in odd rows are ignored.
        odd
            Rows that need the reference.
        validate_at
            Validates one row.
        text
            Writes one row as text, for the quarantine.

        Returns
        -------
            tuple[LinkBatch, NDArray[np.bool_]]
                The valid rows, and which rows of the block they are.
        """
        self._extents.append(_Extent(self._n_records, 0, self._n_records, 0, 0, lines=False))
        kept = np.ones(len(columns), dtype=np.bool_)
        rows: dict[int, LinkRow] = {}
        for index in np.flatnonzero(odd).tolist():
            try:
                rows[index] = validate_at(index)
            except InvalidRecordError as error:
                reasons = tuple(Reason(*reason) for reason in error.reasons)
                self._refused[self._n_records + index] = (reasons, text(index))
                kept[index] = False
        self._n_records += len(columns)
        if rows:
            found = examine(list(rows.values()), self.words).columns
            columns = columns.replace_rows(np.array(list(rows)), found)
        return columns if kept.all() else columns.take(np.flatnonzero(kept)), kept

    def add(self, columns: LinkBatch) -> None:
        """Store valid rows, in their original order."""
        self._columns.add(columns)

    def note_unknown_field(self, name: str, count: int) -> None:
        """Count records with a field that is not read.

        The field may be named by the contract, if another column was chosen for it.
        """
        if count:
            self._unknown_fields.update({printed_name(name): count})

    def finish(
        self,
        texts_of: Callable[[Sequence[int], Callable[[int], _Extent]], Mapping[int, bytes]],
        organization_id: UUID | None = None,
    ) -> ValidatedLinks:
        """Compare the links with each other, and return the result.

        Parameters
        ----------
        texts_of
            Returns the text of records by their numbers, which rise.
        organization_id
            Expected organisation of the links; the one with the most links by default.
        """
        table = self._columns.finish()
        unknown_values: Counter[str] = Counter()
        for name, word, count in table.unknown_words():
            unknown_values[f"{name}={printable(word, _MAX_VALUE_LENGTH)}"] += count
        removed = _remove_foreign_and_duplicates(table, organization_id)
        if removed:
            numbers = self._numbers_of(removed)
            texts = texts_of(sorted(numbers), self._extent_of)
            for number, reason in numbers.items():
                self._refused[number] = ((reason,), texts[number])
        flags = table.flags()
        return ValidatedLinks(
            links=table.finish(),
            quarantine=Listing(
                QuarantinedRecord(KIND, *self._place_of(number), reasons, record)
                for number, (reasons, record) in sorted(self._refused.items())
            ),
            n_records=self._n_records,
            flags=flags,
            drift=Drift(dict(self._unknown_fields), dict(unknown_values)),
        )

    def _extent_of(self, number: int) -> _Extent:
        return self._extents[bisect_right(self._extents, number, key=attrgetter("number")) - 1]

    def _place_of(self, number: int) -> tuple[int, int]:
        """Return a record's reply, and its position in that reply."""
        extent = self._extent_of(number)
        return extent.reply, extent.index + number - extent.number

    def _numbers_of(self, removed: Mapping[int, Reason]) -> dict[int, Reason]:
        """Convert positions among the links to numbers among all records."""
        numbers = np.delete(np.arange(self._n_records), list(self._refused))
        return {int(numbers[index]): reason for index, reason in removed.items()}


def texts_of_replies(
    openers: Sequence[Callable[[], IO[bytes]]],
) -> Callable[[Sequence[int], Callable[[int], _Extent]], Mapping[int, bytes]]:
    """Build the function that reads the text of some records from the replies again."""

    def texts_of(
        numbers: Sequence[int], extent_of: Callable[[int], _Extent]
    ) -> Mapping[int, bytes]:
        texts: dict[int, bytes] = {}
        for reply, in_reply in groupby(numbers, key=lambda number: extent_of(number).reply):
            chunks = [(extent, list(group)) for extent, group in groupby(in_reply, key=extent_of)]
            with openers[reply]() as stream:
                all_records = read_records(
                    stream, [(e.chunk_start, e.chunk_size, e.lines) for e, _ in chunks]
                )
                for (extent, group), records in zip(chunks, all_records, strict=True):
                    texts |= {number: records[number - extent.number] for number in group}
        return texts

    return texts_of


def _decode_record(record: bytes) -> tuple[LinkRow | None, list[str]]:
    """Decode one record and list its unknown fields; ``None`` if it may be invalid."""
    row = decode_row(record)
    value = decode_any(record)
    if row is None or value is None or most_members(record) != _n_members(value, MAX_DEPTH):
        return None, []
    return row, unknown_names(value)


def _n_members(value: Any, room: int) -> int | None:
    try:
        return count_members(value, room)
    except RecursionError:
        return None


def _remove_foreign_and_duplicates(
    table: LinkTable, organization_id: UUID | None
) -> dict[int, Reason]:
    """Remove links of other organisations and duplicates from a table; return them with reasons."""
    foreign = table.foreign(None if organization_id is None else organization_id.bytes)
    if len(foreign) and foreign.all():
        raise ContractError(
            f"All {len(foreign)} links belong to another organisation than the one requested.",
            hint="Check the organisation id and the organisation of the token.",
        )
    ours = np.flatnonzero(~foreign)
    removed = dict.fromkeys(
        np.flatnonzero(foreign).tolist(), Reason("wrong_org", "/organization_id")
    )
    table.keep(~foreign)
    same, other = table.rivals()
    removed |= dict.fromkeys(ours[same].tolist(), Reason("duplicate", "/id"))
    removed |= dict.fromkeys(ours[other].tolist(), Reason("duplicate_conflict", "/id"))
    kept = np.ones(len(ours), dtype=np.bool_)
    kept[same] = kept[other] = False
    table.keep(kept)
    return removed
