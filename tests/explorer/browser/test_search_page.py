"""Tests of the search: what it finds, what each key does with it, and what it says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import Clusters, cluster
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.browsing import Explorer, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

EMAIL = "Stripe/customers.email"


@pytest.fixture(scope="module")
def clusters(demo_graph: LinkGraph) -> Clusters:
    """The concepts of the bundled organisation."""
    return cluster(demo_graph)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """A page of the bundled organisation."""
    return page_of(demo_graph, tmp_path_factory.mktemp("search") / "demo.html")


@pytest.fixture
def start(context: BrowserContext, file: Path) -> Iterator[Explorer]:
    """The page as it opens; no complaint when the test has ended."""
    page = Explorer(context.new_page()).opened(file, "")
    yield page
    page.ok()


def typed(page: Explorer, text: str) -> Locator:
    """Open the search by its key and type; return the lines that are found."""
    page.page.keyboard.press("/")
    page.page.keyboard.type(text)
    page.settled()
    return page.page.locator("#matches [role=option]")


def test_concepts_come_first_with_the_matching_parts_marked(
    start: Explorer, clusters: Clusters
) -> None:
    """By any order, case, separator and plural; each says how much it holds."""
    names = {one.name: one for one in clusters}
    for text in ("customer e-mail", "EMAIL customers", "customer_email"):
        lines = typed(start, text)
        first = lines.first
        expect(first).to_have_attribute("aria-selected", "true")
        assert "is-concept" in (first.get_attribute("class") or "")
        name = first.locator(".found-name").inner_text()
        found = next(one for known, one in names.items() if name.startswith(known))
        expect(first.locator(".value")).to_contain_text(f"{found.size} fields")
        marks = {text.lower() for text in first.locator("mark").all_inner_texts()}
        assert marks & {"email", "customer_email"}
        fields = start.page.locator("#matches .is-field")
        assert (
            EMAIL.split("/")[1].replace(".", " ") in fields.locator(".found-name").all_inner_texts()
        )
        start.page.keyboard.press("Escape")
        expect(start.page.locator(".found")).to_have_count(0)


@pytest.mark.parametrize("text", ["customer email", "customer's e-mail"])
def test_the_concept_of_the_field_that_was_named_comes_first(
    start: Explorer, clusters: Clusters, text: str
) -> None:
    """The email of a table of customers comes before a concept that is only called so."""
    person = clusters[clusters.cluster_of(EMAIL, missing="raise")]
    first = typed(start, text).first
    expect(first.locator(".found-name")).to_contain_text(person.name)
    expect(first.locator(".value")).to_contain_text(f"{person.size} fields")
    assert "S" not in start.page.locator("#matches mark").all_inner_texts()


def test_enter_opens_the_concept(start: Explorer, clusters: Clusters) -> None:
    """Two acts from anywhere, and the keyboard is in the page that opened; back undoes it."""
    lines = typed(start, EMAIL)
    expect(lines.first).to_be_visible()
    start.page.keyboard.press("Enter")
    expect(start.page.locator(".found")).to_have_count(0)
    assert start.state("page") == "concepts"
    focus = start.state("focus")
    assert focus["kind"] == "cluster"
    label = clusters.cluster_of(EMAIL)
    assert label is not None
    assert clusters.labels[focus["member"]] == label
    name = clusters.names[label]
    start.settled()
    assert name in start.page.title()
    told = start.page.locator("#app > .page > [role=status]")
    expect(told).to_contain_text(name)
    start.page.go_back()
    start.settled()
    assert (start.state("page"), start.state("focus")) == ("start", None)


def test_a_field_of_a_line_opens_its_concept_and_one_in_none_its_table(
    context: BrowserContext, tmp_path: Path
) -> None:
    """A table opens too, and in the picture all is shown there; the foot says so before."""
    graph = builders.graph([("crm/t.email", "shop/u.email", 0.9)], also=["crm/t.note"])
    page = Explorer(context.new_page()).opened(write(graph, tmp_path / "page.html"), "")
    lines = typed(page, "note")
    foot = page.page.locator(".found-foot")
    expect(foot).to_contain_text("show in its table")
    expect(lines.first).to_contain_text("in no concept")
    page.page.keyboard.press("Enter")
    assert page.state("page") == "table"
    assert page.state("focus")["node"] == graph.index_of("crm/t.note")
    page.settled()
    expect(page.page.locator("tr[aria-current=true]")).to_contain_text("note")
    expect(page.page.locator("tr[aria-current=true] button").first).to_be_focused()
    typed(page, "shop u")
    expect(foot).to_contain_text("open the table")
    page.page.keyboard.press("Enter")
    assert page.state("page") == "table"
    assert page.state("focus")["node"] == graph.index_of("shop/u")
    # In the picture whatever is chosen is shown there.
    page.settled().page.get_by_role("button", name="Show in All tables").click()
    page.settled()
    typed(page, "shop u email").last.click()
    assert page.state("page") == "tables"
    assert page.state("focus")["node"] == graph.index_of("shop/u.email")
    page.ok()


def test_what_depends_on_it_and_join_from_here(start: Explorer, demo_graph: LinkGraph) -> None:
    """By Alt while typing, by the letter alone when the cursor keys chose a line."""
    keys = start.page.keyboard
    lines = typed(start, "stripe customers")
    field = lines.filter(has=start.page.locator(".badge-system")).first
    expect(field).to_be_visible()
    keys.press("d")  # still a letter
    expect(start.page.locator("#search")).to_have_value("stripe customersd")
    keys.press("Backspace")
    expect(start.page.locator(".found-foot")).to_contain_text("Alt D")
    expect(field).to_have_attribute("aria-selected", "true")  # it is named whole
    keys.press("ArrowDown")
    while field.get_attribute("aria-selected") != "true":
        keys.press("ArrowDown")
        start.settled()
    expect(start.page.locator(".found-foot")).not_to_contain_text("Alt D")
    keys.press("d")
    assert start.state("focus")["kind"] == "down"
    assert start.state("page") == "lineage"
    start.page.go_back()
    start.settled()
    # A join asks for the other table, and opens the ways.
    start.page.locator("#content").focus()
    typed(start, "Zendesk/tickets")
    expect(start.page.locator("#matches .is-table").first).to_be_visible()
    marked = start.page.locator("#matches [aria-selected=true]")
    expect(marked).to_have_class("found-line is-table")  # a path that is typed whole
    keys.press("Alt+j")
    second = start.page.get_by_label("Second table")
    expect(second).to_be_focused()
    assert start.state("page") == "join"
    assert start.state("joinA") == demo_graph.index_of("Zendesk/tickets")
    keys.type("HubSpot/contacts")
    keys.press("Enter")
    expect(start.page.locator(".join-large")).to_be_visible()
    assert start.state("joinB") == demo_graph.index_of("HubSpot/contacts")


def test_what_depends_on_asks_which(start: Explorer) -> None:
    """D without a subject opens the search for it, which says so; Enter then shows it."""
    start.page.keyboard.press("d")
    expect(start.page.locator(".found-purpose")).to_contain_text("What depends on")
    start.page.keyboard.type("contacts email")
    expect(start.page.locator("#matches .is-concept")).to_have_count(0)
    expect(start.page.locator("#matches [role=option]").first).to_be_visible()
    start.page.keyboard.press("Enter")
    assert start.state("focus")["kind"] == "down"
    assert start.state("page") == "lineage"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("stripe customers email", EMAIL),
        ("StripeCustomersEmail", EMAIL),
        ("stripecustomersemail", EMAIL),
        ("st customers email", EMAIL),
        ("sf contact email", "Salesforce/Contact.Email"),
        ("sa lead email", "Salesforce/Lead.Email"),
    ],
)
def test_a_whole_name_comes_first(
    start: Explorer, demo_graph: LinkGraph, text: str, path: str
) -> None:
    """Apart, written together or by the letters of its system: Enter takes that field."""
    start.page.keyboard.press("d")
    start.page.keyboard.type(text)
    expect(start.page.locator("#matches [role=option]").first).to_be_visible()
    start.page.keyboard.press("Enter")
    assert start.state("focus")["kind"] == "down"
    assert start.state("focus")["node"] == demo_graph.index_of(path)


def test_two_names_offer_why(start: Explorer, demo_graph: LinkGraph) -> None:
    """Two fields that are named one after the other say why they are together."""
    lines = typed(start, "stripe customers email salesforce contact email")
    expect(lines).to_have_count(3)  # the question, and each field alone
    expect(start.page.locator(".found")).to_contain_text("Why together?")
    start.page.keyboard.press("Enter")
    expect(start.page.locator(".why-card .answer")).to_contain_text("in one concept")
    assert start.state("why") == [
        demo_graph.index_of(path) for path in (EMAIL, "Salesforce/Contact.Email")
    ]


def test_two_tables_offer_a_join(start: Explorer, demo_graph: LinkGraph) -> None:
    """Two tables that are named one after the other open as the ways to join them."""
    lines = typed(start, "stripe customers zendesk tickets")
    expect(lines.first).to_contain_text("Join")
    expect(lines.first).to_contain_text("Stripe customers")
    expect(lines).to_have_count(3)
    start.page.keyboard.press("Enter")
    assert start.state("page") == "join"
    assert [start.state("joinA"), start.state("joinB")] == [
        demo_graph.index_of(path) for path in ("Stripe/customers", "Zendesk/tickets")
    ]


def test_parts_of_names_make_no_pair(start: Explorer) -> None:
    """If nothing has the name, the page says so, with the parts that something has."""
    found = start.page.locator(".found")
    for text in ("invoice total", "first name last name"):
        typed(start, text)
        expect(found).to_contain_text(f"Nothing is called \u201c{text}\u201d")
        expect(found).not_to_contain_text("Why together?")
        assert found.get_by_role("button", name="Search").count() >= 2
        start.page.keyboard.press("Escape")


def test_two_concepts_are_both_listed(start: Explorer, clusters: Clusters) -> None:
    """By their names, one after the other."""
    one, other = clusters.names[:2]
    lines = typed(start, f"{one} {other}")
    expect(lines).to_have_count(2)
    assert [line.split(",")[0] for line in lines.locator(".found-name").all_inner_texts()] == [
        one,
        other,
    ]


def test_nothing_is_called_so(start: Explorer) -> None:
    """A typo is understood and said; where nothing is near, there is a way out."""
    lines = typed(start, "emial")
    found = start.page.locator(".found")
    expect(found).to_contain_text("Nothing is called \u201cemial\u201d")
    expect(lines.first.locator("mark").first).to_have_text("email", ignore_case=True)
    found.get_by_role("button", name="email", exact=True).click()
    expect(start.page.locator("#search")).to_have_value("email")
    expect(found).not_to_contain_text("Nothing")
    box = start.page.locator("#search")
    box.fill("zebra email")
    expect(found).to_contain_text("Nothing is called \u201czebra email\u201d")
    expect(found).to_contain_text("Left out: \u201czebra\u201d, which nothing is called.")
    expect(lines.first.locator("mark").first).to_have_text("email", ignore_case=True)
    box.fill("phone numbers")
    expect(found).to_contain_text("No name has all the words. These have 1 of 2.")
    expect(lines.first.locator("mark").first).to_have_text("phone", ignore_case=True)
    found.get_by_role("button", name="Search \u201cnumbers\u201d").click()
    expect(start.page.locator("#search")).to_have_value("numbers")
    box.fill("zebra" * 600)
    expect(found).to_contain_text("zebra\u2026")
    assert len(found.inner_text()) < 400
    box.fill("zebra")
    start.page.keyboard.press("Enter")
    assert start.state("page") == "start"
    found.get_by_role("button", name="See all concepts").click()
    assert start.state("page") == "concepts"


def test_descriptions_are_searched_on_request(context: BrowserContext, tmp_path: Path) -> None:
    """If only a description has the word, the page says so and searches descriptions."""
    place = "crm/t.email"
    catalogue = builders.catalogue([place, "shop/u.email"])
    for entry in catalogue["columns"][:1]:
        entry["description"] = "Used for the newsletter"
    graph = LinkGraph(
        read_links([builders.record(place, "shop/u.email", 0.9)], catalogue=catalogue)
    )
    page = Explorer(context.new_page()).opened(
        write(graph, tmp_path / "page.html", evidence="full"), ""
    )
    typed(page, "newsletter")
    expect(page.page.locator(".found")).to_contain_text("1 description has it.")
    page.page.get_by_role("button", name="Search descriptions too").click()
    expect(page.page.locator("#matches [role=option]").last).to_contain_text("email")
    page.ok()


def test_the_list_is_walked_and_closed(start: Explorer) -> None:
    """Arrow keys go round, more of a long list is asked for, a click elsewhere closes it."""
    lines = typed(start, "id")
    box = start.page.locator("#search")
    expect(lines.last).to_contain_text("more of")
    n = lines.count()
    start.page.keyboard.press("ArrowUp")
    expect(lines.last).to_have_attribute("aria-selected", "true")
    expect(lines.last).to_be_in_viewport()
    assert box.get_attribute("aria-activedescendant") == lines.last.get_attribute("id")
    start.page.keyboard.press("Enter")
    expect(lines.nth(n)).to_be_attached()
    assert start.page.locator("#matches .found-more").first.inner_text().startswith("All ")
    start.page.mouse.click(100, 700)
    expect(start.page.locator(".found")).to_have_count(0)
    assert start.state("page") == "start"
    # Tab alone opens nothing over the page.
    start.page.locator("#content").focus()
    box.focus()
    expect(start.page.locator(".found")).to_have_count(0)
