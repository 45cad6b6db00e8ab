"""Values of a snapshot's tables that no snapshot has, wherever it comes from."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.records.ids import id_bytes, id_hashes
from hummgraph.records.object_texts import first_invalid_object

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_tables"]

_TIME: Final = pa.timestamp("us", tz="UTC")
_LARGEST: Final = sys.float_info.max


@cache
def _ranges() -> dict[str, tuple[pa.Scalar, pa.Scalar]]:
    """Return the least and the greatest value of columns; Arrow imports pandas for a time."""
    times = (
        pa.scalar(datetime.min.replace(tzinfo=UTC), _TIME),
        pa.scalar(datetime.max.replace(tzinfo=UTC), _TIME),
    )
    return {
        "created_at": times,
        "updated_at": times,
        "confidence": (pa.scalar(0.0), pa.scalar(1.0)),
        "score": (pa.scalar(-_LARGEST), pa.scalar(_LARGEST)),
    }


_KINDS: Final = {
    "tables": {"table", "saas_object"},
    "columns": {"column", "saas_field"},
    "declared": {"relationship", "association"},
}
_KEYS: Final = {"links": "link_id", "declared": ""}


def check_tables(tables: Mapping[str, pa.Table]) -> None:
    """Raise unless every value of the tables is one that hummgraph writes.

    Raises
    ------
    ValueError
        If ids repeat, a confidence is outside [0, 1], a score is not finite, a time is outside the
        years 1 to 9999, evidence is not a JSON object, or a kind is unknown. The message names the
        table and column, and no value.
    """
    for name, table in tables.items():
        _check_ids(table, name)
        if "kind" in table.column_names:
            found = pc.unique(table.column("kind")).to_pylist()
            if not set(found) <= _KINDS[name]:
                raise ValueError(f"{name}: kind is unknown")
        for column in table.column_names:
            if column in _ranges():
                _check_range(table, name, column)
            elif column == "evidence":
                _check_evidence(table, name)


def _check_ids(table: pa.Table, name: str) -> None:
    key = _KEYS.get(name, "id")
    if key and _repeats(table.column(key)):
        raise ValueError(f"{name}: an id occurs twice")


def _repeats(ids: pa.ChunkedArray) -> bool:
    """Return whether an id occurs twice; sorted hashes need less memory than a set."""
    hashes = np.concatenate([np.empty(0, np.uint64), *map(id_hashes, map(id_bytes, ids.chunks))])
    hashes.sort()
    return bool((hashes[1:] == hashes[:-1]).any()) and len(pc.unique(ids)) != len(ids)


def _check_evidence(table: pa.Table, name: str) -> None:
    for chunk in table.column("evidence").chunks:
        if first_invalid_object(chunk) is not None:
            raise ValueError(f"{name}: evidence is not a JSON object")


def _check_range(table: pa.Table, name: str, column: str) -> None:
    """Raise unless all values of a column that are not null lie in its range; NaN does not."""
    values = table.column(column)
    least, most = _ranges()[column]
    inside = pc.and_(pc.greater_equal(values, least), pc.less_equal(values, most))
    if pc.all(inside).as_py() is False:
        raise ValueError(f"{name}: {column} is out of range")
