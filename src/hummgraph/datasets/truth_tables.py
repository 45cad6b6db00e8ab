"""The truth about invented records as tables: which row is which thing, and their references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["references_table", "truth_table"]

_REFERENCES: Final = pa.schema(
    {
        "entity": pa.string(),
        "thing": pa.int64(),
        "other_entity": pa.string(),
        "other_thing": pa.int64(),
    }
)


def truth_table(
    parts: Iterable[tuple[list[str], NDArray[np.int64], str, Any | None, NDArray[np.bool_]]],
) -> Any:
    """Return a table of rows and of the things that they record.

    A part is a table's: the kinds and numbers of the things of its rows, its path, the cells of its
    primary key, and which rows are copied ones.
    """
    return pa.concat_tables(
        pa.table(
            {
                "entity": pa.array(kinds, pa.string()),
                "thing": pa.array(things),
                "table": pa.array([path] * len(things), pa.string()),
                "row": pa.array(np.arange(len(things))),
                "record_key": pa.nulls(len(things), pa.string())
                if key is None
                else key.cast(pa.string()),
                "copied": pa.array(copied),
            }
        )
        for kinds, things, path, key, copied in parts
    ).combine_chunks()


def references_table(parts: Iterable[tuple[str, str, NDArray[np.int64]]]) -> Any:
    """Return a table of the references of things.

    A part is a kind of things, another kind, and for each thing the number of the other, or -1.
    """
    columns: dict[str, list[Any]] = {name: [] for name in _REFERENCES.names}
    for kind, other, at in parts:
        things = np.flatnonzero(at >= 0)
        columns["entity"] += [kind] * len(things)
        columns["thing"] += things.tolist()
        columns["other_entity"] += [other] * len(things)
        columns["other_thing"] += at[things].tolist()
    return pa.table(columns, schema=_REFERENCES)
