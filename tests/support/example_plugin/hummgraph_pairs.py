"""Lines of two paths and a confidence, separated by tabs: written and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hummgraph.export import Rows


class Pairs:
    """Exporter and reader of pairs."""

    about = "Pairs of paths, one a line"
    suffixes = (".pairs",)
    carries = frozenset({"every link", "parallel links", "direction"})
    options = ("least",)

    def chunks(self, rows: Rows, *, least: str = "0") -> Iterator[bytes]:
        """Yield one line for each link whose confidence is known and not below ``least``."""
        paths = {}
        for batch in rows.nodes():
            for node in batch.to_pylist():
                paths[node["node_id"]] = node["path"]
        for batch in rows.links():
            for link in batch.to_pylist():
                if link["confidence"] is not None and link["confidence"] >= float(least):
                    ends = f"{paths[link['source']]}\t{paths[link['target']]}"
                    yield f"{ends}\t{link['confidence']}\n".encode()

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """Yield the links of a file, between names."""
        for line in path.read_text(encoding="utf-8").splitlines():
            source, target, confidence = line.split("\t")
            yield {"source": source, "target": target, "confidence": float(confidence)}
