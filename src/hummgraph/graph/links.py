"""The links of a graph, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.records.ids import id_bytes
from hummgraph.records.nodes import Ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LinkArrays", "LinkColumns", "categories", "gather", "link_ids"]


@dataclass(frozen=True, slots=True, eq=False)
class LinkColumns:
    """All links of a snapshot, sorted by id: arrays of shape (n_links,)."""

    row: NDArray[np.int64]
    ends: Ends
    confidence: NDArray[np.float64]
    status: NDArray[np.integer[Any]]
    link_type: NDArray[np.integer[Any]]


class LinkArrays:
    """Links sorted by id, as arrays of shape (n_links,).

    A filter keeps positions only; a column is gathered when somebody first reads it.
    """

    def __init__(self, columns: LinkColumns, index: NDArray[np.int64] | None = None) -> None:
        self.columns = columns
        self.index = index
        self.n = len(columns.row) if index is None else len(index)

    def _gather(self, column: NDArray[Any]) -> NDArray[Any]:
        return column if self.index is None else column[self.index]

    @cached_property
    def row(self) -> NDArray[np.int64]:
        """Positions in the snapshot's columns."""
        return self._gather(self.columns.row)

    @cached_property
    def ends(self) -> Ends:
        """Node positions of the ends."""
        ends = self.columns.ends
        return Ends(self._gather(ends.source), self._gather(ends.target))

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Stored confidences in [0, 1], NaN for null."""
        return self._gather(self.columns.confidence)

    @cached_property
    def status(self) -> NDArray[np.integer[Any]]:
        """Status codes."""
        return self._gather(self.columns.status)

    @cached_property
    def link_type(self) -> NDArray[np.integer[Any]]:
        """Type codes."""
        return self._gather(self.columns.link_type)

    def take(self, index: NDArray[np.int64]) -> LinkArrays:
        """Return some of the links, by position."""
        return LinkArrays(self.columns, index if self.index is None else self.index[index])

    def with_ends(self, ends: Ends) -> LinkArrays:
        """Return the same links with other ends."""
        return LinkArrays(LinkColumns(self.row, ends, self.confidence, self.status, self.link_type))


def link_ids(links: pa.Table) -> NDArray[np.uint8]:
    """Return the ids of links, sixteen bytes each: shape (n, 16)."""
    return id_bytes(links.column("link_id").combine_chunks())


def categories(
    column: pa.ChunkedArray, known: list[str]
) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """Code a text column: the known values first, in order, then the others, sorted."""
    names = [str(value) for value in known]
    others = {value for chunk in column.chunks for value in chunk.dictionary.to_pylist()}
    names += sorted(others - set(names))
    position = {name: code for code, name in enumerate(names)}
    width = np.int8 if len(names) <= np.iinfo(np.int8).max else np.int32
    codes: list[NDArray[np.integer[Any]]] = [np.empty(0, dtype=width)]
    for chunk in column.chunks:
        table = np.array([position[value] for value in chunk.dictionary.to_pylist()], width)
        codes.append(table[chunk.indices.to_numpy(zero_copy_only=False)])
    return names, np.concatenate(codes)


def gather(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> pa.Array:
    """Take rows of a column; Arrow's own ``take`` would copy all chunks of it together first."""
    if not len(rows):
        return column.slice(0, 0).combine_chunks()
    if column.num_chunks == 1:
        return column.chunk(0).take(pa.array(rows))
    starts = np.cumsum([0, *(len(chunk) for chunk in column.chunks)])
    chunk = np.searchsorted(starts, rows, side="right") - 1
    order = np.argsort(chunk, kind="stable")
    found, first = np.unique(chunk[order], return_index=True)
    parts = [
        column.chunk(number).take(pa.array(rows[here] - starts[number]))
        for number, here in zip(found.tolist(), np.split(order, first[1:]), strict=True)
    ]
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(place))
