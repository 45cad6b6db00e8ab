"""Quarantine: records set aside with their reasons, and drift from the documented contract."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from hummgraph.frames import Card, Listing, Shows, counted
from hummgraph.records.strict_json import MAX_DEPTH, MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import ValidationError

__all__ = [
    "MAX_SAMPLE_BYTES",
    "MAX_SAMPLE_RECORDS",
    "REASON_CODES",
    "Drift",
    "NameCounts",
    "Quarantine",
    "QuarantineCounts",
    "QuarantineSample",
    "QuarantinedRecord",
    "Reason",
    "reasons_of",
]

MAX_SAMPLE_RECORDS: Final = 1_000
"""Greatest number of records that are kept for one reason; the others are counted."""

MAX_SAMPLE_BYTES: Final = 1 << 26
"""Greatest size of the records that are kept, in bytes of text."""

_MAX_NAMES: Final = 1_000
_OTHER_NAMES: Final = "(others)"

REASON_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_utf8": "The record is not UTF-8.",
        "not_json": "The record is not JSON.",
        "too_deep": f"Objects and arrays nest deeper than {MAX_DEPTH} levels.",
        "too_many_values": f"The record has more than {MAX_VALUES:,} values, objects and arrays.",
        "duplicate_key": "An object has the same key twice.",
        "not_finite": "A number is NaN, infinite or too large for a double.",
        "integer_too_long": "An integer has more than 4,300 digits.",
        "not_object": "The record is not a JSON object.",
        "missing_field": "A required field is missing.",
        "wrong_type": "A value has another type than the contract says.",
        "not_unicode": "A text holds half a surrogate pair, so it is not Unicode.",
        "invalid_uuid": "An id is not a UUID.",
        "date_time": "A time is not an RFC 3339 date-time, or there is no such moment.",
        "confidence_range": "The confidence score is not in [0, 1].",
        "invalid_name": "An end is not the name of a column, `system/table.column`, or where links "
        "are between tables, of a table, `system/table`.",
        "ambiguous_endpoint": "One end names both a database table or column and a SaaS object or "
        "field.",
        "wrong_org": "The record belongs to another organisation.",
        "duplicate": "Another record with the same id and the same content was kept.",
        "duplicate_conflict": "Another record with the same id and other content was kept.",
    }
)
"""Every reason for which a record is set aside, and its meaning."""

# pydantic's error types; every type missing here means that a value has the wrong type.
_CODE_BY_ERROR_TYPE: Final = {
    "missing": "missing_field",
    "uuid_parsing": "invalid_uuid",
    "uuid_type": "invalid_uuid",
    "date_time": "date_time",
    "finite_number": "not_finite",
    "not_unicode": "not_unicode",
    "string_unicode": "not_unicode",
    "model_type": "not_object",
}


@dataclass(frozen=True, slots=True)
class Reason(Shows):
    """Reason for which a record was set aside.

    Parameters
    ----------
    code
        One of `REASON_CODES`.
    pointer
        Place in the record, as a JSON pointer (RFC 6901) of at most 100 characters; empty for the
        record as a whole. It names fields and keys, never values.

    Examples
    --------
    >>> Reason("confidence_range", "/confidence_score").pointer
    '/confidence_score'
    """

    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class QuarantinedRecord(Shows):
    """Record that was set aside, kept whole.

    Parameters
    ----------
    kind
        ``"entity_link"``, or a catalogue kind such as ``"columns"``.
    reply
        Number of the reply that held it, from 0.
    index
        Its position in that reply, from 0.
    reasons
        Reasons for which it was set aside.
    record
        JSON exactly as received. It may hold personal data, so ``repr`` leaves it out.

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
        """Whether something is wrong with it; an exact copy of a kept record is not bad."""
        return any(reason.code != "duplicate" for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class QuarantineCounts:
    """Number of records set aside, all of them.

    Parameters
    ----------
    records
        Records set aside.
    bad
        Records that break the contract: all but exact copies of a kept record.
    reasons
        Records by reason code; a record may have several.

    Examples
    --------
    >>> QuarantineCounts(3, 2, {"not_json": 2, "duplicate": 1}).bad
    2
    """

    records: int
    bad: int
    reasons: Mapping[str, int]


class Quarantine(Listing[QuarantinedRecord]):
    """Records set aside, whole: a tuple of the first 1,000 for each reason.

    A tuple of all of them would let a stranger's file fill the memory: three bytes of it can be a
    record. `counts` has the exact numbers of all, whether they are in the tuple or not.

    Examples
    --------
    >>> from hummgraph import read_links
    >>> quarantine = read_links([]).quarantine
    >>> len(quarantine), quarantine.counts.records
    (0, 0)
    """

    counts: QuarantineCounts
    """Numbers of all records set aside, also of those that are not in the tuple."""

    def __new__(
        cls, records: Iterable[QuarantinedRecord] = (), counts: QuarantineCounts | None = None
    ) -> Self:
        """Build it from records; without counts, these are all of them."""
        self = super().__new__(cls, records)
        if counts is None:
            found = Counter(code for record in self for code in _codes(record.reasons))
            bad = sum(record.is_bad for record in self)
            counts = QuarantineCounts(len(self), bad, dict(sorted(found.items())))
        self.counts = counts
        return self

    def _card_(self) -> Card:
        card = super()._card_()
        if self.counts.records == len(self):
            return card
        title = f"{len(self):,} of {counted(self.counts.records, QuarantinedRecord.__name__)}"
        return replace(card, title=title, total=self.counts.records)


class QuarantineSample:
    """Builder of a `Quarantine`: keeps the first records for each reason, and counts all.

    Examples
    --------
    >>> sample = QuarantineSample()
    >>> reasons = (Reason("not_json", ""),)
    >>> sample.count(reasons)
    >>> if sample.takes(reasons, 1):
    ...     sample.add(QuarantinedRecord("entity_link", 0, 0, reasons, b"?"))
    >>> sample.build().counts
    QuarantineCounts(records=1, bad=1, reasons={'not_json': 1})
    """

    def __init__(self) -> None:
        self._records: list[QuarantinedRecord] = []
        self._n_kept: Counter[str] = Counter()
        self._n_bytes = 0
        self._n_records = 0
        self._n_bad = 0
        self._reasons: Counter[str] = Counter()

    def count(self, reasons: tuple[Reason, ...], records: int = 1) -> None:
        """Count records that are set aside for the same reasons."""
        codes = _codes(reasons)
        self._n_records += records
        if codes != {"duplicate": None}:
            self._n_bad += records
        for code in codes:
            self._reasons[code] += records

    def takes(self, reasons: tuple[Reason, ...], n_bytes: int) -> bool:
        """Return whether a record of some size is kept: one of its reasons has room."""
        return self._n_bytes + n_bytes <= MAX_SAMPLE_BYTES and any(
            self._n_kept[reason.code] < MAX_SAMPLE_RECORDS for reason in reasons
        )

    def add(self, record: QuarantinedRecord) -> None:
        """Keep a record that `takes` accepted."""
        self._records.append(record)
        self._n_kept.update(_codes(record.reasons).keys())
        self._n_bytes += len(record.record)

    def build(self) -> Quarantine:
        """Return the records kept, in the order of the replies, and the counts of all."""
        counts = QuarantineCounts(self._n_records, self._n_bad, dict(sorted(self._reasons.items())))
        return Quarantine(sorted(self._records, key=lambda r: (r.reply, r.index)), counts)


def _codes(reasons: tuple[Reason, ...]) -> dict[str, None]:
    """Return the codes of some reasons, each once."""
    return {reason.code: None for reason in reasons}


class NameCounts(Counter[str]):
    """Counts by name of names that strangers choose: at most 1,000 names, then the others as one.

    Examples
    --------
    >>> counts = NameCounts()
    >>> counts.update(["a", "b", "a"])
    >>> counts["a"]
    2
    """

    def __setitem__(self, name: str, count: int) -> None:
        if name not in self and len(self) >= _MAX_NAMES:
            count += self[_OTHER_NAMES]
            name = _OTHER_NAMES
        super().__setitem__(name, count)


@dataclass(frozen=True, slots=True)
class Drift:
    """Differences from the documented contract that do not break it.

    Only records that are valid by themselves are counted.

    Parameters
    ----------
    unknown_fields
        Names of undocumented fields, cut to 100 characters, with the number of records. After a
        thousand names, further ones are counted together as ``(others)``.
    unknown_values
        Undocumented states and types, such as ``"status=ARCHIVED"``, the value cut to 40
        characters, with the number of records; no more than a thousand, as for fields.

    Examples
    --------
    >>> Drift({}, {"status=ARCHIVED": 3}).unknown_values["status=ARCHIVED"]
    3
    """

    unknown_fields: Mapping[str, int]
    unknown_values: Mapping[str, int]


def reasons_of(error: ValidationError) -> tuple[Reason, ...]:
    """Return the reasons behind a pydantic error, each once, in field order.

    Examples
    --------
    >>> from pydantic import ValidationError
    >>> from hummgraph.records.models import TableRecord
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
            # Parts after the field's name are steps inside the model, not inside the record.
            pointer = f"/{problem['loc'][0]}" if problem["loc"] else ""
            reasons.append(Reason(_CODE_BY_ERROR_TYPE.get(problem["type"], "wrong_type"), pointer))
    return tuple(dict.fromkeys(reasons))
