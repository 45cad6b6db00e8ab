"""The selection of a page, as an address and as values."""

from __future__ import annotations

import re

import pytest

from hummgraph import Cluster, Clusters, Link, LinkGraph, Node, cluster
from hummgraph.errors import ArgumentError, HummgraphError, NodeNotFoundError
from hummgraph.explorer.widget.address import address_of, resolve, selection_at
from hummgraph.explorer.words import PAGES
from tests.support import builders
from tests.support.places import ROOT


@pytest.fixture
def graph() -> LinkGraph:
    """Two columns that are one, and a third."""
    return builders.graph([("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.y", 0.01)])


@pytest.fixture
def clusters(graph: LinkGraph) -> Clusters:
    """Those of the two."""
    return cluster(graph, method="components", threshold=0.5)


def test_each_focus_is_a_value(graph: LinkGraph, clusters: Clusters) -> None:
    """A page says what is in focus by ids."""
    x, y = graph.node("a/t.x"), graph.node("c/t.y")

    def at(focus: str) -> object:
        return selection_at(focus, graph, lambda: clusters)

    assert at("") is None
    assert at("result") is None
    for kind in ("near", "up", "down", "both"):
        assert at(f"{kind}:{x.node_id}:2") == x
    assert at(f"cluster:{x.node_id}") == clusters[0]
    assert at(f"cluster:{y.node_id}") == y  # it is in no cluster
    assert at(f"link:{graph.link(0).link_id}") == graph.link(0)
    for kind in ("path", "line"):
        assert at(f"{kind}:{x.node_id}:{y.node_id}") == (x, y)


@pytest.mark.parametrize(
    "focus",
    ["near", "near:x", "cluster:", "cluster:a/t.x", "link:x", "line:a:b", "nothing:x:y", ":::"],
)
def test_another_focus_is_an_error(focus: str, graph: LinkGraph, clusters: Clusters) -> None:
    """A text that is no focus, or names a missing thing, is refused; names are no ids."""
    with pytest.raises(HummgraphError):
        selection_at(focus, graph, lambda: clusters)


def test_things_are_found_by_what_people_write(graph: LinkGraph, clusters: Clusters) -> None:
    """Nodes, links and clusters, by themselves, their ids and names."""
    x, link, first = graph.node("a/t.x"), graph.link(0), clusters[0]

    def found(target: object) -> object:
        return resolve(target, graph, lambda: clusters)

    assert found(None) is None
    assert found(x) == found("a/t.x") == found(x.node_id) == x
    assert found(link) == found(link.link_id) == link
    assert found(first) == found(first.id) == found(first.name) == first
    assert found((x, "b/t.x")) == (x, graph.node("b/t.x"))


def test_what_is_not_there_is_said(graph: LinkGraph, clusters: Clusters) -> None:
    """The errors are those of a search for nodes."""
    with pytest.raises(NodeNotFoundError, match="a/t\\.z"):
        resolve("a/t.z", graph, lambda: clusters)
    with pytest.raises(ArgumentError, match="value of type float"):
        resolve(0.5, graph, lambda: clusters)
    with pytest.raises(ArgumentError, match="2 nodes, not 3"):
        resolve(("a/t.x", "b/t.x", "c/t.y"), graph, lambda: clusters)


def test_an_address_leads_to_what_it_was_made_of(graph: LinkGraph, clusters: Clusters) -> None:
    """There and back gives the same thing."""
    x, table = graph.node("a/t.x"), graph.node("a/t")
    targets: list[Node | Link | Cluster | tuple[Node, Node] | None] = [
        None, x, table, graph.link(1), clusters[0], (x, graph.node("c/t.y")),
        (table, graph.node("b/t")),
    ]  # fmt: skip
    for target in targets:
        focus = address_of(target, graph).partition("f=")[2]
        assert selection_at(focus, graph, lambda: clusters) == target
    assert address_of(table, graph).startswith("p=table&f=near:")
    assert address_of(x, graph).startswith("f=near:")


def test_pages_have_the_names_that_the_page_knows() -> None:
    """A name that Python takes opens a page."""
    state = (ROOT / "src/explorer/source/state/state.ts").read_text(encoding="utf-8")
    found = re.search(r"PAGES = \[(.*?)\]", state, re.DOTALL)

    assert found is not None
    assert set(PAGES) <= set(re.findall(r'"(\w+)"', found[1]))
