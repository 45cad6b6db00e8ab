"""Tests of the roles of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.entities.rules import Role
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError
from tests.graph.test_relationships import association, relationship, saas
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.algorithms.entities.column_roles import ColumnRole

SHORT = {
    "I": Role.KEY,
    "K": Role.ALTERNATE_KEY,
    "R": Role.REFERENCE,
    "T": Role.TEXT,
    "C": Role.CATEGORY,
    "D": Role.TIME,
    "M": Role.MEASURE,
    "X": Role.TECHNICAL,
}


def columns(*places: str, **facts: Mapping[str, Any]) -> hg.LinkGraph:
    """Return a graph of columns ``system/table.column:type``, with facts by the column's name."""
    types = dict(place.rpartition(":")[::2] for place in places)
    rows = catalogue(types)
    for column in rows["columns"]:
        place = next(place for place in types if uid(place) == column["id"])
        column.update({"data_type": types[place] or None}, **facts.get(column["name"], {}))
    return hg.LinkGraph(hg.read_links([], catalogue=rows))


def role(column: str, *others: str, **facts: Mapping[str, Any]) -> ColumnRole:
    """Return the role of a column among others."""
    found = columns(column, *others, **facts)
    return hg.roles(found).role_of(column.rpartition(":")[0])


@pytest.mark.parametrize(
    ("column", "letter", "reason"),
    [
        # Marks of pipelines, before everything else
        ("crm/contact._fivetran_synced:timestamp", "X", "name"),
        ("crm/contact._id:text", "I", "name"),
        ("crm/contact.livemode:boolean", "X", "name"),
        # Types
        ("crm/contact.consent:boolean", "C", "type"),
        ("crm/contact.is_hot:text", "C", "name"),
        ("crm/contact.born:date", "D", "type"),
        ("crm/contact.shade:picklist", "C", "type"),
        ("crm/contact.photo:url", "X", "type"),
        ("crm/contact.extra:json", "X", "type"),
        ("crm/contact.shoe:numeric(3,1)", "M", "type"),
        ("crm/contact.level:int", "C", "name and type"),
        ("crm/contact.sort_order_index:int", "X", "name and type"),
        ("crm/contact.notes:int", "T", "name"),
        # Ids
        ("crm/contact.id:int", "I", "name"),
        ("crm/contact.contact_id:int", "I", "name"),
        ("crm/stg_crm__contacts.contact_id:int", "I", "name"),
        ("crm/contact.crm_contact_id:int", "I", "name"),
        ("crm/contact.uuid:uuid", "I", "name and type"),
        ("crm/contact.external_id:text", "K", "name"),
        ("crm/contact.legacy_contact_id:text", "K", "name"),
        ("crm/contact.legacy_erp_id:text", "K", "name"),
        ("crm/contact.shop_contact_id:text", "K", "name"),
        ("crm/contact.shop_id:text", "K", "name"),
        ("crm/contact.region_manager_id:text", "R", "name"),
        ("crm/contact.order_id:text", "R", "name"),
        ("crm/contact.OwnerRef:reference", "R", "name and type"),
        ("crm/contact.external_variant_id_web:text", "K", "name"),
        ("crm/contact.subject_id_type:text", "C", "name"),
        ("crm/contact.order_ids:array", "R", "name of several ids"),
        ("crm/contact.merged_contact_ids:text", "R", "name of several ids"),
        ("crm/contact.contactIDs:text", "R", "name of several ids"),
        ("crm/contact.time_zone_sid_key:text", "C", "name"),
        ("crm/contact.contact_key:text", "I", "name"),
        ("crm/contact.lookup_key:text", "T", "nothing else fits"),
        # What identifies outside of a system
        ("crm/contact.email:text", "K", "name"),
        ("crm/contact.Email:email", "K", "name and type"),
        ("crm/contact.reach:phone", "K", "name and type"),
        ("crm/contact.work_email_address:text", "K", "name"),
        ("crm/contact.contact_phone_number:text", "K", "name"),
        ("crm/contact.user_name:text", "K", "name"),
        ("crm/contact.receipt_email:text", "R", "name"),
        ("crm/contact.emails_sent:int", "M", "type"),
        ("crm/contact.domain_names:array", "K", "name"),
        ("crm/contact.number:text", "K", "name"),
        ("crm/contact.contact_number:int", "K", "name"),
        ("crm/contact.po_number:text", "K", "name"),
        ("crm/contact.house_number:text", "M", "name"),
        ("crm/contact.number_of_calls:int", "M", "type"),
        ("crm/contact.code:text", "K", "name"),
        ("crm/contact.country_code:text", "C", "name"),
        ("crm/contact.colour_code:enum", "C", "type"),
        ("crm/contact.key:text", "K", "name"),
        # Names
        ("crm/contact.changed_by:text", "R", "name"),
        ("crm/contact.created:int", "D", "name"),
        ("crm/contact.due_date:text", "D", "name"),
        ("crm/contact.reply_day:int", "M", "name and type"),
        ("crm/contact.peak_hour:enum", "C", "type"),
        ("crm/contact.balance:text", "M", "name"),
        ("crm/contact.avatar:text", "X", "name"),
        ("crm/contact.description:text", "T", "name"),
        ("crm/contact.lead_source_x:text", "C", "name"),
        ("crm/contact.quux:", "T", "nothing else fits"),
        ("crm/contact.12:uuid", "R", "type"),
    ],
)
def test_a_name_and_a_type_tell_the_role(column: str, letter: str, reason: str) -> None:
    """The first rule that fits decides, and its reason is given."""
    found = role(column, "shop/order.x:text")

    assert (found.role, found.reason) == (SHORT[letter], reason)


@pytest.mark.parametrize(
    ("column", "letter", "target"),
    [
        ("crm/deal.contact_id:int", "R", "crm/contact"),
        ("crm/deal.primary_contact_id:int", "R", "crm/contact"),
        ("crm/deal.billing_contact_id:int", "R", "crm/billing_contacts"),
        ("crm/deal.contact:text", "R", "crm/contact"),
        ("crm/deal.latest_contact:text", "R", "crm/contact"),
        ("crm/deal.deal:text", "T", None),
        ("crm/deal.source:text", "C", None),
        ("crm/deal.contact_email:text", "R", "crm/contact"),
        ("crm/deal.agency_email:text", "R", "crm/agency"),
        ("crm/deal.contact_number:text", "R", "crm/contact"),
        ("crm/deal.contact_code:text", "R", "crm/contact"),
        ("crm/deal.contact_key:text", "R", "crm/contact"),
    ],
)
def test_names_of_tables_are_targets(column: str, letter: str, target: str | None) -> None:
    """A column that is named after a table of its system refers to it."""
    others = ("contact", "billing_contacts", "source", "agency")
    found = columns(column, *(f"crm/{table}.id:int" for table in others))
    known = hg.roles(found).role_of(column.rpartition(":")[0])

    assert known.role is SHORT[letter]
    assert known.target == (uid(target) if target else None)


def test_what_is_declared_comes_first() -> None:
    """Primary keys and references are what the catalogue says, whatever their names."""
    links = hg.read_links(
        [],
        catalogue=catalogue(["erp/bill.total", "erp/bill.buyer", "erp/buyer.id"])
        | {"relationships": [relationship("erp/bill.buyer", "erp/buyer.id")]},
    )
    found = hg.roles(hg.LinkGraph(links)).role_of("erp/bill.buyer")
    assert (found.reason, found.target) == ("declared reference", uid("erp/buyer"))
    refused = relationship("erp/bill.buyer", "erp/buyer.id") | {"status": "REJECTED"}
    links = hg.read_links(
        [],
        catalogue=catalogue(["erp/bill.total", "erp/bill.buyer", "erp/buyer.id"])
        | {"relationships": [refused]},
    )
    assert hg.roles(hg.LinkGraph(links)).role_of("erp/bill.buyer").reason == "named after a table"

    primary = {"is_primary_key": True}
    assert role("erp/bill.total:int", total=primary).reason == "declared primary key"
    # Of a key of several columns, each is what its name says.
    both = role("erp/bill.order_id:int", "erp/bill.line:int", order_id=primary, line=primary)
    assert both.role is Role.REFERENCE
    # A table has one key of its own.
    other = role("erp/bill.id:int", "erp/bill.total:int", total=primary)
    assert other.role is Role.ALTERNATE_KEY


def test_associations_are_declared_references() -> None:
    """The field that an association names refers to the other object."""
    rows = saas("crm/deal.buyer", "crm/deal.id", "crm/firm.id")
    rows["associations"] = [association("crm/deal", "crm/firm", "buyer")]
    found = hg.roles(hg.LinkGraph(hg.read_links([], catalogue=rows))).role_of(uid("crm/deal.buyer"))
    assert (found.role, found.reason) == (Role.REFERENCE, "declared reference")

    rows["associations"] = [association("crm/deal", "crm/firm", "buyer", is_active=False)]
    found = hg.roles(hg.LinkGraph(hg.read_links([], catalogue=rows))).role_of(uid("crm/deal.buyer"))
    assert found.role is Role.TEXT


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_values_that_all_differ_identify(scale: float) -> None:
    """Shares of distinct values count; above 1 anywhere they are percentages."""
    places = (
        "erp/bill.batch_id:text",
        "erp/bill.hue:text",
        "erp/bill.id:int",
        "erp/bill.quux:text",
        "erp/bill.zorb:text",
        "erp/bill.quib:bigint",
        "erp/bill.amount:numeric",
        "erp/bill.stamp:timestamp",
    )
    facts = {
        "batch_id": {"distinct_pct": 1.0 * scale},
        "zorb": {"distinct_pct": 1.0 * scale},
        "quib": {"distinct_pct": 1.0 * scale},
        "amount": {"distinct_pct": 1.0 * scale},
        "stamp": {"distinct_pct": 1.0 * scale},
        "hue": {"distinct_pct": 0.01 * scale},
        "quux": {"distinct_pct": 0.5 * scale},
    }
    found = hg.roles(columns(*places, **facts))

    assert found.role_of("erp/bill.batch_id").reason == "all values differ"
    assert found.role_of("erp/bill.batch_id").role is Role.ALTERNATE_KEY
    assert found.role_of("erp/bill.hue").reason == "few distinct values"
    assert found.role_of("erp/bill.quux").role is Role.TEXT
    assert found.role_of("erp/bill.zorb").role is Role.ALTERNATE_KEY
    assert found.role_of("erp/bill.quib").reason == "all values differ"
    assert found.role_of("erp/bill.amount").role is Role.MEASURE
    assert found.role_of("erp/bill.stamp").role is Role.TIME


def test_unique_columns_identify() -> None:
    """A column declared unique is a key: the row's own if the table has no other."""
    unique = {"is_unique": True}

    def uniques(*places: str, **facts: Mapping[str, Any]) -> Role:
        rows = saas(*(place.rpartition(":")[0] for place in places))
        for field in rows["saas_fields"]:
            field.update(facts.get(field["field_name"], {}))
        found = hg.LinkGraph(hg.read_links([], catalogue=rows))
        return hg.roles(found).role_of(uid(places[0].rpartition(":")[0])).role

    assert uniques("crm/deal.hs_object_id:", hs_object_id=unique) is Role.KEY
    assert uniques("crm/deal.batch_id:", "crm/deal.id:", batch_id=unique) is Role.ALTERNATE_KEY
    assert uniques("crm/deal.quux:", quux=unique) is Role.ALTERNATE_KEY
    said = {"semantic_type": "Identifier"}
    assert uniques("crm/deal.quux:", quux=said) is Role.ALTERNATE_KEY
    assert uniques("crm/deal.quux:", quux={"role": "PRIMARY_KEY"}) is Role.KEY
    assert uniques("crm/deal.quux:", quux={"role": "foreign_key"}) is Role.REFERENCE


def test_decided_links_to_keys_make_references() -> None:
    """A text that an approved link joins to another table's key refers to it."""

    def linked(status: str, link_type: str, **policy: Any) -> ColumnRole:
        links = [
            record("a/t.holder", "b/u.id", 0.9, status=status, link_type=link_type),
            record("b/u.id", "a/t.holder", 0.9, id=uid("again"), link_type=link_type),
        ]
        snapshot = hg.read_links(links, catalogue=catalogue(["a/t.holder", "b/u.id"]))
        found = hg.LinkGraph(snapshot, policy=hg.Policy(**policy))
        return hg.roles(found).role_of("a/t.holder")

    assert linked("APPROVED", "DETERMINISTIC").reason == "approved link to a key of another table"
    exact = linked("SUGGESTED", "DETERMINISTIC")
    assert exact.reason == "deterministic link to a key of another table"
    assert linked("SUGGESTED", "PROBABILISTIC").role is Role.TEXT
    assert linked("REJECTED", "PROBABILISTIC").role is Role.TEXT
    assert linked("APPROVED", "PROBABILISTIC", approved="score").role is Role.TEXT


def test_columns_without_a_name_are_texts() -> None:
    """A column that is called by its id says nothing by that."""
    found = hg.roles(hg.LinkGraph(hg.read_links([record("a/t.x", "b/u.id")])))

    assert {row["role"] for row in found.to_frame()} == {"TEXT"}


def test_words_can_be_added() -> None:
    """Names in another language are read by words that the caller adds."""
    found = columns("erp/kunden.anlagedatum:text", "erp/kunden.geburts_datum:text")
    words = {"roles": {"time": ["datum"]}}

    assert hg.roles(found).role_of("erp/kunden.geburts_datum").role is Role.TEXT
    assert hg.roles(found, words=words).role_of("erp/kunden.geburts_datum").role is Role.TIME


def test_the_result_is_a_table() -> None:
    """One row a column, counts by role, and an error for what is not a column."""
    found = hg.roles(hg.LinkGraph(load_demo().snapshot()))
    frame = found.to_frame()

    assert len(found) == len(frame) == sum(found.counts.values()) == 624
    assert found.counts[Role.KEY] == len(frame.filter(role="KEY"))
    assert found.to_dict()["counts"]["KEY"] == found.counts[Role.KEY]
    assert len(found.to_dict()["columns"]) == 624
    assert "keys" in repr(found)
    assert "declared" in str(found)
    row = next(iter(frame.filter(path="Stripe/invoices.customer")))
    assert row["target_path"] == "Stripe/customers"
    with pytest.raises(ArgumentError, match="'Stripe/customers' is not a column"):
        found.role_of("Stripe/customers")
    assert len(hg.roles(graph([]))) == 0
    assert len(found.codes) == found.graph.n_nodes


def test_roles_take_a_graph() -> None:
    """Anything else is refused with what to write."""
    with pytest.raises(ArgumentError, match="roles\\(\\) takes a LinkGraph"):
        hg.roles(load_demo().snapshot())  # type: ignore[arg-type]  # the wrong type on purpose


NAMES = st.sampled_from(
    ["id", "customer_id", "email", "owner", "status", "created_at", "amount", "customer", "quux"]
)


@given(
    places=st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["customer", "order"]), NAMES),
        min_size=1,
        max_size=12,
        unique=True,
    ),
    pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=8),
    salt=st.integers(0, 5),
)
def test_roles_do_not_depend_on_ids(
    places: list[tuple[str, str, str]], pairs: list[tuple[int, int]], salt: int
) -> None:
    """Other ids, and so another order of nodes and links, give the same roles."""

    def found(salt: int) -> dict[str, tuple[str, str, str | None]]:
        paths = [f"{system}/{table}.{name}" for system, table, name in places]
        links = [
            record(
                paths[a % len(paths)],
                paths[b % len(paths)],
                0.9,
                status="APPROVED",
                id=uid(f"{salt} {number}"),
            )
            for number, (a, b) in enumerate(pairs)
        ]
        import json

        text = json.dumps([links, catalogue(paths)])
        for name in {*paths, *(path.rpartition(".")[0] for path in paths), "a", "b"}:
            text = text.replace(uid(name), uid(f"{name} {salt}"))
        records, rows = json.loads(text)
        frame = hg.roles(hg.LinkGraph(hg.read_links(records, catalogue=rows))).to_frame()
        return {row["path"]: (row["role"], row["reason"], row["target_path"]) for row in frame}

    assert found(salt) == found(salt + 1)
