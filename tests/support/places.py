"""Folders that tests read: of the project, and of what may lie beside it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DOCS", "EXPLORER", "NOTEBOOKS", "ROOT", "SHARED", "SLOW"]

ROOT = Path(__file__).parents[2]
"""The project."""

DOCS = ROOT / "docs"
NOTEBOOKS = ROOT / "notebooks"

EXPLORER = ROOT / "src" / "explorer"
"""The sources of the page."""

SLOW = ROOT / "tests" / "slow.txt"
"""Tests that take long, by name; ``python -m tests.support.slow`` writes it."""

SHARED = ROOT.parent / "shared"
"""Schemas and example organisations beside the project, where there are any."""
