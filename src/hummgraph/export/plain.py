"""Rows as plain objects, for the formats that are made of such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hummgraph.export.rows import moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from hummgraph.export.rows import Rows

__all__ = ["encoded", "link_rows", "listed", "node_rows"]


def node_rows(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield nodes one by one."""
    for batch in rows.nodes():
        yield from batch.to_pylist()


def link_rows(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield links one by one, times as ISO 8601; or lifted edges, with ids made of their ends."""
    for batch in rows.links():
        yield from _links(batch)


def _links(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    if "link_id" not in batch.schema.names:
        for row in batch.to_pylist():
            yield {"link_id": f"{row['source']}--{row['target']}", **row}
        return
    times = {name: moments(batch.column(name)) for name in ("created_at", "updated_at")}
    plain = batch.drop_columns(list(times)).to_pylist()
    for row, created, updated in zip(plain, *times.values(), strict=True):
        yield {**row, "created_at": created, "updated_at": updated}


def encoded(row: dict[str, Any]) -> bytes:
    """Write a row as JSON; evidence, which is JSON already, as it is."""
    evidence = row.get("evidence")
    if evidence is not None:
        row = {**row, "evidence": msgspec.Raw(evidence.encode())}
    return msgspec.json.encode(row)


def listed(items: Iterator[bytes], *, indent: bytes = b"  ") -> Iterator[bytes]:
    """Put the members of a JSON array on lines of their own, some hundred at a time."""
    gathered: list[bytes] = []
    comma = b"\n"
    for item in items:
        gathered += [comma, indent, item]
        comma = b",\n"
        if len(gathered) > 3_000:
            yield b"".join(gathered)
            gathered = []
    yield b"".join(gathered)
