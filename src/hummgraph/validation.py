"""From a reply's bytes to columns: what is right is kept, the rest set aside with its reasons.

:func:`validate_record` says what is right: the rules of JSON, strictly, and the model of the wire
contract. :func:`validate_links` says the same of a million records, faster: records are decoded and
checked many at a time, and whatever that cannot prove to be right is given to `validate_record`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
import numpy as np
from pydantic import ValidationError

from hummgraph._decode_columns import LinkColumns
from hummgraph._decode_rows import Examined, LinkRow, examine, n_flat_members
from hummgraph._decode_stream import (
    Chunk,
    decode_any,
    decode_row,
    read_chunks,
    read_records,
)
from hummgraph._json import (
    MAX_DEPTH,
    count_members,
    member_text,
    most_members,
    printable,
    strict_json,
)
from hummgraph.errors import ContractError, InvalidRecordError
from hummgraph.models import EntityLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import IO

    import pyarrow as pa

    from hummgraph._decode_table import LinkTable

__all__ = [
    "REASON_CODES",
    "Drift",
    "QuarantinedRecord",
    "Reason",
    "ValidatedLinks",
    "reasons_of",
    "strict_json",
    "validate_links",
    "validate_record",
]

REASON_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_utf8": "The record is not UTF-8.",
        "not_json": "The record is not JSON.",
        "too_deep": f"Objects and arrays nest deeper than {MAX_DEPTH} levels.",
        "duplicate_key": "A key comes twice in one object.",
        "not_finite": "A number is NaN, infinite or too large for a double.",
        "integer_too_long": "An integer has more than 4,300 digits.",
        "not_object": "The record is not a JSON object.",
        "missing_field": "A required field is missing.",
        "wrong_type": "A value has another type than the contract says.",
        "not_unicode": "A text holds half a surrogate pair, so it is not Unicode.",
        "invalid_uuid": "An id is not a UUID.",
        "date_time": "A time is not an RFC 3339 date-time, or there is no such moment.",
        "confidence_range": "The confidence score is not in [0, 1].",
        "ambiguous_endpoint": "One end names both a database table or column and a SaaS object or "
        "field.",
        "wrong_org": "The record belongs to another organisation.",
        "duplicate": "Another record with the same id and the same content was kept.",
        "duplicate_conflict": "Another record with the same id and other content was kept.",
    }
)
"""Every reason for which a record is set aside, and what it means."""

# pydantic's error types. Those not here say in one way or another that a type is wrong.
_CODES_OF_TYPES: Final = {
    "missing": "missing_field",
    "uuid_parsing": "invalid_uuid",
    "uuid_type": "invalid_uuid",
    "date_time": "date_time",
    "finite_number": "not_finite",
    "not_unicode": "not_unicode",
    "string_unicode": "not_unicode",
    "model_type": "not_object",
}

_KIND: Final = "entity_link"
_KNOWN: Final = frozenset(EntityLink.model_fields)
_VALUE_LIMIT: Final = 40
_NAME_LIMIT: Final = 100

# How much of a reply is looked at at a time. With less, the calls into numpy weigh more; with
# more, the memory that is held besides the columns does (10 bytes a link of a million).
_CHUNK_SIZE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record was set aside.

    Parameters
    ----------
    code
        One of `REASON_CODES`.
    pointer
        Where in the record, as a JSON pointer (RFC 6901) of at most 100 characters; empty for the
        record as a whole. It names fields and keys, never values.

    Examples
    --------
    >>> Reason("confidence_range", "/confidence_score").pointer
    '/confidence_score'
    """

    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record that was set aside, whole.

    Parameters
    ----------
    kind
        ``"entity_link"``, or a catalogue kind such as ``"columns"``.
    reply
        Which reply it came in, from 0.
    index
        Its position in that reply, from 0.
    reasons
        Why it was set aside.
    record
        Its JSON exactly as it came. It may hold personal data, so that ``repr`` leaves it out.

    Examples
    --------
    >>> QuarantinedRecord("entity_link", 0, 7, (Reason("duplicate", "/id"),), b"{...}")
    QuarantinedRecord(kind='entity_link', reply=0, index=7, reasons=(Reason(code='duplicate',
    pointer='/id'),))
    """

    kind: str
    reply: int
    index: int
    reasons: tuple[Reason, ...]
    record: bytes = field(repr=False)

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong with it; a mere copy of a kept record is not bad."""
        return any(reason.code != "duplicate" for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Drift:
    """How the records differ from the documented contract without breaking it.

    Both count over the records that are right by themselves.

    Parameters
    ----------
    unknown_fields
        Names of undocumented fields, cut to 100 characters, and in how many records they came.
    unknown_values
        Undocumented states and types, as ``"status=ARCHIVED"``, the value cut to 40 characters, and
        in how many records they came.

    Examples
    --------
    >>> Drift({}, {"status=ARCHIVED": 3}).unknown_values["status=ARCHIVED"]
    3
    """

    unknown_fields: Mapping[str, int]
    unknown_values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ValidatedLinks:
    """What came of a validation: ``n_records == links.num_rows + len(quarantine)``, always.

    Parameters
    ----------
    links
        The links kept, with the columns of `hummgraph.columns.LINK_SCHEMA`, in the order in which
        they came.
    quarantine
        The records set aside, in the order in which they came.
    n_records
        How many records came.
    flags
        How many of the links kept are right and yet worth a look: ``self_link`` (both ends are the
        same node), ``self_table`` (both ends lie in the same table or object), ``system_level`` (an
        end is an integration source as a whole), ``orphan_column`` (a column without its table or a
        field without its object), ``updated_before_created``, ``naive_time`` (a time without an
        offset, taken as UTC), ``future_time`` (a time more than a day after the reading),
        ``large_evidence`` (of more than 1 MiB; it is kept whole), ``null_confidence``.
    drift
        How the records differ from the documented contract.

    Examples
    --------
    >>> import io
    >>> validate_links([lambda: io.BytesIO(b"[]")]).n_records
    0
    """

    links: pa.Table
    quarantine: tuple[QuarantinedRecord, ...]
    n_records: int
    flags: Mapping[str, int]
    drift: Drift


def validate_record(record: bytes) -> EntityLink:
    """Check one record: the rules of JSON, strictly, and the model of the contract.

    Parameters
    ----------
    record
        The JSON text of one entity link.

    Returns
    -------
    EntityLink
        The record's values.

    Raises
    ------
    InvalidRecordError
        If anything is wrong; its `reasons` are pairs of a code of `REASON_CODES` and a JSON
        pointer. No value of the record is in it.

    Notes
    -----
    Beyond what Python's own reader refuses, no object may hold a key twice, no number may be NaN or
    infinite (``1e999`` is), no integer may have more than 4,300 digits, and nothing may nest deeper
    than 100 levels. Escapes of half surrogate pairs and of NUL are allowed in evidence.

    Examples
    --------
    >>> validate_record(b'{"id": NaN}')
    Traceback (most recent call last):
        ...
    hummgraph.errors.InvalidRecordError: The record breaks the contract: not_finite at /id.
    """
    return _read_record(record)[0]


def reasons_of(error: ValidationError) -> tuple[Reason, ...]:
    """Give the reasons that a model's error stands for, each once, in the order of its fields.

    Examples
    --------
    >>> from hummgraph.models import TableRecord
    >>> try:
    ...     TableRecord.model_validate({"id": 7})
    ... except ValidationError as error:
    ...     reasons_of(error)
    (Reason(code='invalid_uuid', pointer='/id'),)
    """
    reasons: list[Reason] = []
    for problem in error.errors(include_url=False, include_input=False):
        if problem["type"] == "contract_prose":
            for item in problem["ctx"]["problems"].split():
                code, _, pointer = item.partition(":")
                reasons.append(Reason(code, pointer))
        else:
            # What follows the field's name are steps of the model, not of the record.
            pointer = f"/{problem['loc'][0]}" if problem["loc"] else ""
            reasons.append(Reason(_CODES_OF_TYPES.get(problem["type"], "wrong_type"), pointer))
    return tuple(dict.fromkeys(reasons))


def _read_record(record: bytes) -> tuple[EntityLink, dict[str, Any]]:
    """Give a record's values, and the JSON object they were read from."""
    try:
        value = strict_json(record)
    except InvalidRecordError as error:
        raise _invalid([Reason(*reason) for reason in error.reasons]) from None
    try:
        return EntityLink.model_validate(value), value
    except ValidationError as error:
        # Without a cause: pydantic's error holds the record.
        raise _invalid(reasons_of(error)) from None


def _invalid(reasons: Sequence[Reason]) -> InvalidRecordError:
    shown = ", ".join(f"{r.code} at {r.pointer}" if r.pointer else r.code for r in reasons)
    return InvalidRecordError(
        f"The record breaks the contract: {shown}.",
        reasons=[(reason.code, reason.pointer) for reason in reasons],
    )


def validate_links(
    openers: Iterable[Callable[[], IO[bytes]]], *, organization_id: UUID | None = None
) -> ValidatedLinks:
    """Check the links of one or more replies, and make columns of what is right.

    Parameters
    ----------
    openers
        For each reply, a function that opens it for reading. It is called again for replies with
        duplicates or records of another organisation, to fetch their text. A reply is a JSON array,
        or one record a line (NDJSON), with or without a UTF-8 byte order mark.
    organization_id
        The organisation whose links these should be. Without it, the one with the most links.

    Returns
    -------
    ValidatedLinks
        Links, quarantine and counts.

    Raises
    ------
    ContractError
        If a reply as a whole is not what the contract describes: empty, HTML, an error object, not
        UTF-8, cut off, followed by something else; or if all links belong to another organisation.

    See Also
    --------
    validate_record : The same for one record.

    Notes
    -----
    Linear in the replies' size, but for one sort of the links' ids. The replies are streamed: what
    is held is about a megabyte of text and its records, and the columns.

    Of several links with one id, the newest is kept; of equally new ones, the one whose content has
    the largest SHA-256. So the outcome does not depend on the order of the records.

    Examples
    --------
    >>> import io
    >>> reply = b'[{"id": "not an id"}]'
    >>> validated = validate_links([lambda: io.BytesIO(reply)])
    >>> validated.links.num_rows, len(validated.quarantine)
    (0, 1)
    >>> validated.quarantine[0].reasons[0]
    Reason(code='missing_field', pointer='/organization_id')
    """
    return _validate(tuple(openers), organization_id, _CHUNK_SIZE)


def _validate(
    openers: Sequence[Callable[[], IO[bytes]]], organization_id: UUID | None, chunk_size: int
) -> ValidatedLinks:
    _let_memory_be_kept()
    run = _Validation()
    for reply, opener in enumerate(openers):
        with opener() as stream:
            for chunk in read_chunks(stream, chunk_size):
                run.take(reply, chunk)
    return run.finish(openers, organization_id)


def _let_memory_be_kept() -> None:
    """Make glibc keep the memory of one chunk for the next.

    It gives blocks back to the system as soon as they are freed, and has them mapped in anew page
    by page, unless a larger block was freed before. This one is never touched, so it costs nothing;
    without it a fifth more time passes.
    """
    bytearray(24 << 20)


@dataclass(frozen=True, slots=True)
class _Extent:
    """Where the records of a chunk can be found again."""

    number: int  # of its first record, over all replies
    reply: int
    index: int  # of its first record, in the reply
    chunk_start: int
    chunk_size: int
    lines: bool


class _Validation:
    """The state of one validation."""

    def __init__(self) -> None:
        self._columns = LinkColumns()
        self._extents: list[_Extent] = []
        self._n_records = 0
        self._n_before_reply = 0
        self._refused: dict[int, tuple[tuple[Reason, ...], bytes]] = {}
        self._unknown_fields: Counter[str] = Counter()

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
        names = _unknown(chain.from_iterable(values))
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
                    row, names = _judge(record)
                except InvalidRecordError as error:
                    reasons = tuple(Reason(*reason) for reason in error.reasons)
                    self._refused[self._n_records + index] = (reasons, record)
                    continue
            kept.append(row)
            self._unknown_fields.update(names)
        if kept:
            self._columns.add(examine(kept, self._columns.words).columns)

    def finish(
        self, openers: Sequence[Callable[[], IO[bytes]]], organization_id: UUID | None
    ) -> ValidatedLinks:
        """Compare the links with each other, and give all that was found."""
        table = self._columns.finish()
        unknown_values: Counter[str] = Counter()
        for name, word, count in table.unknown_words():
            unknown_values[f"{name}={printable(word, _VALUE_LIMIT)}"] += count
        removed = _remove(table, organization_id)
        if removed:
            numbers = self._numbers_of(removed)
            texts = self._texts_of(sorted(numbers), openers)
            for number, reason in numbers.items():
                self._refused[number] = ((reason,), texts[number])
        flags = table.flags()
        return ValidatedLinks(
            links=table.finish(),
            quarantine=tuple(
                QuarantinedRecord(_KIND, *self._place_of(number), reasons, record)
                for number, (reasons, record) in sorted(self._refused.items())
            ),
            n_records=self._n_records,
            flags=flags,
            drift=Drift(dict(self._unknown_fields), dict(unknown_values)),
        )

    def _extent_of(self, number: int) -> _Extent:
        return self._extents[bisect_right(self._extents, number, key=attrgetter("number")) - 1]

    def _place_of(self, number: int) -> tuple[int, int]:
        """Give a record's reply, and its position in it."""
        extent = self._extent_of(number)
        return extent.reply, extent.index + number - extent.number

    def _numbers_of(self, removed: Mapping[int, Reason]) -> dict[int, Reason]:
        """Turn indices among the links into numbers among all records."""
        numbers = np.delete(np.arange(self._n_records), list(self._refused))
        return {int(numbers[index]): reason for index, reason in removed.items()}

    def _texts_of(
        self, numbers: Sequence[int], openers: Sequence[Callable[[], IO[bytes]]]
    ) -> dict[int, bytes]:
        """Read the text of some records again, given in rising order."""
        texts: dict[int, bytes] = {}
        for reply, in_reply in groupby(numbers, key=lambda number: self._extent_of(number).reply):
            chunks = [
                (extent, list(group)) for extent, group in groupby(in_reply, key=self._extent_of)
            ]
            with openers[reply]() as stream:
                all_records = read_records(
                    stream, [(e.chunk_start, e.chunk_size, e.lines) for e, _ in chunks]
                )
                for (extent, group), records in zip(chunks, all_records, strict=True):
                    texts |= {number: records[number - extent.number] for number in group}
        return texts


def _decode_proven(record: bytes) -> tuple[LinkRow | None, list[str]]:
    """Decode one record and name its unknown fields, or give ``None`` when in doubt."""
    row = decode_row(record)
    value = decode_any(record)
    if row is None or value is None or most_members(record) != _n_members(value, MAX_DEPTH):
        return None, []
    return row, _unknown(value)


def _n_members(value: Any, room: int) -> int | None:
    try:
        return count_members(value, room)
    except RecursionError:
        return None


def _unknown(names: Iterable[str]) -> list[str]:
    return [printable(name, _NAME_LIMIT) for name in names if name not in _KNOWN]


def _judge(record: bytes) -> tuple[LinkRow, list[str]]:
    """Have the reference read a record, and write what it read as the fast decoder would."""
    link, value = _read_record(record)
    values: dict[str, Any] = {
        name: str(item) if isinstance(item, UUID) else item for name, item in link
    }
    # Times as they came: they tell whether there was an offset.
    values |= {name: value[name] for name in ("created_at", "updated_at")}
    values["evidence"] = msgspec.Raw(member_text(record, "evidence") or b"")
    return LinkRow(**values), _unknown(value)


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
