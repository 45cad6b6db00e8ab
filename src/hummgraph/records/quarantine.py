"""Quarantine: records set aside with their reasons, and drift from the documented contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hummgraph.frames import Shows
from hummgraph.records.strict_json import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

__all__ = ["REASON_CODES", "Drift", "QuarantinedRecord", "Reason", "reasons_of"]

REASON_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_utf8": "The record is not UTF-8.",
        "not_json": "The record is not JSON.",
        "too_deep": f"Objects and arrays nest deeper than {MAX_DEPTH} levels.",
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
        Its JSON exactly as received. It may hold personal data, so ``repr`` leaves it out.

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
class Drift:
    """Differences from the documented contract that do not break it.

    Only records that are valid by themselves are counted.

    Parameters
    ----------
    unknown_fields
        Names of undocumented fields, cut to 100 characters, with the number of records.
    unknown_values
        Undocumented states and types, such as ``"status=ARCHIVED"``, the value cut to 40
        characters, with the number of records.

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
