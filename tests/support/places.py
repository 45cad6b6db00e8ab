"""Folders that tests read: of the project, and of what may lie beside it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DOCS", "EXPLORER", "NOTEBOOKS", "ROOT", "SHARED"]

ROOT = Path(__file__).parents[2]
"""The project."""

DOCS = ROOT / "docs"
NOTEBOOKS = ROOT / "notebooks"

EXPLORER = ROOT / "src" / "explorer"
"""The sources of the page."""

SHARED = ROOT.parent / "shared"
"""Schemas and example organisations beside the project, where there are any."""
