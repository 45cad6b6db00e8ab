"""Tests that a page is as the tutorial describes it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

import hummgraph
from tests.support.browsing import explorer
from tests.support.places import DOCS


def test_the_page_is_as_the_tutorial_describes(
    context: BrowserContext, demo_graph: hummgraph.LinkGraph, tmp_path: Path
) -> None:
    """Step 2: colours and lines, the panel, where the clusters are and at which threshold."""
    step = (
        (DOCS / "tutorial" / "index.md")
        .read_text(encoding="utf-8")
        .partition("## 2.")[2]
        .partition("\n## ")[0]
    )
    step = " ".join(step.split())
    threshold, n_clusters = re.findall(r"joined from ([\d.]+), .* finds\s+(\d+)\s+concepts", step)[
        0
    ]
    found = hummgraph.cluster(demo_graph)
    page = explorer(context, demo_graph, tmp_path, address="", clusters=found).settled()
    assert "opens on its start" in step
    assert page.state("page") == "start"
    page.page.get_by_role("navigation", name="Pages").get_by_role("button", name="Map").click()
    page.page.get_by_role("button", name="All tables").click()
    page.settled()
    page.filters()
    middle = page.page.locator("#stage").bounding_box()
    clusters = page.page.locator(".list.clusters")
    place = clusters.bounding_box()
    assert middle
    assert place

    assert f"With {demo_graph.n_links:,} links" in step
    assert "colour of the largest concept" in step
    assert page.state("colour") == "cluster"
    assert float(threshold) == page.state("threshold") == found.threshold
    assert int(n_clusters) == len(found)
    assert f"{n_clusters} concepts" in page.page.locator("body").inner_text()
    assert "list at the left" in step
    assert place["x"] + place["width"] <= middle["x"]

    table, system = re.findall(r"Click the table `([^`]+)` of (\w+)", step)[0]
    details = page.node(f"{system}/{table}")
    assert "HubSpot" in details.inner_text()
    panel = details.bounding_box()
    assert panel
    assert panel["x"] > place["x"] + place["width"]
    details.locator(".link-row button").first.click()
    page.settled()
    expect(page.page.locator(".details")).to_contain_text("Evidence")

    first = clusters.get_by_role("button").first
    name, size = re.findall(r"Choose\s`([^`]+)`: .* lists its (\d+) members", step)[0]
    expect(first).to_contain_text(name)
    first.click()
    page.settled()
    expect(page.page.locator(".details")).to_contain_text(f"{size} members")
