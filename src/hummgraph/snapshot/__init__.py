"""Snapshots: fetched data in memory and on disk, read back, and reports on it."""

from __future__ import annotations

from hummgraph.snapshot.link_readers import read_catalogue, read_links
from hummgraph.snapshot.report import Report
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot

__all__ = [
    "Report",
    "Snapshot",
    "read_catalogue",
    "read_links",
    "read_snapshot",
]
