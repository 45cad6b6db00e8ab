"""Tests of the table of links: whose they are, what passes, what a row opens, what is saved."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import Clusters, cluster
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.browsing import Explorer, explorer, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

EMAIL = "Stripe/customers.email"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, demo_graph: LinkGraph) -> Path:
    """A page of the bundled organisation."""
    return page_of(demo_graph, tmp_path_factory.mktemp("links") / "demo.html")


@pytest.fixture(scope="module")
def clusters(demo_graph: LinkGraph) -> Clusters:
    """The concepts of the bundled organisation."""
    return cluster(demo_graph)


@pytest.fixture
def links(context: BrowserContext, file: Path) -> Iterator[Explorer]:
    """The page with all links; no complaint when the test has ended."""
    page = Explorer(context.new_page()).opened(file, "#p=links")
    yield page
    page.ok()


def title(page: Explorer) -> str:
    """Return the title of what is listed."""
    return page.settled().page.locator("h1").inner_text()


def test_all_links_and_what_passes(links: Explorer, demo_graph: LinkGraph) -> None:
    """By status, score and contradiction: the numbers are Python's, and cleared at once."""
    rows = list(demo_graph.links)
    assert title(links) == f"{len(rows):,} links"
    assert links.page.locator(".links-table tbody tr").count() == 100
    status = links.page.get_by_role("combobox", name="Status")
    rejected = [row for row in rows if row["status"] == "REJECTED"]
    status.select_option(label=f"Only rejected ({len(rejected)})")
    assert title(links) == f"{len(rejected)} of {len(rows):,} links"
    links.page.get_by_label("Score from").fill("0.9")
    sure = [row for row in rejected if (row["confidence"] or 0) >= 0.9]
    assert title(links) == f"{len(sure)} of {len(rows):,} links"
    links.page.get_by_role("button", name="Clear 2 filters").click()
    decided = [row for row in rows if row["status"] != "SUGGESTED"]
    status.select_option(label=f"Only decided ({len(decided)})")
    assert title(links) == f"{len(decided)} of {len(rows):,} links"
    links.page.get_by_role("button", name="Clear the filter").click()
    links.page.get_by_role("button", name="Contradictions").click()
    links.settled()
    expect(links.page.locator("tbody .is-status")).to_have_text("rejected, yet together")
    links.page.wait_for_url("**#*only=contradiction*")


def test_no_link_passes(links: Explorer, demo_graph: LinkGraph) -> None:
    """The sentence names the filters and what there is without the score; one act clears them."""
    scores = [row["confidence"] or 0 for row in demo_graph.links if row["status"] == "REJECTED"]
    none = "h.set({least: 0.999, hiddenStatuses: new Set([0, 1])})"
    links.ask(none)
    card = links.page.locator(".links-none")
    expect(card).to_contain_text("No link passes these filters")
    expect(card).to_contain_text(
        f"{len(scores)} links pass: the highest score is {int(max(scores) * 100) / 100:.2f}"
    )
    card.get_by_role("button", name="Score from 0").click()
    assert title(links).startswith(f"{len(scores)} of ")
    links.ask(none)
    card.get_by_role("button", name="Clear both filters").click()
    assert title(links) == f"{demo_graph.n_links:,} links"


def test_sorted_walked_and_back_where_one_was(links: Explorer, demo_graph: LinkGraph) -> None:
    """The highest score first, the next part, a row by keys, and back: as far down as before."""
    score = links.page.get_by_role("columnheader", name="Score")
    score.get_by_role("button").click()
    expect(score).to_have_attribute("aria-sort", "descending")
    texts = links.page.locator("tbody .is-score").all_inner_texts()
    scores = sorted((row["confidence"] or 0 for row in demo_graph.links), reverse=True)
    written = [">0.99" if 0.995 <= score < 1 else f"{score:.2f}" for score in scores[:100]]
    assert texts == written
    links.page.get_by_role("button", name="Next").click()
    pager = links.page.locator(".links-pager")
    expect(pager).to_contain_text("101\u2013200 of")
    rows = links.page.locator("tbody button.open")
    expect(rows.first).to_be_focused()
    for key in ("j", "ArrowDown", "k", "j"):
        links.page.keyboard.press(key)
    expect(rows.nth(2)).to_be_focused()
    links.page.locator("#content").evaluate("(one) => { one.scrollTop = 300; }")
    links.page.keyboard.press("Enter")
    assert links.state("page") == "review"
    assert links.state("focus")["kind"] == "link"
    links.settled()
    links.page.go_back()
    expect(pager).to_contain_text("101\u2013200 of")
    links.page.wait_for_function("() => document.querySelector('#content').scrollTop === 300")


def test_links_of_a_concept_and_of_a_pair(
    links: Explorer, demo_graph: LinkGraph, clusters: Clusters
) -> None:
    """The title says whose they are; one act leads to all, and a concept is one act away."""
    member = demo_graph.index_of(EMAIL)
    label = clusters.labels[member]
    links.ask("h.set({focus: {kind: 'cluster', member: x}})", member)
    inside = [
        row
        for row in demo_graph.links
        if {clusters.labels[demo_graph.index_of(row[end])] for end in ("source", "target")}
        == {label}
    ]
    assert title(links) == f"{len(inside)} links in the concept {clusters.names[label]}"
    links.page.get_by_role("button", name=f"All {demo_graph.n_links:,} links").click()
    assert title(links) == f"{demo_graph.n_links:,} links"
    pair = ("Stripe", "Zendesk")
    ends = [demo_graph.index_of(one) for one in pair]
    links.ask("h.set({focus: {kind: 'line', source: x[0], target: x[1]}})", ends)
    both = [
        row
        for row in demo_graph.links
        if {row["source_path"].split("/")[0], row["target_path"].split("/")[0]} == set(pair)
    ]
    assert title(links) == f"{len(both)} links between Stripe and Zendesk"
    concept = links.page.locator("tbody .is-concept button").first
    name = concept.inner_text()
    concept.click()
    assert links.state("page") == "concepts"
    assert name in links.settled().page.title()


def test_key_opens_the_links_of_what_is_open(links: Explorer, demo_graph: LinkGraph) -> None:
    """L, from the map of a table."""
    table = demo_graph.index_of("Stripe/customers")
    links.ask("h.set({page: 'tables', focus: {kind: 'near', node: x, hops: 1}})", table)
    links.settled().page.locator("#stage").focus()
    links.page.keyboard.press("l")
    assert title(links).endswith(" links of Stripe/customers")


def test_what_is_decided_here_says_so_and_is_saved(
    links: Explorer, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """The decision, its time and its filter; the CSV has what is listed."""
    wanted = next(row for row in demo_graph.links if row["status"] == "SUGGESTED")
    links.ask("h.decide(x, 'APPROVED')", wanted["link_id"])
    links.page.get_by_role("button", name="Decided here").click()
    assert title(links).startswith("1 of ")
    expect(links.page.locator("tbody .is-decided")).to_contain_text("here")
    expect(links.page.locator("tbody .is-status")).to_contain_text("approved")
    with links.page.expect_download() as caught:
        links.page.get_by_role("button", name="Save as CSV").click()
    caught.value.save_as(tmp_path / "links.csv")
    with (tmp_path / "links.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["link_id"], row["status"]) == (wanted["link_id"], "APPROVED")


def test_no_links(context: BrowserContext, tmp_path: Path) -> None:
    """A page without links says so, and leads on."""
    page = explorer(context, LinkGraph(read_links([])), tmp_path, address="#p=links")
    expect(page.page.locator("h1")).to_have_text("0 links")
    expect(page.page.locator(".links-none")).to_contain_text("There are no links yet")
    page.page.get_by_role("button", name="Go to Start").click()
    assert page.state("page") == "start"
    page.ok()
