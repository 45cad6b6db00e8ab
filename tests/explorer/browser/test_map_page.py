"""Tests of the map: systems as a picture and as a matrix, and two of them side by side."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, combinations_with_replacement, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.datasets import generate_organization
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.explorer.browser.test_access import check
from tests.support import builders
from tests.support.browsing import Explorer, explorer, page_of
from tests.support.explorer_pages import passing

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from hummgraph.algorithms.clustering.clusters import Clusters

MAP = "#p=map"
STATUSES = ("suggested", "approved", "rejected")

# The numbers of the matrix: of each cell, by the positions of its systems.
MATRIX = """() => Object.fromEntries([...document.querySelectorAll('[data-cell]')]
  .map((cell) => [cell.dataset.cell, Number(cell.textContent)]))"""

# Texts that stick out of what they stand in, or are smaller than ten pixels.
BAD_TEXTS = """() => {
  const bad = [];
  const walker = document.createTreeWalker(document.querySelector('#content'), 4);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const inside = text.parentElement;
    if (!text.data.trim() || inside.closest('.visually-hidden, details:not([open]) ul')) continue;
    if (parseFloat(getComputedStyle(inside).fontSize) < 10) bad.push(['small', text.data]);
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    const place = inside.closest('button, td, th, li, p, h1, h2, .map-number, .map-two-head');
    const room = (place ?? inside).getBoundingClientRect();
    if (!box.width) continue;
    if (box.left < room.left - 1.5 || box.right > room.right + 1.5 || box.top < room.top - 3
      || box.bottom > room.bottom + 3) bad.push(['out', text.data]);
  }
  return bad;
}"""


def codes_of(graph: LinkGraph, *names: str) -> str:
    """Return the positions of systems as the page writes them."""
    return " ".join(str(graph.index_of(name)) for name in names)


def ids_of(graph: LinkGraph, *names: str) -> str:
    """Return the ids of systems or tables as an address writes them."""
    return ":".join(graph.node(name).node_id for name in names)


def concepts_in_both(clusters: Clusters) -> dict[frozenset[str], int]:
    """Count by two systems the clusters of which each has a member, as the quality says."""
    found: Counter[frozenset[str]] = Counter()
    for covered in clusters.quality["systems_covered"]:
        found.update(map(frozenset, combinations(covered.split("; "), 2)))
    return dict(found)


def twice_in_one(clusters: Clusters) -> Counter[str]:
    """Count by system the clusters of which it has several members."""
    systems = clusters.graph.arrays.nodes.system.to_pylist()
    members: Counter[tuple[int, str]] = Counter(
        (label, systems[node]) for node, label in enumerate(clusters.labels.tolist()) if label >= 0
    )
    return Counter(system for (_, system), n in members.items() if n > 1)


def links_between(clusters: Clusters, threshold: float) -> Counter[tuple[frozenset[str], str]]:
    """Count the links that a page shows by their systems and their status."""
    graph = clusters.graph
    nodes, links = graph.arrays.nodes, graph.arrays.links
    system_of = nodes.system.to_pylist()
    found: Counter[tuple[frozenset[str], str]] = Counter()
    for link in np.flatnonzero(passing(clusters, threshold)).tolist():
        ends = (int(links.ends.source[link]), int(links.ends.target[link]))
        systems = frozenset(system_of[end] for end in ends)
        found[systems, STATUSES[int(links.status[link])]] += 1
    return found


def is_equal(page: Explorer, graph: LinkGraph, clusters: Clusters) -> None:
    """Fail if the matrix differs from what Python counts."""
    shown = page.settled().page.evaluate(MATRIX)
    names = graph.arrays.nodes.name.to_pylist()[: graph.n_nodes_by_level["integration_source"]]
    hidden = set(page.ask("[...h.state().hiddenSystems]"))
    common, twice = concepts_in_both(clusters), twice_in_one(clusters)
    for one, other in combinations_with_replacement(range(len(names)), 2):
        if hidden & {one, other}:
            assert f"{one} {other}" not in shown
            continue
        expected = (
            twice[names[one]]
            if one == other
            else common.get(frozenset({names[one], names[other]}), 0)
        )
        for cell in (f"{one} {other}", f"{other} {one}"):
            assert shown.get(cell, 0) == expected, (names[one], names[other])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """A page of the bundled organisation."""
    return page_of(demo_graph, tmp_path_factory.mktemp("map") / "demo.html")


@pytest.fixture
def demo(context: BrowserContext, file: Path) -> Explorer:
    """That page on its map."""
    return Explorer(context.new_page()).opened(file, MAP)


# --- what is counted -----------------------------------------------------------------------------


def test_concepts_in_both_are_pythons(demo: Explorer, demo_graph: LinkGraph) -> None:
    """At several thresholds, without some systems, and after decisions."""
    demo.ask("h.set({layout: 'matrix'})")
    for threshold in (0.1, 0.5, 0.85):
        demo.ask("h.set({threshold: x})", threshold)
        is_equal(demo, demo_graph, cluster(demo_graph, threshold=threshold))
    demo.ask("h.set({threshold: 0.1, hiddenSystems: new Set([x])})", demo_graph.index_of("Stripe"))
    is_equal(demo, demo_graph, cluster(demo_graph))
    demo.ask("h.set({hiddenSystems: new Set()})")
    rows = [row for row in demo_graph.links if row["status"] == "SUGGESTED"][:40]
    decisions = [
        (str(row["link_id"]), "APPROVED" if at % 2 else "REJECTED") for at, row in enumerate(rows)
    ]
    demo.ask("x.forEach(([id, status]) => h.decide(id, status))", decisions)
    decided = demo_graph.with_decisions(dict(decisions))
    is_equal(demo, decided, cluster(decided, setting=cluster(demo_graph).setting))
    demo.ok()


@pytest.mark.parametrize("threshold", [0.1, 0.8])
def test_links_of_two_systems_are_pythons(
    demo: Explorer, demo_graph: LinkGraph, threshold: float
) -> None:
    """All of them and by status; and each is a link of one pair of tables, or of none."""
    found = links_between(cluster(demo_graph), threshold)
    for names in (("HubSpot", "Salesforce"), ("Snowflake", "Mixpanel"), ("Stripe", "Stripe")):
        left, right = (demo_graph.index_of(name) for name in names)
        demo.ask(
            "h.set({page: 'map', threshold: x[0], layout: 'matrix',"
            " focus: {kind: 'pair', left: x[1], right: x[2]}})",
            [threshold, left, right],
        )
        by_status = {status: found[frozenset(names), status] for status in STATUSES}
        side = demo.settled().page.locator(".map-side")
        said = side.locator(".map-facts").inner_text()
        assert sum(map(int, re.findall(r"(\d+) links?", said)[:1])) == sum(by_status.values())
        for status, number in by_status.items():
            assert (f"{number} {status}" in said) == (number > 0)
        rows = demo.page.locator(".map-list tbody tr td:nth-child(3)").all_inner_texts()
        loose = re.findall(r"(\d+) links? of the systems themselves", side.inner_text())
        total = sum(map(int, rows)) + sum(map(int, loose))
        assert total == sum(by_status.values())
    demo.ok()


# --- systems -------------------------------------------------------------------------------------


def test_a_line_tells_what_two_systems_share(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Clicked or by arrow keys: facts, the same in the list; Enter opens both, Escape goes back."""
    page = demo.page
    expect(page.locator("h1")).to_have_text("How 7 systems overlap")
    common = concepts_in_both(cluster(demo_graph))
    pair = codes_of(demo_graph, "HubSpot", "Salesforce")
    n = common[frozenset({"HubSpot", "Salesforce"})]
    assert page.locator(".map-line[data-pair]").count() == len(common)
    page.locator(f"[data-pair='{pair}'] .map-hit").dispatch_event("click")
    facts = page.locator(".map-facts")
    expect(facts).to_contain_text(re.compile("HubSpot and .*Salesforce"))
    expect(facts).to_contain_text(f"{n} concepts in both")
    expect(page.locator(".map-pairs [aria-pressed=true]")).to_contain_text("HubSpot \u2013 Sal")
    expect(page.locator(".map-number.is-at")).to_have_text(str(n))
    # By keys alone, from the title on.
    page.locator("h1").evaluate("(title) => { title.tabIndex = -1; title.focus(); }")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    most = max(common.values())
    expect(facts).to_contain_text(f"{most} concepts in both")
    page.keyboard.press("ArrowRight")
    second = page.locator(".map-pairs li").nth(1)
    expect(second.locator("button")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    assert demo.settled().state("focus")["kind"] == "pair"
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert demo.settled().state("focus") is None
    expect(second.locator("button")).to_have_attribute("aria-pressed", "true")
    # From the title, Enter opens what is chosen.
    page.locator("h1").evaluate("(title) => { title.tabIndex = -1; title.focus(); }")
    page.keyboard.press("Enter")
    assert demo.settled().state("focus")["kind"] == "pair"
    demo.ok()


def test_the_matrix_by_keys(demo: Explorer) -> None:
    """Arrow keys go from cell to cell and tell of it; T changes the form; Enter opens."""
    page = demo.page
    page.keyboard.press("t")
    assert demo.settled().state("layout") == "matrix"
    page.wait_for_function("() => location.hash.includes('l=matrix')")
    cells = page.locator("[data-cell]")
    assert cells.count() == 49
    assert page.locator("[data-cell][tabindex='0']").count() == 1
    page.locator("[data-cell][tabindex='0']").focus()
    seen = set()
    for key in ("Home", "ArrowDown", "ArrowRight", "ArrowDown", "End", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        demo.settled()
        at = page.locator("[data-cell][aria-selected=true]")
        expect(at).to_be_focused()
        assert page.locator("[data-cell][tabindex='0']").count() == 1
        one, other = map(int, (at.get_attribute("data-cell") or "").split())
        seen.add((one, other))
        facts = page.locator(".map-facts").inner_text()
        for system in (one, other):
            assert demo.ask("h.view().pack.name[x]", system) in facts
        shown = at.inner_text().strip()
        assert facts.replace("\n", " ").find(f"{shown or 0} concept") >= 0
    assert len(seen) == 7
    page.keyboard.press("Enter")
    focus = demo.settled().state("focus")
    assert (focus["left"], focus["right"]) == (one, other)
    demo.ok()


def test_more_systems_are_a_matrix_and_some_of_them_a_picture(
    context: BrowserContext, tmp_path: Path
) -> None:
    """From nine on, whatever the address says; hidden ones do not count."""
    names = [f"system {n}" for n in range(12)]
    rows = [
        (f"{a}/t.{field}", f"{b}/t.{field}", 0.9, "APPROVED")
        for a, b in pairwise(names)
        for field in "xyz"
    ]
    graph = builders.graph(rows)
    page = explorer(context, graph, tmp_path, address=MAP)
    expect(page.page.locator("h1")).to_have_text("How 12 systems overlap")
    expect(page.page.locator(".map-matrix")).to_be_visible()
    expect(page.page.locator(".map-forms")).to_have_count(0)
    is_equal(page, graph, cluster(graph))
    page.ask("h.set({hiddenSystems: new Set([0, 1, 2, 3])})")
    expect(page.page.locator(".map-box")).to_have_count(8)
    page.page.locator(".map").get_by_role("button", name="Filters").click()
    page.page.locator(".filters").get_by_role("button", name="Systems: all").click()
    expect(page.page.locator(".map-matrix")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.page.locator(".filters")).to_have_count(0)
    page.ok()


# --- two systems ---------------------------------------------------------------------------------


@pytest.fixture
def two(context: BrowserContext, file: Path, demo_graph: LinkGraph) -> Explorer:
    """Two systems side by side."""
    address = f"{MAP}&f=pair:{ids_of(demo_graph, 'HubSpot', 'Salesforce')}"
    return Explorer(context.new_page()).opened(file, address)


def test_two_tables_list_their_fields(two: Explorer, demo_graph: LinkGraph) -> None:
    """A line is chosen, its fields are listed; from there to the review, the join, and back."""
    page = two.page
    expect(page.locator("h1")).to_have_text("HubSpot and Salesforce")
    tables = codes_of(demo_graph, "HubSpot/contacts", "Salesforce/Lead")
    lines = page.locator(".map-line[data-tables]")
    assert f"{lines.count()} pairs of tables" in page.locator(".map-bar").inner_text()
    page.locator(f"[data-tables='{tables}'] .map-hit").dispatch_event("click")
    side = page.locator(".map-side")
    expect(side.locator("h2").first).to_contain_text("contacts and")
    expected = [
        row
        for row in demo_graph.links
        if {row["source_path"].partition(".")[0], row["target_path"].partition(".")[0]}
        == {"HubSpot/contacts", "Salesforce/Lead"}
    ]
    shown = passing(cluster(demo_graph), 0.1)
    positions = {row["link_id"]: at for at, row in enumerate(demo_graph.links)}
    expected = [row for row in expected if shown[positions[row["link_id"]]]]
    expect(side.locator(".map-fields li")).to_have_count(len(expected))
    expect(side).to_contain_text(f"{len(expected)} links between")
    suggested = sum(row["status"] == "SUGGESTED" for row in expected)
    # What is chosen stands in the address, and Back leads to all systems, not through each choice.
    page.wait_for_timeout(300)
    chosen = page.evaluate("location.hash")
    assert "f=line:" in chosen
    side.get_by_role("button", name=f"Review all {suggested}").click()
    focus = two.settled().state("focus")
    assert (two.state("page"), focus["kind"]) == ("review", "link")
    ids = [row["link_id"] for row in demo_graph.links]
    assert ids[focus["link"]] in {row["link_id"] for row in expected}
    expect(page.locator(".between")).to_contain_text(f"All {suggested} between")
    page.keyboard.press("Escape")
    expect(side.locator(".map-fields li")).to_have_count(len(expected))
    assert page.evaluate("location.hash") == chosen
    side.get_by_role("button", name="Join them").click()
    assert two.settled().state("page") == "join"
    page.keyboard.press("Escape")
    assert two.settled().state("page") == "map"
    side.get_by_role("button", name="Close").click()
    expect(side).to_contain_text("What they share")
    two.ok()


def test_two_systems_by_keys(two: Explorer) -> None:
    """Arrow keys in each column, X swaps the sides, T has the same as a table, L as links."""
    page = two.page
    left = page.locator(".map-tables").first
    left.locator("[tabindex='0']").focus()
    page.keyboard.press("Home")
    first = left.locator("button").first
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    second = left.locator("button").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    side = page.locator(".map-side")
    expect(side).to_contain_text("Linked tables")
    n = int(second.locator(".value").inner_text().split()[0])
    expect(side).to_contain_text(f"{n} links with")
    assert sum(map(int, re.findall(r"(\d+)\s*links?\n", side.inner_text()))) >= 0
    side.locator(".map-pairs button").first.click()
    expect(side.locator(".map-fields")).to_be_visible()
    page.keyboard.press("x")
    two.settled()
    heads = page.locator(".map-two-head b").all_inner_texts()
    assert heads == ["Salesforce", "HubSpot"]
    page.keyboard.press("t")
    rows = page.locator(".map-list tbody tr")
    assert two.settled().state("layout") == "matrix"
    n_pairs = rows.count()
    assert f"{n_pairs} pairs of tables" in page.locator(".map-bar").inner_text()
    rows.first.locator("button").focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).locator("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(side.locator(".map-fields")).to_be_visible()
    page.keyboard.press("l")
    assert two.settled().state("page") == "links"
    two.ok()


def test_tables_without_links_are_folded(context: BrowserContext, tmp_path: Path) -> None:
    """Those with links come first; more than a few others are behind a line that counts them."""
    rows = [(f"a/t{n}.x", f"b/u{n % 3}.x", 0.9) for n in range(45)]
    rows += [(f"a/alone{n}.x", f"c/t{n}.x", 0.9) for n in range(23)]
    graph = builders.graph(rows)
    address = f"{MAP}&f=pair:{ids_of(graph, 'a', 'b')}"
    page = explorer(context, graph, tmp_path, address=address)
    sides = page.page.locator(".map-tables")
    expect(sides.nth(0).locator("li")).to_have_count(45)
    expect(sides.nth(1).locator("li")).to_have_count(3)
    others = page.page.locator(".map-others")
    expect(others).to_have_count(1)
    expect(others.locator("summary")).to_have_text("23 tables without links")
    assert others.get_attribute("open") is None
    tops = sides.nth(0).locator("li").evaluate_all("(all) => all.map((one) => one.offsetTop)")
    assert min(b - a for a, b in pairwise(tops)) >= 44
    page.ok()


def test_one_system_with_itself(demo: Explorer, demo_graph: LinkGraph) -> None:
    """A system's box opens what is linked inside it."""
    page = demo.page
    page.locator(".map-box").filter(has_text="Snowflake").click()
    expect(page.locator("h1")).to_have_text("Inside Snowflake")
    focus = demo.settled().state("focus")
    assert focus["left"] == focus["right"] == demo_graph.index_of("Snowflake")
    expect(page.locator(".map-facts")).to_contain_text("links inside it")
    assert page.locator(".map-line[data-tables]").count() > 3
    demo.ok()


def test_all_tables_and_back(demo: Explorer) -> None:
    """The map leads to the picture of all tables, that leads back, and the tab is the same."""
    page = demo.page
    current = page.locator(".pages.above [aria-current=page]")
    expect(current).to_have_text(re.compile("Map"))
    page.locator(".map").get_by_role("button", name="All tables").click()
    assert demo.settled().state("page") == "tables"
    expect(page.locator("#stage")).to_be_visible()
    expect(current).to_have_text(re.compile("Map"))
    page.locator(".to-systems").click()
    assert demo.settled().state("page") == "map"
    page.keyboard.press("Escape")
    page.wait_for_timeout(150)
    assert demo.settled().state("page") == "tables"
    demo.ok()


# --- states --------------------------------------------------------------------------------------

LONG = "a system with a very long name indeed that nobody would want to type a second time"
RTL = "\u05de\u05e2\u05e8\u05db\u05ea \u05dc\u05e7\u05d5\u05d7\u05d5\u05ea"


FEW: dict[str, list[tuple[str, str, float, str]]] = {
    "one": [("crm/a.x", "crm/b.x", 0.9, "SUGGESTED")],
    "two": [("crm/a.x", "shop/b.x", 0.9, "SUGGESTED")],
    "apart": [("crm/a.x", "shop/b.x", 0.9, "REJECTED")],
}


def organisation(kind: str) -> LinkGraph:
    """Return an organisation in which something is rare."""
    if kind == "nothing":
        return LinkGraph(read_links([]))
    if kind in FEW:
        return builders.graph(FEW[kind])
    if kind == "long":
        table = "a_table_with_a_very_long_name_" * 4
        names = [f"{LONG} {n}" for n in range(4)] + [RTL]
        return builders.graph(
            [
                (f"{a}/{table}.{table}{n}", f"{b}/{table}.{table}{n}", 0.9)
                for a, b in combinations(names, 2)
                for n in range(4)
            ]
        )
    if kind == "nameless":
        generated = generate_organization(n_links=400, n_systems=7, seed=3)
        return LinkGraph(read_links(generated.links))
    n_systems = {"many": 42, "most": 74}[kind]
    generated = generate_organization(n_links=3_000, n_systems=n_systems, seed=3)
    return LinkGraph(read_links(generated.links, catalogue=generated.catalogue))


SAID = {
    "nothing": "nothing here yet",
    "one": "Only one system is here",
    "two": "How 2 systems overlap",
    "apart": "How 2 systems overlap",
    "long": "How 5 systems overlap",
    "nameless": "How 7 systems overlap",
    "many": "How 42 systems overlap",
    "most": "How 74 systems overlap",
}


@pytest.mark.parametrize("kind", SAID)
def test_states(browser: Browser, tmp_path: Path, kind: str) -> None:
    """Said in a sentence, nothing small or cut, nothing for axe, from 390 to 1920 pixels."""
    path = write(organisation(kind), tmp_path / "page.html")
    for width, theme in ((1440, "light"), (390, "dark"), (1920, "dark"), (1024, "light")):
        with browser.new_context(viewport={"width": width, "height": 844}) as context:
            page = Explorer(context.new_page()).opened(path, MAP)
            page.ask("h.set({theme: x})", theme)
            expect(page.settled().page.locator(".map")).to_contain_text(SAID[kind])
            is_whole(page.page)
            if width in {390, 1440}:
                check(page)
            if kind not in {"nothing", "one"}:
                page.ask("h.set({focus: {kind: 'pair', left: 0, right: 1}})")
                is_whole(page.settled().page)
                if kind in {"two", "long"}:
                    check(page)
            page.ok()


def is_whole(page: Page) -> None:
    """Fail if a text is small or sticks out of its place, or the page scrolls sideways."""
    assert page.evaluate(BAD_TEXTS) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.querySelector('#content').scrollWidth <= innerWidth")


def test_filters_that_leave_nothing_say_so(context: BrowserContext, tmp_path: Path) -> None:
    """And lead out of it, on the map and of two systems."""
    graph = builders.graph([("crm/a.x", "shop/b.x", 0.9), ("crm/a.y", "shop/b.y", 0.8)])
    demo = explorer(context, graph, tmp_path, address=MAP)
    demo.ask("h.set({threshold: 0.95, hiddenStatuses: new Set([0, 1, 2])})")
    empty = demo.settled().page.locator(".map-empty")
    expect(empty).to_contain_text("The filters leave nothing")
    empty.get_by_role("button", name="Clear the filters").click()
    expect(demo.page.locator(".map-line[data-pair]").first).to_be_attached()
    demo.ask(
        "h.set({hiddenStatuses: new Set([0, 1, 2]), focus: {kind: 'pair', left: 0, right: 1}})"
    )
    expect(empty).to_contain_text("No link between their tables passes the filters")
    empty.get_by_role("button", name="Clear the filters").click()
    expect(demo.page.locator(".map-line[data-tables]").first).to_be_attached()
    demo.ask("h.set({hiddenSystems: new Set([0, 1]), focus: null})")
    expect(empty).to_contain_text("All systems are hidden")
    demo.ok()
    clusters = cluster(graph, method="components", threshold=0.95)
    demo = explorer(context, graph, tmp_path, address=MAP, clusters=clusters)
    expect(empty := demo.page.locator(".map-empty")).to_contain_text("No link has a score of 0.95")
    empty.get_by_role("button", name="Join from 0").click()
    expect(demo.page.locator(".map-line[data-pair]")).to_have_count(1)
    demo.ok()


def test_a_phone_has_lists(browser: Browser, file: Path) -> None:
    """Pairs of systems, then of tables, then the fields in a sheet: by touch, 44 pixels high."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = Explorer(context.new_page()).opened(file, MAP)
        pairs = page.page.locator(".map-pairs button")
        heights = pairs.evaluate_all("(all) => all.map((one) => one.offsetHeight)")
        assert min(heights) >= 44
        expect(page.page.locator(".map-picture")).to_have_count(0)
        pairs.filter(has_text="HubSpot \u2013 Salesforce").tap()
        expect(page.page.locator("h1")).to_have_text("HubSpot and Salesforce")
        expect(page.page.locator(".map-facts").first).to_contain_text("concepts in both")
        page.page.locator(".map-list tbody tr").first.tap()
        sheet = page.page.locator(".map-side.with-pair")
        expect(sheet).to_be_visible()
        box = sheet.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844
        sheet.get_by_role("button", name="Close").tap()
        expect(sheet).to_have_count(0)
        page.ok()


def test_on_paper(demo: Explorer) -> None:
    """Picture, matrix and list are printed whole, in light colours, without buttons."""
    page = demo.page
    demo.ask("h.set({theme: 'dark'})")
    demo.settled()
    for change in ("{layout: 'lanes'}", "{layout: 'matrix'}"):
        demo.ask(f"h.set({change})")
        demo.settled()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(page.locator(".map-tools")).to_be_hidden()
        expect(page.locator(".map-pairs")).to_be_visible()
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        assert len(page.pdf()) > 5_000
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
    demo.ok()


@pytest.mark.parametrize("width", [1024, 1440])
def test_names_are_whole_where_there_is_room(
    context: BrowserContext, file: Path, demo_graph: LinkGraph, width: int
) -> None:
    """No name of a system breaks within a word, and none of a table loses a part."""
    of = ids_of(demo_graph, "PostgreSQL", "Snowflake")
    for address, names in (
        (f"{MAP}&f=pair:{of}", ".map-two-head b"),
        (f"{MAP}&l=lanes", ".map-side .map-name bdi, .map-box-name bdi"),
        (f"{MAP}&l=matrix", ".map-matrix bdi"),
    ):
        page = Explorer(context.new_page())
        page.page.set_viewport_size({"width": width, "height": 700})
        page.opened(file, address).settled()
        lines = page.page.locator(names).evaluate_all(
            "(all) => all.map((one) => { const range = document.createRange();"
            " range.selectNodeContents(one);"
            " return [one.innerText, new Set([...range.getClientRects()]"
            ".map(({top}) => Math.round(top))).size]; })"
        )
        assert len(lines) >= 2
        assert [name for name, n in lines if n > 1] == []
        cut = page.page.locator(".map-tables bdi", has_text="\u2026").all_inner_texts()
        assert cut == []
        page.ok()


def test_what_keeps_links_out_is_said(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Where no filter is set, it is their scores; a filter is named as what it is."""
    facts = demo.page.locator(".map-facts").first
    out = demo.ask(
        "(({pack, passes, score}) => [...passes.keys()].filter((link) => !passes[link])"
        ".map((link) => [pack.system[pack.source[link]], pack.system[pack.target[link]],"
        " isNaN(score[link])]))(h.view())"
    )
    pair = {demo_graph.index_of(name) for name in ("PostgreSQL", "Snowflake")}
    between = [is_unscored for one, other, is_unscored in out if {one, other} == pair]
    weaker, unscored = between.count(False), between.count(True)
    expect(facts).to_contain_text(
        f"Not counted here, but in Review: {weaker} weaker links, below 0.1;"
        f" {unscored} links without a score."
    )
    expect(facts).not_to_contain_text("filters")
    demo.ask(
        "h.set({hiddenStatuses: new Set([h.view().pack.header.statuses.indexOf('APPROVED')])})"
    )
    expect(facts).to_contain_text("that the filters hide.")
    demo.ok()


LONG_NAMES = (
    "ACMEINTERNATIONALHOLDINGSCUSTOMERRELATIONSHIPMANAGEMENTPRODUCTIONWAREHOUSE01",
    "The Customer Relationship Management System of the Northern Subsidiary (production)",
    "a_very_long_system_name_without_any_space_that_goes_on_and_on_1",
)


@pytest.mark.parametrize(
    ("address", "card", "width"),
    [
        (f"{MAP}&l=lanes", ".map-box", 1440),
        (f"{MAP}&l=lanes", ".map-box", 1024),
        ("#p=review", ".end.card", 1440),
        ("#p=review", ".end.card", 390),
    ],
)
def test_long_names_stay_in_their_cards(
    context: BrowserContext, tmp_path: Path, address: str, card: str, width: int
) -> None:
    """On the picture of the map and on the card of a question, whatever they are made of."""
    one, other, third = LONG_NAMES
    graph = builders.graph([(f"{one}/t.x", f"{other}/t.x", 0.9), (f"{other}/t.y", f"{third}/t.y")])
    inside = (
        "(cards) => cards.map((card) => { const box = card.getBoundingClientRect();"
        " return [...card.querySelectorAll('bdi, b, .secondary')].every((one) => {"
        " const own = one.getBoundingClientRect(); return own.width === 0"
        " || own.top >= box.top + 2 && own.bottom <= box.bottom - 2"
        " && own.right <= box.right; }); })"
    )
    page = explorer(context, graph, tmp_path, address=address)
    page.page.set_viewport_size({"width": width, "height": 844})
    n = 3 if card == ".map-box" else 2
    cards = page.settled().page.locator(card)
    expect(cards).to_have_count(n)
    assert cards.evaluate_all(inside) == [True] * n
    expect(cards.filter(has_text="\u2026").first).to_be_visible()
    page.ok()
