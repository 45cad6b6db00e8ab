"""Tests of the ways in a page: those that ``join_paths`` finds, as positions, with their SQL."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.joins.join_paths import join_paths, joins_and_work
from hummgraph.algorithms.joins.values import cardinality_of
from hummgraph.algorithms.kernels.graph_cache import GraphCache
from hummgraph.explorer import joins
from hummgraph.explorer.joins import joins_of, linked_pairs, pairs_with_a_choice
from hummgraph.explorer.pack import pack
from hummgraph.explorer.results import graph_and_result
from hummgraph.graph.linkgraph import LinkGraph
from tests.support.builders import graph
from tests.support.explorer_pages import Packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.algorithms.joins.path import JoinPath

SYSTEMS = ["crm", "shop", "desk"]
TABLES = ["contacts", "orders", "tickets"]
COLUMNS = ["id", "email", "contact_id", "order_id", "status"]
places = st.builds("{}/{}.{}".format, *map(st.sampled_from, (SYSTEMS, TABLES, COLUMNS)))
rows = st.lists(
    st.tuples(places, places, st.sampled_from([0.4, 0.9, 1.0])).filter(
        lambda row: row[0] != row[1]
    ),
    max_size=24,
)


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the ways of every page anew: tests set how many it may have."""
    monkeypatch.setattr(joins, "_known", GraphCache())


def check(
    of: LinkGraph, told: dict[str, Any], pair: dict[str, Any], ways: Sequence[JoinPath]
) -> None:
    """Compare packed ways with those of the library."""
    at = of.index_of
    declared = of.relationships.to_frame()["relationship_id"]
    assert len(pair["ways"]) == len(ways)
    for mine, way in zip(pair["ways"], ways, strict=True):
        assert mine["tables"] == [at(table) for table in way.tables]
        assert (mine["key"], mine["remark"]) == (way.key, way.remark)
        assert mine["confidence"] == (way.confidence if way.confidence > 0 else None)
        for one, step, key, chain in zip(
            mine["steps"], way.steps, way.keys, way.chains, strict=True
        ):
            assert one["ends"] == [at(step.source), at(step.target)]
            assert (one["key"], one["meets"]) == (key, cardinality_of(chain))
            assert one["weight"] == (step.weight if step.weight > 0 else None)
            assert one["stops"] == [at(link.source) for link in chain] + [at(chain[-1].target)]
            ids = [
                of.link(link).link_id if link >= 0 else declared[-1 - link] for link in one["links"]
            ]
            assert ids == [link.link_id for link in chain]
        queries = ["\n".join(told["lines"][line] for line in one) for one in mine["sql"]]
        names = [name or None for name, _ in told["dialects"]]
        written = [way.to_sql(dialect=name) for name in names] if way.confidence > 0 else []
        assert queries == written


def check_page(of: LinkGraph) -> dict[str, Any]:
    """Compare all that a page has with the library, pair by pair."""
    clusters = cluster(of)
    told: dict[str, Any] = json.loads(joins_of(of, clusters).tobytes())
    chosen = pairs_with_a_choice(of)[: joins.MAX_CHOICES]
    n = len(told["pairs"]) - len(chosen)
    pairs = [*list(linked_pairs(of, clusters))[:n], *chosen]
    assert [tuple(pair["ends"]) for pair in told["pairs"]] == pairs
    ids = of.arrays.nodes.id_text
    for pair in told["pairs"]:
        a, b = (ids[end].as_py() for end in pair["ends"])
        found = join_paths(of, a, b)
        nearest = found.other or found.missing
        check(of, told, pair, found.paths or ([] if nearest is None else [nearest]))
        assert (pair["keys"], pair["detour"]) == (found.keys, found.detour)
        assert pair["note"] == found.note.replace(" links (max_work)", " tries")
        assert "max_work" not in pair["advice"]
        assert "Stopped" not in pair["advice"]
    return told


@settings(max_examples=25, deadline=None)
@given(rows)
def test_ways_of_random_links(linked: list[tuple[str, str, float]]) -> None:
    """Tables, comparisons, links, qualities and SQL are those of the library."""
    check_page(graph(linked))


def test_ways_of_the_demo(demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page has pairs of different systems, the first of which joins customers of two."""
    monkeypatch.setattr(joins, "MAX_WORK", 60_000)
    told = check_page(demo_graph)
    assert told["dialect"] == "snowflake"
    system = demo_graph.arrays.nodes.ancestor[0]
    assert 0 < len(told["pairs"]) < joins.MAX_PAIRS
    across = [system[a] != system[b] for a, b in (pair["ends"] for pair in told["pairs"])]
    assert across == [True] * (len(across) - joins.MAX_CHOICES) + [False] * joins.MAX_CHOICES


def test_a_page_offers_the_choice_of_a_column(demo_graph: LinkGraph) -> None:
    """The reader chooses among the users of a ticket: the page has a way for each."""
    first = pairs_with_a_choice(demo_graph)[0]
    told = json.loads(joins_of(demo_graph, cluster(demo_graph)).tobytes())
    (pair,) = [one for one in told["pairs"] if tuple(one["ends"]) == first]
    ends = [way["steps"][0]["ends"] for way in pair["ways"] if len(way["steps"]) == 1]
    name = demo_graph.arrays.nodes.name
    assert [name[end].as_py() for _, end in ends] == ["requester_id", "submitter_id", "assignee_id"]
    assert len({key for key, _ in ends}) == 1


def test_packing_ends(demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """By work and by bytes: no further pair begins, and the same pairs come first."""
    clusters = cluster(demo_graph)
    monkeypatch.setattr(joins, "MAX_WORK", 1)
    few = json.loads(joins_of(demo_graph, clusters).tobytes())["pairs"]
    assert len(few) == 1 + joins.MAX_CHOICES
    monkeypatch.setattr(joins, "MAX_WORK", 10**9)
    monkeypatch.setattr(joins, "MAX_BYTES", 1)
    assert json.loads(joins_of(demo_graph, clusters).tobytes())["pairs"] == few


def test_further_pages_have_the_same_ways(
    demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are searched once for a graph and an order of its pairs, and anew for another order."""
    searched: list[tuple[int, int]] = []

    def search(graph: LinkGraph, ends: tuple[int, int], *limits: int) -> Any:
        searched.append(ends)
        return joins_and_work(graph, ends, *limits)

    monkeypatch.setattr(joins, "joins_and_work", search)
    monkeypatch.setattr(joins, "MAX_WORK", 1)
    first = joins_of(demo_graph, cluster(demo_graph))
    n_searched = len(searched)
    assert n_searched > 0
    assert joins_of(demo_graph, cluster(demo_graph)) is first
    assert len(searched) == n_searched
    lone = cluster(demo_graph, threshold=1.0)
    assert joins_of(demo_graph, lone).tobytes() != first.tobytes()
    again = joins_of(demo_graph, cluster(demo_graph))
    assert again.tobytes() == first.tobytes()
    assert len(searched) == 3 * n_searched
    # A graph that is equal is another one.
    joins_of(LinkGraph(demo_graph.snapshot), cluster(demo_graph))
    assert len(searched) == 4 * n_searched


def test_a_page_after_sqlglot_was_installed_has_queries(
    demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one process, as the page without them says."""
    monkeypatch.setattr(joins, "MAX_WORK", 1)
    clusters = cluster(demo_graph)
    with monkeypatch.context() as before:
        before.setitem(sys.modules, "sqlglot", None)
        assert json.loads(joins_of(demo_graph, clusters).tobytes())["dialects"] is None
    assert json.loads(joins_of(demo_graph, clusters).tobytes())["dialects"]


def test_a_result_has_its_own_ways(demo_graph: LinkGraph) -> None:
    """Exactly those, with the rule that ranked them; of one way the rule is unknown."""
    found = join_paths(demo_graph, "HubSpot/forms", "Zendesk/organizations", keys="any", k=3)
    for shown, ways, keys in (
        (found, found.paths, "any"),
        (found.paths[1], found.paths[1:2], None),
    ):
        result = graph_and_result(shown)[1]
        told = json.loads(Packed(pack(demo_graph, result=result)).arrays["joins"].tobytes())
        (pair,) = told["pairs"]
        assert pair["keys"] == keys
        check(demo_graph, told, pair, ways)
    nearest = join_paths(demo_graph, "HubSpot/forms", "Zendesk/organizations")
    result = graph_and_result(nearest)[1]
    told = json.loads(Packed(pack(demo_graph, result=result)).arrays["joins"].tobytes())
    (pair,) = told["pairs"]
    assert pair["advice"].startswith("The best of the others is doubtful: ")
    assert pair["advice"] in nearest.advice
    assert "keys=" not in pair["advice"]
    assert nearest.other is not None
    check(demo_graph, told, pair, [nearest.other])


def test_without_sqlglot(demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page has the ways, and no queries."""
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    monkeypatch.setattr(joins, "MAX_WORK", 1)
    told = json.loads(joins_of(demo_graph, cluster(demo_graph)).tobytes())
    assert told["dialects"] is None
    assert not told["lines"]
    assert [way["sql"] for way in told["pairs"][0]["ways"]] == [[]] * len(told["pairs"][0]["ways"])
