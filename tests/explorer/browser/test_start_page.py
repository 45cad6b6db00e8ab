"""Tests of the page Start: what it says is what Python finds, and all of it leads somewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.algorithms.review.queue import review_queue
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.browsing import Explorer, explorer, hostile, page_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.entities.entity import Entity


def axe(page: Explorer) -> list[Any]:
    """Return what axe-core finds; serious or not."""
    page.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    found: Any = Axe().run(page.page)
    assert len(found.response["passes"]) > 15
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
    ]


def keys_of(clusters: Clusters, entity: Entity) -> list[str]:
    """Return the names of the keys of an entity; of those in one concept the first."""
    names: dict[int | str, str] = {}
    for key in entity.keys:
        found = (int(clusters.labels[clusters.graph.index_of(one)]) for one in key.columns)
        labels = Counter(sorted(label for label in found if label >= 0))
        names.setdefault(labels.most_common(1)[0][0] if labels else key.name, key.name)
    return list(names.values())


def places_of(graph: LinkGraph, entity: Entity) -> dict[str, list[str]]:
    """Return the names of an entity's tables by system, in its order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for table in entity.tables:
        node = graph.node(table)
        found[node.path.split("/")[0]].append(node.name)
    return dict(found)


def rows(page: Explorer) -> Locator:
    """Return the rows of what the systems hold."""
    return page.page.locator(".held tbody tr")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """The page of the bundled organisation."""
    return page_of(demo_graph, tmp_path_factory.mktemp("demo") / "page.html")


@pytest.fixture
def demo(context: BrowserContext, written: Path) -> Explorer:
    """The bundled organisation."""
    return Explorer(context.new_page()).opened(written, "")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LinkGraph]:
    """74 systems and 120 entities; tables have numbers for names."""
    linked: list[Any] = []
    number = 0
    for one in range(120):
        tables = []
        for step in range(3 + one % 9):
            number += 1
            # Few systems hold most of it.
            system = one % 5 if step == 0 else (one * 7 + step * step * 11) % 74
            tables.append(f"system_{system:05d}/object_{number:06d}")
        for a, b in pairwise(tables):
            linked += [(a, b, None, "APPROVED"), (f"{a}.id", f"{b}.id", 0.9)]
    linked += [
        (f"system_{n:05d}/object_9{n:05d}.x", f"system_{(n + 1) % 74:05d}/object_8{n:05d}.x", 0.5)
        for n in range(74)
    ]
    graph = builders.graph(linked)
    return write(graph, tmp_path_factory.mktemp("large") / "page.html"), graph


def test_it_says_what_python_finds(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Sentence, totals, entities, their tables and keys are those of the library."""
    clusters, found = cluster(demo_graph), entities(demo_graph).entities
    shared = sum(1 for row in clusters.quality if ";" in row["systems_covered"])
    expect(demo.page.locator("h1")).to_have_text(f"{shared} concepts are held by several systems.")
    status = demo_graph.n_links_by_status
    lead = demo.page.locator(".lead").inner_text()
    assert f"{len(clusters.contradictions)} contradiction needs a decision" in lead
    waiting = review_queue(demo_graph).n_open
    assert waiting < status["SUGGESTED"]
    assert f"{waiting:,} suggestions wait for review." in lead
    systems, tables, fields = demo_graph.n_nodes_by_level.values()
    totals = " ".join(demo.page.locator(".start-totals dl").inner_text().split())
    assert totals == (
        f"{systems} systems {tables} tables {fields} fields {demo_graph.n_links:,} links"
    )
    decided = demo.page.locator(".bar").get_attribute("aria-label")
    assert decided is not None
    assert f"{status['APPROVED']} approved, {status['REJECTED']} rejected" in decided

    names = [demo_graph.node(n).name for n in range(systems)]
    heads = demo.page.locator(".held thead th .system bdi").all_inner_texts()
    assert heads == sorted(names)
    against = [row["contradictions"] > 0 for row in clusters.quality]
    assert rows(demo).count() == len(found)
    for row, entity in zip(rows(demo).all(), found, strict=True):
        shown = row.locator("th b").inner_text()
        assert shown.lower() == entity.name
        place = f"{len(entity.tables)} tables, {len(places_of(demo_graph, entity))} systems"
        assert row.locator("th .row-note").inner_text() == place
        by_system = places_of(demo_graph, entity)
        cells = [
            cell.locator("li bdi:not(.schema bdi)").all_inner_texts()
            for cell in row.locator("td:not(.keys)").all()
        ]
        assert cells == [by_system.get(name, []) for name in sorted(names)]
        # By their own names, as `entities` has them; what one concept holds is shown once.
        keys = row.locator(".keys li bdi").all_inner_texts()
        assert keys == keys_of(clusters, entity)[:3]
    person = rows(demo).first.locator(".keys li").first
    first = found[0].keys[0]
    labels = {int(clusters.labels[demo_graph.index_of(column)]) for column in first.columns}
    is_against = any(against[label] for label in labels if label >= 0)
    assert person.locator(".is-contradiction").count() == int(is_against)
    schemas = rows(demo).first.locator(".schema").all_inner_texts()
    assert {"auth", "ANALYTICS"} <= set(schemas)
    assert "public" not in schemas
    alone = demo.page.get_by_role(
        "button", name=f"{len(entities(demo_graph).alone)} tables in no entity"
    )
    expect(alone).to_be_visible()
    demo.ok()


def test_all_of_it_leads_somewhere(demo: Explorer, demo_graph: LinkGraph) -> None:
    """A row opens its entity, a table its page, a key its concept, a task its page; and back."""
    page, person = demo.page, entities(demo_graph).entities[0]

    def back() -> None:
        page.go_back()
        page.wait_for_selector(".start")

    rows(demo).first.locator("th").click(position={"x": 4, "y": 4})
    page.wait_for_selector(".on-concepts")
    entity = demo.ask("h.view().pack.nodeId(h.state().entity)")
    assert entity in person.tables
    back()
    rows(demo).first.get_by_role("button", name="contacts", exact=True).click()
    page.wait_for_selector(".on-table")
    assert demo.state("focus") == {
        "kind": "near",
        "node": demo_graph.index_of("HubSpot/contacts"),
        "hops": 1,
    }
    back()
    rows(demo).first.locator(".keys button").first.click()
    page.wait_for_selector(".on-concepts")
    member = demo.ask("h.view().pack.nodeId(h.state().focus.member)")
    assert member in person.keys[0].columns
    back()
    page.locator(".lead").get_by_role("button", name="1 contradiction").click()
    page.wait_for_selector(".on-concepts")
    assert demo.state("only") == "contradiction"
    back()
    # The same by its key: all concepts, not those of before.
    page.get_by_role("button", name="Same thing everywhere").click()
    page.wait_for_selector(".on-concepts")
    assert (demo.state("only"), demo.state("entity")) == ("", -1)
    back()
    demo.ask("h.set({entity: x})", demo_graph.index_of("HubSpot/contacts"))
    page.keyboard.press("c")
    page.wait_for_selector(".on-concepts")
    assert (demo.state("only"), demo.state("entity")) == ("", -1)
    back()
    page.get_by_role("button", name="Review next").click()
    page.wait_for_selector(".on-review")
    back()
    page.keyboard.press("n")
    page.wait_for_selector(".on-review")
    back()
    for name, key in (("Find a field", "/"), ("What depends on\u2026", "d")):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#search")).to_be_focused()
        page.locator("#content").focus()
        page.keyboard.press(key)
        expect(page.locator("#search")).to_be_focused()
        page.locator("#content").focus()
    demo.ok()


def test_tables_and_joins_on_request(
    context: BrowserContext, demo: Explorer, demo_graph: LinkGraph
) -> None:
    """Tables in no entity are listed and found; two tables give the line that joins them."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, alone = demo.page, entities(demo_graph).alone
    page.get_by_role("button", name="tables in no entity").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(len(alone))
    dialog.get_by_role("searchbox").fill("hubspot forms")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    # Keys of the page mean nothing in a dialog, and Escape closes it alone.
    dialog.get_by_role("button", name="Close").focus()
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert demo.state("page") == "start"

    page.get_by_role("button", name="Join two tables").click()
    expect(page.get_by_label("First table")).to_be_focused()
    page.keyboard.type("Stripe/customers")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Second table")).to_be_focused()
    page.keyboard.type("HubSpot/forms")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy the line for Python").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line == 'hg.join_paths(graph, "Stripe/customers", "HubSpot/forms")'
    shell = page.get_by_label("Command line: line to copy").inner_text()
    assert shell == "hummgraph join SNAPSHOT Stripe/customers HubSpot/forms"
    assert axe(demo) == []
    page.locator(".pages.above button", has_text="Start").click()

    unnamed = page.locator(".nameless")
    nodes = demo_graph.arrays.nodes
    n = int((~nodes.resolved[nodes.first[1] : nodes.first[2]]).sum())
    expect(unnamed).to_contain_text(f"{n} tables have no name: ")
    unnamed.get_by_role("button").click()
    dialog.get_by_role("listitem").first.get_by_role("button").click()
    page.wait_for_selector(".on-table")
    demo.ok()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(
    context: BrowserContext, demo: Explorer, large: tuple[Path, LinkGraph], theme: str
) -> None:
    """Neither with names nor with counts, nor on a narrow screen."""
    for page in (demo, Explorer(context.new_page()).opened(large[0], "")):
        page.ask("h.set({theme: x})", theme)
        assert axe(page) == []
        page.page.set_viewport_size({"width": 390, "height": 844})
        assert axe(page) == []
        page.ok()


def test_the_keyboard_alone(demo: Explorer, demo_graph: LinkGraph) -> None:
    """The table is one stop of the Tab key; arrows go from name to name, Enter opens."""
    page, person = demo.page, entities(demo_graph).entities[0]
    page.get_by_role("button", name="Join two tables").focus()
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Person")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_text("contacts")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_text("owners" if len(person.tables) > 11 else "companies")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    assert "contact id" in focused.inner_text()
    page.keyboard.press("Tab")
    expect(focused).to_have_text("Show them")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_selector(".on-concepts")
    assert demo.ask("h.view().pack.nodeId(h.state().entity)") in person.tables


def test_many_systems_are_counted(context: BrowserContext, large: tuple[Path, LinkGraph]) -> None:
    """Counts, the common part of names once, names on request, pages, chosen systems."""
    path, graph = large
    found = entities(graph).entities
    page = Explorer(context.new_page()).opened(path, "")
    assert len(found) == 120
    expect(page.page.locator(".holdings-foot")).to_contain_text("All systems are called system_000")
    expect(page.page.locator(".pager")).to_contain_text(f"of {len(found)}")
    columns = page.page.locator(".held thead th:not(:first-child, .n, .rest)")
    n = columns.count()
    assert 24 <= n <= 42
    page.page.get_by_role("button", name=f"{74 - n} more").click()
    expect(columns).to_have_count(74)
    for row, entity in list(zip(rows(page).all(), found, strict=False))[:3]:
        first = graph.node(entity.tables[0]).name.removeprefix("object_").lstrip("0")
        text = row.locator("th").inner_text()
        assert text == f"object {first} and {len(entity.tables) - 1} more"
        assert row.locator(".n").inner_text() == str(len(places_of(graph, entity)))
        counts = {name[-2:]: len(tables) for name, tables in places_of(graph, entity).items()}
        heads = columns.locator(".head-name").all_inner_texts()
        cells = row.locator("td:not(.n, .rest)").all_inner_texts()
        shown = {head: int(cell) for head, cell in zip(heads, cells, strict=True) if cell.strip()}
        assert shown == counts
    last = rows(page).first.locator("th").inner_text()
    page.page.get_by_role("button", name="Next rows").click()
    expect(rows(page).first.locator("th")).not_to_have_text(last)
    # One that is found by the name of a table, in the systems that are chosen.
    entity = found[-1]
    name = graph.node(entity.tables[1]).name
    page.page.get_by_label("Find an entity").fill(name)
    expect(rows(page)).to_have_count(1)
    page.page.get_by_text("Choose systems").click()
    system = graph.node(entity.tables[1]).path.split("/")[0]
    page.page.get_by_role("checkbox", name=system).check()
    expect(columns).to_have_count(1)
    page.page.get_by_role("button", name="Names", exact=True).click()
    expect(rows(page).first.get_by_role("button", name=name)).to_be_visible()
    page.page.get_by_label("Find an entity").fill("nothing is called so")
    page.page.get_by_role("button", name="Show all entities").click()
    expect(rows(page)).to_have_count(40)
    # All of it stays as it was while another page is open.
    page.page.get_by_role("button", name="Next rows").click()
    page.page.keyboard.press("n")
    page.page.go_back()
    expect(page.page.locator(".pager")).to_contain_text("41\u201380 of 120")
    page.ok()


@pytest.mark.parametrize("width", [1000, 1024, 1100])
def test_keys_are_whole_on_small_screens(demo: Explorer, width: int) -> None:
    """No column is beyond the edge: names wrap."""
    demo.page.set_viewport_size({"width": width, "height": 768})
    scroller = demo.page.locator(".held-scroll")
    assert scroller.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    demo.ok()


def test_a_key_of_no_concept_opens_its_link(demo: Explorer) -> None:
    """It says that nobody approved what joins it, and leads to the question."""
    keys = demo.page.locator(".held .keys li")
    assert keys.locator("button").count() == keys.count()
    key = keys.filter(has_text="suggested").first
    expect(key).to_have_text("event id 2 systems, suggested")
    key.get_by_role("button").click()
    assert demo.state("page") == "review"
    expect(demo.page.locator(".field-name")).to_have_text(["$insert_id", "EVENT_ID"])
    demo.ok()


LITTLE = [
    ("crm/contacts.email", "shop/customers.email", 0.9),
    ("crm/contacts.phone", "shop/customers.phone", 0.8),
    ("crm/deals.amount", "shop/orders.total", 0.7),
]
STATES: dict[str, tuple[Any, str, str]] = {
    "empty": ([], "There is nothing here yet.", "make a new page"),
    "undecided": (LITTLE, "3 concepts are held by", "Nobody has decided anything yet."),
    "decided": (
        [(*row, "APPROVED") for row in LITTLE],
        "3 concepts are held by",
        "No contradictions. All 3 links are decided.",
    ),
    "one system": (
        [("db/contacts.email", "db/users.email", 0.9)],
        "Only one system here.",
        "db has 1 link between its own tables.",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_little_to_show(context: BrowserContext, tmp_path: Path, state: str) -> None:
    """Every state has its sentence."""
    linked, title, sentence = STATES[state]
    page = explorer(context, builders.graph(linked), tmp_path, address="")
    expect(page.page.locator("h1")).to_contain_text(title)
    expect(page.page.locator(".lead")).to_contain_text(sentence)
    assert axe(page) == []
    page.ok()


def test_tables_without_links(context: BrowserContext, tmp_path: Path) -> None:
    """Start counts them, and lists them on request."""
    places = ["crm/contacts.email", "shop/customers.email"]
    graph = LinkGraph(read_links([], catalogue=builders.catalogue(places)))
    page = explorer(context, graph, tmp_path, address="")
    expect(page.page.locator("h1")).to_have_text("No links here yet.")
    page.page.get_by_role("button", name="Show all 2 tables").click()
    expect(page.page.get_by_role("dialog").get_by_role("listitem")).to_have_count(2)
    assert axe(page) == []
    page.ok()


def test_no_entity(context: BrowserContext, tmp_path: Path) -> None:
    """If no tables look like one thing, concepts are shown, and a threshold can be undone."""
    graph = builders.graph([("crm/a.x", "shop/b.y", 0.9), ("crm/c.z", "desk/d.w", 0.8)])
    assert len(entities(graph)) == 0
    page = explorer(context, graph, tmp_path, address="")
    names = [name.lower() for name in rows(page).locator("th b").all_inner_texts()]
    assert names == [one.name for one in cluster(graph)]
    rows(page).first.locator("th button").click()
    page.page.wait_for_selector(".on-concepts")
    page.page.go_back()
    page.ask("h.set({threshold: 0.95})")
    expect(page.page.locator("h1")).to_have_text("No concept is held by several systems.")
    page.page.get_by_role("button", name="Back to 0.10").click()
    expect(page.page.locator("h1")).to_have_text("2 concepts are held by several systems.")
    page.ok()


@pytest.mark.parametrize("width", [1440, 390])
def test_few_entities(context: BrowserContext, tmp_path: Path, width: int) -> None:
    """Where entities hold few of the tables they are a line, and the first concepts the list."""
    same = [("crm/customers.email", "shop/customers.email", 0.9)]
    same.append(("crm/customers.phone", "shop/customers.phone", 0.9))
    others = [(f"crm/t{at}.x{at}", f"shop/u{at}.y{at}", 0.8) for at in range(12)]
    graph = builders.graph([*same, *others])
    (found,) = entities(graph)
    page = explorer(context, graph, tmp_path, address="")
    page.page.set_viewport_size({"width": width, "height": 844})
    line = page.page.locator(".few-entities li")
    expect(line).to_have_count(1)
    expect(line).to_contain_text(f"{found.name} entity of 2 tables in 2 systems", ignore_case=True)
    expect(page.page.locator(".holdings-head")).to_contain_text("2 of 26 tables in 1 entity")
    names = page.page.locator(".held th b, .held-list b")
    listed = {name.lower() for name in names.all_inner_texts()}
    assert len(listed) > 5
    assert listed <= {one.name for one in cluster(graph)}
    assert axe(page) == []
    line.get_by_role("button").focus()
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector(".on-concepts")
    page.ok()


def test_hostile_names(context: BrowserContext, tmp_path: Path) -> None:
    """Names are text in every part: counts, names, lists, narrow."""
    page = explorer(context, hostile(), tmp_path, address="")
    page.page.get_by_role("button", name="Names", exact=True).click()
    page.page.get_by_text("Choose systems").click()
    page.page.get_by_role("button", name="in no entity").click()
    page.page.keyboard.press("Escape")
    page.page.get_by_role("button", name="Join two tables").click()
    assert page.settled().state("page") == "join"
    page.page.go_back()
    assert page.settled().state("page") == "start"
    page.page.set_viewport_size({"width": 390, "height": 844})
    expect(page.page.locator(".held-list li").first).to_be_visible()
    page.ok()


@pytest.mark.parametrize("width", [390, 1024, 1440, 1920])
def test_every_width(
    context: BrowserContext, demo: Explorer, large: tuple[Path, LinkGraph], width: int
) -> None:
    """Nothing sticks out sideways, no text is too small, and what is touched has room."""
    for page in (demo, Explorer(context.new_page()).opened(large[0], "")):
        page.page.set_viewport_size({"width": width, "height": 844 if width < 800 else 900})
        content = page.page.locator("#content")
        assert content.evaluate("(it) => it.scrollWidth <= it.clientWidth")
        small = page.page.evaluate(
            "[...document.querySelectorAll('.start *')].filter((it) => it.checkVisibility()"
            " && [...it.childNodes].some((one) => one.nodeType === 3 && one.data.trim()))"
            ".filter((it) => parseFloat(getComputedStyle(it).fontSize) <"
            " (it.closest('.badge-system') ? 10 : 11)).map((it) => it.outerHTML)"
        )
        assert small == []
        if width > 800:
            continue
        low = page.page.evaluate(
            "[...document.querySelectorAll('.start button:not(.figure), .start input')]"
            ".filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 44)"
            ".map((it) => it.outerHTML)"
        )
        assert low == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_the_name_of_the_organisation_is_whole(demo: Explorer, width: int) -> None:
    """Though a decision waits to be saved; a long one loses its middle, never its end."""
    demo.page.set_viewport_size({"width": width, "height": 800})
    demo.ask("h.decide(h.view().pack.linkId(0), 'APPROVED')")
    name = demo.page.locator(".head .organization")
    whole = demo.ask("h.view().pack.header.organization")
    assert name.inner_text() == whole
    assert name.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    head = demo.page.locator(".head")
    assert head.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    demo.ok()


def test_entities_are_from_before_the_decisions(demo: Explorer) -> None:
    """The page does not find entities anew: where somebody has decided, it says so."""
    note = demo.page.locator(".holdings-head p")
    expect(note).not_to_contain_text("before your decisions")
    demo.ask("h.decide(h.view().pack.linkId(0), 'APPROVED')")
    expect(note).to_contain_text("; found before your decisions")
    demo.page.keyboard.press("z")
    expect(note).not_to_contain_text("before your decisions")
