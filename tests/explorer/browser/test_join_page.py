"""Tests of the page that joins two tables, driven as a person would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import hummgraph
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.export import write
from tests.explorer.browser.test_access import check
from tests.explorer.browser.test_model import positions
from tests.support.browsing import Explorer, explorer, hostile
from tests.support.builders import graph, uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.algorithms.joins.path import JoinPaths
    from hummgraph.graph.linkgraph import LinkGraph
    from tests.support.builders import Row

A, B, U = "Stripe/customers", "Zendesk/tickets", "Zendesk/users"


@pytest.fixture(scope="module")
def found(demo_graph: LinkGraph) -> JoinPaths:
    """Ways between customers and tickets."""
    return join_paths(demo_graph, A, B, k=12)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, found: JoinPaths) -> Path:
    """The page of these ways."""
    return write(found, tmp_path_factory.mktemp("join") / "join.html")


@pytest.fixture
def page(context: BrowserContext, file: Path) -> Iterator[Explorer]:
    """The page as it opens; no complaint when the test has ended."""
    opened = Explorer(context.new_page()).opened(file, "")
    yield opened
    opened.ok()


def test_a_result_opens_on_its_ways(
    context: BrowserContext, page: Explorer, found: JoinPaths
) -> None:
    """The best is large; each has its query, which is copied whole by a key."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.page.locator("#join-found")).to_have_text(f"{len(found)} ways to join them")
    assert page.page.locator(".join-box").count() == len(found.paths[0].tables)
    for at, way in enumerate(found.paths[:2]):
        page.page.keyboard.press("y")
        expect(page.page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.page.evaluate("navigator.clipboard.readText()")
        assert copied == way.to_sql(dialect="snowflake")
        if at == 0:
            page.page.keyboard.press("j")
            page.page.keyboard.press("j")
            page.page.keyboard.press("Enter")
            expect(page.page.locator(".join-large .join-number")).to_have_text("2")
            assert page.state("way") == 1
    page.page.get_by_label("Dialect").select_option("bigquery")
    page.page.get_by_role("button", name="more column").click()
    shown = page.page.get_by_label("Query", exact=True).last.inner_text().strip()
    assert shown == found.paths[1].to_sql(dialect="bigquery").strip()


def test_decisions_since_are_said(page: Explorer, found: JoinPaths) -> None:
    """A way over a link that is rejected now is last, has no query, and comes back by undoing."""
    (link,) = [one for one in found.paths[0].chains[-1] if one.status == "SUGGESTED"][:1]
    title = page.page.locator(".join-large h3").inner_text()
    page.ask("h.decide(x, 'APPROVED')", link.link_id)
    expect(page.page.locator(".join-since")).to_contain_text("Found before your decisions")
    page.ask("h.decide(x, 'REJECTED')", link.link_id)
    expect(page.page.locator(".join-large h3")).not_to_have_text(title)
    expect(page.page.locator(".join-large.is-broken")).to_have_count(0)
    page.page.get_by_role("button", name="more group").click()
    page.page.locator(".join-row.is-broken").last.click()
    expect(page.page.locator(".join-since")).to_contain_text("This way holds no more")
    expect(page.page.locator(".join-code")).to_have_count(0)
    page.ask("h.decide(x, '')", link.link_id)
    page.ask("h.set({way: 0})")
    expect(page.page.locator(".join-large h3")).to_have_text(title)


def test_tables_are_chosen_by_keyboard(page: Explorer, demo_graph: LinkGraph) -> None:
    """Swapped, chosen anew, and a pair without ways has lines to copy; Back leads back."""
    page.page.get_by_role("button", name="Swap").click()
    assert page.state("joinA") == demo_graph.index_of(B)
    expect(page.page.locator(".join-box").first).to_contain_text("tickets")
    page.page.get_by_role("button", name="Second table").focus()
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_role("combobox", name="Second table")).to_be_focused()
    page.page.keyboard.type("hubspot forms")
    page.page.keyboard.press("Enter")
    assert page.state("joinB") == demo_graph.index_of("HubSpot/forms")
    line = f'hg.join_paths(graph, "{B}", "HubSpot/forms")'
    expect(page.page.locator(".copy-line code").get_by_text(line, exact=True)).to_be_visible()
    page.page.go_back()
    expect(page.page.locator(".join-large")).to_be_visible()


def test_the_reader_chooses_which_column(
    context: BrowserContext, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """The page of an organisation asks which user of a ticket; the answer stays in the address."""
    users, tickets = (demo_graph.node(f"Zendesk/{name}").node_id for name in ("users", "tickets"))
    page = explorer(context, demo_graph, tmp_path, address=f"#p=join&a={users}&b={tickets}")
    expect(page.page.locator(".join-choice")).to_contain_text("Which user of a ticket?")
    page.page.get_by_role("button", name="assignee_id").press("Enter")
    expect(page.page.locator(".join-code")).to_contain_text('t2."assignee_id"')
    expect(page.page).to_have_url(re.compile("&end="))
    page.page.get_by_role("button", name="Keys only").press("Enter")
    page.page.get_by_role("button", name="Approved only").press("Enter")
    expect(page.page.locator("#join-found")).to_contain_text("4 of 5 ways to join them")
    expect(page.page).to_have_url(re.compile("&keys=only&approved=only"))
    check(page)
    # What joins two tables directly is said though no ways are packed.
    page.ask("h.set({joinA: x[0], joinB: x[1], approvedOnly: false})", ends_of(demo_graph, A, U))
    expect(page.page.locator("#join-direct")).to_have_text("Linked directly, by 1 pair of fields")
    line = page.page.locator(".join-direct .copy-line code").inner_text()
    sql = eval(line, {"hg": hummgraph, "graph": demo_graph})  # noqa: S307 - the page's own line
    assert sql.endswith('ON t1."phone" = t2."phone"')
    check(page)
    page.page.locator(".join-direct li button").press("Enter")
    assert page.state("page") == "review"
    page.ok()


def ends_of(graph: LinkGraph, one: str, other: str) -> list[int]:
    """Return the positions of two tables."""
    return [graph.index_of(one), graph.index_of(other)]


def test_a_way_warns_of_a_rejection(context: BrowserContext, tmp_path: Path) -> None:
    """Its row and its picture say what was rejected as the same, and lead to the link."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9),
        ("a/t.home_email", "b/u.home_email", 0.9),
        ("b/u.email", "a/t.email", 0.7, "REJECTED"),
    ]
    found = join_paths(graph(rows), uid("a/t"), uid("b/u"))
    page = explorer(context, found, tmp_path, address="")
    at = next(at for at, path in enumerate(found) if path.rejected)
    assert at == len(found) - 1
    (link, *_) = found.paths[at].rejected
    pill = page.page.locator(".join-row .pill.is-warning").first
    expect(pill).to_contain_text("rejected as the same")
    pill.click()
    warning = page.page.locator(".join-since.is-warning").first
    expect(warning).to_contain_text(
        f"Rejected as the same: {link.source_path} and {link.target_path}."
    )
    check(page)
    warning.get_by_role("button").press("Enter")
    place = positions(found.paths[at].graph)[link.link_id]
    assert page.state("focus") == {"kind": "link", "link": place}
    page.ok()


def test_ways_that_are_not_approved_are_shown_on_request(page: Explorer) -> None:
    """The page says that none is, and all come back."""
    page.ask("h.set({approvedOnly: true})")
    title = page.page.locator("#join-found, .join-none h2")
    expect(title).not_to_have_text("12 ways to join them")
    page.page.get_by_role("button", name="Approved only").press("Enter")
    expect(title).to_have_text("12 ways to join them")


def test_a_way_keeps_its_number(page: Explorer, found: JoinPaths) -> None:
    """Whatever is left out; and rows say which steps are no single links."""
    shown = page.page.locator(".join-large, .join-row")

    def numbered() -> set[str]:
        texts = page.page.locator(".join-number").all_inner_texts()
        return {text.split()[-1] for text in texts}

    button = page.page.get_by_role("button", name="more group")
    if button.count():
        button.click()
    every = numbered()
    assert len(every) == shown.count()
    assert any(len(chain) > 1 for chain in found.paths[0].chains)
    expect(shown.first).to_contain_text("by way of 1 field")
    expect(page.page.locator(".join-row", has_text="by way of").first).to_be_visible()
    page.page.get_by_role("button", name="Approved only").click()
    expect(shown).not_to_have_count(len(every))
    kept = numbered()
    assert len(kept) == shown.count()
    assert kept < every
    assert "1" not in kept


def test_the_bar_says_what_is_shown(page: Explorer, found: JoinPaths) -> None:
    """Ways of keys only are called so, and nothing is ticked that is off."""
    assert max(way.key for way in found.paths) <= 1
    expect(page.page.get_by_role("button", name="Keys only")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.page.get_by_role("button", name="Anything equal")).to_be_disabled()
    expect(page.page.locator(".join-tick")).to_have_text("")
    page.page.get_by_role("button", name="Approved only").press("Enter")
    expect(page.page.locator(".join-tick")).to_have_text("\u2713")


def test_a_stopped_search_denies_nothing(
    context: BrowserContext, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """It says that it stopped, and has the line that finds what is asked for."""
    stopped = join_paths(demo_graph, A, B, k=5, max_work=6000)
    assert stopped.stopped_at is not None
    page = Explorer(context.new_page()).opened(write(stopped, tmp_path / "stopped.html"), "")
    assert len(stopped) == 1
    page.ask("h.set({approvedOnly: true})")
    expect(page.page.locator(".join-none h2")).to_have_text(
        "The one way found is not approved in every step"
    )
    shown = page.page.locator(".join-none, .join-columns")
    expect(shown).to_contain_text("Stopped after 6,000 tries")
    expect(shown).not_to_contain_text("(max_work)")
    approved = demo_graph.where(status="APPROVED")
    line = f'hg.join_paths(graph.where(status="APPROVED"), "{A}", "{B}", max_work=10_000_000)'
    expect(page.page.locator(".join-none code").first).to_have_text(line)
    whole = join_paths(approved, A, B, max_work=10_000_000)
    assert len(whole) > 0
    assert whole.stopped_at is None
    page.ok()


def test_a_join_without_keys_is_plain(
    context: BrowserContext, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """What is wrong is said once, without words of Python outside its line."""
    found = join_paths(demo_graph, "HubSpot/forms", "Zendesk/organizations")
    assert found.other is not None
    page = Explorer(context.new_page()).opened(write(found, tmp_path / "none.html"), "")
    text = page.page.locator(".join-ways").inner_text()
    assert text.count("No way identifies rows") == 1
    assert text.count("Stopped after") == int(found.stopped_at is not None)
    assert "max_work" not in text
    assert text.count("keys=") == 1
    page.ok()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Explorer, theme: str, width: int) -> None:
    """With ways and without, as wide as the window."""
    page.page.set_viewport_size({"width": width, "height": 844})
    page.ask("h.set({theme: x})", theme)
    for change in ("{}", "{joinA: 7, joinB: -1}", "{joinA: 7, joinB: 8}"):
        page.ask(f"h.set({change})")
        check(page)
        content = page.page.locator("#content")
        assert content.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0


def test_hostile_names_run_nothing(context: BrowserContext, tmp_path: Path) -> None:
    """In pickers, ways, queries and lines to copy."""
    graph = hostile()
    page = explorer(context, graph, tmp_path, address="#p=join")
    first, last = graph.arrays.nodes.first[[1, 2]].tolist()
    page.page.get_by_label("First table").click()
    page.settled()
    for table in range(first + 1, min(last, first + 12)):
        page.ask("h.set({page: 'join', joinA: x[0], joinB: x[1]})", [first, table])
        page.settled()
    page.ok()


@pytest.mark.parametrize("side", ["First table", "Second table"])
def test_two_tables_typed_fill_both_sides(page: Explorer, demo_graph: LinkGraph, side: str) -> None:
    """In the order of the text, from either picker, and as soon as Enter is pressed."""
    page.page.get_by_role("button", name=side).click()
    box = page.page.get_by_role("combobox", name=side)
    box.fill("zendesk users hubspot contacts")
    options = page.page.locator(".join-option")
    expect(options).to_have_count(1)
    expect(options).to_contain_text(re.compile("Zendesk users.*and.*HubSpot contacts"))
    box.press("Enter")
    wanted = [demo_graph.index_of(name) for name in ("Zendesk/users", "HubSpot/contacts")]
    assert [page.state("joinA"), page.state("joinB")] == wanted
    page.ok()


@pytest.mark.parametrize("text", ["hubspot contacts", "contact hubspot"])
def test_pickers_rank_as_the_search(page: Explorer, text: str) -> None:
    """The words of a name in any order, whatever is linked already."""
    page.page.get_by_role("button", name="Second table").click()
    page.page.get_by_role("combobox", name="Second table").fill(text)
    tables = page.ask(
        "h.search(x, 99).places.filter(({kind}) => kind === 'table').map(({text}) => text)", text
    )
    assert "HubSpot/contacts" in tables
    for at, table in enumerate(tables):
        option = page.page.locator(".join-option .join-place").nth(at)
        expect(option).to_have_text(table.replace("/", " "))
