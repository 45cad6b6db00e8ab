"""Tests of what a reader takes out of the page: pictures, tables, GraphML, an address."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.export.graphml.test_writer import check_schema, read_networkx
from tests.support import builders
from tests.support.browsing import Explorer, explorer
from tests.support.builders import record

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

# What a page has of nodes.
SHOWN_OF_NODES = [
    "node_id",
    "level",
    "name",
    "path",
    "parent_id",
    "kind",
    "schema_name",
    "data_type",
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def demo(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> Explorer:
    """The bundled organisation, with confidences as they are."""
    clusters = cluster(demo_graph, method="average")
    return explorer(context, demo_graph, tmp_path, clusters=clusters)


def taken(page: Explorer, item: str) -> tuple[str, bytes]:
    """Take something out by the menu; give the file's name and content."""
    page.page.locator(".menu > button").click()
    with page.page.expect_download() as caught:
        page.page.get_by_role("menuitem", name=item).click()
    page.settled()  # the menu closes
    path = caught.value.path()
    return caught.value.suggested_filename, path.read_bytes()


def test_png(demo: Explorer) -> None:
    """All of the picture, at twice its size, is an image of its own."""
    name, content = taken(demo, "Picture as PNG")
    assert name.endswith(".png")
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    bounds = demo.ask("h.picture.scene().layout.bounds")
    around = 2 * 60  # units
    assert width == pytest.approx(2 * (bounds["width"] + around), abs=2)
    assert height == pytest.approx(2 * (bounds["height"] + around), abs=2)
    assert len(content) > 20_000


@pytest.mark.parametrize("level", ["table", "column"])
def test_no_name_of_a_file_is_cut(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, level: str
) -> None:
    """A picture as a file has every name whole, however little room it has."""
    page = explorer(context, demo_graph, tmp_path, address=f"#p=tables&v={level}")
    root = ElementTree.fromstring(taken(page, "Picture as SVG")[1])
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert not [text for text in texts if "\u2026" in text]
    arrays = demo_graph.arrays.nodes
    names = arrays.name.filter(pa.array(arrays.depth == 1)).to_pylist()
    shown = "".join(texts).replace(" ", "")
    assert names
    assert not [name for name in names if name.replace(" ", "") not in shown]


def test_svg(demo: Explorer) -> None:
    """Names are text that can be searched; nothing refers to anything outside."""
    name, content = taken(demo, "Picture as SVG")
    assert name.endswith(".svg")
    root = ElementTree.fromstring(content)
    assert root.tag == f"{SVG}svg"
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"Stripe", "customers", "Zendesk", "tickets"} <= texts
    assert {one.tag for one in root.iter()} <= {
        SVG + tag for tag in ("svg", "title", "rect", "path", "text", "polygon", "circle", "g")
    }
    assert not any("href" in key for one in root.iter() for key in one.attrib)
    demo.ok()


def test_links_as_csv(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Those that pass; or, where something is looked at, those in sight."""
    demo.ask("h.set({threshold: 0.9})")
    _, content = taken(demo, "Links shown as CSV")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    passing = demo_graph.where(min_confidence=0.9)
    assert [row["link_id"] for row in rows] == passing.links["link_id"]
    by_id = {row["link_id"]: row for row in passing.links}
    for row in rows:
        link = by_id[row["link_id"]]
        assert (row["status"], row["link_type"]) == (link["status"], link["link_type"])
        assert (row["source_path"], row["target_path"]) == (
            link["source_path"],
            link["target_path"],
        )
        assert (float(row["confidence"]) if row["confidence"] else None) == link["confidence"]
    demo.ask("h.set({focus: {kind: 'near', node: x, hops: 1}})", demo_graph.index_of("Stripe"))
    _, content = taken(demo, "Links shown as CSV")
    n_rows = len(list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")))))
    assert 0 < n_rows < len(rows)
    demo.ok()


def test_clusters_as_csv(demo: Explorer, demo_graph: LinkGraph) -> None:
    """A row for each member, with its cluster, in the order of clusters."""
    clusters = cluster(demo_graph, method="average")
    for order in ("identity", "size"):
        demo.ask("h.set({order: x})", order)
        _, content = taken(demo, "Concepts as CSV")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        frame = clusters.sort_by(order).to_frame()
        assert [row["node_id"] for row in rows] == frame["node_id"]
        assert [row["cluster_name"] for row in rows] == frame["cluster_name"]
        assert [int(row["cluster"]) for row in rows] == frame["cluster_index"]


def test_csv_cells_are_no_formulas(context: BrowserContext, tmp_path: Path) -> None:
    """A name that a spreadsheet would calculate is made inert."""
    places = builders.catalogue(["a/t.x", "b/t.x"])
    for entry in places["columns"]:
        entry["name"] = '=HYPERLINK("http://example.invalid")'
    for entry in places["integration_sources"]:
        entry["name"] = "@" + entry["name"]
    graph = LinkGraph(read_links([record("a/t.x", "b/t.x")], catalogue=places))
    page = explorer(context, graph, tmp_path)
    _, content = taken(page, "Links shown as CSV")
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
        assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for cell in row)


def test_graphml(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Nodes and links that are shown, with what Python's own file says of them; and it is valid."""
    demo.ask("h.set({threshold: 0.9})")
    _, content = taken(demo, "What is shown as GraphML")
    read = read_networkx(content)
    passing = demo_graph.where(min_confidence=0.9)
    assert {key for *_, key in read.edges(keys=True)} == set(passing.links["link_id"])
    by_id: dict[str, dict[str, Any]] = {row["link_id"]: row for row in passing.links}
    for source, target, key, data in read.edges(keys=True, data=True):
        row = by_id[key]
        assert (source, target) == (row["source"], row["target"])
        assert (data["status"], data["link_type"]) == (row["status"], row["link_type"])
        assert data.get("confidence") == row["confidence"]
    rows = {row["node_id"]: row for row in demo_graph.nodes}
    assert set(read.nodes) == set(rows)
    for node, data in read.nodes(data=True):
        for name in ("level", "name", "path"):
            assert data[name] == rows[node][name]
    check_schema(content)


def read_back(page: Explorer, folder: Path) -> LinkGraph:
    """Read the page's GraphML."""
    path = folder / "taken.graphml"
    path.write_bytes(taken(page, "What is shown as GraphML")[1])
    return read_graphml(path)


def test_graphml_is_read_back(demo: Explorer, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """A graph of what is shown, with what the page knows of it; times are whole seconds."""
    demo.ask("h.set({threshold: 0.9})")
    found = read_back(demo, tmp_path)
    passing = demo_graph.where(min_confidence=0.9)
    assert found.policy == passing.policy
    assert found.snapshot.organization_name == passing.snapshot.organization_name
    assert (
        found.nodes.to_arrow()
        .select(SHOWN_OF_NODES)
        .equals(passing.nodes.to_arrow().select(SHOWN_OF_NODES))
    )
    without = ["evidence", "created_at", "updated_at"]
    assert (
        found.links.to_arrow()
        .drop_columns(without)
        .equals(passing.links.to_arrow().drop_columns(without))
    )
    for mine, theirs in zip(found.links, passing.links, strict=True):
        assert json.loads(mine["evidence"] or "{}").keys() == (
            json.loads(theirs["evidence"] or "{}").keys()
        )
        for name in ("created_at", "updated_at"):
            assert mine[name] == (theirs[name] and theirs[name].replace(microsecond=0))
    assert cluster(found).ids == cluster(passing).ids


def test_graphml_of_odd_names_is_read_back(context: BrowserContext, tmp_path: Path) -> None:
    """Characters that XML cannot carry, texts like escapes, schemas, and decisions on the page."""
    places = builders.catalogue(["a/t.x", "b/u.y"])
    names = ["_x0000_", "\x00\x1b<&>\"'\r\n"]
    for entry, name in zip(places["columns"], names, strict=True):
        entry["name"] = name
    places["tables"][0] |= {"schema_name": "raw.v2", "name": "events.v2"}
    graph = LinkGraph(
        read_links([record("a/t.x", "b/u.y", evidence={"text": "\x00"})], catalogue=places)
    )
    page = explorer(context, graph, tmp_path, evidence="full")
    found = read_back(page, tmp_path)
    assert (
        found.nodes.to_arrow()
        .select(SHOWN_OF_NODES)
        .equals(graph.nodes.to_arrow().select(SHOWN_OF_NODES))
    )
    assert found.link(0).evidence == {"text": "\x00"}


# --- an address ----------------------------------------------------------------------------------


def chosen(page: Explorer) -> Any:
    """Return what is chosen, as plain data."""
    return page.ask(
        "(({level, layout, colour, threshold, hiddenStatuses, hiddenTypes, hiddenSystems, toggled,"
        " focus, tab, all}) => ({level, layout, colour, threshold, focus, tab, all,"
        " hidden: [hiddenStatuses, hiddenTypes, hiddenSystems, toggled].map((set) => [...set])}))"
        "(h.state())"
    )


def test_address_restores_the_view(
    demo: Explorer, context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """View, filters and selection come back in another window, and after a reload."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    table = demo_graph.index_of("Stripe/customers")
    demo.page.get_by_label("Layout").select_option("layers")
    demo.page.get_by_label("Colour by").select_option("status")
    demo.filters().get_by_label("rejected").uncheck()
    demo.filters().get_by_label("exact rule").uncheck()
    demo.page.get_by_label("Least score that joins").fill("0.65")
    demo.page.get_by_label("Least score that joins").press("Enter")
    demo.page.locator(".filters .systems").get_by_role("checkbox", name="Mixpanel").uncheck()
    demo.node("Stripe/customers.email")
    demo.page.evaluate("document.activeElement.blur()")
    demo.page.keyboard.press("o")
    demo.page.keyboard.press("u")
    demo.page.keyboard.press("t")
    demo.settled()
    wanted = chosen(demo)
    assert wanted["hidden"][3] == [table]
    assert wanted["focus"]["kind"] == "up"
    demo.page.locator(".menu > button").click()
    demo.page.get_by_role("menuitem", name="Copy a link").click()
    expect(demo.page.locator("#app > .page > [role=status]")).to_have_text(
        "The link is in the clipboard."
    )
    copied = demo.page.evaluate("navigator.clipboard.readText()")
    other = Explorer(context.new_page()).opened(
        tmp_path / "page.html", f"#{urlsplit(copied).fragment}"
    )
    assert chosen(other) == wanted
    demo.page.wait_for_url(copied)
    demo.page.reload()
    demo.page.wait_for_selector("html[data-ready]")
    assert chosen(demo) == wanted
    other.ok()


def test_every_focus_is_in_the_address(demo: Explorer) -> None:
    """Whatever is looked at is looked at again after a reload, on the same page."""
    for kind, focus in (
        ("link", "{kind: 'link', link: 7}"),
        ("path", "{kind: 'path', from: 100, to: 400}"),
        (
            "line",
            (
                "(({table, source, target}) => ({kind: 'line', source: table[source[3]],"
                " target: table[target[3]]}))(h.view().pack)"
            ),
        ),
        ("cluster", "{kind: 'cluster', member: h.labels().indexOf(1)}"),
        ("both", "{kind: 'both', node: 300, hops: 5}"),
    ):
        demo.ask(f"h.set({{focus: {focus}}})")
        demo.page.wait_for_url(re.compile(f"f={kind}:"))
        before = demo.state("focus")
        demo.page.reload()
        demo.page.wait_for_selector("html[data-ready]")
        assert (demo.state("page"), demo.state("focus")) == ("tables", before)


def test_address_of_newer_data(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Ids, not positions: what is still there is restored, what is not is passed over."""
    page = explorer(context, demo_graph, tmp_path)
    node, hidden = demo_graph.index_of("Zendesk/users.email"), demo_graph.index_of("Stripe")
    page.ask(
        "h.set({focus: {kind: 'near', node: x[0], hops: 1}, hiddenSystems: new Set([x[1]])})",
        [node, hidden],
    )
    page.page.wait_for_url(re.compile("f="))  # the address waits until sliding is over
    address = "#" + urlsplit(page.page.url).fragment
    part = demo_graph.subgraph(["Zendesk", "Salesforce"])
    other = explorer(context, part, tmp_path, address=address)
    assert other.state("focus")["node"] == part.index_of("Zendesk/users.email") != node
    assert other.ask("[...h.state().hiddenSystems]") == []
    other.ok()
