"""Reading of a snapshot's folder, which may come from anybody.

Nothing is trusted: a member must be a regular file of the size and SHA-256 that the manifest
declares, the manifest must declare every member, and sizes, rows and depth are compared with limits
before anything is read into memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from hummgraph.errors import (
    InvalidRecordError,
    SnapshotDamagedError,
    SnapshotError,
    SnapshotNotFoundError,
    SnapshotVersionError,
)
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.quarantine import Drift, Quarantine, QuarantineCounts, QuarantineSample
from hummgraph.records.schema import (
    ASSOCIATION_SCHEMA,
    COLUMN_SCHEMA,
    DECLARED_SCHEMA,
    FORMAT_VERSION,
    INTEGRATION_SOURCE_SCHEMA,
    LINK_SCHEMA,
    RELATIONSHIP_SCHEMA,
    TABLE_SCHEMA,
)
from hummgraph.records.strict_json import printable, strict_json
from hummgraph.records.vocabulary import Vocabulary
from hummgraph.snapshot.contents import check_tables
from hummgraph.snapshot.manifest import (
    Contents,
    contents_of,
    names_of,
    parse_quarantine_line,
)
from hummgraph.snapshot.parquet import INCONSISTENT, damaged_error, read_parquet
from hummgraph.snapshot.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader

    from hummgraph.records.limits import MemoryBudget

__all__ = [
    "CATALOGUE_FILES",
    "DECLARED",
    "FORMAT",
    "MANIFEST",
    "NAMES",
    "QUARANTINE",
    "is_as_written",
    "manifest_sum",
    "n_links_at",
    "read_folder",
]

FORMAT: Final = "hummgraph-snapshot"
MANIFEST: Final = "manifest.json"
QUARANTINE: Final = "quarantine.jsonl"
NAMES: Final = "names.json"
DECLARED: Final = "declared.parquet"  # only for relationships that were not received as records
CATALOGUE_FILES: Final = {
    "integration_sources": INTEGRATION_SOURCE_SCHEMA,
    "tables": TABLE_SCHEMA,
    "columns": COLUMN_SCHEMA,
    "associations": ASSOCIATION_SCHEMA,
    "relationships": RELATIONSHIP_SCHEMA,
}

_LINKS: Final = "links.parquet"
_REQUIRED: Final = (_LINKS, *(f"{name}.parquet" for name in CATALOGUE_FILES), NAMES, QUARANTINE)
_MEMBER: Final = re.compile(
    "|".join((*map(re.escape, (*_REQUIRED, DECLARED)), r"reply-[\w-]+\.json\.zst")), re.ASCII
)
"""Names that files of a snapshot have besides the manifest."""
_MAX_SUMMED_BYTES: Final = 1 << 24
_RAW_LINKS: Final = tuple(
    f"{name}.json{packed}" for name in ("entity_links", "links") for packed in ("", ".gz")
)
"""Names of files of links as the API sends them, beside a catalogue's."""
_MAX_MANIFEST_BYTES: Final = 1 << 24
_EXPANSION: Final = 4  # bytes in memory for a byte of JSON that holds texts


def n_links_at(path: str | os.PathLike[str]) -> int:
    """Return the number of links in a snapshot's manifest; 0 if there is no snapshot."""
    try:
        return int(_read_manifest(Path(path))["counts"]["kept"])
    except (SnapshotError, KeyError, TypeError, ValueError):
        return 0


def read_folder(path: str | os.PathLike[str], memory: MemoryBudget) -> dict[str, Any]:
    """Return the fields of a snapshot, read from its files."""
    folder = Path(path)
    used = memory.used
    while True:
        before = _folder_identity(folder)
        try:
            return _read_files(folder, _read_manifest(folder), memory)
        except SnapshotDamagedError:
            # A writer may have replaced the folder meanwhile: then the new one is read.
            if _folder_identity(folder) == before:
                raise
            memory.used = used


def manifest_sum(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest without its own."""
    rest = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _folder_identity(folder: Path) -> tuple[int, int] | None:
    """Return the inode and change time of a folder, which differ for one that replaced it."""
    try:
        found = folder.stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_ctime_ns


# --- members -----------------------------------------------------------------------------------


def _open_member(folder: Path, name: str) -> tuple[BufferedReader, int]:
    """Open a member, which must be a regular file; return its size, too.

    A pipe or a device would block, or never end; a link could point to any file of the reader's.
    """
    flags = os.O_RDONLY | sum(
        getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
    )
    path = folder / name
    if path.is_symlink():
        raise damaged_error(folder, f"{name} is a symbolic link, not a file")
    descriptor = os.open(path, flags)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise damaged_error(folder, f"{name} is not a regular file")
    return os.fdopen(descriptor, "rb"), found.st_size


def is_as_written(folder: Path, name: str, declared: object) -> bool:
    """Return whether a file can be of a snapshot, and is what the manifest declares.

    Only the size of a file of more than 16 MiB is compared.
    """
    if _MEMBER.fullmatch(name) is None or not isinstance(declared, dict):
        return False
    n_bytes, digest = declared.get("bytes"), declared.get("sha256")
    try:
        file, size = _open_member(folder, name)
        with file:
            if n_bytes is not None and (n_bytes != size or size > _MAX_SUMMED_BYTES):
                return bool(n_bytes == size)
            return bool(hashlib.file_digest(file, "sha256").hexdigest() == digest)
    except (OSError, ValueError, SnapshotDamagedError):
        return False


def _check_member(folder: Path, name: str, n_bytes: int | None, digest: str) -> int:
    """Raise unless a member has the size and the SHA-256 that the manifest declares."""
    try:
        file, size = _open_member(folder, name)
        with file:
            same = n_bytes in {None, size} and (
                hashlib.file_digest(file, "sha256").hexdigest() == digest
            )
    except OSError as error:
        raise damaged_error(folder, f"{name} cannot be read ({error.strerror})") from error
    if not same:
        raise damaged_error(folder, f"{name} was changed after it was written")
    return size


def _hint_at_snapshots(folder: Path) -> str:
    """Return a hint at the command that makes a snapshot, of the links in the folder if any."""
    links = next((folder / name for name in _RAW_LINKS if (folder / name).is_file()), None)
    if links is None:
        return "A snapshot is a folder written by 'hummgraph fetch' or Snapshot.write()."
    run = f"hummgraph run {shlex.quote(str(links))} --catalogue {shlex.quote(str(folder))}"
    return f"Of its files, this makes one: {run}"


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        file, size = _open_member(folder, MANIFEST)
        with file:
            content = file.read(_MAX_MANIFEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise SnapshotNotFoundError(
            f"There is no snapshot at {str(folder)!r}.", hint=_hint_at_snapshots(folder)
        ) from None
    except OSError as error:
        raise damaged_error(folder, f"{MANIFEST} cannot be read ({error.strerror})") from error
    if len(content) > _MAX_MANIFEST_BYTES:
        raise damaged_error(folder, f"{MANIFEST} has {size:,} bytes, too many for a manifest")
    try:
        manifest = strict_json(content)
    except InvalidRecordError:
        raise damaged_error(folder, f"{MANIFEST} is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise damaged_error(folder, f"{MANIFEST} is not that of a snapshot")
    _check_version(folder, manifest.get("format_version"))
    if manifest.get("sha256") != manifest_sum(manifest):
        raise damaged_error(folder, f"{MANIFEST} was changed after it was written")
    return manifest


def _check_version(folder: Path, found: object) -> None:
    if type(found) is int and 1 <= found <= FORMAT_VERSION:
        return
    # A version that is not a number is of no format that was written so far.
    newer = isinstance(found, str) or (type(found) is int and found > FORMAT_VERSION)
    if newer:
        raise SnapshotVersionError(
            f"{str(folder)!r} has format version {printable(str(found), 40)}; this hummgraph reads"
            f" versions up to {FORMAT_VERSION}.",
            hint="Install a newer hummgraph: pip install -U hummgraph",
        )
    raise damaged_error(folder, f"{MANIFEST} has no format version")


# --- content -----------------------------------------------------------------------------------


def _read_files(folder: Path, manifest: Mapping[str, Any], memory: MemoryBudget) -> dict[str, Any]:
    try:
        contents = contents_of(manifest)
        missing = [name for name in _REQUIRED if name not in contents.files]
        if missing:
            raise damaged_error(folder, f"{MANIFEST} does not list {missing[0]}")
        sizes = {
            name: _check_member(folder, name, file.bytes, file.sha256)
            for name, file in contents.files.items()
        }
        return _read_fields(folder, contents, sizes, memory)
    except (ValueError, OSError, RecursionError, pa.ArrowException) as error:
        # These messages hold places and types, and no values.
        shown = isinstance(error, msgspec.ValidationError) or type(error) is ValueError
        why = str(error) if shown else type(error).__name__
        raise damaged_error(folder, f"{INCONSISTENT} ({printable(why, 200)})") from error


def _read_fields(
    folder: Path, contents: Contents, sizes: Mapping[str, int], memory: MemoryBudget
) -> dict[str, Any]:
    quarantine, catalogue_quarantine = _read_quarantine(folder, contents, sizes, memory)
    tables = {
        name: read_parquet(folder / f"{name}.parquet", schema, memory)
        for name, schema in (("links", LINK_SCHEMA), *CATALOGUE_FILES.items())
    }
    if DECLARED in contents.files:
        tables["declared"] = read_parquet(folder / DECLARED, DECLARED_SCHEMA, memory)
    check_tables(tables)
    links = tables.pop("links")
    if links.num_rows + quarantine.counts.records != contents.counts.records:
        raise ValueError("counts: records are not kept and quarantined ones")
    catalogue = Catalogue(
        **tables,
        organization_id=contents.organization.id,
        organization_name=contents.organization.name,
        names=_read_names(folder, sizes[NAMES], memory),
        lookups=contents.lookups,
        quarantine=catalogue_quarantine,
        n_records=contents.counts.catalogue_records,
        unknown_fields=contents.drift.catalogue_unknown_fields,
    )
    replies = [folder / name for name in contents.files if name.startswith("reply-")]
    return {
        "links": links,
        "catalogue": catalogue,
        "quarantine": quarantine,
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
        "decided": None
        if contents.vocabulary is None
        else Vocabulary.from_dict(contents.vocabulary),
    }


def _read_names(folder: Path, size: int, memory: MemoryBudget) -> dict[bytes, str]:
    memory.take(_EXPANSION * size, f"The snapshot's {NAMES}")
    try:
        return names_of((folder / NAMES).read_bytes())
    except (ValueError, RecursionError) as error:
        raise damaged_error(folder, f"{INCONSISTENT} ({NAMES})") from error


def _read_quarantine(
    folder: Path, contents: Contents, sizes: Mapping[str, int], memory: MemoryBudget
) -> tuple[Quarantine, Quarantine]:
    """Return the records set aside: those of links, and those of the catalogue."""
    memory.take(_EXPANSION * sizes[QUARANTINE], f"The snapshot's {QUARANTINE}")
    samples = {True: QuarantineSample(), False: QuarantineSample()}
    with (folder / QUARANTINE).open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                record = parse_quarantine_line(line)
            except (ValueError, RecursionError) as error:
                raise damaged_error(
                    folder, f"{INCONSISTENT} ({QUARANTINE}, line {number:,})"
                ) from error
            sample = samples[record.kind == "entity_link"]
            sample.count(record.reasons)
            if sample.takes(record.reasons, len(record.record)):
                sample.add(record)
    counts = contents.counts
    links = (counts.quarantined, counts.bad, counts.reasons)
    catalogue = (counts.catalogue_quarantined, counts.catalogue_bad, counts.catalogue_reasons)
    return (
        _with_counts(samples[True].build(), *links),
        _with_counts(samples[False].build(), *catalogue),
    )


def _with_counts(
    read: Quarantine, records: int, bad: int, reasons: Mapping[str, int] | None
) -> Quarantine:
    """Return records with the counts that the manifest declares, if it has them by reason."""
    if reasons is None:
        return read
    if not read.counts.records <= records or not read.counts.bad <= bad <= records:
        raise ValueError("counts: they are not those of the records set aside")
    return Quarantine(read, QuarantineCounts(records, bad, reasons))
