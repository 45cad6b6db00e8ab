"""Tests that nothing of the data is ever run or fetched, and that frames keep to themselves."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]
from playwright.sync_api import Error, expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.lineage.lineage import downstream
from hummgraph.algorithms.paths.paths import disjoint_paths, strongest_path
from hummgraph.explorer.page import html_page
from hummgraph.export import show, write
from hummgraph.graph.journal import read_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.browsing import PAYLOADS, RUN, Explorer, Visit, explorer, hostile, page_of
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"

# Looks at everything, one after the other, gives the screen a frame each time, and counts how often
# the panel beside the picture told something.
WALK = """async () => {
  const h = window.hummgraph;
  const frame = () => new Promise(requestAnimationFrame);
  const { pack } = h.view();
  let told = 0;
  const look = async (change) => {
    h.set(change);
    await frame();
    for (const closed of document.querySelectorAll(".details details")) closed.open = true;
    told += Number(Boolean(document.querySelector(".details h2")?.textContent));
  };
  for (const level of [0, 1, 2])
    for (const layout of ["lanes", "layers", "matrix", "force"])
      for (const colour of ["cluster", "system", "status"])
        await look({ level, layout, colour });
  await look({ level: 2, layout: "lanes" });
  for (const tab of ["links", "clusters", "nodes", "decisions"]) await look({ tab });
  // A field's panel names its table and system; of links every second one has texts of its own.
  const fields = Array.from({ length: pack.nNodes - pack.first[2] }, (_, n) => pack.first[2] + n);
  for (const node of [0, pack.first[1], ...fields])
    await look({ focus: { kind: "near", node, hops: 1 } });
  for (let link = 0; link < pack.nLinks; link += 2)
    await look({ focus: { kind: "link", link } });
  const { clusters } = h.view();
  for (let n = 0; n < clusters.sizes.length; n += 1)
    await look({ focus: { kind: "cluster", member: clusters.members(n)[0] } });
  const others = [
    { kind: "line", source: 0, target: 1 },
    { kind: "path", from: pack.nNodes - 1, to: pack.nNodes - 2 },
    { kind: "both", node: pack.nNodes - 1, hops: 9 },
  ];
  for (const focus of others) await look({ focus, layout: "layers" });
  const mapped = told;
  for (const page of ["start", "concepts", "review", "links"]) await look({ page, focus: null });
  for (let n = 0; n < clusters.sizes.length; n += 10)
    await look({ page: "concepts", focus: { kind: "cluster", member: clusters.members(n)[0] } });
  for (let link = 0; link < pack.nLinks; link += 20)
    await look({ page: "review", focus: { kind: "link", link } });
  for (let node = 0; node < pack.nNodes; node += 10)
    await look({ page: "lineage", focus: { kind: "both", node, hops: Infinity } });
  for (let node = pack.first[1]; node < pack.nNodes; node += 5)
    await look({ page: "table", focus: { kind: "near", node, hops: 1 } });
  await look({ page: "tables", focus: null });
  const links = Math.ceil(pack.nLinks / 2);
  return mapped - (fields.length + 2 + links + clusters.sizes.length + others.length);
}"""


def test_there_are_enough_of_them() -> None:
    """Over a hundred texts, no two alike, each of which would do something if it were run."""
    assert len(PAYLOADS) == len(set(PAYLOADS)) > 100
    assert sum(RUN in payload for payload in PAYLOADS) > 90


def test_nothing_of_the_data_is_run_or_fetched(context: BrowserContext, tmp_path: Path) -> None:
    """Whatever is looked at, in every panel, table, layout and file that is taken out."""
    graph = hostile()
    assert graph.n_links == 2 * len(PAYLOADS)
    page = explorer(
        context, graph, tmp_path, clusters=cluster(graph, threshold=0.1), evidence="full"
    )
    assert page.page.evaluate(WALK) == 0
    page.page.locator(".menu > button").click()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("?")
    expect(page.page.get_by_role("dialog")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.page.get_by_role("dialog")).to_be_hidden()
    page.ask("h.set({focus: null, tab: null, level: 1, layout: 'lanes'})")
    for number in range(3):  # what stands under the pointer is told
        table = graph.index_of(uid(f"s{number}/t"))
        page.settled().ask("h.picture.reveal([x])", table)
        box = page.settled().ask("h.picture.placeOf(x)", table)
        page.page.mouse.move(box["x"] + 9, box["y"] + box["height"] / 2, steps=3)
        tip = page.page.locator(".tip")
        expect(tip.locator("b")).to_contain_text(PAYLOADS[number].split("\n")[0])
        assert tip.locator("script, img").count() == 0
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
    page = explorer(context, graph, tmp_path, evidence="full")
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


def taken(page: Explorer, item: str, path: Path) -> Path:
    """Take something out by the menu."""
    page.page.locator(".menu > button").click()
    with page.page.expect_download() as caught:
        page.page.get_by_role("menuitem", name=item).click()
    caught.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a graph that is hostile throughout, with nothing redacted."""
    graph = hostile()
    folder = tmp_path_factory.mktemp("hostile")
    clusters = cluster(graph, threshold=0.1)
    return write(graph, folder / "links.html", clusters=clusters, evidence="full")


def test_taken_out_files_run_nothing(
    context: BrowserContext, tmp_path: Path, hostile_page: Path
) -> None:
    """Everything that the menu gives, as what it is; what a browser would run of it is nothing."""
    page = Explorer(context.new_page()).opened(hostile_page)
    image = taken(page, "Picture as PNG", tmp_path / "links.png")
    assert image.read_bytes().startswith(b"\x89PNG")
    links = taken(page, "Links shown as CSV", tmp_path / "links.csv")
    members = taken(page, "Concepts as CSV", tmp_path / "clusters.csv")
    for path in (links, members):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) > 100
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]
    pictured = taken(page, "Picture as SVG", tmp_path / "links.svg")
    graphml = taken(page, "What is shown as GraphML", tmp_path / "links.graphml")
    assert len(list(ElementTree.parse(graphml).iter(f"{GRAPHML}edge"))) == 240
    page.ok()
    as_xml = graphml.rename(tmp_path / "links.xml")
    for path in (pictured, as_xml):
        ElementTree.parse(path)
        visited = Visit(context.new_page())
        visited.page.goto(path.as_uri())
        assert visited.page.evaluate("document.getElementsByTagName('script').length") == 0
        visited.ok()


# Opens every page, each with all that it lists, and the search and help over it.
VISIT = """async () => {
  const h = window.hummgraph;
  const frame = () => new Promise(requestAnimationFrame);
  const { pack, clusters } = h.view();
  const visited = [];
  const visit = async (change) => {
    h.set({ focus: null, query: "", only: "", hiddenStatuses: new Set(), least: 0, ...change });
    for (let n = 0; n < 3; n += 1) await frame();
    for (const closed of document.querySelectorAll("#content details")) closed.open = true;
    await frame();
    visited.push(document.querySelector("#content").textContent.length);
  };
  for (const page of ["start", "concepts", "review", "links", "map", "tables"])
    await visit({ page });
  for (let system = 0; system + 1 < pack.first[1]; system += 9)
    for (const layout of ["matrix", "lanes"]) {
      const focus = { kind: "pair", left: system, right: system + 1 };
      await visit({ page: "map", layout, focus });
    }
  for (let link = 0; link < pack.nLinks; link += 20) {
    const ends = { source: pack.table[pack.source[link]], target: pack.table[pack.target[link]] };
    await visit({ page: "map", focus: { kind: "line", ...ends } });
  }
  // Few of them are a picture.
  const others = Array.from({ length: pack.first[1] - 8 }, (_, system) => system + 8);
  await visit({ page: "map", hiddenSystems: new Set(others) });
  h.set({ hiddenSystems: new Set() });
  for (let n = 0; n < clusters.sizes.length; n += 1) {
    const focus = { kind: "cluster", member: clusters.members(n)[0] };
    await visit({ page: "concepts", focus });
    if (n % 20 === 0) await visit({ page: "links", focus });
  }
  for (let link = 0; link < pack.nLinks; link += 3)
    await visit({ page: "review", focus: { kind: "link", link } });
  for (let part = 0; part * 100 < pack.nLinks; part += 1) await visit({ page: "links", part });
  await visit({ page: "links", query: "PWNED", least: 1 });
  return visited;
}"""


def test_nothing_is_run_or_fetched_on_any_page(context: BrowserContext, hostile_page: Path) -> None:
    """Start, concepts, each concept, links, reviews; the search for any of them, and the help."""
    page = Explorer(context.new_page()).opened(hostile_page, "#p=start")
    visited = page.page.evaluate(VISIT)
    assert min(visited) > 0
    box = page.page.locator("#search")
    for text in ("script", "PWNED", "onerror", "<img src=x>", "window pwnde", "zzz</script>"):
        box.fill(text)
        expect(page.page.locator(".found")).to_be_visible()
    page.page.keyboard.press("Escape")
    page.settled().page.keyboard.press("?")
    expect(page.page.get_by_role("dialog")).to_be_visible()
    assert page.page.locator("script").count() == 1
    inside = page.page.evaluate(
        "[...new Set([...document.querySelectorAll('#app *')].map((one) => one.localName))]"
    )
    assert not set(inside) & {"img", "iframe", "object", "embed", "base", "meta", "link"}
    assert not set(inside) & {"video", "audio", "form", "math", "style", "script", "template"}
    page.ok()


def test_hostile_decisions(context: BrowserContext, tmp_path: Path) -> None:
    """A note in a file of decisions is text wherever it stands, and goes out as it came."""
    payloads = PAYLOADS[:40]
    graph = hostile(payloads)
    ids = graph.links["link_id"][: len(payloads)]
    rows = [
        {"link_id": link, "status": "APPROVED", "note": note}
        for link, note in zip(ids, payloads, strict=True)
    ]
    path = tmp_path / "given.json"
    path.write_text(json.dumps({"schema": 1, "decisions": rows}), encoding="utf-8")
    page = explorer(context, graph, tmp_path)
    page.page.get_by_label("File of decisions").set_input_files(path)
    expect(page.saving).to_contain_text(f"{len(payloads)} decisions")
    page.ask("h.set({tab: 'decisions'})")
    notes = page.page.locator(".tables tbody td:nth-child(5)")
    expect(notes).to_have_count(len(payloads))
    assert set(notes.evaluate_all("(cells) => cells.map((cell) => cell.textContent)")) == {
        *payloads
    }
    page.page.locator(".tables tbody tr").first.click()
    expect(page.page.get_by_label("Note")).not_to_be_empty()
    given = read_decisions(taken(page, "Decisions as a file", tmp_path / "d.jsonl"))
    assert {row.note for row in given} == {*payloads}
    assert page.page.locator("#app :is(script, img, iframe)").count() == 0
    page.ok()


ODD_FILES: list[Any] = [
    {"schema": PAYLOADS[27], "decisions": []},
    {"schema": 1, "decisions": [{"link_id": PAYLOADS[27], "status": "APPROVED"}]},
    {"schema": 1, "decisions": [{"link_id": uid("x"), "status": PAYLOADS[27]}]},
    {"schema": 1, "decisions": [{"link_id": uid("x"), PAYLOADS[27]: 1}]},
    {"schema": 1, "decisions": [{"link_id": uid("x"), "status": "APPROVED"}], "__proto__": 1},
    {"schema": 2, "kind": PAYLOADS[27]},
    {"schema": PAYLOADS[27], "kind": "name"},
    {"schema": 2, "kind": "name", "node_id": uid("x"), PAYLOADS[27]: 1},
    {"schema": 2, "kind": "decision", "link_id": uid("x"), "asked": PAYLOADS[27]},
]


def test_refusals_quote_as_text(context: BrowserContext, tmp_path: Path) -> None:
    """The page names the fault of a file of decisions, and takes none of it."""
    path = tmp_path / "given.json"
    page = explorer(context, builders.graph([("a/t.x", "b/t.x", 0.9)]), tmp_path)
    told = page.page.get_by_role("alert")
    for content in ODD_FILES:
        path.write_text(json.dumps(content), encoding="utf-8")
        page.page.get_by_label("File of decisions").set_input_files(path)
        expect(told).not_to_be_empty()
        assert told.locator(":not(button)").count() == 0
        assert page.ask("h.state().decisions.size") == 0
        told.get_by_role("button", name="Close").click()
        expect(told).to_have_count(0)
    page.ok()


def test_results_of_hostile_names(context: BrowserContext, tmp_path: Path) -> None:
    """Titles and sentences of a result quote names, and quote them as text."""
    graph = hostile(PAYLOADS[:12])
    clusters = cluster(graph, threshold=0.1)
    first, last = uid("s0/t.c"), uid("s5/t.c")
    for result in (
        strongest_path(graph, first, last, directed=False),
        disjoint_paths(graph, first, last, directed=False),
        join_paths(graph, uid("s0/t"), uid("s1/t")),
    ):
        address = "#p=tables&f=result"
        page = explorer(context, result, tmp_path, evidence="full", address=address)
        assert "<script>" in page.page.locator("h1").inner_text()
        expect(page.page.locator(".details h2")).to_contain_text("<script>")
        assert page.page.locator("h1 *, .details h2 *, #app :is(script, img, iframe)").count() == 0
        page.ok()
    for options in ({"max_depth": 4}, {"directed": False}):
        address = "#t=0"
        page = explorer(
            context, downstream(graph, first, **options), tmp_path, evidence="full", address=address
        )
        expect(page.page.locator(".lineage-page h1")).to_contain_text("<script>")
        page.page.locator(".lineage-row").first.click()
        expect(page.page.locator(".lineage-way")).to_be_visible()
        assert page.page.locator("#content :is(script, img, iframe)").count() == 0
        page.ok()
    page = explorer(context, clusters, tmp_path, cluster=0, evidence="full")
    # Names of clusters are made of words only; those of members are quoted.
    members = page.page.locator(".details .crosswalk")
    expect(members).to_contain_text("PWNED")
    assert members.locator(":is(script, img, iframe)").count() == 0
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
    """An address is taken only if it names one of the things that can be chosen."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    page = explorer(context, graph, tmp_path, address=address)
    page.ask("h.set({page: 'tables'})")
    assert page.state("focus") is None
    assert page.state("threshold") in {0, cluster(graph).threshold, 1}
    expect(page.page.locator(".counts")).to_have_text(
        re.compile(r"^[01] of 1 link (shown|joined from 0\.4); ")
    )
    page.ok()


def test_hostile_storage(context: BrowserContext, tmp_path: Path) -> None:
    """Data of another page in the place of decisions is ignored."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    page = explorer(context, graph, tmp_path)
    link = graph.link(0).link_id
    page.ask("h.decide(x, 'APPROVED')", link)
    markup = {"type": "img", "props": {"src": "x", "onerror": RUN}}
    odd: list[Any] = [[link, 99, 0, "x"], [link, "1", 0, "x"], [link, 1, None, "x"]]
    odd += [[link, 1, 0, markup], [link, "__proto__", 0, "x"], [[link], 1, 0, "x"], [link]]
    texts = ["{", "[[1,2]]", '[["__proto__", 99, "x", {}]]', '{"length": 3}', "[null]"]
    for stored in (*texts, *(json.dumps([row]) for row in odd)):
        page.page.evaluate(
            "(text) => sessionStorage.setItem(Object.keys(sessionStorage)[0], text)", stored
        )
        page.page.once("dialog", lambda dialog: dialog.accept())
        page.page.reload()
        page.page.wait_for_selector("html[data-ready]")
        assert page.ask("h.state().decisions.size") == 0, stored
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
    assert page.page.evaluate(WALK) == 0
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
    shown = show(demo_graph)._repr_html_() + show(hostile(), evidence="full")._repr_html_()
    visited.page.set_content(f"<h1>Notebook</h1>{shown}")
    for frame in (0, 1):
        inner = visited.page.frame_locator("iframe").nth(frame)
        inner.locator("html[data-ready]").wait_for()
    one, other = visited.page.frames[1:]
    assert [frame.evaluate("self.origin") for frame in (one, other)] == ["null", "null"]
    one.evaluate("window.hummgraph.set({page: 'tables', threshold: 0.5})")
    assert one.evaluate("window.hummgraph.state().threshold") == 0.5
    usual = cluster(hostile()).threshold
    assert other.evaluate("window.hummgraph.state().threshold") == usual != 0.5
    with pytest.raises(Error, match=r"cross-origin|Blocked a frame"):
        one.evaluate("parent.document.title")
    # No storage, no clipboard: the page works all the same, and says how to take its view out.
    inner = visited.page.frame_locator("iframe").first
    inner.get_by_role("button", name="Save as").click()
    inner.get_by_role("menuitem", name="Copy a link").click()
    expect(inner.get_by_role("alert")).to_contain_text("#p=tables&t=0.5")
    one.evaluate("(id) => window.hummgraph.decide(id, 'APPROVED')", demo_graph.link(0).link_id)
    expect(inner.locator(".head .save")).to_contain_text("1 decision")
    # A layout that is worked out beside the page is so in a frame too.
    one.evaluate(
        """async () => {
          const h = window.hummgraph;
          h.set({ layout: "force" });
          while (h.picture.scene().layout.kind !== "free") await new Promise(requestAnimationFrame);
        }"""
    )
    assert visited.page.locator("details table").count() == 2
    assert visited.page.evaluate("window.PWNED") is None
    assert other.evaluate("window.PWNED") is None
    assert [url for url in visited.requests if not url.startswith(("about:", "blob:"))] == []


def test_notebook_that_is_not_trusted(browser: Browser, demo_graph: LinkGraph) -> None:
    """Without scripts the output still has the numbers, and says what to do for the picture."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_content(show(demo_graph)._repr_html_())
        table = page.locator("details table")
        page.locator("details summary").click()
        for row in demo_graph.summary().systems:
            cells = table.locator("tr").filter(has_text=row["system"]).locator("td")
            assert cells.all_inner_texts() == [str(value) for value in row.values()]
        expect(page.get_by_text("runs no scripts: trust it")).to_be_visible()


def test_without_scripts_there_are_numbers(browser: Browser, tmp_path: Path) -> None:
    """If scripts are off, the page says so and shows the summary as a table."""
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
    path = page_of(demo_graph, tmp_path / "links of \u00c4cme #1 (50 %)?.html")
    page = Explorer(context.new_page()).opened(path, "#t=0.5")
    assert page.state("threshold") == 0.5
    page.ok()


@pytest.mark.parametrize(
    "damage", [(r'(id="data">[^<]{10})[^<]*', r"\1"), (r'(id="data">)[^<]{40}', r"\1")]
)
def test_a_damaged_page_says_so(
    context: BrowserContext, tmp_path: Path, damage: tuple[str, str]
) -> None:
    """If data is missing, the page is not blank."""
    text = html_page(builders.graph([("a/t.x", "b/t.x", 0.9)]))
    path = tmp_path / "damaged.html"
    path.write_text(re.sub(*damage, text, count=1), encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator("#app.failed")).to_contain_text("could not be read")
