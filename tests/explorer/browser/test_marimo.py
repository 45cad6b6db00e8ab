"""The widget in marimo, if it is installed."""

from __future__ import annotations

import os
from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.hosts import BEGINNING, Cell, free_port, noted, opened, running, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

PYTHON = os.environ.get("HUMMGRAPH_MARIMO")

pytestmark = pytest.mark.skipif(PYTHON is None, reason="HUMMGRAPH_MARIMO names no Python of marimo")

APP = """
import marimo
app = marimo.App(width="full")

@app.cell
def _():
    import marimo as mo
{beginning}
    page = mo.ui.anywidget(w)
    page
    return mo, page, w

@app.cell
def _(mo):
    button = mo.ui.run_button(label="From 0.6")
    button
    return (button,)

@app.cell
def _(button, mo, w):
    mo.stop(not button.value)
    w.threshold = 0.6
    return

@app.cell
def _(mo, page, w):
    page.value
    mo.md(f"{{len(w.decisions)}} in w.decisions")
    return
"""


def test_each_follows_what_the_other_does(context: BrowserContext, tmp_path: Path) -> None:
    """An approval within half a second, a threshold, clusters by leiden, and cells that follow."""
    assert PYTHON is not None
    changes = tmp_path / "changes.jsonl"
    beginning = BEGINNING.format(method="leiden", path=str(changes))
    app = APP.format(beginning=indent(beginning, "    "))
    (tmp_path / "page.py").write_text(app, encoding="utf-8")
    port = free_port()
    command = [
        PYTHON,
        "-m",
        "marimo",
        "run",
        "--headless",
        "--no-token",
        "-p",
        str(port),
        "page.py",
    ]
    with running(command, tmp_path):
        page = context.new_page()
        opened(page, f"http://127.0.0.1:{port}/")
        cell = Cell(page)

        _, seconds = cell.approves(changes)
        assert seconds < 0.5
        assert until(lambda: cell.has_labels(noted(changes)[-1]["labels"]))
        expect(page.get_by_text("1 in w.decisions")).to_be_visible(timeout=20_000)

        page.get_by_text("From 0.6").click()
        until(lambda: cell.ask("h.state().threshold") == 0.6)
        assert until(lambda: cell.has_labels(noted(changes)[-1]["labels"]))
        assert noted(changes)[-1]["threshold"] == 0.6
