"""Tests that nothing of the data is ever run or fetched, and that frames keep to themselves."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, expect

from hummgraph.algorithms.clustering import cluster
from hummgraph.algorithms.lineage import downstream
from hummgraph.algorithms.paths import strongest_path
from hummgraph.explorer.page import html_page
from hummgraph.export import show, write
from hummgraph.graph import LinkGraph
from hummgraph.readers import read_links
from tests import builders
from tests.browsing import PAYLOADS, RUN, Explorer, Visit, explorer, hostile
from tests.builders import record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

# Looks at everything, one after the other, and gives the screen a frame now and then.
WALK = """async () => {
  const h = window.hummgraph;
  const frame = () => new Promise(requestAnimationFrame);
  const { data } = h.view();
  const look = async (change, waits) => { h.set(change); if (waits) await frame(); };
  for (const level of [0, 1, 2])
    for (const layout of ["lanes", "layers", "matrix", "force"])
      for (const colour of ["cluster", "system", "status"])
        await look({ level, layout, colour }, true);
  await look({ level: 2, layout: "lanes" }, true);
  for (const tab of ["links", "clusters", "nodes", "decisions"]) await look({ tab }, true);
  for (let node = 0; node < data.nNodes; node += 1)
    await look({ focus: { kind: "near", node, hops: 1 } }, true);
  for (let link = 0; link < data.nLinks; link += 1)
    await look({ focus: { kind: "link", link } }, true);
  const { clusters } = h.view();
  for (let n = 0; n < clusters.sizes.length; n += 1)
    await look({ focus: { kind: "cluster", member: clusters.members(n)[0] } }, true);
  await look({ focus: { kind: "both", node: data.nNodes - 1, hops: 9 }, layout: "layers" }, true);
}"""


def test_there_are_enough_of_them() -> None:
    """Over a hundred texts, no two alike, each of which would do something if it were run."""
    assert len(PAYLOADS) == len(set(PAYLOADS)) > 100
    assert sum(RUN in payload for payload in PAYLOADS) > 90


def test_nothing_of_the_data_is_run_or_fetched(context: BrowserContext, tmp_path: Path) -> None:
    """Whatever is looked at, in every panel, table, layout and file that is taken out."""
    graph = hostile()
    assert graph.n_links == 2 * len(PAYLOADS)
    page = explorer(context, graph, tmp_path, clusters=cluster(graph, threshold=0.1), redact="none")
    page.page.evaluate(WALK)
    page.node("PWNED")
    page.page.locator(".menu > button").click()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("?")
    page.page.keyboard.press("Escape")
    for x in range(300, 1200, 150):
        page.page.mouse.move(x, 300 + x / 8)  # what stands under the pointer is told
    assert page.page.locator("script").count() == 1
    allowed = {"svg", "path", "rect", "canvas", "line", "circle", "polygon", "g", "text"}
    inside = page.page.evaluate(
        "[...new Set([...document.querySelectorAll('#app *')].map((one) => one.localName))]"
    )
    assert not set(inside) & {"img", "iframe", "object", "embed", "a", "base", "meta", "link"}
    assert not set(inside) & {"video", "audio", "form", "math", "style", "script", "template"}
    assert (
        set(
            page.page.evaluate(
                "[...new Set([...document.querySelectorAll('#app svg, #app svg *')]"
                ".map((one) => one.localName))]"
            )
        )
        <= allowed
    )
    page.ok()


def test_taken_out_pictures_run_nothing(context: BrowserContext, tmp_path: Path) -> None:
    """An SVG of hostile names, opened by itself, has text only."""
    graph = hostile()
    page = explorer(context, graph, tmp_path, redact="none")
    page.ask("h.set({level: 2})")
    svg = page.settled().ask("h.picture.svg()")
    page.ok()
    (tmp_path / "picture.svg").write_text(svg, encoding="utf-8")
    visited = Visit(context.new_page())
    visited.page.goto((tmp_path / "picture.svg").as_uri())
    found = visited.page.evaluate(
        "[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))]"
    )
    assert set(found) <= {"svg", "title", "rect", "path", "text", "polygon", "circle", "g", "line"}
    assert "PWNED" in svg
    visited.ok()


def test_results_of_hostile_names(context: BrowserContext, tmp_path: Path) -> None:
    """Titles and sentences of a result quote names, and quote them as text."""
    graph = hostile(PAYLOADS[:12])
    clusters = cluster(graph, threshold=0.1)
    first, last = uid("s0/t.c"), uid("s5/t.c")
    for result in (
        strongest_path(graph, first, last, directed=False),
        downstream(graph, first, max_depth=4),
        clusters,
    ):
        page = explorer(context, result, tmp_path, redact="none")
        assert "<script>" in page.page.locator("h1").inner_text()
        assert page.page.locator("h1 *, h2 script, .details img").count() == 0
        page.ok()


@pytest.mark.parametrize(
    "address",
    [
        f"#f={RUN}",
        "#f=link:<img src=x onerror=window.PWNED=1>&t=nan&v=9&l=__proto__&tab=constructor",
        "#" + "x" * 100_000,
        "#%E0%A4%A&t=%00&f=near:::::&o=,,,,&x=%",
        "#__proto__=1&constructor=2&t=1e999&s=SUGGESTED,,%2C",
        f"#<script>{RUN}</script>",
    ],
)
def test_hostile_addresses(context: BrowserContext, tmp_path: Path, address: str) -> None:
    """What an address says is taken only where it is one of the things that can be chosen."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    page = explorer(context, graph, tmp_path, address=address)
    assert page.state("focus") is None
    assert page.state("threshold") in {0, 1}
    expect(page.page.locator(".counts")).to_contain_text("1 link")
    page.ok()


def test_hostile_storage(context: BrowserContext, tmp_path: Path) -> None:
    """What another page left where decisions are kept is passed over."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    page = explorer(context, graph, tmp_path)
    page.ask("h.decide(x, 'APPROVED')", graph.links["link_id"][0])
    for stored in ("{", "[[1,2]]", '[["__proto__", 99, "x", {}]]', '{"length": 3}'):
        page.page.evaluate(
            "(text) => sessionStorage.setItem(Object.keys(sessionStorage)[0], text)", stored
        )
        page.page.once("dialog", lambda dialog: dialog.accept())
        page.page.reload()
        page.page.wait_for_selector("html[data-ready]")
        assert page.ask("h.state().decisions.size") == 0
    assert page.complaints == []


def test_long_and_odd_names(context: BrowserContext, tmp_path: Path) -> None:
    """Ten thousand characters, controls, and text that turns its direction stay in their place."""
    names = ["x" * 10_000, "\u202eevil\u202c", "a\x00b\x1bc", "\u0301" * 50, "\U0001f600" * 40, " "]
    places = builders.catalogue([f"s{n}/t.c" for n in range(len(names))])
    for entries in places.values():
        for entry, name in zip(entries, names, strict=True):
            entry["name"] = name
    rows = [record(f"s{n}/t.c", f"s{n - 1}/t.c") for n in range(1, len(names))]
    graph = LinkGraph(read_links(rows, catalogue=places))
    page = explorer(context, graph, tmp_path)
    page.page.evaluate(WALK)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 1440
    page.ok()


# --- the policy ----------------------------------------------------------------------------------


def test_policy_allows_the_page_and_nothing_else(context: BrowserContext, tmp_path: Path) -> None:
    """One script and one style sheet by their hashes; nothing is fetched even when it is tried."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    text = html_page(graph)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert text.index("Content-Security-Policy") < min(text.index("<style"), text.index("<script"))
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}';" in policy[1]
    assert "unsafe" not in policy[1]
    page = explorer(context, graph, tmp_path)
    failed: list[str] = []
    page.page.on("requestfailed", lambda request: failed.append(request.failure or ""))
    page.page.evaluate(
        """async () => {
          setTimeout("window.PWNED = 1");
          const script = document.createElement("script");
          script.textContent = "window.PWNED = 1";
          document.body.append(script);
          const button = document.createElement("button");
          button.setAttribute("onclick", "window.PWNED = 1");
          button.click();
          const image = new Image();
          const refused = new Promise((done) => { image.onerror = done; });
          image.src = "https://example.invalid/x.png";
          await refused;
          await fetch("https://example.invalid/").catch(() => {});
          await new Promise((done) => setTimeout(done, 20));
        }"""
    )
    assert page.page.evaluate("window.PWNED") is None
    assert len(page.complaints) >= 5
    assert all("Content Security Policy" in said for said in page.complaints)
    assert all("csp" in why or "BLOCKED" in why for why in failed)


# --- notebooks, attachments, no scripts ----------------------------------------------------------


def test_frames_of_a_notebook_do_not_disturb_each_other(
    context: BrowserContext, demo_graph: LinkGraph
) -> None:
    """Two on one page: each has an origin of its own, its own choices, and a table beside it."""
    visited = Visit(context.new_page())
    shown = show(demo_graph)._repr_html_() + show(hostile(), redact="none")._repr_html_()
    visited.page.set_content(f"<h1>Notebook</h1>{shown}")
    for frame in (0, 1):
        inner = visited.page.frame_locator("iframe").nth(frame)
        inner.locator("html[data-ready]").wait_for()
    one, other = visited.page.frames[1:]
    assert [frame.evaluate("self.origin") for frame in (one, other)] == ["null", "null"]
    one.evaluate("window.hummgraph.set({threshold: 0.5})")
    assert one.evaluate("window.hummgraph.state().threshold") == 0.5
    assert other.evaluate("window.hummgraph.state().threshold") == 0
    with pytest.raises(Error, match=r"cross-origin|Blocked a frame"):
        one.evaluate("parent.document.title")
    # No storage, no clipboard: the page works all the same, and says how to take its view out.
    inner = visited.page.frame_locator("iframe").first
    inner.get_by_role("button", name="Take out").click()
    inner.get_by_role("menuitem", name="Copy a link").click()
    expect(inner.get_by_role("alert")).to_contain_text("#t=0.5")
    one.evaluate("(id) => window.hummgraph.decide(id, 'APPROVED')", demo_graph.link(0).link_id)
    expect(inner.locator(".decided")).to_contain_text("1 decision")
    assert visited.page.locator("details table").count() == 2
    assert visited.page.evaluate("window.PWNED") is None
    assert other.evaluate("window.PWNED") is None
    assert [url for url in visited.requests if not url.startswith(("about:", "blob:"))] == []


def test_without_scripts_there_are_numbers(browser: Browser, tmp_path: Path) -> None:
    """Where scripts are off, the page says so and gives the summary as a table."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(write(hostile(), tmp_path / "links.html").as_uri())
        said = page.locator("noscript")
        assert "script" in said.inner_text().casefold()
        assert page.locator("noscript table tr").count() > 5


def test_attachments_have_odd_names(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """A file works under any name, and its address still restores a view."""
    path = write(demo_graph, tmp_path / "links of \u00c4cme #1 (50 %)?.html")
    page = Explorer(context.new_page()).opened(path, "#t=0.5")
    assert page.state("threshold") == 0.5
    page.ok()


@pytest.mark.parametrize(
    "damage", [(r'(id="data">[^<]{10})[^<]*', r"\1"), (r'(id="data">)[^<]{40}', r"\1")]
)
def test_a_damaged_page_says_so(
    context: BrowserContext, tmp_path: Path, damage: tuple[str, str]
) -> None:
    """Where data is missing the page is not blank."""
    text = html_page(builders.graph([("a/t.x", "b/t.x", 0.9)]))
    path = tmp_path / "damaged.html"
    path.write_text(re.sub(*damage, text, count=1), encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator("#app.failed")).to_contain_text("could not be read")
