"""What the JSON files of a snapshot hold, typed: a snapshot may come from anybody."""

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

__all__ = ["Contents", "contents_of", "names_of", "quarantine_line", "quarantined"]


class _Organization(msgspec.Struct):
    id: UUID | None
    name: str | None


class _Counts(msgspec.Struct):
    records: int
    catalogue_records: int


class _Drift(msgspec.Struct):
    unknown_fields: dict[str, int]
    unknown_values: dict[str, int]
    catalogue_unknown_fields: dict[str, int]


class _File(msgspec.Struct):
    sha256: str


class Contents(msgspec.Struct):
    """A manifest, as far as it is read."""

    files: dict[str, _File]
    origin: str
    organization: _Organization
    request: dict[str, Any]
    started_at: datetime | None
    finished_at: datetime | None
    counts: _Counts
    flags: dict[str, int]
    drift: _Drift
    lookups: tuple[Lookup, ...]


class _Quarantined(msgspec.Struct):
    kind: str
    reply: int
    index: int
    reasons: tuple[Reason, ...]
    record: str | None = None
    record_base64: str | None = None


def contents_of(manifest: object) -> Contents:
    """Read a manifest that is JSON.

    Raises
    ------
    ValueError
        If it is not one, or names a file that lies elsewhere.
    """
    contents = msgspec.convert(manifest, Contents)
    for name in contents.files:
        if PurePath(name).name != name:
            raise ValueError(name)
    (contents.organization.name or "").encode()  # may be half of a surrogate pair
    return contents


def names_of(content: bytes) -> dict[bytes, str]:
    """Read the names that a user gave, by id.

    Raises
    ------
    ValueError
        If it is no object of ids and texts.
    """
    names = msgspec.convert(json.loads(content), dict[str, str])
    "".join(names.values()).encode()  # as above
    return {UUID(key).bytes: name for key, name in names.items()}


def quarantine_line(record: QuarantinedRecord) -> bytes:
    """Write a record that was set aside as a line."""
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


def quarantined(line: bytes) -> QuarantinedRecord:
    """Read such a line.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = msgspec.convert(json.loads(line), _Quarantined)
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
