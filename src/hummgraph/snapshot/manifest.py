"""Typed content of a snapshot's JSON files, which are validated: a snapshot may be hostile."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from hummgraph.records.catalogue import Lookup  # noqa: TC001 - as above
from hummgraph.records.given_names import MAX_NAME_LENGTH
from hummgraph.records.quarantine import QuarantinedRecord, Reason

__all__ = [
    "Contents",
    "contents_of",
    "names_of",
    "parse_quarantine_line",
    "quarantine_line",
]

_MAX_COUNT: Final = 2**53
_Count = Annotated[int, msgspec.Meta(ge=0, le=_MAX_COUNT)]
_Word = Annotated[str, msgspec.Meta(max_length=200)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _OrganizationContent(msgspec.Struct):
    id: UUID | None
    name: str | None


class _CountsContent(msgspec.Struct):
    records: _Count
    catalogue_records: _Count
    quarantined: _Count = 0
    bad: _Count = 0
    reasons: dict[_Word, _Count] | None = None
    catalogue_quarantined: _Count = 0
    catalogue_bad: _Count = 0
    catalogue_reasons: dict[_Word, _Count] | None = None


class _DriftContent(msgspec.Struct):
    unknown_fields: dict[str, _Count]
    unknown_values: dict[str, _Count]
    catalogue_unknown_fields: dict[str, _Count]


class _FileContent(msgspec.Struct):
    sha256: _Digest
    bytes: _Count | None = None


class _SliceContent(msgspec.Struct):
    query: dict[str, Any]
    started_at: _Time
    finished_at: _Time
    bytes: _Count


class Contents(msgspec.Struct):
    """Manifest, with the fields that are read."""

    files: dict[str, _FileContent]
    origin: _Word
    organization: _OrganizationContent
    request: dict[str, Any]
    started_at: _Time | None
    finished_at: _Time | None
    counts: _CountsContent
    flags: dict[_Word, _Count]
    drift: _DriftContent
    lookups: tuple[Lookup, ...]
    vocabulary: Any = None


class _QuarantineLine(msgspec.Struct):
    kind: _Word
    reply: _Count
    index: _Count
    reasons: tuple[Reason, ...]
    record: str | None = None
    record_base64: str | None = None


def contents_of(manifest: object) -> Contents:
    """Return the content of a manifest from its JSON.

    Raises
    ------
    ValueError
        If it is not a manifest, or names a file in another folder.
    """
    contents = msgspec.convert(manifest, Contents)
    for name in contents.files:
        if PurePath(name).name != name or not name.isprintable() or "\\" in name:
            raise ValueError("files: a name is not that of a file in the folder")
    if "slices" in contents.request:
        msgspec.convert(contents.request["slices"], list[_SliceContent])
    json.dumps(manifest, ensure_ascii=False).encode()  # raises for half a surrogate pair
    return contents


def names_of(content: bytes) -> dict[bytes, str]:
    """Return the user's names by id.

    Raises
    ------
    ValueError
        If the content is not an object of ids and texts.
    """
    names = msgspec.json.decode(content, type=dict[str, str])
    if not all(0 < len(name) <= MAX_NAME_LENGTH for name in names.values()):
        raise ValueError("a name is empty or too long")
    found = {UUID(key).bytes: name for key, name in names.items()}
    if len(found) < len(json.loads(content, object_pairs_hook=list)):
        raise ValueError("an id occurs twice")
    return found


def quarantine_line(record: QuarantinedRecord) -> bytes:
    """Return a quarantined record as one line."""
    line: dict[str, Any] = {
        "kind": record.kind,
        "reply": record.reply,
        "index": record.index,
        "reasons": [{"code": reason.code, "pointer": reason.pointer} for reason in record.reasons],
    }
    try:
        line["record"] = record.record.decode()
    except UnicodeDecodeError:
        line["record_base64"] = base64.b64encode(record.record).decode()
    return json.dumps(line).encode() + b"\n"


def parse_quarantine_line(line: bytes) -> QuarantinedRecord:
    """Return the quarantined record of one line.

    Raises
    ------
    ValueError
        If the line does not hold one.
    """
    found = msgspec.json.decode(line, type=_QuarantineLine)
    return QuarantinedRecord(
        kind=found.kind,
        reply=found.reply,
        index=found.index,
        reasons=found.reasons,
        record=(
            base64.b64decode(found.record_base64 or "", validate=True)
            if found.record is None
            else found.record.encode()
        ),
    )
