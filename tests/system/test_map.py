"""Tests that the page about the architecture is true: rooms, one record's way, places."""

from __future__ import annotations

import re
import sys
import threading
import tomllib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import hummgraph
from hummgraph import Client, LinkGraph, cluster, read_snapshot, write
from hummgraph.datasets import load_demo
from hummgraph.datasets.server import serve
from tests.support.places import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PACKAGE = Path(hummgraph.__file__).parent
PAGE = (DOCS / "development" / "architecture.md").read_text(encoding="utf-8")
# What every room uses, what only stands in for the API here, and the page, whose check of clusters
# exporters share.
EVERYWHERE = {"errors", "frames", "datasets", "explorer"}


def drawn(marker: str) -> list[set[str]]:
    """Return the rooms of a picture, line by line from above."""
    found = re.search(rf"<!-- {marker} -->\n+```text\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    names = [re.split(r"\s{2,}", line)[0] for line in found[1].splitlines()]
    return [set(name.split(" | ")) for name in names]


def contract(container: str) -> list[set[str]]:
    """Return the lines of the import contract; rooms in brackets count where they are there."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        one["layers"]
        for one in settings["tool"]["importlinter"]["contracts"]
        if one["type"] == "layers" and one["containers"] == [container]
    )
    folder = PACKAGE.joinpath(*container.split(".")[1:])
    lines = [
        {
            name.strip(" ()")
            for name in layer.split("|")
            if "(" not in name or (folder / name.strip(" ()")).exists()
        }
        for layer in layers
    ]
    return [line for line in lines if line]


@pytest.mark.parametrize(
    ("marker", "container"), [("rooms", "hummgraph"), ("analyses", "hummgraph.algorithms")]
)
def test_rooms_are_drawn_as_the_import_contract_has_them(marker: str, container: str) -> None:
    """The picture has the lines of the contract, and every room that lies in the folder."""
    folder = PACKAGE.joinpath(*container.split(".")[1:])
    there = {
        path.stem for path in folder.iterdir() if path.name.isidentifier() or path.suffix == ".py"
    } - {"__init__", "__main__", "__pycache__"}

    assert drawn(marker) == contract(container)
    assert set().union(*drawn(marker)) == there


def way() -> dict[str, set[str]]:
    """Return the modules that the page names for each step of one record's way."""
    section = PAGE.partition("<!-- way -->")[2].partition("<!-- end of way -->")[0]
    steps: dict[str, set[str]] = {}
    step = ""
    for line in section.strip().splitlines()[2:]:
        code, _, modules = (cell.strip() for cell in line.strip().split("|")[1:-1])
        step = code.strip("`") or step
        steps.setdefault(step, set()).update(re.findall(r"`([\w/]+\.py)`", modules))
    return steps


def recorded(run: Callable[[], Any]) -> tuple[Any, set[str]]:
    """Run something; return its result, and the modules of the package whose functions ran."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        result = run()
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    root = f"{PACKAGE}/"
    return result, {file.removeprefix(root) for file in files if file.startswith(root)}


def test_one_record_goes_the_way_that_the_page_describes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each module that is named for a step runs in it, and each room that runs is named."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {
        "LinkGraph": LinkGraph,
        "PATH": tmp_path / "acme.hummgraph",
        "cluster": cluster,
        "read_snapshot": read_snapshot,
        "write": write,
    }
    results = {
        "client.fetch()": "snapshot",
        "snapshot.write(PATH)": "path",
        "read_snapshot(PATH)": "snapshot",
        "LinkGraph(snapshot)": "graph",
        "cluster(graph)": "clusters",
        "clusters.crosswalk()": "crosswalk",
        'write(graph, "x.graphml", clusters=clusters)': "path",
    }
    steps = way()

    assert list(steps) == list(results)
    named: set[str] = set()
    with (
        serve(load_demo(), token="demo-token") as server,
        Client(
            token=server.token, organization_id=server.organization_id, base_url=server.base_url
        ) as client,
    ):
        names["client"] = client
        for step, modules in steps.items():
            names[results[step]], ran = recorded(partial(eval, step, names))
            named |= {name.split("/")[0] for name in modules}

            assert modules <= ran, f"{step}: {sorted(modules - ran)} did not run"
            rooms = {name.split("/")[0].removesuffix(".py") for name in ran}
            assert rooms <= named | EVERYWHERE, step


@pytest.mark.parametrize(
    "path", sorted({*re.findall(r"`((?:src|tests|scripts|benchmarks|docs)/[\w./-]*)`", PAGE)})
)
def test_places_that_the_page_names_are_there(path: str) -> None:
    """Whoever looks for where something goes finds the file or folder."""
    assert (ROOT / path).exists()
