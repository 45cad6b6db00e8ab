"""Tests of the page of one table: its fields, its entity, what is linked with it, and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from hummgraph import explore
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.export import write
from tests.support import builders
from tests.support.browsing import Explorer, explorer
from tests.support.notebooks import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.graph.linkgraph import LinkGraph

CONTACT = "Salesforce/Contact"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """A page of the bundled organisation."""
    return write(demo_graph, tmp_path_factory.mktemp("table") / "demo.html")


@pytest.fixture
def contact(context: BrowserContext, file: Path, demo_graph: LinkGraph) -> Iterator[Explorer]:
    """The page of Salesforce's contacts; no complaint when the test has ended."""
    page = Explorer(context.new_page()).opened(file, address(demo_graph, CONTACT))
    yield page
    page.ok()


def address(graph: LinkGraph, name: str) -> str:
    """Return the address of the page of a table or field."""
    return f"#p=table&f=near:{graph.node(name).node_id}:1"


def names(page: Explorer) -> list[str]:
    """Return the names of the fields that are listed."""
    return page.page.locator(".table-fields td.is-field .open > bdi").all_inner_texts()


def focused(page: Explorer) -> str:
    """Return the text of what has the keyboard."""
    text: str = page.page.evaluate("document.activeElement.textContent")
    return text


def waiting_pairs(graph: LinkGraph) -> list[tuple[str, str]]:
    """Return the ends of suggestions between fields that approved and rejected links leave open."""
    unit = {row["node_id"]: row["node_id"] for row in graph.nodes if row["level"] == "column"}
    between: dict[str, list[tuple[str, str]]] = {"APPROVED": [], "REJECTED": [], "SUGGESTED": []}
    for link in graph.links:
        pair = (link["source"], link["target"])
        if all(end in unit for end in pair):
            between[link["status"]].append(pair)
    for one, other in between["APPROVED"]:
        old, new = unit[one], unit[other]
        unit.update((node, new) for node, label in unit.items() if label == old)
    apart = {frozenset((unit[one], unit[other])) for one, other in between["REJECTED"]}
    return [
        (one, other)
        for one, other in between["SUGGESTED"]
        if unit[one] != unit[other] and frozenset((unit[one], unit[other])) not in apart
    ]


def test_its_fields_are_those_of_python(contact: Explorer, demo_graph: LinkGraph) -> None:
    """Each once, those in concepts first, with the concept, its systems and what waits."""
    clusters = cluster(demo_graph)
    fields = [row for row in demo_graph.nodes if row["path"].startswith(f"{CONTACT}.")]
    listed = names(contact)
    waits = waiting_pairs(demo_graph)
    assert sorted(listed) == sorted(row["name"] for row in fields)
    for row in fields:
        shown = contact.page.locator(".table-fields tbody tr").nth(listed.index(row["name"]))
        label = clusters.cluster_of(row["node_id"])
        if label is None:
            text = "in no concept" if row["n_link_ends"] else "no links"
            expect(shown.locator(".is-concept")).to_have_text(text)
        else:
            n = len(clusters.members[label])
            expect(shown.locator(".is-concept .link")).to_have_text(clusters.names[label])
            expect(shown.locator(".is-concept .secondary")).to_have_text(f"{n} fields")
            systems = {demo_graph.node(one).path.split("/")[0] for one in clusters.members[label]}
            assert shown.locator(".is-also .badge-system").count() == len(systems)
        waiting = [pair for pair in waits if row["node_id"] in pair]
        said = shown.locator(".table-ask").all_inner_texts()
        assert said == ([str(len(waiting))] if waiting else [])
    in_concepts = [clusters.cluster_of(row["node_id"]) is not None for row in fields]
    first = contact.page.locator(".table-fields tbody tr:not(.is-alone)").count()
    assert first == sum(in_concepts)
    assert contact.page.locator(f"tr.is-alone:nth-child(-n+{first})").count() == 0
    expect(contact.page.locator("h1")).to_contain_text("Contact")
    assert contact.page.title().startswith("Table Salesforce/Contact")


def test_its_entity_and_what_it_is_linked_with(contact: Explorer, demo_graph: LinkGraph) -> None:
    """Other tables of the entity open as tables, the entity its concepts, linked tables the map."""
    person = next(
        one
        for one in entities(demo_graph).entities
        if demo_graph.node(CONTACT).node_id in one.tables
    )
    side = contact.page.locator(".table-side .card")
    others = side.first.get_by_role("listitem")
    assert others.count() == min(14, len(person.tables) - 1) + (len(person.tables) - 1 > 15)
    others.first.get_by_role("button").click()
    assert contact.settled().state("page") == "table"
    opened = contact.ask("h.view().pack.nodeId(h.state().focus.node)")
    assert opened in person.tables
    assert opened != demo_graph.node(CONTACT).node_id
    contact.page.get_by_role("button", name="Back").click()
    expect(contact.page.locator("h1")).to_contain_text("Contact")
    side.first.get_by_role("heading").get_by_role("button").click()
    assert contact.settled().state("page") == "concepts"
    contact.page.go_back()
    side.nth(1).get_by_role("listitem").first.get_by_role("button").click()
    contact.settled()
    assert contact.state("page") == "map"
    assert contact.state("focus")["kind"] == "line"


def test_what_can_be_done_with_it(contact: Explorer, demo_graph: LinkGraph) -> None:
    """Join, what depends on it, its links, a review, and the picture; back each time."""
    node = demo_graph.index_of(CONTACT)
    own = {row["node_id"] for row in demo_graph.nodes if row["table"] == "Contact"}
    links = sum(bool(own & {row["source"], row["target"]}) for row in demo_graph.links)
    for name, page in (
        ("Join with", "join"),
        ("What depends on it", "lineage"),
        (f"All {links} links", "links"),
        ("Review", "review"),
        ("Show in All tables", "tables"),
    ):
        contact.page.locator(".table-acts").get_by_role("button", name=name).click()
        assert contact.settled().state("page") == page
        if page == "join":
            assert contact.state("joinA") == node
        contact.page.go_back()
        contact.page.wait_for_selector(".table-page")
    # The number of a field opens a link of it that waits.
    contact.page.locator(".table-ask").first.click()
    assert contact.settled().state("page") == "review"
    ends = contact.ask(
        "(({focus}, {pack}) => [pack.source[focus.link], pack.target[focus.link]]"
        ".map((end) => pack.table[end]))(h.state(), h.view())"
    )
    assert node in ends


def test_keys(contact: Explorer, demo_graph: LinkGraph) -> None:
    """Arrows go over rows and to what waits; Enter opens the concept, D and J act, Esc leaves."""
    keys = contact.page.keyboard
    listed = names(contact)
    keys.press("ArrowDown")
    assert focused(contact).startswith(listed[0])
    keys.press("End")
    assert focused(contact).startswith(listed[-1])
    keys.press("Home")
    keys.press("ArrowDown")
    assert focused(contact).startswith(listed[1])
    keys.press("ArrowRight")
    expect(contact.page.locator("tbody tr:nth-child(2) .table-ask")).to_be_focused()
    keys.press("ArrowLeft")
    field = demo_graph.index_of(f"{CONTACT}.{listed[1]}")
    keys.press("d")
    assert contact.settled().state("focus")["node"] == field
    assert contact.state("page") == "lineage"
    keys.press("Escape")
    contact.page.wait_for_selector(".table-page")
    keys.press("j")
    assert contact.settled().state("joinA") == demo_graph.index_of(CONTACT)
    contact.page.go_back()
    contact.page.wait_for_selector(".table-page")
    # A number is no count of steps here.
    keys.press("3")
    assert contact.state("focus")["hops"] == 1
    keys.press("ArrowDown")
    keys.press("Enter")
    assert contact.settled().state("page") == "concepts"
    assert contact.state("focus")["kind"] == "cluster"
    contact.page.go_back()
    contact.page.wait_for_selector(".table-page")
    keys.press("Escape")
    assert contact.settled().state("page") == "start"


def test_a_field_is_marked_in_its_table(
    context: BrowserContext, file: Path, demo_graph: LinkGraph
) -> None:
    """The address of a field opens its table, and D and L are about the field."""
    name = f"{CONTACT}.Email"
    page = Explorer(context.new_page()).opened(file, address(demo_graph, name))
    row = page.page.locator("tr[aria-current=true]")
    expect(row.locator(".open")).to_contain_text("Email")
    expect(row).to_be_in_viewport()
    page.page.keyboard.press("l")
    assert page.settled().state("page") == "links"
    expect(page.page.locator("h1")).to_contain_text(f"of {name}")
    page.ok()


def test_a_long_table_is_filtered(context: BrowserContext, tmp_path: Path) -> None:
    """Of 501 fields 200 are drawn until all are asked for; one that is in focus is among them."""
    also = [f"crm/wide.c{n:03}" for n in range(500)]
    graph = builders.graph([("crm/wide.email", "shop/u.email", 0.9, "APPROVED")], also=also)
    page = explorer(context, graph, tmp_path, address=address(graph, "crm/wide"))
    rows = page.page.locator(".table-fields tbody tr")
    expect(rows).to_have_count(200)
    assert names(page)[0] == "email"
    box = page.page.get_by_label("Filter by field, type or concept")
    box.fill("c49")
    expect(rows).to_have_count(10)
    expect(page.page.locator(".table-bar .count")).to_have_text("10 of 501")
    box.fill("nothing")
    expect(page.page.locator(".table-none")).to_contain_text(
        "No field of it fits \u201cnothing\u201d"
    )
    page.page.get_by_role("button", name="Show all", exact=True).click()
    expect(rows).to_have_count(200)
    page.page.get_by_role("button", name="Show all 501 fields").click()
    expect(rows).to_have_count(501)
    page.ok()
    marked = page.page.locator("tr[aria-current=true]")
    page.page.keyboard.press("/")
    page.page.keyboard.type("crm wide c499")
    page.page.keyboard.press("Enter")
    expect(marked).to_contain_text("c499")
    page.settled()
    expect(marked).to_be_in_viewport()
    page.ok()
    other = explorer(context, graph, tmp_path, address=address(graph, "crm/wide.c498"))
    expect(other.page.locator("tr[aria-current=true]")).to_be_in_viewport()
    other.ok()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("crm/t.email", "shop/u.email", 0.9)], "2 fields. No link touches it."),
        (
            [("crm/t.email", "crm/u.email", 0.9), ("crm/t.id", "crm/one.id", 0.01)],
            "2 fields, none in",
        ),
        ([("crm/one.email", "crm/u.email", 0.9)], "1 of 2 fields is in a concept, none shared"),
    ],
)
def test_tables_with_little_to_show(
    context: BrowserContext, tmp_path: Path, rows: list[builders.Row], said: str
) -> None:
    """No link, none that joins, or one system alone: a sentence says so, and all can be opened."""
    graph = builders.graph(rows, also=["crm/one.email", "crm/one.id"])
    page = explorer(context, graph, tmp_path, address=address(graph, "crm/one"))
    expect(page.page.locator(".table-top .secondary")).to_contain_text(said)
    page.page.locator(".table-fields .open").last.click()
    assert page.settled().state("page") == "concepts"
    expect(page.page.locator("h1")).to_have_count(1)
    page.ok()


def test_leaving_a_table_that_was_opened_by_its_address(
    context: BrowserContext, file: Path, demo_graph: LinkGraph
) -> None:
    """Back leads to Start, where nothing lies before it."""
    page = Explorer(context.new_page()).opened(file, address(demo_graph, CONTACT))
    page.page.get_by_role("button", name="Back").click()
    assert page.settled().state("page") == "start"
    page.ok()


def test_on_a_phone_it_is_a_list(
    context: BrowserContext, file: Path, demo_graph: LinkGraph
) -> None:
    """No text is small or cut, no head of columns, and buttons are large enough for a finger."""
    page = Explorer(context.new_page())
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.opened(file, address(demo_graph, CONTACT))
    expect(page.page.locator(".table-fields thead")).to_be_hidden()
    expect(page.page.locator(".table-ask").first).to_contain_text("to review")
    small = page.page.evaluate(
        "[...document.querySelectorAll('.table-acts button, .table-ask, .table-line')]"
        ".filter((one) => one.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    wide = page.page.evaluate(
        "(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)"
        "(document.querySelector('#content'))"
    )
    assert wide <= 0
    page.ok()


def test_a_table_of_a_notebook(context: BrowserContext, demo_graph: LinkGraph) -> None:
    """Python opens it as a table, and reads which one is open."""
    w = explore(demo_graph)
    shown = Notebook(context, w)
    shown.page.set_viewport_size({"width": 960, "height": 480})
    shown.settled()
    w.goto(CONTACT)
    shown.settled()
    assert shown.ask("h.state().page") == "table"
    shown.frame.locator(".table-side .table-line").first.click()
    shown.settled()
    assert w.selection is not None
    assert w.selection != demo_graph.node(CONTACT)


def test_another_score_to_join_from_is_said(contact: Explorer) -> None:
    """The concepts of its fields depend on it."""
    contact.ask("h.set({threshold: 0.9})")
    expect(contact.page.get_by_role("note")).to_contain_text("Joined from 0.90, not 0.10.")
