"""Tests of what a reader does in the page: sees, searches, focuses, reads the evidence."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood, upstream
from hummgraph.algorithms.paths.paths import strongest_path
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from tests.support import builders
from tests.support.browsing import Explorer
from tests.support.builders import uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from re import Pattern

    from playwright.sync_api import Browser, BrowserContext, Locator

    from hummgraph.algorithms.clustering.clusters import Clusters

Box = dict[str, float]

# Where texts of a picture stand in the window, when it is drawn by something else than the page.
LABELS = """(stage) => {
  const picture = document.querySelector("svg");
  const { left, top, width } = picture.getBoundingClientRect();
  const scale = width / picture.viewBox.baseVal.width;
  const texts = [...picture.querySelectorAll("text")].filter((one) => one.textContent.trim());
  return texts.map((one) => {
    const box = one.getBoundingClientRect();
    return {
      text: one.textContent,
      x: box.x - left + stage.x,
      y: box.y - top + stage.y,
      width: box.width,
      height: box.height,
      size: Number(one.getAttribute("font-size")) * scale,
      alpha: Number(one.getAttribute("opacity") ?? 1),
    };
  });
}"""


class Reader(Explorer):
    """A page that is read with mouse and keyboard."""

    def fine(self) -> None:
        """Fail if anything but the page itself was asked for, or it complained."""
        own = self.page.url.partition("#")[0]
        asked = {url.partition("#")[0] for url in self.requests if not url.startswith("blob:")}
        assert asked == {own}
        assert self.complaints == []

    def until(self, focus: dict[str, Any] | None) -> None:
        """Wait until something is looked at: going back is the browser's own, and takes time."""
        for _ in range(50):
            if self.settled().state("focus") == focus:
                return
        raise AssertionError(f"{focus} is not looked at, but {self.state('focus')}")

    def places(self, nodes: Sequence[int]) -> list[Box]:
        """Return where nodes, or what stands for them, are in the window."""
        self.settled()
        found: list[Box] = self.ask("x.map((node) => h.picture.placeOf(node))", list(nodes))
        assert None not in found
        return found

    def place(self, node: int) -> Box:
        """Return where a node, or what stands for it, is in the window."""
        return self.places([node])[0]

    def click(self, node: int, **options: Any) -> None:
        """Click a node in the picture, where its name is."""
        box = self.place(node)
        self.page.mouse.click(
            box["x"] + min(30, box["width"] / 3), box["y"] + box["height"] / 2, **options
        )
        self.settled()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait until what they do is drawn."""
        for key in keys:
            self.page.keyboard.press(key)
            self.settled()

    def look(self, wanted: str) -> None:
        """Look at something, and give the picture the keyboard."""
        self.node(wanted)
        self.page.locator("#stage").focus()

    def seen(self) -> tuple[set[int], set[str]]:
        """Return what is in sight: nodes by position, links by id."""
        self.settled()
        nodes = self.ask("[...h.view().seen.nodes]")
        links = self.ask("[...h.view().seen.links].map((link) => h.view().pack.linkId(link))")
        return set(nodes), set(links)

    def labels(self) -> list[dict[str, Any]]:
        """Return every text of the picture, and where it stands in the window."""
        stage = self.page.locator("#stage").bounding_box()
        picture = self.settled().ask("h.picture.svg('sight')")
        other = self.page.context.new_page()
        other.set_content(picture)
        found: list[dict[str, Any]] = other.evaluate(LABELS, stage)
        other.close()
        return found

    def in_sight(self, *nodes: int) -> bool:
        """Return whether nodes are in the window, and nothing of the page lies over them."""
        found: bool = self.page.evaluate(
            """(boxes) => boxes.every(({ x, y, width, height }) =>
              document.elementFromPoint(x + Math.min(30, width / 3), y + height / 2)
                ?.closest("#stage"))""",
            self.places(nodes),
        )
        return found

    @property
    def details(self) -> Locator:
        """The panel beside the picture."""
        return self.page.locator(".details")

    def facts(self) -> dict[str, str]:
        """Read the facts that the panel lists, once what was chosen is drawn."""
        self.settled()
        names = self.details.locator(".facts dt").all_text_contents()
        told = self.details.locator(".facts dd").all_text_contents()
        return dict(zip(names, (" ".join(one.split()) for one in told), strict=True))


@pytest.fixture(scope="module")
def averages(demo_graph: LinkGraph) -> Clusters:
    """The bundled organisation's clusters, by averages of confidences as they are."""
    return cluster(demo_graph, method="average")


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph, averages: Clusters
) -> dict[str, Path]:
    """The bundled organisation as pages: one that begins with every link, and one at 0.1."""
    folder = tmp_path_factory.mktemp("pages")
    whole = cluster(demo_graph, method="average", threshold=0.0)
    return {
        "whole": write(demo_graph, folder / "whole.html", clusters=whole),
        "clustered": write(demo_graph, folder / "clustered.html", clusters=averages),
    }


@pytest.fixture
def demo(context: BrowserContext, pages: dict[str, Path]) -> Iterator[Reader]:
    """All of the bundled organisation, and no complaint when the test has ended."""
    page = Reader(context.new_page())
    page.opened(pages["whole"])
    yield page
    page.fine()


@pytest.fixture
def clustered(context: BrowserContext, pages: dict[str, Path]) -> Iterator[Reader]:
    """The same with its usual clusters."""
    page = Reader(context.new_page())
    page.opened(pages["clustered"])
    yield page
    page.fine()


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path) -> Iterator[Callable[..., Reader]]:
    """Write something as a page and open it."""
    made: list[Reader] = []

    def open_page(shown: Any, **options: Any) -> Reader:
        page = Reader(context.new_page())
        page.opened(write(shown, tmp_path / f"{len(made)}.html", **options))
        made.append(page)
        return page

    yield open_page
    for page in made:
        page.fine()


def chain() -> LinkGraph:
    """Return three systems in a row, and one apart."""
    return builders.graph(
        [
            ("a/t.x", "b/t.x", 0.9),
            ("a/t.y", "b/t.y", 0.7, "APPROVED"),
            ("b/t.x", "c/t.x", 0.8),
            ("a/t.x", "c/t.y", 0.6, "REJECTED"),
            ("d/t.x", "d/u.x", 0.5),
        ]
    )


# --- the picture ---------------------------------------------------------------------------------


def test_the_organisation_is_seen_at_once(demo: Reader, demo_graph: LinkGraph) -> None:
    """Every table is in the window with a readable name and Python's number of links."""
    first, last = demo_graph.arrays.nodes.first[[1, 2]].tolist()
    labels = demo.labels()
    tables = range(first, last)
    assert len(tables) == 63
    assert demo.in_sight(*tables)
    n_counted = 0
    for node, box in zip(tables, demo.places(tables), strict=True):
        name, *more = sorted(
            (
                label
                for label in labels
                if box["x"] <= label["x"] <= box["x"] + box["width"]
                and box["y"] <= label["y"] + label["height"] / 2 <= box["y"] + box["height"]
            ),
            key=lambda label: label["x"],
        )
        parts = [part for part in name["text"].split("\u2026") if part]
        whole = demo_graph.node(node).path.rpartition("/")[2]
        assert all(part in whole for part in parts) or "(" in name["text"]
        assert sum(map(len, parts)) >= 3
        assert name["size"] >= 9.95
        n_links = demo_graph.where(nodes=demo_graph.node(node).node_id).n_links
        # Where both have no room, the name goes before the number.
        assert [label["text"] for label in more] in ([f"{n_links:,}"], [])
        n_counted += len(more)
        assert all(one["x"] + one["width"] <= box["x"] + box["width"] for one in more)
    assert n_counted > len(tables) / 2
    systems = {demo_graph.node(node).path for node in range(first)}
    assert systems <= {label["text"] for label in labels}
    assert demo.ink() > 50


def test_counts_are_pythons(demo: Reader, demo_graph: LinkGraph) -> None:
    """Links that pass, lines that are drawn, and all of them on request."""
    counts = demo.page.locator(".counts")
    # One more than the projection has: a link that ends at a system is drawn there.
    n_lines = demo_graph.project("table").n_edges + 1
    expect(counts.get_by_role("status")).to_have_text(
        f"1,490 of 1,490 links shown; 240 of {n_lines:,} lines, the strongest."
    )
    demo.page.get_by_role("button", name="Show all lines").click()
    expect(counts).to_contain_text(f"{n_lines:,} of {n_lines:,} lines.")
    demo.page.get_by_role("button", name="Show the strongest").click()
    expect(counts).to_contain_text("240 of")
    demo.filters().locator("#threshold").fill("0.9")
    n_passing = demo_graph.where(min_confidence=0.9).n_links
    expect(counts).to_contain_text(f"{n_passing:,} of 1,490 links shown")


def test_legend_tells_what_there_is(demo: Reader, demo_graph: LinkGraph) -> None:
    """Each status and type with its line and its numbers, each system with its colour."""
    demo.filters().locator("#threshold").fill("0.5")
    passing = demo_graph.where(min_confidence=0.5)
    expect(demo.page.locator(".counts")).to_contain_text(f"{passing.n_links:,} of")
    words = {"DETERMINISTIC": "exact rule", "PROBABILISTIC": "estimate"}
    for title, column in (("Status", "status"), ("Link type", "link_type")):
        section = demo.page.locator(".filters section").filter(
            has=demo.page.get_by_role("heading", name=title, exact=True)
        )
        told = {
            row.locator(".name").inner_text(): row.locator(".value").get_attribute("title")
            for row in section.locator(".row").all()
        }
        have, all_of = (list(one.links[column]) for one in (passing, demo_graph))
        assert told == {
            words.get(name, name.lower()): f"{have.count(name):,} of {all_of.count(name):,} shown"
            for name in set(all_of)
        }
        looks = {row.inner_html() for row in section.locator("svg.sample").all()}
        assert len(looks) == len(told)
    systems = {
        row.locator(".name").inner_text(): int(row.locator(".value").inner_text())
        for row in demo.page.locator(".filters .systems > .row").all()
    }
    assert systems == {name: passing.where(system=name).n_links for name in systems}
    assert len(systems) == 7
    colours = demo.page.locator(".filters .systems .swatch").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colours)) == 7
    expect(demo.page.locator(".about")).to_contain_text("The thicker, the more links")


STATES = [
    "{level: 0}",
    "{level: 0, layout: 'matrix'}",
    "{level: 1, layout: 'layers'}",
    "{level: 2, layout: 'layers'}",
    "{level: 2, layout: 'lanes'}",
    "{level: 1, layout: 'lanes', toggled: new Set([20, 30, 40]), colour: 'cluster'}",
    "{toggled: new Set(), focus: {kind: 'near', node: 20, hops: 1}}",
    "{focus: {kind: 'both', node: 100, hops: 2}, layout: 'layers'}",
]


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_no_two_labels_overlap(
    browser: Browser, pages: dict[str, Path], size: tuple[int, int]
) -> None:
    """At every level and in every layout, as texts are drawn, in windows of every width."""
    width, height = size
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = Reader(context.new_page())
        page.opened(pages["clustered"])
        for state in STATES:
            page.ask(f"h.set({state})")
            labels = sorted(page.labels(), key=lambda label: label["y"])
            # From afar a system stands for its tables, with one text.
            assert len(labels) > 10
            for index, one in enumerate(labels):
                for other in labels[index + 1 :]:
                    if other["y"] > one["y"] + one["height"]:
                        break
                    over = min(one["y"] + one["height"], other["y"] + other["height"])
                    across = min(one["x"] + one["width"], other["x"] + other["width"])
                    # Boxes of texts have room above and below the letters.
                    low = over - max(one["y"], other["y"]) > 0.3 * min(
                        one["height"], other["height"]
                    )
                    wide = across - max(one["x"], other["x"]) > 1
                    assert not (low and wide), (state, one["text"], other["text"])


def test_a_table_opens_and_closes(demo: Reader, demo_graph: LinkGraph) -> None:
    """By its mark, by key and from the panel: its columns are there, each by name, and gone."""
    table = demo_graph.index_of("Stripe/customers")
    columns = [
        node
        for node in range(demo_graph.n_nodes)
        if demo_graph.node(node).path.startswith("Stripe/customers.")
    ]
    assert len(columns) > 5

    def mark() -> None:
        box = demo.place(table)
        demo.page.mouse.click(box["x"] + box["width"] - 8, box["y"] + min(13, box["height"] / 2))

    def is_open() -> bool:
        own = demo.place(table)
        below = demo.places(columns)
        if all(box == own for box in below):
            return False
        tops = sorted(box["y"] for box in below)
        assert tops[0] >= own["y"] + own["height"] - 1
        assert all(low + 5 < high for low, high in pairwise(tops))
        assert all(
            own["x"] <= box["x"] and box["x"] + box["width"] <= own["x"] + own["width"] + 1
            for box in below
        )
        return True

    assert not is_open()
    mark()
    assert is_open()
    assert demo.state("focus") is None
    demo.click(table)
    # Near enough to be read, those in the window have their names.
    demo.page.get_by_role("button", name="Closer").click()
    begins = tuple(
        label["text"].removesuffix("\u2026") for label in demo.labels() if label["size"] >= 9
    )
    in_sight = [node for node in columns if 110 < demo.place(node)["y"] < 870]
    assert len(in_sight) > 5
    for node in in_sight:
        name = demo_graph.node(node).path.removeprefix("Stripe/customers.")
        assert any(name.startswith(begin) and len(begin) >= min(5, len(name)) for begin in begins)
    demo.press("o")
    close = demo.page.get_by_role("button", name="Close details")
    close.click()
    assert not is_open()
    demo.press("f")  # nearer, it was above the window
    mark()
    mark()
    assert not is_open()
    demo.click(table)
    demo.details.get_by_role("button", name="Open its fields").click()
    close.click()
    assert is_open()
    demo.page.reload()
    demo.page.wait_for_selector("html[data-ready]")
    assert is_open()
    demo.click(table)
    demo.details.get_by_role("button", name="Close its fields").click()
    close.click()
    assert not is_open()


LAYOUTS = {
    "Systems": ["Cards", "Matrix"],
    "Tables": ["Lanes by system", "Left to right", "Force"],
    "Fields": ["Lanes by system", "Left to right", "Force"],
}


def test_levels_and_layouts(demo: Reader) -> None:
    """Each is chosen in the head, draws a picture of its own, and is there after a reload."""
    pictures: dict[str, tuple[str, str]] = {}
    levels = demo.page.get_by_role("group", name="Shown as")
    choice = demo.page.get_by_label("Layout", exact=True)
    for level, layouts in LAYOUTS.items():
        levels.get_by_role("button", name=level).click()
        for layout in layouts:
            choice.select_option(label=layout)
            drawn(demo, pictures)
            picture = demo.ask("h.picture.svg()")
            pictures[picture] = (level, layout)
            assert demo.ink() > 20, (level, layout)
            demo.page.reload()
            demo.page.wait_for_selector("html[data-ready]")
            expect(levels.get_by_role("button", name=level)).to_have_attribute(
                "aria-pressed", "true"
            )
            assert choice.evaluate("(one) => one.selectedOptions[0].text") == layout
            for _ in range(200):  # the force layout is worked out beside the page
                if demo.settled().ask("h.picture.svg()") == picture:
                    break
            else:
                raise AssertionError(f"{level}, {layout} differs after a reload")
    assert len(pictures) == 8


def drawn(page: Reader, known: dict[str, Any]) -> None:
    """Wait until another picture is drawn; some layouts are worked out beside the page."""
    for _ in range(400):
        if page.settled().ask("h.picture.svg()") not in known:
            return
    raise AssertionError("The picture stays as it was.")


def test_zoom_and_pan(demo: Reader, demo_graph: LinkGraph) -> None:
    """By wheel, buttons, keys and dragging; F shows everything again."""
    table = demo_graph.index_of("Stripe/customers")
    before = demo.place(table)
    demo.page.mouse.move(before["x"], before["y"])
    demo.page.mouse.wheel(0, -400)
    closer = demo.place(table)
    assert closer["width"] > 1.5 * before["width"]
    # What is below the pointer stays there.
    assert closer["x"] == pytest.approx(before["x"], abs=2)
    assert closer["y"] == pytest.approx(before["y"], abs=2)
    demo.page.get_by_role("button", name="Farther").click()
    farther = demo.place(table)
    assert farther["width"] == pytest.approx(closer["width"] / 1.4, rel=0.01)
    demo.page.mouse.move(700, 600)
    demo.page.mouse.down()
    demo.page.mouse.move(760, 640, steps=4)
    demo.page.mouse.up()
    moved = demo.place(table)
    assert moved["x"] - farther["x"] == pytest.approx(60, abs=1)
    assert moved["y"] - farther["y"] == pytest.approx(40, abs=1)
    # Dragging chooses nothing.
    assert demo.state("focus") is None
    demo.page.locator("#stage").focus()
    demo.press("+")
    assert demo.place(table)["width"] == pytest.approx(1.3 * moved["width"], rel=0.01)
    demo.press("f")
    assert demo.place(table) == pytest.approx(before, abs=1)


def test_pointer_tells_names(opened: Callable[..., Reader]) -> None:
    """Parts below it are named in full: a table, and the links of a line."""
    page = opened(chain())
    page.ask("h.set({threshold: 0})")
    box = page.place(page.ask("h.view().pack.nodeOfId(x)", uid("a/t")))
    page.page.mouse.move(box["x"] + 20, box["y"] + 8)
    tip = page.page.locator(".tip")
    expect(tip).to_contain_text("a/t")
    expect(tip).to_contain_text("3 of 3 links shown")
    page.page.mouse.move(*middle(page, "a/t", "b/t"))
    expect(tip).to_contain_text("a/t \u2192 b/t")
    expect(tip).to_contain_text("2 links")
    expect(tip).to_contain_text("x \u2192 x")
    expect(tip).to_contain_text("0.70")
    page.page.mouse.move(5, 5)
    expect(tip).to_have_count(0)


def middle(page: Reader, source: str, target: str) -> tuple[float, float]:
    """Return where the middle of a line is in the window."""
    x, y = page.settled().ask(
        """(() => {
          const { pack } = h.view();
          const { items, lines, itemOf } = h.picture.scene();
          const [from, to] = x.map((id) => itemOf[pack.nodeOfId(id)]);
          const { path } = lines.find((line) => line.from === from && line.to === to);
          const place = h.picture.placeOf(items[from].node);
          const scale = place.width / items[from].width;
          const k = 6 * Math.floor((path.length - 2) / 12);
          const mix = (o) =>
            [1, 3, 3, 1].reduce((sum, share, n) => sum + (share / 8) * path[k + 2 * n + o], 0);
          return [
            place.x + (mix(0) - items[from].x) * scale,
            place.y + (mix(1) - items[from].y) * scale,
          ];
        })()""",
        [uid(source), uid(target)],
    )
    return x, y


# --- search --------------------------------------------------------------------------------------


def test_search_leads_anywhere(demo: Reader, demo_graph: LinkGraph) -> None:
    """From every level and layout, to a column that is not drawn there yet; its name is there."""
    wanted = "Zendesk/ticket_metrics.id"
    node = demo_graph.index_of(wanted)
    for state in (
        "{level: 0}",
        "{level: 0, layout: 'matrix'}",
        "{level: 2}",
        "{level: 1, layout: 'layers'}",
    ):
        demo.ask(f"h.set({{...{state}, focus: null}})")
        demo.settled()
        demo.press("/", "ControlOrMeta+a")
        demo.page.keyboard.type(wanted)
        demo.press("Enter")
        assert demo.state("focus") == {"kind": "near", "node": node, "hops": 1}
        assert demo.in_sight(node)
        box = demo.place(node)
        names = [
            label
            for label in demo.labels()
            if label["text"] == "id"
            and abs(label["y"] + label["height"] / 2 - box["y"] - box["height"] / 2) < 3
        ]
        assert len(names) == 1, state
        assert names[0]["alpha"] == 1
        assert names[0]["size"] >= 6


def test_quick_enter_takes_what_is_written(demo: Reader, demo_graph: LinkGraph) -> None:
    """Enter that comes before the list is drawn goes to the match of the present words."""
    demo.page.locator("#search").fill("customers.email")
    demo.press("Enter")
    demo.page.evaluate(
        """() => {
          const box = document.querySelector("#search");
          box.focus();
          box.select();
          document.execCommand("insertText", false, "zendesk/users.email");
          const enter = { key: "Enter", bubbles: true, cancelable: true };
          box.dispatchEvent(new KeyboardEvent("keydown", enter));
        }"""
    )
    demo.settled()
    assert demo_graph.node(demo.state("focus")["node"]).path == "Zendesk/users.email"


# --- focus ---------------------------------------------------------------------------------------


def test_click_shows_neighbours(demo: Reader, demo_graph: LinkGraph) -> None:
    """Those of Python, and what was rejected beside them: of systems, tables and columns."""
    for wanted, level in (
        ("Zendesk", "Systems"),
        ("Zendesk/tickets", "Tables"),
        ("Zendesk/users.email", "Fields"),
    ):
        demo.page.get_by_role("group", name="Shown as").get_by_role("button", name=level).click()
        start = demo_graph.index_of(wanted)
        plain = demo.settled().ask("h.picture.svg()")
        demo.click(start)
        nodes, links = demo.seen()
        touching = demo_graph.where(nodes=wanted).links
        assert links == set(touching["link_id"])
        found = neighborhood(demo_graph, wanted, max_depth=1)
        near = {demo_graph.index_of(node) for node in found.nodes["node_id"]}
        rejected = {
            demo_graph.index_of(row[end])
            for row in touching
            for end in ("source", "target")
            if row["status"] == "REJECTED"
        }
        assert nodes == near | rejected
        assert set(found.links["link_id"]) <= links
        expect(demo.page.locator(".counts")).to_contain_text(
            f"{len(links)} of 1,490 links looked at"
        )
        expect(demo.details.locator("h3").first).to_contain_text(
            f"{len(links)} of {len(links)} shown"
        )
        assert demo.ask("h.picture.svg()") != plain
        demo.press("Escape")


def test_everything_else_fades(opened: Callable[..., Reader]) -> None:
    """Names of what is looked at stay as they are; others are pale, and back after Escape."""
    graph = chain()
    page = opened(graph)
    page.ask("h.set({threshold: 0})")

    def alphas() -> dict[str, float]:
        return {
            system: page.ask("h.picture.scene().seen?.[h.picture.scene().itemOf[x]] ?? 1", node)
            for system in "abcd"
            for node in [graph.index_of(f"{system}/t")]
        }

    def names() -> list[float]:
        return sorted(label["alpha"] for label in page.labels() if label["text"] == "t")

    assert names() == [1, 1, 1, 1]
    page.click(graph.index_of("c/t"))
    assert alphas() == {"a": 1, "b": 1, "c": 1, "d": 0}
    assert names() == [0.32, 1, 1, 1]
    page.press("Escape")
    assert names() == [1, 1, 1, 1]


WAYS: list[tuple[str, Any]] = [("u", upstream), ("d", downstream), ("b", neighborhood)]


@pytest.mark.parametrize("start", ["Salesforce/Contact.Email", "Stripe/customers"])
def test_lineage_is_pythons(demo: Reader, demo_graph: LinkGraph, start: str) -> None:
    """By key, within as many steps as are typed: the same nodes, links and distances."""
    demo.look(start)
    for key, search in WAYS:
        # In the picture; D leads to the page of lineages.
        if key == "d":
            demo.details.get_by_role("button", name="Depends on it").click()
        else:
            demo.press(key)
        for hops in (3, 1, 2):
            demo.press(str(hops))
            assert demo.state("focus")["hops"] == hops
            found = search(demo_graph, start, max_depth=hops)
            nodes, links = demo.seen()
            assert nodes == {demo_graph.index_of(node) for node in found.nodes["node_id"]}
            assert links == set(found.links["link_id"])
            depths = list(found.nodes["depth"])
            told = {
                words.rsplit(" ", 1)[0].strip(): int(n.replace(",", ""))
                for summary in demo.details.locator("summary:has(.value)").all()
                for n in [summary.locator(".value").inner_text()]
                for words in [f"{summary.inner_text().removesuffix(n).strip()} "]
            }
            assert told == {
                f"{abs(depth)} step{'s' * (abs(depth) > 1)}: "
                f"{'links to it' if depth < 0 or key == 'u' else 'depends on it'}": depths.count(
                    depth
                )
                for depth in set(depths) - {0}
            }
    expect(demo.details.get_by_label("Steps")).to_have_value("2")
    demo.details.get_by_role("button", name="Neighbours").click()
    assert demo.state("focus") == {
        "kind": "near",
        "node": demo_graph.index_of(start),
        "hops": 1,
    }
    # The panel does the same, for who has a pointer alone.
    demo.details.get_by_role("button", name="Links to it").click()
    demo.settled()
    demo.details.get_by_label("Steps").select_option("4")
    found = upstream(demo_graph, start, max_depth=4)
    assert demo.seen()[1] == set(found.links["link_id"])


def test_double_click_shows_both_ways(demo: Reader, demo_graph: LinkGraph) -> None:
    """Two steps up and down."""
    table = demo_graph.index_of("Stripe/customers")
    demo.click(table, click_count=2)
    assert demo.state("focus") == {"kind": "both", "node": table, "hops": 2}
    found = neighborhood(demo_graph, "Stripe/customers", max_depth=2)
    nodes, links = demo.seen()
    assert nodes == {demo_graph.index_of(node) for node in found.nodes["node_id"]}
    assert links == set(found.links["link_id"])


def test_double_click_is_of_what_the_first_click_met(demo: Reader, demo_graph: LinkGraph) -> None:
    """The first click moves the picture, and another thing may be there by the second."""
    before = demo.places(range(demo_graph.n_nodes))
    table = demo_graph.index_of("Stripe/customers")
    demo.click(table)
    assert demo.places([table]) != [before[table]]
    demo.page.mouse.down(click_count=2)
    demo.page.mouse.up(click_count=2)
    demo.settled()
    assert demo.state("focus") == {"kind": "both", "node": table, "hops": 2}


def told_path(page: Reader) -> list[tuple[str, str, str, str]]:
    """Read the steps of a path from the panel, once what was chosen is drawn."""
    page.settled()
    return [
        (
            row.locator(".node").first.get_attribute("title") or "",
            row.locator(".step .link").inner_text().split(" ", 1)[1],
            row.locator(".value").inner_text(),
            row.locator(".node").last.get_attribute("title") or "",
        )
        for row in page.details.locator("ol.steps > li").all()
    ]


def test_path_between_two(demo: Reader, demo_graph: LinkGraph) -> None:
    """By key, and the other end clicked in the picture: the strongest one, told step by step."""
    a, b = "Salesforce/Opportunity.CreatedDate", "Zendesk/users.created_at"
    path = strongest_path(demo_graph, a, b, directed=False)
    assert {step.forward for step in path.steps} == {True, False}
    demo.page.get_by_role("group", name="Shown as").get_by_role("button", name="Fields").click()
    demo.look(a)
    demo.press("p")
    prompt = demo.page.locator(".prompt")
    expect(prompt).to_contain_text(f"Path from {a}")
    # Escape leaves the question, and nothing else.
    demo.press("Escape")
    expect(prompt).to_have_count(0)
    assert demo.state("focus")["node"] == demo_graph.index_of(a)
    demo.press("p")
    demo.ask("h.picture.reveal([x])", demo_graph.index_of(b))
    demo.click(demo_graph.index_of(b))
    expect(prompt).to_have_count(0)
    nodes, links = demo.seen()
    assert links == {step.link_id for step in path.steps}
    assert nodes == {
        demo_graph.index_of(node) for step in path.steps for node in (step.source, step.target)
    }
    expect(demo.details).to_contain_text(f"score {path.confidence:.2f}, {len(path.steps)} steps")
    assert told_path(demo) == [
        (
            step.source_path,
            "along the link" if step.forward else "against the link",
            f"{step.weight:.2f}" if step.weight < 0.995 else f"{step.weight:.4f}",
            step.target_path,
        )
        for step in path.steps
    ]
    weakest = min(range(len(path.steps)), key=lambda at: path.steps[at].weight)
    expect(demo.details.locator("ol.steps > li").nth(weakest)).to_contain_text("weakest")
    demo.details.get_by_role("button", name="Turn round").click()
    assert [step[0] for step in told_path(demo)] == [
        step.target_path for step in reversed(path.steps)
    ]
    # Each step is a link, which can be looked at.
    demo.details.locator("ol.steps .step .link").last.click()
    assert demo.state("focus")["kind"] == "link"
    expect(demo.details.locator(".id")).to_have_text(path.steps[0].link_id)


def test_path_by_shift_and_where_there_is_none(opened: Callable[..., Reader]) -> None:
    """Shift and a click is enough; two that nothing joins are told so."""
    graph = chain()
    page = opened(graph)
    page.click(graph.index_of("a/t"))
    page.page.keyboard.down("Shift")
    page.click(graph.index_of("c/t"))
    page.page.keyboard.up("Shift")
    assert [step[0] for step in told_path(page)] == ["a/t.x", "b/t.x"]
    expect(page.details).to_contain_text("score 0.72, 2 steps")
    page.press("p")
    page.click(graph.index_of("d/t"))
    expect(page.details).to_contain_text("No path")
    assert page.seen() == ({graph.index_of("a/t"), graph.index_of("d/t")}, set())
    page.press("p")
    page.click(graph.index_of("a/t"))
    expect(page.page.locator(".prompt")).to_have_count(0)


def test_lines_can_be_clicked(opened: Callable[..., Reader]) -> None:
    """One that stands for a link tells it, one that stands for several lists them."""
    graph = chain()
    page = opened(graph)
    page.page.mouse.click(*middle(page, "b/t", "c/t"))
    page.settled()
    expect(page.details.locator("h2")).to_have_text("Link")
    expect(page.details.locator(".id")).to_have_text(uid("link 2"))
    page.press("Escape")
    page.page.mouse.click(*middle(page, "a/t", "b/t"))
    page.settled()
    assert page.state("focus")["kind"] == "line"
    expect(page.details).to_contain_text("2 links from the one to the other")
    rows = page.details.locator(".link-row")
    expect(rows).to_have_text([r_of("approved", "y", "0.70"), r_of("suggested", "x", "0.90")])
    assert page.seen()[1] == {uid("link 0"), uid("link 1")}
    rows.first.get_by_role("button").click()
    expect(page.details.locator(".id")).to_have_text(uid("link 1"))


def r_of(status: str, column: str, value: str) -> Pattern[str]:
    """Match a row of a list of links."""
    return re.compile(rf"{status}.*a/t\.{column}.*b/t\.{column}.*{value}", re.DOTALL)


def test_there_is_a_way_back(demo: Reader, demo_graph: LinkGraph) -> None:
    """Escape and the browser's own buttons lead back and forth, step by step."""
    demo.click(demo_graph.index_of("Stripe/customers"))
    demo.press("u", "2")
    demo.details.locator(".link-row button").first.click()
    demo.details.locator(".ends-box button").last.click()
    demo.settled()
    trail = [demo.state("focus")]
    assert trail[0]["kind"] == "near"
    for _ in range(4):
        demo.page.go_back()
        demo.settled()
        trail.append(demo.state("focus"))
    kinds = [focus["kind"] for focus in trail]
    assert kinds == ["near", "link", "up", "up", "near"]
    assert [focus.get("hops") for focus in trail[2:]] == [2, 3, 1]
    demo.page.go_back()
    expect(demo.details).to_have_count(0)
    for focus in reversed(trail):
        demo.page.go_forward()
        demo.settled()
        assert demo.state("focus") == focus
        expect(demo.details.locator("h2")).to_be_visible()
    # The keyboard goes the same way.
    demo.page.locator("#stage").focus()
    for focus in [*trail[1:], None]:
        demo.page.keyboard.press("Escape")
        expect(demo.details).to_have_count(0 if focus is None else 1)
        demo.until(focus)
    # And the button of the page, which is gone at the end.
    demo.click(demo_graph.index_of("Zendesk/users"))
    button = demo.page.get_by_role("button", name="Back", exact=True)
    button.click()
    expect(demo.details).to_have_count(0)
    expect(button).to_have_count(0)


def test_levels_are_in_the_way_back(demo: Reader) -> None:
    """Back undoes a change of level and layout too."""
    levels = demo.page.get_by_role("group", name="Shown as")
    levels.get_by_role("button", name="Systems").click()
    demo.page.get_by_label("Layout", exact=True).select_option(label="Matrix")
    demo.page.go_back()
    expect(demo.page.get_by_label("Layout", exact=True)).to_have_value("lanes")
    demo.page.go_back()
    expect(levels.get_by_role("button", name="Tables")).to_have_attribute("aria-pressed", "true")


def test_ground_ends_a_focus(demo: Reader, demo_graph: LinkGraph) -> None:
    """A click where nothing is looks at everything again, and so does the panel's cross."""
    stage = demo.page.locator("#stage").bounding_box()
    assert stage is not None
    demo.click(demo_graph.index_of("Stripe/customers"))
    demo.page.mouse.click(stage["x"] + 4, stage["y"] + 4)
    expect(demo.details).to_have_count(0)
    assert demo.state("focus") is None
    demo.click(demo_graph.index_of("Stripe/customers"))
    demo.page.get_by_role("button", name="Close details").click()
    expect(demo.details).to_have_count(0)
    assert demo.settled().ask("h.view().seen") is None
