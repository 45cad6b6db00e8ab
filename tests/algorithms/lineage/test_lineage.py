"""Tests of lineage: nodes reached, distances, confidences, and notes on what is left out."""

from __future__ import annotations

import json
from math import isclose, prod
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import LinkGraph, Policy, read_links
from hummgraph.algorithms.kernels.steps import DIRECTION_NOTE
from hummgraph.algorithms.lineage.diagram import count
from hummgraph.algorithms.lineage.lineage import Lineage, downstream, neighborhood, upstream
from hummgraph.errors import (
    AmbiguousNodeError,
    ArgumentError,
    NodeNotFoundError,
    NoPathError,
    ThresholdError,
)
from tests.graph.test_relationships import relationship
from tests.support.builders import catalogue, chain_rows, graph, record, uid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.builders import Row

    Query = Callable[..., Lineage]

CHAIN: list[Row] = [
    ("a/t.x", "b/u.y", 0.9),
    ("b/u.y", "c/v.z", 0.8),
    ("c/v.z", "d/w.p", 0.5),
    ("d/w.p", "e/s.q", 0.5),
]
QUERIES = (downstream, upstream, neighborhood)


def reached(found: Lineage) -> dict[str, tuple[int, float]]:
    """Return depth and confidence of each node, by name."""
    rows = zip(*(found.nodes[name] for name in ("path", "depth", "confidence")), strict=True)
    return {path: (depth, round(confidence, 9)) for path, depth, confidence in rows}


def pairs(found: Lineage) -> list[tuple[str, str, int]]:
    """Return ends and depth of each link, sorted."""
    names = ("source_path", "target_path", "depth")
    return sorted(zip(*(found.links[name] for name in names), strict=True))


def hops(found: Lineage) -> list[tuple[int, ...]]:
    """Return depth, shown, reached and links of each hop."""
    names = ("depth", "n_shown", "n_reached", "n_links")
    return list(zip(*(found.hops[name] for name in names), strict=True))


# --- what is reached -------------------------------------------------------------------------


def test_downstream_follows_links_from_source_to_target() -> None:
    """Depth counts links; confidence is the product of their weights; the depth is limited."""
    found = downstream(graph(CHAIN), "a/t.x")
    assert reached(found) == {
        "a/t.x": (0, 1.0),
        "b/u.y": (1, 0.9),
        "c/v.z": (2, 0.72),
        "d/w.p": (3, 0.36),
    }
    assert hops(found) == [(0, 1, 1, 0), (1, 1, 1, 1), (2, 1, 1, 1), (3, 1, 1, 1)]
    assert found.hops["shown"] == ["1 of 1"] * 4
    assert reached(downstream(graph(CHAIN), "a/t.x", max_depth=None))["e/s.q"] == (4, 0.18)


def test_upstream_follows_links_from_target_to_source() -> None:
    """Depths are above 0; a path leads from the node to the start."""
    found = upstream(graph(CHAIN), "c/v.z")
    assert reached(found) == {"c/v.z": (0, 1.0), "b/u.y": (1, 0.8), "a/t.x": (2, 0.72)}
    assert pairs(found) == [("a/t.x", "b/u.y", 2), ("b/u.y", "c/v.z", 1)]
    steps = found.path_to("a/t.x")
    assert [(step.source_path, step.target_path) for step in steps] == [
        ("a/t.x", "b/u.y"),
        ("b/u.y", "c/v.z"),
    ]
    assert all(step.forward for step in steps)


def test_a_neighbourhood_looks_both_ways() -> None:
    """Upstream nodes have depths below 0; a path does not turn."""
    rows: list[Row] = [*CHAIN, ("a/t.x", "f/r.k", 0.9)]
    found = neighborhood(graph(rows), "c/v.z", max_depth=2)
    assert reached(found) == {
        "a/t.x": (-2, 0.72),
        "b/u.y": (-1, 0.8),
        "c/v.z": (0, 1.0),
        "d/w.p": (1, 0.5),
        "e/s.q": (2, 0.25),
    }
    assert [depth for _, _, depth in pairs(found)] == [-2, -1, 1, 2]
    assert hops(found) == [(-2, 1, 1, 1), (-1, 1, 1, 1), (0, 1, 1, 0), (1, 1, 1, 1), (2, 1, 1, 1)]
    assert [step.target_path for step in found.path_to("a/t.x")] == ["b/u.y", "c/v.z"]
    assert [step.target_path for step in found.path_to("e/s.q")] == ["d/w.p", "e/s.q"]


@pytest.mark.parametrize("query", QUERIES)
def test_links_are_followed_either_way_if_direction_is_set_aside(query: Query) -> None:
    """Without direction all three agree, a step may go against its link, and a note states it."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.9), ("c/v.z", "b/u.y", 0.5)]
    found = query(graph(rows), "a/t.x", directed=False)
    assert reached(found) == {"a/t.x": (0, 1.0), "b/u.y": (1, 0.9), "c/v.z": (2, 0.45)}
    assert pairs(found) == [("a/t.x", "b/u.y", 1), ("c/v.z", "b/u.y", 2)]
    assert [step.forward for step in found.path_to("c/v.z")] == [True, False]
    assert "Links were followed either way." in found.notes
    assert not found.directed


def test_of_two_ways_a_node_stands_at_the_nearer_depth() -> None:
    """Downstream wins ties of depth; confidence and path are those of that way."""
    cycle: list[Row] = [("a/t.x", "b/u.y", 0.5), ("b/u.y", "c/v.z", 0.5), ("c/v.z", "a/t.x", 0.9)]
    found = neighborhood(graph(cycle), "a/t.x")
    assert reached(found) == {"c/v.z": (-1, 0.9), "a/t.x": (0, 1.0), "b/u.y": (1, 0.5)}
    assert [step.source_path for step in found.path_to("c/v.z")] == ["c/v.z"]
    assert sum(found.hops["n_shown"]) == 5  # two of them both up and down

    pair: list[Row] = [("a/t.x", "b/u.y", 0.5), ("b/u.y", "a/t.x", 0.9)]
    found = neighborhood(graph(pair), "a/t.x", max_depth=1)
    assert reached(found)["b/u.y"] == (1, 0.5)
    assert [step.target_path for step in found.path_to("b/u.y")] == ["b/u.y"]
    assert pairs(found) == [("a/t.x", "b/u.y", 1), ("b/u.y", "a/t.x", -1)]
    assert found.impact["depth"] == [1]


def test_the_best_walk_may_be_longer_than_the_shortest_but_not_than_allowed() -> None:
    """The length of the best walk is limited like the depth."""
    rows: list[Row] = [
        ("a/t.x", "c/v.z", 0.5),
        ("a/t.x", "b/u.y", 0.9),
        ("b/u.y", "c/v.z", 0.9),
        ("c/v.z", "d/w.p", 0.9),
    ]
    assert reached(downstream(graph(rows), "a/t.x", max_depth=1))["c/v.z"] == (1, 0.5)

    found = downstream(graph(rows), "a/t.x", max_depth=2)
    assert reached(found)["c/v.z"] == (1, 0.81)
    assert reached(found)["d/w.p"] == (2, 0.45)  # the better way to it takes three
    assert [step.source_path for step in found.path_to("d/w.p")] == ["a/t.x", "c/v.z"]
    assert [step.source_path for step in found.path_to("c/v.z")] == ["a/t.x", "b/u.y"]
    assert reached(downstream(graph(rows), "a/t.x"))["d/w.p"] == (2, 0.729)


def test_only_what_lies_on_its_paths_is_there() -> None:
    """Links into the lineage from elsewhere, and other columns of its tables, are excluded."""
    rows: list[Row] = [*CHAIN[:2], ("f/r.k", "b/u.y", 0.9), ("b/u.o", "c/v.z", 0.9)]
    found = downstream(graph(rows), "a/t.x")
    assert set(reached(found)) == {"a/t.x", "b/u.y", "c/v.z"}
    assert pairs(found) == [("a/t.x", "b/u.y", 1), ("b/u.y", "c/v.z", 2)]


def test_links_beyond_the_greatest_depth_are_not_there() -> None:
    """Links beyond the greatest depth are excluded, even between nodes that are shown."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.9), ("a/t.x", "c/v.z", 0.9), ("b/u.y", "c/v.z", 0.9)]
    assert len(downstream(graph(rows), "a/t.x", max_depth=1).links) == 2
    assert pairs(downstream(graph(rows), "a/t.x", max_depth=2))[-1] == ("b/u.y", "c/v.z", 2)


def test_parallel_links_are_all_listed_and_the_best_is_taken() -> None:
    """Of equal links the approved one is taken; a step counts the others."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.9),
        ("a/t.x", "b/u.y", 0.9, "APPROVED"),
        ("a/t.x", "b/u.y", 0.3),
    ]
    found = downstream(graph(rows), "a/t.x")
    assert len(found.links) == 3
    assert found.links["link_id"] == sorted(found.links["link_id"])
    (step,) = found.path_to("b/u.y")
    assert (step.status, step.n_parallel) == ("APPROVED", 2)
    assert downstream(graph(rows), "a/t.x").diagram().lines[0].label == "0.9, best of 3"


def test_links_without_weight_are_counted_but_not_followed() -> None:
    """REJECTED links and those with confidence null or 0 are counted; the policy decides."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.9),
        ("a/t.x", "c/v.z", None),
        ("b/u.y", "d/w.p", 0.9, "REJECTED"),
        ("b/u.y", "e/s.q", 0.0),
        ("d/w.p", "e/s.q", None),
    ]
    found = downstream(graph(rows), "a/t.x")
    assert set(reached(found)) == {"a/t.x", "b/u.y"}
    assert found.n_unweighted == 3
    assert found.note == f"{DIRECTION_NOTE} 3 links without weight not followed."
    assert downstream(graph(rows), "a/t.x", max_depth=1).n_unweighted == 1
    assert "1 link without weight" in downstream(graph(rows), "a/t.x", max_depth=1).note
    lenient = graph(rows, policy=Policy(null_confidence=0.5, rejected="score"))
    assert reached(downstream(lenient, "a/t.x"))["e/s.q"] == (3, 0.405)


def test_filters_are_those_of_the_graph() -> None:
    """Statuses and a least confidence filter the graph of the result."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.9),
        ("b/u.y", "c/v.z", 0.2, "APPROVED"),
        ("b/u.y", "d/w.p", 0.2),
    ]
    linked = graph(rows)
    assert set(reached(downstream(linked, "a/t.x", min_confidence=0.5))) == {
        "a/t.x",
        "b/u.y",
        "c/v.z",
    }
    found = downstream(linked, "b/u.y", statuses=["APPROVED"])
    assert set(reached(found)) == {"b/u.y", "c/v.z"}
    assert found.graph.n_links == 1
    assert downstream(linked, "a/t.x").graph is linked


# --- caps --------------------------------------------------------------------------------------


def test_a_hop_adds_the_strongest_and_counts_the_others() -> None:
    """Nodes left out are not followed, and are not added at a later hop."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.9),
        ("a/t.x", "c/v.z", 0.8),
        ("a/t.x", "d/w.p", 0.3),
        ("d/w.p", "e/s.q", 0.9),
        ("b/u.y", "d/w.p", 0.9),
        ("b/u.y", "f/r.k", 0.9),
    ]
    found = downstream(graph(rows), "a/t.x", max_per_hop=2)
    assert set(reached(found)) == {"a/t.x", "b/u.y", "c/v.z", "f/r.k"}
    assert hops(found) == [(0, 1, 1, 0), (1, 2, 3, 2), (2, 1, 1, 1)]
    assert found.hops["shown"] == ["1 of 1", "2 of 3", "1 of 1"]
    assert "1 node left out by max_per_hop." in found.notes
    assert "depth 1: shown 2 of 3" in repr(found)
    with pytest.raises(NoPathError, match="not in this lineage"):
        found.path_to("d/w.p")


def test_of_equally_strong_nodes_the_first_are_kept() -> None:
    """Equally strong nodes are ordered by position, which is that of their ids."""
    rows: list[Row] = [("a/t.x", f"b/u.c{number}", 0.9) for number in range(6)]
    found = downstream(graph(rows), "a/t.x", max_per_hop=2)
    ids = sorted(uid(f"b/u.c{number}") for number in range(6))
    assert found.nodes["node_id"][1:] == ids[:2]


# --- levels ------------------------------------------------------------------------------------

TABLES: list[Row] = [
    ("a/t.x", "b/u.y", 0.5),
    ("a/t.o", "b/u.k", 0.7),
    ("b/u.z", "c/v.z", 0.9),
    ("a/t", "d/w", 0.9),
]


def test_a_table_or_system_starts_from_all_in_it() -> None:
    """All nodes of the start are at depth 0."""
    found = downstream(graph(TABLES), "a/t")
    assert {name for name, (depth, _) in reached(found).items() if depth == 0} == {
        "a/t",
        "a/t.x",
        "a/t.o",
    }
    assert reached(found)["d/w"] == (1, 0.9)
    assert len(downstream(graph(TABLES), "a").nodes) == len(found.nodes) + 1


def test_links_are_lifted_to_a_level() -> None:
    """The weight between two tables is that of the best link; links are not changed."""
    found = downstream(graph(TABLES), "a/t.x", level="table")
    assert found.level == "table"
    assert reached(found) == {
        "a/t": (0, 1.0),
        "d/w": (1, 0.9),
        "b/u": (1, 0.7),
        "c/v": (2, 0.63),
    }
    assert pairs(found)[0] == ("a/t", "d/w", 1)
    assert len(found.links) == 4
    (step,) = found.path_to("b/u")
    assert (step.source_path, step.target_path, step.forward, step.n_parallel) == (
        "a/t",
        "b/u",
        True,
        1,
    )
    assert found.diagram().lines[0].source in {box.key for box in found.diagram().boxes}
    systems = upstream(graph(TABLES), "c", level="integration_source")
    assert set(reached(systems)) == {"a", "b", "c"}


def test_what_lies_above_the_level_is_counted() -> None:
    """Links of tables cannot be lifted to columns."""
    found = downstream(graph(TABLES), "a/t", level="column")
    assert set(reached(found)) == {"a/t.x", "a/t.o", "b/u.y", "b/u.k"}
    assert "1 link above the level not lifted." in found.notes
    with pytest.raises(ArgumentError, match="'d/w' has nothing at level 'column'"):
        downstream(graph(TABLES), "d/w", level="column")


def test_a_loop_is_a_link_of_its_node() -> None:
    """A loop leads nowhere and is listed once, also upstream."""
    rows: list[Row] = [("a/t.x", "a/t.x", 0.9), ("a/t.x", "b/u.y", 0.9), ("b/u.y", "b/u.y", None)]
    for query in (downstream, neighborhood):
        found = query(graph(rows), "a/t.x")
        assert pairs(found) == [("a/t.x", "a/t.x", 1), ("a/t.x", "b/u.y", 1)]
        assert found.cycles() == ((uid("a/t.x"),),)
        assert found.diagram().lines[0].source == uid("a/t.x")
    found = neighborhood(graph(rows), "a/t.x", directed=False)
    assert len(found.links) == 2
    assert found.n_unweighted == 1


# --- relationships -------------------------------------------------------------------------------


def structured() -> LinkGraph:
    """Return links and a foreign key, and a relationship without a weight."""
    places = ["db/orders.user_id", "db/users.id", "crm/contact.id", "db/users.name"]
    return LinkGraph(
        read_links(
            [record("crm/contact.id", "db/orders.user_id", 0.5)],
            catalogue={
                **catalogue(places),
                "relationships": [
                    relationship(
                        "db/orders.user_id", "db/users.id", type="FOREIGN_KEY", status="APPROVED"
                    ),
                    relationship("db/users.name", "db/users.id", type="INFERRED"),
                ],
            },
        )
    )


def test_relationships_are_followed_if_asked() -> None:
    """Relationships are listed after links, with their own kind."""
    linked = structured()
    assert len(downstream(linked, "crm/contact.id").nodes) == 2

    found = downstream(linked, "crm/contact.id", relationships=True)
    assert reached(found)["db/users.id"] == (2, 0.5)
    assert found.links["kind"] == ["link", "relationship"]
    assert found.links["source_path"][1] == "db/orders.user_id"
    assert found.links["confidence"] == [0.5, None]
    assert found.links["status"] == ["SUGGESTED", "APPROVED"]
    assert found.path_to("db/users.id")[1].kind == "relationship"
    assert found.subgraph.n_links == 1
    assert [str(line.style) for line in found.diagram().lines] == ["suggested", "relationship"]
    assert upstream(linked, "db/users.id", relationships=True).n_unweighted == 1
    tables = upstream(linked, "db/users", relationships=True, level="table")
    assert set(reached(tables)) == {"db/users", "db/orders", "crm/contact"}


# --- tables, cycles, graphs ----------------------------------------------------------------------


def test_impact_is_by_system_and_table() -> None:
    """A row has columns, nearest depth, best confidence and links that end there, not the start."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.5),
        ("a/t.x", "b/u.k", 0.8),
        ("b/u.y", "b/u.k", 0.9),
        ("b/u.k", "c/v.z", 0.5),
        ("a/t.x", "d/w", 0.9),
        ("d/w", "e", 0.9),
    ]
    found = downstream(graph(rows, also=["b/u.idle"]), "a/t.x")
    assert [tuple(row.values())[:4] for row in found.impact] == [
        ("d", "w", 0, 1),
        ("b", "u", 2, 1),
        ("e", None, 0, 2),
        ("c", "v", 1, 2),
    ]
    assert found.impact["n_links"] == [2, 4, 1, 1]
    assert np.allclose(found.impact["confidence"], [0.9, 0.8, 0.81, 0.4])
    assert neighborhood(graph(CHAIN), "c/v.z").impact["depth"] == [-1, 1, -2, 2]


def test_cycles_are_handled_listed_and_drawn_together() -> None:
    """A cycle does not lengthen walks; the condensation has no cycle."""
    rows: list[Row] = [*CHAIN, ("c/v.z", "b/u.y", 0.7), ("c/v.z", "b/u.y", 0.6)]
    found = downstream(graph(rows), "a/t.x", max_depth=None)
    assert reached(found)["b/u.y"] == (1, 0.9)
    cycle = tuple(sorted([uid("b/u.y"), uid("c/v.z")]))
    assert found.cycles() == (cycle,)

    small = found.condensation()
    assert small.parts == ((uid("a/t.x"),), cycle, (uid("d/w.p"),), (uid("e/s.q"),))
    assert len(small) == 4
    assert list(small.links) == [
        {"source": 0, "target": 1, "n_links": 1, "weight": 0.9},
        {"source": 1, "target": 2, "n_links": 1, "weight": 0.5},
        {"source": 2, "target": 3, "n_links": 1, "weight": 0.5},
    ]


def test_a_link_back_may_lie_beyond_the_last_new_node() -> None:
    """The hop of a link back shows no node."""
    found = downstream(graph([("a/t.x", "b/u.y"), ("b/u.y", "a/t.x")]), "a/t.x")
    assert hops(found) == [(0, 1, 1, 0), (1, 1, 1, 1), (2, 0, 0, 1)]


def test_the_subgraph_has_exactly_its_nodes_and_links() -> None:
    """The subgraph also has the tables and systems of its nodes, but not their other columns."""
    rows: list[Row] = [*TABLES, ("d/w.p", "b/u.y", 0.9)]
    found = downstream(graph(rows), "a/t")
    part = found.subgraph
    assert part.n_links == len(found.links) == 3
    assert set(part.nodes["path"]) == {"a", "b", "d", "b/u"} | set(reached(found))
    assert part.links["link_id"] == found.links["link_id"]
    assert part.links["target_path"] == found.links["target_path"]
    lifted = downstream(graph(rows), "a/t", level="table").subgraph
    assert lifted.n_links == 5
    assert "b/u.y" in lifted.nodes["path"]


def test_a_node_without_links_is_a_lineage_of_its_own() -> None:
    """Every view of a lineage of one node works."""
    found = neighborhood(graph(CHAIN, also=["z/z.z"]), "z/z.z")
    assert reached(found) == {"z/z.z": (0, 1.0)}
    assert (len(found.links), len(found.impact), found.cycles()) == (0, 0, ())
    assert len(found.condensation().links) == 0
    assert found.path_to("z/z.z") == ()
    assert len(found.diagram().boxes) == 1
    assert found.subgraph.n_nodes == 3
    assert repr(found) == "<Lineage: Neighbourhood of z/z.z, 1 node, 0 links>"
    assert found.to_dict()["links"] == []


# --- out -----------------------------------------------------------------------------------------


def test_the_picture_runs_from_left_to_right_in_lanes_of_systems() -> None:
    """Ranks are depths; upstream, the start is on the right, because links lead to it."""
    picture = downstream(graph(CHAIN), "a/t.x").diagram()
    assert [(box.title, box.lane, box.rank, box.emphasis) for box in picture.boxes] == [
        ("x", "a", 0, True),
        ("y", "b", 1, False),
        ("z", "c", 2, False),
        ("p", "d", 3, False),
    ]
    assert picture.title == "Downstream of a/t.x"
    assert picture.lanes == "rows"
    assert DIRECTION_NOTE in picture.notes

    found = upstream(graph(CHAIN), "c/v.z")
    boxes = found.diagram().boxes
    assert [(box.title, box.rank) for box in boxes] == [("x", -2), ("y", -1), ("z", 0)]
    assert all(line.directed for line in found.diagram().lines)
    both = neighborhood(graph(CHAIN), "c/v.z", max_depth=1).diagram()
    assert [(box.title, box.rank) for box in both.boxes] == [("y", -1), ("z", 0), ("p", 1)]
    either = neighborhood(graph(CHAIN), "c/v.z", max_depth=1, directed=False).diagram()
    ids = {name: uid(name) for name in ("b/u.y", "c/v.z", "d/w.p")}
    assert {(line.source, line.target) for line in either.lines} == {
        (ids["b/u.y"], ids["c/v.z"]),
        (ids["c/v.z"], ids["d/w.p"]),
    }


def test_the_picture_is_capped_and_says_so() -> None:
    """The nearest and strongest nodes are drawn with their paths, and the note has the numbers."""
    rows: list[Row] = [("a/t.x", f"b/u.c{number}", 0.1 * (number + 1)) for number in range(5)]
    linked = graph(rows, also=["a/t.idle"])
    picture = downstream(linked, "a/t").diagram(max_boxes=3)
    assert [box.title for box in picture.boxes] == ["x", "c4", "c3"]
    assert len(picture.lines) == 2
    assert picture.notes[0] == "shown 3 of 8 nodes (depth 0: 1 of 3; depth 1: 2 of 5)"
    assert [box.title for box in downstream(linked, "a/t.x").diagram(max_boxes=1).boxes] == ["x"]
    with pytest.raises(ArgumentError, match="max_boxes"):
        downstream(linked, "a/t").diagram(max_boxes=0)


def test_the_picture_of_what_is_all_linked_leaves_lines_out() -> None:
    """At most three lines per box are drawn, best paths first; the note has the number of all."""
    names = [f"b/u.c{number}" for number in range(9)]
    among: list[Row] = [(a, b, 0.9) for a in names for b in names if a != b]
    found = downstream(graph([*among, *(("a/t.x", name, 0.1) for name in names)]), "a/t.x")
    picture = found.diagram()
    assert (len(picture.boxes), len(picture.lines)) == (10, 30)
    assert picture.notes[:2] == (
        "shown 10 of 10 nodes (depth 0: 1 of 1; depth 1: 9 of 9)",
        "shown 30 of 81 lines, those of best paths first",
    )
    # Weak as they are, no box is reached without them.
    assert {line.target for line in picture.lines if line.source == found.start} == set(
        found.nodes["node_id"][1:]
    )
    assert not any("lines" in note for note in found.diagram(max_boxes=3).notes)


def test_the_picture_counts_what_a_hop_left_out() -> None:
    """The picture counts nodes that max_per_hop or max_boxes left out."""
    rows: list[Row] = [("a/t.x", f"b/u.c{number}", 0.5) for number in range(5)]
    notes = downstream(graph(rows), "a/t.x", max_per_hop=3).diagram(max_boxes=2).notes
    assert notes[0] == "shown 2 of 6 nodes (depth 0: 1 of 1; depth 1: 1 of 5)"


def test_a_product_too_small_for_a_float_is_still_a_path() -> None:
    """A path with confidence 0 is found and drawn like any other."""
    rows: list[Row] = [
        ("d/w.p", "c/v.z", 1e-200),
        ("c/v.z", "a/t.x", 1e-200),
        ("a/t.x", "b/u.y", 1e-200),
    ]
    found = neighborhood(graph(rows), "a/t.x")
    assert reached(found)["d/w.p"] == (-2, 0.0)
    assert [step.source_path for step in found.path_to("d/w.p")] == ["d/w.p", "c/v.z"]
    assert len(found.diagram().boxes) == 4

    chain: list[Row] = [(f"s{i}/t.x", f"s{i + 1}/t.x", 5e-324) for i in range(100)]
    assert len(downstream(graph(chain), "s0/t.x", max_depth=None).nodes) == 101


def test_it_shows_itself() -> None:
    """A lineage is shown as SVG, Mermaid, card, line of text and plain data."""
    found = downstream(graph(CHAIN), "a/t.x", max_depth=None)
    assert found.to_svg(max_boxes=2).startswith("<svg ")
    wide = downstream(graph([("a/t.x", f"b/u.c{n}", 0.9) for n in range(41)]), "a/t.x")
    assert wide.to_svg() == wide.to_svg(max_boxes=40) != wide.to_svg(max_boxes=41)
    assert "flowchart LR" in found.to_mermaid(max_boxes=2)
    page = found._repr_html_()
    assert "<svg " in page
    assert page.count("<table ") == 1
    assert "not proof of data flow" in page
    assert repr(downstream(graph(CHAIN), "a/t.x", max_depth=1)) == (
        "<Lineage: Downstream of a/t.x, 2 nodes, 1 link; depth 1: shown 1 of 1>"
    )
    assert repr(found).endswith("depth 4: shown 1 of 1>")
    longer: list[Row] = [*CHAIN, ("e/s.q", "f/r.k", 0.5)]
    assert repr(downstream(graph(longer), "a/t.x", max_depth=None)).endswith("1 of 1; ...>")
    data = json.loads(json.dumps(found.to_dict()))
    assert data["start"] == uid("a/t.x")
    assert data["level"] is None
    assert downstream(graph(CHAIN), "a", level="table").to_dict()["level"] == "table"
    assert data["notes"] == [DIRECTION_NOTE]
    for level, above in (("table", "a/t"), ("integration_source", "a")):
        lifted = downstream(graph(CHAIN), "a/t.x", level=level)
        assert lifted.notes[0] == (
            f"Followed from {above!r} with all that it contains, not from 'a/t.x' alone."
        )
        assert downstream(graph(CHAIN), above, level=level).notes[0] == DIRECTION_NOTE
    assert len(data["nodes"]) == len(found.nodes)


@pytest.mark.parametrize("query", QUERIES)
def test_bad_arguments_are_refused(query: Query) -> None:
    """Bad arguments raise the same errors as in other functions."""
    linked = graph(CHAIN, also=["a/t", "A/t"])
    with pytest.raises(NodeNotFoundError):
        query(linked, "a/t.nothing")
    with pytest.raises(AmbiguousNodeError):
        query(graph([("Ab/t.x", "aB/t.x")]), "ab")
    with pytest.raises(ThresholdError):
        query(linked, "a/t.x", min_confidence=1.5)
    for options in (
        {"max_depth": 0},
        {"max_depth": True},
        {"max_per_hop": 0},
        {"max_per_hop": 1.5},
        {"statuses": "SOMETHING"},
        {"level": "row"},
    ):
        with pytest.raises(ArgumentError):
            query(linked, "a/t.x", **options)


def test_asking_twice_gives_the_same_answer() -> None:
    """A second search reuses the edges kept for the graph, with the same result."""
    linked = graph(CHAIN)
    assert downstream(linked, "a/t.x").to_dict() == downstream(linked, "a/t.x").to_dict()


# --- against other ways to the same answers ------------------------------------------------------

COLUMNS = [f"{system}/t.{column}" for system in "abc" for column in "xy"]
places = st.sampled_from(COLUMNS)
multigraphs = st.lists(
    st.tuples(places, places, st.sampled_from([0.1, 0.3, 0.5, 0.9, 1.0, None])), max_size=16
)
depths = st.sampled_from([1, 2, 3, None])


def peer(rows: list[Any], *, directed: bool = True) -> Any:
    """Return a networkx graph of the links with a weight."""
    other: Any = nx.MultiDiGraph() if directed else nx.MultiGraph()
    other.add_nodes_from(COLUMNS)
    other.add_edges_from((a, b, {"weight": weight}) for a, b, weight in rows if weight)
    return other


def best_by_trying(other: Any, start: str, max_depth: int | None) -> dict[str, float]:
    """Return the largest product over all walks, by following every one."""
    best = {start: 1.0}
    last = dict(best)
    for _ in range(len(COLUMNS) if max_depth is None else max_depth):
        here: dict[str, float] = {}
        for node, confidence in last.items():
            for _, after, weight in other.edges(node, data="weight"):
                here[after] = max(here.get(after, 0.0), confidence * weight)
        last = here
        for node, confidence in here.items():
            best[node] = max(best.get(node, 0.0), confidence)
    return best


@given(multigraphs, depths, st.booleans())
def test_depth_and_confidence_are_those_of_other_ways(
    rows: list[Any], max_depth: int | None, directed: bool
) -> None:
    """Depth equals networkx's, confidence that of trying every walk; paths agree with both."""
    linked, other = graph(rows, also=COLUMNS), peer(rows, directed=directed)
    found = downstream(linked, "a/t.x", max_depth=max_depth, directed=directed)

    wanted = nx.single_source_shortest_path_length(other, "a/t.x", cutoff=max_depth)
    assert {name: depth for name, (depth, _) in reached(found).items()} == dict(wanted)
    best = best_by_trying(other, "a/t.x", max_depth)
    for name, confidence in zip(found.nodes["path"], found.nodes["confidence"], strict=True):
        assert isclose(confidence, best[name], rel_tol=1e-8)
        steps = found.path_to(name)
        assert max_depth is None or len(steps) <= max_depth
        assert isclose(prod(step.weight for step in steps), confidence)
        joined = [step.source_path for step in steps] + [name]
        assert joined[0] == "a/t.x"
        assert joined[1:] == [step.target_path for step in steps] or not steps
    assert sum(found.hops["n_shown"]) == len(found.nodes)
    assert sum(found.hops["n_links"]) == len(found.links)


@given(multigraphs, depths)
def test_links_are_those_that_leave_what_may_be_left(
    rows: list[Any], max_depth: int | None
) -> None:
    """Every link with a weight is listed whose source lies above the greatest depth."""
    found = downstream(graph(rows, also=COLUMNS), "a/t.x", max_depth=max_depth)
    depth = {name: at for name, (at, _) in reached(found).items()}
    wanted = sorted(
        (a, b, depth[a] + 1)
        for a, b, weight in rows
        if weight and a in depth and (max_depth is None or depth[a] < max_depth)
    )
    assert pairs(found) == wanted
    assert found.n_unweighted == sum(
        weight is None and a in depth and (max_depth is None or depth[a] < max_depth)
        for a, _, weight in rows
    )


@given(multigraphs, depths, st.sampled_from([None, 1, 2]))
def test_upstream_is_downstream_of_the_reversed_graph(
    rows: list[Any], max_depth: int | None, max_per_hop: int | None
) -> None:
    """Nodes, hops and links equal those of the reversed graph; both ways, the nearer counts."""
    linked = graph(rows, also=COLUMNS)
    options: dict[str, Any] = {"max_depth": max_depth, "max_per_hop": max_per_hop}
    up = upstream(linked, "a/t.x", **options)
    turned = downstream(linked.reverse(), "a/t.x", **options)
    assert up.nodes == turned.nodes
    assert up.hops == turned.hops
    assert up.links["link_id"] == turned.links["link_id"]

    down = downstream(linked, "a/t.x", **options)
    both = neighborhood(linked, "a/t.x", **options)
    assert set(reached(both)) == set(reached(up)) | set(reached(down))
    n_both = sum(bool(reached(down)[name][0]) for name in set(reached(up)) & set(reached(down)))
    said = f"{count(n_both, 'node')} both up- and downstream: listed where nearer."
    assert (said in both.notes) is (n_both > 0)
    assert not any("listed where nearer" in note for found in (down, up) for note in found.notes)
    assert set(both.links["link_id"]) == set(up.links["link_id"]) | set(down.links["link_id"])
    for name, (depth, confidence) in reached(both).items():
        sides = [side[name] for side in (reached(down), reached(up)) if name in side]
        assert (abs(depth), confidence) == min(sides, key=lambda side: side[0])


@given(multigraphs, depths)
def test_links_are_followed_either_way_alike(rows: list[Any], max_depth: int | None) -> None:
    """Without direction a link is listed if either of its ends lies above the greatest depth."""
    found = downstream(graph(rows, also=COLUMNS), "a/t.x", max_depth=max_depth, directed=False)
    depth = {name: at for name, (at, _) in reached(found).items()}
    assert pairs(found) == sorted(
        (a, b, min(depth[a], depth[b]) + 1)
        for a, b, weight in rows
        if weight
        and {a, b} <= depth.keys()
        and (max_depth is None or min(depth[a], depth[b]) < max_depth)
    )


@given(multigraphs, depths, st.sampled_from(["table", "integration_source"]))
def test_a_lifted_lineage_is_that_of_the_lifted_graph(
    rows: list[Any], max_depth: int | None, level: str
) -> None:
    """No link is lost: every link between nodes above the greatest depth is listed, loops too."""
    found = downstream(graph(rows, also=COLUMNS), "a/t.x", max_depth=max_depth, level=level)

    def lifted(name: str) -> str:
        return name.split("." if level == "table" else "/", maxsplit=1)[0]

    above = [(lifted(a), lifted(b), weight) for a, b, weight in rows]
    other = peer(above)
    other.add_node(lifted("a/t.x"))
    wanted = nx.single_source_shortest_path_length(other, lifted("a/t.x"), cutoff=max_depth)
    assert {name: depth for name, (depth, _) in reached(found).items()} == dict(wanted)
    best = best_by_trying(other, lifted("a/t.x"), max_depth)
    for name, (_, confidence) in reached(found).items():
        assert isclose(confidence, best[name], abs_tol=1e-8)
    assert len(found.links) == sum(
        bool(weight) and a in wanted and (max_depth is None or wanted[a] < max_depth)
        for a, _, weight in above
    )


@given(multigraphs, st.sampled_from([None, 1, 2]), st.randoms(use_true_random=False))
def test_order_does_not_matter(rows: list[Any], max_per_hop: int | None, random: Any) -> None:
    """Records in any order give the same lineage and the same picture, to the last byte."""
    records = [
        record(a, b, weight, id=uid(f"link {number}")) for number, (a, b, weight) in enumerate(rows)
    ]
    shuffled = list(records)
    random.shuffle(shuffled)
    places = list(COLUMNS)
    random.shuffle(places)
    one, other = (
        neighborhood(
            LinkGraph(read_links(them, catalogue=catalogue(named))),
            "a/t",
            max_per_hop=max_per_hop,
        )
        for them, named in ((records, COLUMNS), (shuffled, places))
    )
    assert one.to_dict() == other.to_dict()
    assert one.condensation() == other.condensation()
    assert one.to_svg() == other.to_svg()


@given(multigraphs)
def test_cycles_are_those_of_networkx(rows: list[Any]) -> None:
    """Cycles equal networkx's, and the condensation is a directed graph without any."""
    found = downstream(graph(rows, also=COLUMNS), "a/t.x", max_depth=None)
    other = peer(rows).subgraph(reached(found))
    components = list(nx.strongly_connected_components(other))
    wanted = [
        tuple(sorted(map(uid, part)))
        for part in components
        if len(part) > 1 or any(other.has_edge(node, node) for node in part)
    ]
    assert found.cycles() == tuple(sorted(wanted))

    small = found.condensation()
    assert sorted(small.parts) == sorted(tuple(sorted(map(uid, part))) for part in components)
    joined = nx.DiGraph(list(zip(small.links["source"], small.links["target"], strict=True)))
    assert nx.is_directed_acyclic_graph(joined)


@given(multigraphs, st.sampled_from([1, 2, 4]))
def test_a_cap_keeps_so_many_and_leaves_the_rest_out(rows: list[Any], cap: int) -> None:
    """No hop shows more than the cap, nodes shown are connected, and every picture is drawn."""
    found = downstream(graph(rows, also=COLUMNS), "a/t.x", max_depth=None, max_per_hop=cap)
    for row in found.hops:
        assert row["n_shown"] == min(row["n_reached"], cap) or not row["depth"]
    for name, (depth, _) in reached(found).items():
        assert depth <= len(found.path_to(name))
    assert len(found.diagram(max_boxes=cap).boxes) <= cap


LEVELS: list[Row] = [("a/t", "b/u", 0.9), ("b/u.x", "c/v.x", 0.8)]


@pytest.mark.parametrize(
    ("query", "start", "told", "level"),
    [
        (downstream, "a/t", "1 link from 1 column", "table"),
        (downstream, "a/t.x", "1 link from 1 table", "table"),
        (downstream, "a", "1 link from 1 column", "table"),
        (upstream, "c/v.x", "1 link from 1 table", "table"),
        (upstream, "c/v", "1 link from 1 table", "table"),
        (neighborhood, "b/u", "", ""),
    ],
)
def test_links_of_another_level_are_noted(query: Query, start: str, told: str, level: str) -> None:
    """A note names links of another level that lead on, with the argument that follows them."""
    linked = graph(LEVELS, also=["a/t.x"])
    found = query(linked, start)

    assert sum(found.other_levels["n_links"]) == bool(told)
    assert found.to_dict()["other_levels"] == list(found.other_levels)
    assert ("another level" in found.note) == ("at another level" in repr(found)) == bool(told)
    if told:
        assert found.notes[-1] == (
            f"Not followed, as they are of another level: {told};"
            f" level={level!r} takes them together."
        )
        lifted = query(linked, start, level=level)
        assert {"a/t", "b/u", "c/v"} == set(lifted.nodes["path"])
        assert len(lifted.other_levels) == 0


def test_other_levels_name_where_links_lead_on() -> None:
    """Each node has one row, with the node that was reached; nodes at max_depth are excluded."""
    linked = graph([*LEVELS, ("b/u.x", "d/w.x", 0.5), ("b/u.y", "d/w.y", 0.5), ("a", "e", 0.9)])
    found = downstream(linked, "a/t")
    assert list(found.other_levels) == [
        {
            "node_id": uid(path),
            "path": path,
            "level": level,
            "reached_path": reached,
            "depth": depth,
            "n_links": n,
        }
        for path, level, reached, depth, n in (
            ("a", "integration_source", "a/t", 0, 1),
            ("b/u.x", "column", "b/u", 1, 2),
            ("b/u.y", "column", "b/u", 1, 1),
        )
    ]
    assert "1 link from 1 system and 3 links from 2 columns" in found.note
    assert downstream(linked, "a/t", max_depth=1).other_levels["path"] == ["a"]
    # Lifted to tables, only what ends above them is left.
    tables = downstream(linked, "a/t", level="table")
    assert tables.other_levels["path"] == ["a"]
    assert "level='integration_source' takes them together" in tables.note
    assert len(downstream(linked, "a/t", level="integration_source").other_levels) == 0


def test_other_levels_lead_to_something_new() -> None:
    """A link between tables whose columns are in the lineage does not lead on."""
    rows: list[Row] = [("a/t.x", "b/u.x", 0.9), ("a/t", "b/u", 0.9), ("b/u.x", "b/u", 0.9)]
    assert len(downstream(graph(rows[:2]), "a/t.x").other_levels) == 0
    assert len(downstream(graph([*rows[:2], ("a/t", "a", 0.9)]), "a/t.x").other_levels) == 0
    refused = graph([("a/t", "b/u", 0.9, "REJECTED"), ("c/v", "a/t", 0.9)], also=["a/t.x"])
    assert len(downstream(refused, "a/t.x").other_levels) == 0
    assert downstream(refused, "a/t.x", directed=False).other_levels["n_links"] == [1]
    # A link of mixed levels leads on from what holds the end that is not there.
    mixed = graph([("a/t.x", "b/u", 0.9), ("b/u.y", "c", 0.9)])
    assert downstream(mixed, "a/t.x").other_levels["path"] == ["b/u.y"]
    lifted = downstream(mixed, "a/t", level="table")
    assert lifted.other_levels["path"] == ["b/u.y"]
    assert "level='integration_source'" in lifted.note


_SOMEWHERE = st.sampled_from(
    ["a", "b", "c", "a/t", "b/t", "c/t", "a/t.x", "a/t.y", "b/t.x", "b/t.y", "c/t.x", "c/t.y"]
)


@given(st.lists(st.tuples(_SOMEWHERE, _SOMEWHERE), max_size=12), _SOMEWHERE)
def test_other_levels_are_those_that_hold_or_lie_within(
    pairs: list[tuple[str, str]], start: str
) -> None:
    """A node holds another exactly if its name begins the other's name."""
    rows: list[Row] = [(*pair, 0.9) for pair in pairs]
    linked = graph(rows, also=["a/t.x", "a/t.y", "b/t.x", "b/t.y", "c/t.x", "c/t.y"])
    found = downstream(linked, start, max_depth=None)
    shown = set(found.nodes["path"])

    def related(one: str) -> bool:
        def holds(high: str, low: str) -> bool:
            return low == high or low.startswith((f"{high}/", f"{high}."))

        return any(holds(one, other) or holds(other, one) for other in shown)

    wanted: dict[str, int] = {}
    for source, target in pairs:
        if source not in shown and related(source) and not related(target):
            wanted[source] = wanted.get(source, 0) + 1
    rows_found = found.other_levels
    assert dict(zip(rows_found["path"], rows_found["n_links"], strict=True)) == wanted
    assert all(path in shown for path in rows_found["reached_path"])


def test_a_lineage_says_where_it_stopped() -> None:
    """A search stops after a hop and keeps its result; a hop counts as at least 250 links."""
    linked = graph(chain_rows(9))
    whole = downstream(linked, "s0/t.x", max_depth=None)
    assert (len(whole.nodes), whole.stopped_at) == (10, None)
    some = downstream(linked, "s0/t.x", max_depth=None, max_work=1_000)
    assert (len(some.nodes), some.stopped_at) == (5, 1_000)
    assert some.notes[-1] == (
        "Stopped after 1,000 links (max_work): nothing farther away was looked for."
    )
    assert repr(some).endswith("; stopped after 1,000 links>")
    assert some.to_dict()["stopped_at"] == 1_000
    assert len(neighborhood(linked, "s4/t.x", max_work=1).nodes) == 3
    with pytest.raises(ArgumentError, match="max_work is 0"):
        downstream(linked, "s0/t.x", max_work=0)


_FEW = st.sampled_from([f"{system}/t.{column}" for system in "abc" for column in "xyz"])


@given(
    st.lists(st.tuples(_FEW, _FEW, st.sampled_from([0.3, 0.5, 0.9])), max_size=18),
    st.sampled_from([1, 2, 3, None]),
)
def test_a_neighbourhood_agrees_with_each_direction(
    rows: list[tuple[str, str, float]], most: int | None
) -> None:
    """A node has the depth, confidence and path of the direction in which it stands."""
    linked = graph(list(rows), also=["a/t.x"])
    found = neighborhood(linked, "a/t.x", max_depth=most)
    down = downstream(linked, "a/t.x", max_depth=most)
    up = upstream(linked, "a/t.x", max_depth=most)
    of_down, of_up = reached(down), reached(up)
    for name, (depth, confidence) in reached(found).items():
        alone, other = (of_down, of_up) if depth >= 0 else (of_up, of_down)
        assert alone[name] == (abs(depth), confidence)
        assert name not in other or other[name][0] >= abs(depth)
        assert found.path_to(name) == (down if depth >= 0 else up).path_to(name)
    assert reached(found).keys() == of_down.keys() | of_up.keys()


def test_what_is_touched_is_written_by_column_or_by_table() -> None:
    """Each node reached has a row, or each table; a table or system itself has no column."""
    linked = graph([("a/t.x", "b/u.y", 0.9), ("a/t.x", "c/v", 0.8), ("c/v", "d", 0.5)])
    found = downstream(linked, "a/t.x")
    assert [tuple(row.values())[:5] for row in found.touched] == [
        ("b", "u", "y", 1, 0.9),
        ("c", "v", None, 1, 0.8),
        ("d", None, None, 2, 0.4),
    ]
    assert found.touched["node_id"] == found.nodes["node_id"][1:]
    assert found.to_csv() == found.to_csv(by="column") == found.touched.to_csv()
    assert found.to_csv(by="table") == found.impact.to_csv()
    assert found.to_csv().splitlines()[1] == f"b,u,y,1,0.9,false,{uid('b/u.y')}"
    alone = downstream(graph([("a/t.x", "b/u.y", 0.9)]), "b/u.y")
    assert alone.to_csv().splitlines() == [",".join(alone.touched.columns)]
    formula = downstream(graph([("a/t.x", "b/u.=y", 0.9)]), "a/t.x")
    assert "'=y" in formula.to_csv()
    assert "'" not in formula.to_csv(raw=True)
    with pytest.raises(ArgumentError, match="by is 'system'; it must be 'column' or 'table'"):
        found.to_csv(by="system")  # type: ignore[arg-type]


def test_a_lineage_says_how_it_was_asked() -> None:
    """The call has the options that are not the usual ones; each search its hops and nodes."""
    linked = graph(CHAIN)
    found = upstream(linked, "c/v.z", max_depth=1, statuses=["SUGGESTED"], directed=False)
    assert found.call == (
        "upstream(graph, 'c/v.z', max_depth=1, statuses=('SUGGESTED',), directed=False)"
    )
    assert downstream(linked, "a/t.x", max_depth=3).call == "downstream(graph, 'a/t.x')"
    both = neighborhood(linked, "c/v.z", max_depth=1)
    assert [hops for hops, _ in both.searches] == [1, 1]
    names = linked.arrays.nodes.path
    assert [[names[node].as_py() for node in nodes] for _, nodes in both.searches] == [
        ["c/v.z", "d/w.p"],
        ["c/v.z", "b/u.y"],
    ]
    assert len(found.searches) == 1


def test_a_condensation_is_shown_in_a_line_and_as_a_card() -> None:
    """It says its parts, pairs and cycles; the card lists pairs by their number of links."""
    rows: list[Row] = [
        ("a/t.x", "b/u.y", 0.5),
        ("b/u.y", "a/t.x", 0.5),
        ("a/t.x", "c/v.z", 0.5),
        ("b/u.y", "c/v.z", 0.9),
        ("c/v.z", "d/w.p", 0.5),
    ]
    parts = downstream(graph(rows), "a/t.x").condensation()
    assert repr(parts) == "<Condensation: 3 parts joined by 2 pairs, 1 of several nodes>"
    card = parts._card_()
    assert card.table is not None
    assert card.table["n_links"] == [2, 1]
