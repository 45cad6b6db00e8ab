"""Typed content of a snapshot's JSON files, which are validated: a snapshot may be hostile."""

from __future__ import annotations

import base64
import json
from datetime import datetime  # noqa: TC003 - fields are read by it
from pathlib import PurePath
from typing import Any
from uuid import UUID

import msgspec

from hummgraph.records.catalogue import Lookup  # noqa: TC001 - as above  # noqa: TC001 - as above
from hummgraph.records.quarantine import QuarantinedRecord, Reason

__all__ = ["Contents", "contents_of", "names_of", "parse_quarantine_line", "quarantine_line"]


class _OrganizationContent(msgspec.Struct):
    id: UUID | None
    name: str | None


class _CountsContent(msgspec.Struct):
    records: int
    catalogue_records: int


class _DriftContent(msgspec.Struct):
    unknown_fields: dict[str, int]
    unknown_values: dict[str, int]
    catalogue_unknown_fields: dict[str, int]


class _FileContent(msgspec.Struct):
    sha256: str


class Contents(msgspec.Struct):
    """Manifest, with the fields that are read."""

    files: dict[str, _FileContent]
    origin: str
    organization: _OrganizationContent
    request: dict[str, Any]
    started_at: datetime | None
    finished_at: datetime | None
    counts: _CountsContent
    flags: dict[str, int]
    drift: _DriftContent
    lookups: tuple[Lookup, ...]
    vocabulary: Any = None


class _QuarantineLine(msgspec.Struct):
    kind: str
    reply: int
    index: int
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
        if PurePath(name).name != name:
            raise ValueError(name)
    (contents.organization.name or "").encode()  # raises for half a surrogate pair
    return contents


def names_of(content: bytes) -> dict[bytes, str]:
    """Return the user's names by id.

    Raises
    ------
    ValueError
        If the content is not an object of ids and texts.
    """
    names = msgspec.convert(json.loads(content), dict[str, str])
    "".join(names.values()).encode()  # raises for half a surrogate pair
    return {UUID(key).bytes: name for key, name in names.items()}


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
    found = msgspec.convert(json.loads(line), _QuarantineLine)
    return QuarantinedRecord(
        kind=found.kind,
        reply=found.reply,
        index=found.index,
        reasons=found.reasons,
        record=(
            base64.b64decode(found.record_base64 or "")
            if found.record is None
            else found.record.encode()
        ),
    )
