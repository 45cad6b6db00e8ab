"""Tests of the command that tidies up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_gc_tidies_up(run: Any, kept: Path, tmp_path: Path) -> None:
    """Files that killed writers left are removed, and files that they moved are restored."""
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
    """A negative age is refused, and nothing is removed."""
    answer = run("gc", tmp_path, "--older-than=-1")
    assert answer.code == 2
    assert "--older-than is -1; it must be 0 or more." in answer.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_spools_of_killed_fetches_are_removed(run: Any, temporary: Path, tmp_path: Path) -> None:
    """They are in the folder for temporary files; their age does not matter, as nobody has them."""
    spool = temporary / "hummgraph-spool-abcd1234"
    spool.mkdir()
    (spool / "reply-001.json.zst").touch()
    (temporary / "hummgraph-projectx").mkdir()
    assert run("gc", tmp_path, "--dry-run").out == f"removed {spool}\n"
    assert spool.exists()
    assert run("gc", tmp_path).out == f"removed {spool}\n"
    assert [entry.name for entry in temporary.iterdir()] == ["hummgraph-projectx"]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_links_are_not_followed(run: Any, kept: Path, tmp_path: Path) -> None:
    """A link with the name of a leftover is left, with what it leads to; so is a link in one."""
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / ".acme.hummgraph-abcd1234.tmp").symlink_to(kept)
    (folder / ".gone.hummgraph-abcd1234.old").symlink_to("nowhere")
    assert (run("gc", folder, "--older-than", "0").code, len(list(folder.iterdir()))) == (0, 2)
    left = folder / ".beta.hummgraph-abcd1234.tmp"
    left.mkdir()
    (left / "link").symlink_to(kept)
    answer = run("gc", folder, "--older-than", "0")
    assert answer.code == 0
    assert f"left {left}: it cannot be removed, or holds other files" in answer.err
    assert (left / "link").is_symlink()
    assert run("info", kept).code == 0


def test_a_folder_that_cannot_be_listed(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the system is one of ours."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hummgraph.cli.gc.stale", refused)
    answer = run("gc", tmp_path)
    assert answer.code == 8
    assert "Permission denied" in answer.err
