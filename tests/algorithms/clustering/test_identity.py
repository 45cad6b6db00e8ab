"""Tests of what clusters are worth and called, and of their order."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.columns import ROLES
from hummgraph.algorithms.entities.traits import ROLE_VALUES, traits
from hummgraph.errors import AmbiguousNodeError, ArgumentError
from hummgraph.graph.decisions import GivenName
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters

TABLES = ["contacts", "users", "accounts", "invoices", "STG_CONTACTS"]
COLUMNS = ["email", "id", "crm_id", "account_id", "external_id", "status", "created_at", "notes"]
SYSTEMS = ["crm", "shop", "desk", "mart"]
names = st.builds(
    "{}/{}.{}".format, *(st.sampled_from(part) for part in (SYSTEMS, TABLES, COLUMNS))
)
rows = st.lists(
    st.tuples(
        names,
        names,
        st.sampled_from([None, 0.3, 0.7, 0.9]),
        st.sampled_from(["SUGGESTED", "SUGGESTED", "APPROVED", "REJECTED"]),
    ).filter(lambda row: row[0] != row[1]),
    min_size=1,
    max_size=25,
)


def chained(linked: list[Row]) -> Clusters:
    """Return the components of links."""
    return cluster(graph(linked), method="components", threshold=0.5)


def commonest(codes: list[int]) -> tuple[int, int]:
    """Return the most frequent code and its number; of several the smallest."""
    count = Counter(code for code in codes if code >= 0)
    best = min(count, key=lambda code: (-count[code], code), default=-1)
    return best, count[best]


# --- worth ----------------------------------------------------------------------------------


@given(rows)
def test_worth_is_that_of_its_formula(linked: list[Row]) -> None:
    """Role value x log2(1 + systems) x mean confidence x coherence, member by member."""
    clusters = chained(linked)
    of, g = traits(clusters.graph), clusters.graph
    source = g.arrays.links.ends.source
    for label in range(len(clusters)):
        members = np.flatnonzero(clusters.labels == label).tolist()
        n = len(members)
        role = sum(int(of.value[code]) for code in members) / 100 / n
        systems = max(1, len({int(of.origin[code]) for code in members}))
        holding = np.flatnonzero(clusters.holding_links & (clusters.labels[source] == label))
        known = [g.weights[link] for link in holding if not math.isnan(g.weights[link])]
        confidence = sum(known) / len(known) if known else 0.5
        topic = commonest([int(of.topic[code]) for code in members])[1] / n
        thing = commonest([int(of.thing[code]) for code in members])[1] / n
        keys = sum(of.value[code] >= 50 for code in members) > n / 2
        coherence = (topic + thing) / 2 if keys else max(topic, thing)
        expected = role * math.log2(1 + systems) * confidence * coherence
        assert clusters.identity_values[label] == pytest.approx(expected, abs=2e-6)


def test_rounded_logarithms_are_those_of_any_library() -> None:
    """Up to ten thousand systems the last bit of a logarithm moves no billionth."""
    billionths = np.log2(np.arange(2.0, 10_002.0)) * 1e9
    assert np.abs(billionths % 1 - 0.5).min() > 10 * np.spacing(billionths.max())


def test_keys_of_many_systems_come_first() -> None:
    """An e-mail before an id of two systems, a state and a time last, whatever their sizes."""
    linked: list[Row] = [
        ("crm/contacts.email", f"{s}/contacts.email", 0.9) for s in ("shop", "desk")
    ]
    linked += [("crm/contacts.crm_id", "shop/contacts.crm_id", 0.9)]
    linked += [("crm/contacts.status", f"{s}/users.status", 0.9) for s in ("shop", "desk", "mart")]
    linked += [(f"crm/t{n}.created_at", f"shop/t{n}.created_at", 0.9) for n in range(3)]
    linked += [(f"crm/t{n}.created_at", f"crm/t{n + 1}.created_at", 0.9) for n in range(2)]
    clusters = chained(linked)

    found = [one.name for one in clusters]
    assert found == ["person email", "crm contact id", "status", "created at"]
    assert clusters.sizes.tolist() == [6, 4, 3, 2]
    assert clusters.order.tolist() == [2, 3, 1, 0]
    assert [one.size for one in clusters] == [3, 2, 4, 6]


def test_unrelated_ids_are_worth_less() -> None:
    """Ids of one thing come before as many ids of different things."""
    alike: list[Row] = [
        ("crm/contacts.id", "shop/contacts.contact_id", 0.9),
        ("shop/contacts.contact_id", "desk/contacts.id", 0.9),
    ]
    mixed: list[Row] = [
        ("crm/orders.id", "shop/tickets.id", 0.9),
        ("shop/tickets.id", "desk/payments.id", 0.9),
    ]
    clusters = chained([*alike, *mixed])
    first, last = clusters
    assert first.name == "contact id"
    assert clusters.identity_values[first.index] > 1.5 * clusters.identity_values[last.index]


def test_clusters_without_confidence_count_half() -> None:
    """Approved links without a score hold a cluster; its confidence is taken for a half."""
    clusters = chained([("crm/contacts.status", "shop/contacts.status", None, "APPROVED")])
    certain = chained([("crm/contacts.status", "shop/contacts.status", 1.0, "APPROVED")])
    policy_counts = clusters.graph.weights[0]
    ratio = clusters.identity_values[0] / certain.identity_values[0]
    assert ratio == pytest.approx(0.5 if math.isnan(policy_counts) else policy_counts, abs=1e-5)


def test_deleted_clusters_are_last() -> None:
    """Clusters of deleted nodes alone come after the others, in every order."""
    linked = graph(
        [
            ("crm/contacts.email", "shop/contacts.email", 0.9),
            ("crm/a.status", "shop/a.status", 0.9),
        ],
        inactive=["crm/contacts.email", "shop/contacts.email"],
    )
    clusters = cluster(linked, method="components", threshold=0.5)
    for key in ("identity", "size", "systems", "confidence", "name"):
        assert [one.name for one in clusters.sort_by(key)][-1] == "person email"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("identity", ["a email", "crm a id", "status"]),
        ("size", ["status", "a email", "crm a id"]),
        ("systems", ["status", "a email", "crm a id"]),
        ("confidence", ["crm a id", "a email", "status"]),
        ("name", ["a email", "crm a id", "status"]),
    ],
)
def test_orders(key: str, expected: list[str]) -> None:
    """Every order, with the same labels, names and members; frames follow it."""
    linked: list[Row] = [("crm/a.email", f"{s}/a.email", 0.8) for s in ("shop", "desk")]
    linked += [("crm/a.crm_id", "shop/a.crm_id", 0.95)]
    linked += [("crm/a.status", f"{s}/b.status", 0.6) for s in ("shop", "desk", "mart")]
    clusters = chained(linked)
    assert clusters.quality["cluster_name"] == ["a email", "crm a id", "status"]
    found = clusters.sort_by(key)

    assert [one.name for one in found] == expected
    assert (found.names, found.ids) == (clusters.names, clusters.ids)
    assert found.labels is clusters.labels
    assert found.quality["cluster_name"] == expected
    assert found.crosswalk()["cluster_name"] == expected
    assert [one["name"] for one in found.identity_map()["identities"]] == expected
    assert [one["name"] for one in found.to_dict()["clusters"]] == expected
    assert list(dict.fromkeys(found.to_frame()["cluster_name"])) == expected
    assert found[0].size == 4  # labels stay
    with pytest.raises(ArgumentError, match="key is 'worth'; it must be one of identity, size"):
        clusters.sort_by("worth")


# --- names -----------------------------------------------------------------------------------


@given(rows)
def test_names_are_unique_and_of_the_members_words(linked: list[Row]) -> None:
    """No two clusters have one name; the share of members that carry it is counted."""
    clusters = chained(linked)
    assert len(set(clusters.names)) == len(clusters)
    assert all(clusters.names)
    assert ((clusters.name_shares >= 0) & (clusters.name_shares <= 1)).all()
    for one in clusters:
        share = Fraction(float(one.name_share)).limit_denominator(one.size)
        assert share * one.size == round(one.name_share * one.size)
        assert one.name_share == clusters.name_shares[one.index]


@pytest.mark.parametrize(
    ("linked", "name", "share"),
    [
        # An id is called after what most are about.
        ([("crm/contacts.id", "shop/orders.contact_id", 0.9)], "contact id", 1.0),
        ([("crm/orders.contact_id", "shop/tickets.requester_id", 0.9)], "contact id", 0.5),
        # With the system that two members name, and no other as often.
        ([("crm/contacts.shop_user_id", "desk/contacts.shop_user_id", 0.9),
          ("shop/users.id", "crm/contacts.shop_user_id", 0.9)], "shop user id", 1.0),
        ([("crm/contacts.shop_user_id", "shop/contacts.desk_user_id", 0.9),
          ("desk/users.id", "crm/contacts.shop_user_id", 0.9)], "user id", 1.0),
        # Other columns as most tables call them, without the words of their own tables.
        ([("crm/contacts.contact_city", "shop/users.city", 0.9)], "city", 1.0),
        ([("crm/contacts.town", "shop/users.city", 0.9),
          ("shop/users.city", "desk/users.city", 0.9)], "city", 2 / 3),
        # Words that are nothing but the table's stay.
        ([("crm/notes.note", "shop/notes.note", 0.9)], "note", 1.0),
        # A name of digits is itself.
        ([("crm/t.42", "shop/u.42", 0.9)], "42", 1.0),
    ],
)  # fmt: skip
def test_names(linked: list[Row], name: str, share: float) -> None:
    """Names as a person would give them."""
    clusters = chained(linked)
    also = [*linked, ("shop/pages.url", "desk/pages.url", 0.9)]
    assert clusters.names == (name,)
    assert clusters.name_shares[0] == pytest.approx(share)
    assert name in chained(also).names


def test_entity_is_before_a_name() -> None:
    """Columns of one entity are called after it, unless their name says it."""
    linked: list[Row] = [
        (f"crm/contacts.{name}", f"shop/contacts.{name}", 0.95, "APPROVED")
        for name in ("email", "phone", "first_name", "contact_person")
    ]
    names = set(chained(linked).names)
    assert {"person email", "person phone", "person first name"} <= names
    assert not any(name.startswith("person person") for name in names)


def test_equal_names_get_other_words() -> None:
    """By the system of the keys, by the table, and by numbers, after the first of the order."""
    linked: list[Row] = [(f"crm/t{n}.status", f"shop/t{n}.status", 0.9 - n / 100) for n in range(6)]
    linked += [
        ("crm/users.id", "desk/items.user_id", 0.9),
        ("shop/users.id", "mart/x.user_id", 0.8),
    ]
    found = [one.name for one in chained(linked)]
    assert found == [
        *("user id", "user id (shop)"),
        *("status", "status (t)", "status (crm)", "status 2", "status 3", "status 4"),
    ]


def test_numbers_are_free() -> None:
    """A number after a name is not that of another name that ends with it."""
    linked: list[Row] = [("crm/t.42 2", "shop/t.42 2", 0.95)]
    linked += [(f"crm/t{n}.42", f"shop/t{n}.42", 0.9 - n / 100) for n in range(5)]
    found = [one.name for one in chained(linked)]
    assert found == ["42 2", "42", "42 (t)", "42 (crm)", "42 3", "42 4"]


def test_low_shares_are_shown() -> None:
    """If few members carry the name, it is shown with the name of most others."""
    linked: list[Row] = [
        ("crm/contacts.city", "shop/users.town", 0.9),
        ("shop/users.town", "desk/users.place", 0.9),
    ]
    clusters = chained(linked)
    (only,) = clusters
    assert only.name == "city"
    assert (only.also_called, round(only.name_share, 3)) == ("town", 0.333)
    assert repr(only) == "<Cluster: city, also town, 3 columns of 3 systems>"
    assert "city, also town" in str(clusters)


def test_clusters_of_tables_and_systems_have_names() -> None:
    """Other levels are called by the words of their nodes."""
    linked: list[Row] = [("crm/contacts", "shop/contacts", 0.9), ("crm", "shop", 0.9)]
    tables = cluster(graph(linked), method="components", threshold=0.5, level="table")
    assert (tables.names, tables.quality["role"]) == (("contact",), [None])
    systems = cluster(graph(linked), method="components", threshold=0.5, level="integration_source")
    assert systems.names == ("crm",)


def test_no_names_at_all() -> None:
    """Nodes without names have clusters with names of their own."""
    bare = LinkGraph(read_links([record("crm/contacts.email", "shop/users.email")]))
    clusters = cluster(bare, method="components", threshold=0.5)
    assert clusters.names == ("unnamed",)
    assert clusters.name_shares.tolist() == [1.0]


def test_long_names_are_cut() -> None:
    """A name of a hundred thousand letters is read at once, and cut in the name of its cluster."""
    clusters = chained([("crm/contacts." + "ab" * 50_000, "shop/users." + "x_y" * 30_000, 0.9)])
    (name,) = clusters.names
    assert 90 <= len(name) <= 120


def test_words_that_name_no_system() -> None:
    """A system called like a word of numbers is not mentioned by every number."""
    linked: list[Row] = [
        ("Number Store/orders.number_id", "shop/orders.number_id", 0.9),
        ("shop/orders.number_id", "desk/orders.number_id", 0.9),
    ]
    assert chained(linked).names == ("number id",)


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("tms/shipment.shipment_no", "customs/declaration.shipment_no", "shipment no"),
        ("tms/shipment.number", "customs/declaration.shipment_number", "shipment number"),
        ("a/policies.policy_no", "b/claims.policy_no", "policy no"),
        ("a/dim_provider.provider_key", "b/provider.provider_id", "provider key"),
        ("a/visit.q1_revenue", "b/stay.q1_revenue", "q1 revenue"),
        ("a/visit.address_line2", "b/stay.addressLine2", "address line 2"),
        ("a/visit.code20260101", "b/stay.code20260101", "stay code"),
    ],
)
def test_names_keep_what_tells_them_apart(one: str, other: str, name: str) -> None:
    """Numbers in names stay, and a word such as number or key has that of its table."""
    linked: list[Row] = [(one, other, 0.95), ("a/visit.city", "b/stay.city", 0.9)]
    assert name in chained(linked).names


def test_no_clusters() -> None:
    """There is nothing to name or to order."""
    clusters = cluster(graph([("crm/a.x", "shop/a.x", 0.2)]), method="components", threshold=0.5)
    assert (clusters.names, clusters.order.tolist(), list(clusters)) == ((), [], [])
    assert len(clusters.quality) == len(clusters.crosswalk()) == 0


def test_given_names_take_precedence() -> None:
    """The latest name of a member names its cluster; others keep clear of it; two may be alike."""
    linked = graph(
        [
            ("crm/contacts.city", "shop/users.city", 0.9),
            ("shop/users.city", "desk/users.town", 0.9),
            ("crm/contacts.status", "shop/users.status", 0.8),
            ("crm/contacts.alone", "shop/users.alone", 0.1),
        ]
    )
    then = datetime(2026, 1, 2, tzinfo=UTC)
    given = [
        GivenName(uid("crm/contacts.city"), "home town", then),
        GivenName(uid("shop/users.city"), "status", then + timedelta(days=1)),
        GivenName(uid("desk/users.town"), "place"),
        GivenName(uid("crm/contacts.alone"), "nothing"),
    ]
    clusters = cluster(linked.with_decisions(given), method="components", threshold=0.5)
    assert set(clusters.names) == {"status", "status (user)"} or set(clusters.names) == {
        "status",
        "status (contact)",
    }
    named = clusters["crm/contacts.city"]
    assert (named.name, named.name_share) == ("status", 1.0)
    assert clusters["status"].id == named.id
    # Names stay when the graph is filtered, and nobody forbids the same one twice.
    alike = [*given, GivenName(uid("shop/users.status"), "status", then)]
    kept = linked.with_decisions(alike).where(min_confidence=0.5)
    again = cluster(kept, method="components", threshold=0.5)
    assert again.names == ("status", "status")
    with pytest.raises(AmbiguousNodeError, match="is the name of 2 clusters: ") as caught:
        again["status"]
    assert sorted(caught.value.candidates) == sorted(again.ids)
    assert "status" in again
    assert {again[one].id for one in caught.value.candidates} == set(again.ids)


def test_many_clusters_of_one_given_name() -> None:
    """Eight clusters are listed, the others are counted."""
    linked = graph([(f"a{n}/t.x", f"b{n}/t.x", 0.9) for n in range(10)])
    given = [GivenName(uid(f"a{n}/t.x"), "x") for n in range(10)]
    clusters = cluster(linked.with_decisions(given), method="components", threshold=0.5)
    with pytest.raises(AmbiguousNodeError, match=r"of 10 clusters: .* and 2 more\."):
        clusters["x"]


# --- roles, entities, keys -------------------------------------------------------------------


def test_role_and_entity_of_most_members() -> None:
    """Quality has the role and the entity of most members, and what a cluster rests on."""
    linked: list[Row] = [
        (f"crm/contacts.{name}", f"shop/contacts.{name}", 0.95, "APPROVED")
        for name in ("email", "phone", "first_name")
    ]
    found = {row["cluster_name"]: row for row in chained(linked).quality}
    assert (found["person email"]["role"], found["person email"]["entity"]) == (
        "ALTERNATE_KEY",
        "person",
    )
    assert found["person email"]["rests_on"] == "keys"
    assert found["person first name"]["rests_on"] == "approvals"
    assert len(ROLE_VALUES) == len(ROLES)


def test_real_catalogue_begins_with_identities(real_organization: Path) -> None:
    """No time, state or flag is among the first twenty; the first are what persons are known by."""
    linked = read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    clusters = cluster(LinkGraph(linked))
    first = clusters.quality.head(20)
    assert not {"TIME", "CATEGORY", "TECHNICAL", "MEASURE"} & set(first["role"])
    assert {"person email", "person phone"} <= set(first["cluster_name"][:3])
    assert len(set(clusters.names)) == len(clusters)


def test_demo_begins_with_identities(demo_graph: LinkGraph) -> None:
    """The same for the bundled organisation."""
    clusters = cluster(demo_graph)
    first = clusters.quality.head(20)
    assert not {"TIME", "CATEGORY", "TECHNICAL", "MEASURE"} & set(first["role"])
    assert [one.name for one in clusters][:5] == [
        "person phone",
        "person email",
        "invoice number",
        "Salesforce account id",
        "Salesforce contact id",
    ]
