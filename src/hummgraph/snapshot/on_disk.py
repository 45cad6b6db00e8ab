"""Files of a snapshot. `docs/reference/snapshot.md` describes them; a test keeps both equal.

::

    acme.hummgraph/
            manifest.json            written last: versions, counts, checksums of all files and its
            own
        links.parquet            one row a link
        integration_sources.parquet, tables.parquet, columns.parquet,
        associations.parquet, relationships.parquet
            names.json               names by id, as given by the user
        quarantine.jsonl         records set aside, with reasons
            reply-001.json.zst ...   the raw replies, for a fetch from the API
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pyarrow as pa

from hummgraph.errors import (
    OutputError,
    SnapshotDamagedError,
    SnapshotError,
    SnapshotNotFoundError,
    SnapshotVersionError,
)
from hummgraph.frames import Listing
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.quarantine import Drift
from hummgraph.records.schema import (
    ADDED_LATER,
    ASSOCIATION_SCHEMA,
    COLUMN_SCHEMA,
    DECLARED_SCHEMA,
    FORMAT_VERSION,
    INTEGRATION_SOURCE_SCHEMA,
    LINK_SCHEMA,
    RELATIONSHIP_SCHEMA,
    TABLE_SCHEMA,
)
from hummgraph.snapshot.atomic import write_folder_atomically
from hummgraph.snapshot.manifest import (
    Contents,
    contents_of,
    names_of,
    parse_quarantine_line,
    quarantine_line,
)
from hummgraph.snapshot.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hummgraph.records.quarantine import QuarantinedRecord
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["n_links_at", "read_folder", "write_folder"]

_FORMAT = "hummgraph-snapshot"
_MANIFEST = "manifest.json"
_QUARANTINE = "quarantine.jsonl"
_NAMES = "names.json"
_INCONSISTENT = "its contents do not match"
_DECLARED = "declared.parquet"  # only for relationships that were not received as records
_CATALOGUE_FILES = {
    "integration_sources": INTEGRATION_SOURCE_SCHEMA,
    "tables": TABLE_SCHEMA,
    "columns": COLUMN_SCHEMA,
    "associations": ASSOCIATION_SCHEMA,
    "relationships": RELATIONSHIP_SCHEMA,
}
# Rows written at a time: bounds the memory for decoding the coded ids.
_ROW_GROUP_SIZE = 131_072


def write_folder(snapshot: Snapshot, path: str | os.PathLike[str]) -> None:
    """Write all files of a snapshot, completely or not at all."""
    target = Path(path)
    if target.exists() and not _is_snapshot(target):
        raise OutputError(
            f"{str(target)!r} exists and is not a snapshot.",
            hint="Choose another name, or remove it first.",
        )
    catalogue = snapshot.catalogue
    with write_folder_atomically(target) as folder:
        _write_parquet(folder / "links.parquet", snapshot.links, LINK_SCHEMA)
        for name, schema in _CATALOGUE_FILES.items():
            _write_parquet(folder / f"{name}.parquet", getattr(catalogue, name), schema)
        if catalogue.declared is not None:
            _write_parquet(folder / _DECLARED, catalogue.declared, DECLARED_SCHEMA)
        names = {str(UUID(bytes=key)): name for key, name in sorted(catalogue.names.items())}
        _write_file(folder / _NAMES, [_to_json(names)])
        set_aside = (*snapshot.quarantine, *catalogue.quarantine)
        _write_file(folder / _QUARANTINE, map(quarantine_line, set_aside))
        if snapshot.replies is not None:
            for reply in snapshot.replies.paths:
                shutil.copyfile(reply, folder / reply.name)
        files = {}
        for file in sorted(folder.iterdir()):
            file.chmod(0o600)
            files[file.name] = {"bytes": file.stat().st_size, "sha256": _sync_and_sum(file)}
        manifest = _build_manifest(snapshot) | {"files": files}
        manifest["sha256"] = _manifest_sum(manifest)
        _write_file(folder / _MANIFEST, [json.dumps(manifest, indent=2).encode() + b"\n"])
        (folder / _MANIFEST).chmod(0o600)
        _sync_and_sum(folder / _MANIFEST)


def n_links_at(path: str | os.PathLike[str]) -> int:
    """Return the number of links in a snapshot's manifest; 0 if there is no snapshot."""
    try:
        return int(_read_manifest(Path(path))["counts"]["kept"])
    except (SnapshotError, KeyError, TypeError, ValueError):
        return 0


def read_folder(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of a snapshot, read from its files."""
    folder = Path(path)
    while True:
        before = _folder_identity(folder)
        try:
            return _read_files(folder, _read_manifest(folder))
        except SnapshotDamagedError:
            # A writer may have replaced the folder meanwhile: then the new one is read.
            if _folder_identity(folder) == before:
                raise


def _folder_identity(folder: Path) -> tuple[int, int] | None:
    """Return the inode and change time of a folder, which differ for one that replaced it."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def _read_files(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    try:
        contents = contents_of(manifest)
        for name, file in contents.files.items():
            _check_sum(folder / name, file.sha256)
        return _read_fields(folder, contents)
    except (ValueError, OSError, RecursionError, pa.ArrowException) as error:
        # msgspec's messages hold places and types, and no values.
        why = str(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__
        raise _damaged_error(folder, f"{_INCONSISTENT} ({why})") from error


def _read_fields(folder: Path, contents: Contents) -> dict[str, Any]:
    set_aside = _read_quarantine(folder)
    catalogue = Catalogue(
        **{
            name: _read_parquet(folder / f"{name}.parquet", schema)
            for name, schema in _CATALOGUE_FILES.items()
        },
        organization_id=contents.organization.id,
        organization_name=contents.organization.name,
        names=_read_names(folder),
        lookups=contents.lookups,
        quarantine=Listing(record for record in set_aside if record.kind != "entity_link"),
        n_records=contents.counts.catalogue_records,
        unknown_fields=contents.drift.catalogue_unknown_fields,
        declared=_read_parquet(folder / _DECLARED, DECLARED_SCHEMA)
        if _DECLARED in contents.files
        else None,
    )
    replies = [folder / name for name in contents.files if name.startswith("reply-")]
    return {
        "links": _read_parquet(folder / "links.parquet", LINK_SCHEMA),
        "catalogue": catalogue,
        "quarantine": Listing(record for record in set_aside if record.kind == "entity_link"),
        "n_records": contents.counts.records,
        "flags": contents.flags,
        "drift": Drift(
            unknown_fields=contents.drift.unknown_fields,
            unknown_values=contents.drift.unknown_values,
        ),
        "origin": contents.origin,
        "organization_id": contents.organization.id,
        "request": contents.request,
        "started_at": contents.started_at,
        "finished_at": contents.finished_at,
        "replies": Spool.of_files(replies) if replies else None,
    }


def _read_names(folder: Path) -> dict[bytes, str]:
    try:
        return names_of((folder / _NAMES).read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged_error(folder, f"{_INCONSISTENT} ({_NAMES})") from error


def _read_quarantine(folder: Path) -> list[QuarantinedRecord]:
    found = []
    for number, line in enumerate((folder / _QUARANTINE).read_bytes().splitlines(), 1):
        try:
            found.append(parse_quarantine_line(line))
        except (ValueError, RecursionError) as error:
            raise _damaged_error(
                folder, f"{_INCONSISTENT} ({_QUARANTINE}, line {number:,})"
            ) from error
    return found


def _build_manifest(snapshot: Snapshot) -> dict[str, Any]:
    report = snapshot.report
    return {
        "format": _FORMAT,
        "format_version": FORMAT_VERSION,
        "created_by": f"hummgraph {version('hummgraph')}",
        "origin": snapshot.origin,
        "raw_reply": snapshot.replies is not None,
        "organization": {
            "id": str(snapshot.organization_id) if snapshot.organization_id else None,
            "name": snapshot.catalogue.organization_name,
        },
        "request": dict(snapshot.request),
        "started_at": snapshot.started_at.isoformat() if snapshot.started_at else None,
        "finished_at": snapshot.finished_at.isoformat() if snapshot.finished_at else None,
        "counts": {
            "records": report.records,
            "kept": report.kept,
            "quarantined": report.quarantined,
            "bad": report.bad,
            "catalogue_records": snapshot.catalogue.n_records,
            "catalogue_quarantined": report.catalogue_quarantined,
        },
        "flags": dict(snapshot.flags),
        "drift": {
            "unknown_fields": dict(snapshot.drift.unknown_fields),
            "unknown_values": dict(snapshot.drift.unknown_values),
            "catalogue_unknown_fields": dict(snapshot.catalogue.unknown_fields),
        },
        "lookups": [asdict(lookup) for lookup in snapshot.catalogue.lookups],
    }


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise SnapshotNotFoundError(
            f"There is no snapshot at {str(folder)!r}.",
            hint="A snapshot is a folder written by 'hummgraph fetch' or Snapshot.write().",
        ) from None
    except OSError as error:
        raise _damaged_error(folder, f"{_MANIFEST} cannot be read ({error.strerror})") from error
    except ValueError:
        raise _damaged_error(folder, f"{_MANIFEST} is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        raise _damaged_error(folder, f"{_MANIFEST} is not that of a snapshot")
    found = manifest.get("format_version")
    if isinstance(found, int) and found > FORMAT_VERSION:
        raise SnapshotVersionError(
            f"{str(folder)!r} has format version {found}; this hummgraph reads versions up to"
            f" {FORMAT_VERSION}.",
            hint="Install a newer hummgraph: pip install -U hummgraph",
        )
    if manifest.get("sha256") != _manifest_sum(manifest):
        raise _damaged_error(folder, f"{_MANIFEST} was changed after it was written")
    return manifest


def _check_sum(path: Path, expected: str) -> None:
    try:
        found = _sync_and_sum(path, sync=False)
    except OSError as error:
        raise _damaged_error(
            path.parent, f"{path.name} cannot be read ({error.strerror})"
        ) from error
    if found != expected:
        raise _damaged_error(path.parent, f"{path.name} was changed after it was written")


def _damaged_error(folder: Path, what: str) -> SnapshotDamagedError:
    return SnapshotDamagedError(
        f"The snapshot at {str(folder)!r} is damaged: {what}.",
        hint="Copy it again from an intact copy, or create it again.",
    )


def _is_snapshot(path: Path) -> bool:
    try:
        manifest = json.loads((path / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("format") == _FORMAT


def _manifest_sum(manifest: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _sync_and_sum(path: Path, *, sync: bool = True) -> str:
    with path.open("rb") as file:
        if sync:
            os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_file(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def _to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _stored_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column on disk: ids are UUIDs, as Parquet readers expect."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.uuid() if plain == pa.binary(16) else kind


def _write_parquet(path: Path, table: pa.Table, schema: pa.Schema) -> None:
    import pyarrow.parquet as pq

    stored = pa.schema([column.with_type(_stored_type(column.type)) for column in schema])
    with pq.ParquetWriter(path, stored, compression="zstd") as writer:
        for start in range(0, table.num_rows, _ROW_GROUP_SIZE):
            rows = table.slice(start, _ROW_GROUP_SIZE)
            columns = [_to_stored_column(rows.column(field.name), field.type) for field in schema]
            writer.write_table(pa.table(columns, schema=stored))


def _to_stored_column(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if _stored_type(kind) == kind:
        return column
    plain = column.cast(pa.binary(16)) if pa.types.is_dictionary(kind) else column
    return pa.chunked_array(
        [pa.ExtensionArray.from_storage(pa.uuid(), chunk) for chunk in plain.chunks],
        type=pa.uuid(),
    )


def _read_parquet(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        return _read_columns(path, schema)
    except (ValueError, OSError, pa.ArrowException) as error:
        raise _damaged_error(
            path.parent, f"{_INCONSISTENT} ({path.name}: {type(error).__name__})"
        ) from error


def _read_columns(path: Path, schema: pa.Schema) -> pa.Table:
    import pyarrow.parquet as pq

    stored = pq.read_table(path)
    columns = []
    for field in schema:
        if field.name in ADDED_LATER - {*stored.column_names}:
            columns.append(pa.nulls(stored.num_rows, field.type))
            continue
        if field.name not in stored.column_names:
            raise ValueError(field.name)
        column = stored.column(field.name)
        if column.null_count and not field.nullable:
            raise ValueError(field.name)
        if isinstance(column.type, pa.UuidType):
            column = pa.chunked_array(
                [chunk.storage for chunk in column.chunks], type=pa.binary(16)
            )
            if pa.types.is_dictionary(field.type):
                column = column.dictionary_encode()
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=schema)
