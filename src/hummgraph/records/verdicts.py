"""Validation of single records, and the result of validating many.

:func:`validate_record` is the reference: strict JSON, then the pydantic model of the wire contract.
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

    from hummgraph.records.quarantine import Drift, Quarantine

__all__ = [
    "KIND",
    "ValidatedLinks",
    "printed_name",
    "unknown_names",
    "validate_record",
    "validate_row",
]

KIND: Final = "entity_link"
_KNOWN_FIELDS: Final = frozenset(EntityLink.model_fields)
_MAX_NAME_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class ValidatedLinks:
    """Result of a validation.

    ``n_records == links.num_rows + quarantine.counts.records`` always holds.

    Parameters
    ----------
    links
        The links kept, with the columns of `hummgraph.records.schema.LINK_SCHEMA`, in their
        original order.
    quarantine
        The records set aside, in their original order: a sample, with the counts of all.
    n_records
        Number of records received.
    flags
        Number of kept links that are valid yet unusual, by flag: ``self_link`` (both ends are the
        same node), ``self_table`` (both ends lie in the same table or object), ``system_level`` (an
        end is an integration source as a whole), ``orphan_column`` (a column without its table or a
        field without its object), ``updated_before_created``, ``naive_time`` (a time without an
        offset, taken as UTC), ``future_time`` (a time more than a day after the reading),
        ``large_evidence`` (of more than 1 MiB; it is kept whole), ``null_confidence``,
        ``respelled`` (a status or type of the contract in other letters, read as the contract
        writes it).
    drift
        Differences of the records from the documented contract.

    Examples
    --------
    >>> import io
    >>> from hummgraph.records.validation import validate_links
    >>> validate_links([lambda: io.BytesIO(b"[]")]).n_records
    0
    """

    links: pa.Table
    quarantine: Quarantine
    n_records: int
    flags: Mapping[str, int]
    drift: Drift


def validate_record(record: bytes) -> EntityLink:
    """Check one record against strict JSON and the model of the contract.

    Parameters
    ----------
    record
        The JSON text of one entity link.

    Returns
    -------
    EntityLink
        The values of the record.

    Raises
    ------
    InvalidRecordError
        If the record is invalid; `reasons` holds pairs of a code of `REASON_CODES` and a JSON
        pointer. The error holds no value of the record.

    Notes
    -----
    Stricter than Python's own reader: an object may not hold a key twice, a number may not be NaN
    or infinite (``1e999`` is), an integer may not have more than 4,300 digits, and nesting may not
    exceed 100 levels. Escapes of half surrogate pairs and of NUL are allowed in evidence.

    Examples
    --------
    >>> validate_record(b'{"id": NaN}')
    Traceback (most recent call last):
        ...
    hummgraph.errors.InvalidRecordError: The record breaks the contract: not_finite at /id.
    """
    return _parse_record(record)[0]


def _parse_record(record: bytes) -> tuple[EntityLink, dict[str, Any]]:
    """Return a record's values and the JSON object that they were read from."""
    try:
        value = strict_json(record)
    except InvalidRecordError as error:
        raise _record_error([Reason(*reason) for reason in error.reasons]) from None
    try:
        return EntityLink.model_validate(value), value
    except ValidationError as error:
        # Raised without a cause: pydantic's error holds the record.
        raise _record_error(reasons_of(error)) from None


def _record_error(reasons: Sequence[Reason]) -> InvalidRecordError:
    shown = ", ".join(f"{r.code} at {r.pointer}" if r.pointer else r.code for r in reasons)
    return InvalidRecordError(
        f"The record breaks the contract: {shown}.",
        reasons=[(reason.code, reason.pointer) for reason in reasons],
    )


def unknown_names(names: Iterable[str]) -> list[str]:
    """Return the names that are not fields of a link, as a report shows them."""
    return [printed_name(name) for name in names if name not in _KNOWN_FIELDS]


def printed_name(name: str) -> str:
    """Return a field name as a report shows it."""
    return printable(name, _MAX_NAME_LENGTH)


def validate_row(record: bytes) -> tuple[LinkRow, list[str]]:
    """Validate a record with the reference, and return it as the fast decoder would.

    Raises
    ------
    InvalidRecordError
        If the record is invalid.
    """
    link, value = _parse_record(record)
    values: dict[str, Any] = {
        name: str(item) if isinstance(item, UUID) else item for name, item in link
    }
    # Times as received, to see whether they have an offset; words as received, for their spelling.
    as_received = {"created_at", "updated_at", *WORDS} & value.keys()
    values |= {name: value[name] for name in as_received}
    values["evidence"] = msgspec.Raw(member_text(record, "evidence") or b"")
    return LinkRow(**values), unknown_names(value)
