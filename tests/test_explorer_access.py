"""Tests that nobody is kept out: axe-core in every state, and a whole session without a pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from hummgraph.algorithms.clustering import cluster
from hummgraph.algorithms.lineage import downstream
from tests.browsing import Explorer, explorer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

    from hummgraph.graph import LinkGraph


def check(page: Explorer) -> None:
    """Fail on anything that axe-core finds; serious or not."""
    found: Any = Axe().run(page.settled().page)
    assert [
        (one["id"], one["impact"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
    ] == []


@pytest.fixture
def demo(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> Explorer:
    """The bundled organisation."""
    return explorer(context, demo_graph, tmp_path, clusters=cluster(demo_graph))


STATES = {
    "opened": "{}",
    "systems": "{level: 0}",
    "matrix": "{level: 0, layout: 'matrix'}",
    "columns": "{level: 2}",
    "node": "{focus: {kind: 'both', node: 30, hops: 2}}",
    "link": "{focus: {kind: 'link', link: 3}}",
    "cluster": "{focus: {kind: 'cluster', member: h.labels().indexOf(3)}}",
    "path": "{focus: {kind: 'path', from: 100, to: 400}}",
    "links": "{tab: 'links'}",
    "clusters": "{tab: 'clusters'}",
    "nodes": "{tab: 'nodes'}",
    "decisions": "{tab: 'decisions'}",
    "search": "{search: 'email'}",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(demo: Explorer, theme: str) -> None:
    """In no state of the page, neither in light nor in dark."""
    plain = "{level: 1, layout: 'lanes', focus: null, tab: null, search: ''}"
    for change in STATES.values():
        demo.ask(f"h.set({{...{plain}, ...{change}, theme: x}})", theme)
        check(demo)
    demo.page.locator(".menu > button").click()
    check(demo)
    demo.page.keyboard.press("Escape")
    demo.ask("h.decide(h.view().data.linkId(3), 'APPROVED')")
    check(demo)
    demo.page.get_by_role("button", name="Help").click()
    check(demo)


def test_axe_finds_nothing_on_a_narrow_screen(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """With each sheet open."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        result = downstream(demo_graph, "Salesforce/Contact.Email", max_depth=2)
        page = explorer(context, result, tmp_path)
        check(page)
        for sheet in ("Filters", "Details", "Table"):
            button = page.page.get_by_role("navigation").get_by_role("button", name=sheet)
            button.click()
            check(page)


def focused(page: Explorer) -> str:
    """Say what has the keyboard: its role or name, and its label."""
    told: str = page.page.evaluate(
        "(() => { const one = document.activeElement;"
        " return `${one.localName} ${one.id} ${one.getAttribute('aria-label') ?? ''}"
        " ${one.innerText?.slice(0, 40) ?? ''}`; })()"
    )
    return told


def test_tab_goes_round(demo: Explorer) -> None:
    """Every control can be reached and left, each shows that it has the keyboard."""
    demo.ask("h.set({focus: {kind: 'link', link: 3}, tab: 'links'})")
    demo.settled()
    n_controls = demo.page.locator(
        "#app :is(button, input, select, textarea, summary, [tabindex='0']):visible:enabled"
    ).count()
    reached = []
    for _ in range(n_controls + 5):
        demo.page.keyboard.press("Tab")
        reached.append(focused(demo))
        outlined = demo.page.evaluate(
            "(() => { const one = document.activeElement; if (one === document.body) return true;"
            " const style = getComputedStyle(one); const label = one.closest('label');"
            " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'"
            " || (label && getComputedStyle(label).outlineStyle !== 'none'); })()"
        )
        assert outlined, reached[-1]
    for wanted in ("search", "threshold", "stage", "Table", "Take out", "Approve", "Filter rows"):
        assert any(wanted in one for one in reached), wanted
    assert any(one.startswith("body") for one in reached) or reached[0] in reached[1:]


def tab_to(page: Explorer, wanted: str, *, most: int = 120) -> None:
    """Press Tab until something has the keyboard."""
    for _ in range(most):
        if wanted in focused(page):
            return
        page.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


@pytest.fixture
def watched(demo: Explorer) -> Iterator[Explorer]:
    """The same, and no complaint when the test has ended."""
    yield demo
    demo.ok()


def test_looking_without_a_pointer(watched: Explorer, demo_graph: LinkGraph) -> None:
    """Search, follow, go back, walk the picture, slide: all of it by keyboard."""
    keys = watched.page.keyboard
    keys.press("/")
    keys.type("Contact.Email")
    keys.press("Enter")
    node = watched.state("focus")["node"]
    assert demo_graph.node(node).path == "Salesforce/Contact.Email"
    keys.press("Escape")  # closes the list
    keys.press("Escape")  # leaves the field, to the picture
    assert "stage" in focused(watched)
    keys.press("d")
    assert watched.state("focus")["kind"] == "down"
    keys.press("4")
    assert watched.state("focus")["hops"] == 4
    keys.press("p")
    keys.press("/")
    keys.press("Control+a")
    keys.type("Zendesk/users.email")
    keys.press("Escape")
    keys.press("Escape")
    # The picture is walked with arrows; what has the cursor is told.
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    expect(watched.page.locator("#stage [aria-live]")).not_to_be_empty()
    keys.press("Enter")
    watched.settled()
    assert watched.state("focus") is not None
    tab_to(watched, "input threshold")
    keys.press("End")
    assert watched.state("threshold") == 1
    keys.press("Home")
    assert watched.state("threshold") == 0


def test_deciding_without_a_pointer(watched: Explorer) -> None:
    """Read tables, decide, take out, undo, ask for help: all of it by keyboard."""
    keys = watched.page.keyboard
    keys.press("t")
    tab_to(watched, "tab-links")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    assert watched.state("tab") == "nodes"
    keys.press("ArrowLeft")
    keys.press("ArrowLeft")
    assert watched.state("tab") == "links"
    tab_to(watched, "tr ")
    keys.press("ArrowDown")
    keys.press("Enter")
    assert watched.state("focus")["kind"] == "link"
    tab_to(watched, "Approve")
    pressed = watched.page.locator(".details [aria-pressed=true]").count()
    keys.press("Tab")
    keys.press("Enter")
    expect(watched.page.locator(".decided")).to_contain_text("1 decision")
    assert watched.page.locator(".details [aria-pressed=true]").count() >= pressed
    tab_to(watched, "Take out")
    keys.press("Enter")
    expect(watched.page.get_by_role("menuitem").first).to_be_focused()
    for _ in range(6):
        keys.press("ArrowDown")
    with watched.page.expect_download() as caught:
        keys.press("Enter")
    assert caught.value.suggested_filename == "decisions.json"
    tab_to(watched, "Undo the last")
    keys.press("Enter")
    expect(watched.page.locator(".decided")).to_have_count(0)
    keys.press("?")
    expect(watched.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(watched.page.get_by_role("dialog")).to_be_hidden()


def test_what_happens_is_told(demo: Explorer) -> None:
    """A screen reader hears what a search reached, what was decided and how much is shown."""
    demo.node("Contact.Email")
    told = demo.page.locator("#app > .page > [role=status]")
    expect(told).to_contain_text("Salesforce/Contact.Email")
    demo.ask("h.decide(h.view().data.linkId(3), 'REJECTED')")
    expect(told).to_have_text("Link is REJECTED now.")
    expect(demo.page.locator(".counts [role=status]")).to_contain_text("In sight")


def test_movement_can_be_left_out(browser: Browser, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """Whoever wants less motion gets to a place at once."""
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    ) as context:
        page = explorer(context, demo_graph, tmp_path)
        page.settled()
        at_once = page.page.evaluate(
            "() => { const h = window.hummgraph; h.picture.zoom(2);"
            " const near = h.picture.placeOf(30);"
            " return new Promise((done) => setTimeout(() => {"
            " const later = h.picture.placeOf(30);"
            " done(JSON.stringify(near) === JSON.stringify(later)); }, 400)); }"
        )
        assert at_once
