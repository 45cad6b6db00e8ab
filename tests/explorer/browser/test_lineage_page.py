"""Tests of the page of lineages: what a change touches, step by step, and how it gets there."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood, upstream
from hummgraph.datasets import generate_organization
from hummgraph.explorer.words import page_note
from hummgraph.graph.linkgraph import LinkGraph
from tests.explorer.browser.test_access import check
from tests.support import builders
from tests.support.browsing import Explorer, explorer, hostile, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator

START = "Stripe/customers.email"
FAR = "Salesforce/Contact.Email"
TEXTS = """() => [...document.querySelectorAll('#content *')]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((one) => one.getClientRects().length && !one.closest('.visually-hidden'))
  .map((one) => [parseFloat(getComputedStyle(one).fontSize), one.className])"""
TEN_SECONDS = 10_000  # milliseconds


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """A page of the bundled organisation."""
    return page_of(demo_graph, tmp_path_factory.mktemp("lineage") / "demo.html")


@pytest.fixture
def demo(context: BrowserContext, file: Path, demo_graph: LinkGraph) -> Iterator[Explorer]:
    """Nodes that depend on an address, two steps far."""
    page = Explorer(context.new_page()).opened(file, f"#f=down:{id_of(demo_graph, START)}:2")
    yield page
    page.ok()


def id_of(graph: LinkGraph, name: str) -> str:
    """Return the id of a node."""
    return graph.node(name).node_id


def card(page: Explorer, name: str) -> Locator:
    """Return the card of a node."""
    return page.page.locator(f'.lineage-card[title="{name}"]')


def listed(page: Explorer) -> list[tuple[str, str]]:
    """Return the rows of the list: names and scores."""
    return [
        (row.get_attribute("title") or "", row.locator(".lineage-number").inner_text())
        for row in page.page.locator(".lineage-row").all()
    ]


def again(page: Explorer) -> None:
    """Load the page again."""
    page.requests.clear()
    page.page.reload()
    page.page.wait_for_selector("html[data-ready]")


def saved(page: Explorer, tmp_path: Path, by: str = "tables") -> str:
    """Return the file that the page saves, of fields or of tables."""
    with page.page.expect_download() as waiting:
        page.page.get_by_role("button", name=f"Save {by} as CSV").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes().decode()


def test_it_says_what_python_says(demo: Explorer, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """The question, the totals, the steps, the scores, the notes and the file."""
    found = downstream(demo_graph, START, max_depth=2)
    expect(demo.page.locator("h1")).to_have_text("What depends on Stripe customers email")
    assert demo.page.title().startswith("What depends on Stripe customers email")
    assert demo.state("page") == "lineage"
    rows = [row for row in found.nodes if row["depth"]]
    totals = demo.page.locator(".lineage-totals li").all_inner_texts()
    further = len(downstream(demo_graph, START, max_depth=3).nodes) - len(found.nodes)
    n_systems = len({row["system"] for row in rows})
    assert [re.sub(r"\s+", " ", text) for text in totals] == [
        f"{len(rows)} fields in 2 steps",
        f"{n_systems} systems",
        f"+{further} fields further",
    ]
    assert listed(demo) == [(row["path"], f"{row['confidence']:.2f}") for row in rows]
    heads = demo.page.locator(".lineage-column-head").all_inner_texts()
    assert [re.sub(r"\s+", " ", head) for head in heads] == [
        "Start",
        "1 step 5 fields",
        "2 steps 5 fields",
    ]
    for row in rows:
        expect(card(demo, row["path"])).to_contain_text(f"{row['confidence']:.2f}")
    expect(demo.page.locator(".lineage-notes")).to_contain_text("1 link without a score")
    assert saved(demo, tmp_path) == found.to_csv(by="table")
    assert saved(demo, tmp_path, "fields") == found.to_csv()
    expect(demo.page.locator(".pages.above [aria-current]")).to_have_text("Map")


def test_cards_stand_by_step(demo: Explorer) -> None:
    """In columns, as large as they are said to be, none over another; lines lead to the right."""
    boxes = [one.bounding_box() for one in demo.page.locator(".lineage-card").all()]
    assert len(boxes) == 11
    assert len({box["width"] for box in boxes if box}) == 1
    assert all(box and 168 <= box["width"] <= 232 and box["height"] == 64 for box in boxes)
    places = sorted((box["x"], box["y"]) for box in boxes if box)
    assert len({x for x, _ in places}) == 3
    for (x, y), (right, below) in pairwise(places):
        assert right > x + 168 or below >= y + 64
    lines = demo.page.locator(".lineage-lines .lineage-line")
    expect(lines).to_have_count(11)
    expect(demo.page.locator(".lineage-lines .is-approved")).to_have_count(2)
    expect(demo.page.locator(".lineage-middle.has-count")).to_have_text("2 links")
    # What leads back or stays within a step is drawn on request.
    more = demo.page.get_by_role("button", name="links inside or back")
    expect(more).to_have_text("5 links inside or back: show")
    more.click()
    expect(demo.page.locator(".lineage-lines .is-other")).to_have_count(5)
    expect(more).to_have_text("5 links inside or back: hide")


def test_the_way_to_a_card(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Chosen, it shows its way in the picture and in words, with evidence; again, it leaves it."""
    path = downstream(demo_graph, START, max_depth=2).path_to(FAR)
    card(demo, FAR).click()
    way = demo.page.locator(".lineage-way")
    expect(way.locator("h2")).to_have_text("How it reaches Salesforce Contact Email")
    steps = way.locator(".lineage-step")
    expect(steps).to_have_count(len(path))
    for step, told in zip(path, steps.all(), strict=True):
        expect(told).to_contain_text(f"{step.weight:.2f}")
        expect(told).to_contain_text("approved")
    expect(steps.first).to_contain_text("2,894 of 5,000 sampled rows in both")
    expect(way).to_contain_text("Together 0.85.")
    expect(way).to_contain_text("The two ends were rejected as being the same.")
    expect(demo.page.locator(".lineage-card.is-path")).to_have_count(3)
    expect(demo.page.locator(".lineage-lines .is-path")).to_have_count(2)
    expect(demo.page.locator(".lineage-row[aria-pressed=true]")).to_have_attribute("title", FAR)
    # In the list it is the same.
    demo.page.locator(f'.lineage-row[title="{FAR}"]').click()
    expect(way).to_have_count(0)
    demo.page.locator(f'.lineage-row[title="{FAR}"]').click()
    expect(card(demo, FAR)).to_have_attribute("aria-pressed", "true")
    steps.first.click()
    demo.settled()
    assert demo.state("page") == "review"
    assert demo_graph.link(demo.state("focus")["link"]).link_id == path[0].link_id
    demo.page.keyboard.press("Escape")
    expect(demo.page.locator(".lineage-page")).to_be_visible()


def test_stubs_open_in_place(demo: Explorer, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Nodes a step further open in their own step, with those behind; Back closes it again."""
    stub = demo.page.get_by_role("button", name="Open 3 fields further").first
    before = demo.page.locator(".lineage-card").count()
    fields = saved(demo, tmp_path, "fields")
    stub.click()
    expect(demo.page.locator(".lineage-card")).to_have_count(before + 3)
    expect(demo.page.locator(".lineage-column-head").last).to_contain_text("3 steps")
    expect(demo.page.locator(".lineage-step-list h3").last).to_contain_text("opened here")
    # The keyboard is at the first of them, which is in sight, and it is said.
    now = demo.page.locator(".lineage-card:focus")
    expect(now).to_be_in_viewport(ratio=1)
    assert now.get_attribute("title") in demo.page.locator(".lineage-step-list").last.locator(
        ".lineage-row"
    ).evaluate_all("(rows) => rows.map((row) => row.title)")
    said = demo.page.get_by_role("status").filter(has_text="Opened 3 fields, 3 steps.")
    expect(said.first).to_be_attached()
    # They are in the file, below what was there.
    whole = saved(demo, tmp_path, "fields")
    assert whole.startswith(fields)
    assert len(whole.splitlines()) == len(fields.splitlines()) + 3
    demo.page.wait_for_url(re.compile(r"&more=[0-9a-f-]{36}$"))
    again(demo)
    expect(demo.page.locator(".lineage-card")).to_have_count(before + 3)
    demo.page.go_back()
    expect(demo.page.locator(".lineage-card")).to_have_count(before)
    # One of the two that link to it depends on it too, and is there already.
    assert len(upstream(demo_graph, START, max_depth=1).nodes) == 3
    demo.page.get_by_role("button", name="Open 1 that more links to it").click()
    expect(demo.page.locator(".lineage-column-head").first).to_contain_text("1 step before")
    # It is touched by no change: it has a list of its own, and is not in the file.
    expect(demo.page.get_by_role("heading", name="What links to it")).to_be_visible()
    assert saved(demo, tmp_path, "fields") == fields
    demo.page.get_by_role("button", name="Close what is opened").click()
    expect(demo.page.locator(".lineage-card")).to_have_count(before)


def test_the_foot_is_one_line_on_a_small_screen(demo: Explorer) -> None:
    """Signs, what is beyond, and the switch of what is left out stand beside each other."""
    demo.page.set_viewport_size({"width": 1024, "height": 700})
    demo.settled()
    foot = demo.page.locator(".lineage-foot")
    expect(foot.get_by_role("button", name="inside or back")).to_be_visible()
    middles = foot.evaluate(
        "(it) => [...it.children].filter((one) => one.offsetHeight).map((one) => {"
        " const {top, height} = one.getBoundingClientRect(); return top + height / 2; })"
    )
    assert max(middles) - min(middles) < 3


def test_direction_and_steps(demo: Explorer, demo_graph: LinkGraph) -> None:
    """By button and by key, as Python has it; a direction is a step of history."""
    start = demo_graph.index_of(START)
    history = demo.page.evaluate("history.length")
    for name, hops in (("1 step", 1), ("3 steps", 3), ("All steps", None)):
        demo.page.get_by_role("button", name=name, exact=True).click()
        found = downstream(demo_graph.where(min_confidence=0.1), START, max_depth=hops)
        told = demo.page.locator(".lineage-totals li").first
        expect(told).to_contain_text(f"{len(found.nodes) - 1}")
    assert demo.page.evaluate("history.length") == history
    demo.page.wait_for_url(re.compile(":all$"))
    demo.page.evaluate("document.activeElement?.blur()")
    keys = demo.page.keyboard
    for key, kind, hops in (("2", "down", 2), ("u", "up", 2), ("b", "both", 2), ("d", "down", 2)):
        keys.press(key)
        demo.settled()
        assert demo.state("focus") == {"kind": kind, "node": start, "hops": hops}
    keys.press("0")
    demo.page.wait_for_url(re.compile(":all$"))
    keys.press("u")
    expect(demo.page.locator("h1")).to_have_text("What links to Stripe customers email")
    demo.page.go_back()
    expect(demo.page.locator("h1")).to_have_text("What depends on Stripe customers email")
    # Other numbers of steps have a button of their own while they are chosen.
    keys.press("5")
    expect(demo.page.get_by_role("button", name="5 steps", exact=True)).to_be_visible()


def test_both_sides(demo: Explorer, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Its sources are on the left; all of them are in the list and in the file."""
    demo.page.get_by_role("button", name="Both", exact=True).click()
    expect(demo.page.locator("h1")).to_have_text(
        "What links to and depends on Stripe customers email"
    )
    found = neighborhood(demo_graph, START, max_depth=2)
    heads = demo.page.locator(".lineage-column-head h2")
    expect(heads).to_have_text(
        ["2 steps before", "1 step before", "Start", "1 step after", "2 steps after"]
    )
    assert saved(demo, tmp_path) == found.impact.to_csv()
    # A field has the step and the score that it has in one direction.
    alone = {row["path"]: row for row in downstream(demo_graph, START, max_depth=2).nodes}
    for name, score in listed(demo):
        if name in alone and found.nodes["depth"][found.nodes["path"].index(name)] > 0:
            assert score == f"{alone[name]['confidence']:.2f}"
    expect(demo.page.locator(".lineage-notes")).to_contain_text("stands where it is nearer")
    # What lies on both sides is counted above the steps, and each says where else it is.
    ids = [
        set(of(demo_graph, START, max_depth=2).nodes["path"]) - {START}
        for of in (upstream, downstream)
    ]
    n = len(ids[0] & ids[1])
    aside = demo.page.get_by_role("complementary", name="What is linked")
    expect(aside).to_contain_text(f"{n} fields lie both before and after")
    expect(aside.locator(".lineage-row", has_text="also")).to_have_count(n)
    # Links have a direction, not a flow: the title says so, in sight.
    expect(demo.page.locator(".lineage-head")).to_contain_text("no proof that data flows so")
    expect(demo.page.locator(".lineage-caveat")).to_be_in_viewport()
    expect(aside.get_by_text("Those are most of them")).to_have_count(
        int(2 * n > len(ids[0] | ids[1]))
    )
    # The start is in sight, although it is in the middle of what is too wide; no column is cut.
    scroll = demo.page.locator(".lineage-scroll").bounding_box()
    assert scroll is not None
    boxes = [one.bounding_box() for one in demo.page.locator(".lineage-card").all()]
    for box in filter(None, boxes):
        whole = box["x"] >= -1 and box["x"] + box["width"] <= scroll["width"] + 1
        assert whole or box["x"] + box["width"] <= 1 or box["x"] >= scroll["width"] - 1
    expect(card(demo, START)).to_be_in_viewport(ratio=1)
    row = next(row for row in found.nodes if row["depth"] == -1)
    card(demo, row["path"]).click()
    expect(demo.page.locator(".lineage-way h2")).to_contain_text("reaches it")


def test_all_by_keyboard(demo: Explorer) -> None:
    """One stop for the picture; arrows go from card to card and to what is further, Enter opens."""
    keys = demo.page.keyboard

    def focused() -> str:
        told: str = demo.page.evaluate(
            "document.activeElement.title || document.activeElement.textContent"
        )
        return told

    demo.page.get_by_role("button", name="Approved only").focus()
    keys.press("Tab")
    assert focused() == START
    keys.press("ArrowRight")
    first = focused()
    keys.press("ArrowDown")
    assert focused() != first
    keys.press("ArrowUp")
    assert focused() == first
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    while "further" not in focused():
        keys.press("ArrowLeft")
        keys.press("ArrowDown")
        keys.press("ArrowRight")
        keys.press("ArrowRight")
    before = demo.page.locator(".lineage-card").count()
    keys.press("Enter")
    demo.settled()
    assert demo.page.locator(".lineage-card").count() > before
    card(demo, FAR).focus()
    keys.press("Enter")
    expect(demo.page.locator(".lineage-way")).to_be_visible()
    # What depends on it is that of the card now.
    keys.press("d")
    expect(demo.page.locator("h1")).to_have_text("What depends on Salesforce Contact Email")
    keys.press("Escape")
    expect(demo.page.locator("h1")).to_have_text("What depends on Stripe customers email")
    with demo.page.expect_download():
        keys.press("s")


def test_what_is_asked_most_is_offered(
    context: BrowserContext, file: Path, demo_graph: LinkGraph
) -> None:
    """Without a name: D and Enter open the most linked field of the first concept."""
    page = Explorer(context.new_page()).opened(file, "")
    page.page.keyboard.press("d")
    lines = page.page.locator("#matches [role=option]")
    expect(lines).to_have_count(5)
    expect(page.page.locator(".found-title")).to_have_text(
        "Fields of the concepts that identify most"
    )
    page.page.keyboard.press("Enter")
    expect(page.page.locator(".lineage-page")).to_be_visible()
    clusters = cluster(demo_graph)
    best = int(np.argmax(clusters.identity_values))
    assert clusters.labels[page.state("focus")["node"]] == best
    page.ok()


@pytest.mark.parametrize(
    ("address", "above"),
    [
        ("f=down:{}:2", ".on-start"),
        ("p=table&f=near:{}", ".on-start"),
        ("f=cluster:{}", "section.concepts"),
    ],
)
def test_escape_leads_up_and_stays(
    context: BrowserContext, file: Path, demo_graph: LinkGraph, address: str, above: str
) -> None:
    """Of a page that was opened by its address nothing leads back down but the browser."""
    page = Explorer(context.new_page()).opened(file, "#" + address.format(id_of(demo_graph, START)))
    expect(page.page.locator(above)).to_have_count(0)
    begun = page.page.locator("h1").first.text_content() or ""
    for _ in range(5):
        page.page.keyboard.press("Escape")
        expect(page.page.locator(above)).to_be_visible()
        page.page.wait_for_timeout(50)
    page.page.go_back()
    expect(page.page.locator("h1").first).to_have_text(begun)
    page.ok()


def test_two_acts_from_start(context: BrowserContext, file: Path) -> None:
    """D and the name: what depends on Stripe customers' e-mail."""
    page = Explorer(context.new_page()).opened(file, "")
    page.page.keyboard.press("d")
    page.page.keyboard.type("stripe customers email")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("h1")).to_have_text("What depends on Stripe customers email")
    expect(page.page.locator("h1")).to_be_focused()
    page.page.keyboard.press("Escape")
    expect(page.page.locator(".on-start")).to_be_visible()
    page.ok()


def test_from_everywhere(context: BrowserContext, file: Path, demo_graph: LinkGraph) -> None:
    """From a concept and its members, from the map by D, and without a subject."""
    member = id_of(demo_graph, START)
    page = Explorer(context.new_page()).opened(file, f"#f=cluster:{member}")
    page.page.get_by_role("button", name="What depends on it").first.click()
    page.page.locator(".dependents-list button").first.click()
    expect(page.page.locator(".lineage-page")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.page.locator(".concept-page")).to_be_visible()
    page.node(START)
    page.page.evaluate("document.activeElement?.blur()")
    page.page.keyboard.press("d")
    expect(page.page.locator("h1")).to_have_text("What depends on Stripe customers email")
    page.page.get_by_role("button", name="Show among all tables").click()
    assert page.settled().state("page") == "tables"
    assert page.state("focus")["kind"] == "down"
    again(page)
    assert page.state("page") == "tables"
    page.page.go_back()
    page.page.get_by_role("button", name="All links as a table").click()
    assert page.settled().state("page") == "links"
    empty = Explorer(context.new_page()).opened(file, "#p=lineage")
    empty.page.get_by_role("button", name="Choose one").click()
    expect(empty.page.locator("#search")).to_be_focused()
    page.ok()
    empty.ok()


def test_addresses_of_older_pages(
    context: BrowserContext, file: Path, demo_graph: LinkGraph
) -> None:
    """With settings of the picture an address leads to the picture, else to the lineage."""
    node = id_of(demo_graph, START)
    page = Explorer(context.new_page()).opened(file, f"#l=layers&f=down:{node}:2")
    assert page.state("page") == "tables"
    for address, wanted in (
        (f"#f=up:{node}:3", "lineage"),
        (f"#p=map&f=down:{node}:2", "tables"),
        (f"#f=near:{node}:1", "tables"),
        (f"#p=lineage&f=both:{node}:1", "lineage"),
        (f"#p=lineage&f=near:{node}:1", "lineage"),
    ):
        page.page.evaluate("(to) => { location.hash = to; }", address)
        page.settled()
        assert page.state("page") == wanted, address
    page.ok()


def test_decisions_count(demo: Explorer, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """A rejected link is followed no more, an approved one is solid; as in Python's graph."""
    step = downstream(demo_graph, START, max_depth=2).path_to(FAR)[1]
    demo.ask("h.decide(x, 'REJECTED')", step.link_id)
    decided = demo_graph.with_decisions({step.link_id: "REJECTED"})
    found = downstream(decided, START, max_depth=2)
    demo.settled()
    assert [name for name, _ in listed(demo)] == list(found.nodes["path"])[1:]
    assert FAR not in found.nodes["path"]
    expect(demo.page.locator(".lineage-notes")).to_contain_text("1 rejected link is not followed.")
    assert saved(demo, tmp_path) == found.impact.to_csv()
    demo.undo()
    expect(card(demo, FAR)).to_be_visible()
    # The setting of the page counts too, and what it leaves out is said.
    demo.ask("h.set({threshold: 0.95})")
    demo.settled()
    passing = set(demo.links())
    places = [n for n in range(demo_graph.n_links) if demo_graph.link(n).link_id in passing]
    found = downstream(demo_graph.take_links(np.array(places)), START, max_depth=2)
    assert [name for name, _ in listed(demo)] == list(found.nodes["path"])[1:]
    expect(demo.page.locator(".lineage-hidden")).to_contain_text("weaker links hidden")


def test_approved_only(demo: Explorer, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Suggested links are not followed, as in Python; the address keeps it, and it is said."""
    button = demo.page.get_by_role("button", name="Approved only")
    expect(button).not_to_contain_text("\u2713")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("\u2713")
    found = downstream(demo_graph, START, max_depth=2, statuses="APPROVED")
    assert [name for name, _ in listed(demo)] == list(found.nodes["path"])[1:]
    assert saved(demo, tmp_path, "fields") == found.to_csv()
    expect(demo.page.locator(".lineage-notes")).to_contain_text("that are not approved")
    demo.page.wait_for_url(re.compile("approved=only"))
    again(demo)
    expect(button).to_have_attribute("aria-pressed", "true")
    # It is of the lineage: elsewhere all links count.
    demo.page.get_by_role("button", name="All links as a table").click()
    assert "approved" not in demo.settled().page.url
    demo.page.go_back()
    button.click()
    expect(demo.page.locator(".lineage-card")).to_have_count(11)


def test_on_a_phone_all_is_opened_from_the_list(
    browser: Browser, file: Path, demo_graph: LinkGraph
) -> None:
    """By touch, what is further and what lies behind; the keyboard goes to what is new."""
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        page = Explorer(context.new_page()).opened(file, f"#f=down:{id_of(demo_graph, START)}:2")
        rows = page.page.locator(".lineage-row")
        expect(rows).to_have_count(10)
        page.page.get_by_role("button", name="Open 3 fields further").first.tap()
        expect(rows).to_have_count(13)
        expect(page.page.locator(".lineage-row:focus")).to_be_in_viewport(ratio=1)
        page.page.get_by_role("button", name="+1 that more links to it").tap()
        expect(rows).to_have_count(14)
        expect(page.page.locator(".lineage-row:focus")).to_be_in_viewport(ratio=1)
        page.ok()


def test_crowded_lines_run_together(context: BrowserContext, tmp_path: Path) -> None:
    """Each card says how many links it has; those of a card that is pointed at or has focus."""
    rows: list[tuple[str, str, float]] = [("hub/t.x", f"a/t{k}.x", 0.9) for k in range(5)]
    rows += [(f"a/t{k}.x", f"b/t{n}.x", 0.8) for k in range(5) for n in range(5)]
    graph = builders.graph([*rows])
    page = explorer(context, graph, tmp_path, address=f"#t=0&f=down:{id_of(graph, 'hub/t.x')}:2")
    lines = page.page.locator(".lineage-lines .lineage-line")
    expect(lines).to_have_count(5)
    expect(page.page.locator(".lineage-bundle")).to_have_count(1)
    expect(page.page.locator(".lineage-middle.has-count")).to_have_text(["5 links"] * 5)
    card(page, "b/t0.x").hover()
    expect(lines).to_have_count(10)
    card(page, "a/t0.x").focus()
    page.page.mouse.move(1, 1)
    card(page, "b/t1.x").focus()
    expect(lines).to_have_count(10)
    card(page, "b/t1.x").click()
    expect(page.page.locator(".lineage-lines .is-path")).to_have_count(2)
    check(page)
    page.ok()


def test_weak_links_are_followed_until_the_reader_hides_them(
    context: BrowserContext, file: Path, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """The score that joins fields does not limit it; what a raised one hides is said, and shown."""
    start = "HubSpot/contacts.hs_object_id"
    found = downstream(demo_graph, start, max_depth=1)
    assert min(row["confidence"] for row in found.nodes) < 0.7
    address = f"#f=down:{id_of(demo_graph, start)}:1"
    page = Explorer(context.new_page()).opened(file, address)
    named = [(row["path"], f"{row['confidence']:.2f}") for row in found.nodes if row["depth"]]
    hidden = page.page.locator(".lineage-hidden")
    assert listed(page) == named
    assert saved(page, tmp_path) == found.to_csv(by="table")
    expect(hidden).to_have_count(0)
    page.ask("h.set({threshold: 0.11})")
    passing = set(page.links())
    places = [n for n in range(demo_graph.n_links) if demo_graph.link(n).link_id in passing]
    shown = downstream(demo_graph.take_links(np.array(places)), start, max_depth=1)
    n_hidden = len(found.links) - len(shown.links)
    assert n_hidden > 1
    expect(hidden).to_contain_text(f"{n_hidden} weaker links hidden")
    assert [name for name, _ in listed(page)] == list(shown.nodes["path"])[1:]
    check(page)
    page.ask("h.set({threshold: 1.0, hiddenStatuses: new Set([0, 1, 2, 3])})")
    expect(page.page.locator(".lineage-nothing")).to_have_text(
        "No link that is shown leads on from it."
    )
    hidden.get_by_role("button", name="Show them").press("Enter")
    expect(hidden).to_have_count(0)
    assert listed(page) == named
    page.ok()


def test_nothing_depends_on_it(context: BrowserContext, tmp_path: Path) -> None:
    """It says so, and leads to what links to it; where there is neither, it says that."""
    graph = builders.graph([("a/t.x", "b/t.y", 0.9), ("c/t.x", "b/t.y", 0.8)], also=["d/t.z"])
    page = explorer(context, graph, tmp_path, address=f"#f=down:{id_of(graph, 'b/t.y')}:2")
    side = page.page.locator(".lineage-side")
    expect(side).to_contain_text("Nothing depends on it. 2 fields link to it:")
    side.get_by_role("button", name="show", exact=True).click()
    expect(page.page.locator("h1")).to_have_text("What links to b t y")
    expect(page.page.locator(".lineage-card")).to_have_count(3)
    page.page.evaluate("(to) => { location.hash = to; }", f"#f=down:{id_of(graph, 'd/t.z')}:2")
    expect(page.page.locator(".lineage-nothing")).to_have_text(
        "Nothing depends on it, and nothing links to it."
    )
    page.ok()


def n_fields(text: str) -> int:
    """Return the number of fields that a card says."""
    told = re.search(r"(\d+) fields", text)
    assert told is not None
    return int(told[1])


def many(n: int, n_tables: int, n_systems: int) -> LinkGraph:
    """Return a field that so many others depend on."""
    return builders.graph(
        [
            ("hub/t.x", f"s{k % n_systems}/t{k % n_tables}.c{k}", 0.5 + (k % 50) / 100)
            for k in range(n)
        ]
    )


def test_many_are_grouped(context: BrowserContext, tmp_path: Path) -> None:
    """By table above twelve, by system if that is still too many; groups open in place."""
    address = "#t=0&f=down:{}:1"
    graph = many(30, 4, 2)
    page = explorer(context, graph, tmp_path, address=address.format(id_of(graph, "hub/t.x")))
    groups = page.page.locator(".lineage-card.is-group")
    expect(groups).to_have_count(4)
    expect(groups.first).to_contain_text("fields")
    assert sum(map(n_fields, groups.all_inner_texts())) == 30
    name = groups.first.get_attribute("title")
    n = n_fields(groups.first.inner_text())
    groups.first.click()
    expect(page.page.locator(".lineage-card")).to_have_count(1 + 3 + n)
    page.page.wait_for_url(re.compile(f"more={id_of(graph, name or '')}$"))
    # A field that a group hides is found in the list, and its way goes through the group.
    page.page.locator(".lineage-row").last.click()
    expect(page.page.locator(".lineage-way .lineage-step")).to_have_count(1)
    graph = many(60, 20, 5)
    page = explorer(context, graph, tmp_path, address=address.format(id_of(graph, "hub/t.x")))
    expect(page.page.locator(".lineage-card.is-group")).to_have_count(5)
    expect(page.page.locator(".lineage-card.is-group").first).to_contain_text("tables")
    check(page)
    page.ok()


def test_tables_start_from_all_in_them(
    context: BrowserContext, file: Path, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """A table is one card; what depends on its fields is what Python finds."""
    node = id_of(demo_graph, "Stripe/customers")
    page = Explorer(context.new_page()).opened(file, f"#t=0&f=down:{node}:1")
    found = downstream(demo_graph, "Stripe/customers", max_depth=1)
    expect(page.page.locator("h1")).to_have_text("What depends on Stripe customers")
    expect(card(page, "Stripe/customers")).to_contain_text("14 fields")
    away = [row for row in found.nodes if row["depth"]]
    expect(page.page.locator(".lineage-totals li").first).to_contain_text(str(len(away)))
    assert saved(page, tmp_path) == found.impact.to_csv()
    node = id_of(demo_graph, "Stripe/invoices")
    page.page.evaluate("(to) => { location.hash = to; }", f"#t=0&f=down:{node}:2")
    other = downstream(demo_graph, "Stripe/invoices", max_depth=2).other_levels
    expect(page.page.locator(".lineage-notes")).to_contain_text(
        f"{sum(other['n_links'])} links from {len(other)} fields are of another level"
    )
    page.ok()


OPTIONS: list[dict[str, Any]] = [
    {"max_depth": 1},
    {"max_depth": None, "min_confidence": 0.9},
    {"directed": False, "max_depth": 1},
    {"level": "table", "max_depth": 1},
    {"max_per_hop": 2},
    {"relationships": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=",".join)
@pytest.mark.parametrize("follow", [downstream, upstream, neighborhood])
def test_results_open_on_it(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, follow: Any, options: Any
) -> None:
    """With the start, direction and steps of the search, or as Python found it."""
    found = follow(demo_graph, START, **options)
    page = explorer(context, found, tmp_path, address="")
    assert page.state("page") == "lineage"
    asks = {
        downstream: "What depends on",
        upstream: "What links to",
        neighborhood: "What links to and depends on",
    }
    expect(page.page.locator("h1")).to_contain_text(asks[follow])
    rows = [row for row in found.nodes if row["depth"]]
    expect(page.page.locator(".lineage-totals li").first).to_contain_text(f"{len(rows)}")
    assert saved(page, tmp_path) == found.impact.to_csv()
    asked = page.page.locator(".lineage-side code")
    if set(options) == {"max_depth"}:
        assert page.state("focus")["hops"] == options["max_depth"]
        expect(asked).to_have_count(0)
    else:
        expect(asked).to_have_text(found.call)
        for note in found.notes:
            expect(page.page.locator(".lineage-page")).to_contain_text(page_note(note))
        # Another direction or number of steps is a search of the page.
        page.page.get_by_role("button", name="2 steps", exact=True).click()
        expect(asked).to_have_count(0)
        assert page.state("focus")["hops"] == 2
        page.page.get_by_role("button", name="Depends on it", exact=True).click()
    check(page)
    page.ok()


@pytest.mark.parametrize("width", [390, 820, 1024, 1440, 1920])
def test_any_width(browser: Browser, file: Path, demo_graph: LinkGraph, width: int) -> None:
    """No text below ten pixels, nothing beyond the window; two steps in sight, or a list."""
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = Explorer(context.new_page()).opened(
            file, f"#f=both:{id_of(demo_graph, START)}:2&more={id_of(demo_graph, FAR)}"
        )
        page.page.locator(".lineage-row").first.click()
        sizes = page.settled().page.evaluate(TEXTS)
        assert min(size for size, name in sizes) >= 10
        wide = page.page.evaluate(
            "[document.documentElement, document.querySelector('#content')]"
            ".map((one) => one.scrollWidth - one.clientWidth)"
        )
        assert max(wide) <= 0
        scroll = page.page.locator(".lineage-scroll")
        if width <= 800:
            expect(scroll).to_have_count(0)
            small = page.page.evaluate(
                "[...document.querySelectorAll('.lineage-page button')]"
                ".filter((one) => one.offsetHeight && one.offsetHeight < 44"
                " && !one.matches('.lineage-warning')).length"
            )
            assert small == 0
        else:
            box = scroll.bounding_box()
            assert box is not None
            assert box["width"] >= 2 * 168 + 64
            # At the beginning no card is cut by an edge of the picture.
            page.page.evaluate("(to) => { location.hash = to; }", "#p=map")
            page.settled()
            page.page.evaluate(
                "(to) => { location.hash = to; }", f"#f=both:{id_of(demo_graph, START)}:2"
            )
            expect(card(page, START)).to_be_in_viewport(ratio=1)
            cut = page.settled().page.evaluate(
                "[...document.querySelectorAll('.lineage-card')].map((one) =>"
                " [one.offsetLeft - one.closest('.lineage-scroll').scrollLeft, one.offsetWidth,"
                " one.closest('.lineage-scroll').clientWidth])"
            )
            assert all(
                x + w <= 1 or x >= room - 1 or (x >= -1 and x + w <= room + 1) for x, w, room in cut
            ), (width, cut)
        page.ok()


def test_names_that_have_no_room(context: BrowserContext, tmp_path: Path) -> None:
    """They go on on a second line, or are cut in the middle, whole in the title and the list."""
    short = builders.graph(
        [("a/t.x", "system/table_of_all_customers.delivery_address_country", 0.9)]
    )
    page = explorer(context, short, tmp_path, address=f"#t=0&f=down:{id_of(short, 'a/t.x')}:1")
    own = page.page.locator(".lineage-card").last.locator(".lineage-own").inner_text()
    assert own.split("\n") == ["delivery_address_", "country"]
    long = "a_very_long_name_of_a_field_that_has_no_room_on_any_card_" * 3 + "at_all"
    graph = builders.graph([("a/t.x", f"system/table_{long}.{long}", 0.9)])
    page = explorer(context, graph, tmp_path, address=f"#t=0&f=down:{id_of(graph, 'a/t.x')}:1")
    shown = page.page.locator(".lineage-card").last
    own = shown.locator(".lineage-own").inner_text()
    assert "\u2026" in own
    assert own.startswith("a_very")
    assert own.endswith("at_all")
    assert shown.get_attribute("title") == f"system/table_{long}.{long}"
    over = (
        "(card) => [...card.querySelectorAll('bdi')].every((one) => one.getBoundingClientRect()"
        ".right <= card.getBoundingClientRect().right - 10)"
    )
    assert shown.evaluate(over)
    page.ok()


def test_hostile_names_are_texts(context: BrowserContext, tmp_path: Path) -> None:
    """Whatever is chosen, opened or saved, nothing of them is run or fetched."""
    graph = hostile()
    node = graph.arrays.nodes.id_text[int(graph.arrays.links.ends.source[0])].as_py()
    page = explorer(context, graph, tmp_path, address=f"#t=0&f=both:{node}:all", evidence="full")
    expect(page.page.locator(".lineage-page")).to_be_visible()
    for row in page.page.locator(".lineage-row").all()[:20]:
        row.click()
    text = saved(page, tmp_path)
    # No cell begins like a formula.
    assert not re.search(r'(?:^|,|\n)"?[=+@]', text)
    page.ok()


def test_large_organisation(context: BrowserContext, tmp_path: Path) -> None:
    """One step, then what is further; every step of it is there soon, and only what is in sight."""
    graph = LinkGraph(generate_organization(n_links=30_000, n_systems=42, seed=7).snapshot())
    counts: dict[str, int] = {}
    for source in graph.links["source"]:
        counts[source] = counts.get(source, 0) + 1
    node = max(counts, key=lambda one: (counts[one], one))
    page = explorer(context, graph, tmp_path, address="")
    page.ask("h.set({page: 'map', focus: {kind: 'near', node: x, hops: 1}})", graph.index_of(node))
    page.settled().page.keyboard.press("d")
    expect(page.page.locator(".lineage-card").first).to_be_visible(timeout=TEN_SECONDS)
    assert page.state("focus")["hops"] == 1
    page.page.keyboard.press("b")
    page.page.keyboard.press("0")
    expect(page.page.locator(".lineage-totals")).to_contain_text("steps", timeout=TEN_SECONDS)
    page.page.wait_for_url(re.compile(":all$"), timeout=TEN_SECONDS)
    page.settled()
    drawn = page.page.locator(".lineage-card").count()
    assert 0 < drawn < 400
    # Arrow keys lead on where nothing is drawn yet.
    page.page.locator('.lineage-card[tabindex="0"]').focus()
    for _ in range(40):
        page.page.keyboard.press("ArrowRight")
        page.settled()
    assert page.page.evaluate("document.activeElement.closest('.lineage-scroll') !== null")
    page.ok()


def test_it_is_printed(context: BrowserContext, file: Path, demo_graph: LinkGraph) -> None:
    """On paper everything is there, as wide as a sheet, without a part that scrolls."""
    page = Explorer(context.new_page()).opened(file, f"#f=down:{id_of(demo_graph, START)}:2")
    page.page.emulate_media(media="print")
    expect(page.page.locator(".lineage-switches")).to_be_hidden()
    expect(page.page.locator(".lineage-card")).to_have_count(11)
    assert page.page.evaluate(
        "['.lineage-scroll', '.lineage-side'].every((one) =>"
        " getComputedStyle(document.querySelector(one)).overflow === 'visible')"
    )
    width = page.page.evaluate(
        "document.querySelector('.lineage-canvas').getBoundingClientRect().width"
    )
    assert width <= 1000
    page.ok()


def test_a_long_list_is_printed_whole(context: BrowserContext, tmp_path: Path) -> None:
    """Nodes without room in the printed picture are in the list, to its end."""
    graph = many(60, 20, 5)
    page = explorer(context, graph, tmp_path, address=f"#t=0&f=down:{id_of(graph, 'hub/t.x')}:1")
    rows = page.page.locator(".lineage-row")
    expect(rows).to_have_count(12)
    page.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.page.emulate_media(media="print")
    expect(rows).to_have_count(60)
    expect(page.page.get_by_role("button", name="more")).to_have_count(0)
    page.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(rows).to_have_count(12)
    page.ok()
