"""Tests of the pyvis network: content, positions and style."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.drawing import picture
from hummgraph.drawing import pyvis as pyvis_network
from hummgraph.drawing.lanes import Block, place_in_lanes, place_on_circle
from hummgraph.drawing.picture import picture_of
from hummgraph.drawing.pyvis import to_pyvis
from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from pyvis.network import Network


def by_id(network: Network) -> dict[str, dict[str, Any]]:
    """Return the network's nodes by id."""
    return {node["id"]: node for node in network.nodes}


def line_ids(network: Network) -> set[str]:
    """Return the ids of the network's edges."""
    return {edge["id"] for edge in network.edges}


def small() -> LinkGraph:
    """Return links of every status among columns, a table and a system."""
    rows = [
        ("crm/contact.email", "shop/user.mail", 0.9, "SUGGESTED"),
        ("crm/contact.email", "shop/user.mail", None, "APPROVED"),
        ("shop/user.mail", "crm/contact.email", 1.0, "REJECTED"),
        ("crm/contact.name", "crm/contact.name", 0.5, "SUGGESTED"),
        ("crm", "shop/user", None, "NEW"),
    ]
    return builders.graph(rows, also=["shop/idle.column", "mail"])


# --- what is drawn -------------------------------------------------------------------------------


def test_small_graph_is_drawn_link_by_link() -> None:
    """Each link is a line; columns without links are left out, and tables and systems are not."""
    graph = small()
    network = to_pyvis(graph)
    assert line_ids(network) == set(graph.links["link_id"])
    drawn = {row["path"] for row in graph.nodes if row["node_id"] in by_id(network)}
    assert drawn == {row["path"] for row in graph.nodes} - {"shop/idle.column"}
    assert picture_of(graph).shown() == [
        ("systems", 3, 3),
        ("tables", 3, 3),
        ("columns", 3, 4),
        ("links", 5, 5),
    ]


def test_large_graph_is_drawn_by_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many columns, a line stands for all links of two tables and lists some."""
    monkeypatch.setattr(picture, "MAX_COLUMNS_DRAWN", 2)
    graph = small()
    network = to_pyvis(graph)
    crm, shop = uid("crm/contact"), uid("shop/user")
    assert line_ids(network) >= {f"{crm}--{shop}"}
    assert set(by_id(network)) == {
        row["node_id"] for row in graph.nodes if row["level"] != "column"
    }
    assert picture_of(graph).shown()[2:] == [("columns", 0, 4), ("links", 4, 5)]
    (pair,) = (edge for edge in network.edges if edge["id"] == f"{crm}--{shop}")
    assert pair["title"].startswith("contact \u2192 user: 2 links (1 SUGGESTED, 1 APPROVED)")
    assert (
        "crm/contact.email \u2192 shop/user.mail\nSUGGESTED, PROBABILISTIC, confidence 0.9"
        in (pair["title"])
    )


def test_title_lists_the_strongest_links() -> None:
    """The title of a line lists the eight most confident links, and the total."""
    rows = [("a/t.x", f"b/t.{number}", number / 100) for number in range(20)]
    (edge,) = to_pyvis(builders.graph(rows).project("table")).edges
    title = edge["title"]
    assert title.index("confidence 0.19") < title.index("confidence 0.18")
    assert title.count("confidence") == 8
    assert title.endswith("shown 8 of 20")


@pytest.mark.parametrize("level", ["integration_source", "table", "column"])
def test_projection_is_drawn_at_its_level(level: str) -> None:
    """A projection is drawn at its own level."""
    projection = small().project(level)
    network = to_pyvis(projection)
    assert len(network.edges) == projection.n_edges
    assert picture_of(projection).level == level


def test_nothing_is_drawn_of_nothing() -> None:
    """A graph without nodes gives an empty network."""
    network = to_pyvis(LinkGraph(read_links([])))
    assert (network.nodes, network.edges) == ([], [])
    assert to_pyvis(LinkGraph(read_links([])).project("integration_source")).nodes == []


def test_network_is_pyvis_own() -> None:
    """All methods of pyvis work on the network's nodes, neighbours and options."""
    network = to_pyvis(small())
    assert network.directed
    assert network.num_nodes() == len(network.get_nodes()) == len(set(network.get_nodes()))
    assert uid("shop/user.mail") in network.neighbors(uid("crm/contact.email"))
    assert network.get_node(uid("crm"))["label"] == "crm"
    network.toggle_physics(False)
    assert '"physics": {\n        "enabled": false' in network.get_network_data()[-1]


def test_nothing_goes_through_pyvis_add_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method add_edge of pyvis is not called, as it reads all nodes for every edge."""
    from pyvis.network import Network

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Network, "add_edge", refuse)
    monkeypatch.setattr(Network, "add_node", refuse)
    to_pyvis(small(), containment=True)


def test_without_pyvis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for a missing pyvis has the command to install it."""
    monkeypatch.setitem(sys.modules, "pyvis.network", None)
    with pytest.raises(MissingDependencyError, match="pip install pyvis"):
        to_pyvis(small())


def test_containment_is_drawn_on_request() -> None:
    """On request each node has a thin line without arrow from the node that contains it."""
    network = to_pyvis(small(), containment=True)
    contains = [edge for edge in network.edges if edge["id"].startswith("contains-")]
    assert {(edge["from"], edge["to"]) for edge in contains} >= {
        (uid("crm"), uid("crm/contact")),
        (uid("crm/contact"), uid("crm/contact.email")),
    }
    assert all(edge["arrows"] == "" and edge["width"] < 1 for edge in contains)
    assert len(contains) == len(network.nodes) - 3


def test_column_of_an_unknown_table_is_drawn() -> None:
    """A column of an unknown table is drawn in the lane of its system."""
    lost = {key: value for key, value in record("a/t.x", "b/t.y").items() if "table_id" not in key}
    network = to_pyvis(LinkGraph(read_links([lost])))
    assert uid("a/t.x") in by_id(network)


def test_column_of_an_unknown_system_is_drawn() -> None:
    """A table of an unknown system is drawn in a lane without a heading."""
    places = builders.catalogue(["a/t.x"])
    del places["tables"][0]["integration_source_id"]
    network = to_pyvis(LinkGraph(read_links([], catalogue=places)))
    assert uid("a/t") in by_id(network)


# --- how it is drawn -----------------------------------------------------------------------------


def test_status_is_told_by_colour_and_without() -> None:
    """Approved lines are thick, rejected ones thin and dashed, and colours differ."""
    network = to_pyvis(small())
    by_title = {edge["title"].split("\n")[1].split(",")[0]: edge for edge in network.edges}
    assert len({edge["color"]["color"] for edge in by_title.values()}) == 4
    width = {status: edge["width"] for status, edge in by_title.items()}
    assert width["APPROVED"] > width["SUGGESTED"] > width["REJECTED"]
    assert {status for status, edge in by_title.items() if "dashes" in edge} == {"REJECTED"}


def test_many_rejected_lines_are_not_dashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a limited number of rejected lines is dashed, as dashes are slow."""
    monkeypatch.setattr(pyvis_network, "MAX_DASHED_LINES", 1)
    rows = [("a/t.x", f"b/t.{number}", 0.5, "REJECTED") for number in range(2)]
    assert all("dashes" not in edge for edge in to_pyvis(builders.graph(rows)).edges)


def test_a_line_is_rejected_only_if_all_its_links_are() -> None:
    """A line is APPROVED if any of its links is, and REJECTED only if all are."""
    counts = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 0]])
    assert pyvis_network.leading_status(counts).tolist() == [1, 0, 3, 2]


def test_parallel_lines_do_not_hide_each_other() -> None:
    """Parallel lines between two nodes have different curves."""
    rows = [("a/t.x", "b/t.y", 0.1 * number) for number in range(3)]
    network = to_pyvis(builders.graph([*rows, ("b/t.y", "a/t.x", 0.5)]))
    bends = [str(edge.get("smooth")) for edge in network.edges]
    assert len(set(bends)) == 4


def test_number_of_links_stands_at_a_table() -> None:
    """A table shows the number of links of it and its columns, each counted once."""
    nodes = by_id(to_pyvis(small()))
    assert nodes[uid("crm/contact")]["label"] == "contact  4"
    assert nodes[uid("shop/user")]["label"] == "user  4"
    assert nodes[uid("shop/idle")]["label"] == "idle"
    assert nodes[uid("shop/user")]["color"] != nodes[uid("shop/idle")]["color"]
    assert nodes[uid("crm/contact")]["title"] == "crm/contact\ntable, 4 links"
    assert nodes[uid("crm")]["title"].endswith("5 links")


def test_tables_of_one_name_are_told_apart() -> None:
    """A label has the schema only if a system has two tables of that name."""
    tables = [
        {"id": uid(schema + name), "name": name, "schema_name": schema}
        | {"integration_source_id": uid("s")}
        for schema, name in (("raw", "user"), ("mart", "user"), ("mart", "order"))
    ]
    places = {"integration_sources": [{"id": uid("s"), "name": "dwh"}], "tables": tables}
    nodes = by_id(to_pyvis(LinkGraph(read_links([], catalogue=places))))
    labels = {nodes[table["id"]]["label"] for table in tables}
    assert labels == {"raw.user", "mart.user", "order"}


def test_clusters_colour_their_members() -> None:
    """A member shows the number of its cluster besides its colour."""
    rows = [("a/t.x", "b/t.y"), ("b/t.y", "c/t.z"), *((f"a/u.{n}", f"b/u.{n}") for n in range(9))]
    graph = builders.graph(rows)
    clusters = cluster(graph)
    nodes = by_id(to_pyvis(graph, clusters=clusters))
    assert nodes[uid("a/t.x")]["label"] == "x #0"
    assert nodes[uid("a/t.x")]["color"] == nodes[uid("c/t.z")]["color"]
    assert nodes[uid("a/t.x")]["title"].endswith(f"cluster 0: {clusters.names[0]}")
    fills = {node["color"]["background"] for node in nodes.values() if node["label"].endswith("#9")}
    assert fills == {"#dce3e9"}
    others = {node["label"] for node in nodes.values() if "#" not in node["label"]}
    assert others == {"a", "b", "c", "t  1", "t  2", "u  9"}


def test_contradictions_of_a_cluster_stand_in_the_titles_of_its_members() -> None:
    """A member says how many contradictions its cluster has."""
    graph = builders.graph(
        [
            ("a/t.x", "b/t.x", 0.9, "APPROVED"),
            ("b/t.x", "c/t.x", 0.9, "APPROVED"),
            ("c/t.x", "a/t.x", 0.9, "REJECTED"),
        ]
    )
    nodes = by_id(to_pyvis(graph, clusters=cluster(graph)))

    for place in ("a/t.x", "b/t.x", "c/t.x"):
        assert nodes[uid(place)]["title"].endswith("\n1 contradiction")


@pytest.mark.parametrize("payload", ["<a href=x>", "href", "hrefhref"])
def test_titles_stay_text_in_pyvis_own_page(payload: str) -> None:
    """No title contains ``href``, which would make pyvis read all of them as markup."""
    places = builders.catalogue(["a/t.x", "b/t.y"])
    for entries in places.values():
        for entry in entries:
            entry["name"] = payload
    graph = LinkGraph(read_links([record("a/t.x", "b/t.y")], catalogue=places))
    network = to_pyvis(graph, clusters=cluster(graph))
    assert not any("href" in item["title"] for item in (*network.nodes, *network.edges))
    assert "popup.innerHTML" not in network.generate_html()


def test_labels_are_short_and_visible() -> None:
    """Long names are cut, wide characters count twice, and invisible ones are shown."""
    places = builders.catalogue(["long", "wide", "bad"])
    for entry, name in zip(
        places["integration_sources"], ["n" * 99, "\u6f22" * 99, "a\nb\u202ec"], strict=True
    ):
        entry["name"] = name
    nodes = by_id(to_pyvis(LinkGraph(read_links([], catalogue=places))))
    assert nodes[uid("long")]["label"] == "n" * 25 + "\u2026"
    assert nodes[uid("wide")]["label"] == "\u6f22" * 12 + "\u2026"
    assert nodes[uid("bad")]["label"] == "a\ufffdb\ufffdc"
    assert nodes[uid("bad")]["title"].startswith("a\ufffdb\ufffdc\n")


# --- where it stands -----------------------------------------------------------------------------


def boxes(network: Network) -> list[tuple[float, float, float, float]]:
    """Return the rectangle of each node, with its margins."""
    found = []
    for node in network.nodes:
        half = node["widthConstraint"]["minimum"] / 2 + 8
        height = (node["font"]["size"] + 9) / 2
        found.append((node["x"] - half, node["y"] - height, node["x"] + half, node["y"] + height))
    return found


def assert_apart(rectangles: list[tuple[float, float, float, float]]) -> None:
    """Fail if any two rectangles overlap."""
    for index, (left, top, right, bottom) in enumerate(rectangles):
        for other in rectangles[index + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart


def test_boxes_do_not_overlap(demo_graph: LinkGraph) -> None:
    """Boxes do not overlap at any level."""
    assert_apart(boxes(to_pyvis(demo_graph)))
    assert_apart(boxes(to_pyvis(demo_graph.where(min_confidence=0.97))))
    assert_apart(boxes(to_pyvis(demo_graph.project("integration_source"))))


def test_boxes_of_a_large_organisation_do_not_overlap(real_organization: Any) -> None:
    """Boxes of a hundred tables do not overlap."""
    snapshot = read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    assert_apart(boxes(to_pyvis(LinkGraph(snapshot))))


def test_columns_stand_under_their_table(demo_graph: LinkGraph) -> None:
    """A column is below its table in the same strand, and nodes are in their lanes."""
    picture = picture_of(demo_graph.where(min_confidence=0.97))
    nodes = demo_graph.arrays.nodes
    place = {code: index for index, code in enumerate(picture.drawn.tolist())}
    for code, index in place.items():
        above = int(nodes.parent[code])
        if nodes.depth[code] == 2:
            assert picture.placement.x[place[above]] == picture.placement.x[index]
            assert picture.placement.y[place[above]] < picture.placement.y[index]
        lane = picture.placement.lanes[
            np.unique(nodes.ancestor[0][picture.drawn]).tolist().index(nodes.ancestor[0][code])
        ]
        assert lane.left < picture.placement.x[index] < lane.right
        assert lane.top < picture.placement.y[index] < lane.bottom


def test_linked_lanes_are_neighbours() -> None:
    """Lanes are next to those with which they have most links."""
    blocks = [Block(lane, (lane,), (30.0,)) for lane in range(4)]
    pairs = np.array([0, 0, 0, 2, 1]), np.array([3, 3, 3, 3, 2])
    placement = place_in_lanes(4, blocks, [-1] * 4, [100.0] * 4, pairs)
    order = sorted(range(4), key=lambda n: (placement.lanes[n].top, placement.lanes[n].left))
    assert order in ([0, 3, 2, 1], [1, 2, 3, 0])


def test_lanes_without_links_keep_their_order() -> None:
    """Lanes without links, and too many lanes, keep their order."""
    for n in (4, 250):
        blocks = [Block(lane, (lane,), (30.0,)) for lane in range(n)]
        none = np.empty(0, dtype=np.intp)
        placement = place_in_lanes(n, blocks, [-1] * n, [100.0] * n, (none, none))
        corners = [(lane.top, lane.left) for lane in placement.lanes]
        assert corners == sorted(corners)


def test_blocks_stand_near_what_they_are_linked_to() -> None:
    """Blocks of a lane are ordered like their neighbours, and those without links are last."""
    blocks = [Block(lane, (3 * lane + n,), (30.0,)) for lane in range(2) for n in range(3)]
    pairs = np.array([0, 1]), np.array([5, 4])
    y = place_in_lanes(6, blocks, [-1, -1], [100.0] * 2, pairs).y
    assert (y[0] < y[1]) == (y[5] < y[4])
    assert y[2] > max(y[0], y[1])
    assert y[3] > max(y[4], y[5])


@given(st.integers(1, 40))
def test_circle_keeps_nodes_apart(n: int) -> None:
    """Nodes on a circle have different places."""
    placement = place_on_circle(n, 100.0)
    assert len({(round(x, 3), round(y, 3)) for x, y in zip(placement.x, placement.y)}) == n  # noqa: B905


def test_clusters_of_other_nodes_are_refused(demo_graph: LinkGraph) -> None:
    """Clusters of another graph are refused, as they would colour the wrong nodes."""
    linked = builders.graph([("a/t.x", "b/t.x")])

    with pytest.raises(ArgumentError, match="clusters are of another graph"):
        to_pyvis(linked, clusters=cluster(demo_graph))
