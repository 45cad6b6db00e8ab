"""State of one validation: records or rows in, links and quarantine out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.errors import ContractError, InvalidRecordError
from hummgraph.records.decode.builder import LinkBatch, LinkTableBuilder
from hummgraph.records.decode.chunks import Chunk, decode_any, decode_row, read_records
from hummgraph.records.decode.rows import Examined, LinkRow, examine, n_flat_members
from hummgraph.records.models import EntityLink
from hummgraph.records.quarantine import (
    MAX_SAMPLE_RECORDS,
    Drift,
    NameCounts,
    QuarantinedRecord,
    QuarantineSample,
    Reason,
)
from hummgraph.records.strict_json import MAX_DEPTH, count_members, most_members, printable
from hummgraph.records.verdicts import (
    KIND,
    ValidatedLinks,
    printed_name,
    unknown_names,
    validate_row,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.records.decode.builder import WordCodes
    from hummgraph.records.decode.table import LinkTable
    from hummgraph.records.limits import MemoryBudget

__all__ = ["LinkCheck", "TextsOf", "texts_of_replies"]

_MAX_VALUE_LENGTH: Final = 40
# A stranger's file may hold millions of short records, all alike: their reasons are kept.
_MAX_REMEMBERED: Final = 1_000
_MAX_REMEMBERED_BYTES: Final = 256

_AT_ONCE: Final = 4096
_MAX_ALIKE_MEMBERS: Final = 8
_FIELDS: Final = frozenset(EntityLink.model_fields)

TextsOf = Callable[[Sequence[int], Callable[[int], "_Extent"]], Iterator[tuple[int, bytes]]]
"""Function from rising numbers of records to numbers and texts."""


@dataclass(frozen=True, slots=True)
class _Extent:
    """Position of a chunk's records, to read them again."""

    number: int  # of its first record, over all replies
    reply: int
    index: int  # of its first record, in the reply
    chunk_start: int
    chunk_size: int
    lines: bool


class _RefusedError(Exception):
    """A record is set aside, for these reasons."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__()
        self.reasons = reasons


@dataclass(slots=True)
class _Refusal:
    """Reasons for which a short record was refused, and how often it was met again."""

    reasons: tuple[Reason, ...]
    counts_only: bool = False
    """Whether no more records are kept for any of these reasons."""
    n_more: int = 0


class LinkCheck:
    """State of one validation."""

    def __init__(self, memory: MemoryBudget | None = None) -> None:
        self._columns = LinkTableBuilder(memory)
        self._extents: list[_Extent] = []
        self._n_records = 0
        self._n_before_reply = 0
        self._sample = QuarantineSample()
        self._kept = _KeptNumbers()
        self._refusals: dict[bytes, _Refusal] = {}
        self._unknown_fields = NameCounts()

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
            self._kept.add_all(self._n_records, len(chunk))
            self._columns.add(chunk.columns)
            for name in chunk.unknown_fields:
                self.note_unknown_field(name, len(chunk))
        else:
            examined = self._examine_chunk(chunk)
            if examined is not None and not examined.odd.any():
                self._kept.add_all(self._n_records, len(chunk))
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
        kept: list[LinkRow] = []
        places: list[int] = []
        for index, proven, known_names in self._decode_each(records, chunk, examined):
            row, names = proven, known_names
            if row is None:
                try:
                    row, names = self._validate(records[index])
                except _RefusedError as error:
                    self._refuse(self._n_records + index, error.reasons, records[index])
                    continue
            kept.append(row)
            places.append(index)
            self._unknown_fields.update(names)
        if kept:
            self._kept.add(self._n_records, len(records), places)
            self._columns.add(examine(kept, self._columns.words).columns)

    def _decode_each(
        self, records: list[bytes], chunk: Chunk, examined: Examined | None
    ) -> Iterator[tuple[int, LinkRow | None, Sequence[str]]]:
        """Yield the place of each record, its row if it is proven valid, and its unknown fields.

        Records that were refused before, and of which no more are kept, are counted only.
        """
        if examined is not None and chunk.rows is not None:
            odd = examined.odd.tolist()
            for index, row in enumerate(chunk.rows):
                yield index, None if odd[index] else row, ()
            return
        # Some at a time: what was refused before is known when the next are looked at.
        for start in range(0, len(records), _AT_ONCE):
            yield from self._decode_some(records, start)

    def _decode_some(
        self, records: list[bytes], start: int
    ) -> Iterator[tuple[int, LinkRow | None, Sequence[str]]]:
        """Yield the same as `_decode_each`, of some records from a place on."""
        fresh = []
        for index in range(start, min(start + _AT_ONCE, len(records))):
            refusal = self._refusals.get(records[index])
            if refusal is not None and refusal.counts_only:
                refusal.n_more += 1
            else:
                fresh.append(index)
        decoded = [_decode_record(records[index]) for index in fresh]
        proven = [row for row, _ in decoded if row is not None]
        odd = examine(proven, self._columns.words).odd.tolist() if proven else []
        at = iter(odd)
        for index, (found, names) in zip(fresh, decoded, strict=True):
            yield index, None if found is None or next(at) else found, names

    def _validate(self, record: bytes) -> tuple[LinkRow, Sequence[str]]:
        """Validate a record with the reference, unless its reasons for refusal are known."""
        alike = _alike(record)
        known = self._refusals.get(alike)
        if known is None:
            try:
                return validate_row(alike)
            except InvalidRecordError as error:
                reasons = tuple(Reason(*reason) for reason in error.reasons)
            self._remember(alike, reasons)
        else:
            reasons = known.reasons
        self._remember(record, reasons)
        raise _RefusedError(reasons)

    def _remember(self, record: bytes, reasons: tuple[Reason, ...]) -> None:
        """Keep the reasons for a short record, as there may be millions of the same."""
        if len(record) > _MAX_REMEMBERED_BYTES:
            return
        if len(self._refusals) >= _MAX_REMEMBERED:
            self._count_refusals()
        full = not self._sample.takes(reasons, 0)
        self._refusals.setdefault(record, _Refusal(reasons)).counts_only = full

    def _count_refusals(self) -> None:
        """Add the counts by record to the counts by reason."""
        for refusal in self._refusals.values():
            self._sample.count(refusal.reasons, refusal.n_more)
        self._refusals.clear()

    def _refuse(
        self, number: int, reasons: tuple[Reason, ...], record: bytes | Callable[[], bytes]
    ) -> None:
        """Count a record that is set aside, and keep it if there is room."""
        self._sample.count(reasons)
        if self._sample.takes(reasons, 0):
            text = record if isinstance(record, bytes) else record()
            if self._sample.takes(reasons, len(text)):
                place = self._place_of(number)
                self._sample.add(QuarantinedRecord(KIND, *place, reasons, text))

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
                self._refuse(self._n_records + index, reasons, partial(text, index))
                kept[index] = False
        if kept.any():
            self._kept.add(self._n_records, len(columns), np.flatnonzero(kept))
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

    def finish(self, texts_of: TextsOf, organization_id: UUID | None = None) -> ValidatedLinks:
        """Compare the links with each other, and return the result.

        Parameters
        ----------
        texts_of
            Yields the texts of records by their numbers, which rise.
        organization_id
            Expected organisation of the links; the one with the most links by default.
        """
        self._count_refusals()
        table = self._columns.finish()
        unknown_values = NameCounts()
        for name, word, count in table.unknown_words():
            unknown_values[f"{name}={printable(word, _MAX_VALUE_LENGTH)}"] += count
        removed = _remove_foreign_and_duplicates(table, organization_id)
        if removed:
            self._refuse_removed(removed, texts_of)
        flags = table.flags()
        return ValidatedLinks(
            links=table.finish(),
            quarantine=self._sample.build(),
            n_records=self._n_records,
            flags=flags,
            drift=Drift(dict(self._unknown_fields), dict(unknown_values)),
        )

    def _refuse_removed(
        self, removed: Mapping[Reason, NDArray[np.int64]], texts_of: TextsOf
    ) -> None:
        """Count links that are set aside for others, and read the text of those that are kept."""
        numbers = self._kept.numbers()
        chosen: dict[int, Reason] = {}
        for reason, links in removed.items():
            self._sample.count((reason,), len(links))
            first = np.sort(numbers[links])[:MAX_SAMPLE_RECORDS]
            chosen |= dict.fromkeys(first.tolist(), reason)
        for number, text in texts_of(sorted(chosen), self._extent_of):
            reasons = (chosen[number],)
            if self._sample.takes(reasons, len(text)):
                place = self._place_of(number)
                self._sample.add(QuarantinedRecord(KIND, *place, reasons, text))

    def _extent_of(self, number: int) -> _Extent:
        return self._extents[bisect_right(self._extents, number, key=attrgetter("number")) - 1]

    def _place_of(self, number: int) -> tuple[int, int]:
        """Return a record's reply, and its position in that reply."""
        extent = self._extent_of(number)
        return extent.reply, extent.index + number - extent.number


class _KeptNumbers:
    """Numbers of the records that were kept, among all: memory for those kept only."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, int | NDArray[np.int64]]] = []

    def add_all(self, first: int, n_records: int) -> None:
        """Note that all of some records were kept."""
        if self._runs:
            start, n = self._runs[-1]
            if isinstance(n, int) and start + n == first:
                self._runs[-1] = start, n + n_records
                return
        self._runs.append((first, n_records))

    def add(self, first: int, n_records: int, places: Sequence[int] | NDArray[np.int64]) -> None:
        """Note which of some records were kept, by their places among these."""
        if len(places) == n_records:
            self.add_all(first, n_records)
        else:
            self._runs.append((first, np.array(places, dtype=np.int64)))

    def numbers(self) -> NDArray[np.int64]:
        """Return the number of each kept record."""
        return np.concatenate(
            [
                first + (np.arange(kept) if isinstance(kept, int) else kept)
                for first, kept in self._runs
            ]
        )


def texts_of_replies(openers: Sequence[Callable[[], IO[bytes]]]) -> TextsOf:
    """Build the function that reads the text of some records from the replies again."""

    def texts_of(
        numbers: Sequence[int], extent_of: Callable[[int], _Extent]
    ) -> Iterator[tuple[int, bytes]]:
        for reply, in_reply in groupby(numbers, key=lambda number: extent_of(number).reply):
            chunks = [(extent, list(group)) for extent, group in groupby(in_reply, key=extent_of)]
            with openers[reply]() as stream:
                all_records = read_records(
                    stream, [(e.chunk_start, e.chunk_size, e.lines) for e, _ in chunks]
                )
                for (extent, group), records in zip(chunks, all_records, strict=True):
                    for number in group:
                        yield number, records[number - extent.number]

    return texts_of


def _alike(record: bytes) -> bytes:
    """Return a shorter record that is refused for the same reasons, or the record itself.

    A record without any field of the contract is refused as an empty object is; one that is not an
    object, as a null.
    """
    if len(record) > _MAX_REMEMBERED_BYTES or most_members(record) > _MAX_ALIKE_MEMBERS:
        return record
    value = decode_any(record)
    if isinstance(value, dict) and len(value) == most_members(record):
        simple = not value.keys() & _FIELDS and all(map(_is_simple, value.values()))
        return b"{}" if simple else record
    return b"null" if _is_simple(value) and value is not None else record


def _is_simple(value: object) -> bool:
    """Return whether a value breaks no rule of strict JSON, wherever it stands."""
    if type(value) is int:
        return abs(value) < 2**53
    return value is None or type(value) in {str, bool}


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
) -> dict[Reason, NDArray[np.int64]]:
    """Remove links of other organisations and duplicates from a table; return them by reason."""
    foreign = table.foreign(None if organization_id is None else organization_id.bytes)
    if len(foreign) and foreign.all():
        raise ContractError(
            f"All {len(foreign)} links belong to another organisation than the one requested.",
            hint="Check the organisation id and the organisation of the token.",
        )
    ours = np.flatnonzero(~foreign)
    removed = {Reason("wrong_org", "/organization_id"): np.flatnonzero(foreign)}
    table.keep(~foreign)
    same, other = table.rivals()
    removed[Reason("duplicate", "/id")] = ours[same]
    removed[Reason("duplicate_conflict", "/id")] = ours[other]
    kept = np.ones(len(ours), dtype=np.bool_)
    kept[same] = kept[other] = False
    table.keep(kept)
    return {reason: links for reason, links in removed.items() if len(links)}
