"""The page of paths: each as a line of fields, with the link between one and the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from hummgraph import disjoint_paths, strongest_path, strongest_paths
from tests.explorer.browser.test_access import check
from tests.support import builders
from tests.support.browsing import explorer

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.graph.linkgraph import LinkGraph


def split(name: str) -> list[str]:
    """Return the system, table and field of a column that is named in full."""
    system, _, rest = name.partition("/")
    return [system, *rest.rsplit(".", 1)]


A, B = "Stripe/customers.email", "Zendesk/users.email"


def test_paths_are_told_as_python_found_them(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Each has its fields in order, and of each step the score; a step opens its link."""
    found = strongest_paths(demo_graph, A, B, k=3)
    page = explorer(context, found, tmp_path, address="")
    lines = page.page.locator(".paths-one")
    expect(lines).to_have_count(3)
    expect(page.page.locator("h1")).to_contain_text("3 paths from")
    expect(page.page.get_by_role("button", name="Paths")).to_have_attribute("aria-current", "page")
    for line, path in zip(lines.all(), found, strict=True):
        fields = line.locator(".paths-field").all_inner_texts()
        # After the badge of its system.
        assert [text.split()[1:] for text in fields] == [split(name) for name in path.names]
        expect(line.locator("h2")).to_contain_text(f"{len(path)} steps score {path.confidence:.2f}")
        scores = line.locator(".paths-step b").all_inner_texts()
        assert scores == [f"{step.weight:.2f}" for step in path.steps]
    lines.first.locator(".paths-step").nth(1).click()
    assert page.state("page") == "review"
    link = page.state("focus")["link"]
    assert demo_graph.link(link).link_id == found[0].steps[1].link_id
    page.page.go_back()
    expect(lines).to_have_count(3)
    page.page.get_by_role("button", name="Why together, or not").click()
    assert page.state("why") == [demo_graph.index_of(A), demo_graph.index_of(B)]
    page.page.get_by_role("button", name="Paths").click()
    page.page.get_by_role("button", name="Show among all tables").click()
    assert page.state("page") == "tables"
    assert page.state("focus") == {"kind": "result"}
    page.ok()


def test_one_path_and_paths_apart(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """One path has no number; how many there are in all is said; decisions since are, too."""
    page = explorer(context, strongest_path(demo_graph, A, B), tmp_path, address="")
    expect(page.page.locator("h1")).to_contain_text("From")
    expect(page.page.locator(".paths-one")).to_have_count(1)
    expect(page.page.get_by_role("note")).to_have_count(0)
    page.page.locator(".paths-step").first.click()
    page.page.keyboard.press("a")
    page.page.get_by_role("button", name="Paths").click()
    expect(page.page.get_by_role("note")).to_contain_text("Found before your decisions")
    apart = disjoint_paths(demo_graph, A, B, limit=2)
    page = explorer(context, apart, tmp_path, address="")
    page.page.get_by_text("Shown 2 of 7 paths that share no link.").wait_for()
    page.ok()


def test_declared_steps_and_hostile_sizes(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """A declared key is labelled as declared, and only the first of many paths are drawn."""
    ends = "Stripe/customers", "Snowflake/RAW_STRIPE.INVOICE"
    found = strongest_paths(demo_graph, *ends, k=30, relationships=True)
    page = explorer(context, found, tmp_path, address="")
    expect(page.page.locator(".paths-one")).to_have_count(20)
    page.page.get_by_role("button", name="10 more paths").click()
    expect(page.page.locator(".paths-one")).to_have_count(30)
    declared = sum(step.kind != "link" for path in found for step in path.steps)
    assert declared
    expect(page.page.locator("p.paths-step")).to_have_count(declared)
    page.ok()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, width: int, scheme: str
) -> None:
    """On wide and narrow screens, in both themes; nothing sticks out."""
    page = explorer(context, strongest_paths(demo_graph, A, B, k=2), tmp_path, address="")
    page.page.set_viewport_size({"width": width, "height": 844})
    page.ask(f"h.set({{theme: '{scheme}'}})")
    check(page.settled())
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_without_paths_says_so(context: BrowserContext, tmp_path: Path) -> None:
    """As where an address of another page is opened."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    page = explorer(context, graph, tmp_path, address="#p=paths")
    expect(page.page.get_by_text("This page was not made for paths.")).to_be_visible()
    page.page.get_by_role("button", name="See the map").click()
    assert page.state("page") == "map"
