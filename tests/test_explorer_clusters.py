"""Tests of clusters, filters and decisions in the page, as a browser runs it: Python's answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering import cluster
from hummgraph.algorithms.merge_tree import merge_tree
from hummgraph.graph import LinkGraph
from hummgraph.policy import APPROVED, REJECTED
from tests import builders
from tests.browsing import Explorer, explorer
from tests.test_explorer_model import STATUSES, random_cases

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.algorithms.clusters import Clusters


def together() -> LinkGraph:
    """Give two pairs that one suggested link joins, a rejected pair, and a contradiction."""
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
    """Give the id of the link between two columns."""
    ends = {(row["source_path"], row["target_path"]): row["link_id"] for row in graph.links}
    return str(ends[source, target])


def open_link(page: Explorer, link_id: str) -> None:
    """Choose a link in the table, as a person does."""
    page.page.get_by_role("button", name="Table", exact=True).first.click()
    link = page.ask("h.view().data.linkOfId(x)", link_id)
    source = page.ask("h.view().data.path(h.view().data.source[x])", link)
    target = page.ask("h.view().data.path(h.view().data.target[x])", link)
    row = page.page.locator(".tables tbody tr").filter(has_text=source).filter(has_text=target)
    row.first.click()
    expect(page.page.locator(".details .id")).to_have_text(link_id)
    page.page.get_by_role("button", name="Close the tables").click()


# --- clusters ------------------------------------------------------------------------------------


def test_clusters_are_pythons(context: BrowserContext, tmp_path: Path) -> None:
    """At a hundred thresholds, of twenty graphs, before decisions and after: label by label."""
    for number, case in enumerate(random_cases()):
        page = explorer(context, case.graph, tmp_path, clusters=case.clusters)
        for question in case.questions:
            page.ask("x.forEach((link) => h.decide(link, ''))", case.graph.links["link_id"])
            for link, code, *_ in question["decisions"]:
                page.ask("h.decide(...x)", [case.graph.link(link).link_id, STATUSES[code]])
            found = page.ask("x.map((at) => h.clustersAt(at))", question["thresholds"])
            tree = merge_tree(case.decided(question), **case.options)
            for threshold, labels in zip(question["thresholds"], found, strict=True):
                assert tree.cut(threshold).labels.tolist() == labels, (number, threshold)
        page.ok()
        page.page.close(run_before_unload=False)


def test_contradictions_are_pythons(context: BrowserContext, tmp_path: Path) -> None:
    """They stand above the list of clusters, at each cluster, and at the link itself."""
    graph = together()
    page = explorer(context, graph, tmp_path, clusters=cluster(graph))
    (found,) = cluster(graph).contradictions
    told = page.ask("h.view().contradictions.map(({link}) => h.view().data.linkId(link))")
    assert told == [found.link_id]
    box = page.page.locator(".filters .contradictions")
    expect(box).to_contain_text("1 contradiction")
    box.get_by_role("button").click()
    expect(page.page.locator(".details .contradictions")).to_contain_text("APPROVED links force")
    page.page.get_by_role("button", name="By which way?").click()
    expect(page.page.locator(".details")).to_contain_text("b/t.y")
    page.ok()


def test_slider_moves_clusters(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """By keyboard and by number: clusters, counts and passing links are Python's at once."""
    page = explorer(context, demo_graph, tmp_path, clusters=cluster(demo_graph))
    tree = merge_tree(demo_graph)
    slider = page.page.get_by_label("Confidence at least")
    number = page.page.get_by_label("Confidence threshold")
    slider.focus()
    for key, expected in (("ArrowRight", 0.105), ("End", 1.0), ("Home", 0.0), ("PageUp", None)):
        page.page.keyboard.press(key)
        threshold = page.state("threshold")
        assert expected is None or threshold == pytest.approx(expected)
        assert page.clusters_at() == tree.cut(threshold).labels.tolist()
    number.fill("0.7")
    number.press("Enter")
    assert page.state("threshold") == 0.7
    assert page.clusters_at() == tree.cut(0.7).labels.tolist()
    passing = demo_graph.where(min_confidence=0.7)
    assert page.links() == passing.links["link_id"]
    expect(page.page.locator(".counts")).to_contain_text(f"{passing.n_links:,} of 1,490 links pass")
    n_clusters = tree.cut(0.7).n_clusters
    expect(page.page.locator(".threshold")).to_contain_text(f"{n_clusters} clusters")
    page.ok()


@pytest.mark.parametrize("typed", ["1.5", "-1", ""])
def test_threshold_outside_its_range_changes_nothing(
    context: BrowserContext, tmp_path: Path, typed: str
) -> None:
    """What is no threshold is not taken."""
    page = explorer(context, together(), tmp_path)
    number = page.page.get_by_label("Confidence threshold")
    number.fill("0.5")
    number.press("Enter")
    number.fill(typed)
    number.press("Enter")
    assert page.state("threshold") == 0.5


def test_clusters_without_a_tree_stay(context: BrowserContext, tmp_path: Path) -> None:
    """The threshold then filters links only, and the page says how the clusters were made."""
    graph = together()
    clusters = cluster(graph, method="gaec")
    page = explorer(context, graph, tmp_path, clusters=clusters)
    for threshold in (0.0, 0.5, 1.0):
        assert page.clusters_at(threshold) == clusters.labels.tolist()
    expect(page.page.locator(".filters")).to_contain_text("gaec")
    page.ok()


# --- filters -------------------------------------------------------------------------------------


def test_filters_are_pythons(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Status, type and system leave the links that ``where`` leaves; each can be undone."""
    page = explorer(context, demo_graph, tmp_path)
    boxes = page.page.locator(".filters")
    boxes.get_by_label("SUGGESTED").uncheck()
    decided = demo_graph.where(status=["APPROVED", "REJECTED"])
    assert page.links() == decided.links["link_id"]
    boxes.get_by_label("PROBABILISTIC").uncheck()
    both = decided.where(link_type="DETERMINISTIC")
    assert page.links() == both.links["link_id"]
    boxes.get_by_label("SUGGESTED").check()
    boxes.get_by_label("PROBABILISTIC").check()
    boxes.get_by_role("button", name="Only Stripe").click(force=True)  # seen when hovered
    within = demo_graph.subgraph(["Stripe"])
    assert page.links() == within.links["link_id"]
    boxes.get_by_role("button", name="Systems: none").click()
    assert page.links() == []
    boxes.get_by_role("button", name="Systems: all").click()
    assert len(page.links()) == demo_graph.n_links
    page.ok()


def test_colours_tell_different_things(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """By cluster, system and status: the picture differs, and the legend says which it is."""
    page = explorer(context, demo_graph, tmp_path)
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
    expect(details.locator(".choice-row").nth(1)).to_contain_text("4 columns")
    before = page.clusters_at()
    details.get_by_role("button", name="Reject", exact=True).click()
    rejected = graph.with_decisions({link: "REJECTED"})
    expected = at_half(rejected).labels.tolist()
    assert page.clusters_at() == expected != before
    expect(details).to_contain_text("Decided here: it is REJECTED.")
    expect(page.page.locator(".decided")).to_contain_text("1 decision not exported")
    details.get_by_role("button", name="Undo").click()
    assert page.clusters_at() == before
    expect(page.page.locator(".decided")).to_have_count(0)
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
        page.page.get_by_role("button", name="Export decisions.json").click()
    assert caught.value.suggested_filename == "decisions.json"
    file = tmp_path / "decisions.json"
    caught.value.save_as(file)
    expect(page.page.locator(".decided")).to_contain_text("2 decisions exported")
    decided = graph.with_decisions(file)
    assert decided.n_links_by_status == {"SUGGESTED": 0, "APPROVED": 5, "REJECTED": 2}
    assert at_half(decided).labels.tolist() == page.clusters_at()
    notes = {row["link_id"]: row["note"] for row in decided.decisions}
    assert notes == {first: 'not "the" same', second: None}
    # A page that nobody decided in yet takes the file.
    other = explorer(context, graph, tmp_path, clusters=at_half(graph))
    assert other.ask("h.state().decisions.size") == 0
    other.page.get_by_label("File of decisions").set_input_files(file)
    expect(other.page.locator(".decided")).to_contain_text("2 decisions")
    assert other.clusters_at() == page.clusters_at()
    page.ok()
    other.ok()


@pytest.mark.parametrize(
    "content",
    ["", "no JSON", "[]", '{"schema": 99, "decisions": []}', '{"schema":1,"decisions":[1]}'],
)
def test_a_file_that_is_none_is_told(context: BrowserContext, tmp_path: Path, content: str) -> None:
    """The page says so, and nothing changes."""
    page = explorer(context, together(), tmp_path)
    file = tmp_path / "decisions.json"
    file.write_text(content, encoding="utf-8")
    page.page.get_by_label("File of decisions").set_input_files(file)
    expect(page.page.get_by_role("alert")).to_be_visible()
    assert page.ask("h.state().decisions.size") == 0
    page.page.get_by_role("alert").get_by_role("button", name="Close").click()
    expect(page.page.get_by_role("alert")).to_have_count(0)
    page.ok()


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
    page.page.locator(".decided").get_by_role("button", name="1 decision").click()
    expect(page.page.locator(".tables tbody tr")).to_have_count(1)
    page.page.locator(".decided").get_by_role("button", name="Undo the last").click()
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
