"""Files of a snapshot. `docs/reference/snapshot.md` describes them; a test keeps both equal.

::

    acme.hummgraph/
        manifest.json            written last: versions, counts, checksums of all files and its own
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
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pyarrow as pa

from hummgraph.records.schema import DECLARED_SCHEMA, FORMAT_VERSION, LINK_SCHEMA
from hummgraph.snapshot.folders import FolderKind, read_mark, write_folder_atomically
from hummgraph.snapshot.manifest import quarantine_line
from hummgraph.snapshot.reading import (
    CATALOGUE_FILES,
    DECLARED,
    FORMAT,
    MANIFEST,
    NAMES,
    QUARANTINE,
    is_as_written,
    manifest_sum,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["SNAPSHOT_FOLDER", "write_folder"]

# Rows written at a time: bounds the memory for decoding the coded ids.
_ROW_GROUP_SIZE = 131_072


def _written(folder: Path) -> list[str]:
    """Return the names of the files of a snapshot in a folder: as its manifest declares them.

    The manifest may be a stranger's. A name that no snapshot has, or a file of another size or sum
    than declared, is therefore not ours, whatever the manifest lists.
    """
    try:
        manifest = json.loads(read_mark(folder / MANIFEST))
        whole = isinstance(manifest, dict) and manifest.get("sha256") == manifest_sum(manifest)
    except (ValueError, RecursionError):
        return []
    if not whole or manifest.get("format") != FORMAT:
        return []
    files = manifest.get("files")
    declared = files.items() if isinstance(files, dict) else ()
    return [MANIFEST, *(name for name, about in declared if is_as_written(folder, name, about))]


SNAPSHOT_FOLDER: Final = FolderKind("a snapshot", _written)
"""Marks by which a folder is recognised as a snapshot, and its files as ours."""


def write_folder(
    snapshot: Snapshot, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write all files of a snapshot, completely or not at all."""
    catalogue = snapshot.catalogue
    with write_folder_atomically(path, SNAPSHOT_FOLDER, overwrite=overwrite) as folder:
        _write_parquet(folder / "links.parquet", snapshot.links, LINK_SCHEMA)
        for name, schema in CATALOGUE_FILES.items():
            _write_parquet(folder / f"{name}.parquet", getattr(catalogue, name), schema)
        if catalogue.declared is not None:
            _write_parquet(folder / DECLARED, catalogue.declared, DECLARED_SCHEMA)
        names = {str(UUID(bytes=key)): name for key, name in sorted(catalogue.names.items())}
        _write_file(folder / NAMES, [_to_json(names)])
        set_aside = (*snapshot.quarantine, *catalogue.quarantine)
        _write_file(folder / QUARANTINE, map(quarantine_line, set_aside))
        if snapshot.replies is not None:
            for reply in snapshot.replies.paths:
                shutil.copyfile(reply, folder / reply.name)
        files = {}
        for file in sorted(folder.iterdir()):
            file.chmod(0o600)
            files[file.name] = {"bytes": file.stat().st_size, "sha256": _sync_and_sum(file)}
        manifest = _build_manifest(snapshot) | {"files": files}
        manifest["sha256"] = manifest_sum(manifest)
        _write_file(folder / MANIFEST, [json.dumps(manifest, indent=2).encode() + b"\n"])
        (folder / MANIFEST).chmod(0o600)
        _sync_and_sum(folder / MANIFEST)


def _build_manifest(snapshot: Snapshot) -> dict[str, Any]:
    report = snapshot.report
    return {
        "format": FORMAT,
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
            "reasons": dict(report.reasons),
            "catalogue_records": snapshot.catalogue.n_records,
            "catalogue_quarantined": report.catalogue_quarantined,
            "catalogue_bad": snapshot.catalogue.quarantine.counts.bad,
            "catalogue_reasons": dict(snapshot.catalogue.quarantine.counts.reasons),
        },
        "flags": dict(snapshot.flags),
        "drift": {
            "unknown_fields": dict(snapshot.drift.unknown_fields),
            "unknown_values": dict(snapshot.drift.unknown_values),
            "catalogue_unknown_fields": dict(snapshot.catalogue.unknown_fields),
        },
        "lookups": [asdict(lookup) for lookup in snapshot.catalogue.lookups],
        "vocabulary": snapshot.vocabulary.to_dict(),
    }


def _sync_and_sum(path: Path) -> str:
    with path.open("rb") as file:
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
