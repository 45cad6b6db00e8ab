"""Pictures of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import cluster
from hummgraph.errors import ArgumentError
from tests.support.builders import graph, uid

if TYPE_CHECKING:
    from tests.support.builders import Row

ROWS: list[Row] = [
    ("a/t.x", "b/u.y", 0.9),
    ("b/u.y", "a/t.x", 0.8),
    ("b/u.y", "c/v.z", 0.9, "APPROVED"),
    ("a/t.x", "d/w.p", 0.9, "APPROVED"),
    ("d/w.p", "c/v.z", 0.9, "APPROVED"),
    ("a/t.x", "c/v.z", 0.9, "REJECTED"),
    ("e/s.q", "e/r.q", 0.1),
]


def test_members_stand_in_columns_and_links_say_what_they_are() -> None:
    """The best of parallel links is drawn, and rejected links are marked."""
    clusters = cluster(graph(ROWS), method="components", threshold=0.7)
    picture = clusters.diagram(0)

    assert picture.lanes == "columns"
    assert [box.title for box in picture.boxes] == [
        name.rpartition(".")[2]
        for name in clusters.graph.arrays.nodes.path.take(clusters.member_index).to_pylist()
    ]
    drawn = {
        frozenset((line.source, line.target)): (line.label, str(line.style))
        for line in picture.lines
    }
    ids = {
        letter: uid(place)
        for letter, place in zip("xyzp", ("a/t.x", "b/u.y", "c/v.z", "d/w.p"), strict=True)
    }
    assert drawn == {
        frozenset((ids["x"], ids["y"])): ("0.9, best of 2", "suggested"),
        frozenset((ids["y"], ids["z"])): ("0.9", "approved"),
        frozenset((ids["x"], ids["p"])): ("0.9", "approved"),
        frozenset((ids["p"], ids["z"])): ("0.9", "approved"),
        frozenset((ids["x"], ids["z"])): ("rejected", "rejected"),
    }
    assert picture.notes == (
        "shown 4 of 4 columns",
        "1 rejected, but approved links force them in",
    )
    assert picture.to_svg().startswith("<svg ")


def test_a_cluster_is_found_by_position_id_or_member() -> None:
    """The picture is the same by position, id or member."""
    clusters = cluster(graph(ROWS), method="components", threshold=0.7)
    assert clusters.diagram(0) == clusters.diagram(clusters.ids[0]) == clusters.diagram("a/t.x")


def test_large_clusters_show_the_members_with_most_links() -> None:
    """The picture has the numbers of members shown and of all."""
    rows: list[Row] = [("hub/t.x", f"s{number}/t.x", 0.9) for number in range(9)]
    picture = cluster(graph(rows), method="components", threshold=0.7).diagram(0, max_boxes=3)
    assert uid("hub/t.x") in {box.key for box in picture.boxes}
    assert (len(picture.boxes), len(picture.lines)) == (3, 2)
    assert picture.notes == ("shown 3 of 10 columns",)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (1, {}, "No cluster at 1; there are 1"),
        (-1, {}, "No cluster at -1"),
        (True, {}, "not a value of type bool"),
        ("e/s.q", {}, "'e/s.q' is in no cluster"),
        (0, {"max_boxes": 0}, "max_boxes is 0"),
        (0, {"max_boxes": True}, "max_boxes is True"),
        (0, {"max_boxes": 1.5}, "max_boxes is 1.5"),
    ],
)
def test_arguments_are_checked(name: Any, options: Any, message: str) -> None:
    """Each error names the wrong argument."""
    clusters = cluster(graph(ROWS), method="components", threshold=0.7)
    with pytest.raises(ArgumentError, match=message):
        clusters.diagram(name, **options)
