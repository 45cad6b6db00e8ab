"""What is right, and what is wrong with what is not: verdicts on records, one by one.

:func:`validate_record` is the reference: the rules of JSON, strictly, and the model of the wire
contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from pydantic import ValidationError

from hummgraph.errors import InvalidRecordError
from hummgraph.frames import Shows
from hummgraph.records.decode.columns import WORDS
from hummgraph.records.decode.rows import LinkRow
from hummgraph.records.models import EntityLink
from hummgraph.records.strict_json import MAX_DEPTH, member_text, printable, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

__all__ = [
    "KIND",
    "REASON_CODES",
    "Drift",
    "QuarantinedRecord",
    "Reason",
    "ValidatedLinks",
    "judge",
    "printed_name",
    "reasons_of",
    "unknown_names",
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
        "invalid_name": "An end is not the name of a column, `system/table.column`, or where links "
        "are between tables, of a table, `system/table`.",
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

KIND: Final = "entity_link"
_KNOWN: Final = frozenset(EntityLink.model_fields)
_NAME_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Reason(Shows):
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
class QuarantinedRecord(Shows):
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
        The links kept, with the columns of `hummgraph.records.schema.LINK_SCHEMA`, in their first
        order.
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
        ``large_evidence`` (of more than 1 MiB; it is kept whole), ``null_confidence``,
        ``respelled`` (a status or type of the contract in other letters, read as the contract
        writes it).
    drift
        How the records differ from the documented contract.

    Examples
    --------
    >>> import io
    >>> from hummgraph.records.validation import validate_links
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
    """Return the reasons that a model's error stands for, each once, in the order of its fields.

    Examples
    --------
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
            # What follows the field's name are steps of the model, not of the record.
            pointer = f"/{problem['loc'][0]}" if problem["loc"] else ""
            reasons.append(Reason(_CODES_OF_TYPES.get(problem["type"], "wrong_type"), pointer))
    return tuple(dict.fromkeys(reasons))


def _read_record(record: bytes) -> tuple[EntityLink, dict[str, Any]]:
    """Return a record's values, and the JSON object they were read from."""
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


def unknown_names(names: Iterable[str]) -> list[str]:
    """Return the fields of a record that no link has, as a report shows them."""
    return [printed_name(name) for name in names if name not in _KNOWN]


def printed_name(name: str) -> str:
    """Return the name of a field as a report shows it."""
    return printable(name, _NAME_LIMIT)


def judge(record: bytes) -> tuple[LinkRow, list[str]]:
    """Have the reference read a record, and write what it read as the fast decoder would."""
    link, value = _read_record(record)
    values: dict[str, Any] = {
        name: str(item) if isinstance(item, UUID) else item for name, item in link
    }
    # Times as they came: they tell whether there was an offset. Words too: for their spelling.
    as_came = {"created_at", "updated_at", *WORDS} & value.keys()
    values |= {name: value[name] for name in as_came}
    values["evidence"] = msgspec.Raw(member_text(record, "evidence") or b"")
    return LinkRow(**values), unknown_names(value)
