"""Tests of clusters, filters and decisions in the page, as a browser runs it: Python's answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.export import write
from hummgraph.graph.decisions import Decision, GivenName, Record
from hummgraph.graph.elements import Level
from hummgraph.graph.journal import write_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import APPROVED, REJECTED
from tests.explorer.browser.test_model import STATUSES, Case, random_cases, random_question
from tests.support import builders
from tests.support.browsing import Explorer, explorer
from tests.support.builders import uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.algorithms.clustering.clusters import Clusters

N_BINS = 40
N_CASES = 10  # of the random graphs, of which programs without a browser ask many more
N_THRESHOLDS = 20
N_STEPS = 4  # thresholds at which the whole view is compared, not the clusters alone

# Decides as the buttons do, then gives the clusters at each threshold.
DECIDED = """(() => {
  h.set({ decisions: new Map() });
  for (const [id, status] of x.decisions) h.decide(id, status);
  return x.thresholds.map((at) => h.clustersAt(at));
})()"""

# What the whole view makes of each threshold.
VIEWED = """x.map((threshold) => {
  h.set({ threshold });
  const { contradictions, pack } = h.view();
  const told = contradictions.map(({ cluster, link }) => [cluster, pack.linkId(link)]);
  return [h.labels(), told];
})"""

# How long each bar of the histogram is, and whether it is faded.
BARS = """(svg) => [...svg.querySelectorAll("rect")].map((bar) => [
  Math.round(bar.x.baseVal.value - 0.08),
  bar.getAttribute("fill"),
  bar.height.baseVal.value,
  bar.getAttribute("opacity") !== "1",
])"""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Graphs of every kind, how each is clustered, and decisions about its links."""
    return random_cases(N_CASES)


@pytest.fixture(scope="module")
def joined(demo_graph: LinkGraph) -> Clusters:
    """Clusters of links of at least 0.7 in the bundled organisation."""
    return cluster(demo_graph, method="components", threshold=0.7)


@pytest.fixture(scope="module")
def demo_page(
    tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph, joined: Clusters
) -> Path:
    """The bundled organisation as a page, clustered by components."""
    return write(demo_graph, tmp_path_factory.mktemp("demo") / "demo.html", clusters=joined)


@pytest.fixture
def demo(context: BrowserContext, demo_page: Path) -> Iterator[Explorer]:
    """That page, and no complaint of it when the test has ended."""
    page = Explorer(context.new_page()).opened(demo_page)
    yield page
    page.ok()


def together() -> LinkGraph:
    """Return two pairs that one suggested link joins, a rejected pair, and a contradiction."""
    return builders.graph(
        [
            ("a/t.x", "b/t.x", 0.9, "APPROVED"),
            ("c/t.x", "d/t.x", 0.8, "APPROVED"),
            ("b/t.x", "c/t.x", 0.6, "SUGGESTED"),
            ("a/t.y", "b/t.y", 0.9, "APPROVED"),
            ("b/t.y", "c/t.y", 0.9, "APPROVED"),
            ("c/t.y", "a/t.y", 0.9, "REJECTED"),
            ("a/t.z", "b/t.z", 0.55, "SUGGESTED"),
        ]
    )


def at_half(graph: LinkGraph) -> Clusters:
    """Join what links of at least one half join."""
    return cluster(graph, method="components", threshold=0.5)


def link_of(graph: LinkGraph, source: str, target: str) -> str:
    """Return the id of the link between two columns."""
    ends = {(row["source_path"], row["target_path"]): row["link_id"] for row in graph.links}
    return str(ends[source, target])


def open_link(page: Explorer, link_id: str) -> None:
    """Choose a link in the table, as a person does."""
    page.page.get_by_role("button", name="Table", exact=True).first.click()
    link = page.ask("h.view().pack.linkOfId(x)", link_id)
    source = page.ask("h.view().pack.path(h.view().pack.source[x])", link)
    target = page.ask("h.view().pack.path(h.view().pack.target[x])", link)
    row = page.page.locator(".tables tbody tr").filter(has_text=source).filter(has_text=target)
    row.first.click()
    expect(page.page.locator(".details .id")).to_have_text(link_id)
    page.page.get_by_role("button", name="Close the tables").click()


# --- clusters ------------------------------------------------------------------------------------


def test_clusters_are_pythons(context: BrowserContext, tmp_path: Path, cases: list[Case]) -> None:
    """At many thresholds, of trees of other methods, before decisions and after."""
    trees = [case for case in cases if case.clusters.method != "components"]
    assert {case.clusters.method for case in trees} == {"single", "average", "complete"}
    for case in trees:
        page = explorer(context, case.graph, tmp_path, clusters=case.clusters)
        for question in (case.questions[0], case.questions[-1]):
            made = [(one.link_id, one.status) for one in case.decisions(question)]
            thresholds = question["thresholds"][-N_THRESHOLDS:]
            asked = {"decisions": made, "thresholds": thresholds}
            tree = merge_tree(case.decided(question), **case.held)
            for threshold, labels in zip(thresholds, page.ask(DECIDED, asked), strict=True):
                assert tree.cut(threshold).labels.tolist() == labels, (case.options, threshold)
        page.ok()
        page.page.close(run_before_unload=False)


def test_components_are_pythons(context: BrowserContext, tmp_path: Path, cases: list[Case]) -> None:
    """At many thresholds of some graphs, labels and contradictions; decided in both."""
    seen: Counter[str] = Counter()
    for seed, case in enumerate(cases):
        graph = case.graph
        options = {k: v for k, v in case.options.items() if k in {"level", "one_per", "many_in"}}
        options["method"] = "components"
        question = random_question(Random(seed), graph, 8, N_THRESHOLDS)
        thresholds = question["thresholds"]
        page = explorer(context, graph, tmp_path, clusters=cluster(graph, threshold=0.5, **options))
        for made in ([], case.decisions(question)):
            given = {one.link_id: one.status for one in made}
            decided = graph.with_decisions(given)
            found = page.ask(DECIDED, {"decisions": list(given.items()), "thresholds": thresholds})
            tree = merge_tree(decided, **options)
            for threshold, labels in zip(thresholds, found, strict=True):
                assert tree.cut(threshold).labels.tolist() == labels, (seed, threshold)
            last = thresholds[-N_STEPS:]
            for threshold, (labels, told) in zip(last, page.ask(VIEWED, last), strict=True):
                clusters = cluster(decided, threshold=threshold, **options)
                assert clusters.labels.tolist() == labels, (seed, threshold)
                assert [(clusters.ids[label], link) for label, link in told] == [
                    (one.cluster_id, one.link_id) for one in clusters.contradictions
                ]
                seen["decided" if made else "stored"] += len(told)
        page.ok()
        page.page.close(run_before_unload=False)
    assert min(seen["stored"], seen["decided"]) >= 5


def test_contradictions_are_pythons(context: BrowserContext, tmp_path: Path) -> None:
    """They stand above the list of clusters, at each, and at the link; deciding ends them."""
    graph = together()
    page = explorer(context, graph, tmp_path, clusters=cluster(graph))
    (found,) = cluster(graph).contradictions
    told = page.ask("h.view().contradictions.map(({link}) => h.view().pack.linkId(link))")
    assert told == [found.link_id]
    box = page.filters().locator(".contradictions")
    expect(box).to_contain_text("1 contradiction")
    marks = page.page.locator(".filters .clusters li").filter(
        has=page.page.locator(".is-contradiction")
    )
    expect(marks).to_have_count(1)
    box.get_by_role("button").click()
    expect(page.page.locator(".details .contradictions")).to_contain_text("Approved links force")
    page.page.get_by_role("button", name="By which way?").click()
    expect(page.page.locator(".details")).to_contain_text("b/t.y")
    # Taking back one of the approvals that force it settles it, and the page says so before.
    forcing = link_of(graph, "b/t.y", "c/t.y")
    open_link(page, forcing)
    row = page.page.locator(".details .choice-row").nth(1)
    expect(row).to_contain_text("It settles 1 contradiction.")
    row.get_by_role("button", name="Reject").click()
    expect(box).to_have_count(0)
    expect(marks).to_have_count(0)
    decided = cluster(graph.with_decisions({forcing: "REJECTED"}))
    assert decided.contradictions == ()
    assert page.clusters_at() == decided.labels.tolist()
    page.undo()
    expect(box).to_contain_text("1 contradiction")
    page.ok()


# --- the threshold -------------------------------------------------------------------------------


def listed(clusters: Clusters) -> list[str]:
    """Return what the panel lists of clusters: the first twelve."""
    return [f"{one.name} {one.size}" for one in islice(clusters, 12)]


def check_threshold(page: Explorer, graph: LinkGraph, threshold: float) -> None:
    """Compare everything that the threshold changes with Python: panel, counts, table."""
    assert page.settled().state("threshold") == threshold
    clusters = cluster(graph, method="components", threshold=threshold)
    assert page.clusters_at() == clusters.labels.tolist()
    passing = graph.where(min_confidence=threshold) if threshold > 0 else graph
    assert page.links() == passing.links["link_id"]
    find = page.page.locator
    expect(find(".counts")).to_have_text(
        re.compile(
            rf"^{passing.n_links:,} of {graph.n_links:,} links (shown|joined from {threshold:g});"
        )
    )
    sizes = Counter(label for label in clusters.labels.tolist() if label >= 0)
    summary = f"{clusters.n_clusters} concept" + ("s" if clusters.n_clusters != 1 else "")
    largest = f", the largest of {sizes[0]}" if sizes else ""
    expect(find(".threshold .note").first).to_contain_text(f"{summary}{largest}")
    told = find(".filters .clusters li").evaluate_all(
        "(rows) => rows.map((row) => [...row.querySelectorAll('.name, .value')]"
        ".map((part) => part.textContent).join(' '))"
    )
    assert told == listed(clusters)
    rows = find(".tables tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    facts = [
        [
            one.name,
            f"{row['identity_value']:.2f}",
            *(str(row[name] or "") for name in ("members", "systems", "links", "contradictions")),
        ]
        for one, row in zip(clusters, clusters.quality, strict=True)
    ]
    assert rows == facts[:100]
    contradicted = Counter(one.cluster_id for one in clusters.contradictions)
    total = sum(contradicted.values())
    expect(find(".filters .contradictions > b")).to_have_count(min(total, 1))
    slider = page.page.get_by_label("Joined from")
    expect(slider).to_have_attribute("aria-valuetext", f"from {plain(threshold)}")
    expect(page.page.get_by_label("Least score that joins")).to_have_value(plain(threshold))


def plain(value: float) -> str:
    """Write a number as JavaScript does."""
    return repr(float(value)).removesuffix(".0")


def test_slider_moves_clusters(demo: Explorer, demo_graph: LinkGraph) -> None:
    """By keyboard and by number: clusters, counts, lists and tables are Python's at once."""
    demo.page.get_by_role("button", name="Table", exact=True).first.click()
    demo.page.get_by_role("tab", name="Concepts").click()
    demo.filters()
    check_threshold(demo, demo_graph, 0.7)
    slider = demo.page.get_by_label("Joined from")
    slider.focus()
    for key, expected in (
        ("ArrowRight", 0.705),
        ("ArrowUp", 0.71),
        ("ArrowLeft", 0.705),
        ("End", 1.0),
        ("Home", 0.0),
    ):
        demo.page.keyboard.press(key)
        check_threshold(demo, demo_graph, expected)
    demo.page.keyboard.press("PageUp")
    check_threshold(demo, demo_graph, demo.state("threshold"))
    assert demo.state("threshold") > 0
    number = demo.page.get_by_label("Least score that joins")
    # A threshold counts to its last digit, and a link that has just that confidence passes.
    exact = max(row["confidence"] for row in demo_graph.links if (row["confidence"] or 1) < 0.9)
    for typed in (0.65, exact):
        number.fill(plain(typed))
        number.press("Enter")
        check_threshold(demo, demo_graph, typed)
    assert exact in {row["confidence"] for row in demo_graph.where(min_confidence=exact).links}


def test_slider_follows_the_mouse(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Clicked, it goes there; dragged, clusters change before it is let go."""
    slider = demo.filters().get_by_label("Joined from")
    box = slider.bounding_box()
    assert box is not None
    line = box["y"] + box["height"] / 2

    def at(share: float) -> tuple[float, float]:
        return box["x"] + 8 + share * (box["width"] - 16), line

    demo.page.mouse.click(*at(0.4))
    assert demo.state("threshold") == pytest.approx(0.4, abs=0.02)
    demo.page.mouse.move(*at(demo.state("threshold")))
    demo.page.mouse.down()
    found = set()
    for share in (0.5, 0.6, 0.7, 0.8):
        demo.page.mouse.move(*at(share))
        threshold = demo.settled().state("threshold")
        assert threshold == pytest.approx(share, abs=0.03)
        clusters = cluster(demo_graph, method="components", threshold=threshold)
        assert demo.clusters_at() == clusters.labels.tolist()
        expect(demo.page.locator(".threshold .note").first).to_contain_text(
            f"{clusters.n_clusters} concepts"
        )
        found.add(clusters.n_clusters)
    demo.page.mouse.up()
    assert len(found) > 2


def test_histogram_is_pythons(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Bars count the links of each status that pass all other filters; faded ones fail."""
    demo.filters().get_by_label("exact rule").uncheck()
    kept = demo_graph.where(link_type="PROBABILISTIC")
    histogram = demo.page.locator("svg.histogram")
    score = np.where(
        np.isnan(kept.arrays.links.confidence), kept.weights, kept.arrays.links.confidence
    )
    statuses = [row["status"].lower() for row in kept.links]
    expected: Counter[tuple[int, str]] = Counter(
        (min(N_BINS - 1, int(value * N_BINS + 1e-9)), status)
        for value, status in zip(score.tolist(), statuses, strict=True)
        if not np.isnan(value)
    )
    most = max(Counter(place for place, _ in expected.elements()).values())
    for threshold in ("0.7", "0.25", "0"):
        demo.page.get_by_label("Least score that joins").fill(threshold)
        demo.page.get_by_label("Least score that joins").press("Enter")
        bars = demo.settled().page.locator("svg.histogram").evaluate(BARS)
        found = {
            (place, fill.removeprefix("var(--").removesuffix(")")): height * most / 38
            for place, fill, height, _ in bars
        }
        assert found == pytest.approx(dict(expected), abs=0.01)
        assert {place for place, _, _, faded in bars if faded} == {
            place for place, _ in expected if (place + 1) / N_BINS <= float(threshold)
        }
    passing = kept.n_links
    expect(histogram).to_have_attribute(
        "aria-label", f"How scores are spread: {passing:,} links shown"
    )


def test_threshold_outside_its_range_changes_nothing(
    context: BrowserContext, tmp_path: Path
) -> None:
    """A text that is no threshold is refused, and does not stay in the box."""
    graph = together()
    page = explorer(context, graph, tmp_path, clusters=at_half(graph))
    number = page.filters().get_by_label("Least score that joins")
    number.fill("0.6")
    number.press("Enter")
    before = page.clusters_at()
    for typed in ("1.5", "-0.0001", "abc", "0,7,1", ""):
        for key in ("Enter", "Tab"):
            number.focus()
            number.press("ControlOrMeta+a")
            number.press("Delete")
            number.press_sequentially(typed)
            number.press(key)
            page.settled()
            assert page.state("threshold") == 0.6, typed
            expect(number).to_have_value("0.6")
            assert page.clusters_at() == before
    number.fill("1")
    number.press("Enter")
    assert page.state("threshold") == 1
    page.ok()


@pytest.mark.parametrize("method", ["gaec", "best_links"])
def test_clusters_without_a_tree_stay(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, method: Any
) -> None:
    """The threshold filters links only, and what a decision changes needs Python: it says both."""
    clusters = cluster(demo_graph, method=method)
    page = explorer(context, demo_graph, tmp_path, clusters=clusters)
    number = page.filters().get_by_label("Least score that joins")
    warned = page.page.locator(".threshold .warn")
    for threshold in (0.0, 0.5, 1.0):
        number.fill(plain(threshold))
        number.press("Enter")
        assert page.clusters_at() == clusters.labels.tolist()
        assert page.clusters_at(threshold) == clusters.labels.tolist()
        kept = demo_graph.where(min_confidence=threshold) if threshold else demo_graph
        assert page.links() == kept.links["link_id"]
        expect(warned).to_have_text(
            "The concepts stay as they came, whatever score they are joined from:"
            f" {method} has no merge tree."
        )
    expect(page.page.locator(".filters")).to_contain_text(f"method {method}")
    number.fill("0.7")
    number.press("Enter")
    # No effect is shown that the page cannot know, and no decision changes the method.
    link = next(
        row["link_id"]
        for row in demo_graph.links
        if row["status"] == "SUGGESTED" and demo_graph.node(row["source"]).level == Level.COLUMN
    )
    page.ask("h.set({focus: {kind: 'link', link: h.view().pack.linkOfId(x)}})", link)
    effects = page.page.locator(".details .choice-row p")
    needs = f"The effect needs Python: {method} does not run in this page."
    expect(effects).to_contain_text([needs, needs])
    page.page.get_by_role("button", name="Reject", exact=True).click()
    expect(warned).to_contain_text(f"from before the decisions: {method} runs in Python only")
    expect(page.page.locator(".filters")).to_contain_text(f"method {method}")
    assert page.clusters_at() == clusters.labels.tolist()
    page.undo()
    expect(warned).to_contain_text("stay as they came")
    assert page.clusters_at() == clusters.labels.tolist()
    page.ok()


# --- filters -------------------------------------------------------------------------------------


def test_filters_are_pythons(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Status, type and system leave the links that ``where`` leaves; each can be undone."""
    page = explorer(context, demo_graph, tmp_path, address="#p=tables&t=0")
    boxes = page.filters()
    boxes.get_by_label("suggested").uncheck()
    decided = demo_graph.where(status=["APPROVED", "REJECTED"])
    assert page.links() == decided.links["link_id"]
    boxes.get_by_label("estimate").uncheck()
    both = decided.where(link_type="DETERMINISTIC")
    assert page.links() == both.links["link_id"]
    boxes.get_by_label("suggested").check()
    boxes.get_by_label("estimate").check()
    boxes.get_by_role("button", name="Only Snowflake").click()
    within = demo_graph.subgraph(["Snowflake"])
    assert within.n_links > 0
    assert page.links() == within.links["link_id"]
    boxes.get_by_role("button", name="Systems: none").click()
    assert page.links() == []
    boxes.get_by_role("button", name="Systems: all").click()
    assert len(page.links()) == demo_graph.n_links
    page.ok()


def test_what_is_done_before_a_frame_is_drawn_counts(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """On a slow page two boxes are unticked, and a search has its purpose, before it is drawn."""
    context.add_init_script(
        "{ const next = requestAnimationFrame;"
        " window.requestAnimationFrame = (draw) => setTimeout(() => next(draw), 200); }"
    )
    page = explorer(context, demo_graph, tmp_path)
    page.filters().evaluate(
        "(panel) => [...panel.querySelectorAll('.systems input')].slice(0, 2)"
        ".forEach((box) => box.click())"
    )
    assert page.ask("[...h.state().hiddenSystems]") == [0, 1]
    page.settled().page.evaluate("location.hash = '#p=start'")
    page.settled()
    keyboard = page.page.keyboard
    keyboard.press("/")
    keyboard.press("Escape")
    expect(page.page.locator("h1")).to_be_focused()
    keyboard.press("d")
    keyboard.type("stripe customers email")
    keyboard.press("Enter")
    expect(page.page.locator("h1")).to_have_text("What depends on Stripe customers email")
    # The second line, by keys; and one that is chosen is not chosen again.
    for keys, name in (
        ("email|ArrowDown|Enter", "company email"),
        ("email|Enter|Enter", "person email"),
    ):
        page.settled()
        keyboard.press("/")
        text, *rest = keys.split("|")
        keyboard.type(text)
        for key in rest:
            keyboard.press(key)
        expect(page.page.locator("h1")).to_have_text(name)
    page.ok()


def test_colours_tell_different_things(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """By cluster, system and status: the picture differs, and the legend says which it is."""
    page = explorer(context, demo_graph, tmp_path)
    page.filters()
    chosen = page.page.get_by_label("Colour by")
    pictures, legends = set(), set()
    for colour in ("cluster", "system", "status"):
        chosen.select_option(colour)
        page.settled()
        pictures.add(page.ask("h.picture.svg()"))
        legends.add(page.page.locator(".about").inner_text())
    assert len(pictures) == len(legends) == 3


# --- decisions -----------------------------------------------------------------------------------


def test_effect_is_told_before_and_seen_after(context: BrowserContext, tmp_path: Path) -> None:
    """Approving joins two clusters, rejecting keeps them apart; undoing leads back."""
    graph = together()
    page = explorer(context, graph, tmp_path, clusters=at_half(graph))
    link = link_of(graph, "b/t.x", "c/t.x")
    open_link(page, link)
    details = page.page.locator(".details")
    expect(details.locator(".choice-row").nth(1)).to_contain_text("4 fields")
    before = page.clusters_at()
    details.get_by_role("button", name="Reject", exact=True).click()
    rejected = graph.with_decisions({link: "REJECTED"})
    expected = at_half(rejected).labels.tolist()
    assert page.clusters_at() == expected != before
    expect(details).to_contain_text("Decided here: it is rejected.")
    expect(page.saving).to_contain_text("1 decision \u00b7 Save")
    details.get_by_role("button", name="Undo").click()
    assert page.clusters_at() == before
    # Nothing is decided, so nothing is unsaved; but what was taken back can come again.
    expect(page.saving).to_have_count(0)
    assert page.ask("h.state().decisions.size") == 0
    page.undo()
    assert page.clusters_at() == expected
    expect(page.saving).to_contain_text("1 decision \u00b7 Save")
    page.ok()


def test_decisions_go_out_and_come_back(context: BrowserContext, tmp_path: Path) -> None:
    """The file makes the same clusters in Python, and the same page again."""
    graph = together()
    page = explorer(context, graph, tmp_path, clusters=at_half(graph))
    first, second = link_of(graph, "b/t.x", "c/t.x"), link_of(graph, "a/t.z", "b/t.z")
    open_link(page, first)
    page.page.locator(".details textarea").fill('not "the" same')
    page.page.get_by_role("button", name="Reject", exact=True).click()
    open_link(page, second)
    page.page.get_by_role("button", name="Approve", exact=True).click()
    with page.page.expect_download() as caught:
        page.saving.click()
    assert caught.value.suggested_filename == "decisions.jsonl"
    file = tmp_path / "decisions.jsonl"
    caught.value.save_as(file)
    # Nothing tells a page whether a download became a file: the reader does.
    expect(page.saving).to_contain_text("2 decisions \u00b7 Save")
    page.page.get_by_role("button", name="Yes, it is there").click()
    expect(page.saving).to_contain_text("2 decisions \u00b7 saved")
    decided = graph.with_decisions(file)
    assert decided.n_links_by_status == {"SUGGESTED": 0, "APPROVED": 5, "REJECTED": 2}
    assert at_half(decided).labels.tolist() == page.clusters_at()
    notes = {row["link_id"]: row["note"] for row in decided.decisions}
    assert notes == {first: 'not "the" same', second: None}
    for row in decided.decisions:
        assert row["asked"] == "chosen"
        assert row["confidence"] == graph.link(row["link_id"]).confidence
    # A page that nobody decided in yet takes the file.
    other = explorer(context, graph, tmp_path, clusters=at_half(graph))
    assert other.ask("h.state().decisions.size") == 0
    other.page.get_by_label("File of decisions").set_input_files(file)
    expect(other.saving).to_contain_text("2 decisions")
    assert other.clusters_at() == page.clusters_at()
    page.ok()
    other.ok()


def test_a_file_that_is_none_is_told(context: BrowserContext, tmp_path: Path) -> None:
    """The page says so, and nothing changes."""
    page = explorer(context, together(), tmp_path)
    file = tmp_path / "decisions.json"
    odd = ["", "no JSON", "[]", '{"schema": 99, "decisions": []}', '{"schema":1,"decisions":[1]}']
    for content in odd:
        file.write_text(content, encoding="utf-8")
        page.page.get_by_label("File of decisions").set_input_files(file)
        expect(page.page.get_by_role("alert")).to_be_visible()
        assert page.ask("h.state().decisions.size") == 0
        page.page.get_by_role("alert").get_by_role("button", name="Close").click()
        expect(page.page.get_by_role("alert")).to_have_count(0)
    page.ok()


def test_a_journal_is_carried_through_a_reload(context: BrowserContext, tmp_path: Path) -> None:
    """Reviewers, reasons for asking, and given names are written with the bytes that were read."""
    graph = together()
    link = graph.link(link_of(graph, "b/t.x", "c/t.x"))
    when = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    made: list[Record] = [
        Decision(
            *(link.link_id, "REJECTED", when, "no", link.source, link.target),
            who="Ada",
            asked="random",
            confidence=0.3,
        ),
        GivenName(link.source, "person email", when, "Bob", "shorter"),
        GivenName(uid("nowhere"), "of another graph"),
    ]
    given = tmp_path / "given.jsonl"
    write_decisions(made, given)
    page = explorer(context, graph, tmp_path)
    page.page.on("dialog", lambda dialog: dialog.accept())
    page.page.get_by_label("File of decisions").set_input_files(given)
    expect(page.saving).to_contain_text("decision")
    page.page.reload()
    page.page.wait_for_selector("html[data-ready]")
    with page.page.expect_download() as caught:
        page.saving.click()
    taken = tmp_path / "taken.jsonl"
    caught.value.save_as(taken)

    assert taken.read_bytes() == given.read_bytes()
    assert page.complaints == []


def test_decisions_outlive_a_reload_and_are_not_left_by_accident(
    context: BrowserContext, tmp_path: Path
) -> None:
    """Closing a page whose decisions are in no file asks first; a reload keeps them."""
    graph = together()
    page = explorer(context, graph, tmp_path)
    link = link_of(graph, "b/t.x", "c/t.x")
    page.ask("h.decide(x, 'APPROVED')", link)
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.page.on("dialog", answer)
    page.page.mouse.click(5, 5)  # a browser asks only where somebody did something
    page.page.reload()
    page.page.wait_for_selector("html[data-ready]")
    assert asked == ["beforeunload"]
    assert page.ask("[...h.state().decisions.values()].map(({status}) => status)") == [APPROVED]
    page.page.get_by_role("button", name="Table", exact=True).first.click()
    page.page.get_by_role("tab", name="Decisions").click()
    expect(page.page.locator(".tables tbody tr")).to_have_count(1)
    page.undo()
    expect(page.page.locator(".tables tbody tr")).to_have_count(0)


def test_decisions_of_statuses_in_the_data_bind(context: BrowserContext, tmp_path: Path) -> None:
    """A rejected pair is in one cluster at no threshold, unless approvals force it."""
    graph = builders.graph(
        [
            ("a/t.x", "b/t.x", 0.9, "SUGGESTED"),
            ("b/t.x", "c/t.x", 0.9, "SUGGESTED"),
            ("a/t.x", "c/t.x", 0.9, "REJECTED"),
        ]
    )
    page = explorer(context, graph, tmp_path)
    (rejected,) = (
        (graph.index_of(row["source"]), graph.index_of(row["target"]))
        for row in graph.links
        if row["status"] == STATUSES[REJECTED]
    )
    for hundredth in range(101):
        labels = page.clusters_at(hundredth / 100)
        a, b = (labels[node] for node in rejected)
        assert a != b or a < 0
    exported = json.loads(page.ask("JSON.stringify(h.view().contradictions)"))
    assert exported == []
