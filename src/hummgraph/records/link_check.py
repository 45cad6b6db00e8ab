"""The state of one validation: records or rows in, links and quarantine out."""

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
from hummgraph.records.verdicts import KIND, ValidatedLinks, judge, printed_name, unknown_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.records.decode.builder import WordCodes
    from hummgraph.records.decode.table import LinkTable

__all__ = ["LinkCheck", "texts_of_replies"]

_VALUE_LIMIT: Final = 40


@dataclass(frozen=True, slots=True)
class _Extent:
    """Where the records of a chunk can be found again."""

    number: int  # of its first record, over all replies
    reply: int
    index: int  # of its first record, in the reply
    chunk_start: int
    chunk_size: int
    lines: bool


class LinkCheck:
    """The state of one validation."""

    def __init__(self) -> None:
        self._columns = LinkTableBuilder()
        self._extents: list[_Extent] = []
        self._n_records = 0
        self._n_before_reply = 0
        self._refused: dict[int, tuple[tuple[Reason, ...], bytes]] = {}
        self._unknown_fields: Counter[str] = Counter()

    @property
    def words(self) -> Mapping[str, WordCodes]:
        """The codes of states and types, which grow with what comes."""
        return self._columns.words

    def take(self, reply: int, chunk: Chunk) -> None:
        """Check the records of a chunk, and store what is right."""
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
            examined = self._prove(chunk)
            if examined is not None and not examined.odd.any():
                self._columns.add(examined.columns)
            else:
                self._take_each(chunk, examined)
        self._n_records += len(chunk)

    def _prove(self, chunk: Chunk) -> Examined | None:
        """Examine a chunk, if no key comes twice in it and no number is too large.

        Unknown fields are noted, unless the chunk's records are to be judged one by one anyway.
        """
        if chunk.rows is None:
            return None
        examined = examine(chunk.rows, self._columns.words)
        most = most_members(chunk.text)
        flat = n_flat_members(examined.evidence)
        if flat is not None and most == examined.n_members + flat:
            return examined
        # Undocumented fields, or nested evidence: decode all of it.
        values = chunk.values()
        if values is None or most != _n_members(values, MAX_DEPTH + 1):
            return None
        names = unknown_names(chain.from_iterable(values))
        if names and examined.odd.any():
            return None
        self._unknown_fields.update(names)
        return examined

    def _take_each(self, chunk: Chunk, examined: Examined | None) -> None:
        """Store the records of a chunk that are right, and set aside the others."""
        records = chunk.records()
        rows: list[LinkRow | None]
        fields: Sequence[Sequence[str]] = [()] * len(records)
        if examined is not None and chunk.rows is not None:
            rows = list(chunk.rows)
            odd = np.flatnonzero(examined.odd)
        else:
            rows, fields = map(list, zip(*map(_decode_proven, records), strict=True))
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
                    row, names = judge(record)
                except InvalidRecordError as error:
                    reasons = tuple(Reason(*reason) for reason in error.reasons)
                    self._refused[self._n_records + index] = (reasons, record)
                    continue
            kept.append(row)
            self._unknown_fields.update(names)
        if kept:
            self._columns.add(examine(kept, self._columns.words).columns)

    def judge_rows(
        self,
        columns: LinkBatch,
        odd: NDArray[np.bool_],
        judged: Callable[[int], LinkRow],
        text: Callable[[int], bytes],
    ) -> tuple[LinkBatch, NDArray[np.bool_]]:
        """Have the odd rows of a block judged; return those that are right, and which they are.

        Parameters
        ----------
        columns
            The block, of no use where a row is odd.
        odd
            Which rows the reference must judge.
        judged
            Has it judge one row.
        text
            Writes one row down, to be set aside.
        """
        self._extents.append(_Extent(self._n_records, 0, self._n_records, 0, 0, lines=False))
        kept = np.ones(len(columns), dtype=np.bool_)
        rows: dict[int, LinkRow] = {}
        for index in np.flatnonzero(odd).tolist():
            try:
                rows[index] = judged(index)
            except InvalidRecordError as error:
                reasons = tuple(Reason(*reason) for reason in error.reasons)
                self._refused[self._n_records + index] = (reasons, text(index))
                kept[index] = False
        self._n_records += len(columns)
        if rows:
            found = examine(list(rows.values()), self.words).columns
            columns = columns.patched(np.array(list(rows)), found)
        return columns if kept.all() else columns.taken(np.flatnonzero(kept)), kept

    def add(self, columns: LinkBatch) -> None:
        """Store rows that are right, in the order in which they came."""
        self._columns.add(columns)

    def note_unknown_field(self, name: str, count: int) -> None:
        """Count records with a field that is not read.

        That may be one of the contract's names, where another column was chosen for the field.
        """
        if count:
            self._unknown_fields.update({printed_name(name): count})

    def finish(
        self,
        texts_of: Callable[[Sequence[int], Callable[[int], _Extent]], Mapping[int, bytes]],
        organization_id: UUID | None = None,
    ) -> ValidatedLinks:
        """Compare the links with each other, and give all that was found.

        Parameters
        ----------
        texts_of
            Gives the text of records by their numbers, which rise.
        organization_id
            Whose links these should be; without it, of whom there are most.
        """
        table = self._columns.finish()
        unknown_values: Counter[str] = Counter()
        for name, word, count in table.unknown_words():
            unknown_values[f"{name}={printable(word, _VALUE_LIMIT)}"] += count
        removed = _remove(table, organization_id)
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
        """Return a record's reply, and its position in it."""
        extent = self._extent_of(number)
        return extent.reply, extent.index + number - extent.number

    def _numbers_of(self, removed: Mapping[int, Reason]) -> dict[int, Reason]:
        """Turn indices among the links into numbers among all records."""
        numbers = np.delete(np.arange(self._n_records), list(self._refused))
        return {int(numbers[index]): reason for index, reason in removed.items()}


def texts_of_replies(
    openers: Sequence[Callable[[], IO[bytes]]],
) -> Callable[[Sequence[int], Callable[[int], _Extent]], Mapping[int, bytes]]:
    """Build the function that reads the text of some records of replies again."""

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


def _decode_proven(record: bytes) -> tuple[LinkRow | None, list[str]]:
    """Decode one record and name its unknown fields, or give ``None`` when in doubt."""
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


def _remove(table: LinkTable, organization_id: UUID | None) -> dict[int, Reason]:
    """Take the links of other organisations and the duplicates out of a table; say which."""
    foreign = table.foreign(None if organization_id is None else organization_id.bytes)
    if len(foreign) and foreign.all():
        raise ContractError(
            f"All {len(foreign)} links belong to another organisation than the one asked for.",
            hint="Check the organisation id, and whose token this is.",
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
