"""Take the pictures of the page: ``python docs/images/explorer.py``, with Chromium installed."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

import hummgraph as hg
from hummgraph.datasets import load_demo

FOLDER = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def take_pictures() -> None:
    """Write the start of the demo's page, one concept of it, and one field in pyvis."""
    graph = hg.LinkGraph(load_demo().snapshot())
    clusters = hg.cluster(graph)
    with TemporaryDirectory() as name, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        file = Path(name, "links.html")
        hg.write(graph, file, clusters=clusters)
        field = graph.node("Salesforce/Contact.Email").node_id
        focus = f"cluster:{field}"
        for picture, address in {
            "explorer": "",
            "explorer-concept": f"#p=concepts&f={focus}",
        }.items():
            page.goto("about:blank")
            page.goto(f"{file.as_uri()}{address}")
            page.wait_for_timeout(2_000)
            page.screenshot(path=FOLDER / f"{picture}.png")
        plain = Path(name, "plain.html")
        hg.write(graph, plain, clusters=clusters, engine="pyvis")
        page.set_viewport_size({"width": 1400, "height": 820})
        page.goto(plain.as_uri())
        page.wait_for_timeout(3_000)
        search = page.locator("input[type=search]")
        search.fill("HubSpot/contacts.email")
        page.wait_for_timeout(500)
        search.press("Enter")
        page.get_by_role("button", name="Fit").click()
        page.wait_for_timeout(1_500)
        page.screenshot(path=FOLDER / "demo-focus.png")
        browser.close()


if __name__ == "__main__":
    take_pictures()
