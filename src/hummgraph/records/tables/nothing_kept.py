"""Error for links of which none can be kept: the most frequent reasons, and a hint."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from hummgraph.errors import FormatError
from hummgraph.records.ids import parse_id
from hummgraph.records.tables.fields import guessed_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from hummgraph.records.quarantine import QuarantinedRecord
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["nothing_kept"]

_HINTS: Final = {
    "confidence_range": "A confidence lies in [0, 1]: divide percentages by 100.",
    "invalid_uuid": "Ids are UUIDs; for names pass the columns source, target and confidence.",
    "date_time": "A time reads 2026-01-31T09:30:00Z.",
}


def nothing_kept(
    validated: ValidatedLinks, what: str, place: Callable[[int], str], *, level: str
) -> FormatError:
    """Build the error for records that were all set aside; ``place`` names one by its number."""
    kept, counts = validated.quarantine, validated.quarantine.counts
    reasons = Counter(
        f"{reason.code} at {reason.pointer}" if reason.pointer else reason.code
        for record in kept
        for reason in record.reasons
    )
    if len(kept) < counts.records:  # the places of all are not known
        reasons = Counter(counts.reasons)
    shown = ", ".join(f"{n:,} {reason}" for reason, n in reasons.most_common(3))
    rest = " ..." if len(reasons) > 3 else ""
    n = validated.n_records
    leading = Counter(reason.code for record in kept for reason in record.reasons).most_common(1)
    example = next(
        (r for r in kept if any(reason.code == leading[0][0] for reason in r.reasons)), None
    )
    message = f"{what} has {n:,} record{'s' * (n != 1)}, and none can be kept: {shown}{rest}."
    if example is None:  # all are too long to be kept
        return FormatError(message)
    return FormatError(
        f"{message} The first is {place(example.index)}.",
        hint=_hint(leading[0][0], example, level),
    )


def _hint(code: str, example: QuarantinedRecord, level: str) -> str:
    try:
        record = json.loads(example.record)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        return ""
    if code == "missing_field":
        near = guessed_columns(list(record))
        return (
            f"Did you mean columns={near!r}?"
            if near
            else "Links have the fields of the API's records, or source, target and confidence."
        )
    if code == "invalid_name":
        ends = [value for value in record.values() if isinstance(value, str)]
        if any(parse_id(value) for value in ends):
            return (
                "The ends are ids, as in an export: read_parquet() reads its folder, and"
                " LinkGraph.from_arrow(), from_pandas() and from_polars() read its tables."
            )
        if level == "column" and any("/" in value and "." not in value for value in ends):
            return "level='table' is for links between tables, system/table."
        return "A name reads system/table.column."
    return _HINTS.get(code, "")
