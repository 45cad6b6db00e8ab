"""Tests of the entities in a page: those of the library, as positions."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.explorer.entities import entities_of
from hummgraph.explorer.pack import pack
from hummgraph.graph.linkgraph import LinkGraph
from tests.support.browsing import hostile
from tests.support.builders import graph
from tests.support.explorer_pages import Packed

SYSTEMS = ["crm", "shop", "desk"]
TABLES = ["contacts", "orders", "stg_crm_contacts"]
COLUMNS = ["id", "email", "crm_contact_id", "city", "phone"]
places = st.builds("{}/{}.{}".format, *map(st.sampled_from, (SYSTEMS, TABLES, COLUMNS)))
rows = st.lists(
    st.tuples(places, places, st.sampled_from([0.4, 0.9, 1.0])).filter(
        lambda row: row[0] != row[1]
    ),
    max_size=20,
)


def check(of: LinkGraph, told: dict[str, Any]) -> None:
    """Compare what a page has with the map of entities."""
    found, ids = entities(of), of.arrays.nodes.id_text.to_pylist()

    def named(codes: list[int]) -> tuple[str, ...]:
        return tuple(ids[code] for code in codes)

    assert told["notes"] == list(found.notes)
    assert len(told["entities"]) == len(found)
    for mine, one in zip(told["entities"], found, strict=True):
        assert (mine["name"], mine["confidence"]) == (one.name, one.confidence)
        assert (mine["why"], mine["notes"]) == (one.why, list(one.notes))
        assert named(mine["tables"]) == one.tables
        assert {ids[copy]: ids[original] for copy, original in mine["copies"]} == one.copies
        assert named(mine["references"]) == one.references
        assert [
            (key["name"], named(key["columns"]), key["systems"], key["sure"], key["weakest"])
            for key in mine["keys"]
        ] == [(key.name, key.columns, key.n_systems, key.n_sure, key.weakest) for key in one.keys]


@given(rows)
def test_entities_of_random_links(linked: list[tuple[str, str, float]]) -> None:
    """Tables, copies, keys and references are those of the map, as positions."""
    of = graph(linked)
    check(of, json.loads(entities_of(of).tobytes()))


def test_entities_of_the_demo(demo_graph: LinkGraph) -> None:
    """A page has them once, whatever it draws: those of the graph that was clustered."""
    drawn = demo_graph.where(min_confidence=0.9)
    for shown in (demo_graph, drawn):
        packed = Packed(pack(shown, cluster(demo_graph)))
        check(demo_graph, json.loads(packed.arrays["entities"].tobytes()))


def test_sentences_hide_no_text() -> None:
    """Sentences have no invisible characters; a name is shown by the page as all names are."""
    told = json.loads(entities_of(hostile()).tobytes())
    sentences = [*told["notes"], *(text for one in told["entities"] for text in one["notes"])]
    assert all(text.isprintable() for text in sentences)
