"""Programs that show notebooks: started, and driven as a person would."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Frame, Page

__all__ = ["BEGINNING", "Cell", "free_port", "noted", "opened", "running", "until"]

PATIENCE = 90  # seconds for a program to start, and for a kernel

BEGINNING = """
import json, time
import hummgraph as hg
from hummgraph.datasets import load_demo
graph = hg.LinkGraph(load_demo().snapshot())
clusters = hg.cluster(graph, method={method!r})
w = hg.explore(graph, clusters=clusters)
def note(change):
    what = {{
        "at": time.time(), "name": change.name, "threshold": w.threshold,
        "decisions": [one.link_id for one in w.decisions],
        "labels": w.clusters.labels.tolist(),
    }}
    with open({path!r}, "a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\\n")
w.observe(note, ["threshold", "decisions"])
"""
"""Beginning of a notebook: each change in Python is a line of a file."""


def free_port() -> int:
    """Return a port of this machine that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], folder: Path) -> Iterator[None]:
    """Run a program, with the library as it is here, in a home of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    with (folder / "log.txt").open("wb") as log:
        program = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            program.terminate()
            program.wait(timeout=30)


def opened(page: Page, address: str) -> None:
    """Open an address as soon as somebody answers there."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            page.goto(address)
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
        else:
            return


def until(condition: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """Return what a condition gives, once it gives something."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def noted(path: Path) -> list[dict[str, Any]]:
    """Read what changed in Python so far."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]


class Cell:
    """The page of a widget in a notebook."""

    def __init__(self, page: Page) -> None:
        page.wait_for_selector("iframe[sandbox]", timeout=PATIENCE * 1000)
        page.locator("iframe[sandbox]").first.scroll_into_view_if_needed()
        self.frame: Frame = until(
            lambda: next((one for one in page.frames if one.parent_frame is not None), None)
        )
        self.frame.wait_for_selector("html[data-ready]", timeout=PATIENCE * 1000)
        self.frame.wait_for_selector("text=follow each other", timeout=PATIENCE * 1000)

    def ask(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression of ``h``, the page's handle for scripts, and ``x``."""
        return self.frame.evaluate(
            f"(x) => {{ const h = window.hummgraph; return {expression}; }}", argument
        )

    def approves(self, path: Path) -> tuple[str, float]:
        """Approve a suggestion in the page; return its id, and after how long Python has it."""
        link = self.ask(
            "(({pack, status}) => pack.linkId(status.findIndex((code) => code === 0)))(h.view())"
        )
        before = len(noted(path))
        begin = self.ask("(h.decide(x, 'APPROVED'), Date.now() / 1000)", link)
        change = until(lambda: noted(path)[before:])[0]
        assert change["decisions"] == [link]
        return link, change["at"] - begin

    def has_labels(self, labels: list[int]) -> bool:
        """Whether the page has clusters, and takes them for true."""
        stale: bool = self.ask("h.view().clusters.stale")
        return not stale and self.ask("h.labels()") == labels
