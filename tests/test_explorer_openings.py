"""Tests of what a page opens on: any size of graph, and every kind of result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering import cluster
from hummgraph.algorithms.join_paths import join_paths
from hummgraph.algorithms.lineage import downstream, neighborhood, upstream
from hummgraph.algorithms.merge_tree import merge_tree
from hummgraph.algorithms.paths import disjoint_paths, strongest_path
from hummgraph.algorithms.why import why
from hummgraph.graph import LinkGraph
from hummgraph.readers import read_links
from tests import builders
from tests.browsing import Explorer, explorer
from tests.builders import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext

A, B = "Stripe/customers.email", "Zendesk/users.email"


# --- any size ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        ([], "0 of 0 links pass"),
        ([record("a", "a")], "1 of 1 link pass"),
        ([record("a", "b")], "1 of 1 link pass"),
        ([record("a/t.x", "b/t.x")], "1 of 1 link pass"),
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
    page.node("s3/t33.x")
    assert page.state("level") == 1
    box = page.settled().ask("h.picture.placeOf(x)", page.state("focus")["node"])
    assert 0 <= box["x"] <= 1440
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Escape")
    page.settled()
    assert page.state("level") == 0
    page.ok()


def test_real_catalogue(context: BrowserContext, tmp_path: Path, real_organization: Path) -> None:
    """Eight thousand links: seen, searched, slid, opened into columns, clustered as in Python."""
    graph = LinkGraph(
        read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    )
    page = explorer(context, graph, tmp_path, clusters=cluster(graph))
    assert page.state("level") == 1
    page.ask("h.set({threshold: 0.8})")
    assert page.clusters_at() == merge_tree(graph).cut(0.8).labels.tolist()
    assert page.links() == graph.where(min_confidence=0.8).links["link_id"]
    page.ask("h.set({threshold: 0})")
    page.page.get_by_role("group", name="Level").get_by_role("button", name="Columns").click()
    page.settled()
    text = page.page.locator(".counts").inner_text()
    assert "the strongest" in text
    page.page.locator("#search").fill("email")
    page.page.keyboard.press("Enter")
    assert "email" in graph.node(page.state("focus")["node"]).path.casefold()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("t")
    expect(page.page.locator(".table-tools [role=status]")).to_contain_text("of 8,338")
    page.ok()


# --- results -------------------------------------------------------------------------------------


def seen(page: Explorer) -> tuple[set[int], set[int]]:
    """Give what is in sight, by position."""
    return set(page.ask("[...h.view().seen.nodes]")), set(page.ask("[...h.view().seen.links]"))


def links_of(graph: LinkGraph, ids: Any) -> set[int]:
    """Give positions of links by their ids."""
    position = {row: number for number, row in enumerate(graph.links["link_id"])}
    return {position[link] for link in ids if link in position}


RESULTS: dict[str, tuple[Callable[[LinkGraph], Any], Callable[[Any], list[str]], str]] = {
    "path": (
        lambda graph: strongest_path(graph, A, B),
        lambda path: [step.link_id for step in path.steps],
        f"{A} to {B}",
    ),
    "paths": (
        lambda graph: disjoint_paths(graph, A, B, limit=3),
        lambda paths: [step.link_id for path in paths for step in path.steps],
        "7 independent paths",
    ),
    "joins": (
        lambda graph: join_paths(graph, "Stripe/customers", "Zendesk/tickets"),
        lambda _: [],
        "Join Stripe/customers to Zendesk/tickets",
    ),
    "downstream": (
        lambda graph: downstream(graph, A, max_depth=2),
        lambda found: found.links["link_id"],
        f"Downstream of {A}",
    ),
    "upstream": (
        lambda graph: upstream(graph, B, max_depth=2),
        lambda found: found.links["link_id"],
        f"Upstream of {B}",
    ),
    "neighbourhood": (
        lambda graph: neighborhood(graph, A, max_depth=1),
        lambda found: found.links["link_id"],
        f"Neighbourhood of {A}",
    ),
    "why": (lambda graph: why(graph, A, B, clusters=cluster(graph)), lambda _: [], "Why"),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_results_open_on_themselves(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, kind: str
) -> None:
    """Title and sentences stand beside it, its links are in sight; Escape shows everything."""
    made, links, title = RESULTS[kind]
    result = made(demo_graph)
    page = explorer(context, result, tmp_path)
    assert page.state("focus") == {"kind": "result"}
    details = page.page.locator(".details")
    expect(details.locator("h2")).to_contain_text(title)
    nodes, shown = seen(page)
    assert len(nodes) > 1
    wanted = links_of(demo_graph, links(result))
    assert wanted <= shown
    if wanted:
        assert shown == wanted
    for node in nodes:
        assert page.ask("h.picture.placeOf(x) !== null", node)
    page.page.keyboard.press("Escape")
    page.settled()
    assert page.state("focus") is None
    expect(page.page.locator(".counts")).to_contain_text("of 1,490 links pass")
    page.page.locator(".filters .wide").click()
    assert page.state("focus") == {"kind": "result"}
    page.ok()


def test_clusters_open_as_their_table(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """That is the crosswalk; one cluster opens on itself."""
    clusters = cluster(demo_graph)
    page = explorer(context, clusters, tmp_path)
    expect(page.page.get_by_role("tab", name="Clusters")).to_have_attribute("aria-selected", "true")
    expect(page.page.locator(".table-tools [role=status]")).to_contain_text("of 94")
    page.ok()
    page = explorer(context, clusters, tmp_path, cluster=2)
    expect(page.page.locator(".details h2")).to_contain_text(clusters.names[2])
    members, _ = seen(page)
    ids = {demo_graph.node(node).node_id for node in members}
    assert set(clusters.members[2]) <= ids
    page.ok()
