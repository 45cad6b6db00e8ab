"""Marks by which folders of an earlier export are recognised, so that nothing else is replaced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hummgraph.export.neo4j import IMPORT_COMMAND
from hummgraph.snapshot.folders import read_mark

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_csv_folder", "is_neo4j_folder", "is_parquet_folder"]

_FACTS: Final = frozenset({"kept_evidence", "left_out", "n_links"})
"""Names of facts of the whole graph, which every export has."""


def is_csv_folder(folder: Path) -> bool:
    """Return whether ``about.json`` of a folder has the facts of a graph."""
    try:
        facts = json.loads(read_mark(folder / "about.json"))
    except (ValueError, RecursionError):
        return False
    return isinstance(facts, dict) and facts.keys() >= _FACTS


def is_parquet_folder(folder: Path) -> bool:
    """Return whether ``nodes.parquet`` of a folder has the facts of a graph in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "nodes.parquet"
    if path.is_symlink() or not path.is_file():
        return False
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, ValueError, pa.ArrowException):
        return False
    return {name.decode(errors="replace") for name in metadata} >= _FACTS


def is_neo4j_folder(folder: Path) -> bool:
    """Return whether ``import.sh`` of a folder has the command of an export for Neo4j."""
    return IMPORT_COMMAND.encode() in read_mark(folder / "import.sh")
