"""Values of graphs that are computed once."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import hummgraph as hg
from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.graph.linkgraph import LinkGraph
from tests.support import builders

if TYPE_CHECKING:
    import pytest

EMAIL, OTHER = "Stripe/customers.email", "Zendesk/users.email"


def test_a_value_is_computed_once_for_the_arrays_of_a_graph() -> None:
    """A graph of the same arrays has the same value; one of equal arrays has its own."""
    cache: GraphCache[object] = GraphCache()
    made = [builders.graph([("a/t.x", "b/t.x", 0.9)]) for _ in range(2)]
    assert made[0] == made[1]
    values = [cache.of(graph, lambda _: object()) for graph in made]
    assert values[0] is not values[1]
    assert cache.of(made[0], lambda _: object()) is values[0]
    twin = LinkGraph.from_arrays(made[1].arrays)
    assert cache.of(twin, lambda _: object()) is values[1]
    other = made[1].with_policy(hg.Policy(approved="score"))
    assert cache.of(other, lambda _: object()) not in values


def test_a_value_lives_as_long_as_its_graph() -> None:
    """Of two graphs with the same arrays, the one that was first; later the other computes anew."""
    cache: GraphCache[list[int]] = GraphCache()
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    twin = LinkGraph.from_arrays(graph.arrays)
    first = cache.of(graph, lambda _: [1])
    assert len(cache) == 1
    del graph
    gc.collect()
    assert len(cache) == 0
    assert cache.of(twin, lambda _: [2]) == [2] != first


def test_the_first_of_two_computations_counts() -> None:
    """As where two threads ask at once: all get one value."""
    cache: GraphCache[list[int]] = GraphCache()
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    outer = cache.of(graph, lambda graph: cache.of(graph, lambda _: [1]) and [2])
    assert outer == [1]
    assert cache.of(graph, lambda _: [3]) is outer


def test_analyses_never_compare_graphs(
    demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot that is read twice makes equal graphs, and to compare them takes long."""

    def compared(*_: object) -> bool:
        raise AssertionError

    equal = [hg.LinkGraph(hg.datasets.load_demo().snapshot()) for _ in range(2)]
    monkeypatch.setattr(LinkGraph, "__eq__", compared)
    for graph in (demo_graph, *equal):
        found = hg.join_paths(graph, "Stripe/customers", "Zendesk/tickets", k=3)
        assert found.paths[0].to_sql().startswith(("--", "SELECT"))
        assert len(hg.entities(graph)) == 9
        assert len(hg.roles(graph).to_frame()) == 624
        assert hg.strongest_path(graph, EMAIL, OTHER) is not None
        assert len(hg.downstream(graph, EMAIL).nodes) > 1
        assert hg.why(graph, EMAIL, OTHER).together
        assert next(hg.review_queue(graph)).link.link_id
        assert hg.cluster(graph).names
