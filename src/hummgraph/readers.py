"""Links that do not come from the API: files of records, and records in memory."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from datetime import date
from enum import Enum
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from uuid import UUID

from pydantic import BaseModel

from hummgraph._objects import check_path, check_records
from hummgraph.catalogue import CATALOGUE_KINDS, Catalogue, CatalogueBuilder
from hummgraph.errors import ArgumentError, ConfigError, ContractError
from hummgraph.models import EntityLink
from hummgraph.snapshot import Snapshot, snapshot_from_validated
from hummgraph.validation import validate_links

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["read_catalogue", "read_links", "read_names"]

_GZIP = b"\x1f\x8b"
# The last two names are also those of the API's own paths.
_FILES = {kind: (kind,) for kind in CATALOGUE_KINDS} | {
    "associations": ("associations", "saas_associations"),
    "relationships": ("relationships", "integration_source_relationships"),
}


def read_links(
    path_or_records: str | os.PathLike[str] | Iterable[Mapping[str, Any] | EntityLink],
    *,
    catalogue: Catalogue | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    names: Mapping[str, str] | str | os.PathLike[str] | None = None,
) -> Snapshot:
    """Make a snapshot of link records that are at hand.

    Parameters
    ----------
    path_or_records
        A file with a JSON array of records or one record a line (NDJSON), gzip or plain; or the
        records themselves.
    catalogue
        Names and containment: a `Catalogue`, records by kind as for
        :meth:`Catalogue.from_records`, or a folder of files as for :func:`read_catalogue`.
    names
        Id to name, or a JSON file of such an object; these win over the catalogue's.

    Returns
    -------
    Snapshot
        Records that break the contract are in its quarantine; it has no raw reply.

    Raises
    ------
    ContractError
        If the file is neither a JSON array nor NDJSON.
    ConfigError
        If the file does not exist, or the names are unusable.

    Notes
    -----
    O(n) for n records; a file is never held as a whole.

    Examples
    --------
    >>> snapshot = read_links(
    ...     [
    ...         {
    ...             "id": "33333333-3333-4333-8333-333333333333",
    ...             "organization_id": "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01",
    ...             "source_integration_source_id": "11111111-1111-4111-8111-111111111111",
    ...             "target_integration_source_id": "22222222-2222-4222-8222-222222222222",
    ...             "created_at": "2026-01-05T09:30:00Z",
    ...             "updated_at": "2026-01-06T10:00:00Z",
    ...             "confidence_score": 0.87,
    ...         }
    ...     ],
    ...     names={"11111111-1111-4111-8111-111111111111": "CRM"},
    ... )
    >>> snapshot.report.kept
    1
    """
    check_records(path_or_records, "read_links")
    if isinstance(path_or_records, str) or hasattr(path_or_records, "__fspath__"):
        opener: Callable[[], IO[bytes]] = partial(
            _open, Path(cast("str | os.PathLike[str]", path_or_records))
        )
    else:
        opener = partial(io.BytesIO, _json_of(path_or_records))
    return snapshot_from_validated(
        validate_links([opener]),
        catalogue=_as_catalogue(catalogue),
        names=read_names(names) if names is not None else None,
    )


def read_catalogue(folder: str | os.PathLike[str]) -> Catalogue:
    """Read a catalogue from a folder of JSON files.

    Parameters
    ----------
    folder
        Holds any of ``organization``, ``integration_sources``, ``tables``, ``saas_objects``,
        ``columns``, ``saas_fields``, ``associations`` (or ``saas_associations``) and
        ``relationships`` (or ``integration_source_relationships``), each ending in ``.json`` or
        ``.json.gz`` and holding what the API sends.

    Raises
    ------
    ConfigError
        If the folder does not exist or holds none of these files.
    ContractError
        If a file is not JSON.

    Examples
    --------
    >>> read_catalogue("no-such-folder")
    Traceback (most recent call last):
        ...
    hummgraph.errors.ConfigError: 'no-such-folder' holds no catalogue file. ...
    """
    check_path(folder, "read_catalogue", "a folder of JSON files")
    builder = CatalogueBuilder()
    found = False
    for kind, stems in _FILES.items():
        for path in (Path(folder) / f"{stem}.json{end}" for stem in stems for end in ("", ".gz")):
            if path.is_file():
                found = True
                with _open(path) as file:
                    builder.add(kind, file.read())
    if not found:
        raise ConfigError(
            f"{str(folder)!r} holds no catalogue file.",
            hint=f"Name files {', '.join(_FILES)}, each with .json or .json.gz.",
        )
    return builder.build()


def read_names(names: Mapping[str, str] | str | os.PathLike[str]) -> Mapping[str, str]:
    """Give names by id, read from a JSON file when a path is given.

    Raises
    ------
    ConfigError
        If the file does not exist, or is not a JSON object of texts.

    Examples
    --------
    >>> read_names({"11111111-1111-4111-8111-111111111111": "CRM"})
    {'11111111-1111-4111-8111-111111111111': 'CRM'}
    """
    if not isinstance(names, str) and not hasattr(names, "__fspath__"):
        return names
    path = Path(cast("str | os.PathLike[str]", names))
    with _open(path) as file:
        try:
            content = json.loads(file.read())
        except (ValueError, RecursionError):
            content = None
    if not isinstance(content, dict):
        raise ConfigError(
            f"The names file {str(path)!r} is not a JSON object.",
            hint='It should read {"<id>": "<name>", ...}.',
        )
    return content


def _as_catalogue(
    catalogue: Catalogue | Mapping[str, Any] | str | os.PathLike[str] | None,
) -> Catalogue:
    if catalogue is None:
        return Catalogue.empty()
    if isinstance(catalogue, Catalogue):
        return catalogue
    if isinstance(catalogue, str) or hasattr(catalogue, "__fspath__"):
        return read_catalogue(cast("str | os.PathLike[str]", catalogue))
    return Catalogue.from_records(catalogue)


def _open(path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        return cast("IO[bytes]", _Unpacked(path)) if packed else path.open("rb")
    except OSError as error:
        raise ConfigError(
            f"Cannot read {str(path)!r}: {error.strerror}.", hint="Check the path."
        ) from error


class _Unpacked(gzip.GzipFile):
    """A file that gzip made; one that was cut or damaged says so as any other bad file does."""

    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ContractError(
                f"{str(self.name)!r} begins like a gzip file, and is no whole one: {error}.",
                hint="Write or copy it again.",
            ) from None


def _json_of(records: Iterable[Mapping[str, Any] | EntityLink]) -> bytes:
    """Write records as the API would, so that one validation serves all."""
    pieces = []
    for record in records:
        if isinstance(record, EntityLink):
            pieces.append(record.model_dump_json())
            continue
        try:
            pieces.append(json.dumps(record, default=_plain))
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                f"Record {len(pieces)} holds something that JSON cannot carry.",
                hint="Give dicts as the API sends them, or EntityLink models.",
            ) from error
    return b"[" + b",\n".join(piece.encode() for piece in pieces) + b"]"


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)
