"""Tests of the page of an answer: why two fields are one concept, or not."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.explain.why import Why, why
from hummgraph.export import write
from tests.explorer.browser.test_access import check
from tests.support.browsing import Explorer, explorer, hostile
from tests.support.builders import graph, uid

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

    from hummgraph.graph.linkgraph import LinkGraph

A, B, OTHER = "Stripe/customers.email", "Zendesk/users.email", "HubSpot/companies.domain"


def links_of(found: Why) -> set[str]:
    """Return the links that an answer names."""
    steps = [*found.direct, *found.rejected, *(found.path.steps if found.path else ())]
    return {step.link_id for step in steps}


@pytest.mark.parametrize("other", [B, OTHER])
def test_the_answer_is_read_at_once(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, other: str
) -> None:
    """In the title and in words; below it the links that the answer names, each of which opens."""
    found = why(demo_graph, A, other)
    page = explorer(context, found, tmp_path, address="")
    assert page.state("page") == "why"
    title = page.page.locator("h1")
    expect(title).to_contain_text("are one concept" if found.together else "are apart")
    assert page.page.title().startswith(f"Why {A} and {other} are ")
    answer = page.page.locator(".why-answer")
    said = "in one concept of" if found.together else "are not in one concept"
    expect(answer.locator(".why-first")).to_contain_text(said)
    rows = page.page.locator(".why-link")
    assert rows.count() == len(links_of(found))
    if rows.count():
        rows.first.click()
        page.settled()
        assert page.state("page") == "review"
        assert page.ask("h.view().pack.linkId(h.state().focus.link)") in links_of(found)
        page.page.go_back()
        expect(title).to_contain_text("are ")
    page.page.get_by_role("button", name="Show on the map").click()
    page.settled()
    assert (page.state("page"), page.state("focus")) == ("tables", {"kind": "result"})
    page.page.keyboard.press("Escape")
    page.settled()
    page.page.get_by_role("button", name="Open person email").click()
    page.settled()
    assert page.state("page") == "concepts"
    page.ok()


def test_what_was_rejected_comes_first(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The page has the contradiction; one press leads to the decision, a tab back."""
    (contradiction,) = cluster(demo_graph).contradictions
    found = why(demo_graph, contradiction.source, contradiction.target)
    assert found.together
    page = explorer(context, found, tmp_path, address="")
    warning = page.page.get_by_role("region", name="Rejected, yet together")
    expect(warning.locator(".why-link")).to_have_count(1)
    expect(warning).to_contain_text("is not")
    answer = page.page.locator(".why-answer")
    expect(answer).not_to_contain_text("Rejected, yet together")
    expect(page.page.locator(".why-links")).not_to_contain_text("is not")
    boxes = [one.bounding_box() for one in (warning, answer)]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 2
    assert tops == sorted(tops)
    check(page)
    warning.get_by_role("button", name="Decide which gives way").click()
    expect(page.page.locator(".contradictions-card h2")).to_be_focused()
    tab = page.page.locator(".head .pages").get_by_role("button", name="Why")
    assert tab.get_attribute("aria-current") is None
    tab.click()
    expect(warning).to_be_visible()
    expect(tab).to_have_attribute("aria-current", "page")
    page.ok()


def test_decisions_are_chosen_by_touch(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Each of the ways out is 44 pixels high, with a circle that is seen under a finger."""
    (contradiction,) = cluster(demo_graph).contradictions
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        found = why(demo_graph, contradiction.source, contradiction.target)
        page = explorer(context, found, tmp_path, address="")
        page.page.get_by_role("button", name="Decide which gives way").tap()
        ways = page.page.locator(".contradictions-card .way")
        expect(ways.first).to_be_visible()
        assert min(ways.evaluate_all("(all) => all.map((one) => one.offsetHeight)")) >= 44
        circles = ways.locator("input").evaluate_all("(all) => all.map((one) => one.offsetWidth)")
        assert min(circles) >= 24
        page.ok()


def test_several_contradictions_lead_from_one_to_the_next(
    context: BrowserContext, tmp_path: Path
) -> None:
    """The first is that of the question; each says which it is of how many, until none is left."""
    places = [f"{system}/t.email" for system in ("crm", "shop", "desk", "bank")]
    first, *others = places
    linked = graph(
        [(one, other, 0.9, "APPROVED") for one, other in pairwise(places)]
        + [(first, other, 0.9, "REJECTED") for other in others[1:]]
    )
    page = explorer(context, why(linked, first, places[-1]), tmp_path, address="")
    warning = page.page.get_by_role("region", name="Rejected, yet together")
    expect(warning).to_contain_text("The concept has 2 contradictions")
    shown = warning.locator(".why-link").first.locator(".why-ends")
    (_, second) = shown.inner_text().replace("\n", " ").split("\u2260")
    warning.get_by_role("button", name="Decide which gives way: 1 of 2").click()
    card = page.page.locator(".contradictions-card")
    expect(card.locator("h2")).to_have_text("Rejected, yet together 1 of 2")
    expect(card.locator("h2")).to_be_focused()
    assert second.split()[0] in card.locator(".pair").inner_text()
    card.get_by_label("Approve").first.check()
    card.get_by_role("button", name="Decide").click()
    expect(card.locator("h2")).to_have_text("Rejected, yet together")
    expect(card.locator("h2")).to_be_focused()
    card.get_by_label("Approve").first.check()
    card.get_by_role("button", name="Decide").click()
    expect(card).to_have_count(0)
    page.ok()


def test_any_two_fields_have_an_answer(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """An address names them, on any page; one of none says where the question is asked."""
    ends = [demo_graph.node(one).node_id for one in (A, B)]
    page = explorer(context, demo_graph, tmp_path, address=f"#p=why&f=path:{':'.join(ends)}")
    expect(page.page.locator("h1")).to_contain_text("are one concept")
    n_links = page.page.locator(".why-links .why-link").count()
    assert n_links == len(page.ask("[...h.view().seen.links]"))
    page.page.get_by_role("button", name="Show on the map").click()
    page.settled()
    assert page.state("focus")["kind"] == "path"
    page.ask("h.set({page: 'why', focus: null})")
    page.settled().page.get_by_role("button", name="See all concepts").click()
    page.settled()
    assert page.state("page") == "concepts"
    page.ok()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph, theme: str, width: int
) -> None:
    """Nothing is wider than the window."""
    file = write(why(demo_graph, A, B), tmp_path / "why.html")
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = Explorer(context.new_page()).opened(file, "")
        page.ask("h.set({theme: x})", theme)
        check(page)
        assert page.page.evaluate(
            "document.querySelector('#content').scrollWidth <= innerWidth"
            " && document.documentElement.scrollWidth <= innerWidth"
        )
        page.ok()


def test_hostile_names_are_text(context: BrowserContext, tmp_path: Path) -> None:
    """In the title, in the sentences, and in the links."""
    graph = hostile()
    clusters = cluster(graph, threshold=0.1)
    page = explorer(
        context,
        why(graph, uid("s0/t.c"), uid("s5/t.c"), clusters=clusters),
        tmp_path,
        address="",
        evidence="full",
    )
    expect(page.page.locator("h1")).to_contain_text("<script>")
    assert page.page.locator("#app :is(script, img, iframe, svg script)").count() == 0
    page.ok()
