"""Tests of the command that tidies up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_gc_tidies_up(run: Any, kept: Path, tmp_path: Path) -> None:
    """What killed writers left is removed, what they had moved aside is put back."""
    folder = tmp_path / "results"
    folder.mkdir()
    kept.rename(folder / ".acme.hummgraph-abcd1234.old")
    (folder / ".acme.hummgraph-ef015678.tmp").mkdir()
    (folder / ".a.html.hummgraph-abcd9012.tmp").write_text("half")
    told = run("gc", folder, "--older-than", "0", "--dry-run").out
    assert told.count("removed") == 2
    assert "put back" in told
    assert len(list(folder.iterdir())) == 3
    assert run("gc", folder).out.count("removed") == 0  # they are young
    assert [entry.name for entry in folder.iterdir() if "old" in entry.name] == []
    assert run("gc", folder, "--older-than", "0").code == 0
    assert [entry.name for entry in folder.iterdir()] == ["acme"]
    assert run("info", folder / "acme").code == 0
    assert run("gc", folder / "nowhere").code == 2


def test_an_age_is_not_negative(run: Any, tmp_path: Path) -> None:
    """Nothing is removed then."""
    answer = run("gc", tmp_path, "--older-than=-1")
    assert answer.code == 2
    assert "--older-than is -1; it must be 0 or more." in answer.err
