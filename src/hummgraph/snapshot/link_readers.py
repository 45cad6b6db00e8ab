"""Readers of links from files, tables and records in memory."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from hummgraph.errors import ArgumentError, ConfigError, ContractError, FormatError
from hummgraph.errors.arguments import check_option, check_path, check_records
from hummgraph.errors.texts import json_fault
from hummgraph.records.catalogue import CATALOGUE_KINDS, Catalogue, CatalogueBuilder
from hummgraph.records.given_names import without_repeats
from hummgraph.records.limits import MemoryBudget, checked_limits
from hummgraph.records.models import EntityLink
from hummgraph.records.strict_json import MAX_VALUES, has_too_many_values
from hummgraph.records.tables.cells import is_null, json_or_kind, json_text
from hummgraph.records.tables.fields import KINDS, check_columns, has_names, link_fields
from hummgraph.records.tables.files import (
    MAX_NAMES_BYTES,
    as_utf8,
    file_rows,
    first_keys,
    is_file,
    opened,
    read_whole,
)
from hummgraph.records.tables.links import check_table
from hummgraph.records.tables.named import check_names
from hummgraph.records.tables.nothing_kept import nothing_kept
from hummgraph.records.tables.rows import (
    Rows,
    arrow_rows,
    counted,
    json_rows,
    place_in_json,
    record_rows,
    table_of,
    table_rows,
)
from hummgraph.records.validation import validate_links
from hummgraph.snapshot.plugins import reader_of, unusable
from hummgraph.snapshot.snapshot import Snapshot, snapshot_from_validated

if TYPE_CHECKING:
    from hummgraph.records.limits import Limits
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["read_catalogue", "read_links", "read_names"]

_LEVELS = ("column", "table")
_SAMPLE_SIZE = 100  # records whose keys decide which form all records have
# The second names of the last two kinds are those of the API's own paths.
_FILE_NAMES = {kind: (kind,) for kind in CATALOGUE_KINDS} | {
    "associations": ("associations", "saas_associations"),
    "relationships": ("relationships", "integration_source_relationships"),
}


def read_links(
    links: Any,
    *,
    columns: Mapping[Any, str] | None = None,
    level: str = "column",
    catalogue: Catalogue | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    names: Mapping[str, str] | str | os.PathLike[str] | None = None,
    limits: Limits | None = None,
) -> Snapshot:
    """Read links from a file, a table or records into a snapshot.

    Parameters
    ----------
    links
        The path of a JSON file (an array of records, or one record a line), a CSV file or a Parquet
        file, gzipped or not, recognised by content and suffix, or of a pipe; the content of such a
        file as bytes; the path of a file with the suffix of a plug-in's reader; a table of pandas,
        polars, pyarrow or DuckDB, or any object with Arrow's stream interface; batches of pyarrow;
        or an iterable of dicts or `EntityLink` models.
    columns
        Field by column, as ``{"score": "confidence"}``, for columns whose names are not those of
        fields. It takes precedence over names: another column with the name of such a field is not
        read, and is counted in the report as an unknown field. Columns with numbers for names may
        be given by number.
    level
        Level of links between names: ``"column"`` for names of columns, ``"table"`` for names of
        tables.
    catalogue
        Names and containment: a `Catalogue`, records by kind as for
        :meth:`Catalogue.from_records`, or a folder of files as for :func:`read_catalogue`.
    names
        Names by id, or a JSON file of such an object; they take precedence over the catalogue's.
    limits
        Limits on memory (`memory`) and on the size of files of the catalogue
        (`catalogue_bytes`); those of `Limits()` by default.

    Returns
    -------
    Snapshot
        The snapshot; records that break the contract are in its quarantine. It has no raw replies.

    Raises
    ------
    FormatError
        If columns are missing, CSV or Parquet is damaged, or none of the records can be kept; the
        message has the reasons.
    ContractError
        If JSON is neither an array nor one record a line.
    ArgumentError
        If ``links`` is none of the above, or ``columns`` or ``level`` does not fit.
    ConfigError
        If the file does not exist, or the names are invalid.
    MemoryLimitError
        If links and catalogue need more memory than `limits` allow; the error has the number of
        bytes needed.
    PluginError
        If the plug-in that reads the file fails, or there are several.

    See Also
    --------
    LinkGraph.from_arrow : Build a graph from a table of nodes and a table of links.

    Notes
    -----
    Links have one of two forms. Those of the API have ids at their ends, in the eighteen fields of
    `EntityLink`; ``link_id`` and ``confidence`` are other names of ``id`` and ``confidence_score``.
    Links between names have ``source``, ``target`` and ``confidence``, and may have any of ``id``,
    ``link_type`` (default PROBABILISTIC), ``status`` (default SUGGESTED), ``evidence``,
    ``created_at``, ``updated_at`` and ``organization_id``. Confidence may be left out if there is a
    status.

    A name has the form ``system/table.column``, or ``system/table`` at level ``"table"``. The
    system ends at the first slash. The column begins after the last dot, so the name of a table may
    hold dots, and that of a column may not. Names are case-sensitive; surrounding blanks are
    ignored.
    The id of a node is the UUIDv5 of ``"integration_source:<system>"``,
    ``"table:<system>/<table>"`` or ``"column:<system>/<table>.<column>"`` in the namespace
    ``uuid5(NAMESPACE_OID, "hummgraph")``, and that of a link the UUIDv5 of
    ``"link:<source id>:<target id>:<n>:<type>"``. Here n counts the links of one source, target and
    type from 0: the highest confidence first, links without confidence last, ties by status,
    evidence and times. So decisions still apply when the same links are read again in another
    order.

    Columns of tables, and keys of links between names, may differ from the fields in case and
    blanks, as ``Source`` or ``Link ID``, if no other column is that field. In CSV, rows without
    values are ignored, and a first line ``sep=;`` names the separator. If no link can be kept, the
    error names the first of them by its row in CSV, as a spreadsheet counts (the header is row 1),
    by its line in JSON with one record a line, and otherwise by its number from 0, as in the
    quarantine.

    In tables and in records in memory, ``None``, NaN, ``NaT`` and pandas' ``NA`` are null, and a
    null counts as a missing field; so do an empty cell, ``NA``, ``null`` and the like in CSV and in
    columns of text. Ids may be UUIDs, times any datetimes, words categories, confidences text.
    Evidence may be JSON text, a dict, a struct or a map; a null member of a struct counts as
    missing. A status or type of the contract in another case is read, and counted in the report.

    O(n log n) for n records. A file of JSON, CSV or Parquet is never held as a whole.

    Examples
    --------
    Links between names:

    >>> snapshot = read_links(
    ...     [
    ...         {"left": "crm/contacts.email", "right": "billing/customer.email", "score": 0.92},
    ...         {"left": "crm/contacts.id", "right": "billing/customer.name", "score": 0.31},
    ...     ],
    ...     columns={"left": "source", "right": "target", "score": "confidence"},
    ... )
    >>> from hummgraph import LinkGraph
    >>> LinkGraph(snapshot)
    <LinkGraph: 2 systems, 2 tables, 4 columns, 2 links>

    Records as the API sends them:

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
    check_records(links, "read_links")
    if level not in _LEVELS:
        raise ArgumentError(f"level is {level!r}; it must be 'column' or 'table'.")
    memory = MemoryBudget(checked_limits(limits))
    with _by_plugin(links) as read:
        validated, own_catalogue, what, place = _read_any(
            read, check_columns(columns), str(level), memory
        )
    if validated.n_records and not validated.links.num_rows:
        raise nothing_kept(validated, what, place, level=str(level))
    if own_catalogue is None:
        own_catalogue = _as_catalogue(catalogue, memory)
        if level != "column":
            raise ArgumentError(
                f"level is {level!r}, but the ends of these links are ids, whose level is known.",
                hint="Leave level out; graph.project('table') lifts links to tables.",
            )
    elif catalogue is not None:
        raise ArgumentError(
            "A catalogue names ids, but the ends of these links are names.",
            hint="Leave the catalogue out, or pass links with ids.",
        )
    return snapshot_from_validated(
        validated,
        catalogue=own_catalogue,
        names=read_names(names) if names is not None else None,
    )


@contextmanager
def _by_plugin(links: Any) -> Iterator[Any]:
    """Yield the links of a file that a plug-in reads, and anything else as it is.

    Raises
    ------
    PluginError
        If the plug-in fails.
    FormatError
        If nothing reads the file; its message names plug-ins that cannot be used.
    """
    is_path = isinstance(links, str | PathLike) and str(links).lstrip()[:1] not in {"[", "{"}
    # A missing file gets the usual error below.
    if not is_path or not os.path.exists(links):  # noqa: PTH110 - pathlib raises for long names
        yield links
        return
    found, damaged = reader_of(Path(links))
    if found is not None:
        with found.running():
            yield found.value.read(Path(links))
        return
    try:
        yield links
    except (ContractError, FormatError) as error:
        if not damaged:
            raise
        raise FormatError(f"{error.message}{unusable(damaged)}", hint=error.hint) from error


class _ReadLinks(NamedTuple):
    """Validated links of any form, with their own catalogue if any, and their name in errors."""

    links: ValidatedLinks
    catalogue: Catalogue | None
    what: str
    place: Callable[[int], str]  # returns the name of a record


def _read_any(
    links: Any, columns: Mapping[str, str], level: str, memory: MemoryBudget
) -> _ReadLinks:
    rows = table_rows(links)
    if rows is not None:
        return _read_rows(rows, columns, level, memory)
    file = opened(links, memory)
    if file is None:
        return _read_records(links, columns, level, memory)
    opener, path, origin = file
    rows = file_rows(opener, path, origin, columns, memory)
    if rows is not None:
        return _read_rows(rows, columns, level, memory)
    if columns or has_names(first_keys(opener)):
        rows = json_rows(opener, origin)
        if rows.names or any(block.n_rows for block in rows.blocks()):
            return _read_rows(rows, columns, level, memory)
        # An empty list needs no columns.
    place = partial(place_in_json, opener)
    validated = validate_links([opener], origin=origin, memory=memory)
    return _ReadLinks(validated, None, origin.name, place)


def _read_rows(
    rows: Rows, columns: Mapping[str, str], level: str, memory: MemoryBudget
) -> _ReadLinks:
    fields = link_fields(rows.names, columns, rows.what, rows.hint)
    if fields.named:
        return _ReadLinks(*check_names(rows, fields, level, memory), rows.what, rows.place)
    return _ReadLinks(check_table(rows, fields, memory), None, rows.what, rows.place)


def _read_records(
    records: Any, columns: Mapping[str, str], level: str, memory: MemoryBudget
) -> _ReadLinks:
    if isinstance(records, Mapping | EntityLink):
        raise ArgumentError(
            f"Links cannot be read from {_describe_type(records)}.",
            hint="Pass a path, the content of a file as bytes, a table, or a list of records.",
        )
    if hasattr(records, "read"):
        raise ArgumentError(
            f"Links cannot be read from an open file ({_describe_type(records)}).",
            hint="Pass its path, or its content as bytes.",
        )
    iterator = iter(records)
    some = list(islice(iterator, _SAMPLE_SIZE))
    everything = chain(some, iterator)
    if some and all(isinstance(item, pa.RecordBatch | pa.Table) for item in some):
        rows = arrow_rows(table_of(everything), "The table")
        return _read_rows(rows, columns, level, memory)
    some = [record.model_dump() if isinstance(record, EntityLink) else record for record in some]
    keys = [str(key) for record in some if isinstance(record, Mapping) for key in record]
    if some and (columns or has_names(keys)):
        listed = [
            record.model_dump() if isinstance(record, EntityLink) else record
            for record in everything
        ]
        return _read_rows(record_rows(listed, "The list of records"), columns, level, memory)
    opener = partial(io.BytesIO, _records_to_json(everything))
    validated = validate_links([opener], memory=memory)
    return _ReadLinks(validated, None, "The list of records", counted)


def _describe_type(value: object) -> str:
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def read_catalogue(folder: str | os.PathLike[str], *, limits: Limits | None = None) -> Catalogue:
    """Read a catalogue from a folder of JSON files.

    Parameters
    ----------
    folder
        Holds any of ``organization``, ``integration_sources``, ``tables``, ``saas_objects``,
        ``columns``, ``saas_fields``, ``associations`` (or ``saas_associations``) and
        ``relationships`` (or ``integration_source_relationships``), each ending in ``.json`` or
        ``.json.gz``, with the content of the API's replies.
    limits
        Limits on the size of a file (`catalogue_bytes`) and on memory (`memory`); those of
        `Limits()` by default.

    Raises
    ------
    ConfigError
        If the folder does not exist or holds none of these files, or a file is too large.
    ContractError
        If a file is not JSON.
    MemoryLimitError
        If the catalogue needs more memory than `limits` allow.

    Examples
    --------
    >>> read_catalogue("no-such-folder")
    Traceback (most recent call last):
        ...
    hummgraph.errors.ConfigError: 'no-such-folder' holds no catalogue file. ...
    """
    check_path(folder, "read_catalogue", "a folder of JSON files")
    return _read_catalogue(folder, MemoryBudget(checked_limits(limits)))


def _read_catalogue(folder: str | os.PathLike[str], memory: MemoryBudget) -> Catalogue:
    builder = CatalogueBuilder(memory)
    found = False
    for kind, stems in _FILE_NAMES.items():
        for path in (Path(folder) / f"{stem}.json{end}" for stem in stems for end in ("", ".gz")):
            if is_file(path):
                found = True
                content = read_whole(path, int(memory.limits.catalogue_bytes))
                builder.add(kind, content, origin=repr(str(path)))
    if not found:
        raise ConfigError(
            f"{str(folder)!r} holds no catalogue file.",
            hint=f"Name the files {', '.join(_FILE_NAMES)}, each with .json or .json.gz.",
        )
    return builder.build()


def read_names(names: Mapping[str, str] | str | os.PathLike[str]) -> Mapping[str, str]:
    """Return names by id, read from a JSON file if a path is given.

    Raises
    ------
    ConfigError
        If the file does not exist or is damaged, or is not a JSON object of ids and texts, each id
        once.

    Examples
    --------
    >>> read_names({"11111111-1111-4111-8111-111111111111": "CRM"})
    {'11111111-1111-4111-8111-111111111111': 'CRM'}
    """
    check_option(names, "names", "a mapping of ids to names, or the path of a JSON file")
    if isinstance(names, Mapping):
        return names
    path = Path(names)
    why = ""
    try:
        text = as_utf8(read_whole(path, MAX_NAMES_BYTES))
    except UnicodeDecodeError as error:
        raise ConfigError(f"The names file {str(path)!r} is not UTF-16 text.") from error
    except ContractError as error:  # a damaged gzip file
        raise ConfigError(error.message, hint=error.hint) from error
    if has_too_many_values(text):
        raise ConfigError(f"The names file {str(path)!r} has more than {MAX_VALUES:,} values.")
    try:
        content = json.loads(text, object_pairs_hook=without_repeats)
    except ConfigError as error:
        raise ConfigError(f"{str(path)!r}: {error.message}", hint=error.hint) from None
    except (ValueError, RecursionError) as error:
        content, why = None, f": {json_fault(error)}"
    if not isinstance(content, dict):
        raise ConfigError(
            f"The names file {str(path)!r} is not a JSON object{why}.",
            hint='It must have the form {"<id>": "<name>", ...}.',
        )
    try:
        Catalogue.empty().with_names(content)
    except ConfigError as error:
        raise ConfigError(f"{str(path)!r}: {error.message}", hint=error.hint) from None
    return content


def _as_catalogue(
    catalogue: Catalogue | Mapping[str, Any] | str | os.PathLike[str] | None,
    memory: MemoryBudget,
) -> Catalogue:
    if catalogue is None:
        return Catalogue.empty()
    if isinstance(catalogue, Catalogue):
        return catalogue
    check_option(catalogue, "catalogue", "a Catalogue, records by kind, or a folder of files")
    if not isinstance(catalogue, Mapping):
        return _read_catalogue(catalogue, memory)
    return Catalogue.from_records(catalogue)


def _records_to_json(records: Iterable[Any]) -> bytes:
    """Return records as JSON in the API's form, so that one validation serves all inputs."""
    pieces = []
    for record in records:
        if isinstance(record, EntityLink):
            pieces.append(record.model_dump_json())
        elif isinstance(record, Mapping):
            pieces.append(_member_texts(record))
        else:
            pieces.append(json_or_kind(record))
    return b"[" + b",\n".join(piece.encode() for piece in pieces) + b"]"


def _member_texts(record: Mapping[Any, Any]) -> str:
    """Return a record as JSON; values that JSON lacks become values that validation refuses."""
    # A null counts as missing: a table has no other way to leave a field out.
    known = {
        name: value for name, value in record.items() if not (name in KINDS and is_null(value))
    }
    try:
        return json_text(known)
    except (TypeError, ValueError, RecursionError):
        pairs = (f"{json.dumps(str(name))}: {json_or_kind(known[name])}" for name in known)
        return f"{{{', '.join(pairs)}}}"
