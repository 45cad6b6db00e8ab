"""Tests of what is printed: whole, within its margins, with its pictures, and without buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.joins.join_paths import join_paths
from tests.support.browsing import Explorer, explorer

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.graph.linkgraph import LinkGraph

MARGIN = 12 / 25.4 * 96
SHEETS = {"portrait": 210 / 25.4 * 96 - 2 * MARGIN, "landscape": 297 / 25.4 * 96 - 2 * MARGIN}
"""Widths of A4 between the margins, in pixels."""

PAGES = {
    "start": "#",
    "concepts": "#p=concepts",
    "concept": "#p=concepts&f=cluster:{field}",
    "review": "#p=review",
    "links": "#p=links",
    "pair": "#f=pair:{one}:{other}",
    "map": "#p=map&l=lanes",
    "matrix": "#p=map&l=matrix",
    "lineage": "#p=lineage&f=down:{field}:2",
    "table": "#p=table&f=near:{field}:1",
    "tables": "#p=tables",
    "join": "#p=join",
}

OUTSIDE = """(width) => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const one = text.parentElement;
    if (!text.data.trim() || one.closest('.visually-hidden, script, style, title')) continue;
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    range.selectNodeContents(text);
    for (const {left, right, width: own} of range.getClientRects()) {
      if (own > 0 && (left < -1 || right > width + 1)) found.push([text.data, left, right]);
    }
  }
  return found;
}"""

CUT = """() => [...document.querySelectorAll('#app *')].filter((one) => {
  const {overflowX, overflowY} = getComputedStyle(one);
  if (!one.checkVisibility() || one.closest('.visually-hidden')) return false;
  const wide = overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1;
  const high = overflowY !== 'visible' && one.scrollHeight > one.clientHeight + 1;
  return (wide || high) && one.textContent.trim() !== '';
}).map((one) => one.className)"""


@pytest.fixture
def demo(context: BrowserContext, demo_graph: LinkGraph, tmp_path: Path) -> Explorer:
    """The demo, in a window of a usual width."""
    return explorer(context, demo_graph, tmp_path)


def printed(page: Explorer, name: str, width: float) -> None:
    """Open a page, and lay it out as on a sheet between its margins."""
    ids = page.ask(
        "(({pack, clusters}) => ({one: pack.nodeId(0), other: pack.nodeId(1),"
        " field: pack.nodeId(clusters.members(clusters.identity.byValue[0])[0])}))(h.view())"
    )
    address = PAGES[name].format(**ids)
    page.page.evaluate("(hash) => { location.hash = hash; }", address)
    page.page.wait_for_function(
        "(page) => window.hummgraph.state().page === page", arg=page_of(name)
    )
    page.settled()
    page.page.emulate_media(media="print")
    page.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.page.set_viewport_size({"width": round(width), "height": 1000})
    page.settled()


def page_of(name: str) -> str:
    """The page that the state names so."""
    return {"concept": "concepts", "pair": "map", "matrix": "map"}.get(name, name)


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_outside_or_cut(demo: Explorer, name: str, sheet: str) -> None:
    """All texts of a page lie within the sheet, and nothing that scrolls hides a part."""
    printed(demo, name, SHEETS[sheet])
    assert demo.page.evaluate(OUTSIDE, SHEETS[sheet]) == []
    assert demo.page.evaluate(CUT) == []
    for buttons in (".tools", ".picture-bar", ".sideways-signs", ".pages", ".search"):
        assert not demo.page.locator(f"{buttons}:visible").count(), buttons
    demo.ok()


@pytest.mark.parametrize(
    ("name", "picture", "least"),
    [("map", ".map-box", 7), ("pair", ".map-tables li", 2), ("lineage", ".lineage-card", 3)],
)
def test_pictures_are_printed_upright_too(
    demo: Explorer, name: str, picture: str, least: int
) -> None:
    """A sheet is as narrow as a phone, and shows what the screen shows."""
    printed(demo, name, SHEETS["portrait"])
    assert demo.page.locator(f"{picture}:visible").count() >= least
    demo.ok()


def test_all_rows_are_printed(demo: Explorer) -> None:
    """Links up to a thousand, and all concepts, not those in sight alone."""
    printed(demo, "links", SHEETS["portrait"])
    assert demo.page.locator(".links-table tbody tr").count() == 1_000
    assert "1,000 of 1,490" in demo.page.locator(".only-print").inner_text()
    demo.page.emulate_media(media="screen")
    demo.page.evaluate("dispatchEvent(new Event('afterprint'))")
    demo.page.set_viewport_size({"width": 1440, "height": 900})
    assert demo.page.locator(".links-table tbody tr").count() == 100
    printed(demo, "concepts", SHEETS["landscape"])
    concepts = demo.ask("h.view().clusters.sizes.length")
    assert demo.page.locator(".concepts-table tbody tr[data-row]").count() <= concepts
    assert demo.page.locator(".concepts-table tbody tr[data-row]").count() > 50


def test_sheets_have_margins(demo: Explorer) -> None:
    """Whatever the browser would leave: the page asks for them itself."""
    rules = demo.page.evaluate(
        "[...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])"
        ".filter((rule) => rule instanceof CSSPageRule).map((rule) => rule.style.margin)"
    )
    assert rules == ["12mm"]


def test_heads_stand_on_each_sheet(demo: Explorer) -> None:
    """A browser repeats names above columns on the next sheets, but no buttons."""
    printed(demo, "concepts", SHEETS["portrait"])
    head = demo.page.locator(".concepts-table thead")
    assert head.evaluate("(it) => getComputedStyle(it).display") == "table-header-group"
    assert head.locator("button").count() == 0
    systems = demo.ask("h.view().pack.name.slice(0, h.view().pack.first[1])")
    shown = head.locator(".system-name").all_inner_texts()
    assert sorted(shown) == sorted(systems)
    demo.page.emulate_media(media="screen")
    demo.page.evaluate("dispatchEvent(new Event('afterprint'))")
    demo.settled()
    assert head.locator("button").count() == len(systems) + 2
    demo.ok()


def test_a_query_is_printed_whole(
    context: BrowserContext, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """With all its columns, and nothing that asks to be pressed."""
    found = join_paths(demo_graph, "Stripe/customers", "Zendesk/tickets")
    page = explorer(context, found, tmp_path, address="#p=join")
    assert page.page.get_by_role("button", name="more columns").count() == 1
    printed(page, "join", SHEETS["portrait"])
    assert page.page.locator(".join-code").inner_text().strip() == found.paths[0].to_sql(
        dialect="snowflake"
    )
    assert page.page.evaluate(CUT) == []
    for pressed in (".join-code", ".join-before", ".copy-line", ".join-bar > .join-back"):
        assert page.page.locator(f"{pressed} button:visible").count() == 0
    page.ok()


def test_a_narrow_window_prints_cards(
    context: BrowserContext, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """As wide as the sheet and without dots, as on the phone itself."""
    page = explorer(context, demo_graph, tmp_path, address="#p=concepts")
    page.page.set_viewport_size({"width": 390, "height": 800})
    expect(page.page.locator(".concepts-cards li").first).to_be_visible()
    printed(page, "concepts", SHEETS["portrait"])
    card = page.page.locator(".concepts-cards li").first
    assert card.evaluate("(it) => getComputedStyle(it).listStyleType") == "none"
    width = card.locator("button").evaluate("(it) => it.offsetWidth")
    assert width > SHEETS["portrait"] * 0.9
    assert page.page.evaluate(CUT) == []
    page.ok()


def test_colours_that_tell_are_printed(demo: Explorer) -> None:
    """A browser leaves backgrounds out unless a page says that they matter."""
    printed(demo, "start", SHEETS["portrait"])
    for told in (".start-totals .bar .is-approved", ".badge-system"):
        exact = demo.page.locator(told).first.evaluate(
            "(it) => getComputedStyle(it).printColorAdjust"
        )
        assert exact == "exact", told
    demo.ok()
