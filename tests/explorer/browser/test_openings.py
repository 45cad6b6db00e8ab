"""Tests of what a page opens on: any size of graph, and every kind of result."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.paths.paths import disjoint_paths, strongest_path
from hummgraph.datasets import generate_organization
from hummgraph.explorer.page import html_page
from hummgraph.explorer.results import graph_and_result
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.browsing import Explorer, explorer
from tests.support.builders import record
from tests.support.explorer_pages import passing

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from hummgraph.algorithms.kernels.steps import Step

A, B = "Stripe/customers.email", "Zendesk/users.email"
REAL_TABLE = "Intercom/admin"
TEN_SECONDS = 10_000  # milliseconds


def place(page: Explorer, node: int) -> dict[str, float]:
    """Return where a node, or what stands for it, is in the window."""
    found: dict[str, float] | None = page.settled().ask("h.picture.placeOf(x)", node)
    assert found is not None
    return found


def drawn_of(page: Explorer) -> tuple[int, int]:
    """Read how many lines are drawn, and of how many, once what was chosen is drawn."""
    page.settled()
    told = re.search(r"; ([\d,]+) of ([\d,]+) lines", page.page.locator(".counts").inner_text())
    assert told is not None
    return int(told[1].replace(",", "")), int(told[2].replace(",", ""))


def leave(page: Explorer) -> None:
    """Go back from what is looked at, by keyboard."""
    page.page.keyboard.press("Escape")
    expect(page.page.locator(".details")).to_have_count(0)


# --- any size ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        ([], "0 of 0 links joined from 0.1;"),
        ([record("a", "a")], "1 of 1 link joined from 0.1;"),
        ([record("a", "b")], "1 of 1 link joined from 0.1;"),
        ([record("a/t.x", "b/t.x")], "1 of 1 link joined from 0.4;"),
    ],
)
def test_hardly_anything(
    context: BrowserContext, tmp_path: Path, records: list[Any], counts: str
) -> None:
    """A page of no, one or two nodes works, at every level and in every layout."""
    page = explorer(context, LinkGraph(read_links(records)), tmp_path)
    for level in (0, 1, 2):
        for layout in ("lanes", "layers", "matrix", "force"):
            page.ask("h.set({level: x[0], layout: x[1]})", [level, layout])
            page.settled()
    expect(page.page.locator(".counts")).to_contain_text(counts)
    expect(page.page.get_by_text("There is nothing to show")).to_have_count(0 if records else 1)
    page.page.locator("#search").fill("nothing")
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Escape")
    for tab in ("links", "clusters", "nodes", "decisions"):
        page.ask("h.set({tab: x})", tab)
        page.settled()
    page.ok()


def test_nodes_without_links(context: BrowserContext, tmp_path: Path) -> None:
    """They are there all the same: counted, listed, and found."""
    graph = builders.graph([], also=[f"shop/t{n}.x" for n in range(9)] + ["crm/t.x"])
    page = explorer(context, graph, tmp_path)
    page.node("shop/t7.x")
    assert graph.node(page.state("focus")["node"]).path == "shop/t7.x"
    expect(page.page.locator(".details")).to_contain_text("No link touches it.")
    page.ok()


def test_many_tables_open_as_systems(context: BrowserContext, tmp_path: Path) -> None:
    """Above 400 tables: an overview of systems, and a search that leads to a column."""
    rows = [
        (f"s{n % 10}/t{n}.x", f"s{(n + 1) % 10}/t{(n * 7 + 1) % 450}.x", 0.5 + n % 50 / 100)
        for n in range(900)
    ]
    graph = builders.graph([row for row in rows if row[0] != row[1]])
    assert graph.n_nodes_by_level["table"] > 400
    page = explorer(context, graph, tmp_path)
    assert page.state("level") == 0
    # A script that looks at a field goes to the tables, and to the map where another page is open.
    page.ask("h.set({page: 'start'})")
    page.settled()
    assert page.ask("h.picture") is None
    page.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", graph.index_of("s3/t33.x"))
    page.settled()
    assert (page.state("page"), page.state("level")) == ("tables", 1)
    box = page.settled().ask("h.picture.placeOf(x)", page.state("focus")["node"])
    assert 0 <= box["x"] <= 1440
    page.ok()


def test_real_catalogue(context: BrowserContext, tmp_path: Path, real_organization: Path) -> None:
    """Eight thousand links: there soon, searched, slid, opened, clustered as in Python."""
    graph = LinkGraph(
        read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    )
    clusters = cluster(graph)
    page = explorer(context, graph, tmp_path, clusters=clusters)
    assert page.page.evaluate("performance.getEntriesByName('ready')[0].startTime") < TEN_SECONDS
    assert page.state("level") == 1
    table, column = graph.index_of(REAL_TABLE), graph.index_of(f"{REAL_TABLE}.email")
    assert place(page, table) == place(page, column)
    # A column is searched, and its table opened and closed again where its mark is.
    page.node(f"{REAL_TABLE}.email")
    assert page.state("focus")["node"] == column
    leave(page)
    box = place(page, table)
    page.page.mouse.click(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    assert place(page, column)["y"] > place(page, table)["y"]
    page.page.keyboard.press("f")
    # The slider goes by a two-hundredth, and the clusters with it.
    page.filters()
    page.page.get_by_label("Least score that joins").fill("0.795")
    slider = page.page.get_by_label("Joined from")
    slider.focus()
    expect(slider).to_have_value("0.795")
    page.page.keyboard.press("ArrowRight")
    assert page.state("threshold") == 0.8
    assert page.clusters_at() == merge_tree(graph).cut(0.8).labels.tolist()
    shown = np.flatnonzero(passing(clusters, 0.8)).tolist()
    assert page.links() == [graph.link(link).link_id for link in shown]
    page.page.keyboard.press("Home")
    page.page.keyboard.press("t")
    expect(page.page.locator(".table-tools [role=status]")).to_contain_text("of 8,338")
    page.ok()


def test_real_catalogue_by_columns(
    context: BrowserContext, tmp_path: Path, real_organization: Path
) -> None:
    """The strongest lines are drawn, of how many is told; all of them on request, in seconds."""
    graph = LinkGraph(
        read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    )
    page = explorer(context, graph, tmp_path, address="#p=tables&t=0")
    page.filters()
    counts = page.page.locator(".counts")
    page.page.get_by_role("group", name="Shown as").get_by_role("button", name="Fields").click()
    expect(counts).to_contain_text(", the strongest.")
    drawn, lines = drawn_of(page)
    assert 0 < drawn < 1_000
    assert lines > 8_000
    begun = page.page.evaluate("performance.now()")
    page.page.get_by_role("button", name="Show all lines").click()
    expect(counts).to_contain_text(f"{lines:,} of {lines:,} lines.")
    assert len(page.settled().ask("h.picture.scene().lines.map(({ from }) => from)")) == lines
    assert page.page.evaluate("performance.now()") - begun < TEN_SECONDS
    # It still does what it is asked.
    page.page.get_by_label("Least score that joins").fill("0.9")
    page.page.keyboard.press("Enter")
    n_passing = int(np.count_nonzero(passing(cluster(graph), 0.9)))
    expect(counts).to_contain_text(f"{n_passing:,} of 8,338 links shown;")
    page.page.get_by_role("button", name="Show the strongest").click()
    expect(counts).to_contain_text(", the strongest.")
    page.ok()


def test_planted_organisation(context: BrowserContext, tmp_path: Path) -> None:
    """Thousands of columns in hundreds of tables: systems, a matrix of them, and any column."""
    graph = LinkGraph(generate_organization(n_links=12_000, n_systems=40, seed=5).snapshot())
    systems, tables, _ = np.diff(graph.arrays.nodes.first[:4]).tolist()
    assert tables > 400
    page = explorer(context, graph, tmp_path, address="#p=tables&t=0")
    level = page.page.get_by_role("group", name="Shown as")
    expect(level.get_by_role("button", name="Systems")).to_have_attribute("aria-pressed", "true")
    assert page.settled().ask("h.picture.scene().items.length") == systems == 40
    page.page.get_by_label("Layout").select_option(label="Matrix")
    lines = graph.project("integration_source").n_edges
    assert page.settled().ask("h.picture.scene().cells.length") == lines
    last = graph.n_nodes - 1
    page.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", last)
    box = place(page, last)
    assert 0 <= box["x"] <= 1440
    assert 0 <= box["y"] <= 900
    page.ok()


# --- results -------------------------------------------------------------------------------------


def seen(page: Explorer) -> tuple[set[int], set[int]]:
    """Return what is in sight, by position."""
    return set(page.ask("[...h.view().seen.nodes]")), set(page.ask("[...h.view().seen.links]"))


def of_steps(*steps: Step) -> tuple[set[str], set[str]]:
    """Return the ids of the nodes and of the links of steps."""
    nodes = {end for step in steps for end in (step.source, step.target)}
    return nodes, {step.link_id for step in steps if step.kind == "link"}


Made = tuple[Any, tuple[set[str], set[str]]]


def made(graph: LinkGraph, kind: str) -> Made:
    """Build a result, and say by ids which nodes and links it has."""
    if kind == "path":
        path = strongest_path(graph, A, B)
        return path, of_steps(*path.steps)
    if kind == "paths":
        paths = disjoint_paths(graph, A, B, limit=3)
        return paths, of_steps(*(step for path in paths for step in path.steps))
    if kind in {"join", "joins"}:
        joins = join_paths(graph, "Stripe/customers", "Zendesk/tickets")
        assert len(joins.paths) > 1
        if kind == "join":
            return joins.paths[0], of_steps(
                *(link for one in joins.paths[0].chains for link in one)
            )
        chains = [chain for path in joins for chain in path.chains]
        return joins, of_steps(*(link for chain in chains for link in chain))
    msg = f"There is no result {kind}."
    raise ValueError(msg)


RESULTS = {
    "path": f"{A} to {B}",
    "paths": "7 independent paths",
    "join": "Join Stripe/customers to Zendesk/tickets",
    "joins": "Join Stripe/customers to Zendesk/tickets",
}


@pytest.mark.parametrize("kind", RESULTS)
def test_results_open_on_themselves(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, kind: str
) -> None:
    """Told in full; its nodes and links, and no others, are in sight; Escape shows everything."""
    result, (nodes, links) = made(demo_graph, kind)
    # Paths and ways between tables have pages of their own; the picture shows them like any result.
    page = explorer(context, result, tmp_path, address="#t=0&p=tables&f=result")
    assert page.state("page") == "tables"
    assert page.state("focus") == {"kind": "result"}
    details = page.page.locator(".details")
    expect(details.locator("h2")).to_contain_text(RESULTS[kind])
    told = graph_and_result(result)[1]
    assert told is not None
    more = details.get_by_role("button", name=re.compile(r"^\d+ more$"))
    assert more.count() == (len(told.sentences) > 12)
    if more.count():
        more.click()
    for sentence in told.sentences:
        expect(details.get_by_text(sentence, exact=True).first).to_be_visible()
    # Long names break: nothing of a sentence is hidden at the panel's edge.
    wide = (
        "(panel) => [...panel.querySelectorAll('p')].every((p) => p.scrollWidth <= p.clientWidth)"
    )
    assert details.evaluate(wide)
    seen_nodes, seen_links = seen(page)
    assert len(seen_nodes) > 1
    assert {demo_graph.node(node).node_id for node in seen_nodes} == nodes
    assert {demo_graph.link(link).link_id for link in seen_links} == links
    expect(page.page.locator(".counts")).to_contain_text(f"{len(links):,} of 1,490 links looked at")
    # Each node stands in the window, or the table or system that it lies in.
    for box in page.settled().ask("x.map((node) => h.picture.placeOf(node))", sorted(seen_nodes)):
        assert 0 <= box["x"] <= 1440
        assert 0 <= box["y"] <= 900
    page.page.keyboard.press("Escape")
    expect(details).to_have_count(0)
    assert page.state("focus") is None
    expect(page.page.locator(".counts")).to_contain_text("1,490 of 1,490 links shown")
    page.page.go_back()
    expect(details.locator("h2")).to_contain_text(RESULTS[kind])
    assert page.state("focus") == {"kind": "result"}
    assert seen(page) == (seen_nodes, seen_links)
    page.page.keyboard.press("Escape")
    page.filters().locator(".wide").click()
    expect(details.locator("h2")).to_contain_text(RESULTS[kind])
    page.ok()


def test_what_a_page_opens_on(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """A graph on its start, clusters and one of them on concepts, what is lifted on the map."""
    clusters = cluster(demo_graph)
    one: dict[str, Any] = {"cluster": "Stripe/customers.email"}
    for shown, options, opened in (
        (demo_graph, {}, ("start", None)),
        (demo_graph, {"clusters": clusters}, ("start", None)),
        (clusters, {}, ("concepts", None)),
        (clusters, one, ("concepts", "cluster")),
        (demo_graph, {"clusters": clusters} | one, ("concepts", "cluster")),
        (demo_graph.project("table"), {}, ("tables", None)),
    ):
        page = explorer(context, shown, tmp_path, address="", **options)
        focus = page.state("focus")
        assert (page.state("page"), focus and focus["kind"]) == opened
        assert page.page.evaluate("location.hash") == ""
        page.ok()
        page.page.close()


def test_table_of_concepts(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """As many rows as clusters, in order, each leading to its members."""
    clusters = cluster(demo_graph)
    page = explorer(context, clusters, tmp_path, address="#p=tables&tab=clusters")
    expect(page.page.get_by_role("tab", name="Concepts")).to_have_attribute("aria-selected", "true")
    status = page.page.locator(".table-tools [role=status]")
    expect(status).to_contain_text(f"of {clusters.n_clusters}")
    rows = page.page.locator(".tables tbody tr")
    names = rows.locator("td:nth-child(1)").all_inner_texts()
    assert [name.strip() for name in names] == [one.name for one in islice(clusters, 100)]
    rows.nth(1).click()
    second = clusters.members[clusters.order[1]]
    crosswalk = page.page.locator(".details .crosswalk button")
    expect(crosswalk).to_have_count(len(second))
    paths = {button.get_attribute("title") for button in crosswalk.all()}
    assert paths == {demo_graph.node(member).path for member in second}
    page.ok()


def test_clusters_open_in_their_order(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """A page begins with the order of the clusters that it was made of; readers choose another."""
    clusters = cluster(demo_graph).sort_by("size")
    page = explorer(context, clusters, tmp_path, address="#p=tables&tab=clusters")
    rows, listed = (page.page.locator(one) for one in (".tables tbody tr", ".filters .clusters li"))
    names = "(all) => all.map((one) => one.querySelector('.concept, .name').textContent.trim())"
    for order in ("size", "name", "identity"):
        page.filters().get_by_label("Order by").select_option(order)
        page.settled()
        wanted = [one.name for one in islice(clusters.sort_by(order), 100)]
        assert rows.evaluate_all(names) == wanted
        assert listed.evaluate_all(names) == wanted[:12]
        page.page.wait_for_function("x => location.hash.includes('by=') === x", arg=order != "size")
    page.ok()


def test_one_cluster_opens_on_itself(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Its members and the links inside are in sight; Escape shows everything, Back it again."""
    clusters = cluster(demo_graph)
    page = explorer(context, clusters, tmp_path, cluster="Stripe/customers.email")
    wanted = int(clusters.labels[demo_graph.index_of("Stripe/customers.email")])
    title = page.page.locator(".details h2")
    expect(title).to_contain_text(clusters.names[wanted])
    about = page.page.locator(".details .facts").first
    worth = f"{clusters.identity_values[wanted]:.2f}"
    expect(about).to_have_text(f"Rolealternate keyEntitypersonRests onkeysIdentity value{worth}")
    nodes, links = seen(page)
    members = {demo_graph.index_of(member) for member in clusters.members[wanted]}
    assert nodes == members
    passes = passing(clusters, clusters.threshold).tolist()
    inside = {
        row["link_id"]
        for row, shown in zip(demo_graph.links, passes, strict=True)
        if shown
        and {demo_graph.index_of(row["source"]), demo_graph.index_of(row["target"])} <= members
    }
    assert {demo_graph.link(link).link_id for link in links} == inside
    page.page.keyboard.press("Escape")
    expect(title).to_have_count(0)
    page.page.go_back()
    expect(title).to_contain_text(clusters.names[wanted])
    page.ok()


# --- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ['id="data">', "<script>", "</style>"])
def test_a_file_that_was_cut_off_says_so(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, where: str
) -> None:
    """Half of an attachment is no blank page, wherever it ends."""
    text = html_page(demo_graph)
    path = tmp_path / "half.html"
    path.write_text(text[: text.index(where) + len(where) + 2_000], encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate(
        "() => Promise.all(document.querySelector('#app').getAnimations({ subtree: true })"
        ".map(({ finished }) => finished))"
    )
    assert "the file is incomplete" in page.locator("body").aria_snapshot()
    shown = page.evaluate("getComputedStyle(document.querySelector('#app'), '::before').opacity")
    assert shown == "1"


def test_a_whole_file_never_says_so(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The text in place of the page disappears once the page is there."""
    page = explorer(context, demo_graph, tmp_path)
    assert "incomplete" not in page.page.locator("body").aria_snapshot()
    before = "getComputedStyle(document.querySelector('#app'), '::before').content"
    assert page.page.evaluate(before) == "none"
