"""Tests of what a reader does in the page: sees, searches, focuses, reads, works in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering import cluster
from hummgraph.algorithms.lineage import downstream, neighborhood, upstream
from hummgraph.algorithms.paths import strongest_path
from hummgraph.graph import LinkGraph
from hummgraph.readers import read_links
from tests import builders
from tests.browsing import Explorer, explorer
from tests.builders import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

BOX = dict[str, float]


@pytest.fixture
def demo(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> Iterator[Explorer]:
    """The bundled organisation, and no complaint when the test has ended."""
    page = explorer(context, demo_graph, tmp_path, clusters=cluster(demo_graph, threshold=0.0))
    yield page
    page.ok()


def place(page: Explorer, node: int) -> BOX | None:
    """Say where a node is in the window."""
    page.settled()
    found: BOX | None = page.ask("h.picture.placeOf(x)", node)
    return found


def click(page: Explorer, node: int, *, count: int = 1) -> None:
    """Click a node in the picture, where its name is."""
    box = place(page, node)
    assert box is not None
    page.page.mouse.click(
        box["x"] + min(30, box["width"] / 3), box["y"] + box["height"] / 2, click_count=count
    )
    page.settled()


def seen(page: Explorer) -> tuple[set[int], set[str]]:
    """Give what is in sight: nodes by position, links by id."""
    nodes = page.ask("[...h.view().seen.nodes]")
    links = page.ask("[...h.view().seen.links].map((link) => h.view().data.linkId(link))")
    return set(nodes), set(links)


# --- the picture ---------------------------------------------------------------------------------


def test_the_organisation_is_seen_at_once(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Every table has its place in the window, none over another; the counts are Python's."""
    first, last = demo_graph.arrays.nodes.first[[1, 2]].tolist()
    boxes = [place(demo, node) for node in range(first, last)]
    linked = [box for box in boxes if box is not None]
    assert len(linked) == 63
    for number, one in enumerate(linked):
        assert 0 <= one["x"] <= 1440
        assert 0 <= one["y"] <= 900
        for other in linked[number + 1 :]:
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart
    assert demo.ink() > 50
    expect(demo.page.locator(".counts")).to_contain_text("1,490 of 1,490 links pass")
    # One more than the projection has: a link that ends at a system is drawn there.
    lines = demo_graph.project("table").n_edges + 1
    expect(demo.page.locator(".counts")).to_contain_text(f"of {lines:,} lines, the strongest")
    for name in demo_graph.n_links_by_status:
        expect(demo.page.locator(".filters")).to_contain_text(name)


def test_all_lines_are_drawn_on_request(demo: Explorer) -> None:
    """The strongest are drawn first, which the page says; a click draws them all."""
    demo.page.get_by_role("button", name="Draw all").click()
    demo.settled()
    text = demo.page.locator(".counts").inner_text()
    drawn, of = text.split("drawn: ")[1].split(" of ")
    assert drawn == of.split(" lines")[0]
    demo.page.get_by_role("button", name="Draw the strongest").click()
    expect(demo.page.locator(".counts")).to_contain_text("the strongest.")


def test_a_table_opens_and_closes(demo: Explorer, demo_graph: LinkGraph) -> None:
    """By key and by its mark in the picture: its columns are there, and gone."""
    table = demo_graph.index_of("Stripe/customers")
    column = demo_graph.index_of("Stripe/customers.email")
    closed = place(demo, table)
    assert place(demo, column) == closed
    assert closed is not None
    click(demo, table)
    demo.page.keyboard.press("o")
    opened, row = place(demo, table), place(demo, column)
    assert opened is not None
    assert row is not None
    assert opened["y"] + opened["height"] <= row["y"]
    assert opened["x"] <= row["x"] <= opened["x"] + opened["width"]
    demo.page.keyboard.press("o")
    demo.page.keyboard.press("Escape")
    assert place(demo, column) == place(demo, table)
    box = place(demo, table)
    assert box is not None
    demo.page.mouse.click(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    demo.settled()
    assert demo.ask("[...h.state().toggled]") == [table]


@pytest.mark.parametrize(
    ("level", "layouts"),
    [
        ("Systems", ["Ring", "Matrix"]),
        ("Tables", ["Lanes by system", "Left to right", "Force"]),
        ("Columns", ["Lanes by system", "Left to right"]),
    ],
)
def test_levels_and_layouts(demo: Explorer, level: str, layouts: list[str]) -> None:
    """Each draws a picture of its own."""
    demo.page.get_by_role("group", name="Level").get_by_role("button", name=level).click()
    pictures = set()
    for layout in layouts:
        demo.page.get_by_label("Layout").select_option(label=layout)
        for _ in range(100):  # the force layout is worked out beside the page
            picture = demo.settled().ask("h.picture.svg()")
            if picture not in pictures:
                break
        pictures.add(picture)
        assert demo.ink() > 5
    assert len(pictures) == len(layouts)


def test_zoom_and_pan(demo: Explorer, demo_graph: LinkGraph) -> None:
    """By wheel, buttons and dragging; F shows everything again."""
    table = demo_graph.index_of("Stripe/customers")
    before = place(demo, table)
    assert before is not None
    demo.page.mouse.move(before["x"], before["y"])
    demo.page.mouse.wheel(0, -400)
    closer = place(demo, table)
    assert closer is not None
    assert closer["width"] > before["width"]
    demo.page.get_by_role("button", name="Farther").click()
    demo.page.mouse.move(700, 600)
    demo.page.mouse.down()
    demo.page.mouse.move(760, 640, steps=4)
    moved = place(demo, table)
    demo.page.mouse.up()
    assert moved != closer
    demo.page.keyboard.press("f")
    after = place(demo, table)
    assert after is not None
    assert after["x"] == pytest.approx(before["x"], abs=1)


# --- search --------------------------------------------------------------------------------------


def test_search_leads_through_its_matches(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Enter goes to the first, then to the next; each is looked at and lies in the window."""
    demo.page.keyboard.press("/")
    demo.page.keyboard.type("customers.email")
    options = demo.page.locator("#matches [role=option]")
    expect(options.first).to_contain_text("Stripe/")
    n_matches = options.count()
    reached = []
    for _ in range(2):
        demo.page.keyboard.press("Enter")
        focus = demo.state("focus")
        reached.append(demo_graph.node(focus["node"]).path)
        box = place(demo, focus["node"])
        assert box is not None
        assert 0 <= box["x"] <= 1440
        assert 0 <= box["y"] <= 900
    assert reached[0] == "Stripe/customers.email"
    assert len(set(reached)) == min(2, n_matches)


def test_search_by_arrows_and_click(demo: Explorer, demo_graph: LinkGraph) -> None:
    """The list can be walked and clicked."""
    box = demo.page.locator("#search")
    box.fill("email")
    box.press("ArrowDown")
    box.press("ArrowDown")
    chosen = demo.page.locator("[role=option][aria-selected=true] .path").inner_text()
    box.press("Enter")
    reached = demo_graph.node(demo.state("focus")["node"]).path
    assert reached == chosen.replace("\u2060", "").replace("\u200b", "")
    box.fill("zendesk users email")
    demo.page.locator("#matches [role=option]").first.click()
    assert demo_graph.node(demo.state("focus")["node"]).path == "Zendesk/users.email"


def test_search_that_finds_nothing_says_so(demo: Explorer) -> None:
    """And Enter does nothing."""
    demo.page.locator("#search").fill("no such thing")
    expect(demo.page.locator("#matches [role=option]")).to_have_text(
        "Nothing has this in its name."
    )
    demo.page.keyboard.press("Enter")
    assert demo.state("focus") is None


# --- focus ---------------------------------------------------------------------------------------


def test_click_shows_neighbours(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Those of Python, with their links; everything else fades."""
    table = demo_graph.index_of("Zendesk/tickets")
    plain = demo.ask("h.picture.svg()")
    click(demo, table)
    nodes, links = seen(demo)
    touching = demo_graph.where(nodes="Zendesk/tickets")
    assert links == set(touching.links["link_id"])
    ends = {demo_graph.index_of(row[end]) for row in touching.links for end in ("source", "target")}
    assert ends | {table} <= nodes
    assert demo.ask("h.picture.svg()") != plain
    expect(demo.page.locator(".counts")).to_contain_text(f"In sight: {len(links)} of 1,490")


@pytest.mark.parametrize(
    ("key", "search", "sign"), [("u", upstream, -1), ("d", downstream, 1), ("b", neighborhood, 0)]
)
def test_lineage_is_pythons(
    demo: Explorer, demo_graph: LinkGraph, key: str, search: Any, sign: int
) -> None:
    """By key, within as many steps as are typed."""
    start = "Salesforce/Contact.Email"
    demo.node(start)
    demo.page.evaluate("document.activeElement.blur()")
    demo.page.keyboard.press(key)
    for hops in (1, 3):
        demo.page.keyboard.press(str(hops))
        demo.settled()
        found = search(demo_graph, start, max_depth=hops)
        expected = {demo_graph.index_of(row["node_id"]) for row in found.nodes}
        nodes, _ = seen(demo)
        columns = {node for node in nodes if demo_graph.node(node).level == "column"}
        assert columns == expected
        distances = dict(demo.ask("[...h.view().seen.distance]"))
        assert all(sign * distance >= 0 for distance in distances.values() if sign)


def test_double_click_shows_both_ways(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Two steps up and down."""
    click(demo, demo_graph.index_of("Stripe/customers"), count=2)
    assert demo.state("focus")["kind"] == "both"
    assert demo.state("focus")["hops"] == 2


def test_path_between_two(demo: Explorer, demo_graph: LinkGraph) -> None:
    """By key and click: the strongest one, as Python finds it, with its confidence."""
    a, b = "Stripe/customers.email", "Zendesk/users.email"
    demo.node(a)
    demo.page.evaluate("document.activeElement.blur()")
    demo.page.keyboard.press("p")
    expect(demo.page.locator(".prompt")).to_contain_text("choose the other end")
    demo.node(b)
    demo.page.keyboard.press("Escape")
    path = strongest_path(demo_graph, a, b, directed=False)
    demo.ask(
        "h.set({focus: {kind: 'path', from: x[0], to: x[1]}})",
        [demo_graph.index_of(a), demo_graph.index_of(b)],
    )
    _, links = seen(demo)
    assert links == {step.link_id for step in path.steps}
    expect(demo.page.locator(".details")).to_contain_text(f"{path.confidence:.2f}")
    expect(demo.page.locator(".details ol > li")).to_have_count(len(path.steps))


def test_path_by_clicking(context: BrowserContext, tmp_path: Path) -> None:
    """P, then a click on the other end."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.8)])
    page = explorer(context, graph, tmp_path)
    click(page, graph.index_of("a/t"))
    page.page.keyboard.press("p")
    click(page, graph.index_of("c/t"))
    assert page.state("focus")["kind"] == "path"
    expect(page.page.locator(".details")).to_contain_text("0.72")
    page.ok()


def test_there_is_a_way_back(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Escape and the browser's own button lead back step by step, and forward again."""
    click(demo, demo_graph.index_of("Stripe/customers"))
    first = demo.state("focus")
    demo.page.keyboard.press("d")
    second = demo.state("focus")
    assert second != first
    demo.page.go_back()
    demo.settled()
    assert demo.state("focus") == first
    demo.page.go_forward()
    demo.settled()
    assert demo.state("focus") == second
    demo.page.keyboard.press("Escape")
    expect(demo.page.locator(".details h2")).to_be_visible()
    demo.settled()
    assert demo.state("focus") == first
    demo.page.keyboard.press("Escape")
    expect(demo.page.locator(".details")).to_have_count(0)
    assert demo.state("focus") is None


def test_ground_ends_a_focus(demo: Explorer, demo_graph: LinkGraph) -> None:
    """A click where nothing is looks at everything again."""
    click(demo, demo_graph.index_of("Stripe/customers"))
    stage = demo.page.locator("#stage").bounding_box()
    assert stage is not None
    demo.page.mouse.click(stage["x"] + 4, stage["y"] + 4)
    demo.settled()
    assert demo.state("focus") is None


# --- evidence ------------------------------------------------------------------------------------


def test_link_is_told_whole(context: BrowserContext, tmp_path: Path) -> None:
    """Names, type, status, confidence, times, evidence key by key; its ends lead on."""
    evidence = {"scores": {"name": 0.5, "values": [1, "x"]}, "same": True, "why": "<b>they match"}
    row = record("crm/contact.email", "shop/user.mail", 0.875, evidence=evidence)
    places = builders.catalogue(["crm/contact.email", "shop/user.mail"])
    graph = LinkGraph(read_links([row], catalogue=places))
    page = explorer(context, graph, tmp_path, redact="none")
    page.page.keyboard.press("t")
    page.page.locator(".tables tbody tr").click()
    details = page.page.locator(".details")
    for text in ("crm", "email", "shop", "mail", "PROBABILISTIC", "SUGGESTED", "0.875", "UTC"):
        expect(details).to_contain_text(text)
    rows = details.locator(".evidence tr")
    told = {
        row.locator("th").inner_text(): row.locator("td").inner_text().strip() for row in rows.all()
    }
    assert len(told) >= 4
    assert "yes" in told.values()
    assert "<b>they match" in told.values()
    assert "0.5" in told.values()
    details.locator(".ends-box button").first.click()
    assert page.state("focus")["kind"] == "near"
    expect(details.locator("h2")).to_contain_text("email")
    page.ok()


def test_cluster_is_told_whole(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Members, quality, bridges and reasons are those of Python; they lead on."""
    demo.page.get_by_label("Confidence threshold").fill("0.1")
    demo.page.get_by_label("Confidence threshold").press("Enter")
    clusters = cluster(demo_graph)
    demo.page.locator(".filters .clusters button").first.click()
    details = demo.page.locator(".details")
    quality = next(iter(clusters.quality))
    expect(details.locator("h2")).to_contain_text(clusters.names[0])
    expect(details).to_contain_text(f"{quality['members']} members in {quality['systems']} systems")
    expect(details).to_contain_text(
        f"{quality['links']} , {quality['links_holding']} holding".replace(" ,", ",")
    )
    expect(details).to_contain_text("Why are these together?")
    members = details.locator(".crosswalk button")
    assert members.count() == quality["members"]
    members.first.click()
    assert demo.state("focus")["kind"] == "near"


# --- tables --------------------------------------------------------------------------------------


def test_tables_hold_everything(demo: Explorer, demo_graph: LinkGraph) -> None:
    """As many rows as Python has links, clusters and nodes; sorted by any column."""
    demo.page.keyboard.press("t")
    status = demo.page.locator(".table-tools [role=status]")
    expect(status).to_contain_text("of 1,490")
    n_clusters = cluster(demo_graph, threshold=0.0).n_clusters
    for tab, n in (("Clusters", n_clusters), ("Systems, tables, columns", demo_graph.n_nodes)):
        demo.page.get_by_role("tab", name=tab).click()
        expect(status).to_contain_text(f"of {n:,}")
    demo.page.get_by_role("tab", name="Links").click()
    head = demo.page.locator(".tables th").filter(has_text="Confidence")
    for order, best in (("ascending", False), ("descending", True)):
        if head.get_attribute("aria-sort") != order:
            head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        column = [
            cell for cell in demo.page.locator(".tables tbody td.numeric").all_inner_texts() if cell
        ]
        values = [float(cell) for cell in column if cell.replace(".", "").isdigit()]
        assert values == sorted(values, reverse=best)


def test_tables_and_picture_are_tied(demo: Explorer, demo_graph: LinkGraph) -> None:
    """What is chosen in one is chosen in the other; rows can be filtered and paged."""
    demo.page.keyboard.press("t")
    rows = demo.page.locator(".tables tbody tr")
    expect(rows).to_have_count(100)
    demo.page.get_by_role("button", name="Next").click()
    expect(demo.page.locator(".table-tools [role=status]")).to_contain_text("rows 101")
    demo.page.get_by_label("Filter rows").fill("email users")
    rows.first.focus()
    demo.page.keyboard.press("ArrowDown")
    demo.page.keyboard.press("Enter")
    assert demo.state("focus")["kind"] == "link"
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    demo.page.get_by_role("tab", name="Systems, tables, columns").click()
    demo.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", demo_graph.index_of("Stripe"))
    expect(demo.page.locator("[aria-current=true]")).to_contain_text("Stripe")
    demo.page.get_by_label("only what is looked at").check()
    shown = demo.page.locator(".table-tools [role=status]").inner_text()
    assert int(shown.rpartition(" ")[2].replace(",", "")) < demo_graph.n_nodes


# --- light, dark, narrow, paper ------------------------------------------------------------------


def test_themes(demo: Explorer) -> None:
    """The button goes through them, and the picture follows."""
    grounds = set()
    for theme in ("light", "dark"):
        demo.page.get_by_role("button", name="Theme").click()
        assert demo.state("theme") == theme
        demo.settled()
        grounds.add(
            (
                demo.page.evaluate("getComputedStyle(document.body).backgroundColor"),
                demo.ask("h.picture.svg()").partition("<rect")[2][:200],
            )
        )
    assert len(grounds) == 2


def test_narrow_screen(browser: Browser, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """Nothing is wider than the screen, and every panel is one press away."""
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        page = explorer(context, demo_graph, tmp_path)
        sheets = page.page.get_by_role("navigation", name="Panels")
        sheets.get_by_role("button", name="Filters").click()
        expect(page.page.locator(".filters")).to_be_visible()
        page.node("customers.email")
        expect(page.page.locator(".details")).to_be_visible()
        sheets.get_by_role("button", name="Table").click()
        expect(page.page.locator(".tables")).to_be_visible()
        sheets.get_by_role("button", name="Picture").click()
        expect(page.page.locator(".tables")).to_have_count(0)
        assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
        page.ok()


def test_paper(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Printed, there are picture, legend and what is looked at, and no buttons of the page."""
    click(demo, demo_graph.index_of("Stripe/customers"))
    demo.page.emulate_media(media="print")
    expect(demo.page.locator("#stage canvas").first).to_be_visible()
    expect(demo.page.locator(".details h2")).to_be_visible()
    expect(demo.page.locator(".zoom")).to_be_hidden()
    assert demo.page.pdf()[:5] == b"%PDF-"
