"""Tests of the help: commands by task, examples that run, and lines of at most 80 characters."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from hummgraph.cli.app import app
from hummgraph.cli.sections import EXAMPLES, SECTIONS
from hummgraph.datasets import load_demo
from hummgraph.graph.linkgraph import LinkGraph

COMMANDS = {
    one.callback.__name__.replace("_", "-")
    for one in app.registered_commands
    if one.callback is not None
}
OUTSIDE = ("run -o ", "fetch ", "doctor ", "review ", "mcp ", "verify acme")
"""Beginnings of examples that need an account, an answer, an assistant or values."""


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    records = load_demo()
    (folder / "links.json").write_text(json.dumps(records.links))
    (folder / "catalogue").mkdir()
    for kind, rows in records.catalogue.items():
        (folder / "catalogue" / f"{kind}.json").write_text(json.dumps(rows))
    demo = records.snapshot()
    for name in ("acme.hummgraph", "old.hummgraph"):
        demo.write(folder / name)
    (folder / "pairs.csv").write_text("source,target,score\na,b,0.9\n")
    (folder / "columns.csv").write_text("schema,table,column\npublic,users,email\n")
    ids = LinkGraph(demo).nodes.filter(level="column")["node_id"][:3]
    (folder / "truth.csv").write_text("node_id,entity\n" + "".join(f"{one},1\n" for one in ids))
    return folder


@pytest.fixture
def demo_folder(made_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder, as the working folder."""
    monkeypatch.chdir(made_folder)
    return made_folder


def test_every_command_is_in_one_section_and_has_an_example() -> None:
    """The help lists all commands, each once; each has an example that begins with it."""
    listed = [name for names in SECTIONS.values() for name in names]

    assert sorted(listed) == sorted(COMMANDS)
    assert list(EXAMPLES) == listed
    for name, lines in EXAMPLES.items():
        assert all(line.startswith(f"hummgraph {name}") for line in lines)


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS)])
def test_help_fits_80_columns(run: Any, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """No line of any help is wider, whatever the terminal; its examples are printed whole."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")

    said = run(*([command] if command else []), "--help").out

    assert max(map(len, said.splitlines())) <= 80
    for line in EXAMPLES.get(command, ()):
        assert " ".join(line.split()) in " ".join(said.split())
    if not command:
        assert [f"{task}:" in said for task in SECTIONS] == [True] * len(SECTIONS)


@pytest.mark.no_cover  # whole jobs, whose parts have tests of their own
@pytest.mark.parametrize("line", [one for lines in EXAMPLES.values() for one in lines])
def test_every_example_runs(run: Any, demo_folder: Path, line: str) -> None:
    """On a snapshot of the demo; those that need more than it are read by their options only."""
    words = shlex.split(line.replace("\\\n", ""))[1:]
    if "LINK" in words:
        links = LinkGraph(load_demo().snapshot()).links
        words[words.index("LINK")] = links.filter(status="SUGGESTED")["link_id"][0]
    if "--open" in words:
        words.remove("--open")
    if f"{' '.join(words)} ".startswith(OUTSIDE) and "--list" not in words:
        words.append("--help")
    answer = run(*words)

    assert answer.code in {0, 11 if words[0] == "check" else 0}, answer.err
    assert demo_folder.exists()
