"""Tests of the picture of all tables among the other pages: left, come back to, its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browsing import Explorer, explorer

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

    from hummgraph.graph.linkgraph import LinkGraph

# Counts the workers that run, by those that are made and ended.
WORKERS = """
(() => {
  const Made = window.Worker;
  window.running = 0;
  window.Worker = class extends Made {
    constructor(...given) { super(...given); window.running += 1; }
    terminate() { window.running -= 1; super.terminate(); }
  };
})()
"""
N_TURNS = 10
SECOND = 1_000  # milliseconds
BOX = "(one) => { const { left, top, right, bottom } = one.getBoundingClientRect();"
BOX += " return [left, top, right, bottom].map(Math.round); }"


def listeners(page: Explorer) -> int:
    """Count the listeners of the page, after what is not used any more was collected."""
    session = page.page.context.new_cdp_session(page.page)
    session.send("HeapProfiler.collectGarbage")
    found: int = session.send("Memory.getDOMCounters")["jsEventListeners"]
    session.detach()
    return found


def test_going_and_coming_back_leaves_nothing(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """No canvas, listener or worker is left behind, not even one that is at work; it is quick."""
    context.add_init_script(WORKERS)
    page = explorer(context, demo_graph, tmp_path)
    tabs = page.page.get_by_role("navigation", name="Pages").first

    def go_to_start() -> None:
        tabs.get_by_role("button", name="Start").click()
        page.settled()

    def go_to_tables() -> None:
        tabs.get_by_role("button", name="Map").click()
        page.page.get_by_role("button", name="All tables").click()
        page.settled()

    go_to_start()
    go_to_tables()
    before = listeners(page)
    for _ in range(N_TURNS):
        page.ask("h.set({layout: 'force', toggled: new Set([x])})", demo_graph.index_of("Stripe"))
        go_to_start()
        assert page.ask("h.picture") is None
        page.ask("h.set({layout: 'lanes', toggled: new Set()})")
        go_to_tables()
    assert page.page.locator("canvas").count() == 2
    page.page.wait_for_function("() => window.running === 0")
    assert listeners(page) <= before
    took = page.page.evaluate(
        """async () => {
          const { set } = hummgraph;
          const frame = () => new Promise(requestAnimationFrame);
          set({ page: "start" });
          while (hummgraph.picture) await frame();
          const begin = performance.now();
          set({ page: "tables" });
          while (!hummgraph.picture?.quiet) await frame();
          return performance.now() - begin;
        }"""
    )
    assert took < SECOND
    page.ok()


def test_the_picture_is_as_it_was_left(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """At the same place and zoom; a layout that was worked out before is not worked out again."""
    context.add_init_script(WORKERS.replace("window.running -= 1;", ""))
    page = explorer(context, demo_graph, tmp_path)
    node = demo_graph.index_of("Zendesk/users")
    page.ask("h.set({layout: 'force'})")
    page.page.wait_for_function("() => hummgraph.picture.scene().layout.kind === 'free'")
    page.settled().ask("h.picture.zoom(2)")
    place = page.settled().ask("h.picture.placeOf(x)", node)
    page.ask("h.set({page: 'start'})")
    page.settled().ask("h.set({page: 'tables'})")
    assert page.settled().ask("h.picture.placeOf(x)", node) == pytest.approx(place, abs=1)
    assert page.page.evaluate("window.running") == 1
    # What is looked at from another page is brought into sight, wherever the picture was left.
    page.ask("h.set({page: 'start'})")
    page.settled()
    page.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", demo_graph.index_of("Stripe"))
    assert page.settled().state("page") == "tables"
    stage = page.page.locator("#stage").evaluate(BOX)
    found = page.ask("h.picture.placeOf(x)", demo_graph.index_of("Stripe/customers"))
    assert stage[0] <= found["x"] <= stage[2]
    page.ok()


@pytest.mark.parametrize("width", [390, 900, 1024])
def test_nothing_of_the_picture_lies_over_another_part(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph, width: int
) -> None:
    """Head, bar, picture and panels stand beside each other, whatever is open; a sheet is above."""
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = explorer(context, demo_graph, tmp_path)
        page.node("Stripe/customers.email")
        if width > 800:
            page.filters()
        else:
            page.page.locator(".sheets").get_by_role("button", name="Details").click()
            page.settled()

        def box(name: str) -> list[int]:
            found: list[int] = page.page.locator(name).evaluate(BOX)
            return found

        head, bar, stage, details = map(box, (".head", ".picture-bar", "#stage", ".details"))
        assert head[3] <= bar[1]
        assert bar[3] <= stage[1]
        assert details[1] >= bar[3]
        assert details[2] == width
        if width <= 800:
            sheets, tabs = box(".sheets"), box(".pages.below")
            assert details[3] <= sheets[1] + 1
            assert sheets[3] <= tabs[1]
            assert tabs[3] <= 844
        else:
            filters = box(".filters")
            assert filters[2] <= stage[0] + 1
            assert filters[2] <= details[0]
            # Between panels and picture there is no gap and no overlap, but where room is short.
            assert details[0] >= stage[2] - 1 or width < 1001
        expect(page.page.locator("h1")).to_have_count(1)
        page.ok()
