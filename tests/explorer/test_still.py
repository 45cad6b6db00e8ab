"""Still pictures of what pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

import hummgraph as hg
from hummgraph.explorer.still import image_of, still_of
from tests.support import builders
from tests.support.browsing import hostile

if TYPE_CHECKING:
    from hummgraph import LinkGraph

EMAIL, OTHER = "Stripe/customers.email", "Zendesk/users.email"


def texts(svg: str) -> list[str]:
    """Return the texts of a picture, in order."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_graph_has_its_entities_by_system(demo_graph: LinkGraph) -> None:
    """Each row is an entity, with the tables of each system."""
    found = texts(still_of(demo_graph))

    assert found[0] == "Quillharbor: 9 entities in 7 systems"
    assert {"person", "company", "Stripe", "Zendesk", "contacts"} <= {*found}


def test_clusters_have_their_columns_by_system(demo_graph: LinkGraph) -> None:
    """The most useful first, and how many there are."""
    clusters = hg.cluster(demo_graph)

    found = texts(still_of(clusters))

    assert found[0] == f"Quillharbor: {clusters.n_clusters} clusters in 7 systems"
    assert "customers.email" in found
    assert found[-1] == f"shown 12 of {clusters.n_clusters} clusters"


def test_a_graph_without_entities_has_its_clusters() -> None:
    """Of nothing, too, there is a picture."""
    assert texts(still_of(builders.graph([])))[0].endswith("0 clusters in 0 systems")


def test_one_cluster_has_its_diagram(demo_graph: LinkGraph) -> None:
    """That on which the page opens."""
    clusters = hg.cluster(demo_graph)

    assert still_of(clusters, cluster=EMAIL) == clusters.diagram(EMAIL).to_svg()
    assert still_of(demo_graph, clusters=clusters, cluster=EMAIL) == still_of(
        clusters, cluster=EMAIL
    )


def test_results_have_their_diagrams(demo_graph: LinkGraph) -> None:
    """Several paths have that of the best."""
    one = hg.strongest_path(demo_graph, EMAIL, OTHER)
    several = hg.strongest_paths(demo_graph, EMAIL, OTHER, k=2)
    ways = hg.join_paths(demo_graph, "Stripe/customers", "Zendesk/tickets")
    for result, drawn in (
        (one, one),
        (several, several.paths[0]),
        (ways, ways.paths[0]),
        (hg.downstream(demo_graph, EMAIL), hg.downstream(demo_graph, EMAIL)),
        (hg.why(demo_graph, EMAIL, OTHER), hg.why(demo_graph, EMAIL, OTHER)),
    ):
        assert still_of(result) == drawn.diagram().to_svg()
    assert still_of(demo_graph.project("table")) == still_of(demo_graph)


def test_many_systems_are_cut_to_those_of_most_rows() -> None:
    """And that is said."""
    rows = [(f"s{number:02}/t.x", f"s{number + 1:02}/t.x", 0.9) for number in range(14)]

    found = texts(still_of(hg.cluster(builders.graph(rows), method="components", threshold=0.5)))

    assert found[-1] == "shown 10 of 15 systems"


def test_hostile_names_are_text() -> None:
    """Whatever they are, the picture is well-formed, and its image has one element."""
    svg = still_of(hostile())

    assert texts(svg)
    assert "<script" not in svg.lower()
    assert image_of(svg, '"><script>').count("<") == 1


@pytest.mark.parametrize("shown", ["graph", "clusters", "why"])
def test_show_carries_it(shown: str, demo_graph: LinkGraph) -> None:
    """As an image in the HTML, hidden beside the page, and as SVG."""
    clusters = hg.cluster(demo_graph)
    things: dict[str, Any] = {
        "graph": demo_graph,
        "clusters": clusters,
        "why": hg.why(demo_graph, EMAIL, OTHER),
    }
    thing = things[shown]

    bundle = hg.show(thing)._repr_mimebundle_()

    assert bundle["image/svg+xml"] == still_of(thing)
    assert image_of(bundle["image/svg+xml"], "").partition(" src=")[2] in bundle["text/html"]
    assert "iframe~.hummgraph-still{display:none}" in bundle["text/html"]
    assert bundle["text/plain"].startswith("<Shown: 7 systems")


def test_a_plain_picture_has_no_still_one(demo_graph: LinkGraph) -> None:
    """A page of pyvis is a picture itself."""
    shown = hg.show(demo_graph, engine="pyvis")

    assert {*shown._repr_mimebundle_()} == {"text/plain", "text/html"}
