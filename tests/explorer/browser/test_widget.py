"""The page in a notebook: it follows Python, and Python follows it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hummgraph import Decision, LinkGraph, cluster, explore
from tests.support.browsing import hostile
from tests.support.notebooks import Notebook, seen

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

EMAIL = "Stripe/customers.email"


def notebook(context: BrowserContext, widget: Any, *, wide: int = 960, high: int = 480) -> Notebook:
    """Show a widget in a cell of a size."""
    shown = Notebook(context, widget)
    shown.page.set_viewport_size({"width": wide, "height": high})
    return shown.settled()


def test_each_follows_what_the_other_does(context: BrowserContext, demo_graph: LinkGraph) -> None:
    """A threshold, a decision and a focus, both ways."""
    w = explore(demo_graph)
    shown = notebook(context, w)
    line = shown.frame.locator(".notebook-line")
    expect(line).to_contain_text("Python and this page follow each other")

    w.threshold = 0.5
    shown.settled()
    assert shown.ask("h.state().threshold") == 0.5
    assert np.array_equal(shown.ask("h.labels()"), w.clusters.labels)

    shown.ask("h.set({threshold: 0.25})")
    shown.settled()
    assert w.threshold == 0.25
    expect(line).to_contain_text("w.threshold 0.25")

    w.cluster = EMAIL
    shown.settled()
    expect(shown.frame.locator("h1")).to_contain_text("person email")
    expect(line).to_contain_text('w.selection "person email"')

    link = w.graph.link(0).link_id
    shown.ask("h.decide(x, 'REJECTED')", link)
    shown.settled()
    assert [(one.link_id, one.status) for one in w.decisions if isinstance(one, Decision)] == [
        (link, "REJECTED")
    ]
    expect(line).to_contain_text("w.decisions 1")

    w.decisions = []
    shown.settled()
    assert shown.ask("h.state().decisions.size") == 0
    shown.frame.get_by_role("button", name="Review").click()
    shown.settled()
    assert type(w.selection).__name__ == "Link"
    assert shown.complaints == []


def test_what_is_decided_in_a_review_is_in_python(
    context: BrowserContext, demo_graph: LinkGraph
) -> None:
    """By its key, and taken back by another."""
    w = explore(demo_graph)
    shown = notebook(context, w)
    w.goto("review")
    shown.settled()
    asked = w.selection

    shown.frame.locator("h1").first.click()
    shown.page.keyboard.press("a")
    shown.settled()

    assert [one.link_id for one in w.decisions if isinstance(one, Decision)] == [asked.link_id]
    shown.page.keyboard.press("z")
    shown.settled()
    assert w.decisions == ()


@pytest.mark.parametrize("method", ["leiden", "gaec", "markov"])
def test_python_clusters_by_methods_that_do_not_run_in_a_page(
    method: str, context: BrowserContext, demo_graph: LinkGraph
) -> None:
    """Labels under decisions and thresholds are those of Python, and so are effects."""
    w = explore(demo_graph, clusters=cluster(demo_graph, method=method))
    shown = notebook(context, w)
    assert np.array_equal(shown.ask("h.labels()"), w.clusters.labels)

    shown.ask("h.set({threshold: 0.6})")
    shown.settled()
    assert w.threshold == 0.6
    assert np.array_equal(shown.ask("h.labels()"), w.clusters.labels)

    w.goto("review")
    shown.settled()
    shown.until("!document.querySelector('.effects').textContent.includes('Python')")
    before = w.clusters
    asked = w.selection
    shown.frame.get_by_role("button", name="Reject").first.click()
    shown.until("h.state().decisions.size === 1")
    assert [one.link_id for one in w.decisions if isinstance(one, Decision)] == [asked.link_id]
    assert shown.ask("h.view().clusters.stale") is False
    assert np.array_equal(shown.ask("h.labels()"), w.clusters.labels)
    assert w.clusters is not before


def test_while_python_is_asked_no_effect_is_told(
    context: BrowserContext, demo_graph: LinkGraph
) -> None:
    """And if it does not answer, that is said."""
    w = explore(demo_graph, clusters=cluster(demo_graph, method="leiden"))
    shown = notebook(context, w)
    shown.answers = False

    w.goto("review")
    shown.settled()
    effects = shown.frame.locator(".effects")
    expect(effects).to_contain_text("Asking Python")
    expect(effects.locator(".sizes")).to_have_count(0)
    expect(shown.frame.locator(".notebook-line")).to_contain_text(
        "Python does not answer", timeout=10_000
    )

    shown.answers = True
    w.goto("concepts")
    shown.settled()
    w.goto("review")
    shown.settled()
    expect(shown.frame.locator(".notebook-line")).to_contain_text("follow each other")


def test_two_views_of_a_widget_are_the_same(context: BrowserContext, demo_graph: LinkGraph) -> None:
    """Also one that is opened later."""
    w = explore(demo_graph)
    # What is out of sight is not drawn, and so not ready.
    shown = notebook(context, w, high=1000)
    shown.ask("h.set({threshold: 0.4})")
    shown.settled()

    shown.page.evaluate("shown.push(show())")
    expect(shown.page.locator("iframe")).to_have_count(2)
    second = shown.frames()[1]
    shown.settled()
    assert second.evaluate("hummgraph.state().threshold") == 0.4

    second.evaluate("hummgraph.set({threshold: 0.3})")
    shown.settled()
    assert shown.ask("h.state().threshold") == w.threshold == 0.3
    w.threshold = 0.2
    shown.settled()
    assert second.evaluate("hummgraph.state().threshold") == 0.2
    assert shown.ask("h.state().threshold") == 0.2


def test_the_full_page_is_in_touch(context: BrowserContext, demo_graph: LinkGraph) -> None:
    """It opens in a window of its own, as the page was."""
    w = explore(demo_graph)
    shown = notebook(context, w)
    shown.ask("h.set({threshold: 0.4})")
    shown.settled()

    with context.expect_page() as opened:
        shown.frame.get_by_role("button", name="Full page").click()
    other = opened.value
    other.set_viewport_size({"width": 1440, "height": 900})
    other.wait_for_selector("iframe")
    frame = next(one for one in other.frames if one.parent_frame is not None)
    frame.wait_for_selector("html[data-ready]")
    shown.settled()
    assert frame.evaluate("hummgraph.state().threshold") == 0.4
    assert other.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-downloads"
    expect(frame.locator(".page")).not_to_have_class("compact")

    frame.evaluate("hummgraph.set({threshold: 0.3})")
    shown.settled()
    assert w.threshold == 0.3


def test_messages_of_others_change_nothing(context: BrowserContext, demo_graph: LinkGraph) -> None:
    """Without the token, of a wrong shape, or from another window."""
    w = explore(demo_graph)
    shown = notebook(context, w)
    token = w._token
    told = {"kind": "told", "n": 50, "set": {"threshold": 0.9}}
    for message in (
        told,
        told | {"token": "another"},
        told | {"token": token, "set": {"threshold": 9}},
        told | {"token": token, "set": {"threshold": 0.9, "more": 1}},
        {"token": token, "kind": "told", "n": 51, "set": {"address": "p=<img src=x onerror=1>"}},
        {"token": token, "kind": "told", "n": 52, "set": {"address": "f=cluster:nothing"}},
        {"token": token, "kind": "told", "n": 53, "set": {"journal": "<script>"}},
    ):
        shown.page.evaluate(
            "(message) => document.querySelector('iframe').contentWindow.postMessage(message, '*')",
            message,
        )
    # A frame of another window knows the token, and is heard by nobody.
    shown.page.evaluate(
        "(state) => { const other = document.createElement('iframe'); document.body.append(other);"
        " other.contentWindow.eval(`parent.postMessage(${JSON.stringify(state)}, '*')`); }",
        seen(w, threshold=0.8) | {"kind": "state"},
    )
    shown.settled()

    assert shown.ask("h.state().threshold") == w.threshold == 0.1
    assert shown.ask("h.state().decisions.size") == 0
    assert shown.ask("h.state().page") == "start"
    assert shown.complaints == []


def test_hostile_names_run_nothing(context: BrowserContext) -> None:
    """Neither in the page nor in the notebook that it is in."""
    graph = hostile()
    w = explore(graph)
    shown = notebook(context, w)
    for page in ("concepts", "review", "map", "start"):
        w.goto(page)
        shown.settled()
    w.selection = graph.node(0)
    shown.settled()
    if w.clusters.n_clusters:
        w.cluster = 0
        shown.settled()
    assert shown.ask("window.PWNED ?? null") is None
    assert shown.page.evaluate("window.PWNED ?? null") is None
    assert shown.complaints == []
    bundle, _ = w._repr_mimebundle_()
    shown.page.set_content(bundle["text/html"] + bundle["image/svg+xml"])
    shown.page.wait_for_timeout(200)
    assert shown.page.evaluate("window.PWNED ?? null") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_is_legible(scheme: Any, context: BrowserContext, demo_graph: LinkGraph) -> None:
    """A list of 264 pixels beside the concept, no text under 10, and nothing for axe to say."""
    w = explore(demo_graph, clusters=cluster(demo_graph), cluster=EMAIL)
    shown = notebook(context, w)
    shown.page.emulate_media(color_scheme=scheme)
    shown.settled()
    sizes = shown.frame.evaluate(
        "() => { const of = (name) => document.querySelector(name).getBoundingClientRect();"
        " return [of('.head').height, of('.concepts-list').width, of('.notebook-line').height]; }"
    )
    assert sizes == [48, 264, 32]
    small = shown.frame.evaluate(
        "() => [...document.querySelectorAll('#app *')].filter((one) => one.checkVisibility()"
        " && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())"
        " && parseFloat(getComputedStyle(one).fontSize) < 10).map((one) => one.outerHTML)"
    )
    assert small == []
    wide = shown.frame.evaluate(
        "() => [document.documentElement.scrollWidth, innerWidth, innerHeight,"
        " document.documentElement.scrollHeight]"
    )
    assert wide[0] <= wide[1]
    assert wide[3] <= wide[2]
    for page in (None, "concepts", "start", "review"):
        if page is not None:
            w.goto(page)
            shown.settled()
        found = Axe().run(shown.frame)
        assert found.violations_count == 0, found.generate_report()


def test_the_list_is_used_by_keys(context: BrowserContext, demo_graph: LinkGraph) -> None:
    """One tab stop, and the arrows move in it."""
    w = explore(demo_graph)
    shown = notebook(context, w)
    w.goto("concepts")
    shown.settled()
    first = shown.frame.locator(".concepts-list button").first
    first.focus()
    first.press("ArrowDown")
    shown.page.wait_for_timeout(100)
    shown.frame.locator(".concepts-list button:focus").press("Enter")
    shown.settled()

    in_order = list(w.clusters)
    systems = [one for one in in_order if len(one.systems) > 1]
    assert w.cluster is not None
    assert w.cluster.id == systems[1].id
    stops = shown.frame.locator(".concepts-list button[tabindex='0']").count()
    assert stops == 1
    assert shown.frame.locator(".concepts-list button:focus").count() == 1


def test_a_threshold_set_in_python_is_seen_within_half_a_second(
    context: BrowserContext, demo_graph: LinkGraph
) -> None:
    """Whatever the notebook adds to it."""
    w = explore(demo_graph)
    shown = notebook(context, w)
    begin = time.perf_counter()
    w.threshold = 0.7
    shown.page.evaluate("(told) => model.set('_told', told)", w._told)
    shown.frame.wait_for_function("() => hummgraph.state().threshold === 0.7")
    assert time.perf_counter() - begin < 0.5
