"""Packages with plug-ins, installed into a folder of a test."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

__all__ = ["EXAMPLE", "install", "install_example"]

EXAMPLE = Path(__file__).parent / "example_plugin"
"""The package of the guide."""


def install(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    name: str,
    points: Mapping[str, Mapping[str, str]],
    code: str,
) -> None:
    """Install a module as a package with entry points, and forget it after the test."""
    home = folder / name
    metadata = home / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (home / f"{name}.py").write_text(code, encoding="utf-8")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
            for group, entries in points.items()
        )
    )
    monkeypatch.syspath_prepend(home)
    monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()


def install_example(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Install the package of the guide."""
    described = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))
    code = (EXAMPLE / "hummgraph_pairs.py").read_text(encoding="utf-8")
    points = described["project"]["entry-points"]
    install(monkeypatch, folder, "hummgraph_pairs", points, code)
