"""Tests of pyvis' page in a browser: it draws, requests nothing and runs no foreign script."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import FormatError, MissingDependencyError
from hummgraph.export import LargeGraphWarning, show, write
from hummgraph.export.pyvis import page as pyvis_page
from hummgraph.export.pyvis.page import pyvis_html
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.browsing import PAYLOADS, Visit, hostile
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


class Drawn(Visit):
    """A page whose picture can be counted."""

    def drawn(self) -> dict[str, int]:
        """Count the nodes and lines of the picture, and the visible lines."""
        found: dict[str, int] = self.page.evaluate(
            "() => { const { nodes, edges } = window.hummgraph; return {"
            " nodes: nodes.length, lines: edges.length,"
            " visible: edges.get({ filter: (edge) => !edge.hidden }).length }; }"
        )
        return found


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Drawn]]:
    """Write a graph as a page and open it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})

    def opened(graph: Any, **options: Any) -> Drawn:
        path = write(graph, tmp_path / "links.html", engine="pyvis", **options)
        visited = Drawn(context.new_page())
        visited.page.goto(path.as_uri())
        visited.page.wait_for_selector("html[data-ready]")
        return visited

    yield opened
    context.close()


def small() -> LinkGraph:
    """Return links of every status."""
    rows = [
        ("crm/contact.email", "shop/user.mail", 0.9, "SUGGESTED"),
        ("crm/contact.email", "shop/user.id", None, "APPROVED"),
        ("shop/user.mail", "crm/contact.name", 0.3, "REJECTED"),
        ("crm/contact.name", "shop/user.name", None, "SUGGESTED"),
    ]
    return builders.graph(rows, also=["shop/idle"])


# --- the picture ---------------------------------------------------------------------------------


def test_page_draws_what_the_network_has(visit: Callable[..., Drawn]) -> None:
    """Every node and line is drawn on a canvas that is not empty, without any request."""
    visited = visit(small(), containment=True)
    assert visited.drawn() == {"nodes": 10, "lines": 4 + 8, "visible": 4 + 8}
    assert visited.ink() > 10
    expect(visited.page.locator("#counts")).to_have_text(
        "In this picture: 2 of 2 systems, 3 of 3 tables, 5 of 5 columns, 4 of 4 links"
    )
    visited.ok()


def test_large_organisation_is_drawn_by_tables(
    visit: Callable[..., Drawn], demo_graph: LinkGraph
) -> None:
    """The strongest lines are drawn first, with a count of all; the others on request."""
    visited = visit(demo_graph, clusters=cluster(demo_graph))
    tables = demo_graph.project("table")
    assert visited.drawn() == {"nodes": 70, "lines": tables.n_edges, "visible": 200}
    expect(visited.page.locator("#shown")).to_contain_text("drawn: 200, the strongest")
    expect(visited.page.locator("#about")).to_contain_text("Not drawn")
    visited.page.get_by_label("draw all lines").check()
    assert visited.drawn()["visible"] == tables.n_edges
    visited.ok()


def test_overview_of_systems(visit: Callable[..., Drawn], demo_graph: LinkGraph) -> None:
    """Links lifted to systems are drawn as lines, and a line lists all its links."""
    systems = demo_graph.project("integration_source")
    visited = visit(systems)
    assert visited.drawn() == {"nodes": 7, "lines": systems.n_edges, "visible": systems.n_edges}
    visited.page.locator("#search").fill("stripe")
    visited.page.get_by_role("button", name="Stripe", exact=True).click()
    visited.page.get_by_role("button", name="\u2192 Salesforce").click()
    n_links = systems.links_of("Stripe", "Salesforce").n_links
    expect(visited.page.locator("#details .link")).to_have_count(min(n_links, 100))
    visited.ok()


@pytest.mark.parametrize("records", [[], [record("a", "a")], [record("a", "b")]])
def test_hardly_anything_is_drawn_too(visit: Callable[..., Drawn], records: list[Any]) -> None:
    """A page with no, one or two nodes works."""
    graph = LinkGraph(read_links(records))
    visited = visit(graph)
    assert visited.drawn()["nodes"] == graph.n_nodes
    assert visited.page.get_by_text("There is nothing to draw").is_visible() == (not records)
    visited.ok()


def test_small_screen(browser: Browser, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """On a telephone, names have a readable size and nothing is wider than the screen."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(write(demo_graph, tmp_path / "links.html", engine="pyvis").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("window.hummgraph.network.getScale()") >= 0.5
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


# --- what a reader does --------------------------------------------------------------------------


def test_filters_agree_with_python(visit: Callable[..., Drawn]) -> None:
    """Filters by status and threshold keep the links that ``where`` keeps."""
    graph = small()
    visited = visit(graph)
    slider = visited.page.locator("#threshold")
    for threshold in (0.3, 0.9, 1.0):
        slider.fill(str(threshold))
        expected = graph.where(min_confidence=threshold).n_links
        assert visited.drawn()["visible"] == expected
        expect(visited.page.locator("#shown")).to_contain_text(f"{expected} of 4 links")
    slider.fill("0")
    visited.page.get_by_label("SUGGESTED").uncheck()
    assert visited.drawn()["visible"] == graph.where(status=["APPROVED", "REJECTED"]).n_links
    visited.ok()


def test_approved_needs_its_confidence_when_the_policy_says_so(
    visit: Callable[..., Drawn],
) -> None:
    """The page filters links by the policy of the graph."""
    graph = small().with_policy(Policy(approved="score", null_confidence=0.6))
    visited = visit(graph)
    visited.page.locator("#threshold").fill("0.5")
    assert visited.drawn()["visible"] == graph.where(min_confidence=0.5).n_links == 3
    expect(visited.page.locator("#about")).to_contain_text("unless the policy says")


def test_search_leads_to_a_column_and_its_links(visit: Callable[..., Drawn]) -> None:
    """Selecting a column that was found shows its links only; Escape goes back."""
    visited = visit(small())
    visited.page.keyboard.press("/")
    visited.page.keyboard.type("EMAIL")
    expect(visited.page.locator("#found button")).to_have_text(["crm/contact.email"])
    visited.page.keyboard.press("Enter")
    expect(visited.page.locator("#details h3")).to_have_text("crm/contact.email")
    assert visited.drawn()["visible"] == 2
    visited.page.locator("#details button.plain").first.click()
    expect(visited.page.locator("#details .link")).to_contain_text("crm/contact.email")
    visited.page.keyboard.press("Escape")
    expect(visited.page.locator("#details")).to_be_hidden()
    assert visited.drawn()["visible"] == 4
    visited.page.locator("#search").fill("nonsense")
    expect(visited.page.locator("#found")).to_have_text("Nothing is called so.")
    visited.ok()


def test_search_finds_columns_that_are_not_drawn(visit: Callable[..., Drawn]) -> None:
    """A search finds columns in a picture of tables, with their links and evidence."""
    row = record(
        "crm/contact.email", "shop/user.mail", 0.9, evidence={"match": {"n": 3, "text": "x"}}
    )
    other = record("crm/contact.name", "shop/user.name", 0.8)
    places = builders.catalogue(["crm/contact.email", "shop/user.mail"])
    tables = LinkGraph(read_links([row, other], catalogue=places)).project("table")
    visited = visit(tables)
    visited.page.locator("#search").fill("mail")
    visited.page.get_by_role("button", name="crm/contact.email").click()
    expect(visited.page.locator("#details .link")).to_have_count(1)
    expect(visited.page.locator("#details .evidence")).to_have_text("match.n3match.text[redacted]")
    visited.ok()


def test_click_selects(visit: Callable[..., Drawn]) -> None:
    """A click on a node shows its links; a click on empty ground shows all links."""
    visited = visit(small())
    spot = visited.page.evaluate(
        "(id) => window.hummgraph.network.canvasToDOM("
        "window.hummgraph.network.getPositions([id])[id])",
        uid("shop/user.mail"),
    )
    canvas = visited.page.locator("canvas")
    canvas.click(position=spot)
    expect(visited.page.locator("#details h3")).to_have_text("shop/user.mail")
    assert visited.drawn()["visible"] == 2
    canvas.click(position={"x": 5, "y": 5})
    expect(visited.page.locator("#details")).to_be_hidden()
    assert visited.drawn()["visible"] == 4


def test_clusters_are_listed_and_shown(visit: Callable[..., Drawn]) -> None:
    """Selecting a cluster in the list shows its members and the lines between them."""
    graph = small()
    clusters = cluster(graph, method="average", threshold=0.9, average_over="present")
    visited = visit(graph, clusters=clusters)
    expect(visited.page.locator("#clusters")).to_contain_text("Clusters (1)")
    visited.page.locator("#clusters button").click()
    expect(visited.page.locator("#details li")).to_have_count(3)
    assert visited.drawn()["visible"] == 2
    expect(visited.page.locator("#about")).to_contain_text("in a cluster, by its number")
    visited.ok()


def test_contradictions_are_said(visit: Callable[..., Drawn]) -> None:
    """Rejected links inside clusters are counted above the list."""
    graph = builders.graph(
        [
            ("a/t.x", "b/t.y", 0.9, "APPROVED"),
            ("b/t.y", "c/t.z", 0.9, "APPROVED"),
            ("c/t.z", "a/t.x", 0.9, "REJECTED"),
        ]
    )
    visited = visit(graph, clusters=cluster(graph))
    expect(visited.page.locator("#clusters")).to_contain_text("force 1 rejected link into")
    expect(visited.page.locator("#clusters button")).to_contain_text(
        "\N{WARNING SIGN} 1 contradiction"
    )


# --- safety --------------------------------------------------------------------------------------


def test_nothing_of_the_data_is_run(visit: Callable[..., Drawn]) -> None:
    """None of over a hundred scripts hidden in names and evidence runs."""
    graph = hostile()
    assert graph.n_links == 2 * len(PAYLOADS)
    visited = visit(graph, clusters=cluster(graph), evidence="full", containment=True)
    page = visited.page
    assert "<script>" in page.locator("h1").inner_text()
    assert visited.drawn()["lines"] > graph.n_links
    page.evaluate(
        "() => { const { network, nodes, edges } = window.hummgraph;"
        " const click = (what) => network.body.emitter.emit('click', what);"
        " for (const id of nodes.getIds()) click({ nodes: [id], edges: [] });"
        " for (const id of edges.getIds()) click({ nodes: [], edges: [id] }); }"
    )
    page.locator("#search").fill("PWNED")
    page.keyboard.press("Enter")
    page.locator("#clusters button").first.click()
    page.mouse.move(500, 400)
    page.wait_for_timeout(300)  # a title comes after a moment
    assert page.locator("script").count() == 3
    assert page.locator("main img, main iframe, main svg, main a, h1 *").count() == 0
    visited.ok()


def test_titles_are_text(visit: Callable[..., Drawn]) -> None:
    """Tooltips show markup as text."""
    places = builders.catalogue(["a"])
    places["integration_sources"][0]["name"] = "<i>href</i>"
    visited = visit(LinkGraph(read_links([], catalogue=places)))
    box = visited.page.locator("canvas").bounding_box()
    assert box is not None
    visited.page.mouse.move(box["x"] + 20, box["y"] + 20)
    spot = visited.page.evaluate(
        "(id) => window.hummgraph.network.canvasToDOM("
        "window.hummgraph.network.getPositions([id])[id])",
        uid("a"),
    )
    visited.page.mouse.move(box["x"] + spot["x"], box["y"] + spot["y"], steps=4)
    expect(visited.page.locator(".vis-tooltip")).to_contain_text("<i>h\u2060ref</i>")
    assert visited.page.locator(".vis-tooltip i").count() == 0


def test_frame_of_a_notebook(browser: Browser) -> None:
    """In a sandboxed frame the page draws, requests nothing, and cannot reach its surroundings."""
    context = browser.new_context()
    visited = Visit(context.new_page())
    visited.page.set_content(show(hostile(), engine="pyvis", evidence="full")._repr_html_())
    inner = visited.page.frame_locator("iframe")
    inner.locator("html[data-ready]").wait_for()
    frame = visited.page.frames[1]
    assert frame.evaluate("window.hummgraph.nodes.length") > len(PAYLOADS)
    assert frame.evaluate("self.origin") == "null"
    assert frame.evaluate("window.PWNED") is None
    assert visited.page.evaluate("window.PWNED") is None
    assert visited.requests == []
    assert visited.complaints == []
    context.close()


def test_without_scripts_there_are_numbers(browser: Browser, tmp_path: Path) -> None:
    """Without scripts the page shows the summary as a table, and says why."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(write(hostile(), tmp_path / "links.html", engine="pyvis").as_uri())
    assert page.locator("noscript table, noscript").first.is_visible()
    assert "needs scripts" in page.locator("noscript").inner_text()
    context.close()


def test_policy_allows_the_two_scripts_of_the_page_and_nothing_else() -> None:
    """The policy has the hashes of both scripts, and allows no loading, no form and no base."""
    page = pyvis_html(small())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 2
    hashes = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    }
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert set(rules.pop("script-src").split()) == {f"'sha256-{digest}'" for digest in hashes}
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert "sourceMappingURL" not in page


def test_descriptions_are_never_in_the_page() -> None:
    """Descriptions, which may quote any value, are left out of the page."""
    places = builders.catalogue(["a/t.x"])
    places["columns"][0]["description"] = "secret words"
    page = pyvis_html(LinkGraph(read_links([], catalogue=places)))
    assert "secret words" not in page


# --- size ----------------------------------------------------------------------------------------


def test_large_page_warns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Building a large page warns that it will be slow, at the line of the caller."""
    monkeypatch.setattr(pyvis_page, "_SLOW_NODES", 5)
    with pytest.warns(LargeGraphWarning, match="10 nodes and 4 lines") as caught:
        write(small(), tmp_path / "links.html", engine="pyvis")
    assert caught[0].filename == __file__
    monkeypatch.setattr(pyvis_page, "_SLOW_NODES", 100)
    monkeypatch.setattr(pyvis_page, "_SLOW_LINES", 4)
    with pytest.warns(LargeGraphWarning) as caught:
        show(small(), engine="pyvis")
    assert caught[0].filename == __file__


def test_too_large_a_page_is_refused_unless_forced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Above the limit nothing is written, and the error says how to draw less."""
    monkeypatch.setattr(pyvis_page, "_MAX_NODES", 8)
    with pytest.raises(FormatError, match=r"10 nodes are too many.*subgraph"):
        write(small(), tmp_path / "links.html", engine="pyvis")
    assert not list(tmp_path.iterdir())
    assert write(small(), tmp_path / "links.html", engine="pyvis", force=True).is_file()


def test_without_pyvis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without pyvis or its vis-network, the error says which package to install."""
    pyvis_page._engine_script.cache_clear()
    monkeypatch.setattr(pyvis_page, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="pyvis is not installed"):
        pyvis_html(small())

    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(pyvis_page, "find_spec", lambda _: Spec)
    with pytest.raises(MissingDependencyError, match="does not contain vis-network"):
        pyvis_html(small())
    pyvis_page._engine_script.cache_clear()
