"""Tests of the traits that a page carries, taken apart as the page does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.columns import TEXT
from hummgraph.algorithms.entities.traits import LONG_TEXT_VALUE, traits
from hummgraph.explorer.traits import IS_ID, IS_LONG, traits_of
from tests.support.builders import graph

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.explorer.traits import PackedTraits
    from hummgraph.graph.linkgraph import LinkGraph

TABLES = ["contacts", "orders", "STG_CONTACTS"]
COLUMNS = ["email", "id", "crm_id", "contact_id", "external_id", "notes", "42"]
names = st.builds(
    "{}/{}.{}".format,
    *(st.sampled_from(part) for part in (["crm", "shop", "mart"], TABLES, COLUMNS)),
)
places = st.one_of(names, names, names, names.map(lambda name: name.partition(".")[0]))
rows = st.lists(
    st.tuples(places, places, st.sampled_from([0.3, 0.9])).filter(
        lambda row: row[0] != row[1] and ("." in row[0]) == ("." in row[1])
    ),
    min_size=1,
    max_size=20,
)


def at_half(linked: LinkGraph, level: str = "column") -> Clusters:
    """Return what links of at least one half join."""
    return cluster(linked, method="components", threshold=0.5, level=level)


def check(packed: PackedTraits, clusters: Clusters, linked: list[int]) -> None:
    """Spread what is packed over the linked nodes, and compare it with the traits there."""
    of, nodes = traits(clusters.graph), clusters.graph.arrays.nodes
    first, arrays = nodes.first, packed.arrays
    texts = [*packed.texts, ""]
    known = [*of.texts, ""]
    about = dict(zip(arrays["about"].tolist(), arrays["about_thing"].tolist(), strict=True))
    mentions = dict(zip(arrays["mentions"].tolist(), arrays["mentions_text"].tolist(), strict=True))
    assert packed.texts == [text for text in of.texts if text in set(packed.texts)]
    things: dict[int, int] = {}
    for code in linked:
        trait = int(arrays["trait"][code])
        assert (trait & (IS_ID - 1)) - 1 == of.role[code]
        assert bool(trait & IS_ID) == of.is_id[code]
        is_long = of.role[code] == TEXT and of.value[code] == LONG_TEXT_VALUE
        assert bool(trait & IS_LONG) == is_long
        table, system = int(nodes.ancestor[1][code]), int(nodes.ancestor[0][code])
        own = -1 if table < 0 else table - int(first[1])
        place = system if table < 0 else table
        assert texts[arrays["phrase"][code]] == known[of.phrase[code]]
        assert texts[-1 if place < 0 else arrays["origin"][place]] == known[of.origin[code]]
        assert texts[-1 if own < 0 else arrays["table_text"][own]] == known[of.table[code]]
        assert texts[mentions.get(code, -1)] == known[of.system[code]]
        thing = about.get(code, -1 if own < 0 else int(arrays["table_thing"][own]))
        assert things.setdefault(thing, int(of.thing[code])) == of.thing[code]
        if thing >= 0:
            assert texts[arrays["thing_name"][thing]] == known[of.things[of.thing[code]]]
    # The smaller number is preferred on both sides.
    assert sorted(things, key=lambda thing: things[thing]) == sorted(things)


@given(rows, st.sampled_from(["column", "table"]))
def test_traits_of_linked_nodes(linked: list[tuple[str, str, float]], level: str) -> None:
    """Each linked node has its own role, words, system, table and thing; texts keep their order."""
    clusters = at_half(graph(linked), level)
    ends = clusters.graph.arrays.links.ends
    here = clusters.graph.link_levels == clusters.level.depth
    codes = np.unique(np.concatenate((ends.source[here], ends.target[here])))
    check(traits_of(clusters.graph, clusters), clusters, codes.tolist())


def test_nodes_without_links_have_none() -> None:
    """A node without a link of the level is in no cluster, and costs nothing."""
    linked = graph([("crm/contacts.email", "shop/contacts.email", 0.9), ("crm/x", "shop/y", 0.9)])
    packed = traits_of(linked, at_half(linked))
    assert packed.texts == ["crm", "shop", "email", "person", "contact"]
    assert np.count_nonzero(packed.arrays["trait"]) == 2
    assert packed.arrays["about"].tolist() == packed.arrays["mentions"].tolist() == []


def test_ids_refer_and_mention() -> None:
    """A reference is about another thing than its table; an id names a system."""
    linked = graph(
        [
            ("crm/contacts.id", "shop/orders.crm_contact_id", 0.9),
            ("crm/contacts.id", "shop/contacts.id", 0.9),
        ]
    )
    packed = traits_of(linked, at_half(linked))
    (code,) = packed.arrays["about"].tolist()
    assert linked.node(code).name == "crm_contact_id"
    assert packed.arrays["mentions"].tolist() == [code]
    assert packed.texts[packed.arrays["mentions_text"][0]] == "crm"
    assert packed.texts[packed.arrays["phrase"][code]] == "contact"


def test_traits_are_of_the_clustered_graph() -> None:
    """A page that draws fewer links, or more, has the traits of all nodes that either links."""
    whole = graph([("crm/t.email", "shop/t.email", 0.9), ("crm/t.city", "shop/t.city", 0.3)])
    strong = whole.where(min_confidence=0.5)
    for drawn, clustered in ((strong, whole), (whole, strong)):
        packed = traits_of(drawn, at_half(clustered))
        assert np.count_nonzero(packed.arrays["trait"]) == 4
        assert {"email", "city"} <= set(packed.texts)
