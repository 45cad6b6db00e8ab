"""Identity plans: which tables, which keys, and what is left out."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from hummgraph import LinkGraph, cluster, entities
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.warehouse import identity_table
from hummgraph.warehouse.normal import Normal
from tests.algorithms.joins.test_kinds import applications
from tests.support import builders

GRAPH = LinkGraph(load_demo().snapshot())


@cache
def found() -> Any:
    """Return the entities of the demo."""
    return entities(GRAPH)


@cache
def clusters() -> Any:
    """Return the clusters of the demo."""
    return cluster(GRAPH)


def plan(entity: Any = "person", **options: Any) -> Any:
    """Return a plan for the demo."""
    return identity_table(GRAPH, entity, clusters=clusters(), entities=found(), **options)


def test_a_plan_has_tables_and_keys() -> None:
    """Each table of the entity has a record key, and each key columns of several tables."""
    made = plan("invoice")

    assert [(table.path, table.record_key) for table in made.tables] == [
        ("PostgreSQL/public.invoices", "id"),
        ("Snowflake/ANALYTICS.FCT_INVOICES", "INVOICE_ID"),
        ("Snowflake/RAW_STRIPE.INVOICE", "ID"),
        ("Stripe/invoices", "id"),
    ]
    assert [key.name for key in made.keys] == ["number", "invoice id"]
    assert made.keys[1].paths == (
        "PostgreSQL/public.invoices.stripe_invoice_id",
        "Snowflake/ANALYTICS.FCT_INVOICES.INVOICE_ID",
        "Snowflake/RAW_STRIPE.INVOICE.ID",
        "Stripe/invoices.id",
    )
    assert not made.verified
    assert made.keys[1].agreement is None


def test_keys_have_the_form_of_their_columns() -> None:
    """E-mails are compared as e-mails, telephone numbers as such."""
    forms = {key.name: key.normal for key in plan().keys}

    assert forms["email"] is Normal.EMAIL
    assert forms["phone"] is Normal.TELEPHONE


def test_what_is_left_out_has_a_reason() -> None:
    """References to other things join no records, and the reason names the table."""
    reasons = {row["path"]: row["reason"] for row in plan().left_out}

    assert reasons["Salesforce/Contact.AccountId"] == "it refers to Salesforce/Account"
    assert reasons["Salesforce/Contact.MobilePhone"] == "nothing in another table is the same"
    assert reasons["Snowflake/be9e8805"].startswith("those without 'EMAIL'")


@pytest.mark.parametrize("name", ["company", "Company", "organization", "account"])
def test_an_entity_is_found_by_name_and_words(name: str) -> None:
    """Its name, a word of it, any case, its id or a table in it: all are the same."""
    wanted = found()["company"]

    assert plan(name).entity is wanted
    assert plan(wanted.id).entity is wanted
    assert plan(wanted).entity is wanted
    assert plan("Stripe/customers").entity is wanted


def test_an_ambiguous_word_lists_the_entities() -> None:
    """A word of several entities is refused, with their names."""
    with pytest.raises(ArgumentError, match="word of several entities: 'person', 'staff'"):
        plan("user")


def test_an_unknown_name_lists_the_entities() -> None:
    """A name of nothing is refused, with what there is and what is near."""
    with pytest.raises(NodeNotFoundError, match=r"the entities are 'person', 'company'.*Did you"):
        plan("persn")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entity": 7}, "entity is a value of type int"),
        ({"fan_out": 0}, "fan_out is 0; it must be a whole number, at least 1"),
        ({"fan_out": True}, "fan_out is True"),
        ({"fan_out": 2.0}, "fan_out is 2.0"),
        ({"keys": "email"}, "keys is a value of type str"),
        ({"keys": ["emial"]}, "keys has 'emial'; the keys that are found are 'hs object id'"),
        ({"keys": {"a": "Stripe/customers.email"}}, r"keys\['a'\] must be a list of columns"),
        ({"keys": {"a": ["Stripe/customers.email"]}}, "which is in no table of 'person'"),
        ({"keys": {"a": ["Zendesk/users"]}}, "which is not a column"),
        ({"keys": {"a": ["Zendesk/users.email"]}}, "columns of at least two tables"),
        (
            {
                "keys": {
                    "a": ["Zendesk/users.email", "HubSpot/contacts.email"],
                    "b": ["Zendesk/users.email", "Salesforce/Lead.Email"],
                }
            },
            "'Zendesk/users.email' is in several of keys",
        ),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    """The error has the value and what is allowed."""
    with pytest.raises(ArgumentError, match=message):
        plan(**options)


def test_arguments_of_other_graphs_are_refused() -> None:
    """Entities, clusters and entity must be of the graph."""
    other = builders.graph([("a/t.id", "b/t.id")])

    with pytest.raises(ArgumentError, match="entities is a value of type dict"):
        identity_table(GRAPH, "person", entities={})  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="entities is of another graph"):
        identity_table(other, "person", entities=found())
    with pytest.raises(ArgumentError, match="entity is of another graph"):
        identity_table(other, found()["person"])
    with pytest.raises(ArgumentError, match="clusters are of another graph"):
        plan_of_other = cluster(other)
        identity_table(GRAPH, "person", entities=found(), clusters=plan_of_other)
    with pytest.raises(ArgumentError, match="clusters are of level table"):
        identity_table(GRAPH, "person", entities=found(), clusters=cluster(GRAPH, level="table"))


def test_keys_can_be_chosen_and_given() -> None:
    """A list of names chooses; a mapping has own keys under their own names."""
    assert [key.name for key in plan(keys=["email"]).keys] == ["email"]

    columns = ["Zendesk/users.email", "HubSpot/contacts.email"]
    (key,) = plan(keys={"mail": columns}).keys
    assert (key.name, key.paths) == ("mail", tuple(sorted(columns)))


def test_a_reference_to_its_own_table_joins_nothing() -> None:
    """A parent is another thing of the same kind, whatever its values are."""
    made = plan("company")

    assert not any("parent" in path.lower() for key in made.keys for path in key.paths)


def test_names_of_keys_are_distinct() -> None:
    """No two keys of a plan have one name."""
    for entity in found():
        names = [key.name for key in plan(entity).keys]
        assert len(set(names)) == len(names)


def test_the_plan_is_shown() -> None:
    """Text and card say what it is, and that nothing was verified."""
    made = plan("deal")

    assert repr(made) == "<IdentityPlan of deal: 3 tables by 1 key, not verified>"
    assert "plan.verify(connections)" in str(made)
    assert repr(plan("product")) == (
        "<IdentityPlan of product: 2 tables that no key joins, not verified>"
    )
    data = made.to_dict()
    assert [table["record_key"] for table in data["tables"]] == ["hs_object_id", "Id", "ID"]
    assert data["columns"] == list(made.to_frame())


def test_plans_are_the_same_for_any_order() -> None:
    """The same links in another order make the same plan."""
    snapshot = load_demo().snapshot()
    again = LinkGraph(snapshot)

    one, other = identity_table(GRAPH, "company"), identity_table(again, "company")
    assert one.to_dict() == other.to_dict()


SUBSCRIPTIONS: list[builders.Row] = [
    ("App/subscription.id", "Chargebee/subscription.id", 0.9),
    ("App/subscription.chargebee_subscription_id", "Chargebee/subscription.id", 0.7),
    ("App/subscription.id", "Chargebee/customer.id", 0.8),
    ("App/account.chargebee_customer_id", "Chargebee/customer.id", 0.9),
    ("App/account.chargebee_customer_id", "Chargebee/subscription.id", 0.85),
]


def test_an_id_called_after_a_system_goes_before_the_own_id() -> None:
    """``id = id`` of two systems gives way to an id of the other system, and its name says so."""
    made = identity_table(builders.graph(SUBSCRIPTIONS), "subscription")

    assert [(key.name, key.paths) for key in made.keys] == [
        (
            "chargebee_subscription_id",
            ("App/subscription.chargebee_subscription_id", "Chargebee/subscription.id"),
        )
    ]
    reasons = {row["path"]: row["reason"] for row in made.left_out}
    assert reasons["App/subscription.id"] == "nothing in another table is the same"


def test_a_decided_pair_of_ids_stays() -> None:
    """If somebody approved ``id = id``, it is the key, called after the entity."""
    approved = ("App/subscription.id", "Chargebee/subscription.id", 0.9, "APPROVED")
    made = identity_table(builders.graph([approved, *SUBSCRIPTIONS[1:2]]), "subscription")

    assert "App/subscription.id" in made.keys[0].paths
    assert made.keys[0].name == "subscription id"


CONTACTS: list[builders.Row] = [
    ("Crm/contact.email", "Desk/contact.email", 0.9),
    ("Crm/contact.phone", "Desk/contact.phone", 0.9),
    ("Crm/contact.id", "Desk/contact.id", 0.95),
]
"""Contacts of two applications, whose own ids somebody suggested to be one."""


def _named_paths(made: Any) -> list[tuple[str, tuple[str, ...]]]:
    return sorted((key.name, key.paths) for key in made.keys)


def test_own_ids_of_two_applications_are_left_out_until_asked_for() -> None:
    """Both count for themselves: the key has its reason, and can be had by its name."""
    graph = applications(*CONTACTS)
    made = identity_table(graph, "contact")

    assert [key.name for key in made.keys] == ["email", "phone"]
    (row,) = made.left_out.filter(what="key")
    assert row["path"] == "Crm/contact.id = Desk/contact.id"
    assert row["reason"].startswith("two applications number their own rows")
    asked = identity_table(graph, "contact", keys=[row["key"]])
    assert [key.paths for key in asked.keys] == [("Crm/contact.id", "Desk/contact.id")]
    assert not len(asked.left_out.filter(what="key"))


@pytest.mark.parametrize(
    ("row", "paths"),
    [
        (("Crm/contact.id", "Desk/contact.id", 0.9, "APPROVED"), "Crm/contact.id Desk/contact.id"),
        (("Crm/contact.id", "Desk/contact.crm_id"), "Crm/contact.id Desk/contact.crm_id"),
        (("Crm/contact.id", "Desk/contact.external_id"), "Crm/contact.id Desk/contact.external_id"),
    ],
)
def test_an_approved_link_or_an_id_kept_of_the_other_is_a_key(row: Any, paths: str) -> None:
    """Only ids that both count themselves need a decision."""
    made = identity_table(applications(*CONTACTS[:2], row, also=("Desk/contact.id",)), "contact")

    assert tuple(paths.split()) in [key.paths for key in made.keys]
    assert not len(made.left_out.filter(what="key"))


def test_own_ids_of_a_database_may_be_one() -> None:
    """Two databases of one organisation may keep one id."""
    made = identity_table(builders.graph(CONTACTS), "contact")

    assert ("Crm/contact.id", "Desk/contact.id") in [key.paths for key in made.keys]


def test_a_column_that_says_it_is_a_part_makes_no_key() -> None:
    """The domain of an e-mail is not the e-mail; both keep what they are one with."""
    rows: list[builders.Row] = [
        ("Crm/contact.phone", "Desk/contact.phone", 0.9),
        ("Crm/contact.email", "Mail/contact.email", 0.9),
        ("Crm/contact.email", "Desk/contact.email_domain", 0.88),
        ("Mail/contact.email", "Desk/contact.email_domain", 0.88),
        ("Crm/contact.phone", "Mail/contact.phone", 0.9),
    ]
    made = identity_table(applications(*rows), "contact")

    assert ("email", ("Crm/contact.email", "Mail/contact.email")) in _named_paths(made)
    (row,) = made.left_out.filter(what="key")
    assert row["path"] == "Crm/contact.email = Desk/contact.email_domain"
    assert row["reason"].startswith("their names say that they hold different values")


def test_a_column_of_several_ids_makes_no_key() -> None:
    """A list of ids is equal to none of them."""
    row = ("Crm/contact.id", "Desk/contact.merged_contact_ids", 0.95)
    made = identity_table(applications(*CONTACTS[:2], row), "contact")

    assert {key.name for key in made.keys} == {"email", "phone"}
    reasons = {row["path"]: row["reason"] for row in made.left_out}
    assert reasons["Desk/contact.merged_contact_ids"] == "it holds several ids, by its name"
