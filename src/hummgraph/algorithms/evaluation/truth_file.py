"""Files of a truth in JSON, or in CSV as spreadsheets write it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hummgraph.errors import ArgumentError, ConfigError, ContractError, FormatError
from hummgraph.errors.texts import json_fault, quoted
from hummgraph.frames import visible
from hummgraph.records.strict_json import has_too_many_values
from hummgraph.records.tables.files import MAX_NAMES_BYTES, as_utf8, is_gzip, read_whole

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["TruthContent", "count_noun", "read_truth"]

_REQUIRED: Final = ("node_id", "entity")
_COLUMNS: Final = (*_REQUIRED, "family")
_DELIMITERS: Final = (",", ";", "\t")
_SHOWN: Final = 20
_SHOWN_LENGTH: Final = 500
_MAX_VALUES: Final = 4_000_000
MAX_CELL_LENGTH: Final = 1 << 20  # characters; the csv module's own limit is 128 KiB


class TruthContent(NamedTuple):
    """Content of a file: clusters, their families, and remarks."""

    clusters: list[list[Any]]
    families: list[str | None] | None
    notes: list[str]


def read_truth(path: str | PathLike[str]) -> TruthContent:
    """Read clusters from a file of JSON or CSV.

    Raises
    ------
    FormatError
        If the name ends in neither ``.json`` nor ``.csv``.
    ArgumentError
        If the file cannot be read, or is not empty but holds no cluster.
    """
    name = Path(path).name.lower().removesuffix(".gz")
    if not name.endswith((".json", ".csv")):
        raise FormatError(
            f"{str(path)!r} is not a truth by its name; it must end in .json or .csv, or in"
            " .json.gz or .csv.gz."
        )
    notes: list[str] = []
    text = _read_text(Path(path), notes, guess=name.endswith(".csv"))
    if name.endswith(".json"):
        clusters, families = _clusters_from_json(text)
    else:
        clusters, families = _clusters_from_csv(text, notes)
    if clusters and not any(clusters):
        raise ArgumentError(f"none of its {len(clusters):,} clusters has a member.")
    return TruthContent(clusters, families, notes)


def count_noun(n: int, noun: str) -> str:
    """Return a number with its noun; a plural ends in ``ies`` for a final ``y``, else in ``s``."""
    if n == 1:
        return f"1 {noun}"
    return f"{n:,} {noun[:-1]}ies" if noun.endswith("y") else f"{n:,} {noun}s"


def _read_text(path: Path, notes: list[str], *, guess: bool) -> str:
    """Return the text of a file: UTF-8, UTF-16 by its mark, or with ``guess`` Windows-1252."""
    try:
        if path.name.lower().endswith(".gz") and not is_gzip(path):
            raise ArgumentError("it is not a complete gzip file.")
        content = as_utf8(read_whole(path, MAX_NAMES_BYTES))
        try:
            return content.decode()
        except UnicodeDecodeError:
            if not guess:
                raise
        text = content.decode("cp1252")
    except ContractError:
        raise ArgumentError("it is not a complete gzip file.") from None
    except ConfigError as error:
        cause = error.__cause__
        why = cause.strerror if isinstance(cause, OSError) else error.message
        raise ArgumentError(f"it cannot be read: {why}.".replace("..", ".")) from error
    except UnicodeDecodeError as error:
        raise ArgumentError("it cannot be read: it is not UTF-8 text.") from error
    except OSError as error:
        raise ArgumentError(f"it cannot be read: {error.strerror}.") from error
    notes.append("The file is not UTF-8 and was read as Windows-1252.")
    return text


def _clusters_from_json(text: str) -> tuple[list[list[Any]], list[str | None] | None]:
    """Return clusters and their families from JSON."""
    if has_too_many_values(text.encode("utf-8", "surrogatepass"), _MAX_VALUES):
        raise ArgumentError(f"it has more than {_MAX_VALUES:,} values.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"it is not JSON: {json_fault(error)}.") from error
    groups = content.get("clusters") if isinstance(content, Mapping) else content
    if not isinstance(groups, list):
        raise ArgumentError("it must be a list of clusters, or an object with 'clusters'.")
    clusters, families = [], []
    for number, group in enumerate(groups):
        members = group.get("members") if isinstance(group, Mapping) else group
        family = group.get("family") if isinstance(group, Mapping) else None
        if members is None and isinstance(group, Mapping):
            members = []
        if not isinstance(members, list):
            raise ArgumentError(f"cluster {number} is not a list of members.")
        clusters.append(
            [given.get("id") if isinstance(given, Mapping) else given for given in members]
        )
        if isinstance(family, list | Mapping):
            raise ArgumentError(
                f"cluster {number} has the family {quoted(family)}; it must be text."
            )
        families.append(None if family is None else str(family))
    return clusters, families if any(family is not None for family in families) else None


def _clusters_from_csv(
    text: str, notes: list[str]
) -> tuple[list[list[Any]], list[str | None] | None]:
    """Return clusters, in the order of their first rows, and their families from CSV."""
    before = csv.field_size_limit(MAX_CELL_LENGTH)
    try:
        return _clusters_from_rows(text, notes)
    except csv.Error as error:
        raise ArgumentError(f"it is not CSV: {error}.") from error
    finally:
        csv.field_size_limit(before)


def _clusters_from_rows(
    text: str, notes: list[str]
) -> tuple[list[list[Any]], list[str | None] | None]:
    header, rows = _read_table(text)
    place = {name: header.index(name) for name in _COLUMNS if name in header}
    clusters: dict[tuple[str, str], list[Any]] = {}
    incomplete, first_line = 0, 0
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        node, entity, family = (
            cells[place[name]] if place.get(name, len(cells)) < len(cells) else ""
            for name in _COLUMNS
        )
        # A cell too many: one of them holds the delimiter, and it is not known which.
        if not node or not entity or any(cells[len(header) :]):
            incomplete, first_line = incomplete + 1, first_line or rows.line_num
            continue
        clusters.setdefault((entity, family), []).append(node)
    if incomplete:
        notes.append(
            f"{count_noun(incomplete, 'line')} that did not fill node_id and entity, or had too"
            f" many cells, were ignored; the first is line {first_line}."
        )
    if incomplete and not clusters:
        raise ArgumentError(
            f"none of its lines has both node_id and entity; the first is line {first_line}."
        )
    families = [family or None for _, family in clusters] if "family" in place else None
    return list(clusters.values()), families


def _read_table(text: str) -> tuple[list[str], Any]:
    """Return the header and an iterator of rows, using the delimiter of the header."""
    first: list[str] = []
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = [name.strip().casefold() for name in next(rows, [])]
        if set(_REQUIRED) <= set(header):
            if any(header.count(name) > 1 for name in _COLUMNS):
                raise ArgumentError(f"its columns are {_listed(header)}; each may occur once.")
            return header, rows
        first = first or header
    raise ArgumentError(
        f"its columns are {_listed(first)}; they must include node_id and entity, and"
        " may include family."
    )


def _listed(names: list[str]) -> str:
    """Return the first names of a header, and the number of the others."""
    shown = ", ".join(visible(name) for name in names[:_SHOWN])[:_SHOWN_LENGTH]
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{shown or 'none'}{more}"
