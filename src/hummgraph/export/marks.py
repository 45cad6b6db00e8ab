"""Marks by which files of an earlier export are recognised, so that nothing else is replaced."""

from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING, Final

from hummgraph.export.neo4j import IMPORT_COMMAND
from hummgraph.snapshot.folders import read_mark, read_start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["csv_files_in", "neo4j_files_in", "parquet_files_in"]

_FACTS: Final = frozenset({"kept_evidence", "left_out", "n_links"})
"""Names of facts of the whole graph, which every export has."""

# The first column, also as a spreadsheet writes it that has changed a cell.
_CSV_START: Final = re.compile(rb'(?:\xef\xbb\xbf)?"?(?:node_id|link_id|source)"?[,;\t]')
_NEO4J_START: Final = re.compile(rb'(?:\xef\xbb\xbf)?"?(?:node_id:ID|:START_ID)"?[,;\t]')


def csv_files_in(folder: Path) -> Sequence[str]:
    """Return the files of an export as CSV; none without the facts of a graph in ``about.json``."""
    try:
        facts = json.loads(read_mark(folder / "about.json"))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(facts, dict) or not facts.keys() >= _FACTS:
        return ()
    return ("about.json", *_starting(folder, ("nodes.csv", "links.csv"), _CSV_START))


def parquet_files_in(folder: Path) -> Sequence[str]:
    """Return the files of an export as Parquet: those with the facts of a graph as metadata.

    None if ``nodes.parquet`` has none.
    """
    found = [name for name in ("nodes.parquet", "links.parquet") if _has_facts(folder / name)]
    return found if "nodes.parquet" in found else ()


def _has_facts(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, ValueError, pa.ArrowException):
        return False
    return {name.decode(errors="replace") for name in metadata} >= _FACTS


def neo4j_files_in(folder: Path) -> Sequence[str]:
    """Return the files of an export for Neo4j; none without its command in ``import.sh``."""
    if IMPORT_COMMAND.encode() not in read_mark(folder / "import.sh"):
        return ()
    tables = ("nodes.csv", "links.csv", "contains.csv")
    return (*_starting(folder, tables, _NEO4J_START), "import.sh")


def _starting(folder: Path, names: Sequence[str], start: re.Pattern[bytes]) -> list[str]:
    """Return the files that have the header of an export."""
    return [name for name in names if start.match(read_start(folder / name))]
