"""What is right, and what is wrong with what is not: verdicts on records, one by one.

:func:`validate_record` is the reference: the rules of JSON, strictly, and the model of the wire
contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from pydantic import ValidationError

from hummgraph.errors import InvalidRecordError
from hummgraph.records.decode.builder import WORDS
from hummgraph.records.decode.rows import LinkRow
from hummgraph.records.models import EntityLink
from hummgraph.records.quarantine import Reason, reasons_of
from hummgraph.records.strict_json import member_text, printable, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from hummgraph.records.quarantine import Drift, QuarantinedRecord

__all__ = [
    "KIND",
    "ValidatedLinks",
    "judge",
    "printed_name",
    "unknown_names",
    "validate_record",
]

KIND: Final = "entity_link"
_KNOWN: Final = frozenset(EntityLink.model_fields)
_NAME_LIMIT: Final = 100


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
