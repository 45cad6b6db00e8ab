"""Tests that nobody is kept out: axe-core in every state, and a whole session without a pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hummgraph.algorithms.paths.paths import strongest_path
from tests.support.browsing import Explorer, explorer, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

    from hummgraph.graph.linkgraph import LinkGraph


def check(page: Explorer, *rules: str) -> None:
    """Fail on anything that axe-core finds by some rules or by all; serious or not."""
    options = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    # Rows of a table are alike: some are looked at.
    context: Any = {"exclude": [[".tables tbody tr:nth-child(n+9)"]]}
    found: Any = Axe().run(page.settled().page, context=context, options=options)
    assert len(found.response["passes"]) > (0 if rules else 15)
    assert [
        (one["id"], one["impact"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
    ] == []


def check_themes(page: Explorer) -> None:
    """Check a page in light and in dark: whatever the theme, all but the colours is the same."""
    page.ask("h.set({theme: 'dark'})")
    check(page, "color-contrast")
    page.ask("h.set({theme: 'light'})")
    check(page)


@pytest.fixture
def demo(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> Explorer:
    """The bundled organisation."""
    return explorer(context, demo_graph, tmp_path)


STATES = {
    "opened": "{}",
    "systems": "{level: 0}",
    "matrix": "{level: 0, layout: 'matrix'}",
    "columns": "{level: 2}",
    "node": "{focus: {kind: 'both', node: 30, hops: 2}}",
    "link": "{focus: {kind: 'link', link: 3}}",
    "cluster": "{focus: {kind: 'cluster', member: h.labels().indexOf(3)}}",
    "path": "{focus: {kind: 'path', from: 100, to: 400}}",
    "line": "{focus: {kind: 'line', source: 0, target: 1}}",
    "contradiction": "{focus: {kind: 'link', link: h.view().contradictions[0].link}}",
    "links": "{tab: 'links'}",
    "clusters": "{tab: 'clusters'}",
    "nodes": "{tab: 'nodes'}",
    "decisions": "{tab: 'decisions'}",
    "search": "{search: 'email'}",
}


# States with colours that no other has.
COLOURED = ["opened", "matrix", "node", "contradiction", "cluster", "path", "links", "clusters"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(demo: Explorer, theme: str) -> None:
    """In no state of the page, neither in light nor in dark."""
    # Whatever the theme, all but the colours is the same.
    rules = ["color-contrast"] if theme == "dark" else []
    plain = "{level: 1, layout: 'lanes', focus: null, tab: null, search: ''}"
    demo.filters()
    for name in COLOURED if rules else STATES:
        demo.ask(f"h.set({{...{plain}, ...{STATES[name]}, theme: x}})", theme)
        check(demo, *rules)
    demo.page.locator(".menu > button").click()
    check(demo, *rules)
    demo.page.keyboard.press("Escape")
    demo.ask("h.decide(h.view().pack.linkId(3), 'APPROVED')")
    check(demo, *rules)
    demo.page.get_by_role("button", name="Help").click()
    check(demo, *rules)


PAGES = {
    "start": "#p=start",
    "concepts": "#p=concepts",
    "concept": "#p=concepts&f=cluster:{member}",
    "review": "#p=review",
    "link": "#p=review&f=link:{link}",
    "links": "#p=links",
    "none": "#p=links&min=0.999&s=SUGGESTED,APPROVED",
    "map": "#p=map",
    "matrix": "#p=map&l=matrix",
    "pair": "#p=map&f=pair:{pair}",
    "two tables": "#p=map&f=line:{tables}",
    "table": "#p=table&f=near:{table}:1",
    "field": "#p=table&f=near:{member}:1",
    "tables": "#p=tables",
    "lineage": "#f=down:{member}:2",
    "both sides": "#f=both:{table}:1&more={member}",
    "no lineage": "#p=lineage",
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """A page of the bundled organisation."""
    return page_of(demo_graph, tmp_path_factory.mktemp("access") / "demo.html")


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, file: Path, demo_graph: LinkGraph, width: int
) -> None:
    """Each page as it opens, with the search and the help open; one title, nothing beyond it."""
    names = {
        "member": demo_graph.node("Stripe/customers.email").node_id,
        "table": demo_graph.node("Stripe/customers").node_id,
        "link": next(iter(demo_graph.links))["link_id"],
        "pair": ":".join(demo_graph.node(name).node_id for name in ("HubSpot", "Salesforce")),
        "tables": ":".join(
            demo_graph.node(name).node_id for name in ("HubSpot/contacts", "Salesforce/Lead")
        ),
    }
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = Explorer(context.new_page()).opened(file)
        for name, address in PAGES.items():
            page.page.evaluate("(to) => { location.hash = to; }", address.format(**names))
            check_themes(page)
            n_titles = page.page.locator("h1").count()
            assert n_titles == 1, name
            wide = page.page.evaluate(
                "[document.documentElement, document.querySelector('#content')]"
                ".map((one) => one.scrollWidth - one.clientWidth)"
            )
            assert max(wide) <= 0, name
        for text in ("", "customer email", "emial", "zebra"):
            page.ask("h.set({search: x})", text)
            page.page.keyboard.press("/")
            expect(page.page.locator(".found")).to_be_visible()
            check_themes(page)
            page.page.keyboard.press("Escape")
            expect(page.page.locator(".found")).to_have_count(0)
            page.settled()
        page.page.keyboard.press("?")
        expect(page.page.get_by_role("dialog")).to_be_visible()
        check_themes(page)


@pytest.mark.parametrize(
    "address",
    ["#p=start", "#p=concepts", "#p=review", "#p=links", "#p=map", "#p=tables", "#p=lineage"],
)
def test_few_stops_before_the_content(context: BrowserContext, file: Path, address: str) -> None:
    """The first stop of Tab leads to the content; those of the head are few."""
    page = Explorer(context.new_page()).opened(file, address)
    page.page.keyboard.press("Tab")
    assert "To content" in focused(page)
    controls = page.page.evaluate_handle(CONTROLS)
    n_before = controls.evaluate(
        "(all) => { const content = document.querySelector('#content'); return all.filter((one) =>"
        " one.compareDocumentPosition(content) & Node.DOCUMENT_POSITION_FOLLOWING).length; }"
    )
    assert n_before <= 9
    inside = "document.querySelector('#content').contains(document.activeElement)"
    page.page.reload()
    page.page.wait_for_selector("html[data-ready]")
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    assert page.page.evaluate(inside)


def test_keys_open_pages_and_say_so(context: BrowserContext, file: Path) -> None:
    """From Start by keys alone: the title has the keyboard, is said, and Escape leads back."""
    page = Explorer(context.new_page()).opened(file, "#p=start")
    told = page.page.locator("#app > .page > [role=status]")
    for key, opened, name in (
        ("c", "concepts", "Concepts"),
        ("n", "review", "Review"),
        ("l", "links", "Links"),
    ):
        page.page.keyboard.press(key)
        assert page.settled().state("page") == opened
        assert page.page.title().startswith(name)
        expect(told).to_have_text(name)
        expect(page.page.locator("h1")).to_be_focused()
    # None acts while typing.
    page.page.keyboard.press("/")
    page.page.keyboard.type("cnl?")
    assert page.state("page") == "links"
    expect(page.page.locator("#search")).to_have_value("cnl?")
    page.page.keyboard.press("Escape")
    page.settled()
    for opened in ("review", "concepts", "start"):
        page.page.keyboard.press("Escape")
        page.page.wait_for_selector(f".on-{opened}")
        assert page.settled().state("page") == opened
    page.ok()


def test_axe_finds_what_is_wrong(demo: Explorer) -> None:
    """It would: a button without a name is found."""
    demo.page.evaluate("document.querySelector('.head').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match="button-name"):
        check(demo)


def test_axe_finds_nothing_in_what_is_told(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """In a result, in a list of matches, in a question, and in what went wrong."""
    found = strongest_path(demo_graph, "Stripe/customers.email", "Zendesk/users.email")
    page = explorer(context, found, tmp_path)
    check(page)
    page.node("Stripe/customers.email")
    check(page)
    page.page.get_by_role("button", name="Path to").click()
    expect(page.page.locator(".prompt")).to_be_visible()
    check(page)
    page.page.get_by_label("File of decisions").set_input_files(
        {"name": "d.json", "mimeType": "application/json", "buffer": b"{"}
    )
    expect(page.page.get_by_role("alert")).to_contain_text("not JSON")
    check(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_narrow_screen(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph, scheme: Any
) -> None:
    """With each sheet open, of whatever is looked at, in either colour scheme of the system."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme
    ) as context:
        ends = "Stripe/customers.email", "Zendesk/users.email"
        page = explorer(context, strongest_path(demo_graph, *ends), tmp_path)
        rules = ["color-contrast"] if scheme == "dark" else []
        check(page, *rules)
        sheets = page.page.get_by_role("navigation", name="Panels")
        sheets.get_by_role("button", name="Filters").click()
        expect(page.page.locator(".filters")).to_be_visible()
        check(page, *rules)
        sheets.get_by_role("button", name="Details").click()
        for name in ("link",) if rules else ("node", "link", "cluster", "path"):
            page.ask(f"h.set({STATES[name]})")
            expect(page.page.locator(".details h2")).to_be_visible()
            check(page, *rules)
        sheets.get_by_role("button", name="Table").click()
        every = ("Links", "Concepts", "Systems, tables, fields", "Decisions")
        for tab in every[:2] if rules else every:
            page.page.get_by_role("tab", name=tab).click()
            check(page, *rules)
        page.page.locator(".menu > button").click()
        check(page, *rules)


def focused(page: Explorer) -> str:
    """Return what has the keyboard: its role or name, and its label."""
    told: str = page.page.evaluate(
        "(() => { const one = document.activeElement;"
        " return `${one.localName} ${one.id} ${one.getAttribute('aria-label') ?? ''}"
        " ${one.innerText?.slice(0, 40) ?? ''}`; })()"
    )
    return told


# What Tab should reach: all that can be acted on, where it can be seen.
CONTROLS = """() => [...document.querySelectorAll(
  "#app :is(button, input, select, textarea, summary, [tabindex])")]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility())"""


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_tab_goes_round(demo: Explorer, key: str) -> None:
    """Every control is reached and left, either way, and shows that it has the keyboard."""
    demo.ask("h.set({focus: {kind: 'link', link: 3}, tab: 'links'})")
    demo.filters()
    controls = demo.page.evaluate_handle(CONTROLS)
    n_controls = controls.evaluate("(all) => all.length")
    assert n_controls > 50
    reached = set()
    left = 0
    for _ in range(n_controls + 20):
        demo.page.keyboard.press(key)
        at, outlined = controls.evaluate(
            """(all) => {
              const one = document.activeElement;
              const label = one.closest("label, tr");
              const shows = ({ outlineStyle, outlineWidth, boxShadow }) =>
                (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
              const styles = [one, ...(label ? [label] : [])].map((it) => getComputedStyle(it));
              return [all.indexOf(one), one === document.body || styles.some(shows)];
            }"""
        )
        assert outlined, focused(demo)
        reached.add(at)
        left += focused(demo).startswith("body")
        if left and len(reached) > n_controls:
            break
    missed = controls.evaluate(
        "(all, reached) => all.filter((_, n) => !reached.includes(n)).map((one) => one.outerHTML)",
        sorted(reached),
    )
    assert missed == []


def tab_to(page: Explorer, wanted: str, *, most: int = 120) -> None:
    """Press Tab until something has the keyboard."""
    for _ in range(most):
        if wanted in focused(page):
            return
        page.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


@pytest.fixture
def watched(demo: Explorer) -> Iterator[Explorer]:
    """The same, and no complaint when the test has ended."""
    yield demo
    demo.ok()


def test_looking_without_a_pointer(watched: Explorer, demo_graph: LinkGraph) -> None:
    """Follow, walk the picture, filter, go back: all of it by keyboard."""
    keys = watched.page.keyboard
    watched.node("Salesforce/Contact.Email")
    watched.page.locator("#stage").focus()
    keys.press("u")
    assert watched.state("focus")["kind"] == "up"
    keys.press("4")
    assert watched.state("focus")["hops"] == 4
    watched.settled()
    # The picture is walked with arrows; what has the cursor is told.
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    said = watched.page.locator("#stage [aria-live]")
    expect(said).not_to_be_empty()
    told = said.inner_text()
    keys.press("Enter")
    watched.settled()
    at = demo_graph.node(watched.state("focus")["node"]).path
    assert f" {at}, " in told
    tab_to(watched, "button   Filters")
    keys.press("Enter")
    tab_to(watched, "input threshold")
    keys.press("End")
    assert watched.state("threshold") == 1
    keys.press("Home")
    assert watched.state("threshold") == 0
    # And back: the filters are closed first, then it goes as far as the first thing.
    keys.press("Escape")
    expect(watched.page.locator(".filters")).to_have_count(0)
    for hops in (4, 3, 1):
        keys.press("Escape")
        watched.settled()
        expect(watched.page.locator(".details h2")).to_be_visible()
        assert watched.state("focus")["hops"] == hops
    keys.press("Escape")
    expect(watched.page.locator(".details")).to_have_count(0)


def test_other_end_of_a_path_from_a_table(watched: Explorer, demo_graph: LinkGraph) -> None:
    """Whatever is chosen while it is asked for is it; Escape stops asking."""
    watched.node("Stripe/customers.email")
    begin = demo_graph.index_of("Stripe/customers.email")
    keys = watched.page.keyboard
    tab_to(watched, "Path to")
    keys.press("Enter")
    expect(watched.page.locator(".prompt")).to_be_visible()
    keys.press("Escape")
    expect(watched.page.locator(".prompt")).to_have_count(0)
    assert watched.state("focus")["node"] == begin
    keys.press("p")
    keys.press("t")
    tab = watched.page.get_by_role("tab", name="Systems, tables, fields")
    tab.focus()
    keys.press("Enter")
    expect(tab).to_have_attribute("aria-selected", "true")
    tab_to(watched, "Filter rows")
    keys.type("zendesk/users.email")
    expect(watched.page.locator(".table-tools [role=status]")).to_contain_text("of 1")
    tab_to(watched, "tr ")
    keys.press("Enter")
    end = demo_graph.index_of("Zendesk/users.email")
    assert watched.state("focus") == {"kind": "path", "from": begin, "to": end}


def test_what_opens_has_the_keyboard_at_once(watched: Explorer) -> None:
    """No key that is pressed as soon as something opens goes elsewhere."""
    for name, opened in (("Help", "dialog"), ("Save", "[role=menu]")):
        watched.page.get_by_role("button", name=name).focus()
        has_it = watched.page.evaluate(
            "(opened) => new Promise((resolve) => {"
            " const watch = new MutationObserver(() => {"
            "  const one = document.querySelector(opened);"
            "  if (one) { watch.disconnect(); resolve(one.contains(document.activeElement)); }"
            " });"
            " watch.observe(document.body, {childList: true, subtree: true});"
            " document.activeElement.click();"
            "})",
            opened,
        )
        assert has_it, name
        watched.page.keyboard.press("Escape")
        expect(watched.page.locator(opened)).to_have_count(0)


def test_keyboard_is_not_lost(watched: Explorer) -> None:
    """A box over the page returns the keyboard to the part that opened it."""
    keys = watched.page.keyboard
    for name in ("Help", "Save"):
        button = watched.page.get_by_role("button", name=name)
        button.focus()
        keys.press("Enter")
        opened = watched.page.get_by_role("dialog" if name == "Help" else "menu")
        expect(opened).to_be_visible()
        assert opened.evaluate("(one) => one.contains(document.activeElement)")
        keys.press("Escape")
        expect(opened).to_be_hidden()
        expect(button).to_be_focused()
    # What is looked at is closed, and with it the button that had the keyboard.
    watched.node("Stripe/customers")
    close = watched.page.get_by_role("button", name="Close details")
    close.focus()
    keys.press("Enter")
    expect(close).to_have_count(0)
    expect(watched.page.locator("#stage")).to_be_focused()


def test_deciding_without_a_pointer(watched: Explorer) -> None:
    """Read tables, decide, take out, undo, ask for help: all of it by keyboard."""
    keys = watched.page.keyboard
    keys.press("t")
    tab_to(watched, "tab-links")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    assert watched.state("tab") == "nodes"
    keys.press("ArrowLeft")
    keys.press("ArrowLeft")
    assert watched.state("tab") == "links"
    tab_to(watched, "tr ")
    keys.press("ArrowDown")
    keys.press("Enter")
    assert watched.state("focus")["kind"] == "link"
    tab_to(watched, "Approve")
    pressed = watched.page.locator(".details [aria-pressed=true]").count()
    keys.press("Tab")
    keys.press("Enter")
    expect(watched.saving).to_contain_text("1 decision")
    assert watched.page.locator(".details [aria-pressed=true]").count() >= pressed
    tab_to(watched, "button   Save")
    keys.press("Enter")
    expect(watched.page.get_by_role("menuitem").first).to_be_focused()
    for _ in range(6):
        keys.press("ArrowDown")
    with watched.page.expect_download() as caught:
        keys.press("Enter")
    assert caught.value.suggested_filename == "decisions.jsonl"
    keys.press("Control+z")
    expect(watched.saving).to_have_count(0)
    keys.press("?")
    expect(watched.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(watched.page.get_by_role("dialog")).to_be_hidden()


def test_what_happens_is_told(demo: Explorer) -> None:
    """A screen reader hears what was decided and how much is shown."""
    demo.node("Salesforce/Contact.Email")
    told = demo.page.locator("#app > .page > [role=status]")
    demo.ask("h.decide(h.view().pack.linkId(3), 'REJECTED')")
    expect(told).to_have_text("Link is rejected now.")
    expect(demo.page.locator(".counts [role=status]")).to_contain_text("looked at")


def test_movement_can_be_left_out(browser: Browser, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """Whoever wants less motion gets to a place at once."""
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    ) as context:
        page = explorer(context, demo_graph, tmp_path)
        page.settled()
        at_once = page.page.evaluate(
            "() => { const h = window.hummgraph; h.picture.zoom(2);"
            " const near = h.picture.placeOf(30);"
            " return new Promise((done) => setTimeout(() => {"
            " const later = h.picture.placeOf(30);"
            " done(JSON.stringify(near) === JSON.stringify(later)); }, 400)); }"
        )
        assert at_once


def test_quick_typing_is_kept(demo: Explorer) -> None:
    """Letters that come faster than the page is drawn are there, and Enter takes their match."""
    demo.node("Stripe/customers.email")
    demo.settled()
    written = demo.page.evaluate(
        """async () => {
          const box = document.querySelector("#search");
          box.select();
          for (const letter of "zendesk/users.email") {
            document.execCommand("insertText", false, letter);
            for (let n = 0; n < 9; n += 1) await null; // what is due before the next event
          }
          return box.value;
        }"""
    )
    assert written == "zendesk/users.email"
    demo.page.keyboard.press("Enter")
    expect(demo.page.locator(".details h2")).to_contain_text("users email")
