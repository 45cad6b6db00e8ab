"""The widget in JupyterLab and Notebook 7, if they are installed."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.hosts import BEGINNING, Cell, free_port, noted, opened, running, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page

PYTHON = os.environ.get("HUMMGRAPH_JUPYTERLAB")

pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="HUMMGRAPH_JUPYTERLAB names no Python of JupyterLab"
)


def notebook(folder: Path, cells: list[str]) -> None:
    """Write a notebook."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
    }
    (folder / "page.ipynb").write_text(json.dumps(content), encoding="utf-8")


def run(page: Page, cell: Locator) -> None:
    """Run a cell; a key that is pressed before the notebook listens is lost."""
    prompt = cell.locator(".jp-InputPrompt").first
    for _ in range(5):
        cell.click()
        page.keyboard.press("Shift+Enter")
        with contextlib.suppress(AssertionError):
            expect(prompt).not_to_have_text("[ ]:", timeout=5_000)
            return


@pytest.mark.parametrize(
    ("module", "place"), [("jupyterlab", "lab/tree"), ("notebook", "notebooks")]
)
def test_each_follows_what_the_other_does(
    module: str, place: str, context: BrowserContext, tmp_path: Path
) -> None:
    """An approval within half a second, a threshold, and clusters by leiden."""
    assert PYTHON is not None
    changes = tmp_path / "changes.jsonl"
    first = BEGINNING.format(method="leiden", path=str(changes)) + "w"
    notebook(tmp_path, [first, "w.threshold = 0.6", "w.goto('Stripe/customers.email')"])
    port = free_port()
    command = [
        PYTHON, "-m", module, "--allow-root", "--no-browser", "--IdentityProvider.token=",
        f"--ServerApp.port={port}", f"--ServerApp.root_dir={tmp_path}",
    ]  # fmt: skip
    with running(command, tmp_path):
        page = context.new_page()
        opened(page, f"http://127.0.0.1:{port}/{place}/page.ipynb")
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
        page.wait_for_selector("[data-status=idle]", timeout=90_000, state="attached")
        run(page, cells.nth(0))
        cell = Cell(page)

        _, seconds = cell.approves(changes)
        assert seconds < 0.5
        assert until(lambda: cell.has_labels(noted(changes)[-1]["labels"]))

        run(page, cells.nth(1))
        until(lambda: cell.ask("h.state().threshold") == 0.6)
        assert until(lambda: cell.has_labels(noted(changes)[-1]["labels"]))
        assert noted(changes)[-1]["threshold"] == 0.6

        run(page, cells.nth(2))
        focus = until(lambda: cell.ask("h.state().focus"))
        assert cell.ask("h.view().pack.path(x)", focus["node"]) == "Stripe/customers.email"
