"""Tests of the search by text, and of links between two nodes."""

from __future__ import annotations

import string
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph
from hummgraph import LinkGraph, cluster, find
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.graph.search import KINDS, typing_distance
from tests.support.builders import snapshot, uid

WORDS = st.text("abcde", max_size=8)


def distance(one: str, other: str) -> int:
    """Return the distance of optimal string alignment, by its definition."""

    @cache
    def of(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        best = min(
            of(i - 1, j) + 1, of(i, j - 1) + 1, of(i - 1, j - 1) + (one[i - 1] != other[j - 1])
        )
        if i > 1 < j and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            best = min(best, of(i - 2, j - 2) + 1)
        return best

    return of(len(one), len(other))


@pytest.fixture(scope="module")
def graph() -> LinkGraph:
    """Three systems, with names in several spellings."""
    rows: list[Any] = [
        ("crm/Contact.EmailAddress", "shop/customers.email", 0.9),
        ("shop/customers.email", "desk/users.email", 0.9, "APPROVED"),
        ("desk/users.customer_id", "shop/customers.id", 0.7),
        ("desk/users.customer_id", "crm/Contact.id", 0.6),
        ("crm/Contact", "shop/customers", 0.5, "REJECTED"),
        ("crm/Größe.wert", "crm/Contact.id", 0.2),
    ]
    return LinkGraph(snapshot(rows))


@given(WORDS, WORDS, st.integers(0, 3))
def test_distance_is_the_least_over_all_beginnings(typed: str, word: str, most: int) -> None:
    """Against the recursive definition; larger distances are cut off."""
    least = min(distance(typed, word[:end]) for end in range(len(word) + 1))
    assert typing_distance(typed, word, most) == min(least, most + 1)


def test_words_are_found_however_they_are_joined(graph: LinkGraph) -> None:
    """Case, camel case, underscores and spaces do not matter."""
    for text in ("email address", "EMAIL_ADDRESS", "emailAddress", "emailaddress"):
        assert find(graph, text)["name"][0] == "crm/Contact.EmailAddress"
    for text in ("customerId", "customer id", "customer_id", "CUSTOMERID"):
        assert find(graph, text, kinds="column")["name"][0] == "desk/users.customer_id"
    assert find(graph, "grosse")["name"] == ["crm/Größe", "crm/Größe.wert"][:1]
    assert find(graph, "GRÖSSE wert")["name"] == ["crm/Größe.wert"]


def test_what_is_written_in_full_comes_first(graph: LinkGraph) -> None:
    """A path or an own name scores 1; words of the table count less than those of the name."""
    found = find(graph, "shop/customers.email")
    assert (found["name"][0], found["score"][0]) == ("shop/customers.email", 1.0)
    found = find(graph, "customers")
    assert (found["kind"][0], found["name"][0]) == ("table", "shop/customers")
    assert found["score"] == sorted(found["score"], reverse=True)
    assert "shop/customers.email" not in found["name"]  # no word of its own matches
    assert find(graph, "shop customers email")["name"] == ["shop/customers.email"]


@given(st.data())
def test_one_mistake_in_a_word_does_not_matter(data: st.DataObject) -> None:
    """A letter missing, added, wrong or swapped in a word of four letters or more."""
    word = data.draw(st.text(string.ascii_lowercase, min_size=5, max_size=10))
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    typed = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    graph = LinkGraph(snapshot([(f"a/t.{word}", "b/u.0", 0.9)]))
    assert f"a/t.{word}" in find(graph, typed)["name"]


def test_short_words_must_be_right(graph: LinkGraph) -> None:
    """Of three letters, one wrong is another word."""
    assert find(graph, "crm")["name"][0] == "crm"
    assert len(find(graph, "crn")) == 0


def test_ids_are_found_by_their_first_digits(graph: LinkGraph) -> None:
    """Of nodes, links and clusters; with the level before it, only of a node of that level."""
    clusters = cluster(graph)
    node = uid("shop/customers")
    assert find(graph, node)["score"] == [1.0]
    for text in (node[:8], node[:7], node.upper(), node.replace("-", "")[:20], f"table:{node}"):
        assert find(graph, text)["name"] == ["shop/customers"]
    assert len(find(graph, f"column:{node}")) == 0
    assert find(graph, node[:5])["name"] == []
    link = uid("link 1")
    row = find(graph, link, clusters=clusters)
    assert (row["kind"], row["name"]) == (["link"], ["shop/customers.email -> desk/users.email"])
    found = find(graph, clusters.ids[0], clusters=clusters)
    assert (found["kind"], found["id"], found["name"]) == (
        ["cluster"],
        [clusters.ids[0]],
        [clusters.names[0]],
    )
    assert find(graph, clusters.ids[0][:9], clusters=clusters)["score"] == [0.95]


def test_clusters_are_found_by_name(graph: LinkGraph) -> None:
    """With the number of links inside; only where clusters are given."""
    clusters = cluster(graph, threshold=0.8, method="components")
    name = clusters.names[0]
    found = find(graph, name, kinds="cluster", clusters=clusters)
    assert (found["name"], found["n_links"]) == ([name], [2])
    assert len(find(graph, name, kinds="cluster")) == 0


def people() -> LinkGraph:
    """Two clusters: the email of people, and an id."""
    rows: list[Any] = [
        ("shop/customer.email", "desk/person.email", 0.9),
        ("desk/person.email", "crm/contact.e-mail", 0.9),
        ("desk/ticket.id", "crm/case.id", 0.9),
    ]
    return LinkGraph(snapshot(rows, also=["shop/invoice.customer_email"]))


def test_clusters_are_found_by_what_is_in_them() -> None:
    """They come before the rest, and after what the text names in full."""
    graph = people()
    clusters = cluster(graph, threshold=0.5, method="components")
    (email,) = (name for name in clusters.names if "email" in name)
    for text in ("customer email", "customer e-mail", "Customer E-Mail", "desk email"):
        found = find(graph, text, clusters=clusters)
        assert found["kind"].count("cluster") == 1
        assert (found["kind"][0], found["name"][0]) == ("cluster", email)
    assert find(graph, "customer email")["name"][0] == "shop/invoice.customer_email"

    found = find(graph, "shop/customer.email", clusters=clusters)
    assert found["name"][:2] == ["shop/customer.email", email]
    assert found["score"][:2] == [1.0, 0.9]
    assert find(graph, "ticket", clusters=clusters)["kind"][0] == "table"
    assert find(graph, uid("desk/ticket.id"), clusters=clusters)["kind"] == ["column"]


@given(words=st.lists(st.sampled_from(["customer", "email", "shop", "fax", "qqqq"]), min_size=1))
def test_partial_matches_have_the_most_words(words: list[str]) -> None:
    """All words if anything has them; else as many as anything has, and a smaller score."""
    graph = people()
    clusters = cluster(graph, threshold=0.5, method="components")
    text = " ".join(words)
    found = find(graph, text, clusters=clusters)
    partial = find(graph, text, clusters=clusters, partial=True)
    known = [word for word in dict.fromkeys(words) if word not in {"fax", "qqqq"}]
    if len(known) == len(set(words)):
        assert partial == found
        assert len(found)
    else:
        assert len(found) == 0
        rest = find(graph, " ".join(known), clusters=clusters) if known else found
        full = dict(zip(rest["id"], rest["score"], strict=True))
        assert set(partial["id"]) == set(full)
        assert all(row["score"] < full[row["id"]] for row in partial)


def test_kinds_can_be_chosen(graph: LinkGraph) -> None:
    """One or several; all that are found by default are of known kinds."""
    everything = find(graph, "contact")
    assert set(everything["kind"]) <= set(KINDS)
    assert set(find(graph, "contact", kinds=["table"])["kind"]) == {"table"}
    with pytest.raises(ArgumentError, match="No kind 'row'"):
        find(graph, "contact", kinds="row")


def test_links_count_for_what_holds_their_ends(graph: LinkGraph) -> None:
    """A table has the links of its columns, a link within it counts once."""
    found = find(graph, "crm")
    assert found["n_links"][0] == 4
    assert find(graph, "contact", kinds="table")["n_links"] == [4]


def test_what_is_deleted_comes_last_among_equals() -> None:
    """A deleted node is found, and marked."""
    rows: list[Any] = [("a/t.email", "b/u.x", 0.9), ("c/v.email", "b/u.x", 0.9)]
    graph = LinkGraph(snapshot(rows, inactive=["a/t.email"]))
    found = find(graph, "email")
    assert found["name"] == ["c/v.email", "a/t.email"]
    assert found["deleted"] == [False, True]


@pytest.mark.parametrize("text", ["", "  ", "...", 3, None])
def test_a_text_has_a_letter_or_a_digit(graph: LinkGraph, text: Any) -> None:
    """Anything else finds nothing on purpose."""
    with pytest.raises(ArgumentError, match="text is"):
        find(graph, text)


def test_clusters_of_other_nodes_are_refused(graph: LinkGraph) -> None:
    """Their labels would be of others."""
    other = cluster(LinkGraph(snapshot([("a/t.x", "b/u.y", 0.9)])))
    with pytest.raises(ArgumentError, match="another graph"):
        find(graph, "x", clusters=other)


@given(data=st.data())
def test_everything_is_found_by_its_own_path(data: st.DataObject, demo_graph: Any) -> None:
    """First, with score 1."""
    path = data.draw(st.sampled_from(demo_graph.nodes["path"]))
    found = find(demo_graph, path)
    best = [name for name, score in zip(found["name"], found["score"], strict=True) if score == 1]
    assert path in best


# --- links between -----------------------------------------------------------------------------


@given(data=st.data())
def test_links_between_are_those_with_an_end_at_or_below_each(data: Any, demo_graph: Any) -> None:
    """Against the definition, link by link, for nodes of any level."""
    paths = demo_graph.nodes["path"]
    one, other = (data.draw(st.sampled_from(paths)) for _ in range(2))
    parents = dict(zip(demo_graph.nodes["node_id"], demo_graph.nodes["parent_id"], strict=True))

    def lies_in(node: str | None, place: str) -> bool:
        while node is not None:
            if node == place:
                return True
            node = parents[node]
        return False

    a, b = (demo_graph.node(path).node_id for path in (one, other))
    expected = [
        row["link_id"]
        for row in demo_graph.links
        if (lies_in(row["source"], a) and lies_in(row["target"], b))
        or (lies_in(row["source"], b) and lies_in(row["target"], a))
    ]
    assert demo_graph.where(between=(a, b)).links["link_id"] == expected


def test_links_between_meet_the_other_conditions_too(demo_graph: hummgraph.LinkGraph) -> None:
    """Conditions are met together, in any order."""
    found = demo_graph.where(between=("Stripe", "Salesforce"), status="SUGGESTED")
    again = demo_graph.where(status="SUGGESTED").where(between=["Salesforce", "Stripe"])  # type: ignore[arg-type]
    assert found == again
    assert 0 < found.n_links < demo_graph.n_links


@pytest.mark.parametrize("pair", ["ab", 3, ("Stripe",), ("Stripe", "Zendesk", "HubSpot")])
def test_between_takes_two_nodes(demo_graph: hummgraph.LinkGraph, pair: Any) -> None:
    """Neither one nor three, and no text that has two letters."""
    with pytest.raises(ArgumentError, match="between"):
        demo_graph.where(between=pair)
    with pytest.raises(NodeNotFoundError):
        demo_graph.where(between=("Stripe", "nowhere"))
