"""Tests of what can be read in the picture: no text below ten pixels, nothing without its name."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]

from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from tests.support import builders
from tests.support.browsing import Explorer, explorer

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

MIN_TEXT = 9.95  # pixels; sizes are rounded to tenths
SEEN = [("demo", 390), ("demo", 1440), ("large", 390), ("large", 1920), ("join", 1024)]

# Notes each text that is painted: its size on the screen, and its place in units of the picture.
WATCH = """
(() => {
  const proto = CanvasRenderingContext2D.prototype;
  const bases = new WeakMap();
  const { setTransform, fillText } = proto;
  window.painted = [];
  proto.setTransform = function (...given) {
    setTransform.apply(this, given);
    bases.set(this, this.getTransform());
    // A new bitmap begins; what is outlined is drawn on a canvas of the document.
    if (!this.canvas.isConnected && given[0] === 1 && given[4] === 0) window.painted = [];
  };
  proto.fillText = function (text, x, y) {
    const base = bases.get(this);
    const now = this.getTransform();
    const at = base.inverse().multiply(now).transformPoint({ x, y });
    const size = Number(/([\\d.]+)px/.exec(this.font)[1]) * base.a / devicePixelRatio;
    window.painted.push({ text, size, x: at.x, y: at.y });
    fillText.call(this, text, x, y);
  };
})()
"""


@pytest.fixture(scope="module")
def large() -> LinkGraph:
    """42 systems without names of their own: tables are numbered, all beginning alike."""
    rows = []
    for n in range(1_000):
        a, b = n % 42, (n * 5 + 1 + n // 42) % 42
        if a != b:
            ends = [
                f"system number {s}/object_{s:03d}{(n * 7 + s) % 11:03d}.value_{n % 9}"
                for s in (a, b)
            ]
            rows.append((ends[0], ends[1], 0.5 + n % 50 / 100))
    return builders.graph(rows)


def check(page: Explorer) -> list[dict[str, Any]]:
    """Fail if a text is too small, or something in sight has no text; return the texts."""
    painted: list[dict[str, Any]] = page.settled().ask("window.painted")
    assert painted
    assert min(one["size"] for one in painted) >= MIN_TEXT
    sight = page.ask("""(() => {
      const { layout } = h.picture.scene();
      const host = document.querySelector('#stage').getBoundingClientRect();
      const place = (box) => ({ x: box.x, y: box.y, width: box.width, height: box.height });
      return { kind: layout.kind, cards: layout.cards.map(place), lanes: layout.regions.map(place),
               scale: h.picture.scale, host: [host.width, host.height] };
    })()""")
    lanes_only = sight["kind"] == "lanes" and sight["scale"] < 0.36
    if sight["kind"] == "matrix":
        return painted
    for box in sight["lanes"] if lanes_only else sight["cards"]:
        inside = [
            one
            for one in painted
            if box["x"] - 1 <= one["x"] <= box["x"] + box["width"] + 1
            and box["y"] - 1 <= one["y"] <= box["y"] + box["height"] + 1
        ]
        # What is far out of sight is not painted.
        assert inside or page.ask("!h.picture.isNear(x)", box), box
    return painted


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph, large: LinkGraph
) -> dict[str, Path]:
    """The bundled organisation, a large one, and a result."""
    folder = tmp_path_factory.mktemp("pages")
    join = join_paths(demo_graph, "Stripe/customers", "Zendesk/tickets")
    shown: dict[str, Any] = {"demo": demo_graph, "large": large, "join": join}
    return {kind: write(one, folder / f"{kind}.html") for kind, one in shown.items()}


@pytest.mark.parametrize(("kind", "width"), SEEN)
def test_nothing_is_nameless(
    context: BrowserContext, pages: dict[str, Path], kind: str, width: int
) -> None:
    """At every level, layout and scale that a reader comes to."""
    context.add_init_script(WATCH)
    opened = context.new_page()
    opened.set_viewport_size({"width": width, "height": 844 if width < 800 else 900})
    page = Explorer(opened).opened(
        pages[kind], "#p=tables&f=result" if kind == "join" else "#p=tables"
    )
    check(page)
    chosen = [(0, "lanes"), (0, "matrix"), (1, "lanes"), (2, "lanes"), (1, "layers")]
    for level, layout in chosen if kind != "join" else [(1, "layers"), (2, "layers")]:
        page.ask("h.set({level: x[0], layout: x[1]})", [level, layout])
        page.settled().ask("h.picture.fit()")
        check(page)
        for factor in (0.6, 0.1, 2, 2.2):
            page.ask("h.picture.zoom(x)", factor)
            check(page)
    page.ok()


def test_names_beside_each_other_differ(
    context: BrowserContext, tmp_path: Path, large: LinkGraph
) -> None:
    """Cards of tables with like names show different names, at every scale that has cards."""
    context.add_init_script(WATCH)
    page = explorer(context, large, tmp_path, address="#v=table&l=lanes&t=0")
    page.page.set_viewport_size({"width": 1024, "height": 768})
    page.settled().ask("h.picture.fit()")
    for _ in range(4):
        painted = check(page)
        boxes = page.ask(
            "h.picture.scene().layout.cards.map(({x, y, width, height, system}) =>"
            " [x, y, width, height, system])"
        )
        names: defaultdict[int, list[str]] = defaultdict(list)
        for x, y, wide, high, system in boxes:
            names[system] += [
                one["text"]
                for one in painted
                if x + 9 <= one["x"] <= x + 11 and y <= one["y"] <= y + high and wide
            ]
        for texts in names.values():
            assert len(set(texts)) == len(texts)
        page.ask("h.picture.zoom(1.3)")
    page.ok()


def test_files_hold_every_name(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """An SVG has all tables and columns in full size, however far away the reader is."""
    page = explorer(context, demo_graph, tmp_path, address="#v=column&t=0")
    near = page.settled().ask("h.picture.svg()")
    page.ask("h.picture.zoom(0.2)")
    far = page.settled().ask("h.picture.svg()")
    assert near == far
    texts = [
        (element.text or "", float(element.attrib["font-size"]))
        for element in ElementTree.fromstring(far).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert min(size for _, size in texts) >= 10
    rows = page.ask("h.picture.scene().items.map(({kind}) => kind)")
    assert len(texts) >= len(rows)
    linked = {row["source"] for row in demo_graph.links} | {
        row["target"] for row in demo_graph.links
    }
    wanted = {demo_graph.node(node).name for node in linked}
    starts = {text for text, _ in texts}
    missing = [
        name
        for name in wanted
        if name not in starts
        and not any(text.startswith(f"{name} (") for text in starts)
        and not any("\u2026" in text and text[0] == name[0] for text in starts)
    ]
    assert not missing
    size = page.ask("(async () => { const b = await h.picture.png(); return b.size; })()")
    assert size > 10_000
    page.ok()


@pytest.mark.parametrize("width", [390, 1024])
def test_a_result_opens_with_its_names(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, width: int
) -> None:
    """On a small screen it begins at its start, as large as can be read."""
    context.add_init_script(WATCH)
    path = join_paths(demo_graph, "Stripe/customers", "Zendesk/tickets")
    file = write(path, tmp_path / "page.html")
    opened = context.new_page()
    opened.set_viewport_size({"width": width, "height": 800})
    page = Explorer(opened).opened(file, "#p=tables&f=result")
    painted = check(page)
    assert {"customers", "email"} <= {one["text"] for one in painted}
    page.ok()


def test_a_focus_is_in_sight_in_every_layout(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Set by a script or by a search, and in the layout that takes a while to compute."""
    page = explorer(context, demo_graph, tmp_path)
    node = demo_graph.index_of("Zendesk/users.email")
    inside = """(() => {
      const place = h.picture.placeOf(x);
      const { left, top, right, bottom } = document.querySelector('#stage').getBoundingClientRect();
      return place.x >= left && place.x + place.width <= right
        && place.y >= top && place.y <= bottom;
    })()"""
    for layout in ("force", "lanes", "layers"):
        page.ask("h.set({focus: null, level: 2, layout: x})", layout)
        page.settled().ask("h.picture.zoom(3)")
        page.settled()
        page.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", node)
        page.page.wait_for_function(
            f"(x) => {{ const h = window.hummgraph; return h.picture.quiet && {inside}; }}",
            arg=node,
        )
        page.ask("h.set({layout: x})", "lanes" if layout == "force" else "force")
        page.page.wait_for_function(
            f"(x) => {{ const h = window.hummgraph; return h.picture.quiet && {inside}; }}",
            arg=node,
        )
    # From the overview, and from a system that is hidden.
    page.ask(
        "h.set({focus: null, level: 0, layout: 'matrix', hiddenSystems: new Set([x])})",
        demo_graph.index_of("Zendesk"),
    )
    page.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", node)
    page.page.wait_for_function(
        f"(x) => {{ const h = window.hummgraph; return h.picture.quiet && {inside}; }}", arg=node
    )
    page.ok()
